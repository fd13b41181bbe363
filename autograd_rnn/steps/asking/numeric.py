"""The numeric check of one step: the tape is run again from one tensor on with a changed value. No vjp is used."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine.numeric import central_differences, complex_step, replayed
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.steps.step import Step, shape_text
from autograd_rnn.steps.walks.naming import numbers
from autograd_rnn.steps.walks.swept import Event, Sweep

ELEMENTS = 8  # of a larger array so many elements are tried, spread evenly


class Check(NamedTuple):
    """How far a step's numbers are from what a changed value does to the loss."""

    method: str  # "complex step", "central difference", "run again"
    error: float  # the largest difference, relative to the largest number where that is above 1
    tried: int  # how many elements were tried
    size: int  # of how many
    tolerance: float

    @classmethod
    def of_values(cls, again: Any, value: Any, tolerance: float = 1e-9) -> Check:
        """A value against itself computed anew."""
        return cls("run again", _error(value, again), np.size(value), np.size(value), tolerance)

    @property
    def ok(self) -> bool:
        """Whether the two agree."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        some = f"{self.tried} of {self.size} elements" if self.tried < self.size else f"{self.size} element{'s' * (self.size != 1)}"
        return f"{self.method}: {'agrees' if self.ok else 'DIFFERS'}, error {self.error:.1e} ({some})"


class Values(NamedTuple):
    """A step's numbers, and how they compare with the tape run again from there with a changed value (None for a cut)."""

    step: Step
    check: Check | None

    def __str__(self) -> str:
        lines = [f"{name} {shape_text(self.step.shapes.get(name, ()))} = {numbers(value)}" for name, value in self.step.numbers.items()]
        return "\n".join([*lines, f"check by {self.check}" if self.check is not None else "a cut edge has no number to check"])

    def __repr__(self) -> str:
        return str(self)


class Replay:
    """A tape run again with one tensor changed: only what comes after it is computed anew. What truncation cuts sees the old value."""

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        self.nodes = [node for node in sweep.names.tape if node.inputs and node in sweep.adjoints]
        self.single = any(node.dtype == np.float32 for node in sweep.adjoints)

    def loss(self, changed: Tensor, value: np.ndarray, edge: tuple[Tensor, int] | None = None) -> Any:
        """The loss with ``changed`` at ``value``; with ``edge`` only as that use of it reads it."""
        new: dict[Tensor, Any] = {changed: value}
        if edge is not None:
            user, position = edge
            given = [value if k == position else _value(x) for k, x in enumerate(user.inputs)]
            new = {user: user.op.forward(*given, **user.options or {})}  # type: ignore[union-attr]
        cut, root = self.sweep.cut, self.sweep.root
        passes = None if cut is None else lambda node, x: not cut(node, x)
        return replayed(self.nodes, _value, new, passes).get(root, root.value.astype(value.dtype))

    def derivative(self, node: Tensor, places: list[tuple[int, ...]], edge: tuple[Tensor, int] | None) -> tuple[str, np.ndarray]:
        """dL at some places of a tensor, and how it was found: by complex step where every operation allows it."""

        def moved(value: np.ndarray) -> Any:
            return self.loss(node, value, edge)

        with np.errstate(all="ignore"):
            try:
                return "complex step", complex_step(moved, node.value, places)
            except TypeError:  # an operation with a kink
                return "central difference", central_differences(moved, node.value, places)

    def check(self, event: Event, found: Any = None) -> Check | None:
        """One event against the loss; None for a cut, which no number can show. ``found``: the adjoint to look at, if not the sweep's."""
        node = event.node
        tolerance = 1e-4 if self.single else 1e-9
        if event.kind == "truncate":
            return None
        if event.kind == "forward":
            assert node.op is not None
            with np.errstate(all="ignore"):
                again = node.op.forward(*map(_value, node.inputs), **node.options or {})
            return Check.of_values(again, node.value, tolerance)
        edge = (event.user, event.position) if event.kind == "vjp" and event.user is not None else None
        if found is None:
            found = event.value if event.kind == "vjp" else self.sweep.adjoints[node]
        places = spread(node.shape)
        method, numeric = self.derivative(node, places, edge)
        if method == "central difference":
            tolerance = max(tolerance, 1e-5)
        return Check(method, _error(np.array([found[place] for place in places]), numeric), len(places), node.size, tolerance)


def spread(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Some places of an array, evenly spread: all of a small one."""
    places = list(np.ndindex(shape))
    return places if len(places) <= ELEMENTS else [places[k * len(places) // ELEMENTS] for k in range(ELEMENTS)]


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Tensor) else x


def _error(ours: Any, theirs: Any) -> float:
    """The largest difference, relative where the numbers are large; what is not finite on both sides alike counts as equal."""
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        difference = np.where(same, 0.0, np.abs(a - b) / np.maximum(1.0, np.abs(b)))
    return float(np.max(np.nan_to_num(difference, nan=np.inf), initial=0.0))
