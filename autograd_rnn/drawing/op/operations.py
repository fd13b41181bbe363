"""The op level: every operation of a run, or of any scalar tensor, each step laid out alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import Teller
from autograd_rnn.drawing.asked import not_too_many
from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.block.scene import listed, said_left_out
from autograd_rnn.drawing.figure import Figure, Frame, Line, Mark, Symbol, Text
from autograd_rnn.drawing.measure import under
from autograd_rnn.drawing.op.boxes import ROOMY, Look, as_box, laid_out, lines_of, looks
from autograd_rnn.drawing.op.graph import MASKED, Graph, Node, graph_of, letters, masked, weight_symbol
from autograd_rnn.drawing.op.routes import Router, arrow
from autograd_rnn.drawing.op.sheet import CHANNEL, Sheet, is_cell
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.guards import describe
from autograd_rnn.nets.equations import constants
from autograd_rnn.nets.letters import main_state
from autograd_rnn.nets.run import Run

LISTED = 16  # weights that are named in a caption


def operations(
    subject: Run | Tensor,
    elide: bool | None = None,
    notation: str = "names",
    labels: Sequence[str] | None = None,
    force: bool = False,
    within: Callable[[Tensor], tuple[str, ...]] | None = None,
) -> Figure:
    """Every operation of a run, or of the tape of any tensor. A net's steps stand side by side, each in a frame, layers one above the
    other; what has no steps is drawn from left to right.

    Options as `draw`'s; ``force`` draws more than 3,000 nodes. ``within``: the lines of numbers in a tensor's node. Raises ValueError for
    so many, and for a tensor that no operation made.

    >>> a = tensor(2.0, name="a")
    >>> b = a + a
    >>> figure = operations(b + b)
    >>> [mark.label for mark in figure.marks.values()], len(figure.arrows)
    ([((Symbol(base='a', sup='', sub=''),),), (('+',),), (('+',),)], 4)
    """
    if isinstance(subject, Tensor) and not subject.inputs:
        raise ValueError(f"there is nothing to draw of {describe(subject)}: no operation made it; draw what is computed from it")
    initial = _initial(subject)
    chosen = _letters(subject) if notation == "letters" else {}
    fixed = None if isinstance(subject, Tensor) else constants(chain.cell for chain in subject.chains)
    graph = graph_of(*_roots(subject), initial=initial, letters=chosen, beside=_beside(subject), known=_known(subject), fixed=fixed)
    if within is not None:
        lines = {tensor: within(tensor) for tensor in graph.nodes}
        room = max(len(line) for each in lines.values() for line in each)
        graph.nodes.update({tensor: node._replace(numbers=lines[tensor], room=room) for tensor, node in graph.nodes.items()})
    sheet = Sheet(graph, elide, initial) if graph.net else None
    count = len(graph.nodes) if sheet is None else sum(sheet.shows(tensor) for tensor in graph.nodes)
    less = "elide=True draws less" if graph.net else "draw a part of it"
    not_too_many(count, less if isinstance(subject, Tensor) else f"level='block' or {less}", force)
    figure = Figure(_title(subject))
    if sheet is None:
        _flat(graph, figure)
        figure.description = _described(figure, graph)
        return figure
    _frames(sheet, figure)
    router = Router(sheet, figure)
    for node in sheet.starts:
        figure.add(_mark(node, looks(node), router.starting[node.tensor], graph))
    for placed in sheet.placed.values():
        for node in placed.group.nodes:
            figure.add(_mark(node, sheet.look(node.tensor), sheet.at(node.tensor), graph))
    router.arrows()
    _texts(sheet, figure, list(labels or ()), notation)
    figure.description = _described(figure, graph)
    return figure


def _roots(subject: Run | Tensor) -> list[Tensor]:
    """What a picture ends in: of a run, what its tape ends in."""
    if isinstance(subject, Tensor):
        return [subject]
    ends = [value for chain in subject.chains for value in chain.last.values()]
    return [*ends, *subject.scores, *([subject.loss] if len(subject.losses) else [])]


def _initial(subject: Run | Tensor) -> dict[Tensor, str]:
    """The states at the start by name; a tensor's are known by their names alone."""
    chains = [] if isinstance(subject, Tensor) else subject.chains
    return {value: state for chain in chains for state, value in chain.first.items() if not value.inputs}


def _letters(subject: Run | Tensor) -> dict[str, Symbol]:
    """The letters of a run's matrices; nobody knows what a tensor's are to a net."""
    if isinstance(subject, Tensor):
        return {}
    readout = subject.model.readout.parameters if subject.model else {}
    return letters([chain.cell for chain in subject.chains], [name for name, weight in readout.items() if weight.ndim > 1])


def _known(subject: Run | Tensor) -> dict[Tensor, str] | None:
    """What the scores and losses of a run are to it."""
    if isinstance(subject, Tensor):
        return None
    losses = [*subject.losses, subject.loss] if len(subject.losses) else []
    answers = [(chain, name) for chain in subject.chains for name, role in chain.cell.answers.items() if role == "score"]
    scores = [*subject.scores, *(record[name] for chain, name in answers for record in chain.steps if name in record)]
    return {**dict.fromkeys(scores, "score"), **dict.fromkeys(losses, "loss")}


def _beside(subject: Run | Tensor) -> set[tuple[str, str | None]]:
    """The states beside their cell's main one, an LSTM's c."""
    cells = [] if isinstance(subject, Tensor) else [chain.cell for chain in subject.chains]
    return {(cell.tag, state) for cell in cells for state in cell.carried if state != main_state(cell)}


