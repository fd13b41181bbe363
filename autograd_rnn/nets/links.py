"""A run as links of a chain of states: each step run once more, alone, and differentiated by the states and the input that it was given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine import Tensor, tensor
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.ops import concatenate
from autograd_rnn.engine.place import Place, go_to, here
from autograd_rnn.engine.rule import OPS
from autograd_rnn.engine.tensor import make
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.inputs import masks_of
from autograd_rnn.nets.unrolling import Chain, Unrolled
from autograd_rnn.visible import shown

MOST, WORK = 5_000, "flow: steps of a cell with 64 states"  # whose Jacobians are measured in some ten seconds


class Link(NamedTuple):
    """One step of some chains that run together, from the lowest layer up: its number t, what it read, the states before it and after it
    by chain, and which sequences had not ended (None: all)."""

    t: int
    chains: Sequence[Chain]
    x: Any
    before: Sequence[dict[str, Any]]
    after: Sequence[dict[str, Any]]
    ran: np.ndarray | None

    def states(self, records: Sequence[dict[str, Any]]) -> list[Any]:
        """The states in some records, layer by layer."""
        return [record[state] for chain, record in zip(self.chains, records, strict=True) for state in chain.cell.carried]


class Partial(NamedTuple):
    """The derivatives of one step, (B, S, S) and (B, S, D): of the joint state after it by that before it (``state``), by its input
    (``x``), and by each of its own states where what the step computes from that one follows it (``own``: the identity but for states
    that are computed from others of the same step, as an LSTM's h is from its c)."""

    state: np.ndarray
    own: np.ndarray
    x: np.ndarray


def work(steps: int, cells: int, states: int, sequences: int = 1) -> float:
    """What the Jacobians of so many steps cost, in steps of a cell with 64 states: a part for each cell's operations, and one for the
    singular values of the joint state's."""
    return steps * ((cells + 2) / 6 + sequences * (states / 64) ** 2.5 / 2)


def strands(run: Any) -> dict[str, list[tuple[Unrolled, list[Chain]]]]:
    """The chains of a run whose states are one joint state, by name: all layers of a net, and a decoder's after its encoder's; where a
    layer has two directions each chain by itself, as no step of such a net comes after all of another."""
    found: dict[str, list[tuple[Unrolled, list[Chain]]]] = {}
    whole = all(len(layer) == 1 for unrolled in run.unrolled for layer in unrolled.layers)
    for unrolled in run.unrolled:
        if all(len(layer) == 1 for layer in unrolled.layers):
            found.setdefault("" if whole else unrolled.chains[0].cell.tag, []).append((unrolled, unrolled.chains))
        else:
            found |= {chain.cell.tag: [(unrolled, [chain])] for chain in unrolled.chains}
    return found


def links(run: Any, strand: list[tuple[Unrolled, list[Chain]]]) -> list[Link]:
    """The steps of a strand, in the order in which they ran."""
    found: list[Link] = []
    for unrolled, chains in strand:
        T = len(unrolled.xs)
        batch = unrolled.xs[0].shape[:-1] if T else ()
        lengths = run.lengths if unrolled is run.unrolled[0] else run.target_lengths  # a decoder goes on, but nobody reads what it writes
        masks = masks_of(lengths, T, batch) if T and lengths is not None else None
        before: Sequence[dict[str, Any]] = [chain.first for chain in chains]
        reverse = chains[0].reverse
        read = read_by(unrolled, chains[0])
        for k in reversed(range(T)) if reverse else range(T):
            after = [chain.steps[k] for chain in chains]
            ran = None if masks is None else np.asarray(masks[k]).reshape(batch)
            found.append(Link(unrolled.start + k, chains, read[k], before, after, ran))
            before = after
    return found


def read_by(unrolled: Unrolled, chain: Chain) -> list[Any]:
    """What a chain read at each step: the input, or what the layer below gave."""
    level = next(k for k, layer in enumerate(unrolled.layers) if chain in layer)
    if not level:
        return unrolled.xs
    below = [[record[lower.cell.given].value for record in lower.steps] for lower in unrolled.layers[level - 1]]
    return [np.concatenate(parts, axis=-1) for parts in zip(*below, strict=True)]


def places(link: Link) -> dict[str, slice]:
    """Where each state stands in the joint one, by its name without a time."""
    found, start = {}, 0
    for chain in link.chains:
        for state, width in chain.cell.state_sizes().items():
            found[str(full_name(state, chain.cell.tag, None))] = slice(start, start + width)
            start += width
    return found


def side_by_side(states: Sequence[Any], batch: tuple[int, ...]) -> np.ndarray:
    """Several states side by side, (B, S)."""
    values = [np.asarray(getattr(state, "value", state)) for state in states]
    parts = [np.broadcast_to(value, (*batch, value.shape[-1])).reshape(-1, value.shape[-1]) for value in values]
    return np.concatenate(parts, axis=-1)


def partials(given: Any, along: list[Link]) -> Iterator[Partial]:
    """The derivatives of each link, the last one first. ``given``: the parameters that ran, by cell.

    A step is run again on a batch of its own copies, one for each component of the state, so that one sweep gives a whole Jacobian. What a
    copy gives is held against the step alone, by its values and by one sweep with a random seed: a cell that takes no batch or mixes its
    rows is swept once for each component.
    """
    rng = np.random.default_rng(0)
    alike = True
    if along:
        last = along[-1]
        S, B = sum(sum(chain.cell.state_sizes().values()) for chain in last.chains), math.prod(last.x.shape[:-1])
        at_most(WORK, work(len(along), len(last.chains), S, B), MOST)
        afford(f"the flow of {S:,} states in {B:,} sequences", 8.0 * B * S * S * (24 + last.x.shape[-1] / S))
    for link in reversed(along):
        alone = Again(link, given)
        found = alone.in_one(rng, given) if alike else None
        alike = found is not None
        yield alone.masked(found or alone.one_by_one())


class Again:
    """One step run once more, on ``copies`` of what it was given."""

    def __init__(self, link: Link, given: Any, copies: int = 0):
        self.link, self.batch = link, np.shape(link.x)[:-1]
        before = link.states(link.before)
        self.x = tensor(self._copied(link.x, copies))
        self.states = [tensor(self._copied(state, copies)) for state in before]
        out, rest, place = self.x, list(self.states), here()
        self.own: list[Tensor] = []
        try:
            for chain in link.chains:
                cell, carried = chain.cell, chain.cell.carried
                go_to(Place(cell.name, cell.tag, link.t, True, place.transforms, place))
                states, rest = rest[: len(carried)], rest[len(carried) :]
                record = cell.recorded(cell.step(given[cell].used[link.t], out, *states))
                for node in (record[state] for state in carried):  # one that is what was given is a quantity of its own, as in a run
                    known = any(node is other for other in (*self.states, self.x, *self.own))
                    self.own.append(make(OPS["identity"], node.value, (node,)) if known else node)
                out = record[cell.given]
            rows = [own if own.shape[:-1] else own + np.zeros((*self.x.shape[:-1], 1)) for own in self.own] if self.x.ndim > 1 else self.own
            self.root = concatenate(rows, axis=-1)
        finally:
            go_to(place)

    def _copied(self, given: Any, copies: int) -> np.ndarray:
        """Rows for the copies: (copies * B, width), or what was given as it is."""
        value = np.asarray(getattr(given, "value", given))
        if not copies:
            return np.array(value)
        return np.broadcast_to(value, (copies, *self.batch, value.shape[-1])).reshape(-1, value.shape[-1])

    def swept(self, seed: np.ndarray) -> list[np.ndarray]:
        """The adjoints of the states before, of the step's own ones and of x, side by side each, for one seed."""
        found = adjoints(self.root, seed) if self.root.op is not None and self.root.inputs else {}
        kinds: list[list[Tensor]] = [self.states, self.own, [self.x]]
        rows = self.root.shape[:-1]
        parts = []
        for kind in kinds:
            given = [found.get(node) for node in kind]
            arrays = [np.zeros(node.shape) if g is None else g for node, g in zip(kind, given, strict=True)]
            parts.append(np.concatenate([np.broadcast_to(a, (*rows, a.shape[-1])) for a in arrays], axis=-1))
        return parts

    def in_one(self, rng: np.random.Generator, given: Any) -> Partial | None:
        """All rows by one sweep over copies; None where the copies are not what the step alone is."""
        S = self.root.shape[-1]
        try:
            with np.errstate(all="ignore"):
                many = Again(self.link, given, S)
                if many.root.shape != (S * math.prod(self.batch), S):
                    return None
                seed = np.repeat(np.eye(S, dtype=self.root.dtype), math.prod(self.batch), axis=0)
                found = [part.reshape(S, -1, part.shape[-1]).swapaxes(0, 1) for part in many.swept(seed)]
        except (MemoryError, SystemError):
            raise
        except Exception:  # a step that takes no batch
            return None
        v = rng.normal(size=S).astype(self.root.dtype)
        alone = self.swept(np.broadcast_to(v, self.root.shape))
        wanted = [part.reshape(-1, part.shape[-1]) for part in alone]
        same = many.root.value.reshape(S, -1, S)[0]
        pairs = [(same, self.root.value.reshape(-1, S)), *((v @ part, other) for part, other in zip(found, wanted, strict=True))]
        return Partial(*found) if all(close(a, b) for a, b in pairs) else None

    def one_by_one(self) -> Partial:
        """A row a sweep."""
        rows = []
        for i in range(self.root.shape[-1]):
            seed = np.zeros(self.root.shape, self.root.dtype)
            seed[..., i] = 1
            rows.append([part.reshape(-1, part.shape[-1]) for part in self.swept(seed)])
        return Partial(*(np.stack(parts, axis=1) for parts in zip(*rows, strict=True)))

    def masked(self, found: Partial) -> Partial:
        """The derivatives of what ran: a sequence that has ended carries its state. A ValueError where the step gives other values now."""
        link, S = self.link, self.root.shape[-1]
        ran = np.ones(math.prod(self.batch), bool) if link.ran is None else link.ran.ravel()
        now, then = self.root.value.reshape(-1, S)[ran], side_by_side(link.states(link.after), self.batch)[ran]
        if not close(now, then):
            raise changed(f"step t={link.t} of {link.chains[0].cell.name}")
        eye, idle = np.eye(S), ~ran
        state, own, x = (np.array(part, float) for part in found)
        state[idle], own[idle], x[idle] = eye, eye, 0
        state += x @ self.fed() if isinstance(link.x, Tensor) and link.x.inputs else 0
        return Partial(state, own, x)

    def fed(self) -> np.ndarray:
        """∂x_t/∂s_{t-1}, (B, D, S): not 0 where a decoder reads its own numbers."""
        x, before = self.link.x, self.link.states(self.link.before)
        kept, rows = set(map(id, before)), []
        for i in range(x.shape[-1]):
            seed = np.zeros(x.shape, x.dtype)
            seed[..., i] = 1
            swept = adjoints(x, seed, cut=lambda node, parent: id(node) in kept, stop=min(state.id for state in before))
            rows.append(side_by_side([swept.get(state, np.zeros(state.shape)) for state in before], self.batch))
        return np.stack(rows, axis=1)


def changed(what: str) -> ValueError:
    """The error of a run that cannot be repeated."""
    now = "gives other values now than it did in this run"
    return ValueError(f"{what} {now}: its parameters were given new ones, or it draws at random; unroll again and ask that run")


def length(array: np.ndarray) -> np.ndarray:
    """The Euclidean length along the last axis, also where its square is too large or too small a number."""
    largest = np.abs(array).max(axis=-1, initial=0.0)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    with np.errstate(all="ignore"):
        return scale * np.linalg.norm(array / scale[..., None], axis=-1)


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are equal but for rounding; what is not finite in both is."""
    single = np.float32 in (a.dtype, b.dtype)
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=1e-300)
    return a.shape == b.shape and bool(np.allclose(a, b, 0, (1e-3 if single else 1e-9) * scale, equal_nan=True))


def strand_of(run: Any, chain: str | None) -> tuple[str, list[tuple[Unrolled, list[Chain]]]]:
    """The strand that was asked for: the only one, or else the top layer's forward chain."""
    known = strands(run)
    top = run.unrolled[-1].layers[-1][0].cell.tag
    name = chain if chain is not None else top if top in known else next(reversed(known))
    if not isinstance(name, str) or name not in known:
        only = "this run has one chain of states: leave chain= out"
        raise ValueError(only if len(known) == 1 else f"chain={shown(name)}: choose from {', '.join(known)}")
    return name, known[name]
