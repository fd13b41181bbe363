"""What a text says of activations, which one a letter is and what the derivative of one is, is judged, and not passed over."""

import random
import time

import pytest

from tests.test_check import derivation

LINES = [
    "da_t = {0}'(a_t) ⊙ dh_t",
    "h_t = {0}(a_t)",
    "h_t = {0}(W_xh x_t + W_hh h_{{t-1}} + b_h)",
    "dW_hh = Σ_t ({0}'(a_t) ⊙ dh_t) h_{{t-1}}^T",
]
ACTS = {
    "rnn-tanh": ["tanh", "\\tanh"],
    "rnn-relu": ["relu", "ReLU"],
    "rnn-sigmoid-mean": ["sigmoid", "σ", "\\sigma", "the logistic function"],
}
SAID = [
    "{line}, where {f} = {act}",
    "{line} with {f} = {act}",
    "{line} ({f} = {act})",
    "{f} = {act}\n{line}",
    "{line}\n{f}(x) = {act}(x)",
    "{line}, {f}(z) := {act}(z)",
    "{line}, where {f} is {act}",
]
SLOPES = {  # of an activation what its derivative is, and what it is not
    "rnn-tanh": (
        "tanh",
        ["1 - {0}({1})^2", "1 - {0}^2({1})", "1 - {0}²({1})", "(1 - {0}({1}))(1 + {0}({1}))"],
        ["1 - {0}({1})", "{0}({1})(1 - {0}({1}))", "1 + {0}²({1})"],
    ),
    "rnn-sigmoid-mean": (
        "σ",
        ["{0}({1})(1 - {0}({1}))", "{0}({1}) - {0}({1})^2"],
        ["{0}({1})(1 + {0}({1}))", "1 - {0}({1})^2", "1 - {0}({1})"],
    ),
}
BESIDE = [
    "{line}, since {fact}",
    "{line} (since {fact})",
    "{line} with {fact}",
    "{fact}\n{line}",
    "{line}\n{fact}",
    "{line}, because {fact}.",
]


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("way", SAID)
def test_a_letter_is_the_activation_that_a_text_says_it_is(name, way, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed}{name}{way}"), derivation(name)
    f, line = rng.choice(["φ", "\\varphi", "f", "g", "\\phi"]), rng.choice(LINES)
    for other, acts in ACTS.items():
        act = rng.choice([act for act in acts if " " not in act or "is {act}" in way])
        text = way.format(line=line.format(f), f=f, act=act)
        assert d.check(text).equal == (other == name), text


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("way", BESIDE)
def test_what_is_said_of_the_derivative_of_an_activation_is_judged(name, way, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed}{name}{way}"), derivation(name)
    act, right, wrong = SLOPES[name]
    x = rng.choice(["x", "z", "a", "a_t", "a[t]"])
    prime = rng.choice(["'", "^{\\prime}", "′"])
    for equal, facts in ((True, right), (False, wrong)):
        for fact in facts:
            text = way.format(line="da_t = " + f"{act}'(a_t) ⊙ dh_t", fact=f"{act}{prime}({x}) = {fact.format(act, x)}")
            assert d.check(text).equal == equal, text


def test_a_derivative_by_no_letter_is_that_of_what_goes_into_it():
    d = derivation("lstm")
    line = "da_o[t] = dh[t]*tanh(c[t])*o[t]*(1-o[t])"
    assert d.check(f"{line}, where tanh' = 1 - tanh² and σ' = σ(1-σ)").equal
    assert "`tanh'` is read as `∂g[t]/∂a_g[t]`" in str(d.check(f"{line}, where tanh' = 1 - tanh²"))
    assert not d.check(f"{line}, where tanh' = 1 - tanh and σ' = σ(1-σ)") and not d.check(f"{line}, where tanh' = 1 - tanh² and σ' = 1-σ")
    assert not d.check(f"{line}, where relu'(x) = 1")  # of which the net has none
    for x in "xczu":  # a cell's c goes into a tanh that is no quantity of the net
        assert d.check(f"{line}; tanh'({x}) = 1 - tanh²({x})").equal and not d.check(f"{line}; tanh'({x}) = 1 - tanh({x})"), x


@pytest.mark.parametrize("right, said", [(True, "1 - tanh^2"), (True, "1 - tanh²(x)"), (False, "1 - tanh"), (False, "tanh(1 - tanh)")])
@pytest.mark.parametrize("words", ["since the derivative of tanh is", "where tanh' is", "; the slope of tanh ="])
def test_so_is_what_words_say_it_is(words, right, said):
    assert derivation("rnn-tanh").check(f"da_t = (1 - h_t²) ⊙ dh_t {words} {said}").equal == right


def test_a_gate_is_no_letter_for_an_activation():
    found = derivation("lstm").check("df_t = dc_t ⊙ c_{t-1}, where f = σ")
    assert "stands in front of what it is of" in str(found) and not found


CHAINS = [
    ("∂h_t/∂a_t = tanh'(a_t) = {}", "1 - h_t²", "1 - h_t"),
    ("da_t = dh_t ⊙ tanh'(a_t) = {}", "dh_t ⊙ (1 - h_t²)", "(1 - h_t²)"),
    ("da_t = dh_t tanh'(a_t) = {}", "dh_t (1 - h_t²)", "dh_t (1 - h_t)"),
    ("tanh'(a_t) = 1 - tanh²(a_t) = {}", "1 - h_t²", "1 - a_t²"),
    ("∂h_t/∂a_t =\n  tanh'(a_t) = {}", "1 - h_t²", "1 - h_t"),
    ("da_t = dh_t ⊙\n  tanh'(a_t) = {}", "dh_t ⊙ (1 - h_t²)", "dh_t"),
    ("\\begin{{aligned}} da_t &= \\tanh'(a_t) \\odot dh_t \\\\ &= {} \\end{{aligned}}", "(1 - h_t^2) \\odot dh_t", "(1 - h_t) \\odot dh_t"),
]


@pytest.mark.parametrize("line, right, wrong", CHAINS)
def test_a_derivative_within_a_chain_is_a_factor_or_a_side_of_it(line, right, wrong):
    d = derivation("rnn-tanh")
    assert d.check(line.format(right)).equal and not d.check(line.format(wrong))


BLANKS = ["relu", "tanh'", "end", "a_t ∈", "h_t", "for", "Σ"]


@pytest.mark.parametrize("blank", [" ", "\n", "/* x */", ", φ = tanh", "a_t ∈ R, ", "where "])
def test_what_is_long_and_says_nothing_of_an_activation_or_a_space_is_refused_at_once(blank):
    """A wide gap or a thousand empty lines were looked through from each of their places."""
    for token in BLANKS if blank.isspace() else [""]:
        start = time.process_time()
        assert not derivation("rnn-tanh").check(f"dh_t = {token}{blank * 9_000 * (1 + 5 * blank.isspace())}y")
        assert time.process_time() - start < 5, token
