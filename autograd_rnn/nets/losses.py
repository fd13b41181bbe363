"""Losses, one number a row: they reduce the last axis only, and are summed over batch and time by the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine import op
from autograd_rnn.engine.border import bordered
from autograd_rnn.engine.calling import Misfit
from autograd_rnn.engine.checks import whole
from autograd_rnn.engine.ops import expand_dims, log_softmax, sigmoid, softmax, softplus
from autograd_rnn.engine.ops.choices import raw
from autograd_rnn.engine.origin import noted
from autograd_rnn.limits import afford
from autograd_rnn.nets.given import choose
from autograd_rnn.visible import shown


@bordered
def one_hot(classes: Any, size: int, dtype: Any = np.float64) -> np.ndarray:
    """Class indices of any shape as rows of zeros with a single one: shape (*classes.shape, size).

    Raises ValueError for anything but integers from 0 to size - 1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    classes, size = np.asarray(classes), whole("size", size)
    if classes.dtype.kind not in "iu" or (classes.size and not 0 <= classes.min() <= classes.max() < size):
        got = f"{classes.dtype} like {shown(classes.ravel()[:3].tolist(), 40)}"
        raise ValueError(f"class indices must be whole numbers from 0 to {size - 1}, not {got}")
    afford(f"one-hot rows of {classes.size:,} x {size:,} numbers", 9.0 * classes.size * size)
    return _rows(classes, size, dtype)


def _rows(classes: np.ndarray, size: int, dtype: Any) -> np.ndarray:
    return (classes[..., None] == np.arange(size)).astype(dtype)


def _hot(y: Any, s: Any) -> Any:
    """The targets y as rows like those of s; they are classes, or the loss would have refused them."""
    return noted(_rows(np.asarray(raw(y)), s.shape[-1], s.dtype), "onehot", y)


@op(
    "-log softmax({})[{}]",
    lambda g, L, s, y: expand_dims(g, -1) * (softmax(s) - _hot(y, s)),
    None,
    picture="−log p",
    words="softmax and cross entropy",
    why="The loss is log Σ exp(s) less the score of the right class. The derivative of the first term is softmax(s), "
    "that of the second is 1 at the right class: probabilities less the one-hot target.",
)
def cross_entropy(s: Any, y: Any, /) -> Any:
    """-log softmax(s)[y] of scores s (..., K) and class indices y (...), without overflow. Derivative softmax(s) - onehot(y).

    >>> cross_entropy(tensor([[0.0, 0.0], [0.0, 1000.0]]), [1, 0]).value
    array([6.93147181e-01, 1.00000000e+03])
    """
    s, y = np.asarray(s), np.asarray(y)
    if not s.ndim or y.shape != s.shape[:-1]:
        raise Misfit("one class index for each row of scores", 0, 1)
    if y.size and y.min() < 0:  # a class above K - 1 is numpy's own error; from the end, as numpy counts, no class is
        one_hot(y, s.shape[-1])
    return -np.take_along_axis(log_softmax(s), y[..., None], -1)[..., 0]


@op(
    "½‖{} - {}‖²",
    lambda g, L, s, y: expand_dims(g, -1) * (s - y),
    lambda g, L, s, y: expand_dims(g, -1) * (y - s),
    picture="½‖·‖²",
    words="the squared error",
    why="The derivative of half a square is what is squared: the scores less the targets, or the other way round for the targets.",
)
def squared_error(s: Any, y: Any, /) -> Any:
    """½ Σ_k (s_k - y_k)² of scores and targets (..., K). Derivative s - y.

    >>> squared_error(tensor([3.0, 0.0]), [1.0, 1.0]).value
    array(2.5)
    """
    if np.shape(s) != np.shape(y):
        raise Misfit("targets of the shape of the scores", 0, 1)
    difference = s - y
    return 0.5 * np.add.reduce(difference * difference, axis=-1)


@op(
    "BCE(σ({}), {})",
    lambda g, L, s, y: expand_dims(g, -1) * (sigmoid(s) - y),
    lambda g, L, s, y: expand_dims(g, -1) * -s,
    picture="BCE",
    words="σ and binary cross entropy",
    why="The loss is log(1 + exp(s)) less y s for each score. The derivative of the first term is σ(s), that of the second is y: "
    "probability less target; and -s for the targets.",
)
def binary_cross_entropy(s: Any, y: Any, /) -> Any:
    """-Σ_k [y_k log σ(s_k) + (1 - y_k) log(1 - σ(s_k))] of scores and targets (..., K), without overflow. Derivative σ(s) - y.

    >>> binary_cross_entropy(tensor([[0.0, 0.0], [1000.0, 1000.0]]), [[1.0, 0.0], [1.0, 0.0]]).value
    array([   1.38629436, 1000.        ])
    """
    if np.shape(s) != np.shape(y):
        raise Misfit("targets of the shape of the scores", 0, 1)
    s, y = np.asarray(s), np.asarray(y)
    return np.add.reduce((1 - y) * softplus(s) + y * softplus(-s), axis=-1)


LOSSES = {"cross_entropy": cross_entropy, "squared_error": squared_error, "binary_cross_entropy": binary_cross_entropy}
# What each loss takes for the answer, a function g of the scores: y = g(s).
OUTPUTS = {"cross_entropy": "softmax", "squared_error": "identity", "binary_cross_entropy": "sigmoid"}


def loss_of(output: Any, loss: Any) -> str:
    """The loss that a model has, by what it was told: cross_entropy of a sigmoid is the binary one."""
    if output is not None:
        choose("output", output, (*OUTPUTS.values(),))
    if loss is not None:
        choose("loss", loss, LOSSES)
    found = str(loss or next((name for name, g in OUTPUTS.items() if g == output), "cross_entropy"))
    found = "binary_cross_entropy" if (output, found) == ("sigmoid", "cross_entropy") else found
    if output not in (None, OUTPUTS[found]):
        fits = next(name for name, g in OUTPUTS.items() if g == output)
        raise ValueError(f"output={output!r} has the loss {fits}, and loss={found!r} the output {OUTPUTS[found]!r}: leave one of them out")
    return found
