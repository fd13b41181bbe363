"""A character model's loss and all its gradients in one function, with the weights as global names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.computing import Arrays, Computation
from autograd_rnn.nets.conventions import dump_weights, load_weights
from autograd_rnn.nets.model import Model


class Character(Computation):
    """The loss of a net that reads tokens one by one and tells each next one: summed over the steps, in nats."""

    def __init__(self, spec: Spec, function: Function, sizes: Mapping[str, int]):
        super().__init__(spec, function, {**sizes, "D": sizes["V"], "N": 1})
        self.net = Model(self.cell, output_size=sizes["V"])
        self.readout = {name: x.shape for name, x in dump_weights(self.net, self.convention).items() if name not in self.weights}
        self.inputs = [*function.takes, *self.weights, *self.readout]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of what the function takes, tokens and weights alike."""
        if self.spec.names.get(name) in ("tokens", "targets"):
            return (self.sizes["T"],)
        return super().shape(name)

    def drawn(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Random tokens, each but once where there are enough, and targets, states and weights."""
        given: dict[str, np.ndarray] = {}
        for name in self.inputs:
            shape, V = self.shape(name), self.sizes["V"]
            if (meaning := self.spec.names.get(name)) in ("tokens", "targets"):
                given[name] = rng.permutation(V)[: shape[0]] if meaning == "tokens" and V >= shape[0] else rng.integers(0, V, shape)
            else:
                given[name] = rng.normal(size=shape) * (0.5 if name in self.weights or name in self.readout else 1.0)
        return given

    @property
    def tokens(self) -> str:
        """What the course calls what is read."""
        return next(name for name in self.function.takes if self.spec.names[name] == "tokens")

    def twice(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same numbers, but that the last token is the first one again, and both steps' target is it, too."""
        once = given[self.tokens][:1]
        return given | {name: np.concatenate([once, x[1:-1], once])[: len(x)] for name, x in given.items() if x.dtype.kind == "i"}

    def clipped(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Numbers of a long sequence by which every gradient is clipped from both sides: one class is told at every step and another one is
        right, most tokens are one, and the states are of both signs, none of them saturated."""
        H, signs = self.sizes["H"], 1.0 - 2 * (np.arange(self.sizes["H"]) % 2)
        found = {name: 0.25 * x if x.shape != (H, 1) else 1.2 * signs[:, None] for name, x in given.items()}
        for name in self.readout:
            told, right = (2 * signs, -2 * signs) if self.readout[name][1] > 1 else (8 - 1.66 * H, 1.66 * H)  # scores of 8 and of 0
            found[name] = np.concatenate(
                [np.broadcast_to(told, (1, given[name].shape[1])), np.broadcast_to(right, (1, given[name].shape[1])), found[name][2:]]
            )
        read = {name: x for name, x in given.items() if x.dtype.kind == "i"}
        found |= {
            name: np.append(np.full(len(x) - 2, x[0]), x[-2:]) if name == self.tokens else np.ones_like(x) for name, x in read.items()
        }
        return found

    def large(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same numbers with a readout so large that clipping shows, of what is handed back from step to step too."""
        return self._scaled(given, (2.0, -2.0), lambda largest: largest >= 2 * self.spec.clip)

    def small(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same numbers with weights so small that nothing is clipped, in a wrong answer neither: with a sum for a product slopes add
        up over the steps, which are small where states are large; with a mean in a softmax the classes do, which are alike."""
        states = (self.sizes["H"], self.sizes["H"])
        given = given | {name: given[name] * (0.25 if shape == states else 2.0) for name, shape in self.weights.items()}
        given = given | {name: given[name] * 0.1 for name in self.readout}
        return self._scaled(given, (0.5,), lambda largest: largest <= self.spec.clip / 20)

    def _scaled(self, given: dict[str, np.ndarray], factors: tuple[float, ...], enough: Callable[[float], bool]) -> dict[str, np.ndarray]:
        """The readout times the one of some factors that leaves the larger gradients: a target that is met surely has no digits in them."""
        matrix = next(name for name, shape in self.readout.items() if shape == (self.sizes["V"], self.sizes["H"]))

        def largest(given: dict[str, np.ndarray]) -> float:
            found = self.forward(given)
            return float(max(np.abs(found[f"d{name}"]).max() for name in self.weights))

        for _ in range(20 if self.spec.clip else 0):
            scores = np.abs(given[matrix]).sum(axis=1).max()  # at most, of states within ±1
            if enough(largest(given)) or scores > 100:  # exp(scores) is in range
                break
            given = max((given | {matrix: factor * given[matrix]} for factor in factors), key=largest)
        return given

    def as_sequence(self, given: Arrays) -> tuple[Computation, Arrays, Arrays, Arrays]:
        """The net by itself, without its loss: a function that reads x; its arguments, the targets, its states and probabilities."""
        self.forward(given)
        h_0 = next(name for name in self.function.takes if self.spec.names[name] == "h_0")
        tokens, targets = (next(given[n] for n in self.function.takes if self.spec.names[n] == what) for what in ("tokens", "targets"))
        weights = (*self.weights, *self.readout)
        spec = self.spec._replace(names={"x": "x", "h0": "h_0", "h": "h", "p": "p"}, functions=())
        part = Computation(spec, Function("rnn", ("x", "h0", *weights), ("h", "p", "cache"), "rnn sequence"), self.sizes)
        one_hot = np.eye(self.sizes["V"])
        arguments = {"x": part.theirs(one_hot[tokens][:, None]), "h0": given[h_0]} | {name: given[name] for name in weights}
        return part, arguments, {"targets": one_hot[targets][:, None]}, part.forward(arguments)

    def arguments(self, given: Arrays) -> list[Any]:
        """Tokens as lists of whole numbers."""
        return [given[name].tolist() if given[name].dtype.kind == "i" else given[name] for name in self.function.takes]

    def names(self, given: Arrays) -> dict[str, Any]:
        """The weights, and the sizes by the names that the assignment gives them."""
        sizes = {course: self.sizes[ours] for course, ours in self.spec.names.items() if ours in self.sizes}
        return sizes | {name: given[name] for name in (*self.weights, *self.readout)}

    def upstream(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Nothing is handed back: the loss is the function's own."""
        return {}

    def backward(self, given: Arrays, upstream: Arrays) -> dict[str, np.ndarray]:
        """None of its own: the gradients are outputs."""
        return {}

    def forward(self, given: Arrays) -> dict[str, np.ndarray]:
        """The loss, its gradients (clipped as the assignment says) and the last state."""
        for parameter in self.net.parameters.values():
            parameter.zero_grad()
        load_weights(self.net, {name: given[name] for name in (*self.weights, *self.readout)}, self.convention)
        by_meaning = {self.spec.names[name]: given[name] for name in self.function.takes}
        x = np.eye(self.sizes["V"])[by_meaning["tokens"]]
        run = self.net.unroll(x, by_meaning["targets"], h0=by_meaning["h_0"].ravel())
        run.backward()
        found = {f"d{name}": value for name, value in dump_weights(self.net, self.convention, gradients=True).items()}
        if self.spec.clip:
            found = {name: np.clip(value, -self.spec.clip, self.spec.clip) for name, value in found.items()}
        for name in self.outputs:
            if name not in found:
                found[name] = run.loss.value if self.spec.names[name] == "L" else run.h[self.sizes["T"]].value[:, None]
        return {name: np.asarray(found[name]) for name in self.outputs}
