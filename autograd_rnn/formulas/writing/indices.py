"""The indices of a line as people write them: the limits of a sum or a product, and what a time may be called."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.writing.elements import LETTERS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

AFTER = r"(?:[_^]?\{[^{}]*\}|_?\([^()]*\)|\[[^\[\]]*\]|,(?:\{[^{}]*\}|\w+))*"
PLUS = r"\s*(?:\^?\{\+\}|\^?\+|⁺)?\s*"  # of the immediate derivative
QUOTIENT = re.compile(rf"(⁄\s*\{{\s*)?([d∂]){PLUS}(([^\W\d_]+)\w*{AFTER})\s*(?:/|\}}\s*\{{)\s*([d∂])\s*(([^\W\d_]+)\w*{AFTER})")


BOUND = re.compile(r"\d+|[a-z](?:[+-]\d+)?|[TS][+-]\d+")  # of a sum that has one


def limits(below: str, above: str, taken: Collection[str] = ()) -> tuple[str, ...] | None:
    """The index of a sum or a product and its bounds, if it has both: of ``t=1`` and ``T``, ``j=k+1..t``, ``1<=k<=t``, ``t>=i>k``.
    ``taken``: indices that stand for a step already, so that of ``k<=t`` the other one is the sum's."""
    if (pair := re.fullmatch(r"([a-zτ])([<>])(=?)([a-zτ])", below)) and pair[4] in taken and pair[1] not in taken:
        below = f"{pair[4]}{'<>'[pair[2] == '<']}{pair[3]}{pair[1]}"
    if chain := re.fullmatch(r"(?:(.+?)(<=?|>=?))?([^\W\dTS])(?:(<=?|>=?)(.+))?", below):
        low, one, index, two, high = chain.groups()
        if one and two and one[0] != two[0]:
            return None
        if (one or two or "")[:1] == ">":
            low, one, two, high = high, two, one, low
        if one or two:
            first = "1" if low is None else low if one and "=" in one else f"{low}+1"
            last = "T" if high is None else high if two and "=" in two else f"{high}-1"
            return (index, first, last)
    if re.match(r"\w∈(?!\[)[^…]*,(?!\.\.|…)[^….]*$", below):  # Σ_{t∈{1,T}} has two terms
        return None
    parts = re.fullmatch(r"(\w)(?:(=|∈)(?:\[?(.+?)(?:(?:\.\.+|…|,\.\.\.,|,…,|,)(.+?)\]?)?)?)?", below)
    if parts is None or above and parts[4]:  # Σ_{t=1, t≠2}^{T}
        return None
    first, last = parts[3] or "", above or parts[4] or ""
    if first and last or BOUND.fullmatch(last) or first != "1" and BOUND.fullmatch(first):
        return (parts[1], first or "1", last or "T")
    return (parts[1],) if first in ("", "1") else None


TAU = r"(?:\\tau(?![A-Za-z])|τ|(?<![A-Za-z0-9])tau(?![A-Za-z0-9]))"
ANY_TAU = re.compile(TAU)
RUNNING = re.compile(  # where it is any step: of a sum or a product, from which one steps on, beside another one; or a name of its own
    rf"(?:Σ|∑|Π|∏|\\sum|\\prod|[Ss]um|[Pp]rod)(?:\\limits)?\s*_?\s*[{{(]?\s*{TAU}|{TAU}\s*\+|[-+]\s*{TAU}|{TAU}.*=.*{TAU}\s*-|,\s*{TAU}\s*[,)]|"
    rf"\bfor\s+{TAU}\s+in\b|^\s*{TAU}\s*:?="
)
TIME_LEFT = re.compile(r"^[^=]*(?:[_\[({]\s*\{?t\b|[_^]\{?\(?t(?!\w))")


def final(lines: Collection[str]) -> bool:
    """Whether τ is what some books call the last step: no index, and in no line about any step t."""
    held = [line for line in lines if ANY_TAU.search(line)]
    return bool(held) and not any(RUNNING.search(line) or TIME_LEFT.match(line) for line in held)


SEVERAL = re.compile(r"[_\[{(]\s*([a-zτTS](?:\s*[+-]\s*(?:[a-zτTS]|\d+))+)\s*[\])}]")  # a step that several indices make
INDEX = r"([a-zτ])\s*(?:[+-]\s*\d+)?\s*"


def indices(text: str, vocabulary: Vocabulary) -> list[str]:
    """What a time may be called in a line: the indices of its sums and products, and those of the quantities in its derivatives."""
    found = re.findall(r"(?:Σ|Π|[Ss]um|[Pp]rod)\s*_?\s*[{(]?\s*([a-zτ])\s*[=}∈)]", text)
    found = [index for index in found if index in LETTERS or not vocabulary.timed.get(index)]  # Σ_c, of cells
    for match in re.finditer(r"(?:Σ|Π)\s*_\s*[{(]([^{}()]*)[})]", text):
        found += [
            index for index in re.findall(r"(?<![\w])([a-zτ])(?!\w)", match[1]) if index in LETTERS or not vocabulary.timed.get(index)
        ]
    for match in SEVERAL.finditer(text):
        letters = re.findall(r"[^\W\d]", match[1])
        found += letters if len(letters) > 1 and {*letters} & {*"tTS"} and not any(map(vocabulary.exactly, {*letters} - {*"tTS"})) else []
    if re.search(r"\b(?:Sum|Prod)\(", text):
        found += re.findall(r",\s*([a-zτ])\s*(?=[,)])", text)
    left, _, right = text.partition("=")
    for match in re.finditer(rf"(?<!\w)([^\W\d]\w*?)_?[_\[{{(]+{INDEX}(?=[\])}}]|\s|$)", left):
        known = vocabulary.timed.get(vocabulary.find(match[1]) or "", None)
        also = re.search(rf"[_\[{{(]\s*{match[2]}\s*(?:[+-]\s*\d+)?\s*(?:[\])}}]|(?!\w))", right)
        letter = match[2] in LETTERS or not vocabulary.timed.get(match[2])  # dnext_c is no step c
        if letter and known is not False and also and not vocabulary.called(f"{match[1]}_{match[2]}"):
            found.append(match[2])
    for match in QUOTIENT.finditer(text):
        for name, base in ((match[3], match[4]), (match[6], match[7])):
            for index in re.findall(rf"[_\[{{(,]\s*{INDEX}(?=[\])}},]|$)", name):
                found += [] if vocabulary.called(f"{base}_{index}") or vocabulary.holds(base, index) else [index]
    return found
