"""The nets against the equations: complex step of an independent forward, BPTT by hand, and the edge cases 58-62 by number."""

from types import SimpleNamespace

import numpy as np
import pytest

import autograd_rnn as ar
from tests.oracles import plain_numpy as plain
from tests.sampling import sampled

TASKS = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")
LOSSES = ("cross_entropy", "squared_error")
T, B, D, H, K = 4, 2, 3, 4, 5  # all different, so that no transposed or mixed-up array fits by chance


class Residual(ar.Cell):
    """A cell of somebody's own."""

    def shapes(self):
        return {"W_xh": (self.hidden_size, self.input_size), "W_hh": (self.hidden_size, self.hidden_size), "b_h": (self.hidden_size,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        h = h + ar.tanh(a)
        return dict(a=a, h=h)


LSTMS = {f"lstm{'-peephole' * p}{'-coupled' * c}": (ar.LSTM, dict(peephole=p, coupled=c)) for p in (False, True) for c in (False, True)}
GRUS = {f"gru-{r}-{u}": (ar.GRU, dict(reset=r, update=u)) for r in ("before", "after") for u in ("new", "keep")}
GATED = {**LSTMS, **GRUS}
NETS = {
    **{f"rnn-{f}": lambda f=f: ar.RNN(D, H, activation=f) for f in ("tanh", "relu", "sigmoid", "identity")},
    **{f"jordan-{f}": lambda f=f: ar.Jordan(D, H, output_size=K, feedback=f) for f in ("scores", "probabilities")},
    **{
        f"{name}{'-fused' * fused}": lambda kind=kind, options=options, fused=fused: kind(D, H, fused=fused, **options)
        for name, (kind, options) in GATED.items()
        for fused in (False, True)
    },
    "stacked": lambda: ar.Stacked([ar.LSTM(D, H), ar.GRU(H, 2, seed=1), ar.RNN(2, H, seed=2)]),
    "bidirectional": lambda: ar.Bidirectional(ar.GRU(D, H), ar.LSTM(D, 2, seed=1)),
    "stacked-bidirectional": lambda: ar.Stacked(
        [ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), ar.Bidirectional(ar.LSTM(2 * H, H, seed=2), ar.LSTM(2 * H, H, seed=3))]
    ),
    "rnn-learned": lambda: ar.RNN(D, H, learn_initial=True),
    "lstm-learned": lambda: ar.LSTM(D, H, learn_initial=True),
    "bidirectional-learned": lambda: ar.Bidirectional(ar.RNN(D, H, learn_initial=True), ar.GRU(D, H, seed=1, learn_initial=True)),
}


def randomised(net, seed=0):
    """The net with random numbers in every parameter, biases and first states too."""
    rng = np.random.default_rng(seed)
    for value in net.parameters.values():
        value.assign(rng.normal(scale=0.6, size=value.shape))
    return net


def made(name, seed=0):
    return randomised(NETS[name](), seed)


def values_of(net):
    return {name: value.value for name, value in net.parameters.items()}


def data(task="many-to-many", loss="cross_entropy", batch=(B,), steps=T, seed=1):
    """Inputs and targets of the shapes of a task."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=((steps,) if task.startswith("many") else ()) + (*batch, D))
    rows = ((steps,) if task.endswith("many") else ()) + batch
    return x, rng.integers(K, size=rows) if loss == "cross_entropy" else rng.normal(size=(*rows, K))


def close(got, wanted, tolerance=1e-12):
    """Equal to a tolerance relative to the largest number (and to 1)."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max(initial=0) <= tolerance * max(1.0, np.abs(wanted).max(initial=0))


def complex_step(f, values, name, rng):
    """A random direction in one array, and the derivative of f along it, exact to rounding."""
    v = rng.normal(size=values[name].shape)
    return v, f({**values, name: values[name] + 1e-30j * v}).imag / 1e-30


def agree_with_complex_step(f, values, gradients):
    """Every gradient, along three random directions each."""
    rng = np.random.default_rng(7)
    for name in values:
        for _ in range(3):
            v, wanted = complex_step(f, values, name, rng)
            close((gradients[name] * v).sum(), wanted)


def weighted(run, label="h", seed=3):
    """Σ q_t·h_t with random q: an adjoint of its own for every step."""
    q = np.random.default_rng(seed).normal(size=(run.T, *run[label][1].shape))
    return q, sum(((row * run[label][t]).sum() for t, row in enumerate(q, 1)), start=0.0)


# -- gradients ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", sampled(["sum", "mean"], 2))
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", NETS)
def test_gradients_equal_the_complex_step_of_an_independent_forward(name, task, loss, reduction):
    model = randomised(ar.Model(NETS[name](), output_size=K, task=task, loss=loss, reduction=reduction))
    x, y = data(task, loss)
    x = ar.tensor(x, name="x")
    run = model.unroll(x, y)
    gradients = run.backward()
    values = {**values_of(model), "x": x.value}
    close(run.loss.value, plain.model_loss(model, values, x.value, y))
    agree_with_complex_step(lambda v: plain.model_loss(model, v, v["x"], y), values, {**dict(gradients.items()), "x": gradients[x]})


@pytest.mark.parametrize("name", ["rnn-tanh", "jordan-scores", "lstm-peephole", "gru-after-keep-fused", "stacked-bidirectional"])
def test_gradients_without_a_batch(name):
    model = randomised(ar.Model(NETS[name](), output_size=K))
    x, y = data(batch=())
    agree_with_complex_step(lambda v: plain.model_loss(model, v, x, y), values_of(model), model.unroll(x, y).backward())


@pytest.mark.parametrize("teacher_forcing", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", [ar.RNN, ar.LSTM, ar.GRU])
def test_encoder_decoder_gradients(kind, loss, teacher_forcing):
    model = randomised(ar.EncoderDecoder(kind(D, H), kind(K, H, seed=1), output_size=K, loss=loss))
    x, y = data(steps=3)[0], data(loss=loss, steps=5)[1]
    run = model.unroll(x, y, teacher_forcing=teacher_forcing)
    assert (len(run.scores), len(run.losses)) == (5, 5)

    def f(values):
        return plain.translation_loss(model, values, x, y, teacher_forcing)

    close(run.loss.value, f(values_of(model)))
    agree_with_complex_step(f, values_of(model), run.backward())


def test_an_encoder_decoder_feeds_its_own_answers_when_it_runs_freely():
    model = randomised(ar.EncoderDecoder(ar.GRU(D, H), ar.GRU(K, H), output_size=K))
    run = model.unroll(data()[0], steps=6)
    inputs = [value.value for value in run.unrolled[1].xs]
    assert not inputs[0].any()
    for u in range(1, 6):
        np.testing.assert_array_equal(inputs[u], ar.one_hot(run.scores[u].value.argmax(-1), K))
    assert len(run.losses) == 0


def test_an_encoder_decoder_of_layers_hands_over_every_state():
    encoder, decoder = (ar.Stacked([ar.LSTM(width, H, seed=k), ar.GRU(H, 2, seed=k + 1)]) for k, width in ((0, D), (5, K)))
    model = randomised(ar.EncoderDecoder(encoder, decoder, output_size=K))
    x, y = data()
    grads = model.unroll(x, y).backward()
    assert all(np.abs(grads[name]).max() > 0 for name in model.parameters)
    name, v, f = "Wenc1_hf", np.ones((H, H)), lambda: model.unroll(x, y).loss.value
    value = model.parameters[name].value
    model.parameters[name].assign(value + 1e-6 * v)
    above = f()
    model.parameters[name].assign(value - 1e-6 * v)
    close((above - f()) / 2e-6, (grads[name] * v).sum(), 1e-7)


@pytest.mark.parametrize("learn_initial", [False, True])
def test_a_cell_of_ones_own_against_central_differences(learn_initial):
    model = randomised(ar.Model(ar.Stacked([Residual(D, H, learn_initial=learn_initial), ar.GRU(H, H)]), output_size=K))
    x, y = data()
    grads = model.unroll(x, y).backward()
    for name, parameter in model.parameters.items():
        value = parameter.value
        v = np.random.default_rng(0).normal(size=value.shape)
        sides = []
        for sign in (1, -1):
            parameter.assign(value + sign * 1e-6 * v)
            sides.append(model.unroll(x, y).loss.value)
        parameter.assign(value)
        close((grads[name] * v).sum(), (sides[0] - sides[1]) / 2e-6, 1e-8)


@pytest.mark.parametrize("name", GATED)
def test_fused_equals_unfused(name):
    kind, options = GATED[name]
    apart, fused = randomised(kind(D, H, **options)), kind(D, H, fused=True, **options)
    for key, value in fused.fuse(values_of(apart)).items():
        fused.parameters[key].assign(value)
    x = ar.tensor(data()[0])
    h0 = tuple(np.random.default_rng(k).normal(size=(B, H)) for k, _ in enumerate(apart.states))
    got, wanted = [], []
    for cell, results in ((fused, got), (apart, wanted)):
        run = ar.unroll(cell, x, h0=h0)
        record = weighted(run)[1].backward()
        gradients = {key: record[value] for key, value in cell.parameters.items()}
        results += [run.h[T].value, record[x], fused.unfuse(gradients) if cell is fused else gradients]
    close(got[0], wanted[0])
    close(got[1], wanted[1])
    assert sorted(got[2]) == sorted(wanted[2])
    for key in wanted[2]:
        close(got[2][key], wanted[2][key])


@pytest.mark.parametrize("name", GATED)
def test_fused_and_unfused_start_from_the_same_numbers(name):
    kind, options = GATED[name]
    apart, fused = kind(D, H, seed=3, **options), kind(D, H, seed=3, fused=True, **options)
    split = fused.unfuse(values_of(fused))
    assert all(np.array_equal(split[key], value) for key, value in values_of(apart).items())


BPTT = [name for name in NETS if name in ("rnn-tanh", "rnn-relu", "rnn-sigmoid", "rnn-identity", "lstm", "lstm-peephole", *GRUS)]


@pytest.mark.parametrize("name", BPTT)
def test_gradients_equal_the_recursions_written_out(name):
    cell = made(name)
    rng = np.random.default_rng(5)
    h0 = [ar.tensor(rng.normal(size=(B, H)), name=f"{state}_0") for state in cell.states]
    x = ar.tensor(data(steps=6)[0], name="x")
    run = ar.unroll(cell, x, h0=h0)
    q, loss = weighted(run)
    record = loss.backward()
    recursion = {ar.RNN: plain.rnn_bptt, ar.LSTM: plain.lstm_bptt, ar.GRU: plain.gru_bptt}[type(cell)]
    wanted, dx, dstates = recursion(cell, values_of(cell), list(x.value), list(q), *(value.value for value in h0))
    for key, parameter in cell.parameters.items():
        close(record[parameter], wanted[key])
    close(record[x], dx)
    for value, d in zip(h0, dstates, strict=True):
        close(record[value], d)


# -- edge cases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_58_no_steps_return_the_initial_state_and_zero_gradients(name):
    net = made(name)
    run = ar.unroll(net, np.zeros((0, B, D)))
    for chain in run.chains:
        assert not chain.steps and chain.last == chain.first
    if name.startswith("rnn"):
        assert len(run.h) == 1 and run.h[0] is run.chains[0].first["h"]
    model = ar.Model(net, output_size=K)
    assert model.unroll(np.zeros((0, B, D)), np.zeros((0, B), int), lengths=[0] * B).loss.value == 0
    run = model.unroll(np.zeros((0, B, D)), np.zeros((0, B), int))
    assert float(run.loss.value) == 0 and len(run.scores) == 0
    gradients = run.backward()
    for key, value in model.parameters.items():
        assert gradients[key].shape == value.shape and not gradients[key].any()
        assert run.contributions(key).shape == (0, *value.shape)


@pytest.mark.parametrize("task", TASKS)
def test_58_one_step_one_sequence_one_unit(task):
    for kind in (ar.RNN, ar.LSTM, ar.GRU):
        model = randomised(ar.Model(kind(1, 1), output_size=K, task=task))
        x = np.full(((1,) if task.startswith("many") else ()) + (1, 1), 0.7)
        y = np.zeros(((1,) if task.endswith("many") else ()) + (1,), int)
        gradients = model.unroll(x, y).backward()
        agree_with_complex_step(lambda v: plain.model_loss(model, v, x, y), values_of(model), gradients)


def untied(net, names=None):
    """A copy of a net's parameters for each step and cell: the namespaces that ``parameters=`` takes, and the copies by name."""
    copies = {}

    def at(cell):
        def parameters(t):
            own = {short: ar.tensor(value.value) for short, value in vars(cell.named()).items()}
            copies.update({(full, t): own[short] for short, full in zip(own, cell.parameters, strict=True)})
            return SimpleNamespace(**own)

        return parameters

    cells = [part for layer in getattr(net, "cells", [net]) for part in getattr(layer, "cells", [layer])]
    return {cell.tag: at(cell) for cell in cells}, copies


@pytest.mark.parametrize("name", [name for name in NETS if not name.endswith("learned")])
def test_59_contributions_sum_to_the_gradient_and_equal_untied_copies(name):
    model = randomised(ar.Model(NETS[name](), output_size=K))
    x, y = data()
    run = model.unroll(x, y)
    gradients = run.backward()
    own, copies = untied(model.cell)
    record = model.unroll(x, y, parameters=own).loss.backward()
    for key in model.parameters:
        shares = run.contributions(key)
        close(shares.sum(0), gradients[key])
        for t in range(1, T + 1) if key in model.cell.parameters else ():
            copy = record.get(copies[key, t])
            close(shares[t - 1], 0 * shares[t - 1] if copy is None else copy)


def test_59_each_share_of_the_readout_equals_an_untied_copy():
    model = randomised(ar.Model(ar.RNN(D, H), output_size=K))
    x, y = data()
    run = model.unroll(x, y)
    close(run.contributions("W_hy"), [(ar.outer_sum(run.backward()[run.scores[t]], run.h[t].value)) for t in range(1, T + 1)])


@pytest.mark.parametrize("truncation", ["chunk", "window"])
@pytest.mark.parametrize(
    "name", sampled(["stacked-bidirectional", "rnn-tanh", "jordan-probabilities", "lstm-peephole", "gru-after-keep-fused"], 5)
)
def test_59_contributions_sum_to_the_gradient_of_a_truncated_sweep_too(name, truncation):
    model = randomised(ar.Model(NETS[name](), output_size=K))
    run = model.unroll(*data(steps=6), start=11)
    gradients = run.backward(truncate=2, truncation=truncation)
    for key in model.parameters:
        assert len(run.contributions(key)) == 6
        close(run.contributions(key).sum(0), gradients[key])


def test_59_contributions_of_an_encoder_decoder():
    model = randomised(ar.EncoderDecoder(ar.LSTM(D, H), ar.LSTM(K, H), output_size=K))
    run = model.unroll(data(steps=3)[0], data(steps=5)[1])
    gradients = run.backward()
    for key in model.parameters:
        close(run.contributions(key).sum(0), gradients[key])
    assert not run.contributions("Wenc_hf")[3:].any() and run.contributions("Wdec_hf")[4].any()


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("truncation", ["chunk", "window"])
def test_60_truncation_beyond_the_sequence_is_exact(name, truncation):
    model = randomised(ar.Model(NETS[name](), output_size=K))
    run = model.unroll(*data())
    whole = run.backward()
    for k in (T, T + 3):
        cut = run.backward(truncate=k, truncation=truncation)
        for key in model.parameters:
            close(cut[key], whole[key])


@pytest.mark.parametrize("truncation", ["chunk", "window"])
def test_60_truncation_to_one_step_leaves_the_local_terms(truncation):
    model = randomised(ar.Model(ar.RNN(D, H), output_size=K))
    x, y = data()
    run = model.unroll(x, y)
    h = np.array([state.value for state in run.h])
    ds = plain.softmax(np.array([s.value for s in run.scores])) - np.eye(K)[y]
    da = (1 - h[1:] ** 2) * (ds @ model.parameters["W_hy"].value)
    gradients = run.backward(truncate=1, truncation=truncation)
    close(gradients["W_hh"], np.einsum("tbi,tbj->ij", da, h[:-1]))
    close(gradients["W_xh"], np.einsum("tbi,tbj->ij", da, x))
    close(gradients["b_h"], da.sum((0, 1)))
    close(gradients["W_hy"], np.einsum("tbi,tbj->ij", ds, h[1:]))


def detached_chunks(model, x, y, k):
    """Gradients summed over chunks, each started from constants."""
    total, state = {}, None
    for start in range(0, len(x), k):
        run = model.unroll(x[start : start + k], y[start : start + k], h0=state)
        last = [tuple(value.value for value in states) for states in run.unrolled[0].last()]
        state = last if len(last) > 1 else last[0]
        for key, g in run.backward().items():
            total[key] = total.get(key, 0) + g
    return total


FORWARD = [name for name in NETS if "bidirectional" not in name and not name.endswith("learned")]


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("name", FORWARD)
def test_chunks_equal_detaching_by_hand(name, k):
    model = randomised(ar.Model(NETS[name](), output_size=K))
    x, y = data(steps=7)
    got = model.unroll(x, y).backward(truncate=k)
    for key, wanted in detached_chunks(model, x, y, k).items():
        close(got[key], wanted)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("name", FORWARD)
def test_a_window_equals_the_sum_over_losses_that_each_reach_back_k_steps(name, k):
    model = randomised(ar.Model(NETS[name](), output_size=K, reduction="mean"))
    x, y = data(steps=6)
    run = model.unroll(x, y)
    got = run.backward(truncate=k, truncation="window")
    total = {key: 0.0 for key in model.parameters}
    for t in range(1, 7):
        start = max(0, t - k)
        state = None
        if start:
            before = [tuple(v.value for v in states) for states in model.unroll(x[:start]).unrolled[0].last()]
            state = before if len(before) > 1 else before[0]
        part = model.unroll(x[start:t], y[start:t], h0=state)
        record = part.losses[t - start].backward()
        for key, value in model.parameters.items():
            total[key] = total[key] + (record[value] / y.size if value in record else 0.0)
    for key, wanted in total.items():
        close(got[key], wanted)


def test_a_window_in_a_bidirectional_net_counts_from_both_ends():
    model = randomised(ar.Model(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), output_size=K))
    x, y = data()
    turned = randomised(ar.Model(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), output_size=K))
    for name, value in model.parameters.items():
        turned.parameters[name[0] + {"f": "b", "b": "f"}.get(name[1], name[1]) + name[2:]].assign(value.value)
    for truncation in ("chunk", "window"):
        one = model.unroll(x, y).backward(truncate=2, truncation=truncation)
        two = turned.unroll(x[::-1], y[::-1]).backward(truncate=2, truncation=truncation)
        close(one["Wf_hh"], two["Wb_hh"])
        close(one["Wb_hh"], two["Wf_hh"])


