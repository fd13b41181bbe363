"""Units that books tell apart by their letters, what a program's loop adds to what it was handed, and what is said of the loss: right and
with slips, beside numpy on real tapes."""

import itertools
import random
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.mistakes.mutations import Rewriter
from tests.oracles.books import worst
from tests.oracles.lines import worlds
from tests.sampling import sampled
from tests.test_check import derivation
from tests.test_derive import MODELS


def unit_line(rng):
    """An error in units and weights, as Bishop or Graves have it, and what it says in numpy."""
    h, later, k = rng.choice([("h", "h'", "k"), ("j", "l", "k"), ("h", "l", "k"), ("j", "m", "k")])
    from_first, slip = rng.random() < 0.5, rng.choice(["", "", "", "sign", "order", "slope", "step", "output"])
    raised = rng.choice(["^{t%s}", "^{(t%s)}", "(t%s)"])

    def delta(unit, step=""):
        return f"δ_{unit if len(unit) == 1 else '{' + unit + '}'}{raised % step}"

    def w(to, of):
        return f"w_{{{of}{to}}}" if from_first else f"w_{{{to}{of}}}"

    terms = [f"{w(k, h)} {delta(k)}", f"{w(h, later) if slip == 'order' else w(later, h)} {delta(later, '' if slip == 'step' else '+1')}"]
    terms = [f"Σ_{{{unit}}} {term}" for unit, term in zip((k, later), terms, strict=True)]
    signs = ["" if slip != "output" else "-", "+" if slip != "sign" else "-"]
    slope = {"slope": "1 + a", "": "f'(a"}.get(slip, "f'(a")
    slope = f"(1 - a_{h}{raised % ''}²)" if slip == "slope" else f"{slope}_{h}{raised % ''})"
    line = f"{delta(h)} = {slope} ({signs[0]}{terms[0]} {signs[1]} {terms[1]})"
    outer = "(1 - a(t)**2)" if slip == "slope" else "(1 - h(t)**2)"
    again = {"order": "W_hh @ da(t+1)", "step": "W_hh.T @ da(t)"}.get(slip, "W_hh.T @ da(t+1)")
    return line, f"da(t) - {outer} * ({signs[0]}W_hy.T @ ds(t) {signs[1]} {again})"


def test_units_are_told_by_their_letters(random_seed, undiagnosed):
    rng, kinds = random.Random(f"{random_seed} units"), set()
    for _ in range(20):
        line, formula = unit_line(rng)
        right, verdict = worst("rnn-tanh", formula) < 1e-9, derivation("rnn-tanh").check(line)
        assert verdict.equal == right, f"{line}\n{verdict}"
        kinds.add(right)
    assert kinds == {True, False}


def handed(rng):
    """A loop that adds to what the step after hands back, as a program has it; right or with a slip."""
    name = rng.choice(["dh_next", "dhnext", "dnext_h"])
    sign, back, slope = ("+", "W_hh.T", "1 -") if rng.random() < 0.5 else rng.choice(
        [("-", "W_hh.T", "1 -"), ("+", "W_hh", "1 -"), ("+", "W_hh.T", "1 +")])  # fmt: skip
    adding = rng.choice([f"{name} {sign}= {{}}", f"{name} = {name} {sign} {{}}"]).format(
        rng.choice(["W_hy.T @ ds[t]", "np.dot(W_hy.T, ds[t])"])
    )
    lines = [adding, f"da = ({slope} h[t]**2) * {name}", "dW_hh += np.outer(da, h[t-1])", f"{name} = {back} @ da"]
    return "\n    ".join(["for t in reversed(range(1, T+1)):", *lines]), name


def runs(world, text, name):
    """Whether a loop gives the gradient that the tape has."""
    known = {"np": np, **world.parameters, **world.last, name: 0.0, "dW_hh": 0.0, "ds": world.at["ds"], "h": world.at["h"]}
    exec(text, known)
    return np.allclose(known["dW_hh"], world.parameters["dW_hh"], rtol=1e-8, atol=1e-10)


