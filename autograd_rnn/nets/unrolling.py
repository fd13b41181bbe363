"""Every net unrolled explicitly through time: a chain is one cell applied step by step, and each of its steps is recorded with every
quantity that the cell's equations name."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.ops import concatenate, where
from autograd_rnn.engine.place import Place, go_to, here
from autograd_rnn.engine.rule import OPS
from autograd_rnn.engine.tensor import make, set_label
from autograd_rnn.limits import afford
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import array_of, checked_record
from autograd_rnn.nets.parameters import Given
from autograd_rnn.nets.wiring import cells_in, chains_of, layers_of
from autograd_rnn.visible import shown


class Series(Sequence[Any]):
    """A quantity over time, ``series[t]``: t counts from 1, states from 0 (the initial one).

    >>> Series("c", 0, ["first", "second"])[1]
    'second'
    """

    def __init__(self, name: str, first: int, items: list[Any]):
        self.name, self.first, self.items = name, first, items

    def __getitem__(self, t: Any) -> Any:
        if isinstance(t, slice):
            raise TypeError(f"{self.name}[t] takes one time step; list({self.name}) has them all")
        try:
            t = operator.index(t if not isinstance(t, bool) else "")  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(f"{self.name}[t] takes one time step, a whole number, not {shown(t)}") from None
        last = self.first + len(self.items) - 1
        if not self.first <= t <= last:
            reach = f"t = {self.first}..{last}" if self.items else "no time steps"
            raise IndexError(f"{self.name} has {reach}, not {shown(t)}")
        return self.items[t - self.first]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"<{self.name} at t = {self.first}..{self.first + len(self.items) - 1}>"


class Chain:
    """One cell unrolled: ``steps[t - start]`` holds every named quantity of step t, ``first`` the initial states by name, ``xs`` what each
    step read."""

    def __init__(self, cell: Cell, first: dict[str, Any], steps: list[dict[str, Any]], xs: Any, reverse: bool = False, start: int = 1):
        self.cell, self.first, self.steps, self.xs, self.reverse, self.start = cell, first, steps, list(xs), reverse, start

    def before(self, t: int) -> dict[str, Any]:
        """The states that step t went on from."""
        k = t - self.start + (1 if self.reverse else -1)
        record = self.steps[k] if 0 <= k < len(self.steps) else self.first
        return {state: record[state] for state in self.cell.carried}

    def series(self, label: str) -> Series:
        """A named quantity over time; a state with its initial value at t = 0 (a backward chain's at T + 1)."""
        items = [record[label] for record in self.steps]
        name = full_name(label, self.cell.tag, None)
        if label not in self.first:
            return Series(name, self.start, items)
        if self.reverse:
            return Series(name, self.start, [*items, self.first[label]])
        return Series(name, self.start - 1, [self.first[label], *items])

    @property
    def final(self) -> dict[str, Any]:
        """The record of the last step that ran, or the initial states."""
        return self.first if not self.steps else self.steps[0 if self.reverse else -1]

    @property
    def last(self) -> dict[str, Any]:
        """The states after the last step that ran."""
        return {state: self.final[state] for state in self.cell.carried}


def initial_states(cell: Cell, given: Any, batch: tuple[int, ...], step: int, p: Given) -> dict[str, Any]:
    """The states at t = 0 (a backward chain's at T + 1, ``step``): those given, the learned ones, or zeros; each of shape (H) or (B, H)."""
    if given is not None and not isinstance(given, (tuple, list)):
        given = (given,)
    if given is not None and len(given) != len(cell.states):
        wanted = ", ".join(f"{s}_0" for s in cell.carried)
        raise ValueError(f"the initial state of {cell.name} is ({wanted}): {len(cell.states)} arrays, not {len(given)}")
    first, place = {}, here().moved(cell="", tag=cell.tag, step=step)  # so that it is h_0 on tapes and in errors
    for k, (state, width) in enumerate(cell.state_sizes().items()):
        if given is not None:
            value = given[k] if isinstance(given[k], Tensor) else make(None, state_array(f"{state}_0", cell, given[k]))
            if value.shape not in ((width,), (*batch, width)):
                raise ValueError(f"{state}_0 of {cell.name} has shape {value.shape}, but {(*batch, width)} is needed")
        elif cell.learn_initial:
            value = p.first(f"{cell.states[k]}_0")
        else:
            value = make(None, np.zeros((*batch, width), cell.dtype))
        if value.label is None:
            set_label(value, state)
            value.scope = place
        first[state] = value
    return first


def state_array(what: str, cell: Cell, given: Any) -> np.ndarray:
    """An initial state given as plain numbers, in the cell's dtype."""
    array = array_of(given, what)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{what} of {cell.name} holds {array.dtype}, not numbers: an array of shape (..., {cell.hidden_size}) is needed")
    with np.errstate(over="ignore"):
        cast = np.array(array, dtype=np.result_type(array, cell.dtype) if array.dtype.kind == "c" else cell.dtype)
    if not np.isfinite(cast).all():
        raise ValueError(f"{what} of {cell.name} holds numbers that are not finite: start from zeros, or from an earlier run's last state")
    return cast


def run_chain(
    cell: Cell,
    p: Given,
    xs: Sequence[Any],
    first: dict[str, Any],
    masks: Sequence[Any] | None = None,
    reverse: bool = False,
    start: int = 1,
) -> Chain:
    """Apply a cell step by step with the parameters ``p``. Where a mask is False the states are carried through unchanged."""
    states, before, carried, output = first, here(), cell.carried, cell.given
    plain = False  # whether every label is printed as it is
    records: list[dict[str, Any]] = []
    name, tag, recording, transforms = cell.name, cell.tag, before.recording, before.transforms
    try:
        for k in reversed(range(len(xs))) if reverse else range(len(xs)):
            go_to(place := Place(name, tag, start + k, recording, transforms, before))
            record = cell.step(p.at(start + k), xs[k], *states.values())
            if not records:
                checked_record(cell, record, xs[k])
            if not plain or record.keys() != records[-1].keys():
                record, labels = cell.recorded(record), record
                plain = record.keys() == labels.keys()
            if masks is not None:
                old = {output: records[-1][output]} if records else {}
                record |= {name: where(masks[k], record[name], value) for name, value in (old | states).items()}
            kept: set[Tensor] = set()
            for label, node in record.items():
                if node.__class__ is Tensor:
                    if node.scope is not place or node in kept:  # an input or a state before carried on, two states that are one
                        if node in kept and label not in carried:  # of two names a state's is kept
                            continue
                        # a quantity of its own, equal to the other
                        node = record[label] = make(OPS["identity"], node.value, (node,)) if recording else make(None, node.value)
                    set_label(node, label)
                    if label in carried:
                        kept.add(node)
            states = {state: record[state] for state in carried}
            records.append(record)
    finally:
        go_to(before)
    return Chain(cell, first, records[::-1] if reverse else records, xs, reverse, start)


class Unrolled:
    """A net unrolled over a sequence: every chain of every layer, and what the top layer gives at each step."""

    def __init__(self, net: Any, chains: list[list[Chain]], xs: list[Any], start: int):
        self.net, self.layers, self.xs, self.start = net, chains, xs, start

    @property
    def chains(self) -> list[Chain]:
        """Every chain, from the lowest layer up."""
        return [chain for layer in self.layers for chain in layer]

    def outputs(self) -> list[list[Any]]:
        """What the top layer gives at each step: one tensor, or the forward and the backward one."""
        return outputs_of(self.layers[-1])

    def last(self) -> list[tuple[Any, ...]]:
        """The states after the last step, a tuple a chain: what the next stretch of the sequence starts from."""
        return [tuple(chain.last.values()) for chain in self.chains]


def names_in(unrolled: list[Unrolled], given: Mapping[Any, Given]) -> set[str]:
    """What the quantities and parameters of some nets that ran are called."""
    chains = [chain for net in unrolled for chain in net.chains]
    quantities = {str(full_name(label, chain.cell.tag, None)) for chain in chains for label in (*chain.first, *(chain.steps or [{}])[0])}
    return quantities.union(*(part.ran() for part in given.values()))


def outputs_of(layer: list[Chain]) -> list[list[Any]]:
    """At each step what a layer's chains give."""
    return [list(step) for step in zip(*([record[chain.cell.given] for record in chain.steps] for chain in layer), strict=True)]


def unroll_net(
    net: Any,
    parameters: Mapping[Any, Given],
    xs: list[Any],
    batch: tuple[int, ...],
    h0: Any = None,
    masks: Sequence[Any] | None = None,
    start: int = 1,
) -> Unrolled:
    """Unroll any net over the tensors xs[0..T-1], layer by layer, each cell with its ``parameters``. ``h0``: one state (a plain cell), or
    one a chain."""
    cells = cells_in(net)
    given = [h0] if isinstance(net, Cell) else h0 if h0 is not None else [None] * len(cells)
    count = len(given) if hasattr(given, "__len__") else 1
    if count != len(cells) or not hasattr(given, "__len__"):
        raise ValueError(f"h0 needs one initial state for each of the {len(cells)} chains, from the lowest layer up, not {count}")
    states = iter(given)
    layers: list[list[Chain]] = []
    inputs = xs
    for layer in layers_of(net):
        if layers:
            inputs = [step[0] if len(step) == 1 else joined(step, start + k) for k, step in enumerate(outputs_of(layers[-1]))]
        chains = []
        for reverse, cell in enumerate(chains_of(layer)):
            first = initial_states(cell, next(states), batch, start + len(xs) if reverse else start - 1, parameters[cell])
            chains.append(run_chain(cell, parameters[cell], inputs, first, masks, bool(reverse), start))
        layers.append(chains)
    return Unrolled(net, layers, xs, start)


def affordable(net: Any, steps: int, batch: tuple[int, ...]) -> None:
    """Raise ValueError if so many steps would fill the memory: a step of a cell records some ten operations and a few arrays."""
    units = sum(cell.hidden_size for cell in cells_in(net))
    afford(f"a run of {steps:,} steps", steps * (4_000 * len(cells_in(net)) + 32 * math.prod(batch) * units))


def joined(parts: list[Any], step: int) -> Any:
    """The two directions' states side by side, as the next layer reads them."""
    before = here()
    try:
        go_to(before.moved(cell="concat", tag="", step=step))
        return concatenate(parts, axis=-1)
    finally:
        go_to(before)
