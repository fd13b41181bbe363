"""A step in a notebook: as text, as LaTeX, and as the picture with its node lit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_rnn.steps.navigator import Navigator


FINE = ("op", "component")  # the levels whose picture has every operation


def figure(navigator: Navigator, level: str) -> Any:
    """The picture of a level, as data, every step drawn: the unfolding, or every operation where that is not too much to look at; None
    where there is no picture. Drawing it is left to `Picture`."""
    from autograd_rnn.drawing import draw

    fine = level in FINE and bool(navigator.subject.names.operations)
    if navigator.run is None:
        return draw(navigator.subject.root).figure if fine else None
    return draw(navigator.run, level="op" if fine else "block", elide=False).figure


def bundle(navigator: Navigator) -> dict[str, str]:
    """What Jupyter and IPython show of where a walk stands, by type; the picture where there is one."""
    step = navigator.step
    shown = {"text/plain": str(step), "text/latex": display(step.after.latex), "image/svg+xml": drawn(navigator, step.level, step.mark)}
    return {kind: text for kind, text in shown.items() if text}


def drawn(navigator: Navigator, level: str, lit: tuple[str, ...] = ()) -> str:
    """A level's picture as SVG, some nodes lit; nothing for a tape too long for a picture."""
    from autograd_rnn.drawing import Picture

    found = figure(navigator, level)
    if found is None:
        return ""
    for name in lit:
        if name in found.marks:
            found.marks[name] = found.marks[name]._replace(emphasis="lit")
    return Picture(found).svg()


def heading(navigator: Navigator) -> str:
    """What is walked through, without the options that are off."""
    return re.sub(r", \w+=False", "", navigator.title)


def display(latex: str) -> str:
    """Lines of LaTeX, each displayed."""
    return "\n".join(rf"$$\displaystyle {line}$$" for line in latex.split("\n"))
