"""A net folded: one circle a quantity, and a loop with a delay where the next step reads it. Folded from the scene of a real run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.drawing.asked import NOTATIONS
from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.layout import DELAY
from autograd_rnn.drawing.block.scene import Edge, Node, Scene
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Figure, Line, Mark, Symbol
from autograd_rnn.drawing.measure import width
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.model import Scored, unroll
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen
from autograd_rnn.nets.wiring import Wired
from autograd_rnn.visible import class_of

STEPS = 3  # the fewest that tell a first, a middle and a last step apart
INTO_THE_NEXT = ("recurrent", "carry", "feedback")  # kinds of arrows
LAST = "T"


def folded(net: Any, notation: str = "names", targets: bool = False) -> Figure:
    """A net folded: its inputs, states, scores and losses once each, a loop where a step reads the step before.

    ``net``: a cell, a wired net, a model, or a run of at least one step. It is the picture of a run in which equal quantities of
    different steps are one circle, so every arrow is one that the tape has. ``notation`` as in `draw`;
    ``targets``: what each loss compares with, too.

    Raises TypeError for what is no net, ValueError for an unknown notation or a run of no steps.

    >>> from autograd_rnn.drawing.block.folded import folded
    >>> figure = folded(Model(RNN(3, 4), output_size=5))
    >>> list(figure.marks)
    ['x', 'h', 's', 'L', 'delay_h-h']
    >>> [arrow.id for arrow in figure.arrows]
    ['x-h', 'h-h', 'h-s', 's-L']
    """
    choose("notation", notation, NOTATIONS)
    run = short_run(net, STEPS)
    if not all(len(unrolled.xs) for unrolled in run.unrolled):
        raise ValueError("there is nothing to fold in a run of T=0 steps: unroll over at least one")
    scene = fold(unfold(run, False, notation, targets=targets))
    scene.title = f"{' and '.join(repr(unrolled.net) for unrolled in run.unrolled)}, folded"
    figure = block(scene)
    for k, (edge, arrow) in enumerate(zip(scene.edges, figure.arrows, strict=True)):
        if edge.delayed:
            joint, tail = arrow.points[3], scene.nodes[edge.tail]
            if edge.kind == "carry" and not edge.label:  # no weight: what it carries
                before = timed(tail.label[edge.lane], "t+1" if tail.side > 0 else "t-1")
                away = math.copysign(0.7 * DELAY + width(before) / 2, joint[0] - figure.marks[edge.tail].at[0])
                figure.arrows[k] = arrow._replace(label=(before,), label_at=(joint[0] + away, joint[1]))
            figure.add(Mark(f"delay_{arrow.id}", "delay", joint, tip=arrow.note))
    return figure


def short_run(net: Any, steps: int) -> Run:
    """A net unrolled over a few random inputs; a run is one already."""
    if isinstance(net, Run):
        return net
    if isinstance(net, Scored):
        return specimen(net, steps, steps, variables=False)
    if isinstance(net, (Cell, Wired)):
        return unroll(net, np.random.default_rng(0).normal(size=(steps, net.input_size)))
    raise TypeError(f"a net is needed, not {class_of(net)}: a cell, a wired net, a model, or run = model.unroll(x, y)")


def fold(scene: Scene) -> Scene:
    """The scene in which equal nodes of different steps are one."""
    names, whole = _names(scene), Scene(scene.title)
    equal: dict[str, list[Node]] = {}
    for node in scene.nodes.values():
        if node.kind != "initial" or names[node.id] == node.id:
            equal.setdefault(names[node.id], []).append(node)
        whole.tensors.setdefault(names[node.id], []).extend(scene.tensors.get(node.id, ()))
    times: dict[int, list[int | None]] = {}  # of each part, by its states
    for nodes in equal.values():
        if nodes[0].kind == "state":
            times[nodes[0].part] = [node.step for node in nodes]
    for name, nodes in equal.items():
        whole.nodes[name] = _one(name, nodes, times[nodes[0].part])
    edges: dict[Edge, list[Any]] = {}
    for edge in scene.edges:
        tail, head = whole.nodes[names[edge.tail]], whole.nodes[names[edge.head]]
        delayed = edge.kind in INTO_THE_NEXT and tail.kind != "initial" and tail.part == head.part
        edges.setdefault(edge._replace(tail=tail.id, head=head.id, delayed=delayed, edges=()), []).extend(edge.edges)
    whole.edges = [edge._replace(edges=tuple(stands_for)) for edge, stands_for in edges.items()]
    whole.bundles, whole.notes = scene.bundles, [*_notes(whole), *scene.notes]
    return whole


def _names(scene: Scene) -> dict[str, str]:
    """What each node is called in the folded net: without its time; an initial state as the state whose place it takes, if that comes."""
    names = {node.id: node.id.rpartition("_")[0] for node in scene.nodes.values() if node.kind != "initial"}
    loops = {(names[edge.head], edge.kind, edge.lane): names[edge.tail] for edge in scene.edges if edge.tail in names}
    for edge in scene.edges:
        names.setdefault(edge.tail, loops.get((names[edge.head], edge.kind, edge.lane), edge.tail))
    return names


def _one(name: str, nodes: list[Node], times: list[int | None]) -> Node:
    """Equal nodes as one: at time t, or T or 1 where it is in the last or in the first step alone."""
    node, steps = nodes[0], [node.step for node in nodes]
    if node.kind == "initial":
        return node
    time = "" if len(times) == 1 else "t" if steps == times else LAST if steps == times[-1:] else str(steps[0])
    label = tuple(timed(symbol, time) for symbol in node.label)
    return Node(name, label, node.kind, None, 1 + node.part, node.row, node.side, node.part)


def timed(symbol: Symbol, time: str) -> Symbol:
    """A quantity's symbol at another time: ``h_1,t`` for a state called h_1."""
    return symbol._replace(sub=",".join(part for part in (symbol.sub.rpartition(",")[0], time) if part))


def _notes(scene: Scene) -> list[Line]:
    """What a delay is, what the decoder starts from, and T."""
    ways = list(dict.fromkeys(scene.delay(edge) for edge in scene.edges if edge.delayed))
    handed = any(scene.nodes[edge.tail].part < scene.nodes[edge.head].part for edge in scene.edges)
    last = any(symbol.sub.rpartition(",")[2] == LAST for node in scene.nodes.values() for symbol in node.label)
    notes: list[Line] = [("small square: " + "; in the backward chain ".join(ways),)] * bool(ways)
    notes += [("the decoder starts from the encoder's last state",)] * handed
    return notes + [(Symbol(LAST), ": the last step")] * last
