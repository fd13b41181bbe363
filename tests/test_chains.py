"""A name of one's own that a line makes in several ways, ``u = a = b``: each has to be right."""

import random

import pytest

from tests.test_check import derivation

SIDES = {  # of a name what is equal to it, what is not, and a line that needs it
    "δ_t": (
        ["(1 - h_t^2) ⊙ dh_t", "(1 - h_t)⊙(1 + h_t) ⊙ dh_t", "tanh'(a_t) ⊙ dh_t"],
        ["(1 - h_t)^2 ⊙ dh_t", "dh_t"],
        "dW_hh = Σ_t δ_t h_{t-1}^T",
    ),
    "e_t": (["W_hy^T ds_t", "W_hy^T (p_t - y_t)"], ["W_hy^T (p_t + y_t)", "W_hh^T da_t"], "dh_t = e_t + W_hh^T da_{t+1}"),
    "D_t": (["diag(1 - h_t^2)", "diag(tanh'(a_t))"], ["diag(1 - h_t)", "diag(h_t^2)"], "da_t = D_t dh_t"),
}


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("case", range(4))
def test_every_side_of_a_chain_on_a_name_of_ones_own_counts(name, case, random_seed, undiagnosed):
    """It was "defined twice, in the lines 1 and 1"."""
    rng, d = random.Random(f"{random_seed} {name} {case}"), derivation("rnn-tanh")
    right, wrong, line = SIDES[name]
    sides = rng.sample(right, 2)
    assert d.check(f"{name} = {' = '.join(sides)}\n{line}").equal, sides
    sides[rng.randrange(2)] = rng.choice(wrong)
    found = d.check(f"{name} = {' = '.join(sides)}\n{line}")
    assert found.kind == "not equal", (sides, found)
    others = [other for other in SIDES if other != name]
    both = [f"{one} = {' = '.join(SIDES[one][0][:2])}\n{SIDES[one][2]}" for one in others]
    assert d.check("\n".join(both)).equal and not d.check("\n".join([*both, f"{name} = {' = '.join(sides)}\n{line}"]))


def test_a_brace_says_it_of_a_name_of_ones_own_too():
    d = derivation("rnn-tanh")
    assert d.check("δ_t = \\underbrace{(1-h_t²)}_{= tanh'(a_t)} ⊙ dh_t").equal
    assert not d.check("δ_t = \\underbrace{(1-h_t²)}_{= tanh(a_t)} ⊙ dh_t")


def test_many_sides_are_not_looked_at():
    assert derivation("rnn-tanh").check("u_t = 2*h_t" + " = 2*h_t" * 30).kind == "unreadable"


@pytest.mark.parametrize(
    "right, wrong", [("-Σ_t log p_t[y_t]", "Σ_t log p_t[y_t]"), ("-\\sum_{t=1}^T \\log p_t[y_t]", "-\\sum_{t=1}^T p_t[y_t]")]
)
def test_every_side_of_a_line_on_the_loss_counts(right, wrong):
    d = derivation("rnn-tanh")
    assert d.check(f"L = Σ_t L_t = {right}").equal and not d.check(f"L = 1/T Σ_t L_t = {right}")
    found = d.check(f"L = Σ_t L_t = {wrong}\nds_t = p_t - y_t")
    assert found.kind == "not equal" and "is not the loss of this model" in str(found)
