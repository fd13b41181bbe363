"""Moves: where they lead, what they say at the ends, and that no mistake ever moves one; check, quiz, lessons."""

import itertools

import numpy as np
import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from autograd_rnn.steps.lessons import LESSONS, lesson, lessons
from autograd_rnn.steps.step import Step
from tests.sampling import sampled
from tests.test_steps import NETS, given


def walk(name="rnn", steps=3, **options):
    return ar.step(NETS[name](), steps=steps, **options)


def refused(s, move, *words):
    """A move that leads nowhere is one sentence and leaves everything as it is."""
    before = s.level, s.number, repr(s)
    with pytest.raises(ValueError) as error:
        move()
    assert (s.level, s.number, repr(s)) == before
    text = str(error.value)
    assert "\n" not in text and all(word in text for word in words), text


# -- moves ------------------------------------------------------------------------------------------------------------


def test_next_and_back_count_and_stop_at_the_ends():
    s = walk()
    assert s.level == "recursion" and s.step.number == 1
    refused(s, s.back, "this is the first step of the recursion level")
    names = [step.number for step in s.play()]
    assert names == list(range(1, 16)) and s.step.number == 15
    refused(s, s.next, "this is the last step of 15 of the recursion level")
    assert s.back().number == 14 and s.next().number == 15


def test_goto_by_time_quantity_and_number():
    s = walk(level="unrolled")
    assert s.goto(t=2, node="h").name == s.goto(node="dh_2").name == s.goto(node="h_2").name == "dh_2"
    assert s.goto(node="dW_hh").name == s.goto(node="W_hh").name == "dW_hh"
    assert s.goto(t=3).t == 3 and s.goto(number=1).number == 1 and s.goto(node="p_2").name == "p_2"
    s = walk("lstm", level="unrolled")
    assert s.goto(node="a_i,2").name == s.goto(t=2, node="a_i").name == s.goto(node="da_i_2").name == "da_i,2"


def test_goto_refuses_with_what_there_is():
    s = walk(level="unrolled")
    s.goto(number=5)
    refused(s, lambda: s.goto(t=9), "has t = 0 to 3, not t = 9")
    refused(s, lambda: s.goto(t=9, node="h"), "h has t = 0 to 3")
    refused(s, lambda: s.goto(t=2, node="W_hh"), "W_hh is the same at every step")
    refused(s, lambda: s.goto(node="hh"), "did you mean 'h'", "'W_hh'")
    refused(s, lambda: s.goto(node="zzzz"), "it has a, h, s, p")
    refused(s, lambda: s.goto(number=0), "the steps 1 to 31, not 0")
    refused(s, lambda: s.goto(number=32), "not 32")
    refused(s, lambda: s.goto(number=True), "not True")
    refused(s, lambda: s.goto(t="2"), "a whole number")
    refused(s, lambda: s.goto(), "goto(t=2)")


def test_a_time_leads_from_the_recursion_to_the_equations_of_that_time():
    for move in (lambda s: s.goto(t=2, node="h"), lambda s: s.goto(node="h_2"), lambda s: s.until(t=2, node="h")):
        top = walk()
        move(top)
        assert (top.level, top.step.name) == ("unrolled", "dh_2")
    top = walk()
    assert top.goto(node="h").level == "recursion" and top.goto(node="h_0").level == "recursion"
    refused(top, lambda: top.goto(t=9), "has t = 0 to 3, not t = 9")


def test_until_looks_ahead_only():
    s = walk(level="unrolled")
    s.goto(node="dh_3")
    assert s.until(t=2).t == 2 and s.step.number == 17
    assert s.until(node="b_h").name == "db_h"
    refused(s, lambda: s.until(t=1), "no step after step 29", "goto() looks back too")


def test_find_goes_on_and_around():
    s = walk(level="unrolled")
    first = s.find("W_hh.T @ da[2]")
    assert first.name == "dh_1" and s.find("tanh").number > first.number
    assert s.find("time: 3 uses of W_hh").name == "dW_hh"
    s.goto(number=len(s))
    assert s.find("softmax(s_2)").name == "p_2"
    refused(s, lambda: s.find("nowhere"), "no step of the unrolled level has 'nowhere' in it")
    refused(s, lambda: s.find(""), "has '' in it")


