"""A submission's functions tried one after the other, each on fresh numbers that it could not know, and judged after it has answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.isolation.wire import Kept
from autograd_rnn.grader.isolation.workers import Ended, Worker
from autograd_rnn.grader.judging.cases import Case, Cases
from autograd_rnn.grader.judging.verdicts import CORRECT, OTHER, Verdict, judged, other_orders, said
from autograd_rnn.grader.spec import CACHES, Function

# Of the differences by which a wrong forward pass is differentiated: fourth order, to some 1e-9 of the gradient.
STEP, DIRECTIONS, LOOSER = 1e-3, 4, 1e-6


class Tried(NamedTuple):
    """What came of one function: a verdict for each of its outputs, or one for all; and what an instructor may want to know."""

    function: Function
    outputs: dict[str, Verdict]
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The word and the sentence for the function as a whole: of the first output that is not right."""
        wrong = [verdict for verdict in self.outputs.values() if verdict.word != CORRECT]
        if not wrong:
            return Verdict(CORRECT, "", max((v.error or 0.0 for v in self.outputs.values()), default=None))
        worst = next((verdict for verdict in wrong if verdict.word != OTHER), wrong[0])
        if worst.word == "wrong" and worst.error is not None:
            names = [name for name, verdict in self.outputs.items() if verdict.word == "wrong"]
            error = max(verdict.error or 0.0 for verdict in self.outputs.values() if verdict.word == "wrong")
            verb = "is" if len(names) == 1 else "are"
            message = f"{', '.join(names)} {verb} wrong: off by up to {error:.2g} of the largest element"
            return worst._replace(message=next((v.message.partition(names[0])[0] for v in wrong if v.word == "wrong"), "") + message)
        messages = list(dict.fromkeys(verdict.message for verdict in wrong))
        return worst._replace(message="; ".join(messages[:3]) + (f"; and {len(messages) - 3} more" if len(messages) > 3 else ""))

    @property
    def share(self) -> float:
        """The part of the points that is earned: of the outputs that are right."""
        return sum(verdict.word == CORRECT for verdict in self.outputs.values()) / len(self.outputs)


