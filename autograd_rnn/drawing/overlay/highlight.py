"""Some of a figure brought out, and the rest pale: a quantity, a step, a weight, or a way through the net."""

from __future__ import annotations

import difflib
import math
import re
from collections import deque
from collections.abc import Iterable
from itertools import product
from typing import Any

from autograd_rnn.drawing.curves import midway
from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Mark, Symbol
from autograd_rnn.drawing.output.style import BACK
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.checks import counts
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.run import Run
from autograd_rnn.visible import class_of, shown

Pair = frozenset[str]
WIDER = 3.0  # on each side, so much a lit line is
STEP = re.compile(r"\s*t\s*=\s*(-?\d+)\s*")
LAID_OVER = (*BACK, "cut")  # kinds of arrows that are no part of the net


def highlight(figure: Figure, what: Any, subject: Any = None) -> Figure:
    """Bring out marks and arrows; all else becomes pale.

    ``what``: a tensor or its name (``"h_2"``, ``"c_2"``), a step (``2``, ``"t=2"``), a weight (``"W_hh"``: every arrow that uses it), or a
    list of names and tensors: the way from each to the next along the arrows. ``subject``: the run that is drawn, which knows what the
    picture leaves out.

    Raises ValueError for what the picture does not show, with the names nearest to it.
    """
    marks: set[str] = set()
    if isinstance(what, Tensor) and not any(t is what for mark in figure.marks.values() for t in mark.tensors):
        what = what.name if any(_uses(arrow, what) for arrow in figure.arrows) else what  # a weight
    if isinstance(what, (list, tuple)):
        marks, pairs = _way(figure, [_stop(figure, stop, subject) for stop in what])
        arrows = [arrow for arrow in figure.arrows if frozenset((arrow.tail, arrow.head)) in pairs]
    elif (t := _step(what)) is not None:
        marks = {mark.id for mark in figure.marks.values() if mark.step == t}
        arrows = [arrow for arrow in figure.arrows if arrow.tail in marks and arrow.head in marks]
        if not marks:
            known = sorted({mark.step for mark in figure.marks.values() if mark.step is not None})
            if any(mark.kind == "gap" for mark in figure.marks.values()) and known[0] < t < known[-1]:
                raise ValueError(f"step t={t} is left out: elide=False draws it")
            there = f"it shows t = {', '.join(map(str, known))}" if known else "it has no steps"
            raise ValueError(f"no step t={t} in this picture; {there}")
    elif isinstance(what, str) and what not in _names(figure) and (using := [a for a in figure.arrows if what in _weights(a)]):
        arrows = using
    else:
        marks, arrows = {_stop(figure, what, subject)}, []
    lit, ends = {arrow.id for arrow in arrows}, {end for arrow in arrows for end in (arrow.tail, arrow.head)}
    figure.marks = {name: mark._replace(emphasis=_emphasis(name, marks, ends)) for name, mark in figure.marks.items()}
    plain = {arrow.id for arrow in arrows if arrow.kind in LAID_OVER}
    figure.arrows = [_aside(arrow._replace(emphasis=_emphasis(arrow.id, lit - plain, plain))) for arrow in figure.arrows]
    figure.frames = [frame._replace(emphasis="" if _holds(frame, figure, marks | ends) else "faded") for frame in figure.frames]
    return figure


def _aside(arrow: Arrow) -> Arrow:
    """The arrow with its label clear of its line, which is wider when lit."""
    if arrow.emphasis != "lit" or arrow.label_at is None:
        return arrow
    (x, y), (ux, uy) = midway(arrow.points)
    side = math.copysign(WIDER, ux * (arrow.label_at[1] - y) - uy * (arrow.label_at[0] - x))
    return arrow._replace(label_at=(arrow.label_at[0] - side * uy, arrow.label_at[1] + side * ux))


def _emphasis(name: str, lit: set[str], plain: set[str]) -> str:
    return "lit" if name in lit else "" if name in plain or name.startswith("legend_") else "faded"


def _holds(frame: Frame, figure: Figure, marks: set[str]) -> bool:
    """Whether one of the marks stands in a frame, or is the one whose numbers it shows."""
    if frame.kind.endswith(("_value", "_adjoint")):
        return frame.id.partition("_")[2].rsplit("_", 3)[0] in marks
    (x0, y0), (x1, y1) = frame.low, frame.high
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x, y in (figure.marks[name].at for name in marks))


def _step(what: Any) -> int | None:
    """The step that an answer such as 2 or ``t=2`` means."""
    if counts(what):
        return int(what)
    found = STEP.fullmatch(what) if isinstance(what, str) else None
    return int(found[1]) if found else None


def _names(figure: Figure) -> dict[str, str]:
    """What every mark and every tensor shown is called, and the mark that shows it."""
    names = {tensor.name: mark.id for mark in figure.marks.values() for tensor in mark.tensors if tensor.name}
    symbols = {str(part): mark.id for mark in figure.marks.values() for line in mark.label for part in line if isinstance(part, Symbol)}
    ids = {name: name for name, mark in figure.marks.items() if mark.kind not in ("gap", "anchor")}
    return names | symbols | ids


