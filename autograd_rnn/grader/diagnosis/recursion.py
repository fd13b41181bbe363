"""The recursion that a course's function computes, as derived equations over a whole batch: each is run as it is, or with mistakes in it.

The equations are those that `derive` reads off the tape. What reaches a state from outside, W_hyᵀ ds_t there, is the gradient that the
function is handed: G_t, and for an LSTM's step Gc_t.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name, name_of
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.system import PROBABILITY, TARGET
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.columns import NOTHING, PAD, Code, Key, World, padded
from autograd_rnn.nets.conventions import by_gate, load_weights
from autograd_rnn.nets.model import Model

READ = ("score", "probability")  # roles of what is read off a state
Arrays = Mapping[str, np.ndarray]
HANDED = {"h": Name("G"), "c": Name("Gc")}  # what a function is handed for a state, by the state

BEGIN, LATER = e.Sym(Name("begin"), e.Time("t", 0)), e.Sym(Name("later"), e.Time("t", 0))  # 1 at the first step, and at the others
ENDS = e.Sym(Name("ends"), e.Time("t", 0))  # 1 at the last step
COUNT, BEHIND = e.Sym(Name("count"), e.Time("t", 0)), e.Sym(Name("behind"), e.Time("t", 0))  # steps from the first, from the last one on


def second(bias: str) -> e.Sym:
    """The part of a bias that goes with the state, where a course has two."""
    return e.Sym(Name("second", "", str(bias)))


class Gate(NamedTuple):
    """A preactivation and the weights that its input goes through: a_i and W_xi."""

    name: str
    weight: str


class Recursion:
    """A cell's equations, the forward ones and those that are a student's to derive. ``reads``: whether the function reads probabilities
    off the states (``p``), and derives its loss itself too (``L``)."""

    def __init__(self, kind: Any, what: str, options: Mapping[str, Any], reads: str = ""):
        self.what, self.code, self.reads = what, Code(), reads
        self.derivation = Derivation(Model(kind(2, 3, seed=0, **options), output_size=3))
        roles = self.derivation.roles
        outside = {name for name, role in roles.items() if role in ("score", "probability", "target")}
        cells = {name for name in by_gate(self.derivation.model.cell, _values(self.derivation.model.cell))}
        beyond = set() if reads == "L" else outside | {name for name, role in roles.items() if role == "parameter" and name not in cells}
        self.states = self.derivation.model.cell.states
        self.forward = [q for q in self.derivation.forward if reads or q.left.name not in outside]
        self.equations = [q if reads == "L" else self._handed(q, outside) for q in self.derivation.equations if q.left.name not in beyond]
        inputs = next(q.right for q in self.equations if q.left.name == "x")
        terms = inputs.terms if isinstance(inputs, e.Add) else (inputs,)
        self.gates = [Gate(term.vector.name, term.matrix.of.name) for term in terms]  # type: ignore[attr-defined]

    @property
    def families(self) -> list[list[e.Sym]]:
        """What there is once a gate: the adjoints of the preactivations and the gradients of each kind of weight, in the gates' order."""
        subs = [name_of(gate.name).sub for gate in self.gates]
        found = [[e.Sym(gate.name, e.Time("t", 0), True) for gate in self.gates]]
        lefts = [q.left for q in self.equations if q.left.time is None]
        for before in ("x", "h", ""):
            family = [next((s for s in lefts if s.name.sub == before + sub and bool(before) == s.name.matrix), None) for sub in subs]
            found.append([s for s in family if s is not None])
        return [family for family in found if len(family) > 1]

    def _handed(self, equation: e.Equation, outside: set[str]) -> e.Equation:
        """An equation with what a function is handed in place of what reaches a state from the loss."""
        terms = equation.right.terms if isinstance(equation.right, e.Add) else (equation.right,)
        symbol = e.Sym(HANDED.get(equation.left.name, Name("G")), equation.left.time)
        kept = [symbol if any(s.name in outside for s in e.symbols(term)) else term for term in terms]
        if self.what == "step" and equation.left.time == e.Time("t", 0):  # nothing comes later; a cell state is handed in too
            kept = [term for term in kept if not any(s.adjoint and s.time == e.Time("t", 1) for s in e.symbols(term))]
            kept = [symbol, *kept] if equation.left.name in HANDED and symbol not in kept else kept
        return equation._replace(right=e.add(*kept))

    def letter(self, gate: str) -> str:
        """What a preactivation's gate is called: i for a_i."""
        made = [q.left.name for q in self.forward if any(s.name == gate for s in e.symbols(q.right))]
        return str(made[0]) if made else gate

    def values(self, computation: Computation, given: Arrays, upstream: Arrays, own: Arrays) -> dict[Key, np.ndarray]:
        """The numbers of one call: weights, inputs, what is handed in, and the states: the person's ``own`` where they are returned."""
        c = computation
        T, N = self.sizes(c)
        none = {name: np.zeros((*value.shape, 1)[:2]) for name, value in by_gate(c.cell, _values(c.cell)).items()}  # biases of no array
        values: dict[Key, np.ndarray] = {(name, False): value for name, value in (none | weights(c, given)).items()}
        for array, blocks in places(c).items():  # the last of two biases, by itself
            values |= {(second(name).name, False): np.asarray(given[array], float).ravel()[place] for name, place in blocks.items()}
        meaning = {c.meaning(name): c.ours(given[name]) for name in c.leaves}
        values["x", False] = padded(self.columns(meaning["x"], c))
        empty = np.zeros((T, c.sizes["H"], N))
        running = [q.left for q in (*self.forward, *self.equations) if q.left.time == e.Time("t", 0)]
        values |= {(s.name, s.adjoint): padded(empty, adjoint=True) for s in running if s.name != "x"}
        classes = np.zeros((T, c.sizes.get("V", 1), N))
        outer = [q.left for q in (*self.forward, *self.equations) if self.derivation.roles.get(q.left.name) in READ and q.left.time]
        values |= {(s.name, s.adjoint): padded(classes, adjoint=True) for s in outer}
        for name in (name for name in c.outputs if self.reads and c.meaning(name) == "p" and name in own):
            values[PROBABILITY, False] = padded(self.columns(c.ours(np.asarray(own[name], float)), c))
        if self.reads == "L":
            values[TARGET, False] = padded(self.columns(upstream["targets"], c))
        begin = np.zeros((T, 1, 1))
        begin[0] = 1.0
        values |= {(BEGIN.name, False): padded(begin), (LATER.name, False): padded(1 - begin, adjoint=True)}
        count = np.arange(1.0, T + 1)[:, None, None]
        values |= {(s.name, False): padded(x) for s, x in ((ENDS, begin[::-1]), (COUNT, count), (BEHIND, count[::-1]))}
        for state in self.states:
            first = meaning[f"{state}_0"].T if f"{state}_0" in meaning else empty[0]
            theirs = next((name for name in c.states if c.meaning(name) == state), None)
            returned = empty if theirs is None or theirs not in own else self.columns(c.ours(np.asarray(own[theirs], float)), c)
            values[state, False] = padded(returned, first)
            handed = self.columns(c.ours(upstream[theirs]), c) if theirs is not None and theirs in upstream else empty
            values[HANDED[state], False] = padded(handed)
        return values

    def sizes(self, computation: Computation) -> tuple[int, int]:
        """T and N of a call."""
        return computation.sizes["T"] if self.what == "sequence" else 1, computation.sizes["N"]

    def columns(self, ours: np.ndarray, computation: Computation) -> np.ndarray:
        """Rows of a batch as columns, (step, element, sequence)."""
        T, N = self.sizes(computation)
        return np.asarray(ours, float).reshape(T, N, -1).swapaxes(1, 2)

    def world(self, computation: Computation, values: Mapping[Key, np.ndarray]) -> World:
        """A world with these numbers alone."""
        return World(self.code, *self.sizes(computation), values)


