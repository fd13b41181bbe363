"""The checker: right formulas in many writings are equal, wrong ones are diagnosed, and no text makes it do anything else."""

import functools
import itertools
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.check import check
from autograd_rnn.formulas.evidence.points import Point, settled
from autograd_rnn.formulas.mistakes.mutations import Rewriter
from autograd_rnn.formulas.mistakes.search import Search
from autograd_rnn.formulas.reading.parse import parse
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable
from autograd_rnn.nets.variants import variants
from tests.oracles.mended import proven
from tests.sampling import sampled
from tests.test_derive import MODELS


@functools.cache
def derivation(name):
    return ar.derive(MODELS[name]())


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_the_derived_equations_are_equal_as_one_system(name):
    assert check(derivation(name), derivation(name).text("ascii")).kind == "equal"


@pytest.mark.parametrize("name", sampled(MODELS, 3))
def test_the_derived_equations_are_equal_line_by_line(name):
    for line in derivation(name).text("ascii").splitlines():
        verdict = check(derivation(name), line)
        assert verdict.equal and verdict.exit_code == 0, (line, verdict)


DOCS = (Path(__file__).parent.parent / "docs" / "checking.md").read_text(encoding="utf-8")
NAMES = {"rnn": "rnn-tanh", "lstm": "lstm", "gru": "gru-before-new"}


@pytest.mark.parametrize("net, kind, text", re.findall(r"(?ms)^```check (\w+) ([\w -]+)$\n(.*?)^```$", DOCS))
def test_what_the_docs_show_is_read_so(net, kind, text):
    assert derivation(NAMES[net]).check(text).kind == kind


@pytest.mark.parametrize("reset, update", [("before", "new"), ("after", "keep")])
def test_what_is_right_in_another_convention_is_said_to_be(reset, update, random_seed):
    d, tried = ar.derive(ar.Model(ar.GRU(2, 3, reset, update), output_size=4)), 0
    for said, model in variants(d.model):
        twin = ar.derive(model)
        for equation in random.Random(f"{random_seed} {said}").sample(twin.equations, 8):
            line = show(equation._replace(where=""), "ascii")
            if (verdict := check(d, line)).kind == "not equal":
                tried += 1
                assert f"It is right of {said}" in str(verdict), verdict
                assert "It is right of" not in str(check(d, line.replace("= ", "= 3*", 1)))
    assert tried


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_a_derivative_that_is_said_by_names_of_ones_own_alone_defines_nothing(name, random_seed):
    """Of a quantity by what it is made of, along one name or two, in any order of the lines."""
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    pairs = [(q.left, s) for q in d.forward if q.left.time.base == "t" for s in e.symbols(q.right)]
    for of, by in rng.sample(pairs, 4):
        asked = f"partial({show(of, 'ascii')}, {show(by, 'ascii')})"
        names = [f"q{k}[t]" for k in range(rng.randrange(1, 3))]
        lines = [f"{a} = {b}" for a, b in itertools.pairwise([asked, *names, asked])]
        verdict = check(d, "\n".join(rng.sample(lines, len(lines))))
        assert not verdict.kind.startswith("equal"), (lines, verdict)
        assert verdict.kind != "not equal" or "defines nothing" in str(verdict), verdict


@pytest.mark.parametrize("name", sampled(["rnn-tanh", "lstm", "gru-before-new", "stacked", "jordan"], 2))
def test_a_derivative_by_a_name_of_ones_own_is_that_of_what_the_name_is(name, random_seed):
    """u for what goes into an activation and du for its adjoint, or u for something else: the line that needs du is right by itself."""
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    for q in rng.sample([q for q in d.equations if q.left.name.startswith("b") and q.left.name != "b_y"], 1):
        meant = next(s for s in e.symbols(q.right) if s.adjoint)
        made = show(next(other.right for other in d.equations if other.left == meant), "ascii")
        line = show(q, "ascii").replace(show(meant, "ascii"), "du[t]")
        others = [x.left for x in d.forward if x.left.name != meant.name and x.left.time == e.Time("t", 0)]
        right, wrong = (f"u[t] = {show(x, 'ascii')}\ndu[t] = {made}\n{line}" for x in (meant._replace(adjoint=False), rng.choice(others)))
        assert check(d, right).equal, check(d, right)
        assert not check(d, wrong).equal, wrong
        assert not check(d, wrong.replace("u[t] = ", "u[t] = 2 * ", 1)).equal, wrong


