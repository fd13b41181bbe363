"""A block picture turned upward: time from the bottom to the top, inputs at the left, losses at the right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Arrow, Figure, Point, Text
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.looks import of_arrow, short
from autograd_rnn.drawing.output.style import SMALL, UNDER

ABOVE, BESIDE = 11.0, 6.0  # from a level arrow to its label's middle, from an upright one to its label's edge
HIGH, CLEAR = 10.0, 3.0  # from a label's middle to its edge; from there to what stands beside
BAND = 200.0  # twice as high as what is looked at together
UPRIGHT = {"\u22ef": "\u22ee"}  # dots of a gap
Box = tuple[float, float, float, float]  # left, low, right, high


def upward(figure: Figure) -> None:
    """Turn all but the lines below: what was right is up, what was up is right.

    >>> from autograd_rnn.drawing import draw
    >>> marks = draw(Model(RNN(3, 4), 2), direction="up").figure.marks
    >>> marks["h_2"].at[0] == marks["h_1"].at[0], marks["h_2"].at[1] > marks["h_1"].at[1], marks["s_1"].at[0] > marks["h_1"].at[0]
    (True, True, True)
    """
    heights = [mark.at[1] for mark in figure.marks.values() if mark.kind != "anchor"]
    low, high = min(heights), max(heights)
    below = [text for text in figure.texts if text.kind == "caption" and text.at[1] < low]
    samples = {mark.id for mark in figure.marks.values() if mark.kind == "anchor" and mark.at[1] < low}
    kept = [arrow for arrow in figure.arrows if arrow.tail in samples]
    figure.arrows = [_turned(arrow) for arrow in figure.arrows if arrow.tail not in samples]
    rest = [text for text in figure.texts if text not in below]
    at_hand = max((_long(text) for text in rest if text.kind == "label" and text.at[1] < low), default=0.0)
    beyond, far = {}, 0.0  # how much further than over it each line of words begins beside the uppermost row
    for y in sorted({text.at[1] for text in rest if text.at[1] > high}):
        beyond[y] = max(0.0, far - (y - high))
        far = y - high + beyond[y] + max(_long(text) for text in rest if text.at[1] == y)
    figure.texts = [_aside(text, low, high, at_hand if text.kind == "heading" else -beyond.get(text.at[1], 0.0)) for text in rest]
    for k, frame in enumerate(figure.frames):
        if frame.kind == "padding":
            figure.frames[k] = frame._replace(high=(frame.high[0], max(frame.high[1], high + far)))
    figure.frames = [frame._replace(low=swapped(frame.low), high=swapped(frame.high)) for frame in figure.frames]
    for id, mark in figure.marks.items():
        if id not in samples:
            label = tuple(tuple(UPRIGHT.get(part, part) if isinstance(part, str) else part for part in line) for line in mark.label)
            size = mark.size and swapped(mark.size)
            figure.marks[id] = mark._replace(at=swapped(mark.at), size=size, label=label)
    stand = [mark for id, mark in figure.marks.items() if id not in samples]
    xs, ys = [mark.at[0] for mark in stand], [mark.at[1] for mark in stand]
    old = max((text.at[1] for text in below), default=0.0)
    dy = min([*ys, *(frame.low[1] for frame in figure.frames), *(text.at[1] for text in figure.texts)]) - 2.2 * LINE - old
    dx = (min(xs) + max(xs)) / 2 - (sum(text.at[0] for text in below) / len(below) if below else 0.0)
    figure.texts += [text._replace(at=(text.at[0] + dx, text.at[1] + dy), parts=tuple(map(_beside, text.parts))) for text in below]
    for id in samples:
        mark = figure.marks[id]
        figure.marks[id] = mark._replace(at=(mark.at[0] + dx, mark.at[1] + dy))
    figure.arrows += [arrow.moved(lambda at: (at[0] + dx, at[1] + dy)) for arrow in kept]
    figure.description = figure.description.replace("Time runs from left to right", "Time runs from the bottom to the top", 1)


def swapped(at: Point) -> Point:
    """A place in the picture that is turned."""
    return at[1], at[0]


def _turned(arrow: Arrow) -> Arrow:
    """An arrow with its label above it where it is level, else beside it, on the side where it was."""
    turned = arrow.moved(swapped)
    if not arrow.label or arrow.label_at is None:
        return turned
    x, y = swapped(arrow.label_at)
    (x0, y0), (x1, y1) = turned.points[0], turned.tip
    half = breadth(arrow.label, SMALL) / 2
    if abs(x1 - x0) >= abs(y1 - y0):
        along = min(1.0, max(0.0, (x - x0) / (x1 - x0)))
        on = y0 + along * (y1 - y0)
        return turned._replace(label_at=(x, on + (ABOVE if y >= on else -ABOVE)))
    along = min(1.0, max(0.0, (y - y0) / (y1 - y0)))
    on = x0 + along * (x1 - x0)
    return turned._replace(label_at=(on + (half + BESIDE if x >= on else -half - BESIDE), y))


def _beside(part: Any) -> Any:
    """A caption's words, of a picture in which what was above is beside."""
    return part.replace("above:", "beside:") if isinstance(part, str) else part


