"""A run is explained as what ran: every kind of run by every reading, held against its own gradients, or one sentence says why not."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.formulas import forms
from autograd_rnn.formulas.explained import unexplained
from autograd_rnn.formulas.system import absolute, quantities
from autograd_rnn.nets.training import Optimizer, global_norm
from tests.sampling import sampled

D = H = K = 3
T = 4


def data(*batch, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(T, *batch, D)), rng.integers(0, K, (T, *batch))


def model(cell=ar.RNN, reduction="sum", **options):
    made = ar.Model(cell(D, H, seed=3, **options), K, reduction=reduction)
    for k, value in enumerate(made.parameters.values()):
        value.assign(value.value + 0.3 * np.random.default_rng(k).normal(size=value.shape))
    return made


def run_of(cell=ar.RNN, given=None, reduction="sum", learn=False, **options):
    """A run of a net over one sequence; ``given``: of its parameters, what to give in their place."""
    net = model(cell, reduction, learn_initial=learn)
    return net.unroll(*data(), parameters=given and given(net.parameters), **options)


def readout(p, W):
    return {"readout": {"W_hy": W, "b_y": p["b_y"]}}


def twice(p, make):
    return {"": {name: make(2 * value.value) for name, value in p.items() if name not in ("W_hy", "b_y")}}


class Fickle(ar.Cell):
    """Goes by its values: tanh where the input's first number is above what random inputs reach, else the square."""

    def shapes(self):
        return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.tanh(a) if x.value[..., 0].max() > 20 else a * a)


class Gate(ar.Cell):
    """An own cell with `where`."""

    def shapes(self):
        return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.where(np.array([True, False, True]), ar.tanh(a), h))


class Own(Gate):
    """An own cell that makes no choice."""

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=0.5 * h + ar.tanh(a))


def encoder_decoder(teacher_forcing=True, live=False, h0=None, tied=False, cell=ar.GRU):
    net = ar.EncoderDecoder(cell(D, H), cell(K, H, seed=1), K, loss="squared_error")
    given = {"dec": vars(net.encoder.named())} if tied else None
    x, y = np.random.default_rng(0).normal(size=(T, D)), np.random.default_rng(1).normal(size=(3, K))
    return net.unroll(ar.tensor(x, name="x") if live else x, y, h0=h0, teacher_forcing=teacher_forcing, parameters=given)


def swept(run, **how):
    run.backward(**how)
    return run


# The runs that equations explain.
EXPLAINED = {
    "plain": run_of,
    "mean": lambda: run_of(reduction="mean"),
    "lstm": lambda: run_of(ar.LSTM),
    "start 5": lambda: run_of(start=5),
    "start 5, lstm, mean": lambda: run_of(ar.LSTM, reduction="mean", start=5),
    "start 0": lambda: run_of(start=0),
    "tied": lambda: run_of(given=lambda p: readout(p, p["W_hh"])),
    "tied, start 5": lambda: run_of(given=lambda p: readout(p, p["W_hh"]), start=5),
    "tied to a gate": lambda: run_of(ar.LSTM, lambda p: readout(p, p["W_hf"])),
    "tied gates": lambda: run_of(
        ar.GRU, lambda p: {"": {name: p["W_hr"] if name == "W_hz" else p[name] for name in p if name not in ("W_hy", "b_y")}}
    ),
    "tied to another's": lambda: run_of(given=lambda p: {**twice(p, ar.tensor), **readout(p, ar.tensor(np.eye(K), name="E"))}),
    "doubled": lambda: run_of(given=lambda p: twice(p, ar.tensor)),
    "doubled by an operation": lambda: run_of(
        given=lambda p: {"": {name: 2 * value for name, value in p.items() if name not in ("W_hy", "b_y")}}
    ),
    "plain numbers": lambda: run_of(given=lambda p: twice(p, np.asarray)),
    "names in another order": lambda: run_of(given=lambda p: {"readout": {"b_y": p["b_y"], "W_hy": p["W_hy"]}}),
    "a function that gives the same": lambda: run_of(
        given=lambda p: {"": lambda t: SimpleNamespace(**{name: p[name] for name in ("W_xh", "W_hh", "b_h")})}
    ),
    "first state given": lambda: run_of(h0=np.ones(H)),
    "first state a variable": lambda: run_of(h0=ar.tensor(np.ones(H))),
    "first state learned": lambda: run_of(ar.LSTM, learn=True),
    "first state learned, but given": lambda: run_of(learn=True, h0=ar.tensor(np.ones(H))),
    "first state replaced": lambda: run_of(
        given=lambda p: {"": {name: ar.tensor(v.value + 1) for name, v in p.items() if name not in ("W_hy", "b_y")}}, learn=True
    ),
    "live inputs": lambda: model().unroll(ar.tensor(data()[0], name="x"), data()[1]),
    "truncated": lambda: swept(run_of(), truncate=2),
    "truncated, tied, start 3": lambda: swept(run_of(given=lambda p: readout(p, p["W_hh"]), start=3), truncate=3),
    "encoder-decoder": encoder_decoder,
    "encoder-decoder that reads its own scores": lambda: encoder_decoder(teacher_forcing=False),
    "encoder-decoder of one cell": lambda: encoder_decoder(tied=True),
    "own cell, tied, start 5": lambda: run_of(Own, lambda p: readout(p, p["W_hh"]), start=5),
    "own cell, doubled": lambda: run_of(Own, lambda p: twice(p, ar.tensor)),
    "encoder-decoder of an own cell that reads its own scores": lambda: encoder_decoder(teacher_forcing=False, cell=Own),
    "encoder-decoder of one own cell": lambda: encoder_decoder(tied=True, cell=Own),
    "encoder-decoder with live inputs": lambda: encoder_decoder(live=True, h0=ar.tensor(np.ones(H))),
}


