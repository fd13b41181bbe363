"""The other forms of the derived formulas, each held against the tape."""

import itertools

import numpy as np
import pytest
import sympy

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.evaluate import FUNCTIONS
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.formulas.jacobian import backward
from autograd_rnn.formulas.system import absolute, quantities
from autograd_rnn.formulas.unfolded import states_of
from autograd_rnn.nets.losses import one_hot
from autograd_rnn.nets.specimen import specimen
from tests.oracles.forms import computed, forward_form_holds, same, sourced
from tests.sampling import sampled
from tests.test_derive import MODELS as DERIVED_MODELS
from tests.test_derive import D, H, K


class Minimal(ar.Cell):
    """A minimal gated unit, whose pre-activations have no name: its recursion is written in df and dg."""

    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {f"{W}{k}": s for k in "fg" for W, s in (("W_x", (H, D)), ("W_h", (H, H)), ("b_", (H,)))}

    def step(self, p, x, h):
        f = ar.sigmoid(ar.linear(p.W_xf, x, p.W_hf, h, p.b_f))
        g = ar.tanh(ar.linear(p.W_xg, x, p.W_hg, f * h, p.b_g))
        return dict(f=f, g=g, h=(1 - f) * h + f * g)


MODELS = {
    **DERIVED_MODELS,
    "minimal-gated": lambda: ar.Model(Minimal(D, H), K),
    "stacked-lstm-gru": lambda: ar.Model(ar.Stacked([ar.LSTM(D, H), ar.GRU(H, 2)]), K, task="many-to-one"),
}
STEPS = (4, 3)
BIG = ("lstm-peephole", "encoder-decoder-lstm-mean", "stacked-lstm-gru")  # expanded over two steps only: they have thousands of terms
DERIVED, RUNS = {}, {}


def derived(name):
    """One derivation a net for all tests."""
    if name not in DERIVED:
        DERIVED[name] = ar.derive(MODELS[name]())
    return DERIVED[name]


def run_of(name, seed=1):
    """A random run of four steps (three of the decoder's)."""
    if (name, seed) not in RUNS:
        RUNS[name, seed] = specimen(derived(name).model, *STEPS, seed=seed)
    return RUNS[name, seed]


def some(name):
    """A few parameters of every kind, initial states left out."""
    names = [p for p in derived(name).model.parameters if not p.endswith("_0")]
    return list(dict.fromkeys([*names[:3], *(p for p in names if p[0] == "w"), *names[-2:]]))


# -- unrolled, expanded, truncated ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_unrolled_equals_the_tape(name):
    d, run = derived(name), run_of(name)
    system, swept = evaluation(d, d.unrolled(STEPS), run), adjoints(run.loss)
    compared = {q.name for node, q in quantities(run).items() if node in swept and (q.name, True) in system.by_name}
    for node, q in quantities(run).items():
        if q.name in compared and node in swept:
            same(system[absolute(q, adjoint=True)], swept[node], q)
    assert {p for p in run.parameters if not p.endswith("_0")} <= compared
    times = {s.time for q in d.unrolled(STEPS) for s in (q.left, *e.symbols(q.right)) if s.time}
    assert all(not time.base and 0 <= time.offset <= 5 for time in times)


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_expanded_equals_the_tape(name):
    d, steps = derived(name), (2, 2) if name in BIG else STEPS
    run = specimen(d.model, *steps, seed=2)
    numbers, swept = evaluation(d, [], run), adjoints(run.loss)
    for p in some(name):
        (equation,) = d.formula(p, form="expanded", steps=steps)
        leaves = {s.name for s in e.symbols(equation.right) if s.adjoint}
        assert leaves <= {"s"}, "adjoints of states are substituted away"
        same(sourced(d, run, numbers, equation.right), swept[run.parameters[p]], p)


