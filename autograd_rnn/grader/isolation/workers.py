"""The grader's side of its workers: starts them, asks them, keeps the time, and ends them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple

from autograd_rnn.grader.isolation import wire
from autograd_rnn.grader.isolation.layers import level

PROGRAM = Path(__file__).with_name("worker.py")
SURROUNDINGS = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"} | {
    f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")
}
BEGIN = 60.0  # seconds for a first process to load numpy, on a busy machine too


class Limits(NamedTuple):
    """What one submission may take: bytes beyond an empty process, seconds of processor time in all, seconds a call, bytes of an answer."""

    memory: int = 1 << 29
    seconds: int = 60
    call: float = 10.0
    answer: int = 1 << 26


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
            self.layers = [str(x) for x in first.get("layers", [])]
        self.level = level(self.layers)

    def load(self, source: str, helpers: dict[str, str] | None = None, allowed: tuple[str, ...] = ()) -> dict[str, Any] | Ended:
        """Run the definitions of a submission; ``helpers``: what its course hands out, as source by name."""
        return self._ask({"source": source, "helpers": helpers or {}, "allowed": list(allowed)})

    def call(self, name: str, *arguments: Any, names: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any] | Ended:
        """A function's answer: ``result``, or ``raised`` with ``message`` and ``line``, or ``missing``; and what was ``printed``.
        ``names``: what it finds as global names."""
        return self._ask({"name": name, "arguments": list(arguments), "names": dict(names)})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any] | Ended:
        if self.ended:
            return self.ended
        try:
            wire.send(self.line, question, self.limits.call)
        except wire.Lost:
            return self._over(Ended("crashed"))
        return self._answer(self.limits.call)

    def _answer(self, seconds: float) -> dict[str, Any] | Ended:
        try:
            answer = wire.receive(self.line, seconds, self.limits.answer)
        except wire.Lost as lost:
            return self._over(Ended(str(lost)))
        if not isinstance(answer, dict) or not all(isinstance(key, str) for key in answer):
            return self._over(Ended("a message that is none"))
        return answer

    def _over(self, ended: Ended) -> Ended:
        """End the process; what the kernel says of its end explains silence."""
        number = self.close()
        if ended.why == "gone" and number == getattr(signal, "SIGXCPU", None):
            ended = Ended("timed out")
        elif ended.why not in ("timed out", "too much"):
            words = signal.strsignal(number) or "" if number else ended.why if ended.why != "gone" else "it left before it answered"
            ended = Ended("crashed", words)
        self.ended = ended
        return ended

    def close(self) -> int:
        """End the process and everything it started; the signal that had ended it before, or 0."""
        end, self._end = self._end, None
        self.line.close()
        return end() if end else 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Workers:
    """A first process with numpy loaded, from which each submission's is forked (where there is no fork: a new one for each)."""

    def __init__(self) -> None:
        self.control: socket.socket | None = None
        self.first: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Workers:
        if hasattr(os, "fork"):
            self.control, theirs = socket.socketpair()
            with theirs:
                options: dict[str, Any] = {"pass_fds": [theirs.fileno()], "start_new_session": True, "cwd": "/"}
                self.first = self._started(str(theirs.fileno()), **options)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.control and self.first:
            self.control.close()
            try:
                self.first.wait(BEGIN)
            except subprocess.TimeoutExpired:
                self.first.kill()
                self.first.wait()

    @staticmethod
    def _started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        nowhere: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        surroundings = SURROUNDINGS | {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        return subprocess.Popen([sys.executable, "-I", "-B", str(PROGRAM), *arguments], env=surroundings, **nowhere | options)

    def start(self, limits: Limits = Limits()) -> Worker:
        """A fresh worker within limits. Raises RuntimeError where this machine starts none."""
        mine, theirs = socket.socketpair()
        if self.control is None:
            return self._alone(mine, theirs, limits)
        with theirs:
            asked = wire.packed({"memory": limits.memory, "seconds": limits.seconds})[wire.LENGTHS.size :]
            try:
                socket.send_fds(self.control, [asked], [theirs.fileno()])
                number = self._told()
            except OSError:
                mine.close()
                raise RuntimeError("the process that starts workers is gone: this machine lacks memory, or ended it") from None
        return Worker(mine, limits, lambda: self._ended(number))

    def _alone(self, mine: socket.socket, theirs: socket.socket, limits: Limits) -> Worker:
        """A worker that is a process of its own from the start."""
        size = len(theirs.share(os.getpid())) if hasattr(theirs, "share") else 0
        process = self._started(str(size), str(limits.memory), str(limits.seconds), stdin=subprocess.PIPE)
        assert process.stdin is not None
        with theirs, process.stdin:
            process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined]

        def end() -> int:
            process.kill()
            process.wait()
            return 0

        return Worker(mine, limits, end)

    def _told(self) -> int:
        """The number with which the first process answers."""
        assert self.control is not None
        self.control.settimeout(BEGIN)
        text = b""
        while len(text) < 20:
            piece = self.control.recv(20 - len(text))
            if not piece:
                raise OSError
            text += piece
        return int(text)

    def _ended(self, number: int) -> int:
        """Kill a worker and what it started, and ask what had ended it."""
        assert self.control is not None
        asked = wire.packed({"end": number})[wire.LENGTHS.size :]
        with contextlib.suppress(OSError):
            time.sleep(0)
            self.control.sendall(asked)
            status = self._told()
            return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return 0
