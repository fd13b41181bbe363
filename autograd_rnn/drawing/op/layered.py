"""A layered layout of a small graph: flow from left to right, few crossings, straight lines straight (Sugiyama, Tagawa and Toda 1981;
the alignment into blocks as Brandes and Köpf 2002)."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Sequence
from typing import NamedTuple

from autograd_rnn.drawing.figure import Point

COLUMN, WIDEST = 22.0, 54.0  # free between columns, more where lines climb
ROW, LANE = 12.0, 16.0  # free between nodes of a column; the height of a line that passes
SWEEPS, ROUNDS = 6, 30
STATES = 5  # by how much a line from one of the ``first`` counts as longer than from the one named before it
TRIES, MUCH = 24, 4000  # beginnings that are tried; fewer where there are many nodes

Edge = tuple[int, int]


class Layered(NamedTuple):
    """Where each node's middle is, and the points through which each edge passes, at both sides of every column on its way."""

    at: list[Point]
    through: dict[Edge, list[Point]]
    size: Point


class _Net(NamedTuple):
    """Nodes, and after them the points where lines pass a column; ``edges`` join neighbouring columns only."""

    layer: list[int]
    heights: list[float]
    edges: list[Edge]
    lines: dict[int, list[int]]  # of each tail: the points of its line, column by column


def layered(
    sizes: Sequence[Point], edges: Sequence[Edge], first: Collection[int] = (), last: Collection[int] = (), room: Sequence[float] = ()
) -> Layered:
    """The layout of nodes 0..n-1, where each edge leads from a lower to a higher number. ``first`` and ``last``: nodes held in the
    outermost columns; ``room``: what a node wants free before it, for words on its arrows.

    >>> layered([(20, 20)] * 3, [(0, 1), (0, 2), (1, 2)]).at
    [(10.0, 32.8), (52.0, 10.0), (94.0, 32.8)]
    """
    edges, count = list(dict.fromkeys(edges)), len(sizes)
    if not count:
        return Layered([], {}, (0.0, 0.0))
    net = _lines(columns(count, edges, first, last), edges, [size[1] for size in sizes])
    order = _ordered(net, first)
    y = _heights(net, order, first)
    wide = [max((sizes[v][0] for v in column if v < count), default=0.0) for column in order]
    before = [max((room[v] for v in column if v < count), default=0.0) if room else 0.0 for column in order]
    x, climb = [before[0] + wide[0] / 2], [0.0] * len(order)
    for tail, head in net.edges:
        climb[net.layer[head]] = max(climb[net.layer[head]], abs(y[tail] - y[head]))
    for k in range(1, len(order)):
        x.append(x[-1] + wide[k - 1] / 2 + min(max(COLUMN, 0.55 * climb[k]), WIDEST) + before[k] + wide[k] / 2)
    sides = [(x[k] - wide[k] / 2, x[k] + wide[k] / 2) for k in range(len(order))]
    through = {
        (tail, head): [(side, y[v]) for v in net.lines[tail] if net.layer[v] < net.layer[head] for side in sides[net.layer[v]]]
        for tail, head in edges
    }
    top = max(height + tall / 2 for height, tall in zip(y, net.heights, strict=True))
    return Layered([(x[net.layer[v]], y[v]) for v in range(count)], through, (sides[-1][1], top))


def columns(count: int, edges: Sequence[Edge], first: Collection[int], last: Collection[int]) -> list[int]:
    """The column of each node: behind all that enters it; later, just before its nearest head, where that makes more ways shorter."""
    layer = [1 if first and v not in first else 0 for v in range(count)]
    heads: list[list[int]] = [[] for _ in range(count)]
    tails: list[list[int]] = [[] for _ in range(count)]
    for tail, head in sorted(edges):
        heads[tail].append(head)
        tails[head].append(tail)
    for v in range(count):
        layer[v] = max([layer[v], *(layer[tail] + 1 for tail in tails[v])])
    for v in reversed(range(count)):
        shorter = sum(tail in first or bool(tails[tail]) for tail in tails[v]) < len(heads[v])
        if shorter and v not in first and not set(heads[v]) & set(last):
            layer[v] = min(layer[head] for head in heads[v]) - 1
    end = max(layer[v] + (v not in last) for v in range(count))
    return [end if v in last else layer[v] for v in range(count)]