def unrecorded():
    with ar.no_grad():
        return run_of()


def from_weights(way):
    net = model()
    p, (x, y) = net.parameters, data()
    match way:
        case "x":
            return net.unroll(ar.tensor(x) @ p["W_hh"], y)
        case "h0":
            return net.unroll(x, y, h0=p["b_h"] * 2)
        case "is":
            return net.unroll(x, y, h0=p["b_h"])
    both = ar.tensor(np.ones(H))
    return ar.Model(ar.LSTM(D, H), K).unroll(x, y, h0=(both, both))


def fickle():
    net, (x, y) = model(Fickle), data()
    net.parameters["W_xh"].assign(net.parameters["W_xh"].value / 100)
    return net.unroll(x + 30, y)


def untied():
    return run_of(given=lambda p: {"": lambda t: {name: ar.tensor(t * p[name].value) for name in ("W_xh", "W_hh", "b_h")}})


# The runs that no equations for general t explain, and what says so.
REFUSED = {
    "untied": (untied, r"parameters= gave this run others at each step \(W_xh_1, ...\)"),
    "inside no_grad": (unrecorded, "the run was not recorded: unroll outside no_grad"),
    "inputs from a weight": (lambda: from_weights("x"), "x_1 is computed from W_hh in this run"),
    "first state from a weight": (lambda: from_weights("h0"), "h_0 is computed from b_h in this run"),
    "first state a weight": (lambda: from_weights("is"), "h_0 is b_h in this run"),
    "one first state for two": (lambda: from_weights("both"), "c_0 is h_0 in this run"),
    "a cell that goes by its values": (fickle, "the tape of this run is not what the equations say of"),
}


def agree(derivation, run, chunk=None):
    """Every gradient and adjoint of the derived equations on a run's own numbers is the tape's, and none is left out."""
    truth = swept(run)._swept if chunk is None else run.backward(truncate=chunk)
    system = derivation if chunk is None else derivation.at(tuple(len(u.xs) for u in run.unrolled), chunk)
    numbers = forms.evaluation(system, system.equations, run)
    named = quantities(run)
    for name, value in run.parameters.items():
        if value.op is None or (name.endswith("_0") and value not in truth):
            continue
        symbol = absolute(named[value], adjoint=True, start=run.start)
        assert (symbol.name, True) in numbers.by_name, f"no equation for d{name}"
        np.testing.assert_allclose(numbers[symbol] + np.zeros(value.shape), truth[name], atol=1e-13, err_msg=name)


