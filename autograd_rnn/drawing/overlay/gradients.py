"""What the numbers say, laid over a figure of any level: the backward sweep, where it is cut, and what of it each step contributes.

Each function changes the figure that it is given and returns it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from autograd_rnn.drawing.curves import Points, hardly_turns, midway, samples
from autograd_rnn.drawing.figure import Arrow, Figure, Point
from autograd_rnn.drawing.overlay.flow import Flow, carried, left_out, norm, twins
from autograd_rnn.drawing.overlay.labels import settle
from autograd_rnn.drawing.overlay.legend import Entry, say, stroke_pair
from autograd_rnn.drawing.overlay.returns import ENOUGH, along, family_of, highways, returns
from autograd_rnn.drawing.overlay.room import Room
from autograd_rnn.drawing.overlay.strands import Strand, trees
from autograd_rnn.nets.run import Run

BENT = 3  # what a bend of the line under a sign costs, in places taken
PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)  # of a sign along its line, the best first
HAIRLINE, THINNEST, PLAIN, THICKEST, DECADES = 0.6, 0.9, 1.6, 4.0, 6  # line widths, and how many powers of ten they tell apart


class Scale(NamedTuple):
    """Line widths for norms: ``top`` is the highest power of ten, ``span`` how many there are below it."""

    top: int
    span: int

    @classmethod
    def of(cls, norms: list[float]) -> Scale:
        """The scale that holds the norms, or the largest of them; without any all widths are one."""
        powers = [math.log10(n) for n in norms if 0 < n < math.inf]
        if not powers:
            return cls(0, 0)
        top, low = round(max(powers)), round(min(powers))
        return cls(top, min(max(top - low, 1), DECADES))

    def width(self, size: float) -> float:
        """The width of a line that stands for a norm; a zero is a hairline."""
        if not size:
            return HAIRLINE
        if not self.span:
            return PLAIN
        share = (math.log10(size) - self.top) / self.span + 1 if math.isfinite(size) else 1.5
        return round(THINNEST + (THICKEST - THINNEST) * min(max(share, 0.0), 1.5), 2)

    def entries(self, sizes: Iterable[float | None]) -> list[Entry]:
        """A sample for each power of ten and for zero, as far as they occur, and what no line at all means."""
        shown = list(sizes)
        powers = [self.top - k for k in range(self.span + 1)] if self.span else []
        smaller = any(size and size < 0.3 * 10.0**power for size in shown for power in powers[-1:])
        below = ["\u2264 " if smaller and power == powers[-1] else "" for power in powers]
        lines = [Entry((f"{b}{10.0**power:g}",), "gradient", self.width(10.0**power)) for b, power in zip(below, powers, strict=True)]
        lines += [Entry(("zero",), "gradient", HAIRLINE, True)] * (0 in shown)
        return lines + [Entry(("no dashed line: nothing has to be computed there",))] * (None in shown)


def gradients(figure: Figure, subject: Any, truncate: int | None = None, measured: bool = True) -> Figure:
    """The backward sweep: beside each arrow a dashed one back, as wide as the norm of what flows there; on hover every mark's norm.

    ``subject`` is the run (swept as its last ``backward`` was, or with ``truncate``), or the scalar tensor, that the figure shows. Where
    nothing was computed, as towards a constant, stands nothing; a gradient that is zero is a dotted hairline. With ``measured=False``
    every line has one width.
    """
    ways = carried(figure)
    flow = Flow(subject, (edge for _, edges in ways for edge in edges), truncate)
    if cut := left_out(subject, truncate):
        cuts(figure, subject, truncate)
    grown = trees(figure, ways)
    strands = [strand for tree in grown for strand in tree if not (cut and all(cut(*edge) for edge in strand.edges))]
    twin = twins(ways)
    parts = {strand.id: flow.along(strand.edges, twin.get(strand.arrow.id)) for strand in strands}
    sizes = {name: None if arrays is None else norm(arrays) for name, arrays in parts.items()}
    scale, room = Scale.of([size for size in sizes.values() if measured and size is not None]), Room(figure)
    high = highways(figure)
    on = {strand.head.id for strand in strands if strand.head and sizes[strand.id] is not None and along(strand, high)}

    def goes_on(strand: Strand) -> bool:
        return along(strand, high) and strand.tail is not None and strand.tail.id in on

    backs = returns(figure, grown, room, high, goes_on)
    for strand in strands:
        if (size := sizes[strand.id]) is not None:
            kind = ("highway" if along(strand, high) else "gradient") + "_through" * (not strand.last or goes_on(strand))
            figure.add(_drawn(strand, kind, *backs[strand.id], size, scale))
    _tell(figure, flow)
    say(figure, Entry(("dashed: the backward sweep",)), *[Entry(("width: the norm of what flows back",))] * measured)
    say(figure, *scale.entries(sizes.values()))
    if on:
        say(figure, Entry(("unbroken: along a state that meets a gate and a sum alone",), "highway"))
    return figure


def _drawn(strand: Strand, kind: str, points: Points, tip: Point, size: float, scale: Scale) -> Arrow:
    """The line back beside a strand."""
    (tail, head), about = (strand.arrow.tail, strand.arrow.head), f"back from {strand.arrow.head} to {strand.arrow.tail}: "
    note = about + ("" if strand.head else "with all that joins here: ") + (f"norm {size:.3g}" if size else "zero")
    return Arrow(f"back_{strand.id}", head, tail, kind, points, tip, note=note, dotted=not size, width=scale.width(size))


def _tell(figure: Figure, flow: Flow) -> None:
    """The norm of each mark's gradient, for the pointer that rests on it."""
    root = flow.root.name or "L"
    for mark in figure.marks.values():
        lines = [mark.tip] if mark.tip else []
        for tensor in mark.tensors:
            g = flow.adjoint.get(tensor)
            size = ": not computed" if g is None else f" = {norm([g]):.3g}"
            lines.append(f"\u2016d{root}/d{tensor.name or mark.id}\u2016{size}")
        figure.marks[mark.id] = mark._replace(tip="\n".join(lines))


