"""Update rules against their formulas, clipping, fitting and generation."""

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.nets import training
from autograd_rnn.nets.training import Optimizer, clipped, global_norm

K, H, T = 4, 6, 12


def text_model(seed=0, **options):
    """A model that reads and predicts one of K classes."""
    return ar.Model(ar.RNN(K, H, seed=seed), output_size=K, **options)


def cyclic(steps=T):
    """A sequence 0 1 2 3 0 1 ... and what follows each of its elements."""
    classes = np.arange(steps + 1) % K
    return ar.one_hot(classes[:-1], K), classes[1:]


def by_hand(rule, lr, gradients):
    """w after each update, from the papers' formulas in scalars."""
    w, m, v, path = 1.0, 0.0, 0.0, []
    for n, g in enumerate(gradients, 1):
        if rule == "sgd":
            w = w - lr * g
        elif rule == "momentum":
            m = 0.9 * m + g
            w = w - lr * m
        elif rule == "adagrad":
            v = v + g**2
            w = w - lr * g / (v**0.5 + 1e-8)
        elif rule == "rmsprop":
            v = 0.9 * v + 0.1 * g**2
            w = w - lr * g / (v**0.5 + 1e-8)
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            w = w - lr * (m / (1 - 0.9**n)) / ((v / (1 - 0.999**n)) ** 0.5 + 1e-8)
        path.append(w)
    return path


@pytest.mark.parametrize("rule", training.RULES)
def test_update_rules_equal_their_formulas(rule):
    gradients = [0.5, -2.0, 0.25]
    W = ar.tensor(np.ones((2, 1)), name="W")
    optimizer = Optimizer(rule, lr=0.1)
    for g, wanted in zip(gradients, by_hand(rule, 0.1, gradients), strict=True):
        optimizer.update({"W": W}, {"W": np.full((2, 1), g)})
        np.testing.assert_allclose(W.value, np.full((2, 1), wanted), rtol=1e-14)


def test_settings_of_a_rule_are_used():
    W = ar.tensor(1.0, name="W")
    optimizer = Optimizer("momentum", lr=1.0, beta=0.5)
    for _ in range(2):
        optimizer.update({"W": W}, {"W": np.array(1.0)})
    assert W.value == 1 - 1 - 1.5


def test_clipping_by_value_then_by_norm():
    gradients = {"W": np.array([[3.0, -5.0]]), "b": np.array([0.5])}
    np.testing.assert_array_equal(clipped(gradients, value=2.0)["W"], [[2.0, -2.0]])
    assert clipped(gradients, value=2.0)["b"] == 0.5
    both = clipped(gradients, value=2.0, norm=1.0)
    assert global_norm(both) == pytest.approx(1.0, rel=1e-14)
    np.testing.assert_allclose(both["W"] / both["b"], [[4.0, -4.0]])
    assert clipped(gradients, norm=100.0) is gradients
    np.testing.assert_array_equal(gradients["W"], [[3.0, -5.0]])


def test_one_update_of_fit_is_the_clipped_gradient():
    model, (x, y) = text_model(), cyclic()
    gradients = dict(model.unroll(x, y).backward().items())
    before = {name: value.value for name, value in model.parameters.items()}
    history = ar.fit(model, (x, y), optimizer="sgd", lr=0.1, clip_norm=0.5)
    norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
    assert history.norms == [pytest.approx(norm)] and norm > 0.5
    for name, value in model.parameters.items():
        np.testing.assert_allclose(value.value, before[name] - 0.1 * gradients[name] * 0.5 / norm, rtol=1e-12)
        assert value.grad is None


@pytest.mark.parametrize("rule, lr", [("sgd", 0.05), ("momentum", 0.01), ("adagrad", 0.1), ("rmsprop", 0.01), ("adam", 0.02)])
def test_fit_reduces_the_loss(rule, lr):
    history = ar.fit(text_model(), cyclic(), optimizer=rule, lr=lr, epochs=60)
    assert len(history) == 60 and history.losses[-1] < 0.3 * history.losses[0]


