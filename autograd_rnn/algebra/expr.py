"""The language of the formulas: about a dozen kinds of node over symbols with a time index.

Vectors are columns, as in the books. An expression is a tuple all the way down: equal expressions are equal objects, and they
serve as keys. A tuple equals any other of the same parts, whatever its class: kinds of the same parts (a + b, a ⊙ b) carry a ``sign``
that tells them apart. `add`, `mul` and their kin flatten and drop what is neutral; nothing is ever simplified beyond that, and no
number is ever rounded: two that have no exact product stay two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple, get_args

import numpy as np

from autograd_rnn.algebra.options import Options as Options


class Time(NamedTuple):
    """A time index: ``base + offset``, where base is ``t``, a last step (``T``, ``S``), or empty for a plain number."""

    base: str
    offset: int

    def __str__(self) -> str:
        if not self.base:
            return str(self.offset)
        return self.base + (f"{self.offset:+d}" if self.offset else "")


class Sym(NamedTuple):
    """A named quantity: ``W_hh`` (no time), ``h_{t-1}``; or its adjoint, ``dW_hh``, ``da_t``."""

    name: str
    time: Time | None = None
    adjoint: bool = False


class Num(NamedTuple):
    """A number; ``text`` where it stands for something, as 1/T does."""

    value: float
    text: str = ""


class Ones(NamedTuple):
    """A vector of ones, or a matrix, which makes of a number as many equal ones: where nothing else in a sum or product is a vector."""

    shape: tuple[int, ...]


class Add(NamedTuple):
    terms: tuple[Expr, ...]
    sign: str = "+"


class Mul(NamedTuple):
    """The elementwise product ⊙; a number among the factors scales."""

    factors: tuple[Expr, ...]
    sign: str = "⊙"


class MatMul(NamedTuple):
    matrix: Expr
    vector: Expr
    sign: str = "@"


class Transpose(NamedTuple):
    of: Expr
    sign: str = "ᵀ"


class Outer(NamedTuple):
    """a b', a column times a row."""

    left: Expr
    right: Expr
    sign: str = "outer"


class Fn(NamedTuple):
    """A function of one argument, elementwise or of the whole vector: tanh, σ, softmax, onehot, positive (1 where above 0), heaviside (and
    ½ at 0)."""

    name: str
    of: Expr


class Quotient(NamedTuple):
    """a / b, element by element."""

    above: Expr
    below: Expr
    sign: str = "/"


class Call(NamedTuple):
    """Any declared operation, by its name in `OPS`, of its arguments and options. ``shapes``: those of the arguments, to which what stands
    for them is brought (one number for many equal ones). ``by``: in place of the operation its derivative by that argument, element by
    element; with ``back`` the adjoint of that argument, made of the adjoint that then stands first among the parts."""

    name: str
    parts: tuple[Expr, ...]
    options: Options = Options()
    shapes: tuple[tuple[int, ...], ...] = ()
    by: int | None = None
    back: bool = False


class Part(NamedTuple):
    """Some rows of a vector."""

    of: Expr
    start: int
    stop: int


class Column(NamedTuple):
    """Vectors one under the other."""

    parts: tuple[Expr, ...]
    sign: str = ";"


class Sum(NamedTuple):
    """Σ over t from first to last."""

    of: Expr
    first: Time
    last: Time


class Diag(NamedTuple):
    """The matrix with a vector on its diagonal."""

    of: Expr
    sign: str = "diag"


class Kron(NamedTuple):
    """A ⊗ B, the Kronecker product: what a matrix X, written row after row as one vector, is multiplied by to give A X B'."""

    left: Expr
    right: Expr
    sign: str = "⊗"


class Identity(NamedTuple):
    """The matrix I of a vector's length, or of a matrix's that is written row after row as one vector."""

    shape: tuple[int, ...]
    sign: str = "I"


class Matrix(NamedTuple):
    """The matrix of a linear operation, by what it makes of the unit vectors: ``of`` is done to each column of the I in it."""

    of: Expr
    size: tuple[int, int]


class Derivative(NamedTuple):
    """The derivative of ``of`` by ``by``: ``total``, along every path; ``partial``, the other states of the same step held fixed;
    ``immediate``, the states of the step before held fixed."""

    of: Sym
    by: Sym
    kind: str = "total"


Expr = (Sym | Num | Ones | Add | Mul | MatMul | Transpose | Outer | Fn | Quotient | Call | Part | Column | Sum | Diag | Kron | Identity
        | Matrix | Derivative)  # fmt: skip
ZERO, ONE = Num(0.0), Num(1.0)
# Operations that move numbers and do not change them: of zeros they give zeros.
MOVES = frozenset(("reshape", "ravel", "squeeze", "expand_dims", "broadcast_to", "transpose", "swapaxes", "moveaxis", "flip", "repeat",
                   "pad", "scatter", "getitem", "_part"))  # fmt: skip
ADDS = MOVES | {"sum", "mean", "cumsum"}  # and those that add them up


class Equation(NamedTuple):
    """``left = right``; ``where`` says for which t (empty: for every t)."""

    left: Any  # a symbol; of a Jacobian a derivative
    right: Expr
    where: str = ""