def test_61_a_bidirectional_net_on_the_reversed_input_swaps_its_outputs():
    forward, backward = randomised(ar.LSTM(D, H)), randomised(ar.LSTM(D, H), seed=1)
    x = data()[0]
    one = ar.unroll(ar.Bidirectional(forward, backward), x)
    straight = [[value.value for value in one[name]] for name in ("hf", "hb")]
    two = ar.unroll(ar.Bidirectional(backward, forward), x[::-1])
    turned = [[value.value for value in two[name]] for name in ("hf", "hb")]
    np.testing.assert_array_equal(straight[0], turned[1][::-1])
    np.testing.assert_array_equal(straight[1], turned[0][::-1])


@pytest.mark.parametrize("name", NETS)
def test_62_sequences_of_many_lengths_equal_each_alone(name):
    lengths = [2, 5, 1, 5]
    for task in ("many-to-many", "many-to-one"):
        model = randomised(ar.Model(NETS[name](), output_size=K, task=task))
        x, y = data(task, batch=(4,), steps=5)
        together = model.unroll(x, y, lengths=lengths)
        gradients = together.backward()
        total, loss = {key: 0.0 for key in model.parameters}, 0.0
        for b, n in enumerate(lengths):
            alone = model.unroll(x[:n, b], y[:n, b] if task == "many-to-many" else y[b])
            loss += alone.loss.value
            for key, g in alone.backward().items():
                total[key] = total[key] + g
            for t in range(1, n + 1) if task == "many-to-many" else ():
                close(together.scores[t].value[b], alone.scores[t].value)
        close(together.loss.value, loss)
        for key, wanted in total.items():
            close(gradients[key], wanted)


