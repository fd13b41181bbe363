"""Backward passes as people write them in numpy, in 70 ways: what Python makes of them on real tapes, and what the checker says."""

import ast
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles.scripts import mistaken, parted, programs, runs_right
from tests.sampling import sampled
from tests.test_check import derivation

PROGRAMS = programs()


def judge(program, rng, count):
    """A program and some with slips: what is equal runs right, and what runs right is equal or refused in a sentence."""
    right = derivation(program.net).check(program.text)
    kinds = ("unreadable", "not decided") if program.refused else ("equal if",) if "clip(" in program.text else ("equal",)
    assert runs_right(program) and right.kind in kinds, f"{program.text}\n{right}"
    for _ in range(0 if program.refused else count):
        wrong = mistaken(program, rng)
        verdict = derivation(program.net).check(wrong.text)
        assert not verdict.equal or runs_right(wrong) is not False, f"{wrong.text}\n{verdict}"


@pytest.mark.parametrize("k", range(0, len(PROGRAMS), 20))
def test_a_backward_pass_is_judged_as_it_runs(k, random_seed, undiagnosed):
    judge(PROGRAMS[k], random.Random(f"{random_seed} {k}"), 3)


@pytest.mark.sweep
@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_many_slips_in_a_backward_pass_are_judged_as_they_run(k, random_seed, undiagnosed):
    judge(PROGRAMS[k], random.Random(f"{random_seed} many {k}"), 5)


LENGTHS = ["{} = len(x)", "{} = x.shape[0]", "{}, D = x.shape", "{} = x.size(0)", "H, D = W_xh.shape\n{} = len(y)"]


@pytest.mark.parametrize("k", sampled(range(len(PROGRAMS)), 9))
def test_what_says_how_long_something_is_is_left_out(k, random_seed):
    """The steps may be counted under any name; a length is no quantity, and divides nothing unseen."""
    rng, program = random.Random(f"{random_seed} {k}"), PROGRAMS[k]
    called = rng.choice(["T", "T_x", "n_steps", "seq_len", "N"])
    text = re.sub(r"(?<![\w.\[])T(?![\w(])", called, program.text)
    if program.refused or text == program.text != re.sub(r"range\(T", "", program.text) or "def " in text or "range(T" not in program.text:
        return
    before = rng.choice(LENGTHS[:-1] if "one" in program.net else LENGTHS).format(called)  # a net of one answer has no more targets
    verdict = derivation(program.net).check(f"{before}\n{text}")
    assert verdict.equal, f"{before}\n{text}\n{verdict}"
    lines = text.splitlines()
    if not (sums := [i for i, line in enumerate(lines) if " += " in line]):
        return
    at = rng.choice(sums)
    lines[at] += " / D"
    verdict = derivation(program.net).check("\n".join(["D = x.shape[1]", before, *lines]))
    assert not verdict.equal, verdict


def blamed(rng, count):
    """Of programs with a slip in one line: how many name that line, and what the others name."""
    right, others = 0, []
    while right + len(others) < count:
        program = rng.choice([p for p in PROGRAMS if not p.refused])
        program = program._replace(text=ast.unparse(ast.parse(program.text)))
        wrong = mistaken(program, rng)
        lines = list(zip(program.text.split("\n"), wrong.text.split("\n"), strict=False))
        changed = [i + 1 for i, (one, other) in enumerate(lines) if one != other]
        if len(changed) != 1 or program.text.count("\n") != wrong.text.count("\n"):
            continue
        verdict = derivation(program.net).check(wrong.text)
        if verdict.line is None or verdict.kind != "not equal" or not derivation(program.net).check(program.text).equal:
            continue
        right += verdict.line == changed[0]
        others += [] if verdict.line == changed[0] else [(wrong.text, changed[0], verdict)]
    return right, others


def test_the_line_with_the_slip_is_the_one_that_is_named(random_seed):
    right, others = blamed(random.Random(random_seed), 5)
    assert right >= 3, others


@pytest.mark.sweep
def test_of_fifty_slips_forty_are_told_by_their_line(random_seed):
    right, others = blamed(random.Random(random_seed), 50)
    assert right >= 40, others