def _long(text: Text) -> float:
    """How much room words take before others."""
    return breadth(text.parts, UNDER) + LINE / 2


def _aside(text: Text, low: float, high: float, further: float) -> Text:
    """Words where they stand: ending left of the lowest row, ``further`` for a heading; beginning right of the uppermost row."""
    (x, y), side = swapped(text.at), -1 if text.at[1] < low else 1 if text.at[1] > high else text.side
    return text._replace(at=(x - side * LINE / 3 - further, y), side=side)


def clear(figure: Figure) -> None:
    """Move each label off its line, to the nearer side, until it stands clear of all else: lines laid over, cuts, shades, other labels."""
    bands: dict[int, list[Box]] = {}  # by height, so that a long run takes no longer a label
    for box in _taken(figure):
        bands.setdefault(int((box[1] + box[3]) // BAND), []).append(box)
    for k, arrow in enumerate(figure.arrows):
        if not arrow.label or arrow.label_at is None:
            continue
        was, half = np.array(arrow.label_at), np.array([breadth(short(arrow.label), SMALL) / 2 + CLEAR, HIGH])
        (x0, y0), (x1, y1) = arrow.points[0], arrow.tip
        axis, band = int(abs(x1 - x0) >= abs(y1 - y0)), int(2 * was[1] // BAND)
        near = np.array([box for one in (band - 1, band, band + 1) for box in bands.get(one, ())]).reshape(-1, 4)
        x, y = map(float, min((_moved(was, half, near, axis, way) for way in (-1, 1)), key=lambda to: abs(to - was).sum()))
        figure.arrows[k] = arrow._replace(label_at=(x, y))
        bands.setdefault(int(2 * y // BAND), []).append((x - half[0], y - half[1], x + half[0], y + half[1]))


def _taken(figure: Figure) -> Iterator[Box]:
    """Where lines, outlines and shades are."""
    for arrow in figure.arrows:
        half = of_arrow(arrow)["penwidth"] / 2 + 0.5
        yield from ((x - half, y - half, x + half, y + half) for x, y in samples(arrow.points, 2.0))
    for mark in figure.marks.values():
        (x, y), (w, h) = mark.at, mark.extent
        for angle in range(0, 360, 15):
            across, up = x + w / 2 * math.cos(math.radians(angle)), y + h / 2 * math.sin(math.radians(angle))
            yield min(x, across), min(y, up), max(x, across), max(y, up)
    yield from ((*frame.low, *frame.high) for frame in figure.frames if frame.kind.endswith(("value", "adjoint")))


def _moved(at: Any, half: Any, taken: Any, axis: int, way: int) -> Any:
    """Where a box with this middle comes to stand that is moved along an axis, one way, until it meets nothing."""
    to = at.copy()
    while (met := taken[((taken[:, :2] < to + half) & (taken[:, 2:] > to - half)).all(axis=1)]).size:
        to[axis] = met[:, 2 + axis].max() + half[axis] + 1e-6 if way > 0 else met[:, axis].min() - half[axis] - 1e-6
    return to
