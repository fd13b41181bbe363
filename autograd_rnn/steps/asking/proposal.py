"""A line that the learner proposes, held against the derivation: of the general t, or of the very net that is walked through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd_rnn.formulas import expr as e
from autograd_rnn.formulas.checking.parse import parse
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.derive import Axis, summed
from autograd_rnn.formulas.printing import show
from autograd_rnn.steps.step import Step

if TYPE_CHECKING:
    from autograd_rnn.formulas.derivation import Derivation
    from autograd_rnn.steps.subject import Subject

TIMES = re.compile(r"\[\s*(\d+)\s*\]")


def judged(subject: Subject, step: Step, text: str) -> Verdict:
    """The verdict. A text with plain numbers as times is about this net's own length, truncated if the walk is."""
    if subject.reason:
        raise ValueError(f"check holds a line against a net's equations: {subject.reason}")
    if not isinstance(text, str):
        raise TypeError(f"check takes a line of text, 'da_2 = dh_2 * (1 - h_2**2)', not {type(text).__name__}")
    derivation = subject.derivation
    line = spelled(text, set(derivation.letters))
    if line.strip() and "=" not in line.replace("==", ""):
        line = f"{step.after.ascii.split(' = ')[0].split(' += ')[0]} = {line}"
    times = [int(found) for found in TIMES.findall(line)]
    if not times and subject.truncate is None and step.level == "recursion":
        return derivation.check(line)
    own = derivation.at(subject.steps if len(subject.steps) > 1 else subject.steps[0], subject.truncate)
    verdict = own.check(line)
    if verdict.kind != "not equal" or subject.truncate is not None:
        return verdict
    # Away from the ends, and for a sum over all steps, the diagnosis looks at a longer net, where no term is zero by chance.
    inner = line if times and all(1 < t < min(own.last.values()) for t in times) else rolled(own, line)
    general = derivation.check(inner) if inner else verdict
    return general if general.kind == "not equal" else verdict


def rolled(own: Derivation, line: str) -> str:
    """A sum written out, one term a step, as ``Sum(..., t)``; nothing where it is none."""
    try:
        (equation,) = parse(line, own)
        right = summed(equation.right, {name: Axis(own.last[letter], letter) for name, letter in own.letters.items()})
    except (ValueError, StopIteration, KeyError):
        return ""
    whole = isinstance(right, e.Sum) and equation.left.time is None and str(right.first) == "1" and right.last.offset == 0
    return show(e.Equation(equation.left, right), "ascii") if whole else ""


def spelled(text: str, names: set[str]) -> str:
    """``da_2`` and ``da_i,2`` as the language of formulas has them: ``da[2]``, ``da_i[2]``.

    >>> from autograd_rnn.steps.asking.proposal import spelled
    >>> spelled("da_i,2 = dc_2 * g_2 + W_hi.T @ h_t", {"a_i", "c", "g", "h"})
    'da_i[2] = dc[2] * g[2] + W_hi.T @ h[t]'
    """

    def change(found: re.Match[str]) -> str:
        name = found[1]
        return f"{name}[{found[2].strip('{}')}]" if name in names or name[:1] == "d" and name[1:] in names else found[0]

    return re.sub(r"\b([A-Za-z]\w*?)[_,](\d+|[tTS]\b|\{[tTS]?[+-]?\d*\})(?!\w)", change, text)
