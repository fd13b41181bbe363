"""What a text says of the space that a quantity is in, ``dW_hh ∈ ℝ^{H×H}``: of those in the letters of the net it is judged."""

from __future__ import annotations

import re
import unicodedata

from autograd_rnn.formulas.reading.shapes import written
from autograd_rnn.formulas.writing.lines import Misplaced, Unreadable
from autograd_rnn.formulas.writing.notation import read
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

MEMBER = re.compile(
    r"(?:∈|\\in(?![a-z]))\s*(?:ℝ|\\mathbb\s*\{?\s*R\s*\}?|R(?![a-z]))\s*(?:\^\s*(?:\{([^{}=]*)\}|\(([^()=]*)\)|(\w))|([ᴴᴰᴷⁿᵈʰˣ×]+))?(?=\s*(?:[.,;]|\s|$))"
)
PART = re.compile(r"[,;:](?!=|[^{}\[\]()]*[}\])])|(?<!\S)(?:where|with|and|here|for|let|wobei|mit|und|où|avec|et)\s", re.IGNORECASE)

EQUAL = re.compile(r":?=|[≡≜≝≈≃←]|\\(?:triangleq|equiv|doteq|coloneqq|stackrel|overset|approx|simeq|gets|leftarrow)(?![a-z])")
NAME = re.compile(r"([^\s\[\](){}+*/@-]+)(?:\[[^\]]*\])*")
MOST = 200  # what is said of spaces in one text


def spaced(text: str, vocabulary: Vocabulary) -> tuple[str, dict[int, str]]:
    """A text without what it says of spaces, and of each line where that is in letters of nobody here the sentence that it is not read.
    Raises `Misplaced` where a quantity is in another."""
    rows, notes, left = text.split("\n"), dict[int, str](), MOST
    for k, row in enumerate(rows):
        while left and (found := MEMBER.search(row)):
            left -= 1
            start, owners = owner(row[: found.start()], vocabulary)
            said = unicodedata.normalize("NFKC", next(filter(None, found.groups()), "")).replace("_", "")  # ᴴ is H
            sizes = re.sub(r"\\times|×|\*|·|x(?=\s*[A-Z1])", " ", said).split()
            claim = tuple(sizes[:-1] if sizes[-1:] == ["1"] else sizes)
            known = {one: lengths for one in owners if (lengths := shape(one, vocabulary)) is not None}
            if not known or not {*claim} <= vocabulary.sizes:
                notes[k + 1] = f"`{found[0].strip()}` is not read"
            elif wrong := next((one for one, lengths in known.items() if lengths != claim), None):
                raise Misplaced(f"`{wrong.strip()}` is {written(known[wrong])}, not {written(claim)}: {row.strip()}")
            row = row[:start].rstrip() + row[found.end() :] if row[:start].strip() else row[found.end() :].lstrip(" ,;.")
        rows[k] = row
    return "\n".join(rows), notes


def owner(before: str, vocabulary: Vocabulary) -> tuple[int, list[str]]:
    """Of what a space is said, and where what is said of it alone begins: the left side of an equation, or names in a row."""
    ends, owners = [(0, 0), *(m.span() for m in PART.finditer(before))], list[str]()
    start = len(before)
    for begin, end in reversed(ends):
        part = before[end:start]
        if sign := EQUAL.search(part):
            return (start, owners) if owners else (len(before), [part[: sign.start()]])
        if part.strip() and shape(part, vocabulary) is None:
            break
        owners, start = owners + [part] * bool(part.strip()), begin
    return start, owners


def shape(text: str, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    """The lengths of the quantity of the net that a text names, or whose adjoint; None of anything else."""
    try:
        found = NAME.fullmatch(read(text.strip(" $&"), vocabulary).text.strip())
    except Unreadable:
        return None
    name = found and vocabulary.called(found[1])
    return None if name is None else vocabulary.dims.get(name) or vocabulary.dims.get(name.removeprefix("d"), ())
