"""Mistakes planted in right submissions, and what is said of them. ``python -m tests.planted.table`` prints which are not named."""

import collections
import json
import random

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn import grader
from autograd_rnn.algebra.printing import show
from autograd_rnn.grader.assignment import CACHES
from autograd_rnn.grader.diagnosis.columns import padded
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.holding import near
from autograd_rnn.grader.diagnosis.recursion import recursion, settled
from autograd_rnn.grader.judging.judge import Judge
from autograd_rnn.grader.judging.smallest import smallest, tried
from autograd_rnn.grader.report import Told as again_told
from autograd_rnn.grader.spec import find
from tests.planted import apart
from tests.planted.operators import SAYS
from tests.planted.running import Grading, Here
from tests.planted.strangers.later import SILENT
from tests.planted.table import ASSIGNMENTS, changed, outcome, outcomes, pairs, planted, run, source_of
from tests.sampling import sampled

FEW = 4  # mistakes a style in the quick run


@pytest.fixture(scope="module")
def graded():
    """A few mistakes of every style, each with what came of it."""
    import os

    seed = int(os.environ["AUTOGRAD_RNN_SEED"])
    found = []
    for style in ASSIGNMENTS:
        grading = Grading(ASSIGNMENTS[style], seed)
        found += [outcome(grading, style, one) for one in random.Random(seed).sample(planted(style), FEW)]
    return found


@pytest.mark.parametrize("style", ASSIGNMENTS)
def test_right_submissions_get_full_marks_in_every_style(style, random_seed):
    grading = Grading(ASSIGNMENTS[style], random_seed)
    words = {name: grading.tried(source_of(style), name)[0] for name, function in grading.functions.items() if not function.instead_of}
    assert set(words.values()) == {"correct"}, words


def test_planted_mistakes_never_pass_and_are_named(graded):
    came = collections.Counter(one.came for one in graded)
    told = sum(came[word] for word in ("named", "misnamed", "unrecognised", "passed"))
    assert not came["passed"] and came["named"] >= 0.85 * told, [one for one in graded if one.came not in ("named", "other", "same")]


def test_a_diagnosis_holds_what_a_report_says(graded):
    for one in graded:
        if (found := one.diagnosis) is not None:
            assert found.sentence not in found.also and found.where.startswith("in ") and "=" in found.formula and found.latex
            assert found.first_wrong is None or "t = T" in found.where
            assert set(found.as_dict()) == {"sentence", "also", "where", "first_wrong", "outputs", "formula", "latex", "place"}


def test_a_walk_stands_at_the_wrong_line(graded):
    walked = {(one.diagnosis.net, one.diagnosis.left): one.diagnosis for one in graded if one.diagnosis is not None}
    for (net, left), diagnosis in walked.items():
        if net:
            assert diagnosis.step().step.name == show(left, "text")
            figure = diagnosis.draw().figure
            written = again_told(**json.loads(json.dumps(diagnosis.as_dict())))
            assert written.draw().svg() == diagnosis.draw().svg()  # of a page that is written from a class's journal
            lit = [x for x in (*figure.marks.values(), *figure.arrows) if x.emphasis == "lit"]
            assert lit and "</svg>" in diagnosis.draw().svg()
        else:
            for ask in (diagnosis.model, diagnosis.step, diagnosis.draw):
                with pytest.raises(ValueError, match="word embedding"):
                    ask()


@pytest.mark.parametrize("kind", sampled([ar.LSTM, ar.RNN, ar.GRU], 3))
def test_every_line_of_a_derivation_has_a_place_in_the_unfolding_and_in_the_walk(kind):
    net = Net(kind.__name__.lower())
    for equation in recursion(kind, "sequence").equations:
        one = Diagnosis("", (), "", 2, (), "", "", equation.left, net)
        figure = one.draw().figure
        assert any(x.emphasis == "lit" for x in (*figure.marks.values(), *figure.arrows)), equation.left
        assert one.step().step.name == show(equation.left, "text")


