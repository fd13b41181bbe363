"""The outside of the formula language: one text cut into lines, every line read into Python's syntax tree, nothing ever evaluated.

What could make Python's own parser slow or deep is refused before it sees the text.
"""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
import warnings
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

LONGEST, WIDEST, MOST, DEEPEST = 20_000, 4_000, 200, 40  # characters in all and in a line, lines, parentheses within each other
PLAIN = re.compile(r"[A-Za-z0-9_\[\]().,;:@*/+\-=<>#\s]")
WHERE = re.compile(r"(?:\s+\(|[\s,;]+(?:for|if|where|when)\s+\(?)\s*(1\s*<=?)?\s*t\s*(<=?\s*[TS])?\s*\)?\s*$")
HINTS = {
    "^": "`^` is no power here: write `**`",
    "'": "a quote has no meaning in a formula (a transpose is `.T`)",
    '"': "a quote has no meaning in a formula",
    "ᵀ": "write `.T` to transpose",
    "⊙": "write `*` for the elementwise product",
    "·": "write `*` or `@`",
    "−": "write `-` for minus",
    "Σ": "write `Sum(..., t)`",
    "∑": "write `Sum(..., t)`",
    "σ": "write `sigmoid(...)`",
    "²": "write `**2`",
    "³": "write `**3`",
    "𝟏": "write `ones(3)` for a vector of ones",
}


class Unreadable(ValueError):
    """The text is not in the formula language; the message says why and marks where."""


class IllTyped(ValueError):
    """The text can be read but its shapes do not fit; the message says which. ``turned``: the equation with its right side transposed,
    where that would fit."""

    turned: Any = None


class Line(NamedTuple):
    """One equation of the text: its number, the text, for which t it is said to hold, and its two sides as syntax."""

    number: int
    text: str
    after: int  # holds from this step on: 1, or 2 for ``1 < t``
    before: int  # and up to this many steps before the last one
    lefts: list[ast.expr]
    right: ast.expr


def marked(sentence: str, text: str, column: int) -> str:
    """The sentence with the text below it and a ^ under one place."""
    first = max(0, column - 60)
    shown = text[first : first + 120]
    return f"{sentence}\n    {shown}\n    {' ' * min(column - first, len(shown))}^"


def cut(text: str, letters: Collection[str] = "") -> list[tuple[int, str]]:
    """The text's lines with their numbers, comments off; lines within open brackets, and those that begin with an operator, joined.
    ``letters``: what may stand in it besides the plain ones.

    >>> from autograd_rnn.formulas.checking.lines import cut
    >>> cut("a = (1 +  # one\\n  2)\\n\\nb = 3")
    [(1, 'a = (1 +   2)'), (4, 'b = 3')]
    """
    if len(text) > LONGEST:
        raise Unreadable(f"the text has {len(text)} characters: at most {LONGEST} are read")
    lines: list[tuple[int, str]] = []
    open_brackets: list[tuple[str, int]] = []
    for number, raw in enumerate(text.expandtabs(4).splitlines(), 1):
        line = raw.partition("#")[0].rstrip()
        goes_on = bool(open_brackets) or bool(lines) and line.lstrip()[:1] in tuple("+-*/@")  # as long equations are printed
        start = len(lines[-1][1]) + 1 if goes_on else 0
        joined = f"{lines[-1][1]} {line}" if goes_on else line
        for column in range(start, len(joined)):
            _bracket(joined, column, open_brackets, letters)
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
        if len(line) > WIDEST:
            raise Unreadable(f"a line has {len(line)} characters: at most {WIDEST} are read")
    return lines


