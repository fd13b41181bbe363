"""The adjoint of every named quantity: a person may write one that the derived equations do without, ``do[t] = dh[t] * tanh(c[t])``."""

from __future__ import annotations

import copy
import functools
from collections.abc import Collection

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas import forms
from autograd_rnn.formulas.derive import recursion, unrolling
from autograd_rnn.formulas.system import PROBABILITY, SCORE, TARGET, System
from autograd_rnn.nets.specimen import specimen


def sufficient(derivation: System, names: Collection[str]) -> System:
    """A derivation that has an equation for the adjoint of every quantity, if a text has one that this lacks."""
    has = {q.left.name for q in derivation.equations if q.left.adjoint} | {s.name for s in derivation.beyond}
    lacks = any(f"d{name}" in names for name in derivation.letters if name not in has)
    return whole(derivation) if lacks else derivation


@functools.lru_cache(maxsize=8)
def whole(derivation: System) -> System:
    """The derivation with an equation for the adjoint of every named quantity, and of the probabilities."""
    found = recursion(specimen(derivation.model, *unrolling(derivation.model), like=getattr(derivation, "run", None)), whole=True)
    twin = copy.copy(derivation)
    twin.forward, twin.equations, twin.beyond = found.forward, [*probabilities(found), *found.equations], found.beyond
    if derivation.last:
        twin.last = {}
        steps = tuple(derivation.last.values())
        twin.equations = forms.unrolled(twin, steps if len(steps) > 1 else steps[0], derivation.chunk)
        twin.beyond, twin.last = [], derivation.last
    return twin


def probabilities(system: System) -> list[e.Equation]:
    """The equation of dp, which no tape has where the loss takes scores: -onehot(y)/p of cross entropy, of the
    binary one (p - y)/(p (1 - p)), with its factor."""
    found = []
    for q in system.equations:
        if q.left.name != SCORE or q.left.time is None or PROBABILITY not in system.letters:
            continue
        factors: list[e.Expr] = list(q.right.factors) if isinstance(q.right, e.Mul) else [q.right]
        p, target = e.Sym(PROBABILITY, q.left.time), e.Sym(TARGET, q.left.time)  # type: e.Sym, e.Expr
        binary = system.model.readout.output == "sigmoid"
        target = target if binary else e.Fn("onehot", target)
        error = e.add(p, e.negative(target))
        assert isinstance(error, e.Add)
        if isinstance(q.right, e.Add) and set(error.terms) <= set(q.right.terms):  # beside what comes back from a later step
            factors = [error]
        if error in factors:
            factors.remove(error)
            slope = e.quotient(error, e.mul(p, e.add(e.ONE, e.negative(p)))) if binary else e.negative(e.quotient(target, p))
            found.append(q._replace(left=e.Sym(PROBABILITY, q.left.time, True), right=e.mul(slope, *factors)))
    return found
