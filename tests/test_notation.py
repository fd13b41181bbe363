"""One reader for all: what the program prints is read back in every style, and so is what people write, in any mixture of notations."""

import functools
import random
import re
import time

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import noted
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.voice import style_of
from autograd_rnn.formulas.mistakes.mutations import Rewriter
from autograd_rnn.formulas.reading.parse import parse
from tests.sampling import sampled
from tests.test_derive import MODELS


@functools.cache
def derivation(name):
    return ar.derive(MODELS[name]())


@pytest.mark.parametrize("style", ["text", "ascii", "latex"])
@pytest.mark.parametrize("name", sampled(MODELS, 14))
def test_every_printed_equation_is_read_back(name, style):
    d = derivation(name)
    for q in (*d.forward, *d.equations):
        typed = parse(show(q._replace(where=""), "ascii"), d)
        assert parse(show(q._replace(where=""), style), d) == typed, show(q, style)


@pytest.mark.parametrize("name", sampled(MODELS, 13))
def test_a_whole_print_is_read_back(name):
    d = derivation(name)
    texts = [str(d), d.latex(), d.recursion().text(), d.recursion().latex(), d.text(notation="letters"), d.latex("letters")]
    for text in texts if len(d.equations) < 30 else texts[:2]:
        verdict = d.check(text)
        assert verdict.equal, f"{text}\n{verdict}"


# Right lines of four nets, in the language of the keyboard: what a generator writes otherwise. Then wrong ones.
LINES = {
    "rnn-tanh": [
        "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]",
        "da[t] = dh[t] * (1 - h[t]**2)",
        "da[t] = (1 - tanh(a[t])**2) * dh[t]",
        "da[t] = diag(1 - h[t]**2) @ dh[t]",
        "dh[t] = W_hy.T @ (p[t] - onehot(y[t])) + W_hh.T @ ((1 - h[t+1]**2) * dh[t+1])",
        "dW_hh = Sum(da[t] @ h[t-1].T, t)",
        "db_h = Sum((1 - h[t]**2) * dh[t], t)",
        "ds[t] = p[t] - onehot(y[t])",
        "dh[T] = W_hy.T @ ds[T]",
    ],
    "lstm": [
        "do[t] = dh[t] * tanh(c[t])",
        "dc[t] = dh[t] * o[t] * (1 - tanh(c[t])**2) + dc[t+1] * f[t+1]",
        "da_f[t] = dc[t] * c[t-1] * f[t] * (1 - f[t])",
        "da_i[t] = di[t] * i[t] * (1 - i[t])",
        "dW_hf = Sum(da_f[t] @ h[t-1].T, t)",
        "dg[t] = i[t] * dc[t]",
    ],
    "gru-before-new": [
        "dz[t] = dh[t] * (n[t] - h[t-1])",
        "dm[t] = W_hn.T @ da_n[t]",
        "da_r[t] = dr[t] * r[t] * (1 - r[t])",
        "dW_hn = Sum(da_n[t] @ (r[t] * h[t-1]).T, t)",
    ],
    "stacked": ["da2[t] = dh2[t] * (1 - h2[t]**2)", "db1_h = Sum(da1[t], t)"],
}
WRONG = [
    ("t+1", "t"),
    ("t-1", "t"),
    ("1 - ", "1 + "),
    (".T @ d", " @ d"),
    (" * (1", " + (1"),
    ("**2", "**3"),
    ("Sum(", "2 * Sum("),
    (" = ", " = -"),
]