def settled(world: World, equations: list[e.Equation], states: Collection[str] = HANDED) -> World:
    """A world in which running quantities are what their equations make of the others: worked out until nothing changes, for each reaches
    into the step before or after."""
    world = world.but({})
    for _ in range((world.T + 1) * len(equations) * world.N):  # what is carried from one sequence into the next has the longest way
        changed = False
        for equation in equations:
            key = (equation.left.name, equation.left.adjoint)
            had = world.values[key]
            value, shape = np.asarray(world.value(equation.right)), had[PAD:-PAD].shape
            fits = value.ndim <= len(shape) and all(a in (1, b) for a, b in zip(value.shape[::-1], shape[::-1], strict=False))
            value = np.broadcast_to(value if fits else NOTHING, shape)  # a mistake may have no shape
            if not np.array_equal(value, had[PAD:-PAD], equal_nan=True):
                world.put(key, padded(value, had[PAD - 1] if key[0] in states else None, key[1]))
                changed = True
        if not changed:
            break
    return world


@functools.lru_cache(maxsize=64)
def places(computation: Computation) -> dict[str, dict[str, np.ndarray]]:
    """Where in each array of a course our blocks stand, gate by gate: a block's places in the array's numbers. A bias is a column."""
    found = {}
    shapes = computation.weights | computation.readout
    for array, shape in shapes.items():
        net = computation.fresh() if computation.model is None else Model(computation.fresh(), output_size=computation.sizes["V"])
        empty = {name: np.zeros(shape) for name, shape in shapes.items()}
        load_weights(net, empty | {array: np.arange(1.0, np.prod(shape) + 1).reshape(shape)}, computation.convention)
        blocks = by_gate(net, {tensor: tensor.value for tensor in net.parameters.values()})
        numbers = {name: value if value.ndim == 2 else value[:, None] for name, value in blocks.items() if value.all()}
        found[array] = {name: value.astype(int) - 1 for name, value in numbers.items()}
    return found


def weights(computation: Computation, arrays: Arrays) -> dict[str, np.ndarray]:
    """Our blocks, gate by gate, of a course's arrays; two biases are one."""
    found: dict[str, np.ndarray] = {}
    for array, blocks in places(computation).items():
        for name, place in blocks.items():
            found[name] = found.get(name, 0.0) + np.asarray(arrays[array], float).ravel()[place]
    return found


@functools.lru_cache(maxsize=16)
def recursion(kind: Any, what: str, options: tuple[tuple[str, Any], ...] = (), reads: str = "") -> Recursion:
    """The recursion of a kind of cell, for one step or a sequence; derived once."""
    return Recursion(kind, what, dict(options), reads)


def _values(cell: Any) -> dict[Any, np.ndarray]:
    return {tensor: tensor.value for tensor in cell.parameters.values()}
