"""Mistakes written by hand in programs of other styles: ``python -m tests.planted.apart [--seed N]`` prints what is said of each."""

from __future__ import annotations

import argparse
import collections
import re
from pathlib import Path
from typing import Any, NamedTuple

from tests.planted.running import Grading
from tests.planted.strangers.later import LATER
from tests.planted.strangers.mistakes import ALONE, PAIRS

STRANGERS = Path(__file__).parent / "strangers"
STYLES = Path(__file__).parent / "styles"
ASSIGNMENTS = {"loops": "cs231n-rnn", "notebook": "dlai-rnn", "character": "min-char-rnn", "gru": STYLES / "gru.toml"}
ASSIGNMENTS |= dict.fromkeys(("book", "messy", "whole"), "cs231n-rnn")


class Said(NamedTuple):
    """What came of one program: ``first`` (named by the first sentence), ``third`` (in the first three), ``wrong`` (a sentence that names
    another mistake), ``unrecognised``, ``other`` (a verdict that says it: a convention, a shape), ``passed``."""

    came: str
    diagnosis: Any
    verdict: str


def source_of(style):
    folder = STRANGERS if (STRANGERS / f"{style}.py").exists() else STYLES
    return (folder / f"{style}.py").read_text(encoding="utf-8")


def changed(style, function, edits):
    """A right program with texts in one function put for others."""
    source = source_of(style)
    start = source.index(f"def {function}(")
    end = source.find("\ndef ", start)
    body = source[start : end if end > 0 else None]
    for old, new in edits:
        assert old in body, (style, function, old)
        body = body.replace(old, new)
    return source[:start] + body + (source[end:] if end > 0 else "")


def said(grading, style, function, edits, names):
    """A program graded. ``names``: patterns, all of which its sentences have to say."""
    word, _, diagnosis = grading.tried(changed(style, function, edits), function)
    if word == "correct":
        return Said("passed", None, word)
    if word != "wrong":
        return Said("other", None, word)
    names = (names,) if isinstance(names, str) else names
    if diagnosis is None:
        return Said("unrecognised", None, word)
    for came, sentences in (("first", [diagnosis.sentence]), ("third", [diagnosis.sentence, *diagnosis.also[:2]])):
        if all(any(re.search(name, sentence) for sentence in sentences) for name in names):
            return Said(came, diagnosis, word)
    return Said("wrong", diagnosis, word)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", action="store_true", help="what is said of each, not only of those that are not named first")
    given = parser.parse_args(arguments)
    gradings = {style: Grading(name, given.seed) for style, name in ASSIGNMENTS.items()}
    for title, mistakes in (("alone", ALONE), ("later", LATER), ("pairs", PAIRS)):
        came = collections.Counter()
        for style, function, edits, names in mistakes:
            one = said(gradings[style], style, function, edits, names)
            came[one.came] += 1
            if given.every or one.came not in ("first", "other"):
                print(f"{one.came:12} {style} {function} " + " & ".join(f"{old!r} -> {new!r}" for old, new in edits))
                d = one.diagnosis
                print("             says: " + (" // ".join([d.sentence, *d.also, d.where]) if d else one.verdict))
        print(f"{title}: {sum(came.values())}, {dict(came)}")


if __name__ == "__main__":
    main()
