"""The gallery: every picture that the program draws by itself, each with its caption. ``diagrams/`` is made by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograd_rnn.drawing import Picture, draw
from autograd_rnn.nets.cells import CELLS, GRU, LSTM, RNN, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.wiring import Bidirectional, Stacked
from autograd_rnn.writing import write

WORD = "river"


def reading(cell: str) -> Picture:
    """A cell reads a word, one score and one loss a character."""
    x, y = np.ones((len(WORD), 3)), np.zeros(len(WORD), int)
    return draw(Model(CELLS[cell](3, 4), output_size=3).unroll(x, y), labels=list(WORD))


def unfolded(model: Model, steps: int = 4) -> Picture:
    """A model over some steps, with targets."""
    many = model.task.endswith("many")
    x = np.ones((steps, 3)) if model.task.startswith("many") else np.ones(3)
    return draw(model.unroll(x, np.zeros(steps, int) if many else 0))


PICTURES: dict[str, tuple[str, Callable[[], Picture]]] = {
    "rnn": ("A vanilla RNN reads a word: the same three matrices at every step.", lambda: reading("rnn")),
    "lstm": ("An LSTM reads a word: h goes through the weights, c through the forget gate alone.", lambda: reading("lstm")),
    "gru": ("A GRU reads a word.", lambda: reading("gru")),
    "jordan": ("A Jordan net: the score, not the state, is fed back.", lambda: unfolded(Model(Jordan(3, 4, output_size=3), 3))),
    "many-to-one": ("Many to one: only the last state is read out.", lambda: unfolded(Model(LSTM(3, 4), 3, task="many-to-one"))),
    "one-to-many": ("One to many: only the first input is given.", lambda: unfolded(Model(RNN(3, 4), 3, task="one-to-many"))),
    "one-to-one": ("One to one: a single step is a plain net.", lambda: unfolded(Model(RNN(3, 4), 3, task="one-to-one"))),
    "stacked": ("Two layers: the second reads the states of the first.", lambda: unfolded(Model(Stacked([GRU(3, 4), GRU(4, 4)]), 3))),
    "bidirectional": (
        "Two directions: the backward chain runs from right to left, and both are read out.",
        lambda: unfolded(Model(Bidirectional(RNN(3, 4), RNN(3, 4)), 3)),
    ),
    "encoder-decoder": (
        "An encoder reads three steps; a decoder starts from its last state and writes four.",
        lambda: draw(EncoderDecoder(GRU(3, 4), GRU(5, 4, seed=1), 5).unroll(np.ones((3, 3)), [1, 2, 3, 4])),
    ),
    "elided": ("A long run: the steps between the third and the last are left out.", lambda: unfolded(Model(RNN(3, 4), 3), 40)),
}


def gallery(folder: Path) -> list[Path]:
    """Draw every picture into a folder, as SVG and DOT, with an index; returns what was written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot make the folder {folder}: {error.strerror}") from None
    written = []
    for name, (_, picture) in PICTURES.items():
        drawn = picture()
        for kind in ("dot", "svg"):
            written.append(folder / f"{name}.{kind}")
            drawn.save(written[-1])
    written.append(folder / "README.md")
    write(written[-1], index().encode())
    return written


def index() -> str:
    """The page that captions every picture."""
    parts = ["# Gallery", "", "Made by `autograd-rnn gallery diagrams`; every picture also stands here as DOT.", ""]
    for name, (caption, _) in PICTURES.items():
        parts += [f"## {name}", "", caption, "", f"![{caption}]({name}.svg)", ""]
    return "\n".join(parts)
