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
from autograd_rnn.formulas.reading.parse import Reader, parse, reader
from autograd_rnn.formulas.sentences.aloof import aloof, sentences
from autograd_rnn.formulas.sentences.around import silenced
from autograd_rnn.formulas.sentences.prose import owned, remark
from autograd_rnn.formulas.sentences.remarks import uncommented
from autograd_rnn.formulas.writing.lines import FURTHER, UNENDED, IllTyped, Unreadable, bare
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.beside import (
    CASE,
    COMPARED,
    DEFINES,
    MOST,
    SAID,
    SIGN,
    SPOKEN,
    UNSAID,
    Answer,
    Beside,
    around,
    harmless,
    naming,
    own,
    unmarked,
)
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.report import Item
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

LINES, FEW = 200, 20  # equations that are read, lines that one of them may take
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
OR = re.compile(r"^\s*(?:or|oder|ou|alternatively|resp\.?|i\.e\.|and|und|et)\b[\s,:]*(?=\S+\s*(?:\+?=|:=|≈))", re.IGNORECASE)  # one more
LISTED, MARKED = (
    re.compile(
        r"^(?:[-*+•>]\s+|[a-zA-Z]\)\s+|\(?(?:\d{1,2}|[a-h]\d?|[ivx]{1,4})[.)]\s+|[1-9]\d?(?:\.\d{1,2})+[.):]?\s{2,}|(?:zu|ad)\s+\d{1,2}[.:)]+\s+|[qaQA]\d+[.:)]+\s+)+"
    ),
    re.compile(r"(?:^|(?<=\s))(`{1,3}|\*\*)([^`*]*=[^`]*)\1(?=$|\s)"),
)  # lists, code and bold of Markdown
BLOCKS = [("\\begin{comment}", "\\end{comment}"), ("/*", "*/"), ("<!--", "-->"), ("\\iffalse", "\\fi")]
TOLD = re.compile(r"(?:[^=≈.:]*[^\W\d_]{3}[^=≈.:]*[.:]\s+)+(?=\S)")  # sentences in front of an equation
WORD = r"\s(?:be|is|and|we|with|und|et|ist|est|on|wir)\s"
FORWARD = re.compile(rf"(?<![^\s(])[hasp]_t\s*=\s*(?:(?!{WORD})[^=,;:.])+(?=[,;:.]|{WORD}|$)")  # an equation in the midst of words
COLON = re.compile(r"(?<=[^\s:])\s*:$")
SPACED = re.compile(r"\\\\\[[^\]\n]{0,20}\]")  # the end of a line of LaTeX that says how far the next one is
WORDS = {"not equal": "wrong", "not decided": "wrong", "equal if": "wrong", "ill-typed": "wrong shape", "unreadable": "unreadable"}


def derivation(spec: Spec) -> Derivation:
    """What the assignment asks to be derived: for every length and every size."""
    return Derivation(Model(CELLS[spec.net](3, 4, seed=0), output_size=5, task=spec.task))


def graded(spec: Spec, known: Derivation, functions: list[Function], text: str) -> tuple[list[Item], list[str], list[str]]:
    """An item for each equation that is asked for, what could not be read, and the words beside answers that a person has to look at."""
    notes, rows = list[str](), written(text)
    lines, given = equations(rows), owned(text)
    names_of = {*Reader(known).symbols, *given}
    unread: dict[str, tuple[str, str]] = {}  # of an answer that is not judged, why, and the words
    answers, said, taken, failed = list[Answer](), list[e.Equation](), set[int](), dict[int, str]()
    for first, last, whole, line in lines[:LINES]:
        number, worded = rows[first][0], dict[str, tuple[str, str]]()
        for tried in dict.fromkeys((whole, line, *([_plain(line, names_of)] if whole == line and not DEFINES.match(line) else ()))):
            try:
                read = parse(tried, known)
                names, uses = _names(read), frozenset(f"{'d' * s.adjoint}{s.name}" for q in read for s in e.symbols(q.right))
                said = said + read
            except IllTyped:  # it is read, and its shapes do not fit
                names, uses = {f.name for f in functions if naming(f.name, f.name).match(tried)}, frozenset()
            except (Unreadable, ValueError) as error:
                if tried != whole or whole == line:
                    failed[first] = str(error).splitlines()[0]
                    if rest := getattr(error, "rest", ""):  # there are words around it
                        worded = _worded(number, tried, rest, known)
                continue
            names &= {f.name for f in functions}
            failed.pop(first, None)
            end = last if tried == whole else first
            if unsaid := UNSAID.match(unmarked(rows[first][1])):
                unread |= dict.fromkeys(names, _unread(number, number, unsaid[0]))
            elif whole != line and (tried != whole or UNENDED.search(whole)):
                unread |= dict.fromkeys(names, _unread(number, number + 1, whole[len(line) :].strip()))
            elif words := _comments(tried, known, given):
                unread |= dict.fromkeys(names, _unread(number, number, words))
            elif names:
                tried = _joined(tried, rows, first, last, known, taken)
            if names and end == first or known.check(tried).equal:
                taken |= {*range(first, end + 1)}
            elif names:
                taken.add(first)
            answers += [Answer(name, first, end, tried, uses) for name in names]
            break
        else:
            unread |= worded
    beside = Beside(rows, answers)
    for k, (number, row) in enumerate(rows[:MOST]):
        if k not in taken and not beside.harmless(k) and not ((true := _true(row, known)) != row and beside.harmless(k, true)):
            if k in failed:
                notes.append(f"line {number} is not read: {visible(failed[k])[:160]}")
            for name in beside.touched(k) - unread.keys():
                unread[name] = _unread(next(rows[answer.first][0] for answer in answers if answer.name == name), number, row)
    for answer in answers:
        if DEFINES.match(unmarked(rows[answer.first][1])) and not known.check(answer.line).equal:  # `where da_t = 2 dh_t`
            users = {other.name for other in answers if answer.name in other.uses} - unread.keys()
            unread |= dict.fromkeys(users, _unread(rows[answer.first][0], rows[answer.first][0], answer.line))
    notes += [f"only the first {LINES} equations are read"] if len(lines) > LINES else []
    found: dict[str, list[tuple[int, str]]] = {}
    for answer in answers:
        found.setdefault(answer.name, []).append((rows[answer.first][0], answer.line))
    idle = {f"{'d' * left.adjoint}{left.name}" for left in circular(said)}
    items = [
        Item(f.name, 0.0, f.points, "not decided", unread[f.name][0], f.visibility)
        if f.name in unread
        else _item(f, spec, known, found.get(f.name, []), f.name in idle)
        for f in functions
    ]
    return items, notes, [f"{f.name}: `{unread[f.name][1]}` was not read: look at it" for f in functions if f.name in unread]


