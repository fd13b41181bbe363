"""Ctrl-C that arrives. What is raised inside a destructor, a bare ``except`` or some C code is dropped there, so that it is raised again,
once a second, until somebody has heard it."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

AGAIN = 1.0  # seconds, in which everything that is open closes
_sent: list[int] = []  # interrupts that nobody has heard


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Within it an interrupt is raised until it is `heard`, at the latest at its end; not where a program handles or ignores it itself."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    before, hook = signal.signal(signal.SIGINT, _stop), sys.unraisablehook
    sys.unraisablehook = _unraisable
    if hasattr(signal, "setitimer"):  # there is none on Windows
        signal.signal(signal.SIGALRM, _stop)
    try:
        yield
        repeat()
    except ImportError:  # as numpy tells an interrupt that comes while it is imported
        repeat()
        raise
    finally:
        heard()
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook


def repeat() -> None:
    """Raise an interrupt that was dropped on its way."""
    if _sent:
        raise KeyboardInterrupt


def heard() -> None:
    """Said by who catches an interrupt and does not raise it again."""
    if _sent and hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    _sent.clear()


def _stop(number: int, frame: FrameType | None) -> None:
    _sent.append(number)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
    raise KeyboardInterrupt


def _unraisable(dropped: Any) -> None:
    """Python's own words on an error that cannot be raised, but for an interrupt, which comes again."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
