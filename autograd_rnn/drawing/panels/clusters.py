"""The vectors of a net's steps, and what enters each: by a matrix, or number by number; the circles and lines that they are drawn as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd_rnn.drawing.cell.anatomy import anatomy
from autograd_rnn.drawing.curves import through, towards
from autograd_rnn.drawing.figure import Arrow, Figure, Mark, Point, Symbol, quantity
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.standing import BEFORE
from autograd_rnn.nets.unrolling import Chain

Spot = tuple[str, str, bool, float]  # a quantity, its layer, whether at the left, its row
MOST = 8  # numbers in a vector: more lines than 8 x 8 in a bundle are a smear
ALONG, UP = 22.0, 22.0  # from one unit of a vector to the next: rows rise, so that no line runs along one
ROOM, STEP = 115.0, 150.0  # from a row's end to the next row; from the end of a step to the start of the next
RADIUS, HEAD = 8.5, 4.5  # a circle's radius; an arrow head's length
MINUS = "\u2212"
WEIGHED = "wide: a large weight; dashed: a negative one"
ONE = "units draws one matrix from vector to vector, and what is met number by number"


class Cluster(NamedTuple):
    """A vector: its ``name`` with the layer and its time, its circles' ``kind``, the row that it stands in, whether at the ``left`` of its
    ``step``, and what it shows."""

    id: str
    name: tuple[str, str, int]
    kind: str
    row: float
    left: bool
    step: int
    tensor: Tensor

    @property
    def spot(self) -> Spot:
        """What stands in the same place at every step."""
        return *self.name[:2], self.left, self.row

    @property
    def length(self) -> int:
        """How many numbers it has."""
        return int(self.tensor.shape[-1])


class Way(NamedTuple):
    """From which vector another is made, and by what: a ``matrix`` (of a fused one the ``rows`` of one gate), or number by number, weighed
    by a ``vector`` or not."""

    source: Tensor
    matrix: Tensor | None = None
    rows: slice | None = None
    vector: Tensor | None = None


class Link(NamedTuple):
    """What enters a vector from where; without a way the state itself, copied."""

    tail: str
    head: str
    way: Way | None

    @property
    def paired(self) -> bool:
        """Whether it enters number by number and unweighed."""
        return self.way is not None and self.way.matrix is None and self.way.vector is None


class Clusters:
    """The vectors of a run's steps, and what enters each.

    A state before stands at the left of its step: beside what the step reads, where a matrix multiplies it, and in the row of the same
    state after, where it is met number by number.
    """

    def __init__(self, run: Run) -> None:
        self.clusters: dict[str, Cluster] = {}
        self.links: list[Link] = []
        self.of: dict[Tensor, str] = {}
        self.last: dict[tuple[str, str], str] = {}  # of each chain's state the cluster that has it now
        unrolled = run.unrolled[0]
        self.steps = list(range(unrolled.start, unrolled.start + len(unrolled.xs)))
        for t, x in zip(self.steps, unrolled.xs, strict=True):
            self.add("x", "", t, "neuron_in", 0, False, x)
        top = 0
        for (chain,) in unrolled.layers:
            tops = [self.step(chain, t, top) for t in self.steps]
            top = max(tops)
        for t, score in enumerate(run.scores, run.scores.first):
            if score not in self.of:
                self.add("s", "", t, "neuron_out", top + 1, False, score)
                self.enter(score)

    def add(self, name: str, tag: str, t: int, kind: str, row: float, left: bool, tensor: Tensor, copy: str = "") -> str:
        """A vector in its place."""
        id = f"{quantity(name, tag, str(t)).id}{copy}"
        self.clusters[id] = Cluster(id, (name, tag, t), kind, row, left, t + left, tensor)
        self.of.setdefault(tensor, id)
        return id

    @property
    def plain(self) -> bool:
        """Whether all that enters a vector does so by matrices, and there are no vectors but inputs, states and answers."""
        ways = [link.way for link in self.links if link.way]
        return all(way.matrix is not None for way in ways) and all(one.kind != "neuron_gate" for one in self.clusters.values())

    def step(self, chain: Chain, t: int, base: int) -> int:
        """One step of a cell over the row ``base``: its row at the top."""
        cell, record, before = chain.cell, chain.steps[t - chain.start], chain.before(t)
        kept = {*cell.carried, cell.given, *shown_states(cell)}
        x = chain.xs[t - chain.start]
        read = anatomy(record, {x: "x", **{value: state + BEFORE for state, value in before.items()}}, (*cell.carried, cell.given))
        made = {part.gives: role for role, part in read.parts.items() if "(" not in role}
        entering = {node: list(traced(node, {*made, x, *before.values()} - {node})) for node in made}
        rows: dict[Tensor, int] = {}
        for node in made:
            rows[node] = 1 + max([base, *(rows[way.source] for way in entering[node] if way.source in rows)])
        copies: dict[tuple[Tensor, bool], str] = {}
        for state, value in before.items():
            ways = {way.matrix is not None for found in entering.values() for way in found if way.source is value}
            own = next((rows[node] for node, role in made.items() if node is record[state]), base)
            for by_matrix in sorted(ways):  # number by number first
                heads = {rows[node] for node, found in entering.items() for way in found if way.source is value and way.matrix is None}
                row = base if by_matrix else own - (0.5 if own - 1 in heads else 0.75)  # between rows: no line runs along one
                kind = "neuron_before"
                id = self.add(state, cell.tag, t - 1, kind, row, True, value, copy=f"-{'read' if by_matrix else 'kept'}-{t}")
                copied = copies.get((value, False)) or self.last.get((cell.tag, state))
                self.links += [Link(copied, id, None)] if copied else []
                copies[value, by_matrix] = id
        for node, role in made.items():
            kind = "neuron_out" if role in cell.answers else "neuron" if role in kept else "neuron_gate"
            head = self.add(role, cell.tag, t, kind, rows[node], False, node)
            self.of[node] = head
            for way in entering[node]:
                tail = copies.get((way.source, way.matrix is not None)) or self.of[way.source]
                self.links.append(Link(tail, head, way))
        for state in cell.carried:
            self.last[cell.tag, state] = self.of[record[state]]
        return max(rows.values(), default=base)

    def enter(self, node: Tensor) -> None:
        """What enters a vector outside the cells."""
        self.links += [Link(self.of[way.source], self.of[node], way) for way in traced(node, set(self.of) - {node})]


def traced(node: Tensor, known: Iterable[Tensor]) -> Iterator[Way]:
    """From which of the ``known`` vectors one is made, and by what.

    Raises ValueError where two matrices lie between, or where numbers are moved.
    """
    known, found = set(known), dict[tuple[int, ...], Way]()
    stack = [Way(node)]
    while stack:
        at, matrix, rows, vector = stack.pop()
        name, inputs = at.op.name if at.op else "", at.inputs
        if at is not node and at in known:
            if matrix is None and at.shape[-1:] != node.shape[-1:]:
                raise ValueError(f"{ONE}, and {node.name} has {node.shape[-1]}, but {at.name} {at.shape[-1]}: draw(run), a circle a vector")
            found[id(at), id(matrix), id(vector)] = Way(at, matrix, rows, vector)
            continue
        if name == "_part" and matrix is None and rows is None:
            size = at.shape[-1]
            first = size * (at.options or {})["k"]
            stack.append(Way(inputs[0], None, slice(first, first + size)))
            continue
        for k, x in enumerate(inputs):
            if not isinstance(x, Tensor) or not (x.inputs or x in known):
                continue
            weight = inputs[k - 1] if k % 2 and name in ("linear", "matmul") else None
            beside = (
                [w for w in inputs if isinstance(w, Tensor) and w is not x and w.op is VARIABLE and w.ndim == 1]
                if name == "multiply"
                else []
            )
            if weight is None:
                stack.append(Way(x, matrix, rows, beside[0] if beside and matrix is None else vector))
            elif matrix is not None or not isinstance(weight, Tensor):
                raise ValueError(f"{ONE}, and between {node.name} and what it is made of lie two: draw(run), a circle a vector")
            else:
                stack.append(Way(x, weight, rows, vector))
    return iter(found.values())


def places(middle: Point, count: int, along: float = ALONG, up: float = UP) -> list[Point]:
    """Where a vector's numbers stand: in a row that rises to the right."""
    return [(middle[0] + (k - (count - 1) / 2) * along, middle[1] + (k - (count - 1) / 2) * up) for k in range(count)]


