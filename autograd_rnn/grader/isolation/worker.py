"""The process in which a person's code runs. It computes what it is asked for and says what came out; it judges nothing and knows nothing.

Run as a program of its own by `workers`: the first process imports numpy and what a submission may import, and forks one child for each
submission. The child gives up all that computing does not need (`layers`), and only then meets the person's code. Neither holds a
reference, an expected number or this package: what it says is a claim about inputs that it could not know.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import io
import os
import signal
import socket
import sys
import types
from typing import Any

sys.path += sys.argv[1:2]  # where the person's numpy is, who may have installed it for themselves
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import layers  # type: ignore[import-not-found]  # noqa: E402  by its place: this package is not imported here
import modules  # type: ignore[import-not-found]  # noqa: E402
import wire  # type: ignore[import-not-found]  # noqa: E402

del sys.path[0]
import numpy as np  # noqa: E402

FILE, ITSELF = "submission.py", "submission"
FULL = 3  # the exit code that says: no memory is left


class Printed(io.StringIO):
    """What a person's code prints, as much as fits a report."""

    def write(self, text: str) -> int:
        if self.tell() < wire.LETTERS:
            super().write(str(text)[: wire.LETTERS])
        return len(text)


class Refused(Exception):
    """Something is used that a submission may not use, or that is not here."""


class Stood(types.ModuleType):
    """What stands in for a module that a submission imports and may not: it can be imported and named, and not used."""

    __all__: list[str] = []

    def __getattr__(self, name: str) -> Stood:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stood(f"{self.__name__}.{name}")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        raise Refused(f"{self.__name__} is not allowed here, or not there")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """As a base class it adds nothing."""
        return ()


class Submission:
    """A person's functions, and what they returned."""

    def __init__(self, source: np.ndarray, helpers: dict[str, np.ndarray], allowed: list[str]):
        self.allowed = {name.partition(".")[0] for name in (*modules.PLAIN, *modules.OLD, *allowed, *helpers, ITSELF)}
        self.answers: list[Any] = []
        for name, text in helpers.items():  # what the course hands out
            sys.modules[name] = types.ModuleType(name)
            exec(compile(text.tobytes().decode(), f"{name}.py", "exec", dont_inherit=True), vars(sys.modules[name]))
        sys.modules[ITSELF] = types.ModuleType(ITSELF)
        self.names = vars(sys.modules[ITSELF])
        where_it_runs = contextlib.suppress(Exception)  # of values for which more is called than numpy
        self.names["__builtins__"] = {**vars(builtins), "__import__": self.imported, "__where_it_runs__": where_it_runs}
        exec(compile(source.tobytes().decode(), FILE, "exec", dont_inherit=True), self.names)

    def imported(self, name: str, names: Any = None, local: Any = None, wanted: Any = (), level: int = 0) -> Any:
        """Import for a person's code: what computes and what the course hands out; in place of all else something stands that names it."""
        if level or name.partition(".")[0] not in self.allowed:
            return Stood(name if wanted else name.partition(".")[0])
        return importlib.__import__(name, names, local, wanted or (), level)

    def call(self, name: str, arguments: list[Any], names: dict[str, Any], stays: list[int], reads: list[str]) -> dict[str, Any]:
        """A function's answer, its result and which of its arguments it changed; ``names``: what it finds as global names; ``stays``: the
        parts of the result that are named in the answer, not sent.

        A name that begins with a dot is a method's, the first argument its object: ``names`` are attributes of it that are set, ``reads``
        those that are read when the method has run.
        """
        given = [self.resolved(x) for x in arguments]
        if name.startswith("."):
            made = given.pop(0)
            for missing in (key for key in names if not hasattr(made, key)):
                return {"missing": missing}
            for key, value in names.items():
                setattr(made, key, value)
            function = getattr(made, name[1:], None)
        else:
            self.names.update(names)
            function = self.names.get(name)
        if not callable(function):
            return {"missing": name}
        before = [x.copy() if isinstance(x, np.ndarray) else None for x in given]
        result = function(*given)
        self.answers.append(result)
        changed = [k for k, (x, y) in enumerate(zip(given, before, strict=True)) if y is not None and x.tobytes() != y.tobytes()]
        number = len(self.answers) - 1
        if isinstance(result, (tuple, list)):
            result = [wire.Kept(number, (k,)) if k in stays and x is not None else x for k, x in enumerate(result)]
        read = [getattr(made, key, None) for key in reads]
        return {"result": result, "read": read, "changed": changed, "call": number}

    def resolved(self, x: Any) -> Any:
        """An argument: itself, or the part of an earlier answer that it names."""
        if not isinstance(x, wire.Kept):
            return x
        found = self.answers[x.call]
        for key in x.path:
            found = found[key]
        return found


