"""A verdict in the notation that the person wrote in, with what was taken for what."""

from __future__ import annotations

import ast
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.reading.parse import Reader, reader, syntax_of
from autograd_rnn.formulas.reading.rows import ROW, TURNED
from autograd_rnn.formulas.system import LOSS, System
from autograd_rnn.formulas.writing.componentwise import Componentwise, Unsaid, in_components
from autograd_rnn.formulas.writing.elements import LETTERS
from autograd_rnn.formulas.writing.frames import BESIDE
from autograd_rnn.formulas.writing.lines import bare

SYMBOL = re.compile(r"(?<![\w\\{])([^\W\d]\w*)(?:\[([a-zTS]?)([+-]?\d+)?\])?(?![\w(}]|\[(?!\d))")
INDEXED = re.compile(r"\b(?:Sum|Prod|total|partial|immediate|direct|outer)\(|\[[i-n]\b")
BINARY = re.compile(r"^[^']* [@*+] [^']*$")
QUOTED = re.compile(r"`([^`]*)`")
SIGNS = {"text": {"Sum(..., t)": "Σ_t", ".T": "ᵀ", " @ ": " ", " * ": " ⊙ ", "**2": "²", "**3": "³"}}
SIGNS["latex"] = {"Sum(..., t)": r"\sum_t", ".T": r"^{\top}", " @ ": r" \, ", " * ": r" \odot ", "**2": "^{2}", "**3": "^{3}"}
OUT = re.compile(r"[∂d]\s*L\s*/\s*[∂d]|frac\s*\{\s*(?:\\partial|\\mathrm\{d\}|d)\s*L\b")  # ∂L/∂h_t, \frac{\partial L}{\partial h_t}
MANY = r"((?:`\w+`(?:, | and )?)+)"
MISSING = r"the matrix `(\w+)\.T` is missing in front of (`[^`]+`)"
TURN = MANY + r" must be transposed: (?:`\w+\.T`(?:, | and )?)+(?=$|, )"
BEHIND = {  # what is said of the matrices of one who writes rows
    ROW: {TURN: r"\1 must stand without a transpose", MANY + " must not be transposed": r"\1 must be transposed here"},
    TURNED: {MISSING: r"the matrix `\1.T` is missing behind \2"},
}
BEHIND[ROW]["the weight matrices must be transposed"] = "the weight matrices must stand without a transpose"
BEHIND[ROW][MISSING] = r"the matrix `\1` is missing behind \2"
ABOVE = {"hat": "\u0302", "tilde": "\u0303"}
UNSPACED = re.compile(r"(?<=\[[tTS]) ([+-]) (?=\d+\])| (\*\*) (?=\d)")  # as Python sets a formula
TYPED = {"ᵀ": "^T", "⊙": "*", "²": "^2", "³": "^3", "Σ_": "sum_", "δ_": "delta_"}  # for one who writes without such signs


def style_of(text: str) -> str:
    """The notation of a text: latex, text (``h_t``) or ascii (``h[t]``).

    >>> [style_of(text) for text in (r"\\delta_t = h_t", "dh_t = h_{t-1}", "dh[t] = h[t-1]")]
    ['latex', 'text', 'ascii']
    """
    if re.search(r"\\[A-Za-z]", text):
        return "latex"
    return "text" if re.search(r"_[{(]?[tTSτ]\b|_\d|[,_]\{[tTS]|ₜ|[ᵀ⊙Σ∑]", text) and not re.search(r"\w\[[tTS\d]", text) else "ascii"


def over(derivation: System, text: str) -> tuple[str, ...]:
    """The indices of the left side of a text's first line in index notation."""
    try:
        return next((line.over for line in syntax_of(derivation, text) if line.over), ())
    except ValueError:
        return ()


def less(text: str) -> str:
    """A text without spaces."""
    return re.sub(r"\s+", "", text)


