"""The grader: right work in full, wrong work in part, each verdict with its sentence, in every form; assignments and classes."""

import ast
import csv
import html
import importlib.metadata
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.formulas.sentences.harmless import unread
from autograd_rnn.grader import formulas
from autograd_rnn.grader import spec as specs
from autograd_rnn.grader.cases import Cases
from autograd_rnn.grader.integrity import fingerprint
from autograd_rnn.grader.report import again
from tests import submissions, wordings
from tests.planted import cells
from tests.sampling import sampled
from tests.submissions import RIGHT
from tests.test_notation import WRITINGS
from tests.wordings import said as worded


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades a text as a submission, by one grader for all tests: ``graded(text)``."""
    folder = tmp_path_factory.mktemp("handed-in")
    with grader.Grader("cs231n-rnn", seed=7) as one:

        def grade(text, name="rnn_layers.py"):
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
            return one.grade(folder / name)

        yield grade


def changed(old, new, text=RIGHT):
    """A submission with one thing written otherwise."""
    assert old in text, old
    return text.replace(old, new, 1)


def verdicts(report):
    return {item.name: item.verdict for item in report.items}


# -- right and wrong -----------------------------------------------------------------------------------------------------


def test_right_work_has_all_points(graded):
    report = graded(RIGHT)
    assert report.full and report.score == 68 and set(verdicts(report).values()) == {"correct"}, str(report)
    assert report.isolation in ("full", "partial", "process") and report.seed == 7


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**31])
def test_right_work_is_right_by_any_numbers(seed, tmp_path):
    (tmp_path / "a.py").write_text(RIGHT)
    assert grader.grade("cs231n-rnn", tmp_path / "a.py", seed).full


def test_the_draws_of_a_character_loss_leave_plain_exponentials_in_range(random_seed):
    spec = specs.find("min-char-rnn")
    for seed in (9, 23, 24, *range(random_seed, random_seed + 20)):  # at the first three they did not
        for case in Cases(spec, seed).of(spec.functions[0]):
            assert np.exp(np.abs(case.given["Why"]).sum(axis=1).max() + np.abs(case.given["by"]).max()) < 1e150


def test_a_reference_is_its_own_gradient(random_seed):
    """Each gradient of the tape is the difference of the tape's own forward pass."""
    spec = specs.find("cs231n-rnn")
    cases = Cases(spec, random_seed)
    rng = np.random.default_rng(random_seed)
    for function in (function for function in spec.functions if function.computes):
        case = cases.of(function)[0]
        for name, gradient in case.gradients.items():
            if case.given[name].dtype.kind != "f":
                continue
            way = rng.normal(size=gradient.shape)

            def loss(step, name=name, way=way, case=case):
                found = case.computation.forward({**case.given, name: case.given[name] + step * way})
                return sum((found[output] * upstream).sum() for output, upstream in case.upstream.items())

            slope = (8 * (loss(1e-3) - loss(-1e-3)) - (loss(2e-3) - loss(-2e-3))) / 12e-3
            assert abs(slope - (gradient * way).sum()) < 1e-7 * max(1, abs(slope)), (function.name, name)


MISTAKES = {
    "not implemented": ("    return out, (x, W.shape)\n", "    raise NotImplementedError\n"),
    "crashed": ("    return out, (x, W.shape)\n", "    return out, (x, W.shap)\n"),
    "wrong shape": ("    return out, (x, W.shape)\n", "    return out[0], (x, W.shape)\n"),
    "not finite": ("    return out, (x, W.shape)\n", "    return out / 0.0 * np.sign(out), (x, W.shape)\n"),
    "wrong": ("    return out, (x, W.shape)\n", "    return out + 1e-5, (x, W.shape)\n"),
    "refused": ("    return out, (x, W.shape)\n", "    import torch\n    return torch.zeros(3), (x, W.shape)\n"),
    "out of memory": ("    return out, (x, W.shape)\n", "    return np.ones(1 << 40), (x, W.shape)\n"),
    "missing": ("def word_embedding_forward(", "def word_embeding_forward("),
}


def embedding(text):
    """RIGHT with an embedding whose last line is known."""
    head, _, rest = text.partition("def word_embedding_forward")
    after = rest[rest.index("\ndef ") :]
    return f"{head}def word_embedding_forward(x, W):\n    out = W[x]\n    return out, (x, W.shape)\n\n{after}"


@pytest.mark.parametrize("word", MISTAKES)
def test_each_verdict_has_its_word_and_its_sentence(word, graded):
    report = graded(changed(*MISTAKES[word], text=embedding(RIGHT)))
    item = next(item for item in report.items if item.name == "word_embedding_forward")
    assert item.verdict == word and item.score == 0 and len(item.message.split()) > 2, item
    if word == "crashed":
        assert "line " in item.message and "shap" in item.message
    assert [v for name, v in verdicts(report).items() if not name.startswith("word")] == ["correct"] * 8


def test_a_mistake_of_the_forward_pass_is_punished_once(graded):
    text = changed("np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)", "np.tanh(x.dot(Wx) + prev_h.dot(Wh) + 2 * b)")
    text = changed("return dx, dprev_h, dWx, dWh, db", "return dx, dprev_h, dWx, dWh, 2 * db", text=text)
    found = verdicts(graded(text))
    assert found["rnn_step_forward"] == found["rnn_forward"] == "wrong"
    assert found["rnn_step_backward"] == found["rnn_backward"] == "correct"


OTHERS = {  # activations that are not tanh, and their derivatives
    "np.maximum(0, a)": "(a > 0)",
    "np.sin(a)": "np.cos(a)",
    "a / (1 + np.abs(a))": "1 / (1 + np.abs(a)) ** 2",
    "np.tanh(a) + 0.3": "1 - np.tanh(a) ** 2",
    "np.tanh(2 * a)": "2 * (1 - np.tanh(2 * a) ** 2)",
}


@pytest.mark.parametrize("activation", OTHERS)
def test_the_gradient_of_ones_own_wrong_forward_pass_has_its_points_whatever_is_wrong(activation, tmp_path):
    text = changed("next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)", f"a = x.dot(Wx) + prev_h.dot(Wh) + b\n    next_h = {activation}")
    text = changed("cache = (x, prev_h, Wx, Wh, next_h)", "cache = (x, prev_h, Wx, Wh, a)", text)
    text = changed("dz = (1 - next_h * next_h) * dnext_h", f"a = next_h\n    dz = ({OTHERS[activation]}) * dnext_h", text)
    (tmp_path / "a.py").write_text(text)
    report = grader.grade("cs231n-rnn", tmp_path / "a.py", 4, ["rnn_step_forward", "rnn_step_backward"])
    assert verdicts(report) == {"rnn_step_forward": "wrong", "rnn_step_backward": "correct"}, str(report)


TRIVIAL = {  # forward passes that are easy to differentiate and have nothing to do with the one that is asked for, and their gradients
    "a sum": ("(sum(map(np.sum, (x, prev_h, Wx, Wh, b))) + 0 * prev_h)", "dnext_h.sum()"),
    "a square": ("(sum(map(np.sum, (x, prev_h, Wx, Wh, b))) ** 2 + 0 * prev_h)", "2 * sum(map(np.sum, cache)) * dnext_h.sum()"),
}


@pytest.mark.parametrize("what", TRIVIAL)
@pytest.mark.parametrize("seed", sampled([1, 2, 3], 3))
def test_a_forward_pass_of_ones_own_making_earns_no_backward_points(what, seed, tmp_path):
    forward, slope = TRIVIAL[what]
    text = f"""import numpy as np
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return {forward}, (x, prev_h, Wx, Wh, b)
def rnn_step_backward(dnext_h, cache):
    return tuple({slope} + 0 * a for a in cache)
"""
    (tmp_path / "a.py").write_text(text)
    report = grader.grade("cs231n-rnn", tmp_path / "a.py", seed, ["rnn_step_forward", "rnn_step_backward"])
    assert report.score == 0 and "has nothing in common with what is asked for" in report.items[1].message, str(report)


