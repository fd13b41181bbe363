"""The words and numbers around a line, several equations in one, einsum, τ, PyTorch's names: such a line is judged as the bare one is."""

import random
import re

import pytest

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.check import check
from tests.sampling import sampled
from tests.test_check import derivation
from tests.wordings import CHANGING as CHANGING_WORDS
from tests.wordings import said

NETS = ["rnn-tanh", "lstm", "gru-before-keep", "gru-after-keep", "stacked", "rnn-many-to-one", "rnn-relu"]
BEFORE = ["so the gradient is ", "Therefore: ", "Therefore, ", "Hence we get ", "(3) ", "1. ", "(b) ", "By the chain rule, ", "Then ",
          "Let us write ", "Output layer: ", "and thus ", "Der Gradient ist ", "Daher gilt ", "On a donc ", "Le gradient est "]  # fmt: skip
BEHIND = ["   (10.18)", "  (3)", " --- (1)", " (1a)", "  [2]", " … (7)", " — (3.1)",
          r" \tag{2.1}", r" \qquad (4)", ".", " (by the chain rule)", "  % see the lecture"]  # fmt: skip


def drawn(rng, style):
    """A derived equation in one notation, or one with its sides changed so that it is wrong."""
    name = rng.choice(NETS)
    line = show(rng.choice([q for q in derivation(name).equations if not q.where]), style)
    return name, line if rng.random() < 0.6 else line.replace(" = ", " = 2 ", 1) if style != "ascii" else line.replace(" = ", " = 2 * ", 1)


def test_words_around_a_line_change_nothing(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} around")
    for _ in range(25):
        style = rng.choice(["text", "ascii", "latex"])
        name, line = drawn(rng, style)
        before, behind = rng.choice(["", *BEFORE]), rng.choice(["", *BEHIND])
        around = f"{before}${line}$" if style == "latex" and rng.random() < 0.4 else f"{before}{line}{behind}"
        assert check(derivation(name), around).kind == check(derivation(name), line).kind, f"{random_seed}: {name}: {around}"


def two(rng, style):
    """Two derived equations of a net in one notation, and the second with its right side doubled."""
    d = derivation(rng.choice(NETS))
    one, other = (show(q, style) for q in rng.sample([q for q in d.equations if not q.where and q.left.adjoint], 2))
    return d, one, other, other.replace(" = ", " = 2 " + "* " * (style == "ascii"), 1)


ROWS = ["{} ({})\n{} ({})", "{} ... ({})\n{} ... ({})", "{} ({}).\n{} ({})."]


@pytest.mark.parametrize("rows", ROWS)
def test_numbers_behind_lines_that_count_them_are_those_of_equations(rows, random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} {rows}")
    for style in ("text", "latex", "ascii"):
        (d, one, other, wrong), n = two(rng, style), rng.randint(1, 30)
        assert check(d, rows.format(one, n, other, n + 1)).equal, (one, other)
        assert not check(d, rows.format(one, n, wrong, n + 1)).kind.startswith("equal"), (one, wrong)
        assert check(d, rows.format(one, 1, other, 3)).equal == ("..." in rows), (one, other)  # dots lead to a number as spaces do


