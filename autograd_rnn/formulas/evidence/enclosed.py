"""A net's equations in intervals, to fifty digits: two that are disjoint are two numbers, whatever was rounded."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from fractions import Fraction

import mpmath
import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Value, arguments, called, is_zero
from autograd_rnn.formulas.evidence.derivatives import Sweeps, beginnings
from autograd_rnn.formulas.evidence.points import NOTHING, Own, Point, Setting, sized
from autograd_rnn.formulas.evidence.wide import Undefined, Wide
from autograd_rnn.formulas.proving.calls import Field
from autograd_rnn.formulas.proving.components import Meaningless
from autograd_rnn.formulas.system import System

DIGITS, LARGE = 50, 10**6
iv = mpmath.iv


Sides = dict[tuple[e.Expr, int | None, int], set[bool]]  # of each element of what is divided by at a step: more than 0, less, or both


class Undecided(ArithmeticError):
    """An interval does not say on which side it lies, or nothing encloses a function."""


@contextlib.contextmanager
def digits() -> Iterator[None]:
    """Intervals of so many digits."""
    before, iv.dps = iv.dps, DIGITS
    try:
        yield
    finally:
        iv.dps = before


def _exp(x: Value) -> Value:
    """e^x; of what is far from 0 only that it is large, or near 0."""
    if x.b < -LARGE:
        return iv.mpf([0, iv.exp(iv.mpf(-LARGE)).b])
    if x.a > LARGE:
        return iv.mpf([iv.exp(iv.mpf(LARGE)).a, iv.inf])
    if x.a < -LARGE or x.b > LARGE:
        raise Undecided
    return iv.exp(x)


def _log(x: Value) -> Value:
    if x.b <= 0:
        raise Undefined
    if x.a <= 0 or x.b == iv.inf:
        raise Undecided
    return iv.log(x)


def _sqrt(x: Value) -> Value:
    if x.b < 0:
        raise Undefined
    if x.a < 0 or x.b == iv.inf:
        raise Undecided
    return iv.sqrt(x)


def _positive(x: Value) -> Value:
    if x.a <= 0 < x.b:
        raise Undecided
    return iv.mpf(int(x.a > 0))


def _heaviside(x: Value) -> Value:
    if x.a == 0 < x.b or x.b == 0 > x.a:  # a half at 0 itself
        raise Undecided
    return iv.mpf(0.5) if x.a == x.b == 0 else _positive(x)


def _waves(name: str) -> Callable[[Value], Value]:
    def function(x: Value) -> Value:
        if not -LARGE < x.a <= x.b < LARGE:
            raise Undecided
        return getattr(iv, name)(x)

    return function


def _monotone(name: str, domain: float = float("inf")) -> Callable[[Value], Value]:
    """An increasing function, from its values at both ends."""

    def function(x: Value) -> Value:
        if x.a > domain or x.b < -domain:
            raise Undefined
        if not -domain <= x.a <= x.b <= domain or not -LARGE < x.a <= x.b < LARGE:
            raise Undecided
        with mpmath.workdps(DIGITS + 20):
            low, high = (getattr(mpmath, name)(mpmath.mpf(end)) for end in (x.a, x.b))
            margin = mpmath.mpf(10) ** -DIGITS
            return iv.mpf([low - abs(low) * margin, high + abs(high) * margin])

    return function


def _sigmoid(x: Value) -> Value:
    return 1 / (1 + _exp(-x))


def _softmax(x: Value) -> Value:
    shifted = x - max((element for element in np.ravel(x)), key=lambda element: float(element.mid))
    powers = FUNCTIONS["exp"](shifted)
    return powers / np.sum(powers)


EACH: dict[str, Callable[[Value], Value]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "sin": _waves("sin"),
    "cos": _waves("cos"),
    "tanh": lambda x: 1 - 2 / (_exp(2 * x) + 1),
    "sigmoid": _sigmoid,
    "softplus": lambda x: _log(1 + _exp(x)),
    "positive": _positive,
    "heaviside": _heaviside,
    "relu": lambda x: _positive(x) * x,
    "atan": _monotone("atan"),
    "asinh": _monotone("asinh"),
    "sinh": lambda x: (_exp(x) - _exp(-x)) / 2,
    "cosh": lambda x: (_exp(x) + _exp(-x)) / 2,
    "erf": _monotone("erf"),
    "asin": _monotone("asin", 1),
    "atanh": _monotone("atanh", 1),
}
FUNCTIONS: dict[str, Callable[[Value], Value]] = {name: np.frompyfunc(f, 1, 1) for name, f in EACH.items()}
FUNCTIONS |= {"softmax": _softmax, "sum": np.sum}


class Intervals:
    """The intervals as a field for what an operation means in components (`Field`)."""

    formal = False

    def plain(self, x: Value) -> Value:
        if x.is_Rational:
            return iv.mpf(int(x.p)) / int(x.q)
        raise Undecided

    def add(self, args: list[Value]) -> Value:
        return sum(args[1:], args[0])

    def multiply(self, args: list[Value]) -> Value:
        product = args[0]
        for arg in args[1:]:
            product = product * arg
        return product

    def power(self, base: Value, exponent: Value, x: Value) -> Value:
        if x.exp.is_Integer:
            return _quotient(iv.mpf(1), base ** -int(x.exp)) if x.exp < 0 else base ** int(x.exp)
        if x.exp.is_Rational and x.exp.q == 2:
            root = _sqrt(base)
            return _quotient(iv.mpf(1), root ** -int(x.exp.p)) if x.exp < 0 else root ** int(x.exp.p)
        return _exp(exponent * _log(base))

    def function(self, name: str, args: list[Value]) -> Value:
        if name not in EACH or len(args) != 1:
            raise Undecided
        return EACH[name](args[0])

    def number(self, value: Value) -> Value:
        return iv.mpf(value)


def _quotient(above: Value, below: Value) -> Value:
    if below.a == below.b == 0:
        raise Undefined
    if below.a <= 0 <= below.b:
        raise Undecided
    return above / below


class Enclosed(Wide):
    """The same net with lengths and sizes of a person's size, in intervals: small numbers for parameters, inputs and first states, all of
    them times a ``scale``, with which nothing is saturated."""

    dtype = object

    def __init__(self, derivation: System, setting: Setting, sizes: dict[str, int], own: Own = NOTHING, scale: Fraction = Fraction(1)):
        point, rng = Point(derivation, setting), np.random.default_rng(setting.seed)
        self.sizes, self.sweeps, self.rest = sizes, Sweeps(derivation), setting.rest
        self.shape_of, classes = sized(derivation, sizes, own)
        equations = [*derivation.forward, *derivation.equations, *own.equations, *beginnings(derivation)]
        super().__init__(equations, {}, point.last, {**derivation.letters, **own.axes}, classes)
        self.sides: Sides | None = None
        self.rng, self.scale, self.roles = rng, scale, derivation.roles
        for symbol, value in point.known.items():
            if isinstance(value, float):
                self.known[symbol] = 0.0
                continue
            shape, target = self.shape_of[symbol.name], derivation.roles[symbol.name] == "target"
            number = self.drawn(shape) * int(target or not setting.rest or len(shape) == 2)
            first = derivation.roles[symbol.name] == "state" and symbol.name not in derivation.parameters
            number = number * int(not (first and setting.unset))
            self.known[symbol] = int(rng.integers(classes)) if target and not shape else number
        for left, right, _ in own.assumed:
            if self.bound(left, None) in self.known:
                self.known[self.bound(left, None)] = np.add(self.nothing(left.name), self.evaluate(right))

    def drawn(self, shape: tuple[int, ...]) -> Value:
        """Numbers of a person's size."""
        numbers = np.asarray(self.rng.integers(1, 4, shape) * self.rng.choice([-1, 1], shape), dtype=object)
        return np.frompyfunc(lambda n: self.number(Fraction(int(n), 2) * self.scale), 1, 1)(numbers)

    @functools.cached_property
    def field(self) -> Field:
        """Every operation in intervals."""
        return Field(Intervals())

    def beyond(self, symbol: e.Sym) -> Value:
        """As of a `Point`."""
        forward = not symbol.adjoint and self.roles.get(symbol.name, "target") != "target"
        return self.drawn(self.shape_of[symbol.name]) if forward else 0.0

    def number(self, value: Fraction) -> Value:
        return iv.mpf(value.numerator) / value.denominator

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        match x:  # an interval takes no array for its partner: numpy's functions do
            case e.Quotient(_, below):
                if (sides := self.sides) is not None:
                    for factor in below.factors if isinstance(below, e.Mul) else (below,):
                        for k, element in enumerate(map(iv.mpf, np.ravel(self.evaluate(factor, t)))):
                            sides.setdefault((factor, t, k), set()).update([True] * (element.a > 0) + [False] * (element.b < 0))
                return np.frompyfunc(lambda a, b: _quotient(iv.mpf(a), iv.mpf(b)), 2, 1)(*parts)
            case e.Add():
                return self.total(parts)
            case e.Mul():
                return functools.reduce(np.multiply, parts)
            case e.MatMul() if np.size(parts[0]) == 1 and not is_zero(parts[0]):
                return np.multiply(np.asarray(parts[0], dtype=object).item(), parts[1])
        return super().node(x, parts, t)

    def total(self, values: list[Value]) -> Value:
        return functools.reduce(np.add, values) if values else 0

    def function(self, name: str, x: e.Fn, part: Value, t: int | None) -> Value:
        if name not in FUNCTIONS:
            return self.called(e.Call(name, (x.of,)), [part], t)
        return FUNCTIONS[name](np.frompyfunc(iv.mpf, 1, 1)(part))

    def called(self, x: e.Call, parts: list[Value], t: int | None) -> Value:
        inputs = [np.frompyfunc(iv.mpf, 1, 1)(part) for part in arguments(x, [np.asarray(part, dtype=object) for part in parts])]
        inputs = [np.asarray(array, dtype=object) for array in inputs]
        g = inputs.pop(0) if x.back else None
        try:
            return self.field.called(x, inputs, [near(array) for array in inputs], g)
        except Meaningless:  # known as a function of floats only
            floats = called(x, [near(part) for part in arguments(x, [np.asarray(part, dtype=object) for part in parts])])
            return np.frompyfunc(lambda y: iv.mpf([y - 1e-9 * abs(y) - 1e-12, y + 1e-9 * abs(y) + 1e-12]), 1, 1)(floats)


def near(x: Value) -> np.ndarray:
    """The middles of intervals."""
    return np.asarray(np.frompyfunc(lambda element: float(iv.mpf(element).mid), 1, 1)(x), dtype=float)


def apart(a: Value, b: Value) -> tuple[int, ...] | None:
    """Where the intervals of two arrays are disjoint, and farthest from each other; None where no two are."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=object), np.asarray(b, dtype=object))
    distance = np.zeros(a.shape)
    for place in np.ndindex(a.shape):
        x, y = iv.mpf(a[place]), iv.mpf(b[place])
        if x.b < y.a or y.b < x.a:
            distance[place] = max(min(float(abs(x - y).mid), 1e300), 1e-300)
    if not distance.any():
        return None
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(distance)), distance.shape))
