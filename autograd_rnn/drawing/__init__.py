"""Floor 3: the tape read as pictures. Needs Graphviz only when a picture is rendered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd_rnn.drawing.block import block
from autograd_rnn.drawing.render import NoGraphviz, Picture
from autograd_rnn.drawing.unfold import unfold
from autograd_rnn.nets.cell import choose
from autograd_rnn.nets.run import Run

__all__ = ["NoGraphviz", "Picture", "draw"]


def draw(
    run: Run,
    *,
    level: str = "block",
    elide: bool | None = None,
    notation: str = "names",
    labels: Iterable[str] | None = None,
) -> Picture:
    """A run's unfolding through time: inputs x at the bottom, each layer's states h in a row, scores s and losses L above.

    Time runs from left to right in equal steps; a backward chain's arrows run from right to left, from an initial state at the right
    end. An arrow carries its weight matrix, the same one in every step: of a cell with gates ``W_x`` stands for ``W_xi``, ``W_xf``, ...
    An LSTM's circle holds h and c, each with a line of its own. A Jordan net's score goes back into the next state; a decoder stands
    right of its encoder.

    ``level``: block. ``elide``: True leaves out the steps between the third and the last, False draws all, None leaves out in runs of
    more than 12 steps. ``notation``: names (W_xh, W_hh, W_hy) or letters (U, W, V). ``labels``: one text a step, such as the characters
    read, written under the inputs; an encoder-decoder's are those of the encoder's steps, then of the decoder's.

    Raises TypeError for what is no run, ValueError for a run of no steps, an unknown option, or labels that do not fit.

    >>> from autograd_rnn.drawing import draw
    >>> run = Model(RNN(3, 4), output_size=5).unroll(np.ones((4, 3)), y=[0, 1, 2, 3])
    >>> picture = draw(run, labels="hell")
    >>> picture
    <picture of RNN(3, 4, activation='tanh') unrolled over 4 steps>
    >>> picture.source.splitlines()[-1]
    '}'
    """
    if not isinstance(run, Run):
        raise TypeError(f"draw takes a run, not {type(run).__name__}: run = model.unroll(x, y), or unroll(cell, x), then draw(run)")
    choose("level", level, ("block",))
    choose("elide", elide, (None, True, False))
    choose("notation", notation, ("names", "letters"))
    lengths = [len(unrolled.xs) for unrolled in run.unrolled]
    if not all(lengths):
        raise ValueError("there is nothing to draw in a run of T=0 steps: unroll over at least one")
    if labels is not None:
        if not isinstance(labels, Iterable):
            raise ValueError(f"labels must be a sequence of strings, one a step, not {type(labels).__name__}")
        labels = list(labels)
        wrong = [text for text in labels if not isinstance(text, str)]
        if wrong:
            raise ValueError(f"labels holds {wrong[0]!r}: each must be a string, str({wrong[0]!r}) for instance")
        if len(labels) != sum(lengths):
            each = " + ".join(map(str, lengths))
            raise ValueError(f"labels needs one string for each of the {each} steps, not {len(labels)}")
    return Picture(block(unfold(run, elide, notation, labels)))
