"""Which losses count and how much: masks, weights by step and by class, sequences that end, padded targets; their equations."""

import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.forms import gradients
from autograd_rnn.nets.specimen import part_of
from tests.sampling import sampled

D, H, K, T = 2, 3, 4, 5
NETS = {
    "rnn": lambda s: ar.RNN(D, H, seed=s),
    "lstm": lambda s: ar.LSTM(D, H, seed=s),
    "gru": lambda s: ar.GRU(D, H, seed=s),
    "bidirectional": lambda s: ar.Bidirectional(ar.RNN(D, H, seed=s), ar.GRU(D, H, seed=s + 1)),
    "stacked": lambda s: ar.Stacked([ar.GRU(D, H, seed=s), ar.RNN(H, H, seed=s + 1)]),
    "jordan": lambda s: ar.Jordan(D, H, output_size=K, seed=s),
    "feed-forward": lambda s: ar.FeedForward(D, [H], seed=s),
}
TASKS = ("many-to-many", "many-to-one", "one-to-many", "one-to-one")
LOSSES = ("cross_entropy", "squared_error")
FAMILY = [(net, task, loss, mean) for net in NETS for task in TASKS for loss in LOSSES for mean in ("sum", "mean")]


def drawn(task, loss, rng, batch=()):
    """Inputs and targets, and a weight for each loss, some of them 0."""
    rows = (*((T,) if task.endswith("many") else ()), *batch)
    x = rng.normal(size=(*((T,) if task.startswith("many") else ()), *batch, D))
    y = rng.integers(0, K, rows) if loss == "cross_entropy" else rng.normal(size=(*rows, K))
    weights = rng.uniform(0.2, 2, rows)
    return x, y, np.where(weights > min(1.0, weights.max() / 2), weights, 0.0)


@pytest.mark.parametrize(("net", "task", "loss", "mean"), sampled(FAMILY, 23))
def test_the_equations_are_those_of_what_ran(net, task, loss, mean, random_seed):
    rng = np.random.default_rng(random_seed)
    model = ar.Model(NETS[net](random_seed), K, task=task, loss=loss, reduction=mean)
    x, y, weights = drawn(task, loss, rng)
    run = model.unroll(x, y, weights=weights)
    derivation = ar.derive(run)
    for name, derived, tape in gradients(derivation, run):
        np.testing.assert_allclose(derived, tape, rtol=1e-9, atol=1e-12, err_msg=name)
    t, m, total = "t" if task.endswith("many") else "T", run.weights.name, run.weights.of_total  # a GRU has an m of its own
    error = f"(p_{t} - onehot(y_{t}))" if loss == "cross_entropy" else f"(s_{t} - y_{t})"
    assert f"ds_{t} = {m}_{t} {error}{f' / {total}' * (mean == 'mean')}" in str(derivation).replace(" + W_yhᵀ da_{t+1}", "")
    now = "t" if task == "one-to-one" else t
    assert re.search(rf"L_{now} = -?{m}_{now} ", run.equations()) and (f"L = 1/{total} " in run.equations()) == (mean == "mean")
    assert derivation.verify(3).ok


@pytest.mark.parametrize(("net", "task", "loss"), sampled([case[:3] for case in FAMILY if case[3] == "mean"], 17))
def test_a_sequence_has_its_part_of_the_mean_over_a_batch(net, task, loss, random_seed):
    """Its equations, put to each sequence by itself, sum to the batch's gradients; and they are proven."""
    rng = np.random.default_rng(random_seed)
    model = ar.Model(NETS[net](random_seed), K, task=task, loss=loss, reduction="mean")
    x, y, weights = drawn(task, loss, rng, (3,))
    for given in ({"weights": weights + 0.1}, {}):
        run = model.unroll(x, y, **given)
        derivation, sums = ar.derive(run), {}
        for b in range(3):
            one = model.unroll(x[..., b, :], y[:, b] if task.endswith("many") else y[b], **{n: w[..., b] for n, w in given.items()})
            with pytest.raises(ValueError, match="a sequence in a batch"):
                derivation.numbers(one)
            one = part_of(one, run.shared)
            for name, derived, tape in gradients(derivation, one):
                np.testing.assert_allclose(derived, tape, rtol=1e-9, atol=1e-12, err_msg=name)
                sums[name] = sums.get(name, 0.0) + derived
        for name, g in run.backward().items():
            np.testing.assert_allclose(sums[f"d{name}"], g, rtol=1e-9, atol=1e-12, err_msg=name)
        assert f"= {run.shared:g}\n" in run.equations() and derivation.verify(2).ok


