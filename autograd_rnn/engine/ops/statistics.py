"""Statistics and running products: what is made of sums, and of the elements that they leave out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import raw, where
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.ops.reductions import Axis, axes, mean, norm, sum
from autograd_rnn.engine.ops.shaping import broadcast_to, concatenate, counted, reshape, stack


def _over(x: Any, axis: Axis, ddof: int) -> float:
    """How many elements are reduced, less ``ddof``."""
    return float(math.prod(x.shape[a] for a in axes(axis, x.ndim)) - ddof)


def var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The variance along axes: the sum of (x - mean x)² over n - ddof; ddof=1 for the estimate from a sample.

    >>> var(tensor([1.0, 3.0])).value, var(tensor([1.0, 3.0]), ddof=1).value
    (array(1.), array(2.))
    """
    x = array(x)
    centred = x - mean(x, axis, True)
    return mean(centred * centred, axis, keepdims) if not ddof else sum(centred * centred, axis, keepdims) / _over(x, axis, ddof)


def std(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The standard deviation along axes: ‖x - mean x‖ / √(n - ddof). Its derivative is 0 where all elements are equal (policy, as for
    `norm`).

    >>> std(tensor([1.0, 3.0])).value
    array(1.)
    """
    x = array(x)
    return norm(x - mean(x, axis, True), axis, keepdims) / math.sqrt(_over(x, axis, ddof))


def average(x: Any, axis: Axis = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes, or the mean with weights: Σ w x / Σ w, with w of x's shape or one weight for each place along the axis.

    >>> average(tensor([1.0, 5.0]), weights=[3.0, 1.0]).value
    array(2.)
    """
    if weights is None:
        return mean(x, axis, keepdims)
    x, weights = array(x), array(weights)
    if weights.shape != x.shape:
        if weights.ndim != 1 or not isinstance(axis, (int, np.integer)) or len(weights) != x.shape[counted(axis, x.ndim)]:
            raise ValueError(f"average: weights of shape {weights.shape} for {x.shape}: give the same shape, or a vector and its axis")
        weights = reshape(weights, (-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    return sum(x * weights, axis, keepdims) / sum(broadcast_to(weights, x.shape), axis, keepdims)


def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the elements that are not nan; the others get a zero adjoint.

    >>> nansum(tensor([1.0, np.nan, 2.0])).value
    array(3.)
    """
    x = array(x)
    return sum(where(np.isnan(raw(x)), 0.0, x), axis, keepdims)


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of the elements that are not nan; the others get a zero adjoint.

    >>> nanmean(tensor([1.0, np.nan, 2.0])).value
    array(1.5)
    """
    x = array(x)
    return nansum(x, axis, keepdims) / np.sum(~np.isnan(raw(x)), axis=axis, keepdims=keepdims, dtype=x.dtype)


def _uncumprod(g: Any, y: Any, x: Any, axis: int) -> Any:
    """The product before each element, times what comes after it: s_k = g_k + x_(k+1) s_(k+1). No division, so zeros are no trouble."""
    ahead, n = (slice(None),) * (axis % x.ndim), x.shape[axis]
    if n == 0:
        return g
    after = [g[ahead + (n - 1,)]]
    for k in range(n - 1, 0, -1):
        after.append(g[ahead + (k - 1,)] + x[ahead + (k,)] * after[-1])
    first = np.ones_like(raw(x)[ahead + (slice(0, 1),)])
    return concatenate([first, y[ahead + (slice(None, -1),)]], axis) * stack(after[::-1], axis % x.ndim)


@op("cumprod({})", _uncumprod)
def _cumprod(x: Any, /, axis: int) -> Any:
    return np.cumprod(x, axis)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The running product along an axis, or of all elements in C order. Derivative: for each later place the product of the others.

    >>> cumprod(tensor([1.0, 2.0, 0.0, 3.0])).value
    array([1., 2., 0., 0.])
    """
    x = array(x)
    return _cumprod(reshape(x, (-1,)) if axis is None or not x.ndim else x, axis or 0)
