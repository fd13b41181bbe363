"""Products over chosen axes, norms of every kind, and systems of linear equations. Stacks of matrices as in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.arranging import roll, tril
from autograd_rnn.engine.ops.choices import abs as abs_
from autograd_rnn.engine.ops.choices import raw, where
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.ops.products import matmul
from autograd_rnn.engine.ops.reductions import Axis, axes, back
from autograd_rnn.engine.ops.reductions import max as max_
from autograd_rnn.engine.ops.reductions import min as min_
from autograd_rnn.engine.ops.reductions import norm as euclidean
from autograd_rnn.engine.ops.reductions import sum as sum_
from autograd_rnn.engine.ops.shaping import counted, expand_dims, moveaxis, reshape, squeeze, transpose
from autograd_rnn.engine.ops.spectra import halved, svd
from autograd_rnn.engine.ops.spectra import transposed as _T
from autograd_rnn.engine.ops.steps import sign
from autograd_rnn.visible import shown

# -- products ---------------------------------------------------------------------------------------------------------


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Products summed over axes of a and of b: the last ``axes`` of a with the first of b, or a pair of lists of axes.

    >>> tensordot(tensor([[1.0, 2.0]]), [3.0, 4.0], 1).value
    array([11.])
    """
    a, b = array(a), array(b)
    if isinstance(axes, (int, np.integer)):
        if axes > min(a.ndim, b.ndim):
            raise ValueError(f"tensordot: axes={shown(axes)} of shapes {a.shape} and {b.shape}, which have fewer")
        axes = range(a.ndim - axes, a.ndim), range(axes)
    left, right = ([counted(k, x.ndim) for k in np.atleast_1d(side).tolist()] for x, side in zip((a, b), axes, strict=True))
    if [a.shape[k] for k in left] != [b.shape[k] for k in right]:
        raise ValueError(f"tensordot: axes {left} of shape {a.shape} and {right} of shape {b.shape} differ in size")
    rows, columns = ([k for k in range(x.ndim) if k not in used] for x, used in ((a, left), (b, right)))
    over, shape = math.prod(a.shape[k] for k in left), [a.shape[k] for k in rows] + [b.shape[k] for k in columns]
    A = reshape(transpose(a, rows + left), (math.prod(a.shape[k] for k in rows), over))
    B = reshape(transpose(b, right + columns), (over, math.prod(b.shape[k] for k in columns)))
    return reshape(matmul(A, B), tuple(shape))


def dot(a: Any, b: Any) -> Any:
    """numpy's dot: a number times an array, or products summed over a's last axis and b's last but one (its only one).

    >>> dot(tensor([1.0, 2.0]), [3.0, 4.0]).value
    array(11.)
    """
    a, b = array(a), array(b)
    if not a.ndim or not b.ndim:
        return a * b
    return matmul(a, b) if b.ndim <= 2 else tensordot(a, b, (-1, -2))


def inner(a: Any, b: Any) -> Any:
    """Products summed over the last axis of a and the last of b.

    >>> inner(tensor([1.0, 2.0]), [3.0, 4.0]).value
    array(11.)
    """
    a, b = array(a), array(b)
    if not (a.ndim and b.ndim):
        return a * b
    return matmul(a, b) if b.ndim == 1 else tensordot(a, b, (-1, -1))


def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all elements.

    >>> vdot(tensor([[1.0, 2.0]]), [[3.0, 4.0]]).value
    array(11.)
    """
    return matmul(reshape(array(a), (-1,)), reshape(array(b), (-1,)))


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every element of a times the whole of b.

    >>> kron(tensor([1.0, 10.0]), [1.0, 2.0]).value
    array([ 1.,  2., 10., 20.])
    """
    a, b = array(a), array(b)
    n = max(a.ndim, b.ndim)
    left, right = ((1,) * (n - x.ndim) + x.shape for x in (a, b))
    product = reshape(a, tuple(size for k in left for size in (k, 1))) * reshape(b, tuple(size for k in right for size in (1, k)))
    return reshape(product, tuple(p * q for p, q in zip(left, right, strict=True)))


def cross(a: Any, b: Any, axis: int = -1) -> Any:
    """The cross product of vectors of three elements along an axis.

    >>> cross(tensor([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]).value
    array([0., 0., 1.])
    """
    a, b = moveaxis(array(a), axis, -1), moveaxis(array(b), axis, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"cross: vectors of three elements, not of {a.shape[-1]} and {b.shape[-1]}")
    return moveaxis(roll(a, -1, -1) * roll(b, -2, -1) - roll(a, -2, -1) * roll(b, -1, -1), -1, axis)


