"""Floor 3: the tape read as pictures. Needs Graphviz only when a picture is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.folded import folded as fold
from autograd_rnn.drawing.block.folded import short_run
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.drawing.output.render import NoGraphviz, Picture
from autograd_rnn.drawing.overlay.contributions import contributions as shade
from autograd_rnn.drawing.overlay.gradients import cuts
from autograd_rnn.drawing.overlay.gradients import gradients as sweep
from autograd_rnn.drawing.overlay.highlight import highlight as light
from autograd_rnn.drawing.overlay.thumbnails import thumbnails as show_values
from autograd_rnn.drawing.panels.beside import beside as side_by_side
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.tensor import describe
from autograd_rnn.nets.cell import Cell, choose, size
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Wired

__all__ = ["NoGraphviz", "Picture", "draw"]
LEVELS = ("block", "cell", "op")


def draw(
    what: Any,
    *,
    level: str | None = None,
    steps: int | None = None,
    folded: bool = False,
    beside: str | None = None,
    elide: bool | None = None,
    notation: str = "names",
    labels: Iterable[str] | None = None,
    backward: bool = False,
    gradients: bool = False,
    contributions: str | None = None,
    truncate: int | None = None,
    highlight: Any = None,
    thumbnails: bool = False,
    theme: str = "light",
    force: bool = False,
) -> Picture:
    """A picture of a run, a model or net (unrolled over ``steps`` random inputs), a cell (its inside), or any scalar tensor (its tape).

    Time runs from left to right in equal steps, inputs x at the bottom, each layer's states in a row, scores s and losses L above; a
    backward chain's arrows run from right to left.

    ``level``: ``block``, a circle a state, arrows labelled with their weights (of a cell with gates ``W_x`` stands for ``W_xi``, ``W_xf``,
    ...); ``cell``, each step's cell as a box with its gates, as textbooks draw it; ``op``, every operation of the tape. ``folded``: the
    loop; with ``beside="unfolded"`` both. ``elide``: True leaves out the steps between the third and the last, False draws all, None leaves
    out in runs of more than 12 steps. ``notation``: names (W_xh, W_hh, W_hy) or letters (U, W, V). ``labels``: one text a step, such as the
    characters read; an encoder-decoder's are those of the encoder's steps, then of the decoder's.

    What the numbers say: ``backward`` draws the backward sweep beside the arrows, ``gradients`` with the norm of what flows as width;
    ``contributions="W_hh"`` shades each step by its share of that gradient; ``truncate=k`` marks where truncated BPTT cuts;
    ``highlight`` a tensor, a name, a step or a path of names; ``thumbnails`` shows small arrays as heat maps. ``theme``: light or dark.
    ``force`` draws thousands of nodes.

    Raises TypeError for what cannot be drawn, ValueError for a run of no steps, an unknown option or name, or labels that do not fit.

    >>> from autograd_rnn.drawing import draw
    >>> run = Model(RNN(3, 4), output_size=5).unroll(np.ones((4, 3)), y=[0, 1, 2, 3])
    >>> picture = draw(run, labels="hell")
    >>> picture
    <picture of RNN(3, 4, activation='tanh') unrolled over 4 steps>
    >>> picture.source.splitlines()[-1]
    '}'
    """
    for name, given in (("folded", folded), ("backward", backward), ("gradients", gradients), ("thumbnails", thumbnails), ("force", force)):
        choose(name, given, (False, True))
    choose("level", level or "block", LEVELS)
    choose("beside", beside, (None, "unfolded"))
    choose("elide", elide, (None, True, False))
    choose("notation", notation, ("names", "letters"))
    subject: Any = what
    overlays = backward or gradients or contributions is not None or truncate is not None or highlight is not None or thumbnails
    if folded or beside:
        if overlays or level not in (None, "block") or labels is not None:
            raise ValueError("a folded net has one circle for every step: levels, labels and numbers belong to the unfolded picture")
        return Picture(_folded(what, steps, beside, elide, notation), theme)
    if isinstance(what, Cell) and level is None and steps is None and not overlays and labels is None:
        return Picture(inside(what, notation), theme)
    if isinstance(what, Tensor):
        if level not in (None, "op") or steps is not None or labels is not None:
            raise ValueError("a tensor is drawn as the operations it came from: level, steps and labels belong to a run or a model")
        if not what.inputs:
            raise ValueError(f"{describe(what)} has no tape: it came from no recorded operation, so there is nothing to draw")
        figure = operations(what, elide, notation, None, force)
    else:
        subject = _run(what, steps)
        figure = _levelled(subject, level or "block", elide, notation, _labels(labels, subject), force)
    if contributions is not None:
        shade(figure, _of_run(subject, "contributions"), contributions, truncate)
    if gradients or backward:
        sweep(figure, subject, truncate, measured=gradients)
    elif truncate is not None:
        cuts(figure, _of_run(subject, "truncate"), truncate)
    if thumbnails:
        show_values(figure, subject if gradients else None, truncate=truncate)
    if highlight is not None:
        light(figure, highlight)
    return Picture(figure, theme)


def _run(what: Any, steps: int | None) -> Run:
    """The run to draw: the one given, or a net unrolled over random inputs."""
    if isinstance(what, Run):
        if steps is not None:
            raise ValueError("a run has its own number of steps: steps= belongs to a model or a cell")
        run = what
    else:
        if not isinstance(what, (Cell, Wired, Model, EncoderDecoder)):
            kind = type(what).__name__
            raise TypeError(f"draw takes a run, a model, a net, a cell or a scalar tensor, not {kind}: run = model.unroll(x, y)")
        run = short_run(what, size("steps", 4 if steps is None else steps))
    if not all(len(unrolled.xs) for unrolled in run.unrolled):
        raise ValueError("there is nothing to draw in a run of T=0 steps: unroll over at least one")
    return run


def _of_run(subject: Any, option: str) -> Run:
    if not isinstance(subject, Run):
        raise ValueError(f"{option}= needs a run's steps, and a tensor's tape has none: draw the run, not its loss")
    return subject


def _levelled(run: Run, level: str, elide: bool | None, notation: str, labels: Sequence[str] | None, force: bool) -> Figure:
    if level != "block" and all(not node.inputs for node in run.tape):
        raise ValueError(f"the run was not recorded, so there is no level={level!r}: unroll outside no_grad(), or draw level='block'")
    if level == "op":
        return operations(run, elide, notation, labels, force)
    return cells(run, elide, notation, labels) if level == "cell" else block(unfold(run, elide, notation, labels))


def _folded(what: Any, steps: int | None, beside: str | None, elide: bool | None, notation: str) -> Figure:
    """The loop, or the loop and what it is unfolded."""
    if beside is None:
        return fold(what, notation)
    run = _run(what, steps)
    return side_by_side([fold(what, notation), block(unfold(run, elide, notation))], ["folded", "unfolded in time"], "unfold")


def _labels(labels: Iterable[str] | None, run: Run) -> list[str] | None:
    """The texts under the steps, checked."""
    if labels is None:
        return None
    if not isinstance(labels, Iterable):
        raise ValueError(f"labels must be a sequence of strings, one a step, not {type(labels).__name__}")
    labels, lengths = list(labels), [len(unrolled.xs) for unrolled in run.unrolled]
    wrong = [text for text in labels if not isinstance(text, str)]
    if wrong:
        raise ValueError(f"labels holds {wrong[0]!r}: each must be a string, str({wrong[0]!r}) for instance")
    if len(labels) != sum(lengths):
        each = " + ".join(map(str, lengths))
        raise ValueError(f"labels needs one string for each of the {each} steps, not {len(labels)}")
    return labels
