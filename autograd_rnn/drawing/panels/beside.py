"""Figures side by side, their inputs in one row."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.curves import HEAD, through
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Symbol, Text
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.shapes import extent
from autograd_rnn.drawing.output.style import RADIUS, SMALL, UNDER

APART, BETWEEN = 44.0, 96.0  # from one figure to the next; the length of an arrow between them


def beside(figures: Sequence[Figure], titles: Sequence[str], between: str = "", first: int = 1) -> Figure:
    """Figures side by side, their inputs in one row, each under its title (its first line; further lines say more).

    ``between``: a word on an arrow from each figure to the next. Captions come last, each once. ``first``: the
    number that the first figure's ids begin with.

    >>> from autograd_rnn.drawing.block.folded import folded
    >>> from autograd_rnn.drawing.panels.beside import beside
    >>> two = beside([folded(RNN(3, 4)), folded(GRU(3, 4))], ["RNN", "GRU"])
    >>> list(two.marks)
    ['1-x', '1-h', '1-delay_h-h', '2-x', '2-h', '2-delay_h-h']
    """
    if len(figures) != len(titles) or not figures:
        raise ValueError(f"beside takes at least one figure and a title for each, not {len(figures)} figures and {len(titles)} titles")
    whole = Figure(", ".join(title.partition("\n")[0] for title in titles))
    lines = [title.split("\n") for title in titles]
    bare = [_without_captions(figure) for figure in figures]
    boxes = [extent(figure) for figure in bare]
    above, below = max(box[3] for box in boxes) + 0.8 * LINE, min(box[1] for box in boxes)
    depth, right = max(map(len, lines)), 0.0
    for k, (figure, title, (x0, _, x1, _)) in enumerate(zip(bare, lines, boxes, strict=True), first):
        half = max((x1 - x0) / 2, *(breadth((text,), SMALL if n else UNDER, not n) / 2 for n, text in enumerate(title)))
        gap = 0.0 if k == first else BETWEEN + 20 if between else APART
        middle = right + gap + half
        placed = figure.moved(middle - (x0 + x1) / 2, 0.0, f"{k}-")
        if k > first and between:
            _arrow_between(whole, k, right + gap / 2, between, placed)
        _put(whole, placed)
        for n, text in enumerate(title):
            whole.add(Text((middle, above + (depth - 1 - n) * LINE), (text,), "caption" if n else "heading"))
        right = middle + half
    for n, caption in enumerate(_captions(figures, [title[0] for title in lines])):
        whole.add(Text((right / 2, below - (1.2 + n) * LINE), caption, "caption"))
    parts = (f"{title.replace(chr(10), ' ')}: {figure.description}" for title, figure in zip(titles, figures, strict=True))
    whole.description = f"{len(figures)} pictures side by side. {' '.join(parts)}"
    return whole


def below(upper: Figure, lower: Figure) -> Figure:
    """One figure under another, their middles in a line; a caption of both stands under both."""
    whole, said = Figure(f"{upper.title}, {lower.title}"), [text.parts for text in lower.texts if text.kind == "caption"]
    upper = upper.moved(0.0, 0.0)
    upper.texts = [text for text in upper.texts if text.kind != "caption" or text.parts not in said]
    (x0, low, x1, _), (x2, _, x3, high) = extent(upper), extent(lower)
    _put(whole, upper)
    _put(whole, lower.moved((x0 + x1 - x2 - x3) / 2, low - high - APART))
    whole.description = f"{upper.description} {lower.description}"
    return whole


def _captions(figures: Sequence[Figure], titles: list[str]) -> list[Line]:
    """Every caption once; where two say different things of one letter, each under its figure's title."""
    found = {text.parts: title for figure, title in zip(figures, titles, strict=True) for text in figure.texts if text.kind == "caption"}
    about = [first for first, *_ in found if isinstance(first, Symbol)]
    return [(f"{title}: ", *caption) if sum(first == caption[0] for first in about) > 1 else caption for caption, title in found.items()]


def _without_captions(figure: Figure) -> Figure:
    """The figure alone, its lowest row of inputs at height 0."""
    rows = [mark.at[1] for mark in figure.marks.values() if mark.kind in ("input", "neuron_in")]
    bare = figure.moved(0.0, -min(rows, default=0.0))
    bare.texts = [text for text in bare.texts if text.kind != "caption"]
    return bare


def _put(whole: Figure, part: Figure) -> None:
    """Put a figure's items into another."""
    whole.marks |= part.marks
    whole.arrows += part.arrows
    whole.frames += part.frames
    whole.texts += part.texts


def _arrow_between(whole: Figure, k: int, middle: float, word: str, after: Figure) -> None:
    """A grey arrow between two figures, at the height of the second one's lowest states, a word on it."""
    heights = [mark.at[1] for mark in after.marks.values() if mark.kind == "state"]
    y, half = min(heights, default=0.0), BETWEEN / 2 - RADIUS / 2
    ends = [Mark(f"{k - 1}-{k}-{end}", "anchor", (middle + way * half, y)) for end, way in (("from", -1), ("to", 1))]
    for mark in ends:
        whole.add(mark)
    tip, base = ends[1].at, (ends[1].at[0] - 1.6 * HEAD, y)
    whole.add(Arrow(f"{k - 1}-{k}", ends[0].id, ends[1].id, "unfold", through([ends[0].at, base]), tip, (word,), (middle, y + 14), word))
