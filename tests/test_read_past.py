"""What stands in a line or a program and changes it is read, or refused, and never read past: conditions at a sum, indices and powers
behind brackets, branches, what a loop ends or clears, arrays of two names; and what is said of one length, or has a value in part only."""

import random
import time

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from tests.sampling import sampled
from tests.test_check import derivation

NETS = ["rnn-tanh", "rnn-sigmoid-mean", "lstm", "gru-before-keep", "stacked", "bidirectional"]


@pytest.fixture
def rng(random_seed):
    return random.Random(f"{random_seed} read past")


def lines(name, rng, count, kind=object):
    """Some equations of a net at any step, or of a sum, as text."""
    found = [q for q in derivation(name).equations if not q.where and not isinstance(q.right, e.Num) and isinstance(q.right, kind)]
    return [show(q, "text") for q in rng.sample(found, min(count, len(found)))]


def no_more_equal(name, right, *wrong):
    """A line is right, and changed in any of some ways it is not, nor right under some assumption."""
    assert derivation(name).check(right).equal, right
    for text in wrong:
        verdict = derivation(name).check(text)
        assert verdict.kind not in ("equal", "equal if"), f"{text}\n{verdict}"


@pytest.mark.parametrize("name", sampled(NETS, 3))
def test_a_condition_at_a_sum_is_part_of_it(name, rng, undiagnosed):
    for line in lines(name, rng, 4, e.Sum):
        n, k = rng.randint(1, 9), rng.choice(["t≠{}", "t>{}", "t<{}", "t odd", "k≠t", "k", "{}"])
        below = rng.choice([f"t=1, {k.format(n)}", f"t=1,{k.format(n)},{n + 1}"])
        whole = line.replace("Σ_t", "Σ_{t=1}^{T}")
        no_more_equal(name, whole, line.replace("Σ_t", f"Σ_{{{below}}}^{{T}}"), line.replace("Σ_t", f"Σ_{{t∈{rng.choice('SBMN')}}}"))


@pytest.mark.parametrize("name", sampled(NETS, 3))
def test_what_hangs_behind_a_bracket_is_part_of_it(name, rng, undiagnosed):
    for line in lines(name, rng, 3):
        left, _, right = line.partition(" = ")
        below = rng.choice(["_1", "_{1}", " _1", "_0", "_{2}", "_i", "₁", "_+"])
        powers = rng.choice(["^1^2", "^2^1", "^{1}^{2}", "²^1", "^-1^1"])
        no_more_equal(
            name, f"{left} = ({right})", f"{left} = ({right}){below}", f"{left} = 1{powers} ({right})", f"{left} = ({right}){powers}"
        )


@pytest.mark.parametrize("name", sampled(NETS, 2))
def test_what_may_not_be_done_is_no_heading(name, rng, undiagnosed):
    for line in lines(name, rng, 3):
        head = rng.choice(["if 0:", "if t:", "else:", "elif t > 3:", "try:", "lambda:", "while t:", "Unless so:"])
        no_more_equal(name, f"So it is: {line}", f"{head} {line}")


