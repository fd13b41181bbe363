"""``autograd-rnn derive``, ``check`` and ``verify``: the equations of a net, printed, held against a person's, and proven."""

from __future__ import annotations

import sys
from typing import Any

from autograd_rnn.algebra.notations import NOTATIONS
from autograd_rnn.commands.nets import model_of, net_options
from autograd_rnn.limits import at_most
from autograd_rnn.visible import visible
from autograd_rnn.writing import put

LONGEST = 2_000_000  # characters of standard input, more than `check` takes


def derive_options(command: Any) -> None:
    """The options of ``derive``."""
    net_options(command)
    command.add_argument("--wrt", metavar="NAME", help="only one gradient or adjoint: W_hf, h, a_i")
    command.add_argument("--notation", choices=NOTATIONS, default="names", help="U, W, V; or W_f [h_{t-1}, x_t] (default: names, W_xh)")
    command.add_argument("--format", choices=("text", "ascii", "latex", "markdown"), default="text", help="default: text")


def run_derive(options: Any) -> None:
    """Print the derived equations."""
    from autograd_rnn.algebra.printing import show
    from autograd_rnn.formulas import derive

    derivation = derive(model_of(options))
    if options.format == "markdown" and not options.wrt:
        put(derivation.markdown(options.notation))
    elif options.wrt:
        style = "latex" if options.format == "markdown" else options.format
        put("".join(f"{show(equation, style)}\n" for equation in derivation.formula(options.wrt, notation=options.notation)))
    else:
        latex = options.format == "latex"
        put(f"{derivation.latex(options.notation) if latex else derivation.text(options.format, options.notation)}\n")


def check_options(command: Any) -> None:
    """The options of ``check``."""
    net_options(command)
    command.add_argument("formula", help="such as 'dW_hh = Sum(da[t] @ h[t-1].T, t)'; several lines are one answer; - reads standard input")


def standard_input() -> str:
    """What comes in, as UTF-8 text; of more than could ever be read the beginning."""
    if sys.stdin is None:
        raise ValueError("standard input is closed: give the formula as an argument")
    return sys.stdin.read(LONGEST).removeprefix("\ufeff")


def run_check(options: Any) -> int:
    """Print the verdict on a person's formula."""
    from autograd_rnn.formulas import derive

    text = standard_input() if options.formula == "-" else options.formula
    verdict = derive(model_of(options)).check(text)
    print(visible(verdict, lines=True), file=sys.stderr if verdict.exit_code == 2 else sys.stdout)
    return verdict.exit_code


def verify_options(command: Any) -> None:
    """The options of ``verify``."""
    net_options(command)
    command.add_argument("--steps", type=int, default=5, metavar="T", help="length of the sequence (default: 5)")


def run_verify(options: Any) -> None:
    """Print the proof; a ValueError if it fails."""
    from autograd_rnn.formulas import derive
    from autograd_rnn.nets.given import size

    at_most("verify: cells that are proven", size("--steps", options.steps) * options.layers, 1_000)
    proof = derive(model_of(options)).verify(options.steps)
    put(f"{proof}\n")
    if not proof.ok:
        raise ValueError("the routes disagree: see the table")
