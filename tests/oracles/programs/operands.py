"""The operands of a statement: values in the range where a function is smooth, and what fits beside the first of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.oracles.programs.drawing import Draw, Field, Unsuitable


def first(d: Draw) -> np.ndarray:
    """The first operand."""
    return np.asarray(next(iter(d.got.values())))


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


def stranger(d: Draw) -> str:
    """What broadcasts against the first operand, but not against the second."""
    a, b = (np.shape(x) for x in list(d.got.values())[:2])
    sizes = [1] * max(len(b) - len(a), 0) + list(a)
    k = d.one(k for k in range(1, len(b) + 1) if sizes[-k] == 1 < b[-k])
    sizes[-k] = b[-k] + 1 if d.chance(0.7) or b[-k] == 2 else b[-k] - 1
    return d.near(tuple(sizes))


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


def full(x: np.ndarray, axis: Any, **rest: Any) -> bool:
    """Whether there is something to reduce along each of the axes."""
    return all(x.shape[a] for a in (range(x.ndim) if axis is None else np.atleast_1d(axis)))


def distinct(x: np.ndarray, axis: Any) -> bool:
    """Whether no two elements along the axis are near each other."""
    return bool((np.diff(np.sort(x, axis), axis=axis) > 0.01).all())


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
        sizes = d.shape(0, 2) if axis is None else [d.size() if k == axis % len(shape) else n for k, n in enumerate(shape)]
        parts.append(d.near(tuple(sizes)))
    return f"[{', '.join(parts)}]"


def square(d: Draw, step: float = 0.0) -> str:
    """A matrix that is far from singular."""
    text = d.pick(lambda a: a.ndim == 2 and a.shape[0] == a.shape[1] and a.size)
    return f"({text} + {d.keep('c', np.diag(8 + step * np.arange(np.shape(d.value(text))[0])).astype(d.one(d.dtypes)))})"


def uneven(d: Draw) -> str:
    """A matrix whose singular values differ: where some are equal PyTorch has no second derivative, and we have it."""
    return square(d, 5.0)


def right_side(d: Draw) -> str:
    """A vector or a matrix for the equations of the first operand, a square matrix."""
    return d.near((len(first(d)), *d.shape(0, 1)))


any_ = operand()
vector = operand(least=1)
positive = operand(lambda a: (a > 0.2).all(), "(1.3 + ar.tanh({}))")
near_unit = operand(lambda a: (np.abs(a) < 0.9).all(), "(0.8 * ar.tanh({}))")
beyond_one = operand(lambda a: (a > 1.2).all(), "(2.5 + ar.tanh({}))")
above = operand(lambda a: (a > -0.8).all(), "(0.7 * ar.tanh({}))")
divisor = operand(lambda a: (np.abs(a) > 0.2).all(), "(1.4 + ar.sin({}))", source=partner)
nonzero = operand(lambda a: (np.abs(a) > 0.2).all(), "(1.4 + ar.sin({}))")
exponent = operand(lambda a: (np.abs(a) < 3).all(), "ar.tanh({})", source=partner)
small = operand(lambda a: (np.abs(a) < 1.2).all(), "ar.sin({})")


# -- products ---------------------------------------------------------------------------------------------------------


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
    meet = [name for name, v in d.values.items() if v.ndim and shape[-1] == v.shape[-2 if v.ndim > 1 else 0]]
    fit = [name for name in meet if broadcasts(shape[:-2], d.values[name].shape[:-2])]
    if fit and d.chance(0.6):
        return str(d.one(fit))
    wide = [(shape[-1],), (shape[-1], d.size()), (*shape[:-2], shape[-1], d.size()), (*(1 for _ in shape[:-2]), shape[-1], d.size())]
    return d.fresh(d.one([*wide, (d.size(), shape[-1], d.size())] if len(shape) <= 2 else wide))