RIGHT = {
    "rnn-tanh": [
        "dW_hh = Sum(da[t] @ h[t-1].T, t)",
        "dW = Sum(da[t] @ h[t-1].T, t)\ndU = Sum(da[t] @ x[t].T, t)\ndV = Sum(ds[t] @ h[t].T, t)\ndb = Sum(da[t], t)\ndc = Sum(ds[t], t)",
        "dW_hh = Sum(outer(da[t+1], h[t]), t, 0, T-1)",
        "dW_hh = outer(da[1], h[0]) + Sum(outer(da[t], h[t-1]), t, 2, T)",
        "dW_hh = Sum(da[k] @ h[k-1].T, k)",
        "D_k = diag(1 - h_k^2)\ndW = Σ_{k=1}^T D_k (Σ_{t=k}^T (∂h_t/∂h_k)^T V^T ds_t) h_{k-1}^T",
        "ds_t = exp(s_t) / Σ_j exp(s_{t,j}) - onehot(y_t)",
        "dW_hh = Sum(h[t-1] @ da[t].T, t).T",
        "dW_hh = Sum((1 - h[t]**2) * dh[t] @ h[t-1].T, t)",
        "da[t] = dh[t] - h[t]**2 * dh[t]",
        "da[t] = (1 - h[t]) * (1 + h[t]) * dh[t]",
        "da[t] = diag(1 - h[t]**2) @ (V.T @ (p[t] - onehot(y[t])) + W.T @ da[t+1])",
        "da[t-1] = (1 - tanh(a[t-1])**2) * dh[t-1]",
        "da[T] = (1 - h[T]**2) * (W_hy.T @ ds[T])",
        "da[t] = dh[t] * (1 - h[t]**2) / 3 * 3",
        "da[t] = 0.1 * 10 * dh[t] * (1 - h[t]*h[t])",
        "delta[t] = (1 - h[t]**2) * (V.T @ ds[t] + W.T @ delta[t+1])  # mine\ndW_hh = Sum(delta[t] @ h[t-1].T, t)",
        "M[t] = diag(1 - h[t]**2) @ W_hh\ndh[t] = V.T @ ds[t] + M[t+1].T @ dh[t+1]",
        "dh[t] = (ds[t].T @ V + da[t+1].T @ W).T",
        "dh[t] = (\n    W_hy.T @ ds[t]   # from the scores\n    + W_hh.T @ da[t+1]\n)",
        "n[t] = x[t].T @ x[t]\nds[t] = p[t] - onehot(y[t]) + n[t] - sum(x[t]**2)",
        "h[0] = 0\na[t] = U @ x[t] + W @ h[t-1] + b\nh[t] = tanh(a[t])\nds[t] = softmax(s[t]) - onehot(y[t])",
        "da[t] = 2 * sigmoid(2*a[t]) * (2 - 2*sigmoid(2*a[t])) * dh[t]",
        "delta[t] = dh[t] * (1 - h[t]**2)",
    ],
    "rnn-relu": ["da[t] = (a[t] > 0) * dh[t]", "da[t] = positive(h[t]) * dh[t]"],
    "rnn-sigmoid-mean": ["ds[t] = (p[t] - onehot(y[t])) / T", "da[t] = dh[t] * (h[t] - h[t]**2)"],
    "rnn-many-to-one": ["dh[T] = W_hy.T @ ds[T]\ndh[t] = W_hh.T @ da[t+1]", "dh[t] = W_hh.T @ da[t+1]   (t < T)", "dW_hy = ds[T] @ h[T].T"],
    "rnn-one-to-many": ["dW_xh = da[1] @ x[1].T"],
    "encoder-decoder": ["dWdec_hh = Sum(dadec[t] @ hdec[t-1].T, t)"],
    "lstm": [
        "do[t] = dh[t] * tanh(c[t])\nda_o[t] = do[t] * o[t] * (1 - o[t])",
        "dc[t] = dh[t] * o[t] * (1 - tanh(c[t])**2) + f[t+1] * dc[t+1]",
        "u[t] = o[t] * (1 - tanh(c[t])**2)\nda_f[t] = (dc[t+1] * f[t+1] + dh[t] * u[t]) * c[t-1] * f[t] * (1 - f[t])",
    ],
    "gru-before-keep": [
        "dz[t] = dh[t] * (h[t-1] - n[t])\nda_z[t] = dz[t] * z[t] - dz[t] * z[t]**2",
        "dW_hn = Sum(da_n[t] @ (r[t] * h[t-1]).T, t)",
    ],
    "stacked-bidirectional": ["dW2_xh = Sum(outer(da2[t], [h1f[t], h1b[t]]), t)"],
}


@pytest.mark.parametrize("name, text", [(name, text) for name, texts in RIGHT.items() for text in texts])
def test_right_formulas_are_equal_however_they_are_written(name, text):
    verdict = check(derivation(name), text)
    assert verdict.equal, verdict


