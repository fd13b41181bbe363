"""The lines under a picture, no wider than the picture where they can be broken."""

from __future__ import annotations

import re

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.choosing import leave_out
from autograd_rnn.drawing.figure import Figure, Line, Symbol
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import SMALL
from autograd_rnn.drawing.overlay.legend import sides

LEAST = 300.0  # points: a shorter line is broken under no picture
PARTINGS = [re.compile(f"(?<={sign} )(?! )") for sign in (";", "[,;]", "")]  # where a line is broken, the first that does


def narrowed(figure: Figure) -> None:
    """Break the lines below a picture that are wider than it, into parts of about one length; what stands below them moves down."""
    ((left, _), (right, _)), low = sides(figure, words=False), _foot(figure)
    below = [text for text in figure.texts if text.kind == "caption" and not text.side and text.at[1] < low]
    for text in sorted(below, key=lambda text: text.at[1]):  # the lowest first: none moves twice
        lines = broken(text.parts, max(right - left, LEAST))
        if len(lines) > 1:
            place, y = figure.texts.index(text), text.at[1]
            _lower(figure, y - 1, (len(lines) - 1) * LINE)
            own = [text._replace(at=(text.at[0], y - k * LINE), parts=line) for k, line in enumerate(lines)]
            figure.texts[place : place + 1] = own


def without_captions(figure: Figure) -> None:
    """Leave out the lines under a picture, and the samples between them."""
    low = _foot(figure)
    figure.texts = [text for text in figure.texts if text.kind != "caption" or text.at[1] > low]
    leave_out(figure, {mark.id for mark in figure.marks.values() if mark.kind == "anchor" and mark.at[1] < low})


def _foot(figure: Figure) -> float:
    """The height above all lines below a picture."""
    return min([mark.at[1] for mark in figure.marks.values() if mark.kind != "anchor"] + [frame.low[1] for frame in figure.frames])


def _lower(figure: Figure, below: float, by: float) -> None:
    """Move down what stands below a height."""

    def there(at: tuple[float, float]) -> tuple[float, float]:
        return at[0], at[1] - by

    figure.texts = [text._replace(at=there(text.at)) if text.at[1] < below else text for text in figure.texts]
    samples = {mark.id for mark in figure.marks.values() if mark.kind == "anchor" and mark.at[1] < below}
    figure.marks |= {id: figure.marks[id]._replace(at=there(figure.marks[id].at)) for id in samples}
    figure.arrows = [arrow.moved(there) if arrow.tail in samples else arrow for arrow in figure.arrows]


def broken(line: Line, room: float) -> list[Line]:
    """A line in as few lines as fit a room, each about as long: broken after semicolons where that does, else after commas or blanks.

    >>> broken(("one circle a number; ", Symbol("W"), ": the same"), 170)
    [('one circle a number;',), (Symbol(base='W', sup='', sub=''), ': the same')]
    """
    if breadth(line, SMALL) <= room:
        return [line]
    ways = [_pieces(line, parting) for parting in PARTINGS]
    pieces = next((way for way in ways if all(breadth(_stripped(piece), SMALL) <= room for piece in way)), ways[-1])
    fewest = len(_filled(pieces, room))
    while len(closer := _filled(pieces, room * 0.95)) == fewest and all(breadth(one, SMALL) <= room for one in closer):
        room *= 0.95
    return [_stripped(one) for one in _filled(pieces, room)]


def _pieces(line: Line, parting: re.Pattern[str]) -> list[Line]:
    """A line in pieces between which it may be broken."""
    found: list[Line] = [()]
    for part in line:
        for k, bit in enumerate([part] if isinstance(part, Symbol) else parting.split(part)):
            if k:
                found.append(())
            found[-1] += (bit,) if bit else ()
    return [piece for piece in found if piece]


def _filled(pieces: list[Line], room: float) -> list[Line]:
    """Lines of as many pieces as go into a room."""
    lines: list[Line] = [()]
    for piece in pieces:
        if lines[-1] and breadth(_stripped((*lines[-1], *piece)), SMALL) > room:
            lines.append(())
        lines[-1] += piece
    return lines


def _stripped(line: Line) -> Line:
    """A line without the blank at its end, its words in one."""
    joined: list[Symbol | str] = []
    for part in line:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return tuple(part for part in joined if part != "")
