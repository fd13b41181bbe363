"""Writings of whole families, each made of the derived equations by a generator: sides exchanged, comments of any language, what is
collected with ``+=``, steps that two indices make; and lines as Graves, Jaeger and others have them. Each with a slip is not equal."""

import random
import re
from pathlib import Path

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.reading.names import moved
from tests.sampling import sampled
from tests.test_check import derivation

NETS = ["rnn-tanh", "rnn-many-to-one", "lstm", "lstm-peephole", "gru-before-keep", "gru-after-new", "stacked", "encoder-decoder"]
LINEAR = ar.derive(ar.Model(ar.RNN(2, 3, activation="identity"), output_size=4))
COMMENTS = ["# so it is", "  // where t = 1, a = b", "  % as in (3); h = 0", "   /* both paths */", "  -- from the future"]
SLIPS = [(r" \+ ", " - "), (r"\.T|ᵀ|\^\{\\top\}", ""), (r"t\+1", "t"), (r"t-1", "t"), (r"1 - ", "1 + ")]


def equations(d):
    """The equations of a net, each on a line of its own, that hold at every step."""
    return [q._replace(where="") for q in d.equations if not q.where and not isinstance(q.right, e.Num)]


def slipped(line, rng):
    """A line with a slip in it; None where it has no place for one."""
    sign, other = rng.choice(SLIPS)
    found = list(re.finditer(sign, line.partition("=")[2]))
    if not found:
        return None
    match = rng.choice(found)
    left, _, right = line.partition("=")
    return f"{left}={right[: match.start()]}{other}{right[match.end() :]}"


def judged(name, write, random_seed, count=5):
    """So many equations of a net in a writing: each right, and with a slip not equal."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    for _ in range(count):
        line = show(rng.choice(equations(d)), rng.choice(["ascii", "text", "latex"]))
        text = write(line, rng)
        verdict = d.check(text)
        assert verdict.equal, f"{text}\n{verdict}"
        wrong = slipped(line, rng)
        if wrong is not None and not d.check(wrong).equal:  # a slip may change nothing: W.T of one number
            verdict = d.check(write(wrong, rng))
            assert not verdict.equal, f"{write(wrong, rng)}\n{verdict}"


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_what_a_line_is_of_may_stand_behind(name, random_seed, undiagnosed):
    judged(name, lambda line, rng: " = ".join(reversed(line.split(" = "))), random_seed)


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_a_transpose_may_stand_in_front_of_what_is_below(name, random_seed, undiagnosed):
    """``W^T_{hh}``, ``h^\\top_{t-1}`` and ``h^2_t``."""
    turned = re.compile(r"(_(?:\{[^{}]*\}|\w+))(?:ᵀ|\.T|\^\{\\top\})")

    def write(line, rng):
        sign = rng.choice(["^T", "^{T}", r"^\top", r"^{\top}"])
        line = re.sub(r"_(\w+)(?=ᵀ|\.T)", r"_{\1}", re.sub(r"\[([^\]]*)\]", r"_{\1}", line))
        line = turned.sub(lambda found: sign + found[1], line)
        layers = name in ("stacked", "encoder-decoder")  # where a number above is that of one
        return line if layers else re.sub(r"(?<=[a-z])(_(?:\{[^{}]*\}|\w+?))(?:²|\*\*2|\^\{2\})", r"^2\1", line)

    judged(name, write, random_seed)


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_comments_of_any_language_are_none_of_a_line(name, random_seed, undiagnosed):
    judged(name, lambda line, rng: f"{rng.choice(COMMENTS).strip()}\n{line}{rng.choice(COMMENTS)}", random_seed)


@pytest.mark.parametrize("name", sampled([name for name in NETS if name != "rnn-many-to-one"], 4))
def test_what_is_collected_at_one_step_or_another_is_its_sum(name, random_seed, undiagnosed):
    """``dh[t] += V.T @ ds[t]`` and ``dh[t-1] += W.T @ da[t]``: each term on a line, said of any step; without one of them not equal."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    sums = [q for q in equations(d) if isinstance(q.right, e.Add) and q.left.time == e.Time("t", 0)]
    for q in (rng.choice(sums) for _ in range(3)):
        terms = [(term, e.Time("t", rng.choice([-1, 0, 0, 1]))) for term in q.right.terms]
        lines = [show(e.Equation(moved(q.left, at), moved(term, at)), "ascii").replace(" = ", " += ", 1) for term, at in terms]
        rng.shuffle(lines)
        zero = [f"{show(q.left, 'ascii')} = 0"] * rng.choice([0, 1])
        assert d.check("\n".join([*zero, *lines])).equal, (lines, d.check("\n".join(lines)))
        assert not d.check("\n".join(lines[1:])).equal, lines[1:]


