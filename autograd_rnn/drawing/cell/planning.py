"""The plan of a cell: the textbook's, or, for a cell that no template covers, a layered one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_rnn.algebra.reading import Constants
from autograd_rnn.drawing.block.scene import listed
from autograd_rnn.drawing.cell.anatomy import Anatomy, Part
from autograd_rnn.drawing.cell.joining import size
from autograd_rnn.drawing.cell.templates import TITLE, Plan, look, size_of
from autograd_rnn.drawing.cell.textbook import template
from autograd_rnn.drawing.figure import Line, Point, Symbol, quantity
from autograd_rnn.drawing.measure import width
from autograd_rnn.drawing.op.graph import sign, weight_symbol
from autograd_rnn.drawing.op.layered import layered
from autograd_rnn.drawing.output.looks import grown
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.equations import constants
from autograd_rnn.nets.standing import BEFORE

EDGE, APART = 34.0, 46.0  # free at the frame's left and right; from one state's line to the next
ROOM = (16.0, 16.0)  # more than a part's own size: for its arrows and its name
SHUT = 78.0  # how wide a closed cell is
WIDE = 60.0  # a box that has room for each of its weights
ACROSS = 100.0  # as wide is a box under several others, which may grow
CLEAR, HIGH = 3.0, 8.0  # right of a name, and above and below its middle
STRAND = 8.0  # beside a wire, for what flows back along it
ANSWER = "y"  # what a Jordan net's memory is called in its weights' names


def planned(anatomy: Anatomy, cell: Cell, time: str = "t", swept: bool = False) -> Plan:
    """Where everything in a cell stands; ``time``: the longest that its names have; ``swept``: with room for strands beside the wires."""
    fixed = constants([cell])
    plan = template(anatomy) or generic(anatomy, cell, fixed, time)
    plan.each = {role for role, (wide, _) in plan.sizes.items() if wide >= WIDE and not plan.curved}
    for role in [] if plan.curved else plan.at:
        kind = look(part := anatomy.parts[role])
        if kind in ("gate", "product"):
            more = grown(label(part, anatomy, fixed, {}, role in plan.each)[0], kind, plan.sizes[role])[0] - plan.sizes[role][0]
            for side in (plan.left(role)[0] + 1, plan.right(role)[0] - 1) if more else ():  # what enters in its middle does so still
                plan.widen(side, more / 2)
    for role in [role for role in plan.at if anatomy.parts[role].kind == "joined" and not plan.curved]:
        if (more := size(anatomy, role, time)[0] - plan.sizes[role][0]) > 0:
            plan.widen(plan.left(role)[0] + 1, more)
    words, room = {role: width(quantity(role, "", time)) for role in plan.names}, STRAND * (swept and not plan.curved)
    plan.names = {role: (left + room, y) for role, (left, y) in plan.names.items()}
    for role in sorted(words, key=lambda role: plan.names[role]):
        left, y = plan.names[role]
        if (more := words[role] + CLEAR + room - _free(plan, left, y)) > 0:
            stand = [(x, plan.sizes[part][0] / 2) for part, (x, _) in plan.at.items() if plan.sizes[part][0] < ACROSS]
            plan.widen(next(x for x in range(int(left) + 1, int(plan.width) + 1) if all(abs(x - at) > half for at, half in stand)), more)
    plan.names = {role: (left + words[role] / 2, y) for role, (left, y) in plan.names.items()}
    return plan


def _free(plan: Plan, left: float, y: float) -> float:
    """How far it is from a name's beginning to what stands or runs to its right."""
    lines = [(a, b) for points in plan.routes.values() for a, b in zip(points[:-1], points[1:], strict=True)]
    boxes = [((x - w / 2, v - h / 2), (x + w / 2, v + h / 2)) for (x, v), (w, h) in ((plan.at[r], plan.sizes[r]) for r in plan.at)]
    met = [min(a[0], b[0]) for a, b in (*lines, *boxes) if min(a[1], b[1]) < y + HIGH and y - HIGH < max(a[1], b[1])]
    return min((x for x in met if x > left), default=plan.width) - left


def shut(read: Anatomy, inner: Plan, cell: Cell, paired: bool) -> Plan:
    """The plan of a closed cell: as high as it is within, and its lines end and begin at its frame; ``paired``: with room for lines
    beside it."""
    wide, (role,) = SHUT + 40.0 * paired, read.parts
    plan = Plan(read, wide, inner.height)
    plan.put(role, wide / 2, inner.height / 2, (wide - 8, 30.0))
    for tail, head in read.wires:
        plan.wire(tail, head, (wide / 2, 0.0) if tail == "x" else (0.0, inner.entry(tail)[1]))
    for state in cell.carried:
        plan.wire(state, f"out {state}", (wide, inner.exit(state)))
    plan.wire(cell.given, "out ", (wide / 2, inner.height))
    return plan


