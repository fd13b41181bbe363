"""What people hand over, checked: each helper gives the value back, or raises the sentence that says what is needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.checks import whole
from autograd_rnn.engine.guards import masked
from autograd_rnn.engine.naming import checked_name
from autograd_rnn.engine.place import here
from autograd_rnn.visible import class_of, shown


def choose(what: str, given: Any, options: Any) -> Any:
    """``given`` if it is one of the options, else a ValueError that lists them."""
    if not isinstance(given, (str, int, np.bool_)) or given not in options:  # an array is not even compared
        raise ValueError(f"{what}={shown(given)}: choose from {', '.join(map(str, options))}")
    return given


def size(what: str, given: Any) -> int:
    """``given`` if it is a whole number above 0, else an error that names it."""
    return whole(what, given, 1)


def generator(seed: Any) -> np.random.Generator:
    """The random numbers of a seed (None: others each time), or an error that says what a seed is."""
    return np.random.default_rng(None if seed is None else whole("seed", seed))


def array_of(given: Any, what: str) -> np.ndarray:
    """What people hand over as an array; rows of unequal length and masked elements are named as such."""
    if masked(given):
        raise TypeError(f"{what} is a masked array: fill it, {what}.filled(0), and give lengths")
    try:
        return np.asarray(given.value if isinstance(given, Tensor) else given)
    except ValueError:
        raise ValueError(f"{what} has rows of unequal length: pad them and give lengths") from None


def dtype_name(given: Any) -> str:
    """The name of a dtype, however it was given; what numpy does not know stays as it is."""
    try:
        return str(np.dtype(given))
    except (TypeError, ValueError):
        return given if isinstance(given, str) else shown(given)


def checked_record(cell: Any, record: Any, x: Tensor) -> dict[str, Tensor]:
    """What a step answered, if it is a dict of tensors with every state in its size: asked at a chain's first step."""
    if not isinstance(record, dict):
        states = ", ".join(f"{state}={state}" for state in cell.states)
        raise TypeError(f"{cell.name}: step returns a dict of named quantities, dict({states}), not {class_of(record)}")
    for name in record:
        checked_name(name, f"{cell.name}: the name of a quantity")
    if missing := [name for name in dict.fromkeys((*cell.states, cell.output)) if name not in record]:
        got = f"step returns {', '.join(record)[:200] or 'nothing'}, but its states are {', '.join(cell.states)}"
        raise ValueError(f"{cell.name}: {got}: {', '.join(missing)} is missing")
    for name, value in record.items():
        if not isinstance(value, Tensor):
            plain = f"{name} at t={here().step} is a plain {class_of(value)}, which has no gradient"
            raise TypeError(f"{cell.name}: {plain}: compute it from tensors, without .value")
        if name in cell.states and value.shape not in (wanted := ((cell.state_size(name),), (*x.shape[:-1], cell.state_size(name)))):
            raise ValueError(f"{cell.name}: {name} at t={here().step} has shape {value.shape}, but {wanted[1]} is needed")
    return record
