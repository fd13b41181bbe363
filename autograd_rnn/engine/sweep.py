"""The backward sweep: reverse mode over a recorded tape, in descending order of creation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.ops.shaping import cast
from autograd_rnn.engine.owned import recorded
from autograd_rnn.engine.poles import Poles, spoilt
from autograd_rnn.engine.pooling import Pooled
from autograd_rnn.engine.resting import resting
from autograd_rnn.engine.rule import Rule, is_ours
from autograd_rnn.engine.settle import add_up, settle
from autograd_rnn.engine.tensor import Tensor

Cut = Callable[[Tensor, Tensor], bool] | None
Observer = Callable[[Tensor, Tensor, Any], None] | None
Seeds = Mapping[Tensor, Any]
Care = Poles | None


@resting
def sweep(
    root: Tensor,
    seed: Any,
    create_graph: bool = False,
    cut: Cut = None,
    stop: int = -1,
    variables_only: bool = False,
    observe: Observer = None,
    seeds: Seeds = MappingProxyType({}),
    careful: bool = False,
) -> dict[Tensor, Any]:
    """The adjoint of everything that ``root`` came from (down to id ``stop``): {tensor: array}, or {tensor: tensor} if recorded.

    ``cut(node, parent)`` tells an edge to leave out, as truncated BPTT does. Weights that many steps share get their
    gradient from one product when the sweep reaches them (`Pooled`). ``variables_only`` lets the other adjoints go as soon as they are
    used, which keeps a training step in the processor's cache. ``observe(node, parent, d)`` is told of every vjp as it is taken, those
    of shared weights one by one. ``seeds``: what arrives at other tensors besides. Where an adjoint comes out as nan, or the root is not
    finite, the sweep is taken again with care (see `poles`); ``careful`` does so at once.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if observe is None and not careful:
            swept = _swept(root, seed, create_graph, cut, stop, variables_only, seeds)
            if np.isfinite(root.value).all() and not spoilt(swept.values()):
                return swept
        return _swept(root, seed, create_graph, cut, stop, variables_only, seeds, observe, Poles(root, seed, cut, stop))


def _swept(
    root: Tensor, seed: Any, create_graph: bool, cut: Cut, stop: int, only: bool, seeds: Seeds, observe: Observer = None, poles: Care = None
) -> dict[Tensor, Any]:
    """One pass over the tape. What was made last has no user ahead that could still add to its adjoint, so it comes first."""
    pooling = not create_graph and observe is None
    pools: dict[Tensor, tuple[Rule, list[Any]]] = {}
    stacked: dict[Any, np.ndarray] = {}  # what several pools of this sweep share
    pending: dict[Tensor, Any] = {root: seed, **seeds}  # what has arrived so far at the nodes ahead
    nodes = {-node.id: node for node in pending}
    ahead = sorted(nodes)  # a heap: the newest node on top
    swept: dict[Tensor, Any] = {}
    while ahead:
        made = heappop(ahead)
        node = nodes.pop(made)
        if node.id < stop:
            break
        g, value = pending.pop(node, None), node.value
        if pools and node in pools:
            pool, parts = pools.pop(node)
            pooled = pool(parts, value, stacked)
            g = pooled if g is None else add_up(g, pooled, value.shape)
        if g.shape != value.shape:
            g = settle(g, value.shape)
        if g.dtype is not value.dtype:
            g = cast(g, value.dtype)
        op: Any = node.op
        inputs, options, variadic = node.inputs, node.options, op.variadic
        if not (inputs and only):
            swept[node] = g
        given = _given(g, node, inputs, variadic, create_graph)
        for k, rule in enumerate(op.rules(len(inputs)) if variadic else op.vjps):
            parent = inputs[k]
            if parent.__class__ is not Tensor or parent.op is None or (cut and cut(node, parent)):
                continue
            earlier = -parent.id
            if earlier < made:
                raise stale(parent)
            if rule is None:
                continue
            if earlier not in nodes:  # the first of its uses that is met
                nodes[earlier] = parent
                heappush(ahead, earlier)
            told = (k, *given) if variadic else given
            if pooling and rule.__class__ is Pooled and (poles is None or rule.moves):
                pool, parts = pools.setdefault(parent, (rule.pool, []))
                if pool is rule.pool:  # an input is pooled in one way, that of its last use
                    parts.append(rule.part(*told, **options or {}))
                    continue
            d = rule(*told, **options) if options else rule(*told)
            if create_graph and not is_ours(op.forward):
                d = recorded(d, g, node, k, read=observe is not None)
            if poles is not None:
                d = poles.mended(d, g, node, k)
            if observe is not None:
                observe(node, parent, d)
            held = pending.get(parent)
            if held is not None:
                d = held + d if held.shape == d.shape else add_up(held, d, parent.value.shape)
            pending[parent] = d
    return swept


def _given(g: Any, node: Tensor, inputs: tuple[Any, ...], variadic: bool, create_graph: bool) -> tuple[Any, ...]:
    """What the vjps of a node are given: ``(g, y, *inputs)``, or ``(g, y, inputs)`` where an operation takes any number."""
    if create_graph:
        return (g, node, inputs) if variadic else (g, node, *inputs)
    if len(inputs) == 1 and not variadic:  # most operations have one or two, and a comprehension costs a call
        return g, node.value, inputs[0].value
    if len(inputs) == 2 and not variadic:
        a, b = inputs
        return g, node.value, a.value if a.__class__ is Tensor else a, b.value if b.__class__ is Tensor else b
    values = [x.value if x.__class__ is Tensor else x for x in inputs]
    return (g, node.value, values) if variadic else (g, node.value, *values)


def stale(variable: Tensor) -> ValueError:
    return ValueError(f"{describe(variable)} was given a new value after this tape was recorded: run the forward pass again")
