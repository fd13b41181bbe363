"""Weights in the conventions of other libraries and of courses: PyTorch, Keras, ONNX, CS231n, deeplearning.ai.

One function lays our blocks out by the table of conventions. Dumping lays out their values; loading lays out their *addresses*, and so
learns where every number of a given array belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.convention_table import CONVENTIONS, FORMS, PARTS, Kind
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.given_weights import array_from, listed, matched, named, other_shape, real_numbers
from autograd_rnn.nets.inputs import net_of
from autograd_rnn.nets.model import Model, Scored
from autograd_rnn.nets.wiring import Bidirectional, Stacked, cells_in, chains_of, layers_of
from autograd_rnn.visible import class_of, shown, visible

GATES = {1: "an RNN", 3: "a GRU", 4: "an LSTM"}
Block = Callable[[str, tuple[int, ...]], np.ndarray]


def load_weights(model_or_cell: Any, arrays: Mapping[str, Any] | Sequence[Any], convention: str = "pytorch") -> None:
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
    concatenated W_i, W_f, W_g, W_o (H, H+D) acting on [h; x], b_i, ...; W_r, W_z, W_n of GRU(reset="before"); W of an RNN; W_hy, b_y
    cmu          W_ih (H, D), W_hh, b_ih, b_hh of an RNN; Wrx (H, D), Wrh, brx, brh and so on of GRU(reset="after", update="keep");
                 cmu-2020 calls its biases bir, bhr; cmu-2019 has none, calls n's weights Wx, Wh; GRU(reset="before", update="new")
    ===========  =========================================================================================================

    *Names.* PyTorch's may have a prefix (``model.rnn.weight_ih_l0``) or be a cell's (``weight_ih``), and a model's readout may be called
    as you like (``fc.weight``, ``fc.bias``). Keras' may be paths of variables (``sequential/lstm_1/lstm_cell/kernel``) or those of a file
    ``.weights.h5`` (``layers/lstm_1/cell/vars/0``), in the order of the layers; or ``arrays`` is its list ``get_weights()``. ONNX' are the
    inputs of a node, whatever its file calls them: ``W=arrays[node.input[1]]``, R is input 2, B 3 and P 7. Arrays that a net has no place
    for are refused.

    *Biases.* Two are summed, but for that of n in a GRU with reset after, where they differ. Without any (PyTorch's ``bias=False``, Keras'
    ``use_bias=False``, ONNX without B) they are zero.

    *What no array tells* you have to know, for a net that has it loads and gives other numbers here: Keras' ``activation`` and
    ``recurrent_activation`` (``"hard_sigmoid"`` by default before 2.3; later and here it is the sigmoid), ``reset_after`` of a GRU without
    biases, ``go_backwards`` (hand over ``x[::-1]``), a ``merge_mode`` other than concat; PyTorch's ``nonlinearity``; ONNX' attributes
    ``activations`` with their alpha and beta, ``clip``, ``direction="reverse"`` (``x[::-1]`` again), ``input_forget`` (coupled=True),
    ``linear_before_reset`` (reset="after"); a square matrix that is transposed; gates in another order; in a list, whether two cells of
    one shape are layers or directions.

    Nothing is written unless everything fits; else a ValueError or TypeError says which array does not and what would help.

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
    numbers = np.zeros(sum(block.size for block in blocks.values()))  # of biases that are left out, these zeros stay
    for name, array in checked(arrays, model_or_cell, convention).items():
        numbers[addresses[name]] = array
    values = {tensor: np.array(tensor.value) for tensor in model_or_cell.parameters.values()}
    own = by_gate(model_or_cell, values)
    with np.errstate(over="ignore"):
        for name, block in blocks.items():
            if name in own:
                own[name][...] = numbers[block]
            elif first_bias(name) in own and numbers[block].any():  # without any(), -0.0 would come back as 0.0
                own[first_bias(name)][...] += numbers[block]
    _assign(values)


def _assign(values: Mapping[Tensor, np.ndarray]) -> None:
    """Give tensors their values, all of them or none."""
    for tensor, value in values.items():
        if not np.isfinite(value).all():
            raise ValueError(f"{tensor.name} would hold numbers too large for {value.dtype}: a net of dtype='float64' holds larger ones")
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
    choose("gradients", gradients, (False, True))
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
    if isinstance(model_or_cell, Scored) and len(model_or_cell.nets) > 1:
        raise ValueError("an EncoderDecoder is two nets: load or dump model.encoder and model.decoder by themselves")
    net, readout = (model_or_cell.cell, model_or_cell.readout) if isinstance(model_or_cell, Model) else (net_of(model_or_cell), None)
    if not all(getattr(part, "bias", True) for part in (*cells_in(net), readout)):
        raise ValueError("conventions are for nets with biases: build it with bias=True, and biases that are not given stay zero")
    return net, None if readout is None or readout.own else readout


def first_bias(name: str) -> str:
    """The bias that a second one adds to: ``b2_i`` for ``b2_hi``."""
    return name.replace("_h", "_", 1) if name.startswith("b") else ""


def by_gate(model_or_cell: Any, arrays: dict[Tensor, np.ndarray]) -> dict[str, np.ndarray]:
    """The array of every parameter under its full name, fused ones gate by gate: views, so that to write into them is to write there."""
    net, readout = parts_of(model_or_cell)
    blocks = {} if readout is None else {name: arrays[value] for name, value in readout.parameters.items()}
    cells: list[Any] = cells_in(net)
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
            raise ValueError(f"{convention} has no {class_of(cell)}: it knows {known}; model.save(path) keeps any net")
        fitting = [kind for kind in same if all(getattr(cell, option) in allowed for option, allowed in kind.options.items())]
        if not fitting:
            wanted = " or ".join(", ".join(f"{o}={' or '.join(map(repr, a))}" for o, a in kind.options.items()) for kind in same)
            got = ", ".join(f"{option}={getattr(cell, option)!r}" for option in same[0].options)
            raise ValueError(f"{convention} cannot express {class_of(cell)} with {got}: build it with {wanted}")
        if cell.learn_initial:
            raise ValueError(f"{convention} has no learned initial states: build the {class_of(cell)} with learn_initial=False")
        kinds[cell] = fitting[0]
    groups = [list(kinds)] if rules.alike == "net" else layers if rules.alike == "layer" else []
    mixed = any(len({(id(kinds[cell]), cell.hidden_size) for cell in group}) > 1 for group in groups)
    if mixed or (rules.alike == "net" and len(set(map(len, layers))) > 1):
        raise ValueError(f"{convention} needs cells of one kind and hidden_size throughout a {rules.alike}, not {net!r}: choose keras")
    return kinds


def wanted_by(model_or_cell: Any, convention: str) -> tuple[dict[str, tuple[int, ...]], list[list[str]]]:
    """The shapes of a convention's arrays for a net, and the biases that it leaves out together where layers have none."""
    marks = layout(model_or_cell, convention, lambda name, shape: np.full(shape, name.startswith("b")))
    rules, biases = CONVENTIONS[convention], [name for name, mark in marks.items() if mark.all()]
    whole = [[name for name in biases if not name.startswith("readout")], [name for name in biases if name.startswith("readout")]]
    groups = [] if rules.single else whole if rules.alike == "net" else [[name] for name in biases]
    return {name: mark.shape for name, mark in marks.items()}, groups


