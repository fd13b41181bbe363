"""What a sheet of symbolic answers says: its rows, its equations, which of them are answers, and what stands in the way of judging one."""

from __future__ import annotations

import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.formulas.reading.parse import Reader, parse, reader
from autograd_rnn.formulas.sentences.aloof import aloof, sentences
from autograd_rnn.formulas.sentences.around import silenced
from autograd_rnn.formulas.sentences.prose import owned, remark
from autograd_rnn.formulas.sentences.remarks import uncommented
from autograd_rnn.formulas.writing.lines import FURTHER, UNENDED, IllTyped, Unreadable, bare
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
from autograd_rnn.visible import visible

LINES, FEW = 200, 20  # equations that are read, lines that one of them may take
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
SETS = re.compile(rf"{DEFINES.pattern}|(?:here|hier|ici|let|define|set|put|denote|write|sei\w*|setze|soit|posons)\b", re.IGNORECASE)
OR = re.compile(
    r"^\s*(?:or|oder|ou|alternatively|resp\.?|i\.e\.|and|und|et|where|with|here|since|wobei|mit|où|avec|car)\b[\s,:]*(?=\S+\s*(?:\+?=|:=|≈))",
    re.IGNORECASE,
)  # one more
LISTED, MARKED = (
    re.compile(
        r"^(?:[-*+•>]\s+|[a-zA-Z]\)\s+|\(?(?:\d{1,2}|[a-h]\d?|[ivx]{1,4})[.)]\s+|[1-9]\d?(?:\.\d{1,2})+[.):]?\s{2,}|(?:zu|ad)\s+\d{1,2}[.:)]+\s+|[qaQA]\d+[.:)]+\s+)+"
    ),
    re.compile(r"(?:^|(?<=\s))(`{1,3}|\*\*)([^`*]*=[^`]*)\1(?=$|[\s,;.])"),
)  # lists, code and bold of Markdown
BLOCKS = [("\\begin{comment}", "\\end{comment}"), ("/*", "*/"), ("<!--", "-->"), ("\\iffalse", "\\fi")]
TOLD = re.compile(r"(?:[^=≈.:]*[^\W\d_]{3}[^=≈.:]*[.:]\s+)+(?=\S)")  # sentences in front of an equation
WORD = r"\s(?:be|is|and|we|with|und|et|ist|est|on|wir)\s"
FACT = re.compile(
    rf"(?<![^\s(])[^\s,;:(=]*\w[^\s,;:=]*\s*=\s*(?:(?!{WORD})[^=,;:.])+(?=[,;:.]|{WORD}|$)"
)  # an equation in the midst of words
POINT = re.compile(r"[-*+]\s+(?:\*\*|__)?[A-ZÄÖÜÉ][^\W\d_]{2}")  # of a list
PICTURE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)|<img\b[^>\n]*>", re.IGNORECASE)
COLON = re.compile(r"(?<=[^\s:])\s*:$")
SPACED = re.compile(r"\\\\\[[^\]\n]{0,20}\]")  # the end of a line of LaTeX that says how far the next one is


def _plain(line: str, names: set[str]) -> str:
    """A line without the words around its equation, as `check` reads it."""
    try:
        return silenced(line, names)[0].strip()
    except Unreadable:
        return line


def _true(row: str, known: Derivation) -> str:
    """A row with `it` in place of an equation in it, where that is right."""
    return FACT.sub(lambda found: "it" if known.check(found[0]).equal else found[0], row)


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


def columns(row: str) -> list[str]:
    """The columns of a row, where each equation stands in one.

    >>> columns("| scores | ds_t = p_t - y_t |"), columns("L = | a |")
    (['', 'scores ', 'ds_t = p_t - y_t ', ''], ['L = | a |'])
    """
    cells = re.split(r"(?:^|(?<=\s))\|(?:\s|$)", row) if "|" in row else [row]
    whole = all(sum(BRACKETS.get(letter, 0) for letter in cell) == 0 and cell.rstrip()[-1:] not in ("=", "+", "-", "*") for cell in cells)
    return cells if whole else [row]


def written(text: str) -> list[tuple[int, str]]:
    """The lines of a text that are not empty, each with its number; those of LaTeX each by itself."""
    text = uncovered(PICTURE.sub(lambda found: " " * len(found[0]), text))
    plain = bare(SPACED.sub(lambda found: "\\\\" + " " * (len(found[0]) - 2), f"{text}\n"))
    equal = [row for row in plain.splitlines() if EQUATES.search(row)]
    if mark := next((mark for mark in ("#", "//") if equal and all(row.lstrip().startswith(mark) for row in equal)), ""):
        plain = re.sub(rf"(?m)^([ \t]*){mark}+", lambda found: found[1] + " " * (len(found[0]) - len(found[1])), plain)  # all in comments
    rows, at, number = list[tuple[int, str]](), 0, 1
    for row in plain.splitlines(keepends=True):
        rows += [(number, cell.strip()) for cell in columns(row) if cell.strip()]
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
                if (
                    own(more)
                    or POINT.match(more)
                    and all(map(aloof, sentences(unmarked(more))))
                    or not (is_open or goes_on and not harmless(more, line))
                ):
                    break
                whole, last = f"{whole} {more}", last + 1
            found.append((k, last, whole, line))
    return found


