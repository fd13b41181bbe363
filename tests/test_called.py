"""Equations in the letters of other books: each derived one, and some that are wrong, with its names changed as an equation's."""

import itertools
import random
import re

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.mistakes.mutations import Rewriter
from tests.sampling import sampled
from tests.test_check import MODELS, derivation

LECUN = {"h": "s", "p": "o", "s": "z", "W_xh": "U", "W_hh": "W", "W_hy": "V", "b_h": "b", "b_y": "c"}
NG = {"h": "a", "a": "z", "W_hh": "W_aa", "W_xh": "W_ax", "W_hy": "W_ya", "b_h": "b_a"}
HAYKIN = {"h": "x", "x": "u", "W_xh": "U", "W_hh": "W", "W_hy": "V"}
CHEN = {"p": "z", "W_hy": "W_hz", "b_y": "b_z"}
BOOKS = {"LeCun": LECUN, "LeCun's scores": {**LECUN, "p": "p", "s": "o"}, "Ng": NG, "Haykin": HAYKIN, "Chen": CHEN}
NETS = ["rnn-tanh", "rnn-relu", "rnn-sigmoid-mean", "rnn-many-to-one"]
STYLES = ["ascii", "text", "latex"]


def called(x, names):
    """An equation with its names changed."""
    left, right = (e.mapped(side, lambda s: s._replace(name=name_of(names[s.name])) if s.name in names else s) for side in x[:2])
    return e.Equation(left, right)


@pytest.mark.parametrize("book, net", sampled(itertools.product(BOOKS, NETS), 7))
def test_equations_in_the_letters_of_a_book(book, net, random_seed, undiagnosed):
    rng, d, names = random.Random(f"{random_seed} {book} {net}"), derivation(net), BOOKS[book]
    state = called(next(q for q in d.forward if q.left.name == "h"), names)
    for equation in (q for q in (*d.forward, *d.equations) if not q.where):
        other = called(equation, names)
        style = rng.choice(STYLES)
        first = f"{show(state, style)}\n" if book == "Haykin" else ""  # an x alone may be an input in the place of the state
        if (text := first + show(other, style)) != first + show(equation, style):
            verdict = d.check(text)
            assert verdict.kind in ("equal", "equal if"), (text, verdict)
            wrong = [m.right for m in Rewriter(d).all(equation) if m.right != e.ZERO]
            for right in rng.sample(wrong, min(3, len(wrong))):
                if not d.check(show(slip := e.Equation(equation.left, right), style)).kind.startswith("equal"):
                    verdict = d.check(text := first + show(called(slip, names), style))
                    own = re.match(r"`.*` is `", verdict.sentences[0])  # du_t = da_t, which names a u of one's own
                    own = own or " stands for the weight on the " in str(verdict)  # and is right so
                    assert own or not verdict.kind.startswith("equal"), (text, verdict)


@pytest.mark.parametrize("net", ["rnn-tanh", "rnn-many-to-one", "lstm", "gru-before-new"])
def test_a_slip_in_the_letters_here_is_no_letter_of_a_book(net, random_seed, undiagnosed):
    """Where a weight's name has the state's letter here, or a gate stands beside it."""
    rng, d = random.Random(f"{random_seed} slip {net}"), derivation(net)
    lines = [show(q, "text") for q in d.equations if not q.where and q.left.adjoint]
    slips = [(line, m) for line in lines for m in re.finditer(r"(?<![\w])(d?)h(?=_)", line) if "W_h" in line or "rnn" not in net]
    for line, m in rng.sample(slips, min(8, len(slips))):
        text = f"{line[: m.start()]}{m[1]}{rng.choice('sx')}{line[m.end() :]}"
        assert not (verdict := d.check(text)).kind.startswith("equal"), (text, verdict)
    for beside in rng.sample(lines, 3):
        given = next(line for line in lines if line.startswith("dx_t"))
        assert d.check(f"{beside}\n{given}").equal and not d.check(f"{beside}\n{given[1:]}").kind.startswith("equal"), beside


GLUED = [
    ("dz_t = (1 - a_t²) ⊙ da_t", "dW_ax = Σ_t dz_t {}", "x^<t>T", "a^<t>T"),
    ("ds_t = p_t - target_t", "db_y = Σ_t {}", "ds_t", "dh_t"),
    ("y_t = W_hy h_t + b_y", "dW_hy = Σ_t {} h_t^T", "dy_t", "dz_t"),
    ("y_t = V h_t + c", "dV = Σ_t (softmax({}) - d_t) h_t^T", "y_t", "d_t"),
    ("s_t = tanh(z_t)", "o_t = softmax(V {} + c)", "s_t", "z_t"),
]


