"""What people hand to a net, checked and placed on the tape: inputs, masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.place import Place, go_to, here
from autograd_rnn.engine.tensor import make, set_label
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import array_of
from autograd_rnn.nets.parameters import Given
from autograd_rnn.nets.wiring import Bidirectional, Stacked, cells_in
from autograd_rnn.visible import class_of, shown


def net_of(cell: Any) -> Any:
    """The net itself, or an error that says what one is."""
    if not isinstance(cell, (Cell, Stacked, Bidirectional)):
        raise TypeError(f"a net is a cell, Stacked([...]) or Bidirectional(...), not {class_of(cell)}")
    return cell


def parameters_of(nets: list[Any], readout: Any = None, given: Any = None) -> dict[Any, Given]:
    """What each cell of some nets runs with, and the readout: its own parameters, or those ``given`` in their place, {tag: parameters}."""
    cells = [cell for net in nets for cell in cells_in(net)]
    if len(cells) > 1:
        _ = [net.parameters for net in nets]  # or an error where two cells have one name
    parts: dict[Any, tuple[str, Mapping[str, Tensor]]] = {cell: (cell.tag, vars(cell.named())) for cell in cells}
    if readout is not None and not readout.own:
        parts[readout] = ("readout", readout.parameters)
    places = [part for part, _ in parts.values()]
    for key in given if isinstance(given, Mapping) else [] if given is None else [given]:
        if not isinstance(key, str) or key not in places:
            keys = ", ".join(map(repr, places))
            raise ValueError(f"parameters has no place for {shown(key)}: its keys are {keys}, each with all parameters of that part")
    found = {}
    for owner, (part, own) in parts.items():
        tag, states = ("", []) if owner is readout else (owner.tag, [f"{state}_0" for state in owner.states if owner.learn_initial])
        printed = {} if owner is readout else owner.spelling.parameters
        found[owner] = Given(part, own, tag, (given or {}).get(part), states, printed)
    return found


def checked(x: Any, what: str, width: int, dtype: str, timed: bool = True) -> Any:
    """Inputs as an array (or the live tensor given): rank, width and finiteness checked, in the net's dtype."""
    array = array_of(x, what)
    wanted = f"(T, {width}) or (T, B, {width})" if timed else f"({width},) or (B, {width})"
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{what} holds {array.dtype}, not numbers: an array of shape {wanted} is needed")
    if array.ndim not in ((2, 3) if timed else (1, 2)) or array.shape[-1] != width:
        raise ValueError(f"{what} has shape {array.shape}, but the net takes {wanted}")
    live = isinstance(x, Tensor) and x.op is not None
    with np.errstate(over="ignore"):
        cast = array if live else np.array(array, dtype=np.result_type(array, dtype) if array.dtype.kind == "c" else dtype)
    if not np.isfinite(cast).all():
        at = tuple(int(k) for k in np.argwhere(~np.isfinite(cast))[0])
        where = f"t={at[0] + 1}" if timed else f"index {at}"
        remedy = f"too large for {dtype}" if np.isfinite(array[at]) else "clean the data, or pad with zeros and give lengths"
        raise ValueError(f"{what} is {array[at]} at {where}: {remedy}")
    return x if live else cast


def ragged(
    given: Any, what: str, axes: int, lengths: Any, beside: Mapping[str, Any], named: str = "lengths", always: bool = False
) -> tuple[Any, Any, Mapping[str, Any]]:
    """Sequences of their own lengths, a list of arrays of so many ``axes``, as one array (T, B, ...) padded with zeros, their ``lengths``,
    and what has as many steps ``beside``, padded alike; anything else as it is. ``always``: a list is one of sequences in any case."""
    items = given if isinstance(given, (list, tuple)) else ()
    sizes = {len(one) if isinstance(one, (np.ndarray, list, tuple)) and getattr(one, "ndim", True) else -1 for one in items}
    told = always or len(sizes) > 1 or axes == 2 and all(isinstance(one, np.ndarray) for one in items)
    if not told or not sizes or -1 in sizes or any(array_of(one, f"{what}[{b}]").ndim != axes for b, one in enumerate(items)):
        return given, lengths, beside
    if lengths is not None:
        raise ValueError(f"{what} is a list of sequences, whose lengths are their own: leave {named}= out")
    padded, found = side_by_side(given, what)
    if any(found) and 0 in found:
        raise ValueError(f"{what}[{found.index(0)}] has no steps, and others have: leave that sequence out")
    others = {name: (None, found) if value is None else side_by_side(value, name) for name, value in beside.items()}
    for name, (_, steps) in others.items():
        if len(steps) != len(found):
            raise ValueError(f"{what} has {len(found)} sequences and {name} {len(steps)}: one for each is needed")
        for b, (n, m) in enumerate(zip(found, steps, strict=True)):
            if n != m:
                raise ValueError(f"{what}[{b}] has {n} steps and {name}[{b}] {m}: one for each is needed")
    return padded, found, {name: array for name, (array, _) in others.items()}


def side_by_side(given: Any, what: str) -> tuple[np.ndarray, list[int]]:
    """A list of sequences as one array, the steps first, padded with zeros; and their lengths."""
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"the sequences are in a list, so {what} is a list too: an array for each")
    arrays = [array_of(one, f"{what}[{b}]") for b, one in enumerate(given)]
    first = arrays[0] if arrays else np.zeros(0)
    for b, array in enumerate(arrays):
        if not array.ndim or array.shape[1:] != first.shape[1:] or array.dtype.kind not in "biuf":
            shapes = f"{what}[{b}] holds {array.dtype} of shape {array.shape}, {what}[0] {first.dtype} of shape {first.shape}"
            raise ValueError(f"{what} is a list of sequences, which differ in their lengths only: {shapes}")
    found = np.zeros((max(map(len, arrays), default=0), len(arrays), *first.shape[1:]), np.result_type(first, *arrays))
    for b, array in enumerate(arrays):
        found[: len(array), b] = array
    return found, list(map(len, arrays))


def placed(values: Any, label: str, start: int = 1, op: Any = None) -> list[Tensor]:
    """values[0], values[1], ... as named tensors at t = start, start + 1, ...: slices of a live tensor, or constants, of an ``op``."""
    tensors, before = [], here()
    if not isinstance(values, Tensor):
        values.setflags(write=False)
    try:
        for k in range(len(values)):
            go_to(Place("", "", start + k, before.recording, before.transforms, before))
            node = values[k] if isinstance(values, Tensor) else make(op, values[k])
            set_label(node, label)
            tensors.append(node)
    finally:
        go_to(before)
    return tensors


def masks_of(lengths: Any, T: int, batch: tuple[int, ...], what: str = "lengths", end: str = "T") -> list[np.ndarray] | None:
    """For each step which sequences are still running, (B, 1); None without lengths."""
    if lengths is None:
        return None
    lengths = array_of(lengths, what)
    if not batch or lengths.shape != batch or lengths.dtype.kind not in "iu":
        wanted = f"one whole number for each of the {batch[0]} sequences" if batch else "a batch: x of shape (T, B, D)"
        raise ValueError(f"{what} needs {wanted}, not {lengths.dtype} of shape {lengths.shape}")
    shortest = min(T, 1)  # a sequence has a step, unless there are none
    if lengths.size and not shortest <= lengths.min() <= lengths.max() <= T:
        raise ValueError(f"{what} must lie between {shortest} and {end}={T}, not between {lengths.min()} and {lengths.max()}")
    return [(t < lengths)[:, None] for t in range(T)]
