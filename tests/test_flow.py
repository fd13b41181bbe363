"""Gradient flow: every number of it against `run.jacobian`, against nets unrolled from the state in between, PyTorch and 50 digits."""

import itertools
import math

import mpmath
import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.nets.flow import by_name, numeral
from tests.sampling import sampled
from tests.test_every_net import own

H, T = 3, 6
CELLS = {
    "rnn": lambda D, seed: ar.RNN(D, H, seed=seed),
    "relu": lambda D, seed: ar.RNN(D, H, activation="relu", seed=seed),
    "jordan": lambda D, seed: ar.Jordan(D, H, 4, seed=seed),
    "lstm": lambda D, seed: ar.LSTM(D, H, seed=seed),
    "peephole": lambda D, seed: ar.LSTM(D, H, peephole=True, fused=True, seed=seed),
    "coupled": lambda D, seed: ar.LSTM(D, H, coupled=True, seed=seed),
    "gru": lambda D, seed: ar.GRU(D, H, seed=seed),
    "gru after": lambda D, seed: ar.GRU(D, H, reset="after", update="keep", seed=seed),
    "matrix times x": lambda D, seed: own(lambda p, x, h: dict(h=ar.tanh(p.W @ x + p.U @ h + p.b)))(D),
    "by its numbers": lambda D, seed: own(lambda p, x, h: dict(h=h + 0.1 * x.value.sum() * ar.tanh(p.b * h) if h.ndim == 1 else 2 * h))(D),
    "two states": lambda D, seed: own(lambda p, x, h, k: dict(k=ar.tanh(p.b + k) * h, h=ar.sin(h + k) + h), ("h", "k"))(D),
    "handed on": lambda D, seed: own(lambda p, x, h, k: dict(k=h, h=ar.tanh(h + p.b) + k), ("h", "k"))(D),
}


def norms(jacobian):
    """The largest and the smallest singular value of each matrix."""
    found = np.linalg.svd(jacobian, compute_uv=False)
    return found[..., 0], found[..., -1]


def continued(net, x, states):
    """A run from given states, each a variable of its own."""
    return ar.unroll(net, x, h0=[tuple(map(ar.tensor, given)) for given in states] if len(states) > 1 else tuple(map(ar.tensor, states[0])))


def joint_jacobian(net, run, x, k):
    """∂s_T/∂s_k of a net with one direction: the rest of the sequence unrolled from s_k as independent numbers."""
    chains = run.chains
    rest = continued(net, x[k:], [[chain.series(s)[k].value for s in chain.cell.carried] for chain in chains])
    names = [(i, s) for i, chain in enumerate(chains) for s in chain.cell.carried]
    parts = {(i, s): rest.chains[i].series(s) for i, s in names}
    if k == len(x):
        return np.eye(sum(parts[n][0].shape[-1] for n in names))

    def block(a, b):
        target, source = parts[a][len(x) - k], parts[b][0]
        if target is source:
            return np.eye(len(target.value))
        rows = [ar.engine.gradients.adjoints(target, row).get(source) if target.op else None for row in np.eye(target.size)]
        return np.array([np.zeros(source.shape) if row is None else row for row in rows])

    return np.block([[block(a, b) for b in names] for a in names])