@pytest.mark.parametrize("task", ["one-to-one", "one-to-many", "many-to-one"])
def test_fit_trains_the_other_tasks(task):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(T, 3, K) if task == "many-to-one" else (3, K))
    y = rng.integers(K, size=(T, 3) if task == "one-to-many" else 3)
    history = ar.fit(ar.Model(ar.GRU(K, H), output_size=K, task=task, reduction="mean"), (x, y), epochs=60, lr=0.05)
    assert history.losses[-1] < 0.5 * history.losses[0]


def test_fit_trains_an_encoder_decoder_on_sequences_of_two_lengths():
    model = ar.EncoderDecoder(ar.GRU(K, H), ar.GRU(K, H, seed=1), output_size=K)
    data = [(ar.one_hot([a, b, a], K), [b, a]) for a in range(K) for b in range(K)]
    history = ar.fit(model, data, epochs=15, lr=0.02)
    assert np.mean(history.losses[-16:]) < 0.5 * np.mean(history.losses[:16])


def test_truncated_training_carries_the_state_and_updates_at_each_stretch():
    model, twin = text_model(), text_model()
    x, y = cyclic(7)
    history = ar.fit(model, (x, y), optimizer="sgd", lr=0.1, truncate=3)
    state, losses = None, []
    for start in (0, 3, 6):
        run = twin.unroll(x[start : start + 3], y[start : start + 3], h0=state)
        losses.append(float(run.loss.value))
        for name, g in run.backward().items():
            twin.parameters[name].assign(twin.parameters[name].value - 0.1 * g)
        state = run.h[run.T].value
    assert history.losses == losses
    for name, value in model.parameters.items():
        np.testing.assert_array_equal(value.value, twin.parameters[name].value)


def test_fit_with_lengths_never_learns_from_padding():
    x = np.random.default_rng(0).normal(size=(5, 2, K))
    y = np.zeros((5, 2), int)
    models = []
    for filling in (0.0, 9.0):
        padded = x.copy()
        padded[2:, 0] = filling
        models.append(text_model())
        ar.fit(models[-1], (padded, y, [2, 5]), epochs=3)
    for name, value in models[0].parameters.items():
        np.testing.assert_array_equal(value.value, models[1].parameters[name].value)


def test_a_loss_that_is_no_number_stops_the_training():
    x, y = np.ones((3, K)), np.ones((3, K))
    model = ar.Model(ar.RNN(K, H, activation="identity"), output_size=K, loss="squared_error")
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(ValueError) as caught:
        ar.fit(model, (x, y), optimizer="sgd", lr=1e6, epochs=100)
    assert "lower lr=1000000.0, or clip with clip_norm=5" in str(caught.value) and "the loss is" in str(caught.value)


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    model, update = text_model(), Optimizer.update
    before = model.parameters["W_hh"].value

    def interrupted(self, *arguments):
        if self.updates == 3:
            raise KeyboardInterrupt
        update(self, *arguments)

    monkeypatch.setattr(Optimizer, "update", interrupted)
    history = ar.fit(model, cyclic(), epochs=50)
    assert len(history) == 3 and history.interrupted and "stopped by hand" in str(history)
    assert not np.array_equal(model.parameters["W_hh"].value, before)


def test_training_is_the_same_for_the_same_seed():
    histories = [ar.fit(text_model(seed=4), cyclic(), epochs=5).losses for _ in range(2)]
    assert histories[0] == histories[1]