def test_62_an_encoder_masks_padding():
    model = randomised(ar.EncoderDecoder(ar.GRU(D, H), ar.GRU(K, H), output_size=K))
    (x, y), lengths = data(batch=(3,)), [2, 4, 1]
    together = model.unroll(x, y, lengths=lengths)
    alone = [model.unroll(x[:n, b], y[:, b]) for b, n in enumerate(lengths)]
    close(together.loss.value, sum(run.loss.value for run in alone))
    parts = [run.backward() for run in alone]
    for key, g in together.backward().items():
        close(g, sum(part[key] for part in parts))


@pytest.mark.parametrize("kind", [ar.RNN, ar.LSTM, ar.GRU])
def test_62_a_masked_step_carries_the_state_and_its_gradient_is_the_identity(kind):
    cell = randomised(kind(D, H))
    first = [ar.tensor(np.random.default_rng(k).normal(size=(2, H))) for k, _ in enumerate(cell.states)]
    run = ar.unroll(cell, data()[0], h0=first, lengths=[1, T])
    for t in range(2, T + 1):
        for state in cell.states:
            np.testing.assert_array_equal(run[state][t].value[0], run[state][1].value[0])
        np.testing.assert_array_equal(run.jacobian(t, 1)[0], np.eye(H))
    assert np.abs(run.jacobian(T, 1)[1] - np.eye(H)).max() > 0.1


