"""Parameters that an operation ties to others: the equations name the tie in front of time and collect its terms, in any kind of run."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas import forms
from tests.sampling import sampled
from tests.test_runs import agree

N, T = 3, 4  # one size for all, so that any weight can be tied to any other
SEEDS = range(8)
MASK = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])


def free(name, shape, rng):
    """A variable of the person's own."""
    return ar.tensor(rng.normal(size=shape), name=name)


TIES = {
    "transposed": lambda W, V, rng: W.T,
    "scaled": lambda W, V, rng: 2 * W,
    "masked": lambda W, V, rng: W * ar.constant(MASK, name="mask"),
    "masked without a name": lambda W, V, rng: W * MASK,
    "added to": lambda W, V, rng: W + free("E", (N, N), rng),
    "mixed with another": lambda W, V, rng: 0.25 * W + 0.75 * V,
    "mixed by a variable": lambda W, V, rng: (a := free("alpha", (), rng)) * W + (1 - a) * V,
    "symmetric": lambda W, V, rng: (W + W.T) / 2,
    "a product": lambda W, V, rng: W @ V.T,
    "squashed": lambda W, V, rng: ar.tanh(W),
    "normed": lambda W, V, rng: W / ar.sqrt(ar.sum(W * W)),
    "inverse": lambda W, V, rng: ar.inv(W + 3 * np.eye(N)),
    "upside down": lambda W, V, rng: ar.flip(W, 0),
    "rows of two": lambda W, V, rng: ar.concatenate([W[:1], V[1:]]),
}
NETS = {
    "rnn": lambda: ar.Model(ar.RNN(N, N, learn_initial=True), N),
    "lstm": lambda: ar.Model(ar.LSTM(N, N), N, reduction="mean"),
    "gru": lambda: ar.Model(ar.GRU(N, N), N, loss="squared_error"),
    "stacked": lambda: ar.Model(ar.Stacked([ar.RNN(N, N), ar.RNN(N, N, seed=1)]), N),
    "two ways": lambda: ar.Model(ar.Bidirectional(ar.RNN(N, N), ar.RNN(N, N, seed=1)), N, task="many-to-one"),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.RNN(N, N), ar.RNN(N, N, seed=1), N),
}


def tied_run(rng, tie, net, **options):
    """A run in which one square weight, any one, is computed from another of the same net."""
    parts = {cell.tag: vars(cell.named()) for cell in net.cells} | {"readout": dict(net.readout.parameters)}
    places = [(part, name) for part, given in parts.items() for name, value in given.items() if value.shape == (N, N)]
    (part, name), source, other = (places[k] for k in rng.permutation(len(places))[:3])
    W, V = (parts[of][called] for of, called in (source, other))
    given = {part: {**parts[part], name: TIES[tie](W, V, rng)}}
    classes = net.readout.loss == "cross_entropy"
    shape = () if getattr(net, "task", "") == "many-to-one" else (T,)
    y = rng.integers(0, N, shape) if classes else rng.normal(size=(*shape, N))
    return net.unroll(rng.normal(size=(T, N)), y, parameters=given, **options), parts[part][name].name, W.name


MIXED = [lambda W, V: 0.3 * W + 0.7 * V, lambda W, V: W @ V, lambda W, V: ar.tanh(V) * W.T, lambda W, V: V - V.T @ W]


@pytest.mark.parametrize("net, k", sampled(itertools.product(["rnn", "lstm", "stacked", "two ways", "encoder-decoder"], range(4)), 3))
def test_a_mixture_may_hold_the_parameter_that_it_stands_for(net, k, random_seed):
    rng, model = np.random.default_rng([random_seed, k]), NETS[net]()
    own = dict(model.readout.parameters)
    name = next(name for name, value in own.items() if value.shape == (N, N))
    source = next(value for value in model.cells[-1].parameters.values() if value.shape == (N, N))
    y = rng.integers(0, N, () if getattr(model, "task", "") == "many-to-one" else (T,))
    run = model.unroll(rng.normal(size=(T, N)), y, parameters={"readout": own | {name: MIXED[k](source, own[name])}})
    derivation = ar.derive(run)
    assert f"d{name}_own = " in str(derivation) and f"{name}_own" in " ".join(map(show, derivation.ties))
    assert derivation.verify(3).ok, derivation.verify(3)
    assert all(derivation.check(show(q, "ascii")).equal for q in derivation.equations if q.left.time is None)


