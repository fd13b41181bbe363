"""The tape read as a graph to draw: a node an operation, an input or a state; a weight is no node but what its arrow is labelled with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from autograd_rnn.algebra.reading import Constants
from autograd_rnn.drawing.figure import Symbol, quantity
from autograd_rnn.engine import Tape, Tensor
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets import letters as nets
from autograd_rnn.nets.cell import Cell

MASKED = "where: a sequence that has ended keeps its state"  # said under a picture
SUMS = ("\u03a3", "\u03a0")  # letters that stand for no function
ABOVE = ("readout", "loss")  # bands that are no cell's


class Node(NamedTuple):
    """A tape entry that is drawn. ``band``: the cell with its tag, ``readout``, ``loss``, ``input`` (of a net, a layer) or nothing.

    ``kind``: input | initial | target | constant | fixed | variable (leaves), state | score | loss | linear | function | op. ``part``: 1 in
    a decoder. ``bias``: what a linear map adds. ``numbers``: lines below its name, and ``room``: how many letters wide all of them are.
    """

    tensor: Tensor
    id: str
    number: int
    kind: str
    name: Symbol | None
    sign: str
    step: int | None
    band: str
    part: int = 0
    bias: Symbol | None = None
    numbers: tuple[str, ...] = ()
    room: int = 0


class Edge(NamedTuple):
    """``tail`` is input number ``place`` of ``head``; ``edges``: the tape's edges drawn by it, its own first, then those of the weights."""

    tail: Tensor
    head: Tensor
    place: int
    label: Symbol | None
    edges: tuple[tuple[Tensor, Tensor], ...]


class Graph(NamedTuple):
    """Nodes by tensor, oldest first, and edges by head; ``weights``: the parameters drawn as labels; ``net``: whether there are steps;
    ``beside``: tags and labels of the states that run beside what their cells give; ``batch``: whether several sequences ran at once."""

    nodes: dict[Tensor, Node]
    edges: list[Edge]
    weights: dict[Tensor, Symbol]
    net: bool
    beside: Collection[tuple[str, str | None]] = ()
    batch: bool = False


def graph_of(
    *roots: Tensor,
    initial: Collection[Tensor] = (),
    letters: Mapping[str, Symbol] = MappingProxyType({}),
    beside: Collection[tuple[str, str | None]] = (),
    known: Mapping[Tensor, str] | None = None,
    fixed: Constants | None = None,
) -> Graph:
    """The graph of everything that the roots came from. ``initial``: tensors that are states at the start, ``known``: the scores and losses
    of a run; without a run what stands in their places is one; ``fixed``: what constant arrays are called.

    >>> a = tensor(2.0, name="a")
    >>> b = a + a
    >>> graph = graph_of(b + b)
    >>> [(str(node.name or node.sign), len(node.tensor.inputs)) for node in graph.nodes.values()], len(graph.edges)
    ([('a', 0), ('+', 2), ('+', 2)], 4)
    """
    tape = Tape.of(*roots)
    net = any(node.step is not None and node.inputs for node in tape)
    weights = {w: weight_symbol(w, letters) for w in _weights(tape, initial)} if net else {}
    known = _by_place(tape, roots) if known is None else known
    users: dict[Tensor, list[Tensor]] = {}
    for node in tape:
        for parent in node.inputs:
            if isinstance(parent, Tensor):
                users.setdefault(parent, []).append(node)
    names: dict[str, int] = {}
    for node in tape:
        names[node.name or ""] = names.get(node.name or "", 0) + 1
    carried = {(b.scope.tag, b.label) for a in tape for b in a.inputs if isinstance(b, Tensor) and _later(b, a)}
    decoding = any(node.scope.tag[:3] == "dec" for node in tape)
    nodes: dict[Tensor, Node] = {}
    for node in reversed(tape.nodes):  # users first: a leaf stands where it is used
        if node not in weights:
            nodes[node] = _node(node, tape.number(node), nodes, users.get(node, []), carried, known, decoding, names, weights)
    nodes = {node: each if each.name else _called(each, fixed) for node, each in reversed(nodes.items())}
    batch = any(node.kind == "input" and node.tensor.ndim > 1 for node in nodes.values())
    return Graph(nodes, [edge for node in nodes for edge in _edges(node, weights)], weights, net, beside, batch)


