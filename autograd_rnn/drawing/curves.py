"""Arrows as chains of Bézier curves: wires with rounded corners and a small arc where one passes over another; gentle bends from point to
point; each up to where its head begins."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from autograd_rnn.drawing.figure import Point

HEAD = 7.0  # an arrow head's length
TURN = 9.0  # the radius of a corner between gentle bends
Curve = list[Point]  # 1 + 3n points
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
        _straight(chain, start, hops)
        if radius:
            chain += [towards(start, at, ROUND * radius), towards(end, at, ROUND * radius), end]
    tip = corners[-1]
    _straight(chain, towards(tip, chain[-1], min(HEAD, math.dist(tip, chain[-1]) * 0.9)), hops)
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


def _straight(chain: list[Point], end: Point, hops: Collection[Hop]) -> None:
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
        _on(chain, first)
        chain += [(first[0] + lift[0], first[1] + lift[1]), (last[0] + lift[0], last[1] + lift[1]), last]
    _on(chain, end)


def _on(chain: list[Point], end: Point) -> None:
    """Append a straight line, if it has any length."""
    if math.dist(chain[-1], end) > 1e-9:
        chain += line(chain[-1], end)[1:]


def sway(points: Sequence[Point]) -> Curve:
    """From point to point, level at each of them.

    >>> sway([(0, 0), (10, 0), (30, 20)])
    [(0, 0), (5.0, 0), (5.0, 0), (10, 0), (20.0, 0), (20.0, 20), (30, 20)]
    """
    points = [p for k, p in enumerate(points) if not 0 < k < len(points) - 1 or not points[k - 1][1] == p[1] == points[k + 1][1]]
    curve = [points[0]]
    for (x0, y0), (x1, y1) in zip(points[:-1], points[1:], strict=True):
        middle = (x0 + x1) / 2
        curve += [(middle, y0), (middle, y1), (x1, y1)]
    return curve


def cornered(points: Sequence[Point]) -> Curve:
    """Straight from point to point, with round corners where there is room for them."""
    stops = [p for k, p in enumerate(points) if not k or math.dist(p, points[k - 1]) > 0.01]
    curve = [stops[0]]
    for k, (x, y) in enumerate(stops[1:], 1):
        if k == len(stops) - 1:
            return joined(curve, line(curve[-1], (x, y)))
        (x0, y0), (x1, y1) = stops[k - 1], stops[k + 1]
        before, after = math.dist((x0, y0), (x, y)), math.dist((x1, y1), (x, y))
        turn = min(TURN, before / 2, after / 2)
        start = x + (x0 - x) * turn / before, y + (y0 - y) * turn / before
        end = x + (x1 - x) * turn / after, y + (y1 - y) * turn / after
        curve = joined(curve, line(curve[-1], start))
        curve += [(x, y), (x, y), end]
    return curve


def line(start: Point, end: Point) -> Curve:
    """A straight curve."""
    (x0, y0), (x1, y1) = start, end
    return [start, ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3), ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3), end]


def joined(*curves: Curve) -> Curve:
    """Curves one after the other, with straight lines where one does not begin at the last one's end."""
    whole = curves[0]
    for curve in curves[1:]:
        gap = math.dist(whole[-1], curve[0]) > 0.01
        whole = [*whole, *(line(whole[-1], curve[0])[1:] if gap else ()), *curve[1:]]
    return whole


def headed(curve: Curve) -> tuple[tuple[Point, ...], Point]:
    """The curve up to where its arrow head begins, and the head's tip."""
    tip = curve[-1]
    back = next((p for p in reversed(curve[:-1]) if math.dist(p, tip) > 0.01), tip)
    far = math.dist(back, tip) or 1.0
    base = tip[0] + (back[0] - tip[0]) * HEAD / far, tip[1] + (back[1] - tip[1]) * HEAD / far
    near = math.dist(curve[-2], tip) < HEAD  # the last control must not lie beyond the base
    return (*curve[:-2], base if near else curve[-2], base), tip