TABLES = ["| name | gradient |\n|---|:--|\n| {} | {} |\n| {} | {} |", "| Step | Quantity | Formula |\n|-|-|-|\n|1|`{}`|${}$|\n|2|{}|{}|"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_an_equation_in_each_row(table, random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} {table}")
    for style in ("text", "latex"):
        d, *lines = two(rng, style)
        one, other, wrong = (line.split(" = ", 1) for line in lines)
        assert check(d, table.format(*one, *other)).equal, lines
        assert check(d, table.format(f"{' = '.join(one)} ✔", "from the chain rule", "the output", " = ".join(other))).equal, lines
        assert not check(d, table.format(*one, *wrong)).kind.startswith("equal"), lines
        changed = rng.choice(["twice", "wrong", "minus"])
        assert not check(d, table.replace("|\n|", f"| {changed} |\n|", 1).format(*one, *other)).kind.startswith("equal"), lines


def test_a_delta_in_front_of_a_name_is_its_d_on_either_side(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} delta")
    for _ in range(8):
        d, style = derivation(rng.choice(NETS)), rng.choice(["text", "latex"])
        fit = [q for q in d.equations if not q.where and q.left.adjoint and not q.left.time and "da" in show(q.right, "text")]
        left, right = show(rng.choice(fit), style).split(" = ", 1)
        right = re.sub(r"\\mathrm\{d\}(?=a)|(?<![A-Za-z\\])d(?=a)", {"text": "δ", "latex": r"\\delta "}[style], right)
        assert "δ" in right or "delta" in right
        assert check(d, f"{left} = {right}").equal, right
        assert not check(d, f"{left} = 2 {right}").kind.startswith("equal"), right


CHANGED = ["twice the gradient is {}", "minus the gradient: {}", "Minus this, {}", "half of that is {}", "Never is {}",
           "It is wrong that {}", "It is not true that {}", "{} (times two)", "{} (divided by two)", "{} (minus the future)",
           "{} is the half of it", "{} (without the last term)", "the negative of that is {}", "{} (twice that)",
           "Das Doppelte ist falsch: {}", "The opposite: {}", "the inverse is: {}"]  # fmt: skip


UNREAD = ("unreadable", "not decided")


@pytest.mark.parametrize("words", sampled(CHANGED, 4))
def test_words_that_change_an_equation_are_not_passed_over(words, random_seed):
    rng = random.Random(f"{random_seed} {words}")
    for _ in range(3):
        d = derivation(rng.choice(NETS))
        line = show(rng.choice([q for q in d.equations if not q.where]), rng.choice(["text", "ascii"]))
        verdict = check(d, words.format(line))
        assert verdict.kind in UNREAD and "says of the equation is not read" in str(verdict), f"{words.format(line)}\n{verdict}"


@pytest.mark.parametrize(
    "words",
    ["Wonderfully, {}", "{} (as zounds would have it)", "As Grandfather put it, {}", "{}, as the owl says", "The blurgh glimmers. So {}"],
)
def test_beside_words_that_are_not_known_what_is_equated_is_judged_and_nothing_is_decided(words, random_seed):
    """Wrong equations stay wrong or unread; right ones are said to be right by themselves."""
    rng = random.Random(f"{random_seed} {words}")
    d = derivation(rng.choice(NETS))
    line = show(rng.choice([q for q in d.equations if not q.where]), rng.choice(["text", "ascii"]))
    verdict = d.check(words.format(line))
    assert verdict.kind == "not decided" and f"by itself `{line}` is equal" in verdict.sentences[0], verdict
    assert d.check(words.format(line.replace("= ", "= 2 * ", 1))).kind in ("unreadable", "not equal", "not decided")


HEADS = ["by the", "from the", "this is the", "so we get the", "we derive the", "recall the", "see the", "das ist der", "on obtient le"]
NOUNS = ["gradient", "chain rule", "derivative of the loss", "hidden state", "total loss", "derivation in the lecture", "result above"]
TAILS = ["", " for all t", ", see eq. (10.2)", " for t = 1..T", " as usual", " in matrix form", " at each time step", " w.r.t. the weights"]
SLIPS = ["not", "no", "twice", "half", "minus", "without", "almost", "maybe", "only", "less", "swapped", "transposed", "instead of"]


def test_words_beside_a_line_are_known_to_be_harmless_or_said_to_be_unread(random_seed, undiagnosed):
    """Sentences of harmless parts change nothing; with any word among them that is not known they are refused, and quoted of a comment."""
    rng, letters = random.Random(f"{random_seed} beside"), "abcdefghijklmnopqrstuvwxyz"
    for _ in range(12):
        d = derivation(rng.choice(NETS))
        line = show(rng.choice([q for q in d.equations if not q.where]), rng.choice(["text", "ascii"]))
        words = [rng.choice(HEADS), rng.choice(NOUNS) + rng.choice(TAILS)]
        whole = " ".join(words)
        assert check(d, f"{line}  # {whole}").sentences == check(d, line).sentences, whole
        plain = " ".join([words[0], rng.choice(NOUNS)])
        assert check(d, f"{line}   ({plain})").equal and check(d, f"{plain}: {line}").equal, plain
        slip = rng.choice([rng.choice(SLIPS), "".join(rng.choices(letters, k=9)), *(rng.choice(said(CHANGING_WORDS)) for _ in range(3))])
        changed = f"{words[0]} {slip} {words[1]}" if rng.random() < 0.5 else slip
        verdict = check(d, f"{line}  # {changed}")
        so = "h_t" in slip and re.search(r"h(_t|\[t\])", line)  # which the line has
        assert "is not read: `" in str(verdict) or not verdict.equal or so, changed
        assert not check(d, f"{line}   ({changed})").equal or slip == "2", changed
        assert not check(d, f"{changed}, {line}").equal, changed


def test_two_dashes_before_a_value_are_signs_and_before_words_a_remark(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} dashes")
    for _ in range(8):
        d = derivation(rng.choice(NETS))
        q = rng.choice([q for q in d.equations if q.left.time and q.left.time.base == "t" and not q.where and q.left.name != "x"])
        line, style = show(q, "ascii"), rng.choice(["h[t]", show(q.left, "ascii"), show(q.left, "text"), "x"])
        assert not check(d, f"{line} -- {style}").equal, f"{line} -- {style}"
        assert check(d, f"{line} -- from the future").equal, line


def test_several_equations_of_one_line_are_each_judged(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} several")
    for _ in range(15):
        d = derivation(rng.choice(NETS))
        asked = [q for q in d.equations if not q.where and q.left.adjoint]
        one, other = (show(q, "text") for q in rng.sample(asked, 2))
        wrong = other.replace(" = ", " = 2 ", 1)
        for line, kind in ((f"{one}, {other}", "equal"), (f"{one}, where {wrong}", "not equal"), (f"{one}; {other}", "equal")):
            assert check(d, line).kind == kind, f"{random_seed}: {line}"
        left, right = one.split(" = ", 1)
        assert check(d, f"{left} = {right} = {right}").equal and not check(d, f"{left} = {right} = 2 ({right})").equal, one


PRODUCTS = [  # a product, its operands, the indices of each, and those of the result
    ("dx[t] = {}", ["W_xh", "da[t]"], ["hd", "h"], "d", True),
    ("dx[t] = {}", ["da[t]", "W_xh"], ["h", "hd"], "d", True),
    ("dh[t] = W_hy.T @ ds[t] + {}", ["W_hh", "da[t+1]"], ["gh", "g"], "h", True),
    ("dh[t] = W_hy.T @ ds[t] + {}", ["W_hh", "da[t+1]"], ["hg", "g"], "h", False),
    ("da[t] = {}", ["1 - h[t]**2", "dh[t]"], ["h", "h"], "h", True),
    ("da[t] = {}", ["1 - h[t]**2", "W_hy", "ds[t]"], ["h", "kh", "k"], "h", None),
    ("dW_hh += {}", ["da[t]", "h[t-1]"], ["h", "g"], "hg", True),
    ("dW_hh += {}", ["da[t]", "h[t-1]"], ["h", "g"], "gh", False),
    ("dW_hh += {}", ["da[t]", "h[t]"], ["h", "g"], "hg", False),
    ("dW_hy = {}", ["ds[t]", "h[t]"], ["tk", "th"], "kh", True),
    ("db_h = {}", ["da[t]"], ["th"], "h", True),
    ("a[t] = {} + b_h", ["W_hh", "W_xh"], ["hg", "hd"], "", None),
]


@pytest.mark.parametrize("line, operands, groups, result, right", PRODUCTS)
def test_an_einsum_is_the_product_that_it_is(line, operands, groups, result, right, random_seed):
    rng = random.Random(f"{random_seed} {line} {groups}")
    for _ in range(4):
        letters = rng.sample("ijklmnpqrsuvw", 6)
        named = str.maketrans("dhgkt", "".join(letters[:5]))
        rows = letters[5] if "t" not in "".join(groups) and rng.random() < 0.5 else ""
        batched = [rows * (len(group) == 1) + group.translate(named) for group in groups]
        quote, module = rng.choice(["'", '"']), rng.choice(["np.", "torch.", ""])
        keeps = rows if "+=" not in line else ""
        spec = f"{','.join(batched)}->{keeps}{result.translate(named)}"
        text = line.format(f"{module}einsum({quote}{spec}{quote}, {', '.join(operands)})")
        verdict = check(derivation("rnn-tanh"), text)
        assert right is None or verdict.equal is right, f"{random_seed}: {text}\n{verdict}"


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("dx = np.einsum('ij,jk->i', Wxh, da)", "one letter, the first of its group"),
        ("dx = np.einsum('ij', Wxh, da)", "a group of letters for each operand"),
        ("dx = np.einsum('ii,i->i', Whh, da)", "no two alike"),
        ("dW_hh = np.einsum('ai,bj->ij', da, h_prev)", "one letter, the first of its group"),
        ("dx = np.einsum('ij,i->q', Wxh, da)", "no result that is read here"),
    ],
)
def test_an_einsum_that_is_none_is_answered(text, sentence):
    assert sentence in str(derivation("rnn-tanh").check(text)).lower()


