"""The grader's edges: what lies in a class's folder, how a class ends, and what was never graded is no verdict."""

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.nets.progress import Progress
from tests.junk import SMALL, WORK

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and signals of POSIX")
SLOW = WORK.replace("return", "\n    import time\n    time.sleep(1)\n    return")


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with an assignment and somebody's work."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8-sig")  # as some editors begin a file
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8-sig")
    (tmp_path / "class").mkdir()
    return tmp_path


@POSIX
def test_whatever_lies_in_a_class_is_somebody_and_stops_nobody(there):
    folder = there / "class"
    names = ["ada", "b\x1b[2J\r\x07", "c" * 252, "漢" * 84, os.fsdecode(b"d\xff"), "-e", "=f", "g'\"<h>"]
    for name in names:
        (folder / f"{name}.py").write_text(WORK, encoding="utf-8")
    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "pipe.zip")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "gone.py").symlink_to("nowhere")
    (folder / "folder.py").mkdir()
    (folder / "submission_7").mkdir()
    os.mkfifo(folder / "submission_7" / "submission_metadata.yml")
    found = grader.grade_all("small.toml", "class", "out", seed=1, jobs=1)
    assert found.graded == len(names) + 5  # two pipes of one name are one person
    with open("out/grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["score"] for row in rows) == ["0.0"] * 5 + ["1.0"] * len(names)
    for row in rows:
        assert "".join(row.values()).isprintable()


@POSIX
@pytest.mark.parametrize("out", ["/dev/null", "pipe", "file", "dangling", "used", "a\0b", "journal"])
def test_grades_are_kept_in_a_folder_of_their_own_or_not_at_all(there, out):
    os.mkfifo("pipe")
    (there / "file").write_text("x")
    (there / "dangling").symlink_to("nowhere")
    (there / "used").mkdir()
    (there / "used" / "mine").write_text("x")
    (there / "journal").mkdir()
    os.mkfifo("journal/grades.sqlite")
    (there / "class" / "ada.py").write_text(WORK)
    before = sorted(there.rglob("*"))
    with pytest.raises(ValueError) as caught:
        grader.grade_all("small.toml", "class", out, seed=1, jobs=1)
    assert str(caught.value).isprintable() and sorted(there.rglob("*")) == before


@pytest.mark.parametrize(
    "changed",
    ["grades SET report='{}'", "grades SET report='[]'", "grades SET report=x'ff'", "grades SET score='x'"]
    + ["class SET seed='x'", "class SET seed=-1", "class SET seed=1e30"],
)
def test_a_journal_that_somebody_else_wrote_in_is_said_to_be_one(there, changed):
    (there / "class" / "ada.py").write_text(WORK)
    grader.grade_all("small.toml", "class", "out", seed=1, jobs=1)
    with sqlite3.connect("out/grades.sqlite") as journal:
        journal.execute(f"UPDATE {changed}")
    journal.close()
    with pytest.raises(ValueError, match="the journal in out was not written by this program|seed must be"):
        grader.grade_all("small.toml", "class", "out", jobs=1)


@pytest.mark.parametrize("command", [["grade", "small.toml"], ["audit", "small.toml"]])
@pytest.mark.parametrize("given", ["nobody.py", "class", "x" * 5000])
def test_what_could_not_be_graded_has_no_verdict(there, command, given, capsys):
    assert main([*command, given]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and len(said) < 500


@POSIX
def test_a_report_goes_where_it_can_and_that_is_asked_first(there, capsys):
    os.mkfifo("pipe")
    for target in ("pipe", "/dev/null", "class", "nowhere/x", ""):
        assert main(["grade", "small.toml", "work.py", "-o", target]) == 2
        said = capsys.readouterr()
        assert not said.out and said.err.count("\n") == 1
    assert main(["grade", "small.toml", "work.py", "-o", "-", "--format", "json"]) == 0
    assert capsys.readouterr().out.startswith("{")


@pytest.mark.parametrize(
    "command, label",
    [("grade small.toml work.py", "grading"), ("audit small.toml work.py", "grading"), ("grade-all small.toml class -o out", "grading")],
)
def test_what_a_submission_may_draw_out_has_a_bar(there, command, label, monkeypatch, capsys):
    (there / "class" / "ada.py").write_text(WORK)
    begun, usual = [], Progress.__enter__
    monkeypatch.setattr(Progress, "__enter__", lambda self: begun.append(self.label) or usual(self))
    assert main(command.split()) == 0 and label in begun


GRADING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it
if __name__ == "__main__":
    from autograd_rnn.__main__ import run
    sys.argv = ["autograd-rnn", "grade-all", "small.toml", "class", "-o", "out", "--jobs", "2"]
    sys.exit(run())
"""


@POSIX
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_class_that_is_stopped_leaves_nobody_at_work(there, sent):
    """Ctrl-C goes to the whole group, the others to the parent alone; what is graded by then is kept."""
    for k in range(40):
        (there / "class" / f"s{k}.py").write_text(SLOW)
    (there / "go.py").write_text(GRADING)
    process = subprocess.Popen(
        [sys.executable, "go.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    until(lambda: (there / "out" / "grades.sqlite").exists() and members(process.pid) >= 3)
    (os.killpg if sent == "SIGINT" else os.kill)(process.pid, getattr(signal, sent))
    _, said = process.communicate(timeout=300)
    assert process.returncode == {"SIGINT": 130, "SIGTERM": 143, "SIGKILL": -9}[sent], said
    assert sent != "SIGINT" or "autograd-rnn: stopped\n" in said
    assert "autograd_rnn" not in said  # a process that only starts when its parent goes may say so in Python's own words, ours say nothing
    until(lambda: members(process.pid) == 0)


def members(group):
    """How many processes of a group are there."""
    listed = subprocess.run(["ps", "-eo", "pgid,stat"], capture_output=True, text=True).stdout
    return sum(line.split()[0] == str(group) and "Z" not in line.split()[1] for line in listed.splitlines()[1:])


def until(done):
    """Wait for something that is sure to come, however busy the machine is."""
    end = time.monotonic() + 300
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
