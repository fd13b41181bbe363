"""A walk: the steps of one level in order. What moving about needs is known at once; a step is written out when one comes to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from autograd_rnn.steps.step import Step


class Line(NamedTuple):
    """What is known of a step before it is written out. ``form``: equal for steps that are the same but for a shift of t."""

    kind: str
    node: str
    t: int | None
    parent: int | None
    form: Hashable = None


class Walk(Sequence[Step]):
    """The steps of one level: ``walk[0]`` is step 1, ``walk.lines[0]`` what is known of it beforehand."""

    def __init__(self, level: str, lines: list[Line], write: Callable[[int], Step]):
        self.level, self.lines, self._write = level, lines, write
        self._written: dict[int, Step] = {}
        self.children: dict[int | None, list[int]] = {}
        for number, line in enumerate(lines, 1):
            self.children.setdefault(line.parent, []).append(number)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self.step(k + 1) for k in range(len(self))[at]]
        return self.step(range(len(self))[at] + 1)

    @functools.cached_property
    def leaders(self) -> list[int]:
        """The numbers of the steps that are the first of their form: the others are the same but for their t."""
        first: dict[Hashable, int] = {}
        for number, line in enumerate(self.lines, 1):
            first.setdefault(line.form, number)
        return list(first.values())

    def step(self, number: int) -> Step:
        """The step with a number, counted from 1."""
        if number not in self._written:
            self._written[number] = self._write(number)
        return self._written[number]

    def __repr__(self) -> str:
        return f"<walk of {len(self)} steps, level {self.level}>"
