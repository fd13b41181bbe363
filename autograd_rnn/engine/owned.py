"""What a recorded sweep asks of a person's own operation, whose rules are not known: where they jump, and whether they stay on the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.ops.choices import kinked, raw
from autograd_rnn.engine.place import here
from autograd_rnn.engine.tensor import Tensor, constant

JUMP = 1e-4  # of a slope from one number to the next, relative: far more than a smooth one changes
MOVE, LEAST, MOST = 1e-6, 1e-10, 1e-3  # how far an input is moved, and between what a smooth slope changes with it, relative


class LostRecord(ValueError):
    """Raised where a rule has taken numbers off the tape, and a second derivative would be wrong without a trace."""


@np.errstate(under="ignore")  # in what is asked beside the point: none of it is an adjoint that was too small for its dtype
def recorded(d: Any, g: Tensor, node: Tensor, k: int, read: bool) -> Any:
    """The recorded adjoint d of the node's input k, made of g: where the operation chooses, without a derivative by each input with which
    the slope jumps. Raises LostRecord where d keeps no record of an input that the slope changes with; what is only ``read``, as a formula,
    says f' there."""
    op: Any = node.op
    for j, x in enumerate(node.inputs):
        if not isinstance(x, Tensor) or x.op is None or not here().recording:
            continue
        if op.chooses and (at := _jumps(node, k, j)).any():
            d = kinked(d, g, x, x.value, at)
        if not read and not _comes_from(d, g, node, x) and _changes(node, k, j):
            remedy = "write it with operators and autograd_rnn's functions, not with .value"
            raise LostRecord(f"{op.name}: the vjp of input {k} changes with input {j}, and what it gives has no record of that: {remedy}")
    return d


def _comes_from(d: Any, g: Tensor, node: Tensor, x: Tensor) -> bool:
    """Whether a vjp made d of x, or of the node itself, which came from x; what g came from does not count."""
    found, stack = {g}, [d]
    while stack:
        made = stack.pop()
        if isinstance(made, Tensor) and made not in found:
            found.add(made)
            stack += made.inputs if made.id > node.id else ()
    return node in found or x in found


def _changes(node: Tensor, k: int, j: int) -> bool:
    """Whether the slope by input k changes with input j, anywhere, as a smooth function does."""
    x = node.inputs[j].value
    below, here, above = (_slope(node, k, j, x + by * MOVE * (1 + np.abs(x))) for by in (-1, 0, 1))
    if not below.shape == here.shape == above.shape:
        return False
    scale, by = np.max(np.abs(here), initial=0.0), np.abs(above - below)
    return bool(np.any((np.abs(above + below - 2 * here) < by / 10) & (by > LEAST * scale) & (by < MOST * scale)))


def _jumps(node: Tensor, k: int, j: int) -> np.ndarray:
    """The elements of input j at which the slope by input k jumps; none where it is not element by element."""
    x = node.inputs[j].value
    below, above = (_slope(node, k, j, np.nextafter(x, x.dtype.type(side))) for side in (-np.inf, np.inf))
    at = np.abs(above - below) > JUMP * (np.abs(above) + np.abs(below))
    return at if at.shape == x.shape == node.inputs[k].shape else np.zeros((), bool)


def _slope(node: Tensor, k: int, j: int, new: np.ndarray) -> np.ndarray:
    """What the vjp of input k makes of ones, with another input j; 0 where it cannot be asked, as by an own check of the numbers."""
    op: Any = node.op
    values = [new if position == j else raw(x) for position, x in enumerate(node.inputs)]
    try:
        y = np.asarray(op.forward(*values, **node.options or {}))
        inputs = [constant(x) if isinstance(x, np.ndarray) else x for x in values]
        return np.asarray(raw(op.vjp(k, constant(np.ones_like(y)), constant(y), inputs, node.options)))
    except Exception:
        return np.zeros(())