TAU = [
    (r"\nabla_{h^{(\tau)}} L = V^\top \nabla_{o^{(\tau)}} L", "equal", "last step, T"),
    (r"\nabla_{h^{(\tau)}} L = V \nabla_{o^{(\tau)}} L", "ill-typed", ""),
    (r"\nabla_{W} L = \sum_{t=1}^{\tau} \delta_t h_{t-1}^T", "equal", "last step, T"),
    (r"\nabla_{W} L = \sum_{t=1}^{\tau-1} \delta_t h_{t-1}^T", "not equal", "last step, T"),
    ("dh[tau] = W_hy.T @ ds[tau]", "equal", "last step, T"),
    ("δ_τ = (1-h_τ^2) ⊙ (V^T (p_τ - onehot(y_τ)) + W^T δ_{τ+1})", "equal", ""),
    ("δ_τ = (1-h_τ^2) ⊙ (V^T (p_τ - onehot(y_τ)) + W^T δ_{τ-1})", "not equal", ""),
    (r"dW = \sum_{\tau=1}^{T} \delta_\tau h_{\tau-1}^\top", "equal", ""),
    (r"\frac{\partial h_t}{\partial h_\tau} = \prod_{k=\tau+1}^{t} diag(1-h_k^2) W", "equal", ""),
    ("tau = 2\nda_t = (1-h_t^2) * dh_t * tau / 2", "equal", ""),
]


