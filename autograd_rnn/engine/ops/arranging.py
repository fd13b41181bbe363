"""numpy's ways of taking, repeating and joining elements, each as one gather or as moves that exist.

Where an element goes is found by letting numpy arrange the elements' numbers, 0 to size - 1: the adjoint is then the one of indexing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine.calling import holds
from autograd_rnn.engine.checks import room, whole
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import bent, raw, where
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.ops.indexing import scatter
from autograd_rnn.engine.ops.reductions import sum
from autograd_rnn.engine.ops.shaping import concatenate, counted, expand_dims, listed, reshape, split
from autograd_rnn.engine.ops.shaping import pad as zeros_around
from autograd_rnn.limits import at_most
from autograd_rnn.visible import shown

PARTS = 100_000  # into which one tensor is cut


def arranged(x: Any, move: Callable[[np.ndarray], np.ndarray]) -> Any:
    """x's elements as ``move`` arranges their numbers."""
    x = array(x)
    return reshape(x, (-1,))[move(np.arange(x.size).reshape(x.shape))]


# -- taking -----------------------------------------------------------------------------------------------------------


def take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Elements of x by their number, or slices along an axis; ``mode`` "wrap" or "clip" for numbers outside, as in numpy.

    >>> take(tensor([1.0, 2.0, 3.0]), [2, 0, 0]).value
    array([3., 1., 1.])
    """
    x, indices = array(x), np.asarray(indices, int if isinstance(indices, (list, tuple)) and not np.size(indices) else None)
    n = x.size if axis is None else x.shape[counted(axis, x.ndim)]
    chosen = np.take(np.arange(n), indices, mode=mode)  # type: ignore[call-overload]
    return reshape(x, (-1,))[chosen] if axis is None else x[(slice(None),) * (axis % x.ndim) + (chosen,)]


def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """For each position of ``indices`` the element of x at that place along an axis: what an argsort or an argmax found.

    >>> x = tensor([[3.0, 1.0], [2.0, 5.0]])
    >>> take_along_axis(x, np.argsort(x, 1), 1).value
    array([[1., 3.],
           [2., 5.]])
    """
    return arranged(x, lambda numbers: np.take_along_axis(numbers, np.asarray(indices), axis))


def _order(x: Any, axis: int) -> np.ndarray:
    """The places of x's elements from the smallest to the largest; equal ones stay as they stand."""
    return np.argsort(np.real(raw(x)), axis, kind="stable")


@op("sort({})", lambda g, y, x, axis: take_along_axis(g, np.argsort(_order(x, axis), axis), axis), named=True)
def _sort(x: Any, /, axis: int) -> Any:
    return np.take_along_axis(x, _order(x, axis), axis)


def sort(x: Any, axis: int | None = -1) -> Any:
    """x in ascending order along an axis (None: all elements). Each adjoint goes back to the place its element came from.

    >>> sort(tensor([3.0, 1.0, 2.0])).value
    array([1., 2., 3.])
    """
    if axis is None:
        x, axis = reshape(array(x), (-1,)), 0
    x = array(x)
    order = _order(x, axis)
    tied = np.diff(np.take_along_axis(raw(x), order, axis), axis=axis) == 0
    if np.any(tied):  # which of them comes first may change: a kink
        ahead, after = np.moveaxis(tied, axis, -1), np.zeros((*np.delete(x.shape, axis), 1), bool)
        at = np.concatenate([ahead, after], -1) | np.concatenate([after, ahead], -1)
        x = bent(x, np.take_along_axis(np.moveaxis(at, -1, axis), np.argsort(order, axis), axis))
    return _sort(x, axis)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements with equal indices on two axes (or ``offset`` apart), on a new last axis.

    >>> diagonal(tensor([[1.0, 2.0], [3.0, 4.0]])).value
    array([1., 4.])
    """
    return arranged(x, lambda numbers: np.diagonal(numbers, offset, axis1, axis2))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal.

    >>> trace(tensor([[1.0, 2.0], [3.0, 4.0]])).value
    array(5.)
    """
    return sum(diagonal(x, offset, axis1, axis2), -1)


