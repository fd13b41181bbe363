"""What a net learns from: sequences, each with its targets, cut into stretches where the state is carried from one to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

MOST = 10**6  # sequences in a list


def sequences(data: Any) -> list[tuple[Any, ...]]:
    """Data as a list of (x, y), (x, y, lengths) or (x, y, {option of `unroll`: ...})."""
    many = isinstance(data, Iterable) and not isinstance(data, tuple) and getattr(data, "ndim", True)  # an array of no axes is one
    items = [data] if not many else list(itertools.islice(data, MOST + 1))
    if not items or not all(isinstance(item, tuple) and len(item) in (2, 3) for item in items):
        raise ValueError("data is one (x, y), (x, y, lengths) or (x, y, dict(where=...)), or a list of such tuples")
    if len(items) > MOST:
        raise ValueError(f"data has at most {MOST:,} sequences")
    return items


def cuttable(item: tuple[Any, ...]) -> None:
    """Raises ValueError for a sequence that `pieces` would cut wrongly."""
    x, y, *rest = item
    try:
        steps, targets = len(x), len(y)
    except TypeError:
        raise ValueError(f"truncate cuts x and y into stretches: both need steps, not {type(x).__name__} and {type(y).__name__}") from None
    if steps != targets:
        raise ValueError(f"x has {steps} steps and y has {targets}: truncate needs one target a step")


def pieces(item: tuple[Any, ...], truncate: int | None) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """One sequence cut into stretches of ``truncate`` steps: (x, y, further arguments of `unroll`) of each."""
    x, y, *rest = item
    options = dict(rest[0]) if rest and isinstance(rest[0], Mapping) else dict(lengths=rest[0]) if rest else {}
    if truncate is None or len(x) <= truncate and not several(x):
        yield x, y, options
        return
    if several(x) or not options.keys() <= {"where", "weights"}:
        raise ValueError("truncate and lengths do not go together: sort the batch by length, or leave truncate out")
    for k in range(0, len(x), truncate):
        yield x[k : k + truncate], y[k : k + truncate], {name: value[k : k + truncate] for name, value in options.items()}


def several(x: Any) -> bool:
    """Whether it is a list of sequences."""
    return isinstance(x, (list, tuple)) and bool(x) and all(isinstance(one, np.ndarray) and one.ndim == 2 for one in x)