def test_what_is_added_to_what_was_handed_back_is_the_adjoint(random_seed, undiagnosed):
    rng, kinds = random.Random(f"{random_seed} handed"), set()
    for _ in range(25):
        text, name = handed(rng)
        right, verdict = all(runs(world, text, name) for world in worlds("rnn-tanh")), derivation("rnn-tanh").check(text)
        assert verdict.equal == right, f"{text}\n{verdict}"
        kinds.add(right)
    assert kinds == {True, False}


MADE = [
    "L = Σ_t L_t",
    r"\mathcal{L} = \sum_{t=1}^{T} \mathcal{L}_t",
    "∂L/∂L_t = 1",
    r"\frac{\partial L}{\partial L^{(t)}} = 1",
    "E = Sum(E[t], t)",
]
MEANS = ["L = 1/T Σ_t L_t", r"L = \frac{1}{T} \sum_{t=1}^{T} L_t", "L = (Σ_t L_t)/T", "∂L/∂L_t = 1/T"]


@pytest.mark.parametrize("reduction, task", [("sum", "many-to-many"), ("mean", "many-to-many"), ("sum", "many-to-one")])
def test_how_the_loss_is_made_is_read_beside_other_lines(reduction, task):
    d = ar.derive(ar.Model(ar.RNN(2, 3), output_size=4, task=task, reduction=reduction))
    for line in (*MADE, *MEANS):
        right = task == "many-to-many" and (line in MADE) == (reduction == "sum")
        for text in (line, f"{line}\ndh_T = V^T ds_T"):
            assert (d.check(text).kind == "equal") == right, f"{text}\n{d.check(text)}"
        assert not d.check(f"{line}\ndh_T = V ds_T").equal
    for line in ("∂L/∂L_t = 2", "L = 2 Σ_t L_t", "L = Σ_{t=2}^{T} L_t", "L = Π_t L_t", "L = -Σ_t L_t"):
        assert not d.check(line).equal, line
    step = "t" if task == "many-to-many" else "T"
    whole, part = (f"∂{of}/∂s_{step}" for of in ("L", f"L_{step}"))
    for share, right in ((f"∂L/∂L_{step}", True), (f"2 ∂L/∂L_{step}", False), (f"∂L/∂L_{{{step}-1}}", False), ("", reduction == "sum")):
        assert d.check(f"{whole} = {share} {part}").equal == right, share
    for at, of in itertools.product((f"{step}-1", f"{step}+1", "1", "T", step), (f"L_{step} = -", "L = -Σ_t ")[: 1 + (step == "t")]):
        line = f"{of}log p_{step}[y_{{{at}}}]" if reduction == "sum" or "Σ" not in of else f"{of}1/T np.log(p_t[y_{{{at}}}])"
        assert (d.check(line).kind == "equal") == (at == step) and "name of yours" not in str(d.check(line)), d.check(line)
    if task == "many-to-many":
        advised = re.search(r"only `([^`]+)` is read, or its mean", str(d.check("L = Σ_t L_{t-1}")))[1]
        assert d.check(advised if reduction == "sum" else f"L = 1/T {advised[4:]}").equal


@pytest.mark.parametrize("sign", ["θ", r"\theta", "theta"])
def test_any_parameter_is_to_be_named(sign):
    text = f"∂L/∂{sign} = Σ_t ∂L/∂h_t ∂h_t/∂{sign}"
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == "unreadable" and text in str(verdict)
    named = re.findall(r"`([^`]+)`", str(verdict))[1:]
    assert len(named) == 2 and all(derivation("rnn-tanh").check(text.replace(sign, name)).equal for name in named), verdict


def test_a_bar_says_at_which_step_and_not_what_is_held():
    d = derivation("rnn-tanh")
    assert d.check("∂L/∂h_t|_{t=T} = V^T ds_t").equal and not d.check("∂L/∂h_t|_{t=T-1} = V^T ds_t").equal
    assert "∂⁺" in str(d.check("∂h_t/∂W_hh|_{h_{t-1}} = ∂⁺h_t/∂W_hh"))


LONG = ["∇" + " " * 10**6 + "θ", "a = " + " " * 10**6 + "|_", "dc_next += 1\n" * 80_000, "L = Σ_t L_t\n" * 80_000, "da[1:]" * 160_000]


@pytest.mark.parametrize("text", LONG, ids=["gap", "bar", "handed", "loss", "rows"])
def test_what_is_too_long_is_told_before_it_is_looked_at(text):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == "unreadable" and "characters of formulas" in str(verdict)


