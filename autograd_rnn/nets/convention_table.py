"""How other libraries and courses lay a cell's weights out, as data: PyTorch, Keras, ONNX, CS231n, deeplearning.ai, CMU 11-785.

A convention says which arrays there are, which of our blocks (a W_xk, W_hk or bias of one gate k) each of them holds, in what order and
which way round. What is no array is not here: activations other than ours, clipping, ``hard_sigmoid`` (see `load_weights`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import ACTIVATIONS, GRU, LSTM, RNN

# What an array is made of, by letter: our block's name for gate k, and its shape. ``s`` is the second bias, which acts on the state: only
# the GRU with reset after has one (b_hn); elsewhere the sum of the two is all that counts. ``p``: peepholes (g has none).
# ``y`` and ``z`` are the readout's matrix, all directions side by side, and its bias.
PARTS = {"x": ("W_x{}", "HD"), "h": ("W_h{}", "HH"), "b": ("b_{}", "H"), "s": ("b_h{}", "H"), "p": ("w_c{}", "H")}

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
    theirs: Sequence[str] = ""


class Convention(NamedTuple):
    """``name``: how an array is called in a larger net. ``ways``: the two directions' names, or None for a leading axis of directions.
    ``alike``: what must be of one kind and size, the ``net`` or each ``layer``. ``single``: it knows nets of one cell only.
    ``called``: where its arrays are found under other names."""

    kinds: list[Kind]
    name: str = "{array}"
    ways: tuple[str, str] | None = ("", "")
    alike: str = ""
    single: bool = False
    called: str = ""


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
CMU = {"W{}x": "rows x", "W{}h": "rows h"}
OWN = {"W_hy": "rows y", "b_y": "rows z"}
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
        called=", whatever a file calls them: inputs 1, 2, 3 and 7 of the node, {'W': arrays[node.input[1]], 'R': ...}",
    ),
    "cs231n": Convention([Kind(RNN, TANH, "h", CS231N, VOCAB), Kind(LSTM, PLAIN, "ifog", CS231N, VOCAB)], single=True),
    "dlai": Convention(
        [Kind(RNN, TANH, "h", {"Wax": "rows x", "Waa": "rows h", "ba": "column b"}, {"Wya": "rows y", "by": "column z"}),
         Kind(LSTM, PLAIN, "figo", {"W{}": "beside h x", "b{}": "column b"}, {"Wy": "rows y", "by": "column z"}, theirs="fico")],
        single=True,
    ),
    "min-char-rnn": Convention(
        [Kind(RNN, TANH, "h", {"Wxh": "rows x", "Whh": "rows h", "bh": "column b"}, {"Why": "rows y", "by": "column z"})], single=True
    ),
    "concatenated": Convention(  # as notation="concatenated" writes them
        [Kind(RNN, ANY, "h", {"W": "beside h x", "b_h": "rows b"}, OWN),
         Kind(LSTM, PLAIN, "ifgo", {"W_{}": "beside h x", "b_{}": "rows b"}, OWN, theirs="ifgo"),
         Kind(GRU, dict(reset=("before",)), "rzn", {"W_{}": "beside h x", "b_{}": "rows b"}, OWN, theirs="rzn")],
        single=True,
    ),
    "cmu": Convention(
        [Kind(RNN, TANH, "h", {"W_ih": "rows x", "W_hh": "rows h", "b_ih": "rows b", "b_hh": "rows s"}),
         Kind(GRU, CUDNN, "rzn", {**CMU, "b{}x": "rows b", "b{}h": "rows s"}, theirs="rzn")],
        single=True,
    ),
    "cmu-2020": Convention([Kind(GRU, CUDNN, "rzn", {**CMU, "bi{}": "rows b", "bh{}": "rows s"}, theirs="rzn")], single=True),
    "cmu-2019": Convention(  # without biases, the candidate's weights without a letter
        [Kind(GRU, dict(reset=("before",), update=("new",)), "rzn", CMU, theirs=("r", "z", ""))], single=True
    ),
}  # fmt: skip
