"""Some equations in order, written in any notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.styles import STYLES
from autograd_rnn.formulas import forms
from autograd_rnn.nets.given import choose


class Equations(list[e.Equation]):
    """Equations in order; prints one a line. ``text("ascii")``, ``latex()`` and ``sympy()`` write them otherwise. ``constants``: the arrays
    of a tensor's equations by the names that they have there."""

    def __init__(self, equations: Iterable[e.Equation] = (), constants: Mapping[str, np.ndarray] = MappingProxyType({})):
        super().__init__(equations)
        self.constants = constants

    def __str__(self) -> str:
        return self.text()

    def text(self, style: str = "text") -> str:
        """One equation a line, in the notation ``style``: text, ascii or latex."""
        choose("style", style, STYLES)
        return "\n".join("\n    ".join(forms.lines(q, style)) for q in self)

    def latex(self) -> str:
        """One LaTeX ``align*``."""
        broken = [" \\\\\n&\\quad ".join(forms.lines(q, "latex")).replace(" = ", " &= ", 1) for q in self]
        return "\\begin{align*}\n" + " \\\\\n".join(broken) + "\n\\end{align*}"

    def sympy(self) -> Any:  # sympy has no types
        """As sympy's ``Eq``: one, or a list of them if there are several. See `formulas.symbolic` for what stands for what."""
        from autograd_rnn.formulas.symbolic import equation

        return equation(self[0]) if len(self) == 1 else [equation(q) for q in self]

    __repr__ = __str__
