"""The component level: every vjp of the op level written with indices, in four lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.steps.asking.proofs import Writer, letters_of, lines_of
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import STYLES, numbers
from autograd_rnn.steps.walks.swept import Event, Sweep
from autograd_rnn.steps.walks.walk import Line, Walk

KINDS = ("forward", "local Jacobian", "vjp", "substitute")
RULES = ("in components", "the local Jacobian", "chain rule: one term a component", "the local Jacobian put in")


def component_walk(sweep: Sweep, operations: Walk) -> Walk:
    """The level: four steps for every vjp of the op level, ``operations``, one for every sum of several."""
    places: list[tuple[int, int]] = []  # the op step, and which of its lines
    for number, event in enumerate(sweep.events, 1):
        places += [(number, k) for k in range({"vjp": 4, "accumulate": 1}.get(event.kind, 0))]
    lines = []
    for number, k in places:
        event = sweep.events[number - 1]
        kind = KINDS[k] if event.kind == "vjp" else sweep.kind(event)
        lines.append(Line(kind, sweep.names.name(event.node), sweep.step(event), number, (sweep.form(event), k)))

    def write(at: int) -> Step:
        number, k = places[at - 1]
        event, line = sweep.events[number - 1], lines[at - 1]
        proof = lines_of(sweep, event) if event.kind == "vjp" else several(sweep, event)
        result = event.value if event.kind == "vjp" else sweep.adjoints[event.node]
        op, last = operations.step(number), k == len(proof) - 1
        before = proof[k - 1] if k else op.after
        shown = {symbol: value for symbol, value in op.numbers.items()} if last else {}
        rule = RULES[k] if event.kind == "vjp" else f"one component of the {op.rule}"
        values = example(sweep, event, result) if last else Written()
        return Step(at, len(places), "component", line.kind, line.t, op.tag, line.node, rule, before, proof[k], values,
                    op.shapes, shown, (at - 1,) if k else (), number, op.where, op.mark)  # fmt: skip

    return Walk("component", lines, write)


def several(sweep: Sweep, event: Event) -> list[Written]:
    """A sum over uses, in components: an input that is used k times moves the loss in k ways."""
    texts = []
    for style in STYLES:
        writers = [Writer(sweep, sweep.events[number - 1], style) for number in sweep.terms[event.node]]
        x = letters_of(event.node)
        parts = []
        for w in writers:
            y = "pqrstu"[: w.user.ndim]
            parts.append(w.total(y, w.at(w.user, *y, adjoint=True) + w.times + w.jacobian(y, x)))
        texts.append(f"{writers[0].at(event.node, *x, adjoint=True)} = {' + '.join(parts)}")
    return [Written(*texts)]


def example(sweep: Sweep, event: Event, result: Any) -> Written:
    """The first component's number."""
    array = np.asarray(result)
    first = "0," * (array.ndim - 1) + "0" if array.ndim else ""
    value = float(array.reshape(-1)[0]) if array.size else 0.0
    sign = "=" if event.kind != "vjp" or sweep.alone(event) else "+="
    w = Writer(sweep, event if event.kind == "vjp" else sweep.events[sweep.terms[event.node][0] - 1], "text")
    rows = []
    for style in STYLES:
        w.style = style
        rows.append(f"{w.at(event.node, *first.split(',') if first else '', adjoint=True)} {sign} {numbers(value, style)}")
    return Written(*rows)