def test_62_a_mean_loss_counts_what_is_not_padding():
    x, y = data(batch=(2,))
    whole = randomised(ar.Model(ar.RNN(D, H), output_size=K)).unroll(x, y, lengths=[1, 3])
    mean = randomised(ar.Model(ar.RNN(D, H), output_size=K, reduction="mean")).unroll(x, y, lengths=[1, 3])
    close(mean.loss.value, whole.loss.value / 4)


# -- Jacobians ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
def test_the_jacobian_of_an_rnn_is_the_product_of_its_steps(activation):
    cell = randomised(ar.RNN(D, H, activation=activation))
    run = ar.unroll(cell, data(batch=())[0], h0=ar.tensor(np.ones(H)))
    slope = {"tanh": lambda h: 1 - h * h, "relu": lambda h: 1.0 * (h > 0), "sigmoid": lambda h: h * (1 - h), "identity": np.ones_like}
    for k in range(T + 1):
        product = np.eye(H)
        for t in range(k, T + 1):
            if t > k:
                product = np.diag(slope[activation](run.h[t].value)) @ cell.parameters["W_hh"].value @ product
            close(run.jacobian(t, k), product)
        if k:
            assert not run.jacobian(k - 1, k).any()


@pytest.mark.parametrize("of, wrt", [("h", "h"), ("c", "c"), ("h", "c"), ("c", "h")])
def test_the_jacobian_of_an_lstm_equals_central_differences(of, wrt):
    cell = randomised(ar.LSTM(D, H, peephole=True))
    x, start = data()[0], [np.random.default_rng(k).normal(size=(B, H)) for k in range(2)]
    run = ar.unroll(cell, x, h0=[ar.tensor(value) for value in start])
    got = run.jacobian(3, 0, of, wrt)
    assert got.shape == (B, H, H)
    for j in range(H):
        sides = []
        for sign in (1, -1):
            moved = [np.array(value) for value in start]
            moved["hc".index(wrt)][:, j] += sign * 1e-6
            sides.append(ar.unroll(cell, x, h0=moved)[of][3].value)
        close(got[:, :, j], (sides[0] - sides[1]) / 2e-6, 1e-8)


@pytest.mark.parametrize("name", [*GRUS, "lstm-coupled"])
def test_the_jacobian_of_a_gated_cell_equals_central_differences(name):
    cell = made(name)
    x = data(batch=())[0]
    start = [np.random.default_rng(k).normal(size=H) for k, _ in enumerate(cell.states)]
    got = ar.unroll(cell, x, h0=[ar.tensor(value) for value in start]).jacobian(T, 0)
    columns = []
    for j in range(H):
        sides = [ar.unroll(cell, x, h0=[start[0] + e * np.eye(H)[j], *start[1:]]).h[T].value for e in (1e-6, -1e-6)]
        columns.append((sides[0] - sides[1]) / 2e-6)
    close(got, np.array(columns).T, 1e-8)


def test_the_jacobian_in_a_bidirectional_net_and_by_an_input():
    net = randomised(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)))
    x = ar.tensor(data(batch=())[0])
    run = ar.unroll(net, x)
    W, hb = net.parameters["Wb_hh"].value, [value.value for value in run["hb"]]
    close(run.jacobian(1, 2, "hb", "hb"), np.diag(1 - hb[0] ** 2) @ W)
    assert not run.jacobian(2, 1, "hb", "hb").any()
    close(run.jacobian(2, 2, "hf", "x"), np.diag(1 - run["hf"][2].value ** 2) @ net.parameters["Wf_xh"].value)


def test_the_jacobian_by_a_constant_says_what_to_do():
    run = ar.unroll(ar.RNN(D, H), data()[0])
    with pytest.raises(ValueError, match=r"\(2, 4\) is a constant: unroll with h0=tensor\(...\) or learn_initial=True"):
        run.jacobian(2, 0)


# -- parameters -----------------------------------------------------------------------------------------------------


def test_the_jacobian_by_a_learned_initial_state_is_each_sequences_own():
    cell = randomised(ar.RNN(D, H, learn_initial=True))
    x, _ = data()
    together = ar.unroll(cell, x).jacobian(3, 0)
    for b in range(B):
        close(together[b], ar.unroll(cell, x[:, b]).jacobian(3, 0))


@pytest.mark.parametrize("name", ["W_hh", "b_h"])
def test_a_stale_tape_has_no_jacobian_either(name):
    cell = ar.RNN(D, H)
    run = ar.unroll(cell, np.ones((3, D)))
    cell.parameters[name].assign(cell.parameters[name].value * 2)
    if name == "b_h":  # no derivative here needs the value of a bias, but the numbers are those of another net all the same
        with pytest.raises(ValueError, match="b_h .* was given a new value after this tape was recorded"):
            run.jacobian(3, 1)
    else:
        with pytest.raises(ValueError, match="W_hh .* was given a new value after this tape was recorded: run the forward pass again"):
            run.jacobian(3, 1)


def test_a_parameter_given_by_hand_is_differentiated_inside_a_transform():
    model = randomised(ar.Model(ar.GRU(D, H, reset="after", fused=True), output_size=K))
    x, y = data()

    def loss(W):
        return model.unroll(x, y, parameters={"": SimpleNamespace(**{**vars(model.cell.named()), "W_hn": W})}).loss

    close(ar.grad(loss)(model.parameters["W_hn"].value), model.unroll(x, y).backward()["W_hn"])
    assert ar.gradcheck(loss, model.parameters["W_hn"].value, order=2).ok


def test_the_record_answers_to_a_parameters_name_however_it_is_asked():
    grads = MODEL.unroll(X, Y).backward()
    assert "W_hh" in grads and "h_2" in grads and "q" not in grads and grads.get("q") is None
    close(grads.get("W_hh"), grads["W_hh"])
    close(grads.get("h_2"), grads["h_2"])


def test_a_mean_over_no_sequences_is_zero():
    model = ar.Model(ar.RNN(D, H), output_size=K, reduction="mean")
    run = model.unroll(np.ones((2, 0, D)), np.zeros((2, 0), int))
    assert run.loss.value == 0 and not run.backward()["W_hh"].any()


def test_cells_that_are_renamed_by_another_net_are_not_mixed_up():
    first, second, third = (ar.RNN(D, D, seed=seed) for seed in range(3))
    below = ar.Stacked([first, second])
    ar.Stacked([second, third])  # second is layer 1 now, as first is
    with pytest.raises(ValueError, match="two cells of .* have one name, W1_xh: a cell was built into another net; make it anew there"):
        ar.unroll(below, np.ones((2, D)))


def test_parameter_counts():
    counts = [kind(D, H).count_parameters() for kind in (ar.RNN, ar.GRU, ar.LSTM)]
    unit = H * (D + H + 1)
    assert counts == [unit, 3 * unit, 4 * unit]
    assert ar.GRU(D, H, reset="after").count_parameters() == 3 * unit + H
    assert ar.LSTM(D, H, peephole=True).count_parameters() == 4 * unit + 3 * H
    assert ar.LSTM(D, H, coupled=True, peephole=True, fused=True).count_parameters() == 3 * unit + 2 * H
    assert ar.Jordan(D, H, K).count_parameters() == H * (D + K + 1) + K * (H + 1)
    assert ar.LSTM(D, H, learn_initial=True).count_parameters() == 4 * unit + 2 * H
    model = ar.Model(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), output_size=K)
    assert model.count_parameters() == 2 * unit + K * (2 * H + 1)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6)])
