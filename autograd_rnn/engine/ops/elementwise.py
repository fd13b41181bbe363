"""Elementwise operations: the table of derivatives. ``g`` is the adjoint of the output ``y``.

Ties and kinks follow one policy: the derivative at a kink is the mean of the two sides' where that is finite (``maximum`` on a
tie: a half each), and 0 for relu, abs and clip, which is what training code expects. At a pole the derivative is what the arithmetic
makes of it, inf or nan; a masked branch stays masked there (see `poles`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.origin import noted
from autograd_rnn.engine.tensor import Tensor


def raw(x: Any) -> Any:
    """The number behind a tensor, or the number itself: for masks, which carry no gradient."""
    return x.value if x.__class__ is Tensor else x


# -- arithmetic -------------------------------------------------------------------------------------------------------


@op("{} + {}", lambda g, y, a, b: g, lambda g, y, a, b: g, picture="+", numpy=np.add)
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


@op("{} ⊙ {}", lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, picture="⊙", numpy=np.multiply)
def multiply(a: Any, b: Any, /) -> Any:
    """a ⊙ b elementwise, with broadcasting. Derivatives b and a.

    >>> multiply(tensor([1.0, 2.0]), [3.0, 4.0]).value
    array([3., 8.])
    """
    return a * b


@op("{} / {}", lambda g, y, a, b: g / b, lambda g, y, a, b: g * (-y / b), picture="÷", numpy=np.divide)
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


def _flat(a: Any, b: Any) -> Any:
    """Where a^b is 1 for every a, and its derivative is 0 though b a^(b-1) is none. Elsewhere that has to stand for b = 0 too, since its
    own derivative in b is 1/a there."""
    a, b = raw(a), raw(b)
    return (b == 0) & ((a == 0) | (a != a))


@op(
    "{}^{}",
    lambda g, y, a, b: g * where(_flat(a, b), 0.0, b * where(_flat(a, b), 1.0, a) ** (b - 1)),
    lambda g, y, a, b: g * where(raw(y) == 0, 0.0, y * log(where(raw(y) == 0, 1.0, a))),
    picture="^",
    numpy=np.power,
)
def power(a: Any, b: Any, /) -> Any:
    """a^b, with broadcasting. Derivatives b a^(b-1), which is 0 for b = 0 everywhere, and a^b log a, which is 0 for a = 0.

    >>> power(tensor([-2.0, 3.0]), 3).value
    array([-8., 27.])
    """
    return np.power(a, b)


# -- exponentials and roots -------------------------------------------------------------------------------------------


@op("exp({})", lambda g, y, x: g * y, numpy=np.exp)
def exp(x: Any, /) -> Any:
    """eˣ. Derivative eˣ.

    >>> exp(tensor(0.0)).value
    array(1.)
    """
    return np.exp(x)


@op("log({})", lambda g, y, x: g / x, numpy=np.log)
def log(x: Any, /) -> Any:
    """The natural logarithm. Derivative 1/x.

    >>> log(tensor(1.0)).value
    array(0.)
    """
    return np.log(x)


@op("log1p({})", lambda g, y, x: g / (1 + x), numpy=np.log1p)
def log1p(x: Any, /) -> Any:
    """log(1 + x), exact near 0. Derivative 1/(1 + x).

    >>> log1p(tensor(1e-20)).value
    array(1.e-20)
    """
    return np.log1p(x)


@op("expm1({})", lambda g, y, x: g * exp(x), numpy=np.expm1)  # not y + 1, which loses the left tail
def expm1(x: Any, /) -> Any:
    """eˣ - 1, exact near 0. Derivative eˣ.

    >>> expm1(tensor(1e-20)).value
    array(1.e-20)
    """
    return np.expm1(x)


@op("sqrt({})", lambda g, y, x: 0.5 * g / y, picture="√", numpy=np.sqrt)
def sqrt(x: Any, /) -> Any:
    """The square root. Derivative 1/(2 √x): infinite at 0.

    >>> sqrt(tensor(9.0)).value
    array(3.)
    """
    return np.sqrt(x)


@op("{}²", lambda g, y, x: 2 * g * x, picture="²", numpy=np.square)
def square(x: Any, /) -> Any:
    """x². Derivative 2x.

    >>> square(tensor([1.0, -3.0])).value
    array([1., 9.])
    """
    return x * x


# -- trigonometric ----------------------------------------------------------------------------------------------------


@op("sin({})", lambda g, y, x: g * cos(x), numpy=np.sin)
def sin(x: Any, /) -> Any:
    """The sine (radians). Derivative cos x.

    >>> sin(tensor(0.0)).value
    array(0.)
    """
    return np.sin(x)


@op("cos({})", lambda g, y, x: -g * sin(x), numpy=np.cos)
def cos(x: Any, /) -> Any:
    """The cosine (radians). Derivative -sin x.

    >>> cos(tensor(0.0)).value
    array(1.)
    """
    return np.cos(x)


@op("arctan({})", lambda g, y, x: g / (1 + x * x), numpy=np.arctan)
def arctan(x: Any, /) -> Any:
    """The inverse tangent (radians). Derivative 1/(1 + x²).

    >>> arctan(tensor(0.0)).value
    array(0.)
    """
    return np.arctan(x)


# -- activations ------------------------------------------------------------------------------------------------------


@op("tanh({})", lambda g, y, x: g * (1 - y * y), numpy=np.tanh)
def tanh(x: Any, /) -> Any:
    """tanh x = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). Derivative 1 - tanh² x.

    >>> tanh(tensor([0.0, 0.5])).value.round(4)
    array([0.    , 0.4621])
    """
    return np.tanh(x)


@op("σ({})", lambda g, y, x: g * (y * (1 - y)), picture="σ")
def sigmoid(x: Any, /) -> Any:
    """The logistic sigmoid σ(x) = 1 / (1 + e⁻ˣ), computed as eˣ / (1 + eˣ): never an overflow, since both are 1 from far below
    x = 40 on in double precision, and as many digits for very negative x as elsewhere. Derivative σ(x) (1 - σ(x)).

    >>> sigmoid(tensor([-1000.0, 0.0, 1000.0])).value
    array([0. , 0.5, 1. ])
    """
    e = np.exp(np.minimum(x, 40))
    return e / (1 + e)


@op("relu({})", lambda g, y, x: where(noted(raw(x) > 0, "positive", x), g, 0.0), chooses=True)
def relu(x: Any, /) -> Any:
    """max(x, 0). Derivative 1 for x > 0, else 0 (policy: 0 at the kink).

    >>> relu(tensor([-1.0, 0.0, 2.0])).value
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


