"""The readout: scores, the loss at each step, and the total."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor, tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.ops import linear, stack
from autograd_rnn.engine.ops import sum as sum_
from autograd_rnn.engine.place import Place, go_to, here
from autograd_rnn.engine.tensor import make
from autograd_rnn.limits import afford
from autograd_rnn.nets.cell import initial
from autograd_rnn.nets.cells import Jordan
from autograd_rnn.nets.given import array_of, choose, generator, size
from autograd_rnn.nets.losses import LOSSES, OUTPUTS
from autograd_rnn.nets.parameters import ByName, Given
from autograd_rnn.nets.weighing import Answered, Counts, Weights, class_weights_of
from autograd_rnn.nets.wiring import chains_of, layers_of
from autograd_rnn.visible import shown


class Readout:
    """Scores s_t = W_hy h_t + b_y (one W_hy a direction), the loss at each step, and the total. What both kinds of model share."""

    def __init__(self, net: Any, output_size: int, loss: str, reduction: str, seed: int, bias: bool = True, class_weights: Any = None):
        """``loss``: by its full name, as `loss_of` gives it."""
        self.output_size, self.seed = size("output_size", output_size), seed
        self.loss, self.output, self.reduction = loss, OUTPUTS[loss], choose("reduction", reduction, ("sum", "mean"))
        self.net, rng, self.bias = net, generator(seed), choose("bias", bias, (True, False))
        self.class_weights = class_weights_of(class_weights, self.output_size, loss)
        top: list[Any] = chains_of(layers_of(net)[-1])
        self.own = isinstance(top[0], Jordan)  # a Jordan net has scores of its own: they are what it feeds back
        if self.own and len(top) > 1:
            raise ValueError("a Jordan net reads out itself, so it cannot be one of two directions: use it alone")
        if self.output == "sigmoid" and self.own and top[0].feedback == "probabilities":
            raise ValueError("a Jordan net that feeds softmax(s) back has these probabilities and no others: take feedback='scores'")
        if self.own and not bias:
            raise ValueError("a Jordan net reads out itself: build it without biases, Jordan(..., bias=False)")
        if self.own and top[0].readout_size != self.output_size:
            raise ValueError(f"a Jordan net reads out itself: it alone, with output_size={top[0].readout_size}, not {self.output_size}")
        afford(f"a readout of {self.output_size:,} scores", 8.0 * self.output_size * (1 + sum(cell.output_size for cell in top)))
        values: dict[str, np.ndarray] = {}
        for cell in [] if self.own else top:
            name = full_name("W_hy", cell.tag[-1:] if len(top) > 1 else "", None)
            values[name] = initial("glorot", (self.output_size, cell.output_size), rng)
        if not self.own and bias:
            values["b_y"] = np.zeros(self.output_size)
        self.parameters = ByName({name: tensor(value.astype(net.dtype), name) for name, value in values.items()})

    def config(self) -> dict[str, Any]:
        """What the model's file says of it."""
        options = dict(output_size=self.output_size, loss=self.loss, reduction=self.reduction, seed=self.seed)
        weights = {} if self.class_weights is None else {"class_weights": self.class_weights.tolist()}
        return {**options, **({} if self.bias else {"bias": False}), **weights}

    def __repr__(self) -> str:
        weights = "" if self.class_weights is None else f", class_weights={self.class_weights.tolist()}"
        return f"loss={self.loss!r}, reduction={self.reduction!r}{', bias=False' * (not self.bias)}{weights}"

    def score(self, parts: list[Any], t: int, p: Given | None) -> Tensor:
        """s_t from what the top layer gives at t."""
        if p is None:  # a net with a readout of its own
            return parts[0]
        given = [*vars(p.at(t)).values()]
        pairs = zip(given, parts, strict=False)  # a weight a part, then the bias if there is one
        before = here()
        try:
            go_to(Place("readout", "", t, before.recording, before.transforms, before))
            s = linear(*(x for pair in pairs for x in pair), *given[len(parts) :])
        finally:
            go_to(before)
        s.name = "s"
        return s

    def targets(self, y: Any, shape: tuple[int, ...], steps: bool = True, counts: np.ndarray | None = None) -> np.ndarray:
        """Targets checked: class indices of the scores' shape without K, or values of the scores' shape. Where no loss counts they may
        be anything: what is no class or no number there is 0."""
        array = array_of(y, "y")
        K = self.output_size
        if not array.size and array.shape == shape[: array.ndim] and array.ndim:  # an empty list says nothing of what it would hold
            array = np.zeros(shape if self.loss == "cross_entropy" else (*shape, K), int)
        if counts is not None and array.shape[: len(shape)] == shape and array.dtype.kind in "iuf":
            known = (array >= 0) & (array < K) if self.loss == "cross_entropy" else np.isfinite(array)
            needed = np.reshape(counts > 0, (*shape, *(1,) * (array.ndim - len(shape))))
            array = np.where(known | needed, array, np.zeros((), array.dtype))
        if self.loss == "cross_entropy":
            if array.shape != shape or array.dtype.kind not in "iu":
                raise ValueError(f"y must hold class indices of shape {shape} for cross_entropy, not {array.dtype} of shape {array.shape}")
            if array.size and not 0 <= array.min() <= array.max() < K:
                at = np.argwhere((array < 0) | (array >= K))[0]
                where = f" at t={at[0] + 1}" if steps and len(at) else ""
                raise ValueError(f"y has class {array[tuple(at)]}{where}, but the net has output_size={K}: classes are 0 to {K - 1}")
            return array
        binary = self.loss == "binary_cross_entropy"
        if binary and K == 1 and array.shape == shape:
            array = array[..., None]
        fits = array.shape == (*shape, K) and array.dtype.kind in ("iufb" if binary else "iuf")
        with np.errstate(over="ignore"):
            values = array.astype(self.net.dtype) if fits else array
        if not fits or not np.isfinite(values).all():
            got = f"{array[~np.isfinite(values)][0]}" if fits else f"{array.dtype} of shape {array.shape}"
            raise ValueError(f"y must hold finite values of shape {(*shape, K)} for {self.loss}, not {got}")
        if binary and (outside := values[(values < 0) | (values > 1)]).size:
            raise ValueError(f"y must hold numbers from 0 to 1 for {self.loss}, not {shown(float(outside[0]))}")
        return values

    def answered(
        self, scores: list[Tensor], targets: list[Tensor], counts: Counts, first: int, taken: Collection[str], op: Any = None
    ) -> Answered:
        """The losses of scores and their targets, the total, and what weighs them: ``counts``, and the weight of each target's class."""
        rows, shape = counts.rows, (len(targets), *(targets[0].shape[: scores[0].ndim - 1] if targets else ()))
        if self.class_weights is not None and targets:
            by_class = self.class_weights[np.stack([y.value for y in targets])]
            rows = by_class if rows is None else rows.reshape(shape) * by_class
        mean = self.reduction == "mean"
        weights = None if rows is None else Weights(rows.reshape(shape), first, self.net.dtype, taken, counts.chosen, mean, op)
        losses = self.losses(scores, targets, weights, first)
        return Answered(losses, self.total(losses, int(np.prod(shape)), weights), weights)

    def losses(self, scores: list[Tensor], targets: list[Tensor], weights: Weights | None, first: int) -> list[Tensor]:
        """L_t at each step: each sequence's times its weight, summed over the batch."""
        losses, before = [], here()
        try:
            for k, (s, y) in enumerate(zip(scores, targets, strict=True)):
                go_to(Place("loss", "", first + k, before.recording, before.transforms, before))
                loss = LOSSES[self.loss](s, y)
                if weights is not None:
                    loss = loss * weights.steps[k]
                loss = sum_(loss) if loss.ndim else loss
                loss.name = "L"
                losses.append(loss)
        finally:
            go_to(before)
        return losses

    def total(self, losses: list[Tensor], count: int, weights: Weights | None = None) -> Tensor:
        """L = Σ L_t, or its mean over the ``count`` scored rows: with weights what these sum to."""
        if not losses:
            total = make(None, np.zeros((), self.net.dtype))
        else:
            total = sum_(stack(losses))
            if self.reduction == "mean":
                total = total / (max(count, 1) if weights is None or weights.total is None else weights.total)
        total.name = "L"
        return total
