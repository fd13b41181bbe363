"""The table that random programs are drawn from: one line a kind of statement. A new operation is one line more.

A row whose operation the engine does not have is left out; `UNDRAWN` names the public operations without a row, and why.
"""

from __future__ import annotations

import numpy as np

from tests.oracles.programs.drawing import Row
from tests.oracles.programs.operands import (
    above, any_, apart, array, beside, distinct, divisor, exponent, full, like, lone, near_unit, nonzero, off, partner, passing, positive,
    rows, same, second_factor, small, square, sum_of_products, vector, weighted_rows,
)  # fmt: skip
from tests.oracles.programs.options import (
    another_shape, axis, axis_or_none, classes, counts, cuts, flag, index, labels, larger_shape, literal, mask, new_axes, ones_among,
    order, order_of_axes, places, some_axes, targets, weights, widths,
)  # fmt: skip

UNDRAWN = {
    "cast": "what a recorded sweep inserts: drawn by leaves of two dtypes",
    "identity": "what a transform inserts: it cannot be called by its name",
}
KINKED = {"when": lambda a, b: apart(0, a - b)}
FULL = {"when": full}
X = {"x": any_}
REDUCED = {"x": any_, "axis": some_axes, "keep": flag}
ALONG = {"x": vector, "axis": axis}
PAIR = {"a": any_, "b": partner}

