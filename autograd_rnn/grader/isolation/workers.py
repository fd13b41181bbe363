"""The grader's side of its workers: starts them, asks them, keeps the time, and ends them."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.grader.isolation import wire
from autograd_rnn.grader.isolation.layers import level
from autograd_rnn.visible import visible

PROGRAM = Path(__file__).with_name("worker.py")
SURROUNDINGS = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"} | {
    f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")
}
BEGIN = 60.0  # seconds for a worker to begin, on a busy machine too
LOOK, LOOKS = 0.25, 240  # seconds between two looks at whether the first process is stopped, while it is waited for; how many
ENDS = {3: "out of memory", -getattr(signal, "SIGXCPU", 999): "timed out"}  # exit codes that say why
TEXT, NUMBER = (str,), (int,)
SAID = {  # what an answer may hold, and of which kinds; a list holds no other
    **dict.fromkeys(("raised", "message", "printed", "missing"), TEXT),
    **{"line": (int, type(None)), "call": NUMBER, "changed": NUMBER, "functions": TEXT, "layers": TEXT},
}
LISTS = ("changed", "functions", "layers", "read")
ANSWERS = ({"layers"}, {"functions"}, {"missing"}, {"raised", "message", "line"}, {"result", "read", "changed", "call"})


class Limits(NamedTuple):
    """What one submission may take: bytes beyond an empty process, seconds of processor time of one process, seconds a call, bytes of an
    answer; ``until``: when all of it has to be over, in `time.monotonic`."""

    memory: int = 1 << 29
    seconds: int = 60
    call: float = 10.0
    answer: int = 1 << 26
    until: float = math.inf


class Ended(NamedTuple):
    """A worker that gave no answer, and why: ``timed out``, ``out of memory``, ``crashed``, ``too much``."""

    why: str
    words: str = ""


class Worker:
    """One submission's process. ``layers``: what the kernel keeps it from; ``level``: what that amounts to."""

    def __init__(self, line: socket.socket, limits: Limits, end: Any):
        self.line, self.limits, self._end = line, limits, end
        self.ended: Ended | None = None
        self.layers: list[str] = []
        first = self._answer(BEGIN)
        if isinstance(first, dict):
            self.layers = list(first["layers"])
        self.level = level(self.layers)

    def load(self, source: str, helpers: dict[str, str] | None = None, allowed: tuple[str, ...] = ()) -> dict[str, Any] | Ended:
        """Run the definitions of a submission; ``helpers``: what its course hands out, as source by name."""
        texts = {name: _of_any_length(text) for name, text in (helpers or {}).items()}
        return self._ask({"source": _of_any_length(source), "helpers": texts, "allowed": list(allowed)})

    def call(
        self,
        name: str,
        *arguments: Any,
        names: Mapping[str, Any] = MappingProxyType({}),
        stays: Iterable[int] = (),
        reads: Iterable[str] = (),
    ) -> dict[str, Any] | Ended:
        """A function's answer: ``result``, or ``raised`` with ``message`` and ``line``, or ``missing``; and what was ``printed``.
        ``names``: what it finds as global names; ``stays``: the parts of a tuple that stay with the worker, such as a cache. Of a method,
        ``.forward``, ``names`` are attributes of its object, the first argument; ``read`` holds those of ``reads`` afterwards."""
        asked = {"name": name, "arguments": list(arguments), "names": dict(names), "stays": list(stays), "reads": list(reads)}
        return self._ask(asked)

    @staticmethod
    def kept(call: int, *path: int | str) -> wire.Kept:
        """What stands for a part of an earlier answer that stays with the worker."""
        return wire.Kept(call, path)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any] | Ended:
        if self.ended:
            return self.ended
        seconds = min(self.limits.call, self.limits.until - time.monotonic())
        if seconds <= 0:
            return self._over(Ended("timed out"))
        try:
            wire.send(self.line, question, seconds)
        except wire.Lost:
            return self._over(Ended("crashed"))
        return self._answer(seconds)

    def _answer(self, seconds: float) -> dict[str, Any] | Ended:
        try:
            answer = wire.receive(self.line, seconds, self.limits.answer)
        except wire.Lost as lost:
            return self._over(Ended(str(lost)))
        if not _holds(answer):
            return self._over(Ended("it answered with something else than was asked"))
        return {key: visible(value) if SAID.get(key) is TEXT and isinstance(value, str) else value for key, value in answer.items()}

    def _over(self, ended: Ended) -> Ended:
        """End the process; what the kernel says of its end explains silence."""
        code = self.close()
        if ended.why not in ("timed out", "too much"):
            gone = ended.why == "gone"
            words = (signal.strsignal(-code) or "") if gone and code < 0 else "it left before it answered" if gone else ended.why
            ended = Ended(ENDS.get(code, "crashed") if gone else "crashed", words)
        if ended.why == "timed out" and time.monotonic() >= self.limits.until:
            ended = Ended("timed out", "in all")
        self.ended = ended
        return ended

    def close(self) -> int:
        """End the process and everything it started; what had ended it before: its exit code, or a signal as a number below 0."""
        end, self._end = self._end, None
        self.line.close()
        return end() if end else 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Workers:
    """A first process with numpy loaded, from which each submission's is forked (where there is no fork: a new one for each)."""

    def __init__(self, imports: Iterable[str] = ()) -> None:
        self.imports = ",".join(imports)
        self.control: socket.socket | None = None
        self.first: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Workers:
        if hasattr(os, "fork"):
            self.control, theirs = socket.socketpair()
            with theirs:
                options: dict[str, Any] = {"pass_fds": [theirs.fileno()], "start_new_session": True, "cwd": "/"}
                self.first = self._started(str(theirs.fileno()), **options)
        return self

    def __exit__(self, *error: Any) -> None:
        if self.control and self.first:
            self.control.close()
            for _ in range(LOOKS):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.first.wait(LOOK)
                    return
                if _stopped(self.first.pid):
                    break
            self.first.kill()
            self.first.wait()

    def _started(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        nowhere: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        surroundings = SURROUNDINGS | {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        command = [sys.executable, "-I", "-B", str(PROGRAM), str(Path(np.__file__).parents[1]), self.imports, *arguments]
        return subprocess.Popen(command, env=surroundings, **nowhere | options)

    def start(self, limits: Limits = Limits()) -> Worker:
        """A fresh worker within limits. Raises ValueError where this machine starts none."""
        if not hasattr(os, "fork"):
            return self._alone(limits)
        for again in (False, True):  # the first process may have been ended by the machine, or by hand
            if again and self.first:
                self.first.kill()
                self.__exit__()
                self.__enter__()
            with contextlib.suppress(OSError):
                worker = self._forked(limits)
                if not worker.ended:
                    return worker
        raise ValueError("a process for a submission cannot be started: this machine lacks memory, or ends what is started")

    def _forked(self, limits: Limits) -> Worker:
        """A worker from the first process. Raises OSError where that is gone."""
        control, first = self.control, self.first
        assert control is not None and first is not None
        mine, theirs = socket.socketpair()
        with theirs:
            asked = wire.packed({"memory": limits.memory, "seconds": limits.seconds})[wire.LENGTHS.size :]
            try:
                socket.send_fds(control, [asked], [theirs.fileno()])
                number = _number(control, first.pid)
            except OSError:
                mine.close()
                raise
        return Worker(mine, limits, lambda: _status(control, first.pid, number))

    def _alone(self, limits: Limits) -> Worker:
        """A worker that is a process of its own from the start."""
        mine, theirs = socket.socketpair()
        size = len(theirs.share(os.getpid())) if hasattr(theirs, "share") else 0
        process = self._started(str(size), str(limits.memory), str(limits.seconds), stdin=subprocess.PIPE)
        assert process.stdin is not None
        with theirs, process.stdin:
            process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined]

        def end() -> int:
            process.kill()
            return process.wait()

        return Worker(mine, limits, end)


def _of_any_length(text: str) -> np.ndarray:
    """A text as a message takes it whole; one that is a value is cut."""
    return np.frombuffer(text.encode("utf-8", "replace"), np.uint8)


def _holds(answer: Any) -> bool:
    """Whether an answer is one of those that a worker gives, each part of its kind: whoever runs there may have written it."""
    if not isinstance(answer, dict) or {*answer} - {"printed"} not in ANSWERS:
        return False
    for key, value in answer.items():
        values = value if key in LISTS else [value]
        if not (isinstance(values, list) and all(type(x) in SAID.get(key, (type(x),)) for x in values)):
            return False
    return bool(0 <= answer.get("call", 0) < 1 << 31 and 0 <= (answer.get("line") or 0) < 1 << 31)


def _number(control: socket.socket, first: int) -> int:
    """The number with which the first process answers. Raises OSError if none comes: it has ended, or something has stopped it."""
    control.settimeout(LOOK)
    for _ in range(LOOKS):
        with contextlib.suppress(TimeoutError):
            if len(text := control.recv(20)) == 20:  # it is written at once
                return int(text)
            break
        if _stopped(first):
            break
    raise OSError("the first process does not answer")


def _stopped(process: int) -> bool:
    """Whether something has stopped a process, as by a signal; what only takes long is not."""
    if not hasattr(os, "waitid"):
        return False
    return os.waitid(os.P_PID, process, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None


def _status(control: socket.socket, first: int, number: int) -> int:
    """Kill a worker and what it started; what had ended it before. A first process that does not answer is given up, as its workers are."""
    try:
        control.sendall(wire.packed({"end": number})[wire.LENGTHS.size :])
        return os.waitstatus_to_exitcode(_number(control, first))
    except OSError:
        control.close()
        return 0
