"""What of a batch is padding, which losses count, and how large the batch is: said wherever a run has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.figure import Figure, Frame, Line, Symbol, Text
from autograd_rnn.drawing.output.looks import tint
from autograd_rnn.drawing.overlay.contributions import MARGIN, columns_of
from autograd_rnn.drawing.overlay.legend import Entry, say
from autograd_rnn.engine import Tensor
from autograd_rnn.nets.run import Run

KEEP, WRITTEN = "sequences have ended and keep their states", "targets have ended, of which no loss counts"
GREY = 0.18  # how much darker than the sheet a step is in which every sequence has ended


def masked(figure: Figure, run: Run) -> None:
    """Shade the steps at which sequences have ended, and say how many go on; fade losses that do not count; say what a batch is.

    >>> from autograd_rnn.drawing import draw
    >>> model = Model(RNN(3, 4), output_size=2)
    >>> figure = draw(model.unroll(np.ones((3, 2, 3)), np.zeros((3, 2), int), lengths=[3, 1])).figure
    >>> [frame.tip for frame in figure.frames]
    ['t = 3: 1 of 2 sequences goes on', 't = 2: 1 of 2 sequences goes on']
    """
    weighed(figure, run)
    reads = run.unrolled[0].xs
    if reads[0].ndim < 2:
        return
    count = len(reads[0].value)
    if run.lengths is not None and min(run.lengths) < len(reads):
        ended = {t: int(np.sum(np.asarray(run.lengths) <= k)) for k, t in enumerate(range(run.start, run.start + len(reads)))}
        padded(figure, {t: count - many for t, many in ended.items()}, count, "enc" * (len(run.unrolled) > 1), KEEP)
    if run.target_lengths is not None and min(run.target_lengths) < run.T:
        padded(figure, {t: int(np.sum(np.asarray(run.target_lengths) >= t)) for t in range(1, run.T + 1)}, count, "dec", WRITTEN)
    say(figure, Entry(batch(run, count)))


def padded(figure: Figure, running: Mapping[int, int], count: int, part: str, says: str) -> None:
    """A grey box behind each step at which not all of a batch's sequences go on, and how many do on top; ``says``: what becomes of the
    others."""
    shown = [(steps[0], low, high) for steps, low, high in columns_of(figure, list(running), part) if len(steps) == 1]
    stand = [(mark.at[1], mark.extent[1] / 2) for mark in figure.marks.values() if mark.kind != "anchor"]
    boxes = [at[1] for frame in figure.frames if frame.kind != "padding" for at in (frame.low, frame.high)]
    bottom, top = min(y - half for y, half in stand), max([y + half for y, half in stand] + boxes)
    bottom = min([bottom, *boxes])
    counts = {f"{n} of {count}" for n in range(count)}  # those of an encoder stand already
    over = (text.at[1] + LINE / 2 for text in figure.texts if text.at[1] > top and not counts.intersection(map(str, text.parts)))
    high = max([top, *over]) + MARGIN
    for t, left, right in shown:
        if running[t] < count:
            tip = f"t = {t}: {running[t]} of {count} sequences {'goes' if running[t] == 1 else 'go'} on"
            box = (left - MARGIN / 2, bottom - MARGIN / 2), (right + MARGIN / 2, high + LINE)
            figure.frames.insert(
                0, Frame(f"padding{part}_{t}", "padding", *box, tip, tint(GREY * (1 - running[t] / count), 1.0, "#000000"))
            )
            figure.add(Text(((left + right) / 2, high + LINE / 2), (f"{running[t]} of {count}",), "caption"))
    say(figure, Entry((f"dashed box: {says}; above: how many go on",)))


def weighed(figure: Figure, run: Run) -> None:
    """Losses that do not count are faded, and beside one that counts otherwise stands by how much."""
    if run.weights is None or not run.weights.chosen:
        return
    series = dict(enumerate((m.value for m in run.weights.steps), run.weights.first))
    for mark in [mark for mark in figure.marks.values() if mark.kind in ("loss", "criterion") and mark.step in series]:
        m = series[mark.step or 0]
        if not m.any():
            figure.marks[mark.id] = mark._replace(emphasis="faded", tip=f"{mark.tip}: does not count")
            figure.arrows = [a._replace(emphasis="faded") if a.head == mark.id or a.tail == mark.id else a for a in figure.arrows]
        elif (m != 1).any():
            counts = m.ndim and np.isin(m, (0, 1)).all()
            said = f"{int(m.sum())} of {len(m)} count" if counts else f"×{m:.3g}" if not m.ndim else "weighed"
            figure.add(Text((mark.at[0], mark.at[1] + mark.extent[1] / 2 + 0.45 * LINE), (said,), "caption"))
    if any(not m.any() for m in series.values()):
        say(figure, Entry(("faint: a loss that does not count",)))


def batch(run: Run, count: int) -> Line:
    """How large the arrays are that go through at once."""
    chain = run.chains[-1]
    shapes: Sequence[tuple[Symbol, Tensor]] = [
        (Symbol("x", "", "t"), run.x[run.start]),
        *((Symbol(s, "", "t"), chain.steps[0][s]) for s in chain.cell.carried),
    ]
    sizes = [part for symbol, node in shapes for part in (", ", symbol, f" is {'×'.join(map(str, node.shape))}")]
    return (f"a batch of {count} sequence{'s' * (count != 1)} at once: ", *sizes[1:])
