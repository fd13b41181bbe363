"""The command line: ``autograd-rnn`` or ``python -m autograd_rnn``. Errors are one sentence on stderr and exit code 2."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

import autograd_rnn
from autograd_rnn.commands import formulas, pictures, stepping, train


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in our form."""

    def error(self, message: str) -> Any:
        raise ValueError(f"{message} (see {self.prog} --help)")


def tour_options(command: Any) -> None:
    """The options of ``tour``."""
    command.add_argument("--text", metavar="FILE", help="any UTF-8 text (default: a short one that comes with the program)")
    command.add_argument("--out", metavar="DIR", default="tour", help="where pictures and models go (default: ./tour)")


def run_tour(options: Any) -> None:
    """The tour (`autograd_rnn.tour`)."""
    from autograd_rnn.tour import tour

    tour(options.text, options.out)


COMMANDS: dict[str, tuple[Any, Any, str]] = {
    "tour": (tour_options, run_tour, "the whole program in one go, on real text"),
    "train": (train.options, train.run, "learn a character model from a text, and let it write"),
    "unfold": (pictures.unfold_options, pictures.run_unfold, "draw a net's unfolding through time, on a text if you like"),
    "derive": (formulas.derive_options, formulas.run_derive, "the BPTT equations of a net, read off its recorded backward sweep"),
    "check": (
        formulas.check_options,
        formulas.run_check,
        "hold your own formula against the derivation: exit 0 equal, 1 not equal, 2 unreadable, 3 not decided",
    ),
    "verify": (
        formulas.verify_options,
        formulas.run_verify,
        "check a net's gradients by three routes, and its derived equations against the tape",
    ),
    "step": (stepping.step_options, stepping.run_step, "step through a derivation: at a prompt, as a lesson, or as a web page"),
    "gallery": (pictures.gallery_options, pictures.run_gallery, "draw every picture of the gallery"),
}


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = Parser(prog="autograd-rnn", description="Recurrent nets on one tape: unrolled, differentiated, drawn and checked.")
    top.add_argument("--version", action="version", version=f"autograd-rnn {autograd_rnn.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name, (options, run, about) in COMMANDS.items():
        command = commands.add_parser(name, help=about)
        options(command)
        command.set_defaults(run=run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 (of check also 1, not equal, and 3, not decided), or 2 with one sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if os.environ.get("PYTHONIOENCODING") else "utf-8", errors="replace")
    try:
        options = parser().parse_args(arguments)
        code = options.run(options)
        print(end="", flush=True)  # a closed output is None, which has no flush
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("autograd-rnn: stopped", file=sys.stderr)
        return 130
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        message = str(error.args[0] if error.args and not isinstance(error, OSError) else error)
        print(f"autograd-rnn: {' '.join(message.split())}", file=sys.stderr)
        return 2
    else:
        return code or 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
