"""What stands in the lines below a symbolic answer: ordinary prose, or what limits, continues or withdraws the answer."""

from __future__ import annotations

import re

from autograd_rnn.formulas.checking.asides import EQUATES
from autograd_rnn.formulas.checking.lines import FURTHER
from autograd_rnn.formulas.checking.remarks import LIMIT, RECKONED
from autograd_rnn.formulas.checking.remarks import WORDS as PAIR

SIGN = re.compile(r"(?:&\s*)*(?:[-+*@^.]|/(?!/)|≈|≃|\\(?:approx|simeq)(?![A-Za-z])|=(?!=))")
HEAD = re.compile(  # marks of lists, comments and quotations, numbers, and commands of LaTeX that set words
    r"(?:#+|//|>|[-*+•–—]\s|%+\s*(?=[^\W\d_]{2})|\(?(?:\d+(?:\.\d+)*|[a-g]|[ivx]+)[.):](?:\s+|$)|\\(?:item|text\w*|mathrm|mbox|emph|"
    r"(?:sub)*section\*?|paragraph|noindent|document\w+|usepackage)(?![a-z])(?:\[[^\]]*\])?[\s{]*|[\s\"'`*_])+",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"[\s(\[{,;:–—-]*(?:(?:and|but|or|also|then|it|this|that|which|und|oder|aber|mais|et)\s+)*(?:(?:is|are)\s+)?(?:"
    r"iff?|for|when(?:ever)?|where|while|with(?:out)?|only|just|merely|solely|except\w*|exclud\w+|unless|but|not|never|nor|neither|at|under|"
    r"in\s+case|(?:as|so)\s+long\s+as|provided|providing|assuming|suppose|given|until|till|before|after|from|once|up\s+to|valid|holds?|"
    r"applies|true|otherwise|else|wenn|falls|sofern|für|nur|bloß|nicht|nie|kein\w*|außer|ausser|ohne|mit|bei|gilt|bis|ab|sonst|"
    r"si|pour|quand|lorsque|seulement|sauf|hors|sans|avec|pas|jamais|sinon|valable|jusqu\w*|(?:no|nein|non)(?=\W*$|,))(?![\w-])",
    re.IGNORECASE,
)
DEFINES = re.compile(r"[\s(,]*(?:and\s+)?(?:where|with|wobei|mit|où|avec)\b", re.IGNORECASE)
WITHDRAWN = re.compile(
    r"~~|[✗✘❌]|\\[xb]?(?:cancel|sout)|\b(?:wrong\w*|false|untrue|incorrect\w*|invalid|cancel\w*|nope|struck|strike|strikethrough|crossed|"
    r"scratch\w*|retract\w*|withdr[ae]w\w*|deleted?|discard\w*|disregard|mistaken?|erroneous|(?:ignore|forget|skip|remove)\s+(?:this|that|it|"
    r"the)|falsch\w*|ungültig|gestrichen|faux|fausse|annul\w+)\b",
    re.IGNORECASE,
)
NUMBER = r"(?:\d|[TSHD]\b|one|two|three|four|five|six|seven|eight|nine|ten|half|zwei|drei|deux|trois)"
AMOUNT = re.compile(
    rf"(?:\W*\w+\s+)?\W*(?:{RECKONED})(?!\w)|[\d/TSHD\s]+\btimes\b|.*\b(?:times|minus|plus|by|over|mal)\s+{NUMBER}", re.IGNORECASE
)
BARRED = re.compile(r"\W*(?:not|never|no|only|except|unless|nicht|nie|nur|außer|sauf|pas|jamais)\b", re.IGNORECASE)
COMPARED = re.compile(r"[(\[\s]*(?:[a-zTS]|\d+)\s*(?:==?|[<>≤≥≠∈]|!=|\\(?:leq?|geq?|neq?|in|lt|gt)\b)")
STEPS = re.compile(  # a condition on the step that leaves steps out
    r"(?<![\w\\{])[tT]\s*(?:==?|[<>≤≥≠∈]|!=|\\(?:leq?|geq?|neq?|in|lt|gt)\b)"
    r"(?!\s*1\s*(?:,\s*2\s*)?(?:,\s*)?(?:\.\.+|…|\\[lc]?dots|:|to|until|through|bis|à)\s*,?\s*T)(?<!1 ≤ t ≤)(?<!1 <= t <=)"
)
NAMED = re.compile(r"(?:h|c|a|s|p|y|x|tanh|sigmoid|relu|exp|log|sum|diag|outer|dot|ones|zeros?|transposed?|mean|squared?)", re.IGNORECASE)
SHORT, FAR = 6, 200  # words that still belong to an answer with an empty line between, lines that are looked at


