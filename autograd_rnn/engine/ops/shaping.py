"""Operations that move numbers without changing them: each vjp moves them back."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine.calling import Misfit, gathered
from autograd_rnn.engine.checks import room
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.indexing import scatter
from autograd_rnn.engine.place import here
from autograd_rnn.engine.pooling import Pooled
from autograd_rnn.engine.rule import OPS
from autograd_rnn.engine.tensor import Tensor, make
from autograd_rnn.visible import shown

MOST = 10**6  # tensors in a list
Shape = int | tuple[int, ...]


@op("{}", lambda g, y, x, shape: reshape(g, x.shape), kind="moves", numpy=np.reshape)
def reshape(x: Any, /, shape: Shape) -> Any:
    """The same numbers in another shape; one size may be -1.

    >>> reshape(tensor([1.0, 2.0, 3.0, 4.0]), (2, -1)).value
    array([[1., 2.],
           [3., 4.]])
    """
    try:
        return np.reshape(x, shape)
    except ValueError:
        raise Misfit(f"{np.size(x)} numbers do not fill shape {shown(shape)}", 0) from None


@op("{}ᵀ", lambda g, y, x, axes: transpose(g, unpermuted(axes, x.ndim)), words="the transpose", kind="moves", numpy=np.transpose)
def transpose(x: Any, /, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order: reversed, or as ``axes`` says (negative counts from the end).

    >>> transpose(tensor([[1.0, 2.0, 3.0]])).shape
    (3, 1)
    """
    return np.transpose(x, axes)


def counted(axis: int, ndim: int) -> int:
    """An axis counted from the front. Raises ValueError for one that there is not: a remainder alone would take another in its place."""
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of bounds for shapes of {ndim} axes")
    return axis % ndim


def unpermuted(axes: Sequence[int] | None, ndim: int) -> Any:
    """The order of axes that undoes ``axes``."""
    return None if axes is None else np.argsort(np.atleast_1d(axes) % ndim)


@op("{}ᵀ", lambda g, y, x, a, b: swapaxes(g, a, b), words="the transpose", kind="moves", numpy=np.swapaxes)
def swapaxes(x: Any, /, a: int, b: int) -> Any:
    """Two axes exchanged.

    >>> swapaxes(tensor(np.ones((2, 3, 4))), 0, -1).shape
    (4, 3, 2)
    """
    return np.swapaxes(x, a, b)


@op("{}", lambda g, y, x, source, destination: moveaxis(g, destination, source), kind="moves", numpy=np.moveaxis)
def moveaxis(x: Any, /, source: Any, destination: Any) -> Any:
    """Axes moved to other positions, the rest in their order.

    >>> moveaxis(tensor(np.ones((2, 3, 4))), 0, -1).shape
    (3, 4, 2)
    """
    return np.moveaxis(x, source, destination)


@op("{}", lambda g, y, x, axis: reshape(g, x.shape), kind="moves", numpy=np.squeeze)
def squeeze(x: Any, /, axis: Any = None) -> Any:
    """Without its axes of size 1, or without those named.

    >>> squeeze(tensor([[[1.0, 2.0]]])).shape
    (2,)
    """
    return np.squeeze(x, axis)


@op("{}", lambda g, y, x, axis: reshape(g, x.shape), picture="expand", kind="moves", numpy=np.expand_dims)
def expand_dims(x: Any, /, axis: Any) -> Any:
    """With new axes of size 1 at the positions named.

    >>> expand_dims(tensor([1.0, 2.0]), -1).shape
    (2, 1)
    """
    return np.expand_dims(x, axis)


@op("{}", lambda g, y, x: reshape(g, x.shape), kind="moves", numpy=np.ravel)
def ravel(x: Any, /) -> Any:
    """All numbers in one axis, in C order.

    >>> ravel(tensor([[1.0], [2.0]])).value
    array([1., 2.])
    """
    return np.ravel(x)


