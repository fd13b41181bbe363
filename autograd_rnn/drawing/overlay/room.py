"""Where a figure has room: its marks' borders, and which places are taken."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from autograd_rnn.drawing.block.layout import GAP
from autograd_rnn.drawing.curves import Points, level, samples
from autograd_rnn.drawing.figure import Figure, Line, Mark, Point
from autograd_rnn.drawing.measure import breadth, text_box
from autograd_rnn.drawing.output.looks import short
from autograd_rnn.drawing.output.style import MARKS, SMALL

CELL, LONG = 4.0, 64  # of the grid in which places are taken, in points; a line over so many of its cells is kept in stretches


def within(mark: Mark, at: Point) -> bool:
    """Whether a point lies in a mark."""
    (across, height), shape = mark.extent, MARKS[mark.look or mark.kind]["shape"]
    x, y = abs(at[0] - mark.at[0]), abs(at[1] - mark.at[1])
    if mark.kind == "gap":
        return math.hypot(x, y) <= GAP
    if shape in ("circle", "ellipse", "octagon"):
        return (2 * x / across) ** 2 + (2 * y / height) ** 2 <= 1
    return 2 * x <= across and 2 * y <= height


def at_border(end: Point, inner: Point, mark: Mark) -> Point:
    """The end of a line moved along it to where the mark's border is; as it was where the line passes the mark by."""
    length = math.dist(end, inner) or 1.0
    ux, uy = (end[0] - inner[0]) / length, (end[1] - inner[1]) / length
    low, high = -min(length, 12.0), 12.0  # outside, inside
    if not within(mark, (end[0] + high * ux, end[1] + high * uy)) or within(mark, (end[0] + low * ux, end[1] + low * uy)):
        return end
    for _ in range(20):
        middle = (low + high) / 2
        if within(mark, (end[0] + middle * ux, end[1] + middle * uy)):
            high = middle
        else:
            low = middle
    return end[0] + high * ux, end[1] + high * uy


class Room:
    """Which places of a figure are taken, in a coarse grid."""

    def __init__(self, figure: Figure) -> None:
        self.taken: dict[tuple[int, int], tuple[str, ...]] = {}  # by whom
        self.lines: defaultdict[tuple[int, int], list[tuple[int, int, str]]] = defaultdict(list)  # the long level ones: from where to where
        self.places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # of each
        for mark in figure.marks.values():
            (x, y), (across, height) = mark.at, mark.extent
            self.fill((x - across / 2, y - height / 2), (x + across / 2, y + height / 2), mark.id)
        for arrow in figure.arrows:
            self.draw(arrow.points, arrow.id)
            if arrow.label and arrow.label_at:
                self.write(arrow.label, arrow.label_at, f"label of {arrow.id}")
        for text in figure.texts:
            low, high = text_box(text)
            self.fill(low, high, "text")

    def draw(self, points: Points, by: str) -> None:
        """Take a curve's places."""
        for piece in (points[k : k + 4] for k in range(0, len(points) - 3, 3)):
            low, high = min(piece[0], piece[3]), max(piece[0], piece[3])
            (first, row), (last, _) = _cell(*low), _cell(*high)
            if not level(piece):
                self._take((_cell(x, y) for x, y in samples(piece, CELL)), by)
            elif last - first < LONG:
                self.fill(low, high, by)
            else:
                for stretch in range(first // LONG, last // LONG + 1):
                    self.lines[stretch, row].append((first, last, by))

    def fill(self, low: Point, high: Point, by: str) -> None:
        """Take a box's places."""
        self._take(_cells(low, high), by)

    def _take(self, cells: Iterable[tuple[int, int]], by: str) -> None:
        held, alone = self.places[by], (by,)
        for cell in cells:
            held.append(cell)
            self.taken[cell] = self.taken[cell] + alone if cell in self.taken else alone

    def free(self, by: str) -> None:
        """Give up what somebody has taken."""
        for cell in self.places.pop(by, ()):
            self.taken[cell] = tuple(owner for owner in self.taken[cell] if owner != by)

    def write(self, line: Line, at: Point, by: str) -> None:
        """Take a label's places."""
        half = breadth(short(line), SMALL) / 2
        self.fill((at[0] - half, at[1] - 7), (at[0] + half, at[1] + 7), by)

    def crowd(self, points: Iterable[Point], but: Collection[str]) -> int:
        """How many of the points are on a place that is taken by others."""
        return sum(any(by not in but for by in self._owners(_cell(x, y))) for x, y in points)

    def full(self, low: Point, high: Point, own: str = "", rim: float = CELL / 2) -> int:
        """How many places of a box, but for its rim, are taken by others."""
        cells = _cells((low[0] + rim, low[1] + rim), (high[0] - rim, high[1] - rim))
        return sum(any(by != own for by in self._owners(cell)) for cell in cells)

    def _owners(self, cell: tuple[int, int]) -> Iterable[str]:
        """Who has taken a place."""
        passing = self.lines.get((cell[0] // LONG, cell[1]))
        here = self.taken.get(cell, ())
        return (*here, *(by for first, last, by in passing if first <= cell[0] <= last)) if passing else here


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // CELL), int(y // CELL)


def _cells(low: Point, high: Point) -> Iterator[tuple[int, int]]:
    (i0, j0), (i1, j1) = _cell(*low), _cell(*high)
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            yield i, j