def test_another_convention_is_said_as_one(graded):
    report = graded(changed("return dx, dprev_h, dWx, dWh, db", "N = len(x)\n    return dx, dprev_h, dWx / N, dWh / N, db / N"))
    item = next(item for item in report.items if item.name == "rnn_step_backward")
    assert item.verdict == "correct in another convention" and "divided by N" in item.message
    assert item.score == pytest.approx(item.max_score * 2 / 5)


def test_what_is_changed_in_place_is_a_note_and_no_penalty(graded):
    report = graded(changed("dz = (1 - next_h * next_h) * dnext_h", "dnext_h *= 1 - next_h * next_h\n    dz = dnext_h"))
    assert report.full and "rnn_step_backward changes its argument dnext_h" in report.notes


def test_one_step_and_one_sequence_are_tried(graded):
    report = graded(changed("def rnn_forward(x, h0, Wx, Wh, b):\n", "def rnn_forward(x, h0, Wx, Wh, b):\n    assert x.shape[1] > 1\n"))
    item = next(item for item in report.items if item.name == "rnn_forward")
    assert item.verdict == "crashed" and item.message.startswith("with one step (T = 1), line ")


def test_all_calls_together_may_take_so_long_and_no_longer(tmp_path):
    course = (specs.FOLDER / "cs231n-rnn.toml").read_text()
    (tmp_path / "course.toml").write_text("total = 0.6\n" + course)
    (tmp_path / "a.py").write_text("import time\n" + RIGHT.replace("next_h = np.tanh", "time.sleep(0.25)\n    next_h = np.tanh"))
    report = grader.grade(tmp_path / "course.toml", tmp_path / "a.py", 1)
    assert report.items[-1].verdict == "timed out" and report.items[-1].score == 0
    assert report.items[-1].message.endswith("takes longer than the assignment gives to all of its functions together")


# -- what is told ----------------------------------------------------------------------------------------------------------