SINGULAR = {"nuc": lambda s: sum_(s, -1), 2: lambda s: s[..., 0], -2: lambda s: s[..., -1]}  # norms of matrices made of singular values

# -- norms ------------------------------------------------------------------------------------------------------------


def norm(x: Any, axis: Axis = None, keepdims: bool = False, ord: Any = None) -> Any:
    """The Euclidean norm √Σx² along axes (derivative x/‖x‖; policy: 0 at x = 0), or that of another order.

    Of vectors: 1, any p (nan at x = 0 but for 2), inf and -inf (ties share), 0 (counts what is not 0, flat). Of matrices, on two axes:
    "fro", and 1, -1, inf, -inf, the largest or smallest sum of a column or row; and 2, -2, "nuc", the largest or smallest singular value,
    or the sum of all.

    >>> norm(tensor([3.0, 4.0])).value, norm(tensor([3.0, -4.0]), ord=1).value
    (array(5.), array(7.))
    """
    x = array(x)
    if ord is None or ord == "fro":
        return euclidean(x, axis, keepdims)
    over = axes(axis, x.ndim)
    if len(over) == 1:
        return _vector_norm(x, over[0], keepdims, ord)
    if len(over) != 2 or ord not in (*SINGULAR, 1, -1, np.inf, -np.inf):
        kinds = "for matrices there are 'fro', 'nuc', 1, -1, 2, -2, inf and -inf"
        raise ValueError(f"norm: ord={shown(ord)} of {len(over)} axes has no derivative here: {kinds}")
    if ord in SINGULAR:
        total = SINGULAR[ord](svd(moveaxis(x, tuple(over), (-2, -1))).S)
        return expand_dims(total, tuple(over)) if keepdims else total
    summed, compared = over if np.isfinite(ord) else over[::-1]
    total = (max_ if ord > 0 else min_)(sum_(abs_(x), summed, True), compared, True)
    return total if keepdims else squeeze(total, tuple(over))


def _vector_norm(x: Any, axis: int, keepdims: bool, p: float) -> Any:
    if not isinstance(p, (int, float, np.number)):
        raise ValueError(f"norm: ord={shown(p)} is for matrices, and there is one axis")
    if p == 2:
        return euclidean(x, axis, keepdims)
    if p == 1:
        return sum_(abs_(x), axis, keepdims)
    if p == 0:
        return sum_(sign(abs_(x)), axis, keepdims)
    if np.isinf(p):
        return (max_ if p > 0 else min_)(abs_(x), axis, keepdims)
    return _powers(x, axis, keepdims, p)


def _powers_vjp(g: Any, y: Any, x: Any, axis: int, keepdims: bool, p: float) -> Any:
    """sign(x) (|x| / y)^(p-1): no power over- or underflows that its quotient does not."""
    return back(g, x, axis) * sign(x) * (abs_(x) / back(y, x, axis)) ** (p - 1)


@op("norm({})", _powers_vjp, picture="‖·‖", analytic=False)
def _powers(x: Any, /, axis: int, keepdims: bool, p: float) -> Any:
    """(Σ|x|^p)^(1/p), of x over its largest element."""
    scale = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((scale > 0) & np.isfinite(scale), scale, 1.0).astype(x.dtype)
    total = np.sum(np.abs(x / scale) ** p, axis=axis, keepdims=keepdims) ** (1 / p)
    return total * (scale if keepdims else np.squeeze(scale, axis))


# -- linear equations -------------------------------------------------------------------------------------------------


@op("{}⁻¹ {}", lambda g, y, a, b: -matmul(_solve(_T(a), g), _T(y)), lambda g, y, a, b: _solve(_T(a), g), picture="solve")
def _solve(a: Any, b: Any, /) -> Any:
    return np.linalg.solve(a, b[(None,) * (a.ndim - b.ndim)])  # numpy 1 takes one axis less for vectors


def solve(a: Any, b: Any) -> Any:
    """The x of a x = b for a square a, with b a vector or (columns of) matrices. Adjoint of b: z = a'⁻¹ g; of a: -z x'.

    Raises ValueError where a has no inverse.

    >>> solve(tensor([[2.0, 0.0], [0.0, 4.0]]), [1.0, 1.0]).value
    array([0.5 , 0.25])
    """
    a, b = array(a), array(b)
    return squeeze(_solve(a, expand_dims(b, -1)), -1) if b.ndim == 1 else _solve(a, b)


