"""0 times infinity on the way back, and which answer it has.

``where(x > 0, log(x), 0)`` at x = 0 has the derivative 0: the branch is masked, and what its pole would make of it does not matter.
``exp(log(x))`` at x = 0 has the derivative 1, though the sweep meets 0 times infinity there too: it answers nan, never a wrong number.
The two zeros are told apart by where they come from. An element of an adjoint is *masked* if no path from the root reaches it through
derivatives that are other than 0 in general: a smooth operation's derivative is 0 at single points only (or in the limit, as that of
``erfc`` at infinity), that of a choosing one (``relu``, ``clip``, ``maximum``, indexing, ``where``) in whole regions. So the sweep is
taken once more with other numbers, random ones in the place of what smooth operations saw, and what stays 0 is masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_rnn.engine.ops import where
from autograd_rnn.engine.ops.choices import raw
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor


def spoilt(adjoints: Iterable[Any]) -> bool:
    """Whether there is a nan among them: one sum tells, which is nan if anything in it is."""
    return any(np.isnan(np.add.reduce(raw(g), None)) for g in adjoints)


def newest_first(root: Tensor, cut: Callable[[Tensor, Tensor], bool] | None, stop: int) -> list[Tensor]:
    """Every variable and result that ``root`` came from, down to id ``stop``: in reverse topological order."""
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for parent in node.inputs:
            known = parent.__class__ is not Tensor or parent in seen or parent.op is None
            if not (known or parent.id < stop or (cut and cut(node, parent))):
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=attrgetter("id"), reverse=True)


class Poles:
    """What one sweep knows of its masked elements: worked out when the first nan asks for it."""

    def __init__(self, root: Tensor, seed: Any, cut: Callable[[Tensor, Tensor], bool] | None, stop: int):
        self.root, self.seed, self.cut, self.stop = root, seed, cut, stop
        self._reached: dict[Tensor, np.ndarray] | None = None
        self._elsewhere: tuple[Tensor, list[Any]] = (root, [])  # the node asked about last, and its other numbers

    def mended(self, d: Any, g: Any, node: Tensor, k: int) -> Any:
        """The adjoint d of the node's input k, with 0 in place of a nan that masked elements of g have made.

        Where no division by 0 is at work but a number that outgrew its dtype, as in 1 / (1 + exp(-x)) at -800, 0 is right for a g that
        is 0 without being masked too, so long as the root itself came out finite.
        """
        bad = np.isnan(raw(d))
        if not bad.any():
            return d
        reached = self.reached[node]
        if np.isfinite(self.root.value).all() and not self._divides(node, k):
            reached = reached & (raw(g) != 0)
        bad &= self._through(node, k, reached.astype(float)) == 0
        return where(bad, 0.0, d) if bad.any() else d

    @property
    def reached(self) -> dict[Tensor, np.ndarray]:
        """Of every node the elements that are not masked."""
        if self._reached is None:
            self._reached = {self.root: raw(self.seed) != 0}
            for node in newest_first(self.root, self.cut, self.stop):
                here = self._reached.setdefault(node, np.zeros(node.shape, bool))
                weights = here.astype(float)
                for k, parent in enumerate(node.inputs):
                    if not isinstance(parent, Tensor) or not parent.inputs or (self.cut and self.cut(node, parent)):
                        continue
                    there = settle(self._through(node, k, weights), parent.shape) != 0
                    self._reached[parent] = self._reached.get(parent, False) | there
        return self._reached

    def _through(self, node: Tensor, k: int, reached: np.ndarray) -> np.ndarray:
        """What of input k's adjoint the given elements of the node reach: 0 for the rest. All of it where the rule does not say."""
        op: Any = node.op
        if op.rules(len(node.inputs))[k] is None:
            return np.zeros(node.inputs[k].shape)
        if self._elsewhere[0] is not node or not self._elsewhere[1]:  # once for all of its inputs: a stack has thousands
            self._elsewhere = node, _elsewhere(node)
        total = np.zeros(())
        for values, y in self._elsewhere[1]:
            try:
                found = np.abs(op.vjp(k, reached, y, values, node.options))
            except (TypeError, ValueError):  # a rule for real numbers only
                found = np.abs(op.vjp(k, reached, np.real(y), [np.real(x) for x in values], node.options))
            total = total + np.where(np.isnan(found), 1.0, found)
        return total

    def _divides(self, node: Tensor, k: int) -> bool:
        """Whether the operation, or the vjp of its input k, meets a division by 0 anywhere, 0 / 0 included; or would if that input
        were 0, since what outgrows the dtype there, as 1 / x at 1e-310, outgrows it near its pole."""
        op: Any = node.op
        values = [raw(x) for x in node.inputs]
        at_zero = [np.zeros_like(x) if position == k else x for position, x in enumerate(values)]
        try:
            with np.errstate(divide="raise", invalid="ignore", over="ignore"):
                op.vjp(k, np.ones(node.shape), np.asarray(op.forward(*at_zero, **node.options or {})), at_zero, node.options)
                op.forward(*values, **node.options or {})
                slope = op.vjp(k, np.ones(node.shape), node.value, values, node.options)
        except FloatingPointError:
            return True
        return bool(np.isnan(slope).any())


def _beside(x: Any, side: int) -> Any:
    """A number a little to one side of x; inf stays as it is, and nan could have been any number."""
    if np.asarray(x).dtype.kind != "f":
        return x
    return np.where(np.isfinite(x), x + side * 1e-9 * np.maximum(1, np.abs(x)), np.where(np.isnan(x), side * 1e30, x))


def _elsewhere(node: Tensor) -> list[Any]:
    """Other numbers that a node could have had, as pairs of its inputs and its output: complex ones where the operation is analytic,
    since it has a value there; to both sides where it chooses, since at a kink both count. Constants keep theirs."""
    op: Any = node.op
    if op.chooses:
        beside = [[_beside(raw(x), side) for x in node.inputs] for side in (-1, 0, 1)]
        return [(values, np.asarray(op.forward(*values, **node.options or {}))) for values in beside]
    rng = np.random.default_rng(0)

    def drawn(x: Any) -> Any:
        if not isinstance(x, Tensor) or x.op is None or x.dtype.kind != "f":
            return raw(x) if np.isfinite(raw(x)).all() else np.where(np.isfinite(raw(x)), raw(x), 1.0)  # 0 times it is 0 here
        return rng.uniform(0.3, 0.7, x.shape) + (1j * rng.uniform(0.3, 0.7, x.shape) if op.analytic else 0.0)

    return [([drawn(x) for x in node.inputs], drawn(node))]
