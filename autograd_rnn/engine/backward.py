"""The backward sweep: reverse mode over a recorded tape, in descending order of creation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_rnn.engine.op import VARIABLE, Pooled
from autograd_rnn.engine.ops import broadcast_to, reshape
from autograd_rnn.engine.ops import sum as sum_
from autograd_rnn.engine.ops.shaping import cast
from autograd_rnn.engine.place import here
from autograd_rnn.engine.tensor import Tensor, constant, describe, real

Cut = Callable[[Tensor, Tensor], bool]
Observer = Callable[[Tensor, Tensor, Any], None]


def reachable(root: Tensor, cut: Cut | None = None) -> list[Tensor]:
    """Every variable and result that ``root`` came from, newest first: reverse topological order."""
    seen, stack, nodes = {root}, [root], []
    while stack:
        node = stack.pop()
        nodes.append(node)
        for parent in node.inputs:
            if parent.__class__ is Tensor and parent.op is not None and parent not in seen and not (cut and cut(node, parent)):
                seen.add(parent)
                stack.append(parent)
    nodes.sort(key=attrgetter("id"), reverse=True)
    return nodes


def settle(g: Any, shape: tuple[int, ...]) -> Any:
    """An adjoint brought to its tensor's shape: the one place where broadcasting is undone (summed) or done (repeated)."""
    if extra := len(g.shape) - len(shape):
        g = sum_(g, tuple(range(extra))) if extra > 0 else reshape(g, (1,) * -extra + g.shape)
    axes = tuple(k for k, (have, want) in enumerate(zip(g.shape, shape, strict=True)) if want == 1 != have)
    g = sum_(g, axes, True) if axes else g
    return g if g.shape == shape else broadcast_to(g, shape)


