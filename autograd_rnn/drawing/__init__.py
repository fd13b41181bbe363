"""Floor 4: the tape read as pictures. Needs Graphviz only when a picture is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from autograd_rnn.drawing.asked import OF_VALUES, checked, labels_of, not_too_many, of_values, opened_of, readable
from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.feeding import feeding_run
from autograd_rnn.drawing.block.folded import folded as fold
from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.block.scene import ALWAYS, SHOWN
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.drawing.cell.spelt import spell
from autograd_rnn.drawing.charts.flows import flows
from autograd_rnn.drawing.charts.gates import gates
from autograd_rnn.drawing.charts.heat import hanging, states
from autograd_rnn.drawing.choosing import aim, hidden, raise_times, rename, spelling, without_captions
from autograd_rnn.drawing.choosing import hide as leave_out
from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.frames import Frames, build_up
from autograd_rnn.drawing.letters import NOTATIONS
from autograd_rnn.drawing.measure import called
from autograd_rnn.drawing.op.numbers import within
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.drawing.output.page import LEGIBLE, TEXT_WIDTH, points
from autograd_rnn.drawing.output.render import NoGraphviz, Picture
from autograd_rnn.drawing.output.style import SIZE
from autograd_rnn.drawing.overlay.contributions import contributions as shade
from autograd_rnn.drawing.overlay.gradients import cuts
from autograd_rnn.drawing.overlay.gradients import gradients as sweep
from autograd_rnn.drawing.overlay.highlight import highlight as light
from autograd_rnn.drawing.overlay.masked import masked
from autograd_rnn.drawing.overlay.reaching import reaching
from autograd_rnn.drawing.overlay.thumbnails import thumbnails as show_values
from autograd_rnn.drawing.panels.beside import beside as side_by_side
from autograd_rnn.drawing.panels.units import units
from autograd_rnn.drawing.retraced import retraced
from autograd_rnn.drawing.subject import FLOWS, flows_back, known, run_of
from autograd_rnn.drawing.turning import clear, upward
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.guards import describe
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.connectivity import Connectivity
from autograd_rnn.nets.flow import Flow
from autograd_rnn.nets.given import choose, size
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Wired
from autograd_rnn.visible import shown

INSIDE = "notation='concatenated' is of the inside of cells, where a gate has one W on [h, x]: draw(cell), or level='cell'"
NARROWEST = 60.0  # points from step to step: closer are none at any level

__all__ = ["NoGraphviz", "Picture", "draw", "frames"]


def draw(
    what: Any,
    *,
    level: str | None = None,
    opened: int | Iterable[int] | None = None,
    steps: int | None = None,
    folded: bool = False,
    beside: str | None = None,
    elide: bool | None = None,
    direction: str = "right",
    notation: str = "names",
    labels: Iterable[str] | None = None,
    backward: bool = False,
    gradients: bool = False,
    contributions: str | None = None,
    flow: str | None = None,
    truncate: int | None = None,
    highlight: Any = None,
    thumbnails: bool = False,
    quantity: str | None = None,
    units: Iterable[int] | None = None,
    sequence: int | None = None,
    numbers: bool = False,
    shapes: bool = False,
    equations: bool = False,
    spelt: bool = False,
    targets: Any = None,
    fed: str | None = None,
    hide: Any = (),
    letters: Mapping[str, str] | None = None,
    caption: bool = True,
    theme: str | None = None,
    width: str | None = None,
    font: str = "serif",
    background: str | None = None,
    scale: float | None = None,
    force: bool = False,
) -> Picture:
    """A picture of a run, a model or net (unrolled over ``steps`` random inputs), a cell (its inside; with steps, a level, labels or
    numbers unrolled as a net is), or any scalar tensor (its tape); of a run's flow, or of several by name, the lines on one axis; of a
    `Connectivity` the text that was read, shaded.

    Time runs from left to right in equal steps, inputs x at the bottom, each layer's states in a row, scores s and losses L above; a
    backward chain's arrows run from right to left.

    ``level``: ``block``, a circle a state, arrows labelled with their weights (of a cell with gates ``W_x`` stands for ``W_xi``, ``W_xf``,
    ...); ``cell``, each step's cell as a box with its gates, as textbooks draw it, or only those of the steps ``opened``; ``op``, every
    operation of the tape; ``states``, a heat map of any ``quantity`` (``f``, ``c2``; else h) over the steps, of all its ``units`` or of
    some (0, 1, ...), of a batch of one ``sequence``; ``gates``, how open a unit's gates were at each step; ``units``, neuron by neuron, a
    circle a number and a line a weight, of up to 8. ``folded``: the loop; with ``beside="unfolded"`` both. ``elide``: True leaves out the
    steps between the third and the last, False draws all, None leaves out where letters would be under 7 pt on a page's text of 16 cm, or
    at the width asked for; with ``scale``, ``highlight``, ``opened`` or ``direction`` in runs of more than 12 steps. ``direction="up"``:
    time from the bottom to the top.
    ``notation``: names (W_xh, W_hh, W_hy), letters (U, W, V), superscript (h^⟨t⟩), or inside cells concatenated (one W on [h, x]).
    ``labels``: one text a step, such as the characters read; an encoder-decoder's are those of the encoder's steps, then of the decoder's.

    What the numbers say: ``backward`` draws the backward sweep beside the arrows, ``gradients`` with the norm of what flows as width;
    ``contributions="W_hh"`` shades each step by its share of that gradient, ``flow="state"`` (``h``, ``c``, ``x``) by how much of a change
    there arrives at the end, as `Run.flow` has it; ``truncate=k`` marks where truncated BPTT cuts; ``highlight`` a tensor, a name, a step
    or a path of names; ``thumbnails`` shows arrays as heat maps; ``numbers`` prints value and gradient in each node of a small graph
    (``level="op"``), ``shapes`` its shape. ``equations`` stand beside the inside of a cell; ``spelt`` names its gates and signs in words.
    Of a batch the sizes are said, its padding is grey, and a loss that does not count is pale. ``force`` draws thousands of nodes.

    What is shown: ``targets=True`` sets y_t over each loss, ``targets="ello"`` with a word over each; ``fed``: a model whose steps read the
    ``answers`` of those before, as it writes by itself, or their ``targets`` (teacher forcing); a run's own inputs say it unasked; ``hide``
    leaves out ``initial`` states, ``losses``, ``scores``, ``weights`` or ``biases``; ``letters={"s": "o"}`` calls things otherwise;
    ``caption=False`` leaves out the lines below. How it is set, as in `Picture`: ``theme``, ``width="16cm"``, ``font="sans"``,
    ``background="transparent"``, ``scale``.

    Raises TypeError for what cannot be drawn, ValueError for a run of no steps, an unknown option or name, labels or targets that do not
    fit, or a width at which nobody could read the letters.

    >>> from autograd_rnn.drawing import draw
    >>> run = Model(RNN(3, 4), output_size=5).unroll(np.ones((4, 3)), y=[0, 1, 2, 3])
    >>> picture = draw(run, labels="hell")
    >>> picture
    <picture of RNN(3, 4, activation='tanh') unrolled over 4 steps>
    >>> picture.source.splitlines()[-1]
    '}'
    """
    choose("notation", notation, ("names", "superscript") if isinstance(level, str) and level == "units" else NOTATIONS)
    choose("caption", caption, (True, False)), choose("direction", direction, ("right", "up"))
    asked = checked(
        dict(backward=backward, gradients=gradients, contributions=contributions, truncate=truncate, thumbnails=thumbnails)
        | dict(numbers=numbers, shapes=shapes, equations=equations, spelt=spelt, flow=flow)
        | dict(highlight=highlight, labels=labels, level=level, steps=steps, elide=elide, folded=folded, beside=beside, force=force)
        | dict(quantity=quantity, units=units, sequence=sequence, fed=fed, opened=opened)
        | dict(direction=direction if direction != "right" else None)
        | dict(targets=True if targets is None and fed == "targets" else targets)
    )
    page: dict[str, Any] = dict(width=width, font=font, background=background, scale=scale)
    marked = dict(hide=(hide := hidden(hide)) or None, letters=letters)
    chosen = [*asked, *(name for name, given in marked.items() if given is not None)]
    if isinstance(what, (Flow, Mapping, Connectivity)):
        if chosen:
            kind = "what a step hangs on" if isinstance(what, Connectivity) else "gradient flow"
            raise ValueError(f"{chosen[0]}= has no place in a picture of {kind}: leave it out")
        return Picture(hanging(what) if isinstance(what, Connectivity) else flows(what), theme, **page)
    of_values(level, chosen)
    room = None if scale is not None else TEXT_WIDTH if width is None else points("width", width)
    with called(spelling(letters, notation)):
        figure, subject = (_folded(what, notation, asked), None) if folded or beside else _drawn(what, notation, asked, room)
        if "targets" in asked:
            aim(figure, asked["targets"], subject)
        if hide:
            leave_out(figure, hide)
        if spelt:
            shows = [chain.cell for chain in subject.chains] if isinstance(subject, Run) and level == "cell" else []
            spell(figure, [subject] if isinstance(subject, Cell) else shows)
        _lay_over(figure, subject, asked)
        if isinstance(subject, Run) and level not in OF_VALUES:
            masked(figure, subject)
        if direction == "up":
            upward(figure)
    if notation == "superscript":
        raise_times(figure)
    if letters is not None:
        rename(figure, letters, subject if isinstance(subject, Run) else short_run(what, 1) if folded or beside else None)
    if direction == "up":
        clear(figure)
    if not caption:
        without_captions(figure)
    return Picture(figure, theme, **page)


def frames(what: Any, by: Any = "step", **options: Any) -> Frames:
    """The picture that `draw` makes of the same options, built up frame by frame for slides, all of one size.

    ``by``: ``step``, one step after another; ``backward``, the backward sweep from the loss on; or names, one a frame: a quantity
    (``"h_2"``), a letter that many have (``"h"``), a step (``"t=2"``), or a list of those that come together; ``stages``, the inside of
    a cell quantity by quantity with their equations, an LSTM's in the well-known four. Saved as numbered ``.svg`` files, as one SVG
    that moves (``save("f.svg", moving=True)``), as the pages of a ``.pdf`` (by the package pypdf), or as ``.tex`` for beamer.

    Raises what `draw` raises, ValueError for another ``by`` or a name that the picture does not show.

    >>> run = Model(RNN(3, 4), output_size=5).unroll(np.ones((4, 3)), y=[0, 1, 2, 3])
    >>> frames(run), frames(run, by="backward"), frames(run, by=["x", "h", "s", "L"])[0]  # doctest: +NORMALIZE_WHITESPACE
    (<4 frames of RNN(3, 4, activation='tanh') unrolled over 4 steps>,
     <6 frames of RNN(3, 4, activation='tanh') unrolled over 4 steps>,
     <picture of RNN(3, 4, activation='tanh') unrolled over 4 steps, frame 1>)
    """
    way = by if isinstance(by, str) else ""
    if way == "stages" and not isinstance(what, Cell):
        raise ValueError("by='stages' builds up the inside of a cell: give one alone, such as ar.LSTM(3, 4)")
    needed = {"backward": True} if way == "backward" and not options.get("gradients") else {"equations": True} if way == "stages" else {}
    picture = draw(what, **options | needed)
    build_up(picture.figure, by)
    return Frames(picture)


def _drawn(what: Any, notation: str, asked: Mapping[str, Any], room: float | None) -> tuple[Figure, Any]:
    """The picture with nothing laid over it, and what it shows: a cell, a tensor or a run. ``room``: how wide it may be, in points."""
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


def _lay_over(figure: Figure, subject: Any, asked: Mapping[str, Any]) -> None:
    """What the numbers say, laid over a picture."""
    truncate, measured = asked.get("truncate"), "gradients" in asked
    if "flow" in asked:
        reaching(figure, subject, asked["flow"])
    if "contributions" in asked:
        shade(figure, subject, asked["contributions"], truncate)
    if measured or "backward" in asked:
        sweep(figure, subject, truncate, measured=measured)
    elif truncate is not None:
        cuts(figure, subject, truncate)
    if "thumbnails" in asked:
        show_values(figure, subject if measured else None, truncate=truncate)
    if "highlight" in asked:
        light(figure, asked["highlight"], subject)


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
