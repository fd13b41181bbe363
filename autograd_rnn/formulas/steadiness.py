"""Whether what was read at some steps of one run holds at every step of any: the same constants, the same choices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.calling import located
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import Constants
from autograd_rnn.formulas.system import Axis, System
from autograd_rnn.nets.run import Run

REMEDY = "a mask by relu, maximum, clip or sign, an order by sort"  # in place of a look at the numbers


class Family(NamedTuple):
    """One quantity or adjoint over time: its name, its axis, its definition at each step (times still plain numbers), and, of an adjoint,
    the steps that a loss reaches back to: at others it is zero."""

    name: str
    axis: Axis
    steps: dict[int, e.Expr]
    reached: set[int] | None = None


def steady(family: Family, constants: Constants, run: Run) -> Family:
    """A family whose constant arrays are the same at every step."""
    inside = {t: {s.name for s in e.symbols(x)} & constants.values.keys() for t, x in family.steps.items()}
    usual = inside[min((t for t in inside if t > 1), default=min(inside))]
    if found := [name for _, names in sorted(inside.items()) for name in sorted(names - usual)]:
        array = constants.first[found[0]]
        user = next((node for node in run.loss.tape if any(x is array for x in node.inputs)), array)
        raise ValueError(
            f"{located(user)} takes an array that changes with the step, which no equation for every t can hold: make it of x and "
            f"the states by operations ({REMEDY}), or the same at every step"
        )
    return family


def hold_for_other_numbers(found: System, again: System) -> None:
    """Raises ValueError where the equations read off two random runs differ: a choice was made by looking at the numbers."""
    pairs = zip([*found.forward, *found.equations], [*again.forward, *again.equations], strict=False)
    other = next((q.left for q, r in pairs if q != r), None)
    moved = [name for name, value in found.constants.items() if not np.array_equal(value, again.constants.get(name, np.nan))]
    if other is not None or moved:
        what = show(other) if other is not None else moved[0]
        raise ValueError(
            f"{what} reads otherwise with other numbers: the cell looks at its numbers (.value, a comparison), which no equation can "
            f"say: make it by operations ({REMEDY})"
        )


def unlike(family: Family, t: int, x: e.Expr, general: e.Expr) -> ValueError:
    """The error for a step whose equation is not the others': says where the two part."""
    while type(x) is type(general) and e.rebuilt(x, e.children(general)) == general:  # alike but for what is inside
        parts = zip(e.children(x), e.children(general), strict=False)
        if (apart := next(((a, b) for a, b in parts if a != b), None)) is None:
            break
        x, general = apart
    left = "d" * (family.reached is not None) + family.name
    return ValueError(
        f"{left} has no single equation in t: at step {t} it has {show(x)} where the others have {show(general)}; a cell that looks at its "
        f"numbers (.value, an argsort) makes its choice by operations instead ({REMEDY})"
    )
