"""Numbers modulo P, with which a program is run as with numpy's: what compares or rounds them is not run, but a comparison with 0 at a
net's kink."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.points import Point
from autograd_rnn.formulas.programs.held import Stopped, is_zero
from autograd_rnn.formulas.programs.reckoned import FUNCTIONS
from autograd_rnn.formulas.proving.exact import P, residue
from autograd_rnn.formulas.proving.meanings import filled
from autograd_rnn.formulas.proving.rationals import meant
from autograd_rnn.formulas.proving.signed import ABOVE


class Residue:
    """A number modulo P. ``apart``: of u - max(u) the two, whose exponentials are each other's shares; ``above``: it is more than 0 for all
    numbers of the net, so that it divides."""

    __slots__ = ("above", "apart", "value")

    def __init__(self, value: int, apart: tuple[int, int] | None = None, above: bool = False):
        self.value, self.apart, self.above = value % P, apart, above

    def made(self, other: Value, by: Callable[[int, int], int], keeps: bool = False) -> Residue:
        """What an operation makes of it and another number. ``keeps``: of two above 0 one that is."""
        if isinstance(other, np.ndarray):
            return NotImplemented  # type: ignore[no-any-return]
        above = keeps and self.above and (other.above if isinstance(other, Residue) else bool(other > 0))
        return Residue(by(self.value, whole(other)), above=above)

    def __add__(self, other: Value) -> Residue:
        return self.made(other, int.__add__, True)

    __radd__ = __add__

    def __mul__(self, other: Value) -> Residue:
        return self.made(other, int.__mul__, True)

    __rmul__ = __mul__

    def __sub__(self, other: Value) -> Residue:
        return Residue(self.value - other.value, (self.value, other.value)) if isinstance(other, Largest) else self.made(other, int.__sub__)

    def __rsub__(self, other: Value) -> Residue:
        return self.made(other, lambda a, b: b - a)

    def __truediv__(self, other: Value) -> Residue:
        return self.made(other, lambda a, b: a * inverse(b, not isinstance(other, Residue) or other.above), True)

    def __rtruediv__(self, other: Value) -> Residue:
        return self.made(other, lambda a, b: b * inverse(a, self.above), True)

    def __neg__(self) -> Residue:
        return Residue(-self.value)

    def __pos__(self) -> Residue:
        return self

    def __pow__(self, times: Value) -> Residue:
        if not isinstance(times, (int, np.integer)):
            raise Stopped("a power is by a whole number")
        base = self.value if times >= 0 else inverse(self.value, self.above)
        return Residue(pow(base, abs(int(times)), P), above=self.above)

    def __bool__(self) -> bool:
        raise Stopped("what a program does may not hang on a quantity")

    def __eq__(self, other: object) -> bool:
        return bool(self)

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None  # type: ignore[assignment]


class Largest(Residue):
    """The largest of some: any number, the same for the same."""


class Side(Residue):
    """1 on the one side of a kink of the net, 0 on the other."""

    def __invert__(self) -> Side:
        return Side(1 - self.value)


class Literal(int):
    """A whole number of the text, or what such alone make."""


def residues(value: Value, above: bool) -> Value:
    """Numbers of a point."""
    return np.vectorize(lambda x: Residue(x, above=above), otypes=[object])(value)


def whole(x: Value) -> int:
    """A number modulo P."""
    return x.value if isinstance(x, Residue) else int(x) if isinstance(x, (int, np.integer)) else residue(meant(float(x)))


def inverse(x: int, above: bool) -> int:
    """One over it."""
    if not x % P or not above:
        raise Stopped("this divides by what may be 0")
    return pow(x, -1, P)


def functions_at(point: Point, sides: Mapping[int, bool]) -> dict[str, Value]:
    """numpy's functions on residues: those that the point knows, as it has them; what compares is none, but with 0 at a net's kink."""

    def of(name: str) -> Callable[[Value], Value]:
        argument, found = e.Sym(f"what {name} is of"), dict[int, int]()  # which a program asks for again on its way back

        def function(x: Value) -> Value:
            array = np.asarray(x, object)
            apart = [getattr(one, "apart", None) for one in array.ravel().tolist()]
            if name == "exp" and apart and all(apart):
                above, below = (call([pair[k] for pair in apart if pair], array.shape) for k in (0, 1))
                return above / below
            return call([*map(whole, array.ravel().tolist())], array.shape)

        def call(plain: list[int], shape: tuple[int, ...]) -> Value:
            if new := [*dict.fromkeys(x for x in plain if x not in found)]:
                point.forget()
                point.known[argument] = np.asarray(new, object)
                found.update(zip(new, point.evaluate(e.Fn(name, argument)).tolist(), strict=True))
            made = [Residue(found[x], above=name in ABOVE) for x in plain]
            return filled(made, shape) if shape else made[0]

        function.__name__ = name
        return function

    def largest(x: Value, axis: int | None = None, keepdims: bool = False) -> Value:
        array = np.asarray(x, object)
        rows = np.moveaxis(array, axis, -1) if axis is not None else array.reshape(1, -1)
        keys = [tuple(sorted(map(whole, row))) for row in rows.reshape(-1, rows.shape[-1]).tolist()]
        found = np.array([Largest(point.answer("largest", key)) for key in keys], object)
        if axis is None:
            return found.reshape((1,) * array.ndim) if keepdims else found[0]
        found = found.reshape(rows.shape[:-1])
        return np.expand_dims(found, axis) if keepdims else found

    def above(x: Value) -> Value:
        array = np.asarray(x, object)
        numbers = [sides.get(whole(one)) for one in array.ravel().tolist()]
        if not numbers or None in numbers:
            raise Stopped("what a program does may not hang on a quantity")
        found = np.array([Side(int(one)) for one in numbers if one is not None], object)
        return found.reshape(array.shape)

    def maximum(x: Value, y: Value) -> Value:
        x, y = (y, x) if is_zero(x) else (x, y)
        if not is_zero(y):
            raise Stopped("what a program does may not hang on a quantity")
        return x * above(x)

    def where(side: Value, x: Value, y: Value) -> Value:
        return x * side + y * (1 - side) if sided(side) else np.where(side, x, y)

    largest.__name__ = "max"
    sigmoid = of("sigmoid")
    known = {name: of(name) for name in ("tanh", "exp", "sinh", "cosh", "sqrt", "log")}
    known |= {"max": largest, "amax": largest, "sigmoid": sigmoid, "softmax": softmax(known["exp"])}
    return {**FUNCTIONS, **known, "maximum": maximum, "where": where, "relu": lambda x: maximum(x, 0), "above": above}


def sided(x: Value) -> bool:
    """Whether it says of each of some numbers on which side of a kink it is."""
    return isinstance(x, np.ndarray) and x.size > 0 and all(isinstance(one, Side) for one in x.ravel().tolist())


def softmax(exp: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """The shares of exponentials."""

    def softmax(x: Value) -> Value:
        raised = exp(x)
        return raised / np.sum(raised, axis=-1, keepdims=True)

    return softmax
