"""A run with all that its steps did on its tape: also what they computed from a start or an input alone, which is nothing to differentiate,
so that the first step is drawn like every other."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator
from typing import Any

from autograd_rnn.engine import Tape, Tensor
from autograd_rnn.engine.place import Place, go_to, here
from autograd_rnn.engine.rule import VARIABLE, is_ours
from autograd_rnn.engine.tensor import make, set_label
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.unrolling import Chain, Series, Unrolled

Tensors = dict[Tensor, Tensor]


class _Step:
    """A step of a chain: what it was given, an input and states, and what it answered."""

    def __init__(self, chain: Chain, k: int) -> None:
        self.chain, self.record, self.time = chain, chain.steps[k], chain.start + k
        self.given = [chain.xs[k], *chain.before(self.time).values()]

    @property
    def silent(self) -> bool:
        """Whether it read, or gave, a number that it had made itself of what is not differentiated."""
        given, place, seen = set(self.given), self.place, set[Tensor]()
        stack = [node for node in self.record.values() if isinstance(node, Tensor)]
        while stack:
            node = stack.pop()
            if node.scope is place and node not in given and node not in seen:
                if not node.inputs:
                    return True
                seen.add(node)
                stack += [x for x in node.inputs if isinstance(x, Tensor)]
        return False

    @property
    def place(self) -> Place:
        """Where it ran."""
        return next(node.scope for node in self.record.values() if isinstance(node, Tensor))

    def again(self, run: Run, known: Tensors) -> None:
        """Take the step once more, as if all that it is given were differentiated; ``known`` is told of what each of its tensors became."""
        cell, before = self.chain.cell, here()
        fresh = [make(VARIABLE, x.value) for x in self.given]
        try:
            go_to(self.place)
            record = cell.recorded(cell.step(run.given[cell].used[self.time], *fresh))
        finally:
            go_to(before)
        was = _matched([(self.record[label], node) for label, node in record.items() if label in self.record], set(fresh))
        now = dict(zip(fresh, (known.get(x, x) for x in self.given), strict=True))
        for node in Tape.of(*(node for node in record.values() if isinstance(node, Tensor))):
            if node.inputs and node.scope is self.place:
                own = was.get(node, node)
                known[own] = now[node] = _copied(node, own, known, now)


def _matched(stack: list[tuple[Any, Any]], given: set[Tensor]) -> Tensors:
    """What of the old step each tensor of the new one is; nothing for those of a step that took another way."""
    found: Tensors = {}
    while stack:
        old, new = stack.pop()
        if not isinstance(new, Tensor) or not isinstance(old, Tensor) or not new.inputs or new in found or new in given:
            continue
        while old.inputs and old.op is not new.op and old.op is not None and old.op.name in ("identity", "where"):
            old = old.inputs[-2] if old.op.name == "where" else old.inputs[0]  # carried on under another name, or masked
        if old.inputs and (old.op is not new.op or len(old.inputs) != len(new.inputs)):
            continue
        found[new] = old
        stack += zip(old.inputs, new.inputs, strict=False)
    return found


def _copied(node: Tensor, own: Tensor, *became: Tensors) -> Tensor:
    """A node over what its inputs became, called and placed as its own was."""
    known = ChainMap(*became)
    before = here()
    try:
        go_to(own.scope)
        copy = make(node.op, node.value, tuple(known.get(x, x) if isinstance(x, Tensor) else x for x in node.inputs), node.options)
    finally:
        go_to(before)
    if own.label:
        set_label(copy, own.label)
    return copy


def retraced(run: Run) -> tuple[Run, Tensors]:
    """The run with nothing missing, and of each of its tensors the one that ran; the run itself where nothing is, or was recorded."""
    steps = {id(step.place): step for step in _steps(run) if step.silent}
    if not steps or run.unrecorded:
        return run, {}
    records = [node for chain in run.chains for record in chain.steps for node in record.values()]
    known: Tensors = {}
    for node in Tape.of(*records, *run.scores, *run.losses, *([run.loss] if run.has_loss else [])):
        if step := steps.pop(id(node.scope), None):
            step.again(run, known)
        if node not in known and node.inputs:
            known[node] = _copied(node, node, known)

    def now(record: dict[str, Any]) -> dict[str, Any]:
        return {label: known.get(node, node) for label, node in record.items()}

    def all_now(tensors: Iterable[Tensor]) -> list[Tensor]:
        return [known.get(node, node) for node in tensors]

    unrolled = []
    for one in run.unrolled:
        layers = [
            [Chain(c.cell, now(c.first), list(map(now, c.steps)), all_now(c.xs), c.reverse, c.start) for c in layer] for layer in one.layers
        ]
        unrolled.append(Unrolled(one.net, layers, all_now(one.xs), one.start))
    scores, losses = (Series(s.name, s.first, all_now(s)) for s in (run.scores, run.losses))
    loss = known.get(run.loss, run.loss) if run.has_loss else None
    whole = Run(unrolled, run.given, scores, losses, loss, run.model, run.start, run.lengths, run.teacher_forcing, run.weights)
    return whole, {new: old for old, new in known.items()}


def _steps(run: Run) -> Iterator[_Step]:
    """The steps of the cells that a person wrote; ours always compute with a parameter."""
    for chain in run.chains:
        if not is_ours(type(chain.cell)):
            yield from (_Step(chain, k) for k in range(len(chain.steps)))
