"""What is inside an expression, and an expression made anew of other parts. No recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Protocol, TypeVar, cast

from autograd_rnn.algebra.expr import kinds as k
from autograd_rnn.algebra.expr.building import add, matmul, mul, outer, quotient, transpose
from autograd_rnn.engine.rule import OPS

N = TypeVar("N", bound=Hashable)
V = TypeVar("V")
LEAVES = (k.Sym, k.Num)
# Where a node has its parts: one tuple of them, or those of its own places.
PARTS: dict[type, int | slice] = {kind: slice(0, 1) for kind in (k.Transpose, k.Part, k.Sum, k.Fold, k.Diag, k.Matrix)}
PARTS |= {kind: slice(0, 2) for kind in (k.MatMul, k.Outer, k.Quotient, k.Kron, k.Derivative)}
PARTS |= {kind: slice(0, 0) for kind in (*LEAVES, k.Ones, k.Identity)} | {k.Fn: slice(1, 2), k.Call: 1, k.Add: 0, k.Mul: 0, k.Column: 0}


class Parts(Protocol):
    """A node as what its parts are taken from."""

    def __getitem__(self, place: int | slice) -> tuple[k.Expr, ...]: ...


def moves(x: k.Call, *also: str) -> bool:
    """Whether a call only moves its argument's numbers, or is of an ``also`` kind."""
    return x.by is None and len(x.parts) == 1 and x.name in OPS and OPS[x.name].kind in ("moves", *also)


def children(x: k.Expr) -> tuple[k.Expr, ...]:
    """The expressions directly inside."""
    return cast(Parts, x)[PARTS[type(x)]]


BUILD: dict[Callable[..., k.Expr], Callable[..., k.Expr]] = {
    k.Add: add, k.Mul: mul, k.MatMul: matmul, k.Transpose: transpose, k.Outer: outer, k.Quotient: quotient
}  # fmt: skip


def rebuilt(x: k.Expr, parts: tuple[k.Expr, ...]) -> k.Expr:
    """The same kind of node over other parts."""
    if isinstance(x, LEAVES):
        return x
    if isinstance(x, k.Call):
        linear = x.back or moves(x, "adds")
    else:
        linear = isinstance(x, (k.Part, k.Matrix)) or isinstance(x, k.Fn) and x.name == "sum"
    if linear and parts and parts[0] == k.ZERO:  # of nothing it makes nothing
        return k.ZERO
    if isinstance(x, (k.Call, k.Column)):
        return x._replace(parts=parts)
    kind: Callable[..., k.Expr] = type(x)
    if kind in BUILD:
        return BUILD[kind](*parts)
    rest = iter(parts)
    return kind(*(next(rest) if isinstance(part, k.KINDS) else part for part in x))


def upward(root: N, inside: Callable[[N], Sequence[N]], value: Callable[[N, list[V]], V], known: dict[N, V] | None = None) -> dict[N, V]:
    """What a node and all that is ``inside`` it come to, each from what its parts come to, the parts first; ``known``: what is known
    already, to which it is added. No recursion."""
    done: dict[N, V] = {} if known is None else known
    stack = [] if root in done else [root]
    while stack:
        parts = inside(stack[-1])
        if waiting := [part for part in parts if part not in done]:
            stack += waiting
            continue
        node = stack.pop()
        done[node] = value(node, [done[part] for part in parts])
    return done


def transformed(x: k.Expr, change: Callable[[k.Expr], k.Expr]) -> k.Expr:
    """x with ``change`` applied to every node, from the leaves up."""
    return upward(x, children, lambda node, parts: change(rebuilt(node, tuple(parts))))[x]


def mapped(x: k.Expr, change: Callable[[k.Sym], k.Expr]) -> k.Expr:
    """x with ``change`` applied to every symbol."""
    return transformed(x, lambda node: change(node) if isinstance(node, k.Sym) else node)


def nodes(x: k.Expr) -> Iterator[k.Expr]:
    """Every expression in x, itself first, each occurrence."""
    stack = [x]
    while stack:
        yield (node := stack.pop())
        stack += reversed(children(node))


def symbols(x: k.Expr) -> Iterator[k.Sym]:
    """Every symbol in x, each occurrence, from left to right."""
    stack = [x]
    while stack:
        node = stack.pop()
        if isinstance(node, k.Sym):
            yield node
        stack += reversed(children(node))
