"""An expression in index notation, ``Σ_j W_{hh,ji} da_{t+1,j}``: what is said to one who writes so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.letters import latex_letter
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.templates import filled
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.writing.elements import LETTERS

SUM, TERM, PRODUCT, ATOM = 0, 1, 2, 3  # how tightly a text binds
Over = tuple[str, ...]
Asked = tuple[e.Expr, Over]  # an expression and the indices of its element
RANK = {e.Num: 0, e.Outer: 2, e.Diag: 2, e.Identity: 2, e.Kron: 3}
WHOLE = ("softmax", "onehot", "sum")  # functions that are not taken element by element


class Unsaid(ValueError):
    """There is no short way to say something in index notation."""


class Signs(NamedTuple):
    """How one notation writes it."""

    sum: str
    stretch: str
    product: str
    power: str
    hit: str
    delta: str


SIGNS = {
    "text": Signs("Σ_{}", "Σ_{{{}={}..{}}}", " ", "{}^{}", "1_{{{}={}}}", "δ_{}{}"),
    "latex": Signs(r"\sum_{{{}}}", r"\sum_{{{}={}}}^{{{}}}", r" \, ", "{}^{{{}}}", r"\mathbf{{1}}_{{{}={}}}", r"\delta_{{{}{}}}"),
    "ascii": Signs("sum_{}", "sum_{{{}={}..{}}}", " * ", "{}**{}", "1{{{}={}}}", "delta_{}{}"),
}


def added(terms: list[str]) -> str:
    """Terms as a sum, a minus in front of one as its sign."""
    return terms[0] + "".join(f" - {term[1:]}" if term[0] == "-" else f" + {term}" for term in terms[1:])


class Componentwise:
    """Writes expressions of one derivation. ``ranks``: of every quantity how many indices it has; ``taken``: letters that are no index."""

    def __init__(self, ranks: Mapping[str, int], style: str, taken: Collection[str]):
        self.ranks, self.style, self.signs = ranks, style, SIGNS[style]
        self.free = [letter for letter in LETTERS if letter not in taken]
        self.bound: dict[Asked, str] = {}

    def equation(self, equation: e.Equation, over: Over) -> str:
        """An equation with the left side's element at some indices."""
        self.free = [letter for letter in self.free if letter not in over]
        right = equation.right
        if not isinstance(right, e.Add) or any(self.rank(term) != len(over) for term in right.terms):
            return f"{self.written(equation.left, over)} = {self.written(right, over)}"
        terms = []
        for term in right.terms:  # the indices of one term's sums are free in the next
            self.bound = {}
            text = self.written(term, over)
            terms.append(f"({text})" if isinstance(term, e.Add) else text)
        return f"{self.written(equation.left, over)} = {added(terms)}"

    def rank(self, x: e.Expr) -> int:
        """How many indices an expression has."""

        def rank(node: e.Expr, parts: list[int]) -> int:
            match node:
                case e.Sym(name):
                    return self.ranks.get(name, 0)
                case e.Fn(name):
                    return {"sum": 0, "softmax": 1, "onehot": 1}.get(name, parts[0])
                case e.MatMul() | e.Derivative():
                    return sum(parts) - 2 * isinstance(node, e.MatMul)
            return RANK.get(type(node), max(parts, default=0))

        return e.upward(x, e.children, rank)[x]

    def parts(self, x: e.Expr, over: Over) -> list[Asked]:
        """What the element of a node is made of."""

        def each(parts: Collection[e.Expr]) -> list[Asked]:
            return [(part, over if self.rank(part) == len(over) else self.scalar(part)) for part in parts]

        match x:
            case e.Sym() | e.Num() | e.Identity() | e.Derivative() | e.Fn("onehot"):
                return []
            case e.Add(parts) | e.Mul(parts):
                return each(parts)
            case e.Quotient(above, below):
                return each((above, below))
            case e.Sum(of):
                return [(of, over)]
            case e.Transpose(of) if len(over) == 2:
                return [(of, over[::-1])]
            case e.Outer(left, right):
                return [(left, over[:1]), (right, over[1:])]
            case e.Diag(of):
                return [(of, over[:1])]
            case e.MatMul(e.Diag(of), vector):
                return [(of, over[:1]), (vector, over)]
            case e.MatMul(matrix, e.Diag(of)):
                return [(matrix, over), (of, over[1:])]
            case e.MatMul(matrix, vector):
                index = self.index(x, over)
                return [(matrix, (*over[:1], index)), (vector, (index, *over[1:]))]
            case e.Kron(e.Identity(), e.Transpose(of)) if self.rank(of) == 1:
                return [(of, over[2:])]
            case e.Kron(e.Transpose(of), e.Identity()) if self.rank(of) == 1:
                return [(of, over[1:2])]
            case e.Fn("sum" | "softmax", of):
                return [(of, (self.index(x, over),)), *([(of, over)] if x.name == "softmax" else [])]
            case e.Fn(_, of):
                return [(of, over)]
        raise Unsaid

    def scalar(self, x: e.Expr) -> Over:
        """The indices of a number."""
        if self.rank(x):
            raise Unsaid
        return ()

    def index(self, x: e.Expr, over: Over) -> str:
        """The index over which a node sums."""
        if (x, over) not in self.bound:
            unused = [letter for letter in self.free if letter not in (*over, *self.bound.values())]
            if not unused:
                raise Unsaid
            self.bound[x, over] = unused[0]
        return self.bound[x, over]

    def written(self, x: e.Expr, over: Over) -> str:
        """The text of an expression's element."""
        return e.upward((x, over), lambda asked: self.parts(*asked), lambda asked, parts: self.node(*asked, parts))[x, over][0]

    def node(self, x: e.Expr, over: Over, parts: list[tuple[str, int]]) -> tuple[str, int]:
        """One node's text and how tightly it binds."""

        def within(k: int, least: int) -> str:
            text, binds = parts[k]
            return text if binds >= least else f"({text})"

        match x:
            case e.Sym():
                return self.symbol(x, over), ATOM
            case e.Num():
                return show(x, self.style), ATOM if x.value >= 0 else SUM
            case e.Identity():
                return self.signs.delta.format(*over), ATOM
            case e.Derivative():
                return self.derivative(x, over), ATOM
            case e.Fn("onehot", e.Sym() as target):
                return self.signs.hit.format(over[0], show(target, self.style)), ATOM
            case e.Add():
                return added([within(k, TERM) for k in range(len(parts))]), SUM
            case e.Mul():
                return self.product([(part, within(k, PRODUCT), within(k, ATOM)) for k, part in enumerate(x.factors)]), PRODUCT
            case e.Quotient():
                return f"{within(0, PRODUCT)} / {within(1, ATOM)}", PRODUCT
            case e.Sum(_, first, last):
                whole = str(first) == "1" and not last.offset
                sign = self.signs.sum.format("t") if whole else self.signs.stretch.format("t", first, last)
                return f"{sign} {within(0, TERM)}", TERM
            case e.Transpose():
                return parts[0]
            case e.Outer() | e.MatMul(e.Diag(), _) | e.MatMul(_, e.Diag()):
                return self.signs.product.join((within(0, PRODUCT), within(1, PRODUCT))), PRODUCT
            case e.Diag():
                return self.signs.product.join((self.signs.delta.format(*over), within(0, PRODUCT))), PRODUCT
            case e.MatMul():
                both = self.signs.product.join((within(0, ATOM), within(1, PRODUCT)))
                return f"{self.signs.sum.format(self.index(x, over))} {both}", TERM
            case e.Kron(e.Identity(), _):
                return self.signs.product.join((self.signs.delta.format(*over[:2]), within(0, PRODUCT))), PRODUCT
            case e.Kron():
                return self.signs.product.join((within(0, PRODUCT), self.signs.delta.format(over[0], over[2]))), PRODUCT
            case e.Fn("softmax"):
                exp = rf"\exp({parts[1][0]})" if self.style == "latex" else f"exp({parts[1][0]})"
                return f"{exp} / ({self.signs.sum.format(self.index(x, over))} {exp.replace(parts[1][0], parts[0][0])})", PRODUCT
            case e.Fn("sum"):
                return f"{self.signs.sum.format(self.index(x, over))} {within(0, TERM)}", TERM
            case e.Fn(name, of):
                if self.style == "ascii":
                    return f"{name}({parts[0][0]})", ATOM
                return filled(name, [of], lambda _, least: within(0, least), self.style == "latex")
        raise Unsaid

    def product(self, factors: list[tuple[e.Expr, str, str]]) -> str:
        """Factors side by side, equal ones as a power, a minus in front."""
        counted: dict[e.Expr, int] = {}
        texts: dict[e.Expr, tuple[str, str]] = {}
        minus = ""
        for part, text, atom in factors:
            if part == e.Num(-1.0):
                minus = "" if minus else "-"
            else:
                counted[part], texts[part] = counted.get(part, 0) + 1, (text, atom)
        made = [texts[part][0] if count == 1 else self.signs.power.format(texts[part][1], count) for part, count in counted.items()]
        return minus + (self.signs.product.join(made) or "1")

    def symbol(self, x: e.Sym, over: Over) -> str:
        """``h_{t,i}``, ``W_{hh,ij}``, ``a_{i,t,j}``; on the keyboard ``h[t]_i``, ``W_hh_ij``."""
        if len(over) != self.ranks.get(x.name, 0):
            raise Unsaid
        if not over:
            return show(x, self.style)
        name, indices = name_of(x.name), "".join(over)
        if self.style == "ascii":
            return f"{show(x, 'ascii')}_{indices}"
        below = ",".join(filter(None, (name.sub, "" if x.time is None else str(x.time), indices)))
        if self.style == "latex":
            tag = f"^{{{name.tag}}}" if name.tag else ""
            return rf"{chr(92)}mathrm{{d}}" * x.adjoint + f"{latex_letter(name.letter)}{tag}_{{{below}}}"
        return f"{'d' * x.adjoint}{name.letter}{name.tag}_{{{below}}}"

    def derivative(self, x: e.Derivative, over: Over) -> str:
        """``∂h_{t,k}/∂W_{ij}``."""
        count = self.ranks.get(x.of.name, 0)
        above, below = self.symbol(x.of, over[:count]), self.symbol(x.by, over[count:])
        sign = {"total": "d", "immediate": "∂⁺"}.get(x.kind, "∂")
        if self.style == "latex":
            sign = {"d": r"\mathrm{d}", "∂⁺": r"\partial^{+} "}.get(sign, r"\partial ")
            return rf"\frac{{{sign}{above}}}{{{sign.replace('^{+}', '')}{below}}}"
        return f"{sign}{above}/{sign[0]}{below}"


def in_components(ranks: Mapping[str, int], style: str, taken: Collection[str], over: Over) -> Callable[[e.Equation | e.Expr], str]:
    """Writes an equation, or an expression that has as many indices as its left side, at these; raises Unsaid for any other."""

    def write(x: e.Equation | e.Expr) -> str:
        writer = Componentwise(ranks, style, taken)
        if isinstance(x, e.Equation):
            return writer.equation(x, over)
        writer.free = [letter for letter in writer.free if letter not in over]
        if writer.rank(x) != len(over):
            raise Unsaid
        return writer.written(x, over)

    return write
