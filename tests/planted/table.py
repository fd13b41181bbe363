"""Which planted mistakes are named: ``python -m tests.planted.table [--seed N] [--share 0.1] [--pairs 200]`` prints the table."""

from __future__ import annotations

import argparse
import collections
import functools
import random
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.grader.assignment import CACHES
from autograd_rnn.grader.judging.calling import Calls, Failed
from tests.planted.operators import Mistake, mistakes, names_it
from tests.planted.running import Grading, Here

STYLES, STRANGERS = Path(__file__).parent / "styles", Path(__file__).parent / "strangers"
ASSIGNMENTS = {"book": "cs231n-rnn", "messy": "cs231n-rnn", "whole": "cs231n-rnn", "gru": STYLES / "gru.toml", "cells": "cmu-rnn"}
ASSIGNMENTS |= {"notebook": "dlai-rnn", "character": "min-char-rnn"}


class Outcome(NamedTuple):
    """What came of one planted mistake: ``same`` (it changes no number), ``other`` (a verdict of its own, as wrong shape or crashed),
    ``passed``, ``named``, ``misnamed`` or ``unrecognised``."""

    style: str
    mistake: Mistake
    came: str
    diagnosis: Any
    seconds: float


def source_of(style):
    path = STYLES / f"{style}.py"
    return (path if path.exists() else STRANGERS / path.name).read_text(encoding="utf-8")


@functools.cache
def planted(style):
    return tuple(mistakes(source_of(style)))


def outcome(grading, style, mistake, also=None):
    """A mistake, or two, graded."""
    name = changed(grading, source_of(style), mistake)
    if name is None:
        return Outcome(style, mistake, "same", None, 0.0)
    began = time.process_time()
    verdict, words, diagnosis = grading.tried(mistake.source, name)
    seconds = time.process_time() - began
    if verdict == "correct":
        came = "passed"
    elif "wrong" not in words.values():
        came = "other"
    elif diagnosis is None:
        came = "unrecognised"
    elif also is None:
        came = "named" if names_it(mistake, diagnosis) else "misnamed"
    else:
        came = "named" if all(names_it(one, diagnosis, True) for one in (mistake, also)) else "misnamed"
    return Outcome(style, mistake, came, diagnosis, seconds)


def changed(grading, right, mistake):
    """The function whose numbers a mistake changes: its own, or the backward pass that works on its cache; None where there is none."""
    pairs = [f for f in grading.functions.values() if mistake.function in (f.name, f.backward_of)]
    for function in sorted(pairs, key=lambda f: f.name != mistake.function):
        for case in grading.grader.cases.of(grading.functions[function.backward_of or function.name]):
            answers = [run(Here(source), function, case) for source in (right, mistake.source)]
            if not all_near(*answers):
                return function.name
    return None


def run(here, function, case):
    """The arrays that a function returns on a draw, or the word for why it returns none."""
    calls = Calls(here)
    try:
        first = calls.first(case, case.given)
        values = first.values if function.computes else calls.then(function, case, first)
    except Failed as failed:
        return failed.verdict.word
    return [x for name, x in values.items() if name not in CACHES]


def all_near(one, other):
    if isinstance(one, str) or isinstance(other, str) or len(one) != len(other):
        return False
    return all(
        np.shape(a) == np.shape(b) and np.abs(np.asarray(a) - np.asarray(b)).max(initial=0.0) < 1e-9
        for a, b in zip(one, other, strict=True)
    )


def both(first, second):
    """Two mistakes in one program: the second's, planted again after the first; None where they meet."""
    for mistake in mistakes(first.source):
        if mistake[:4] == second[:4] and mistake.source != first.source:
            return second._replace(source=mistake.source)
    return None


def outcomes(seed, share=1.0, styles=tuple(ASSIGNMENTS)):
    rng = random.Random(seed)
    for style in styles:
        grading = Grading(ASSIGNMENTS[style], seed)
        for mistake in planted(style):
            if rng.random() < share:
                yield outcome(grading, style, mistake)


def pairs(seed, count, styles=tuple(ASSIGNMENTS)):
    """Pairs in one function whose mistakes are each named alone."""
    rng, found = random.Random(seed), 0
    gradings = {style: Grading(ASSIGNMENTS[style], seed) for style in styles}
    every = {style: planted(style) for style in styles}

    @functools.lru_cache(None)
    def named(style, mistake):
        return outcome(gradings[style], style, mistake).came == "named"

    for _ in range(count * 20):
        if found == count:
            return
        style = rng.choice(styles)
        first = rng.choice(every[style])
        same = [m for m in every[style] if m.function == first.function and m.line != first.line]
        second = rng.choice(same) if same else None
        if second is None or not all(named(style, m) for m in (first, second)):
            continue
        if (together := both(first, second)) is None:
            continue
        if any(changed(gradings[style], one.source, together) != first.function for one in (first, second)):
            continue  # one of them is not to be seen beside the other
        came = outcome(gradings[style], style, together, first)
        if came.came not in ("same", "other"):
            found += 1
            yield first, came


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--every", action="store_true", help="what is said of each, not only of those that are not named")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--styles", default=",".join(ASSIGNMENTS))
    given = parser.parse_args(arguments)
    styles = tuple(given.styles.split(","))
    counts = collections.defaultdict(collections.Counter)
    seconds = []
    for one in outcomes(given.seed, given.share, styles) if given.share else ():
        counts[one.mistake.operator][one.came] += 1
        if given.every or one.came in ("passed", "misnamed", "unrecognised"):
            m = one.mistake
            print(f"{one.came:12} {one.style} {m.function}:{m.line} {m.operator}: {m.old!r} -> {m.new!r}".replace("\n", "; "))
            print("             says: " + (one.diagnosis.sentence + " // " + one.diagnosis.where if one.diagnosis else "nothing"))
        if one.diagnosis is not None:
            seconds.append(one.seconds)
    columns = ("named", "misnamed", "unrecognised", "passed", "other", "same")
    print(f"{'':34}" + "".join(f"{column:>13}" for column in columns))
    for operator, count in counts.items():
        print(f"{operator:34}" + "".join(f"{count[column] or '':>13}" for column in columns))
    whole = sum((count for count in counts.values()), collections.Counter())
    print(f"{'all':34}" + "".join(f"{whole[column]:>13}" for column in columns))
    told = sum(whole[column] for column in columns[:4])
    if told:
        print(f"named: {whole['named'] / told:.1%} of {told}; seconds of a processor: mean {np.mean(seconds):.3f}, most {max(seconds):.3f}")
    if given.pairs:
        came = collections.Counter()
        for first, one in pairs(given.seed, given.pairs, styles):
            came[one.came] += 1
            if one.came != "named":
                m = one.mistake
                words = " & ".join(f"{x.operator}: {x.old!r} -> {x.new!r}" for x in (first, m))
                print(f"{one.came:12} {one.style} {m.function} {words}".replace("\n", "; "))
                print("             says: " + (" // ".join([one.diagnosis.sentence, *one.diagnosis.also]) if one.diagnosis else "nothing"))
        print(f"pairs: {came['named'] / max(sum(came.values()), 1):.1%} of {sum(came.values())} named, {dict(came)}")


if __name__ == "__main__":
    main()
