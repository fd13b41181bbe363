"""A whole model's forward equations: its nets', then how scores, probabilities and the loss come of their states."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import NOTATIONS, noted
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import read
from autograd_rnn.engine import tensor
from autograd_rnn.engine.naming import full_name, name_of
from autograd_rnn.nets.equations import forward
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.letters import halves, letters, matrices
from autograd_rnn.nets.parameters import Given
from autograd_rnn.nets.weighing import names_for
from autograd_rnn.nets.wiring import cells_in, chains_of, layers_of
from autograd_rnn.nets.writing import written

LOSS = {  # L_t of scores s, probabilities p and a target y
    ("cross_entropy", "text"): "-log {p}[{y}]",
    ("cross_entropy", "latex"): r"-\log {p}[{y}]",
    ("binary_cross_entropy", "text"): "-Σ [{y} log {p} + (1 - {y}) log(1 - {p})]",
    ("binary_cross_entropy", "latex"): r"-\sum [{y} \log {p} + (1 - {y}) \log(1 - {p})]",
    ("squared_error", "text"): "½‖{s} - {y}‖²",
    ("squared_error", "latex"): r"\tfrac{{1}}{{2}} \lVert {s} - {y} \rVert^2",
}


def whole(model: Any, form: str, notation: str = "names", weights: Any = None, shared: float | None = None) -> str:
    """The equations of a model: see `Model.equations`. ``weights``: those of a run's losses, which a person gave; ``shared``: what the
    mean over a batch divides by."""
    choose("form", form, ("text", "latex")), choose("notation", notation, NOTATIONS)
    weighing = [name for name, value in model.readout.parameters.items() if value.ndim > 1]
    found = matrices(model.cells, weighing) if notation != "names" else {}
    several, noting = len(model.nets) > 1, (letters(found, names := _names(model)), halves(found, names))
    inputs = [full_name("x", cells_in(net)[0].tag[:3] if several else "", None) for net in model.nets]
    parts = [written([*map(chains_of, layers_of(net))], form, notation, x, noting) for net, x in zip(model.nets, inputs, strict=True)]
    return "\n\n".join([*parts, "\n".join(_answered(model, form, notation, weights, shared, noting[0]))])


def _answered(model: Any, form: str, notation: str, weights: Any, shared: float | None, short: Any) -> list[str]:
    """The lines of the readout and the loss, at each step or at the last alone."""
    readout, many = model.readout, model.task.endswith("many")
    now = e.Time("t", 0) if many or model.task == "one-to-one" else e.Time("T", 0)
    s, p, y = (e.Sym(letter, now) for letter in "spy")
    equations = [] if readout.own else [e.Equation(s, _score(model.nets[-1], readout, now))]
    if readout.output != "identity" and not (readout.own and "p" in chains_of(layers_of(model.nets[-1])[-1])[0].carried):
        equations.append(e.Equation(p, e.Fn(readout.output, s)))
    symbols = {letter: show(symbol, form) for letter, symbol in zip("spy", (s, p, y), strict=True)}
    left, right = show(e.Sym("L", now), form), LOSS[readout.loss, form].format(**symbols)
    sign, latex = {"text": "Σ_t", "latex": r"\sum_{t}"}[form], form == "latex"
    number, lines = "T" if len(model.nets) == 1 else "S", []
    weighed = weights is not None or readout.class_weights is not None
    if weighed or shared:
        name, number = (weights.name, weights.of_total) if weights is not None else names_for(_names(model))
        m, number = show(e.Sym(name, now), form), show(e.Sym(number), form)
        lines = [f"{m} = w[{symbols['y']}]"] * (weighed and weights is None)
        lines += [f"{number} = {f'{shared:g}' if shared else f'{sign} ' * many + m}"] * (readout.reduction == "mean")
        right = right if not weighed else f"-{m} {right[1:]}" if right[0] == "-" else f"{m} {right}"
    mean = (rf"\frac{{1}}{{{number}}} " if latex else f"1/{number} ") * (readout.reduction == "mean" and (many or weighed or bool(shared)))
    over = f"L = {mean}{f'{sign} ' * many}{left}"
    return [
        *(show(equation, form) for equation in noted(equations, notation, short, {})),
        *lines,
        f"{left} = {right}",
        over,
    ]


def _names(model: Any) -> set[str]:
    """What the quantities and parameters of a model are called."""
    return {*model.parameters, *(str(q.left.name) for cell in model.cells for q in forward(cell))}


def _score(net: Any, readout: Any, now: e.Time) -> e.Expr:
    """s as the readout computes it, read off its tape; of two directions each has ended at an end of its own."""
    cells = chains_of(layers_of(net)[-1])
    parts = [tensor(np.zeros(cell.output_size, cell.dtype)) for cell in cells]
    names: dict[Any, e.Expr] = {value: e.Sym(name_of(name).of(value.ndim)) for name, value in readout.parameters.items()}
    for cell, part, backward in zip(cells, parts, (False, True), strict=False):
        names[part] = e.Sym(full_name(cell.given, cell.tag, None).of(1), e.Time("", 1) if backward and now.base == "T" else now)
    score = readout.score(parts, 1, Given("readout", readout.parameters, ""))
    return read([score], names, {})[score]
