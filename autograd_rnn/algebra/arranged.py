"""What stands in an expression as it is written: rows that fill a vector, what is divided by what, how often a factor is taken."""

from __future__ import annotations

from autograd_rnn.algebra.expr import Call, Expr, Fold, Mul, Quotient


def tiled(terms: tuple[Expr, ...]) -> list[Expr]:
    """The parts of a vector that terms are the rows of, each with zeros around it: one under the other, if together they fill it."""
    rows = {}
    for term in terms:
        if not isinstance(term, Call) or term.name != "scatter" or term.by is not None:
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


def divisors(x: Expr) -> tuple[Expr, list[Expr]]:
    """What is divided in quotients of quotients, and by what, one after the other; by a power, as often as it says."""
    below: list[Expr] = []
    while isinstance(x, Quotient):
        factors = x.below.factors if isinstance(x.below, Mul) else (x.below,)
        below = [*(factors if len(set(factors)) == 1 else [x.below]), *below]
        x = x.above
    return x, below


def power_of(x: Fold) -> str:
    """How many factors a power has, ``t-k+1``."""
    number = x.last.offset - x.first.offset + 1
    names = f"{x.last.base}{'-' * bool(x.first.base)}{x.first.base}"
    return f"{names}{number:+d}" if names and number else names or str(number)
