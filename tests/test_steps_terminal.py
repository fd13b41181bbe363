"""A walk at a terminal, at a prompt, through a pipe, and in a notebook."""

import functools
import io
import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest

import autograd_rnn as ar
from autograd_rnn.engine.tensor import set_label
from autograd_rnn.steps import step
from autograd_rnn.steps.lessons import lessons
from autograd_rnn.steps.showing.commands import COMMANDS, completions, place
from autograd_rnn.steps.showing.shell import Shell, shell
from autograd_rnn.steps.showing.terminal import PLAIN, Screen

PROGRAM = """
import sys
import autograd_rnn as ar
from autograd_rnn.engine.tensor import set_label
from autograd_rnn.steps import step
from autograd_rnn.steps.showing.shell import shell
shell(step(ar.Model(ar.RNN(2, 3), output_size=3), steps=3, level="unrolled"), *sys.argv[1:])
"""
GOLDEN = {
    40: """
[unrolled] step 19 of 29, t=2, sum over
    the 2 uses of h_2
╭──────────────────────────────────────╮
│ dh_2 = W_hyᵀ ds_2 + W_hhᵀ da_3       │
╰──────────────────────────────────────╯
dh_2 = W_hyᵀ [1 2 3] + W_hhᵀ [4 5 6] =
    [7 8 9]
shapes  dh_2 (3,)  W_hy (3, 3)
    ds_2 (3,)  W_hh (3, 3)  da_3 (3,)
next    da_2 = dh_2 ⊙ (1 - h_2²)
""",
    80: """
[unrolled] step 19 of 29, t=2, sum over the 2 uses of h_2
╭──────────────────────────────────────────────────────────────────────────────╮
│                                                                              │
│  dh_2 = W_hyᵀ ds_2 + W_hhᵀ da_3                                              │
│                                                                              │
╰──────────────────────────────────────────────────────────────────────────────╯
dh_2 = W_hyᵀ [1 2 3] + W_hhᵀ [4 5 6] = [7 8 9]
shapes  dh_2 (3,)  W_hy (3, 3)  ds_2 (3,)  W_hh (3, 3)  da_3 (3,)
next    da_2 = dh_2 ⊙ (1 - h_2²)
""",
    "ascii": """
[unrolled] step 19 of 29, t=2, sum over the 2 uses of h_2
+----------------------------------------------------------+
|                                                          |
|  dh[2] = W_hy.T @ ds[2] + W_hh.T @ da[3]                 |
|                                                          |
+----------------------------------------------------------+
dh[2] = [7, 8, 9]
shapes  dh[2] (3,)  W_hy (3, 3)  ds[2] (3,)  W_hh (3, 3)
    da[3] (3,)
next    da[2] = dh[2] * (1 - h[2]**2)
""",
}


@pytest.fixture
def walk():
    s = fresh()
    s.goto(t=2, node="h")
    return s


@pytest.fixture
def two(walk):
    """The current step with small whole numbers put in, and the one after it."""
    values = walk.step.values._replace(text="dh_2 = W_hyᵀ [1 2 3] + W_hhᵀ [4 5 6] = [7 8 9]", ascii="dh[2] = [7, 8, 9]")
    return walk.step._replace(values=values, number=19, of=29), walk.walk()[walk.number]


class Stream(io.StringIO):
    """An output that says what it can show."""

    def __init__(self, encoding="utf-8", terminal=False):
        super().__init__()
        self.told, self.terminal = encoding, terminal

    @property
    def encoding(self):
        return self.told

    def isatty(self):
        return self.terminal


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.parametrize("width", [40, 80])
def test_a_step_at_a_width(two, width):
    stream = Stream()
    Screen(stream, width).show(*two)
    assert stream.getvalue() == GOLDEN[width].lstrip("\n")


def test_a_step_in_ascii(two):
    stream = Stream("ascii")
    Screen(stream, 60).show(*two)
    assert stream.getvalue() == GOLDEN["ascii"].lstrip("\n")