@pytest.mark.parametrize("name", sampled(EXPLAINED, 4))
def test_a_run_is_derived_as_what_ran(name):
    run = EXPLAINED[name]()
    chunk = run.truncated[0]
    derivation = ar.derive(run)
    agree(derivation, run, chunk)
    rows = [line for line in derivation.numbers().splitlines() if line.strip()[:1] == "d"]
    assert len(rows) > 5 and all(float(line.split()[-1]) < 1e-12 for line in rows)
    assert ar.verify(run).ok  # sympy and the complex step say the same of the tape itself
    twin = derivation.specimen(3, 2)
    assert list(twin.parameters) == list(run.parameters)
    for first, second in ((a, b) for a in run.parameters for b in run.parameters):  # what is shared there is shared here
        assert (run.parameters[first] is run.parameters[second]) == (twin.parameters[first] is twin.parameters[second])
    for key, value in run.parameters.items():
        np.testing.assert_array_equal(twin.parameters[key].value, value.value)
    assert derivation.verify(steps=4).ok


@pytest.mark.parametrize("name", sampled(EXPLAINED, 6))
def test_a_derived_line_is_equal_and_the_untied_one_is_not(name, undiagnosed):
    run = EXPLAINED[name]()
    derivation = ar.derive(run)
    line = next(q for q in derivation.equations if q.left.name.startswith("W") and q.left.time is None)
    assert derivation.check(forms.show(line, "ascii")).equal
    tied = {*derivation.aliases, *derivation.aliases.values()}
    apart = [q for q in ar.derive(run.model).equations if q.left.name in tied]
    assert len(apart) == len(tied) and not any(derivation.check(forms.show(q, "ascii")).equal for q in apart[:4])


@pytest.mark.parametrize("name", sampled(EXPLAINED, 9))
def test_a_run_is_walked_as_what_ran(name):
    run = EXPLAINED[name]()
    s = ar.step(run)
    if run.start < 1:
        assert s.levels == ("op", "component") and f"this run starts at {run.start}" in s.subject.reason
    else:
        assert s.levels[0] == "recursion" and not s.subject.reason
        assert [q.after.text for q in s.walk("recursion") if q.after.text.startswith("dW")] == [
            forms.show(q) for q in s.subject.derivation.equations if q.left.time is None and q.left.name.startswith("W")
        ]
        times = {q.t for q in s.walk("unrolled") if q.t is not None}
        assert {run.start, run.start + run.T - 1} <= times and min(times) >= run.start - 1
    for level in s.levels[-3:-1]:
        for k in range(0, len(s.walk(level)), 3):
            found = s.subject.check_numbers(s.walk(level)[k])
            assert found is None or found.ok, s.walk(level)[k]
    assert ("truncated after every" in s.title) == (run.truncated[0] is not None)
    if run.truncated[0] is not None:
        assert any(q.kind == "truncate" for q in s.walk("op"))


@pytest.mark.parametrize("name", sampled([*EXPLAINED, *REFUSED], 3))
def test_a_run_is_drawn_and_its_shares_sum_to_its_gradients(name):
    run = EXPLAINED[name]() if name in EXPLAINED else REFUSED[name][0]()
    for level in ("block", "cell", "op") if name not in ("inside no_grad", "plain numbers") else ("block",):
        assert ar.draw(run, level=level).figure.marks
    if name == "inside no_grad":
        with pytest.raises(ValueError, match="not recorded, so gradients= has nothing to show: unroll outside no_grad"):
            ar.draw(run, gradients=True)
        return
    grads = run._swept or run.backward()
    for key in grads.keys():
        if name == "a weight from a weight" and key == "W_hh":
            for call in (lambda: run.contributions("W_hh"), lambda: ar.draw(run, contributions="W_hh")):
                with pytest.raises(ValueError, match="W_hh also enters by what is computed from it outside the steps"):
                    call()
            continue
        if name in ("inputs from a weight", "first state from a weight") and key in ("W_hh", "b_h"):
            continue
        np.testing.assert_allclose(run.contributions(key).sum(0), grads[key], atol=1e-12, err_msg=key)
    weight = next(key for key in grads.keys() if key.startswith("W"))
    if name != "plain numbers":
        ar.draw(run, gradients=True, backward=True)
        ar.draw(run, contributions=weight)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_equations_explain_is_said_in_one_sentence(name):
    make, sentence = REFUSED[name]
    run = make()
    others = [] if name == "a cell that goes by its values" else [lambda: ar.derive(run.model).numbers(run)]
    for reading in (lambda: ar.derive(run), lambda: ar.derive(run, steps=3), *others):
        with pytest.raises(ValueError, match=sentence) as caught:
            reading()
        assert "\n" not in str(caught.value)
    if name == "inside no_grad":
        for reading in (ar.step, ar.verify):
            with pytest.raises(ValueError, match="outside no_grad"):
                reading(run)
        return
    assert ar.verify(run).ok
    s = ar.step(run)
    assert s.levels == ("op", "component") and s.subject.reason
    with pytest.raises(ValueError, match="check holds a line against a net's equations"):
        s.check("dh_2 = h_2")
    for k in range(0, len(s.walk("op")), 3):
        found = s.subject.check_numbers(s.walk("op")[k])
        assert found is None or found.ok
    if name != "a cell that goes by its values":
        assert unexplained(run)


