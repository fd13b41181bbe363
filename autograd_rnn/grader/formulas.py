"""Symbolic answers: a text with a line an equation, each held against the derivation by `check`. Nothing of it is ever evaluated."""

from __future__ import annotations

from autograd_rnn.algebra.expr import Sym, Time
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.check import CLOSE
from autograd_rnn.formulas.checking.claims import circular
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.reading.parse import Statement, reader
from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.report import Item
from autograd_rnn.grader.sheet import Sheet
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

SHOWN = 5  # rows that are shown of those that are read past
WORDS = {"not equal": "wrong", "not decided": "wrong", "equal if": "wrong", "ill-typed": "wrong shape", "unreadable": "unreadable"}


def derivation(spec: Spec) -> Derivation:
    """What the assignment asks to be derived: for every length and every size."""
    return Derivation(Model(CELLS[spec.net](3, 4, seed=0), output_size=5, task=spec.task))


def graded(spec: Spec, known: Derivation, functions: list[Function], text: str) -> tuple[list[Item], list[str], list[str]]:
    """An item for each equation that is asked for, what could not be read, and the words beside answers that a person has to look at."""
    sheet = Sheet(known, {f.name for f in functions}, text)
    idle = {f"{'d' * left.adjoint}{left.name}" for left in circular(sheet.said) if isinstance(left, Sym)}
    items = [
        Item(f.name, 0.0, f.points, "not decided", sheet.unread[f.name][0], f.visibility)
        if f.name in sheet.unread
        else _told(f, spec, known, sheet.illegible[f.name][0], Verdict("unreadable", [sheet.illegible[f.name][1]]))
        if f.name in sheet.illegible
        else _item(f, spec, known, sheet.found(f.name), f.name in idle)
        for f in functions
    ]
    names: dict[str, list[str]] = {}
    for f in functions:
        if f.name in sheet.unread:
            names.setdefault(sheet.unread[f.name][1], []).append(f.name)
    looked = [f"{', '.join(of)}: `{words}` was not read: look at it" for words, of in names.items()]
    if sheet.past:
        told = ", ".join(f"line {number} (`{visible(row)[:40]}`)" for number, row in sheet.past[:SHOWN])
        more = f" and {len(sheet.past) - SHOWN} more" if len(sheet.past) > SHOWN else ""
        looked.append(f"not all words are known of {told}{more}; none of them takes an answer back, so they cost nothing: look at them")
    return items, sheet.notes, looked


def statements(known: Derivation, line: str) -> list[Statement]:
    """The statements of a line that is right, as it is written or with its ``h_t-1`` as the step before."""
    try:
        return reader(known, line).statements(line)
    except (IllTyped, Unreadable):
        closer = CLOSE.sub(r"\1_{\2}", line)
        return reader(known, closer).statements(closer)


def lacking(name: str, known: Derivation, lines: list[str]) -> bool:
    """Whether right lines on a quantity leave steps out for which the derivation has an equation of it."""
    asked = {q.left.time for q in known.equations if name == f"d{q.left.name}"}
    read = [s for line in lines for s in statements(known, line)]
    said = [s for s in read if name == f"d{getattr(s.equation.left, 'name', '')}"]
    single = {s.equation.left.time for s in said if s.equation.left.time and s.equation.left.time.base != "t"}
    general = [s.line.apart for s in said if s.equation.left.time is None or s.equation.left.time.base == "t"]
    rest = asked - {None, Time("t", 0), Time("", 0)} - single
    return all(apart and (apart | rest) - single for apart in general) if general else bool(asked - single)


def _item(function: Function, spec: Spec, known: Derivation, lines: list[tuple[int, str]], idle: bool) -> Item:
    """The verdict on the equations with one left side: right if all of them are, and they say what it is at every step; not if they are
    ``idle``, and it is said by way of others that are said by way of it."""
    if not lines:
        return Item(function.name, 0.0, function.points, "missing", f"there is no equation {function.name} = ...", function.visibility)
    verdicts = [(number, known.check(line)) for number, line in lines]
    number, verdict = next((found for found in verdicts if not found[1].equal), verdicts[0])
    if verdict.equal and idle:
        verdict = Verdict("not equal", ["it is said by way of what is said by way of it: that is true but defines nothing"])
    if verdict.equal and (foreign := next((number for number, other in verdicts if other.letters), None)) is not None:
        message = f"line {foreign} is right in the letters of another book, where its left side may be another quantity: look at it"
        return Item(function.name, 0.0, function.points, "not decided", message, function.visibility)
    if verdict.equal and not lacking(function.name, known, [line for _, line in lines]):
        return Item(function.name, function.points, function.points, "correct", "", function.visibility)
    if verdict.equal:
        message = f"line {number} is right, and says nothing of other steps: the equation of {function.name} at any step t is asked for"
        return Item(function.name, 0.0, function.points, "missing", message, function.visibility)
    return _told(function, spec, known, number, verdict)


def _told(function: Function, spec: Spec, known: Derivation, number: int, verdict: Verdict) -> Item:
    """The item of an answer that earns nothing by the verdict on its line."""
    sentences = [visible(sentence) for sentence in verdict.sentences] or [verdict.kind]
    own = next((q for q in known.equations if function.name == f"{'d' * q.left.adjoint}{q.left.name}"), None)
    formulas = ("", "") if own is None else (show(own, "text"), show(own, "latex"))
    net = Net(spec.net, (), spec.task)
    left = own.left if own is not None else None
    told = Diagnosis(sentences[0], tuple(sentences[1:]), f"in line {number}", None, (function.name,), *formulas, left, net)
    message = f"line {number} is {verdict.kind}"
    return Item(function.name, 0.0, function.points, WORDS[verdict.kind], message, function.visibility, {}, told)