@op("{}", lambda g, y, x, shape: g, picture="broadcast", kind="moves", numpy=np.broadcast_to)
def broadcast_to(x: Any, /, shape: Shape) -> Any:
    """Repeated to a larger shape by numpy's rules; the adjoint is summed back.

    >>> broadcast_to(tensor([1.0, 2.0]), (2, 2)).value
    array([[1., 2.],
           [1., 2.]])
    """
    spread = np.broadcast_to(x, shape)
    room("broadcast_to: an array", spread.size)
    return spread.copy()


@op("flip({})", lambda g, y, x, axis: flip(g, axis), kind="moves", numpy=np.flip)
def flip(x: Any, /, axis: Any = None) -> Any:
    """In reverse order along axes (all of them by default).

    >>> flip(tensor([1.0, 2.0, 3.0])).value
    array([3., 2., 1.])
    """
    return np.flip(x, axis)


@op("{}", lambda g, y, x, dtype: g, analytic=False, kind="elementwise")
def cast(x: Any, /, dtype: Any) -> Any:
    """The same numbers in another floating dtype: a recorded sweep keeps each gradient in its tensor's dtype with it.

    >>> str(np.float32(0.1) == cast(np.array(0.1), np.float32))
    'True'
    """
    return np.asarray(x).astype(dtype)


def _unrepeat(g: Any, y: Any, x: Any, repeats: Any, axis: int | None) -> Any:
    shape = (x.size,) if axis is None else x.shape or (1,)
    owner = np.repeat(np.arange(shape[axis or 0]), repeats)
    return reshape(scatter(g, (slice(None),) * ((axis or 0) % len(shape)) + (owner,), shape), x.shape)


@op("repeat({})", _unrepeat, kind="moves", numpy=np.repeat)
def repeat(x: Any, /, repeats: Any, axis: int | None = None) -> Any:
    """Each element (or slice along an axis) repeated; the adjoint is summed over the copies.

    >>> repeat(tensor([1.0, 2.0]), 2).value
    array([1., 1., 2., 2.])
    """
    room("repeat: an array", np.size(x), np.max(repeats, initial=0))
    return np.repeat(x, repeats, axis)


@op("pad({})", lambda g, y, x, width: g[unpadded(x, width)], kind="moves", numpy=np.pad)
def pad(x: Any, /, width: Any) -> Any:
    """Zeros around: ``width`` as in numpy.pad. The adjoint is cut back.

    >>> pad(tensor([1.0, 2.0]), (1, 0)).value
    array([0., 1., 2.])
    """
    room("pad: an array", *(n + 2 * int(np.max(width, initial=0)) for n in np.shape(x)))
    return np.pad(x, width)


def unpadded(x: Any, width: Any) -> tuple[slice, ...]:
    """Where x lies inside its padded self."""
    return tuple(slice(before, before + n) for (before, _), n in zip(np.broadcast_to(width, (x.ndim, 2)), x.shape, strict=True))


def listed(tensors: Any) -> list[Any]:
    """The tensors of a list, or of whatever else gives some."""
    found = list(itertools.islice(tensors, MOST + 1))
    if len(found) > MOST:
        raise ValueError(f"at most {MOST:,} tensors are joined")
    return found


def _piece(k: int, g: Any, y: Any, xs: Any, axis: int, edges: tuple[int, ...]) -> Any:
    return g[(slice(None),) * (axis % y.ndim) + (slice(edges[k], edges[k + 1]),)]


@op("[{}]", lambda count: (_piece,) * count, picture="[ , ]", words="concat", kind="moves")
def _concatenate(*tensors: Any, axis: int, edges: tuple[int, ...]) -> Any:
    return np.concatenate(tensors, axis)