TABLE = [
    # arithmetic: operators from either side, functions, and one tensor twice
    Row("{a} + {b}", **PAIR),
    Row("{b} + {a}", **PAIR),
    Row("{a} - {b}", **PAIR),
    Row("{b} - {a}", **PAIR),
    Row("{a} * {b}", **PAIR),
    Row("{b} * {a}", **PAIR),
    Row("{a} / {b}", a=any_, b=divisor),
    Row("{b} / {a}", a=nonzero, b=partner),
    Row("-{a} + {a} * {b}", **PAIR),
    Row("ar.add({a}, {b})", **PAIR),
    Row("ar.subtract({b}, {a})", **PAIR),
    Row("ar.multiply({a}, {b})", **PAIR),
    Row("ar.divide({a}, {b})", a=any_, b=divisor),
    Row("ar.negative({x})", **X),
    Row("{x} ** {n}", x=nonzero, n=literal(2, 3, -1, -2, 2.0)),
    Row("{x} ** {n}", x=any_, n=literal(0, 1, 2, 3)),
    Row("ar.power({a}, {b})", a=positive, b=exponent),
    Row("{n} ** {x}", "T.power({n}, {x})", x=small, n=literal(2, 0.5, 1.7)),
    Row("ar.reciprocal({x})", x=nonzero),
    Row("ar.mod({x}, {n})", x=off(*np.arange(-12, 12.1, 0.7), *np.arange(-12, 12.1, 1.1)), n=literal(0.7, 1.1)),
    # a tensor of few elements, used in shapes that do not broadcast with each other
    Row("({a} + {b}).sum() * ({a} - {c}).sum()", a=passing(lambda a: a.size < 4), b=partner, c=partner),
    # elementwise functions, each where it is smooth
    Row("ar.exp({x})", x=small),
    Row("ar.exp2({x})", x=small),
    Row("ar.expm1({x})", x=small),
    Row("ar.log({x})", x=positive),
    Row("ar.log1p({x})", x=above),
    Row("ar.log2({x})", x=positive),
    Row("ar.log10({x})", x=positive),
    Row("ar.sqrt({x})", x=positive),
    Row("ar.square({x})", **X),
    Row("ar.sin({x})", **X),
    Row("ar.cos({x})", **X),
    Row("ar.tan({x})", x=small),
    Row("ar.sinh({x})", x=small),
    Row("ar.cosh({x})", x=small),
    Row("ar.arcsin({x})", x=near_unit),
    Row("ar.arccos({x})", x=near_unit),
    Row("ar.arctan({x})", **X),
    Row("ar.arctan2({a}, {b})", a=any_, b=divisor),
    Row("ar.tanh({x})", **X),
    Row("ar.sigmoid({x})", **X),
    Row("ar.softplus({x})", **X),
    Row("ar.log_sigmoid({x})", **X),
    Row("ar.logaddexp({a}, {b})", **PAIR),
    Row("ar.erf({x})", **X),
    Row("ar.gelu({x})", **X),
    Row("ar.silu({x})", **X),
    Row("ar.relu({x})", x=off(0)),
    Row("ar.leaky_relu({x})", x=off(0)),
    Row("ar.elu({x})", x=off(0)),
    Row("ar.abs({x})", x=off(0)),
    Row("abs({x})", x=off(0)),
    Row("np.sign({x}) * {x}", x=off(0)),
    Row("ar.round({x}) + {x}", x=off(*np.arange(-12.5, 13))),
    Row("ar.trunc({x}) + {x}", x=off(*range(-12, 13))),
    Row("ar.maximum({a}, {b})", **PAIR, **KINKED),
    Row("ar.minimum({b}, {a})", **PAIR, **KINKED),
    Row("ar.fmax({a}, {b})", **PAIR, **KINKED),
    Row("ar.fmin({a}, {b})", **PAIR, **KINKED),
    Row("ar.clip({x}, {low}, {high})", x=off(-1.1, -0.4, 0.3, 1.2), low=literal(None, -1.1, -0.4), high=literal(None, 0.3, 1.2),
        when=lambda x, low, high: low is not None or high is not None),
    Row("{x}.clip({low}, {high})", "T.clip({x}, {low}, {high})", x=off(-1.1, 1.2), low=literal(-1.1), high=literal(1.2)),
    Row("ar.where({m}, {a}, {b})", a=any_, m=mask, b=partner),
    Row("ar.where({a} > {n}, {b}, {a})", a=off(0.2), n=literal(0.2), b=partner),
    Row("ar.detach({x}) * {x}", **X),
    Row("{x}.detach() * {x}", needs=["Tensor.detach"], **X),
    # reductions
    Row("ar.sum({x}, axis={axis}, keepdims={keep})", **REDUCED),
    Row("{x}.sum({axis})", "T.sum({x}, {axis})", x=any_, axis=some_axes),
    Row("ar.mean({x}, axis={axis}, keepdims={keep})", **REDUCED, **FULL),
    Row("{x}.mean({axis})", "T.mean({x}, {axis})", x=any_, axis=some_axes, **FULL),
    Row("ar.prod({x}, axis={axis}, keepdims={keep})", **REDUCED),
    Row("ar.norm({x}, axis={axis}, keepdims={keep})", x=nonzero, axis=some_axes, keep=flag, **FULL),
    Row("ar.norm({x}, axis={axis}, ord={n})", x=nonzero, axis=axis, n=literal(1, 2, 3), needs=["norm.ord"], **FULL),
    Row("ar.var({x}, axis={axis}, keepdims={keep})", **REDUCED, **FULL),
    Row("ar.var({x}, axis={axis}, ddof={n})", **ALONG, n=literal(0, 1), needs=["var.ddof"],
        when=lambda x, axis, n: x.size and x.shape[axis] > n),
    Row("ar.std({x}, axis={axis}, ddof={n})", **ALONG, n=literal(0, 1), needs=["std.ddof"],
        when=lambda x, axis, n: x.size and x.shape[axis] > n and (x.std(axis) > 0.05).all()),
    Row("ar.average({x}, axis={axis}, weights={w})", **ALONG, w=weights, **FULL),
    Row("ar.max({x}, axis={axis}, keepdims={keep})", **REDUCED, when=lambda x, axis, keep: lone(x, axis)),
    Row("ar.min({x}, axis={axis}, keepdims={keep})", **REDUCED, when=lambda x, axis, keep: lone(x, axis, largest=False)),
    Row("{x}.max({axis})", "T.max({x}, {axis})", x=any_, axis=some_axes, when=lone),
    Row("ar.logsumexp({x}, axis={axis}, keepdims={keep})", **REDUCED, **FULL),
    Row("ar.softmax({x}, axis={axis})", **ALONG),
    Row("ar.log_softmax({x}, axis={axis})", **ALONG),
    Row("ar.cumsum({x}, {axis})", x=any_, axis=axis_or_none),
    Row("ar.cumprod({x}, {axis})", x=any_, axis=axis_or_none),
    Row("ar.sort({x}, {axis})", **ALONG, when=distinct),
    Row("ar.diff({x}, n={n}, axis={axis})", **ALONG, n=literal(1, 2)),
    Row("ar.cross_entropy({x}, {y})", x=passing(lambda a: a.ndim and a.size), y=labels),
    Row("ar.squared_error({a}, {b})", a=vector, b=same),
    # shapes
    Row("ar.reshape({x}, {shape})", x=any_, shape=another_shape),
    Row("{x}.reshape({shape})", x=any_, shape=another_shape),
    Row("ar.ravel({x})", **X),
    Row("{x}.flatten()", **X),
    Row("ar.transpose({x}, {axes})", x=any_, axes=order_of_axes),
    Row("{x}.T", "T.transpose({x})", **X),
    Row("ar.swapaxes({x}, {axis}, {other})", **ALONG, other=axis),
    Row("ar.moveaxis({x}, {axis}, {other})", **ALONG, other=axis),
    Row("ar.squeeze({x}, {axis})", x=any_, axis=ones_among),
    Row("ar.expand_dims({x}, {axis})", x=any_, axis=new_axes),
    Row("ar.broadcast_to({x}, {shape})", x=any_, shape=larger_shape),
    Row("ar.flip({x}, {axis})", x=any_, axis=some_axes),
    Row("ar.roll({x}, {n}, {axis})", x=any_, n=literal(1, -2, 5), axis=axis_or_none),
    Row("ar.repeat({x}, {n}, {axis})", x=any_, axis=axis_or_none, n=counts),
    Row("ar.tile({x}, {n})", x=any_, n=literal(2, (2, 1), (1, 2, 2))),
    Row("ar.pad({x}, {width})", x=vector, width=widths),
    Row("ar.tril({x}, {k})", x=passing(lambda a: a.ndim > 1), k=literal(-1, 0, 1)),
    Row("ar.triu({x}, {k})", x=passing(lambda a: a.ndim > 1), k=literal(-1, 0, 1)),
    Row("ar.diag({x}, {k})", x=passing(lambda a: 0 < a.ndim < 3), k=literal(-1, 0, 1)),
    Row("ar.concatenate({xs}, axis={axis})", axis=literal(0, 1, -1, None), xs=beside),
    Row("ar.stack({xs}, axis={axis})", xs=like, axis=literal(0, -1)),
    Row("ar.vstack({xs})", xs=like),
    Row("ar.hstack({xs})", xs=like),
    Row("ar.column_stack({xs})", xs=like, when=lambda xs: np.ndim(xs[0]) < 3),
    Row("ar.split({x}, {cuts}, {axis})", **ALONG, cuts=cuts),
    Row("ar.array_split({x}, {n}, {axis})", **ALONG, n=literal(2, 3), when=lambda x, axis, n: x.shape[axis] >= n),
    # reading and adding at places
    Row("{x}[{index}]", "T.getitem({x}, {index})", x=any_, index=index),
    Row("ar.getitem({x}, {index})", x=vector, index=index),
    Row("ar.scatter({x}, {targets})", x=any_, targets=targets),
    Row("ar.embedding({x}, {classes})", x=passing(lambda a: a.ndim == 2 and len(a)), classes=classes),
    Row("ar.take({x}, {places}, {axis})", x=passing(np.size), axis=axis_or_none, places=places),
    Row("ar.take_along_axis({x}, {places}, {axis})", x=passing(lambda a: a.ndim and a.size), axis=axis, places=order),
    # products
    Row("{call}", call=weighted_rows),
    Row("{call}", call=sum_of_products),
    Row("{x} @ {b}", x=vector, b=second_factor),
    Row("ar.matmul({x}, {b})", x=vector, b=second_factor),
    Row("ar.dot({x}, {b})", x=vector, b=second_factor, when=lambda x, b: b.ndim < 3),
    Row("{x}.dot({b})", "T.dot({x}, {b})", x=vector, b=second_factor, when=lambda x, b: b.ndim < 3),
    Row("ar.outer({a}, {b})", a=any_, b=array),
    Row("ar.outer_sum({a}, {b})", a=vector, b=rows),
    Row("ar.trace({x})", x=passing(lambda a: a.ndim == 2 and a.shape[0] == a.shape[1])),
    Row("ar.inner({a}, {b})", **PAIR, when=lambda a, b: np.ndim(b) and np.ndim(a) and np.shape(a)[-1] == np.shape(b)[-1]),
    Row("ar.vdot({a}, {b})", **PAIR, when=lambda a, b: np.shape(a) == np.shape(b) != ()),
    Row("ar.tensordot({x}, {b}, 1)", x=vector, b=second_factor, when=lambda x, b: x.ndim == 1 or b.ndim < 3),
    # matrices
    Row("ar.inv({A})", A=square),
    Row("ar.det({A} * 0.3)", A=square),
    Row("ar.slogdet({A})[1]", A=square),
    Row("ar.solve({A}, {A} * {b} + {b})", A=square, b=partner),
]  # fmt: skip

ROWS = [row for row in TABLE if row.active()]