def diag(x: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or a vector on the k-th diagonal of a matrix of zeros.

    >>> diag(tensor([1.0, 2.0])).value
    array([[1., 0.],
           [0., 2.]])
    """
    x = array(x)
    if x.ndim != 1:
        return diagonal(x, k)
    along, size = np.arange(len(x)), len(x) + abs(k)
    return scatter(x, (along - min(k, 0), along + max(k, 0)), (size, size))


def _under(x: Any, k: int) -> Any:
    """Where a matrix is on its k-th diagonal or under it."""
    rows, columns = x.shape[-2:] if x.ndim > 1 else (len(x), len(x))  # numpy spreads a vector into a square
    return np.tri(rows, columns, k, dtype=bool)


def tril(x: Any, k: int = 0) -> Any:
    """The matrix (or each of a stack) with zeros above its k-th diagonal.

    >>> tril(tensor([[1.0, 2.0], [3.0, 4.0]])).value
    array([[1., 0.],
           [3., 4.]])
    """
    x = array(x)
    return where(_under(x, k), x, 0.0)


def triu(x: Any, k: int = 0) -> Any:
    """The matrix (or each of a stack) with zeros below its k-th diagonal.

    >>> triu(tensor([[1.0, 2.0], [3.0, 4.0]])).value
    array([[1., 2.],
           [0., 4.]])
    """
    x = array(x)
    return where(_under(x, k - 1), 0.0, x)


# -- moving and repeating ---------------------------------------------------------------------------------------------


def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """x moved on by ``shift`` places along axes (None: in C order), what falls off coming in at the other end.

    >>> roll(tensor([1.0, 2.0, 3.0]), 1).value
    array([3., 1., 2.])
    """
    return arranged(x, lambda numbers: np.roll(numbers, shift, axis))


def tile(x: Any, reps: Any) -> Any:
    """x repeated as a whole: so many times along each axis.

    >>> tile(tensor([1.0, 2.0]), (2, 2)).value
    array([[1., 2., 1., 2.],
           [1., 2., 1., 2.]])
    """
    room("tile: an array", np.size(raw(x)), *np.atleast_1d(reps))
    return arranged(x, lambda numbers: np.tile(numbers, reps))


def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """The differences of neighbours along an axis, taken n times.

    >>> diff(tensor([1.0, 4.0, 9.0])).value
    array([3., 5.])
    """
    x = array(x)
    ahead = (slice(None),) * counted(axis, x.ndim)
    for _ in range(min(whole("diff: n", n), np.shape(x)[axis])):
        x = x[ahead + (slice(1, None),)] - x[ahead + (slice(None, -1),)]
    return x


def pad(x: Any, width: Any, mode: str = "constant", constant_values: Any = 0, **others: Any) -> Any:
    """x with a margin: ``width`` as in numpy.pad (also {axis: width}), filled with zeros, with constant values (numbers, or one tensor),
    or, by mode, with elements of x: "edge", "reflect", "symmetric", "wrap".

    >>> pad(tensor([1.0, 2.0]), (1, 0)).value, pad(tensor([1.0, 2.0]), 1, "edge").value
    (array([0., 1., 2.]), array([1., 1., 2., 2.]))
    """
    x = array(x)
    if isinstance(width, dict):
        pairs: list[Any] = [width.get(k, width.get(k - x.ndim, 0)) for k in range(x.ndim)]
        width = [(pair, pair) if isinstance(pair, (int, np.integer)) else tuple(pair) for pair in pairs]
    if others or mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"pad: mode={shown(mode)} with {others}: choose constant, edge, reflect, symmetric or wrap")
    room("pad: an array", *(n + 2 * int(np.max(width, initial=0)) for n in x.shape))
    if mode != "constant":
        return arranged(x, lambda numbers: np.pad(numbers, width, mode))  # type: ignore[call-overload]
    if not holds(constant_values):
        if not np.any(constant_values):
            return zeros_around(x, width)
        constant_values = np.pad(np.zeros(x.shape, x.dtype), width, constant_values=constant_values)
    elif array(constant_values).ndim:
        raise ValueError("pad: constant_values is one tensor, or plain numbers: for more join the parts with concatenate")
    return where(np.pad(np.ones(x.shape, bool), width), zeros_around(x, width), constant_values)


# -- joining and cutting ----------------------------------------------------------------------------------------------


def atleast_1d(x: Any) -> Any:
    """A single number as an array of one element; anything else as it is.

    >>> atleast_1d(tensor(2.0)).value
    array([2.])
    """
    x = array(x)
    return x if x.ndim else reshape(x, (1,))


def atleast_2d(x: Any) -> Any:
    """A number or a vector as a row; anything else as it is.

    >>> atleast_2d(tensor([1.0, 2.0])).shape
    (1, 2)
    """
    x = array(x)
    return x if x.ndim > 1 else reshape(x, (1, -1))


def atleast_3d(x: Any) -> Any:
    """A number, a vector (n,) or a matrix (m, n) as shapes (1, 1, 1), (1, n, 1) and (m, n, 1); anything else as it is.

    >>> atleast_3d(tensor([1.0, 2.0])).shape
    (1, 2, 1)
    """
    x = array(x)
    return x if x.ndim > 2 else expand_dims(atleast_2d(x), -1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Rows under one another: vectors as rows, matrices joined along their first axis.

    >>> vstack([tensor([1.0, 2.0]), [3.0, 4.0]]).value
    array([[1., 2.],
           [3., 4.]])
    """
    return concatenate([atleast_2d(x) for x in listed(tensors)], 0)


def hstack(tensors: Sequence[Any]) -> Any:
    """Side by side: vectors end to end, anything else joined along its second axis.

    >>> hstack([tensor([1.0]), [2.0, 3.0]]).value
    array([1., 2., 3.])
    """
    parts = [atleast_1d(x) for x in listed(tensors)]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def dstack(tensors: Sequence[Any]) -> Any:
    """Behind one another: joined along the third axis.

    >>> dstack([tensor([1.0, 2.0]), [3.0, 4.0]]).shape
    (1, 2, 2)
    """
    return concatenate([atleast_3d(x) for x in listed(tensors)], 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix; matrices side by side.

    >>> column_stack([tensor([1.0, 2.0]), [3.0, 4.0]]).value
    array([[1., 3.],
           [2., 4.]])
    """
    parts = [array(x) for x in listed(tensors)]
    return concatenate([x if x.ndim > 1 else reshape(x, (-1, 1)) for x in parts], 1)


def array_split(x: Any, sections: Any, axis: int = 0) -> list[Any]:
    """x cut along an axis into so many parts, the first ones longer by one where it does not divide; or before each index of a list.

    >>> [part.shape for part in array_split(tensor(np.ones(5)), 2)]
    [(3,), (2,)]
    """
    x = array(x)
    axis = counted(axis, x.ndim)
    if isinstance(sections, (int, np.integer)):
        if sections < 1:
            raise ValueError(f"array_split: into {shown(sections)} parts: at least one")
        at_most("array_split: parts", int(sections), PARTS)
        sections = [part[0] if len(part) else x.shape[axis] for part in np.array_split(np.arange(x.shape[axis]), sections)[1:]]
    return split(x, sections, axis)
