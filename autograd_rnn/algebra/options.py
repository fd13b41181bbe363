"""What an operation was told besides its arguments, as part of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class Options:
    """What an operation was told, as something that compares and serves as a key: two are equal if they are written alike."""

    __slots__ = ("given", "key")

    def __init__(self, given: Mapping[str, Any] | None = None):
        self.given = dict(given or {})
        self.key = repr([(name, _frozen(value)) for name, value in self.given.items()])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key


def _frozen(value: object) -> object:
    """An option in full, where numpy would print an array with dots."""
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tolist()
    return tuple(map(_frozen, value)) if isinstance(value, (tuple, list)) else value