class Failed(Exception):
    """A call that gave no answer to judge, with the verdict."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message)
        self.verdict = verdict


class Judge:
    """Tries the functions of one assignment in ``worker``, which has loaded the submission; ``fresh`` gives another where it has ended."""

    def __init__(self, cases: Cases, worker: Worker, fresh: Callable[[], Worker]):
        self.cases, self.spec, self.fresh = cases, cases.spec, fresh
        self.functions = {function.name: function for function in self.spec.functions}
        self.worker = worker
        self.notes: list[str] = []
        self.right: set[str] = set()  # functions that were right on every draw

    def tried(self, function: Function) -> Tried:
        """A function on every draw. An output is right if it always is."""
        self.notes = []
        if self.worker.ended:  # by the function before
            self.worker = self.fresh()
        names = [name for name in function.returns if name not in CACHES]
        found: dict[str, Verdict] = {}
        for case in self.cases.of(self.functions.get(function.backward_of, function)):
            try:
                verdicts = self._backward(function, case) if function.backward_of else self._forward(function, case)
            except Failed as failed:
                verdicts = dict.fromkeys(names, failed.verdict)
            for name, verdict in verdicts.items():
                if found.get(name, Verdict(CORRECT)).word == CORRECT:
                    found[name] = verdict if verdict.word == CORRECT else verdict._replace(message=case.words + verdict.message)
            if all(verdict.word != CORRECT for verdict in found.values()):
                break
        if all(verdict.word == CORRECT for verdict in found.values()):
            self.right.add(function.name)
        return Tried(function, found, tuple(dict.fromkeys(self.notes)))

    def answer(self, function: Function, case: Case) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What the forward pass and, of a backward one, the function returned on a draw, by name; None where either gave nothing."""
        first = case.computation.function
        try:
            values, call = self._called(first, case.computation.arguments(case.given), case.computation.names(case.given))
            if function.computes:
                return values, {}
            return values, self._called(function, self._arguments(function, first, call, case), {})[0]
        except Failed:
            return None

    # -- one call ----------------------------------------------------------------------------------------------------------

    def _called(self, function: Function, arguments: list[Any], names: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        """What a function returned, by name, and the number of the call. Raises Failed."""
        caches = [k for k, name in enumerate(function.returns) if name in CACHES and len(function.returns) > 1]
        answer = self.worker.call(function.name, *arguments, names=names, stays=caches)
        if isinstance(answer, Ended):
            raise Failed(Verdict(*_ended(answer, function, self.worker)))
        if "missing" in answer:
            raise Failed(Verdict("missing", f"there is no function {function.name}"))
        if "raised" in answer:
            raise Failed(raised(answer))
        self.notes += [
            f"{function.name} changes its argument {function.takes[k]}"
            for k in answer.get("changed", [])
            if isinstance(k, int) and k < len(function.takes) and not isinstance(arguments[k], Kept)
        ]
        result, call = answer.get("result"), answer.get("call")
        if not isinstance(call, int):
            raise Failed(Verdict("crashed", "it answered with something else than was asked"))
        return self._by_name(function, result), call

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

    def _forward(self, function: Function, case: Case) -> dict[str, Verdict]:
        computation, tolerance = case.computation, self.spec.tolerance
        got, _ = self._called(function, case.computation.arguments(case.given), case.computation.names(case.given))
        found = {name: judged(name, got[name], case.outputs[name], tolerance, computation.sizes) for name in computation.outputs}
        if any(verdict.word == "wrong" for verdict in found.values()) and (order := other_order(computation, case.given, got, tolerance)):
            found = {name: Verdict(OTHER, f"{name} is right for gates in the order {', '.join(order)}") for name in found}
        return found

    def _backward(self, function: Function, case: Case) -> dict[str, Verdict]:
        """Held against the gradient of the submission's own forward pass: ours where that is right, else differences of theirs."""
        first, sizes = case.computation.function, case.computation.sizes
        try:
            values, call = self._called(first, case.computation.arguments(case.given), case.computation.names(case.given))
        except Failed as failed:
            word = failed.verdict.word
            raise Failed(Verdict(word, f"{first.name} comes first, and is {word}: {failed.verdict.message}")) from None
        got, _ = self._called(function, self._arguments(function, first, call, case), {})
        own = {name: judged(name, values[name], true, self.spec.tolerance, sizes) for name, true in case.outputs.items()}
        if all(verdict.word == CORRECT for verdict in own.values()):
            return {name: judged(name, got[name], case.gradients[name[1:]], self.spec.tolerance, sizes) for name in function.returns}
        if first.name in self.right:
            words = f"{first.name} was right by itself and answers otherwise now: what it returns may depend only on what it takes"
            return dict.fromkeys(function.returns, Verdict("wrong", words))
        self.notes.append(f"{function.name} is judged by the gradient of the submission's own {first.name}")
        return {name: self._by_differences(name, got[name], case) for name in function.returns}

    @staticmethod
    def _arguments(function: Function, first: Function, call: int, case: Case) -> list[Any]:
        """What a backward pass is called with: gradients, and the cache that its forward pass returned, which stays with the worker."""
        place = next(k for k, name in enumerate(first.returns) if name in CACHES)
        kept = Kept(call, (place,) if len(first.returns) > 1 else ())
        return [kept if name in CACHES else case.upstream[name[1:]] for name in function.takes]

    def _by_differences(self, name: str, got: Any, case: Case) -> Verdict:
        """A gradient of a wrong forward pass, along a few random directions: each the difference of the submission's own function."""
        first, at = case.computation.function, case.given[name[1:]].astype(float)
        shape = judged(name, got, at, 0.0, {})
        if shape.word not in ("wrong", CORRECT):
            return shape
        rng = np.random.default_rng([self.cases.seed, *name.encode()])
        ways = rng.normal(size=(DIRECTIONS, *at.shape))

        def loss(moved: np.ndarray) -> float:
            values, _ = self._called(first, case.computation.arguments({**case.given, name[1:]: moved}), {})
            parts = [(values[output], upstream) for output, upstream in case.upstream.items()]
            if not all(_has_gradient(part, upstream.shape) for part, upstream in parts):
                raise Failed(Verdict("wrong", f"{first.name} comes first, and what it returns has no gradient"))
            return float(sum((part * upstream).sum() for part, upstream in parts))

        def slope(way: np.ndarray) -> float:
            near, far = (loss(at + k * STEP * way) - loss(at - k * STEP * way) for k in (1, 2))
            return (8 * near - far) / (12 * STEP)

        true = np.array([slope(way) for way in ways])
        if not true.any():  # else a function that computes nothing would be worth the points of its gradient
            return Verdict("wrong", f"{first.name} comes first, and what it returns does not depend on {name[1:]}")
        return judged(name, np.array([(np.asarray(got) * way).sum() for way in ways]), true, LOOSER, case.computation.sizes)


def other_order(computation: Computation, given: Mapping[str, np.ndarray], got: Mapping[str, Any], tolerance: float) -> str:
    """The order of gates by which a wrong answer is right, or nothing."""
    for order in other_orders(computation.gates):
        moved = dict(given) | {name: computation.reordered(given[name], order) for name in computation.weights}
        true = computation.forward(moved)
        if all(judged(name, got[name], true[name], tolerance, {}).word == CORRECT for name in computation.outputs):
            return order
    return ""


def _has_gradient(part: Any, shape: tuple[int, ...]) -> bool:
    """Whether an output is one that can be differentiated: whatever a person's function returned."""
    return isinstance(part, np.ndarray) and part.shape == shape and part.dtype.kind in "biuf" and bool(np.isfinite(part).all())


def _ended(ended: Ended, function: Function, worker: Worker) -> tuple[str, str]:
    """The verdict on a worker that is gone."""
    if ended.why == "timed out":
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
