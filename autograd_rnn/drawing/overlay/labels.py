"""Labels that something was drawn across move to the nearest free place, alike in every step."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from autograd_rnn.drawing.curves import Points, samples, through
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Symbol
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.looks import short
from autograd_rnn.drawing.output.style import MARKS, SMALL
from autograd_rnn.drawing.overlay.room import Room

ENOUGH = 4  # of those in trouble, and of the others, speak for all that are alike
ASIDE = (0, -6, 6, -12, 12, -18, 18, -24, 24)  # how far a label may move; that of a line from cell to cell keeps its place along it
UP = tuple(range(-28, 30, 2))
FAR = 42.0  # nothing further above or below a label's place meets it, wherever it moves
BLOCK = 40.0  # of points that are looked up together
Lines = dict[tuple[int, int], list[Point]]
CROSSED = 20  # what it costs to be crossed there, in places taken
STAY = 0.1  # of a place taken: what a point of way costs; three times as much to the side


class _Label(NamedTuple):
    """Words with their place: those of an arrow, or a mark that is the name of a line."""

    id: str
    owner: Arrow | Mark
    at: Point
    half: Point  # of its width and height

    @property
    def own(self) -> str:
        return self.id if isinstance(self.owner, Mark) else f"label of {self.id}"


def settle(figure: Figure, room: Room, lines: Iterable[Sequence[Point]]) -> None:
    """Move the labels that one of the lines crosses. ``room`` knows all that was drawn, and is told."""
    labels = _labels(figure)
    heights = sorted({label.at[1] for label in labels})
    drawn, every = _looked_up(lines, heights), None
    families: dict[tuple[object, ...], list[_Label]] = {}
    for label in labels:
        families.setdefault(_family(label), []).append(label)
    moved: dict[str, Arrow] = {}
    for family in families.values():
        crossed = [label for label in family if _crossed(label, drawn)]
        if not crossed:
            continue
        if every is None:  # all lines, but for those that the labels belong to: a little way off is enough of them
            every = _looked_up([arrow.points for arrow in figure.arrows], heights)
        speakers = [*crossed[:ENOUGH], *[label for label in family if label not in crossed][:ENOUGH]]
        along = (0,) if isinstance(family[0].owner, Mark) else ASIDE

        def worth(way: tuple[int, int], speakers: list[_Label] = speakers, every: Lines = every) -> float:
            there = [label._replace(at=(label.at[0] + way[0], label.at[1] + way[1])) for label in speakers]
            met = sum(_crossed(label, drawn) or _crossed(label, every) for label in there)
            return CROSSED * met + sum(_crowd(label, room) for label in there) + _away(way)

        dx, dy = _cheapest([(dx, dy) for dx in along for dy in UP], worth, _away)
        for label in family:
            at = label.at[0] + dx, label.at[1] + dy
            room.free(label.own)
            room.fill((at[0] - label.half[0], at[1] - label.half[1]), (at[0] + label.half[0], at[1] + label.half[1]), label.own)
            if isinstance(label.owner, Mark):
                figure.marks[label.id] = label.owner._replace(at=at)
            else:
                moved[label.id] = label.owner._replace(label_at=at)
            for block, points in _looked_up([_across(at, label.half)], [at[1]]).items():  # what it has come to lie on makes way in turn
                drawn.setdefault(block, []).extend(points)
    figure.arrows = [moved.get(arrow.id, arrow) for arrow in figure.arrows]


def _away(way: tuple[int, int]) -> float:
    """What a way costs at any rate."""
    return STAY * (3 * abs(way[0]) + abs(way[1]))


def _cheapest(
    ways: Sequence[tuple[int, int]], cost: Callable[[tuple[int, int]], float], least: Callable[[tuple[int, int]], float]
) -> tuple[int, int]:
    """The first of the ways that cost the least; ``least``: what each costs at any rate, so that few have to be tried."""
    best = math.inf, 0
    for k in sorted(range(len(ways)), key=lambda k: least(ways[k])):
        if least(ways[k]) > best[0]:
            break
        best = min(best, (cost(ways[k]), k))
    return ways[best[1]]


def _labels(figure: Figure) -> list[_Label]:
    found = [
        _Label(a.id, a, a.label_at, (breadth(short(a.label), SMALL) / 2 - 1, _high(a.label)))
        for a in figure.arrows
        if a.label and a.label_at
    ]
    named = [mark for mark in figure.marks.values() if mark.kind == "end" and mark.id.endswith("-line")]
    return found + [_Label(m.id, m, m.at, (breadth(short(m.label[0]), MARKS["end"]["fontsize"]) / 2 - 1, _high(m.label[0]))) for m in named]


def _high(line: Line) -> float:
    """Half a line's height, and half a thick line's width."""
    symbols = [part for part in line if isinstance(part, Symbol)]
    return 12.0 if any(part.sup and part.sub for part in symbols) else 10.0 if any(part.sub for part in symbols) else 8.0


def _family(label: _Label) -> tuple[object, ...]:
    """What a label shares with its like in the other steps."""
    if isinstance(label.owner, Mark):
        return "line", round(label.at[1])
    (x0, y0), (x1, y1) = label.owner.points[0], label.owner.tip
    return label.owner.kind, str(label.owner.label), round(y0), round(y1), round(x1 - x0), round(label.at[1])


def _crowd(label: _Label, room: Room) -> int:
    (x, y), (half, high) = label.at, label.half
    return room.full((x - half, y - high), (x + half, y + high), label.own, 0.0)


def _across(at: Point, half: Point) -> Points:
    """From corner to corner of a label's box, and back along its middle and the other corners."""
    (x, y), (w, h) = at, half
    return through([(x - w, y - h), (x + w, y + h), (x + w, y), (x - w, y), (x - w, y + h), (x + w, y - h)])


def _looked_up(lines: Iterable[Sequence[Point]], heights: Sequence[float]) -> Lines:
    """Points along lines, as far as they come near one of some labels' heights, which ascend; those of a block together."""
    found: Lines = {}
    for piece in (points[k : k + 4] for points in lines for k in range(0, len(points) - 3, 3)):
        low, high = min(y for _, y in piece), max(y for _, y in piece)
        k = bisect_left(heights, low - FAR)
        for x, y in samples(piece, 2.0) if k < len(heights) and heights[k] <= high + FAR else ():
            found.setdefault((int(x // BLOCK), int(y // BLOCK)), []).append((x, y))
    return found


def _crossed(label: _Label, drawn: Lines) -> bool:
    (x, y), (half, high) = label.at, label.half
    columns, rows = ((int((v - far) // BLOCK), int((v + far) // BLOCK) + 1) for v, far in ((x, half), (y, high)))
    blocks = [(i, j) for i in range(*columns) for j in range(*rows)]
    return any(abs(px - x) < half and abs(py - y) < high for block in blocks for px, py in drawn.get(block, ()))
