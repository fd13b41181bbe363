"""Operations that reduce or normalise along axes. ``axis`` is an integer, a tuple of them, or None for all, as in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.moved import moved
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import kinked, raw, where
from autograd_rnn.engine.ops.shaping import concatenate, flip, reshape, stack, transpose
from autograd_rnn.engine.tensor import Tensor, make

Axis = int | tuple[int, ...] | None
add_reduce: Any = np.add.reduce  # np.sum without its detour, which costs more than the sum of a short row


def axes(axis: Axis, ndim: int) -> list[int]:
    """The reduced axes, counted from the front. Raises ValueError for one that there is not; a single number has the first and the last
    axis of none, as in numpy."""
    if not ndim and axis.__class__ is not tuple and axis in (0, -1):
        return []
    every = range(ndim)
    try:
        return list(every) if axis is None else [every[a] for a in (axis if isinstance(axis, tuple) else (axis,))]
    except IndexError:
        raise ValueError(f"axis {axis} is out of bounds for shapes of {ndim} axes") from None


def kept(x: Any, axis: Axis) -> tuple[int, ...]:
    """x's shape with the reduced axes as ones."""
    reduced = axes(axis, x.ndim)
    return tuple(1 if a in reduced else n for a, n in enumerate(x.shape))


def back(g: Any, x: Any, axis: Axis) -> Any:
    """A reduction of x, or its adjoint, in the shape that broadcasts over x."""
    return g if axis is None and not g.ndim else g.reshape(kept(x, axis))


_ONCE = "Every element of {x} counts once in {y}: each gets the adjoint of {y} as it is."


