"""How each operation reads as an expression: those with a notation of their own by a row of `READ`, every other by its declaration."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.calling import call, is_outer, repeats, shape
from autograd_rnn.algebra.moving import equal_part, joined, moved, put_back, rows
from autograd_rnn.algebra.spreading import flat
from autograd_rnn.algebra.templates import defaults
from autograd_rnn.engine.rule import OPS, Op, is_ours
from autograd_rnn.engine.tensor import Tensor


def is_function(op: Op) -> bool:
    """Whether an operation is a function f(x) of the formula language: ours, of one argument, element by element, and without options."""
    one = is_ours(op.forward) and op.kind == "elementwise" and not op.variadic and len(op.vjps) == 1
    return one and op.name not in READ and not defaults(op.name)


def functions() -> set[str]:
    """The functions f(x) of the formula language, by name."""
    return {op.name for op in OPS.values() if is_function(op)}


def _product(node: Tensor, a: e.Expr, b: e.Expr) -> e.Expr:
    """a ⊙ b; a column times a row is the outer product."""
    left, right = map(shape, node.inputs)
    if is_outer(node):
        (a, m), (b, n) = ((a, left), (b, right)) if left[1] == 1 else ((b, right), (a, left))
        return e.outer(flat(a, m), flat(b, n))
    return e.mul(a, b)


def _matmul(node: Tensor, a: e.Expr, b: e.Expr) -> e.Expr:
    """A matrix product; a row times a matrix is, in columns, the transposed matrix times the column."""
    left, right = (len(shape(x)) for x in node.inputs)
    if (left, right) == (1, 1):
        return e.Fn("sum", e.mul(a, b))
    if (left, right) == (1, 2):
        return e.matmul(e.transpose(b), a)
    if shape(node.inputs[0])[1:] == (1,) and all(isinstance(x, e.Call) and x.name == "reshape" for x in (a, b)):  # a column times a row
        return e.outer(flat(a, shape(node.inputs[0])), flat(b, shape(node.inputs[1])))
    return e.matmul(a, b) if left == 2 and right <= 2 else call(node, a, b)


def _linear(node: Tensor, *terms: e.Expr) -> e.Expr:
    """W₁ x₁ + W₂ x₂ + … + b of vectors."""
    return _affine(terms) if node.ndim == 1 else call(node, *terms)


def _affine(terms: tuple[e.Expr, ...]) -> e.Expr:
    products = [e.matmul(terms[k], terms[k + 1]) for k in range(0, len(terms) - 1, 2)]
    return e.add(*products, *terms[len(terms) - len(terms) % 2 :])


def _outer_sum(node: Tensor, a: e.Expr, b: e.Expr) -> e.Expr:
    """a b' of vectors, A' B of matrices."""
    dims = [len(shape(x)) for x in node.inputs]
    return e.outer(a, b) if dims == [1, 1] else e.MatMul(e.transpose(a), b) if dims == [2, 2] else call(node, a, b)


def _einsum(node: Tensor, *parts: e.Expr) -> e.Expr:
    """The products of vectors and matrices that have a notation of their own."""
    left, _, result = (node.options or {})["subscripts"].partition("->")
    numbers: dict[str, int] = {}
    letters = [tuple(numbers.setdefault(c, len(numbers)) for c in text) for text in (*left.split(","), result)]
    match letters:
        case [(0, 1), (1,), (0,)]:
            return e.matmul(parts[0], parts[1])
        case [(0,), (0, 1), (1,)]:
            return e.matmul(e.transpose(parts[1]), parts[0])
        case [(0,), (1, 0), (1,)]:
            return e.matmul(parts[1], parts[0])
        case [(0, 1), (0,), (1,)]:
            return e.matmul(e.transpose(parts[0]), parts[1])
        case [(0,), (1,), (0, 1)]:
            return e.outer(parts[0], parts[1])
        case [(0,), (1,), (1, 0)]:
            return e.outer(parts[1], parts[0])
        case [(0,), (0,), (0,)] | [(0, 1), (0, 1), (0, 1)]:
            return e.mul(parts[0], parts[1])
        case [(0,), (0,), ()]:
            return e.Fn("sum", e.mul(parts[0], parts[1]))
        case [(0, 1), (1, 2), (0, 2)]:
            return e.matmul(parts[0], parts[1])
    return call(node, *parts)


def _where(node: Tensor, condition: e.Expr, a: e.Expr, b: e.Expr) -> e.Expr:
    """A choice is a mask: 1 where the condition holds."""
    if isinstance(condition, e.Num):
        return a if condition.value else b
    return e.add(e.mul(condition, a), e.mul(e.add(e.ONE, e.negative(condition)), b)) if b != e.ZERO else e.mul(condition, a)


def _power(node: Tensor, a: e.Expr, b: e.Expr) -> e.Expr:
    """Small whole powers are products, or one over them."""
    if isinstance(b, e.Num) and abs(b.value) in (1, 2, 3, 4):
        whole = e.mul(*[a] * int(abs(b.value)))
        return whole if b.value > 0 else e.quotient(e.ONE, whole)
    return e.Fn("sqrt", a) if b == e.Num(0.5) else call(node, a, b)


def _sum(node: Tensor, x: e.Expr) -> e.Expr:
    """Σ over all elements, or over those of each row or column of a matrix: it times ones."""
    given = shape(node.inputs[0])
    if not given or node.size == 1:
        return e.Fn("sum", x) if given else x
    axes = np.ravel((node.options or {})["axis"]).tolist()
    if len(axes) > 1 or len(given) != 2:
        return call(node, x)
    found = e.MatMul(x if axes[0] % 2 else e.transpose(x), e.Ones((given[axes[0]],)))
    return found if node.ndim == 1 else e.Call("reshape", (found,), e.Options({"shape": node.shape}), ((node.size,),))


def _softmax(node: Tensor, x: e.Expr) -> e.Expr:
    return e.Fn("softmax", x) if node.ndim == 1 else call(node, x)


# Operations that have a notation of their own among expressions: every row makes such a node. All others go by their declarations.
READ: dict[str, Callable[..., e.Expr]] = {
    "add": lambda node, a, b: e.add(a, b),
    "subtract": lambda node, a, b: e.add(a, e.negative(b)),
    "multiply": _product,
    "divide": lambda node, a, b: e.quotient(a, b),
    "negative": lambda node, a: e.negative(a),
    "square": lambda node, a: e.mul(a, a),
    "power": _power,
    "matmul": _matmul,
    "linear": _linear,
    "outer_sum": _outer_sum,
    "_einsum": _einsum,
    "where": _where,
    "getitem": rows,
    "scatter": put_back,
    "_part": equal_part,
    "sum": _sum,
    "softmax": _softmax,
    "_slope": lambda node, a: e.Fn("sign", a),
    "_under_one": lambda node, a: e.add(e.ONE, e.negative(e.mul(a, a))),
    **dict.fromkeys(("identity", "cast", "broadcast_to", "_bent"), lambda node, x: x),
    "_kinked": lambda node, d, x, g: d,
    "_concatenate": joined,
}


def positive(a: e.Expr, b: e.Expr = e.ZERO) -> e.Expr:
    """1 where a is above b."""
    return e.Fn("positive", e.add(a, e.negative(b)))


def heaviside(a: e.Expr, b: e.Expr) -> e.Expr:
    """1 where a is above b, a half where they tie."""
    return e.Num(0.5) if a == b else e.Fn("heaviside", e.add(a, e.negative(b)))


NOTED: dict[str, Callable[..., e.Expr]] = {  # masks that a rule computed, as a formula has them
    "positive": positive,
    "heaviside": heaviside,
    "inside": lambda x, low, high: e.mul(
        *([] if low is None else [positive(x, low)]),
        *([] if high is None else [positive(high, x)]),
    ),
}


def applied(node: Tensor, *parts: e.Expr) -> e.Expr:
    """An operation over its arguments' expressions."""
    assert node.op is not None
    if node.op.name in READ:
        return READ[node.op.name](node, *parts)
    if is_function(node.op):
        return e.Fn(node.op.name, *parts)
    return (moved if node.op.kind == "moves" and not node.op.variadic else call)(node, *parts)