def test_a_tied_weight_is_one_parameter_everywhere():
    net, (x, y) = model(), data()
    p = net.parameters
    apart = {name: ar.tensor(p[name].value, name=name) for name in ("W_hh", "W_hy")} | {"W_hy": ar.tensor(p["W_hh"].value)}
    copies = {"": {"W_xh": p["W_xh"], "W_hh": apart["W_hh"], "b_h": p["b_h"]}, **readout(p, apart["W_hy"])}
    both = net.unroll(x, y, parameters=copies).backward()
    run = net.unroll(x, y, parameters=readout(p, p["W_hh"]))
    grads = run.backward()
    assert run.parameters["W_hy"] is run.parameters["W_hh"] is p["W_hh"] and list(run.parameters) == list(p)
    np.testing.assert_allclose(grads["W_hh"], both["W_hh"] + both["W_hy"], atol=1e-14)
    np.testing.assert_array_equal(grads["W_hy"], grads["W_hh"])
    assert grads.keys() == ["W_xh", "W_hh", "b_h", "b_y"] == [name for name, _ in grads.items()]
    assert global_norm(dict(grads.items())) == pytest.approx(np.sqrt(sum(np.sum(g**2) for _, g in grads.items())))
    before = p["W_hh"].value
    Optimizer("sgd", lr=0.5).update(run.parameters, grads)
    np.testing.assert_allclose(p["W_hh"].value, before - 0.5 * grads["W_hh"], atol=1e-15)
    derivation = ar.derive(net.unroll(x, y, parameters=readout(p, p["W_hh"])))
    assert derivation.aliases == {"W_hy": "W_hh"} and "W_hy" not in derivation.text()
    picture = ar.draw(run, level="block").figure
    assert "W_hy is W_hh, one weight in two places" in picture.description
    caption = next(text.parts for text in picture.texts if ", one weight in two places" in text.parts)
    assert [part.sub for part in caption if isinstance(part, Symbol)] == ["hy", "hh"], "set as every other weight"
    assert derivation.formula("W_hy") == derivation.formula("W_hh")
    assert "W_{hy}" not in derivation.markdown() and r"s_{t} = W_{hh} \, h_{t} + b_{y}" in derivation.markdown()
    for line in ("dh[t] = V.T @ ds[t] + W.T @ da[t+1]", "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]"):
        assert derivation.check(line).equal
    assert not derivation.check("dW_hy = Sum(outer(ds[t], h[t]), t)").equal
    at_three = derivation.at(steps=3)
    assert at_three.check("dh[3] = W_hh.T @ ds[3]").equal
    found = derivation.paths("L", "h_3", run=run_of(given=lambda p: readout(p, p["W_hh"])))
    np.testing.assert_allclose(np.sum([path.share for path in found], 0), found.gradient)
    norm = np.linalg.norm(derivation.parameters["W_hh"].value, 2)
    assert derivation.bound()["h"].each == pytest.approx(norm)
    doubled = ar.derive(run_of(given=lambda p: twice(p, ar.tensor)))
    assert doubled.bound()["h"].each == pytest.approx(2 * np.linalg.norm(model().parameters["W_hh"].value, 2))


def test_numbers_of_a_run_with_other_ties_are_not_put_into_a_derivation():
    net, (x, y) = model(), data()
    tied = net.unroll(x, y, parameters=readout(net.parameters, net.parameters["W_hh"]))
    with pytest.raises(ValueError, match="shares or feeds back what the equations do not: take those of derive\\(run\\)"):
        ar.derive(net).numbers(tied)
    with pytest.raises(ValueError, match="shares or feeds back"):
        ar.derive(tied).numbers(net.unroll(x, y))
    with pytest.raises(ValueError, match="this run is of another net than the equations, which are those of Model\\(RNN"):
        ar.derive(net).numbers(run_of(ar.LSTM))
    with pytest.raises(ValueError, match="shares or feeds back"):
        ar.derive(encoder_decoder()).paths("L", "hdec_1", run=encoder_decoder(teacher_forcing=False))
    with pytest.raises(ValueError, match="'h_1' is no step of this run, which goes from t=5 to 8"):
        ar.derive(net).paths("L", "h_1", run=net.unroll(x, y, start=5))


