"""Flow and connectivity of random nets against numpy by hand and the complex step, which share no code with the package."""

import numpy as np
import pytest

import autograd_rnn as ar

ACTIVATIONS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "identity": lambda z: z}
sigmoid = ACTIVATIONS["sigmoid"]


def drawn(rng, D, H):
    """A random cell, and its step by hand: (x, states) to states."""
    kind, common = rng.choice(["rnn", "lstm", "gru"]), dict(bias=bool(rng.integers(2)))
    if kind == "rnn":
        cell = ar.RNN(D, H, activation=str(rng.choice(list(ACTIVATIONS))), **common)
    elif kind == "lstm":
        cell = ar.LSTM(D, H, peephole=bool(rng.integers(2)), coupled=bool(rng.integers(2)), **common)
    else:
        cell = ar.GRU(D, H, reset=str(rng.choice(["before", "after"])), update=str(rng.choice(["new", "keep"])), **common)
    for weight in cell.parameters.values():
        weight.assign(rng.normal(size=weight.shape) * rng.choice([0.3, 0.8]))
    p = {name: value.value for name, value in vars(cell.named()).items()}

    def a(gate, x, h):
        return p[f"W_x{gate}"] @ x + p[f"W_h{gate}"] @ h + p.get(f"b_{gate}", 0)

    def rnn(x, s):
        return (ACTIVATIONS[cell.activation](a("h", x, s[0])),)

    def lstm(x, s):
        h, c = s
        peep = lambda gate, c: p[f"w_c{gate}"] * c if cell.peephole else 0  # noqa: E731
        i = sigmoid(a("i", x, h) + peep("i", c))
        f = 1 - i if cell.coupled else sigmoid(a("f", x, h) + peep("f", c))
        c = f * c + i * np.tanh(a("g", x, h))
        return sigmoid(a("o", x, h) + peep("o", c)) * np.tanh(c), c

    def gru(x, s):
        (h,) = s
        r, z = sigmoid(a("r", x, h)), sigmoid(a("z", x, h))
        if cell.reset == "before":
            n = np.tanh(a("n", x, r * h))
        else:
            n = np.tanh(p["W_xn"] @ x + p.get("b_n", 0) + r * (p["W_hn"] @ h + p.get("b_hn", 0)))
        return (z * n + (1 - z) * h if cell.update == "new" else (1 - z) * n + z * h,)

    return cell, dict(rnn=rnn, lstm=lstm, gru=gru)[kind], [np.zeros(H)] * len(cell.states)


def slopes(f, v):
    """The Jacobian by the complex step."""
    return np.stack([np.imag(f(v + 1e-30j * e)) / 1e-30 for e in np.eye(v.size)], axis=1)


def flat(states):
    return np.concatenate([np.concatenate(s) for s in states])


def split(v, like):
    found, at = [], 0
    for states in like:
        found.append([v[at + k * len(s) : at + (k + 1) * len(s)] for k, s in enumerate(states)])
        at += sum(map(len, states))
    return found


def onward(steps, states, xs):
    """The joint states of layers after some inputs; ``steps`` of each input, layer by layer."""
    for layers, x in zip(steps, xs, strict=True):
        after = []
        for step, own in zip(layers, states, strict=True):
            after.append(step(x, own))
            x = after[-1][0]
        states = after
    return states


def expected(steps, first, xs):
    """Gains of the joint state by distance."""
    states, found = [first], []
    for k in range(len(xs)):
        states.append(onward(steps[k : k + 1], states[-1], xs[k : k + 1]))
    for k in range(len(xs), 0, -1):
        J = slopes(lambda v, k=k: flat(onward(steps[k:], split(v, first), xs[k:])), flat(states[k]))
        found.append(np.linalg.norm(J, 2))
    return found


def layers(rng, D, H, count):
    parts = [drawn(rng, D if k == 0 else H, H) for k in range(count)]
    net = parts[0][0] if count == 1 else ar.Stacked([cell for cell, _, _ in parts])
    return net, [step for _, step, _ in parts], [first for _, _, first in parts]


def one_direction(rng, D, H, K, T, x, y, lengths):
    net, steps, first = layers(rng, D, H, int(rng.integers(1, 4)))
    run = ar.Model(net, K).unroll(x, y, lengths=lengths)
    W, t = run.parameters["W_hy"].value, int(rng.integers(1, min(lengths) + 1))
    found, norms = run.flow().gains, run.connectivity(t).norms
    for b, n in enumerate(lengths):
        np.testing.assert_allclose(found[:n, b], expected([steps] * n, first, x[:n, b]), rtol=1e-7)
        J = slopes(lambda v, t=t: W @ onward([steps] * t, first, v.reshape(t, D))[-1][0], x[:t, b].ravel()).reshape(K, t, D)
        np.testing.assert_allclose(norms[:t, b], np.linalg.norm(J.swapaxes(0, 1), 2, axis=(1, 2)), rtol=1e-7, atol=1e-14)
        assert not norms[t:, b].any() and np.isnan(found[n:, b]).all()


def two_directions(rng, D, H, K, T, x, y, lengths):
    (f, step, first), (g, back, last) = drawn(rng, D, H), drawn(rng, D, H)
    run = ar.Model(ar.Bidirectional(f, g), K).unroll(x, y, lengths=lengths)
    for b, n in enumerate(lengths):
        for chain, steps, start, read in (("f", [step], first, x[:n, b]), ("b", [back], last, x[:n, b][::-1])):
            np.testing.assert_allclose(run.flow(chain=chain).gains[:n, b], expected([steps] * n, [start], read), rtol=1e-7)


def across_the_seam(rng, D, H, K, T, x, y, lengths):
    count = int(rng.integers(1, 3))
    while True:  # the decoder goes on where the encoder ends, so that their states are alike
        (net, steps, first), (other, more, second) = layers(rng, D, H, count), layers(rng, K, H, count)
        if [len(s) for s in first] == [len(s) for s in second]:
            break
    written = rng.integers(1, T + 1, len(lengths))
    written[0] = T
    run = ar.EncoderDecoder(net, other, K).unroll(x, y, lengths=lengths, target_lengths=written)
    found = run.flow().gains
    for b, (n, m) in enumerate(zip(lengths, written, strict=True)):
        fed = [np.zeros(K), *np.eye(K)[y[: m - 1, b]]]
        wanted = expected([steps] * n + [more] * m, first, [*x[:n, b], *fed])
        np.testing.assert_allclose(found[: n + m, b], wanted, rtol=1e-7)
        assert np.isnan(found[n + m :, b]).all()


@pytest.mark.parametrize("count", [2, pytest.param(60, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("shape", [one_direction, two_directions, across_the_seam])
def test_the_numbers_are_those_of_numpy_by_hand(shape, count, random_seed):
    rng = np.random.default_rng([random_seed, count])
    for _ in range(count):
        T, B, (D, H, K) = int(rng.integers(1, 8)), int(rng.integers(1, 4)), rng.integers(1, 5, 3)
        lengths = rng.integers(1, T + 1, B)
        lengths[0] = T
        shape(rng, int(D), int(H), int(K) + 1, T, rng.normal(size=(T, B, D)), rng.integers(0, K + 1, (T, B)), lengths)