@op("softplus({})", lambda g, y, x: g * sigmoid(x))
def softplus(x: Any, /) -> Any:
    """log(1 + eˣ), without overflow. Derivative σ(x).

    >>> softplus(tensor([-1000.0, 1000.0])).value
    array([   0., 1000.])
    """
    positive = np.real(x) > 0
    return np.where(positive, x, 0) + np.log1p(np.exp(np.where(positive, -x, x)))


# -- choices ----------------------------------------------------------------------------------------------------------


def _wins(a: Any, b: Any) -> Any:
    """1 where a > b, a half where they tie, else 0."""
    x, z = raw(a), raw(b)
    return noted(((x > z) + 0.5 * (x == z)).astype(np.result_type(x, z)), "heaviside", a, b)


@op("sign({})", lambda g, y, x: g * (1 - y * y) / np.abs(raw(x)))
def _slope(x: Any, /) -> Any:
    """The derivative of abs, whose own is 0, and none at 0, where it jumps: so the second derivative of |x|² at 0 is not 0 but nan."""
    return np.sign(np.real(x)).astype(np.result_type(x))


@op("|{}|", lambda g, y, x: g * _slope(x), picture="|·|", numpy=(np.abs, np.fabs), chooses=True)
def abs(x: Any, /) -> Any:
    """|x|. Derivative sign x (policy: 0 at the kink).

    >>> ar.abs(tensor([-1.0, 0.0, 2.0])).value
    array([1., 0., 2.])
    """
    return np.abs(x)


@op("max({}, {})", lambda g, y, a, b: g * _wins(a, b), lambda g, y, a, b: g * _wins(b, a), picture="max", numpy=np.maximum, chooses=True)
def maximum(a: Any, b: Any, /) -> Any:
    """The larger of a and b, with broadcasting. Derivative 1 for the larger, a half each on a tie (policy).

    >>> maximum(tensor([1.0, 5.0]), 3.0).value
    array([3., 5.])
    """
    return np.maximum(a, b)


@op("min({}, {})", lambda g, y, a, b: g * _wins(b, a), lambda g, y, a, b: g * _wins(a, b), picture="min", numpy=np.minimum, chooses=True)
def minimum(a: Any, b: Any, /) -> Any:
    """The smaller of a and b, with broadcasting. Derivative 1 for the smaller, a half each on a tie (policy).

    >>> minimum(tensor([1.0, 5.0]), 3.0).value
    array([1., 3.])
    """
    return np.minimum(a, b)


@op("where({}, {}, {})", None, lambda g, y, c, a, b: where(c, g, 0.0), lambda g, y, c, a, b: where(c, 0.0, g), numpy=np.where)
def where(condition: Any, a: Any, b: Any, /) -> Any:
    """a where the condition holds, else b, with broadcasting. The adjoint goes to the chosen branch only.

    >>> where([True, False], tensor([1.0, 2.0]), 0.0).value
    array([1., 0.])
    """
    return np.where(condition, a, b)


def _unclip(g: Any, y: Any, x: Any, low: Any, high: Any) -> Any:
    return where(noted(inside(raw(x), low, high), "inside", x, low, high), g, 0.0)


@op("clip({})", _unclip, numpy=np.clip, chooses=True)
def clip(x: Any, /, low: Any = None, high: Any = None) -> Any:
    """x held between low and high. Derivative 1 strictly inside, else 0 (policy: 0 at the bounds).

    >>> clip(tensor([-2.0, 0.5, 2.0]), -1, 1).value
    array([-1. ,  0.5,  1. ])
    """
    return np.clip(x, -np.inf if low is None else low, np.inf if high is None else high)


def inside(x: Any, low: Any, high: Any) -> Any:
    """Where x lies strictly between the bounds that are given."""
    return (x > (-np.inf if low is None else low)) & (x < (np.inf if high is None else high))
