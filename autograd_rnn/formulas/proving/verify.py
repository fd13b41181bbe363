"""One gradient by three routes that share no code: the tape's backward sweep, sympy at 50 digits, and the forward pass replayed with a
complex step (or central differences)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import mpmath
import numpy as np

from autograd_rnn.engine.checks import positive, whole
from autograd_rnn.engine.gradcheck import local_fault
from autograd_rnn.engine.gradients import adjoints, seed_for
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.numeric import central_differences, complex_step, finest, replayed
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.proving.components import Meaningless, component_sweep
from autograd_rnn.limits import at_most
from autograd_rnn.nets.parameters import distinct
from autograd_rnn.nets.progress import patient
from autograd_rnn.nets.run import Run
from autograd_rnn.table import table
from autograd_rnn.visible import class_of

FLOOR = 1e-3  # gradients smaller than this are compared absolutely, in this unit, as in gradcheck: 1 - h² and p - 1 lose digits near 0
CENTRAL = "central differences"
METHODS = {complex_step: "complex step", central_differences: CENTRAL}


class Row(NamedTuple):
    """One parameter: its gradient's largest element by sympy, and the largest errors relative to that."""

    parameter: str
    shape: tuple[int, ...]
    largest: float
    tape_sympy: float
    tape_numeric: float
    sympy_numeric: float
    ulps: float  # tape - sympy again, in units of the last place of the largest element


class Report:
    """What `verify` found; prints as a table. ``ok`` is the verdict; ``disagree`` holds the pairs of routes that do not agree; ``silent``
    says why sympy was not asked, if it was not."""

    def __init__(
        self,
        rows: list[Row],
        disagree: tuple[tuple[str, str], ...],
        method: str,
        digits: int,
        tolerance: float,
        fault: str,
        silent: str = "",
    ):
        self.rows, self.disagree, self.method, self.digits, self.tolerance, self.fault = rows, disagree, method, digits, tolerance, fault
        self.silent = silent

    @property
    def ok(self) -> bool:
        """Whether all routes agree."""
        return not self.disagree

    @property
    def worst(self) -> float:
        """The largest relative error between tape and sympy (of an operation without a meaning there: and the numbers)."""
        return max((row.tape_numeric if self.silent else row.tape_sympy for row in self.rows), default=0.0)

    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.ok:
            if self.silent:
                return f"The tape and {self.method} agree on every gradient. No second opinion: {self.silent}."
            small = any(row.largest < FLOOR and max(row[3:6]) > self.tolerance for row in self.rows)
            limit = f"tolerance {self.tolerance:.0e}" + (f" of the largest element, or of {FLOOR:g} if that is more" if small else "")
            return f"The tape, sympy ({self.digits} digits) and {self.method} agree on every gradient ({limit})."
        pairs = "; ".join(map(" and ".join, self.disagree))
        gradients = [pair for pair in self.disagree if "forward" not in pair]
        odd = [route for route in ("tape", "sympy", self.method) if len(gradients) == 2 and all(route in pair for pair in gradients)]
        alone = f", so {'the tape' if odd == ['tape'] else odd[0]} stands alone" if odd else ""
        return f"NOT ok: these disagree: {pairs}{alone}{': ' if self.fault else ''}{self.fault}."

    def __str__(self) -> str:
        columns = ("parameter", "shape", "largest |gradient|", "tape - sympy", "in ulps", f"tape - {self.method}")
        errors = [(f"{row.tape_sympy:.1e}", f"{row.ulps:.2g}", f"{row.tape_numeric:.1e}") for row in self.rows]
        shown = [(row.parameter, list(row.shape), row.largest, *error) for row, error in zip(self.rows, errors, strict=True)]
        return table(columns, shown) + "\n" + self.sentence()

    __repr__ = __str__


def _wide(tape: Tape) -> dict[Tensor, np.ndarray]:
    """Every value in double precision, computed anew where the tape holds a smaller float."""
    wide: dict[Tensor, np.ndarray] = {}
    for node in tape:
        if node.dtype.kind != "f" or node.dtype == np.float64:
            wide[node] = node.value
        elif node.op is None or node.op is VARIABLE:
            wide[node] = node.value.astype(float)
        else:
            given = [wide[x] if isinstance(x, Tensor) else x for x in node.inputs]
            wide[node] = np.asarray(node.op.forward(*given, **node.options or {}))
    return wide


def _numeric(root: Tensor, tape: Tape, claimed: dict[Tensor, np.ndarray]) -> tuple[list[np.ndarray], str]:
    """d root/dv, element by element: by complex step where every operation is analytic, else by central differences."""
    wide = _wide(tape)

    def by(method: Callable[..., np.ndarray]) -> list[np.ndarray]:
        gradients = []
        for v in claimed:
            if v not in wide:  # it has no part in the root
                gradients.append(np.zeros(v.shape))
                continue

            def moved(x: np.ndarray, v: Tensor = v) -> np.ndarray:
                new = replayed(tape.nodes, lambda x: wide[x] if x.__class__ is Tensor else x, {v: x})
                return np.asarray(new.get(root, wide[root].astype(x.dtype)))

            gradients.append(method(moved, wide[v], np.ndindex(v.shape)).reshape(v.shape))
        return gradients

    if not all(node.op is None or node.op.analytic for node in tape):
        return by(central_differences), CENTRAL
    gradients, method = finest(by, list(claimed.values()))
    return gradients, METHODS[method]


