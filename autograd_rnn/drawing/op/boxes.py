"""One step of one cell laid out by itself: where its operations stand, and how what enters it from outside reaches them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_rnn.drawing.curves import HEAD, Curve, joined, line, sway
from autograd_rnn.drawing.figure import Line, Point
from autograd_rnn.drawing.measure import width
from autograd_rnn.drawing.op.graph import Edge, Node
from autograd_rnn.drawing.op.layered import layered
from autograd_rnn.drawing.output.looks import grown
from autograd_rnn.drawing.output.style import MARKS

LOWER, ABOVE, BELOW = 11.0, 12.5, 10.5  # from an arrow with words to the next one below; from an arrow to its words
BESIDE, TRUNK = 24.0, 6.0  # from a leaf to what it enters; how far inputs climb before the states' arrows part
APART = 48.0  # states that enter one above the other
STEEP = math.radians(55)
ROOMY = 40.0  # more from column to column where there are no steps: little is drawn, and it is looked at closely
LETTER, LINES = 6.2, (17.0, 14.0)  # of numbers in a node: how wide one is, and how high its name and each of its lines
KINDS = {"function": "activation", "loss": "criterion"}

Key = tuple[str, Any]  # ("node", number in the box), or a port: ("in", name), ("before", name of a state)


class Inlet(NamedTuple):
    """The last stretch of an arrow, from what it comes from, inside the box or at a port, to the tip of its head."""

    curve: Curve
    label: Point | None


Look = tuple[str, Point]  # a node's kind of mark and its size


class Box(NamedTuple):
    """A laid out step: ``at`` by number in the box, ``inlets`` by (number of the head, place of the input), ``ports`` at its side,
    ``exits`` from a node to the far side, ``looks`` by number."""

    at: list[Point]
    size: Point
    inlets: dict[tuple[int, int], Inlet]
    ports: dict[Key, Point]
    exits: dict[int, Curve]
    looks: list[Look]


def looks(node: Node) -> Look:
    """A node's kind of mark and its size."""
    kind = KINDS.get(node.kind, node.kind)
    if node.kind == "fixed":
        kind = "constant"
    elif kind == "op" and (node.name or len(node.sign) > 3):
        kind = "value"
    elif kind == "constant" and node.name:
        kind = "target"
    if node.numbers:
        words = [width(node.name) if node.name else 0, width(node.bias) + 14 if node.bias else 7.5 * len(node.sign)]
        high = LINES[0] * bool(node.name) + LINES[1] * (len(node.numbers) + bool(node.sign or node.bias))
        return kind, (14 + max(LETTER * node.room, *words), 8 + high)
    wide, high = MARKS[kind]["size"]
    if kind == "variable" and node.name and width(node.name) + 4 > wide:
        wide = 16 + width(node.name)
    if node.name and kind in ("linear", "value", "activation", "constant"):
        wide = max(wide, 16 + width(node.name))
    if node.bias and kind == "linear":
        wide = max(wide, 20 + width(node.bias))
    if node.name and node.name.sup and kind in ("linear", "value", "activation"):
        high += 8.0
    if node.name and kind in ("criterion", "loss"):  # of an octagon the corners are gone
        wide = max(wide, 10 + 1.3 * width(node.name))
    if kind in ("op", "value", "activation", "constant"):
        wide = max(wide, 8 + 7.5 * len(node.sign))
    if kind in ("op", "state"):
        wide = high = max(wide - 2 * (kind == "op"), high, 14 + 7.5 * len(node.sign) * (kind == "state"))
    return kind, (wide, high) if kind == "variable" else grown(lines_of(node), kind, (wide, high))


def lines_of(node: Node) -> tuple[Line, ...]:
    """What is written in a node: its name over its sign, and its numbers."""
    lines: list[Line] = [(node.name,)] if node.name else []
    if node.kind == "linear" or node.kind == "score" and node.bias:
        sums = [("+",)] * (not lines and len(node.tensor.inputs) > 2)  # an empty box would not say that it adds up
        lines += [("+ ", node.bias)] if node.bias else sums
    elif node.sign:
        lines.append((node.sign,))
    return (*lines, *((text,) for text in node.numbers))


