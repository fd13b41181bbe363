"""One array out of what holds several: lists of tensors, and what has no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.calling import gathered, holds
from autograd_rnn.engine.guards import plain
from autograd_rnn.engine.ops.shaping import broadcast_to, cast
from autograd_rnn.engine.tensor import Tensor, constant, make


def array(x: Any) -> Any:
    """A tensor, or a list that holds tensors (in lists, to any depth) as one tensor, stacked; anything else as a plain array.

    ``numpy.array([t, u])`` cannot be told of tensors: write this instead.

    >>> x = tensor(2.0, name="x")
    >>> array([[x, 1.0], [x * x, 0.0]]).value
    array([[2., 1.],
           [4., 0.]])
    """
    x = gathered(x)
    if isinstance(x, np.ma.MaskedArray):
        return plain(x)
    return x if isinstance(x, Tensor) else np.asarray(x)


def detach(x: Any) -> Any:
    """x as a constant with the same value and name: no gradient goes back through it. A plain array is what it was.

    >>> x = tensor(3.0, name="x")
    >>> (x * detach(x)).backward()[x]
    array(3.)
    """
    if not isinstance(x, Tensor):
        return x
    node = make(None, x.value)
    node.scope = x.scope  # the layer and the step are part of the name
    if x.label:
        node.name = x.label
    return node


def astype(x: Any, dtype: Any) -> Any:
    """x in another floating dtype; its gradient comes back in its own. To integers or truth values a tensor with a gradient is refused.

    >>> str(astype(tensor([1.0, 2.0]), np.float32).dtype)
    'float32'
    """
    if not isinstance(x, Tensor):
        return np.asarray(x).astype(dtype)
    if np.dtype(dtype).kind == "f":
        return cast(x, np.dtype(dtype))
    x._leaves_tape(f"astype({np.dtype(dtype)})", f"use .value.astype({np.dtype(dtype).name!r}) for the numbers")
    return constant(x.value.astype(dtype))


def full_like(x: Any, value: Any, dtype: Any = None) -> Any:
    """``value`` in x's shape and dtype (or another); a tensor's gradient is summed back to it.

    >>> s = tensor(2.0)
    >>> (full_like(np.ones(3), s) * s).sum().backward()[s]
    array(12.)
    """
    like = x.value if isinstance(x, Tensor) else np.asarray(x)
    if not holds(value):
        return np.full_like(like, value, dtype)
    return astype(broadcast_to(array(value), like.shape), dtype or like.dtype)
