"""The tape of one time step as a cell's parts: gates (a product and its activation in one box), single operations, and wires."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd_rnn.algebra.notations import Halves
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.drawing.op.graph import masked, sign
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.rule import VARIABLE

INNER = ("linear", "_part")  # what an activation's box takes in, whatever it reads
LONG = 60  # letters of a role; beyond that it is numbered, and what it reads left out


class Part(NamedTuple):
    """A box or a circle: ``nodes`` are the tape's entries that it stands for, what it gives first; ``weights`` what it holds, fixed
    matrices too.

    ``role`` says what it is in every step: its quantity's label (``f``), or its operation and what that reads (``multiply(f, c′)``).
    """

    role: str
    kind: str  # gate | product | pointwise | closed | joined
    sign: str
    nodes: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]

    @property
    def gives(self) -> Tensor:
        """What leaves the part."""
        return self.nodes[0]


class Wire(NamedTuple):
    """What leaves ``tail`` enters ``head``: both roles, or for a tail from outside ``x`` or a state before, ``h′``."""

    tail: str
    head: str
    edges: tuple[tuple[Tensor, Tensor], ...]
    peephole: bool  # by a weight of its own, number by number


class Anatomy:
    """One step's parts by role, in the order in which they ran, and its wires. `signature`: equal for steps of equal form. ``wholes``: of
    a role the matrices that stand for two side by side, each with those two; ``parted``: by the two. ``kept``: of a masked step by state
    the role of what chooses between the state made and the one before."""

    def __init__(
        self,
        parts: dict[str, Part],
        wires: dict[tuple[str, str], Wire],
        wholes: Mapping[str, dict[Symbol, list[Symbol]]] = MappingProxyType({}),
        parted: Halves = MappingProxyType({}),
        kept: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.parts, self.wires, self.wholes, self.parted, self.kept = parts, wires, wholes, parted, kept

    @property
    def signature(self) -> tuple[Any, ...]:
        """What a layout depends on."""
        parts = ((part.role, part.kind, part.sign, *(weight.label for weight in part.weights)) for part in self.parts.values())
        return tuple(parts), tuple(self.wires)

    def role_of(self, node: Any) -> str | None:
        """The role of the part that gives a tensor."""
        return next((part.role for part in self.parts.values() if part.nodes and part.gives is node), None)


def anatomy(record: Mapping[str, Tensor], given: Mapping[Tensor, str], states: tuple[str, ...], made: bool = False) -> Anatomy:
    """Read one step's tape: what it records by name, what it is given (tensor: role), and the names that leave the cell. ``made``: of a
    masked step, call by a state's name what was made, and not what is kept of it."""
    fixed = {node: label for label in states if (node := record[label]) not in given and not node.inputs}  # constants that leave
    given = {**given, **fixed}
    nodes = inner_tape(record, given)
    inside = set(nodes)
    users: dict[Tensor, list[Tensor]] = {}
    for node in nodes:
        for parent in node.inputs:
            if parent in inside:
                users.setdefault(parent, []).append(node)
    masks = {record[name]: name for name in states if made and masked(record[name]) and record[name].inputs[-2] in inside}
    leaving = {record[name] for name in states} | {node.inputs[-2] for node in masks}
    before = preparing(nodes, given)
    owner: dict[Tensor, list[Tensor]] = {}
    for node in reversed(nodes):
        if node in owner:
            continue
        box = owner[node] = [node]
        if sum(parent in inside for parent in node.inputs) != 1 or node in before:
            continue
        for member in box:  # it grows while we look
            for parent in member.inputs:
                taken = parent in before and parent not in leaving and parent not in owner
                if taken and all(owner.get(user) is box for user in users[parent]):
                    box.append(parent)
                    owner[parent] = box
    one = {node: f"{node.value.flat[0]:.3g}" if (node.value == node.value.flat[0]).all() else label for node, label in fixed.items()}
    parts = {label: Part(label, "pointwise", one[node], (node,), ()) for node, label in fixed.items()}
    return assembled(nodes, owner, given, parts, masks)


