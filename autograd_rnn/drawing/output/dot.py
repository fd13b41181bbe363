"""A figure in the DOT language, every position fixed: layout ``nop2``, the same in any Graphviz tool."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Symbol, Text
from autograd_rnn.drawing.measure import text_box, text_size
from autograd_rnn.drawing.output.hover import tip
from autograd_rnn.drawing.output.looks import label_sizes, of_arrow, of_frame, of_mark, shade, short
from autograd_rnn.drawing.output.page import PLAIN, Page
from autograd_rnn.drawing.output.style import INK, SIZE, SMALL
from autograd_rnn.visible import unseen

NOTHING = "\u00a0"  # an empty cell needs something in it
TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
PICTURES = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421, 0x0A: 0x21B5, 0x09: 0x21E5}  # of what cannot be seen
QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\" * 4, '"': '\\"', "\n": "\\n"})


def dot(figure: Figure, page: Page = PLAIN, size: str = "") -> str:
    """The figure as DOT text: frames behind, arrows, marks, then words. ``size``: the most that it may take, as DOT has it."""
    font, ink = page.font, shade(INK, page.theme)
    about = dict(layout="nop2", bgcolor=page.ground, pad=0.15, margin=0) | ({"size": size} if size else {})
    sheet = attributes(**about, outputorder="edgesfirst", fontname=font, tooltip=figure.title)
    lines = [
        f"digraph {quoted(figure.title)} {{",
        f"graph [{sheet}]",
        f"node [{attributes(fixedsize='true', fontname=font, fontsize=SIZE, fontcolor=ink, color=ink)}]",
        f"edge [{attributes(fontname=font, fontsize=SMALL, fontcolor=ink, arrowsize=0.7)}]",
        *(_frame(frame, page) for frame in figure.frames),
        *(_mark(mark, page) for mark in figure.marks.values()),
        *(_arrow(arrow, page) for arrow in figure.arrows),
        *(_text(k, text, page) for k, text in enumerate(figure.texts)),
    ]
    return "\n".join([*lines, "}", ""])


def _frame(frame: Frame, page: Page) -> str:
    """A box behind the marks, as a cluster round a point that nobody sees: only clusters are drawn before arrows."""
    (x0, y0), (x1, y1) = frame.low, frame.high
    box = ",".join(point(corner) for corner in (frame.low, frame.high))
    look = of_frame(frame, page.theme) | page.unseen(frame)
    about = attributes(**look, bb=box, id=frame.id, tooltip=frame.tip, **{"class": frame.kind})
    inside = attributes(style="invis", width=0, height=0, label="", pos=point(((x0 + x1) / 2, (y0 + y1) / 2)) + "!")
    return f"subgraph {quoted('cluster_' + frame.id)} {{ graph [{about}]; {quoted(frame.id + '_inside')} [{inside}] }}"


def _mark(mark: Mark, page: Page) -> str:
    """A node where it stands."""
    look = of_mark(mark, page.theme) | page.unseen(mark)
    mark = mark._replace(label=tuple(map(short, mark.label)))
    sizes = label_sizes(mark, look)
    (width, height), lift, _ = look.pop("size"), look.pop("lift"), look.pop("sizes", None)
    if sizes and sizes[0] != look.get("fontsize", SIZE):
        look["fontsize"] = sizes[0]
    x, y = mark.at
    look |= dict(width=round(width / 72, 4), height=round(height / 72, 4), pos=point((x, y + lift)) + "!")
    about = attributes(**look, id=mark.id, tooltip=tip(mark), **{"class": mark.kind})
    return f"{quoted(mark.id)} [{about}, label={_label(mark, sizes)}]"


def _label(mark: Mark, sizes: list[float]) -> str:
    """A mark's lines: words alone, a line of symbols and words, symbols one above the other, or lines of both."""
    lines = mark.label
    if len(lines) < 2 and all(isinstance(part, str) for line in lines for part in line):
        return quoted("".join(str(part) for line in lines for part in line))
    if len(lines) == 1:
        return f"<{line_html(lines[0], sizes[0])}>"
    column = [line[0] for line in lines if len(line) == 1 and isinstance(line[0], Symbol)]
    if len(column) == len(lines) and len(set(sizes)) == 1:
        return f"<{stacked(column, round(0.57 * sizes[0]))}>"
    cell = '<TR><TD><FONT POINT-SIZE="{:g}">{}</FONT></TD></TR>'
    rows = "".join(cell.format(size, line_html(line, size, 0.5)) for line, size in zip(lines, sizes, strict=True))
    return f"<{TABLE}{rows}</TABLE>>"


