"""What one call may cost: estimated from its sizes before anything is spent, and refused in one sentence above a stated limit."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from contextvars import ContextVar

from autograd_rnn.visible import shown

MEMORY = 4e9  # bytes; the environment variable AUTOGRAD_RNN_MEMORY sets another limit, in GB
_allowed: ContextVar[float | None] = ContextVar("allowed", default=None)


def memory() -> float:
    """How many bytes a call may take.

    >>> memory() > 0
    True
    """
    allowed = _allowed.get()
    if allowed is not None:
        return allowed
    given = os.environ.get("AUTOGRAD_RNN_MEMORY", "")
    try:
        limit = float(given) * 1e9 if given else MEMORY
    except ValueError:
        limit = math.nan
    if not limit > 0:
        raise ValueError(f"AUTOGRAD_RNN_MEMORY is how many GB a call may take, a number above 0, not {shown(given)}")
    return limit


@contextlib.contextmanager
def allowing(limit: float = math.inf) -> Iterator[None]:
    """Within it a call may take so many bytes, by default as many as it likes, and count as far as it likes.

    >>> with allowing(1e15):
    ...     afford("a matrix of 10,000,000 x 1,000,000 numbers", 8e13)
    """
    token = _allowed.set(limit)
    try:
        yield
    finally:
        _allowed.reset(token)


def afford(what: str, cost: float) -> None:
    """Raise ValueError if ``what`` would take more bytes than a call may.

    >>> afford("a matrix of 10,000,000 x 1,000,000 numbers", 8e13)
    Traceback (most recent call last):
    ValueError: a matrix of 10,000,000 x 1,000,000 numbers takes about 80 TB of memory and 4 GB are allowed: make it smaller, or \
allow more by AUTOGRAD_RNN_MEMORY=80001 (in GB)
    """
    limit = memory()
    if cost > limit:
        remedy = f"make it smaller, or allow more by AUTOGRAD_RNN_MEMORY={math.floor(cost / 1e9) + 1} (in GB)"
        raise ValueError(f"{what} takes about {amount(cost)} of memory and {amount(limit)} are allowed: {remedy}")


def at_most(what: str, count: float, limit: int) -> None:
    """Raise ValueError if ``what`` would count further than a call may: what takes about ten seconds, or a picture that nobody could read.

    >>> at_most("verify: derivatives of one number by another", 1e6, 20_000)
    Traceback (most recent call last):
    ValueError: verify: derivatives of one number by another: about 1,000,000, and 20,000 are allowed: ask for fewer steps or smaller \
sizes, or allow it (--force; in Python `with autograd_rnn.limits.allowing():`)
    """
    if count > limit and _allowed.get() is None:
        allow = "allow it (--force; in Python `with autograd_rnn.limits.allowing():`)"
        raise ValueError(f"{what}: about {int(count):,}, and {limit:,} are allowed: ask for fewer steps or smaller sizes, or {allow}")


def amount(count: float) -> str:
    """A number of bytes as people say it.

    >>> amount(2_500), amount(4e9), amount(1e40)
    ('2.5 kB', '4 GB', '1e+19 ZB')
    """
    units = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB")
    power = min(len(units) - 1, max(0, int(math.log10(max(count, 1)) // 3)))
    return f"{count / 1000**power:.3g} {units[power]}"
