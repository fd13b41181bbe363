"""What a recurrent cell is: parameters by shape, states by name, and one step.

A cell of your own is a subclass of `Cell` with `shapes`, `step` and, where it has more than ``h``, `states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.algebra.lines import at, latex, read
from autograd_rnn.engine import Tensor, scope, tensor
from autograd_rnn.engine.place import full_name, here
from autograd_rnn.nets.given import choose, dtype_name, generator, size
from autograd_rnn.nets.parameters import ByName, Parameters


def initial(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A weight drawn by one of the usual rules.

    ``glorot``: uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010). ``orthogonal``: the Q of a normal matrix's QR
    decomposition, signs made unique (Saxe et al. 2014). ``identity``: ones on the diagonal (Le et al. 2015).

    >>> initial("identity", (2, 2), np.random.default_rng(0))
    array([[1., 0.],
           [0., 1.]])
    """
    choose("initialiser", kind, ("glorot", "orthogonal", "identity"))
    if kind == "identity":
        return np.eye(shape[0], shape[1])
    if kind == "orthogonal":
        q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return q if q.shape == shape else q.T
    bound = np.sqrt(6 / (shape[0] + shape[-1]))
    return rng.uniform(-bound, bound, shape)


def checked_record(cell: Cell, record: Any, x: Tensor) -> dict[str, Tensor]:
    """What a step answered, if it is a dict of tensors with every state in its size: asked at a chain's first step."""
    if not isinstance(record, dict):
        states = ", ".join(f"{state}={state}" for state in cell.states)
        raise TypeError(f"{cell.name}: step returns a dict of named quantities, dict({states}), not {type(record).__name__}")
    if missing := [name for name in dict.fromkeys((*cell.states, cell.output)) if name not in record]:
        got = f"step returns {', '.join(record)}, but its states are {', '.join(cell.states)}"
        raise ValueError(f"{cell.name}: {got}: {', '.join(missing)} is missing")
    for name, value in record.items():
        at = f"{cell.name}: {name} at t={here().step}"
        if not isinstance(value, Tensor):
            raise TypeError(f"{at} is a plain {type(value).__name__}, which has no gradient: compute it from tensors, without .value")
        if name in cell.states and value.shape not in (wanted := ((cell.state_size(name),), (*x.shape[:-1], cell.state_size(name)))):
            raise ValueError(f"{at} has shape {value.shape}, but {wanted[1]} is needed")
    return record


