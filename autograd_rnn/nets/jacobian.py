"""The derivative of one quantity of a run by another, by every path between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.checks import string
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.guards import describe


def jacobian(run: Any, t: int, k: int, of: str, wrt: str) -> np.ndarray:
    """`Run.jacobian`."""
    string("of", of), string("wrt", wrt)
    target = (run.h if of == "h" else run[of])[t]
    source = (run.h if wrt == "h" else run[wrt])[k]
    if not target.ndim or not source.ndim:
        gradient = f"run.losses[{t}].backward()[run.h[{k}]] is its gradient"
        raise ValueError(f"{describe(source if target.ndim else target)} is no vector: {gradient}")
    found = np.zeros((*target.shape, source.shape[-1]), target.dtype)
    if target is source:
        return found + np.eye(source.shape[-1], dtype=target.dtype)
    if target.op is None and target.scope.cell:  # not an initial state or an input, but what a cell computed
        raise ValueError(f"{describe(target)} is a constant: unroll outside no_grad() to differentiate it")
    if target.op is None:
        return found
    if source.op is None:
        raise ValueError(f"{describe(source)} is a constant: unroll with h0=tensor(...) or learn_initial=True to differentiate by it")
    # A batch in one sweep an element, unless its sequences share the source, as they do a learned initial state.
    shared = source.ndim < target.ndim
    for place in np.ndindex(target.shape) if shared else [(..., i) for i in range(target.shape[-1])]:
        seed = np.zeros(target.shape)
        seed[place] = 1
        g = adjoints(target, seed, stop=source.id).get(source)
        if g is not None:
            found[place + (slice(None),)] = g
    return found
