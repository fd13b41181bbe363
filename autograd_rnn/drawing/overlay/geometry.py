"""A line beside a line: shifted off it, turned round, and cut where the marks at its ends begin. And where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from autograd_rnn.drawing.block.layout import GAP
from autograd_rnn.drawing.curves import HEAD
from autograd_rnn.drawing.figure import Figure, Line, Mark, Point
from autograd_rnn.drawing.measure import breadth, text_box
from autograd_rnn.drawing.output.looks import short
from autograd_rnn.drawing.output.style import MARKS, SMALL

CELL = 4.0  # of the grid in which places are taken, in points


def within(mark: Mark, at: Point) -> bool:
    """Whether a point lies in a mark."""
    (across, height), shape = mark.extent, MARKS[mark.look or mark.kind]["shape"]
    x, y = abs(at[0] - mark.at[0]), abs(at[1] - mark.at[1])
    if mark.kind == "gap":
        return math.hypot(x, y) <= GAP
    if shape in ("circle", "ellipse", "octagon"):
        return (2 * x / across) ** 2 + (2 * y / height) ** 2 <= 1
    return 2 * x <= across and 2 * y <= height


def shifted(points: tuple[Point, ...], away: float) -> list[Point]:
    """A chain of Bézier curves moved to its left."""
    moved = []
    for k, (x, y) in enumerate(points):
        before = next((p for p in points[k - 1 :: -1] if math.dist(p, (x, y)) > 0.01), (x, y)) if k else (x, y)
        after = next((p for p in points[k + 1 :] if math.dist(p, (x, y)) > 0.01), (x, y))
        dx, dy = after[0] - before[0], after[1] - before[1]
        length, sharp = math.hypot(dx, dy) or 1.0, math.dist(before, (x, y)) * math.dist((x, y), after)
        turn = ((x - before[0]) * (after[0] - x) + (y - before[1]) * (after[1] - y)) / sharp if sharp else 1.0
        far = away * min(math.sqrt(2 / max(1 + turn, 0.5)), 1.5)  # round a corner the outer line is longer
        moved.append((x - far * dy / length, y + far * dx / length))
    return moved


def returning(line: tuple[Point, ...], tail: Mark | None, head: Mark | None, away: float, headed: bool) -> tuple[tuple[Point, ...], Point]:
    """The way back beside a line, from its head's border to its tail's: points, and tip of the arrow head (if it has one)."""
    back = _forward(line, shifted(line, away))[::-1]
    back[0] = _at_border(back[0], back[1], head) if head else back[0]
    back[-1] = end = _at_border(back[-1], back[-2], tail) if tail else back[-1]
    return tuple(_up_to_head(back) if headed else back), end


def _forward(line: tuple[Point, ...], moved: list[Point]) -> list[Point]:
    """A shifted line without the pieces that run backwards, or hardly on, inside a narrow bend."""
    kept = moved[:1]
    for k in range(0, len(line) - 3, 3):
        dx, dy = line[k + 3][0] - line[k][0], line[k + 3][1] - line[k][1]
        if dx * (moved[k + 3][0] - kept[-1][0]) + dy * (moved[k + 3][1] - kept[-1][1]) > 0.3 * (dx * dx + dy * dy):
            (x0, y0), (x1, y1) = kept[-1], moved[k + 3]
            bridge = [(x0 + n * (x1 - x0) / 3, y0 + n * (y1 - y0) / 3) for n in (1, 2, 3)]
            kept += moved[k + 1 : k + 4] if kept[-1] == moved[k] else bridge
    return kept if len(kept) > 1 else moved


def _up_to_head(line: list[Point]) -> list[Point]:
    """A line up to the base of the arrow head that ends where it ends; pieces shorter than the head are under it."""
    end = line[-1]
    while len(line) > 4 and math.dist(line[-4], end) < HEAD:
        line = line[:-3]
    toward = next((at for at in line[-2:-5:-1] if math.dist(at, end) >= HEAD), line[-4])
    share = min(HEAD / (math.dist(toward, end) or 1.0), 0.9)
    base = end[0] + share * (toward[0] - end[0]), end[1] + share * (toward[1] - end[1])
    return [*(base if math.dist(at, end) < HEAD else at for at in line[:-1]), base]


def _at_border(end: Point, inner: Point, mark: Mark) -> Point:
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


def samples(points: tuple[Point, ...] | list[Point], apart: float = 5.0) -> Iterator[Point]:
    """Points along a chain of Bézier curves."""
    for k in range(0, len(points) - 3, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[k : k + 4]
        length = math.hypot(x1 - x0, y1 - y0) + math.hypot(x2 - x1, y2 - y1) + math.hypot(x3 - x2, y3 - y2)
        ax, bx, cx = x3 - 3 * (x2 - x1) - x0, 3 * (x2 - 2 * x1 + x0), 3 * (x1 - x0)
        ay, by, cy = y3 - 3 * (y2 - y1) - y0, 3 * (y2 - 2 * y1 + y0), 3 * (y1 - y0)
        count = max(2, int(length / apart))
        for n in range(count + (k + 4 >= len(points))):
            t = n / count
            yield ((ax * t + bx) * t + cx) * t + x0, ((ay * t + by) * t + cy) * t + y0


def midway(points: tuple[Point, ...], share: float = 0.5) -> tuple[Point, Point]:
    """A point of a curve, its middle if not told otherwise, and its direction there."""
    course = list(samples(points, 2.0))
    k = min(int(share * len(course)), len(course) - 2)
    (x0, y0), (x1, y1) = course[k], course[k + 1]
    length = math.dist(course[k], course[k + 1]) or 1.0
    return ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / length, (y1 - y0) / length)


def straight(points: tuple[Point, ...], share: float, about: float = 8.0) -> bool:
    """Whether a curve hardly turns for some way on both sides of a point."""
    course = list(samples(points, 2.0))
    k, far = min(int(share * len(course)), len(course) - 1), int(about / 2)
    a, b, c = course[max(k - far, 0)], course[k], course[min(k + far, len(course) - 1)]
    turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    return abs(turn) < 0.1 * math.dist(a, b) * math.dist(b, c) + 1e-9


class Room:
    """Which places of a figure are taken, in a coarse grid."""

    def __init__(self, figure: Figure) -> None:
        self.taken: dict[tuple[int, int], list[str]] = {}  # by whom
        self.places: dict[str, list[tuple[int, int]]] = {}  # of each
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

    def draw(self, points: tuple[Point, ...], by: str) -> None:
        """Take a curve's places."""
        for k in range(0, len(points) - 3, 3):
            (x0, y0), (x1, y1) = points[k], points[k + 3]
            level = y0 == points[k + 1][1] == points[k + 2][1] == y1 or x0 == points[k + 1][0] == points[k + 2][0] == x1
            if level:  # long straight lines are most of what is drawn
                cells = _cells((min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1)))
            else:
                cells = (_cell(x, y) for x, y in samples(points[k : k + 4], CELL))
            self._take(cells, by)

    def fill(self, low: Point, high: Point, by: str) -> None:
        """Take a box's places."""
        self._take(_cells(low, high), by)

    def _take(self, cells: Iterable[tuple[int, int]], by: str) -> None:
        for cell in cells:
            owners = self.taken.setdefault(cell, [])
            if by not in owners:
                owners.append(by)
                self.places.setdefault(by, []).append(cell)

    def free(self, by: str) -> None:
        """Give up what somebody has taken."""
        for cell in self.places.pop(by, ()):
            self.taken[cell].remove(by)

    def write(self, line: Line, at: Point, by: str) -> None:
        """Take a label's places."""
        half = breadth(short(line), SMALL) / 2
        self.fill((at[0] - half, at[1] - 7), (at[0] + half, at[1] + 7), by)

    def crowd(self, points: Iterable[Point], but: tuple[str, ...]) -> int:
        """How many of the points are on a place that is taken by others."""
        return sum(any(by not in but for by in self.taken.get(_cell(x, y), ())) for x, y in points)

    def full(self, low: Point, high: Point, own: str = "", rim: float = CELL / 2) -> int:
        """How many places of a box, but for its rim, are taken by others."""
        cells = _cells((low[0] + rim, low[1] + rim), (high[0] - rim, high[1] - rim))
        return sum(any(by != own for by in self.taken.get(cell, ())) for cell in cells)


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // CELL), int(y // CELL)


def _cells(low: Point, high: Point) -> Iterator[tuple[int, int]]:
    (i0, j0), (i1, j1) = _cell(*low), _cell(*high)
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            yield i, j
