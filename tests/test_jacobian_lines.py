"""Lines about Jacobians, products over steps and double sums: the verdict on each is what a real tape says of it, computed here from the
line by itself; and what `derive` prints of them is read back as equal."""

import functools
import itertools
import random
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.evidence.derivatives import Sweeps
from autograd_rnn.formulas.evidence.enclosed import Enclosed
from tests.oracles.literature import LayerNormRNN
from tests.oracles.named import NAMED
from tests.sampling import sampled
from tests.test_check import derivation as derived
from tests.test_derive import MODELS
from tests.test_literature import model_of

NETS = {"tanh": "1 - h²", "sigmoid": "h (1 - h)", "identity": "1"}


@functools.cache
def model(activation):
    return ar.Model(ar.RNN(2, 3, activation=activation, seed=5), output_size=4)


@functools.cache
def derivation(activation):
    return ar.derive(model(activation))


# -- lines as trees, which are written in a person's notation and evaluated on the numbers of a tape --------------------------------------
# A time is (index, offset); a tree ("W",), ("V",), ("D", form, time), ("T", tree), ("@", tree, tree), ("prod", index, first, last, tree),
# ("sum", ...) alike, ("pow", tree, last, first), ("J", time, time), ("ds", time), ("h", time), ("outer", tree, tree), and a slope times a
# vector, ("*", form, time, tree).

SLOPES = {
    "tanh": ["1-h^2", "1-h", "h^2", "1+h^2", "1"],
    "sigmoid": ["h(1-h)", "1-h^2", "h", "1-h", "1"],
    "identity": ["1", "h", "1-h^2"],
}
NUMBERS = {
    "1-h^2": lambda h: 1 - h**2,
    "1-h": lambda h: 1 - h,
    "h^2": lambda h: h**2,
    "1+h^2": lambda h: 1 + h**2,
    "h(1-h)": lambda h: h * (1 - h),
    "h": lambda h: h,
    "1": np.ones_like,
}


class Writer:
    """One notation: text, ascii, latex or numpy."""

    def __init__(self, style, rng):
        self.style, self.rng = style, rng

    def time(self, time):
        index, offset = time
        return str(int(index) + offset) if index.isdigit() else index + (f"{offset:+d}" if offset else "")

    def timed(self, name, time):
        t = self.time(time)
        return f"{name}[{t}]" if self.style in ("ascii", "numpy") else f"{name}_{{{t}}}"

    def slope(self, form, time):
        h = self.timed("h", time)
        power = "**2" if self.style in ("ascii", "numpy") else "²" if self.style == "text" else "^{2}"
        times = {"ascii": " * ", "numpy": " * ", "text": " ⊙ ", "latex": r" \odot "}[self.style]
        written = {
            "1-h^2": f"1 - {h}{power}",
            "1-h": f"1 - {h}",
            "h^2": f"{h}{power}",
            "1+h^2": f"1 + {h}{power}",
            "h(1-h)": f"{h}{times}(1 - {h})",
        }
        return written.get(form, h)

    def diag(self, form, time):
        name = {"numpy": "np.diag", "latex": r"\mathrm{diag}"}.get(self.style, "diag")
        return f"{name}({self.slope(form, time)})"

    def write(self, x):
        apply = " @ " if self.style in ("ascii", "numpy") else " "
        match x:
            case ("W",):
                return "W_{hh}" if self.style == "latex" else "W_hh"
            case ("V",):
                return "W_{hy}" if self.style == "latex" else "W_hy"
            case ("D", form, time):
                return self.diag(form, time)
            case ("T", of):
                inner = self.write(of)
                inner = inner if of[0] in "WV" else f"({inner})"
                return inner + {"text": "ᵀ", "latex": r"^{\top}"}.get(self.style, ".T")
            case ("@", a, b):
                return apply.join(f"({self.write(part)})" if part[0] in ("@", "prod") else self.write(part) for part in (a, b))
            case ("prod" | "sum", index, first, last, of):
                first, last = self.time(first), self.time(last)
                if self.style in ("ascii", "numpy"):
                    return f"{'Prod' if x[0] == 'prod' else 'Sum'}({self.write(of)}, {index}, {first}, {last})"
                sign = {"text": "∏" if x[0] == "prod" else "Σ", "latex": r"\prod" if x[0] == "prod" else r"\sum"}[self.style]
                return f"{sign}_{{{index}={first}}}^{{{last}}} {self.write(of)}"
            case ("pow", of, last, first):
                inner = self.write(of) if of[0] == "W" else f"({self.write(of)})"
                if self.style == "numpy":
                    return f"np.linalg.matrix_power({inner}, {self.time(last)}-{self.time(first)})".replace("-1)", "-1)")
                return (
                    f"{inner}^{{{self.time(last)}-{self.time(first)}}}"
                    if first[1] == 0
                    else f"{inner}^{{{self.time(last)}-{first[0]}{-first[1]:+d}}}"
                )
            case ("J", upper, lower):
                d = self.rng.choice("d∂") if self.style != "numpy" else "d"
                if self.style == "latex":
                    return rf"\frac{{\partial {self.timed('h', upper)}}}{{\partial {self.timed('h', lower)}}}"
                return f"{d}{self.timed('h', upper)}/{d}{self.timed('h', lower)}"
            case ("ds" | "h" as name, time):
                return self.timed(name, time)
            case ("outer", a, b):
                return (
                    f"np.outer({self.write(a)}, {self.write(b)})"
                    if self.style in ("numpy", "ascii")
                    else f"({self.write(a)}) {self.write(('T', b))}"
                )
            case ("*", form, time, of):
                times = {"ascii": " * ", "numpy": " * ", "text": " ⊙ ", "latex": r" \odot "}[self.style]
                return f"({self.slope(form, time)}){times}({self.write(of)})"
        raise TypeError(x)