def of_one(x: e.Expr) -> e.Expr:
    """One node of what was read of a batch, as it is written for each of its sequences: where a row is what a formula calls a vector."""
    if isinstance(x, e.MatMul) and isinstance(x.vector, e.Ones):
        return e.Fn("sum", x.matrix)
    if not isinstance(x, e.Call) or x.by is not None or not x.shapes:
        return x
    if x.name == "linear" and len(x.shapes[1]) == 2:
        return _affine(x.parts)
    index = x.options.given.get("index")
    if x.name == "getitem" and len(x.shapes[0]) == 2 and isinstance(index, tuple) and len(index) == 2 and isinstance(index[1], slice):
        start, stop, step = index[1].indices(x.shapes[0][1])
        return e.Part(x.parts[0], start, stop) if index[0] in (Ellipsis, slice(None)) and step == 1 else x
    return x


def extent(node: Tensor, extents: list[tuple[int, ...]], found: e.Expr) -> tuple[int, ...]:
    """The shape that an operation's expression has when it is evaluated, given its arguments': smaller than the tensor's own where one
    number stands for many equal ones."""
    assert node.op is not None
    if isinstance(found, e.Num):
        return ()
    if repeats(node) and not isinstance(found, e.Outer):
        return np.broadcast_shapes(*extents)
    if isinstance(found, e.Fn) and found.name == "sum" or node.size == 1 and "keepdims" in (node.options or {}):
        return ()
    moved = isinstance(found, e.Call) and found.options == e.Options(node.options)
    return extents[0] if node.size == 1 and not moved and len(extents) == 1 and math.prod(extents[0]) == 1 else node.shape
