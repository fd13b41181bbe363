"""The verdict on a person's line: at once where it is right, on a model's first line too; with a diagnosis, and on a megabyte of text."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from tests.benchmarks.timing import Result, seconds
from tests.oracles.cells_linear import Rotating
from tests.oracles.cells_lstm import FullGateRecurrence, OrderedNeurons, PhasedLSTM
from tests.oracles.literature import HardLSTM, LayerNormGRU

LINES = [
    (lambda: ar.RNN(3, 3), "dW_hh = Sum(da[t] @ h[t-1].T, t)", "dW_hh = Sum(da[t] @ h[t].T, t)"),
    (lambda: ar.RNN(3, 3, activation="relu"), "da[t] = (a[t] > 0) * dh[t]", "da[t] = (h[t] < 0) * dh[t]"),
    (lambda: ar.LSTM(3, 3), "da_o[t] = dh[t]*tanh(c[t])*o[t]*(1 - o[t])", "da_o[t] = dh[t]*c[t]*o[t]*(1 - i[t])"),
    (lambda: ar.GRU(3, 3), "dn[t] = dh[t]*z[t]", "da_n[t] = dh[t]*z[t]*(1 - h[t]**2)*r[t]"),
    (lambda: ar.GRU(3, 3), "db_r = Sum(da_r[t], t)", "db_r = Sum(da_r[k], k, 1, t-1)"),
    (
        lambda: FullGateRecurrence(3, 3),
        "dR_oo = Sum(outer(do[t]*o[t]*(1 - o[t]), o[t-1]), t)",
        "dR_oo = Sum(outer(di[t]*i[t]*(1 - i[t]), h[t-1]), t)",
    ),
]


def results() -> Iterator[Result]:
    def derived(cell: ar.Cell) -> ar.Derivation:
        return ar.derive(ar.Model(cell, output_size=3))

    fresh, warm, wrong = [], [], []
    derived(ar.RNN(3, 4)).check("dW_hh = 0")  # what is loaded for it
    for make, right, slip in LINES:
        nets = [derived(make()) for _ in range(5)]
        assert nets[0].check(right).equal and not nets[0].check(slip).equal, right
        fresh.append((statistics.median(seconds(lambda d=d: d.check(right)) for d in nets[1:]), right))
        warm.append((statistics.median(seconds(lambda d=nets[0]: d.check(right)) for _ in range(9)), right))
        wrong.append((statistics.median(seconds(lambda d=d: d.check(slip)) for d in nets[1:]), slip))
    yield Result("check, the first line of a model", max(fresh)[0], 0.05, max(fresh)[1], "s")
    yield Result("check, any other line that is right", max(warm)[0], 0.05, max(warm)[1], "s")
    yield Result("check, a wrong line with what is wrong in it", max(wrong)[0], 1.0, max(wrong)[1], "s")
    yield from of_literature()
    d = derived(ar.LSTM(3, 3))
    long = "da[t] = dh[t] * (1 - h[t]**2)\n" * 35_000
    yield Result("check, a megabyte of text", seconds(lambda: d.check(long)), 1.0, f"{len(long):,} characters", "s")


def of_literature() -> Iterator[Result]:
    """The slowest printed lines of the literature's cells, as the first ones of a model and later, and with a term less."""
    cells = [cell(2, 4, seed=3) for cell in (PhasedLSTM, HardLSTM, LayerNormGRU, OrderedNeurons, Rotating)]
    models = [ar.Model(cell, output_size=3) for cell in cells]
    first, later, wrong = [], [], []
    for model in models:
        d = ar.derive(model)
        for equation in d.equations:
            line, name = show(equation._replace(where=""), "ascii"), type(model.cell).__name__
            nets = [ar.derive(model) for _ in range(3)] if equation in (d.equations[0], d.equations[-1]) else []
            first += [(min(seconds(lambda d=d: d.check(line)) for d in nets), f"{name}: {line[:60]}")] if nets else []
            later.append((min(seconds(lambda: d.check(line)) for _ in range(3)), f"{name}: {line[:60]}"))
            if " + " in (slip := line.replace(" + ", " - ", 1)) and slip != line:
                wrong.append((min(seconds(lambda: d.check(slip)) for _ in range(2)), f"{name}: {slip[:60]}"))
    yield Result("the same in the literature's cells, the first line", max(first)[0], 0.07, max(first)[1], "s")
    yield Result("any other line of theirs that is right", max(later)[0], 0.05, max(later)[1], "s")
    yield Result("a wrong line of theirs", max(wrong)[0], 1.0, max(wrong)[1], "s")
