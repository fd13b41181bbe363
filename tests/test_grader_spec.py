"""Assignments as files: a mistake is named with its line, and whatever a file says ends in a report or in a sentence."""

import json
import os
import random
import re
from pathlib import Path

import pytest

from autograd_rnn.grader import Grader, grade
from autograd_rnn.grader.assignment import SHOWN
from autograd_rnn.grader.cases import Cases
from autograd_rnn.grader.spec import FOLDER, Wrong, read
from tests.submissions import RIGHT
from tests.test_grader_files import sparse
from tests.test_grader_hostile import COURSE

WRONG = {  # what is written, in place of what, the sentence
    "a key": ("megabytes = 256", "megabites = 256", 2, "there is no key 'megabites' here: did you mean megabytes?"),
    "a key of a function": ('computes = "rnn step"', 'compute = "rnn step"', 9, "there is no key 'compute' here: did you mean computes?"),
    "a kind": ("megabytes = 256", 'megabytes = "256"', 2, "megabytes is a whole number"),
    "a truth": ("megabytes = 256", "megabytes = true", 2, "megabytes is a whole number"),
    "a long time": ("megabytes = 256", "seconds = 1e300", 2, "seconds is a number above 0, and at most"),
    "no number": ("megabytes = 256", "seconds = nan", 2, "seconds is a number above 0"),
    "much memory": ("megabytes = 256", f"megabytes = {10**30}", 2, "megabytes is a number above 0, and at most"),
    "a level": ("megabytes = 256", 'isolation = "best"', 2, "isolation is one of process, partial, full, not 'best'"),
    "a list": ("megabytes = 256", "imports = [1]", 2, "imports is a list of texts"),
    "a size": ("megabytes = 256", "sizes = {T = [0, 3]}", 2, "a size is one of"),
    "a meaning": ('prev_h = "h_0"', 'prev_h = "h_1"', 5, "'prev_h' is one of our quantities"),
    "a meaning that is none": ('prev_h = "h_0"', "prev_h = [1]", 5, "'prev_h' is one of our quantities"),
    "no name": ('name = "rnn_step_backward"\n', "", 12, "this function has no name"),
    "no function": (COURSE[COURSE.index("[[") :], "", 1, "an assignment asks for at least one"),
    "a function that is none": (COURSE[COURSE.index("[[") :], "function = [1]\n", 7, "an assignment asks for at least one"),
    "names": ('takes = "dnext_h, cache"', 'takes = "dnext_h; cache"', 15, "takes is names, separated by commas"),
    "what it computes": ('computes = "rnn step"', 'computes = "rnn stop"', 9, "computes is one of"),
    "both": ('computes = "rnn step"', 'computes = "rnn step"\nbackward_of = "x"', 8, "either computes something or is backward_of"),
    "of whom": ('backward_of = "rnn_step_forward"', 'backward_of = "rnn"', 14, "backward_of names a function that computes something"),
    "twice": ('name = "rnn_step_backward"', 'name = "rnn_step_forward"', 13, "rnn_step_forward is asked for twice"),
    "no cache": ('returns = "next_h, cache"', 'returns = "next_h"', 14, "rnn_step_forward returns no cache"),
    "points": ('computes = "rnn step"', 'computes = "rnn step"\npoints = -1', 10, "points are a number from 0"),
    "many points": ('computes = "rnn step"', f'computes = "rnn step"\npoints = {10**400}', 10, "points are a number from 0"),
    "a gradient": ('"dx, dprev_h, dWx, dWh, db"', '"dx, dprev, dWx, dWh, db"', 16, "dprev is none of"),
    "no such weight": ('"x, prev_h, Wx, Wh, b"', '"x, prev_h, Wx, Whh, b"', 10, "Whh is explained nowhere: what rnn step takes is"),
    "a weight left out": ('"x, prev_h, Wx, Wh, b"', '"x, prev_h, Wx, Wh"', 10, "rnn step needs b, which nothing in takes"),
    "no input": ('"x, prev_h, Wx, Wh, b"', '"prev_h, Wx, Wh, b"', 10, "rnn step needs x, which nothing in takes"),
    "a quantity of another cell": ('"next_h, cache"', '"next_h, c, cache"', 11, "c is explained nowhere: what rnn step returns is"),
    "another cell": ('computes = "rnn step"', 'computes = "gru step"', 9, "lays out RNN and LSTM alone"),
    "nothing returned": ('"next_h, cache"', '"cache"', 11, "returns nothing that is held against anything"),
    "a method of no object": ('name = "rnn_step_forward"', 'name = "Cell.forward"', 8, "made says of which sizes its object"),
    "an object of no method": ('computes = "rnn step"', 'computes = "rnn step"\nmade = "D, H"', 8, "made says of which sizes its object"),
    "a size that is none": (
        'name = "rnn_step_forward"', 'name = "rnn_step_forward"\ncalled = "C.f"\nmade = "D, Q"', 10, "an object is made of sizes"),
    "instead of nothing": ('computes = "rnn step"', 'computes = "rnn step"\ninstead_of = "f"', 10, "instead_of names a function"),
    "a truth that is none": ('computes = "rnn step"', 'computes = "rnn step"\naveraged = 1', 10, "averaged is true or false"),
    "a layout": ('computes = "rnn step"', 'computes = "rnn step"\nlayout = "boxes"', 10, "layout is one of rows, columns, vectors"),
    "a page": ('x = "x"', 'x = "x"\n# \x85 \u2028 \u2029\ny = "z"', 6, "'y' is one of our quantities"),
    "no TOML": ("megabytes = 256", "megabytes 256", None, "is no TOML"),
    "many digits": ("megabytes = 256", "megabytes = " + "9" * 5000, None, "is no TOML"),
    "deep": ("megabytes = 256", "sizes = " + "[" * 5000 + "]" * 5000, None, "is no TOML"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_named_with_its_line(what, tmp_path):
    old, new, line, sentence = WRONG[what]
    assert COURSE.count(old)
    (tmp_path / "course.toml").write_text(COURSE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Wrong) as caught:
        read(tmp_path / "course.toml")
    words = str(caught.value)
    assert sentence in words and "\n" not in words and len(words) < 400
    assert line is None or words.startswith(f"course.toml, line {line}: "), words


NO_FILES = {
    "nothing": (lambda p: None, "cannot be read: No such file"),
    "a folder": (lambda p: p.mkdir(), "is no file"),
    "a pipe": (lambda p: os.mkfifo(p), "is no file"),
    "100 MB": (sparse, "has more than"),
    "another encoding": (lambda p: p.write_bytes(b"\xff\xfe"), "is not encoded as UTF-8"),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_of_an_assignment_is_said(what, tmp_path):
    make, sentence = NO_FILES[what]
    make(tmp_path / "a.toml")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path / "a.toml")


ODD = [
    "0",
    "-1",
    "1e999",
    "nan",
    "10000000000000",
    "[]",
    "[1, 2]",
    "['numpy', 'no_such']",
    "{}",
    "{T = [1, 1]}",
    "{x = 'h'}",
    "true",
]
ODD += [f"'{word}'" for word in ("", "x", "h_0", "h", "rnn step", "gru sequence", "embedding", "columns", "a, b", "cache", "x, cache", "é")]
ODD += ["'full'", "'dict'", "2020-01-01"]
KEYS = ["points", "form", "clip", "tolerance", "layout", "weights", "sizes", "x"]


def changed(text, rng):
    """An assignment's text with some of its lines otherwise."""
    lines = text.split("\n")
    for _ in range(rng.randrange(1, 4)):
        k = rng.randrange(len(lines))
        able = [n for n, line in enumerate(lines) if "=" in line]
        what = rng.randrange(5)
        if what == 0:
            del lines[k]
        elif what == 1:
            lines.insert(k, rng.choice(lines))
        elif what == 2:
            lines.insert(k, f"{rng.choice(KEYS)} = {rng.choice(ODD)}")
        elif able:
            n = rng.choice(able)
            lines[n] = f"{lines[n].partition('=')[0]}= {rng.choice(ODD) if what == 3 else lines[rng.choice(able)].partition('=')[2]}"
    return "\n".join(lines)


def test_any_file_is_an_assignment_or_a_sentence(random_seed, tmp_path):
    rng = random.Random(random_seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))] + [COURSE]
    (tmp_path / "a.py").write_text(RIGHT)
    read_, graded = 0, 0
    for _ in range(150):
        path = tmp_path / "course.toml"
        path.write_text(changed(rng.choice(texts), rng), encoding="utf-8")
        try:
            spec = read(path)
        except ValueError as error:
            assert isinstance(error, Wrong) and re.match(r"course\.toml(, line \d+: | is no TOML: )", str(error)), error
            continue
        read_ += 1
        if graded == 4:
            continue
        try:
            with Grader(spec, seed=1) as grader:
                report = grader.grade(tmp_path / "a.py")
            assert all(item.verdict for item in report.items)
        except ValueError as error:
            assert "\n" not in str(error)
        graded += 1
    assert 0 < read_ < 150


