"""One step's cell drawn in its place: gates with their weights, single operations, and wires between."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.gathering import gathered
from autograd_rnn.algebra.notations import APART, apart, concatenated
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import Constants, Teller
from autograd_rnn.drawing.block.scene import listed
from autograd_rnn.drawing.cell.anatomy import Anatomy, Part, Wire
from autograd_rnn.drawing.cell.joining import halves_of, words
from autograd_rnn.drawing.cell.planning import label
from autograd_rnn.drawing.cell.templates import Plan, look
from autograd_rnn.drawing.curves import Hop, cornered, curve, headed, joined, sway
from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Line, Mark, Point, Symbol, quantity
from autograd_rnn.drawing.measure import advance, breadth
from autograd_rnn.drawing.op.graph import weight_symbol
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.letters import main_state
from autograd_rnn.nets.standing import BEFORE

LAYERS = ("wire", "peephole", "state_wire", "carry_wire")  # drawn in this order: a state's line lies over what joins it


class Way(NamedTuple):
    """How something reaches a cell's border: the mark that it comes from, and the corners from there on, ``sharp`` where other wires
    branch off. ``kind``: of its arrow."""

    mark: str
    corners: tuple[Point, ...]
    kind: str = "wire"
    sharp: tuple[Point, ...] = ()


def line_of(cell: Cell, state: str) -> str:
    """The look of a state's line."""
    return "state_wire" if state == main_state(cell) else "carry_wire"


