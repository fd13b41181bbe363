"""For which steps a line says that it holds: ``(1 < t < T)``, ``for t = T``, ``for all t``."""

from __future__ import annotations

import re
from typing import NamedTuple

from autograd_rnn.algebra.expr import Time
from autograd_rnn.formulas.checking.lines import UNENDED

BEGIN, END = r"(?:\s+\((?:\s*(?:for|if|where|when|at)\s)?|[\s,;]+(?:for|if|where|when|at)\s+\(?|[,;]\s*\(?)\s*", r"\s*\)?\s*$"
STEP = r"(?:[TS](?:\s*-\s*\d+)?|\d+)"
UNLIKE = rf"(?:[\s,]*(?:t\s*)?(?:≠|!=|\\neq?(?![a-z]))\s*({STEP}(?:\s*,\s*{STEP})*))?"
WHERE = re.compile(rf"{BEGIN}(?:(\d)\s*(<=?|≤))?\s*t\s*(?:(<=?|≤)\s*[TS](?:\s*-\s*(\d))?)?{UNLIKE}{END}")
AT = re.compile(rf"{BEGIN}t\s*==?\s*({STEP}){END}")
BETWEEN = re.compile(rf"{BEGIN}(?:\d+\s*(?:<=?|≤)\s*)?(?:[i-n]\s*<\s*[tT]|t\s*>\s*[i-n]|[i-n]\s*(?:≠|!=)\s*t){END}")
SPAN = r"\s*(?:=|∈|in)\s*[\[{]?\s*[1TS]\s*,?\s*(?:\.\.+|…|\\[lc]?dots)\s*,?\s*[1TS]\s*[\]})]*"
ALWAYS = re.compile(rf"(?:[\s,;(]+(?:∀|\\forall|for\s+(?:all|every|each|any)\b|for\b)\s*t(?:{SPAN})?|[,;(]\s*t{SPAN})\s*\)?\s*$")
STOP = r"(?:[TS](?:\s*-\s*\d)?|\d)"
RANGED = re.compile(rf"(?:[\s,;(]+for\b|[,;(])\s*t\s*(?:=|∈|in)\s*[\[{{]?\s*({STOP})(?:\s*,\s*{STOP})?\s*,?\s*"
                    rf"(?:\.\.+|…|\\[lc]?dots)\s*,?\s*({STOP})\s*[\]}})]*\s*$")  # fmt: skip

UNBOUND = "the condition is on an index that the left side has not: a sum says below its sign over what it goes"
GREATER = "\\gt"
ABOVE = re.compile(rf"({BEGIN})t\s*(>=?|≥|\\geq?(?![a-z])|\\gt(?![a-z]))\s*(\d)(?={END})")  # (t > 1) is (1 < t)


class Span(NamedTuple):
    """A line without what it says of steps; the steps of which it says nothing; the one where it holds, if it is one; and whether it is
    said where two steps differ."""

    body: str
    apart: frozenset[Time]
    step: str | None
    distinct: bool


def spanned(line: str) -> Span:
    """A line, and for which steps it is.

    >>> spanned("dh_t = W^T da_{t+1}  for t = T")[::2]
    ('dh_t = W^T da_{t+1}', 'T')
    """
    line = ABOVE.sub(lambda m: f"{m[1]}{m[3]} {'<' if m[2] in ('>', GREATER) else '<='} t", line)
    apart, body, step = frozenset[Time](), line, None
    if (where := WHERE.search(line)) and (where[1] or where[3] or where[5]) and not UNENDED.search(line[: where.start()]):
        body, apart = line[: where.start()], _apart(where)
    elif where := AT.search(line):
        body, step = line[: where.start()], where[1]
    elif (where := RANGED.search(line)) and "=" in line[: where.start()]:
        body, apart = line[: where.start()], _between(*sorted((where[1], where[2])))
    elif (where := ALWAYS.search(line)) and where.start() and "=" in line[: where.start()]:
        body = line[: where.start()]
    distinct = bool(between := BETWEEN.search(body))
    body = body[: between.start()] if between else body
    return Span(body, apart, step, distinct)


def ends(line: str) -> set[str]:
    """The last steps that a line names where it says for which steps it is, T or S."""
    found = next((where for pattern in (WHERE, RANGED, ALWAYS) if (where := pattern.search(line))), None)
    return {*re.findall(r"(?<!\w)[TS](?!\w)", found[0])} if found else set()


def halves(line: str) -> tuple[str, str]:
    """A line and what it says of steps, as it is written."""
    where = WHERE.search(line) or AT.search(line) or ALWAYS.search(line)
    return (line[: where.start()], line[where.start() :]) if where and where.start() else (line, "")


def _apart(where: re.Match[str]) -> frozenset[Time]:
    """The steps that a range leaves out: ``(1 < t < T, t ≠ T-2)``; the letter of the last step is T."""
    first, after, before, less, unlike = where.groups()
    begin = [Time("", t) for t in range(1, int(first or 1) + (after == "<"))]
    end = [Time("T", -k) for k in range(int(less or 0) + (before == "<"))] if before else []
    named = [step.replace(" ", "") for step in (unlike or "").split(",") if step]
    return frozenset([*begin, *end, *(Time("", int(s)) if s.isdigit() else Time("T", -int(s[2:] or 0)) for s in named)])


def _between(first: str, last: str) -> frozenset[Time]:
    """The steps that a range from one to another leaves out: ``t = T-1, ..., 2``."""
    if first[0] in "TS" or last[0] not in "TS":
        return frozenset()
    before, after = int(first), int(last.replace(" ", "")[2:] or 0)
    return frozenset([*(Time("", t) for t in range(1, before)), *(Time("T", -k) for k in range(after))])
