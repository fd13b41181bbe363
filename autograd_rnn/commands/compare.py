"""``autograd-rnn compare``: how large nets are, and what a step costs."""

from __future__ import annotations

from typing import Any

from autograd_rnn.nets.given import size
from autograd_rnn.writing import put


def options(command: Any) -> None:
    """The command's options."""
    command.add_argument("--inputs", type=int, default=10, metavar="D", help="numbers of x (default: 10)")
    command.add_argument("--hidden", type=int, default=20, metavar="H", help="size of the state (default: 20)")
    command.add_argument("--outputs", type=int, default=10, metavar="K", help="scores (default: 10)")
    command.add_argument("--steps", type=int, nargs="+", default=[10, 100], metavar="T", help="lengths to count at (default: 10 100)")
    command.add_argument("--untimed", action="store_true", help="count only, so that the table is the same each time")
    command.add_argument("--force", action="store_true", help="do it however long it takes")


def run(options: Any) -> None:
    """Print the table."""
    from autograd_rnn.nets.comparing import compare

    sizes = {name: size(f"--{name}", getattr(options, name)) for name in ("inputs", "hidden", "outputs")}
    lengths = tuple(size("--steps", T) for T in options.steps)
    found = compare(
        input_size=sizes["inputs"],
        hidden_size=sizes["hidden"],
        output_size=sizes["outputs"],
        lengths=lengths,
        timed=not options.untimed,
    )
    put(f"{found}\n")
