"""What is walked through: a run (or a model's specimen, or any scalar tensor), its sweep, and its walk of each level."""

from __future__ import annotations

import functools

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.resting import resting
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.derivation import Derivation, derive
from autograd_rnn.formulas.system import Quantity, lengths, quantities
from autograd_rnn.nets.run import Run
from autograd_rnn.steps.asking.numeric import Check, Replay
from autograd_rnn.steps.step import LEVELS, Step
from autograd_rnn.steps.walks.indexed import component_walk
from autograd_rnn.steps.walks.naming import Names
from autograd_rnn.steps.walks.recursion import recursion_walk
from autograd_rnn.steps.walks.swept import Event, Sweep
from autograd_rnn.steps.walks.unrolled import Unrolling
from autograd_rnn.steps.walks.walk import Walk
from autograd_rnn.visible import shown


class Subject:
    """A loss and everything that is known of how its gradient comes about; each level is made when it is first asked for."""

    def __init__(self, root: Tensor, run: Run | None = None, truncate: int | None = None):
        if root.size != 1:
            raise ValueError(f"step: {describe(root)} is not a single number: sum it")
        if root.op is not None and not root.inputs:  # a variable
            raise ValueError(f"step: {describe(root)} was made by no operation: walk through what is computed from it")
        self.root, self.run, self.truncate = root, run, truncate
        self.names = Names(root, run)
        self.sweep = Sweep(root, self.names, run.chunks(truncate) if run is not None else None)
        self.walks: dict[str, Walk] = {}

    @functools.cached_property
    def reason(self) -> str:
        """Why there are no formula levels; empty where there are."""
        if self.run is None:
            return "a single tensor has no time: its levels are op and component"
        unrolled = self.run.unrolled[0]
        if unrolled.xs and unrolled.xs[0].ndim > 1:
            size = unrolled.xs[0].shape[0]
            return f"the equations are those of one sequence, and this run has a batch of {size}: its levels are op and component"
        if unrolled.start < 1:
            return f"the equations have steps from 1 on, and this run starts at {unrolled.start}: its levels are op and component"
        try:
            return "" if self.derivation is not None else ""
        except (TypeError, ValueError) as error:
            return f"{error}; until then the levels are op and component"

    @property
    def title(self) -> str:
        """The net, its length and its loss; of a single tensor its name."""
        if self.run is None:
            return f"d{self.names.name(self.root)} through {len(self.sweep.adjoints)} tensors"
        nets = " -> ".join(repr(unrolled.net) for unrolled in self.run.unrolled)
        steps = ", ".join(f"{letter}={count}" for letter, count in lengths(self.run).items())
        model = self.run.model
        told = [getattr(model, "task", "encoder-decoder"), model.readout.loss.replace("_", " ")] if model is not None else []
        return ", ".join([nets, steps, *told, *([f"truncated after every {self.truncate} steps"] if self.truncate else [])])

    @functools.cached_property
    def derivation(self) -> Derivation:
        """The equations of the run's model."""
        assert self.run is not None
        return derive(self.run)

    @functools.cached_property
    def quantities(self) -> dict[str, Quantity]:
        """The run's quantities by their names, each at its last step; none of a single tensor."""
        return {q.name: q for q in quantities(self.run).values()} if self.run is not None else {}

    @functools.cached_property
    def steps(self) -> tuple[int, ...]:
        """How many steps each sequence has."""
        return tuple(lengths(self.run).values()) if self.run is not None else ()

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that there are, from the coarsest."""
        return LEVELS[2:] if self.reason else LEVELS

    @functools.cached_property
    def unrolling(self) -> Unrolling:
        """The equations of each t."""
        return Unrolling(self.derivation, self.sweep, self.names, self.steps, self.truncate)

    def walk(self, level: str) -> Walk:
        """The steps of a level, which live as long as the subject. Raises ValueError where the subject has none."""
        if level not in self.walks:
            self.walks[level] = self._walk(level)
        return self.walks[level]

    @resting
    def _walk(self, level: str) -> Walk:
        if level not in LEVELS:
            raise ValueError(f"level={shown(level)}: choose from {', '.join(self.levels)}")
        if level not in self.levels:
            raise ValueError(self.reason)
        match level:
            case "recursion":
                return recursion_walk(self.derivation, self.unrolling)
            case "unrolled":
                return self.unrolling.walk()
            case "op":
                return self.sweep.walk(*(({}, {}) if self.reason else self.unrolling.owners()))
        return component_walk(self.sweep, self.walk("op"))

    @functools.cached_property
    def replay(self) -> Replay:
        """The tape, to be run again with changed values."""
        return Replay(self.sweep)

    def check_numbers(self, step: Step) -> Check | None:
        """A step's numbers against the tape run again; of an equation in the run's numbers what the equation gives, not the tape."""
        if step.level == "component":
            assert step.parent is not None
            return self.replay.check(self.sweep.events[step.parent - 1])
        if step.level == "op":
            return self.replay.check(self.sweep.events[step.number - 1])
        equation = self.unrolling.equations[step.number - 1]
        node, found = self.unrolling.tensor(equation.left), self.unrolling.value(equation.left)
        if not equation.left.adjoint:
            return Check.of_values(self.unrolling.evaluate(equation.right), found)
        assert node is not None
        return self.replay.check(Event("accumulate", node), found)
