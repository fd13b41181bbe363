"""A text held against a derivation: which of its equations hold, at random points of many lengths, and where one does not."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.enclosed import Enclosed, Undecided, Undefined, apart, digits, near
from autograd_rnn.formulas.checking.lines import Unreadable
from autograd_rnn.formulas.checking.mutate import explain, same
from autograd_rnn.formulas.checking.mutations import ascii
from autograd_rnn.formulas.checking.names import outside_sums
from autograd_rnn.formulas.checking.parse import Statement, reader
from autograd_rnn.formulas.checking.points import Own, Point, Setting, Wide
from autograd_rnn.formulas.checking.settings import settings, sides
from autograd_rnn.formulas.checking.shapes import shapes
from autograd_rnn.formulas.system import System

PLAIN = {"sum", "onehot", "positive", "heaviside"}  # functions that have no laws of the exponential
PARTIAL = ("log", "sqrt")  # functions that are not defined everywhere; every operation and quotient may be one
SCALES = (Fraction(1), Fraction(1, 1000), Fraction(1, 10**7))


class Checker:
    """One text against one derivation: its equations, and random points that know the person's own names."""

    def __init__(self, derivation: System, text: str):
        self.reader = reader(derivation, text)
        self.derivation = derivation = self.reader.derivation
        self.statements = self.reader.statements(text)
        equations = tuple(s.equation for s in self.statements if s.own)
        self._once()
        kinds = {name: kind[0] for name, kind in self.reader.own.items() if kind is not None}
        functions = {x.name for s in self.statements for x in e.nodes(s.equation.right) if isinstance(x, (e.Fn, e.Call))}
        self.own = Own(equations, self._axes(equations), kinds, plain=functions <= PLAIN)
        self.settings = settings(derivation, [s.equation for s in self.statements])
        self.made: dict[tuple[Setting, bool], Point] = {}
        self.assuming = False

    def _once(self) -> None:
        """Raises Unreadable where an own name is defined twice."""
        seen: dict[e.Sym, int] = {}
        for statement in self.statements:
            left, number = statement.equation.left, statement.line.number
            if statement.own and left in seen:
                raise Unreadable(f"{ascii(left)} is defined twice, in the lines {seen[left]} and {number}: one name is one quantity")
            seen[left] = number

    def point(self, setting: Setting) -> Point:
        """The random point of a setting."""
        key = (setting, self.assuming)
        if key not in self.made:
            self.made[key] = Point(self.derivation, setting, self.known)
        return self.made[key]

    @property
    def known(self) -> Own:
        """The person's own names, and what the text assumes of what is given, if it is to be assumed."""
        return self.own._replace(assumed=tuple(self.assumptions)) if self.assuming else self.own

    @functools.cached_property
    def assumptions(self) -> list[e.Equation]:
        """What a text says of what is given, in numbers: ``h[0] = 0``, ``W_hh = 0``."""
        said = [s.equation for s in self.statements if self.given(s) and not any(True for _ in e.symbols(s.equation.right))]
        return [q for q in said if q.left.time is None or q.left.time.base != "t"]

    @property
    def points(self) -> tuple[Point, ...]:
        """The two long points."""
        return tuple(self.point(setting) for setting in self.settings[:2])

    def _axes(self, equations: tuple[e.Equation, ...]) -> dict[str, str]:
        """The time axis of every own name: that of the first quantity in its definition that has one."""
        letters, found = self.derivation.letters, {}  # type: dict[str, str], dict[str, str]
        for _ in equations:
            for equation in equations:
                if equation.left.time is not None:
                    known = [(letters.get(s.name) or found.get(s.name)) for s in e.symbols(equation.right) if s.time]
                    axis = next((letter for letter in known if letter), equation.left.time.base)
                    if axis in self.reader.ends and equation.left.name not in found:
                        found[equation.left.name] = axis
        return {q.left.name: found.get(q.left.name, "T") for q in equations if q.left.time is not None}

    def steps(self, statement: Statement, point: Wide, beyond: int = 2) -> tuple[int | None, ...]:
        """The steps at which an equation claims to hold: none of those for which another line has an equation of its own; of a step with
        a number only where the sequence goes on ``beyond`` it."""
        left = statement.equation.left
        if left.time is None:
            return (None,)
        letter = point.letters[left.name]
        last = point.last[letter]
        if left.time.base != "t":
            offset = left.time.offset
            there = offset >= 0 or last + offset > 0 if left.time.base else offset < 1 or offset + beyond <= last
            return (None,) if there or self.derivation.last else ()
        same_name = [s.equation.left for s in self.statements if s.equation.left._replace(time=left.time) == left]
        own = {point.step(symbol.time, None) for symbol in same_name if symbol.time is not None and symbol.time.base != "t"}
        own |= {point.step(time._replace(base=letter if time.base else ""), None) for time in statement.line.apart}
        return tuple(t for t in range(1, last + 1) if t not in own)

    def fails(self, statement: Statement, point: Point, beyond: int = 2) -> list[int | None]:
        """The steps at which an equation does not hold at a point."""
        left, right = statement.equation.left, statement.equation.right
        if left.time is None and any(s.time is not None and s.time.base == "t" for s in outside_sums(right)):
            return [None]  # nothing sums over its t
        return [t for t in self.steps(statement, point, beyond) if not same(point.evaluate(left, t), point.evaluate(right, t))]

    def wrong(self, statement: Statement) -> Setting | None:
        """The first setting at which an equation does not hold."""
        for setting in self.settings:
            if self.fails(statement, self.point(setting)):
                return setting
        if any(self.point(setting).sided for setting in self.settings):
            more = sides(self.settings[0], self.derivation.equations)
            return next((setting for setting in more if self.fails(statement, self.point(setting))), None)
        return None

    def given(self, statement: Statement) -> bool:
        """Whether the left side is an input, a parameter, a target or a first state."""
        left, point = statement.equation.left, self.points[0]
        if left.adjoint or statement.own:
            return False
        return left.time is None or point.equation(point.bound(left, 1)) is None

    def special(self, statement: Statement, setting: Setting) -> str:
        """Where a line is right but for steps that have an equation of their own in the derivation: the sentence that says so."""
        left, point = statement.equation.left, self.point(setting)
        wrong = self.fails(statement, point)
        if not wrong or None in wrong or len(wrong) == len(self.steps(statement, point)):
            return ""
        pool = self.derivation.equations if left.adjoint else self.derivation.forward
        ends = [q for q in pool if q.left.name == left.name and q.left.adjoint == left.adjoint and q.left.time and q.left.time.base != "t"]
        there = {point.step(q.left.time, None): q for q in ends if q.left.time}
        if not set(wrong) <= set(there):
            return ""
        return f"{ascii(left)} is right, but for " + " and ".join(f"`{show(there[t], 'ascii')}`" for t in wrong if t is not None)

    def scope(self, statement: Statement, setting: Setting) -> str:
        """The sentence for a line that is right at one length only, or but for the shortest sequences; nothing for any other."""
        if self.derivation.last:
            return ""
        long = self.settings[0]
        if setting not in (long, self.settings[1]) and setting in self.settings:
            return f"that is right for longer sequences, but not for {self.told(self.point(setting))}"
        numbers = range(2, max(12, long.T))
        for letter in self.points[0].last:
            tried = [long._replace(T=n) if letter == "T" else long._replace(S=n) for n in numbers]
            asked = [at for at in tried if self.steps(statement, self.point(at), 0)]
            right = [at for at in asked if not self.fails(statement, self.point(at), 0)]
            if len(right) == 1 < len(asked):
                return f"that is right for {letter} = {getattr(right[0], letter)} only"
        return ""

    @staticmethod
    def told(point: Point) -> str:
        """The lengths of a point, as a sentence has them."""
        return " and ".join(f"{letter} = {last}" for letter, last in point.last.items())

    def names(self) -> list[str]:
        """What the person's own names are in the model's words."""
        found = []
        for name in self.own.axes:
            alias = self.alias(name)
            if alias:
                found.append(f"`{name}[t]` is {ascii(alias)}")
        return found

    def idle(self) -> list[str]:
        """Own names that no line about the model needs and that are no quantity of the model: nothing is said by them."""
        needed = {s.name for q in self.statements if not q.own for s in e.symbols(q.equation.right)}
        for _ in self.own.equations:
            needed |= {s.name for q in self.own.equations if q.left.name in needed for s in e.symbols(q.right)}
        return [name for name in self.reader.own if name not in needed and not (name in self.own.axes and self.alias(name))]

    def candidates(self, name: str) -> list[e.Sym]:
        """Quantities of the shape of an own name, adjoints first."""
        kind = self.reader.own[name]
        known = shapes(self.derivation).names
        adjoints = [q.left for q in self.derivation.equations if q.left.time and q.left.time.base == "t"]
        forward = [q.left for q in self.derivation.forward if q.left.time and q.left.time.base == "t"]
        return [s for s in adjoints + forward if known[s.name] == kind[0] and self.derivation.letters[s.name] == self.own.axes[name]]

    def alias(self, name: str) -> e.Sym | None:
        """The quantity that an own name is, at every step."""
        point, own = self.points[0], e.Sym(name, e.Time("t", 0))
        for symbol in self.candidates(name):
            if all(same(point.evaluate(own, t), point.evaluate(symbol, t)) for t in range(1, point.last[self.own.axes[name]] + 1)):
                return symbol
        return None

    def culprit(self, fault: Statement | None = None) -> tuple[Statement, list[str]] | None:
        """An own name that is nearly a quantity of the model: its line, and what is wrong in it. ``fault``: a wrong line that would be
        right if the name were that quantity."""
        for statement in self.statements:
            left = statement.equation.left
            if not statement.own or left.time is None or left.time.base != "t" or self.alias(left.name):
                continue
            for symbol in self.candidates(left.name):
                if fault is not None:
                    equation = fault.equation._replace(right=called(fault.equation.right, left.name, symbol))
                    if any(self.fails(fault._replace(equation=equation), point) for point in self.points):
                        continue
                renamed = called(statement.equation.right, left.name, symbol)
                found = explain(self.derivation, e.Equation(symbol, renamed), self.own.without(left.name), pairs=False, most=500)
                if found:
                    return statement, [f"{found[0]} (`{left.name}` is {ascii(symbol)} here)", *found[1:2]]
        return None

    def partial(self) -> bool:
        """Whether anything in the text may have no value somewhere."""
        return any(
            isinstance(x, (e.Quotient, e.Call)) or isinstance(x, e.Fn) and x.name in PARTIAL
            for statement in self.statements
            for x in e.nodes(statement.equation.right)
        )

    def nets(self, setting: Setting) -> Iterator[Enclosed]:
        """The nets at which a counterexample is sought, in intervals: the smallest first, then some as long as a ``setting``."""
        found = shapes(self.derivation)
        classes = found.letters[found.classes]
        small = () if self.derivation.last else tuple((T, T, size) for T in (1, 2, 3) for size in (1, 2))
        longest = (self.settings[0].T, self.settings[0].S, 2), (setting.T, setting.S, 2)
        tried = [(Setting(T, S), size, SCALES[0]) for T, S, size in dict.fromkeys((*small, *longest))]
        tried += [(Setting(setting.T, setting.S, seed), 2, SCALES[0]) for seed in range(1, 9)]
        tried += [(Setting(T, S, k), size, scale) for scale in SCALES[1:] for T, S, size in ((2, 2, 1), longest[1]) for k in (0, 1)]
        tried += [(setting._replace(rest=True), 2, SCALES[0])] * setting.rest
        for at, size, scale in tried:
            sizes = {k: max(size, 2) if k == classes and not found.names["y"] else size for k in found.sizes}
            yield Enclosed(self.derivation, at, dict(found.sizes) if found.fixed else sizes, self.known, scale)

    def enclosed(self, statement: Statement, setting: Setting) -> Iterator[tuple[Enclosed, int | None, Any, Any]]:
        """Both sides of an equation in intervals, with the net and the step, wherever the derived one has a value; in place of the
        person's the error where it has none, or none that is certain."""
        left, right = statement.equation.left, statement.equation.right
        running = left.time is not None and left.time.base == "t"
        for net in self.nets(setting):
            for t in self.steps(statement, net, 2 if running else 0):
                try:
                    derived = net.evaluate(left, t)
                except (Undecided, Undefined):
                    continue
                try:
                    yours = net.evaluate(right, t if running or left.time else 1)
                except (Undecided, Undefined) as error:
                    yours = error
                yield net, t, derived, yours

    def counterexample(self, statement: Statement, setting: Setting) -> tuple[str, Any, Any] | None:
        """The smallest lengths at which the two sides certainly differ, with both values."""
        with digits():
            for net, t, derived, yours in self.enclosed(statement, setting):
                if isinstance(yours, Undefined):
                    return self.example(net, statement.equation.left, t, (), derived, None)
                place = None if isinstance(yours, Undecided) else apart(derived, yours)
                if place is not None:
                    return self.example(net, statement.equation.left, t, place, derived, yours)
        return None

    def undefined(self, statement: Statement) -> tuple[str, Any, Any] | bool:
        """Where a line has no value and the derived one has, as an example; else whether it is not certain to have any."""
        certain = []
        with digits():
            for net, t, derived, yours in itertools.islice(self.enclosed(statement, self.settings[0]), 30):
                if isinstance(yours, Undefined):
                    return self.example(net, statement.equation.left, t, (), derived, None)
                certain.append(not isinstance(yours, Undecided))
        return bool(certain) and not any(certain)

    def example(self, net: Enclosed, left: e.Sym, t: int | None, place: tuple[int, ...], derived: Any, yours: Any) -> tuple[str, Any, Any]:
        """The sentence for two values of one quantity; ``yours`` is None where there is none."""
        sizes = {
            letter: n for name, shape in shapes(self.derivation).names.items() for letter, n in zip(shape, net.shape_of[name], strict=True)
        }
        sizes = {letter: sizes[letter] for letter in shapes(self.derivation).sizes}
        at = ", ".join(f"{letter}={n}" for letter, n in {**net.last, **sizes}.items())
        derived, found = near(derived), None if yours is None else near(yours)
        where = show(net.bound(left, t) if left.time else left, "ascii")
        where += f"[{','.join(map(str, place))}]" if derived.size > 1 and place else ""
        if found is None:
            return f"for example with {at}: {where} has a value, this has none", derived, None
        values = [float(np.broadcast_to(value, np.broadcast_shapes(derived.shape, found.shape))[place]) for value in (derived, found)]
        return f"for example with {at}: {where} is {values[0]:.6g}, this gives {values[1]:.6g}", derived, found


def called(x: Any, name: str, symbol: e.Sym) -> Any:
    """x with a model's name for an own one."""

    def change(s: Any) -> Any:
        return symbol._replace(time=s.time) if isinstance(s, e.Sym) and s.name == name else s

    return e.mapped(x, change)
