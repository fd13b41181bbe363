"""The recurrent cells, written as the book's equations: one line of code a line of the book.

Shapes are the textbook's (``W_xh`` is (H, D)); vectors stand on the last axis, so x is (D,) or (B, D) and a batch rides along.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.engine.checks import finite
from autograd_rnn.engine.ops import linear, relu, sigmoid, softmax, split, tanh
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import choose, size
from autograd_rnn.visible import shown

ACTIVATIONS = {"tanh": tanh, "relu": relu, "sigmoid": sigmoid, "identity": lambda a: a}


class Biased(Cell):
    """A cell of ours, with its biases or, ``bias=False``, without any."""

    usual = MappingProxyType({"bias": True})
    fields = (*Cell.fields, "bias")

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True, **options: Any):
        self.bias = choose("bias", bias, (True, False))
        super().__init__(input_size, hidden_size, **options)

    def biases(self, **shapes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The shapes of biases, where the cell has them."""
        return shapes if self.bias else {}


def bias_of(p: Any, name: str) -> tuple[Any, ...]:
    """A bias as the last argument of `linear`; none where the cell has none."""
    return (getattr(p, name),) if name in vars(p) else ()


class RNN(Biased):
    """The vanilla (Elman) net: h_t = f(W_xh x_t + W_hh h_{t-1} + b_h), f = tanh, relu, sigmoid or identity. Elman 1990. ``bias=False``
    leaves out b_h, as for every cell here all biases.

    >>> print(RNN(3, 4).equations())
    a_t = W_xh x_t + W_hh h_{t-1} + b_h
    h_t = tanh(a_t)
    """

    fields = (*Biased.fields, "activation")

    def __init__(self, input_size: int, hidden_size: int, activation: str = "tanh", **options: Any):
        self.activation = choose("activation", activation, ACTIVATIONS)
        super().__init__(input_size, hidden_size, **options)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        D, H = self.input_size, self.hidden_size
        return {"W_xh": (H, D), "W_hh": (H, H), **self.biases(b_h=(H,))}

    def step(self, p: Any, x: Any, h: Any) -> dict[str, Any]:
        a = linear(p.W_xh, x, p.W_hh, h, *bias_of(p, "b_h"))
        h = ACTIVATIONS[self.activation](a)
        return dict(a=a, h=h)


class Jordan(Biased):
    """The output is fed back: h_t = f(W_xh x_t + W_yh s_{t-1} + b_h), s_t = W_hy h_t + b_y. Jordan 1986.

    ``feedback="probabilities"`` feeds softmax(s_{t-1}) back in place of the scores. The net has its own readout.

    >>> print(Jordan(3, 4, output_size=2).equations())
    a_t = W_xh x_t + W_yh s_{t-1} + b_h
    h_t = tanh(a_t)
    s_t = W_hy h_t + b_y
    """

    output = "s"
    answers = MappingProxyType({"s": "score", "p": "probability"})
    fields = (*Biased.fields, "readout_size", "activation", "feedback")

    def __init__(
        self, input_size: int, hidden_size: int, output_size: int, activation: str = "tanh", feedback: str = "scores", **options: Any
    ):
        self.readout_size = size("output_size", output_size)
        self.activation = choose("activation", activation, ACTIVATIONS)
        self.feedback = choose("feedback", feedback, ("scores", "probabilities"))
        self.states = ("s",) if feedback == "scores" else ("p",)
        super().__init__(input_size, hidden_size, **options)

    def state_size(self, state: str) -> int:
        return self.readout_size

    @property
    def output_size(self) -> int:
        return self.readout_size

    def config(self) -> dict[str, Any]:
        config = super().config()
        config["output_size"] = config.pop("readout_size")
        return config

    def shapes(self) -> dict[str, tuple[int, ...]]:
        D, H, K = self.input_size, self.hidden_size, self.readout_size
        return {"W_xh": (H, D), "W_yh": (H, K), **self.biases(b_h=(H,)), "W_hy": (K, H), **self.biases(b_y=(K,))}

    def step(self, p: Any, x: Any, y: Any) -> dict[str, Any]:
        a = linear(p.W_xh, x, p.W_yh, y, *bias_of(p, "b_h"))
        h = ACTIVATIONS[self.activation](a)
        s = linear(p.W_hy, h, *bias_of(p, "b_y"))
        return dict(a=a, h=h, s=s) if self.feedback == "scores" else dict(a=a, h=h, s=s, p=softmax(s))