def powers(rng):
    """Lines about steps that two indices make, in a linear net: right, and wrong by one step or a transpose."""
    k, left = rng.choice("kn"), rng.choice(["t-{k}", "t+{k}"])
    pair = ("t", f"t-{k}") if left == "t-{k}" else (f"t+{k}", "t")
    jacobian = f"∂h_{{{pair[0]}}}/∂h_{{{pair[1]}}}"
    yield f"{jacobian} = W_hh^{k}", f"{jacobian} = W_hh^{{{k}{rng.choice(['-1', '+1'])}}}"
    yield f"{jacobian} = W_hh^{{{k}}}", f"{jacobian} = (W_hh^T)^{k}"
    yield f"{jacobian} = Π_{{j=1}}^{{{k}}} W_hh", f"{jacobian} = Π_{{j=0}}^{{{k}}} W_hh"
    i = rng.choice("ij")
    sums = [
        (f"Σ_{{{i}=t}}^{{T}} (W_hh^T)^{{T-{i}}} W_hy^T ds_{{T+t-{i}}}", f"Σ_{{{i}=t}}^{{T}} (W_hh^T)^{{T-{i}+1}} W_hy^T ds_{{T+t-{i}}}"),
        (f"Σ_{{{i}=t}}^{{T}} (W_hh^T)^{{{i}-t}} W_hy^T ds_{i}", f"Σ_{{{i}=t}}^{{T}} (W_hh^T)^{{{i}-t}} W_hy^T ds_{{T+t-{i}}}"),
        (f"Σ_{{{i}=0}}^{{T-t}} (W_hh^T)^{i} W_hy^T ds_{{t+{i}}}", f"Σ_{{{i}=1}}^{{T-t}} (W_hh^T)^{i} W_hy^T ds_{{t+{i}}}"),
        (f"Sum((W_hh.T)^{i} @ W_hy.T @ ds[t+{i}], {i}, 0, T-t)", f"Sum(W_hh^{i} @ W_hy.T @ ds[t+{i}], {i}, 0, T-t)"),
    ]
    for right, wrong in sums:
        yield f"dh_t = {right}", f"dh_t = {wrong}"


def chains(rng):
    """The same of a net with an activation."""
    k = rng.choice("kn")
    jacobian = f"∂h_t/∂h_{{t-{k}}}"
    for inside in (
        f"Π_{{j=t-{k}+1}}^{{t}} diag(1-h_j²) W_hh",
        f"Π_{{i=0}}^{{{k}-1}} diag(1-h_{{t-i}}²) W_hh",
        f"Π_{{i=1}}^{{{k}}} diag(1-h_{{t-i+1}}²) W_hh",
    ):
        yield f"{jacobian} = {inside}", f"{jacobian} = {inside.replace('diag', 'W_hh^T diag').removesuffix(' W_hh')}"
        yield f"{jacobian} = {inside}", f"{jacobian} = {inside.replace('-h_', '-h_{t}h_', 1)}"
    yield f"{jacobian} = Π_{{i=0}}^{{{k}-1}} diag(1-h_{{t-i}}²) W_hh", f"{jacobian} = Π_{{i=0}}^{{{k}}} diag(1-h_{{t-i}}²) W_hh"
    yield f"{jacobian} = Π_{{i=0}}^{{{k}-1}} diag(1-h_{{t-i}}²) W_hh", f"{jacobian} = W_hh^{k}"


