"""The net's own equations as the program prints them. Such a line is the equation that it was printed of, whatever it leaves to the eye:
the axis of a sum, a reshape, digits of a number, whether ``²`` of a matrix is taken element by element."""

from __future__ import annotations

import functools
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.forms import lettered
from autograd_rnn.formulas.jacobian import jacobian
from autograd_rnn.formulas.system import System

SILENT = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[, ]|[\s&]")


def squeezed(line: str) -> str:
    """A line without what only sets it."""
    return SILENT.sub("", line).rstrip(".,;")


DERIVATIVE = re.compile(r"(?m)^[^=]*(?:/|\\frac|total\(|partial\()")  # on a left side


@functools.lru_cache(maxsize=8)
def printed(derivation: System, jacobians: bool = False) -> dict[str, str]:
    """Of every equation, as text, in LaTeX and in letters, what it is on the keyboard; ``jacobians``: of those of one step too."""
    found: dict[str, str] = {}
    for q in (*derivation.forward, *derivation.equations, *(blocks(derivation) if jacobians else ())):
        bare = q._replace(where="")
        for shown in (bare, lettered(bare, derivation.roles)):
            found |= {squeezed(show(shown, style)): show(bare, "ascii") for style in ("text", "latex")}
    return found


def verbatim(derivation: System, text: str) -> bool:
    """Whether a text is a derived equation as it is printed, letter for letter: reading may bring it into a form that no law takes back."""
    equations = (*derivation.forward, *derivation.equations, *(blocks(derivation) if DERIVATIVE.match(text) else ()))
    on_keyboard = {squeezed(show(q._replace(where=""), "ascii")) for q in equations}
    return squeezed(text) in on_keyboard or squeezed(text) in printed(derivation, bool(DERIVATIVE.match(text)))


def blocks(derivation: System) -> list[e.Equation]:
    """The state Jacobian; nothing where there is none."""
    try:
        return jacobian(derivation, None, None, None, None)
    except ValueError:
        return []
