"""A recurrent net neuron by neuron: a circle for each number of each vector, a line for each weight, each matrix on its bundle."""

from __future__ import annotations

from typing import Any

from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.block.scene import Edge, Node, Scene
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Figure, Mark, Point, Text
from autograd_rnn.drawing.panels.clusters import ALONG, MINUS, MOST, ROOM, STEP, UP, WEIGHED, Clusters, line, matrix, middle, weight
from autograd_rnn.drawing.panels.clusters import places as row_of
from autograd_rnn.drawing.panels.gated import gated
from autograd_rnn.engine import Tensor
from autograd_rnn.nets.given import size
from autograd_rnn.nets.run import Run

WORDS = {"input": ("neuron_in", "input"), "state": ("neuron", "unit"), "score": ("neuron_out", "output")}


def units(net: Any, steps: int | None = None, weighted: bool = False) -> Figure:
    """A net of one direction neuron by neuron over some steps (2; with gates 1), the last called t; or a run.

    ``weighted``: a line is as wide as its weight is large, dashed where it is negative. For vectors of up to 8 numbers.

    Raises TypeError for what is no net, ValueError for a net too large, or of two directions, or an encoder-decoder.

    >>> from autograd_rnn.drawing.panels.units import units
    >>> figure = units(Model(RNN(3, 4), output_size=2))
    >>> len(figure.marks), len(figure.arrows)
    (23, 56)
    """
    if isinstance(net, Run) and steps is not None:
        raise ValueError("a run has its own number of steps: steps= belongs to a model or a cell")
    run = net if isinstance(net, Run) else short_run(net, size("steps", 2 if steps is None else steps))
    if not all(len(unrolled.xs) for unrolled in run.unrolled):
        raise ValueError("there is nothing to draw in a run of T=0 steps: unroll over at least one")
    if (long := max(len(unrolled.xs) for unrolled in run.unrolled)) > MOST:
        raise ValueError(f"units draws up to {MOST} steps, and there are {long}: unroll over fewer, or draw(run)")
    scene = unfold(run, False)
    shown = {node.id: node for node in scene.nodes.values() if node.kind in WORDS}
    sizes = {name: int(scene.tensors[name][0].shape[-1]) for name in shown}
    edges = [edge for edge in scene.edges if edge.tail in shown and edge.head in shown]
    _check(run, scene, sizes)
    if not (found := Clusters(run)).plain:
        return gated(run, found if isinstance(net, Run) or steps is not None else Clusters(short_run(net, 1)), weighted)
    figure, pitch = Figure(f"{scene.title}, neuron by neuron"), ALONG * (max(sizes.values()) - 1) + STEP
    high = {node.row: UP * (sizes[name] - 1) / 2 for name, node in shown.items()}  # half a row's height
    heights = {row: row * ROOM + high[row] + 2 * sum(high[below] for below in range(row)) for row in high}
    places = {name: row_of((node.column * pitch, heights[node.row]), sizes[name]) for name, node in shown.items()}
    for edge in edges:
        _bundle(figure, edge, run.parameters[str(edge.label)], places, weighted)
    for name, node in shown.items():
        for k, at in enumerate(places[name], 1):
            tip = f"number {k} of {name}"
            figure.add(Mark(f"{name}-{k}", WORDS[node.kind][0], at, tip=tip, step=node.step, tensors=tuple(scene.tensors[name])))
    _words(figure, list(shown.values()), sizes, places)
    if weighted:
        x, y = figure.texts[-1].at
        figure.add(Text((x, y - LINE), (WEIGHED,), "caption"))
    told = dict.fromkeys(f"each of {e.tail} to each of {e.head} by {e.label}" for e in edges)
    figure.description = f"Time runs from left to right. One circle a number. Arrows lead from {'; from '.join(told)}."
    return figure


def _check(run: Run, scene: Scene, sizes: dict[str, int]) -> None:
    """Only small nets of one direction can be drawn so."""
    if len(run.unrolled) > 1:
        raise ValueError("units draws one net, not an encoder-decoder: draw(run) shows both")
    if any(node.side for node in scene.nodes.values()):
        raise ValueError("units draws nets of one direction: draw(run) shows both directions of a bidirectional one")
    large = [f"{name} has {count}" for name, count in sizes.items() if count > MOST]
    if large:
        raise ValueError(f"units draws vectors of up to {MOST} numbers, but {large[0]}: take a smaller net, or draw(run)")


def _bundle(figure: Figure, edge: Edge, by: Tensor, at: dict[str, list[Point]], weighted: bool) -> None:
    """A line from each number of the tail to each of the head, and the matrix's name on them."""
    most = float(abs(by.value).max())
    usual = "recurrent_weight" if edge.kind == "recurrent" else "weight"
    for i, head in enumerate(at[edge.head]):
        for j, tail in enumerate(at[edge.tail]):
            look = weight(str(edge.label), f"{i},{j}", float(by.value[i, j]), most, usual, weighted)
            figure.add(line((f"{edge.tail}-{j + 1}", f"{edge.head}-{i + 1}"), tail, head, *look))
    (x0, y0), (x1, y1), ends = middle(at[edge.tail]), middle(at[edge.head]), [*at[edge.tail], *at[edge.head]]
    if y0 == y1:  # under a bundle that runs to the right, and right of one that climbs
        x, y = (x0 + x1) / 2, min(y for _, y in ends) - 14
    else:
        x, y = max(x for x, _ in ends) + 46, (y0 + y1) / 2
    id = f"{edge.label}-{edge.tail}-{edge.head}"
    matrix(figure, id, edge.label, by.shape, (x, y))
    figure.marks[id] = figure.marks[id]._replace(look="end", size=figure.marks[id].extent)  # nothing lies under it


def _words(figure: Figure, nodes: list[Node], sizes: dict[str, int], places: dict[str, list[Point]]) -> None:
    """What each row is, on the left; the step under each column; the caption."""
    last, low = max(node.column for node in nodes), min(y for row in places.values() for _, y in row) - 2 * LINE
    left = min(x for row in places.values() for x, _ in row) - 85
    rows, columns = {node.row: node for node in nodes}, {node.column: node for node in nodes}
    for node in rows.values():
        what = WORDS[node.kind][1] + "s" * (sizes[node.id] > 1)
        figure.add(Text((left, middle(places[node.id])[1]), (node.label[0]._replace(sub=""), f": {sizes[node.id]} {what}"), "caption"))
    for column in columns:
        step = f"step t{MINUS}{last - column}" if column < last else "step t"
        figure.add(Text((middle(places[columns[column].id])[0], low), (step,), "caption"))
    centre = (left + max(x for row in places.values() for x, _ in row)) / 2
    for k, words in enumerate(("one circle a number, one line a weight", "the same weights in every step")):
        figure.add(Text((centre, low - (1.3 + k) * LINE), (words,), "caption"))
