"""How wide words are: no renderer's font is known, so that there is a usual width, and one that holds in all that are wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from autograd_rnn.drawing.figure import Line, Point, Symbol, Text
from autograd_rnn.drawing.output.style import SMALL, UNDER

SCRIPT, BOLD = 0.68, 1.13  # the size of sub- and superscripts, and how much wider bold letters are
# In the size of the letters, the width in the widest of the fonts that browsers show for serif and for sans.
WIDTHS = dict.fromkeys("fijlt.,:;'!|", 0.4) | dict.fromkeys("Ir()[]⟨⟩⌈⌉/-· ", 0.5)
WIDTHS |= dict.fromkeys("mwWM@%…—\u22ef", 1.03) | dict.fromkeys("−+=<>×⊙±≤≥∂ωCDGHNOQU½", 0.88)
EACH, CAPITAL = 0.65, 0.77  # of other letters


def advance(text: str, size: float) -> float:
    """About how wide a text is: a digit is half as wide as it is high, and a capital about three quarters."""
    return size * sum(1.0 if _square(letter) else 0.75 if letter.isupper() else 0.5 for letter in text)


def most(text: str, size: float) -> float:
    """How wide a text may be."""
    return size * sum(1.03 if _square(x) else WIDTHS.get(x) or (CAPITAL if x.isupper() else EACH) for x in text)


def _square(letter: str) -> bool:
    """Whether a letter is as wide as it is high, as a Chinese one is."""
    return unicodedata.east_asian_width(letter) in "WF"


def breadth(line: Line, size: float, bold: bool = False, of: Callable[[str, float], float] = most) -> float:
    """How wide a line may be.

    >>> breadth(("tanh",), 10), round(breadth((Symbol("W", "", "hh"),), 14), 1)
    (23.5, 26.8)
    """
    total = 0.0
    for part in line:
        if isinstance(part, Symbol):
            total += of(part.letter, size) + max(of(part.sup, SCRIPT * size), of(part.sub, SCRIPT * size))
        else:
            total += of(part, size)
    return (BOLD if bold else 1.0) * total


def text_size(text: Text) -> float:
    """The size of the letters of words for themselves."""
    return SMALL if text.kind == "caption" else UNDER


def text_box(text: Text) -> tuple[Point, Point]:
    """What words may take, from the lower left to the upper right corner."""
    (x, y), size = text.at, text_size(text)
    wide = breadth(text.parts, size, text.kind == "heading")
    left = x - (1 - text.side) * wide / 2
    return (left, y - 0.75 * size), (left + wide, y + 0.75 * size)


def width(symbol: Symbol, size: float = 14.0) -> float:
    """How wide a symbol may be where it is written short, as beside an arrow."""
    return breadth((symbol.short,), size)