def laid_out(
    nodes: Sequence[Node],
    entering: Sequence[Sequence[tuple[Key, Edge]]],
    leaving: Sequence[int],
    upright: bool = False,
    between: float = 0.0,
) -> Box:
    """The box of some nodes, ``entering`` being each one's inputs. ``upright``: its flow is upward, not from left to right, and leaves
    stand beside what they enter. ``between``: what is free before each node, beyond the least."""
    users = {key[1]: k for k, inputs in enumerate(entering) for key, _ in inputs if key[0] == "node"}
    aside = [k for k in users if upright and not nodes[k].tensor.inputs]
    ports = list(dict.fromkeys(key for inputs in entering for key, _ in inputs if key[0] != "node"))
    ports = sorted(ports, key=lambda key: key[0] != "in") if any(key[0] == "before" for key in ports) else []  # inputs lowest
    first, count = len(ports), len(nodes)
    kinds = list(map(looks, nodes))
    shown = [(high, wide) if upright else (wide, high) for _, (wide, high) in kinds]
    several = sum(key[0] == "before" for key in ports) > 1 and not upright
    sizes: list[Point] = [(0.0, APART if several and key[0] == "before" else 16.0) for key in ports] + shown + [(0.0, 16.0)] * len(leaving)
    number = {key: k for k, key in enumerate(ports)} | {("node", k): first + k for k in range(count) if k not in aside}
    edges = [(number[key], first + k) for k, inputs in enumerate(entering) for key, _ in inputs if key in number]
    edges += [(first + k, first + count + n) for n, k in enumerate(leaving)]
    words = [0.0] * first + [0.0 if upright else max(_words(inputs), between * bool(inputs)) for inputs in entering] + [0.0] * len(leaving)
    crowded = [0.0] * first + [_crowded(inputs) for inputs in entering] + [0.0] * len(leaving)
    outer = [(wide, high + more) for (wide, high), more in zip(sizes, crowded, strict=True)]
    flow = layered(outer, edges, range(first), range(first + count, first + count + len(leaving)), words)
    at = flow.at[first : first + count]
    inlets: dict[tuple[int, int], Inlet] = {}
    for k in aside:  # left of an upward arrow is above a level one, until the box is turned
        head = first + users[k]
        at[k] = at[users[k]][0], at[users[k]][1] + (sizes[head][1] + sizes[first + k][1]) / 2 + BESIDE
    for k, inputs in enumerate(entering):
        curves: list[Curve] = []
        for key, _ in inputs:
            source = (-TRUNK, 0.0) if key[0] == "in" else flow.at[number[key]] if key in number else at[key[1]]
            way = flow.through[number[key], first + k] if key in number else []
            curves.append([_start(source, sizes[number[key]]) if key in number else source, *way])
        found = _inlets(nodes, k, at, shown, inputs, curves, words[first + k])
        inlets |= {(k, edge.place): inlet for (_, edge), inlet in zip(inputs, found, strict=True)}
    exits = {}
    for n, k in enumerate(leaving):
        end = flow.at[first + count + n]
        exits[k] = sway([_start(at[k], sizes[first + k]), *flow.through[first + k, first + count + n], end])
    box = Box(at, flow.size, inlets, {key: flow.at[k] for k, key in enumerate(ports)}, exits, kinds)
    return turned(box, lambda p: (flow.size[1] - p[1], p[0]), flow.size[::-1]) if upright else box


def _words(inputs: Sequence[tuple[Key, Edge]]) -> float:
    """The room that the labels of the arrows into a node need before it."""
    return max((width(edge.label) + HEAD + 4 for _, edge in inputs if edge.label), default=0.0)


def _crowded(inputs: Sequence[tuple[Key, Edge]]) -> float:
    """The room that labels need above and below a node."""
    labels = [edge.label for _, edge in inputs if edge.label]
    return 0.0 if len(labels) < 2 else 26.0 if any(label.sup and label.sub for label in labels) else 13.0


def _start(at: Point, size: Point) -> Point:
    return at[0] + size[0] / 2, at[1]


