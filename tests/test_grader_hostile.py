"""Hostile submissions: none gains a point, each ends with a stated reason, and nothing of it is left."""

import os
import signal
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

import autograd_rnn
from autograd_rnn.grader import Grader
from autograd_rnn.grader.isolation import workers
from autograd_rnn.grader.isolation.layers import LAYERS, level
from autograd_rnn.visible import unseen
from tests.sampling import sampled
from tests.submissions import RIGHT, without

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are looked for in /proc")

COURSE = """
megabytes = 256
[names]
x = "x"
prev_h = "h_0"
next_h = "h"
[[function]]
name = "rnn_step_forward"
computes = "rnn step"
takes = "x, prev_h, Wx, Wh, b"
returns = "next_h, cache"
[[function]]
name = "rnn_step_backward"
backward_of = "rnn_step_forward"
takes = "dnext_h, cache"
returns = "dx, dprev_h, dWx, dWh, db"
"""
# What stands before a trick: a right forward pass, and ways to what a submission may not import.
BEFORE = (
    without("rnn_step_backward")
    + """import sys

def real(name):
    return sys.modules["importlib"].import_module(name)

def found(kind):
    return [x for x in real("gc").get_objects() if type(x).__name__ == kind]

def line():
    return [x for x in found("socket") if x.fileno() >= 0][0]

def zeros(cache):
    x, prev_h, Wx, Wh, next_h = cache
    return tuple(np.zeros(a.shape) for a in (x, prev_h, Wx, Wh, Wx[0]))
"""
)


class Trick(NamedTuple):
    """A hostile submission, see tests/files/hostile.txt."""

    tries: str
    code: str
    ends: tuple[str, ...]
    options: tuple[str, ...]


def tricks():
    found = {}
    for text in (Path(__file__).parent / "files" / "hostile.txt").read_text(encoding="utf-8").split("\n== ")[1:]:
        first, tries, code = text.split("\n", 2)
        name, ends, *options = first.split(" | ")
        if "def rnn_step_backward" not in code and "0 points" not in options:
            body = "\n".join(f"    {line}" for line in code.split("\n"))
            code = f"def rnn_step_backward(dnext_h, cache):\n{body}\n    return zeros(cache)\n"
        found[name] = Trick(tries, code, tuple(ends.split(", ")), tuple(options))
    return found


TRICKS = tricks()


class Room:
    """One grader, a folder of submissions beside another student's, a server that nobody may reach."""

    def __init__(self, folder, grader, server):
        self.folder, self.grader, self.server = folder, grader, server
        with grader.workers.start() as worker:
            self.layers = worker.layers

    def grade(self, text, seconds=60.0):
        """The report on a text, and the processes that are left."""
        self.grader.spec = self.grader.spec._replace(seconds=seconds)
        (self.folder / "a.py").write_text(text, encoding="utf-8")
        return self.grader.grade(self.folder / "a.py")

    def children(self):
        """What the first process has started and not ended."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[1]) == self.grader.workers.first.pid:
                found.append(stat.parent.name)
        return found

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.name != "a.py"}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed-in")
    (folder / "other.py").write_text(RIGHT)
    (folder / "course.toml").write_text(COURSE)
    with Grader(folder / "course.toml", seed=3) as grader, socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield Room(folder, grader, server)


def test_right_work_is_right_and_this_machine_says_what_it_holds(room):
    report = room.grade(RIGHT)
    assert report.full and report.isolation == level(room.layers)
    assert not room.children()


@pytest.mark.parametrize("name", sampled(TRICKS, 3))
def test_a_trick_gains_nothing_and_leaves_nothing(name, room):
    trick = TRICKS[name]
    for layer in LAYERS:
        if layer in trick.options and layer not in room.layers:
            pytest.skip(f"this machine lacks the layer {layer}")
    text, slow, points = BEFORE + trick.code, "slow" in trick.options, "0 points" not in trick.options
    places = {"folder": room.folder, "first": room.grader.workers.first.pid, "grader": os.getpid(), "port": room.server.getsockname()[1]}
    for word, value in (places | {"package": Path(autograd_rnn.__file__).parents[1]}).items():
        text = text.replace(f"{{{word}}}", str(value))
    before, first = room.files(), room.grader.workers.first
    report = room.grade(text, 0.5 if slow else 60.0)
    item = report.items[1]
    assert item.verdict in trick.ends and item.message and len(item.message) < 2000, str(report)
    assert report.score <= points and (slow or report.score == points), str(report)
    assert room.files() == before and room.grader.workers.first is first and first.poll() is None and not room.children()
    with pytest.raises(BlockingIOError):
        room.server.accept()
    page = report.to_html()
    for form in (str(report), report.to_json(), report.to_markdown(), report.to_junit(), report.to_gradescope(), page):
        assert not unseen(lines=True).search(form), form
    assert "<script" not in page.lower() and "<b>" not in page.lower()
    assert room.grade(RIGHT).full


def test_a_first_process_that_was_ended_is_replaced(room):
    for number in (signal.SIGKILL, signal.SIGTERM):
        first = room.grader.workers.first
        with room.grader.workers.start() as worker:
            worker.load(RIGHT)
            os.kill(first.pid, number)
            first.wait()
        assert room.grade(RIGHT).full and room.grader.workers.first is not first and not room.children()


def test_a_first_process_that_was_stopped_is_replaced_and_not_waited_for(room, monkeypatch):
    monkeypatch.setattr(workers, "LOOKS", 1 << 40)  # it is seen to have stopped, however long one would wait
    for busy in (False, True):
        first = room.grader.workers.first
        with room.grader.workers.start() as worker:
            worker.load(RIGHT)
            if busy:
                os.kill(first.pid, signal.SIGSTOP)
        if not busy:
            os.kill(first.pid, signal.SIGSTOP)
        assert room.grade(RIGHT).full and room.grader.workers.first is not first and first.poll() == -signal.SIGKILL


def test_a_machine_that_starts_nothing_says_so(monkeypatch, tmp_path):
    (tmp_path / "leaves.py").write_text("")
    monkeypatch.setattr(workers, "PROGRAM", tmp_path / "leaves.py")
    with workers.Workers() as none, pytest.raises(ValueError, match="a process for a submission cannot be started"):
        none.start()
