"""``autograd-rnn step``: a derivation walked through at a prompt, or written to a page."""

from __future__ import annotations

from typing import Any

from autograd_rnn.commands.nets import model_of, net_options
from autograd_rnn.limits import at_most
from autograd_rnn.nets.progress import Progress
from autograd_rnn.visible import visible
from autograd_rnn.writing import put, writable

LISTED = "?"  # --lesson without a name


def step_options(command: Any) -> None:
    """The options of ``step``."""
    net_options(command, "?")
    command.add_argument("--steps", type=int, metavar="T", help="length of the sequence (default: 3)")
    command.add_argument("--truncate", type=int, metavar="K", help="truncated BPTT: nothing passes back after every K-th step")
    command.add_argument("--level", metavar="LEVEL", help="where to begin: recursion, unrolled, op or component")
    command.add_argument("--lesson", nargs="?", const=LISTED, metavar="NAME", help="a guided walk; without a name: which there are")
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the whole walk: .html (one page, offline) .md .tex or .ipynb; -: HTML to standard output",
    )


def run_step(options: Any) -> None:
    """Walk, or write."""
    from autograd_rnn.steps import step
    from autograd_rnn.steps.lessons import listed
    from autograd_rnn.steps.showing.export import FORMATS, html
    from autograd_rnn.steps.showing.shell import shell

    if options.lesson is not None:
        if options.cell or options.steps is not None or options.output or options.truncate is not None or options.level:
            raise ValueError("a lesson has a net of its own: --lesson takes its name and nothing else")
        if options.lesson == LISTED:
            print(listed())
        else:
            shell(name=options.lesson)
        return
    if options.cell is None:
        raise ValueError("which net? For instance: autograd-rnn step lstm --steps 3; --lesson lists guided walks")
    steps = 3 if options.steps is None else options.steps
    at_most("step: cells that are explained", steps * options.layers * (1 + options.bidirectional), 200)
    if options.output not in (None, "-"):
        writable(options.output, FORMATS)
    walk = step(model_of(options), steps=steps, truncate=options.truncate, level=options.level)
    if options.output == "-":
        with Progress(None, None, "writing the whole walk"):
            written = html(walk)
        put(written)
    elif options.output:
        walk.save(options.output)
        print(visible(options.output))
    else:
        shell(walk)
