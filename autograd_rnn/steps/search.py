"""Finding a step by its time, its quantity or its number, and saying what was passed on the way."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from autograd_rnn.engine.checks import string
from autograd_rnn.steps.step import Step
from autograd_rnn.steps.walks.walk import Walk
from autograd_rnn.visible import shown


class Place(NamedTuple):
    """What is asked for: a time, a quantity by any of its names (``h_2``, ``h``, ``dh_2``), or a number."""

    t: int | None
    node: str | None
    number: int | None


def places(node: str) -> tuple[str, int | None]:
    """A full name's quantity and time: ``a_i_3`` is ``a_i`` at 3."""
    base, _, step = node.rpartition("_")
    return (base, int(step)) if base and step.isdigit() and base != "v" else (node, None)


def found(walk: Walk, place: Place, after: int) -> int:
    """The number of the first step that is asked for, beyond step ``after``; what finds an adjoint comes before what finds a value.

    Raises ValueError with a sentence where there is none.
    """
    t, node, number = place
    if number is not None:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(walk):
            raise ValueError(f"the {walk.level} level has the steps 1 to {len(walk)}, not {shown(number)}")
        return number
    if t is None and node is None:
        raise ValueError("say where to: goto(t=2), goto(node='h'), or both; goto(number=7)")
    if t is not None and (isinstance(t, bool) or not isinstance(t, int)):
        raise ValueError(f"t is a whole number, not {shown(t)}")
    meant = None if node is None else _meant(walk, string("node", node))
    named = [k for k, line in enumerate(walk.lines, 1) if meant is None or line.node in meant]
    times = sorted({when for k in named if (when := walk.lines[k - 1].t) is not None})
    if t is not None and t not in times:
        what = f"the {walk.level} level" if node is None else node
        reach = f"has t = {times[0]} to {times[-1]}" if len(times) > 1 else f"has t = {times[0]}" if times else "is the same at every step"
        raise ValueError(f"{what} {reach}, not t = {shown(t)}")
    wanted = [k for k in named if k > after and t in (None, walk.lines[k - 1].t)]
    wanted = sorted(wanted, key=lambda k: (walk.lines[k - 1].kind == "forward" and not after, k))
    if not wanted:
        asked = " and ".join(text for text in (f"t = {t}" if t is not None else "", node or "") if text)
        raise ValueError(f"no step after step {after} is one of {asked}: goto() looks back too")
    return wanted[0]


def _meant(walk: Walk, node: str) -> set[str]:
    """The full names that a name may mean; raises ValueError with the nearest for one that means none."""
    full, name = {line.node for line in walk.lines}, node.replace(",", "_").replace("%", "v_")
    general = re.sub(r"_(?:t|\{t[+-]\d+\})$", "", name)  # as the equations in t have it: dh_t
    for candidate in (name, name.removeprefix("d"), general, general.removeprefix("d")):
        meant = {name for name in full if candidate in (name, places(name)[0])}
        if meant:
            return meant
    known = list(dict.fromkeys([places(line.node)[0] for line in walk.lines] + [line.node for line in walk.lines]))
    near = difflib.get_close_matches(shown(node).strip("'"), known, 3)
    offered = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has {', '.join(known[:12])}"
    raise ValueError(f"{shown(node)} is not in this walk: {offered}")


def mentions(walk: Walk, text: str, order: Iterable[int]) -> int | None:
    """The first step, in an order, that has a text in its equation, rule, kind or quantity. Steps of one form differ in their digits
    only, so that one of each form says whether the others are worth writing out."""
    wanted = " ".join(string("what is looked for", text).lower().split())
    worth: dict[Hashable, bool] = {}
    for number in order if wanted else ():
        form = walk.lines[number - 1].form
        if form not in worth:
            worth[form] = re.sub(r"\d+", "0", wanted) in re.sub(r"\d+", "0", _searched(walk.step(number)))
        if worth[form] and wanted in _searched(walk.step(number)):
            return number
    return None


def _searched(step: Step) -> str:
    """All that is searched of a step, in small letters."""
    return " ".join(" | ".join((step.after.text, step.after.ascii, step.rule, step.kind, step.node)).lower().split())


def stretch(walk: Walk, start: int, end: int) -> str:
    """What lies between two steps, where it is the same in form: ``t = 19 ... 2: the same in form, 54 steps``."""
    passed = walk.lines[min(start, end) : max(start, end) - 1]
    times = [line.t for line in passed if line.t is not None]
    if not passed:
        return ""
    reach = f"t = {times[0]} ... {times[-1]}: " if len(set(times)) > 1 else f"t = {times[0]}: " if times else ""
    return f"{reach}the same in form, {len(passed)} step{'s' * (len(passed) > 1)} taken together"