def label(
    part: Part, anatomy: Anatomy, fixed: Constants, letters: Mapping[str, Symbol], each: bool
) -> tuple[tuple[Line, ...], dict[Symbol, list[Symbol]]]:
    """What is written in a part, its sign and under it its weights, and what its symbols stand for; ``each``: every weight by its name."""
    symbols, bundles = matrices(part, letters, fixed), dict(anatomy.wholes.get(part.role, {}))
    for whole, halves in bundles.items():
        symbols = [whole if symbol == halves[0] else symbol for symbol in symbols if symbol != halves[1]]
    together = None if each or letters else bundle(symbols, anatomy)
    if together:
        bundles[together] = symbols
    lines: list[Line] = [(part.sign,)] if part.sign else []
    lines += [tuple(listed([together] if together else symbols))] if symbols else []
    return tuple(lines) or ((sign(part.gives),),), bundles  # a product with an array that nobody has named


def matrices(part: Part, letters: Mapping[str, Symbol], fixed: Constants) -> list[Symbol]:
    """The matrices that a part holds, those too that a cell keeps as they are, without the layer, which its frame says."""
    held = [weight for weight in part.weights if weight.ndim > 1]
    symbols = [weight_symbol(weight, letters) if weight.label else quantity(fixed.own.get(fixed.key(weight.value), "")) for weight in held]
    return [symbol._replace(sup="") for symbol in symbols if symbol.base]


def bundle(symbols: Sequence[Symbol], anatomy: Anatomy) -> Symbol | None:
    """Several matrices of one letter as one symbol, ``W_i`` for ``W_xi`` and ``W_hi``: what is left when the name of what each reads is
    taken off; none where nothing is, or where it is not the same."""
    sources = {tail.removesuffix(BEFORE) for tail, _ in anatomy.wires if tail not in anatomy.parts} | {ANSWER}
    left = {symbol.sub[len(next((s for s in sources if symbol.sub.startswith(s)), "")) :] for symbol in symbols}
    alike = len(symbols) > 1 and len({symbol.base for symbol in symbols}) == len(left) == 1
    return symbols[0]._replace(sub=left.pop()) if alike and "" not in left else None


def _roomy(part: Part, anatomy: Anatomy, fixed: Constants, name: float, time: str) -> Point:
    """A part's size with room for the names of its matrices, and for its own on top."""
    if part.kind == "joined":
        return size(anatomy, part.role, time)
    (wide, high), (lines, _) = size_of(part), label(part, anatomy, fixed, {}, each=False)
    shown = [symbol for symbol in lines[-1] if isinstance(symbol, Symbol)]
    words = sum(width(symbol) for symbol in shown) + 8 * len(shown)
    return grown(lines, look(part), (max(wide, words, name, 8.0 * len(part.sign) + 8 if shown else 0.0), high))


def generic(anatomy: Anatomy, cell: Cell, fixed: Constants, time: str) -> Plan:
    """Any cell from left to right: what enters, its parts in layers, what leaves; a state enters and leaves at one height."""
    starts = list(dict.fromkeys(tail for tail, _ in anatomy.wires if tail not in anatomy.parts))
    states = [state for state in cell.carried if state in anatomy.parts]
    names = [*starts, *anatomy.parts, *(f"out {state}" for state in states)]
    number = {name: k for k, name in enumerate(names)}
    named = {role: width(quantity(role, "", time)) for role in anatomy.parts if "(" not in role and role not in states}
    own = {role: _roomy(part, anatomy, fixed, named.get(role, 0.0), time) for role, part in anatomy.parts.items()}
    sizes = [tuple(map(sum, zip(ROOM, own[name], strict=True))) if name in own else (1.0, 12.0) for name in names]
    edges = [(number[tail], number[head]) for tail, head in anatomy.wires] + [(number[s], number[f"out {s}"]) for s in states]
    found = layered(sizes, edges, range(len(starts)), range(len(names) - len(states), len(names)))  # type: ignore[arg-type]
    low = 30.0
    plan = Plan(anatomy, found.size[0] + 2 * EDGE, max(found.size[1], APART * (len(states) - 1)) + low + TITLE)
    plan.curved = True
    where = {name: (x + EDGE, y + low) for name, (x, y) in zip(names, found.at, strict=True)}
    for role in anatomy.parts:
        plan.put(role, *where[role], own[role])
    heights, below = {}, 0.0
    for state in sorted(states, key=lambda state: where[f"out {state}"][1]):
        heights[state] = below = max(where[f"out {state}"][1], below + APART if below else 0.0)

    def route(tail: str, head: str) -> list[Point]:
        through = [(x + EDGE, y + low) for x, y in found.through.get((number[tail], number[head]), [])]
        outside = tail not in anatomy.parts
        start = where[tail] if outside else plan.right(tail)
        entry = [(22.0, 0.0), (22.0, start[1])] if tail == "x" else [(0.0, heights.get(tail[:-1], start[1]))]
        end = [plan.left(head)] if head in anatomy.parts else [(plan.width, heights[head[4:]])]
        return [*(entry if outside else ()), start, *through, *end]

    for tail, head in anatomy.wires:
        plan.wire(tail, head, *route(tail, head))
    for state in states:
        plan.wire(state, f"out {state}", *route(state, f"out {state}"))
    x, y = plan.right(cell.given)
    plan.wire(cell.given, "out ", (x, y), (x + 9, y), (x + 9, plan.height))
    plan.dots.append((x + 9, y))
    plan.names = {role: (plan.right(role)[0] - wide + 1, plan.up(role)[1] + 9) for role, wide in named.items()}
    return plan
