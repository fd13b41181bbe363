"""A person's wrong numbers in, a sentence out: what was derived wrongly, where it shows first, and the equation as it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.grader.computing import CELLS, Computation
from autograd_rnn.grader.diagnosis.edits import Editor
from autograd_rnn.grader.diagnosis.fitting import Finding, Fit
from autograd_rnn.grader.diagnosis.observed import Observed, near
from autograd_rnn.grader.diagnosis.recursion import HANDED, Arrays, Recursion, recursion


class Diagnosis(NamedTuple):
    """What explains an answer. ``sentence``: the likeliest reading; ``also``: others of the same numbers; ``where``: the equation that is
    wrong and the step at which it shows first; ``first_wrong``: that step, counted in the sequence, or None; ``outputs``: what it explains;
    ``formula`` and ``latex``: the equations as they have to be."""

    sentence: str
    also: tuple[str, ...]
    where: str
    first_wrong: int | None
    outputs: tuple[str, ...]
    formula: str
    latex: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return self._asdict() | {"also": list(self.also), "outputs": list(self.outputs)}


def of_forward(computation: Computation, given: Arrays, got: Arrays) -> Diagnosis | None:
    """The mistake in a forward pass that is these outputs; None where none is known to be."""
    model = recursion(CELLS[computation.kind], computation.what)
    wrong = _forward(model, Editor(model), computation, given, got)
    if wrong is None or not wrong[1]:
        return None
    return _told([[finding] for finding in wrong[1][:1]], [x.sentence for x in wrong[1][1:3]], tuple(computation.outputs), computation)


def of_backward(
    computation: Computation, given: Arrays, upstream: Arrays, own: Arrays, got: Mapping[str, Any], wrong: list[str]
) -> Diagnosis | None:
    """The mistakes in a backward pass that are these gradients (by argument), after the person's ``own`` forward pass. ``wrong``: what
    is to be explained, as the report calls it."""
    model = recursion(CELLS[computation.kind], computation.what)
    editor = Editor(model)
    arrays = {name: value for name, value in got.items() if _numbers(value, computation.shape(name))}
    forward = _forward(model, editor, computation, given, own)
    if forward is None or not arrays:
        return None
    observed = Observed(model, computation, given, arrays)
    known = all_known(model, forward[0], computation, given, upstream)
    best: list[list[Finding]] = []
    for way in observed.ways:
        fit = Fit(observed, way, known, editor)
        found, left = fit.findings()
        if found and not left and (not best or len(found) < len(best)):
            best = found
    if not best:
        return None
    also = [reading.sentence for readings in best[:1] for reading in readings[1:3]]
    return _told(best, also, tuple(wrong), computation)


def _numbers(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether something is an array of this shape that can be read at all: whatever a person's function returned."""
    return isinstance(value, np.ndarray) and value.shape == shape and value.dtype.kind in "biuf" and bool(np.isfinite(value).all())


def _forward(
    model: Recursion, editor: Editor, computation: Computation, given: Arrays, got: Arrays
) -> tuple[list[e.Equation], list[Finding]] | None:
    """The forward equations that are a person's, and the mistakes in them; None where no single one is."""

    def outputs(equations: list[e.Equation]) -> bool:
        known = all_known(model, equations, computation, given, {}, strict=False)
        T = computation.sizes["T"] if model.what == "sequence" else 1
        for name in states:
            ours = computation.ours(np.asarray(got[name], float))
            state = computation.meaning(name)
            for t in range(1, T + 1):
                seen, value = (ours if model.what == "step" else ours[t - 1]), known.get(e.Sym(state, e.Time("", t)))
                if (model.what == "sequence" or t == T) and (value is None or not near(np.asarray(value).T, seen)):
                    return False
        return True

    states = [name for name in computation.outputs if computation.meaning(name) in model.states]  # a readout is beside the recursion
    if not all(_numbers(got[name], value.shape) for name, value in computation.forward(given).items() if name in states):
        return None
    if outputs(model.forward):
        return model.forward, []
    found: list[tuple[int, list[e.Equation], Finding]] = []
    for equation in model.forward:
        for edit in editor.all(equation):
            equations = [q._replace(right=edit.right) if q is equation else q for q in model.forward]
            if edit.over == "sum" and outputs(equations):
                found.append((edit.rank, equations, Finding(edit.sentence, equation, (equation.left.name,))))
    found.sort(key=lambda triple: triple[0])
    return (found[0][1], [finding for _, _, finding in found]) if found else None


def all_known(
    model: Recursion, forward: list[e.Equation], computation: Computation, given: Arrays, upstream: Arrays, strict: bool = True
) -> dict[e.Sym, Any]:
    """The numbers of a call with every quantity of the forward pass, as far as it can be had."""
    T = computation.sizes["T"] if model.what == "sequence" else 1
    world = model.world(forward, model.known(computation, given, upstream), T)
    for t in range(1, T + 1):
        for equation in forward:
            try:
                world[e.Sym(equation.left.name, e.Time("", t))]
            except (ValueError, KeyError, AssertionError, TypeError, IndexError, AttributeError, ArithmeticError):
                if strict:
                    raise
                return world.known
    return world.known


def _told(found: list[list[Finding]], also: list[str], outputs: tuple[str, ...], computation: Computation) -> Diagnosis:
    """Findings as sentences and formulas."""
    first = [readings[0] for readings in found]
    steps = [finding.first_wrong for finding in first if finding.first_wrong is not None]
    last = computation.sizes["T"] if computation.what == "sequence" else 1
    equations = list(dict.fromkeys(finding.equation for finding in first))
    sentence = "; and ".join(dict.fromkeys(finding.sentence for finding in first))
    if any(s.name in HANDED.values() for s in {s for q in equations for s in e.symbols(q.right)}) or "`G" in sentence:
        sentence += " (G is the gradient that is handed in)"
    at = ""
    if steps and computation.what == "sequence":
        at = f", first wrong at t = {'T' if max(steps) == last else f'T-{last - max(steps)}'}"
    names = ", ".join(dict.fromkeys(show(q.left, "text") for q in equations))
    formula = "\n".join(show(q, "text") for q in equations)
    return Diagnosis(
        sentence, tuple(dict.fromkeys(x for x in also if x not in sentence)), f"in {names}{at}", max(steps, default=None), outputs,
        formula, "\n".join(show(q, "latex") for q in equations),
    )  # fmt: skip