@pytest.mark.parametrize("name, truncation", sampled(itertools.product(MODELS, ["chunk", "window"]), 11))
def test_truncated_equals_truncation_on_the_tape(name, truncation):
    d = derived(name)
    if truncation == "window" and (name.startswith("encoder") or name == "bidirectional-many-to-one"):
        with pytest.raises(ValueError, match="a window is counted"):
            d.formula(some(name)[0], form="truncated", window=2)
        return
    steps = (2, 2) if name in BIG and truncation == "window" else STEPS
    run = specimen(d.model, *steps, seed=3)
    for k in (1, 2, 3, 4):
        grads = run.backward(truncate=k, truncation=truncation)
        numbers = evaluation(d, [], run)
        first = [q.left for q in d.equations if q.left.time == e.Time("", 0) and name != "learned-start"]
        for start in first[:1]:  # the initial states: a cut after step 0 is none
            found = d.formula(f"{start.name}_0", form="truncated", steps=steps, **{truncation: k})
            value = evaluation(d, found, run)[start] if truncation == "chunk" else sourced(d, run, numbers, found[0].right)
            true = grads.get(run[start.name][0])
            same(value, np.zeros(np.shape(value)) if true is None else true, (start, k))
        for p in some(name) if truncation == "chunk" or k < 3 else some(name)[1:2]:
            found = d.formula(p, form="truncated", steps=steps, **{truncation: k})
            value = evaluation(d, found, run)[found[-1].left] if truncation == "chunk" else sourced(d, run, numbers, found[0].right)
            same(value, grads[p], (p, k))


def test_the_forms_of_an_rnn_read_as_in_the_books():
    d = derived("rnn-tanh")
    assert str(d.formula("W_hh", form="unrolled")) == "dW_hh = da_1 h_0ᵀ + da_2 h_1ᵀ + da_3 h_2ᵀ"
    states = ["dh_2 = W_hyᵀ ds_2", "dh_1 = W_hyᵀ ds_1 + W_hhᵀ da_2", "dh_0 = W_hhᵀ da_1"]
    assert str(d.formula("h", form="unrolled", steps=2)).splitlines() == states
    assert str(d.formula("h_2")) == str(d.formula("dh_2", steps=3)) == "dh_2 = W_hyᵀ ds_2 + W_hhᵀ da_3"
    assert str(d.formula("W_hh", form="expanded")).splitlines() == [
        "dW_hh = (diag(1 - h_1²) W_hyᵀ ds_1) h_0ᵀ",
        "    + (diag(1 - h_1²) W_hhᵀ diag(1 - h_2²) W_hyᵀ ds_2) h_0ᵀ",
        "    + (diag(1 - h_2²) W_hyᵀ ds_2) h_1ᵀ",
        "    + (diag(1 - h_1²) W_hhᵀ diag(1 - h_2²) W_hhᵀ diag(1 - h_3²) W_hyᵀ ds_3) h_0ᵀ",
        "    + (diag(1 - h_2²) W_hhᵀ diag(1 - h_3²) W_hyᵀ ds_3) h_1ᵀ",
        "    + (diag(1 - h_3²) W_hyᵀ ds_3) h_2ᵀ",
    ]
    assert str(d.formula("b_h", form="truncated", window=1)) == (
        "db_h = diag(1 - h_1²) W_hyᵀ ds_1 + diag(1 - h_2²) W_hyᵀ ds_2 + diag(1 - h_3²) W_hyᵀ ds_3"
    )
    assert str(d.formula("W_hh", form="truncated", chunk=5)).splitlines() == [
        "dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}   (t ≠ 5, 10, …)",
        "dh_t = W_hyᵀ ds_t   (t = 5, 10, …)",
        "dW_hh = Σ_t da_t h_{t-1}ᵀ",
    ]
    assert str(d.formula("h", form="truncated", chunk=1)).splitlines() == ["dh_t = W_hyᵀ ds_t", "dh_0 = W_hhᵀ da_1"]
    backward_chain = derived("bidirectional-many-to-one").formula("hb", form="truncated", chunk=2)
    assert str(backward_chain).splitlines()[1:3] == ["dhb_t = Wb_hhᵀ dab_{t-1}   (1 < t, t ≠ 3, 5, …)", "dhb_t = 0   (1 < t, t = 3, 5, …)"]


