"""A figure as a TikZ picture for a plain LaTeX article: the same places, shapes, lines and colours, and labels set by LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Point, Symbol, Text
from autograd_rnn.drawing.measure import text_size
from autograd_rnn.drawing.output.dot import point, visible
from autograd_rnn.drawing.output.latex import MODERN, formula, words
from autograd_rnn.drawing.output.looks import SHEETS, channels, of_arrow, of_frame, of_mark, shade, short
from autograd_rnn.drawing.output.page import FONTS, PLAIN, Page
from autograd_rnn.drawing.output.shapes import POLYGONS, corners, extent, head, in_order, lines_of, rounding, stripes
from autograd_rnn.drawing.output.style import INK, SMALL

FIT = r"\ifdim\width>\linewidth\linewidth\else\width\fi"  # as wide as it is, but no wider than the line
BASE = 0.25  # how far, of its size, a line's middle stands above its base
LARGEST = 15000  # TeX's dimensions end at 16384 points
OUTSIDE = re.compile(r"[^A-Za-z0-9_ -]")  # of what a node may be called
DASHES = {"dashed": "dash pattern=on 5bp off 2bp", "dotted": "dotted"}
SIDES = ("", ", anchor=base west", ", anchor=base east")
NOTHING, BOXES = ("none",), ("box",)


def tikz(figure: Figure, page: Page = PLAIN, factor: float = 1.0, overlays: bool = False) -> str:
    """The figure as LaTeX: it needs the package tikz and no library of it, and shrinks to the line's width, or is so many times
    as large where the page says how wide.

    Marks are nodes by their names, so that ``\\draw (h_1) -- (h_2);`` can follow before the picture ends. ``overlays``: a build-up for
    beamer, each thing from its slide on. Of fonts it knows the document's own, with serifs and, for ``sans``, without.

    Raises ValueError for a figure that is wider or higher than LaTeX can count.
    """
    left, low, right, high = extent(figure)
    far = max(right - left, high - low)
    if far > LARGEST:
        fewer = "draw fewer steps, or leave some out, elide=True"
        raise ValueError(f"LaTeX sets no picture of {far:.0f} points, only up to {LARGEST}: {fewer}")
    drawn = _Drawn(page.theme)
    body = [
        made
        for draw, things in (
            (drawn.frame, figure.frames),
            (drawn.arrow, in_order(figure)),
            (drawn.mark, figure.marks.values()),
            (drawn.text, figure.texts),
        )
        for made in drawn.shown(draw, things, page, overlays)
    ]
    if page.frame is not None:  # the room of what is yet to come
        body.insert(0, rf"\path ({point((left, low))}) rectangle ({point((right, high))});")
    modern = any(MODERN in made for made in body)
    sheet = "" if page.ground in ("transparent", SHEETS["light"]) else rf"\colorbox{{{drawn.colour(page.ground)}}}"
    ink, font = drawn.colour(shade(INK, page.theme)), r"\sffamily" if page.font == FONTS["sans"] else ""
    sized = rf"\resizebox{{{FIT}}}{{!}}" if page.fits else rf"\scalebox{{{factor:.5g}}}"
    return "\n".join(
        [
            *(f"% {remark(line)}" for line in (figure.title, figure.description)),
            rf"% Needs \usepackage{{tikz}}. Lengths are in bp; delete the {sized[: sized.index('{')]} to have them so.",
            rf"{sized}{{%",
            *[r"% It has letters that LuaLaTeX and XeLaTeX set, in a font that has them; pdfLaTeX prints their numbers."] * modern,
            *(rf"\definecolor{{{name}}}{{HTML}}{{{name[1:]}}}%" for name in drawn.colours),
            rf"{sheet}{{\begin{{tikzpicture}}[x=1bp, y=1bp, line cap=butt, line join=miter,",
            rf"  words/.style={{font=\fontsize{{10}}{{12}}\selectfont{font}, text={ink}, anchor=base,",
            r"  inner sep=0pt, outer sep=0pt},",
            *(f"  {name}/.style={{{options}}}," for name, options in drawn.styles.items()),
            "]",
            *body,
            r"\end{tikzpicture}}}",
            "",
        ]
    )


def remark(text: str) -> str:
    """A text as a comment of one line."""
    return visible(text, spaces=False).encode("ascii", "replace").decode()


class _Drawn:
    """What is drawn, with the colours and styles that it uses as they come up."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self.colours: dict[str, None] = {}
        self.styles: dict[str, str] = {}

    def shown(self, draw: Callable[[Any], str], things: Iterable[Any], page: Page, overlays: bool) -> Iterator[str]:
        """The lines of what has come, or of everything from its slide on."""
        for thing in things:
            if overlays and thing.since:
                yield f"\\onslide<{thing.since + 1}->{{%\n{draw(thing)}\n}}"
            elif page.shows(thing):
                yield draw(thing)

    def colour(self, value: str) -> str:
        """A colour's name on this page."""
        name = "c" + "".join(f"{round(255 * part):02X}" for part in channels(value))
        self.colours[name] = None
        return name

    def style(self, name: str, look: dict[str, Any]) -> str:
        """The options that make a thing look as it does, by one name."""
        name, options = name.replace("_", " "), self.options(look)
        known = self.styles.setdefault(name, options)
        return name if known == options else options  # a width or a colour of its own

    def options(self, look: dict[str, Any]) -> str:
        """DOT's attributes of a line and what it encloses as TikZ options. Lines side by side are drawn one on another."""
        styles = look.get("style", "").split(",")
        out = [f"fill={self.colour(look['fillcolor'])}"] if "filled" in styles else []
        *under, (colour, width) = stripes(look, shade(INK, self.theme))
        out += [f"preaction={{draw={self.colour(below)}, line width={broad:g}bp}}" for below, broad in under]
        if width:
            out += [f"draw={self.colour(colour)}", f"line width={width:g}bp"]
        return ", ".join(out + [DASHES[style] for style in styles if style in DASHES])

    def frame(self, frame: Frame) -> str:
        """A box behind the rest."""
        look = of_frame(frame, self.theme)
        (x0, y0), (x1, y1) = frame.low, frame.high
        style = self.style(f"{frame.kind} frame {frame.emphasis}".strip(), look)
        corners = rounded(look, x1 - x0, y1 - y0)
        return rf"\path[{style}{corners}] ({point(frame.low)}) rectangle ({point(frame.high)}); % {remark(frame.id)}"

    def mark(self, mark: Mark) -> str:
        """A node: its outline, then its lines."""
        look = of_mark(mark, self.theme)
        outline = outlined(look, mark.at)
        style = self.style(f"{mark.look or mark.kind} mark {mark.emphasis}".strip(), look) if outline else ""
        parts = [rf"\path[{style}{rounded(look, *look['size'])}] {outline};"] if outline else [rf"\path ({point(mark.at)});"]
        parts += [self.line(line, middle, size, look.get("fontcolor")) for line, middle, size in lines_of(mark, look)]
        parts += [self.node(mark, look)] if outline else []
        return " ".join([*parts, f"% {remark(mark.id)}"])

    def node(self, mark: Mark, look: dict[str, Any]) -> str:
        """A node that nobody sees where the mark stands, with its name: what is drawn from it begins at the mark's border."""
        width, height = look["size"]
        shape = "circle, " if look["shape"] == "circle" else ""
        room = f"inner sep=0pt, minimum width={width:g}bp, minimum height={height:g}bp"
        return rf"\node[{shape}{room}] ({OUTSIDE.sub('-', mark.id)}) at ({point(mark.at)}) {{}};"

    def arrow(self, arrow: Arrow) -> str:
        """A curve, its head, and its label."""
        look = of_arrow(arrow, self.theme)
        name = f"{arrow.kind} arrow {arrow.emphasis}".strip()
        parts = [rf"\path[{self.style(name, look)}] {curve(arrow.points)};"]
        if look.get("arrowhead") != "none":
            colour, empty = look["color"].split(":")[0], look.get("arrowhead") == "empty"
            filled = dict(style="filled", fillcolor=SHEETS[self.theme] if empty else colour, color=colour, penwidth=look["penwidth"])
            parts.append(rf"\path[{self.style(name + ' head', filled)}] {closed(head(arrow, look))};")
        if arrow.label and arrow.label_at:
            parts.append(self.line(short(arrow.label), arrow.label_at, SMALL, look.get("fontcolor")))
        return " ".join([*parts, f"% {remark(arrow.id)}"])

    def text(self, text: Text) -> str:
        """Words for themselves."""
        parts = tuple(visible(part) if text.kind == "label" and isinstance(part, str) else part for part in text.parts)
        return self.line(parts, text.at, text_size(text), None, text.kind == "heading", text.side)

    def line(self, line: Line, middle: Point, size: float, colour: str | None = None, bold: bool = False, side: int = 0) -> str:
        """A line of words and symbols round a point, or to one side of it."""
        said = "".join(f"${formula(part)}$" if isinstance(part, Symbol) else words(part) for part in line)
        options = f"words, scale={size / 10:g}{SIDES[side]}" + (f", text={self.colour(colour)}" if colour else "")
        said = rf"\bfseries {said}" if bold else said
        return rf"\node[{options}] at ({point((middle[0], middle[1] - BASE * size))}) {{{said}}};"


