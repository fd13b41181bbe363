"""Right sides held against numbers: one, many at once, and two together."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.columns import World
from autograd_rnn.grader.diagnosis.edit import Edit

NEAR = 1e-6  # two numbers that are solved for are one


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape are one, up to rounding."""
    with np.errstate(all="ignore"):
        scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0), 1e-12)
        return bool(np.isfinite(scale) and np.abs(a - b).max(initial=0.0) <= NEAR * scale)


def row(world: World, right: e.Expr, value: np.ndarray, over: str = "sum") -> np.ndarray:
    """The value of a right side in the shape of what was observed; nan where it has none."""
    return shaped(there_of(world, over).value(right), value, over, world.N)


def there_of(world: World, over: str) -> World:
    """Where what is done `over` a batch is worked out."""
    return world.alone(0 if over == "first" else -1) if over in ("first", "last") else world


def shaped(numbers: Any, value: np.ndarray, over: str, N: int) -> np.ndarray:
    """Numbers in the shape of what was observed, after what is done over a batch of N; nan where they have none."""
    got = np.asarray(numbers)
    if over in ("summed", "averaged") and got.ndim > 1:
        got = np.broadcast_to(got.sum(axis=-1, keepdims=True) / (N if over == "averaged" else 1), got.shape)
    if got.ndim == 2 and value.shape[-1] == 1 < got.shape[-1]:
        got = got.sum(axis=-1, keepdims=True)  # a bias adds up over the batch
    if got.shape != value.shape:
        if got.ndim:
            return np.full(value.shape, np.nan)
        got = np.broadcast_to(got, value.shape)
    if over in ("early", "late"):
        return np.roll(got, -1 if over == "early" else 1, axis=0)
    return got / N if over == "mean" else got[::-1] if over == "reversed" else got


def rows_of(world: World, edits: list[Edit], value: np.ndarray) -> np.ndarray:
    """The numbers that each edit gives, a row an edit."""
    rows = np.empty((len(edits), value.size))
    by_place: dict[str, list[int]] = {}
    for k, edit in enumerate(edits):
        by_place.setdefault(edit.over if edit.over in ("first", "last") else "", []).append(k)
    with np.errstate(all="ignore"):
        for over, places in by_place.items():
            numbers = there_of(world, over).several([edits[k].root for k in places], 1, world.T)
            for k, found in zip(places, numbers, strict=True):
                rows[k] = shaped(found, value, edits[k].over, world.N).ravel()
    return rows


def fitting(rows: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Which rows are a value."""
    target = value.ravel()
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(rows).max(axis=1, initial=0.0), max(np.abs(target).max(initial=0.0), 1e-12))
        return np.flatnonzero(np.isfinite(scale) & (np.abs(rows - target).max(axis=1, initial=0.0) <= NEAR * scale))


def likeliest(edits: list[Edit]) -> list[Edit]:
    """Edits that are the same numbers, likeliest first, each sentence once."""
    return list({edit.sentence: edit for edit in sorted(edits, key=lambda edit: -edit.rank)}.values())[::-1]


def pairs_of(rows: np.ndarray, base: np.ndarray, target: np.ndarray, rests: list[np.ndarray]) -> list[tuple[int, int]]:
    """Which two rows together make the target of the base: by adding their differences, or by multiplying their ratios once the rest of
    a sum is taken off. One element finds them, all the others must agree."""
    found = []
    able = np.flatnonzero(np.isfinite(rows).all(axis=1) & (np.abs(rows - base).max(axis=1, initial=0.0) > NEAR))
    kept, k = rows[able], int(np.abs(target).argmax())
    with np.errstate(all="ignore"):
        ways = [(kept - base, target - base, np.add)] + [
            ((kept - rest) / (base - rest), (target - rest) / (base - rest), np.multiply) for rest in rests
        ]
        for parts, whole, together in ways:
            close = np.abs(together.outer(parts[:, k], parts[:, k]) - whole[k]) <= 10 * NEAR * max(1.0, abs(whole[k]))
            for i, j in zip(*np.nonzero(np.triu(close, 1)), strict=True):
                if near(together(parts[i], parts[j]), whole):
                    found.append((int(able[i]), int(able[j])))
    return list(dict.fromkeys(found))


def but(array: np.ndarray, place: int) -> np.ndarray:
    """An array with zeros at one step or in one row."""
    out = array.copy()
    out[place] = 0.0
    return out
