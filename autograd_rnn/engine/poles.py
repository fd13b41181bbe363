"""What a derivative is where numbers leave the floating-point range on the way: the true one or nan, never a wrong finite number.

The policy, in one place:

- At a kink the first derivative is a convention, the second nan (see `ops.choices`).
- At a pole the derivative is what the arithmetic makes of it, inf or nan. *Masked* elements have no part in it.
- Where a value outgrew its dtype, its derivative is 0 if the true one is smaller than the dtype can say, as that of 1 / (1 + exp(-x)) at
  -800, and else nan, as that of 1 / log(exp(x)) at 800, which numpy makes 0 for 1/800. ``grad``, ``hessian`` and the other transforms
  search every value for it, and take the sweep again where an adjoint on the way was too small for its dtype (`exact`). ``backward``,
  which training calls at every step, does not: without a nan and under a finite root it answers with the derivative of the value as
  computed, of which numpy has warned.
- The rules themselves leave the range only where their result does: 1 / (1 + x²) is divided out in two steps, not by a square. A
  value that is too small for its dtype is 0, as any result of arithmetic.

``where(x > 0, log(x), 0)`` at x = 0 has the derivative 0: the branch is masked, and what its pole would make of it does not matter.
``exp(log(x))`` at x = 0 has the derivative 1, though the sweep meets 0 times infinity there too: it answers nan, never a wrong number.
The two zeros are told apart by where they come from. An element of an adjoint is *masked* if no path from the root reaches it through
derivatives that are other than 0 in general: a smooth operation's derivative is 0 at single points only (or in the limit, as that of
``erfc`` at infinity), that of a choosing one (``relu``, ``clip``, ``maximum``, indexing, ``where``) in whole regions. So the sweep is
taken once more with other numbers, random ones in the place of what smooth operations saw, and what stays 0 is masked. What outgrew its
dtype is told in the same way: a third sweep has large numbers in the place of infinite ones, and shows what the limit is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_rnn.engine.ops import where
from autograd_rnn.engine.ops.choices import raw
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor

PRODUCTS = frozenset(("matmul", "linear", "outer_sum", "_einsum"))  # sums over elements, each linear in every input


def spoilt(adjoints: Iterable[Any]) -> bool:
    """Whether there is a nan among them: one sum tells, which is nan if anything in it is."""
    return any(np.isnan(np.add.reduce(raw(g), None)) for g in adjoints)


class Poles:
    """What one sweep knows of its masked elements, and of those that outgrew their dtype: worked out when the first of them asks."""

    def __init__(self, root: Tensor, seed: Any, cut: Callable[[Tensor, Tensor], bool] | None, stop: int):
        self.root, self.seed, self.cut, self.stop = root, seed, cut, stop
        self._last: tuple[Any, Any, list[Any]] = (None, None, [])  # the node asked about last, what of it is reached, and its other numbers

    @functools.cached_property
    def nodes(self) -> list[Tensor]:
        """Every variable and result that the root came from, down to id ``stop``: in reverse topological order."""
        seen, stack = {self.root}, [self.root]
        while stack:
            node = stack.pop()
            for parent in node.inputs:
                known = parent.__class__ is not Tensor or parent in seen or parent.op is None
                if not (known or parent.id < self.stop or (self.cut and self.cut(node, parent))):
                    seen.add(parent)
                    stack.append(parent)
        return sorted(seen, key=attrgetter("id"), reverse=True)

    def mended(self, d: Any, g: Any, node: Tensor, k: int) -> Any:
        """The adjoint d of the node's input k, with 0 in place of a nan that masked elements of g have made, or a vanishing limit; and nan
        in place of a 0 that an overflow has made."""
        with np.errstate(all="ignore"):
            return self._mended(d, g, node, k)

    def _mended(self, d: Any, g: Any, node: Tensor, k: int) -> Any:
        bad = np.isnan(raw(d))
        if bad.any():
            masked = bad & (self._through(node, k, self.reached[node]) == 0)
            d, bad = where(masked, 0.0, d) if masked.any() else d, bad & ~masked
        if bad.any() and node.op is not None and node.op.name in PRODUCTS:
            d = self._parted(d, g, node, k)
            bad = np.isnan(raw(d))
        if not (bad.any() or (raw(d) == 0).any()) or not self.far.values:
            return d
        near, far = (np.log2(np.abs(limits.through(node, k, limits.adjoints[node]))) for limits in (self.near, self.far))
        info = np.finfo(node.dtype)  # drawn on as a power, to the dtype's largest number: what that leaves is too small to be told
        vanishing = (far == -np.inf) | (near < np.inf) & (far + 10 * (far - near) < np.log2(info.tiny / info.eps) + self.far.lift)
        known = np.isnan(raw(g))  # that it is lost
        bad &= vanishing & (~known if known.shape == bad.shape else not known.any())
        d = where(bad, 0.0, d) if bad.any() else d
        lost = (raw(d) == 0) & (far > -np.inf) & ~vanishing
        return d * np.where(lost, np.nan, 1.0) if lost.any() else d  # a factor, so that its derivatives are nan too

    def _parted(self, d: Any, g: Any, node: Tensor, k: int) -> Any:
        """A sum of products without those of infinite numbers that only masked elements of g meet."""
        op: Any = node.op
        wild = [~np.isfinite(raw(x)) for x in node.inputs]
        met = op.vjp(k, (self.reached[node] != 0).astype(float), node.value, [x.astype(float) for x in wild], node.options)
        given = [x if isinstance(g, Tensor) else raw(x) for x in node.inputs]
        tame = [where(out, 0.0, x) if out.any() else x for out, x in zip(wild, given, strict=True)]
        return where(np.isnan(raw(d)) & (met == 0), op.vjp(k, g, node if isinstance(g, Tensor) else node.value, tame, node.options), d)

    @functools.cached_property
    def near(self) -> Limits:
        """The sweep with the twelfth root of the largest number in the place of those that outgrew their dtype."""
        return Limits(self, 1 / 12)

    @functools.cached_property
    def far(self) -> Limits:
        """The same with the sixth root: after ten more such steps comes the largest."""
        return Limits(self, 1 / 6)

    def spread(self, seed: np.ndarray, through: Callable[[Tensor, int, np.ndarray], Any]) -> dict[Tensor, np.ndarray]:
        """A sweep with another rule in the place of the vjps."""
        found = {self.root: seed}
        for node in self.nodes:
            here = found.setdefault(node, np.zeros(node.shape))
            for k, parent in enumerate(node.inputs):
                if not isinstance(parent, Tensor) or not parent.inputs or (self.cut and self.cut(node, parent)):
                    continue
                there = settle(through(node, k, here), parent.shape)
                found[parent] = found[parent] + there if parent in found else there
        return found

    @functools.cached_property
    def reached(self) -> dict[Tensor, np.ndarray]:
        """Of every node the elements that are not masked: those other than 0."""
        return self.spread((raw(self.seed) != 0).astype(float), self._through)

    @functools.cached_property
    def empty(self) -> dict[Tensor, np.ndarray]:
        """Of results the elements that are 0 for all numbers: in a recorded sweep's tape, what a masked branch's adjoint is a factor of."""
        found: dict[Tensor, np.ndarray] = {}
        for node in reversed(self.nodes):
            if node.inputs and not node.value.all():
                op: Any = node.op
                try:
                    zero = [op.forward(*values, **node.options or {}) == 0 for values, _ in _elsewhere(node, found)]
                except (MemoryError, SystemError):  # no answer of a function
                    raise
                except Exception:  # numbers that the operation does not take
                    continue
                if np.all(zero, axis=0).any():
                    found[node] = np.all(zero, axis=0)
        return found

    def _through(self, node: Tensor, k: int, reached: np.ndarray) -> np.ndarray:
        """What of input k's adjoint the given elements of the node reach: 0 for the rest. All of it where the rule does not say."""
        op: Any = node.op
        if op.rules(len(node.inputs))[k] is None:
            return np.zeros(node.inputs[k].shape)
        if self._last[0] is not node:  # once for all of its inputs: a stack has thousands
            self._last = node, (reached != 0).astype(float), _elsewhere(node, self.empty)
        total, (_, weights, numbers) = np.zeros(()), self._last
        for values, y in numbers:
            try:
                found = np.abs(op.vjp(k, weights, y, values, node.options))
            except (TypeError, ValueError):  # a rule for real numbers only
                found = np.abs(op.vjp(k, weights, np.real(y), [np.real(x) for x in values], node.options))
            total = total + np.where(np.isnan(found), 1.0, found)
        return total


