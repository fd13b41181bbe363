"""Derived equations run on numbers: the adjoints of every step from their recursion, then the gradients that sum them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.ops import softmax
from autograd_rnn.engine.rule import OPS
from autograd_rnn.nets.losses import one_hot
from autograd_rnn.visible import shown

Value = Any  # a number or an array of numbers of any field: floats, 50 digits, residues, enclosures
# What is no operation of the engine, or has options there; every other function is the operation's own forward.
UNIT = e.Sym("I")  # a column of the identity matrix
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "softmax": softmax,
    "sum": np.sum,
    "positive": lambda x: np.asarray(x > 0, float),
    "heaviside": lambda x: np.heaviside(x, 0.5),
}


def function(name: str) -> Callable[..., Value]:
    """A function of one argument by its name."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name not in OPS:
        raise ValueError(f"{shown(name)} is no operation that is declared: @ar.op declares one")
    return OPS[name].forward


def as_array(value: Value) -> np.ndarray:
    """A value as an array; a residue is no machine integer."""
    return np.asarray(value, object if isinstance(value, int) else None)


def fitted(value: Value, shape: tuple[int, ...]) -> np.ndarray:
    """A value in the shape that an operation's argument has: one number stands for many equal ones."""
    array = as_array(value)
    if array.shape == shape:
        return array
    return array.reshape(shape) if array.size == math.prod(shape) else np.broadcast_to(array, shape)


def arguments(x: e.Call, parts: list[Value]) -> list[np.ndarray]:
    """What an operation is called with, each argument in its shape."""
    return [fitted(part, shape) for part, shape in zip(parts, x.shapes, strict=True)] if x.shapes else list(map(as_array, parts))


def called(x: e.Call, parts: list[Value]) -> Value:
    """The number of an operation, or of its derivative, in floating point: its own forward, its own vjp."""
    op, options, inputs = OPS[x.name], x.options.given, arguments(x, parts)
    g = inputs.pop(0) if x.back else None
    y = np.asarray(op.forward(*inputs, **options))
    if x.by is None:
        return y
    return np.asarray(op.vjp(x.by, np.ones(y.shape) if g is None else g, y, inputs, options))


def as_matrix(x: e.Expr, value: Value) -> np.ndarray:
    """A value as the matrix that an expression is: a vector is a column, transposed a row."""
    array = as_array(value)
    return array if array.ndim == 2 else array.reshape((1, -1) if isinstance(x, e.Transpose) else (-1, 1))


def is_zero(x: Value) -> bool:
    """Whether it is the plain zero of what lies beyond the ends."""
    return np.ndim(x) == 0 and x == 0


def matrix_product(matrix: Value, x: Value) -> Value:
    """A matrix times a vector or a matrix, where one number may stand for the matrix, or for a vector of equal elements."""
    if is_zero(matrix) or is_zero(x):  # beyond the ends
        return 0.0
    if np.ndim(matrix) == 0 or matrix.shape == (1, 1) and np.shape(x)[:1] > (1,):
        return np.asarray(matrix).item() * x
    if np.ndim(x) == 1 and matrix.shape[1:] == (1,) and len(x) > 1:  # a matrix of one column, and a row
        return np.outer(matrix, x)
    if np.size(x) == 1 and np.ndim(matrix) == 2 and np.shape(x)[:1] != matrix.shape[1:]:
        return matrix @ np.array([np.asarray(x).item()] * matrix.shape[1])
    return matrix @ x


