"""Every command stopped at any moment: by hand it ends with 130 and one sentence, for lack of memory with 2 and one, and never with a
verdict. The moment is a line of ours, chosen anew each run, where the error is raised as if it had come from there."""

import errno
import gc
import inspect
import itertools
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.__main__ import outcome
from autograd_rnn.drawing.output import render
from autograd_rnn.engine.place import go_to, here
from autograd_rnn.limits import MEMORY, memory
from tests.sampling import sampled

PACKAGE = ar.__path__[0]
COMMANDS = {
    "help": ["--help"],
    "derive": ["derive", "gru", "--wrt", "W_hn"],
    "check": ["check", "rnn", "da[t] = dh[t] * (1 - h[t]**2)"],
    "wrong": ["check", "rnn", "dW_hh = Sum(da[t] @ h[t].T, t)"],
    "verify": ["verify", "rnn", "--steps", "2"],
    "unfold": ["unfold", "lstm", "--steps", "2", "-o", "x.svg"],
    "page": ["step", "rnn", "--steps", "2", "-o", "x.md"],
    "train": ["train", "text.txt", "--epochs", "2", "--hidden", "4", "--sample", "5", "--save", "m.npz"],
    "refused": ["unfold", "rnn", "--steps", "0"],
}


class Moments:
    """Lines of the package as they run, or ``call``s of its functions, counted; at the chosen one an error is raised."""

    def __init__(self, error=None, at=0, kind="line"):
        self.error, self.at, self.kind, self.count = error, at, kind, 0

    def __call__(self, frame, event, argument):
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE) or code is outcome.__code__:  # whose own first line nothing can catch
            return None
        # Python itself drops what is raised in a generator that it closes; a scope that is left by an interrupted __exit__ stays open
        spared = self.kind == "call" and (code.co_flags & inspect.CO_GENERATOR or code.co_name == "__exit__")
        if event == self.kind and not spared:
            self.count += 1
            if self.count == self.at:
                sys.settrace(None)
                raise self.error
        return self


def traced(arguments, monkeypatch, moments):
    """The exit code of a command with such a trace."""
    monkeypatch.setattr(sys, "argv", ["autograd-rnn", *arguments])
    before = sys.gettrace()
    sys.settrace(moments)
    try:
        return outcome()
    finally:
        sys.settrace(before)


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("to be or not to be " * 4, encoding="utf-8")
    outside = here()
    yield tmp_path
    go_to(outside)
    gc.enable()


def stopped(name, error, there, monkeypatch, capfd, seed, count, kind="line"):
    """The exit codes and what was said when a command is stopped at some moments."""
    traced(COMMANDS[name], monkeypatch, Moments())  # what is imported at its first use is there
    for left in there.glob("x.*"):
        left.unlink()
    usual = traced(COMMANDS[name], monkeypatch, whole := Moments(kind=kind))
    capfd.readouterr()
    rng, outside = random.Random(f"{seed} {name}"), here()
    for at in sorted(rng.randint(1, whole.count) for _ in range(count)):
        for left in there.iterdir():
            if left.name != "text.txt":
                left.unlink()
        code = traced(COMMANDS[name], monkeypatch, moments := Moments(error, at, kind))
        said = capfd.readouterr()
        if moments.count < at:  # sympy remembers: this time there was less to do
            continue
        assert "Traceback" not in said.err + said.out, (at, said.err)
        if kind == "call":  # where Python hands over an interrupt; never on the very line that tidies up
            assert not [left.name for left in there.iterdir() if left.name.startswith(".")], at
            assert here().step is None and here().recording and gc.isenabled() and memory() == MEMORY, at
        go_to(outside)
        gc.enable()
        yield at, code, usual, said


@pytest.mark.parametrize("kind", ["line", "call"])
@pytest.mark.parametrize("name", sampled(COMMANDS, 6))
def test_a_command_stopped_by_hand_says_so_and_gives_130(name, kind, there, monkeypatch, capfd, random_seed):
    for at, code, usual, said in stopped(name, KeyboardInterrupt(), there, monkeypatch, capfd, random_seed, 4, kind):
        if name == "verify" and code == usual:  # arrays of objects drop what is raised in some of their calls, as mpmath does
            continue
        assert code == 130 and said.err.count("autograd-rnn: stopped\n") == 1, (at, code, said.err)