@pytest.mark.parametrize("lines, d", [(powers, LINEAR), (chains, None)])
def test_a_step_may_be_made_of_two_indices(lines, d, random_seed, undiagnosed):
    d = d or derivation("rnn-tanh")
    for right, wrong in lines(random.Random(random_seed)):
        assert d.check(right).equal, (right, d.check(right))
        assert not d.check(wrong).equal, (wrong, d.check(wrong))


# A net, a line, and such with a slip.
LINES = [
    ("lstm", r"\delta_\omega^t = f'(a_\omega^t) \sum_{c=1}^{C} h(s_c^t) \epsilon_c^t",
     [r"\delta_\omega^t = f'(a_\omega^t) \sum_{c=1}^{C} s_c^t \epsilon_c^t"]),
    ("lstm", r"\delta^t_\omega = f'(a^t_\omega) h(s^t_c) \epsilon^t_c", [r"\delta^t_\omega = f'(a^t_\phi) h(s^t_c) \epsilon^t_c"]),
    ("lstm", r"\epsilon_s^t = b_\omega^t h'(s_c^t) \epsilon_c^t + b_\phi^{t+1} \epsilon_s^{t+1}",
     [r"\epsilon_s^t = b_\omega^t h'(s_c^t) \epsilon_c^t + b_\phi^{t} \epsilon_s^{t+1}",
      r"\epsilon_s^t = b_\omega^t h(s_c^t) \epsilon_c^t + b_\phi^{t+1} \epsilon_s^{t+1}"]),
    ("lstm-peephole", r"\epsilon_s^t = b_\omega^t h'(s_c^t) \epsilon_c^t + b_\phi^{t+1} \epsilon_s^{t+1} + w_{c\iota} \delta_\iota^{t+1} "
     r"+ w_{c\phi} \delta_\phi^{t+1} + w_{c\omega} \delta_\omega^t",
     [r"\epsilon_s^t = b_\omega^t h'(s_c^t) \epsilon_c^t + b_\phi^{t+1} \epsilon_s^{t+1} + w_{c\iota} \delta_\iota^{t+1} "
      r"+ w_{c\phi} \delta_\phi^{t+1} + w_{c\omega} \delta_\omega^{t+1}"]),
    ("lstm", r"\delta_c^t = b_\iota^t g'(a_c^t) \epsilon_s^t", [r"\delta_c^t = b_\phi^t g'(a_c^t) \epsilon_s^t"]),
    ("lstm", r"\delta_\phi^t = f'(a_\phi^t) \sum_c s_c^{t-1} \epsilon_s^t", [r"\delta_\phi^t = f'(a_\phi^t) \sum_c s_c^{t} \epsilon_s^t"]),
    ("lstm", r"s_c^t = b_\phi^t s_c^{t-1} + b_\iota^t g(a_c^t)", [r"s_c^t = b_\phi^t s_c^{t-1} + b_\iota^t a_c^t"]),
    ("lstm", r"b_c^t = b_\omega^t h(s_c^t)", [r"b_c^t = b_\omega^t s_c^t"]),
    ("lstm", "δ_f,t = δ_c,t ⊙ c_{t-1} ⊙ f_t ⊙ (1 - f_t)", ["δ_f,t = δ_c,t ⊙ c_{t-1} ⊙ f_t"]),
    ("lstm", "δ_f,t = δ_c,t ⊙ c_{t-1}", ["δ_f,t = δ_c,t ⊙ c_t"]),
    ("lstm", "δ_o,t = dh_t ⊙ tanh(c_t) ⊙ o_t ⊙ (1-o_t)\ndW_xo = Σ_t δ_o,t x_t^T",
     ["δ_o,t = dh_t ⊙ tanh(c_t)\ndW_xo = Σ_t δ_o,t x_t^T", "dW_xo = Σ_t δ_o,t x_t^T\nδ_o,t = dh_t ⊙ tanh(c_t)",  # one δ is one quantity
      "δ_o,t = δ_o,t ⊙ o_t ⊙ (1 - o_t)", "δ_c,t = δ_c,t ⊙ i_t ⊙ (1 - g_t²)", "δo_t = δo_t ⊙ o_t ⊙ (1 - o_t)"]),
    ("lstm", "da_o[t] = f'(a_o[t]) * dh[t] * tanh(c[t])", ["da_o[t] = f'(a_f[t]) * dh[t] * tanh(c[t])"]),
    ("lstm", r"C_t = F_t ⊙ C_{t-1} + I_t ⊙ \tilde{C}_t", [r"C_t = I_t ⊙ C_{t-1} + F_t ⊙ \tilde{C}_t"]),
    ("lstm", r"\frac{\partial L}{\partial \mathbf{I}_t} = \frac{\partial L}{\partial \mathbf{C}_t} \odot \tilde{\mathbf{C}}_t",
     [r"\frac{\partial L}{\partial \mathbf{I}_t} = \frac{\partial L}{\partial \mathbf{C}_t} \odot \mathbf{C}_{t-1}"]),
    ("lstm", "partial L / partial c_t = partial L / partial h_t * o_t * (1 - tanh(c_t)^2) + partial L/partial c_{t+1} * f_{t+1}",
     ["partial L / partial c_t = partial L / partial h_t * o_t * (1 - tanh(c_t)^2) + partial L/partial c_{t+1} * f_t"]),
    ("rnn-tanh", "The gradient of the loss with respect to W_hh is Σ_t δ_t h_{t-1}^T",
     ["The gradient of the loss with respect to W_hh is Σ_t δ_t h_t^T"]),
    ("rnn-tanh", "o_t = W_{qh} h_t + b_q", ["o_t = W_{qh} h_t - b_q"]),
    ("rnn-tanh", "δ(t) = f'(a(t)) ⊙ (V'(p(t)-y(t)) + W'*delta(t+1))", ["δ(t) = f'(a(t)) ⊙ (V'(p(t)-y(t)) + W*delta(t+1))"]),
    ("rnn-tanh", "dh = Why.T @ dy\ndh = dh + Whh.T @ dhraw_next", ["dh = Why.T @ dy\ndh = dh + Whh.T @ dhraw"]),
    ("rnn-tanh", "p_ij^k(t+1) = (1 - h_k(t+1)²) (Σ_l W_kl p_ij^l(t) + δ_ki h_j(t))",
     ["p_ij^k(t+1) = (1 - h_k(t+1)²) (Σ_l W_lk p_ij^l(t) + δ_ki h_j(t))", "p_ij^k(t+1) = (1 - h_k(t)²) (Σ_l W_kl p_ij^l(t) + δ_ki h_j(t))",
      "p_ij^k(t+1) = (1 - h_k(t+1)²) (Σ_l W_kl p_ij^l(t) + δ_kj h_i(t))"]),
    ("rnn-tanh", "p_{ij}^k(t) = ∂h_k(t)/∂W_ij\np_{ij}^k(t+1) = f'(a_k(t+1)) [Σ_{l=1}^{H} W_kl p_{ij}^l(t) + δ_{ik} h_j(t)]",
     ["p_{ij}^k(t) = ∂h_k(t)/∂W_ij\np_{ij}^k(t+1) = f'(a_k(t)) [Σ_{l=1}^{H} W_kl p_{ij}^l(t) + δ_{ik} h_j(t)]"]),
    ("rnn-tanh", r"\pi_{ij}^{k}(t) = (1-h_{t,k}^2) \left(\sum_l W_{kl} \pi_{ij}^{l}(t-1) + \delta_{ki} x_{t,j}\right)",
     [r"\pi_{ij}^{k}(t) = (1-h_{t,k}^2) \left(\sum_l W_{kl} \pi_{ij}^{l}(t-1) + \delta_{ki} x_{t-1,j}\right)"]),
    ("rnn-tanh", "∂L/∂W_{ij} = Σ_t Σ_k Σ_m (p_{t,m} - 1_{m=y_t}) V_{mk} p_{ij}^k(t)",
     ["∂L/∂W_{ij} = Σ_t Σ_k Σ_m (p_{t,m} - 1_{m=y_t}) V_{mk} p_{ji}^k(t)", "∂L/∂W_{ij} = Σ_t Σ_k ∂L_t/∂h_{t,k} ∂h_{t,k}/∂W_{ji}"]),
]  # fmt: skip


