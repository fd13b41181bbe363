"""Derivatives from numbers alone, for whatever checks a gradient: no vjp is used here."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine.tensor import Tensor

TINY, SMALL = 1e-30, 6e-6  # how far an element is moved: along the imaginary axis, and to both sides
Places = Iterable[tuple[int, ...]]


def _moved(f: Callable[[np.ndarray], Any], x: np.ndarray, place: tuple[int, ...], by: complex | float) -> Any:
    """The number f(x) with one element moved."""
    x = x.astype(complex if isinstance(by, complex) else float)
    x[place] += by
    return np.asarray(f(x)).reshape(())[()]


def complex_step(f: Callable[[np.ndarray], Any], x: np.ndarray, places: Places) -> np.ndarray:
    """df/dx at some places of x by Im f(x + ih) / h, exact to rounding. Raises TypeError where f drops the imaginary part.

    >>> complex_step(lambda x: (x**3).sum(), np.array([2.0]), [(0,)])
    array([12.])
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        found = [_moved(f, x, place, 1j * TINY) for place in places]
    if not all(map(np.iscomplexobj, found)):
        raise TypeError("f drops the imaginary part")
    return np.array([y.imag / TINY for y in found])


def central_differences(f: Callable[[np.ndarray], Any], x: np.ndarray, places: Places) -> np.ndarray:
    """df/dx at some places of x by (f(x + h) - f(x - h)) / 2h: about ten digits, and for functions with kinks too.

    >>> central_differences(lambda x: np.abs(x).sum(), np.array([-2.0]), [(0,)]).round(9)
    array([-1.])
    """
    steps = [(place, SMALL * max(1.0, abs(float(x[place])))) for place in places]
    return np.array([(_moved(f, x, place, h) - _moved(f, x, place, -h)) / (2 * h) for place, h in steps])


def finest(by: Callable[[Any], list[np.ndarray]], claimed: list[np.ndarray]) -> tuple[list[np.ndarray], Any]:
    """Gradients ``by`` the finest method that applies, and the method. Complex step needs a function that is analytic, as one with
    ``np.abs`` in it is not: where it does not confirm what is ``claimed``, it has to agree with central differences as far as they see."""
    try:
        found = by(complex_step)
        if alike(found, claimed, 1e-12) or alike(found, rough := by(central_differences), 1e-6):
            return found, complex_step
        return rough, central_differences
    except (TypeError, ValueError):
        return by(central_differences), central_differences


def alike(some: list[np.ndarray], others: list[np.ndarray], tolerance: float) -> bool:
    """Whether arrays differ by no more than so much of their largest element, each."""
    pairs = [(np.abs(a - b), max(np.max(np.abs(a), initial=0.0), 1e-3)) for a, b in zip(some, others, strict=True) if a.shape == b.shape]
    return len(pairs) == len(some) and all(bool(np.all(error <= tolerance * scale)) for error, scale in pairs)


def replayed(
    nodes: Sequence[Tensor],
    values: Callable[[Any], Any],
    new: dict[Tensor, Any],
    passes: Callable[[Tensor, Tensor], bool] | None = None,
) -> dict[Tensor, Any]:
    """A tape run again with some ``new`` values in it: what comes after them, in the order of ``nodes``, is computed anew and put
    beside them. ``values`` has what an input is otherwise; ``passes(node, x)`` tells whether a node reads the new value of its input."""
    for node in nodes:
        if node in new:
            continue
        fresh = [x.__class__ is Tensor and x in new and (passes is None or passes(node, x)) for x in node.inputs]
        if any(fresh):
            given = [new[x] if is_new else values(x) for x, is_new in zip(node.inputs, fresh, strict=True)]
            new[node] = node.op.forward(*given, **node.options or {})  # type: ignore[union-attr]
    return new
