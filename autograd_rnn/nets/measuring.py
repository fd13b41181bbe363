"""Gradient flow measured on a run: the product of its steps' Jacobians, and what one backward sweep leaves at each step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.checks import string
from autograd_rnn.engine.settle import settle
from autograd_rnn.nets.cells import Gated
from autograd_rnn.nets.flow import Activity, Flow
from autograd_rnn.nets.links import Link, length, links, partials, places, side_by_side, strand_of, strands
from autograd_rnn.nets.progress import patient
from autograd_rnn.visible import shown

NEAR = 0.05  # of an activation's range: what is nearer to an end is saturated


@patient("following gradients")
def flow(run: Any, of: str = "state", chain: str | None = None) -> Flow:
    """The flow of a run: see `Run.flow`."""
    name, strand = strand_of(run, chain)
    along = links(run, strand)
    if not along:
        raise ValueError("a run of T=0 steps has no flow: unroll over at least one")
    if not math.prod(np.shape(along[-1].x)[:-1]):
        raise ValueError("a batch of no sequences has no flow: unroll at least one")
    if not any(chain.cell.carried for chain in along[-1].chains):
        raise ValueError("a net without a state carries nothing from step to step, so that nothing flows through time")
    source, target = _quantity(along[-1], string("of", of))
    batch = np.shape(along[-1].x)[:-1]
    ran = np.stack([np.ones(batch, bool).ravel() if link.ran is None else link.ran.ravel() for link in along])
    logs, least = _measured(run.given, along, source, target)
    by_distance = _shifted(ran)
    shape = (len(along), *batch)
    aligned = {name: by_distance(array).reshape(shape) for name, array in logs.items()}
    steps = [link.t for link in reversed(along)]
    what = f"{' -> '.join(repr(unrolled.net) for unrolled, _ in strand)}, {len(along)} step{'s' * (len(along) != 1)}"
    found = Flow(of, what + (f", chain {name}" if name else ""), aligned, by_distance(least).reshape(shape), steps)
    if run.has_loss and run.loss.op is not None:
        norms, found.shares = _of_loss(run, along, source, of == "state")
        found.norms = None if norms is None else by_distance(norms).reshape(shape)
    found.activities = _activities(along)
    found.remedies = _remedies(along[-1])
    found.note = _note(name, strands(run), batch)
    return found


def _quantity(link: Link, of: str) -> tuple[Any, Any]:
    """What is differentiated by: "x", or a part of the joint state; and what of the last state is differentiated."""
    known = places(link)
    everything = slice(0, max(part.stop for part in known.values()))
    if of in ("state", "x"):
        return (of if of == "x" else everything), everything
    carried = link.chains[-1].cell.carried
    top = dict(zip(carried, list(known.values())[-len(carried) :], strict=True))
    if of not in (named := top | known):
        raise ValueError(f"of={shown(of)}: {link.chains[-1].cell.name} has state, x, {', '.join(named)}")
    return named[of], named[of]


def _measured(given: Any, along: list[Link], source: Any, target: slice) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """By step, in the order of the links, and by sequence: log of the largest singular value and of the bound; the smallest value.

    The Jacobian is kept as a matrix whose largest number is near 1, and a power of two, so that it neither vanishes nor overflows; the
    smallest singular value is 1 over the largest one of the product of the steps' inverses, where there are any.
    """
    S = max(part.stop for part in places(along[-1]).values())
    B = math.prod(np.shape(along[-1].x)[:-1])
    J = back = np.broadcast_to(np.eye(S), (B, S, S))
    power, inverse, product = np.zeros(B), np.zeros(B), np.zeros(B)
    whole = source == target == slice(0, S)
    rows = []
    with np.errstate(all="ignore"):
        for step in partials(given, along):
            wanted = J[:, target] @ (step.x if isinstance(source, str) else np.eye(S) if whole else step.own)
            wanted = wanted if isinstance(source, str) else wanted[:, :, source]
            singular = _singular(wanted)
            gain = np.log(singular[:, 0]) + power
            small = np.where(singular[:, -1] > 1e-16 * S * singular[:, 0], singular[:, -1] * np.exp(power), np.nan)
            if whole:
                small = np.exp(-np.log(_singular(back)[:, 0]) - inverse)
            rows.append((gain, product.copy() if whole else np.full(B, np.nan), small))
            product += np.log(_singular(step.state)[:, 0])
            J, power = _scaled(J @ step.state, power)
            if whole:
                back, inverse = _scaled(_inverse(step.state) @ back, inverse)
    gains, bound, least = (np.array(column[::-1]) for column in zip(*rows, strict=True))
    return {"gains": gains, "bound": bound}, least


def _singular(matrices: np.ndarray) -> np.ndarray:
    """The singular values of some matrices, from the largest on; nan where a number in it is not finite."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.linalg.svd(np.where(finite[:, None, None], matrices, 0), compute_uv=False)
    return np.where(finite[:, None], found, np.inf)