class Evaluation:
    """Equations over the values of one run. ``values``: {symbol in absolute time: array}; ``last``: {"T": 7, "S": 4}; ``letters``: the
    axis of each quantity, {"h": "T"}; ``classes``: the length of a one-hot vector; ``reverse``: of each of a net's
    quantities whether it runs from the end."""

    def __init__(
        self,
        equations: list[e.Equation],
        values: Mapping[e.Sym, Value],
        last: Mapping[str, int],
        letters: Mapping[str, str],
        classes: int,
        reverse: Mapping[str, bool] = MappingProxyType({}),
    ):
        self.last, self.letters, self.classes, self.reverse = last, letters, classes, reverse
        self.known: dict[e.Sym, Value] = dict(values)
        self.blocks: dict[e.Derivative, Value] = {}  # of a Jacobian
        self.by_name: dict[tuple[str, bool], list[e.Equation]] = {}
        self.define(equations)

    def define(self, equations: Iterable[e.Equation]) -> None:
        """Takes some equations in; the lists that there are stay as they were, for another evaluation may have them too."""
        for equation in equations:
            name = equation.left.name, equation.left.adjoint
            self.by_name[name] = [*self.by_name.get(name, ()), equation]

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

    circle: type[ValueError] = ValueError  # what is said of a quantity that is defined by itself

    def __getitem__(self, symbol: e.Sym) -> Value:
        """The value of a symbol in absolute time. Raises a ``circle`` where one is defined by itself."""
        if symbol in self.known:
            return self.known[symbol]
        stack, open_ = [symbol], set()  # open_: what waits for something above it on the stack
        while stack:
            current = stack[-1]
            if current in self.known:
                open_.discard(stack.pop())
                continue
            equation = self.equation(current)
            if equation is None:
                found = self.beyond(current)
                if isinstance(found, e.Sym) and found not in self.known:
                    stack.append(found)
                else:
                    self.known[current] = self.known[found] if isinstance(found, e.Sym) else found
                continue
            t = current.time.offset if current.time is not None else None
            needed = [s for s in self.needed(equation.right, t) if s not in self.known]
            if not needed:
                self.known[current] = 0.0 if equation.right == e.ZERO else self.value(equation.right, t)
                continue
            if current in open_:
                raise self.circle(f"`{show(equation.left, 'ascii')}` is defined by itself")
            open_.add(current)
            stack += needed
        return self.known[symbol]

    def beyond(self, symbol: e.Sym) -> Value | e.Sym:
        """The value of what no equation defines: of an adjoint beyond the first or last step 0, or that of another symbol."""
        if not symbol.adjoint and (symbol.name not in self.letters or 1 <= self.offset(symbol) <= self._end(symbol.name)):
            raise KeyError(f"{symbol.name} at step {symbol.time} has no value in this run")
        return self.nearest(symbol) or 0.0

    def nearest(self, symbol: e.Sym) -> e.Sym | None:
        """What stands for a quantity beyond the end that it runs towards, where every adjoint that it could multiply is zero: itself at
        the last step that it has, which has its shape and which what is done to it, as a division or a logarithm, is defined for."""
        if symbol.adjoint or symbol.time is None or symbol.name not in self.reverse:
            return None
        reverse = self.reverse[symbol.name]
        step = 1 if reverse else self._end(symbol.name)
        beyond = self.offset(symbol) < step if reverse else self.offset(symbol) > step
        return symbol._replace(time=e.Time("", step)) if beyond else None

    def bound(self, symbol: e.Sym, t: int | None) -> e.Sym:
        """A symbol with its time as a number."""
        time = symbol.time
        return symbol if time is None or not time.base else e.Sym(symbol.name, e.Time("", self.step(time, t)), symbol.adjoint)

    def range(self, x: e.Sum) -> range:
        """The steps that a sum runs over."""
        return range(self.step(x.first, None), self.step(x.last, None) + 1)

    def needed(self, x: e.Expr, t: int | None) -> list[e.Sym]:
        """Every symbol, in absolute time, that x asks for."""
        found, stack = [], [(x, t)]  # type: list[e.Sym], list[tuple[e.Expr, int | None]]
        while stack:
            node, k = stack.pop()
            if isinstance(node, e.Sym):
                found.append(self.bound(node, k))
            elif isinstance(node, e.Sum):
                stack += [(node.of, step) for step in self.range(node)]
            else:
                stack += [(part, k) for part in e.children(node)]
        return found

    def evaluate(self, x: e.Expr, t: int | None = None) -> Value:
        """The number of an expression with t bound; what it asks for is found first."""
        for symbol in self.needed(x, t):
            self[symbol]
        return self.value(x, t)

    def value(self, x: e.Expr, t: int | None) -> Value:
        """The number of an expression whose symbols are all known, from the leaves up; a sum takes its steps one by one, the matrix of a
        linear operation its columns."""

        def number(node: e.Expr, parts: list[Value]) -> Value:
            if isinstance(node, e.Sum):
                return self.node(node, [self.value(node.of, k) for k in self.range(node)], t)
            return self.matrix(node, t) if isinstance(node, e.Matrix) else self.node(node, parts, t)

        return e.upward(x, lambda node: () if isinstance(node, (e.Sum, e.Matrix)) else e.children(node), number)[x]

    def matrix(self, x: e.Matrix, t: int | None) -> np.ndarray:
        """The matrix of a linear operation, column by column."""
        identity = next(part for part in e.nodes(x.of) if isinstance(part, e.Identity))
        of = e.transformed(x.of, lambda part: UNIT if part == identity else part)
        columns = []
        for unit in np.eye(x.size[1]):
            self.known[UNIT] = unit.reshape(identity.shape)
            columns.append(np.ravel(self.value(of, t)))
        return np.stack(columns, -1)

    def function(self, name: str, x: e.Fn, part: Value, t: int | None) -> Value:
        """The number of a function of one argument."""
        return function(name)(part)

    def called(self, x: e.Call, parts: list[Value], t: int | None) -> Value:
        """The number of an operation."""
        return called(x, parts)

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """One node's number from its parts'."""
        match x:
            case e.Sym():
                return self.known[self.bound(x, t)]
            case e.Num(value, text):
                return 1 / self.last[text[2:]] if text.startswith("1/") else value
            case e.Ones(shape):
                return np.ones(shape)
            case e.Add() | e.Sum():
                return sum(parts[1:], parts[0]) if parts else 0.0
            case e.Mul():
                product = parts[0]
                for part in parts[1:]:
                    product = product * part
                return product
            case e.MatMul():
                return matrix_product(*parts)
            case e.Transpose():
                return np.asarray(parts[0]).T
            case e.Outer():
                return 0.0 if is_zero(parts[0]) or is_zero(parts[1]) else np.outer(parts[0], parts[1])
            case e.Part(_, start, stop):
                return parts[0][start:stop] if np.ndim(parts[0]) else parts[0]
            case e.Quotient():
                return parts[0] / parts[1]
            case e.Call():
                return self.called(x, parts, t)
            case e.Column():
                return np.concatenate([np.atleast_1d(part) for part in parts])  # a number is one row
            case e.Diag():
                return np.diag(parts[0])
            case e.Kron(left, right):
                return np.kron(as_matrix(left, parts[0]), as_matrix(right, parts[1]))
            case e.Identity():
                return np.eye(x.size)
            case e.Derivative(of, by):
                return self.blocks[x._replace(of=self.bound(of, t), by=self.bound(by, t))]
            case e.Fn("onehot"):
                return one_hot(parts[0], self.classes)
            case e.Fn(name):
                return self.function(name, x, parts[0], t)
        raise TypeError(f"{shown(x)} is no expression")
