"""Where the steps of a net stand at op level: columns of time, rows of cells, and in each a box that is laid out once and repeated."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_rnn.drawing.block.scene import SHOWN, left_out
from autograd_rnn.drawing.figure import Point
from autograd_rnn.drawing.op.boxes import TRUNK, Box, Key, Look, laid_out, looks, turned
from autograd_rnn.drawing.op.graph import ABOVE, Edge, Graph, Node
from autograd_rnn.engine import Tensor

PAD, CORRIDOR, CHANNEL, BETWEEN = 14.0, 34.0, 46.0, 60.0  # inside a frame; between rows; between steps; before a decoder
GAPWIDTH = 46.0
EARLY = -1  # the part of what is computed before all steps and read in them

Column = tuple[int, Any]  # part and step; the step is None in a gap


class Group(NamedTuple):
    """What one cell does in one step."""

    part: int
    band: str
    step: int | None
    nodes: list[Node]
    entering: list[list[tuple[Key, Edge]]]


class Placed(NamedTuple):
    """A group's box where it stands; ``left`` and ``right`` are the sides of its column."""

    group: Group
    box: Box
    origin: Point
    mirrored: bool
    left: float
    right: float


def is_cell(band: str) -> bool:
    """Whether a band is a cell's: its steps are framed and run from left to right."""
    return band.partition(" ")[0] not in (*ABOVE, "input", "")


