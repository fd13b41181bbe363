"""All curves: wires with rounded corners and a small arc where one passes over another; gentle bends from point to point; each up to where
its head begins; and what runs beside a curve, along it, or together with it. Chains of Bézier curves, 1 + 3n points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from autograd_rnn.drawing.figure import Point

HEAD = 7.0  # an arrow head's length
TURN = 9.0  # the radius of a corner between gentle bends
CORNER, HOP = 8.0, 4.5  # the radii of a wire's corner and of a hop
ROUND = 0.5523  # a quarter of a circle as a Bézier curve: how far the control points lie along its tangents
STEP, APART = 2.0, 1.5  # of a course; how far two lines that are one may be apart
Curve = list[Point]
Points = tuple[Point, ...]  # a curve that stays as it is
Headed = tuple[Points, Point]  # a curve up to the base of its head, and the head's tip
Hop = tuple[Point, bool]  # where a wire passes over another, and whether it runs across


def towards(start: Point, end: Point, distance: float) -> Point:
    """The point at a distance from the start on the way to the end."""
    share = distance / (math.dist(start, end) or 1.0)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def line(start: Point, end: Point) -> Curve:
    """A straight curve."""
    (x0, y0), (x1, y1) = start, end
    return [start, ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3), ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3), end]


def through(corners: Sequence[Point]) -> Points:
    """Straight from corner to corner."""
    chain = [corners[0]]
    for corner in corners[1:]:
        chain += line(chain[-1], corner)[1:]
    return tuple(chain)


def joined(*curves: Curve) -> Curve:
    """Curves one after the other, with straight lines where one does not begin at the last one's end."""
    whole = list(curves[0])
    for curve in curves[1:]:
        whole += (*line(whole[-1], curve[0])[1:], *curve[1:]) if math.dist(whole[-1], curve[0]) > 0.01 else curve[1:]
    return whole


def headed(curve: Sequence[Point]) -> Headed:
    """A curve up to the base of the head whose tip is where it ends."""
    tip = curve[-1]
    toward = next((at for at in reversed(curve[:-1]) if math.dist(at, tip) > 0.01), tip)
    base = towards(tip, toward, HEAD)
    return (*curve[:-2], base if math.dist(curve[-2], tip) < HEAD else curve[-2], base), tip


def cropped(curve: Sequence[Point]) -> Headed:
    """The same of a curve of small pieces: those shorter than the head are under it."""
    tip = curve[-1]
    while len(curve) > 4 and math.dist(curve[-4], tip) < HEAD:
        curve = curve[:-3]
    toward = next((at for at in curve[-2:-5:-1] if math.dist(at, tip) >= HEAD), curve[-4])
    base = towards(tip, toward, min(HEAD, 0.9 * math.dist(toward, tip)))
    return (*(base if math.dist(at, tip) < HEAD else at for at in curve[:-1]), base), tip


def straight(start: Point, tip: Point) -> Headed:
    """A straight line up to its head; that of a short arrow does not turn back under it."""
    most = 0.9 * (math.dist(start, tip) - HEAD)
    return headed([start, *(towards(start, tip, min(k * math.dist(start, tip) / 3, most)) for k in (1, 2)), tip])


def curve(corners: Sequence[Point], sharp: Collection[Point] = (), hops: Collection[Hop] = ()) -> Headed:
    """A wire through its corners.

    Corners in ``sharp`` (where a wire branches off) stay as they are; at ``hops``, (point, runs across), the wire passes over another.

    >>> points, tip = curve([(0.0, 0.0), (30.0, 0.0), (30.0, 40.0)])
    >>> points[0], points[-1], tip, len(points)
    ((0.0, 0.0), (30.0, 33.0), (30.0, 40.0), 10)
    """
    corners = simplified(corners)
    chain: Curve = [corners[0]]
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = 0.0 if at in sharp else min(CORNER, math.dist(before, at) / 2, math.dist(at, after) / 2)
        start, end = towards(at, before, radius), towards(at, after, radius)
        _hopping(chain, start, hops)
        if radius:
            chain += [towards(start, at, ROUND * radius), towards(end, at, ROUND * radius), end]
    tip = corners[-1]
    _hopping(chain, towards(tip, chain[-1], min(HEAD, math.dist(tip, chain[-1]) * 0.9)), hops)
    return tuple(chain), tip


