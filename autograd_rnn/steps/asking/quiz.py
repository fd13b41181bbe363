"""Predict mode: the next equation is hidden, and the learner says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.checking.voice import spoken
from autograd_rnn.steps.asking.proposal import judged, spelled
from autograd_rnn.steps.step import Step, shape_text

if TYPE_CHECKING:
    from autograd_rnn.steps.navigator import Navigator

WORTH = 3  # points for a line that is right at once; each hint and each wrong answer costs one
UNASKED = ("forward", "seed")


class Quiz:
    """The equations that follow, hidden one at a time. ``question`` says which is asked, ``answer("...")`` gives the verdict and moves on
    when it is right, ``hint()`` helps in three sizes, ``give_up()`` shows the line and moves on, ``score`` counts.

    >>> quiz = step(Model(RNN(2, 3), output_size=4), steps=3).quiz()
    >>> quiz.question
    'question 1 of 10: ds_t = ?   ds_t is (K,)'
    >>> quiz.hint(), quiz.hint()
    ('the rule: chain rule through softmax and cross entropy', 'ds_t (K,) is made of: p_t (K,), y_t ()')
    >>> quiz.answer("p[t] - onehot(y[t])").equal, quiz.points, quiz.step.name
    (True, 1, 'dh_t')
    """

    def __init__(self, navigator: Navigator):
        subject, level = navigator.subject, navigator.level
        if subject.reason:
            raise ValueError(f"a quiz holds answers against a net's equations: {subject.reason}")
        if level not in ("recursion", "unrolled"):
            raise ValueError(f"a quiz asks for the equations of the recursion or the unrolled level, not of {level}: up() leads there")
        self.navigator = navigator
        lines = navigator.walk().lines
        following = range(navigator.number + 1, len(lines) + 1)
        self.asked = [k for k in following if lines[k - 1].kind not in UNASKED and self._computed(k)]
        if not self.asked:
            raise ValueError("no equation follows that could be asked for: back() or goto(number=1) first")
        self.at, self.hints, self.points, self.right = 0, 0, 0, 0
        self._left = WORTH

    def _computed(self, number: int) -> bool:
        """Whether the run computes what an equation in t stands for."""
        return self.navigator.level != "recursion" or number in self.navigator.subject.walk("unrolled").children

    @property
    def over(self) -> bool:
        """Whether every question was asked."""
        return self.at >= len(self.asked)

    @property
    def step(self) -> Step:
        """The step that is asked for. Raises ValueError after the last."""
        if self.over:
            raise ValueError(f"the quiz is over: {self.score}")
        return self.navigator.walk().step(self.asked[self.at])

    @property
    def question(self) -> str:
        """What is asked, without its answer."""
        shape = shape_text(self.step.shapes.get(self.step.name, ()))
        return f"question {self.at + 1} of {len(self.asked)}: {self.step.name} = ?   {self.step.name} is {shape}"

    def hint(self) -> str:
        """The next hint: the rule, then the shape and the quantities that appear, then the line with one of them hidden."""
        step = self.step
        others = [name for name in step.shapes if name != step.name]
        hints = (
            f"the rule: {step.rule}",
            f"{step.name} {shape_text(step.shapes.get(step.name, ()))} is made of: "
            + (", ".join(f"{name} {shape_text(step.shapes[name])}" for name in others) or "no quantity"),
            self._gap(step, others),
        )
        if self.hints == len(hints):
            raise ValueError("there are three hints: give_up() shows the line")
        self.hints += 1
        self._left = max(0, self._left - 1)
        return hints[self.hints - 1]

    @staticmethod
    def _gap(step: Step, others: list[str]) -> str:
        """The line with its last quantity hidden wherever it stands; without one all of it."""
        left, _, right = step.after.text.partition(" = ")
        if not others:
            return f"{left} = ___"
        found = {name: re.compile(rf"(?<!\w){re.escape(name)}(?!\w|,)") for name in others}
        stands = {name: max((match.start() for match in found[name].finditer(right)), default=-1) for name in others}
        return f"{left} = {found[max(others, key=stands.__getitem__)].sub('___', right)}"

    def answer(self, text: str) -> Verdict:
        """The verdict on a line; when it is right the quiz moves on."""
        step = self.step
        asked = step.after.ascii.partition(" = ")[0]
        line = spelled(text, self.navigator.subject.derivation) if isinstance(text, str) else text
        verdict = judged(self.navigator.subject, step, text)
        lefts = [part.partition("=")[0].strip() for part in line.splitlines()] if isinstance(line, str) and "=" in line else [asked]
        if asked not in lefts or verdict.letters:  # in which a left side may be another quantity
            question = spoken(self.navigator.subject.derivation, text, Verdict("not equal", [f"the question is `{asked} = ...`"]))
            verdict = Verdict("not equal", [*question.sentences, *verdict.sentences])
        if verdict.equal and (left := unsaid(verdict)) and len(left) > len(unsaid(judged(self.navigator.subject, step, step.after.ascii))):
            verdict = Verdict("not decided", [f"this is right as far as it goes, but {left[-1]}"])
        if not verdict.equal:  # what is wrong is said, not what is right: that is for giveup
            kept = [told for told in verdict.sentences if not told.startswith("the derived equation is")]
            verdict = Verdict(verdict.kind, kept or ["that is not what the tape gives"], verdict.line, verdict.values)
        if verdict.equal:
            self.points, self.right = self.points + self._left, self.right + 1
            self._on()
        elif verdict.kind != "unreadable":  # a slip of the pen costs nothing
            self._left = max(0, self._left - 1)
        return verdict

    def give_up(self) -> Step:
        """The line that was asked for, for no points; the quiz moves on."""
        step = self.step
        self._on()
        return step

    def _on(self) -> None:
        """To the next question; the navigator comes along."""
        self.navigator.goto(number=self.asked[self.at])
        self.at, self.hints, self._left = self.at + 1, 0, WORTH

    @property
    def score(self) -> str:
        """How it went so far."""
        return f"{self.right} of {self.at} right, {self.points} of {WORTH * self.at} points"

    def __repr__(self) -> str:
        return f"the quiz is over: {self.score}" if self.over else self.question


def unsaid(verdict: Verdict) -> list[str]:
    """What a verdict says of the steps that a condition leaves out."""
    return [told for told in verdict.sentences if told.startswith("nothing is said of")]
