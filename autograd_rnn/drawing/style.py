"""How a picture looks, and its DOT text. Shape and line style say what colour says: the pictures are printed in grey, too."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from autograd_rnn.drawing.layout import DOT, RADIUS, Layout, Path
from autograd_rnn.drawing.scene import Edge, Node, Scene, Symbol

FONT, SIZE, SMALL = "Times,serif", 17, 14  # points; sub- and superscripts are set smaller again by the renderer
INK = "#222222"
# Okabe and Ito's palette, which colour-blind readers tell apart: its colours for lines, its tints under letters.
NODES: dict[str, dict[str, Any]] = {
    "input": dict(shape="circle", style="filled", fillcolor="#D3EBF9", penwidth=1),
    "state": dict(shape="circle", style="filled", fillcolor="#B8E3D6", penwidth=2),
    "initial": dict(shape="circle", style="filled,dashed", fillcolor="#F2F2F2", penwidth=1),
    "score": dict(shape="box", style="filled,rounded", fillcolor="#FBF6BD", penwidth=1),
    "loss": dict(shape="octagon", style="filled", fillcolor="#F5CDB2", penwidth=1),
    "join": dict(shape="circle", style="filled", fillcolor=INK, penwidth=1),
    "gap": dict(shape="none"),
}
EDGES: dict[str, dict[str, Any]] = {
    "input": dict(color=INK, penwidth=1),
    "readout": dict(color=INK, penwidth=1),
    "plain": dict(color=INK, penwidth=1),
    "recurrent": dict(color="#D55E00", penwidth=2.2),
    "carry": dict(color="#0072B2:white:#0072B2", penwidth=1.3),
    "feedback": dict(color="#CC79A7", penwidth=1.6, arrowhead="empty"),
}
WORDS = {"input": "input", "state": "state", "initial": "initial state", "score": "scores", "loss": "loss", "join": "side by side"}
NOTHING = "\u00a0"  # an empty cell needs something in it
VISIBLE = {" ": "\u2423", "\n": "\u21b5", "\t": "\u21e5"}


def dot(scene: Scene, layout: Layout) -> str:
    """The picture in the DOT language, every position fixed (layout ``nop2``)."""
    page = attributes(layout="nop2", bgcolor="white", pad=0.15, outputorder="edgesfirst", fontname=FONT, tooltip=scene.title)
    lines = [
        f"digraph {quoted(scene.title)} {{",
        f"graph [{page}]",
        f"node [{attributes(fixedsize='true', fontname=FONT, fontsize=SIZE, fontcolor=INK, color=INK)}]",
        f"edge [{attributes(fontname=FONT, fontsize=SMALL, fontcolor=INK, arrowsize=0.7)}]",
        *(_node(node, scene, layout) for node in scene.nodes.values()),
        *(_edge(edge, scene, path) for edge, path in zip(scene.edges, layout.paths, strict=True)),
    ]
    for k, text in enumerate(layout.texts):
        words = "".join(map(str, text.parts))
        size = SMALL if text.kind == "caption" else 16
        label = "".join(inline(visible(part) if text.kind == "label" and isinstance(part, str) else part, size) for part in text.parts)
        label = f"<B>{label}</B>" if text.kind == "heading" else label
        at = dict(shape="none", fixedsize="false", width=0, height=0, margin=0, pos=point(text.at) + "!")
        kind = attributes(**at, fontsize=size, tooltip=words)
        lines.append(f"text_{k} [{kind}, label=<{label}>]")
    return "\n".join([*lines, "}", ""])


def _node(node: Node, scene: Scene, layout: Layout) -> str:
    size = 2 * (DOT if node.kind == "join" else RADIUS) / 72
    upward, several = node.label[::-1], len(node.label) > 1
    label = stacked(upward, 8) if several else symbol_html(node.label[0], SIZE)
    text = {"join": '""', "gap": '"\u22ef"'}.get(node.kind, f"<{label}>")
    x, y = layout.at[node.id]
    look = NODES[node.kind] | dict(width=round(size, 4), height=round(size, 4))
    look |= {"fontsize": 26} if node.kind == "gap" else {"fontsize": 14} if several else {}
    look["pos"] = point((x, y + 2.5 if node.kind == "gap" else y)) + "!"  # an ellipsis hangs below its line's middle
    return f"{quoted(node.id)} [{attributes(**look, id=node.id, tooltip=tooltip(node, scene), **{'class': node.kind})}, label={text}]"


def _edge(edge: Edge, scene: Scene, path: Path) -> str:
    gap = "gap" in (scene.nodes[edge.tail].kind, scene.nodes[edge.head].kind)
    look = EDGES[edge.kind] | ({"style": "dotted"} if gap else {})
    by = f" by {edge.label}" if edge.label else ""
    name = f"{edge.tail}-{edge.head}" + (f"-{edge.lane}" if edge.lane else "")
    pos = " ".join([f"e,{point(path.tip)}", *map(point, path.points)])
    note = f"{edge.tail} to {edge.head}{by}"
    label = f", label=<{symbol_html(edge.label, SMALL)}>, lp={quoted(point(path.label))}" if edge.label and path.label else ""
    about = attributes(**look, pos=pos, id=name, tooltip=note, labeltooltip=note)
    return f"{quoted(edge.tail)} -> {quoted(edge.head)} [{about}, {attributes(**{'class': edge.kind})}{label}]"


def tooltip(node: Node, scene: Scene) -> str:
    """What a pointer on the node reads."""
    if node.kind == "gap":
        return "steps left out"
    read = scene.under.get(node.column, "") if node.kind == "input" else ""
    return f"{WORDS[node.kind]} {', '.join(map(str, node.label))}" + (f": {visible(read)}" if read else "")


def point(at: tuple[float, float]) -> str:
    return ",".join(f"{round(v, 2) + 0.0:g}" for v in at)


def attributes(**values: Any) -> str:
    """``a="1", b="2"``, as DOT has them."""
    return ", ".join(f"{name}={quoted(str(value))}" for name, value in values.items())


def quoted(text: str) -> str:
    """A DOT string that reads as the text: without escapes and entities of DOT's own, which undoes escapes twice over."""
    text = html.escape(visible(text, spaces=False), quote=False).replace("\\", "\\" * 4).replace('"', '\\"')
    return f'"{text}"'


