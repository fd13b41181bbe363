"""Nets side by side: how many numbers each learns, how that grows with the length, and what a step costs."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine.checks import switch
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.cells import GRU, LSTM, RNN
from autograd_rnn.nets.feed_forward import FeedForward
from autograd_rnn.nets.given import size
from autograd_rnn.nets.model import Model, Scored
from autograd_rnn.nets.progress import patient
from autograd_rnn.nets.wiring import Bidirectional, Stacked
from autograd_rnn.table import table
from autograd_rnn.visible import shown

TIMES = 5  # runs that a time is the middle one of
MOST = 100_000  # steps of small cells, which are timed in some ten seconds
TIMED = "compare: steps of small cells that are timed"
LARGE = 40_000  # numbers that take as long as the operations of a small cell
COLUMNS = 20  # lengths that a table has room for


class Row(NamedTuple):
    """One net: its numbers at each length (the same, but where a step or a place in a window has weights of its own), and the seconds of
    a step, forward and backward (nan where it was not timed)."""

    name: str
    parameters: tuple[int, ...]
    growth: str
    seconds: float


class Comparison:
    """What `compare` counted: ``rows`` by net, at the ``lengths``. It prints as a table."""

    def __init__(self, rows: list[Row], lengths: tuple[int, ...], sizes: str):
        self.rows, self.lengths, self.sizes = rows, lengths, sizes

    def __getitem__(self, name: str) -> Row:
        found = [row for row in self.rows if row.name == name]
        if not found:
            raise KeyError(f"no {shown(name)} here: there are {', '.join(row.name for row in self.rows)}")
        return found[0]

    def __str__(self) -> str:
        timed = any(row.seconds == row.seconds for row in self.rows)
        columns = ["net", *(f"numbers at T={T:,}" for T in self.lengths), "for each further step", *["ms a step"] * timed]
        rows = [[row.name, *(f"{n:,}" for n in row.parameters), row.growth, *[f"{1e3 * row.seconds:.2g}"] * timed] for row in self.rows]
        return table(columns, rows, title=self.sizes)

    __repr__ = __str__


@patient("measuring")
def compare(
    models: Mapping[str, Any] | None = None,
    *,
    input_size: int = 10,
    hidden_size: int = 20,
    output_size: int = 10,
    lengths: tuple[int, ...] = (10, 100),
    timed: bool = True,
) -> Comparison:
    """How large nets are. ``models`` by name; without them a feed-forward net over a window of all T steps, an RNN, a GRU, an LSTM, two
    directions and two layers of RNNs, and the RNN with other weights at every step, all of the given sizes.

    A recurrent net has the same numbers at any length: they are shared by all steps. ``timed``: a run forward and backward over
    the longest of the ``lengths``, per step, as measured here; otherwise the same table each time.

    >>> print(compare(hidden_size=4, input_size=3, output_size=2, lengths=(2, 10), timed=False))
    3 inputs, 4 units, 2 scores
     net                          numbers at T=2   numbers at T=10   for each further step
    ───────────────────────────────────────────────────────────────────────────────────────
     feed-forward over a window               38               134   12 more
     RNN                                      42                42   none
     GRU                                     106               106   none
     LSTM                                    138               138   none
     RNN, two directions                      82                82   none
     RNN, two layers                          78                78   none
     RNN, untied                              74               330   32 more
    """
    D, H, K = size("input_size", input_size), size("hidden_size", hidden_size), size("output_size", output_size)
    if not isinstance(lengths, (tuple, list)) or not lengths:
        raise ValueError(f"lengths={shown(lengths)}: some numbers of steps, (10, 100)")
    at_most("compare: lengths", len(lengths), COLUMNS)
    timed = switch("timed", timed)
    spans = tuple(size("lengths", T) for T in lengths)
    if models is not None:
        return _compared(models, spans, timed)
    numbers = 7.0 * K * H + 12 * H * (H + D) + max(spans) * D * H * timed
    afford("compare: seven nets side by side", 8 * numbers)
    if timed:
        at_most(TIMED, TIMES * max(spans) * numbers / LARGE, MOST)
    nets: dict[str, Any] = {
        "RNN": RNN(D, H),
        "GRU": GRU(D, H),
        "LSTM": LSTM(D, H),
        "RNN, two directions": Bidirectional(RNN(D, H), RNN(D, H, seed=1)),
        "RNN, two layers": Stacked([RNN(D, H), RNN(H, H, seed=1)]),
    }
    found = _compared({name: Model(net, K) for name, net in nets.items()}, spans, timed)
    T = max(spans) if timed else 1
    name, net = "feed-forward over a window", Model(FeedForward(T * D, [H]), K, task="one-to-one")
    row, rest = _compared({name: net}, spans, timed).rows[0], net.count_parameters() - T * H * D
    counts = tuple(rest + t * H * D for t in spans)
    found.rows.insert(0, Row(name, counts, f"{H * D:,} more", row.seconds / T))
    cell, readout = nets["RNN"].count_parameters(), found["RNN"].parameters[0] - nets["RNN"].count_parameters()
    rnn = found["RNN"].seconds  # the same operations
    found.rows.append(Row("RNN, untied", tuple(readout + T * cell for T in spans), f"{cell:,} more", rnn))
    found.sizes = f"{D} inputs, {H} units, {K} scores"
    return found


def _compared(models: Any, lengths: tuple[int, ...], timed: bool) -> Comparison:
    """Models as they are: none grows."""
    if not isinstance(models, Mapping) or not models or not all(isinstance(model, Scored) for model in models.values()):
        raise TypeError(f'compare takes models by name, {{"GRU": Model(GRU(3, 4), 2)}}, not {shown(models)}')
    if foreign := [name for name in models if not isinstance(name, str)]:
        raise TypeError(f"compare takes models by name, and {shown(foreign[0])} is none")
    steps = {name: max(lengths) if "many" in model.task else 1 for name, model in models.items()}
    if timed:
        cost = sum(TIMES * steps[name] * _work(model) for name, model in models.items())
        at_most(TIMED, cost, MOST)
    rows = []
    for name, model in models.items():
        counts = (model.count_parameters(),) * len(lengths)
        rows.append(Row(name, counts, "none", _seconds(model, steps[name]) / steps[name] if timed else math.nan))
    return Comparison(rows, lengths, "")


def _work(model: Any) -> float:
    """What a step costs, in steps of small cells."""
    ends = model.nets[0].input_size + model.readout.output_size  # each step has some ten arrays of their sizes
    return len(model.cells) + (model.count_parameters() + 10 * ends) / LARGE


def _seconds(model: Any, steps: int) -> float:
    """The middle of some runs forward and backward, in processor time."""
    from autograd_rnn.nets.specimen import specimen

    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        specimen(model, steps, steps).backward()
        taken.append(time.process_time() - start)
    for parameter in model.parameters.values():
        parameter.zero_grad()
    return statistics.median(taken)


def untied(cell: Any, T: int) -> Any:
    """A parameters function for ``unroll(parameters={"": untied(cell, T)})`` that gives each step a copy of the cell's weights: the sum of
    the copies' gradients is the gradient of the shared one.

    >>> from autograd_rnn.nets.comparing import untied
    >>> cell, x = RNN(2, 3), np.ones((4, 2))
    >>> model = Model(cell, output_size=2)
    >>> shared = model.unroll(x, [0, 1, 0, 1]).backward()["W_hh"]
    >>> copies = model.unroll(x, [0, 1, 0, 1], parameters={"": untied(cell, 4)}).backward()
    >>> np.allclose(sum(copies[f"W_hh_{t}"] for t in range(1, 5)), shared)
    True
    """
    from autograd_rnn.engine import tensor

    steps = [{name: tensor(np.array(value.value)) for name, value in vars(cell.named()).items()} for _ in range(size("T", T))]
    return lambda t: steps[t - 1]
