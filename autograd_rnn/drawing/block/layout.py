"""Where everything stands: time from left to right in equal steps, inputs at the bottom, each arrow as its own curve. In points."""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd_rnn.drawing.block.scene import Edge, Node, Scene
from autograd_rnn.drawing.curves import HEAD, Points, curve, headed, straight
from autograd_rnn.drawing.figure import Point, Text
from autograd_rnn.drawing.measure import most, under, width
from autograd_rnn.drawing.output.style import DOT, RADIUS, UNDER

GAP = 15.0  # the radius of the dots of a gap
WORD = 130.0  # the most that words under a step take: longer ones go on below
ROW, LINE = 82.0, 21.0  # from row to row; from text line to text line
BUS = 24.0  # from a circle to the upright line that comes from the step before
ASIDE = 26.0  # how far the two directions of a layer stand off the step's middle
WIDE = 50.0  # a label that reaches under its neighbour
APART = 9.0  # how far the lines of h and c stand off the middle
DELAY = 10.0  # from a loop's delay to its label


class Path(NamedTuple):
    """An arrow: a curve up to the head's base, the head's tip, and where the label's middle goes."""

    points: Points
    tip: Point
    label: Point | None


class Layout(NamedTuple):
    """A scene's places: of each node by id, of each edge by its number, of every text."""

    at: dict[str, Point]
    paths: list[Path]
    texts: list[Text]


def place(scene: Scene) -> Layout:
    """Places for everything in a scene; equal for each step but for the shift in time."""
    scene.grow()
    (wide, _), step, heights = _most(scene), _step(scene), _heights(scene)

    def x_of(column: int, part: int = 0) -> float:
        return column * step + part * step / 3

    at = {
        node.id: (x_of(node.column, node.part) + (0 if node.kind == "join" else node.side * (ASIDE + wide)), heights[node.row])
        for node in scene.nodes.values()
    }
    part = {node.column: node.part for node in scene.nodes.values()}
    words = [(x_of(column, part[column]), text) for column, text in scene.under.items()]
    texts, y = under(words, -max(scene.half[node.id][1] for node in scene.nodes.values() if not node.row) - 0.75 * LINE, WORD)
    for k, (text, first, last) in enumerate(scene.headings):
        texts.append(Text(((x_of(first, k) + x_of(last, k)) / 2, y), (text,), "heading"))
    y -= LINE * (1.3 if scene.headings else 0.6 if texts else 0.3)
    middle = (min(x for x, _ in at.values()) + max(x for x, _ in at.values())) / 2
    for k, caption in enumerate(scene.captions):
        texts.append(Text((middle, y - k * LINE), caption, "caption"))
    rows = [edge for edge in scene.edges if not edge.delayed and scene.nodes[edge.tail].row == scene.nodes[edge.head].row]
    levels = {at[edge.tail][1] + _lift(edge) for edge in rows}
    return Layout(at, [_path(scene, edge, at, levels) for edge in scene.edges], texts)


def _step(scene: Scene) -> float:
    """The distance from step to step: as wide as the arrows' labels, the texts under the columns and the circles' names need."""
    sided = any(node.side for node in scene.nodes.values())
    longest = max((width(edge.label) for edge in scene.edges if edge.label), default=0.0)
    words = max((min(most(text, UNDER), WORD) for text in scene.under.values()), default=0.0)
    back = any(edge.kind == "feedback" and not edge.delayed for edge in scene.edges)
    room = longest + 26 if longest else 16
    slanted = any(scene.nodes[edge.tail].row > scene.nodes[edge.head].row for edge in scene.edges if edge.kind == "recurrent")
    across = 2.5 * (longest + 10) if slanted and longest else 0.0  # a Jordan net's answer passes the label of what climbs
    across = max(across, 2 * longest + 44) if sided else across  # the labels of both directions stand between two steps
    more = 2 * _most(scene)[0] * (1 + sided)
    return max(scene.least, across + more, 2 * RADIUS + more + room + (2 * ASIDE if sided else 0) + (36 if back else 0), words + 12)


def _most(scene: Scene) -> Point:
    """How much further than a circle's the widest and the highest node's border is from its middle."""
    halves = [*scene.half.values(), (RADIUS, RADIUS)]
    return max(a for a, _ in halves) - RADIUS, max(b for _, b in halves) - RADIUS


def _heights(scene: Scene) -> list[float]:
    """The height of each row; a row of dots stands closer."""
    dots = {node.row for node in scene.nodes.values() if node.kind == "join"}
    longest = max((width(edge.label) for edge in scene.edges if edge.label), default=0.0)
    # A long label below a level arrow passes over that of an arrow that climbs.
    apart = max(ROW, 2 * RADIUS + longest + 2.5 * HEAD) if scene.upward else ROW + (16 if longest > WIDE else 0)
    apart += 2 * _most(scene)[1]
    heights = [0.0]
    for row in range(1, max(node.row for node in scene.nodes.values()) + 1):
        heights.append(heights[-1] + (0.85 * apart if row in dots or row - 1 in dots else apart))
    return heights


