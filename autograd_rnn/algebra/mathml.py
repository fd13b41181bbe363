"""Our LaTeX as MathML, for pages that need no typesetter: what `formulas.printing` and the steps write, and no more.

Every quantity carries the name that its step's numbers have (``data-q="dh_2"``), which is how a page shows values on hover. The terms of
a line are ``<math>`` elements of their own, so that a narrow page can break the line between them: browsers never break inside one.
"""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from autograd_rnn.algebra.letters import GREEK, lettered

TOKEN = re.compile(
    r"(?P<adjoint>\\mathrm\{d\})?(?P<letter>[A-Za-z]|\\mathit\{[^{}]*\}|\\(?:" + "|".join(GREEK) + r"))"
    r"(?:\^\{(?P<tag>\w+)\}(?=_))?(?:_\{(?P<below>(?:[^{}\\]|\\_)*)\})?(?![A-Za-z])"
    r"|\\(?P<word>operatorname|mathrm|text)\{(?P<words>[^{}]*)\}"
    r"|\\(?P<fence>begin|end)\{(?P<matrix>[a-z]*matrix)\}"
    r"|\\(?P<stretch>left|right)(?P<bracket>.)"
    r"|\\(?P<command>[A-Za-z]+|.)"
    r"|(?P<increment>\+=)"
    r"|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"|(?P<space>\s+)"
    r"|(?P<char>.)",
    re.S,
)
OPERATORS = {
    "odot": "⊙", "otimes": "⊗", "cdot": "·", "times": "×", "neq": "≠", "ne": "≠", "le": "≤", "ge": "≥", "approx": "≈", "pm": "±",
    "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "mid": "∣", "in": "∈", "lVert": "‖", "rVert": "‖",
}  # fmt: skip
LETTERS = {"sigma": "σ", "delta": "δ", "partial": "∂", "top": "⊤", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮", "infty": "∞"}
FUNCTIONS = ("tanh", "exp", "log", "max", "sin", "cos", "sinh", "cosh")
SPACES = {",": "\u2009", ";": "\u2005", " ": "\u00a0", "quad": "\u2003", "qquad": "\u2003\u2003"}  # spaces of the LaTeX's widths
FENCES = {"pmatrix": "()", "bmatrix": "[]", "matrix": ("", "")}
BRACKET = re.compile("^<mo>([][()])</mo>$")
APPLY = "<mo>&#8289;</mo>"
INFIX = "<mo form=infix>"  # a browser takes a sign that comes first for a prefix


class Atom(NamedTuple):
    """A base with its scripts; ``name``: the quantity it is, ``adjoint``: with a d before; ``breaks``: a line may break before it."""

    base: str
    sub: str = ""
    sup: str = ""
    name: str = ""
    adjoint: bool = False
    breaks: bool = False

    def __str__(self) -> str:
        under, over = ("under", "over") if self.base.startswith("<mo movablelimits") else ("sub", "sup")
        tag = f"m{under * bool(self.sub)}{over * bool(self.sup)}" if self.sub or self.sup else "mrow"
        name = f' data-q="{escape(self.name)}"' if self.name else ""
        inside = self.base + self.sub + self.sup
        if self.adjoint:
            return f"<mrow{name}><mtext>d</mtext>{inside if tag == 'mrow' else f'<{tag}>{inside}</{tag}>'}</mrow>"
        return f"<{tag}{name}>{inside}</{tag}>" if name or tag != "mrow" else inside


class Group:
    """What stands between two braces, or inside a matrix: its atoms, and what the next one belongs to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind  # "{", "(", a matrix's name, or "" for the whole
        self.atoms: list[Atom] = []
        self.script = ""  # sub | sup: where the next atom goes
        self.awaited: list[str] = []  # the numerator and the denominator of a fraction, as they come
        self.cells: list[list[str]] = [[]]  # of a matrix

    def add(self, markup: str | Atom, breaks: bool = False) -> None:
        """One more atom, or the script or the part of a fraction that was waited for."""
        if self.script:
            if not self.atoms:
                raise ValueError("a script without a base")
            base = self.atoms[-1] if not getattr(self.atoms[-1], self.script) else Atom(str(self.atoms[-1]))  # h with a tag, squared
            self.atoms[-1] = base._replace(sub=str(markup)) if self.script == "sub" else base._replace(sup=str(markup))
            self.script = ""
        elif self.awaited:
            self.awaited.append(str(markup))
            if len(self.awaited) == 3:
                whole, self.awaited = f"<mfrac>{self.awaited[1]}{self.awaited[2]}</mfrac>", []
                self.add(whole)
        else:
            self.atoms.append(markup if isinstance(markup, Atom) else Atom(markup, breaks=breaks))

    def markup(self) -> str:
        """The group as one element."""
        parts = list(map(str, self.atoms))
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def cell(self) -> None:
        """The atoms so far are a matrix's cell."""
        self.cells[-1].append("".join(map(str, self.atoms)))
        self.atoms = []


def mathml(latex: str) -> str:
    r"""One line of LaTeX as ``<math>`` elements, one a term. Raises ValueError for what is not in the language.

    >>> from autograd_rnn.algebra.mathml import mathml
    >>> print(mathml(r"\mathrm{d}h_{2} x^{\top}"))
    <math><mrow data-q="dh_2"><mtext>d</mtext><msub><mi>h</mi><mn>2</mn></msub></mrow><msup><mi>x</mi><mi>⊤</mi></msup></math>
    """
    groups = [Group("")]
    for token in TOKEN.finditer(latex):
        _take(token, groups)
    if len(groups) > 1 or groups[0].script or groups[0].awaited:
        raise ValueError(f"this line of LaTeX is not closed: {latex}")
    terms: list[list[str]] = [[]]
    for atom in groups[0].atoms:
        if atom.breaks and terms[-1]:
            terms.append([])
        terms[-1].append(str(atom))
    first, *rest = ("".join(term) for term in terms)
    return "".join([f"<math>{first}</math>", *(f"<wbr><math>{term.replace('<mo>', INFIX, 1)}</math>" for term in rest)])


def _take(token: re.Match[str], groups: list[Group]) -> None:
    """One token into the innermost group."""
    group, found = groups[-1], token.groupdict()
    if found["letter"]:
        group.add(_symbol(found))
    elif found["word"]:
        group.add(_words(found["word"], found["words"]))
        if found["word"] == "operatorname":
            group.add(APPLY)
    elif found["fence"] == "begin":
        groups.append(Group(found["matrix"]))
    elif found["fence"] == "end":
        _close(groups, found["matrix"])
    elif found["stretch"] == "left":
        _open(groups, found["bracket"])
    elif found["stretch"] == "right":
        group.add(f"<mo>{escape(found['bracket'])}</mo>")
        _close(groups, "(")
    elif found["command"]:
        _command(found["command"], groups)
    elif found["increment"]:
        group.add("<mo>+=</mo>", breaks=True)
    elif found["number"]:
        group.add(f"<mn>{found['number']}</mn>")
    elif found["char"]:
        _character(found["char"], groups)


def _symbol(found: dict[str, str]) -> Atom:
    """A quantity, under the name that text has for it."""
    tag, below = found["tag"] or "", (found["below"] or "").replace(r"\_", "_")
    letter = found["letter"].replace(r"\_", "_")
    letter = letter.removeprefix(r"\mathit{").removesuffix("}").removeprefix("\\")
    parts = [part if re.fullmatch(r"\w+", part) else "{" + part + "}" for part in below.split(",") if part]
    name = "d" * bool(found["adjoint"]) + letter + tag + ("_" if parts else "") + ",".join(parts)
    adjoint = bool(found["adjoint"])
    return Atom(f"<mi>{escape(lettered(letter))}</mi>", _scripts(below), _scripts(tag), name if tag or below or adjoint else "", adjoint)


def _scripts(text: str) -> str:
    """What stands above or below a letter: names in one piece, numbers and signs."""
    marks = [
        f"<mn>{part}</mn>" if part.isdigit() else f"<mi>{part}</mi>" if part.isalnum() else f"<mo>{escape(_sign(part))}</mo>"
        for part in re.findall(r"\d+|\S", text)
    ]
    return marks[0] if len(marks) == 1 else f"<mrow>{''.join(marks)}</mrow>" if marks else ""


def _sign(text: str) -> str:
    return "−" if text == "-" else text


def _words(kind: str, words: str) -> str:
    return f"<mtext>{escape(words)}</mtext>" if kind == "text" else f'<mi mathvariant="normal">{escape(words)}</mi>'


def _command(name: str, groups: list[Group]) -> None:
    """A command that stands by itself."""
    group = groups[-1]
    if name in OPERATORS:
        group.add(f"<mo>{OPERATORS[name]}</mo>", breaks=name == "odot")
    elif name in LETTERS:
        group.add(f"<mi>{LETTERS[name]}</mi>")
    elif name in FUNCTIONS:
        group.add(f"<mi>{name}</mi>")
    elif name == "sum":
        group.add("<mo movablelimits=false>∑</mo>")
    elif name in SPACES:
        group.add(f"<mtext>{SPACES[name]}</mtext>")
    elif name in ("frac", "tfrac"):
        group.awaited = ["frac"]
    elif name == "\\" and group.kind in FENCES:
        group.cell()
        group.cells.append([])
    elif name in "{}_%#&$":
        group.add(f"<mo>{escape(name)}</mo>")
    else:
        raise ValueError(f"\\{name} is no command of ours")


def _character(char: str, groups: list[Group]) -> None:
    """A brace, a script, a sign or any other character."""
    group = groups[-1]
    if char == "{":
        groups.append(Group("{"))
    elif char == "}":
        _close(groups, "{")
    elif char in "([":
        _open(groups, char)
    elif char in ")]":
        group.add(f"<mo>{char}</mo>")
        _close(groups, "(")
    elif char in "^_":
        group.script = {"^": "sup", "_": "sub"}[char]
    elif char == "&" and group.kind in FENCES:
        group.cell()
    elif char in "+-=":
        group.add(f"<mo>{_sign(char)}</mo>", breaks=bool(group.atoms) and not group.atoms[-1].base.startswith("<mo"))
    else:
        group.add(f"<mo>{escape(char)}</mo>")


def _open(groups: list[Group], bracket: str) -> None:
    """A bracket begins a group of its own: only at its ends does a browser take it for a fence."""
    groups.append(Group("("))
    groups[-1].add(f"<mo>{escape(bracket)}</mo>")


def _close(groups: list[Group], kind: str) -> None:
    """The innermost group, which must be of this kind, becomes an atom of the one around it."""
    group = groups.pop()
    if group.kind != kind or not groups or group.script or group.awaited:
        raise ValueError(f"{kind} closes what is not open")
    tall = any("<mtable" in atom.base or "<mfrac" in atom.base for atom in group.atoms)
    if kind == "(" and not tall:  # a bracket that is an identifier is not stretched
        group.atoms = [atom._replace(base=BRACKET.sub(r"<mi>\1</mi>", atom.base)) for atom in group.atoms]
    if kind in FENCES:
        if group.atoms or group.cells[-1]:
            group.cell()
        rows = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in group.cells if row)
        before, after = FENCES[kind]
        fence = "<mo>{}</mo>".format
        groups[-1].add(f"<mrow>{before and fence(before)}<mtable>{rows}</mtable>{after and fence(after)}</mrow>")
    else:
        groups[-1].add(group.markup())
