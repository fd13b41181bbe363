"""Weights in the conventions of other libraries and of courses: PyTorch, Keras, ONNX, CS231n, deeplearning.ai.

A convention is data: which arrays there are, which of our blocks (a W_xk, W_hk or bias of one gate k) each of them holds, in what
order and which way round. One function lays the blocks out by that table. Dumping lays out their values; loading lays out their
*addresses*, and so learns where every number of a given array belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.place import full_name
from autograd_rnn.nets.cell import Cell, choose
from autograd_rnn.nets.cells import ACTIVATIONS, GRU, LSTM, RNN
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.inputs import net_of
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.wiring import Bidirectional, Stacked, chains_of, layers_of

# -- the table ------------------------------------------------------------------------------------------------------

# What an array is made of, by letter: our block's name for gate k, and its shape. ``s`` is the second bias, which acts on the state: only
# the GRU with reset after has one (b_hn); elsewhere the sum of the two is all that counts. ``p``: peepholes (g has none).
# ``y`` and ``z`` are the readout's matrix, all directions side by side, and its bias.
PARTS = {"x": ("W_x{}", "HD"), "h": ("W_h{}", "HH"), "b": ("b_{}", "H"), "s": ("b_h{}", "H"), "p": ("w_c{}", "H")}

Block = Callable[[str, tuple[int, ...]], np.ndarray]

# How the parts, each with its gates one under the other, become one array.
FORMS: dict[str, Callable[..., np.ndarray]] = {
    "rows": lambda *parts: np.concatenate(parts),
    "columns": lambda *parts: np.concatenate(parts).T,
    "beside": lambda *parts: np.concatenate(parts, axis=1),
    "column": lambda *parts: np.concatenate(parts)[:, None],
    "stacked": lambda *parts: np.stack(parts),
}


class Kind(NamedTuple):
    """One cell as a convention writes it: what it must have been built with, our gates in the other order, the arrays by name.

    A name with ``{}`` stands for one array a gate, called by the letters of ``theirs``.
    """

    cell: type[Cell]
    options: dict[str, tuple[Any, ...]]
    gates: str
    arrays: dict[str, str]
    readout: dict[str, str] = {}
    theirs: str = ""


class Convention(NamedTuple):
    """``name``: how an array is called in a larger net. ``ways``: the two directions' names, or None for a leading axis of directions.
    ``alike``: what must be of one kind and size, the ``net`` or each ``layer``. ``single``: it knows nets of one cell only."""

    kinds: list[Kind]
    name: str = "{array}"
    ways: tuple[str, str] | None = ("", "")
    alike: str = ""
    single: bool = False


PLAIN = dict(peephole=(False,), coupled=(False,))
CHO = dict(reset=("before",), update=("keep",))
CUDNN = dict(reset=("after",), update=("keep",))
ANY = dict(activation=tuple(ACTIVATIONS))
TANH = dict(activation=("tanh",))
TORCH = {"weight_ih": "rows x", "weight_hh": "rows h", "bias_ih": "rows b", "bias_hh": "rows s"}
LINEAR = {"readout.weight": "rows y", "readout.bias": "rows z"}
KERAS = {"kernel": "columns x", "recurrent_kernel": "columns h", "bias": "rows b"}
DENSE = {"readout/kernel": "columns y", "readout/bias": "rows z"}
ONNX = {"W": "rows x", "R": "rows h", "B": "rows b s"}
CS231N = {"Wx": "columns x", "Wh": "columns h", "b": "rows b"}
VOCAB = {"W_vocab": "columns y", "b_vocab": "rows z"}

CONVENTIONS = {
    "pytorch": Convention(
        [Kind(RNN, dict(activation=("tanh", "relu")), "h", TORCH, LINEAR), Kind(LSTM, PLAIN, "ifgo", TORCH, LINEAR),
         Kind(GRU, CUDNN, "rzn", TORCH, LINEAR)],
        name="{array}_l{index}{way}", ways=("", "_reverse"), alike="net",
    ),
    "keras": Convention(
        [Kind(RNN, ANY, "h", KERAS, DENSE), Kind(LSTM, PLAIN, "ifgo", KERAS, DENSE),
         Kind(GRU, CUDNN, "zrn", {**KERAS, "bias": "stacked b s"}, DENSE), Kind(GRU, CHO, "zrn", KERAS, DENSE)],
        name="{level}{way}{array}", ways=("forward/", "backward/"),
    ),
    "onnx": Convention(  # coupled is its input_forget=1, reset after its linear_before_reset=1; it has no readout
        [Kind(RNN, ANY, "h", ONNX), Kind(LSTM, dict(peephole=(False,)), "iofg", ONNX),
         Kind(LSTM, dict(peephole=(True,)), "iofg", {**ONNX, "P": "rows p"}), Kind(GRU, CUDNN, "zrn", ONNX), Kind(GRU, CHO, "zrn", ONNX)],
        name="{level}{array}", ways=None, alike="layer",
    ),
    "cs231n": Convention([Kind(RNN, TANH, "h", CS231N, VOCAB), Kind(LSTM, PLAIN, "ifog", CS231N, VOCAB)], single=True),
    "dlai": Convention(
        [Kind(RNN, TANH, "h", {"Wax": "rows x", "Waa": "rows h", "ba": "column b"}, {"Wya": "rows y", "by": "column z"}),
         Kind(LSTM, PLAIN, "figo", {"W{}": "beside h x", "b{}": "column b"}, {"Wy": "rows y", "by": "column z"}, theirs="fico")],
        single=True,
    ),
}  # fmt: skip

# -- reading the table ----------------------------------------------------------------------------------------------


def load_weights(model_or_cell: Any, arrays: Mapping[str, Any], convention: str = "pytorch") -> None:
    """Give a net the weights of another library's: ``arrays`` by name, such as a PyTorch ``state_dict()``.

    ===========  =========================================================================================================
    pytorch      weight_ih_l0 (K·H, D), weight_hh_l0 (K·H, H), bias_ih_l0, bias_hh_l0; gates i,f,g,o and r,z,n;
                 GRU(reset="after", update="keep"); layers ``_l1``, backward ``_reverse``; readout.weight (V, H), readout.bias
    keras        kernel (D, K·H), recurrent_kernel (H, K·H), bias; gates i,f,c,o and z,r,h; GRU(update="keep"), with reset="after"
                 a bias (2, 3·H); larger nets ``layer_1/forward/kernel``; readout/kernel (H, V), readout/bias
    onnx         W (directions, K·H, D), R, B (directions, 2·K·H), peepholes P; gates i,o,f,c and z,r,h; GRU(update="keep");
                 layers ``layer_1/W``; a model's readout is left as it is
    cs231n       Wx (D, K·H), Wh (H, K·H), b; gates i,f,o,g; RNN and LSTM of one layer; W_vocab (H, V), b_vocab
    dlai         Wf, bf, Wi, bi, Wc, bc, Wo, bo acting on [a; x], biases (H, 1), Wy, by; RNN: Wax, Waa, ba, Wya, by
    ===========  =========================================================================================================

    Two biases are summed, but for that of n in a GRU with reset after, where they differ. Nothing is written unless everything fits; else
    a ValueError says which array does not and what would help.

    >>> cell = RNN(2, 1)
    >>> load_weights(cell, {"Wx": [[1.0], [2.0]], "Wh": [[3.0]], "b": [4.0]}, convention="cs231n")
    >>> cell.parameters["W_xh"].value
    array([[1., 2.]])
    """
    blocks: dict[str, np.ndarray] = {}

    def address(name: str, shape: tuple[int, ...]) -> np.ndarray:
        start = sum(block.size for block in blocks.values())
        return blocks.setdefault(name, np.arange(start, start + np.prod(shape)).reshape(shape))

    addresses = layout(model_or_cell, convention, address)
    given = checked(arrays, addresses, model_or_cell, convention)
    numbers = np.zeros(sum(block.size for block in blocks.values()))
    for name, where in addresses.items():
        numbers[where] = given[name]
    values = {tensor: np.array(tensor.value) for tensor in model_or_cell.parameters.values()}
    own = by_gate(model_or_cell, values)
    for name, block in blocks.items():
        if name in own:
            own[name][...] = numbers[block]
        elif first_bias(name) in own and numbers[block].any():  # without any(), -0.0 would come back as 0.0
            own[first_bias(name)][...] += numbers[block]
    for tensor, value in values.items():
        tensor.assign(value)


def dump_weights(model_or_cell: Any, convention: str = "pytorch", gradients: bool = False) -> dict[str, np.ndarray]:
    """A net's weights as another library names and lays them out; the inverse of `load_weights`, which lists the conventions.

    Where there are two biases for one of ours the second is zero. ``gradients=True`` gives what ``backward`` has added to ``grad`` in the
    same layout (both biases have the same gradient). Raises ValueError for a net that the convention cannot express, and for gradients
    before any sweep.

    >>> {name: array.shape for name, array in dump_weights(LSTM(3, 4), "keras").items()}
    {'kernel': (3, 16), 'recurrent_kernel': (4, 16), 'bias': (16,)}
    """
    dtype, tensors = parts_of(model_or_cell)[0].dtype, model_or_cell.parameters.values()
    if gradients and all(tensor.grad is None for tensor in tensors):
        raise ValueError(f"{model_or_cell!r} has no gradients yet: call run.backward() first")
    unreached = {tensor: np.zeros(tensor.shape, dtype) for tensor in tensors}
    own = by_gate(model_or_cell, {t: t.value if not gradients else unreached[t] if t.grad is None else t.grad for t in tensors})

    def block(name: str, shape: tuple[int, ...]) -> np.ndarray:
        name = first_bias(name) if gradients and name not in own else name
        return own[name] if name in own else np.zeros(shape, dtype)

    return {name: np.array(array, order="C") for name, array in layout(model_or_cell, convention, block).items()}


def layout(model_or_cell: Any, convention: str, block: Block) -> dict[str, np.ndarray]:
    """The convention's arrays for a net, put together of blocks: ``block(name, shape)`` gives each by our name for it (``W2_xi``)."""
    rules = CONVENTIONS[choose("convention", convention, CONVENTIONS)]
    net, readout = parts_of(model_or_cell)
    kinds = expressible(net, convention)
    arrays: dict[str, np.ndarray] = {}
    for index, layer in enumerate(layers_of(net)):
        level = f"layer_{index + 1}/" if isinstance(net, Stacked) else ""
        ways = rules.ways if rules.ways and isinstance(layer, Bidirectional) else ("", "")
        sides = []
        for cell, way in zip(chains_of(layer), ways, strict=False):
            named = cell_arrays(cell, kinds[cell], block)
            sides.append({rules.name.format(array=name, index=index, level=level, way=way): array for name, array in named})
        for side in sides:
            arrays |= side if rules.ways else {name: np.stack([other[name] for other in sides]) for name in side}
    if readout is not None:
        *weights, bias = [block(name, value.shape) for name, value in readout.parameters.items()]
        parts = {"y": np.concatenate(weights, axis=1), "z": bias}
        for name, text in next(iter(kinds.values())).readout.items():
            form, part = text.split()
            arrays[name] = FORMS[form](parts[part])
    return arrays


