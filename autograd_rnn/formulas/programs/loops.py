"""Which lines of a program stand in its loop, and what comes from the step after into lines without one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from autograd_rnn.formulas.programs.program import AGAIN, LOOP, ONTO, ZERO
from autograd_rnn.formulas.writing.lines import MOST

ONE_LINE = re.compile(r"(?m)^([ \t]*)(for\s+\w+\s+in\s+(?=.*(?:range|reversed|::\s*-1))(?:[^:\[\]\n]|\[[^\]\n]*\])*:)[ \t]*(\S.*)$")
HANDED = re.compile(r"dnext_?([^\W_]\w*)|d(\w+?)_?next")
SET = re.compile(r"([^\W\d]\w*)\s*=(?!=)\s*(.+)$")


def opened(text: str) -> str:
    """A text with the body of a loop that stands behind its colon on lines of its own.

    >>> opened("for t in range(T): a = b; c = d").split("\\n")
    ['for t in range(T):', '    a = b', '    c = d']
    """

    def body(found: re.Match[str]) -> str:
        return "\n".join([found[1] + found[2], *(f"{found[1]}    {part.strip()}" for part in found[3].split(";") if part.strip())])

    return ONE_LINE.sub(body, text)


def used(name: str, text: str) -> bool:
    """Whether a text has a name, and not one of its elements alone."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w\[])", text) is not None


def handed_on(text: str, known: Callable[[str], object]) -> str:
    r"""A text with the adjoint of the step for what comes from the one after and is added to, ``dc_next += ...``, from there on, and with
    ``=`` for the first ``+=`` to what is handed back, where the loop sets it to zero. ``known``: whether the model has some adjoint.

    >>> handed_on("dnext_c = dnext_c + dh * o\ndi = dnext_c * g\ndnext_c = dnext_c * f", {"dc": True}.get).splitlines()
    ['dc = dc_next + dh * o', 'di = dc * g', 'dnext_c = dc * f']
    """
    lines = text.split("\n")
    if len(lines) > MOST:
        return text
    added = {k: found for k, line in enumerate(lines) if (found := ONTO.match(line.strip()) or AGAIN.match(line)) and found[2] in "+-"}
    for k, found in added.items():
        name, sign, right = found.groups()
        match = HANDED.fullmatch(name)
        base = f"d{match[1] or match[2]}" if match else ""
        before = [j for j in range(k) if (made := SET.match(lines[j].strip())) and made[1] == name]
        inner = [j for j in before if indent(lines[j]) == indent(lines[k]) and ZERO.match(lines[j])]
        if not base or not known(base):
            continue
        if inner and not any(used(name, line) for line in lines[inner[-1] + 1 : k]) and k and indent(lines[k]):
            lines[inner[-1]], lines[k] = "", f"{' ' * indent(lines[k])}{name} = {'-' * (sign == '-')}({right})"
        elif not any(ZERO.match(lines[j]) is None for j in before) and not any(used(base, line.partition("=")[0]) for line in lines):
            lines[k] = f"{' ' * indent(lines[k])}{base} = {base}_next {sign} " + (right if ONTO.match(found[0].strip()) else f"({right})")
            for j in range(k + 1, len(lines)):
                made = SET.match(lines[j].strip())
                anew = made is not None and made[1] == name
                left, equals, rest = lines[j].partition("=") if anew else ("", "", lines[j])
                lines[j] = left + equals + re.sub(rf"(?<![\w.]){name}(?![\w\[])", base, rest)
                if anew:
                    break
    return "\n".join(lines)


def within(text: str) -> set[int]:
    """The numbers of the lines that stand in a loop: those that are indented, or all behind it where none is."""
    lines, found = text.expandtabs(4).split("\n"), set()  # type: list[str], set[int]
    for k, line in enumerate(lines):
        if LOOP.match(line):
            deep = [j for j in range(k + 1, len(lines)) if lines[j].strip()]
            body = [*itertools.takewhile(lambda j: indent(lines[j]) > indent(line), deep)]
            found |= {j + 1 for j in body or deep}
    return found


def indent(line: str) -> int:
    """How deep a line stands."""
    return len(line) - len(line.lstrip())
