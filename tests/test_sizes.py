"""Nets whose states, inputs or classes are one number: their equations, Jacobians and bounds say what they say at any other size."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.jacobian import backward
from autograd_rnn.formulas.unfolded import states_of
from tests.oracles.forms import computed, forward_form_holds, same
from tests.sampling import sampled
from tests.test_forms import MODELS

SIZES = [(1, 1, 1), (3, 1, 2), (1, 3, 2), (2, 3, 1)]  # inputs, hidden units, classes
SLICED = {"concatenating", "stacked-bidirectional"}  # whose lines name the rows that they take


def of_sizes(name, sizes, monkeypatch):
    """A net's derivation at those sizes, with random parameters."""
    for letter, size in zip("DHK", sizes, strict=True):
        for module in ("derive", "forms"):
            monkeypatch.setattr(f"tests.test_{module}.{letter}", size)
    return ar.derive(MODELS[name]())


def said(d):
    """Every form of a derivation, as text."""
    forms = [str(d.forward_form(p)) for p in d.model.parameters if p.startswith("W_h") and p != "W_hy"]
    return [str(d), str(d.jacobian()), *forms, *((row.state, row.formula, row.whole) for row in d.bound().rows)]


@pytest.mark.parametrize("name, sizes", sampled(itertools.product(MODELS, SIZES), 67))
def test_a_size_of_one_is_a_size_like_any_other(name, sizes, monkeypatch, random_seed):
    usual, d = (of_sizes(name, given, monkeypatch) for given in ((2, 3, 4), sizes))
    assert name in SLICED or said(d) == said(usual)
    run = d.specimen(4, 3, seed=random_seed % 1000)
    alone = isinstance(d.model, ar.Model)
    for chain in states_of(d):
        for of, by in itertools.product(chain, chain) if alone or len(chain) == 1 else ():  # a decoder's first states hang together
            t, k = (3, 4) if backward(d, of) else (1, 0) if len(chain) > 1 else (3, 2)
            same(computed(d, run, d.jacobian(of, by), t), run.jacobian(t, k, of, by), (of, by))
    for row in d.bound().rows:
        t, k = (1, 4) if backward(d, row.state) else (4, 1)
        if row.whole and np.isfinite(row.each) and alone:
            assert np.linalg.norm(run.jacobian(t, k, row.state, row.state), 2) <= row.each**3 * (1 + 1e-12)
    for p in (p for p in d.model.parameters if alone and not p.endswith("_0")):
        forward_form_holds(d, run, p)
    for line in (*map(show, d.equations), *str(d.jacobian()).replace("\n    ", " ").splitlines()):
        assert d.check(line).equal, line
    assert d.verify(steps=3).ok
