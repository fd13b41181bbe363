"""Elementwise operations: the table of derivatives. ``g`` is the adjoint of the output ``y``; kinks are in `choices`, and what a
derivative is at a pole, or beyond the range of the dtype, in `poles`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import kinked, raw, where
from autograd_rnn.engine.origin import noted
from autograd_rnn.engine.rule import OPS, Op
from autograd_rnn.engine.tensor import Tensor, make

# -- arithmetic -------------------------------------------------------------------------------------------------------


@op("{} + {}", lambda g, y, a, b: g, lambda g, y, a, b: g, numpy=np.add)
def add(a: Any, b: Any, /) -> Any:
    """a + b, with broadcasting. Derivatives 1 and 1.

    >>> add(tensor([1.0, 2.0]), 3.0).value
    array([4., 5.])
    """
    return a + b


@op("{} - {}", lambda g, y, a, b: g, lambda g, y, a, b: -g, picture="−", numpy=np.subtract)
def subtract(a: Any, b: Any, /) -> Any:
    """a - b, with broadcasting. Derivatives 1 and -1.

    >>> subtract(1.0, tensor([1.0, 2.0])).value
    array([ 0., -1.])
    """
    return a - b


@op("{} ⊙ {}", lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, numpy=np.multiply)
def multiply(a: Any, b: Any, /) -> Any:
    """a ⊙ b elementwise, with broadcasting. Derivatives b and a.

    >>> multiply(tensor([1.0, 2.0]), [3.0, 4.0]).value
    array([3., 8.])
    """
    return a * b


@op("{} / {}", lambda g, y, a, b: g / b, lambda g, y, a, b: -(g * y) / b, picture="÷", numpy=np.divide)
def divide(a: Any, b: Any, /) -> Any:
    """a / b, with broadcasting. Derivatives 1/b and -a/b².

    >>> divide(tensor([1.0, 2.0]), 4.0).value
    array([0.25, 0.5 ])
    """
    return a / b


@op("-{}", lambda g, y, x: -g, picture="−", numpy=np.negative)
def negative(x: Any, /) -> Any:
    """-x. Derivative -1.

    >>> negative(tensor([1.0, -2.0])).value
    array([-1.,  2.])
    """
    return -x


def _base(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g b a^(b-1). For b = 0 that is 0 at a = 0 too, where a^b is 1 for every a, and depends on b by a jump; elsewhere it has to stand as
    it is for b = 0, since its own derivative in b is 1/a there."""
    flat = (raw(b) == 0) & ((raw(a) == 0) | (raw(a) != raw(a)))
    if np.any(flat):
        return kinked(g * where(flat, 0.0, b * where(flat, 1.0, a) ** (b - 1)), g, b, 0.0, flat)
    slope = a ** (b - 1)
    size = np.abs(raw(slope))  # out of range, where y is not: as of 1/x at 1e200, or of x^x at 1e-310
    lost = ((size < np.finfo(y.dtype).tiny) & (raw(y) != 0) | np.isinf(size) & np.isfinite(raw(y)) & (raw(a) != 0)) & np.isfinite(raw(a))
    return where(lost, g * y * b / a, g * (b * slope)) if np.any(lost) else g * (b * slope)