def _plain(line: str, names: set[str]) -> str:
    """A line without the words around its equation, as `check` reads it."""
    try:
        return silenced(line, names)[0].strip()
    except Unreadable:
        return line


def _true(row: str, known: Derivation) -> str:
    """A row with `it` in place of what it says of the forward pass, where that is so."""
    return FORWARD.sub(lambda found: "it" if known.check(found[0]).equal else found[0], row)


def _names(read: list[e.Equation]) -> set[str]:
    """What a line is said of."""
    return {("d" if getattr(q.left, "adjoint", False) else "") + str(getattr(q.left, "name", "")) for q in read}


def _worded(number: int, line: str, rest: str, known: Derivation) -> dict[str, tuple[str, str]]:
    """Of a line with words around its equation ``rest`` that are not read, the name and what is said of it."""
    try:
        return dict.fromkeys(_names(parse(rest, known)), _unread(number, number, line.replace(rest, " ").strip()))
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


def _joined(line: str, rows: list[tuple[int, str]], first: int, last: int, known: Derivation, taken: set[int]) -> str:
    """An equation with what the lines around it say of it, as far as they can be read with it. ``taken``: the rows that are read."""
    for k in around(rows, first, last, line):
        row = rows[k][1] if SAID.search(rows[k][1]) else unmarked(COLON.sub("", rows[k][1]))
        row = row[:1].lower() + row[1:] if k < first else row
        if "=" in row and not DEFINES.match(row) and not SIGN.match(row):
            try:
                parse(row, known)  # `for t < T: da_t = ...`
                break
            except (Unreadable, ValueError):
                pass
        for tried in (f"{line}  {row}", f"{line}  for {row}")[: 1 + bool(COMPARED.match(row) and row[0] not in "([")]:
            try:
                parse(tried, known)
            except (Unreadable, ValueError):
                continue
            if SPOKEN.search(row) and not (
                CASE.match(row) or COMPARED.match(row) or known.check(tried).equal or not known.check(line).equal
            ):
                continue  # words that are read as something else
            line = tried
            taken.add(k)
            break
        else:
            break
    return line


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


def written(text: str) -> list[tuple[int, str]]:
    """The lines of a text that are not empty, each with its number; those of LaTeX each by itself."""
    text = uncovered(text)
    plain = bare(SPACED.sub(lambda found: "\\\\" + " " * (len(found[0]) - 2), f"{text}\n"))
    rows, at, number = list[tuple[int, str]](), 0, 1
    for row in plain.splitlines(keepends=True):
        if row.strip():
            rows.append((number, row.strip()))
        number += text.count("\n", at, at + len(row))  # every character keeps its place
        at += len(row)
    return rows


def equations(rows: list[tuple[int, str]]) -> list[tuple[int, int, str, str]]:
    r"""The rows of a text that have an equation: the places of the first and the last, the equation with what goes on in the rows below,
    and the first row alone.

    >>> equations(written("\\begin{align}\nda_t &= dh_t \\\\\n &\\quad * (1 - h_t^2) \\\\[2pt]\n\\end{align}"))
    [(0, 1, 'da_t  = dh_t * (1 - h_t^2)', 'da_t  = dh_t')]
    """
    found = list[tuple[int, int, str, str]]()
    for k, (_, row) in enumerate(rows):
        if len(found) > LINES:
            break
        if EQUATES.search(row):
            row = MARKED.sub(r"\2", row if SAID.match(row) else LISTED.sub("", row))
            if (told := TOLD.match(row)) and (
                harmless(told[0], "") or all(not UNSAID.match(part) and aloof(part) for part in sentences(told[0]))
            ):
                row = row[told.end() :]
            whole = line = COLON.sub("", OR.sub("", row))
            last = k
            for _, more in rows[k + 1 : k + FEW]:
                is_open = sum(BRACKETS.get(letter, 0) for letter in whole) > 0
                goes_on = SIGN.match(more) or FURTHER.match(more) and more[:2] not in ("//", "/*") or UNENDED.search(whole)
                if own(more) or not (is_open or goes_on and not harmless(more, line)):
                    break
                whole, last = f"{whole} {more}", last + 1
            found.append((k, last, whole, line))
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
