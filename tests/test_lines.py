"""Random lines, right and wrong, fresh at each run: what the checker calls equal is equal on real tapes, and what is equal there it does.

A failure prints its seed, and ``AUTOGRAD_RNN_SEED=<seed> python -m pytest tests/test_lines.py`` begins there. The long sweep of 2,000:
``python -m pytest -m sweep tests/test_lines.py``.
"""

import os
import random

import pytest

from autograd_rnn.formulas.checking.check import check
from autograd_rnn.formulas.reading.parse import parse
from tests.oracles.lines import BOOKS, drawn, mistaken, worth
from tests.oracles.mended import proven
from tests.sampling import sampled
from tests.test_check import derivation

BASE = int(os.environ["AUTOGRAD_RNN_SEED"])


def judge(seeds):
    """Every line of these seeds judged as its numbers are, or a failure that prints the first that is not; how often which was which."""
    counted = {}
    for seed in seeds:
        rng = random.Random(seed)
        net = rng.choice(sorted(BOOKS))
        line = drawn(net, rng)
        truth = worth(net, line)
        verdict = check(derivation(net), str(line))
        counted[truth, verdict.kind] = counted.get((truth, verdict.kind), 0) + 1
        if truth and verdict.exit_code != 2 and verdict.equal != (truth == "right"):
            pytest.fail(f"AUTOGRAD_RNN_SEED={seed} repeats this: {net}: {line}\nis {truth}, and the verdict: {verdict}", pytrace=False)
    return counted


def test_fresh_lines_are_judged_as_real_tapes_have_them(undiagnosed):
    counted = judge(range(BASE, BASE + 75))
    assert counted.get(("right", "equal"), 0) > 10 and counted.get(("wrong", "not equal"), 0) > 10, counted


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(4))
def test_a_long_sweep_of_fresh_lines_is_judged_as_real_tapes_have_them(part, undiagnosed):
    judge(range(BASE + 75 + 500 * part, BASE + 75 + 500 * (part + 1)))


def named(seed, slips, count):
    """Of so many wrong lines with some slips each, in all nets and places: how many are told what is wrong in the first sentence, or of
    several slips in one of the first three, so that what it says, followed, is that line; and which are not."""
    rng, told, silent = random.Random(seed), 0, []
    while told + len(silent) < count:
        net = rng.choice(sorted(BOOKS))
        line = rng.choice(BOOKS[net])
        for _ in range(slips):
            line = mistaken(net, line, rng)
        d = derivation(net)
        verdict = check(d, str(line))
        if verdict.kind == "not equal":
            (equation,) = parse(str(line), d)
            if any(proven(d, equation, sentence) for sentence in verdict.sentences[: 1 if slips == 1 else 3]):
                told += 1
            else:
                silent.append(f"{net}: {line}\n{verdict}")
    return told, silent


@pytest.mark.parametrize("slips, share", sampled([(1, 0.95), (2, 0.8)], 2))
def test_what_is_wrong_is_said_of_any_slip(slips, share):
    """Of slips that no list of mistakes has, too: what stands in place of what belongs."""
    told, silent = named(7, slips, 20)
    assert told >= share * 20, silent


@pytest.mark.sweep
@pytest.mark.parametrize("slips, share", [(1, 0.95), (2, 0.8)])
def test_what_is_wrong_is_said_of_many_slips(slips, share):
    told, silent = named(BASE, slips, 200)
    assert told >= share * 200, silent