@op("sum({})", lambda g, y, x, axis, keepdims: back(g, x, axis), picture="Σ", kind="adds", why=_ONCE, numpy=np.sum)
def sum(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along axes. Derivative 1.

    >>> ar.sum(tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0).value
    array([4., 6.])
    """
    return add_reduce(x, axis=axis, keepdims=keepdims)


def _count(x: Any, y: Any) -> float:
    """How many elements of x each one of y is made of: a whole number, where its reciprocal would be a rounded one."""
    return (x.size / (y.size or 1)) or 1.0


@op("mean({})", lambda g, y, x, axis, keepdims: back(g, x, axis) / _count(x, y), kind="adds", numpy=np.mean)
def mean(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean along axes. Derivative 1/n.

    >>> mean(tensor([1.0, 2.0, 6.0])).value
    array(3.)
    """
    return np.mean(x, axis=axis, keepdims=keepdims)


def _ties(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """The adjoint shared equally between the elements that attain the extreme."""
    top = back(y, x, axis)
    won = raw(x) == raw(top)
    count = won.sum(axis=axis, keepdims=True)
    g = back(g, x, axis)
    return kinked(g * (won / count).astype(x.dtype), g, x, top, count > 1)


@op("max({})", _ties, numpy=(np.max, np.amax), chooses=True)
def max(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element along axes. Its derivative is shared equally among ties (policy).

    >>> ar.max(tensor([1.0, 3.0, 2.0])).value
    array(3.)
    """
    return np.max(x, axis=axis, keepdims=keepdims)


@op("min({})", _ties, numpy=(np.min, np.amin), chooses=True)
def min(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element along axes. Its derivative is shared equally among ties (policy).

    >>> ar.min(tensor([1.0, 3.0, 2.0])).value
    array(1.)
    """
    return np.min(x, axis=axis, keepdims=keepdims)


def _others(x: Any, axis: Axis) -> Any:
    """For each element of x the product of the others: what the gradient of a tree of products of two hands down, without dividing."""
    reduced = axes(axis, x.ndim)
    order = [a for a in range(x.ndim) if a not in reduced] + reduced
    moved = transpose(x, order)
    lead = moved.shape[: x.ndim - len(reduced)]
    row, pairs = reshape(moved, (*lead, math.prod(moved.shape[len(lead) :]))), []
    while (n := row.shape[-1]) > 1:
        left, right = row[..., 0 : n - 1 : 2], row[..., 1::2]
        pairs.append((left, right, row[..., n - 1 :] if n % 2 else None))
        row = concatenate([left * right, *pairs[-1][2:]], -1) if n % 2 else left * right
    above: Any = np.ones(row.shape, x.dtype)
    for left, right, odd in reversed(pairs):
        m = left.shape[-1]
        below = reshape(stack([above[..., :m] * right, above[..., :m] * left], -1), (*lead, 2 * m))
        above = below if odd is None else concatenate([below, above[..., m:]], -1)
    return transpose(reshape(above, moved.shape), [*np.argsort(order)])


@op("prod({})", lambda g, y, x, axis, keepdims: back(g, x, axis) * _others(x, axis), picture="Π", numpy=np.prod)
def prod(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product along axes. Derivative: the product of the other elements, also where some are zero.

    >>> prod(tensor([2.0, 3.0, 4.0])).value
    array(24.)
    """
    return np.prod(x, axis=axis, keepdims=keepdims)


@op("cumsum({})", lambda g, y, x, axis: reshape(flip(cumsum(flip(g, axis), axis), axis), x.shape), kind="adds", numpy=np.cumsum)
def cumsum(x: Any, /, axis: int | None = None) -> Any:
    """The running sum along an axis, or of all elements in C order. Derivative: each element counts from its place on.

    >>> cumsum(tensor([1.0, 2.0, 3.0])).value
    array([1., 3., 6.])
    """
    return np.cumsum(x, axis=axis)


def floating(x: Any) -> Any:
    """Whole numbers as floating ones, which alone have an infinity; anything else as it is."""
    x = np.asarray(x)
    return x if x.dtype.kind in "fc" else x.astype(float)


def _weights(x: Any, axis: Axis) -> Any:
    """softmax(x): shared by those that are inf, and 0 where every one is -inf."""
    top = np.max(np.real(raw(x)), axis=axis, keepdims=True, initial=-np.inf)
    if np.isfinite(top).all():
        return softmax(x, axis)
    share = softmax(where(np.isinf(top), np.where(raw(x) == top, 0.0, -np.inf), x), axis)
    return where(np.isneginf(top), 0.0, share)


@op("logsumexp({})", lambda g, y, x, axis, keepdims: back(g, x, axis) * _weights(x, axis), picture="logΣexp", named=True)
def logsumexp(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ eˣ along axes, without overflow; inf where an element is inf, -inf where every one is -inf. Derivative softmax(x),
    the second to the rounding of 1 (of two terms, `logaddexp` has all its digits).

    >>> logsumexp(tensor([1000.0, 1000.0])).value.item()
    1000.6931471805599
    """
    x = floating(x)
    top = np.max(np.real(x), axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    total = add_reduce(np.exp(x - top), axis=axis, keepdims=keepdims)
    with np.errstate(divide="ignore"):
        return np.log(total) + np.reshape(top, np.shape(total))


def _centred(g: Any, y: Any, axis: Axis) -> Any:
    """g less its mean by the weights y: twice, since rounding leaves some of large numbers that are equal. On a tape that is the same
    formula, with the better numbers."""
    left = g - sum(g * y, axis, True)
    again = raw(left) - add_reduce(raw(left) * raw(y), axis=axis, keepdims=True)
    return make(left.op, again, left.inputs) if left.__class__ is Tensor else again


_SHARED = "Every component of {y} depends on every one of {x}, since all share one denominator: the Jacobian is diag({y}) - {y} {y}ᵀ."


@op("softmax({})", lambda g, y, x, axis: y * _centred(g, y, axis), values=(0, 1), why=_SHARED)
def softmax(x: Any, /, axis: Axis = -1) -> Any:
    """e^x_i / Σ_j e^x_j along axes, without overflow. Derivative y_i (δ_ij - y_j).

    >>> softmax(tensor([1000.0, 1000.0])).value
    array([0.5, 0.5])
    """
    x = floating(x)
    shifted = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True, initial=-np.inf))
    return shifted / add_reduce(shifted, axis=axis, keepdims=True)


@op("log softmax({})", lambda g, y, x, axis: g - softmax(x, axis) * sum(g, axis, True))
def log_softmax(x: Any, /, axis: int = -1) -> Any:
    """log softmax(x) along an axis, without overflow. Derivative δ_ij - softmax(x)_j.

    >>> log_softmax(tensor([1e4, 0.0])).value
    array([     0., -10000.])
    """
    if not np.size(x):
        return x - np.max(x, axis=axis, keepdims=True, initial=0.0)  # which says whether there is that axis
    shifted = x - np.max(np.real(x), axis=axis, keepdims=True)
    return shifted - np.log(add_reduce(np.exp(shifted), axis=axis, keepdims=True))


def _unnorm(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """g x / ‖x‖. Where x is 0 for all numbers, as of padding, that is 0 to any order; elsewhere the second derivative at 0 is none."""
    g = back(g, x, axis)
    if x.__class__ is Tensor and not x.value.all():
        padding = np.asarray(norm(moved(x), axis, True) == 0) & (norm(x.value, axis, True) == 0)
        if padding.any():
            return where(padding, 0.0, g * unit(where(padding, 1.0, x), axis))
    return g * unit(x, axis)


@op("‖{}‖", _unnorm, picture="‖·‖")
def norm(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """The Euclidean norm √Σx² along axes, also where the squares leave the range of the dtype. Derivative x/‖x‖ (policy: 0 at x = 0).

    >>> norm(tensor([3.0, 4.0])).value
    array(5.)
    """
    with np.errstate(over="ignore"):
        y = np.sqrt(add_reduce(x * x, axis=axis, keepdims=keepdims))
    limits, wide = np.finfo(np.real(y).dtype), np.result_type(np.real(y), float).type  # in half precision no y is above the lower bound
    low, high = wide(limits.tiny) ** 0.5 * 1e8, wide(limits.max) ** 0.5
    if np.all((np.real(y) > low) & (np.real(y) < high)):
        return y
    top = np.max(np.abs(np.real(x)), axis=axis, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, 1)
    scaled = x / top
    return np.sqrt(add_reduce(scaled * scaled, axis=axis, keepdims=keepdims)) * np.reshape(top, np.shape(y))


def _across(g: Any, y: Any, axis: Axis) -> Any:
    """g - c y, with the c that makes it 0 at y's largest element. What of g lies across y is the same whatever c is, and with this one a
    small number is no difference of large ones."""
    numbers = raw(y)
    if not numbers.size or numbers.dtype.kind == "c":  # complex: other numbers, of a careful sweep, and y not that of x
        return g
    reduced = axes(axis, y.ndim)
    count = math.prod(y.shape[a] for a in reduced)
    rows = [np.moveaxis(np.broadcast_to(raw(z), y.shape), reduced, range(-len(reduced), 0)).reshape(-1, count) for z in (numbers, g)]
    at = np.argmax(np.abs(rows[0]), axis=1)[:, None]
    top, slope = (np.take_along_axis(row, at, 1).reshape(kept(y, axis)) for row in rows)
    return (g * top - y * slope) / top


def _ununit(g: Any, y: Any, x: Any, axis: Axis) -> Any:
    g = _across(g, y, axis)
    return (g - y * sum(g * y, axis, True)) / norm(x, axis, True)


@op("unit({})", _ununit)
def unit(x: Any, /, axis: Axis = None) -> Any:
    """x / ‖x‖, and 0 where x is 0. Derivative (I - u u') / ‖x‖ of u = x / ‖x‖: none at x = 0, where u jumps.

    >>> unit(tensor([3.0, 4.0])).value
    array([0.6, 0.8])
    """
    length = norm(x, axis, True)
    beyond = np.isinf(length) | (np.real(length) < np.finfo(length.dtype).tiny / np.finfo(length.dtype).eps) & (length != 0)
    if beyond.any():  # x's own digits, or its direction, are not in its length
        x = np.where(beyond, x / np.max(np.abs(x), axis=axis, keepdims=True, initial=0), x)
        length = np.where(beyond, norm(x, axis, True), length)
    return x / np.where(length == 0, 1, length)
