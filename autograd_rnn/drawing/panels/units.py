"""A recurrent net neuron by neuron: a circle for each number of each vector, a line for each weight, each matrix on its bundle."""

from __future__ import annotations

import math
from typing import Any

from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.block.scene import Edge, Node, Scene
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Text
from autograd_rnn.engine import Tensor
from autograd_rnn.nets.given import size
from autograd_rnn.nets.run import Run

MOST = 8  # numbers in a vector: more lines than 8 x 8 in a bundle are a smear
ALONG, UP = 22.0, 22.0  # from one unit of a vector to the next: rows rise, so that no line runs along one
ROOM, STEP = 115.0, 150.0  # from a row's end to the next row; from the end of a step to the start of the next
RADIUS, HEAD = 8.5, 4.5  # a circle's radius; an arrow head's length
MINUS = "\u2212"
WORDS = {"input": ("neuron_in", "input"), "state": ("neuron", "unit"), "score": ("neuron_out", "output")}


def units(net: Any, steps: int | None = None, weighted: bool = False) -> Figure:
    """An RNN, a Jordan net, a feed-forward net or layers of them, neuron by neuron over some steps (2), the last called t; or a run.

    ``weighted``: a line is as wide as its weight is large, dashed where it is negative. For vectors of up to 8 numbers.

    Raises TypeError for what is no net, ValueError for a net too large, or with gates, or of two directions, or an encoder-decoder.

    >>> from autograd_rnn.drawing.panels.units import units
    >>> figure = units(Model(RNN(3, 4), output_size=2))
    >>> len(figure.marks), len(figure.arrows)
    (23, 56)
    """
    if isinstance(net, Run) and steps is not None:
        raise ValueError("a run has its own number of steps: steps= belongs to a model or a cell")
    run = net if isinstance(net, Run) else short_run(net, size("steps", 2 if steps is None else steps))
    if (long := max(len(unrolled.xs) for unrolled in run.unrolled)) > MOST:
        raise ValueError(f"units draws up to {MOST} steps, and there are {long}: unroll over fewer, or draw(run)")
    scene = unfold(run, False)
    shown = {node.id: node for node in scene.nodes.values() if node.kind in WORDS}
    sizes = {name: int(scene.tensors[name][0].shape[-1]) for name in shown}
    edges = [edge for edge in scene.edges if edge.tail in shown and edge.head in shown]
    _check(run, scene, sizes, edges)
    figure, pitch = Figure(f"{scene.title}, neuron by neuron"), ALONG * (max(sizes.values()) - 1) + STEP
    high = {node.row: UP * (sizes[name] - 1) / 2 for name, node in shown.items()}  # half a row's height
    heights = {row: row * ROOM + high[row] + 2 * sum(high[below] for below in range(row)) for row in high}
    places = {name: _places((node.column * pitch, heights[node.row]), sizes[name]) for name, node in shown.items()}
    for edge in edges:
        _bundle(figure, edge, run.parameters[str(edge.label)], places, weighted)
    for name, node in shown.items():
        for k, at in enumerate(places[name], 1):
            tip = f"number {k} of {name}"
            figure.add(Mark(f"{name}-{k}", WORDS[node.kind][0], at, tip=tip, step=node.step, tensors=tuple(scene.tensors[name])))
    _words(figure, list(shown.values()), sizes, places)
    if weighted:
        x, y = figure.texts[-1].at
        figure.add(Text((x, y - LINE), ("wide: a large weight; dashed: a negative one",), "caption"))
    told = dict.fromkeys(f"each of {e.tail} to each of {e.head} by {e.label}" for e in edges)
    figure.description = f"Time runs from left to right. One circle a number. Arrows lead from {'; from '.join(told)}."
    return figure