def test_the_smallest_call_that_fails_fails_and_none_before_it_does(random_seed):
    for style in ASSIGNMENTS:
        grading = Grading(ASSIGNMENTS[style], random_seed)
        graded = [mistake for mistake in planted(style) if mistake.function in grading.functions]  # and in no helper
        for mistake in random.Random(random_seed).sample(graded, 2):
            function = grading.functions[mistake.function]
            first = grading.functions[function.backward_of or function.name]
            judge = Judge(grading.grader.cases, Here(mistake.source), lambda: Here(mistake.source), grading.grader.recognised)
            known = {}
            example = smallest(judge, function, known)
            if example is not None:
                *before, case = known[first.name]
                assert not any(tried(judge, function, other) for other in before)
                answers = run(Here(source_of(style)), function, case), run(Here(mistake.source), function, case)
                right, wrong = (dict(zip([n for n in function.returns if n not in CACHES], x, strict=True)) for x in answers)
                assert near(np.asarray(example.true), right[example.output]) and near(np.asarray(example.got), wrong[example.output])
                assert not near(np.asarray(example.true), np.asarray(example.got)) and example.output in str(example)


@pytest.mark.parametrize("function", ["rnn_step_backward", "rnn_backward", "lstm_step_backward", "lossFun", "rnn_cell_backward"])
def test_where_one_output_alone_is_wrong_and_not_recognised_nothing_is_said(function, random_seed):
    style = {"lossFun": "character", "rnn_cell_backward": "notebook"}.get(function, "book")
    grading = Grading(apart.ASSIGNMENTS[style], random_seed)
    output = random.Random(random_seed).choice([name for name in grading.functions[function].returns if name[0] == "d"])
    noise = f"""
{function}_right = {function}

def {function}(*given):
    got = {function}_right(*given)
    names = {grading.functions[function].returns!r}
    found = dict(got) if isinstance(got, dict) else dict(zip(names, got))
    found[{output!r}] = found[{output!r}] + np.random.default_rng({random_seed}).normal(size=found[{output!r}].shape)
    return found if isinstance(got, dict) else tuple(found.values())
"""
    verdict, words, diagnosis = grading.tried(apart.source_of(style) + noise, function)
    assert verdict == "wrong" and [name for name in words if words[name] == "wrong"] == [output] and diagnosis is None


def test_of_two_mistakes_the_one_that_is_recognised_is_named(random_seed):
    book = source_of("book").replace("return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h", "return da @ Wx.T, da @ Wh.T, np.cos(Wx), prev_h")
    wrong = book.replace("rnn_step_backward(dh[:, t] + dprev, caches[t])", "rnn_step_backward(dh[:, t], caches[t])")
    _, _, diagnosis = Grading("cs231n-rnn", random_seed).tried(wrong, "rnn_backward")
    assert "what flows back through time is missing" in diagnosis.sentence
    assert diagnosis.sentence.endswith("; and what is wrong in `dWx` is not recognised")


def test_the_same_answer_and_seed_give_the_same_words(random_seed):
    style = random.Random(random_seed).choice(list(ASSIGNMENTS))
    mistake = random.Random(random_seed).choice(planted(style))
    first, second = (outcome(Grading(ASSIGNMENTS[style], random_seed), style, mistake) for _ in range(2))
    assert first[:4] == second[:4]


def test_every_operator_is_planted_and_says_what_it_looks_for():
    assert {mistake.operator for style in ASSIGNMENTS for mistake in planted(style)} == set(SAYS)


SAID = {
    ("lstm_backward", "assigned, not accumulated", "dWx += wx"): "`dWx` must collect from every step, not only the first: `Sum(..., t)`",
    ("lstm_backward", "loop not reversed", "reversed(range(T))"): "the loop must run backwards in time, from the last step to the first",
    ("lstm_step_backward", "factor dropped", "dnext_h * o"): "the factor `o[t]` is missing",
    ("lstm_step_backward", "gates in another order", "np.hstack([da_i, da_f, da_o, da_g])"):
        "the gradients of the gates are put together in the order f, i, g, o, not i, f, g, o",
    ("rnn_backward", "upstream for the initial state", "return (dx, dprev, dWx, dWh, db)"):
        "`G[1]` stands where `dh0` belongs: `W_hh.T @ da[1]` (G is dh, the gradient that is handed in)",
    ("word_embedding_backward", "words assigned", "np.add.at(dW, x, dout)"):
        "the gradient of a word that occurs several times must add up over its places: `dW[x] += dout` counts the last place alone,"
        " `np.add.at(dW, x, dout)` all",
}  # fmt: skip


@pytest.mark.parametrize(("function", "operator", "old"), SAID, ids=lambda x: str(x)[:20])
def test_sentences_speak_of_what_the_student_sees(function, operator, old, random_seed):
    mistake = next(m for m in planted("book") if (m.function, m.operator, m.old) == (function, operator, old))
    assert outcome(Grading("cs231n-rnn", random_seed), "book", mistake).diagnosis.sentence == SAID[function, operator, old]


