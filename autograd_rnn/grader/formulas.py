"""Symbolic answers: a text with a line an equation, each held against the derivation by `check`. Nothing of it is ever evaluated."""

from __future__ import annotations

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.lines import IllTyped, Unreadable
from autograd_rnn.formulas.checking.parse import parse
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.report import Item
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

LINES = 200  # equations that are read
WORDS = {"not equal": "wrong", "not decided": "wrong", "equal if": "wrong", "ill-typed": "wrong shape", "unreadable": "unreadable"}


def derivation(spec: Spec) -> Derivation:
    """What the assignment asks to be derived: for every length and every size."""
    return Derivation(Model(CELLS[spec.net](3, 4, seed=0), output_size=5, task=spec.task))


def graded(spec: Spec, known: Derivation, functions: list[Function], text: str) -> tuple[list[Item], list[str]]:
    """An item for each equation that is asked for, and what could not be read."""
    found: dict[str, list[tuple[int, str]]] = {}
    notes = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if "=" in line or "+=" in line]
    for number, line in lines[:LINES]:
        try:
            left = parse(line, known)[-1].left
            found.setdefault(("d" if getattr(left, "adjoint", False) else "") + str(getattr(left, "name", "")), []).append((number, line))
        except IllTyped:  # it is read, and its shapes do not fit
            name = next((f.name for f in functions if line.replace(" ", "").startswith((f.name + "=", f.name + "[", f.name + "_t"))), "")
            found.setdefault(name, []).append((number, line))
        except (Unreadable, ValueError) as error:
            notes.append(f"line {number} is not read: {visible(str(error).splitlines()[0])[:160]}")
    notes += [f"only the first {LINES} equations are read"] if len(lines) > LINES else []
    return [_item(function, spec, known, found.get(function.name, [])) for function in functions], notes


def _item(function: Function, spec: Spec, known: Derivation, lines: list[tuple[int, str]]) -> Item:
    """The verdict on the equations with one left side: right if one of them is."""
    if not lines:
        return Item(function.name, 0.0, function.points, "missing", f"there is no equation {function.name} = ...", function.visibility)
    verdicts = [(number, known.check(line)) for number, line in lines]
    if any(verdict.equal for _, verdict in verdicts):
        return Item(function.name, function.points, function.points, "correct", "", function.visibility)
    number, verdict = verdicts[0]
    sentences = [visible(sentence) for sentence in verdict.sentences] or [verdict.kind]
    own = next((q for q in known.equations if function.name == f"{'d' * q.left.adjoint}{q.left.name}"), None)
    formulas = ("", "") if own is None else (show(own, "text"), show(own, "latex"))
    net = Net(spec.net, (), spec.task)
    left = own.left if own is not None else None
    told = Diagnosis(sentences[0], tuple(sentences[1:]), f"in line {number}", None, (function.name,), *formulas, left, net)
    message = f"line {number} is {verdict.kind}"
    return Item(function.name, 0.0, function.points, WORDS[verdict.kind], message, function.visibility, {}, told)
