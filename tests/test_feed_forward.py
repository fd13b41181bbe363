"""The feed-forward net: run, derived, proven, drawn, kept; nets without a state wherever a state is asked for; and all nets counted."""

import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.cli import main
from autograd_rnn.nets.cells import ACTIVATIONS
from autograd_rnn.nets.comparing import untied

TASKS = {"one-to-one": (np.ones(3), 1), "many-to-many": (np.ones((4, 3)), [0, 1, 1, 0]), "many-to-one": (np.ones((4, 3)), 1)}


def by_hand(net, x, activation):
    """The layers in numpy."""
    for layer in range(1, 1 + len(net.cells)):
        a = net.parameters[f"W{layer}"].value @ x + net.parameters[f"b{layer}"].value
        x = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0), "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "identity": lambda a: a}[
            activation
        ](a)
    return x


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_is_its_layers_one_after_the_other(activation, random_seed):
    rng = np.random.default_rng(random_seed)
    sizes = [int(n) for n in rng.integers(1, 5, rng.integers(1, 4))]
    net, x = ar.FeedForward(3, sizes, activation=activation, seed=random_seed), rng.normal(size=(4, 3))
    run = ar.unroll(net, x)
    for t in range(1, 5):
        np.testing.assert_allclose(run.h[t].value, by_hand(net, x[t - 1], activation), atol=1e-15)
    wide = [3, *sizes]
    assert net.count_parameters() == sum(b * (a + 1) for a, b in zip(wide[:-1], wide[1:], strict=True))
    together = ar.unroll(net, np.stack([x, 2 * x], axis=1))
    np.testing.assert_allclose(together.h[2].value[0], run.h[2].value, atol=1e-15)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_it_is_derived_proven_drawn_walked_and_learns(task, loss, tmp_path):
    model = ar.Model(ar.FeedForward(3, [4, 2], activation="sigmoid"), 2, task=task, loss=loss)
    x, y = TASKS[task]
    y = y if loss == "cross_entropy" else np.ones((*np.shape(y), 2))
    run = model.unroll(x, y)
    derivation = ar.derive(model)
    assert derivation.verify().ok and ar.verify(run).ok
    lines = str(derivation)
    assert "dW2 = " in lines and "dh_0" not in lines and "W_hh" not in lines
    assert str(derivation.bound()) == "no state is carried from step to step: nothing vanishes or explodes"
    for options in (
        {},
        {"level": "cell"},
        {"level": "op"},
        {"level": "states", "quantity": "h2"},
        {"gradients": True, "notation": "letters"},
    ):
        assert ar.draw(run, **options).svg().startswith("<?xml")
    assert ar.draw(model, folded=True).svg() and "h1_" in str(ar.step(model).next())
    before = float(run.loss.value)
    ar.fit(model, (x, y), epochs=20)
    assert model.unroll(x, y).loss.value < before
    model.save(tmp_path / "m.npz")
    twin = ar.load(tmp_path / "m.npz")
    assert repr(twin) == repr(model) and twin.unroll(x, y).loss.value == model.unroll(x, y).loss.value