def test_a_program_does_what_python_does_of_it(rng, undiagnosed):
    """The order and the direction of a loop, what ends it or clears what it has found, and what is changed under another name."""
    own = rng.choice(["g", "e", "grad", "tmp"])
    dW, what = rng.choice([("dW_hh", "np.outer(da, h[t-1])"), ("db_h", "da"), ("dW_xh", "np.outer(da, x[t])")])
    zeros = [f"{dW} = np.zeros_like({dW[1:]})", "dh_next = np.zeros_like(h[0])"]
    dh, da, last = "dh = W_hy.T @ ds[t] + dh_next", "da = dh * (1 - h[t]**2)", "dh_next = W_hh.T @ da"

    def program(*body, over="for t in reversed(range(T)):", behind=()):
        return "\n".join([*zeros, over, *(f"    {line}" for line in body), *behind])

    body = (dh, da, f"{dW} += {what}", last)
    at = rng.randint(1, 4)
    no_more_equal(
        "rnn-tanh",
        program(*body, behind=[f"return {dW}"]),
        *(program(*body, over=f"for t in {over}:") for over in ("reversed(reversed(range(T)))", "sorted(reversed(range(T)))")),
        program(*body, over="for k in reversed(range(T)):"),
        program(*body[:at], rng.choice([f"return {dW}", "return", "yield da"]), *body[at:]),
        *(program(*body, behind=[line]) for line in (f"{dW} = 0", zeros[0], f"{own} = {dW}\n{own} *= 2", f"{own} = {dW}.T\n{own} += 1")),
        program(dh, da, f"{own} = da", f"{own} {rng.choice('-+*/')}= 2", *body[2:]),
        program(dh, da, f"{own} = da{rng.choice(['[1:]', '.T', '.reshape(-1)'])}", f"{own} *= 2", *body[2:]),
        program(dh, "da = dh", "da *= 1 - h[t]**2", f"{dW} += {what}", "dh_next = W_hh.T @ (dh * (1 - h[t]**2))"),
        program(dh.replace("=", "+=", 1), *body[1:]),
        program(dh, da, f"if t: {dW} += {what}", last),
    )
    no_more_equal("rnn-tanh", program(dh, "da = dh", "da *= 1 - h[t]**2", *body[2:]))
    no_more_equal("rnn-tanh", program("dh = dh_next", "dh += W_hy.T @ ds[t]", *body[1:]))
    no_more_equal("rnn-tanh", program(dh, "da = dh.copy()", "da *= 1 - h[t]**2", *body[2:]))


@pytest.mark.parametrize("name", sampled(NETS, 3))
def test_a_line_is_one_for_every_length(name, rng, undiagnosed):
    for line in lines(name, rng, 3):
        n, (left, _, right) = rng.randint(14, 10**6), line.partition(" = ")
        once = [f"(T != {n})", f"(1 + (T == {n}))", f"where(T == {n}, 2, 1)", f"((T - {n}) / (T - {n}))", f"(1 + 0 * log((T - {n})^2))"]
        no_more_equal(name, f"{left} = T / T ({right})", *(f"{left} = {factor} * ({right})" for factor in rng.sample(once, 3)))


PARTS = ["log", "log2", "log10", "log1p", "sqrt", "arcsin", "arccos", "arctanh", "arccosh", "tan"]


@pytest.mark.parametrize("name", sampled(NETS, 3))
def test_what_has_no_value_everywhere_is_not_equal_to_what_has(name, rng, undiagnosed):
    states = {"rnn-tanh": "a", "rnn-sigmoid-mean": "a", "lstm": "c", "gru-before-keep": "a_n", "stacked": "a1", "bidirectional": "af"}
    d = derivation(name)
    q = rng.choice([q for q in d.equations if d.shapes[q.left.name] == d.shapes[states[name]] and q.left.adjoint and not q.where])
    left, _, right = show(q, "ascii").partition(" = ")
    f, of = rng.choice(PARTS), f"{states[name]}[t]"
    if q.left.time:
        no_more_equal(name, f"{left} = {right}", f"{left} = {right} + 0 * {f}({of})", f"{left} = {right} + {f}({of}) - {f}({of})")


def test_a_first_state_that_is_learned_or_given_is_assumed_to_be_0(rng, undiagnosed):
    cell = rng.choice([ar.RNN, ar.LSTM, ar.GRU])
    given = {"RNN": "_hh", "LSTM": "_hg", "GRU": "_hz"}[cell.__name__]
    da = {"RNN": "da", "LSTM": "da_g", "GRU": "da_z"}[cell.__name__]
    text = f"h[0] = 0\ndW{given} = Sum({da}[t] @ h[t-1].T, t, 2, T)"
    state = [[0.5, 0.2, 0.1]] * (1 + (cell is ar.LSTM))
    run = ar.Model(cell(2, 3), output_size=4).unroll([[1.0, 2.0]] * 3, y=[0, 1, 2], h0=state)
    learned = ar.Model(cell(2, 3, learn_initial=True), output_size=4)
    for net, kind in ((ar.Model(cell(2, 3), output_size=4), "equal"), (learned, "equal if"), (run, "equal if")):
        assert ar.derive(net).check(text).kind == kind, net