class Hand:
    """One way of writing, drawn: of names, times, transposes, products, powers, sums and adjoints, each by itself."""

    def __init__(self, rng, names):
        self.rng, self.names = rng, names
        self.latex = rng.random() < 0.3
        self.matrix = rng.choice([" @ ", " "] if not self.latex else [" ", r" \, ", r" \cdot "])
        self.times = rng.choice([" * ", " ⊙ ", " ∘ ", " .* "] if not self.latex else [r" \odot ", r" \circ ", " * "])

    def name(self, name):
        """A name as it is spelled; in LaTeX with what stands below in braces."""
        base, _, below = name.partition("_")
        if not below:
            return base
        return self.rng.choice([f"{base}_{{{below}}}"] if self.latex else [name, f"{base}_{{{below}}}"])

    def timed(self, name, t):
        """A name at a time."""
        base, _, below = name.partition("_")
        ways = [f"{self.name(name)}[{t}]", f"{self.name(name)}^{{({t})}}", f"{self.name(name)}({t})"]
        if below:
            ways += [
                f"{base}_{{{below},{t}}}",
                f"{base}_{below},{t if len(t) == 1 else '{' + t + '}'}",
                f"{base}_{{{below},{{{t}}}}}"[:0] or ways[0],
            ]
        else:
            ways += [f"{base}_{{{t}}}", f"{base}_({t})", f"{base}_{t}" if len(t) == 1 else f"{base}_{{{t}}}"]
        if self.latex:
            ways = [
                f"{base}_{{{below + ',' if below else ''}{t}}}",
                rf"{self.name(name)}^{{\langle {t} \rangle}}",
                f"{self.name(name)}^{{({t})}}",
            ]
        return self.rng.choice(ways)

    def symbol(self, found):
        """A symbol, an adjoint in one of its notations."""
        name, t = found[1], found[2]
        adjoint = name[:1] == "d" and name[1:] in self.names
        plain = name[1:] if adjoint else name
        text = self.timed(plain, t) if t else self.name(plain)
        if not adjoint:
            return text
        ways = [f"d{text}", f"dL/d{text}", f"∂L/∂{text}", f"(∂L/∂{text})"]
        latex = [
            rf"\mathrm{{d}}{text}",
            rf"\frac{{\partial L}}{{\partial {text}}}",
            rf"\frac{{dL}}{{d{text}}}",
            rf"\partial L/\partial {text}",
        ]
        return self.rng.choice(latex if self.latex else ways)

    def write(self, line):
        """The line in this hand."""
        marks = []

        def kept(text):
            marks.append(text)
            return chr(0xE000 + len(marks) - 1)

        line = re.sub(r"\b(d?(?!Sum|tanh|diag|onehot|sigmoid)[A-Za-z]\w*)(?:\[([^\]]*)\])?(?!\w|\(|\[)", lambda m: kept(self.one(m)), line)
        line = re.sub(r"Sum\((.*), t\)", lambda m: kept(self.sum()) + " " + self.term(m[1]), line)
        line = line.replace(" @ ", kept(self.matrix)).replace(" * ", kept(self.times))
        line = re.sub(r"\.T", lambda m: kept(self.rng.choice([r"^\top", r"^{\top}", "^T"] if self.latex else [".T", "^T", "ᵀ", "'"])), line)
        line = re.sub(r"\*\*([23])", lambda m: kept(self.power(m[1])), line)
        line = re.sub(r"\b(tanh|diag|onehot)\(", lambda m: kept(self.function(m[1])), line)
        while re.search("[\ue000-\uf8ff]", line):
            line = re.sub("[\ue000-\uf8ff]", lambda m: marks[ord(m[0]) - 0xE000], line)
        return line

    def one(self, found):
        return found[0] if found[1] in ("t", "T", "S") else self.symbol(found)

    def power(self, n):
        return self.rng.choice([f"^{n}", f"^{{{n}}}"] if self.latex else [f"**{n}", f"^{n}", {"2": "²", "3": "³"}[n]])

    def function(self, name):
        latex = rf"\{name}(" if name == "tanh" else rf"\operatorname{{{name}}}("
        return latex if self.latex else self.rng.choice([f"{name}(", f"np.{name}("] if name != "onehot" else ["onehot("])

    def sum(self):
        return self.rng.choice(
            [r"\sum_{t=1}^{T}", r"\sum_t", r"\sum_{t=1}^T"] if self.latex else ["Σ_t", "∑_t", "Σ_{t=1}^{T}", "Σ_{t=1..T}", "sum_t"]
        )

    def term(self, inner):
        return f"({inner})" if self.rng.random() < 0.3 else inner


def names_of(d):
    return {*d.letters, *d.parameters}


