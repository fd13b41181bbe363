"""Assignments as files: a mistake is named with its line, and whatever a file says ends in a report or in a sentence."""

import os
import random
import re

import pytest

from autograd_rnn.grader import Grader, grade
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
    "a meaning": ('prev_h = "h_0"', 'prev_h = "h_1"', 5, "prev_h is one of our quantities"),
    "a meaning that is none": ('prev_h = "h_0"', "prev_h = [1]", 5, "prev_h is one of our quantities"),
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
    "a page": ('x = "x"', 'x = "x"\n# \x85 \u2028 \u2029\ny = "z"', 6, "y is one of our quantities"),
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
    "100 MB": (sparse, "is no assignment: it has more than"),
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


def test_isolation_that_is_demanded_and_missing_is_said(monkeypatch, tmp_path):
    (tmp_path / "a.py").write_text(RIGHT)
    (tmp_path / "course.toml").write_text('isolation = "full"\n' + COURSE)
    monkeypatch.setattr("autograd_rnn.grader.isolation.workers.level", lambda layers: "partial")
    with pytest.raises(ValueError, match="course demands full isolation, and this machine gives partial"):
        grade(tmp_path / "course.toml", tmp_path / "a.py")