class Sheet:
    """The places of everything. ``home``: of each tensor its group's key; ``placed``: the groups shown; ``starts``: what is there before
    the first step, by tensor."""

    def __init__(self, graph: Graph, elide: bool | None, initial: dict[Tensor, str]) -> None:
        self.graph, self.initial = graph, initial
        self.into: dict[Tensor, list[Edge]] = {tensor: [] for tensor in graph.nodes}
        self.users: dict[Tensor, list[Node]] = {tensor: [] for tensor in graph.nodes}
        for edge in graph.edges:
            self.into[edge.head].append(edge)
            self.users[edge.tail].append(graph.nodes[edge.head])
        self.home: dict[Tensor, tuple[int, str, int | None]] = {}
        self.number: dict[Tensor, int] = {}  # within its group
        members: dict[tuple[int, str, int | None], list[Node]] = {}
        self.starts: list[Node] = []
        early: set[Tensor] = set()
        for node in reversed(graph.nodes.values()):
            if not node.band and node.tensor.inputs and any(user.band or user.tensor in early for user in self.users[node.tensor]):
                early.add(node.tensor)
        for tensor, node in graph.nodes.items():
            if node.kind == "initial" or node.step is None and not node.tensor.inputs:
                self.starts.append(node)
                continue
            at = (EARLY if tensor in early else node.part, node.band, node.step)
            self.home[tensor], self.number[tensor] = at, len(members.setdefault(at, []))
            members[at].append(node)
        self.groups = {at: Group(*at, nodes, [self._entering(node) for node in nodes]) for at, nodes in members.items()}
        self._columns(elide)
        self._boxes()
        self._rows()
        self._place()

    def _entering(self, node: Node) -> list[tuple[Key, Edge]]:
        """What each input of a node is, told alike in every step: a neighbour, a state of another step, or something from elsewhere."""
        keys: list[tuple[Key, Edge]] = []
        others: dict[Tensor, int] = {}
        for edge in self.into[node.tensor]:
            tail, key = self.graph.nodes[edge.tail], ("", None)  # type: Node, Key
            if self.home.get(edge.tail) == self.home[node.tensor]:
                key = ("node", self.number[edge.tail])
            elif is_cell(node.band) and is_cell(tail.band) and (tail.step, tail.part) != (node.step, node.part):
                name = self.initial.get(edge.tail) or edge.tail.label
                key = ("before", name or self.number.get(edge.tail, -1))  # -1: a constant from before the first step
            else:
                key = ("in", others.setdefault(edge.tail, len(others)))
            keys.append((key, edge))
        return keys

    def _columns(self, elide: bool | None) -> None:
        """Time from left to right, the decoder's after the encoder's; long runs with a gap."""
        self.times: dict[int, list[int]] = {}
        for part, _, step in self.groups:
            if step is not None:
                self.times.setdefault(part, []).append(step)
        self.times = {part: sorted(set(self.times[part])) for part in sorted(self.times)}
        self.digits = max(len(str(t)) for times in self.times.values() for t in times)
        self.hidden: set[Column] = set()
        self.columns: list[Column] = []
        for part, times in self.times.items():
            out = left_out(times, elide)
            self.hidden |= {(part, t) for t in out}
            shown: list[Column] = [(part, t) for t in times if t not in out]
            self.columns += [*shown[:SHOWN], (part, None), *shown[SHOWN:]] if out else shown

    def standin(self, node: Node) -> Node:
        """The node with a time in its name as long as the longest: it has the same size in every step."""
        if not node.name or node.step is None:
            return node
        return node._replace(name=node.name._replace(sub=node.name.sub.removesuffix(str(node.step)) + "0" * self.digits))

    def _boxes(self) -> None:
        """A box for each kind of step."""
        alike: dict[Any, list[Group]] = {}
        for group in self.groups.values():
            if (group.part, group.step) not in self.hidden:
                look = [(n.kind, n.sign, n.name, n.bias) for n in map(self.standin, group.nodes)]
                inputs = tuple(tuple((key, edge.place, edge.label) for key, edge in keys) for keys in group.entering)
                alike.setdefault((group.part, group.band, tuple(look), inputs), []).append(group)
        self.boxes: dict[int, Box] = {}
        self.mirrored = {at[:2] for at, group in self.groups.items() if is_cell(at[1]) and self._reversed(group)}
        for groups in alike.values():
            leaving = sorted({k for g in groups for k, node in enumerate(g.nodes) if is_cell(g.band) and self._leaves(g, node)})
            upright = not is_cell(groups[0].band) and groups[0].band != ""
            box = laid_out([self.standin(node) for node in groups[0].nodes], groups[0].entering, leaving, upright)
            if (groups[0].part, groups[0].band) in self.mirrored:
                wide = box.size[0]
                box = turned(box, lambda p, wide=wide: (wide - p[0], p[1]), box.size)  # type: ignore[misc]
            self.boxes |= {id(group): box for group in groups}

    def _reversed(self, group: Group) -> bool:
        """Whether a chain runs from the last step to the first."""
        tails = (edge.tail for keys in group.entering for key, edge in keys if key[0] == "before")
        later = any(tail.step is not None and tail.step > (group.step or 0) and self.graph.nodes[tail].part == group.part for tail in tails)
        return later or group.nodes[0].tensor.scope.direction == "backward"

    def _leaves(self, group: Group, node: Node) -> bool:
        return any(is_cell(user.band) and (user.part, user.step) != (group.part, group.step) for user in self.users[node.tensor])

    def _rows(self) -> None:
        """The rows from the inputs up, in the order in which they were computed; a decoder's stand beside its encoder's."""
        began: dict[tuple[int, str], int] = {}
        for group in self.groups.values():
            ran = [node.number for node in group.nodes if node.tensor.inputs]
            if group.band and (group.band == "input" or ran):
                first = -1 if group.band == "input" else ran[0]
                began[group.part, group.band] = min(first, began.get((group.part, group.band), first))
            elif is_cell(group.band):  # constants alone
                began.setdefault((group.part, group.band), group.nodes[0].number)
        self.row: dict[tuple[int, str], int] = {}
        for part in self.times:
            bands = sorted((first, band) for (p, band), first in began.items() if p == part)
            lowest = 0 if (part, "input") in began else 1
            self.row |= {(part, band): lowest + k for k, (_, band) in enumerate(bands)}
        tall = [0.0] * (1 + max(self.row.values(), default=0))
        for (part, band), row in self.row.items():
            sizes = [self.boxes[id(g)].size[1] for g in self.groups.values() if (g.part, g.band) == (part, band) and id(g) in self.boxes]
            tall[row] = max(tall[row], max(sizes, default=0.0) + 2 * PAD * is_cell(band))
        self.bottom, y = [], 0.0
        for height in tall:
            self.bottom.append(y)
            y += height + CORRIDOR
        self.tall, self.top = tall, y

    def _place(self) -> None:
        """Each column's left side, and each group's box in it."""
        cells = [self.boxes[id(g)].size[0] for g in self.groups.values() if is_cell(g.band) and id(g) in self.boxes]
        self.wide = max(cells, default=60.0) + 2 * PAD
        self.left: dict[Column, float] = {}
        self.place = {column: k for k, column in enumerate(self.columns)}
        x, part = 0.0, 0
        for column in self.columns:
            x += (BETWEEN + any(first == part for first, _ in self.mirrored) * BETWEEN) if column[0] != part else 0.0
            part = column[0]
            self.left[column] = x
            x += (self.wide if column[1] is not None else GAPWIDTH) + CHANNEL
        self.right = x - CHANNEL
        self.placed: dict[tuple[int, str, int | None], Placed] = {}
        for at, group in sorted(self.groups.items(), key=lambda item: self.row.get(item[0][:2], 0)):
            if id(group) in self.boxes and group.band:
                self._put(at, group, self.boxes[id(group)])
        for at, group in self.groups.items():  # what comes after all steps, or before
            if id(group) in self.boxes and not group.band:
                box, before = self.boxes[id(group)], self.left[self.columns[0]] - 2 * BETWEEN
                left, right, y = (before - box.size[0], before, 0.0) if at[0] == EARLY else (self.right, self.right + self.wide, self.top)
                self.placed[at] = Placed(group, box, (left + 20 * (at[0] != EARLY), y), False, left, right)

    def _put(self, at: tuple[int, str, int | None], group: Group, box: Box) -> None:
        left, y = self.left[at[0], at[2]], self.bottom[self.row[at[:2]]]
        right, mirrored = left + self.wide, at[:2] in self.mirrored
        if is_cell(group.band):
            x = right - PAD - box.size[0] if mirrored else left + PAD
            y += PAD + (self.tall[self.row[at[:2]]] - 2 * PAD - box.size[1]) / 2
        else:
            x = self._over(group, box, left, right)
        self.placed[at] = Placed(group, box, (x, y), mirrored, left, right)

    def _over(self, group: Group, box: Box, left: float, right: float) -> float:
        """Where a box stands that is entered from below: over what enters it, or under what reads it, or in the middle."""
        if group.band == "input":
            heads = [u for node in group.nodes for u in self.users[node.tensor]]
            bands = {(u.part, u.band) for u in heads}
            if len(bands) == 1 and not bands & self.mirrored:
                return left + PAD - TRUNK - box.at[0][0]
            return (left + right) / 2 - box.at[0][0]
        tails = dict.fromkeys(edge.tail for keys in group.entering for key, edge in keys if key[0] == "in")
        entered = next((box.at[k][0] for k, keys in enumerate(group.entering) if any(key[0] == "in" for key, _ in keys)), box.size[0] / 2)
        home = self.placed.get(self.home.get(next(iter(tails), None), (0, "", None))) if len(tails) == 1 else None  # type: ignore[arg-type]
        if home and home.left == left:
            return self.at(next(iter(tails)))[0] - entered
        return (left + right) / 2 - entered

    def at(self, tensor: Tensor) -> Point:
        """The middle of a node that is shown in a box."""
        placed = self.placed[self.home[tensor]]
        x, y = placed.box.at[self.number[tensor]]
        return placed.origin[0] + x, placed.origin[1] + y

    def look(self, tensor: Tensor) -> Look:
        """The kind of mark and the size of a node that is shown in a box: without numbers in it, of the same size in every step."""
        node = self.graph.nodes[tensor]
        return looks(self.standin(node)) if node.numbers else self.placed[self.home[tensor]].box.looks[self.number[tensor]]

    @property
    def rail(self) -> bool:
        """Whether a line runs under the inputs, from what holds or makes all of them."""
        return (EARLY, "", None) in self.placed or any(node.band == "input" for node in self.starts)

    def shows(self, tensor: Tensor) -> bool:
        """Whether a tensor's step is shown."""
        return tensor not in self.home or self.home[tensor] in self.placed
