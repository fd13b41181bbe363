"""What an instructor wants to know before students do: is a reference right, and which mistakes do the tests of an assignment not see."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.computing import CELLS
from autograd_rnn.grader.diagnosis.edit import Edit
from autograd_rnn.grader.diagnosis.edits import Editor
from autograd_rnn.grader.diagnosis.observed import sizes_to_see
from autograd_rnn.grader.diagnosis.recursion import Recursion, recursion, settled
from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.judging.cases import Case
from autograd_rnn.grader.report import Report
from autograd_rnn.nets.progress import Progress


class Unseen(NamedTuple):
    """A mistake that no test of an assignment tells from the truth: in which function and equation."""

    function: str
    equation: str
    sentence: str


class Audit(NamedTuple):
    """``reference``: the report on reference code, or None; ``tried``: how many mistakes, by function; ``unseen``: those that pass."""

    assignment: str
    reference: Report | None
    tried: dict[str, int]
    unseen: list[Unseen]

    @property
    def ok(self) -> bool:
        """Whether the reference is right and every mistake is seen."""
        return not self.unseen and (self.reference is None or self.reference.full)

    def __str__(self) -> str:
        from autograd_rnn.table import table

        missed = {name: [x for x in self.unseen if x.function == name] for name in self.tried}
        rows = [(name, str(count), str(count - len(missed[name]))) for name, count in self.tried.items()]
        parts = [] if self.reference is None else [str(self.reference)]
        parts.append(table(("function", "mistakes", "seen"), rows, f"{self.assignment}: mistakes that its tests see", width=80))
        parts += [f"{x.function} passes although, in {x.equation}, {x.sentence}" for x in self.unseen[:20]]
        if self.unseen:
            rest = len(self.unseen) - 20
            parts += [f"and {rest} more"] * (rest > 0)
            parts.append("Sizes that see them: several steps, several sequences, all sizes different, as T = [3, 6] and N = [2, 4].")
        return "\n".join(parts)


def audit(assignment: str | Path | Spec, reference: str | Path | None = None, seed: int = 0, progress: bool | None = None) -> Audit:
    """Grade reference code as a submission, and try every known single mistake on the assignment's own draws.

    A mistake that is none, since its numbers are always the true ones, does not count.
    """
    with Grader(assignment, seed) as grader:
        found = None if reference is None else grader.grade(reference)
        names = {function.name: function for function in grader.functions}
        backward = [f for f in grader.functions if f.backward_of and names[f.backward_of].computes.partition(" ")[0] in CELLS]
        unseen: list[Unseen] = []
        tried: dict[str, int] = {}
        with Progress(len(backward), progress, "mistakes") as bar:
            for function in backward:
                first = names[function.backward_of]
                mistakes = _mistakes(grader, first)
                tried[function.name] = len(mistakes)
                tests = [_Draw(case) for case in grader.cases.of(first)]
                for equation, edit in mistakes:
                    if not any(test.sees(equation, edit) for test in tests):
                        unseen.append(Unseen(function.name, show(equation.left), edit.sentence))
                bar.update(function.name)
    return Audit(grader.spec.name, found, tried, unseen)


def _mistakes(grader: Grader, first: Function) -> list[tuple[e.Equation, Edit]]:
    """Every edit of a recursion's equations that changes numbers on a draw which shows every equation by itself."""
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[first.computes.partition(" ")[0]]
    draw = _Draw(grader.cases.drawn(first, sizes_to_see(gates, first.computes.endswith("sequence"))))
    editor = Editor(draw.model)
    return [(q, edit) for q in draw.model.equations for edit in editor.all(q) if edit.over == "sum" and draw.sees(q, edit)]


class _Draw:
    """The numbers of one draw, and what a right backward pass makes of them."""

    def __init__(self, case: Case):
        c = case.computation
        self.model: Recursion = recursion(CELLS[c.kind], c.what, tuple(c.options.items()))
        world = self.model.world(c, self.model.values(c, case.given, case.upstream, case.outputs))
        self.world = settled(world, self.model.forward)
        self.true = self._values(self.model.equations)

    def _values(self, equations: list[e.Equation]) -> list[Any]:
        """What is returned: gradients of weights, of inputs and of states before the first step."""
        world = settled(self.world, [q for q in equations if q.left.time == e.Time("t", 0) and q.left.name != "x"])
        returned = [q for q in equations if q.left.time != e.Time("t", 0) or q.left.name == "x"]
        return [np.asarray(world.value(q.right)) for q in returned]

    def sees(self, equation: e.Equation, edit: Edit) -> bool:
        """Whether anything that is returned is another number, or none, with this mistake."""
        try:
            got = self._values([q._replace(right=edit.right) if q is equation else q for q in self.model.equations])
        except ValueError:  # shapes that do not fit
            return True
        return not all(a.shape == b.shape and _same(a, b) for a, b in zip(got, self.true, strict=True))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are one to what a tolerance lets pass; what is no number is none."""
    with np.errstate(all="ignore"):
        return bool(np.abs(a - b).max(initial=0.0) <= 1e-7 * max(np.abs(b).max(initial=0.0), 1e-300))
