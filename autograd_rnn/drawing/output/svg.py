"""A figure as SVG, needing nothing but a browser: every mark, arrow and frame a group with its words, every line of text in one piece.

Lines are centred by who shows them, so that no letter is measured here; only under a raised script a lowered one starts where that is
taken to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Point, Symbol, Text
from autograd_rnn.drawing.measure import SCRIPT, advance, breadth, text_size
from autograd_rnn.drawing.output.dot import visible
from autograd_rnn.drawing.output.hover import tip
from autograd_rnn.drawing.output.looks import SHEETS, of_arrow, of_frame, of_mark, shade, short
from autograd_rnn.drawing.output.page import PLAIN, Page
from autograd_rnn.drawing.output.shapes import POLYGONS, SLIM, corners, extent, head, in_order, lines_of, rounding, stripes
from autograd_rnn.drawing.output.style import INK, SMALL

PAD = 10.8  # around the whole
BASE = 0.3  # how far, of its size, a line's middle stands above its base
LOWERED, RAISED = 0.21, -0.38  # how far a script's base is below the line's, of the line's size
ANCHORS = ("", ' text-anchor="start"', ' text-anchor="end"')  # of words in the middle, to the right and to the left of their point
DASHES = {"dashed": "5,2", "dotted": "1,5"}
MITER = (1 + SLIM**2) ** 0.5 / (2 * SLIM)  # how far an outline goes beyond a head's tip, of its width


class Sheet(NamedTuple):
    """What a figure takes: its upper left corner, its width and height, and the size of its smallest letters but for scripts."""

    left: float
    high: float
    width: float
    height: float
    smallest: float


def svg(figure: Figure, page: Page = PLAIN, moving: bool = False) -> str:
    """The figure as a file of its own: frames behind, arrows, marks, then words. ``moving``: a build-up that runs by itself, again and
    again."""
    drawn = _Drawn(figure, page, moving)
    left, high, width, height, smallest = drawn.sheet
    factor = page.factor(width, smallest)
    size = f'width="{number(factor * width)}pt" height="{number(factor * height)}pt" '
    size += f'viewBox="{number(left)} {number(-high)} {number(width)} {number(height)}"'
    usual = f'font-size="{SMALL}" fill="{drawn.ink}" text-anchor="middle"'  # of words
    ground = [] if page.clear else [f'<rect class="sheet" fill="{page.ground}" {box((left, high), width, height)}/>']
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} font-family="{page.font}" {usual}>',
        f"<title>{said(figure.title)}</title>",
        f"<desc>{said(figure.description)}</desc>",
        *(build_up(figure) if moving else ()),
        *ground,
        *drawn.body,
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def sheet(figure: Figure) -> Sheet:
    """How much room a figure takes."""
    return _Drawn(figure, PLAIN).sheet


def build_up(figure: Figure) -> list[str]:
    """The style by which things come one after another; the last frame stays as long as three."""
    last = max(thing.since for thing in figure.things())
    lines = []
    for k in range(1, last + 1):
        share = f"{100 * k / (last + 3):.2f}%"
        lines.append(f".since{k}{{animation:since{k} {last + 3}s step-end infinite}}")
        lines.append(f"@keyframes since{k}{{0%{{visibility:hidden}}{share}{{visibility:visible}}}}")
    return [f"<style>{''.join(lines)}</style>"]


class _Drawn:
    """A figure's things as SVG has them, and how far to the left and to the right its words go."""

    def __init__(self, figure: Figure, page: Page, moving: bool = False) -> None:
        self.page, self.moving, self.theme, self.ink = page, moving, page.theme, shade(INK, page.theme)
        self.lefts: list[float] = []
        self.rights: list[float] = []
        self.sizes: list[float] = []
        self.body = [
            *self.shown(self.frame, figure.frames),
            *self.shown(self.arrow, in_order(figure)),
            *self.shown(self.mark, figure.marks.values()),
            *self.shown(self.text, figure.texts),
        ]
        left, low, right, high = extent(figure)
        left, right = min([left, *self.lefts]) - PAD, max([right, *self.rights]) + PAD
        self.sheet = Sheet(left, high + PAD, right - left, high - low + 2 * PAD, min(self.sizes, default=SMALL))

    def shown(self, draw: Callable[[Any], str], things: Iterable[Any]) -> Iterator[str]:
        """What is drawn of things; what has not come is measured alone."""
        for thing in things:
            drawn = draw(thing)
            if self.moving and thing.since:
                yield f'<g class="since{thing.since}">{drawn}</g>'
            elif self.page.shows(thing):
                yield drawn

    def frame(self, frame: Frame) -> str:
        """A box behind the rest."""
        look, (x, y), (x1, y1) = of_frame(frame, self.theme), frame.low, frame.high
        radius = rounding(look, x1 - x, y1 - y)
        outline = self.strokes("rect", look, box((x, y1), x1 - x, y1 - y) + f' rx="{number(radius)}"' * bool(radius))
        return group(frame.id, "cluster", frame.kind, frame.tip, outline)

    def mark(self, mark: Mark) -> str:
        """A node: its outline, then its lines."""
        look = of_mark(mark, self.theme)
        lines = [self.line(line, middle, size, look.get("fontcolor")) for line, middle, size in lines_of(mark, look)]
        return group(mark.id, "node", mark.kind, tip(mark), [*self.outlined(look, mark.at), *lines])

    def arrow(self, arrow: Arrow) -> str:
        """A curve, its head, and its label."""
        look = of_arrow(arrow, self.theme)
        parts = self.strokes("path", look, f'd="M{place(arrow.points[0])}C{" ".join(map(place, arrow.points[1:]))}"')
        if look.get("arrowhead") != "none":
            colour = look["color"].split(":")[0]
            filled = SHEETS[self.theme] if look.get("arrowhead") == "empty" else colour
            solid = dict(style="filled", fillcolor=filled, color=colour, penwidth=look["penwidth"])
            parts += self.strokes("polygon", solid, f'points="{" ".join(map(place, drawn_back(head(arrow, look), look["penwidth"])))}"')
        if arrow.label and arrow.label_at:
            parts.append(self.line(short(arrow.label), arrow.label_at, SMALL, look.get("fontcolor")))
        return group(arrow.id, "edge", arrow.kind, arrow.note, parts)

    def text(self, text: Text) -> str:
        """Words for themselves."""
        parts = tuple(visible(part) if text.kind == "label" and isinstance(part, str) else part for part in text.parts)
        return self.line(parts, text.at, text_size(text), None, text.kind == "heading", text.side)

    def outlined(self, look: dict[str, Any], at: Point) -> list[str]:
        """A mark's outline; none for words alone."""
        (x, y), (width, height), shape = at, look["size"], look["shape"]
        if shape == "none":
            return []
        if shape in POLYGONS:
            return self.strokes("polygon", look, f'points="{" ".join(map(place, corners(look, at)))}"')
        if shape in ("circle", "ellipse"):
            radii = f'rx="{number(width / 2)}" ry="{number(height / 2)}"'
            return self.strokes("ellipse", look, f'cx="{number(x)}" cy="{number(-y)}" {radii}')
        radius = rounding(look, width, height)
        rounded = f' rx="{number(radius)}"' * bool(radius)
        return self.strokes("rect", look, box((x - width / 2, y + height / 2), width, height) + rounded)

    def strokes(self, tag: str, look: dict[str, Any], where: str) -> list[str]:
        """A shape, once for each stripe of its line."""
        styles = look.get("style", "").split(",")
        fill = look["fillcolor"] if "filled" in styles else "none"
        dashes = "".join(f' stroke-dasharray="{DASHES[style]}"' for style in styles if style in DASHES)
        drawn = []
        for colour, width in stripes(look, self.ink):
            line = f' stroke="{colour}"' + (f' stroke-width="{width:g}"' if width != 1 else "") + dashes if width else ""
            drawn.append(f'<{tag} fill="{fill}"{line} {where}/>')
            fill = "none"
        return drawn

    def line(self, line: Line, middle: Point, size: float, colour: str | None = None, bold: bool = False, side: int = 0) -> str:
        """A line of words and symbols round a point, or to one side of it."""
        pieces = [piece for part in line for piece in pieces_of(part, size)]
        left, wide = middle[0], breadth(line, size, bold)
        left -= (1 - side) * wide / 2
        self.lefts.append(left)
        self.rights.append(left + wide)
        self.sizes.append(size)
        spans, base = [], 0.0
        for text, small, lowered, dx, style in pieces:
            move = (f' dx="{dx:.2f}"' if dx else "") + (f' dy="{lowered - base:.2f}"' if lowered != base else "")
            look = move + (f' font-size="{small:.2f}"' if small != size else "") + style
            spans.append(f"<tspan{look}>{escape(text)}</tspan>" if look else escape(text))
            base = lowered
        heavy = ANCHORS[side] + ' font-weight="bold"' * bold + ' xml:space="preserve"' * any("  " in f" {piece[0]} " for piece in pieces)
        set_in = f'font-size="{size:g}"' * (size != SMALL) + f' fill="{colour}"' * (colour is not None and colour != self.ink)
        where = f'x="{number(middle[0])}" y="{number(-middle[1] + BASE * size)}" {set_in}{heavy}'.rstrip()
        return f"<text {where}>{''.join(spans)}</text>"


