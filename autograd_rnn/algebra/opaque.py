"""Which vjps of a recorded sweep cannot be read as formulas, since they computed numbers that the tape does not know the origin of.

A rule may look at the numbers (which element is the largest, which side of a kink) and go on with a plain array, or hold a number that
stands for an irrational one. Its result is then named for what it is, the operation's derivative, and not taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor

Made = Tensor | np.ndarray | float  # what a vjp makes
Seen = tuple[Tensor, Tensor, Made]  # an operation's result, one of its inputs, and what the vjp made for that
Use = tuple[Tensor, int, Tensor, Made]  # a result, which of its inputs, its adjoint, and what the vjp made of that
FINE = 2**20  # a number with a larger denominator than this is taken for a rounded one


class Opaque(NamedTuple):
    """A vjp by name: the operation's result, which input, its own adjoint, the shape of the answer, and whether it is g times a slope."""

    node: Tensor
    k: int
    g: Tensor
    shape: tuple[int, ...]
    slope: bool


def opaque(seen: Iterable[Seen], swept: Mapping[Tensor, object]) -> dict[Tensor, Opaque]:
    """The results of a recorded sweep that are opaque. If a rule is so once, it is so at every use: one formula for all steps."""
    uses: list[Use] = []
    hidden: set[tuple[str, int]] = set()
    last: tuple[Tensor | None, int] = None, -1
    for node, parent, d in seen:
        assert node.op is not None
        start = last[1] + 1 if node is last[0] else 0
        rules = node.op.rules(len(node.inputs))
        k = next(k for k in range(start, len(rules)) if node.inputs[k] is parent and rules[k] is not None)
        last, g = (node, k), swept.get(node)
        if isinstance(g, Tensor) and g.op is not None:
            if not (isinstance(d, Tensor) and d.op is not None) and np.any(d.value if isinstance(d, Tensor) else d):
                raise ValueError(
                    f"{node.op.name}: its vjp {k} computes on plain arrays, so that {describe(node)} loses its adjoint: "
                    "write it with operators and autograd_rnn's functions on g, y and the inputs"
                )
            uses.append((node, k, g, d))
            if (rule := _rule(uses[-1])) not in hidden and _hides(node, g, d):
                hidden.add(rule)
    kept = [(*_rule(use), use, d) for use in uses if _rule(use) in hidden and isinstance(d := use[3], Tensor) and d.op is not None]
    whole = {(op, k) for op, k, use, d in kept if not _is_slope(use[0], k, d)}  # where x is sorted already, sort's looks like a slope
    return {d: Opaque(use[0], k, use[2], d.shape, (op, k) not in whole) for op, k, use, d in kept}


def _rule(use: Use) -> tuple[str, int]:
    """Which vjp of which operation it was."""
    assert use[0].op is not None
    return use[0].op.name, use[1]


def _hides(node: Tensor, g: Tensor, d: Made) -> bool:
    """Whether numbers of unknown origin enter a vjp between the adjoint and its result."""
    assert node.op is not None
    law = node.op.named or node.op.name == "power" and all(isinstance(x, Tensor) and x.op is not None for x in node.inputs)
    if law:
        return True
    edge = {g, node, *(x for x in node.inputs if isinstance(x, Tensor))}
    given = [x for x in (*node.inputs, *(node.options or {}).values()) if isinstance(x, (int, float, np.generic))]
    stack, done = [d], set()
    while stack:
        x = stack.pop()
        if isinstance(x, Tensor):
            if x in edge or x in done or (x.op is None and "reads" in (x.options or {})):
                continue
            done.add(x)
            if x.op is None and (x.ndim and x.value.any() or not x.ndim and _rounded(x.value, given)):
                return True
            stack += x.inputs
        elif _rounded(x, given):
            return True
    return False


def _rounded(x: np.ndarray | float, given: list[float | np.generic]) -> bool:
    """Whether a number is neither a short one nor one that the operation was given."""
    value = float(x)
    return bool(np.isfinite(value)) and Fraction(value).denominator > FINE and value not in given


def _is_slope(node: Tensor, k: int, d: Tensor) -> bool:
    """Whether the vjp is g times something: asked of the rule itself, with a random g."""
    assert node.op is not None
    values = [x.value if isinstance(x, Tensor) else x for x in node.inputs]
    g = np.random.default_rng(0).uniform(0.5, 1.5, node.shape)
    with np.errstate(all="ignore"):
        one, other = [np.asarray(node.op.vjp(k, seed, node.value, values, node.options)) for seed in (np.ones(node.shape), g)]
    try:
        return other.shape == d.shape and np.allclose(other, g * settle(one, d.shape), rtol=1e-9)
    except ValueError:
        return False
