"""Numbers over a text as tints: any state or gate unit by unit, and what one prediction hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_rnn.algebra.letters import lettered
from autograd_rnn.drawing.figure import Figure, Frame, Symbol, Text
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.looks import tint
from autograd_rnn.drawing.output.style import SMALL, UNDER
from autograd_rnn.engine.checks import counts
from autograd_rnn.engine.naming import full_name, name_of
from autograd_rnn.limits import at_most
from autograd_rnn.nets.connectivity import Connectivity, encoded
from autograd_rnn.nets.given import array_of
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.nets.run import Run
from autograd_rnn.visible import shown

HIGH, ROOM = 22.0, 8.0  # of a cell: its height, and what is free beside its label
LINE = 780.0  # of a text: where it goes on in the next line
MOST = 20_000  # cells


def states(run: Run, quantity: str | None, units: Iterable[int] | None, labels: Sequence[str] | None, sequence: Any = None) -> Figure:
    """A heat map of a quantity, unasked of the state: a row a unit (as ``run[quantity][t].value`` counts them, from 0), a column a step,
    the text below. Of a batch one ``sequence`` (0, 1, ...), as far as it goes.

    Raises ValueError for a quantity that the run has not, for a batch without a ``sequence``, and for units that there are not.

    >>> from autograd_rnn.drawing.charts.heat import states
    >>> figure = states(unroll(LSTM(3, 4), np.ones((5, 3))), "f", [3, 0], list("hello"))
    >>> [frame.tip for frame in figure.frames][:2]
    ['f_1[3] = 0.906', 'f_2[3] = 0.923']
    """
    cell = run.unrolled[-1].layers[-1][0].cell
    main = shown_states(cell)[0] if quantity is None else quantity
    quantity = main if main == "h" or quantity else full_name(main, cell.tag, None)
    series = run.h if quantity == "h" else run.c if quantity == "c" else run[quantity]
    items = [(t, node.value) for t, node in enumerate(series, series.first) if (node.step or t) >= run.start and node.scope.cell]
    items = items or [(t, node.value) for t, node in enumerate(series, series.first)]
    values = np.stack([value for _, value in items])
    if values.ndim not in (2, 3):
        raise ValueError(f"{quantity} is no vector in this run, and a heat map has a unit a row: draw h, c or a gate")
    values, title = _one(run, quantity, values, sequence)
    items = items[: len(values)]
    chosen = chosen_units(units, values.shape[1], quantity)
    at_most("draw: numbers in a heat map", len(chosen) * len(values), MOST)
    name, times = name_of(quantity), [t for t, _ in items]
    below = _below(run, times, labels)
    figure = Figure(f"{quantity} of {' and '.join(repr(unrolled.net) for unrolled in run.unrolled)}, unit by unit{title}")
    rows = values[:, chosen]
    largest = float(np.max(np.abs(rows), initial=0.0))
    widths = [max(18.0, ROOM + breadth((text,), UNDER)) for text in below]
    lefts = np.concatenate([[0.0], np.cumsum(widths)])
    for i, unit in enumerate(chosen):
        y = -i * HIGH
        row = (Symbol(name.letter, name.tag, name.sub), f"[{unit}]")
        figure.add(Text((-10.0, y - HIGH / 2), row, "label", side=-1))
        for k, t in enumerate(times):
            value = float(rows[k, i])
            box = (float(lefts[k]), y - HIGH), (float(lefts[k + 1]), y)
            kind, tip = "negative_value" if value < 0 else "positive_value", f"{quantity}_{t}[{unit}] = {value:.3g}"
            figure.add(Frame(f"{quantity} {t} {unit}", kind, *box, tip, tint(value, largest)))
    base = -len(chosen) * HIGH
    for k, text in enumerate(below):
        figure.add(Text((float(lefts[k] + widths[k] / 2), base - 13), (text,), "label"))
    signs = "square > 0, round < 0, " if (rows < 0).any() else ""
    caption = f"{lettered(quantity)} at each step: {signs}the strongest {largest:.2g}"
    figure.add(Text((max(float(lefts[-1]) / 2, breadth((caption,), SMALL) / 2 - 30), base - 38), (caption,), "caption"))
    figure.description = f"A row a unit, a column a step. {caption}."
    return figure


def _one(run: Run, quantity: str, values: np.ndarray, sequence: Any) -> tuple[np.ndarray, str]:
    """The values of one sequence, without its padding, and what the title says of it."""
    if values.ndim == 2:
        if sequence is not None:
            raise ValueError("sequence= chooses one of a batch, and this run is one sequence: leave it out")
        return values, ""
    count = values.shape[1]
    if sequence is None:
        one = "sequence=0 shows the first" if count else "a batch of no sequences has none"
        raise ValueError(f"{quantity} is a batch of {count} in this run, and a heat map has a unit a row: {one}")
    if not counts(sequence) or not 0 <= sequence < count:
        raise ValueError(f"sequence={shown(sequence)}: the batch has {count}, from 0 to {count - 1}")
    by_part = [run.lengths, *[run.target_lengths] * (len(run.unrolled) - 1)]
    lengths = by_part[0 if quantity in encoded(run) else -1]
    T = len(values) if lengths is None else min(len(values), int(np.asarray(lengths)[sequence]))
    return values[:T, sequence], f", sequence {sequence}"


def hanging(what: Connectivity) -> Figure:
    """The text, each piece on a ground as dark as its share in what a step hangs on.

    >>> from autograd_rnn.drawing.charts.heat import hanging
    >>> figure = hanging(unroll(RNN(3, 4), np.ones((5, 3))).connectivity(3, labels="hello"))
    >>> [frame.id for frame in figure.frames if frame.emphasis]
    ['x 3']
    """
    figure = Figure(f"What {what.of}_{what.t} hangs on")
    at_most("draw: letters", len(what.steps), MOST)
    x = y = widest = 0.0
    by = what.norms.reshape(len(what.steps), -1).mean(axis=1)
    for k, label, number, weight in zip(what.steps, what.labels, by, what.weights, strict=True):
        width = max(18.0, ROOM + breadth((label,), UNDER))
        if x and x + width > LINE:
            x, y = 0.0, y - 1.5 * HIGH
        tip, box = f"‖∂{what.of}_{what.t}/∂x_{k}‖ = {number:.3g}", ((x, y - HIGH), (x + width, y))
        figure.add(Frame(f"x {k}", "letter", *box, tip, tint(float(weight), 1.0, "#E69F00"), "lit" if what.here(k) else ""))
        figure.add(Text((x + width / 2, y - HIGH / 2), (label,), "label"))
        x += width
        widest = max(widest, x)
    figure.frames.sort(key=lambda frame: bool(frame.emphasis))  # its line lies on its neighbours
    symbol = Symbol(what.of, sub=str(what.t))
    caption = ("what ", symbol, " hangs on, ‖∂", symbol, "/∂", Symbol("x", sub="k"), f"‖: the strongest {by.max(initial=0.0):.2g}")
    figure.add(Text((max(widest / 2, breadth(caption, SMALL) / 2), y - HIGH - 18), caption, "caption"))
    figure.description = what.sentence
    return figure


def chosen_units(units: Iterable[int] | None, count: int, quantity: str) -> list[int]:
    """The units asked for, checked."""
    if units is None:
        return list(range(count))
    given = array_of(list(units) if isinstance(units, Iterable) and not isinstance(units, str) else units, "units")
    if given.ndim != 1 or not given.size or given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= count:
        raise ValueError(f"units={shown(units)}: a list of units of {quantity}, from 0 to {count - 1}")
    if len(set(given.tolist())) < len(given):
        raise ValueError(f"units={shown(units)} has one twice: name each unit once")
    return [int(unit) for unit in given]


def _below(run: Run, times: list[int], labels: Sequence[str] | None) -> list[str]:
    """What stands below each column: what was read at that step, or its number."""
    if labels is None:
        return [str(t) for t in times]
    if len(run.unrolled) > 1:  # an encoder's labels come before its decoder's
        labels = labels[: len(times)] if times and len(times) == len(run.unrolled[0].xs) else labels[-len(times) :]
    return [labels[t - run.start] if len(run.unrolled) == 1 else labels[k] for k, t in enumerate(times)]
