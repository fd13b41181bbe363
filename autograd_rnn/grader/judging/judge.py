"""A submission's functions tried one after the other, each on fresh numbers that it could not know, and judged after it has answered."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.grader.assignment import CACHES, CHARACTER, Function
from autograd_rnn.grader.cases import Case, Cases
from autograd_rnn.grader.character import Character
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.judging.calling import Answer, Calls, Failed, Worker
from autograd_rnn.grader.judging.verdicts import CORRECT, OTHER, Verdict, judged, other_orders, rounded_to

# Of the differences by which a wrong forward pass is differentiated: fourth order, to some 1e-9 of the gradient, and so near that hardly
# ever the corner of a ReLU lies between.
STEP, DIRECTIONS, LOOSER = 1e-5, 4, 1e-6
SINGLE = 256 * float(np.finfo(np.float32).eps)  # as far off as float32 is where terms cancel
NEAREST = float(np.finfo(np.float32).epsneg)  # as far off as its nearest number is: an assignment that asks for more asks for float64
UNSEEN, SEEN = 1 + 1e-12, 1 + 1e-6  # a factor that float32 does not see, and one that it does in most numbers
ONCE = "the gradient of a token that comes several times must add up over its places, `+=`: here one of them counts alone"
SMALL, WIDE = 0.3, {"N": 16, "T": 3, "D": 4, "H": 64, "V": 16}  # sizes by which two functions do not go together by chance


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


class Judge(Calls):
    """Tries the functions of one assignment in ``worker``, which has loaded the submission; ``fresh`` gives another where it has ended.
    ``recognised``: whether a wrong forward pass is the right one but for a mistake that is known.

    A backward pass is held against the gradient of the person's own forward pass, so that an early mistake is punished once. Of a forward
    pass that has nothing in common with what is asked for, a gradient earns nothing: whoever computes what is easy to differentiate would
    have the points of a backward pass."""

    def __init__(self, cases: Cases, worker: Worker, fresh: Callable[[], Worker], recognised: Callable[[Judge, Function], bool]):
        self.cases, self.spec, self.fresh = cases, cases.spec, fresh
        self.recognised = recognised
        self.akin: dict[str, bool] = {}  # wrong forward passes that have something in common with the right one
        self.moving: set[tuple[str, str]] = set()  # of wrong forward passes, the gradients that are not always 0
        self.functions = {function.name: function for function in self.spec.functions}
        super().__init__(worker)
        self.off: set[str] = set()  # loss functions whose loss was wrong
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
                had = found.get(name, Verdict(CORRECT))
                other = had.word == OTHER and verdict.word not in (CORRECT, OTHER)  # another convention is one on every draw
                if had.word == CORRECT or other or had.word == "wrong" and verdict.mistake and not had.mistake:
                    found[name] = verdict if verdict.word == CORRECT else verdict._replace(message=case.words + verdict.message)
            if all(verdict.word not in (CORRECT, OTHER) for verdict in found.values()):
                break
        if all(verdict.word == CORRECT for verdict in found.values()):
            self.right.add(function.name)
        return Tried(function, found, tuple(dict.fromkeys(self.notes)))

    def answer(self, function: Function, case: Case) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What the forward pass and, of a backward one, the function returned on a draw, by name; None where either gave nothing."""
        try:
            first = self.first(case, case.given)
            return first.values, {} if function.computes else self.then(function, case, first)
        except Failed:
            return None

    def _forward(self, function: Function, case: Case) -> dict[str, Verdict]:
        computation, tolerance = case.computation, self.spec.tolerance
        got = self.first(case, case.given).values
        found = self._judged(function, case, got, case.outputs)
        if any(verdict.word == "wrong" for verdict in found.values()) and (order := other_order(computation, case.given, got, tolerance)):
            found = {name: Verdict(OTHER, f"{name} is right for gates in the order {', '.join(order)}") for name in found}
        if isinstance(computation, Character):
            read = np.bincount(case.given[computation.tokens], minlength=computation.sizes["V"])
            found |= {name: found[name]._replace(mistake=ONCE) for name in found if _once(got[name], case.outputs[name], read)}
        if function.computes == CHARACTER:
            found |= self._of_own_loss(function, case, [name for name, verdict in found.items() if verdict.word == "wrong"])
        return found

    def _of_own_loss(self, function: Function, case: Case, wrong: list[str]) -> dict[str, Verdict]:
        """Verdicts on the gradients that a loss function returns with a loss which is wrong by a known mistake: by its own loss."""
        loss = next(name for name in function.returns if self.spec.names.get(name) == "L")
        gone = [name for name in wrong if name[1:] in case.given]
        if loss in wrong:
            self.off.add(function.name)  # of a draw with a loss of 0 it need not show
        if function.name not in self.off or not gone or not self.recognised(self, function):
            return {}
        sizes = case.computation.sizes
        few = min(sizes["T"], int(self.spec.clip) or sizes["T"])  # a bias of the scores collects at most 1 a step
        small = self.cases.drawn(function, {**sizes, "T": few})._replace(upstream={loss: np.ones(())})  # that clips nothing
        got = self.first(small, small.given).values
        self.notes.append(f"the gradients of {function.name} are judged by the submission's own loss")
        return {name: self._by_differences(name, got[name], small) for name in gone}

    def _backward(self, function: Function, case: Case) -> dict[str, Verdict]:
        """Held against the gradient of the submission's own forward pass: ours where that is right, else differences of theirs."""
        first = case.computation.function
        try:
            answer = self.first(case, case.given)
        except Failed as failed:
            word = failed.verdict.word
            raise Failed(Verdict(word, f"{first.name} comes first, and is {word}: {failed.verdict.message}")) from None
        got = self.then(function, case, answer)
        own = self._judged(first, case, answer.values, {name: case.outputs[name] for name in case.upstream})
        digits = max(rounded_to(np.asarray(answer.values[name]), case.outputs[name]) if own[name].mistake else 0 for name in own)
        if digits and all(verdict.word == CORRECT or verdict.mistake for verdict in own.values()):  # punished once
            return {name: judged(name, got[name], case.gradients[name[1:]], 10.0 ** (2 - digits), {}) for name in function.returns}
        if all(verdict.word == CORRECT for verdict in own.values()):
            found = self._judged(function, case, got, {name: case.gradients[name[1:]] for name in function.returns})
            return found | (self._overwritten(function, case, answer, got, found) if function.accumulated else {})
        if first.name in self.right:
            words = f"{first.name} was right by itself and answers otherwise now: what it returns may depend only on what it takes"
            return dict.fromkeys(function.returns, Verdict("wrong", words))
        self.notes.append(f"{function.name} is judged by the gradient of the submission's own {first.name}")
        found = {name: self._by_differences(name, got[name], case) for name in function.returns}
        if any(verdict.word == CORRECT for verdict in found.values()) and not self._akin(first):
            words = f"{first.name} comes first, and has nothing in common with what is asked for: its gradient earns nothing"
            return {name: Verdict("wrong", words) if verdict.word == CORRECT else verdict for name, verdict in found.items()}
        return found

    def _judged(self, function: Function, case: Case, got: Mapping[str, Any], true: Mapping[str, np.ndarray]) -> dict[str, Verdict]:
        """A verdict on each number, to as many digits as the assignment asks for, or as float32 has where a function computes in it."""
        sizes = case.computation.sizes
        found = {name: judged(name, got[name], x, self.spec.tolerance, sizes) for name, x in true.items()}
        off = [verdict.error or 1.0 for verdict in found.values() if verdict.word != CORRECT]
        single = off and max(off) <= SINGLE and self.spec.tolerance >= NEAREST
        if single and self._rounds(function, case, {name: got[name] for name in true}):
            self.notes.append(f"{function.name} computes in float32: it is right to the digits of that")
            found = {name: judged(name, got[name], x, SINGLE, sizes) for name, x in true.items()}
        return found

    def _rounds(self, function: Function, case: Case, got: Mapping[str, Any]) -> bool:
        """Whether a function answers the same where something that it goes by changes in a digit that float32 does not have, and otherwise
        in most numbers where it changes in one that float32 has: what rounds to fewer digits does not."""
        given, upstream = case.given, case.upstream if function.backward_of else {}

        def changes(name: str, factor: float) -> float:
            """The share of the numbers that are others where what goes in, or is handed back, under one name is."""
            changed = [{**part, name: part[name] * factor} if name in part else part for part in (given, upstream)]
            answer = self.answer(function, case._replace(given=changed[0], upstream=changed[1] if function.backward_of else case.upstream))
            if answer is None:
                return 1.0
            others = [np.asarray((answer[0] | answer[1])[key]) for key in got]
            pairs = [(np.asarray(x), y) for x, y in zip(got.values(), others, strict=True) if np.shape(x) == y.shape]
            there = sum(int(((x != 0) & (np.abs(x) != self.spec.clip)).sum()) for x, _ in pairs)  # what is clipped stays as it is
            return sum(int((x != y).sum()) for x, y in pairs) / there if there and len(pairs) == len(others) else 1.0

        names = [*(name for name, x in given.items() if x.dtype.kind == "f"), *upstream]
        return any(changes(name, UNSEEN) == 0.0 and changes(name, SEEN) > 1 / 2 for name in names)

    def _akin(self, first: Function) -> bool:
        """Whether a wrong forward pass has something in common with the right one: numbers that go with its, or a mistake that is known."""
        if first.name not in self.akin:
            case = self.cases.drawn(first, WIDE)
            given = {name: x * SMALL if name in case.computation.weights else x for name, x in case.given.items()}  # nothing saturates
            true, values = case.computation.forward(given), (self.answer(first, case._replace(given=given)) or ({}, {}))[0]
            parts = [(values[name], true[name]) for name in case.upstream if name in values]
            goes = any(_goes_with(*map(case.computation.ours, part)) for part in parts if _has_gradient(part[0], part[1].shape))
            self.akin[first.name] = goes or self.recognised(self, first)
        return self.akin[first.name]

    def _overwritten(
        self, function: Function, case: Case, answer: Answer, got: Mapping[str, Any], found: Mapping[str, Verdict]
    ) -> dict[str, Verdict]:
        """Verdicts on right gradients that a second call does not add to, but puts others in the place of."""
        try:
            again = self.then(function, case, answer)
        except Failed:  # a cache that is used up, which costs nothing
            return {}
        wrong = [
            name
            for name in function.reads
            if found[name].word == CORRECT and judged(name, again[name], 2 * np.asarray(got[name]), SINGLE, {}).word != CORRECT
        ]
        mistake = "gradients add up over the calls of backward, `+=`: here the next one takes the place of the one before"
        return {name: Verdict("wrong", f"{name} is right after one call and wrong after two", None, mistake) for name in wrong}

    def _by_differences(self, name: str, got: Any, case: Case) -> Verdict:
        """A gradient of a wrong forward pass, along a few random directions: each the difference of the submission's own function."""
        first, at = case.computation.function, case.given[name[1:]].astype(float)
        shape = judged(name, got, at, 0.0, {})
        if shape.word not in ("wrong", CORRECT):
            return shape
        rng = np.random.default_rng([self.cases.seed, *name.encode()])
        ways = rng.normal(size=(DIRECTIONS, *at.shape))

        def loss(moved: np.ndarray) -> float:
            values = self.first(case, {**case.given, name[1:]: moved}).values
            parts = [(_array(values[output]), upstream) for output, upstream in case.upstream.items()]
            if not all(_has_gradient(part, upstream.shape) for part, upstream in parts):
                raise Failed(Verdict("wrong", f"{first.name} comes first, and what it returns has no gradient"))
            return float(sum((part * upstream).sum() for part, upstream in parts))

        def slope(way: np.ndarray) -> float:
            near, far = (loss(at + k * STEP * way) - loss(at - k * STEP * way) for k in (1, 2))
            return (8 * near - far) / (12 * STEP)

        true = np.array([slope(way) for way in ways]) * case.computation.share(name[1:])
        if true.any():
            self.moving.add((first.name, name))
        elif (first.name, name) not in self.moving:  # else what computes nothing would be worth the points of its gradient
            return Verdict("wrong", f"{first.name} comes first, and what it returns does not depend on {name[1:]}")
        return judged(name, np.array([(np.asarray(got) * way).sum() for way in ways]), true, LOOSER, case.computation.sizes)


