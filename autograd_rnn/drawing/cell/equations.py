"""A cell's equations beside its picture, and the stages in which both are built up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Symbol
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine.naming import name_of

PARTS = ("gate", "product", "pointwise", "number", "function")  # kinds of marks
FIRST = 0xE000  # of the characters that nobody has: each stands for a symbol while an equation is printed
BESIDE, LEAD = 18.0, 27.0  # from what stands at the right to the equations, and from one to the next


def line_of(equation: e.Equation | e.Expr, letters: Mapping[str, Symbol] = MappingProxyType({})) -> Line:
    """An equation as symbols and the words between them, minus signs as long as they are set; ``letters`` of parameters by name.

    >>> line_of(e.matmul(e.Sym("W_hh"), e.Sym("h", e.Time("t", -1))))
    (Symbol(base='W', sup='', sub='hh'), ' ', Symbol(base='h', sup='', sub='t−1'))
    """
    symbols: list[e.Sym] = []

    def stand_in(symbol: e.Sym) -> e.Sym:
        symbols.append(symbol)
        return e.Sym(name_of(chr(FIRST + len(symbols) - 1)).of(2 if getattr(symbol.name, "matrix", False) else 1))

    sides = equation[:2] if isinstance(equation, e.Equation) else (equation,)
    text = " = ".join(show(e.mapped(side, stand_in)) for side in sides).replace("-", "\u2212")
    pieces = re.split(f"([\ue000-{chr(FIRST + len(symbols))}])", text)

    def called(symbol: e.Sym) -> Symbol:
        time = "" if symbol.time is None else str(symbol.time).replace("-", "\u2212")
        name = name_of(symbol.name)
        return letters.get(str(symbol.name)) or Symbol(name.letter, name.tag, ",".join(filter(None, (name.sub, time))))

    return tuple(called(symbols[ord(piece) - FIRST]) if k % 2 else piece for k, piece in enumerate(pieces) if piece)


def beside(figure: Figure, equations: Mapping[str, e.Equation], letters: Mapping[str, Symbol]) -> None:
    """Write each named part's equation at the right of a cell, in the order of the stages; ``equations`` by mark."""
    order = stages(figure)
    named = sorted(equations, key=lambda id: order[id])
    lines = {id: line_of(equations[id], letters) for id in named}
    wide = max(breadth(line, MARKS["equation"]["fontsize"]) for line in lines.values())
    right = max(mark.at[0] + (mark.size or (0.0, 0.0))[0] / 2 for mark in figure.marks.values())
    frame = figure.frames[0]
    top = (frame.low[1] + frame.high[1]) / 2 + LEAD * (len(named) - 1) / 2
    for k, id in enumerate(named):
        mark = figure.marks[id]
        at = right + BESIDE + wide / 2, top - k * LEAD
        figure.add(Mark(f"{id}-equation", "equation", at, (lines[id],), mark.tip, None, (wide, 20.0), mark.tensors[:1]))


def stages(figure: Figure) -> dict[str, int]:
    """The frame of each of a cell's marks: one after another the quantities that it names, those together that a single operation reads
    and nothing else, and with it if it has a name; of an LSTM f, then i and g, then c, then o and h. What has no name comes with what
    reads it, what leaves the cell with what it is.

    >>> from autograd_rnn.drawing.cell.inside import inside
    >>> order = stages(inside(LSTM(3, 4)))
    >>> [[name for name in "ifgoc" if order[f"{name}_t"] == k] for k in range(4)]
    [['f'], ['i', 'g'], ['c'], ['o']]
    """
    parts = {mark.id: mark for mark in figure.marks.values() if mark.kind in PARTS and mark.tensors}
    readers: dict[str, list[str]] = {id: [] for id in parts}
    for arrow in figure.arrows:
        if arrow.tail in parts and arrow.head in parts:
            readers[arrow.tail].append(arrow.head)
    named = [id for id, mark in parts.items() if mark.tensors[0].label]
    group = {id: id for id in named}
    for id in named:
        heads = set(readers[id])
        if len(heads) == 1 and (head := heads.pop()) and parts[head].kind not in ("gate", "product"):
            group[id] = head
    order = _in_order(group, readers, parts)
    since = {id: order[group[id]] for id in named}
    for id in reversed(list(_sorted(parts, readers))):
        since.setdefault(id, min((since[head] for head in readers[id]), default=max(order.values(), default=0)))
    return _rest(figure, since)


def _sorted(parts: Mapping[str, Mark], readers: Mapping[str, list[str]]) -> Iterable[str]:
    """The parts in the order in which they ran: by number on the tape."""
    return sorted(parts, key=lambda id: parts[id].tensors[0].id)


def _in_order(group: Mapping[str, str], readers: Mapping[str, list[str]], parts: Mapping[str, Mark]) -> dict[str, int]:
    """The groups one after another: each once all that it reads has come, the leftmost first."""
    members: dict[str, list[str]] = {}
    for id, key in group.items():
        members.setdefault(key, []).append(id)
    comes: dict[str, set[str]] = {id: {id} & set(group) for id in parts}  # the named quantities that each part hangs on, itself too
    for id in _sorted(parts, readers):
        for head in readers[id]:
            comes[head] |= comes[id]
    needs = {key: {group[name] for id in ids for name in comes[id]} - {key} for key, ids in members.items()}
    order: dict[str, int] = {}
    while len(order) < len(members):
        ready = [key for key in members if key not in order and needs[key] <= order.keys()]
        first = min(ready or members.keys() - order.keys(), key=lambda key: (min(parts[id].at[0] for id in members[key]), key))
        order[first] = len(order)
    return order


def _rest(figure: Figure, since: dict[str, int]) -> dict[str, int]:
    """With the frames of the parts those of all other marks: what leaves the cell, the dots where wires branch, the equations."""
    known = {mark.tensors[0]: since[mark.id] for mark in figure.marks.values() if mark.id in since}
    for mark in figure.marks.values():
        if mark.kind == "equation":
            since[mark.id] = known[mark.tensors[0]]
    for arrow in figure.arrows:
        if arrow.head not in since and arrow.tail in since:
            since[arrow.head] = since[arrow.tail]
    for mark in figure.marks.values():
        if mark.kind == "branch":  # once two of its wires have come
            comes = sorted(max(since.get(a.tail, 0), since.get(a.head, 0)) for a in figure.arrows if passes(a, mark.at))
            since[mark.id] = comes[min(1, len(comes) - 1)] if comes else 0
        since.setdefault(mark.id, 0)
    return since


def passes(arrow: Arrow, at: Point) -> bool:
    """Whether an arrow runs through a point, or begins or ends there."""
    corners = [*arrow.points[::3], arrow.tip]
    return any(_near(at, start, end) for start, end in itertools.pairwise(corners))


def _near(at: Point, start: Point, end: Point) -> bool:
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((at[0] - start[0]) * dx + (at[1] - start[1]) * dy) / (dx * dx + dy * dy or 1.0)
    near = start[0] + min(1.0, max(0.0, along)) * dx, start[1] + min(1.0, max(0.0, along)) * dy
    return abs(near[0] - at[0]) + abs(near[1] - at[1]) < 1.5
