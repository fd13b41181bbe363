"""A net's unfolding as a graph, contracted from its tape to the quantities that are asked for, and a person's graph held against it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.grader.assignment import Function, Spec
from autograd_rnn.grader.dot import Broken, Graph, read
from autograd_rnn.grader.files import Unreadable
from autograd_rnn.grader.matching import Difference, Edge, compared, spelled
from autograd_rnn.grader.report import Item, Told
from autograd_rnn.grader.unnamed import aligned
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.visible import visible

FAMILY = re.compile(r"(\w+)(\[t(-1)?\])?\s*->\s*(\w+)(\[t\])?")


class Family(NamedTuple):
    """Edges of one kind: from where, how many steps before (None: a quantity without steps), to where, and whether that has steps."""

    tail: str
    before: int | None
    head: str
    stepped: bool

    def holds(self, edge: Edge) -> bool:
        """Whether an edge is of this kind."""
        (tail, start), (head, end) = edge
        if (tail, head) != (self.tail, self.head) or (end is None) == self.stepped or (start is None) != (self.before is None):
            return False
        return start is None or end is None or start == end - (self.before or 0)


def family(text: str) -> Family | None:
    """Edges as an assignment names them, ``h[t-1] -> h[t]``."""
    match = FAMILY.fullmatch(text.strip())
    if match is None:
        return None
    tail, stepped, before, head, ends = match.groups()
    return Family(tail, None if stepped is None else int(before is not None), head, ends is not None)


def unfolding(net: str, task: str, steps: int, families: Iterable[Family]) -> set[Edge]:
    """The edges between the quantities of these families: how they rest on one another in the net's tape, by way of no third of them."""
    families = list(families)
    model = Model(CELLS[net](2, 3, seed=0), output_size=4, task=task)
    targets = np.zeros(steps, int) if task == "many-to-many" else 0
    tape = model.unroll(np.ones((steps, 2)), targets).tape
    asked = {(one.tail, one.before is not None) for one in families} | {(one.head, one.stepped) for one in families}
    nodes = {x: (str(x.label), x.step) for x in tape if x.label is not None and (str(x.label), x.step is not None) in asked}
    edges = set()
    for x, head in nodes.items():
        waiting, seen = list(x.inputs), set()
        while waiting:
            part = waiting.pop()
            if part in seen or not isinstance(part, Tensor):
                continue
            seen.add(part)
            if part in nodes:
                edges.add((nodes[part], head))
            else:
                waiting += part.inputs
    return edges


def wrong_edges(spec: Spec) -> Iterator[tuple[str, str, int]]:
    """What is wrong with the edges that an assignment asks for, each a sentence, the key and the function that it is about: they have to be
    all that the net has between these quantities."""
    asked = [one for one in map(family, (function.name for function in spec.functions)) if one is not None]
    for k, function in enumerate(spec.functions, 1):
        if family(function.name) is None:
            yield "with steps, a name is an edge of the unfolding, as h[t-1] -> h[t]", "name", k
    if not spec.net:
        yield "steps are those of a net that is unfolded: net says which", "steps", 0
    there = unfolding(spec.net, spec.task, spec.steps, asked)
    for k, one in enumerate(asked, 1):
        if not any(one.holds(edge) for edge in there):
            yield f"there is no edge {spec.functions[k - 1].name} in an unfolding of {spec.net}", "name", k
    for edge in sorted(there, key=str):
        if not any(one.holds(edge) for one in asked):
            yield f"the unfolding of {spec.net} has the edge {' -> '.join(map(spelled, edge))} too, of no kind here", "net", 0


def references(families: list[tuple[Family, bool]], edges: set[Edge]) -> list[set[Edge]]:
    """The graphs that are right, whole first: without the states before the first step, without what need not be there, and with the sum of
    the losses.

    ``families``: each with whether it need not be."""
    free = [one for one, optional in families if optional][:4]
    found = []
    for count in range(len(free) + 1):
        for left in itertools.combinations(free, count):
            kept = {edge for edge in edges if not any(one.holds(edge) for one in left)}
            found += [kept, {edge for edge in kept if edge[0][1] != 0}]
    losses = {node: (node, ("L", None)) for edge in edges for node in edge if node[0] == "L" and node[1] is not None}
    found += [edges | {losses[edge[1]] for edge in edges if edge[1] in losses} for edges in found]
    return [edges for k, edges in enumerate(found) if edges and edges not in found[:k]]


def held(graph: Graph, right: list[set[Edge]]) -> Difference:
    """A person's graph held against those that are right: by its names, or, where these say nothing, by what is around each node."""
    return compared(graph, right) or aligned(graph.edges, right) or Difference({}, recognised=False)


def graded(spec: Spec, functions: list[Function], text: str) -> list[Item]:
    """An item for each kind of edges that is asked for. Raises Unreadable."""
    try:
        graph = read(text)
    except Broken as error:
        raise Unreadable(f"this is no graph in DOT: {visible(error)[:160]}") from None
    asked = {function.name: one for function in spec.functions if (one := family(function.name))}
    edges = unfolding(spec.net, spec.task, spec.steps, asked.values())
    right = references([(asked[function.name], not function.points) for function in spec.functions], edges)
    found = held(graph, right)
    drawn = f"it has {len({n for edge in graph.edges for n in edge})} nodes and {len(graph.edges)} edges"
    needed = f"needed are {len({n for edge in edges for n in edge})} and {len(edges)}"
    items = []
    for function in functions:
        words = list(dict.fromkeys(words for edge, words in found.sentences.items() if function.name in charged(edge, asked)))
        if found.recognised and not words:
            items.append(Item(function.name, function.points, function.points, "correct", "", function.visibility))
            continue
        words = [visible(one)[:160] for one in words]
        told = Told("; ".join(words[:6]) + f"; and {len(words) - 6} more" * (len(words) > 6), (), f"in {function.name}") if words else None
        message = f"{len(words)} edge{'s' * (len(words) > 1)} of this kind {'are' if len(words) > 1 else 'is'} wrong" if words else ""
        message = message or f"nothing is recognised in the graph: {drawn}, {needed}"
        items.append(Item(function.name, 0.0, function.points, "wrong", message, function.visibility, {}, told))
    return items


def charged(edge: Edge, asked: dict[str, Family]) -> list[str]:
    """The kinds of edges that a wrong one is of; failing that, those that end where it does, those that begin where it does, all."""
    (tail, _), (head, _) = edge
    for held in (
        [name for name, one in asked.items() if one.holds(edge)],
        [name for name, one in asked.items() if one.head == head],
        [name for name, one in asked.items() if tail in (one.tail, one.head) or head == one.tail],
    ):
        if held:
            return held
    return list(asked)
