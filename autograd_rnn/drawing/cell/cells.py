"""The cell picture: every step's cell as a box with its gates, the lines of the states running through from cell to cell."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.reading import Teller
from autograd_rnn.drawing.asked import not_too_many
from autograd_rnn.drawing.block.block import describe, tooltip
from autograd_rnn.drawing.block.scene import Edge, Scene
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.cell.interior import Interior, Way, legend, line_of
from autograd_rnn.drawing.cell.places import APART, BUS, GAP, HALF, RISE, Places
from autograd_rnn.drawing.curves import curve
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Text, quantity
from autograd_rnn.drawing.measure import under, width
from autograd_rnn.drawing.op.graph import MASKED, letters, masked
from autograd_rnn.drawing.output.style import DOT
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.nets.equations import constants
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.nets.parameters import distinct
from autograd_rnn.nets.run import VARY, Run
from autograd_rnn.nets.standing import BEFORE
from autograd_rnn.nets.unrolling import Chain

LINE = 20.0  # from text line to text line


def cells(
    run: Run,
    elide: bool | None = None,
    notation: str = "names",
    labels: Sequence[str] | None = None,
    force: bool = False,
    targets: bool = False,
    opened: Collection[int] | None = None,
    swept: bool = False,
) -> Figure:
    """A run's cells side by side, layers stacked upward, inputs at the bottom, scores and losses above.

    An arrow stands for what one operation reads: it leads from where that is made, through the line between the cells, to the gate or
    the operation. What a gate holds is in its box. ``opened``: the steps drawn from within, where not all are;
    ``swept``: strands will run back beside the wires.

    >>> figure = cells(Model(LSTM(3, 4), output_size=2).unroll(np.ones((2, 3)), [0, 1]))
    >>> [name for name, mark in figure.marks.items() if mark.kind == "gate" and mark.step == 2]
    ['i_2', 'f_2', 'g_2', 'o_2']
    """
    given = [run.parameters[name] for chain in run.chains for name in chain.cell.parameters if name in run.parameters]
    made = any(node.inputs for chain in run.chains for record in chain.steps for node in record.values())
    if not made and (run.unrecorded or not any(x.op for x in given)):
        why, remedy = run.unrecorded or ("what the cells did was not recorded, as all their parameters are plain numbers", VARY)
        raise ValueError(f"{why}: {remedy}, or draw level='block'")
    return _Cells(run, unfold(run, elide, notation, labels, targets), notation, force, opened, swept).figure


class _Cells(Places):
    """The picture while it grows: how each tensor comes out of its cell, and what was drawn."""

    def __init__(
        self, run: Run, scene: Scene, notation: str, force: bool, opened: Collection[int] | None = None, swept: bool = False
    ) -> None:
        super().__init__(run, scene, opened, swept, notation == "concatenated")
        count = len(scene.nodes) + sum(len(read.parts) for read in self.read.values())
        not_too_many(count, "level='block' or elide=True draws less", force)
        parts = [chain.cell for chain in run.chains]
        self.figure, self.constants, self.letters = Figure(scene.title), constants(parts), letters(parts) if notation == "letters" else {}
        self.ways: dict[tuple[Tensor, str], Way] = {}  # how a state comes out of its cell: (tensor, its name)
        self.interiors: list[Interior] = []
        self.marks()
        for chain in run.chains:
            steps = [name for name, (one, _) in self.body.items() if one is chain]
            for name in reversed(steps) if chain.reverse else steps:
                self.cell(name)
        for edge in scene.edges:
            self.edge(edge)
        self.texts()
        inner = "; ".join(dict.fromkeys(mark.tip for mark in self.figure.marks.values() if mark.kind in ("gate", "product")))
        self.figure.description = f"{describe(scene)} Each state is made inside a cell, whose gates are {inner}."

    # -- drawing ----------------------------------------------------------------------------------------------------

    def marks(self) -> None:
        """The circles outside the cells."""
        outputs = {self.above(name): chain.steps[t - chain.start][chain.cell.given] for name, (chain, t) in self.body.items()}
        for node in self.scene.nodes.values():
            if node.kind == "initial" or node.id in self.body and not self.shows(node.id):
                continue
            if node.kind == "gap" and (node.part, node.row) not in self.over:
                continue
            lines: tuple[Line, ...] = {"join": (), "gap": (("\u22ef",),)}.get(node.kind, (self.name(node),))
            shown = (outputs[node.id],) if node.id in outputs else tuple(self.scene.tensors.get(node.id, ()))
            size = (2 * self.across[node.kind], 2 * HALF) if node.kind not in ("join", "gap") else None
            self.figure.add(Mark(node.id, node.kind, self.at(node), lines, tooltip(node, self.scene), node.step, size, shown))

    def cell(self, name: str) -> None:
        """One cell, the arrows into it, and what leaves it."""
        (chain, t), plan = self.body[name], self.plan(name)
        cell, corner = chain.cell, self.corner(name)
        tail = next((edge.tail for edge in self.scene.edges if edge.head == name and edge.kind == "input"), "")
        given = chain.before(t)
        before = e.Time("", t + (1 if chain.reverse else -1))
        names: dict[Tensor, Any] = {given[s]: e.Sym(full_name(s, cell.tag, None), before) for s in cell.carried}
        names[self.fed[name]] = e.Sym(tail) if tail else e.ZERO
        names |= {value: e.Sym(key) for key, value in distinct(self.run.parameters).items()}
        teller = Teller(names, self.constants, batch=self.fed[name].ndim > 1)
        interior = Interior(self.read[name], plan, corner, cell.tag, str(t), teller, cell.given, self.letters, str(before))
        self.interiors.append(interior)
        interior.put(self.figure, f"{' '.join(filter(None, (type(cell).__name__, cell.tag)))}, t = {t}", t)
        read = {tail for tail, _ in interior.anatomy.wires}
        ways = {port: self.way(chain, t, state, name) for state in cell.carried if (port := state + BEFORE) in read}
        if tail:
            ways["x"] = self.up_to(tail, name)
        interior.wires(self.figure, ways, self.crossed)
        self.output(interior, name)
        for state in cell.carried:
            self.onward(interior, chain, t, state, name)

    # -- lines between cells ----------------------------------------------------------------------------------------

    def way(self, chain: Chain, t: int, state: str, name: str) -> Way:
        """How a state reaches a cell: from the cell before, over a gap, or from the start."""
        value, order, kind = chain.before(t)[state], -1 if chain.reverse else 1, line_of(chain.cell, state)
        known = self.ways.get((value, state))
        if known and self.follows(value, chain):
            return known
        x, y = self.corner(name)
        edge = x + (self.plan(name).width if chain.reverse else 0), y + self.plan(name).entry(state + BEFORE)[1]
        gap = f"{quantity(state, chain.cell.tag, 'gap').id}-line"
        if gap in self.figure.marks and value is not chain.first[state]:
            return Way(gap, ((self.figure.marks[gap].at[0] + order * 12, edge[1]),), kind)
        symbol = quantity(state, value.scope.tag, str(value.step)) if known else quantity(state, chain.cell.tag, str(t - order))
        half = self.across["initial"]
        at = edge[0] - order * (self.apart / 2 + half), edge[1]
        start = f"{symbol.id}-again" if known else symbol.id
        words = f"{'' if known else 'initial '}state {symbol}"
        self.figure.add(Mark(start, "initial", at, ((symbol,),), words, t - order, (2 * half, 2 * HALF), (value,)))
        return Way(start, ((at[0] + order * half, at[1]),), kind)

    def follows(self, value: Tensor, chain: Chain) -> bool:
        """Whether a chain goes on where the one that made a state ends: a decoder's does, unless its encoder ran backward or higher up."""
        node = self.scene.nodes[next(name for name, (one, _) in self.body.items() if one is chain)]
        makers = [one for one in self.run.chains if any(value is last for last in one.last.values())]
        rows = [self.scene.nodes[name].row for name, (one, _) in self.body.items() if makers and one is makers[0]]
        return not makers or makers[0] is chain or not makers[0].reverse and node.row in rows

    def onward(self, interior: Interior, chain: Chain, t: int, state: str, name: str) -> None:
        """A state's line out of its cell: to the next cell, into a gap, or to the end of the picture."""
        value, order = chain.steps[t - chain.start][state], -1 if chain.reverse else 1
        way = interior.out(interior.anatomy.role_of(value) or state, f"out {state}", line_of(chain.cell, state))
        if not way:
            return
        self.ways[value, state] = way
        (x, y), symbol, own = way.corners[-1], (quantity(state, chain.cell.tag, str(t)),), interior.id(state)
        more = 0 <= t + order - chain.start < len(chain.steps)
        heirs = [one for one in self.run.chains if any(value is first for first in one.first.values()) and self.follows(value, one)]
        if not more and not heirs:
            end, wide = x + order * (self.apart - 28), max(24.0, width(symbol[0]))
            self.figure.add(Mark(f"{own}-end", "end", (end + order * (wide + 4) / 2, y), (symbol,), own, t, (wide, 18.0)))
            interior.onward(self.figure, way, f"{own}-end", (end, y), self.crossed)
            return
        after = quantity(shown_states(chain.cell)[0], chain.cell.tag, str(t + order)).id
        if more and after in self.read and all(tail != state + BEFORE for tail, _ in self.read[after].wires):
            return  # the next step does not read it
        if more and after not in self.body:
            gap, middle = f"{quantity(state, chain.cell.tag, 'gap').id}-line", (x + order * (self.apart + GAP / 2), y)
            self.figure.add(Mark(gap, "gap", middle, (("\u22ef",),), "steps left out", size=(24.0, 20.0)))
            interior.onward(self.figure, way, gap, (middle[0] - order * 12, y), self.crossed)
        above = y + (13 if chain.cell.tag else 11)
        self.figure.add(Mark(f"{own}-line", "end", (x + order * (self.apart / 2 - 4), above), (symbol,), own, t))

    def up_to(self, tail: str, name: str) -> Way:
        """How a cell's input comes up to it: straight, from the left, or around the cells of the forward chain."""
        node, (left, low) = self.scene.nodes[name], self.corner(name)
        x = left + self.plan(name).entry("x")[0]
        at, join = self.figure.marks[tail].at, self.scene.nodes[tail].kind == "join"
        half, level = DOT if join else self.across[node.kind], low - RISE / 2
        if node.side > 0:
            bus = left - BUS
            return Way(tail, ((at[0] - half, at[1]), (bus, at[1]), (bus, level), (x, level)))
        if abs(x - at[0]) < 1 or join or abs(x - at[0]) < half + 8:
            return Way(tail, ((at[0], at[1] + (DOT if join else HALF)), *([] if abs(x - at[0]) < 1 else [(at[0], level), (x, level)])))
        return Way(tail, ((at[0] - half if x < at[0] else at[0] + half, at[1]), (x, at[1])))

    def output(self, interior: Interior, name: str) -> None:
        """The line up to the circle of what the cell gives."""
        output = self.body[name][0].cell.given
        way = interior.out(output, "out ")
        head = self.above(name)
        if way and head in self.figure.marks:
            x, y = self.figure.marks[head].at
            if self.scene.nodes[name].side < 0:
                last = way.corners[-1]
                level = last[1] + RISE * 0.5
                way = way._replace(corners=(*way.corners, (last[0], level), (x, level)))
            interior.onward(self.figure, way, head, (x, y - HALF), self.crossed)

    def edge(self, edge: Edge) -> None:
        """An arrow above the cells: a join, a readout, a loss, or an answer on its way back."""
        tail, head = (self.figure.marks.get(name) for name in (edge.tail, edge.head))
        own = edge.head in self.body or edge.kind in ("recurrent", "carry")
        inner = edge.kind == "readout" and edge.tail in self.body and not self.shows(edge.tail)
        if not tail or not head or own or inner:
            return
        (x0, y0), (x1, y1) = tail.at, head.at
        label: Line = (edge.label,) if edge.label else ()
        half, across = (DOT, DOT) if head.kind == "join" else (HALF, self.across[head.kind])
        wide = width(edge.label) / 2 if edge.label else 0.0
        place: Point | None = (x1 + 7 + wide, (y0 + y1) / 2)
        down = math.copysign(1, y0 - y1)  # a target comes from above
        corners = [(x0, y0 - down * HALF), (x1, y1 + down * half)]
        if edge.kind == "feedback":
            bus = x1 - self.across[head.kind] - BUS
            corners, place = [(x0 + self.across[tail.kind], y0), (bus, y0), (bus, y1), (bus + BUS, y1)], None
        elif abs(x0 - x1) > self.pitch:
            end = x1 - self.across[head.kind]
            corners, place = [(x0, y0 + HALF), (x0, y1), (end, y1)], (end - 12 - wide, y1 + 12)
        elif abs(x0 - x1) > 1:
            corners, place = [(x0, y0 + HALF), (x0, y1), (x1 - math.copysign(across, x1 - x0), y1)], ((x0 + x1) / 2, y1 + 12)
        points, tip = curve(corners, hops=self.crossed)
        name, kind = f"{edge.tail}-{edge.head}", "wire" if edge.kind == "plain" else edge.kind
        shown = (label, place) if label else ((), None)
        self.figure.add(Arrow(name, edge.tail, edge.head, kind, points, tip, *shown, f"{edge.tail} to {edge.head}", edges=edge.edges))

    def texts(self) -> None:
        """The words under the picture."""
        parts = {node.column: node for node in self.scene.nodes.values() if node.kind == "input"}
        words = [(self.at(parts[column])[0], text) for column, text in self.scene.under.items() if column in parts]
        texts, y = under(words, -HALF - 0.75 * LINE, self.pitch - 12)
        self.figure.texts += texts
        for text, first, last in self.scene.headings:
            self.figure.add(Text(((self.x[first] + self.x[last] + self.pitch - APART) / 2, y), (text,), "heading"))
        y -= LINE * (1.3 if self.scene.headings else 0.4)
        self.figure.write(self.captions(), self.figure.middle, y, LINE)

    def captions(self) -> list[Line]:
        """What is shared, what a letter stands for, what is left out."""
        lines: list[Line] = [("the same weights in every step",)] if len(self.interiors) > len(self.run.chains) else []
        lines += legend(self.interiors, [chain.cell for chain in self.run.chains] if self.joins else [])
        if any(masked(chain.steps[0][state]) for chain in self.run.chains for state in chain.cell.carried):
            lines.append((MASKED,))
        if any(chain.cell.tag for chain in self.run.chains):
            lines.append(("inside a cell its own superscript is left out",))
        return [*lines, *self.scene.notes]
