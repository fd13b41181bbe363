"""`derive`: the BPTT equations of a model, printed, evaluated and proven."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from autograd_rnn.engine.backward import adjoints
from autograd_rnn.engine.ops import softmax
from autograd_rnn.formulas import expr as e
from autograd_rnn.formulas.derive import STEPS, absolute, quantities, recursion
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.printing import show
from autograd_rnn.formulas.specimen import specimen
from autograd_rnn.nets.cells import Gated
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import chains_of, layers_of
from autograd_rnn.table import table


class Equations(list[e.Equation]):
    """Equations in order; prints one a line."""

    def __str__(self) -> str:
        return "\n".join(map(show, self))

    __repr__ = __str__


class Proof:
    """What `Derivation.verify` found: for each gradient the derived equations' number against the tape's. Prints as a table."""

    def __init__(self, rows: list[tuple[str, tuple[int, ...], float, float]], lengths: str, tolerance: float):
        self.rows, self.lengths, self.tolerance = rows, lengths, tolerance

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
        return self.worst <= self.tolerance

    @property
    def worst(self) -> float:
        """The largest error relative to the largest element of its gradient."""
        return max((row[3] for row in self.rows), default=0.0)

    def __str__(self) -> str:
        verdict = "agree" if self.ok else "do NOT agree"
        note = f"The derived equations and the tape {verdict} at {self.lengths} (tolerance {self.tolerance:.0e} of the largest element)."
        rows = [(name, str(shape), largest, f"{error:.1e}") for name, shape, largest, error in self.rows]
        return table(["gradient", "shape", "largest", "derived - tape"], rows, note=note)

    __repr__ = __str__


class Derivation:
    """The adjoint equations of a model for general t, read off its own recorded backward sweep.

    ``recursion()`` lists them all, ``formula("W_hh")`` picks one, ``text()``, ``latex()`` and ``markdown()`` print them, ``verify()`` holds
    them against the tape at other lengths. Adjoints beyond the first or the last step are zero. Made by `derive`.
    """

    def __init__(self, model: Model | EncoderDecoder):
        self.model = model
        system = recursion(specimen(model, STEPS["T"], STEPS["S"]))
        self.forward, self.equations, self.beyond = Equations(system.forward), Equations(system.backward), system.beyond
        self.letters = {name: axis.letter for name, axis in system.axes.items()}

    def recursion(self) -> Equations:
        """Every adjoint equation, in the order of the sweep: scores, states, gates, inputs, parameters, initial states."""
        return self.equations

    def formula(self, name: str) -> Equations:
        """The equations of one gradient or adjoint: ``W_hh`` (or ``dW_hh``), ``h``, ``a_i``; with its boundary cases."""
        names = list(dict.fromkeys(q.left.name for q in self.equations))
        found = [q for q in self.equations if q.left.name in (name, name[1:] if name[:1] == "d" and name not in names else name)]
        if not found:
            near = difflib.get_close_matches(name.removeprefix("d"), names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
            raise ValueError(f"{name!r} is not in this model: {hint}")
        return Equations(found)

    def boundary(self, style: str = "text") -> str:
        """Which adjoints beyond the ends count as zero, as a line."""
        return ", ".join(show(symbol, style) for symbol in self.beyond) + (" = 0" if self.beyond else "")

    def text(self, style: str = "text") -> str:
        """All equations, one a line, and the adjoints that are zero. ``style="ascii"``: in the language of the keyboard."""
        lines = [show(q, style) for q in self.equations]
        return "\n".join([*lines, self.boundary(style)] if self.beyond else lines)

    def latex(self) -> str:
        """All equations as one LaTeX ``align*``."""
        lines = [show(q, "latex").replace(" = ", " &= ", 1) for q in self.equations]
        if self.beyond:
            lines.append("&" + self.boundary("latex"))
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def markdown(self) -> str:
        """The forward equations and the derived ones, as a Markdown page with LaTeX."""
        nets = [self.model.encoder, self.model.decoder] if isinstance(self.model, EncoderDecoder) else [self.model.cell]
        forward = "\n\n".join(f"$${line}$$" for net in nets for line in net.equations("latex").splitlines() if line)
        return f"## Forward\n\n{forward}\n\n## Backward\n\n$$\n{self.latex()}\n$$\n"

    def verify(self, steps: int = 4, tolerance: float = 1e-12) -> Proof:
        """Evaluate the derived equations on another random sequence of another length, and hold every gradient against the tape's.

        >>> derive(Model(LSTM(2, 3), output_size=4)).verify(steps=9).ok
        True
        """
        run = specimen(self.model, steps, steps + 1, seed=1)
        rows = []
        for name, derived, tape in self.gradients(run):
            largest = float(np.max(np.abs(tape), initial=0.0))
            error = float(np.max(np.abs(derived - tape), initial=0.0)) / max(largest, 1e-3)
            rows.append((name, np.shape(tape), largest, error if error == error else np.inf))
        lengths = ", ".join(f"{letter}={last}" for letter, last in last_steps(run).items())
        return Proof(rows, lengths, tolerance if self.model.readout.net.dtype == "float64" else tolerance * 2**29)

    def gradients(self, run: Run) -> list[tuple[str, Any, Any]]:
        """(name, derived, tape's) for every adjoint at every step of a run, and every parameter's gradient."""
        found, swept = quantities(run), adjoints(run.loss)
        values = {absolute(q): node.value for node, q in found.items()}
        for q, node in [(q, node) for node, q in found.items() if q.name == "s"]:
            values.setdefault(e.Sym("p", absolute(q).time), softmax(node.value))
        system = Evaluation(self.equations, values, last_steps(run), self.letters, self.model.readout.output_size)
        compared = []
        for node, q in found.items():
            if node in swept and (q.name, True) in system.by_name and q.name != "L":
                symbol = absolute(q, adjoint=True)
                compared.append((show(symbol), system[symbol] + np.zeros(node.shape), swept[node]))
        return compared

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<derivation of {self.model!r}: {len(self.equations)} equations>"


def last_steps(run: Run) -> dict[str, int]:
    """The length of each of a run's sequences, by its letter."""
    return {letter: len(unrolled.xs) for letter, unrolled in zip("TS", run.unrolled, strict=False)}


def derive(model: Model | EncoderDecoder) -> Derivation:
    """The BPTT equations of a model for general t, read off its recorded backward sweep: nothing is typed in, so that a cell of your own
    derives as well as ours. See `Derivation`.

    Raises TypeError for what is no model, ValueError for a fused cell (derive it unfused: the equations are the same) or an operation
    that has no reading.

    >>> print(derive(Model(RNN(2, 3), output_size=4)))
    ds_t = p_t - onehot(y_t)
    dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}
    da_t = dh_t ⊙ (1 - h_t²)
    dx_t = W_xhᵀ da_t
    dW_xh = Σ_t da_t x_tᵀ
    dW_hh = Σ_t da_t h_{t-1}ᵀ
    db_h = Σ_t da_t
    dW_hy = Σ_t ds_t h_tᵀ
    db_y = Σ_t ds_t
    dh_0 = W_hhᵀ da_1
    da_{T+1} = 0
    """
    if not isinstance(model, (Model, EncoderDecoder)):
        raise TypeError(f"derive takes a Model or an EncoderDecoder, not {type(model).__name__}: write Model(cell, output_size=...)")
    nets = [model.encoder, model.decoder] if isinstance(model, EncoderDecoder) else [model.cell]
    for cell in (cell for net in nets for layer in layers_of(net) for cell in chains_of(layer)):
        if isinstance(cell, Gated) and cell.fused:
            raise ValueError(f"{cell!r} is fused: derive it with fused=False, its equations are the same")
    return Derivation(model)