class Numbers:
    """A tree on the numbers of a tape. ``later``: on which side of a product the later steps stand."""

    def __init__(self, run, later):
        self.run, self.later, self.last = run, later, len(run.scores)
        self.h = {0: run.unrolled[0].chains[0].first["h"].value} | {
            t: s["h"].value for t, s in enumerate(run.unrolled[0].chains[0].steps, 1)
        }
        self.parameters = {name: value.value for name, value in run.parameters.items()}
        swept = adjoints(run.loss)
        self.ds = {t: swept[s] for t, s in enumerate(run.scores, 1)}

    def step(self, time, env):
        index, offset = time
        return (self.last if index == "T" else int(index) if index.isdigit() else env[index]) + offset

    def state(self, time, env):
        return self.h.get(self.step(time, env), np.full(3, 0.3))  # there is none: what is right does not ask for it

    def __call__(self, x, env):
        match x:
            case ("W",):
                return self.parameters["W_hh"]
            case ("V",):
                return self.parameters["W_hy"]
            case ("D", form, time):
                return np.diag(NUMBERS[form](self.state(time, env)))
            case ("T", of):
                return self(of, env).T
            case ("@", a, b):
                return self(a, env) @ self(b, env)
            case ("sum", index, first, last, of):
                steps = range(self.step(first, env), self.step(last, env) + 1)
                return sum((self(of, env | {index: k}) for k in steps), 0.0)
            case ("prod", index, first, last, of):
                factors = [self(of, env | {index: k}) for k in range(self.step(first, env), self.step(last, env) + 1)]
                return functools.reduce(np.matmul, factors[::-1] if self.later == "left" else factors, np.eye(3))
            case ("pow", of, last, first):
                count = self.step(last, env) - self.step(first, env)
                return np.linalg.matrix_power(self(of, env), count) if count >= 0 else np.full((3, 3), np.nan)
            case ("J", upper, lower):
                a, b = self.step(upper, env), self.step(lower, env)
                return self.jacobian(a, b)
            case ("ds", time):
                return self.ds.get(self.step(time, env), np.zeros(4))
            case ("h", time):
                return self.state(time, env)
            case ("outer", a, b):
                return np.outer(self(a, env), self(b, env))
            case ("*", form, time, of):
                return NUMBERS[form](self.state(time, env)) * self(of, env)
        raise TypeError(x)

    @functools.cache  # noqa: B019
    def jacobian(self, a, b):
        return np.asarray(self.run.jacobian(a, b)) if 0 <= b <= a <= self.last and a else np.zeros((3, 3))


def held(left, right, activation):
    """Whether a line is true of tapes of several lengths: of a Jacobian between any two steps at least where they differ; for one order of
    its products throughout."""
    for later in ("left", "right"):
        for T in (1, 2, 4, 5):
            rng = np.random.default_rng(T)
            run = model(activation).unroll(rng.normal(size=(T, 2)), y=list(rng.integers(0, 4, T)), h0=ar.tensor(rng.normal(size=3)))
            numbers, swept = Numbers(run, later), adjoints(run.loss)
            states = {t: s["h"] for t, s in enumerate(run.unrolled[0].chains[0].steps, 1)}
            pairs = [(t, k) for t in range(1, T + 1) for k in range(1, t + 1)]
            if left[0] == "J" and left[2] != ("k", 0):
                asked = [{"t": t} for t in range(1, T + 1)]
            elif left[0] == "J":
                asked = [{"t": t, "k": k} for t, k in pairs if k < t]
            else:
                asked = [{"t": t} for t in range(1, T + 1)] if left[0] == "dh" else [{}]
            for env in asked:
                if left[0] == "J":
                    true = numbers(left, env)
                else:
                    true = swept[states[env["t"]]] if left[0] == "dh" else swept[run.parameters["W_hh"]]
                if not np.allclose(true, numbers(right, env) + np.zeros(true.shape), rtol=1e-7, atol=1e-10):
                    break
            else:
                continue
            break
        else:
            return True
    return False