def test_letters_and_other_notations():
    d = derived("rnn-tanh")
    assert str(d.formula("h", notation="letters")) == "dh_t = Vᵀ ds_t + Wᵀ da_{t+1}\ndh_0 = Wᵀ da_1"
    assert "dU = Σ_t da_t x_tᵀ" in d.text(notation="letters") and r"\mathrm{d}W &= \sum" in d.latex(notation="letters")
    assert "dW_xh" in d.text() and "dW2 = Σ_t da2_t h2_{t-1}ᵀ" in derived("stacked").text(notation="letters")
    assert "W_fᵀ da_f,{t+1}" in derived("lstm").text(notation="letters")
    expanded = d.formula("W_hh", form="expanded", steps=2)
    second = "    + outer(diag(1 - h[1]**2) @ (W_hh.T @ (diag(1 - h[2]**2) @ (W_hy.T @ ds[2]))), h[0])"
    assert expanded.text("ascii").splitlines()[1] == second
    assert r"\operatorname{diag}(1 - h_{1}^{2}) \, W_{hh}^{\top}" in expanded.latex() and expanded.latex().count(r"\begin") == 1
    chunks = d.formula("h", form="truncated", chunk=2).latex()
    assert chunks.isascii() and r"\quad (t \neq 2, 4, \dots)" in chunks
    with pytest.raises(ValueError, match="choose from names, letters"):
        d.formula("h", notation="greek")


# -- Jacobians, bound, forward form -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_jacobians_equal_the_tapes(name):
    d, run = derived(name), run_of(name)
    for states in states_of(d):
        state = states[0]
        reverse = backward(d, state)
        for t, k in ((3, 2), (3, 1), (2, 2), (3, 3)):
            t, k = (k, t) if reverse else (t, k)
            true = run.jacobian(t, k, state, state)
            same(computed(d, run, d.jacobian(state, t=t, k=k)), true, (state, t, k))
            if abs(t - k) == 1:
                same(computed(d, run, d.jacobian(state), t), true, (state, t))