class Gated(Biased):
    """What LSTM and GRU share: gates k with a_k = W_xk x + W_hk h + b_k, or, ``fused``, all of them in one product."""

    gates: str = ""  # in the order in which `fused` stacks them
    fused = False

    def gate_shapes(self) -> dict[str, tuple[int, ...]]:
        """One W_xk, W_hk and b_k a gate."""
        D, H = self.input_size, self.hidden_size
        return {f"{part}{k}": {"W_x": (H, D), "W_h": (H, H), "b_": (H,)}[part] for k in self.gates for part in self.parts}

    @property
    def parts(self) -> tuple[str, ...]:
        """What each gate has of its own, as its parameters' names begin."""
        return ("W_x", "W_h", "b_") if self.bias else ("W_x", "W_h")

    def fuse(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same parameters with the gates stacked: W_x, W_h, b, then those that are no gate's."""
        stacked = {part.strip("_"): np.concatenate([values[part + k] for k in self.gates]) for part in self.parts}
        return {**stacked, **{name: value for name, value in values.items() if name not in self.gate_shapes()}}

    def unfuse(self, values: dict[str, Any]) -> dict[str, Any]:
        """The parameters by gate again."""
        parts = {part: np.split(values[part.strip("_")], len(self.gates)) for part in self.parts}
        gates = {f"{part}{k}": parts[part][n] for n, k in enumerate(self.gates) for part in parts}
        return {**gates, **{name: value for name, value in values.items() if name not in ("W_x", "W_h", "b")}}

    def initial_values(self) -> dict[str, np.ndarray]:
        fused, self.fused = self.fused, False
        values = super().initial_values()
        self.fused = fused
        return self.fuse(values) if fused else values  # the same numbers, fused or not

    def preactivations(self, p: Any, x: Any, h: Any) -> list[Any]:
        """a_k of every gate."""
        if self.fused:
            return split(linear(p.W_x, x, p.W_h, h, *bias_of(p, "b")), len(self.gates), axis=-1)
        return [linear(getattr(p, f"W_x{k}"), x, getattr(p, f"W_h{k}"), h, *bias_of(p, f"b_{k}")) for k in self.gates]


class LSTM(Gated):
    """Long short-term memory: input, forget and output gate, and a cell state c. Hochreiter and Schmidhuber 1997; forget gate and
    ``peephole`` Gers, Schmidhuber and Cummins 2000; ``coupled`` gates f = 1 - i, Greff et al. 2017.

    ``forget_bias`` is b_f's first value; ``fused=True`` computes all gates in one matrix product (W_x, W_h, b; gates in the order of
    `gates`).

    >>> print(LSTM(3, 4).equations())
    a_i,t = W_xi x_t + W_hi h_{t-1} + b_i
    a_f,t = W_xf x_t + W_hf h_{t-1} + b_f
    a_g,t = W_xg x_t + W_hg h_{t-1} + b_g
    a_o,t = W_xo x_t + W_ho h_{t-1} + b_o
    i_t = σ(a_i,t)
    f_t = σ(a_f,t)
    g_t = tanh(a_g,t)
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
    o_t = σ(a_o,t)
    h_t = o_t ⊙ tanh(c_t)
    """

    states = ("h", "c")
    words = MappingProxyType({"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"})
    fields = (*Biased.fields, "peephole", "coupled", "forget_bias", "fused")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        peephole: bool = False,
        coupled: bool = False,
        forget_bias: float = 1.0,
        fused: bool = False,
        **options: Any,
    ):
        self.peephole, self.coupled = choose("peephole", peephole, (False, True)), choose("coupled", coupled, (False, True))
        self.forget_bias, self.fused = forget_bias, choose("fused", fused, (False, True))
        if not (finite(forget_bias)):
            raise ValueError(f"forget_bias must be a finite number, not {shown(forget_bias)}")
        if forget_bias != 1 and options.get("bias") is False:
            raise ValueError(f"forget_bias={forget_bias:g} is b_f's first value, and with bias=False there is none: leave out either")
        self.gates = "igo" if coupled else "ifgo"
        super().__init__(input_size, hidden_size, **options)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        peepholes = [k for k in self.gates if k != "g"] if self.peephole else []
        return {**self.gate_shapes(), **{f"w_c{k}": (self.hidden_size,) for k in peepholes}}

    def initial_values(self) -> dict[str, np.ndarray]:
        values = super().initial_values()
        if self.bias and not self.coupled:
            gates = self.unfuse(values) if self.fused else values
            gates["b_f"] = np.full(self.hidden_size, float(self.forget_bias))
            values = self.fuse(gates) if self.fused else gates
        return values

    def step(self, p: Any, x: Any, h: Any, c: Any) -> dict[str, Any]:
        a = dict(zip(self.gates, self.preactivations(p, x, h), strict=True))
        i = sigmoid(a["i"] + p.w_ci * c if self.peephole else a["i"])
        f = 1 - i if self.coupled else sigmoid(a["f"] + p.w_cf * c if self.peephole else a["f"])
        g = tanh(a["g"])
        c = f * c + i * g
        o = sigmoid(a["o"] + p.w_co * c if self.peephole else a["o"])
        h = o * tanh(c)
        return {f"a_{k}": value for k, value in a.items()} | dict(i=i, f=f, g=g, c=c, o=o, h=h)


