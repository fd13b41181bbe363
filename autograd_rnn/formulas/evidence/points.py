"""Random points of a net at which a person's lines are held against the derived ones."""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.derivatives import Sweeps, beginnings
from autograd_rnn.formulas.evidence.wide import Wide
from autograd_rnn.formulas.proving.calls import Field
from autograd_rnn.formulas.proving.exact import Exact, P, Residues
from autograd_rnn.formulas.proving.laws import key
from autograd_rnn.formulas.proving.signed import Signed
from autograd_rnn.formulas.reading.shapes import Shape, measured, shapes
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import Unreadable


class Own(NamedTuple):
    """A person's own names: the equations that define them, the time axis of those that have a time, and their shapes in letters; what a
    text assumes of what is given, as h_0 = 0; and whether it has ``plain`` arithmetic only, no function."""

    equations: tuple[e.Equation, ...] = ()
    axes: Mapping[str, str] = MappingProxyType({})
    shapes: Mapping[str, Shape] = MappingProxyType({})
    assumed: tuple[e.Equation, ...] = ()
    plain: bool = False

    def without(self, name: str) -> Own:
        """All but the definition of one name."""
        return self._replace(equations=tuple(q for q in self.equations if q.left.name != name))


NOTHING = Own()
KEPT = 24  # steps, or elements of a vector, of a point that is kept for the next text


def lengths(derivation: System, choice: Iterable[int] = (3, 2, *range(4, 40))) -> dict[str, int]:
    """A small length for every letter, no two alike. The model's own where the equations ask for those."""
    found = shapes(derivation)
    return dict(found.sizes) if found.fixed else dict(zip(found.sizes, choice, strict=False))


class Setting(NamedTuple):
    """Where a point stands: its lengths T and S, the sizes that its letters get in order, and a seed. ``rest``: inputs, first states and
    biases are 0, so that what a kink asks about is 0 too. ``formal``: where a length or a size is a number, T or the sum of what is one
    and the same, it is any number, so that what holds for this one alone does not. ``unset``: first states are 0, as where nobody gives
    any."""

    T: int
    S: int
    seed: int = 0
    sizes: tuple[int, ...] = (3, 2, *range(4, 40))
    rest: bool = False
    formal: bool = False
    unset: bool = False


