"""Every path from a node to the loss: the chain rule's sum, one term a path, with its product of derivatives and its share."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.checks import string, whole
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.explained import mismatch
from autograd_rnn.formulas.forms import evaluation, named, targets
from autograd_rnn.formulas.rolling import later
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import Step, Unfolded
from autograd_rnn.limits import at_most
from autograd_rnn.nets.run import Run
from autograd_rnn.table import table
from autograd_rnn.visible import shown

LISTED = 10_000  # paths, at most


class Path(NamedTuple):
    """One path: the nodes on it from the node asked for to the loss, its product of derivatives, the value of that."""

    nodes: tuple[e.Sym, ...]
    product: e.Expr
    share: np.ndarray

    def __str__(self) -> str:
        return " → ".join(map(show, self.nodes))


class Paths(Sequence[Path]):
    """What `Derivation.paths` found: a sequence of paths that prints as a table. ``total``: how many there are, of which at most
    ``limit`` are listed; ``gradient``: the sum of all shares, from the recursion."""

    def __init__(self, paths: list[Path], name: str, total: int, gradient: np.ndarray):
        self.paths, self.name, self.total, self.gradient = paths, name, total, gradient

    @overload
    def __getitem__(self, at: int) -> Path: ...
    @overload
    def __getitem__(self, at: slice) -> list[Path]: ...
    def __getitem__(self, at: int | slice) -> Path | list[Path]:
        return self.paths[at]

    def __len__(self) -> int:
        return len(self.paths)

    def part(self, path: Path) -> float:
        """A path's share as a part of the gradient, along the gradient's direction: the parts of all paths sum to 1."""
        square = float(np.sum(self.gradient**2))
        return float(np.sum(path.share * self.gradient)) / square if square else 0.0

    def __str__(self) -> str:
        if not self.total:
            return f"{self.name} has no influence on the loss: no path leads from it to L, and dL/d{self.name} is zero"
        rows = [(str(path), show(path.product), _brief(path.share), f"{100 * self.part(path):.1f}%") for path in self]
        some = f"the first {len(self)} of " if len(self) < self.total else ""
        sums = f"their shares sum to {100 * sum(map(self.part, self)):.1f}% of" if some else "their shares sum to"
        note = f"{some}{self.total:,} path{'s' * (self.total != 1)} from {self.name} to L; {sums} dL/d{self.name} = {_brief(self.gradient)}"
        return table(["path", "product of derivatives", "value", "share"], rows, note=note, width=160)

    __repr__ = __str__


def _brief(value: np.ndarray) -> str:
    """A few numbers as they are, many by their norm."""
    flat = np.ravel(value)
    if flat.size <= 4:
        return "[" + " ".join(f"{x:.3g}" for x in flat) + "]"
    return f"{'×'.join(map(str, value.shape))}, norm {np.linalg.norm(flat):.3g}"


def paths(derivation: System, loss: str, node: str, steps: int | tuple[int, ...] = 3, limit: int = 20, run: Run | None = None) -> Paths:
    """`Derivation.paths`."""
    if string("loss", loss) != "L":
        raise ValueError(f"paths lead to the loss 'L', not to {shown(loss)}")
    at_most("paths to list", whole("limit", limit), LISTED)
    if run is None:
        unfolded = Unfolded(derivation, steps)
        run = derivation.specimen(unfolded.last["T"], unfolded.last.get("S", 1), seed=1)
    else:
        unfolded = Unfolded(derivation, tuple(len(unrolled.xs) for unrolled in run.unrolled))
        if reason := mismatch(derivation, run):
            raise ValueError(reason)
    ahead = run.start - 1  # what the run's own steps are ahead of the equations', which count from 1
    base, step = named(derivation, node)
    if step is None and base in derivation.letters:
        raise ValueError(f"{shown(node)} stands at every step: say which, {f'{base}_{run.start}'!r}")
    if step is not None and not 0 <= step - ahead <= run.T + 1:
        raise ValueError(f"{shown(node)} is no step of this run, which goes from t={run.start} to {run.start + run.T - 1}")
    start = targets(unfolded, base, None if step is None else step - ahead)[0]
    system = evaluation(derivation, derivation.equations, run)
    shape = np.shape(system.known[start._replace(adjoint=False)])
    found = [_path(unfolded, way, system, shape, ahead) for way in itertools.islice(unfolded.ways(start), limit)]
    name = show(later(start._replace(adjoint=False), ahead))
    return Paths(sorted(found, key=lambda path: len(path.nodes)), name, unfolded.count(start), system[start] + np.zeros(shape))


def _path(unfolded: Unfolded, way: Step, system: Evaluation, shape: tuple[int, ...], ahead: int) -> Path:
    """A way back with its nodes' names, the loss at the end, and its number; its steps counted as the run's."""
    nodes = tuple(later(symbol._replace(adjoint=False), ahead) for symbol in way.passed)
    end = e.Sym("L", nodes[-1].time)
    product = way.term.product(unfolded.matrices)
    return Path((*nodes, end), later(product, ahead), system.evaluate(product) + np.zeros(shape))