def _largest(a: np.ndarray, b: np.ndarray | float = 0.0) -> float:
    """max |a - b| over all elements, as mpmath's numbers; inf where one is not a number."""
    pairs = zip(*(array.ravel().tolist() for array in np.broadcast_arrays(a, b)), strict=True)
    errors = [0.0 if x == y else abs(x - y) for x, y in pairs]
    return float(max(errors, default=0.0)) if all(e == e for e in errors) else np.inf


def _subject(run: Run | Tensor) -> tuple[Tensor, Tape, dict[str, Tensor]]:
    """The loss, its tape, and by name every parameter and every other variable that it came from."""
    if not isinstance(run, (Run, Tensor)):
        raise TypeError(f"verify takes a run, model.unroll(x, y), or a tensor that holds one number, not {class_of(run)}")
    root, named = (run.loss, distinct(run.parameters)) if isinstance(run, Run) else (run, {})
    seed_for(root, None, "verify")
    tape = Tape.of(root)
    named = {name: value for name, value in named.items() if value.op is not None}  # plain numbers have no gradient
    for x in [node for node in tape if node.op is VARIABLE and node not in set(named.values())]:
        named[x.name if x.name and x.name not in named else f"%{tape.number(x)}"] = x
    return root, tape, named


def _forward_fault(tape: Tape, values: dict[Tensor, np.ndarray], limit: float) -> str:
    """The first entry whose recorded value is not what sympy computes; empty if there is none."""
    for node in tape:
        if node.op is not None and _largest(node.value, values[node]) > limit * max(_largest(values[node]), FLOOR):
            return f"the forward pass differs first at %{tape.number(node)} {describe(node)}, computed by {node.op.name.strip('_')}"
    return ""


@patient("verifying by three routes")
def verify(run: Run | Tensor, tolerance: float | None = None, digits: int = 50) -> Report:
    """Compare every gradient of a run's loss, or of a tensor that holds one number, by three routes (see `Report`).

    ``tape``: a fresh backward sweep, which adds to no ``grad``. ``sympy``: the forward tape in components, differentiated by sympy,
    evaluated with ``digits`` digits (`component_gradients`). ``complex step``: the tape's forward pass run again, in double precision, with
    one leaf element moved by 10⁻³⁰ i; where an operation is not analytic (relu, max, ...), ``central differences``. The recorded values
    are compared with sympy's too (``forward``). Two routes agree on a parameter if they differ by at most ``tolerance`` times its largest
    element, or 10⁻³ where that is larger. The tolerance is 10⁻¹², for float32 nets 5.4 10⁻⁴ (in proportion to the dtype's rounding unit);
    central differences get 10⁻⁶ at least, and where the loss is above 1 the absolute limit grows with it.

    Raises TypeError for anything else than a run or a tensor, ValueError where there is no loss or nothing to differentiate, and for
    a singular point. Where an operation has no meaning for sympy (``@ar.op(..., meaning=)``) the other two routes are compared.

    >>> from autograd_rnn.formulas import verify
    >>> run = Model(LSTM(2, 3), output_size=2).unroll(np.ones((4, 2)), y=[0, 1, 1, 0])
    >>> report = verify(run)
    >>> report.ok, report.rows[0].parameter, report.worst < 1e-14
    (True, 'W_xi', True)
    """
    root, tape, variables = _subject(run)
    if tolerance is not None:
        positive("tolerance", tolerance)
    at_most("verify: digits", whole("digits", digits, 15), 1000)
    at_most(
        "verify: derivatives of one number by another", sum(x.size for node in tape for x in node.inputs if isinstance(x, Tensor)), 30_000
    )
    silent = ""
    try:
        values, exact = component_sweep(root, digits)
    except Meaningless as unknown:
        values, exact, silent = {}, {}, str(unknown)
    swept = adjoints(root)
    numeric, method = _numeric(root, tape, {v: swept.get(v, np.zeros(v.shape, v.dtype)) for v in variables.values()})
    units = [float(np.finfo(node.dtype).eps) for node in tape if node.dtype.kind == "f"]
    limit = 1e-12 * max(units) / 2.0**-52 if tolerance is None else tolerance
    rows, pairs, loss = [], set(), abs(float(root.value.reshape(())[()]))
    with mpmath.workdps(digits):
        for (name, v), stepped in zip(variables.items(), numeric, strict=True):
            routes = {"tape": swept.get(v, np.zeros(v.shape, v.dtype)), "sympy": exact.get(v, np.zeros(v.shape)), method: stepped}
            if silent:
                del routes["sympy"]
            largest = _largest(routes.get("sympy", routes["tape"]))
            relative = dict.fromkeys(combinations(("tape", "sympy", method), 2), np.nan)
            for pair in combinations(routes, 2):
                error = _largest(routes[pair[0]], routes[pair[1]])
                allowed = max(limit, 1e-6) * max(largest, FLOOR * max(1.0, loss)) if CENTRAL in pair else limit * max(largest, FLOOR)
                if not error <= allowed:
                    pairs.add(pair)
                relative[pair] = error / largest if largest else (np.inf if error else 0.0)
            tape_sympy, tape_numeric, sympy_numeric = relative.values()
            ulps = tape_sympy * (largest / float(np.spacing(np.asarray(largest, v.dtype))) if largest else 1)
            rows.append(Row(name, v.shape, largest, tape_sympy, tape_numeric, sympy_numeric, ulps))
        forward = "" if silent else _forward_fault(tape, values, limit)
    order = [*combinations(("tape", "sympy", method), 2), ("forward", "sympy")]
    disagree = tuple(pair for pair in order if pair in pairs or (forward and pair[0] == "forward"))
    return Report(rows, disagree, method, digits, limit, forward or (disagree and local_fault(root)) or "", silent)