def test_levels_keep_the_place():
    s = walk(level="unrolled")
    s.goto(node="da_2")
    assert s.up().name == "da_t" and s.step_in().name == "da_2"
    assert s.step_in().level == "op" and s.step.name == "da_2"
    assert s.step_in().level == "component" and s.step.node == "a_2"
    refused(s, s.step_in, "this is the finest level")
    assert (s.up().level, s.up().level, s.up().level) == ("op", "unrolled", "recursion")
    refused(s, s.up, "this is the coarsest level")
    s.goto(node="dh")
    s.step_in()
    assert s.step.name == "dh_2"  # the t where one was
    assert s.step_in().after.text == "dh_2 += W_hyᵀ ds_2" and s.up().name == "dh_2"


def test_what_is_inside_a_step_leads_up_to_it():
    s = walk("gru")
    for below, above in (("unrolled", "recursion"), ("op", "unrolled"), ("component", "op")):
        for number in range(1, len(s.walk(below)) + 1):
            step = s.walk(below).step(number)
            s.level, s.number = below, number
            assert s.up().number == step.parent and s.level == above
            assert s.step_in().parent == step.parent


def test_a_constant_has_no_finer_steps():
    s = ar.step(given(cell=ar.RNN(2, 3)))
    s.goto(node="dx")
    refused(s, s.step_in, "dx_t has no finer steps in this run", "constant")


def test_equal_steps_are_taken_together():
    s = walk(steps=20, level="unrolled")
    s.goto(t=19, node="h")
    s.next()
    step = s.next(together=True)
    assert step.note.startswith("t = 18 ... 1: the same in form") and step.name == "dx_20"
    assert repr(step).startswith("t = 18 ... 1: the same in form, ")
    assert s.back(together=True).name == "dh_19" and s.step.note
    assert s.next().note == ""  # said once
    forms = [s.walk().lines[k - 1].form for k in s.walk().leaders]
    assert len(set(forms)) == len(forms) == len({line.form for line in s.walk().lines})


def test_together_on_the_op_level_and_at_the_end():
    s = walk("lstm", steps=10, level="op")
    count = 0
    while s.step.number < len(s):
        s.next(together=True)
        count += 1
    assert count < 150 < len(s)
    refused(s, lambda: s.next(together=True), "this is the last step")


def test_play_moves_along_and_can_be_left():
    s = walk(level="unrolled")
    for step in s.play():
        if step.name == "dh_2":
            break
    assert s.step.name == "dh_2" and len(list(s)) == len(s)


@pytest.mark.parametrize("subject, words", [
    (3, "step takes a run, a Model"), (np.ones(3), "not ndarray"), (ar.RNN(2, 3), "not RNN"), ("rnn", "not str"),
])  # fmt: skip
def test_what_has_no_derivation_is_refused(subject, words):
    with pytest.raises(TypeError, match=words):
        ar.step(subject)


def test_other_wrong_calls_are_refused():
    a = ar.tensor([1.0, 2.0], name="a")
    with pytest.raises(ValueError, match="is not a single number: sum it"):
        ar.step(a * 2)
    with pytest.raises(ValueError, match="belong to nets"):
        ar.step(a.sum(), steps=3)
    with pytest.raises(ValueError, match="a run has its steps already"):
        ar.step(given(), steps=3)
    for wrong in (0, -1, 2.5, True, (3, 0)):
        with pytest.raises(ValueError, match="steps must be a whole number of at least 1"):
            ar.step(NETS["rnn"](), steps=wrong)
    with pytest.raises(ValueError, match="truncate must be a whole number"):
        ar.step(given(), truncate=0)
    with pytest.raises(ValueError, match="level='ops': choose from recursion, unrolled, op, component"):
        ar.step(given(), level="ops")
    with pytest.raises(ValueError, match="a batch of 2"):
        ar.step(given(batch=True), level="recursion")
    with pytest.raises(ValueError, match="does not depend on any variable"):
        ar.step(ar.constant(2.0))
    with pytest.raises(ValueError, match="no loss"):
        ar.step(ar.unroll(ar.RNN(2, 3), np.ones((3, 2))))