@op("{}⁻¹", lambda g, y, x: -matmul(matmul(_T(y), g), _T(y)), words="the inverse", numpy=np.linalg.inv)
def inv(x: Any, /) -> Any:
    """The inverse of a square matrix. Adjoint -y' g y'. Where it only meets a vector, `solve` is faster and more accurate.

    >>> inv(tensor([[2.0, 0.0], [0.0, 4.0]])).value
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return np.linalg.inv(x)


def _inverse(x: Any, sound: Any) -> Any:
    """The inverse of each matrix that is sound, and nan for the others."""
    return where(sound, inv(where(sound, x, np.eye(x.shape[-1], dtype=x.dtype))), np.nan)


def _decomposed(x: Any) -> Any:
    """x as u s v, with nan for the singular values of a matrix that is not finite (numpy raises, and loses the whole stack)."""
    finite = np.isfinite(x).all(axis=(-1, -2))[..., None]
    u, s, v = np.linalg.svd(np.where(finite[..., None], x, 0))
    return u, np.where(finite, s, np.nan), v


def _cofactor_vjp(g: Any, y: Any, x: Any) -> Any:
    """The second derivative of the determinant; nan where x is singular to half its digits."""
    s = _decomposed(raw(x))[1][..., None]
    K = _T(_inverse(x, s[..., -1:, :] > s[..., :1, :] * np.finfo(x.dtype).eps ** 0.5))
    return expand_dims(det(x), (-1, -2)) * (sum_(g * K, (-1, -2), True) * K - matmul(matmul(K, _T(g)), K))


@op("cof {}", _cofactor_vjp, analytic=False)
def _cofactor(x: Any, /) -> Any:
    """det(x) x'⁻¹ without a division: with x = u s v, the products of the singular values but one. So it holds for singular matrices."""
    u, s, v = _decomposed(x)
    others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), axis=-1)
    turned = (np.linalg.det(u) * np.linalg.det(v))[..., None, None]
    return np.asarray(turned * ((u * others[..., None, :]) @ v), x.dtype)


@op("det {}", lambda g, y, x: expand_dims(g, (-1, -2)) * _cofactor(x), numpy=np.linalg.det)
def det(x: Any, /) -> Any:
    """The determinant of a square matrix. Derivative: its cofactors, for singular matrices too (there the second derivative is nan).

    >>> x = tensor([[1.0, 2.0], [2.0, 4.0]])
    >>> det(x).backward()[x].round(6)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    return np.linalg.det(x)


def _logabsdet_vjp(g: Any, y: Any, x: Any) -> Any:
    return expand_dims(g, (-1, -2)) * _T(_inverse(x, np.linalg.slogdet(raw(x))[0][..., None, None] != 0))


@op("log|det {}|", _logabsdet_vjp, picture="log|det|", analytic=False)
def _logabsdet(x: Any, /) -> Any:
    return np.linalg.slogdet(x)[1]


def slogdet(x: Any) -> Any:
    """The sign of the determinant (a plain array) and the logarithm of its size, which does not overflow. Derivative x'⁻¹, and nan for a
    singular matrix.

    >>> sign, logabsdet = slogdet(tensor([[0.0, 2.0], [3.0, 0.0]]))
    >>> sign.item(), logabsdet.value.round(4).item()
    (-1.0, 1.7918)
    """
    x = array(x)
    return np.linalg.slogdet(raw(x))._replace(logabsdet=_logabsdet(x))


def _cholesky_vjp(g: Any, y: Any, x: Any) -> Any:
    """Murray (2016), with what it gives the upper triangle moved to the lower one, which alone is read."""
    S = _solve(_T(y), _T(_solve(_T(y), _T(halved(matmul(_T(y), tril(g)))))))
    return halved(S + _T(S))


@op("chol {}", _cholesky_vjp, analytic=False)
def cholesky(x: Any, /) -> Any:
    """The lower triangular L with L L' = x, of a symmetric positive definite x: of its lower triangle, where its gradient stands.

    >>> cholesky(tensor([[4.0, 2.0], [2.0, 5.0]])).value
    array([[2., 0.],
           [1., 2.]])
    """
    return np.linalg.cholesky(x)
