"""Spectra of matrices: eigenvalues, singular values, their vectors, and the pseudoinverse. Stacks of matrices as in numpy.

An operation has one result: values and vectors stand in one array, below each other, and are taken out of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.arranging import tril
from autograd_rnn.engine.ops.choices import kinked, raw, where
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.ops.products import matmul
from autograd_rnn.engine.ops.shaping import swapaxes


def transposed(x: Any) -> Any:
    """Each matrix of a stack transposed."""
    return swapaxes(x, -1, -2)


def halved(x: Any) -> Any:
    """The lower triangle, with its diagonal halved."""
    return tril(x) * (1 - np.eye(x.shape[-1], dtype=x.dtype) / 2)


def _answer(f: Any, *parts: Any) -> Any:
    """Parts in the tuple that numpy's function answers with, under its names."""
    return type(f(np.eye(1)))(*parts)


def _rounded(x: Any, scale: Any) -> Any:
    """Where x is no more than rounding makes of 0, in numbers of that scale."""
    return np.abs(raw(x)) <= 8 * np.finfo(x.dtype).eps * np.max(np.abs(raw(scale)), axis=(-1, -2), keepdims=True, initial=0)


def _over(g: Any, gap: Any, scale: Any) -> Any:
    """g over the distances between values: 0 where nothing is asked of the vectors of equal ones, whose own derivative is infinite."""
    tied = _rounded(gap, scale)
    return kinked(g / where(tied, np.asarray(raw(g) == 0, gap.dtype), gap), g, gap, raw(gap), tied)


def _diagonal(x: Any) -> Any:
    """A row as the diagonal of a matrix."""
    return x * np.eye(x.shape[-1], dtype=x.dtype)


def _eigh_vjp(g: Any, y: Any, x: Any, UPLO: str) -> Any:
    """v (v'ḡ / (λ_j - λ_i) + diag λ̄) v', all of it moved to the triangle that is read."""
    (values, v), (g_values, g_v) = ((part[..., :1, :], part[..., 1:, :]) for part in (y, g))
    turned = matmul(transposed(v), g_v) * (1 - np.eye(x.shape[-1], dtype=x.dtype))
    inner = _over(turned, values - transposed(values), values) + _diagonal(g_values)
    whole = matmul(matmul(v, inner), transposed(v))
    lower = halved(whole + transposed(whole))
    return lower if UPLO == "L" else transposed(lower)


@op("eigh {}", _eigh_vjp, analytic=False, named=True)
def _eigh(x: Any, /, UPLO: Any) -> Any:
    values, v = np.linalg.eigh(x, UPLO)
    return np.concatenate([values[..., None, :], v], -2)


def eigh(x: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, rising, and the vectors that belong to them, as columns: of its lower triangle ("U": the
    upper), where its gradient stands. Derivative of a value v'dx v; of the vectors infinite where values are equal.

    >>> values, v = eigh(tensor([[2.0, 1.0], [1.0, 2.0]]))
    >>> values.value
    array([1., 3.])
    """
    found = _eigh(array(x), UPLO)
    return _answer(np.linalg.eigh, found[..., 0, :], found[..., 1:, :])


def _svd_vjp(g: Any, y: Any, x: Any) -> Any:
    """Townsend (2016), with 0 for a singular value of 0, as for the norm of 0."""
    m = x.shape[-2]
    (u, s, v), (g_u, g_s, g_v) = ((part[..., :m, :], part[..., m : m + 1, :], part[..., m + 1 :, :]) for part in (y, g))
    gap = (s - transposed(s)) * (s + transposed(s))
    turned = [matmul(transposed(a), d) for a, d in ((u, g_u), (v, g_v))]
    left, right = (_over(t - transposed(t), gap, s * s) for t in turned)
    none = _rounded(s, s)
    inner = left * s + transposed(s) * right + _diagonal(kinked(g_s * (~none).astype(s.dtype), g_s, s, raw(s), none))
    total = matmul(matmul(u, inner), transposed(v))
    if m > s.shape[-1]:  # what of u leaves the space of its columns
        total = total + matmul(_over(g_u - matmul(u, turned[0]), s, s), transposed(v))
    if x.shape[-1] > s.shape[-1]:
        total = total + matmul(u, transposed(_over(g_v - matmul(v, turned[1]), s, s)))
    return total


@op("svd {}", _svd_vjp, analytic=False, named=True)
def _svd(x: Any, /) -> Any:
    u, s, v = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u, s[..., None, :], np.swapaxes(v, -1, -2)], -2)


def svd(x: Any) -> Any:
    """x as u s v': the singular values s, falling, and as many columns of u and rows of v'. Derivative of a value u'dx v (policy: 0 for a
    value of 0); of the vectors infinite where values are equal.

    >>> svd(tensor([[3.0, 0.0], [0.0, 4.0]])).S.value
    array([4., 3.])
    """
    found, m = _svd(array(x)), np.shape(raw(x))[-2]
    return _answer(np.linalg.svd, found[..., :m, :], found[..., m, :], transposed(found[..., m + 1 :, :]))


def _pinv_vjp(g: Any, y: Any, x: Any, rcond: float) -> Any:
    """Golub and Pereyra (1973), for matrices that keep their rank."""
    outside = [np.eye(x.shape[-2], dtype=x.dtype) - matmul(x, y), np.eye(x.shape[-1], dtype=x.dtype) - matmul(y, x)]
    yt, gt = transposed(y), transposed(g)
    rows, columns = matmul(matmul(outside[0], gt), matmul(y, yt)), matmul(matmul(matmul(yt, y), gt), outside[1])
    return rows + columns - matmul(matmul(yt, g), yt)


@op("{}⁺", _pinv_vjp, words="the pseudoinverse", analytic=False, named=True)
def pinv(x: Any, /, rcond: float = 1e-15) -> Any:
    """The pseudoinverse, which gives the shortest of all least squares; singular values of less than ``rcond`` times the largest are 0.

    >>> pinv(tensor([[2.0, 0.0], [0.0, 0.0]])).value
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    return np.linalg.pinv(x, rcond)
