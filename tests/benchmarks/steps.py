"""Stepping through an LSTM of twenty steps: seconds to build the walk, and for the slowest of all moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

import autograd_rnn as ar
from tests.benchmarks.timing import Result, seconds

T = 20


def results() -> Iterator[Result]:
    rng = np.random.default_rng(0)
    run = ar.Model(ar.LSTM(3, 3), output_size=3).unroll(rng.normal(size=(T, 3)), rng.integers(0, 3, T))
    yield Result(f"step: the navigator, LSTM, H=3, T={T}", seconds(lambda: ar.step(run)), 1.5, unit="s")
    slowest: dict[str, float] = {}
    s = ar.step(run)
    for name, move in moves(s):
        slowest[name] = max(slowest.get(name, 0.0), seconds(move))
    name = max(slowest, key=slowest.__getitem__)
    yield Result("step: the slowest move", slowest[name], 0.05, name, "s")


def moves(s: ar.steps.Navigator) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every kind of move and question, on every level, from its beginning, its middle and its end; each level for the first time."""
    for level in s.levels:
        for number in (1, len(s.walk(level)) // 2, len(s.walk(level)) - 1):
            yield f"goto, {level}", lambda level=level, number=number: s._move(number, level)
            for name in ("next", "back", "where", "why", *(() if level == "recursion" else ("values",))):
                yield f"{name}, {level}", getattr(s, name)
            yield f"next together, {level}", lambda: s.next(together=True)
            yield f"back together, {level}", lambda: s.back(together=True)
        s._move(1, level)
        yield f"find, {level}", lambda: s.find("chain rule")
        if level != "recursion":
            yield f"until, {level}", lambda: s.until(node="W_hf")
    s._move(1, "recursion")
    s.goto(node="dc")
    for level in s.levels[1:]:
        yield f"step in to {level}", s.step_in
    for level in s.levels[-2::-1]:
        yield f"up to {level}", s.up
