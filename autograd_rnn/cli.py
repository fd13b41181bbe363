"""The command line: ``autograd-rnn`` or ``python -m autograd_rnn``. Errors are one sentence on stderr and exit code 2."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any

import autograd_rnn
from autograd_rnn.commands import compare, flow, formulas, grading, pictures, stepping, train
from autograd_rnn.interrupt import heard
from autograd_rnn.limits import allowing
from autograd_rnn.visible import visible

FILES = ("save", "target", "out", "folder")  # what names a file or a folder, where - may be standard output
TO_STREAMS = ("grade",)  # of the commands that have such a one, those that print as well
EMPTY = ("folder", "formula", "file", "text", "start")  # what has words of its own for nothing
LONGEST = 400  # characters of a sentence that quotes the command line
WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}  # what is said of a stream; a file too many is another's
EXIT = "exit code: 0 done; 2 not done, with one sentence on standard error; 130 stopped by Ctrl-C; that of check is its verdict's"


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in our form."""

    def add_argument(self, *names: Any, **settings: Any) -> Any:
        """An option, by the name that a sentence about it takes: the one that people type."""
        action = super().add_argument(*names, **settings)
        self.set_defaults(spoken=(self.get_default("spoken") or {}) | {action.dest: names[-1]})
        return action

    def error(self, message: str) -> Any:
        raise ValueError(f"{message if len(message) <= LONGEST else message[:LONGEST] + '...'} (see {self.prog} --help)")

    def _print_message(self, message: str, file: Any = None) -> None:
        print(message, end="", file=file)  # argparse's own says nothing of a disk that is full


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
    "flow": (
        flow.options,
        flow.run,
        "how gradients flow through nets: what vanishes, what explodes, what gates keep; as table and picture",
    ),
    "compare": (compare.options, compare.run, "how many numbers nets learn, how that grows with the length, what a step costs"),
    "derive": (formulas.derive_options, formulas.run_derive, "the BPTT equations of a net, read off its recorded backward sweep"),
    "check": (
        formulas.check_options,
        formulas.run_check,
        "hold your own formula against the derivation: exit 0 equal, 1 not equal, 2 unreadable, 3 not decided or equal if",
    ),
    "verify": (
        formulas.verify_options,
        formulas.run_verify,
        "check a net's gradients by three routes, and its derived equations against the tape",
    ),
    "step": (stepping.step_options, stepping.run_step, "step through a derivation: at a prompt, as a lesson, or as a web page"),
    "grade": (grading.grade_options, grading.run_grade, "grade a submission: exit 0 full marks, 1 fewer, 2 not to be graded"),
    "grade-all": (grading.grade_all_options, grading.run_grade_all, "grade a class on all cores: a journal, grades.csv, a page a student"),
    "bundle": (grading.bundle_options, grading.run_bundle, "an autograder for Gradescope, as an archive to upload"),
    "audit": (grading.audit_options, grading.run_audit, "which mistakes an assignment's tests cannot see; is a reference right"),
    "assignments": (grading.assignments_options, grading.run_assignments, "the assignments that can be graded, or a new one to write"),
    "gallery": (pictures.gallery_options, pictures.run_gallery, "draw every picture of the gallery"),
}


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = Parser(prog="autograd-rnn", description="Recurrent nets on one tape: unrolled, differentiated, drawn and checked.", epilog=EXIT)
    top.add_argument("--version", action="version", version=f"autograd-rnn {autograd_rnn.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name, (options, run, about) in COMMANDS.items():
        command = commands.add_parser(name, help=about)
        options(command)
        command.set_defaults(run=run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 130 where it was stopped by hand, or 2 with one sentence on stderr. That of check is its
    verdict's (see `Verdict`)."""
    reserve = [bytes(2**20)]  # what is left for a sentence when there is nothing else
    replaced = streams()
    try:
        options = parser().parse_args(arguments)
        if empty := [name for name, value in vars(options).items() if value == "" and name not in EMPTY]:
            raise ValueError(f"{options.spoken.get(empty[0], empty[0])} is empty: give it something, or leave it out")
        for name in FILES:
            if getattr(options, name, None) == "-" and options.command not in TO_STREAMS:
                raise ValueError(f"{options.spoken.get(name, name)} -: {options.command} writes no text that is printed: name a file")
        with allowing() if getattr(options, "force", False) else contextlib.nullcontext():
            code = options.run(options) or 0
    except SystemExit as end:  # --help and --version
        code = end.code if isinstance(end.code, int) and not within(end, BrokenPipeError) else 0  # rich ends so where nobody reads on
    except KeyboardInterrupt:
        code = stopped()
    except SystemError as error:  # Python's own, for what was raised inside a table of its own
        code = stopped() if within(error, KeyboardInterrupt) else starved(reserve)
    except BrokenPipeError:  # the reader, such as head, has seen enough
        code = 0
    except MemoryError as error:
        code = starved(reserve, str(error))
    except OSError as error:
        say(f"{error.filename or ('standard output' if error.errno in WRITTEN else 'the system')}: {error.strerror or error}")
        code = 2
    except (ValueError, TypeError, RuntimeError) as error:
        say(str(error.args[0] if error.args else error))
        code = 2
    code = flushed(code)
    if replaced:
        say(f"your terminal has no {', '.join(sorted(replaced)[:5])}: set PYTHONIOENCODING=utf-8, or take --format ascii")
    return code


def within(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error came of one of that kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def stopped() -> int:
    """The exit code of what was stopped by hand."""
    heard()
    say("stopped")
    return 130


def starved(reserve: list[bytes], sentence: str = "") -> int:
    """The exit code where memory lacks; the reserve is given up, for room to say so."""
    reserve.clear()
    say(sentence or "there is not memory enough for this: ask for fewer steps or smaller sizes")
    return 2


def streams() -> set[str]:
    """Make the standard streams UTF-8, unless the person's settings name another encoding. Returns a set that gathers the characters that
    such an encoding lacks: they are shown as escapes."""
    lacking: set[str] = set()

    def escaped(error: UnicodeError) -> tuple[str, int]:
        if isinstance(error, UnicodeEncodeError) and not error.encoding.startswith("utf"):
            lacking.update(error.object[error.start : error.end])
        return codecs.backslashreplace_errors(error)  # type: ignore[return-value]

    codecs.register_error("autograd_rnn", escaped)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if os.environ.get("PYTHONIOENCODING") else "utf-8", errors="autograd_rnn")
    return lacking


def say(sentence: str) -> None:
    """One sentence on stderr, if it can be had."""
    with contextlib.suppress(OSError, ValueError):  # closed, full: the exit code says the same
        print(f"autograd-rnn: {visible(' '.join(sentence.split()))}", file=sys.stderr, flush=True)


def flushed(code: int) -> int:
    """The exit code once everything is written out: 2 where that fails. What is left then is thrown away, or Python would try again."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # a closed one
                stream.flush()
        except (OSError, ValueError) as error:
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                if code != 2:  # else it is said already
                    say(f"standard output: {getattr(error, 'strerror', None) or error}")
                code = 2
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
