"""Vectors as columns, as rows, and repeated in the shape of a matrix."""

from __future__ import annotations

import math

from autograd_rnn.algebra import expr as e


def flat(x: e.Expr, size: tuple[int, ...]) -> e.Expr:
    """The vector of which a column or a row was made."""
    if isinstance(x, e.Mul) and isinstance(x.factors[-1], e.Ones):
        return e.mul(*x.factors[:-1], e.Ones((math.prod(size),)))
    if isinstance(x, e.Call) and x.name in ("reshape", "expand_dims") and len(x.shapes[0]) == 1:
        return x.parts[0]
    return e.Call("ravel", (x,), shapes=(size,))


def spread(x: e.Expr, size: tuple[int, ...], full: tuple[int, ...]) -> e.Expr:
    """x, of that size, repeated to the full one: a number times ones, a vector in each row or column of a matrix."""
    if x == e.ZERO or size == full:
        return x
    if math.prod(size) == math.prod(full):
        return e.Call("reshape", (x,), e.Options({"shape": full}), (size,))
    if math.prod(size) == 1:
        return e.mul(x, e.Ones(full))
    if len(full) == 2 and size in (full[1:], (1, *full[1:])):
        return e.outer(e.Ones(full[:1]), x if len(size) == 1 else flat(x, size))
    if len(full) == 2 and size == (full[0], 1):
        return e.outer(flat(x, size), e.Ones(full[1:]))
    return e.Call("broadcast_to", (x,), e.Options({"shape": full}), (size,))


def shaping(index: object) -> bool:
    """Whether an index takes everything, and only says of what shape: ``[:, None]``."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, slice) and part == slice(None) for part in parts)
