"""The numbers in the nodes of a small graph: each tensor's value and gradient, or its shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.drawing.overlay.flow import Flow
from autograd_rnn.engine import Tensor
from autograd_rnn.nets.run import Run

LARGEST = 2  # numbers that a node holds


def within(subject: Run | Tensor, numbers: bool, shapes: bool) -> Callable[[Tensor], tuple[str, ...]]:
    """The lines in a tensor's node: its value and, where something flows back, the gradient of what the picture ends in; its shape."""
    ends = subject.loss if isinstance(subject, Run) and len(subject.losses) else subject
    adjoint = Flow(subject, ()).adjoint if numbers and isinstance(ends, Tensor) and ends.size == 1 else None

    def lines(tensor: Tensor) -> tuple[str, ...]:
        said = [written(tensor.value)] if numbers else []
        if numbers and adjoint is not None and (g := adjoint.get(tensor)) is not None:
            said.append(f"grad {written(g)}")
        return (*said, *[str(tensor.shape)] * shapes)

    return lines


def written(array: Any) -> str:
    """A number, a few of them, or of more their shape.

    >>> written(0.70710678), written([1.5, -2.0]), written(np.ones((3, 4)))
    ('0.7071', '[1.5 −2]', '3×4 numbers')
    """
    array = np.asarray(array)
    if array.size > LARGEST or array.ndim > 1:
        return f"{'×'.join(map(str, array.shape))} numbers"
    each = [f"{value + 0.0:.4g}".replace("-", "−") for value in array.ravel().tolist()]
    return each[0] if array.ndim == 0 else f"[{' '.join(each)}]"
