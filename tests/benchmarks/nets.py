"""Nets against the same net written by hand in numpy, in HIPS autograd, and in PyTorch op by op; and memory over a long training."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd_rnn as ar
from tests.benchmarks.timing import Result, against, seconds

SHAPES = ((10, 4, 8, 16), (50, 16, 32, 64), (100, 32, 128, 128))  # T, B, D, H


def total(run: ar.Run) -> ar.Tensor:
    """Σ h_t over all states."""
    return ar.sum(ar.stack(run.h.items[1:]))


def rnn_by_hand(x: np.ndarray, W_xh: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
    """Forward and BPTT of L = Σ h_t, as one writes it without an engine."""
    T, B, H = len(x), x.shape[1], len(W_hh)
    h = np.zeros((T + 1, B, H))
    for t in range(T):
        h[t + 1] = np.tanh(x[t] @ W_xh.T + h[t] @ W_hh.T + b)
    dW_xh, dW_hh, db, dh = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b), np.zeros((B, H))
    for t in reversed(range(T)):
        da = (1 + dh) * (1 - h[t + 1] ** 2)
        dW_xh += da.T @ x[t]
        dW_hh += da.T @ h[t]
        db += da.sum(0)
        dh = da @ W_hh
    return dW_xh, dW_hh, db


def lstm(xs: Any, h: Any, c: Any, W_x: Any, W_h: Any, b: Any, xp: Any, sigmoid: Any, gates: Any) -> Any:
    """Σ h_t of an LSTM in the operations of the library ``xp``; the sum of the losses is taken step by step."""
    loss = 0.0
    for x in xs:
        a_i, a_f, a_g, a_o = gates(x @ W_x.T + h @ W_h.T + b)
        c = sigmoid(a_f) * c + sigmoid(a_i) * xp.tanh(a_g)
        h = sigmoid(a_o) * xp.tanh(c)
        loss = loss + h.sum() if hasattr(h, "sum") else loss + xp.sum(h)
    return loss


def results() -> Iterator[Result]:
    rng = np.random.default_rng(0)
    yield rnn_result(rng)
    for shape in SHAPES:
        yield from lstm_results(rng, *shape)
    yield long_runs()
    yield flow()
    yield every_flow()
    if sys.platform != "win32":  # which tells a process its memory in no way that the standard library knows
        yield memory()


def rnn_result(rng: np.random.Generator) -> Result:
    cell = ar.RNN(16, 16)
    x = rng.normal(size=(50, 8, 16))
    weights = [p.value for p in cell.parameters.values()]

    def ours() -> list[np.ndarray]:
        grads = total(ar.unroll(cell, x)).backward()
        return [grads[p] for p in cell.parameters.values()]

    for mine, hand in zip(ours(), rnn_by_hand(x, *weights), strict=True):
        assert np.allclose(mine, hand)
    return against("RNN T=50 B=8 H=16, against numpy by hand", ours, lambda: rnn_by_hand(x, *weights), 2.2, 40)


def flow() -> Result:
    """The flow of an LSTM T=100, H=32, and how it grows: twice the steps in twice the time."""
    model = ar.Model(ar.LSTM(8, 32), output_size=4, task="many-to-one")
    short, long = (model.unroll(np.random.default_rng(0).normal(size=(T, 8)), 1) for T in (100, 200))
    short.flow()
    once, twice = seconds(short.flow), seconds(long.flow)
    return Result("flow of an LSTM T=100 H=32", once, 1.0, f"T=200: {twice / once:.2g} times as long", "s")


def every_flow() -> Result:
    """The slowest flow of any net, T=100, H=32, and the fastest growth: twice the steps in twice the time."""
    rng, D, H, K = np.random.default_rng(0), 8, 32, 4
    nets = {
        "RNN": ar.RNN(D, H), "LSTM": ar.LSTM(D, H, peephole=True), "fused LSTM": ar.LSTM(D, H, fused=True), "GRU": ar.GRU(D, H),
        "GRU after": ar.GRU(D, H, reset="after"), "Jordan": ar.Jordan(D, H, K),
        "bidirectional": ar.Bidirectional(ar.LSTM(D, H), ar.LSTM(D, H)),
        "two layers": ar.Stacked([ar.LSTM(D, H), ar.LSTM(H, H)]),
        "three layers": ar.Stacked([ar.GRU(D, H), ar.GRU(H, H), ar.GRU(H, H)]),
    }  # fmt: skip

    def runs(T: int) -> dict[str, ar.Run]:
        x, many, y = rng.normal(size=(T, D)), rng.normal(size=(T, 8, D)), rng.integers(0, K, (T, 8))
        found = {name: ar.Model(net, K).unroll(x, y[:, 0]) for name, net in nets.items()}
        found["a padded batch of 8"] = ar.Model(nets["LSTM"], K).unroll(many, y, lengths=list(range(T - 7, T + 1)))
        pair = ar.EncoderDecoder(ar.LSTM(D, H), ar.LSTM(K, H), K)
        return found | {"encoder and decoder": pair.unroll(x[: T // 2], y[: T - T // 2, 0])}

    once, twice = ({name: min(seconds(run.flow) for _ in range(2)) for name, run in runs(T).items()} for T in (100, 200))
    slowest, steepest = max(once, key=lambda name: once[name]), max(once, key=lambda name: twice[name] / once[name])
    grows = f"T=200: at most {twice[steepest] / once[steepest]:.2g} times as long ({steepest})"
    return Result(f"flow of any of {len(once)} nets T=100 H=32: {slowest}", once[slowest], 1.0, grows, "s")


def lstm_results(rng: np.random.Generator, T: int, B: int, D: int, H: int) -> Iterator[Result]:
    cell = ar.LSTM(D, H, fused=True, dtype="float32")
    x = rng.normal(size=(T, B, D)).astype("float32")
    weights = [p.value for p in cell.parameters.values()]
    zero = np.zeros((B, H), "float32")

    def ours() -> list[np.ndarray]:
        grads = total(ar.unroll(cell, x)).backward()
        return [grads[p] for p in cell.parameters.values()]

    where = f"fused LSTM {(T, B, D, H)} float32"
    try:
        import torch

        torch.set_num_threads(1)  # numpy has all; two threads made PyTorch three times slower on these shapes
        xt = torch.from_numpy(x)

        def in_torch() -> Any:
            W_x, W_h, b = leaves = [torch.tensor(w, requires_grad=True) for w in weights]
            start = torch.zeros(B, H)
            lstm(xt, start, start, W_x, W_h, b, torch, torch.sigmoid, lambda a: a.chunk(4, -1)).backward()
            return [leaf.grad.numpy() for leaf in leaves]

        for mine, theirs in zip(ours(), in_torch(), strict=True):
            assert np.allclose(mine, theirs, atol=1e-3 * np.abs(theirs).max())
        yield against(f"{where}, against PyTorch op by op", ours, in_torch, 1.0)
    except ImportError:
        print("PyTorch is not installed: its line is left out")
    if T > 10:
        return
    try:
        import autograd.numpy as anp
        from autograd import grad

        def sigmoid(a: Any) -> Any:
            return 0.5 * anp.tanh(0.5 * a) + 0.5

        def objective(p: Any) -> Any:
            return lstm(x, zero, zero, *p, anp, sigmoid, lambda a: [a[:, k * H : (k + 1) * H] for k in range(4)])

        hips = grad(objective)
        yield against(f"{where}, against HIPS autograd", ours, lambda: hips(weights), 0.3)
    except ImportError:
        print("HIPS autograd is not installed: pip install autograd")


def long_runs() -> Result:
    """The cost a step of a run of 10,000 steps against that of 1,000, forward and backward."""
    model = ar.Model(ar.LSTM(3, 4), output_size=3)

    def per_step(steps: int) -> float:
        x, y = np.ones((steps, 3)), [0] * steps
        return seconds(lambda: model.unroll(x, y).backward()) / steps

    pairs = [(per_step(10_000), per_step(1_000)) for _ in range(7)]
    long, short = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
    figure = statistics.median(a / b for a, b in pairs)
    return Result("an LSTM's step at T=10,000, against T=1,000", figure, 1.2, f"{long:.0f} us against {short:.0f} us a step")


def resident() -> float:
    """This process's resident memory in MB."""
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def memory() -> Result:
    """How much the resident memory grows over 10,000 training iterations, after the first 500."""
    model = ar.Model(ar.RNN(3, 8), output_size=4)
    x, y = np.random.default_rng(0).normal(size=(5, 3)), [0, 1, 2, 3, 0]
    ar.fit(model, (x, y), epochs=500)
    before = resident()
    ar.fit(model, (x, y), epochs=10_000)
    return Result("10,000 training iterations: growth of resident memory", max(resident() - before, 0.0), 5.0, unit="MB")