WRONG = [
    ("rnn-tanh", "dh[t] = W_hy.T @ ds[t]", "immediate derivative, not the total"),
    ("rnn-tanh", "dh[t] = W_hy.T @ ds[t] + W_hh @ da[t+1]", "`W_hh` must be transposed: `W_hh.T`"),
    ("rnn-tanh", "dh[t] = V.T @ ds[t] + W.T @ dh[t+1]", "`dh[t+1]` stands where `da[t+1]` belongs: the derivative of the activation is"),
    ("rnn-tanh", "da[t] = (1 - h[t]) * dh[t]", "the square is missing"),
    ("rnn-tanh", "da[t] = h[t] * (1 - h[t]) * dh[t]", "is that of the sigmoid"),
    ("rnn-tanh", "da[t] = (1 - tanh(h[t])**2) * dh[t]", "`h[t]` is activated already"),
    ("rnn-tanh", "da[t] = dh[t] * 1 - h[t]**2", "the parentheses around `1 - h[t]**2` are lost"),
    ("rnn-tanh", "da[t] = dh[t]", "the derivative of the activation, `1 - h[t]**2`, is missing"),
    ("rnn-tanh", "da[t] = -(1 - h[t]**2) * dh[t]", "the sign of the whole right side"),
    ("rnn-tanh", "dW_hh = Sum(da[t] @ h[t].T, t)", "`h[t]` stands where `h[t-1]` belongs"),
    ("rnn-tanh", "dW_hh = da[T] @ h[T-1].T", "must collect from every step, not only the last"),
    ("rnn-tanh", "dW_hh = da[t] @ h[t-1].T", "the `Sum(..., t)` is missing"),
    ("rnn-tanh", "dW_hh = Sum(h[t-1] @ da[t].T, t)", "the outer product is transposed"),
    ("rnn-tanh", "dW_hh = Sum(da[t] @ h[t-1].T, t) / T", "factor 1/T too much: that is the gradient of the mean"),
    ("rnn-tanh", "dW_hh = Sum(da[t] @ h[t-1].T, t, 2, T)", "the sum runs from t = 1 to T"),
    ("rnn-tanh", "ds[t] = onehot(y[t]) - p[t]", "probability and target are swapped"),
    ("rnn-tanh", "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1] + W_hh.T @ da[t]", "the term `W_hh.T @ da[t]` is too much"),
    ("rnn-tanh", "e[t] = (1 - h[t]) * (V.T @ ds[t] + W.T @ e[t+1])\ndW_hh = Sum(e[t] @ h[t-1].T, t)", "the square is missing"),
    ("rnn-tanh", "da[t] = (1 - h[t]**2) * (V.T @ ds[t] + W @ da[t+1])", "`W_hh` must be transposed"),
    ("rnn-tanh", "dW_hh = Sum(da[t] @ h[t-1].T, t, 1, 4)", "the sum runs from t = 1 to T, not from 1 to 4"),
    ("rnn-tanh", "dh[t] = dh[t]", "stands on both sides"),
    ("rnn-sigmoid-mean", "ds[t] = p[t] - onehot(y[t])", "that is the gradient of the sum over the steps, this model's loss is the mean"),
    ("rnn-relu", "da[t] = h[t] * dh[t]", "not relu itself"),
    ("lstm", "dc[t] = dh[t] * o[t] * (1 - c[t]**2) + dc[t+1] * f[t+1]", "the tanh is missing"),
    ("lstm", "dc[t] = dh[t] * o[t] * (1 - tanh(c[t])**2) + dc[t+1] * f[t]", "`f[t]` stands where `f[t+1]` belongs"),
    ("lstm", "da_i[t] = dc[t] * g[t] * f[t] * (1 - f[t])", "`f[t]` stands where `i[t]` belongs"),
    ("lstm", "da_f[t] = dc[t] * c[t-1]", "the derivative of the activation, `f[t] * (1 - f[t])`, is missing"),
    ("gru-before-keep", "dh[t] = V.T @ ds[t]", "immediate derivative"),
    ("gru-before-keep", "da_n[t] = dh[t] * z[t] * (1 - n[t]**2)", "`z[t]` stands where `1 - z[t]` belongs"),
]


@pytest.mark.parametrize("name, text, words", WRONG)
def test_the_first_sentence_names_the_mistake(name, text, words):
    if name.startswith("gru"):
        text = text.replace("V.T", "W_hy.T")
    verdict = check(derivation(name), text)
    assert verdict.kind == "not equal" and verdict.exit_code == 1 and words in verdict.sentences[0], verdict


ERRATA = [
    # Pascanu, Mikolov, Bengio 2013, eq. (5): the Jacobian of x_t = W s(x_{t-1}) + ... with W transposed
    ("rnn-tanh", "M[t] = W_hh.T @ diag(1 - h[t]**2)\ndh[t] = W_hy.T @ ds[t] + M[t+1].T @ dh[t+1]", "the Jacobian is transposed"),
    # a course notebook's LSTM step: d_h_{t+1} and d_c_{t+1} dropped
    ("lstm", "dh[t] = W_hy.T @ ds[t]\ndc[t] = dh[t] * o[t] * (1 - tanh(c[t])**2)", "what flows back through time is missing"),
    # and its gates without parentheses: d_c*u + r*u*s' for (d_c + r)*u*s'
    (
        "lstm",
        "r[t] = dh[t] * o[t] * (1 - tanh(c[t])**2)\nda_i[t] = dc[t+1] * f[t+1] * g[t] + r[t] * g[t] * i[t] * (1 - i[t])",
        "parentheses",
    ),
    # 1 - tanh²(g), of what is activated already
    ("lstm", "da_g[t] = dc[t] * i[t] * (1 - tanh(g[t])**2)", "`g[t]` is activated already"),
    # 1 - tanh²(h)
    ("lstm", "dc[t] = dh[t] * o[t] * (1 - tanh(h[t])**2) + dc[t+1] * f[t+1]", "with `tanh(c[t])`, not `tanh(h[t])`"),
]


@pytest.mark.parametrize("name, text, words", ERRATA)
def test_published_errors_are_rejected_with_their_reason(name, text, words):
    verdict = check(derivation(name), text)
    assert verdict.kind == "not equal" and any(words in sentence for sentence in verdict.sentences[:2]), verdict


def sample(two, count, seed):
    """Random mutations, or pairs, of random equations of every net, as a person would write them: (derivation, text)."""
    rng = random.Random(seed)
    for name in MODELS:
        d, made = derivation(name), 0
        rewriter = Rewriter(d)
        while made < count:
            equation = rng.choice(d.equations)
            right = rng.choice(list(rewriter.all(equation))).right
            pool = list(rewriter.all(equation._replace(right=right))) if two else []
            right = rng.choice(pool).right if pool else right
            text = show(e.Equation(equation.left, right, equation.where), "ascii")
            verdict = check(d, text)
            if verdict.kind == "not equal":
                made += 1
                yield d, text, verdict


@pytest.mark.sweep
def test_single_mistakes_are_named_first():
    made = list(sample(two=False, count=6, seed=5))
    missed = [(text, v) for d, text, v in made if not proven(d, parse(text, d)[0], v.sentences[0])]
    assert len(made) == 6 * len(MODELS) and len(missed) <= 0.05 * len(made), missed


@pytest.mark.sweep
def test_two_mistakes_are_named_among_the_first_three():
    made = list(sample(two=True, count=2, seed=6))
    missed = [(text, v) for d, text, v in made if not any(proven(d, parse(text, d)[0], s) for s in v.sentences[:3])]
    assert len(missed) <= 0.2 * len(made), missed