@pytest.mark.parametrize("name", ["lstm", "lstm-peephole"])
def test_the_lstms_block_jacobian_is_the_books(name):
    """equations.md's blocks, written out by hand, and products of them over several steps."""
    d, run = derived(name), run_of(name)
    p = {k: v.value for k, v in run.parameters.items()}
    w = {k: p.get(f"w_c{k}", np.zeros(3)) for k in "ifo"}

    def block(t):
        i, f, g, o, c = (run[k][t].value for k in "ifgoc")
        before, tanh = run.c[t - 1].value, np.tanh(c)
        A = {"i": g * i * (1 - i), "f": before * f * (1 - f), "g": i * (1 - g**2), "o": tanh * o * (1 - o)}
        B = o * (1 - tanh**2) + A["o"] * w["o"]
        cc, ch = np.diag(f + A["i"] * w["i"] + A["f"] * w["f"]), sum(A[k][:, None] * p[f"W_h{k}"] for k in "ifg")
        return np.block([[B[:, None] * ch + A["o"][:, None] * p["W_ho"], B[:, None] * cc], [ch, cc]])

    for t, k in ((3, 2), (4, 1)):
        true = np.linalg.multi_dot([block(step) for step in range(t, k, -1)]) if t - k > 1 else block(t)
        for row, of in enumerate("hc"):
            for column, by in enumerate("hc"):
                part = true[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
                same(computed(d, run, d.jacobian(of, by, t=t, k=k)), part, (of, by, t, k))
    assert len(d.jacobian()) == 4 and str(derived("lstm").jacobian("c")) == "∂c_t/∂c_{t-1} = diag(f_t)"
    assert str(d.jacobian("h", t=3, k=1)).splitlines()[0] == "∂h_3/∂h_1 = ∂h_3/∂h_2 ∂h_2/∂h_1 + ∂h_3/∂c_2 ∂c_2/∂h_1"


def test_two_ways_that_change_nothing_are_twice_the_identity():
    class Double(ar.Cell):
        def shapes(self):
            return {"W_xh": (self.hidden_size, self.input_size)}

        def step(self, p, x, h):
            a = ar.linear(p.W_xh, x)
            k = h + a
            return dict(a=a, k=k, h=h + k)

    d = ar.derive(ar.Model(Double(D, H), K))
    run = specimen(d.model, 3, 3)
    assert str(d.jacobian("h")) == "dh_t/dh_{t-1} = 2 I"
    same(computed(d, run, d.jacobian("h", t=3, k=1)), run.jacobian(3, 1), "4 I")
    assert "≤ (2 1)^" not in str(d.bound()) and d.bound()["h"].each == 2


def test_jacobians_read_as_in_the_books():
    assert str(derived("rnn-tanh").jacobian("h", t=3, k=1)) == "dh_3/dh_1 = diag(1 - h_3²) W_hh diag(1 - h_2²) W_hh"
    assert str(derived("rnn-tanh").jacobian("h", t=2, k=2)) == "dh_2/dh_2 = I"
    assert str(derived("residual").jacobian("h", notation="letters")) == "dh_t/dh_{t-1} = I + diag(1 - tanh(a_t)²) W"
    assert str(derived("bidirectional").jacobian("hb")) == "dhb_t/dhb_{t+1} = diag(1 - hb_t²) Wb_hh"
    assert str(derived("jordan").jacobian("s")) == "ds_t/ds_{t-1} = W_hy diag(1 - h_t²) W_yh"
    after = "diag((1 - z_t) ⊙ (1 - n_t²) ⊙ m_t ⊙ r_t ⊙ (1 - r_t)) W_hr + diag((h_{t-1} - n_t) ⊙ z_t ⊙ (1 - z_t)) W_hz"
    assert f"dh_t/dh_{{t-1}} = diag(z_t) + {after} + diag((1 - z_t) ⊙ (1 - n_t²) ⊙ r_t) W_hn" == " ".join(
        str(derived("gru-after-keep").jacobian("h")).split())  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_the_bound_holds(name):
    d = derived(name)
    found = d.bound()
    assert [row.state for row in found.rows] and str(found)
    for row in found.rows:
        for seed in (1, 2, 3):
            run = run_of(name, seed)
            last = len(run[row.state].items) - 1
            for t in range(1, last + 1):
                for k in range(1, t + 1):
                    t_, k_ = (k, t) if backward(d, row.state) else (t, k)
                    if row.whole:
                        norm = np.linalg.norm(run.jacobian(t_, k_, row.state, row.state), 2)
                        assert norm <= row.each ** (t - k) * (1 + 1e-12)
                    else:
                        assert row.each == 1  # a gate of σ


@pytest.mark.parametrize("name, state, gate", [("lstm", "c", "f_t"), ("gru-before-new", "h", "1 - z_t"), ("gru-after-keep", "h", "z_t")])
def test_the_direct_path_of_a_gated_net_is_the_product_of_its_gates(name, state, gate):
    d = derived(name)
    assert f"diag({gate})" in str(d.jacobian(state, state)) and gate.replace("_t", "_j") in d.bound()[state].formula
    for seed in (1, 2, 3):
        run = run_of(name, seed)
        factors = [run[gate[-3]][t].value for t in range(1, 5)]
        path = np.prod([1 - g if gate[0] == "1" else g for g in factors], axis=0)
        assert (path > 0).all() and (path < 1).all() and path.max() <= d.bound()[state].each ** 4


def test_the_bound_reads_as_a_sentence():
    model = ar.Model(ar.RNN(2, 3), 4)
    model.cell.parameters["W_hh"].assign(0.9 * np.eye(3))
    d = ar.derive(model)
    assert str(d.bound()) == (
        "‖dh_t/dh_k‖ ≤ (γ σ_max(W_hh))^(t-k) = 0.9^(t-k): gradients vanish at least that fast (γ = 1 bounds |1 - h_t²|)"
    )
    assert d.bound()["h"].each == 0.9
    model.cell.parameters["W_hh"].assign(3 * np.eye(3))
    assert "= 3^(t-k): gradients may explode, and need not" in str(d.bound())
    sigmoid = derived("rnn-sigmoid-mean")
    assert sigmoid.bound()["h"].each == pytest.approx(np.linalg.norm(sigmoid.model.cell.parameters["W_hh"].value, 2) / 4)
    lstm = str(derived("lstm").bound())
    assert lstm.startswith("dc_t/dc_k along c alone = Π_(j=k+1..t) f_j, each factor between 0 and 1: this path cannot explode")
    assert "a factor is 0.7311 on average" in lstm  # σ(1), the forget bias
    assert "Π_(j=k+1..t) (1 - z_j)" in str(derived("gru-before-new").bound())


@pytest.mark.parametrize("name", MODELS)
def test_the_forward_form_equals_the_tape(name):
    d, run = derived(name), run_of(name)
    found = [forward_form_holds(d, run, p, name.startswith("encoder-decoder") and "dec" in p) for p in some(name)]
    assert any(found) or name.startswith("encoder")


def test_immediate_and_total_derivatives_look_different():
    form = derived("rnn-tanh").forward_form("W_hh")
    assert str(form) == "dh_t/dW_hh = ∂⁺h_t/∂W_hh + diag(1 - h_t²) W_hh dh_{t-1}/dW_hh\n∂⁺h_t/∂W_hh = diag(1 - h_t²) ⊗ h_{t-1}ᵀ"
    assert form.text("ascii") == (
        "total(h[t], W_hh) = immediate(h[t], W_hh) + diag(1 - h[t]**2) @ (W_hh @ total(h[t-1], W_hh))\n"
        "immediate(h[t], W_hh) = kron(diag(1 - h[t]**2), h[t-1].T)"
    )
    latex = form.latex()
    assert r"\frac{\mathrm{d}h_{t}}{\mathrm{d}W_{hh}} &= \frac{\partial^{+} h_{t}}{\partial W_{hh}}" in latex
    assert r"\otimes h_{t-1}^{\top}" in latex
    lstm = str(derived("lstm").forward_form("b_i"))
    assert "dc_t/db_i = ∂⁺c_t/∂b_i + ∂c_t/∂h_{t-1} dh_{t-1}/db_i + ∂c_t/∂c_{t-1} dc_{t-1}/db_i" in lstm
    with pytest.raises(ValueError, match="W_hy has no forward form: it does not enter the states"):
        derived("lstm").forward_form("W_hy")


# -- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_shares_of_all_paths_sum_to_the_gradient(name):
    d = derived(name)
    run = specimen(d.model, 3, 2, seed=4) if "lstm" not in name else specimen(d.model, 2, 2, seed=4)
    swept = adjoints(run.loss)
    state = states_of(d)[0][0]
    node = f"{state}_{2 if backward(d, state) else 1}"
    for target, tensor in ((node, run[state][int(node[-1])]), (some(name)[1], run.parameters[some(name)[1]])):
        found = d.paths("L", target, limit=1000, run=run)
        assert len(found) == found.total
        same(sum(path.share for path in found), swept[tensor], target)
        same(found.gradient, swept[tensor], target)
        assert len({(path.nodes, path.product) for path in found}) == len(found)
        assert sum(map(found.part, found)) == pytest.approx(1)


def test_paths_print_as_a_table_and_are_counted_when_too_many():
    table = str(derived("rnn-tanh").paths("L", "h_1"))
    lines = table.splitlines()
    assert "h_1 → a_2 → h_2 → s_2 → L_2" in table and "W_hhᵀ diag(1 - h_2²) W_hyᵀ ds_2" in table
    assert len(lines) == 6 and lines[-1].startswith("3 paths from h_1 to L; their shares sum to dL/dh_1 = [")
    assert sum(float(line.split()[-1].rstrip("%")) for line in lines[2:5]) == pytest.approx(100, abs=0.2)
    many = derived("lstm").paths("L", "c_0", steps=30, limit=2)
    assert len(many) == 2 and many.total > 10**19
    assert f"the first 2 of {many.total:,} paths from c_0 to L; their shares sum to" in str(many)
    assert derived("rnn-tanh").paths("L", "W_hh", steps=2).total == 3


# -- sympy ------------------------------------------------------------------------------------------------------------


def number(x, values, t, last):
    """A sympy expression's number by the documented meaning of its functions: a second reading of the formula."""
    if isinstance(x, sympy.Eq):
        return number(x.rhs, values, t, last)
    if isinstance(x, sympy.Sum):
        (index, low, high), where = x.limits[0], {sympy.Symbol(k, integer=True): v for k, v in last.items()}
        assert str(index) == "t"
        return sum(number(x.function, values, k, last) for k in range(int(low.subs(where)), int(high.subs(where)) + 1))
    if x.is_Number:
        return float(x)
    if isinstance(x, sympy.Symbol):
        return last[x.name] if x.name in last else values[e.Sym(x.name)]
    name = type(x).__name__
    if x.is_Function and name not in (*FUNCTIONS, "hadamard", "transpose", "diag", "rows", "column", "onehot"):
        where = {sympy.Symbol(k, integer=True): v for k, v in {**last, **({} if t is None else {"t": t})}.items()}
        time = e.Time("", int(x.args[0].subs(where)))
        return values[e.Sym(name[1:], time, True) if name[0] == "d" and e.Sym(name, time) not in values else e.Sym(name, time)]
    parts = [number(part, values, t, last) for part in x.args]
    if isinstance(x, sympy.Pow):
        return parts[0] ** parts[1]
    if isinstance(x, sympy.Add):
        return sum(parts[1:], parts[0])
    if isinstance(x, sympy.Mul):
        product = parts[-1]
        for part in reversed(parts[:-1]):
            product = part @ product if np.ndim(part) and np.ndim(product) else part * product
        return product
    if name == "rows":
        return parts[0][int(parts[1]) : int(parts[2])]
    if name == "onehot":
        return one_hot(parts[0][:, 0], 4).reshape(4, 1) if np.ndim(parts[0]) else one_hot(parts[0], 4)[:, None]
    if name == "softmax":
        return FUNCTIONS[name](parts[0][:, 0])[:, None]
    if name in FUNCTIONS:
        return FUNCTIONS[name](parts[0])
    return {
        "hadamard": lambda *v: np.prod(np.broadcast_arrays(*v), axis=0), "transpose": np.transpose, "diag": lambda v: np.diag(v[:, 0]),
        "column": lambda *v: np.concatenate(v),
    }[name](*parts)  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_sympys_expressions_mean_the_same(name):
    d, run = derived(name), run_of(name)
    system, swept = evaluation(d, d.equations, run), adjoints(run.loss)
    for node, q in quantities(run).items():
        if (q.name, True) in system.by_name and node in swept:
            system[absolute(q, adjoint=True)]
    columns = {s: v[:, None] if np.ndim(v) == 1 else v for s, v in system.known.items()}
    for p in some(name):
        equation = d.formula(p).sympy()
        assert isinstance(equation, sympy.Eq) and str(equation.lhs) == "d" + p
        value = number(equation, columns, None, system.last)
        same(np.reshape(value, run.parameters[p].shape), swept[run.parameters[p]], p)
        short = d.formula(p, form="expanded", steps=1).sympy()
        assert short.lhs == equation.lhs and not short.rhs.is_commutative


def test_sympys_expressions_can_be_gone_on_with():
    d = derived("rnn-tanh")
    equation = d.formula("W_hh").sympy()
    assert str(equation) == "Eq(dW_hh, Sum(da(t)*transpose(h(t - 1)), (t, 1, T)))"
    t, da = sympy.Symbol("t", integer=True), sympy.Function("da", commutative=False)
    written = equation.rhs.subs(sympy.Symbol("T", integer=True), 2).doit()
    assert str(written) == "da(1)*transpose(h(0)) + da(2)*transpose(h(1))"
    inside = d.formula("a").sympy().rhs
    inserted = written.subs(da(1), inside.subs(t, 1))
    assert str(inserted) == "da(2)*transpose(h(1)) + hadamard(dh(1), 1 - hadamard(h(1), h(1)))*transpose(h(0))"
    assert str(d.formula("h").sympy()[0].rhs) == "transpose(W_hh)*da(t + 1) + transpose(W_hy)*ds(t)"
    assert str(d.jacobian("h").sympy()) == "Eq(total(h(t), h(t - 1)), diag(1 - hadamard(h(t), h(t)))*W_hh)"
    assert "kron(diag(" in str(d.forward_form("W_hh").sympy()[1]) and "immediate(h(t), W_hh)" in str(d.forward_form("W_hh").sympy()[1])


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda d: d.formula("W_h", form="expanded"), "'W_h' is not in this model: did you mean 'W_hh'?"),
        (lambda d: d.formula("W_hh", form="expand"), "truncated, not 'expand': did you mean 'expanded'?"),
        (lambda d: d.formula("W_hh", form="?"), "form must be one of recursion, unrolled, expanded, truncated, not '?'"),
        (lambda d: d.formula("W_hh", form="unrolled", steps=0), "steps must be a whole number of at least 1, not 0"),
        (lambda d: d.formula("W_hh", form="unrolled", steps=2.5), "steps must be a whole number of at least 1, not 2.5"),
        (lambda d: d.formula("h_7"), "'h' has no adjoint at step 7: it runs over 3 steps"),
        (lambda d: d.formula("W_hh", window=2), "window and chunk belong to form=\"truncated\", not to 'recursion'"),
        (lambda d: d.formula("W_hh", form="truncated"), 'form="truncated" takes either window=w or chunk=K, a number of steps'),
        (lambda d: d.formula("W_hh", form="truncated", window=2, chunk=2), "takes either window=w or chunk=K"),
        (lambda d: d.formula("W_hh", form="truncated", chunk=0), "chunk must be a whole number of at least 1, not 0"),
        (lambda d: d.formula("W_hh", form="expanded", steps=60), "dW_hh expanded has 1,830 terms, more than 1,000: take fewer steps"),
        (lambda d: d.jacobian("h", t=1, k=3), "h_1 does not depend on h_3, a later state: k must be at most t"),
        (lambda d: d.jacobian("h", t=1), "jacobian takes both t= and k=, or neither for one step"),
        (lambda d: d.jacobian("h", t=1, k=-1), "k must be a whole number of at least 0, not -1"),
        (lambda d: d.jacobian("c"), "'c' is no state of this model: it has h"),
        (lambda d: d.forward_form("h"), "the forward form is that of a weight which every step uses, and 'h' is none"),
        (lambda d: d.forward_form("W_hx"), "'W_hx' is not in this model: did you mean"),
        (lambda d: d.paths("L_2", "h_1"), "paths lead to the loss 'L', not to 'L_2'"),
        (lambda d: d.paths("L", "h"), "'h' stands at every step: say which, 'h_1'"),
        (lambda d: d.paths("L", "h_9"), "'h_9' is no step of this run, which goes from t=1 to 3"),
        (lambda d: d.paths("L", "h_1", limit=-1), "limit must be a whole number of at least 0, not -1"),
        (lambda d: d.paths("L", "h_1", steps=0), "steps must be a whole number of at least 1, not 0"),
    ],
)
def test_mistakes_are_one_sentence(call, message):
    with pytest.raises(ValueError) as caught:
        call(derived("rnn-tanh"))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_mistakes_of_other_nets():
    with pytest.raises(ValueError, match="h has no equation for general t: the net has one step only"):
        ar.derive(ar.Model(ar.RNN(2, 3), 4, task="one-to-one")).jacobian("h")
    with pytest.raises(ValueError, match="hf and hb are states of different chains"):
        derived("bidirectional").jacobian("hf", "hb")
    with pytest.raises(ValueError, match="hb_3 does not depend on hb_1, a later state: k must be at least t in a chain that reads"):
        derived("bidirectional").jacobian("hb", t=3, k=1)
    with pytest.raises(ValueError, match="hdec has no step 0 of its own"):
        derived("encoder-decoder").jacobian("hdec", t=2, k=0)
    with pytest.raises(ValueError, match="a product over 9 steps of 2 states has too many terms"):
        derived("lstm").jacobian("h", t=10, k=1)
    with pytest.raises(ValueError, match="without a batch axis"):
        model = derived("rnn-tanh").model
        derived("rnn-tanh").paths("L", "h_1", run=model.unroll(np.ones((3, 2, 2)), np.zeros((3, 2), int)))
