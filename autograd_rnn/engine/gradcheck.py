"""Gradients held against numbers that do not share their code: the complex step where f allows it, else central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine.checks import positive, whole
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.numeric import central_differences, complex_step, finest
from autograd_rnn.engine.owned import LostRecord
from autograd_rnn.engine.place import no_grad, scope
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.tensor import Tensor, constant, tensor
from autograd_rnn.engine.transforms import grad
from autograd_rnn.table import table
from autograd_rnn.visible import shown


class Row(NamedTuple):
    """One element of one argument: what the tape says, what the numbers say, and their difference relative to the largest."""

    argument: str
    element: tuple[int, ...]
    analytic: float
    numeric: float
    error: float


class Report:
    """What `gradcheck` found; prints as a table of the worst elements. ``ok`` is the verdict."""

    def __init__(self, rows: list[Row], faults: list[str], method: str, tolerance: float, op: str | None):
        self.rows, self.faults, self.method, self.tolerance, self.op = rows, faults, method, tolerance, op

    @property
    def worst(self) -> float:
        """The largest relative error (inf where an element is not a number)."""
        return max((row.error for row in self.rows), default=0.0)

    @property
    def ok(self) -> bool:
        return not self.faults and bool(self.worst <= self.tolerance)

    def __str__(self) -> str:
        shown = sorted(self.rows, key=lambda row: -row.error)[:8]
        verdict = "ok" if self.ok else "NOT ok"
        limit = f"worst error {self.worst:.1e} (tolerance {self.tolerance:.0e})"
        head = f"gradcheck {verdict}: {len(self.rows)} elements by {self.method}, {limit}"
        lines = [head, *self.faults] + ([f"the derivative at fault: {self.op}"] if self.op else [])
        return "\n".join(lines) + "\n" + table(Row._fields, [(r.argument, list(r.element), *r[2:]) for r in shown])

    __repr__ = __str__


def _weights(y: Any, seed: int) -> Any:
    """A fixed random cotangent of y's shape: one number stands for all outputs."""
    return np.random.default_rng(seed).uniform(0.5, 1.5, np.shape(y))


def _number(f: Callable[..., Any], args: list[Any], seed: int) -> Any:
    """Σ w f(args) without recording; args may be complex."""
    y = no_grad().run(f, *args)
    y = y.value if isinstance(y, Tensor) else np.asarray(y)
    return np.sum(_weights(y, seed) * y)


def _numeric(f: Callable[..., Any], values: list[np.ndarray], claimed: list[np.ndarray], seed: int) -> tuple[list[np.ndarray], str, float]:
    """dΣwf/dx_k for every argument, element by element, by which method, and how far it can be trusted."""

    def by(method: Callable[..., np.ndarray]) -> list[np.ndarray]:
        gradients = []
        for k, value in enumerate(values):

            def moved(x: np.ndarray, k: int = k) -> Any:
                return _number(f, [constant(x if j == k else v) for j, v in enumerate(values)], seed)

            gradients.append(method(moved, value, np.ndindex(value.shape)).reshape(value.shape))
        return gradients

    found, method = finest(by, claimed)
    return (found, "complex step", 1e-12) if method is complex_step else (found, "central differences", 1e-6)


def local_fault(root: Tensor, tolerance: float = 1e-5, seed: int = 0) -> str | None:
    """The first operation on a tape whose vjp disagrees with its own forward, along a random direction; None if all agree."""
    rng = np.random.default_rng(seed)
    for node in root.tape:
        if node.op is None or node.op is VARIABLE:
            continue
        options = node.options or {}
        values = [x.value if isinstance(x, Tensor) else x for x in node.inputs]
        g = rng.uniform(0.5, 1.5, node.shape)
        for k, (x, rule) in enumerate(zip(node.inputs, node.op.rules(len(values)), strict=True)):
            if not isinstance(x, Tensor) or x.dtype.kind != "f" or rule is None:
                continue
            v = rng.uniform(-1, 1, x.shape)

            def along(s: Any, k: int = k, x: Any = x.value, v: Any = v, forward: Any = node.op.forward) -> Any:
                return np.sum(g * forward(*values[:k], x + s * v, *values[k + 1 :], **options))

            numeric = central_differences(along, np.zeros(()), [()])[0]
            claimed = np.sum(settle(np.asarray(node.op.vjp(k, g, node.value, values, options)), x.shape) * v)
            if not abs(claimed - numeric) <= tolerance * max(1.0, abs(numeric)):
                at = node.name or f"%{root.tape.number(node)}"
                return f"{node.op.name}, input {k} ({at}): vjp gives {claimed:.6g}, its forward {numeric:.6g}"
    return None


