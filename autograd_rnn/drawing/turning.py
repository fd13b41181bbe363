"""A block picture turned upward: time from the bottom to the top, inputs at the left, losses at the right."""

from __future__ import annotations

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.figure import Arrow, Figure, Point, Text
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import SMALL

ABOVE, BESIDE = 11.0, 6.0  # from a level arrow to its label's middle, from an upright one to its label's edge
UPRIGHT = {"\u22ef": "\u22ee"}  # dots of a gap


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
    figure.texts = [_aside(text, low, high) for text in figure.texts if text not in below]
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
    figure.texts += [text._replace(at=(text.at[0] + dx, text.at[1] + dy)) for text in below]
    for id in samples:
        mark = figure.marks[id]
        figure.marks[id] = mark._replace(at=(mark.at[0] + dx, mark.at[1] + dy))
    figure.arrows += [
        arrow._replace(points=tuple((x + dx, y + dy) for x, y in arrow.points), tip=(arrow.tip[0] + dx, arrow.tip[1] + dy))
        for arrow in kept
    ]
    figure.description = figure.description.replace("Time runs from left to right", "Time runs from the bottom to the top", 1)


def swapped(at: Point) -> Point:
    """A place in the picture that is turned."""
    return at[1], at[0]


def _turned(arrow: Arrow) -> Arrow:
    """An arrow with its label above it where it is level, else beside it, on the side where it was."""
    points, tip = tuple(map(swapped, arrow.points)), swapped(arrow.tip)
    turned = arrow._replace(points=points, tip=tip)
    if not arrow.label or arrow.label_at is None:
        return turned
    x, y = swapped(arrow.label_at)
    (x0, y0), (x1, y1) = points[0], tip
    half = breadth(arrow.label, SMALL) / 2
    if abs(x1 - x0) >= abs(y1 - y0):
        along = min(1.0, max(0.0, (x - x0) / (x1 - x0)))
        on = y0 + along * (y1 - y0)
        return turned._replace(label_at=(x, on + (ABOVE if y >= on else -ABOVE)))
    along = min(1.0, max(0.0, (y - y0) / (y1 - y0)))
    on = x0 + along * (x1 - x0)
    return turned._replace(label_at=(on + (half + BESIDE if x >= on else -half - BESIDE), y))


def _aside(text: Text, low: float, high: float) -> Text:
    """Words where they stand: ending left of the lowest row, beginning right of the uppermost one."""
    (x, y), side = swapped(text.at), -1 if text.at[1] < low else 1 if text.at[1] > high else text.side
    return text._replace(at=(x - side * LINE / 3, y), side=side)