def cell_arrays(cell: Cell, kind: Kind, block: Block) -> list[tuple[str, np.ndarray]]:
    """One cell's arrays, (name, array), by its row of the table."""
    sizes = {"H": cell.hidden_size, "D": cell.input_size}

    def part(letter: str, gates: str) -> np.ndarray:
        name, axes = PARTS[letter]
        shape = tuple(sizes[axis] for axis in axes)
        used = gates.replace("g", "") if letter == "p" else gates
        return np.concatenate([block(full_name(name.format(k), cell.tag, None), shape) for k in used])

    arrays = []
    for name, text in kind.arrays.items():
        form, *letters = text.split()
        named = zip(kind.gates, kind.theirs, strict=True) if "{}" in name else [(kind.gates, "")]
        arrays += [(name.format(theirs), FORMS[form](*(part(letter, gates) for letter in letters))) for gates, theirs in named]
    return arrays


# -- our side -------------------------------------------------------------------------------------------------------


def parts_of(model_or_cell: Any) -> tuple[Any, Any]:
    """The net, and the readout if there is one."""
    if isinstance(model_or_cell, EncoderDecoder):
        raise ValueError("an EncoderDecoder is two nets: load or dump model.encoder and model.decoder by themselves")
    if isinstance(model_or_cell, Model):
        return model_or_cell.cell, None if model_or_cell.readout.own else model_or_cell.readout
    return net_of(model_or_cell), None


