"""Steps, flat wherever they have a derivative, so that their adjoint is 0; and the remainders that they leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops.choices import kinked, raw, where
from autograd_rnn.engine.tensor import Tensor


def _step(function: Any) -> Any:
    """The vjp of a step: 0, and where the sweep is recorded none of its own where the function jumps."""

    def rule(g: Any, y: Any, x: Any, **options: Any) -> Any:
        d = where(False, g, 0.0)
        if d.__class__ is not Tensor:
            return d
        with np.errstate(under="ignore"):  # what stands beside 0 is no adjoint that was too small for its dtype
            below, above = (function(np.nextafter(raw(x), side), **options) for side in (-np.inf, np.inf))
        return kinked(d, g, x, raw(x), below != above)

    return rule


@op("round({})", _step(np.round), numpy=np.rint, rising=True, chooses=True)
def round(x: Any, /, decimals: int = 0) -> Any:
    """x rounded to so many decimals, halves to even. Derivative 0: for a gradient that passes, write x + detach(round(x) - x).

    >>> round(tensor([0.5, 1.5, 2.6])).value
    array([0., 2., 3.])
    """
    return np.round(x, decimals)


@op("trunc({})", _step(np.trunc), numpy=np.trunc, rising=True, chooses=True)
def trunc(x: Any, /) -> Any:
    """x without its fraction. Derivative 0.

    >>> trunc(tensor([-1.7, 1.7])).value
    array([-1.,  1.])
    """
    return np.trunc(x)


@op("⌊{}⌋", _step(np.floor), numpy=np.floor, rising=True, chooses=True)
def floor(x: Any, /) -> Any:
    """The largest integer not above x. Derivative 0.

    >>> floor(tensor([-1.5, 1.5])).value
    array([-2.,  1.])
    """
    return np.floor(x)


@op("⌈{}⌉", _step(np.ceil), numpy=np.ceil, rising=True, chooses=True)
def ceil(x: Any, /) -> Any:
    """The smallest integer not below x. Derivative 0.

    >>> ceil(tensor([-1.5, 1.5])).value
    array([-1.,  2.])
    """
    return np.ceil(x)


@op("sign({})", _step(np.sign), numpy=np.sign, rising=True, chooses=True)
def sign(x: Any, /) -> Any:
    """-1, 0 or 1. Derivative 0.

    >>> sign(tensor([-2.0, 0.0, 3.0])).value
    array([-1.,  0.,  1.])
    """
    return np.sign(x)


def _jump(g: Any, y: Any, a: Any, b: Any) -> Any:
    return kinked(kinked(g, g, a, raw(a), raw(y) == 0), g, b, raw(b), raw(y) == 0)


def _modulus(g: Any, y: Any, a: Any, b: Any) -> Any:
    return _jump(-g * np.floor_divide(raw(a), raw(b)), y, a, b)


@op("{} mod {}", _jump, _modulus, numpy=np.remainder, chooses=True)
def mod(a: Any, b: Any, /) -> Any:
    """a - b ⌊a/b⌋, with the sign of b. Derivatives 1 and -⌊a/b⌋ (the jumps have none).

    >>> mod(tensor([5.0, -1.0]), 3.0).value
    array([2., 2.])
    """
    return np.mod(a, b)


def _flat(g: Any, y: Any, a: Any, b: Any) -> Any:
    d = where(False, g, 0.0)
    return _jump(d, np.mod(raw(a), raw(b)), a, b) if d.__class__ is Tensor else d


@op("⌊{}/{}⌋", _flat, _flat, numpy=np.floor_divide, chooses=True)
def floor_divide(a: Any, b: Any, /) -> Any:
    """⌊a/b⌋, with numpy's care for quotients that rounding would lift to the next integer. Derivative 0.

    >>> floor_divide(tensor([7.0, -7.0]), 2.0).value
    array([ 3., -4.])
    """
    return np.floor_divide(a, b)
