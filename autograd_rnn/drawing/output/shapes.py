"""Where a figure's lines run, for those who draw them themselves: outlines, heads of arrows, lines of text. In points, y upward."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point
from autograd_rnn.drawing.measure import breadth, text_box
from autograd_rnn.drawing.output.looks import label_sizes, offsets, short
from autograd_rnn.drawing.output.style import SMALL

SLIM = 0.35  # half the width of a head, of its length
_T = math.tan(math.pi / 8)
POLYGONS: dict[str, list[Point]] = {
    "octagon": [(1, _T), (_T, 1), (-_T, 1), (-1, _T), (-1, -_T), (-_T, -1), (_T, -1), (1, -_T)],
    "diamond": [(1, 0), (0, 1), (-1, 0), (0, -1)],
}


def in_order(figure: Figure) -> list[Arrow]:
    """The arrows from the lowest to the one that lies on all others, as Graphviz has them: by their marks."""
    order = {mark: k for k, mark in enumerate(figure.marks)}
    return sorted(figure.arrows, key=lambda arrow: (order[arrow.tail], order[arrow.head]))


def corners(look: dict[str, Any], at: Point) -> list[Point]:
    """Of a mark that is a polygon."""
    (x, y), (width, height) = at, look["size"]
    return [(x + a * width / 2, y + b * height / 2) for a, b in POLYGONS[look["shape"]]]


def rounding(look: dict[str, Any], width: float, height: float) -> float:
    """The radius of a box's corners."""
    return min(12, width / 3, height / 3) if "rounded" in look.get("style", "") else 0.0


def stripes(look: dict[str, Any], ink: str) -> list[tuple[str, float]]:
    """The colours and widths of a line, the widest first: of lines side by side each is drawn on another."""
    colours, width = look.get("color", ink).split(":"), look.get("penwidth", 1)
    return [(colour, (len(colours) - 2 * k) * width) for k, colour in enumerate(colours[: (len(colours) + 1) // 2])]


def head(arrow: Arrow, look: dict[str, Any]) -> list[Point]:
    """The corners of an arrow's head, the tip in the middle."""
    long = 10 * look.get("arrowsize", 0.7)
    (x, y), base = arrow.tip, next((at for at in reversed(arrow.points) if at != arrow.tip), arrow.tip)
    away = math.dist(arrow.tip, base) or 1.0
    dx, dy = (base[0] - x) / away * long, (base[1] - y) / away * long
    return [(x + dx - SLIM * dy, y + dy + SLIM * dx), arrow.tip, (x + dx + SLIM * dy, y + dy - SLIM * dx)]


def lines_of(mark: Mark, look: dict[str, Any]) -> Iterator[tuple[Line, Point, float]]:
    """Each line of a mark's label, its middle and its size."""
    sizes = label_sizes(mark, look)
    for line, y, size in zip(mark.label, offsets(mark.label, sizes), sizes, strict=True):
        yield short(line), (mark.at[0], mark.at[1] + y), size


def extent(figure: Figure) -> tuple[float, float, float, float]:
    """Left, low, right and high end of all that a figure shows."""
    lines = [at for arrow in figure.arrows for at in (*arrow.points, arrow.tip)]
    places = [*figure.corners(), *lines, *(corner for text in figure.texts for corner in text_box(text))]
    xs, ys = [x for x, _ in places], [y for _, y in places]
    for arrow in figure.arrows:
        if arrow.label and arrow.label_at:
            half = breadth(short(arrow.label), SMALL) / 2
            xs += [arrow.label_at[0] - half, arrow.label_at[0] + half]
    return min(xs, default=0.0), min(ys, default=0.0), max(xs, default=0.0), max(ys, default=0.0)