class Limits:
    """A tape with a large number, a root of the largest, in the place of every infinite one that an operation made."""

    def __init__(self, poles: Poles, power: float):
        self.poles, self.power = poles, power
        self.values: dict[Tensor, np.ndarray] = {}  # those that change
        self._last: tuple[Any, list[Any]] = (None, [])  # the node asked about last, and its inputs
        for node in reversed(poles.nodes):
            if not node.inputs or not (np.isinf(node.value).any() or any(isinstance(x, Tensor) and x in self.values for x in node.inputs)):
                continue
            try:
                y = np.asarray(node.op.forward(*self._inputs(node), **node.options or {}))  # type: ignore[union-attr]
            except (MemoryError, SystemError):  # no answer of a function
                raise
            except Exception:  # a matrix that has no longer what is asked for: the node stays as it was
                continue
            self.values[node] = np.where(np.isinf(y), np.sign(y) * self.large(node), y)

    def large(self, node: Tensor) -> float:
        """The number that stands for an infinite one; its square is none yet."""
        return float(float(np.finfo(node.dtype).max) ** self.power)

    def _inputs(self, node: Tensor) -> list[Any]:
        if self._last[0] is not node:  # once for all of its inputs, as above
            self._last = node, [self.values.get(x, x.value) if isinstance(x, Tensor) else x for x in node.inputs]
        return self._last[1]

    @functools.cached_property
    def lift(self) -> int:
        """By how many powers of two its seed is larger, so that what is small is not taken for 0."""
        return int(np.finfo(self.poles.root.dtype).maxexp) * 3 // 4 - int(np.frexp(np.max(np.abs(raw(self.poles.seed)), initial=0))[1])

    @functools.cached_property
    def adjoints(self) -> dict[Tensor, np.ndarray]:
        """The sweep over that tape."""
        return self.poles.spread(np.ldexp(raw(self.poles.seed), self.lift), self.through)

    def through(self, node: Tensor, k: int, g: np.ndarray) -> Any:
        """The vjp of the node's input k there."""
        op: Any = node.op
        if op.rules(len(node.inputs))[k] is None:
            return np.zeros(node.inputs[k].shape)
        d = np.asarray(op.vjp(k, g, self.values.get(node, node.value), self._inputs(node), node.options))
        if d.shape != g.shape or not np.isinf(d).any() or _divides(node, k):
            return d
        return np.where(np.isinf(d), g * self.large(node), d)  # a slope that outgrows the dtype too, as that of cosh