def test_hints_tell_more_and_more(tmp_path, capsys):
    (tmp_path / "a.py").write_text(changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h"))
    told = []
    for hint in "123":
        assert main(["grade", "cs231n-rnn", str(tmp_path / "a.py"), "--seed", "1", "--hint", hint, "--only", "rnn_step_backward"]) == 1
        told.append(" ".join(capsys.readouterr().out.split()))
    assert "da_t" not in told[0] and "dx, dprev_h" in told[0]
    assert "da_t" in told[1] and "missing" not in told[1]
    assert "is missing" in told[2]
    report = grader.grade("cs231n-rnn", tmp_path / "a.py", 1, ["rnn_step_backward"], hint=1)
    assert "1 - h[t]" not in report.to_json() + report.to_html() + report.to_markdown() + report.to_gradescope() + report.to_junit()


def test_every_form_says_the_same(graded):
    report = graded(changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h"), "<b>&'\"|`x`.py")
    found = json.loads(report.to_json())
    assert found["score"] == report.score and found["schema"] == "autograd_rnn report 1" and found["items"][1]["diagnosis"]["formula"]
    assert str(again(found)) == str(report)
    scope = json.loads(report.to_gradescope())
    assert scope["score"] == report.score and {test["status"] for test in scope["tests"]} == {"passed", "failed"}
    assert {*scope["tests"][0]} == {"name", "score", "max_score", "status", "output", "output_format", "visibility"}
    suite = ElementTree.fromstring(report.to_junit())
    assert int(suite.get("failures")) == len(suite.findall(".//failure")) == sum(item.score < item.max_score for item in report.items)
    page = report.to_html()
    assert "<b>" not in page and "://" not in page.replace("http://www.w3.org", "")
    assert page.count('<tr class="right"') + page.count('<tr class="wrong"') == 10
    assert "<math>" in page and "data:image/svg+xml" in page and "The smallest call that fails" in page
    assert "`x`" not in report.to_markdown() and report.to_markdown().count("\n| ") == 11


def held(value, schema, at="report"):
    """Holds JSON against the few words of JSON Schema that ours uses."""
    kinds = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "null": type(None)}
    named = schema.get("type", [])
    assert not named or isinstance(value, tuple(kinds[kind] for kind in ([named] if isinstance(named, str) else named))), (at, value)
    assert value in schema.get("enum", [value]) and value == schema.get("const", value), (at, value)
    assert not isinstance(value, (int, float)) or value >= schema.get("minimum", value), (at, value)
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        assert {*schema.get("required", [])} <= value.keys() and (rest is not False or value.keys() <= known.keys()), (at, value.keys())
        for key, inner in value.items():
            held(inner, known.get(key, rest if isinstance(rest, dict) else {}), f"{at}.{key}")
    for k, inner in enumerate(value if isinstance(value, list) else []):
        held(inner, schema.get("items", {}), f"{at}[{k}]")


def test_a_report_keeps_to_its_published_schema(graded, tmp_path):
    schema = json.loads((specs.FOLDER.parent / "report.schema.json").read_text())
    texts = [RIGHT, "def f(:", changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h")]
    reports = [graded(text) for text in texts + [changed(*pair, text=embedding(RIGHT)) for pair in MISTAKES.values()]]
    (tmp_path / "a.py").write_text(texts[2])
    reports += [grader.grade("cs231n-rnn", tmp_path / "a.py", 1, ["rnn_step_backward"], hint) for hint in (1, 2)]
    for report in reports:
        held(json.loads(report.to_json()), schema)
    with pytest.raises(AssertionError):
        held(json.loads(reports[0].to_json()) | {"seed": -1}, schema)


def test_check_in_ones_own_session_says_what_the_report_says(tmp_path):
    for text in (RIGHT, changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h")):
        space = {"__name__": "mine"}
        exec(compile(text, str(tmp_path / "a.py"), "exec"), space)
        (tmp_path / "a.py").write_text(text)
        whole = grader.grade("cs231n-rnn", tmp_path / "a.py", 0)
        for item in whole.items:
            mine = grader.check("cs231n-rnn", space[item.name])
            assert mine.items[0] == item and repr(mine) == str(mine)  # at a prompt, too


def test_check_takes_a_function_of_the_assignment():
    with pytest.raises(ValueError, match="asks for no function 'print'"):
        grader.check("cs231n-rnn", print)
    with pytest.raises(TypeError, match="takes a function"):
        grader.check("cs231n-rnn", 3)


DOCS = (Path(__file__).parent.parent / "docs" / "grading.md").read_text(encoding="utf-8")
OWN_TESTS = (
    DOCS.partition("```python\n")[2].partition("```")[0]
    + """
def test_that_fails(submission):
    submission.rnn_step_forward(1)

def test_of_a_function_that_is_not_there(submission):
    submission.no_such(1)
"""
)
WITH_COURSE = """
import numpy as np

def test_with_what_the_course_hands_out(submission):
    submission.names = {"factor": 2.0}
    assert np.allclose(submission.scaled(np.ones(2)), 2 * np.log(3)) and submission.level

def test_within_its_limits(submission):
    submission.takes_long()
"""
COURSE = """
imports = ["numpy", "json"]
seconds = 0.5
isolation = "{level}"
[helpers]
layers = "def three(): return 3"
[names]
x = "x"
prev_h = "h_0"
next_h = "h"
[[function]]
name = "rnn_step_forward"
computes = "rnn step"
takes = "x, prev_h, Wx, Wh, b"
returns = "next_h, cache"
"""
HANDED_IN = """
import numpy as np, json
from layers import three
def scaled(x):
    return json.loads("1") * factor * x * np.log(three())
def takes_long():
    while True:
        pass
"""


def own_tests(folder, tests, submission, *options):
    """What pytest says of an instructor's own tests of a submission."""
    (folder / "conftest.py").write_text('pytest_plugins = ["autograd_rnn.grader.plugin"]\n')
    (folder / "test_it.py").write_text(tests)
    (folder / "a.py").write_text(submission)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--submission", "a.py", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_an_instructors_own_tests_have_a_fixture(tmp_path):
    _, said = own_tests(tmp_path, OWN_TESTS, RIGHT)
    assert "2 failed, 1 passed" in said and "rnn_step_forward: crashed: TypeError" in said and "has no function no_such" in said, said


@pytest.mark.sweep
def test_own_tests_treat_a_submission_as_a_grade_does(tmp_path):
    (tmp_path / "course.toml").write_text(COURSE.format(level="process"))
    _, said = own_tests(tmp_path, WITH_COURSE, HANDED_IN, "--assignment", "course.toml")
    assert "1 failed, 1 passed" in said and "takes_long: timed out" in said, said
    _, said = own_tests(tmp_path, WITH_COURSE, HANDED_IN)  # without what the course hands out
    assert "layers.three is not allowed here" in said or "json.loads is not allowed" in said, said
    code, said = own_tests(tmp_path, WITH_COURSE, HANDED_IN, "--assignment", "no-such")
    assert code == 2 and "there is no assignment 'no-such'" in said and "Traceback" not in said, said


# -- other courses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, text", [("dlai-rnn", submissions.COLUMNS), ("min-char-rnn", submissions.CHARACTERS)])
def test_right_work_in_another_course_has_all_points(name, text, tmp_path):
    (tmp_path / "a.py").write_text(text)
    report = grader.grade(name, tmp_path / "a.py", 3)
    assert report.full, str(report)


@pytest.mark.parametrize(
    "name, text, old, new, said",
    [
        ("dlai-rnn", submissions.COLUMNS, "(1 - a_next ** 2) * da_next", "(1 - a_next) * da_next", "the square is missing"),
        ("dlai-rnn", submissions.COLUMNS, "dc * c_prev * ft", "dc * c_next * ft", "the time of `c[t-1]` is wrong"),
        ("min-char-rnn", submissions.CHARACTERS, "Why.T @ dy + carry", "Why.T @ dy", "what flows back through time is missing"),
        ("min-char-rnn", submissions.CHARACTERS, "da @ hs[t - 1].T", "da @ hs[t].T", "the time of `h[t-1]` is wrong"),
        ("min-char-rnn", submissions.CHARACTERS, "np.clip(gradient, -5, 5, out=gradient)", "pass", "not clipped to ±5"),
    ],
)
def test_a_mistake_in_another_course_is_named(name, text, old, new, said, tmp_path):
    (tmp_path / "a.py").write_text(changed(old, new, text))
    report = grader.grade(name, tmp_path / "a.py", 3)
    assert not report.full and said in str(report.to_json()), str(report)


ANSWERS = """
My answers, in the notations of three books:
ds_t = p_t - onehot(y_t)
\\frac{\\partial L}{\\partial h_t} = W_{hy}^\\top ds_t + W_{hh}^\\top da_{t+1}
∂L/∂a_t = (1 - h_t²) ⊙ dh_t
dW_hy = Σ_t ds_t h_tᵀ
dW_hh = Sum(outer(da[t], h[t-1]), t)
dW_xh = Σ_t da_t x_tᵀ
db_h = Σ_t da_t
db_y = Σ_t ds_t
"""


def test_symbolic_answers_are_judged_by_the_derivation(tmp_path):
    (tmp_path / "answers.txt").write_text(ANSWERS, encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "answers.txt", seed=1)
    assert report.full, str(report)
    cells = [{"cell_type": "code", "source": "dW_hh = 1"}, *({"cell_type": "markdown", "source": [part]} for part in ANSWERS.split("\n"))]
    (tmp_path / "answers.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert grader.grade("bptt-formulas", tmp_path / "answers.ipynb", seed=1).full
    wrong = ANSWERS.replace("(1 - h_t²)", "(1 - h_t)").replace("h[t-1]", "h[t]").replace("db_y = Σ_t ds_t\n", "")
    (tmp_path / "answers.txt").write_text(wrong, encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "answers.txt", seed=1)
    items = {item.name: item for item in report.items}
    assert "the square is missing" in items["da"].diagnosis.sentence and items["da"].diagnosis.where == "in line 5"
    assert "the time of" in items["dW_hh"].diagnosis.sentence and items["db_y"].verdict == "missing"
    assert report.score == 12 and again(json.loads(report.to_json())).score == 12


def test_a_picture_in_a_sheet_is_nothing_said_and_a_row_of_any_length_is_no_sentence(tmp_path):
    """Both took a minute: the square of what stands in the row."""
    picture = f"![a net](data:image/png;base64,{'A' * 190_000})"
    (tmp_path / "answers.md").write_text(ANSWERS.replace("dW_hy", f"{picture}\ndW_hy"), encoding="utf-8")
    assert grader.grade("bptt-formulas", tmp_path / "answers.md", seed=1).full
    (tmp_path / "answers.md").write_text(f"{ANSWERS}\n{picture[1:]}\n", encoding="utf-8")
    assert grader.grade("bptt-formulas", tmp_path / "answers.md", seed=1).score == 18  # the last answer's two


SLIPS = (("(1 - h_t²)", "(1 - h_t²", "is never closed"), ("(1 - h_t²)", "(1 - q_t²)", "`q` is not in this model"),
         ("⊙ dh_t", "⊙ dh_t ??", "has no meaning"), ("(1 - h_t²) ⊙ dh_t", "", "something is missing"))  # fmt: skip


@pytest.mark.parametrize("right, typed, said", SLIPS)
def test_an_answer_that_cannot_be_read_is_said_to_be_that_and_costs_no_other(tmp_path, right, typed, said):
    (tmp_path / "answers.md").write_text(ANSWERS.replace(right, typed), encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "answers.md", seed=1)
    items = {item.name: item for item in report.items}
    assert [name for name, item in items.items() if item.verdict != "correct"] == ["da"] and report.score == 17
    assert items["da"].verdict == "unreadable" and said in items["da"].diagnosis.sentence and items["da"].diagnosis.where == "in line 5"


IN_LATEX = r"""
\frac{\partial L}{\partial s_t} = p_t - y_t
\frac{\partial L}{\partial h_t} = W_{hy}^\top \frac{\partial L}{\partial s_t} + W_{hh}^\top \frac{\partial L}{\partial a_{t+1}}
\frac{\partial L}{\partial a_t} = (1 - h_t^2) \odot \frac{\partial L}{\partial h_t}
\frac{\partial L}{\partial W_{hy}} = \sum_{t=1}^{T} \frac{\partial L}{\partial s_t} h_t^\top
\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} \frac{\partial L}{\partial a_t} h_{t-1}^\top
\frac{\partial L}{\partial W_{xh}} = \sum_{t} \frac{\partial L}{\partial a_t} x_t^\top
\frac{\partial L}{\partial b_h} = \sum_t \frac{\partial L}{\partial a_t}
\frac{\partial L}{\partial b_y} = \sum_t \frac{\partial L}{\partial s_t}
""".strip().split("\n")
LAID_OUT = {  # how a text of equations is laid out: what is done with a line, what is between two, what is around all
    "align": (lambda line: line.replace("=", "&=", 1), " \\\\\n", r"\begin{align*}%s\end{align*}"),
    "align over two lines": (lambda line: line.replace(" + ", "\\\\\n&\\quad + "), "\\\\\n", "\\begin{align}\n%s\n\\end{align}"),
    "aligned, spaced": (lambda line: line.replace("=", "&=", 1), " \\\\[4pt]\n", "$$\\begin{aligned}\n%s\n\\end{aligned}$$"),
    "eqnarray": (lambda line: line.replace("=", "&=&", 1), " \\\\\n", "\\begin{eqnarray}\n%s\n\\end{eqnarray}\n"),
    "a document": ("\\begin{{equation}}\\label{{eq:x}}\n{},\n\\end{{equation}}".format, "\n", "\\documentclass{article}\nIt follows.\n%s"),
    "dollars": ("$${}$$".format, "\n\n", "%s"),
    "prose": ("We find that ${}$.".format, "\n", "%s"),
    "a list": ("- ${}$".format, "\n", "# By hand\n%s"),
    "a table": ("| the hidden layer | {} | H |".format, "\n", "| quantity | gradient | shape |\n|---|:-:|---|\n%s"),
    "columns": ("{}    | by the chain rule".format, "\n", "%s"),
    "comments": ("# {}".format, "\n", "import numpy as np\n# Softmax + cross-entropy\n%s"),
    "tags": ("\\begin{{equation}}\n{}\n\\tag{{3}}\n\\end{{equation}}".format, "\n", "\\newcommand{\\half}{\\frac12}\n%s"),
    "code": ("`{}`".format, "\n", "%s"),
    "bold": ("**{}**".format, "\n", "%s"),
    "letters": ("a) {}".format, "\r\n", "%s"),
    "numbers": ("1. {}".format, "\n\n", "%s"),
    "an open end": (lambda line: line.replace(" + ", " +\n  "), "\n", "%s"),
    "an open bracket": (lambda line: line.replace("(", "(\n  "), "\n", "%s"),
}


@pytest.mark.parametrize("layout", sampled(LAID_OUT, 4))
def test_equations_are_read_however_a_text_lays_them_out(layout, tmp_path):
    one, between, around = LAID_OUT[layout]
    for wrong in (False, True):
        lines = [line.replace("h_{t-1}", "h_t") if wrong else line for line in IN_LATEX]
        (tmp_path / "a.tex").write_text(text := around % between.join(map(one, lines)), newline="")
        report = grader.grade("bptt-formulas", tmp_path / "a.tex", seed=1)
        assert report.full != wrong and not report.notes and {item.verdict for item in report.items} <= {"correct", "wrong"}, str(report)
        number = 1 + text[: text.index("h_t^\\top", text.index("W_{hh}}")) if wrong else 0].count("\n")
        assert not wrong or report.items[4].diagnosis.where == f"in line {number}" and report.score == 17


HOSTILE = ["__import__('os').system('x') = 1", "da = " + "(" * 5000, "da[t] = 9**9**9**9", "\x1b[2J = 3", "= = =", "`" * 99_999 + "="]
HOSTILE += ["\\label{" * 20_000, "da = (\n" + "(\n" * 90_000, "* " * 90_000 + "="]  # long to search, with nothing found


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_a_hostile_formula_is_a_verdict(text, tmp_path):
    (tmp_path / "answers.txt").write_text(text, encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "answers.txt", seed=1)
    assert report.score == 0 and "\x1b" not in str(report)


@pytest.mark.skipif(not list(importlib.metadata.Distribution.discover(name="autograd-rnn")), reason="the package is run uninstalled")
@pytest.mark.skipif(sys.platform == "win32", reason="the course system's scripts are a shell's")
def test_a_bundle_grades_as_the_course_system_calls_it(tmp_path):
    assert main(["bundle", "cs231n-rnn", "-o", str(tmp_path / "autograder.zip"), "--hint", "1"]) == 0
    for name in ("source", "submission", "results"):
        (tmp_path / name).mkdir()
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        archive.extractall(tmp_path / "source")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> "$AUTOGRADER/asked"\n')  # what it would install
    (tmp_path / "bin" / "python3").chmod(0o755)
    asked = {"AUTOGRADER": str(tmp_path), "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", str(tmp_path / "source" / "setup.sh")], env=os.environ | asked, check=True)
    installed = (tmp_path / "asked").read_text().splitlines()[-1]
    assert installed.startswith("-m pip install ") and "numpy>=1.26" in installed and "pytest" not in installed
    (tmp_path / "submission" / "rnn_layers.py").write_text(changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h"))
    folder = os.path.dirname(sys.executable)
    surroundings = {"AUTOGRADER": str(tmp_path), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", str(tmp_path / "source" / "run_autograder")], env=os.environ | surroundings, check=True, capture_output=True)
    found = json.loads((tmp_path / "results" / "results.json").read_text())
    assert found["score"] == 48 and len(found["tests"]) == 10 and "is missing" not in json.dumps(found)


def test_a_workflow_grades_each_function_in_a_folder_of_its_own(tmp_path):
    assert main(["bundle", "cs231n-rnn", "--for", "github", "-o", str(tmp_path / "classroom.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "classroom.zip") as archive:
        archive.extractall(tmp_path)
    workflow = (tmp_path / ".github" / "workflows" / "classroom.yml").read_text()
    steps = [line.split(": ", 1)[1].strip("'").replace("''", "'") for line in workflow.splitlines() if " command: " in line]
    assert len(steps) == 10 and workflow.count("_RESULTS: ") == 10 and "max-score: 10" in workflow
    (tmp_path / "rnn_layers.py").write_text(changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h"))
    for name in ("autograd_rnn", "json", "socket"):  # what would be imported if it ran in the student's folder
        (tmp_path / f"{name}.py").write_text("print('mine')\nraise SystemExit(0)\n")
    surroundings = {"PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"}
    for step, full in ((steps[0], True), (steps[1], False)):
        done = subprocess.run(["sh", "-c", step], env=os.environ | surroundings, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == (0 if full else 1) and "mine" not in done.stdout, done.stdout + done.stderr


# -- assignments -----------------------------------------------------------------------------------------------------------


def test_the_assignments_are_listed_and_each_reads(capsys):
    assert [*grader.assignments()] == ["bptt-formulas", "cmu-rnn", "cs231n-rnn", "dlai-rnn", "min-char-rnn", "unfold"]
    assert main(["assignments"]) == 0
    assert all(f" {name} " in told for told in [capsys.readouterr().out] for name in grader.assignments())


UNFOLDED = "digraph { x1->h1; x2->h2; x3->h3; x4->h4; h1->h2->h3->h4; h1->y1; h2->y2; h3->y3; h4->y4 }"
RIGHT_BY = {
    "cs231n-rnn": RIGHT,
    "dlai-rnn": submissions.COLUMNS,
    "min-char-rnn": submissions.CHARACTERS,
    "cmu-rnn": cells.BASE,
    "bptt-formulas": "",
    "unfold": UNFOLDED,
}


@pytest.mark.parametrize("name", RIGHT_BY)
def test_each_kind_of_assignment_is_one_to_start_from(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(RIGHT_BY[name] or ANSWERS, encoding="utf-8")
    assert main(["assignments", "--init", name]) == 0 and main(["assignments", "--init", "mine", "--like", name]) == 0
    assert (tmp_path / f"{name}.toml").read_text() == (tmp_path / "mine.toml").read_text() and "#" in (tmp_path / "mine.toml").read_text()
    assert main(["grade", "mine.toml", "a.py", "--seed", "1"]) == 0


def test_an_assignment_to_start_from_grades_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["assignments", "--init", "mine"]) == 0 and main(["assignments", "--init", "mine"]) == 2
    assert "exists already" in capsys.readouterr().err
    (tmp_path / "a.py").write_text(RIGHT)
    assert main(["grade", "mine.toml", "a.py"]) == 0
    assert "mine" in capsys.readouterr().out


def test_an_audit_says_what_an_assignments_tests_cannot_see(tmp_path, capsys):
    text = (specs.FOLDER / "cs231n-rnn.toml").read_text()
    head, *functions = text.split("[[function]]")
    rnn = [part for part in functions if '"rnn_' in part]
    (tmp_path / "good.toml").write_text("[[function]]".join([head, *rnn]))
    (tmp_path / "weak.toml").write_text("[[function]]".join([head + "[sizes]\nT = [1, 1]\n", *rnn]))
    (tmp_path / "a.py").write_text(changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h"))
    good, weak = (grader.audit(tmp_path / f"{name}.toml") for name in ("good", "weak"))
    assert good.ok and good.tried["rnn_backward"] > 100
    assert any("what flows back through time is missing" in one.sentence for one in weak.unseen)
    assert {one.function for one in weak.unseen} == {"rnn_backward"}
    assert all("T = 2" in one.sizes or "T = 3" in one.sizes for one in weak.unseen[:20]) and "would see it" in str(weak)
    assert main(["audit", str(tmp_path / "good.toml"), str(tmp_path / "a.py")]) == 1
    assert "the derivative of the activation" in " ".join(capsys.readouterr().out.split())


# -- the command line ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["grade", "cs231-rnn", "a.py"], "did you mean cs231n-rnn?"),
        (["grade", "cs231n-rnn", "nowhere.py"], "there is no file nowhere.py"),
        (["grade", "cs231n-rnn"], "takes an assignment and a submission"),
        (["grade", "cs231n-rnn", "a.py", "--only", "f"], "asks for no function"),
        (["grade", "cs231n-rnn", "a.py", "--seed", "-1"], "--seed is a whole number from 0"),
        (["grade", "cs231n-rnn", "empty.py"], "has no code"),
        (["grade-all", "cs231n-rnn", "nowhere", "-o", "out"], "there is no folder nowhere"),
        (["grade-all", "cs231n-rnn", "none", "-o", "out"], "holds no submissions"),
        (["grade-all", "cs231n-rnn", "class", "-o", "none"], "holds something else"),
        (["grade-all", "cs231n-rnn", "class", "-o", "out", "--roster", "a.py"], "the roster a.py"),
    ],
)
def test_bad_input_is_one_sentence(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(RIGHT)
    (tmp_path / "empty.py").write_text("\n")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "readme.md").write_text("mine")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.py").write_text(RIGHT)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and "Traceback" not in told, told
    assert (tmp_path / "none" / "readme.md").read_text() == "mine"


def test_exit_codes_are_those_of_the_points(tmp_path, capsys):
    (tmp_path / "a.py").write_text(RIGHT)
    (tmp_path / "b.py").write_text("def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    pass\n")
    assert main(["grade", "cs231n-rnn", str(tmp_path / "a.py"), "--only", "rnn_forward", "--only", "rnn_backward"]) == 0
    assert "15 of 15 points" in capsys.readouterr().out
    assert main(["grade", "cs231n-rnn", str(tmp_path / "b.py"), "-o", str(tmp_path / "r.json"), "--format", "json"]) == 1
    assert json.loads((tmp_path / "r.json").read_text())["score"] == 0 and capsys.readouterr().out == ""
    assert main(["grade", "--isolation"]) == 0 and "isolation: " in capsys.readouterr().out


# -- a class ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A class of nine, as one course system and another hand it over, graded on two processes."""
    folder = tmp_path_factory.mktemp("school")
    (folder / "work").mkdir()
    wrong = changed("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h")
    for k in range(4):
        (folder / "work" / f"student{k}.py").write_text(RIGHT if k % 2 else wrong)
    (folder / "work" / "lovelaceada_LATE_101_2002_rnn_layers.py").write_text(RIGHT)
    (folder / "work" / "submission_42").mkdir()
    (folder / "work" / "submission_42" / "rnn_layers.py").write_text("def f(:\n")
    (folder / "work" / "Grace Hopper_77_assignsubmission_file_").mkdir()
    with zipfile.ZipFile(folder / "work" / "Grace Hopper_77_assignsubmission_file_" / "x.zip", "w") as archive:
        archive.writestr("rnn_layers.py", RIGHT)
    (folder / "work" / "=cmd|x<b>.py").write_text(wrong)
    grader.grade_all("cs231n-rnn", folder / "work", folder / "out", seed=4, jobs=2)
    return folder


def rows_of(folder):
    return {row["name"]: row for row in csv.DictReader(io.StringIO((folder / "grades.csv").read_text()))}


def test_a_class_has_its_grades_and_its_pages(school):
    rows = rows_of(school / "out")
    assert rows["student1"]["score"] == "68.0" and rows["student0"]["rnn_step_backward verdict"] == "wrong"
    assert rows["lovelaceada"]["notes"] == "late" and rows["submission_42"]["score"] == "0.0"
    assert "'=cmd|x<b>" in rows
    page = (school / "out" / "class.html").read_text()
    zero = [row for row in rows.values() if row["score"] == "0.0"]
    assert zero and all(row["notes"].startswith(f"{row['rnn_step_forward verdict']}: ") for row in zero)
    assert all(html.escape(row["notes"]) in page for row in zero)
    assert "the derivative of the activation" in page and "<b>" not in page
    assert len(list((school / "out" / "students").iterdir())) == len(rows) == 8
    with sqlite3.connect(school / "out" / "grades.sqlite") as database:
        assert database.execute("SELECT count(*) FROM grades WHERE score < max_score").fetchone() == (4,)


DIFFERENCES = """\
def word_embedding_backward(dout, cache):
    x, shape = cache
    dW, step, again = np.zeros(shape), 0.01, word_embedding_forward
    for k in np.ndindex(*shape):
        W = np.zeros(shape)
        W[k] = step
        dW[k] = ((again(x, W)[0] - again(x, -W)[0]) * dout).sum() / 2 / step * (1 + 1e-10)
    return dW


"""


def test_what_an_instructor_may_look_at_is_told_to_nobody_else(school, graded):
    page = (school / "out" / "class.html").read_text()
    assert "the same but for names and layout" in page
    student = (school / "out" / "students" / "student1.html").read_text()
    assert "For the instructor" not in student and "the same but" not in student
    text = changed("    dz = (1 - next_h * next_h)", "    rnn_step_forward(x, prev_h, Wx, Wh, 0)\n    dz = (1 - next_h * next_h)")
    report = graded(changed("import numpy as np\n", "import numpy as np\nimport torch\n", text))
    assert report.full and len(report.integrity) == 2 and "torch" in report.integrity[0], report.integrity
    start = RIGHT.index("def word_embedding_backward")
    differing = graded(RIGHT[:start] + DIFFERENCES + RIGHT[RIGHT.index("def lstm_step_forward") :])
    assert differing.full and differing.integrity[0] == "word_embedding_backward calls word_embedding_forward: perhaps it takes differences"
    assert "word_embedding_backward is right to" in differing.integrity[1] and len(differing.integrity) == 2
    for form in (report.to_html(), report.to_markdown(), report.to_gradescope(), report.to_junit()):
        assert "torch" not in form and "differences" not in form


def test_the_same_work_under_other_names_is_seen():
    other = RIGHT.replace("dz", "delta").replace("\n\n\n", "\n# mine\n\n\n").replace("sigmoid", "squash")
    changed = RIGHT.replace("1 - next_h * next_h", "1 - next_h")
    marks = [fingerprint(ast.parse(text).body) for text in (RIGHT, other, changed, "def f(x):\n    return x\n")]
    assert marks[0] == marks[1] != marks[2] and marks[3] == ""


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_class_is_the_same_to_the_byte_on_one_process_and_on_two(school, tmp_path):
    grader.grade_all("cs231n-rnn", school / "work", tmp_path / "out", seed=4, jobs=1)
    one, two = files_of(tmp_path / "out"), files_of(school / "out")
    assert len(one) == 11 and {name for name in one if one[name] != two.get(name)} <= {"grades.sqlite"}
    assert rows_in_order(one["grades.sqlite"]) == rows_in_order(two["grades.sqlite"])


def rows_in_order(journal):
    """A journal's bytes, but for those that count how often it was written: the header's change counter, schema cookie and its version."""
    return b"".join(journal[a:b] for a, b in ((0, 24), (28, 40), (44, 92), (96, None)))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_process_that_ends_takes_no_other_submission_with_it(jobs, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    for name in ("ada", "fatal", "grace", "mary"):
        (tmp_path / "work" / f"{name}.py").write_text(RIGHT)
    monkeypatch.setattr("autograd_rnn.grader.batch.classroom._one", submissions.ends)
    grader.grade_all("cs231n-rnn", tmp_path / "work", tmp_path / "out", seed=4, jobs=jobs)
    scores = {name: row["score"] for name, row in rows_of(tmp_path / "out").items()}
    assert scores == {"ada": "68.0", "fatal": "0.0", "grace": "68.0", "mary": "68.0"}


def test_only_what_changed_is_graded_again(school):
    assert grader.grade_all("cs231n-rnn", school / "work", school / "out").graded == 0
    (school / "work" / "student0.py").write_text(RIGHT)
    found = grader.grade_all("cs231n-rnn", school / "work", school / "out")
    assert (found.graded, found.before) == (1, 7) and rows_of(school / "out")["student0"]["score"] == "68.0"


def test_a_roster_names_people_and_says_who_is_missing(school, tmp_path):
    (tmp_path / "roster.csv").write_text("id,name\n101,Ada Lovelace\n77,Grace Hopper\n5,Alan Turing\n")
    found = grader.grade_all("cs231n-rnn", school / "work", tmp_path / "out", seed=4, jobs=1, roster=tmp_path / "roster.csv")
    assert "Ada Lovelace" in rows_of(tmp_path / "out") and any("Alan Turing" in line for line in found.said)


def runs(number):
    """Whether there is a process of this number, and it has not ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_class_that_is_killed_leaves_nothing_and_goes_on_where_it_was(school, tmp_path):
    program = """
import os, sys
from pathlib import Path
from autograd_rnn import grader
from autograd_rnn.grader.batch.journal import Journal
keep, left = Journal.keep, [3]
def below(number):
    tasks = Path(f"/proc/{number}/task")
    found = [one for task in tasks.iterdir() for one in (task / "children").read_text().split()] if tasks.exists() else []
    return found + [inner for one in found for inner in below(one)]
def stop(*given):
    left[0] -= 1
    if left[0] < 0:
        print(*below(os.getpid()), flush=True)
        os.kill(os.getpid(), 9)
    keep(*given)
Journal.keep = stop
if __name__ == "__main__":
    grader.grade_all("cs231n-rnn", sys.argv[1], sys.argv[2], seed=4, jobs=1)
"""
    (tmp_path / "killed.py").write_text(program)
    command = [sys.executable, tmp_path / "killed.py", school / "work", tmp_path / "out"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        left = process.stdout.readline().split()
    assert process.returncode and (left or not Path("/proc/self/task").exists())
    while any(map(runs, left)):
        time.sleep(0.05)
    found = grader.grade_all("cs231n-rnn", school / "work", tmp_path / "out", jobs=1)
    assert (found.graded, found.before) == (5, 3)
    resumed, whole = files_of(tmp_path / "out"), files_of(school / "out")
    assert {name for name in whole if whole[name] != resumed.get(name)} <= {"grades.sqlite"} and len(resumed) == len(whole)
    assert rows_in_order(resumed["grades.sqlite"]) == rows_in_order(whole["grades.sqlite"])


PARTS_OF = {  # what is said of dh, beside the right lines of the others; whether that is all of it
    "dh_T = W_hy^T ds_T": False,
    "dh_3 = W_hy^T ds_3 + W_hh^T da_4": False,
    "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}  (t < T)": False,
    "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}  (t < T)\ndh_T = W_hy^T ds_T": True,
    "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}\ndh_0 = W_hh^T da_1": True,
    "dh_t = W_hy^T ds_t\ndh_t = W_hy^T ds_t + W_hh^T da_{t+1}": False,
    "dh_t = W_hy^T ds_t + W_hh da_{t+1}\ndh_t = W_hy^T ds_t + W_hh^T da_{t+1}\ndh_t = W_hh^T da_{t+1}": False,
    "dh_t = W_hh^T da_{t+1} + W_hy^T ds_t\ndh_t = W_hy^T ds_t + W_hh^T da_{t+1}": True,
    "dh_t = da_t / (1 - h_t^2)": False,
    "dh_{T+1} = 0": False,
}


@pytest.mark.parametrize("lines", PARTS_OF)
def test_an_answer_is_all_that_is_asked_and_no_choice_of_several(lines, tmp_path):
    """Of one step alone, of all but one, right and wrong beside each other, or by way of each other is not right."""
    own = next(line for line in ANSWERS.splitlines() if "h_t" in line.partition("=")[0] or line.startswith("dh"))
    (tmp_path / "answers.txt").write_text(ANSWERS.replace(own, lines), encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "answers.txt", seed=1)
    assert {item.name: item.verdict == "correct" for item in report.items}["dh"] == PARTS_OF[lines], str(report)


FURTHER = [
    "- foo_t",
    "* zzz",
    "⊙ h_t",
    r"\odot h_t",
    "× 2",
    r"\cdot 2",
    "∘ h_t",
    "− h_t",
    "+ (",
    "- unknown(h_t)",
    "/ foo",
    "^2",
    ".T",
    "@ foo",
]


@pytest.mark.parametrize("further", FURTHER)
def test_what_goes_on_below_an_equation_is_not_left_out(further, tmp_path):
    lines = ["da_t = (1 - h_t^2) * dh_t", "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}", "dW_hh = Σ_t da_t h_{t-1}^T"]
    answers = tmp_path / "answers.txt"
    answers.write_text("\n- and so it is done\n".join(lines), encoding="utf-8")
    found = {item.name: item.verdict for item in grader.grade("bptt-formulas", answers, seed=1).items}
    assert [found[name] for name in ("da", "dh", "dW_hh")] == ["correct"] * 3
    answers.write_text("\n".join(f"{line}\n  {further}" for line in lines), encoding="utf-8")
    found = {item.name: item.verdict for item in grader.grade("bptt-formulas", answers, seed=1).items}
    assert "correct" not in [found[name] for name in ("da", "dh", "dW_hh")]


def test_what_limits_or_withdraws_an_answer_in_a_line_below_is_part_of_it(random_seed, tmp_path):
    """Words, signs and brackets below an answer are read with it or it is not judged; what explains it is harmless."""
    rng = np.random.default_rng(random_seed)
    lines = {"da": "da_t = (1 - h_t^2) * dh_t", "dh": "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}", "dW_hh": "dW_hh = Σ_t da_t h_{t-1}^T"}

    def judged(below):
        (tmp_path / "a.txt").write_text("\n".join(f"{line}\n{below}" for line in lines.values()), encoding="utf-8")
        report = grader.grade("bptt-formulas", tmp_path / "a.txt", seed=1)
        return [item for item in report.items if item.name in lines]

    conditions = "if for when where only except unless at wenn für nur außer si pour sauf provided|valid for|but not at".replace("|", " ")
    words = [*conditions.split(), "holds only for", "it is wrong for"]
    said = [f"{word} t {sign} {rng.integers(2, 9)}" for word, sign in zip(words, rng.choice(["<", "=", "≥", "≠"], len(words)), strict=True)]
    said += ["wrong", "no", "not", "this is false", "~~", "cancel", "(h_t)", f"% {rng.integers(2, 9)}", f"* {rng.integers(2, 9)}", "t < 3"]
    said += ["times two", "= 0", "×", "// wrong", "- not", "not right", "(only t = T)", "only at the end"]
    around = ["{}", "  {}", "because the loss is summed\n{}", "\n{}"]
    for k in rng.permutation(len(said))[:14]:
        below = around[rng.integers(2 if said[k][0] in "%*=×/-h" else 4)].format(said[k])
        assert not any(item.verdict == "correct" for item in judged(below)), below
    harmless = ["because the loss is summed", "- and so it is done", "(1)", "for all t", "for t = 1..T", "## Weights", "QED", "b)", "---"]
    harmless += ["where da_{T+1} = 0", "(by the chain rule)", "h_t is the hidden state", "The gradient flows back.", "% by the chain rule"]
    harmless += ["since a_t enters h_t", "the sum runs over t = 1..T", "1. by the chain rule", "this is so\n- as in the lecture"]
    for k in rng.permutation(len(harmless))[:8]:
        assert all(item.verdict == "correct" for item in judged(harmless[k])), harmless[k]
    assert "line 1 is not judged, for line 2 is not read with it: `wrong`" in str(judged("wrong"))


@pytest.mark.parametrize(
    "head", ["The gate:", "By the chain rule we get:", "## Gradient", "For every t:", "For the weights:", "Hence", "(10.2)"]
)
def test_what_only_introduces_an_answer_is_harmless(head, tmp_path):
    lines = {"da": "da_t = (1 - h_t^2) * dh_t", "dW_hh": "dW_hh = Σ_t da_t h_{t-1}^T"}
    (tmp_path / "a.txt").write_text("\n".join(f"{head}\n{line}" for line in lines.values()), encoding="utf-8")
    items = grader.grade("bptt-formulas", tmp_path / "a.txt", seed=1).items
    assert [item.name for item in items if item.verdict == "correct"] == list(lines)


NAMES = ("ds", "dh", "da", "dW_hy", "dW_hh", "dW_xh", "db_h", "db_y")
ANSWER = {
    "da": "da_t = (1 - h_t^2) * dh_t",
    "dh": "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}",
    "dW_hh": "dW_hh = Σ_t da_t h_{t-1}^T",
}
AROUND = ["{line}  # {words}", "{line}  % {words}", "{line}   ({words})", "{line}\n{words}", "{line}\n- {words}", "{words}\n{line}",
          "{words}:\n{line}", "{line}\nby the chain rule\n{words}", "By the chain rule\n{words}\n\n{line}\n{words}"]  # fmt: skip


def test_words_around_an_answer_are_harmless_or_it_is_not_decided(random_seed):
    """What changes an answer is hardly ever passed over, and then shown to who grades; of a draw of what leaves it as it is a quarter at
    most is not read."""
    rng = np.random.default_rng(random_seed)
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)

    def graded(words, name, around):
        text = around.format(line=ANSWER[name], words=words)
        items, _, looked = formulas.graded(asked.spec, known, asked.functions, text)
        return next(item for item in items if item.name == name), looked

    changing = worded(wordings.CHANGING)
    earned = []
    for k in rng.permutation(len(changing))[:80]:
        name, around = rng.choice(list(ANSWER)), rng.choice(AROUND)
        item, looked = graded(changing[k], name, around)
        earned += [(around, changing[k])] * (item.verdict == "correct")
        said = {"not decided": f"{name}: `", "correct": "not all words are known of line"}.get(item.verdict)
        said = said if unread(changing[k], ANSWER[name]) else None  # `h_t, not h_{t-1}` is so of da_t
        assert said is None or changing[k] == "2" or any(line.startswith(said) and "look at" in line for line in looked), looked
    assert len(earned) <= 0.15 * 80, earned
    of = {"da": wordings.OF_PREACTIVATIONS, "dh": wordings.OF_STATES, "dW_hh": wordings.OF_WEIGHTS}
    harmless = [(words, name) for name, more in of.items() for words in (*worded(wordings.HARMLESS), *worded(more))]
    drawn = [harmless[k] for k in rng.permutation(len(harmless))[:120]]
    lost = [pair for pair in drawn if graded(*pair, rng.choice(AROUND[3:6]))[0].verdict != "correct"]
    assert len(lost) <= 0.25 * len(drawn), lost


def test_a_guess_more_is_one_and_a_case_is_said_above(tmp_path):
    def correct(text):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        return [item.name for item in grader.grade("bptt-formulas", tmp_path / "a.txt", seed=1).items if item.verdict == "correct"]

    assert correct("dW_hh = Σ_t da_t h_{t-1}^T\nor dW_hh = Σ_t da_t h_t^T") == []
    right = "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}"
    for other in ("so dh_t = 0:", "dh_t = 0", "* is the matrix product,", "the last term negated,"):
        assert correct(f"{other}\n{right}") == correct(f"{right}\n{other}") == correct(f"{other} {right}") == [], other
    assert correct("For t < T:\ndh_t = W_hy^T ds_t + W_hh^T da_{t+1}\nFor t = T:\ndh_T = W_hy^T ds_T") == ["dh"]


def test_the_sheet_that_the_docs_show_is_graded_as_they_say(tmp_path):
    (tmp_path / "sheet.md").write_text(DOCS.partition("```markdown sheet\n")[2].partition("```")[0], encoding="utf-8")
    report = grader.grade("bptt-formulas", tmp_path / "sheet.md", seed=1)
    assert {item.name: item.verdict for item in report.items if item.verdict != "missing"} == {"ds": "correct", "db_y": "not decided"}
    assert "db_y: `On second thought this needs a factor of 1/T.` was not read: look at it" in report.integrity


STRUCK = ["\\begin{{comment}}\n{}\n\\end{{comment}}", "/*\n{}\n*/", "<!--\n{}\n-->", "\\iffalse\n{}\n\\fi", "## Old attempt\n\n{}",
          "Draft, do not grade:\n\n{}", "Common mistakes:\n\n{}", "slope = 2\n{} (slope)"]  # fmt: skip
LEFT = {"ds": "ds_t", "da": "da_t", "dh": "dh_t"}  # others as they are asked for
MARKS_OF = ["{}", "- {}", "# {}", "({})", "**{}**", "{}!", "Note: {}", "> {}", "1. {}"]


def test_a_correction_anywhere_in_a_sheet_takes_the_points(random_seed):
    """By name anywhere, by a word that points at it behind it, or as what is no answer in front of it; a right sheet is right, and what
    names another answer leaves one as it is."""
    rng = np.random.default_rng(random_seed)
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)

    def correct(parts, between="\n\n"):
        return {
            item.name for item in formulas.graded(asked.spec, known, asked.functions, between.join(parts))[0] if item.verdict == "correct"
        }

    plain = {name: line.replace("p_t - y_t", "p_t - onehot(y_t)") for name, line in zip(NAMES, wordings.PLAIN, strict=True)}
    sheets = [plain, dict(zip(NAMES, (f"$${line}$$" for line in IN_LATEX), strict=True))]
    assert correct(["We derive da_t, dh_t and the gradient dW_hh.", *plain.values()]) == set(NAMES)
    earned = []
    for kind, many in (("CODE", 12), ("NAMED", 12), ("POINTING", 20), ("BEFORE", 10)):
        for said in rng.permutation(worded(getattr(wordings, kind)))[:many]:
            lines, at = sheets[rng.integers(2)], int(rng.integers(len(NAMES)))
            name, parts, other = NAMES[at], [*lines.values()], NAMES[at - 1]
            said = said.replace("{n}", LEFT.get(name, name)).replace("{m}", LEFT.get(other, other))
            row = said if kind == "CODE" else MARKS_OF[rng.integers(len(MARKS_OF))].format(said)
            place = {"POINTING": at + 1, "BEFORE": at}.get(kind, int(rng.integers(len(parts) + 1)))
            gap = ["\n", "\n\n"][rng.integers(2)]
            parts[place:place] = [row] if gap == "\n\n" else []
            text = (
                gap.join(parts)
                if gap == "\n\n"
                else gap.join([*parts[:place], "", row, *([] if kind == "BEFORE" else [""]), *parts[place:]])
            )
            earned += [(kind, row)] * (name in correct([text]))
    assert len(earned) <= 0.15 * 54, earned
    for name in ("dW_hy", "db_y", "dW_xh"):
        assert correct([*plain.values(), f"In {name} the sign is the other way round."]) == {*NAMES} - {name}
    name = rng.choice([name for name in NAMES if name != "ds"])
    said = f"{LEFT.get(name, name)} = ∂L/∂{LEFT.get(name, name)[1:]}"
    assert correct([said, *plain.values()]) == set(NAMES) and name not in correct([said, *(plain[of] for of in NAMES if of != name)]), said
    for block in STRUCK:
        name = rng.choice(list(NAMES))
        assert name not in correct([block.format(line) if of == name else line for of, line in plain.items()]), block


DOUBTS = ["I first did not|see know understand|why how", "Wir haben anfangs nicht|verstanden gewusst|warum wie",
          "Je n'ai pas tout de suite|compris vu|pourquoi comment"]  # fmt: skip
HEADS = [
    "ok so lets go",
    "Student: Kim B., group 2",
    "Sadly my scanner does not like me, hence no photo.",
    "What is the gradient of the scores?",
]
LIMITING = ["With {}", "For {}", "In the case of {}", "{} version", "Mit {}", "Avec {}", "Con {}"]
DENIALS = {"Nothing here|None of these lines": "is right|holds|works", "Nichts davon|Keine dieser Zeilen": "ist richtig|ist wahr",
           "Rien de cela|Aucune de ces lignes": "n'est vrai|n'est juste"}  # fmt: skip


def test_a_sentence_takes_the_answers_that_it_says_something_of(random_seed):
    """Heads, questions and doubts that are none about an answer take none; what denies them all takes all; an error, the one above it."""
    rng = np.random.default_rng(random_seed)
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)

    def correct(*parts):
        return {i.name for i in formulas.graded(asked.spec, known, asked.functions, "\n\n".join(parts))[0] if i.verdict == "correct"}

    at = int(rng.integers(1, len(NAMES)))
    before, behind = wordings.PLAIN[:at], wordings.PLAIN[at:]
    for head in HEADS:
        assert correct(head, *before, *behind) == {*NAMES}, head
    for doubt in DOUBTS:
        begins, verbs, ways = (rng.choice(words.split(" ") if k else [words]) for k, words in enumerate(doubt.split("|")))
        said = f"{begins} {verbs} {ways} da_{{t+1}} stands there, but the graph shows it."
        assert correct(*before, said, *behind) == {*NAMES}, said
    limits = rng.choice(LIMITING).format(rng.choice(["momentum", "decay", "coupling", "noise"]))
    for row in (limits[:1].upper() + limits[1:], f"## {limits}", f"{limits}."):
        assert NAMES[at] not in correct(*before, f"{row}\n{behind[0]}", *behind[1:]) | correct(f"{row}\n{behind[0]}"), row
    for subjects, verbs in DENIALS.items():
        said = f"{rng.choice(subjects.split('|'))} {rng.choice(verbs.split('|'))}."
        assert not correct(*before, *behind, said), said
    for said in (
        "There is an error in it.",
        "Da ist mir ein Fehler unterlaufen.",
        "Ceci contient une erreur.",
        "My check fails here.",
        "Vorzeichenfehler!",
    ):
        assert NAMES[at - 1] not in correct("\n".join([*before, said]), *behind), said


SUBJECTS = ["This one", "It", "That", "This line", "Equation 2", "My first equation", "The last line"]
PREDICATES = ["is out of the race.", "was a dud.", "went down the drain.", "is toast."]
FALSE = [
    "with da_{t+1} = 0",
    "Here da_{t+1} = 0.",
    "Denote by h_t the pre-activation.",
    "We call h_t the input.",
    "The index t goes over even steps.",
]
TRUE = {"dh": ["with da_{T+1} = 0.", "avec da_{T+1} = 0", "(H,) vector", "# shape (H,)",
               "Initialise da_{T+1} = 0, then for t = T down to 1:"],
        "dW_hh": ["(H, H)", "[H x H]", "It's h_{t-1} and not h_t!", "where h_0 is the initial state."],
        "ds": ["where p_t = softmax(s_t) is the prediction.", "Write e_t for the one-hot vector."]}  # fmt: skip


def test_what_is_so_of_a_line_costs_nothing_and_what_is_said_of_the_line_itself_does(random_seed):
    rng = np.random.default_rng(random_seed)
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)
    lines = dict(zip(NAMES, wordings.PLAIN, strict=True))

    def correct(*parts):
        return {i.name for i in formulas.graded(asked.spec, known, asked.functions, "\n".join(parts))[0] if i.verdict == "correct"}

    for _ in range(4):
        said = f"{rng.choice(SUBJECTS)} {rng.choice(PREDICATES)}"
        assert not correct(lines["dW_hh"], said), said
    for said in FALSE:
        assert "dh" not in correct(lines["dh"], said) or "h_t" in said, said
        assert "da" not in correct(said, lines["da"]), said
    for said in ("In the case of weak coupling.", "## The Adam update", "The sum extends over the units."):
        assert not correct(said, lines["dW_hh"]), said
    for name, more in TRUE.items():
        for said in more:
            assert name in correct(lines[name], said, ""), said
    assert not correct(lines["dW_hy"], "It's h_{t-1} and not h_t!")


def test_what_is_right_in_the_letters_of_a_book_is_looked_at_and_is_no_answer_by_its_letter():
    """ds_t is the derivative by the scores that is asked for, and not that by a state s; h_t-1 is the step before."""
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)
    for text, name, verdict in (
        ("ds_t = V^T (o_t - y_t) + W^T (ds_{t+1} ⊙ (1 - s_{t+1}^2))", "ds", "not decided"),
        ("s_t = tanh(U x_t + W s_{t-1} + b)\nds_t = V^T (o_t - y_t) + W^T (ds_{t+1} ⊙ (1 - s_{t+1}^2))", "ds", "not decided"),
        ("ds_t = o_t - y_t", "ds", "not decided"),
        ("do_t = -onehot(y_t)/o_t", "ds", "not decided"),
        ("∂L/∂o_t = -onehot(y_t)/o_t", "ds", "not decided"),
        ("dW_hh = Σ_t da_t h_t-1^T", "dW_hh", "correct"),
        ("dW_hh = Σ_t da_t h_t^T", "dW_hh", "wrong"),
    ):
        (item,) = (i for i in formulas.graded(asked.spec, known, asked.functions, text)[0] if i.name == name)
        assert item.verdict == verdict and item.score == (verdict == "correct") * item.max_score, (text, item)


@pytest.mark.parametrize("name, text", sampled([pair for pair in WRITINGS if pair[0] == "rnn-tanh"], 9))
def test_no_line_that_check_reads_ends_a_sheet(name, text):
    asked = grader.Grader("bptt-formulas", seed=1)
    assert formulas.graded(asked.spec, formulas.derivation(asked.spec), asked.functions, text)[0]


def test_nine_of_ten_answers_in_right_sheets_are_judged():
    """Sheets of students, in English, German and French, with their answers in five notations."""
    asked = grader.Grader("bptt-formulas", seed=1)
    known = formulas.derivation(asked.spec)
    plain, latex = dict(zip(NAMES, wordings.PLAIN, strict=True)), dict(zip(NAMES, IN_LATEX, strict=True))
    ways = [
        (plain, "{}"),
        (latex, "$${}$$"),
        (latex, "\\begin{{equation}}\n{}\n\\end{{equation}}"),
        (plain, "```\n{}\n```"),
        (plain, "`{}`"),
    ]
    styles = [{name: way.format(line) for name, line in lines.items()} for lines, way in ways]
    texts = [wordings.filled(sheet, styles[(k + j) % 5]) for k, sheet in enumerate(wordings.SHEETS) for j in range(2)]
    items = [(item.verdict, item.name) for text in texts for item in formulas.graded(asked.spec, known, asked.functions, text)[0]]
    assert sum(verdict == "correct" for verdict, _ in items) >= 0.9 * len(items)
    assert {verdict for verdict, _ in items} <= {"correct", "not decided"}