def first_bias(name: str) -> str:
    """The bias that a second one adds to: ``b2_i`` for ``b2_hi``."""
    return name.replace("_h", "_", 1) if name.startswith("b") else ""


def by_gate(model_or_cell: Any, arrays: dict[Tensor, np.ndarray]) -> dict[str, np.ndarray]:
    """The array of every parameter under its full name, fused ones gate by gate: views, so that to write into them is to write there."""
    net, readout = parts_of(model_or_cell)
    blocks = {} if readout is None else {name: arrays[value] for name, value in readout.parameters.items()}
    cells: list[Any] = [cell for layer in layers_of(net) for cell in chains_of(layer)]
    for cell in cells:
        own = {name: arrays[value] for name, value in vars(cell.named()).items()}
        own = cell.unfuse(own) if getattr(cell, "fused", False) else own
        blocks |= {full_name(name, cell.tag, None): array for name, array in own.items()}
    return blocks


# -- what does not fit ----------------------------------------------------------------------------------------------


def expressible(net: Any, convention: str) -> dict[Cell, Kind]:
    """Each cell's row of the table, or a ValueError that says what the convention cannot express and what to choose."""
    rules, kinds = CONVENTIONS[convention], {}
    if rules.single and not isinstance(net, Cell):
        able = " or ".join(name for name, other in CONVENTIONS.items() if not other.single)
        raise ValueError(f"{convention} knows nets of one cell only, not {net!r}: choose {able}, or take each of its cells alone")
    layers = [chains_of(layer) for layer in layers_of(net)]
    for cell in sum(layers, []):
        same = [kind for kind in rules.kinds if type(cell) is kind.cell]
        if not same:
            known = ", ".join(dict.fromkeys(kind.cell.__name__ for kind in rules.kinds))
            raise ValueError(f"{convention} has no {type(cell).__name__}: it knows {known}; model.save(path) keeps any net")
        fitting = [kind for kind in same if all(getattr(cell, option) in allowed for option, allowed in kind.options.items())]
        if not fitting:
            wanted = " or ".join(", ".join(f"{o}={' or '.join(map(repr, a))}" for o, a in kind.options.items()) for kind in same)
            got = ", ".join(f"{option}={getattr(cell, option)!r}" for option in same[0].options)
            raise ValueError(f"{convention} cannot express {type(cell).__name__} with {got}: build it with {wanted}")
        if cell.learn_initial:
            raise ValueError(f"{convention} has no learned initial states: build the {type(cell).__name__} with learn_initial=False")
        kinds[cell] = fitting[0]
    groups = [list(kinds)] if rules.alike == "net" else layers if rules.alike == "layer" else []
    mixed = any(len({(id(kinds[cell]), cell.hidden_size) for cell in group}) > 1 for group in groups)
    if mixed or (rules.alike == "net" and len(set(map(len, layers))) > 1):
        raise ValueError(f"{convention} needs cells of one kind and hidden_size throughout a {rules.alike}, not {net!r}: choose keras")
    return kinds