def _scaled(matrices: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrices with their largest numbers near 1, and the logarithms of what was taken out."""
    largest = np.abs(matrices).max(axis=(1, 2))
    exponent = np.where((largest > 0) & np.isfinite(largest), np.frexp(largest)[1], 0)
    return np.ldexp(matrices, -exponent[:, None, None]), power + exponent * math.log(2)


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """Inverses; infinite where there is none."""
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        return np.stack([np.linalg.inv(m) if np.linalg.matrix_rank(m) == len(m) else np.full(m.shape, np.inf) for m in matrices])


def _shifted(ran: np.ndarray) -> Any:
    """Puts arrays (N, B) by step into the order of the distance from each sequence's last step; nan beyond its first."""
    after = np.cumsum(ran[::-1], axis=0)[::-1] - ran  # how many steps of the sequence come later
    step, row = np.nonzero(ran)

    def by_distance(array: np.ndarray) -> np.ndarray:
        found = np.full(ran.shape, np.nan)
        found[after[step, row], row] = array[step, row]
        return found

    return by_distance


def _of_loss(run: Any, along: list[Link], source: Any, joint: bool) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
    """By step and sequence ‖dL/ds_k‖, None for inputs that are constants; and by parameter each step's share of the gradient. One sweep.

    Of a joint state what the same step computes of one state from another is left out: they are handed on side by side."""
    names = {id(value): name for name, value in run.parameters.items() if value.op is not None}
    steps = {run.start + k: k for k in range(max(len(unrolled.xs) for unrolled in run.unrolled))}
    sources = [_sources(link, source) for link in along]
    arrived = {id(node): np.zeros(node.shape) for nodes in sources for node in nodes}
    shares: dict[tuple[str, int], Any] = {}

    def collect(node: Tensor, parent: Tensor, d: Any) -> None:
        here, there = node.scope, parent.scope
        if id(parent) in arrived and not (joint and (here.cell, here.tag, here.step) == (there.cell, there.tag, there.step)):
            arrived[id(parent)] += settle(np.asarray(d), parent.shape)
        elif id(parent) in names and here.step in steps:
            key = names[id(parent)], steps[here.step]
            shares[key] = shares.get(key, 0) + np.asarray(settle(np.asarray(d), parent.shape), float)

    run.observed(collect, *run.truncated)
    norms: dict[str, np.ndarray] = {}
    for (name, k), total in shares.items():
        norms.setdefault(name, np.zeros(len(steps)))[k] = length(total.ravel())
    shared = {name: norms[name] / norms[name].sum() for name in run.parameters if name in norms and 0 < norms[name].sum() < math.inf}
    if isinstance(source, str) and not all(nodes and nodes[0].op is not None for nodes in sources):
        return None, shared
    batch = np.shape(along[-1].x)[:-1]
    rows = [side_by_side([arrived[id(node)] for node in nodes], batch) for nodes in sources]
    return length(np.stack(rows)), shared


def _sources(link: Link, source: Any) -> list[Any]:
    """What of a step is differentiated by: its input as far as it is on the tape, or some of its states."""
    if isinstance(source, str):
        return [link.x] if isinstance(link.x, Tensor) else []
    placed = zip(link.states(link.after), places(link).values(), strict=True)
    return [state for state, at in placed if source.start <= at.start < source.stop]


def _activities(along: list[Link]) -> list[Activity]:
    """Where the activations of the steps that ran stand in their range, by what their operations declare."""
    values: dict[str, list[Any]] = {}
    for link in along:
        ran = slice(None) if link.ran is None else link.ran
        for chain, record in zip(link.chains, link.after, strict=True):
            for label, node in record.items():
                if isinstance(node, Tensor) and node.op is not None and node.op.rising and len(node.inputs) == 1:
                    values.setdefault(f"{label}{chain.cell.tag}", []).append((node.op, node.value[ran]))
    found = []
    for name, parts in values.items():
        op, numbers = parts[0][0], np.concatenate([np.ravel(part) for _, part in parts])
        with np.errstate(all="ignore"):  # numbers may have outgrown all bounds
            low, high = (float(op.forward(np.float64(end))) for end in (-np.inf, np.inf))
            margin = NEAR * (high - low) if math.isfinite(high - low) else 0.0
            sides = ((numbers - low, low), (high - numbers, high))
            near = [float(np.mean(side <= margin)) if math.isfinite(end) else math.nan for side, end in sides]
            if not all(map(math.isnan, near)):
                found.append(Activity(name, float(numbers.mean()), *near))
    return found


def _remedies(link: Link) -> dict[str, str]:
    """What would help, by the cell."""
    cell = link.chains[-1].cell
    if hasattr(cell, "forget_bias"):
        open_gates = f"open forget gates to begin with (forget_bias=3, not {cell.forget_bias:g})"
        help = f"what would help: {open_gates}, or training on what needs them open"
    elif isinstance(cell, Gated):
        help = "what would help: training on a task that needs the far past, which opens gates, or an LSTM with forget_bias=3"
    else:
        help = "what would help: gates (an LSTM with forget_bias=3), or relu with recurrent='identity'"
    return {"vanishing": help, "exploding": "what would help: fit(clip_norm=...), truncated BPTT, smaller or orthogonal recurrent weights"}


def _note(name: str, known: Iterable[str], batch: tuple[int, ...]) -> str:
    """What else there is to know."""
    others = [f"run.flow(chain={other!r})" for other in known if other != name]
    parts = [f"Of {batch[0]} sequences the middle one of each distance is shown."] if batch else []
    return " ".join([*parts, f"The other chains: {', '.join(others)}."] if others else parts)