LOOP = """
dh_next = np.zeros(H)
for t in reversed(range(T)):
    ds = p[t] - onehot(y[t])
    {}
    dW_hy += np.outer(ds, h[t])
    db_y += ds
    dh = W_hy.T @ ds + dh_next
    da = dh * (1 - h[t]**2)
    db_h += da
    dh_next = W_hh.T @ da
"""
SAME = ["ds", "ds[:]", "ds[...]", "ds.T", "ds.reshape(-1)", "ds.squeeze()", "ds.ravel()", "ds.view()", "ds.transpose()", "np.asarray(ds)",
        "np.squeeze(ds)", "np.reshape(ds, (-1,))", "np.atleast_1d(ds)", "np.transpose(ds)", "ds.flat", "ds.real"]  # fmt: skip
CHANGED = ["q *= 2", "q -= 1", "q += ds", "q /= 3"]


@pytest.mark.parametrize("of", SAME)
def test_an_array_under_two_names_is_not_changed_unseen(of, random_seed):
    """Whatever numpy makes of one array alone may be the same one: what changes it is refused where the other name is used."""
    change = random.Random(f"{random_seed} {of}").choice(CHANGED)
    assert not derivation("rnn-tanh").check(LOOP.format(f"q = {of}\n    {change}")).equal


@pytest.mark.parametrize("of", ["ds.copy()", "np.copy(ds)", "np.array(ds)", "2 * ds", "np.tanh(ds)", "ds + 0"])
def test_a_copy_may_be_changed(of):
    verdict = derivation("rnn-tanh").check(LOOP.format(f"q = {of}\n    q *= 2"))
    assert verdict.equal, verdict


HIDDEN = ["assert not ds.fill(0)", "np.multiply(ds, 2, out=ds)", "ds.sort()", "del ds", "exec('ds = 0')", "ds.__imul__(2)"]


@pytest.mark.parametrize("line", HIDDEN)
def test_what_changes_an_array_otherwise_is_refused(line):
    assert derivation("rnn-tanh").check(LOOP.format(line)).kind in ("unreadable", "not equal")


def test_a_function_with_defaults_is_not_read_as_the_activation():
    text = "def f(v, s=2):\n    return s * v\n" + LOOP.format("ds = f(ds)")
    assert "`f` is a function of yours" in str(derivation("rnn-tanh").check(text))


SUMMED = """for t in reversed(range(T)):
    ds[t] = p[t] - onehot(y[t])
    da[t] = (1 - h[t]**2) * (W_hy.T @ ds[t] + W_hh.T @ da[t+1])
{}
for t in range(T):
    dW_hh += np.outer(da[t], h[t-1])
{}"""
CHANGES = [
    "for d in [da]:\n    np.clip(d, -1, 1, out=d)",
    "for d in [ds, da]:\n    np.clip(d, -5, 5, out=d)",
    "da = np.clip(da, -1, 1)",
    "da[0] = 0",
    "da[1] = 0",
    "da[0] = da[1]",
]
HELD = """dW_hh = np.zeros_like(W_hh)
dh_next = np.zeros_like(h[0])
{}
    ds = p[t].copy()
    {}
    dh = W_hy.T @ ds + dh_next
    da = (1 - h[t]**2) * dh
    dW_hh += np.outer(da, h[t-1])
    dh_next = W_hh.T @ da
{}"""
HEAD, TARGET = "for t in reversed(range(T)):", "ds[y[t]] -= 1"
RECKONED = ["[dW_hh*2]", "[dW_hh/T]", "[-dW_hh]", "[dW_hh.T]", "np.tril(dW_hh)", "dW_hh.transpose()", "dW_hh-W_hh", "abs(dW_hh)",
            "dW_hh if T > 3 else 0", "dict(W_hh=-dW_hh)", "(dW_hh, -dW_hh)", "{'W_hh': 2*dW_hh}"]  # fmt: skip
SLIPS = [(f"for k in range({n}):\n    t = T-1-k", TARGET, "") for n in ("T-1", "5", "T//2", "1, T")]
SLIPS += [(HEAD, f"ds[{index}] -= 1", "") for index in ("t-1, y[t]", "t, y[t]", "-1, y[t]", "y[t], y[t]", "1, y[t]")]
SLIPS += [(HEAD, TARGET, f"return {back}") for back in RECKONED]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_between_two_loops_is_not_read_past(change, undiagnosed):
    net = derivation("rnn-tanh")
    assert net.check(SUMMED.format("", "")).equal
    clipped = net.check(SUMMED.format("", "for d in [dW_hh]:\n    np.clip(d, -5, 5, out=d)\nreturn dW_hh"))
    assert clipped.kind == "equal if" and clipped.sentences[0].startswith("without its clipping this is equal"), clipped
    assert not net.check(SUMMED.format(change, "")).equal


