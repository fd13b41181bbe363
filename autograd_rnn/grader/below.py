"""What stands in the lines above and below a symbolic answer: words that leave it as it is, or what limits, continues or withdraws it."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.formulas.sentences.harmless import unread
from autograd_rnn.formulas.sentences.remarks import LIMIT

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
    r"the)|falsch\w*|ungültig|gestrichen|faux|fausse|annul\w+|mistakes?|errata|erratum|draft\w*|rough\s+work|(?:do|does)\s+not\s+(?:count|grade|mark)|"
    r"not\s+to\s+be\s+(?:graded|marked|counted)|nothing\b.{0,80}\bcounts?|obsolete|superseded|outdated|old\s+\w+|attempts?|entwurf|"
    r"schmierblatt|brouillon|(?:zählt|gilt|gelten|zählen)\s+nicht|ne\s+compte\w*\s+pas)\b",
    re.IGNORECASE,
)
OF_ALL = re.compile(
    r"\b(?:all|everything|nothing|following|below|above|alles?|alle|nichts|folgende\w*|oben|unten|tout\w*|suivante?s?)\b", re.IGNORECASE
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
SPOKEN = re.compile(r"(?<![\w\\])(?!(?:tanh|diag|[Ss]um|outer)\b)[^\W\d_]{3,}(?![\w\[({^])")  # a word, and no name in a formula
MOST = 2000  # lines that may name an answer which stands elsewhere


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
        follows = end < len(rows) and (rows[end][0] - number == end - k or parted) and end - at < FAR
        if harmless(row, line) or follows and (harmless(row, rows[end][1]) or row[-1] == ":" and CASE.match(text)):
            continue
        near = not parted or parted == 1 and len(row.split()) <= SHORT and (row[0] != "#" or end == len(rows))
        if near or strict(row):
            found.append(Row(number, text if re.match(r"#|//|>|%+\s*[^\W\d_]{2}", row) else row))
    return found


def of_all(rows: list[tuple[int, str]]) -> Row | None:
    """The first line that withdraws all that stands around it."""
    said = (Row(number, row, False) for number, row in rows if WITHDRAWN.search(row) and OF_ALL.search(row) and not own(row))
    return next(said, None)


def naming(left: str, name: str) -> re.Pattern[str]:
    """How a text names an answer with this left side, in its spelling or as the grader has it.

    >>> [naming("∂L/∂W_hh", "dW_hh").search(row) is not None for row in ("in dWhh the sign", "∂L/∂W_{hh} is half", "dW_hhx")]
    [True, True, False]
    """
    spelled = [re.findall(r"[^\W_]+|[∂∇]", text) for text in (left, name)]
    ways = [r"[^\w∂∇]{0,3}_?[^\w∂∇]{0,2}".join(map(re.escape, way)) for way in spelled if len(way) > 1]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(ways) or '(?!)'})(?![^\W_]|\s?[-+−])")


def named(text: str, answers: dict[str, list[tuple[int, str]]], unread: list[int]) -> dict[str, tuple[int, str]]:
    """Of the answers, each with its numbered lines, the first line elsewhere that names one and is not known to leave it as it is; one
    of the equations ``unread`` does that by its left side."""
    ways = {name: naming(lines[0][1].partition("=")[0], name) for name, lines in answers.items()}
    lines, found = dict(itertools.chain(*answers.values())), dict[str, tuple[int, str]]()
    for number, row in enumerate(text.splitlines()[:MOST], 1):
        if number in lines:
            continue
        left = row.rpartition("=")[0] if number in unread else "" if own(row.strip()) else row
        for name, way in ways.items():
            if name in found or not way.search(left):
                continue
            bare = row.strip()
            for other in ways.values():
                bare = other.sub(" ; ", bare)
            if (
                number in unread
                or SPOKEN.search(bare)
                and not (harmless(bare, "") or any(harmless(row.strip(), line) for line in lines.values()))
            ):
                found[name] = number, row
    return found


def above(rows: list[tuple[int, str]], at: int, first: int, line: str) -> list[Row]:
    """The numbered lines right above the answer ``line``, ``rows[at]``, that may limit or withdraw it, from ``rows[first]`` on: one that
    ends with a colon or in the middle may be read with it. Behind an empty line only what withdraws it in so many words.

    >>> above([(1, "For t < T:"), (2, "a = b")], 1, 0, "a = b"), above([(1, "The gate:"), (2, "a = b")], 1, 0, "a = b")
    ([Row(number=1, text='for t < T', read=True)], [])
    """
    found, parted = list[Row](), False
    for k in range(at - 1, max(first, at - FAR) - 1, -1):
        number, row = rows[k]
        ends = ENDS.search(row)
        if own(row[: ends.start()] if ends else row):
            break
        parted = parted or number != rows[k + 1][0] - 1
        if parted and WITHDRAWN.search(row) or not parted and not harmless(row, line):
            said = ends is not None and ends[0].strip() == ":"
            text = row[:1].lower() + row[1 : ends.start()].strip() if said and ends else row
            found.append(Row(number, text, k == at - 1 and not parted and ends is not None))
    return found[::-1]