def checked(arrays: Any, wanted: dict[str, np.ndarray], net: Any, convention: str) -> dict[str, np.ndarray]:
    """The arrays given, if their names, dtypes and shapes are those wanted; else an error with the remedy."""
    if not isinstance(arrays, Mapping):
        raise TypeError(f"arrays is a mapping of names to arrays, not {type(arrays).__name__}")
    given = {name: np.asarray(array) for name, array in arrays.items()}
    missing, extra = [name for name in wanted if name not in given], [str(name) for name in given if name not in wanted]
    if missing or extra:
        wrong = [f"lack {', '.join(missing)}"] * bool(missing) + [f"have {', '.join(extra)} too many"] * bool(extra)
        other = fitting_convention({name: array.shape for name, array in given.items()}, net)
        needed = ", ".join(f"{name} {where.shape}" for name, where in wanted.items())
        remedy = f"they fit convention={other!r}" if other else f"needed are {needed}"
        raise ValueError(f"the {convention} arrays for {net!r} {' and '.join(wrong)}: {remedy}")
    for name, array in given.items():
        shape = wanted[name].shape
        if array.dtype.kind not in "fiu":
            raise TypeError(f"{name} holds {array.dtype}, not real numbers: an array of shape {shape} is needed")
        if array.shape != shape:
            remedy = "it fits transposed" if array.T.shape == shape else "build the net with the sizes that the arrays have"
            raise ValueError(f"{name} has shape {array.shape}, but {shape} is needed for {net!r} in {convention}: {remedy}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite: load weights from before the training diverged")
    return given


def fitting_convention(shapes: dict[str, tuple[int, ...]], model_or_cell: Any) -> str | None:
    """The convention whose arrays for this net have exactly these names and shapes."""
    for name in CONVENTIONS:
        try:
            arrays = layout(model_or_cell, name, lambda _, shape: np.zeros(shape))
        except ValueError:
            continue
        if {key: array.shape for key, array in arrays.items()} == shapes:
            return name
    return None
