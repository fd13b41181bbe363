"""Whether a run is what a net's equations say: where it is not, the one sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.derive import ties
from autograd_rnn.formulas.forms import gradients
from autograd_rnn.formulas.system import System, quantities
from autograd_rnn.nets.parameters import computed, distinct, of_one_name
from autograd_rnn.nets.run import Run


def unexplained(run: Run) -> str:
    """Why no equations for general t say what a run did; empty where they do."""
    if any(map(callable, run.replaced.values())):
        names = [name for name in run.parameters if name not in run.model.parameters]
        return f"parameters= gave this run others at each step ({names[0]}, ...), and equations for general t have one for all"
    if run.unrolled[0].xs and (reason := run.unrecorded):
        return f"{reason[0]}: {reason[1]}, or derive the model"
    return _entangled(run)


def _entangled(run: Run) -> str:
    """The sentence where what the equations take as given (parameters, inputs, first states) is computed from one another."""
    given: dict[Tensor, str] = {value: name for name, value in distinct(run.parameters).items()}
    pairs = [(x, x.name or "x") for x in run.unrolled[0].xs]
    for chain in run.unrolled[0].chains:
        learned = {full_name(f"{state}_0", chain.cell.tag, None): value for state, value in chain.first.items()}
        pairs += [(value, name) for name, value in learned.items()]
    for value, name in pairs:
        if given.get(value, name) != name:
            return f"{name} is {given[value]} in this run, and the equations take each as given: copy one, tensor(value)"
        given[value] = name
    tied = computed(run.parameters)
    first = {value for chain in run.unrolled[0].chains for value in chain.first.values()}
    free = {value for value in run.parameters.values() if value not in first and (not value.inputs or value in tied)}
    source: dict[Tensor, Tensor] = {}
    for node in Tape.of(*given):
        above = [x if x in given else source[x] for x in node.inputs if isinstance(x, Tensor) and (x in given or x in source)]
        if above:
            source[node] = next((x for x in above if x not in free), above[0])
            if node in given and not (node in free and source[node] in free):  # a parameter that is tied to others has an equation
                return f"{given[node]} is computed from {given[source[node]]} in this run, and the equations take both as given"
    return _unnamed(run, tied)


def _unnamed(run: Run, tied: Mapping[Tensor, set[Tensor]]) -> str:
    """The sentence where a parameter is computed from a variable that equations cannot name."""
    taken = {name: value for value, q in quantities(run).items() if (name := q.name) and q.role != "parameter"} | dict(run.parameters)
    for value, sources in tied.items():
        for x in sorted(sources.difference(run.parameters.values()), key=lambda x: x.id):
            name = f"{x.label}_own" if x.label in run.parameters else x.label or ""
            if taken.setdefault(name, x) is not x or not name:
                named = f"called {x.label}, as another thing is" if x.label else "without a name"
                return f"{value.name} is computed from a variable {named}: give it one of its own, tensor(value, name=...)"
    return ""


def differs(derivation: System, run: Run) -> str:
    """Why a derivation of a run is not of what it did, told by its numbers: a cell that goes by its values may take other ways in a run
    than over the random numbers that it is derived from. Empty where equations and tape agree, or where there is nothing to compare."""
    strange = "the tape of this run is not what the equations say{}: does its cell go by its values, or by more than its arguments?"
    xs = run.unrolled[0].xs
    if not run.has_loss or run.loss.op is None or not xs or xs[0].ndim > 1:
        return ""
    try:
        rows = gradients(derivation, run)
    except KeyError:
        return strange.format("")
    except ValueError:  # given new values since
        return ""
    for name, derived, tape in rows:
        largest, error = np.max(np.abs(tape), initial=0.0), np.max(np.abs(derived - tape), initial=0.0)
        if error > np.sqrt(np.finfo(tape.dtype).eps) * max(float(largest), 1e-3):
            return strange.format(f" of {name}")
    return ""


def mismatch(derivation: System, run: Run) -> str:
    """Why a run's numbers cannot be put into a derivation's equations; empty where they can."""
    if run.model is None or repr(run.model) != repr(derivation.model):
        return f"this run is of another net than the equations, which are those of {derivation.model!r}"
    if reason := unexplained(run):
        return reason
    if run.unrolled[0].xs and run.unrolled[0].xs[0].ndim > 1:
        return "the equations are those of one sequence: unroll over x of shape (T, D), without a batch axis"
    same = list(of_one_name(run.parameters)) == list(derivation.parameters) and ties(run) == derivation.ties
    if run.weighed != derivation.weighed:
        which = (
            "this run weighs its losses (where=, weights=), and the equations do"
            if run.weighed
            else "the equations weigh losses, this run does"
        )
        return f"{which} not: take those of derive(run)"
    if derivation.shared:
        return "the equations are those of a sequence in a batch, whose loss is the mean over all of it: take those of derive(run)"
    if not same or run.teacher_forcing != derivation.teacher_forcing:
        return "this run shares or feeds back what the equations do not: take those of derive(run)"
    return ""
