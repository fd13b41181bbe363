"""What students copy from books and programs, written by generators: accents, class numbers, cases, dots, double sums, numpy loops. Each
right line is equal in every writing, each with a slip in it is not."""

import random
import re

import pytest

from autograd_rnn.algebra.printing import show
from tests.sampling import sampled
from tests.test_check import derivation

HAND = {"text": ("_{t}", "^T ", " * "), "brackets": ("[t]", ".T @ ", " * "), "latex": ("_{t}", r"^{\top} ", r" \odot ")}


def spelled(rng, letter, accent):
    """A letter with an accent over it, in one of its spellings."""
    sign = {"hat": "\u0302", "tilde": "\u0303"}[accent]
    return rng.choice(
        [rf"\{accent}{{{letter}}}", rf"\{accent} {letter}", rf"\wide{accent}{{{letter}}}", letter + sign, f"{letter}_{accent}"]
    )


ACCENTED = [  # a net, a line, and what each letter with an accent stands for
    ("lstm", "di[t] = dc[t] * c~[t]", "tilde"),
    ("lstm", "dc~[t] = i[t] * dc[t]", "tilde"),
    ("lstm", "da_i[t] = dc[t] * c~[t] * i[t] * (1 - i[t])", "tilde"),
    ("gru-before-new", "dz[t] = dh[t] * (h~[t] - h[t-1])", "tilde"),
    ("gru-before-new", "dh~[t] = dh[t] * z[t]", "hat"),
    ("gru-before-keep", "dh~[t] = dh[t] * (1 - z[t])", "tilde"),
    ("rnn-tanh", "ds[t] = y~[t] - onehot(y[t])", "hat"),
    ("rnn-tanh", "db_y = Sum(y~[t] - y[t], t)", "hat"),
]


@pytest.mark.parametrize("name, line, accent", sampled(ACCENTED, 3))
def test_letters_with_accents_are_what_books_call_so(name, line, accent, random_seed):
    rng = random.Random(f"{random_seed} {line}")
    for _ in range(3):
        text = line
        while "~" in text:
            at = text.index("~") - 1
            text = text[:at] + spelled(rng, text[at], accent) + text[at + 2 :]
        assert derivation(name).check(text).equal, (text, derivation(name).check(text))
        assert not derivation(name).check(text.replace("= ", "= 2*", 1)).equal, text
        if "Sum" not in text:  # at one step alone, too
            step = rng.randrange(1, 4)
            one = text.replace("[t-1]", f"_{step - 1}").replace("[t]", f"_{step}")
            assert derivation(name).check(one).equal, (one, derivation(name).check(one))
            assert not derivation(name).check(one.replace("= ", "= 2*", 1)).equal, one


CLASSES = [
    ("ds[t] = p[t] - y[t]", "ds[t] = p[t] - y[t-1]"),
    ("ds[t] = -(y[t] - p[t])", "ds[t] = y[t] - p[t]"),
    ("dp[t] = -y[t] / p[t]", "dp[t] = y[t] / p[t]"),
    ("dW_hy = Sum((p[t] - y[t]) @ h[t].T, t)", "dW_hy = Sum((p[t] + y[t]) @ h[t].T, t)"),
    ("dW_hy = Sum(p[t] @ h[t].T, t) - Sum(y[t] @ h[t].T, t)", "dW_hy = Sum(p[t] @ h[t].T, t) - Sum(y[t] @ h[t-1].T, t)"),
    ("dh[t] = W_hy.T @ (p[t] - y[t]) + W_hh.T @ da[t+1]", "dh[t] = W_hy.T @ (p[t] - y[t+1]) + W_hh.T @ da[t+1]"),
]


@pytest.mark.parametrize("right, wrong", CLASSES)
def test_a_class_number_that_is_reckoned_with_is_its_vector(right, wrong):
    verdict = derivation("rnn-tanh").check(right)
    assert verdict.equal and "is a class number, and read as the vector `onehot(y[t])`" in str(verdict), verdict
    assert derivation("rnn-tanh").check(wrong).kind == "not equal"


PARTED = [("t = T", "t < T"), ("t ≥ T", "t ≤ T-1"), ("t = T-1", "t < T-1", "t = T"), ("t = 1", "1 < t < T", "t = T"), ("t ≠ T", "t = T")]


def cases(rng, told):
    """A left side with its cases, each with a condition, in one of the ways in which they are told apart; of one that has none what is so
    otherwise."""
    way = rng.randrange(5) if len(told) == 2 and all(told.values()) and {*told.values()} == {"t = T", "t < T"} else rng.randrange(3)
    if way == 0:
        parts = (rf"{right} & \text{{if }} {when}" if when else rf"{right} & \text{{{rng.choice(REST)}}}" for right, when in told.items())
        return r"dh_t = \begin{cases} " + r" \\ ".join(parts) + r" \end{cases}"
    if way == 1:
        parts = (f"  {right}, & {when or rng.choice(REST)}" for right, when in told.items())
        return "dh_t = \\begin{cases}\n" + " \\\\\n".join(parts) + "\n\\end{cases}"
    if way == 2:
        return "\n".join(f"dh_t = {right}  {f'for {when}' if when else rng.choice(REST[:-1])}" for right, when in told.items())
    (first, when), (second, other) = (
        (x.replace("^T ", ".T @ ").replace("_T", "[T]").replace("_t", "[t]").replace("_{t+1}", "[t+1]"), y.replace(" = ", " == "))
        for x, y in told.items()
    )
    return f"dh[t] = {first} if {when} else {second}" if way == 3 else f"dh[t] = {second} if {other} else {first}"


REST = ["otherwise", "sonst", "else"]


@pytest.mark.parametrize(
    "asked, right", [("a_t > 0", True), ("h_t > 0", True), ("a_t < 0", False), ("dh_t > 0", False), ("a_{t-1} > 0", False)]
)
def test_cases_may_ask_for_a_sign(asked, right, undiagnosed):
    """As books have the derivative of a rectifier; what is so otherwise has no condition of its own."""
    text = rf"\begin{{cases}} {{}} & {asked} \\ 0 & \text{{otherwise}} \end{{cases}}"
    for line in (f"da_t = {text.replace('{}', 'dh_t')}", f"da_t = dh_t ⊙ {text.replace('{}', '1')}"):
        assert derivation("rnn-relu").check(line).equal == right, line
        for slip in (line.replace("{otherwise}", "{otherwise, } t > 1"), f"{line} + 1", line.replace(r"\ 0", r"\ 1")):
            assert not derivation("rnn-relu").check(slip).equal, slip