def _inlets(
    nodes: Sequence[Node],
    k: int,
    at: Sequence[Point],
    sizes: Sequence[Point],
    inputs: Sequence[tuple[Key, Edge]],
    curves: Sequence[Sequence[Point]],
    words: float,
) -> list[Inlet]:
    """The arrows into node k: those with words one below the other, what comes from below lowest; the others from where they come."""
    (x, y), left, found = at[k], at[k][0] - sizes[k][0] / 2, []
    order = sorted((n for n, (key, edge) in enumerate(inputs) if edge.label), key=lambda n: (inputs[n][0][0] == "in", -curves[n][-1][1], n))
    for n, (key, edge) in enumerate(inputs):
        points = curves[n]
        twins = [j for j, (other, e) in enumerate(inputs) if other == key and not e.label]
        if key[0] == "node" and key[1] < len(at) and points == [at[key[1]]]:  # a leaf beside it
            curve = line((x, at[key[1]][1] - sizes[key[1]][1] / 2), (x, y + sizes[k][1] / 2))
            found.append(Inlet(curve, None))
        elif edge.label or key[0] == "in":
            shift = -LOWER * order.index(n) if n in order else 0.0
            shift += LOWER * (len(order) - 2) / 2 if len(order) > 2 else 0.0
            tip, run = (left, y + shift), (left - words, y + shift)
            both = 4.0 if edge.label and edge.label.sup and edge.label.sub else 0.0
            away = ABOVE + both if n in order and order.index(n) == 0 else -BELOW - both
            label = (left - (words + HEAD) / 2, y + shift + away) if edge.label else None
            curve = sway([*points, run])
            if key[0] == "in":
                curve = joined(_climb(*points[:2]), sway([*points[1:], run])) if points[1:] else _climb(points[0], run)
            found.append(Inlet(joined(curve, line(run, tip)), label))
        elif len(twins) > 1 and len(points) == 1 and key[0] == "node":
            side = 2 * twins.index(n) - (len(twins) - 1)
            found.append(Inlet(_twin(nodes, key[1], k, at, sizes, side), None))
        else:
            found.append(Inlet(_approach(nodes[k], at[k], sizes[k], points), None))
    return found


def _twin(nodes: Sequence[Node], tail: int, head: int, at: Sequence[Point], sizes: Sequence[Point], side: int) -> Curve:
    """One of several arrows between the same two nodes, bent to its own side."""
    ends = []
    for k, way in ((tail, 1), (head, -1)):
        (x, y), (wide, high) = at[k], sizes[k]
        rise = max(-0.45, min(0.45, side / 4)) * high  # more than three meet on the rim
        inset = wide / 2 * (1 - math.sqrt(1 - (2 * rise / high) ** 2)) if not boxed(nodes[k]) else 0.0
        ends.append((x + way * (wide / 2 - inset), y + rise))
    (x0, y0), (x1, y1) = ends
    pull, bulge = (x1 - x0) / 3, side * min(5.0 + (x1 - x0) / 12, 11.0)
    return [(x0, y0), (x0 + pull, y0 + bulge), (x1 - pull, y1 + bulge), (x1, y1)]


def as_box(node: Node, look: Look) -> bool:
    """Whether a node is a box for what is written in it, whatever it is: numbers, or a long name."""
    kind, (wide, high) = look
    return bool(node.numbers) or kind == "variable" and wide > high


def boxed(node: Node) -> bool:
    """Whether a node's sides are straight."""
    look = looks(node)
    return as_box(node, look) or look[0] in ("linear", "value", "activation", "score", "criterion", "constant")


def _climb(start: Point, end: Point) -> Curve:
    """Upward, then level."""
    (x0, y0), (x1, y1) = start, end
    return [start, (x0, y0 + 0.85 * (y1 - y0)), (x0 + 0.3 * (x1 - x0), y1), end]


def _approach(node: Node, at: Point, size: Point, points: Sequence[Point]) -> Curve:
    """Into a node from where the arrow comes: a circle is met towards its middle, a box at its side."""
    (x, y), (x0, y0) = at, points[-1]
    if boxed(node):
        return sway([*points, (x - size[0] / 2, y + max(-0.22, min(0.22, (y0 - y) / 120)) * size[1])])
    angle = max(-STEEP, min(STEEP, math.atan2(y0 - y, max(x - x0, 1.0)) * 1.6))
    if abs(angle) < 0.02:
        return sway([*points, (x - size[0] / 2, y)])
    way = -math.cos(angle), math.sin(angle)
    tip = x + way[0] * size[0] / 2, y + way[1] * size[1] / 2
    pull = max(math.dist(tip, (x0, y0)) * 0.4, 2.0)
    return [*sway(points)[:-1], (x0, y0), (x0 + pull, y0), (tip[0] + way[0] * pull, tip[1] + way[1] * pull), tip]


def turned(box: Box, turn: Callable[[Point], Point], size: Point) -> Box:
    """The box mirrored, or upright."""

    def all_of(curve: Curve) -> Curve:
        return [turn(p) for p in curve]

    inlets = {k: Inlet(all_of(i.curve), i.label and turn(i.label)) for k, i in box.inlets.items()}
    ports = {key: turn(at) for key, at in box.ports.items()}
    return Box(all_of(box.at), size, inlets, ports, {k: all_of(curve) for k, curve in box.exits.items()}, box.looks)