@pytest.mark.parametrize("text, kind, said", TAU)
def test_tau_is_the_last_step_or_any(text, kind, said):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == kind and said in str(verdict), verdict


def test_names_of_pytorch_are_the_models(random_seed, undiagnosed):
    """Every equation in which a gate's input matrix stands, with PyTorch's name for it; and what it adds twice as one."""
    rng = random.Random(f"{random_seed} torch")
    for name in ("lstm", "gru-after-keep", "gru-before-keep", "stacked", "rnn-tanh"):
        d = derivation(name)
        for q in rng.sample([q for q in (*d.equations, *d.forward) if not q.where and re.search(r"W\d?_x", show(q))], 2):
            line = show(q, "ascii")
            assert check(d, re.sub(r"W(\d?)_x(\w)", r"W\1_i\2", line)).equal, f"{random_seed}: {line}"
    d = derivation("lstm")
    for gate in "ifgo":
        made = f"{'tanh' if gate == 'g' else 'σ'}(W_i{gate} x_t + b_i{gate} + W_h{gate} h_{{t-1}} + b_h{gate})"
        assert check(d, f"{gate}_t = {made}").equal and check(d, f"db_h{gate} = Σ_t da_{gate},t").equal, made
        assert not check(d, f"{gate}_t = {made.replace(f'b_h{gate}', 'b_h' + 'ifgo'[('ifgo'.index(gate) + 1) % 4])}").equal, made
    assert "write a line for each" in str(d.check("a_i_t = weight_ih_l0 x_t"))
    assert derivation("stacked").check("dweight_ih_l1 = Σ_t da2_t h1_t^T").equal


RANGES = [
    (
        "rnn-tanh",
        "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}",
        ["t = T, T-1, ..., 1", "t = T-1, ..., 1", "t = 1, 2, …, T", "t = 2..T-1"],
        "equal",
    ),
    ("rnn-many-to-one", "dh_t = W_hh^T da_{t+1}", ["t = T-1, ..., 1", "t = 1, ..., T-1", "t = 2, ..., T-1", "t = 1..T-2"], "equal"),
    ("rnn-many-to-one", "dh_t = W_hh^T da_{t+1}", ["t = T, ..., 1", "t = 1..T", "t = 2, 3, ..., T"], "not equal"),
]