@pytest.mark.parametrize("kind, layers", sampled(itertools.product(CELLS, (1, 2)), 3))
def test_the_joint_state_s_jacobian_is_that_of_the_rest_of_the_run(kind, layers, random_seed):
    rng = np.random.default_rng([random_seed, len(kind)])
    cells = [CELLS[kind](2, 1)]
    cells += [CELLS[kind](cells[0].output_size, 2)] * (layers - 1)
    net = cells[0] if layers == 1 else ar.Stacked(cells)
    for parameter in net.parameters.values():
        parameter.assign(rng.normal(size=parameter.shape))
    x = rng.normal(size=(T, 2))
    run = ar.unroll(net, x)
    flow, by_x = run.flow(), run.flow("x")
    largest, least = zip(*(norms(joint_jacobian(net, run, x, k)) for k in range(T, 0, -1)), strict=True)
    np.testing.assert_allclose(flow.gains, largest, rtol=1e-9, atol=1e-300)
    clear = np.array(least) > 1e-9 * np.array(largest)
    np.testing.assert_allclose(flow.least[clear], np.array(least)[clear], rtol=1e-5)
    assert (flow.bound >= flow.gains * (1 - 1e-9)).all() and flow.steps == list(range(T, 0, -1))
    seen = ar.unroll(net, ar.tensor(x))
    wanted = [
        np.concatenate([seen.jacobian(T, k, f"{s}{c.cell.tag}", "x") for c in seen.chains for s in c.cell.carried]) for k in range(T, 0, -1)
    ]
    np.testing.assert_allclose(by_x.gains, [norms(j)[0] for j in wanted], rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("kind, batch", sampled(itertools.product(CELLS, [(), (2,)]), 3))
def test_a_single_state_s_is_run_jacobian(kind, batch, random_seed):
    if batch and kind in ("matrix times x", "by its numbers"):
        pytest.skip("takes no batch")
    rng = np.random.default_rng(random_seed)
    cell = CELLS[kind](2, random_seed % 1000)
    first = tuple(ar.tensor(rng.normal(size=(*batch, cell.state_size(state)))) for state in cell.states)
    run = ar.unroll(cell, rng.normal(size=(T, *batch, 2)), h0=first)
    for state in cell.states:
        wanted = [norms(run.jacobian(T, k, state, state)) for k in range(T, 0, -1)]
        flow = run.flow(of=state)
        np.testing.assert_allclose(flow.gains, [largest for largest, _ in wanted], rtol=1e-8, atol=1e-300)
        assert flow.gains.shape == (T, *batch) and "NaN" not in str(flow)


@pytest.mark.parametrize("kind", sampled(["lstm", "rnn", "gru"], 3))
def test_two_directions_an_encoder_and_a_decoder(kind, random_seed):
    rng = np.random.default_rng(random_seed)
    cell = CELLS[kind]
    x, y = rng.normal(size=(T, 2)), rng.normal(size=(4, 4))
    pair = ar.Stacked([ar.Bidirectional(cell(2, 1), cell(2, 2)), ar.Bidirectional(cell(2 * H, 3), cell(2 * H, 4))])
    run = ar.Model(pair, 4).unroll(x, [0, 1, 2, 3, 0, 1])
    for tag, end, ks in (("1f", T, range(T, 0, -1)), ("1b", 1, range(1, T + 1)), ("2f", T, range(T, 0, -1)), ("2b", 1, range(1, T + 1))):
        flow = run.flow(of="h", chain=tag)
        wanted = [norms(run.jacobian(end, k, f"h{tag}", f"h{tag}"))[0] for k in ks]
        np.testing.assert_allclose(flow.gains, wanted, rtol=1e-9)
        assert flow.steps == list(ks)
    assert "run.flow(chain='2b')" in str(run.flow()) and "chain 2f" in str(run.flow())
    for forced in (True, False):
        model = ar.EncoderDecoder(ar.Stacked([cell(2, 1), cell(H, 2)]), ar.Stacked([cell(4, 3), cell(H, 4)]), 4, loss="squared_error")
        run = model.unroll(x, y, teacher_forcing=forced)
        for of in ("hdec1", "hdec2"):
            flow = run.flow(of=of)
            wanted = [norms(run.jacobian(4, k, of, of))[0] for k in (4, 3, 2, 1)]
            wanted += [norms(run.jacobian(4, k, of, of.replace("dec", "enc")))[0] for k in range(T, 0, -1)]
            if kind == "lstm":  # a decoder starts from the encoder's last c, not from what its last h makes of it
                wanted, flow.gains = wanted[:4], flow.gains[:4]
            np.testing.assert_allclose(flow.gains, wanted, rtol=1e-9)
        assert flow.steps == [4, 3, 2, 1, *range(T, 0, -1)]


def test_a_padded_batch_is_its_sequences_one_by_one(random_seed):
    rng = np.random.default_rng(random_seed)
    lengths, x = np.array([6, 3, 1]), rng.normal(size=(T, 3, 2))
    y = rng.integers(0, 4, (T, 3))
    for net in (ar.LSTM(2, H), ar.Bidirectional(ar.GRU(2, H), ar.GRU(2, H, seed=1)), ar.Stacked([ar.RNN(2, H), ar.LSTM(H, H)])):
        model = ar.Model(net, 4)
        tags = ["f", "b"] if isinstance(net, ar.Bidirectional) else [None]
        for tag in tags:
            together = model.unroll(x, y, lengths=lengths).flow(chain=tag)
            for b, length in enumerate(lengths):
                alone = model.unroll(x[:length, b], y[:length, b]).flow(chain=tag)
                for name in ("gains", "least", "bound", "norms"):
                    column = getattr(together, name)[:, b]
                    np.testing.assert_allclose(column[:length], getattr(alone, name), rtol=1e-7)
                    assert np.isnan(column[length:]).all()


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_decoder_s_padding_is_no_step_of_its_sequence(kind, random_seed):
    """Its flow begins at the last step that has a target, as if each were alone; a heat map of one sequence ends there."""
    rng = np.random.default_rng(random_seed)
    lengths, written = rng.permutation([6, 3, 1]), rng.permutation([1, 4, 5])
    x, y = rng.normal(size=(T, 3, 2)), rng.integers(0, 4, (5, 3))
    for forced in (True, False):
        model = ar.EncoderDecoder(CELLS[kind](2, 1), CELLS[kind](4, 2), 4)
        given = dict(lengths=lengths, target_lengths=written, teacher_forcing=forced)
        run, other = model.unroll(x, y, **given), ar.EncoderDecoder(CELLS[kind](2, 1), CELLS[kind](4, 2), 4)
        listed = other.unroll([x[:n, b] for b, n in enumerate(lengths)], [y[:n, b] for b, n in enumerate(written)], teacher_forcing=forced)
        together = run.flow()
        np.testing.assert_allclose(listed.flow().gains, together.gains, rtol=1e-12)
        for b, (n, m) in enumerate(zip(lengths, written, strict=True)):
            alone = model.unroll(x[:n, b], y[:m, b], teacher_forcing=forced).flow()
            for name in ("gains", "least", "bound", "norms"):
                column = getattr(together, name)[:, b]
                np.testing.assert_allclose(column[: n + m], getattr(alone, name), rtol=1e-7)
                assert np.isnan(column[n + m :]).all()
            for quantity, steps in (("henc", n), ("hdec", m), ("s", m)):
                frames = ar.draw(run, level="states", quantity=quantity, sequence=b).figure.frames
                assert len({frame.id.split()[1] for frame in frames}) == steps, quantity


def test_what_comes_of_the_loss_is_what_backward_says(random_seed):
    rng = np.random.default_rng(random_seed)
    model = ar.Model(ar.LSTM(2, H, seed=1), 4, task="many-to-one")
    x = rng.normal(size=(T, 2))
    run = model.unroll(x, 1)
    flow, grads = run.flow(), run.backward()
    for state in "hc":
        np.testing.assert_allclose(run.flow(state).norms, [np.linalg.norm(grads[f"{state}_{k}"]) for k in range(T, 0, -1)])
    for k in range(1, T):
        first = tuple(ar.tensor(run[state][k].value) for state in "hc")
        rest = model.unroll(x[k:], 1, h0=first).backward()
        np.testing.assert_allclose(flow.norms[T - k], math.hypot(*(np.linalg.norm(rest[s]) for s in first)))
    for name in run.parameters:
        by_step = np.array([np.linalg.norm(share) for share in run.contributions(name)])
        np.testing.assert_allclose(flow.shares[name], by_step / by_step.sum())
    assert ar.unroll(ar.RNN(2, 3), np.ones((4, 2))).flow().norms is None
    with ar.no_grad():
        quiet = model.unroll(rng.normal(size=(T, 2)), 1)
    assert quiet.flow().norms is None and quiet.flow().gains[-1] > 0


def test_the_smallest_singular_value_to_fifty_digits(random_seed):
    rng = np.random.default_rng(random_seed)
    run = ar.unroll(ar.RNN(2, H, seed=random_seed), rng.normal(size=(30, 2)))
    flow, product = run.flow(), mpmath.eye(H)
    with mpmath.workdps(80):
        for k in range(30, 1, -1):
            product = product * mpmath.matrix(run.jacobian(k, k - 1).tolist())
            singular = mpmath.svd_r(product, compute_uv=False)
            assert abs(flow.least[31 - k] / float(singular[H - 1]) - 1) < 1e-6
            assert abs(flow.gains[31 - k] / float(singular[0]) - 1) < 1e-9


def test_what_no_float_holds_is_still_told(random_seed):
    def of(activation, weights, T=60, b=0.0):
        cell = ar.RNN(2, 4, activation=activation, seed=random_seed)
        cell.parameters["W_hh"].assign(weights)
        cell.parameters["b_h"].assign(np.full(4, b))
        with np.errstate(all="ignore"):
            run = ar.Model(cell, 2).unroll(np.ones((T, 2)), [0] * T)
        return run.flow()  # warnings are errors here

    flow = of("sigmoid", 1e-5 * np.eye(4))
    assert flow.gains[-1] == 0 and 1e-7 < flow.factor < 1e-5 and flow.kind == "vanishing" and numeral(flow.log_gains[-1]) in str(flow)
    assert flow.reach == 1 and flow.half_life < 1
    flow = of("identity", 1e6 * np.eye(4))
    assert flow.gains[-1] == math.inf and abs(flow.factor / 1e6 - 1) < 1e-9 and flow.kind == "exploding" and "clip_norm" in flow.verdict
    flow = of("relu", np.full((4, 4), 1e6), b=9.0)  # at no seed are all units dead
    assert flow.kind == "exploding" and ar.draw(flow).svg()
    flow = of("relu", np.eye(4), b=-99.0)
    assert (
        flow.factor == 0 and flow.half_life == 0 and flow.reach == 1 and flow.activities[0].low == 1 and math.isnan(flow.activities[0].high)
    )


@pytest.mark.parametrize("scale, kind", [(0.95, "vanishing"), (0.956, "healthy"), (1, "healthy"), (1.047, "healthy"), (1.05, "exploding")])
def test_the_thresholds_are_one_in_a_hundred_and_a_hundred(scale, kind):
    cell = ar.RNN(1, 3, activation="identity")
    cell.parameters["W_hh"].assign(scale * np.eye(3))
    flow = ar.unroll(cell, np.zeros((101, 1))).flow()
    assert flow.kind == kind and abs(flow.factor - scale) < 1e-12 and flow.verdict.startswith(kind)
    assert flow.reach == (math.ceil(math.log(0.01) / math.log(scale)) if kind == "vanishing" else None)


def test_gates_are_told_by_what_their_operations_declare():
    run = ar.unroll(ar.LSTM(2, 3, forget_bias=9.0), np.zeros((5, 2)))
    by_name = {a.name: a for a in run.flow().activities}
    assert list(by_name) == ["i", "f", "g", "o"] and by_name["f"].high == 1 and by_name["i"].high == by_name["i"].low == 0


def test_untrained_nets_are_as_was_measured():
    """RNN 5e-16, GRU 1.5e-16 and LSTM 8e-18, 7e-7, 0.4 by forget bias, in order of magnitude; at forget bias 3 h→h is 1.7, c→h 4.7, c→c 25;
    at 1 the product of the forget gates is 2e-14, and dc_T/dc_1 is not, which runs through the gates too."""
    x, ends, runs = np.random.default_rng(0).normal(size=(100, 8)), [], {}
    for cell in (ar.RNN(8, 32), ar.GRU(8, 32), *(ar.LSTM(8, 32, forget_bias=bias) for bias in (0, 1, 3))):
        run = ar.Model(cell, 4, task="many-to-one").unroll(x, 1)
        flow, runs[getattr(cell, "forget_bias", None)] = run.flow(), run
        ends.append(flow.norms[99] / flow.norms[0])
    assert all(abs(math.log10(end / said)) < 1 for end, said in zip(ends, (5e-16, 1.5e-16, 8e-18, 7e-7, 0.4), strict=True)), ends
    for (of, by), said in {("h", "h"): 1.7, ("h", "c"): 4.7, ("c", "c"): 25}.items():
        assert 0.5 < norms(runs[3].jacobian(100, 1, of, by))[0] / said < 2, (of, by)
    alone = np.prod([runs[1]["f"][t].value for t in range(2, 101)], axis=0).max()
    assert abs(math.log10(alone / 2e-14)) < 1 and abs(math.log10(runs[1].flow("c").gains[99] / 7e-6)) < 1


def test_flows_of_several_quantities_on_one_axis_are_called_by_their_own():
    run = ar.Model(ar.LSTM(2, 4), 2).unroll(np.ones((6, 2)), [0] * 6)
    flows = {"joint": run.flow(), "h": run.flow("h"), "c": run.flow("c"), "x": run.flow("x")}
    title = "‖∂s_T/∂s_k‖, ‖∂h_T/∂h_k‖, ‖∂c_T/∂c_k‖, ‖∂s_T/∂x_k‖"
    assert title in ["".join(map(str, text.parts)) for text in ar.draw(flows).figure.texts]
    assert f"T - k, {title}" in by_name(flows)
    assert by_name({"a": flows["h"], "b": flows["h"]}).count("‖") == 2


def test_a_gradient_whose_square_no_float_holds_is_told():
    model = ar.Model(ar.RNN(2, 4, activation="sigmoid"), 2, task="many-to-one")
    run = model.unroll(np.random.default_rng(0).normal(size=(380, 2)), 1)
    flow, grads = run.flow(), run.backward()
    for d in (0, 200, 370):
        wanted = np.abs(grads[f"h_{380 - d}"]).max()
        assert wanted <= flow.norms[d] <= 2 * wanted and wanted > 0


def test_a_layer_of_two_directions_above_another_has_a_flow_by_its_input():
    pair = [ar.Bidirectional(ar.RNN(D, 2), ar.RNN(D, 2, seed=1)) for D in (3, 4)]
    run = ar.Model(ar.Stacked(pair), 2).unroll(np.ones((4, 3)), [0, 1, 0, 1])
    assert run.flow("x").norms is None and run.flow("x", chain="1b").gains.shape == (4,)


def test_a_cell_that_draws_or_mixes_a_batch_s_rows(random_seed):
    rng = np.random.default_rng(random_seed)
    x = rng.normal(size=(T, 2))
    drawing = own(lambda p, x, h: dict(h=ar.tanh(p.W @ x + p.U @ h) * (rng.random(H) < 0.5)))(2)
    with pytest.raises(ValueError, match="of own gives other values now than it did in this run: .* or it draws at random"):
        ar.unroll(drawing, x).flow()

    def mixing(p, x, h):
        a = ar.linear(p.W, x, p.U, h)
        return dict(h=ar.tanh(a - ar.mean(a, axis=0) if a.ndim > 1 else a))

    run = ar.unroll(own(mixing)(2), x)
    np.testing.assert_allclose(run.flow().gains, [norms(run.jacobian(T, k))[0] for k in range(T, 0, -1)], rtol=1e-9)


def test_it_is_refused_in_a_sentence():
    cell = ar.RNN(2, 3)
    run = ar.unroll(cell, np.ones((4, 2)))
    for ask, sentence in (
        (lambda: run.flow("c"), "of='c': rnn has state, x, h"),
        (lambda: run.flow(chain="f"), "this run has one chain of states: leave chain= out"),
        (lambda: ar.unroll(ar.Bidirectional(cell, ar.RNN(2, 3)), np.ones((4, 2))).flow(chain="z"), "chain='z': choose from f, b"),
        (lambda: ar.unroll(cell, np.ones((4, 0, 2))).flow(), "a batch of no sequences has no flow"),
        (lambda: ar.unroll(ar.RNN(2, 400), np.ones((120, 2))).flow(), "flow: steps of a cell with 64 states: about .* are allowed"),
        (lambda: ar.unroll(ar.RNN(2, 3), np.ones((0, 2))).flow(), "a run of T=0 steps has no flow: unroll over at least one"),
        (lambda: ar.unroll(cell, np.ones((0, 2, 2)), lengths=[0, 0]).flow(), "a run of T=0 steps has no flow: unroll over at least one"),
    ):
        with pytest.raises(ValueError, match=sentence):
            ask()
    cell.parameters["W_hh"].assign(np.eye(3))
    with pytest.raises(ValueError, match="gives other values now than it did in this run: its parameters were given new ones"):
        run.flow()
    with pytest.raises(TypeError, match="of"):
        run.flow(3)


def test_pytorch_has_the_same_jacobians(random_seed):
    torch = pytest.importorskip("torch")
    cell = ar.LSTM(2, 4, seed=random_seed)
    layer = torch.nn.LSTM(2, 4).double()
    with torch.no_grad():
        for name, array in ar.conventions.dump_weights(cell, convention="pytorch").items():
            getattr(layer, name).copy_(torch.from_numpy(np.array(array)))
    x = np.random.default_rng(random_seed).normal(size=(T, 2))
    run = ar.unroll(cell, x)

    def rest(k):
        def last(state):
            _, (h, c) = layer(torch.from_numpy(x[k:]), (state[None, :4], state[None, 4:]))
            return torch.cat([h[0], c[0]])

        return torch.autograd.functional.jacobian(last, torch.from_numpy(np.concatenate([run.h[k].value, run.c[k].value]))).numpy()

    np.testing.assert_allclose(run.flow().gains[1:], [norms(rest(k))[0] for k in range(T - 1, 0, -1)], rtol=1e-9)


OVERLAID = {
    "lstm": lambda x, y: ar.Model(ar.LSTM(2, 3), 4).unroll(x, y),
    "bidirectional": lambda x, y: ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.RNN(2, 3, seed=1)), 4).unroll(x, y),
    "encoder-decoder": lambda x, y: ar.EncoderDecoder(ar.GRU(2, 3), ar.GRU(4, 3, seed=1), 4).unroll(x, y[:3]),
    "from step 7 on": lambda x, y: ar.Model(ar.RNN(2, 3), 4).unroll(x, y, start=7),
    "bare": lambda x, y: ar.unroll(ar.Stacked([ar.LSTM(2, 3), ar.RNN(3, 3)]), x),
}


