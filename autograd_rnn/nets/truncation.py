"""Where a truncated backward sweep is cut: the edges by which a step hands its states to the next, those after a stretch or a window."""

from __future__ import annotations

from typing import Any

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.sweep import Cut, Observer


def crossing(run: Any, between: Any) -> Cut:
    """Cuts a chain's edge from one step to the next where ``between(t, first, ahead, joint)`` says so: t is the later of the two
    steps, ``ahead`` the number of encoder steps before it, ``joint`` whether the edge leads from the encoder into the decoder."""
    states = {id(value) for chain in run.chains for record in chain.steps for s in chain.cell.carried for value in [record[s]]}
    first, read = run.unrolled[0].start, len(run.unrolled[0].xs)

    def cut(node: Tensor, parent: Tensor) -> bool:
        here, there = node.scope, parent.scope
        joint = here.tag[:3] == "dec" and there.tag[:3] == "enc"
        if id(parent) not in states or not joint and (here.step == there.step or here.tag != there.tag or here.cell != there.cell):
            return False
        later = 1 if joint else max(here.step or 0, there.step or 0)
        return bool(between(later, first, read if here.tag[:3] == "dec" else 0, joint))

    return cut


def windowed(run: Any, reach: int, observe: Observer | None = None) -> dict[Tensor, Any]:
    """One sweep a loss, each cut where its window ends; the sum of their adjoints."""
    if len(run.losses) < run.T and any(chain.reverse for chain in run.chains):
        raise ValueError("a window counts from each step's own loss, but a backward chain's only loss is at its other end: take chunk")
    total: dict[Tensor, Any] = {}
    last = max((loss.id for loss in run.losses), default=-1)
    above: Observer | None = observe and (lambda node, parent, d: observe(node, parent, d) if node.id > last else None)
    whole, read = adjoints(run.loss, observe=above), len(run.unrolled[0].xs) if len(run.unrolled) > 1 else 0
    for t, loss in enumerate(run.losses, run.losses.first + read):
        ends = (t - reach + 1, t + reach)
        cut = crossing(run, lambda later, first, ahead, joint, ends=ends: later + ahead in ends)
        for node, g in adjoints(loss, whole[loss], cut=cut, observe=observe).items():
            total[node] = total[node] + g if node in total else g
    return {**{node: g for node, g in whole.items() if node.id > last}, **total}
