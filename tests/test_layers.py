"""Lines on any layer of a stacked net, l, as lectures write them: each is one line for each layer."""

import random
import re

import pytest

import autograd_rnn as ar

LINES = [  # a line, the layers that it is right for, and what makes it wrong of any
    ("h_t{} = tanh(W_xh{} h_t{-} + W_hh{} h_{t-1}{} + b_h{})", "1 L", [("{-} +", "{} +"), ("{t-1}", "{t+1}"), ("W_xh{}", "W_hh{}")]),
    ("da_t{} = (1 - (h_t{})^2) ⊙ dh_t{}", "1 L", [("dh_t{}", "dh_{t+1}{}"), ("(h_t{})^2", "h_t{}")]),
    (
        "dh_t{} = W_hh{}^T da_{t+1}{} + W_xh{+}^T da_t{+}",
        "1 L-1",
        [("^T da_t{+}", "^T da_t{}"), ("da_{t+1}", "da_t"), ("+ W_xh", "- W_xh")],
    ),
    ("dW_hh{} = Σ_t da_t{} h_{t-1}{}^T", "1 L", [("h_{t-1}", "h_t"), ("da_t{} h_{t-1}{}", "da_t{} h_{t-1}{-}")]),
    ("dW_xh{} = Σ_t da_t{} h_t{-}^T", "1 L", [("h_t{-}", "h_t{}"), ("h_t{-}", "h_{t-1}{-}")]),
]
SIGNS = ["^{({})}", "^{[{}]}", "^{{}}", "^({})"]
CONDITIONS = {
    "1 L": ["", " for all l", ", 1 ≤ l ≤ L", " for l = 1, ..., L", " \\quad (l = 1, \\dots, L)", " for each layer l", " if l ≤ L"]
}
CONDITIONS["1 L-1"] = ["", ", l < L", " for 1 ≤ l < L", ", l = 1, ..., L-1", " where l = L-1, ..., 1", ", l \\leq L - 1"]


def transposable(line):
    """A line with brackets around what is transposed, W_hh{}^T."""
    for name in ("W_hh{}", "W_xh{+}", "h_{t-1}{}", "h_{t-1}{-}", "h_t{-}", "h_t{}"):
        line = line.replace(f"{name}^T", f"({name})^{{T}}")
    return line


@pytest.mark.parametrize("case", range(12))
def test_a_line_on_any_layer_is_one_for_each(case, random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} {case} layers")
    count = rng.choice([2, 3, 4])
    d = ar.derive(ar.Model(ar.Stacked([ar.RNN(2 if k == 0 else 3, 3) for k in range(count)]), 4))
    line, layers, slips = rng.choice(LINES)
    sign, letter = rng.choice(SIGNS), rng.choice(["l", "ℓ", "\\ell"])
    condition = rng.choice(CONDITIONS[layers])
    for kind, one in (("right", line), ("wrong", line.replace(*rng.choice(slips)))):
        one = transposable(one)
        for mark, above in (("{-}", "l-1"), ("{+}", "l+1"), ("{}", "l")):
            one = one.replace(mark, sign.replace("{}", above))
        text = re.sub(r"(?<![A-Za-z\\])l(?![A-Za-z])", lambda _: letter, one + condition)
        assert (verdict := d.check(text)).equal == (kind == "right"), (count, text, str(verdict))
        assert not verdict.equal or "is read as" in str(verdict), text