T, K, J, END = ("t", 0), ("k", 0), ("j", 0), ("T", 0)


def step(activation, at):
    """One step's Jacobian, right."""
    form = SLOPES[activation][0]
    return ("W",) if form == "1" else ("@", ("D", form, at), ("W",))


def lines(activation):
    """Right lines: their left sides and their trees."""
    one, form = step(activation, J), SLOPES[activation][0]
    way = ("prod", "j", ("k", 1), T, one)
    back = ("prod", "j", ("t", 1), K, one)
    local = (lambda x: x) if form == "1" else (lambda x: ("*", form, K, x))
    used = local(("@", ("T", way), ("@", ("T", ("V",)), ("ds", T))))
    found = [
        (("J", T, ("t", -1)), step(activation, T)),
        (("J", T, K), way),
        (("J", T, K), ("prod", "j", ("k", 1), T, ("J", J, ("j", -1)))),
        (("J", T, K), ("@", step(activation, T), ("J", ("t", -1), K))),
        (("J", T, K), ("@", ("J", T, ("k", 1)), step(activation, ("k", 1)))),
        (("dh", T), ("sum", "k", T, END, ("@", ("T", back), ("@", ("T", ("V",)), ("ds", K))))),
        (("dh", T), ("sum", "k", T, END, ("@", ("T", ("J", K, T)), ("@", ("T", ("V",)), ("ds", K))))),
        (("dW",), ("sum", "t", ("1", 0), END, ("sum", "k", ("1", 0), T, ("outer", used, ("h", ("k", -1)))))),
    ]  # fmt: skip
    return found + ([(("J", T, K), ("pow", ("W",), T, K))] if form == "1" else [])


def places(x):
    """Every tree in a tree, with how to put another in its place."""
    yield x, lambda new: new
    for n, part in enumerate(x[1:], 1):
        if isinstance(part, tuple) and part and isinstance(part[0], str) and not (len(part) == 2 and isinstance(part[1], int)):
            for inner, put in places(part):
                yield inner, lambda new, n=n, put=put: (*x[:n], put(new), *x[n + 1 :])


def slips(x, activation):
    """The mistakes at one node."""
    match x:
        case ("D" | "*", form, time, *rest):
            yield from ((x[0], other, time, *rest) for other in SLOPES[activation] if other != form)
            yield from ((x[0], form, (time[0], time[1] + by), *rest) for by in (-1, 1))
            if rest:
                yield rest[0]
        case ("W",):
            yield ("T", x)
        case ("T", of):
            yield of
        case ("@", a, b):
            yield ("@", b, a)
            yield a
            yield b
        case ("prod" | "sum", index, first, last, of):
            for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (-1, -1)):
                yield (x[0], index, (first[0], first[1] + a), (last[0], last[1] + b), of)
        case ("pow", of, last, first):
            yield ("pow", of, (last[0], last[1] + 1), first)
            yield ("pow", of, first, last)
            yield ("pow", ("T", of), last, first)
        case ("J", upper, lower):
            yield ("J", (upper[0], upper[1] - 1), lower)
            yield ("T", x)
        case ("ds" | "h", time):
            yield from ((x[0], (time[0], time[1] + by)) for by in (-1, 1))


def drawn(rng, activation, wrong):
    """A line, right or with a slip, as its sides and as text; None where the slip has shapes that do not fit."""
    left, right = rng.choice(lines(activation))
    if wrong:
        options = [put(new) for node, put in places(right) for new in slips(node, activation)]
        right = rng.choice(options)
    writer = Writer(rng.choice(["text", "ascii", "latex", "numpy"]), rng)
    written = {"dh": writer.timed("dh", T), "dW": "dW_{hh}" if writer.style == "latex" else "dW_hh"}
    return left, right, f"{written[left[0]] if left[0] in written else writer.write(left)} = {writer.write(right)}"


