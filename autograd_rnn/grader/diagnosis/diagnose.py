"""A person's wrong numbers in, a sentence out: what was derived wrongly, where it shows first, and the equation as it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.grader.computing import CELLS, Computation
from autograd_rnn.grader.diagnosis import embedding
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis
from autograd_rnn.grader.diagnosis.fitting import Fit
from autograd_rnn.grader.diagnosis.forward import Forward
from autograd_rnn.grader.diagnosis.observed import Observed
from autograd_rnn.grader.diagnosis.recursion import Arrays, Recursion, recursion
from autograd_rnn.grader.diagnosis.telling import told

LARGEST = 1e100


def of_forward(computation: Computation, given: Arrays, got: Arrays) -> Diagnosis | None:
    """The mistake in a forward pass that is these outputs; None where none is known to be."""
    if not computation.kind:
        return embedding.of_forward(computation, given, got)
    model, forward = _forward(computation, given, {}, got)
    return told(forward.found, tuple(computation.outputs), computation, model) if forward is not None else None


def of_backward(
    computation: Computation, given: Arrays, upstream: Arrays, own: Arrays, got: Mapping[str, Any], wrong: list[str]
) -> Diagnosis | None:
    """The mistakes in a backward pass that are these gradients (by argument), after the person's ``own`` forward pass. ``wrong``: what
    is to be explained, as the report calls it."""
    if not computation.kind:
        return embedding.of_backward(computation, given, upstream, got)
    arrays = {name: value / computation.share(name) for name, value in got.items() if _fits(value, computation.shape(name))}
    model, forward = _forward(computation, given, upstream, own)
    if forward is None or not forward.found or not arrays:
        return None
    h = next(name for name in computation.states if computation.meaning(name) == "h")
    states = model.columns(computation.ours(own[h]), computation)
    fit = Fit(Observed(model, computation, given, arrays, states), forward.world, len(wrong))
    found = fit.findings()
    if not found and forward.found[0] and not fit.readings()[0].cost:  # right, but for another forward pass
        first = forward.found[0][0][0]
        words = f"these are the gradients of the forward pass as it has to be; the one that was run is another: {first.sentence}"
        found = [[[first._replace(sentence=words)]]]
    return told(found, tuple(wrong), computation, model)


def _forward(computation: Computation, given: Arrays, upstream: Arrays, own: Arrays) -> tuple[Recursion, Forward | None]:
    """The recursion, and the person's forward pass held against it; None where its outputs cannot be read."""
    reads = "" if computation.model is None else "L" if "targets" in upstream else "" if upstream else "p"
    model = recursion(CELLS[computation.kind], computation.what, tuple(computation.options.items()), reads)
    N, T, H = (computation.sizes[letter] for letter in "NTH")
    shape = computation.theirs(np.empty((T, N, H) if model.what == "sequence" else (N, H))).shape
    if not all(_fits(own[name], shape) for name in computation.states):
        return model, None
    read = (*shape[:-1], computation.sizes["V"]) if computation.layout == "rows" else (computation.sizes["V"], *shape[1:])
    told = [name for name in computation.outputs if name in computation.states or reads and _fits(own[name], read)]
    world = model.world(computation, model.values(computation, given, upstream, {name: own[name] for name in told}))
    return model, Forward(model, world, [computation.meaning(name) for name in told])


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether an array can be read at all: numbers that their products are numbers of."""
    able = isinstance(value, np.ndarray) and value.shape == shape and value.dtype.kind in "biuf"
    return able and bool(np.abs(np.asarray(value, float)).max(initial=0.0) < LARGEST)  # nan is not