def test_one_gate_of_a_stacked_array_is_named_by_its_columns(random_seed):
    before, name, after = source_of("book").partition("def lstm_backward")
    wrong = before + name + after.replace("dWh += wh", "dWh += wh * (np.arange(4 * H) // H != 1)")
    _, _, diagnosis = Grading("cs231n-rnn", random_seed).tried(wrong, "lstm_backward")
    assert diagnosis.sentence == "`dWh` (its f columns) is left at zero" and diagnosis.where == "in dWh (its f columns)"


def test_of_two_biases_the_one_that_is_wrong_is_named(random_seed):
    wrong = next(m for m in planted("gru") if (m.function, m.old, m.new) == ("gru_backward", "dc += c", "dc = c"))
    diagnosis = outcome(Grading(ASSIGNMENTS["gru"], random_seed), "gru", wrong).diagnosis
    assert "`dbias_hh_l0`" in diagnosis.sentence and "dbias_ih" not in diagnosis.sentence + diagnosis.where, diagnosis


def test_the_right_gradients_of_another_forward_pass_are_said_to_be_so(random_seed):
    wrong = source_of("book").replace("next_h = np.tanh(x @ Wx", "next_h = sigmoid(x @ Wx")
    _, _, diagnosis = Grading("cs231n-rnn", random_seed).tried(wrong, "rnn_step_backward")
    words = "these are the gradients of the forward pass as it has to be; the one that was run is another: the activation is tanh"
    assert diagnosis.sentence.startswith(words)


@pytest.mark.parametrize("name", sampled(["rnn_step_backward", "rnn_backward", "lstm_step_backward", "lstm_backward", "lstm_forward"], 3))
def test_what_no_mistake_explains_is_not_recognised(name, random_seed):
    noise = f"""
{name}_right = {name}

def {name}(*given):
    rng = np.random.default_rng({random_seed})
    return tuple(x + rng.normal(size=x.shape) if hasattr(x, "shape") else x for x in {name}_right(*given))
"""
    assert Grading("cs231n-rnn", random_seed).tried(source_of("book") + noise, name)[2] is None


@pytest.mark.parametrize("style", ASSIGNMENTS)
def test_a_whole_recursion_at_once_is_the_gradient_of_the_tape(style, random_seed):
    spec = find(ASSIGNMENTS[style])
    grading = Grading(spec, random_seed)
    for function in (f for f in spec.functions if f.computes not in ("", "embedding", "character loss")):
        case = grading.grader.cases.of(function)[0]
        c = case.computation
        model = recursion(type(c.cell), c.what, tuple(c.options.items()))
        world = model.world(c, model.values(c, case.given, case.upstream, case.outputs))
        hidden = [q for q in model.forward if q.left.name not in {c.meaning(name) for name in c.outputs}]
        world = settled(settled(world, hidden), [q for q in model.equations if q.left.time is not None and q.left.time.base == "t"][:-1])
        x = next(q for q in model.equations if q.left.name == "x")
        name = next(name for name in case.gradients if name not in c.weights and c.meaning(name) == "x")
        assert near(world.value(x.right), model.columns(c.ours(case.gradients[name]), c))


@pytest.mark.parametrize("kind", [ar.RNN, ar.LSTM, ar.GRU])
@pytest.mark.parametrize("what", ["step", "sequence"])
def test_mistakes_in_equations_that_have_a_mistake_already_can_be_made(kind, what, random_seed):
    rng = random.Random(random_seed)
    model = recursion(kind, what)
    makes = editor(model)
    for equation in rng.sample([*model.equations, *model.forward], 3):
        first = rng.choice(makes.all(equation))
        for second in rng.sample(again := makes.made(equation._replace(right=first.right)), min(3, len(again))):
            assert second.sentence and (second.right, second.over) != (first.right, "sum")


def test_indices_beyond_the_ends_find_what_a_list_in_python_has():
    steps = np.arange(1.0, 5.0)[:, None, None]
    assert padded(steps).ravel().tolist() == [2, 3, 4, 1, 2, 3, 4, 4, 4, 4]
    assert padded(steps, np.zeros((1, 1))).ravel().tolist() == [2, 3, 0, 1, 2, 3, 4, 4, 4, 4]
    assert padded(steps, adjoint=True).ravel().tolist() == [0, 0, 0, 1, 2, 3, 4, 0, 0, 0]


