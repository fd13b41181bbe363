"""What an operation was told besides its arguments, as part of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Told = dict[str, Any]  # of any kind: an axis, an index, an array


class Options(str):
    """What an operation was told, as something that compares and serves as a key: two are equal if they are written alike."""

    __slots__ = ("given",)
    given: Told

    def __new__(cls, given: Mapping[str, object] | None = None) -> Options:
        told = dict(given or {})
        found = super().__new__(cls, repr([(name, _frozen(value)) for name, value in told.items()]))
        found.given = told
        return found

    def __getnewargs__(self) -> tuple[Told]:  # type: ignore[override]  # for copies and pickles
        return (self.given,)

    def __repr__(self) -> str:
        return str(self)


def _frozen(value: object) -> object:
    """An option in full, where numpy would print an array with dots."""
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tolist()
    return tuple(map(_frozen, value)) if isinstance(value, (tuple, list)) else value