@pytest.mark.parametrize("name, right, wrongs", sampled(LINES, 3))
def test_lines_of_other_books(name, right, wrongs, undiagnosed):
    assert derivation(name).check(right).equal, derivation(name).check(right)
    for wrong in wrongs:
        assert not derivation(name).check(wrong).equal, wrong


@pytest.mark.parametrize("other, kind", [("W_hh.T @ da[t+1] + W_hy.T @ ds[t]", "equal"), ("W_hy.T @ ds[t]", "not equal")])
def test_what_is_defined_twice_is_judged_line_by_line_and_said(other, kind):
    verdict = derivation("rnn-tanh").check(f"dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]\ndh[t] = {other}")
    assert verdict.kind == kind and "in the lines 1, 2: each of them is judged by itself" in str(verdict)


def test_a_matrix_power_where_the_cell_is_not_linear_is_told_what_is_missing():
    verdict = derivation("rnn-tanh").check("∂h_t/∂h_{t-k} = W_hh^k")
    assert verdict.kind == "not equal" and "`diag(1 - h_j²)` is missing in front of `W_hh`" in verdict.sentences[0]


# Lines of books, lectures and programs: a net, whether the line is right (R) or wrong (W), and the line, ⏎ where it has several.
WRITTEN = [line.split(" ;; ", 2) for line in (Path(__file__).parent / "files" / "writings.txt").read_text(encoding="utf-8").splitlines()]
OTHERWISE = [(r" \+ ", " - "), (r" - | − ", " + "), ("t-1|t−1|ₜ₋₁", "t"), (r"t\+1", "t-1"), (r"(?<!\w)1 ?[-−] ?", "1 + "), (r"\.T\b", "")]


