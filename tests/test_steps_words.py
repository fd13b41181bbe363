"""What a person who is new to it needs: signs and words explained, lines taken as they are written, a quiz that keeps its answers."""

import io
import itertools
import re
import subprocess
import sys
import time

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.steps.asking.proposal import honest, spelled
from autograd_rnn.steps.asking.words import MEANT
from autograd_rnn.steps.showing.shell import shell
from autograd_rnn.steps.showing.terminal import Screen
from autograd_rnn.steps.step import LEVELS
from tests.sampling import sampled
from tests.test_steps import NETS, walked
from tests.test_steps_terminal import Stream, answer, session


def diamond():
    a = ar.tensor(3.0, name="a")
    b = a + a
    b.name = "b"
    return ar.step(b + b)


@pytest.mark.parametrize("name", NETS)
def test_every_sign_and_quantity_of_a_walk_is_explained(name):
    s = walked(name, None)
    told = dict(s.words().pairs)
    text = "\n".join(step.after.text for step in s.walk("recursion"))
    for sign in "⊙ᵀσ²":
        assert (sign in told) == (sign in text), sign
    assert ("Σ_t" in told) == ("Σ_t" in text)
    for step in s.walk("recursion"):
        assert len(s.words(step.name).pairs) == 1 and all(s.words(symbol).pairs for symbol in step.shapes), step.name
    assert set(LEVELS) == set(MEANT) and set(LEVELS) < set(told)


def test_words_of_one_sign():
    s = walked("lstm", None)
    assert str(s.words("da_i,2")) == (
        "da_i,2  the adjoint of a_i,2 (what goes into the activation: the weighted sum before tanh or σ): ∂L/∂a_i,2, of the same shape"
    )
    assert "cell state" in str(s.words("c")) and "outer product" in str(s.words("a bᵀ")) and "units" in str(s.words("H"))
    for wrong, words in (("adjiont", "did you mean 'adjoint'"), ("zork", "words lists them")):
        with pytest.raises(ValueError, match=words):
            s.words(wrong)


def test_words_of_a_single_tensor_speak_of_its_own_end():
    told = dict(diamond().words().pairs)
    assert "derivative of v_2 by it" in told["da"] and "recursion" not in told and "carry" not in told and "H" not in told


@pytest.mark.parametrize("name, level", sampled(itertools.product(NETS, ["recursion", "unrolled"]), 5))
def test_a_line_is_taken_as_the_walk_writes_it(name, level):
    s = ar.step(NETS[name](), steps=2 if name != "encoder-decoder" else (2, 3), level=level)
    computed = s.walk("unrolled").children
    lines = [q for q in s.walk() if q.kind not in ("forward", "seed") and (level == "unrolled" or q.number in computed)]
    for step in lines[:8]:
        assert s.check(step.after.text).equal, (step.after.text, s.check(step.after.text))


@pytest.mark.parametrize("text, typed", [
    ("dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}", "dh[t] = (W_hy.T ds[t]) + (W_hh.T da[t+1])"),
    ("da_t = 1/3 dh_t ⊙ (1 − h_t²)", "da[t] = 1 / 3 dh[t] * (1 - h[t]**2)"),
    ("dW_hh = Σ_{t=2..T} da_t h_{t-1}ᵀ + b", "dW_hh = Sum((da[t] h[t-1].T), t, 2, T) + b"),
    ("dh_t = dh_{t+1} ⊙ h_t   (t < T)", "dh[t] = dh[t+1] * h[t]   (t < T)"),
    ("dh_t = dh_{t+1} for t < T", "dh[t] = dh[t+1] for t < T"),
    ("dh_t = a(", "dh_t = a("),
])  # fmt: skip
def test_what_is_written_becomes_what_is_typed(text, typed):
    assert spelled(text, ar.derive(ar.Model(ar.RNN(2, 3), output_size=2))) == typed


def test_a_diagnosis_speaks_of_the_line_that_was_written():
    line = "dc[2] = dh[2] * o[2] * f[3]"
    told = ["the time of `f[3]` is wrong: `f[5]` stands where `f[3]` belongs", "a term is missing", "`o[2]` stands where `i[2]` belongs"]
    assert honest(Verdict("not equal", told), line).sentences == told[1:]
    s = ar.step(ar.Model(ar.LSTM(2, 3), output_size=2), steps=3, level="unrolled")
    assert "[5]" not in str(s.check("dc_2 = dh_2 * o_2"))


