"""A sweep for those who ask for a derivative, not for a step of training: what leaves the range without a trace is looked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_rnn.engine.ops import where
from autograd_rnn.engine.ops.choices import raw
from autograd_rnn.engine.sweep import sweep
from autograd_rnn.engine.tensor import Tensor

LIFTS = 15 / 16, 1 / 2  # of the powers of two that a dtype has: as far as it goes, and so that the square of a number finds room too


def exact(root: Tensor, seed: Any, create_graph: bool, stop: int = -1) -> dict[Tensor, Any]:
    """`sweep`, with care where any number outgrew its dtype, and taken again where an adjoint was too small for its dtype: from a seed so
    many powers of two larger, to adjoints as many smaller."""
    lost: list[str] = []
    with np.errstate(under="call", call=lambda kind, _: lost.append(kind)):
        swept = sweep(root, seed, create_graph, stop=stop)
        if careful := _outgrown(swept):
            swept = sweep(root, seed, create_graph, stop=stop, careful=True)
    if careful and (np.isnan(root.value) & (raw(seed) != 0)).any():  # lost in the sweep that made the root: so are its derivatives
        return {node: g * np.nan for node, g in swept.items()}
    if not lost:
        return swept
    ranges = sorted({int(np.finfo(g.dtype).maxexp) for g in swept.values()}, reverse=True)  # what one dtype has room for outgrows another
    powers = [int(maxexp * lift) for maxexp in ranges for lift in LIFTS]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lifted = [sweep(root, seed * 2.0**power, create_graph, stop=stop, careful=careful) for power in powers]
        return {
            node: _known(g, [larger[node] * 2.0**-power for larger, power in zip(lifted, powers, strict=True)], ranges[-1] - powers[-1])
            for node, g in swept.items()
        }


def _outgrown(nodes: Iterable[Tensor]) -> bool:
    """Whether there is an infinite number among what operations made."""
    values = [node.value for node in nodes if node.inputs]
    small = [value for value in values if value.size < 100]  # a check of each would take as long as making it
    return any(np.isinf(x).any() for x in (*([np.concatenate(small, None)] if small else []), *(x for x in values if x.size >= 100)))


def _known(g: Any, others: list[Any], power: int) -> Any:
    """The first of the others not to outgrow its dtype: g where that is no wonder, since it is 2**power or more itself, else nan."""
    large = np.abs(raw(g)) >= 2.0**power
    found = g * np.where(large, 1, np.nan).astype(g.dtype)  # a factor, so that its derivatives are nan too
    for other in reversed(others):
        finite = np.isfinite(raw(other))
        found = other if finite.all() else where(finite, other, found)
    return found
