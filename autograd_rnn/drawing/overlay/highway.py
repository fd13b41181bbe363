"""The way along which a state goes on from cell to cell with nothing but a gate on it, an LSTM's c: what flows back along it runs above
it, straight and in one piece, as in the well-known lecture."""

from __future__ import annotations

from autograd_rnn.drawing.curves import HEAD, STEP, Headed
from autograd_rnn.drawing.figure import Figure, Mark
from autograd_rnn.drawing.overlay.strands import Strand

LIFT, NEAR = 17.0, 3.0  # above the line, over the circles on it; what is as near to the line is on it
LINES = ("state_wire", "carry_wire")


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