@pytest.mark.parametrize("k", range(3))
def test_the_assignments_that_the_docs_show_are_ones(k, tmp_path):
    docs = (Path(__file__).parent.parent / "docs" / "grading.md").read_text(encoding="utf-8")
    texts = [part.partition("```")[0] for part in docs.split("```toml\n")[1:]]
    assert len(texts) == 3
    (tmp_path / "course.toml").write_text(texts[k], encoding="utf-8")
    spec = read(tmp_path / "course.toml")
    for function in spec.functions:
        assert spec.net or not function.computes or Cases(spec, 1).of(function)


def graded(settings, tmp_path, text=RIGHT, course=COURSE):
    """The report of a submission by the course with other settings."""
    (tmp_path / "course.toml").write_text(settings + "\n" + course)
    (tmp_path / "a.py").write_text(text)
    return grade(tmp_path / "course.toml", tmp_path / "a.py", 1)


MISTAKEN = RIGHT.replace("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h")


@pytest.mark.parametrize("shown", SHOWN)
def test_who_is_to_see_a_function_is_said_in_every_form_that_keeps_things_apart(shown, tmp_path):
    course = COURSE.replace('name = "rnn_step_backward"', f'name = "rnn_step_backward"\nvisibility = "{shown}"')
    report = graded("", tmp_path, course=course)
    assert [item.visibility for item in report.items] == ["visible", shown]
    assert [test["visibility"] for test in json.loads(report.to_gradescope())["tests"]] == ["visible", shown]
    assert [item["visibility"] for item in json.loads(report.to_json())["items"]] == ["visible", shown]


