"""The mistakes in a character model's loss function: in its loss or in the state it hands on, in its forward pass, in its gradients.

Of its forward pass only the loss and the last state are returned, so that every known mistake is run as a whole and held against these, and
the gradients against what they are after such a pass.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.system import PROBABILITY, SCORE, TARGET
from autograd_rnn.grader.cases import Case
from autograd_rnn.grader.character import Character
from autograd_rnn.grader.computing import CELLS, Computation
from autograd_rnn.grader.diagnosis.columns import PAD, World, padded
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.fitting import Finding, Fit
from autograd_rnn.grader.diagnosis.forward import everywhere
from autograd_rnn.grader.diagnosis.holding import near
from autograd_rnn.grader.diagnosis.observed import Observed
from autograd_rnn.grader.diagnosis.recursion import Arrays, Recursion, recursion, settled
from autograd_rnn.grader.diagnosis.telling import told
from autograd_rnn.grader.diagnosis.whole import Mistake, Slip, Whole, differ

LOSS, LOSS_LATEX = "L = Σ_t -log p_t[y_t]", r"L = \sum_t -\log p_t[y_t]"
OUTSIDE = {SCORE, PROBABILITY}
STATE, STATE_LATEX = "h_T = tanh(a_T)", r"h_T = \tanh(a_T)"


class Pass(NamedTuple):
    """A forward pass: its numbers, and the mistakes in it, if there are any, with their right sides."""

    world: World
    mistakes: tuple[Finding, ...] = ()
    put: Mapping[e.Sym, e.Expr] = {}

    def steps(self, name: Any) -> np.ndarray:
        """A quantity at steps 1 to T."""
        return self.world.values[name, False][PAD:-PAD]


class Losses:
    """One draw for a loss function. ``part``: the net without its loss; ``given``, ``upstream``: what it reads, its targets; ``states``:
    right ones."""

    def __init__(self, part: Computation, given: Arrays, upstream: Arrays, states: Arrays):
        self.part, self.given = part, given
        self.model: Recursion = recursion(CELLS[part.kind], part.what, tuple(part.options.items()), "L")
        world = self.model.world(part, self.model.values(part, given, upstream, states))
        self.right = Pass(settled(world, self.model.forward))

    @functools.cached_property
    def single(self) -> list[tuple[Finding, dict[e.Sym, Any]]]:
        """Each known mistake in the forward pass, and the right sides with it, the likeliest first."""
        found: list[tuple[Finding, dict[e.Sym, Any]]] = []
        for q in self.model.forward:
            for edit in (x for x in editor(self.model).all(q) if x.over == "sum"):
                found.append((Finding(edit.sentence, q, None, edit.rank), {q.left: edit.right}))
        found += [(Finding(sentence, owner, None, rank), put) for sentence, rank, put, owner in everywhere(self.model)]
        return sorted(found, key=lambda pair: pair[0].rank)

    @functools.cached_property
    def passes(self) -> list[Pass]:
        """The forward pass with each known mistake by itself, the likeliest first."""
        return [self.passed(self.right, mistake, put) for mistake, put in self.single]

    def passed(self, before: Pass, mistake: Finding, put: Mapping[e.Sym, Any]) -> Pass:
        """A forward pass with one mistake more, in equations that have none yet."""
        rights = {**before.put, **put}
        through = not {s.name for s in put} <= OUTSIDE  # what is read off the states flows nowhere
        first = 0 if through else min(k for k, q in enumerate(self.model.forward) if q.left in put)
        with np.errstate(all="ignore"):
            equations = [q._replace(right=rights.get(q.left, q.right)) for q in self.model.forward[first:]]
            return Pass(settled(before.world, equations), (*before.mistakes, mistake), rights)

    def twice(self, loss: np.ndarray, last: np.ndarray, name: str) -> Iterator[Pass]:
        """Forward passes with two mistakes, of which one at least is in what is read off the states: those of the states are known by the
        last one. ``name``: what the course calls the loss."""
        told = [one for one in self.passes if near(self.last(one), last)]
        scores = near(self.last(self.right), last)  # it is right: both are outside, one in the scores and one in what is made of them
        later = {PROBABILITY} if scores else OUTSIDE
        read = next(q for q in self.model.forward if q.left.name == PROBABILITY)
        for one in told:
            for words, value in losses(*self.outcome(one)).items():
                if words and near(value, loss):
                    yield one._replace(mistakes=(*one.mistakes, Finding(f"`{name}` {words}", read, None, 2)))
            for mistake, put in self.single if not {s.name for s in one.put} & later else ():
                if {s.name for s in put} <= later and near(self.loss(then := self.passed(one, mistake, put)), loss):
                    yield then

    def diagnosed(self, loss: Any, last: Any, gradients: Mapping[str, Any], wrong: list[str], names: tuple[str, str]) -> Diagnosis | None:
        """What was done wrongly, by the returned loss, last state and gradients. ``names``: what the course calls the first two."""
        right_loss, right_last = near(self.loss(self.right), _number(loss)), near(self.last(self.right), _column(last))
        if right_loss and right_last:
            return told(self.backward(self.right, gradients, wrong)[0], tuple(wrong), self.part, self.model)
        words = "" if right_loss else self.named(losses(*self.outcome(self.right)), _number(loss), names[0])
        found = []
        for one in (one for one in self.passes if near(self.loss(one), _number(loss)) and near(self.last(one), _column(last))):
            then, _ = self.backward(one, gradients, wrong)
            if not right_last or not then or not words:  # a loss alone is one number, which may be met by chance
                found += [[[mistake] for mistake in one.mistakes] + findings for findings in then or [[]]]
        for one in self.twice(_number(loss), _column(last), names[0]) if not found and not words else ():
            then, right = self.backward(one, gradients, wrong)
            if right or then:
                found += [[[mistake] for mistake in one.mistakes] + findings for findings in then or [[]]]
        if found:
            return told(sorted(found, key=len)[:6], tuple(wrong), self.part, self.model)
        said: list[tuple[str, str, str, str, Any]] = []
        if not right_loss:
            said.append((words, names[0], LOSS, LOSS_LATEX, SCORE))
        if not right_last:
            said.append((self.named(self.lasts(), _column(last), names[1]), names[1], STATE, STATE_LATEX, "h"))
        if not all(sentence for sentence, *_ in said):
            return None
        sentences, places = ([one[k] for one in said] for k in (0, 1))
        if gone := [name for name in wrong if name not in names]:
            rest = told(self.backward(self.right, gradients, gone)[0], tuple(gone), self.part, self.model)
            unknown = f"what is wrong in {', '.join(f'`{name}`' for name in gone)} is not recognised"
            sentences.append(unknown if rest is None else rest.sentence)
            places += [] if rest is None else [rest.where.removeprefix("in ")]
        formulas, latex = ("\n".join(x) for x in zip(*((text, tex) for _, _, text, tex, _ in said), strict=True))
        left = e.Sym(said[0][-1], e.Time("t", 0), True)
        return Diagnosis(
            "; and ".join(sentences), (), f"in {', '.join(places)}", None, tuple(wrong), formulas, latex, left, Net(self.part.kind)
        )

    def backward(self, one: Pass, gradients: Mapping[str, Any], wrong: list[str]) -> tuple[list[list[list[Finding]]], bool]:
        """The mistakes in the gradients after such a forward pass, none where they are right or nothing is recognised; whether they are
        right. What is read in the forward pass in place of the inputs may be what the backward pass works with, too."""
        x = e.Sym("x", e.Time("t", 0))
        used = [s for right in one.put.values() for s in e.symbols(right) if s.name in (x.name, TARGET) and s != x]
        ways = [(one.world, self.given)]
        for steps in [np.broadcast_to(one.world.value(s), one.steps("x").shape) for s in used[:1]]:
            name = next(name for name in self.part.leaves if self.part.meaning(name) == "x")
            ways.append((one.world.but({("x", False): padded(steps)}), {**self.given, name: self.part.theirs(steps.swapaxes(1, 2))}))
        for world, given in ways:
            fit = Fit(Observed(self.model, self.part, given, gradients, one.steps("h")), world, len(wrong))
            if not fit.readings()[0].cost:
                return [], True
            if findings := fit.findings():
                return findings, False
        return [], False

    def outcome(self, one: Pass) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probabilities, targets and what is read, (step, class)."""
        p, y, x = (one.steps(name)[..., 0] for name in (PROBABILITY, TARGET, "x"))
        return p, y, x

    def loss(self, one: Pass) -> np.ndarray:
        """The loss as it is asked for."""
        return next(iter(losses(*self.outcome(one)).values()))

    def last(self, one: Pass) -> np.ndarray:
        """The last state."""
        return one.steps("h")[-1]

    def lasts(self) -> dict[str, np.ndarray]:
        """What may be taken for the last state."""
        h, asked = self.right.steps("h"), "the last one, `h[T]`, is asked for"
        first = self.right.world.values["h", False][PAD - 1]
        return {
            "": h[-1],
            f"is the state before the first step, `h[0]`: {asked}": first,
            f"is the state after the first step, `h[1]`: {asked}": h[0],
            f"is the state before the last step, `h[T-1]`: {asked}": h[-2] if len(h) > 1 else first,
            "is left at zero": 0 * first,
            "is `a[T]`: its tanh, `h[T]`, is asked for": self.right.steps("a")[-1],
        }

    @staticmethod
    def named(readings: Mapping[str, np.ndarray], got: np.ndarray, name: str) -> str:
        """The first reading that is what came back, said of an output; nothing where none is."""
        return next((f"`{name}` {words}" for words, value in readings.items() if words and near(np.asarray(value), got)), "")