@pytest.mark.parametrize("term, kind", [("da[t]", "not equal"), ("(da[t])", "not equal"), ("da[t] if t < T else 0", "unreadable")])
def test_a_sum_of_hundreds_of_terms_is_no_nesting(term, kind):
    assert derivation("rnn-tanh").check("db_h = " + " + ".join([term] * (350 if len(term) < 8 else 100))).kind == kind


BY_WEIGHT = [("∂L/∂w_{kj} = Σ_t δ_k^t z_j^t", True), ("∂L/∂w_{jk} = Σ_t z_j^t δ_k^t", True), ("∂L/∂w_{lj} = Σ_t δ_l^t z_j^{t-1}", True),
             ("∂L/∂w_{ji} = Σ_t δ_j^t x_i^t", True), ("∂L/∂w_{kj} = Σ_t δ_k^t z_j^{t-1}", False), ("∂L/∂w_{lj} = Σ_t δ_l^t z_j^t", False),
             ("∂L/∂w_{ji} = Σ_t δ_j^t x_i^{t-1}", False), ("∂L/∂w_{kj} = -Σ_t δ_k^t z_j^t", False)]  # fmt: skip


@pytest.mark.parametrize("text, right", BY_WEIGHT)
def test_a_derivative_by_a_weight_says_by_its_units_which(text, right):
    assert derivation("rnn-tanh").check(text).equal == right, derivation("rnn-tanh").check(text)


@pytest.mark.parametrize("name", sampled(MODELS, 8))
def test_a_quantity_that_is_no_number_is_not_the_loss(name, random_seed):
    """``L = h_t`` said that the loss is a state, and was equal as a name of one's own."""
    rng, d = random.Random(f"{random_seed} loss {name}"), derivation(name)
    known = [show(q.left, "ascii") for q in d.forward if q.left.time == e.Time("t", 0) and q.left.name != "y"]
    line = next(line for line in d.text("ascii").splitlines() if line.startswith("ds[t]") or line.startswith("ds[T]"))
    for word, quantity in itertools.product(("L", "loss", "cost"), rng.sample(known, 2)):
        said = f"{word} = {quantity}"
        for text in (said, f"{said}; {line}", f"{line}\n{said}"):
            assert d.check(text).kind in ("not equal", "unreadable"), (text, d.check(text))
    left, right = line.split("   (")[0].split(" = ", 1)
    own = left.replace("ds", rng.choice("EJ"))  # a name of one's own where another line needs it
    for side in (right, f"2 * ({right})", f"-({right})"):
        assert d.check(f"{own} = {side}\n{left} = {own}").equal == (side == right), (own, side)


@pytest.mark.parametrize("name", sampled(MODELS, 4))
def test_what_goes_into_a_function_is_called_by_a_letter_and_by_no_word_that_means_another(name, random_seed):
    """``h_t = tanh(dz_t)``, ``tanh(loss_t)`` and ``tanh(L_t)`` were equal: any word that nothing else had was what goes in."""
    rng, d = random.Random(f"{random_seed} into {name}"), derivation(name)
    into = [q for q in d.forward if isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Sym) and q.right.of.name != "s"]
    words = ["L", "E", "J", "loss", "error", "target", "grad", "delta", *(f"d{letter}" for letter in rng.sample("qzwvmjr", 3))]
    for q, word in itertools.product(into, words):
        line = f"{show(q.left, 'ascii')} = {q.right.name}({word}[t])"
        assert word in d.model.parameters or not d.check(line).equal, line
    assert all(derivation("rnn-tanh").check(f"h[t] = tanh({word}[t])").equal for word in ("net", rng.choice("zqvmr")))


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_a_gradient_by_a_name_that_nothing_needs_is_judged_beside_right_lines(name, random_seed):
    """``G_W = Σ_t da_t h_t^T`` beside a right line was equal, and so was any word on gradients."""
    rng, d = random.Random(f"{random_seed} idle {name}"), derivation(name)
    gradients = [q for q in d.equations if q.left.name in d.model.parameters and not q.left.time]
    line = next(line for line in d.text("ascii").splitlines() if line.startswith("ds["))
    for equation in rng.sample(gradients, 3):
        own, wrong = rng.choice(["G_W", "q", "result"]), [m.right for m in Rewriter(d).all(equation) if m.right != e.ZERO]
        for right in (equation.right, *rng.sample(wrong, min(3, len(wrong)))):
            written = show(equation._replace(right=right, where=""), "ascii")
            text = "\n".join(rng.sample([line, own + written[written.index(" =") :]], 2))
            alias = any(f"`{name}` is `d" in str(verdict := d.check(text)) for name in (own, f"{own}[t]"))
            assert verdict.kind.startswith("equal") == alias and (right != equation.right or alias), (text, verdict)
    told = d.check(f"{line}\nmine = sum({equation.left.name} ** 2)")
    assert told.equal and "`mine` is used by no other line and was not checked" in told.sentences[0]


