"""The backward sweep: reverse mode over a recorded tape, in descending order of creation."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.ops.shaping import cast
from autograd_rnn.engine.poles import Poles, spoilt
from autograd_rnn.engine.resting import resting
from autograd_rnn.engine.rule import Pooled
from autograd_rnn.engine.settle import add_up, settle
from autograd_rnn.engine.tensor import Tensor

Cut = Callable[[Tensor, Tensor], bool]
Observer = Callable[[Tensor, Tensor, Any], None]
STALE = "{} was given a new value after this tape was recorded: run the forward pass again"


def reachable(root: Tensor, cut: Cut | None = None) -> list[Tensor]:
    """Every variable and result that ``root`` came from, newest first: reverse topological order."""
    seen, stack, nodes = {root}, [root], []
    while stack:
        node = stack.pop()
        nodes.append(node)
        for parent in node.inputs:
            if parent.__class__ is Tensor and parent not in seen and parent.op is not None and not (cut and cut(node, parent)):
                seen.add(parent)
                stack.append(parent)
    nodes.sort(key=attrgetter("id"), reverse=True)
    return nodes


@resting
def sweep(
    root: Tensor,
    seed: Any,
    create_graph: bool = False,
    cut: Cut | None = None,
    stop: int = -1,
    variables_only: bool = False,
    observe: Observer | None = None,
) -> dict[Tensor, Any]:
    """The adjoint of everything that ``root`` came from (down to id ``stop``): {tensor: array}, or {tensor: tensor} if recorded.

    ``cut(node, parent)`` tells an edge to leave out, as truncated BPTT does. Weights that many steps share get their
    gradient from one product when the sweep reaches them (`Pooled`). ``variables_only`` lets the other adjoints go as soon as they are
    used, which keeps a training step in the processor's cache. ``observe(node, parent, d)`` is told of every vjp as it is taken, those
    of shared weights one by one. Where an adjoint comes out as nan, the sweep is taken again with care (see `poles`).
    """
    nodes = reachable(root, cut)
    if nodes[0] is not root:  # its id is newer than the tape
        raise ValueError(STALE.format(describe(nodes[0])))
    if stop > 0:
        nodes = [node for node in nodes if node.id >= stop]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if observe is None:
            swept = _swept(root, nodes, seed, create_graph, cut, stop, variables_only, None, None)
            if not spoilt(swept.values()):
                return swept
        return _swept(root, nodes, seed, create_graph, cut, stop, variables_only, observe, Poles(root, nodes, seed, cut))


def _swept(
    root: Tensor,
    nodes: list[Tensor],
    seed: Any,
    create_graph: bool,
    cut: Cut | None,
    stop: int,
    variables_only: bool,
    observe: Observer | None,
    poles: Poles | None,
) -> dict[Tensor, Any]:
    """One pass over the nodes, newest first."""
    pooling = not create_graph and observe is None
    pending: dict[Tensor, Any] = {root: seed}
    pools: dict[Tensor, tuple[Any, list[Any]]] = {}
    stacked: dict[Any, np.ndarray] = {}  # what several pools of this sweep share
    swept: dict[Tensor, Any] = {}
    for node in nodes:
        g = pending.pop(node, None)
        value = node.value
        if pools and node in pools:
            pool, parts = pools.pop(node)
            pooled = pool(parts, value, stacked)
            g = pooled if g is None else add_up(g, pooled, value.shape)
        if g is None:
            continue
        if g.shape != value.shape:
            g = settle(g, value.shape)
        if g.dtype is not value.dtype:
            g = cast(g, value.dtype) if create_graph else g.astype(value.dtype)
        inputs = node.inputs
        if not (inputs and variables_only):
            swept[node] = g
        if not inputs:
            continue
        y: Any = node if create_graph else value
        if create_graph:
            given: Any = inputs
        elif len(inputs) == 1:  # half of all operations, and a comprehension costs a call
            given = (inputs[0].value,)
        elif len(inputs) == 2:
            a, b = inputs
            given = (a.value if a.__class__ is Tensor else a, b.value if b.__class__ is Tensor else b)
        else:
            given = [x.value if x.__class__ is Tensor else x for x in inputs]
        op: Any = node.op
        options, variadic = node.options, op.variadic
        k = -1  # counted by hand: enumerate over a strict zip costs a fifth of the sweep
        for rule in op.rules(len(inputs)) if variadic else op.vjps:
            k += 1
            parent = inputs[k]
            if parent.__class__ is not Tensor or parent.op is None or rule is None or (cut and cut(node, parent)):
                continue
            if pooling and rule.__class__ is Pooled and (poles is None or rule.moves):
                part = rule.part(k, g, y, given) if variadic else rule.part(g, y, *given, **options or {})
                uses = pools.get(parent)
                if uses is None:
                    pools[parent] = rule.pool, [part]
                    continue
                if uses[0] is rule.pool:
                    uses[1].append(part)
                    continue
            if variadic:
                d = rule(k, g, y, given, **options or {})
            else:
                d = rule(g, y, *given, **options) if options else rule(g, y, *given)
            if poles is not None:
                d = poles.mended(d, g, node, k)
            if observe is not None:
                observe(node, parent, d)
            held = pending.get(parent)
            if held is None:
                pending[parent] = d
            elif held.shape == d.shape:
                pending[parent] = held + d
            else:
                pending[parent] = add_up(held, d, parent.value.shape)
    stale = next((left for left in (*pending, *pools) if left.id >= stop), None)
    if stale is not None:  # an adjoint came for a tensor already passed: its id is newer than a use of it
        raise ValueError(STALE.format(describe(stale)))
    return swept