def visible(text: str, spaces: bool = True) -> str:
    """A text with what cannot be seen or written made visible.

    >>> visible("a b")
    'a␣b'
    """
    text = text.encode("utf-8", "replace").decode()
    signs = VISIBLE if spaces else {}
    return "".join(signs.get(c, chr(0x2400 + ord(c)) if c < " " else "\u2421" if c == "\x7f" else c) for c in text)


def symbol_html(symbol: Symbol, size: int) -> str:
    """A symbol as an HTML-like label; a superscript stands above its subscript."""
    return stacked([symbol], size - 7 if size > 16 else 9) if symbol.sup and symbol.sub else inline(symbol, size)


def stacked(symbols: Sequence[Symbol], size: int) -> str:
    """Symbols one above the other, each with its superscript above its subscript."""

    def small(text: str) -> str:
        return f'<TD ALIGN="LEFT"><FONT POINT-SIZE="{size}">{escape(text or NOTHING)}</FONT></TD>'

    rows = "".join(
        f'<TR><TD ROWSPAN="2"><I>{escape(symbol.base)}</I></TD>{small(symbol.sup)}</TR><TR>{small(symbol.sub)}</TR>' for symbol in symbols
    )
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def inline(part: Symbol | str, size: int) -> str:
    """A symbol, or words, within a line."""
    if isinstance(part, str):
        return escape(part)
    small = f'<{{0}}><FONT POINT-SIZE="{0.75 * size:g}">{{1}}</FONT></{{0}}>'
    raised = [small.format(tag, escape(text)) for tag, text in (("SUP", part.sup), ("SUB", part.sub)) if text]
    return f"<I>{escape(part.base)}</I>{''.join(raised)}"


def escape(text: str) -> str:
    """A text within an HTML-like label: markup and DOT's own escapes are only text."""
    return html.escape(text).replace("\\", "<FONT>&#92;</FONT>")


def describe(scene: Scene) -> str:
    """The picture in words, for those who cannot see it."""
    rows: dict[tuple[str, int, int, int], list[Node]] = {}
    for node in scene.nodes.values():
        if node.kind not in ("gap", "join", "initial"):
            rows.setdefault((node.kind, node.row, node.side, node.part), []).append(node)
    shown = [f"{WORDS[kind]} {_range(nodes)}" for (kind, *_), nodes in rows.items()]
    kinds = {(_letters(scene.nodes[e.tail]), _letters(scene.nodes[e.head]), e.label): None for e in scene.edges}
    arrows = [f"{tail} to {head}{f' by {label}' if label else ''}" for tail, head, label in kinds]
    notes = ["".join(map(str, caption)) for caption in scene.captions]
    return f"Time runs from left to right. Shown are {'; '.join(shown)}. Arrows: {'; '.join(arrows)}.{''.join(f' {n}.' for n in notes)}"


def _range(nodes: list[Node]) -> str:
    first, last = (" and ".join(map(str, node.label)) for node in (nodes[0], nodes[-1]))
    return first if first == last else f"{first} to {last}"


def _letters(node: Node) -> str:
    return " and ".join(f"{symbol.base}{symbol.sup}" for symbol in node.label)
