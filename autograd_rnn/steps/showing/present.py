"""A step in a notebook: as text, as LaTeX, and as the picture with its node lit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_rnn.steps.navigator import Navigator


MANY = 300  # operations of a single tensor's tape that are still a picture to look at


def picture(subject: Any, lit: tuple[str, ...] = ()) -> str:
    """The run's unfolding, or a tensor's operations, as SVG, every step drawn, some nodes lit. Raises NoGraphviz where there is nothing to
    draw with."""
    from autograd_rnn.drawing import Picture, draw

    figure = draw(subject, elide=False).figure
    for name in lit:
        if name in figure.marks:
            figure.marks[name] = figure.marks[name]._replace(emphasis="lit")
    return Picture(figure).svg()


def bundle(navigator: Navigator) -> dict[str, str]:
    """What Jupyter and IPython show of where a walk stands, by type; the picture where there is a run and something to draw it with."""
    step = navigator.step
    shown = {"text/plain": str(step), "text/latex": display(step.after.latex), "image/svg+xml": drawn(navigator, step.mark)}
    return {kind: text for kind, text in shown.items() if text}


def drawn(navigator: Navigator, lit: tuple[str, ...] = ()) -> str:
    """The picture of what is walked through; nothing where there is nothing to draw with, or a tape too long for a picture."""
    from autograd_rnn.drawing import NoGraphviz

    subject = navigator.subject
    if navigator.run is None and len(subject.names.operations) > MANY:
        return ""
    try:
        return picture(navigator.run or subject.root, lit)
    except NoGraphviz:
        return ""


def heading(navigator: Navigator) -> str:
    """What is walked through, without the options that are off."""
    return re.sub(r", \w+=False", "", navigator.title)


def display(latex: str) -> str:
    """Lines of LaTeX, each displayed."""
    return "\n".join(rf"$$\displaystyle {line}$$" for line in latex.split("\n"))