@pytest.mark.parametrize("hint", [1, 2, 3])
def test_a_session_is_told_what_a_report_says(hint, tmp_path, random_seed):
    style, function, edits, _ = random.Random(random_seed).choice([one for one in apart.ALONE if one[0] in ("loops", "book", "notebook")])
    source, name = apart.changed(style, function, edits), apart.ASSIGNMENTS[style]
    (tmp_path / "a.py").write_text(source)
    session = {}
    exec(source, session)
    whole = grader.grade(name, tmp_path / "a.py", random_seed, [function], hint)
    (graded,) = whole.items
    report = grader.check(name, session[function], hint, random_seed)
    (checked,) = report.items
    assert graded[1:6] == checked[1:6] and graded.example == checked.example
    assert report.words(checked) == whole.words(graded)
    if hint == 3 and checked.diagnosis is not None:
        assert checked.diagnosis.as_dict() == graded.diagnosis.as_dict() and checked.diagnosis.sentence in report.words(checked)
    if hint < 3 and checked.diagnosis is not None:
        assert checked.diagnosis.sentence not in report.words(checked) + report.to_json() + report.to_html() + str(report)


def test_of_what_no_rewriting_is_nothing_is_said(random_seed):
    for style, function, edits in random.Random(random_seed).sample(SILENT, 3):
        one = apart.said(Grading(apart.ASSIGNMENTS[style], random_seed), style, function, edits, "nothing")
        assert one.came == "unrecognised", (style, function, edits, one)


@pytest.mark.parametrize("style", ["loops", "notebook", "character", "gru"])
def test_programs_of_other_people_get_full_marks_as_they_are(style, random_seed):
    grading = Grading(apart.ASSIGNMENTS[style], random_seed)
    assert {name: grading.tried(apart.source_of(style), name)[0] for name in grading.functions} == dict.fromkeys(
        grading.functions, "correct"
    )


ROUNDED = """

def rounded(x):
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    return np.asarray(x, np.float32) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def rounding(function, chosen):
    return lambda *given: function(*[rounded(x) if chosen(k) else x for k, x in enumerate(given)])
"""


@pytest.mark.parametrize("style", ["book", "loops", "notebook", "character", "gru", "cells"])
def test_what_computes_in_float32_is_right_to_its_digits(style, random_seed):
    source = {**{style: source_of(style) for style in ASSIGNMENTS}, **{s: apart.source_of(s) for s in ("loops", "notebook", "character")}}[
        style
    ]
    grading = Grading({**ASSIGNMENTS, **apart.ASSIGNMENTS}[style], random_seed)
    functions = [name for name, function in grading.functions.items() if not function.instead_of]
    rng = random.Random(random_seed)
    for all_of_it in (True, False):
        more = [
            f"{name} = rounding({name}, {set(range(9)) if all_of_it else {rng.randrange(len(grading.functions[name].takes))}}.__contains__)"
            for name in functions
            if not name.startswith(("RNNCell", "GRUCell")) or all_of_it
        ]
        assert {name: grading.tried(source + ROUNDED + "\n".join(more), name)[0] for name in functions} == dict.fromkeys(
            functions, "correct"
        )


def test_an_assignment_that_asks_for_more_digits_than_float32_has_does_not_take_it(random_seed):
    for tolerance, word in ((1e-9, "wrong"), (1e-7, "correct")):
        grading = Grading(find("cs231n-rnn")._replace(tolerance=tolerance), random_seed)
        assert grading.tried(f"{source_of('book')}{ROUNDED}rnn_forward = rounding(rnn_forward, bool)\n", "rnn_forward")[0] == word


CAST = """

def cast(function, before, after):
    return lambda *given: after(function(*map(before, given)))
def at_all(how):
    def instead(x):
        if isinstance(x, (tuple, dict)):
            return type(x)(map(instead, x)) if isinstance(x, tuple) else {key: instead(value) for key, value in x.items()}
        return how(np.asarray(x)) if isinstance(x, (np.ndarray, float)) and np.asarray(x).dtype.kind == "f" else x
    return instead
single, half, same = at_all(np.float32), at_all(np.float16), at_all(np.asarray)
again, six = at_all(lambda x: np.float64(np.float32(x))), at_all(lambda x: np.round(x, 6))
"""


