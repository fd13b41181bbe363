"""What a function of an assignment has to compute: our own net, run on the course's numbers in the course's layout, and its tape swept.

A `Computation` knows the shapes of what a function takes, what it gives, and the gradient of any sum of what it gives. Nothing of it is
written by hand for a course: the weights go in and the gradients come out by the table of conventions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor, ops, tensor
from autograd_rnn.grader.assignment import CACHES, PARAMETERS, Function, Spec
from autograd_rnn.nets.cells import GRU, LSTM, RNN
from autograd_rnn.nets.convention_table import CONVENTIONS
from autograd_rnn.nets.conventions import dump_weights, load_weights
from autograd_rnn.nets.model import Model, unroll

CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
Arrays = Mapping[str, np.ndarray]


class Computation:
    """One function's reference for one set of sizes, {"N": 3, "T": 5, "D": 4, "H": 6, "V": 7}."""

    def __init__(self, spec: Spec, function: Function, sizes: Mapping[str, int]):
        self.spec, self.function, self.sizes = spec, function, sizes
        self.layout, self.convention = function.layout or spec.layout, function.weights or spec.weights
        self.kind, self.what = function.work.cell, function.work.what
        self.outputs = [name for name in function.returns if name not in CACHES]
        later = [other for other in spec.functions if other.backward_of == function.name]
        taken = [name for other in later for name in other.takes]
        self.handed = [name for name in self.outputs if f"d{name}" in taken] or self.outputs  # whose gradient a backward pass is given
        self.averaged = any(other.averaged for other in later)
        same = [] if not self.kind else [k for k in CONVENTIONS[self.convention].kinds if k.cell is CELLS[self.kind]]
        self.options = {name: able[0] for name, able in same[0].options.items()} if same else {}  # as a GRU with its reset after
        self.cell = self.fresh() if self.kind else None
        kinds = [k for k in same if not k.theirs]
        self.gates = kinds[0].gates if kinds and len(kinds[0].gates) > 1 else ""  # of weights that hold all gates in one
        self.weights = {} if self.cell is None else {name: x.shape for name, x in dump_weights(self.cell, self.convention).items()}
        self.model = None
        if any(spec.names.get(name) == "p" for name in self.outputs):
            self.model = Model(self.cell, output_size=sizes["V"])
        whole = {} if self.model is None else dump_weights(self.model, self.convention)
        self.readout = {name: x.shape for name, x in whole.items() if name not in self.weights}
        self.inputs = [name for name in function.takes if name != PARAMETERS]
        if PARAMETERS in function.takes or function.made:
            self.inputs += [*self.weights, *self.readout]
        self.leaves = [name for name in self.inputs if name not in self.weights and name not in self.readout]  # what is no weight
        self.states = [name for name in self.outputs if spec.names.get(name) in ("h", "c")]  # of what is returned

    def fresh(self, more: int = 0) -> Any:
        """A cell of this kind and size, of so many ``more`` inputs."""
        return CELLS[self.kind](self.sizes["D"] + more, self.sizes["H"], seed=0, **self.options)

    # -- the course's shapes ---------------------------------------------------------------------------------------------

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of what a function takes."""
        N, T, D, H, V = (self.sizes[letter] for letter in "NTDHV")
        if not self.kind:
            return (N, T) if name == "x" else (V, D)
        if name in self.weights or name in self.readout:
            return (self.weights | self.readout)[name]
        meaning = self.meaning(name)
        inner = (N, D if meaning == "x" else H)
        return self.theirs(np.empty((T, *inner) if meaning == "x" and self.what == "sequence" else inner)).shape

    def meaning(self, name: str) -> str:
        """What of ours a course's name stands for."""
        return self.spec.names[name]

    def theirs(self, array: np.ndarray) -> np.ndarray:
        """Our array, (N, F) or time-major (T, N, F), in the course's layout; vectors are those of one sequence."""
        if self.layout == "vectors":
            return array[..., 0, :]
        rows = array if array.ndim < 3 else array.swapaxes(0, 1)
        return rows if self.layout == "rows" else np.moveaxis(rows, -1, 0)

    def ours(self, array: Any) -> Any:
        """The course's array, time first and features last."""
        if self.layout == "vectors":
            return array[..., None, :]
        rows = array if self.layout == "rows" else np.moveaxis(array, 0, -1)
        return rows if rows.ndim < 3 else np.swapaxes(rows, 0, 1)

    # -- numbers -----------------------------------------------------------------------------------------------------------

    def drawn(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Random arguments: weights small enough that nothing saturates, states and inputs that nothing hides behind."""
        given: dict[str, np.ndarray] = {}
        for name in self.inputs:
            shape = self.shape(name)
            if not self.kind and name == "x":
                given[name] = rng.integers(0, self.sizes["V"], shape)
                given[name].flat[-1] = given[name].flat[0]  # one word comes twice at least
            else:
                given[name] = rng.normal(size=shape) * (0.5 if name in self.weights else 1.0)
        return given

    def arguments(self, given: Arrays) -> list[Any]:
        """What the function is called with: weights one by one, or all in one dict."""
        weights = {name: given[name] for name in (*self.weights, *self.readout)} if PARAMETERS in self.function.takes else {}
        return [weights if name == PARAMETERS else given[name] for name in self.function.takes]

    def names(self, given: Arrays) -> dict[str, Any]:
        """What the function finds as global names; of a method, what its object has as attributes."""
        return {name: given[name] for name in self.weights} if self.function.made else {}

    def share(self, name: str) -> float:
        """The part of a true gradient that the course asks for: 1/N of a weight's where it takes the mean over the batch."""
        return 1 / self.sizes["N"] if self.averaged and name in self.weights else 1.0

    def upstream(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A random gradient for each output that is handed back: at every step and in every element."""
        shapes = {name: value.shape for name, value in self.forward(self.drawn(rng)).items() if name in self.handed}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def forward(self, given: Arrays) -> dict[str, np.ndarray]:
        """What the function has to return, by the course's names."""
        return {name: self.theirs(value.value) for name, value in self._run(given)[0].items()}

    def backward(self, given: Arrays, upstream: Arrays) -> dict[str, np.ndarray]:
        """The gradient of sum(output * upstream) over all outputs, for each argument by its name."""
        outputs, leaves = self._run(given)
        loss = sum((ops.sum(outputs[name] * self.ours(value)) for name, value in upstream.items()), start=tensor(0.0))
        gradients = loss.backward()
        found = {name: self.theirs(np.asarray(gradients[leaf])) for name, leaf in leaves.items()}
        weights = {} if self.cell is None else dump_weights(self.cell, self.convention, gradients=True)
        return found | {name: value * self.share(name) for name, value in weights.items()}

    def reordered(self, given: Arrays, order: str) -> dict[str, np.ndarray]:
        """The stacked weights, their gates in ``order``, put in the order that the convention has. Gates are along the axis that is as
        long as they are, and no longer with one input more: there may be as many inputs."""
        wider, found = dump_weights(self.fresh(1), self.convention), {}
        for name, shape in self.weights.items():
            axis = next(k for k, size in enumerate(shape) if size == wider[name].shape[k] == len(order) * self.sizes["H"])
            parts = dict(zip(order, np.split(given[name], len(order), axis), strict=True))
            found[name] = np.concatenate([parts[gate] for gate in self.gates], axis)
        return found

    def _run(self, given: Arrays) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Our net over the course's numbers: its outputs, and the leaves that are no weights."""
        if self.cell is None:
            table = tensor(given["W"], name="W")
            return {self.outputs[0]: ops.swapaxes(table[given["x"]], 0, 1)}, {"W": table}
        for parameter in self.cell.parameters.values():
            parameter.zero_grad()
        load_weights(self.cell, {name: given[name] for name in self.weights}, self.convention)
        if self.model is not None:
            load_weights(self.model, {name: given[name] for name in (*self.weights, *self.readout)}, self.convention)
        leaves = {name: tensor(self.ours(given[name]), name=name) for name in self.leaves}
        by_meaning = {self.meaning(name): leaf for name, leaf in leaves.items()}
        x = by_meaning["x"] if self.what == "sequence" else by_meaning["x"][None]
        empty = np.zeros((self.sizes["N"], self.sizes["H"]))
        h0 = tuple(by_meaning.get(f"{state}_0", empty) for state in self.cell.states)
        run = unroll(self.cell, x, h0=h0)
        outputs = {}
        for name in self.outputs:
            states = self._told(list(run.h)[1:]) if self.meaning(name) == "p" else list(getattr(run, self.meaning(name)))[1:]
            outputs[name] = states[-1] if self.what == "step" else ops.stack(states)
        return outputs, leaves

    def _told(self, states: list[Tensor]) -> list[Tensor]:
        """The probabilities that a readout makes of each state."""
        assert self.model is not None
        W, b = self.model.readout.parameters.values()
        return [ops.softmax(h @ W.T + b, axis=-1) for h in states]
