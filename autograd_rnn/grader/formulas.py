"""Symbolic answers: a text with a line an equation, each held against the derivation by `check`. Nothing of it is ever evaluated."""

from __future__ import annotations

import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.expr import Time
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.claims import circular
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.formulas.reading.parse import parse, reader
from autograd_rnn.formulas.sentences.prose import owned, remark
from autograd_rnn.formulas.sentences.remarks import uncommented
from autograd_rnn.formulas.writing.lines import FURTHER, UNENDED, IllTyped, Unreadable, bare
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.below import COMPARED, DEFINES, SAID, SIGN, Row, above, below, harmless, named, of_all, own
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.report import Item
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

LINES, FEW = 200, 20  # equations that are read, lines that one of them may take
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
OR = re.compile(r"^\s*(?:or|oder|ou|alternatively|resp\.?|i\.e\.|and|und|et)\b[\s,:]*(?=\S+\s*(?:\+?=|:=|≈))", re.IGNORECASE)  # one more
LISTED, MARKED = re.compile(r"^(?:[-*+•>]\s+|[a-zA-Z]\)\s+)+"), re.compile(r"^(`{1,3}|\*\*)(.*)\1$")  # lists, code and bold of Markdown
BLOCKS = [("\\begin{comment}", "\\end{comment}"), ("/*", "*/"), ("<!--", "-->"), ("\\iffalse", "\\fi")]
COLON = re.compile(r"(?<=[^\s:])\s*:$")
SPACED = re.compile(r"\\\\\[[^\]\n]{0,20}\]")  # the end of a line of LaTeX that says how far the next one is
WORDS = {"not equal": "wrong", "not decided": "wrong", "equal if": "wrong", "ill-typed": "wrong shape", "unreadable": "unreadable"}


def derivation(spec: Spec) -> Derivation:
    """What the assignment asks to be derived: for every length and every size."""
    return Derivation(Model(CELLS[spec.net](3, 4, seed=0), output_size=5, task=spec.task))


def graded(spec: Spec, known: Derivation, functions: list[Function], text: str) -> tuple[list[Item], list[str], list[str]]:
    """An item for each equation that is asked for, what could not be read, and the words beside answers that a person has to look at."""
    found: dict[str, list[tuple[int, str]]] = {}
    unread: dict[str, tuple[str, str]] = {}  # of an answer that is not judged, why, and the words
    notes, said, taken, failed = [], list[e.Equation](), set[int](), list[int]()
    lines, given = equations(text), owned(text)
    for number, whole, line, beside in lines[:LINES]:
        for tried in dict.fromkeys((whole, line)):
            try:
                read = parse(tried, known)
                name, said = _name(read), said + read
            except IllTyped:  # it is read, and its shapes do not fit
                name = next(
                    (f.name for f in functions if line.replace(" ", "").startswith((f.name + "=", f.name + "[", f.name + "_t"))), ""
                )
            except (Unreadable, ValueError) as error:
                if tried == line:
                    failed.append(number)
                    notes.append(f"line {number} is not read: {visible(str(error).splitlines()[0])[:160]}")
                    if rest := getattr(error, "rest", ""):  # there are words around it
                        unread |= _worded(number, tried, rest, known)
                continue
            if tried != whole or whole != line and UNENDED.search(whole):
                unread[name] = _unread(number, number + 1, whole[len(line) :].strip())
            elif words := _comments(tried, known, given):
                unread[name] = _unread(number, number, words)
            else:
                rows = [row for row in beside if row.number not in taken]
                tried, refused = _joined(tried, number, rows, known, taken)
                unread |= {name: refused} if refused else {}
            found.setdefault(name, []).append((number, tried))
            break
    notes += [f"only the first {LINES} equations are read"] if len(lines) > LINES else []
    elsewhere = named(text, found, [number for number in failed if number not in taken])
    unread = {name: _unread(found[name][0][0], *other) for name, other in elsewhere.items()} | unread
    if every := of_all([(k, row.strip()) for k, row in enumerate(text.splitlines(), 1)]):
        unread |= {name: _unread(number, every.number, every.text) for name, ((number, _), *_) in found.items()}
    idle = {f"{'d' * left.adjoint}{left.name}" for left in circular(said)}
    items = [
        Item(f.name, 0.0, f.points, "not decided", unread[f.name][0], f.visibility)
        if f.name in unread
        else _item(f, spec, known, found.get(f.name, []), f.name in idle)
        for f in functions
    ]
    return items, notes, [f"{f.name}: `{unread[f.name][1]}` was not read: look at it" for f in functions if f.name in unread]


def _name(read: list[e.Equation]) -> str:
    """What a line is said of."""
    left = read[-1].left
    return ("d" if getattr(left, "adjoint", False) else "") + str(getattr(left, "name", ""))


def _worded(number: int, line: str, rest: str, known: Derivation) -> dict[str, tuple[str, str]]:
    """Of a line with words around its equation ``rest`` that are not read, the name and what is said of it."""
    try:
        return {_name(parse(rest, known)): _unread(number, number, line.replace(rest, " ").strip())}
    except (Unreadable, IllTyped, ValueError):
        return {}