MOVES = st.one_of(
    st.tuples(st.sampled_from(["next", "back"]), st.fixed_dictionaries({"together": st.booleans()})),
    st.tuples(st.sampled_from(["step_in", "up"]), st.just({})),
    st.tuples(st.just("goto"), st.fixed_dictionaries({}, optional={
        "t": st.integers(-2, 7), "node": st.sampled_from(["h", "dh_2", "W_hh", "c", "nonsense", "s", "L", "", "v_9", "a_i"])})),
    st.tuples(st.just("goto"), st.fixed_dictionaries({"number": st.integers(-3, 400)})),
    st.tuples(st.just("until"), st.fixed_dictionaries({}, optional={"t": st.integers(0, 6), "node": st.sampled_from(["h", "W_xi", "x"])})),
    st.tuples(st.just("find"), st.fixed_dictionaries({"text": st.sampled_from(["tanh", "W", "dh", "§"])})),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@generated(
    name=st.sampled_from(list(NETS)), steps=st.integers(1, 5), truncate=st.sampled_from([None, None, 1, 2]),
    level=st.sampled_from(["recursion", "unrolled", "op", "component"]), moves=st.lists(MOVES, min_size=1, max_size=12),
)  # fmt: skip
def test_no_sequence_of_moves_ever_loses_the_position(name, steps, truncate, level, moves):
    s = ar.step(NETS[name](), steps=steps, truncate=truncate, level=level)
    for move, arguments in moves:
        before = s.level, s.number
        try:
            step = getattr(s, move)(**arguments)
        except ValueError as error:
            assert (s.level, s.number) == before and "\n" not in str(error) and len(str(error)) < 250
        else:
            assert isinstance(step, Step) and step == s.step and (step.level, step.number) == (s.level, s.number)
        assert 1 <= s.number <= len(s) and repr(s) and s.where() and s.why().proof
        if s.level != "recursion":
            check = s.values().check
            assert check is None or check.ok


# -- questions --------------------------------------------------------------------------------------------------------


def test_where_is_a_breadcrumb_and_a_chain():
    s = walk(steps=20, level="unrolled")
    s.goto(t=10, node="h")
    crumb, line, pointer = s.where().splitlines()
    assert crumb.startswith("[unrolled] step ") and "t=10, sum over the 2 uses of h_10" in crumb
    assert line == "h_0 → h_1 → … → h_9 → [h_10] → h_11 → … → h_19 → h_20"
    assert pointer.index("▲") in range(line.index("[h_10]"), line.index("[h_10]") + 6) and pointer.endswith("you are here: dh_10")
    s.goto(node="W_hh")
    assert s.where().splitlines()[-1] == "at every step: dW_hh"
    s = walk("bidirectional", level="unrolled")
    s.goto(t=1, node="hb")
    assert s.where().splitlines()[1] == "hb_4 → hb_3 → hb_2 → [hb_1]"
    a = ar.tensor(2.0, name="a")
    s = ar.step(a * a + a)
    s.goto(node="a")
    assert s.where().splitlines()[1] == "[a] → v_1 → v_2"


def test_why_says_where_the_transpose_and_the_diag_come_from():
    s = walk(level="op")
    s.goto(node="h_3")
    assert "a sum down a column of W_hy is a row of its transpose" in s.why().sentence
    assert [line.text for line in s.why().proof][-2:] == ["dh_3[j] = Σ_i ds_3[i] W_hy[i,j]", "dh_3 = W_hyᵀ ds_3"]
    s.goto(node="a_3")
    assert "the Jacobian of tanh is a diagonal matrix, and diag(v) times a vector is ⊙ with v" in str(s.why())
    s.goto(node="W_hh")
    assert "outer product" in s.why().sentence
    s.goto(node="s_3")
    assert "probabilities less the one-hot target" in s.why().sentence
    s.find("accumulate")
    assert "2 ways at once" in s.why().sentence
    s.find("sum over time")
    assert "a copy of it for each step" in s.why().sentence
    s = walk()
    s.goto(node="dh")
    assert s.why().sentence.endswith("it is the same at every step.") and "2 ways at once" in s.why().sentence
    s.goto(node="dL")
    assert "dL/dL = 1" in s.why().sentence
    s = ar.step(given(cell=ar.RNN(2, 3)), truncate=2, level="unrolled")
    s.goto(t=2, node="h")
    assert "no longer the gradient of L" in s.why().sentence


@pytest.mark.parametrize("name", sampled(NETS, 5))
def test_every_step_has_a_why(name):
    s = walk(name, steps=2)
    for level in s.levels:
        for step in s.walk(level):
            found = s.why(step)
            assert found.sentence.endswith(".") and all(part.text and part.latex and part.ascii for part in found.proof)


def test_values_show_shapes_and_the_check():
    s = walk(level="unrolled")
    s.goto(node="da_2")
    lines = str(s.values()).splitlines()
    assert lines[0].startswith("da_2 (3,) = [") and lines[-1].startswith("check by complex step: agrees, error ")
    s.up()
    refused(s, s.values, "step_in() shows it at one t")
    s = ar.step(given(cell=ar.RNN(2, 3)), truncate=2, level="op")
    s.goto(number=[line.kind for line in s.walk().lines].index("truncate") + 1)
    assert str(s.values()).endswith("a cut edge has no number to check")


def test_paths_of_the_current_quantity():
    s = walk("lstm", level="unrolled")
    s.goto(t=2, node="h")
    found = s.paths()
    assert found.name == "h_2" and found.total > 1
    np.testing.assert_allclose(np.sum([path.share for path in found], 0), next(iter(s.step.numbers.values())))
    s.level, s.number = "op", next(step.number for step in s.walk("op") if step.name == "di_2")
    assert s.paths().name == "a_i,2"  # i has no equation of its own: its sweep belongs to a_i
    s.goto(node="L")
    refused(s, s.paths, "every path ends in L")
    top = walk()
    top.goto(node="dh")
    assert top.paths().name == "h_3"


def test_paths_on_a_tape_without_equations():
    a = ar.tensor(3.0, name="a")
    b = a + a
    b.name = "b"
    s = ar.step(b * b)
    s.goto(node="a")
    found = s.paths()
    assert found.total == 4 and [str(path) for path in found] == ["a → b → v_2"] * 4 and float(found.gradient) == 24.0
    assert [float(path.share) for path in found] == [6.0] * 4 and show(found[0].product) == "b"
    x = a
    for _ in range(40):
        x = x + x
    deep = ar.step(x)
    deep.goto(node="a")
    assert deep.paths(limit=2).total == 2**40 and len(deep.paths(limit=2)) == 2
    batch = ar.step(given(batch=True))
    batch.goto(t=4, node="c")
    found = batch.paths(limit=1000)
    assert len(found) == found.total
    np.testing.assert_allclose(np.sum([path.share for path in found], 0), batch.subject.sweep.adjoints[batch.run.c[4]], rtol=1e-12)
    batch.goto(node="L")
    assert batch.paths().total == 1


RIGHT = [
    "da_2 = dh_2 * (1 - h_2**2)", "da[2] = dh[2] * (1 - h[2]**2)", "dh_2 * (1 - h_2**2)", "dh_3 = W_hy.T @ ds_3",
    "dh[T] = W_hy.T @ ds[T]",
    "da_2 = (1 - h_2**2) * (W_hy.T @ ds_2 + W_hh.T @ da_3)", "dW_hh = da_1 @ h_0.T + da_2 @ h_1.T + da_3 @ h_2.T",
    "ds_3 = p_3 - onehot(y_3)",
    "dW_hh = Sum(da[t] @ h[t-1].T, t)", "da[t] = dh[t] * (1 - h[t]**2)",
]  # fmt: skip
WRONG = [
    ("da_2 = dh_2 * (1 - h_2)", "square is missing"), ("dh_2 = W_hy.T @ ds_2", "right for T = 2 only"),
    ("dW_hh = da_2 @ h_1.T + da_3 @ h_2.T", "term `da_1 h_0^T` is missing"), ("dh_3 = W_hy.T @ ds_3 + W_hh.T @ da_3", ""),
    ("dW_hh = da_1 @ h_1.T + da_2 @ h_2.T + da_3 @ h_3.T", "time of"),
]  # fmt: skip


@pytest.mark.parametrize("line", RIGHT)
def test_check_at_a_given_t_says_right(line):
    s = walk(level="unrolled")
    s.goto(node="da_2")
    assert s.check(line).kind == "equal", s.check(line)


@pytest.mark.parametrize("line, words", WRONG)
def test_check_at_a_given_t_says_what_is_wrong(line, words):
    s = walk(level="unrolled")
    s.goto(node="da_2")
    verdict = s.check(line)
    assert verdict.kind == "not equal" and words in str(verdict), verdict


def test_check_reads_what_it_can_and_says_so_otherwise():
    s = walk(level="unrolled")
    s.goto(node="da_2")
    for line in ("", "da_2 =", "da_2 = h_2 @ h_1", "dq_2 = h_2", "da_2 = W_hh @ W_xh", "da_9 = dh_9", "da_2 = 1 +* 2", "import os"):
        assert s.check(line).kind in ("unreadable", "ill-typed"), line
    assert "This net has the steps 1 to 3, not 9" in str(s.check("da_9 = dh_9 * (1 - h_9**2)"))
    with pytest.raises(TypeError, match="check takes a line of text"):
        s.check(3)
    batch = ar.step(given(batch=True))
    refused(batch, lambda: batch.check("da_2 = dh_2"), "a batch of 2")
    recursion = walk()
    recursion.goto(node="dh")
    assert recursion.check("W_hy.T @ ds[t] + W_hh.T @ da[t+1]").equal and not recursion.check("W_hy.T @ ds[t]").equal


def test_check_of_a_truncated_walk_is_about_the_truncated_net():
    s = ar.step(ar.Model(ar.RNN(2, 3), output_size=2), steps=4, truncate=2, level="unrolled")
    assert s.check("dh_2 = W_hy.T @ ds_2").equal and not s.check("dh_2 = W_hy.T @ ds_2 + W_hh.T @ da_3").equal
    assert s.check("dh_3 = W_hy.T @ ds_3 + W_hh.T @ da_4").equal


def test_a_long_walk_is_checked_beyond_twenty_steps():
    s = walk(steps=24, level="unrolled")
    assert s.check("da_23 = dh_23 * (1 - h_23**2)").equal


# -- quiz and lessons -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line, words",
    [
        ("dh_2 = W_hy^T ds_2", "`W_hh^T da_3` is missing"),
        (r"\mathrm{d}h_{2} = W_{hy}^\top \mathrm{d}s_{2}", r"`W_{hh}^{\top} \, \mathrm{d}a_{3}` is missing"),
        ("dh_t = W_hy^T ds_t", "is missing (`W_hh^T da_{t+1}`)"),
        ("da_2 = dh_9 * 2", "not 9\n    da_2 = dh_9 * 2\n           ^"),
    ],
)
def test_a_walk_answers_in_the_notation_of_the_line(line, words):
    verdict = walk(level="unrolled").check(line)
    assert words in str(verdict) and "[" not in str(verdict).partition("For example")[0], verdict


