"""Text made safe to show: nothing that somebody else wrote moves a cursor, rings a bell or turns a line around."""

from __future__ import annotations

import re
from typing import Any

# C0 and C1 controls, marks that change the direction of writing, line and paragraph separators, byte order marks, half characters
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
UNSEEN_BUT_LINES = re.compile(UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def visible(text: Any, lines: bool = False) -> str:
    r"""The text with every character that would act instead of being seen written as an escape; ``lines`` keeps line breaks and tabs.

    >>> visible("a\x1b[2J.npz"), visible("two\nlines", lines=True) == "two\nlines"
    ('a\\x1b[2J.npz', True)
    """
    text = str(text)
    if text.isprintable():
        return text
    return (UNSEEN_BUT_LINES if lines else UNSEEN).sub(lambda found: ascii(found[0])[1:-1], text)