def test_a_net_of_one_step_has_no_other_length(rng, undiagnosed):
    d = ar.derive(ar.Model(ar.RNN(2, 3), output_size=4, task="one-to-one"))
    step = rng.choice(["[1]", "[T]", "[t]"])
    rights = {"dh": "W_hy.T @ ds{}", "da": "dh{} * (1 - h{}**2)", "ds": "p{} - onehot(y{})"}
    for name, right in rights.items():
        line = f"{name}{step} = {right.replace('{}', step)}"
        assert d.check(line).equal, line
        for wrong in (
            f"{name}{step} = 0",
            f"{line} * 2",
            f"{name}{step} = {rng.choice([other for other in rights if other != name])}{step}",
        ):
            assert d.check(wrong).kind not in ("equal", "equal if"), wrong


@pytest.mark.parametrize("name", sampled(NETS, 2))
def test_lines_that_go_round_in_a_circle_define_nothing(name, rng, undiagnosed):
    d = derivation(name)
    timed = [q for q in d.equations if q.left.time == e.Time("t", 0) and not q.where]
    for q in rng.sample(timed, min(3, len(timed))):
        left, own, other = show(q, "ascii").partition(" = ")[0], *rng.sample(["q[t]", "v[t]", "own[t]"], 2)
        n, step = rng.randint(2, 5), rng.choice(["[T]", "[3]"])
        for circle in (
            [f"{own} = {left}", f"{left} = {own}"],
            [f"{own} = {n} * {left}", f"{left} = {own} / {n}"],
            [f"{own} = {other}", f"{other} = {left}", f"{left} = {own}"],
            [f"{own} = {left}", f"{left} = {own}".replace("[t]", step)],
        ):
            assert d.check("\n".join(rng.sample(circle, len(circle)))).kind == "not equal", circle
        assert d.check("\n".join([f"{own} = {left}", show(q, "ascii")])).equal


@pytest.mark.parametrize("name", sampled(NETS, 3))
def test_a_line_said_of_some_steps_is_looked_at_there(name, rng, undiagnosed):
    """However many steps at the ends it leaves out, there are others; and of no step nothing is right."""
    d = derivation(name)
    for q in rng.sample([q for q in d.equations if q.left.time == e.Time("t", 0) and not q.where], 2):
        line, (n, k) = show(q, "text"), (rng.randint(2, 15), rng.randint(1, 9))
        left = line.partition(" = ")[0]
        spans = [
            f"({n} < t < T-{k})",
            f"({k} < t)",
            f"(t < T-{n})" if n < 10 else f"(t < T-{k})",
            f"for {k} ≤ t ≤ T-{k}",
            f"(t ≠ 1, {k}, T, T-{k})",
        ]
        for span in rng.sample(spans, 2):
            span = span.replace(f"({n} <", f"({min(n, 9)} <")
            no_more_equal(name, f"{line}   {span}", f"{left} = 0   {span}", f"{line.replace(' = ', ' = 2 (', 1)})   {span}")
        of = show(q.left, "ascii").removesuffix("[t]")
        assert not d.check(f"{of}[{-n}] = 0").equal


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_a_sum_that_is_empty_in_short_sequences_is_not_0(name, rng, undiagnosed):
    d = derivation(name)
    for q in rng.sample([q for q in d.equations if isinstance(q.right, e.Sum)], 2):
        line, n, k = show(q, "ascii"), rng.randint(2, 20), rng.randint(1, 20)
        right = line.partition(" = ")[2]
        no_more_equal(name, line, f"{line} + {right[:-1]}, {n}, T-{k})", f"{line} - {right[:-1]}, {n}, T-{k})")