class GRU(Gated):
    """The gated recurrent unit, in its four variants. Cho et al. 2014; Chung et al. 2014.

    ``reset``: ``before`` the matrix product (Cho) or ``after`` it (cuDNN, PyTorch, Keras), with a bias b_hn of its own.
    ``update``: z takes the ``new`` value, h_t = (1 - z) h_{t-1} + z n (Chung), or z ``keep``s the old one (Cho, PyTorch, Keras).
    ``fused=True`` computes both gates in one matrix product.

    >>> print(GRU(3, 4).equations())
    a_r,t = W_xr x_t + W_hr h_{t-1} + b_r
    a_z,t = W_xz x_t + W_hz h_{t-1} + b_z
    r_t = σ(a_r,t)
    z_t = σ(a_z,t)
    m_t = r_t ⊙ h_{t-1}
    a_n,t = W_xn x_t + W_hn m_t + b_n
    n_t = tanh(a_n,t)
    h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ n_t
    """

    gates = "rz"
    words = MappingProxyType({"r": "reset gate", "z": "update gate", "n": "candidate"})
    fields = (*Biased.fields, "reset", "update", "fused")
    conventions = MappingProxyType({"reset": ("before", "after"), "update": ("new", "keep")})

    def __init__(self, input_size: int, hidden_size: int, reset: str = "before", update: str = "new", fused: bool = False, **options: Any):
        self.reset, self.update = (choose(name, given, self.conventions[name]) for name, given in (("reset", reset), ("update", update)))
        self.fused = choose("fused", fused, (False, True))
        super().__init__(input_size, hidden_size, **options)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        D, H = self.input_size, self.hidden_size
        new = {"W_xn": (H, D), "W_hn": (H, H), **self.biases(b_n=(H,))}
        return {**self.gate_shapes(), **new, **(self.biases(b_hn=(H,)) if self.reset == "after" else {})}

    def step(self, p: Any, x: Any, h: Any) -> dict[str, Any]:
        a_r, a_z = self.preactivations(p, x, h)
        r, z = sigmoid(a_r), sigmoid(a_z)
        if self.reset == "before":
            m = r * h
            a_n = linear(p.W_xn, x, p.W_hn, m, *bias_of(p, "b_n"))
        else:
            m = linear(p.W_hn, h, *bias_of(p, "b_hn"))
            a_n = linear(p.W_xn, x, *bias_of(p, "b_n")) + r * m
        n = tanh(a_n)
        h = (1 - z) * h + z * n if self.update == "new" else (1 - z) * n + z * h
        return dict(a_r=a_r, a_z=a_z, r=r, z=z, m=m, a_n=a_n, n=n, h=h)


CELLS: dict[str, type[Cell]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
