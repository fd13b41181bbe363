"""The sheet that a figure is set on: how wide, in which font, on what ground."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from autograd_rnn.drawing.figure import Arrow, Frame, Mark, Text
from autograd_rnn.drawing.output.looks import NAMED, SHEETS, channels
from autograd_rnn.drawing.output.style import FONT
from autograd_rnn.nets.given import choose
from autograd_rnn.visible import shown

UNITS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0}  # of PostScript's points, as SVG and PDF count them
LENGTH = re.compile(rf"\s*(\d+\.?\d*|\.\d+)\s*({'|'.join(UNITS)})\s*", re.ASCII)
FONTS = {"serif": FONT, "sans": "Helvetica,Arial,sans-serif"}
FAMILY = re.compile(r"[\w .'-]+(,[\w .'-]+)*")
COLOUR = re.compile(rf"#[0-9A-Fa-f]{{6}}|transparent|{'|'.join(NAMED)}")
TEXT_WIDTH = 16 * UNITS["cm"]  # of a page: a picture is no wider by itself, as long as its letters stay
LEGIBLE = 7.0  # points high, which is a footnote's size
DARK = 0.45  # of a background from black to white: below it letters are light
READABLE = 4.0  # points: smaller letters nobody reads
LARGEST = 14_400.0  # points: what PDF allows


class Page(NamedTuple):
    """``scale``: how many points a figure's point is; None, what fits a page of text by itself. ``width`` in points, or None. ``frame``:
    of a build-up, the one up to which things have come; None: all have."""

    theme: str = "light"
    width: float | None = None
    font: str = FONT
    ground: str = SHEETS["light"]
    scale: float | None = None
    frame: int | None = None

    def shows(self, thing: Mark | Arrow | Frame | Text) -> bool:
        """Whether a thing has come; what has not takes its room all the same."""
        return self.frame is None or thing.since <= self.frame

    def unseen(self, thing: Mark | Arrow | Frame | Text) -> dict[str, str]:
        """What DOT is told of a thing that has not come."""
        return {} if self.shows(thing) else {"style": "invis"}

    @property
    def clear(self) -> bool:
        """Whether what lies behind the picture is seen through it."""
        return self.ground == "transparent"

    @property
    def fits(self) -> bool:
        """Whether the picture finds its size by itself."""
        return self.width is None and self.scale is None

    def factor(self, natural: float, smallest: float) -> float:
        """How many points a point of a figure is that is so wide and has letters so small.

        Raises ValueError where nobody could read the letters, or no page is as large.

        >>> round(Page().factor(906, 14), 2), Page().factor(300, 14), round(Page(width=600).factor(300, 14), 2)
        (0.5, 1.0, 2.0)
        """
        if self.fits:
            return min(1.0, max(TEXT_WIDTH / natural, LEGIBLE / smallest))
        factor = self.width / natural if self.width else self.scale or 1.0
        if factor * smallest < READABLE:
            least = READABLE / smallest * natural
            small = f"its smallest letters would be {factor * smallest:.2g} pt high, and under {READABLE:g} pt nobody reads them"
            raise ValueError(f"{small}: give at least width='{_up(least / UNITS['cm'])}cm', or draw fewer steps, elide=True")
        if factor * natural > LARGEST:
            raise ValueError(f"the picture would be {factor * natural / 72:.0f} inches wide, and no page is wider than {LARGEST / 72:g}")
        return factor


PLAIN = Page()


def page(theme: str | None = None, width: Any = None, font: Any = "serif", background: Any = None, scale: Any = None) -> Page:
    """The page that a person asks for; without a theme, the one whose letters are read on the background.

    >>> page(width="6in", font="sans", background="transparent")
    Page(theme='light', width=432.0, font='Helvetica,Arial,sans-serif', ground='transparent', scale=None, frame=None)
    """
    if background is not None and (not isinstance(background, str) or not COLOUR.fullmatch(background)):
        raise ValueError(f"background takes 'transparent', 'white', 'black' or a colour as '#RRGGBB', not {shown(background)}")
    if theme is None:
        theme = "dark" if background not in (None, "transparent") and sum(channels(background)) < 3 * DARK else "light"
    sheet = SHEETS[choose("theme", theme, tuple(SHEETS))]
    ground = sheet if background is None else background
    if width is not None and scale is not None:
        raise ValueError("width= and scale= both say how large the picture is: give one of them")
    return Page(theme, None if width is None else points("width", width), family(font), ground, _scale(scale))


def points(name: str, length: Any) -> float:
    """A length with its unit, in points.

    >>> points("width", "1in"), round(points("width", "16 cm"), 1)
    (72.0, 453.5)
    """
    found = LENGTH.fullmatch(length) if isinstance(length, str) else None
    if found is None:
        raise ValueError(f"{name} takes a length with its unit ({', '.join(UNITS)}), such as '16cm', not {shown(length)}")
    value = float(found[1]) * UNITS[found[2]]
    if not 0 < value <= LARGEST:
        raise ValueError(f"{name} takes a length above 0 and up to {LARGEST / UNITS['cm']:.0f}cm, not {shown(length)}")
    return value


def family(font: Any) -> str:
    """The fonts that a name stands for: ``serif``, ``sans``, or any font's own name, with serif behind it."""
    if not isinstance(font, str) or not FAMILY.fullmatch(font):
        raise ValueError(f"font takes 'serif', 'sans' or a font's name, such as 'Fira Sans', not {shown(font)}")
    return FONTS.get(font, f"{font},serif")


def _scale(scale: Any) -> float | None:
    if scale is None:
        return None
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not 0 < scale < 1000:
        raise ValueError(f"scale takes a number above 0, such as 1.5, not {shown(scale)}")
    return float(scale)


def _up(value: float) -> str:
    """A number with one digit behind the point, not smaller."""
    return f"{-(-value * 10 // 1) / 10:g}"
