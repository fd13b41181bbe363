"""What most operations mean: their own forward, run on symbols, as far as it is made of arithmetic, of numpy's functions and of choices.

A choice (a comparison, a floor) is made by the numbers: the forward runs on these first, and what was decided is told again when it
runs on symbols.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import sympy

from autograd_rnn.engine.rule import Op
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.proving.meanings import Meaning, exact, filled

# numpy's functions as sympy has them; those by other names and those that it has not.
FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {name: getattr(sympy, name) for name in "exp log sqrt sin cos tan sinh cosh tanh".split()}
FUNCTIONS |= {f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")}
FUNCTIONS |= {
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "exp2": lambda x: 2**x,
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "arctan2": sympy.atan2,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
}
# What the numbers decide, and how numpy asks an object for it.
CHOICES: dict[str, Callable[..., int]] = {f"__{name}__": getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")}
CHOICES |= {"__floor__": math.floor, "__ceil__": math.ceil, "__trunc__": math.trunc, "rint": lambda x: int(np.rint(x))}


class Numbers:
    """The run that decides."""

    plain = np.float64

    def __init__(self) -> None:
        self.decided: list[int] = []

    def function(self, name: str, *of: Value) -> Value:
        return getattr(np, name)(*of)

    def choice(self, name: str, *of: Value) -> int:
        self.decided.append(int(CHOICES[name](*of)))
        return self.decided[-1]


class Symbols:
    """The run that is told what was decided."""

    plain = staticmethod(exact)

    def __init__(self, decided: Iterable[int]):
        self.decided: Iterator[int] = iter(decided)

    def function(self, name: str, *of: Value) -> Value:
        return FUNCTIONS[name](*of)

    def choice(self, name: str, *of: Value) -> int:
        return next(self.decided)


class Traced:
    """A number or an expression that numpy takes for an object: ``np.exp`` of an array of them asks each for its ``exp()``."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, of: Value, run: Numbers | Symbols):
        self.of, self.run = of, run

    def made(self, of: Value) -> Traced:
        return Traced(of, self.run)

    def plain(self, x: Value) -> Value:
        return x.of if isinstance(x, Traced) else self.run.plain(x)

    def __neg__(self) -> Traced:
        return self.made(-self.of)

    def __abs__(self) -> Traced:
        return self if self >= 0 else -self  # type: ignore[operator]

    def __bool__(self) -> bool:
        return bool(operator.ne(self, 0))

    def __floordiv__(self, other: Value) -> int:
        return int(math.floor(self / other))

    def __mod__(self, other: Value) -> Traced:
        rest: Traced = self - other * (self // other)
        return rest


def _bind() -> None:
    """Give `Traced` its operators, functions and choices."""
    for name in ("add", "sub", "mul", "truediv", "pow"):
        f = getattr(operator, name)
        setattr(Traced, f"__{name}__", lambda self, other, f=f: self.made(f(self.of, self.plain(other))))
        setattr(Traced, f"__r{name}__", lambda self, other, f=f: self.made(f(self.plain(other), self.of)))
    for name in FUNCTIONS:
        setattr(Traced, name, lambda self, *more, name=name: self.made(self.run.function(name, self.of, *map(self.plain, more))))
    for name in CHOICES:
        setattr(Traced, name, lambda self, *more, name=name: self.run.choice(name, self.of, *map(self.plain, more)))
    for protocol in ("__floor__", "__ceil__", "__trunc__"):
        setattr(Traced, protocol.strip("_"), getattr(Traced, protocol))


_bind()


def _ran(op: Op, run: Numbers | Symbols, inputs: Iterable[Value], options: Mapping[str, object]) -> np.ndarray:
    """An operation's forward on numbers or symbols, in the shape of its result."""
    given = [filled([Traced(x, run) for x in np.ravel(a).tolist()], np.shape(a)) for a in inputs]
    result = np.asarray(op.forward(*given, **options), dtype=object)
    return filled([x.of if isinstance(x, Traced) else run.plain(x) for x in result.ravel()], result.shape)


def decisions(op: Op, values: Iterable[Value], options: Mapping[str, object]) -> tuple[int, ...]:
    """What an operation's forward decides at these numbers. Raises whatever a forward raises that does more than that with a number."""
    numbers = Numbers()
    with np.errstate(all="ignore"):
        _ran(op, numbers, [np.asarray(x, float) for x in values], options)
    return tuple(numbers.decided)


def traced(op: Op) -> Meaning:
    """An operation's forward as its meaning, given its `decisions`.

    >>> import sympy
    >>> from autograd_rnn.formulas.proving.traced import decisions, traced
    >>> traced(OPS["square"])((), np.array([sympy.Symbol("x")]))
    array([x**2], dtype=object)
    """
    return lambda decided, *arrays, **options: _ran(op, Symbols(decided), arrays, options)
