"""Which template a step has; and of one in a batch of several lengths what lets a sequence that has ended keep its states, behind each."""

from __future__ import annotations

from collections.abc import Callable

from autograd_rnn.drawing.cell.anatomy import Anatomy
from autograd_rnn.drawing.cell.templates import TITLE, Plan, gru, line, lstm, size_of
from autograd_rnn.drawing.curves import CORNER, HEAD
from autograd_rnn.nets.standing import BEFORE

BRANCH, OVER, UNDER = 8.0, 10.0, 15.0  # from the frame to where the old state leaves its line; above a part, or below a line, how it passes
AFTER, RISE, LOW = 30.0, 14.0, 30.0  # from the mark to the frame, and to the line upward; lines below this height are passed below


def keeping(plan: Plan) -> None:
    """Widen a plan by the marks of all states kept, each read by the state made and the one before, which passes all parts by."""
    kept, (way_up,) = plan.anatomy.kept, [key for key in plan.routes if key[1] == "out "]
    up = plan.routes.pop(way_up)
    plan.hops = {hop for hop in plan.hops if hop[0][0] != up[-1][0]}
    plan.dots = [dot for dot in plan.dots if dot[0] != up[-1][0]]
    wide, high = max((size_of(plan.anatomy.parts[role]) for role in kept.values()), key=lambda size: size[0])
    left, (entry, _) = plan.width, plan.entry("x")
    rise = left + wide + RISE
    plan.width += wide + AFTER
    for state, role in kept.items():
        start, *_, (_, line) = plan.routes.pop((state, f"out {state}"))
        on = [y + h / 2 for (_, y), (_, h) in ((plan.at[part], plan.sizes[part]) for part in plan.at) if abs(y - line) < 1]
        plan.put(role, left + wide / 2, start[1], (wide, high))
        level = max(max(on) + OVER, plan.up(role)[1] + CORNER + HEAD + 1) if line > LOW else line - UNDER
        into = plan.up(role) if level > line else plan.down(role)
        plan.wire(state, role, start, plan.left(role))
        plan.wire(state + BEFORE, role, (0.0, line), (BRANCH, line), (BRANCH, level), (into[0], level), into)
        turns = [(rise, start[1]), (rise, line)] if start[1] != line else []
        plan.wire(role, f"out {state}", plan.right(role), *turns, (plan.width, line))
        plan.dots.append((BRANCH, line))
        if level < line:
            plan.hops.add(((entry, level), True))
        plan.height = max(plan.height, level + TITLE - OVER)
    given = kept[way_up[0]]
    y = plan.at[given][1]
    plan.wire(given, "out ", plan.right(given), (rise, y), (rise, plan.height))
    plan.dots.append((rise, y))
    plan.hops |= {((rise, plan.exit(state)), False) for state in kept if plan.exit(state) > y}


# The roles that tell which template to try.
TEMPLATES: dict[frozenset[str], Callable[[Anatomy], Plan]] = {
    frozenset("ifgoch"): lstm,
    frozenset("rzmnh"): gru,
    frozenset("h"): line,
    frozenset("hs"): line,
    frozenset("hsp"): line,
}


def template(anatomy: Anatomy) -> Plan | None:
    """The textbook's plan of a step, masked or not, or None where no template covers the whole of it."""
    make = TEMPLATES.get(frozenset(role for role in anatomy.parts if "(" not in role))
    try:
        plan = make(anatomy) if make else None
        if plan and anatomy.kept:
            keeping(plan)
    except KeyError:  # a template reached for a part that this cell has not
        return None
    return plan if plan and plan.whole() else None
