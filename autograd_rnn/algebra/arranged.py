"""What stands in an expression as it is written: rows that fill a vector, what is divided by what, how often a factor is taken."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import name_of


def tiled(terms: tuple[e.Expr, ...]) -> list[e.Expr]:
    """The parts of a vector that terms are the rows of, each with zeros around it: one under the other, if together they fill it."""
    rows = {}
    for term in terms:
        if not isinstance(term, e.Call) or term.name != "scatter" or term.by is not None:
            return []
        index, size = term.options.given["index"], term.options.given["shape"]
        last = index[-1] if isinstance(index, tuple) and all(part is Ellipsis for part in index[:-1]) else index
        if not isinstance(last, slice) or len(size) != 1:
            return []
        start, stop, step = last.indices(size[0])
        rows[start] = (stop, term.parts[0], size[0], step)
    at, column = 0, []
    while at in rows and rows[at][3] == 1 and rows[at][0] > at:
        at, part, *_ = rows.pop(at)
        column.append(part)
    return column if not rows and at == size[0] and len(column) == len(terms) else []


def divisors(x: e.Expr) -> tuple[e.Expr, list[e.Expr]]:
    """What is divided in quotients of quotients, and by what, one after the other; by a power, as often as it says."""
    below: list[e.Expr] = []
    while isinstance(x, e.Quotient):
        factors = x.below.factors if isinstance(x.below, e.Mul) else (x.below,)
        below = [*(factors if len(set(factors)) == 1 else [x.below]), *below]
        x = x.above
    return x, below


def power_of(x: e.Fold) -> str:
    """How many factors a power has, ``t-k+1``."""
    number = x.last.offset - x.first.offset + 1
    names = f"{x.last.base}{'-' * bool(x.first.base)}{x.first.base}"
    return f"{names}{number:+d}" if names and number else names or str(number)


def is_matrix(x: e.Expr) -> bool:
    """Whether it may be a matrix, by the names in it and by what is done to them."""
    stack: list[e.Expr] = [x]
    while stack:
        match stack.pop():
            case e.Sym(name) if name_of(name).matrix:
                return True
            case e.Transpose() | e.Outer() | e.Diag() | e.Kron() | e.Identity() | e.Matrix() | e.Ones((_, _)):
                return True
            case e.MatMul(_, of) | e.Sum(of) | e.Fold(of) | e.Part(of):
                stack.append(of)
            case e.Call(options=options) if len(options.given.get("shape") or ()) == 2:
                return True
            case e.Add(parts) | e.Mul(parts) | e.Call(_, parts):
                stack += parts
            case e.Quotient(above, below):
                stack += [above, below]
            case e.Fn(name, of) if name != "sum":
                stack.append(of)
    return False
