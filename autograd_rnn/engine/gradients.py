"""Gradients as people ask for them: a sweep from a root with its seed checked, added to each ``grad``, and kept as a record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_rnn.engine.checks import switch
from autograd_rnn.engine.exact import exact
from autograd_rnn.engine.guards import describe, real
from autograd_rnn.engine.habits import spoken
from autograd_rnn.engine.place import here
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.sweep import sweep
from autograd_rnn.engine.tensor import Tensor, constant
from autograd_rnn.visible import shown


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


def adjoints(root: Tensor, seed: Any = None, create_graph: bool = False, **how: Any) -> dict[Tensor, Any]:
    """`sweep` with its seed checked, and nothing added to any ``grad``; ``how``: its other options."""
    start = seed_for(root, seed)
    return sweep(root, constant(start) if create_graph else start, create_graph, **how)


@spoken
def backward(root: Tensor, seed: Any = None, create_graph: bool = False) -> Gradients:
    """Sweep the tape backward from here: adds to each variable's ``grad``, returns the record of every adjoint.

    ``seed`` is the adjoint of this tensor itself (needed unless it holds one number); ``create_graph`` records the sweep. Where a value
    on the way outgrew its dtype and came back, as in 1 / log(x * x) at 1e200 (numpy warns), this is the derivative of the values as
    computed: only a recorded sweep and `grad` take the time to look for it, and answer the true derivative or nan.

    >>> W = tensor([1.0, 2.0], name="W")
    >>> L = (W * W).sum()
    >>> L.backward()[W]
    array([2., 4.])
    """
    if not here().recording:
        raise ValueError("backward: nothing is recorded inside no_grad(): call it outside")
    start, create_graph = seed_for(root, seed), switch("create_graph", create_graph)
    swept = exact(root, constant(start), True) if create_graph else sweep(root, start, variables_only=True)
    accumulate(swept)
    return Gradients(root, swept, functools.partial(sweep, root, start), complete=create_graph)


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

    def __init__(self, root: Tensor, swept: dict[Tensor, Any], again: Callable[..., dict[Tensor, Any]], complete: bool = False):
        self.root, self._swept, self._again, self._complete = root, swept, again, complete

    def _all(self) -> dict[Tensor, Any]:
        if not self._complete:
            self._swept, self._complete = self._again(), True
        return self._swept

    def __getitem__(self, node: Tensor) -> Any:
        if not isinstance(node, Tensor):
            raise TypeError(f"grads[h] takes a tensor, not {shown(node)}")
        if node not in self:
            raise ValueError(f"{describe(self.root)} does not depend on {describe(node)}: .get() answers None for such a tensor")
        return self.get(node)

    def get(self, node: Tensor) -> Any:
        """The adjoint of a tensor, or None where none was computed."""
        if not isinstance(node, Tensor):
            raise TypeError(f"grads.get(h) takes a tensor, not {shown(node)}")
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

        def collect(node: Tensor, parent: Tensor, d: Any) -> None:
            if parent is variable:
                share = settle(np.asarray(d), variable.shape).astype(variable.dtype)
                shares[node.step] = share + shares[node.step] if node.step in shares else share

        self._again(observe=collect)
        return dict(reversed(shares.items()))  # a sweep meets the last use first

    def __contains__(self, node: Tensor) -> bool:
        return node in self._swept or node in self._all()

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"<gradients of {describe(self.root)}: {len(self)} tensors>"
