"""Mistakes of a whole program, not of one of its formulas: a loop that runs the other way, a gradient handed in at the last step alone,
what flows back cut off, gates in another order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.recursion import HANDED, Recursion


class Program(NamedTuple):
    """A recursion with one mistake throughout. ``known``: numbers that are others in it; ``moved``: whose equation stands for whose."""

    sentence: str
    equations: list[e.Equation]
    known: dict[e.Sym, Any] = {}
    moved: dict[str, str] = {}

    def of(self, symbol: e.Sym) -> e.Equation | None:
        """The equation of a symbol in this program."""
        symbol = symbol._replace(name=self.moved.get(symbol.name, symbol.name))
        return next((q for q in self.equations if q.left == symbol), None)


def programs(recursion: Recursion, known: dict[e.Sym, Any], T: int) -> Iterator[Program]:
    """Every such program for one recursion and T steps."""
    if T > 1:
        back = [q._replace(right=e.mapped(q.right, _before)) for q in recursion.equations]
        last = [q._replace(right=e.mapped(q.right, lambda s: _at(s, T))) if _first(q) else q for q in back]
        nothing = {e.Sym(q.left.name, e.Time("", 0)): np.asarray(0.0) for q in recursion.forward}
        nothing |= {e.Sym(state, e.Time("", 0), True): np.asarray(0.0) for state in recursion.states}  # what such a loop begins with
        before = {s: x for s, x in nothing.items() if s not in known}
        yield Program("the loop must run backwards in time, from the last step to the first", last, before)
        none: dict[e.Sym, Any] = {s: np.zeros_like(x) for s, x in known.items() if s.name in HANDED.values() and s.time != e.Time("", T)}
        yield Program("the gradient that is handed in is used at the last step only: it reaches every step", recursion.equations, none)
    gates = [gate.name for gate in recursion.gates]
    for order in itertools.permutations(gates):
        if list(order) != gates:
            words = ", ".join(recursion.letter(name) for name in order)
            sentence = f"the gradients of the gates are put together in the order {words}, not {', '.join(map(recursion.letter, gates))}"
            yield Program(sentence, recursion.equations, moved=dict(zip(gates, order, strict=True)))


def _first(equation: e.Equation) -> bool:
    """Whether it is the equation of a state before the first step."""
    return equation.left.time == e.Time("", 0)


def immediate(equations: list[e.Equation]) -> list[e.Equation]:
    """Equations without what comes from the step after."""

    def here(right: e.Expr) -> e.Expr:
        terms = right.terms if isinstance(right, e.Add) else (right,)
        return e.add(*(term for term in terms if not any(s.adjoint and s.time == e.Time("t", 1) for s in e.symbols(term))))

    return [q._replace(right=here(q.right)) for q in equations]


def _before(s: e.Sym) -> e.Sym:
    return s._replace(time=e.Time("t", -1)) if s.time == e.Time("t", 1) else s


def _at(s: e.Sym, T: int) -> e.Sym:
    return s._replace(time=e.Time("", T)) if s.time == e.Time("", 1) else s
