"""The cyclic garbage collector at rest while a tape grows, is swept, or is laid out as steps."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def resting(function: F) -> F:
    """A tape has no cycles: its nodes die by reference count, and a collection, which takes the longer the longer the tape is, finds
    nothing on it. What is decorated runs without the collector, which would make each step of a long run dearer than one of a short."""

    @functools.wraps(function)
    def undisturbed(*arguments: Any, **options: Any) -> Any:
        if not gc.isenabled():
            return function(*arguments, **options)
        try:
            gc.disable()
            return function(*arguments, **options)
        finally:
            gc.enable()

    return undisturbed  # type: ignore[return-value]
