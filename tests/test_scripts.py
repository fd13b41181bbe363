"""Backward passes as people write them in numpy, in 70 ways: what Python makes of them on real tapes, and what the checker says."""

import random

import pytest

from tests.oracles.scripts import mistaken, programs, runs_right
from tests.sampling import sampled
from tests.test_check import derivation

PROGRAMS = programs()


def judge(program, rng, count):
    """A program and some with slips: what is equal runs right, and what runs right is equal or refused in a sentence."""
    right = derivation(program.net).check(program.text)
    assert runs_right(program) and right.kind == ("unreadable" if program.refused else "equal"), f"{program.text}\n{right}"
    for _ in range(0 if program.refused else count):
        wrong = mistaken(program, rng)
        verdict = derivation(program.net).check(wrong.text)
        assert not verdict.equal or runs_right(wrong) is not False, f"{wrong.text}\n{verdict}"


@pytest.mark.parametrize("k", sampled(range(len(PROGRAMS)), 5))
def test_a_backward_pass_is_judged_as_it_runs(k, random_seed, undiagnosed):
    judge(PROGRAMS[k], random.Random(f"{random_seed} {k}"), 3)


@pytest.mark.sweep
@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_many_slips_in_a_backward_pass_are_judged_as_they_run(k, random_seed, undiagnosed):
    judge(PROGRAMS[k], random.Random(f"{random_seed} many {k}"), 12)