CASES = [
    ("rnn-many-to-one", "W_hy^T ds_T", "W_hh^T da_{t+1}"),
    ("rnn-tanh", "W_hy^T ds_T", "W_hy^T ds_t + W_hh^T da_{t+1}"),
]


@pytest.mark.parametrize("name, last, earlier", sampled(CASES, 2))
def test_cases_are_lines_of_their_own(name, last, earlier, random_seed, undiagnosed):
    """What is so otherwise is so at the steps that no other case has."""
    rng = random.Random(f"{random_seed} {name}")
    for _ in range(8):
        parts = rng.choice(PARTED)
        python = (part.replace(" = ", " == ").replace("≥", ">=").replace("≤", "<=").replace("≠", "!=") for part in parts)
        at_last = [eval(part, {"t": 9, "T": 9}) for part in python]
        rights = [(last if there else earlier) + " + 0" * k for k, there in enumerate(at_last)]
        whens = list(parts)
        if rng.random() < 0.6:
            whens[rng.randrange(len(parts))] = ""
        told = rng.sample([*zip(rights, whens, strict=True)], len(parts))
        assert derivation(name).check(text := cases(rng, dict(told))).kind in ("equal", "equal if"), text  # of T >= 2
        turned = dict(zip([right for right, _ in told], [when for _, when in told[1:] + told[:1]], strict=True))
        wrong = [*[turned] * (len(told) == 2), {(f"2 {right}" if k == 0 else right): when for k, (right, when) in enumerate(told)}]
        assert not derivation(name).check(text := cases(rng, rng.choice(wrong))).equal, text
    some = derivation(name).check(f"dh_t = {earlier} (t < T)")
    assert some.equal and "nothing is said of `dh_T`" in some.sentences, some


DOTTED = ["da[{}]", "outer(da[{}], h[{}-1])", "W_xh.T @ da[{}]"]


def dotted(rng, term, upto="T", slip=0):
    """A sum with dots in it."""

    def at(step):
        made = term.replace("{}-1", str(step - 1) if isinstance(step, int) else f"{step}-1")
        return made.replace("{}", str(step))

    first = [at(k) for k in range(1 + slip, rng.randrange(2, 4) + slip)]
    dots = rng.choice(["...", r"\dots", r"\cdots", "…"])
    found = [*first, dots, at(upto)]
    return " + ".join(found if rng.random() < 0.7 or slip else [at(upto), dots, at(1)])