@pytest.mark.parametrize("level", ["block", "cell"])
@pytest.mark.parametrize("net", OVERLAID)
def test_laid_over_the_unfolding_every_step_has_its_own_number(net, level, random_seed):
    rng = np.random.default_rng(random_seed)
    run = OVERLAID[net](rng.normal(size=(5, 2)), rng.integers(0, 4, 5))
    flow, figure = run.flow("h"), ar.draw(run, level=level, flow="h").figure
    bands = sorted((frame for frame in figure.frames if frame.kind == "share"), key=lambda frame: frame.low[0])
    above = {text.parts[0]: text.at[0] for text in figure.texts if text.at[1] > bands[0].high[1]}
    shown_gains = [frame.tip.rpartition(" ")[2] for frame in bands]
    assert shown_gains == [f"{gain:.2g}" for gain in flow.gains[::-1]]
    assert len(bands) == len(flow) and set(shown_gains) <= set(above)
    depths = [sum(int(frame.fill[k : k + 2], 16) for k in (1, 3, 5)) for frame in bands]
    order = np.argsort(-flow.gains[::-1].clip(max=1), kind="stable")
    assert list(np.array(depths)[order]) == sorted(depths)  # the more arrives, the deeper the tint


def test_an_overlaid_flow_that_says_nothing_is_refused():
    run = ar.Model(ar.LSTM(2, 3), 4).unroll(np.ones((5, 2)), [0, 1, 2, 3, 0])
    for options, message in (
        (dict(flow="q"), "of='q': lstm has state, x, h, c"),
        (dict(flow="h", contributions="W_hf"), "flow= and contributions= both shade the steps"),
        (dict(flow="h", folded=True), "flow= has no place in a folded net"),
    ):
        with pytest.raises(ValueError, match=message):
            ar.draw(run, **options)
    with pytest.raises(ValueError, match="flow= needs a run's steps"):
        ar.draw(run.loss, flow="h")