def unmarked(row: str) -> str:
    """A line without the marks of a list, a comment or a heading before its words."""
    return row[found.end() :] if (found := HEAD.match(row)) and found.end() < len(row) else row


def strict(row: str) -> bool:
    """Whether some words of a line withdraw what is said or limit it, wherever they stand."""
    return any(words.search(row) for words in (WITHDRAWN, LIMIT, STEPS))


def ordinary(row: str) -> bool:
    """Whether a line is prose, a heading, a label or a rule that says nothing of the equation above it.

    >>> [ordinary(row) for row in ("because the loss is summed", "## Biases", "- and so on", "(by the chain rule)", "b)", "---")]
    [True, True, True, True, True, True]
    >>> [ordinary(row) for row in ("only at the end", "wrong", "# wrong", "(t < T)", "% 2", "h_t", "- h_t", "2", "times two", "- not")]
    [False, False, False, False, False, False, False, False, False, False]
    """
    if re.fullmatch(r"[-=_*#`.\s]{2,}|\(?(?:\d+(?:\.\d+)*|[a-g]|[ivx]+)[.):]", row):
        return True
    text = unmarked(row).strip(" `*_\"'}")
    if text[:1] == "(" and text.rstrip(".")[-1] == ")":
        text = text.rstrip(".")[1:-1].strip()
    limited = any(words.match(text) for words in (CONDITION, AMOUNT, COMPARED)) or strict(row)
    first = re.match(r"[^\W\d_]+(?:['’-][^\W\d_]+)*[,:;.!?]*(?=\s|$)", text)
    if limited or not text or not first and (row != text or not re.match(r"[^\W\d]\w*(?:[\[{^][^\s(]*)?\s", text)):
        return False
    words = [word for word in re.findall(r"(?<![\w\\])[^\W\d_]{2,}(?![\w\[({^])", text) if not NAMED.fullmatch(word)]
    if PAIR.search(text):
        return True
    if re.match(r"[-+*]\s", row):  # one name behind a sign
        return False
    return bool(first and words and (len(words) > 1 or first.end() == len(text)))


def own(row: str) -> bool:
    """Whether a line has an equation of its own, and no condition on steps alone."""
    text = unmarked(row)
    equates = EQUATES.search(re.sub(r"[<>!=]=", "  ", text))
    if equates is None or SIGN.match(text) or CONDITION.match(text) or COMPARED.match(text):
        return False
    return not any(found.start() < equates.end() for words in (WITHDRAWN, LIMIT, STEPS) if (found := words.search(text)))


def below(rows: list[tuple[int, str]], at: int) -> list[tuple[int, str]]:
    """Of the numbered lines below an answer that ends with ``rows[at]``, those that may be part of it: up to the next equation."""
    found, last = [], rows[at][0]
    apart = False  # behind an empty line or prose, where long lines are prose that goes on
    for k in range(at + 1, min(at + FAR, len(rows))):
        number, row = rows[k]
        if own(row):
            break
        apart, last = apart or number > last + 1, number
        text = unmarked(row)
        begins = row[0] in "([" or any(words.match(text) for words in (CONDITION, AMOUNT, COMPARED))
        begins = begins or bool(SIGN.match(row) or FURTHER.match(row))
        introduces = row.endswith(":") and k + 1 < len(rows) and own(rows[k + 1][1])
        if ordinary(row):
            apart = apart or row[-1] not in ".!:;)"
        elif not introduces and (strict(row) or not apart or begins and len(row.split()) <= SHORT):
            found.append((number, text if re.match(r"#|//|>|%+\s*[^\W\d_]{2}", row) else row))
    return found


def above(rows: list[tuple[int, str]], at: int) -> list[tuple[int, str]]:
    """The numbered line above the answer ``rows[at]`` that limits or withdraws it: one that ends with a colon or in the middle.

    >>> above([(1, "For t < T:"), (2, "a = b")], 1), above([(1, "The gate:"), (2, "a = b")], 1)
    ([(1, 'for t < T')], [])
    """
    number, row = rows[at - 1] if at else (0, "")
    ends = re.search(r"(?::|[-+*·×=]|\\(?:cdot|times))\s*$", row)
    if not ends or own(row[: ends.start()]) or EQUATES.search(row[: ends.start()]) and not strict(row):
        return []
    said = ends[0].strip() == ":"
    text = row[:1].lower() + row[1 : ends.start()].strip() if said else row
    counts = strict(row) or (AMOUNT.match(text) or BARRED.match(text) if said else not re.fullmatch(r"[-=*#_+.\s]{2,}", row))
    return [(number, text)] if counts else []
