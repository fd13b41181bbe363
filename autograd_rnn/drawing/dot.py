"""A figure in the DOT language, every position fixed: layout ``nop2``, the same in any Graphviz tool."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Symbol, Text
from autograd_rnn.drawing.style import ARROWS, FONT, FRAMES, INK, MARKS, SIZE, SMALL

NOTHING = "\u00a0"  # an empty cell needs something in it
VISIBLE = {" ": "\u2423", "\n": "\u21b5", "\t": "\u21e5"}


def dot(figure: Figure) -> str:
    """The figure as DOT text: frames behind, arrows, marks, then words."""
    page = attributes(layout="nop2", bgcolor="white", pad=0.15, outputorder="edgesfirst", fontname=FONT, tooltip=figure.title)
    lines = [
        f"digraph {quoted(figure.title)} {{",
        f"graph [{page}]",
        f"node [{attributes(fixedsize='true', fontname=FONT, fontsize=SIZE, fontcolor=INK, color=INK)}]",
        f"edge [{attributes(fontname=FONT, fontsize=SMALL, fontcolor=INK, arrowsize=0.7)}]",
        *map(_frame, figure.frames),
        *map(_mark, figure.marks.values()),
        *map(_arrow, figure.arrows),
        *(_text(k, text) for k, text in enumerate(figure.texts)),
    ]
    return "\n".join([*lines, "}", ""])


def _frame(frame: Frame) -> str:
    """A box behind the marks, as a cluster round a point that nobody sees: only clusters are drawn before arrows."""
    look = FRAMES[frame.kind] | ({"fillcolor": frame.fill} if frame.fill else {})
    (x0, y0), (x1, y1) = frame.low, frame.high
    box = ",".join(point(corner) for corner in (frame.low, frame.high))
    about = attributes(**look, bb=box, id=frame.id, tooltip=frame.tip, **{"class": frame.kind})
    inside = attributes(style="invis", width=0, height=0, label="", pos=point(((x0 + x1) / 2, (y0 + y1) / 2)) + "!")
    return f"subgraph {quoted('cluster_' + frame.id)} {{ graph [{about}]; {quoted(frame.id + '_inside')} [{inside}] }}"


def _mark(mark: Mark) -> str:
    look = dict(MARKS[mark.kind])
    width, height = mark.size or look.pop("size")
    look.pop("size", None)
    lift = look.pop("lift", 0.0)
    several = len(mark.label) > 1
    if several:
        look.setdefault("fontsize", 14)
    if several:
        label = f"<{stacked([part for line in mark.label for part in line if isinstance(part, Symbol)], 8)}>"
    else:
        plain = not mark.label or all(isinstance(part, str) for part in mark.label[0])
        label = quoted("".join(str(part) for line in mark.label for part in line)) if plain else f"<{line_html(mark.label[0], SIZE)}>"
    x, y = mark.at
    look |= dict(width=round(width / 72, 4), height=round(height / 72, 4), pos=point((x, y + lift)) + "!")
    about = attributes(**look, id=mark.id, tooltip=mark.tip, **{"class": mark.kind})
    return f"{quoted(mark.id)} [{about}, label={label}]"


def _arrow(arrow: Arrow) -> str:
    look = ARROWS[arrow.kind] | ({"style": "dotted"} if arrow.dotted else {}) | ({"penwidth": arrow.width} if arrow.width else {})
    pos = " ".join([f"e,{point(arrow.tip)}", *map(point, arrow.points)])
    at = f", lp={quoted(point(arrow.label_at))}" if arrow.label_at else ""
    label = f", label=<{line_html(arrow.label, SMALL)}>{at}" if arrow.label and at else ""
    about = attributes(**look, pos=pos, id=arrow.id, tooltip=arrow.note, labeltooltip=arrow.note)
    return f"{quoted(arrow.tail)} -> {quoted(arrow.head)} [{about}, {attributes(**{'class': arrow.kind})}{label}]"


def _text(number: int, text: Text) -> str:
    size = SMALL if text.kind == "caption" else 16
    label = "".join(inline(visible(part) if text.kind == "label" and isinstance(part, str) else part, size) for part in text.parts)
    label = f"<B>{label}</B>" if text.kind == "heading" else label
    place = dict(shape="none", fixedsize="false", width=0, height=0, margin=0, pos=point(text.at) + "!")
    about = attributes(**place, fontsize=size, tooltip="".join(map(str, text.parts)))
    return f"text_{number} [{about}, label=<{label}>]"


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


def line_html(line: Line, size: int) -> str:
    """A line as an HTML-like label; a lone symbol's superscript stands above its subscript."""
    first = line[0]
    if len(line) == 1 and isinstance(first, Symbol) and first.sup and first.sub:
        return stacked([first], size - 7 if size > 16 else 9)
    return "".join(inline(part, size) for part in line)


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
