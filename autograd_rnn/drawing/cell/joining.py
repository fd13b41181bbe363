"""The concatenated form in the picture of a cell: a state and an input enter one box, [h, x], and a gate's only matrix reads what leaves
it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import Halves
from autograd_rnn.drawing.cell.anatomy import Anatomy, Part, Wire
from autograd_rnn.drawing.figure import Line, Point, Symbol, quantity
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import Name
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.equations import forward
from autograd_rnn.nets.letters import halves, matrices
from autograd_rnn.nets.standing import BEFORE

SUMS = ("add", "linear")
HIGH, BESIDE = 20.0, 12.0  # of the box: its height, and what is free beside its words


def halves_of(cell: Cell) -> tuple[Halves, list[e.Equation]]:
    """Which of a cell's matrices are parts of one, and the equations in which they may stand side by side."""
    found = forward(cell)
    return halves(matrices([cell]), {*cell.parameters, *(q.left.name for q in found)}), found


def joining(read: Anatomy, parted: Halves) -> Anatomy:
    """A step's anatomy with a box before each gate that `algebra.notations.concatenated` writes with one matrix; ``parted``: of which
    matrices there are halves."""
    known = cast(Mapping[str, tuple[Name, str]], parted)
    read = _with_sums(read)
    parts, wires, wholes = dict[str, Part](), dict(read.wires), dict[str, dict[Symbol, list[Symbol]]]()
    for part in read.parts.values():
        pairs: dict[tuple[Name, int], dict[str, tuple[str, tuple[Tensor, Tensor], Symbol]]] = {}
        for (tail, head), wire in read.wires.items():
            for node, parent, weight in _products(wire) if head == part.role else ():
                if own := known.get(weight.name or ""):
                    half = tail, (node, parent), quantity(weight.label or "")._replace(sup="")
                    pairs.setdefault((own[0], _sum(node, part)), {})[own[1]] = half
        for (whole, _), found in pairs.items():
            if len(found) == 2:
                (h, of_h, W_h), (x, of_x, W_x) = found["W"], found["U"]
                role = f"join({h}, {x})"
                parts.setdefault(role, Part(role, "joined", "", (), ()))
                wholes.setdefault(part.role, {})[Symbol(whole.letter, "", whole.sub)] = [W_h, W_x]
                for tail, edge in ((h, of_h), (x, of_x)):
                    _without(wires, (tail, part.role), edge)
                    _along(wires, (tail, role), edge)
                    _along(wires, (role, part.role), edge)
        parts[part.role] = part
    return Anatomy(parts, wires, wholes, parted, read.kept)


def _with_sums(read: Anatomy) -> Anatomy:
    """The anatomy with a sum of products that has no name as one box."""
    parts, wires, sums = dict(read.parts), dict(read.wires), set[str]()
    for role, part in read.parts.items():
        if part.kind != "pointwise" or not part.gives.op or part.gives.op.name != "add":
            continue
        readers = {tail: [head for start, head in wires if start == tail] for tail, head in wires if head == role and "(" in tail}
        terms = [tail for tail in readers if readers[tail] == [role] and parts[tail].kind == "gate" and not parts[tail].sign]
        if len(terms) < 2 and not sums.intersection(terms):
            continue
        held = [parts.pop(tail) for tail in terms]
        nodes, weights = (node for one in held for node in one.nodes), dict.fromkeys(w for one in (*held, part) for w in one.weights)
        parts[role] = Part(role, "gate", "", (*part.nodes, *nodes), tuple(weights))
        sums.add(role)
        for tail, head in list(wires):
            if head in terms:
                for edge in wires.pop((tail, head)).edges:
                    _along(wires, (tail, role), edge)
            elif head == role and tail in terms:
                del wires[tail, head]
    return Anatomy(parts, wires, kept=read.kept)


def words(anatomy: Anatomy, role: str, time: str, before: str) -> Line:
    """What stands in the box, ``[h_{t-1}, x_t]``, at a ``time`` and with states of the one ``before``; what has no name is a dot."""
    read = [tail for tail, head in anatomy.wires if head == role]
    h, x = (quantity(t.removesuffix(BEFORE), "", before if t.endswith(BEFORE) else time) if "(" not in t else "\u00b7" for t in read)
    return "[", h, ", ", x, "]"


def size(anatomy: Anatomy, role: str, time: str) -> Point:
    """How large the box is, with times as long as ``time``."""
    return breadth(words(anatomy, role, time, "t\u22121" if time == "t" else time), FONT) + BESIDE, HIGH


FONT = MARKS["joined"]["fontsize"]


def _products(wire: Wire) -> list[tuple[Tensor, Tensor, Tensor]]:
    """The products that a wire enters: (node, what comes by the wire, the weight that multiplies it)."""
    found = []
    for node, parent in wire.edges:
        for k, value in enumerate(node.inputs):
            name, weight = node.op.name if node.op else "", node.inputs[k - 1]
            if value is parent and k % 2 and name in ("linear", "matmul") and isinstance(weight, Tensor):
                found.append((node, parent, weight))
    return found


def _sum(node: Tensor, part: Part) -> int:
    """The number of the sum that a product is a term of, within a box."""
    while users := [m for m in part.nodes if m.op is not None and m.op.name in SUMS and any(x is node for x in m.inputs)]:
        if len(users) > 1 or users[0].op is not None and users[0].op.name != "add":
            break
        node = users[0]
    return node.id


def _without(wires: dict[tuple[str, str], Wire], key: tuple[str, str], edge: tuple[Tensor, Tensor]) -> None:
    """Take an edge of the tape off a wire."""
    kept = tuple(one for one in wires[key].edges if one[0] is not edge[0] or one[1] is not edge[1])
    wires[key] = wires[key]._replace(edges=kept)
    if not kept:
        del wires[key]


def _along(wires: dict[tuple[str, str], Wire], key: tuple[str, str], edge: tuple[Tensor, Tensor]) -> None:
    """Let an edge of the tape run along a wire."""
    there = wires.get(key, Wire(*key, (), False))
    wires[key] = there._replace(edges=(*there.edges, edge))
