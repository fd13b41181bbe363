"""The way back beside each arrow, on the side where there is room: the same side in every step. Along a highway, on which a state goes on
from cell to cell with nothing but a gate on it, as an LSTM's c does, it runs above it, straight and in one piece, as in the well-known
lecture."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd_rnn.drawing.curves import HEAD, STEP, Headed, beside, cropped, midway, samples
from autograd_rnn.drawing.figure import Arrow, Figure, Mark
from autograd_rnn.drawing.overlay.labels import settle
from autograd_rnn.drawing.overlay.room import Room, at_border
from autograd_rnn.drawing.overlay.strands import Strand

ENOUGH, MANY = 6, 200  # of a family speak for it; points of a line stand for it
OWN_LABEL = 0.1  # an arrow's own label can give way
LIFT, NEAR = 17.0, 3.0  # above the line, over the circles on it; what is as near to the line is on it
LINES = ("state_wire", "carry_wire")


def returns(
    figure: Figure, grown: list[list[Strand]], room: Room, high: dict[str, float], goes_on: Callable[[Strand], bool]
) -> dict[str, Headed]:
    """A way back for each strand by its id; the labels make room for it. ``high``: the circles on highways; ``goes_on``: whether a
    strand's way does."""
    families, found = dict[tuple[object, ...], list[list[Strand]]](), dict[str, Headed]()
    pairs: dict[tuple[str, str], list[Arrow]] = {}
    for tree in grown:
        families.setdefault((len(tree), *family_of(tree[0].arrow)), []).append(tree)
        for arrow in dict.fromkeys(strand.arrow for strand in tree):
            pairs.setdefault((arrow.tail, arrow.head), []).append(arrow)
    sides: dict[tuple[object, ...], float] = {}  # what leaves marks alike, in the last step too, comes back on one side
    for family in families.values():
        first, tail = family[0][0].arrow, figure.marks[family[0][0].arrow.tail]
        (x, y), (x0, y0) = first.points[0], tail.at
        start = tail.kind, round(y0), round(x - x0), round(y - y0), len(pairs[first.tail, first.head])
        side = sides.setdefault(start, _side(figure, family, pairs, room))
        for strand in (strand for tree in family for strand in tree):
            found[strand.id] = lifted(_back(strand, side), strand, high, goes_on(strand))
            room.draw(found[strand.id][0], f"back of {strand.id}")
    settle(figure, room, ((*points, tip, tip, tip) for points, tip in found.values()))  # their heads, too
    return found


def family_of(arrow: Arrow) -> tuple[object, ...]:
    """What an arrow shares with its like in the other steps."""
    (x0, y0), (x1, y1) = arrow.points[0], arrow.tip
    return arrow.kind, round(y0), round(y1), round(x1 - x0), len(arrow.points)


def _back(strand: Strand, side: float) -> Headed:
    """The way back beside a strand, from its head's border to its tail's."""
    back = beside(strand.points, side)[::-1]
    back[0] = at_border(back[0], back[1], strand.head) if strand.head else back[0]
    back[-1] = at_border(back[-1], back[-2], strand.tail) if strand.tail else back[-1]
    return cropped(back) if strand.last else (tuple(back), back[-1])


def _side(figure: Figure, family: list[list[Strand]], pairs: dict[tuple[str, str], list[Arrow]], room: Room) -> float:
    """How far to the left of all these arrows their ways back run; negative: to the right."""
    first = family[0][0]
    ends = first.arrow.tail, first.arrow.head
    twins = [arrow for arrow in pairs[ends] if arrow.id != first.arrow.id]
    large = min(min(figure.marks[end].extent) for end in ends) > 30
    away = (8.0 if twins else 7.0) if large else 5.0
    if twins:  # lines side by side: outside them all
        other = midway(twins[0].points)[0]
        return max((away, -away), key=lambda side: math.dist(midway(_back(first, side)[0])[0], other))

    def crowd(side: float) -> float:
        total = 0.0
        for tree in family[:ENOUGH]:
            own = {name for strand in tree for name in (strand.arrow.id, strand.arrow.tail, strand.arrow.head)}
            for strand in tree:
                way = list(samples(_back(strand, side)[0]))
                way = way[:: len(way) // MANY + 1]
                others = room.crowd(way, own | {f"label of {strand.arrow.id}"})
                total += others + OWN_LABEL * (room.crowd(way, own) - others)
        return total

    return min((away, -away), key=crowd)


def highways(figure: Figure) -> dict[str, float]:
    """The circles on such ways, each with its height: a state enters the first from outside the cell, straight."""
    level = [arrow for arrow in figure.arrows if arrow.kind in LINES and all(y == arrow.tip[1] for _, y in arrow.points)]
    ends = [(figure.marks[arrow.tail], figure.marks[arrow.head]) for arrow in level]
    heights = {head.id: head.at[1] for _, head in ends if head.kind == "pointwise"}
    first = {head.id for tail, head in ends if _cell(figure, tail) != _cell(figure, head)}
    return {head.id: heights[head.id] for tail, head in ends if head.id in heights and not first.isdisjoint((head.id, tail.id))}


def _cell(figure: Figure, mark: Mark) -> str:
    """The frame that a mark stands in."""
    x, y = mark.at
    return next((f.id for f in figure.frames if f.kind == "cell" and f.low[0] < x < f.high[0] and f.low[1] < y < f.high[1]), "")


def along(strand: Strand, high: dict[str, float]) -> bool:
    """Whether a strand is a piece of such a way."""
    y = high.get(strand.arrow.tail, high.get(strand.arrow.head))
    return y is not None and all(abs(at[1] - y) < NEAR for at in strand.points)


def lifted(way: Headed, strand: Strand, high: dict[str, float], on: bool) -> Headed:
    """A way back, lifted where it runs beside such a line: from the middle of its circle, or up to it. ``on``: another piece goes on."""
    arrow, tail, head = strand.arrow, strand.tail, strand.head
    if arrow.tail not in high and not along(strand, high):
        return way
    y = high.get(arrow.tail, high.get(arrow.head, 0.0))
    points = [(x, y + LIFT if abs(at - y) < LIFT / 2 else at) for x, at in way[0]]
    if points[-1] == way[0][-1]:
        return way
    if head and head.id in high:
        points[0] = head.at[0], points[0][1]
    back = 1 if points[0][0] > points[-1][0] else -1
    tip = (tail.at[0] if tail else points[-1][0] - back * STEP, y + LIFT)  # where lines part, a piece reaches into the next
    points[-1] = (tip[0] + back * HEAD, tip[1]) if tail and not on else tip
    return tuple(points), tip