def _lines(layer: list[int], edges: Sequence[Edge], heights: list[float]) -> _Net:
    """Long edges as lines from column to column. A tail has one line, which its edges leave in the column before their heads."""
    far: dict[int, int] = {}
    for tail, head in edges:
        far[tail] = max(far.get(tail, 0), layer[head])
    lines: dict[int, list[int]] = {}
    short: list[Edge] = []
    for tail, end in far.items():
        lines[tail], before = [], tail
        for column in range(layer[tail] + 1, end):
            layer.append(column)
            heights.append(LANE)
            lines[tail].append(len(layer) - 1)
            short.append((before, len(layer) - 1))
            before = len(layer) - 1
    for tail, head in edges:
        short.append(((tail, *lines[tail])[layer[head] - layer[tail] - 1], head))
    return _Net(layer, heights, short, lines)


def _ordered(net: _Net, first: Collection[int]) -> list[list[int]]:
    """The nodes of each column from the bottom up: sweeps of barycentres from several beginnings, of which the one with the fewest
    crossings, then with the shortest ways, is kept; the first of ``first`` below the last."""
    tails: dict[int, list[int]] = {}
    heads: dict[int, list[int]] = {}
    for tail, head in net.edges:
        tails.setdefault(head, []).append(tail)
        heads.setdefault(tail, []).append(head)
    best: tuple[tuple[int, float], list[list[int]]] | None = None
    for beginning in range(max(1, min(TRIES, MUCH // len(net.layer)))):
        chance = random.Random(beginning)
        order: list[list[int]] = [[] for _ in range(max(net.layer) + 1)]
        for v in range(len(net.layer)) if not beginning else sorted(range(len(net.layer)), key=lambda _: chance.random()):
            order[net.layer[v]].append(v)
        for sweep in range(SWEEPS):
            _sweep(order, heads if sweep % 2 else tails, bool(sweep % 2))
            _switch(order, tails, heads)
            worth = _crossings(order, heads), _ways(order, net.edges)
            if best is None or worth < best[0]:
                best = worth, [list(column) for column in order]
            if sweep and not worth[0]:
                break
    assert best is not None
    low = [v for v in best[1][0] if v in first]
    return [column[::-1] for column in best[1]] if low and low[0] > low[-1] else best[1]


def _sweep(order: list[list[int]], neighbours: dict[int, list[int]], leftward: bool) -> None:
    """Each column after the other sorted by the mean place of its nodes' neighbours in the one before."""
    for k in reversed(range(len(order) - 1)) if leftward else range(1, len(order)):
        place = {v: n for n, v in enumerate(order[k + 1 if leftward else k - 1])}
        here = {v: n for n, v in enumerate(order[k])}
        means = {v: sum(map(place.__getitem__, near)) / len(near) if (near := neighbours.get(v)) else here[v] for v in order[k]}
        order[k].sort(key=means.__getitem__)


def _ways(order: list[list[int]], edges: list[Edge]) -> float:
    """How far the edges climb, in places from the middle of their columns."""
    height = {v: n - len(column) / 2 for column in order for n, v in enumerate(column)}
    return sum(abs(height[tail] - height[head]) for tail, head in edges)


def _switch(order: list[list[int]], tails: dict[int, list[int]], heads: dict[int, list[int]]) -> None:
    """Neighbours in a column change places where that saves crossings."""
    place = {v: n for column in order for n, v in enumerate(column)}

    def cost(low: int, high: int) -> int:
        return sum(place[a] > place[b] for near in (tails, heads) for a in near.get(low, ()) for b in near.get(high, ()))

    for _ in range(SWEEPS):
        still = True
        for column in order:
            for n in range(len(column) - 1):
                low, high = column[n : n + 2]
                if cost(high, low) < cost(low, high):
                    column[n : n + 2] = high, low
                    place[low], place[high], still = n + 1, n, False
        if still:
            return


def _crossings(order: list[list[int]], heads: dict[int, list[int]]) -> int:
    total = 0
    for left, right in zip(order[:-1], order[1:], strict=True):
        place, seen = {v: n for n, v in enumerate(right)}, []  # type: dict[int, int], list[int]
        for v in left:
            ends = sorted(place[head] for head in heads.get(v, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _heights(net: _Net, order: list[list[int]], first: Collection[int]) -> list[float]:
    """Each node's height: blocks of nodes on one straight line, each drawn towards its neighbours as far as those beside it let it.
    The mean of two packings, from below and from above, so that neither side is favoured."""
    block = _blocks(net, order, first)
    members: dict[int, list[int]] = {}
    for v, b in enumerate(block):
        members.setdefault(b, []).append(v)
    above: dict[int, dict[int, float]] = {b: {} for b in members}
    below: dict[int, dict[int, float]] = {b: {} for b in members}
    for column in order:
        for low, high in zip(column[:-1], column[1:], strict=True):
            nodes = (net.heights[low] > LANE) + (net.heights[high] > LANE)
            apart = (net.heights[low] + net.heights[high]) / 2 + (0.0, 0.4, 1.0)[nodes] * ROW
            above[block[low]][block[high]] = below[block[high]][block[low]] = max(above[block[low]].get(block[high], 0.0), apart)
    near: dict[int, list[int]] = {b: [] for b in members}
    for tail, head in net.edges:
        if block[tail] != block[head]:
            near[block[tail]].append(block[head])
            near[block[head]].append(block[tail])
    up = _upward(above, below)
    from_below, from_above = _settled(up, above, below, near), _settled(up[::-1], below, above, near)
    y = {b: (from_below[b] - from_above[b]) / 2 for b in members}
    floor = min(y[block[v]] - net.heights[v] / 2 for v in range(len(block)))
    return [round(y[b] - floor, 2) for b in block]


def _blocks(net: _Net, order: list[list[int]], first: Collection[int]) -> list[int]:
    """Which nodes share a height: each joins the one before it that ends the longest line, lines that pass before all; none cross."""
    count = len(net.layer)
    passing = {v for line in net.lines.values() for v in line}
    block, length = list(range(count)), [1] * count
    for rank, v in enumerate(first):
        length[v] += rank * STATES
    tails: dict[int, list[int]] = {}
    for tail, head in net.edges:
        tails.setdefault(head, []).append(tail)
    for left, right in zip(order[:-1], order[1:], strict=True):
        place = {v: n for n, v in enumerate(left)}
        taken: list[tuple[int, int]] = []  # pairs of places, ascending in both
        longest = {v: max((length[tail] for tail in tails.get(v, ())), default=0) for v in right}
        for n, v in sorted(enumerate(right), key=lambda pair: (pair[1] not in passing, -longest[pair[1]])):
            near = sorted(tails.get(v, ()), key=place.__getitem__)
            middle = {tail: abs(k - (len(near) - 1) / 2) for k, tail in enumerate(near)}
            for tail in sorted(near, key=lambda tail: (-length[tail], middle[tail], -tail)):
                pair = (place[tail], n)
                k = bisect_left(taken, pair)
                free_below = k == 0 or taken[k - 1][0] < pair[0] and taken[k - 1][1] < n
                if free_below and (k == len(taken) or taken[k][0] > pair[0] and taken[k][1] > n):
                    taken.insert(k, pair)
                    block[v], length[v] = block[tail], length[tail] + 1
                    break
    return block


def _upward(above: dict[int, dict[int, float]], below: dict[int, dict[int, float]]) -> list[int]:
    """The blocks, each after those below it."""
    waiting = {b: len(under) for b, under in below.items()}
    ready, up = [b for b, n in waiting.items() if not n], []
    while ready:
        up.append(ready.pop())
        for b in above[up[-1]]:
            waiting[b] -= 1
            if not waiting[b]:
                ready.append(b)
    return up


def _settled(
    up: list[int], above: dict[int, dict[int, float]], below: dict[int, dict[int, float]], near: dict[int, list[int]]
) -> dict[int, float]:
    """Packed from the first of ``up`` on, then each block moved to its neighbours' mean, in turns upward and downward."""
    y: dict[int, float] = {}
    for b in up:
        y[b] = max((y[u] + apart for u, apart in below[b].items()), default=0.0)
    for turn in range(ROUNDS):
        for b in up if turn % 2 else reversed(up):
            if near[b]:
                wish = sum(y[n] for n in near[b]) / len(near[b])
                least = max((y[u] + apart for u, apart in below[b].items()), default=wish)
                most = min((y[u] - apart for u, apart in above[b].items()), default=wish)
                y[b] = min(max(wish, least), max(most, least)) if least <= most or not above[b] else y[b]
    return y