def _check(run: Run, scene: Scene, sizes: dict[str, int], edges: list[Edge]) -> None:
    """Only small nets with one matrix between two vectors can be drawn so."""
    if len(run.unrolled) > 1:
        raise ValueError("units draws one net, not an encoder-decoder: draw(run) shows both")
    if any(node.side for node in scene.nodes.values()):
        raise ValueError("units draws nets of one direction: draw(run) shows both directions of a bidirectional one")
    for edge in edges:
        if str(edge.label) not in run.parameters:
            several = ", ".join(map(str, scene.bundles.get(edge.label, ()))) if edge.label else ""  # an LSTM's c has no matrix
            what = f"an RNN or a Jordan net, not {several or 'cells with gates'}"
            raise ValueError(f"units draws one matrix from vector to vector, {what}: draw(run), a circle a vector")
    large = [f"{name} has {count}" for name, count in sizes.items() if count > MOST]
    if large:
        raise ValueError(f"units draws vectors of up to {MOST} numbers, but {large[0]}: take a smaller net, or draw(run)")


def _places(middle: Point, count: int) -> list[Point]:
    """Where a vector's numbers stand: in a row that rises to the right."""
    return [(middle[0] + (k - (count - 1) / 2) * ALONG, middle[1] + (k - (count - 1) / 2) * UP) for k in range(count)]


def _bundle(figure: Figure, edge: Edge, matrix: Tensor, places: dict[str, list[Point]], weighted: bool) -> None:
    """A line from each number of the tail to each of the head, and the matrix's name on them."""
    most = float(abs(matrix.value).max()) or 1.0
    for i, head in enumerate(places[edge.head]):
        for j, tail in enumerate(places[edge.tail]):
            value = float(matrix.value[i, j])
            dx, dy = head[0] - tail[0], head[1] - tail[1]
            far = math.hypot(dx, dy)
            dx, dy = dx / far, dy / far
            start, tip = (tail[0] + RADIUS * dx, tail[1] + RADIUS * dy), (head[0] - RADIUS * dx, head[1] - RADIUS * dy)
            base = tip[0] - HEAD * dx, tip[1] - HEAD * dy
            third = (base[0] - start[0]) / 3, (base[1] - start[1]) / 3
            points = (start, (start[0] + third[0], start[1] + third[1]), (base[0] - third[0], base[1] - third[1]), base)
            kind = "minus" if weighted and value < 0 else "recurrent_weight" if edge.kind == "recurrent" else "weight"
            ends, note = (f"{edge.tail}-{j + 1}", f"{edge.head}-{i + 1}"), f"{edge.label}[{i},{j}] = {value:.3g}"
            width = 0.3 + 2.2 * abs(value) / most if weighted else None
            figure.add(Arrow(f"{ends[0]}-{ends[1]}", *ends, kind, points, tip, note=note, width=width))
    x, y = ((_middle(places[edge.tail])[k] + _middle(places[edge.head])[k]) / 2 for k in (0, 1))
    H, D = matrix.shape
    label = (edge.label or "", f" {H}\u00d7{D}")
    figure.add(Mark(f"{edge.label}-{edge.tail}-{edge.head}", "matrix", (x, y), (label,), f"{edge.label}: {H} rows, {D} columns"))


def _middle(places: list[Point]) -> Point:
    return (places[0][0] + places[-1][0]) / 2, (places[0][1] + places[-1][1]) / 2


def _words(figure: Figure, nodes: list[Node], sizes: dict[str, int], places: dict[str, list[Point]]) -> None:
    """What each row is, on the left; the step under each column; the caption."""
    last, low = max(node.column for node in nodes), min(y for row in places.values() for _, y in row) - 2 * LINE
    left = min(x for row in places.values() for x, _ in row) - 85
    rows, columns = {node.row: node for node in nodes}, {node.column: node for node in nodes}
    for node in rows.values():
        what = WORDS[node.kind][1] + "s" * (sizes[node.id] > 1)
        figure.add(Text((left, _middle(places[node.id])[1]), (node.label[0]._replace(sub=""), f": {sizes[node.id]} {what}"), "caption"))
    for column in columns:
        step = f"step t{MINUS}{last - column}" if column < last else "step t"
        figure.add(Text((_middle(places[columns[column].id])[0], low), (step,), "caption"))
    caption: Line = ("one circle a number, one line a weight; the same weights in every step",)
    middle = (left + max(x for row in places.values() for x, _ in row)) / 2
    figure.add(Text((middle, low - 1.3 * LINE), caption, "caption"))
