"""Circles and lines of a net drawn neuron by neuron."""

from __future__ import annotations

from autograd_rnn.drawing.curves import through, towards
from autograd_rnn.drawing.figure import Arrow, Figure, Mark, Point, Symbol

MOST = 8  # numbers in a vector: more lines than 8 x 8 in a bundle are a smear
ALONG, UP = 22.0, 22.0  # from one unit of a vector to the next: rows rise, so that no line runs along one
ROOM, STEP = 115.0, 150.0  # from a row's end to the next row; from the end of a step to the start of the next
RADIUS, HEAD = 8.5, 4.5  # a circle's radius; an arrow head's length
MINUS = "\u2212"
WEIGHED = "wide: a large weight; dashed: a negative one"


def places(middle: Point, count: int, along: float = ALONG, up: float = UP) -> list[Point]:
    """Where a vector's numbers stand: in a row that rises to the right."""
    return [(middle[0] + (k - (count - 1) / 2) * along, middle[1] + (k - (count - 1) / 2) * up) for k in range(count)]


def middle(at: list[Point]) -> Point:
    """The middle of such a row."""
    return (at[0][0] + at[-1][0]) / 2, (at[0][1] + at[-1][1]) / 2


def line(ends: tuple[str, str], tail: Point, head: Point, kind: str, note: str, width: float | None = None) -> Arrow:
    """A straight arrow from circle to circle."""
    start, tip, base = towards(tail, head, RADIUS), towards(head, tail, RADIUS), towards(head, tail, RADIUS + HEAD)
    return Arrow(f"{ends[0]}-{ends[1]}", *ends, kind, through([start, base]), tip, note=note, width=width)


Look = tuple[str, str, float | None]  # a line's kind, note and width


def weight(name: str, at: str, value: float, most: float, kind: str, weighted: bool) -> Look:
    """A weight's line: its kind, its note and its width."""
    width = 0.3 + 2.2 * abs(value) / (most or 1.0) if weighted else None
    return "minus" if weighted and value < 0 else kind, f"{name}[{at}] = {value:.3g}", width


def matrix(figure: Figure, id: str, symbol: Symbol | None, shape: tuple[int, ...], at: Point, part: str = "") -> None:
    """A matrix's name and size on its bundle; ``part``: which rows of it."""
    H, D = shape
    label, size = (symbol or "", f"{part} {H}\u00d7{D}"), (82.0 + 7 * len(part), 22.0) if part else None
    figure.add(Mark(id, "matrix", at, (label,), f"{symbol}{part}: {H} rows, {D} columns", size=size))
