"""Walks: every number on them against the tape's record and against the tape run again; equations against equations; JSON."""

import functools
import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.steps.step import KINDS, LEVELS, from_json, to_json
from autograd_rnn.steps.walks.naming import numbers
from tests.sampling import sampled

NETS = {
    "rnn": lambda: ar.Model(ar.RNN(2, 3), output_size=2),
    "relu": lambda: ar.Model(ar.RNN(2, 3, activation="relu", seed=3), output_size=2),
    "learned start": lambda: ar.Model(ar.RNN(2, 3, learn_initial=True), output_size=2),
    "jordan": lambda: ar.Model(ar.Jordan(2, 3, output_size=2), output_size=2),
    "jordan of probabilities": lambda: ar.Model(ar.Jordan(2, 3, output_size=2, feedback="probabilities"), output_size=2),
    "lstm": lambda: ar.Model(ar.LSTM(2, 3), output_size=2),
    "peephole": lambda: ar.Model(ar.LSTM(2, 3, peephole=True), output_size=2, reduction="mean"),
    "coupled": lambda: ar.Model(ar.LSTM(2, 3, coupled=True), output_size=2, loss="squared_error"),
    "gru": lambda: ar.Model(ar.GRU(2, 3), output_size=2),
    "gru after": lambda: ar.Model(ar.GRU(2, 3, reset="after"), output_size=2),
    "gru keep": lambda: ar.Model(ar.GRU(2, 3, update="keep"), output_size=2, loss="squared_error", reduction="mean"),
    "gru after keep": lambda: ar.Model(ar.GRU(2, 3, reset="after", update="keep"), output_size=2),
    "stacked": lambda: ar.Model(ar.Stacked([ar.LSTM(2, 3), ar.RNN(3, 2)]), output_size=2),
    "bidirectional": lambda: ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.GRU(2, 2)), output_size=2),
    "stacked pairs": lambda: ar.Model(ar.Stacked([ar.Bidirectional(ar.RNN(2, 2), ar.RNN(2, 2, seed=1)), ar.RNN(4, 2)]), output_size=2),
    "one-to-many": lambda: ar.Model(ar.LSTM(2, 3), output_size=2, task="one-to-many"),
    "many-to-one": lambda: ar.Model(ar.GRU(2, 3), output_size=2, task="many-to-one", loss="squared_error"),
    "one-to-one": lambda: ar.Model(ar.RNN(2, 3), output_size=2, task="one-to-one"),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.LSTM(2, 3), ar.LSTM(2, 3, seed=1), output_size=2),
}
TRUNCATED = ("rnn", "lstm", "gru after", "stacked", "bidirectional", "many-to-one", "encoder-decoder", "jordan", "one-to-many")
WALKS = [*((name, None) for name in NETS), *((name, 2) for name in TRUNCATED)]
SOME_WALKS = sampled([(case,) for case in WALKS], 6)
ids = "{0[0]}, truncated {0[1]}".format


@functools.cache
def walked(name, truncate):
    return ar.step(NETS[name](), steps=(3, 4) if name == "encoder-decoder" else 4, truncate=truncate)