@pytest.mark.parametrize("first, second, right, wrong", GLUED)
def test_steps_and_letters_as_they_are_typed(first, second, right, wrong, undiagnosed):
    d = derivation("rnn-tanh")
    assert (verdict := d.check(f"{first}\n{second.format(right)}")).equal, verdict
    assert not (verdict := d.check(f"{first}\n{second.format(wrong)}")).kind.startswith("equal"), verdict


# The error of each step goes back by itself; of arrays of all steps the last row of the states is that before the first step.
BACK = """
dU, dV, dW = np.zeros(U.shape), np.zeros(V.shape), np.zeros(W.shape)
error = {p}
error[np.arange(len(y)), y] -= 1.0
for t in np.arange(T)[::-1]:
    dV += np.outer(error[t], {h}[t])
    delta = V.T.dot(error[t]) * (1 - {h}[t] ** 2)
    for k in np.arange(0, t + 1)[::-1]:
        dW += np.outer(delta, {h}[k - 1])
        dU += np.outer(delta, x[k])
        delta = W.T.dot(delta) * (1 - {h}[k - 1] ** 2)
"""
SLIPS = [("{h}[k - 1])", "{h}[k])"), ("x[k]", "x[t]"), ("W.T", "W"), ("-= 1.0", "-= 2.0"), ("t + 1)", "t)"), ("- 1] ** 2", "] ** 2")]
SLIPS += [("np.arange(0", "np.arange(1"), ("(1 - {h}[t] ** 2)", "(1 - {h}[t])"), ("(error[t], {h}[t])", "(error[t], {h}[t - 1])")]


@pytest.mark.parametrize("letters", sampled([{"h": "s", "p": "o"}, {"h": "h", "p": "p"}], 2))
def test_a_program_whose_errors_go_back_one_by_one(letters, random_seed, undiagnosed):
    d = derivation("rnn-tanh")
    assert (verdict := d.check(BACK.format(**letters))).equal, verdict
    for right, wrong in random.Random(random_seed).sample(SLIPS, 4):
        assert BACK.replace(right, wrong) != BACK
        verdict = d.check(BACK.replace(right, wrong).format(**letters))
        assert verdict.kind in ("not equal", "unreadable", "ill-typed"), (right, wrong, verdict)


def test_the_output_may_be_called_y(undiagnosed):
    d = derivation("rnn-tanh")
    assert d.check("∂L_t/∂h_t = ∂L_t/∂y_t ∂y_t/∂h_t").kind == "equal if"
    assert d.check("y_t = softmax(V h_t + c)").equal and d.check("y_t = V h_t + c").equal
    assert d.check("s_t = tanh(U x_t + W s_{t-1} + b)\ny_t = softmax(V s_t + c)").equal
    assert not d.check("y_t = softmax(V h_{t-1} + c)").equal and d.check("y_t = W_hy h_t").kind == "not equal"


def test_a_quiz_asks_for_a_quantity_and_not_for_its_letter():
    """o is an output: the scores in some books, the probabilities in others, by which the derivative is another."""
    quiz = ar.step(ar.Model(ar.RNN(2, 3), output_size=4), steps=3).quiz()
    assert quiz.question.startswith("question 1 of 10: ds_t = ?")
    assert not quiz.answer("do[t] = -onehot(y[t])/o[t]").equal and not quiz.points
    assert quiz.answer("do[t] = p[t] - onehot(y[t])").equal


# What is 0 at every two steps is so of any product: where it is called so, another quantity is meant.
BETWEEN = [
    ("∂{q}_t/∂{q}_k = Π_{{j=k+1}}^{{t}} ∂{q}_j/∂{q}_{{j-1}}", ["= 2 Π", "= -Π", "j=k}"]),
    ("∂{q}_t/∂{q}_{{t-1}} = ∂{q}_t/∂a_t ∂a_t/∂{q}_{{t-1}}", ["= 2 ∂", "= -∂"]),
]
VAIN = [
    ("∂L_t/∂W_hh = Σ_{k=1}^{t} ∂L_t/∂h_t {} ∂h_k/∂W_hh", "∂h_t/∂h_k", "∂h_k/∂h_t"),
    ("∂L/∂W_hh = Σ_t Σ_{k=1}^{t} ∂L_t/∂h_t {} ∂h_k/∂W_hh", "∂h_t/∂h_k", "∂h_k/∂h_t"),
    ("∂L/∂W_xh = Σ_{t=1}^{T} Σ_{k=1}^{t} {}", "∂L_t/∂h_k ∂h_k/∂W_xh", "∂L_k/∂h_t ∂h_t/∂W_xh"),
    ("∂L_t/∂b_h = Σ_{k=1}^{t} ∂L_t/∂h_t (Π_{j=k+1}^{t} {}) ∂h_k/∂b_h", "∂h_j/∂h_{j-1}", "∂h_{j-1}/∂h_j"),
]