def checked(arrays: Any, net: Any, convention: str) -> dict[str, np.ndarray]:
    """The arrays given, by the convention's names, if names, dtypes and shapes are those wanted; else an error with the remedy."""
    wanted, biases = wanted_by(net, convention)
    if isinstance(arrays, np.ndarray) and arrays.dtype == object:
        arrays = arrays.tolist()  # the dict or list that np.save pickled
    if convention == "keras" and isinstance(arrays, (list, tuple)):
        given = named([array_from(array, f"array {k} of the list") for k, array in enumerate(arrays)], wanted, biases)
    elif isinstance(arrays, Mapping):
        called = ((name if isinstance(name, str) else shown(name), array) for name, array in arrays.items())
        given = {name: array_from(array, name) for name, array in called}
    else:
        remedy = "a module's state_dict() is one, and convention='keras' takes the list get_weights() too"
        raise TypeError(f"arrays is a mapping of names to arrays, not {class_of(arrays)}: {remedy}")
    shapes = {name: array.shape for name, array in given.items()}
    theirs, missing, extra = matched(shapes, wanted, biases, convention)
    if missing or extra:
        wrong = [f"lack {', '.join(missing)}"] * bool(missing) + [f"have {visible(listed(extra, shapes))[:200]} too many"] * bool(extra)
        other = fitting_convention(shapes, net)
        needed = f"needed are {listed(wanted, wanted)}{CONVENTIONS[convention].called}"
        remedy = f"they fit convention={other!r}" if other else other_kind(extra, net, convention) or needed
        raise ValueError(f"the {convention} arrays for {net!r} {' and '.join(wrong)}: {remedy}")
    for ours, name in theirs.items():
        array, shape = given[name], wanted[ours]
        real_numbers(array, name, shape)
        if array.shape != shape:
            remedy = other_shape(array.shape, shape, convention) or other_sizes({o: shapes[n] for o, n in theirs.items()}, convention)
            raise ValueError(f"{name} has shape {array.shape}, but {shape} is needed for {net!r} in {convention}: {remedy}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite: load weights from before the training diverged")
    return {ours: given[name] for ours, name in theirs.items()}


def other_kind(extra: list[str], net: Any, convention: str) -> str:
    """How to build the same cells so that there is a place for the arrays that are too many, if there is a way."""
    names, mine = {name.rpartition("/")[2] for name in extra}, expressible(parts_of(net)[0], convention).values()
    for kind in CONVENTIONS[convention].kinds:
        if names and names <= kind.arrays.keys() and any(kind.cell is own.cell and not names <= own.arrays.keys() for own in mine):
            return f"build the {kind.cell.__name__} with {', '.join(f'{option}={values[0]!r}' for option, values in kind.options.items())}"
    return ""


def other_sizes(shapes: dict[str, tuple[int, ...]], convention: str) -> str:
    """What net to build, as the first recurrent matrix (K·H, H) tells it."""
    rows = {name for kind in CONVENTIONS[convention].kinds for name, text in kind.arrays.items() if text.split()[1:] == ["h"]}
    for name, shape in shapes.items():
        if rows & set(re.split(r"/|_l\d+", name)) and len(shape) > 1 and min(shape[-2:]):
            gates, rest = divmod(max(shape[-2:]), min(shape[-2:]))
            if not rest and gates in GATES:
                return f"build the net with the sizes that the arrays have, those of {GATES[gates]} of hidden_size {min(shape[-2:])}"
    return "build the net with the sizes that the arrays have"


def fitting_convention(shapes: dict[str, tuple[int, ...]], model_or_cell: Any) -> str | None:
    """The convention in which these are all the arrays of this net."""
    for name in CONVENTIONS:
        try:
            wanted, biases = wanted_by(model_or_cell, name)
            theirs, missing, extra = matched(shapes, wanted, biases, name)
        except ValueError:
            continue
        if not missing and not extra and all(shapes[given] == wanted[ours] for ours, given in theirs.items()):
            return name
    return None
