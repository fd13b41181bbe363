"""The notations: how each writes what it writes, and its names and numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

from autograd_rnn.algebra.expr import Sym
from autograd_rnn.algebra.letters import latex_letter
from autograd_rnn.engine.naming import name_of


class Style(NamedTuple):
    """How one notation writes each kind of node."""

    product: str  # between the factors of ⊙
    matrix: str  # between a matrix and a vector
    transposed: str
    outer: str
    sum: str
    power: str
    stretch: str = ""  # a sum over a part of the steps
    latex: bool = False
    keyboard: bool = False


STYLES = {
    "text": Style(" ⊙ ", " ", "{}ᵀ", "{} {}ᵀ", "Σ_t {}", "{}{}", "Σ_{{t={1}..{2}}} {0}"),
    "ascii": Style(" * ", " @ ", "{}.T", "outer({}, {})", "Sum({}, t)", "{}**{}", "Sum({}, t, {}, {})", keyboard=True),
    "latex": Style(r" \odot ", r" \, ", r"{}^{{\top}}", r"{} \, {}^{{\top}}", r"\sum_{{t={1}}}^{{{2}}} {0}", "{}^{{{}}}", latex=True),
}


def digits(value: float, form: Style) -> str:
    """A number in six digits for the eye; for the keyboard in all that it has, since what is printed there is typed back."""
    short = f"{value:g}"
    return repr(float(value)) if form.keyboard and float(short) != value else short


def symbol(x: Sym, form: Style) -> str:
    """``h_{t-1}``, ``h[t-1]`` or ``h_{t-1}`` with braces; ``a_i,t`` for a name that has a subscript of its own."""
    if form.latex:
        return latex_symbol(x)
    name, below = "d" * x.adjoint + x.name, name_of(x.name).sub
    if x.time is None:
        return name
    if form.keyboard:
        return f"{name}[{x.time}]"
    time = str(x.time) if re.fullmatch(r"\w+", str(x.time)) else "{" + str(x.time) + "}"
    return f"{name},{time}" if below else f"{name}_{time}"


def latex_symbol(x: Sym) -> str:
    r"""A symbol in LaTeX: Greek letters by their commands, the tag a superscript, subscripts braced, the adjoint's d upright.

    >>> from autograd_rnn.algebra.expr import Time
    >>> from autograd_rnn.engine.naming import Name
    >>> latex_symbol(Sym("lambda", Time("t", 0))), latex_symbol(Sym("xn", Time("t", 0), True)), latex_symbol(Sym(Name("a", "2", "i")))
    ('\\lambda_{t}', '\\mathrm{d}\\mathit{xn}_{t}', 'a^{2}_{i}')
    """
    name = name_of(x.name)
    below = ",".join(part for part in (name.sub.replace("_", r"\_"), "" if x.time is None else str(x.time)) if part)
    core = latex_letter(name.letter) + (f"^{{{name.tag}}}" if name.tag else "") + (f"_{{{below}}}" if below else "")
    return rf"\mathrm{{d}}{core}" if x.adjoint else core