def test_a_quiz_asks_hints_judges_and_scores():
    s = walk(level="unrolled")
    s.goto(node="dL")
    quiz = s.quiz()
    assert quiz.question == "question 1 of 18: ds_3 = ?   ds_3 is (2,)"
    assert quiz.answer("p_3 - onehot(y_3)").equal and quiz.step.name == "dh_3" and quiz.points == 3
    assert not quiz.answer("W_hy @ ds_3").equal and quiz.step.name == "dh_3"
    assert [quiz.hint(), quiz.hint(), quiz.hint()] == [
        "the rule: chain rule through the matrix W_hy", "dh_3 (3,) is made of: W_hy (2, 3), ds_3 (2,)", "dh_3 = W_hyᵀ ___"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="three hints: give_up"):
        quiz.hint()
    assert quiz.answer("dh_3 = W_hy.T @ ds_3").equal and quiz.score == "2 of 2 right, 3 of 6 points"
    verdict = quiz.answer("dh_3 = W_hy.T @ ds_3")
    assert not verdict.equal and "the question is `da_3 = ...`" in verdict.sentences[0].lower()
    assert quiz.give_up().name == "da_3" and quiz.score == "2 of 3 right, 3 of 9 points"
    assert s.step.name == "da_3" and repr(quiz) == quiz.question
    while not quiz.over:
        quiz.give_up()
    assert repr(quiz) == "the quiz is over: 2 of 18 right, 3 of 54 points"
    with pytest.raises(ValueError, match="the quiz is over"):
        quiz.answer("x")


