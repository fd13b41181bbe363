"""A submission's functions and methods called, each on fresh numbers, and what came back by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd_rnn.grader.assignment import CACHES, Function
from autograd_rnn.grader.cases import Case
from autograd_rnn.grader.judging.verdicts import Verdict, said

IN_ALL = "the submission takes longer than the assignment gives to all of its functions together"


class Worker(Protocol):
    """Whoever has loaded a submission and answers for it. ``ended``: why it does no more; ``limits.call``: the seconds of a call."""

    ended: Any
    limits: Any

    def call(self, name: str, *arguments: Any, names: Mapping[str, Any] = ..., stays: Any = ..., reads: Any = ...) -> Any:
        """A function's answer, a dict; anything else is an end, with ``why`` and ``words``."""

    def kept(self, call: int, *path: int | str) -> Any:
        """What stands for a part of an earlier answer that stays with it."""


class Failed(Exception):
    """A call that gave no answer to judge, with the verdict."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message)
        self.verdict = verdict


class Answer(NamedTuple):
    """What a function returned, by name; the number of its call; and the object that it is a method of."""

    values: dict[str, Any]
    call: int
    owner: Any = None


class Calls:
    """Calls in ``worker``, which has loaded a submission. ``notes``: what an instructor may want to know of them."""

    def __init__(self, worker: Worker):
        self.worker = worker
        self.notes: list[str] = []

    def first(self, case: Case, given: Mapping[str, np.ndarray]) -> Answer:
        """The forward pass of a draw, on numbers of its shapes: a method's on an object of its own. Raises Failed."""
        computation = case.computation
        function, owner = computation.function, None
        if function.made:
            kind = function.called.partition(".")[0]
            made = self._asked(function, kind, [computation.sizes[size] for size in function.made], {}, f"there is no class {kind}")
            owner = self.worker.kept(made["call"])
        return self._called(function, computation.arguments(given), computation.names(given), owner)

    def then(self, function: Function, case: Case, first: Answer) -> dict[str, Any]:
        """What a backward pass returns after its forward pass, by name. Raises Failed."""
        return self._called(function, self._arguments(function, case, first), {}, first.owner).values

    def _asked(
        self, function: Function, name: str, arguments: list[Any], names: Mapping[str, Any], missing: str, reads: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The answer to one call. Raises Failed; ``missing``: what is said where there is nothing to call."""
        caches = [k for k, returned in enumerate(function.returns) if returned in CACHES and len(function.returns) > 1]
        answer = self.worker.call(name, *arguments, names=names, stays=caches, reads=reads)
        if not isinstance(answer, dict):
            raise Failed(Verdict(*_ended(answer, function, self.worker)))
        if "missing" in answer:
            lacks = f"an object of {function.called.partition('.')[0]} has no attribute {answer['missing']}"
            raise Failed(Verdict("missing", lacks if answer["missing"] in names else missing))
        if "raised" in answer:
            raise Failed(raised(answer))
        if not isinstance(answer.get("call"), int):
            raise Failed(Verdict("crashed", "it answered with something else than was asked"))
        return answer

    def _called(self, function: Function, arguments: list[Any], names: Mapping[str, Any], owner: Any) -> Answer:
        """What a function returned, or the method of an object. Raises Failed."""
        kind, _, method = function.called.rpartition(".")
        if owner is None:
            answer = self._asked(function, function.called, arguments, names, f"there is no function {function.called}")
        else:
            missing = f"the class {kind} has no method {method}"
            answer = self._asked(function, f".{method}", [owner, *arguments], names, missing, function.reads)
        self.notes += [
            f"{function.name} changes its argument {function.takes[k]}"
            for k in answer.get("changed", [])
            if isinstance(k, int) and k < len(function.takes) and function.takes[k] not in CACHES
        ]
        returned = function._replace(returns=function.returns[: len(function.returns) - len(function.reads)])
        values = self._by_name(returned, answer.get("result"))
        if function.layout == "vectors":
            values = {name: _flat(x) for name, x in values.items()}
        read = dict(zip(function.reads, answer.get("read", []), strict=False))
        return Answer(values | {name: read.get(name) for name in function.reads}, answer["call"], owner)

    @staticmethod
    def _by_name(function: Function, result: Any) -> dict[str, Any]:
        """A result's parts by their names. Raises Failed for one that has others."""
        count, names = len(function.returns), ", ".join(function.returns)
        if function.form == "dict":
            if isinstance(result, dict) and (missing := [name for name in function.returns if name not in result]):
                raise Failed(Verdict("wrong shape", f"{function.name} returns no {', '.join(missing)}: a dict of {names} is needed"))
            values = [result[name] for name in function.returns] if isinstance(result, dict) else result
        else:
            values = [result] if count == 1 and not isinstance(result, (tuple, list)) else result
        if result is None or isinstance(values, (tuple, list)) and values and all(value is None for value in values):
            raise Failed(Verdict("not implemented", f"{function.name} returns {'None' if result is None else 'None alone'}"))
        if not isinstance(values, (tuple, list)) or len(values) != count:
            got = f"{len(values)} values" if isinstance(values, (tuple, list)) else said(values)
            needed = f"a dict of {names} is needed" if function.form == "dict" else f"needed are {count}: {names}"
            raise Failed(Verdict("wrong shape", f"{function.name} returns {got}, {needed}"))
        return dict(zip(function.returns, values, strict=True))

    def _arguments(self, function: Function, case: Case, answer: Answer) -> list[Any]:
        """What a backward pass is called with: gradients, what its forward pass took and returned, and the cache, which stays there."""
        first = case.computation.function
        given: list[Any] = []
        for name in function.takes:
            if name in CACHES:
                given.append(self.worker.kept(answer.call, *([first.returns.index(name)] if len(first.returns) > 1 else [])))
            else:
                known = case.given.get(name, answer.values.get(name))
                given.append(case.upstream[name[1:]] if known is None else known if isinstance(known, np.ndarray) else None)
        return given


def _flat(x: Any) -> Any:
    """A vector that is written as a row or a column, as one."""
    return x.ravel() if isinstance(x, np.ndarray) and x.size == max(x.shape, default=0) else x


def _ended(ended: Any, function: Function, worker: Worker) -> tuple[str, str]:
    """The verdict on a worker that is gone."""
    if ended.why == "timed out":
        if ended.words == "in all":
            return "timed out", IN_ALL
        return "timed out", f"{function.name} did not answer within {worker.limits.call:g} seconds"
    if ended.why == "too much":
        return "refused", f"{function.name} returns more than an answer holds"
    if ended.why == "out of memory":
        return ended.why, f"{function.name} needs more memory than the assignment allows"
    return "crashed", f"the process of the submission ended: {ended.words}"


def raised(answer: Mapping[str, Any]) -> Verdict:
    """The verdict on an error in a person's code."""
    kind, message, line = str(answer.get("raised"))[:60], str(answer.get("message"))[:300], answer.get("line")
    at = f"line {line}: " if isinstance(line, int) else ""
    if kind == "Refused":
        return Verdict("refused", at + message)
    if kind == "NotImplementedError":
        return Verdict("not implemented", at + "it raises NotImplementedError")
    if kind == "MemoryError":
        return Verdict("out of memory", f"{at}it needs more memory than the assignment allows")
    return Verdict("crashed", f"{at}{kind}: {message}" if message else f"{at}{kind}")
