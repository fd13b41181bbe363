"""A picture with nothing laid over it: a cell, a tape, or a run at the level asked for, in as many steps as fit its width; or folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_rnn.drawing.asked import OF_VALUES, labels_of, not_too_many, opened_of, readable
from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.feeding import feeding_run
from autograd_rnn.drawing.block.folded import folded as fold
from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.block.scene import ALWAYS, SHOWN
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.drawing.charts.gates import gates
from autograd_rnn.drawing.charts.heat import states
from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.op.numbers import within
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.drawing.output.page import LEGIBLE
from autograd_rnn.drawing.output.style import SIZE
from autograd_rnn.drawing.panels.beside import beside as side_by_side
from autograd_rnn.drawing.panels.units import units
from autograd_rnn.drawing.retraced import retraced
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.guards import describe
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.given import size
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Wired
from autograd_rnn.visible import class_of, shown, visible

INSIDE = "notation='concatenated' is of the inside of cells, where a gate has one W on [h, x]: draw(cell), or level='cell'"
FLOWS = ("backward", "gradients", "contributions", "truncate")  # options that show what flows back
NARROWEST = 60.0  # points from step to step: closer are none at any level


def drawn(what: Any, notation: str, asked: Mapping[str, Any], room: float | None) -> tuple[Figure, Any]:
    """The picture with nothing laid over it, and what it shows: a cell, a tensor, a run, or nothing else. ``room``: how wide it may be, in
    points."""
    if {"folded", "beside"}.intersection(asked):
        return _folded(what, notation, asked), None
    if isinstance(what, Cell) and not set(asked) - {"highlight", "elide", "force", "equations", "spelt"}:
        if "elide" in asked:
            raise ValueError("elide= leaves out steps, and the inside of a cell is one step: give steps=, too")
        return inside(what, notation, "equations" in asked), what
    if "equations" in asked:
        raise ValueError("equations= stand beside the inside of a cell: draw the cell alone, without a level or steps")
    if isinstance(what, Tensor):
        return _tape(what, notation, asked), what
    if asked.get("level") == "units":
        return units(what if isinstance(what, Run) else known(what), asked.get("steps"), weighted=True), None
    run = run_of(what, asked.get("steps"), asked.get("fed"))
    flows_back(what, run, [name for name in asked if name in FLOWS])
    whole, ran = retraced(run)
    if notation == "concatenated" and asked.get("level", "block") != "cell":
        raise ValueError(INSIDE)
    figure = _fitting(whole, notation, asked, room)
    figure.stands_for(ran)
    return figure, run


def _tape(what: Tensor, notation: str, asked: Mapping[str, Any]) -> Figure:
    """The operations that a tensor came from."""
    if asked.get("level", "op") != "op" or {"steps", "labels"}.intersection(asked):
        raise ValueError("a tensor is drawn as the operations it came from: level, steps and labels belong to a run or a model")
    if foreign := [name for name in ("contributions", "truncate", "flow", "direction", "opened", "fed") if name in asked]:
        raise ValueError(f"{foreign[0]}= needs a run's steps, and a tensor's tape has none: draw the run, not its loss")
    if not what.inputs:
        made = "no recorded operation made it; draw what is computed from it, outside no_grad(), by variables made with tensor(...)"
        raise ValueError(f"{describe(what)} has no tape: {made}")
    if what.size != 1 and {"backward", "gradients"}.intersection(asked):
        raise ValueError(f"{describe(what)} is not a single number, so no gradient flows back from it: draw its sum()")
    return operations(what, asked.get("elide"), notation, None, "force" in asked, _numbers(what, asked))


def _numbers(subject: Any, asked: Mapping[str, Any]) -> Any:
    """What says the numbers in each node, if they were asked for."""
    return within(subject, "numbers" in asked, "shapes" in asked) if {"numbers", "shapes"}.intersection(asked) else None


def _fitting(run: Run, notation: str, asked: Mapping[str, Any], room: float | None) -> Figure:
    """A run at the level asked for; of one that could not be read at its width, steps are left out if nothing is said of them."""
    figure, count = _levelled(run, notation, asked), max(len(unrolled.xs) for unrolled in run.unrolled)
    told = {"elide", "highlight", "direction", "opened"}.intersection(asked) or asked.get("level") in OF_VALUES
    if room is None or count <= SHOWN + 2 or told:
        return figure
    if count > ALWAYS:
        if room * SIZE < LEGIBLE * NARROWEST * count:
            return figure
        whole = _levelled(run, notation, {**asked, "elide": False})
        return whole if readable(whole, room) else figure
    return figure if readable(figure, room) else _levelled(run, notation, {**asked, "elide": True})


def _levelled(run: Run, notation: str, asked: Mapping[str, Any]) -> Figure:
    """A run at the level asked for."""
    level, elide, labels = asked.get("level", "block"), asked.get("elide"), labels_of(asked.get("labels"), run)
    if level == "states":
        return states(run, asked.get("quantity"), asked.get("units"), labels, asked.get("sequence"))
    if level == "gates":
        return gates(run, elide, asked.get("units"), labels)
    if level != "block" and (reason := run.unrecorded):
        raise ValueError(f"{reason[0]}, so there is no level={shown(level)}: {reason[1]}, or draw level='block'")
    if "direction" in asked and level != "block":
        raise ValueError("direction='up' turns circles and arrows, level='block': boxes have no room upward")
    if "opened" in asked and level != "cell":
        raise ValueError("opened= says whose cells are drawn from within: add level='cell'")
    if level == "op":
        if "fed" in asked:
            raise ValueError("fed= is drawn between steps: level='block' or level='cell'")
        return operations(run, elide, notation, labels, "force" in asked, _numbers(run, asked))
    if unfit := [name for name in ("numbers", "shapes") if name in asked]:
        raise ValueError(f"{unfit[0]}= stands in the nodes of single operations: add level='op'")
    if level == "cell":
        swept = not asked.keys().isdisjoint(("gradients", "backward"))
        return cells(run, elide, notation, labels, "force" in asked, "targets" in asked, opened_of(asked.get("opened"), run), swept)
    scene = unfold(run, elide, notation, labels, "targets" in asked)
    scene.upward = asked.get("direction") == "up"
    not_too_many(len(scene.nodes), "elide=True draws less", "force" in asked)
    return block(scene)


def _folded(what: Any, notation: str, asked: Mapping[str, Any]) -> Figure:
    """The loop, or the loop and what it is unfolded."""
    if isinstance(what, Tensor):
        raise TypeError(f"{describe(what)} is a tensor, which has no steps to fold: draw the run that it came from")
    if notation == "concatenated":
        raise ValueError(INSIDE)
    beside, block_level, targets = "beside" in asked, asked.get("level") == "block", "targets" in asked
    fit = ("folded", "beside", "force", "targets", *(["steps", "elide"] if beside else []), *(["level"] if block_level else []))
    if unfit := [name for name in asked if name not in fit]:
        raise ValueError(f"{unfit[0]}= has no place in a folded net, where all steps are one: leave it out, or draw the net unfolded alone")
    if not beside:
        known(what)
        return fold(what, notation, targets)
    run = run_of(what, asked.get("steps"))
    figures = [fold(what, notation, targets), block(unfold(run, asked.get("elide"), notation, targets=targets))]
    figure = side_by_side(figures, ["folded", "unfolded in time"], "unfold")
    figure.title = f"{' and '.join(repr(unrolled.net) for unrolled in run.unrolled)}, folded and unfolded in time"
    return figure


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
