"""Symbolic answers: a text with a line an equation, each held against the derivation by `check`. Nothing of it is ever evaluated."""

from __future__ import annotations

import re

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.asides import EQUATES
from autograd_rnn.formulas.checking.lines import IllTyped, Unreadable, bare
from autograd_rnn.formulas.checking.parse import parse
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.report import Item
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

LINES, FEW = 200, 20  # equations that are read, lines that one of them may take
OPERATORS, BRACKETS = "+-*/@", {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
LISTED, MARKED = (
    re.compile(r"^(?:[-*+•>]\s+|[a-zA-Z]\)\s+)+"),
    re.compile(r"^(`{1,3}|\*\*)(.*)\1$"),
)  # lists, code and bold letters of Markdown
SPACED = re.compile(r"\\\\\[[^\]\n]{0,20}\]")  # the end of a line of LaTeX that says how far the next one is
WORDS = {"not equal": "wrong", "not decided": "wrong", "equal if": "wrong", "ill-typed": "wrong shape", "unreadable": "unreadable"}


def derivation(spec: Spec) -> Derivation:
    """What the assignment asks to be derived: for every length and every size."""
    return Derivation(Model(CELLS[spec.net](3, 4, seed=0), output_size=5, task=spec.task))


def graded(spec: Spec, known: Derivation, functions: list[Function], text: str) -> tuple[list[Item], list[str]]:
    """An item for each equation that is asked for, and what could not be read."""
    found: dict[str, list[tuple[int, str]]] = {}
    notes = []
    lines = equations(text)
    for number, whole, line in lines[:LINES]:
        for tried in dict.fromkeys((whole, line)):
            try:
                left = parse(tried, known)[-1].left
                name = ("d" if getattr(left, "adjoint", False) else "") + str(getattr(left, "name", ""))
            except IllTyped:  # it is read, and its shapes do not fit
                name = next(
                    (f.name for f in functions if line.replace(" ", "").startswith((f.name + "=", f.name + "[", f.name + "_t"))), ""
                )
            except (Unreadable, ValueError) as error:
                if tried == line:
                    notes.append(f"line {number} is not read: {visible(str(error).splitlines()[0])[:160]}")
                continue
            found.setdefault(name, []).append((number, tried))
            break
    notes += [f"only the first {LINES} equations are read"] if len(lines) > LINES else []
    return [_item(function, spec, known, found.get(function.name, [])) for function in functions], notes


def equations(text: str) -> list[tuple[int, str, str]]:
    r"""The lines of a text that have an equation: its number, the equation with what goes on in the lines below, and this line alone.

    >>> equations("\\begin{align}\nda_t &= dh_t \\\\\n &\\quad * (1 - h_t^2) \\\\[2pt]\n\\end{align}")
    [(2, 'da_t  = dh_t * (1 - h_t^2)', 'da_t  = dh_t')]
    """
    plain = bare(SPACED.sub(lambda found: "\\\\" + " " * (len(found[0]) - 2), f"{text}\n"))
    rows, at, line_number = [], 0, 1
    for row in plain.splitlines(keepends=True):
        if row.strip():
            rows.append((line_number, row.strip()))
        line_number += text.count("\n", at, at + len(row))  # every character keeps its place
        at += len(row)
    found = []
    for k, (number, row) in enumerate(rows):
        if EQUATES.search(row):
            whole = line = MARKED.sub(r"\2", LISTED.sub("", row))
            for _, more in rows[k + 1 : k + FEW]:
                is_open = sum(BRACKETS.get(letter, 0) for letter in whole) > 0
                if EQUATES.search(more) or not (is_open or more[0] in OPERATORS or whole[-1] in OPERATORS):
                    break
                whole = f"{whole} {more}"
            found.append((number, whole, line))
    return found


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
