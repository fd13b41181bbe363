"""Broadcasting undone: the one place where an adjoint is brought to its tensor's shape."""

from __future__ import annotations

from typing import Any

from autograd_rnn.engine.ops import broadcast_to
from autograd_rnn.engine.ops import sum as sum_


def settle(g: Any, shape: tuple[int, ...]) -> Any:
    """An adjoint in its tensor's shape: summed over the axes that broadcasting repeated, or repeated where a sum is spread."""
    if (extra := g.ndim - len(shape)) > 0:
        g = sum_(g, tuple(range(extra)))
    axes = tuple(k for k in range(g.ndim) if shape[k - g.ndim] == 1 != g.shape[k])
    g = sum_(g, axes, True) if axes else g
    return g if g.shape == shape else broadcast_to(g, shape)


def add_up(a: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The sum of two adjoints of one tensor, each perhaps still in a shape of its own that the tensor was broadcast to."""
    return a + b if a.shape == b.shape else settle(a, shape) + settle(b, shape)