def test_orthogonal_weights(shape):
    q = ar.nets.cell.initial("orthogonal", shape, np.random.default_rng(0))
    assert q.shape == shape
    close(q.T @ q if shape[0] >= shape[1] else q @ q.T, np.eye(min(shape)), 1e-14)


def test_initial_values():
    cell = ar.RNN(30, 50)
    W, R = cell.parameters["W_xh"].value, cell.parameters["W_hh"].value
    bound = np.sqrt(6 / 80)
    assert 0.95 * bound < np.abs(W).max() <= bound and abs(W.mean()) < 0.01
    close(R.T @ R, np.eye(50), 1e-13)
    assert not cell.parameters["b_h"].value.any()
    np.testing.assert_array_equal(ar.RNN(D, H, recurrent="identity").parameters["W_hh"].value, np.eye(H))
    for fused in (False, True):
        lstm = ar.LSTM(D, H, forget_bias=2.5, fused=fused)
        b = lstm.parameters["b"].value[H : 2 * H] if fused else lstm.parameters["b_f"].value
        np.testing.assert_array_equal(b, np.full(H, 2.5))
    assert np.array_equal(ar.GRU(D, H, seed=4).parameters["W_xn"].value, ar.GRU(D, H, seed=4).parameters["W_xn"].value)
    assert not np.array_equal(ar.GRU(D, H, seed=4).parameters["W_xn"].value, ar.GRU(D, H, seed=5).parameters["W_xn"].value)


@pytest.mark.parametrize("name", ["rnn-tanh", "lstm", "gru-after-keep-fused"])
def test_a_float32_net_stays_float32(name):
    options = {"rnn-tanh": (ar.RNN, {}), "lstm": (ar.LSTM, {}), "gru-after-keep-fused": (ar.GRU, dict(reset="after", fused=True))}
    kind, extra = options[name]
    for loss in LOSSES:
        model = ar.Model(kind(D, H, dtype="float32", **extra), output_size=K, loss=loss)
        run = model.unroll(*data(loss=loss), lengths=[2, T])
        assert {str(value.dtype) for value in (run.loss, run.h[T], run.scores[1])} == {"float32"}
        assert {str(g.dtype) for _, g in run.backward().items()} == {"float32"}


# -- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NETS, "own"])
def test_a_saved_model_comes_back_equal_in_every_bit(name, tmp_path):
    net = ar.Stacked([Residual(D, H), ar.GRU(H, H)]) if name == "own" else NETS[name]()
    model = randomised(ar.Model(net, output_size=K, reduction="mean", seed=3))
    model.save(tmp_path / "model.npz")
    twin = ar.load(tmp_path / "model.npz", cells=[Residual])
    assert repr(twin) == repr(model) and list(twin.parameters) == list(model.parameters)
    for key, value in model.parameters.items():
        assert twin.parameters[key].value.tobytes() == value.value.tobytes()
        assert twin.parameters[key].dtype == value.dtype
    x, y = data()
    assert twin.unroll(x, y).loss.value == model.unroll(x, y).loss.value


def test_a_saved_float32_and_a_saved_encoder_decoder_come_back(tmp_path):
    small = ar.Model(ar.LSTM(D, H, dtype="float32", fused=True, recurrent="identity"), output_size=K, task="many-to-one")
    pair = ar.EncoderDecoder(ar.GRU(D, H), ar.GRU(K, H, seed=1), output_size=K, loss="squared_error")
    for model in (small, pair):
        model.save(tmp_path / "model.npz")
        twin = ar.load(tmp_path / "model.npz")
        assert repr(twin) == repr(model)
        assert all(np.array_equal(twin.parameters[key].value, value.value) for key, value in model.parameters.items())
        assert {value.dtype for value in twin.parameters.values()} == {value.dtype for value in model.parameters.values()}


def test_files_that_cannot_be_read_or_written(tmp_path):
    model = ar.Model(ar.Stacked([Residual(D, H)]), output_size=K)
    with pytest.raises(ValueError, match="there is no file .*missing.npz"):
        ar.load(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("not a model")
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("text.npz", "other.npz", "empty.npz"):
        with pytest.raises(ValueError, match=f"{name} is not a model saved by autograd_rnn"):
            ar.load(tmp_path / name)
    with pytest.raises(ValueError, match="cannot save to .*model.npz: there is no folder .*nowhere"):
        model.save(tmp_path / "nowhere" / "model.npz")
    model.save(tmp_path / "own.npz")
    with pytest.raises(ValueError, match=r"the net has a cell of class Residual: pass it, load\(path, cells=\[Residual\]\)"):
        ar.load(tmp_path / "own.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.npz", "other.npz", "own.npz", "text.npz"]


@pytest.mark.parametrize("error, reason", [(PermissionError(13, "Denied"), "Denied"), (OSError("disk full"), "disk full")])
def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch, error, reason):
    def fail(*_, **__):
        raise error

    model = ar.Model(ar.RNN(D, H), output_size=K)
    model.save(tmp_path / "model.npz")
    before = (tmp_path / "model.npz").read_bytes()
    monkeypatch.setattr("numpy.lib.format.write_array", fail)
    with pytest.raises(ValueError, match=f"cannot save to .*model.npz: {reason}"):
        model.save(tmp_path / "model.npz")
    assert (tmp_path / "model.npz").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_folder_is_not_a_file_to_save_to(tmp_path):
    with pytest.raises(ValueError, match="cannot save to"):
        ar.Model(ar.RNN(D, H), output_size=K).save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_options_given_as_numpy_numbers_are_saved(tmp_path):
    model = ar.Model(ar.LSTM(np.int64(D), H, forget_bias=np.float32(2), peephole=np.True_, seed=np.int64(3)), output_size=K)
    model.save(tmp_path / "model.npz")
    assert ar.load(tmp_path / "model.npz").cell.config() == model.cell.config()


def test_a_file_that_only_looks_like_a_model(tmp_path):
    np.save(tmp_path / "array.npy", np.ones(3))
    headers = ["[]", '{"net": {}, "notes": 1}', '{"net": [], "notes": 1}', '{"net": {"class": ["RNN"]}, "notes": 1}']
    for k, header in enumerate(headers):
        np.savez(tmp_path / f"{k}.npz", autograd_rnn=np.frombuffer(header.encode(), np.uint8))
    for path in tmp_path.iterdir():
        with pytest.raises(ValueError, match="is not a model saved by autograd_rnn"):
            ar.load(path)


def test_a_file_name_that_is_too_long(tmp_path):
    with pytest.raises(ValueError, match="cannot save to"):
        MODEL.save(tmp_path / ("a" * 300))


# -- cells with mistakes ----------------------------------------------------------------------------------------------


def own(step, shapes=None, **changes):
    """A cell of somebody's own with this step."""
    shapes = shapes or {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}
    return type("Mine", (ar.Cell,), {"shapes": lambda self: shapes, "step": staticmethod(step), **changes})


def pre(p, x, h):
    return ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)


