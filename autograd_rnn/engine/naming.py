"""Printed names that know their parts."""

from __future__ import annotations

import functools
import re
from typing import Any

from autograd_rnn.visible import shown, visible

LONGEST = 60  # characters of a name
# Characters without a shape, by which two names would look the same: fillers, soft hyphens, spaces of no width, tags
SHAPELESS = "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u206f\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
JOINING = r"[\s\u200c\u200d\ufe00-\ufe0f]*"  # what has a shape only beside others


class Name(str):
    """A printed name that knows its parts, so that nothing has to cut it up again: ``a2_i`` is the letter ``a`` in layer 2, below it ``i``.

    >>> name = Name("a", "2", "i")
    >>> name, name.letter, name.tag, name.sub
    ('a2_i', 'a', '2', 'i')
    """

    letter: str  # the letter, or a word: `lambda`, `xn`
    tag: str  # layer and direction, printed as a superscript
    sub: str  # what stands below, without a time
    matrix: bool  # whether a matrix is called so, whose square is printed otherwise than its elements'
    number = False  # whether a number is called so at every step, which scales what it multiplies

    def __new__(cls, letter: str, tag: str = "", sub: str = "", matrix: bool = False) -> Name:
        name = super().__new__(cls, f"{letter}{tag}_{sub}" if sub else f"{letter}{tag}")
        name.letter, name.tag, name.sub, name.matrix = letter, tag, sub, matrix
        return name

    def of(self, dimensions: int) -> Name:
        """The name as that of an array of so many dimensions."""
        return self if self.matrix == (dimensions == 2) else Name(self.letter, self.tag, self.sub, dimensions == 2)

    def __getnewargs__(self) -> tuple[str, str, str, bool]:  # type: ignore[override]  # for copies and pickles
        return self.letter, self.tag, self.sub, self.matrix


class OfNumber(Name):
    """The name of a number."""

    number = True


def checked_name(text: Any, what: str = "a name") -> str:
    """The text, if it can be a name wherever names are printed, drawn and saved: some characters, on one line, all of them to be seen.

    >>> checked_name("a\\nb")
    Traceback (most recent call last):
    ValueError: a name holds characters that cannot be seen, 'a\\nb': leave them out
    """
    if not isinstance(text, str):
        raise TypeError(f"{what} is a string, not {shown(text)}")
    if not text or len(text) > LONGEST or not text.isascii() and re.fullmatch(JOINING, text) or text.isspace():
        held = f"{text[:20]!r}... of {len(text):,} characters" if len(text) > LONGEST else ascii(text)[:20]
        raise ValueError(f"{what} has 1 to {LONGEST} characters, which {held} has not: choose another")
    if not (text.isascii() and text.isprintable()):
        seen = re.sub(f"[{SHAPELESS}]", lambda found: ascii(found[0])[1:-1], visible(text))
        if seen != text:
            raise ValueError(f"{what} holds characters that cannot be seen, '{seen}': leave them out")
    return text


def name_of(text: str) -> Name:
    """A name as it is, or a plain text as one: its base, up to the first ``_``, is the letter.

    >>> [(name.letter, name.sub) for name in map(name_of, ("W_hh", "lambda", "_own", "a_i_2"))]
    [('W', 'hh'), ('lambda', ''), ('_own', ''), ('a', 'i_2')]
    """
    return text if isinstance(text, Name) else _parted(text)


@functools.lru_cache(1024)  # a net asks for the few names of its parts at every run
def _parted(text: str) -> Name:
    base, _, sub = text.partition("_")
    return Name(base, "", sub) if base and sub else Name(text)


def full_name(label: str, tag: str, step: int | None) -> Name:
    """``h`` in layer 2 at t=3 is ``h2_3``; the gate pre-activation ``a_i`` is ``a2_i_3``: the superscript follows the letter."""
    name = name_of(label)
    if not tag and step is None:
        return name
    below = name.sub if step is None else f"{name.sub}_{step}" if name.sub else str(step)
    return Name(name.letter, name.tag + tag, below, name.matrix)
