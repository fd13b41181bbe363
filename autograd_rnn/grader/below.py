"""What stands in the lines above and below a symbolic answer: words that leave it as it is, or what limits, continues or withdraws it."""

from __future__ import annotations

import re
from typing import NamedTuple

from autograd_rnn.formulas.checking.asides import EQUATES
from autograd_rnn.formulas.checking.harmless import unread
from autograd_rnn.formulas.checking.remarks import LIMIT

SIGN = re.compile(r"(?:&\s*)*(?:[-+*@^.]|/(?!/)|≈|≃|\\(?:approx|simeq)(?![A-Za-z])|=(?!=))")
HEAD = re.compile(  # marks of lists, comments and quotations, numbers, and commands of LaTeX that set words
    r"(?:#+|//|>|[-*+•–—]\s|%+\s*(?=[^\W\d_]{2})|\(?(?:\d+(?:\.\d+)*|[a-g]|[ivx]+)[.):](?:\s+|$)|\\(?:item|text\w*|mathrm|mbox|emph|"
    r"(?:sub)*section\*?|paragraph|noindent)(?![a-z])(?:\[[^\]]*\])?[\s{]*|[\s\"'`*_])+",
    re.IGNORECASE,
)
RULE = re.compile(  # a line, a number, a fence of code, what sets a document
    r"[-=_*#`.\s]{2,}|`{3}\w*|\(?(?:\d+(?:\.\d+)*|[a-g]|[ivx]+)[.):]|"
    r"\\(?:document\w+|usepackage|maketitle|author|date|newpage|clearpage|noindent|\w+skip|label|centering)(?![a-z]).*"
)
DEFINES = re.compile(r"[\s(,]*(?:and\s+)?(?:where|with|wobei|mit|où|avec)\b", re.IGNORECASE)
CASE = re.compile(r"[\s(]*(?:if|for|when|at|für|wenn|bei|pour|si)\b", re.IGNORECASE)
WITHDRAWN = re.compile(  # wherever it stands, in what is too far off to be read
    r"~~|[✗✘❌]|\\[xb]?(?:cancel|sout)|\b(?:wrong\w*|false|untrue|incorrect\w*|invalid|cancel\w*|nope|struck|strike|strikethrough|crossed|"
    r"scratch\w*|retract\w*|withdr[ae]w\w*|deleted?|discard\w*|disregard|mistaken?|erroneous|(?:ignore|forget|skip|remove)\s+(?:this|that|it|"
    r"the)|falsch\w*|ungültig|gestrichen|faux|fausse|annul\w+)\b",
    re.IGNORECASE,
)
COMPARED = re.compile(r"[(\[\s]*(?:[a-zTS]|\d+)\s*(?:==?|[<>≤≥≠∈]|!=|\\(?:leq?|geq?|neq?|in|lt|gt)\b)")
STEPS = re.compile(  # a condition on the step that leaves steps out
    r"(?<![\w\\{])[tT]\s*(?:==?|[<>≤≥≠∈]|!=|\\(?:leq?|geq?|neq?|in|lt|gt)\b)"
    r"(?!\s*1\s*(?:,\s*2\s*)?(?:,\s*)?(?:\.\.+|…|\\[lc]?dots|:|to|until|through|bis|à)\s*,?\s*T)(?<!1 ≤ t ≤)(?<!1 <= t <=)"
)
SAID = re.compile(r"(?<![\w*])[-+*]\s+(?:is|means|denotes|ist|bezeichnet|est|désigne)\b")  # what a sign is
LEAD = re.compile(r"\W*((?:[^\W\d_]{2,}[\s,:]+)+)(?=[^\s=])")  # the words in front of an equation
STEP = re.compile(r"(?<![\w\\∂∇/])(?:[tTS]|\d+)\s*$")
ENDS = re.compile(r"(?::|[-+*·×=]|\\(?:cdot|times))\s*$")
SHORT, FAR = 6, 200  # words that still belong to an answer with an empty line between, lines that are looked at


