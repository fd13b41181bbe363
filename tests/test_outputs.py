"""What the loss takes for a net's answer, g of the scores: softmax, sigmoid and the identity, each with its loss."""

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine.gradients import adjoints
from tests.sampling import sampled

D, H = 2, 3
NETS = {
    "rnn": lambda K, s: ar.RNN(D, H, seed=s),
    "lstm": lambda K, s: ar.LSTM(D, H, seed=s),
    "bidirectional": lambda K, s: ar.Bidirectional(ar.GRU(D, H, seed=s), ar.GRU(D, H, seed=s + 1)),
    "jordan": lambda K, s: ar.Jordan(D, H, output_size=K, seed=s),
}
FAMILY = [(net, task, K, mean) for net in NETS for task in ("many-to-many", "many-to-one") for K in (1, 3) for mean in ("sum", "mean")]


@pytest.mark.parametrize(("net", "task", "K", "mean"), sampled(FAMILY, 7))
def test_the_sigmoid_s_loss_is_pytorch_s_with_logits(net, task, K, mean, random_seed):
    torch = pytest.importorskip("torch")
    rng, many = np.random.default_rng(random_seed), task == "many-to-many"
    model = ar.Model(NETS[net](K, random_seed), K, task=task, output="sigmoid", reduction=mean)
    y = rng.integers(0, 2, (4, K) if many else (K,)) if random_seed % 2 else rng.random((4, K) if many else (K,))
    run = model.unroll(rng.normal(size=(4, D)) * 10.0 ** rng.integers(-1, 3), y)
    scores = torch.tensor(np.stack([s.value for s in run.scores]), requires_grad=True)
    targets = torch.tensor(y, dtype=torch.float64).reshape(scores.shape)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="sum") / (len(scores) if mean == "mean" else 1)
    loss.backward()
    np.testing.assert_allclose(run.loss.value, loss.item(), rtol=1e-12)
    each = [adjoints(loss)[s] for loss, s in zip(run.losses, run.scores, strict=True)]  # a Jordan net reads its scores again later
    np.testing.assert_allclose(np.divide(each, len(each) if mean == "mean" else 1), scores.grad.numpy(), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose([p.value for p in run["p"]], torch.sigmoid(scores).detach().numpy(), rtol=1e-12)
    derivation, t = ar.derive(run), "t" if many else "T"
    error = {"sum": f"p_{t} - y_{t}", "mean": f"1/T (p_{t} - y_{t})" if many else f"p_{t} - y_{t}"}[mean]
    assert f"ds_{t} = {error}" in str(derivation) and derivation.verify(3).ok


def test_lines_about_the_sigmoid_s_probabilities():
    d = ar.derive(ar.Model(ar.RNN(D, H), 3, output="sigmoid"))
    right = [
        "ds[t] = p[t] - y[t]",
        "ds[t] = sigmoid(s[t]) - y[t]",
        "dp[t] = (1 - y[t])/(1 - p[t]) - y[t]/p[t]",
        "dp[t]/ds[t] = diag(p[t]*(1 - p[t]))",
    ]
    wrong = ["ds[t] = y[t] - p[t]", "ds[t] = softmax(s[t]) - y[t]", "dp[t] = -y[t]/p[t]", "dp[t]/ds[t] = diag(p[t]) - outer(p[t], p[t])"]
    assert [d.check(line).equal for line in right + wrong] == [True] * 4 + [False] * 4
    soft = ar.derive(ar.Model(ar.RNN(D, H), 3))
    assert soft.check(wrong[3]).equal and not soft.check(right[3]).equal


def test_the_output_says_the_loss_and_the_loss_the_output(tmp_path):
    for output, loss in (("softmax", "cross_entropy"), ("identity", "squared_error"), ("sigmoid", "binary_cross_entropy")):
        model = ar.Model(ar.RNN(D, H), 3, output=output)
        assert model.readout.loss == loss and repr(model) == repr(ar.Model(ar.RNN(D, H), 3, loss=loss)) and model.readout.output == output
        model.save(tmp_path / "m.npz")
        assert repr(ar.load(tmp_path / "m.npz")) == repr(model)
        decoder = ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(3, H, seed=1), 3, output=output)
        assert decoder.readout.loss == loss and len(decoder.unroll(np.ones((2, D)), steps=3).scores) == 3
    assert ar.Model(ar.RNN(D, H), 3, output="sigmoid", loss="cross_entropy").readout.loss == "binary_cross_entropy"
    assert ar.Model(ar.RNN(D, H), 3).readout.output == "softmax"
    one = ar.Model(ar.RNN(D, H), 1, output="sigmoid", task="many-to-one")  # a target a sequence, 0 or 1
    assert one.unroll(np.ones((3, 4, D)), [0, 1, True, 0]).loss.value == one.unroll(np.ones((3, 4, D)), [[0], [1], [1], [0]]).loss.value


ERRORS = {
    "not its loss": (dict(output="identity", loss="cross_entropy"), "output='identity' has the loss squared_error, and loss="),
    "unknown": (dict(output="tanh"), "output='tanh': choose from softmax, identity, sigmoid"),
    "nor this": (dict(output="softmax", loss="squared_error"), "output='softmax' has the loss cross_entropy"),
    "weights": (dict(output="sigmoid", class_weights=[1, 2, 3]), "class_weights belong to cross_entropy"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_what_does_not_go_together_is_said(case):
    options, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        ar.Model(ar.RNN(D, H), 3, **options)


def test_targets_and_answers_that_are_none():
    model = ar.Model(ar.RNN(3, H), 3, output="sigmoid")
    with pytest.raises(ValueError, match="y must hold numbers from 0 to 1 for binary_cross_entropy, not 2.0"):
        model.unroll(np.ones((2, 3)), [[0, 1, 2], [0, 0, 0]])
    with pytest.raises(ValueError, match=r"finite values of shape \(2, 3\) for binary_cross_entropy"):
        model.unroll(np.ones((2, 3)), [0, 1])
    with pytest.raises(ValueError, match="a Jordan net that feeds softmax"):
        ar.Model(ar.Jordan(D, H, 3, feedback="probabilities"), 3, output="sigmoid")
    from autograd_rnn.nets.training import generate

    with pytest.raises(ValueError, match="generate draws classes"):
        generate(model, [0], 2)
