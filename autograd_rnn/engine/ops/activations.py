"""Activations made of other operations. At a kink they take the derivative of the left side, as training code expects."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine.ops.choices import bent, raw, where
from autograd_rnn.engine.ops.elementwise import expm1, logistic, relu, softplus, tanh
from autograd_rnn.engine.ops.functions import erfc
from autograd_rnn.engine.ops.gathering import array
from autograd_rnn.engine.origin import noted


def _bounded(f: Callable[[Any], Any], x: Any) -> Any:
    """f(x), with what it is at infinity, relu, there: infinity times 0 would be nan."""
    far = np.isinf(raw(x))
    return where(far, relu(x), f(where(far, 0.0, x))) if far.any() else f(x)


def silu(x: Any) -> Any:
    """x σ(x), also called swish.

    >>> silu(tensor([-1000.0, 0.0, 1000.0])).value + 0.0
    array([   0.,    0., 1000.])
    """
    return _bounded(lambda x: x * logistic(x), array(x))


def gelu(x: Any, approximate: bool | str = False) -> Any:
    """x Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016); or their approximation by tanh, which PyTorch calls
    ``approximate="tanh"``.

    >>> gelu(tensor([-1.0, 1.0])).value.round(4), gelu(tensor([-1.0, 1.0]), approximate=True).value.round(4)
    (array([-0.1587,  0.8413]), array([-0.1588,  0.8412]))
    """
    if approximate and approximate != "none":
        return _bounded(lambda x: 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))), array(x))
    return _bounded(lambda x: 0.5 * x * erfc(-math.sqrt(0.5) * x), array(x))  # not 1 + erf, which loses the left tail


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where it is positive, else slope x. Derivative 1 or the slope (policy: the slope at 0).

    >>> leaky_relu(tensor([-1.0, 2.0])).value
    array([-0.01,  2.  ])
    """
    x = array(x)
    x = bent(x, raw(x) == 0)
    return where(noted(raw(x) > 0, "positive", x), x, slope * x)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where it is positive, else α (eˣ - 1). Derivative 1 or α eˣ (policy: α at 0).

    >>> elu(tensor([-1000.0, 2.0])).value
    array([-1.,  2.])
    """
    x = array(x)
    x = bent(x, raw(x) == 0)
    positive = noted(raw(x) > 0, "positive", x)
    return where(positive, x, alpha * expm1(where(positive, 0.0, x)))


def log_sigmoid(x: Any) -> Any:
    """log σ(x), without overflow. Derivative σ(-x).

    >>> log_sigmoid(tensor([-1000.0, 1000.0])).value + 0.0
    array([-1000.,     0.])
    """
    return -softplus(-array(x))
