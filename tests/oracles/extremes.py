"""Compositions of functions of one number at the ends of the range, beside what sixty digits make of them.

A truth is a `Jet`: a value and two derivatives with a bound of what rounding may do to each of them, carried along by the chain rule. So a
wrong digit is told from an unavoidable one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

import autograd_rnn as ar

EPS = {np.float64: 2.0**-43, np.float32: 2.0**-15}  # what rounding may do in one operation, some times over
TINY = {2.0**-43: mpmath.mpf(2.0**-1022), 2.0**-15: mpmath.mpf(2.0**-126)}


class Beyond(ArithmeticError):
    """A number of which even the truth knows nothing, or the engine nothing on the way: too small to be told from 0."""


class Jet(NamedTuple):
    """Value, first and second derivative, and a bound of the error of each."""

    values: tuple[Any, Any, Any]
    errors: tuple[Any, Any, Any]


def _power(p: float) -> Callable[[Any], tuple[Any, ...]]:
    p = mpmath.mpf(p)
    return lambda x: (x**p, p * x ** (p - 1), p * (p - 1) * x ** (p - 2), p * (p - 1) * (p - 2) * x ** (p - 3))


def _logarithm(base: Any) -> Callable[[Any], tuple[Any, ...]]:
    return lambda x: tuple(d / mpmath.log(base) for d in (mpmath.log(x), 1 / x, -1 / x**2, 2 / x**3))


def _softplus(x: Any, sign: int = 1) -> tuple[Any, ...]:
    y, z = 1 / (1 + mpmath.exp(-sign * x)), 1 / (1 + mpmath.exp(sign * x))
    return sign * (max(sign * x, 0) + mpmath.log1p(mpmath.exp(-abs(x)))), y, sign * y * z, y * z * (z - y)


def _arctan(x: Any) -> tuple[Any, ...]:
    q = 1 / (1 + x * x)
    return mpmath.atan(x), q, -2 * x * q**2, (6 * x * x - 2) * q**3


def _arcsinh(x: Any) -> tuple[Any, ...]:
    r = mpmath.sqrt(1 + x * x)
    return mpmath.asinh(x), 1 / r, -x / r**3, (2 * x * x - 1) / r**5


def _erfc(x: Any) -> tuple[Any, ...]:
    e = -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)
    return mpmath.erfc(x), e, -2 * x * e, (4 * x * x - 2) * e


def _exp(x: Any, shift: int = 0) -> tuple[Any, ...]:
    y = mpmath.exp(x)
    return (mpmath.expm1(x) if shift else y, y, y, y)


def _hyperbolic(x: Any, odd: bool) -> tuple[Any, ...]:
    pair = mpmath.cosh(x), mpmath.sinh(x)
    return tuple(pair[(k + odd) % 2] for k in range(4))


def _linear(slope: float, shift: float = 0) -> Callable[[Any], tuple[Any, ...]]:
    return lambda x: (slope * x + shift, mpmath.mpf(slope), mpmath.mpf(0), mpmath.mpf(0))


ONE: dict[str, Callable[[Any], tuple[Any, ...]]] = {  # value and three derivatives
    "ar.exp({})": _exp, "ar.expm1({})": lambda x: _exp(x, 1), "ar.log({})": _logarithm(mpmath.e), "ar.log2({})": _logarithm(2),
    "ar.log10({})": _logarithm(10), "ar.log1p({})": lambda x: (mpmath.log1p(x), *_logarithm(mpmath.e)(1 + x)[1:]),
    "ar.sqrt({})": _power(0.5),
    "ar.square({})": _power(2), "(1 / {})": _power(-1), "({}) ** -2.0": _power(-2), "({}) ** 2": _power(2), "({}) ** 3": _power(3),
    "({}) ** -1.5": _power(-1.5), "ar.softplus({})": _softplus, "ar.log_sigmoid({})": lambda x: _softplus(x, -1), "ar.arctan({})": _arctan,
    "ar.arcsinh({})": _arcsinh, "ar.erfc({})": _erfc, "ar.sinh({})": lambda x: _hyperbolic(x, True),
    "ar.cosh({})": lambda x: _hyperbolic(x, False), "-{}": _linear(-1), "({} * 2.0**66)": _linear(2.0**66), "(1 + {})": _linear(1, 1),
    "(2.0**-66 * {})": _linear(2.0**-66), "(3.0 * {})": _linear(3), "({} - 2.5)": _linear(1, -2.5),
}  # fmt: skip


def _quotient(a: Any, b: Any) -> dict[tuple[int, int], Any]:
    return {
        (0, 0): a / b,
        (1, 0): 1 / b,
        (0, 1): -a / b**2,
        (1, 1): -1 / b**2,
        (0, 2): 2 * a / b**3,
        (1, 2): 2 / b**3,
        (0, 3): -6 * a / b**4,
    }


def _hypot(a: Any, b: Any) -> dict[tuple[int, int], Any]:
    y = mpmath.sqrt(a * a + b * b)
    second = {(2, 0): b * b / y**3, (1, 1): -a * b / y**3, (0, 2): a * a / y**3}
    third = {(2, 1): 2 * b / y**3 - 3 * b**3 / y**5, (1, 2): 2 * a / y**3 - 3 * a**3 / y**5}
    return {(0, 0): y, (1, 0): a / y, (0, 1): b / y, (3, 0): -3 * a * b * b / y**5, (0, 3): -3 * a * a * b / y**5, **second, **third}


TWO: dict[str, Callable[[Any, Any], dict[tuple[int, int], Any]]] = {  # value and partial derivatives to the third order
    "({} + {})": lambda a, b: {(0, 0): a + b, (1, 0): 1, (0, 1): 1},
    "({} - {})": lambda a, b: {(0, 0): a - b, (1, 0): 1, (0, 1): -1},
    "({} * {})": lambda a, b: {(0, 0): a * b, (1, 0): b, (0, 1): a, (1, 1): 1},
    "({} / {})": _quotient,
    "ar.hypot({}, {})": _hypot,
    "ar.norm(ar.stack([{}, {}]))": _hypot,
}


def _told(eps: float, value: Any, *slopes: Any) -> None:
    """Whether truth and engine can know of these: real, and not so small that they are 0 to the engine in any spelling."""
    for least, numbers in ((TINY[eps] ** 0.5, (value,)), (TINY[eps] ** 1.3, slopes)):
        if not all(mpmath.isfinite(x) and not isinstance(x, mpmath.mpc) and (x == 0 or abs(x) > least) for x in numbers):
            raise Beyond


def through_one(f: Callable[[Any], tuple[Any, ...]], jet: Jet, eps: float) -> Jet:
    (v, d, dd), (ev, ed, edd) = jet
    if abs(v) > 2.0**1020:
        raise Beyond
    f0, f1, f2, f3 = f(v)
    _told(eps, f0, f1, f2)
    s, ss, g1, g2 = abs(d) + ed, abs(dd) + edd, abs(f1) + abs(f2) * ev, abs(f2) + abs(f3) * ev  # where a true number is 0, its error counts
    errors = (
        g1 * ev + eps * abs(f0),
        g2 * ev * s + g1 * ed + eps * g1 * s,
        (abs(f3) * s * s + g2 * ss) * ev + 2 * g2 * s * ed + g1 * edd + eps * (g2 * s * s + g1 * ss),
    )
    return Jet((f0, f1 * d, f2 * d * d + f1 * dd), errors)


def through_two(f: Callable[[Any, Any], dict[tuple[int, int], Any]], left: Jet, right: Jet, eps: float) -> Jet:
    (a, da, dda), (b, db, ddb) = left.values, right.values
    (ea, eda, edda), (eb, edb, eddb) = left.errors, right.errors
    found = f(a, b)
    _told(eps, found[0, 0], *found.values())

    def p(i: int, j: int) -> Any:
        return found.get((i, j), 0)

    def shaken(i: int, j: int) -> Any:
        return abs(p(i + 1, j)) * ea + abs(p(i, j + 1)) * eb

    first, second = (
        (p(1, 0) * da, p(0, 1) * db),
        (p(2, 0) * da * da, 2 * p(1, 1) * da * db, p(0, 2) * db * db, p(1, 0) * dda, p(0, 1) * ddb),
    )
    one = shaken(1, 0) * abs(da) + shaken(0, 1) * abs(db) + abs(p(1, 0)) * eda + abs(p(0, 1)) * edb + eps * sum(map(abs, first))
    two = (
        shaken(2, 0) * da * da + 2 * shaken(1, 1) * abs(da * db) + shaken(0, 2) * db * db
        + shaken(1, 0) * abs(dda) + shaken(0, 1) * abs(ddb)
        + 2 * (abs(p(2, 0) * da) + abs(p(1, 1) * db)) * eda + 2 * (abs(p(0, 2) * db) + abs(p(1, 1) * da)) * edb
        + abs(p(1, 0)) * edda + abs(p(0, 1)) * eddb + eps * sum(map(abs, second))
    )  # fmt: skip
    return Jet((found[0, 0], sum(first), sum(second)), (shaken(0, 0) + eps * abs(found[0, 0]), one, two))


def draw(rng: np.random.Generator, depth: int, eps: float) -> tuple[str, Callable[[Jet], Jet]]:
    """A composition as text, and its truth."""
    if depth == 0 or rng.random() < 0.08:
        return "x", lambda jet: jet
    inner, truth = draw(rng, depth - 1, eps)
    if rng.random() < 0.75:
        name = str(rng.choice(list(ONE)))
        return name.format(inner), lambda jet: through_one(ONE[name], truth(jet), eps)
    name = str(rng.choice(list(TWO)))
    other, beside = draw(rng, depth - 1, eps)
    return name.format(inner, other), lambda jet: through_two(TWO[name], truth(jet), beside(jet), eps)


POINTS = {
    np.float64: [1e200, 1e-200, 1e-310, 1e-320, 1e308, 1e155, 1e-155, 1e100, 1e-100, 1e8, 20, 40, 700, 709, 720, 745, 800, 1, 0.3, 1e-20],
    np.float32: [1e20, 1e-20, 1e-40, 1e-44, 1e38, 1e8, 20, 40, 87, 90, 100, 200, 1, 0.3, 1e-10],
}


def by_transforms(f: Callable[[Any], Any], x: Any) -> list[float]:
    """The first and second derivative by ``grad``."""
    first = ar.grad(f, unused="zero")
    return [float(first(x)), float(ar.grad(first, unused="zero")(x))]


def by_recorded_sweeps(f: Callable[[Any], Any], x: Any) -> list[float]:
    """The same by ``backward(create_graph=True)``, twice."""
    t = ar.tensor(x)
    found, y = [], f(t)
    for _ in range(2):
        swept = y.backward(create_graph=True) if y.op else {}
        y = swept[t] if t in swept else ar.constant(0.0)
        found.append(float(y.value))
    return found


def faults(seed: int, depth: int, dtype: Any = np.float64, by: Callable[..., list[float]] = by_transforms) -> list[str]:
    """What is wrong with the derivatives of one composition at one point: a finite number that is not the true one."""
    rng = np.random.default_rng(seed)
    text, truth = draw(rng, int(rng.integers(1, depth + 1)), EPS[dtype])
    x = dtype(rng.choice(POINTS[dtype]) * rng.choice([1, 1, -1]) * rng.choice([1, rng.uniform(0.9, 1.05)]))
    try:
        with mpmath.workdps(60):
            wanted = truth(Jet((mpmath.mpf(float(x)), mpmath.mpf(1), mpmath.mpf(0)), (mpmath.mpf(0),) * 3))
            _told(EPS[dtype], mpmath.mpf(1), *(d + 1 for d in (*wanted.values, *wanted.errors)))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError, Beyond):
        return []
    f = eval(f"lambda x: {text}", {"ar": ar})
    found = []
    for order, answer in enumerate(by(f, x), 1):
        true, error = wanted.values[order], wanted.errors[order]
        if math.isfinite(answer) and abs(answer - true) > 1000 * error + 1e6 * float(np.finfo(dtype).tiny):
            found.append(f"seed {seed}: derivative {order} of {text} at {x!r} is {answer!r}, not {mpmath.nstr(true, 12)}")
    return found
