"""What a result would be had its variables had other numbers, a little beside their own: so a tie that is one for all numbers (copies of
one element, what is 0 whatever the weights are) is told from one by chance, where a kink is."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tensor import Tensor

# Each result is computed once, however many kinks come after it, and forgotten with it: beside it, the value and the node that it is of.
_found: dict[int, tuple[np.ndarray, np.ndarray, Any]] = {}


def moved(x: Any) -> Any:
    """The value of x with every variable moved; constants and plain numbers are what they are, nan what cannot be computed there."""
    if x.__class__ is not Tensor:
        return x
    stack = [] if _known(x) else [x]
    while stack:
        node = stack[-1]
        missing = [parent for parent in node.inputs if parent.__class__ is Tensor and not _known(parent)]
        stack += missing
        if not missing:
            key = id(stack.pop())
            _found[key] = _beside(node), node.value, ref(node, lambda _, key=key: _found.pop(key, None))  # type: ignore[misc]
    return _found[id(x)][0]


def _known(node: Tensor) -> bool:
    """Whether it was found for this very node with this very value: `assign` gives a variable another, and an interrupt can fall upon the
    forgetting, which leaves what was found to the next node of that id."""
    found = _found.get(id(node))
    return found is not None and found[1] is node.value and found[2]() is node


def _beside(node: Tensor) -> np.ndarray:
    if node.op is None:
        return node.value
    if node.op is VARIABLE:
        x = node.value
        by = np.random.default_rng(node.id).uniform(1e-4, 1e-3, x.shape) * np.maximum(1, np.abs(x))
        return np.asarray(x + by, x.dtype)
    values = [_found[id(x)][0] if x.__class__ is Tensor else x for x in node.inputs]
    try:
        with np.errstate(all="ignore"):
            return np.asarray(node.op.forward(*values, **node.options or {}))
    except (MemoryError, SystemError):  # no answer of a function
        raise
    except Exception:  # no matrix there that has what is asked for, or a person's own check
        return np.full(node.shape, np.nan)