def _uses(arrow: Arrow, weight: Tensor) -> bool:
    return weight.op is VARIABLE and bool(weight.name) and any(x is weight for node, _ in arrow.edges for x in node.inputs)


def _weights(arrow: Arrow) -> set[str]:
    """The weights that an arrow is labelled with or stands for, by name."""
    found = {str(part) for part in arrow.label}
    for node, parent in arrow.edges:
        for k, x in enumerate(node.inputs):
            if x is parent:  # a linear operation's weights stand before what they multiply
                beside = node.inputs[max(k - 1, 0) : k] if node.op.name == "linear" else node.inputs
                found.update(w.name for w in (*beside, x) if isinstance(w, Tensor) and w.op is VARIABLE and w.name)
    return found


def _stop(figure: Figure, what: Any, subject: Any = None) -> str:
    """The mark that shows a tensor or a name."""
    if isinstance(what, Mark):
        what = what.id
    if isinstance(what, Tensor):
        mark_id = next((mark.id for mark in figure.marks.values() if any(t is what for t in mark.tensors)), None)
        if mark_id is None:
            own = isinstance(subject, Run) and any(node is what for node in subject.tape)
            why = _why(figure, what) if own else "is not in this picture: it belongs to another run"
            raise ValueError(f"{what.name or 'the tensor'} {why}")
        return mark_id
    if not isinstance(what, str):
        raise ValueError(f"highlight takes a tensor, a name, a step, or a list of tensors and names, not {class_of(what)}")
    names = _names(figure)
    if what not in names:
        weights = sorted({weight for arrow in figure.arrows for weight in _weights(arrow)})
        if what in weights:
            raise ValueError(f"{what} is a weight, and a way leads from quantity to quantity: give {what} alone, or leave it out")
        if isinstance(subject, Run) and (hidden := [node for node in subject.tape if node.name == what]):
            raise ValueError(f"{what} {_why(figure, hidden[0])}")
        raise ValueError(f"no {shown(what)} in this picture{nearest(what, dict.fromkeys([*names, *weights]))}")
    return names[what]


def _why(figure: Figure, hidden: Tensor) -> str:
    """Why a picture does not show a quantity of its run, and what does."""
    gone, others = all(mark.step != hidden.step for mark in figure.marks.values()), (t for m in figure.marks.values() for t in m.tensors)
    if gone and any(other.label == hidden.label and other.scope.tag == hidden.scope.tag for other in others):
        return "is of a step that is left out: elide=False draws it"
    return f"is not shown here: level='op'{', elide=False,' * gone} shows every operation"


def nearest(name: Any, known: Iterable[str]) -> str:
    """The names most like one, as the end of a sentence.

    >>> nearest("W_hx", ["W_hh", "W_xh", "b_h"])
    ': did you mean W_xh or W_hh?'
    """
    known = list(known)
    close = difflib.get_close_matches(shown(name).strip("'"), known, 3)
    return f": did you mean {' or '.join(close)}?" if close else f"; it has {', '.join(known[:12])}{', ...' * (len(known) > 12)}"


def _way(figure: Figure, stops: list[str]) -> tuple[set[str], set[Pair]]:
    """The marks on the way from stop to stop, and the pairs of marks that its arrows join."""
    if not stops:
        raise ValueError("highlight=[] names nothing: give at least one name")
    after: dict[str, list[str]] = {}
    for arrow in figure.arrows:
        if arrow.kind not in LAID_OVER:
            after.setdefault(arrow.tail, []).append(arrow.head)
    for one in figure.marks.values():  # what was left out connects the dots of a column
        dots = [mark.id for mark in figure.marks.values() if one.kind == mark.kind == "gap" and one.at[0] == mark.at[0]]
        after.setdefault(one.id, []).extend(dots)
    marks, pairs = set(stops), set[Pair]()
    for start, end in zip(stops[:-1], stops[1:], strict=True):
        ends = product(_twins(figure, start), _twins(figure, end))
        course = next((way for a, b in ends if (way := _shortest(after, a, b) or _shortest(after, b, a))), [])
        if not course:
            raise ValueError(f"no way leads along the arrows between {start} and {end}")
        marks.update(course)
        pairs.update(frozenset(pair) for pair in zip(course[:-1], course[1:], strict=True))
    return marks, pairs


def _twins(figure: Figure, name: str) -> list[str]:
    """A mark, and the others that show what it shows, as the box does that makes a state."""
    shown = figure.marks[name].tensors[:1]
    return [name, *(mark.id for mark in figure.marks.values() if mark.id != name and any(t is s for t in mark.tensors for s in shown))]


def _shortest(after: dict[str, list[str]], start: str, end: str) -> list[str]:
    """The shortest way along the arrows; nothing where there is none."""
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue and end not in before:
        here = queue.popleft()
        for mark in after.get(here, ()):
            if mark not in before:
                before[mark] = here
                queue.append(mark)
    course = [end] if end in before else []
    while course and course[-1] != start:
        course.append(before[course[-1]])
    return course[::-1]