class Row(NamedTuple):
    """A line beside an answer that is not known to leave it as it is; whether it may be read with it, as what goes on or limits it."""

    number: int
    text: str
    read: bool = True


def unmarked(row: str) -> str:
    """A line without the marks of a list, a comment or a heading before its words."""
    return row[found.end() :] if (found := HEAD.match(row)) and found.end() < len(row) else row


def strict(row: str) -> bool:
    """Whether some words of a line withdraw what is said or limit it, wherever they stand."""
    return any(words.search(row) for words in (WITHDRAWN, LIMIT, STEPS))


def harmless(row: str, line: str) -> bool:
    """Whether a line is made of words that leave the equation ``line`` beside it as it is, or is a rule or a number.

    >>> line = "dW_hh = Σ_t da_t h_{t-1}^T"
    >>> [harmless(row, line) for row in ("because the loss is summed", "## Biases", "- and so on", "(by the chain rule)", "b)", "---")]
    [True, True, True, True, True, True]
    >>> [harmless(row, line) for row in ("only at the end", "wrong", "(t < T)", "% 2", "h_t", "2", "times two", "- not", "with h_t")]
    [False, False, False, False, False, False, False, False, False]
    """
    return RULE.fullmatch(row) is not None or not unread(row if SAID.search(row) else unmarked(row), line)


def own(row: str) -> bool:
    """Whether a line has an equation of its own, and no condition on steps alone."""
    text = unmarked(row)
    equates = EQUATES.search(re.sub(r"[<>!=]=", "  ", text))
    if equates is None or any(begins.match(text) for begins in (SIGN, COMPARED, DEFINES)) or STEP.search(text[: equates.start()]):
        return False
    lead = LEAD.match(text[: equates.start()])
    if lead and unread(lead[1]):
        return False
    return not any(found.start() < equates.end() for words in (WITHDRAWN, LIMIT, STEPS) if (found := words.search(text)))


def below(rows: list[tuple[int, str]], at: int, line: str) -> list[Row]:
    """Of the numbered lines below the answer ``line``, which ends with ``rows[at]``, those that may be part of it: up to the next equation
    or an empty line, and a few words behind that; further off what withdraws or limits it in so many words."""
    found, last, parted = list[Row](), rows[at][0], 0
    end = next((k for k in range(at + 1, min(at + FAR, len(rows))) if own(rows[k][1])), min(at + FAR, len(rows)))
    for k in range(at + 1, end):
        number, row = rows[k]
        parted, last = parted + (number > last + 1), number
        text = unmarked(row)
        follows = end < len(rows) and rows[end][0] - number == end - k and end - at < FAR
        if harmless(row, line) or follows and (harmless(row, rows[end][1]) or row[-1] == ":" and CASE.match(text)):
            continue
        near = not parted or parted == 1 and len(row.split()) <= SHORT and (row[0] != "#" or end == len(rows))
        if near or strict(row):
            found.append(Row(number, text if re.match(r"#|//|>|%+\s*[^\W\d_]{2}", row) else row))
    return found


def above(rows: list[tuple[int, str]], at: int, first: int, line: str) -> list[Row]:
    """The numbered lines right above the answer ``line``, ``rows[at]``, that may limit or withdraw it, from ``rows[first]`` on: one that
    ends with a colon or in the middle may be read with it.

    >>> above([(1, "For t < T:"), (2, "a = b")], 1, 0, "a = b"), above([(1, "The gate:"), (2, "a = b")], 1, 0, "a = b")
    ([Row(number=1, text='for t < T', read=True)], [])
    """
    found = list[Row]()
    for k in range(at - 1, first - 1, -1):
        number, row = rows[k]
        ends = ENDS.search(row)
        if number != rows[k + 1][0] - 1 or own(row[: ends.start()] if ends else row):
            break
        if not harmless(row, line):
            said = ends is not None and ends[0].strip() == ":"
            text = row[:1].lower() + row[1 : ends.start()].strip() if said and ends else row
            found.append(Row(number, text, k == at - 1 and ends is not None))
    return found[::-1]
