"""A net with gates neuron by neuron: a circle for each number of each gate and state, a line for each weight, and a line from number to
number where vectors meet number by number."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping

from autograd_rnn.algebra import expr as e
from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.block.scene import listed
from autograd_rnn.drawing.cell.equations import line_of
from autograd_rnn.drawing.figure import Figure, Line, Mark, Point, Symbol, quantity
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.op.graph import weight_symbol
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.drawing.panels.clusters import (
    MINUS,
    MOST,
    RADIUS,
    ROOM,
    WEIGHED,
    Clusters,
    Link,
    Look,
    Spot,
    line,
    matrix,
    middle,
    places,
    weight,
)
from autograd_rnn.nets.equations import forward
from autograd_rnn.nets.run import Run

ALONG = 30.0  # from number to number
SPREAD, SIDE = 64.0, 150.0  # from the end of a vector to the next in its row; from middle to middle at least
STEEP = 0.33  # how steep a line is at least, so that it meets no circle beside its own
SHARES = (0.62, 0.5, 0.72, 0.56, 0.67, 0.44, 0.78, 0.38, 0.82, 0.3)  # of a matrix's name along its bundle, the best first
WORDS = {"neuron_in": "inputs", "neuron_gate": "units", "neuron": "units", "neuron_before": "", "neuron_out": "outputs"}


def gated(run: Run, found: Clusters, weighted: bool = False) -> Figure:
    """A run neuron by neuron, with every gate's units; see `units`.

    >>> from autograd_rnn.drawing.panels.clusters import Clusters
    >>> from autograd_rnn.drawing.panels.gated import gated
    >>> run = Model(LSTM(3, 4), output_size=2).unroll(np.ones((1, 3)), [0])
    >>> figure = gated(run, Clusters(run))
    >>> len([mark for mark in figure.marks.values() if mark.kind == "neuron_gate"]), len(figure.arrows)
    (16, 144)
    """
    if large := [f"{one.id} has {one.length}" for one in found.clusters.values() if one.length > MOST]:
        raise ValueError(f"units draws vectors of up to {MOST} numbers, but {large[0]}: take a smaller net, or draw(run)")
    nets = " and ".join(repr(unrolled.net) for unrolled in run.unrolled)
    figure = Figure(f"{nets} unrolled over {len(found.steps)} step{'s' * (len(found.steps) != 1)}, neuron by neuron")
    at = stand(found)
    told = dict.fromkeys(bundle(figure, found, link, at, weighted) for link in found.links)
    for one in found.clusters.values():
        for k, place in enumerate(at[one.id], 1):
            figure.add(Mark(f"{one.id}-{k}", one.kind, place, (), f"number {k} of {one.id}", one.step, tensors=(one.tensor,)))
    name_all(figure, found, at)
    captions(figure, run, found, weighted)
    figure.description = f"Time runs from left to right. One circle a number. {'; '.join(told)}."
    return figure


def stand(found: Clusters) -> dict[str, list[Point]]:
    """Where the numbers of every vector stand: each step alike, rows level, so that a line meets no circle of the rows that it joins."""
    spots = {one.spot: one for one in found.clusters.values()}
    count = {spot: max(one.length for one in found.clusters.values() if one.spot == spot) for spot in spots}
    links = {(found.clusters[link.tail].spot, found.clusters[link.head].spot) for link in found.links if link.way}
    pitch = max(ALONG * (max(count.values()) - 1) + SPREAD, SIDE)
    rows: dict[tuple[bool, float], list[Spot]] = {}
    for spot in spots:
        rows.setdefault(spot[2:], []).append(spot)
    wide = {side: max((len(row) for (left, _), row in rows.items() if left == side), default=0) for side in (True, False)}
    half = {spot: (ALONG * (n - 1) / 2 + RADIUS) / pitch for spot, n in count.items()}
    for more in range(3):
        x = spread(rows, half, links, wide[False] + more)
        if not crossed(x, half, links):
            break
    wide[False] += more
    x = {spot: at * pitch for spot, at in x.items()}
    step = pitch * (wide[True] + wide[False] + 1.5)
    flat = [(abs(x[a] - x[b]) + pitch * (half[a] + half[b]) - 2 * RADIUS) / abs(a[3] - b[3]) for a, b in links]
    room = max(ROOM, STEEP * max(flat, default=0.0))
    middles = {one.id: (x[one.spot] + step * (one.step - found.steps[0]), one.row * room) for one in found.clusters.values()}
    return {one.id: places(middles[one.id], one.length, ALONG, 0.0) for one in found.clusters.values()}


def spread(
    rows: Mapping[tuple[bool, float], list[Spot]], half: Mapping[Spot, float], links: Collection[tuple[Spot, Spot]], wide: int
) -> dict[Spot, float]:
    """Where the vectors of each row stand, in places: those that are met by the fewest lines, row by row."""
    x: dict[Spot, float] = {}
    for (left, _), row in rows.items():
        for k, spot in enumerate(row):  # states before stand next to what they enter
            x[spot] = k - len(row) if left else k + (wide - len(row)) / 2
    ways = {key: list(slots(len(row), wide)) for key, row in rows.items() if not key[0]}

    def cost(row: list[Spot], chosen: tuple[int, ...]) -> float:
        x.update(zip(row, (slot / 2 for slot in chosen), strict=True))
        return crossed(x, half, links) + sum(abs(x[tail] - x[head]) for tail, head in links) / 100

    for key in [key for _ in range(3) for key in ways]:
        cost(rows[key], min(ways[key], key=lambda chosen, row=rows[key]: cost(row, chosen)))  # type: ignore[misc]
    return x


def slots(count: int, wide: int) -> Iterator[tuple[int, ...]]:
    """The ways to place so many vectors in a row with half of a place between, in their order."""
    return (
        chosen for chosen in itertools.combinations(range(2 * wide + 1), count) if all(b - a > 1 for a, b in itertools.pairwise(chosen))
    )


def crossed(x: Mapping[Spot, float], half: Mapping[Spot, float], links: Collection[tuple[Spot, Spot]]) -> int:
    """How many vectors lie under lines that pass their row."""
    met = 0
    for tail, head in links:
        for spot, at in x.items():
            share = (spot[3] - tail[3]) / (head[3] - tail[3]) if head[3] != tail[3] else 0.0
            if 0 < share < 1:
                middle, far = x[tail] + share * (x[head] - x[tail]), half[tail] + share * (half[head] - half[tail])
                met += abs(middle - at) < far + half[spot]
    return met


def bundle(figure: Figure, found: Clusters, link: Link, at: dict[str, list[Point]], weighted: bool) -> str:
    """The lines of a link, and the matrix's name on them; in words."""
    tails, heads, id = at[link.tail], at[link.head], f"{link.tail}-{link.head}"
    way, left = link.way, found.clusters[link.tail].left
    if way is None or way.matrix is None:
        for k, (tail, head) in enumerate(zip(tails, heads, strict=True)):
            look: Look = ("recurrent_weight", "the same number", None) if way is None else ("pairwise", "number by number", None)
            if way and way.vector is not None:
                numbers = way.vector.value
                look = weight(str(way.vector.name), str(k), float(numbers[k]), float(abs(numbers).max()), "pairwise", weighted)
            figure.add(line((f"{link.tail}-{k + 1}", f"{link.head}-{k + 1}"), tail, head, *look))
        if way and way.vector is not None:
            symbol = weight_symbol(way.vector)
            figure.add(
                Mark(
                    f"{symbol}-{id}",
                    "matrix",
                    free(figure, at, link, 36.0),
                    ((symbol,),),
                    f"{symbol}: a weight a number",
                    size=(36.0, 22.0),
                )
            )
        return f"{link.tail} {'enters' if way else 'is copied to'} {link.head} number by number"
    numbers, first = way.matrix.value[way.rows or slice(None)], way.rows.start if way.rows else 0
    most, symbol, usual = float(abs(numbers).max()), weight_symbol(way.matrix), "recurrent_weight" if left else "weight"
    for i, head in enumerate(heads):
        for j, tail in enumerate(tails):
            look = weight(str(way.matrix.name), f"{i + first},{j}", float(numbers[i, j]), most, usual, weighted)
            figure.add(line((f"{link.tail}-{j + 1}", f"{link.head}-{i + 1}"), tail, head, *look))
    part = f"[{first}:{first + len(heads)}]" if way.rows else ""
    matrix(figure, f"{symbol}-{id}", symbol, numbers.shape, free(figure, at, link, 82.0 + 7 * len(part)), part)
    return f"each of {link.tail} enters each of {link.head} by {symbol}"


