"""Evaluation of what a person may write beyond the derived equations: sums anywhere, diag, own names, factors T."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.engine.rule import OPS
from autograd_rnn.formulas.evaluate import Evaluation, Value, matrix_product
from autograd_rnn.formulas.evidence.derivatives import UNIT, Seeds, Sweeps
from autograd_rnn.formulas.proving.rationals import meant
from autograd_rnn.formulas.reading.shapes import measured
from autograd_rnn.formulas.writing.lines import Unreadable


class Undefined(ArithmeticError):
    """A value was asked for that there is none of."""


@functools.lru_cache(maxsize=4096)
def plain(x: e.Expr) -> tuple[e.Sym, ...] | None:
    """The symbols of an expression in which nothing has steps of its own; None of any other."""
    stepped = any(isinstance(node, (e.Sum, e.Fold, e.Derivative)) for node in e.nodes(x))
    return None if stepped else tuple(e.symbols(x))


@functools.lru_cache(maxsize=4096)
def opened(of: e.Expr, index: str, first: int, last: int) -> tuple[e.Expr, ...]:
    """What stands under a sum or a product, at each of its steps; the mutations of a formula share most of theirs."""
    return tuple(put(of, index, e.Time("", k)) for k in range(first, last + 1))


Key = tuple[int, "int | None"]  # the number that all equal nodes have, and the step
Memo = tuple[dict[Key, Value], dict[Key, Value], dict[int, tuple[e.Expr, int]], dict[e.Expr, int]]


STEPPED = (e.Derivative, e.Sum, e.Fold, e.Matrix)  # whose parts are not all at the step at which it is itself
PLAIN = (e.Add, e.Mul, e.MatMul, e.Transpose, e.Quotient)  # of which a narrower evaluation knows all


class Wide(Evaluation):
    """An evaluation with sums within products, ``diag``, numbers with letters, and zeros of the right shape beyond the ends."""

    shape_of: Mapping[str, tuple[int, ...]]
    sizes: Mapping[str, int]  # of the letters of shapes
    sweeps: Sweeps
    drawn: Callable[[tuple[int, ...]], Value]  # random numbers of a shape
    seeds: Seeds | None = None
    dtype: Value = float
    circle = Unreadable  # a person's own name

    @property
    def counted(self) -> Mapping[str, int]:
        """What the lengths are where they stand as numbers."""
        return self.last

    def equation(self, symbol: e.Sym) -> e.Equation | None:
        found = super().equation(symbol)
        return found if self.seeds is None or not symbol.adjoint else self.seeds.equation(symbol, found)

    def inner(self, x: e.Expr, t: int | None) -> list[tuple[e.Expr, int | None]]:
        """What a node is made of: its parts, of a sum or a product one for each step, of a derivative what is found elsewhere."""
        if not isinstance(x, STEPPED):
            return [(part, t) for part in e.children(x)]
        match x:
            case e.Derivative():
                return []
            case e.Sum():
                return [(x.of, k) for k in self.range(x)]
            case e.Fold(of, index, first, last):
                return [(part, t) for part in opened(of, index, self.step(first, t), self.step(last, t))]
        return [(part, t) for part in e.children(x.of) if not isinstance(part, e.Identity)]

    @functools.cached_property
    def memo(self) -> Memo:
        """What has been computed: a mutation of a formula shares most of its nodes with the formula, and what hangs on no adjoint, the
        first, is the same in every sweep. The others number the nodes: one that was met is known by its identity, another by what it is,
        which takes long to reckon for a long formula and is done once."""
        return {}, {}, {}, {}

    def forget(self) -> None:
        """Lets go of what has been computed."""
        self.memo = {}, {}, {}, {}

    def needed(self, x: e.Expr, t: int | None) -> list[e.Sym]:
        """Every symbol, in absolute time, that x asks for; sums within sums are looked through once a step."""
        if (flat := plain(x)) is not None:
            return list(dict.fromkeys(self.bound(symbol, t) for symbol in flat))
        found: dict[e.Sym, None] = {}
        seen: set[tuple[e.Expr, int | None]] = set()
        stack: list[tuple[e.Expr, int | None]] = [(x, t)]
        while stack:
            node, at = stack.pop()
            if isinstance(node, e.Sym):
                found[self.bound(node, at)] = None
            elif isinstance(node, (e.Sum, e.Fold)):
                inner = set(self.inner(node, at)) - seen
                seen |= inner
                stack += inner
            else:
                stack += self.inner(node, at)
        return list(found)

    def evaluate(self, x: e.Expr, t: int | None = None) -> Value:
        """The number of an expression with t bound; a symbol is found when it is met."""
        return self.value(x, t)

    def value(self, x: e.Expr, t: int | None) -> Value:
        """The number of an expression with t bound, from the leaves up."""
        if max(len(known) for known in self.memo) > 20_000:
            self.forget()
        if isinstance(x, e.Sym):
            return self.quantity(x, t)
        steady, swept, met, numbers = self.memo  # of this evaluation to its end: a law may ask for another on the way

        def key_of(node: e.Expr, at: int | None) -> Key:
            found = met.get(id(node))
            if found is None:
                found = met[id(node)] = node, numbers.setdefault(node, len(numbers))
            return found[1], at

        stack: list[tuple[e.Expr, int | None]] = [(x, t)]
        while stack:
            node, at = stack[-1]
            key = key_of(node, at)
            if key in swept or key in steady:
                stack.pop()
                continue
            inside = [(*part, None if isinstance(part[0], e.Sym) else key_of(*part)) for part in self.inner(node, at)]
            waiting = [(part, step) for part, step, known in inside if known and known not in swept and known not in steady]
            if waiting:
                stack += waiting
                continue
            values, hangs = [], isinstance(node, e.Derivative)
            for part, step, known in inside:
                if known is None and isinstance(part, e.Sym):
                    values.append(self.quantity(part, step))
                    hangs = hangs or part.adjoint or part == UNIT
                elif known is not None:
                    values.append(swept[known] if known in swept else steady[known])
                    hangs = hangs or known in swept
            (swept if hangs else steady)[key] = self.node(node, values, at)
            stack.pop()
        return swept[key] if (key := key_of(x, t)) in swept else steady[key]

    def total(self, values: list[Value]) -> Value:
        """The sum of some values; of none 0."""
        return sum(values[1:], values[0]) if values else 0

    def quantity(self, x: e.Sym, t: int | None) -> Value:
        """The value of a symbol, in its shape where it is 0."""
        value = self[self.bound(x, t)]
        return self.nothing(x.name) if isinstance(value, float) and value == 0 else value

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """One node; what the narrower evaluation does not know is done here."""
        if isinstance(x, PLAIN):
            return super().node(x, parts, t)
        match x:
            case e.Sym():
                return self.quantity(x, t)
            case e.Num():
                return self.number(self.rational(x))
            case e.Fn("onehot") if not isinstance(parts[0], (int, np.integer)):
                return np.zeros(self.classes, dtype=self.dtype)  # of a target beyond the ends
            case e.Outer():
                return self.reduced(parts[0][:, None] * parts[1][None, :])
            case e.Identity(shape):
                return self.identity("×".join(map(str, shape)))
            case e.Ones(shape):
                return np.ones([measured(str(length), self.sizes) for length in shape], dtype=int).astype(self.dtype)
            case e.Sum(of) if not parts:
                return self.empty(of)
            case e.Sum():
                return self.total(parts)
            case e.Fold(of, index, _, _, "Σ") if not parts:
                return self.empty(put(of, index, e.Time("", 1)), t)
            case e.Fold():
                return self.folded(x, parts, t)
            case e.Derivative(of, by, kind):
                return self.sweeps.value(self, self.bound(of, t), self.bound(by, t), kind)
            case e.Matrix():
                return self.by_units(x.of, parts, t)
            case e.Call("getitem" | "ravel", by=None, shapes=()):  # of what has the size that a person's line gives it
                return OPS[x.name].forward(parts[0], **x.options.given) if np.ndim(parts[0]) else parts[0]
        return super().node(x, parts, t)

    def by_units(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """The matrix of a linear operation: a column for what it makes of each unit vector."""
        columns, inside = [], e.children(x)
        shape = next(tuple(map(int, part.shape)) for part in inside if isinstance(part, e.Identity))
        for unit in np.eye(math.prod(shape), dtype=int).astype(self.dtype):
            given = iter(parts)
            values = [unit.reshape(shape) if isinstance(part, e.Identity) else next(given) for part in inside]
            columns.append(np.ravel(self.node(x, values, t)))
        return np.stack(columns, -1)

    def empty(self, of: e.Expr, t: int | None = 1) -> Value:
        """The sum over no steps: zero in the shape that what stands in it has at a step; a number where it has none there."""
        try:
            shape = np.shape(self.evaluate(of, t))
        except ArithmeticError:
            shape = ()
        return np.zeros(shape, dtype=int).astype(self.dtype) if shape else self.total([])

    def identity(self, size: str) -> Value:
        """The identity matrix of a size in letters."""
        return np.eye(measured(size, self.sizes), dtype=int).astype(self.dtype)

    def folded(self, x: e.Fold, parts: list[Value], t: int | None) -> Value:
        """The sum or the product of what stands under it at each step."""
        if x.sign == "Σ":
            return self.total(parts)
        if x.sign in ("^", "**") and self.step(x.last, t) < self.step(x.first, t) - 1:
            raise Undefined
        if not parts:
            if x.matrices or not x.shape:
                return self.identity(x.shape[0]) if x.shape else self.number(Fraction(1))
            return np.ones([measured(letter, self.sizes) for letter in x.shape], dtype=int).astype(self.dtype)
        if not x.matrices:
            return functools.reduce(lambda a, b: self.reduced(np.multiply(a, b)), parts)
        return functools.reduce(lambda a, b: self.reduced(matrix_product(a, b)), parts if x.sign == "Π→" else parts[::-1])

    def rational(self, x: e.Num) -> Fraction:
        """A number as it is meant: T, 1/T, 1/3, a decimal as it is written, or what a float rounds."""
        above, _, below = x.text.partition("/")
        if not above:
            return meant(float(x.value))
        number = Fraction(self.counted.get(below or above) or below or above)
        return 1 / number if below else number

    def beyond(self, symbol: e.Sym) -> Value:
        """The value beyond the ends: of an adjoint and of an own name 0."""
        return 0.0

    def nothing(self, name: str) -> Value:
        """Zero in the shape of a quantity."""
        return np.zeros(self.shape_of.get(name, ()), dtype=self.dtype)

    def number(self, value: Fraction) -> Value:
        """A rational number as this evaluation has it."""
        return float(value)

    def reduced(self, value: Value) -> Value:
        """A value brought into range."""
        return value