def closed(read: Anatomy, role: str, name: str) -> Anatomy:
    """A step seen from outside: one box by a name that takes in all its parts, and a wire from whatever enters."""
    nodes = tuple(node for part in read.parts.values() for node in part.nodes)
    given = next((part.nodes[0] for part in read.parts.values() if part.role == read.kept.get(role, role)), nodes[0])
    wires: dict[tuple[str, str], Wire] = {}
    for (tail, _), wire in read.wires.items():
        if tail not in read.parts:
            old = wires.get((tail, role), Wire(tail, role, (), False))
            wires[tail, role] = old._replace(edges=(*old.edges, *wire.edges))
    whole = (given, *(node for node in nodes if node is not given))
    return Anatomy({role: Part(role, "closed", name, whole, ())}, wires)


def inner_tape(record: Mapping[str, Tensor], given: Mapping[Tensor, str]) -> list[Tensor]:
    """The step's own operations, oldest first: what was recorded, back to what was given."""
    stack = [node for node in record.values() if node not in given]
    seen = set()
    while stack:
        node = stack.pop()
        if node not in seen and node.inputs:
            seen.add(node)
            stack += [parent for parent in node.inputs if isinstance(parent, Tensor) and parent not in given]
    return sorted(seen, key=lambda node: node.id)


def weighs(node: Any, given: Mapping[Tensor, str]) -> bool:
    """Whether a tensor is a parameter or a constant: no arrow comes from it."""
    return isinstance(node, Tensor) and node not in given and not node.inputs


def preparing(nodes: list[Tensor], given: Mapping[Tensor, str]) -> set[Tensor]:
    """What stands before an activation: products with weights, and their sums."""
    found: set[Tensor] = set()
    for node in nodes:
        name = node.op.name if node.op else ""
        weighted = any(weighs(parent, given) for parent in node.inputs)
        summed = name in ("add", "subtract") and any(parent in found for parent in node.inputs)
        if name in INNER or weighted and name in ("matmul", "multiply", "add", "subtract") or summed:
            found.add(node)
    return found


def assembled(
    nodes: list[Tensor],
    owner: Mapping[Tensor, list[Tensor]],
    given: Mapping[Tensor, str],
    parts: dict[str, Part],
    masks: Mapping[Tensor, str],
) -> Anatomy:
    """Boxes as parts with their roles, beside those ``parts`` that no operation made, and the wires between. ``masks``: what keeps a state
    of what was made."""
    roles, labels = dict(given), {node.inputs[-2]: state for node, state in masks.items()} | dict.fromkeys(masks, "")
    split = {parent for node in nodes if node.op is not None and node.op.name == "_part" for parent in node.inputs}
    for node in nodes:
        if owner[node][0] is not node:
            continue
        held = tuple(owner[node])
        read = [parent for member in sorted(held, key=lambda n: n.id) for parent in member.inputs if weighs(parent, given)]
        weights = dict.fromkeys(parent for parent in read if parent.op is VARIABLE or parent.ndim > 1)
        name = node.op.name if node.op else ""
        mapped = bool(weights) and (name in INNER or name == "matmul")  # a box with weights alone: no function follows
        alone = len(held) == 1 and not mapped
        role, kind = (
            named(node, roles, parts, labels.get(node, node.label)),
            "product" if node in split else "pointwise" if alone else "gate",
        )
        parts[role] = Part(role, kind, "" if mapped else sign(node), held, tuple(weights))
        roles[node] = role
    wires: dict[tuple[str, str], Wire] = {}
    for node in nodes:
        head = roles[owner[node][0]]
        for parent in dict.fromkeys(p for p in node.inputs if isinstance(p, Tensor)):
            if weighs(parent, given) or parent in owner and owner[parent] is owner[node]:
                continue
            key = (roles[parent], head)
            single = node.op is not None and node.op.name == "multiply" and any(weighs(p, given) and p.op is VARIABLE for p in node.inputs)
            old = wires.get(key, Wire(*key, (), True))
            wires[key] = old._replace(edges=(*old.edges, (node, parent)), peephole=old.peephole and single)
    return Anatomy(parts, wires, kept={state: roles[node] for node, state in masks.items()})


def named(node: Tensor, roles: Mapping[Tensor, str], parts: Mapping[str, Part], label: str | None) -> str:
    """A part's role, unlike any before it."""
    read = [roles.get(p, "") if isinstance(p, Tensor) else f"{p:g}" for p in node.inputs]
    name = node.op.name if node.op else ""
    role = label or f"{name}({', '.join(text for text in read if text)})"
    role = role if len(role) <= LONG else f"{name}(…)"
    return role if role not in parts else next(again for k in range(2, len(parts) + 3) if (again := f"{role} {k}") not in parts)