def other_order(computation: Computation, given: Mapping[str, np.ndarray], got: Mapping[str, Any], tolerance: float) -> str:
    """The order of gates by which a wrong answer is right, or nothing."""
    for order in other_orders(computation.gates):
        true = computation.forward(dict(given) | computation.reordered(given, order))
        if all(judged(name, got[name], true[name], tolerance, {}).word == CORRECT for name in computation.outputs):
            return order
    return ""


def _once(got: Any, true: np.ndarray, read: np.ndarray) -> bool:
    """Whether an array is another than the true one in columns of tokens that are ``read`` several times, and right where once."""
    if not isinstance(got, np.ndarray) or got.shape != true.shape or true.ndim != 2 or true.shape[1] != len(read) or not (read == 1).any():
        return False
    off = (np.abs(got - true) > SINGLE * np.abs(true).max()).any(axis=0)
    return bool(off.any() and not off[read < 2].any())


def _goes_with(got: np.ndarray, true: np.ndarray) -> bool:
    """Whether numbers, or those of any step, go with the true ones, or those of any step: it may be right at another time."""
    steps = itertools.product(got, true) if got.ndim > 2 else [(got, true)]
    return any(abs(_correlation(one, other)) > 0.5 for one, other in steps)


def _correlation(got: np.ndarray, true: np.ndarray) -> float:
    """How far two arrays go together, from -1 to 1; of one that is constant, 0."""
    a, b = (np.asarray(x, float).ravel() - float(np.mean(x)) for x in (got, true))
    with np.errstate(all="ignore"):
        return float(np.nan_to_num(a @ b / np.sqrt((a @ a) * (b @ b))))


def _array(part: Any) -> Any:
    """A number as an array."""
    return np.asarray(part, float) if isinstance(part, (int, float, np.generic)) else part


def _has_gradient(part: Any, shape: tuple[int, ...]) -> bool:
    """Whether an output is one that can be differentiated: whatever a person's function returned."""
    return isinstance(part, np.ndarray) and part.shape == shape and part.dtype.kind in "biuf" and bool(np.isfinite(part).all())
