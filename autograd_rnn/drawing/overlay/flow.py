"""What flows back along a figure's arrows: the vjps of one backward sweep, gathered as the sweep takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_rnn.drawing.figure import Arrow, Figure
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.sweep import Cut
from autograd_rnn.nets.run import Run
from autograd_rnn.visible import class_of

Edge = tuple[Tensor, Tensor]


class Flow:
    """One backward sweep from a run's loss, or from any scalar tensor: ``adjoint`` of each tensor that it reached, ``sent`` what it sent
    along each of the ``wanted`` edges (node, parent), once for each input that the parent is. Nothing is added to any ``grad``.

    ``truncate`` is that of `Run.backward`; without it a run is swept as its last ``backward`` did.
    """

    def __init__(self, subject: Any, wanted: Iterable[Edge], truncate: int | None = None) -> None:
        self.sent: dict[Edge, list[np.ndarray]] = {}
        edges = set(wanted)

        def observe(node: Tensor, parent: Tensor, d: Any) -> None:
            if (node, parent) in edges:
                self.sent.setdefault((node, parent), []).append(np.asarray(settle(d, parent.shape)))

        if isinstance(subject, Run):
            reach, kind = _reach(subject, truncate)
            self.root, self.adjoint = subject.loss, subject.observed(observe, reach, kind)
        elif not isinstance(subject, Tensor):
            raise TypeError(f"gradients flow in a run or back from a scalar tensor, not in {class_of(subject)}")
        elif truncate is not None:
            raise ValueError("truncate= belongs to a run: a tensor alone has no time steps to cut between")
        else:
            self.root, self.adjoint = subject, adjoints(subject, observe=observe)

    def along(self, edges: Iterable[Edge], twin: int | None = None) -> list[np.ndarray] | None:
        """What arrives at each of the edges' parents, summed for each, or its part number ``twin``; None where nothing was computed."""
        total: dict[Tensor, np.ndarray] = {}
        for edge in edges:
            sent = self.sent.get(edge, [])
            for part in sent if twin is None or twin >= len(sent) else sent[twin : twin + 1]:
                total[edge[1]] = total[edge[1]] + part if edge[1] in total else part
        return list(total.values()) or None


def _reach(run: Run, truncate: int | None) -> tuple[int | None, str]:
    return (truncate, "chunk") if truncate is not None else run.truncated


def left_out(run: Any, truncate: int | None = None) -> Cut | None:
    """Which edges between steps a truncated sweep leaves out, without ``truncate`` the run's last one; None for a whole sweep."""
    if not isinstance(run, Run):
        return None
    reach, kind = _reach(run, truncate)
    if kind == "chunk":
        return run.chunks(reach)
    passed: set[Edge] = set()
    reached = run.observed(lambda node, parent, d: passed.add((node, parent)), reach, kind)
    between = run.chunks(1)
    return lambda node, parent: node in reached and (node, parent) not in passed and bool(between and between(node, parent))


def carried(figure: Figure) -> list[tuple[Arrow, tuple[Edge, ...]]]:
    """Every arrow that stands for edges of the tape, with those that lead to what is at its tail, not to a weight.

    An arrow without edges that leads to another mark of its tail's tensor, as a decoder's answer does that it reads itself, passes on what
    flows beyond that mark.
    """
    leaving: dict[str, list[Edge]] = {}
    for arrow in figure.arrows:
        leaving.setdefault(arrow.tail, []).extend(arrow.edges)
    found = []
    for arrow in figure.arrows:
        shown, edges = set(figure.marks[arrow.tail].tensors), arrow.edges
        if not edges and (arrow.kind == "feedback" or shown.intersection(figure.marks[arrow.head].tensors)):
            edges = tuple(leaving.get(arrow.head, ()))
        edges = tuple((node, parent) for node, parent in edges if parent.inputs or parent in shown)
        if edges:
            found.append((arrow, edges))
    return found


def twins(ways: Iterable[tuple[Arrow, tuple[Edge, ...]]]) -> dict[str, int]:
    """The number of each arrow among those that stand for the same edge between the same marks, one for each input."""
    alike: dict[tuple[str, str, Edge], list[str]] = {}
    for arrow, edges in ways:
        alike.setdefault((arrow.tail, arrow.head, edges[0]), []).append(arrow.id)
    return {name: k for names in alike.values() if len(names) > 1 for k, name in enumerate(names)}


def norm(arrays: Iterable[Any]) -> float:
    """The Euclidean norm of several arrays taken together, also where its square is too large or too small a number."""
    flat = np.concatenate([np.ravel(np.asarray(array, float)) for array in arrays])
    largest = float(np.max(np.abs(flat), initial=0.0))
    return largest * float(np.linalg.norm(flat / largest)) if 0 < largest < np.inf else largest
