"""More elementwise functions: logarithms to other bases, the error function, and choices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.engine.calling import gathered, holds
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import clip as held
from autograd_rnn.engine.ops.choices import maximum, minimum, raw, where
from autograd_rnn.engine.ops.elementwise import exp, logistic, power
from autograd_rnn.engine.ops.gathering import array

LN2, LN10 = math.log(2.0), math.log(10.0)


# -- exponentials and logarithms --------------------------------------------------------------------------------------


@op("log₂({})", lambda g, y, x: g / LN2 / x, numpy=np.log2, rising=True, analytic=False)
def log2(x: Any, /) -> Any:
    """The logarithm to base 2. Derivative 1/(x log 2).

    >>> log2(tensor([1.0, 8.0])).value
    array([0., 3.])
    """
    return np.log2(x)


@op("log₁₀({})", lambda g, y, x: g / LN10 / x, numpy=np.log10, rising=True)
def log10(x: Any, /) -> Any:
    """The logarithm to base 10. Derivative 1/(x log 10).

    >>> log10(tensor([1.0, 1000.0])).value
    array([0., 3.])
    """
    return np.log10(x)


def exp2(x: Any) -> Any:
    """2ˣ, as a power.

    >>> exp2(tensor([0.0, 3.0])).value
    array([1., 8.])
    """
    return power(2.0, x)


def _share(a: Any, ahead: Any) -> Any:
    """eᵃ / (eᵃ + eᵇ), by how far a is ahead of b; 0 for a = -inf, whatever b is."""
    return where(np.isneginf(raw(a)), 0.0, logistic(ahead))


@op(
    "logaddexp({0}, {1})",
    lambda g, y, a, b, d: g * _share(a, d),
    lambda g, y, a, b, d: g * _share(b, -d),
    None,  # both slopes hang on d alone: so what a second sweep sends back by the two meets there, and cancels before it is added to more
    kind="elementwise",
    analytic=False,
)
def _logaddexp(a: Any, b: Any, d: Any, /) -> Any:
    return np.logaddexp(a, b)


def logaddexp(a: Any, b: Any) -> Any:
    """log(eᵃ + eᵇ), without overflow. Derivatives σ(a - b) and σ(b - a); 0 for an argument that is -inf, as in `logsumexp`.

    >>> logaddexp(tensor([1000.0, -np.inf]), [1000.0, -np.inf]).value.round(4)
    array([1000.6931,      -inf])
    """
    a, b = gathered(a), gathered(b)
    if not holds(a) and not holds(b):
        return np.logaddexp(a, b)
    tie = np.isinf(raw(a)) & (raw(a) == raw(b))
    return _logaddexp(a, b, where(tie, 0.0, a) - where(tie, 0.0, b) if np.any(tie) else a - b)


# -- the error function -----------------------------------------------------------------------------------------------


def _each(f: Any, x: Any) -> Any:
    """f of every element, in x's precision: the standard library's function is exact to the last digit, and numpy has none."""
    x = np.asarray(x)
    return np.asarray(np.frompyfunc(f, 1, 1)(x), dtype=x.dtype if x.dtype.kind == "f" else float)


@op("erf({})", lambda g, y, x: g * (2 / math.sqrt(math.pi) * exp(-x * x)), analytic=False, kind="elementwise", rising=True)
def erf(x: Any, /) -> Any:
    """The error function 2/√π ∫₀ˣ e^(-t²) dt. Derivative 2/√π e^(-x²).

    >>> erf(tensor([0.0, 1.0])).value.round(6)
    array([0.      , 0.842701])
    """
    return _each(math.erf, x)


@op("erfc({})", lambda g, y, x: g * (-2 / math.sqrt(math.pi) * exp(-x * x)), analytic=False, kind="elementwise", values=(0, 2))
def erfc(x: Any, /) -> Any:
    """1 - erf x, exact where erf x is near 1. Derivative -2/√π e^(-x²).

    >>> erfc(tensor(10.0)).value.item()
    2.088487583762545e-45
    """
    return _each(math.erfc, x)


# -- quotients and choices --------------------------------------------------------------------------------------------


def reciprocal(x: Any) -> Any:
    """1/x.

    >>> reciprocal(tensor(4.0)).value
    array(0.25)
    """
    return 1.0 / array(x)


def clip(x: Any, low: Any = None, high: Any = None, **spelled: Any) -> Any:
    """x held between low and high. Derivative 1 strictly inside, else 0 (policy: 0 at the bounds). Bounds that are tensors get the
    adjoint where they hold x, and half of it on a tie, as in `maximum`.

    >>> clip(tensor([-2.0, 0.5, 2.0]), -1, 1).value
    array([-1. ,  0.5,  1. ])
    """
    if not holds(low) and not holds(high):
        return held(x, low, high, **spelled)
    x = x if low is None else maximum(x, low)
    return x if high is None else minimum(x, high)