def middle(at: list[Point]) -> Point:
    """The middle of such a row."""
    return (at[0][0] + at[-1][0]) / 2, (at[0][1] + at[-1][1]) / 2


def line(ends: tuple[str, str], tail: Point, head: Point, kind: str, note: str, width: float | None = None) -> Arrow:
    """A straight arrow from circle to circle."""
    start, tip, base = towards(tail, head, RADIUS), towards(head, tail, RADIUS), towards(head, tail, RADIUS + HEAD)
    return Arrow(f"{ends[0]}-{ends[1]}", *ends, kind, through([start, base]), tip, note=note, width=width)


Look = tuple[str, str, float | None]  # a line's kind, note and width


def weight(name: str, at: str, value: float, most: float, kind: str, weighted: bool) -> Look:
    """A weight's line: its kind, its note and its width."""
    width = 0.3 + 2.2 * abs(value) / (most or 1.0) if weighted else None
    return "minus" if weighted and value < 0 else kind, f"{name}[{at}] = {value:.3g}", width


def matrix(figure: Figure, id: str, symbol: Symbol | None, shape: tuple[int, ...], at: Point, part: str = "") -> None:
    """A matrix's name and size on its bundle; ``part``: which rows of it."""
    H, D = shape
    label, size = (symbol or "", f"{part} {H}\u00d7{D}"), (82.0 + 7 * len(part), 22.0) if part else None
    figure.add(Mark(id, "matrix", at, (label,), f"{symbol}{part}: {H} rows, {D} columns", size=size))
