"""Indices: which of them an expression leaves free, and an index put to a step."""

from __future__ import annotations

from typing import TypeVar, cast

from autograd_rnn.algebra import expr as e

X = TypeVar("X", bound=e.Expr)


def bound_by(x: e.Expr) -> str:
    """The index that a sum or a product binds in what stands under it."""
    return x.over if isinstance(x, e.Fold) else "t" if isinstance(x, e.Sum) else ""


def moment(time: e.Time, index: str, to: e.Time) -> e.Time:
    """A time with an index put to another time."""
    return e.Time(to.base, to.offset + time.offset) if time.base == index else time


def put(x: X, index: str, to: e.Time) -> X:
    """x with an index put to a time, ``k`` to ``t-1`` or to 3, wherever no sum or product binds it.

    >>> from autograd_rnn.algebra.binding import put
    >>> from autograd_rnn.algebra.expr import Fold, Sym, Time
    >>> h = Sym("h", Time("k", 0))
    >>> put(Fold(h, "k", Time("", 1), Time("t", 0)), "t", Time("", 5)).last, put(h, "k", Time("", 4)).time
    (Time(base='', offset=5), Time(base='', offset=4))
    """

    def change(node: e.Expr, parts: list[e.Expr]) -> e.Expr:
        if isinstance(node, e.Sym):
            return node._replace(time=moment(node.time, index, to)) if node.time else node
        new = e.rebuilt(node, tuple(parts)) if parts else node
        return new._replace(first=moment(new.first, index, to), last=moment(new.last, index, to)) if isinstance(new, e.Fold) else new

    root: e.Expr = x
    return cast(X, e.upward(root, lambda node: () if bound_by(node) == index else e.children(node), change)[root])


def free(x: e.Expr) -> set[str]:
    """The indices that stand in x, or in the bounds of a sum or product, and are bound by none; the ends ``T`` and ``S`` too."""
    found: set[str] = set()
    stack: list[tuple[e.Expr, frozenset[str]]] = [(x, frozenset())]
    while stack:
        node, bound = stack.pop()
        times = [node.time] if isinstance(node, e.Sym) and node.time else [node.first, node.last] if isinstance(node, e.Fold) else []
        found |= {time.base for time in times if time.base and time.base not in bound}
        within = bound | {bound_by(node)}
        stack += [(part, within) for part in e.children(node)]
    return found