MISTAKEN = {
    "tuple": (own(lambda p, x, h: (pre(p, x, h),)), TypeError, "mine: step returns a dict of named quantities, dict(h=h), not tuple"),
    "tensor": (own(lambda p, x, h: pre(p, x, h)), TypeError, "mine: step returns a dict of named quantities, dict(h=h), not Tensor"),
    "nothing": (own(lambda p, x, h: None), TypeError, "not NoneType"),
    "no-state": (own(lambda p, x, h: dict(a=pre(p, x, h))), ValueError, "mine: step returns a, but its states are h: h is missing"),
    "one-state": (own(lambda p, x, h, c: dict(h=pre(p, x, h)), states=("h", "c")), ValueError, "its states are h, c: c is missing"),
    "array": (own(lambda p, x, h: dict(h=np.tanh(pre(p, x, h).value))), TypeError,
              "mine: h at t=1 is a plain ndarray, which has no gradient: compute it from tensors, without .value"),
    "list": (own(lambda p, x, h: dict(h=[1.0] * H)), TypeError, "mine: h at t=1 is a plain list"),
    "extra": (own(lambda p, x, h: dict(note="a", h=pre(p, x, h))), TypeError, "mine: note at t=1 is a plain str"),
    "size": (own(lambda p, x, h: dict(h=pre(p, x, h)[:2])), ValueError, "mine: h at t=1 has shape (2,), but (4,) is needed"),
    "name": (own(lambda p, x, h: dict(h=p.W_xx @ x)), AttributeError, "no parameter 'W_xx': shapes() has W_xh, W_hh, b_h"),
    "numpy": (own(lambda p, x, h: dict(h=np.cbrt(pre(p, x, h)))), TypeError, "numpy.cbrt has no derivative here"),
    "if": (own(lambda p, x, h: dict(h=h if pre(p, x, h).sum() else x)), TypeError, "a truth test would drop the gradient"),
    "shape": (own(lambda p, x, h: dict(h=h), {"V": 4}), ValueError, "mine: the shape of V is 4, not sizes of at least 1: (4,) or (4, 3)"),
    "shape-sign": (own(lambda p, x, h: dict(h=h), {"V": (-4,)}), ValueError, "mine: the shape of V is (-4,), not sizes of at least 1"),
    "shape-none": (own(lambda p, x, h: dict(h=h), {"V": ()}), ValueError, "mine: the shape of V is (), not sizes of at least 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKEN)
def test_a_mistake_in_a_cell_is_named(case):
    kind, error, text = MISTAKEN[case]
    for ask in (lambda: ar.unroll(kind(D, H), np.ones((1, D))), lambda: kind(D, H).equations()):
        with pytest.raises(error) as caught:
            ask()
        assert text.replace("t=1", "") in str(caught.value).replace("t=1", "")


def test_a_constant_in_a_cell_has_an_equation():
    cell = own(lambda p, x, h: dict(h=ar.tanh(pre(p, x, h)) * np.array([1.0, 2.0, 3.0, 4.0])))(D, H)
    assert cell.equations() == "h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h) ⊙ C_1"


# -- bad input ------------------------------------------------------------------------------------------------------

CELL = ar.RNN(D, H)
MODEL = ar.Model(CELL, output_size=K)
X, Y = data()
BAD = {
    "width": (lambda: MODEL.unroll(X[..., :2]), ValueError, r"x has shape (4, 2, 2), but the net takes (T, 3) or (T, B, 3)"),
    "rank": (lambda: MODEL.unroll(X[0, 0]), ValueError, r"x has shape (3,), but the net takes (T, 3) or (T, B, 3)"),
    "rank-one": (
        lambda: ar.Model(ar.RNN(D, H), K, task="one-to-one").unroll(X),
        ValueError,
        "x has shape (4, 2, 3), but the net takes (3,) or (B, 3)",
    ),
    "text": (lambda: MODEL.unroll(np.full((T, D), "a")), TypeError, "x holds <U1, not numbers: an array of shape (T, 3) or (T, B, 3)"),
    "objects": (lambda: MODEL.unroll(np.full((T, D), None)), TypeError, "x holds object, not numbers"),
    "nan": (
        lambda: MODEL.unroll(np.where(np.arange(T)[:, None, None] == 2, np.nan, X)),
        ValueError,
        "x is nan at t=3: clean the data, or pad with zeros and give lengths",
    ),
    "infinite": (lambda: ar.unroll(CELL, np.full((T, D), np.inf)), ValueError, "x is inf at t=1"),
    "net": (lambda: ar.unroll("rnn", X), TypeError, "a net is a cell, Stacked([...]) or Bidirectional(...), not str"),
    "net-model": (lambda: ar.Model(None, 2), TypeError, "a net is a cell, Stacked([...]) or Bidirectional(...), not NoneType"),
    "class": (lambda: MODEL.unroll(X, np.where(np.arange(T)[:, None] == 1, 5, Y)), ValueError,
              "y has class 5 at t=2, but the net has output_size=5: classes are 0 to 4"),
    "negative": (lambda: MODEL.unroll(X, Y - 9), ValueError, "classes are 0 to 4"),
    "y-shape": (lambda: MODEL.unroll(X, Y[:3]), ValueError,
                "y must hold class indices of shape (4, 2) for cross_entropy, not int64 of shape (3, 2)"),
    "y-float": (lambda: MODEL.unroll(X, Y * 1.0), ValueError, "y must hold class indices of shape (4, 2) for cross_entropy, not float64"),
    "y-values": (
        lambda: ar.Model(ar.RNN(D, H), K, loss="squared_error").unroll(X, Y),
        ValueError,
        "y must hold finite values of shape (4, 2, 5) for squared_error, not int64 of shape (4, 2)",
    ),
    "y-nan": (
        lambda: ar.Model(ar.RNN(D, H), K, loss="squared_error").unroll(X, np.full((T, B, K), np.nan)),
        ValueError,
        "y must hold finite values of shape (4, 2, 5)",
    ),
    "lengths": (lambda: MODEL.unroll(X, Y, lengths=[3, 9]), ValueError, "lengths must lie between 1 and T=4, not between 3 and 9"),
    "lengths-no-steps": (lambda: MODEL.unroll(X[:0], Y[:0], lengths=[1, 0]), ValueError, "lengths must lie between 0 and T=0, not"),
    "lengths-zero": (lambda: MODEL.unroll(X, Y, lengths=[0, 4]), ValueError, "lengths must lie between 1 and T=4, not between 0 and 4"),
    "lengths-count": (lambda: MODEL.unroll(X, Y, lengths=[3]), ValueError,
                      "lengths needs one whole number for each of the 2 sequences, not int64 of shape (1,)"),
    "lengths-alone": (lambda: MODEL.unroll(X[:, 0], Y[:, 0], lengths=[3]), ValueError, "lengths needs a batch: x of shape (T, B, D)"),
    "lengths-float": (lambda: MODEL.unroll(X, Y, lengths=[3.0, 4.0]), ValueError, "not float64 of shape (2,)"),
    "h0-count": (lambda: ar.unroll(ar.LSTM(D, H), X, h0=np.zeros(H)), ValueError,
                 "the initial state of lstm is (h_0, c_0): 2 arrays, not 1"),
    "h0-shape": (lambda: ar.unroll(CELL, X, h0=np.zeros((3, H))), ValueError, "h_0 of rnn has shape (3, 4), but (2, 4) is needed"),
    "h0-chains": (lambda: ar.unroll(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), X, h0=[None]), ValueError,
                  "h0 needs one initial state for each of the 2 chains, from the lowest layer up, not 1"),
    "h0-alone": (lambda: ar.unroll(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), X, h0=3), ValueError, "for each of the 2 chains"),
    "h0-nan": (lambda: ar.unroll(CELL, X, h0=np.full(H, np.nan)), ValueError, "h_0 of rnn holds numbers that are not finite"),
    "h0-text": (lambda: ar.unroll(CELL, X, h0="a"), TypeError, "h_0 of rnn holds <U1, not numbers"),
    "ragged": (lambda: MODEL.unroll([[1, 2, 3], [1]]), ValueError, "x has rows of unequal length: pad them and give lengths"),
    "y-ragged": (lambda: MODEL.unroll(X, [[1], [1, 2]]), ValueError, "y has rows of unequal length"),
    "y-number": (lambda: ar.Model(ar.RNN(D, H), K, task="one-to-many").unroll(X[0], 3), ValueError, "not int64 of shape ()"),
    "one-step": (lambda: ar.Model(ar.RNN(D, H), K, task="one-to-one").unroll(X[0], steps=3), ValueError, "steps= belongs to one-to-many"),
    "no-score": (
        lambda: ar.Model(ar.Jordan(D, H, K, feedback="probabilities"), K, task="many-to-one").unroll(X[:0]),
        ValueError,
        "x has no time steps, and jordan has no first s to read out in their place",
    ),
    "steps": (lambda: MODEL.unroll(X, steps=3), ValueError, "steps= belongs to one-to-many: a many-to-many net takes its length from x"),
    "no-steps": (lambda: ar.Model(ar.RNN(D, H), K, task="one-to-many").unroll(X[0]), ValueError,
                 "a one-to-many net needs steps=S, or targets y of length S"),
    "two-steps": (lambda: ar.Model(ar.RNN(D, H), K, task="one-to-many").unroll(X[0], Y, steps=2), ValueError, "steps=2, but y has 4 steps"),
    "size": (lambda: ar.RNN(0, 3), ValueError, "input_size must be a whole number of at least 1, not 0"),
    "size-float": (lambda: ar.LSTM(3, 2.5), ValueError, "hidden_size must be a whole number of at least 1, not 2.5"),
    "output": (lambda: ar.Model(ar.RNN(D, H), output_size=True), ValueError, "output_size must be a whole number of at least 1, not True"),
    "task": (lambda: ar.Model(CELL, K, task="many"), ValueError,
             "task='many': choose from one-to-one, one-to-many, many-to-one, many-to-many"),
    "loss": (lambda: ar.Model(CELL, K, loss="l2"), ValueError, "loss='l2': choose from cross_entropy, squared_error"),
    "reduction": (lambda: ar.Model(CELL, K, reduction="none"), ValueError, "reduction='none': choose from sum, mean"),
    "activation": (lambda: ar.RNN(D, H, activation="gelu"), ValueError, "activation='gelu': choose from tanh, relu, sigmoid, identity"),
    "reset": (lambda: ar.GRU(D, H, reset="never"), ValueError, "reset='never': choose from before, after"),
    "update": (lambda: ar.GRU(D, H, update="old"), ValueError, "update='old': choose from new, keep"),
    "feedback": (lambda: ar.Jordan(D, H, K, feedback="h"), ValueError, "feedback='h': choose from scores, probabilities"),
    "dtype": (lambda: ar.RNN(D, H, dtype="int64"), ValueError, "dtype='int64': choose from float64, float32"),
    "dtype-unknown": (lambda: ar.RNN(D, H, dtype="float99"), ValueError, "dtype='float99': choose from float64, float32"),
    "init": (lambda: ar.RNN(D, H, init="he"), ValueError, "initialiser='he': choose from glorot, orthogonal, identity"),
    "option": (lambda: ar.RNN(D, H, layers=2), TypeError, "layers"),
    "no-cells": (lambda: ar.Stacked([]), ValueError, "Stacked needs at least one cell"),
    "nested-layers": (lambda: ar.Stacked([ar.Stacked([ar.RNN(D, H)])]), TypeError, "Stacked takes a list of its layers, plain cells or"),
    "one-layer": (lambda: ar.Stacked(ar.RNN(D, H)), TypeError, "Stacked takes a list of its layers, plain cells or"),
    "layers": (lambda: ar.Stacked([ar.RNN(D, H), ar.RNN(D, H)]), ValueError, "Stacked: layer 1 gives 4 numbers, layer 2 takes 3"),
    "same-layer": (lambda: ar.Stacked([ar.RNN(H, H)] * 2), ValueError, "Stacked needs a cell of its own for each layer: make each anew"),
    "directions": (lambda: ar.Bidirectional(ar.RNN(2, H), ar.RNN(3, H)), ValueError, "both cells read one input, but take 2 and 3"),
    "same-direction": (lambda: ar.Bidirectional(CELL, CELL), ValueError, "Bidirectional needs two cells with parameters of their own"),
    "nested": (lambda: ar.Bidirectional(ar.Stacked([ar.RNN(D, H)]), ar.RNN(D, H)), TypeError, "Bidirectional takes two plain cells"),
    "jordan": (lambda: ar.Model(ar.Jordan(D, H, 2), output_size=3), ValueError,
               "a Jordan net reads out itself: it alone, with output_size=2, not 3"),
    "decoder-width": (lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(D, H), output_size=K), ValueError,
                      "the decoder reads its own answers: its input_size must be output_size=5, not 3"),
    "decoder-state": (lambda: ar.EncoderDecoder(ar.LSTM(D, H), ar.GRU(K, H), output_size=K), ValueError,
                      "the decoder starts from the encoder's last state, so both need the same layers"),
    "decoder-both": (lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.Bidirectional(ar.RNN(K, H), ar.RNN(K, H)), output_size=K), ValueError,
                     "a decoder writes one step after the other, so it cannot be bidirectional"),
    "decoder-steps": (lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H), output_size=K).unroll(X), ValueError,
                      "give targets y of length S, or steps=S to run freely"),
    "no-loss": (lambda: MODEL.unroll(X).backward(), ValueError, "this run has no loss: give targets, model.unroll(x, y)"),
    "truncate": (lambda: MODEL.unroll(X, Y).backward(truncate=0), ValueError,
                 "truncate must be a whole number of at least 1, not 0"),
    "truncation": (lambda: MODEL.unroll(X, Y).backward(truncate=1, truncation="x"), ValueError,
                   "truncation='x': choose from chunk, window"),
    "contributions": (lambda: MODEL.unroll(X, Y).contributions("W"), KeyError,
                      "no parameter 'W' in this run; it has W_xh, W_hh, b_h, W_hy, b_y"),
    "name": (lambda: MODEL.unroll(X, Y)["q"], KeyError, "no 'q' in this run; it has x, a, h, s, p, L"),
    "no-cell-state": (lambda: MODEL.unroll(X, Y).c, ValueError, "rnn has no 'c'; it has a, h"),
    "time": (lambda: MODEL.unroll(X, Y).h[5], IndexError, "h has t = 0..4, not 5"),
    "slice": (lambda: MODEL.unroll(X, Y).h[1:], TypeError, "h[t] takes one time step; list(h) has them all"),
    "two-tops": (lambda: ar.unroll(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), X).h, ValueError,
                 "the top layer has two directions: run['hf'] and run['hb']"),
    "two-tops-c": (lambda: ar.unroll(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), X).c, ValueError, "rnn has no 'c'; it has a, h"),
    "time-text": (lambda: MODEL.unroll(X, Y).h["a"], TypeError, "h[t] takes one time step, a whole number, not 'a'"),
    "time-half": (lambda: MODEL.unroll(X, Y).h[1.5], TypeError, "h[t] takes one time step, a whole number, not 1.5"),
    "jacobian-time": (lambda: MODEL.unroll(X, Y).jacobian(None, 1), TypeError, "h[t] takes one time step, a whole number, not None"),
    "jacobian-loss": (lambda: MODEL.unroll(X, Y).jacobian(3, 1, "L", "h"), ValueError,
                      "L_3 () is no vector: run.losses[3].backward()[run.h[1]] is its gradient"),
    "jacobian-by-loss": (lambda: MODEL.unroll(X, Y).jacobian(3, 1, "h", "L"), ValueError, "L_1 () is no vector"),
    "masked": (lambda: MODEL.unroll(np.ma.masked_less(X, 0)), TypeError, "x is a masked array: fill it, x.filled(0), and give lengths"),
    "large": (lambda: ar.Model(ar.RNN(D, H, dtype="float32"), K).unroll(X * 1e300), ValueError, "at t=1: too large for float32"),
    "y-large": (lambda: ar.Model(ar.RNN(D, H, dtype="float32"), D, loss="squared_error").unroll(X, X * 1e300), ValueError,
                "y must hold finite values of shape (4, 2, 3) for squared_error, not "),
    "h0-large": (lambda: ar.unroll(ar.RNN(D, H, dtype="float32"), X, h0=np.full(H, 1e300)), ValueError, "numbers that are not finite"),
    "h0-ragged": (lambda: ar.unroll(CELL, X, h0=[[1, [2], 3, 4]]), ValueError, "h_0 has rows of unequal length"),
    "start": (lambda: MODEL.unroll(X, start="a"), ValueError, "start must be a whole number, not 'a'"),
    "start-half": (lambda: MODEL.unroll(X, start=1.5), ValueError, "start must be a whole number, not 1.5"),
    "parameters": (lambda: MODEL.unroll(X, parameters={"W_hh": np.eye(H)}), ValueError,
                   "parameters has no place for 'W_hh': its keys are '', 'readout', each with all parameters of that part"),
    "parameters-cell": (lambda: ar.unroll(CELL, X, parameters={"readout": {}}), ValueError, "parameters has no place for 'readout'"),
    "parameters-kind": (lambda: MODEL.unroll(X, parameters=3), ValueError, "parameters has no place for 3"),
    "parameters-lack": (lambda: MODEL.unroll(X, parameters={"": SimpleNamespace(W_hh=np.eye(H))}), ValueError, "lacks W_xh, b_h: it takes"),
    "activation-list": (lambda: ar.RNN(D, H, activation=["tanh"]), ValueError, "activation=['tanh']: choose from tanh, relu"),
    "seed": (lambda: ar.RNN(D, H, seed=-1), ValueError, "seed must be a whole number of at least 0, not -1"),
    "seed-text": (lambda: ar.Model(CELL, K, seed="a"), ValueError, "seed must be a whole number of at least 0, not 'a'"),
    "forget-bias": (lambda: ar.LSTM(D, H, forget_bias="a"), ValueError, "forget_bias must be a finite number, not 'a'"),
    "forget-bias-nan": (lambda: ar.LSTM(D, H, forget_bias=np.nan), ValueError, "forget_bias must be a finite number, not nan"),
    "peephole": (lambda: ar.LSTM(D, H, peephole="no"), ValueError, "peephole='no': choose from False, True"),
    "fused": (lambda: ar.GRU(D, H, fused="no"), ValueError, "fused='no': choose from False, True"),
    "learn-initial": (lambda: ar.RNN(D, H, learn_initial="no"), ValueError, "learn_initial='no': choose from False, True"),
    "jordan-both": (lambda: ar.Model(ar.Bidirectional(ar.Jordan(D, H, K), ar.RNN(D, H)), K), ValueError,
                    "a Jordan net reads out itself, so it cannot be one of two directions"),
    "decoder-jordan": (lambda: ar.EncoderDecoder(ar.Jordan(D, H, 2), ar.Jordan(K, H, K), K), ValueError, "both need the same layers"),
    "decoder-two-lengths": (lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H), K).unroll(X, Y, steps=2), ValueError,
                            "steps=2, but y has 4 steps"),
    "decoder-no-y": (lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H), K).unroll(X, Y[:0]), ValueError, "y has no steps"),
}  # fmt: skip