def given(batch=False, cell=None, **options):
    """A run over constants, as people have them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, *([2] if batch else []), 2))
    return ar.Model(cell or ar.LSTM(2, 3), output_size=2, **options).unroll(x, rng.integers(0, 2, x.shape[:-1]))


def own(step):
    """The number of what a step finds."""
    return np.asarray(next(iter(step.numbers.values())))


@pytest.mark.parametrize("case", SOME_WALKS, ids=ids)
def test_the_op_level_holds_every_adjoint_of_the_tape(case):
    s = walked(*case)
    swept = s.run.backward(truncate=case[1])
    settled = {}
    for step, event in zip(s.walk("op"), s.subject.sweep.events, strict=True):
        if event.kind in ("seed", "accumulate") or event.kind == "vjp" and "+=" not in step.after.text:
            assert event.node not in settled
            settled[event.node] = own(step)
        if event.kind == "forward":
            np.testing.assert_array_equal(own(step), event.node.value)
    assert set(settled) == set(swept)
    for node, value in settled.items():
        np.testing.assert_allclose(value, swept[node], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", SOME_WALKS, ids=ids)
def test_every_number_agrees_with_the_tape_run_again(case):
    s = walked(*case)
    checked = 0
    for level in ("unrolled", "op"):
        for step in s.walk(level):
            check = s.subject.check_numbers(step)
            assert check is not None or step.kind == "truncate" and level == "op"
            assert check is None or check.ok, (step, check)
            checked += check is not None and check.method != "run again"
    assert checked > 20


@pytest.mark.parametrize("case", SOME_WALKS, ids=ids)
def test_the_unrolled_equations_give_the_tapes_numbers(case):
    s = walked(*case)
    swept, unrolling = s.run.backward(truncate=case[1]), s.subject.unrolling
    found = set()
    for step, equation in zip(s.walk("unrolled"), unrolling.equations, strict=True):
        node = unrolling.tensor(equation.left)
        if node is None:
            continue
        expected = swept[node] if equation.left.adjoint else node.value
        np.testing.assert_allclose(own(step), expected, rtol=1e-11, atol=1e-14)
        found |= {node} if equation.left.adjoint else set()
    assert set(s.run.parameters.values()) & set(swept) <= found


@pytest.mark.parametrize("case", SOME_WALKS, ids=ids)
def test_a_step_says_what_it_uses_where_it_belongs_and_what_it_shows(case):
    s = walked(*case)
    drawn = {level: s.subject.names.drawn if level in LEVELS[:2] else set(s.subject.names.operations.values()) for level in LEVELS}
    assert drawn["op"] == set(ar.draw(s.run, level="op", elide=False).figure.marks)
    for level in LEVELS:
        walk = s.walk(level)
        for number, step in enumerate(walk, 1):
            assert (step.number, step.of, step.level) == (number, len(walk), level) and step.kind in KINDS
            assert set(step.mark) <= set(drawn[level]) and step.rule and step.after.text and step.after.ascii and step.after.latex
            assert all(1 <= k <= len(walk) for k in step.depends)
            if level in ("op", "unrolled", "component"):
                assert all(k < number for k in step.depends), step
            above = {"unrolled": "recursion", "op": "unrolled", "component": "op"}.get(level)
            assert step.parent is None if above is None else 1 <= step.parent <= len(s.walk(above))
            for name, value in step.numbers.items():
                assert np.shape(value) == step.shapes[name]
    for step in s.walk("unrolled"):
        if step.kind != "seed":
            known = step.where.partition(":")[0] in ("cells.py", "readout.py", "losses.py")
            assert known or step.kind == "forward" or "x" in step.node, step


@pytest.mark.parametrize("case", SOME_WALKS, ids=ids)
def test_json_gives_equal_steps_back(case):
    s = walked(*case)
    for level in LEVELS:
        steps = list(s.walk(level))
        assert from_json(to_json(steps)) == steps


@pytest.mark.parametrize("text", ["", "[1]", '[{"number": 1}]', "{}{", '"text"', "3", "[null]"])
def test_text_that_holds_no_steps_is_one_sentence(text):
    with pytest.raises(ValueError, match="holds no steps"):
        from_json(text)


def test_a_cut_edge_is_a_step_of_its_own():
    s = ar.step(given(cell=ar.RNN(2, 3)), truncate=2, level="op")
    cut = [step for step in s.walk() if step.kind == "truncate"]
    assert [(step.node, step.t) for step in cut] == [("h_2", 2)]
    assert cut[0].before.text == "dh_2 += W_hhᵀ da_3" and cut[0].after.text == "dh_2 += 0"
    step = s.walk("unrolled")[[line.kind for line in s.walk("unrolled").lines].index("truncate")]
    assert step.before.text == "dh_2 = W_hyᵀ ds_2 + W_hhᵀ da_3" and step.after.text == "dh_2 = W_hyᵀ ds_2"
    assert step.rule == "truncated: nothing is carried back from t=3"


def test_what_truncation_cuts_off_entirely_is_not_on_the_walk_and_never_zero():
    s = ar.step(ar.Model(ar.RNN(2, 3), output_size=2, task="many-to-one").unroll(np.eye(4, 2), 1), truncate=2, level="unrolled")
    names = {line.node for line in s.walk().lines if line.kind != "forward"}
    assert "h_4" in names and "a_3" in names and not {"h_2", "a_2", "a_1"} & names
    assert s.goto(node="W_hh").after.text == "dW_hh = da_3 h_2ᵀ + da_4 h_3ᵀ"


def test_the_wordings_of_an_rnn():
    s = walked("rnn", None)
    lines = {step.name: step for step in s.walk("unrolled")}
    assert lines["dh_2"].rule == "sum over the 2 uses of h_2" and lines["dh_2"].kind == "accumulate"
    assert lines["dh_4"].rule == "chain rule through the matrix W_hy" and lines["dh_4"].kind == "vjp"
    assert lines["da_2"].rule == "chain rule through tanh" and lines["da_2"].before.text == "da_t = dh_t ⊙ (1 - h_t²)"
    assert lines["dW_hh"].kind == "sum over time" and lines["dW_hh"].rule == "sum over time: 4 uses of W_hh"
    assert lines["ds_3"].rule == "chain rule through softmax and cross entropy"
    assert lines["da_2"].crumb == f"step {lines['da_2'].number} of {lines['da_2'].of}, t=2, chain rule through tanh"
    assert [step.name for step in s.walk("unrolled") if step.kind != "forward"][:8] == [
        "dL", "ds_4", "dh_4", "da_4", "ds_3", "dh_3", "da_3", "ds_2"
    ]  # fmt: skip
    general = {step.name: step for step in s.walk("recursion")}
    assert general["dh_t"].shapes == {"dh_t": ("H",), "W_hy": ("K", "H"), "ds_t": ("K",), "W_hh": ("H", "H"), "da_{t+1}": ("H",)}
    assert general["dh_t"].before.text.splitlines() == ["a_t = W_xh x_t + W_hh h_{t-1} + b_h", "s_t = W_hy h_t + b_y"]
    assert general["dW_hh"].rule == "sum over time: every use of W_hh" and general["dL"].kind == "seed"


def test_the_wordings_of_an_lstm_and_where_its_code_stands():
    s = walked("lstm", None)
    lines = {step.name: step for step in s.walk("unrolled")}
    assert lines["da_i,2"].rule == "chain rule through σ and ⊙"
    assert lines["da_i,2"].node == "a_i_2" and lines["da_i,2"].mark == ("h_2",)
    source = Path(ar.nets.cells.__file__).read_text(encoding="utf-8").splitlines()
    for name, begins in (("da_i,2", "i = sigmoid("), ("c_2", "c = f * c"), ("h_2", "h = o * tanh(c"), ("dc_2", "c = f * c")):
        file, _, line = lines[name].where.partition(":")
        assert file == "cells.py" and source[int(line) - 1].strip().startswith(begins), (name, source[int(line) - 1])
    op = next(step for step in s.walk("op") if step.name == "da_o,4")
    source = Path(ar.engine.ops.elementwise.__file__).read_text(encoding="utf-8").splitlines()
    assert source[int(op.where.partition(":")[2]) - 1].startswith('@op("σ({})"')


def test_the_values_have_the_numbers_put_in():
    x = ar.tensor([0.5, -2.0], name="x")
    L = ar.tanh(x).sum()
    s = ar.step(L)
    step = s.goto(node="x")
    a, b = np.tanh([0.5, -2.0])
    assert step.values.text == f"dx = [1 1] ⊙ (1 - {numbers([a, b])}²) = {numbers([1 - a * a, 1 - b * b])}"
    assert step.values.ascii == f"dx = [1, 1] * (1 - [{a:.4g}, {b:.4g}]**2) = [{1 - a * a:.4g}, {1 - b * b:.4g}]"
    assert r"\begin{bmatrix}1 \\ 1\end{bmatrix}" in step.values.latex


def test_a_negative_number_and_a_large_array_in_a_formula():
    a = ar.tensor(-3.0, name="a")
    W = ar.tensor(np.ones((20, 20)), name="W")
    s = ar.step((W * a).sum())
    assert s.goto(node="W").values.text.startswith("dW = ") and len(s.step.values.text) < 200
    assert "(-3)" in s.walk()[0].values.text
    assert numbers(np.array([-0.0, 1.0])) == "[0 1]"


def test_unnamed_tensors_are_called_as_a_wengert_list_counts_them():
    a = ar.tensor(2.0, name="a")
    L = (a * a + a) * 3.0
    s = ar.step(L)
    assert {line.node for line in s.walk().lines} == {"a", "v_1", "v_2", "v_3"}
    assert s.goto(node="%1").node == "v_1" and L.tape[1].op.name == "multiply"


def test_two_tensors_of_one_name_are_told_apart():
    a, b = ar.tensor(2.0, name="a"), ar.tensor(3.0, name="a")
    assert {line.node for line in ar.step(a * b).walk().lines} == {"v_0", "v_1", "v_2"}


def test_a_batch_has_the_op_level_in_rows():
    s = ar.step(given(batch=True, cell=ar.RNN(2, 3)))
    assert s.levels == ("op", "component") and "a batch of 2" in s.subject.reason
    texts = [step.after.text for step in s.walk()]
    assert "a_2 = x_2 W_xhᵀ + h_1 W_hhᵀ + b_h" in texts and "dh_2 += da_3 W_hh" in texts and "dW_hh += da_3ᵀ h_2" in texts
    assert "db_h += sum_b(da_3)" in texts
    for step in s.walk():
        assert s.subject.check_numbers(step).ok


@pytest.mark.parametrize("cell", [ar.LSTM(2, 3, fused=True), ar.GRU(2, 3, fused=True, reset="after")], ids=["lstm", "gru"])
def test_a_fused_cell_has_the_op_level(cell):
    s = ar.step(given(cell=cell))
    assert s.levels == ("op", "component") and "fused=False" in s.subject.reason
    assert all(s.subject.check_numbers(step).ok for step in s.walk())
    assert any(step.after.text.startswith("a_") and "[0:3]" in step.after.text for step in s.walk())


def test_operations_that_formulas_do_not_have_are_walked_too():
    W = ar.tensor(np.random.default_rng(0).normal(size=(3, 2)), name="W")
    y = ar.softmax(W @ np.ones((2, 4)))[0, 1:] * ar.softplus(W[:, 0]) + ar.maximum(W[1:, 1].sum(), 0.5) / ar.exp(W).mean()
    L = ar.logsumexp(y.reshape(3, 1)) + ar.concatenate([W, W], axis=1).max() + ar.stack([W[0], W[1]]).prod()
    s = ar.step(L)
    for step in s.walk():
        assert s.subject.check_numbers(step).ok, step
    assert len(list(s.walk("component"))) > 20


def test_a_division_by_a_tensor_is_walked():
    x = ar.tensor([0.7, 1.2], name="x")
    steps = list(ar.step(ar.log((x / x.sum())[0])).walk())
    assert steps[1].after.text == "v_2 = x / v_1" and steps[7].before.text == "v_2 = x / v_1" and steps[7].after.text == "dx += dv_2 / v_1"


def test_single_precision_is_checked_with_its_own_tolerance():
    s = ar.step(ar.Model(ar.LSTM(2, 3, dtype="float32"), output_size=2), steps=2)
    assert all(check is None or check.ok for check in map(s.subject.check_numbers, s.walk("op")))


def test_the_sweep_tells_an_observer_of_every_vjp_and_stays_the_same():
    from autograd_rnn.engine.gradients import adjoints

    run, seen = given(), []
    observed = adjoints(run.loss, observe=lambda node, parent, d: seen.append((node, parent)))
    plain = adjoints(run.loss)
    assert list(observed) == list(plain)
    assert all(np.allclose(observed[node], plain[node], rtol=1e-13, atol=1e-16) for node in plain)
    edges = [(node, x) for node in plain for x in node.inputs if isinstance(x, ar.Tensor) and x.op is not None]
    assert seen == edges


def test_a_superscript_gets_braces_before_the_next_one():
    s = walked("stacked", None)
    latex = {step.name: step.after.latex for step in s.walk("recursion")}
    assert r"{W^{2}_{hh}}^{\top} \, \mathrm{d}a^{2}_{t+1}" in latex["dh2_t"] and r"{h^{2}_{t}}^{2}" in latex["da2_t"]
    assert r"\mathrm{d}a^{2}_{t} \, {h^{2}_{t-1}}^{\top}" in latex["dW2_hh"]
    assert r"W_{hy}^{\top}" in walked("rnn", None).goto(node="dh").after.latex


def test_a_wrong_number_is_found():
    from autograd_rnn.steps.asking.numeric import Replay

    s = walked("rnn", None)
    event = next(event for event in s.subject.sweep.events if event.kind == "vjp" and event.node.name == "h_4")
    replay = Replay(s.subject.sweep)
    assert replay.check(event).ok
    assert not replay.check(event._replace(value=event.value * (1 + 1e-7))).ok
    assert not replay.check(event, event.value + [0, 0, 1e-7]).ok


def test_the_first_question_builds_its_walks_without_the_collector():
    """What they hold has no cycles: a collection in their midst went through all that sympy and others hold, and took longer than they."""
    rng, seen = np.random.default_rng(0), []
    s = ar.step(ar.Model(ar.LSTM(3, 3), output_size=3).unroll(rng.normal(size=(20, 3)), rng.integers(0, 3, 20)))

    def collected(phase, found):
        seen.append(phase)

    gc.callbacks.append(collected)
    try:
        for level in s.levels[:-1]:
            s.walk(level)
    finally:
        gc.callbacks.remove(collected)
    assert len(seen) <= 2 * len(s.levels), "one collection at most after each walk"


def test_a_walk_that_nobody_holds_is_let_go():
    s = ar.step(ar.Model(ar.RNN(2, 3), output_size=2))
    assert all(str(s.walk(level)[0]) for level in s.levels) and s.words()
    held = weakref.ref(s.subject)
    del s
    gc.collect()
    assert held() is None
