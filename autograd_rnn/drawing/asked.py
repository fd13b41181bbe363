"""What a person asks of a picture, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.output.page import LEGIBLE
from autograd_rnn.drawing.output.svg import sheet
from autograd_rnn.engine.checks import counts, taken
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.run import Run
from autograd_rnn.visible import class_of, shown

LONGEST = 200  # characters of a label
MANY = 3000  # nodes that are drawn unasked
LEVELS = ("block", "cell", "op", "states", "gates", "units")
SWITCHES = ("backward", "gradients", "thumbnails", "numbers", "shapes", "folded", "force", "equations", "spelt")
NOTATIONS = ("names", "letters", "superscript", "concatenated")  # W_xh; U; W_xh, and times in angle brackets above; W on [h, x]
ELSEWHERE = ("notation", "hide", "letters", "caption", "theme", "width", "font", "background", "scale")  # of the page, or of what is shown
CHOICES: dict[str, tuple[Any, ...]] = {
    "level": LEVELS,
    "beside": ("unfolded",),
    "elide": (True, False),
    "fed": ("answers", "targets"),
}
OF_VALUES = {  # what the levels that show values take beside what says how a picture is set
    "states": ("level", "steps", "labels", "force", "quantity", "units", "sequence"),
    "units": ("level", "steps", "force"),
    "gates": ("level", "steps", "labels", "force", "units", "elide", "highlight", "hide", "letters"),
}


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of a net by the options that were given, each checked."""
    options = {name: given for name, given in options.items() if name not in ELSEWHERE}
    for name, given in options.items():
        if name in SWITCHES or name in CHOICES and given is not None:
            choose(name, given, CHOICES.get(name, (False, True)))
    if options["flow"] is not None and options["contributions"] is not None:
        raise ValueError("flow= and contributions= both shade the steps: draw one of them")
    name = options["contributions"]
    if name is not None and not isinstance(name, str):
        raise TypeError(f"contributions takes a parameter's name, such as 'W_hh', not {class_of(name)}")
    if options["direction"] == "right":
        del options["direction"]
    if options["targets"] is None and options["fed"] == "targets":
        options["targets"] = True
    return {name: given for name, given in options.items() if (given if name in SWITCHES else given is not None)}


def not_too_many(count: int, remedy: str, force: bool) -> None:
    """Raise ValueError for more nodes than anybody looks at, unless that was asked for."""
    if count > MANY and not force:
        raise ValueError(f"the picture would have {count} nodes: {remedy}; force=True draws it all the same")


def opened_of(steps: Any, run: Run) -> list[int] | None:
    """The steps whose cells are drawn from within, checked; None: all."""
    if steps is None:
        return None
    chosen = [steps] if counts(steps) else steps
    known = {t for unrolled in run.unrolled for t in range(unrolled.start, unrolled.start + len(unrolled.xs))}
    found = [] if isinstance(chosen, (str, bytes, Mapping)) else taken(chosen, len(known)) or []
    if not found or not all(counts(t) and t in known for t in found):
        raise ValueError(f"opened takes a step or a list of steps, from {min(known)} to {max(known)}, not {shown(steps)}")
    return [int(t) for t in found]


def of_values(level: str | None, chosen: Sequence[str]) -> None:
    """Raise ValueError for options that a heat map or gates over time have not, or that they alone have."""
    if unfit := [name for name in chosen if name not in OF_VALUES.get(level or "", chosen)]:
        what = {"states": "a heat map of states", "units": "a net drawn neuron by neuron"}.get(level or "", "a picture of gates over time")
        raise ValueError(f"{unfit[0]}= has no place in {what}: leave it out")
    if level not in OF_VALUES and (alone := [name for name in chosen if name in ("quantity", "units", "sequence")]):
        which = "level='states', the heat map" + ", or level='gates'" * (alone[0] == "units")
        raise ValueError(f"{alone[0]}= belongs to {which}")


def labels_of(labels: Iterable[str] | None, run: Run) -> list[str] | None:
    """The texts under the steps, checked."""
    if labels is None:
        return None
    lengths = [len(unrolled.xs) for unrolled in run.unrolled]
    found = None if isinstance(labels, (bytes, Mapping, Set)) else taken(labels, sum(lengths))
    if found is None:
        raise ValueError(f"labels must be a sequence of strings, one a step, not {class_of(labels)}")
    wrong = [text for text in found if not isinstance(text, str)]
    if wrong:
        raise ValueError(f"labels holds {shown(wrong[0])}: each must be a string, list(map(str, labels)) for instance")
    labels = [text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for text in found]
    if len(labels) != sum(lengths):
        steps = "the only step" if sum(lengths) == 1 else f"each of the {' + '.join(map(str, lengths))} steps"
        raise ValueError(f"labels needs one string for {steps}, not {'more' if len(labels) > sum(lengths) else len(labels)}")
    return labels


def readable(figure: Figure, room: float) -> bool:
    """Whether the smallest letters of a figure that is as wide as the room are large enough."""
    _, _, width, _, smallest = sheet(figure)
    return room * smallest >= LEGIBLE * width