def test_backward_without_a_recording_raises_in_place_of_zero_gradients():
    with ar.no_grad():
        run = MODEL.unroll(X, Y)
    with pytest.raises(ValueError, match="does not depend on any variable: make one with tensor.*, outside no_grad"):
        run.backward()


def test_a_jacobian_without_a_recording_raises_in_place_of_zeros():
    with ar.no_grad():
        run = MODEL.unroll(X, Y)
    with pytest.raises(ValueError, match="h_3 .* is a constant: unroll outside no_grad"):
        run.jacobian(3, 1)
    assert not run.jacobian(0, 3).any()


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named_with_its_shape_and_a_remedy(case):
    call, kind, text = BAD[case]
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


def test_replacement_parameters_may_be_a_mapping():
    cell, x = ar.RNN(2, 3), np.ones((4, 2))
    twice = {name: value.value * 2 for name, value in cell.parameters.items()}
    run = ar.unroll(cell, x, parameters={"": twice})
    other = ar.RNN(2, 3)
    for name, value in other.parameters.items():
        value.assign(twice[name])
    np.testing.assert_array_equal(run.h[4].value, ar.unroll(other, x).h[4].value)


def test_a_decoder_has_no_initial_state_to_learn():
    with pytest.raises(ValueError, match="build it with learn_initial=False"):
        ar.EncoderDecoder(ar.RNN(2, 3), ar.RNN(4, 3, seed=1, learn_initial=True), 4)


