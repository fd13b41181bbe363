"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import raw, where
from autograd_rnn.engine.ops.elementwise import cos, sin, sqrt


@op("tan({})", lambda g, y, x: g * (1 + y * y), numpy=np.tan)
def tan(x: Any, /) -> Any:
    """The tangent (radians). Derivative 1 + tan² x.

    >>> tan(tensor(0.0)).value
    array(0.)
    """
    return np.tan(x)


def _unsinc(g: Any, y: Any, x: Any) -> Any:
    """g (cos πx - sinc x) / x, near 0 by its series in (πx)²: so it has all its digits there, and so have its own derivatives."""
    x = math.pi * x
    near = np.abs(raw(x)) < 1
    square, series = where(near, x, 0.0) ** 2, 1.0
    for k in range(16, 0, -2):
        series = 1 - square / (k * (k + 3)) * series
    far = where(near, 1.0, x)
    return math.pi * g * where(near, -x / 3 * series, (cos(far) - sin(far) / far) / far)


@op("sinc({})", _unsinc, numpy=np.sinc, kind="elementwise", named=True)
def sinc(x: Any, /) -> Any:
    """sin(πx) / (πx), and 1 at 0. Derivative (cos πx - sinc x) / x.

    >>> sinc(tensor([0.0, 0.5])).value.round(4)
    array([1.    , 0.6366])
    """
    return np.sinc(x)


@op("sinh({})", lambda g, y, x: g * cosh(x), numpy=np.sinh, rising=True)
def sinh(x: Any, /) -> Any:
    """The hyperbolic sine (eˣ - e⁻ˣ)/2. Derivative cosh x.

    >>> sinh(tensor(0.0)).value
    array(0.)
    """
    return np.sinh(x)


@op("cosh({})", lambda g, y, x: g * sinh(x), numpy=np.cosh)
def cosh(x: Any, /) -> Any:
    """The hyperbolic cosine (eˣ + e⁻ˣ)/2. Derivative sinh x.

    >>> cosh(tensor(0.0)).value
    array(1.)
    """
    return np.cosh(x)


@op("1 - {}²", lambda g, y, x: -2 * g * x, kind="elementwise")
def _under_one(x: Any, /) -> Any:
    """1 - x², with all its digits near ±1; as one operation, so that its derivative has its own near 0, where the factors' cancel."""
    return (1 - x) * (1 + x)


@op("arcsin({})", lambda g, y, x: g / sqrt(_under_one(x)), numpy=np.arcsin, values=(-math.pi / 2, math.pi / 2), rising=True)
def arcsin(x: Any, /) -> Any:
    """The inverse sine (radians). Derivative 1/√(1 - x²): infinite at ±1.

    >>> arcsin(tensor(0.0)).value
    array(0.)
    """
    return np.arcsin(x)


@op("arccos({})", lambda g, y, x: -g / sqrt(_under_one(x)), numpy=np.arccos, values=(0, math.pi))
def arccos(x: Any, /) -> Any:
    """The inverse cosine (radians). Derivative -1/√(1 - x²): infinite at ±1.

    >>> arccos(tensor(1.0)).value
    array(0.)
    """
    return np.arccos(x)


@op("arcsinh({})", lambda g, y, x: g / hypot(1.0, x), numpy=np.arcsinh, rising=True)
def arcsinh(x: Any, /) -> Any:
    """The inverse hyperbolic sine. Derivative 1/√(1 + x²).

    >>> arcsinh(tensor(0.0)).value
    array(0.)
    """
    return np.arcsinh(x)


@op("arccosh({})", lambda g, y, x: g / (sqrt(x - 1) * sqrt(x + 1)), numpy=np.arccosh, values=(0, math.inf), rising=True)
def arccosh(x: Any, /) -> Any:
    """The inverse hyperbolic cosine. Derivative 1/√(x² - 1): infinite at 1.

    >>> arccosh(tensor(1.0)).value
    array(0.)
    """
    return np.arccosh(x)


@op("arctanh({})", lambda g, y, x: g / _under_one(x), numpy=np.arctanh, rising=True)
def arctanh(x: Any, /) -> Any:
    """The inverse hyperbolic tangent. Derivative 1/(1 - x²): infinite at ±1.

    >>> arctanh(tensor(0.0)).value
    array(0.)
    """
    return np.arctanh(x)


@op(
    "{0} / ‖{0}, {1}‖",
    lambda g, y, a, b: _turn(g * (b / hypot(a, b)), b, a),
    lambda g, y, a, b: -_turn(g * y, b, a),
    kind="elementwise",
    analytic=False,
    named=True,  # √(a² + b²)² = a² + b²
)
def _cosine(a: Any, b: Any, /) -> Any:
    """a / √(a² + b²), whose derivative b²/√(a² + b²)³ is no difference that cancels."""
    length = np.hypot(a, b)
    beyond = np.isinf(length) | (length < np.finfo(length.dtype).tiny / np.finfo(length.dtype).eps) & (length != 0)
    if beyond.any():
        top = np.where(beyond, np.maximum(np.abs(a), np.abs(b)), 1)
        a, b = a / top, b / top
        length = np.hypot(a, b)
    return np.asarray(a / length)


@op("hypot({}, {})", lambda g, y, a, b: g * _cosine(a, b), lambda g, y, a, b: g * _cosine(b, a), numpy=np.hypot, analytic=False)
def hypot(a: Any, b: Any, /) -> Any:
    """√(a² + b²), without overflow. Derivatives a/y and b/y; nan at (0, 0), which is the tip of a cone.

    >>> hypot(tensor(3e200), 4e200).value
    array(5.e+200)
    """
    return np.hypot(a, b)


def _through_square(g: Any, y: Any, x: Any) -> Any:
    """g / (1 + x²), in two steps where the square might leave the range of the dtype, in this derivative or in those of it."""
    if np.max(np.abs(raw(x)), initial=0.0) < 100:
        return g / (1 + x * x)
    length = hypot(1.0, x)
    return g / length / length


@op("arctan({})", _through_square, numpy=np.arctan, rising=True)
def arctan(x: Any, /) -> Any:
    """The inverse tangent (radians). Derivative 1/(1 + x²).

    >>> arctan(tensor(0.0)).value
    array(0.)
    """
    return np.arctan(x)


def _turn(g: Any, a: Any, b: Any) -> Any:
    """g a / (a² + b²), with no square that overflows."""
    length = hypot(a, b)
    return g * (a / length) / length


@op(
    "arctan2({}, {})",
    lambda g, y, a, b: _turn(g, b, a),
    lambda g, y, a, b: -_turn(g, a, b),
    numpy=np.arctan2,
    analytic=False,
    named=True,  # √(a² + b²)² = a² + b²
)
def arctan2(a: Any, b: Any, /) -> Any:
    """The angle (radians) of the point with height a and distance b. Derivatives b/(a² + b²) and -a/(a² + b²); nan at (0, 0), which has
    no angle.

    >>> arctan2(tensor(1.0), -1.0).value.round(4).item()
    2.3562
    """
    return np.arctan2(a, b)