def concatenate(tensors: Sequence[Any], axis: int | None = 0) -> Any:
    """Tensors joined along an axis, or all their elements (None). Each adjoint is the matching piece.

    >>> concatenate([tensor([1.0]), [2.0, 3.0]]).value
    array([1., 2., 3.])
    """
    tensors = [gathered(x) for x in listed(tensors)]
    if axis is None:
        tensors, axis = [ravel(x) for x in tensors], 0
    # Where each piece begins, counted once: a vjp that counted what is before its piece would make the sweep quadratic.
    edges = itertools.accumulate((np.shape(x)[axis] if -np.ndim(x) <= axis < np.ndim(x) else 0 for x in tensors), initial=0)
    return _concatenate(*tensors, axis=axis, edges=(*edges,))


def _slice(k: int, g: Any, y: Any, xs: Any, axis: int) -> Any:
    return g[(slice(None),) * (axis % y.ndim) + (k,)]


@op("[{}]", lambda count: (_slice,) * count, picture="[ , ]", words="stack", kind="moves")
def _stack(*tensors: Any, axis: int) -> Any:
    return np.stack(tensors, axis)


def stack(tensors: Sequence[Any], axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis. Each adjoint is the matching slice.

    >>> stack([tensor(1.0), 2.0]).value
    array([1., 2.])
    """
    return _stack(*listed(tensors), axis=axis)


def _beside(parts: list[Any], like: np.ndarray, stacked: dict[Any, np.ndarray]) -> Any:
    """The adjoints of the parts side by side, which is cheaper than adding each into zeros; several ways of cutting add up."""
    cuts: dict[Any, dict[int, Any]] = {}
    for g, k, cut in parts:
        whole = cuts.setdefault(cut, {})
        whole[k] = whole[k] + g if k in whole else g
    total: Any = None
    for (count, axis), whole in cuts.items():
        if len(whole) < count:
            whole = dict.fromkeys(range(count), np.zeros_like(next(iter(whole.values())))) | whole
        joined = np.concatenate([whole[k] for k in range(count)], axis)
        total = joined if total is None else total + joined
    return total


def _span(x: Any, k: int, count: int, axis: int) -> Any:
    """The index of the k-th of ``count`` equal parts of x."""
    return _spans(axis % x.ndim, x.shape[axis] // count, count)[k]


@functools.lru_cache(64)
def _spans(ahead: int, size: int, count: int) -> list[tuple[slice, ...]]:
    """The indices of ``count`` parts of that size, along the axis after those ``ahead``."""
    return [(slice(None),) * ahead + (slice(k * size, (k + 1) * size),) for k in range(count)]


@op(
    "{}[…]",
    Pooled(
        lambda g, y, x, k, count, axis: scatter(g, _span(x, k, count, axis), x.shape),
        lambda g, y, x, k, count, axis: (g, k, (count, axis)),
        _beside,
        moves=True,
    ),
    picture="[ ]",
    words="split",
    kind="moves",
)
def _part(x: Any, /, k: int, count: int, axis: int) -> Any:
    return x[_span(x, k, count, axis)]


def split(x: Any, sections: Any, axis: int = 0) -> list[Any]:
    """x cut along an axis: into that many equal parts, or before each index of a list.

    >>> [part.shape for part in split(tensor(np.ones((2, 6))), 3, axis=-1)]
    [(2, 2), (2, 2), (2, 2)]
    """
    try:
        size = x.shape[axis]
    except IndexError:
        size = counted(axis, x.ndim)  # which says so
    if isinstance(sections, (int, np.integer)):
        if sections < 1 or size % sections:
            raise ValueError(f"split: an axis of size {size} does not divide into {sections} equal parts")
        if x.__class__ is not Tensor or x.op is None or not here().recording:
            return [_part(x, k, int(sections), axis) for k in range(sections)]
        rule, value, inputs, count = OPS["_part"], x.value, (x,), int(sections)
        return [  # what _part does, without the way there: a fused cell splits at every step
            make(rule, value[span], inputs, {"k": k, "count": count, "axis": axis})
            for k, span in enumerate(_spans(axis % x.ndim, size // count, count))
        ]
    edges = [0, *sections, size]
    return [x[(slice(None),) * (axis % x.ndim) + (slice(a, b),)] for a, b in zip(edges[:-1], edges[1:], strict=True)]