@pytest.mark.parametrize("name, kind, text", sampled(map(tuple, WRITTEN), 6))
def test_a_writing_is_judged_as_what_it_says(name, kind, text, undiagnosed):
    verdict = derivation(name).check(text.replace("⏎", "\n"))
    assert verdict.kind == {"R": "equal", "W": "not equal"}[kind], f"{text}\n{verdict}"


@pytest.mark.parametrize("part", sampled(range(12), 12))
def test_a_writing_with_a_slip_is_not_equal(part, random_seed, undiagnosed):
    """Of each writing one slip at a place that is drawn."""
    rng = random.Random(f"{random_seed} {part}")
    for name, kind, text in WRITTEN[part::12]:
        places = [(match, other) for sign, other in OTHERWISE for match in re.finditer(sign, text.partition("=")[2])]
        if kind != "R" or not places or "⏎" in text:
            continue
        match, other = rng.choice(places)
        left, _, right = text.partition("=")
        wrong = f"{left}={right[: match.start()]}{other}{right[match.end() :]}"
        assert not derivation(name).check(wrong).equal, (wrong, derivation(name).check(wrong))


JUNK = ["_{t-k}", "^{k}", "Σ_{i=t}^{T} ", "p_ij^k(t)", " += ", "f'(", "h(", r"\sum_c", " = ", "'", "^{(1)}", "(", ")", "_", "∇_{W} "]
JUNK += [
    r"\delta_\omega^t",
    "W^{xo}",
    "__",
    "T+t-i",
    "partial L / partial ",
    "\n",
    "Π_{i=0}^{k-1} ",
    ".T",
    "**k",
    "I_t",
    "0,5",
    ";",
    "{",
    "}",
]


