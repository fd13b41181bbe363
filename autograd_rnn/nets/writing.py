"""A net's forward equations as they are written: in a form and a notation, each cell's where it stands."""

from __future__ import annotations

import functools
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import NOTATIONS, noted, said_apart
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import full_name
from autograd_rnn.nets.equations import chosen, forward
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.letters import halves, letters, matrices


def written(layers: list[list[Any]], form: str, notation: str, x: str = "x", noting: tuple[Any, Any] | None = None) -> str:
    """The equations of a net, the cells of each of its ``layers`` as they are in it: see `Cell.equations`. ``x``: what its input is
    called; ``noting``: the letters of matrices and what each is a half of, if it is part of a model."""
    choose("form", form, ("text", "latex")), choose("notation", notation, NOTATIONS)
    now, below, parts = e.Time("t", 0), e.Sym(x, e.Time("t", 0)), list[str]()  # type: e.Time, e.Expr, list[str]
    for chains in layers:
        for cell, before in zip(chains, (-1, 1), strict=False):
            found = [q._replace(right=e.transformed(q.right, functools.partial(_placed, below, before))) for q in forward(cell)]
            weights, taken = matrices([cell]) if notation != "names" else {}, {*cell.parameters, *(q.left.name for q in found)}
            short, halved = noting or (letters(weights, taken), halves(weights, taken))
            notes = filter(None, [chosen(cell), said_apart(found, halved) if notation == "concatenated" else ""])
            lines = [show(equation, form) for equation in noted(found, notation, short, halved)]
            parts.append("\n".join([*lines, *(f"({note})" if form == "text" else f"% {note}" for note in notes)]))
        states = tuple(e.Sym(full_name(cell.given, cell.tag, None).of(1), now) for cell in chains)
        below = states[0] if len(states) == 1 else e.Column(states)
    return "\n\n".join(parts)


def _placed(below: e.Expr, before: int, x: e.Expr) -> e.Expr:
    """What stands in a cell's own equation as it is in a net, where the cell reads ``below`` and goes on from so many steps away."""
    if not isinstance(x, e.Sym):
        return x
    return below if x == e.Sym("x", e.Time("t", 0)) else x._replace(time=e.Time("t", before)) if x.time == e.Time("t", -1) else x
