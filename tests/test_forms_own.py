"""Jacobians, forward forms, expansions and paths of cells that a person wrote, with whatever operations: each held against the tape, and
the Jacobians against the complex step."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.formulas.unfolded import states_of
from tests.oracles.forms import computed, forward_form_holds, same, sourced, stepped
from tests.oracles.literature import CELLS
from tests.sampling import sampled
from tests.test_literature import model_of
from tests.test_readings import REFUSED, USES, Uses

CASES = {cell.__name__: lambda seed, cell=cell: model_of(cell, seed) for cell in CELLS}
CASES |= {f"uses {name}": lambda seed, name=name: model_with(Uses(name, USES[name]), seed) for name in USES if name not in REFUSED}
DERIVED = {}


def model_with(cell, seed):
    """A model of a cell whose parameters are all random."""
    model, rng = ar.Model(cell, output_size=3), np.random.default_rng(seed)
    for parameter in model.parameters.values():
        parameter.assign(rng.normal(size=parameter.shape) / 2)
    return model


def derived(name, seed):
    """One derivation a cell for all tests, and a random run of it."""
    if name not in DERIVED:
        DERIVED[name] = ar.derive(CASES[name](seed % 1000))
    return DERIVED[name], DERIVED[name].specimen(3, 3, seed=seed % 997)


def own(d):
    """The parameters that the cell uses."""
    used = {q.left.name for q in d.equations if q.right != e.ZERO}
    return [name for name in d.model.parameters if name in used - {"W_hy", "b_y"}]


@pytest.mark.parametrize("name", sampled(CASES, 19))
def test_jacobians_are_the_tapes_and_the_complex_steps(name, random_seed):
    d, run = derived(name, random_seed)
    for states in states_of(d):
        for of, by in itertools.product(states, states):
            for t, k in ((1, 0), (3, 2)) if len(states) == 1 else ((1, 0),):  # at step 0 no state depends on another
                found = computed(d, run, d.jacobian(of, by), t)
                same(found, run.jacobian(t, k, of, by), (of, by), 1e-9)
                numeric, tolerance = stepped(run[of][t], run[by][k])
                same(found, numeric, (of, by, "numbers"), tolerance)
            same(computed(d, run, d.jacobian(of, by, t=3, k=0)), run.jacobian(3, 0, of, by), (of, by), 1e-9)
        for style in ("text", "ascii", "latex"):
            assert "Call(" not in d.jacobian().text(style)
        assert str(d.jacobian().sympy())


@pytest.mark.parametrize("name", sampled(CASES, 17))
def test_forward_forms_are_the_tapes(name, random_seed):
    d, run = derived(name, random_seed)
    found = {p: forward_form_holds(d, run, p) for p in own(d)}
    assert all(found.values()), found


@pytest.mark.parametrize("name", sampled(CASES, 17))
def test_expansions_and_paths_are_the_tapes(name, random_seed):
    d = derived(name, random_seed)[0]
    run = d.specimen(2, 2, seed=random_seed % 997)
    numbers, swept = evaluation(d, [], run), adjoints(run.loss)
    for p in own(d):
        for equation in d.formula(p, form="expanded", steps=2):
            same(sourced(d, run, numbers, equation.right), swept[run.parameters[p]], p, 1e-9)
    for base in dict.fromkeys(q.left.name for q in d.equations if q.left.time is not None and q.left.name != "s"):
        node = next(node for node in (run[base][1],) if node in swept)
        found = d.paths("L", f"{base}_1", limit=200, run=run)
        same(found.gradient, swept[node], base, 1e-9)
        if found.total <= 200:
            same(sum(path.share for path in found), swept[node], base, 1e-9)


@pytest.mark.parametrize("name", sampled(CASES, 13))
def test_bounds_hold_and_are_never_silent(name, random_seed):
    d = derived(name, random_seed)[0]
    found = d.bound()
    assert all(any(row.state in states for row in found.rows) for states in states_of(d)) and str(found)
    for row, seed in itertools.product(found.rows, (1, 2, 3)):
        run = d.specimen(3, 3, seed=seed)
        for t, k in ((1, 0), (3, 1), (3, 2), (3, 0)) if row.whole else ():
            if np.isfinite(row.each):
                assert np.linalg.norm(run.jacobian(t, k, row.state, row.state), 2) <= row.each ** (t - k) * (1 + 1e-12), (row, t, k)


@pytest.mark.parametrize("name, equation", [
    ("RankOne", "dh_t/dh_{t-1} = diag(1 - h_t²) u v_rankoneᵀ"),
    ("Antisymmetric", "dh_t/dh_{t-1} = I + 0.1 diag(1 - tanh(a_t)²) (W - Wᵀ - C_1)"),
    ("Stacked", "dh_t/dh_{t-1} = diag(1 - h_t²) U"),
    ("Matrices", "dh_t/dh_{t-1} = diag(1 - h_t²) (I ⊗ Uᵀ)"),
    ("GatedFeedback", "dh_t/dh_{t-1} = g_t ⊙ diag(1 - h_t²) W_hh + g_t ⊙ (1 - g_t) ⊙ ((1 - h_t²) ⊙ W_hh h_{t-1}) w_gᵀ"),
    ("uses mean", "dh_t/dh_{t-1} = (diag(1 - h_t²) + 0.075 (1 - h_t²) 𝟏_4ᵀ) W_hh"),
    ("uses cumsum", "dh_t/dh_{t-1} = (diag(1 - h_t²) + 0.3 diag(1 - h_t²) I[[3, 2, 1, 0]]ᵀ cumsum(I)ᵀ I[[3, 2, 1, 0]]ᵀ) W_hh"),
])  # fmt: skip
def test_jacobians_read_as_a_book_would_print_them(name, equation):
    assert derived(name, 1)[0].jacobian().text().splitlines()[0] == equation


def test_immediate_derivatives_read_as_a_book_would_print_them():
    d = derived("Antisymmetric", 1)[0]
    scale = "(0.1 diag(1 - tanh(a_t)²))"
    assert str(d.forward_form("W")).splitlines()[1] == f"∂⁺h_t/∂W = {scale} ⊗ h_{{t-1}}ᵀ - h_{{t-1}}ᵀ ⊗ {scale}"
    assert "∂⁺h_t/∂W_hh = (diag(1 - h_t²) ⊗ h_{t-1}ᵀ) diag(ravel(mask))" in str(derived("Masked", 1)[0].forward_form("W_hh"))
    assert "∂⁺h_t/∂alpha = tanh(a_t)" in str(derived("FastRNN", 1)[0].forward_form("alpha"))