def simplified(corners: Sequence[Point]) -> list[Point]:
    """The corners without those on a straight line, and with a bend where two ends do not meet."""
    kept: list[Point] = []
    for at in corners:
        if kept and abs(at[0] - kept[-1][0]) > 1e-6 and abs(at[1] - kept[-1][1]) > 1e-6:
            half = (kept[-1][0] + at[0]) / 2
            kept += [(half, kept[-1][1]), (half, at[1])]
        while len(kept) > 1 and any(abs(a - b) < 1e-6 and abs(b - c) < 1e-6 for a, b, c in zip(kept[-2], kept[-1], at, strict=True)):
            kept.pop()
        if not kept or math.dist(at, kept[-1]) > 1e-6:
            kept.append(at)
    return kept


def _hopping(chain: Curve, end: Point, hops: Collection[Hop]) -> None:
    """Append a straight piece, with arcs where it passes over another wire."""
    start = chain[-1]
    across = abs(start[1] - end[1]) < 1e-6
    axis = 0 if across else 1
    low, high = sorted((start[axis], end[axis]))
    on_it = [at for at, level in hops if level == across and abs(at[1 - axis] - start[1 - axis]) < 1e-6]
    passed = [at for at in on_it if low + HOP < at[axis] < high - HOP]
    arcs = [(towards(at, start, HOP), towards(at, end, HOP)) for at in sorted(passed, key=lambda at: abs(at[axis] - start[axis]))]
    for first, last in (*arcs, (end, end)):
        if math.dist(chain[-1], first) > 1e-9:
            chain += line(chain[-1], first)[1:]
        if last != first:
            lift = (0.0, HOP * 4 / 3) if across else (HOP * 4 / 3, 0.0)
            chain += [(first[0] + lift[0], first[1] + lift[1]), (last[0] + lift[0], last[1] + lift[1]), last]