@pytest.mark.parametrize("part", sampled(range(20), 20))
def test_whatever_is_typed_is_answered(part, random_seed, undiagnosed):
    """Lines with pieces of others in them, cut off, or turned: each has a verdict, none an error from inside."""
    rng = random.Random(f"{random_seed} {part}")
    for _ in range(15):
        name, _, text = rng.choice(WRITTEN)
        for _ in range(rng.choice([1, 2, 3])):
            k = rng.randrange(len(text) + 1)
            text = text[:k] + rng.choice([*JUNK, rng.choice(WRITTEN)[2][: rng.randrange(25)]]) + text[k + rng.choice([0, 0, 1, 4]) :]
        assert derivation(name).check(text.replace("⏎", "\n")).kind, (name, text)


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_a_bound_with_a_step_that_nothing_sums_over_is_answered(name, random_seed):
    """A sum up to t of what has no t claims nothing: the verdict says what is missing, and is no traceback."""
    rng, d = random.Random(f"{random_seed} {name} bounds"), derivation(name)
    for _ in range(3):
        q = rng.choice([q for q in d.equations if isinstance(q.right, e.Sum)])
        line = show(q._replace(right=moved(q.right.of, e.Time("k", 0))), "text")
        left, _, right = line.partition(" = ")
        below = rng.choice(["Σ_{k=1}^{t}", "Σ_{k=t}^{T}", "Σ_{k=1}^{t-1}"])
        verdict = d.check(f"{left} = {below} {right}")
        assert verdict.kind == "not equal" and "must collect from every step" in str(verdict), verdict
        verdict = d.check(f"dh_2 = {below} {right}")
        assert not verdict.equal, verdict


@pytest.mark.parametrize("name", sampled(["rnn-tanh", "rnn-many-to-one", "lstm", "gru-before-keep"], 2))
def test_a_name_for_the_identity_matrix_is_one(name, random_seed, undiagnosed):
    """What has the size of a state may be multiplied by it under a name, and a name for it alone is answered."""
    rng, d = random.Random(f"{random_seed} {name} identity"), derivation(name)
    for own in rng.sample(["Q", "E_1", "Id", "ident"], 2):
        scale = rng.choice([2, 3])
        for text in (f"{own} = I", f"{own} = {scale} I"):
            assert d.check(text).kind == "unreadable", text
        sized = [q for q in equations(d) if q.left.time and q.left.adjoint and d.shapes.get(q.left.name) == d.shapes["h"]]
        left, _, right = show(rng.choice(sized), "ascii").partition(" = ")
        assert d.check(f"{own} = I\n{left} = {own} @ ({right})").equal, (own, left)
        assert not d.check(f"{own} = {scale} * I\n{left} = {own} @ ({right})").equal, (own, left)


FORWARDS = ["range(T)", "range(0, T)", "range(1, T + 1)", "np.arange(T)"]
BACKWARDS = ["reversed(range(T))", "range(T - 1, -1, -1)", "range(T)[::-1]", "range(T, 0, -1)"]


