"""The look of a thing as it is printed: its kind's, on a light or a dark sheet, brought out or pale. DOT and TikZ both ask here."""

from __future__ import annotations

import colorsys
import math
from typing import Any

from autograd_rnn.drawing.figure import Arrow, Frame, Line, Mark, Point, Symbol
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import ARROWS, FRAMES, INK, MARKS, NEGATIVE, POSITIVE, SIZE, SMALL

SHEETS = {"light": "white", "dark": "#1C1C1C"}
LIT, LIT_WIDTH = "#E69F00", 5.0  # width says it in grey
PALE = 0.3  # how much of a faded colour is left
NAMED = {"white": "#FFFFFF", "black": "#000000"}
RIM, ROUND = 2.0, 6.0  # beside a line that hardly fits its mark, and in a circle
KEPT = 0.8  # of its letters' size, before a mark grows with its name
PLAIN, LOWERED, RAISED = 0.36, 0.5, 0.58  # from a line's middle to its letters' ends, of the size: without scripts, below, above
LEAD, STACKED = 1.2, 1.45  # from line to line, of the size; and where each is a symbol with its scripts
LEAST = 0.8  # how light a line is on a dark sheet: 4.5 times what is shaded behind it
TINT = 0.75  # what is lighter than this lies under letters


def of_mark(mark: Mark, theme: str = "light") -> dict[str, Any]:
    """The DOT attributes of a mark, with its ``size`` in points and ``lift``, the font's correction of its height."""
    look = {"lift": 0.0} | MARKS[mark.look or mark.kind] | ({"size": mark.size} if mark.size else {})
    if look["shape"] == "circle" and look["size"][0] != look["size"][1]:  # grown with a long name
        look["shape"] = "ellipse"
    if mark.emphasis == "lit":
        look |= dict(color=LIT, penwidth=LIT_WIDTH)
    return _painted(look, theme, mark.emphasis)


def of_arrow(arrow: Arrow, theme: str = "light") -> dict[str, Any]:
    """The DOT attributes of an arrow."""
    look = ARROWS[arrow.kind] | ({"style": "dotted"} if arrow.dotted else {}) | ({"penwidth": arrow.width} if arrow.width else {})
    if arrow.emphasis == "lit":
        look |= dict(color=f"{LIT}:{look['color']}:{LIT}", penwidth=max(1.6, look["penwidth"]), arrowsize=1)
    return _painted(look, theme, arrow.emphasis)


def of_frame(frame: Frame, theme: str = "light") -> dict[str, Any]:
    """The DOT attributes of a frame."""
    look = FRAMES[frame.kind] | ({"fillcolor": frame.fill} if frame.fill else {})
    if frame.emphasis == "lit":
        look |= dict(color=LIT, penwidth=LIT_WIDTH)
    return _painted(look, theme, frame.emphasis)


def short(line: Line) -> Line:
    """A line as it is written on a mark or beside an arrow."""
    return tuple(part.short if isinstance(part, Symbol) else part for part in line)


def label_sizes(mark: Mark, look: dict[str, Any]) -> list[float]:
    """The font size of each line of a mark's label: its kind's ``sizes``, the last one for all that follow, or its ``fontsize``; smaller
    where the line would go beyond the mark."""
    sizes = _usual(mark.label, look)
    if look["shape"] == "none":
        return sizes
    (across, height), fitting, rim = look["size"], [], ROUND if look["shape"] == "circle" else RIM
    sizes = _squeezed(mark.label, sizes, height)
    shares = _shares(mark.label, look["shape"], sizes, height)
    for line, share, size in zip(mark.label, shares, sizes, strict=True):
        fitting.append(min(size, round(size * (share * across - rim) / breadth(short(line), size), 1) if line else size))
    together = len(fitting) > 1 and look["shape"] in ("circle", "ellipse") and _leading(mark.label) == STACKED  # states of one size
    return [min(fitting)] * len(fitting) if together else fitting


def grown(label: tuple[Line, ...], kind: str, usual: Point | None = None) -> Point:
    """The size of a mark of a kind, or of its ``usual`` size, that its lines fit into a fifth smaller: it grows where they would not.

    >>> grown(((Symbol("h", "", "3"),),), "state"), grown(((Symbol("memory", "", "3"),),), "state")
    ((46.0, 46.0), (80.0, 46.0))
    """
    look = MARKS[kind]
    across, height = usual or look["size"]
    sizes = _usual(label, look)
    if not label or look["shape"] == "none":
        return across, height
    need = KEPT * _leading(label) * sum(sizes)
    height = 2.0 * math.ceil(need / 2) if need > height else height
    squeezed = _squeezed(label, sizes, height)
    for line, share, size in zip(label, _shares(label, look["shape"], squeezed, height), sizes, strict=True):
        need = (KEPT * breadth(short(line), size) + ROUND) / share
        across = 2.0 * math.ceil(need / 2) if need > across else across
    return max(across, height if look["shape"] == "circle" else 0.0), height


