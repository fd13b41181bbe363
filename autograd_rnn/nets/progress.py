"""What takes long says so: a bar on stderr, to a person who waits at a terminal, and to nobody else."""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from autograd_rnn.engine.checks import string, switch
from autograd_rnn.visible import visible

LONG = 0.5  # seconds after which a person wonders
F = TypeVar("F", bound=Callable[..., Any])
# The bar that is at work already: two would write over each other. One that Ctrl-C took away before it could say so is none.
_busy: ContextVar[Callable[[], object]] = ContextVar("busy", default=lambda: None)


class Progress:
    """A bar that counts to ``total`` (None: it only shows that something goes on), on stderr; silent where that is no terminal, unless
    asked for by ``shown``. It appears when the work is not done at once, and a bar inside another one stays silent.

    >>> with Progress(3, None, "drawing") as bar:
    ...     for name in ("a", "b", "c"):
    ...         bar.update(name)
    """

    def __init__(self, total: int | None, shown: bool | None, label: str):
        at_terminal = sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()
        self.total, self.label, self.done = total, visible(string("label", label)), 0
        self.shown, self.wait = at_terminal if shown is None else switch("progress", shown), 0.0 if shown else LONG
        self.bar: Any = None

    def __enter__(self) -> Progress:
        self.first = _busy.get()() is None
        try:
            if self.first:
                _busy.set(weakref.ref(self))
            if self.first and self.shown:
                self.begin()
        except BaseException:  # Ctrl-C, too: what was begun is ended
            self.__exit__()
            raise
        return self

    def begin(self) -> None:
        """Make the bar, which is seen where the work takes long."""
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        counts = [MofNCompleteColumn(), TimeRemainingColumn()] if self.total else [TimeElapsedColumn()]
        label = escape(self.label).replace("{", "{{").replace("}", "}}")
        columns = (TextColumn(label), BarColumn(), *counts, TextColumn("{task.description}", markup=False))
        kept = self.wait == 0  # who asked for it keeps it
        bar = Bar(*columns, console=Console(stderr=True), transient=not kept, redirect_stdout=False, redirect_stderr=False)
        self.task = bar.add_task("", total=self.total)
        self.timer = threading.Timer(self.wait, bar.start)
        self.timer.daemon = True
        self.bar = bar
        self.timer.start() if self.wait else bar.start()

    def update(self, said: str = "") -> None:
        """One more done; ``said``: what stands behind the bar."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, description=visible(said))

    def __exit__(self, *exception: object) -> None:
        if self.first:  # whatever a generator that was begun within this, and left, does later on
            _busy.set(lambda: None)
        if self.bar is not None:
            self.timer.cancel()
            if self.timer.is_alive():  # it is starting the bar at this moment
                self.timer.join()
            self.bar.stop()


def patient(label: str) -> Callable[[F], F]:
    """Decorates a function that may take long: a person at a terminal sees that it goes on."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def waiting(*arguments: Any, **options: Any) -> Any:
            with Progress(None, None, label):
                return function(*arguments, **options)

        return waiting  # type: ignore[return-value]

    return decorate