def told(error: BaseException) -> dict[str, Any]:
    """What a person is told of an error in their code: its kind, its words, and the last of their own lines."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    step = error.__traceback__
    while step is not None:  # there may be a million
        line = step.tb_lineno if step.tb_frame.f_code.co_filename == FILE else line
        step = step.tb_next
    with contextlib.suppress(BaseException):
        return {"raised": type(error).__name__, "message": str(error)[:500], "line": line}
    return {"raised": type(error).__name__, "message": "", "line": line}


def serve(line: socket.socket) -> None:
    """One submission's process: answer one message after the other until nobody asks any more."""
    submission = None
    while True:
        asked = wire.receive(line)
        printed = Printed()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), np.errstate(all="ignore"):
            try:
                if "source" in asked:
                    submission = Submission(**asked)
                    answer = {"functions": [name for name, x in submission.names.items() if callable(x)]}
                else:
                    assert submission is not None
                    answer = submission.call(**asked)
            except BaseException as error:  # SystemExit too: leaving early is an answer like any other
                answer = told(error)
        try:
            wire.send(line, answer | {"printed": printed.getvalue()})
        except ValueError as error:
            wire.send(line, {"raised": "Refused", "message": f"it returns {error}", "line": None, "printed": ""})


def child(line: socket.socket, control: socket.socket | None, memory: int, seconds: int) -> None:
    """A fresh child on its way to be a worker; never returns."""
    code = 0
    try:
        if hasattr(os, "setsid") and control is not None:
            os.setsid()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nowhere, number)
            control.close()
            os.closerange(3, line.fileno())
            os.closerange(line.fileno() + 1, 256)
        sys.stdin = io.StringIO()
        wire.send(line, {"layers": layers.enter(memory, seconds)})
        serve(line)
    except wire.Lost:
        code = 1
    except MemoryError:
        code = FULL
    finally:
        os._exit(code)


def nursery(control: socket.socket) -> None:
    """Fork a child for each line that is handed over, and end it when told to."""
    while True:
        message, lines, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            return
        asked = wire.unpacked(message, b"")
        if "end" in asked:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(asked["end"], signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(asked["end"], signal.SIGKILL)
            _, status = os.waitpid(asked["end"], 0)
            control.sendall(b"%20d" % status)
        else:
            line = socket.socket(fileno=lines[0])
            pid = os.fork()
            if pid == 0:
                child(line, control, asked["memory"], asked["seconds"])
            line.close()
            control.sendall(b"%20d" % pid)


def main() -> None:
    """Become the first process, or, where there is no fork, the worker itself."""
    for name in modules.OLD:
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(modules.OLD_NAMES)
    for name, (new, _) in modules.REMOVED.items():
        if name not in dir(np):
            setattr(np, name, getattr(np, new) if isinstance(new, str) else new)
    for name in (*modules.PLAIN, *sys.argv[2].split(",")):
        with contextlib.suppress(ImportError, ValueError):  # an older numpy, or nothing that is installed here
            importlib.import_module(name)
    for text in ("x = 1 +", "1/0"):  # what an error message loads on its way is loaded now
        try:
            exec(compile(text, FILE, "exec"), {})
        except Exception as error:
            told(error)
    if hasattr(os, "fork"):
        gc.freeze()  # pages that a child does not write to are not copied
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
        nursery(socket.socket(fileno=int(sys.argv[3])))
    else:
        share = sys.stdin.buffer.read(int(sys.argv[3]))
        child(socket.fromshare(share), None, int(sys.argv[4]), int(sys.argv[5]))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
