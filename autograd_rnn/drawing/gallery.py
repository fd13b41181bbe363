"""The gallery: every picture that the program draws by itself, each with its caption. ``diagrams/`` is made by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.drawing import Picture, draw
from autograd_rnn.drawing.panels.panels import feed_forward_and_recurrent, recurrent_neuron, task_shapes
from autograd_rnn.drawing.panels.units import units
from autograd_rnn.engine import tensor
from autograd_rnn.nets.cells import CELLS, GRU, LSTM, RNN, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model, unroll
from autograd_rnn.nets.progress import Progress
from autograd_rnn.nets.wiring import Bidirectional, Stacked
from autograd_rnn.writing import named, write

HEADING = "# Gallery"
WORD = "river"


def reading(cell: str, **options: Any) -> Picture:
    """A cell reads a word, one score and one loss a character."""
    x, y = np.ones((len(WORD), 3)), np.zeros(len(WORD), int)
    return draw(Model(CELLS[cell](3, 4), output_size=3).unroll(x, y), labels=list(WORD), **options)


def net(cell: Any, steps: int = 4, task: str = "many-to-many", **options: Any) -> Picture:
    """A net with a readout over some steps."""
    return draw(Model(cell, 3, task=task), steps=steps, **options)


def speller() -> Model:
    """A net over the four letters of a word."""
    return Model(RNN(4, 3), 4)


def taught() -> Picture:
    """Reads ``hell`` and should answer ``ello``."""
    letters = [0, 1, 2, 2, 3]
    return draw(speller().unroll(np.eye(4)[letters[:-1]], letters[1:]), labels=list("hell"), targets="ello", hide="initial")


def translation(**options: Any) -> Picture:
    """An encoder-decoder at work."""
    return draw(EncoderDecoder(GRU(3, 4), GRU(5, 4, seed=1), 5).unroll(np.ones((3, 3)), [1, 2]), **options)


def diamond() -> Picture:
    """b = a + a, c = b + b: the smallest graph on which the order of a backward sweep matters."""
    a = tensor(1.0, name="a")
    b = a + a
    b.name = "b"
    c = b + b
    c.name = "c"
    return draw(c, gradients=True)


def fading() -> Picture:
    """A loss at the end alone, and what of it comes back to each step."""
    return net(RNN(3, 4, recurrent="orthogonal"), 7, "many-to-one", gradients=True, contributions="W_hh")


def compared() -> Picture:
    """What arrives over 60 steps in four nets before any training."""
    x = np.sin(np.arange(60 * 4)).reshape(60, 4)
    nets = {"RNN": RNN(4, 16), "GRU": GRU(4, 16)} | {f"LSTM, forget bias {bias}": LSTM(4, 16, forget_bias=bias) for bias in (0, 1, 3)}
    return draw({name: unroll(net, x).flow() for name, net in nets.items()})


def remembering() -> Picture:
    """One unit of an LSTM that keeps its first input until it is told to forget, and shows it where it is asked to."""
    x = np.array([[1, 1, 0, 0], [0.5, 0, 0, 0], [-1, 0, 0, 1], [0.3, 0, 0, 0], [0.8, 0, 0, 1], [1, 0, 1, 0], [0.2, 0, 0, 0]])
    reads = {"W_xi": [0, 12, 0, 0], "W_xf": [0, 0, -12, 0], "W_xg": [2, 0, 0, 0], "W_xo": [0, 0, 0, 12]}  # signal, write, forget, show
    weights = {name: tensor([row], name=name) for name, row in reads.items()}
    weights |= {f"b_{gate}": tensor([bias], name=f"b_{gate}") for gate, bias in zip("ifgo", (-6.0, 6.0, 0.0, -6.0), strict=True)}
    weights |= {f"W_h{gate}": tensor([[0.0]], name=f"W_h{gate}") for gate in "ifgo"}
    return draw(unroll(LSTM(4, 1), x, parameters={"": weights}), level="gates")


def pair() -> Bidirectional:
    """Two RNNs, one a direction."""
    return Bidirectional(RNN(3, 4), RNN(3, 4, seed=1))


SECTIONS: dict[str, dict[str, tuple[str, Callable[[], Picture]]]] = {
    "The idea": {
        "feed-forward": (
            "A feed-forward net has other weights in every layer and a fixed number of inputs; a recurrent one reads step by step.",
            lambda: Picture(feed_forward_and_recurrent()),
        ),
        "recurrent-neuron": ("One unit that reads its own output again, folded and unfolded.", lambda: Picture(recurrent_neuron())),
        "neurons": (
            "A fully connected RNN, neuron by neuron: three matrices, the same at every step.",
            lambda: Picture(units(Model(RNN(3, 4), 2))),
        ),
        "textbook": (
            "Folded and unfolded as in the standard textbook, with the targets that feed the losses.",
            lambda: net(RNN(3, 4), 3, folded=True, beside="unfolded", notation="letters", letters={"s": "o"}, targets=True, hide="initial"),
        ),
        "folded": ("A vanilla RNN, folded and unfolded.", lambda: net(RNN(3, 4), 3, folded=True, beside="unfolded")),
        "task-shapes": ("The five shapes of a task.", lambda: Picture(task_shapes())),
    },
    "Nets unrolled": {
        "rnn": ("A vanilla RNN reads a word: the same three matrices at every step.", lambda: reading("rnn")),
        "lstm": ("An LSTM reads a word: h goes through the weights, c through the forget gate alone.", lambda: reading("lstm")),
        "gru": ("A GRU reads a word.", lambda: reading("gru")),
        "jordan": ("A Jordan net: the score, not the state, is fed back.", lambda: net(Jordan(3, 4, output_size=3))),
        "many-to-one": ("Many to one: only the last state is read out.", lambda: net(LSTM(3, 4), task="many-to-one")),
        "one-to-many": ("One to many: only the first input is given.", lambda: net(RNN(3, 4), task="one-to-many")),
        "one-to-one": ("One to one: a single step is a plain net.", lambda: draw(Model(RNN(3, 4), 3, task="one-to-one"))),
        "stacked": ("Two layers: the second reads the states of the first.", lambda: net(Stacked([GRU(3, 4), GRU(4, 4)]))),
        "bidirectional": ("Two directions: the backward chain runs from right to left, and both are read out.", lambda: net(pair(), 3)),
        "teacher-forcing": (
            "A character model is taught: each step reads what the one before should have answered.",
            taught,
        ),
        "sampling": (
            "The same at work: each step reads what the one before answered.",
            lambda: draw(speller(), fed="answers", hide="initial"),
        ),
        "encoder-decoder": ("An encoder reads three steps; a decoder starts from its last state and writes two.", translation),
        "elided": ("A long run: the steps between the third and the last are left out.", lambda: net(RNN(3, 4), 40)),
    },
    "Inside the cells": {
        "rnn-cell": ("Inside a vanilla RNN.", lambda: draw(RNN(3, 4))),
        "lstm-cell": (
            "Inside an LSTM: three gates, the cell state along the top, and its equations.",
            lambda: draw(LSTM(3, 4), equations=True),
        ),
        "lstm-peephole-cell": ("Inside an LSTM whose gates see the cell state.", lambda: draw(LSTM(3, 4, peephole=True))),
        "gru-cell": ("Inside a GRU: the reset gate before the matrix product.", lambda: draw(GRU(3, 4))),
        "gru-after-cell": (
            "Inside a GRU as in most libraries: the reset gate after the matrix product, and z keeps the old state.",
            lambda: draw(GRU(3, 4, reset="after", update="keep")),
        ),
        "lstm-cells": ("Three steps of an LSTM, the cell in the middle opened.", lambda: net(LSTM(3, 4), 3, level="cell", opened=2)),
        "gru-cells": ("Three steps of a GRU, the cell in the middle opened.", lambda: net(GRU(3, 4), 3, level="cell", opened=2)),
        "bidirectional-cells": ("Two directions, cell by cell.", lambda: net(pair(), 3, level="cell")),
    },
    "Operation by operation": {
        "diamond": ("b = a + a, c = b + b: what arrives at b has to be added up before it goes on to a.", diamond),
        "rnn-operations": (
            "Every operation of an RNN, forward and backward: dashed arrows are the backward sweep.",
            lambda: net(RNN(3, 4), 2, level="op", gradients=True),
        ),
        "lstm-step": ("Every operation of an LSTM in one step.", lambda: net(LSTM(3, 4), 1, level="op")),
    },
    "What the numbers say": {
        "vanishing": ("The loss stands at the end: the further back, the less of its gradient arrives.", fading),
        "flow": ("What of a change arrives so many steps later, before any training: open forget gates keep it.", compared),
        "truncated": (
            "Truncated BPTT: nothing passes the cut, and each step's share of the gradient of W_hh.",
            lambda: net(RNN(3, 4), 6, truncate=3, gradients=True, contributions="W_hh"),
        ),
        "gates": ("The forget gate stays open until t = 6, so the cell keeps its first input; each output shows it if asked.", remembering),
        "path": (
            "One path of the chain rule: from the loss at t = 4 back to the state at t = 2.",
            lambda: net(RNN(3, 4), highlight=["L_4", "s_4", "h_4", "h_3", "h_2"]),
        ),
        "values": ("The states as small heat maps.", lambda: net(RNN(3, 4), thumbnails=True)),
    },
}
PICTURES = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


def gallery(folder: Path) -> list[Path]:
    """Draw every picture into a folder, as SVG and DOT, with an index; returns what was written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot make the folder {named(folder)}: {error.strerror}") from None
    page, written = folder / "README.md", []
    if page.exists() and not page.read_bytes().startswith(HEADING.encode()):
        raise ValueError(f"{named(page)} is no gallery's index, and would be lost: give the gallery a folder of its own")
    with Progress(len(PICTURES), None, "drawing") as bar:
        for name, (_, picture) in PICTURES.items():
            drawn = picture()
            bar.update(name)
            written.append(folder / f"{name}.dot")
            drawn.save(written[-1])
            written.append(folder / f"{name}.svg")
            drawn.save(written[-1])
    write(page, index().encode())
    return [*written, page]


def index() -> str:
    """The page that captions every picture."""
    parts = [HEADING, "", "Made by `autograd-rnn gallery diagrams`; every picture also stands here as DOT.", ""]
    for heading, pictures in SECTIONS.items():
        parts += [f"## {heading}", ""]
        for name, (caption, _) in pictures.items():
            parts += [f"### {name}", "", caption, "", f"![{caption}]({name}.svg)", ""]
    return "\n".join(parts)