@pytest.mark.parametrize("head, target, back", SLIPS)
def test_a_short_loop_another_element_or_a_reckoned_return_is_not_read_past(head, target, back, undiagnosed):
    assert not derivation("rnn-tanh").check(HELD.format(head, target, back)).equal


@pytest.mark.parametrize(
    "right", [(HEAD, TARGET, "return [dW_hh]"), ("for k in range(T):\n    t = T-1-k", TARGET, ""), (HEAD, "ds[y[t], 0] -= 1", "")]
)
def test_a_whole_loop_however_it_is_headed_is_read(right):
    assert (verdict := derivation("rnn-tanh").check(HELD.format(*right))).equal, verdict


@pytest.mark.parametrize("head", ["", "Therefore, ", "Hence, "])
def test_a_line_without_a_loop_counts_its_steps_as_the_model_does(head, undiagnosed):
    net = derivation("rnn-many-to-one")
    for right, wrong in (
        ("dW_hy = np.outer(ds[T], h[T])", "dW_hy = np.outer(ds[T], h[T-1])"),
        ("dh[T] = W_hy.T @ ds[T]", "dh[T] = W_hy.T @ ds[T-1]"),
    ):
        assert net.check(head + right).equal and not net.check(head + wrong).equal


def judge_parted(k, rng, count):
    """Programs with lines of a loop in loops of their own: none is equal that gives another gradient."""
    for program in (parted(PROGRAMS[k], rng) for _ in range(count)):
        verdict = derivation(program.net).check(program.text)
        assert not verdict.equal or runs_right(program) is not False, f"{program.text}\n{verdict}"


@pytest.mark.parametrize("k", range(0, len(PROGRAMS), 20))
def test_what_another_loop_makes_is_not_taken_for_that_of_the_step(k, random_seed, undiagnosed):
    judge_parted(k, random.Random(f"{random_seed} parted {k}"), 4)


@pytest.mark.sweep
@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_many_programs_in_parted_loops_are_judged_as_they_run(k, random_seed, undiagnosed):
    judge_parted(k, random.Random(f"{random_seed} many parted {k}"), 5)


def test_a_loop_in_two_with_arrays_between_is_read():
    """What the first keeps of every step the second has."""
    text = LOOP.format("").replace("da = ", "da[t] = ").replace("@ da", "@ da[t]").replace("db_h += da", "db_h += da[t]")
    second = "for t in range(T):\n    dW_hh += np.outer(da[t], h[t-1])"
    verdict = derivation("rnn-tanh").check(f"{text}\n{second}")
    assert verdict.equal, verdict
    assert "is made by the loop below" in str(derivation("rnn-tanh").check(f"{second}\n{text}"))
    signs = LOOP.format("").replace("dh * (", "dh ⊙ (")
    assert derivation("rnn-tanh").check(signs).equal
    assert not derivation("rnn-tanh").check(signs.replace("    dh_next", "for t in reversed(range(T)):\n    dh_next")).equal


@pytest.mark.parametrize("text", ["db_h = Sum(da_t, t)\ndb_h = zeros(H)", "da_t = dh_t * (1 - h_t^2)\nda_t = np.zeros(H)",
                                  "dW_hh = Sum(da[t] @ h[t-1].T, t)\ndW_hh = np.zeros_like(W_hh)"])  # fmt: skip
def test_zeros_behind_what_a_line_makes_are_not_passed_over(text):
    first, second = text.split("\n")
    d = derivation("rnn-tanh")
    assert not d.check(text).equal and d.check(first).equal