def _gradient_of(f: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """A number made of every element of the gradient of Σ w f²: squared, so that a linear f has a second derivative too."""

    def square(*xs: Any) -> Any:
        y = f(*xs)
        return (y * y * _weights(y, seed + 1)).sum()

    def combined(*xs: Any) -> Any:
        gradients = [grad(square, k, unused="zero")(*xs) for k in range(len(xs))]
        parts = [(g * _weights(g, seed + 2 + k)).sum() for k, g in enumerate(gradients)]
        return sum(parts[1:], parts[0])

    return combined


def _faults(f: Callable[..., Any], leaves: list[Tensor], y: Tensor, seed: int) -> tuple[list[np.ndarray], list[str]]:
    """The tape's gradients, and what is wrong with them that needs no numbers: shape, dtype, a zero cotangent, repeatability."""
    weights = _weights(y, seed).astype(y.dtype)
    swept, again, still = adjoints(y, weights), adjoints(f(*leaves), weights), adjoints(y, np.zeros_like(weights))
    gradients, faults = [], []
    for leaf in leaves:
        g = swept.get(leaf, np.zeros(leaf.shape, leaf.dtype))
        gradients.append(g)
        if g.shape != leaf.shape or g.dtype != leaf.dtype:
            faults.append(f"{leaf.name}: gradient is {g.dtype}{list(g.shape)}, the argument {leaf.dtype}{list(leaf.shape)}")
        if np.any(still.get(leaf, g * 0) != 0):
            faults.append(f"{leaf.name}: a zero cotangent does not give zero")
        if not np.array_equal(g, again.get(leaf, g), equal_nan=True):
            faults.append(f"{leaf.name}: a second run gives another gradient")
    return gradients, faults


@scope(recording=True, transforms=1)  # transforms=1: a gradient inside f answers with a tensor
def gradcheck(f: Callable[..., Any], *args: Any, order: int = 1, tolerance: float | None = None, seed: int = 0) -> Report:
    """Check f's gradient with respect to every argument, element by element, and report (see `Report`).

    f takes tensors or arrays and returns one of any shape; its elements are weighted by a fixed random cotangent. Also checked: each
    gradient's shape and dtype, that a zero cotangent gives zero, and that a second run repeats bit for bit. ``order=2`` checks the
    gradient's own gradient. Complex step (tolerance 1e-12) where f is analytic, else central differences (1e-6), and a hundred times
    the spacing of the coarsest argument's dtype if that is more; the error of an element is relative to the largest of its argument.

    >>> gradcheck(lambda x: tanh(x) * x, np.array([0.5, -1.0])).ok
    True
    """
    if not callable(f):
        raise TypeError(f"gradcheck takes a function and its arguments, not {shown(f)}")
    whole("seed", seed)
    if tolerance is not None:
        positive("tolerance", tolerance)
    if not isinstance(order, int) or order not in (1, 2):
        raise ValueError(f"order={shown(order)}: choose 1 or 2")
    checked = f if order == 1 else _gradient_of(f, seed)
    leaves = [tensor(a, name=getattr(a, "name", None) or f"argument {k}") for k, a in enumerate(args)]
    values = [leaf.value for leaf in leaves]
    try:
        y = checked(*leaves)
    except LostRecord as lost:
        return Report([], [str(lost)], "nothing", 0.0, None)
    if not isinstance(y, Tensor) or y.op is None:
        return Report([], ["f's result does not depend on any argument"], "nothing", 0.0, None)
    gradients, faults = _faults(checked, leaves, y, seed)
    numeric, method, limit = _numeric(checked, values, gradients, seed)
    limit = max(limit, *(100 * float(np.finfo(leaf.dtype).eps) for leaf in leaves))
    rows = []
    for leaf, g, n in zip(leaves, gradients, numeric, strict=True):
        scale = max(np.max(np.abs(n), initial=0.0), 1e-3)
        for at in np.ndindex(n.shape if g.shape == n.shape else (0,)):  # another shape is named among the faults
            error = abs(float(g[at]) - n[at]) / scale
            rows.append(Row(str(leaf.name), at, float(g[at]), float(n[at]), error if error == error else np.inf))
    report = Report(rows, faults, method, limit if tolerance is None else tolerance, None)
    if not report.ok:
        report.op = local_fault(y)
    return report
