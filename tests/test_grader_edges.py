"""The grader's edges: what lies in a class's folder, how a class ends, and what was never graded is no verdict."""

import csv
import itertools
import os
import random
import sqlite3
import subprocess
import sys
import time

import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.nets.progress import Progress
from tests.junk import SMALL, WORK
from tests.sampling import sampled

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and signals of POSIX")


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


CHANGES = [
    "grades SET report='{}'", "class SET seed='x'", "grades SET report='[]'", "grades SET report=x'ff'", "grades SET score='x'",
    "class SET seed=-1", "class SET seed=1e30",
]  # fmt: skip


@pytest.mark.parametrize("changed", sampled(CHANGES, 3))
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
import os, signal, sys
from pathlib import Path
def trace(frame, event, argument):
    global left
    if f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}" != where:
        return None
    left -= event == "line"
    if not left:
        sys.settrace(None)
        print("sent", flush=True)
        (os.killpg if name == "SIGINT" else os.kill)(os.getpid(), getattr(signal, name))
    return trace
if __name__ == "__main__":
    from autograd_rnn.__main__ import run
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it
    where, left, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    sys.argv = ["autograd-rnn", "grade-all", "small.toml", "class", "-o", "out", "--jobs", "2"]
    sys.settrace(trace)
    sys.exit(run())
"""
STAGES = {  # where a class is at work, in our modules and in those that start its processes: how many lines there are at least
    "threading.start": 6, "threading.wait": 9, "process.submit": 30, "process._start_executor_manager_thread": 6,
    "process._spawn_process": 12, "popen_spawn_posix._launch": 20, "queues.__init__": 12, "process.shutdown": 14, "_base.wait": 30,
    "classroom._graded": 50, "classroom._unheard": 50, "classroom._digest": 20, "journal.__init__": 15, "journal.begin": 4,
    "journal.keep": 9, "journal.put_in_order": 1, "pages.write_pages": 9, "writing.replacing": 60, "tempfile.__exit__": 1,
}  # fmt: skip


def begun(there, *given):
    """A program that grades the class there, in a group of its own, stopped at a line of a function by a signal."""
    (there / "go.py").write_text(GRADING)
    return subprocess.Popen(
        [sys.executable, "go.py", *map(str, given)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(there)},
    )  # fmt: skip


@POSIX
@pytest.mark.parametrize("where, sent", sampled(itertools.product(STAGES, ("SIGTERM", "SIGINT", "SIGKILL")), 70))
def test_a_class_that_is_stopped_at_any_line_says_so_and_goes_on_where_it_was(there, where, sent, random_seed):
    """Ctrl-C goes to the whole group, the others to the parent alone; what is graded by then is kept."""
    for k in range(3):
        (there / "class" / f"s{k}.py").write_text(WORK)
    process = begun(there, where, random.Random(f"{random_seed} {where} {sent}").randint(1, STAGES[where]), sent)
    out, said = process.communicate(timeout=60)
    assert (out, process.returncode) == ("sent\n", {"SIGINT": 130, "SIGTERM": 143, "SIGKILL": -9}[sent]), said
    assert said.count("autograd-rnn: stopped\n") == (sent == "SIGINT")
    assert "autograd_rnn" not in said  # a process that only starts when its parent goes may say so in Python's own words, ours say nothing
    until(lambda: members(process.pid) == 0)
    found = grader.grade_all("small.toml", "class", "out", jobs=1)
    assert found.graded + found.before == 3 and len(list((there / "out").iterdir())) == 4


def test_where_no_process_can_be_started_nobody_is_graded(there, monkeypatch, capsys):
    (there / "class" / "ada.py").write_text(WORK)
    monkeypatch.setattr("autograd_rnn.grader.batch.classroom._begin", os._exit)  # with other arguments than it takes, it only raises
    assert main(["grade-all", "small.toml", "class", "-o", "out"]) == 2
    assert "no process that grades can be started" in capsys.readouterr().err


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
