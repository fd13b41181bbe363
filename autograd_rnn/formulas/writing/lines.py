"""The outside of the formula language: one text cut into lines. What makes a parser slow or deep is refused before it reads it."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import NamedTuple

from autograd_rnn.algebra import expr as e

LONGEST, WIDEST, MOST, DEEPEST = 100_000, 4_000, 200, 40  # characters of formulas in all and in a line, lines, brackets in each other
END = re.compile(r"(?:[\s,;]|(?<!\.)\.(?!\.))+$")  # what ends a line, a full stop too: three are dots that stand for more


class Unreadable(ValueError):
    """The text is not in the formula language; the message says why and marks where. ``rest``: the equation without the words around it
    that are not read, if it is these."""

    rest = ""


class IllTyped(ValueError):
    """The text can be read but its shapes do not fit; the message says which. ``turned``: the equation with its right side transposed,
    where that would fit; ``line``: in which."""

    turned: e.Equation | None = None
    line: Line | None = None


class Misplaced(IllTyped):
    """A quantity is said to be of another shape than it is, which is wrong in itself."""


class Line(NamedTuple):
    """One equation of the text: its number, the text, for which t it is said to hold, and its two sides as syntax."""

    number: int
    text: str
    apart: frozenset[e.Time]  # the steps of which it says nothing: the first for ``1 < t``
    lefts: list[ast.expr]
    right: ast.expr
    notes: tuple[str, ...] = ()
    distinct: bool = False  # of a derivative: said where its two steps differ
    counted: bool = False  # in index notation
    tied: bool = False  # with a comparison that holds of equal numbers, too
    over: tuple[str, ...] = ()  # the indices of its left side there
    more: int = 0  # with ``+=``, what its left side is in part: of how many lines it is made
    turned: bool = False  # its left side is transposed, and so is the right one here
    claimed: bool = False  # that it is of some steps, or of all, is said
    whole: tuple[int, int] | None = None  # of whole arrays, a row for each step: from which one, and how many before the last

    @property
    def fault(self) -> str:
        """The sentence that names it among others."""
        return f"line {self.number} is the first at fault: `{self.text[:100]}`"


def marked(sentence: str, text: str, column: int) -> str:
    """The sentence with the text below it and a ^ under one place."""
    first = max(0, column - 60)
    shown = text[first : first + 120]
    return f"{sentence}\n    {shown}\n    {' ' * min(column - first, len(shown))}^"


MATRIX = re.compile(r"\\begin\{[bp]?matrix\}((?:[^&\\]|\\(?!begin|end)[^&])*?)\\end\{[bp]?matrix\}")  # of one column
LETTERS = 400
WORD = re.compile(rf"\w{{{LETTERS + 1}}}|[\u0300-\u036f\u20d0-\u20ff]{{4}}")
GAP = re.compile(r"[^\S\n]{101,}")
FURTHER = re.compile(r"\s*(?:[-+*/@⊙∘·×−]|=(?!=)|\\(?:odot|circ|cdot|times)(?![A-Za-z]))")
UNENDED = re.compile(r"(?:[=+⊙∘·×−@]|(?<=\s)[-*/]|\\(?:odot|circ|cdot|times))\s*$")  # what needs a value behind it
BLANK = re.compile(
    r"(?m)\\begin\{\w+\*?\}(?:\{\w*\})?|\\end\{\w+\*?\}|\\(?:quad|qquad|nonumber|notag|label\{[^}]{0,200}\})(?![A-Za-z])|\$+|\\[\[\]()]|&"
)

BREAK = re.compile(r"\\\\\*?(?:\[-?[\d.]+\s*[a-z]{2}\])?(?=([ \t]*\n)|\s|$)")  # \\[2pt], where no line ends by itself

LABEL = re.compile(  # - **Output layer**: ds_t = ..., in Markdown
    r"(?m)^([ \t]*(?:[-+]\s+|\*\s+|\d+[.)]\s+)?)(\*{1,3}|__?)(?=[^*_\n]*[^\W\d_]{3})"
    r"([^\W\d_](?:[^*_=\n`$]|(?<=\w)_(?=\w)){0,80}?)(:?)\2(:?)(?=\s|$)"
)
LEADING = re.compile(
    r"(?m)^[ \t]*(?:=>|[→⇒∴◦▸►‣]|\\(?:Rightarrow|implies|therefore)(?![A-Za-z])|\[\d{1,2}\](?=\s)|>>>|In\s*\[\d*\]:|ad \(\w\):?)"
    r"(?=[^=\n]+=)"
)
BULLETS = re.compile(r"(?m)^([ \t]*)[*+–—](?=[ \t]+[^\s=]+\s*=)")
RULE = re.compile(r"(?m)^[ \t]*(?:-{3,}|={3,}|\*{3,}|_{3,})[ \t]*$")
DONE = re.compile(r"(?m)[✓✔✅☑∎■□]\ufe0f?(?=[ \t]*$)")  # at the end of what is shown
TAG = re.compile(r"</?(?:p|b|strong|em|i|li|ul|ol|div|code|pre|h[1-6])>|<br\s*/?>", re.IGNORECASE)  # what is struck out stays


def unlabelled(text: str) -> str:
    """A text without the signs that set a line or its first words in Markdown, HTML or at a prompt, and without those that lead to a line.
    Every character keeps its place.

    >>> unlabelled("1. **Output**: ds_t = p_t - y_t"), unlabelled("> a = b"), unlabelled("*a = b"), unlabelled("⇒ a = b")
    ('1. Output:     ds_t = p_t - y_t', '  a = b', '*a = b', '  a = b')
    """

    def blank(found: re.Match[str]) -> str:
        return " " * len(found[0])

    lines = [line.lstrip() for line in text.split("\n") if "=" in line.strip(" =\t")]
    text = DONE.sub(blank, RULE.sub(blank, LEADING.sub(blank, text)))
    text = TAG.sub(blank, text) if "</" in text or "<br" in text else text
    if lines and all(line[:2] == "> " for line in lines):
        text = re.sub(r"(?m)^([ \t]*)>", r"\1 ", text)
    if lines and len({line[0] for line in lines}) == 1 and len(BULLETS.findall(text)) == len(lines) > (lines[0][0] in "–—"):
        text = BULLETS.sub(r"\1 ", text)
    if len(lines) == 1 and re.fullmatch(r"\s*(?:\"[^\"]*\"|'[^']*')\s*", text):
        text = re.sub("[\"']", " ", text)
    return LABEL.sub(lambda m: f"{m[1]}{m[3]}{m[4] or m[5]}".ljust(len(m[0])), text)


def bare(text: str) -> str:
    r"""A text without what sets LaTeX in lines: environments, alignment, dollars. Every character keeps its place.

    >>> bare("\\begin{align*}\na &= b \\\\\n&\\quad + c\n\\end{align*}").split()
    ['a', '=', 'b', '+', 'c']
    """
    if "\\" not in text and "$" not in text:
        return text
    text = MATRIX.sub(lambda found: "[" + re.sub(r"\\\\", ";", found[1]).replace("\n", " ").strip(" ;") + "]", text)
    text = BREAK.sub(lambda found: " " * len(found[0]) if found[1] is not None else "\n".ljust(len(found[0])), text)
    return BLANK.sub(lambda found: " " * len(found[0]), text)


def counted(text: str) -> None:
    """Raises Unreadable where a text has too many lines to be looked at, empty ones and comments too, of few characters in all."""
    if (many := text.count("\n")) > 10 * MOST and len("".join(text.split())) <= LONGEST:
        raise Unreadable(f"the text has {many + 1} lines: at most {10 * MOST} are looked at, empty ones and comments too")


def bounded(text: str, longest: int = WIDEST) -> str:
    """A text that is not too long to be looked at, its longest gaps closed and its lines ended alike; raises Unreadable where there is too
    much of it."""
    counted(text)
    text = "\n".join(text.splitlines())
    most = max(LONGEST, 5 * longest)
    if len(text) > most and (total := sum(len(line.strip()) for line in text.splitlines())) > most:
        raise Unreadable(f"the text has {total} characters of formulas: at most {most} are read")
    worded(text)
    return GAP.sub(" " * 100, text)


def worded(text: str) -> None:
    """Raises Unreadable where a word is too long to be a name, or has accents on accents."""
    if found := WORD.search(text):
        what = "a letter has at most 3 accents" if len(found[0]) == 4 else f"a name or a number has at most {LETTERS} characters"
        raise Unreadable(f"{what}: `{found[0][:20]}...`")


def cut(text: str, longest: int = WIDEST) -> list[tuple[int, str]]:
    """The text's lines with their numbers; lines within open brackets, and those that begin with an operator, joined.
    ``longest``: what a line may have, where more is printed than people write.

    >>> from autograd_rnn.formulas.writing.lines import cut
    >>> cut("a = (1 +\\n  2)\\n\\nb = 3")
    [(1, 'a = (1 +   2)'), (4, 'b = 3')]
    """
    lines: list[tuple[int, str]] = []
    open_brackets: list[tuple[str, int]] = []
    for number, raw in enumerate(text.expandtabs(4).splitlines(), 1):
        line = raw.rstrip()
        further = bool(lines) and (FURTHER.match(line) or UNENDED.search(lines[-1][1][-20:])) is not None  # as long equations are printed
        goes_on = bool(open_brackets) or further
        start = len(lines[-1][1]) + 1 if goes_on else 0
        joined = f"{lines[-1][1]} {line}" if goes_on else line
        if goes_on and len(joined) > longest:
            raise Unreadable(f"a line has {len(joined)} characters: at most {longest} are read")
        for column in range(start, len(joined)):
            _bracket(joined, column, open_brackets)
        if start:
            lines[-1] = (lines[-1][0], joined)
        elif line.strip():
            lines.append((number, line.strip() if not open_brackets else line.lstrip()))
            shift = len(line) - len(line.lstrip())
            open_brackets = [(bracket, column - shift) for bracket, column in open_brackets]
    if open_brackets:
        bracket, column = open_brackets[-1]
        raise Unreadable(marked(f"`{bracket}` is never closed", lines[-1][1], column))
    if not lines:
        raise Unreadable("there is no formula in the text")
    if len(lines) > MOST:
        raise Unreadable(f"the text has {len(lines)} lines: at most {MOST} are read")
    for _, line in lines:
        if len(line) > longest:
            raise Unreadable(f"a line has {len(line)} characters: at most {longest} are read")
    return lines


def _bracket(line: str, column: int, open_brackets: list[tuple[str, int]]) -> None:
    """Follows the brackets and refuses characters that mean nothing here."""
    character = line[column]
    if (not character.isprintable() or character.isspace()) and character not in " \u00a0\u2009\u2061\u2062":
        named = unicodedata.name(character, "an unprintable one").lower()
        raise Unreadable(marked(f"the character {character!r} ({named}) has no meaning in a formula", line, column))
    if column and line[column - 1] == "\\":  # a brace of a set, a command of spacing
        return
    if character in "([{":
        open_brackets.append((character, column))
        if len(open_brackets) > DEEPEST:
            raise Unreadable(f"brackets stand {len(open_brackets)} deep: at most {DEEPEST} are read")
    elif character in ")]}":
        if not open_brackets or open_brackets[-1][0] + character not in ("()", "[]", "{}"):
            raise Unreadable(marked(f"`{character}` closes nothing that is open", line, column))
        open_brackets.pop()