def _called(node: Node, fixed: Constants | None) -> Node:
    """A constant by the name that its cell has for it."""
    name = fixed.own.get(fixed.key(node.tensor.value)) if fixed and node.kind == "constant" and node.tensor.ndim else None
    return node._replace(kind="fixed", name=quantity(name), sign="") if name else node


def _by_place(tape: Tape, roots: Collection[Tensor]) -> dict[Tensor, str]:
    """The scores and losses of a tape whose run is not at hand: what the readout and the loss name, and the sum of losses at its end."""
    places = {"readout": "score", "loss": "loss"}
    found = {node: places[node.scope.cell] for node in tape if node.inputs and node.label and node.scope.cell in places}
    ends = [node for node in roots if node.label and node.step is None and "loss" in found.values()]
    return found | dict.fromkeys(ends, "loss")


def _later(tensor: Tensor, user: Tensor) -> bool:
    return tensor.step is not None and user.step is not None and tensor.step != user.step and tensor.label is not None


def _weights(tape: Tape, initial: Collection[Tensor]) -> list[Tensor]:
    """The variables that can be said on an arrow: each of their uses has something else to say them on."""
    weights = {n for n in tape if n.op is VARIABLE and n.step is None and n not in initial and n.label}
    for node in tape:
        tensors = [x for x in node.inputs if isinstance(x, Tensor)]
        if node.op is not None and node.op.name == "linear":
            weights.difference_update(tensors[1 : len(tensors) // 2 * 2 : 2])  # the vectors
        elif weights.issuperset(tensors):
            weights.difference_update(tensors)
    return [node for node in tape if node in weights]


def _node(
    node: Tensor,
    number: int,
    after: dict[Tensor, Node],
    users: list[Tensor],
    carried: set[tuple[str, str | None]],
    known: Mapping[Tensor, str],
    decoding: bool,
    names: dict[str, int],
    weights: dict[Tensor, Symbol],
) -> Node:
    scope, name = node.scope, symbol(node)
    part = int(decoding and scope.tag[:3] != "enc" and (bool(node.inputs) or bool(scope.tag)))
    kind, band, step = known.get(node) or _kind(node, carried), f"{scope.cell} {scope.tag}".strip(), scope.step
    if node.inputs and step is not None and not band:  # steps of somebody's own, outside any cell
        band = "steps"
    user = after[users[-1]] if users and users[-1] in after else None  # the first to use it may stand in another chain
    entered = user is not None and user.tensor.scope.cell not in (*ABOVE, "") and step is not None and step == user.step
    if not node.inputs or entered and not scope.cell:  # a leaf, or an input that was computed
        if user and not scope.cell:
            part = user.part
            below = user.band not in (*ABOVE, "") and step is not None and step == user.step
            band = "input" if below or user.band == "input" else user.band
            kind = _leaf(node, band, kind, user)
    elif scope.cell == "concat":
        inner = next(x for x in node.inputs if isinstance(x, Tensor))
        band = f"input {inner.scope.tag[:-1]}"
    own = names[node.name or ""] == 1
    if name and kind == "initial" and step is None:  # a learned one
        name = weight_symbol(node)
    if name and kind == "input" and decoding:  # both sequences begin with x_1
        name, own = name._replace(sup=("enc", "dec")[part]), True
    id = name.id if name and own else f"n{number}"
    return Node(node, id, number, kind, name, sign(node), step, band, part, bias(node, weights))


def _kind(node: Tensor, carried: set[tuple[str, str | None]]) -> str:
    """What a node is, by its operation and its place."""
    scope, label = node.scope, node.label
    if not node.inputs:
        return "variable" if node.op is VARIABLE else "constant"
    if scope.cell and scope.cell not in ABOVE and label and (scope.tag, label) in carried:
        return "state"
    assert node.op is not None
    letters = sign(node).replace(" ", "")
    return "linear" if node.op.name == "linear" else "function" if letters.isalpha() and letters not in SUMS else "op"


def _leaf(node: Tensor, band: str, kind: str, user: Node) -> str:
    """What a leaf of a net is, by where it enters."""
    if band == "input":
        return "input"
    if band == "loss" and node.label and node.step is not None:
        return "target"
    cell = band not in (*ABOVE, "")
    return "initial" if cell and (node.step is None or node.step != user.step) and node.label else kind


def _edges(node: Tensor, weights: dict[Tensor, Symbol]) -> list[Edge]:
    """The edges into a node, in the order of its inputs; a weight goes with the vector after it, or else with the last other input."""
    edges: list[Edge] = []
    waiting: list[Tensor] = []
    for place, parent in enumerate(node.inputs):
        if parent in weights if isinstance(parent, Tensor) else True:
            waiting += [parent] if isinstance(parent, Tensor) else []
            continue
        label = weights[waiting[-1]] if waiting else None
        edges.append(Edge(parent, node, place, label, ((node, parent), *((node, weight) for weight in waiting))))
        waiting = []
    if waiting and edges:  # a bias, or a weight written after what it meets
        last = edges[-1]
        said = last.label or (None if node.op is not None and node.op.name == "linear" else weights[waiting[-1]])
        edges[-1] = last._replace(label=said, edges=(*last.edges, *((node, weight) for weight in waiting)))
    return edges


def bias(node: Tensor, weights: dict[Tensor, Symbol]) -> Symbol | None:
    """What a linear map adds, where that is a parameter."""
    odd = node.op is not None and node.op.name == "linear" and len(node.inputs) % 2 == 1
    return weights.get(node.inputs[-1]) if odd else None


def symbol(node: Tensor) -> Symbol | None:
    """A tensor's name with its layer and direction as superscript, and its gate and time step as subscript.

    >>> cell = Stacked([LSTM(3, 4), LSTM(4, 4)])
    >>> symbol(unroll(cell, np.ones((5, 3))).chains[1].steps[2]["a_i"])
    Symbol(base='a', sup='2', sub='i,3')
    """
    if not node.label:
        return None
    return quantity(node.label, node.scope.tag, "" if node.step is None else str(node.step))


def weight_symbol(weight: Tensor, letters: Mapping[str, Symbol] = MappingProxyType({})) -> Symbol:
    """A parameter's letter, or its name, its tag as superscript."""
    return letters.get(weight.name or "") or quantity(weight.label or "")


def letters(cells: Iterable[Cell], readout: Iterable[str] = ()) -> dict[str, Symbol]:
    """Each matrix's letter by its full name: ``U_i`` for W_xi, ``W`` for W_hh, ``V`` for W_hy.

    >>> {name: str(symbol) for name, symbol in letters([LSTM(3, 4)], ["W_hy"]).items() if "i" in name or "y" in name}
    {'W_hy': 'V', 'W_xi': 'U_i', 'W_hi': 'W_i'}
    """
    return {name: Symbol(new.letter, new.tag, new.sub) for name, new in nets.letters(nets.matrices(cells, readout)).items()}


def sign(node: Tensor) -> str:
    """An operation's sign, with the numbers it was given: ``1\u2212``. Numbers are multiplied by a cross, arrays by the sign for each."""
    if node.op is None or not node.inputs:
        return "" if node.label else _number(node)
    before = "".join(f"{x:.3g}" for x in node.inputs[:1] if not isinstance(x, Tensor))
    after = "".join(f"{x:.3g}" for x in node.inputs[1:] if not isinstance(x, Tensor))
    single = before or after or all(getattr(x, "size", 1) == 1 for x in node.inputs)
    return before + ("\u00d7" if single and node.op.name == "multiply" else node.op.picture) + after


def masked(state: Tensor) -> bool:
    """Whether a sequence that has ended keeps its state here."""
    mask = state.inputs[0] if state.op is not None and state.op.name == "where" else None
    return isinstance(mask, Tensor) and not mask.inputs and mask.dtype.kind == "b"


def _number(leaf: Tensor) -> str:
    """A leaf without a name: its number, or what kind of array it is."""
    if leaf.size == 1 and leaf.dtype.kind != "b":
        return f"{leaf.value.item():.3g}"
    return "mask" if leaf.dtype.kind == "b" else "\u00d7".join(map(str, leaf.shape))
