"""The mistakes in a word embedding: a table whose rows are looked up, and whose gradient adds up over every place of a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_rnn.grader.cases import Case
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis
from autograd_rnn.grader.diagnosis.holding import but, near
from autograd_rnn.grader.diagnosis.recursion import Arrays
from autograd_rnn.grader.diagnosis.whole import Slip, differ

FORWARD, BACKWARD = "out[n, t] = W[x[n, t]]", "dW[v] = Sum(dout[n, t] for all n, t with x[n, t] = v)"
FORWARD_LATEX, BACKWARD_LATEX = r"\mathit{out}_{n,t} = W_{x_{n,t}}", r"\mathrm{d}W_{v} = \sum_{n,t: x_{n,t}=v} \mathrm{d}\mathit{out}_{n,t}"


def of_forward(computation: Computation, given: Arrays, got: Mapping[str, Any]) -> Diagnosis | None:
    """The mistake that makes these words of a table."""
    x, W, (name,) = given["x"], given["W"], computation.outputs
    shifts = {s: W[(x + s) % len(W)] for s in (1, -1)}
    tried = {
        "the words of each sequence stand in reverse": W[x[:, ::-1]],
        "the first sequence stands for all of the batch": W[np.broadcast_to(x[:1], x.shape)],
        "the first word of a sequence stands for all of it": W[np.broadcast_to(x[:, :1], x.shape)],
        "a row too late is looked up: the words are counted from 0": shifts[1],
        "a row too early is looked up: the words are counted from 0": shifts[-1],
        "the first step alone is looked up, the others are left at zero": _only(W[x], np.s_[:, 0]),
        "the last step alone is looked up, the others are left at zero": _only(W[x], np.s_[:, -1]),
        "the first sequence alone is looked up, the others are left at zero": _only(W[x], np.s_[0]),
        "the last sequence alone is looked up, the others are left at zero": _only(W[x], np.s_[-1]),
    }
    return _found(tried, got[name], W[x], (name,), FORWARD, FORWARD_LATEX)


def of_backward(computation: Computation, given: Arrays, upstream: Arrays, got: Mapping[str, Any]) -> Diagnosis | None:
    """The mistake that makes this gradient of a table."""
    true, tried = gradients(given, upstream[computation.outputs[0]])
    return _found(tried, got["W"], true, ("dW",), BACKWARD, BACKWARD_LATEX)


class Words:
    """A draw for a word embedding: the gradient of its table as it is right, and with each known mistake."""

    def __init__(self, case: Case):
        self.true, self.tried = gradients(case.given, case.upstream[case.computation.outputs[0]])

    def mistakes(self) -> Iterator[Any]:
        """Every known mistake."""
        return (Slip(sentence, "dW") for sentence in self.tried)

    def sees(self, mistake: Any) -> bool:
        """Whether the gradient is another one with a mistake."""
        return differ({"dW": np.asarray(self.tried[mistake.sentence])}, {"dW": self.true})


def gradients(given: Arrays, dout: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """The gradient of a table, and what mistakes make of it, by their sentences."""
    x, V = given["x"], len(given["W"])

    def added(words: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        dW = np.zeros(given["W"].shape)
        np.add.at(dW, words, gradients)
        return dW

    def last(words: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        dW = np.zeros(given["W"].shape)
        for word, gradient in zip(words.ravel(), gradients.reshape(-1, gradients.shape[-1]), strict=True):
            dW[word] = gradient
        return dW

    def by_step(order: Any, whole: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        dW = np.zeros(given["W"].shape)
        for t in order:
            dW = dW + whole(x[:, t], dout[:, t])
        return dW

    N, T = x.shape
    true, count = added(x, dout), np.maximum(np.bincount(x.ravel(), minlength=V), 1)[:, None]
    once = "the gradient of a word that occurs several times must add up over its places: `dW[x] += dout` counts"
    tried = {
        f"{once} the last place alone, `np.add.at(dW, x, dout)` all": last(x, dout),
        f"{once} one sequence a step, `np.add.at(dW, x, dout)` all": by_step(range(T), last),
        f"{once} one step a sequence, `np.add.at(dW, x, dout)` all": sum(last(x[n], dout[n]) for n in range(N)),
        "the gradient of a word that occurs several times must add up over its places: this is of its first place alone":
            last(x.ravel()[::-1], dout.reshape(N * T, -1)[::-1]),
        "the gradient of a word that occurs several times must add up over its places: this is the mean over them": true / count,
        "`dW` must collect from every step, this is of the first alone": added(x[:, 0], dout[:, 0]),
        "`dW` must collect from every step, this is of the last alone": added(x[:, -1], dout[:, -1]),
        "`dW` must add up over the batch: this is of the first sequence alone": added(x[0], dout[0]),
        "`dW` must add up over the batch: this is of the last sequence alone": added(x[-1], dout[-1]),
        "`dW` must collect from every step, the first is left out": added(x[:, 1:], dout[:, 1:]),
        "`dW` must collect from every step, the last is left out": added(x[:, :-1], dout[:, :-1]),
        "`dW` is left at zero": np.zeros_like(true),
        "the first word of the table is left out: `dW[0]` is of word 0 as every row is of its own": but(true, 0),
        "the last word of the table is left out: every row is of its own word": but(true, V - 1),
        "the gradient of each word belongs to its own row: it is added to the row after": added((x + 1) % V, dout),
        "the gradient of each word belongs to its own row: it is added to the row before": added((x - 1) % V, dout),
        "the gradient of each word belongs to its own step: the words are those of the step before": added(np.roll(x, 1, 1), dout),
        "the gradient of each word belongs to its own step: the words are those of the step after": added(np.roll(x, -1, 1), dout),
        "the steps of the gradient stand in reverse": added(x, dout[:, ::-1]),
        "the gradient is summed over its elements: each column of `dW` collects its own":
            added(x, np.broadcast_to(dout.sum(-1, keepdims=True), dout.shape)),
        "the words stand where the gradients belong: `dW` counts them": added(x, np.ones_like(dout)),
        "the table is multiplied in: the gradient of `W[x]` does not depend on `W`": added(x, dout * given["W"][x]),
    }  # fmt: skip
    return true, tried


def _only(array: np.ndarray, place: Any) -> np.ndarray:
    """An array with zeros everywhere else."""
    out = np.zeros_like(array)
    out[place] = array[place]
    return out


def _found(tried: Mapping[str, Any], got: Any, true: np.ndarray, outputs: tuple[str, ...], formula: str, latex: str) -> Diagnosis | None:
    """The mistakes that give what came back, each by itself or with a sign or a factor."""
    if not isinstance(got, np.ndarray) or got.shape != true.shape or got.dtype.kind not in "biuf" or not np.isfinite(got).all():
        return None
    scales = {"": 1.0, "the sign is wrong": -1.0, "there is a factor 2 too much": 2.0, "there is a factor 0.5 too much": 0.5}
    size = float((true * true).sum())
    factor = float((true * got).sum()) / size if size else 1.0  # one for all elements
    scales |= {f"there is a factor {factor:.4g} too much": factor} if abs(factor) > 1e-9 and factor not in scales.values() else {}
    fits = [
        "; and ".join(words for words in (sentence, scale) if words)
        for scale, factor in scales.items()
        for sentence, value in {"": true, **tried}.items()
        if (sentence or scale) and near(factor * np.asarray(value, float), np.asarray(got, float))
    ]
    if not fits:
        return None
    name = outputs[0]
    return Diagnosis(fits[0], tuple(fits[1:3]), f"in {name}", None, outputs, formula, latex)
