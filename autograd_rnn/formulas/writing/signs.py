r"""The first of two stages that read people's writing: LaTeX commands and unicode signs put into a plain spelling, every character with
its place in the person's text. ``\mathrm{d}h_{t}^{\top}`` and ``dhₜᵀ`` are ``dh_{t}^{T}`` after it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from autograd_rnn.algebra.letters import GREEK
from autograd_rnn.formulas.writing.lines import Unreadable, marked

FOLDS = {"Sum": "Σ", "Prod": "Π"}  # what runs over an index
COMMANDS = {
    **dict.fromkeys(("odot", "circ", "ast", "star"), "⊙"),
    **dict.fromkeys(("cdot", "times", "bullet"), "·"),
    **dict.fromkeys(("top", "intercal", "transp"), "T"),
    **dict.fromkeys(("left", "right", "limits", "displaystyle", "nonumber", "forall"), ""),
    **dict.fromkeys((f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")), ""),
    **dict.fromkeys(("quad", "qquad", ",", ";", "!", ":", " ", "enspace"), " "),
    **dict.fromkeys(("frac", "tfrac", "dfrac"), "⁄"),
    **dict.fromkeys(("le", "leq"), "<="),
    **dict.fromkeys(("ge", "geq"), ">="),
    **dict.fromkeys(("equiv", "coloneqq", "triangleq", "doteq", "leftarrow", "gets"), "="),
    **dict.fromkeys(("{", "lbrace"), "{"),
    **dict.fromkeys(("}", "rbrace"), "}"),
    **dict.fromkeys(("lvert", "rvert", "vert", "mid"), "|"),
    **dict.fromkeys(("lVert", "rVert", "Vert", "|"), "‖"),
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "partial": "∂", "sum": "Σ", "prod": "Π", "nabla": "∇", "langle": "(", "rangle": ")", "lt": "<", "gt": ">", "prime": "'", "ell": "L",
    "neq": "≠", "ln": "log", "oslash": "/", "otimes": "⊗", "_": "_", "dots": "…", "ldots": "…", "cdots": "…", "hdots": "…",
}  # fmt: skip
STYLED = {"mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathbb", "mathscr", "boldsymbol", "bm", "text", "operatorname", "textbf"}
STYLED |= {"mathrel", "mathbin", "mbox", "vec", "mathop", "textrm", "textit", "rm", "bf"}
FUNCTIONS = {"tanh", "exp", "log", "sin", "cos", "cosh", "max", "min", "sqrt", "sech", "sinh", "arctan", "det", "tan", "diag"}
SIGNS = {
    "−": "-", "–": "-", "∑": "Σ", "∘": "⊙", "×": "·", "⋅": "·", "≤": "<=", "≥": ">=", "⟨": "(", "⟩": ")", "′": "'", "’": "'", "≡": "=",
    "←": "=", "½": "(1/2)", "ℒ": "L", "ℓ": "L", "𝜕": "∂", "⊤": "ᵀ", "\u00a0": " ", "\u2009": " ", "𝟙": "1", "𝟏": "1", "∙": "·", "•": "·",
    "∗": "*", "∕": "/", "√": "sqrt", "∏": "Π", "⊘": "/", "⋯": "…", "▒": " ", "〖": "(", "〗": ")", "\u2061": "", "\u2062": " ",
}  # fmt: skip
RAISED, LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵗᵏ⁽⁾", "₀₁₂₃₄₅₆₇₈₉₊₋₌ₜₖᵢⱼₕₓᵧₙₒₛₐₗₘ"
UNRAISED, UNLOWERED = str.maketrans(RAISED, "0123456789+-Ttk()"), str.maketrans(LOWERED, "0123456789+-=tkijhxynosalm")
ACCENTS = {"\u0302": "_hat", "\u0303": "_tilde", "\u20d7": "_forward", "\u20d6": "_backward"}
ACCENTS |= {"\u0304": ""}  # a bar is that of an adjoint
ACCENTED = {"hat": "_hat", "widehat": "_hat", "tilde": "_tilde", "widetilde": "_tilde"}
ACCENTED |= {"overrightarrow": "_forward", "overleftarrow": "_backward"}  # of a direction
UNDER = re.compile(  # what stands under an accent
    rf"\s*(?:\{{\s*(?:\\(?:{'|'.join(sorted(STYLED))})(?![A-Za-z])\s*(\{{)?\s*)?(\\?[^\W_]+)(_\w+)?\s*(?(1)\}}\s*)\}}|(\\[a-z]+|[^\W_]))"
)
VARIED = re.compile(
    r"(?:δ|\\delta|∂|\\partial|\\mathrm\{d|(?<![A-Za-z])d)\}?\s*(?:\\(?:bar|overline)(?![a-z])|\w\u0304|[āēīōū])"
)  # of no adjoint
COMMAND = re.compile(r"\\(?:([A-Za-z]+)\s*|(.))")
RUN = re.compile(f"[{RAISED}]+|[{LOWERED}]+")
LETTER = {sign: word for word, sign in GREEK.items() if sign not in "ΣΠ"}


class Spelled:
    """A text as it is put together, and for every character the place in the person's that it comes from."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.at: list[int] = []

    def add(self, text: str, place: int) -> None:
        """Writes on."""
        self.pieces.append(text)
        self.at += [place] * len(text)

    @property
    def last(self) -> str:
        """The last character."""
        return self.pieces[-1][-1:] if self.pieces else ""

    def __str__(self) -> str:
        return "".join(self.pieces)


