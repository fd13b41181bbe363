"""The adding problem: of a sequence of numbers two are marked, and their sum is asked for at the end. Hochreiter and Schmidhuber 1997."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.nets.given import generator
from autograd_rnn.nets.progress import Progress
from autograd_rnn.nets.training import History, Optimizer, update
from autograd_rnn.table import table

CHANCE = 1 / 12  # the loss ½ (s - y)² of who always answers 1: half the variance of the sum of two numbers between 0 and 1
SOLVED, FEW, BATCH = 0.005, 20, 32  # solved is a mean loss below that over the last few updates


def batch(steps: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """x (T, B, 2), a number between 0 and 1 and a mark, one in each half of the sequence, and y (B, 1), the sum of the marked numbers."""
    x, each = np.zeros((steps, size, 2)), np.arange(size)
    x[:, :, 0] = rng.uniform(size=(steps, size))
    marked = rng.integers(0, steps // 2, size), rng.integers(steps // 2, steps, size)
    for at in marked:
        x[at, each, 1] = 1
    return x, sum(x[at, each, 0] for at in marked)[:, None]


def learn(model: Any, steps: int, updates: int, seed: int = 0, label: str = "learning to add") -> History:
    """Train a many-to-one model on fresh batches until it is solved, or for so many updates."""
    rng, rule, history = generator(seed), Optimizer("adam", 1e-2), History()
    with Progress(updates, None, label) as bar, np.errstate(over="ignore", invalid="ignore"):
        while len(history) < updates and not (len(history) >= FEW and history.mean(-FEW, None) < SOLVED):
            loss, norm = update(rule, model, model.unroll(*batch(steps, BATCH, rng)), 1.0, None)
            history.losses.append(loss)
            history.norms.append(norm)
            bar.update(f"loss {loss:.4g}")
    for parameter in model.parameters.values():
        parameter.zero_grad()
    return history


def learned(histories: dict[str, History]) -> str:
    """What came of it, net by net, beside chance."""
    rows = []
    for name, history in histories.items():
        loss = history.mean(-FEW, None)
        came = "solved" if loss < SOLVED else "better than chance" if loss < 0.8 * CHANCE else "not learned"
        rows.append([name, len(history), loss, came])
    note = f"always to answer 1 has a loss of {CHANCE:.3g}; below {SOLVED:g} it is solved"
    return table(["net", "updates", f"loss of the last {FEW}", ""], rows, title="Learning to add", note=note)