def _title(subject: Run | Tensor) -> str:
    if isinstance(subject, Tensor):
        return f"the operations of {subject.name or 'a tensor'}"
    return "the operations of " + " and ".join(f"{u.net!r} over {len(u.xs)} step{'s' * (len(u.xs) != 1)}" for u in subject.unrolled)


def _mark(node: Node, look: Look, at: tuple[float, float], graph: Graph) -> Mark:
    """A node as it is drawn: its name over its sign."""
    own = ("numbered" if node.tensor.inputs else "given") if as_box(node, look) else ""
    return Mark(node.id, look[0], at, lines_of(node), _tip(node, graph), node.step, look[1], (node.tensor,), look=own)


def _tip(node: Node, graph: Graph) -> str:
    """The operation as an equation, and where it ran."""
    if not node.tensor.inputs:
        return f"{node.kind} {node.name or node.sign}"
    names = {}
    for x in node.tensor.inputs:
        if isinstance(x, Tensor):
            known = graph.nodes.get(x)
            names[x] = e.Sym(str(_called(known) if known else x.name))
    text = show(e.Equation(e.Sym(_called(node)), Teller(names, batch=graph.batch).tell(node.tensor)))
    place = str(node.tensor.scope)
    return text + (f", {place}" if place else "")


def _called(node: Node) -> str:
    """A node's name as equations write it; what has none of its own is called by its number on the tape."""
    return str(node.name) if node.name and node.name.id == node.id else f"%{node.number}"


def _flat(graph: Graph, figure: Figure) -> None:
    """A graph without steps: one layout of the whole."""
    nodes = list(graph.nodes.values())
    number = {node.tensor: k for k, node in enumerate(nodes)}
    into: list[list[Any]] = [[] for _ in nodes]
    for edge in graph.edges:
        into[number[edge.head]].append((("node", number[edge.tail]), edge))
    box = laid_out(nodes, into, (), between=ROOMY)
    for node, look, at in zip(nodes, box.looks, box.at, strict=True):
        figure.add(_mark(node, look, at, graph))
    ids: dict[str, int] = {}
    for edge in graph.edges:
        inlet = box.inlets[number[edge.head], edge.place]
        figure.add(arrow(graph, edge, "plain", inlet.curve, inlet.label, ids))


def _frames(sheet: Sheet, figure: Figure) -> None:
    for (part, band, step), placed in sorted(sheet.placed.items(), key=lambda item: item[1].left):
        if is_cell(band):
            low = sheet.bottom[sheet.row[part, band]]
            high = low + sheet.tall[sheet.row[part, band]]
            place = str(placed.group.nodes[0].tensor.scope)
            figure.add(Frame(f"step_{band.replace(' ', '')}_{step}", "step", (placed.left, low), (placed.right, high), place))


def _texts(sheet: Sheet, figure: Figure, labels: list[str], notation: str) -> None:
    """Under the picture: what is read and the time of each step, then what the pictures' words mean."""
    columns = [column for column in sheet.columns if column[1] is not None]
    order = [(part, t) for part, times in sheet.times.items() for t in times]
    y = -1.1 * LINE - (1.6 * LINE if sheet.rail else 0)
    read = [(sheet.left[column] + sheet.wide / 2, labels[order.index(column)]) for column in columns if order.index(column) < len(labels)]
    texts, y = under(read, y, sheet.wide + CHANNEL - 12)
    figure.texts += texts
    for part, t in columns:
        words = ("encoder, ", "decoder, ")[part] if len(sheet.times) > 1 else ""
        figure.add(Text((sheet.left[part, t] + sheet.wide / 2, y), (words, Symbol("t"), f" = {t}"), "caption"))
    figure.write(captions(sheet, figure, notation), figure.middle, y - 1.3 * LINE, LINE)


def captions(sheet: Sheet, figure: Figure, notation: str) -> list[Line]:
    """What is shared, what a letter stands for, what is left out."""
    weights = list(dict.fromkeys(sheet.graph.weights.values()))
    shared = [w for w in weights if w.sub not in ("hy",) or len(sheet.columns) > 1]
    lines: list[Line] = []
    if any(edge.label for edge in sheet.graph.edges):
        lines.append(("each matrix multiplies what its arrow brings; the box adds up, with its bias",))
    if len(sheet.columns) > 1 and shared:
        lines.append(("the same ", *(listed(shared) if len(shared) <= LISTED else ["weights"]), " in every step"))
    if notation == "letters" and len(weights) <= LISTED:
        pairs = [(symbol, name) for tensor, symbol in sheet.graph.weights.items() if (name := weight_symbol(tensor)) != symbol]
        meant: list[Symbol | str] = [part for symbol, name in pairs for part in (", ", symbol, " = ", name)]
        lines.append(tuple(meant[1:]))
    if any(arrow.kind == "feedback" for arrow in figure.arrows):
        lines.append(("the decoder reads its own last answer",))
    if any(node.kind == "state" and masked(node.tensor) for node in sheet.graph.nodes.values()):
        lines.append((MASKED,))
    for part in sheet.times:
        out = sorted(t for p, t in sheet.hidden if p == part)
        if out:
            whose = ("encoder: ", "decoder: ")[part] if len(sheet.times) > 1 else ""
            lines.append((f"{whose}{said_left_out(out)}",))
    return lines


def _described(figure: Figure, graph: Graph) -> str:
    """The picture in words."""
    kinds: dict[str, int] = {}
    for node in graph.nodes.values():
        if node.id in figure.marks:
            kinds[node.sign if node.tensor.inputs else node.kind] = kinds.get(node.sign if node.tensor.inputs else node.kind, 0) + 1
    counted = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    how = "Time runs from left to right, a frame a step; within a step operations run" if graph.net else "Operations run"
    return f"{how} from left to right. Shown are {len(figure.marks)} nodes ({counted}) and {len(figure.arrows)} arrows."