def plain(line: str, letters: Collection[str] = "") -> Spelled:
    r"""A line in the plain spelling. ``letters``: those of the model's names, which stay as they are.

    >>> str(plain(r"\mathrm{d}h_{t} &= W_{hy}^{\top} \, \mathrm{d}s_{t} \odot \sigma'(a_{t})^{2}"))
    "dh_{t}  = W_{hy}^{T}   ds_{t} ⊙sigma'(a_{t})^{2}"
    >>> str(plain("δₜ₋₁ = W_hhᵀ h_t²"))
    'delta_{t-1} = W_hh^{T} h_t**2'
    """
    found, i, dropped, glued, styled = Spelled(), 0, set(), False, -1
    varied = VARIED.search(line) is not None
    while i < len(line):
        if i in dropped:
            i += 1
            continue
        sign, start = line[i], i
        if "\U0001d400" <= sign <= "\U0001d7ff" and sign not in SIGNS and sign not in letters:  # 𝐖, 𝓛, 𝛿
            sign = unicodedata.normalize("NFKC", sign)
        if sign == "\\":
            match = COMMAND.match(line, i)
            if match is None:
                raise Unreadable(marked("a backslash begins a LaTeX command: none follows here", line, i))
            name, i = match[1] or match[2], match.end()
            if (name in ACCENTED or varied and name in ("bar", "overline")) and (under := UNDER.match(line, i)):
                i, glued = under.end(), glued or re.search(r"(?<!\w)d$", str(found)) is not None
                spaced = " " * (found.last.isalnum() and not glued)
                so_far, goes_on = str(found), line[i : i + 1].isalnum() or line[i : i + 1] == "\\"
                behind = ("_" if so_far.rfind("_{") > so_far.rfind("}") else " ") * goes_on  # W_{\vec{h}y}, or a product
                word = (under[2] or under[4]).removeprefix("\\").removeprefix("var")
                found.add(spaced + LETTER.get(word, word) + ACCENTED.get(name, "_hat") + (under[3] or "") + behind, start)
                continue
            glued = _command(found, name, line, start, glued)
            if name in {*STYLED, "bar", "overline"} and line[i : i + 1] == "{":
                end = closing(line, i)
                inner = line[i + 1 : end].strip()
                dropped |= {i, end} if end > 0 else {i}
                spaces = len(line) - len(line[end + 1 :].lstrip()) if end > 0 and inner == "d" and name in STYLED else 0
                dropped |= {*range(end + 1, spaces)}  # between a d and what it is of
                styled = start if name in STYLED else -1
                glued = glued or inner == "d"
            continue
        run = RUN.match(line, i) if sign not in letters else None
        if run:
            i = run.end()
            _raised_or_lowered(found, run[0], start)
        elif sign in SIGNS and sign not in letters:
            found.add(SIGNS[sign] if SIGNS[sign] != "ᵀ" else "T" if found.last in "^{" else "^{T}", i)
        elif sign in LETTER and sign not in letters:
            found.add(LETTER[sign], i)
        elif sign not in letters and (base := unicodedata.normalize("NFD", sign))[-1] in ACCENTS:
            _accent(found, base[:-1], "\u0302" if varied and base[-1] == "\u0304" else base[-1], i)
        else:
            found.add(" " if sign == "&" else sign, i if styled < 0 else styled)  # what is set in letters of a kind begins with that
            styled = -1
        if not run:
            i += 1
        glued = glued and sign == "d"
    return found