@pytest.mark.parametrize("letter", "sxpo")
def test_a_product_of_what_is_0_at_any_two_steps_is_of_another_quantity(letter, undiagnosed):
    d = derivation("rnn-tanh")
    for line, slips in BETWEEN:
        right = line.format(q=letter)
        found = d.check(right)
        assert found.kind == "equal if" and f"`{letter}` stands for the state" in str(found) if letter in "sx" else not found.equal, found
        for slip in slips:
            wrong = right.replace("= Π", slip).replace("= ∂", slip) if slip[0] == "=" else right.replace("j=k+1}", slip)
            assert wrong == right or not d.check(wrong).kind.startswith("equal"), (wrong, d.check(wrong))
    assert d.check("∂s_t/∂s_{t-1} = 0").equal and d.check("∂x_t/∂x_k = 0").equal


@pytest.mark.parametrize("line, right, wrong", VAIN)
def test_a_derivative_of_an_earlier_step_by_a_later_one_says_nothing(line, right, wrong, undiagnosed):
    d = derivation("rnn-tanh")
    assert (verdict := d.check(line.replace("{}", right))).equal, verdict
    assert not (verdict := d.check(line.replace("{}", wrong))).kind.startswith("equal"), verdict


def test_a_step_or_a_number_where_only_one_is_right(undiagnosed):
    d = derivation("rnn-tanh")
    for close, apart in (("p_t = softmax(s_t-1)", "p_t = softmax(s_t - 1)"), ("db_y = Σ_t+1 ds_t", "db_y = Σ_t ds_t")):
        assert d.check(close).kind == "not decided" and d.check(apart).equal, close
    assert d.check("dh_t = W_hy^T ds_t + W_hh^T da_t+1").equal


@pytest.mark.parametrize(
    "line", ["z_t = V h_t - c", "z_t = softmax(V h_{t-1} + c)", "o_t = softmax(h_t)", "out_t = V h_{t-1} + c", "q_t = W h_t"]
)
def test_a_line_on_the_weights_that_no_other_needs_is_right_or_undecided(line, undiagnosed):
    d, name = derivation("rnn-tanh"), line[: line.index("_")]
    for given in ("h_t = tanh(U x_t + W h_{t-1} + b)", "s_t = tanh(U x_t + W s_{t-1} + b)", "∂L/∂V = Σ_t (p_t - y_t) h_t^T"):
        text = f"{given}\n{line.replace('h_', 's_') if given[0] == 's' else line}"
        assert not (verdict := d.check(text)).kind.startswith("equal"), (text, verdict)
        if given[0] != "s":
            assert (verdict := d.check(f"{given}\n{name}_t = V h_t + c")).equal, verdict


@pytest.mark.parametrize("net", ["rnn-tanh", "rnn-many-to-one", "lstm"])
def test_a_quiz_asks_for_every_step_that_the_equation_has(net, random_seed):
    """A condition that is the question's own is none too much, another one leaves steps out."""
    quiz = ar.step(MODELS[net](), steps=3).quiz()
    asked = 0
    while not quiz.over:
        step, points = quiz.step, quiz.points
        line, _, condition = step.after.text.partition("   (")
        if "_t" in line.partition("=")[0] and not condition:
            assert quiz.answer(f"{line}   (t < T)").kind == "not decided" and quiz.points == points, line
            asked += 1
        assert quiz.answer(step.after.text).equal and quiz.points > points, step.after.text
    assert asked


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_a_name_spelled_as_the_derivative_by_something_else_is_an_adjoint_only_if_that_is_so_called(name, random_seed, undiagnosed):
    """dh_k of what has no k, dh_prev, the derivative by the loss or of a function by itself: each is the adjoint of another quantity."""
    d, rng = derivation(name), random.Random(f"{random_seed} {name} spelled")
    known = [q for q in d.equations if q.left.time and q.left.time.base == "t" and not q.where]
    for q in rng.sample(known, 2):
        other = name_of(rng.choice(known).left.name).letter
        spelled = rng.choice(
            [f"{other}_{rng.choice(['k', 'j', 'prev', 'bar', 'raw2'])}", f"{other}7", f"{other}bar", "L", "loss", "σ", "softmax"]
        )
        for sign in (f"d{spelled}[t]", f"∂L/∂{spelled}_t", "∂L/∂δ_t") if spelled.isalnum() else (f"d{spelled}[t]",):
            line = f"{sign} = {show(q.left, 'ascii')}"
            verdict = d.check(line)
            assert verdict.kind != "equal", (line, verdict)
            assert "stands for" in str(verdict) or verdict.kind != "equal if", (line, verdict)
        assert d.check(f"δ_k = {show(q.left, 'ascii')}").kind != "equal"
        for new in ("dnett", "dvv", "dzq"):
            assert d.check(f"{new}[t] = {show(q.left, 'ascii')}").kind == "equal if", (new, q)
        assert d.check(f"q[t] = {show(q.left, 'ascii')}").equal, q
