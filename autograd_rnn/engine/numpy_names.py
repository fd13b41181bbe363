"""The table of numpy's names: each function of numpy, in numpy's signature, and the operation of ours that it means.

Nowhere else is one translated to the other. What is not listed is refused by its name (see `meanings`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine import numpy_forms as forms
from autograd_rnn.engine import ops
from autograd_rnn.engine.calling import SPELLED
from autograd_rnn.engine.numpy_forms import given, in_fortran_order
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from autograd_rnn.engine.ops.arranging import arranged
from autograd_rnn.engine.ops.choices import raw

# -- the table --------------------------------------------------------------------------------------------------------

FUNCTIONS.update({
    np.sum: forms.total, np.mean: forms.mean, np.prod: forms.product,
    np.max: forms.largest, np.amax: forms.largest, np.min: forms.smallest, np.amin: forms.smallest, np.average: forms.average,
    np.var: lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=0:
        ops.var(given(a, dtype, out), axis, keepdims, ddof or correction),
    np.std: lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=0:
        ops.std(given(a, dtype, out), axis, keepdims, ddof or correction),
    np.nansum: lambda a, axis=None, dtype=None, out=None, keepdims=False: ops.nansum(given(a, dtype, out), axis, keepdims),
    np.nanmean: lambda a, axis=None, dtype=None, out=None, keepdims=False: ops.nanmean(given(a, dtype, out), axis, keepdims),
    np.cumsum: lambda a, axis=None, dtype=None, out=None: ops.cumsum(given(a, dtype, out), axis),
    np.cumprod: lambda a, axis=None, dtype=None, out=None: ops.cumprod(given(a, dtype, out), axis),
    np.ptp: lambda a, axis=None, out=None, keepdims=False: ops.max(given(a, out=out), axis, keepdims) - ops.min(a, axis, keepdims),

    np.reshape: forms.reshape,
    np.ravel: lambda a, order="C": ops.ravel(ops.transpose(a) if in_fortran_order(order) else a),
    np.transpose: lambda a, axes=None: ops.transpose(a, axes),
    np.swapaxes: lambda a, axis1, axis2: ops.swapaxes(a, axis1, axis2),
    np.moveaxis: lambda a, source, destination: ops.moveaxis(a, source, destination),
    np.rollaxis: lambda a, axis, start=0: arranged(a, lambda numbers: np.rollaxis(numbers, axis, start)),
    np.squeeze: lambda a, axis=None: ops.squeeze(a, axis),
    np.expand_dims: lambda a, axis: ops.expand_dims(a, axis),
    np.broadcast_to: lambda array, shape, subok=False: ops.broadcast_to(array, shape),
    np.broadcast_arrays: forms.broadcast_arrays,
    np.atleast_1d: forms.each(ops.atleast_1d), np.atleast_2d: forms.each(ops.atleast_2d), np.atleast_3d: forms.each(ops.atleast_3d),
    np.copy: lambda a, order="K", subok=False: ops.astype(a, a.dtype),
    np.flip: lambda m, axis=None: ops.flip(m, axis),
    np.flipud: lambda m: ops.flip(m, 0),
    np.fliplr: lambda m: ops.flip(m, 1),
    np.rot90: lambda m, k=1, axes=(0, 1): arranged(m, lambda numbers: np.rot90(numbers, k, axes)),
    np.roll: lambda a, shift, axis=None: ops.roll(a, shift, axis),
    np.tile: lambda A, reps: ops.tile(A, reps),
    np.repeat: lambda a, repeats, axis=None: ops.repeat(a, repeats, axis),
    np.pad: lambda array, pad_width, mode="constant", **options: ops.pad(array, pad_width, mode, **options),
    np.diff: forms.diff, np.gradient: forms.gradient,

    np.take: lambda a, indices, axis=None, out=None, mode="raise": ops.take(given(a, out=out), raw(indices), axis, mode),
    np.take_along_axis: lambda arr, indices, axis=-1: ops.take_along_axis(arr, raw(indices), axis),
    np.sort: forms.sort,
    np.partition: forms.partition,
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: ops.diagonal(a, offset, axis1, axis2),
    np.trace: lambda a, offset=0, axis1=0, axis2=1, dtype=None, out=None: ops.trace(given(a, dtype, out), offset, axis1, axis2),
    np.diag: lambda v, k=0: ops.diag(v, k),
    np.diagflat: lambda v, k=0: ops.diag(ops.ravel(v), k),
    np.tril: lambda m, k=0: ops.tril(m, k),
    np.triu: lambda m, k=0: ops.triu(m, k),

    np.concatenate: forms.joined(ops.concatenate), np.stack: forms.joined(ops.stack),
    np.append: lambda arr, values, axis=None: ops.concatenate([ops.array(arr), ops.array(values)], axis),
    np.vstack: forms.stacked(ops.vstack), np.hstack: forms.stacked(ops.hstack),
    np.dstack: lambda tup: ops.dstack(tup), np.column_stack: lambda tup: ops.column_stack(tup),
    np.split: lambda ary, indices_or_sections, axis=0: ops.split(ary, indices_or_sections, axis),
    np.array_split: lambda ary, indices_or_sections, axis=0: ops.array_split(ary, indices_or_sections, axis),
    np.hsplit: forms.hsplit,
    np.vsplit: lambda ary, indices_or_sections: ops.split(ary, indices_or_sections, 0),
    np.dsplit: lambda ary, indices_or_sections: ops.split(ary, indices_or_sections, 2),

    np.where: forms.where, np.clip: forms.clip, np.select: forms.select, np.nan_to_num: forms.nan_to_num,
    np.full_like: forms.full_like, np.linspace: forms.linspace,
    np.round: lambda a, decimals=0, out=None: ops.round(given(a, out=out), decimals),
    np.around: lambda a, decimals=0, out=None: ops.round(given(a, out=out), decimals),
    np.fix: lambda x, out=None: ops.trunc(given(x, out=out)),
    np.real: lambda val: val,  # a tensor is real
    np.real_if_close: lambda a, tol=100: a,

    np.dot: lambda a, b, out=None: ops.dot(given(a, out=out), b),
    np.inner: lambda a, b: ops.inner(a, b),
    np.vdot: lambda a, b: ops.vdot(a, b),
    np.outer: lambda a, b, out=None: ops.outer(given(a, out=out), b),
    np.tensordot: lambda a, b, axes=2: ops.tensordot(a, b, axes),
    np.kron: lambda a, b: ops.kron(a, b),
    np.cross: forms.cross,
    np.einsum: lambda *operands, out=None, optimize=False: given(ops.einsum(*operands), out=out),
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: ops.norm(x, axis, keepdims, ord),
    np.linalg.solve: lambda a, b: ops.solve(a, b),
    np.linalg.inv: lambda a: ops.inv(a),
    np.linalg.det: lambda a: ops.det(a),
    np.linalg.cholesky: lambda a: ops.cholesky(a),
    np.linalg.slogdet: lambda a: ops.slogdet(a),
    np.linalg.eigh: lambda a, UPLO="L": ops.eigh(a, UPLO.upper()),
    np.linalg.eigvalsh: lambda a, UPLO="L": ops.eigh(a, UPLO.upper()).eigenvalues,
    np.linalg.svd: forms.svd,
    np.linalg.pinv: lambda a, rcond=None, hermitian=False, *, rtol=None: ops.pinv(a, *[x for x in (rcond, rtol) if x is not None]),
})  # fmt: skip

NEWER: dict[str, Callable[..., Any]] = {  # what numpy 2 has and numpy 1 has not
    "astype": lambda x, dtype, /, *, copy=True: ops.astype(x, dtype),
    "matrix_transpose": lambda x, /: ops.swapaxes(x, -1, -2),
    "unstack": lambda x, /, *, axis=0: tuple(ops.moveaxis(x, axis, 0)),
    "linalg.svdvals": lambda x, /: ops.svd(x).S,
    "linalg.vector_norm": forms.vector_norm,
    "linalg.matrix_norm": lambda x, /, *, keepdims=False, ord="fro": ops.norm(x, (-2, -1), keepdims, ord),
    "linalg.trace": lambda x, /, *, offset=0, dtype=None: ops.trace(given(x, dtype), offset, -2, -1),
    "linalg.diagonal": lambda x, /, *, offset=0: ops.diagonal(x, offset, -2, -1),
    "linalg.outer": lambda x1, x2, /: ops.outer(x1, x2),
    "linalg.cross": lambda x1, x2, /, *, axis=-1: ops.cross(x1, x2, axis),
    "linalg.matmul": lambda x1, x2, /: ops.matmul(x1, x2),
    "linalg.tensordot": lambda x1, x2, /, *, axes=2: ops.tensordot(x1, x2, axes),
    "linalg.matrix_transpose": lambda x, /: ops.swapaxes(x, -1, -2),
}
for _path, _ours in NEWER.items():
    _home, _, _last = _path.rpartition(".")
    if _function := getattr(getattr(np, _home) if _home else np, _last, None):
        FUNCTIONS[_function] = _ours
for _function, _ours in FUNCTIONS.items():  # what is not taken is refused under numpy's name
    if _ours.__name__ == "<lambda>" or _ours.__module__ == forms.__name__:
        _ours.__qualname__ = f"numpy.{_function.__name__}"

UFUNCS.update({
    np.fmax: ops.fmax, np.fmin: ops.fmin, np.exp2: ops.exp2, np.reciprocal: ops.reciprocal,
    np.float_power: ops.power,
    np.positive: lambda x: x, np.conjugate: lambda x: x,
    np.deg2rad: lambda x: x * (math.pi / 180), np.radians: lambda x: x * (math.pi / 180),
    np.rad2deg: lambda x: x * (180 / math.pi), np.degrees: lambda x: x * (180 / math.pi),
    np.logaddexp: ops.logaddexp,
    np.logaddexp2: lambda a, b: ops.logaddexp(a * math.log(2), b * math.log(2)) / math.log(2),
})  # fmt: skip

SPELLED.update(sum=forms.total, mean=forms.mean, prod=forms.product, max=forms.largest, min=forms.smallest, clip=forms.clip,
               reshape=forms.reshape, swapaxes=FUNCTIONS[np.swapaxes], cumsum=FUNCTIONS[np.cumsum])  # fmt: skip

REDUCED: dict[Any, Any] = {np.add: forms.total, np.multiply: forms.product, np.maximum: forms.largest, np.minimum: forms.smallest}
RUNNING: dict[Any, Any] = {np.add: ops.cumsum, np.multiply: ops.cumprod}


def method_of(ufunc: Any, method: str) -> Callable[..., Any] | None:
    """What stands for a method of a ufunc on tensors, or None. The axis of ``np.add.reduce`` is 0 unless it is told."""
    if method == "reduce" and ufunc in REDUCED:
        reduce = REDUCED[ufunc]
        return lambda array, axis=0, dtype=None, out=None, **more: reduce(given(array, dtype, out), axis, **more)
    if method == "accumulate" and ufunc in RUNNING:
        run = RUNNING[ufunc]
        return lambda array, axis=0, dtype=None, out=None: run(given(array, dtype, out), axis)
    if method == "outer" and ufunc in UFUNCS and ufunc.nin == 2:
        return lambda a, b: forms.every_pair(UFUNCS[ufunc], a, b)
    return None
