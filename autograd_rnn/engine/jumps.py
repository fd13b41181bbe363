"""Kinks of a person's own operation that says ``chooses=True``: its rules do not tell where they jump, so they are asked on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.ops.choices import kinked, raw
from autograd_rnn.engine.tensor import Tensor

JUMP = 1e-4  # of a slope from one number to the next, relative: far more than a smooth one changes


def at_jumps(d: Any, g: Tensor, node: Tensor, k: int) -> Any:
    """The recorded adjoint d of the node's input k, made of g: without a derivative by each input, where the slope jumps with it."""
    for j, x in enumerate(node.inputs):
        if isinstance(x, Tensor) and x.op is not None and (at := _jumps(node, k, j)).any():
            d = kinked(d, g, x, x.value, at)
    return d


def _jumps(node: Tensor, k: int, j: int) -> np.ndarray:
    """The elements of input j at which the slope by input k jumps; none where the rule cannot be asked, or is not element by element."""
    op: Any = node.op
    slopes = []
    for side in (-np.inf, np.inf):
        values = [raw(x) for x in node.inputs]
        values[j] = np.nextafter(values[j], values[j].dtype.type(side))
        try:
            y = np.asarray(op.forward(*values, **node.options or {}))
            slopes.append(np.asarray(op.vjp(k, np.ones_like(y), y, values, node.options)))
        except (MemoryError, SystemError):  # no answer of a function
            raise
        except Exception:  # a person's own check of the numbers
            return np.zeros((), bool)
    below, above = slopes
    at = np.abs(above - below) > JUMP * (np.abs(above) + np.abs(below))
    return at if at.shape == node.inputs[j].shape == node.inputs[k].shape else np.zeros((), bool)
