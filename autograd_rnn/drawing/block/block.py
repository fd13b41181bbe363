"""The block picture: a scene and its layout as a figure, and in words."""

from __future__ import annotations

from autograd_rnn.drawing.block.layout import place
from autograd_rnn.drawing.block.scene import Node, Scene
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark
from autograd_rnn.drawing.output.dot import visible
from autograd_rnn.drawing.output.style import MARKS, WORDS


def block(scene: Scene) -> Figure:
    """The scene's figure: a circle a state."""
    layout, figure = place(scene), Figure(scene.title, describe(scene))
    for node in scene.nodes.values():
        shown, (a, b) = tuple(scene.tensors.get(node.id, ())), scene.half[node.id]
        size = None if (2 * a, 2 * b) == MARKS[node.kind]["size"] else (2 * a, 2 * b)
        figure.add(Mark(node.id, node.kind, layout.at[node.id], node.lines, tooltip(node, scene), node.step, size, shown))
    for edge, path in zip(scene.edges, layout.paths, strict=True):
        gap = "gap" in (scene.nodes[edge.tail].kind, scene.nodes[edge.head].kind)
        name = f"{edge.tail}-{edge.head}" + (f"-{edge.lane}" if edge.lane else "")
        words = f"{edge.tail} to {edge.head}", f"by {edge.label}" if edge.label else "", scene.delay(edge)
        note = " ".join(filter(None, words))
        label: Line = (edge.label,) if edge.label else ()
        shape = path.points, path.tip, label, path.label
        figure.add(Arrow(name, edge.tail, edge.head, edge.kind, *shape, note, gap, edges=edge.edges))
    figure.texts += layout.texts
    return figure


def tooltip(node: Node, scene: Scene) -> str:
    """What a pointer on the node reads."""
    if node.kind == "gap":
        return "steps left out"
    read = scene.under.get(node.column, "") if node.kind == "input" else ""
    return f"{WORDS[node.kind]} {', '.join(map(str, node.label))}" + (f": {visible(read)}" if read else "")


def describe(scene: Scene) -> str:
    """The picture in words, for those who cannot see it."""
    rows: dict[tuple[str, int, int, int], list[Node]] = {}
    for node in scene.nodes.values():
        if node.kind not in ("gap", "join", "initial"):
            rows.setdefault((node.kind, node.row, node.side, node.part), []).append(node)
    shown = [f"{WORDS[kind]} {_range(nodes)}" for (kind, *_), nodes in rows.items()]
    kinds = {(_letters(scene.nodes[e.tail]), _letters(scene.nodes[e.head]), e.label, scene.delay(e)): None for e in scene.edges}
    arrows = [f"{tail} to {head}{f' by {label}' if label else ''}{f' {delay}' if delay else ''}" for tail, head, label, delay in kinds]
    notes = ["".join(map(str, caption)) for caption in scene.captions]
    time = "One step stands for all" if any(edge.delayed for edge in scene.edges) else "Time runs from left to right"
    return f"{time}. Shown are {'; '.join(shown)}. Arrows: {'; '.join(arrows)}.{''.join(f' {n}.' for n in notes)}"


def _range(nodes: list[Node]) -> str:
    first, last = (" and ".join(map(str, node.label)) for node in (nodes[0], nodes[-1]))
    return first if first == last else f"{first} to {last}"


def _letters(node: Node) -> str:
    return " and ".join(f"{symbol.base}{symbol.sup}" for symbol in node.label)