def test_the_lines_of_a_loop_stand_where_they_are_right(random_seed, undiagnosed):
    """A loop in the other direction, with what collects set to zero in it, behind it or twice in it is wrong, though each line is right."""
    rng, d = random.Random(f"{random_seed} loops"), derivation("rnn-tanh")
    for _ in range(2):
        back = rng.choice(["dh_next", "dhnext", "grad_next", "carry", "from_later"])
        collects = [("dW_hh", "np.outer(da, h[t-1])"), ("db_h", "da"), ("dW_xh", "np.outer(da, x[t])"), ("dW_hy", "np.outer(ds[t], h[t])")]
        collects = rng.sample(collects, rng.randint(1, 4))
        body = [f"dh = W_hy.T @ ds[t] + {back}", "da = (1 - h[t]**2) * dh", *(f"{name} += {what}" for name, what in collects)]
        body += [f"{back} = W_hh.T @ da"]

        def program(over, lines, before=(), behind=()):
            return "\n".join([*before, f"for t in {over}:", *(f"    {line}" for line in lines), *behind])

        over, (name, what) = rng.choice(BACKWARDS), rng.choice(collects)
        zeros = [*(f"{one} = np.zeros_like({one[1:]})" for one, _ in collects), f"{back} = np.zeros_like(h[0])"]
        assert d.check(program(over, body, zeros)).equal, program(over, body, zeros)
        for wrong in (
            program(rng.choice(FORWARDS), body, zeros),
            *(program(over, [zero, *body]) for zero in zeros),
            program(over, [*body, f"{name} += {what}"], zeros),
            program(over, [*body[:-1], f"{back} += W_hh.T @ da"], zeros),
            "\n".join(
                [*body[1:-1], f"{rng.choice(['dh_next', 'dh_prev'])} = {rng.choice(['W_hh.T @ dh', 'W_hh @ da', '2 * W_hh.T @ da'])}"]
            ),
        ):
            assert not d.check(wrong).equal, wrong
        if "da" in what:
            wrong = program(over, [line for line in body if not line.startswith(name)], zeros, [f"{name} += {what}"])
            assert not d.check(wrong).equal, wrong


@pytest.mark.parametrize("net", ["rnn-tanh", "lstm"])
def test_a_product_over_an_index_ends_in_front_of_what_has_none(net, random_seed, undiagnosed):
    """``Σ_k Π_j f_j ⊙ dh_k ⊙ o_k``, without brackets, with them around what it goes over, and around too much."""
    rng, d = random.Random(f"{random_seed} {net}"), derivation(net)
    factors = ["dh_k", "o_k", "(1 - tanh(c_k)²)"]
    rng.shuffle(factors)
    left, over, tail = ("dh_t", "W_hhᵀ diag(1 - h_j²)", "W_hyᵀ ds_k") if net == "rnn-tanh" else ("dc_t", "f_j", " ⊙ ".join(factors))
    sign, times = rng.choice(["Π_{j=t+1}^{k}", "\\prod_{j=t+1}^{k}", "∏_(j=t+1..k)"]), "" if net == "rnn-tanh" else "⊙"
    for one, other in (("", ""), ("(", ")"), ("[", "]")):
        line = f"{left} = Σ_{{k=t}}^{{T}} {sign} {one}{over}{other} {times} {tail}"
        assert d.check(line).equal, f"{line}\n{d.check(line)}"
        for slip in (line.replace("j=t+1", "j=t"), line.replace("k=t", "k=t+1"), line.replace(over, over.replace("j", "k"))):
            assert not d.check(slip).equal, slip
    assert not d.check(f"{left} = Σ_{{k=t}}^{{T}} {sign} ({over} {times} {tail})").equal
    assert not d.check(f"{left} = Sum(Prod({over} {times} {tail}, j, t+1, k), k, t, T)").equal


LETTER = {"xh": "U", "hh": "W", "hy": "V", "h": "b"}
ARROWS = {"f": r"\overrightarrow", "b": r"\overleftarrow"}


