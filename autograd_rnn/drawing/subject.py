"""What is drawn: the run that was given, or a net unrolled for the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_rnn.drawing.block.feeding import feeding_run
from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.given import size
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Wired
from autograd_rnn.visible import class_of, shown, visible

FLOWS = ("backward", "gradients", "contributions", "truncate")  # options that show what flows back


def flows_back(what: Any, run: Run, asked: Sequence[str]) -> None:
    """Raise ValueError if nothing flows back in a run, by what was asked of it."""
    if asked and (reason := run.unrecorded):
        raise ValueError(f"{reason[0]}, so {asked[0]}= has nothing to show: {reason[1]}")
    if isinstance(what, (Cell, Wired)) and set(asked) - {"truncate"}:
        raise ValueError(f"{asked[0]}= needs a loss, and a net without a readout has none: draw Model(net, output_size=K)")
    if set(asked) - {"truncate"}:
        _ = run.loss  # or an error that says how it comes by one


def run_of(what: Any, steps: int | None, way: str | None = None) -> Run:
    """The run to draw: the one given, or a net unrolled over random inputs."""
    if isinstance(what, Run):
        if steps is not None:
            raise ValueError("a run has its own number of steps: steps= belongs to a model or a cell")
        if way is not None:
            raise ValueError("a run shows by itself what its steps read: fed= belongs to a model")
        run = what
    elif way is not None:
        if not isinstance(known(what), Scored) or not what.task.endswith("many"):
            raise ValueError("fed= needs a net that answers at every step: draw Model(net, output_size=K), many-to-many or one-to-many")
        run = feeding_run(what, size("steps", 4 if steps is None else steps), way)
    else:
        if isinstance(what, Scored) and what.task == "one-to-one" and steps not in (None, 1):
            raise ValueError("a one-to-one net has a single step: leave out steps=")
        run = short_run(known(what), size("steps", 4 if steps is None else steps))
    if not all(len(unrolled.xs) for unrolled in run.unrolled):
        raise ValueError("there is nothing to draw in a run of T=0 steps: unroll over at least one")
    return run


def known(what: Any) -> Any:
    """What was given, if it can be drawn."""
    if not isinstance(what, (Cell, Wired, Scored, Run)):
        if isinstance(what, str):
            made = f"ar.draw(ar.{CELLS[what].__name__}(3, 4))" if what in CELLS else "ar.draw(ar.LSTM(3, 4)), with labels= for a text"
            raise TypeError(f"draw takes a net or a run, not the text {shown(what)}: write {made}")
        kind = visible(what.__name__) if isinstance(what, type) else class_of(what)
        like = f"the class {kind}: make one, {kind}(...)" if isinstance(what, type) else f"{kind}: run = model.unroll(x, y)"
        raise TypeError(f"draw takes a run, a model, a net, a cell, a scalar tensor or a flow, not {like}")
    return what