def test_a_name_is_said_of_all_steps_for_which_it_is_taken(rng, undiagnosed):
    own, n = rng.choice(["q", "delta", "v"]), rng.randint(1, 6)
    said, whole = f"{own}_t = (1 - h_t^2) * (W_hy^T ds_t + W_hh^T da_{{t+1}})", f"db_h = Σ_t {own}_t"
    last = f"{own}_T = (1 - h_T^2) * W_hy^T ds_T"
    no_more_equal(
        "rnn-tanh", f"{said}\n{whole}", f"{said}  (t < T-{n})\n{whole}", f"{said}  ({n} < t)\n{whole}", f"{said}  (t < T)\n{whole}"
    )
    no_more_equal("rnn-tanh", f"{said}  (t < T)\n{last}\n{whole}", f"{said}  (t < T-1)\n{last}\n{whole}")
    no_more_equal("rnn-tanh", f"{said}  (t < T)\nda_t = {own}_t  (t < T)", f"{said}  (t < T)\nda_t = {own}_t")


@pytest.mark.parametrize("steps", ["t∈{1,T}", r"t \in \{1, T\}", "t∈{1,2}", "t ∈ {2, T}", "t∈{1,2,T}"])
def test_a_sum_over_a_few_steps_is_not_one_over_all(steps, undiagnosed):
    for right in ("t∈[1,T]", "t∈{1,…,T}", "t∈{1,...,T}"):
        assert derivation("rnn-tanh").check(f"dW = Σ_{{{right}}} da_t h_{{t-1}}^T").equal, right
    assert not derivation("rnn-tanh").check(f"dW = Σ_{{{steps}}} da_t h_{{t-1}}^T").equal


@pytest.mark.parametrize("text", ["# nothing\n" * 20_000, "\n" * 200_000, "# x\n" * 1_900], ids=["lines", "empty", "few"])
def test_what_says_nothing_is_not_looked_through_again_from_each_of_its_lines(text):
    start = time.process_time()
    assert derivation("rnn-tanh").check(text).kind == "unreadable"
    assert time.process_time() - start < 10  # it was hours


@pytest.mark.parametrize("line", [
    "dL/dh_t = Σ_k dL_k/dh_t {}", "dL/dW_hh = Σ_k dL_k/dW_hh {}", "dh_t = Σ_k (∂h_k/∂h_t)ᵀ W_hyᵀ ds_k {}",
    "∂L_t/∂b_h = Σ_{{k=1}}^{{t}} diag(1 - h_k²) (∂h_t/∂h_k)ᵀ W_hyᵀ ds_t {}", "∂L/∂h_0 = Σ_k ∂L_k/∂h_0 {}"])  # fmt: skip
@pytest.mark.parametrize("condition", ["(k<t)", ", k < t", "(1 ≤ k < t)", "(t > k)", "(k ≠ t)", "(k<T)", "for k<t"])
def test_a_condition_on_an_index_of_the_right_side_is_not_dropped(line, condition):
    verdict = derivation("rnn-tanh").check(line.format(condition))
    assert not verdict.equal, verdict


@pytest.mark.parametrize("said", ["(t < {})", "(1 < t < {})", "for t in 1..{}-1", "if t < {}", "(t != {})", "for t = 1, ..., {}-1"])
def test_each_net_s_condition_names_its_own_last_step(said):
    d = derivation("encoder-decoder")
    lines = {"T": "dhenc[t] = Wenc_hh.T @ daenc[t+1]", "S": "dhdec[t] = W_hy.T @ ds[t] + Wdec_hh.T @ dadec[t+1]"}
    for own, other in ("TS", "ST"):
        assert d.check(f"{lines[own]} {said.format(own)}").equal
        assert not d.check(f"{lines[own]} {said.format(other)}").equal


@pytest.mark.parametrize("signs", ["ᵀᵀ", "⊤⊤", "ᵀᵀᵀᵀ", "ᵀᵀᵀ", "ᵀ"])
def test_every_transpose_counts(signs):
    odd = len(signs) % 2 == 1
    assert derivation("rnn-tanh").check(f"dh_0 = W_hh{signs} da_1").equal == odd
    assert derivation("rnn-tanh").check(f"∂h_t/∂h_{{t-1}} = diag(1 - h_t²) W_hh{signs}").equal != odd


