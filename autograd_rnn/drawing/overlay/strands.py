"""Arrows that leave a mark along one line, or enter one along one line, taken apart where they part: on the way back what they carry is
one there."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from autograd_rnn.drawing.curves import STEP, Points, common, course, line, straightened
from autograd_rnn.drawing.figure import Arrow, Figure, Mark, Point
from autograd_rnn.drawing.overlay.flow import Edge

SHARED = 12.0  # the least that is worth sharing


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
    """An arrow's curve up to its head's tip."""
    return (*arrow.points, *line(arrow.points[-1], arrow.tip)[1:]) if math.dist(arrow.points[-1], arrow.tip) >= 0.01 else arrow.points


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
    joins: dict[str, tuple[str, int]] = {}  # of an arrow: the longer one that it shares its line with, and up to which point
    branches: dict[str, list[tuple[int, str]]] = {arrow.id: [] for arrow, _ in group}
    carried = {arrow.id: edges for arrow, edges in group}
    for k, (arrow, _) in enumerate(group):
        far, other_id = 0, ""
        for other, _ in group[:k]:
            if (together := common(courses[arrow.id], courses[other.id], far)) > far:
                far, other_id = together, other.id
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
            way = straightened(courses[arrow.id][low : high + 1])
            first, last = (high == end, not low) if into else (not low, high == end)
            ends = figure.marks[arrow.tail] if first else None, figure.marks[arrow.head] if last else None
            found.setdefault(root[arrow.id], []).append(Strand(name, arrow, parts, way[:: -1 if into else 1], *ends, first))
    return list(found.values())


def _stretches(
    arrow: Arrow,
    edges: tuple[Edge, ...],
    way: np.ndarray,
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