COURSES = {  # what students get wrong in assignments
    "rnn-tanh": [
        "dh_t = W_hy^T ds_t",
        "dh_t = W_hy^T ds_t + W_hh da_{t+1}",
        "dh_t = W_hy^T ds_t + W_hh^T dh_{t+1}",
        "dh_t = W_hy^T ds_t - W_hh^T da_{t+1}",
        "dh_0 = 0",
        "dh_0 = dh_1",
        "dh_0 = W_hy^T ds_1",
        "da_t = dh_t",
        "da_t = (1 - tanh(h_t)^2) dh_t",
        "da_t = (1 - h_t) dh_t",
        "da_t = h_t (1 - h_t) dh_t",
        "da_t = (1 - h_{t-1}^2) dh_t",
        "dW_hh = sum_t da_t h_t^T",
        "dW_hh = sum_t h_{t-1} da_t^T",
        "dW_hh = sum_t dh_t h_{t-1}^T",
        "dW_hh = da_T h_{T-1}^T",
        "db_h = da_T",
        "db_h = da_1",
        "db_h = 1/T sum_t da_t",
        "dW_hh = -sum_t da_t h_{t-1}^T",
        "dW_hh = 2 sum_t da_t h_{t-1}^T",
        "dh_t = W_hy^T ds_T + W_hh^T da_{t+1}",
        "dx_t = W_xh da_t",
        "dW_xh = sum_t da_t x_{t-1}^T",
        "ds_t = onehot(y_t) - p_t",
        "ds_t = p_t",
    ],
    "lstm": [
        "dh_t = W_hy^T ds_t",
        "dc_t = dh_t o_t (1 - tanh(c_t)^2)",
        "dc_t = dc_{t+1} f_{t+1}",
        "dc_t = dh_t o_t (1 - c_t^2) + dc_{t+1} f_{t+1}",
        "dc_t = dh_t o_t (1 - tanh(c_t))^2 + dc_{t+1} f_{t+1}",
        "dc_t = dh_t o_t + dc_{t+1} f_{t+1}",
        "dc_t = dh_t o_t (1 - h_t^2) + dc_{t+1} f_{t+1}",
        "dc_t = dh_t (1 - tanh(c_t)^2) + dc_{t+1} f_{t+1}",
        "do_t = W_hy^T ds_t tanh(c_t)",
        "da_o,t = dh_t tanh(c_t)",
        "da_f,t = dc_t c_t f_t (1 - f_t)",
        "da_i,t = dc_t i_t i_t (1 - i_t)",
        "da_i,t = dc_t g_t",
        "da_i,t = dc_t g_t σ(i_t) (1 - σ(i_t))",
        "da_g,t = dc_t i_t g_t (1 - g_t)",
        "da_g,t = dc_t i_t (1 - tanh(g_t)^2)",
        "dW_hf = sum_t da_f,t h_t^T",
        "dc_t = dh_t o_t (1 - tanh(c_t)^2) + dc_{t+1} f_t",
        "dc_t = dh_t o_t (1 - tanh(c_t)^2) + dc_{t+1}",
        "dc_0 = dc_1",
        "da_f,t = dc_t c_{t-1} i_t (1 - i_t)",
        "dW_hi = sum_t da_f,t h_{t-1}^T",
    ],
    "gru-before-new": [
        "dh_t = W_hy^T ds_t",
        "dz_t = dh_t (h_{t-1} - n_t)",
        "da_n,t = dh_t z_t",
        "da_n,t = dh_t (1 - z_t) (1 - n_t^2)",
        "da_z,t = dz_t",
        "da_r,t = dr_t",
        "dr_t = dm_t n_t",
        "dm_t = W_hn^T da_n,t r_t",
        "dW_hn = sum_t da_n,t h_{t-1}^T",
        "dr_t = dm_t h_t",
    ],
}


@pytest.mark.parametrize("name, text", [(name, text) for name, texts in COURSES.items() for text in texts])
def test_the_mistakes_of_courses_have_their_sentence(name, text):
    verdict = derivation(name).check(text)
    assert verdict.kind in ("not equal", "ill-typed") and not verdict.sentences[0].startswith("the derived equation"), verdict
    assert verdict.kind == "not equal" or "would fit" in verdict.sentences[0], verdict


GATED = {"lstm": "T", "lstm-peephole": "T", "gru-before-keep": "T", "gru-after-new": "T", "encoder-decoder-lstm-mean": "S"}


