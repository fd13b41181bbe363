"""Vjps whose results are summed over every use of one input in a single product."""

from __future__ import annotations

from typing import Any

from autograd_rnn.engine.rule import Rule


class Pooled:
    """A vjp whose results are summed over every use of the same input: the sweep collects the ``part`` of each use and
    calls ``pool`` once, when it reaches the input. A weight shared by T steps so costs one product, not T. One that only ``moves``
    numbers, and so makes no nan, is collected in a careful sweep too: T reads of one array stay cheap there."""

    def __init__(self, rule: Rule, part: Rule, pool: Rule, moves: bool = False):
        self.rule, self.part, self.pool, self.moves = rule, part, pool, moves

    def __call__(self, *given: Any, **options: Any) -> Any:
        return self.rule(*given, **options)