def places(lines: list[tuple[Strand, Points]], room: Room, sign: Callable[[Points, float], Points]) -> dict[str, float]:
    """Where along each line a sign crosses the least, its own label aside, which can give way: the same place in every step."""
    families: dict[tuple[object, ...], list[tuple[Strand, Points]]] = {}
    for strand, points in lines:
        families.setdefault((len(strand.points), *family_of(strand.arrow)), []).append((strand, points))
    found = {}
    for family in families.values():

        def crowd(share: float, family: list[tuple[Strand, Points]] = family) -> int:
            own = [(strand.id, f"label of {strand.arrow.id}") for strand, _ in family]
            met = sum(room.crowd(samples(sign(points, share), 2.0), but) for but, (_, points) in zip(own, family[:ENOUGH], strict=False))
            return met + BENT * sum(not hardly_turns(points, share) for _, points in family[:ENOUGH])

        best = min(PLACES, key=crowd)
        found.update({strand.id: best for strand, _ in family})
    return found


def cuts(figure: Figure, run: Run, truncate: int | None = None) -> Figure:
    """Two strokes across every arrow between steps that a truncated backward sweep leaves out: ``truncate=k``, or the run's last one.

    Arrows that leave a mark along one line are cut once, where they have not parted yet.
    """
    cut, across = left_out(run, truncate), list[Strand]()
    for tree in trees(figure, carried(figure)) if cut else ():
        assert cut is not None
        severed = [strand for strand in tree if all(cut(*edge) for edge in strand.edges)]
        across += [strand for strand in severed if not any(set(strand.edges) < set(other.edges) for other in severed)]
    done = {arrow.id for arrow in figure.arrows if arrow.kind == "cut"}
    across = [strand for strand in across if f"cut_{strand.id}_0" not in done]
    lines = [(strand, strand.points) for strand in across]
    free = places(lines, Room(figure), lambda points, share: stroke_pair(*midway(points, share))[0]) if across else {}
    room, strokes = Room(figure), list[Points]()
    for strand in across:
        tail, head = strand.arrow.tail, strand.arrow.head
        for k, points in enumerate(stroke_pair(*midway(strand.points, free[strand.id]))):
            note = f"cut: no gradient flows from {head} to {tail}"
            figure.add(Arrow(f"cut_{strand.id}_{k}", tail, head, "cut", points, points[-1], note=note))
            room.draw(points, f"cut_{strand.id}_{k}")
            strokes.append(points)
    if across:
        settle(figure, room, strokes)
        say(figure, Entry(("truncated: no gradient passes here",), "cut"))
    return figure