def _bracket(line: str, column: int, open_brackets: list[tuple[str, int]], letters: Collection[str]) -> None:
    """Follows the brackets and refuses characters that mean nothing here."""
    character = line[column]
    if character not in letters and not PLAIN.match(character) or (character.isspace() and character != " "):
        named = unicodedata.name(character, "an unprintable one")
        other = "" if character.isascii() else f" ({named.lower()})"
        raise Unreadable(marked(HINTS.get(character, f"the character {character!r}{other} has no meaning in a formula"), line, column))
    if character in "([":
        open_brackets.append((character, column))
        if len(open_brackets) > DEEPEST:
            raise Unreadable(f"brackets stand {len(open_brackets)} deep: at most {DEEPEST} are read")
    elif character in ")]":
        if not open_brackets or open_brackets[-1][0] + character not in ("()", "[]"):
            raise Unreadable(marked(f"`{character}` closes nothing that is open", line, column))
        open_brackets.pop()


def standins(names: Collection[str]) -> dict[str, str]:
    """Names in the model that Python does not read as such: ``lambda[t]``, ``if[t]``, the gate i of a forward chain f, or one that it would
    spell otherwise. Each is read under another, as long, that no other name is."""
    awkward = sorted(name for name in names if keyword.iskeyword(name) or unicodedata.normalize("NFKC", name) != name)
    free = (letter for k in range(0x430, 0x2000) if (letter := chr(k)).isalpha() and not any(letter in name for name in names))
    return {name: letter * len(name) for name, letter in zip(awkward, free, strict=False)}


def _tree(line: str, instead: Mapping[str, str]) -> ast.Module:
    """Python's syntax tree of one line. ``instead``: what stands for a name that Python does not read."""
    words = {letters: name for name, letters in instead.items()}
    inside, plain = 0, []
    for character in line:  # [a; b] stacks columns, as the printed equations do
        inside += (character in "[(") - (character in "])")
        plain.append("," if character == ";" and inside else character)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            named = re.sub(r"\w+", lambda m: instead.get(m[0], m[0]), "".join(plain))
            tree = ast.parse(named)
    except SyntaxError as error:
        column = max(0, (error.offset or 1) - 1)
        found = line[column : column + 1]
        raise Unreadable(marked(f"`{found}` cannot stand here" if found.strip() else "something is missing here", line, column)) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise Unreadable("the formula is nested too deeply or has a number that is too large") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = words.get(node.id, node.id)
    return tree


def lines_of(text: str, names: Collection[str] = ()) -> list[Line]:
    """Every equation of a text as syntax. ``names``: the model's."""
    instead, letters = standins(names), {letter for name in names for letter in name}
    found = []
    for number, line in cut(text, letters):
        where = WHERE.search(line)
        after, before = (1, 0)
        body = line
        if where and (where[1] or where[2]):
            body = line[: where.start()]
            after = 2 if where[1] and "=" not in where[1] else 1
            before = 1 if where[2] and "=" not in where[2] else 0
        tree = _tree(body, instead)
        if len(tree.body) != 1:
            raise Unreadable(f"one equation a line: {_short(line)}")
        statement = tree.body[0]
        if isinstance(statement, ast.Expr):
            raise Unreadable(f"there is no left side and no `=`: write `dW_hh = {_short(body, 40)}`")
        if not isinstance(statement, ast.Assign):
            raise Unreadable(f"only equations `left = right` are read, no {_kind(statement)}: {_short(line)}")
        if len(statement.targets) != 1:
            raise Unreadable(f"one `=` a line: {_short(line)}")
        target = statement.targets[0]
        lefts = target.elts if isinstance(target, ast.Tuple) else [target]
        found.append(Line(number, line, after, before, list(lefts), statement.value))
    return found


def _short(line: str, most: int = 80) -> str:
    """A line's text, cut where it is long."""
    return line if len(line) <= most else line[: most - 3] + "..."


def _kind(node: ast.AST) -> str:
    """What a piece of syntax is called."""
    return {"Import": "import", "ImportFrom": "import", "AugAssign": "`+=`", "AnnAssign": "annotation"}.get(
        type(node).__name__, type(node).__name__.lower()
    )
