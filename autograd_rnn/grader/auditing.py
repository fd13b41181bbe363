"""What an instructor wants to know before students do: is a reference right, and which mistakes do the tests of an assignment not see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autograd_rnn.grader.assignment import CHARACTER, EMBEDDING, Function, Spec
from autograd_rnn.grader.diagnosis.embedding import Words
from autograd_rnn.grader.diagnosis.loss import WholeLoss
from autograd_rnn.grader.diagnosis.observed import SIZES_OF_LOSS, sizes_to_see
from autograd_rnn.grader.diagnosis.whole import Whole
from autograd_rnn.grader.expected import Printed, checked, read
from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.judging.smallest import letters_of, sizes_of
from autograd_rnn.grader.report import Report
from autograd_rnn.nets.progress import Progress

WAYS: dict[str, Any] = {CHARACTER: WholeLoss, EMBEDDING: Words}  # in which mistakes are tried, by what a function computes; else Whole
SHOWN = 20  # of the mistakes that pass


class Unseen(NamedTuple):
    """A mistake that no test of an assignment tells from the truth: in which function and equation; ``sizes`` that would, or none."""

    function: str
    equation: str
    sentence: str
    sizes: str = ""


class Audit(NamedTuple):
    """``reference``: the report on reference code, or None; ``tried``: how many mistakes, by function; ``unseen``: those that pass;
    ``printed``: expected numbers, each with what it has to be and the mistakes that give it."""

    assignment: str
    reference: Report | None
    tried: dict[str, int]
    unseen: list[Unseen]
    printed: list[Printed] = []

    @property
    def ok(self) -> bool:
        """Whether the reference and the expected numbers are right and every mistake is seen."""
        right = self.reference is None or self.reference.full
        return right and not self.unseen and all(one.ok for one in self.printed)

    def __str__(self) -> str:
        from autograd_rnn.table import table

        missed = {name: [x for x in self.unseen if x.function == name] for name in self.tried}
        rows = [(name, str(count), str(count - len(missed[name]))) for name, count in self.tried.items()]
        parts = [] if self.reference is None else [str(self.reference)]
        parts += map(str, self.printed)
        parts.append(table(("function", "mistakes", "seen"), rows, f"{self.assignment}: mistakes that its tests see", width=80))
        for x in self.unseen[:SHOWN]:
            would = f": {x.sizes} would see it" if x.sizes else ""
            parts.append(f"{x.function} passes although, in {x.equation}, {x.sentence}{would}")
        parts += [f"and {len(self.unseen) - SHOWN} more"] * (len(self.unseen) > SHOWN)
        return "\n".join(parts)


def audit(
    assignment: str | Path | Spec,
    reference: str | Path | None = None,
    expected: str | Path | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> Audit:
    """Check what an instructor has before students see it.

    ``reference``: code that is graded as a submission. ``expected``: a TOML file of numbers that are printed for students to compare
    with (see `expected.read`); each is derived, and a wrong one is told with the mistake that gives it. Then every known single mistake is
    tried on the assignment's own draws; one that is none, since its numbers are always the true ones, does not count.
    Raises ValueError for a file that says something else.

    >>> found = audit("cmu-rnn", progress=False)  # does every known mistake change a number that is looked at?
    >>> found.ok
    True
    """
    with Grader(assignment, seed) as grader:
        with Progress(None, progress, "grading"):
            found = None if reference is None else grader.grade(reference)
        printed = [] if expected is None else [checked(one) for one in read(expected, grader.cases)]
        names = {function.name: function for function in grader.functions}
        backward = [f for f in grader.functions if rated(f, names) is not None]
        unseen: list[Unseen] = []
        tried: dict[str, int] = {}
        with Progress(len(backward), progress, "mistakes") as bar:
            for function in backward:
                first = names.get(function.backward_of, function)
                mistakes = _mistakes(grader, first)
                tried[function.name] = len(mistakes)
                tests = [WAYS.get(first.computes, Whole)(case) for case in grader.cases.of(first)]
                passing = [mistake for mistake in mistakes if not any(test.sees(mistake) for test in tests)]
                wholes: dict[str, Any] = {}
                unseen += [_unseen(grader, function, mistake, wholes if k < SHOWN else None) for k, mistake in enumerate(passing)]
                bar.update(function.name)
    return Audit(grader.spec.name, found, tried, unseen, printed)


def rated(function: Function, names: Mapping[str, Function]) -> Function | None:
    """The function whose mistakes a function's tests are to see; None where it derives nothing, or nothing that we know."""
    first = names.get(function.backward_of) if function.backward_of else function if function.computes == CHARACTER else None
    return first if first is not None and (first.work.cell or first.computes in WAYS) else None


def _mistakes(grader: Grader, first: Function) -> list[Any]:
    """Every mistake that changes numbers on a draw which shows every equation by itself."""
    sizes = SIZES_OF_LOSS if first.computes == CHARACTER else sizes_to_see(first.work)
    whole = WAYS.get(first.computes, Whole)(grader.cases.drawn(first, sizes))
    return [mistake for mistake in whole.mistakes() if whole.sees(mistake)]


def _unseen(grader: Grader, function: Function, mistake: Any, wholes: dict[str, Any] | None) -> Unseen:
    """A mistake that passes, with the smallest sizes that see it. ``wholes``: what was drawn for others, by its sizes."""
    first = next(f for f in grader.functions if f.name == (function.backward_of or function.name))
    for sizes in sizes_of(first) if wholes is not None else ():
        words = ", ".join(f"{letter} = {sizes[letter]}" for letter in letters_of(first))
        if words not in wholes:  # type: ignore[operator]
            wholes[words] = WAYS.get(first.computes, Whole)(grader.cases.drawn(first, sizes))  # type: ignore[index]
        if wholes[words].sees(mistake):  # type: ignore[index]
            return Unseen(function.name, mistake.place, mistake.sentence, words)
    return Unseen(function.name, mistake.place, mistake.sentence)
