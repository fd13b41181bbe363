"""What a person's numbers say of each equation by itself.

A backward pass returns dx, dW and the like, but not the adjoints da_t in between. On a draw with more inputs than gates and than columns of
the batch they can be solved for: from dx_t = Σ W_xkᵀ da_k,t, or from dW_xk = Σ da_k,t x_tᵀ. Each equation is then held against the
person's own adjoints, so that a mistake at one step or in one gate is seen there and not in everything that follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.recursion import Arrays, Recursion
from autograd_rnn.nets.conventions import by_gate, load_weights

NEAR = 1e-6  # two numbers that are solved for are one


class Observation(NamedTuple):
    """One quantity that a person's numbers give: its symbol (a running one at every step), and its values by step (None: no step)."""

    symbol: e.Sym
    values: Mapping[int | None, np.ndarray]
    output: str  # where it was seen, by the course's name


def sizes_to_see(gates: int, sequence: bool) -> dict[str, int]:
    """Sizes by which every adjoint can be solved for from dx and from dW both."""
    N, T, H = 2, 3 if sequence else 1, 2
    return {"N": N, "T": T, "H": H, "D": max(gates * H, N * T) + 1, "V": 5}


def near(a: Any, b: Any, scale: float = 0.0) -> bool:
    """Whether two values are one, up to rounding; a zero has every shape."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    try:
        a, b = np.broadcast_arrays(a, b)
    except ValueError:
        return False
    if not np.isfinite(a).all() or not np.isfinite(b).all():
        return False
    return bool(np.abs(a - b).max(initial=0.0) <= NEAR * max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0), scale, 1e-12))


class Observed:
    """A person's answer on one draw, as the adjoints and gradients that its arrays hold. ``answer``: gradients by argument, {"x": dx}."""

    def __init__(self, recursion: Recursion, computation: Computation, given: Arrays, answer: Arrays):
        self.recursion, self.computation = recursion, computation
        self.T = computation.sizes["T"] if recursion.what == "sequence" else 1
        self.N = computation.sizes["N"]
        self.found: list[Observation] = []
        self._blocks = self._by_gate(answer)
        self._read(answer)
        self.ways = [way for way in (self._from_inputs(given, answer), self._from_weights(given)) if way is not None]

    def _by_gate(self, answer: Arrays) -> dict[str, np.ndarray]:
        """The gradients of weights under our names, gate by gate: read like weights."""
        c = self.computation
        cell = type(c.cell)(c.sizes["D"], c.sizes["H"], seed=0)  # type: ignore[misc]
        arrays = {name: answer.get(name, np.zeros(shape)) for name, shape in c.weights.items()}
        load_weights(cell, arrays, c.spec.weights)
        return by_gate(cell, {tensor: tensor.value for tensor in cell.parameters.values()})

    def _read(self, answer: Arrays) -> None:
        """What is returned as it is: gradients of weights, of inputs and of states before the first step."""
        c = self.computation
        there = [name for name in c.weights if name in answer]
        for name, value in self._blocks.items():
            output = next((n for n in there if name in self._held(n)), None)
            if output is not None:
                self.found.append(Observation(e.Sym(name, None, True), {None: value}, output))
        for name in (name for name in answer if name not in c.weights):
            meaning, ours = c.meaning(name), c.ours(answer[name])
            if meaning == "x":
                steps = ours if self.recursion.what == "sequence" else ours[None]
                self.found.append(Observation(e.Sym("x", e.Time("t", 0), True), {t + 1: steps[t].T for t in range(self.T)}, name))
            else:
                self.found.append(Observation(e.Sym(meaning.removesuffix("_0"), e.Time("", 0), True), {None: ours.T}, name))

    def _held(self, array: str) -> set[str]:
        """Our names for what an array of the course holds: marked, and looked for."""
        c = self.computation
        cell = type(c.cell)(c.sizes["D"], c.sizes["H"], seed=0)  # type: ignore[misc]
        load_weights(cell, {name: np.full(shape, float(name == array)) for name, shape in c.weights.items()}, c.spec.weights)
        blocks = by_gate(cell, {tensor: tensor.value for tensor in cell.parameters.values()})
        return {name for name, value in blocks.items() if np.asarray(value).all()}

    # -- the adjoints in between -------------------------------------------------------------------------------------------

    def _from_inputs(self, given: Arrays, answer: Arrays) -> list[Observation] | None:
        """da_k,t from dx_t = Σ W_xkᵀ da_k,t, if dx can be made so."""
        seen = next((one for one in self.found if one.symbol.name == "x"), None)
        if seen is None:
            return None
        c = self.computation
        load_weights(c.cell, {name: given[name] for name in c.weights}, c.spec.weights)
        weights = by_gate(c.cell, {tensor: tensor.value for tensor in c.cell.parameters.values()})  # type: ignore[union-attr]
        W = np.concatenate([weights[gate.weight] for gate in self.recursion.gates]).T
        steps = {t: np.linalg.lstsq(W, np.asarray(dx, float), rcond=None)[0] for t, dx in seen.values.items()}
        if not all(near(W @ da, seen.values[t]) for t, da in steps.items()):
            return None
        return self._split(steps, seen.output)

    def _from_weights(self, given: Arrays) -> list[Observation] | None:
        """da_k,t from dW_xk = Σ da_k,t x_tᵀ."""
        gates = self.recursion.gates
        seen = {one.symbol.name: one for one in self.found}
        if not all(gate.weight in seen for gate in gates):
            return None
        c = self.computation
        x = c.ours(given[next(name for name in c.inputs if name not in c.weights and name not in c.readout and c.meaning(name) == "x")])
        X = (x if self.recursion.what == "sequence" else x[None]).reshape(-1, c.sizes["D"]).T  # a column a step and sequence
        dW = np.concatenate([np.asarray(seen[gate.weight].values[None], float) for gate in gates])
        da = np.linalg.lstsq(X, dW.T, rcond=None)[0].T
        if not near(da @ X.T, dW):
            return None
        columns = da.reshape(len(da), self.T, self.N)
        return self._split({t + 1: columns[:, t] for t in range(self.T)}, seen[gates[0].weight].output)

    def _split(self, steps: Mapping[Any, np.ndarray], output: str) -> list[Observation]:
        """Each gate's own adjoint of those that stand one under the other."""
        gates, found = self.recursion.gates, []
        for k, gate in enumerate(gates):
            values = {t: np.split(value, len(gates))[k] for t, value in steps.items()}
            found.append(Observation(e.Sym(gate.name, e.Time("t", 0), True), values, output))
        return found
