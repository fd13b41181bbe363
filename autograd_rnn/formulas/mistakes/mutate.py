"""A person's equation as it is asked at random points, and the derived right sides that it may be meant for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.closed import closed, summed_up
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.derivatives import Moment, beginnings, placed
from autograd_rnn.formulas.evidence.points import NOTHING, Own, Point, point_at
from autograd_rnn.formulas.evidence.settings import settings
from autograd_rnn.formulas.mistakes.expected import derivatives
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.reading.names import moved
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import System


def same(a: Value, b: Value) -> bool:
    """Whether two values modulo P are equal; a zero has every shape."""
    try:
        return bool(np.all(np.asarray(a) % P - np.asarray(b) % P == 0)) and (  # each by itself, as 0 may be a float
            np.shape(a) == np.shape(b) or not np.any(a) or not np.shape(a) or not np.shape(b)
        )
    except ValueError:
        return False


class Question(NamedTuple):
    """A person's equation at random points, with the steps at which it is asked at each."""

    equation: e.Equation
    steps: tuple[tuple[Moment, ...], ...]
    points: tuple[Point, ...]
    free: tuple[str, ...] = ()

    def value(self, x: e.Expr, step: Moment, point: Point) -> Value:
        """The value of an expression at a step, or with each index at one; None where it has none."""
        try:
            return point.evaluate(*placed(x, self.free, step))
        except (ValueError, KeyError, AssertionError, TypeError, IndexError, AttributeError, ArithmeticError):
            return None  # a mutation whose shapes do not fit, or that has no t

    def holds(self, right: e.Expr) -> bool:
        """Whether another right side is the person's, exactly."""
        for point, steps in zip(self.points, self.steps, strict=True):
            for step in steps:
                a, b = self.value(right, step, point), self.value(self.equation.right, step, point)
                if a is None or b is None or not same(a, b):
                    return False
        return True

    def mark(self, right: e.Expr) -> tuple[int, ...] | None:
        """The value at one step of the first point, flat: what is equal has the same mark."""
        middle = self.steps[0][len(self.steps[0]) // 2]
        value = self.value(right, middle, self.points[0])
        return None if value is None else tuple(int(v) % P for v in np.ravel(value))


def bound(equation: e.Equation, left: e.Sym) -> e.Expr | None:
    """A derived equation's right side for the step of a person's left side; None where the equation is for another step."""
    if equation.left == left:
        return equation.right
    own, wanted = equation.left.time, left.time
    if own is None or wanted is None or own.base != "t":
        return None
    return moved(equation.right, wanted)


def derived(derivation: System, left: e.Sym | e.Derivative) -> list[e.Expr]:
    """The right sides that the derivation has for a left side, the one for its own step first."""
    if isinstance(left, e.Derivative):
        return derivatives(derivation, left)
    pool = [*beginnings(derivation), *(derivation.equations if left.adjoint else derivation.forward)]
    mine = [q for q in pool if (q.left.name, q.left.adjoint) == (left.name, left.adjoint)]
    mine = [q for q in mine if q.left == left] or mine
    found = [right for q in mine if (right := bound(q, left)) is not None]
    return list(dict.fromkeys(found))


def inlined(derivation: System, right: e.Expr, wanted: Iterable[e.Sym]) -> e.Expr | None:
    """The right side with some adjoints replaced by their own equations; None where one has no single equation in t."""
    written: dict[e.Expr, e.Expr] = {}
    for symbol in wanted:
        mine = [q for q in derivation.equations if q.left.name == symbol.name and q.left.time is not None and q.left.time.base == "t"]
        mine = [q for q in derivation.equations if q.left == symbol] or mine
        own = bound(mine[0], symbol) if len(mine) == 1 else None
        if own is None:
            return None
        written[symbol] = own
    return e.mapped(right, lambda symbol: written.get(symbol, symbol))


def variants(derivation: System, question: Question, own: Own = NOTHING) -> list[e.Expr]:
    """The derived right sides, then with those adjoints written out that the person does not use."""
    found = derived(derivation, question.equation.left)
    if any(question.holds(right) for right in found):
        return found
    if any(isinstance(x, e.Derivative) or isinstance(x, e.Fold) and x.sign != "Σ" for x in e.nodes(question.equation.right)):
        found += widened(derivation, question.equation.left, found)
    used = {s for q in (question.equation, *own.equations) for s in e.symbols(q.right)}
    for right in list(found):
        current = right
        for _ in range(3):
            unused = list(dict.fromkeys(s for s in e.symbols(current) if s.adjoint and s.time is not None and s not in used))
            options = [inlined(derivation, current, [symbol]) for symbol in unused] if len(unused) > 1 else []
            whole = inlined(derivation, current, unused) if unused else None
            found += [x for x in options if x is not None]
            if whole is None or whole == current or sum(1 for _ in e.symbols(whole)) > 60:
                break
            found.append(whole)
            current = whole
    return list(dict.fromkeys([*found, *(x for right in found[:3] if (x := forwards(derivation, right, used)) is not None)]))


def forwards(derivation: System, right: e.Expr, used: set[e.Sym]) -> e.Expr | None:
    """A right side with those forward quantities written out that the person does not use: the argument of an activation, a product that
    has a name; None where all are used."""
    made = {
        q.left.name: q
        for q in derivation.forward
        if q.left.time == e.Time("t", 0) and derivation.roles.get(q.left.name) in ("inner", "score")
    }
    known = {s: made[s.name] for s in e.symbols(right) if not s.adjoint and s.time is not None and s.name in made and s not in used}
    return e.mapped(right, lambda s: moved(known[s].right, s.time) if s in known else s) if known else None


def widened(derivation: System, left: e.Expr, rights: list[e.Expr]) -> list[e.Expr]:
    """Derived right sides with each state's adjoint as the sum over all later steps."""
    states = [x for x in shapes(derivation).roles.items() if x[1] == "state"]
    size = shapes(derivation).names[states[0][0]][:1] * 2 if states else ()
    try:
        whole = [closed(derivation, left, size)] if isinstance(left, e.Sym) and left.adjoint else []
        return [x for x in (*whole, *(summed_up(derivation, right, size) for right in rights)) if x is not None]
    except ValueError:  # a Jacobian that cannot be read off
        return []


def asked(derivation: System, equation: e.Equation, own: Own) -> Question:
    """The question of an equation at two random points, of other lengths and sizes than any number in it."""
    points = tuple(point_at(derivation, setting, own) for setting in settings(derivation, [equation, *own.equations])[:2])
    running = equation.left.time is not None and equation.left.time.base == "t"
    lasts = [point.last.get(point.letters.get(equation.left.name, ""), 1) for point in points]
    return Question(equation, tuple(tuple(range(1, last + 1)) if running else (None,) for last in lasts), points)


def renamed(x: e.Expr, one: e.Sym, other: e.Sym) -> e.Expr:
    """x with the adjoint of one quantity called by the name of another."""
    return e.mapped(x, lambda s: s._replace(name=other.name) if s.adjoint and s.name == one.name else s)


def another(derivation: System, question: Question) -> list[str]:
    """Whose adjoint a wrong right side is, where it is that of another quantity at the same step: what some books call `do[t]` or the
    delta of a state is here the adjoint of its pre-activation."""
    left, right = question.equation.left, question.equation.right
    if isinstance(left, e.Derivative) or not left.adjoint or left.time is None or isinstance(right, e.Sym) or question.holds(e.ZERO):
        return []
    for other in dict.fromkeys(q.left for q in derivation.equations if q.left.time is not None and q.left.time.base == "t"):
        meant = moved(other, left.time)
        for mine in dict.fromkeys((right, renamed(right, left, meant))) if meant.name != left.name else ():
            if question._replace(equation=question.equation._replace(right=mine)).holds(meant):
                begin = f"with {ascii(meant)} in place of {ascii(left)} on both sides it is right: " if mine != right else ""
                theirs, own = (ascii(x._replace(adjoint=False)) for x in (meant, left))
                return [f"{begin}this is {ascii(meant)}, the adjoint of {theirs}, and not of {own}"]
    return []
