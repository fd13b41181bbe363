"""The language of the formulas: about a dozen kinds of node over symbols with a time index.

Vectors are columns, as in the books. An expression is a tuple all the way down: equal expressions are equal objects, and they
serve as keys. A tuple equals any other of the same parts, whatever its class: kinds of the same parts (a + b, a ⊙ b) carry a ``sign``
that tells them apart. `add`, `mul` and their kin flatten and drop what is neutral; nothing is ever simplified beyond that, and no
number is ever rounded: two that have no exact product stay two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

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


class Fold(NamedTuple):
    """Σ or Π over an index of its own, whose bounds may name other indices, ``t`` among them. A product has its later factors on the left
    (``Π←``; ``Π``, if its text does not say) or on the right (``Π→``); ``^`` is a power, as many equal factors as there are steps, of
    which there is none for fewer than no steps, and ``**`` one element by element. ``shape``: that of a factor, in letters."""

    of: Expr
    over: str
    first: Time
    last: Time
    sign: str = "Σ"
    shape: tuple[str, ...] = ()

    @property
    def matrices(self) -> bool:
        """Whether it is a product of matrices, not one element by element."""
        return len(self.shape) == 2 and self.sign not in ("Σ", "**")


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
    """The matrix I of a vector's length, or of a matrix's that is written row after row as one vector: in numbers, or in letters."""

    shape: tuple[int | str, ...]
    sign: str = "I"

    @property
    def size(self) -> int:
        """How many rows it has, if its lengths are numbers."""
        return math.prod(map(int, self.shape))


class Matrix(NamedTuple):
    """The matrix of a linear operation, by what it makes of the unit vectors: ``of`` is done to each column of the I in it."""

    of: Expr
    size: tuple[int, int]


class Derivative(NamedTuple):
    """The derivative of ``of`` by ``by``: ``total``, along every path; ``partial``, the other states of the same step held fixed;
    ``immediate``, the states of the step before held fixed; ``direct``, along one state alone."""

    of: Sym
    by: Sym
    kind: str = "total"


class Expr(Protocol):
    """Any of the `KINDS`. Not their union, which makes a checker of types try each kind against each."""

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Iterator[object]: ...

    def __hash__(self) -> int: ...


KINDS = (Sym, Num, Ones, Add, Mul, MatMul, Transpose, Outer, Fn, Quotient, Call, Part, Column, Sum, Fold, Diag, Kron, Identity,
         Matrix, Derivative)  # fmt: skip
ZERO, ONE = Num(0.0), Num(1.0)


class Equation(NamedTuple):
    """``left = right``; ``where`` says for which t (empty: for every t)."""

    left: Any  # a symbol; of a Jacobian a derivative: Python 3.10 has no named tuple that is generic in one of its fields
    right: Expr
    where: str = ""


Formula = TypeVar("Formula", bound=Expr | Equation)  # an expression or an equation, given back as what it was
