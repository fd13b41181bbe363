"""Programs in the signs of a book, ``da_t ← dh_t ⊙ (1 - h_t²)``, are judged as they would run: order, loops, what is changed in place."""

import ast
import random

import pytest

from tests.oracles.scripts import mistaken, parted, programs, pseudocode, runs_right
from tests.sampling import sampled
from tests.test_check import derivation

PROGRAMS = [program for program in programs() if not program.refused]


def python(text):
    try:
        return bool(ast.parse(text))
    except SyntaxError:
        return False


def judge(k, rng, count):
    """Slips are planted in Python, which says whether they are some, and read in other signs."""
    for _ in range(count):
        program = PROGRAMS[k]
        kind = rng.choice(["mistaken", "parted", "both"])
        program = parted(program, rng) if kind != "mistaken" else program
        program = mistaken(program, rng) if kind != "parted" else program
        text = pseudocode(program, rng)
        verdict = derivation(program.net).check(text)
        assert not verdict.equal or runs_right(program) is not False, f"{program.text}\n{text}\n{verdict}"


@pytest.mark.parametrize("k", range(0, len(PROGRAMS), 24))
def test_a_slip_in_pseudocode_is_none_that_is_equal(k, random_seed, undiagnosed):
    judge(k, random.Random(f"{random_seed} pseudocode {k}"), 3)


@pytest.mark.sweep
@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_many_slips_in_pseudocode_are_none_that_is_equal(k, random_seed, undiagnosed):
    judge(k, random.Random(f"{random_seed} many pseudocode {k}"), 4)


def test_what_is_right_in_python_is_mostly_read_in_pseudocode(random_seed, undiagnosed):
    """What is left is numpy that no book has: dictionaries, tensordot, while."""
    rng = random.Random(random_seed)
    found = [(program, pseudocode(program, rng)) for program in rng.sample(PROGRAMS, 12)]
    kinds = [derivation(program.net).check(text).kind for program, text in found if not python(text)]
    assert kinds.count("equal") >= len(kinds) / 4, kinds


TWO = """dh_next {gets} 0
{back}
    ds_t {gets} p_t - onehot(y_t)
    dh_t {gets} W_hy^T ds_t + dh_next
    da_t {gets} dh_t {times} (1 - h_t^2)
    dh_next {gets} W_hh^T da_t
{between}{on}
    {within}dW_hh += da_t h_{{t-1}}^T
    db_h += da_t
    dW_hy += ds_t h_t^T
{behind}"""
HEADS = [
    ("for t in reversed(range(T)):", "for t in range(T):", ["for t in range(T-1):", "for t in range(1, T):"]),
    ("for t = T, ..., 1:", "for t = 1, ..., T:", ["for t = 1, ..., T-1:", "for t = 2, ..., T:"]),
    ("for t = T downto 1 do", "for t = 1 to T do", ["for t = 2 to T do", "for t = 1 to T-1 do"]),
]
SLIPS = [{"between": line} for line in ("da[1] = 0", "da[T-1] = 0", "da_1 = 0", "da_{T-1} = 0", "da = 0", "da *= 2", "da[1] *= 2",
                                        "ds_{t} = 0", "da[2] = da[1]", "da ← 2 da", "da, ds = 0")]  # fmt: skip
SLIPS += [{"behind": line} for line in ("dW_hh = 0", "dW_hh ← 2 dW_hh", "dW_hh /= T", "db_h += da_t", "dW_hh *= 2", "db_h = da_t")]
SLIPS += [{"within": f"da_t {change}\n    "} for change in ("*= 2", "+= ds_t", "-= dh_t", "= 2 da_t", "= 0")]
MADE, HANDED = "    da_t {gets} dh_t {times} (1 - h_t^2)\n", "    dh_next {gets} W_hh^T da_t\n"
EDITS = [
    ("db_h += da_t", "db_h += da_{{t+1}}"),
    ("db_h += da_t", "db_h += da_{{t-1}}"),
    ("{between}", "{on}\n    da_t *= 2\n"),
    ("    db_h += da_t\n    dW_hy", "db_h += da_t\n    dW_hy"),
    ("{on}", "{short}"),
    ("{back}", "{on}"),
    (MADE + HANDED, HANDED + MADE),
]


@pytest.mark.parametrize("heads", sampled(((heads,) for heads in HEADS), 6))
def test_the_order_of_loops_in_pseudocode_counts(heads, random_seed, undiagnosed):
    rng, d, (back, on, short) = random.Random(f"{random_seed} {heads}"), derivation("rnn-tanh"), heads
    signs = {"gets": rng.choice(["=", "←", ":="]), "times": rng.choice(["⊙", "∘", "*"]), "back": back, "on": on}
    signs |= {"between": "", "behind": "", "within": ""}
    assert d.check(TWO.format(**signs)).equal, d.check(TWO.format(**signs))
    for slip in SLIPS:
        (place, line), *_ = slip.items()
        text = TWO.format(**signs | {place: line + "\n" * (place == "between")})
        assert not d.check(text).equal, text
    for old, new in EDITS:
        text = TWO.replace(old, new).format(**signs, short=rng.choice(short))
        assert not d.check(text).equal, text


ONE = """dh_next = 0
for t in reversed(range(T)):
    dh[t] = dot(W_hy.T, ds[t]) + dh_next
    da[t] = dh[t] {times} (1 - h[t]**2)
    dh_next = dot(W_hh.T, da[t])
    {within}
{behind}"""