@pytest.mark.sweep
@pytest.mark.parametrize("style", [style for style in ASSIGNMENTS if style != "cells"])
def test_no_mistake_passes_for_float32(style, random_seed):
    """Cast at the start, at the end, there and back, to half of it, or rounded."""
    rng, grading = random.Random(random_seed), Grading(ASSIGNMENTS[style], random_seed)
    for mistake in rng.sample(planted(style), 4):
        if name := changed(grading, source_of(style), mistake):
            ways = f"{rng.choice(('single', 'again', 'same'))}, {rng.choice(('single', 'again', 'half', 'six'))}"
            assert grading.tried(f"{mistake.source}{CAST}{name} = cast({name}, {ways})\n", name)[0] != "correct", (mistake[:4], ways)


def test_what_is_off_by_as_much_and_does_not_compute_in_float32_is_wrong(random_seed):
    """Of what does not go by everything that it takes either, as the gradient of an embedding does not by the weights."""
    grading = Grading("cs231n-rnn", random_seed)
    for name in ("rnn_step_forward", "lstm_step_backward", "word_embedding_backward"):
        off = f"""
def off(y): return y * (1 + 5e-7 * np.cos(np.arange(y.size).reshape(y.shape))) if hasattr(y, "shape") else y
{name}_ = {name}
def {name}(*x):
    found = {name}_(*x)
    return tuple(map(off, found)) if isinstance(found, tuple) else off(found)
"""
        assert grading.tried(f"{source_of('book')}\n{off}", name)[0] == "wrong", name


ROUNDS = """

def rounds(function, digits):
    def some(x):
        return np.round(x, digits) if isinstance(x, (np.ndarray, float)) else x

    def instead(*given):
        found = function(*given)
        if isinstance(found, dict):
            return {key: some(x) for key, x in found.items()}
        return tuple(map(some, found)) if isinstance(found, tuple) else some(found)

    return instead
"""


@pytest.mark.parametrize("style", ["book", "notebook", "character"])
def test_what_is_rounded_is_wrong_and_said_to_be(style, random_seed, tmp_path):
    """No more digits would be there in float32, in which nothing is computed here; what follows a rounded forward pass is right."""
    rng = random.Random(random_seed)
    grading, digits = Grading(ASSIGNMENTS[style], random_seed), rng.choice([2, 3, 4, 5])
    name = rng.choice([n for n, f in grading.functions.items() if not f.instead_of])
    backward = [f.name for f in grading.functions.values() if f.backward_of == name]
    (tmp_path / "a.py").write_text(f"{source_of(style)}{ROUNDS}\n{name} = rounds({name}, {digits})\n")
    first, *then = grader.grade(ASSIGNMENTS[style], tmp_path / "a.py", random_seed, [name, *backward], 3).items
    assert first.verdict == "wrong" and f"is rounded to {digits} digits" in first.diagnosis.sentence, first
    assert not [item for item in then if item.verdict != "correct"], then


def strangers(seed, alone, pairs):
    """Some mistakes of other people, each with what came of it."""
    rng = random.Random(seed)
    gradings = {style: Grading(name, seed) for style, name in apart.ASSIGNMENTS.items()}
    everything = [*apart.ALONE, *apart.LATER]
    tried = [*rng.sample(everything, min(alone, len(everything))), *rng.sample(apart.PAIRS, min(pairs, len(apart.PAIRS)))]
    return [(one[:3], apart.said(gradings[one[0]], *one)) for one in tried]


def test_mistakes_that_people_write_are_named_or_nothing_is_said(random_seed):
    came = strangers(random_seed, 10, 2)
    assert all(one.came in ("first", "third", "other", "unrecognised") for _, one in came), came
    assert sum(one.came == "unrecognised" for _, one in came) <= 2, came


@pytest.mark.sweep
def test_of_mistakes_that_people_write_95_in_100_are_named(random_seed):
    count = collections.Counter(one.came for _, one in strangers(random_seed, 250, 23))
    assert not count["passed"] and not count["wrong"] and count["unrecognised"] <= 0.05 * sum(count.values()), count


@pytest.mark.sweep
@pytest.mark.parametrize("style", ASSIGNMENTS)
def test_of_all_planted_mistakes_95_in_100_are_named_first(style, random_seed):
    came = collections.Counter(one.came for one in outcomes(random_seed, styles=(style,)))
    told = sum(came[word] for word in ("named", "misnamed", "unrecognised", "passed"))
    assert not came["passed"] and came["named"] >= 0.95 * told, came


@pytest.mark.sweep
def test_of_pairs_80_in_100_are_named_among_the_first_three(random_seed):
    came = collections.Counter(one.came for _, one in pairs(random_seed, 40))
    assert not came["passed"] and came["named"] >= 0.8 * sum(came.values()), came


