"""``autograd-rnn unfold`` and ``gallery``: pictures of a net."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model


def unfold_options(command: Any) -> None:
    """The options of ``unfold``."""
    command.add_argument("cell", choices=CELLS)
    command.add_argument("--steps", type=int, default=4, metavar="T", help="default: 4")
    command.add_argument("--text", metavar="TEXT", help="a word to read: each step is labelled with its character")
    command.add_argument("-o", "--output", metavar="FILE", help=".svg .png .pdf or .dot (default: CELL.svg)")


def run_unfold(options: Any) -> None:
    """Draw one cell's unfolding."""
    import numpy as np

    from autograd_rnn.drawing import draw
    from autograd_rnn.nets.cell import size
    from autograd_rnn.nets.text import Text

    if options.text is not None:
        if not options.text:
            raise ValueError("--text needs at least one character")
        text = Text(options.text + "\n", "--text")
        x, y = text.stretch(len(options.text))
        run, labels = text.model(options.cell, 4, fused=False).unroll(x, y), list(options.text)
    else:
        model = Model(CELLS[options.cell](3, 4), output_size=3)
        steps = size("--steps", options.steps)
        run, labels = model.unroll(np.ones((steps, 3)), np.zeros(steps, int)), None
    target = options.output or f"{options.cell}.svg"
    draw(run, labels=labels).save(target)
    print(target)


def gallery_options(command: Any) -> None:
    """The options of ``gallery``."""
    command.add_argument("folder", metavar="DIR")


def run_gallery(options: Any) -> None:
    """Draw the gallery into a folder."""
    from autograd_rnn.drawing.gallery import gallery

    for path in gallery(Path(options.folder)):
        print(path)