def free(figure: Figure, at: dict[str, list[Point]], link: Link, wide: float) -> Point:
    """Where along a bundle a name lies on no other, and on no vector."""
    (x0, y0), (x1, y1) = middle(at[link.tail]), middle(at[link.head])
    named = [mark for mark in figure.marks.values() if mark.kind == "matrix"]

    def crowd(share: float) -> float:
        x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        names = sum(abs(x - mark.at[0]) < (wide + mark.extent[0]) / 2 + 4 and abs(y - mark.at[1]) < mark.extent[1] for mark in named)
        return names + 2 * sum(
            row[0][0] - 45 < x + wide / 2 and x - wide / 2 < row[-1][0] + 12 and abs(row[0][1] - y) < 24 for row in at.values()
        )

    share = min(SHARES, key=crowd)
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def relative(name: tuple[str, str, int], last: int) -> Symbol:
    """A vector's symbol, the last step called t."""
    label, tag, t = name
    return quantity(label, tag, "t" if t == last else f"t{MINUS}{last - t}" if t < last else f"t+{t - last}")


def name_all(figure: Figure, found: Clusters, at: dict[str, list[Point]]) -> None:
    """Each vector's name, beside its first number."""
    for one in found.clusters.values():
        symbol = relative(one.name, found.steps[-1])
        wide = breadth((symbol,), MARKS["vector"]["fontsize"]) + 2
        x, y = at[one.id][0]
        figure.add(Mark(f"{one.id}-name", "vector", (x - RADIUS - 3 - wide / 2, y), ((symbol,),), one.id, one.step, (wide, 18.0)))


