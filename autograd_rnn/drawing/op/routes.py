"""How the arrows of the op level run between the boxes: from step to step, from row to row, and to the total at the end."""

from __future__ import annotations

import itertools
from typing import Any

from autograd_rnn.drawing.curves import Curve, cornered, headed, joined, line, sway
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Point
from autograd_rnn.drawing.measure import width
from autograd_rnn.drawing.op.boxes import APART, Inlet, looks
from autograd_rnn.drawing.op.gaps import gaps
from autograd_rnn.drawing.op.graph import Edge, Graph
from autograd_rnn.drawing.op.sheet import CORRIDOR, EARLY, Placed, Sheet, is_cell
from autograd_rnn.drawing.output.style import RADIUS
from autograd_rnn.engine import Tensor

START = 64.0  # from the first frame to what is there before it
RAIL = 34.0  # from the row of inputs down to what all of them are part of


def arrow(graph: Graph, edge: Edge, kind: str, curve: Curve, label: Point | None, ids: dict[str, int], **more: Any) -> Arrow:
    """An edge as it is drawn; two between the same nodes are told apart by the input's place."""
    tail, head = graph.nodes[edge.tail].id, graph.nodes[edge.head].id
    name = f"{tail}-{head}"
    ids[name] = ids.get(name, 0) + 1
    name += f"-{edge.place}" if ids[name] > 1 else ""
    points, tip = headed(curve)
    words: Line = (edge.label,) if edge.label and label else ()
    note = f"{tail} to {head}" + (f" by {edge.label}" if edge.label else "")
    return Arrow(name, tail, head, kind, points, tip, words, label, note, edges=edge.edges, **more)