@pytest.mark.parametrize("name", sampled(GATED, 5))
def test_one_mistake_that_is_made_in_every_gate_is_told_as_one(name, random_seed):
    """A step too late or too early, without the transpose, or the gate's adjoint for its argument's, wherever it stands in a sum."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    sums = [q for q in d.equations if isinstance(q.right, e.Add) and sum(isinstance(x, e.Transpose) for x in e.nodes(q.right)) > 2]
    shift = rng.choice([-1, 1])
    for q in (q for q in sums if q.left.time and q.left.time.base == "t"):
        used = [s for s in dict.fromkeys(e.symbols(q.right)) if s.adjoint and s.time and s.name != "s"]
        moved = {s: s._replace(time=s.time._replace(offset=s.time.offset + shift)) for s in used}
        inner = {s: s._replace(name=s.name.replace("a_", "")) for s in used if s.name.startswith("a_") and s.name[2:] in d.letters}
        made = {
            "the time of": (e.mapped(q.right, lambda s: moved.get(s, s)), moved),
            "stand where": (e.mapped(q.right, lambda s: inner.get(s, s)), inner),
            "must be transposed": (e.transformed(q.right, lambda x: x.of if isinstance(x, e.Transpose) else x), ()),
        }
        for words, (right, changed) in made.items():
            terms = list(right.terms)
            rng.shuffle(terms)
            line = show(e.Equation(q.left, right._replace(terms=tuple(terms))), rng.choice(["ascii", "text", "latex"]))
            verdict = d.check(line)
            if verdict.kind == "not equal" and (len(changed) > 2 or words == "must be transposed"):
                assert words in verdict.sentences[0] and "stands where" not in verdict.sentences[0], (line, verdict)


SLOPES = [
    ("rnn-tanh", "da_t = σ'(a_t) ⊙ dh_t", "`sigmoid(a_t) ⊙ (1 - sigmoid(a_t))` is that of the sigmoid"),
    ("lstm", "da_f[t] = dc[t]*c[t-1]*(1 - tanh(a_f[t])**2)", "the derivative of the sigmoid is `f[t] * (1 - f[t])`"),
    ("lstm", "da_f[t] = dc[t]*c[t-1]*f[t]*(1 - sigmoid(f[t]))", "`f[t]` is activated already"),
    ("lstm", "da_f[t] = dc[t]*c[t-1]*sigmoid(f[t])*(1 - f[t])", "`f[t]` is activated already"),
    ("rnn-tanh", "h_t = tanh(W_xh x_t + W_hh h_t + b_h)", "the time of `h_{t-1}` is wrong"),
    ("rnn-tanh", "h_t = tanh(W_xh x_t + W_hh h_{t-1})", "the term `b_h` is missing"),
    ("rnn-tanh", "p_t = softmax(W_hy h_{t-1} + b_y)", "the time of `h_t` is wrong"),
    ("gru-before-keep", "dW_hn = Σ_t da_n,t (r_t * h_t)^T", "the time of `h_{t-1}` is wrong"),
    ("rnn-relu", "da[t] = positive(a[T]) * dh[t]", "`a[T]` stands where `a[t]` belongs"),
    ("rnn-relu", "da[t] = dh[t] * (a[t] < 0)", "the comparison stands the wrong way round"),
    ("rnn-tanh", "dh[t] = W_hy.T @ ds[t] + W_hh.T @ (1-h[t+1]**2) * dh[t+1]", "stands in front of the whole product"),
    (
        "rnn-sigmoid-mean",
        "ds[t] = p[t] - onehot(y[t])",
        "the factor `1/T` is missing: that is the gradient of the sum over the steps, this model's loss is the mean",
    ),
]


@pytest.mark.parametrize("name, text, said", SLOPES)
def test_the_first_sentence_says_what_people_would_call_it(name, text, said):
    assert said in derivation(name).check(text).sentences[0]


@pytest.mark.parametrize("name, turned", sampled(itertools.product([*list(GATED)[:4], "rnn-tanh", "stacked"], [False, True]), 5))
def test_one_who_writes_rows_is_answered_in_rows(name, turned, random_seed):
    """With the model's weights, ``da @ W``, or those of h = x W, ``da @ W.T``: what is said stands in front of the matrices too, and the
    derived equation that is shown is read back as that of a person who writes so."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)

    def rows(x):
        matrix = isinstance(x, e.MatMul) and isinstance(x.matrix, e.Transpose)
        return e.MatMul(x.vector, x.matrix if turned else x.matrix.of) if matrix else x

    lines = [
        q for q in d.equations if isinstance(q.right, e.Add) and q.left.time == e.Time("t", 0) and e.transformed(q.right, rows) != q.right
    ]
    for q in rng.sample(lines, min(2, len(lines))):
        line = show(e.Equation(q.left, e.transformed(q.right, rows)), "ascii")
        assert d.check(line).equal, line
        moved = rng.choice([s for s in e.symbols(q.right) if s.adjoint and s.time])
        later = moved._replace(time=moved.time._replace(offset=moved.time.offset - 1))
        end = re.escape(show(moved, "ascii"))
        slips = [
            re.sub(end, show(later, "ascii"), line),
            re.sub(r"(@ W\w*)(\.T)?$", lambda found: found[1] + ".T" * (not turned), line),  # a square one, which tells no layout
            re.sub(r" @ W\w*(\.T)?$", "", line),
        ]
        for slip in slips:
            verdict = d.check(slip)
            if verdict.kind == "not equal":
                shown = next(said for said in verdict.sentences if said.startswith("the derived equation")).split("`")[1]
                assert shown.count("@") == line.count("@") and d.check(shown).equal, (slip, verdict)
                assert not re.search(r"`W\w*(\.T)? @|in front of", " ".join(verdict.sentences[:1])), (slip, verdict)
                assert turned or "must be transposed:" not in verdict.sentences[0], (slip, verdict)


@pytest.mark.parametrize("name", ["rnn-many-to-one", "bidirectional-many-to-one"])
def test_what_has_an_equation_at_one_step_alone_is_told_so(name):
    said = derivation(name).check("ds[t] = p[t] - onehot(y[t])").sentences[0]
    assert said == "there is an equation at one step alone, `ds[T] = p[T] - onehot(y[T])`: at any other `ds[t]` is 0"