def reach(scene: Scene, node: Node, dx: float, dy: float) -> Point:
    """The vector from a node's middle to its border in a direction."""
    a, b = (GAP, GAP) if node.kind == "gap" else scene.half[node.id]
    power = 4 if node.kind == "score" else 2  # a square with rounded corners
    scale = ((dx / a) ** power + (dy / b) ** power) ** (-1 / power)
    return dx * scale, dy * scale


def _path(scene: Scene, edge: Edge, at: dict[str, Point], heights: set[float]) -> Path:
    """The route of an arrow: straight, but over the others' heads where nodes stand between; ``heights``: of lines from state to state."""
    tail, head = scene.nodes[edge.tail], scene.nodes[edge.head]
    (x0, y0), (x1, y1) = at[edge.tail], at[edge.head]
    if edge.delayed:
        return _loop(scene, edge, at)
    if edge.kind == "feedback":
        beside = x1 - RADIUS - _most(scene)[0] - BUS
        return _back((x0 + reach(scene, tail, 1, 0)[0], y0), (x1 - reach(scene, head, 1, 0)[0], y1), beside, heights)
    if tail.row != head.row and tail.column != head.column and edge.kind == "readout":
        return _corner((x0, y0 + scene.half[tail.id][1]), (x1 - scene.half[head.id][0], y1), edge)
    if tail.row == head.row:
        between = range(min(tail.column, head.column) + 1, max(tail.column, head.column))
        if between and any(node.row == tail.row and node.column in between for node in scene.nodes.values()):
            return _arch(x0, x1, y0, edge, scene.half[head.id])
        return _level(scene, edge, at)
    dx, dy = x1 - x0, y1 - y0
    out, into = reach(scene, tail, dx, dy), reach(scene, head, -dx, -dy)
    start, tip = (x0 + out[0], y0 + out[1]), (x1 + into[0], y1 + into[1])
    return Path(*straight(start, tip), _beside(tail, head, start, tip, edge))


def _beside(tail: Node, head: Node, start: Point, tip: Point, edge: Edge) -> Point | None:
    """The label of an arrow that climbs: right of it, or on its own direction's side, near the end that no other arrow shares."""
    if not edge.label:
        return None
    half, side, along = width(edge.label) / 2 + 5, tail.side or head.side, 0.5
    if side:  # half way to the row next to the end that both directions share
        near = (0.3 if tail.kind == "join" else 0.5) * ROW - (DOT if tail.kind == "join" else RADIUS)
        along = (near if head.side else abs(tip[1] - start[1]) - near) / abs(tip[1] - start[1])
    x, y = start[0] + along * (tip[0] - start[0]), start[1] + along * (tip[1] - start[1])
    if tip[1] < start[1]:  # a Jordan net's answer on its way back
        return x + half - 2, y + 9
    return x + (side or 1) * half, y


def _level(scene: Scene, edge: Edge, at: dict[str, Point]) -> Path:
    """An arrow within a row; states side by side each have their own line."""
    (x0, y), (x1, _) = at[edge.tail], at[edge.head]
    way = 1 if x1 > x0 else -1
    lift = _lift(edge)
    halves = [(GAP, GAP) if scene.nodes[end].kind == "gap" else scene.half[end] for end in (edge.tail, edge.head)]
    ends = [a * math.sqrt(1 - (lift / b) ** 2) for a, b in halves]
    start, tip = (x0 + way * ends[0], y + lift), (x1 - way * ends[1], y + lift)
    middle = (start[0] + tip[0] - way * HEAD) / 2
    return Path(*straight(start, tip), (middle, y + lift + _off(edge)) if edge.label else None)


def _lift(edge: Edge) -> float:
    """How far above its row's middle the line of one of several states runs."""
    return (edge.lane - (edge.lanes - 1) / 2) * _lane(edge)


def _lane(edge: Edge) -> float:
    """From the line of one state to the next: what flows back has room between."""
    return 2 * APART if edge.lanes == 2 else 1.5 * APART


def _off(edge: Edge) -> float:
    """How far a label stands from its level line: below, but above the uppermost lane's; those of lanes between stand higher still."""
    away = 15 if edge.label and edge.label.sup and edge.label.sub else 11
    return away + (edge.lanes - 1 - edge.lane) * (_lane(edge) + LINE - 4) if edge.lane else -away


