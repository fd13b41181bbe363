"""Lines over a horizontal axis, on a logarithmic scale: axes, grid and a label at each line's end, as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd_rnn.drawing.curves import through
from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Point, Text
from autograd_rnn.drawing.output.style import CURVES

WIDE, HIGH = 480.0, 280.0  # the inside of the axes
LEAD = 20.0  # from one label to the next
GAP = 9.0  # from a line's end to its label
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
TICKS = 7  # at most so many steps between numbers along an axis
POINTS = 200  # of a line: more are not to be told apart


class Curve(NamedTuple):
    """A line: decimal logarithms over 0, 1, 2, ...; nan and what is infinite is left out. ``look`` is one of `style.CURVES`, ``note`` what
    a pointer on it reads."""

    label: Line
    values: np.ndarray
    look: str
    note: str = ""


def chart(curves: Sequence[Curve], title: str, across: Line, up: Line, marked: Sequence[tuple[float, str]] = ()) -> Figure:
    """Curves over one axis. ``across`` names the horizontal axis, ``up`` the vertical one, which spans all curves but those aside;
    ``marked``: heights, as decimal logarithms, with a name each, which is left out beside a tick."""
    figure = Figure(title)
    low, high, step = span(curves, [height for height, _ in marked])
    last = max(1, max(len(curve.values) for curve in curves) - 1)

    def at(d: float, value: float) -> Point:
        return d / last * WIDE, (value - low) / (high - low) * HIGH

    figure.add(Frame("axes", "axes", (0.0, 0.0), (WIDE, HIGH)))
    ticks = [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    named = [(float(k), power_of_ten(k), "grid") for k in ticks]
    named += [(height, name, "level") for height, name in marked if low < height < high]
    for k, (value, name, kind) in enumerate(named):
        _, y = at(0, value)
        _path(figure, f"{kind} {k}", [(0.0, y), (WIDE, y)], kind)
        if kind == "grid" or all(abs(y - at(0, k)[1]) >= LEAD for k in ticks):
            figure.add(Text((-26.0, y), (name,), "caption"))
    apart = nice(last / TICKS)
    for d in range(0, last + 1, apart):
        x, _ = at(d, low)
        _path(figure, f"across {d}", [(x, 0.0), (x, -5.0)], "tick")
        figure.add(Text((x, -15.0), (str(d),), "caption"))
    ends = [(at(*_drawn(figure, curve, at, low, high)), curve.label) for curve in curves]
    heights = settled([min(max(y, LEAD / 2), HIGH - LEAD / 2) for (_, y), _ in ends])
    for ((x, _), label), y in zip(ends, heights, strict=True):
        figure.add(Text((x + GAP, y), label, "caption", side=1))
    figure.add(Text((WIDE / 2, -36.0), across, "caption"))
    figure.add(Text((-40.0, HIGH + 20), up, "caption", side=1))
    return figure


def span(curves: Sequence[Curve], marked: Sequence[float]) -> tuple[float, float, int]:
    """The lowest and the highest number of the vertical axis, in powers of ten, and the step from tick to tick."""
    counted = [curve.values for curve in curves if not CURVES[curve.look].get("aside")]
    numbers = np.concatenate([*counted, np.asarray(marked, float)])
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (-1.0, 1.0)
    step = nice((high - low) / TICKS)
    low, high = step * math.floor(low / step), step * math.ceil(high / step + 0.1)
    return low, max(high, low + step), step


def nice(size: float) -> int:
    """The first of 1, 2, 5, 10, 20, 50, ... that is no smaller.

    >>> [nice(size) for size in (0.1, 2, 3.2, 14, 99)]
    [1, 2, 5, 20, 100]
    """
    power = 10 ** max(0, math.floor(math.log10(max(size, 1))))
    return next(int(k * power) for k in (1, 2, 5, 10) if k * power >= size)


def power_of_ten(exponent: int) -> str:
    """10 to a power, as it is written.

    >>> power_of_ten(-15), power_of_ten(0)
    ('10⁻¹⁵', '1')
    """
    return f"10{str(exponent).translate(RAISED)}" if exponent else "1"


def settled(heights: Sequence[float]) -> list[float]:
    """Heights as near as may be to those given, with room for a line of text between two, and none below 0, where those of the axis are.

    >>> settled([8.0, 100.0, 4.0])
    [20.0, 100.0, 0.0]
    """
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    groups: list[list[int]] = []
    middles: list[float] = []
    for k in order:
        groups.append([k])
        middles.append(heights[k])
        while len(groups) > 1 and middles[-1] - middles[-2] < LEAD * (len(groups[-1]) + len(groups[-2])) / 2:
            together = groups.pop()
            groups[-1].extend(together)
            middles.pop()
            middles[-1] = max(sum(heights[j] for j in groups[-1]) / len(groups[-1]), LEAD * (len(groups[-1]) - 1) / 2)
    places = dict[int, float]()
    for group, middle in zip(groups, middles, strict=True):
        places |= {k: middle + LEAD * (n - (len(group) - 1) / 2) for n, k in enumerate(group)}
    return [places[k] for k in range(len(heights))]


def _path(figure: Figure, name: str, corners: Sequence[Point], kind: str, note: str = "") -> None:
    """A line through some points."""
    ends = f"{name} from", f"{name} to"
    for id, at in zip(ends, (corners[0], corners[-1]), strict=True):
        figure.add(Mark(id, "anchor", at))
    figure.add(Arrow(name, *ends, kind, through(corners), corners[-1], note=note))


def _drawn(figure: Figure, curve: Curve, at: object, low: float, high: float) -> Point:
    """Draw a curve as far as it lies within the axes; returns where its last piece ends, as (distance, number)."""
    inside = [(float(d), float(v)) for d, v in enumerate(curve.values) if np.isfinite(v)]
    pieces: list[list[Point]] = [[]]
    for (d0, v0), (d1, v1) in zip(inside[:-1], inside[1:], strict=True):
        ends = clipped(d0, v0, d1, v1, low, high) if d1 == d0 + 1 else None
        if ends is None:
            continue
        if not pieces[-1] or pieces[-1][-1] != ends[0]:
            pieces.append([ends[0]])
        pieces[-1].append(ends[1])
    name = "".join(map(str, curve.label))
    for k, piece in enumerate(piece for piece in pieces if len(piece) > 1):
        thinned = piece[:: max(1, len(piece) // POINTS)]
        thinned += [piece[-1]] * (thinned[-1] != piece[-1])
        _path(figure, f"{name} {k}" if k else name, [at(*point) for point in thinned], curve.look, curve.note)  # type: ignore[operator]
    drawn = [piece[-1] for piece in pieces if piece] or inside[:1] or [(0.0, low)]
    d, value = drawn[-1]
    return d, min(max(value, low), high)


def clipped(d0: float, v0: float, d1: float, v1: float, low: float, high: float) -> tuple[Point, Point] | None:
    """A piece of a line as far as it lies between two heights; None where it does not.

    >>> clipped(0, 0, 1, 4, 1, 2), clipped(0, 5, 1, 4, 1, 2)
    (((0.25, 1), (0.5, 2)), None)
    """
    if max(v0, v1) < low or min(v0, v1) > high:
        return None

    def end(d: float, v: float) -> Point:
        kept = min(max(v, low), high)
        return (d, v) if kept == v else (d0 + (d1 - d0) * (kept - v0) / (v1 - v0), kept)

    return end(d0, v0), end(d1, v1)
