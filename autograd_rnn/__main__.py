"""``autograd-rnn`` and ``python -m autograd_rnn``: an interruption, or too little memory, is a sentence from the first import on."""

import os
import sys


def run() -> int:
    """The command line's exit code."""
    try:
        from autograd_rnn.cli import main

        return main()
    except KeyboardInterrupt:
        print("autograd-rnn: stopped", file=sys.stderr)
        return 130
    except MemoryError:
        os.write(2, b"autograd-rnn: there is not memory enough for this\n")  # which takes none
        return 2


if __name__ == "__main__":
    sys.exit(run())