class Cell:
    """The base of all cells. A subclass says the shapes of its parameters, the names of its states, and one step::

        class Residual(ar.Cell):
            def shapes(self):
                D, H = self.input_size, self.hidden_size
                return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}

            def step(self, p, x, h):
                a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
                h = h + ar.tanh(a)
                return dict(a=a, h=h)

    ``step`` returns every quantity that has a name in the equations, the new states among them; names, time steps, pictures and
    formulas follow from that. ``seed`` and ``dtype`` set the parameters' values; ``init`` and ``recurrent`` the rules they are drawn by
    (see `initial`); ``learn_initial=True`` makes the first states parameters (``h_0``) in place of zeros.
    """

    states: tuple[str, ...] = ("h",)
    output = "h"  # what the next layer and the readout read
    fields: tuple[str, ...] = ("input_size", "hidden_size", "init", "recurrent", "learn_initial", "seed", "dtype")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        seed: int = 0,
        dtype: str = "float64",
        init: str = "glorot",
        recurrent: str = "orthogonal",
        learn_initial: bool = False,
    ):
        self.input_size, self.hidden_size = size("input_size", input_size), size("hidden_size", hidden_size)
        self.seed, self.dtype = seed, choose("dtype", dtype_name(dtype), ("float64", "float32"))
        self.init, self.recurrent, self.tag = init, recurrent, ""
        self.learn_initial = choose("learn_initial", learn_initial, (False, True))
        # Column by column in memory, so that the product with W.T, which runs at every step, meets contiguous rows.
        values = {name: np.asfortranarray(value, self.dtype) for name, value in self.initial_values().items()}
        self._parameters = {name: tensor(value, name) for name, value in values.items()}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter by name, in the order in which they are listed."""
        raise NotImplementedError(f"{type(self).__name__} needs shapes(): {{'W_xh': (H, D), ...}}")

    def step(self, p: Any, x: Any, *states: Any) -> dict[str, Any]:
        """One time step: parameters ``p.W_xh``, input, previous states; returns every named quantity by name."""
        raise NotImplementedError(f"{type(self).__name__} needs step(p, x, h): the equations of one time step")

    def initial_values(self) -> dict[str, np.ndarray]:
        """Every parameter's first value: matrices by ``init`` or (square recurrent ones) ``recurrent``, biases and states zero."""
        rng, values = generator(self.seed), {}
        for name, shape in self.shapes().items():
            if not (isinstance(shape, tuple) and shape and all(isinstance(n, (int, np.integer)) and n > 0 for n in shape)):
                H, D = self.hidden_size, self.input_size
                raise ValueError(f"{self.name}: the shape of {name} is {shape!r}, not sizes of at least 1: ({H},) or ({H}, {D})")
            if name.startswith("b"):
                values[name] = np.zeros(shape)
            else:
                values[name] = initial(self.recurrent if name.startswith("W_h") and shape[0] == shape[-1] else self.init, shape, rng)
        if self.learn_initial:
            values |= {f"{state}_0": np.zeros(self.state_size(state)) for state in self.states}
        return values

    def state_size(self, state: str) -> int:
        """The length of a state vector."""
        return self.hidden_size

    @property
    def output_size(self) -> int:
        """The length of what the next layer and the readout read."""
        return self.hidden_size

    @property
    def name(self) -> str:
        """The cell's name in errors and on tapes."""
        return type(self).__name__.lower()

    @property
    def parameters(self) -> Mapping[str, Tensor]:
        """Every parameter by name, in a fixed order."""
        return ByName({full_name(name, self.tag, None): value for name, value in self._parameters.items()})

    def named(self) -> Parameters:
        """The parameters as `step` takes them: ``p.W_xh``."""
        return Parameters(**self._parameters)

    def set_tag(self, tag: str) -> None:
        """Name the cell's place in a larger net: its parameters, states and errors carry the tag from then on."""
        self.tag = tag
        for name, value in self._parameters.items():
            value.name = full_name(name, tag, None)

    def count_parameters(self: Any) -> int:
        """How many numbers are learned.

        >>> RNN(3, 4).count_parameters(), GRU(3, 4).count_parameters(), LSTM(3, 4).count_parameters()
        (32, 96, 128)
        """
        return sum(value.size for value in self.parameters.values())

    def equations(self: Any, form: str = "text") -> str:
        """The forward equations of one step, read off the tape of one: ``text`` or ``latex``."""
        choose("form", form, ("text", "latex"))
        if not isinstance(self, Cell):
            return "\n\n".join(part.equations(form) for part in self.cells)
        names: dict[Any, str] = {}
        with scope(step=1, recording=True):
            given = [tensor(np.zeros(self.input_size))] + [tensor(np.zeros(self.state_size(s))) for s in self.states]
            record = checked_record(self, self.step(self.named(), *given), given[0])
        names.update({value: full_name(name, self.tag, None) for name, value in self._parameters.items()})
        names[given[0]] = "x_t"
        names.update({value: at(full_name(s, self.tag, None), "t-1") for s, value in zip(self.states, given[1:], strict=True)})
        lines = []
        for name, node in record.items():
            symbol = at(full_name(name, self.tag, None), "t")
            lines.append((node.id, f"{symbol} = {read(node, names)[0]}" if node not in names else f"{symbol} = {names[node]}"))
            names.setdefault(node, symbol)
        text = [line for _, line in lines]
        return "\n".join(map(latex, text) if form == "latex" else text)

    def config(self) -> dict[str, Any]:
        """What `load` needs to build the cell again."""
        return {"class": type(self).__name__, **{field: getattr(self, field) for field in self.fields}}

    def __repr__(self) -> str:
        own = [name for name in self.config() if name not in ("class", *Cell.fields)]
        options = ", ".join(f"{name}={self.config()[name]!r}" for name in own)
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{options and ', '}{options})"