class Point(Wide, Signed):
    """A random point modulo P, wide enough for a person's own names. ``plain``: what is asked at it is; ``assumed``: of what is given."""

    dtype = object

    def __init__(self, derivation: System, setting: Setting, plain: bool = False, assumed: Iterable[e.Equation] = ()):
        self.ready, self.seed, self.formal, self.derivation = False, setting.seed, setting.formal, derivation
        self.own: frozenset[str] = frozenset()  # the person's names
        super().__init__(derivation, setting.T, setting.S, setting.seed, beginnings(derivation))
        self.ready, self.roles, self.plain = True, derivation.roles, plain
        self.sizes, self.sweeps = lengths(derivation, setting.sizes), Sweeps(derivation)
        self.shape_of, self.classes = sized(derivation, self.sizes, NOTHING)
        for symbol in leaves(derivation, self):
            shape = self.shape_of[symbol.name]
            target = derivation.roles[symbol.name] == "target"
            self.known[symbol] = self.random.randrange(self.classes) if target and not shape else self.drawn(shape)
            if setting.rest and not target and len(shape) < 2:
                self.known[symbol] = np.zeros(shape, dtype=object)
        for left, right, _ in assumed:
            if self.bound(left, None) in self.known:
                value = np.asarray(self.evaluate(right), dtype=object)
                self.known[self.bound(left, None)] = np.broadcast_to(value, self.shape_of[left.name]) if value.ndim == 0 else value

    def settle(self) -> None:
        """Finds every quantity and every adjoint, that others ask for, at each of its steps."""
        for left in asked_for(self.derivation):
            steps = range(1, self.last[self.letters[left.name]] + 1) if left.time and left.time.base == "t" else (None,)
            for t in steps:
                self[self.bound(left, t)]
        self.forget()

    def forget(self) -> None:
        super().forget()
        self.sums, self.centres = {}, {}

    def knowing(self, own: Own) -> Point:
        """A copy with a person's own names, for one text: no verdict depends on what was read before."""
        twin = copy.copy(self)
        twin.known, twin.oracle, twin.signs, twin.by_name = dict(self.known), dict(self.oracle), dict(self.signs), dict(self.by_name)
        twin.random, twin.field = random.Random(f"{self.seed} again"), Field(Residues(twin, {}))
        twin.sweeps, twin.letters = Sweeps(self.derivation), {**self.letters, **own.axes}
        twin.slopes = dict(self.slopes)
        twin.forget()
        twin.shape_of, _ = sized(self.derivation, self.sizes, own)
        twin.own = frozenset(q.left.name for q in own.equations)
        twin.define(own.equations)
        return twin

    @property
    def counted(self) -> Mapping[str, int]:
        """The lengths, or where they are ``formal`` what is none."""
        return {letter: self.answer("length", k) for k, letter in enumerate(self.last)} if self.formal else self.last

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """One node, in Python's integers: the machine's overflow."""
        value = self.residual(x, parts, t)
        if isinstance(value, (np.integer, np.bool_)):
            return int(value)
        return value.astype(object) if isinstance(value, np.ndarray) and value.dtype != object else value

    def residual(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """One node modulo P; what is ``formal`` is any number."""
        match x:
            case e.Sum(_, first, last) if self.formal and len(parts) > 1 and len(set(map(key, parts))) == 1:
                known = not first.base and last.base
                return parts[0] * (self.counted[last.base] + last.offset - first.offset + 1 if known else len(parts)) % P
            case e.Fn("sum") if self.formal and np.size(parts[0]) > 1 and len(set(np.ravel(parts[0]).tolist())) == 1:
                if not any(True for _ in e.symbols(x.of)):  # ones(3), whose length the text says
                    return super().node(x, parts, t)
                return np.ravel(parts[0])[0] * self.answer("size", np.size(parts[0])) % P
        return super().node(x, parts, t)

    def beyond(self, symbol: e.Sym) -> Value:
        """What has no meaning, as h_{T+1}, is any number, and no right line depends on it; an adjoint beyond the ends is 0."""
        if symbol.name in self.own and symbol.time is not None and 1 <= symbol.time.offset <= self.last[self.letters[symbol.name]]:
            raise Unreadable(f"no line says what `{symbol.name}` is at every step at which it is used: write one for `{symbol.name}[t]`")
        forward = not symbol.adjoint and self.roles.get(symbol.name, "target") != "target"
        return self.drawn(self.shape_of[symbol.name]) if forward else 0.0

    def drawn(self, shape: tuple[int, ...]) -> Value:
        """Random integers modulo P; nothing yet while it is only asked what there is to draw."""
        return super().drawn(shape if self.ready else (0,))

    def number(self, value: Fraction) -> Value:
        return value.numerator * pow(value.denominator, -1, P) % P

    def reduced(self, value: Value) -> Value:
        return value % P

    def total(self, values: list[Value]) -> Value:
        return super().total(values) % P


@functools.lru_cache(maxsize=8)
def asked_for(derivation: System) -> list[e.Sym]:
    """The left sides of the derived equations that others ask for."""
    equations = [*derivation.forward, *derivation.equations]
    asked = {(s.name, s.adjoint) for q in equations for s in e.symbols(q.right)}
    return [q.left for q in equations if q.left.time is not None and (q.left.name, q.left.adjoint) in asked]


@functools.lru_cache(maxsize=256)
def settled(derivation: System, setting: Setting, plain: bool, assumed: tuple[e.Equation, ...]) -> Point:
    """The point of a setting, with all that is derived found: the same for every text that asks for these lengths and sizes."""
    point = Point(derivation, setting, plain, assumed)
    point.settle()
    return point


def point_at(derivation: System, setting: Setting, own: Own = NOTHING, found: bool = True) -> Point:
    """The random point of a setting, with a person's own names and what is assumed. ``found``: with all that is derived. A large one is not
    kept."""
    if len(derivation.model.nets) == 1:  # there is no S
        setting = setting._replace(S=1)
    small = max(setting.T, setting.S, *lengths(derivation, setting.sizes).values()) <= KEPT
    return (settled if small and found else Point)(derivation, setting, own.plain, own.assumed).knowing(own)


def sized(derivation: System, sizes: Mapping[str, int], own: Own) -> tuple[dict[str, tuple[int, ...]], int]:
    """Every name's shape, and the number of classes, for some lengths of the letters."""
    found = shapes(derivation)
    shape_of = {name: tuple(measured(letter, sizes) for letter in shape) for name, shape in {**found.names, **own.shapes}.items()}
    return shape_of, sizes[found.letters[found.classes]]


def leaves(derivation: System, point: Exact) -> list[e.Sym]:
    """What a point draws at random. The inputs after the first of a one-to-many net are zero."""
    found = list(point.known)
    if getattr(derivation.model, "task", "") == "one-to-many":
        later = [s for s in found if derivation.roles.get(s.name) == "input" and s.time is not None and s.time.offset > 1]
        point.known |= {symbol: 0.0 for symbol in later}
        found = [symbol for symbol in found if symbol not in later]
    return found
