"""What the place of a line in a program's loop says: which steps come first, what every step clears, what stands behind the loop."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from autograd_rnn.formulas.checking.lines import MOST, Unreadable
from autograd_rnn.formulas.checking.program import AGAIN, LOOP, ONTO, STEPLESS, ZERO, short

BACKWARDS = re.compile(r"reversed|,\s*-\s*1\s*[,)]|::\s*-1")
ONE_LINE = re.compile(r"(?m)^([ \t]*)(for\s+\w+\s+in\s+(?=.*(?:range|reversed|::\s*-1))(?:[^:\[\]\n]|\[[^\]\n]*\])*:)[ \t]*(\S.*)$")
WORD = re.compile(r"[^\W\d]\w*")
HANDED = re.compile(r"dnext_?([^\W_]\w*)|d(\w+?)_?next")
ENDS = re.compile(r"(?:return|yield|break)\b")
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


def in_order(text: str, collects: Callable[[str], bool] = lambda name: False, adjoint: Callable[[str], bool] = "dh".__eq__) -> None:
    """Refuses a program whose lines are right and whose loop is not; without a body that is indented all that follows is its body.
    ``collects``: whether the model has a name that is one for all steps; ``adjoint``: whether it is one of its adjoints, which come from
    the step after, where states come from the one before.

    >>> in_order("for t in range(T):\\n    dh = V.T @ ds[t] + dh_next\\n    dh_next = W.T @ dh")
    Traceback (most recent call last):
        ...
    autograd_rnn.formulas.checking.lines.Unreadable: `dh_next` comes from the step after, and the loop has not been there: \
write `for t in reversed(range(T)):`
    """
    rows = [(len(line) - len(line.lstrip()), line.strip()) for line in text.expandtabs(4).splitlines() if line.strip()]
    bodies: list[dict[str, str]] = []  # of each loop: what its lines make, and of what
    for k, (deep, loop) in enumerate(rows):
        if not LOOP.match(loop):
            continue
        body = [line for _, line in itertools.takewhile(lambda row: row[0] > deep, rows[k + 1 :])]
        if not body:  # its indentation was lost
            body = [*itertools.takewhile(lambda line: not LOOP.match(line), (line for _, line in rows[k + 1 :]))]
        behind = itertools.takewhile(lambda line: not LOOP.match(line), (line for _, line in rows[k + 1 + len(body) :]))
        before = [line for at, line in itertools.takewhile(lambda row: not LOOP.match(row[1]), rows[:k][::-1]) if at <= deep]
        sets = [(found[1], found[2]) if (found := SET.match(line)) and not ZERO.match(line) else ("", line) for line in body]
        rights = [right for _, right in sets]
        onto = {j for j, line in enumerate(body) if ONTO.match(line)}  # which collects
        bodies.append({name: right for name, right in sets if name} | {"": "\n".join(rights)})
        for one, other in ((one, other) for one in bodies for other in bodies if bodies[-1] in (one, other)):
            if lost := next((x for x in other if x and x not in one and not collects(x) and used(x, one[""])), ""):
                raise Unreadable(
                    f"`{lost}` is made by another loop, of which a step of this one has no more than its last: `{lost}[t] = ...`"
                )
        carried = {name for j, (name, _) in enumerate(sets) if name and any(used(name, x) for x in rights[: j + (j not in onto)])}
        carried = {name for name in carried if not any(name == other for other, _ in sets[: first(rights, name)])}
        later = min(carried) if carried and any(map(adjoint, WORD.findall("\n".join(body)))) else None
        if later and "range" in loop and ("sorted" in loop or len(BACKWARDS.findall(loop)) % 2 == 0):
            raise Unreadable(f"`{later}` comes from the step after, and the loop has not been there: write `for t in reversed(range(T)):`")
        added = [(j, found[1]) for j, line in enumerate(body) if (found := ONTO.match(line) or AGAIN.match(line)) and found[2] == "+"]
        anew = {name for name, right in sets if name and not used(name, right)}
        steps = {name for _, name in added if adjoint(name) and not collects(name) and not STEPLESS.fullmatch(name)}
        grown = next((name for j, name in added if name not in anew and (name in steps or any(used(name, x) for x in rights[:j]))), None)
        if grown:
            raise Unreadable(f"`{grown}` is added to at every step of the loop and keeps what all of them gave: write `{grown} = ...`")
        zeros = {name.strip() for line in body if (zero := ZERO.match(line)) for name in re.split(r"[,=]", zero[1])}
        zeros = {name for name in zeros if name in carried or collects(name) or STEPLESS.fullmatch(name)}
        if zeros and not any(re.match(r"(?:el)?if\b", line) for line in body):
            raise Unreadable(f"`{min(zeros)}` is set to zero at every step of the loop: that stands before it")
        made, step = {name for name, _ in sets if name}, WORD.findall(loop)[1]
        if step != "t" and (line := next((x for x in body if re.search(r"\[\s*t\b", x)), "")) and not any(f"[{step}" in x for x in body):
            raise Unreadable(f"the loop counts `{step}`, and its lines are of the step `t`: {short(line)}")
        if rows[k + 1 : k + 2] and rows[k + 1][0] > deep and (early := next((x for x in body if ENDS.match(x)), "")):
            raise Unreadable(f"this stands in the loop, which ends there at its first step: {short(early)}")
        for line in before:
            found = SET.match(line)
            if found and not ZERO.match(line) and (re.search(rf"\[\s*{step}\b", found[2]) or any(used(name, found[2]) for name in made)):
                raise Unreadable(f"this stands before the loop, which has not been there: {short(line)}")
        for line in behind:
            if (zero := ZERO.match(line)) and {zero[1].strip()} & {*made, *(name for _, name in added)}:
                raise Unreadable(f"this comes behind the loop and takes away what it has found: {short(line)}")
            found = SET.match(line)
            if found and any(used(found[1], right) for right in rights) and any(used(name, found[2]) for name in made):
                raise Unreadable(f"behind the loop this comes too late for its steps, which use `{found[1]}`: {short(line)}")
            found = ONTO.match(line) or AGAIN.match(line)
            collecting = found and found[2] == "+" and (collects(found[1]) or STEPLESS.fullmatch(found[1]))
            if found and collecting and any(used(name, found[3]) for name, _ in sets if name):
                raise Unreadable(f"behind the loop its last step alone is left: what collects from all stands in it: {short(line)}")


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
            else:
                if any(map(LOOP.match, lines)):
                    raise Unreadable(f"`{name}` is added to and never set to what goes back into the step before: write `{name} = ...`")
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


def first(rights: list[str], name: str) -> int:
    """The first line that uses a name."""
    return next(k for k, right in enumerate(rights) if used(name, right))