@pytest.mark.parametrize("tie, seed", sampled(itertools.product(TIES, SEEDS[:3]), 19))
def test_a_tie_through_an_operation_is_derived_and_walked(tie, seed, random_seed, undiagnosed):
    rng = np.random.default_rng([random_seed, seed])
    net = NETS[list(NETS)[rng.integers(len(NETS))]]()
    options = {} if len(net.nets) > 1 or rng.integers(2) else {"start": int(rng.integers(-2, 7))}
    run, name, source = tied_run(rng, tie, net, **options)
    derivation = ar.derive(run)
    assert [q.left.name for q in derivation.ties] == [name] and source in str(derivation.ties[0])
    agree(derivation, run)
    rows = [line.split() for line in derivation.numbers().splitlines() if line.strip()[:1] == "d"]
    first = show(e.Sym("h", e.Time("", options.get("start", 1) - 1), True))  # a learned first state is that of the step before
    adjoints = {first if one == "h_0" else f"d{one}" for one in derivation.parameters}
    assert all(float(row[-1]) < 1e-12 for row in rows) and adjoints <= {row[0] for row in rows}
    proof = derivation.verify(steps=3)
    assert proof.ok, proof
    (line,) = (q for q in derivation.equations if q.left.name == source and q.left.time is None)
    for equation in derivation.equations:
        verdict = derivation.check(show(equation, "ascii"))
        assert verdict.equal or verdict.kind == "unreadable", verdict
    untied = next(q for q in ar.derive(net).equations if q.left.name == source)
    assert not derivation.check(show(untied, "ascii")).equal
    s = ar.step(run)
    assert s.levels[-2:] == ("op", "component")
    for level in s.levels[1:]:
        for k in range(0, len(s.walk(level)), 5):
            found = s.subject.check_numbers(s.walk(level)[k])
            assert found is None or found.ok
    assert (
        f"{name} is computed from " in str(ar.draw(run).figure.description)
        and ar.draw(run, level="op", force=True)
        and derivation.markdown()
    )


def test_a_books_lines_for_a_transposed_readout(undiagnosed):
    net = NETS["rnn"]()
    tied = {"readout": {"W_hy": net.parameters["W_hh"].T, "b_y": net.parameters["b_y"]}}
    run = net.unroll(np.ones((T, N)), [0, 1, 2, 0], parameters=tied)
    derivation = ar.derive(run)
    assert show(derivation.ties[0]) == "W_hy = W_hhᵀ"
    assert str(derivation.formula("W_hh")) == "dW_hh = dW_hyᵀ + Σ_t da_t h_{t-1}ᵀ"
    right = [
        "dh[t] = W_hh @ ds[t] + W_hh.T @ da[t+1]",
        "dh[t] = W_hy.T @ ds[t] + W_hy @ da[t+1]",
        "dW_hh = Sum(outer(da[t], h[t-1]), t) + Sum(outer(h[t], ds[t]), t)",
        "dW_hy = Sum(outer(ds[t], h[t]), t)",
    ]
    for line in right:
        assert derivation.check(line).equal, derivation.check(line)
    for line in ("dh[t] = W_hh.T @ ds[t] + W_hh.T @ da[t+1]", "dW_hh = Sum(outer(da[t], h[t-1]), t)"):
        assert not derivation.check(line).equal
    apart = ar.derive(net)
    for other, of in ((apart, run), (derivation, net.unroll(np.ones((T, N)), [0, 1, 2, 0]))):
        with pytest.raises(ValueError, match="shares or feeds back what the equations do not"):
            other.numbers(of)
    assert "W_{hh}^{\\top}" in derivation.markdown()


def test_a_tie_that_has_no_equation_is_one_sentence():
    net = NETS["rnn"]()
    p, x = net.parameters, np.ones((T, N))
    cases = {
        "computed from a variable without a name": p["W_hh"] + ar.tensor(np.eye(N)),
        "computed from a variable called h, as another thing is": p["W_hh"] + ar.tensor(np.eye(N), name="h"),
        "computed from a variable called W_hy": p["W_hh"] + p["W_hy"] + ar.tensor(np.eye(N), name="W_hy"),
        "W_hy is computed from h_0": p["W_hh"] + p["h_0"],
    }
    for sentence, W in cases.items():
        run = net.unroll(x, [0, 1, 2, 0], parameters={"readout": {"W_hy": W, "b_y": p["b_y"]}})
        with pytest.raises(ValueError, match=sentence) as caught:
            ar.derive(run)
        assert "\n" not in str(caught.value) and ar.verify(run).ok and ar.step(run).levels == ("op", "component")


@pytest.mark.parametrize(
    "tie", sampled([tie for tie in TIES if tie not in ("mixed with another", "mixed by a variable", "rows of two")], 3)
)
def test_a_parameter_may_be_computed_from_the_one_that_it_stands_for(tie, random_seed):
    """Its gradient is that of what ran, and that of the net's own has an equation too."""
    rng, model = np.random.default_rng([random_seed, len(tie)]), NETS["rnn"]()
    own, W = vars(model.cell.named()), model.parameters["W_hh"]
    run = model.unroll(rng.normal(size=(T, N)), rng.integers(0, N, T), parameters={"": own | {"W_hh": TIES[tie](W, W, rng)}})
    derivation = ar.derive(run)
    assert "W_hh_own" in show(derivation.ties[0]) and "dW_hh_own = " in str(derivation)
    agree(derivation, run)
    symbol = next(q.left for q in derivation.equations if q.left.name == "W_hh_own")
    np.testing.assert_allclose(forms.evaluation(derivation, derivation.equations, run)[symbol], run.backward()[W], atol=1e-13)
    assert derivation.verify(3).ok
