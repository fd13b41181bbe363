"""Matrix products. ``linear`` is the one that recurrent nets are made of."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_rnn.engine.calling import Misfit
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.ops.reductions import sum
from autograd_rnn.engine.ops.shaping import broadcast_to, expand_dims, reshape, swapaxes
from autograd_rnn.engine.ops.subscripts import interleaved, spelled_out
from autograd_rnn.engine.pooling import Pooled

KEPT = 2**26  # bytes of memory that a sweep leaves to the next one


@functools.cache
def _rooms() -> Any:
    """Of each thread its own memory, from its first sweep on: numpy does without threading, and to import it takes a while."""
    import threading

    return threading.local()


def _rows(x: Any) -> Any:
    """x with all its leading axes as one."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _stack(gs: list[Any], stacked: dict[Any, Any]) -> np.ndarray:
    """The rows of many adjoints in one array; those that W_xh, W_hh and b_h share are stacked once a sweep, and again where a vjp has
    run a sweep of its own in between, which stacked its rows in the same place."""
    key = tuple(map(id, gs))
    if key not in stacked or _rooms().__dict__.get("sweep") != id(stacked):
        _rooms().sweep = id(stacked)
        stacked.clear()
        stacked[key] = _together("adjoints", gs), gs  # gs kept alive: a freed array's id is given to another
    rows: np.ndarray = stacked[key][0]
    return rows


def _together(role: str, parts: list[Any]) -> np.ndarray:
    """The rows of many arrays in one, which stands where the last one of this role stood: memory that is new costs more than the copy."""
    rows = [_rows(part) for part in parts]
    shape, dtype = (np.add.reduce([len(part) for part in rows]), rows[0].shape[-1]), np.result_type(*rows)
    size = int(shape[0] * shape[1] * dtype.itemsize)
    if size > KEPT:
        return np.concatenate(rows)
    room = _rooms().__dict__.get(role)
    if room is None or len(room) < size:
        room = _rooms().__dict__[role] = np.empty(size, np.uint8)
    return np.concatenate(rows, out=room[:size].view(dtype).reshape(shape))


def _pool_outer(parts: list[Any], like: np.ndarray, stacked: dict[Any, np.ndarray]) -> Any:
    """Σ g x' over every use of a weight, as one product of all g and all x stacked."""
    return _stack([g for g, _ in parts], stacked).T @ _together("inputs", [x for _, x in parts])


def _pool_rows(parts: list[Any], like: np.ndarray, stacked: dict[Any, np.ndarray]) -> Any:
    """Σ g over every use of a bias: a product with ones, which is faster than a sum down the columns."""
    G = _stack(parts, stacked)
    return np.dot(np.ones(len(G), G.dtype), G)


def _beside(g: Any, x: Any) -> Any:
    """x with a row for each row of g: repeated where x broadcast against the other terms of a sum."""
    return x if x.shape[:-1] == g.shape[:-1] else broadcast_to(x, (*g.shape[:-1], x.shape[-1]))


def _backward_rows(g: Any, W: Any) -> Any:
    """W' g with g as rows. Of two matrices the product of the transposes is taken: BLAS then reads W in the order in which it lies."""
    return np.dot(W.T, g.T).T if g.__class__ is np.ndarray and g.ndim == 2 else np.dot(g, W)


def _across(g: Any, b: Any) -> Any:
    """A bias's adjoint before it is summed over rows: one number stands for the whole of each row."""
    return g if b.shape == g.shape[-1:] else sum(g, -1, True)


# The vjps of W₁ x₁ + W₂ x₂ + … + b: for a weight g x', for a vector W' g, for the bias g.
_WEIGHT = Pooled(
    lambda k, g, y, terms: outer_sum(g, _beside(g, terms[k + 1])),
    lambda k, g, y, terms: (g, _beside(g, terms[k + 1])),
    _pool_outer,
)
_BIAS = Pooled(lambda k, g, y, terms: g, lambda k, g, y, terms: _across(g, terms[k]), _pool_rows)


def _vector(k: int, g: Any, y: Any, terms: Any) -> Any:
    return _backward_rows(g, terms[k - 1])


