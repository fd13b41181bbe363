"""What a text says of the space that a quantity is in: judged where it is in the letters of the net, and said to be unread elsewhere."""

import random

import pytest

from tests.test_check import derivation

LINES = {  # a right line, of which shape its left side is, and another quantity with its own
    "rnn-tanh": [
        ("da_t = (1-h_t^2) ⊙ dh_t", "H", ("W_xh", "HD")),
        ("dW_xh = Σ_t da_t x_t^T", "HD", ("h_t", "H")),
        ("db_y = Σ_t ds_t", "K", ("x_t", "D")),
    ],
    "lstm": [("df_t = dc_t ⊙ c_{t-1}", "H", ("W_{hy}", "KH")), ("dW_xi = Σ_t da_{i,t} x_t^T", "HD", ("c_t", "H"))],
}
WAYS = [
    "{line} {left}",
    "{other}, {line}",
    "{line}, where {other}",
    "{other}\n{line}",
    "{line}\n{name} {left}",
    "Let {other}. {line} {left}",
]
SIGNS = ["∈ ℝ^{{{}}}", "\\in \\mathbb{{R}}^{{{}}}", "∈ R^({})", "∈ ℝ{}", "\\in \\mathbb R^{{{}}}"]

RAISED = str.maketrans("HDKx", "ᴴᴰᴷˣ")


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("way", WAYS)
def test_the_space_that_a_quantity_is_said_to_be_in_is_judged(name, way, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed}{name}{way}"), derivation(name)
    line, shape, (quantity, other) = rng.choice(LINES[name])
    sign = rng.choice(SIGNS)
    times = rng.choice(["×", " \\times ", " x "] if sign != "∈ ℝ{}" else ["×", "x"])
    line = line.replace("=", rng.choice(["=", ":=", "\\triangleq", "\\approx"]), 1) if "{name}" not in way else line
    for right in (True, False):
        said = [times.join(letters if right else letters[::-1] + "H") for letters in (shape, other)]
        said = [letters.translate(RAISED).replace(" ", "") for letters in said] if sign == "∈ ℝ{}" else said
        text = way.format(line=line, left=sign.format(said[0]), name=line.partition(" =")[0], other=f"{quantity} {sign.format(said[1])}")
        assert d.check(text).equal == right, text


@pytest.mark.parametrize("of", ["da_t", "da_t, h_t", "x_t"])
def test_several_are_in_one_space_if_each_is(of):
    found = derivation("rnn-tanh").check(f"dW_hh = Σ_t da_t h_{{t-1}}^T, where {of} ∈ ℝ^H")
    assert found.equal == ("x_t" not in of) and ("`x_t` is (D,), not (H,)" in str(found)) == ("x_t" in of)


@pytest.mark.parametrize("said", ["∈ ℝ^{n×n}", "∈ ℝ^m"])
def test_a_space_in_other_letters_is_not_read_and_this_is_said(said):
    found = derivation("rnn-tanh").check(f"dW_hh = Σ_t da_t h_{{t-1}}^T {said}")
    assert found.equal and f"`{said}` is not read" in str(found)
    own = derivation("rnn-tanh").check(f"e_t = W_hy^T ds_t {said}\ndh_t = e_t + W_hh^T da_{{t+1}}")
    assert own.equal and "is not read" in str(own)
