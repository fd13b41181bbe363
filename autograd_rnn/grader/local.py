"""A person's functions tried in their own session, as they stand: for self-study, where nobody has anything to win by cheating."""

from __future__ import annotations

import copy
import io
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_rnn.grader.isolation.wire import Kept
from autograd_rnn.grader.isolation.workers import Ended, Limits


class Local:
    """Answers as a worker does, in this process. ``function`` brings its namespace: the functions that belong to it are found there."""

    ended: Ended | None = None
    limits = Limits()
    level, layers = "none", ()

    def __init__(self, function: Callable[..., Any]):
        self.names: dict[str, Any] = dict(getattr(function, "__globals__", vars(sys.modules.get(function.__module__, object))))
        if "." not in named(function):
            self.names[named(function)] = function
        self.file = where(function, whole=True)
        self.answers: list[Any] = []

    def call(
        self,
        name: str,
        *arguments: Any,
        names: Mapping[str, Any] = MappingProxyType({}),
        stays: Iterable[int] = (),
        reads: Iterable[str] = (),
    ) -> dict[str, Any] | Ended:
        """A function's answer, with what it raises as a worker says it."""
        made, function = None, self.names.get(name)
        if name.startswith("."):
            made, arguments = self._resolved(arguments[0]), arguments[1:]
            if missing := [key for key in names if not hasattr(made, key)]:
                return {"missing": missing[0]}
            vars(made).update(copy.deepcopy(dict(names)))
            function = getattr(made, name[1:], None)
        if not callable(function):
            return {"missing": name}
        given = [copy.deepcopy(self._resolved(x)) if isinstance(x, Kept) else copy.deepcopy(x) for x in arguments]
        before = [x.copy() if isinstance(x, np.ndarray) else None for x in given]
        mine: dict[str, Any] = getattr(function, "__globals__", {}) if made is None else {}
        had = {key: mine[key] for key in names if key in mine}
        mine.update(names)
        try:
            with redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                result = function(*given)
        except Exception as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.file]
            return {"raised": type(error).__name__, "message": str(error), "line": lines[-1] if lines else None}
        finally:
            for key in names:
                mine.pop(key, None)
            mine.update(had)
        self.answers.append(result)
        pairs = enumerate(zip(given, before, strict=True))
        changed = [k for k, (x, y) in pairs if y is not None and not np.array_equal(x, y, equal_nan=True)]
        read = [copy.deepcopy(getattr(made, key, None)) for key in reads]
        return {"result": result, "read": read, "changed": changed, "call": len(self.answers) - 1}

    @staticmethod
    def kept(call: int, *path: int | str) -> Kept:
        """What stands for a part of an earlier answer."""
        return Kept(call, path)

    def _resolved(self, x: Kept) -> Any:
        found = self.answers[x.call]
        for key in x.path:
            found = found[key]
        return found

    def close(self) -> int:
        """Nothing to end."""
        return 0


def named(function: Callable[..., Any]) -> str:
    """What an assignment calls a function, a class, or a method, ``RNNCell.forward``."""
    return str(getattr(function, "__qualname__", "")).rpartition("<locals>.")[2]


def where(function: Callable[..., Any], whole: bool = False) -> str:
    """The file that a function stands in, by its name or ``whole`` as it is found."""
    inside = [x for x in vars(function).values() if hasattr(x, "__code__")] if isinstance(function, type) else [function]
    file = getattr(getattr(inside[0] if inside else None, "__code__", None), "co_filename", "session")
    return file if whole else Path(file).name
