"""Bounds on the norm of a Jacobian: what is printed is right, and what is provably larger; what some net exceeds is not, and no other
bound is accepted."""

import random

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.formulas.derivation import Derivation
from tests.sampling import sampled
from tests.test_check import derivation
from tests.test_derive import MODELS


@pytest.mark.parametrize("name", sampled(MODELS, 4))
def test_a_printed_bound_is_right(name):
    d = derivation(name)
    try:
        printed = str(d.bound())
    except ValueError:
        return
    for text in (printed, *printed.splitlines()):
        assert d.check(text).equal, (text, d.check(text))


SAID = [
    ("‖∂h_t/∂h_k‖ ≤ ‖W_hh‖^{t-k}", "equal", "holds, whatever the weights are"),
    (r"\lVert \frac{\partial h_t}{\partial h_k} \rVert \le \lVert W_{hh} \rVert^{t-k}", "equal", "holds"),
    (r"\left\| \frac{\partial h_t}{\partial h_k} \right\| \le (\gamma \|W_{hh}^\top\|)^{t-k}", "equal", "holds"),
    ("|dh_t/dh_k| <= ||W_hh||^{t-k}", "equal", "holds"),
    ("‖∂h_t/∂h_{t-1}‖ ≤ ‖diag(1-h_t²)‖ ‖W_hh‖", "equal", "holds"),
    ("‖∂h_t/∂h_k‖ ≤ ∏_{j=k+1}^{t} ‖diag(1-h_j²)‖ ‖W_hh‖", "equal", "holds"),
    ("‖∂h_t/∂h_k‖ ≤ γ^{t-k} σ_max(W_hh)^{t-k}", "equal", "holds"),
    ("‖∂h_t/∂h_k‖_2 ≤ ‖W_hh‖_F^{t-k}", "equal", "holds"),
    ("‖∂h_t/∂h_k‖_F ≤ ‖W_hh‖^{t-k}", "unreadable", "is the 2-norm here"),
    ("‖∂h_t/∂h_k‖ < ‖W_hh‖^{t-k}", "not equal", "holds with ≤, not with <"),
    ("‖∂h_t/∂h_k‖ ≤ 0.9^{t-k}", "not equal", "the norm is at least"),
    ("‖∂h_t/∂h_k‖ ≤ ‖W_hh‖", "not equal", "does not hold"),
    ("‖∂h_t/∂h_k‖ ≤ ‖W_hh‖^{t-k-1}", "not equal", "does not hold"),
    ("‖∂h_t/∂h_k‖ ≤ ‖W_xh‖^{t-k}", "not equal", "does not hold"),
    ("‖∂h_t/∂h_k‖ ≤ ∏_{j=k}^{t-1} ‖diag(1-h_j²)‖ ‖W_hh‖", "not equal", "does not hold"),
    ("‖∂h_t/∂h_k‖ ≤ (γ σ_max(W_hh))^(t-k) = 0.5^(t-k)", "not equal", "with the weights as they are a step's factor is"),
    ("‖W_hh‖ ≤ 1", "unreadable", "of a state's Jacobian"),
    ("‖∂h_t/∂h_k‖ ≤ h_t", "unreadable", "not a number"),
]


@pytest.mark.parametrize("text, kind, sentence", sampled(SAID, 2))
def test_a_bound_is_judged(text, kind, sentence):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == kind and sentence in str(verdict), verdict


OF_SEVERAL = [
    ("lstm", "‖∂c_t/∂c_{t-1}‖ ≤ 1", "equal", "along c alone"),
    ("lstm", "‖∂c_t/∂c_k‖ ≤ Π_{j=k+1..t} ‖diag(f_j)‖", "equal", "along c alone"),
    ("lstm", "‖∂c_t/∂c_k‖ ≤ Π_{j=k+1..t} ‖diag(i_j)‖", "not equal", "does not hold"),
    ("lstm", "‖dc_t/dc_k‖ ≤ 1", "not equal", "does not hold"),
    ("lstm", "‖∂h_t/∂h_k‖ ≤ 1", "not decided", "no number refutes it"),
    ("lstm", "‖∂c_t/∂c_k‖ ≤ 0.9^(t-k)", "not equal", "does not hold"),
    ("lstm", "‖dh_t/dh_{t-1}‖ ≤ 9 + ‖W_hi‖ + ‖W_hf‖ + ‖W_hg‖ + ‖W_ho‖", "not decided", "it runs through c too"),
    ("residual", "‖dh_t/dh_{t-1}‖ ≤ 1 + ‖W_hh‖", "equal", "holds"),
    ("residual", "‖dh_t/dh_k‖ ≤ (1 + ‖W_hh‖)^(t-k)", "equal", "holds"),
    ("residual", "‖dh_t/dh_k‖ ≤ (‖W_hh‖)^(t-k)", "not equal", "does not hold"),
    ("residual", "‖dh_t/dh_k‖ ≤ (1 + 0.5 ‖W_hh‖)^(t-k)", "not equal", "does not hold"),
]


@pytest.mark.parametrize("name, text, kind, sentence", sampled(OF_SEVERAL, 4))
def test_a_bound_is_judged_in_a_chain_of_several_states_and_of_a_sum(name, text, kind, sentence):
    verdict = derivation(name).check(text)
    assert verdict.kind == kind and sentence in str(verdict), verdict


def test_a_chain_that_reads_from_the_end_is_bounded_from_there():
    d = derivation("bidirectional")
    assert d.check("‖∂hb_t/∂hb_k‖ ≤ ‖Wb_hh‖^{k-t}").equal and d.check("‖∂hf_t/∂hf_k‖ ≤ ‖Wf_hh‖^{t-k}").equal
    assert not d.check("‖∂hb_t/∂hb_k‖ ≤ ‖Wb_hh‖^{t-k}").equal and not d.check("‖∂hf_t/∂hf_k‖ ≤ ‖Wf_hh‖^{k-t}").equal


def test_no_bound_that_a_net_exceeds_is_accepted(random_seed):
    """Random bounds beside the norms of real Jacobians, of nets with small and large weights."""
    rng = random.Random(random_seed)
    for activation, gamma in rng.sample([("tanh", 1), ("sigmoid", 0.25), ("relu", 1)], 2):
        d = ar.derive(ar.Model(ar.RNN(2, 2, activation=activation), output_size=2))
        assert isinstance(d, Derivation)
        number, once = rng.choice([0.2, 0.25, 0.5, 1, 2]), rng.choice([0.5, 1, 2])
        text = f"‖∂h_t/∂h_k‖ ≤ {once} ({number} ‖W_hh‖)^(t-k)"
        verdict, exceeded = d.check(text), False
        for scale in (0.01, 1.0):
            W = np.random.default_rng(random_seed % 1000).normal(size=(2, 2)) * scale
            slope = 0.25 if activation == "sigmoid" else 1  # at inputs and states of 0, or above it
            for steps in range(4):
                jacobian = np.linalg.matrix_power(slope * W, steps)
                exceeded |= np.linalg.norm(jacobian, 2) > once * (number * np.linalg.norm(W, 2)) ** steps * (1 + 1e-9)
        assert verdict.kind != "unreadable" and not (verdict.equal and exceeded), verdict
        assert verdict.equal == (once >= 1 and number >= gamma), verdict
