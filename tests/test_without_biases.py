"""Every net without its biases is the net whose biases are zero, and has none of them in any formula, picture, file or count."""

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.cli import main
from tests.sampling import sampled

CELLS = {
    "rnn": (ar.RNN, {}),
    "relu": (ar.RNN, {"activation": "relu"}),
    "jordan": (ar.Jordan, {"output_size": 2}),
    **{f"lstm{' fused' * f}{' peephole' * p}{' coupled' * c}": (ar.LSTM, {"fused": f, "peephole": p, "coupled": c})
       for f in (False, True) for p in (False, True) for c in (False, True)},
    **{f"gru {reset}{' fused' * f}": (ar.GRU, {"reset": reset, "fused": f}) for reset in ("before", "after") for f in (False, True)},
}  # fmt: skip


def models(name, seed):
    """A model without biases, and the same one with biases of zero."""
    kind, options = CELLS[name]
    found = []
    for bias in (False, True):
        forget = {"forget_bias": 0.0} if kind is ar.LSTM and bias else {}
        cell = kind(3, 4, bias=bias, seed=seed, **options, **forget)
        found.append(ar.Model(cell, 2, seed=seed, **({} if kind is ar.Jordan else {"bias": bias})))
    return found


@pytest.mark.parametrize("name", sampled(CELLS, 4))
def test_it_is_the_net_whose_biases_are_zero(name, random_seed, tmp_path):
    x, y = np.random.default_rng(random_seed).normal(size=(5, 3)), [0, 1, 1, 0, 1]
    bare, full = models(name, random_seed)
    here, there = bare.unroll(x, y), full.unroll(x, y)
    grads, wanted = here.backward(), there.backward()
    biases = set(full.parameters) - set(bare.parameters)
    assert biases and all(not full.parameters[b].value.any() and full.parameters[b].ndim == 1 for b in biases)
    np.testing.assert_allclose(here.loss.value, there.loss.value, rtol=1e-12)
    for parameter in bare.parameters:
        np.testing.assert_allclose(grads[parameter], wanted[parameter], rtol=1e-9, atol=1e-13)
    if "fused" not in name:
        derivation = ar.derive(bare)
        assert derivation.verify(3).ok and not any(f"d{b} =" in str(derivation) for b in biases)
    assert bare.count_parameters() == full.count_parameters() - sum(full.parameters[b].size for b in biases)
    for options in ({}, {"level": "cell"}, {"level": "op", "gradients": True}, {"folded": True}):
        ar.draw(bare, **options, **({} if "folded" in options else {"steps": 2})).svg()
    bare.save(tmp_path / "m.npz")
    assert ar.load(tmp_path / "m.npz").unroll(x, y).loss.value == here.loss.value
    assert "bias=False" in repr(bare) and "bias" not in repr(full).replace("forget_bias", "")


def test_the_notes_formula_is_built_as_it_stands():
    model = ar.Model(ar.RNN(3, 4, bias=False), 2, bias=False)
    assert model.cell.equations() == "a_t = W_xh x_t + W_hh h_{t-1}\nh_t = tanh(a_t)"
    assert list(model.parameters) == ["W_xh", "W_hh", "W_hy"]
    assert ar.derive(model).check("dW_hh = Sum(outer(da[t], h[t-1]), t)").equal


def test_both_directions_layers_and_decoders_do_without_them_too():
    pair = ar.Bidirectional(ar.RNN(3, 4, bias=False), ar.GRU(3, 4, seed=1, bias=False))
    for model in (
        ar.Model(ar.Stacked([pair, ar.LSTM(8, 2, bias=False)]), 2, bias=False),
        ar.Model(pair, 2, bias=False),
        ar.Model(ar.FeedForward(3, [4, 4], bias=False), 2, bias=False),
        ar.EncoderDecoder(ar.RNN(3, 4, bias=False), ar.RNN(2, 4, seed=1, bias=False), 2, bias=False),
    ):
        assert all(value.ndim == 2 for value in model.parameters.values())
        assert ar.derive(model).verify(3).ok


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (lambda: ar.RNN(3, 4, bias=0.5), "bias=0.5: choose from True, False"),
        (lambda: ar.Model(ar.RNN(3, 4), 2, bias=None), "bias=None: choose from True, False"),
        (lambda: ar.LSTM(3, 4, bias=False, forget_bias=3.0), "forget_bias=3 is b_f's first value, and with bias=False there is none"),
        (lambda: ar.Model(ar.Jordan(3, 4, 2), 2, bias=False), r"build it without biases, Jordan\(\.\.\., bias=False\)"),
        (lambda: ar.conventions.dump_weights(ar.RNN(3, 4, bias=False), convention="pytorch"), "conventions are for nets with biases"),
        (lambda: ar.conventions.dump_weights(ar.Model(ar.RNN(3, 4), 2, bias=False), convention="keras"), "conventions are for nets with"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(ask, sentence):
    with pytest.raises(ValueError, match=sentence):
        ask()


@pytest.mark.parametrize("cell", sampled(["rnn", "lstm", "gru", "jordan"], 4))
def test_the_command_line_has_them_without(cell, capsys):
    assert main(["derive", cell, "--no-bias"]) == 0
    assert "db_" not in capsys.readouterr().out
    assert main(["verify", cell, "--no-bias", "--steps", "3"]) == 0