class Router:
    """Draws the arrows of a sheet into a figure."""

    def __init__(self, sheet: Sheet, figure: Figure) -> None:
        self.sheet, self.figure, self.graph = sheet, figure, sheet.graph
        self.ids: dict[str, int] = {}
        self.starting: dict[Tensor, Point] = {}
        self._start_all()

    # -- before the first step -----------------------------------------------------------------------------------

    def _start_all(self) -> None:
        """Places for the initial states: beside the port by which they enter; for what else is from before as near as there is room."""
        used: dict[float, list[float]] = {}
        for node in sorted(self.sheet.starts, key=lambda node: node.tensor not in self.sheet.initial):
            wide, high = looks(node)[1]
            away, apart = START + max(0.0, wide / 2 - RADIUS), max(APART, high + 2)
            if node.band == "input":  # one tensor that holds the inputs of all steps
                self.starting[node.tensor] = self.sheet.left[self.sheet.columns[0]] - away, -RAIL
                continue
            user = next(u for u in self.sheet.users[node.tensor] if self.sheet.shows(u.tensor))
            placed = self.sheet.placed[self.sheet.home[user.tensor]]
            key = next(key for key, edge in placed.group.entering[self.sheet.number[user.tensor]] if edge.tail is node.tensor)
            y = placed.origin[1] + (placed.box.ports[key][1] if key in placed.box.ports else placed.box.size[1] / 2)
            x = placed.right + away if placed.mirrored else placed.left - away
            taken = used.setdefault(x, [])
            y += next(d for k in itertools.count() for d in (k, -k) if all(abs(y + d - other) >= apart - 0.1 for other in taken))
            taken.append(y)
            self.starting[node.tensor] = x, y

    # -- all arrows --------------------------------------------------------------------------------------------------

    def arrows(self) -> None:
        """Every edge between nodes shown; edges of steps left out lead to their gap and from it."""
        drawn = []
        for placed in self.sheet.placed.values():
            for k, keys in enumerate(placed.group.entering):
                for key, edge in keys:
                    if self.sheet.shows(edge.tail):
                        kind = self.kind(key[0], edge)
                        curve, label = self.route(key, edge, placed, placed.box.inlets[k, edge.place])
                        drawn.append(arrow(self.graph, edge, kind, curve, label, self.ids))
        drawn += gaps(self)
        self.figure.arrows += sorted(drawn, key=lambda arrow: arrow.kind in ("recurrent", "carry"))  # from step to step on top

    def kind(self, key: str, edge: Edge) -> str:
        """The look of an arrow."""
        tail, head = self.graph.nodes[edge.tail], self.graph.nodes[edge.head]
        if key == "before":
            return "carry" if (edge.tail.scope.tag, edge.tail.label) in self.graph.beside else "recurrent"
        if key == "in" and is_cell(head.band) and tail.step not in (None, head.step):
            return "feedback"
        return "input" if tail.kind == "input" else "readout" if head.band == "readout" else "plain"

    def route(self, key: tuple[str, Any], edge: Edge, placed: Placed, inlet: Inlet) -> tuple[Curve, Point | None]:
        """The whole way of an arrow, and where its label stands."""
        curve, label = self.inside(placed, inlet)
        if key[0] == "node":
            return curve, label
        if placed.group.part == EARLY:
            return line(self.edge_of(edge.tail, False)[-1], self.border(edge.head, "left")), label
        if self.sheet.home.get(edge.tail, (0,))[0] == EARLY and placed.group.band:
            return self._from_early(edge, placed, curve), label
        if edge.tail in self.starting and not is_cell(placed.group.band):
            (x, y), (wide, _) = self.starting[edge.tail], looks(self.graph.nodes[edge.tail])[1]
            tip = self.border(edge.head, "bottom")
            return cornered([(x + wide / 2, y), (tip[0], y), tip]), label
        if key[0] == "before":
            return joined(self._between(edge.tail, placed, curve[0]), curve), label
        if edge.tail in self.starting:
            return joined(sway([*self.edge_of(edge.tail, placed.mirrored), curve[0]]), curve), label
        if is_cell(placed.group.band):
            return self._up_into(edge.tail, placed, curve), label
        if not placed.group.band:
            return self._to_total(edge, placed, curve[-1]), label
        return self._onto(edge, placed)

    def inside(self, placed: Placed, inlet: Inlet) -> tuple[Curve, Point | None]:
        """An inlet where its box stands."""
        dx, dy = placed.origin
        return [(x + dx, y + dy) for x, y in inlet.curve], (inlet.label[0] + dx, inlet.label[1] + dy) if inlet.label else None

    def edge_of(self, tensor: Tensor, mirrored: bool) -> Curve:
        """From a node to the side of its frame."""
        if tensor in self.starting:
            (x, y), (wide, _) = self.starting[tensor], looks(self.graph.nodes[tensor])[1]
            return [(x + (-wide if mirrored else wide) / 2, y)]
        tail = self.sheet.placed[self.sheet.home[tensor]]
        curve = [(x + tail.origin[0], y + tail.origin[1]) for x, y in tail.box.exits[self.sheet.number[tensor]]]
        return joined(curve, line(curve[-1], (tail.left if tail.mirrored else tail.right, curve[-1][1])))

    def _between(self, tensor: Tensor, head: Placed, port: Point) -> Curve:
        """From step to step: straight across, or over the heads of what stands between."""
        start = self.edge_of(tensor, head.mirrored)
        side = head.right if head.mirrored else head.left
        (x0, y0), (x1, y1) = start[-1], (side, port[1])
        way = -1 if head.mirrored else 1
        if self.follows(tensor, head, way):
            return joined(start, sway([(x0, y0), (x1, y1)]))
        above = self.over(self.sheet.placed[self.sheet.home[tensor]])
        out = x0 + (-1 if self.sheet.placed[self.sheet.home[tensor]].mirrored else 1) * 16
        return joined(start, cornered([(x0, y0), (out, y0), (out, above), (x1 - way * 20, above), (x1 - way * 20, y1), (x1, y1)]))

    def follows(self, tensor: Tensor, head: Placed, way: int) -> bool:
        """Whether a step stands next to that of a tensor, with nothing between."""
        if tensor in self.starting:
            return True
        part, band, step = self.sheet.home[tensor]
        before, after = (self.sheet.place[c] for c in ((part, step), (head.group.part, head.group.step)))
        return after - before == way and self.sheet.row[part, band] == self.sheet.row[head.group.part, head.group.band]

    def border(self, tensor: Tensor, side: str) -> Point:
        """The middle of one side of a node."""
        (x, y), (wide, high) = self.sheet.at(tensor), self.sheet.look(tensor)[1]
        return {"top": (x, y + high / 2), "bottom": (x, y - high / 2), "left": (x - wide / 2, y), "right": (x + wide / 2, y)}[side]

    def _up_into(self, tensor: Tensor, head: Placed, curve: Curve) -> Curve:
        """Into a cell from below, or from elsewhere by the channel before its frame."""
        row = self.sheet.row[head.group.part, head.group.band]
        tail, foot = self.sheet.placed[self.sheet.home[tensor]], curve[0]
        (x0, y0), level = self.border(tensor, "top"), self.sheet.bottom[row] - CORRIDOR / 2
        if self.sheet.row[tail.group.part, tail.group.band] == row - 1 and tail.left == head.left:
            return joined(cornered([(x0, y0), (x0, level), (foot[0], level), foot] if abs(x0 - foot[0]) > 1 else [(x0, y0), foot]), curve)
        side, way = (head.right, -1) if head.mirrored else (head.left, 1)
        channel = side - way * (12 if tail.left == head.left else 22)
        path = [(x0, y0), (x0, self.over(tail))] if tail.left == head.left else [self.border(tensor, "right")]
        return joined(cornered([*path, (channel, path[-1][1]), (channel, level), (foot[0], level), foot]), curve)

    def _from_early(self, edge: Edge, head: Placed, curve: Curve) -> Curve:
        """From what was computed before all steps: along the rail under the inputs, and up."""
        cell, tip = is_cell(head.group.band), self.border(edge.head, "bottom")
        foot, rest = (curve[0], curve) if cell else (tip, [tip])
        x0, y0 = self.border(edge.tail, "bottom")
        row = self.sheet.row[head.group.part, head.group.band]
        if row == 0:
            return cornered([(x0, y0), (x0, -RAIL), (foot[0], -RAIL), foot])
        channel, level = head.left - 12, self.sheet.bottom[row] - CORRIDOR / 2
        path = cornered([(x0, y0), (x0, -RAIL), (channel, -RAIL), (channel, level), (foot[0], level), foot])
        return joined(path, rest) if cell else path

    def over(self, placed: Placed) -> float:
        """The height of the corridor over a box's row."""
        row = self.sheet.row[placed.group.part, placed.group.band]
        return self.sheet.bottom[row] + self.sheet.tall[row] + CORRIDOR / 2

    def _onto(self, edge: Edge, head: Placed) -> tuple[Curve, Point | None]:
        """Into a readout, a loss, or a joint: up and, where the tail stands aside, round a corner."""
        tail = self.sheet.placed[self.sheet.home[edge.tail]]
        (x0, y0), (x1, y1) = self.border(edge.tail, "top"), self.sheet.at(edge.head)
        row, half = self.sheet.row[head.group.part, head.group.band], (width(edge.label) / 2 if edge.label else 0.0)
        near = tail.left == head.left
        wide, high = self.sheet.look(edge.head)[1]
        tip = x1, y1 - high / 2
        if near and abs(x0 - x1) < 1:
            return line((x0, y0), tip), (x0 + half + 4, tip[1] - CORRIDOR / 2) if edge.label else None
        if near and self.sheet.row[tail.group.part, tail.group.band] == row - 1:
            path = [(x0, y0), (x0, y1)]
        else:
            way = -1 if tail.mirrored else 1
            channel = (tail.left if tail.mirrored else tail.right) + way * 24
            level = y1 if near else self.sheet.bottom[row] - CORRIDOR / 2
            out = [(x0, y0), (x0, self.over(tail) - 7)]  # over the line to the next step
            if not is_cell(tail.group.band):
                out = [self.border(edge.tail, "left" if tail.mirrored else "right")]
            path = [*out, (channel, out[-1][1]), (channel, level)]
            if not near:
                path += [(tip[0], level)]
                label = (x1 - wide / 2 - half - 8, level + 14) if edge.label else None
                return cornered([*path, tip]), label
        side = -1 if path[-1][0] < x1 else 1
        return cornered([*path, (x1 + side * wide / 2, y1)]), (x1 + side * (wide / 2 + half + 12), y1 + 13) if edge.label else None

    def _to_total(self, edge: Edge, placed: Placed, tip: Point) -> Curve:
        """Up to the rail along the top, which all share, and along it to the end; over the others' heads to those behind."""
        (x, y), head = self.border(edge.tail, "top"), self.border(edge.head, "top")
        if self.sheet.at(edge.head)[0] > placed.origin[0] + min(at[0] for at in placed.box.at) + 1:
            return cornered([(x, y), (x, head[1] + CORRIDOR), (head[0], head[1] + CORRIDOR), head])
        return cornered([(x, y), (x, tip[1]), tip])
