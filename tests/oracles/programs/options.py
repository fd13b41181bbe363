"""The options of a statement, each fitting its first operand: axes, shapes, indices, masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.programs.drawing import Draw, Field, Unsuitable
from tests.oracles.programs.operands import first


def literal(*choices: Any) -> Field:
    return lambda d: repr(d.one(choices))


flag = literal(False, True)


def axis(d: Draw) -> str:
    n = first(d).ndim
    return str(d.one(range(-n, n)))


def axis_or_none(d: Draw) -> str:
    return "None" if d.chance(0.3) or not first(d).ndim else axis(d)


def some_axes(d: Draw) -> str:
    """None, one axis, or several, counted from either end."""
    n = first(d).ndim
    if not n or d.chance(0.3):
        return "None"
    chosen = d.rng.permutation(n)[: d.integer(1, n)] - n * d.rng.integers(0, 2)
    return str(int(chosen[0])) if len(chosen) == 1 and d.chance(0.7) else str(tuple(map(int, chosen)))


def order_of_axes(d: Draw) -> str:
    n = first(d).ndim
    return "None" if d.chance(0.2) else str([int(a) - n * d.integer(0, 1) for a in d.rng.permutation(n)])


def another_shape(d: Draw) -> str:
    x = first(d)
    sizes, left = [], x.size
    while left > 1 and d.chance(0.7):
        n = int(d.one(k for k in range(1, left + 1) if left % k == 0))
        sizes.append(n)
        left //= n
    sizes = sizes + [left] if left != 1 or d.chance(0.3) else sizes
    if sizes and x.size and d.chance(0.4):
        sizes[d.integer(0, len(sizes) - 1)] = -1
    return str(sizes[0]) if len(sizes) == 1 and d.chance(0.5) else str(tuple(map(int, sizes)))


def larger_shape(d: Draw) -> str:
    return str((*d.shape(0, 1), *(d.size() if n == 1 else n for n in first(d).shape)))


def ones_among(d: Draw) -> str:
    ones = [k for k, n in enumerate(first(d).shape) if n == 1]
    chosen = tuple(k for k in ones if d.chance(0.6))
    return "None" if d.chance(0.4) else str(chosen if len(chosen) != 1 else chosen[0])


def new_axes(d: Draw) -> str:
    n = first(d).ndim
    return str(d.integer(-n - 1, n)) if d.chance(0.7) else str((0, -1))


def counts(d: Draw) -> str:
    """How often each slice along ``d.got["axis"]`` is repeated."""
    n = first(d).size if d.got["axis"] is None else first(d).shape[d.got["axis"]]
    return str(d.integer(1, 3)) if d.chance(0.6) else str([d.integer(0 if d.empty else 1, 2) for _ in range(n)])


def widths(d: Draw) -> str:
    kind = d.integer(0, 2)
    pairs = [(d.integer(0, 2), d.integer(0, 1)) for _ in range(first(d).ndim)]
    return str(1 if kind == 0 or not pairs else pairs[0] if kind == 1 else tuple(pairs))


def cuts(d: Draw) -> str:
    """Equal parts, or the edges of unequal ones, along ``d.got["axis"]``."""
    n = first(d).shape[d.got["axis"]]
    parts = [k for k in range(2, n + 1) if n % k == 0]
    if parts and d.chance(0.5):
        return str(d.one(parts))
    edges = [k for k in range(n + 1) if d.empty or 0 < k < n]
    return str(sorted(d.one(edges) for _ in range(d.integer(1, 2))))


def index(d: Draw) -> str:
    """An index of the first operand: integers, slices, lists, masks, None and Ellipsis, mixed."""
    x = first(d)
    if x.ndim and d.chance(0.12):
        return d.keep("i", d.rng.random(x.shape) < 0.6)
    parts: list[str] = []
    long, flat = d.integer(1, 3), d.chance(0.7)  # lists in one index share their length
    for n in x.shape[: d.integer(0, x.ndim)]:
        kind = d.integer(0, 4)
        start, stop = d.integer(0, max(n - 1, 0)), d.integer(1, max(n, 1))
        if kind == 0 and n:
            parts.append(str(d.integer(-n, n - 1)))
        elif kind == 1 and n:
            parts.append(str(d.rng.integers(-n, n, long if flat else (2, long)).tolist()))
        elif kind == 2:
            parts.append(d.one([":", f"{start}:", f":{stop}", "::-1", f"{stop}::-1", "::2", f"-{stop}:"]))
        elif kind == 3 and n and not any("[" in part for part in parts):
            mask = d.rng.random(n) < 0.6
            mask[0] = True
            parts.append(str(mask.tolist()) if int(mask.sum()) == long else ":")
        else:
            parts.append(":")
    if d.chance(0.3):
        parts.insert(d.integer(0, len(parts)), "None")
    if d.chance(0.25):
        parts.append("...")
    text = ", ".join(parts) or "..."
    return text if len(parts) == 1 and ":" not in text else f"np.index_exp[{text}]"


def targets(d: Draw) -> str:
    """Where the rows of the first operand are added: some in the same place."""
    x = first(d)
    length = d.integer(1, 4) if x.ndim else 3
    places = d.rng.integers(-length, length, x.shape[:1] or ()).tolist()
    return f"{places}, {(length, *x.shape[1:])}"


def classes(d: Draw) -> str:
    """Class indices of any shape below the first size of x."""
    return d.keep("i", d.rng.integers(0, len(first(d)), d.shape(0, 2)))


def labels(d: Draw) -> str:
    """A class for each row of scores."""
    x = first(d)
    return d.keep("i", d.rng.integers(0, x.shape[-1], x.shape[:-1]))


def mask(d: Draw) -> str:
    """A condition that broadcasts against the first operand."""
    x = first(d)
    return d.keep("i", d.rng.random(x.shape[d.integer(0, x.ndim) :]) < 0.5)


def places(d: Draw) -> str:
    n = first(d).size if d.got["axis"] is None else first(d).shape[d.got["axis"]]
    if not n:
        raise Unsuitable
    return str(d.rng.integers(-n, n, d.integer(1, 3)).tolist())


def order(d: Draw) -> str:
    return d.keep("i", np.argsort(d.rng.random(first(d).shape), d.got["axis"]))


def weights(d: Draw) -> str:
    return d.keep("c", np.abs(d.numbers(first(d).shape[d.got["axis"] :][:1])))
