"""Arrows that leave a mark along one line, or enter one along one line, taken apart where they part: on the way back what they carry is
one there."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from autograd_rnn.drawing.figure import Arrow, Figure, Mark, Point
from autograd_rnn.drawing.overlay.flow import Edge
from autograd_rnn.drawing.overlay.geometry import samples

STEP, APART, SHARED = 2.0, 1.5, 12.0  # of a course; how far two lines that are one may be apart; the least that is worth sharing

Points = tuple[Point, ...]


class Strand(NamedTuple):
    """A stretch of an arrow's line, and all the tape's edges whose flow comes back along it.

    ``tail`` and ``head`` are the marks at its ends, or nothing where it ends at another strand; ``last``: it arrives at a
    mark.
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
    """The strands of all arrows, those that share their first or their last stretch together, each tree from its longest arrow on."""
    leaving: dict[tuple[str, Point], list[tuple[Arrow, tuple[Edge, ...]]]] = {}
    for arrow, edges in ways:
        leaving.setdefault((arrow.tail, (round(arrow.points[0][0]), round(arrow.points[0][1]))), []).append((arrow, edges))
    entering: dict[tuple[str, Point], list[tuple[Arrow, tuple[Edge, ...]]]] = {}
    for group in leaving.values():
        for arrow, edges in group if len(group) == 1 else ():
            entering.setdefault((arrow.head, (round(arrow.tip[0]), round(arrow.tip[1]))), []).append((arrow, edges))
    found = []
    for group in [*(group for group in leaving.values() if len(group) > 1), *entering.values()]:
        if len(group) == 1:
            arrow, edges = group[0]
            marks = figure.marks[arrow.tail], figure.marks[arrow.head]
            found.append([Strand(arrow.id, arrow, edges, line_of(arrow), *marks, True)])
        else:
            found += _taken_apart(figure, group, group[0][0].tail != group[1][0].tail)
    return found


def _taken_apart(figure: Figure, group: list[tuple[Arrow, tuple[Edge, ...]]], into: bool) -> list[list[Strand]]:
    """The trees of arrows that start at one point or, ``into``, end at one."""
    courses = {arrow.id: course(line_of(arrow)[:: -1 if into else 1]) for arrow, _ in group}
    group = sorted(group, key=lambda way: -len(courses[way[0].id]))
    places = {name: np.array(way) for name, way in courses.items()}
    joins: dict[str, tuple[str, int]] = {}  # of an arrow: the longer one that it shares its line with, and up to which point
    branches: dict[str, list[tuple[int, str]]] = {arrow.id: [] for arrow, _ in group}
    carried = {arrow.id: edges for arrow, edges in group}
    for k, (arrow, _) in enumerate(group):
        shares = [(common(places[arrow.id], places[other.id]), other.id) for other, _ in group[:k]]
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
        stretches = _stretches(arrow, edges, courses[arrow.id], start, branches, carried)
        end = len(courses[arrow.id]) - 1
        for name, parts, low, high in stretches:
            line = straightened(courses[arrow.id][low : high + 1])
            first, last = (high == end, not low) if into else (not low, high == end)
            ends = figure.marks[arrow.tail] if first else None, figure.marks[arrow.head] if last else None
            found.setdefault(root[arrow.id], []).append(Strand(name, arrow, parts, line[:: -1 if into else 1], *ends, first))
    return list(found.values())


def _stretches(
    arrow: Arrow,
    edges: tuple[Edge, ...],
    way: list[Point],
    start: int,
    branches: dict[str, list[tuple[int, str]]],
    carried: dict[str, tuple[Edge, ...]],
) -> list[tuple[str, tuple[Edge, ...], int, int]]:
    """One arrow's strands from the far end of its course to the near one, or to where it joins another: name, edges, first and last
    point."""
    found, high, ends = [], len(way) - 1, sorted(branches[arrow.id], reverse=True)
    for number, (low, branch) in enumerate([*ends, (start, "")]):
        if low < high:
            found.append((arrow.id + (f"_{number}" if number else ""), edges, low, high))
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


def common(a: np.ndarray, b: np.ndarray) -> int:
    """The last point up to which two courses are one."""
    most = min(len(a), len(b))
    apart = np.flatnonzero(np.hypot(*(a[:most] - b[:most]).T) > APART)
    return max(int(apart[0]) - 1, 0) if apart.size else most - 1


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
