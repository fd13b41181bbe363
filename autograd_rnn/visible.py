"""Text made safe to show: nothing that somebody else wrote moves a cursor, rings a bell or turns a line around."""

from __future__ import annotations

import functools
import re
from typing import Any

C0, C0_BUT_LINES = "\x00-\x1f", "\x00-\x08\x0b-\x1f"
# More controls, marks that change the direction of writing, line and paragraph separators, byte order marks, half characters
OTHERS = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff"


@functools.cache  # not as the package is imported: it takes a while
def unseen(lines: bool = False) -> re.Pattern[str]:
    """What acts instead of being seen; ``lines``: but for line breaks and tabs."""
    return re.compile(f"[{C0_BUT_LINES if lines else C0}{OTHERS}]")


def visible(text: Any, lines: bool = False) -> str:
    r"""The text with every character that would act instead of being seen written as an escape; ``lines`` keeps line breaks and tabs.

    >>> visible("a\x1b[2J.npz"), visible("two\nlines", lines=True) == "two\nlines"
    ('a\\x1b[2J.npz', True)
    """
    try:
        text = str(text)
    except Exception:  # too many digits, or words that do not work
        text = some(text)
    if text.isprintable():
        return text
    return unseen(lines).sub(lambda found: ascii(found[0])[1:-1], text)


def shown(value: Any, room: int = 80) -> str:
    """What somebody handed over, as a sentence quotes it: on one line, all of it to be seen, and short.

    >>> shown("a\\nb"), shown([1.0] * 100, 20), shown(10**5000)
    ("'a\\\\nb'", '[1.0, 1.0, 1.0, 1...', 'an int')
    """
    try:
        text = visible(" ".join(repr(value).split()))
    except Exception:
        return some(value)
    return text if len(text) <= room else f"{text[: room - 3]}..."


def class_of(value: Any) -> str:
    """The name of its class, as a sentence has it.

    >>> class_of(3), class_of([])
    ('int', 'list')
    """
    return visible(type(value).__name__)[:60]


def some(value: Any) -> str:
    """What cannot be written out."""
    name = class_of(value)
    return f"a{'n' * name.startswith(tuple('aeiou'))} {name}"
