"""Drawing: from the tape to SVG in seconds, and how that grows with the length."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import numpy as np

import autograd_rnn as ar
from autograd_rnn.drawing import Picture, draw
from autograd_rnn.drawing.op.operations import operations
from tests.benchmarks.timing import Result, against, seconds


def results() -> Iterator[Result]:
    model = ar.Model(ar.LSTM(3, 4), output_size=3)

    def run(steps: int) -> ar.Run:
        return model.unroll(np.ones((steps, 3)), [0] * steps)

    def typical(f: Callable[[], object]) -> float:
        f()
        return statistics.median(seconds(f) for _ in range(5))

    short, long, block = run(100), run(200), run(20)
    first = typical(lambda: Picture(operations(short, elide=False)).svg())
    nodes = len(operations(short, elide=False).marks)
    yield Result("op level of an LSTM, T=100, to SVG", first, 1.0, f"{nodes} nodes", "s")
    yield against(
        "the same at T=200, against T=100",
        lambda: Picture(operations(long, elide=False, force=True)).svg(),
        lambda: Picture(operations(short, elide=False)).svg(),
        2.2,
        7,
    )
    yield against(
        "the same with gradients, T=100 against T=50",
        lambda: draw(short, level="op", elide=False, gradients=True).svg(),
        lambda: draw(run(50), level="op", elide=False, gradients=True).svg(),
        2.6,
        3,
    )
    flows = {f"LSTM, seed {k}": ar.unroll(ar.LSTM(3, 4, seed=k), np.ones((100, 3))).flow() for k in range(5)}
    yield Result("five flows on one axis, T=100, to SVG", typical(lambda: draw(flows).svg()), 0.3, unit="s")
    yield Result("block level of an LSTM, T=20, to SVG", typical(lambda: draw(block, elide=False).svg()), 0.3, unit="s")
