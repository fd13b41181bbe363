"""Derived equations evaluated with fifty digits, and held against sympy's derivative with as many."""

from __future__ import annotations

import functools
from collections.abc import Callable

import mpmath
import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Evaluation, Value, arguments
from autograd_rnn.formulas.proving.calls import Field
from autograd_rnn.formulas.proving.components import Reals, component_sweep
from autograd_rnn.formulas.system import System, absolute, lengths, quantities
from autograd_rnn.nets.parameters import of_one_name
from autograd_rnn.nets.run import Run


def _softmax(x: np.ndarray) -> np.ndarray:
    """e^x_i / Σ_j e^x_j."""
    powers = np.frompyfunc(mpmath.exp, 1, 1)(x)
    return np.asarray(powers / powers.sum())


_sigmoid = np.frompyfunc(lambda x: 1 / (1 + mpmath.exp(-x)), 1, 1)
# What is no operation, or has an axis there; every other function is what its meaning says.
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "positive": np.frompyfunc(lambda x: mpmath.mpf(x > 0), 1, 1),
    "heaviside": np.frompyfunc(lambda x: (1 + mpmath.sign(x)) / 2, 1, 1),
    "softmax": _softmax,
    "sum": np.sum,
}


class Precise(Evaluation):
    """`Evaluation` on mpmath's numbers."""

    @functools.cached_property
    def field(self) -> Field:
        """Every operation in these numbers."""
        return Field(Reals())

    def function(self, name: str, x: e.Fn, part: Value, t: int | None) -> Value:
        return FUNCTIONS[name](part) if name in FUNCTIONS else self.called(e.Call(name, (x.of,)), [part], t)

    def called(self, x: e.Call, parts: list[Value], t: int | None) -> Value:
        inputs = arguments(x, parts)
        g = inputs.pop(0) if x.back else None
        return self.field.called(x, inputs, [np.asarray(part, float) for part in inputs], g)

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        if isinstance(x, e.Num):
            return mpmath.mpf(1) / self.last[x.text[2:]] if x.text.startswith("1/") else mpmath.mpf(x.value)
        return super().node(x, parts, t)


def against_sympy(derivation: System, run: Run, digits: int = 50) -> dict[str, float]:
    """For every parameter of a run's net the difference between the derived equations' gradient and sympy's, both with ``digits``
    digits, relative to the largest element."""
    found, errors = quantities(run), {}
    values, exact = component_sweep(run.loss, digits)
    with mpmath.workdps(digits):
        number = np.vectorize(mpmath.mpf, [object])
        # What the loss does not reach, as a last state that only a later step would read, meets adjoints that are 0.
        apart = {absolute(q): number(node.value) for node, q in found.items() if node not in values and node.dtype.kind == "f"}
        known: dict[e.Sym, Value] = apart | {
            absolute(q): number(values[node]) for node, q in found.items() if node in values
        }  # ties are ties
        known |= {absolute(q): int(node.value) for node, q in found.items() if q.name == "y" and node.dtype.kind in "iu"}
        known |= {e.Sym(name): number(value) for name, value in derivation.constants.items()}
        scores = [symbol for symbol in known if symbol.name == "s"]
        output = _softmax if derivation.model.readout.output == "softmax" else _sigmoid
        known |= {s._replace(name="p"): output(known[s]) for s in scores}  # also those apart, which the run has to 16 digits only
        system = Precise(
            derivation.equations, known, lengths(run), derivation.letters, derivation.model.readout.output_size, derivation.reverse
        )
        for name, parameter in of_one_name(run.parameters).items():
            symbol = absolute(found[parameter], adjoint=True)
            if parameter in exact and (symbol.name, True) in system.by_name:
                sympys = exact[parameter].ravel().tolist()
                derived = np.broadcast_to(np.asarray(system[symbol], object), parameter.shape).ravel().tolist()
                largest = max((abs(g) for g in sympys), default=mpmath.mpf(0))
                difference = max((abs(a - b) for a, b in zip(sympys, derived, strict=True)), default=mpmath.mpf(0))
                errors[name] = float(difference / largest) if largest else float(difference)
    return errors
