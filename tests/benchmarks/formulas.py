"""Deriving, proving and checking formulas: seconds, and how they grow with the length."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

import autograd_rnn as ar
from autograd_rnn.formulas.proving.exact import Exact
from tests.benchmarks.timing import Result, seconds
from tests.oracles.literature import LayerNormLSTM


def results() -> Iterator[Result]:
    lstm = ar.Model(ar.LSTM(3, 3), output_size=3)
    slowest = max(models(), key=lambda model: seconds(lambda: ar.derive(model)))
    derive = statistics.median(seconds(lambda: ar.derive(slowest)) for _ in range(5))
    yield Result("derive, the slowest net", derive, 0.5, type(slowest).__name__, "s")
    yield Result("derive, in a fresh process", fresh(), 0.5, "an encoder-decoder", "s")

    def proof(steps: int) -> float:
        return statistics.median(seconds(lambda: ar.derive(lstm).verify(steps)) for _ in range(3))

    short, long = proof(20), proof(40)
    yield Result("derive and verify an LSTM, H=3, T=20", short, 1.0, unit="s")
    yield Result("the same at T=40, against T=20", long / short, 2.2, f"{long:.2f} s against {short:.2f} s")
    normed = ar.derive(ar.Model(LayerNormLSTM(3, 4, seed=1), output_size=3))
    line = str(normed.jacobian("c", "c"))
    yield Result(
        "check a line of its Jacobian, LSTM with layer norm", seconds(lambda: normed.check(line)), 4.0, f"{len(line)} characters", "s"
    )
    rnn = ar.derive(ar.Model(ar.RNN(3, 3), output_size=3))
    equation = rnn.formula("W_hh")[0]

    def exact() -> None:
        point = Exact(rnn, T=50)
        assert (point.evaluate(equation.left) == point.evaluate(equation.right)).all()

    yield Result("exact check of dW_hh, RNN, T=50, H=3", statistics.median(seconds(exact) for _ in range(5)), 0.05, unit="s")


def fresh() -> float:
    """Deriving a net in a process that has derived none, with all that it imports for it."""
    net = "ar.EncoderDecoder(ar.LSTM(3, 3), ar.LSTM(3, 3, seed=1), 3)"
    timed = f"import time, autograd_rnn as ar; net = {net}; start = time.process_time(); ar.derive(net); print(time.process_time() - start)"
    return statistics.median(float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout) for _ in range(3))


def models() -> list[ar.Model]:
    """One model of every kind."""
    cells = [LayerNormLSTM(3, 4, seed=1), ar.RNN(3, 3), ar.LSTM(3, 3, peephole=True), ar.GRU(3, 3, reset="after")]
    wired = [ar.Stacked([ar.LSTM(3, 3), ar.LSTM(3, 3)]), ar.Bidirectional(ar.GRU(3, 3), ar.GRU(3, 3, seed=1))]
    return [ar.Model(cell, output_size=3) for cell in (*cells, *wired)] + [ar.EncoderDecoder(ar.LSTM(3, 3), ar.LSTM(3, 3, seed=1), 3)]
