"""What a net's equations are about, its quantities by name and step; and the equations themselves, as a system."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name, full_name, name_of
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.nets.letters import Matrix, halves, letters, matrices
from autograd_rnn.nets.parameters import aliases, of_one_name
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen

SCORE, PROBABILITY, TARGET, LOSS = map(Name, "spyL")  # the readout's own; no quantity of a cell is printed like them


class Axis(NamedTuple):
    """A sequence's time axis: its last step as a number and as a letter."""

    last: int
    letter: str


Role = Literal["input", "state", "inner", "score", "probability", "target", "weight", "loss", "parameter", "constant"]


class Quantity(NamedTuple):
    """A named quantity at a step: its name without time, the step, its axis (None for a parameter), and what it is to the net."""

    name: str  # a `Name`, which knows its parts
    step: int | None
    axis: Axis | None
    role: Role

    @property
    def at_a_step(self) -> bool:
        """Whether it is one of a sequence's own steps, and neither a parameter nor an initial state."""
        return self.axis is not None and self.step is not None and 1 <= self.step <= self.axis.last


def quantities(run: Run) -> dict[Tensor, Quantity]:
    """Every named tensor of a run, forward only: parameters, inputs, states, gates, scores, targets. What each is follows from where in the
    run it stands, never from how it is spelled; a name is that of one quantity, as `nets.spelling` sees to."""
    parameters = of_one_name(run.parameters)
    found: dict[Tensor, Quantity] = {value: Quantity(name_of(name), None, None, "parameter") for name, value in parameters.items()}
    told_apart(run)
    axes = [Axis(len(unrolled.xs), letter) for unrolled, letter in zip(run.unrolled, "TS", strict=False)]
    for unrolled, axis in zip(run.unrolled, axes, strict=True):
        name = full_name("x", unrolled.chains[0].cell.tag[:3] if len(axes) > 1 else "", None)
        found |= {x: Quantity(name, k, axis, "input") for k, x in enumerate(unrolled.xs, unrolled.start)}
        for chain in unrolled.chains:
            cell, outside = chain.cell, chain.start + (axis.last if chain.reverse else -1)
            roles: dict[str, str] = {**dict.fromkeys(cell.carried, "state"), **cell.answers}
            for state, value in chain.first.items():
                if value not in found or found[value].name == cell.first(state):  # a decoder's first state already is the encoder's last
                    found[value] = Quantity(full_name(state, cell.tag, None), outside, axis, cast(Role, roles[state]))
            for k, record in enumerate(chain.steps, chain.start):
                for label, value in sorted(record.items(), key=lambda item: item[0] in roles):  # of two names a state's is kept
                    found[value] = Quantity(full_name(label, cell.tag, None), k, axis, cast(Role, roles.get(label, "inner")))
    for t, score in enumerate(run.scores, run.scores.first):
        found[score] = Quantity(SCORE, t, axes[-1], "score")
    if run.weights is not None:  # of the losses, and what these sum to
        found |= {m: Quantity(run.weights.name, t, axes[-1], "weight") for t, m in enumerate(run.weights.steps, run.weights.first)}
        if run.weights.total is not None:
            found[run.weights.total] = Quantity(run.weights.of_total, None, None, "weight")
    for t, loss in enumerate(run.losses, run.losses.first):
        found[loss] = Quantity(LOSS, t, axes[-1], "loss")
        between = [loss]  # from the loss down to the scores
        while between:
            inputs = [x for x in between.pop().inputs if isinstance(x, Tensor)]
            found |= {x: Quantity(TARGET, t, axes[-1], "target") for x in inputs if x.op is None and x.label == TARGET}
            between += [x for x in inputs if x not in found]
    batch = run.unrolled[0].xs[0].ndim - 1
    return {x: q._replace(name=name_of(q.name).of(x.ndim - (q.step is not None and batch))) for x, q in found.items()}


def told_apart(run: Run) -> None:
    """A label may end as a tag begins: ``h1`` in layer 1 and ``h`` in layer 11 are both printed h11."""
    known: dict[str, Name] = {}
    for chain in run.chains:
        for label in chain.steps[0] if chain.steps else ():
            name = full_name(label, chain.cell.tag, None)
            other = known.setdefault(name, name)
            if (other.letter, other.tag) != (name.letter, name.tag):
                both = f"{other.letter} in layer {other.tag} and {name.letter} in layer {name.tag}"
                raise ValueError(f"{both} are both printed {name}: call one of them otherwise")