class Voice:
    """What a sentence's formulas are in one notation. ``plain``: in signs that any keyboard has; ``laid``: as what rows have, ROW with the
    model's weights and TURNED with those of h = x W."""

    def __init__(self, derivation: System, text: str, laid: str = ""):
        self.text, self.style, self.plain, self.laid = text, style_of(text), text.isascii(), laid
        self.less = less(bare(text))
        self.over, written = over(derivation, text), OUT.search(text)
        self.derivative = ("partial" if re.search("∂|partial", written[0]) else "total") if written else ""
        self.letters = dict[str, str]()  # what the person calls the model's parameters, W and U
        try:
            self.reader = reader(derivation, text)  # which has the adjoints that the text names
            self.reader.shadow(lines := self.reader.lines(text))
            used = {getattr(x, "id", "").removeprefix("d") for line in lines for side in (*line.lefts, line.right) for x in ast.walk(side)}
            known, all_of = {k: own for k, own in self.reader.letters.items() if k in self.reader.symbols}, derivation.by_letter
            short = all_of if used & {*all_of.values()} & {*known} and not used & {*all_of} else {}  # who writes V calls the others U and W
            self.letters = {own: letter for own, letter in short.items() if letter in known}
            self.letters |= {own: letter for letter, own in known.items() if letter in used and own not in used}
        except ValueError:
            self.reader = Reader(derivation)
        signs = {"delta": "δ", "epsilon": "ε"}.items()
        self.letters |= {name: name if self.style == "latex" else sign for name, sign in signs if sign in text or f"\\{name}" in text}

    def said(self, sentence: str) -> str:
        """A sentence; what is quoted from the person's own text stays, and the lines below that show it."""
        self.whole = sentence.startswith("of whole vectors")
        first, *rest = sentence.split("\n")
        for pattern, other in BEHIND.get(self.laid, {}).items():
            first = re.sub(pattern, other, first)
        first = QUOTED.sub(lambda found: self.quoted(found[1], found.string[found.end() :]), first)
        parts = re.split(r"(`[^`]*`)", first)
        return "\n".join(["".join(part if part[:1] == "`" else self.symbols(part, True) for part in parts), *rest])

    def quoted(self, piece: str, behind: str) -> str:
        """What is quoted in a sentence: as it is what the person wrote, be it on several lines, and what is read as something else."""
        if behind.startswith(" is read as ") and (found := re.fullmatch(r"(d?)(\w+?)_(hat|tilde)", piece)):
            adjoint, letter, accent = found.groups()
            return f"`{adjoint}\\{accent}{{{letter}}}`" if self.style == "latex" else f"`{adjoint}{letter}{ABOVE[accent]}`"
        known = piece not in self.letters and (piece in self.text or less(piece) in self.less)
        same = known or behind.startswith(" is read as ")
        return f"`{piece}`" if same else f"`{self.formula(piece)}`"

    def formula(self, formula: str) -> str:
        """A formula of the keyboard: as the equation that it is, else sign by sign."""
        try:
            text = self.shown(self.read(formula))
        except ValueError:
            text = self.symbols(formula)
            for sign, other in SIGNS.get(self.style, {}).items():
                text = text.replace(sign, other)
        return self.typed(text)

    def shown(self, x: e.Expr | e.Equation) -> str:
        """An equation or a side of one, in index notation where the person writes so and there is a way to."""
        right = self.out(self.in_rows(x.right if isinstance(x, e.Equation) else x))
        x = e.Equation(self.out(x.left), right, x.where) if isinstance(x, e.Equation) else right
        if not self.over or isinstance(x, e.Sym) or self.whole:
            return show(x, self.style)
        known = {self.letters.get(name, name): len(shape) for name, shape in self.reader.shapes.names.items()}
        subs = {name_of(name).sub for name in known}
        try:
            rank = Componentwise(known, self.style, subs).rank(x.left if isinstance(x, e.Equation) else x)
            over = self.over if rank == len(self.over) else tuple(LETTERS[:rank]) if isinstance(x, e.Equation) else None
            return show(x, self.style) if over is None else in_components(known, self.style, subs, over)(x)
        except Unsaid:
            return show(x, self.style)

    def out(self, x: e.Expr) -> e.Expr:
        """A side in the person's letters, with every adjoint as a derivative of the loss for one who writes ``∂L/∂h_t``."""
        x = e.mapped(x, lambda s: s._replace(name=self.letters.get(s.name, s.name)))
        if not self.derivative or self.over or self.style == "ascii":
            return x
        loss = e.Sym(LOSS)
        return e.mapped(x, lambda s: e.Derivative(loss, s._replace(adjoint=False), self.derivative) if s.adjoint else s)

    def in_rows(self, x: e.Expr) -> e.Expr:
        """A side with every vector in front of its matrix, for one who writes rows."""

        def change(node: e.Expr) -> e.Expr:
            match node:
                case e.MatMul(matrix, vector) if not weight(vector) and weight(matrix):
                    return e.MatMul(vector, matrix if self.laid == TURNED else e.transpose(matrix))
                case e.Outer(left, right) if self.laid == TURNED:
                    return e.Outer(right, left)
            return node

        def weight(node: e.Expr) -> bool:
            inner = node.of if isinstance(node, e.Transpose) else node
            return isinstance(inner, e.Sym) and inner.name in self.reader.shapes.parameters

        return e.transformed(x, change) if self.laid else x

    def read(self, formula: str) -> e.Expr | e.Equation:
        """A formula of the keyboard as an equation, or, with indices of its own, as a side of one."""
        sided = self.over or INDEXED.search(formula) or (self.laid or self.derivative) and BINARY.search(formula)
        if not sided or " = " in formula:
            return self.reader.statements(formula)[0].equation
        line = self.reader.lines(f"total({formula}, {formula}) = {formula}")[0]
        return self.reader.expression(line.right, line.text, tuple("ijkmnt")).expr

    def symbols(self, text: str, timed: bool = False) -> str:
        """Every name in a text; ``timed``: those with a time alone, since in a sentence a word may be spelled like a name."""

        def change(found: re.Match[str]) -> str:
            has_time = found[2] is not None
            own = e.Sym(found[1]) if has_time or found[1] in self.letters else None  # a name of the person's own has a step, too
            symbol = self.reader.symbols.get(found[1], own)
            word = timed and not has_time and not (symbol and symbol.adjoint and symbol.name in self.reader.shapes.parameters)
            if symbol is None or word or has_time and not (found[2] or found[3]):
                return found[0]
            time = e.Time(found[2], int(found[3] or 0)) if has_time else None
            return self.typed(show(self.out(symbol._replace(time=time)), self.style))

        return SYMBOL.sub(change, text)

    def typed(self, text: str) -> str:
        """Without the signs that the person does not use."""
        for sign, other in TYPED.items() if self.style == "text" and self.plain else ():
            text = text.replace(sign, other)
        return text


def voiced(derivation: System, text: str, verdict: Verdict) -> Verdict:
    """A verdict as the person would have it, who wrote the text."""
    verdict.sentences = [UNSPACED.sub(r"\1\2", sentence.replace(BESIDE, " ")) for sentence in verdict.sentences]
    return verdict if verdict.spoken else spoken(derivation, text, verdict)


def spoken(derivation: System, text: str, verdict: Verdict) -> Verdict:
    """A verdict in the notation of a text."""
    laid = next((note for note in (ROW, TURNED) if note in verdict.sentences), "")
    voice = Voice(derivation, text, laid)
    if voice.style != "ascii" or laid or voice.over or voice.letters:
        verdict.sentences = [voice.said(sentence) for sentence in verdict.sentences]
    return verdict
