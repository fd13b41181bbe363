"""The smallest call that shows a mistake: sizes as small as it still fails at, numbers that can be typed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_rnn.grader.assignment import Function
from autograd_rnn.grader.cases import PLAIN, Case, Cases
from autograd_rnn.grader.judging.example import Example
from autograd_rnn.grader.judging.judge import Judge
from autograd_rnn.grader.judging.verdicts import judged

UNSEEN = 1e-12  # differences that nobody can read off numbers
MOST = 24  # sizes that are tried: a count, not a time


def smallest(judge: Judge, function: Function, known: dict[str, list[Case]]) -> Example | None:
    """The first of some calls, the smaller ones first, in which an output is wrong; None where it never is. ``known``: calls that other
    submissions have been tried on, by function."""
    first = judge.functions.get(function.backward_of, function)
    drawn = known.setdefault(first.name, [])
    for k, sizes in enumerate(itertools.islice(sizes_of(first), MOST)):
        if judge.worker.ended:
            break
        if k == len(drawn):
            drawn.append(plain(judge.cases, first, sizes))
        if (found := tried(judge, function, drawn[k])) is not None:
            return found
    return None


def tried(judge: Judge, function: Function, case: Case) -> Example | None:
    """A call and its first wrong output, after a right forward pass; None where nothing is wrong."""
    answer = judge.answer(function, case)
    if answer is None:
        return None
    own, got = answer
    wrong = _wrong(own, case.outputs, judge.spec.tolerance)
    if function.backward_of and not wrong:
        own, wrong = got, _wrong(got, {f"d{name}": value for name, value in case.gradients.items()}, judge.spec.tolerance)
    elif function.backward_of:  # of another forward pass, whose gradients are others
        return None
    if not wrong:
        return None
    name, true = wrong[0]
    if np.asarray(own[name]).dtype.kind == "c":
        return None
    handed = {f"d{other}": value for other, value in case.upstream.items()} if function.backward_of else {}
    given = {other: np.asarray(value).tolist() for other, value in ({**case.given, **handed}).items()}
    used = {letter: case.computation.sizes[letter] for letter in letters_of(case.computation.function)}
    return Example(used, given, name, _digits(np.asarray(own[name], float).tolist()), _digits(true.tolist()))


def _digits(value: Any) -> Any:
    """Numbers to ten digits: the last ones are another machine's."""
    return [_digits(x) for x in value] if isinstance(value, list) else float(f"{value:.10g}")


def _wrong(got: dict[str, Any], true: Any, tolerance: float) -> list[tuple[str, np.ndarray]]:
    """The outputs whose numbers are wrong, and seen to be, with the true ones: what is 0 but for rounding is another without a mistake."""
    there = [(name, np.asarray(true[name])) for name in got if name in true]
    wrong = [(name, value) for name, value in there if judged(name, got[name], value, tolerance, {}).word == "wrong"]
    return [(name, value) for name, value in wrong if np.abs(np.asarray(got[name]) - value).max() > UNSEEN]


def letters_of(function: Function) -> str:
    """The sizes that a function's numbers have."""
    return function.work.sizes


def sizes_of(function: Function) -> list[dict[str, int]]:
    """Sizes from 1 to 3, those of the fewest numbers first; there are two classes or words at least."""
    letters = letters_of(function)
    ranges = [{"V": (2, 3), "T": (1, 2, 3)}.get(letter, (1, 2)) for letter in letters]
    every = sorted(itertools.product(*ranges), key=lambda sizes: (int(np.prod(sizes)), sizes))
    return [{"N": 1, "T": 1, "D": 1, "H": 1, "V": 2} | dict(zip(letters, sizes, strict=True)) for sizes in every]


def plain(cases: Cases, function: Function, sizes: dict[str, int]) -> Case:
    """A draw with one digit after the point."""
    case = cases.drawn(function, sizes, k=PLAIN)

    def rounded(value: np.ndarray) -> np.ndarray:
        return value if value.dtype.kind != "f" else np.where(np.abs(value) < 0.1, 0.1, np.round(value, 1))

    given, upstream = ({name: rounded(value) for name, value in arrays.items()} for arrays in (case.given, case.upstream))
    c = case.computation
    return case._replace(given=given, upstream=upstream, outputs=c.forward(given), gradients=c.backward(given, upstream))
