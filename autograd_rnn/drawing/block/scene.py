"""What a block picture holds: a node a quantity, an edge a dependency. `unfold` reads it off a run, `layout` says where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd_rnn.drawing.figure import Line, Point, Symbol
from autograd_rnn.drawing.output.looks import grown

SHOWN, ALWAYS = 3, 12  # a run of more than 12 steps is drawn as its first three steps, a gap, and its last


class Node(NamedTuple):
    """A circle: ``step`` is its time, ``column`` its place in time (a gap is a column too), ``row`` its height from the inputs up,
    ``side`` -1 in a forward and 1 in a backward chain that share a layer, ``part`` 1 in a decoder."""

    id: str
    label: tuple[Symbol, ...]
    kind: str  # input | state | initial | score | loss | join | gap
    step: int | None
    column: int
    row: int
    side: int = 0
    part: int = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is written in it, from the top down."""
        written: dict[str, tuple[Line, ...]] = {"join": (), "gap": (("\u22ef",),)}
        return written.get(self.kind, tuple((symbol,) for symbol in self.label[::-1]))


class Edge(NamedTuple):
    """An arrow: what is at ``tail`` enters ``head``. ``lane`` tells apart the states that run side by side (h 0, c 1); ``delayed``: it is
    a loop of a folded net, and arrives a step later. ``edges`` are the tape's edges that it stands for, each (node, parent)."""

    tail: str
    head: str
    kind: str  # input | recurrent | carry | readout | plain | feedback
    label: Symbol | None = None
    lane: int = 0
    lanes: int = 1
    delayed: bool = False
    edges: tuple[tuple[Any, Any], ...] = ()


class Scene:
    """A run's picture as data: ``nodes`` by id, ``edges``, the text under each column, and what else there is to say."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.least = 100.0  # the least distance from step to step, in points
        self.upward = False  # whether the picture will be turned, and rows have room for labels on their arrows
        self.nodes: dict[str, Node] = {}
        self.tensors: dict[str, list[Any]] = {}  # what each node shows
        self.edges: list[Edge] = []
        self.under: dict[int, str] = {}  # column: text
        self.headings: list[tuple[str, int, int]] = []  # text, first and last column
        self.bundles: dict[Symbol, list[Symbol]] = {}  # W_x: the gates' matrices that it stands for
        self.told: set[Symbol] = set()  # matrices that an arrow, or its bundle, says
        self.notes: list[Line] = []
        self.half: dict[str, Point] = {}  # half the width and height of each node, before the picture is turned

    def grow(self) -> None:
        """Let nodes grow with their names, all of a kind in a row alike."""
        most: dict[tuple[int, str], Point] = {}
        for node in self.nodes.values():
            across, height = (x / 2 for x in grown(node.lines, node.kind))
            a, b = most.get((node.row, node.kind), (0.0, 0.0))
            most[node.row, node.kind] = max(a, across), max(b, height)
        halves = [(node.id, *most[node.row, node.kind]) for node in self.nodes.values()]
        self.half = {id: (b, a) if self.upward else (a, b) for id, a, b in halves}

    def add(self, *node: Any) -> str:
        """Put a node in; its id is what its quantity is called everywhere."""
        self.nodes[node[0]] = Node(*node)
        return node[0]

    def note(self, *words: Symbol | str) -> None:
        """One more line under the picture."""
        self.notes.append(words)

    def delay(self, edge: Edge) -> str:
        """When a delayed arrow arrives."""
        return f"one step {'earlier' if self.nodes[edge.tail].side > 0 else 'later'}" if edge.delayed else ""

    @property
    def captions(self) -> list[Line]:
        """The lines under the picture: what is shared, what a letter stands for, what is left out."""
        labels = [edge.label for edge in self.edges if edge.label]
        weights, lines = list(dict.fromkeys(labels)), []  # type: list[Symbol], list[Line]
        shared = [weight for weight in weights if labels.count(weight) > 1]  # a readout at the last step alone is not
        if shared and not any(edge.delayed for edge in self.edges):
            lines.append(("the same ", *(listed(shared) if len(shared) <= 6 else ["weights"]), " in every step"))
        bundles = [(symbol, *stands_for) for symbol, stands_for in self.bundles.items() if symbol in weights]
        alike = dict.fromkeys(tuple(symbol._replace(sup="") for symbol in bundle) for bundle in bundles)  # the same in every layer
        shown = list(alike) if len({bundle[0] for bundle in alike}) == len(alike) else bundles
        if shown and all(len(bundle) == 2 for bundle in shown):  # U = W_xh, W = W_hh, ...
            lines.append(tuple([part for symbol, name in shown for part in (", ", symbol, " = ", name)][1:]))
        else:
            lines += [(symbol, ": ", *listed(stands_for)) for symbol, *stands_for in shown]
        return [*lines, *self.notes]


def left_out(times: Sequence[int], elide: bool | None) -> Sequence[int]:
    """The steps that a picture leaves out: of a run of more than 12 those between the third and the last."""
    return times[SHOWN:-1] if (len(times) > ALWAYS if elide is None else elide) else []


def said_left_out(times: Sequence[int]) -> str:
    """Which steps are left out, in words."""
    which = f"steps {times[0]} to {times[-1]} are" if len(times) > 1 else f"step {times[0]} is"
    return f"{which} left out ({len(times)} step{'s' * (len(times) > 1)})"


def listed(symbols: Sequence[Symbol]) -> list[Symbol | str]:
    """Symbols with commas between."""
    return [part for symbol in symbols for part in (", ", symbol)][1:]


def at(t: int | None) -> str:
    """The time as names have it; where steps are left out ``gap``."""
    return "gap" if t is None else str(t)