@pytest.mark.parametrize("number", sampled(range(60), 60))
@pytest.mark.parametrize("activation", NETS)
def test_the_verdict_on_a_line_is_the_tapes(activation, number, random_seed):
    rng = random.Random(f"{random_seed} {activation} {number}")
    d, judged = derivation(activation), 0
    for wrong in (False, True, True):
        left, right, text = drawn(rng, activation, wrong)
        try:
            with np.errstate(invalid="ignore"):
                true = held(left, right, activation)
        except ValueError:  # shapes that do not fit
            true = False
        assert wrong or true, text
        verdict = d.check(text)
        far = wrong and verdict.kind == "equal if" and "is 0, which no derived equation has" in str(verdict)  # a bound beyond the ends
        assert (verdict.equal or far) == true, f"{text}\nthe tape says {true}\n{verdict}"
        assert true or verdict.kind in ("not equal", "ill-typed"), f"{text}\n{verdict}"
        judged += 1
    assert judged == 3


# -- the sentences ------------------------------------------------------------------------------------------------------------------------

SAID = [
    ("tanh", "∂h_t/∂h_{t-1} = diag(1 - h_t) W_hh", "the square is missing"),
    ("tanh", "∂h_t/∂h_{t-1} = W_hhᵀ diag(1 - h_t²)", "right in denominator layout"),
    ("tanh", "∂h_t/∂h_{t-1} = W_hh diag(1 - h_t²)", "the order of the product is wrong"),
    ("tanh", "∂h_t/∂h_{t-1} = diag(1 - h_t²) W_hhᵀ", "must not be transposed"),
    ("tanh", "∂h_t/∂h_{t-1} = (1 - h_t²) W_hh", "as the diagonal matrix it is"),
    ("tanh", "∂h_t/∂h_{t-1} = W_hh", "is missing in front of"),
    ("tanh", "∂h_t/∂h_{t-1} = diag(1 - h_t²)", "is missing behind"),
    ("tanh", "∂h_t/∂h_{t-1} = diag(1 - h_{t-1}²) W_hh", "the time of"),
    ("tanh", "∂h_t/∂h_k = ∏_{j=k}^{t} diag(1 - h_j²) W_hh", "from k+1 to t, not from k to t"),
    ("tanh", "∂h_t/∂h_k = ∏_{j=k+1}^{t-1} diag(1 - h_j²) W_hh", "from k+1 to t, not from k+1 to t-1"),
    ("tanh", "∂h_t/∂h_k = ∏_{j=k+1}^{t} diag(1 - h_j) W_hh", "the square is missing"),
    ("tanh", "∂h_t/∂W_hh = kron(diag(1 - h_t²), h_{t-1}ᵀ)", "the immediate derivative"),
    ("tanh", "dh_t = Σ_{k=t+1}^{T} (∏_{j=t+1}^{k} diag(1-h_j²) W_hh)ᵀ W_hyᵀ ds_k", "the term `w_hyᵀ ds_t` is missing"),
    ("identity", "∂h_t/∂h_k = W_hh^{t-k+1}", "from k+1 to t, not from k to t"),
    ("identity", "∂h_t/∂h_k = W_hh^{k-t}", "this has none"),
]  # fmt: skip


@pytest.mark.parametrize("activation, text, sentence", SAID)
def test_a_slip_is_named(activation, text, sentence):
    verdict = derivation(activation).check(text)
    assert verdict.kind in ("not equal", "ill-typed") and sentence in str(verdict).lower().replace("σ", "Σ"), verdict


