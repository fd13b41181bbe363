"""What the fields of a statement are drawn from: operands in the range where a function is smooth, axes, shapes, indices, products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.oracles.programs.drawing import Draw, Field, Unsuitable

# -- operands ----------------------------------------------------------------------------------------------------------


def operand(test: Any = lambda a: True, *remedies: str, source: Any = None, least: int = 0) -> Field:
    """A value that passes the test, or one that does after a remedy (``"ar.tanh({})"``)."""

    def drawn(d: Draw) -> str:
        text = source(d) if source else d.pick(lambda a: a.ndim >= least)
        for remedy in ("{}", *remedies):
            if test(np.asarray(d.value(remedy.format(text)))):
                return remedy.format(text)
        raise Unsuitable

    return drawn


def partner(d: Draw) -> str:
    """What broadcasts against the first operand: a number, a value, or something new."""
    shape = first(d).shape
    if d.chance(0.15):
        return str(d.one([0.7, -1.3, 2, 1.9]))
    fit = [name for name, value in d.values.items() if broadcasts(value.shape, shape)]
    if fit and d.chance(0.6):
        return str(d.one(fit))
    ours = [1 if d.chance(0.25) else d.size() if n == 1 else n for n in shape]
    return d.fresh((*d.shape(0, 1), *ours) if d.chance(0.15) else tuple(ours[d.integer(0, len(ours)) :]))


def array(d: Draw) -> str:
    """A partner that is no Python number."""
    text = partner(d)
    if text[0] not in "xcva":
        raise Unsuitable
    return text


def broadcasts(*shapes: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def apart(points: Any, a: Any) -> bool:
    """Whether no element of a lies near a kink."""
    return bool((np.abs(np.asarray(a)[..., None] - np.asarray(points)) > 0.01).all())


def lone(x: np.ndarray, axis: Any, largest: bool = True) -> bool:
    """Whether each extreme along the axes is attained once, and well."""
    if not x.size:
        return False
    sign = 1 if largest else -1
    top = (sign * x).max(axis=axis, keepdims=True)
    return bool(((sign * x > top - 0.01).sum(axis=axis) == 1).all())


def distinct(x: np.ndarray, axis: Any = -1) -> bool:
    return bool((np.diff(np.sort(x, axis), axis=axis if axis is not None else -1) > 0.01).all())


def off(*points: float) -> Field:
    return operand(lambda a: apart(points, a), "({} + 0.137)", "({} * 0.71 - 0.093)")


def passing(test: Any) -> Field:
    """A value that passes the test, or a new leaf that does."""
    return lambda d: d.pick(test)


def same(d: Draw) -> str:
    """An operand of the first one's shape."""
    return d.near(first(d).shape)


def rows(d: Draw) -> str:
    """An operand of the first one's shape but for the last axis."""
    return d.near((*first(d).shape[:-1], d.size()))


def like(d: Draw) -> str:
    """A list of operands of the first one's shape; the same one twice at times."""
    first = d.pick()
    return f"[{', '.join([first] + [d.near(np.shape(d.value(first))) for _ in range(d.integer(0, 2))])}]"


def beside(d: Draw) -> str:
    """A list of operands that differ along axis ``d.got["axis"]`` at most."""
    first, axis = d.pick(np.ndim), d.got["axis"]
    shape = list(np.shape(d.value(first)))
    if axis is not None and not -len(shape) <= axis < len(shape):
        raise Unsuitable
    parts = [first]
    for _ in range(d.integer(0, 2)):
        parts.append(d.near(tuple(d.shape(0, 2) if axis is None else [d.size() if k == axis % len(shape) else n for k, n in enumerate(shape)])))
    return f"[{', '.join(parts)}]"


def square(d: Draw) -> str:
    """A matrix that is far from singular."""
    text = d.pick(lambda a: a.ndim == 2 and a.shape[0] == a.shape[1] and a.size)
    return f"({text} + {d.keep('c', (8 * np.eye(np.shape(d.value(text))[0])).astype(d.one(d.dtypes)))})"


