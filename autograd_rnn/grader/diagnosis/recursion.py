"""The recursion that a course's function computes, as derived equations over a whole batch: each is run as it is, or with mistakes in it.

The equations are those that `derive` reads off the tape. What reaches a state from outside, W_hyᵀ ds_t there, is the gradient that the
function is handed: G_t, and for an LSTM's step Gc_t.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.evaluate import Evaluation, is_zero
from autograd_rnn.grader.computing import Computation
from autograd_rnn.nets.conventions import by_gate, load_weights
from autograd_rnn.nets.model import Model

Arrays = Mapping[str, np.ndarray]
HANDED = {"h": Name("G"), "c": Name("Gc")}  # what a function is handed for a state, by the state


class Batch(Evaluation):
    """Equations over columns, one a sequence: an outer product adds up over the batch, as a gradient of shared weights does."""

    def node(self, x: e.Expr, parts: list[Any], t: int | None) -> Any:
        if isinstance(x, e.Outer):
            return 0.0 if is_zero(parts[0]) or is_zero(parts[1]) else np.asarray(parts[0]) @ np.asarray(parts[1]).T
        return super().node(x, parts, t)


class Gate(NamedTuple):
    """A preactivation and the weights that its input goes through: a_i and W_xi."""

    name: str
    weight: str


class Recursion:
    """A cell's equations, the forward ones and those that are a student's to derive."""

    def __init__(self, kind: Any, what: str, options: Mapping[str, Any]):
        self.what = what
        self.derivation = Derivation(Model(kind(2, 3, seed=0, **options), output_size=3))
        roles = self.derivation.roles
        outside = {name for name, role in roles.items() if role in ("score", "probability", "target")}
        cells = {name for name in by_gate(self.derivation.model.cell, _values(self.derivation.model.cell))}
        beyond = outside | {name for name, role in roles.items() if role == "parameter" and name not in cells}
        self.states = self.derivation.model.cell.states
        self.forward = [q for q in self.derivation.forward if q.left.name not in outside]
        self.equations = [self._handed(q, outside) for q in self.derivation.equations if q.left.name not in beyond]
        inputs = next(q.right for q in self.equations if q.left.name == "x")
        terms = inputs.terms if isinstance(inputs, e.Add) else (inputs,)
        self.gates = [Gate(term.vector.name, term.matrix.of.name) for term in terms]  # type: ignore[attr-defined]

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

    def known(self, computation: Computation, given: Arrays, upstream: Arrays) -> dict[e.Sym, Any]:
        """The numbers of one call by symbol, as columns: weights, inputs, states before the first step, and what is handed in."""
        c, cell = computation, computation.cell
        assert cell is not None
        load_weights(cell, {name: given[name] for name in c.weights}, c.spec.weights)
        T, N = c.sizes["T"] if self.what == "sequence" else 1, c.sizes["N"]
        known: dict[e.Sym, Any] = {}
        for name, value in by_gate(cell, _values(cell)).items():
            known[e.Sym(name)] = value.copy() if value.ndim == 2 else value[:, None].copy()
        meaning = {c.meaning(name): c.ours(given[name]) for name in c.inputs if name not in c.weights and name not in c.readout}
        x = meaning["x"] if self.what == "sequence" else meaning["x"][None]
        known |= {e.Sym("x", e.Time("", t + 1)): x[t].T for t in range(T)}
        empty = np.zeros((cell.hidden_size, N))
        for state in self.states:
            known[e.Sym(state, e.Time("", 0))] = meaning[f"{state}_0"].T if f"{state}_0" in meaning else empty
            theirs = next((name for name in upstream if c.meaning(name) == state), None)
            handed = None if theirs is None else c.ours(upstream[theirs])
            for t in range(1, T + 1):
                at = None if handed is None else handed if self.what == "step" else handed[t - 1]
                known[e.Sym(HANDED[state], e.Time("", t))] = empty if at is None else at.T
        return known

    def world(self, equations: list[e.Equation], known: dict[e.Sym, Any], T: int) -> Batch:
        """Equations over what is known."""
        letters = dict(self.derivation.letters) | dict.fromkeys(HANDED.values(), "T")
        return Batch(equations, known, {"T": T}, letters, 1, self.derivation.reverse)


@functools.lru_cache(maxsize=16)
def recursion(kind: Any, what: str) -> Recursion:
    """The recursion of a kind of cell, for one step or a sequence; derived once."""
    return Recursion(kind, what, {})


def _values(cell: Any) -> dict[Any, np.ndarray]:
    return {tensor: tensor.value for tensor in cell.parameters.values()}
