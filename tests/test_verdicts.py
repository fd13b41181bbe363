"""What the checker may say: equal only what is proven for all lengths and sizes, not equal only what a number refutes."""

import functools
import itertools
import random
import re
import warnings
from fractions import Fraction

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.check import check
from autograd_rnn.formulas.evidence.enclosed import FUNCTIONS
from autograd_rnn.formulas.evidence.settings import likely, settings
from autograd_rnn.formulas.proving.rationals import meant
from autograd_rnn.formulas.reading.functions import CALLS
from autograd_rnn.formulas.reading.parse import parse
from autograd_rnn.formulas.reading.shapes import shapes
from tests.sampling import sampled
from tests.test_check import derivation


def kinds(name, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = check(derivation(name), text)
    return verdict


# -- what is no number is no evidence -------------------------------------------------------------------------------------

NAMES = {"rnn-tanh": ("da", "dh", "ds"), "rnn-relu": ("da", "dh"), "lstm": ("dc", "da_f", "dh"), "gru-before-keep": ("da_z", "dh")}
NOTHING = (
    "log(-1 - {v}**2)",
    "sqrt(-2 - {v}**2)",
    "log({v} - {v})",
    "log(-exp({v}))",
    "log(-softplus({v}))",
    "exp(exp(exp(exp(9 + {v}**2))))",
)
STATES = {"rnn-tanh": "h", "rnn-relu": "h", "lstm": "c", "gru-before-keep": "n"}


@pytest.mark.parametrize("name, made", sampled(itertools.product(NAMES, NOTHING), 22))
def test_what_has_no_value_is_never_equal(name, made, undiagnosed):
    """In place of the right side, as a factor of it, and where it cancels."""
    of = STATES[name]
    d = derivation(name)
    for left in NAMES[name]:
        right = next(line for line in d.text("ascii").splitlines() if line.startswith(f"{left}[t] ="))
        right = right.partition(" = ")[2].partition("   (")[0]
        nothing = made.format(v=f"{of}[t]" if left != "ds" else "s[t]")
        for text in (f"{left}[t] = {nothing}", f"{left}[t] = {nothing} * ({right})"):
            assert not kinds(name, text).equal, text
        if not made.startswith("exp"):
            cancelled = f"{left}[t] = {right} + {nothing} - {nothing}"
            verdict = kinds(name, cancelled)
            assert "is defined where this is not" in str(verdict) or verdict.kind == "not decided", (cancelled, verdict)


NOT_SIDES = ["a[t] - 3*tanh(a[t])", "a[t] - h[t]", "a[t]**2", "a[t] - 1", "2*a[t] - sinh(a[t])", "a[t] * a[t-1] * h[t]", "exp(a[t]) - 1/2"]
NOT_SIDES += ["a[t] * (1/2 - h[t]**2)", "-tanh(a[t]) * h[t]", "a[t] + b", "softplus(a[t]) - 1", "a[t] * (1 - 2*tanh(a[t])**2)"]


@pytest.mark.parametrize(
    "name, text",
    [
        *[("rnn-relu", f"da[{t}] = dh[{t}]") for t in (1, 2, 3, 5, 9, 17)],
        *[("rnn-relu", f"da[{t}] = 0") for t in (1, 4)],
        ("rnn-relu", "da[T] = dh[T]"),
        ("rnn-relu", "da[3] = positive(a[3]) * positive(a[4]) * dh[3]"),
        *[("rnn-relu", f"da[t] = positive({inside}) * dh[t]") for inside in NOT_SIDES],
        ("rnn-relu", "da[t] = (1 - positive(-a[t])) * dh[t]"),
        ("rnn-relu", "da[t] = (1 + sign(a[t])) / 2 * dh[t]"),
        *[("rnn-tanh", f"da[t] = dh[t] * (1 - h[t]**2) * tanh({n}*a[t])**2") for n in (50, 1000, 1000000)],
        ("rnn-tanh", "da[t] = dh[t] * (1 - h[t]**2) * sigmoid(1000000*a[t]**2)"),
    ],
)
def test_what_is_saturated_or_has_one_side_is_never_equal(name, text, undiagnosed):
    assert not kinds(name, text).equal


SIDES = [  # what lies on that side of 0 on which a[t] does
    "(1/T) * T * (a[t] * (-1 * tanh(1/T * -1 * a[t])) * tanh(a[t]))",
    "U @ x[t] + W @ h[t-1] + b",
    "2 * (U @ x[t] + b/3*3) + 2 * (W @ h[t-1])",
    "a[t] * (1 - tanh(h[t])**2)",
    "a[t]**3 / (1 + h[t]**2)",
    "a[t] + tanh(h[t])",
    "3*a[t] - 2*tanh(a[t]) - sin(a[t]/2)",
    "exp(a[t]) - 1",
    "1/2 - sigmoid(-a[t])",
    "exp(tanh(a[t])) * exp(-tanh(a[t])) - 1 + a[t]",
    "a[t] * abs(a[t]) * sigmoid(x[t].T @ x[t])",
    "sinh(a[t]) / T",
]
LAWS = {
    "rnn-tanh": [
        "da[t] = (1 - (2*sigmoid(2*a[t]) - 1)**2) * dh[t]",
        "da[t] = 4 * sigmoid(2*a[t]) * sigmoid(-2*a[t]) * dh[t]",
        "da[t] = (1 - tanh(W_xh @ x[t] + W_hh @ h[t-1] + b_h)**2) * dh[t]",
        "da[t] = (1 + tanh(-a[t]) * tanh(a[t])) * dh[t]",
        "ds[t] = softmax(s[t] + 1) - onehot(y[t])",
        "ds[t] = softmax(s[t] - sum(s[t])) - onehot(y[t])",
        "ds[t] = softmax(W_hy @ h[t] + b_y - 7) - onehot(y[t])",
        "ds[t] = exp(s[t] - log(sum(exp(s[t])))) - onehot(y[t])",
        "ds[t] = exp(log(p[t])) - onehot(y[t])",
        "ds[t] = p[t] - onehot(y[t]) + log(p[t]) - s[t] + log(sum(exp(s[t] + 3))) - 3",
        "da[t] = (1 - h[t]**2) * dh[t] + softplus(a[t]) - softplus(-a[t]) - a[t]",
        "da[t] = (1 - h[t]**2) * dh[t] + log(sigmoid(a[t])) + log(1 + exp(-a[t]))",
        "da[t] = (1 - h[t]**2) * dh[t] + exp(a[t]) * exp(-a[t]) - 1",
        "dx[t] = (W_xh.T @ da[t]) * (sigmoid(W_xh.T @ (7 * da[t] / 7)) + sigmoid(-(W_xh.T @ ((1 - h[t]**2) * dh[t]))))",
        "dh[0] = (W_hh.T @ da[1]) * exp(W_hh.T @ (da[1] / 4)) / exp((W_hh.T @ (da[1] * 3)) / 12)",
        "da[t] = dh[t] * (1 - h[t]**2) * exp(sum(3 * h[t] / 2) + x[t].T @ x[t]) / exp(sum(x[t]**2) + sum(h[t]) * 3/2)",
        "da[t] = dh[t] / cosh(a[t])**2 + cosh(h[t])**2 - sinh(h[t])**2 - 1",
        "da[t] = sqrt(1 - h[t]**2) * dh[t] * (1 - h[t]**2) / sqrt(1 - h[t]**2)",
        "da[t] = sqrt(x[t].T @ x[t] + 1)**3 / sqrt(sum(x[t]**2) + 1)**3 * dh[t] * (1 - h[t]**2)",
        "da[t] = dh[t] * (1 - h[t]**2) + abs(h[t]) - sqrt(h[t]**2)",
        "da[t] = (1 - h[t]**2) * dh[t] + exp(a[t]/2) * exp(a[t]/3) * exp(a[t]/6) - exp(a[t])",
    ],
    "rnn-sigmoid-mean": ["da[t] = (1 - tanh(a[t]/2)**2) / 4 * dh[t]", "da[t] = sigmoid(a[t]) * sigmoid(-a[t]) * dh[t]"],
    "rnn-relu": [
        *[f"da[t] = positive({inside}) * dh[t]" for inside in SIDES],
        "da[t] = positive(relu(a[t])) * dh[t]",
        "da[t] = positive(a[t])**3 * dh[t]",
        "da[t] = (1 + sign(a[t])) * sign(h[t]) / 2 * dh[t]",
        "da[t] = positive(10 * a[t] * (1/2)) * dh[t]",
        "da[5] = positive(h[5]) * dh[5]",
    ],
    "lstm": ["da_o[t] = dh[t] * tanh(c[t]) * sigmoid(a_o[t]) * sigmoid(-a_o[t])"],
}


@pytest.mark.parametrize("name, text", sampled([(name, text) for name, texts in LAWS.items() for text in texts], 6))
def test_what_a_law_proves_is_equal_and_a_slip_in_it_is_not(name, text, undiagnosed):
    assert kinds(name, text).equal, kinds(name, text)
    slip = (
        text.replace("] =", "] = 1.5 *", 1)
        if " + " not in text
        else text + " + h[t]" * text.startswith("da") + " + s[t]" * text.startswith("ds") + " + x[t]" * text.startswith("dx")
    )
    assert kinds(name, slip).kind == "not equal", kinds(name, slip)


def test_what_no_law_proves_and_no_number_refutes_is_not_decided(capsys):
    from autograd_rnn.cli import main

    text = "da[t] = dh[t] * (1 - h[t]**2) + (sqrt(h[t]**2 + 1) + h[t]) * (sqrt(h[t]**2 + 1) - h[t]) - 1"
    verdict = kinds("rnn-tanh", text)
    assert (verdict.kind, verdict.exit_code, verdict.equal, bool(verdict)) == ("not decided", 3, False, False)
    assert main(["check", "rnn", text]) == 3 and "not decided" in capsys.readouterr().out


# -- for all lengths and sizes -----------------------------------------------------------------------------------------


@functools.cache
def mean(task="many-to-many"):
    return ar.derive(ar.Model(ar.RNN(2, 3), 4, task=task, reduction="mean"))


@pytest.mark.parametrize("n", sampled([2, 3, 4, 5, 7, 10, 16, 20, 100], 3))
def test_a_number_is_no_length(n, undiagnosed):
    for text in (f"ds[t] = (p[t] - onehot(y[t])) / {n}", f"ds[t] = 1/{n} * p[t] - onehot(y[t]) / {n}"):
        verdict = check(mean(), text)
        assert verdict.kind == "not equal" and (n > 10 or f"right for T = {n} only" in str(verdict)), verdict
    for k in (n, n - 1, n + 1, n - 2, n + 2):
        assert kinds("rnn-tanh", f"db_h = T/{k} * Sum(da[t], t)").kind == "not equal" or k == 0, k
        assert kinds("rnn-tanh", f"da[t] = dh[t] * (1 - h[t]**2) * sum(h[t] - h[t] + 1) / {max(k, 1)}").kind == "not equal"


@pytest.mark.parametrize("n", sampled([1, 2, 3, 4, 6, 9, 15], 3))
def test_a_step_is_no_end(n, undiagnosed):
    assert kinds("rnn-tanh", f"dx[T-2] = W_xh.T @ da[{n}]").kind == "not equal"
    assert kinds("rnn-tanh", f"dW_hh = Sum(da[t] @ h[t-1].T, t, 1, {n})").kind == "not equal"
    assert kinds("rnn-tanh", f"da[{n}] = (1 - h[{n}]**2) * (W_hy.T @ ds[{n}])").kind == "not equal"
    assert kinds("rnn-tanh", f"da[{n}] = (1 - h[{n}]**2) * (W_hy.T @ ds[{n}] + W_hh.T @ da[{n + 1}])").equal
    verdict = kinds("rnn-many-to-one", f"dh[{n}] = W_hh.T @ da[{n + 1}]")
    assert verdict.kind == "equal if" and f"for T >= {n + 1}, but not for T = {n}" in str(verdict), verdict
    assert kinds("rnn-many-to-one", f"dh[{n}] = W_hy.T @ ds[T]").kind == "not equal"


@pytest.mark.parametrize("k", sampled(range(4), 2))
def test_the_lengths_of_two_sequences_are_two(k, undiagnosed):
    for text in (f"dbdec_h = Sum(dadec[t], t, 1, T-{k})", f"dbenc_h = Sum(daenc[t], t, 1, S-{k})"):
        assert kinds("encoder-decoder", text).kind == "not equal", text
    assert kinds("rnn-one-to-many", f"db_y = Sum(ds[t], t, 1, T-{k})").equal == (k == 0)


@pytest.mark.parametrize("n", [3, 6, 7, 9, 11, 12, 13, 17, 49])
def test_a_fraction_is_itself_to_the_last_digit_that_a_float_has(n):
    assert kinds("rnn-tanh", f"db_h = {1 / n!r} * {n} * Sum(da[t], t)").equal
    assert kinds("rnn-tanh", f"db_h = {1 / n + 4e-15!r} * {n} * Sum(da[t], t)").kind == "not equal"


def seam(cell, decoder):
    """The equations at the seam of an encoder and a decoder: each state of the decoder before its first step is the encoder's last one."""
    return ar.derive(ar.EncoderDecoder(cell, decoder, output_size=4))


@pytest.mark.parametrize("make", [ar.RNN, ar.LSTM, ar.GRU])
def test_the_gradient_at_the_seam_is_one_on_both_sides(make, undiagnosed):
    d = seam(make(2, 3), make(4, 3))
    for state in ("h", "c") if make is ar.LSTM else ("h",):
        first, last = f"d{state}dec[0]", f"d{state}enc[T]"
        for text in (f"{last} = {first}", f"{first} = {last}"):
            assert d.check(text).equal, text
        wrong = (f"{first} = 2*{last}", f"{last} = d{state}dec[1]", f"{first} = d{state}enc[T-1]", f"d{state}enc[T-1] = {first}")
        for text in (*wrong, f"{first} = 0"):
            assert d.check(text).kind == "not equal", text


def test_the_seam_of_stacked_cells_is_layer_by_layer():
    d = seam(ar.Stacked([ar.RNN(2, 3), ar.GRU(3, 3)]), ar.Stacked([ar.RNN(4, 3), ar.GRU(3, 3)]))
    for one, other in itertools.product((1, 2), repeat=2):
        assert d.check(f"dhdec{one}[0] = dhenc{other}[T]").equal == (one == other)


SHORT = [
    "dW_hh = outer(da[1], h[0]) + outer(da[T], h[T-1]) + Sum(outer(da[t], h[t-1]), t, 2, T-1)",
    "db_h = da[1] + Sum(da[t], t, 2, T-1) + da[T]",
    "dc = ds[T] + ds[T-1] + ds[1] + Sum(ds[t], t, 2, T-2)",
]


@pytest.mark.parametrize("text", SHORT)
def test_what_is_false_for_the_shortest_sequences_is_not_equal(text):
    verdict = kinds("rnn-tanh", text)
    assert verdict.kind == "not equal" and "right for longer sequences, but not for T = 1" in str(verdict), verdict


# -- own names and assumptions -----------------------------------------------------------------------------------------


def test_what_is_defined_twice_is_refused():
    verdict = kinds("rnn-tanh", "q[t] = dh[t]\nq[t] = dh[t] * (1 - h[t]**2)\nda[t] = q[t]")
    assert verdict.kind == "unreadable" and "`q[t]` is defined twice, in the lines 1 and 2" in verdict.sentences[0]


@pytest.mark.parametrize(
    "text, said",
    [
        ("h[0] = 0\ndW_hh = Sum(da[t] @ h[t-1].T, t, 2, T)", "if `h[0] = 0`"),
        ("W_hh = 0\ndh[t] = W_hy.T @ ds[t]", "if `W_hh = 0`"),
        ("h[0] = 0\nW_hh = 0\ndh[t] = W_hy.T @ ds[t]\ndW_hh = Sum(da[t+1] @ h[t].T, t, 1, T-1)", "if `h[0] = 0` and `W_hh = 0`"),
        ("h[0] = 0\ndb_h = Sum(da[t], t)", "is given, not derived"),
        ("x[1] = 0\ndW_xh = Sum(da[t] @ x[t].T, t, 2, T)", "if `x[1] = 0`"),
    ],
)
def test_an_assumption_is_named(text, said):
    verdict = kinds("rnn-tanh", text)
    assert said in str(verdict), verdict
    assert (verdict.kind, verdict.equal, verdict.exit_code) == (("equal if", False, 3) if re.search("W_hh|x", said) else ("equal", True, 0))
    assert kinds("rnn-tanh", re.sub(r"= (?!0)", "= 2*", text)).kind == "not equal"
    assert said[:2] != "if" or not kinds("rnn-tanh", text.split("\n")[-1]).equal


def test_a_loss_that_never_enters_is_missed():
    verdict = kinds("rnn-many-to-one", "dh[t] = W_hh.T @ da[t+1]")
    assert verdict.kind == "not equal" and "is right, but for `dh[T] = W_hy.T @ ds[T]`" in verdict.sentences[0]
    assert kinds("rnn-many-to-one", "dh[t] = W_hh.T @ da[t+1]\ndh[T] = W_hy.T @ ds[T]").equal


# -- numbers are what is written -----------------------------------------------------------------------------------------


def test_decimals_are_fractions(random_seed, undiagnosed):
    rng = random.Random(random_seed)
    for _ in range(8):
        a, b = (rng.randrange(1, 999) for _ in "ab")
        number = f"{a / 100!r}*{b / 10!r}"
        assert kinds("rnn-tanh", f"da[t] = {number} * dh[t] * (1 - h[t]**2) * 1000 / {a * b}").equal, (a, b)
        assert kinds("rnn-tanh", f"da[t] = {number} * dh[t] * (1 - h[t]**2) * 1000 / {a * b + 1}").kind == "not equal", (a, b)


ROUNDED = {  # what a net may make of two numbers in floats, and what that is
    "product": lambda a, b, n: a * b,
    "quotient of a quotient": lambda a, b, n: a / (1 / b),
    "quotient": lambda a, b, n: a / n,
    "mean of a product": lambda a, b, n: a * b / n,
    "what is left of one": lambda a, b, n: 1 - a / 1000,
    "sum": lambda a, b, n: a + b,
    "reciprocal": lambda a, b, n: 1 / a,
    "cube": lambda a, b, n: a * a * b,
}


@pytest.mark.parametrize("way", ROUNDED)
def test_a_rounded_number_is_the_one_that_was_meant(way, random_seed):
    rng = random.Random(random_seed)
    for _ in range(500):
        a, b = (Fraction(rng.randrange(1, 1000), 10 ** rng.randrange(3)) for _ in "ab")
        n = rng.randrange(2, 12)
        exact, rounded = ROUNDED[way](a, b, Fraction(n)), ROUNDED[way](float(a), float(b), n)
        assert meant(rounded) == exact, (a, b, n)
        for other in (1.01, 1 + 1e-12, 1 - 1e-12):
            assert meant(rounded * other) != exact, (a, b, n, other)


class Leaking(ar.Cell):
    """Keeps a part of its state: ``part`` says how much of it."""

    part = staticmethod(lambda h: h)

    def shapes(self):
        return {"W_xh": (self.hidden_size, self.input_size), "W_hh": (self.hidden_size, self.hidden_size)}

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h
        return dict(a=a, h=self.part(h) + ar.tanh(a))


@pytest.mark.parametrize("way", sampled(["folded", "in turn", "divided", "third"], 2))
def test_a_number_of_the_net_is_what_it_rounds(way, random_seed):
    """Of 0.1 * 1.5 Python makes 0.15000000000000002, and 0.15 is right all the same; 0.16 is not."""
    rng = random.Random(random_seed)
    for _ in range(3):
        a, b = rng.randrange(1, 99) / 10, rng.randrange(1, 99) / 10
        ways = {
            "folded": lambda h: a * b * h,
            "in turn": lambda h: a * (b * h),
            "divided": lambda h: h * (a / (1 / b)),
            "third": lambda h: h * (a / 3),
        }
        d = ar.derive(ar.Model(type("Leaking", (Leaking,), {"part": staticmethod(ways[way])})(2, 3), 4))
        right = f"{a}/3" if way == "third" else f"{round(a * b, 2)}"
        for number, kind in ((right, "equal"), (f"{right} * 1.01", "not equal")):
            assert d.check(f"dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1] + {number} * dh[t+1]").kind == kind, (a, b, way)


# -- what a text says and a reader could drop ------------------------------------------------------------------------------


def some_steps(rng):
    """A loop's header that leaves out a step, or has steps of no length that is the net's."""
    n = rng.randrange(2, 9)
    made = [f"range({n}, T+1)", f"range(T-{n - 1})", f"range(1, T-{n - 2})", f"range({n})", f"range(T, {n - 1}, -1)", f"range(1, T+1, {n})"]
    made += [
        f"reversed(range({n}, T + 1))",
        f"[1, {n}]",
        f"steps[{n}:]",
        f"range({n}, len(xs))",
        f"reversed(range(T - {n - 1}))",
        "range(H)",
    ]
    return rng.choice(made)


def test_a_loop_goes_over_all_steps_or_is_refused(random_seed):
    rng, every = (
        random.Random(random_seed),
        ["range(T)", "range(1, T+1)", "reversed(range(1, T + 1))", "range(T, 0, -1)", "range(T-1,-1,-1)"],
    )
    every += ["reversed(range(len(inputs)))", "list(range(T))[::-1]", "np.arange(1, T+1)", "reversed(range(x.shape[0]))", "range(seq_len)"]
    for header in every:
        assert kinds("rnn-tanh", f"for t in {header}:\n    db_h += da[t]").equal, header
    for header in {some_steps(rng) for _ in range(12)}:
        assert "a loop goes over all steps" in kinds("rnn-tanh", f"for t in {header}:\n    db_h += da[t]").sentences[0], header


def test_no_loop_of_steps_goes_over_a_size_whatever_its_letter():
    derivation = ar.derive(ar.Model(ar.Stacked([ar.RNN(2, 3), ar.RNN(3, 5)]), output_size=4))
    sizes = shapes(derivation).sizes
    assert len(sizes) > 3
    for letter in sizes:
        for header in (f"range({letter})", letter):
            found = derivation.check(f"for t in {header}:\n    db1_h += da1[t]")
            assert not found.kind.startswith("equal") and "goes over all steps" in str(found), header
    assert derivation.check("for t in range(steps):\n    db1_h += da1[t]").equal


def test_a_number_that_no_float_holds_is_not_rounded(random_seed):
    rng = random.Random(random_seed)
    for digits in (rng.randrange(17, 40) for _ in range(6)):
        for number in (
            "0." + "9" * digits,
            "1." + "0" * digits + "1",
            f"1.5e-{digits + 330}",
            f"2.{rng.randrange(10 ** (digits - 1), 10**digits)}7",
        ):
            verdict = kinds("rnn-tanh", f"da[t] = dh[t] * (1 - h[t]**2) * {number}")
            assert verdict.kind == "unreadable" and "more digits" in str(verdict), number


@pytest.mark.parametrize("power", [21, 10**4, 10**13])
def test_a_giant_exponent_is_answered(power):
    for text in (
        f"da[t] = dh[t] * h[t]**{power}",
        f"\u2202h_t/\u2202h_k = W_hh^{{{power}}}",
        f"\u2202h_t/\u2202h_k = W_hh^{{t-k+{power}}}",
    ):
        assert kinds("rnn-tanh", text).kind == "unreadable", text


def test_the_gradient_of_one_loss_has_its_parameters_shape():
    for line, kind in (("ds_t h_tᵀ", "equal"), ("h_t ds_tᵀ", "ill-typed"), ("2 ds_t h_tᵀ", "not equal")):
        assert kinds("rnn-tanh", f"∂L_t/∂W_hy = {line}").kind == kind, line


@pytest.mark.parametrize("line", ["∂s_t/∂h_t = W_hyᵀ", "∂s_t/∂x_t = (W_hy diag(1 - h_t²) W_xh)ᵀ"])
def test_a_jacobian_of_the_transposed_shape_has_its_sentence(line):
    verdict = kinds("rnn-tanh", line)
    assert verdict.kind == "ill-typed" and "a row for each element" in str(verdict), verdict


@pytest.mark.parametrize("number", sampled(range(3), 3))
def test_a_formula_does_not_ask_how_long_the_sequence_is(number, random_seed, undiagnosed):
    """Thresholds beyond every length that is tried, so that no number refutes them."""
    n = random.Random(f"{random_seed} {number}").randrange(12, 10**5)
    for asked in (
        f"(T < {n})",
        f"where(T > {n}, 2, 1)",
        f"(1 + relu(T - {n}))",
        f"sign({n} - T)",
        f"(T/{n} < 1)",
        f"(T*a[t]**2 < {n}*a[t]**2)",
        f"(1 + abs(T - {n}) + T - {n})",
        f"(1 + sqrt((T - {n})**2) + T - {n})",
    ):
        assert not kinds("rnn-tanh", f"da[t] = dh[t] * (1 - h[t]**2) * {asked}").equal, asked
        whole = asked.replace("a[t]", "a[1]")
        for own in (f"v = {whole}\n", f"u = T\nv = {whole.replace('T', 'u')}\n"):
            assert not kinds("rnn-tanh", f"{own}da[t] = dh[t] * (1 - h[t]**2) * v").equal, own


RIGHT = "da[t] = dh[t] * (1 - h[t]**2)"


@pytest.mark.parametrize(
    "own", sampled(["T", "sum(x[1]/x[1])", "sum(exp(h[1] - h[1]))", "Sum(1, t)", "Sum(sigmoid(a[t]) + sigmoid(-a[t]), t)"], 3)
)
def test_what_vanishes_at_many_lengths_or_sizes_is_not_nothing(own, random_seed):
    """A polynomial in a length or a size, of which every number that is tried may be a root."""
    rng = random.Random(random_seed)
    first, last = rng.randrange(1, 4), rng.randrange(9, 40)
    factors = "*".join(f"(v - {k})" for k in range(first, last))
    turned = "*".join(f"(v + {k})" for k in range(1, 50))
    for text in (f"v = {own}\n{RIGHT} + {factors}*h[t]", f"v = {own} - 50\n{RIGHT} + {turned}*h[t]"):
        assert not kinds("rnn-tanh", text).equal, text
    for right in ("v/v", "(v + 1)/v - 1/v", "v*v/(v*v)") if own == "T" else ():
        assert kinds("rnn-tanh", f"v = {own}\n{RIGHT} * ({right})").equal, right
    assert kinds("rnn-tanh", f"{RIGHT} * Sum(1/T, t)").equal


def test_what_lies_farther_than_the_lengths_that_are_tried_is_not_nothing(random_seed):
    """``dh[t+40]`` is 0 in a short sequence: written as names of names, or with the bounds of sums."""
    rng = random.Random(random_seed)
    near, far = sorted(rng.sample(range(5, 20), 2))
    for text in (
        f"q[t] = dh[t+{near}]\nr[t] = q[t+{far}]\n{RIGHT} + r[t]",
        f"r[t] = q[t+{far}]\nq[t] = dh[t+{near}]\n{RIGHT} + r[t]",
        f"q[t] = dh[t+{near}] + q[t+1] - q[t+1]\n{RIGHT} + q[t+{far}]",
        f"{RIGHT} + Sum(dh[j+{far}], j, t+{near}, T)",
        f"{RIGHT} + Sum(Sum(dh[k+{near}], k, j+{far}, T), j, t+{near}, T)",
    ):
        assert kinds("rnn-tanh", text).kind == "not equal", text
    chain = "".join(f"q{k + 1}[t] = q{k}[t+{far}]\n" for k in range(30))
    verdict = kinds("rnn-tanh", f"q0[t] = dh[t+{far}]\n{chain}{RIGHT} + q30[t]")
    assert verdict.kind == "unreadable" and "steps from t" in str(verdict)


@pytest.mark.parametrize("digits", [13, 14, 15])
def test_a_factor_that_floats_hardly_tell_from_another_is_another(digits):
    for number in (f"1.{'0' * (digits - 1)}1", f"0.{'9' * digits}", f"0.5{'0' * (digits - 2)}1 * 2", f"2.{'0' * (digits - 1)}1/2"):
        assert kinds("rnn-tanh", f"{RIGHT} * {number}").kind == "not equal", number
        assert kinds("rnn-tanh", f"{RIGHT} * {number} / ({number})").equal, number


@pytest.mark.parametrize("of", ["h[0]", "h[t-1]", "sum(h[0])", "sqrt(h[0]*h[0])", "log(1 + h[0]**2)", "q[t]"])
def test_what_divides_by_a_state_that_begins_at_zero_has_no_value(of):
    own = "q[t] = h[t-1]\n" * (of == "q[t]")
    verdict = kinds("rnn-tanh", f"{own}{RIGHT} * {of} / {of}")
    assert verdict.kind == "not equal" and "is defined where this is not" in str(verdict)
    assert kinds("lstm", "da_f[t] = dc[t] * c[t-1] * c[t-1] / c[t-1] * f[t] * (1 - f[t])").kind == "not equal"


ZEROS = ["{v}", "{v}**2", "{v} - {k}/17", "sum({v})", "W_hh @ {v}", "{v}*exp({v})", "tanh({v}) - 1/{k}", "log(1 + {v}**2)", "2*{v}**3",
         "sigmoid({v}) - {k}/11", "({v} + {k}/9)**2", "{v} + x[t].T @ x[t]", "cosh({v}) - {k}", "1 - {k}*h[t]**2", "p[t].T @ p[t] - 1/{k}",
         "{v} - h[t-1]", "1 + h[t-1]"]  # fmt: skip
NEVER = ["exp({v})", "{k} + {v}**2", "{k} + tanh({v})", "{k} - sigmoid({v})", "p[t].T @ p[t]", "sum(exp({v}))", "cosh({v})", "1 - h[t]**2",
         "sqrt(1/{k} + {v}**2)", "exp({v}) + exp(-{v})", "-softplus({v})", "(1 + h[t]) * (1 - h[t])", "abs({v}) + 1/{k}", "sigmoid({v})**2",
         "exp({v}) / (1 + exp({v}))"]  # fmt: skip


@pytest.mark.parametrize("part", sampled(range(6), 6))
def test_what_divides_by_what_is_0_somewhere_has_no_value(part, random_seed, undiagnosed):
    """Wherever that is: at rest, or where a sign changes. A right line divides by what never is."""
    rng = random.Random(random_seed + part)
    for below in (*rng.sample(ZEROS, 3), *rng.sample(NEVER, 3)):
        v, k = rng.choice(["h[t]", "a[t]", "b_h"]), rng.randrange(2, 9)
        of = below.format(v=v, k=k)
        own = rng.random() < 0.3
        text = f"q[t] = {of}\n{RIGHT} * q[t] / q[t]" if own else rng.choice([f"{RIGHT} * ({of}) / ({of})", f"{RIGHT} + 0 / ({of})"])
        assert kinds("rnn-tanh", text).kind in (("equal",) if below in NEVER else ("not equal", "not decided")), text
        if below not in NEVER:
            assert not kinds("rnn-tanh", f"{RIGHT} + log({of}) - log({of})").equal, of


FAR = [("db_h = Sum({d}[t], t, {a}, {b})", 0), ("db_h = Sum({d}[t+1], t, {a}, {b})", 1), ("db_h = {d}[1] + Sum({d}[t], t, 2, {b})", 0),
       ("dW_hh = Sum({d}[t] @ h[t-1].T, t, {a}, {b})", 0), ("dW_hh = Sum(outer({d}[t+1], h[t]), t, {a}, {b})", 1)]  # fmt: skip


BEFORE = [  # of each net a line on a step that is none, or in which there is one
    ("rnn-tanh", "dh[0] = W_hy.T @ ds[0] + W_hh.T @ da[1]", "ds[0]"),
    ("rnn-tanh", "dx[0] = W_xh.T @ da[0]", "dx[0]"),
    ("rnn-tanh", "db_h = Sum(da[t], t) + da[0]", "da[0]"),
    ("encoder-decoder", "dhdec[0] = W_hy.T @ ds[0] + Wdec_hh.T @ dadec[1]", "ds[0]"),
    ("bidirectional", "dhb[T+1] = Wb_hy.T @ ds[T+1] + Wb_hh.T @ dab[T]", "ds[T+1]"),
]


@pytest.mark.parametrize("name, line, none", BEFORE)
def test_an_adjoint_before_the_first_step_is_assumed_to_be_0(name, line, none, undiagnosed):
    verdict = kinds(name, line)
    assert verdict.kind == "equal if" and f"if `{none}` is 0" in str(verdict), verdict
    assert kinds(name, f"{none} = 0\n{line}").equal or line.startswith(none)
    assert kinds("bidirectional", "dhb[1] = Wb_hy.T @ ds[1] + Wb_hh.T @ dab[0]").equal


def test_a_step_that_is_counted_from_the_end_of_the_other_sequence_is_judged_at_ends_close_to_it(random_seed, undiagnosed):
    """The encoder's S-th step may be any of its own, or none."""
    rng = random.Random(random_seed)
    for _ in range(6):
        (net, other), k = rng.choice([(("enc", "S"), "T"), (("dec", "T"), "S")])[0], rng.randrange(3)
        step, at = f"{other}{rng.choice(['', '+1', '-1'])}", rng.choice([f"{k + 1}", f"T-{k}", f"S-{k}"])
        line = f"da{net}[{step}] = (1 - h{net}[{{}}]**2) * dh{net}[{step}]"
        assert not kinds("encoder-decoder", line.format(at)).equal or at in (step, f"{step}-0"), line.format(at)
    for line in ("dhenc[S+1] = Wenc_hh.T @ daenc[S+2]", "dhenc[S-1] = Wenc_hh.T @ daenc[S]", "dbenc_h = Sum(daenc[t], t, 1, S+1)"):
        assert not kinds("encoder-decoder", line).equal, line


def test_a_sum_ends_where_the_sequence_does_or_says_that_nothing_follows(random_seed, undiagnosed):
    """Farther on there is no adjoint: that one is 0 is an assumption, and right where it is stated."""
    rng = random.Random(random_seed)
    for line, early in rng.sample(FAR, 3):
        name = rng.choice(["da", "delta"])
        own = "delta[t] = (1 - h[t]**2) * (W_hy.T @ ds[t] + W_hh.T @ delta[t+1])\n" * (name == "delta")

        def asked(first, last, line=line, early=early, own=own, name=name):
            ends = f"T{last - early:+d}" if last != early else "T"
            return own + line.format(d=name, a=first - early, b=ends)

        assert kinds("rnn-tanh", asked(1, 0)).equal, asked(1, 0)
        k = rng.randrange(1, 4)
        verdict = kinds("rnn-tanh", asked(1, k))
        assert verdict.kind == "equal if" and f"if `{name}[T+{k}]` is 0" in str(verdict), verdict
        assert kinds("rnn-tanh", f"{asked(1, k)}\n{name}[T+{k}] = 0").equal and kinds("rnn-tanh", f"{name}[T+{k}] = 0\n{asked(1, k)}").equal
        assert kinds("rnn-tanh", asked(1, -1)).kind == "not equal"
        if "{a}" in line and "h[" not in line:
            assert kinds("rnn-tanh", asked(0, 0)).kind == "equal if"
    for line in ("dW_hh = Σ_{k=1}^{T} Σ_{t=k}^{%s} (∂s_t/∂a_k)^T ds_t h_{k-1}^T", "∂L/∂W_hh = Σ_{t=1}^{%s} ∂L_t/∂W_hh"):
        assert kinds("rnn-tanh", line % "T").equal and kinds("rnn-tanh", line % "T+1").kind == "equal if"


@pytest.mark.parametrize("name, right", [("dh_t", "W_hy^T ds_t + W_hh^T da_{t+1}"), ("da_t", "(1 - h_t²) ⊙ dh_t"), ("db_h", "Σ_t da_t")])
def test_a_row_is_no_column(name, right):
    """A transposed vector on the left asks for a row on the right; a transposed matrix for a transposed matrix."""
    d = derivation("rnn-tanh")
    for turned in ("{}^T", "{}ᵀ", "{}'", "{}^\\top", "({})^T"):
        assert d.check(f"{turned.format(name)} = {right}").kind == "ill-typed", turned
        assert d.check(f"{turned.format(name)} = ({right})^T").equal, turned
        matrix = turned.format("dW_hh")
        assert d.check(f"{matrix} = Σ_t h_{{t-1}} da_t^T").equal and d.check(f"{matrix} = Σ_t da_t h_{{t-1}}^T").kind == "not equal"


def test_a_text_full_of_numbers_is_judged_at_short_lengths_and_small_sizes(random_seed):
    """None of its numbers is tried as a length, unless that leaves long ones only: a verdict would take minutes."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for count in (3, 60, 190):
        numbers = rng.sample(range(3, 200), count)
        equation = parse(RIGHT + "".join(f" + {n}*h[t]" for n in numbers), d)
        long = settings(d, equation)[:2]
        assert all(max(at.T, at.S, *at.sizes[:3]) < 80 for at in long) and long[0].T != long[1].T, long
        assert count > 3 or all(abs(n - k) > 1 for n in numbers for at in long for k in (at.T, at.S, *at.sizes[:3]))
        assert len(likely(equation)) <= 16


@pytest.mark.parametrize("name", ["delta", "e", "own"])
def test_a_name_of_ones_own_is_nothing_where_no_line_defines_it(name, random_seed):
    """It is 0 beyond the ends alone: within the sequence a step that no line is about is asked for."""
    k = random_seed % 3 + 1
    made = f"{name}[T] = (1 - h[T]**2) * (W_hy.T @ ds[T]"
    verdict = derivation("rnn-tanh").check(f"{made} + {name}[T-{k}])\ndb_h = {name}[T] + Sum(da[t], t, 1, T-1)")
    assert verdict.kind == "unreadable" and f"no line says what `{name}` is" in str(verdict).lower(), verdict
    assert derivation("rnn-tanh").check(f"{made} + {name}[T+{k}])\ndb_h = {name}[T] + Sum(da[t], t, 1, T-1)").equal


@pytest.mark.parametrize(
    "mask, kind",
    [("h[t] > 0", "equal"), ("h[t] >= 0", "not equal"), ("a[t] > 0", "equal"), ("a[t] >= 0", "equal"), ("0 < h[t]", "equal"),
     ("0 <= h[t]", "not equal"), ("h[t] != 0", "equal"), ("h[t] == 0", "not equal"), ("1 - (h[t] <= 0)", "equal"),
     ("1 - (h[t] < 0)", "not equal"), ("1 - (h[t] == 0)", "equal"), ("np.heaviside(h[t], 1)", "not equal"),
     ("np.heaviside(h[t], 0)", "equal"), ("1{h[t] >= 0}", "not equal"), ("2*h[t] >= 0", "not equal"), ("a[t]*h[t] >= 0", "not equal")],
)  # fmt: skip
def test_a_relus_output_is_never_less_than_0_and_often_0(mask, kind):
    """As a program has them: >= is no >, but for what is exactly 0 by chance alone."""
    d = derivation("rnn-relu")
    assert d.check(f"da[t] = ({mask}) * dh[t]").kind == kind
    if not mask.startswith(("1", "np")):
        assert d.check(f"da[t] = dh[t] if {mask} else 0").kind == kind
    if not mask.startswith(("1{", "np")):
        assert d.check(f"da[t] = where({mask}, dh[t], 0)").kind == kind
    if not mask.startswith(("1", "np")):
        assert d.check(f"da = dh.copy()\nda[{mask}] = 0".replace("[t]", "")).equal is (mask in ("h[t] == 0",))
        assert d.check(f"da[t] = dh[t].copy()\nda[t][{mask}] = 0").equal is (mask in ("h[t] == 0",))


@pytest.mark.parametrize("of", sampled(["log(h[t] - h[t])", "(1/(h[t] - h[t]))", "sqrt(-h[t]**2)", "log(h[t])"], 2))
def test_0_times_what_has_no_value_is_no_0(of):
    for times in ("0*{}", "0 {}", "{}*0", "h[t]*(0*{})", "(0*{})/3", "sum(0*{})", "outer(0*h[t], {}) @ h[t]", "0/(h[t] - h[t])*{}"):
        assert not derivation("rnn-tanh").check(f"da[t] = dh[t]*(1 - h[t]**2) + {times.format(of)}").equal, times
    for nothing in ("0*h[t]", "0*log(1 + h[t]**2)", "0/(1 + h[t]**2)", "0*(W_hh @ h[t])"):
        assert derivation("rnn-tanh").check(f"da[t] = dh[t]*(1 - h[t]**2) + {nothing}").equal, nothing


def test_sums_within_sums_are_refused_where_they_would_not_end(random_seed, undiagnosed):
    letters = [f"k{k}" for k in range(4 + random_seed % 9)]
    inner = "*".join(f"h[{letter}]" for letter in letters)
    text = functools.reduce(lambda of, letter: f"Sum({of}, {letter})", letters, inner)
    assert "at most three within one another" in str(kinds("rnn-tanh", f"da[t] = dh[t]*(1 - h[t]**2) + {text} - {text}"))
    three = "Sum(Sum(Sum(h[i]*h[j]*h[k], i), j), k)"
    assert kinds("rnn-tanh", f"da[t] = dh[t]*(1 - h[t]**2) + {three} - {three}").equal


ONES = [
    "(sigmoid(a[t]) + sigmoid(-a[t]))",
    "exp(a[t])*exp(-a[t])",
    "(cosh(a[t])**2 - sinh(a[t])**2)",
    "(1/(1 + exp(a[t])) + sigmoid(a[t]))",
]


@pytest.mark.parametrize("one", ONES)
def test_what_is_1_changes_no_argument(one, undiagnosed):
    """An exponential is known by its number, whatever that was read off; of twice a number it is the square."""
    d = derivation("rnn-tanh")
    for shift in ("6", "sum(x[t])"):
        assert d.check(f"ds[t] = softmax(s[t]*{one.replace('a[t]', 's[t]')} + {shift}) - onehot(y[t])").equal
        assert not d.check(f"ds[t] = softmax(s[t]*{one.replace('a[t]', 's[t]')} + {shift}*s[t]) - onehot(y[t])").equal
    assert d.check(f"h[t] = 2*sigmoid(2*(a[t]*{one})) - 1").equal and d.check(f"h[t] = 1 - 2/(exp(a[t]*2*{one}) + 1)").equal
    assert not d.check(f"h[t] = 2*sigmoid(3*(a[t]*{one})) - 1").equal and not d.check(f"h[t] = 2*sigmoid(a[t]*{one}) - 1").equal


@pytest.mark.parametrize("of", ["softmax(Sum({}, t, 2, T-2))", "tanh(Sum({}, t, 2, T-2))", "log(sum(exp(Sum({}, t, 3, T))))*{}"])
def test_a_sum_over_no_steps_is_a_zero_of_its_shape(of, undiagnosed):
    """At the lengths at which there are none."""
    for quantity, left in (("s[T]", "ds[T]"), ("h[T]", "dh[T]")):
        of_steps = of.replace("{}", quantity.replace("T", "t"), 1).replace("{}", quantity)
        verdict = derivation("rnn-tanh").check(f"{left} = {of_steps}")
        assert verdict.kind == "not equal" and "or example" in str(verdict), verdict


def test_what_is_at_rest_is_no_multiple_and_what_cancels_is_no_factor(random_seed, undiagnosed):
    """Where all is 0, p is one and the same fraction; a length over itself is 1 in an exponent and behind a kink."""
    rng = random.Random(random_seed)
    one, n = rng.choice(ONES), rng.randint(2, 9)
    factor = rng.choice(["T/T", f"1/T*{n}*T/{n}", f"{n}*T/T/{n}"])
    d, error, inside = derivation("rnn-relu"), f"({factor}*ds[t])", f"{n}*a[t]*{one.replace('a[t]', f'{factor}*a[t]')}"
    assert d.check(f"db_y = Sum(ds[t]*{one.replace('a[t]', error)}, t)").equal
    assert d.check("ds[t] = (p[t] - onehot(y[t]))*sigmoid(onehot(y[t]) - p[t])*(1 + exp(p[t])*exp(-onehot(y[t])))").equal
    assert d.check(f"ds[t] = softmax({factor}*s[t] + {n}) - onehot(y[t])").equal
    assert d.check(f"da[t] = positive({inside} - {n - 1}*a[t])*dh[t]").equal
    assert not d.check(f"db_y = Sum(ds[t]*exp(p[t])*exp(-{error}), t)").equal
    assert not d.check(f"ds[t] = softmax({factor}*s[t]*T + {n}) - onehot(y[t])").equal
    assert d.check(f"da[t] = positive({inside} - {n + 1}*a[t])*dh[t]").kind == "not equal"


def test_a_function_of_a_number_is_judged(random_seed, undiagnosed):
    """Also where it is one of vectors: the softmax of a number is 1."""
    rng = random.Random(random_seed)
    for name in ["softmax", "sum", *rng.sample(sorted(FUNCTIONS.keys() & {*CALLS}), 4)]:
        assert derivation("encoder-decoder").check(f"ds[t] = {name}({rng.randint(2, 9)})*s[t] - onehot(y[t])").kind == "not equal"


@pytest.mark.parametrize("name", ["rnn-relu", "lstm", "gru-after-new", "stacked"])
def test_a_derivative_by_a_name_of_ones_own_is_that_by_what_it_is(name, random_seed):
    d = derivation(name)
    inner = [q for q in d.equations if q.left.time == e.Time("t", 0) and q.left.name in {f.left.name for f in d.forward}]
    for of, by in random.Random(f"{random_seed} {name}").sample([*itertools.product(inner, inner)], 8):
        right = show(by._replace(where=""), "ascii").partition("=")[2]
        verdict = d.check(f"mine[t] = {of.left.name}[t]\ndmine[t] ={right}")
        assert verdict.equal == (of == by), verdict
        assert f"`mine[t]` is `d{by.left.name}" in str(d.check(f"mine[t] ={right}"))
        idle = f"mine[t] = 3 * {of.left.name}[t]\ndmine[t] = 3 * d{of.left.name}[t]"
        assert d.check(f"d{by.left.name}[t] ={right}\n{idle}").kind == "not decided"  # what nothing needs and nobody can tell


def test_a_target_is_a_class_or_a_vector_in_one_line(random_seed):
    d, rng = derivation("rnn-tanh"), random.Random(random_seed)
    for _ in range(4):
        factor = rng.choice(["y[t]", "(y[t] * y[t])", "(2*y[t] - y[t])"])
        line = rng.choice(["ds[t] = p[t] - onehot(y[t]) * {}", "db_y = Sum(p[t] - {} * onehot(y[t]), t)"]).format(factor)
        assert d.check(line).kind == "ill-typed" and d.check(line.replace("onehot(y[t])", "y[t]")).equal, line


@pytest.mark.parametrize("name", ["rnn-tanh", "lstm", "gru-after-new"])
def test_a_name_of_ones_own_with_what_cancels_where_it_is_defined_is_not_decided(name, random_seed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name}")
    equation = rng.choice([q for q in d.equations if q.left.time == e.Time("t", 0) and q.left.name[0] == "a"])
    right = show(equation._replace(where=""), "ascii").partition("=")[2]
    for own in ("mine[t]", "delta[t]" if name == "rnn-tanh" else "q[t]"):
        assert d.check(f"{own} ={right}").equal
        for one in ("sum(x[t])/sum(x[t])", "sqrt(sum(x[t]))/sqrt(sum(x[t]))", "(1 + log(sum(x[t])) - log(sum(x[t])))"):
            assert not d.check(f"{own} = ({right}) * {one}").equal, one


def test_a_power_of_a_length_is_1_if_its_exponents_add_to_0_alone(random_seed, undiagnosed):
    """A root of T was that of 1, and of the numbers that T was; and a line with a factor √T equal."""
    rng = random.Random(random_seed)
    powers = {"sqrt(T)": 1, "T**0.5": 1, "T**(1/2)": 1, "T": 2, "T**1.5": 3, "T**2": 4}
    for k in range(12):
        parts = [(rng.choice("*/"), rng.choice([*powers])) for _ in range(rng.randrange(1, 4))]
        sums = sum(powers[of] * (1 if sign == "*" else -1) for sign, of in parts)
        parts += [("/" if sums > 0 else "*", {1: "sqrt(T)", 2: "T", 3: "T**1.5", 4: "T**2"}.get(abs(sums), "T"))] * (k % 2)
        sums = sum(powers[of] * (1 if sign == "*" else -1) for sign, of in parts)
        line = "db_h = Sum(da[t], t)" + "".join(f" {sign} {of}" for sign, of in parts)
        verdict = derivation("rnn-tanh").check(line)
        assert verdict.equal == (sums == 0), (line, verdict)
