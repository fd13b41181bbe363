"""Arrows as chains of Bézier curves: from point to point in gentle bends, or straight with rounded corners."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_rnn.drawing.block.layout import HEAD
from autograd_rnn.drawing.figure import Point

TURN = 9.0  # a corner's radius

Curve = list[Point]  # 1 + 3n points


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