def _arrow(arrow: Arrow, page: Page) -> str:
    """An edge with its own curve. Graphviz draws edges from node to node, so a later one may lie under an earlier one."""
    look = of_arrow(arrow, page.theme) | page.unseen(arrow)
    headed = look.get("arrowhead") != "none"
    pos = " ".join([f"e,{point(arrow.tip)}"] * headed + [point(at) for at in arrow.points])
    at = f", lp={quoted(point(arrow.label_at))}" if arrow.label_at else ""
    label = f", label=<{line_html(short(arrow.label), SMALL)}>{at}" if arrow.label and at else ""
    about = attributes(**look, pos=pos, id=arrow.id, tooltip=arrow.note)
    return f"{quoted(arrow.tail)} -> {quoted(arrow.head)} [{about}, {attributes(**{'class': arrow.kind})}{label}]"


def _text(number: int, text: Text, page: Page) -> str:
    size = text_size(text)
    parts = tuple(visible(part) if text.kind == "label" and isinstance(part, str) else part for part in text.parts)
    label = "".join(inline(part, size) for part in parts) if text.kind == "heading" else line_html(parts, size)
    label = f"<B>{label}</B>" if text.kind == "heading" else label
    (left, _), (right, _) = text_box(text)
    if text.side:  # a cell as wide as the words may be, which they begin or end
        align = "LEFT" if text.side > 0 else "RIGHT"
        label = f'{TABLE}<TR><TD ALIGN="{align}" WIDTH="{right - left:.0f}">{label}</TD></TR></TABLE>'
    at = (left + right) / 2, text.at[1]
    place = page.unseen(text) | dict(shape="none", fixedsize="false", width=0, height=0, margin=0, pos=point(at) + "!")
    about = attributes(**place, fontsize=size, tooltip="".join(map(str, text.parts)))
    return f"text_{number} [{about}, label=<{label}>]"


def point(at: tuple[float, float]) -> str:
    """``x,y`` in points, as DOT has places."""
    return ",".join(f"{round(v, 2) + 0.0:g}" for v in at)


def attributes(**values: Any) -> str:
    """``a="1", b="2"``, as DOT has them."""
    return ", ".join(f"{name}={quoted(str(value))}" for name, value in values.items())


def quoted(text: str) -> str:
    """A DOT string that reads as the text: without escapes and entities of DOT's own, which undoes escapes twice over."""
    if not text.isprintable():
        text = "\n".join(visible(line, spaces=False) for line in text.split("\n"))
    return f'"{text.translate(QUOTED)}"'


def visible(text: str, spaces: bool = True) -> str:
    """A text with what cannot be seen or written made visible.

    >>> visible("a b")
    'a␣b'
    """
    text = text.encode("utf-8", "replace").decode()  # half a character is a question mark
    return unseen().sub("\ufffd", text.translate(PICTURES | {0x20: 0x2423} if spaces else PICTURES))


def line_html(line: Line, size: float, most: float = 0.7) -> str:
    """A line as an HTML-like label; a superscript stands above its subscript, each at ``most`` so large: both may be higher than a line."""
    symbols = [part for part in line if isinstance(part, Symbol)]
    small = min(size - 7 if size > 16 else 9, most * size)
    if len(line) == 1 and symbols and symbols[0].sup and symbols[0].sub:
        return stacked(symbols, small)
    if not any(symbol.sup and symbol.sub for symbol in symbols):
        return "".join(inline(part, size) for part in line)
    upper = lower = ""
    for part in line:
        two = part if isinstance(part, Symbol) and part.sup and part.sub else None
        spelt = inline(Symbol(two.base) if two else part.replace(" ", NOTHING) if isinstance(part, str) else part, size)
        upper += f'<TD ROWSPAN="2">{spelt}</TD>{_small(two.sup, small) if two else ""}'
        lower += _small(two.sub, small) if two else ""
    return f"{TABLE}<TR>{upper}</TR><TR>{lower}</TR></TABLE>"


def stacked(symbols: Sequence[Symbol], size: float) -> str:
    """Symbols one above the other, each with its superscript above its subscript."""
    rows = "".join(
        f'<TR><TD ROWSPAN="2" ALIGN="RIGHT"><I>{escape(symbol.letter)}</I></TD>{_small(symbol.sup, size)}</TR>'
        f"<TR>{_small(symbol.sub, size)}</TR>"
        for symbol in symbols
    )
    return f"{TABLE}{rows}</TABLE>"


def _small(text: str, size: float) -> str:
    return f'<TD ALIGN="LEFT"><FONT POINT-SIZE="{size:g}">{escape(text or NOTHING)}</FONT></TD>'


def inline(part: Symbol | str, size: float) -> str:
    """A symbol, or words, within a line."""
    if isinstance(part, str):
        return escape(part)
    small = f'<{{0}}><FONT POINT-SIZE="{0.75 * size:g}">{{1}}</FONT></{{0}}>'
    raised = [small.format(tag, escape(text)) for tag, text in (("SUP", part.sup), ("SUB", part.sub)) if text]
    return f"<I>{escape(part.letter)}</I>{''.join(raised)}"


def escape(text: str) -> str:
    """A text within an HTML-like label: markup and DOT's own escapes are only text."""
    return html.escape(text).replace("\\", "<FONT>&#92;</FONT>")