# -- why --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["recursion", "unrolled"])
def test_why_of_a_value_names_the_equations_that_need_it(level):
    s = ar.step(ar.Model(ar.LSTM(2, 3), output_size=2), steps=2, level=level)
    for step in s.walk():
        if step.kind == "forward":
            said = s.why(step).sentence
            used = [other for other in s.walk() if other.kind not in ("forward", "seed")]
            name = rf"{re.escape(step.name)}(?![0-9A-Za-z,])" if level == "unrolled" else rf"{step.node}[_,][{{t]"
            bare = re.compile(rf"(?<![0-9A-Za-z_]){name}")
            needed = [other.name for other in used if bare.search(other.after.text.split(" = ")[1])]
            assert all(name in said for name in needed[:6]) and ("does not need" in said) == (not needed), (step.name, said, needed)


def test_why_of_a_share_says_where_the_others_and_their_sum_are():
    s = ar.step(ar.Model(ar.LSTM(2, 3), output_size=2), steps=2, level="op")
    for step in s.walk():
        shares = re.search(r"one of the (\d+) shares of (\S+) \(steps ([\d, .]+)\); step (\d+) adds them up", s.why(step).sentence)
        assert bool(shares) == (step.kind == "vjp" and " += " in step.after.text)
        if shares:
            total = s.walk()[int(shares[4]) - 1]
            assert total.name == shares[2] == step.name and len(total.depends) == int(shares[1]) and step.number in total.depends
            assert [int(k) for k in re.findall(r"\d+", shares[3])] == list(total.depends)[:6]


def test_a_value_without_a_name_is_said_before_it_is_used():
    s = ar.step(ar.Model(ar.LSTM(2, 3), output_size=2), steps=3, level="unrolled")
    s.goto(t=2, node="c")
    lines = [part.text for part in s.why().proof]
    name = next(found[0] for line in lines if (found := re.search(r"v_\d+", line)))
    assert lines[0].startswith(f"{name}[i] = ")


# -- at the prompt ----------------------------------------------------------------------------------------------------


def test_the_prompt_explains_itself():
    assert "A d before a name is the derivative of L by it, its adjoint; words explains every sign." in session()
    assert "times, component by component" in answer("words") and answer("words dh_2").startswith("dh_2  the adjoint of h_2")
    assert "is no sign or word" in answer("words zork")


@pytest.mark.parametrize("width", [30, 40, 80])
def test_lists_have_two_columns_where_there_is_room(width):
    stream = Stream()
    shell(ar.step(ar.Model(ar.RNN(1, 1), 2), steps=2), "", Screen(stream, width), io.StringIO("h\nwords\n"))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    at = next(k for k, line in enumerate(lines) if line.startswith("y  why"))
    assert lines[at] == ("y  why                  the rule, and its small proof" if width == 80 else "y  why")


def test_few_paths_unasked_and_as_many_as_one_likes():
    many = ar.step(ar.Model(ar.LSTM(2, 2), 2), steps=3)
    many.goto(node="dW_hf")
    few = answer("p", navigator=many)
    assert few.count("%") == 7 and "the first 6 of 37 paths" in few and "paths 37 lists all 37" in few
    assert "lists all" not in answer("p 37", navigator=many) and "how many paths?" in answer("p all")


def test_a_quiz_keeps_its_answer_and_forgives_a_slip_of_the_pen():
    start = ("g t=2 node=h", "quiz")
    wrong = answer(*start, "da_2 = dh_2 * (1 - h_2)")
    assert wrong.startswith("not equal") and "derived equation" not in wrong
    assert "this is a quiz" in answer(*start, "c da_2 = dh_2")
    quiz = ar.step(ar.Model(ar.RNN(2, 3), 2), steps=3).quiz()
    assert quiz.answer("p[t] - ((").kind == "unreadable" and quiz.answer("p_t - onehot(y_t)").equal and quiz.points == 3


def test_a_lesson_of_its_own_ends_where_one_stands():
    out = session("n", "n", "n", "n", "w", navigator=None, name="diamond")
    stream = Stream()
    shell(None, "diamond", Screen(stream, 80), io.StringIO("n\n" * 4 + "w\n"))
    assert "back where you were" in out and "Look around in its net" in stream.getvalue()
    assert "step 9 of 9" in stream.getvalue().rsplit("> w", 1)[1]


