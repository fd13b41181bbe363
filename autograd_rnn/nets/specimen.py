"""A run to read from when only a model is given: random data, one sequence, inputs and initial states variables too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tensor import Tensor, constant, tensor
from autograd_rnn.limits import afford
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.parameters import computed
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.unrolling import names_in
from autograd_rnn.nets.weighing import Weights
from autograd_rnn.nets.wiring import cells_in


def specimen(model: Any, T: int, S: int, seed: int = 0, variables: bool = True, like: Any = None, started: bool = True) -> Run:
    """A model unrolled over T random inputs (an encoder-decoder: and S targets), so that every quantity has an adjoint on the tape; with
    ``variables=False`` over the same numbers as constants, so that only parameters have a gradient to check element by element.
    ``like``: a run with the parameters to be taken in place of the model's own, and with its way of feeding a decoder; its losses
    are weighed where they are there, and have their part in the mean over a batch if they had it there.
    ``started``: from random states, else 0."""
    rng = np.random.default_rng(seed)
    leaf: Any = tensor if variables else constant
    net, last = model.nets[0], T if len(model.nets) == 1 else S
    if model.task.startswith("many"):
        afford(f"random inputs of {T:,} x {net.input_size:,} numbers", 24.0 * T * net.input_size)
    x = leaf(rng.normal(size=(T, net.input_size)[0 if model.task.startswith("many") else 1 :]), name="x")
    options: dict[str, Any] = (
        {"parameters": _leaves(like.replaced, computed(like.parameters))} if like is not None and like.replaced else {}
    )
    if like is not None and not like.teacher_forcing:
        options["teacher_forcing"] = False
    y = targets(model, (last,) if model.task.endswith("many") else (), rng)
    if like is not None and like.weighed:
        options["weights"] = rng.uniform(0.5, 1.5, (last,) if model.task.endswith("many") else ())
    drawn = [[rng.normal(size=size).astype(cell.dtype) for size in cell.state_sizes().values()] for cell in cells_in(net)]
    runs: list[Run] = []
    for begun in (np.positive, np.abs, np.zeros_like)[0 if started else 2 :]:  # a variance that a cell carries is never below 0
        with np.errstate(all="ignore"):
            runs.append(model.unroll(x, y, h0=_initial(net, [[begun(array) for array in arrays] for arrays in drawn], leaf), **options))
        if like is not None and like.shared:
            runs[-1] = part_of(runs[-1], like.shared, VARIABLE if variables else None)
        if np.isfinite(runs[-1].loss.value).all():
            return runs[-1]
    return runs[0]


def part_of(run: Run, by: float, op: Any = None) -> Run:
    """A run of one sequence whose loss is its part of the mean over a batch, which divides by so much. ``op``: of a variable."""
    dtype, taken = run.loss.dtype, names_in(run.unrolled, run.given)
    weights = run.weights or Weights(np.zeros(0), run.losses.first, dtype, taken, False, True)
    weights.divide(by, dtype, op, told=True)
    loss = run.model.readout.total(run.losses.items, 1, weights)
    return Run(run.unrolled, run.given, run.scores, run.losses, loss, run.model, run.start, run.lengths, run.teacher_forcing, weights)


def _leaves(replaced: Mapping[str, Mapping[str, Tensor]], tied: Iterable[Tensor]) -> dict[str, Any]:
    """Parameters that a run was given, the same in the same places; one that is computed, but not from others of them, as a variable of its
    value."""
    fresh: dict[Tensor, Tensor] = {value: value for value in tied}
    for name, value in (pair for part in replaced.values() for pair in part.items()):
        if value not in fresh:
            fresh[value] = tensor(value.value, name) if value.inputs else value
    return {part: {name: fresh[value] for name, value in given.items()} for part, given in replaced.items()}


def targets(model: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Random targets of the loss's kind."""
    K = model.readout.output_size
    if model.readout.loss == "cross_entropy":
        return rng.integers(0, K, shape)
    return rng.normal(size=(*shape, K)) if model.readout.output == "identity" else rng.uniform(size=(*shape, K))


def _initial(net: Any, drawn: list[list[np.ndarray]], leaf: Callable[[np.ndarray], Tensor]) -> Any:
    """Initial states of some numbers; None for those that the cell learns anyway."""
    states = [None if cell.learn_initial else tuple(map(leaf, arrays)) for cell, arrays in zip(cells_in(net), drawn, strict=True)]
    return states[0] if isinstance(net, Cell) else states
