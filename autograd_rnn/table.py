"""Tables for the terminal, drawn by rich; imported only when something is printed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_rnn.visible import visible


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "", note: str = "", width: int = 110) -> str:
    """Rows under headed columns, as text without colour; numbers on the right, four significant digits."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = [[f"{cell:.4g}" if isinstance(cell, float) else visible(cell) for cell in row] for row in rows]
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for k, column in enumerate(columns):
        numeric = bool(shown) and all(row[k][:1] in "+-.0123456789–" for row in shown)
        grid.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in shown:
        grid.add_row(*row)
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False, emoji=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(grid)
    lines = [visible(title, lines=True), *(line.rstrip() for line in capture.get().strip("\n").split("\n")), visible(note, lines=True)]
    return "\n".join(line for line in lines if line)