def test_dots_stand_for_the_terms_between(random_seed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for left, term in (
        ("db_h", "da[{}]"),
        ("dW_hh", "outer(da[{}], h[{}-1])"),
        ("db_h", "dh[{}] * (1 - h[{}]**2)"),
        ("dW_xh", "da[{}] @ x[{}].T"),
    ):
        for _ in range(5):
            text = f"{left} = {dotted(rng, term)}"
            assert d.check(text).equal, (text, d.check(text))
            assert not d.check(f"{left} = {dotted(rng, term, 'T-1')}").equal
            assert not d.check(f"{left} = {dotted(rng, term, slip=1)}").equal
    assert "Dots stand in a sum" in str(d.check("db_h = da[1] + ... + h[T]"))


SUMS = [
    (
        "dW_hh = Σ_t Σ_{%s} (diag(1 - h_k^2) (∂h_t/∂h_k)^T W_hy^T ds_t) h_{k-1}^T",
        ("k≤t", "k <= t", "t≥k", "k=1}^{t", "1≤k≤t"),
        ("k≥t", "k<t", "k=2}^{t"),
    ),
    ("dh_t = Σ_{%s} (∂h_k/∂h_t)^T W_hy^T ds_k", ("k≥t", "t≤k", "k=t}^{T", "t≤k≤T"), ("k≤t", "k>t", "t<k")),
    ("dh_k = Σ_{%s} (∂h_t/∂h_k)^T W_hy^T ds_t", ("t≥k", "k≤t", "t=k}^{T"), ("t≤k", "t>k")),
    ("da_j = diag(1-h_j^2) Σ_{%s} (∂h_t/∂h_j)^T W_hy^T ds_t", ("t≥j", "j≤t"), ("t≤j",)),
]


@pytest.mark.parametrize("line, right, wrong", sampled(SUMS, 4))
def test_a_bound_that_names_another_index_is_that_of_the_sum(line, right, wrong):
    for bound in right:
        for sign in ("Σ", r"\sum"):
            text = (line % bound).replace("Σ", sign).replace("≤", r"\leq " if sign != "Σ" else "≤")
            assert derivation("rnn-tanh").check(text).equal, (text, derivation("rnn-tanh").check(text))
    for bound in wrong:
        assert not derivation("rnn-tanh").check(line % bound).equal, line % bound


@pytest.mark.parametrize("prime", ["f'", r"\phi'", "g'", r"\tanh'", "φ'"])
def test_the_derivative_of_the_activation_may_have_any_of_its_names(prime):
    for line in (f"da_t = {prime}(a_t) ⊙ dh_t", f"da_t = diag({prime}(a_t)) dh_t"):
        assert derivation("rnn-tanh").check(line).equal, derivation("rnn-tanh").check(line)
        assert not derivation("rnn-tanh").check(line.replace("a_t)", "h_t)")).equal
    assert derivation("rnn-relu").check(f"da_t = {prime if 'tanh' not in prime else 'relu'}{chr(39) * ('tanh' in prime)}(a_t) * dh_t").equal


# -- programs -----------------------------------------------------------------------------------------------------------

OUTPUT = [  # what reaches the scores, in one, two or three lines
    ["dy = np.copy(ps[t])", "dy[targets[t]] -= 1"],
    ["dy = ps[t].copy()", "dy[targets[t]] -= 1.0"],
    ["dy = p[t] - onehot(y[t])"],
    ["dy = ps[t]", "dy = dy - onehot(targets[t])"],
    ["dy = np.array(p[t])", "dy[y[t]] -= 1"],
]
STATE = [
    ["dh = np.dot(Why.T, dy) + dhnext"],
    ["dh = Why.T @ dy", "dh += dhnext"],
    ["dh = np.dot(W_hy.T, dy)", "dh = dh + dhnext"],
    ["dh = dhnext", "dh += Why.T.dot(dy)"],
]
INNER = [
    ["dhraw = (1 - hs[t] * hs[t]) * dh"],
    ["dhraw = dh * (1 - hs[t]**2)"],
    ["dhraw = np.multiply(1 - np.square(hs[t]), dh)"],
    ["dhraw = dh", "dhraw *= 1 - h[t]**2"],
]
COLLECTED = [
    "dWhy += np.dot(dy, hs[t].T)",
    "dby += dy",
    "dbh += dhraw",
    "dWxh += np.dot(dhraw, xs[t].T)",
    "dWhh += np.dot(dhraw, hs[t-1].T)",
]
NEXT = ["dhnext = np.dot(Whh.T, dhraw)", "dhnext = Whh.T @ dhraw"]
LOOPS = [
    "for t in reversed(range(len(inputs))):",
    "for t in reversed(range(T)):",
    "for t in range(T-1, -1, -1):",
    "for t in range(T, 0, -1):",
]


def program(rng):
    """A backward pass as programs have it: what is cleared first, and the lines of its loop."""
    body = [*rng.choice(OUTPUT), *rng.choice(STATE), *rng.choice(INNER)]
    collected = rng.sample(COLLECTED, rng.randrange(1, 6))
    for line in collected:
        needed = "dhraw" if "dhraw" in line else "dy"
        body.insert(max(k for k, made in enumerate(body) if made.startswith(needed)) + 1, line)
    names = [line.partition(" ")[0] for line in collected]
    zeros = [f"{', '.join(names)} = {', '.join(f'np.zeros_like({name[1:]})' for name in names)}"] * rng.randrange(2)
    return [*zeros, "dhnext = np.zeros_like(hs[0])"], [*body, rng.choice(NEXT)]


def whole(rng, cleared, body):
    return "\n".join([*cleared, rng.choice(LOOPS), *(f"    {line}" for line in body)])


def test_a_program_is_read_as_it_runs(random_seed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for _ in range(12):
        text = whole(rng, *program(rng))
        assert d.check(text).equal, f"{text}\n{d.check(text)}"


SLIPS = [("1 - ", "1 + "), ("hs[t-1]", "hs[t]"), ("Whh.T", "Whh"), ("+ dhnext", "- dhnext"), ("dWhh += ", "dWhh += 2*"),
         ("dby += dy", "dby += 2*dy"), ("xs[t]", "xs[t-1]"), ("-= 1", "-= 2")]  # fmt: skip


def test_a_program_with_a_slip_is_not_equal(random_seed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for _ in range(12):
        cleared, body = program(rng)
        text = whole(rng, cleared, body)
        slips = [(old, new) for old, new in SLIPS if old in text]
        old, new = rng.choice(slips)
        used = "dhraw" in "".join(line for line in body if "+=" in line) or not {old} & {"1 - ", "Whh.T", "+ dhnext"}
        wrong = text.replace(old, new)
        if used and wrong != text:
            assert not d.check(wrong).equal, wrong


def test_a_quantity_used_before_its_line_is_that_of_the_step_after(random_seed):
    """In a loop the order counts: what is used before it is made is what the sweep before left there."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for header in LOOPS:
        lines = ["    dh = W_hy.T @ ds + W_hh.T @ da_next", "    da = (1 - h * h) * dh"]
        assert d.check("\n".join([header, *lines])).equal
        assert d.check("\n".join([header, *lines[::-1]])).kind == "not equal"
        changed = [lines[0].replace(" + W_hh.T @ da_next", ""), lines[1], "    dh += W_hh.T @ da_next"]
        verdict = d.check("\n".join([header, *changed]))
        assert verdict.kind == "not equal" and "`v1_dh` is `dh` as line 2 has it" in str(verdict), verdict
        assert d.check("\n".join([header, changed[0], changed[2], changed[1]])).equal
    assert rng


def test_a_loop_runs_as_it_is_written_however_it_is_laid_out(random_seed):
    """On one line, or where the indentation was lost; and of lines that hand something on, without a loop, the order counts."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for _ in range(4):
        cleared, body = program(rng)
        loop, begun = rng.choice(LOOPS), "\n".join(cleared)
        for layout in (f"{begun}\n{{}} {'; '.join(body)}", "\n".join([begun, "{}", *body])):
            assert d.check(layout.format(loop)).equal, layout.format(loop)
            forwards = d.check(layout.format("for t in range(1, T+1):"))
            if any("dhraw" in line for line in body if "+=" in line):  # what is gathered at the output alone is the same either way
                assert not forwards.equal and "the loop has not been there" in str(forwards), layout
        assert d.check("\n".join([*cleared, *body])).equal
        taken = next(k for k, made in enumerate(body) if "dhnext" in made)
        early = [*body[: taken + 1], body[-1], *body[taken + 1 : -1]]
        assert not d.check("\n".join([*cleared, *early])).equal, early


SUMMED = ["Σ_{t}^{T-1}", "Σ_t^{k}", "Σ_{t=2}", "\\sum_{t=3}", "Σ_{t≠1}", "Σ_{t∈[2,T]}", "Σ_{t even}", "Σ_{t-1}", "Σ_{t+1}", "Σ^{T-1}",
          "Σ_{t=1..T-1}", "Σ_{t<T}", "Σ_{t>1}"]  # fmt: skip
WHOLE = ["Σ_t", "Σ_t^T", "Σ_{t=1}", "Σ_{t=1}^T", "Σ^T", "Σ_{t=1..T}", "Σ_{1≤t≤T}", "\\sum\\limits_{t}^{T}"]
APART = ["(t < T)", "(t ≠ T)", "(1 < t)", ", t = 2, ..., T", "for t = T", "if t = 1", "(t > 1)"]


def test_what_says_over_which_steps_a_sum_goes_is_read_or_refused(random_seed):
    """Below the sign or above it, or behind a line whose left side has no step: what is no bound was left out, and the sum a whole one."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    left, of = rng.choice([("dW_hh", "da_t h_{t-1}^T"), ("db_h", "δ_t"), ("dU", "da_t x_t^T")])
    for sign in rng.sample(SUMMED, 5):
        assert not d.check(f"{left} = {sign.replace('k}', str(rng.randrange(1, 5)) + '}')} {of}").equal, sign
    for sign in rng.sample(WHOLE, 3):
        assert d.check(f"{left} = {sign} {of}").equal, sign
        assert d.check(f"{left} = {sign} {of}, t = 1, ..., T").equal and d.check(f"{left} = {sign} {of} (1 ≤ t ≤ T)").equal, sign
        assert not any(d.check(f"{left} = {sign} {of} {some}").equal for some in rng.sample(APART, 3)), sign
    assert not any(d.check(f"dh_T = V^T ds_T {some}").equal for some in APART if some != "for t = T")


def test_what_changes_a_gradient_behind_the_loop_or_what_is_given_before_it_is_no_word(random_seed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    cleared, body = program(rng)
    text = "\n".join([*cleared, rng.choice(LOOPS), *(f"    {line}" for line in body)])
    name = next(line for line in body if "+=" in line).partition(" ")[0]
    for right in (name, f"{name}, dhnext", f"(loss, {name}, hs[len(inputs) - 1])"):
        assert d.check(f"{text}\nreturn {right}").equal, right
    turned = [f"{name}.T"] * name.startswith("dW")  # a vector's is the same
    for wrong in (f"2*{name}", f"-{name}", f"dhnext, {name} / T", *turned, f"np.clip({name}, -5, 5)", f"{name} + {name}"):
        assert not d.check(f"{text}\nreturn {wrong}").equal, wrong
    loop = text.split("\n")[-len(body) - 1]
    late = [*cleared, loop, *(f"    {line}" for line in body[:-1]), body[-1]]
    assert "its last step made" in str(d.check("\n".join(late))), late
    for line in (x for x in body[:-1] if "+=" not in x and "-=" not in x and "*=" not in x and x != "dh = dhnext"):
        early = [*cleared, line, loop, *(f"    {other}" for other in body if other != line)]
        assert not d.check("\n".join(early)).equal, early
    for given in ("Whh = 2*Whh", "hs[t] = -hs[t]", "Whh = Whh.T"):
        assert not d.check(f"{given}\n{text}").equal, given


LIMITING = ["only for the last step", "only at t = T", "at the last step only", "except t = 1", "except for the first", "never at the end",
            "unless t = T",
            "but not at the end", "apart from t = T", "excluding T", "not for t = 1", "nur für t = T", "nicht am Ende"]  # fmt: skip
CHANGING = ["twice that", "minus ds_t", "half of it", "its negative, minus that", "without the bias", "that is wrong"]
REMARKED = ["by the chain rule", "backprop through tanh", "as above", "see above",
           "the local slope", "of course", "as usual", "final result"]  # fmt: skip


def test_words_behind_a_line_are_read_or_it_is_said_that_they_are_not(random_seed):
    """What limits or changes an equation is refused; a remark is none of its words, and in a comment they are said to be unread."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    line = rng.choice(["da_t = (1 - h_t²) ⊙ dh_t", "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}", "db_h = Σ_t da_t"])
    for words in (*rng.sample(LIMITING, 5), *rng.sample(CHANGING, 2)):
        assert d.check(f"{line} ({words})").kind in ("unreadable", "not decided"), words
        assert words in CHANGING or "is not read" in str(d.check(f"{line} {words}")), words
        for mark in ("# {}", "// {}", "% {}", "/* {} */"):
            verdict = d.check(f"{line} {mark.format(words)}")
            assert verdict.equal and f"what a comment says of an equation is not read: `{words}`" in " ".join(verdict.sentences), (
                words,
                mark,
            )
        assert not d.check(f"{line} -- {words}").equal or "=" in words, words
    for words in rng.sample(REMARKED, 3):
        assert d.check(f"{line} ({words})").sentences[1:] == [f"`({words})` is a remark, and is not read"]
        for mark in ("# {}", "// {}", "% {}", "/* {} */", "-- {}"):
            assert len(d.check(f"{line}  {mark.format(words)}").sentences) == 1, (words, mark)


def test_what_is_set_to_zero_and_stays_so_is_said_of_it():
    d = derivation("rnn-tanh")
    assert d.check("dW_hh = np.zeros_like(W_hh)\nfor t in range(T):\n    dW_hh += np.outer(da[t], h[t-1])").equal
    left = d.check("dWhh, dbh = np.zeros_like(Whh), np.zeros_like(bh)\nfor t in range(T):\n    dbh += da[t]")
    assert left.kind == "not equal" and "`dW_hh` is left at zero" in str(left), left
    for text in (
        "dh[T] = 0\ndh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]",
        "dW_hh = 0\ndW_hh = Sum(da[t] @ h[t-1].T, t)",
        "dW_hh = np.zeros_like(W_hh)",
    ):
        assert d.check(text).kind == "not equal", text


ALONE = [
    ("rnn-tanh", "dWhh += np.dot(dhraw, hs[t-1].T)", "dWhh += np.dot(dhraw, hs[t].T)"),
    ("rnn-tanh", "dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 - hs[t]) * dh"),
    ("rnn-tanh", "dWhy += np.dot(dy, hs[t].T)", "dWhy += np.dot(dy, hs[t-1].T)"),
    ("rnn-tanh", "dy[targets[t]] -= 1", "dy[targets[t-1]] -= 1"),
    ("rnn-many-to-one", "dW_hy = ds h_T^T", "dW_hy = ds h_{T-1}^T"),
    ("rnn-many-to-one", "dh_T = W_hy^T (p - y)", "dh_T = W_hy^T (p + y)"),
    ("rnn-many-to-one", "db_y = p - onehot(y)", "db_y = p"),
]


@pytest.mark.parametrize("name, right, wrong", ALONE)
def test_a_line_of_a_program_is_read_alone(name, right, wrong):
    assert derivation(name).check(right).equal, derivation(name).check(right)
    assert derivation(name).check(wrong).kind == "not equal", derivation(name).check(wrong)


# -- as students write: from textbooks, from numpy code, from LaTeX -----------------------------------------------------

RIGHT = [
    ("rnn-relu", "da_t = dh_t ⊙ sgn(h_t)"),
    (
        "rnn-tanh",
        "\\frac{\\partial L}{\\partial h_t} = W_{hy}^\\top (\\hat{y}_t - y_t) + W_{hh}^\\top \\frac{\\partial L}{\\partial a_{t+1}}",
    ),
    (
        "rnn-tanh",
        "\\frac{\\partial L}{\\partial W_{hh}} = \\sum_{t=1}^{T} "
        "\\mathrm{diag}(1 - h_t^2) \\frac{\\partial L}{\\partial h_t} h_{t-1}^\\top",
    ),
    ("rnn-tanh", "\\nabla_{h^{(t)}} L = W^\\top \\mathrm{diag}(1 - (h^{(t+1)})^2) \\nabla_{h^{(t+1)}} L + V^\\top \\nabla_{s^{(t)}} L"),
    ("rnn-tanh", "\\nabla_{b} L = \\sum_t \\mathrm{diag}(1 - (h^{(t)})^2) \\nabla_{h^{(t)}} L"),
    ("rnn-tanh", "\\nabla_V L = \\sum_t (\\nabla_{s^{(t)}} L) h^{(t)\\top}"),
    ("rnn-tanh", "\\nabla_W L = \\sum_t \\mathrm{diag}(1-(h^{(t)})^2) (\\nabla_{h^{(t)}} L) {h^{(t-1)}}^\\top"),
    ("rnn-tanh", "\\nabla_U L = \\sum_t diag(1-(h^{(t)})^2) (\\nabla_{h^{(t)}} L) x^{(t)\\top}"),
    ("rnn-tanh", "\\nabla_{c} L = \\sum_t \\nabla_{s^{(t)}} L"),
    ("rnn-tanh", "dh_T = V^T (p_T - y_T)"),
    ("rnn-tanh", "delta_T = (1 - h_T^2) * (V^T (p_T - y_T))"),
    ("rnn-tanh", "δ_t = (V^T (ŷ_t - y_t) + W^T δ_{t+1}) ⊙ (1 - h_t²)"),
    ("rnn-tanh", "dL/dW = Σ_t δ_t h_{t-1}^T"),
    ("rnn-tanh", "dL/dU = Σ_t δ_t x_t^T"),
    ("rnn-tanh", "dL/db = Σ_t δ_t"),
    ("rnn-tanh", "∂L/∂V = Σ_t (ŷ_t − y_t) h_tᵀ"),
    ("rnn-tanh", "dx_t = U^T δ_t"),
    ("rnn-tanh", "dh_0 = W^T δ_1"),
    ("rnn-tanh", "dh_t/dh_{t-1} = diag(1-h_t²) W"),
    ("rnn-tanh", "\\frac{\\partial h_t}{\\partial h_k} = \\prod_{i=k+1}^{t} \\mathrm{diag}(1-h_i^2) W_{hh}"),
    ("rnn-tanh", "∂L_t/∂W_hh = Σ_{k=1}^{t} diag(1-h_k²) (∂h_t/∂h_k)ᵀ W_hyᵀ (p_t - y_t) h_{k-1}ᵀ"),
    ("rnn-tanh", "dhraw = (1 - hs[t]**2) * dh"),
    ("rnn-tanh", "dWhh += dhraw @ hs[t-1].T"),
    ("rnn-tanh", "dWxh += np.outer(dhraw, xs[t])"),
    ("rnn-tanh", "dbh += dhraw"),
    ("rnn-tanh", "dy = np.copy(ps[t])\ndy[targets[t]] -= 1\ndWhy += np.outer(dy, hs[t])\ndby += dy"),
    (
        "rnn-tanh",
        "for t in reversed(range(T)):\n    dy = ps[t] - onehot(targets[t])\n    dh = Why.T @ dy + "
        "dhnext\n    da = (1 - hs[t]**2) * dh\n    dWhh += np.outer(da, hs[t-1])\n    dhnext = Whh.T @ da",
    ),
    ("rnn-tanh", "da_t = dh_t .* (1 - h_t.^2)"),
    ("rnn-tanh", "dh = Why.T @ ds + Whh.T @ da_next"),
    (
        "rnn-tanh",
        "\\delta^{(t)} = \\left( W_{hh}^T \\delta^{(t+1)} + W_{hy}^T "
        "(\\hat{y}^{(t)} - y^{(t)}) \\right) \\odot \\left(1 - h^{(t)} \\odot h^{(t)}\\right)",
    ),
    ("rnn-tanh", "\\frac{\\partial L}{\\partial b_h} = \\sum_{t=1}^T \\frac{\\partial L}{\\partial a_t}"),
    ("rnn-tanh", "p_t = softmax(s_t)"),
    ("rnn-tanh", "h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)"),
    ("rnn-tanh", "\\hat{y}_t = softmax(W_{hy} h_t + b_y)"),
    ("rnn-tanh", "db_h = δ_1 + δ_2 + ... + δ_T"),
    ("rnn-many-to-one", "dh_t = W_hh^T da_{t+1} for t < T"),
    ("rnn-many-to-one", "dh_T = W_hy^T (p_T - y_T)"),
    ("rnn-many-to-one", "dW_hy = (p - y) h_T^T"),
    ("rnn-many-to-one", "da_T = (1-h_T^2) * W_hy^T (p - y)"),
    ("lstm", "do_t = dh_t ⊙ tanh(c_t)"),
    ("lstm", "dc_t = dh_t ⊙ o_t ⊙ (1 - tanh²(c_t)) + dc_{t+1} ⊙ f_{t+1}"),
    ("lstm", "df_t = dc_t \\odot c_{t-1}"),
    ("lstm", "\\frac{\\partial L}{\\partial \\tilde{c}_t} = \\frac{\\partial L}{\\partial c_t} \\odot i_t"),
    ("lstm", "da_o = do * o * (1 - o)"),
    ("lstm", "da_g = dc * i * (1 - g**2)"),
    ("lstm", "da_{f,t} = dc_t * c_{t-1} * f_t * (1 - f_t)"),
    ("lstm", "dW_hf = Σ_t da_{f,t} h_{t-1}ᵀ"),
    ("lstm", "dc_{t-1} = f_t * dc_t + dh_{t-1} * o_{t-1} * (1 - tanh(c_{t-1})^2)"),
    ("lstm", "dh_t = W_hy^T ds_t + W_hi^T da_{i,t+1} + W_hf^T da_{f,t+1} + W_ho^T da_{o,t+1} + W_hg^T da_{g,t+1}"),
    ("lstm", "do = dh * np.tanh(c)\ndao = do * o * (1 - o)\ndW_ho += np.outer(dao, h_prev)"),
    ("lstm", "dx_t = W_xi^T da_{i,t} + W_xf^T da_{f,t} + W_xo^T da_{o,t} + W_xg^T da_{g,t}"),
    ("lstm", "dg_t = dc_t * i_t"),
    ("lstm", "da_i = dc * g * i * (1 - i)"),
    ("lstm", "\\frac{\\partial L}{\\partial a_{o,t}} = \\frac{\\partial L}{\\partial h_t} \\tanh(c_t) \\sigma'(a_{o,t})"),
    ("gru-before-new", "dz_t = dh_t * (n_t - h_{t-1})"),
    ("gru-before-new", "d\\tilde{h}_t = dh_t \\odot z_t"),
    ("gru-before-keep", "dz_t = dh_t * (h_{t-1} - n_t)"),
    ("gru-before-keep", "\\frac{\\partial L}{\\partial a_{z,t}} = dh_t \\odot (h_{t-1} - \\tilde{h}_t) \\odot z_t \\odot (1 - z_t)"),
    ("gru-before-new", "da_n = dn * (1 - n**2)"),
    ("gru-before-new", "dr_t = (W_hn^T da_{n,t}) * h_{t-1}"),
    ("gru-before-new", "dW_hz = Σ_t da_{z,t} h_{t-1}ᵀ"),
    ("encoder-decoder", "dhenc_T = dhdec_0"),
    ("encoder-decoder", "dadec_t = (1 - hdec_t^2) * dhdec_t"),
    ("encoder-decoder", "dhenc_t = Wenc_hh^T daenc_{t+1} for t < T"),
    ("encoder-decoder", "dWdec_hh = Σ_t dadec_t hdec_{t-1}ᵀ"),
]
WRONG = [
    ("rnn-relu", "da_t = dh_t ⊙ sgn(a_t)"),
    ("rnn-tanh", "db = np.sum([da[t] for t in range(1, T+1)], axis=1)"),
    ("rnn-tanh", "db = np.sum([da[t] for t in range(1, T+1)])"),
    ("rnn-tanh", "db = np.sum([da[t] for t in range(1, T+1)], axis=0, where=h > 0)"),
    ("rnn-tanh", "dW_hh = np.einsum('ti,tj->ij', da, h_prev.T)"),
    ("rnn-tanh", "da = dh * (1 - h.dot(h))"),
    ("rnn-tanh", "da = dh * (1 - np.dot(h, h))"),
    ("rnn-tanh", "da = dh * (1 - h * h)\nda[0] = 0"),
    ("rnn-tanh", "da = dh * (1 - h * h)\nda[:2] *= 2"),
    (
        "rnn-tanh",
        r"\frac{\partial L}{\partial W}^T = \sum_t \sum_k \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} "
        r"\frac{\partial h_k}{\partial W}",
    ),
    (
        "rnn-tanh",
        "\\frac{\\partial L}{\\partial h_t} = W_{hy}^\\top (y_t - \\hat{y}_t) + W_{hh}^\\top \\frac{\\partial L}{\\partial a_{t+1}}",
    ),
    ("rnn-tanh", "\\nabla_{h^{(t)}} L = W^\\top \\mathrm{diag}(1 - (h^{(t)})^2) \\nabla_{h^{(t+1)}} L + V^\\top \\nabla_{s^{(t)}} L"),
    ("rnn-tanh", "\\nabla_W L = \\sum_t \\mathrm{diag}(1-(h^{(t)})^2) (\\nabla_{h^{(t)}} L) {h^{(t)}}^\\top"),
    ("rnn-tanh", "δ_t = (V^T (ŷ_t - y_t) + W^T δ_{t+1}) ⊙ (1 - h_t)"),
    ("rnn-tanh", "δ_t = (V^T (ŷ_t - y_t) + W δ_{t+1}) ⊙ (1 - h_t²)"),
    ("rnn-tanh", "δ_t = V^T (ŷ_t - y_t) + W^T δ_{t+1} ⊙ (1 - h_t²)"),
    ("rnn-tanh", "dL/dW = Σ_t δ_t h_t^T"),
    ("rnn-tanh", "dL/dW = Σ_t h_{t-1} δ_t^T"),
    ("rnn-tanh", "dL/dU = Σ_t δ_t x_{t-1}^T"),
    ("rnn-tanh", "dL/db = δ_T"),
    ("rnn-tanh", "dL/db = δ_1 + ... + δ_{T-1}"),
    ("rnn-tanh", "∂L/∂V = Σ_t (ŷ_t − y_t) h_{t-1}ᵀ"),
    ("rnn-tanh", "dx_t = U δ_t"),
    ("rnn-tanh", "dh_0 = 0"),
    ("rnn-tanh", "dh_0 = δ_1"),
    ("rnn-tanh", "dh_t/dh_{t-1} = W diag(1-h_t²)"),
    ("rnn-tanh", "dh_t/dh_{t-1} = diag(1-h_{t-1}²) W"),
    ("rnn-tanh", "\\frac{\\partial h_t}{\\partial h_k} = \\prod_{i=k}^{t} \\mathrm{diag}(1-h_i^2) W_{hh}"),
    ("rnn-tanh", "∂L_t/∂W_hh = Σ_{k=1}^{t} (∂h_t/∂h_k)ᵀ W_hyᵀ (p_t - y_t) h_{k-1}ᵀ"),
    ("rnn-tanh", "dhraw = (1 - hs[t-1]**2) * dh"),
    ("rnn-tanh", "dWhh += dhraw @ hs[t].T"),
    ("rnn-tanh", "dWxh += np.outer(xs[t], dhraw)"),
    ("rnn-tanh", "dbh = dhraw"),
    ("rnn-tanh", "dy = np.copy(ps[t])\ndy[targets[t]] += 1\ndby += dy"),
    ("rnn-tanh", "dy = np.copy(ps[t])\ndWhy += np.outer(dy, hs[t])\ndy[targets[t]] -= 1"),
    ("rnn-tanh", "for t in reversed(range(T)):\n    dh = Why.T @ ds\n    da = (1 - hs[t]**2) * dh\n    dWhh += np.outer(da, hs[t-1])"),
    (
        "rnn-tanh",
        "for t in range(T):\n    dh = Why.T @ ds + dhnext\n    dhnext = Whh @ ((1-h**2)*dh)\n    dWhh += np.outer((1-h**2)*dh, hs[t-1])",
    ),
    ("rnn-tanh", "da_t = dh_t * (1 - tanh(h_t)^2)"),
    ("rnn-tanh", "da_t = dh_t * h_t * (1 - h_t)"),
    ("rnn-tanh", "da_t = tanh'(h_t) * dh_t"),
    ("rnn-tanh", "ds_t = p_t - 1"),
    ("rnn-tanh", "ds_t = y_t - p_t"),
    ("rnn-tanh", "ds_t = (p_t - y_t)/T"),
    ("rnn-tanh", "db_h = da_2 + ... + da_T"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t + W_hh^T da_t"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t + W_hh^T dh_{t+1}"),
    ("rnn-many-to-one", "dh_t = W_hh^T da_{t+1}"),
    ("rnn-many-to-one", "dh_T = W_hy^T (y_T - p_T)"),
    ("rnn-many-to-one", "dW_hy = (p - y) h_{T-1}^T"),
    ("rnn-many-to-one", "dh_t = W_hy^T ds_t + W_hh da_{t+1}"),
    ("lstm", "do_t = dh_t ⊙ c_t"),
    ("lstm", "dc_t = dh_t ⊙ o_t ⊙ (1 - c_t²) + dc_{t+1} ⊙ f_{t+1}"),
    ("lstm", "dc_t = dh_t ⊙ o_t ⊙ (1 - tanh²(c_t)) + dc_{t+1} ⊙ f_t"),
    ("lstm", "dc_t = dh_t ⊙ o_t ⊙ (1 - tanh²(c_t))"),
    ("lstm", "df_t = dc_t ⊙ c_t"),
    ("lstm", "d\\tilde{c}_t = dc_t \\odot f_t"),
    ("lstm", "da_g = dc * i * g * (1 - g)"),
    ("lstm", "da_o = do * o"),
    ("lstm", "da_i = dc * i * i * (1 - i)"),
    ("lstm", "dW_hf = Σ_t da_{f,t} h_tᵀ"),
    ("lstm", "dh_t = W_hy^T ds_t + W_hi^T da_{i,t} + W_hf^T da_{f,t} + W_ho^T da_{o,t} + W_hg^T da_{g,t}"),
    ("lstm", "dc_t = dh_t * (o_t * (1 - tanh(c_t))^2) + dc_{t+1} * f_{t+1}"),
    ("gru-before-new", "dz_t = dh_t * (h_{t-1} - n_t)"),
    ("gru-before-new", "d\\tilde{h}_t = dh_t \\odot (1 - z_t)"),
    ("gru-before-keep", "dz_t = dh_t * (n_t - h_{t-1})"),
    ("gru-before-new", "da_n = dn * (1 - tanh(n)**2)"),
    ("gru-before-new", "dr_t = (W_hn^T da_{n,t}) * h_t"),
    ("gru-before-new", "dW_hn = Σ_t da_{n,t} h_{t-1}ᵀ"),
    ("encoder-decoder", "dhenc_T = dhdec_1"),
    ("encoder-decoder", "dhenc_T = 0"),
    ("encoder-decoder", "dWdec_hh = Σ_t dadec_t hdec_tᵀ"),
    ("encoder-decoder", "dadec_t = (1 - henc_t^2) * dhdec_t"),
]


@pytest.mark.parametrize("name, text", sampled(RIGHT, 4))
def test_what_a_student_has_right_is_right(name, text):
    assert derivation(name).check(text).equal, derivation(name).check(text)


@pytest.mark.parametrize("name, text", sampled(WRONG, 4))
def test_what_a_student_has_wrong_is_not_equal(name, text):
    assert not derivation(name).check(text).equal, text


BACK = [
    ("rnn-tanh", "dh = Why.T @ ds + dhnext", "equal", "`dhnext` is read as what comes back into step t, `W_hh.T @ da[t+1]`"),
    ("rnn-tanh", "dh_t = W_hy^T ds_t + W_hh^T ((1 - h_{t+1}^2) dh_next)", "equal", "`dh_next` is read as `dh_{t+1}`"),
    ("rnn-tanh", "dh = W_hy.T @ ds - dh_next", "not equal", "`dh_next` is read as `dh[t+1]`"),
    ("rnn-tanh", "dh_next = W_hh.T @ da", "equal", "`dh_next` is what goes back from step t into the one before, `W_hh.T @ da[t]`"),
    ("rnn-tanh", "dh_prev = W_hh @ da", "not equal", "that is `W_hh.T @ da[t]`"),
    ("lstm", "dc = dh*o*(1-tanh(c)**2) + dc_next", "equal", "`dc_next` is read as what comes back into step t, `dc[t+1] * f[t+1]`"),
    ("lstm", "dc = dh*o*(1-tanh(c)**2) + dc_next*f_next", "equal", "`dc_next` is read as `dc[t+1]`"),
    ("lstm", "dc = dh*o*(1-tanh(c)**2) + dc_next*f", "not equal", "`dc_next` is read as `dc[t+1]`"),
    ("lstm", "dc_prev = f*dc", "equal", "what goes back from step t"),
    ("rnn-tanh", "da_t = σ'(a_t) ⊙ dh_t", "not equal", "derivative of the sigmoid, but `a_t` goes into tanh: that is `tanh'(a_t)`"),
    ("rnn-sigmoid-mean", "da_t = σ'(a_t) ⊙ dh_t", "equal", ""),
]  # fmt: skip


@pytest.mark.parametrize("name, text, kind, sentence", BACK)
def test_of_two_readings_the_one_that_was_taken_is_said(name, text, kind, sentence):
    verdict = derivation(name).check(text)
    assert verdict.kind == kind and sentence in str(verdict), verdict


OPERANDS = ["2", "h[t]", "h_t", "(2*h)", "tanh(h)", "-h", "T", "h.T", "1.0", r"\tanh(h_t)", "[1]", "h * 2", "W_hh @ h", r"\frac{1}{2}"]
REMARKS = ["so", "forget", "derivative of tanh", "2 steps of it", "eq. 3", "", "tanh' is 1-h^2", "the h of the step before"]


@pytest.mark.parametrize("mark", ["%", "//"])
def test_what_divides_in_a_program_is_no_comment(mark):
    line = "da_t = dh_t * (1 - h_t^2)"
    for space in ("", " "):
        for operand in OPERANDS:
            verdict = derivation("rnn-tanh").check(f"{line} {mark}{space}{operand}")
            assert not verdict.equal and f"`{mark}` is no operation" in str(verdict), (operand, verdict)
        for remark in REMARKS:
            assert derivation("rnn-tanh").check(f"{line} {mark}{space}{remark}").equal, remark
            assert not derivation("rnn-tanh").check(f"{line.replace('-', '+')} {mark}{space}{remark}").equal


@pytest.mark.parametrize("name", ["rnn-tanh", "lstm", "gru-before-new"])
def test_a_column_times_a_row_is_a_matrix_and_no_product_by_elements(name, random_seed, undiagnosed):
    """``da_t * h_{t-1}^T``, as people type an outer product; what h_0 is may stand in a sentence before it."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    for line in rng.sample([line for line in d.text().splitlines() if re.match(r"dW_h\w = [^(]*h_{t-1}ᵀ$", line)], 1):
        left, _, right = line.partition(" = Σ_t ")
        column, _, row = right.removesuffix("ᵀ").rpartition(" ")
        assert d.check(f"{left} = Σ_t {column} * {row}^T").equal
        for wrong in (f"{column} ⊙ {row}^T", f"{column} .* {row}^T", f"{row} * {column}^T", f"{column} * {row}", f"2 * {column} * {row}^T"):
            assert not d.check(f"{left} = Σ_t {wrong}").equal, wrong
        first = f"{left} = Σ_{{t=2}}^T {column} * {row}^T"
        words = rng.choice(["Since {}, ", "Note that {}. Then ", "Because {}, ", "With {}: ", "Recall that {}.\n", "Da {}, "])
        verdict = d.check(words.format(rng.choice(["h_0 = 0", "h_0 is zero", "h[0] = 0"])) + first)
        assert verdict.equal and re.search(r"if `h.*0.? = 0`", str(verdict)), verdict
        assert not d.check(words.format("h_0 = 0.5") + first).equal and not d.check(first).equal
    assert d.check("e^{(t)} = p^{(t)} - onehot(y^{(t)})\ndb_y = Σ_t e^{(t)}").equal
    assert not d.check("e^{(t)} = p^{(t)} + onehot(y^{(t)})\ndb_y = Σ_t e^{(t)}").equal


@pytest.mark.parametrize("name, gate, letter", [("lstm", "g", "c"), ("lstm-peephole", "g", "c"), ("gru-before-keep", "n", "h")])
def test_an_accent_may_stand_in_what_stands_below_a_name(name, gate, letter, random_seed, undiagnosed):
    r"""``W_{x\tilde{c}}`` and ``∂L/∂a_{\tilde{c},t}`` of what c takes in, as books have them that call it so."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    lines = [
        line for line in d.text().splitlines() if re.search(rf"(da_|W_[xh]|db_){gate}", line) and "da_i" not in line.replace("= 0", "")
    ]

    def accented(line):
        below = spelled(rng, letter, rng.choice(["hat", "tilde"])).replace("_", "")
        line = re.sub(rf"da_{gate},(\{{t\+1\}}|\w)", lambda m: f"da_{{{below},{m[1].strip('{}')}}}", line)
        return re.sub(rf"(W_[xh]|b_){gate}(?!\w)", lambda m: f"{m[1][:2]}{{{m[1][2:]}{below}}}", line)

    for line in rng.sample(lines, 3):
        text, (left, right) = accented(line), line.split(" = ")
        assert d.check(text).equal, (text, d.check(text))
        assert not d.check(accented(f"{left} = 2 ({right})")).kind.startswith("equal"), text


@pytest.mark.parametrize("name", sampled(["lstm", "lstm-peephole", "lstm-coupled", "gru-before-new", "gru-after-keep", "residual"], 3))
def test_a_prime_on_the_left_makes_a_state_the_new_one(name, random_seed, undiagnosed):
    """As PyTorch documents its cells: ``c' = f * c + i * g``, ``h' = o * tanh(c')``, where h and c alone are of the step before."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    states = "|".join(state for state, role in d.roles.items() if role == "state")
    text = "\n".join(show(q, "ascii") for q in d.forward if q.left.name not in ("s", "p"))
    prime = rng.choice(["'", "′", r"^{\prime}", r"^\prime"])

    def primed(text):
        text = re.sub(rf"(?<!\w)({states})\[t\]", lambda m: m[1] + prime, text)
        return re.sub(r"\[t(?:-1)?\]", "", text)

    verdict = d.check(primed(text))
    assert verdict.equal and "as that of t-1" in str(verdict), (primed(text), verdict)
    for at in rng.sample([*re.finditer(rf"(?<!\w)(?:{states})(\[t(?:-1)?\])(?! =)", text)], 2):
        wrong = text[: at.start(1)] + {"[t]": "[t-1]", "[t-1]": "[t]"}[at[1]] + text[at.end(1) :]
        assert not d.check(primed(wrong)).kind.startswith("equal"), primed(wrong)
    assert d.check("h' = 1 - h^2").kind in ("not equal", "ill-typed") and not d.check("h' = tanh(a)")


@pytest.mark.parametrize("power", ["^2", "^{2}", "**2", "²"])
def test_a_power_of_a_state_without_a_prime_is_one_of_the_old_state(power):
    """It was left as that of the step at hand, beside a sentence that said otherwise."""
    d, line = derivation("rnn-tanh"), "h' = tanh(W_xh x + W_hh h + b_h)\nda_t = dh_t ⊙ "
    assert d.check(f"{line}(1 - h'{power})").equal and d.check(f"{line}(1 - h{power})").kind == "not equal"
