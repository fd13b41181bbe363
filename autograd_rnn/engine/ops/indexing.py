"""Indexing of every kind, its transpose ``scatter``, and embedding lookup."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.checks import room
from autograd_rnn.engine.op import op
from autograd_rnn.engine.pooling import Pooled

BASIC = (int, slice, np.integer, type(None), type(Ellipsis))  # indices that read no element twice


def _pool(parts: list[Any], like: np.ndarray, stacked: dict[Any, np.ndarray]) -> np.ndarray:
    """All reads of one array scattered into one array of zeros: many reads cost one."""
    total = np.zeros(like.shape, like.dtype)
    for g, index in parts:
        _add_at(total, index, g)
    return total


def _add_at(total: np.ndarray, index: Any, g: Any) -> None:
    """``total[index] += g`` where an element that is indexed twice receives twice."""
    if all(isinstance(part, BASIC) for part in (index if isinstance(index, tuple) else (index,))):
        place = total[index]
        if getattr(place, "base", None) is total:
            place += g  # a view: total[index] += g would write it back once more
        else:
            total[index] += g
    else:
        np.add.at(total, index, g)


@op(
    "{}[…]",
    Pooled(lambda g, y, x, index: scatter(g, index, x.shape), lambda g, y, x, index: (g, index), _pool, moves=True),
    picture="[ ]",
    words="indexing",
    kind="moves",
)
def getitem(x: Any, /, index: Any) -> Any:
    """x[index] with any index numpy knows: integers, slices, None, Ellipsis, boolean masks, integer arrays. An element read twice
    receives both adjoints.

    >>> getitem(tensor([1.0, 2.0, 3.0]), [0, 0, 2]).value
    array([1., 1., 3.])
    """
    return np.asarray(x)[index]


@op("scatter({})", lambda g, y, x, index, shape: getitem(g, index), kind="moves")
def scatter(x: Any, /, index: Any, shape: Any) -> Any:
    """Zeros of a shape, plus x added at an index: the transpose of indexing.

    >>> scatter(tensor([1.0, 10.0]), [0, 0], (3,)).value
    array([11.,  0.,  0.])
    """
    x = np.asarray(x)
    room("scatter: an array", *(shape if shape.__class__ is tuple else np.atleast_1d(shape)))
    return _pool([(x, index)], np.empty(shape, x.dtype), {})


def embedding(W: Any, classes: Any) -> Any:
    """Rows of W (V, D) at class indices of any shape: a one-hot product without the zeros. Shape (*classes.shape, D).

    Raises ValueError for an index outside 0..V-1.

    >>> embedding(tensor([[1.0, 2.0], [3.0, 4.0]], name="E"), [1, 1]).value
    array([[3., 4.],
           [3., 4.]])
    """
    classes = np.asarray(getattr(classes, "value", classes))
    if classes.dtype.kind not in "iu" or (classes.size and not 0 <= classes.min() <= classes.max() < len(W)):
        extent = f" from {classes.min()} to {classes.max()}" if classes.size and classes.dtype.kind in "biuf" else " array"
        got = f"{'' if classes.size else 'an empty '}{classes.dtype}{extent}"
        raise ValueError(f"embedding: class indices must be integers from 0 to {len(W) - 1}, got {got}")
    return getitem(W, classes)
