"""The feed-forward net: layers without a loop, the contrast to everything recurrent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from autograd_rnn.engine.ops import linear
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.cells import ACTIVATIONS, Biased, bias_of
from autograd_rnn.nets.given import choose, generator, size
from autograd_rnn.nets.wiring import Stacked
from autograd_rnn.visible import shown

MOST = 1_000  # layers


class Dense(Biased):
    """One layer without a state: h = f(W x + b), f = tanh, relu, sigmoid or identity."""

    states = ()
    fields = (*Biased.fields, "activation")

    def __init__(self, input_size: int, hidden_size: int, activation: str = "tanh", **options: Any):
        self.activation = choose("activation", activation, ACTIVATIONS)
        super().__init__(input_size, hidden_size, **options)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"W": (self.hidden_size, self.input_size), **self.biases(b=(self.hidden_size,))}

    def step(self, p: Any, x: Any) -> dict[str, Any]:
        a = linear(p.W, x, *bias_of(p, "b"))
        return dict(a=a, h=ACTIVATIONS[self.activation](a))


class FeedForward(Stacked):
    """Layers of other weights each, h^l = f(W^l h^(l-1) + b^l), with no loop and no state (Rumelhart, Hinton and Williams 1986). Over a
    sequence it reads each step alone; over a window of fixed length, all of it set side by side, it is a one-to-one model. ``sizes``: of
    its layers, from the input up; the readout is `Model`'s.

    >>> net = FeedForward(3, [4, 4])
    >>> print(net.equations())
    a1_t = W1 x_t + b1
    h1_t = tanh(a1_t)
    <BLANKLINE>
    a2_t = W2 h1_t + b2
    h2_t = tanh(a2_t)
    >>> list(net.parameters), Model(net, output_size=2, task="one-to-one").count_parameters()
    (['W1', 'b1', 'W2', 'b2'], 46)
    """

    def __init__(
        self,
        input_size: int,
        sizes: Sequence[int],
        activation: str = "tanh",
        *,
        seed: int = 0,
        dtype: str = "float64",
        init: str = "glorot",
        bias: bool = True,
    ):
        if not isinstance(sizes, (list, tuple)) or not sizes:
            raise TypeError(f"FeedForward takes the sizes of its layers, FeedForward(3, [4, 4]), not {shown(sizes)}")
        at_most("FeedForward: layers", len(sizes), MOST)
        widths = [size("input_size", input_size), *(size("sizes", width) for width in sizes)]
        numbers = sum(above * (below + 1) for below, above in itertools.pairwise(widths))
        afford(f"a feed-forward net of {numbers:,} numbers", 8.0 * numbers + 2_000 * len(sizes))
        generator(seed)
        self.options = dict(activation=activation, seed=seed, dtype=dtype, init=init, bias=bias)
        layers: list[Dense] = []
        for level, (below, width) in enumerate(itertools.pairwise(widths)):
            own = None if seed is None else seed + level
            layers.append(Dense(below, width, activation, seed=own, dtype=dtype, init=init, bias=bias))
        super().__init__(layers)

    def config(self) -> dict[str, Any]:
        sizes = [layer.hidden_size for layer in self.cells]
        return {"class": "FeedForward", "input_size": self.input_size, "sizes": sizes, **self.options}

    def __repr__(self) -> str:
        return f"FeedForward({self.input_size}, {[layer.hidden_size for layer in self.cells]}, activation={self.options['activation']!r})"
