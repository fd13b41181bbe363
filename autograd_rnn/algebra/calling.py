"""A recorded operation as a call by its name: what every operation reads as that has no notation of its own."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.elementwise import elementwise
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.tensor import Tensor


def shape(x: object) -> tuple[int, ...]:
    """The shape of an input: a tensor, or a plain number."""
    return x.shape if isinstance(x, Tensor) else ()


def located(node: Tensor) -> str:
    """A result as errors name it: its operation, its name and where it was made."""
    name = f"{node.op.name.strip('_')} ({node.name})" if node.op is not None and node.name else describe(node)
    return f"{name} at {node.scope}" if str(node.scope) else name


def shapes_of(node: Tensor) -> tuple[tuple[int, ...], ...]:
    """The shapes that an operation's arguments must have; none where it is taken element by element, of any length."""
    assert node.op is not None
    return () if elementwise(node.op, node.options) else tuple(map(shape, node.inputs))


def repeats(node: Tensor) -> bool:
    """Whether of an operation's arguments one number may stand for many equal ones."""
    return node.op is not None and (elementwise(node.op, node.options) or node.op.name == "broadcast_to")


def call(node: Tensor, *parts: e.Expr) -> e.Expr:
    """An operation by its name, of its arguments and options: what every operation reads as that has no notation of its own."""
    assert node.op is not None
    options = dict(node.options or {})
    if node.size == 1 and "keepdims" in options:  # of all elements a number
        options |= {"axis": None, "keepdims": False}
    return e.Call(node.op.name, parts, e.Options(options), shapes_of(node))


def is_outer(node: Tensor) -> bool:
    """Whether it is a column times a row, repeated over each other."""
    shapes = [shape(x) for x in node.inputs]
    return node.op is not None and node.op.name == "multiply" and [len(one) for one in shapes] == [2, 2] and node.shape not in shapes