class Interior:
    """A cell at a step: what it consists of, where that stands, and what everything is called.

    ``time``: its subscript, ``before``: that of the states before; ``teller``: what tooltips call the tensors from outside; ``shown``: the
    state or output with a mark outside.
    """

    def __init__(
        self,
        anatomy: Anatomy,
        plan: Plan,
        corner: Point,
        tag: str,
        time: str,
        teller: Teller,
        shown: str,
        letters: Mapping[str, Symbol],
        before: str,
    ) -> None:
        self.anatomy, self.plan, self.corner, self.tag, self.time, self.before = anatomy, plan, corner, tag, time, before
        self.shown, self.letters = shown, letters
        self.kept = {role: state for state, role in anatomy.kept.items()}
        named = [part for part in anatomy.parts.values() if part.nodes and part.gives.label]
        own = {part.gives: e.Sym(full_name(self.kept.get(part.role, part.role), tag, None), e.Time(time, 0)) for part in named}
        self.teller = teller._replace(names={**teller.names, **own})
        self.bundles: dict[Symbol, list[Symbol]] = {}

    def id(self, role: str) -> str:
        """What a quantity of the cell is called: ``f_3``; what has no name is called by its operation, ``multiply-i-g_3``."""
        return quantity(re.sub(r"[^\w'\u0300-\u036f]+", "-", role).strip("-"), self.tag, self.time).id

    def mark_id(self, role: str) -> str:
        """The id of a part's mark; the output's own name belongs to the circle outside."""
        role = role if role in self.anatomy.parts else next(iter(self.anatomy.parts))  # a closed cell gives all its states
        if role in self.anatomy.kept:
            return self.id(role) + "-new"
        role = self.kept.get(role, role)
        return self.id(role) + ("-made" if role == self.shown else "")

    def there(self, at: Point) -> Point:
        """A place of the plan on the sheet."""
        return at[0] + self.corner[0], at[1] + self.corner[1]

    def put(self, figure: Figure, title: str, step: int | None) -> None:
        """The frame with its title, the parts, and the dots where wires branch."""
        plan, name = self.plan, f"cell{self.tag}_{self.time}"
        figure.add(Frame(name, "cell", self.corner, self.there((plan.width, plan.height)), title))
        half = breadth((title,), MARKS["cell_title"]["fontsize"], of=advance) / 2
        at = plan.width - half - 10 if plan.reverse else half + 10, plan.height - 11
        if not any(part.kind == "closed" for part in self.anatomy.parts.values()):
            figure.add(Mark(f"{name}-title", "cell_title", self.there(at), ((title,),), title, step, (2 * half, 14.0)))
        for role, part in self.anatomy.parts.items():
            kind = look(part)
            shown = self.label(part), self.equation(part), step, plan.sizes[role], part.nodes
            figure.add(Mark(self.mark_id(role), kind, self.there(plan.at[role]), *shown))
        for k, at in enumerate(self.dots):
            figure.add(Mark(f"{name}-branch{k}", "branch", at, step=step))

    def label(self, part: Part) -> tuple[Line, ...]:
        """The part's sign, and under it its weights."""
        if part.kind == "joined":
            return (self.joined(part.role),)
        lines, bundles = label(part, self.anatomy, self.teller.constants or Constants(), self.letters, part.role in self.plan.each)
        self.bundles |= bundles
        return lines

    @property
    def peepholes(self) -> list[Symbol]:
        """The weights of the dashed wires."""
        dashed = [wire for role in self.anatomy.parts for (_, head), wire in self.anatomy.wires.items() if head == role and wire.peephole]
        edges = [edge for wire in dashed for edge in wire.edges]
        weights = [x for node, parent in edges for x in node.inputs if isinstance(x, Tensor) and x.op is VARIABLE and x is not parent]
        return [weight_symbol(w, self.letters)._replace(sup="") for w in dict.fromkeys(weights)]

    def equation(self, part: Part) -> str:
        """What the part computes, with the names of this step, as text; of a closed cell, or of what is joined, what it is."""
        if part.kind == "closed":
            return f"the inside of {part.sign} is not shown"
        if part.kind == "joined":
            return f"{''.join(str(word) for word in self.joined(part.role))}, one above the other"
        return show(self.told(part))

    def joined(self, role: str) -> Line:
        """What stands in the box in which a state and an input meet."""
        return words(self.anatomy, role, self.time, self.before)

    def told(self, part: Part) -> e.Equation | e.Expr:
        """What the part computes: an equation if it has a name."""
        own = self.teller.names.get(part.gives)
        right = e.transformed(self.teller.tell(part.gives), gathered)
        if part.role in self.anatomy.wholes:
            right = concatenated([e.Equation(e.Sym(""), right)], self.anatomy.parted)[0].right
        return e.Equation(own, right) if own else right

    def wires(self, figure: Figure, ways: Mapping[str, Way], crossed: Collection[Hop] = ()) -> None:
        """Every wire of the step; ``ways``: how x and the states before come to the cell's border; ``crossed``: what they pass over."""
        named: set[str] = set()
        found: list[Arrow] = []
        for (tail, head), wire in self.anatomy.wires.items():
            way = ways.get(tail)
            if not way and tail not in self.anatomy.parts:  # an input of zeros, which is not shown
                continue
            kind = self.kind(wire, way)
            inside = [self.there(at) for at in self.plan.routes[tail, head]]
            start, end = way.mark if way else self.mark_id(tail), self.mark_id(head)
            points, tip = self.run(way, inside, crossed)
            label: Line = (self.symbol(tail),) if tail in self.plan.names and tail not in named else ()
            named.add(tail)
            at = self.there(self.plan.names[tail]) if label else None
            name = f"{start}-{end}" if all((one.tail, one.head) != (start, end) for one in found) else f"{start}-{end}-{tail.strip(BEFORE)}"
            found.append(Arrow(name, start, end, kind, points, tip, label, at, f"{start} to {end}", edges=wire.edges))
        for arrow in sorted(found, key=lambda arrow: LAYERS.index(arrow.kind)):
            figure.add(arrow)

    def run(self, way: Way | None, inside: Sequence[Point], crossed: Collection[Hop]) -> tuple[tuple[Point, ...], Point]:
        """A wire's curve: on its way to the cell, and within it."""
        outside = way.corners if way else ()
        if self.plan.curved:
            turns = 2 if inside[0][0] == inside[1][0] else 0  # what comes from below turns to the right
            before = [*outside, *inside[: turns + 1]]
            return headed(joined(*([cornered(before)] if before[1:] else []), sway(inside[turns:])))
        return curve([*outside, *inside], (*self.dots, *(way.sharp if way else ())), self.hops() | set(crossed))

    @property
    def dots(self) -> tuple[Point, ...]:
        """Where wires branch."""
        return tuple(self.there(at) for at in self.plan.dots)

    def hops(self) -> set[Hop]:
        """Where a wire of this cell passes over another."""
        return {(self.there(at), across) for at, across in self.plan.hops}

    def kind(self, wire: Wire, way: Way | None) -> str:
        """A wire's look: a state's own line goes on through the operations that carry it over."""
        if wire.peephole:
            return "peephole"
        if wire.head in self.kept and not way:
            return "state_wire" if self.kept[wire.head] == self.shown else "carry_wire"
        before = wire.head + BEFORE
        carried = (before, wire.tail) in self.anatomy.wires and self.anatomy.parts[wire.tail].kind == "pointwise"
        return way.kind if way else ("state_wire" if wire.head == self.shown else "carry_wire") if carried else "wire"

    def symbol(self, role: str) -> Symbol:
        """A quantity's symbol at this step."""
        return quantity(role, "", self.time)

    def onward(self, figure: Figure, way: Way, head: str, end: Point, crossed: Collection[Hop] = ()) -> None:
        """An arrow that carries a quantity out of the cell and on, unchanged: no edge of the tape."""
        points, tip = curve([*way.corners, end], self.dots, self.hops().union(crossed))
        figure.add(Arrow(f"{way.mark}-{head}", way.mark, head, way.kind, points, tip, note=f"{way.mark} goes on"))

    def out(self, role: str, way: str, kind: str = "wire") -> Way | None:
        """How a state leaves the cell (``out h``), or the output (``up``)."""
        role = self.anatomy.kept.get(role, role)
        route = self.plan.routes.get((role, way))
        return Way(self.mark_id(role), tuple(self.there(at) for at in route), kind, self.dots) if route else None


def legend(interiors: Sequence[Interior], joined: Iterable[Cell] = ()) -> list[Line]:
    """What the letters in the boxes stand for, and what the dashed wires are weighted by; a box's W on [h, x] is that of the state and that
    of the input side by side. Of ``joined`` cells it is said which matrices are not."""
    bundles = {bundle: symbols for interior in interiors for bundle, symbols in interior.bundles.items()}
    peepholes = {symbol: None for interior in interiors for symbol in interior.peepholes}
    lines: list[Line] = []
    wholes = {whole for interior in interiors for found in interior.anatomy.wholes.values() for whole in found}
    said = [(b, " = [", *listed(symbols), "]") if b in wholes else (b, ": ", *listed(symbols)) for b, symbols in bundles.items()]
    if said:
        lines.append(tuple([part for one in said for part in (";  ", *one)][1:]))
    for two in dict.fromkeys(pair for halves, equations in map(halves_of, joined) for pair in apart(equations, halves)):
        h, x, whole = (Symbol(name.letter, "", name.sub) for name in two)
        lines.append((h, " and ", x, " are not one ", whole, f": {APART}"))
    if peepholes:
        lines.append(("dashed: weighted number by number, ", *listed(list(peepholes))))
    return lines
