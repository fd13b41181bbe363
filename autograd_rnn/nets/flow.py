"""How gradients flow back through time: what of s_T still hangs on s_k, step by step, measured on a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.table import table

FEW, MANY = 0.01, 100.0  # of a change at the other end of the run: less than FEW arrives, it vanishes; more than MANY times, it explodes
FAR = 20  # a shorter run is judged by what would be so far away at its factor
ROWS = (0, 1, 2, 5, 10, 20, 50, 99, 100, 200, 500, 1000, 2000, 5000, 10_000)  # distances that a table has, and the last


class Activity(NamedTuple):
    """How an activation stands over all steps: its mean, and which shares of its values are near the low and the high end of its range
    (nan: it has no such end; of relu's, the low end is 0, where a unit is dead)."""

    name: str
    mean: float
    low: float
    high: float


class Flow:
    """What `Run.flow` measured, by distance d = 0, 1, ...: index d holds step k = T - d. Arrays are (T,), or (T, B) for a batch, where a
    sequence that is shorter ends in nan. It prints as a table with a verdict.

    ``gains``: the spectral norm of ∂s_T/∂s_k, ``least`` its smallest singular value (nan where rounding hides it), ``bound`` the product of
    the steps' own norms, which ``gains`` never exceeds (Pascanu, Mikolov and Bengio 2013, section 2). ``norms``: ‖dL/ds_k‖, of h or c as
    `Run.backward` has it; None without a loss. ``factor``: the d-th root of the gain at the largest distance, by sequence in
    geometric mean; ``half_life``: after how many steps at that factor half is left (∞ where nothing is lost); ``reach``: the distance from
    which on less than 1 % arrives, None if it arrives from everywhere. ``activities``: the gates and activations (`Activity`); ``shares``:
    of each parameter's gradient, by step, ‖its contribution‖ in relation to the sum of all.
    """

    def __init__(self, of: str, what: str, logs: dict[str, np.ndarray], least: np.ndarray, steps: list[int]):
        self.of, self.what, self.steps = of, what, steps
        self.log_gains, self.log_bound, self.least = logs["gains"], logs["bound"], least
        with np.errstate(over="ignore", under="ignore"):
            self.gains, self.bound = np.exp(self.log_gains), np.exp(self.log_bound)
        self.norms: np.ndarray | None = None
        self.activities: list[Activity] = []
        self.shares: dict[str, np.ndarray] = {}
        self.note, self.remedies = "", {"vanishing": "", "exploding": ""}

    def __len__(self) -> int:
        return len(self.gains)

    @property
    def factor(self) -> float:
        """What a step multiplies a gradient by, in geometric mean over the whole distance."""
        return float(np.exp(middle(np.array([end / d for d, end in self._ends()])))) if len(self) > 1 else math.nan

    @property
    def half_life(self) -> float:
        """After how many steps half of a gradient is left."""
        return math.log(0.5) / math.log(self.factor) if 0 < self.factor < 1 else 0.0 if self.factor == 0 else math.inf

    @property
    def reach(self) -> int | None:
        """The distance from which on less than 1 % arrives; None where no distance is so long."""
        there = np.flatnonzero(~(self.typical(self.log_gains) < math.log(FEW)))
        beyond = int(there[-1]) + 1 if there.size else 0
        return beyond if beyond < len(self) else None

    @property
    def kind(self) -> str:
        """vanishing, where over the whole distance less than 1 % arrives; exploding, where more than 100 times; healthy between them. A
        run of fewer than 20 steps is judged by 20 at its factor."""
        over = middle(np.array([end / d * max(d, FAR) for d, end in self._ends() if d] or [0.0]))
        return "vanishing" if over < math.log(FEW) else "exploding" if not over <= math.log(MANY) else "healthy"

    @property
    def verdict(self) -> str:
        """A sentence: what becomes of gradients, by how much a step, and what would help."""
        d, kind, over = len(self) - 1, self.kind, self.typical(self.log_gains)[-1]
        if not d:
            return "one step: nothing flows back through time"
        arrives = f"{spelled(over)} of a change arrives" if over < 0 else f"a change arrives {numeral(over)} times as large"
        over_steps = f"over {d} step{'s' * (d != 1)} {arrives}, a factor of {self.factor:.3g} a step"
        if kind == "exploding":
            return f"{kind}: {over_steps}; {self.remedies[kind]}"
        half = f"; half is left after {self.half_life:.2g} steps" if self.half_life < 1e4 else ""
        far = f", less than 1 % from distance {self.reach} on" if self.reach is not None else ""
        few = "; so few steps do not tell what becomes of it further on" if kind == "healthy" and d < FAR else ""
        return f"{kind}: {over_steps}{half}{far}{few}" + (f"; {self.remedies[kind]}" if kind == "vanishing" else "")

    def _ends(self) -> list[tuple[int, float]]:
        """Of each sequence with more than a step the largest distance, and the logarithm of the gain there."""
        columns = self.log_gains.reshape(len(self), -1).T
        lengths = [int(np.flatnonzero(~np.isnan(column))[-1]) for column in columns]
        return [(d, float(column[d])) for d, column in zip(lengths, columns, strict=True) if d or len(self) == 1]

    def typical(self, by: np.ndarray) -> np.ndarray:
        """By distance: of a batch the middle sequence's, of those that are so long."""
        return by if by.ndim == 1 else np.array([middle(row) for row in by])

    def __str__(self) -> str:
        symbol = self.of if self.of != "state" else "s"
        last, step = "s" if self.of in ("state", "x") else symbol, f"{symbol}_k"
        columns = ["distance", "k", f"‖∂{last}_T/∂{step}‖", "smallest", "bound", f"‖dL/d{step}‖"]
        shown_at = distances(len(self))
        arrays = [self.typical(a) for a in (self.log_gains, log(self.least), self.log_bound)]
        arrays.append(np.full(len(self), math.nan) if self.norms is None else log(self.typical(self.norms)))
        rows = [[d, self.steps[d], *(numeral(array[d]) for array in arrays)] for d in shown_at]
        keep = [k for k in range(len(columns)) if k < 3 or any(row[k] != "–" for row in rows)]
        text = [table([columns[k] for k in keep], [[row[k] for k in keep] for row in rows], title=self.what)]
        if self.activities:
            parts = [[a.name, f"{a.mean:.3g}", part(a.low), part(a.high)] for a in self.activities]
            text.append(table(["activation", "mean", "near its low end", "near its high end"], parts))
        if self.shares:
            text.append(table(["gradient of", "largest share", "at step", "of the last tenth of the steps"], self._shares()))
        return "\n\n".join([*text, "\n".join(filter(None, [self.verdict, self.note]))])

    __repr__ = __str__

    def _shares(self) -> list[list[Any]]:
        """A row a parameter."""
        rows = []
        for name, by in self.shares.items():
            tail = by[-max(1, round(len(by) / 10)) :].sum()
            rows.append([name, part(by.max()), int(by.argmax()) + 1, part(tail)])
        return rows


def by_name(flows: Mapping[str, Flow]) -> str:
    """Several flows as one text: what arrives over so many steps, net by net, then what becomes of a gradient in each.

    >>> from autograd_rnn.nets.flow import by_name
    >>> flows = {name: unroll(cell(2, 3), np.ones((50, 2))).flow() for name, cell in (("RNN", RNN), ("GRU", GRU))}
    >>> print(by_name(flows).split("\\n\\n")[1])
     net   gradients are   factor a step   half-life   below 1 % from
    ──────────────────────────────────────────────────────────────────
     RNN   vanishing              0.0916        0.29                2
     GRU   vanishing               0.824        3.57               23
    """
    kinds = dict.fromkeys(flow.of for flow in flows.values())
    title = ", ".join(f"‖∂{'s' if of in ('state', 'x') else of}_T/∂{'s' if of == 'state' else of}_k‖" for of in kinds)
    longest = max(map(len, flows.values()))
    gains = {name: flow.typical(flow.log_gains) for name, flow in flows.items()}
    rows = [[d, *(numeral(by[d]) if d < len(by) else "–" for by in gains.values())] for d in distances(longest)]
    facts = [
        [name, flow.kind, f"{flow.factor:.3g}", f"{flow.half_life:.3g}", "–" if flow.reach is None else str(flow.reach)]
        for name, flow in flows.items()
    ]
    columns = ["net", "gradients are", "factor a step", "half-life", "below 1 % from"]
    sentences = [f"{name}: {flow.verdict}" for name, flow in flows.items()]
    parts = [table([f"T - k, {title}", *flows], rows), table(columns, facts), "\n".join(sentences)]
    return "\n\n".join(parts)


def distances(count: int) -> list[int]:
    """The distances that a table of so many shows."""
    return [*(d for d in ROWS if d < count - 1), count - 1]


def middle(values: np.ndarray) -> float:
    """The middle one of some values, of two the larger; nan is none."""
    there = np.sort(values[~np.isnan(values)])
    return float(there[len(there) // 2]) if there.size else math.nan


def log(values: np.ndarray) -> np.ndarray:
    """Natural logarithms, -∞ of 0."""
    with np.errstate(all="ignore"):
        return np.log(values)


def numeral(natural: float) -> str:
    """A number by its natural logarithm, three digits: also one that no float holds.

    >>> from autograd_rnn.nets.flow import numeral
    >>> numeral(0.0), numeral(-2000.0), numeral(float("nan")), numeral(float("-inf"))
    ('1', '2.58e-869', '–', '0')
    """
    if math.isnan(natural):
        return "–"
    if math.isinf(natural):
        return "∞" if natural > 0 else "0"
    if abs(natural) < 600:
        return f"{math.exp(natural):.3g}"
    exponent = math.floor(natural / math.log(10))
    return f"{math.exp(natural - exponent * math.log(10)):.2f}e{exponent:+d}"


def spelled(natural: float) -> str:
    """A share by its natural logarithm, in percent where that reads well."""
    return part(math.exp(natural)) if natural > math.log(1e-3) else numeral(natural)


def part(share: float) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if math.isnan(share) else f"{100 * share:.2g} %" if share < 0.095 else f"{100 * share:.0f} %"
