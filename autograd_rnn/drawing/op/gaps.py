"""What stands where steps are left out: dots in each row, and the arrows that lead to them and from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_rnn.drawing.block.layout import GAP
from autograd_rnn.drawing.curves import Curve, cornered, headed, joined, sway
from autograd_rnn.drawing.figure import Arrow, Line, Mark, Point
from autograd_rnn.drawing.op.graph import Edge
from autograd_rnn.drawing.op.sheet import CORRIDOR, EARLY, GAPWIDTH, Placed, is_cell
from autograd_rnn.engine import Tensor

if TYPE_CHECKING:
    from autograd_rnn.drawing.op.routes import Router

SIZE = (2 * GAP, 20.0)


def gaps(router: Router) -> list[Arrow]:
    """The dots of every row that has a gap, put into the figure; their arrows. One into a gap stands for all the edges of its tail."""
    sheet = router.sheet
    arrows: dict[str, Arrow] = {}
    if not sheet.hidden:
        return []
    for at, group in sheet.groups.items():
        for k, keys in enumerate(group.entering):
            for key, edge in keys:
                inner = edge.tail in sheet.home and sheet.home[edge.tail][0] != EARLY  # what is before all steps leads past the dots
                if inner and sheet.shows(edge.tail) != sheet.shows(edge.head) and key[0] != "node":
                    found = _into(router, key[1], edge) if sheet.shows(edge.tail) else _from(router, key, edge, sheet.placed[at], k)
                    before = arrows.get(found.id)
                    arrows[found.id] = found._replace(edges=before.edges + found.edges) if before else found
    for part, band in sheet.row:  # rows without such arrows, as the inputs'
        if (part, None) in sheet.left and not any(name.startswith(_name(part, band)) for name in router.figure.marks):
            placed = next(p for at, p in sheet.placed.items() if at[:2] == (part, band))
            if (part, placed.group.step) != sheet.columns[-1]:  # a readout of the last step alone has no gap
                _mark(router, part, band, "", sheet.at(placed.group.nodes[-1].tensor)[1])
    return list(arrows.values())


def _name(part: int, band: str) -> str:
    return f"gap{part}_{band.replace(' ', '')}"


def _mark(router: Router, part: int, band: str, lane: str, y: float) -> Mark:
    """The dots of a lane, made where first needed."""
    name = _name(part, band) + (f"_{lane}" if lane else "")
    if name not in router.figure.marks:
        at = router.sheet.left[part, None] + GAPWIDTH / 2, y
        router.figure.add(Mark(name, "gap", at, (("\u22ef",),), "steps left out", size=SIZE))
    return router.figure.marks[name]


def _lane(router: Router, tensor: Tensor, lane: object) -> Mark:
    """The dots that stand for a tensor's row, at the height of its way to the next step."""
    sheet, (part, band, _) = router.sheet, router.sheet.home[tensor]
    shown = next(p for at, p in sheet.placed.items() if at[:2] == (part, band))
    k = min(sheet.number[tensor], len(shown.box.at) - 1)
    if is_cell(band) and k in shown.box.exits:
        return _mark(router, part, band, str(lane), shown.origin[1] + shown.box.exits[k][-1][1])
    return _mark(router, part, band, "", shown.origin[1] + shown.box.at[k][1])


def _arrow(router: Router, tail: str, head: str, kind: str, curve: Curve, edge: Edge, label: Point | None = None) -> Arrow:
    points, tip = headed(curve)
    words: Line = (edge.label,) if edge.label and label else ()
    return Arrow(f"{tail}-{head}", tail, head, kind, points, tip, words, label, f"{tail} to {head}", dotted=True, edges=edge.edges)


def _into(router: Router, lane: object, edge: Edge) -> Arrow:
    """From a node shown to the dots."""
    sheet, tail = router.sheet, router.graph.nodes[edge.tail]
    dots, placed = _lane(router, edge.tail, lane), sheet.placed[sheet.home[edge.tail]]
    side = 1 if placed.mirrored else -1
    end = dots.at[0] + side * GAP, dots.at[1]
    start = router.edge_of(edge.tail, placed.mirrored) if is_cell(tail.band) else [router.border(edge.tail, "right")]
    kind = router.kind("before" if is_cell(tail.band) else "in", edge)
    return _arrow(router, tail.id, dots.id, kind, joined(start, sway([start[-1], end])), edge)


def _from(router: Router, key: tuple[str, object], edge: Edge, head: Placed, k: int) -> Arrow:
    """From the dots to a node shown."""
    sheet = router.sheet
    dots, node = _lane(router, edge.tail, key[1]), router.graph.nodes[edge.head]
    curve, label = router.inside(head, head.box.inlets[k, edge.place])
    (x, y), foot = dots.at, curve[0]
    if key[0] == "before":
        side, way = (head.right, -1) if head.mirrored else (head.left, 1)
        path = sway([(x + way * GAP, y), (side, foot[1])])
    elif is_cell(head.group.band):
        level = sheet.bottom[sheet.row[head.group.part, head.group.band]] - CORRIDOR / 2
        channel = head.left - 22
        path = cornered([(x + GAP, y), (channel, y), (channel, level), (foot[0], level), foot])
    else:
        tip = curve[-1]
        return _arrow(router, dots.id, node.id, "plain", cornered([(x, y + SIZE[1] / 2), (x, tip[1]), tip]), edge)
    return _arrow(router, dots.id, node.id, router.kind(key[0], edge), joined(path, curve), edge, label)
