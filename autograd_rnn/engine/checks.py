"""Single values that people hand over, checked: each function gives the value back, or raises the sentence that says what is needed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from numbers import Real
from typing import Any, TypeVar

import numpy as np

from autograd_rnn.engine.naming import checked_name
from autograd_rnn.limits import afford
from autograd_rnn.visible import shown, visible

F = TypeVar("F", bound=Callable[..., Any])
FEW = 10**6  # numbers that nobody counts


def counts(given: Any) -> bool:
    """Whether this is a whole number: no truth value, and no span of time, which numpy counts among them."""
    return isinstance(given, (int, np.integer)) and not isinstance(given, (bool, np.timedelta64))


def whole(what: str, given: Any, least: int | None = 0) -> int:
    """``given`` as an int if it is a whole number, of at least so much, else an error that names it."""
    if not counts(given) or (least is not None and given < least):
        raise ValueError(f"{what} must be a whole number{'' if least is None else f' of at least {least}'}, not {shown(given)}")
    if abs(int(given)) >= 10**100:
        raise ValueError(f"{what} must be a whole number of at most a hundred digits")
    return int(given)


def taken(given: Any, most: int) -> list[Any] | None:
    """What is handed over for several things, one by one, at most one more than may be; None for what gives none.

    >>> taken("abc", 1), taken(3, 1)
    (['a', 'b'], None)
    """
    try:
        parts = iter(given)
    except TypeError:
        return None
    return list(itertools.islice(parts, most + 1))


def room(what: str, *sizes: int) -> None:
    """Raise ValueError if numbers in so many rows and columns would take more memory than a call may."""
    if (count := math.prod(map(int, sizes))) > FEW:
        afford(f"{what} of {count:,} numbers", 8.0 * count)


def switch(what: str, given: Any) -> bool:
    """``given`` if it is True or False, else an error that names it."""
    if not isinstance(given, (bool, np.bool_)):
        raise TypeError(f"{what} is True or False, not {shown(given)}")
    return bool(given)


def fields(changes: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """What a scope is told of its place, if a place has it and it can be that."""
    if unknown := [name for name in changes if name not in known]:
        raise TypeError(f"scope: no {shown(unknown[0])}; a place has {', '.join(known)}")
    for name in ("cell", "tag"):
        if not isinstance(changes.get(name, ""), str) or changes.get(name):
            checked_name(changes[name], f"a place's {name}")
    if changes.get("step") is not None:
        whole("scope: step", changes["step"], None)
    return changes


def runs_at_once(function: F) -> F:
    """``function`` if its body runs when it is called, and so inside a scope that decorates it."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"a scope decorates a function, not {shown(function)}: decorate its methods, or write a with statement")
    code = getattr(function, "__code__", None)  # a partial, a ufunc or an object with __call__ has none
    if code is not None and code.co_flags & (0x20 | 0x80 | 0x200):  # a generator's or a coroutine's body runs after the call
        raise TypeError(f"{visible(function.__name__)} runs piece by piece: write the with statement inside it")
    return function


def finite(given: Any) -> bool:
    """Whether it is a real number that a float can hold."""
    if isinstance(given, bool) or not isinstance(given, Real):
        return False
    try:
        return math.isfinite(given)
    except (OverflowError, TypeError):  # a span of time counts as a number
        return False


def positive(what: str, given: Any) -> float:
    """``given`` as a float if it is a finite number above 0, else an error that names it."""
    if not finite(given) or not given > 0:
        raise ValueError(f"{what} must be a number above 0, not {shown(given)}")
    return float(given)


def string(what: str, given: Any) -> str:
    """``given`` if it is a string, else an error that names it."""
    if not isinstance(given, str):
        raise TypeError(f"{what} must be a string, not {shown(given)}")
    return given
