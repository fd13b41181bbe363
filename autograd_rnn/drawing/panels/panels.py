"""The panels that textbooks open with, each from real runs: what recurs beside what does not, folded beside unfolded, the task shapes."""

from __future__ import annotations

import math

import numpy as np

from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.folded import folded
from autograd_rnn.drawing.block.scene import Edge, Scene
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Figure, Symbol
from autograd_rnn.drawing.panels.beside import below, beside
from autograd_rnn.engine import Tensor, constant, scope, tensor
from autograd_rnn.engine.ops import linear, tanh
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.cell import initial
from autograd_rnn.nets.cells import RNN
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.run import Run

NARROW = 66.0  # from step to step, where nothing is written on the arrows


def recurrent_neuron(notation: str = "names", steps: int = 3) -> Figure:
    """One unit whose output it reads again: folded, and unfolded over some steps.

    >>> from autograd_rnn.drawing.panels.panels import recurrent_neuron
    >>> [text.parts for text in recurrent_neuron().texts[:2]]
    [('a recurrent neuron',), ('unfolded in time',)]
    """
    model = Model(RNN(1, 1), 1, loss="squared_error")
    run = model.unroll(np.ones((steps, 1)))
    figures = [folded(run, notation), block(unfold(run, False, notation))]
    return beside(figures, ["a recurrent neuron", "unfolded in time"], "unfold")


def feed_forward_and_recurrent(steps: int = 3) -> Figure:
    """A feed-forward net, which reads so many words at once, beside an RNN, which reads one a step.

    >>> from autograd_rnn.drawing.panels.panels import feed_forward_and_recurrent
    >>> figure = feed_forward_and_recurrent()
    >>> [arrow.id for arrow in figure.arrows if arrow.kind == "recurrent"]
    ['2-h-h']
    """
    titles = ["feed-forward\nas many inputs as it was built for,\nother weights in every layer"]
    titles += ["recurrent\none input a step, any number of steps,\nthe same weights in every step"]
    run = Model(RNN(3, 4), 2, task="many-to-one").unroll(np.ones((steps, 3)))
    return beside([feed_forward(plain_net(steps)), folded(run)], titles)


def task_shapes() -> Figure:
    """The five shapes of a task in two rows: what is read, and what is answered when.

    >>> from autograd_rnn.drawing.panels.panels import task_shapes
    >>> [len([mark for mark in task_shapes().marks.values() if mark.id.startswith(f"{k}-") and mark.kind == "score"]) for k in range(1, 6)]
    [1, 3, 1, 2, 3]
    """
    titles = ["one to one\na plain net", "one to many\nimage captioning", "many to one\nsentiment of a text"]
    titles += ["many to many\ntranslation: another length", "many to many\ntagging: the same length"]
    runs = [Model(RNN(3, 4), 3, task=task).unroll(np.ones(3), steps=n) for task, n in (("one-to-one", None), ("one-to-many", 3))]
    runs.append(Model(RNN(3, 4), 3, task="many-to-one").unroll(np.ones((3, 3))))
    runs.append(EncoderDecoder(RNN(3, 4), RNN(3, 4, seed=1), 3).unroll(np.ones((3, 3)), steps=2))
    runs.append(Model(RNN(3, 4), 3).unroll(np.ones((3, 3))))
    figures = [block(_bare(run)) for run in runs]
    return below(beside(figures[:3], titles[:3]), beside(figures[3:], titles[3:], first=4))


def _bare(run: Run) -> Scene:
    """A run's scene without initial states, and nothing written on its arrows."""
    scene = unfold(run, False)
    scene.nodes = {name: node for name, node in scene.nodes.items() if node.kind != "initial"}
    scene.edges = [edge._replace(label=None) for edge in scene.edges if edge.tail in scene.nodes and edge.kind != "feedback"]
    scene.least, scene.notes, scene.headings = NARROW, [("initial states are not drawn",)], []
    return scene


@scope()  # closes whatever is open inside, though an interrupt fall on the closing itself
def plain_net(inputs: int) -> Tensor:
    """The scores of a feed-forward net of three layers; a matrix of its own for each input, for each layer."""
    rng, reads = np.random.default_rng(0), []  # type: np.random.Generator, list[Tensor]

    def weights(name: str, *shape: int) -> Tensor:
        return tensor(initial("glorot", shape, rng) if len(shape) > 1 else np.zeros(shape), name=name)

    for t in range(1, inputs + 1):
        with scope(tag="1", step=t):
            W = weights("W", 4, 3)
        with scope(step=t):
            reads += [W, constant(rng.normal(size=3), name="x")]
    for layer, width in ((1, 4), (2, 4), (3, 2)):
        with scope(tag=str(layer) if layer < 3 else ""):
            a = linear(*reads, weights("b", width))
            h = tanh(a) if layer < 3 else a
            h.name = "h" if layer < 3 else "s"
        with scope(tag=str(layer + 1)):
            reads = [weights("W", 2 if layer == 2 else 4, 4), h]
    return h


def feed_forward(scores: Tensor) -> Figure:
    """A feed-forward net read off its tape: each named quantity a circle above what it reads, the matrix on the arrow between.

    >>> from autograd_rnn.drawing.panels.panels import feed_forward, plain_net
    >>> [str(arrow.label[0]) for arrow in feed_forward(plain_net(3)).arrows]
    ['W1_1', 'W1_2', 'W1_3', 'W2', 'W3']
    """
    scene, inputs = Scene("a feed-forward net"), 0
    below: dict[Tensor, list[Edge]] = {}  # what a tensor reads: arrows that still lack their head
    for node in scores.tape:
        symbol = Symbol(node.label or "", node.scope.tag, "" if node.step is None else str(node.step))
        if node.op is VARIABLE:
            continue
        arrows, weight = [], None  # type: list[Edge], Symbol | None
        for parent in node.inputs:
            if parent in below:
                arrows += [e._replace(label=e.label or weight, edges=(*e.edges, (node, parent))) for e in below[parent]]
            weight = Symbol(parent.label or "", parent.scope.tag, str(parent.step or "")) if parent.ndim == 2 else None
        if node.label:
            inputs += not arrows
            row = 1 + max((scene.nodes[edge.tail].row for edge in arrows), default=-1)
            kind = "input" if not arrows else "score" if node is scores else "state"
            name = scene.add(str(symbol), (symbol,), kind, node.step, (inputs + 1) // 2 if arrows else inputs, row)
            scene.tensors[name] = [node]
            scene.edges += [edge._replace(head=name) for edge in arrows]
            arrows = [Edge(name, "", "plain")]
        below[node] = arrows
    figure = block(scene)
    for k, arrow in enumerate(figure.arrows):  # the matrix of a slanted arrow stands outside
        (x0, y0), (x1, y1) = arrow.points[0], arrow.tip
        if abs(x1 - x0) > 1:
            figure.arrows[k] = arrow._replace(label_at=((x0 + x1) / 2 - math.copysign(14, x1 - x0), (y0 + y1) / 2 + 12))
    figure.description = figure.description.replace("Time runs from left to right", "From the bottom to the top", 1)
    return figure
