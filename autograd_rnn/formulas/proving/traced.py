"""The meaning of an operation that says none: its own forward, run on symbols, as far as it is made of arithmetic and numpy's functions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from autograd_rnn.engine.rule import Op
from autograd_rnn.formulas.proving.meanings import exact, filled

ARITHMETIC = ("add", "sub", "mul", "truediv", "pow")
FUNCTIONS = {"arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
FUNCTIONS |= {name: name for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")}


class Traced:
    """An expression that numpy takes for an object: ``np.exp`` of an array of them asks each for its ``exp()``. A comparison or an absolute
    value has no answer."""

    def __init__(self, of: Any):
        self.of = of

    def __neg__(self) -> Traced:
        return Traced(-self.of)

    def square(self) -> Traced:
        """x²."""
        return Traced(self.of**2)

    def reciprocal(self) -> Traced:
        """1/x."""
        return Traced(1 / self.of)


def _plain(x: Any) -> Any:
    return x.of if isinstance(x, Traced) else exact(x)


def _bind() -> None:
    """Give `Traced` its operators and functions."""
    for name in ARITHMETIC:
        f = getattr(operator, name)
        setattr(Traced, f"__{name}__", lambda self, other, f=f: Traced(f(self.of, _plain(other))))
        setattr(Traced, f"__r{name}__", lambda self, other, f=f: Traced(f(_plain(other), self.of)))
    for name, called in FUNCTIONS.items():
        setattr(Traced, name, lambda self, f=getattr(sympy, called): Traced(f(self.of)))


_bind()


def traced(op: Op) -> Callable[..., Any] | None:
    """An operation's forward as its meaning; None where it does more with its numbers than to compute with them.

    >>> import sympy
    >>> from autograd_rnn.formulas.proving.traced import traced
    >>> traced(OPS["square"])(np.array([sympy.Symbol("x")]))
    array([x**2], dtype=object)
    """

    def meaning(*arrays: Any, **options: Any) -> Any:
        given = [filled([Traced(x) for x in a.ravel()], a.shape) if isinstance(a, np.ndarray) else a for a in arrays]
        result = np.asarray(op.forward(*given, **options), dtype=object)
        return filled([_plain(x) for x in result.ravel()], result.shape)

    symbols = iter(sympy.symbols("x:20"))
    try:
        meaning(*(np.array([next(symbols), next(symbols)], dtype=object) for _ in range(1 if op.variadic else len(op.vjps))))
    except Exception:  # whatever a forward does that a symbol cannot
        return None
    return meaning
