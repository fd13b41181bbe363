"""What a net's equations are about, its quantities by name and step; and the equations themselves, as a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.place import full_name
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.nets.parameters import aliases, distinct
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen


class Axis(NamedTuple):
    """A sequence's time axis: its last step as a number and as a letter."""

    last: int
    letter: str


class Quantity(NamedTuple):
    """A named quantity at a step: its name without time, the step, and its axis (None for a parameter)."""

    name: str
    step: int | None
    axis: Axis | None


def quantities(run: Run) -> dict[Tensor, Quantity]:
    """Every named tensor of a run, forward only: parameters, inputs, states, gates, scores, targets."""
    found: dict[Tensor, Quantity] = {value: Quantity(name, None, None) for name, value in distinct(run.parameters).items()}
    axes = [Axis(len(unrolled.xs), letter) for unrolled, letter in zip(run.unrolled, "TS", strict=False)]
    for unrolled, axis in zip(run.unrolled, axes, strict=True):
        name = full_name("x", unrolled.chains[0].cell.tag[:3] if len(axes) > 1 else "", None)
        found |= {x: Quantity(name, k, axis) for k, x in enumerate(unrolled.xs, unrolled.start)}
        for chain in unrolled.chains:
            outside = chain.start + (axis.last if chain.reverse else -1)
            for state, value in chain.first.items():
                learned = full_name(f"{state}_0", chain.cell.tag, None)
                if value not in found or found[value].name == learned:  # a decoder's first state already is the encoder's last
                    found[value] = Quantity(full_name(state, chain.cell.tag, None), outside, axis)
            for k, record in enumerate(chain.steps, chain.start):
                for label, value in record.items():
                    found[value] = Quantity(full_name(label, chain.cell.tag, None), k, axis)
    for t, score in enumerate(run.scores, run.scores.first):
        found[score] = Quantity("s", t, axes[-1])
    for t, loss in enumerate(run.losses, run.losses.first):
        found[loss] = Quantity("L", t, axes[-1])
        between = [loss]  # from the loss down to the scores
        while between:
            inputs = [x for x in between.pop().inputs if isinstance(x, Tensor)]
            found |= {x: Quantity("y", t, axes[-1]) for x in inputs if x.label == "y"}
            between += [x for x in inputs if x not in found]
    return found


def lengths(run: Run) -> dict[str, int]:
    """The length of each of a run's sequences, by its letter: {"T": 7}, of an encoder-decoder {"T": 7, "S": 4}."""
    return {letter: len(unrolled.xs) for letter, unrolled in zip("TS", run.unrolled, strict=False)}


def absolute(quantity: Quantity, adjoint: bool = False, start: int = 1) -> e.Sym:
    """The symbol of a quantity (or its adjoint) at its own step; ``start``: the number of a run's first step, which equations call 1."""
    return e.Sym(quantity.name, None if quantity.step is None else e.Time("", quantity.step - start + 1), adjoint)


class System:
    """A model's equations for general t: the ``forward`` ones, the ``equations`` of its adjoints, in the order of the sweep, the adjoints
    ``beyond`` the ends, which are zero, and the axis of each quantity. ``parameters``: each tensor by one name,
    ``aliases``: the other names of tied ones, {"W_hy": "W_hh"}. ``last``: of a system for one length alone its last steps."""

    def __init__(self, run: Run, forward: list[e.Equation], equations: list[e.Equation], beyond: list[e.Sym], axes: Mapping[str, Axis]):
        self.model, self.replaced, self.teacher_forcing = run.model, run.replaced, run.teacher_forcing
        self.parameters, self.aliases = distinct(run.parameters), aliases(run.parameters)
        self.forward, self.equations, self.beyond = forward, equations, beyond
        self.letters = {name: axis.letter for name, axis in axes.items()}
        self.last: dict[str, int] = {}

    def specimen(self, T: int, S: int, seed: int = 0, variables: bool = True) -> Run:
        """A run of the same net over random numbers: the same parameters in the same places."""
        return specimen(self.model, T, S, seed, variables, self)