def rounded(look: dict[str, Any], width: float, height: float) -> str:
    """The option that rounds a box's corners as Graphviz does."""
    radius = rounding(look, width, height)
    return f", rounded corners={radius:g}bp" if radius else ""


def outlined(look: dict[str, Any], at: Point) -> str:
    """A mark's outline as a path; none for words alone."""
    (x, y), (width, height), shape = at, look["size"], look["shape"]
    if shape in NOTHING:
        return ""
    if shape in POLYGONS:
        return closed(corners(look, at))
    if shape == "circle":
        return f"({point(at)}) circle[radius={width / 2:g}]"
    if shape == "ellipse":
        return f"({point(at)}) ellipse[x radius={width / 2:g}, y radius={height / 2:g}]"
    return f"({point((x - width / 2, y - height / 2))}) rectangle ({point((x + width / 2, y + height / 2))})"


def curve(points: tuple[Point, ...]) -> str:
    """A chain of Bézier curves; a straight one as a line."""
    path = f"({point(points[0])})"
    for k in range(1, len(points) - 2, 3):
        (x0, y0), (x1, y1) = points[k - 1], points[k + 2]
        off = max(abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) for x, y in points[k : k + 2])
        a, b, end = (f"({point(at)})" for at in points[k : k + 3])
        path += f" -- {end}" if off < 0.01 * math.dist(points[k - 1], points[k + 2]) else f" .. controls {a} and {b} .. {end}"
    return path


def closed(points: Iterable[Point]) -> str:
    """A polygon."""
    return " -- ".join(f"({point(at)})" for at in points) + " -- cycle"
