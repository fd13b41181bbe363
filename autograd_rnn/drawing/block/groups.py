"""Which of the tape's edges an arrow of the block picture stands for: a mark stands for its tensors and for what only leads into them."""

from __future__ import annotations

from autograd_rnn.drawing.block.scene import Edge, Scene
from autograd_rnn.engine import Tape, Tensor


def joined(scene: Scene, owner: dict[Tensor, str]) -> dict[Tensor, str]:
    """The tensors that set both directions' states side by side, each with the dot that shows it."""
    halves: dict[str, tuple[str, ...]] = {}
    for edge in scene.edges:
        if scene.nodes[edge.head].kind == "join":
            halves[edge.head] = (*halves.get(edge.head, ()), edge.tail)
    joins, found = {tails: join for join, tails in halves.items()}, dict[Tensor, str]()
    for node in Tape.of(*owner) if joins else ():
        join = joins.get(tuple(owner.get(x, "") for x in node.inputs if isinstance(x, Tensor)))
        if join and node not in owner:
            found[node] = join
    return found


def standing_for(scene: Scene, owner: dict[Tensor, str], lanes: dict[Tensor, int], read: dict[Tensor, str]) -> list[Edge]:
    """The scene's edges, each with the tape's edges from its tail's tensors into its head's group.

    ``owner``: each block tensor's node; ``lanes``: the line of its own that a state has; ``read``: the input node of a tensor that a net
    reads, which is another than its owner where a decoder reads its own last answer.
    """
    tape = Tape.of(*owner)
    group = grouped(owner, tape)
    number = {(edge.tail, edge.head, edge.lane): k for k, edge in enumerate(scene.edges)}
    into_gap = {edge.tail: k for k, edge in enumerate(scene.edges) if edge.kind == "feedback" and scene.nodes[edge.head].kind == "gap"}
    found: list[list[tuple[Tensor, Tensor]]] = [[] for _ in scene.edges]
    for node in tape:
        head = group.get(node)
        for parent in dict.fromkeys(x for x in node.inputs if isinstance(x, Tensor)):
            tail, lane = group.get(parent), lanes.get(parent, 0)
            if head is None or tail is None or head == tail:
                continue
            ways = [number.get((start, head, track)) for start in (read.get(parent, tail), tail) for track in (lane, 0)]
            if scene.nodes[head].kind == "gap":
                ways.append(into_gap.get(tail))
            k = next((way for way in ways if way is not None), None)
            if k is not None:
                found[k].append((node, parent))
    return [edge._replace(edges=tuple(edges)) for edge, edges in zip(scene.edges, found, strict=True)]


def grouped(owner: dict[Tensor, str], tape: Tape) -> dict[Tensor, str]:
    """The node that each tensor of a step belongs to: its own, or the first that it leads into within its step.

    Weights, plain numbers and what runs outside every step belong to none.
    """
    group = dict(owner)
    for node in reversed(tape.nodes):  # after all that reads it; what is read in several groups stays with the oldest
        mark = group.get(node)
        for parent in node.inputs if mark else ():
            if isinstance(parent, Tensor) and parent.inputs and parent not in owner and parent.step == node.step:
                group[parent] = str(mark)
    return group