def test_a_line_is_judged_with_its_weights():
    for mean in ("sum", "mean"):
        model = ar.Model(ar.RNN(D, H), K, reduction=mean)
        d = ar.derive(model.unroll(np.ones((3, D)), [0, -1, 2], where=[True, False, True]))
        total = " / Sum(m[t], t)" if mean == "mean" else ""
        assert d.check(f"ds[t] = m[t] * (p[t] - onehot(y[t])){total}").equal
        assert d.check(f"dW_hy = Sum(m[t] * outer(p[t] - onehot(y[t]), h[t]), t){total}").equal
        wrong = d.check("ds[t] = p[t] - onehot(y[t])")
        assert not wrong.equal and ("m[t]" in str(wrong))
        assert not d.check("ds[t] = m[t] * (p[t] - onehot(y[t])) / T").equal
    assert "`M` is not in this model" in str(ar.derive(ar.Model(ar.RNN(D, H), K)).check("ds[t] = (p[t] - onehot(y[t])) / M"))


@pytest.mark.parametrize("mean", ["sum", "mean"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_losses_are_pytorch_s_with_ignore_index_and_weight(mean, batch, random_seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(random_seed)
    by_class = rng.uniform(0.2, 3, K)
    x, y, _ = drawn("many-to-many", "cross_entropy", rng, batch)
    y = np.where(rng.random(y.shape) < 0.3, -100, y)
    y[0] = 1  # one counts
    for weights in (None, by_class):
        run = ar.Model(ar.LSTM(D, H, seed=random_seed), K, reduction=mean, class_weights=weights).unroll(x, y, where=y >= 0)
        scores = torch.tensor(np.stack([s.value for s in run.scores]), requires_grad=True)
        weight = None if weights is None else torch.tensor(weights)
        flat = scores.reshape(-1, K), torch.tensor(y).reshape(-1)
        loss = torch.nn.functional.cross_entropy(*flat, weight=weight, ignore_index=-100, reduction=mean)
        loss.backward()
        np.testing.assert_allclose(run.loss.value, loss.item(), rtol=1e-12)
        swept = adjoints(run.loss)
        np.testing.assert_allclose([swept[s] for s in run.scores], scores.grad.numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("task", ["many-to-many", "many-to-one"])
def test_a_list_of_sequences_is_pytorch_s_packed_one(task, random_seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(random_seed)
    model = ar.Model(ar.Bidirectional(ar.LSTM(D, H, seed=random_seed), ar.LSTM(D, H, seed=random_seed + 1)), K, task=task)
    xs = [rng.normal(size=(n, D)) for n in rng.integers(1, 7, 4)]
    each = task == "many-to-many"
    ys = [rng.integers(0, K, len(x)) for x in xs] if each else rng.integers(0, K, len(xs))
    run = model.unroll(xs, ys)
    ours = ar.conventions.dump_weights(model, "pytorch")
    other = torch.nn.LSTM(D, H, bidirectional=True).double()
    other.load_state_dict({name: torch.tensor(ours[name]) for name in other.state_dict()})
    packed = torch.nn.utils.rnn.pack_sequence([torch.tensor(x) for x in xs], enforce_sorted=False)
    out, (last, _) = other(packed)
    states = torch.nn.utils.rnn.pad_packed_sequence(out)[0] if each else torch.cat(list(last), -1)
    weights = [model.parameters[name].value for name in ("Wf_hy", "Wb_hy", "b_y")]
    scores = states @ torch.tensor(np.concatenate(weights[:2], 1).T) + torch.tensor(weights[2])
    wanted = torch.nn.utils.rnn.pad_sequence([torch.tensor(y) for y in ys], padding_value=-100) if each else torch.tensor(ys)
    loss = torch.nn.functional.cross_entropy(scores.reshape(-1, K), wanted.reshape(-1), ignore_index=-100, reduction="sum")
    loss.backward()
    np.testing.assert_allclose(run.loss.value, loss.item(), rtol=1e-12)
    run.backward()
    found = ar.conventions.dump_weights(model, "pytorch", gradients=True)
    for name, parameter in other.named_parameters():
        if not name.startswith("bias_hh"):  # there are two biases there, whose gradients are one
            np.testing.assert_allclose(found[name], parameter.grad.numpy(), rtol=1e-8, atol=1e-12, err_msg=name)
    assert str(ar.derive(run)) == str(ar.derive(model))  # of each sequence, T its own length


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", [ar.RNN, ar.LSTM, ar.GRU])
def test_a_padded_batch_of_translations_is_each_alone(kind, loss, random_seed):
    """Padding of the targets is never learned from, whatever stands there, and however it is said."""
    rng = np.random.default_rng(random_seed)
    model = ar.EncoderDecoder(kind(D, H, seed=random_seed), kind(K, H, seed=random_seed + 1), K, loss=loss)
    xs = [rng.normal(size=(n, D)) for n in rng.integers(1, 6, 3)]
    sizes = rng.integers(1, 6, 3).tolist()
    ys = [rng.integers(0, K, n) if loss == "cross_entropy" else rng.normal(size=(n, K)) for n in sizes]
    alone, total = {}, 0.0
    for x, y in zip(xs, ys, strict=True):
        run = model.unroll(x, y)
        total += float(run.loss.value)
        for name, g in run.backward().items():
            alone[name] = alone.get(name, 0) + g
    padded = np.full((max(sizes), 3, *ys[0].shape[1:]), -7 if loss == "cross_entropy" else np.nan)
    for b, y in enumerate(ys):
        padded[: len(y), b] = y
    padded = padded.astype(int) if loss == "cross_entropy" else padded
    inputs = np.zeros((max(map(len, xs)), 3, D))
    for b, x in enumerate(xs):
        inputs[: len(x), b] = x
    lengths, where = [len(x) for x in xs], np.arange(max(sizes))[:, None] < sizes
    for run in (
        model.unroll(xs, ys),
        model.unroll(inputs, ys if len(set(sizes)) > 1 else padded, lengths=lengths),
        model.unroll(inputs, padded, lengths=lengths, target_lengths=sizes),
        model.unroll(inputs, padded, lengths=lengths, where=where),
    ):
        np.testing.assert_allclose(run.loss.value, total, rtol=1e-12)
        for name, g in run.backward().items():
            np.testing.assert_allclose(g, alone[name], rtol=1e-8, atol=1e-12, err_msg=name)
        counted = where if run.weights is None else [m.value for m in run.weights.steps]
        np.testing.assert_array_equal(counted, where)


def weighed_batch(rng):
    """A model and a batch of sequences of their own lengths, some of its losses masked, some weighed, by step or by class."""
    output, mean = rng.choice(["softmax", "identity", "sigmoid"]), rng.choice(["sum", "mean"])
    by_class = rng.uniform(0.5, 2, K) if output == "softmax" and rng.random() < 0.5 else None
    cell, options = (ar.RNN, ar.LSTM, ar.GRU)[rng.integers(3)], dict(output=output, reduction=mean, class_weights=by_class)
    if decoder := rng.random() < 0.4:
        model = ar.EncoderDecoder(cell(D, H), cell(K, H, seed=1), K, **options)
    else:
        nets = (cell(D, H), ar.Bidirectional(cell(D, H), cell(D, H, seed=1)), ar.Stacked([cell(D, H), cell(H, H, seed=1)]))
        model = ar.Model(nets[rng.integers(3)], K, **options)
    xs = [rng.normal(size=(n, D)) for n in rng.integers(1, 6, rng.integers(1, 5))]
    sizes = [int(rng.integers(1, 5)) if decoder else len(x) for x in xs]
    kinds = {
        "softmax": lambda n: rng.integers(0, K, n),
        "identity": lambda n: rng.normal(size=(n, K)),
        "sigmoid": lambda n: rng.random((n, K)),
    }
    ys = [kinds[output](n) for n in sizes]
    given = {"weights": [rng.uniform(0.1, 2, n) for n in sizes]} if rng.random() < 0.6 else {}
    if rng.random() < 0.6:
        given["where"] = [np.arange(n) % 2 == 0 for n in sizes]
    return model, by_class, xs, ys, given


def test_a_batch_is_its_sequences_each_by_its_weights(random_seed):
    for k in range(12):
        model, by_class, xs, ys, given = weighed_batch(np.random.default_rng([random_seed, k]))
        run = model.unroll(xs, ys, **given)
        together, readout = run.backward(), model.readout
        kept, (readout.reduction, readout.class_weights) = (readout.reduction, by_class), ("sum", None)
        total, weight, alone = 0.0, 0.0, dict.fromkeys(together.keys(), 0.0)
        for b, (x, y) in enumerate(zip(xs, ys, strict=True)):
            weights = np.ones(len(y)) if by_class is None else by_class[y]
            for each in given.values():
                weights = weights * each[b]
            one = model.unroll(x, y, weights=weights)
            total, weight = total + float(one.loss.value), weight + weights.sum()
            alone = {name: alone[name] + g for name, g in one.backward().items()}
        readout.reduction, readout.class_weights = kept
        below = weight if readout.reduction == "mean" else 1.0
        np.testing.assert_allclose(run.loss.value, total / below, rtol=1e-10)
        for name, g in together.items():
            np.testing.assert_allclose(g, alone[name] / below, rtol=1e-8, atol=1e-12, err_msg=f"{name} of {model}")


def test_a_decoder_reads_what_it_knows_where_no_loss_counts(random_seed):
    model = ar.EncoderDecoder(ar.RNN(D, H, seed=random_seed), ar.RNN(K, H, seed=1), K)
    x = np.random.default_rng(random_seed).normal(size=(3, D))
    run = model.unroll(x, [1, 2, 3, -1, 0], where=[1, 0, 1, 0, 1])
    read = [run["xdec"][t].value if "xdec" in run.names() else run.unrolled[1].xs[t - 1].value for t in range(1, 6)]
    np.testing.assert_array_equal(read, [np.zeros(K), *np.eye(K)[[1, 2, 3]], np.zeros(K)])  # of padding by no class nothing
    derivation = ar.derive(run)
    assert all(np.allclose(derived, tape) for _, derived, tape in gradients(derivation, run))


def test_the_weights_have_a_name_that_nothing_else_has():
    class Own(ar.RNN):
        states = ("h", "m")

        def step(self, p, x, h, m):
            return dict(h=ar.tanh(p.W_xh @ x + p.W_hh @ h + p.b_h + m), m=0.5 * m + h)

    model = ar.Model(Own(D, H), K, reduction="mean", class_weights=[1, 2, 2, 1])
    run = model.unroll(np.ones((4, D)), [0, 1, 2, 3], weights=[1, 0.5, 0, 2])
    assert run.weights.name == "w" and [float(w.value) for w in run["w"]] == [1, 1, 0, 2] and run["m"][2].shape == (H,)
    derivation = ar.derive(run)
    assert "ds_t = w_t (p_t - onehot(y_t)) / w_sum" in str(derivation) and derivation.verify(3).ok
    assert "w_t = w[y_t]\nw_sum = Σ_t w_t\n" in model.equations()
    assert "L_{t} = -w_{t} \\log" in run.equations("latex") and "w_{sum}" in run.equations("latex")


def test_of_a_run_whose_losses_are_weighed_its_own_equations_hold():
    model, x, y = ar.Model(ar.RNN(D, H), K), np.ones((3, D)), [0, 1, 2]
    plain, weighed = model.unroll(x, y), model.unroll(x, y, weights=[1, 2, 0])
    with pytest.raises(ValueError, match="this run weighs its losses .* take those of derive"):
        ar.derive(model).numbers(weighed)
    with pytest.raises(ValueError, match="the equations weigh losses, this run does not"):
        ar.derive(weighed).numbers(plain)
    by_class = ar.Model(ar.RNN(D, H), K, class_weights=[1, 2, 3, 4], reduction="mean")
    assert by_class.equations().endswith("m_t = w[y_t]\nM = Σ_t m_t\nL_t = -m_t log p_t[y_t]\nL = 1/M Σ_t L_t")
    rows = ar.derive(by_class).numbers(by_class.unroll(x, y)).splitlines()[2:]
    assert all(float(row.split()[-1]) < 1e-15 for row in rows)
    nothing = model.unroll(x, y, where=[0, 0, 0])
    assert nothing.loss.value == 0 and not any(g.any() for _, g in nothing.backward().items())


def test_what_is_learned_where_a_loss_counts_alone(tmp_path):
    """A gap is filled and padding is not: fit takes what unroll takes."""
    rng = np.random.default_rng(0)
    x, y = np.eye(D)[[0, 1, 1, 0]], np.array([0, 1, 2, -1])
    model = ar.Model(ar.GRU(D, H), K, class_weights=[1, 2, 1, 1])
    history = ar.fit(model, (x, y, dict(where=y >= 0)), epochs=60, lr=0.05)
    assert history.losses[-1] < 0.3 * history.losses[0]
    ar.fit(model, ([x, x[:2]], [y.clip(0), y[:2]]), epochs=2)
    ar.fit(model, (x, y.clip(0), dict(weights=rng.uniform(size=4))), epochs=2, truncate=2)
    with pytest.raises(ValueError, match="truncate and lengths do not go together"):
        ar.fit(model, ([x, x[:2]], [y, y[:2]]), truncate=2)
    model.save(tmp_path / "model.npz")
    again = ar.load(tmp_path / "model.npz")
    assert repr(again) == repr(model) and again.unroll(x, y.clip(0)).loss.value == model.unroll(x, y.clip(0)).loss.value


MODEL = ar.Model(ar.RNN(D, H), K)
X, Y = np.ones((T, D)), np.zeros(T, int)
BATCH = [np.ones((n, D)) for n in (2, 3)]
ERRORS = {
    "shape": (lambda: MODEL.unroll(X, Y, where=[True]), r"where holds True .*, of shape \(5,\) as the losses, not bool of shape \(1,\)"),
    "no mask": (lambda: MODEL.unroll(X, Y, where=[0, 1, 2, 0, 1]), "where holds True where a loss counts and False elsewhere, and 2.0"),
    "below 0": (lambda: MODEL.unroll(X, Y, weights=[1, 1, -1, 1, 1]), "weights holds numbers of at least 0, and -1.0 is none"),
    "no number": (lambda: MODEL.unroll(X, Y, weights=[1, np.nan, 1, 1, 1]), "numbers of at least 0, and nan is none"),
    "text": (lambda: MODEL.unroll(X, Y, weights=list("abcde")), "not <U1 of shape"),
    "a mean of nothing": (
        lambda: ar.Model(ar.RNN(D, H), K, reduction="mean").unroll(X, Y, where=Y > 0),
        "no loss counts .* have no mean",
    ),
    "no targets": (lambda: MODEL.unroll(X, where=Y == 0), "there are none without targets: give y"),
    "a class that counts": (lambda: MODEL.unroll(X, Y - 1, where=Y == 0), "y has class -1 at t=1"),
    "class weights": (lambda: ar.Model(ar.RNN(D, H), K, class_weights=[1, 2]), "a number of at least 0 for each of the 4 classes"),
    "of no classes": (lambda: ar.Model(ar.RNN(D, H), K, "many-to-many", "squared_error", class_weights=[1] * K), "belong to cross_entropy"),
    "fewer targets": (lambda: MODEL.unroll(BATCH, [Y[:2]]), "x has 2 sequences and y 1: one for each is needed"),
    "other lengths": (lambda: MODEL.unroll(BATCH, [Y[:2], Y[:2]]), r"x\[1\] has 3 steps and y\[1\] 2: one for each is needed"),
    "other sizes": (lambda: MODEL.unroll([X, np.ones((2, 3))], [Y, Y[:2]]), "which differ in their lengths only"),
    "and lengths": (lambda: MODEL.unroll(BATCH, [Y[:2], Y[:3]], lengths=[2, 3]), "whose lengths are their own: leave lengths= out"),
    "an array beside": (lambda: MODEL.unroll(BATCH, np.zeros((3, 2), int)), "y is a list too: an array for each"),
    "target lengths": (
        lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H), K).unroll(X, [0, 1], target_lengths=[2]),
        "target_lengths needs a batch",
    ),
}


@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_masked_step_looks_masked(level):
    """An encoder's padding, a decoder's, and a loss that counts for nobody; what counts for some says for how many."""
    pair = ar.EncoderDecoder(ar.GRU(D, H), ar.GRU(K, H), K)
    x, y = [np.ones((3, D)), np.ones((2, D)), np.ones((3, D))], [[1, 2, 0], [1], [1, 2]]
    run = pair.unroll(x, y)
    figure = ar.draw(run, level=level).figure
    boxes = {frame.id: frame.tip for frame in figure.frames if frame.kind == "padding"}
    assert boxes == {
        "paddingenc_3": "t = 3: 2 of 3 sequences go on",
        "paddingdec_2": "t = 2: 2 of 3 sequences go on",
        "paddingdec_3": "t = 3: 1 of 3 sequences goes on",
    }
    said = " ".join("".join(map(str, text.parts)) for text in figure.texts)
    assert "targets have ended, of which no loss counts" in said and "sequences have ended and keep their states" in said
    for frame in [frame for frame in figure.frames if frame.kind == "padding"]:
        assert {(frame.low[1], frame.high[1])} == {(f.low[1], f.high[1]) for f in figure.frames if f.kind == "padding"}
        part, t = frame.id[len("padding") : -2], int(frame.id[-1])
        mark = figure.marks[f"h{part}_{t}"]
        assert frame.low[0] < mark.at[0] < frame.high[0] and frame.low[1] < mark.at[1] < frame.high[1]
    model = ar.Model(ar.LSTM(D, H), K)
    where = np.array([[True, True], [True, False], [False, False]])
    for mask, faint in ((where, {"L_3"}), (where[:2], set())):
        T = len(mask)
        figure = ar.draw(model.unroll(np.ones((T, 2, D)), np.zeros((T, 2), int), where=mask), level=level).figure
        assert {mark.id for mark in figure.marks.values() if mark.emphasis == "faded"} == faint
        said = " ".join("".join(map(str, text.parts)) for text in figure.texts)
        assert ("does not count" in said) == bool(faint) and "1 of 2 count" in said


EMPTY = [np.zeros((0, 3)), np.zeros((0, 3))]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_list_of_empty_sequences_has_no_losses_and_an_empty_one_among_others_is_named(loss):
    model = ar.Model(ar.GRU(3, 4), 5, loss=loss)
    run = model.unroll(EMPTY, [[], []])
    assert run.T == 0 and run.loss.value == 0 and not run.backward()["W_hz"].any()
    assert model.unroll(np.zeros((0, 3)), []).loss.value == 0
    pair = ar.EncoderDecoder(ar.GRU(3, 4), ar.GRU(5, 4), 5, loss=loss)
    two = [np.ones((2, 3)), np.ones((1, 3))]
    one, none = ([1], []) if loss == "cross_entropy" else (np.ones((1, 5)), np.ones((0, 5)))
    for ask, sentence in (
        (lambda: model.unroll([EMPTY[0], np.ones((2, 3))]), "x[0] has no steps, and others have: leave that sequence out"),
        (lambda: pair.unroll([np.ones((2, 3)), EMPTY[0]], [[1], [1]]), "x[1] has no steps, and others have"),
        (lambda: pair.unroll(two, [one, none]), "y[1] has no steps, and others have"),
        (lambda: pair.unroll(two, [none, none]), "y has no steps: a decoder writes at least one"),
        (lambda: model.unroll(EMPTY, [[], [], []]), "x has 2 sequences and y 3"),
        (run.flow, "a run of T=0 steps has no flow: unroll over at least one"),
        (lambda: ar.derive(run), "there is nothing to derive in a run of T=0 steps: unroll over at least one"),
        (lambda: ar.step(run), "there is nothing to walk through in a run of T=0 steps: unroll over at least one"),
        (lambda: ar.draw(run, level="units"), "there is nothing to draw in a run of T=0 steps: unroll over at least one"),
        (lambda: ar.draw(run, level="states"), "there is nothing to draw in a run of T=0 steps"),
        (lambda: ar.derive(run.loss), "hangs on no variable"),
    ):  # fmt: skip
        with pytest.raises(ValueError) as error:
            ask()
        assert sentence in str(error.value), str(error.value)


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_weighed_is_said_in_one_sentence(case):
    call, message = ERRORS[case]
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