@functools.cache
def every_ninth(level):
    return list(step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=3, level=level))[::9]


@pytest.mark.parametrize("width", [20, 40, 80, 110])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_nothing_is_cut_and_nothing_is_wider_than_the_terminal(width, encoding):
    for level in ("recursion", "unrolled", "op", "component"):
        for one in every_ninth(level):
            stream = Stream(encoding)
            Screen(stream, width).show(one, one)
            lines = stream.getvalue().split("\n")
            assert max(map(len, lines)) <= width
            letters = re.sub(r"[\s│╭╮╰╯─|+-]", "", stream.getvalue())
            screen = Screen(stream, width)
            for written in (one.after, one.values):
                assert re.sub(r"[\s│╭╮╰╯─|+-]", "", screen.written(written)) in letters


def test_wide_terminals_keep_lines_readable(two):
    stream = Stream()
    Screen(stream, 120).show(*two)
    assert max(map(len, stream.getvalue().split("\n"))) == 110


def test_colour_only_at_a_terminal_that_wants_it(two, monkeypatch):
    def shown(**options):
        stream = Stream(**options)
        Screen(stream, 60).show(*two)
        return stream.getvalue()

    assert "\x1b[" in shown(terminal=True) and "\x1b[" not in shown(terminal=False)
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown(terminal=True))
    assert plain == shown()
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(terminal=True) == plain
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert shown(terminal=True).isascii() and "\x1b" not in shown(terminal=True)


def test_control_characters_of_a_name_never_reach_the_terminal():
    a = ar.tensor(2.0)
    set_label(a, "a\x1b[31m\x9b5n\r")  # past the guard, which refuses such names
    stream = Stream()
    Screen(stream, 60).show(step(a * a).step)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", stream.getvalue())


def test_everything_we_write_has_an_ascii_form(walk):
    screen = Screen(Stream("ascii"), 60)
    said = [str(walk.why()), str(walk.values()), walk.where(), str(walk.paths()), *PLAIN]
    assert "?" not in screen.plain("".join(said).replace("?", ""))


# -- the prompt -------------------------------------------------------------------------------------------------------


def fresh():
    return step(ar.Model(ar.RNN(2, 3), output_size=3), steps=3, level="unrolled")


COUNT = len(fresh())
H_2 = fresh().goto(t=2, node="h").number


def session(*lines, navigator=None, name=""):
    """What the prompt says to some commands that come from a pipe."""
    stream = Stream()
    shell(navigator or fresh(), name, Screen(stream, 100),
          io.StringIO("".join(f"{line}\n" for line in lines)))  # fmt: skip
    return stream.getvalue()


def answer(*lines, **options):
    """What it says to the last of them."""
    return re.split(r"^> .*\n", session(*lines, **options), flags=re.M)[-1]


def test_moves():
    assert f"step 2 of {COUNT}" in answer("n") and f"step 3 of {COUNT}" in answer("n", "")
    assert f"step 1 of {COUNT}" in answer("n", "b")
    assert "[op]" in answer("g t=2 node=h", "s") and f"[unrolled] step {H_2} " in answer("g t=2 node=h", "s", "u")
    assert f"step {H_2} of {COUNT}, t=2" in answer("g t=2, node=h") and f"step {H_2} of" in answer("goto h_2")
    assert "step 7 of" in answer("g 7")
    assert "t=2" in answer("until t=2") == answer("until 2")
    assert "tanh" in answer("f tanh")
    assert "same in form" in session("t", "t", "t")
    assert answer("play").count("[unrolled] step ") == COUNT


