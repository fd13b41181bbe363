"""What a recurrent cell is: parameters by shape, states by name, and one step.

A cell of your own is a subclass of `Cell` with `shapes`, `step` and, where it has more than ``h``, `states`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor, tensor
from autograd_rnn.engine.checks import counts
from autograd_rnn.engine.naming import Name, checked_name, full_name
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.given import choose, dtype_name, generator, size
from autograd_rnn.nets.parameters import ByName, Parameters
from autograd_rnn.nets.spelling import PLACES, Spelling
from autograd_rnn.visible import class_of, shown, visible


def texts(given: Any) -> bool:
    """Whether these are texts in an order."""
    return isinstance(given, (tuple, list)) and all(isinstance(name, str) for name in given)


DECLARED: dict[str, tuple[Callable[[Any], bool], str]] = {  # what a class says of itself, when it may be that, and what it should be
    "states": (texts, "names of quantities such as 'h', in a tuple"),
    "output": (lambda given: isinstance(given, str), "the name of a quantity such as 'h'"),
    "answers": (lambda given: isinstance(given, Mapping) and texts([*given]), "roles by names of quantities, {'s': 'score'}"),
    "words": (lambda given: isinstance(given, Mapping) and texts([*given]), "words by names of quantities, {'f': 'forget gate'}"),
    "usual": (lambda given: isinstance(given, Mapping), "values by names of fields, {'bias': True}"),
    "fields": (texts, "names of what the class is made with, in a tuple"),
    "shapes": (callable, "a method that gives the parameters' shapes by name"),
    "step": (callable, "a method, the equations of one time step"),
}
ROWS = 3_500  # of a matrix that is made orthogonal in some ten seconds


def initial(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A weight drawn by one of the usual rules.

    ``glorot``: uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010). ``orthogonal``: the Q of a normal matrix's QR
    decomposition, signs made unique (Saxe et al. 2014). ``identity``: ones on the diagonal (Le et al. 2015). What is no matrix, as a vector
    that multiplies element by element, is ones for ``identity``, and ``glorot`` for ``orthogonal``.

    >>> initial("identity", (2, 2), np.random.default_rng(0))
    array([[1., 0.],
           [0., 1.]])
    """
    choose("initialiser", kind, ("glorot", "orthogonal", "identity"))
    if kind == "identity":
        return np.eye(*shape) if len(shape) == 2 else np.ones(shape)
    if kind == "orthogonal" and len(shape) == 2:
        q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return q if q.shape == shape else q.T
    bound = np.sqrt(6 / (shape[0] + shape[-1]))
    return rng.uniform(-bound, bound, shape)


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

    Names are yours. One that would print like another thing's (an own ``s`` or ``W_hy`` beside the readout's, a parameter called like a
    state, ``dh`` beside ``h``) is printed with the class's name after it, ``s_residual``, and that is its name everywhere, in
    ``run["s_residual"]`` and ``parameters`` too; only ``step`` has ``p.s``. One that could not be told from what stands around it, ``x_``
    at a step or ``h²``, is printed without what hides it, and answers to both.
    """

    states: tuple[str, ...] = ("h",)
    output = "h"  # what the next layer and the readout read
    answers: Mapping[str, str] = MappingProxyType({})  # the roles of what a cell with a readout of its own answers: {"s": "score"}
    words: Mapping[str, str] = MappingProxyType({})  # what quantities are called in words: {"f": "forget gate"}
    usual: Mapping[str, Any] = MappingProxyType({})  # options that neither a file nor a repr names where they are so
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
        for what, (fits, wanted) in DECLARED.items():
            try:
                given = getattr(self, what)
            except AttributeError as error:  # of a property that cannot be read
                raise TypeError(f"{class_of(self)}.{what} is {wanted}, and it cannot be read: {visible(error)}") from None
            if not fits(given):
                raise TypeError(f"{class_of(self)}.{what} is {wanted}, not {shown(given)}")
        self._take(self.initial_values())

    def _take(self, values: Mapping[str, np.ndarray]) -> None:
        """Make the parameters, and the names that all is printed by."""
        self.spelling = Spelling(type(self).__name__, self.states, values, self.answers, self.learn_initial)
        # Column by column in memory, so that the product with W.T, which runs at every step, meets contiguous rows.
        columns = {name: np.asfortranarray(value, self.dtype) for name, value in values.items()}
        self._parameters = {name: tensor(value, self.spelling.parameters[name]) for name, value in columns.items()}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter by name, in the order in which they are listed."""
        raise NotImplementedError(f"{class_of(self)} needs shapes(): {{'W_xh': (H, D), ...}}")

    def step(self, p: Any, x: Any, *states: Any) -> dict[str, Any]:
        """One time step: parameters ``p.W_xh``, input, previous states; returns every named quantity by name."""
        raise NotImplementedError(f"{class_of(self)} needs step(p, x, h): the equations of one time step")

    def initial_values(self) -> dict[str, np.ndarray]:
        """Every parameter's first value: matrices by ``init``, square ones that multiply a state by ``recurrent``; vectors that are only
        added, and states, zero; a subclass that wants others has this method. What a parameter is goes by `step`, which is tried out;
        where that needs what ``__init__`` has yet to set, all vectors are taken as biases, and square matrices as a state's."""
        rng, shapes = generator(self.seed), self.shapes()
        if not isinstance(shapes, Mapping):
            raise TypeError(f"{self.name}: shapes() gives the parameters' shapes by name, {{'W_xh': (H, D)}}, not {shown(shapes)}")
        for name, shape in shapes.items():
            checked_name(name, "the name of a parameter")
            if not (isinstance(shape, tuple) and shape and all(counts(n) and n > 0 for n in shape)):
                H, D = self.hidden_size, self.input_size
                wanted = f"not sizes of at least 1: ({H},) or ({H}, {D})"
                raise ValueError(f"{self.name}: the shape of {name} is {shown(shape)}, {wanted}")
        held = 40.0 * sum(map(math.prod, shapes.values()))  # each drawn, tried, and laid out column by column
        afford(f"{self.name} with {self.input_size:,} inputs and {self.hidden_size:,} units", held)
        drawn = [shape for shape in shapes.values() if (self.recurrent if len({*shape}) == 1 else self.init) == "orthogonal"]
        rows = sum(float(min(shape)) ** 3 for shape in drawn if len(shape) == 2) ** (1 / 3)
        at_most(f"{self.name}: rows of a weight that is drawn orthogonal", rows, ROWS)
        multiplied, values = self._multiplied(shapes), {}
        for name, shape in shapes.items():
            if len(shape) == 1 and name not in multiplied:
                values[name] = np.zeros(shape)
            else:
                recurrent = len(shape) == 2 and shape[0] == shape[1] and bool(multiplied.get(name, set()) - {"x"})
                values[name] = initial(self.recurrent if recurrent else self.init, shape, rng)
        if self.learn_initial:
            values |= {f"{state}_0": np.zeros(self.state_size(state)) for state in self.states}
        return values

    def _multiplied(self, shapes: Mapping[str, tuple[int, ...]]) -> Mapping[str, set[str]]:
        """What each parameter multiplies in a trial of the step."""
        from autograd_rnn.nets.standing import multiplied

        self._take({name: np.ones(shape) / max(shape) for name, shape in shapes.items()})
        try:
            return multiplied(self)
        except (MemoryError, SystemError):  # no answer of a function
            raise
        except Exception:  # a run says what is wrong with a step
            return {name: set(self.states) for name, shape in shapes.items() if len(shape) == 2}

    def state_size(self, state: str) -> int:
        """The length of a state vector."""
        return self.hidden_size

    @property
    def output_size(self) -> int:
        """The length of what the next layer and the readout read."""
        return self.state_sizes().get(self.given, self.hidden_size)

    @property
    def name(self) -> str:
        """The cell's name in errors and on tapes; a class called like a place of the net's own, ``Loss``, is ``own-loss``."""
        name = type(self).__name__.lower()
        return f"own-{name}" if name in PLACES else name

    @property
    def parameters(self) -> Mapping[str, Tensor]:
        """Every parameter by name, in a fixed order."""
        found: dict[str, Tensor] = {self.parameter(name): value for name, value in self._parameters.items()}
        return ByName(found, ((name, self.parameter(name)) for name in self._parameters))

    def parameter(self, name: str) -> Name:
        """The full name of a parameter, with the cell's tag."""
        return full_name(self.spelling.parameters[name], self.tag, None)

    @property
    def carried(self) -> tuple[str, ...]:
        """The states by their printed names, which a run's records have; for `output` see `given`."""
        return tuple(map(self.spelling.quantity, self.states))

    def first(self, state: str) -> Name:
        """The full name of a learned initial state, by the state's printed name."""
        return full_name(f"{state}_0", self.tag, None)

    @property
    def given(self) -> str:
        """The output by its printed name."""
        return self.spelling.quantity(self.output)

    def state_sizes(self) -> dict[str, int]:
        """The length of each state by its printed name."""
        sizes = {state: self.state_size(state) for state in self.states}
        for state, length in sizes.items():
            if not counts(length) or length < 1:
                remedy = "a matrix is carried as one, `M.reshape(-1)`"
                raise ValueError(f"{self.name}: state_size({state!r}) is the length of a vector, not {shown(length)}: {remedy}")
        return {self.spelling.quantity(state): length for state, length in sizes.items()}

    def recorded(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """What a step answered, by printed names."""
        names = self.spelling.quantities
        return {names.get(label) or self.spelling.quantity(label): value for label, value in record.items()}

    def named(self) -> Parameters:
        """The parameters as `step` takes them: ``p.W_xh``."""
        return Parameters(**self._parameters)

    def set_tag(self, tag: str) -> None:
        """Name the cell's place in a larger net: its parameters, states and errors carry the tag from then on."""
        self.tag = tag
        for name, value in self._parameters.items():
            value.name = self.parameter(name)

    def count_parameters(self: Any) -> int:
        """How many numbers are learned.

        >>> RNN(3, 4).count_parameters(), GRU(3, 4).count_parameters(), LSTM(3, 4).count_parameters()
        (32, 96, 128)
        """
        return sum(value.size for value in self.parameters.values())

    def equations(self, form: str = "text", notation: str = "names") -> str:
        """The forward equations of one step, read off the tape of one: ``text`` or ``latex``. What they hold that is so for that step's
        numbers only, as a mask that the cell makes by a comparison, is said below them. ``notation``: names (W_xh, W_hh), letters (U, W),
        or concatenated, one matrix on state and input together, W [h_{t-1}, x_t]."""
        from autograd_rnn.nets.writing import written  # what writes equations is not needed to run a net

        return written([[self]], form, notation)

    def config(self) -> dict[str, Any]:
        """What `load` needs to build the cell again."""
        if missing := [field for field in self.fields if not hasattr(self, field)]:
            raise TypeError(f"{class_of(self)}.fields names {shown(missing[0])}, which the cell does not have: set it in __init__")
        options = {field: getattr(self, field) for field in self.fields}
        return {"class": type(self).__name__, **{name: value for name, value in options.items() if (name, value) not in self.usual.items()}}

    def __repr__(self) -> str:
        own = {name: value for name, value in self.config().items() if name not in ("class", *Cell.fields)}
        options = ", ".join(f"{name}={value!r}" for name, value in own.items())
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{options and ', '}{options})"
