"""The derived equations: as reviewed texts, as proofs on other lengths, and for a cell of one's own."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.formulas.forms import gradients
from tests.sampling import sampled

TEXTS = Path(__file__).parent / "derived"


class Concatenating(ar.Cell):
    """The equation on one matrix and one long vector, as some courses write it."""

    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W_a": (H, H + D), "b_a": (H,)}

    def step(self, p, x, h):
        a = p.W_a @ ar.concatenate([h, x]) + p.b_a
        h = ar.tanh(a)
        return dict(a=a, h=h)


class Residual(ar.Cell):
    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        h = h + ar.tanh(a)
        return dict(a=a, h=h)


D, H, K = 2, 3, 4
MODELS = {
    "rnn-tanh": lambda: ar.Model(ar.RNN(D, H), K),
    "rnn-relu": lambda: ar.Model(ar.RNN(D, H, activation="relu"), K),
    "rnn-sigmoid-mean": lambda: ar.Model(ar.RNN(D, H, activation="sigmoid"), K, reduction="mean"),
    "rnn-identity-squared-error": lambda: ar.Model(ar.RNN(D, H, activation="identity"), K, loss="squared_error"),
    "rnn-many-to-one": lambda: ar.Model(ar.RNN(D, H), K, task="many-to-one"),
    "rnn-one-to-many": lambda: ar.Model(ar.RNN(D, H), K, task="one-to-many"),
    "jordan": lambda: ar.Model(ar.Jordan(D, H, K), K),
    "jordan-probabilities": lambda: ar.Model(ar.Jordan(D, H, K, feedback="probabilities"), K),
    "lstm": lambda: ar.Model(ar.LSTM(D, H), K),
    "lstm-peephole": lambda: ar.Model(ar.LSTM(D, H, peephole=True), K),
    "lstm-coupled": lambda: ar.Model(ar.LSTM(D, H, coupled=True), K),
    "gru-before-new": lambda: ar.Model(ar.GRU(D, H), K),
    "gru-before-keep": lambda: ar.Model(ar.GRU(D, H, update="keep"), K),
    "gru-after-new": lambda: ar.Model(ar.GRU(D, H, reset="after"), K),
    "gru-after-keep": lambda: ar.Model(ar.GRU(D, H, reset="after", update="keep"), K),
    "stacked": lambda: ar.Model(ar.Stacked([ar.RNN(D, H), ar.RNN(H, H)]), K),
    "bidirectional": lambda: ar.Model(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), K),
    "bidirectional-many-to-one": lambda: ar.Model(ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), K, task="many-to-one"),
    "stacked-bidirectional": lambda: ar.Model(ar.Stacked([ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), ar.RNN(2 * H, H)]), K),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H, seed=1), K),
    "encoder-decoder-lstm-mean": lambda: ar.EncoderDecoder(ar.LSTM(D, H), ar.LSTM(K, H, seed=1), K, reduction="mean"),
    "learned-start": lambda: ar.Model(ar.LSTM(D, H, learn_initial=True), K),
    "residual": lambda: ar.Model(Residual(D, H), K),
    "concatenating": lambda: ar.Model(Concatenating(D, H), K),
}
ALL = {
    **MODELS,
    "one-to-one": lambda: ar.Model(ar.RNN(D, H), K, task="one-to-one"),
    "single-precision": lambda: ar.Model(ar.GRU(D, H, dtype="float32"), K),
}


@pytest.mark.parametrize("name", ALL)
def test_the_equations_read_as_reviewed(name):
    """The files were read line by line against the books; a change in them is a change in what the program claims."""
    derivation = ar.derive(ALL[name]())
    assert derivation.text() + "\n" == (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name, steps", sampled(itertools.product(ALL, [1, 2, 3, 9]), 11))  # every net, and every length
def test_the_equations_hold_at_other_lengths(name, steps):
    proof = ar.derive(ALL[name]()).verify(steps)
    assert proof.ok, proof
    parameters = ALL[name]().parameters
    assert {"d" + parameter for parameter in parameters} <= {row[0] for row in proof.rows}
    assert set(proof.digits) == set(proof.exact) == set(parameters) and max(proof.digits.values()) < 1e-48


def test_a_wrong_equation_is_found(monkeypatch):
    derivation = ar.derive(MODELS["lstm"]())
    for k, equation in enumerate(derivation.equations):
        if equation.left.name == "a_f":
            derivation.equations[k] = equation._replace(right=equation.right._replace(factors=equation.right.factors[:-1]))
    proof = derivation.verify(4)
    assert not proof.ok and "do NOT agree" in str(proof)
    wrong = {row[0] for row in proof.rows if row[3] > 1e-6}
    assert {"dW_xf", "dW_hf", "db_f"} <= wrong and "dW_hy" not in wrong
    assert proof.exact["W_hy"] and not proof.exact["W_hf"] and "do NOT equal sympy's modulo 2^61 - 1 for W_xi" in str(proof)


@pytest.mark.parametrize("name", ALL)
def test_the_recursion_equals_sympys_derivative_exactly_modulo_a_prime(name):
    from autograd_rnn.formulas.proving.exact import against_sympy
    from autograd_rnn.nets.specimen import specimen

    model = ALL[name]()
    equal = against_sympy(ar.derive(model), specimen(model, 4, 3), seed=5)
    assert set(equal) == set(model.parameters) and all(equal.values())


def test_the_derivation_does_not_depend_on_the_numbers_of_the_weights():
    first, second = (ar.derive(ar.Model(ar.GRU(D, H, seed=seed), K, seed=seed)).text() for seed in (0, 7))
    assert first == second


@pytest.mark.parametrize("name", ALL)
def test_every_equation_holds_exactly_at_a_random_point_modulo_a_prime(name):
    """The rolled-up equations are consistent with themselves, and none of them with a term dropped is."""
    from autograd_rnn.algebra import expr as e
    from autograd_rnn.formulas.proving.exact import Exact

    derivation = ar.derive(ALL[name]())
    point = Exact(derivation, T=4, S=3)
    for equation in derivation.equations:
        t = 2 if equation.left.time is not None and equation.left.time.base == "t" else None
        left = point.evaluate(equation.left, t)
        assert np.array_equal(left, point.evaluate(equation.right, t))
        assert all(isinstance(number, int) for number in np.ravel(left).tolist())
        if isinstance(equation.right, e.Add):
            fewer = e.add(*equation.right.terms[1:])
            assert not np.array_equal(left, point.evaluate(fewer, t))


def test_formats_and_single_formulas():
    derivation = ar.derive(MODELS["rnn-tanh"]())
    assert str(derivation.formula("W_hh")) == str(derivation.formula("dW_hh")) == "dW_hh = Σ_t da_t h_{t-1}ᵀ"
    assert derivation.text("ascii").splitlines()[1:4] == [
        "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]",
        "da[t] = dh[t] * (1 - h[t]**2)",
        "dx[t] = W_xh.T @ da[t]",
    ]
    latex = derivation.latex()
    assert r"\mathrm{d}W_{hh} &= \sum_{t=1}^{T} \mathrm{d}a_{t} \, h_{t-1}^{\top} \\" in latex and latex.count(r"\begin") == 1
    assert "## Forward" in derivation.markdown() and r"h_{t} = \tanh(a_{t})" in derivation.markdown()
    assert [str(line) for line in str(derivation.forward).splitlines()] == [
        "a_t = W_xh x_t + W_hh h_{t-1} + b_h",
        "h_t = tanh(a_t)",
        "s_t = W_hy h_t + b_y",
        "p_t = softmax(s_t)",
    ]
    both = ar.derive(MODELS["rnn-many-to-one"]()).formula("h")
    assert str(both).splitlines()[:2] == ["dh_T = W_hyᵀ ds_T", "dh_t = W_hhᵀ da_{t+1}   (t < T)"]


def test_mistakes_are_one_sentence():
    derivation = ar.derive(MODELS["lstm"]())
    with pytest.raises(ValueError, match="'W_h' is not in this model: did you mean 'W_h[a-z]'"):
        derivation.formula("W_h")
    with pytest.raises(TypeError, match="a run of one or a scalar tensor, not LSTM: write Model"):
        ar.derive(ar.LSTM(2, 3))
    with pytest.raises(ValueError, match="is fused: derive it with fused=False"):
        ar.derive(ar.Model(ar.LSTM(2, 3, fused=True), 2))


def test_the_equations_of_the_book():
    """equations.md's recursions for the LSTM, written out by hand, give the same gradients as the derived ones."""
    model = MODELS["lstm-peephole"]()
    from autograd_rnn.nets.specimen import specimen

    run = specimen(model, 5, 0, seed=3)
    derived = {name: value for name, value, _ in gradients(ar.derive(model), run)}
    p = {name: value.value for name, value in model.parameters.items()}
    v = {name: {t: run[name][t].value for t in range(1, 6)} for name in "ifgo"}
    c, h, x = ({t: run[name][t].value for t in range(name == "x", 6)} for name in ("c", "h", "x"))
    T, zero = 5, np.zeros(H)
    da = {k: {T + 1: zero} for k in "ifgo"}
    dc, f = {T + 1: zero}, {**v["f"], T + 1: zero}
    for t in range(T, 0, -1):
        s = run.scores[t].value
        target = next(int(n.value) for n in run.losses[t].tape if n.name == f"y_{t}")
        ds = np.exp(s - s.max()) / np.exp(s - s.max()).sum() - np.eye(K)[target]
        dh = p["W_hy"].T @ ds + sum(p[f"W_h{k}"].T @ da[k][t + 1] for k in "ifgo")
        o, i, g = v["o"][t], v["i"][t], v["g"][t]
        da["o"][t] = dh * np.tanh(c[t]) * o * (1 - o)
        dc[t] = dh * o * (1 - np.tanh(c[t]) ** 2) + f[t + 1] * dc[t + 1] + p["w_co"] * da["o"][t]
        dc[t] = dc[t] + p["w_ci"] * da["i"][t + 1] + p["w_cf"] * da["f"][t + 1]
        da["f"][t] = dc[t] * c[t - 1] * f[t] * (1 - f[t])
        da["i"][t] = dc[t] * g * i * (1 - i)
        da["g"][t] = dc[t] * i * (1 - g**2)
    for k in "ifgo":
        np.testing.assert_allclose(derived[f"dW_x{k}"], sum(np.outer(da[k][t], x[t]) for t in range(1, 6)), atol=1e-14)
        np.testing.assert_allclose(derived[f"dW_h{k}"], sum(np.outer(da[k][t], h[t - 1]) for t in range(1, 6)), atol=1e-14)
    np.testing.assert_allclose(derived["dw_co"], sum(da["o"][t] * c[t] for t in range(1, 6)), atol=1e-14)
    np.testing.assert_allclose(derived["dw_ci"], sum(da["i"][t] * c[t - 1] for t in range(1, 6)), atol=1e-14)


