"""Where a line certainly differs from the derived one, or has no value, in intervals: the smallest example of it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.derivatives import Moment, placed
from autograd_rnn.formulas.evidence.enclosed import Enclosed, Sides, Undecided, apart, digits, near
from autograd_rnn.formulas.evidence.points import Own, Point, Setting
from autograd_rnn.formulas.evidence.wide import Undefined, Wide
from autograd_rnn.formulas.proving.laws import key
from autograd_rnn.formulas.proving.nonzero import signs
from autograd_rnn.formulas.reading.parse import Statement
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import LOSS, System

PARTIAL: dict[str, Callable[[e.Expr], e.Expr]] = {  # defined where this is above 0; every operation may be so
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), lambda x: x),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), lambda x: e.add(e.ONE, e.mul(e.Num(-1.0), x, x))),
    "log1p": lambda x: e.add(e.ONE, x),
    "arccosh": lambda x: e.add(x, e.Num(-1.0)),
    "tan": lambda x: e.Fn("cos", x),
}
SCALES = (Fraction(1), Fraction(1, 1000), Fraction(1, 10**7))
WIDE = (Fraction(1), Fraction(1, 4), Fraction(4))


class Examples:
    """Examples of what is wrong with a statement."""

    derivation: System
    statements: list[Statement]
    settings: list[Setting]

    @property
    def points(self) -> tuple[Point, ...]:
        """The long points."""
        raise NotImplementedError

    @property
    def known(self) -> Own:
        """The person's own names, with what is assumed."""
        raise NotImplementedError

    def steps(self, statement: Statement, point: Wide, beyond: int = 2) -> tuple[Moment, ...]:
        """The steps at which an equation claims to hold."""
        raise NotImplementedError

    def partial(self, statement: Statement) -> set[tuple[str, e.Expr]]:
        """What in a line, or in those of the person's own names, may leave it without a value."""
        return set().union(*(lacking(other.equation.right) for other in [statement, *(s for s in self.statements if s.own)]))

    def nets(self, setting: Setting) -> Iterator[Enclosed]:
        """The nets at which a counterexample is sought, in intervals: the smallest first, then some as long as a ``setting``."""
        small = () if self.derivation.last else tuple((T, T, size) for T in (1, 2, 3) for size in (1, 2))
        longest = (self.settings[0].T, self.settings[0].S, 2), (setting.T, setting.S, 2)
        tried = [(Setting(T, S), size, SCALES[0]) for T, S, size in dict.fromkeys((*small, *longest))]
        tried += [(Setting(setting.T, setting.S, seed), 2, SCALES[0]) for seed in range(1, 9)]
        tried += [(Setting(T, S, k), size, scale) for scale in SCALES[1:] for T, S, size in ((2, 2, 1), longest[1]) for k in (0, 1)]
        tried += [(setting._replace(rest=True), 2, SCALES[0])] * setting.rest
        tried = [(setting._replace(T=T, S=3 - T), size, SCALES[0]) for T, size in ((1, 1), (2, 2))] if setting.unset else tried
        yield from (self.net(*net) for net in tried)

    def net(self, at: Setting, size: int, scale: Fraction) -> Enclosed:
        """A net in intervals with vectors so long, if the equations hold at any length."""
        found = shapes(self.derivation)
        classes = found.letters[found.classes]
        sizes = {k: max(size, 2) if k == classes and not found.names["y"] else size for k in found.sizes}
        return Enclosed(self.derivation, at, dict(found.sizes) if found.fixed else sizes, self.known, scale)

    def enclosed(
        self, statement: Statement, setting: Setting, most: int | None = None, both: bool = True
    ) -> Iterator[tuple[Enclosed, Moment, Value, Value]]:
        """Both sides of an equation in intervals, with the net and the step, wherever the derived one has a value; in place of the
        person's the error where it has none, or none that is certain. ``most``: of each net so many steps, the last among them; not
        ``both``: the derived side only where the person's has no value."""
        left, right = statement.equation.left, statement.equation.right
        running = isinstance(left, e.Derivative) or left.time is not None and left.time.base == "t"
        for net in self.nets(setting):
            steps = self.steps(statement, net, 2 if running else 0)
            for t in steps if most is None else steps[:: -max(1, len(steps) // most)][:most]:
                (mine, at), (theirs, _) = (placed(side, statement.free, t) for side in (left, right))
                try:
                    yours = net.evaluate(theirs, at if running or left.time else 1)
                except (Undecided, Undefined) as error:
                    yours = error
                if not both and not isinstance(yours, ArithmeticError):
                    yield net, t, None, yours
                    continue
                try:
                    derived = np.ravel(net.evaluate(mine, at)) if statement.flat else net.evaluate(mine, at)
                except (Undecided, Undefined):
                    continue
                yield net, t, derived, yours

    def counterexample(self, statement: Statement, setting: Setting) -> tuple[str, Value, Value] | None:
        """The smallest lengths at which the two sides certainly differ, with both values."""
        with digits():
            for net, t, derived, yours in self.enclosed(statement, setting):
                left, at = placed(statement.equation.left, statement.free, t)
                if isinstance(yours, Undefined):
                    return self.example(net, left, at, (), derived, None)
                place = None if isinstance(yours, Undecided) else apart(derived, yours)
                if place is not None:
                    return self.example(net, left, at, place, derived, yours)
        return None

    def undefined(self, statement: Statement) -> tuple[str, Value, Value] | bool:
        """Where a line has no value and the derived one has, as an example; else whether it is not certain to have any."""
        certain = []
        with digits():
            first = self.settings[0]
            unset = () if self.derivation.last else self.enclosed(statement, first._replace(unset=True), both=False)
            rest = () if self.derivation.last else self.enclosed(statement, first._replace(unset=True, rest=True), both=False)
            others = itertools.islice(self.enclosed(statement, first, both=False), 30)
            for net, t, derived, yours in itertools.chain(unset, rest, others):
                if isinstance(yours, Undefined):
                    left, at = placed(statement.equation.left, statement.free, t)
                    return self.example(net, left, at, (), derived, None)
                certain.append(not isinstance(yours, Undecided))
        return bool(certain) and not any(certain)

    def unproven(self, statement: Statement) -> set[e.Expr]:
        """What nothing shows to be other than 0, by which a line divides, or to be no less, of which it takes a root or a logarithm; but
        for what the net has so itself, or what is equal to that."""
        system = (*self.derivation.forward, *self.derivation.equations)
        asked = self.partial(statement) - set().union(*(lacking(q.right) for q in system))
        parts = ((PARTIAL[x.name](x.of), x.name) if isinstance(x, e.Fn) and not kind else (x, kind) for kind, x in asked)
        needed = {(kind, x) for x, kind in parts if kind}
        known = signs([x for _, x in needed], [*system, *(s.equation for s in self.statements if s.own)])
        found = {x for kind, x in needed if not known[x][1] and kind != "sqrt" or known[x][0] <= 0 and kind != "/"}
        own = {key(self.points[0].evaluate(x, 2)) for q in system for kind, x in lacking(q.right) if kind} if found else set()
        return {x for x in found if not free(x) <= {"t", *self.points[0].last} or key(self.points[0].evaluate(x, 2)) not in own}

    def pole(self, statement: Statement, asked: set[e.Expr]) -> e.Expr | None:
        """What a line divides by and is 0 somewhere, since it has both signs where the targets are the same."""
        sides: Sides = {}
        targets = {name for name, role in self.derivation.roles.items() if role == "target"}
        for seed, scale in itertools.product((1, 2, 3), WIDE):
            with digits():
                net = self.net(self.settings[0]._replace(seed=seed), 2, scale)
                net.sides = sides
                net.known |= {s: 0 for s, value in net.known.items() if isinstance(value, int) and s.name in targets}
                for at in self.steps(statement, net):
                    right, t = placed(statement.equation.right, statement.free, at)
                    with contextlib.suppress(Undecided, Undefined):
                        net.evaluate(right, t or 1)
            if found := next((x for (x, _, _), both in sides.items() if x in asked and len(both) == 2), None):
                return found
        return None

    def example(
        self, net: Enclosed, left: e.Sym | e.Derivative, t: int | None, place: tuple[int, ...], derived: Value, yours: Value
    ) -> tuple[str, Value, Value]:
        """The sentence for two values of one quantity; ``yours`` is None where there is none."""
        sizes = {
            letter: n for name, shape in shapes(self.derivation).names.items() for letter, n in zip(shape, net.shape_of[name], strict=True)
        }
        sizes = {letter: sizes[letter] for letter in shapes(self.derivation).sizes}
        at = ", ".join(f"{letter}={n}" for letter, n in {**net.last, **sizes}.items())
        derived, found = near(derived), None if yours is None else near(yours)
        where = quotient(left) if isinstance(left, e.Derivative) else show(net.bound(left, t) if left.time else left, "ascii")
        of = net.shape_of.get(left.by.name, ()) if isinstance(left, e.Derivative) and left.of.name == LOSS else ()
        element = np.unravel_index(place[0], of) if len(place) == 1 < len(of) else place  # of a matrix that is written as one vector
        where += f"[{','.join(map(str, element))}]" if derived.size > 1 and place else ""
        if found is None:
            zero = "inputs, biases and first states of 0 and " * net.rest
            return f"for example with {zero}{at}: {where} has a value, this has none", derived, None
        values = [float(np.broadcast_to(value, np.broadcast_shapes(derived.shape, found.shape))[place]) for value in (derived, found)]
        values = [0.0 if abs(value) < 1e-40 * max(map(abs, values)) else value for value in values]  # what is left of 50 digits
        return f"for example with {at}: {where} is {values[0]:.6g}, this gives {values[1]:.6g}", derived, found


def lacking(x: e.Expr) -> set[tuple[str, e.Expr]]:
    """What in an expression may leave it without a value: what is divided by, and what a function is not defined for everywhere."""
    inside = set(e.nodes(e.transformed(x, lambda node: e.Identity(()) if isinstance(node, e.Identity) else node)))  # of any size
    below = [node.below for node in inside if isinstance(node, e.Quotient)]
    return {("/", factor) for whole in below for factor in (whole.factors if isinstance(whole, e.Mul) else (whole,))} | {
        ("", node) for node in inside if isinstance(node, e.Call) and not e.moves(node) or isinstance(node, e.Fn) and node.name in PARTIAL
    }


def quotient(x: e.Derivative) -> str:
    """A derivative as a sentence has it."""
    sign = "d" if x.kind == "total" else "∂"
    return f"{sign}{show(x.of, 'ascii')}/{sign}{show(x.by, 'ascii')}"