@pytest.mark.parametrize("start, cell", sampled(itertools.product([-3, 0, 2, 5], [ar.RNN, ar.GRU, Own]), 5))
def test_paths_of_a_run_that_starts_later_are_told_in_its_own_steps(cell, start):
    here, usual = (run_of(cell, start=first) for first in (start, 1))
    for k in range(1, T + 1):
        if start + k - 1 < 0:
            continue
        found, known = (ar.derive(run).paths("L", f"h_{run.start + k - 1}", run=run) for run in (here, usual))
        np.testing.assert_allclose(found.gradient, here.backward()[here.h[start + k - 1]], atol=1e-12)
        np.testing.assert_allclose([path.share for path in found], [path.share for path in known], atol=1e-12)
        later = [[s._replace(time=s.time._replace(offset=s.time.offset + start - 1)) for s in path.nodes] for path in known]
        assert [list(path.nodes) for path in found] == later and f"h_{start + k - 1}" in str(found)


def test_a_run_that_starts_later_is_told_in_its_own_steps():
    run = run_of(start=5, h0=ar.tensor(np.ones(H)))
    assert (run.start, run.lengths, run.replaced) == (5, None, {})
    told = ar.derive(run).numbers()
    rows = [line.split()[0] for line in told.splitlines() if line.strip()[:1] == "d"]
    assert {"dh_4", "da_5", "da_8", "ds_8"} <= set(rows) and "da_1" not in rows
    s = ar.step(run)
    assert s.goto(t=6, node="h").after.text == "dh_6 = W_hyᵀ ds_6 + W_hhᵀ da_7"
    assert s.walk("recursion")[-1].after.text == "dh_4 = W_hhᵀ da_5"
    for line in ("dh_6 = W_hyᵀ ds_6 + W_hhᵀ da_7", "dh[8] = W_hy.T @ ds[8]", "dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}"):
        assert s.check(line).equal, s.check(line)
    assert "The derived equation is `da[6] = dh[6] * (1 - h[6]**2)`" in str(s.check("da[6] = dh[6] * (1 - h[5]**2)"))
    assert "This run has the steps 5 to 8, not 2" in str(s.check("da[2] = dh[2] * (1 - h[2]**2)"))
    names = ar.step(run).subject.names
    assert {names.name(run.h[6]), names.name(run.scores[6]), names.name(run.x[6])} == {"h_6", "s_6", "x_6"}


def test_a_batch_has_equations_but_no_numbers_in_them():
    run = model().unroll(*data(2))
    assert ar.derive(run).text() == ar.derive(run.model).text()
    for reading in (ar.derive(run).numbers, lambda: ar.derive(run).paths("L", "h_2", run=run)):
        with pytest.raises(ValueError, match="the equations are those of one sequence"):
            reading()
    assert "has a batch of 2" in ar.step(run).subject.reason and ar.verify(run).ok
    full = model().unroll(*data(2), lengths=[T, T])  # a mask that hides nothing
    assert list(full.lengths) == [T, T] and ar.derive(full).text() == ar.derive(run).text()


def test_a_stale_run_has_equations_but_no_numbers():
    run = run_of()
    run.parameters["W_hh"].assign(np.eye(H))
    assert ar.derive(run).text() == ar.derive(run.model).text() and ar.derive(run).verify(steps=3).ok
    for reading in (ar.derive(run).numbers, run.backward, lambda: ar.verify(run), lambda: ar.step(run), lambda: run.contributions("W_hh")):
        with pytest.raises(ValueError, match="W_hh .* was given a new value after this tape was recorded: run the forward pass again"):
            reading()


def test_a_window_has_no_single_sweep():
    run = swept(run_of(), truncate=2, truncation="window")
    for reading in (ar.derive(run).numbers, lambda: ar.step(run)):
        with pytest.raises(ValueError, match="each loss of the last sweep reached back a window of its own"):
            reading()
    np.testing.assert_allclose(run.contributions("W_hh").sum(0), run._swept["W_hh"], atol=1e-14)
    assert ar.step(run, truncate=2).levels[0] == "recursion"
    assert "truncated" not in ar.step(swept(run)).title