def test_any_scalar_tensor_has_its_equations():
    W, b = ar.tensor([[0.5, -0.2], [0.1, 0.3]], name="W"), ar.tensor([0.1, 0.2], name="b")
    x = ar.constant([1.0, 2.0], name="x")
    h = ar.tanh(W @ x + b)
    h.name = "h"
    assert str(ar.derive((h * h).sum())).splitlines() == ["dh = 2 h", "db = dh ⊙ (1 - h²)", "dW = db xᵀ"]
    a = ar.tensor(3.0, name="a")
    b = a + a
    b.name = "b"
    c = b + b
    c.name = "c"
    assert str(ar.derive(c * c)).splitlines() == ["dc = 2 c", "db = 2 dc", "da = 2 db"]
    with pytest.raises(ValueError, match="two tensors are called 'a'"):
        ar.derive(ar.tensor(1.0, name="a") * ar.tensor(2.0, name="a"))
    with pytest.raises(ValueError, match="has no name"):
        ar.derive(ar.tensor(1.0) * 2.0)
    with pytest.raises(ValueError, match="is not a single number"):
        ar.derive(h)


def test_steps_unroll_at_once():
    model = MODELS["rnn-tanh"]()
    assert str(ar.derive(model, steps=3)) == str(ar.derive(model).unrolled(3))


def test_a_run_is_derived_with_its_numbers():
    model = MODELS["gru-before-new"]()
    run = model.unroll(np.ones((3, D)), [0, 1, 2])
    derivation = ar.derive(run)
    assert derivation.text() == ar.derive(model).text()
    lines = derivation.numbers().splitlines()
    assert any(line.split()[:1] == ["da_z,2"] for line in lines) and any(line.split()[:1] == ["dW_hz"] for line in lines)
    assert all(float(line.split()[-1]) < 1e-12 for line in lines[2:])
    with pytest.raises(ValueError, match="a model alone has no numbers"):
        ar.derive(model).numbers()
    with pytest.raises(ValueError, match="without a batch"):
        ar.derive(model.unroll(np.ones((3, 2, D)), np.zeros((3, 2), int))).numbers()
    with pytest.raises(TypeError, match="not a run without a readout: unroll a Model"):
        ar.derive(ar.unroll(ar.RNN(D, H), np.ones((3, D))))