def test_patience_is_asked_for_at_a_terminal_only(monkeypatch):
    from autograd_rnn.nets.progress import Progress, patient

    monkeypatch.setattr("autograd_rnn.nets.progress.LONG", 0.01)
    for terminal in (True, False):
        stream = Stream(terminal=terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress(None, None, "looking [b]{x}"):
            seen = _wait(lambda stream=stream: "looking [b]{x}" in stream.getvalue(), 300.0 if terminal else 0.1)
            inner = patient("inside")(lambda: time.sleep(0.1))
            inner()
        assert seen == terminal and "inside" not in stream.getvalue()
        assert terminal or not stream.getvalue()


def test_a_bar_that_is_left_open_within_another_hides_none_later(monkeypatch):
    """A generator that nobody finishes lets go of its bar when it likes: after the one around it, too."""
    from autograd_rnn.nets.progress import Progress

    def begun(label):
        with Progress(None, None, label):
            yield

    monkeypatch.setattr("autograd_rnn.nets.progress.LONG", 600)
    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    with Progress(None, None, "outer") as outer:
        inner = begun("inner")
        next(inner)
    inner.close()
    with Progress(None, None, "later") as later:
        assert outer.bar is not None and later.bar is not None


def test_what_is_done_at_once_shows_nothing(monkeypatch):
    from autograd_rnn.nets.progress import Progress

    monkeypatch.setattr("autograd_rnn.nets.progress.LONG", 600)  # however busy the machine is, this is done before
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(2, None, "drawing") as bar:
        bar.update("a\x1b[2J")
    assert "drawing" not in stream.getvalue()


def _wait(happened, seconds):
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.01)
    return happened()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' shell closes no streams this way")
@pytest.mark.parametrize("closed", sampled(["<&- >&-", "<&-", ">&-"], 3))
def test_a_closed_stream_is_no_traceback(closed):
    command = f"echo n | {sys.executable} -m autograd_rnn step rnn {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr


def test_a_long_sum_lists_some_of_its_shapes():
    s = ar.step(ar.Model(ar.RNN(2, 3), 2), steps=20, level="unrolled")
    s.goto(node="W_hh")
    stream = Stream()
    Screen(stream, 80).show(s.step)
    assert "and 25 more" in " ".join(stream.getvalue().split()) and len(s.step.shapes) == 41


def test_a_leaf_has_no_walk():
    with pytest.raises(ValueError, match="was made by no operation: walk through what is computed from it"):
        ar.step(ar.tensor(np.float64(3.0), name="a"))


# -- words of an own cell -----------------------------------------------------------------------------------------------


class Own(ar.Cell):
    states = ("u", "q")
    output = "u"

    def __init__(self, f):
        self.f = f
        super().__init__(2, 3, seed=1)

    def shapes(self):
        return {"W": (3, 2), "U": (3, 3), "b": (3,)}

    def step(self, p, x, u, q):
        a = ar.linear(p.W, x, p.U, u, p.b)
        k = ar.maximum(a, q)
        return dict(a=a, k=k, u=self.f(a) * k, q=0.5 * q + k)


def test_what_an_own_cell_computes_is_said_as_it_computes_it():
    @ar.op("bump({})", lambda g, y, x: -2 * g * x * y)
    def bump(x, /):
        """e^(-x²), a bump."""
        return np.exp(-x * x)

    run = ar.Model(Own(bump), output_size=2).unroll(np.ones((3, 2)), y=[0, 1, 0])
    told = dict(ar.step(run).words().pairs)
    assert told["bump"] == "e^(-x²), a bump."
    assert told["a_t"] == "computed as W x_t + U u_{t-1} + b" and told["k_t"] == "computed as max(a_t, q_{t-1})"
    assert told["q_t"] == "a state, which each step gets from the one before: given first, then computed as 0.5 q_{t-1} + k_t"
    assert "(computed as max(a_t, q_{t-1}))" in str(ar.step(run).words("dk_2"))
    batch = ar.step(ar.Model(Own(bump), output_size=2).unroll(np.ones((3, 4, 2)), y=np.zeros((3, 4), int)))
    assert str(batch.words("k_2")) == "k_2  made by max: k_2 = max(a_2, q_1)"
    assert str(diamond().words("b")) == "b  made by +: b = a + a" and "no operation made" in str(diamond().words("a"))


USES = {
    "a bias, which is added": [lambda a, v: a + v, lambda a, v: v - a, lambda a, v: (a - v) * 2],
    "a vector of weights": [lambda a, v: a * v, lambda a, v: a / ar.exp(v), lambda a, v: ar.maximum(a, v), lambda a, v: a + v * v],
}


@pytest.mark.parametrize("told, use", [(told, use) for told, uses in USES.items() for use in uses])
@pytest.mark.parametrize("name", ["b", "W_xh", "gain", "b_T"])
def test_what_is_said_of_a_parameter_goes_by_what_the_tape_does_with_it(told, use, name):
    def step(self, p, x, h):
        return dict(h=ar.tanh(use(p.W_1 @ x + p.W_2 @ h, getattr(p, name))))

    H = 3
    shapes = {"W_1": (H, 2), "W_2": (H, H), name: (H,)}
    walk = ar.step(ar.Model(type("Using", (ar.Cell,), {"shapes": lambda self: shapes, "step": step})(2, H), output_size=2), steps=2)
    assert dict(walk.words(name).pairs)[name] == told
    assert dict(walk.words("W_1").pairs)["W_1"] == "a weight matrix"  # whose letters say nothing of from where to where