def test_a_bare_run_says_what_it_lacks():
    cell, x = ar.LSTM(D, H), data()[0]
    run = ar.unroll(cell, x, parameters={"": {name: value.value for name, value in cell.parameters.items()}})
    with pytest.raises(TypeError, match="not a run without a readout: unroll a Model, not a bare cell"):
        ar.derive(run)
    for reading in (ar.step, ar.verify, lambda r: r.contributions("W_hf"), lambda r: r.backward()):
        with pytest.raises(ValueError, match="this run has no loss"):
            reading(run)
    assert ar.draw(run).figure.marks
    no_targets = model().unroll(x)
    assert ar.derive(no_targets).text() == ar.derive(no_targets.model).text()
    with pytest.raises(ValueError, match="this run has no loss"):
        ar.derive(no_targets).numbers()


def test_plain_numbers_have_no_gradient():
    run = run_of(given=lambda p: twice(p, np.asarray))
    grads = run.backward()
    assert grads.keys() == ["W_hy", "b_y"]
    shares, formula = lambda: ar.draw(run, contributions="W_hh"), lambda: ar.derive(run).formula("W_hh")
    assert "W_hh ran as plain numbers" in str(ar.derive(run).check("dW_hh = Sum(outer(da[t], h[t-1]), t)"))
    for reading in (lambda: grads["W_hh"], lambda: run.contributions("W_hh"), shares, formula):
        with pytest.raises(ValueError, match="W_hh ran as plain numbers, which have no gradient: give tensor"):
            reading()
    assert [row.parameter for row in ar.verify(run).rows] == ["W_hy", "b_y"]
    assert "dW_hh" not in ar.derive(run).text() and run.parameters["W_hh"].name == "W_hh"


def test_an_untied_run_has_a_parameter_a_step():
    run = untied()
    assert [name for name in run.parameters if name.startswith("W_hh")] == [f"W_hh_{t}" for t in range(1, T + 1)]
    grads, whole = run.backward(), run.contributions("W_hh_2")
    np.testing.assert_allclose(whole[1], grads["W_hh_2"])
    assert not whole[[0, 2, 3]].any() and callable(run.replaced[""])
    assert "the weights are others at each step" in str(ar.draw(run).figure.description)


@pytest.mark.parametrize("name", ["plain", "start 5, lstm, mean", "tied gates", "doubled"])
def test_jacobians_are_those_of_what_ran(name):
    run = EXPLAINED[name]()
    first, cell, p = run.start, run.model.cell, run.replaced.get("")
    x, e = data()[0], 1e-6
    rest = tuple(run[s][first + 1].value for s in cell.states[1:])

    def last(h):
        states = (h, *rest)
        return ar.unroll(cell, x[2:], h0=states, parameters=p and {"": p}).h[T - 2].value

    h = run.h[first + 1].value
    numeric = np.stack([(last(h + e * u) - last(h - e * u)) / (2 * e) for u in np.eye(H)], 1)
    if len(cell.states) == 1:
        np.testing.assert_allclose(run.jacobian(first + T - 1, first + 1), numeric, atol=1e-8)


BY_NAME = {
    "missing": (
        {"": {"W_xh": np.eye(H), "W_hh": np.eye(H)}},
        "parameters[''] lacks b_h: it takes W_xh, W_hh, b_h, all of them, by these names",
    ),
    "unknown": (
        {"readout": {"W_hy": np.eye(H), "b_y": np.ones(K), "W": 1}},
        "parameters['readout'] has no place for W: it takes W_hy, b_y",
    ),
    "both": ({"readout": {"W": 1, "b_y": np.ones(K)}}, "parameters['readout'] lacks W_hy and has no place for W: it takes"),
    "in a list": ({"readout": [np.eye(H), np.ones(K)]}, "parameters['readout'] holds parameters by name, or is a function of t"),
    "shape": ({"readout": {"W_hy": np.ones((2, H)), "b_y": np.ones(K)}}, "W_hy has shape (2, 3), but (3, 3) is needed"),
    "of letters": ({"readout": {"W_hy": [["a"] * H] * K, "b_y": np.ones(K)}}, "['readout']: W_hy holds <U1, not numbers"),
    "of a function": ({"": lambda t: {"W_hh": np.eye(H)}}, "parameters[''] lacks W_xh, b_h"),
    "part": ({"cell": {}}, "parameters has no place for 'cell': its keys are '', 'readout'"),
}


