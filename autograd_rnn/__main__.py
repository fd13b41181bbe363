"""``autograd-rnn`` and ``python -m autograd_rnn``: an interruption is a sentence from the first import on."""

import sys


def run() -> int:
    """The command line's exit code."""
    try:
        from autograd_rnn.cli import main

        return main()
    except KeyboardInterrupt:
        print("autograd-rnn: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(run())