def closing(line: str, start: int, opens: str = "{", closes: str = "}", way: int = 1) -> int:
    """Where the brace closes that opens there, or another bracket, be it read from the right; -1 if it never does."""
    depth = 0
    for k in range(start, len(line) if way > 0 else -1, way):
        if line[k] in opens + closes and (line[k - 1] != "\\" or opens != "{"):
            depth += 1 if line[k] in opens else -1
            if not depth:
                return k
    return -1


def _command(found: Spelled, name: str, line: str, start: int, glued: bool) -> bool:
    """One LaTeX command. Whether what comes next belongs to the d before it."""
    if name in COMMANDS:
        apart = COMMANDS[name].isalnum() and line[start + 1 + len(name) : start + 2 + len(name)].isspace()
        found.add(COMMANDS[name] + " " * apart, start)
        return False
    differential = name in {*STYLED, "Gamma"} and found.last == "d" and re.search(r"(?<![^\W_])d$", str(found)) is not None
    if found.last.isalnum() and not glued and not differential:  # a product
        found.add(" ", start)
    if name in STYLED:
        return glued
    if name in GREEK or name in FUNCTIONS or name.removeprefix("var") in GREEK:
        found.add(name if name in FUNCTIONS else name.removeprefix("var"), start)
        if line[start + 1 + len(name) : start + 2 + len(name)].isspace():
            found.add(" ", start)
    elif name in ("bar", "overline"):  # of automatic differentiation, an adjoint
        found.add("d", start)
        return True
    else:
        raise Unreadable(marked(f"the LaTeX command `\\{name}` is not read here", line, start))
    return False


def _accent(found: Spelled, base: str, accent: str, place: int) -> None:
    """A letter with a sign above it, or the sign above the letter before: ``ŷ`` is ``y_hat``, ``ā`` is ``da``."""
    if ACCENTS[accent]:
        found.add(base + ACCENTS[accent], place)
    elif base:
        found.add("d" + base, place)
    elif found.pieces:
        found.pieces[-1] = found.pieces[-1][:-1] + "d" + found.pieces[-1][-1:]
        found.at.insert(-1, place)


def _raised_or_lowered(found: Spelled, run: str, start: int) -> None:
    """Raised and lowered signs: ``²`` is a power, ``ᵀ`` transposes, ``ₜ₋₁`` is a subscript, after a prime the number of an argument."""
    if run[0] in LOWERED:
        inner = run.translate(UNLOWERED)
        if run[0] in "₊₋" and len(found.pieces) > 1 and found.pieces[-2] == "_" and found.last.isalpha():  # da_t₊₁
            found.pieces[-1:] = [f"{{{found.last}{inner}}}"]
            found.at += [start] * (len(inner) + 2)
            return
        found.add(inner if found.last == "'" else f"_{{{inner}}}", start)
        return
    inner = run.translate(UNRAISED)
    digits = inner.strip("T")
    before, after = (len(inner) - len(inner.lstrip("T")), len(inner) - len(inner.rstrip("T"))) if digits else (len(inner), 0)
    found.add("^{T}" * before, start)
    if digits:
        found.add(f"**{digits}" if digits.isdigit() else f"^{{{digits}}}", start)
    found.add("^{T}" * after, start)