class WholeLoss(Whole):
    """A draw for a loss function: its loss, its last state and its gradients as they are right, and with each known mistake."""

    def __init__(self, case: Case):
        assert isinstance(case.computation, Character)
        self.case, self.clip = case, case.computation.spec.clip
        self.losses = Losses(*case.computation.as_sequence(case.given))
        self.computation, self.model, self.world = self.losses.part, self.losses.model, self.losses.right.world

    def backward(self, mistake: Mistake | None = None) -> dict[str, np.ndarray]:
        """All that it returns, by its name here."""
        forward = mistake is not None and not mistake.equation.left.adjoint
        one = Pass(settled(self.world, list(mistake.equations))) if mistake is not None and forward else self.losses.right
        c = self.computation
        found = self.gradients(one.world, None if forward else mistake, [*c.weights, *c.readout], [])
        found = {name: np.clip(x, -self.clip, self.clip) if self.clip else x for name, x in found.items()}
        return found | {"L": self.losses.loss(one), "h": self.losses.last(one)}

    def mistakes(self) -> Iterator[Any]:
        """Every known mistake."""
        yield from super().mistakes()
        yield from self.forward_mistakes()
        for place, readings in self.readings().items():
            yield from (Slip(sentence, place) for sentence in readings if sentence)

    def readings(self) -> dict[str, dict[str, np.ndarray]]:
        """What may be taken for the loss, and for the last state."""
        return {"L": losses(*self.losses.outcome(self.losses.right)), "h": self.losses.lasts()}

    def sees(self, mistake: Any) -> bool:
        """Whether anything that is returned is another number with a mistake."""
        if isinstance(mistake, Slip):
            return differ({mistake.place: self.readings()[mistake.place][mistake.sentence]}, {mistake.place: self.true[mistake.place]})
        with np.errstate(all="ignore"):
            return super().sees(mistake)