ASSIGNED = {"min-char-rnn": ("character", "dWxh += draw @ xs[t].T", "dWxh[:, inputs[t]] = draw[:, 0]")}
ASSIGNED |= {"cs231n-rnn": ("book", "np.add.at(dW, x, dout)", "dW[x] = dout")}


@pytest.mark.parametrize("assignment", ASSIGNED)
def test_of_what_comes_twice_each_place_counts_on_any_numbers(assignment, random_seed):
    """However many tokens there are to draw from, one of those that are read comes again."""
    style, old, new = ASSIGNED[assignment]
    source, name = source_of(style), "lossFun" if style == "character" else "word_embedding_backward"
    assert old in source
    for seed in range(random_seed, random_seed + 3):
        spec = find(assignment)
        one = grader.Grader(spec._replace(sizes={**spec.sizes, "V": (8, 9), "T": (3, 3)}), seed, [name])
        [item], _ = one.tried(Judge(one.cases, Here(source.replace(old, new)), lambda: None, one.recognised), [])
        assert item.verdict == "wrong" and "several times must add up over its places" in item.diagnosis.sentence, item


CLIPS = "    for d in (dWxh, dWhh, dWhy, dbh, dby):\n"


@pytest.mark.parametrize("missing", sampled(["dby", "dWxh", "dWhh", "dWhy", "dbh", "below", "above"], 3))
def test_a_gradient_that_is_not_clipped_is_seen_on_any_numbers(missing, random_seed):
    source = source_of("character")
    clip = next(line for line in source.split("\n") if "np.clip" in line)
    assert CLIPS in source and "-5, 5" in clip
    ends = {"below": clip.replace("-5, 5", "-1e9, 5"), "above": clip.replace("-5, 5", "-5, 1e9")}
    wrong = (
        source.replace(clip, ends[missing])
        if missing in ends
        else source.replace(CLIPS, CLIPS.replace(f"{missing})", ")").replace(f"{missing}, ", ""))
    )
    for seed in range(random_seed, random_seed + 2):
        word, outputs, _ = Grading("min-char-rnn", seed).tried(wrong, "lossFun")
        assert word != "correct" and (missing in ends or {name for name, x in outputs.items() if x != "correct"} == {missing}), outputs


@pytest.mark.parametrize("early", sampled(["dh", "draw", "dhnext"], 3))
def test_what_is_clipped_within_the_loop_is_seen_on_any_numbers(early, random_seed):
    source = source_of("character")
    line = next(line for line in source.split("\n") if line.startswith(f"        {early} = "))
    wrong = source.replace(line, f"{line}\n        np.clip({early}, -5, 5, out={early})")
    assert all(Grading("min-char-rnn", seed).tried(wrong, "lossFun")[0] != "correct" for seed in range(random_seed, random_seed + 3))


ONCE = {  # what is wrong in the forward pass, and the outputs that are wrong then
    ("Whh @ hs[t - 1] + bh", "Whh @ hs[t - 1]"): {"loss", "hlast"} | {"dbh"},
    ("Whh @ hs[t - 1]", "Whh.T @ hs[t - 1]"): {"loss", "hlast", "dWhh", "dWxh", "dbh"},  # the backward pass goes with another one
    ("np.log(ps[t][targets[t], 0])", "2 * np.log(ps[t][targets[t], 0])"): {"loss"},
}


@pytest.mark.parametrize("old, new", ONCE)
def test_an_early_mistake_in_a_loss_function_costs_its_points_once(old, new, random_seed):
    source = apart.source_of("character").replace(old, new)
    _, words, diagnosis = Grading("min-char-rnn", random_seed).tried(source, "lossFun")
    assert diagnosis is not None and {name for name, word in words.items() if word == "wrong"} == ONCE[old, new], words


@pytest.mark.parametrize("H", [1, 2])
def test_gates_in_another_order_are_told_whatever_the_sizes(H, random_seed):
    """With as many inputs as all gates are long, too: which axis of a matrix holds the gates was told by its length."""
    grading = Grading(apart.ASSIGNMENTS["gru"], random_seed)
    spec = grading.grader.cases.spec
    grading.grader.cases.spec = spec._replace(sizes=spec.sizes | {"H": (H, H), "D": (3 * H, 3 * H)})
    swapped = [("r, z = rz[:, :H], rz[:, H:]", "z, r = rz[:, :H], rz[:, H:]")]
    assert apart.said(grading, "gru", "gru_step_forward", swapped, "").verdict == "correct in another convention"