RIGHT = [
    ("rnn-tanh", "∂h_t/∂h_k = diag(1-h_t²) W_hh ∂h_{t-1}/∂h_k", "where the two steps differ"),
    ("rnn-tanh", "∂h_t/∂h_k = diag(1-h_t²) W_hh ∂h_{t-1}/∂h_k for k < t", ""),
    ("rnn-tanh", "∂h_t/∂h_k = ∏_{t≥j>k} ∂h_j/∂h_{j-1} = ∏_{j=k+1}^{t} diag(1-h_j²) W_hh", "later steps on the left"),
    ("rnn-tanh", "∂h_t/∂h_k = ∏_{j=t}^{k+1} diag(1-h_j²) W_hh", ""),
    ("rnn-tanh", "∂h_T/∂h_k = ∏_{j=k+1}^{T} diag(1-h_j²) W_hh", ""),
    ("rnn-tanh", "dh_T/dh_0 = ∏_{j=1}^{T} diag(1-h_j²) W_hh", ""),
    ("rnn-tanh", "∂L_t/∂h_k = ∂L_t/∂h_t ∂h_t/∂h_k", "as in numerator layout"),
    ("rnn-tanh", "∂L_t/∂h_k = (∂h_t/∂h_k)ᵀ W_hyᵀ ds_t", ""),
    ("rnn-tanh", "∂L/∂W_hh = Σ_{t=1}^{T} Σ_{k=1}^{t} ∂L_t/∂h_t ∂h_t/∂h_k ∂⁺h_k/∂W_hh", ""),
    ("rnn-tanh", "∂L/∂W_hh = Σ_{t=1}^{T} Σ_{k=1}^{t} ∂L_t/∂h_t ∂h_t/∂h_k ∂h_k/∂W_hh", "immediate"),
    ("rnn-tanh", "∂L_t/∂s_t = p_t - onehot(y_t)", ""),
    ("rnn-tanh", "∂p_t/∂s_t = diag(p_t) - p_t p_tᵀ", ""),
    ("rnn-tanh", "∂h_t/∂a_t = diag(1-h_t²)", ""),
    ("rnn-tanh", "D[t] = diag(1-h[t]**2)\n∂h_t/∂h_k = ∏_{j=k+1}^t D_j W_hh", ""),
    ("rnn-tanh", "dh_t = ∂L_t/∂h_t + (∂h_{t+1}/∂h_t)ᵀ dh_{t+1}\n∂h_t/∂h_{t-1} = diag(1-h_t²) W_hh", "all 2 equations"),
    ("lstm", "∂c_t/∂c_{t-1} = diag(f_t)", "the total one has further terms"),
    ("lstm", "dc_t/dc_{t-1} = diag(f_t)", "the total one has further terms"),
    ("lstm", "∂c_t/∂c_k = ∏_{j=k+1}^{t} diag(f_j)", "direct path"),
    ("lstm", "∂c_t/∂c_k = diag(∏_{j=k+1}^{t} f_j)", "direct path"),
    ("lstm", "∂h_t/∂o_t = diag(tanh(c_t))", ""),
    ("lstm", "∂c_t/∂i_t = diag(g_t)", ""),
    ("bidirectional", "∂hb_t/∂hb_{t+1} = diag(1 - hb_t²) Wb_hh", ""),
    ("bidirectional", "∂hf_t/∂hf_{t-1} = diag(1 - hf_t²) Wf_hh", ""),
]  # fmt: skip


@pytest.mark.parametrize("name, text, note", RIGHT)
def test_what_books_write_is_right_and_says_how_it_was_read(name, text, note):
    verdict = derived(name).check(text)
    assert verdict.equal and note in str(verdict).replace("All", "all"), verdict


WRONG = [
    ("lstm", "∂h_t/∂h_k = ∏_{j=k+1}^{t} ∂h_j/∂h_{j-1}"),
    ("lstm", "∂h_t/∂h_k = 0"),
    ("lstm", "∂c_t/∂c_{t-1} = diag(i_t)"),
    ("lstm", "∂c_t/∂c_k = ∏_{j=k}^{t} diag(f_j)"),
    ("lstm", "∂c_t/∂c_k = ∏_{j=k+1}^{t} ∂c_j/∂c_{j-1}"),
    ("gru-before-keep", "∂h_t/∂h_{t-1} = diag(z_t)"),
    ("rnn-tanh", "∂h_t/∂W_hh = ∂⁺h_t/∂W_hh"),
    ("rnn-tanh", "∂h_t/∂h_{t+1} = W_hh"),
    ("rnn-tanh", "∂h_1/∂h_3 = W_hh"),
    ("rnn-tanh", "∂h_t/∂h_k = ∂h_t/∂h_k"),
    ("rnn-tanh", "∂L_t/∂h_k = W_hyᵀ ds_t"),
    ("bidirectional", "∂hb_t/∂hb_{t-1} = diag(1 - hb_t²) Wb_hh"),
]  # fmt: skip


@pytest.mark.parametrize("name, text", WRONG)
def test_what_is_wrong_is_not_accepted_for_another_reading(name, text, undiagnosed):
    assert derived(name).check(text).kind == "not equal"


# -- what is printed ----------------------------------------------------------------------------------------------------------------------

PRINTED = [name for name in MODELS if name not in ("jordan",)]


@pytest.mark.parametrize("style", ["text", "ascii", "latex"])
@pytest.mark.parametrize("name", sampled(PRINTED, 17))
def test_printed_jacobians_are_read_back_and_equal(name, style):
    d = derived(name)
    found = d.jacobian()
    text = found.latex() if style == "latex" else found.text(style)
    verdict = d.check(text)
    assert verdict.equal, f"{text}\n{verdict}"


@pytest.mark.parametrize("style", ["text", "ascii", "latex"])
@pytest.mark.parametrize(
    "name, parameter",
    sampled([("rnn-tanh", "W_hh"), ("rnn-tanh", "b_h"), ("lstm", "W_hf"), ("lstm", "b_o"), ("rnn-identity-squared-error", "W_xh")], 4),
)
def test_printed_forward_forms_are_read_back_and_equal(name, parameter, style):
    d = derived(name)
    found = d.forward_form(parameter)
    text = found.latex() if style == "latex" else found.text(style)
    verdict = d.check(text)
    assert verdict.equal, f"{text}\n{verdict}"


