"""What stands beside an equation and is not read: comments, and words in brackets behind it. What changes the equation is no remark."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_rnn.formulas.checking.lines import Unreadable, marked

COMMENT = re.compile(r"(?<!\\)#.*|/\*.*?\*/")  # as languages have them
MAYBE = re.compile(r"(?<!\\)%.*|//.*")  # what divides in programs, too
DASHES = re.compile(r"(?:^|(?<=\s))--+\s+([A-Za-z][\w\s,.;:'’-]*)$")  # two signs, where one value alone follows
OPERAND = re.compile(r"[-+\s]*(?:[\d(\[{\\∂]|[^\W\d_]+(?:[\[_^(]|\s*[-+*/@]\s*\S|\.T\b)|([^\W\d]\w*)\s*$)")
NUMBERS = re.compile(r"\s*(?:one|two|three|four|five|six|seven|eight|nine|ten|zero)\s*$", re.IGNORECASE)
WORDS = re.compile(r"(?<![\\\w])[^\W\d_]{2,}[\s,]+[^\W\d_]{2,}(?![\w\[(])")
RECKONED = (r"(?<!all )(?<!at )times|twice|thrice|half|halved|doubled?|plus|minus|divided|multiplied|squared|negated|negative of|"
            r"negative gradient|transposed?|inverted|reversed|wrong|false|untrue|incorrect|unequal|falsch|doppelt|faux")  # fmt: skip
NEAR = r"for|at|if|when|where|while|in|on|after|before|until|from|once|the\s+(?:first|last)|für|bei|wenn|im|am|pour|si"
LIMITED = (rf"(?:only|just|nur|seulement)\s+(?:{NEAR})|(?:steps?|end|start|beginning|times?|[tTS]|\d)\s+(?:only|alone)|exclusively|except\w*|"
           rf"exclud\w+|unless|apart\s+from|but\s+(?:not|for)|never|not\s+(?:{NEAR}|true|valid|the\s+case)|nowhere|außer|ausser|sauf|hors")
BEFORE, AFTER, BEHIND = (
    re.compile(rf"(?<![\w\\-])(?:{words})(?![\w-])(?! only\b)", re.IGNORECASE)
    for words in (f"{RECKONED}|{LIMITED}|not|neither|cannot|nicht|nie|jamais", f"{RECKONED}|{LIMITED}|without|ohne|sans", LIMITED)
)


def uncommented(text: str, known: Callable[[str], object] = ().__contains__) -> str:
    r"""A text without its comments; every other character keeps its place in its line. What divides in a program is no comment: whether it
    does is told by what follows it, words or a value; ``known``: whether the model has a quantity of some name.

    >>> uncommented("a = b  // so\nc = d  % and\n/* so */ e = f")
    'a = b  \nc = d  \n         e = f'
    >>> uncommented("a = b // 2")
    Traceback (most recent call last):
        ...
    autograd_rnn.formulas.checking.lines.Unreadable: `//` is no operation of formulas: divide by `/`, comment behind `#`
        a = b//2
             ^
    """

    def worded(behind: str) -> bool:
        operand = OPERAND.match(behind) or NUMBERS.match(behind)
        word = operand and operand.lastindex and operand[1] or ""
        names = known(word) or known(word.rpartition("_")[0])  # da1_t
        return not operand or len(word) > 1 and not names or WORDS.search(behind) is not None

    def without(line: str) -> str:
        if (dashes := DASHES.search(line)) and worded(dashes[1]):
            line = line[: dashes.start()]
        for found in MAYBE.finditer(line):
            if not line[: found.start()].strip() or worded(found[0].lstrip("%/")):
                return line[: found.start()]
            mark, shown = found[0][: 1 + (found[0][0] == "/")], line.replace(" // ", "//")  # spaced, it later on stands between neighbours
            raise Unreadable(marked(f"`{mark}` is no operation of formulas: divide by `/`, comment behind `#`", shown, shown.index(mark)))
        return line

    text = COMMENT.sub(lambda found: " " * len(found[0]) if found[0][:2] == "/*" else "", text)
    return "\n".join(map(without, text.split("\n"))) if any(sign in text for sign in ("%", "//", "--")) else text


def refused(word: re.Match[str] | None, line: str) -> None:
    """Refuses a line whose words around its equation change what it says."""
    if word:
        sentence = f"what `{word[0]}` says of the equation is not read: write it with signs, or as a comment behind `#`"
        raise Unreadable(marked(sentence, line, word.start()))