def _usual(label: tuple[Line, ...], look: dict[str, Any]) -> list[float]:
    """The font size of each line where there is room."""
    given = list(look.get("sizes", [look.get("fontsize", SMALL if len(label) > 1 else SIZE)]))
    return (given + given[-1:] * len(label))[: len(label)]


def _leading(label: tuple[Line, ...]) -> float:
    """From line to line, of the size."""
    return STACKED if all(len(line) == 1 and isinstance(line[0], Symbol) for line in label) else LEAD


def _squeezed(label: tuple[Line, ...], sizes: list[float], height: float) -> list[float]:
    """The sizes of lines that stand one below the other in a mark so high."""
    squeeze = min(1.0, height / _leading(label) / sum(sizes, 0.01))
    return [size if squeeze == 1 else round(size * squeeze, 1) for size in sizes]


def _shares(label: tuple[Line, ...], shape: str, sizes: list[float], height: float) -> list[float]:
    """How much of a mark's width each line has, by how far its middle stands above the mark's."""
    if shape == "box":
        return [1.0] * len(label)
    each = zip(label, offsets(label, sizes), sizes, strict=True)
    far = [(abs(y) + rise(line) * size) / (height / 2) for line, y, size in each]  # how near a corner of the line's box is to the edge
    return [min(1.0, 1.7 - x) if shape == "octagon" else math.sqrt(max(0.1, 1 - x * x)) for x in far]


def offsets(label: tuple[Line, ...], sizes: list[float]) -> list[float]:
    """How far each line's middle stands above its mark's: a superscript needs room below what is over it."""
    raised = [k > 0 and rise(line) > LOWERED for k, line in enumerate(label)]
    heights = [(LEAD + (STACKED - LEAD) * more) * size for more, size in zip(raised, sizes, strict=True)]
    y, found = sum(heights) / 2, []
    for height, size in zip(heights, sizes, strict=True):
        y -= height
        found.append(y + LEAD * size / 2)
    return found


def rise(line: Line) -> float:
    """How far a line's letters go from its middle, of their size: most with a superscript, least without any script."""
    symbols = [part for part in line if isinstance(part, Symbol)]
    return RAISED if any(symbol.sup for symbol in symbols) else LOWERED if any(symbol.sub for symbol in symbols) else PLAIN


def _painted(look: dict[str, Any], theme: str, emphasis: str) -> dict[str, Any]:
    """A look with its colours as they come out."""
    if emphasis == "faded":
        look = {"color": INK, "fontcolor": INK} | look
    elif theme == "light":
        return look
    return {name: shade(value, theme, emphasis) if name.endswith("color") else value for name, value in look.items()}


def shade(colour: str, theme: str, emphasis: str = "") -> str:
    """A colour, or several with colons between, on a sheet: there tints turn dark, ink turns light, and what is faded nears the sheet.

    >>> shade("#D3EBF9", "light"), shade("#D3EBF9", "dark"), shade("#222222", "light", "faded")
    ('#D3EBF9', '#213A49', '#BDBDBD')
    """
    return ":".join(_shade(one, theme, emphasis) for one in colour.split(":"))


def _shade(colour: str, theme: str, emphasis: str) -> str:
    if theme == "light" and emphasis != "faded" or not NAMED.get(colour, colour).startswith("#"):
        return colour
    rgb, sheet = channels(colour), channels(SHEETS[theme])
    if theme == "dark":
        hue, light, strength = colorsys.rgb_to_hls(*rgb)
        light = 1 + sheet[0] - light if light > TINT else max(1 - light, LEAST)
        rgb = colorsys.hls_to_rgb(hue, light, strength * (0.5 if light < 0.5 else 1))
    if emphasis == "faded":
        rgb = tuple(PALE * part + (1 - PALE) * under for part, under in zip(rgb, sheet, strict=True))
    return "#" + "".join(f"{round(255 * part):02X}" for part in rgb)


def channels(colour: str) -> tuple[float, ...]:
    """Red, green and blue of a colour, each from 0 to 1."""
    colour = NAMED.get(colour, colour)
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))


def tint(value: float, largest: float, full: str = "") -> str:
    """The colour of a number on a scale from white to ``full``, else to that of its sign."""
    full = full or (NEGATIVE if value < 0 else POSITIVE)
    share = min(abs(value) / largest, 1.0) if 0 < largest < math.inf else float(bool(value))
    return "#" + "".join(f"{round(255 - share * (255 - int(full[k : k + 2], 16))):02X}" for k in (1, 3, 5))