def ranges(rng, last, sizes):
    """What a sum's index goes over, and whether that is all of as many steps or elements, counted from 0 or from 1."""
    one = rng.choice([last, last, f"{last}-{rng.randint(1, 3)}", f"{last}+1", str(rng.randint(1, 9)), f"2*{last}", *sizes])
    first, end = rng.choice([("1", f"{last}+1"), ("1", last), ("2", f"{last}+1"), ("1", f"{last}-1"), ("1", f"{last}+2"), ("1", sizes[0])])
    step = rng.choice(["", "", "", ", 2"])
    way = rng.choice(["{}", "{}", "[::2]", "reversed"])
    text, whole = rng.choice(
        [(f"range({one})", one == last), (f"range({first}, {end}{step})", (first, end, step) == ("1", f"{last}+1", ""))]
    )
    return (f"{text}[::2]", False) if way == "[::2]" else (text, whole)


STEPS = [
    "db_h = sum({}da[t] for t in {}{})",
    "dW_xh = sum({}np.outer(da[t], x[t]) for t in {}{})",
    "dW_hy = sum({}np.outer(ds[k], h[k]) for k in {}{})",
    "dW_hh = sum({}np.outer((1 - h[t]**2) * dh[t], h[t-1]) for t in {}{})",
]
ELEMENTS = [
    ("K", "dh[t][j] = sum({}V[k][j]*ds[t][k] for k in {}{}) + sum(W[i][j]*da[t+1][i] for i in range(H))"),
    ("H", "dh[t][j] = sum({}W[i][j]*da[t+1][i] for i in {}{}) + sum(V[k][j]*ds[t][k] for k in range(K))"),
    ("H", "dx[t][j] = sum({}U[i][j]*da[t][i] for i in {}{})"),
    ("D", "a[t][i] = sum({}U[i][j]*x[t][j] for j in {}{}) + sum(W[i][k]*h[t-1][k] for k in range(H)) + b[i]"),
]


def test_a_range_that_is_not_over_all_steps_or_elements_is_none(rng, undiagnosed):
    """Whatever stands in ``range(...)``: all of it counts."""
    for _ in range(60):
        last, line = rng.choice([*(("T", line) for line in STEPS), *ELEMENTS])
        over, whole = ranges(rng, last, [size for size in "KHD" if size != last])
        text = line.format(*rng.choice([("", over, ""), ("[", over, "]")]))
        verdict = derivation("rnn-tanh").check(text)
        assert verdict.equal == whole, f"{text}\n{verdict}"


RECURSION = ["p_ij^k(t) = (1-h_k(t)²)(Σ_l W_kl p_ij^l(t-1) + δ_ki h_j(t-1))", "∂h_t/∂b_h = diag(1-h_t²) (I + W ∂h_{t-1}/∂b_h)",
             "∂h_t/∂b_h = ∂⁺h_t/∂b_h + ∂h_t/∂h_{t-1} ∂h_{t-1}/∂b_h", "∂h_t/∂b_h = Σ_{k=1}^t ∂h_t/∂h_k ∂⁺h_k/∂b_h", ""]  # fmt: skip


@pytest.mark.parametrize("recursion", sampled(RECURSION, 2))
def test_one_sign_is_one_derivative_in_a_text(recursion):
    """What a text says to be the total derivative by a weight is not the immediate one in its other lines."""
    own = "p_ij^k(t)" in recursion
    right = "dW_ij = Σ_t Σ_k Σ_l ds_{t,l} V_lk p_ij^k(t)" if own else "db_h = Σ_t (∂h_t/∂b_h)^T V^T ds_t"
    wrong = "dW_ij = Σ_t Σ_k dh_{t,k} p_ij^k(t)" if own else "db_h = Σ_t (∂h_t/∂b_h)^T dh_t"
    for line, holds in ((right, True), (wrong, not recursion)):
        for text in (f"{recursion}\n{line}", f"{line}\n{recursion}"):
            verdict = derivation("rnn-tanh").check(text.strip())
            assert verdict.equal == holds, f"{text}\n{verdict}"