@pytest.mark.parametrize("line", ["s_t = V x_t + c", "dV = Σ_t ds_t x_t^T", "dx_t = V^T ds_t + W^T da_{t+1}", "da_t = dx_t * (1 - x_t^2)",
                                  "o_t = W_{qh} x_t + b_q"])  # fmt: skip
def test_an_input_in_the_place_of_the_state_is_no_letter_of_a_book(line):
    assert derivation("rnn-tanh").check(line).kind in ("ill-typed", "not equal")
    assert not derivation("rnn-tanh").check(line.replace("x_t", "x_{t+1}")).kind.startswith("equal")


BY_HAND = [
    ("ys[t] = np.dot({Why}, hs[t]) + by", {"Why": "Why.T"}),
    ("hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot({Whh}, hs[t-1]) + bh)\nys[t] = np.dot(Why, hs[t]) + by\nps[t] = np.exp(ys[t]) / "
     "np.sum(np.exp({ys}[t]))", {"Whh": "Whh.T", "ys": "-ys"}),
    ("dz^{{<t>}} = da^{{<t>}} * (1 {-} tanh^2(z^{{<t>}}))", {"-": "+"}),
    ("∂o_t/∂h_t = {V}", {"V": "2 V"}),
    ("dW_hh = Σ_{{{t<T}}} da_{{t+1}} h_t^T + da_1 h_0^T", {"t<T": "t<T-1"}),
    ("dW_hh = Σ_{{{t≤T}}} da_t h_{{t-1}}^T", {"t≤T": "t<T"}),
    ("db_h = da_T + da_{{T-{one}}} + ... + da_1", {"one": "2"}),
    ("da_t = dh_t * (1 - {h}_t^2) by (1)", {"h": "a"}),
    (r"da_t = dh_t * (1 - {h}_t^2) \dots (1)", {"h": "a"}),
]  # fmt: skip


@pytest.mark.parametrize("text, slips", BY_HAND)
def test_what_lectures_write_by_hand(text, slips):
    d, right = derivation("rnn-tanh"), {slip: slip.replace("one", "1") for slip in slips}
    assert d.check(text.format(**right)).equal, d.check(text.format(**right))
    for slip, wrong in slips.items():
        assert not d.check(text.format(**right | {slip: wrong})).kind.startswith("equal"), slip


@pytest.mark.parametrize("letter", "AQS")
@pytest.mark.parametrize(
    "form", ["{0}_t = {0}_{{t{1}1}} + {2}\n{0}_{{{3}}} = 0\n{4} = {0}_{5}", "{0}[t] = {0}[t{1}1] + {2}\n{0}[{3}] = 0\n{4} = {0}[{5}]"]
)
def test_what_is_added_up_from_itself_is_no_quantity_of_the_model(letter, form, undiagnosed):
    """By a capital of a letter that the model has, too."""
    d = derivation("rnn-tanh")
    text = form.format(letter, "+", "da[t]" if "[t]" in form else "da_t", "T+1", "db_h", 1)
    assert d.check(text).equal, d.check(text)
    assert not d.check(text.replace("db_h", "db_y")).equal and not d.check(text.replace("= 0", "= b_h")).kind == "equal"
    grown = form.format(letter, "-", "outer(da[t], h[t-1])" if "[t]" in form else "da_t h_{t-1}^T", "0", "dW_hh", "T")
    assert d.check(grown).equal and not d.check(grown.replace("h[t-1]", "h[t]").replace("h_{t-1}", "h_t")).kind.startswith("equal")