@np.errstate(all="ignore")
def losses(p: np.ndarray, y: np.ndarray, x: np.ndarray) -> dict[str, np.ndarray]:
    """What may be taken for the loss of these probabilities, the right one first."""
    picked = (p * y).sum(axis=1)
    nats, every = -np.log(picked), -np.log(p)
    late, early = (-np.log((p * np.roll(y, k, axis=0)).sum(axis=1)).sum() for k in (1, -1))
    target = "the probability of its own step's target counts, not"
    found = {
        "": nats.sum(),
        "is of the last step alone: it adds up over the steps": nats[-1],
        "is of the first step alone: it adds up over the steps": nats[0],
        "is the mean over the steps: their sum is asked for": nats.mean(),
        "has the wrong sign: it is the sum of `-log(p[t][y[t]])`": -nats.sum(),
        "is in bits, by a logarithm to the base of 2: the natural one is asked for": nats.sum() / np.log(2),
        "is by a logarithm to the base of 10: the natural one is asked for": nats.sum() / np.log(10),
        f"is of what is read: {target} that of the input": -np.log((p * x).sum(axis=1)).sum(),
        f"is of other targets: {target} that of the step before": late,
        f"is of other targets: {target} that of the step after": early,
        "has no logarithm in it: it is the sum of `-log(p[t][y[t]])`": picked.sum(),
        "has no logarithm in it, it is the sum of `-p[t][y[t]]`: `-log` is asked for": -picked.sum(),
        "has no logarithm in it, it is the sum of `1 - p[t][y[t]]`: `-log` is asked for": (1 - picked).sum(),
        "adds up over all classes: the target's probability alone counts": every.sum(),
        "is of the largest probability: that of the target counts": -np.log(p.max(axis=1)).sum(),
        "is the entropy of the probabilities: the target's alone counts": (p * every).sum(),
        "is a squared error: it is the sum of `-log(p[t][y[t]])`": ((p - y) ** 2).sum(),
        "is half a squared error: it is the sum of `-log(p[t][y[t]])`": 0.5 * ((p - y) ** 2).sum(),
        "has a factor 2 too much": 2 * nats.sum(),
        "is left at zero": 0 * nats.sum(),
    }
    return {words: np.asarray(value) for words, value in found.items()}


def _number(value: Any) -> np.ndarray:
    """A loss as one number; not a number where it is none."""
    able = np.size(value) == 1 and np.asarray(value).dtype.kind in "biuf"
    return np.asarray(value, float).reshape(()) if able else np.asarray(np.nan)


def _column(value: Any) -> np.ndarray:
    """A state as a column."""
    able = isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    return np.asarray(value, float).reshape(-1, 1) if able else np.full((1, 1), np.nan)