def test_no_step_holds_anything_of_another():
    run = ar.Model(ar.FeedForward(3, [4]), 2).unroll(np.random.default_rng(0).normal(size=(5, 3)))
    found = run.connectivity(3)
    assert found.norms[2] > 0 and not found.norms[[0, 1, 3, 4]].any()
    assert found.sentence == "s_3 holds nothing of an earlier input and nothing of a later one."


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (lambda: ar.FeedForward(3, 4), r"FeedForward takes the sizes of its layers, FeedForward\(3, \[4, 4\]\), not 4"),
        (lambda: ar.FeedForward(3, []), "FeedForward takes the sizes of its layers"),
        (lambda: ar.FeedForward(3, "44"), "FeedForward takes the sizes of its layers"),
        (lambda: ar.FeedForward(3, [4, 0]), "sizes must be a whole number of at least 1, not 0"),
        (lambda: ar.FeedForward(0, [4]), "input_size must be a whole number of at least 1, not 0"),
        (lambda: ar.FeedForward(3, [4], activation="swish"), "activation='swish': choose from tanh"),
        (lambda: ar.FeedForward(3, [4], seed="x"), "seed"),
        (lambda: ar.FeedForward(3, range(10**30)), "FeedForward takes the sizes of its layers"),
        (lambda: ar.FeedForward(3, [2] * 10**5), "FeedForward: layers: about 100,000, and 1,000 are allowed"),
        (lambda: ar.FeedForward(3, [10**4] * 100), "a feed-forward net of 9,901,030,000 numbers takes about 79.2 GB of memory"),
        (lambda: ar.Model(ar.FeedForward(3, [4]), 2).unroll(np.ones((4, 3))).flow(), "a net without a state carries nothing"),
        (lambda: ar.derive(ar.Model(ar.FeedForward(3, [4]), 2)).jacobian("h1"), "'h1' is no state of this model: it has none"),
        (
            lambda: ar.EncoderDecoder(ar.FeedForward(3, [4]), ar.FeedForward(2, [4]), 2),
            "a decoder starts from the encoder's last state, and",
        ),
        (lambda: ar.conventions.dump_weights(ar.FeedForward(3, [4]), convention="pytorch"), "pytorch"),
        (lambda: ar.compare([ar.RNN(2, 3)]), "compare takes models by name"),
        (lambda: ar.compare({"a": ar.RNN(2, 3)}), "compare takes models by name"),
        (lambda: ar.compare({}), "compare takes models by name"),
        (lambda: ar.compare(hidden_size=0), "hidden_size must be a whole number"),
        (lambda: ar.compare(lengths=()), r"lengths=\(\): some numbers of steps"),
        (lambda: ar.compare(lengths=(3, 0)), "lengths must be a whole number of at least 1, not 0"),
        (lambda: ar.compare(lengths=(10**6,), timed=True), "steps of small cells that are timed: about .* allowed"),
        (lambda: ar.compare(timed=False)["GRUU"], "no 'GRUU' here: there are feed-forward"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(ask, sentence):
    with pytest.raises((ValueError, TypeError, KeyError), match=sentence):
        ask()


def test_every_net_is_counted_at_every_length(random_seed):
    rng = np.random.default_rng(random_seed)
    D, H, K, T = (int(n) for n in rng.integers(1, 9, 4))
    found = ar.compare(input_size=D, hidden_size=H, output_size=K, lengths=(T, 2 * T), timed=False)
    readout = K * H + K
    for name, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        assert found[name].parameters == (gates * H * (D + H + 1) + readout,) * 2
    assert found["RNN, two directions"].parameters[0] == 2 * H * (D + H + 1) + 2 * K * H + K
    assert found["RNN, two layers"].parameters[0] == H * (D + 2 * H + 1) + H * (H + 1) + readout
    assert found["RNN, untied"].parameters == tuple(n * H * (D + H + 1) + readout for n in (T, 2 * T))
    assert found["feed-forward over a window"].parameters == tuple(H * (n * D + 1) + readout for n in (T, 2 * T))
    own = ar.compare({"mine": ar.Model(ar.GRU(D, H), K)}, lengths=(3,), timed=False)
    assert [row.parameters for row in own.rows] == [(ar.Model(ar.GRU(D, H), K).count_parameters(),)] and "none" in str(own)


def test_times_are_measured_and_leave_no_gradient():
    model = ar.Model(ar.LSTM(3, 4), 2)
    found = ar.compare({"mine": model}, lengths=(4,))
    assert found["mine"].seconds > 0 and all(value.grad is None for value in model.parameters.values())


def test_the_copies_gradients_sum_to_the_shared_one(random_seed):
    rng = np.random.default_rng(random_seed)
    for cell in (ar.RNN(2, 3), ar.LSTM(2, 3), ar.GRU(2, 3, reset="after")):
        model, x, y = ar.Model(cell, 4), rng.normal(size=(5, 2)), rng.integers(0, 4, 5)
        shared = model.unroll(x, y).backward()
        copies = model.unroll(x, y, parameters={"": untied(cell, 5)}).backward()
        for name in cell.parameters:
            np.testing.assert_allclose(sum(copies[f"{name}_{t}"] for t in range(1, 6)), shared[name], atol=1e-14)


def test_the_command(capsys):
    assert main(["compare", "--untimed", "--steps", "5", "50"]) == 0
    out = capsys.readouterr().out
    assert out == f"{ar.compare(lengths=(5, 50), timed=False)}\n" and len(re.findall("none", out)) == 5
    assert main(["compare", "--hidden", "3", "--steps", "4"]) == 0 and "ms a step" in capsys.readouterr().out
    assert main(["compare", "--hidden", "0"]) == 2
    assert capsys.readouterr().err == "autograd-rnn: --hidden must be a whole number of at least 1, not 0\n"
