"""What a net learns from: sequences, each with its targets, cut into stretches where the state is carried from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any

import numpy as np

from autograd_rnn.limits import afford
from autograd_rnn.visible import class_of

MOST = 10**5  # sequences that are taken one by one from what does not say how many there are: they are all held


def sequences(data: Any) -> list[tuple[Any, ...]]:
    """Data as a list of (x, y), (x, y, lengths) or (x, y, {option of `unroll`: ...})."""
    many = isinstance(data, Iterable) and not isinstance(data, tuple) and getattr(data, "ndim", True)  # an array of no axes is one
    items: list[tuple[Any, ...]] = []
    try:
        length = len(data) if many and isinstance(data, Sized) else 0
        parts = iter(data if many else [data])
    except (TypeError, ValueError, OverflowError):  # it can neither be counted nor be gone through
        length, parts = 0, iter(())
    most, held = max(MOST, length), 0.0
    for item in parts:
        if not isinstance(item, tuple) or len(item) not in (2, 3):
            items = []
            break
        items.append(item)
        if len(items) > most:
            raise ValueError(f"data gives more than {most:,} sequences and does not say how many: hand over a list of them")
        if not length:  # what is there already costs nothing more
            held += sum(part.nbytes for part in item if isinstance(part, np.ndarray))
            afford(f"a list of the first {len(items):,} sequences that data gives", held)
    if not items:
        raise ValueError("data is one (x, y), (x, y, lengths) or (x, y, dict(where=...)), or a list of such tuples")
    return items


def cuttable(item: tuple[Any, ...]) -> None:
    """Raises ValueError for a sequence that `pieces` would cut wrongly."""
    x, y, *rest = item
    try:
        steps, targets = len(x), len(y)
    except TypeError:
        raise ValueError(f"truncate cuts x and y into stretches: both need steps, not {class_of(x)} and {class_of(y)}") from None
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