@pytest.mark.parametrize("style", ["text", "ascii", "latex"])
@pytest.mark.parametrize("name", sampled(["rnn-tanh", "rnn-sigmoid-mean", "rnn-many-to-one", "gru-before-keep"], 2))
def test_closed_forms_are_read_back_and_equal(name, style):
    d = derived(name)
    asked = [q.left.name for q in d.equations if q.left.name[0] in "hb" and q.left.time in (None, ("t", 0)) and q.left.name != "b_y"]
    found = [d.jacobian("h", t="t", k="k"), *(d.formula(base, form="expanded", steps="T") for base in asked)]
    for equations in found:
        text = equations.latex() if style == "latex" else equations.text(style)
        verdict = d.check(text)
        assert verdict.equal, f"{text}\n{verdict}"
    assert len(found) > 2


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (lambda d: d.jacobian("h", t="t", k="k"), "take numbers"),
        (lambda d: d.formula("h", form="expanded", steps="T"), "has a short form only where a chain has one state"),
        (lambda d: d.formula("h", form="unrolled", steps="T"), 'stands for any length in form="expanded"'),
    ],
)
def test_a_form_that_there_is_not_is_said_so(ask, sentence):
    with pytest.raises(ValueError, match=sentence):
        ask(ar.derive(MODELS["lstm"]()))


def test_every_pair_of_steps_is_asked_at_once(undiagnosed):
    """A line that is right at one length alone, or for one distance, is not right."""
    d = derivation("tanh")
    for text in (
        "∂h_t/∂h_k = diag(1-h_t²) W_hh",
        "∂h_t/∂h_k = diag(1-h_t²) W_hh diag(1-h_{k+1}²) W_hh",
        "∂h_T/∂h_1 = diag(1-h_3²) W_hh diag(1-h_2²) W_hh",
    ):
        assert not d.check(text).equal, text
    for t, k in itertools.product((2, 3), (0, 1)):
        assert d.check(d.jacobian("h", t=t, k=k).text("ascii")).equal


def test_what_has_a_value_is_not_asked_of_the_derived_side_in_intervals(monkeypatch):
    """Each such derivative is a sweep in intervals, which a net with layer norm takes a second for."""
    asked = []
    value = Sweeps.value

    def counted(self, point, *given):
        asked.extend([point] * isinstance(point, Enclosed))
        return value(self, point, *given)

    monkeypatch.setattr(Sweeps, "value", counted)
    d = ar.derive(ar.Model(LayerNormRNN(2, 4, seed=1), output_size=2))
    assert d.check(str(d.jacobian())).equal and not asked


HERE = ["∂L_t/∂h_t", "∂L_t/∂s_t ∂s_t/∂h_t", "∂L/∂s_t ∂s_t/∂h_t"]
LATER = ["∂L/∂h_{t+1} ∂h_{t+1}/∂h_t", "Σ_{k=t+1}^T ∂L_k/∂h_k ∂h_k/∂h_t", "∂L/∂a_{t+1} ∂a_{t+1}/∂h_t"]


def test_a_term_beside_one_in_numerator_layout_is_a_row_as_well(random_seed, undiagnosed):
    """What reaches the state is the sum of one term of its own step and one of later ones."""
    written = [*itertools.product(HERE + LATER, "+-", HERE + LATER)]
    for one, sign, other in random.Random(f"{random_seed} layouts").sample(written, 24):
        verdict = derivation("tanh").check(f"∂L/∂h_t = {one} {sign} {other}")
        right = sign == "+" and (one in HERE) != (other in HERE)
        assert verdict.equal == right and verdict.kind != "unreadable", f"{one} {sign} {other}\n{verdict}"


def test_an_immediate_derivative_by_a_state_is_nothing_but_what_it_is(random_seed, undiagnosed):
    """By the step before it is the slope times the weight; by an earlier one it is 0, and nothing else is."""
    rng = random.Random(f"{random_seed} immediate")
    for activation, slope in NETS.items():
        d, number, other = derivation(activation), rng.choice(["2 ", "-", "1/2 ", "0 * "]), rng.choice(["W", "diag(h_t)", "diag(h_t) W"])
        line = f"diag({slope.replace('h', 'h_t')}) W" if activation != "identity" else "W"
        assert d.check(f"∂⁺h_t/∂h_{{t-1}} = {line}").equal and d.check("∂⁺h_t/∂h_{t-2} = 0").equal
        assert not d.check(f"∂⁺h_t/∂h_{{t-1}} = {number}{line}").equal, (activation, number)
        assert not d.check(f"∂⁺h_t/∂h_{{t-2}} = {other}").equal, (activation, other)
        for of, right in (("h_t", "V^T ds_t"), ("s_t", "ds_t"), ("h_{t-1}", "V^T ds_{t-1}")):  # of the loss, that of its own step
            assert d.check(f"∂⁺L/∂{of} = {right}").equal
            assert not any(d.check(f"∂⁺L/∂{of} = {wrong}").equal for wrong in ("0", f"{number}{right}", "dh_t")), of
        for by in "ax"[activation == "identity" :]:  # the state of the step before is held fixed
            assert d.check(f"∂⁺h_t/∂{by}_{{t-1}} = 0").equal and not d.check(f"∂⁺h_t/∂{by}_{{t-1}} = ∂h_t/∂{by}_{{t-1}}").equal


