"""What an equation of a person claims: its left side as a sentence has it, the derivatives in it, whether nothing sums over its t."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import bound_by, free, put
from autograd_rnn.formulas.evidence.points import Point
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.reading.parse import Statement
from autograd_rnn.formulas.system import LOSS, SCORE


def derivatives_in(equation: e.Equation) -> list[e.Derivative]:
    """The derivatives on both sides of an equation."""
    return [x for side in equation[:2] for x in e.nodes(side) if isinstance(x, e.Derivative)]


def unsummed(equation: e.Equation) -> bool:
    """Whether a right side has a t that nothing sums over, be it the end of a sum, and the left side has none."""
    timed = isinstance(equation.left, e.Derivative) or equation.left.time is not None
    return not timed and "t" in free(equation.right)


def circular(equations: Iterable[e.Equation]) -> list[e.Expr]:
    """What some equations say of each other at one and the same step alone, ``u = da`` and ``da = u``: true of anything, it defines
    nothing."""
    lines, any_step = [*equations], e.Time("t", 0)
    needs: dict[e.Expr, list[set[e.Expr]]] = {q.left: [] for q in lines}
    names: dict[e.Sym, set[e.Expr]] = {}
    for left in (left for left in needs if isinstance(left, e.Sym)):
        names.setdefault(left._replace(time=None), set()).add(left)

    def said(s: e.Sym) -> set[e.Expr]:
        """The left sides that say what a quantity is: its own, that of any step, or those of single ones."""
        whole = s._replace(time=s.time and any_step)
        return {s} if s in needs else {whole} if whole in needs else names.get(s._replace(time=None), set()) if s == whole else set()

    for left, right, _ in lines:
        now = left.of.time if isinstance(left, e.Derivative) else left.time
        same = {s if now else s._replace(time=s.time and any_step) for s in e.symbols(right) if s.time in (None, now or s.time)}
        needs[left].append(set().union(needs.keys() & {x for x in e.nodes(right) if isinstance(x, e.Derivative)}, *map(said, same)))
    while told := [left for left, ways in needs.items() if any(needs.keys().isdisjoint(way) for way in ways)]:
        needs = {left: ways for left, ways in needs.items() if left not in told}
    while told := [left for left in needs if not any(left in way for ways in needs.values() for way in ways)]:  # needed by none of them
        needs = {left: ways for left, ways in needs.items() if left not in told}
    return [*needs]


def beyond(equation: e.Equation, point: Point, reverse: Mapping[str, bool]) -> e.Sym | None:
    """An adjoint of a step before the first that its chain reads, of which no equation is derived; or what alone makes a sum's first or
    last term 0, an adjoint, one step's loss or a name of a person's own, since there is none at that step: it reaches too far.
    ``reverse``: of each quantity whether its chain reads from the end."""
    left = equation.left.name if isinstance(equation.left, e.Sym) else ""
    for s, time in ((s, s.time) for side in equation[:2] for s in e.symbols(side) if s.adjoint):
        if time is None or time.base == "t":
            continue
        outside = time.base and time.offset > 0 if reverse.get(s.name) or reverse.get(left) else not time.base and time.offset < 1
        if outside and point.equation(s._replace(time=e.Time("", point.step(time, None)))) is None:
            return s
    running = isinstance(equation.left, e.Sym) and equation.left.time is not None and equation.left.time.base == "t"
    sums = [x for x in e.nodes(equation.right) if isinstance(x, e.Sum) or isinstance(x, e.Fold) and x.sign == "Σ"]
    for x, t in itertools.product(sums, (1, 2, 3) if running else (None,)):
        for index in free(x) - {"t", *point.last}:
            x = put(x, index, e.Time("", 1))
        index = bound_by(x)
        asked = [s for s in e.symbols(x.of) if s.time and s.time.base == index and (s.adjoint or s.name in {*point.own, LOSS})]
        ends = [time for time in (x.first, x.last) if time.base in ("", *point.last) or time.base == "t" and t]
        for k in (point.step(time, t) for time in ends if len(ends) == 2):
            for s in asked:
                step, letter = k + (s.time.offset if s.time else 0), point.letters[SCORE if s.name == LOSS else s.name]
                if 1 <= step <= point.last[letter] or point.equation(put(s, index, e.Time("", k))):
                    break
            else:
                if asked and not np.any(point.evaluate(put(x.of, index, e.Time("", k)), t)):
                    return s._replace(time=e.Time("", step) if step < 1 else e.Time(letter, step - point.last[letter]))
    return None


def claimed(statement: Statement) -> str:
    """The left side of an equation as a sentence has it: a derivative as it was written."""
    written = statement.line.text.partition("=")[0].strip()
    return f"`{written}`" if isinstance(statement.equation.left, e.Derivative) and len(written) < 80 else ascii(statement.equation.left)


def called(x: e.Expr, name: str, by: e.Expr) -> e.Expr:
    """x with a quantity of the model, or what is said of the step t, for an own name."""

    def change(s: e.Sym) -> e.Expr:
        if s.name != name:
            return s
        return by._replace(time=s.time) if isinstance(by, e.Sym) else put(by, "t", s.time or e.Time("t", 0))

    return e.mapped(x, change)
