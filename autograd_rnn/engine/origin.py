"""A plain array that remembers what it was computed from."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.tensor import Tensor, constant


def noted(value: np.ndarray, reads: str, *of: Any) -> Any:
    """A plain array that a vjp computed from ``of``, as a formula should read it: a constant with its origin when a tensor is among
    ``of`` (the sweep is being recorded), else the array itself."""
    if not any(x.__class__ is Tensor for x in of):
        return value
    node = constant(value)
    node.options = {"reads": reads, "of": of}
    return node
