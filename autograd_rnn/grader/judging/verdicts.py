"""One returned array held against what it has to be: its shape first, then whether its numbers are any, then the numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

CORRECT, OTHER = "correct", "correct in another convention"


class Verdict(NamedTuple):
    """A word and a sentence; ``error``: the largest difference as a share of the largest true element, where there is one; ``mistake``: the
    one that was made, where it shows in how often something is called and not in numbers."""

    word: str
    message: str = ""
    error: float | None = None
    mistake: str = ""


def judged(name: str, got: Any, true: np.ndarray, tolerance: float, sizes: Mapping[str, int]) -> Verdict:
    """The verdict on one output.

    >>> judged("db", np.ones(3), np.ones(3), 1e-7, {}).word, judged("db", np.ones((2, 3)), np.ones(3), 1e-7, {}).message
    ('correct', 'db has shape (2, 3), (3,) is needed')
    """
    if got is None:
        return Verdict("not implemented", f"{name} is None")
    if isinstance(got, (bool, int, float, complex, np.generic)):
        got = np.asarray(got)
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "biufc":
        return Verdict("wrong shape", f"{name} is {said(got)}, an array of shape {true.shape} is needed")
    if got.shape != true.shape:
        turned = got.ndim == 2 and got.T.shape == true.shape and _error(got.T, true) <= tolerance
        if turned:
            return Verdict(OTHER, f"{name} is right transposed: it has shape {got.shape}, {true.shape} is needed")
        return Verdict("wrong shape", f"{name} has shape {got.shape}, {true.shape} is needed")
    if not np.isfinite(got).all():
        return Verdict("not finite", f"{name} has {int((~np.isfinite(got)).sum())} elements that are inf or nan")
    if (error := _error(got, true)) <= tolerance:
        return Verdict(CORRECT, "", error)
    if found := _other_convention(got, true, tolerance, sizes):
        return Verdict(OTHER, f"{name} is right but for a convention: {found}", error)
    if digits := rounded_to(got, true):
        mistake = f"what is returned is rounded to {digits} digit{'s' * (digits > 1)} after the point: it is asked for as it is computed"
        return Verdict("wrong", f"{name} is wrong: it is rounded to {digits} digit{'s' * (digits > 1)}", error, mistake)
    return Verdict("wrong", f"{name} is wrong: its largest error is {error:.2g} of the largest element", error)


def rounded_to(got: np.ndarray, true: np.ndarray) -> int:
    """The digits after the point to which an answer is the truth rounded; 0 where it is not."""
    close = (k for k in range(1, 9) if np.abs(got - np.round(true, k)).max(initial=0.0) <= 1e-6 * 10.0**-k)
    return next(close, 0) if got.any() else 0


def said(x: Any) -> str:
    """What something is, in a word."""
    if isinstance(x, np.ndarray):
        return f"an array of {x.dtype}"
    return getattr(x, "kind", type(x).__name__)


def _error(got: np.ndarray, true: np.ndarray) -> float:
    """max |got - true| / max |true|; where the truth is 0 everywhere, max |got|."""
    if not true.size:
        return 0.0
    with np.errstate(all="ignore"):
        difference, largest = float(np.max(np.abs(got - true))), float(np.max(np.abs(true)))
    return difference / largest if largest else difference


def _other_convention(got: np.ndarray, true: np.ndarray, tolerance: float, sizes: Mapping[str, int]) -> str:
    """How an answer differs that is right by another convention, or nothing."""
    for letters in ("N", "T", "NT"):
        if not all(sizes.get(letter, 1) > 1 for letter in letters):
            continue
        count = int(np.prod([sizes[letter] for letter in letters]))
        by = "·".join(letters)
        for factor, word in ((1 / count, f"divided by {by}"), (count, f"{by} times too large")):
            if _error(got, true * factor) <= tolerance:
                return word
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _error(got.T, true) <= tolerance:
        return "transposed"
    clip = float(np.abs(true).max())
    if np.abs(got).max() > clip and _error(np.clip(got, -clip, clip), true) <= tolerance and clip in (1.0, 5.0):
        return f"not clipped to ±{clip:g}"
    for limit in (1.0, 5.0):
        if np.abs(true).max() > limit and _error(got, np.clip(true, -limit, limit)) <= tolerance:
            return f"clipped to ±{limit:g}"
    return ""


def other_orders(gates: str) -> list[str]:
    """Every other order of an LSTM's or GRU's gates, the well-known ones first."""
    known = ("ifgo", "ifog", "iofg", "figo", "rzn", "zrn")
    orders = ["".join(order) for order in itertools.permutations(gates)]
    return sorted((order for order in orders if order != gates), key=lambda order: (order not in known, order))