def test_questions():
    at = "g t=2 node=h"
    assert "[h_2]" in answer(at, "w") and "you are here" in answer(at, "where")
    assert "small changes add up" in answer(at, "y")
    assert "agrees" in answer(at, "v")
    assert "h_2 → s_2 → L_2" in answer(at, "p") and "%" in answer(at, "p")
    assert answer(at, "c dh_2 = W_hy.T @ ds_2 + W_hh.T @ da_3").startswith("equal")
    assert "transpose" in answer(at, "c dh_2 = W_hy.T @ ds_2 + W_hh @ da_3")
    assert answer(at, "dh_2 = W_hy.T @ ds_2 + W_hh.T @ da_3").startswith("equal")  # a formula is a check


@pytest.mark.parametrize(
    "line, said",
    [
        ("nxt", "did you mean next?"),
        ("xyzzy", "h lists them"),
        ("g", "where to?"),
        ("g t=x", "is no place"),
        ("g t=9", "t = 0 to 3, not t = 9"),
        ("g node=hh", "did you mean"),
        ("g 99", "not 99"),
        ("b", "first step"),
        ("c", "check which line?"),
        ("c dh_2 = ((", "unreadable"),
        ("f", "find what?"),
        ("f zebra", "no step"),
        ("save", "to which file?"),
        ("save walk.doc", ".html, .md, .tex, .ipynb"),
        ("save /nowhere/walk.html", "there is no folder"),
        ("a dh_2 = 1", "there is no quiz on"),
        ("leave", "no quiz and no lesson"),
        ("lesson diamnd", "did you mean 'diamond'?"),
        ("h nxt", "did you mean next?"),
    ],
)
def test_a_mistake_is_a_sentence_and_never_a_lost_position(line, said):
    out = session("g 5" if line != "b" else "g 1", line, "w")
    told = re.split(r"^> .*\n", out, flags=re.M)
    assert said in told[2] and "Traceback" not in out
    assert ("step 5 of" if line != "b" else "step 1 of") in told[3]


def test_help_lists_every_command():
    said = answer("?")
    assert all(name in said for name in COMMANDS)
    assert answer("h goto").split()[:2] == ["g", "goto"] and answer("?g") == answer("h goto")


def test_a_quiz():
    start = "g t=2 node=h"
    asked = answer(start, "quiz")
    assert "question 1 of" in asked and "da_2 = ?" in asked
    assert "the rule: " in answer(start, "quiz", "hint")
    assert "is a quiz" in answer(start, "quiz", "b") and "question 1" in answer(start, "quiz", "")
    wrong = answer(start, "quiz", "da_2 = dh_2 * (1 - h_2)")
    assert wrong.startswith("not equal") and "question 2" not in wrong
    right = answer(start, "quiz", "a dh_2 * (1 - h_2**2)")
    assert right.startswith("equal") and "question 2" in right
    assert "0 of 1 right" in answer(start, "quiz", "giveup", "leave")


def test_a_lesson_and_looking_around_in_it():
    out = session("g 9", "n", "g 1", "n", "n", "n", "w", name="diamond")
    assert out.count("checked: ") == 4 and "NOT SO" not in out
    assert "The lesson is over: you are back where you were." in out and out.rstrip().splitlines()[-2].startswith("h_0")
    listed = answer("lesson")
    assert all(name in listed for name in lessons())


@pytest.mark.parametrize("name", lessons())
def test_every_lesson_by_itself(name):
    stream = Stream()
    shell(None, name, Screen(stream, 80), io.StringIO("n\n" * 12))
    assert "NOT SO" not in stream.getvalue() and "The lesson is over." in stream.getvalue()


def test_saving(tmp_path):
    target = tmp_path / "my walk.md"
    assert "saved to" in answer(f"save {target}").replace("\n    ", "") and target.read_text(encoding="utf-8").startswith("# RNN")


def test_completion():
    s = step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=3, level="unrolled")
    assert completions("c", "goto node=", "goto", s)[:1] == ["c_1"] and "c_3" in completions("c", "goto node=", "goto", s)
    assert completions("", "until t=", "until", s) == ["0", "1", "2", "3"]
    assert completions("d", "lesson ", "lesson", s) == ["diamond"]
    assert completions("wh", "h ", "help", s) == ["where", "why"]
    assert completions("x", "next ", "next", s) == []
    assert Shell(s, Screen(Stream(), 80), io.StringIO()).completenames("wh") == ["where", "why"]
    assert place("t = 2 node = h", "") == {"t": 2, "node": "h"}