@pytest.mark.parametrize("name", sampled(["gru-before-keep", "lstm", "lstm-peephole", "stacked"], 2))
def test_the_derived_equation_is_shown_as_the_person_has_it_too(name, random_seed):
    """A mistake that is found in a derived equation with what it is made of written out is found in what the verdict shows."""
    rng, d, asked = random.Random(f"{random_seed} {name}"), derivation(name), 0
    for q in rng.sample(d.equations, len(d.equations)):
        search = Search(d, q._replace(right=e.ZERO))
        whole = next((right for right in search.rights[1:] if len(show(right, "ascii")) < 200), None)
        if q.left.time is None or q.left.time.base != "t" or whole is None:
            continue
        known = {s.name for s in e.symbols(q.right)}
        mine = [m for m in search.rewriter.within(whole) if m.right != e.ZERO and {s.name for s in e.symbols(m.right)} - known]
        verdict = d.check(show(q._replace(right=rng.choice(mine).right), "ascii"))
        shown = [said for said in verdict.sentences if said.startswith("the derived equation")]
        asked += verdict.kind == "not equal" and any(", that is `" in said for said in shown)
    assert asked or name == "stacked"


def test_what_is_left_out_is_not_called_a_step_that_there_is_not():
    verdict = derivation("encoder-decoder").check("dWdec_hh = Sum(dadec[t] @ hdec[t-1].T, t, 2, S)")
    assert verdict.sentences[0] == "the term `outer(dadec[1], henc[T])` is missing" and "dadec[0]" not in str(verdict)


def test_a_right_equation_has_no_mistakes():
    d = derivation("lstm")
    assert not any(Search(d, equation).explain(1, 2) for equation in d.equations)


@pytest.mark.parametrize("name", sampled(["encoder-decoder-lstm-mean", "lstm", "gru-after-new", "stacked"], 2))
def test_what_is_wrong_in_a_sum_is_looked_for_at_one_of_its_steps(name, random_seed, monkeypatch):
    """Sums that are nothing like the derived ones, over other steps too: a count of what is evaluated, not a clock, bounds the search."""
    rng, d, counted, node = random.Random(f"{random_seed} {name}"), derivation(name), [0], Point.node
    sums = [q for q in d.equations if isinstance(q.right, e.Sum)]

    def counting(*args):
        counted[0] += 1
        return node(*args)

    monkeypatch.setattr(Point, "node", counting)
    for _ in range(2):
        left, right = rng.choice(sums), rng.choice(sums).right
        swapped = e.mapped(right, lambda s: s._replace(adjoint=not s.adjoint and rng.random() < 0.3, time=s.time))
        for question in (right, swapped):
            line = f"{show(left.left, 'ascii')} = {show(question, 'ascii')}"
            d.check(line)  # what is found once for a model
            counted[0] = 0
            assert not d.check(line).equal or question == left.right, line
            assert counted[0] < 20_000, (counted, line)


def test_a_sum_over_other_steps_is_told_with_what_is_wrong_in_it():
    said = derivation("rnn-tanh").check("dW_hh = Sum(outer(da[t], h[t]), t, 2, T)").sentences[0]
    assert "the sum runs from t = 1 to T, not from 2 to T, and the time of `h[t-1]` is wrong" in said
    said = derivation("rnn-tanh").check("dW_hh = Sum(outer(da[t+1], h[t+1]), t, 0, T-1)").sentences[0]
    assert said.startswith("the time of `h[t-1]` is wrong: `h[t]` stands")


@pytest.mark.parametrize("name", sampled(["rnn-tanh", "gru-before-keep", "stacked", "encoder-decoder-lstm-mean"], 2))
def test_any_bounds_of_a_sum_are_told_with_what_is_wrong_in_it(name, random_seed):
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    sums = [q for q in d.equations if isinstance(q.right, e.Sum)]
    for q in rng.choices(sums, k=4):
        first, last = rng.choice([(k, j) for k in (1, 2, 3) for j in (-2, -1, 0) if (k, j) != (1, 0)])
        bounds = q.right.first._replace(offset=first), q.right.last._replace(offset=last)
        shifted = [s._replace(time=s.time._replace(offset=s.time.offset + 1)) for s in e.symbols(q.right.of) if not s.adjoint and s.time]
        inner = e.mapped(q.right.of, lambda s: next((x for x in shifted if x.name == s.name), s)) if rng.random() < 0.5 else q.right.of
        equation = e.Equation(q.left, e.Sum(inner, *bounds))
        verdict = d.check(show(equation, "ascii"))
        if verdict.kind == "not equal":
            said = f"the sum runs from t = {q.right.first} to {q.right.last}, not from {bounds[0]} to {bounds[1]}"
            assert said in verdict.sentences[0] and proven(d, equation, verdict.sentences[0]), (equation, verdict)


def test_every_sentence_of_a_mutation_is_one_sentence():
    for name in MODELS:
        d = derivation(name)
        for equation in d.equations[:6]:
            for mutation in Rewriter(d).all(equation):
                assert mutation.sentence and "\n" not in mutation.sentence and mutation.right != equation.right


