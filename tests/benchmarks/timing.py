"""Paired timings in processor time: the two sides run in turn, so that a drifting machine slows both; what counts is the median ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any


def seconds(f: Callable[[], Any]) -> float:
    """One run of f, in seconds of this process's processor time."""
    start = time.process_time()
    f()
    return time.process_time() - start


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int = 15) -> tuple[float, float, float]:
    """(median ratio ours / theirs, our median seconds, their median seconds) over pairs of runs, after a warm-up."""
    ours(), theirs()
    mine, other = zip(*((seconds(ours), seconds(theirs)) for _ in range(pairs)), strict=True)
    return statistics.median(a / b for a, b in zip(mine, other, strict=True)), statistics.median(mine), statistics.median(other)


class Result:
    """One line of the report: what was measured, the figure, the budget, and whether it is met."""

    def __init__(self, what: str, figure: float, budget: float, detail: str = "", unit: str = "x"):
        self.what, self.figure, self.budget, self.detail, self.unit = what, figure, budget, detail, unit

    @property
    def met(self) -> bool:
        return self.figure <= self.budget

    def row(self) -> tuple[str, ...]:
        return self.what, f"{self.figure:.3g} {self.unit}", f"{self.budget:.3g} {self.unit}", "yes" if self.met else "NO", self.detail


def against(what: str, ours: Callable[[], Any], theirs: Callable[[], Any], budget: float, pairs: int = 15) -> Result:
    """A ratio as a result."""
    figure, mine, other = ratio(ours, theirs, pairs)
    return Result(what, figure, budget, f"{mine * 1e3:.3g} ms against {other * 1e3:.3g} ms")