def add(*terms: Expr) -> Expr:
    """The sum, flat and without zeros."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Add) else (term,)) if part != ZERO]
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def mul(*factors: Expr) -> Expr:
    """The elementwise product, flat, its numbers drawn together in front as far as their product is exact."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Mul) else (factor,))]
    number, others = 1.0, []
    for part in flat:
        if isinstance(part, Num) and not part.text:
            if part.value == 0:
                return ZERO
            if part.value in (1, -1) or number in (1, -1) or exact(number * part.value, Fraction(number) * Fraction(part.value)):
                number *= part.value
            else:
                others.append(part)
    kept = [part for part in flat if not isinstance(part, Num) or part.text]
    kept = ([] if number == 1 else [Num(number)]) + others + kept
    return ONE if not kept else kept[0] if len(kept) == 1 else Mul(tuple(kept))


def exact(number: float, fraction: Fraction) -> bool:
    """Whether a float is that fraction, not only near it."""
    return np.isfinite(number) and Fraction(number) == fraction


def quotient(above: Expr, below: Expr) -> Expr:
    """a / b, element by element; numbers are drawn out in front, and divided where that is exact."""
    if above == ZERO or below == ONE:
        return above
    if isinstance(below, Num) and not below.text and below.value:
        inverse = 1 / below.value
        if exact(inverse, 1 / Fraction(below.value)):
            return mul(Num(inverse), above)
        if isinstance(above, Num) and exact(above.value / below.value, Fraction(above.value) / Fraction(below.value)):
            return Num(above.value / below.value)
    if isinstance(above, Mul) and isinstance(above.factors[0], Num):
        return mul(above.factors[0], quotient(mul(*above.factors[1:]), below))
    if isinstance(above, Num) and above != ONE and not isinstance(below, Num):
        return mul(above, Quotient(ONE, below))
    return Quotient(above, below)


def negative(x: Expr) -> Expr:
    """-x, into each term of a sum."""
    return add(*(mul(Num(-1.0), term) for term in x.terms)) if isinstance(x, Add) else mul(Num(-1.0), x)


def matmul(matrix: Expr, vector: Expr) -> Expr:
    """A matrix times a vector; numbers are drawn out in front."""
    if isinstance(vector, Mul) and isinstance(vector.factors[0], Num):
        return mul(vector.factors[0], matmul(matrix, mul(*vector.factors[1:])))
    return ZERO if vector == ZERO else MatMul(matrix, vector)


def transpose(x: Expr) -> Expr:
    """x', and x again for x''; of an outer product the one with its factors exchanged."""
    if isinstance(x, Outer):
        return Outer(x.right, x.left)
    return x.of if isinstance(x, Transpose) else x if x == ZERO else Transpose(x)


def outer(left: Expr, right: Expr) -> Expr:
    """a b'."""
    return ZERO if ZERO in (left, right) else Outer(left, right)


def children(x: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside."""
    if isinstance(x, (Add, Mul, Column)):
        return x[0]
    if isinstance(x, (Sym, Num)):
        return ()
    if isinstance(x, Call):
        return x.parts
    return tuple(part for part in x if isinstance(part, KINDS))


KINDS = get_args(Expr)
BUILD: dict[Callable[..., Expr], Callable[..., Expr]] = {
    Add: add, Mul: mul, MatMul: matmul, Transpose: transpose, Outer: outer, Quotient: quotient,
    Column: lambda *parts: Column(parts),
}  # fmt: skip


def rebuilt(x: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same kind of node over other parts."""
    if isinstance(x, (Sym, Num)):
        return x
    linear = x.back or x.by is None and x.name in ADDS if isinstance(x, Call) else isinstance(x, (Part, Matrix)) or x[:1] == ("sum",)
    if linear and parts and parts[0] == ZERO:  # of nothing it makes nothing
        return ZERO
    if isinstance(x, Call):
        return x._replace(parts=parts)
    kind: Callable[..., Expr] = type(x)
    if kind in BUILD:
        return BUILD[kind](*parts)
    rest = iter(parts)
    return kind(*(next(rest) if isinstance(part, KINDS) else part for part in x))


def transformed(x: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """x with ``change`` applied to every node, from the leaves up. No recursion."""
    done: dict[Expr, Expr] = {}
    stack = [x]
    while stack:
        node = stack[-1]
        inside = children(node)
        waiting = [part for part in inside if part not in done]
        if waiting:
            stack += waiting
            continue
        done[node] = change(rebuilt(node, tuple(done[part] for part in inside)))
        stack.pop()
    return done[x]


def mapped(x: Expr, change: Callable[[Sym], Expr]) -> Expr:
    """x with ``change`` applied to every symbol."""
    return transformed(x, lambda node: change(node) if isinstance(node, Sym) else node)


def nodes(x: Expr) -> Iterator[Expr]:
    """Every expression in x, itself first, each occurrence."""
    stack = [x]
    while stack:
        yield (node := stack.pop())
        stack += reversed(children(node))


def symbols(x: Expr) -> Iterator[Sym]:
    """Every symbol in x, each occurrence, from left to right."""
    stack = [x]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            yield node
        stack += reversed(children(node))
