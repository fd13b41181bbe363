"""What a net's equations are about, its quantities by name and step; and the equations themselves, as a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.place import full_name
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.nets.run import Run


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
    found: dict[Tensor, Quantity] = {value: Quantity(name, None, None) for name, value in run.parameters.items()}
    axes = [Axis(len(unrolled.xs), letter) for unrolled, letter in zip(run.unrolled, "TS", strict=False)]
    for unrolled, axis in zip(run.unrolled, axes, strict=True):
        name = full_name("x", unrolled.chains[0].cell.tag[:3] if len(axes) > 1 else "", None)
        found |= {x: Quantity(name, k, axis) for k, x in enumerate(unrolled.xs, 1)}
        for chain in unrolled.chains:
            outside = axis.last + 1 if chain.reverse else 0
            for state, value in chain.first.items():
                if value not in found or found[value].step is None:  # a decoder's first state already is the encoder's last
                    found[value] = Quantity(full_name(state, chain.cell.tag, None), outside, axis)
            for k, record in enumerate(chain.steps, 1):
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


def absolute(quantity: Quantity, adjoint: bool = False) -> e.Sym:
    """The symbol of a quantity (or its adjoint) at its own step."""
    return e.Sym(quantity.name, None if quantity.step is None else e.Time("", quantity.step), adjoint)


class System:
    """A model's equations for general t: the ``forward`` ones, the ``equations`` of its adjoints, in the order of the sweep, the adjoints
    ``beyond`` the ends, which are zero, and the axis of each quantity. ``last``: of a system for one length alone its last steps."""

    def __init__(self, model: Any, forward: list[e.Equation], equations: list[e.Equation], beyond: list[e.Sym], axes: Mapping[str, Axis]):
        self.model, self.forward, self.equations, self.beyond = model, forward, equations, beyond
        self.letters = {name: axis.letter for name, axis in axes.items()}
        self.last: dict[str, int] = {}
