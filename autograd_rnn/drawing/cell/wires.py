"""Wires as curves: corners rounded, a small arc where one wire passes over another, an arrow head at the end."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from autograd_rnn.drawing.block.layout import HEAD
from autograd_rnn.drawing.figure import Point

Hop = tuple[Point, bool]  # where a wire passes over another, and whether it runs across
CORNER, HOP = 8.0, 4.5  # the radii of a corner and of a hop
ROUND = 0.5523  # a quarter of a circle as a Bézier curve: how far the control points lie along its tangents


def curve(corners: Sequence[Point], sharp: Collection[Point] = (), hops: Collection[Hop] = ()) -> tuple[tuple[Point, ...], Point]:
    """The Bézier chain through the corners of a wire up to the base of its head, and the head's tip.

    Corners in ``sharp`` (where a wire branches off) stay as they are; at ``hops``, (point, runs across), the wire passes over another.

    >>> points, tip = curve([(0.0, 0.0), (30.0, 0.0), (30.0, 40.0)])
    >>> points[0], points[-1], tip, len(points)
    ((0.0, 0.0), (30.0, 33.0), (30.0, 40.0), 10)
    """
    corners = simplified(corners)
    chain: list[Point] = [corners[0]]
    for k in range(1, len(corners) - 1):
        before, at, after = corners[k - 1 : k + 2]
        radius = 0.0 if at in sharp else min(CORNER, math.dist(before, at) / 2, math.dist(at, after) / 2)
        start, end = towards(at, before, radius), towards(at, after, radius)
        straight(chain, start, hops)
        if radius:
            chain += [towards(start, at, ROUND * radius), towards(end, at, ROUND * radius), end]
    tip = corners[-1]
    straight(chain, towards(tip, chain[-1], min(HEAD, math.dist(tip, chain[-1]) * 0.9)), hops)
    return tuple(chain), tip


def simplified(corners: Sequence[Point]) -> list[Point]:
    """The corners without those on a straight line, and with a bend where two ends do not meet."""
    kept: list[Point] = []
    for at in corners:
        if kept and abs(at[0] - kept[-1][0]) > 1e-6 and abs(at[1] - kept[-1][1]) > 1e-6:
            half = (kept[-1][0] + at[0]) / 2
            kept += [(half, kept[-1][1]), (half, at[1])]
        while len(kept) > 1 and collinear(kept[-2], kept[-1], at):
            kept.pop()
        if not kept or math.dist(at, kept[-1]) > 1e-6:
            kept.append(at)
    return kept


def collinear(a: Point, b: Point, c: Point) -> bool:
    """Whether a, b and c lie on one level or upright line."""
    return any(abs(a[axis] - b[axis]) < 1e-6 and abs(b[axis] - c[axis]) < 1e-6 for axis in (0, 1))


def towards(start: Point, end: Point, distance: float) -> Point:
    """The point at a distance from the start on the way to the end."""
    share = distance / (math.dist(start, end) or 1.0)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def straight(chain: list[Point], end: Point, hops: Collection[Hop]) -> None:
    """Append a straight piece, with arcs where it passes over another wire."""
    start = chain[-1]
    across = abs(start[1] - end[1]) < 1e-6
    axis = 0 if across else 1
    low, high = sorted((start[axis], end[axis]))
    on_it = [at for at, level in hops if level == across and abs(at[1 - axis] - start[1 - axis]) < 1e-6]
    passed = [at for at in on_it if low + HOP < at[axis] < high - HOP]
    for at in sorted(passed, key=lambda at: abs(at[axis] - start[axis])):
        first, last = towards(at, start, HOP), towards(at, end, HOP)
        lift = (0.0, HOP * 4 / 3) if across else (HOP * 4 / 3, 0.0)
        line(chain, first)
        chain += [(first[0] + lift[0], first[1] + lift[1]), (last[0] + lift[0], last[1] + lift[1]), last]
    line(chain, end)


def line(chain: list[Point], end: Point) -> None:
    """Append a straight line."""
    start = chain[-1]
    third = math.dist(start, end) / 3
    if third > 1e-9:
        chain += [towards(start, end, third), towards(end, start, third), end]
