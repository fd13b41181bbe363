"""What a pointer on a mark reads: its own words, then the numbers of the tensors that it shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.drawing.figure import Mark

FEW = 12  # numbers that are written out


def tip(mark: Mark) -> str:
    """A mark's words and, a line each, its tensors' shapes and numbers, named where they are several."""
    named = len(mark.tensors) > 1
    return "\n".join([*[mark.tip] * bool(mark.tip), *(f"{tensor.name} " * named + numbers(tensor.value) for tensor in mark.tensors)])


def numbers(value: Any) -> str:
    """An array in a line: shape and numbers where they are few, else their mean and range.

    >>> numbers(np.array([0.12345, -0.0, np.nan])), numbers(np.array([[1, 2], [3, 4]])), numbers(np.float64(0.5))
    ('(3,): 0.123 0 nan', '(2, 2): 1 2 | 3 4', '0.5')
    >>> numbers(np.linspace(-1, 2, 100))
    '(100,): mean 0.5, from -1 to 2'
    """
    value = np.asarray(value)
    if not value.shape:
        return number(value)
    if not value.size:
        return f"{value.shape}: empty"
    if value.size <= FEW:
        rows = value.reshape(-1, value.shape[-1])
        return f"{value.shape}: {' | '.join(' '.join(map(number, row)) for row in rows)}"
    finite = value[np.isfinite(value)]
    if not finite.size:
        return f"{value.shape}: none finite"
    odd = f"{value.size - finite.size} of {value.size} not finite, the others: " if finite.size < value.size else ""
    return f"{value.shape}: {odd}mean {number(finite.mean())}, from {number(finite.min())} to {number(finite.max())}"


def number(value: Any) -> str:
    """Three significant digits; whole numbers whole, no minus zero.

    >>> [number(v) for v in (-0.0, 0.98765, 12345, 1e-7)]
    ['0', '0.988', '12345', '1e-07']
    """
    return str(value) if np.asarray(value).dtype.kind in "iub" else f"{value + 0.0:.3g}"