@pytest.mark.parametrize("name, level", sampled(itertools.product(NETS, ["recursion", "unrolled"]), 13))
def test_the_walks_own_lines_are_right_answers(name, level):
    s = walk(name, steps=2 if name != "encoder-decoder" else (2, 3), level=level)
    quiz = s.quiz()
    asked = 0
    while not quiz.over and asked < 12:
        step = quiz.step
        verdict = quiz.answer(step.after.ascii)
        assert verdict.equal, (step.after.ascii, verdict)
        asked += 1
    assert quiz.points == 3 * asked


def test_a_quiz_needs_a_net_and_something_ahead():
    a = ar.tensor(2.0, name="a")
    s = ar.step(a * a)
    refused(s, s.quiz, "single tensor")
    s = walk(level="op")
    refused(s, s.quiz, "up() leads there")
    s = walk()
    s.goto(number=len(s))
    refused(s, s.quiz, "no equation follows")


@pytest.mark.parametrize("name", list(LESSONS))
def test_what_a_lesson_claims_is_so(name):
    stops = list(lesson(name))
    assert len(stops) >= 3 and lessons()[name].endswith(".")
    for stop in stops:
        assert stop.holds, stop
        assert stop.text.endswith(".") and stop.claim in str(stop) and isinstance(stop.step, Step)


def test_a_lesson_tells_when_its_claim_does_not_hold():
    stop = next(lesson("diamond"))
    assert str(stop._replace(holds=False)).endswith("IT IS NOT SO")


def test_an_unknown_lesson_has_its_nearest_offered():
    with pytest.raises(ValueError, match="did you mean 'diamond'"):
        lesson("diamont")
    with pytest.raises(ValueError, match="there are diamond, by-hand"):
        lesson("zzz")
