"""What a step reads of the one before it, beside its state: the net's own answer (sampling), or what it should have answered."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.nets.losses import one_hot
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import targets
from autograd_rnn.nets.training import generate

SHARP = 1e-9  # a temperature at which the likeliest class is drawn


def targets_of(run: Run) -> list[Tensor | None]:
    """What each step's loss compares with; None where that was not recorded."""
    weights = set(run.weights.steps) if run.weights else set()
    return [_target(loss, weights) for loss in run.losses]


def _target(loss: Tensor, weights: set[Tensor]) -> Tensor | None:
    waiting = [loss]
    for node in waiting:  # it grows
        for x in node.inputs:
            if isinstance(x, Tensor) and x.inputs and x.scope.cell == loss.scope.cell:
                waiting.append(x)
            elif isinstance(x, Tensor) and not x.inputs and x.label and x.step is not None and x not in weights:
                return x
    return None


def fed(run: Run) -> str:
    """``answers`` or ``targets``, if every later input of the (last) net is that of the step before; or nothing.

    >>> from autograd_rnn.drawing.block.feeding import fed
    >>> model, classes = Model(RNN(3, 4), output_size=3), np.array([0, 2, 1, 1])
    >>> fed(model.unroll(np.eye(3)[classes[:-1]], classes[1:])), fed(model.unroll(np.ones((3, 3)), classes[1:]))
    ('targets', '')
    """
    if len(run.unrolled) > 1:
        return "targets" if run.teacher_forcing and len(run.losses) else "answers"
    if len(run.scores) != run.T or run.T < 2:
        return ""
    width, K = run.unrolled[-1].net.input_size, run.model.readout.output_size
    if run.model.readout.loss != "cross_entropy" or width != K or any(chain.reverse for chain in run.chains):
        return ""
    if not len(run.losses):
        return "answers" * _read(run, [s.value.argmax(-1) for s in run.scores], K)
    return "targets" * _read(run, [y.value for y in targets_of(run) if y is not None], K)


def _read(run: Run, before: list[np.ndarray], K: int) -> bool:
    """Whether each later input is the class of the step before; a target that does not count may be no class."""
    classes = len(before) == run.T and all(y.dtype.kind in "iu" and ((y >= 0) & (y < K)).all() for y in before)
    return classes and all(np.array_equal(x.value, one_hot(y, K)) for x, y in zip(run.x.items[1:], before[:-1], strict=True))


def feeding_run(model: Any, steps: int, way: str) -> Run:
    """A model unrolled as it writes by itself (``answers``), each step reading the likeliest class of the one before, or
    as it is trained to."""
    rng = np.random.default_rng(0)
    if isinstance(model, Model):
        writer = copy.copy(model)
        writer.task = "many-to-many"
        classes = [0, *generate(writer, [0], steps, temperature=SHARP)]
        hot = one_hot(classes, model.readout.output_size)
        return writer.unroll(hot[:-1], classes[1:] if way == "targets" else None)
    x = rng.normal(size=(steps, model.encoder.input_size))
    run: Run = model.unroll(x, targets(model, (steps,), rng)) if way == "targets" else model.unroll(x, steps=steps)
    return run