def _divides(node: Tensor, k: int) -> bool:
    """Whether the vjp of the node's input k meets a division by 0 anywhere, or would if that input were 0, since what outgrows the dtype
    there, as the slope of 1 / x at 1e-160, outgrows it near its pole."""
    op: Any = node.op
    values = [raw(x) for x in node.inputs]
    at_zero = [np.zeros_like(x) if position == k else x for position, x in enumerate(values)]
    try:
        with np.errstate(divide="raise"):
            op.vjp(k, np.ones(node.shape), np.asarray(op.forward(*at_zero, **node.options or {})), at_zero, node.options)
            op.vjp(k, np.ones(node.shape), node.value, values, node.options)
    except FloatingPointError:
        return True
    return False


def _beside(x: Any, side: int) -> Any:
    """A number a little to one side of x; inf stays as it is, and nan could have been any number."""
    if np.asarray(x).dtype.kind != "f":
        return x
    return np.where(np.isfinite(x), x + side * 1e-9 * np.maximum(1, np.abs(x)), np.where(np.isnan(x), side * 1e30, x))


def _elsewhere(node: Tensor, empty: dict[Tensor, np.ndarray]) -> list[Any]:
    """Other numbers that a node could have had, as pairs of its inputs and its output: complex ones where the operation is analytic,
    since it has a value there; to both sides where it chooses, since at a kink both count. Constants keep theirs, and so does what is
    empty."""
    op: Any = node.op
    if op.chooses:
        free = [isinstance(x, Tensor) and x.op is not None and x not in empty for x in node.inputs]
        beside = [[_beside(raw(x), side) if f else raw(x) for x, f in zip(node.inputs, free, strict=True)] for side in (-1, 0, 1)]
        return [(values, np.asarray(op.forward(*values, **node.options or {}))) for values in beside]
    rng = np.random.default_rng(0)

    def drawn(x: Any) -> Any:
        if not isinstance(x, Tensor) or x.op is None or x.dtype.kind != "f":
            return raw(x) if np.isfinite(raw(x)).all() else np.where(np.isfinite(raw(x)), raw(x), 1.0)  # 0 times it is 0 here
        random = rng.uniform(0.3, 0.7, x.shape) + (1j * rng.uniform(0.3, 0.7, x.shape) if op.analytic else 0.0)
        return np.where(empty[x], 0.0, random) if x in empty else random

    return [([drawn(x) for x in node.inputs], drawn(node))]