BAD = [
    ("dh[t] = W_hj @ h[t]", Unreadable, "`W_hj` is not in this model: did you mean `W_hh`?\n    dh[t] = W_hj @ h[t]\n            ^"),
    ("dh[t] = W_hh @ x[t]", IllTyped, "`W_hh @ x[t]`: (H,H) @ (D,)"),
    ("dh_t = W_hy^T ds_t + da_{t+1} W_hh", IllTyped, "that is the row layout, in columns it is `W_hh.T @ da[t+1]`"),
    ("dh[t] = W_hh * h[t]", IllTyped, "a matrix is applied with `@`"),
    ("da[t] = dh[t] * W_hh @ h[t]", IllTyped, "stands in brackets, as `u * (W @ v)`"),
    ("∂L_t/∂h_t = ∂L_t/∂y_t ∂a_t/∂h_t", Unreadable, "is `s` in front of the softmax, `p` behind it"),
    ("dW_xh = Sum(x[t] @ da[t].T, t)", IllTyped, "the gradient is transposed"),
    ("dW_hh = Sum(da[t].T @ h[t-1], t)", IllTyped, "in columns the outer product is `u @ v.T`"),
    ("ds[t] = p[t] - onehot(h[t])", IllTyped, "`onehot` takes a class number"),
    ("da[t] = q[1]", Unreadable, "`q` is not in this model"),
    ("da[t] = W_hh[t] @ h[t]", Unreadable, "`W_hh` is the same at every step"),
    ("da[t] = h[t", Unreadable, "`[` is never closed\n    da[t] = h[t\n             ^"),
    ("da[t] = h[t])", Unreadable, "`)` closes nothing that is open"),
    ("da[t] = h[t]^h[t]", Unreadable, "powers are whole numbers from 1 to 20"),
    ("da[t]", Unreadable, "there is no left side"),
    ("", Unreadable, "there is no formula in the text"),
    ("da[t] = h[t] / 0", Unreadable, "only a number or T can stand below"),
    ("do[t] = h[t]\nda[t] = dq[t]", Unreadable, "`dq` is not in this model"),
    ("q[t] = q[t-1]\nda[t] = q[t]", IllTyped, "the shape of `q` does not follow"),
    ("q[t] = h[t] + q[t]\nda[t] = q[t]", Unreadable, "`q[t]` is defined by itself"),
    ("dW_hhh = Sum(da[t] @ h[t].T, t)", None, "`dW_hhh` is not in this model: did you mean `dW_hh`?"),
    ("t = 3", Unreadable, "`t` means something already"),
    ("dh[T] = W_hy.T @ ds[t]", Unreadable, "has a t and the left side has none"),
]


@pytest.mark.parametrize("text, error, words", BAD)
def test_bad_input_is_one_sentence(text, error, words):
    verdict = check(derivation("rnn-tanh"), text)
    assert verdict.exit_code == 2 and words in verdict.sentences[-1], verdict
    assert verdict.kind == ("ill-typed" if error is IllTyped else "unreadable")
    if error and "itself" not in words:
        with pytest.raises(error):
            parse(text, derivation("rnn-tanh"))


def test_the_transpose_of_the_right_gradient_is_named_as_such():
    verdict = check(derivation("rnn-tanh"), "dW_xh = Sum(x[t] @ da[t].T, t)")
    assert verdict.sentences[0].startswith("this is the transpose of the right gradient, as in the row layout")
    assert len(check(derivation("rnn-tanh"), "dW_xh = Sum(x[t] @ dh[t].T, t)").sentences) == 1


HOSTILE = [
    "_" * 98_000,
    "da[t] = " + "_" * 98_000,
    "/* x */" * 14_000,
    "da[t] = " + "\u0303" * 3_900,
    "da[t] = " + "h[t] + " * 150_000,
    "(" * 10_000,
    "(" * 10_000 + "1" + ")" * 10_000,
    "da[t] = " + "(" * 39 + "h[t]" + ")**4" * 39,
    "da[t] = " + "(" * 30 + "h[t]" + "**4 + 1)" * 30,
    "da[t] = 9**9**9",
    "da[t] = h.__class__",
    "da[t] = __import__(os)",
    "import os",
    "da[t] = lambda: 1",
    "da[t] = (x := 3)",
    "da[t] = f'{h}'",
    "d\u0430[t] = 1",
    "da[t] = " + "-" * 3900 + "h[t]",
    "da[t] = " + "@".join(["W"] * 1500) + "@h[t]",
    "da[t] = " + "not " * 900 + "1",
    "da[t] = h[t]" + ".T" * 1900,
    "da[t] = h[t] if 1 else 2",
    "da[t] = [h for h in x]",
    "da[t] = 1e999 * h[t]",
    "da[t] = " + "9" * 3900,
    "da[t] = h[10**9]",
    "da[t] = h[999999]",
    "\x00da",
    "da[t] = True * h[t]",
    "da[t] = 1j * h[t]",
    "da[t] = h[t:]",
    "da[t] = h[t] @ ...",
    "x" * 19_999,
    "\n".join(f"q{k}[t] = q{k + 1}[t]" for k in range(199)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20].encode("ascii", "replace").decode().replace("\x00", "?"))
def test_hostile_text_is_refused_at_once(text):
    start = time.process_time()
    verdict = check(derivation("rnn-tanh"), text)
    assert time.process_time() - start < 5 and verdict.kind == "unreadable" and len(verdict.sentences) == 1, verdict
    assert len(str(verdict)) < 500


def test_shapes_keep_their_letters_where_the_numbers_agree():
    square = shapes(ar.derive(ar.Model(ar.RNN(3, 3), output_size=3))).names
    assert (square["W_xh"], square["W_hh"], square["W_hy"]) == (("H", "D"), ("H", "H"), ("K", "H"))
    assert check(ar.derive(ar.Model(ar.RNN(1, 1), output_size=2)), "dh[t] = W_hy.T @ ds[t] + W_hh @ da[t+1]").kind == "not equal"
    assert shapes(derivation("stacked")).names["W2_xh"] == ("H2", "H1")
    assert shapes(derivation("stacked-bidirectional")).names["W2_xh"] == ("H2", "H1f+H1b")


def test_a_system_names_its_first_wrong_line():
    text = "ds[t] = p[t] - onehot(y[t])\nda[t] = (1 - h[t]) * dh[t]\n\ndW_hh = Sum(da[t] @ h[t].T, t)"
    verdict = check(derivation("rnn-tanh"), text)
    assert verdict.line == 2 and not verdict and "line 4 is wrong too" in str(verdict).lower()
    assert str(verdict).splitlines()[0] == "not equal" and verdict.values is not None


