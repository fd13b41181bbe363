"""A line that the learner proposes, held against the derivation: of the general t, or of the very net that is walked through."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.checking.voice import spoken
from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.reading.parse import parse
from autograd_rnn.formulas.reading.syntax import typed
from autograd_rnn.formulas.rolling import summed
from autograd_rnn.formulas.system import Axis, System
from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable
from autograd_rnn.steps.step import Step
from autograd_rnn.visible import class_of

if TYPE_CHECKING:
    from autograd_rnn.formulas.derivation import Derivation
    from autograd_rnn.steps.subject import Subject


TIMES = re.compile(r"\[\s*(\d+)\s*\]")
STANDS = re.compile(r"`(\w+\[[^]`]*\])` stands where")


def judged(subject: Subject, step: Step, text: str) -> Verdict:
    """`_judged` in the notation of the text."""
    verdict = _shifted(subject, step, text)
    return spoken(subject.derivation, text, verdict)


def _shifted(subject: Subject, step: Step, text: str) -> Verdict:
    """`_judged`, with a run's own steps for those of the equations, which count from 1."""
    ahead = subject.unrolling.ahead if not subject.reason else 0
    if not ahead or not isinstance(text, str):
        return _judged(subject, step, text)
    parameters, line = subject.derivation.parameters, spelled(text, subject.derivation)
    first, last = ahead + 1, ahead + max(subject.steps)
    if strange := [t for t in map(int, TIMES.findall(line)) if not first - 1 <= t <= last + 1]:
        return Verdict("unreadable", [f"this run has the steps {first} to {last}, not {strange[0]}"])
    verdict = _judged(subject, step, moved(line, parameters, -ahead))
    return Verdict(verdict.kind, [moved(told, parameters, ahead) for told in verdict.sentences], verdict.line, verdict.values)


def moved(text: str, parameters: Collection[str], by: int) -> str:
    """A text with the steps of every quantity so many later, ``da[7]`` for ``da[3]``; a parameter has none."""

    def change(found: re.Match[str]) -> str:
        plain = found[1] in parameters or found[1][:1] == "d" and found[1][1:] in parameters
        return found[0] if plain else f"{found[1]}[{int(found[2]) + by}]"

    return re.sub(r"\b(\w+)\[\s*(-?\d+)\s*\]", change, text)


def _judged(subject: Subject, step: Step, text: str) -> Verdict:
    """The verdict. A text with plain numbers as times is about this net's own length, truncated if the walk is."""
    if subject.reason:
        raise ValueError(f"check holds a line against a net's equations: {subject.reason}")
    if not isinstance(text, str):
        raise TypeError(f"check takes a line of text, 'da_2 = dh_2 * (1 - h_2**2)', not {class_of(text)}")
    derivation = subject.derivation
    line = spelled(text, derivation)
    if line.strip() and not EQUATES.search(line.replace("==", "")):
        line = f"{step.after.ascii.split(' = ')[0].split(' += ')[0]} = {line}"
    times = [int(found) for found in TIMES.findall(line)]
    whole = text if EQUATES.search(text) else line  # as the person has it, so that the place of a slip is marked there
    if not times and subject.truncate is None:
        return derivation.check(whole)
    own = derivation.at(subject.steps if len(subject.steps) > 1 else subject.steps[0], subject.truncate)
    # Away from the ends, and for a sum over all steps, the diagnosis looks at a longer net, where no term is zero by chance.
    inner = line if times and all(1 < t < min(own.last.values()) for t in times) else rolled(own, line)
    if subject.truncate is None and inner and not holds(own, line):
        general = derivation.check(inner)
        if general.kind == "not equal":
            return honest(general, inner)
    verdict = own.check(line)
    return own.check(whole) if verdict.kind == "unreadable" else honest(verdict, line)


def holds(own: Derivation, line: str) -> bool:
    """Whether a line is right, without a word on why not: that takes much longer."""
    try:
        checker = Checker(own, line)
        return not any(checker.wrong(statement) for statement in checker.statements)
    except (IllTyped, Unreadable):
        return False


def honest(verdict: Verdict, line: str) -> Verdict:
    """The verdict without guesses that some time is wrong which the line does not have: at one given step many a slip looks like one."""
    written = re.sub(r"\s", "", line)
    kept = [told for told in verdict.sentences if all(re.sub(r"\s", "", found) in written for found in STANDS.findall(told))]
    found = Verdict(verdict.kind, kept, verdict.line, verdict.values)
    found.letters = verdict.letters
    return found


def rolled(own: Derivation, line: str) -> str:
    """A sum written out, one term a step, as ``Sum(..., t)``; nothing where it is none."""
    try:
        (equation,) = parse(line, own)
        right = summed(equation.right, {name: Axis(own.last[letter], letter) for name, letter in own.letters.items()})
    except (ValueError, StopIteration, KeyError):
        return ""
    whole = isinstance(right, e.Sum) and equation.left.time is None and str(right.first) == "1" and right.last.offset == 0
    return show(e.Equation(equation.left, right), "ascii") if whole else ""


def spelled(text: str, derivation: System) -> str:
    """A text in the language of formulas, whatever it is written in, so that its times can be looked at; as it is if it cannot be read.

    >>> from autograd_rnn.steps.asking.proposal import spelled
    >>> spelled("dW_hh = Σ_t da_t h_{t-1}ᵀ", derive(Model(RNN(2, 3), output_size=4)))
    'dW_hh = Sum((da[t] h[t-1].T), t)'
    """
    try:
        return typed(text, Names(derivation).vocabulary(text))
    except Unreadable:
        return text