@pytest.mark.parametrize("name", ["stacked", "bidirectional"])
def test_layers_and_directions_stand_on_letters_alone(name, random_seed, undiagnosed):
    r"""``\partial L / \partial W^{(1)}``, ``b^{[2]}``, ``\overrightarrow{\delta}_t``: what is below a weight is its letter."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    opens, closes = rng.choice(["()", "[]"])

    def write(line):
        line = re.sub(r"[Wb](\^\{\w+\})?_\{(xh|hh|hy|h)\}", lambda m: LETTER[m[2]] + (m[1] or ""), line)
        line = re.sub(r"\\mathrm\{d\}a(?=\^)", r"\\delta", line)
        line = re.sub(
            r"\\mathrm\{d\}([hUVWbxs])(?!_\{y\})(\^\{\w\})?(_\{(?:t[-+]?\d?|0)\})?", r"\\frac{\\partial L}{\\partial \1\2\3}", line
        )
        if name == "stacked":
            return re.sub(r"(\\delta|[a-zA-Z])\^\{(\d)\}", rf"\1^{{{opens}\2{closes}}}", line)
        return re.sub(r"(\\delta|[a-zA-Z])\^\{([fb])\}", lambda m: f"{ARROWS[m[2]]}{{{m[1]}}}", line)

    for equation in rng.sample(pool := equations(d), min(8, len(pool))):
        text = write(line := show(equation, "latex"))
        assert (verdict := d.check(text)).equal, f"{text}\n{verdict}"
        wrong = slipped(line, rng)
        if wrong is not None and not d.check(wrong).equal:
            assert not d.check(write(wrong)).equal, write(wrong)


STEPS = ["_{{{}}}", "_({})", "^{{({})}}", "[{}]", "({})", "^{{<{}>}}", r"^{{\langle {} \rangle}}", "^({})"]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_matrix_and_what_it_is_of_may_stand_without_a_space(activation, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {activation}"), derivation(f"rnn-{activation}")
    for step in rng.sample(STEPS, 4):
        now, before = step.format("t"), step.format("t-1")
        inner = " + ".join(rng.sample([f"Wh{before}", f"Ux{now}", "b"], 3))
        forward, out = f"h{now} = {activation}({inner})", f"s{now} = Vh{now} + c"
        assert d.check(forward).equal and d.check(out).equal, (forward, out, d.check(forward), d.check(out))
        slips = [(f"Wh{before}", f"Wh{now}"), (f"Ux{now}", f"Ux{before}"), (" + ", " - "), ("+ b", ""), ("Wh", "Vh"), ("Ux", "Wx")]
        right, wrong = rng.choice([slip for slip in slips if slip[0] in forward])
        assert not d.check(forward.replace(right, wrong, 1)).equal, forward.replace(right, wrong, 1)
        assert not d.check(out.replace("Vh", "Wh")).equal


CHAINS = [
    ("∂L/∂a_t = ∂L/∂h_t{}∂h_t/∂a_t", "∂L/∂a_t = ∂L/∂a_t{}∂h_t/∂a_t"),
    ("∂L/∂h_t = ∂L/∂s_t{}∂s_t/∂h_t + ∂L/∂h_{{t+1}}{}∂h_{{t+1}}/∂h_t", "∂L/∂h_t = ∂L/∂s_t{}∂s_t/∂h_t + ∂L/∂h_t{}∂h_{{t+1}}/∂h_t"),
    ("∂L/∂W_hh = Σ_t ∂L/∂h_t{}∂h_t/∂a_t{}∂a_t/∂W_hh", "∂L/∂W_hh = Σ_t ∂L/∂h_t{}∂h_t/∂a_t{}∂a_t/∂W_xh"),
    ("∂L/∂b_h = Σ_t ∂L/∂a_t{}∂a_t/∂b_h", "∂L/∂b_h = Σ_t ∂L/∂h_t{}∂a_t/∂b_h"),
]


@pytest.mark.parametrize("sign", [" ", " * ", " · ", " ⋅ ", " \\cdot ", " ⊙ "])
def test_a_chain_of_derivatives_is_a_product_by_any_sign(sign, undiagnosed):
    d = derivation("rnn-tanh")
    for right, wrong in CHAINS:
        right, wrong = (side.format(*[sign] * side.count("{}")) for side in (right, wrong))
        assert (verdict := d.check(right)).equal, f"{right}\n{verdict}"
        assert not d.check(wrong).equal, wrong
