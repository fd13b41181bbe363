"""A picture as data, whatever its level: marks, arrows, frames and texts, each in its place. In points, y upward.

Every level is drawn into a figure, everything that is laid over a picture changes one, and DOT and TikZ are printed from one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from autograd_rnn.algebra.letters import lettered
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine.naming import full_name

Point = tuple[float, float]
LONGEST = 12  # letters of a name beside a mark or an arrow: of a longer one the middle is left out


class Symbol(NamedTuple):
    """A letter with its superscript (layer, direction) and subscript (time, or what a weight connects): ``str`` gives ``W2_xh``."""

    base: str
    sup: str = ""
    sub: str = ""

    def __str__(self) -> str:
        return f"{self.base}{self.sup}{'_' if self.sub else ''}{self.sub}"

    @property
    def letter(self) -> str:
        """The base as it is set: ``lambda`` is λ."""
        return lettered(self.base)

    @property
    def short(self) -> Symbol:
        """The symbol as it fits beside a mark; captions and what a pointer reads have it whole.

        >>> str(Symbol("preactivation", "2", "t").short)
        'preact…ation2_t'
        """
        return Symbol(_short(self.base), self.sup, _short(self.sub))

    @property
    def id(self) -> str:
        """The full name, as tapes have it: ``a2_i_3``."""
        return str(self).replace(",", "_")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[1 - LONGEST // 2 :]}"


def quantity(label: str, tag: str = "", time: str = "") -> Symbol:
    """The symbol of a quantity at a time.

    >>> quantity("a_i", "2", "3"), quantity("a_i", "2", "3").id
    (Symbol(base='a', sup='2', sub='i,3'), 'a2_i_3')
    """
    name = full_name(label, tag, None)
    return Symbol(name.letter, name.tag, ",".join(part for part in (name.sub, time) if part))


Line = tuple[Symbol | str, ...]  # words and symbols side by side


class Mark(NamedTuple):
    """A node: ``kind`` is its look (`style.MARKS`), ``label`` its lines from the top down, ``tensors`` what it shows.

    ``size`` and ``look``: width and height, and the look, where they are not its kind's own. ``emphasis``: ``lit``, ``faded`` or
    nothing. ``since``: the frame of a build-up in which it comes, of arrows, frames and texts, too.
    """

    id: str
    kind: str
    at: Point
    label: tuple[Line, ...] = ()
    tip: str = ""
    step: int | None = None
    size: Point | None = None
    tensors: tuple[Any, ...] = ()
    emphasis: str = ""
    since: int = 0
    look: str = ""

    @property
    def extent(self) -> Point:
        """The width and height: its own, or its look's."""
        across, height = self.size or MARKS[self.look or self.kind]["size"]
        return across, height


class Arrow(NamedTuple):
    """What is at ``tail`` enters ``head``: a chain of Bézier curves (``points``: 1 + 3n) up to the base of the head at ``tip``.

    ``kind`` is its look (`style.ARROWS`), ``width`` a line width that is not its kind's own, ``edges`` the tape's edges that it stands
    for, each (node, parent).
    """

    id: str
    tail: str
    head: str
    kind: str
    points: tuple[Point, ...]
    tip: Point
    label: Line = ()
    label_at: Point | None = None
    note: str = ""
    dotted: bool = False
    width: float | None = None
    edges: tuple[tuple[Any, Any], ...] = ()
    emphasis: str = ""
    since: int = 0

    def moved(self, there: Callable[[Point], Point]) -> Arrow:
        """The arrow with all its places where a function has them."""
        return self._replace(points=tuple(map(there, self.points)), tip=there(self.tip), label_at=self.label_at and there(self.label_at))


class Frame(NamedTuple):
    """A box behind the marks, from its lower left to its upper right corner: a cell, a step, a share."""

    id: str
    kind: str
    low: Point
    high: Point
    tip: str = ""
    fill: str = ""  # a colour that is not its kind's own
    emphasis: str = ""
    since: int = 0


class Text(NamedTuple):
    """Words centred at a point; ``side`` 1: beginning there, -1: ending there."""

    at: Point
    parts: Line
    kind: str  # label | heading | caption
    since: int = 0
    side: int = 0


class Figure:
    """The picture: marks by id, in the order in which they are drawn; arrows, frames and texts. ``title`` names it, ``description`` tells
    it to those who cannot see it."""

    def __init__(self, title: str, description: str = "") -> None:
        self.title, self.description = title, description
        self.marks: dict[str, Mark] = {}
        self.arrows: list[Arrow] = []
        self.frames: list[Frame] = []
        self.texts: list[Text] = []

    def add(self, item: Mark | Arrow | Frame | Text) -> None:
        """Put something in."""
        if isinstance(item, Mark):
            self.marks[item.id] = item
        else:
            {Arrow: self.arrows, Frame: self.frames, Text: self.texts}[type(item)].append(item)  # type: ignore[attr-defined]

    def stands_for(self, others: Mapping[Any, Any]) -> None:
        """Let marks and arrows stand for other tensors than those that they were drawn of."""
        if others:
            was = others.get
            self.marks = {id: mark._replace(tensors=tuple(was(x, x) for x in mark.tensors)) for id, mark in self.marks.items()}
            self.arrows = [arrow._replace(edges=tuple((was(a, a), was(b, b)) for a, b in arrow.edges)) for arrow in self.arrows]

    def things(self) -> Iterator[Mark | Arrow | Frame | Text]:
        """All that is drawn, the hindmost first."""
        return itertools.chain(self.frames, self.arrows, self.marks.values(), self.texts)

    @property
    def middle(self) -> float:
        """Half way between the leftmost and the rightmost mark, where the lines below are centred."""
        xs = [mark.at[0] for mark in self.marks.values()] or [0.0]
        return (min(xs) + max(xs)) / 2

    def corners(self, anchors: bool = True) -> list[Point]:
        """The lower left and the upper right corner of each mark, but for those that nobody sees, and of each frame."""
        marks = [(mark.at, mark.extent) for mark in self.marks.values() if anchors or mark.kind != "anchor"]
        boxes = [((x - w / 2, y - h / 2), (x + w / 2, y + h / 2)) for (x, y), (w, h) in marks] + [(f.low, f.high) for f in self.frames]
        return [corner for box in boxes for corner in box]

    def write(self, lines: Iterable[Line], x: float, y: float, lead: float) -> None:
        """Captions, one below the other."""
        self.texts += [Text((x, y - k * lead), line, "caption") for k, line in enumerate(lines)]

    def moved(self, dx: float, dy: float, prefix: str = "") -> Figure:
        """The figure at another place, its ids prefixed."""

        def there(at: Point) -> Point:
            return at[0] + dx, at[1] + dy

        twin = Figure(self.title, self.description)
        for mark in self.marks.values():
            twin.add(mark._replace(id=prefix + mark.id, at=there(mark.at)))
        for arrow in self.arrows:
            twin.add(arrow.moved(there)._replace(id=prefix + arrow.id, tail=prefix + arrow.tail, head=prefix + arrow.head))
        twin.frames = [f._replace(id=prefix + f.id, low=there(f.low), high=there(f.high)) for f in self.frames]
        twin.texts = [text._replace(at=there(text.at)) for text in self.texts]
        return twin