def hangs(d, of, by):
    """Whether a quantity is made of another one of its own step."""
    made, met, waiting = {q.left.name: q.right for q in d.forward}, set(), [of]
    while waiting:
        name = waiting.pop()
        met.add(name)
        below = {s.name for s in e.symbols(made.get(name, e.ZERO)) if s.time in (None, e.Time("t", 0))}
        waiting += below - met
    return by in met


@pytest.mark.parametrize("k", sampled(range(len(NAMED)), 30))
def test_a_derivative_within_a_step_is_0_where_nothing_leads_there_and_what_is_said_of_it_is_right(k, random_seed):
    """∂h_t/∂c_t holds nothing of its own step fixed, and the one loss ∂L_t/∂c_t is none of the later ones."""
    rng, d = random.Random(f"{random_seed} within {k}"), ar.derive(model_of(NAMED[k][2]))
    quantities = sorted({q.left.name for q in d.forward if q.left.time == e.Time("t", 0)})
    sums = [q.right.of.terms for q in d.forward if isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Add)]
    beside = {s.name for terms in sums for s in terms if isinstance(s, e.Sym)}  # a_o, which books have with the peephole in it and without
    quantities = [name for name in quantities if name not in beside and e.Sym(name, e.Time("t", 0), True) in {q.left for q in d.equations}]
    for of, by in [(rng.choice([*quantities, "L"]), rng.choice(rng.choice([quantities, sorted(d.parameters)]))) for _ in range(8)]:
        left = e.Derivative(e.Sym(of, e.Time("t", 0)), e.Sym(by, e.Time("t", 0)), rng.choice(["partial", "total"]))
        left = left if by in quantities else left._replace(by=e.Sym(by), kind="immediate")
        line = show(e.Equation(left, e.ZERO), "ascii")
        verdict = d.check(line)
        assert verdict.equal != (of == by or hangs(d, "s" if of == "L" else of, by)), f"{line}\n{verdict}"
        if "I" in quantities and of == by:
            continue  # where I is no identity matrix
        for said in re.findall("The derived equation is `([^`]*)`", str(verdict)):
            assert d.check(said).kind != "not equal", f"{said}\n{d.check(said)}"