@pytest.mark.parametrize("name", sampled(COMMANDS, 6))
def test_memory_that_lacks_at_any_moment_is_a_sentence_and_no_verdict(name, there, monkeypatch, capfd, random_seed):
    for at, code, usual, said in stopped(name, MemoryError(), there, monkeypatch, capfd, random_seed, 6):
        assert code == 2 and said.err.count("\n") == 1 or code == usual, (at, code, said)
        assert code != 2 or "memory" in said.err or usual == 2, (at, said.err)


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory"), ImportError("libgvc.so.7: failed to map segment")]
)
@pytest.mark.parametrize("way", ["_by_system", "_by_package"])
def test_little_memory_is_never_a_missing_graphviz(monkeypatch, way, error, capsys, there):
    def raising(*_, **__):
        raise error

    if way == "_by_system":
        monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/dot")
        monkeypatch.setattr("graphviz.pipe", raising)
    else:
        monkeypatch.setattr("shutil.which", lambda name: None)
        fake = type(sys)("pygraphviz")
        fake.AGraph = lambda string: type("Graph", (), {"draw": raising, "close": lambda self: None})()
        monkeypatch.setitem(sys.modules, "pygraphviz", fake)
    if isinstance(error, ImportError) and way == "_by_system":
        pytest.skip("nothing is imported there")
    if isinstance(error, ImportError):
        monkeypatch.setattr(render, "_by_package", lambda source, format: render._not_for_memory(error))
    monkeypatch.setattr(sys, "argv", ["autograd-rnn", "unfold", "rnn", "--steps", "2", "-o", "x.png"])
    assert outcome() == 2
    said = capsys.readouterr().err
    assert "memory" in said and "install" not in said and not list(there.glob("x.*"))


def test_the_renderer_is_not_begun_where_hardly_any_memory_is_left(monkeypatch, capsys, there):
    """It would end the process."""
    fake = type(sys)("pygraphviz")
    fake.AGraph = None  # nothing asks for a graph
    monkeypatch.setitem(sys.modules, "pygraphviz", fake)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(render, "ROOM", 2**60)
    monkeypatch.setattr(sys, "argv", ["autograd-rnn", "unfold", "rnn", "--steps", "2", "-o", "x.png"])
    assert outcome() == 2 and capsys.readouterr().err == f"autograd-rnn: {render.LACKING}\n" and not list(there.glob("x.*"))