class Sheet:
    """A text and what is read of it. ``answers``; ``said``: all equations; ``unread``: of an answer that is not judged, why, and the words;
    ``past``: the rows whose words are not all known, and that change no answer; ``notes``: what could not be read; ``illegible``: of what
    no other row answers, the row that would if it could be read, and why it cannot."""

    def __init__(self, known: Derivation, functions: set[str], text: str) -> None:
        self.known, self.functions = known, functions
        self.rows, self.given = written(text), owned(text)
        self.answers, self.said, self.taken = list[Answer](), list[e.Equation](), set[int]()
        self.failed, self.unread, self.past = dict[int, str](), dict[str, tuple[str, str]](), list[tuple[int, str]]()
        lines, self.notes = equations(self.rows), list[str]()
        names = {*Reader(known).symbols, *self.given}
        for first, last, whole, line in lines[:LINES]:
            plain = [_plain(line, names)] if whole == line and not DEFINES.match(line) else []
            worded = dict[str, tuple[str, str]]()
            for tried in dict.fromkeys((whole, line, *plain)):
                try:
                    self._answer(tried, first, last, whole, line)
                    break
                except (Unreadable, ValueError) as error:
                    if tried != whole or whole == line:
                        self.failed[first] = str(error).splitlines()[0]
                        if rest := getattr(error, "rest", ""):  # there are words around it
                            worded = _worded(self.rows[first][0], tried, rest, known)
            else:
                self.unread |= worded
        self.illegible = dict[str, tuple[int, str]]()
        for name in functions - {answer.name for answer in self.answers}:
            way = naming(name, name)
            rows = (k for k in self.failed if own(self.rows[k][1]) and way.search(EQUATES.split(self.rows[k][1])[0]))
            if (k := next(rows, None)) is not None:
                self.illegible[name] = (self.rows[k][0], self.failed[k])
                self.taken |= set() if SPOKEN.search(self.rows[k][1]) else {k}
        self._beside()
        self.notes += [f"only the first {LINES} equations are read"] if len(lines) > LINES else []

    def _answer(self, tried: str, first: int, last: int, whole: str, line: str) -> None:
        """Read one equation, as it is ``tried``: ``whole`` with what goes on below it, or ``line`` alone. Raises `Unreadable`."""
        number = self.rows[first][0]
        try:
            read = parse(tried, self.known)
            read = [q for q in read if q.left != q.right]  # dh_t = ∂L/∂h_t says what is called so
            names, uses = _names(read), frozenset(f"{'d' * s.adjoint}{s.name}" for q in read for s in e.symbols(q.right))
            self.said += read
            self.taken |= set() if read else {first}
        except IllTyped:  # it is read, and its shapes do not fit
            names, uses = {name for name in self.functions if naming(name, name).match(tried)}, frozenset()
        names &= self.functions
        self.failed.pop(first, None)
        end = last if tried == whole else first
        if unsaid := UNSAID.match(unmarked(self.rows[first][1])):
            self.unread |= dict.fromkeys(names, _unread(number, number, unsaid[0]))
        elif whole != line and (tried != whole or UNENDED.search(whole)):
            self.unread |= dict.fromkeys(names, _unread(number, number + 1, whole[len(line) :].strip()))
        elif words := _comments(tried, self.known, self.given):
            self.unread |= dict.fromkeys(names, _unread(number, number, words))
        elif names:
            tried = _joined(tried, self.rows, first, last, self.known, self.taken)
        if names and end == first or self.known.check(tried).equal:
            self.taken |= {*range(first, end + 1)}
        elif names:
            self.taken.add(first)
        self.answers += [Answer(name, first, end, tried, uses) for name in names]

    def _beside(self) -> None:
        """What the rows that are no equation say of the answers, and what a wrong definition says of those that use it."""
        beside, numbers = Beside(self.rows, self.answers), {answer.name: self.rows[answer.first][0] for answer in reversed(self.answers)}
        for k, (number, row) in enumerate(self.rows[:MOST]):
            if k in self.taken or beside.harmless(k) or ((true := _true(row, self.known)) != row and beside.harmless(k, true)):
                continue
            if not beside.unknown(k, beside.lines(k)) or not (touched := beside.touched(k)):
                self.past.append((number, row))
                continue
            self.notes += [f"line {number} is not read: {visible(self.failed[k])[:160]}"] if k in self.failed else []
            self.unread |= {name: _unread(numbers[name], number, row) for name in touched - self.unread.keys()}
        for answer in self.answers:
            number, row = self.rows[answer.first]
            if SETS.match(unmarked(row)) and not self.known.check(answer.line).equal:  # `where da_t = 2 dh_t`
                users = {other.name for other in self.answers if answer.name in other.uses} - self.unread.keys()
                self.unread |= dict.fromkeys(users, _unread(number, number, answer.line))

    def found(self, name: str) -> list[tuple[int, str]]:
        """The equations of an answer, each with the number of its row."""
        return [(self.rows[answer.first][0], answer.line) for answer in self.answers if answer.name == name]
