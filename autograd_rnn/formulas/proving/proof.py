"""The proof of a derivation: the tape, sympy, the complex step, the derived equations, and an identity modulo a prime, side by side."""

from __future__ import annotations

import numpy as np

from autograd_rnn.formulas.forms import gradients
from autograd_rnn.formulas.proving import exact, precise
from autograd_rnn.formulas.proving.verify import FLOOR, Report, verify
from autograd_rnn.formulas.system import System, lengths
from autograd_rnn.limits import at_most
from autograd_rnn.nets.progress import patient
from autograd_rnn.table import table

Row = tuple[str, tuple[int, ...], float, float]
SAME = 1e-45  # two numbers of 50 digits that differ by less, relative to the largest, are the same


class Proof:
    """What `Derivation.verify` found. ``report``: tape, sympy and complex step (`verify`). ``rows``: for every gradient and every adjoint
    at every step its name, shape, largest element and the derived equations' relative error against the tape; one that is small beside the
    largest of all is compared with that. ``digits``: for every
    parameter the derived recursion's relative error against sympy's derivative, both with 50 digits. ``exact``: whether the two are equal
    modulo 2^61 - 1; None where they are not, and yet are to 50 digits: by a law, as √x √x = x, that functions in general do not have, and
    a random function in the place of one has not: that is not decided there. Prints as a table, a line a parameter.
    """

    def __init__(
        self, report: Report, rows: list[Row], digits: dict[str, float], exact: dict[str, bool | None], lengths: str, tolerance: float
    ):
        self.report, self.rows, self.digits, self.exact = report, rows, digits, exact
        self.lengths, self.tolerance = lengths, tolerance

    @property
    def ok(self) -> bool:
        """Whether all routes agree on every gradient."""
        equal = max(self.digits.values(), default=0) < SAME and False not in self.exact.values()
        return self.report.ok and self.worst <= self.tolerance and equal

    @property
    def worst(self) -> float:
        """The derived equations' largest error (see ``rows``)."""
        return max((row[3] for row in self.rows), default=0.0)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        count, worst = f"{len(self.rows)} gradients and adjoints at {self.lengths}", f"worst error {self.worst:.1e}"
        verdict = "agree" if self.worst <= self.tolerance else "do NOT agree"
        if self.report.silent:
            return f"The derived equations and the tape {verdict} on {count} ({worst}, tolerance {self.tolerance:.0e})."
        wrong, open_ = ([name for name, equal in self.exact.items() if equal is one] for one in (False, None))
        same = f"they do NOT equal sympy's modulo 2^61 - 1 for {', '.join(wrong)}" if wrong else "they equal sympy's modulo 2^61 - 1"
        if open_ and not wrong:
            same = f"modulo 2^61 - 1 it is not decided for {', '.join(open_)}, by a law of functions that is not known there"
        fifty = f"to 50 digits they differ from them by at most {max(self.digits.values(), default=0):.0e}"
        return f"The derived equations and the tape {verdict} on {count} ({worst}, tolerance {self.tolerance:.0e}); {same}; {fifty}."

    def __str__(self) -> str:
        derived = {row[0]: row[3] for row in self.rows}
        lines = []
        for row in self.report.rows:
            name, equal = row.parameter, self.exact.get(row.parameter)
            mine = f"{derived['d' + name]:.1e}" if "d" + name in derived else "–"
            modulo = {None: "open", True: "yes", False: "NO"}[equal] if name in self.exact else "–"
            lines.append((name, list(row.shape), row.largest, f"{row.tape_sympy:.1e}", f"{row.tape_numeric:.1e}", mine, modulo))
        columns = ("gradient of", "shape", "largest", "tape - sympy", f"tape - {self.report.method}", "derived - tape", "mod p")
        return "\n".join([table(columns, lines), self.report.sentence(), self.sentence])

    __repr__ = __str__


@patient("proving the equations")
def prove(derivation: System, steps: int, tolerance: float) -> Proof:
    """See `Derivation.verify`."""
    model = derivation.model
    at_most("verify: steps", steps, 10_000)
    run = derivation.specimen(steps, steps + 1, seed=1)
    found, rows = [*gradients(derivation, run)], []
    sizes = [float(np.max(np.abs(tape), initial=0.0)) for _, _, tape in found]
    least = FLOOR * max(1.0, *sizes)  # what large terms leave that cancel is as exact as they are
    for (name, derived, tape), largest in zip(found, sizes, strict=True):
        error = float(np.max(np.abs(derived - tape), initial=0.0)) / max(largest, least)
        rows.append((name, np.shape(tape), largest, error if error == error else np.inf))
    shown = ", ".join(f"{letter}={last}" for letter, last in lengths(run).items())
    single = model.readout.net.dtype == "float32"
    report = verify(derivation.specimen(steps, steps + 1, seed=1, variables=False))
    digits = {} if report.silent else precise.against_sympy(derivation, run)
    modulo = {} if report.silent else exact.against_sympy(derivation, run)
    equal = {name: same or (None if digits.get(name, np.inf) < SAME else False) for name, same in modulo.items()}
    return Proof(report, rows, digits, equal, shown, tolerance * 2**29 if single else tolerance)