@op(
    "linear({})",
    lambda count: (_WEIGHT, _vector) * (count // 2) + (_BIAS,) * (count % 2),
    picture="W·",
    words="matrix products",
    kind="multiplies",
)
def linear(*terms: Any) -> Any:
    """W₁ x₁ + W₂ x₂ + … [+ b]: alternating weights (H, D) and vectors (..., D), then perhaps a bias (H,). Shape (..., H).

    Vectors stand on the last axis, so a batch (B, D) rides along. Adjoints: ``g x'`` summed over the leading axes for W, ``W' g`` for x,
    ``g`` summed for b.

    >>> linear(tensor([[1.0, 2.0]], name="W"), [3.0, 4.0], [0.5]).value
    array([11.5])
    """
    if len(terms) < 2:
        raise Misfit("a weight needs its vector: linear(W, x) or linear(W, x, b)", *range(len(terms)))
    total: Any = None
    for k in range(0, len(terms) - 1, 2):
        W, x = terms[k], terms[k + 1]
        if np.ndim(W) != 2:
            raise Misfit("a weight is a matrix", k)
        if not np.ndim(x):
            raise Misfit("a weight is for a vector", k, k + 1, join=" @ ")
        try:
            product = np.dot(x, W.T)  # for a matrix W the same as x @ W.T, and faster on small ones
        except ValueError:
            raise Misfit("inner sizes differ", k, k + 1, join=" @ ") from None
        if total is not None and product.shape[-1] != total.shape[-1]:  # broadcasting would take one row for all
            raise Misfit("the weights of one sum have as many rows each", 0, k)
        total = product if total is None else _onto(total, product)
    if len(terms) % 2 == 0:
        return total
    b, ndim = terms[-1], np.ndim(terms[-1])
    if ndim > 1:
        raise Misfit("a bias is a vector", len(terms) - 1)
    if not ndim:
        return total + b
    if b.size != 1 and b.shape[0] != total.shape[-1]:
        raise Misfit("a bias has a number for each row of the weights, or one for all", 0, len(terms) - 1)
    return _onto(total, b)


def _onto(total: Any, term: Any) -> Any:
    """total + term, written into total where the result has its shape and dtype."""
    fits = total.dtype == term.dtype and total.shape[-term.ndim :] == term.shape
    return np.add(total, term, total) if fits else total + term


@op(
    "{1}ᵀ {0}", lambda g, y, a, b: linear(g, b), lambda g, y, a, b: matmul(a, g), picture="Σ⊗", words="the outer product", kind="multiplies"
)
def outer_sum(a: Any, b: Any, /) -> Any:
    """Σ a b' over all leading axes: a (..., H) and b (..., D) give (H, D). The adjoint of a weight in `linear`.

    >>> outer_sum(tensor([[1.0, 2.0], [1.0, 0.0]]), [[1.0], [10.0]]).value
    array([[11.],
           [ 2.]])
    """
    if a.shape[:-1] != b.shape[:-1]:
        raise Misfit("leading axes differ", 0, 1)
    return _rows(a).T @ _rows(b)


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return outer_sum(g, b) if a.ndim == 2 else expand_dims(g, -1) * b
    if a.ndim == 1:
        return matmul(b, g) if b.ndim == 2 else sum(expand_dims(g, -2) * b, -1)
    return swapaxes(matmul(b, swapaxes(g, -1, -2)), -1, -2)  # (b g')', so that a constant b stands in the formula as it is


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return outer_sum(a, g) if b.ndim == 2 else expand_dims(g, -2) * expand_dims(a, -1) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return matmul(g, a) if a.ndim == 2 else sum(expand_dims(g, -1) * a, tuple(range(a.ndim - 1)))
    return swapaxes(matmul(swapaxes(g, -1, -2), a), -1, -2)


@op("{} {}", _matmul_left, _matmul_right, picture="@", words="the matrix product", kind="multiplies", numpy=np.matmul)
def matmul(a: Any, b: Any, /) -> Any:
    """a @ b as in numpy: vectors, matrices, and stacks of matrices that broadcast. Adjoints g b' and a' g.

    >>> matmul(tensor([[1.0, 2.0]]), [3.0, 4.0]).value
    array([11.])
    """
    try:
        return np.matmul(a, b)
    except ValueError:
        reason = "inner sizes differ" if np.ndim(a) and np.ndim(b) else "a matrix product needs vectors or matrices"
        raise Misfit(reason, 0, 1, join=" @ ") from None


def outer(a: Any, b: Any) -> Any:
    """The outer product a b' of all elements of a and of b.

    >>> outer(tensor([1.0, 2.0]), [3.0, 4.0]).value
    array([[3., 4.],
           [6., 8.]])
    """
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))


def _einsum_vjp(k: int, g: Any, y: Any, xs: Any, subscripts: str) -> Any:
    """The subscripts of the output change places with the input's. Letters that only this input has are put back by broadcasting;
    a letter that repeats within it is put on the diagonal by a product with the identity."""
    left, _, result = subscripts.partition("->")
    letters = left.split(",")
    mine, x = letters[k], xs[k]
    size = dict(zip(mine, x.shape, strict=True))
    others = [(text, other) for position, (text, other) in enumerate(zip(letters, xs, strict=True)) if position != k]
    known = set(result).union(*(set(text) for text, _ in others))
    fills = [(c, np.ones(size[c], x.dtype)) for c in dict.fromkeys(mine) if c not in known]
    target, spare = "", iter(c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in subscripts)
    for c in mine:
        if c in target:
            new = next(spare)
            fills.append((c + new, np.eye(size[c], dtype=x.dtype)))
            c = new
        target += c
    terms = [(result, g), *others, *fills]
    return _einsum(*(array for _, array in terms), subscripts=",".join(text for text, _ in terms) + "->" + target)


@op("einsum({})", lambda count: (_einsum_vjp,) * count, kind="multiplies")
def _einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands)


def einsum(subscripts: Any, *operands: Any) -> Any:
    """numpy's einsum: products summed over every letter that the result does not name. ``...`` stands for the axes that broadcast, and
    numpy's other form, ``einsum(a, [0, 1], b, [1], [0])``, is taken too.

    >>> einsum("ij,j->i", tensor([[1.0, 2.0]]), [3.0, 4.0]).value
    array([11.])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = interleaved((subscripts, *operands))
    arrays = [array(x) for x in operands]
    return _einsum(*arrays, subscripts=spelled_out(subscripts, [x.shape for x in arrays]))
