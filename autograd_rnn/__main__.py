"""``autograd-rnn`` and ``python -m autograd_rnn``: an interruption, or too little memory, is a sentence from the first import on."""

from __future__ import annotations

import os
import sys

NEEDED = 160 * 2**20  # bytes that numpy takes to be there and to multiply
STOPPED = b"autograd-rnn: stopped\n"
STARVED = b"autograd-rnn: there is not memory enough for this\n"
CUT = b"autograd-rnn: one of Python's own files in __pycache__ is cut off, as by a full disk: delete these folders, or reinstall\n"


def run() -> int:
    """The exit code of a program that ends with it: from here on Ctrl-C ends it at once, while Python tidies up, and says nothing more."""
    code = 130
    try:
        code = outcome()
        _stop_at_once()
    except KeyboardInterrupt:  # in between
        code = 130
        _stop_at_once()
    return code


def _stop_at_once() -> None:
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else a program handles or ignores it itself
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def outcome() -> int:
    """The command line's exit code."""
    try:
        open_streams()
        from autograd_rnn.interrupt import listening, repeat

        with listening():
            make_room()
            from autograd_rnn.cli import main

            repeat()
            return main()
    except KeyboardInterrupt:
        sentence = STOPPED
    except MemoryError:
        sentence = STARVED
    except ImportError as error:  # as numpy tells a lack of memory
        if not any(words in str(error).lower() for words in ("memory", "failed to map")):
            return failed()
        sentence = STARVED
    except EOFError:  # as Python tells a compiled file that it has itself cut off
        sentence = CUT
    except Exception:
        return failed()
    try:  # which takes no memory
        os.write(2, sentence)
    except (OSError, KeyboardInterrupt):  # the exit code says the same
        pass
    return 130 if sentence is STOPPED else 2


def failed() -> int:
    """A fault that is not the person's, such as an installation that is broken, told in full: its exit code is never that of a verdict,
    which Python's own would be."""
    sys.excepthook(*sys.exc_info())
    return 2


def open_streams() -> None:
    """Give the standard streams that are closed to nobody: the next file or pipe would take their place, and what libraries and workers
    write to them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # as the lowest number that is free


def make_room() -> None:
    """Raise MemoryError where numpy could not be imported: OpenBLAS then ends the process by itself, with an exit code that `check` has
    for a wrong formula. Where there is a limit, it takes what it works in now."""
    try:
        import resource
    except ImportError:  # on Windows there is no such limit
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return
    if limit < 4 * 10**9:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each takes as much again
    import mmap

    try:
        mmap.mmap(-1, NEEDED, prot=mmap.PROT_READ).close()
    except OSError:
        raise MemoryError from None
    import numpy

    _ = numpy.ones((200, 200)) @ numpy.ones((200, 200))


if __name__ == "__main__":
    sys.exit(run())
