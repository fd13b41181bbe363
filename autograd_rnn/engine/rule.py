"""One row of the table of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_rnn.engine.facts import PLACE, Facts
from autograd_rnn.visible import shown

Rule = Callable[..., Any]


class Op(Facts):
    """An operation: what it computes, how it reads and what else its declaration says of it, and one vjp (or None) for each of its inputs.

    An operation on any number of inputs has in place of the vjps a function ``count -> vjps``, and each vjp of it is told which
    input it is asked for: ``(k, g, y, inputs, **options)``.
    """

    __slots__ = ("analytic", "forward", "name", "variadic", "vjps")

    def __init__(self, name: str, forward: Rule, reads: str, vjps: Any, variadic: bool, analytic: bool, **facts: Any):
        super().__init__(reads, name, **facts)
        if not variadic and max((int(place or k) for k, place in enumerate(PLACE.findall(reads))), default=-1) >= len(vjps):
            raise ValueError(f"{name} has {len(vjps)} vjps, one for each of its inputs, but reads with places for more: {shown(reads)}")
        self.name, self.forward, self.vjps, self.variadic, self.analytic = name, forward, vjps, variadic, analytic

    def rules(self, count: int) -> tuple[Rule | None, ...]:
        """One vjp for each of ``count`` inputs."""
        rules: tuple[Rule | None, ...] = self.vjps(count) if self.variadic else self.vjps
        if self.variadic and len(rules) != count:  # too few would drop the gradients of the last inputs
            raise ValueError(f"{self.name}: its declaration gives {len(rules)} vjps for {count} inputs")
        return rules

    def vjp(self, k: int, g: Any, y: Any, inputs: Any, options: dict[str, Any] | None = None) -> Any:
        """The adjoint of input k, up to broadcasting."""
        rule = self.rules(len(inputs))[k]
        assert rule is not None
        return rule(k, g, y, inputs, **options or {}) if self.variadic else rule(g, y, *inputs, **options or {})

    def __repr__(self) -> str:
        return f"<op {self.name}>"


VARIABLE = Op("variable", lambda: None, "", (), False, True)
OPS: dict[str, Op] = {}  # every declared operation, by name


def is_ours(made: Rule | type) -> bool:
    """Whether an operation's function or a cell's class is the package's own, not a person's (which may have no module at all)."""
    return (made.__module__ or "").startswith("autograd_rnn.")