def _exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g a^b log a."""
    return g * (_power_log(a, b, 1) if np.any(raw(y) == 0) else y * log(a))


@op(
    "{}^{} logᵏ {0}",
    lambda g, y, a, b, k: g * (b * _power_log(a, b - 1, k) + k * _power_log(a, b - 1, k - 1)),
    lambda g, y, a, b, k: g * _power_log(a, b, k + 1),
    kind="elementwise",
    named=True,  # a^b log a = a^b (log a)^1
)
def _power_log(a: Any, b: Any, /, k: int) -> Any:
    """a^b (log a)^k, which is 0 where a^b is: what the derivatives of a power are made of, to any order."""
    y = np.power(a, b)
    return np.where(y == 0, y, y * np.log(np.where(y == 0, 1, a)) ** k)


@op("{}^{}", _base, _exponent, words="the power", numpy=np.power)
def power(a: Any, b: Any, /) -> Any:
    """a^b, with broadcasting. Derivatives b a^(b-1), which is 0 for b = 0 everywhere, and a^b log a, which is 0 for a = 0.

    >>> power(tensor([-2.0, 3.0]), 3).value
    array([-8., 27.])
    """
    return np.power(a, b)


# -- exponentials and roots -------------------------------------------------------------------------------------------


@op("exp({})", lambda g, y, x: g * y, numpy=np.exp, rising=True)
def exp(x: Any, /) -> Any:
    """eˣ. Derivative eˣ.

    >>> exp(tensor(0.0)).value
    array(1.)
    """
    return np.exp(x)


@op("log({})", lambda g, y, x: g / x, numpy=np.log, rising=True)
def log(x: Any, /) -> Any:
    """The natural logarithm. Derivative 1/x.

    >>> log(tensor(1.0)).value
    array(0.)
    """
    return np.log(x)


@op("log1p({})", lambda g, y, x: g / (1 + x), numpy=np.log1p, rising=True)
def log1p(x: Any, /) -> Any:
    """log(1 + x), exact near 0. Derivative 1/(1 + x).

    >>> log1p(tensor(1e-20)).value
    array(1.e-20)
    """
    return np.log1p(x)


@op("expm1({})", lambda g, y, x: g * exp(x), numpy=np.expm1, rising=True)  # not y + 1, which loses the left tail
def expm1(x: Any, /) -> Any:
    """eˣ - 1, exact near 0. Derivative eˣ.

    >>> expm1(tensor(1e-20)).value
    array(1.e-20)
    """
    return np.expm1(x)


@op("sqrt({})", lambda g, y, x: 0.5 * g / y, picture="√", numpy=np.sqrt, values=(0, math.inf), rising=True)
def sqrt(x: Any, /) -> Any:
    """The square root. Derivative 1/(2 √x): infinite at 0.

    >>> sqrt(tensor(9.0)).value
    array(3.)
    """
    return np.sqrt(x)


@op("{}²", lambda g, y, x: 2 * g * x, words="the square", numpy=np.square)
def square(x: Any, /) -> Any:
    """x². Derivative 2x.

    >>> square(tensor([1.0, -3.0])).value
    array([1., 9.])
    """
    return x * x


# -- trigonometric ----------------------------------------------------------------------------------------------------


@op("sin({})", lambda g, y, x: g * cos(x), numpy=np.sin, values=(-1, 1))
def sin(x: Any, /) -> Any:
    """The sine (radians). Derivative cos x.

    >>> sin(tensor(0.0)).value
    array(0.)
    """
    return np.sin(x)


@op("cos({})", lambda g, y, x: -g * sin(x), numpy=np.cos, values=(-1, 1))
def cos(x: Any, /) -> Any:
    """The cosine (radians). Derivative -sin x.

    >>> cos(tensor(0.0)).value
    array(1.)
    """
    return np.cos(x)


# -- activations ------------------------------------------------------------------------------------------------------

# By dtype where σ has long been 1; and this and 1 as arrays: to make one of a Python number takes numpy as long as to add it, and nets need
# them in each gate.
ENDS: dict[Any, int] = {np.dtype("f2"): 11, np.dtype("f4"): 40, np.dtype("f8"): 40}
READY: dict[Any, tuple[Any, Any]] = {dtype: (np.array(1, dtype), np.array(end, dtype)) for dtype, end in ENDS.items()}


def one(y: Any) -> Any:
    """1, for a sum with y."""
    return READY[y.dtype][0] if y.__class__ is np.ndarray and y.dtype in READY else 1


@op("tanh({})", lambda g, y, x: g * (one(y) - y * y), numpy=np.tanh, rising=True)
def tanh(x: Any, /) -> Any:
    """tanh x = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). Derivative 1 - tanh² x: to the rounding of its largest value, 1, and so 0 where tanh x is ±1.

    >>> tanh(tensor([0.0, 0.5])).value.round(4)
    array([0.    , 0.4621])
    """
    return np.tanh(x)


@op("σ({})", lambda g, y, x: g * (y * (one(y) - y)), kind="elementwise", rising=True)
def sigmoid(x: Any, /) -> Any:
    """The logistic sigmoid σ(x) = 1 / (1 + e⁻ˣ), computed as eˣ / (1 + eˣ): never an overflow, since both are 1 from far below
    x = 40 on in double precision, and as many digits for very negative x as elsewhere. Derivative σ(x) (1 - σ(x)): for large x to the
    rounding of its largest value, 1/4, and so 0 where σ(x) is 1 (`softplus` and `log_sigmoid` have all digits of both tails).

    >>> sigmoid(tensor([-1000.0, 0.0, 1000.0])).value
    array([0. , 0.5, 1. ])
    """
    unit, most = READY.get(getattr(x, "dtype", None), (1, 40))
    e = np.exp(np.minimum(x, most))
    return e / (unit + e)


@op(
    "relu({})",
    lambda g, y, x: kinked(where(noted(raw(x) > 0, "positive", x), g, 0.0), g, x, 0.0),
    kind="elementwise",
    rising=True,
    chooses=True,
)
def relu(x: Any, /) -> Any:
    """max(x, 0). Derivative 1 for x > 0, else 0 (policy: 0 at the kink).

    >>> relu(tensor([-1.0, 0.0, 2.0])).value
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


def logistic(x: Any) -> Any:
    """σ(x) where a net's inner loop does not need it: the same operation, but for its derivative, taken as σ(x) σ(-x). That costs an
    exponential, and has all its digits for large x too, where 1 - σ(x) has none."""
    y = sigmoid(x)
    return make(OPS["_logistic"], y.value, (x,)) if y.__class__ is Tensor and y.op is not None else y


_slopes = (lambda g, y, x: g * (y * logistic(-x)),)
# by its name it is sigmoid, to every reader
OPS["_logistic"] = Op("sigmoid", OPS["sigmoid"].forward, "σ({})", _slopes, False, True, kind="elementwise", rising=True)


@op("softplus({})", lambda g, y, x: g * logistic(x), kind="elementwise", rising=True)
def softplus(x: Any, /) -> Any:
    """log(1 + eˣ), without overflow. Derivative σ(x).

    >>> softplus(tensor([-1000.0, 1000.0])).value
    array([   0., 1000.])
    """
    positive = np.real(x) > 0
    return np.where(positive, x, 0) + np.log1p(np.exp(np.where(positive, -x, x)))
