"""Where the cells of a run stand: time from left to right in equal steps, each layer in a row of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from autograd_rnn.drawing.block.scene import Node, Scene
from autograd_rnn.drawing.cell.anatomy import Anatomy, anatomy, closed
from autograd_rnn.drawing.cell.joining import halves_of, joining
from autograd_rnn.drawing.cell.planning import planned, shut
from autograd_rnn.drawing.cell.templates import Plan
from autograd_rnn.drawing.cell.textbook import template
from autograd_rnn.drawing.curves import Hop
from autograd_rnn.drawing.figure import Line, Point, quantity
from autograd_rnn.drawing.measure import width
from autograd_rnn.drawing.output.looks import grown
from autograd_rnn.drawing.output.style import DOT
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.standing import BEFORE
from autograd_rnn.nets.unrolling import Chain

HALF = 20.0  # of a circle outside the cells, across where its name does not need more
APART, BUS = 52.0, 15.0  # from frame to frame; from a frame to the upright lines beside it
RISE, GAP, PARTS = 27.0, 40.0, 30.0  # from row to row; the width of a gap; between an encoder and its decoder


class Places:
    """A run's steps, each with its parts and its plan, and where its cell and its marks stand."""

    def __init__(self, run: Run, scene: Scene, opened: Collection[int] | None = None, swept: bool = False, joins: bool = False) -> None:
        self.run, self.scene, self.opened, self.swept, self.joins = run, scene, opened, swept, joins
        self.body: dict[str, tuple[Chain, int]] = {}  # a scene's state node: its chain and step
        self.fed: dict[str, Any] = {}  # what it reads from below
        self.read: dict[str, Anatomy] = {}
        self.inner: dict[str, Anatomy] = {}  # of a closed cell what is in it
        self.plans: dict[Any, Plan] = {}
        for unrolled in run.unrolled:
            for chain in unrolled.chains:
                self.steps(chain)
        self.paired = any(node.side for node in scene.nodes.values()) or any(edge.kind == "feedback" for edge in scene.edges)
        self.across: dict[str, float] = {}  # half the width of the circles of each kind
        self.x, self.low, self.over = self.columns(), {}, {(0, 0): 0.0, (1, 0): 0.0}  # type: Any, dict[Any, float], dict[Any, float]
        for part in (0, 1):
            self.rows(part)
        self.crossed = self.crossings()

    # -- reading ----------------------------------------------------------------------------------------------------

    def steps(self, chain: Chain) -> None:
        """The steps of a chain that are shown."""
        cell, shown = chain.cell, shown_states(chain.cell)[0]
        parted = halves_of(cell)[0] if self.joins else {}
        for k, record in enumerate(chain.steps):
            t = chain.start + k
            name = quantity(shown, cell.tag, str(t)).id
            if name in self.scene.nodes:
                given = {value: state + BEFORE for state, value in chain.before(t).items()}
                self.body[name], self.fed[name] = (chain, t), chain.xs[k]
                outside, leaving = {chain.xs[k]: "x", **given}, (*cell.carried, cell.given)
                last = chain.steps[k - 1][cell.given] if k and cell.given not in cell.carried else None
                outside |= {} if last is None else {last: cell.given + BEFORE}  # a sequence that has ended keeps what it answered
                read = anatomy(record, outside, leaving, made=True)
                if read.kept and not template(read):
                    read = anatomy(record, outside, leaving)
                self.read[name] = joining(read, parted) if parted else read
                if self.opened is not None and t not in self.opened:
                    self.inner[name] = self.read[name]
                    self.read[name] = closed(self.inner[name], cell.given, type(cell).__name__)

    def plan(self, name: str) -> Plan:
        """A step's plan, made once for all steps of its form."""
        chain, read = self.body[name][0], self.read[name]
        inner = self.inner.get(name)
        key = (type(chain.cell), chain.reverse, read.signature, inner and inner.signature)
        if key not in self.plans:
            last = str(chain.start + len(chain.steps) - 1)
            plan = shut(read, planned(inner, chain.cell), chain.cell, self.paired) if inner else planned(read, chain.cell, last, self.swept)
            self.plans[key] = plan.mirrored() if chain.reverse else plan
        return self.plans[key]

    # -- places -----------------------------------------------------------------------------------------------------

    def columns(self) -> dict[int, float]:
        """The left edge of each column's cells."""
        carried = {quantity(state, chain.cell.tag, str(t)) for chain, t in self.body.values() for state in chain.cell.carried}
        nodes = self.scene.nodes.values()
        named = [(node.kind, self.name(node)) for node in nodes] + [("initial", (symbol,)) for symbol in carried]
        for kind, label in named:
            self.across[kind] = max(self.across.get(kind, 0.0), grown((label,), kind, (2 * HALF, 2 * HALF))[0] / 2)
        self.apart = max(APART, 24 + max(map(width, carried), default=0)) + (2 * BUS if self.paired else 0)
        wide = 2 * max(self.across.values()) + 2 * BUS - self.apart  # circles in a row have room
        self.apart += max(0.0, wide - max(self.plan(name).width for name in self.body))
        self.pitch = max(self.plan(name).width for name in self.body) + self.apart
        gaps, parts = {node.column for node in nodes if node.kind == "gap"}, {node.column: node.part for node in nodes}
        x, left = {}, 0.0
        for column in range(min(parts), max(parts) + 1):
            if parts.get(column, 0) != parts.get(column - 1, parts.get(column, 0)):
                left += PARTS + 2 * (self.across["initial"] - HALF)
            x[column] = left
            inside = [self.plan(name).width for name in self.body if self.scene.nodes[name].column == column] if self.inner else []
            left += GAP + self.apart if column in gaps else max(inside, default=self.pitch - self.apart) + self.apart
        return x

    def rows(self, part: int) -> None:
        """The lower edge of each row's cells, and the middle of the marks over them."""
        nodes = [node for node in self.scene.nodes.values() if node.part == part]
        top = HALF
        for row in range(1, max((node.row for node in nodes), default=0) + 1):
            cells = [node.id for node in nodes if node.row == row and node.id in self.body]
            rise = RISE
            if cells:
                self.low[part, row] = top + RISE
                top += RISE + max(self.plan(name).height for name in cells)
                rise *= 1.3
            if not cells or any(map(self.shows, cells)):
                half = DOT if any(node.row == row and node.kind == "join" for node in nodes) else HALF
                self.over[part, row] = top + rise + half
                top += rise + 2 * half

    def crossings(self) -> set[Hop]:
        """Where upright lines beside the cells cross the lines from cell to cell."""
        if not self.paired:
            return set()
        heights = {self.corner(name)[1] + self.plan(name).exit(state) for name in self.body for state in self.body[name][0].cell.carried}
        uprights = {x - BUS for x in self.x.values()} | {self.rise(name) for name in self.body if self.scene.nodes[name].side < 0}
        fed = [edge.head for edge in self.scene.edges if edge.kind == "feedback"]
        uprights |= {self.at(self.scene.nodes[head])[0] - self.across[self.scene.nodes[head].kind] - BUS for head in fed}
        return {((x, y), False) for x in uprights for y in heights}

    def name(self, node: Node) -> Line:
        """What stands in a node's mark: of a cell's circle what the cell gives."""
        if node.id in self.body:
            return (quantity(self.body[node.id][0].cell.given, node.label[0].sup, str(node.step)),)
        return node.label[:1]

    def above(self, name: str) -> str:
        """The mark of a cell's output, over it: the cell's own, or that of a Jordan net's scores, in the next row."""
        chain, t = self.body[name]
        return quantity(chain.cell.given, chain.cell.tag, str(t)).id

    def shows(self, name: str) -> bool:
        """Whether a cell's own name is its output's."""
        return self.above(name) == name

    def corner(self, name: str) -> Point:
        """The lower left corner of a cell."""
        node = self.scene.nodes[name]
        return self.x[node.column], self.low[node.part, node.row]

    def rise(self, name: str) -> float:
        """Where a cell's output goes up: beside the cells of the backward chain."""
        node = self.scene.nodes[name]
        if node.side < 0:  # beside the backward chain's, too, which may be wider
            return self.corner(name)[0] + max(self.plan(n).width for n in self.body if self.scene.nodes[n].column == node.column) + BUS
        return self.corner(name)[0] + self.plan(name).rise

    def at(self, node: Node) -> Point:
        """Where the mark of a node stands."""
        y, near = self.over.get((node.part, node.row), 0.0), [n for n in self.body if self.scene.nodes[n].column == node.column]
        if node.kind == "gap":
            return self.x[node.column] + GAP / 2, y
        if node.kind in ("input", "join"):
            cell = min((n for n in near if self.scene.nodes[n].row > node.row), key=lambda n: self.scene.nodes[n].row)
            return self.corner(cell)[0] + self.plan(cell).entry("x")[0], y
        below = [name for name in near if self.scene.nodes[name].row <= node.row]
        return self.rise(max(below, key=lambda name: self.scene.nodes[name].row)), y
