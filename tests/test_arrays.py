"""Numpy homework on whole arrays and in rows: what numpy itself makes of a line on real tapes, and what the checker says of it."""

import random

import pytest

from tests.oracles.arrays import right, stepped, whole
from tests.test_check import derivation


def texts(rng, name):
    """A line, and whether it is of one step; right or with a slip."""
    steps, turned, slip = rng.random() < 0.4, rng.random() < 0.4, rng.random() < 0.5
    line = (stepped if steps else whole)(rng, name, turned, slip)
    gates = [f"da_{k} @ W_x{k}.T" for k in "ifgo"] if name == "lstm" else ["da @ W_xh.T"]
    return f"dx = {' + '.join(gates)}\n{line}" if turned and rng.random() < 0.8 else line, steps  # which says that they are turned


def judge(seed, count):
    rng, rights, wrongs, seen = random.Random(seed), 0, 0, set()
    while len(seen) < count:
        name = rng.choice(["rnn-tanh", "rnn-tanh", "lstm"])
        text, steps = texts(rng, name)
        if (name, text, steps) in seen:
            continue
        seen.add((name, text, steps))
        good, verdict = right(name, text, steps), derivation(name).check(text)
        rights, wrongs = rights + good, wrongs + (not good)
        assert verdict.equal == good, f"{name}{' steps' * steps}: {text}\n{verdict}"
    assert min(rights, wrongs) > count / 5, (rights, wrongs)


def test_lines_on_whole_arrays_and_rows_are_judged_as_numpy_runs_them(random_seed, undiagnosed):
    judge(f"{random_seed} arrays", 120)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(2))
def test_many_lines_on_whole_arrays_and_rows_are_judged_as_numpy_runs_them(part, random_seed, undiagnosed):
    judge(f"{random_seed} arrays {part}", 500)


CUT = ["db_h = np.sum(da[1:T], axis=0)", "db_h = da[1:T].sum(axis=0)", "dU = da[1:T].T @ x[1:T]", "dU = da[1:T].T @ x",
       "dU = da.T @ x[1:T]", "dW = da[1:].T @ h[:T+1]", "dW = da.T @ h[:T+1]", "dW = da[1:T].T @ h[:T-1]"]  # fmt: skip


@pytest.mark.parametrize("text", CUT)
def test_rows_that_are_all_steps_in_no_array_are_not(text):
    """Of T rows, and of T + 1, the rows 1:T lack a step."""
    assert not derivation("rnn-tanh").check(text).equal


def test_rows_up_to_the_last_are_all_of_what_has_no_step_in_front_of_the_first():
    """Beside h[:T] of T + 1 rows, the first state in front, da[:T] has those of all steps."""
    d = derivation("rnn-tanh")
    for line in ("dW_hh = da[:T].T @ h[:T]", "db_h = da[:T].sum(axis=0)"):
        assert d.check(line).equal, line
    for line in ("dW_hh = da[:T].T @ h", "dW_hy = ds[:T].T @ h[:T]", "dW_hh = da[:-1].T @ h[:-1]"):
        assert not d.check(line), line
    assert "`da[:T]` is read as all steps" in str(d.check("db_h = da[:T].sum(axis=0)"))