def test_progress_goes_to_stderr_and_only_when_asked_for(capsys):
    ar.fit(text_model(), cyclic(), epochs=2)
    assert capsys.readouterr() == ("", "")
    ar.fit(text_model(), cyclic(), epochs=2, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and "training" in err and "2/2" in err


def test_generation_is_deterministic_for_a_seed_and_follows_what_was_learned():
    model = text_model()
    ar.fit(model, cyclic(24), epochs=150, lr=0.03)
    assert ar.generate(model, [0, 1], steps=6, temperature=0.05) == [2, 3, 0, 1, 2, 3]
    hot = [ar.generate(model, [0], steps=30, temperature=5.0, seed=seed) for seed in (1, 1, 2)]
    assert hot[0] == hot[1] != hot[2]
    assert ar.generate(model, [0, 1], steps=1, temperature=0.05) == ar.generate(model, [3, 0, 1], steps=1, temperature=0.05)


CARRYING = {
    "lstm": lambda: ar.LSTM(K, H),
    "stacked": lambda: ar.Stacked([ar.GRU(K, H), ar.LSTM(H, H)]),
    "jordan": lambda: ar.Jordan(K, H, K),
}


@pytest.mark.parametrize("name", CARRYING)
def test_generation_carries_every_state(name):
    """Fed back one by one from the carried state, or all at once from the start: the same classes."""
    model = ar.Model(CARRYING[name](), output_size=K)
    written = ar.generate(model, [1, 2], steps=5, temperature=1e-4)
    given = [1, 2]
    for _ in range(5):
        given.append(int(model.unroll(ar.one_hot(given, K)).scores[len(given)].value.argmax()))
    assert written == given[2:]


def two_directions():
    return ar.Model(ar.Bidirectional(ar.RNN(K, H), ar.RNN(K, H)), output_size=K)


def translation():
    return ar.EncoderDecoder(ar.RNN(K, H), ar.RNN(K, H), output_size=K)


BAD = {
    "optimizer": (lambda: ar.fit(text_model(), cyclic(), optimizer="lion"), ValueError,
                  "optimizer='lion': choose from sgd, momentum, adagrad, rmsprop, adam"),
    "lr": (lambda: ar.fit(text_model(), cyclic(), lr=0), ValueError, "lr must be a number above 0, not 0"),
    "lr-nan": (lambda: ar.fit(text_model(), cyclic(), lr=np.nan), ValueError, "lr must be a number above 0, not nan"),
    "setting": (lambda: ar.fit(text_model(), cyclic(), beta=0.5), ValueError, "adam has the settings beta1, beta2, eps, not beta"),
    "setting-sgd": (lambda: ar.fit(text_model(), cyclic(), optimizer="sgd", beta=0.5), ValueError, "sgd has the settings none, not beta"),
    "clip": (lambda: ar.fit(text_model(), cyclic(), clip_norm=-1), ValueError, "clip_norm must be a number above 0, not -1"),
    "clip-value": (lambda: ar.fit(text_model(), cyclic(), clip_value=0), ValueError, "clip_value must be a number above 0, not 0"),
    "epochs": (lambda: ar.fit(text_model(), cyclic(), epochs=2.5), ValueError, "epochs must be a whole number of at least 1, not 2.5"),
    "truncate": (lambda: ar.fit(text_model(), cyclic(), truncate=0), ValueError, "truncate must be a whole number of at least 1, not 0"),
    "truncate-task": (lambda: ar.fit(text_model(task="many-to-one"), cyclic(), truncate=2), ValueError,
                      "truncate cuts sequences with a target at every step, not a many-to-one task"),
    "truncate-lengths": (lambda: ar.fit(text_model(), (np.ones((4, 1, K)), np.ones((4, 1), int), [3]), truncate=2), ValueError,
                         "truncate and lengths do not go together"),
    "truncate-both": (lambda: ar.fit(two_directions(), cyclic(), truncate=2), ValueError, "it needs a Model that reads forward only"),
    "truncate-pair": (lambda: ar.fit(translation(), cyclic(), truncate=2), ValueError, "it needs a Model that reads forward only"),
    "data": (lambda: ar.fit(text_model(), [1, 2]), ValueError, "data is one (x, y), (x, y, lengths) or (x, y, dict(where=...)), or a list"),
    "no-data": (lambda: ar.fit(text_model(), []), ValueError, "data is one (x, y)"),
    "number": (lambda: ar.fit(text_model(), 5), ValueError, "data is one (x, y)"),
    "cell": (lambda: ar.fit(ar.RNN(K, H), cyclic()), TypeError, "fit trains a Model or an EncoderDecoder, not RNN"),
    "temperature": (lambda: ar.generate(text_model(), [0], 3, temperature=0), ValueError, "temperature must be a number above 0, not 0"),
    "nothing": (lambda: ar.generate(text_model(), [], 3), ValueError, "classes needs at least one to start from"),
    "class": (lambda: ar.generate(text_model(), [9], 3), ValueError, "class indices must be whole numbers from 0 to 3, not int64 like [9]"),
    "sizes": (lambda: ar.generate(ar.Model(ar.RNN(3, H), output_size=K), [0], 3), ValueError, "not input_size=3 and output_size=4"),
    "generate-both": (lambda: ar.generate(two_directions(), [0], 3), ValueError, "generate carries the state from one stretch to the next"),
    "setting-value": (lambda: ar.fit(text_model(), cyclic(), optimizer="momentum", beta="a"), ValueError,
                      "beta must be a number from 0 up to but not 1, not 'a'"),
    "setting-one": (lambda: ar.fit(text_model(), cyclic(), beta1=1.0), ValueError,
                    "beta1 must be a number from 0 up to but not 1, not 1.0"),
    "setting-eps": (lambda: ar.fit(text_model(), cyclic(), eps=None), ValueError, "eps must be a number from 0 up to but not 1, not None"),
    "truncate-more": (lambda: ar.fit(text_model(), (cyclic()[0], np.zeros(20, int)), truncate=5), ValueError,
                      "x has 12 steps and y has 20: truncate needs one target a step"),
    "truncate-less": (lambda: ar.fit(text_model(), (cyclic()[0], np.zeros(7, int)), truncate=5), ValueError, "x has 12 steps and y has 7"),
    "truncate-number": (lambda: ar.fit(text_model(), (3, [0]), truncate=5), ValueError, "truncate cuts x and y into stretches"),
    "truncate-target": (lambda: ar.fit(text_model(), (cyclic()[0], 3), truncate=5), ValueError, "truncate cuts x and y into stretches"),
    "temperature-nan": (lambda: ar.generate(text_model(), [0], 3, temperature=np.nan), ValueError, "temperature must be a number above 0"),
    "generate-pair": (lambda: ar.generate(translation(), [0], 3), ValueError, "it needs a Model that reads forward only"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_named_with_a_remedy(case):
    call, kind, text = BAD[case]
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


def test_nothing_is_trained_when_a_later_sequence_does_not_fit():
    model = text_model()
    before = model.parameters["W_hh"].value.copy()
    with pytest.raises(ValueError, match="x has 12 steps and y has 20"):
        ar.fit(model, [cyclic(), (cyclic()[0], np.zeros(20, int))], truncate=6)
    np.testing.assert_array_equal(model.parameters["W_hh"].value, before)


def test_a_diverging_training_is_one_error_without_warnings():
    model = ar.Model(ar.RNN(K, H, activation="identity"), output_size=K, loss="squared_error")
    with pytest.raises(ValueError, match="the loss is .* at update .*: lower lr=100.0"):
        ar.fit(model, (np.ones((9, K)), np.ones((9, K))), optimizer="sgd", lr=100.0, epochs=50)


def test_the_mean_of_no_updates_is_not_a_number():
    assert np.isnan(ar.fit(text_model(), cyclic(), epochs=2).mean(5, 6))


def test_generation_at_almost_no_temperature_takes_the_best():
    model = ar.Model(ar.RNN(K, H, dtype="float32"), output_size=K)
    assert ar.generate(model, [0], 5, temperature=1e-300) == ar.generate(model, [0], 5, temperature=1e-4)