any_ = operand()
vector = operand(least=1)
positive = operand(lambda a: (a > 0.2).all(), "(1.3 + ar.tanh({}))")
near_unit = operand(lambda a: (np.abs(a) < 0.9).all(), "(0.8 * ar.tanh({}))")
above = operand(lambda a: (a > -0.8).all(), "(0.7 * ar.tanh({}))")
divisor = operand(lambda a: (np.abs(a) > 0.2).all(), "(1.4 + ar.sin({}))", source=partner)
nonzero = operand(lambda a: (np.abs(a) > 0.2).all(), "(1.4 + ar.sin({}))")
exponent = operand(lambda a: (np.abs(a) < 3).all(), "ar.tanh({})", source=partner)
small = operand(lambda a: (np.abs(a) < 1.2).all(), "ar.sin({})")

# -- options -----------------------------------------------------------------------------------------------------------


def literal(*choices: Any) -> Field:
    return lambda d: repr(d.one(choices))


flag = literal(False, True)


def first(d: Draw) -> np.ndarray:
    """The first operand."""
    return np.asarray(next(iter(d.got.values())))


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


def sum_of_products(d: Draw) -> str:
    """einsum with one to three operands: letters go by size, some repeat in one operand, the result names some of them."""
    letters: dict[str, int] = {}
    terms, operands = [], []
    for _ in range(d.one([1, 2, 2, 2, 3])):
        text = d.pick(lambda a: a.ndim <= 3) if d.chance(0.7) or not operands else d.fresh(d.shape(0, 2))
        term = ""
        for n in np.shape(d.value(text)):
            same = [c for c, size in letters.items() if size == n]
            c = d.one(same) if same and d.chance(0.7) else "ijklmnpqrst"[len(letters)]
            letters[c] = n
            term += c
        terms.append(term)
        operands.append(text)
    left = ",".join(terms)
    kept = [c for c in d.rng.permutation(list(letters)) if d.chance(0.5)] if letters else []
    if math.prod(letters.values()) > 2000:
        raise Unsuitable
    arrow = "" if d.chance(0.15) and not d.empty else "->" + "".join(kept)
    return f"ar.einsum({left + arrow!r}, {', '.join(operands)})"


def weighted_rows(d: Draw) -> str:
    """linear: one to three weights and their vectors, which may come in batches, and perhaps a bias."""
    x = d.pick(np.ndim)
    batch, H = np.shape(d.value(x))[:-1], d.size()
    terms = []
    for k in range(d.integer(1, 3)):
        if k:
            x = d.near((*batch[d.integer(0, len(batch)) :], d.size()))
        D = np.shape(d.value(x))[-1]
        there = [n for n, v in d.values.items() if v.ndim == 2 and v.shape[1] == D and (not terms or v.shape[0] == H)]
        W = d.one(there) if there and d.chance(0.7) else d.fresh((H, D))
        H = np.shape(d.value(W))[0]
        terms += [W, x]
    return f"ar.linear({', '.join(terms + [d.near((H,))] * d.chance(0.6))})"


def second_factor(d: Draw) -> str:
    """What the first operand is multiplied with by @."""
    shape = first(d).shape
    fit = [name for name, v in d.values.items() if v.ndim and shape[-1] == v.shape[-2 if v.ndim > 1 else 0] and broadcasts(shape[:-2], v.shape[:-2])]
    if fit and d.chance(0.6):
        return str(d.one(fit))
    wide = [(shape[-1],), (shape[-1], d.size()), (*shape[:-2], shape[-1], d.size()), (*(1 for _ in shape[:-2]), shape[-1], d.size())]
    return d.fresh(d.one([*wide, (d.size(), shape[-1], d.size())] if len(shape) <= 2 else wide))


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
    return d.keep("c", np.abs(d.numbers(first(d).shape[d.got["axis"]:][:1])))