@pytest.mark.parametrize("times", sampled(["*", "⊙"], 2))
def test_an_array_of_all_steps_is_not_that_of_one(times, random_seed):
    """In Python either is written as it is; a book may write `da` and `da_t` for one thing, whose line comes first all the same."""
    rng, d, python = random.Random(f"{random_seed} {times}"), derivation("rnn-tanh"), times == "*"
    right = ONE.format(times=times, within="db_h += da[t]", behind="")
    assert d.check(right).equal and d.check(right.replace("da[t]", "da")).equal
    mixed = [right.replace(*pair) for pair in (("h += da[t]", "h += da"), ("T, da[t])", "T, da)"), ("    da[t] =", "    da ="))]
    assert all(d.check(text).equal != python for text in mixed), mixed
    lines = rng.choice(mixed).split("\n")
    lines[3:5] = lines[4:2:-1]
    assert not d.check("\n".join(lines)).equal, lines
    for behind in ("db_h += da", "db_h = da", "q = da\ndb_h += q", "db_h += da[1]", f"{lines[1]}\n    db_h += da"):
        text = ONE.format(times=times, within="pass" if python else "q = da[t]", behind=behind)
        assert not d.check(text).equal or not python and "for" in behind, text
    assert d.check(ONE.format(times=times, within="q = da[t]", behind="db_h += Sum(da[t], t)")).equal


SOME = ["dh_t = {} if t = T\n    dh_t = W_hy^T ds_t + W_hh^T da_{{t+1}} for t < T",
        r"dh_t = \begin{{cases}} {} & \text{{if}} t = T \\ W_hy^T ds_t + W_hh^T da_{{t+1}} & \text{{otherwise}} \end{{cases}}"]  # fmt: skip


@pytest.mark.parametrize("made", SOME)
def test_lines_for_some_steps_in_a_loop_are_each_judged(made):
    d, text = derivation("rnn-tanh"), "for t = T, ..., 1:\n    {}\n    da_t = dh_t ⊙ (1 - h_t²)\n    db_h += da_t"
    assert d.check(text.format(made.format("W_hy^T ds_t"))).equal
    assert not d.check(text.format(made.format("2 W_hy^T ds_t"))).equal
    assert not d.check(text.format(made.format("W_hy^T ds_t").replace("+ W_hh", "- W_hh"))).equal
    assert not d.check(text.format("da_t *= 2 (t < T)\n    " + made.format("W_hy^T ds_t"))).equal


ADDED = ["dh[t] += dot(W_hy.T, ds[t])", "da[t] = dh[t] {times} (1 - h[t]**2)", "dh[t-1] += dot(W_hh.T, da[t])", "db_h += da[t]"]


@pytest.mark.parametrize("times", ["*", "⊙"])
def test_what_is_added_to_a_step_is_added_before_the_loop_is_there(times):
    d = derivation("rnn-tanh")

    def program(*lines, head="for t in reversed(range(T)):"):
        return "\n    ".join([head, *lines]).format(times=times)

    assert d.check(program(*ADDED)).equal
    first, second, third, fourth = ADDED
    for wrong in (
        program(*ADDED, head="for t in range(T):"),
        program(second, first, third, fourth),
        program(first.replace("+=", "="), second, third, fourth),
        program(first, second, third.replace("t-1", "t+1"), fourth),
        program(first, second, third.replace("+=", "="), fourth),
    ):
        assert not d.check(wrong).equal, wrong


@pytest.mark.parametrize("made", ["ds_t ← p_t", "ds ← p_t.copy()"])
def test_one_element_of_a_step_is_made_less_before_it_is_used(made):
    rows = [made, "{}[y_t] -= 1".format(made[:4].split(" ")[0]), "dW_hy += ds_t h_t^T"]
    program = "\n    ".join(["for t = T, ..., 1:", *rows])
    assert derivation("rnn-tanh").check(program).equal, derivation("rnn-tanh").check(program)
    late = "\n    ".join(["for t = T, ..., 1:", rows[0], rows[2], rows[1]])
    assert not derivation("rnn-tanh").check(late).equal, late


def test_a_fault_in_the_order_is_told_in_the_line_as_it_is_typed():
    text = TWO.format(gets="←", times="⊙", back=HEADS[1][0], on=HEADS[1][1], between="", within="", behind="db_h += 2 da_t h_{t}^T")
    assert str(derivation("rnn-tanh").check(text)).endswith(": db_h += 2 da_t h_{t}^T")


AT = {-1: "{t-1}", 0: "t", 1: "{t+1}"}


@pytest.mark.parametrize("head", ["for t = 1..T: ", "for t = T..1: ", "for t = 1, ..., T:\n    ", "for t in range(1, T+1):\n    "])
def test_a_loop_from_1_to_the_end_counts_the_steps_as_paper_does(head, random_seed, undiagnosed):
    """And what stands side by side is a product of columns: no array that begins with the first step makes another one right."""
    rng = random.Random(f"{random_seed} {head}")
    for made, left, right, before in [("dW_hh", "da", "h", -1), ("dW_xh", "da", "x", 0), ("dW_hy", "ds", "h", 0)]:
        for shift in (0, rng.choice([-1, 1])):
            here, there = AT[shift], AT.get(before + shift, "{t-2}")
            verdict = derivation("rnn-tanh").check(f"{made} = 0\n{head}{made} += {left}_{here} {right}_{there}^T")
            assert verdict.equal == (not shift), verdict
            turned = derivation("rnn-tanh").check(f"{made} = 0\n{head}{made} += {right}_{there}^T {left}_{here}")
            assert not turned.equal, turned
