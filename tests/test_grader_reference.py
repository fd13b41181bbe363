"""An assignment that brings its own reference: functions that are no cell of ours, judged by the instructor's code."""

import pytest

from autograd_rnn import grader
from autograd_rnn.grader.spec import Wrong, read

REFERENCE = """
import numpy as np

def attend_forward(q, k, v):
    a = np.exp(q @ k.T)
    a /= a.sum(1, keepdims=True)
    return a @ v, (a, q, k, v)

def attend_backward(dout, cache):
    a, q, k, v = cache
    da = dout @ v.T
    ds = a * (da - (a * da).sum(1, keepdims=True))
    return ds @ k, ds.T @ q, a.T @ dout
"""
COURSE = """# attention by hand
reference = "solution.py"
[shapes]
q = "N, D"
k = "T, D"
v = "T, H"
[[function]]
name = "attend_forward"
computes = "reference"
takes = "q, k, v"
returns = "out, cache"
points = 2
[[function]]
name = "attend_backward"
backward_of = "attend_forward"
takes = "dout, cache"
returns = "dq, dk, dv"
points = 3
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solution.py").write_text(REFERENCE)
    (tmp_path / "course.toml").write_text(COURSE)
    return tmp_path / "course.toml"


def graded(course, text):
    path = course.parent / "a.py"
    path.write_text(text)
    return grader.grade(course, path, 1)


def test_the_reference_itself_and_another_way_are_right(course):
    assert graded(course, REFERENCE).full
    other = REFERENCE.replace("a = np.exp(q @ k.T)", "s = np.einsum('nd,td->nt', q, k)\n    a = np.exp(s - s.max(1, keepdims=True))")
    assert graded(course, other).full


def test_a_reference_may_stand_in_the_assignment(course):
    course.write_text(COURSE.replace('"solution.py"', f"'''{REFERENCE}'''"))
    assert graded(course, REFERENCE).full


def test_mistakes_are_wrong_and_an_early_one_counts_once(course):
    report = graded(course, REFERENCE.replace("a.T @ dout", "a.T @ dout * 2"))
    assert report.score == 4 and report.items[1].outputs == {"dq": "correct", "dk": "correct", "dv": "wrong"}
    halved = REFERENCE.replace("np.exp(q @ k.T)", "np.exp(q @ k.T / 2)").replace("ds @ k, ds.T @ q", "ds @ k / 2, ds.T @ q / 2")
    early = graded(course, halved)
    assert early.items[0].verdict == "wrong" and early.items[1].verdict == "correct", str(early)
    assert graded(course, REFERENCE.replace("ds.T @ q", "ds.T @ q * 1.1")).score == 4


@pytest.mark.parametrize(
    "old, new, line, sentence",
    [
        ('v = "T, H"\n', "", 9, "[shapes] does not say the shape of v"),
        ('q = "N, D"', 'q = "N, Q"', 4, "a shape is sizes of N, T, D, H, V"),
        ('"solution.py"', '"nowhere.py"', 2, "nowhere.py cannot be read: No such file"),
        ('"solution.py"', '"a\\u0000b.py"', 2, "names no file: it holds a NUL character"),
        ('"solution.py"', '"../%s/.py"', 2, "cannot be read"),
        ('reference = "solution.py"\n', "", 8, "of the assignment's reference, Python that it brings"),
    ],
)
def test_a_mistake_is_named_with_its_line(old, new, line, sentence, course):
    course.write_text(COURSE.replace(old, new))
    with pytest.raises(Wrong) as caught:
        read(course)
    assert str(caught.value).startswith(f"course.toml, line {line}: ") and sentence in str(caught.value), caught.value


def test_a_reference_that_does_not_run_is_said(course):
    (course.parent / "solution.py").write_text(REFERENCE.replace("a @ v, (", "a @ w, ("))
    with pytest.raises(ValueError, match="the reference's attend_forward: NameError"):
        graded(course, REFERENCE)