def test_a_cell_shows_itself_as_it_is_built():
    for cell in (ar.Jordan(2, 3, 4), ar.LSTM(2, 3, peephole=True), ar.GRU(2, 3, reset="after")):
        assert repr(eval(repr(cell), {"Jordan": ar.Jordan, "LSTM": ar.LSTM, "GRU": ar.GRU})) == repr(cell)


def test_a_window_reaches_from_the_decoder_into_the_encoder():
    model = ar.EncoderDecoder(ar.RNN(2, 3), ar.RNN(4, 3, seed=1), 4)
    x, y = np.random.default_rng(0).normal(size=(4, 2)), [1, 2, 3]
    whole = model.unroll(x, y).backward()
    for reach in range(1, 8):
        run = model.unroll(x, y)
        got = run.backward(truncate=reach, truncation="window")
        if reach >= 7:  # four steps read and three written
            np.testing.assert_allclose(got["Wenc_hh"], whole["Wenc_hh"], atol=1e-14)
        if reach == 1:
            assert not got["Wenc_xh"].any() and got["Wdec_xh"].any()
        inside = np.zeros_like(got["Wenc_xh"])  # the loss at u sees the encoder's last reach - u steps
        for u, loss in zip((1, 2, 3), run.losses, strict=True):
            grads = loss.backward()
            a = run["aenc"]
            for t in range(max(1, 4 - (reach - u) + 1), 5):
                inside += np.outer(grads[a[t]], run.x[t].value)
        np.testing.assert_allclose(got["Wenc_xh"], inside, atol=1e-14)


def test_a_window_has_no_meaning_for_a_backward_chain_read_at_its_end():
    model = ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.RNN(2, 3, seed=1)), 4, task="many-to-one")
    with pytest.raises(ValueError, match="only loss is at its other end: take chunk"):
        model.unroll(np.ones((4, 2)), 1).backward(truncate=2, truncation="window")
