"""Index notation as it is spelled, ``W_{ij}``, ``h_{t,i}``, ``δ_j^{(t)}``: which letters of a line count the elements of what."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from autograd_rnn.formulas.writing.vocabulary import Vocabulary

AT = "at"  # h[t][at(i)] is an element of h[t]
LETTERS = "ijklmnpqr"
STEP = re.compile(r"[tTS]|[a-zτTS]\s*[+-]\s*\d+|\d+")
WORD = re.compile(r"[^\W\d]\w*|_\w+")
BELOW = re.compile(r"_(?:\{([^{}]*)\}|\(([^()]*)\)|(\w+))")
BESIDE = re.compile(r"\^\s*(?:\{\s*\(?([^{}()]*)\)?\s*\}|\(([^()]*)\)|([a-zT])(?!\w))|\[([^\[\]]*)\]|\(([^()]*)\)")
APART = re.compile(r"\s*[_,]\s*|(?<=\w)\s+(?=\w)")
BEHIND = re.compile(rf"[)\]]_(?:\{{\s*)?([{LETTERS}])\s*,?\s*([{LETTERS}])?(?!\w)")  # of a bracket: (W h)_i
DELTA = re.compile(rf"(?<![^\W_])delta_\{{?([{LETTERS}])\s*,?\s*([{LETTERS}])(?!\w)")
VARIED = re.compile(r"^delta\s*(?=([^\W\d_][^\W_]*))")  # δa_i
MOVED = re.compile(rf"[\[{{(,=]\s*([{LETTERS}])\s*[+-]\s*\d+\s*[\]}}),]")
RUN = rf"(?:Σ|Π|[Ss]um|[Pp]rod)\s*_?\s*[{{(]\s*([{LETTERS}])\s*"
OVER_TIME = re.compile(RUN + r"(?:(?:=|∈)[^{}()]*[})]\s*\^\s*\{?\s*[tTS]|(?:<|>)=?\s*t)")


def hung(text: str, at: int, letters: Collection[str]) -> tuple[int, list[str]]:
    """Where what hangs on a name ends that begins here, and its parts: what stands below it, steps and indices above or beside it."""
    parts: list[str] = []
    word = WORD.match(text, at)
    end = word.end() - (word[0][-1] == "_") if word else at
    while end < len(text):
        if match := BELOW.match(text, end):
            inner = next(part for part in match.groups() if part is not None)
        elif match := BESIDE.match(text, end):
            inner = next(part for part in match.groups() if part is not None)
            power = text[end] == "^" and "(" not in match[0] and inner.strip().isdigit()
            found = [part.strip() for part in APART.split(inner)]
            if power or not all(STEP.fullmatch(part) or part and {*part} <= {*letters, "t"} and text[end] != "(" for part in found):
                break
        else:
            break
        parts += [part.strip().replace(" ", "") for part in APART.split(inner.strip()) if part.strip()]
        end = match.end()
    return end, parts


class Parted(NamedTuple):
    """A name's parts: those that are the name itself, its step if one stands among them, and the indices of an element."""

    kept: list[str]
    step: str | None
    indices: tuple[str, ...]


def parted(base: str, parts: Sequence[str], letters: Collection[str], words: Vocabulary) -> Parted | None:
    """What the parts of a name are; None where they are not these. A name of the model with parts in it goes first: ``a_i``, a gate's."""
    own = next((k for k in range(len(parts), 0, -1) if words.exactly("_".join([base, *parts[:k]]))), 0)  # W_i_t is none of a W
    base, first, parts = "_".join([base, *parts[:own]]), parts[:own], parts[own:]
    steps = [part for part in parts if STEP.fullmatch(part)]
    plain = [part for part in parts if part not in steps]
    spelled = ("_".join([base, *plain[:k]]) for k in range(len(plain), 0, -1))
    count = next((len(plain) - k for k, name in enumerate(spelled) if words.find(name) or name in {*words.accents, *words.other}), 0)
    steps += [part for part in plain[count:] if part in {*LETTERS} - {*letters}]
    kept, found = [*first, *plain[:count]], []  # type: list[str], list[str]
    for part in (part for part in plain[count:] if part not in steps):
        inner = part
        if part[0] in "tTS" and len(part) > 1:
            inner, steps = part[1:], [*steps, part[0]]
        elif part[-1] in "tTS" and len(part) > 1:
            inner, steps = part[:-1], [*steps, part[-1]]
        if not inner or not {*inner} <= {*letters}:
            return None
        found += inner
    return Parted(kept, steps[0] if steps else None, tuple(found)) if len(steps) < 2 else None


def stepping(text: str) -> set[str]:
    """The letters of a line that are moved, or summed to a step."""
    return {found[1] for found in (*MOVED.finditer(text), *OVER_TIME.finditer(text))}


def elements(text: str, words: Vocabulary) -> frozenset[str]:
    """The letters that count elements in a line: they stand on a parameter, beside a step, or behind a bracket. One that is moved, as in
    ``h_{k-1}``, or summed to a step, is a step."""
    steps = stepping(text)
    free = [letter for letter in LETTERS if letter not in steps]
    counted: set[str] = set()
    for match in (*BEHIND.finditer(text), *DELTA.finditer(text)):
        counted |= {letter for letter in match.groups() if letter}
    for match in re.finditer(rf"(?<!\w)(?:{WORD.pattern})", text):
        base, *rest = VARIED.sub("", match[0].strip("_").removeprefix("grad_")).split("_")
        _, below = hung(text, match.start(), free)
        parts = [part for part in (*rest, *below) if part]
        if not parts or not (found := parted(base, parts, free, words)):
            continue
        name = words.find("_".join([base, *found.kept]))
        if name is not None and words.timed[name] is False:
            counted |= {*found.indices} if len(found.indices) == len(words.dims.get(name, ())) else set()
        elif found.step and not (base == "delta" and words.exactly(f"a_{''.join(found.indices)}")):  # δ_{i,t} of a gate is none
            counted |= {*found.indices}
    for match in re.finditer(rf"(?:Σ|[Ss]um)\s*_\s*\{{?\s*([{LETTERS}])(?!\w)", text) if counted else ():
        alone = len(re.findall(rf"(?<![^\W_]){match[1]}(?![^\W_])", text)) == 1  # a sum over what stands nowhere else: of no steps either
        counted |= {match[1]} if alone and not any(match[1] in found for found in re.findall(r"_\{?(\w+)", text[match.end() :])) else set()
    return frozenset(counted - steps)


def above_a_name(text: str, at: int) -> str:
    """The sentence for letters that stand above a name and are nothing there; empty for anything else."""
    found = re.compile(r"\^\s*(\{\s*\(?\s*[^\W\d_]\w*\s*\)?\s*\}|[^\W\d_](?![\w\[]))").match(text, at)
    said = "is neither a step of this line nor the name of a part of the net, and no power: what belongs to a name stands below it"
    return f"`^{found[1]}` {said}, as in `W_hh`" if found else ""
