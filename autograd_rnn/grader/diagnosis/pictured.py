"""The unfolding with the place of a mistake marked: the edge along which a gradient does not flow as it should, a gate, a weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.drawing import Picture, draw
from autograd_rnn.drawing.curves import midway
from autograd_rnn.drawing.figure import Arrow, Figure
from autograd_rnn.drawing.output.style import BACK
from autograd_rnn.engine import tensor
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.system import SCORE

STEPS, BROAD = 4, 2  # of a picture, and of one in which a step is a cell with its gates
ASIDE = 13.0  # of a label from its line


def pictured(model: Any, symbol: e.Sym, t: int | None) -> Picture:
    """A small run of a net, its backward sweep beside it, with what belongs to ``symbol`` brought out at step t."""
    states, gates = model.cell.states, gates_of(model)
    letter = gates.get(symbol.name, "")
    inside = len(gates) > 1 and bool(letter)
    T = BROAD if inside else STEPS
    x, *first = (tensor(np.ones(shape)) for shape in [(T, model.cell.input_size), *[(model.cell.hidden_size,)] * len(states)])
    run = model.unroll(x, [0] * T, h0=tuple(first))  # tensors, to which gradients flow back as well
    run.backward()
    way = _way(states, symbol, letter if inside else "", min(t or T, T), T)
    level = "cell" if inside else "block"
    try:
        picture = draw(run, level=level, backward=True, highlight=way)
    except ValueError:  # weights that no arrow is labelled with
        way = ["h_0", "h_1"]
        picture = draw(run, level=level, backward=True, highlight=way)
    if isinstance(way, list) and len(way) > 1:
        _mark(picture.figure, way, states.index(symbol.name) if symbol.name in states else 0)
    return picture


def gates_of(model: Any) -> dict[str, str]:
    """What the preactivations of a net are called, each with its gate's letter: a_i with i."""
    applied = [q for q in Derivation(model).forward if isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Sym)]
    made = {q.right.of.name: str(q.left.name) for q in applied if q.right.of.name != SCORE}  # type: ignore[attr-defined]
    return {name: gate for name, gate in made.items() if gate not in model.cell.states} or dict.fromkeys(made, "")


def _way(states: tuple[str, ...], symbol: e.Sym, gate: str, t: int, T: int) -> Any:
    """What stands for a quantity in the picture: two circles with the edge between them, one mark, or the arrows of a weight."""
    if symbol.time is None:
        return str(symbol.name) if symbol.name.matrix else [f"h_{t}"]  # type: ignore[attr-defined]
    if symbol.time == e.Time("", 0):
        return ["h_0", "h_1"]
    if symbol.name == SCORE:
        return [f"{symbol.name}_{t}"]
    if symbol.name == "x":
        return [f"x_{t}", f"h_{t}"]
    if symbol.name in states and T > 1:
        return [f"h_{min(t, T - 1)}", f"h_{min(t, T - 1) + 1}"]
    return [f"{gate or 'h'}_{t}"]


def _mark(figure: Figure, way: list[str], which: int) -> None:
    """The backward arrow between two circles brought out and labelled, the forward one plain. ``which``: of several, one a state."""
    there = [arrow for arrow in figure.arrows if {arrow.tail, arrow.head} == set(way)]
    back = [arrow.id for arrow in there if arrow.kind in BACK]
    wrong = back[min(which, len(back) - 1)] if back else ""

    def marked(arrow: Arrow) -> Arrow:
        if arrow.id != wrong:
            return arrow._replace(emphasis="")
        (x, y), (ux, uy) = midway(arrow.points)
        far = ASIDE * (abs(ux) + 2 * abs(uy))
        return arrow._replace(emphasis="lit", width=2.2, label=("wrong",), label_at=(x + far * uy, y - far * ux))

    figure.arrows = [marked(arrow) if arrow in there else arrow for arrow in figure.arrows]
    figure.marks = {name: mark._replace(emphasis="" if name in way else mark.emphasis) for name, mark in figure.marks.items()}
