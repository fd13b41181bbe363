"""Stepping through an LSTM: seconds to build the walk of twenty steps, for the slowest of all moves, and to save and open a page of ten."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

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
    yield from page(ar.step(ar.Model(ar.LSTM(3, 3), output_size=3), steps=10, level="op"))


def page(s: ar.steps.Navigator) -> Iterator[Result]:
    """The page: its size, and how long a browser takes to open it, where one can be driven."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "bptt.html"
        took = seconds(lambda: s.save(target))
        yield Result("step: the page, LSTM, T=10, op level", target.stat().st_size / 1e6, 3.0, f"saved in {took:.2f} s", "MB")
        browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "msedge"))), None)
        if browser is None or importlib.util.find_spec("playwright") is None:
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            tab = running.new_page()
            tab.goto(target.as_uri())
            opened = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
            yield Result("step: the page opens", opened, 1.0, "to its load event", "s")
            running.close()


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
