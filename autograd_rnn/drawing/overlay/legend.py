"""Lines under a picture that say what is laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.curves import HEAD, Points, through
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Text
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import SMALL

SAMPLE, SPACE, BETWEEN = 30.0, 6.0, 18.0  # a sample's length, from it to its words, and from entry to entry
WIDEST = 280.0  # a row is no longer than this, or than the picture


class Entry(NamedTuple):
    """A legend's entry: a sample of a kind of arrow (none: words alone), and what it says."""

    words: Line
    kind: str = ""
    width: float | None = None
    dotted: bool = False


def sides(figure: Figure, words: bool = True) -> tuple[Point, Point]:
    """The lower left and the upper right corner of what stands in a figure, its words in their height included."""
    corners = figure.corners(words)
    xs, ys = [x for x, _ in corners], [y for _, y in (*corners, *(at for arrow in figure.arrows for at in arrow.points))]
    ys += [text.at[1] + side for text in figure.texts if words for side in (-LINE / 3, LINE / 3)]
    return (min(xs), min(ys)), (max(xs), max(ys))


def say(figure: Figure, *entries: Entry) -> None:
    """Write entries under a figure, side by side in as many rows as they need, once each."""
    said = {text.parts for text in figure.texts}
    left = [entry for entry in entries if entry.words not in said]
    (x0, _), (x1, _) = sides(figure)
    middles = [mark.at[0] for mark in figure.marks.values() if mark.kind not in ("anchor", "equation")] or [x0, x1]
    middle = (min(middles) + max(middles)) / 2  # where a picture's own captions are, too
    while left:
        row = [left.pop(0)]
        while left and bool(row[0].kind) == bool(left[0].kind) and _length([*row, left[0]]) <= max(WIDEST, x1 - x0):
            entry = left.pop(0)
            row = [*row, entry] if entry.kind else [Entry((*row[0].words, "; ", *entry.words))]
        _write(figure, row, middle, sides(figure)[0][1] - 0.65 * LINE)


def _length(row: Sequence[Entry]) -> float:
    each = [(SAMPLE + SPACE if entry.kind else 0) + breadth(entry.words, SMALL) for entry in row]
    return sum(each) + BETWEEN * (len(row) - 1)


def _write(figure: Figure, row: Sequence[Entry], middle: float, y: float) -> None:
    """One row of entries round the picture's middle."""
    x = middle - _length(row) / 2
    for entry in row:
        if entry.kind:
            _sample(figure, entry, x, y)
            x += SAMPLE + SPACE
        length = breadth(entry.words, SMALL)
        figure.add(Text((x, y), entry.words, "caption", side=1) if entry.kind else Text((x + length / 2, y), entry.words, "caption"))
        x += length + BETWEEN


def _sample(figure: Figure, entry: Entry, x: float, y: float) -> None:
    """An arrow of the entry's kind between two points that nobody sees."""
    number = sum(mark.startswith("legend_") for mark in figure.marks) // 2
    ends = [f"legend_{number}{end}" for end in "ab"]
    for name, at in zip(ends, (x, x + SAMPLE), strict=True):
        figure.add(Mark(name, "anchor", (at, y)))
    if entry.kind == "cut":
        strokes = stroke_pair((x + SAMPLE / 2, y), (1.0, 0.0))
    else:
        end = x + SAMPLE - (HEAD if entry.kind in ("gradient", "highway") else 0)
        strokes = [through([(x, y), (end, y)])]
    for k, points in enumerate(strokes):
        tip = (x + SAMPLE, y) if entry.kind in ("gradient", "highway") else points[-1]
        figure.add(Arrow(f"{ends[0]}_{k}", ends[0], ends[1], entry.kind, points, tip, width=entry.width, dotted=entry.dotted))


def stroke_pair(at: Point, along: Point) -> list[Points]:
    """Two short strokes across a line at a point of it, a little slanted, as such cuts are drawn."""
    (ux, uy), pair = along, []
    for shift in (-2.5, 2.5):
        x, y = at[0] + shift * ux, at[1] + shift * uy
        dx, dy = 2 * ux - 7 * uy, 2 * uy + 7 * ux
        pair.append(through([(x - dx, y - dy), (x + dx, y + dy)]))
    return pair