@pytest.mark.parametrize("case", BY_NAME)
def test_parameters_go_by_name(case):
    given, sentence = BY_NAME[case]
    with pytest.raises((ValueError, TypeError)) as caught:
        model().unroll(*data(), parameters=given)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_function_of_t_gives_no_first_state():
    net = model(learn_initial=True)
    own = {name: net.parameters[name] for name in ("W_xh", "W_hh", "b_h")}
    with pytest.raises(ValueError, match="a function of t gives no first state, and h_0 is one: give h0="):
        net.unroll(*data(), parameters={"": lambda t: {**own, "h_0": np.ones(H)}})
    for given in (own, {**own, "h_0": net.parameters["h_0"]}):
        assert ar.derive(net.unroll(*data(), parameters={"": lambda t, given=given: given})).verify(steps=3).ok


def test_names_in_another_order_are_the_same_run():
    net, (x, y) = model(), data()
    given = {"readout": {"b_y": np.arange(K) / 2, "W_hy": np.eye(K)}, "": dict(reversed(list(net.cell.parameters.items())))}
    run = net.unroll(x, y, parameters=given)
    np.testing.assert_allclose(run.scores[2].value, run.h[2].value + np.arange(K) / 2)
    assert list(run.parameters) == list(net.parameters)
    np.testing.assert_array_equal(run.h[T].value, net.unroll(x, y).h[T].value)


OWNERS = {
    "cell": lambda: ar.RNN(D, H),
    "stacked": lambda: ar.Stacked([ar.RNN(D, H), ar.RNN(H, H)]),
    "model": model,
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H, seed=1), K),
    "readout": lambda: model().readout,
    "run": run_of,
}


@pytest.mark.parametrize("owner", OWNERS)
def test_a_parameter_is_not_set_but_assigned(owner):
    parameters = OWNERS[owner]().parameters
    name, before = next(iter(parameters)), dict(parameters)

    def deleted():
        del parameters[name]

    def added():
        parameters["W_new"] = np.ones(3)

    changes = [lambda: parameters.__setitem__(name, 0), deleted, added, parameters.clear, parameters.popitem, lambda: parameters.pop(name)]
    changes += [lambda: parameters.update({name: 0}), lambda: parameters.setdefault("W_new", 0), lambda: parameters.__ior__({name: 0})]
    for change in changes:
        with pytest.raises(TypeError, match=r"parameters are not set: parameters\['.*'\].assign\(array\) gives new numbers, unroll"):
            change()
    assert dict(parameters) == before and {**parameters} == (parameters | {}) == before
    parameters[name].assign(np.zeros(parameters[name].shape))
    assert not parameters[name].value.any()


def test_what_a_run_borrowed_is_not_the_nets(tmp_path):
    net, (x, y) = model(), data()
    run = net.unroll(x, y, parameters=readout(net.parameters, net.parameters["W_hh"]))
    grads = run.backward()
    dumped = ar.conventions.dump_weights(net, "pytorch", gradients=True)
    np.testing.assert_array_equal(dumped["rnn.weight_hh_l0"] if "rnn.weight_hh_l0" in dumped else dumped["weight_hh_l0"], grads["W_hh"])
    head = next(array for name, array in dumped.items() if array.shape == (K, H) and "hh" not in name and "ih" not in name)
    assert not head.any()  # the readout's own matrix did not run
    net.save(tmp_path / "net.npz")
    twin = ar.load(tmp_path / "net.npz")
    for name, value in net.parameters.items():
        np.testing.assert_array_equal(twin.parameters[name].value, value.value)
    foreign = net.unroll(x, y, parameters={**twice(net.parameters, ar.tensor), **readout(net.parameters, ar.tensor(np.eye(K)))})
    before = net.parameters["W_xh"].grad
    foreign.backward()
    np.testing.assert_array_equal(net.parameters["W_xh"].grad, before)


def test_an_operation_without_a_reading_is_named_and_the_walk_goes_on():
    run = model(Gate).unroll(*data())
    try:
        derivation = ar.derive(run)
    except ValueError as error:
        assert "where" in str(error) and "\n" not in str(error)
        assert ar.step(run).levels == ("op", "component") and "where" in ar.step(run).subject.reason
    else:
        agree(derivation, run)
    assert ar.verify(run).ok