def captions(figure: Figure, run: Run, found: Clusters, weighted: bool) -> None:
    """How many numbers each vector has, what is met number by number and how, and what the lines are."""
    kinds: dict[tuple[int, str], list[Symbol]] = {}
    for one in found.clusters.values():
        if what := WORDS[one.kind]:
            symbols = kinds.setdefault((one.length, what), [])
            symbols += [symbol for symbol in [quantity(*one.name[:2])] if symbol not in symbols]
    sizes: list[Line] = [
        (*listed(symbols), f": {n} {what if n > 1 else what[:-1]}{' each' * (len(symbols) > 1)}") for (n, what), symbols in kinds.items()
    ]
    lines: list[Line] = [tuple([part for size in sizes for part in ("; ", *size)][1:])]
    lines += [("one circle a number, one line a weight", *["; the same weights in every step"] * (len(found.steps) > 1))]
    paired = {found.clusters[link.head].name[:2] for link in found.links if link.paired}
    for chain in run.chains:
        equations = {str(q.left.name): q for q in forward(chain.cell)}
        for label in [label for label in chain.steps[0] if (label, chain.cell.tag) in paired]:
            q = equations[quantity(label, chain.cell.tag).id]
            inner = next((x for x in e.nodes(q.right) if isinstance(x, e.Sym) and str(x.name) in equations), None)
            if isinstance(q.right, e.Fn) and inner:  # what stands before an activation
                q = equations[str(inner.name)]
            lines.append(("green, number by number: ", *line_of(q)))
    if any(link.way is None for link in found.links):
        lines.append(("a state that stands twice is the same numbers",))
    lines += [(WEIGHED,)] * weighted
    figure.write(lines, figure.middle, min(mark.at[1] for mark in figure.marks.values()) - 2.2 * LINE, 1.2 * LINE)
