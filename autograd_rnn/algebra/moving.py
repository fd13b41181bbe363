"""How operations read that only move numbers: some rows, a transpose, vectors one under the other."""

from __future__ import annotations

import itertools
import math

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.calling import call, shape
from autograd_rnn.algebra.spreading import shaping
from autograd_rnn.engine.tensor import Tensor


def rows(node: Tensor, x: e.Expr) -> e.Expr:
    """Some rows of a vector."""
    index = (node.options or {})["index"]
    parts = index if isinstance(index, tuple) else (index,)
    stretches = [part for part in parts if isinstance(part, slice)]
    if shaping(index) and node.size == math.prod(shape(node.inputs[0])):  # x[:, None]: a column
        return e.Call("reshape", (x,), e.Options({"shape": node.shape}), (shape(node.inputs[0]),))
    if len(shape(node.inputs[0])) != 1 or len(stretches) != 1 or any(part not in (Ellipsis, stretches[0]) for part in parts):
        return call(node, x)
    start, stop, step = stretches[0].indices(node.inputs[0].shape[0])
    return e.Part(x, start, stop) if step == 1 else call(node, x)


def put_back(node: Tensor, x: e.Expr) -> e.Expr:
    """What an index took, put back in its place."""
    options = node.options or {}
    if shaping(options["index"]) and node.size == math.prod(shape(node.inputs[0])):
        return e.Call("reshape", (x,), e.Options({"shape": node.shape}), (shape(node.inputs[0]),))
    return call(node, x)


def equal_part(node: Tensor, x: e.Expr) -> e.Expr:
    """One of several equal parts."""
    options, given = node.options or {}, shape(node.inputs[0])
    axis = options["axis"] % len(given)
    size, k = node.shape[axis], options["k"]
    if node.ndim == 1:
        return e.Part(x, k * size, k * size + size)
    index = (*(slice(None),) * axis, slice(k * size, k * size + size))
    return e.Call("getitem", (x,), e.Options({"index": index}), (given,))


def turned(x: e.Expr) -> e.Expr:
    """The transpose of a matrix; of a product that holds transposes or outer products the one of its factors' in the other order."""
    factors, stack = [], [x]  # type: list[e.Expr], list[e.Expr]
    while stack:  # the last factor first
        one = stack.pop()
        if isinstance(one, e.MatMul):
            stack += [one.matrix, one.vector]
        else:
            factors.append(one)
    if not any(isinstance(one, (e.Transpose, e.Outer)) for one in factors):
        return e.transpose(x)
    *left, last = map(e.transpose, factors)
    for one in reversed(left):
        last = e.matmul(one, last)
    return last


def moved(node: Tensor, x: e.Expr) -> e.Expr:
    """What moves numbers: nothing where they stay, where one number gets more axes, or of a number that stands for all; the transpose."""
    assert node.op is not None
    given = shape(node.inputs[0])
    numbers = np.arange(math.prod(given)).reshape(given)
    there = np.asarray(node.op.forward(numbers, **node.options or {}))
    if np.array_equal(there, numbers) or node.size == numbers.size == 1 and node.ndim >= len(given):
        return x
    if numbers.ndim == 2 and np.array_equal(there, numbers.T):
        return turned(x)
    if isinstance(x, e.Call) and x.name == "reshape" and np.array_equal(there, np.reshape(numbers, x.shapes[0])):
        return x.parts[0]
    return x if isinstance(x, e.Num) and np.array_equal(np.sort(there, None), numbers.ravel()) else call(node, x)


def joined(node: Tensor, *parts: e.Expr) -> e.Expr:
    """Vectors one under the other; beside one of zeros the others are put into zeros, which say how many there are."""
    if node.ndim > 1:
        return call(node, *parts)
    if e.ZERO not in parts:
        return e.Column(parts)
    ends = list(itertools.accumulate(map(math.prod, map(shape, node.inputs))))
    rows = [(slice(stop - math.prod(shape(x)), stop), shape(x)) for x, stop in zip(node.inputs, ends, strict=True)]
    put = (e.Call("scatter", (part,), e.Options({"index": at, "shape": node.shape}), (size,))
           for part, (at, size) in zip(parts, rows, strict=True) if part != e.ZERO)  # fmt: skip
    return e.add(*put)