def add_up(a: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The sum of two adjoints of one tensor, which may still be in different broadcast shapes."""
    total = a + b
    return total if a.shape == b.shape or total.shape == shape else settle(a, shape) + settle(b, shape)


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
    of shared weights one by one.
    """
    pooling = not create_graph and observe is None
    pending: dict[Tensor, Any] = {root: seed}
    pools: dict[Tensor, tuple[Any, list[Any]]] = {}
    stacked: dict[Any, np.ndarray] = {}  # what several pools of this sweep share
    swept: dict[Tensor, Any] = {}
    for node in reachable(root, cut):
        if node.id < stop:
            break
        g = pending.pop(node, None)
        value = node.value
        if node in pools:
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
        else:
            given = [x.value if x.__class__ is Tensor else x for x in inputs]
        op, options = node.op, node.options
        for parent, rule in zip(inputs, op.vjps or op.rules(len(inputs))):  # type: ignore[union-attr]  # noqa: B905 - hot path
            if parent.__class__ is not Tensor or parent.op is None or rule is None or (cut and cut(node, parent)):
                continue
            if pooling and rule.__class__ is Pooled:
                part = rule.part(g, y, *given, **options) if options else rule.part(g, y, *given)
                uses = pools.get(parent)
                if uses is None:
                    pools[parent] = rule.pool, [part]
                    continue
                if uses[0] is rule.pool:
                    uses[1].append(part)
                    continue
            d = rule(g, y, *given, **options) if options else rule(g, y, *given)
            if observe is not None:
                observe(node, parent, d)
            if parent in pending:
                pending[parent] = add_up(pending[parent], d, parent.value.shape)
            else:
                pending[parent] = d
    stale = next((left for left in (*pending, *pools) if left.id >= stop), None)
    if stale is not None:  # an adjoint came for a tensor already passed: its id is newer than a use of it
        raise ValueError(f"{describe(stale)} was given a new value after this tape was recorded: run the forward pass again")
    return swept


def seed_for(root: Tensor, seed: Any, what: str = "backward") -> np.ndarray:
    """The root's own adjoint: 1 for a single number, else the given array, whose shape must be the root's."""
    if root.op is None:
        raise ValueError(f"{what}: {describe(root)} does not depend on any variable: make one with tensor(...), outside no_grad()")
    if root.dtype.kind == "c":
        raise TypeError(f"{what}: {describe(root)} is complex: take the real or imaginary part of the inputs instead")
    if seed is None:
        if root.size != 1:
            raise ValueError(f"{what}: {describe(root)} is not a single number: sum it, or pass seed= an array of shape {root.shape}")
        return np.ones(root.shape, root.dtype)
    array = real(getattr(seed, "value", seed), f"{what}: a seed is").astype(root.dtype)
    if array.shape != root.shape:
        raise ValueError(f"{what}: the seed has shape {array.shape}, but {describe(root)} needs {root.shape}")
    return array


def adjoints(
    root: Tensor,
    seed: Any = None,
    create_graph: bool = False,
    cut: Cut | None = None,
    stop: int = -1,
    variables_only: bool = False,
    observe: Observer | None = None,
) -> dict[Tensor, Any]:
    """`sweep` with its seed checked, numpy's division warnings off, and nothing added to any ``grad``."""
    start = seed_for(root, seed)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return sweep(root, constant(start) if create_graph else start, create_graph, cut, stop, variables_only, observe)


def backward(root: Tensor, seed: Any = None, create_graph: bool = False, cut: Cut | None = None) -> Gradients:
    """Sweep back from ``root``, add to each variable's ``grad``, and return the record (see `Tensor.backward`)."""
    if not here.place.recording:
        raise ValueError("backward: nothing is recorded inside no_grad(): call it outside")
    start = seed_for(root, seed)
    swept = adjoints(root, start, create_graph, cut, variables_only=not create_graph)
    accumulate(swept)
    return Gradients(root, swept, None if create_graph else lambda: adjoints(root, start, cut=cut))


def accumulate(swept: dict[Tensor, Any]) -> None:
    """Add one sweep's adjoints to the ``grad`` of its variables."""
    for node, g in swept.items():
        if node.op is VARIABLE:
            g = g.value if g.__class__ is Tensor else g
            node._grad = np.array(g if node.grad is None else node.grad + g)


class Gradients:
    """The record of one backward sweep: ``grads[h]`` is dL/dh for any tensor, intermediates too, as an array of its own.

    Asking for a tensor that the root does not depend on raises; ``grads.get(x)`` answers None instead. The sweep itself keeps the
    variables' adjoints; the first question about another tensor repeats it and keeps them all.
    """

    def __init__(self, root: Tensor, swept: dict[Tensor, Any], again: Callable[[], dict[Tensor, Any]] | None = None):
        self.root, self._swept, self._again = root, swept, again

    def _all(self) -> dict[Tensor, Any]:
        if self._again is not None:
            self._swept, self._again = self._again(), None
        return self._swept

    def __getitem__(self, node: Tensor) -> Any:
        if not isinstance(node, Tensor):
            raise TypeError(f"grads[h] takes a tensor, not {node!r}")
        if node not in self:
            raise ValueError(f"{describe(self.root)} does not depend on {describe(node)}: .get() answers None for such a tensor")
        return self.get(node)

    def get(self, node: Tensor) -> Any:
        """The adjoint of a tensor, or None where none was computed."""
        g = self._swept[node] if node in self._swept else self._all().get(node)
        return g if g is None or isinstance(g, Tensor) else np.array(g)

    def shares(self, variable: Tensor) -> dict[int | None, np.ndarray]:
        """Each time step's share of a shared variable's adjoint, by the step of the operation that used it. Computed when asked
        for: the sweep itself sums them in one product.

        >>> W = tensor(2.0, name="W")
        >>> with scope(step=1):
        ...     h = W * 3
        >>> with scope(step=2):
        ...     h = W * h
        >>> h.backward().shares(W)
        {1: array(6.), 2: array(6.)}
        """
        shares: dict[int | None, np.ndarray] = {}
        for node, g in sorted(self._all().items(), key=lambda item: item[0].id):
            if not any(x is variable for x in node.inputs):
                continue
            given = [x.value if isinstance(x, Tensor) else x for x in node.inputs]
            for x, rule in zip(node.inputs, node.op.rules(len(given)), strict=True):  # type: ignore[union-attr]
                if x is variable and rule is not None:
                    share = rule(getattr(g, "value", g) if isinstance(g, Tensor) else g, node.value, *given, **node.options or {})
                    share = settle(np.asarray(share), variable.shape).astype(variable.dtype)
                    shares[node.step] = shares[node.step] + share if node.step in shares else share
        return shares

    def __contains__(self, node: Tensor) -> bool:
        return node in self._swept or node in self._all()

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"<gradients of {describe(self.root)}: {len(self)} tensors>"
