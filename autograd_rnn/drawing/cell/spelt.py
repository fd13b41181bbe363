"""What a cell's letters and signs are called in words: forget gate, input gate, product, sum, copy."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_rnn.drawing.figure import Figure, Line, Mark, Text, quantity
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import SMALL
from autograd_rnn.drawing.overlay.legend import Entry, say
from autograd_rnn.nets.cell import Cell

BELOW, LEAD = 12.0, 16.0  # from a cell's frame to its gates' names, from one row of them to the next
APART = 3.0  # from a wire to a name
SIGNS = {"⊙": "⊙ product", "+": "+ sum", "−": "− difference", "·": "· product"}


def spell(figure: Figure, cells: Iterable[Cell]) -> None:
    """Write each gate's name under the frame of a cell that stands alone, else below the picture, and what the signs mean.

    >>> from autograd_rnn.drawing.cell.inside import inside
    >>> figure = inside(LSTM(3, 4))
    >>> spell(figure, [LSTM(3, 4)])
    >>> lines = ["".join(map(str, text.parts)) for text in figure.texts]
    >>> lines[1:5], lines[5]  # doctest: +NORMALIZE_WHITESPACE
    (['forget gate', 'input gate', 'candidate', 'output gate'],
     'box: a layer with its weights; ⊙ product, + sum, number by number; dot: a copy')
    """
    cells = list(cells)
    if not cells:
        raise ValueError("spelt= writes out the gates of cells: draw the inside of one, or add level='cell'")
    words = {name: word for cell in cells for name, word in cell.words.items()}
    named = [mark for mark in figure.marks.values() if mark.tensors and mark.tensors[0].label in words and mark.kind == "gate"]
    if len(figure.frames) == 1:
        _under(figure, [(mark, words[str(mark.tensors[0].label)]) for mark in sorted(named, key=lambda mark: mark.at[0])])
    elif named:
        known = dict.fromkeys(str(mark.tensors[0].label) for mark in named)
        parts = [part for name in known for part in (", ", quantity(name), f": {words[name]}")]
        say(figure, Entry(tuple(parts[1:])))
    say(figure, Entry(_signs(figure)))


def _under(figure: Figure, named: list[tuple[Mark, str]]) -> None:
    """Names below a frame, each in the first row where there is room."""
    ends: list[float] = []
    wires = [mark.at[0] for mark in figure.marks.values() if mark.kind == "input"]  # what comes up from below
    for mark, word in named:
        half = breadth((word,), SMALL) / 2
        x = max([mark.at[0], *(wire + APART + half for wire in wires if wire < mark.at[0])])
        row = next((k for k, end in enumerate(ends) if x - half > end), len(ends))
        ends[row:] = [x + half, *ends[row + 1 :]]
        figure.add(Text((x, figure.frames[0].low[1] - BELOW - row * LEAD), (word,), "caption"))


def _signs(figure: Figure) -> Line:
    """What the shapes and signs that occur stand for."""
    kinds = {mark.kind for mark in figure.marks.values()}
    signs = dict.fromkeys(str(line[0]) for mark in figure.marks.values() if mark.kind == "pointwise" for line in mark.label)
    said = ["box: a layer with its weights"] * ("gate" in kinds)
    if known := [SIGNS[sign] for sign in signs if sign in SIGNS]:
        said.append(f"{', '.join(known)}, number by number")
    said += ["dot: a copy"] * ("branch" in kinds)
    return ("; ".join(said),)