def test_a_verdict_depends_on_no_text_that_was_read_before(random_seed):
    """The points are kept for the next text; what a text says is not."""
    d, rng = derivation("rnn-tanh"), random.Random(random_seed)
    right = [f"{line}\nq[t] = {rng.randrange(9)}*h[t]" for line in rng.sample(d.text("ascii").splitlines()[:-1], 3)]
    own = [f"q[t] = {k}*dh[t]\ndh[t] = q[t] + {1 - k}*dh[t] + {j}*q[t]" for k, j in ((1, 0), (2, 0), (2, 1))]
    assumed = ["W_hh = 0\ndh[t] = W_hy.T @ ds[t]", "dh[t] = W_hy.T @ ds[t]", "h[0] = 0\ndW_hh = Sum(da[t] @ h[t-1].T, t, 2, T)"]
    alone = {}
    for text in [*right, *own, *assumed]:
        settled.cache_clear()
        alone[text] = str(check(d, text))
    assert {verdict.splitlines()[0] for verdict in alone.values()} == {"equal", "equal if", "not equal"}
    asked = rng.sample([*alone] * 2, 2 * len(alone))
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(lambda text: str(check(d, text)), asked)) == [alone[text] for text in asked]


def test_a_large_model_is_checked_as_fast_as_a_small_one():
    d = ar.derive(ar.Model(ar.LSTM(100, 200), output_size=50))
    start = time.process_time()
    assert check(d, "dW_hi = Sum(da_i[t] @ h[t-1].T, t)").equal
    assert time.process_time() - start < 5


def test_the_input_gate_of_a_forward_chain_is_a_name():
    """It is called ``if``, which Python takes for a keyword."""
    d = ar.derive(ar.Model(ar.Bidirectional(ar.LSTM(2, 3), ar.LSTM(2, 3, seed=1)), 4))
    assert d.check("daf_g[t] = dcf[t] * if[t] * (1 - gf[t]**2)").equal
    wrong = d.check("daf_g[t] = dcf[t] * if[t] * (1 - gf[t])")
    assert wrong.kind == "not equal" and "if[t]" in str(wrong)
    assert d.check("daf_g[t] = dcf[t] if t else 0").kind == "unreadable"
    assert d.check(d.recursion().text("ascii")).equal  # as printed, long ones on several lines


class Arranging(ar.Cell):
    """Takes its activations from elsewhere: ``f`` says whence."""

    f = staticmethod(lambda a, h: ar.concatenate([a[:1], h[1:]]))

    def shapes(self):
        return {"W": (3, 2), "U": (3, 3)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(self.f(a, h)))


class Cumulated(Arranging):
    f = staticmethod(lambda a, h: ar.cumsum(a))


@pytest.mark.parametrize(
    "cell, line",
    [(Arranging, "dW = Sum(outer(da[t], x[t]), t)"), (Cumulated, "da[t] = flip(cumsum(flip(dh[t] * (1 - h[t]**2))))")],
)
def test_what_takes_a_few_rows_or_accumulates_is_checked(cell, line):
    assert ar.derive(ar.Model(cell(2, 3), 2)).check(line).equal


@pytest.mark.parametrize("stands", ["T", "1/T", "2", "1/2"])
def test_what_stands_in_place_of_a_number_inside_is_no_factor_of_the_whole(stands, random_seed):
    name, line = random.Random(random_seed).choice(
        [("rnn-tanh", "da[t] = dh[t]*({} - h[t]**2)"), ("lstm", "da_i[t] = dc[t]*g[t]*i[t]*({} - i[t])")]
    )
    assert f"`{stands}` stands where `1` belongs" in str(check(derivation(name), line.format(stands)))


def test_one_value_is_not_said_of_several_names_at_once(random_seed):
    """`x2, db = ...` is no name of one's own, but what is done to the gradient; nothing may be said of all."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    equations = {"da[t]": "dh[t]*(1 - h[t]**2)", "db_h": "Sum(da[t], t)", "dW_hh": "Sum(outer(da[t], h[t-1]), t)"}
    for left, right in equations.items():
        name = rng.choice(["x2", "h2", "u3", "twofold"]) + "[t]" * ("[" in left)
        assert not d.check(f"{name}, {left} = {right}") and not d.check(f"{left}, {name} = {right}") and d.check(f"{left} = {right}")
    assert d.check("da[T+1], dh[T+1] = 0\nda[t] = dh[t]*(1 - h[t]**2)")


STARTS = [
    ("rnn-tanh", "dW_hh = Σ_{t=2}^T da_t h_{t-1}^T", "h_0 = 0"),
    ("lstm", "c_t = Σ_{k=1}^t (Π_{j=k+1}^t f_j) ⊙ i_k ⊙ g_k", "c_0 = 0"),
    ("stacked", "dW2_hh = Σ_{t=2}^T da2_t h2_{t-1}^T", "h2_0 = 0"),
    ("encoder-decoder", "dWenc_hh = Σ_{t=2}^T daenc_t henc_{t-1}^T", "henc_0 = 0"),
]


@pytest.mark.parametrize("name, line, start", STARTS)
def test_what_is_right_if_the_first_state_is_zero_is_told_so(name, line, start):
    found = derivation(name).check(line)
    assert found.kind == "not equal" and f"with `{start}` it is right" in str(found).lower()
    assert derivation(name).check(f"{line}, {start}").equal
    for wrong in (line.replace("_{t-1}^T", "_t^T").replace("i_k", "o_k"), line.replace("=2", "=3").replace("k=1", "k=2")):
        assert "it is right" not in str(derivation(name).check(wrong)), wrong
