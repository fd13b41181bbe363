"""What stands beside an equation and is not read: comments, and words around it. What changes the equation is no remark."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_rnn.formulas.checking.lines import Unreadable, marked
from autograd_rnn.formulas.checking.spans import condition

COMMENT = re.compile(r"(?<!\\)#.*|/\*.*?\*/")  # as languages have them
MAYBE = re.compile(r"(?<!\\)%.*|//.*")  # what divides in programs, too
DASHES = re.compile(r"(?:^|(?<=\s))--+\s+([A-Za-z][\w\s,.;:'’-]*)$")  # two signs, where one value alone follows
OPERAND = re.compile(r"[-+\s]*(?:[\d(\[{\\∂]|[^\W\d_]+(?:[\[_^(]|\s*[-+*/@]\s*\S|\.T\b)|([^\W\d]\w*)\s*$)")
NUMBER = re.compile(r"\s*(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|half)\s*$", re.IGNORECASE)
WORDS = re.compile(r"(?<![\\\w])[^\W\d_]{2,}[\s,]+[^\W\d_]{2,}(?![\w\[(])")
RECKONED = (r"(?<!all )(?<!at )times|twice|thrice|half|halved|doubled?|plus|minus|divided|multiplied|squared|negated|negative of|"
            r"negative gradient|transposed?|inverted|reversed|wrong|false|untrue|incorrect|unequal|falsch|doppelt|faux")  # fmt: skip
TURNED = r"(?:negative|opposite|inverse)(?=\s*:|\s+is\b)"
NEAR = r"(?:for|at|if|when|where|while|in|on|after|before|until|from|once|the\s+(?:first|last)|für|bei|wenn|im|am|pour|si)"
LIMITED = (rf"(?:only|just|nur|seulement)\s+{NEAR}|(?:steps?|end|start|beginning|times?|[tTS]|\d)\s+(?:only|alone)|exclusively|except\w*|"
           rf"exclud\w+|unless|apart\s+from|but\s+(?:not|for)|never|(?:not|nicht)\s+(?:{NEAR}|true|valid|the\s+case)|nowhere|"
           r"außer|ausser|sauf|hors")  # fmt: skip
BEFORE, BEHIND, LIMIT = (  # of a line, in brackets, and anywhere on its right side
    re.compile(rf"(?<![\w\\-])(?:{words})(?![\w-])(?! only\b)", re.IGNORECASE)
    for words in (f"{RECKONED}|{LIMITED}|not|neither|cannot|nicht|nie|jamais|{TURNED}", f"{RECKONED}|{LIMITED}|without|ohne|sans", LIMITED)
)


def uncommented(text: str, known: Callable[[str], object] = ().__contains__) -> tuple[str, list[str]]:
    r"""A text without its comments; every other character keeps its place in its line; and the sentences that say of which words nothing
    was read. What divides in a program is no comment: whether it does is told by what follows it, words or a value; ``known``: whether the
    model has a quantity of some name.

    >>> uncommented("a = b  // so\nc = d  % and\n/* so */ e = f")
    ('a = b  \nc = d  \n         e = f', [])
    >>> uncommented("a = b  # twice")
    ('a = b  ', ['what a comment says of an equation is not read: `twice`'])
    >>> uncommented("a = b // 2")
    Traceback (most recent call last):
        ...
    autograd_rnn.formulas.checking.lines.Unreadable: `//` is no operation of formulas: divide by `/`, comment behind `#`
        a = b//2
             ^
    """
    notes: list[str] = []

    def worded(behind: str) -> bool:
        operand = OPERAND.match(behind)
        word = operand and operand[1] or ""
        names = known(word) or known(word.rpartition("_")[0])  # da1_t
        return not NUMBER.match(behind) and (not operand or len(word) > 1 and not names or WORDS.search(behind) is not None)

    def dropped(comment: str, before: str) -> str:
        said = comment.strip(" #%/*-")
        words = before.strip() and (BEHIND.search(comment) or "=" in before and condition(said))
        notes.extend([f"what a comment says of an equation is not read: `{said}`"] * bool(words))
        return " " * len(comment) if comment[:2] == "/*" else ""

    def without(line: str) -> str:
        line = COMMENT.sub(lambda found: dropped(found[0], line[: found.start()]), line)
        if (dashes := DASHES.search(line)) and worded(dashes[1]):
            refused(BEHIND.search(line, dashes.start(1)) if line[: dashes.start()].strip() else None, line)
            line = line[: dashes.start()]
        for found in MAYBE.finditer(line):
            if not line[: found.start()].strip() or worded(found[0].lstrip("%/")):
                return line[: found.start()] + dropped(found[0], line[: found.start()])
            mark, shown = found[0][: 1 + (found[0][0] == "/")], line.replace(" // ", "//")  # spaced, it later on stands between neighbours
            raise Unreadable(marked(f"`{mark}` is no operation of formulas: divide by `/`, comment behind `#`", shown, shown.index(mark)))
        return line

    if not any(sign in text for sign in ("#", "/*", "%", "//", "--")):
        return text, notes
    return "\n".join(map(without, text.split("\n"))), notes


HEADS = re.compile(r"(?:squared|transposed|reversed) (?:error|loss|norm|weight|matri|time|order|sweep|pass|loop)", re.IGNORECASE)


def refused(word: re.Match[str] | None, line: str) -> None:
    """Refuses a line whose words around its equation change what it says; "transposed weights" are a name."""
    while word and HEADS.match(word.string, word.start()):
        word = word.re.search(word.string, word.end())
    if word:
        sentence = f"what `{word[0]}` says of the equation is not read: write it with signs, or as a comment behind `#`"
        raise Unreadable(marked(sentence, line, word.start()))
