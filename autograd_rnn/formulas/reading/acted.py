"""What a text says of activations: which one a letter is, ``φ = tanh``, and what one's derivative is, ``φ'(x) = 1 - φ(x)²``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd_rnn.formulas.writing.notation import FUNCTIONS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

LETTER = r"\\?(?:var)?(?:phi|psi|theta|sigma)|[fghσφϕψθ]"
ACT = r"\\?(?P<act>tanh|sigmoid|relu|ReLU|logistic|sigma|σ)"
LINK = r"(?:and|where|with|for|let|since|as|because|here|mit|wobei|da|avec|où|car)\s+"
OF = r"(?:the\s+|die\s+|la\s+)?(?:derivative|slope|ableitung|dérivée)\s+(?:of|von|de)\s+(?:the\s+)?"
ACTIVATION = r"the\s+activation(?:\s+function)?\s+"
# where a phrase begins, which no factor and no side of an equation does
LEAD = rf"(?:^[ \t]*|[,;:.]\s*|(?<!\S)(?=\(|{LINK}|{OF}|{ACTIVATION}))(?P<open>\()?(?:{LINK}){{0,3}}"
TAIL = r"(?(open)\))(?=\s*(?:[.,;]|$|and\b))"
MEANT = re.compile(  # "where φ is the logistic function", "f(x) := tanh(x)"
    rf"{LEAD}(?:{ACTIVATION})?\$?(?P<name>{LETTER})\s*(?:\(\s*(?P<of>[a-z·.]|\\cdot)\s*\)\s*)?"
    rf"(?::?=|≡|\\equiv|(?:is|denotes|ist|est)\s(?:\s*the)?)\s*\$?{ACT}(?![^\W_]|\s*[_^'′])\s*(?(of)(?:\(\s*(?P=of)\s*\)|)|(?!\())(?:\s+(?:function|activation))?\$?{TAIL}",
    re.MULTILINE,
)
SLOPE = re.compile(  # "since tanh'(x) = 1 - tanh²(x)", "the derivative of σ is σ(1 - σ)"
    rf"{LEAD}\$?(?P<words>{OF})?{ACT}"
    r"(?(words)|\s*(?:['′’]|\^\s*\{?\s*\\prime\s*\}?))\s*(?:(?:\\left)?\(\s*(?P<of>[^()=]+?)\s*(?:\\right)?\))?\s*"
    rf"(?:=|(?:is|ist|est|being)\s)(?P<is>[^,;\n]*?[^=,;.\s$])\$?{TAIL}",
    re.MULTILINE | re.IGNORECASE,
)
STEP = re.compile(r"\[t\]|_t\b|_?\{\s*t\s*\}|\^\{?\(t\)\}?")
BARE = re.compile(
    r"(\\?(?:tanh|sigmoid|relu|sigma|σ)(?:\s*(?:\^\s*\{?2\}?|²|\*\*\s*2))?)(?![^\W_]|\s*[{_^²*'′]|\s*\(\s*-?[\w\[\]{}^]+\s*\))"
)
OPEN = re.compile(r"(?:[=⊙*+\-·@∘(&]|\\odot)\s*(?:\\\\)?\s*$")  # a line that goes on in the next one


def joined(*notes: Mapping[int, str]) -> dict[int, str]:
    """Sentences on lines by their numbers, those on one as one.

    >>> joined({1: "a is b"}, {1: "c is d", 2: "e is f"})
    {1: 'a is b; c is d', 2: 'e is f'}
    """
    return {number: "; ".join(said[number] for said in notes if said.get(number)) for number in {k for said in notes for k in said}}


def acted(text: str, notes: Mapping[int, str], vocabulary: Vocabulary) -> tuple[str, dict[int, str]]:
    """A text with the activation for a letter that it says is one, and what it says of a derivative as a line on what goes into it here;
    and of each line the sentences on it, the one that says so too."""
    for m in {m["name"]: m for m in reversed([*MEANT.finditer(text)])}.values():  # of each letter the first thing that is said
        if not vocabulary.letter(m["name"].strip("\\")):
            text = re.sub(rf"(?<![^\W_\\]){re.escape(m['name'])}(?![^\W_]|\s*_)", m["act"], text.replace(m[0], "", 1))
    rows = text.split("\n")
    for k, row in enumerate(rows):
        goes_on = k and OPEN.search(rows[k - 1])
        for m in [*SLOPE.finditer(row)]:
            if not (goes_on and not row[: m.start()].strip()) and (line := told(m, vocabulary)):
                row = f"{row.replace(m[0], ' ', 1).strip()} ; {line}".lstrip(" .,;")
                notes = joined(notes, {k + 1: f"`{m['act']}'` is read as `{line.partition(' =')[0]}`"})
        rows[k] = row
    return "\n".join(rows), joined(notes)


def told(found: re.Match[str], vocabulary: Vocabulary) -> str:
    """The line on what goes into an activation here that a derivative of it by any letter is; nothing where there is none."""
    into = [name for name, own in vocabulary.slopes.items() if own == FUNCTIONS[found["act"].lower()] and name in vocabulary.made]
    letter = re.search(r"\(\s*([a-z])\s*\)", found["is"])
    of, right = found["of"] or (letter[1] if letter else ""), found["is"]
    name = vocabulary.find(re.sub(STEP, "", of)) or ""
    if len(of) < 2 and into:
        name = of if of in into else into[0]
        right = re.sub(rf"(?<![^\W_\\]){of}(?![^\W_])", f"{name}[t]", right) if of else right
    called = re.sub(BARE, rf"\1({name}[t])", right)
    return f"∂{vocabulary.made[name]}[t]/∂{name}[t] = {called}" if name in into else ""
