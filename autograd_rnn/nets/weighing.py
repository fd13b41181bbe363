"""How much each loss counts: m_t of each step and sequence, out of a mask, of weights by step or by class, and of lengths."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import OfNumber
from autograd_rnn.engine.tensor import make, set_label
from autograd_rnn.nets.given import array_of
from autograd_rnn.nets.inputs import placed
from autograd_rnn.visible import shown

# Of the weights and of their sum: the first that nothing of a net's own is called. A GRU has an m.
NAMES = tuple((OfNumber(each), OfNumber(*total)) for each, total in (("m", "M"), ("w", ("w", "", "sum")), ("ω", ("ω", "", "sum"))))


def names_for(taken: Collection[str]) -> tuple[OfNumber, OfNumber]:
    """What the weights and their sum are called beside other names."""
    return next((pair for pair in NAMES if not {*pair} & {*taken}), NAMES[-1])


class Weights:
    """What multiplies the losses: ``steps``, m_t as tensors, of a batch (B), and for a mean what divides them, their sum ``total``, M.
    ``chosen``: whether a person gave any, and not only what has ended is left out. ``op``: of a variable, over variable inputs, so that
    a recorded sweep has what is done to them. ``taken``: names that other things have. ``told``: whether the sum is given as a number."""

    def __init__(self, values: np.ndarray, first: int, dtype: Any, taken: Collection[str], chosen: bool, mean: bool, op: Any = None):
        self.name, self.of_total = names_for(taken)
        self.first, self.chosen = first, chosen
        self.steps: list[Tensor] = placed(np.array(values, dtype=dtype), self.name, first, op)
        self.total: Tensor | None = None
        self.told = False
        if mean and values.size:
            if not values.any():
                raise ValueError("no loss counts (where=, weights=), so they have no mean: leave such a sequence out, or take their sum")
            self.divide(values.sum(), dtype, op)

    def divide(self, by: Any, dtype: Any, op: Any = None, told: bool = False) -> None:
        """Let the mean divide by a number: by the sum of these weights, or, ``told``, by that of all sequences of a batch."""
        self.total, self.told = make(op, np.array(by, dtype=dtype)), told
        set_label(self.total, self.of_total)


class Counts(NamedTuple):
    """How much each loss counts, ``rows`` of the shape of what is scored, None where each counts once; and whether a person said so."""

    rows: np.ndarray | None
    chosen: bool

    def unused(self) -> None:
        """Raises ValueError where a person weighs losses that there are not."""
        if self.chosen:
            raise ValueError("where= and weights= are of the losses, and there are none without targets: give y")


class Answered(NamedTuple):
    """The losses of a run, their total and what weighs them."""

    losses: list[Tensor]
    total: Tensor
    weights: Weights | None


def counts_of(where: Any, weights: Any, masks: list[np.ndarray] | None, rows: tuple[int, ...]) -> Counts:
    """The weights of the losses out of a mask, of numbers, and of which sequences still run (``masks``)."""
    found = None if masks is None else np.reshape([mask[..., 0] for mask in masks], rows).astype(float)
    for name, given, right, wanted in (
        ("where", where, lambda x: (x == 0) | (x == 1), "True where a loss counts and False elsewhere"),
        ("weights", weights, lambda x: np.isfinite(x) & (x >= 0), "numbers of at least 0"),
    ):
        if given is None:
            continue
        array = array_of(given, name)
        if array.shape != rows or array.dtype.kind not in "biuf":
            raise ValueError(f"{name} holds {wanted}, of shape {rows} as the losses, not {array.dtype} of shape {array.shape}")
        if (bad := array[~right(array)]).size:
            raise ValueError(f"{name} holds {wanted}, and {shown(float(bad[0]))} is none")
        found = array.astype(float) if found is None else found * array
    return Counts(found, where is not None or weights is not None)


def class_weights_of(given: Any, classes: int, loss: str) -> np.ndarray | None:
    """The weight of each class, checked."""
    if given is None:
        return None
    array = array_of(given, "class_weights")
    if loss != "cross_entropy":
        raise ValueError(f"class_weights belong to cross_entropy, and this model's loss is {loss}: weigh its steps, unroll(..., weights=)")
    if array.shape != (classes,) or array.dtype.kind not in "biuf" or not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(f"class_weights holds a number of at least 0 for each of the {classes} classes, not {shown(given)}")
    return array.astype(float)


def shared_among(run: Any) -> float | None:
    """What the mean of the losses of a batch divides by: their number, or the sum of their weights. None for any other run."""
    sequences = math.prod(run.scores.items[0].shape[:-1]) if run.has_loss and len(run.losses) else 1
    weights = run.weights
    if run.model is None or run.model.readout.reduction != "mean" or sequences < 2 and not (weights and weights.told):
        return None
    return float(len(run.losses) * sequences if weights is None or weights.total is None else weights.total.value)
