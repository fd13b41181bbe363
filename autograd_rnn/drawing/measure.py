"""How wide words are: no renderer's font is known, so that there is a usual width, and one that holds in all that are wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from autograd_rnn.drawing.figure import Line, Point, Symbol, Text
from autograd_rnn.drawing.output.style import SMALL, UNDER

SCRIPT, BOLD = 0.68, 1.13  # the size of sub- and superscripts, and how much wider bold letters are
# In the size of the letters, the width in the widest of the fonts that browsers show for serif and for sans.
WIDTHS = dict.fromkeys("fijlt.,:;'!|", 0.4) | dict.fromkeys("Ir()[]⟨⟩⌈⌉/-· ", 0.5)
WIDTHS |= dict.fromkeys("mwWM@%…—\u22ef", 1.03) | dict.fromkeys("−+=<>×⊙±≤≥∂ωCDGHNOQU½", 0.88)
EACH, CAPITAL = 0.65, 0.77  # of other letters
LEADING = 21.0  # from line to line of words under a step
Spelling = Callable[[Symbol | str], Symbol | str]
CALLED: ContextVar[Spelling] = ContextVar("CALLED", default=lambda part: part)


@contextmanager
def called(spelling: Spelling) -> Iterator[None]:
    """Measure symbols and words as they will be written once all stands in its place."""
    before = CALLED.set(spelling)
    try:
        yield
    finally:
        CALLED.reset(before)


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
    return (BOLD if bold else 1.0) * _sum(map(CALLED.get(), line), size, of)


def _sum(parts: Iterable[Symbol | str], size: float, of: Callable[[str, float], float]) -> float:
    total = 0.0
    for part in parts:
        if isinstance(part, Symbol):
            total += of(part.letter, size) + max(of(part.sup, SCRIPT * size), of(part.sub, SCRIPT * size))
        else:
            total += of(part, size)
    return total


def text_size(text: Text) -> float:
    """The size of the letters of words for themselves."""
    return SMALL if text.kind == "caption" else UNDER


def text_box(text: Text) -> tuple[Point, Point]:
    """What words may take, from the lower left to the upper right corner."""
    (x, y), size = text.at, text_size(text)
    wide = breadth(text.parts, size, text.kind == "heading")
    left = x - (1 - text.side) * wide / 2
    return (left, y - 0.75 * size), (left + wide, y + 0.75 * size)


def wrapped(text: str, size: float, room: float) -> list[str]:
    """A text in lines no wider than the room, if a letter is not: broken after a blank or a hyphen where it has one.

    >>> wrapped("a long-winded word", 16, 80), wrapped("Donaudampfschifffahrt", 16, 120)
    (['a long-', 'winded ', 'word'], ['Donaudampf', 'schifffahrt'])
    """
    lines = []
    while most(text, size) > room and len(text) > 1:
        cut = next((k for k in range(len(text) - 1, 1, -1) if most(text[:k], size) <= room), 1)
        cut = max(text.rfind(" ", 0, cut), text.rfind("-", 0, cut)) + 1 or cut
        lines.append(text[:cut])
        text = text[cut:]
    return [*lines, text]


def under(words: Iterable[tuple[float, str]], y: float, room: float) -> tuple[list[Text], float]:
    """The words under steps, each (its middle, the text), from a height on; and the height below all of them."""
    texts = [Text((x, y - k * LEADING), (line,), "label") for x, text in words if text for k, line in enumerate(wrapped(text, UNDER, room))]
    return texts, min((text.at[1] for text in texts), default=y + LEADING) - LEADING


def width(symbol: Symbol, size: float = 14.0) -> float:
    """How wide a symbol may be where it is written short, as beside an arrow."""
    spelt = CALLED.get()(symbol)
    return _sum((spelt.short if isinstance(spelt, Symbol) else spelt,), size, most)