def _loop(scene: Scene, edge: Edge, at: dict[str, Point]) -> Path:
    """A folded net's arrow into the next step: out at one side and back, through a joint (``points[3]``) where its delay stands.

    A forward chain's is on the left and runs against the clock; a backward one's and a decoder's are on the right.
    """
    tail, head = scene.nodes[edge.tail], scene.nodes[edge.head]
    turn = 0.0 if tail.part or tail.side > 0 else math.pi
    if tail.side > 0 and any(node.part for node in scene.nodes.values()):  # the decoder is on its right
        turn = math.pi / 4
    sense = -1 if tail.part else 1  # a decoder's time runs as its encoder's, on the other side
    (x0, y0), (x1, y1) = at[edge.tail], at[edge.head]
    across = math.cos(turn), math.sin(turn)
    along = (-across[1], across[0]) if turn < 1 else (across[1], -across[0])  # upward
    far, wide_open = _far(scene, edge), (0.5 + 0.45 * edge.lane) * sense * (tail is head)

    def end(node: Node, angle: float) -> tuple[Point, Point]:
        dx, dy = (across[k] * math.cos(angle) + along[k] * math.sin(angle) for k in (0, 1))
        out, (x, y) = reach(scene, node, dx, dy), at[node.id]
        ahead = 17.0 if tail is head else 0.6 * (far - scene.half[node.id][0])
        return (x + out[0], y + out[1]), (x + out[0] + ahead * dx, y + out[1] + ahead * dy)

    (start, leave), (tip, enter) = end(tail, wide_open), end(head, -wide_open)
    joint = (x0 + x1) / 2 + far * across[0], (y0 + y1) / 2 + far * across[1]
    half = math.copysign(max(abs(y0 - y1) / 4, 12 + 10 * edge.lane), sense if tail is head else y0 - y1)
    before, after = ((joint[0] + way * half * along[0], joint[1] + way * half * along[1]) for way in (1, -1))
    beside = DELAY + (width(edge.label) / 2 if edge.label else 0)
    label = joint[0] + beside * across[0], joint[1] + beside * across[1]
    return Path(*headed([start, leave, before, joint, after, enter, tip]), label if edge.label else None)


def _far(scene: Scene, edge: Edge) -> float:
    """How far from its node's middle a loop goes: round those within it and their labels."""

    def rows(loop: Edge) -> tuple[int, int]:
        ends = scene.nodes[loop.tail], scene.nodes[loop.head]
        return min(node.row for node in ends), max(node.row for node in ends)

    within, (low, high) = {}, rows(edge)  # type: dict[tuple[int, int], float], tuple[int, int]
    for other in scene.edges:
        span = rows(other)
        inside = other.lane < edge.lane if span == (low, high) else low <= span[0] and span[1] <= high
        if other.delayed and inside and scene.nodes[other.tail].part == scene.nodes[edge.tail].part:
            carried = scene.nodes[other.tail].label[other.lane]._replace(sub="t+1") if other.kind == "carry" else None
            within[span] = within.get(span, 0.0) + 2.4 * DELAY + (width(label) if (label := other.label or carried) else 0)
    return max(scene.half[end][0] for end in (edge.tail, edge.head)) + 28 + max(within.values(), default=0.0)


def _back(start: Point, tip: Point, x: float, heights: set[float]) -> Path:
    """From a score or a target down between two steps into the next input, over the level lines between states."""
    return Path(*curve([start, (x, start[1]), (x, tip[1]), tip], hops={((x, y), False) for y in heights}), None)


def _corner(start: Point, tip: Point, edge: Edge) -> Path:
    """Up, round a corner, and along: from a backward chain's end to the only score."""
    (x0, _), (x1, y1) = start, tip
    turn = math.copysign(RADIUS, x1 - x0)
    round_off: list[Point] = [(x0, y1 - RADIUS), (x0, y1 - RADIUS), (x0, y1 - RADIUS), (x0, y1 - RADIUS / 2), (x0 + turn / 2, y1)]
    along: list[Point] = [(x0 + turn, y1), (x0 + turn * 2, y1), (x1 - turn, y1)]
    label = (x1 - turn - (width(edge.label) if edge.label else 0), y1 - _off(edge))
    return Path(*headed([start, *round_off, *along, tip]), label if edge.label else None)


def _arch(x0: float, x1: float, y: float, edge: Edge, half: Point) -> Path:
    """Over the heads of a row: from a backward encoder's end to the decoder."""
    turn, lift = math.copysign(RADIUS, x1 - x0), (edge.lane - (edge.lanes - 1) / 2) * APART
    (a, b), x0 = half, x0 - lift * math.copysign(1, x1 - x0)
    top, end = y + b - RADIUS + 0.6 * ROW + lift, x1 - math.copysign(a - RADIUS, turn)
    tip = (x1 - math.copysign(0.8 * a, turn), y + b * 0.6 + lift)
    points: list[Point] = [(x0, top - RADIUS), (x0, top - RADIUS), (x0, top - RADIUS), (x0, top - RADIUS / 2), (x0 + turn / 2, top)]
    points += [(x0 + turn, top), (x0 + turn * 2, top), (end - turn * 3.2, top), (end - turn * 2.6, top)]
    points += [(end - turn * 2.1, top), (end - turn * 1.8, y + b + RADIUS * 0.4 + lift)]
    away = abs(_off(edge))
    label = (x0 + 2.2 * turn, top + (away if edge.lane == edge.lanes - 1 else -away))
    return Path(*headed([(x0, y + b * math.sqrt(1 - (lift / a) ** 2)), *points, tip]), label if edge.label else None)