Piece = tuple[str, float, float, float, str]  # a text, its size, how far its base is below the line's, how far on it begins, its style


def pieces_of(part: Symbol | str, size: float) -> list[Piece]:
    """The pieces of words, one, or of a symbol: the letter, then its scripts, one above the other, the shorter first."""
    if isinstance(part, str):
        return [(visible(part, spaces=False), size, 0.0, 0.0, "")]
    small = SCRIPT * size
    found: list[Piece] = [(visible(part.letter, spaces=False), size, 0.0, 0.0, ' font-style="italic"')]
    scripts = [(visible(text, spaces=False), shift * size) for text, shift in ((part.sup, RAISED), (part.sub, LOWERED)) if text]
    back = 0.0
    for text, shift in sorted(scripts, key=lambda script: advance(script[0], small)):
        found.append((text, small, shift, back, ""))
        back = -advance(text, small)
    return found


def drawn_back(points: Sequence[Point], width: float) -> list[Point]:
    """The corners of a head so far from the tip that its outline ends there."""
    left, (x, y), right = points
    base = (left[0] + right[0]) / 2 - x, (left[1] + right[1]) / 2 - y
    away = (base[0] ** 2 + base[1] ** 2) ** 0.5 or 1.0
    dx, dy = (MITER * width * part / away for part in base)
    return [(a + dx, b + dy) for a, b in points]


def group(id: str, role: str, kind: str, words: str, parts: Sequence[str]) -> str:
    """A thing with what a pointer and a screen reader say of it."""
    inside = "\n".join([f"<title>{said(words or id)}</title>", *parts])
    return f'<g id="{said(id)}" class="{role} {kind}">\n{inside}\n</g>'


def said(text: str) -> str:
    """A text within markup: what cannot be seen is shown, and lines stay lines."""
    return escape("\n".join(visible(line, spaces=False) for line in text.split("\n")))


def box(corner: Point, width: float, height: float) -> str:
    """The place of a box from its upper left corner on."""
    x, y = corner
    return f'x="{number(x)}" y="{number(-y)}" width="{number(width)}" height="{number(height)}"'


def place(at: Point) -> str:
    """``x,y``, with y downward as SVG has it."""
    return f"{number(at[0])},{number(-at[1])}"


def number(value: float) -> str:
    """A length in points, two digits behind the point at most and no minus zero."""
    return f"{round(value, 2) + 0.0:.8g}"
