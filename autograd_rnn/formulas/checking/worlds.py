"""Recorded runs as programs find them: every quantity, adjoint and gradient, in each layout in which arrays may hold them."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.tensor import tensor
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.formulas.programs.held import Steps, Stopped
from autograd_rnn.formulas.programs.onestep import REST, WHOLE
from autograd_rnn.formulas.reading.meanings import returned
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import System, absolute, lengths, quantities
from autograd_rnn.nets.losses import one_hot
from autograd_rnn.nets.run import Run

SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "columns": lambda v: v.reshape(-1, 1).copy(), "vectors": lambda v: v.copy(), "rows": lambda v: v.reshape(1, -1).copy(),
}  # fmt: skip
# What is added to a step, of all and of states; where an array's last row is the first state, h[t-1] is that for t = 0.
LAST = "first state last"
FIRST = {"from 0": (-1, -1), "from 1": (0, 0), "states one longer": (-1, 0), LAST: (-1, -1)}


class Layout(NamedTuple):
    """How arrays hold what a run has: the first step's number, of states and of all else; vectors as what, or sequences as ``whole``
    arrays; and the weights ``turned``, as in h = x W."""

    first: str
    shape: str
    turned: bool


LAYOUTS = [
    *(Layout(first, shape, turned) for turned in (False, True) for shape in SHAPES for first in FIRST if first != LAST),
    *(Layout(first, "whole", turned) for turned in (False, True) for first in ("from 0", "states one longer", LAST)),
]


class World:
    """One recorded run: every quantity and adjoint by its steps, the parameters and their gradients."""

    exact = False  # whether its numbers are, so that nothing is what it is by chance

    def __init__(self, derivation: System, T: int, S: int, started: bool):
        run = drawn(derivation, T, S, started)
        gradients, numbers = adjoints(run.loss), evaluation(derivation, derivation.forward, run)
        self.last, self.letters, self.classes = lengths(run), derivation.letters, numbers.classes
        self.one = getattr(derivation.model, "task", "") == "many-to-one"
        self.states = {name for name, role in derivation.roles.items() if role == "state"}
        self.sizes = {**shapes(derivation).sizes, **self.last}
        self.steps: dict[str, dict[int, np.ndarray]] = {}
        self.fixed: dict[str, np.ndarray] = {}
        self.adjoints: dict[str, str] = {}  # of each adjoint's name what it is of
        adjoint = {absolute(q, True, run.start): np.asarray(gradients.get(x, np.zeros(x.shape))) for x, q in quantities(run).items()}
        for symbol, value in {**numbers.known, **adjoint}.items():
            name = f"{'d' * symbol.adjoint}{symbol.name}"
            self.adjoints |= {name: symbol.name} if symbol.adjoint else {}
            if symbol.time is None:
                self.fixed[name] = np.asarray(value)
            else:
                self.steps.setdefault(name, {})[symbol.time.offset] = np.asarray(value)
        numbers.known |= {q: np.asarray(value) for q, value in adjoint.items()}
        self.derivation, self.numbers = derivation, numbers
        self.gradients = {of: name for name, of in self.adjoints.items() if name in self.fixed}  # of the parameters
        for chain in (chain for unrolled in run.unrolled for chain in unrolled.chains):
            for state, begun in chain.first.items():  # a decoder's is the encoder's last
                self.steps[full_name(state, chain.cell.tag, None)].setdefault(self.last["T"] + 1 if chain.reverse else 0, begun.value)

    def number(self, x: e.Expr, t: int) -> Value:
        """What an expression is at a step."""
        return self.numbers.evaluate(x, t)

    def handed(self, name: str) -> dict[int, Value]:
        """What a function of one step is handed at each: a state's adjoint, or of that what does not come from the step after."""
        of = name.removeprefix(WHOLE).removeprefix(REST)
        state = e.Sym(of, e.Time("t", 0), True)
        back = returned(self.derivation, state)
        ends = range(1, self.last[self.letters[of]] + 1)
        return {t: self.steps[f"d{of}"][t] - self.number(back, t) * name.startswith(REST) for t in ends}

    @staticmethod
    def same(value: Value, expected: np.ndarray) -> bool:
        """Whether a program's value is a gradient, whatever axes of length 1 it has."""
        try:
            array, expected = np.squeeze(np.asarray(value, float)), np.squeeze(expected)
        except (TypeError, ValueError):
            return False
        return (array.shape == expected.shape or not array.ndim and not np.any(expected)) and np.allclose(array, expected, 1e-8, 1e-10)

    def called(self, value: Value, turned: bool) -> set[str]:
        """What something is in the run, or each of some that stand one below another."""
        tape = {name: [v.T if turned and v.ndim == 2 else v] for name, v in self.fixed.items()}
        tape |= {name: [*known.values()] for name, known in self.steps.items()}

        def one(part: Value, known: list[np.ndarray]) -> bool:
            return any(self.same(part, x) for x in known)

        found = {name for name, known in tape.items() if one(value, known) or np.ndim(value) > 1 and all(one(x, known) for x in value)}
        return found | {"a number"} if np.size(value) <= 1 else found

    def value(self, name: str, layout: Layout, shift: int = 0, hot: bool = False) -> Value:
        """What a program finds under a name of the model, in a layout. ``shift``: of the step before, or after, at each; ``hot``: a class
        as a vector."""
        shape = SHAPES.get(layout.shape, SHAPES["vectors"])
        if name.startswith((REST, WHOLE)):
            return Steps({k + FIRST[layout.first][0]: shape(v) for k, v in self.handed(name).items()}, self.last["T"], False)
        if name in self.fixed:
            value = self.fixed[name]
            return (value.T.copy() if layout.turned else value.copy()) if value.ndim == 2 else shape(value)
        drawn = {k: one_hot(v, self.classes) if hot and not v.ndim else v for k, v in self.steps[name].items()}
        known = {k - shift: shape(v) if v.ndim else v.item() for k, v in drawn.items()}
        by, length = FIRST[layout.first][name in self.states and not shift], self.last[self.letters.get(self.adjoints.get(name, name), "T")]
        state = name in self.states and not shift
        first = 0 if state and layout.first == "states one longer" else 1
        if len(known) == 1 and self.one:
            return next(iter(known.values())) if layout.shape == "whole" else Steps({k + by: v for k, v in known.items()}, 1, False)
        if layout.shape != "whole":
            return Steps({k + by: v for k, v in known.items()}, length, name in self.adjoints, first + by)
        steps = [*range(first, length + 1), *[0] * (state and layout.first == LAST)]
        if not {*steps} <= known.keys():
            raise Stopped(f"{name} is not at every step")
        return np.stack([np.asarray(known[k]) for k in steps])


def drawn(derivation: System, T: int, S: int, started: bool) -> Run:
    """A run over random numbers, with those in place of parameters that are all alike, as a bias that begins with 0."""
    rng, run = np.random.default_rng(T), derivation.specimen(T, S, T + 10 * S, started=started)
    own = dict.fromkeys(x for part in run.given.values() for x in part.own.values())  # in one order, whatever order a set has
    fresh = {x: tensor(x.value + 0.3 * rng.normal(size=x.shape)) for x in own if not x.inputs and np.ptp(x.value) == 0}
    twin = copy.copy(derivation)
    twin.replaced = {part.part: {k: fresh.get(x, x) for k, x in part.own.items()} for part in run.given.values()}
    other = twin.specimen(T, S, T + 10 * S, started=started)
    return other if np.isfinite(other.loss.value).all() else run


@functools.lru_cache(maxsize=16)
def world(derivation: System, T: int, S: int, started: bool = True) -> World:
    """The run of a model at some lengths. ``started``: from any first state, else from 0."""
    return World(derivation, T, S, started)
