"""What a person's numbers say of each equation by itself.

A backward pass returns dx, dW and the like, but not the adjoints da_t in between. On a draw with more inputs than gates and than columns of
the batch they can be solved for: from dx_t = Σ W_xkᵀ da_k,t, or from dW_xk = Σ da_k,t x_tᵀ. Each equation is then held against the
person's own adjoints, so that a mistake at one step or in one gate is seen there and not in everything that follows from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.system import SCORE
from autograd_rnn.grader.assignment import Work
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.holding import near
from autograd_rnn.grader.diagnosis.recursion import Arrays, Recursion, places, weights


class Observation(NamedTuple):
    """One quantity that a person's numbers give: its symbol, its value, (step, element, sequence) of a running one, and the output, by the
    course's name, where it was seen; none for what is worked out of others."""

    symbol: e.Sym
    value: np.ndarray
    output: str = ""


HIDDEN = "h"  # the state that is handed on as it is
SIZES_OF_LOSS = {"N": 1, "T": 4, "H": 5, "V": 7}  # by which the scores' adjoints too can be solved for


def sizes_to_see(work: Work) -> dict[str, int]:
    """Sizes by which every adjoint can be solved for from dx and from dW both; no two of N, T and H are the same, nor is one 2 twice."""
    N, T, H = 3, 4 if work.steps else 1, 2
    gates = {"lstm": 4, "gru": 3}.get(work.cell, 1)
    return {"N": N, "T": T, "H": H, "D": max(gates * H, N * T) + 1, "V": 5}


class Observed:
    """A person's answer on one draw. ``found``: what is returned as it is; ``ways``: the adjoints in between, as one of the answer's arrays
    gives them. ``answer``: gradients by argument, {"x": dx}.
    ``states``: h_t, (step, element, sequence)."""

    def __init__(self, recursion: Recursion, computation: Computation, given: Arrays, answer: Arrays, states: np.ndarray):
        self.recursion, self.computation = recursion, computation
        self.T, self.N = recursion.sizes(computation)
        self.found: list[Observation] = []
        self._read(answer)
        self.seen = {one.symbol.name: one for one in self.found}
        self.ways: list[list[Observation]] = []
        for way in (self._from_inputs(given), self._from_weights(given), self._from_states(given, states)):
            known = way and any(all(near(one.value, other.value) for one, other in zip(way, ours, strict=True)) for ours in self.ways)
            self.ways += [way] if way and not known else []
        if scores := self._scores(states):
            self.ways = [[*scores, *way] for way in self.ways or [[]]] + self.ways

    def _read(self, answer: Arrays) -> None:
        """What is returned as it is: gradients of weights, of inputs and of states before the first step."""
        c = self.computation
        for array, blocks in places(c).items():
            for name, place in blocks.items() if array in answer else ():
                self.found.append(Observation(e.Sym(name, None, True), np.asarray(answer[array], float).ravel()[place], array))
        for name in (name for name in answer if name not in c.weights and name not in c.readout):
            meaning, ours = c.meaning(name), c.ours(answer[name])
            if meaning == "x":
                self.found.append(Observation(e.Sym("x", e.Time("t", 0), True), self.recursion.columns(ours, c), name))
            else:
                state = e.Sym(meaning.removesuffix("_0"), e.Time("", 0), True)
                self.found.append(Observation(state, np.asarray(ours, float).T, name))

    # -- the adjoints in between -------------------------------------------------------------------------------------------

    def _from_inputs(self, given: Arrays) -> list[Observation]:
        """da_k,t from dx_t = Σ W_xkᵀ da_k,t, if dx can be made so."""
        if "x" not in self.seen:
            return []
        own = weights(self.computation, given)
        W = np.concatenate([own[gate.weight] for gate in self.recursion.gates]).T
        dx = self.seen["x"].value
        da = np.linalg.pinv(W) @ dx
        return self._split(da) if near(W @ da, dx) else []

    def _from_weights(self, given: Arrays) -> list[Observation]:
        """da_k,t from dW_xk = Σ da_k,t x_tᵀ."""
        gates, c = self.recursion.gates, self.computation
        if not all(gate.weight in self.seen for gate in gates):
            return []
        x = c.ours(given[next(name for name in c.leaves if c.meaning(name) == "x")])
        X = np.asarray(x).reshape(-1, c.sizes["D"]).T  # a column a step and sequence
        dW = np.concatenate([self.seen[gate.weight].value for gate in gates])
        da = dW @ np.linalg.pinv(X.T)  # dW = da Xᵀ
        return self._split(da.reshape(len(da), self.T, self.N).swapaxes(0, 1)) if near(da @ X.T, dW) else []

    def _from_states(self, given: Arrays, states: np.ndarray) -> list[Observation]:
        """da_t from dW_h = Σ da_t h_{t-1}ᵀ, where there are no more steps and sequences than elements of a state, and one gate."""
        c, gate = self.computation, self.recursion.gates[0]
        symbol, before = e.Sym(gate.name, e.Time("t", 0), True), e.Sym(HIDDEN, e.Time("t", -1))
        read = next((q.left.name for q in self.recursion.equations if e.Outer(symbol, before) in e.nodes(q.right)), None)
        if len(self.recursion.gates) > 1 or read not in self.seen or self.T * self.N > c.sizes["H"]:
            return []
        first = next((c.ours(given[name]).T for name in c.leaves if c.meaning(name) == f"{HIDDEN}_0"), np.zeros_like(states[0]))
        h = np.concatenate([first[None], states[:-1]]).transpose(1, 0, 2).reshape(states.shape[1], -1)
        dW = self.seen[read].value
        da = dW @ np.linalg.pinv(h.T)
        return self._split(da.reshape(len(da), self.T, self.N).swapaxes(0, 1)) if near(da @ h.T, dW) else []

    def _scores(self, states: np.ndarray) -> list[Observation]:
        """ds_t from dW_hy = Σ ds_t h_tᵀ, where there are no more steps and sequences than elements of a state."""
        score = e.Sym(SCORE, e.Time("t", 0), True)
        read = next(
            (q for q in self.recursion.equations if any(isinstance(x, e.Outer) and x.left == score for x in e.nodes(q.right))), None
        )
        if read is None or read.left.name not in self.seen or self.T * self.N > self.computation.sizes["H"]:
            return []
        h = states.transpose(1, 0, 2).reshape(states.shape[1], -1)  # a column a step and sequence
        dW = self.seen[read.left.name].value
        ds = dW @ np.linalg.pinv(h.T)
        steps = ds.reshape(len(ds), self.T, self.N).swapaxes(0, 1)
        return [Observation(score, steps)] if near(ds @ h.T, dW) else []

    def _split(self, steps: np.ndarray) -> list[Observation]:
        """Each gate's own adjoint of those that stand one under the other."""
        parts = np.split(steps, len(self.recursion.gates), axis=1)
        return [Observation(e.Sym(gate.name, e.Time("t", 0), True), part) for gate, part in zip(self.recursion.gates, parts, strict=True)]