@pytest.mark.parametrize("name", LINES)
def test_what_is_right_is_right_in_every_notation(name, random_seed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    for line in LINES[name]:
        for _ in range(9):
            text = Hand(rng, names_of(d)).write(line)
            verdict = d.check(text)
            assert verdict.equal, f"{line}\n{text}\n{verdict}"


@pytest.mark.parametrize("name", sampled(LINES, 3))
def test_what_is_wrong_is_wrong_in_every_notation(name, random_seed, undiagnosed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    for line in LINES[name]:
        left, right = line.split(" = ")
        wrong = [f"{left} = {(' = ' + right).replace(old, new, 1).removeprefix(' = ')}" for old, new in WRONG if old in " = " + right]
        for told in {text for text in wrong if text != line}:
            text = Hand(rng, names_of(d)).write(told)
            assert not d.check(text).equal, f"{told}\n{text}"


WRITINGS = [
    ("rnn-tanh", "dh_t = W_hy'ds_t + W_hh'da_{t+1}"),
    ("rnn-tanh", "dh_t=V^Tds_t+W^Tda_{t+1}"),
    ("lstm", r"\mathrm{d} \mathbf{a}^o_t = \mathrm{d} \mathbf{h}_t \odot \tanh(\mathbf{c}_t) \odot \mathbf{o}_t \odot (1-\mathbf{o}_t)"),
    ("rnn-tanh", r"$$\bar{a}_t = (1-h_t^2) \odot \bar{h}_t$$"),
    ("rnn-tanh", "dh = W_hy.T @ ds + W_hh.T @ da_next"),
    ("rnn-tanh", "delta_t = V^T ds_t + W^T ((1 - h_{t+1}^2) * delta_{t+1})\ndW = sum_t (delta_t * (1-h_t^2)) h_{t-1}^T"),
    ("rnn-tanh", r"dh^{\langle t \rangle} = W_{hy}^\top ds^{\langle t \rangle} + W_{hh}^\top da^{\langle t+1 \rangle}"),
    ("rnn-tanh", "grad_h[t] = W_hy.T.dot(grad_s[t]) + np.dot(W_hh.T, grad_a[t+1])"),
    ("rnn-tanh", "dL/dh_t = transpose(W_hy) @ dL/ds_t + W_hh.T @ dL/da_{t+1}"),
    ("rnn-tanh", "dhₜ = Vᵀ dsₜ + Wᵀ daₜ₊₁"),
    ("rnn-tanh", "da_t = dh_t ⊙ tanh'(a_t)"),
    ("rnn-tanh", r"da_t = \tanh'(a_t) \odot dh_t"),
    ("rnn-tanh", r"da_t = (1 - \tanh^2(a_t)) \circ dh_t"),
    ("rnn-tanh", "da_t = sech^2(a_t) * dh_t"),
    ("rnn-tanh", "da_t = sech(a_t)^2 * dh_t"),
    ("rnn-tanh", r"\delta_t = \left(1 - h_t^2\right) \odot dh_t"),
    ("rnn-tanh", "dW_hh = Σ_t δ_t h_{t-1}ᵀ"),
    ("rnn-tanh", "dW_hh = sum(np.outer(da[t], h[t-1]) for t in range(1, T+1))"),
    ("rnn-tanh", r"\nabla_{W_{hh}} L = \sum_{t} \nabla_{a_t} L \, h_{t-1}^\top"),
    ("rnn-tanh", "dW_hh.T = Sum(outer(h[t-1], da[t]), t)"),
    ("rnn-tanh", "dW_hh += np.outer(da[t], h[t-1])"),
    ("rnn-tanh", "ds_t = exp(s_t)/sum(exp(s_t)) - onehot(y_t)"),
    ("rnn-tanh", "ds_t = softmax(s_t) - 1_{y_t}"),
    ("rnn-tanh", "dp_t = -onehot(y_t)/p_t"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t if t == T"),
    ("rnn-tanh", "da_t = dh_t ⊙ (1 - h_t²)   for all t"),
    ("rnn-tanh", "da_t = dh_t ⊙ (1 - h_t²), t = 1, ..., T"),
    ("rnn-tanh", "dWhh = Σ_t da_t h_{t-1}ᵀ"),
    ("rnn-tanh", "c[t] = W_hh.T @ da[t+1]\ndh[t] = W_hy.T @ ds[t] + c[t]"),
    ("rnn-tanh", "da = (1 - h**2) * dh\ndW_hh += np.outer(da, h_prev)"),
    (
        "rnn-tanh",
        """dh_next = np.zeros_like(h)
for t in reversed(range(T)):
    dh = W_hy.T @ ds + dh_next  # from the scores, and from later
    da = (1 - h * h) * dh
    dW_hh += np.outer(da, h_prev)
    db_h += da
    dh_next = np.dot(W_hh.T, da)""",
    ),
    ("rnn-tanh", r"ds[t] = e^{s[t]}/sum(exp(s[t])) - onehot(y[t])"),
    ("rnn-tanh", r"ds_t = \exp\left(s_t\right) / \mathrm{sum}(\exp\{s_t\}) - onehot(y_t)"),
    ("rnn-tanh", r"dW_hh = \sum_t da_t \otimes h_{t-1}"),
    ("rnn-tanh", r"dW_hh = Σ_t da_t ⊗ h_{t-1}"),
    ("rnn-tanh", r"dW_hh = \sum_t \delta_t \otimes h_{t-1}^T"),
    ("rnn-tanh", r"da_t = (1-h_t^2) ⊗ dh_t"),
    ("rnn-tanh", r"\frac{\partial L}{\partial a}[t] = (1-h[t]**2) * \frac{∂L}{∂h}[t]"),
    ("rnn-tanh", r"\frac{∂L}{∂a}_t = (1-h_t^2) \odot \frac{∂L}{∂h}_t"),
    ("rnn-tanh", r"\frac{∂L}{∂a}^{(t)} = (1-(h^{(t)})^2) \odot \frac{∂L}{∂h}^{(t)}"),
    ("rnn-tanh", r"da_t = dh_t ⊙ (1 - |h_t|^2)"),
    ("rnn-tanh", r"da_t = dh_t ⊙ (1 - \left|h_t\right|^2)"),
    ("rnn-tanh", r"da_t = dh_t ⊙ (1 - \lvert h_t\rvert\lvert h_t\rvert)"),
    ("rnn-tanh", r"da_t = dh_t ⊙ (1 - |h_t||h_t|)"),
    ("rnn-tanh", r"da_t = dh_t ⊙ (1 - |-|h_t||^2)"),
    ("rnn-tanh", r"da_t = e^{0} dh_t ⊙ (1 - h_t^2)"),
    ("rnn-tanh", r"da_t = \frac{dh_t}{\cosh^2 a_t}"),
    ("rnn-tanh", r"da_t = 4 dh_t / (e^{a_t} + e^{-a_t})^2"),
    ("rnn-tanh", r"da_t = dh_t (1 - \left(\frac{e^{a_t}-e^{-a_t}}{e^{a_t}+e^{-a_t}}\right)^2)"),
    ("rnn-tanh", r"da_t = dh_t (1 - (\frac{1-e^{-2a_t}}{1+e^{-2a_t}})^2)"),
    ("rnn-tanh", r"da_t = dh_t \cosh(a_t)^{-2}"),
    ("rnn-tanh", r"da_t = dh_t (1 - h_t^2)^{1/2} (1-h_t^2)^{\frac{1}{2}}"),
    ("rnn-tanh", r"da_t = dh_t ((1 - h_t²)⁻¹)⁻¹"),
    ("rnn-tanh", r"da_t = dh_t \mathrm{sech}^2(a_t)"),
    ("rnn-tanh", r"da_t = dh_t \operatorname{sech}(a_t) \operatorname{sech}(a_t)"),
    ("rnn-tanh", r"dh_t = W_hy^T ds_t + W_hh^T da_{t+1} + \lVert h_t \rVert^2 h_t - (h_t^T h_t) h_t"),
    ("rnn-tanh", r"dh_t = W_hy^T ds_t + W_hh^T da_{t+1} + ||h_t||^2 h_t - sum(h_t^2) h_t"),
    ("rnn-tanh", r"dh_t = W_hy^T ds_t + W_hh^T da_{t+1} + ‖h_t‖ h_t - √(h_t^T h_t) h_t"),
    ("rnn-tanh", r"da_t = dh_t (1-h_t^2) + ⌊h_t⌋ - \lfloor h_t \rfloor"),
    ("rnn-tanh", r"da_t = dh_t (1-h_t^2) + ⌈h_t⌉ - \left\lceil h_t \right\rceil"),
    ("rnn-tanh", r"dW_hh = \sum_t da_t h_{t-1}^\top + W_{hh}^{\odot 2} - W_{hh} \odot W_{hh}"),
    ("rnn-tanh", r"da_t = dh_t \frac{1-h_t^2}{\sqrt{1-h_t^2}} (1-h_t^2)^{1/2}"),
    ("rnn-tanh", r"da_t = dh_t (1-h_t^2) + |h_t| - \sqrt{h_t^2}"),
    ("rnn-tanh", r"da_t = dh_t (1-h_t^2) + |h_t|^2 - h_t^2"),
    ("rnn-tanh", r"da_t = dh_t (1-h_t^2) + (\cosh(a_t))^2 - \sinh(a_t)^2 - 1"),
    ("rnn-relu", "da_t = dh_t ⊙ 1{a_t > 0}"),
    ("rnn-relu", r"da_t = dh_t \odot \mathbb{1}[a_t > 0]"),
    ("rnn-relu", "da[t] = np.where(a[t] > 0, dh[t], 0)"),
    ("rnn-relu", "da[t] = dh[t] * relu'(a[t])"),
    ("lstm", r"da_{o,t} = do_t \odot \sigma'(a_{o,t})"),
    ("lstm", "da_o,t = do_t ⊙ σ(a_o,t) ⊙ (1 - σ(a_o,t))"),
    ("rnn-sigmoid-mean", "ds_t = 1/T (p_t - onehot(y_t))"),
    ("rnn-sigmoid-mean", r"\mathrm{d}s_t = \frac{1}{T} \left(p_t - \operatorname{onehot}(y_t)\right)"),
    ("rnn-sigmoid-mean", "dp_t = -1/T onehot(y_t)/p_t"),
]


@pytest.mark.parametrize("name, text", WRITINGS)
def test_people_are_understood(name, text):
    verdict = derivation(name).check(text)
    assert verdict.equal, verdict


@pytest.mark.parametrize("name", sampled(MODELS, 6))
def test_the_adjoint_of_every_quantity_can_be_written(name):
    d = derivation(name)
    for q in d.forward:
        if q.left.time is not None and q.left.name != "y":
            verdict = d.check(f"q[t] = d{q.left.name}[t]\ndW_hy = dW_hy")
            assert "is not in this model" not in str(verdict) and "of its own" not in str(verdict), verdict


@pytest.mark.parametrize("style", ["text", "latex", "ascii"])
@pytest.mark.parametrize("name", sampled(MODELS, 6))
def test_a_verdict_speaks_as_the_person_writes(name, style, random_seed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name} {style}")
    called = {show(e.Sym(own), style): show(e.Sym(letter), style) for own, letter in d.by_letter.items()}
    lines = [q._replace(where="") for q in d.equations]
    for q in rng.sample(lines, 3):
        for notation in ("names", "letters"):
            wrong = q._replace(right=rng.choice([*Rewriter(d).all(q)]).right)
            line = show(noted([wrong], notation, d.by_letter, d.halves)[0], style)
            verdict = d.check(line)
            if verdict.kind not in ("not equal", "ill-typed"):
                continue
            quoted = " ".join(re.findall("`([^`]*)`", str(verdict)))
            if style_of(line) != "ascii":
                assert not re.search(r"\[[tT]|Sum\(|outer\(|\.T\b| @ |\*\*", quoted), verdict
            if any(re.search(rf"(?<!\w)d?{re.escape(letter)}(?![\w{{])", line) for letter in called.values()):
                assert not any(re.search(rf"(?<!\w)d?{re.escape(own)}(?!\w)", str(verdict)) for own in called), verdict


FITTING = ["da[t] = dh[t] * (1 - h[t]**2)", "dW_hh = Sum(da[t] @ h[t-1].T, t)", "db_h = Sum(da[t], t)", "dW_hy = Sum(ds[t] @ h[t].T, t)"]


def test_a_line_that_does_not_fit_is_named_among_others(random_seed):
    for k in random.Random(random_seed).sample(range(4), 3):
        lines = [line if j != k else line.replace("= ", "= ones(9, 9) @ ", 1) for j, line in enumerate(FITTING)]
        verdict = derivation("rnn-tanh").check("\n".join(lines))
        assert verdict.kind == "ill-typed" and verdict.line == k + 1 and f"`{lines[k]}`" in str(verdict), verdict


NOTES = [
    ("rnn-tanh", "dW_hh = Σ_t δ_t h_{t-1}ᵀ", "`δ` is read as `da`"),
    ("rnn-tanh", "da = (1 - h**2) * dh", "ames without a time are those of the step t"),
    ("rnn-tanh", "dW_hh = Sum(outer(da[t], h_prev), t)", "`h_prev` is read as `h[t-1]`"),
    ("rnn-tanh", "dW_hh = Σ_t da_t ⊗ h_{t-1}", "`⊗` is read as the outer product"),
    ("rnn-tanh", r"da_t = (1 - h_t^2) \otimes dh_t", "`⊗` is read as the product element by element"),
    ("rnn-tanh", "da_t = dh_t (1 - h_t²)", "olumns side by side are multiplied element by element"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t + W_hh^T da_{t+1} + W_hh^2 h_t - W_hh W_hh h_t", "is the matrix power"),
]


@pytest.mark.parametrize("name, text, note", NOTES)
def test_what_could_be_read_in_two_ways_is_told(name, text, note):
    verdict = derivation(name).check(text)
    assert verdict.equal and note in str(verdict), verdict


REFUSED = [
    ("dh_t/dh_{t-1} = diag(1-h_q^2) W_hh", "`h_q` is not in this model"),
    (r"dh_t = W_{qx}^\top da_t", "`W_qx` is not in this model: did you mean `W_{xh}`?\n    dh_t = W_{qx}^\\top da_t\n           ^"),
    (r"da_t = \foo h_t", "the LaTeX command `\\foo` is not read here"),
    (r"\frac{\partial L}{\partial h_t} = W_{hy} \frac{\partial L}{\partial s_t}", r"`W_{hy} \frac{\partial L}{\partial s_{t}}`: (K,H)"),
]


@pytest.mark.parametrize("text, sentence", REFUSED)
def test_what_cannot_be_read_is_answered_in_the_persons_notation(text, sentence):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.exit_code == 2 and sentence in verdict.sentences[-1], verdict


def test_a_long_text_is_refused_at_once():
    start = time.process_time()
    assert derivation("rnn-tanh").check("dh_t = " + "W_{hh}^T h_t + " * 70_000).kind == "unreadable"
    assert time.process_time() - start < 5


@pytest.mark.parametrize("several", sampled([False, True], 2), ids=["one cell", "two ways"])
def test_lines_of_a_net_with_names_of_functions_and_operations_of_its_own_are_read_as_printed(several, random_seed):
    """σ^{f} and outer^{f} are quantities, x_t[0] is a number of x_t, σ2 an operation, idj,d,j->i the subscripts of an einsum."""
    rng = random.Random(random_seed)
    W, U, a, h = rng.sample(["σ", "outer", "log", "kron", "exp", "a_b", "φ_j"], 4)

    @ar.op("σ2({})", lambda g, y, x: 2 * g * y * (1 - y))
    def σ2(x):
        return 1 / (1 + np.exp(-2 * x))

    shapes = lambda self: {W: (3, 2), U: (3, 2, 3)}  # noqa: E731

    def step(self, p, x, before):
        inner = ar.einsum("idj,d,j->i", getattr(p, U), x, before) + getattr(p, W) @ x
        return {a: inner, "k": x[0], h: before * x[0] + σ2(inner)}

    cell = type("Own", (ar.Cell,), {"states": (h,), "output": h, "shapes": shapes, "step": step})
    net = ar.Model(ar.Bidirectional(cell(2, 3), cell(2, 3)) if several else cell(2, 3), output_size=2)
    d = ar.derive(net)
    lines = [*d.forward, *(q for q in d.equations if q.left.name != "x")]
    for line in [show(q._replace(where=""), style) for q in lines for style in ("text", "ascii", "latex")]:
        assert d.check(line).equal, (line, d.check(line))


def test_derivatives_of_states_with_an_index_of_their_own_are_read_as_printed():
    """dhf_a,t/dhf_a,{t-1}: neither the layer f nor the index a is a time."""
    shapes = lambda self: {"W": (3, 2), "U": (3, 3)}  # noqa: E731
    step = lambda self, p, x, h: {"h_a": ar.tanh(p.W @ x + p.U @ h)}  # noqa: E731
    cell = type("Own", (ar.Cell,), {"states": ("h_a",), "output": "h_a", "shapes": shapes, "step": step})
    d = ar.derive(ar.Model(ar.Bidirectional(cell(2, 3), cell(2, 3)), output_size=2))
    for line in [show(q, style) for q in (*d.jacobian(), *d.forward_form("Uf")) for style in ("text", "ascii", "latex")]:
        assert d.check(line).equal, (line, d.check(line))


@pytest.mark.parametrize("letter", ["b", "c", "V"])
def test_a_letter_of_ones_own_is_not_spoken_of_as_a_parameter(letter):
    verdict = derivation("rnn-tanh").check(f"{letter}_t = p_t - onehot(y_t)\ndW_hy = Σ_t {letter}_t h_t^T")
    assert verdict.equal and f"`{letter}_t` is `ds_t`" in str(verdict), verdict


@pytest.mark.parametrize("style, kind", [("text", "partial"), ("text", "total"), ("latex", "partial")])
def test_one_who_writes_derivatives_of_the_loss_is_answered_in_them(style, kind, random_seed):
    """``∂L/∂h_t``, ``dL/dh_t`` or a fraction: no ``dh_t`` is answered, and the derived equation that is shown is read back."""
    rng = random.Random(f"{random_seed} {style} {kind}")

    def written(x):
        return e.mapped(x, lambda s: e.Derivative(e.Sym("L"), s._replace(adjoint=False), kind) if s.adjoint else s)

    for name in ["rnn-tanh", "lstm", "gru-before-keep", "stacked"]:
        d = derivation(name)
        for q in rng.sample([q for q in d.equations if q.left.time == e.Time("t", 0) and not q.where], 2):
            slip = e.add(q.right, rng.choice([q.right, e.Sym(q.left.name, q.left.time)]))
            verdict = d.check(show(e.Equation(written(q.left), written(slip)), style))
            assert verdict.kind == "not equal" and not re.search(r"mathrm\{d\}|(?<![\w/∂])d[^L\W]\w*_", str(verdict)), verdict
            shown = next(said for said in verdict.sentences if said.startswith("the derived equation")).split("`")[1]
            assert d.check(shown).equal, shown


ARROWS = {"f": r"\overrightarrow", "b": r"\overleftarrow"}


def graves(line):
    """An ASCII line of a bidirectional net in Graves' letters: an arrow above each state, and above it in the names of the weights."""
    line = re.sub(r"(?<!\w)(d?)([hac])([fb])\[([^]]+)\]", lambda n: rf"{n[1]}{ARROWS[n[3]]}{{{n[2]}}}_{{{n[4]}}}", line)
    state = lambda n: n[4].replace("h", rf"{ARROWS[n[3]]}{{h}}")  # noqa: E731
    line = re.sub(r"(?<!\w)(d?)([Wb])([fb])_([hxy]+)", lambda n: f"{n[1]}{n[2]}_{{{state(n)}}}", line)
    return re.sub(r"(\w)\[([^]]+)\]", r"\1_{\2}", line.replace(".T @", r"^\top")).replace("**2", "^2")


def test_arrows_tell_the_directions():
    d = derivation("bidirectional")
    for q in d.equations:
        line = graves(show(q._replace(where=""), "ascii"))
        left, _, right = line.partition("=")
        exchanged = re.sub("right|left", lambda side: "left" if side[0] == "right" else "right", right)
        assert d.check(line).equal, (line, d.check(line))
        assert exchanged == right or not d.check(f"{left}={exchanged}").equal or "dx" in left, line


@pytest.mark.parametrize(
    "name, act, own, given", [("rnn-tanh", "tanh", "a", "h"), ("rnn-relu", "relu", "a", "h"), ("rnn-tanh", "f", "a", "h")]
)
def test_what_goes_into_a_function_may_be_called_by_any_letter(name, act, own, given, random_seed):
    letter, d = random.Random(f"{random_seed} {name} {act}").choice(["z", "u", "v", "net", "q"]), derivation(name)
    for left in ("da_t", f"d{letter}_t"):
        right = f"{act}'({letter}_t) ⊙ dh_t"
        verdict = d.check(f"{left} = {right}")
        assert verdict.equal and f"`{letter}` is read as `a`" in str(verdict), verdict
        assert not d.check(f"{left} = {right} ⊙ dh_t").equal
        assert not d.check(f"{left} = {right}\n∂L/∂{letter}_t = dh_t").equal and not d.check(f"d{letter}_t = dh_t\nda_t = {right}").equal
        assert act == "relu" or not d.check(f"{letter}_t = 2 a_t\n{left} = {right}").equal  # whose slope is one for 2 a, too
    made, taken = (
        f"{letter}_t = W_xh x_t + W_hh h_{{t-1}} + b_h",
        f"∂L/∂W_hh = Σ_t ∂L/∂{letter}_t h_{{t-1}}^T",
    )  # by a line that makes it, too
    for line, by in (
        (made, taken),
        (made.replace(" + b_h", ""), taken),
        (made, taken.replace("h_{t-1}^T", "h_t^T")),
        (f"{letter}_t = h_t", taken),
        (f"{made}  (t < T)", taken),
    ):
        assert d.check(f"{line}\n{by}").equal == (line == made and by == taken), (line, by)
    for letter in "oz":
        assert d.check(f"d{letter}_t = softmax({letter}_t) - y_t").equal
        assert not d.check(
            f"p_t = softmax({letter}_t)\nd{letter}_t = {random.Random(random_seed).choice(['p_t', 'da_t', 'dh_t', '2 ds_t'])}"
        ).equal


@pytest.mark.parametrize("form", ["text", "latex"])
@pytest.mark.parametrize("name", sampled([name for name in MODELS if name != "residual"], 5))
def test_what_is_printed_of_the_loss_is_read_back(name, form, random_seed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    for line in (line for line in d.model.equations(form).splitlines() if line.startswith("L")):
        assert d.check(line).equal, (line, d.check(line))
        wrong = rng.choice([line.replace("= ", "= 2 ", 1), line.replace("= ", "= -", 1).replace("= --", "= "), line + " + 1"])
        assert not d.check(wrong).equal, (wrong, d.check(wrong))


LOSSES = {
    "rnn-tanh": [
        "L_t = -log p_t[y_t]",
        "L_t = -Σ_k y_{t,k} log p_{t,k}",
        "L = -Σ_t y_t^T log ŷ_t",
        "L_t = log(sum(exp(s_t))) - s_t[y_t]",
        "L(ŷ, y) = -\\sum_{t=1}^{T} y_t^\\top \\log ŷ_t",
        r"L(\hat{y}_t, y_t) = -\sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}",
        "E(y, ŷ) = Σ_{t=1}^T E_t(y_t, ŷ_t)",
    ],  # fmt: skip
    "rnn-identity-squared-error": ["L_t = 1/2 Σ_k (s_{t,k} - y_{t,k})^2", "L_t = (s_t - y_t)^T (s_t - y_t) / 2", "L_t = ½ ‖s_t - y_t‖²"],
    "rnn-many-to-one": ["L = -log p_T[y]", "L_T = -y^T log p_T"],
}


@pytest.mark.parametrize("name, line", [(name, line) for name, lines in LOSSES.items() for line in lines])
def test_the_loss_is_read_as_books_have_it(name, line):
    d = derivation(name)
    assert d.check(line).equal, d.check(line)
    for wrong in (
        line.replace("= ", "= 3 ", 1),
        line.replace("= ", "= 1 + ", 1),
        line.replace("p", "s").replace("ŷ", "s") + " + 0 h_t^T h_t",
        *(
            line.replace(*ends)
            for ends in (("t=1", "t=0"), ("t=1", "t=2"), ("^{T", "^{T+1"), ("^{T", "^{T-1"), ("^{K", "^{H"), ("y_t)", "h_t)"))
        ),
    ):
        assert wrong == line or not d.check(wrong).equal or "s_" in line, wrong


@pytest.mark.parametrize(
    "name, line",
    [
        ("rnn-tanh", "L_t = -y_t^T log p_t"),
        ("lstm", "L = -Σ_t y_t^T log ŷ_t"),
        ("rnn-identity-squared-error", "L_t = (s_t - y_t)^T (s_t - y_t) / 2"),
    ],
)
def test_a_loss_that_has_no_value_somewhere_is_not_the_models(name, line, random_seed):
    """What cancels wherever it is defined, as x/x does, is 1 or 0 there alone."""
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    of = rng.choice(["sum(x_t)", "x_t^T x_t", "h_t^T h_t"])
    for more in (f" + log({of}) - log({of})", f" * sqrt({of})/sqrt({of})", f" * ({of})/({of})", f" + 1/({of}) - 1/({of})"):
        assert not d.check(f"{line}{more}").equal, more
    assert d.check(line).equal


@pytest.mark.parametrize("name", sampled(["rnn-tanh", "lstm", "rnn-sigmoid-mean", "gru-before-new"], 2))
def test_a_fraction_needs_no_brackets_around_one_sign(name, random_seed, undiagnosed):
    r"""``\frac12``, ``\frac1T``, ``\tfrac{1}T``: a factor that is made so and taken back leaves a line equal, another does not."""
    rng = random.Random(f"{random_seed} {name}")
    for q in rng.sample([q for q in derivation(name).equations if not q.where and q.left.time is None], 3):
        below, above = rng.choice("23456789T"), rng.choice("23456789T")
        bare, half = (f"{x}" if rng.random() < 0.6 else f"{{{x}}}" for x in (above, below))
        fraction = rng.choice([r"\frac", r"\tfrac", r"\dfrac"]) + " " * (bare == "T" or rng.random() < 0.3) + bare + half
        line = r"{} = {} \frac{{{}}}{{{}}} ({})"
        right, wrong = (
            line.format(show(q.left, "latex"), fraction, *pair, show(q.right, "latex")) for pair in [(below, above), (below + "1", above)]
        )
        assert derivation(name).check(right).equal, right
        assert not derivation(name).check(wrong.replace("T1", "(T+1)")).equal, wrong


CASES = [(r"\begin{cases}", r"\end{cases}"), (r"\left\{ \begin{array}{ll}", r"\end{array} \right."), (r"\begin{dcases}", r"\end{dcases}")]


@pytest.mark.parametrize("opened, closed", CASES)
def test_cases_may_be_told_apart_by_two_signs_that_leave_nothing_out(opened, closed, random_seed, undiagnosed):
    """Of a relu net the mask, of elements or of whole vectors; the wrong way round, or with something left out, it is not right."""
    rng = random.Random(f"{random_seed} {opened}")
    for below in ("t", "{t,i}"):
        zero, told = rng.choice(["a", "h"]), rng.sample([(f"dh_{below}", ">"), ("0", rng.choice([r"\le", r"\leq", "≤", "<="]))], 2)
        for right, sides in [(True, told), (False, [(x, y) for (x, _), (_, y) in zip(told, told[::-1], strict=True)])]:
            rows = r" \\ ".join(
                f"{x} & {rng.choice(['', 'if '])}{zero}_{below} {sign} 0".replace("if ", r"\text{if } ") for x, sign in sides
            )
            line = f"da_{below} = {opened} {rows} {closed}"
            assert derivation("rnn-relu").check(line).equal == right, line


@pytest.mark.parametrize("name", sampled(MODELS, 4))
def test_a_number_is_not_transposed_and_three_digits_behind_a_comma_are_thousands_or_decimals(name, random_seed):
    """A row of ones makes a sum or a matrix and is no factor 1, wherever it stands."""
    rng, d = random.Random(f"{random_seed} {name} ones"), derivation(name)
    one = rng.choice(["1^T", "1ᵀ", "1'", "𝟏ᵀ", r"\mathbf{1}^T", r"1^\top", "1.T", "1,000", "1{,}000"])
    for q in rng.sample([q for q in d.equations if not q.where and q.right != e.ZERO], 3):
        left, right = show(q, "text").split(" = ")
        for line in (f"{left} = {one} ({right})", f"{left} = ({right}) {one}"):
            assert not (verdict := d.check(line)).kind.startswith("equal"), (line, verdict)
            assert d.check(line.replace(one, "1,0")).equal, line


STOOD = {"{0}[:, None] * {1}": True, "{1} * {0}[:, None]": True, "{0}[:, None] * {1}[None, :]": True, "{0}[:, None] @ {1}[None, :]": True}
STOOD |= dict.fromkeys(
    ["{0} * {1}[None, :]", "{0} @ {1}[None, :]", "{1}[:, None] * {0}", "{0}[:, None] @ {1}", "{0}[None, :] * {1}"], False
)


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_a_column_beside_what_is_none_is_what_numpy_makes_of_it(name, random_seed):
    """A matrix: the outer product of two vectors, and no product element by element."""
    rng, d = random.Random(f"{random_seed} {name} stood"), derivation(name)
    outer = [(q, x) for q in d.equations if not q.where and isinstance(q.right, e.Sum) for x in [q.right.of] if isinstance(x, e.Outer)]
    for q, x in rng.sample(outer, min(len(outer), 2)):
        if not isinstance(x.right, e.Sym):
            continue
        for way, right in STOOD.items():
            line = f"{show(q.left, 'ascii')} = Sum({way.format(show(x.left, 'ascii'), show(x.right, 'ascii'))}, t)"
            assert d.check(line).kind.startswith("equal") == right, line
    products = [
        q for q in d.equations if isinstance(q.right, e.Mul) and not q.where and not any(isinstance(x, e.Num) for x in q.right.factors)
    ]
    for q in rng.sample(products, min(len(products), 2)):
        parts = [f"({show(x, 'ascii')})" for x in q.right.factors]
        for made in ({rng.randrange(len(parts))}, {*range(len(parts))}):
            text = " * ".join(part + "[:, None]" * (k in made) for k, part in enumerate(parts))
            assert d.check(f"{show(q.left, 'ascii')} = {text}").equal == (len(made) == len(parts)), text


@pytest.mark.parametrize("hot", ["^{\\text{one-hot}}", "^{onehot}", "^{\\mathrm{one-hot}}", "^{(one hot)}"])
def test_a_target_may_say_that_it_is_one_hot(hot):
    d = derivation("rnn-tanh")
    assert d.check(f"ds_t = p_t - y_t{hot}").equal and d.check(f"ds_t = p_t - y_{{t}}{hot}").equal
    assert not d.check(f"ds_t = p_t - y_{{t-1}}{hot}") and not d.check(f"ds_t = p_t + y_t{hot}")


def test_what_a_line_adds_may_stand_behind_a_comma():
    d = derivation("rnn-tanh")
    line = "dx_t = W_xh^T da_t, dW_xh += da_t x_t^T, db_h += da_t"
    assert (
        d.check(line).equal
        and not d.check(line.replace("x_t^T", "x_{t-1}^T"))
        and not d.check(line.replace("db_h += da_t", "db_h += dh_t"))
    )


def test_a_bias_of_a_step_is_none_of_graves_outputs_beside_that_by_its_name():
    d = derivation("rnn-tanh")
    right = "\\nabla_b L = Σ_t (\\frac{∂h_t}{∂b_h^{(t)}})^T \\nabla_{h_t} L"
    assert d.check(right).equal and not d.check(right.replace("\\nabla_{h_t}", "\\nabla_{h_{t+1}}"))
