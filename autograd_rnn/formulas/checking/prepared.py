"""A line before it is read: in the plain spelling, with one letter for τ, and layers as parts of names."""

from __future__ import annotations

import re

from autograd_rnn.formulas.checking.elements import LETTERS
from autograd_rnn.formulas.checking.signs import plain
from autograd_rnn.formulas.checking.vocabulary import Vocabulary

TAU = re.compile(r"(?<![A-Za-z0-9])tau(?!\w)")
LAYERED = re.compile(r"(?<![^\W\d_])([^\W\d_]+)(\^\s*(?:\{\s*)?(\w+)(?:\s*\})?)(?=\s*_)")


def prepared(line: str, vocabulary: Vocabulary) -> tuple[str, list[int]]:
    """A line in the plain spelling, τ as the step that it is, a layer above a name as part of it, ``h^{2}_{t}`` as ``h2_{t}``; and of each
    character the place in the line."""
    spelled = plain(line, vocabulary.letters)
    text, places = vocabulary.standing(str(spelled)), spelled.at
    new: list[tuple[int, int, str]] = []
    if "tau" in text and not (vocabulary.find("tau") or "tau" in vocabulary.own):
        new += [(*match.span(), "T" if vocabulary.tau else "τ") for match in TAU.finditer(text)]
    for match in LAYERED.finditer(text):  # of a name that is misspelled too, whose power would be no one's
        unknown = match[1] not in {*vocabulary.bases, *vocabulary.own} and match[3] in vocabulary.layers
        own = match[1] == "delta" and not {*match[3]} & {*LETTERS, *"tTSτ"}  # δ^o is not δ
        new += [(match.start(2), match.end(), match[3])] if unknown or own or match[1] + match[3] in vocabulary.bases else []
    if new:
        places = places[: len(text)]
    for start, end, instead in sorted(new, reverse=True):
        text = text[:start] + instead + text[end:]
        places[start:end] = [places[start]] * len(instead)
    return text, places