@pytest.mark.parametrize("sign", ["*", "⊙"])
@pytest.mark.parametrize(
    "line", ["da = 0", "ds = zeros(T, K)", "    da[t] = 0", "    da = np.zeros((T, H))", "    ds[t] = 0", "    W_hh = 2 * W_hh"]
)
def test_what_is_set_between_two_loops_or_in_the_second_is_not_passed_over(line, sign):
    text = f"""
dh_next = 0
for t in reversed(range(T)):
    ds[t] = p[t] - onehot(y[t])
    dh[t] = W_hy.T @ ds[t] + dh_next
    da[t] = dh[t] {sign} (1 - h[t]**2)
    dh_next = W_hh.T @ da[t]
{{}}{{}}for t in range(T):
{{}}    dW_hh += outer(da[t], h[t-1])
    db_h += da[t]
    dW_hy += outer(ds[t], h[t])
"""
    d = derivation("rnn-tanh")
    within = line.startswith(" ")
    assert d.check(text.format("", "", "")).equal
    assert not d.check(text.format("" if within else line, "" if within else "\n", f"{line}\n" if within else "")).equal


@pytest.mark.parametrize("of", ["ds", "ds[:]", "ds.T", "ds.reshape(-1)", "np.asarray(ds)", "np.ravel(ds)", "np.transpose(ds)"])
def test_nor_is_it_in_what_is_no_python(of):
    text = LOOP.replace("dh * (1", "dh ⊙ (1")
    assert derivation("rnn-tanh").check(text.format("q = 2 * ds")).equal
    assert not derivation("rnn-tanh").check(text.format(f"q = {of}\n    q *= 2")).equal


@pytest.mark.parametrize("over", ["W_hy", "Why", "h", "reversed(W_hh)", "range(da)"])
def test_a_loop_over_what_is_no_length_is_refused(over):
    text = "dW_hh = np.zeros_like(W_hh)\nfor t in {}:\n    dW_hh += np.outer(da[t], h[t-1])"
    assert derivation("rnn-tanh").check(text.format("range(T)")).equal
    assert not derivation("rnn-tanh").check(text.format(over if "(" in over else f"range({over})")).equal


@pytest.mark.parametrize("end", sampled(["\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"], 4))
def test_lines_end_as_any_text_has_them(end, random_seed):
    d, program = derivation("rnn-tanh"), random.Random(f"{random_seed} {end!r}").choice([p for p in PROGRAMS if p.net == "rnn-tanh"])
    for text in (program.text, program.text.replace("da[t]", "2 * da[t]"), program.text.replace("=", "= (", 1)):
        assert str(d.check(text.replace("\n", end))) == str(d.check(text)), text


@pytest.mark.parametrize("left", ["{}", "{ }", "{}[t]", "()", "[]", "{}_t", r"\{\}"])
def test_a_left_side_without_a_name_is_refused_in_a_sentence(left):
    for sign in ("=", "+=", "←"):
        assert derivation("rnn-tanh").check(f"{left} {sign} dh_t ⊙ (1 - h_t²)").kind == "unreadable"


NESTED = (
    "".join(f"def f{k}(x):\n    def g(y):\n        return y\n    return g(x)\n" for k in range(6)) + "for t in range(T):\n    db_h += {}"
)
WORDS = """
from tests.oracles.scripts import programs
from tests.test_check import derivation
from tests.test_trials import FUNCTION
for p in programs()[::7]:
    print(derivation(p.net).check(p.text))
print(derivation("rnn-tanh").check(TEXT))
print(derivation("rnn-tanh").check(f"{FUNCTION}    dWhh = np.stack([dWhh])[0]"))
"""


@pytest.mark.sweep
def test_the_same_text_has_the_same_words_in_every_process():
    """Whatever order the sets of a process have."""
    text = NESTED.format("(".join(f"f{k}" for k in range(6)) + "(da[t]" + ")" * 6)
    said = {
        subprocess.run(
            [sys.executable, "-c", WORDS.replace("TEXT", repr(text))],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(said) == 1 and "is a function of yours" in said.pop()


WHOLE = {
    "np.arange(T), y": True,
    "np.arange(len(y)), y": True,
    "y": True,
    ":, y": False,
    "y, :": False,
    "y, np.arange(T)": False,
    ":, y[t]": False,
}


@pytest.mark.parametrize("place", WHOLE)
def test_of_each_step_its_own_class_is_made_less(place, random_seed):
    """Whole arrays, of which ``ds[:, y]`` takes from every step what all of them have."""
    made = random.Random(f"{random_seed} {place}").choice(["p.copy()", "softmax(s)", "1*p", "p"])
    for text in (f"ds = {made}\nds[{place}] -= 1", f"ds = {made}\nds[{place}] -= 1\ndb_y = ds.sum(axis=0)"):
        assert derivation("rnn-tanh").check(text).kind.startswith("equal") == WHOLE[place], text
