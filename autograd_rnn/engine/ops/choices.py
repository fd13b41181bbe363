"""Operations that choose between numbers, and what the derivatives are where the choice changes.

Ties and kinks follow one policy. The first derivative at a kink is the mean of the two sides' where that is finite (``maximum`` on a
tie: a half each), and 0 for relu, abs and clip, which is what training code expects. There is no second derivative where the first one
jumps, so a recorded sweep keeps in mind that it passed a kink (`kinked`), and one through it answers nan: ``relu(x * x)`` at 0 has the
second derivative 2, ``relu(x) ** 2`` none, and the sweep cannot tell them apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.calling import gathered
from autograd_rnn.engine.moved import moved
from autograd_rnn.engine.op import op
from autograd_rnn.engine.origin import noted
from autograd_rnn.engine.tensor import Tensor


def raw(x: Any) -> Any:
    """The number behind a tensor, or the number itself: for masks, which carry no gradient."""
    return x.value if x.__class__ is Tensor else x


@op(
    "where({}, {}, {})",
    None,
    lambda g, y, c, a, b: where(c, g, 0.0),
    lambda g, y, c, a, b: where(c, 0.0, g),
    numpy=np.where,
    kind="elementwise",
)
def where(condition: Any, a: Any, b: Any, /) -> Any:
    """a where the condition holds, else b, with broadcasting. The adjoint goes to the chosen branch only.

    >>> where([True, False], tensor([1.0, 2.0]), 0.0).value
    array([1., 0.])
    """
    return np.where(condition, a, b)


# -- kinks ------------------------------------------------------------------------------------------------------------


def _no_slope(h: Any, y: Any, d: Any, x: Any, g: Any, at: Any, point: Any) -> Any:
    """nan at the kink: 0 / 0, so that a sweep with other numbers (see `poles`) finds it a pole, unless g is masked."""
    apart = np.where(at, raw(x) - point, 1.0)
    return kinked(where(at, h * g, 0.0) * (apart / apart), h, x, raw(x), at)


@op("{0}", lambda h, y, d, x, g, at, point: h, _no_slope, None, analytic=False, kind="elementwise")
def _kinked(d: Any, x: Any, g: Any, /, at: Any, point: Any) -> Any:
    """The adjoint d of x, made of g, which has no derivative by x at a kink: there x is the point."""
    return np.asarray(d)


def kinked(d: Any, g: Any, a: Any, b: Any, only: Any = True) -> Any:
    """The adjoint d that a rule has made of g by comparing a with b: where the sweep is recorded, it has no derivative where they tie by
    chance (and ``only`` holds)."""
    if d.__class__ is not Tensor or b is None:
        return d
    at = raw(a) == raw(b) if only is True else (raw(a) == raw(b)) & only
    if at.any() and (at := at & (moved(a) != moved(b))).any():
        for x in (a, b):
            if x.__class__ is Tensor and x.op is not None:
                d = _kinked(d, x, g, at, x.value)
    return d


@op("{}", lambda g, y, x, at: kinked(g, g, x, raw(x), at), kind="elementwise")
def _bent(x: Any, /, at: Any) -> Any:
    return np.asarray(x)


def bent(x: Any, at: Any) -> Any:
    """x for a function made of others, which has a kink ``at`` some elements."""
    return _bent(x, at) if np.any(at) else x


# -- choices ----------------------------------------------------------------------------------------------------------


def _wins(a: Any, b: Any) -> Any:
    """1 where a > b, a half where they tie, else 0."""
    x, z = raw(a), raw(b)
    return noted(((x > z) + 0.5 * (x == z)).astype(np.result_type(x, z)), "heaviside", a, b)


def _larger(g: Any, y: Any, a: Any, b: Any) -> Any:
    return kinked(g * _wins(a, b), g, a, b)


@op("sign({})", lambda g, y, x: g * (1 - y * y) / np.abs(raw(x)), kind="elementwise", rising=True)
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


@op("max({}, {})", _larger, lambda g, y, a, b: _larger(g, y, b, a), numpy=np.maximum, chooses=True)
def maximum(a: Any, b: Any, /) -> Any:
    """The larger of a and b, with broadcasting. Derivative 1 for the larger, a half each on a tie (policy).

    >>> maximum(tensor([1.0, 5.0]), 3.0).value
    array([3., 5.])
    """
    return np.maximum(a, b)


@op("min({}, {})", lambda g, y, a, b: _larger(g, y, b, a), _larger, numpy=np.minimum, chooses=True)
def minimum(a: Any, b: Any, /) -> Any:
    """The smaller of a and b, with broadcasting. Derivative 1 for the smaller, a half each on a tie (policy).

    >>> minimum(tensor([1.0, 5.0]), 3.0).value
    array([1., 3.])
    """
    return np.minimum(a, b)


def _unclip(g: Any, y: Any, x: Any, low: Any, high: Any) -> Any:
    d = where(noted(inside(raw(x), low, high), "inside", x, low, high), g, 0.0)
    return kinked(kinked(d, g, x, low), g, x, high)


@op("clip({})", _unclip, numpy=np.clip, kind="elementwise", chooses=True)
def clip(x: Any, /, low: Any = None, high: Any = None) -> Any:
    """x held between low and high. Derivative 1 strictly inside, else 0 (policy: 0 at the bounds).

    >>> clip(tensor([-2.0, 0.5, 2.0]), -1, 1).value
    array([-1. ,  0.5,  1. ])
    """
    return np.clip(x, -np.inf if low is None else low, np.inf if high is None else high)


def inside(x: Any, low: Any, high: Any) -> Any:
    """Where x lies strictly between the bounds that are given."""
    return (x > (-np.inf if low is None else low)) & (x < (np.inf if high is None else high))


def fmax(a: Any, b: Any) -> Any:
    """The larger of a and b, and where one of them is nan the other. Derivatives as in `maximum`.

    >>> fmax(tensor([1.0, np.nan]), [np.nan, 2.0]).value
    array([1., 2.])
    """
    a, b = gathered(a), gathered(b)
    return where(np.isnan(raw(b)), a, where(np.isnan(raw(a)), b, maximum(a, b)))


def fmin(a: Any, b: Any) -> Any:
    """The smaller of a and b, and where one of them is nan the other. Derivatives as in `minimum`.

    >>> fmin(tensor([1.0, np.nan]), [3.0, 2.0]).value
    array([1., 2.])
    """
    a, b = gathered(a), gathered(b)
    return where(np.isnan(raw(b)), a, where(np.isnan(raw(a)), b, minimum(a, b)))
