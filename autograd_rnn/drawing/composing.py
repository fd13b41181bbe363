"""A picture by the options of `draw`: a figure at its level, what is chosen of it, what the numbers say over it, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_rnn.drawing.asked import NOTATIONS, OF_VALUES, checked, of_values
from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.captions import narrowed, without_captions
from autograd_rnn.drawing.cell.spelt import spell
from autograd_rnn.drawing.charts.flows import flows
from autograd_rnn.drawing.charts.heat import hanging
from autograd_rnn.drawing.choosing import aim, hidden, raise_times, rename, spelling
from autograd_rnn.drawing.choosing import hide as leave_out
from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.levels import drawn
from autograd_rnn.drawing.measure import called
from autograd_rnn.drawing.output.page import TEXT_WIDTH, points
from autograd_rnn.drawing.output.render import Picture
from autograd_rnn.drawing.overlay.contributions import contributions as shade
from autograd_rnn.drawing.overlay.contributions import reaching
from autograd_rnn.drawing.overlay.gradients import cuts
from autograd_rnn.drawing.overlay.gradients import gradients as sweep
from autograd_rnn.drawing.overlay.highlight import highlight as light
from autograd_rnn.drawing.overlay.masked import masked
from autograd_rnn.drawing.overlay.thumbnails import thumbnails as show_values
from autograd_rnn.drawing.turning import clear, upward
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.connectivity import Connectivity
from autograd_rnn.nets.flow import Flow
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.run import Run


def composed(what: Any, options: Mapping[str, Any]) -> Picture:
    """The picture of what was given; ``options``: all of `draw`."""
    level, notation, letters, hide = (options[name] for name in ("level", "notation", "letters", "hide"))
    choose("notation", notation, ("names", "superscript") if isinstance(level, str) and level == "units" else NOTATIONS)
    choose("caption", options["caption"], (True, False)), choose("direction", options["direction"], ("right", "up"))
    asked, hide = checked(options), hidden(hide)
    chosen = [*asked, *["hide"] * bool(hide), *["letters"] * (letters is not None)]
    page = {name: options[name] for name in ("theme", "width", "font", "background", "scale")}
    if isinstance(what, (Flow, Mapping, Connectivity)):
        return Picture(_of_numbers(what, chosen), **page)
    of_values(level, chosen)
    room = None if page["scale"] is not None else TEXT_WIDTH if page["width"] is None else points("width", page["width"])
    with called(spelling(letters, notation)):
        figure, subject = drawn(what, notation, asked, room)
        _chosen(figure, subject, asked, hide)
        _lay_over(figure, subject, asked)
        if isinstance(subject, Run) and level not in OF_VALUES:
            masked(figure, subject)
        if "direction" in asked:
            upward(figure)
    if notation == "superscript":
        raise_times(figure)
    if letters is not None:
        folded = not {"folded", "beside"}.isdisjoint(asked)
        rename(figure, letters, subject if isinstance(subject, Run) else short_run(what, 1) if folded else None)
    if "direction" in asked:
        clear(figure)
    if options["caption"]:
        narrowed(figure)
    else:
        without_captions(figure)
    return Picture(figure, **page)


def _of_numbers(what: Flow | Mapping[Any, Any] | Connectivity, chosen: Sequence[str]) -> Figure:
    """A chart of what was measured, or a text shaded by it."""
    kind = "what a step hangs on" if isinstance(what, Connectivity) else "gradient flow"
    if chosen:
        raise ValueError(f"{chosen[0]}= has no place in a picture of {kind}: leave it out")
    return hanging(what) if isinstance(what, Connectivity) else flows(what)


def _chosen(figure: Figure, subject: Any, asked: Mapping[str, Any], hide: list[str]) -> None:
    """What is shown beside the net, and what is left out."""
    if "targets" in asked:
        aim(figure, asked["targets"], subject)
    if hide:
        leave_out(figure, hide)
    if "spelt" in asked:
        shows = [chain.cell for chain in subject.chains] if isinstance(subject, Run) and asked.get("level") == "cell" else []
        spell(figure, [subject] if isinstance(subject, Cell) else shows)


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
