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
from typing import Any

import numpy as np

from autograd_rnn.engine.ops import where
from autograd_rnn.engine.ops.elementwise import raw
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor


def spoilt(adjoints: Iterable[Any]) -> bool:
    """Whether there is a nan among them: one sum tells, which is nan if anything in it is."""
    return any(np.isnan(np.add.reduce(raw(g), None)) for g in adjoints)


class Poles:
    """What one sweep knows of its masked elements: worked out when the first nan asks for it."""

    def __init__(self, root: Tensor, nodes: list[Tensor], seed: Any, cut: Callable[[Tensor, Tensor], bool] | None):
        self.root, self.nodes, self.seed, self.cut = root, nodes, seed, cut
        self._reached: dict[Tensor, np.ndarray] | None = None

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
        bad &= _through(node, k, reached) == 0
        return where(bad, 0.0, d) if bad.any() else d

    @property
    def reached(self) -> dict[Tensor, np.ndarray]:
        """Of every node the elements that are not masked."""
        if self._reached is None:
            self._reached = {self.root: raw(self.seed) != 0}
            for node in self.nodes:
                here = self._reached.setdefault(node, np.zeros(node.shape, bool))
                for k, parent in enumerate(node.inputs):
                    if not isinstance(parent, Tensor) or not parent.inputs or (self.cut and self.cut(node, parent)):
                        continue
                    there = settle(_through(node, k, here), parent.shape) != 0
                    self._reached[parent] = self._reached.get(parent, False) | there
        return self._reached

    def _divides(self, node: Tensor, k: int) -> bool:
        """Whether the operation, or the vjp of its input k, meets a division by 0 anywhere, 0 / 0 included."""
        op: Any = node.op
        values = [raw(x) for x in node.inputs]
        try:
            with np.errstate(divide="raise", invalid="ignore", over="ignore"):
                op.forward(*values, **node.options or {})
                slope = op.vjp(k, np.ones(node.shape), node.value, values, node.options)
        except FloatingPointError:
            return True
        return bool(np.isnan(slope).any())


def _beside(x: Any, side: int) -> Any:
    """A number a little to one side of x; what is no finite number stays as it is."""
    return np.where(np.isfinite(x), x + side * 1e-9 * np.maximum(1, np.abs(x)), x) if np.asarray(x).dtype.kind == "f" else x


def _through(node: Tensor, k: int, reached: np.ndarray) -> np.ndarray:
    """What of input k's adjoint the given elements of the node reach: 0 for the rest. All of it where the rule does not say."""
    op, options, rng = node.op, node.options or {}, np.random.default_rng(0)
    assert op is not None
    if op.rules(len(node.inputs))[k] is None:
        return np.zeros(node.inputs[k].shape)

    def elsewhere(x: Any, shape: tuple[int, ...]) -> Any:
        """Numbers that an input could have had, complex ones where the operation is analytic, since it has a value there; constants
        keep theirs."""
        if op.chooses or not isinstance(x, Tensor) or x.op is None or x.dtype.kind != "f":
            return raw(x)
        return rng.uniform(0.3, 0.7, shape) + (1j * rng.uniform(0.3, 0.7, shape) if op.analytic else 0.0)

    points = [[elsewhere(x, np.shape(x)) for x in node.inputs]]
    if op.chooses:  # at a kink both sides count
        points = [[_beside(x, side) for x in points[0]] for side in (-1, 0, 1)]
    total = np.zeros(())
    for values in points:
        y = np.asarray(op.forward(*values, **options)) if op.chooses else elsewhere(node, node.shape)
        try:
            found = np.abs(op.vjp(k, reached.astype(float), y, values, options))
        except (TypeError, ValueError):  # a rule for real numbers only
            return np.ones(())
        total = total + np.where(np.isnan(found), 1.0, found)
    return total