def test_how_much_is_told_is_the_assignments_to_say(tmp_path):
    told = [str(graded(f"hint = {hint}", tmp_path, MISTAKEN).to_json()) for hint in (1, 2, 3)]
    assert "da_t" not in told[0] and "da" in told[1] and "is missing" not in told[1] and "is missing" in told[2]
    assert grade(tmp_path / "course.toml", tmp_path / "a.py", 1, hint=1).hint == 1
    with pytest.raises(Wrong, match="hint is a number above 0, and at most 3"):
        graded("hint = 4", tmp_path)


def test_sizes_are_drawn_from_where_they_are_said_to_be(tmp_path):
    (tmp_path / "course.toml").write_text("sizes = {N = [2, 2], D = [7, 9], H = [5, 5]}\n" + COURSE)
    spec = read(tmp_path / "course.toml")
    for seed in range(20):
        for case in Cases(spec, seed).of(spec.functions[0]):
            sizes = case.computation.sizes
            assert sizes["N"] in (1, 2) and 7 <= sizes["D"] <= 9 and sizes["H"] == 5 and case.given["Wx"].shape == (sizes["D"], 5)


LIMITS = {  # settings, what a function does, the verdict
    "seconds": ("seconds = 0.3", "import time; time.sleep(60)", "timed out"),
    "total": ("total = 0.8", "import time; time.sleep(60)", "timed out"),
    "megabytes": ("megabytes = 64", "np.ones(1 << 25)", "out of memory"),
    "imports": ("imports = ['numpy']", "import scipy; scipy.f()", "refused"),
    "tolerance": ("tolerance = 1e-12", "dz = dz * (1 + 1e-9)", "wrong"),
    "a looser tolerance": ("tolerance = 1e-6", "dz = dz * (1 + 1e-9)", "correct"),
}


@pytest.mark.parametrize("what", LIMITS)
def test_each_limit_holds(what, tmp_path):
    settings, does, word = LIMITS[what]
    text = RIGHT.replace("    dx = dz.dot(Wx.T)\n    dprev_h", f"    {does}\n    dx = dz.dot(Wx.T)\n    dprev_h", 1)
    course = COURSE.replace("megabytes = 256\n", "")
    assert graded(settings, tmp_path, text, course).items[1].verdict == word


def test_isolation_that_is_demanded_and_missing_is_said(monkeypatch, tmp_path):
    (tmp_path / "a.py").write_text(RIGHT)
    (tmp_path / "course.toml").write_text('isolation = "full"\n' + COURSE)
    monkeypatch.setattr("autograd_rnn.grader.isolation.workers.level", lambda layers: "partial")
    with pytest.raises(ValueError, match="course demands full isolation, and this machine gives partial"):
        grade(tmp_path / "course.toml", tmp_path / "a.py")
