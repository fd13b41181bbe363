"""Arrows that leave a mark along one line, taken apart where they part: on the way back what they carry adds up there."""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd_rnn.drawing.figure import Arrow, Figure, Mark, Point
from autograd_rnn.drawing.overlay.flow import Edge
from autograd_rnn.drawing.overlay.geometry import samples

STEP, APART, SHARED = 2.0, 1.5, 12.0  # of a course; how far two lines that are one may be apart; the least that is worth sharing

Points = tuple[Point, ...]


class Strand(NamedTuple):
    """A stretch of an arrow's line, and all the tape's edges whose flow comes back along it.

    ``tail`` and ``head`` are the marks at its ends, or nothing where it ends at another strand; ``last``: here the flow leaves the arrow.
    """

    id: str
    arrow: Arrow
    edges: tuple[Edge, ...]
    points: Points
    tail: Mark | None
    head: Mark | None
    last: bool


def line_of(arrow: Arrow) -> Points:
    """An arrow's chain of curves up to its head's tip."""
    (x, y), tip = arrow.points[-1], arrow.tip
    if math.dist(arrow.points[-1], tip) < 0.01:
        return arrow.points
    return (*arrow.points, *((x + k * (tip[0] - x) / 3, y + k * (tip[1] - y) / 3) for k in (1, 2, 3)))


def trees(figure: Figure, ways: list[tuple[Arrow, tuple[Edge, ...]]]) -> list[list[Strand]]:
    """The strands of all arrows, those that share a line together, each tree from its longest arrow on."""
    leaving: dict[tuple[str, Point], list[tuple[Arrow, tuple[Edge, ...]]]] = {}
    for arrow, edges in ways:
        leaving.setdefault((arrow.tail, (round(arrow.points[0][0]), round(arrow.points[0][1]))), []).append((arrow, edges))
    found = []
    for group in leaving.values():
        if len(group) == 1:
            arrow, edges = group[0]
            marks = figure.marks[arrow.tail], figure.marks[arrow.head]
            found.append([Strand(arrow.id, arrow, edges, line_of(arrow), *marks, True)])
        else:
            found += _taken_apart(figure, group)
    return found


def _taken_apart(figure: Figure, group: list[tuple[Arrow, tuple[Edge, ...]]]) -> list[list[Strand]]:
    """The trees of arrows that start at one point."""
    courses = {arrow.id: course(line_of(arrow)) for arrow, _ in group}
    group = sorted(group, key=lambda way: -len(courses[way[0].id]))
    joins: dict[str, tuple[str, int]] = {}  # of an arrow: the longer one that it shares its start with, and up to which point
    branches: dict[str, list[tuple[int, str]]] = {arrow.id: [] for arrow, _ in group}
    carried = {arrow.id: edges for arrow, edges in group}
    for k, (arrow, _) in enumerate(group):
        shares = [(common(courses[arrow.id], courses[other.id]), other.id) for other, _ in group[:k]]
        far, other_id = max(shares, key=lambda share: share[0], default=(0, ""))
        if far * STEP >= SHARED:
            joins[arrow.id] = other_id, far
            branches[other_id].append((far, arrow.id))
    for arrow, _ in group[::-1]:  # what flows through each arrow in all: its own, and all that joins it
        for _, branch in branches[arrow.id]:
            carried[arrow.id] = (*carried[arrow.id], *carried[branch])
    found: dict[str, list[Strand]] = {}
    root: dict[str, str] = {}
    for arrow, edges in group:
        other_id, start = joins.get(arrow.id, ("", 0))
        root[arrow.id] = root[other_id] if other_id else arrow.id
        tail = None if other_id else figure.marks[arrow.tail]
        found.setdefault(root[arrow.id], []).extend(_stretches(figure, arrow, edges, courses[arrow.id], start, tail, branches, carried))
    return list(found.values())


def _stretches(
    figure: Figure,
    arrow: Arrow,
    edges: tuple[Edge, ...],
    way: list[Point],
    start: int,
    tail: Mark | None,
    branches: dict[str, list[tuple[int, str]]],
    carried: dict[str, tuple[Edge, ...]],
) -> list[Strand]:
    """One arrow's strands from its head back to its tail, or to where it joins another."""
    ends = sorted(branches[arrow.id], reverse=True)
    if not ends and not start:
        return [Strand(arrow.id, arrow, edges, line_of(arrow), tail, figure.marks[arrow.head], True)]
    found, high = [], len(way) - 1
    for number, (low, branch) in enumerate([*ends, (start, "")]):
        if low < high:
            name = arrow.id + (f"_{number}" if number else "")
            head = figure.marks[arrow.head] if high == len(way) - 1 else None
            found.append(Strand(name, arrow, edges, straightened(way[low : high + 1]), tail if not low else None, head, not branch))
            high = low
        edges = (*edges, *carried.get(branch, ()))
    return found


def course(points: Points) -> list[Point]:
    """Points along a chain of curves in equal steps, its end included."""
    found, left = [points[0]], STEP
    before = points[0]
    for at in samples(points, STEP):
        length = math.dist(before, at)
        while length >= left:
            share = left / length
            before = (before[0] + share * (at[0] - before[0]), before[1] + share * (at[1] - before[1]))
            found.append(before)
            length, left = math.dist(before, at), STEP
        left -= length
        before = at
    return [*found, points[-1]]


def common(a: list[Point], b: list[Point]) -> int:
    """The last point up to which two courses are one."""
    for k, (p, q) in enumerate(zip(a, b, strict=False)):
        if math.dist(p, q) > APART:
            return max(k - 1, 0)
    return min(len(a), len(b)) - 1


def straightened(way: list[Point]) -> Points:
    """A course as a chain of curves: a straight piece wherever it does not turn."""
    corners = [way[0]]
    for k in range(1, len(way) - 1):
        (x0, y0), (x1, y1), (x2, y2) = corners[-1], way[k], way[k + 1]
        if abs((x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0)) > 0.3 * math.dist(corners[-1], way[k + 1]):
            corners.append(way[k])
    corners.append(way[-1])
    chain = [corners[0]]
    for (x0, y0), (x1, y1) in zip(corners[:-1], corners[1:], strict=True):
        chain += [(x0 + k * (x1 - x0) / 3, y0 + k * (y1 - y0) / 3) for k in (1, 2, 3)]
    return tuple(chain)
