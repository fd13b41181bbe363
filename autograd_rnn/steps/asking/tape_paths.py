"""Every path from a tensor to the loss on a tape that has no equations in t: one term of the chain rule's sum each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.paths import Path, Paths
from autograd_rnn.steps.walks.swept import Sweep

Edge = tuple[Tensor, int]  # an operation and the place of its input that a path takes


def tape_paths(sweep: Sweep, node: Tensor, limit: int = 20) -> Paths:
    """The paths from ``node`` to the root: their nodes, the products of derivatives, and what each adds to the gradient."""
    if node not in sweep.adjoints:
        raise ValueError(f"no path leads from {sweep.names.name(node)} to {sweep.names.name(sweep.root)}")
    found = [_path(sweep, node, edges) for edges in itertools.islice(_ways(sweep, node), limit)]
    return Paths(found, sweep.names.name(node), _count(sweep, node), sweep.adjoints[node])


def _uses(sweep: Sweep, node: Tensor) -> list[Edge]:
    """The operations that hand a share of its adjoint to a tensor."""
    events = [sweep.events[number - 1] for number in sweep.terms.get(node, ())]
    return [(event.user, event.position) for event in events if event.user is not None]


def _ways(sweep: Sweep, node: Tensor) -> Iterator[tuple[Edge, ...]]:
    """Every way from a tensor to the root, as the edges on it."""
    stack: list[tuple[Tensor, tuple[Edge, ...]]] = [(node, ())]
    while stack:
        at, edges = stack.pop()
        if at is sweep.root:
            yield edges
        stack += [(user, (*edges, (user, position))) for user, position in reversed(_uses(sweep, at))]


def _count(sweep: Sweep, node: Tensor) -> int:
    """How many ways there are; each tensor is counted once, in the order of the sweep."""
    counts = {sweep.root: 1}
    for other in sweep.adjoints:
        counts.setdefault(other, sum(counts[user] for user, _ in _uses(sweep, other)))
    return counts[node]


def _path(sweep: Sweep, node: Tensor, edges: tuple[Edge, ...]) -> Path:
    """One way with its product: the vjps on it put into each other, from the root down."""
    names = sweep.names.symbols
    product: Any = e.ONE
    share: Any = sweep.adjoints[sweep.root]
    for k, (user, position) in reversed(list(enumerate(edges))):
        below = edges[k - 1][0] if k else node
        product = _put(product, names[user]._replace(adjoint=True), sweep.rules.vjp(user, position))
        given = [x.value if isinstance(x, Tensor) else x for x in user.inputs]
        with np.errstate(all="ignore"):
            assert user.op is not None
            share = settle(np.asarray(user.op.vjp(position, share, user.value, given, user.options)), below.shape)
    return Path((names[node], *(names[user] for user, _ in edges)), product, np.asarray(share))


def _put(expression: Any, adjoint: e.Sym, into: Any) -> Any:
    """An adjoint's expression in the place of the adjoint."""
    return e.transformed(into, lambda x: expression if x == adjoint else x)