def sway(points: Sequence[Point]) -> Curve:
    """From point to point, level at each of them.

    >>> sway([(0, 0), (10, 0), (30, 20)])
    [(0, 0), (5.0, 0), (5.0, 0), (10, 0), (20.0, 0), (20.0, 20), (30, 20)]
    """
    points = [p for k, p in enumerate(points) if not 0 < k < len(points) - 1 or not points[k - 1][1] == p[1] == points[k + 1][1]]
    curve = [points[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        curve += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
    return curve


def cornered(points: Sequence[Point]) -> Curve:
    """Straight from point to point, with round corners where there is room for them."""
    stops = [p for k, p in enumerate(points) if not k or math.dist(p, points[k - 1]) > 0.01]
    curve = [stops[0]]
    for before, at, after in zip(stops, stops[1:], stops[2:], strict=False):
        turn = min(TURN, math.dist(before, at) / 2, math.dist(at, after) / 2)
        curve += [*line(curve[-1], towards(at, before, turn))[1:], at, at, towards(at, after, turn)]
    return joined(curve, line(curve[-1], stops[-1])) if stops[1:] else curve


def beside(curve: Points, away: float) -> Curve:
    """A curve moved to its left, without the pieces that would run backwards, or hardly on, inside a narrow bend."""
    moved = [_moved(curve, k, away) for k in range(len(curve))]
    kept = moved[:1]
    for k in range(0, len(curve) - 3, 3):
        dx, dy = curve[k + 3][0] - curve[k][0], curve[k + 3][1] - curve[k][1]
        if dx * (moved[k + 3][0] - kept[-1][0]) + dy * (moved[k + 3][1] - kept[-1][1]) > 0.3 * (dx * dx + dy * dy):
            kept += moved[k + 1 : k + 4] if kept[-1] == moved[k] else line(kept[-1], moved[k + 3])[1:]
    return kept if len(kept) > 1 else moved


def _moved(curve: Points, k: int, away: float) -> Point:
    """A point of a curve moved to its left, further round a corner, where the outer line is longer."""
    x, y = at = curve[k]
    before = next((p for p in curve[k - 1 :: -1] if math.dist(p, at) > 0.01), at) if k else at
    after = next((p for p in curve[k + 1 :] if math.dist(p, at) > 0.01), at)
    dx, dy = after[0] - before[0], after[1] - before[1]
    length, sharp = math.hypot(dx, dy) or 1.0, math.dist(before, at) * math.dist(at, after)
    turn = ((x - before[0]) * (after[0] - x) + (y - before[1]) * (after[1] - y)) / sharp if sharp else 1.0
    far = away * min(math.sqrt(2 / max(1 + turn, 0.5)), 1.5)
    return x - far * dy / length, y + far * dx / length


def level(piece: Sequence[Point]) -> bool:
    """Whether a piece of a curve is a level or an upright line."""
    return any(a == b == c == d for a, b, c, d in zip(*piece, strict=True))


def samples(points: Sequence[Point], apart: float = 5.0) -> Iterator[Point]:
    """Points along a curve."""
    for k in range(0, len(points) - 3, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[k : k + 4]
        length = math.hypot(x1 - x0, y1 - y0) + math.hypot(x2 - x1, y2 - y1) + math.hypot(x3 - x2, y3 - y2)
        ax, bx, cx = x3 - 3 * (x2 - x1) - x0, 3 * (x2 - 2 * x1 + x0), 3 * (x1 - x0)
        ay, by, cy = y3 - 3 * (y2 - y1) - y0, 3 * (y2 - 2 * y1 + y0), 3 * (y1 - y0)
        count = max(2, int(length / apart))
        for n in range(count + (k + 4 >= len(points))):
            t = n / count
            yield ((ax * t + bx) * t + cx) * t + x0, ((ay * t + by) * t + cy) * t + y0


def midway(points: Points, share: float = 0.5) -> tuple[Point, Point]:
    """A point of a curve, its middle if not told otherwise, and its direction there."""
    along = list(samples(points, 2.0))
    k = min(int(share * len(along)), len(along) - 2)
    (x0, y0), (x1, y1) = along[k : k + 2]
    length = math.dist(along[k], along[k + 1]) or 1.0
    return ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / length, (y1 - y0) / length)


def hardly_turns(points: Points, share: float, about: float = 8.0) -> bool:
    """Whether a curve goes straight on for some way on both sides of a point."""
    along = list(samples(points, 2.0))
    k, far = min(int(share * len(along)), len(along) - 1), int(about / 2)
    a, b, c = along[max(k - far, 0)], along[k], along[min(k + far, len(along) - 1)]
    turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    return abs(turn) < 0.1 * math.dist(a, b) * math.dist(b, c) + 1e-9


def course(points: Points) -> np.ndarray:
    """Points along a curve in equal steps, its end included."""
    pieces = [points[k : k + 4] for k in range(0, len(points) - 3, 3)]
    along = np.array([*(at for piece in pieces for at in (piece[:1] if level(piece) else samples(piece, STEP))), points[-1]])
    length = np.append(0.0, np.cumsum(np.hypot(*np.diff(along, axis=0).T)))
    steps = STEP * np.arange(length[-1] // STEP + 1)
    return np.column_stack([np.append(np.interp(steps, length, v), v[-1]) for v in along.T])


def common(a: np.ndarray, b: np.ndarray, least: int = 0) -> int:
    """The last point up to which two courses are one, or any number up to ``least`` where they are no longer."""
    most = min(len(a), len(b))
    if most <= least + 1 or math.dist(a[least + 1], b[least + 1]) > APART:
        return 0
    apart = np.flatnonzero(np.hypot(*(a[:most] - b[:most]).T) > APART)
    return max(int(apart[0]) - 1, 0) if apart.size else most - 1


def straightened(way: np.ndarray) -> Points:
    """A course as a curve: a straight piece wherever it does not turn."""
    corners, stops = way[:1].tolist(), way.tolist()
    for at, after in itertools.pairwise(stops[1:]):
        (x0, y0), (x1, y1), (x2, y2) = corners[-1], at, after
        if abs((x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0)) > 0.3 * math.dist(corners[-1], after):
            corners.append(at)
    return through([(x, y) for x, y in (*corners, stops[-1])])
