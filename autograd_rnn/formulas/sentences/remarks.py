"""What stands beside an equation and is not read: comments, and words around it. What changes the equation is no remark."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_rnn.formulas.sentences.harmless import unread
from autograd_rnn.formulas.writing.lines import MOST, Unreadable, marked

COMMENT = re.compile(r"(?<!\\)#.*|/\*.*?\*/")  # as languages have them
MAYBE = re.compile(r"(?<!\\)%.*|//.*")  # what divides in programs, too
DASHES = re.compile(r"(?:^|(?<=\s))--+\s+([A-Za-z][\w\s,.;:'’-]*)$")  # two signs, where one value alone follows
OPERAND = re.compile(r"[-+\s]*(?:[\d(\[{\\∂]|[^\W\d_]+(?:[\[_^(]|\s*[-+*/@]\s*\S|\.T\b)|([^\W\d]\w*)\s*$)")
NUMBER = re.compile(r"\s*(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|half)\s*$", re.IGNORECASE)
WORDS = re.compile(r"(?<![\\\w])[^\W\d_]{2,}[\s,]+[^\W\d_]{2,}(?![\w\[(])")
NEAR = r"(?:for|at|if|when|where|while|in|on|after|before|until|from|once|the\s+(?:first|last)|für|bei|wenn|im|am|pour|si)"
LIMITED = (rf"(?:only|just|nur|seulement)\s+{NEAR}|(?:steps?|end|start|beginning|times?|[tTS]|\d)\s+(?:only|alone)|exclusively|except\w*|"
           rf"exclud\w+|unless|apart\s+from|but\s+(?:not|for)|never|(?:not|nicht)\s+(?:{NEAR}|true|valid|the\s+case)|nowhere|"
           r"außer|ausser|sauf|hors")  # fmt: skip
LIMIT = re.compile(rf"(?<![\w\\-])(?:{LIMITED})(?![\w-])(?! only\b)", re.IGNORECASE)

WITHDRAWN = re.compile(
    r"\b(?:wrong|false|incorrect|not\s+(?:right|correct|true)|mistake|falsch|nicht\s+richtig|stimmt\s+nicht|faux|fausse)\b", re.IGNORECASE
)
NOT_READ = "what a comment says of an equation is not read"
WRONG = f"a comment calls this wrong: the verdict is on the line as it stands, and {NOT_READ}"


def uncommented(text: str, known: Callable[[str], object] = ().__contains__) -> tuple[str, list[str]]:
    r"""A text without its comments, every other character in its place; and the comments that are not known to leave an equation as it is.
    What divides in a program is no comment: whether it does is told by what follows it, words or a value; ``known``: whether the model has
    a quantity of some name.

    >>> uncommented("a = b  // so\nc = d  % and\n/* so */ e = f")
    ('a = b  \nc = d  \n         e = f', [])
    >>> uncommented("a = b  # twice")
    ('a = b  ', ['what a comment says of an equation is not read: `twice`'])
    >>> uncommented("a = b // 2")
    Traceback (most recent call last):
        ...
    autograd_rnn.formulas.writing.lines.Unreadable: `//` is no operation of formulas: divide by `/`, comment behind `#`
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
        words = (comment[2:-2] if comment[:2] == "/*" else comment).strip(" #%/-")
        if len(notes) < MOST and unread(words, before if "=" in before else ""):
            notes.append(f"{WRONG if WITHDRAWN.search(words) else NOT_READ}: `{words}`")
        return " " * len(comment) if comment[:2] == "/*" else ""

    def without(line: str) -> str:
        line = COMMENT.sub(lambda found: dropped(found[0], line[: found.start()]), line)
        if (dashes := DASHES.search(line)) and worded(dashes[1]):
            refused(unread(dashes[1], line[: dashes.start()]), line, dashes.start(1))
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


def refused(word: str, line: str, start: int = 0, rest: str = "") -> None:
    """Refuses a line with a word beside its equation, ``rest``, that is not known to leave it as it is."""
    if word:
        sentence = f"what `{word}` says of the equation is not read: write it with signs, or as a comment behind `#`"
        error = Unreadable(marked(sentence, line, line.find(word, start)))
        error.rest = rest.strip()
        raise error
