"""Numbers for every quantity of a backward pass, in each way in which a person's answer can be read.

Those that are returned or solved for are the person's own. Those that nobody returns, such as dh_t and dc_t, are what their equations make
of the others, or what an equation that uses them says they must have been.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.columns import PAD, World, padded
from autograd_rnn.grader.diagnosis.holding import near, row
from autograd_rnn.grader.diagnosis.observed import Observation, Observed
from autograd_rnn.grader.diagnosis.programs import Program, programs
from autograd_rnn.grader.diagnosis.recursion import settled

Wrong = list[tuple[e.Equation, Observation]]  # what does not hold


class Reading(NamedTuple):
    """Numbers for every quantity, and what does not follow from them: (its equation, its number)."""

    world: World
    wrong: tuple[tuple[e.Equation, Observation], ...]
    program: Program | None = None
    plain: bool = False  # whether all that nobody returns is what its equation makes of the rest
    cost: int = 0  # how many mistakes there are at most, one that is made in several gates counted once


class Readings:
    """The readings of one answer. ``world``: the numbers of the call, with the forward pass's own."""

    def __init__(self, observed: Observed, world: World):
        self.observed, self.recursion, self.world = observed, observed.recursion, world
        self.equations = {q.left: q for q in self.recursion.equations}
        self.kinds = {symbol: k for k, family in enumerate(self.recursion.families) for symbol in family}  # what there is once a gate
        biases = [left for left in self.equations if left.time is None and not left.name.matrix]  # a gate may have two
        self.kinds |= dict.fromkeys(biases, len(self.recursion.families))
        self.gates = {gate.name for gate in self.recursion.gates}

    def readings(self) -> list[Reading]:
        """Every reading of the answer, those with the fewest equations that do not hold first."""
        found = []
        told = {(one.symbol.name, True): padded(one.value, adjoint=True) for one in self.observed.found if one.symbol.name == "x"}
        for way in [*self.observed.ways, []]:
            own = [q for q in self.recursion.equations if running(q) and q.left.name not in {"x", *(one.symbol.name for one in way)}]
            world = self.world.but(told | {(one.symbol.name, True): padded(one.value, adjoint=True) for one in way})
            for program in programs(self.recursion, self.observed.T, self.observed.N):
                equations = {q.left: q for q in program.equations}
                there = settled(world.but(program.values(world)), [equations[q.left] for q in own])
                found.append(Reading(there, self.wrong(there, equations, [*way, *self.observed.found]), program))
            for there, worked_out in self.resolved(world, own, way):
                wrong = self.wrong(there, self.equations, [*way, *self.observed.found, *worked_out])
                found.append(Reading(there, wrong, plain=not worked_out))
        costs = [len({self.kinds.get(one.symbol, one.symbol) for _, one in x.wrong}) + (x.program is not None) for x in found]
        return sorted((x._replace(cost=cost) for x, cost in zip(found, costs, strict=True)), key=lambda x: (x.cost, len(x.wrong)))

    def wrong(
        self, world: World, equations: dict[e.Sym, e.Equation], seen: list[Observation]
    ) -> tuple[tuple[e.Equation, Observation], ...]:
        """What does not follow by its equation."""
        there = [one for one in seen if one.symbol in equations]
        return tuple((equations[o.symbol], o) for o in there if not near(row(world, equations[o.symbol].right, o.value), o.value))

    def resolved(self, world: World, hidden: list[e.Equation], way: list[Observation]) -> Iterator[tuple[World, list[Observation]]]:
        """Worlds in which what nobody returns has a number, each with those that come from an equation that uses it."""
        yield settled(world, hidden), []
        if not way:
            return
        sources: list[list[e.Equation | None]] = [[None, *self.users(q)] for q in hidden]
        for choice in itertools.product(*sources):
            chosen = {q.left.name: user for q, user in zip(hidden, choice, strict=True) if user is not None}
            if chosen and (there := self.inverted(world, hidden, chosen, way)) is not None:
                yield there, [Observation(q.left, there.values[q.left.name, True][PAD:-PAD]) for q in hidden if q.left.name in chosen]

    def users(self, q: e.Equation) -> list[e.Equation]:
        """The equations of the same step that a running quantity is in."""
        others = [other for other in self.recursion.equations if running(other) and other.left.name != "x" and other is not q]
        return [other for other in others if (q.left.name, True) in self.names(other) and q.left in e.symbols(other.right)]

    def names(self, equation: e.Equation) -> frozenset[tuple[str, bool]]:
        """The quantities in an equation's right side."""
        code = self.recursion.code
        return code.names[code[equation.right]]

    def inverted(self, world: World, hidden: list[e.Equation], chosen: dict[str, e.Equation], way: list[Observation]) -> World | None:
        """A world in which some quantities are what an equation that uses each says they must have been; None where it does not say."""
        known, waiting = {one.symbol.name for one in way}, list(hidden)
        for _ in range(len(hidden)):
            for q in list(waiting):
                user = chosen.get(q.left.name)
                if user is None:
                    if {name for name, adjoint in self.names(q) if adjoint} <= known | {q.left.name}:
                        world = settled(world, [q])
                        known.add(q.left.name)
                        waiting.remove(q)
                    continue
                others = {name for name, adjoint in self.names(user) if adjoint} - {q.left.name}
                if user.left.name in known and others <= known:
                    value = self.solved(world, q.left, user)
                    if value is None:
                        return None
                    world = world.but({(q.left.name, True): padded(value, adjoint=True)})
                    known.add(q.left.name)
                    waiting.remove(q)
        return None if waiting else world

    def solved(self, world: World, symbol: e.Sym, user: e.Equation) -> np.ndarray | None:
        """A quantity from an equation that is linear in it, element by element; None where it is no such equation."""
        target = world.values[user.left.name, True][PAD:-PAD]
        ends = []
        for number in (0.0, 1.0, 2.0):
            steps = np.full((self.observed.T, *target.shape[1:]), number)
            ends.append(row(world.but({(symbol.name, symbol.adjoint): padded(steps, adjoint=True)}), user.right, target))
        zero, one, two = ends
        slope = one - zero
        if not near(two - one, slope) or not np.abs(slope).min() > 1e-6:
            return None
        value = (target - zero) / slope
        there = world.but({(symbol.name, symbol.adjoint): padded(value, adjoint=True)})
        return value if near(row(there, user.right, target), target) else None


def running(equation: e.Equation) -> bool:
    """Whether an equation holds at every step."""
    return bool(equation.left.time == e.Time("t", 0))