def lengths(run: Run) -> dict[str, int]:
    """The length of each of a run's sequences, by its letter: {"T": 7}, of an encoder-decoder {"T": 7, "S": 4}."""
    return {letter: len(unrolled.xs) for letter, unrolled in zip("TS", run.unrolled, strict=False)}


def absolute(quantity: Quantity, adjoint: bool = False, start: int = 1) -> e.Sym:
    """The symbol of a quantity (or its adjoint) at its own step; ``start``: the number of a run's first step, which equations call 1."""
    return e.Sym(quantity.name, None if quantity.step is None else e.Time("", quantity.step - start + 1), adjoint)


class System:
    """A model's equations for general t: the ``forward`` ones, the ``equations`` of its adjoints, in the order of the sweep, the adjoints
    ``beyond`` the ends, which are zero, the axis and the role of each quantity, and the ``constants``' values by name. ``shapes``: those of
    all quantities, by name. ``parameters``: each tensor by one name, ``aliases``: the other names of tied ones, {"W_hy": "W_hh"}; what an
    operation ties has a forward equation.
    ``reverse``: of each quantity whether its chain reads from the end. ``last``: of a system for one length alone its last steps,
    ``chunk``: after how many steps its carry is dropped."""

    def __init__(
        self,
        run: Run,
        forward: list[e.Equation],
        equations: list[e.Equation],
        beyond: list[e.Sym],
        axes: Mapping[str, Axis],
        roles: Mapping[str, Role],
        constants: Mapping[str, np.ndarray] = MappingProxyType({}),
    ):
        self.model, self.replaced, self.teacher_forcing, self.weighed = run.model, run.replaced, run.teacher_forcing, run.weighed
        self.shared = run.shared
        self.parameters, self.aliases = of_one_name(run.parameters), aliases(run.parameters)
        self.forward, self.equations, self.beyond = forward, equations, beyond
        self.roles: dict[str, Role] = {**roles, **dict.fromkeys(constants, "constant")}
        self.tags = {name: name_of(name).tag for name in self.roles}
        self.letters = {name: axis.letter for name, axis in axes.items()}
        self.shapes: dict[str, tuple[int, ...]] = {q.name: node.shape for node, q in quantities(run).items()}
        self.shapes |= {PROBABILITY: self.shapes[SCORE]} | {name: np.shape(value) for name, value in constants.items()}
        self.reverse: dict[str, bool] = dict.fromkeys(axes, False)
        self.reverse |= {full_name(label, c.cell.tag, None): c.reverse for c in run.chains if c.steps for label in c.steps[0]}
        one = bool(forward) and all(q.left.time is None or q.left.time.base == "T" for q in forward)
        self.last: dict[str, int] = {"T": 1} if one else {}
        self.chunk: int | None = None
        self.constants = dict(constants)

    @functools.cached_property
    def matrices(self) -> dict[Name, Matrix]:
        """What each of the net's matrices multiplies."""
        return matrices(self.model.cells, [name for name, value in self.model.readout.parameters.items() if value.ndim > 1])

    @functools.cached_property
    def by_letter(self) -> dict[Name, Name]:
        """The matrices' names in letters, U, W and V, where no other thing has them."""
        return letters(self.matrices, self.roles)

    @functools.cached_property
    def halves(self) -> dict[Name, tuple[Name, str]]:
        """The names of the matrices that two are written as, on a state and on what is given."""
        return halves(self.matrices, self.roles)

    @property
    def ties(self) -> list[e.Equation]:
        """The forward equations of parameters that are computed from others."""
        return [q for q in self.forward if q.left.time is None and self.roles[q.left.name] == "parameter"]

    def specimen(self, T: int, S: int, seed: int = 0, variables: bool = True, started: bool = True) -> Run:
        """A run of the same net over random numbers: the same parameters in the same places."""
        return specimen(self.model, T, S, seed, variables, self, started)