@pytest.mark.parametrize("name, line, ranges, kind", RANGES)
def test_a_range_of_steps_is_those_steps(name, line, ranges, kind):
    for steps in ranges:
        for text in (f"{line}, {steps}", f"{line}, for {steps}", f"{line}  ({steps})", f"{line} for {steps}"):
            assert derivation(name).check(text).kind == kind, text


BESIDE = [
    ("lstm", "f_t = σ(W_f · [h_{t-1}, x_t] + b_f)", "equal"),
    ("lstm", r"i_t = \sigma(W_i \cdot [x_t, h_{t-1}] + b_i)", "equal"),
    ("lstm", "f_t = σ(W_f · [h_t, x_t] + b_f)", "not equal"),
    ("lstm", "f_t = σ(W_i · [h_{t-1}, x_t] + b_f)", "not equal"),
    ("gru-before-keep", r"\tilde{h}_t = \tanh(W_n \cdot [r_t * h_{t-1}, x_t] + b_n)", "equal"),
    ("gru-before-keep", r"\tilde{h}_t = \tanh(W_n \cdot [h_{t-1}, x_t] + b_n)", "not equal"),
]


@pytest.mark.parametrize("name, text, kind", BESIDE)
def test_a_matrix_in_front_of_two_columns_is_two(name, text, kind):
    assert derivation(name).check(text).kind == kind, derivation(name).check(text)


def test_one_name_for_all_weights_is_answered():
    for text in ("dw_ij = Σ_t δ_{t,i} h_{t-1,j}", "dh_t = w da_{t+1}"):
        assert "any weight in some books" in str(derivation("rnn-tanh").check(text)), derivation("rnn-tanh").check(text)


def test_steps_that_are_counted_from_0_are_said_to_be():
    for body, kind in (("h[t-1]", "equal"), ("h[t]", "not equal")):
        verdict = derivation("rnn-tanh").check(f"dW_hh = sum(np.outer(da[t], {body}) for t in range(T))")
        assert verdict.kind == kind and "counted from 1 here" in str(verdict), verdict


@pytest.mark.parametrize("line", ["db_h = np.sum(da, {})", "db_h = da.sum({})"])
def test_a_sum_within_each_step_is_told_the_axis_of_the_steps(line):
    verdict = check(derivation("rnn-tanh"), line.format("axis=1"))
    assert verdict.kind == "unreadable"
    advised = re.findall(r"`(axis=\d)`", str(verdict))[1]
    assert check(derivation("rnn-tanh"), line.format(advised)).equal


BESIDE_IT = ["slope", "gate", "loss", "error", "output", "the state", "signal signal", "Jacobian", "target", "upstream", "the local slope"]
FACTORS = [" ({})", " ({}).", "  ({})", " (-{})", " (– {})", " · ({})", " × ({})", " \\cdot ({})", " ({}) ({})", "\\quad ({})"]
GIVEN = ["{} = 2\n@", "{}_t = 1 - h_t²\n@", "{} := 1 - h_t^2\n@", "def {}(x): return 2*x\n@", "@\nwhere {} = 2", "@, with {} = 1 - h_t²"]


def test_a_name_of_the_text_or_what_is_reckoned_in_brackets_behind_a_line_is_no_remark(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} brackets")
    for _ in range(25):
        d = derivation(rng.choice(NETS))
        line = show(rng.choice([q for q in d.equations if not q.where]), rng.choice(["text", "ascii"]))
        words, factor = rng.choice(BESIDE_IT), rng.choice(FACTORS)
        whole = line + factor.replace("{}", words)
        reckons = re.search(r"[-–·×]|cdot", factor)
        assert not reckons or not check(d, whole).equal, whole
        for given in rng.sample(GIVEN, 2):
            text = given.format(words.split()[-1]).replace("@", whole)
            assert not check(d, text).equal, text
    for sign in ("·", "×", "\\cdot"):
        assert "omething is missing" in str(check(derivation("rnn-tanh"), f"dx_t = U^T da_t {sign}"))