@pytest.mark.parametrize("error", ["ImportError('DLL load failed')", "OSError('cannot load library')"])
def test_without_a_renderer_that_loads_three_formats_are_written_and_a_sentence_says_so(error, monkeypatch, capsys, there, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pygraphviz.py").write_text(f"raise {error}")
    monkeypatch.syspath_prepend(tmp_path / "broken")
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    for ending, code in {"svg": 0, "dot": 0, "tex": 0, "png": 2, "pdf": 2}.items():
        monkeypatch.setattr(sys, "argv", ["autograd-rnn", "unfold", "rnn", "--steps", "2", "-o", f"x.{ending}"])
        assert outcome() == code and (there / f"x.{ending}").exists() == (code == 0)
        said = capsys.readouterr().err
        assert said.count("\n") == code / 2 and ("install Graphviz" in said and "save it as .svg" in said) == (code == 2)


STARVED = """
import resource, sys
import numpy, sympy, graphviz, autograd_rnn as ar
from autograd_rnn.__main__ import outcome
import autograd_rnn.drawing, autograd_rnn.formulas, autograd_rnn.steps
sys.argv, given = ["autograd-rnn", "derive", "rnn"], sys.argv
outcome()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(given[1]) * 2**20, resource.RLIM_INFINITY))
sys.argv = given[1:]
sys.exit(outcome())
"""


def test_nothing_is_loaded_before_an_interrupt_is_listened_for():
    """What comes before is Python's own start alone, of which no package can say anything."""
    loaded = "import os, sys; sys.path.insert(0, sys.argv[1]); before = {*sys.modules}; import autograd_rnn.__main__; "
    command = [sys.executable, "-I", "-S", "-c", loaded + "print(*{*sys.modules} - before)", str(Path(PACKAGE).parent)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {*found} <= {"autograd_rnn", "autograd_rnn.__main__", "__future__"}


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process may have is a setting of Linux")
@pytest.mark.parametrize("room, what", sampled(itertools.product([1, 0, 4, 16], ["check", "wrong", "unfold", "png"]), 8))
def test_a_starved_process_says_so(there, room, what):
    arguments = COMMANDS.get(what, ["unfold", "lstm", "--steps", "2", "-o", "x.png"])
    command = [sys.executable, "-c", STARVED, str(room), *arguments]
    done = subprocess.run(command, cwd=there, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr and "install" not in done.stderr, done.stderr
    assert done.returncode == 2 and "memory" in done.stderr or done.returncode == int("h[t].T" in arguments[-1]), (arguments, done)


DROPPING = {
    "a bare except": "try:\n    os.kill(os.getpid(), signal.SIGINT)\nexcept BaseException:\n    pass",
    "a destructor": "type('D', (), {'__del__': lambda self: os.kill(os.getpid(), signal.SIGINT)})()",
    "hasattr, which looks for one error alone": "hasattr(type('A', (), {'x': property(stop)})(), 'x')",
}
GOING_ON = """
import os, signal, sys, time
from autograd_rnn import __main__, cli
def stop(*_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise AttributeError
def forever(options):
    exec(sys.argv[1], {"os": os, "signal": signal, "stop": stop})
    while sys.argv[2] == "long":
        time.sleep(0.01)
signal.signal(signal.SIGINT, signal.default_int_handler)
cli.COMMANDS["assignments"] = (lambda command: None, forever, "")
cli.main.__defaults__ = (["assignments"],)
sys.exit(__main__.run())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process sends itself no such signal there")
@pytest.mark.parametrize("how, length", sampled(itertools.product(DROPPING, ["long", "short"]), 3))
def test_an_interrupt_that_is_dropped_on_its_way_comes_again(how, length, there):
    """In the middle of a long work, and at the very end of a short one."""
    command = [sys.executable, "-c", GOING_ON, DROPPING[how], length]
    done = subprocess.run(command, cwd=there, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (130, "autograd-rnn: stopped\n")


INSIDE = "numpy._core._exceptions" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core._exceptions"
LOADING = """
import os, signal, sys
wanted = sys.argv[1]
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it
from autograd_rnn.__main__ import run
sys.argv = ["autograd-rnn", "check", "rnn", "da[t] = dh[t] * (1 - h[t]**2)"]
sys.exit(run())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process sends itself no such signal there")
@pytest.mark.parametrize("module", ["numpy", INSIDE, "datetime", "autograd_rnn.engine", "autograd_rnn.cli", "fractions"])
def test_an_interrupt_while_modules_are_loaded_is_a_sentence(module, there):
    """Before anything of numpy is there, in the middle of it, where its C code drops what it is told, and later."""
    done = subprocess.run([sys.executable, "-c", LOADING, module], cwd=there, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (130, "autograd-rnn: stopped\n")


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process may have is a setting of Linux")
@pytest.mark.parametrize("limit", sampled([30, 50, 70, 90, 110, 130, 150, 170, 190, 210, 250], 3))
def test_a_process_that_is_starved_from_its_start_says_so(limit, there):
    """OpenBLAS would end it with exit code 1, a wrong formula's, and numpy's own words fill a screen."""
    import resource

    limits = (limit * 2**20,) * 2
    command = [sys.executable, "-m", "autograd_rnn", *COMMANDS["check"]]
    done = subprocess.run(
        command, cwd=there, capture_output=True, text=True, timeout=300, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits)
    )
    assert done.returncode in (0, 2), done
    assert done.returncode == 0 or done.stderr.count("\n") == 1 and "memory" in done.stderr, done.stderr


@pytest.mark.parametrize("error, sentence", [
    (EOFError("marshal data too short"), "cut off"), (ImportError("a broken numpy"), "ImportError: a broken numpy"),
    (AttributeError("half installed"), "AttributeError: half installed"), (ImportError("failed to map segment"), "not memory enough"),
])  # fmt: skip
def test_a_program_that_fails_gives_no_verdict(error, sentence, monkeypatch, capfd):
    """Python's own exit code for it is that of a wrong formula."""

    def failing(*_):
        raise error

    monkeypatch.setattr("autograd_rnn.cli.main", failing)
    assert outcome() == 2 and sentence in capfd.readouterr().err


ENDING = """
import atexit, os, signal, sys, threading, time
from autograd_rnn import __main__, cli
signal.signal(signal.SIGINT, signal.default_int_handler)
def stop():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(2)
class Last:
    def __del__(self):
        stop()
if sys.argv[1] == "atexit":
    atexit.register(stop)
elif sys.argv[1] == "threads":
    main = threading.main_thread()
    threading.Thread(target=lambda: (main.join(), stop())).start()
else:
    __main__.last = Last()
def work(options):
    if sys.argv[2] == "stopped":
        raise KeyboardInterrupt
cli.COMMANDS["assignments"] = (lambda command: None, work, "")
cli.main.__defaults__ = (["assignments"],)
sys.exit(__main__.run())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process sends itself no such signal there")
@pytest.mark.parametrize("before", sampled(["stopped", "done"], 2))
@pytest.mark.parametrize("when", ["atexit", "threads", "modules"])
def test_an_interrupt_while_python_ends_is_silent(when, before, there):
    """A second one, or one that comes when all is done: while functions that were registered run, threads are waited for, modules go."""
    done = subprocess.run([sys.executable, "-c", ENDING, when, before], cwd=there, capture_output=True, text=True, timeout=60)
    assert done.returncode in (130, -2)  # as a shell says either: 130
    assert done.stderr == ("autograd-rnn: stopped\n" if before == "stopped" else "")