COLUMNS = {  # of books, which have the Jacobian of what goes element by element as a column
    "rnn-tanh": {"∂h_t/∂a_t": ["1 - h_t²", "(1 - h_t) (1 + h_t)"]},
    "lstm": {"∂c_t/∂c_{t-1}": ["f_t"], "∂h_t/∂o_t": ["tanh(c_t)"], "∂h_t/∂c_t": ["o_t ⊙ (1 - tanh²(c_t))"], "∂c_t/∂i_t": ["g_t"],
             "∂c_t/∂c_k": ["Π_{j=k+1}^{t} f_j"], "∂o_t/∂a_{o,t}": ["o_t (1 - o_t)"]},
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_for_a_jacobian_is_its_diagonal_matrix(name, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} columns"), derived(name)
    sides = [side for right in COLUMNS[name].values() for side in right]
    for left, right in COLUMNS[name].items():
        for side in right:
            verdict = d.check(f"{left} = {side}")
            assert verdict.equal and "read as its diagonal matrix" in str(verdict), verdict
            for wrong in (f"2 {side}", f"1 - {side}", *rng.sample(sorted({*sides} - {*right}), min(2, len({*sides} - {*right})))):
                assert not d.check(f"{left} = {wrong}").equal, (left, wrong)
    assert not d.check("∂h_t/∂h_{t-1} = 1 - h_t²").equal


@pytest.mark.parametrize("cell", sampled([ar.LSTM, ar.RNN, ar.GRU], 3))
def test_the_loss_of_a_step_is_a_part_of_the_mean(cell, random_seed, undiagnosed):
    """L = 1/T Σ_t L_t: a derivative of L is 1/T of the sum of those of the L_t."""
    rng, d = random.Random(f"{random_seed} mean"), ar.derive(ar.Model(cell(2, 3), output_size=4, reduction="mean"))
    w = rng.choice(sorted(d.parameters))
    for left, right in (
        (f"∂L/∂{w}", f"Σ_t ∂L_t/∂{w}"),
        ("∂L/∂h_t", "Σ_{k=t}^{T} ∂L_k/∂h_t"),
        ("ds_t", "∂L_t/∂s_t"),
        ("∂L/∂s_t", "(p_t - onehot(y_t))"),
    ):
        verdict = d.check(f"{left} = 1/T {right}")
        assert verdict.equal, verdict
        assert not d.check(f"{left} = {right}").equal, right
    assert d.check("∂L_t/∂s_t = p_t - onehot(y_t)").equal and not d.check("∂L_t/∂s_t = (p_t - onehot(y_t))/T").equal
    assert d.check("∂⁺L/∂h_t = W_hy^T ds_t").equal and not d.check("∂L_t/∂h_t = W_hy^T ds_t").equal


@pytest.mark.parametrize("cell", sampled([ar.LSTM, ar.RNN, ar.GRU], 3))
def test_a_decoder_begins_with_the_encoders_last_state(cell, random_seed, undiagnosed):
    """∂hdec_0/∂henc_T is the identity matrix, and what leads to the one leads to the other."""
    rng, d = random.Random(f"{random_seed} seam"), ar.derive(ar.EncoderDecoder(cell(2, 3), cell(4, 3, seed=1), 4))
    k = rng.randint(1, 3)
    for right, wrong in (
        ("∂hdec_0/∂henc_T = I", "∂hdec_0/∂henc_T = 0"),
        ("∂hdec_0/∂hdec_0 = I", "∂hdec_0/∂hdec_0 = 0"),
        (f"∂hdec_0/∂henc_{{T-{k}}} = ∂henc_T/∂henc_{{T-{k}}}", f"∂hdec_0/∂henc_{{T-{k}}} = 0"),
        ("∂hdec_1/∂hdec_0 = ∂hdec_1/∂henc_T", "∂hdec_1/∂henc_T = 0"),
    ):
        assert d.check(right).equal, d.check(right)
        assert not d.check(wrong).equal, wrong


def test_what_goes_into_a_quantity_and_beside_it_into_a_sum_is_not_told_apart(random_seed, undiagnosed):
    """With q = U k + W x and k' = r tanh(q + w ⊙ k + b) the derived adjoint of q is that of the sum:
    ∂q_t/∂k_{t-1} = U + diag(w) was equal."""
    rng = random.Random(f"{random_seed} apart")
    inner, state, weight = rng.choice(["a", "q", "net"]), rng.choice(["h", "k", "m"]), rng.choice(["w", "beta", "P"])
    turn = rng.choice([ar.tanh, ar.sigmoid])

    def step(self, p, x, h):
        a = p.U @ h + p.W @ x
        return {"r": (r := ar.sigmoid(p.R @ x)), inner: a, state: r * turn(a + getattr(p, weight) * h + p.b)}

    def shapes(self):
        h, d = self.hidden_size, self.input_size
        return {"U": (h, h), "W": (h, d), "R": (h, d), weight: (h,), "b": (h,)}

    members = {"states": (state,), "output": state, "shapes": shapes, "step": step}
    d = ar.derive(ar.Model(type("Apart", (ar.Cell,), members)(2, 3), output_size=4))
    for wrong in (f"U + diag({weight})", "0", f"diag({weight})"):
        assert not d.check(f"∂{inner}_t/∂{state}_{{t-1}} = {wrong}").equal, wrong
    assert d.check(f"∂{inner}_t/∂x_t = W").equal and not d.check(f"∂{inner}_t/∂x_t = 0").equal
    assert d.check(f"∂⁺{inner}_t/∂{weight} = 0").equal and d.check(f"∂⁺{inner}_t/∂b = 0").equal


def test_what_is_right_of_one_step_alone_is_none_of_any_step_t(random_seed):
    """Where the two steps differ there is one pair of them: ∂h_t/∂h_{T-1} = diag(1 - h_t²) W was called equal."""
    rng, d = random.Random(random_seed), derived("rnn-tanh")
    one, all_of = "diag(1 - h_{%s}²) W", "Π_{k=%s}^{%s} diag(1 - h_k²) W"
    for of, by, after, at in (("t", "T-1", "T", "tT"), ("2", "t", "t+1", ["2", "t+1"]), ("t+1", "T", "T+1", ["t+1"])):
        assert not d.check(f"∂h_{{{of}}}/∂h_{{{by}}} = {one % (step := rng.choice(at))}"), (of, by, step)
        assert d.check(f"∂h_{{{of}}}/∂h_{{{by}}} = {all_of % (after, of)}"), (of, by)