def test_walks_without_formulas_say_what_they_lack():
    a = ar.tensor(3.0, name="a")
    for line in ("p", "quiz", "c da = 1"):
        assert "Traceback" not in answer(line, navigator=step(a * a)) and len(answer(line, navigator=step(a * a)).split()) > 6


# -- as a process -----------------------------------------------------------------------------------------------------


def run(text, **environment):
    surroundings = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, input=text.encode(), capture_output=True, env=surroundings, check=True, timeout=300)
    assert done.stderr == b""
    return done.stdout.decode()


def test_through_a_pipe_it_is_the_same_transcript_each_time():
    first = run("n\nw\ng t=9\nq\nn\n")
    assert first == run("n\nw\ng t=9\nq\nn\n", NO_COLOR="1")
    assert "\x1b" not in first and "(step)" not in first
    assert first.count("\n> ") == 4 and first.rstrip().endswith("> q")  # q leaves: the n after it is not read
    assert run("n\n", PYTHONIOENCODING="ascii").isascii()
    assert max(map(len, run("n\ny\nv\np\nh\n", COLUMNS="40").splitlines())) <= 40


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal")
def test_at_a_terminal_tab_completes_and_no_key_loses_the_position():
    pty = pytest.importorskip("pty")
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="80", PYTHONIOENCODING="utf-8")
        os.environ.pop("NO_COLOR", None)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it, and so would what it starts
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
    seen = ""

    def until(text, limit=300.0):
        """What was shown up to a text, and from there on what comes next."""
        nonlocal seen

        end = time.monotonic() + limit
        while text not in seen:
            assert time.monotonic() < end, f"{text!r} did not come: {seen!r}"
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    seen += os.read(terminal, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        before, _, seen = seen.partition(text)
        return before

    try:
        assert "\x1b[" in until("(step) ")
        os.write(terminal, b"got\t t=2 node=h_\t\t")
        until("h_3")  # the names are offered
        os.write(terminal, b"2\n")
        until(f"step {H_2} of {COUNT}")
        until("(step) ")
        for _ in range(30):  # readline writes its prompt before it listens: an interrupt between the two waits for the next key
            os.write(terminal, b"\x03")
            if select.select([terminal], [], [], 2.0)[0]:
                break
        until(f"you are still at step {H_2} of {COUNT}")
        until("(step) ")
        os.write(terminal, b"\n")
        until(f"step {H_2 + 1} of {COUNT}")
        until("(step) ")
        os.write(terminal, b"\x04")
        until(f"Left at step {H_2 + 1} of {COUNT}")
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        os.close(terminal)


# -- in Python and in a notebook --------------------------------------------------------------------------------------


def test_python_ipython_and_jupyter(walk):
    assert repr(walk).startswith(f"[unrolled] step {H_2} of {COUNT}, t=2") and "\x1b" not in repr(walk)

    class Printer:
        shown = ""

        def text(self, text):
            self.shown += text

    printer = Printer()
    walk._repr_pretty_(printer, False)
    assert printer.shown == repr(walk)
    bundle = walk._repr_mimebundle_()
    assert bundle["text/plain"] == repr(walk)
    assert bundle["text/latex"] == "$$\\displaystyle " + walk.step.after.latex + "$$"
    lit = ar.draw(walk.run, elide=False).svg()
    assert bundle["image/svg+xml"].count("<g id=") == lit.count("<g id=") and bundle["image/svg+xml"] != lit
    node = r'<g id="h_2".*?</g>'
    changed = re.sub(node, "", bundle["image/svg+xml"], flags=re.S)
    assert changed == re.sub(node, "", lit, flags=re.S)  # that node, and nothing else
