"""numpy's functions whose options say more than another order of arguments, each in numpy's signature.

Python binds the arguments, so that an option which is not listed is refused by name and never ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine import ops
from autograd_rnn.engine.ops.choices import raw
from autograd_rnn.engine.ops.reductions import axes
from autograd_rnn.visible import shown


def given(x: Any, dtype: Any = None, out: Any = None) -> Any:
    """The operand of a function that may be told a dtype to compute in."""
    if out is not None:
        raise TypeError("out= would lose the gradient of a tensor's result: assign the result to a name")
    return x if dtype is None else ops.astype(ops.array(x), dtype)


def only(x: Any, where: Any, instead: float) -> Any:
    """x where a mask holds, else what the reduction does not notice."""
    return x if where is True else ops.where(raw(where), ops.array(x), instead)


# -- reductions: with where= and initial= -----------------------------------------------------------------------------


def total(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:  # fmt: skip
    total = ops.sum(only(given(a, dtype, out), where, 0.0), axis, keepdims)
    return total if initial is None else total + initial


def product(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:  # fmt: skip
    total = ops.prod(only(given(a, dtype, out), where, 1.0), axis, keepdims)
    return total if initial is None else total * initial


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    a = given(a, dtype, out)
    if where is True:
        return ops.mean(a, axis, keepdims)
    a = ops.array(a)
    count = np.sum(np.broadcast_to(raw(where), a.shape), axis=axis, keepdims=keepdims, dtype=a.dtype)
    return ops.sum(only(a, where, 0.0), axis, keepdims) / count


def largest(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    top = ops.max(only(given(a, out=out), where, -np.inf), axis, keepdims)
    return top if initial is None else ops.maximum(top, initial)


def smallest(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    low = ops.min(only(given(a, out=out), where, np.inf), axis, keepdims)
    return low if initial is None else ops.minimum(low, initial)


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    if returned:
        raise TypeError("returned=True is not taken: the sum of the weights is weights.sum()")
    return ops.average(a, axis, weights, keepdims)


# -- shapes and arrangements ------------------------------------------------------------------------------------------


def in_fortran_order(order: str) -> bool:
    """Whether numpy is asked for Fortran's order of elements."""
    if order not in ("C", "F"):
        raise ValueError(f"order={shown(order)} depends on how memory lies: choose 'C' or 'F'")
    return order == "F"


def reshape(a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    a, shape = ops.array(a), newshape if shape is None else shape
    if not in_fortran_order(order):
        return ops.reshape(a, shape)
    return ops.transpose(ops.reshape(ops.transpose(a), np.atleast_1d(shape)[::-1].tolist()))


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    u, s, v = ops.svd(a)
    if not compute_uv:
        return s
    if full_matrices and np.shape(a)[-2] != np.shape(a)[-1]:
        raise TypeError("the further vectors of full_matrices=True have no derivative: pass full_matrices=False")
    return ops.svd(a)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = ops.array(a)
    one = tuple(1 if k == axis % a.ndim else size for k, size in enumerate(a.shape))  # a number at an end stands for a slice of it
    parts = [ops.array(part) for part in (prepend, a, append) if part is not None]
    parts = [part if part.ndim else ops.broadcast_to(part, one) for part in parts]
    return ops.diff(ops.concatenate(parts, axis) if len(parts) > 1 else a, n, axis)


def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside and one-sided ones at the ends, for even spacings."""
    f = ops.array(f)
    over = axes(axis, f.ndim)
    steps = list(spacing) * len(over) if len(spacing) == 1 else list(spacing) or [1.0] * len(over)
    if edge_order != 1 or len(steps) != len(over) or any(np.ndim(h) for h in steps):
        raise TypeError("gradient of a tensor takes one even spacing for each axis, and edge_order=1: else write the slices")
    slopes = []
    for k, h in zip(over, steps, strict=True):
        y = ops.moveaxis(f, k, 0)
        slope = ops.concatenate([y[1:2] - y[:1], (y[2:] - y[:-2]) / 2, y[-1:] - y[-2:-1]]) / h
        slopes.append(ops.moveaxis(slope, 0, k))
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if order is not None:
        raise TypeError("order= is for records, which have no gradient")
    return ops.sort(a, axis)


def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    if axis is None:
        a, axis = ops.ravel(a), 0
    return ops.take_along_axis(a, np.argpartition(np.real(raw(a)), kth, axis, kind), axis)


def joined(join: Callable[..., Any], default: int | None = 0) -> Callable[..., Any]:
    """``concatenate`` and ``stack`` in numpy's signature."""

    def f(arrays: Any, axis: int | None = default, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        return given(join(arrays, axis), dtype, out)

    return f


def stacked(join: Callable[..., Any]) -> Callable[..., Any]:
    """``vstack`` and ``hstack``, likewise."""
    return lambda tup, *, dtype=None, casting="same_kind": given(join(tup), dtype)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    ary = ops.array(ary)
    return ops.split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def each(f: Callable[..., Any]) -> Callable[..., Any]:
    """``atleast_1d(t)`` and ``atleast_1d(t, u)``."""
    return lambda *arys: f(arys[0]) if len(arys) == 1 else tuple(map(f, arys))


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*(np.shape(x) for x in args))
    return tuple(ops.broadcast_to(x, shape) for x in args)


# -- choices and products ---------------------------------------------------------------------------------------------


def clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None,
    *, min: Any = None, max: Any = None, low: Any = None, high: Any = None, dtype: Any = None,
) -> Any:  # fmt: skip
    lows, highs = ([b for b in bounds if b is not None] for bounds in ((a_min, min, low), (a_max, max, high)))
    if len(lows) > 1 or len(highs) > 1:
        raise TypeError("a bound is given twice, under two names")
    return ops.clip(given(a, dtype, out), *(lows or [None]), *highs)


def where(condition: Any, *branches: Any) -> Any:
    return ops.where(raw(condition), *branches) if branches else np.where(raw(condition))


def select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        default = ops.where(raw(condition), choice, default)
    return default


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    x = ops.array(x)
    numbers = np.real(raw(x))
    return ops.where(np.isfinite(numbers), x, np.nan_to_num(numbers, True, nan, posinf, neginf))


def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    return ops.full_like(a if shape is None else np.empty(shape, a.dtype), fill_value, dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    if retstep:
        raise TypeError("retstep=True is not taken: the step is (stop - start) / (num - 1)")
    start, stop = ops.array(start), ops.array(stop)
    ramp = np.linspace(0.0, 1.0, num, endpoint).reshape((-1,) + (1,) * max(start.ndim, stop.ndim))
    return ops.moveaxis(given(start * (1 - ramp) + stop * ramp, dtype), 0, axis)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    x = ops.array(x)
    if axis is not None:
        return ops.norm(x, axis, keepdims, ord)
    length = ops.norm(ops.ravel(x), 0, False, ord)
    return ops.reshape(length, (1,) * x.ndim) if keepdims else length


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    product = ops.cross(ops.moveaxis(ops.array(a), axisa, -1), ops.moveaxis(ops.array(b), axisb, -1))
    return ops.moveaxis(product, -1, axisc)


def every_pair(f: Any, a: Any, b: Any) -> Any:
    """``np.multiply.outer(t, u)`` and those like it: f of every element of a with every one of b."""
    a, b = ops.array(a), ops.array(b)
    return f(ops.reshape(a, a.shape + (1,) * b.ndim), b)