def _comments(line: str, known: Derivation, given: set[str]) -> str:
    """The first words beside an answer that may change it: no harmless words, and no equation that is right; those in brackets with a name
    that the text gives a value."""
    names = reader(known, line).vocabulary(line).timed
    if (behind := remark(line, names.__contains__)) and not remark(line, names.__contains__, given):
        return behind[0].strip()
    return next((words for words in uncommented(line, names.__contains__)[1] if "=" not in words or not known.check(words).equal), "")


def _unread(number: int, other: int, row: str) -> tuple[str, str]:
    """The sentence on what stands beside an answer and cannot be read with it; and the words."""
    words = visible(row)[:80]
    where = f"line {other} is not read with it" if other != number else "what stands beside it is not read"
    return f"line {number} is not judged, for {where}: `{words}`; write it in the same line, or leave it out", words


def _joined(line: str, number: int, beside: list[Row], known: Derivation, taken: set[int]) -> tuple[str, tuple[str, str] | None]:
    """An equation with what the lines around it say of it, and the sentence on the first of them that cannot be read with it. ``taken``:
    the lines that are read with some equation."""
    for place, row, may in beside:
        if "=" in row and not DEFINES.match(row) and not SIGN.match(row):
            try:
                parse(row, known)  # `for t < T: da_t = ...`
                break
            except (Unreadable, ValueError):
                pass
        for tried in (f"{line}  {row}", f"{line}  for {row}")[: may + bool(may and COMPARED.match(row) and row[0] not in "([")]:
            try:
                parse(tried, known)
            except (Unreadable, ValueError):
                continue
            line = tried
            taken.add(place)
            break
        else:
            return line, _unread(number, place, row)
    return line, None


def uncovered(text: str) -> str:
    """A text without the blocks of many lines that languages pass over, in place of which stands that something is struck out there."""
    for opening, closing in BLOCKS:
        at = text.find(opening)
        while at >= 0 and (end := text.find(closing, at)) >= 0:
            block = text[at : end + len(closing)]
            if "\n" in block and EQUATES.search(block):
                text = text[:at] + "~~" + re.sub(r"[^\n]", " ", block)[2:] + text[at + len(block) :]
            at = text.find(opening, at + len(block))
    return text


def equations(text: str) -> list[tuple[int, str, str, list[Row]]]:
    r"""The lines of a text that have an equation: its number, the equation with what goes on in the lines below, this line
    alone, and those above and below that may say more of it.

    >>> equations("\\begin{align}\nda_t &= dh_t \\\\\n &\\quad * (1 - h_t^2) \\\\[2pt]\n\\end{align}")
    [(2, 'da_t  = dh_t * (1 - h_t^2)', 'da_t  = dh_t', [])]
    """
    text = uncovered(text)
    plain = bare(SPACED.sub(lambda found: "\\\\" + " " * (len(found[0]) - 2), f"{text}\n"))
    rows, at, line_number = [], 0, 1
    for row in plain.splitlines(keepends=True):
        if row.strip():
            rows.append((line_number, row.strip()))
        line_number += text.count("\n", at, at + len(row))  # every character keeps its place
        at += len(row)
    found, first = list[tuple[int, str, str, list[Row]]](), 0
    for k, (number, row) in enumerate(rows):
        if len(found) > LINES:
            break
        if EQUATES.search(row):
            whole = line = COLON.sub("", OR.sub("", MARKED.sub(r"\2", row if SAID.match(row) else LISTED.sub("", row))))
            last = k
            for _, more in rows[k + 1 : k + FEW]:
                is_open = sum(BRACKETS.get(letter, 0) for letter in whole) > 0
                goes_on = SIGN.match(more) or FURTHER.match(more) and more[:2] != "//" or UNENDED.search(whole)
                if own(more) or not (is_open or goes_on and not harmless(more, line)):
                    break
                whole, last = f"{whole} {more}", last + 1
            found.append((number, whole, line, above(rows, k, first, line) + below(rows, last, whole)))
            first = last + (not UNENDED.search(whole)) if own(row) else first
    return found


def lacking(name: str, known: Derivation, lines: list[str]) -> bool:
    """Whether right lines on a quantity leave steps out for which the derivation has an equation of it."""
    asked = {q.left.time for q in known.equations if name == f"d{q.left.name}"}
    said = [s for line in lines for s in reader(known, line).statements(line) if name == f"d{getattr(s.equation.left, 'name', '')}"]
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
    if verdict.equal and not lacking(function.name, known, [line for _, line in lines]):
        return Item(function.name, function.points, function.points, "correct", "", function.visibility)
    if verdict.equal:
        message = f"line {number} is right, and says nothing of other steps: the equation of {function.name} at any step t is asked for"
        return Item(function.name, 0.0, function.points, "missing", message, function.visibility)
    sentences = [visible(sentence) for sentence in verdict.sentences] or [verdict.kind]
    own = next((q for q in known.equations if function.name == f"{'d' * q.left.adjoint}{q.left.name}"), None)
    formulas = ("", "") if own is None else (show(own, "text"), show(own, "latex"))
    net = Net(spec.net, (), spec.task)
    left = own.left if own is not None else None
    told = Diagnosis(sentences[0], tuple(sentences[1:]), f"in line {number}", None, (function.name,), *formulas, left, net)
    message = f"line {number} is {verdict.kind}"
    return Item(function.name, 0.0, function.points, WORDS[verdict.kind], message, function.visibility, {}, told)
