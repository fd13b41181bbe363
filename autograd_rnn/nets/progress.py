"""A bar that says how a training gets on."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """A bar with the loss and the gradient norm, on stderr; silent where that is no terminal, unless asked for."""

    def __init__(self, total: int, shown: bool | None, label: str):
        self.total, self.label, self.shown = total, label, sys.stderr.isatty() if shown is None else shown
        self.bar: Any = None

    def __enter__(self) -> Progress:
        if self.shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn(self.label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
            self.bar = Bar(*columns, console=Console(stderr=True))
            self.task = self.bar.add_task("", total=self.total)
            self.bar.start()
        return self

    def update(self, loss: float, norm: float) -> None:
        """One update done."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, description=f"loss {loss:.4g}  |gradient| {norm:.3g}")

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.stop()
