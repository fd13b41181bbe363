"""Floor 4: the tape read as pictures. Needs Graphviz only when a picture is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd_rnn.drawing.composing import composed
from autograd_rnn.drawing.frames import Frames, build_up
from autograd_rnn.drawing.output.render import NoGraphviz, Picture
from autograd_rnn.nets.cell import Cell

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
    options = locals()  # each by its name
    return composed(options.pop("what"), options)


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