def test_the_last_layer_and_the_state_below_the_first_are_what_they_are():
    d = ar.derive(ar.Model(ar.Stacked([ar.RNN(2, 3), ar.RNN(3, 3), ar.RNN(3, 3)]), 4))
    assert d.check("dh_t^{(L)} = W_hy^T ds_t + (W_hh^{(L)})^T da_{t+1}^{(L)}").equal
    assert not d.check("dh_t^{(L-1)} = W_hy^T ds_t + (W_hh^{(L-1)})^T da_{t+1}^{(L-1)}").equal
    text = "h_t^{(l)} = tanh(W_xh^{(l)} h_t^{(l-1)} + W_hh^{(l)} h_{t-1}^{(l)} + b_h^{(l)})"
    for given in (", h_t^{(0)} = x_t", "\nh_t^{(0)} = x_t", " where h^{(0)}_t = x_t"):
        assert d.check(text + given).equal, given
    assert not d.check("dh_t^{(l)} = (W_hh^{(l)})^T da_{t+1}^{(l)} + (W_xh^{(l+1)})^T da_t^{(l+1)}, l ≤ L").equal
    assert not d.check("dh_t^{(l)} = (W_hh^{(l)})^T da_{t+1}^{(l)}, l ≥ 2").equal


def test_what_stands_below_the_first_layer_is_the_input_and_nothing_else(random_seed, undiagnosed):
    """Its line was not checked, as what is given is not."""
    rng = random.Random(random_seed)
    d = ar.derive(ar.Model(ar.Stacked([ar.RNN(2, 3), ar.RNN(3, 3)]), 4))
    line, sign = "dW_xh^{(l)} = Σ_t da_t^{(l)} (h_t^{(l-1)})^T", rng.choice([", ", " where ", "\n", ", with "])
    for left, rights in (("h_t^{(0)}", ["x_t", "x"]), ("h^{(0)}_t", ["x_t"]), ("h^{(0)}", ["x", "x_t"]), ("h_{t-1}^{(0)}", ["x_{t-1}"])):
        for right in rights:
            assert d.check(f"{line}{sign}{left} = {right}").equal, (sign, left, right)
        for wrong in ("0", "x_{t+1}", "2 x_t", "x_t + 1", "h_t^{(1)}", "x_t ⊙ x_t", "-x_t", "x_t = 0"):
            assert not d.check(f"{line}{sign}{left} {rng.choice(['=', ':='])} {wrong}").equal, (sign, left, wrong)


@pytest.mark.parametrize("layer", [1, 2])
def test_a_name_that_takes_the_layer_of_its_line_is_said_to(layer):
    d = ar.derive(ar.Model(ar.Stacked([ar.RNN(2, 3), ar.RNN(3, 3)]), 4))
    verdict = d.check(f"dW_{{hh}}^{{({layer})}} = Σ_t da_t^{{({layer})}} h_{{t-1}}^T")
    assert verdict.equal and f"`h` has no layer here and is read as `h{layer}`" in str(verdict)
    assert "no layer" not in str(d.check(f"dW_{{hh}}^{{({layer})}} = Σ_t da_t^{{({layer})}} (h_{{t-1}}^{{({layer})}})^T"))
    assert not d.check(f"dW_{{xh}}^{{(2)}} = Σ_t da_t^{{(2)}} (h_t^{{({layer})}} + 0 h_t)^T").equal
    assert d.check(f"h^{{({layer})}} = tanh(a)").equal and not d.check(f"h^{{({layer})}} = h")  # at the end of a line: it was a traceback


def test_a_bound_on_any_layer_is_one_for_each(random_seed):
    """It ended in a traceback."""
    rng = random.Random(random_seed)
    d = ar.derive(ar.Model(ar.Stacked([ar.RNN(2 if k == 0 else 3, 3) for k in range(rng.choice([2, 3]))]), 4))
    sign = rng.choice(SIGNS).replace("{}", "l")
    ends, least = rng.choice([("h_t{}/∂h_{t-1}", ""), ("h_t{}/∂h_k", "^{t-k}")]), rng.choice(["", ", l ≥ 2", " for all l"])
    before = f"‖∂{ends[0].replace('{}', sign)}{sign}‖ ≤ "
    assert (verdict := d.check(f"{before}‖W_hh{sign}‖{ends[1]}{least}")).equal and "is read as" in str(verdict), (before, str(verdict))
    assert d.check(f"{before}‖W_hh{sign.replace('l', 'l-1')}‖{ends[1]}, l ≥ 2").kind == "not equal"
    assert d.check(f"{before}‖W_xh{sign}‖{ends[1]}").kind == "not equal"
