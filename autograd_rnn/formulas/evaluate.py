"""Derived equations run on numbers: the adjoints of every step from their recursion, then the gradients that sum them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.ops import relu, sigmoid, softmax, softplus
from autograd_rnn.nets.losses import one_hot

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tanh": np.tanh, "sigmoid": sigmoid, "relu": relu, "softmax": softmax, "softplus": softplus, "exp": np.exp, "log": np.log,
    "sin": np.sin, "cos": np.cos, "sqrt": np.sqrt, "sum": np.sum, "positive": lambda x: (x > 0).astype(float),
}  # fmt: skip


class Evaluation:
    """Equations over the values of one run. ``values``: {symbol in absolute time: array}; ``last``: {"T": 7, "S": 4}; ``letters``: the
    axis of each quantity, {"h": "T"}; ``classes``: the length of a one-hot vector."""

    def __init__(
        self, equations: list[e.Equation], values: Mapping[e.Sym, Any], last: Mapping[str, int], letters: Mapping[str, str], classes: int
    ):
        self.last, self.letters, self.classes, self.functions = last, letters, classes, FUNCTIONS
        self.known: dict[Any, Any] = dict(values)
        self.by_name: dict[tuple[str, bool], list[e.Equation]] = {}
        for equation in equations:
            self.by_name.setdefault((equation.left.name, equation.left.adjoint), []).append(equation)

    def step(self, time: e.Time, t: int | None) -> int:
        """A time index as a number, with t bound."""
        if time.base == "t":
            assert t is not None
            return t + time.offset
        return self.last[time.base] + time.offset if time.base else time.offset

    def equation(self, symbol: e.Sym) -> e.Equation | None:
        """What defines a symbol in absolute time: the equation of its own step if there is one, else the one in t; None beyond the ends."""
        general = None
        for equation in self.by_name.get((symbol.name, symbol.adjoint), []):
            time = equation.left.time
            if time is None:
                return equation
            if time.base == "t":
                general = equation
            elif symbol.time is not None and self.step(time, None) == symbol.time.offset:
                return equation
        return general if general is not None and 1 <= self.offset(symbol) <= self._end(symbol.name) else None

    def _end(self, name: str) -> int:
        """The last step of the axis of a quantity."""
        return self.last[self.letters[name]]

    @staticmethod
    def offset(symbol: e.Sym) -> int:
        """The step of a symbol in absolute time."""
        assert symbol.time is not None
        return symbol.time.offset

    def __getitem__(self, symbol: e.Sym) -> Any:
        """The value of a symbol in absolute time; an adjoint beyond the first or last step is 0."""
        stack, path = [symbol], set()  # path: what waits for something above it on the stack
        while stack:
            current = stack[-1]
            if current in self.known:
                stack.pop()
                continue
            equation = self.equation(current)
            if equation is None:
                if not current.adjoint and (current.name not in self.letters or 1 <= self.offset(current) <= self._end(current.name)):
                    raise KeyError(f"{current.name} at step {current.time} has no value in this run")
                self.known[current] = 0.0  # beyond the ends, where every adjoint that it could multiply is zero
                continue
            t = current.time.offset if current.time is not None else None
            needed = [s for s in self.needed(equation.right, t) if s not in self.known]
            if needed:
                path.add(current)
                if any(s in path for s in needed):
                    raise ValueError(f"{current.name} is defined by itself{'' if t is None else f', at step {t}'}")
                stack += needed
                continue
            self.known[current] = self.value(equation.right, t)
            path.discard(current)
        return self.known[symbol]

    def bound(self, symbol: e.Sym, t: int | None) -> e.Sym:
        """A symbol with its time as a number."""
        return symbol if symbol.time is None else symbol._replace(time=e.Time("", self.step(symbol.time, t)))

    def range(self, x: e.Sum) -> range:
        """The steps that a sum runs over."""
        return range(self.step(x.first, None), self.step(x.last, None) + 1)

    def needed(self, x: Any, t: int | None) -> list[e.Sym]:
        """Every symbol, in absolute time, that x asks for."""
        found, stack = [], [(x, t)]
        while stack:
            node, k = stack.pop()
            if isinstance(node, e.Sym):
                found.append(self.bound(node, k))
            elif isinstance(node, e.Sum):
                stack += [(node.of, step) for step in self.range(node)]
            else:
                stack += [(part, k) for part in e.children(node)]
        return found

    def evaluate(self, x: Any, t: int | None = None) -> Any:
        """The number of an expression with t bound; what it asks for is found first."""
        for symbol in self.needed(x, t):
            self[symbol]
        return self.value(x, t)

    def value(self, x: Any, t: int | None) -> Any:
        """The number of an expression whose symbols are all known, from the leaves up; a sum takes its steps one by one."""
        done: dict[Any, Any] = {}
        stack = [x]
        while stack:
            node = stack[-1]
            inside = () if isinstance(node, e.Sum) else e.children(node)
            waiting = [part for part in inside if part not in done]
            if waiting:
                stack += waiting
                continue
            if isinstance(node, e.Sum):
                done[node] = self.node(node, [self.value(node.of, k) for k in self.range(node)], t)
            else:
                done[node] = self.node(node, [done[part] for part in inside], t)
            stack.pop()
        return done[x]

    def node(self, x: Any, parts: list[Any], t: int | None) -> Any:
        """One node's number from its parts'."""
        match x:
            case e.Sym():
                return self.known[self.bound(x, t)]
            case e.Num(value, text):
                return 1 / self.last[text[2:]] if text.startswith("1/") else value
            case e.Add() | e.Sum():
                return sum(parts[1:], parts[0]) if parts else 0.0
            case e.Mul():
                product = parts[0]
                for part in parts[1:]:
                    product = product * part
                return product
            case e.MatMul():
                return parts[0] @ parts[1] if np.ndim(parts[1]) else 0.0
            case e.Transpose():
                return parts[0].T
            case e.Outer():
                return np.outer(parts[0], parts[1]) if np.ndim(parts[0]) else 0.0
            case e.Part(_, start, stop):
                return parts[0][start:stop] if np.ndim(parts[0]) else 0.0
            case e.Column():
                return np.concatenate(parts)
            case e.Diag():
                return np.diag(parts[0])
            case e.Kron():
                return np.kron(parts[0], parts[1][None, :])
            case e.Derivative(of, by):
                return self.known[x._replace(of=self.bound(of, t), by=self.bound(by, t))]
            case e.Fn("onehot"):
                return one_hot(parts[0], self.classes)
            case e.Fn(name):
                return self.functions[name](parts[0])
        raise TypeError(f"{x!r} is no expression")
