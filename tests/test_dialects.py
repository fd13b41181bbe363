"""Lines of Octave, PyTorch and pseudocode, in English, German and French words: the derived equations written so are equal, each with a
slip in it is not."""

import random
import re

import pytest

from tests.sampling import sampled
from tests.test_check import derivation
from tests.test_derive import MODELS

STEP = re.compile(r"(\w+)\[([tT](?:[-+]1)?|\d)\]")
SUM = re.compile(r"Sum\((.*), t\)")
NETS = [name for name in MODELS if not name.startswith(("encoder", "bidir", "stacked-b", "concat"))]


def octave(line, rng):
    """A line with columns for steps, its products as Octave has them."""
    line = re.sub(r"\.T(?!\w)", "'", re.sub(r"\*\*2", ".^2", re.sub(r"(?<!\*)\*(?!\*)", ".*", line)))
    gap = rng.choice(["", " "])
    if rng.random() < 0.3 and "(" not in line:  # of lists, of which one writes no 0
        return re.sub(r"(\w+)\[([tT](?:[-+]1)?)\]", r"\1{\2}", line.replace("@", "*")) if "[0]" not in line and "[1]" not in line else line
    if rng.random() < 0.3:
        return STEP.sub(r"\1(\2)", line.replace(".*", "*").replace(".^", "^").replace("@", "*"))
    return STEP.sub(lambda m: f"{m[1]}(:,{gap}{m[2].replace('T', rng.choice(['T', 'end']))})", line.replace("@", "*"))


def lettered(line, rng):
    """A line with gates, unit steps and the weights of layers as books write them that have other letters or the gate above."""
    into = ["da_{{{0}}}^{{({1})}}", "da_{{{0}}}^{1}", "dnet_{{{1},{0}}}", "dz_{{{1},{0}}}", "dz_{{{0}}}^{{({1})}}"]
    line = re.sub(r"(?<!\w)da_([ifogzr])\[(t(?:[-+]1)?)\]", lambda m: rng.choice(into[: 3 if m[1] in "zr" else 5]).format(m[2], m[1]), line)
    gate = rng.choice(["Γ", chr(92) + "Gamma"])
    line = re.sub(r"(?<!\w)(d?)([ifozr])\[(t(?:[-+]1)?)\]", lambda m: f"{m[1]}{gate}_{m[2]}^{{⟨{m[3]}⟩}}", line)
    line = line.replace("positive(a", f"{rng.choice(['H', 'Θ', 'u', chr(92) + 'Theta', 'step'])}(a")
    return re.sub(r"(?<!\w)(d?[Wb])([12])_(\w+)", r"\1_\3\2", line)


def pytorch(line, rng):
    """A line with ``.grad`` for adjoints."""
    line = re.sub(r"(?<!\w)d([a-zA-Z]\w*)(\[[^\]]*\])?", r"\1\2.grad", line.replace("@", "@"))
    return re.sub(r"\*\*2", ".pow(2)", line)


def summed(line, rng):
    """A line with its sum in one of the ways in which sums are typed."""
    term, end = SUM.search(line)[1], rng.choice(["T", "N"])
    to = rng.choice(["..", " to ", " … ", " bis ", "→"])
    ways = [
        *(f"Σ_{{t∈{{1,…,T}}}} {term}", f"\\sum_{{t \\in \\{{1, \\dots, T\\}}}} {term}", f"Σ_{{t=1}}^{end} {term}"),
        *(f"sum({term} for t = 1..T)", f"sum({term}, t=1..T)", f"sum(t=1{to}T) {term}", f"sum from t=1 to T of {term}"),
        *(f"Summe über alle t von {term}", f"somme sur t de {term}", f"sum over all t: {term}", f"T * mean({term}, t)"),
        *(f"SUM_t {term}", f"sum t=1..T {term}", f"sum(t=1,T) {term}", f"Σ_{{1}}^{{T}} {term}"),
    ]
    return line.replace(SUM.search(line)[0], rng.choice(ways))


def spaced(line, rng):
    """A line with spaces where none are needed."""
    line = re.sub(r"\.T(?!\w)", lambda m: rng.choice([" .T", ".T"]), line)
    return re.sub(r"(?<!\w)d(?=\w+\[)", lambda m: rng.choice(["d ", "d"]), line)


def said(line, rng):
    """A line with the steps of which it is said behind it, though it is so of all."""
    first = rng.choice(
        ["(t > 1)", "(t ≥ 2)", ", t > 1", "für alle t", "pour t = 1, ..., T", "wenn t > 1", "  (für t < T)", "(pour tout t)"]
    )
    return f"{line} {first}"


def numbered(line, rng):
    """A line of a list, with another sign for what it is."""
    return rng.choice(["a) ", "3) ", "(2) ", ""]) + line.replace(
        " = ", rng.choice([" = ", " <- ", " := ", " == ", " is equal to ", " ist gleich "]), 1
    )


def before(line, rng):
    """A line with the steps of which it is said in front."""
    word = rng.choice(["for", "For", "if", "when", "Für", "für", "Wenn", "Pour", "Si"])
    end = rng.choice([", ", ": ", " we have ", ", dann ", " gilt ", ", on a "])
    return f"{word} {rng.choice(['t > 1', 't < T', 't = T', 't ≥ 2', 't = T-1, ..., 1'])}{end}{line}"


def named(line, rng):
    """A line with a name for the error at the output, which the same line says what it is."""
    word, comma = rng.choice(["where", "with", "wobei", "mit", "avec", "où", "con"]), rng.choice(["", ","])
    left, _, right = line.partition("= ")
    said = [f"{left}= {right.replace('ds[', 'q[')}{comma}", "q[t] = ds[t]"]
    return f"{said[0]} ({word} {said[1]})" if rng.random() < 0.2 and not comma else f"{said[0]} {word} {said[1]}"


def linear(line, rng):
    """A line as a word processor has it in linear format: fractions and sums with brackets of its own, signs that one does not see."""
    over, under = rng.choice([("(∂L)", "(∂{} )"), ("∂L", "(∂{} )"), ("(dL)", "(d{})"), ("(∂L)", "∂{}"), ("(∂L)", "(∂{})")])
    apply, opened, closed = rng.choice([("\u2061", "〖", " 〗"), ("", "", ""), ("\u2061", "(", ")")])

    def name(found):
        letter, below = found[2].partition("_")[::2]
        below = ",".join(filter(None, [below, found[3]]))
        whole = letter + (f"_({below})" if re.search(r"\W", below) else f"_{below}" * bool(below))
        return f"{over}/{under.format(whole)}" if found[1] else whole

    line = re.sub(r"(?<![\w.])(d?)([a-zWpwb]\w*)(?:\[([^\]]*)\])?(?![\w\[(])", name, line)
    line = SUM.sub(lambda m: f"∑_(t=1)^T{rng.choice('▒ ')}{opened}{m[1]}{closed}", line).replace("tanh(", f"tanh{apply}(")
    return line.replace(".T", "^T").replace("**2", "^2").replace("*", "⊙").replace(" @ ", rng.choice([" ", "  ", "\u2062"]))


def sympy(line, rng):
    """A line with sympy's sums and products."""
    line = SUM.sub(lambda m: rng.choice(["Sum({}, (t, 1, T))", "summation({}, (t, 1, T))", "Sum({}, (t, 1, T)).doit()"]).format(m[1]), line)
    product = re.fullmatch(r"(.*= )(\w+\[t\]) \* ([^+]*)", line)
    return (
        "{}{}({}, {})".format(product[1], rng.choice(["HadamardProduct", "hadamard_product"]), *product.groups()[1:]) if product else line
    )


def wolfram(line, rng):
    """A line as Mathematica has it, with its functions in square brackets and a dot for the product of matrices."""
    outer = rng.choice(["Outer[Times, ", "KroneckerProduct[", "Outer[ Times,"])
    line = re.sub(r"outer\(([^()]*)\)", rf"{outer}\1]", re.sub(r"tanh\(([^()]*)\)", r"Tanh[\1]", line))
    line = re.sub(r"(\w+)\.T(?!\w)", r"Transpose[\1]", SUM.sub(r"Sum[\1, {t, 1, T}]", line)).replace("**2", "^2")
    return line.replace(" @ ", rng.choice([".", " . "])).replace(" = ", rng.choice([" = ", " == "]), 1)


WAYS = {
    "sympy": sympy,
    "wolfram": wolfram,
    "linear": linear,
    "named": named,
    "octave": octave,
    "pytorch": pytorch,
    "sums": summed,
    "spaces": spaced,
    "conditions": said,
    "fronts": before,
    "lists": numbered,
    "letters": lettered,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", sampled(NETS, 16))
def test_the_derived_equations_are_equal_in_another_language(name, way, random_seed):
    rng, d = random.Random(f"{random_seed} {name} {way}"), derivation(name)
    lines = [line for line in d.text("ascii").splitlines() if not line.endswith("= 0") and "(t" not in line]
    kinds = {
        "sums": lambda line: SUM.search(line),
        "conditions": lambda line: "[t] =" in line,
        "fronts": lambda line: "[t] =" in line,
        "named": lambda line: "ds[t]" in line.partition("=")[2],
        "octave": lambda line: not SUM.search(line),
        "wolfram": lambda line: re.search(r"\.T|tanh\(|outer\(", line),
    }
    lines = [line for line in lines if kinds.get(way, str)(line)]
    for line in rng.sample(lines, min(5, len(lines))):
        text = WAYS[way](line, rng)
        assert d.check(text).equal, (text, d.check(text))
        wrong = WAYS[way](line.replace("= ", "= 2 * ", 1), rng)
        assert d.check(wrong).kind in ("not equal", "ill-typed"), (wrong, d.check(wrong))


@pytest.mark.parametrize("name", sampled(NETS, 11))
def test_equations_one_under_the_other_are_those_of_each_row(name, random_seed):
    rng, d = random.Random(f"{random_seed} {name} columns"), derivation(name)
    lines = [line.split(" = ") for line in d.text("ascii").splitlines() if re.match(r"\w+\[t\] = (?!0$)", line) and "(t" not in line]
    lines = rng.sample(lines, min(len(lines), rng.randrange(2, 5)))
    for turn in (0, 1):
        rights = [right for _, right in lines[turn:] + lines[:turn]]
        lefts = [left.removesuffix("[t]") for left, _ in lines]
        text = rng.choice(
            ["[{}]_t = [{}]", "[{}][t] = [{}]", r"\begin{{bmatrix}} {} \end{{bmatrix}}_t = \begin{{bmatrix}} {} \end{{bmatrix}}"]
        )
        text = text.format(*((" \\\\ " if "matrix" in text else "; ").join(side) for side in (lefts, rights)))
        assert d.check(text).equal == (turn == 0 or len(lines) < 2), (text, d.check(text))


LOOPS = {
    "rnn-tanh": """dh_next = zeros(H,1);
for t = T:-1:1
  dh = W_hy' * ds(:,t) + dh_next;
  da = dh .* (1 - h(:,t).^2);
  db_h = db_h + da;
  dW_xh = dW_xh + da * x(:,t)';
  dh_next = W_hh' * da;
end""",
    "lstm-peephole": """dh_next = 0;
dc_next = 0;
for t = T:-1:1
  dh = W_hy' * ds(:,t) + dh_next;
  da_o = dh .* tanh(c(:,t)) .* o(:,t) .* (1 - o(:,t));
  dc = dh .* o(:,t) .* (1 - tanh(c(:,t)).^2) + da_o .* w_co + dc_next;
  da_f = dc .* c(:,t-1) .* f(:,t) .* (1 - f(:,t));
  da_i = dc .* g(:,t) .* i(:,t) .* (1 - i(:,t));
  da_g = dc .* i(:,t) .* (1 - g(:,t).^2);
  dw_co = dw_co + da_o .* c(:,t);
  db_f = db_f + da_f;
  dh_next = W_hi' * da_i + W_hf' * da_f + W_hg' * da_g + W_ho' * da_o;
  dc_next = dc .* f(:,t) + da_i .* w_ci + da_f .* w_cf;
end""",
}


def as_julia(text):
    """A loop of Octave in Julia's words, whose signs between arrays have a dot."""
    text = re.sub(r"\(:,(t(?:-1)?)\)", r"[\1]", text).replace(";", "").replace("for t =", "for t in")
    return re.sub(r"(?<=[\w)\]'] )([-+])(?= )", r".\1", text).replace("zeros(H,1)", "zeros(H)")


@pytest.mark.parametrize("name", sampled(LOOPS, 2))
def test_a_loop_of_octave_is_read_and_what_stands_behind_its_end_is_behind_it(name, random_seed):
    rows, d, rng = LOOPS[name].splitlines(), derivation(name), random.Random(random_seed)
    assert d.check("\n".join(rows)).equal, d.check("\n".join(rows))
    assert d.check(julia := as_julia("\n".join(rows))).equal and " .+ " in julia and " .- " in julia, julia
    for old, new in {"T:-1:1": "1:T", "1 - h": "1 + h", "_next;": ";", "' * ds": " * ds", ".* o(:,t)": "", "+ da": "- da"}.items():
        k = rng.choice([k for k, row in enumerate(rows) if old in row] or [None])
        if k is not None:
            wrong = "\n".join([*rows[:k], rows[k].replace(old, new, 1), *rows[k + 1 :]])
            assert not d.check(wrong).equal and not d.check(as_julia(wrong)).equal, wrong
    k = next(k for k, row in enumerate(rows) if "+ da;" in row or "+ da_f;" in row)
    assert not d.check("\n".join([*rows[:k], *rows[k + 1 :], rows[k].strip()])).equal


def test_a_condition_in_a_program_counts_its_steps_as_the_loop_does():
    body = "    dh = W_hy.T @ ds[t]\n    if {}: dh = dh + W_hh.T @ da[t+1]\n    da[t] = (1 - h[t]**2) * dh"
    for head in ("for t in reversed(range(T)):", "for t in range(T-1, -1, -1):"):
        for condition in ("t == T", "t > T", "t == 0", "t < T-2"):
            text = f"{head}\n{body.format(condition)}"
            assert not derivation("rnn-tanh").check(text).equal, text
        text = f"{head}\n{body.format('t < T-1').replace('da[t] =', 'da[t] ==')}"  # which does nothing
        assert not derivation("rnn-tanh").check(text).equal, text


LAYERS = [
    ("stacked", "δ{1}_t = (1 - (h{1}_t)^2) * ((W{2}_xh)^T δ{2}_t + (W{1}_hh)^T δ{1}_{t+1})", "δ{2}_t", "δ{2}_{t+1}"),
    ("stacked", "dW{2}_xh = sum_t δ{2}_t (h{1}_t)^T", "h{1}_t", "h{1}_{t-1}"),
    ("stacked", "dh{1}_t = (W{2}_xh)^T δ{2}_t + (W{1}_hh)^T δ{1}_{t+1}", "{t+1}", "t"),
]


@pytest.mark.parametrize("name, line, old, new", LAYERS)
@pytest.mark.parametrize("way", [r"\1", r"^{(\1)}", r"^{[\1]}"])
def test_deltas_of_layers_are_read_as_those_of_what_goes_into_them(name, line, old, new, way):
    for text, right in ((line, True), (line.replace(old, new, 1), False)):
        assert derivation(name).check(re.sub(r"\{(\d)\}", way, text)).equal == right, text
    text = re.sub(r"\{(\d)\}(_(?:\{[^}]*\}|\w+))", r"\2^\1", line)
    assert text.startswith("dW") or derivation(name).check(text).equal, derivation(name).check(text)


PRODUCTS = [
    ("rnn-tanh", "dx_t = {W}_xh^T", "{0} ⊙ {1}", ["dh_t", "(1 - h_t^2)"]),
    ("rnn-tanh", "dx_t = {W}_xh^T", "{0} ⊙ {1}", ["(1 - h_t^2)", "dh_t"]),
    ("stacked", "dh1_t = W1_hh^T da1_{{t+1}} + W2_{W}xh^T", "{0} * {1}", ["(1 - h2_t^2)", "dh2_t"]),
    ("rnn-tanh", "dx_t = {W}_xh^T", "{0} ⊙ {1} ⊙ {2}", ["(1 - h_t)", "dh_t", "(1 + h_t)"]),
]


def test_a_matrix_stands_in_front_of_a_whole_product_where_only_that_has_a_shape(random_seed):
    rng = random.Random(random_seed)
    for name, left, product, factors in PRODUCTS:
        rng.shuffle(factors)
        text = f"{left.format(W='' if name == 'stacked' else 'W')} {product.format(*factors)}"
        verdict = derivation(name).check(text)
        assert verdict.equal and "from left to right it has no shape" in str(verdict), verdict
        for wrong in (text.replace("(1 - h", "(1 + h"), text.replace("dh", "da").replace("da1_t =", "dh1_t ="), text.replace("xh^T", "xh")):
            assert not derivation(name).check(wrong).equal, wrong
    square = derivation("rnn-tanh").check("dh_t = W_hy^T ds_t + W_hh^T (1 - h_{t+1}^2) ⊙ dh_{t+1}")
    assert square.kind == "not equal" and "parentheses" in square.sentences[0], square  # which has a shape as it stands


def test_a_sum_up_to_a_step_with_a_number_says_for_which_lengths_it_is_right():
    for text in ("dW_hh = da_1 h_0^T + ... + da_3 h_2^T", "dW_hh = da_1 h_0^T + da_2 h_1^T + da_3 h_2^T"):
        verdict = derivation("rnn-tanh").check(text)
        assert verdict.kind == "not equal" and "That is right for T <= 3 only" in str(verdict), verdict


def test_names_in_between_belong_to_what_a_step_hands_back():
    assert derivation("lstm").check("m = dc * f\ndc_prev = m").equal
    assert not derivation("lstm").check("m = dc * i\ndc_prev = m").equal
    assert not derivation("lstm").check("q = dc * i\nm = dc * f\ndc_prev = m").equal


SPANS = {
    "dWhh = da(:, 1:T) * h(:, 0:T-1)'": True, "dWhh = da(:, 1:T) * h(:, 1:T)'": False, "dWhh = da(:, 2:T) * h(:, 1:T-1)'": False,
    "dby = sum(ds(:, 1:T), 2)": True, "dby = sum(ds(:, 1:T-1), 2)": False, "dWhy = ds(:, 1:T) * h(:, 1:T-1)'": False,
}  # fmt: skip
STATED = r"""\begin{{algorithmic}}
\For{{$t = {}$}}
\State $dh_t \gets W_{{hy}}^\top ds_t + W_{{hh}}^\top da_{{t+1}}$
\State $da_t \gets dh_t \odot {}$
\EndFor
\end{{algorithmic}}"""


def test_columns_from_one_step_to_another_and_the_commands_of_algorithmic_are_read():
    d = derivation("rnn-tanh")
    assert {line: d.check(line).equal for line in SPANS} == SPANS
    assert d.check(STATED.format(r"T, \dots, 1", "(1 - h_t^2)")).equal
    assert not d.check(STATED.format(r"T, \dots, 1", "(1 + h_t^2)")).equal
    assert not d.check(STATED.format(r"1, \dots, T", "(1 - h_t^2)")).equal


def test_one_element_is_made_less_by_1_in_any_writing():
    loops = ["for t in reversed(range(T)):\n    dy = p[t].copy()\n    {}\n    dWhy += np.outer(dy, h[t])",
             "for t = T:-1:1\n  dy = p(:,t); {};\n  dWhy = dWhy + dy * h(:,t)';\nend"]  # fmt: skip
    ways = [("dy[y[t]] -= 1", "dy[y[t]] = dy[y[t]] - 1"), ("dy(y(t)) -= 1", "dy(y(t)) = dy(y(t)) - 1")]
    for loop, some in zip(loops, ways, strict=True):
        for way in some:
            assert derivation("rnn-tanh").check(loop.format(way)).equal, way
            for old, new in (("- 1", "- 2"), ("- 1", "+ 1"), ("-=", "+="), ("= dy", "= db")):
                assert old not in way or not derivation("rnn-tanh").check(loop.format(way.replace(old, new))).equal, way


@pytest.mark.parametrize("made, h", [("i_t * \\tilde{C}_t", "o_t * \\tanh(C_t)"), ("i_t ⊙ g_t", "o_t ⊙ tanh(C_t)")])
def test_a_capital_that_a_text_makes_from_itself_is_the_cell_state(made, h, undiagnosed):
    text = f"C_t = f_t * C_{{t-1}} + {made}\nh_t = {h}"
    assert derivation("lstm").check(text).equal
    for old, new in (("i_t", "o_t"), ("C_{t-1}", "C_t"), ("tanh", ""), ("(C_t)", "(C_{t-1})"), ("+", "-")):
        verdict = derivation("lstm").check(text.replace(old, new))
        assert not verdict.equal and (verdict.line is None or verdict.line == 1 + (old in h)), verdict


JULIA = """dW_hh = zeros(H, H)
dh_next = zeros(H)
for t {}
    {}ds = p[:, t] - Y[:, t]
    dh = W_hy' * ds + dh_next
    da = {}
    dW_hh {} da * {}'
    dh_next = W_hh' * da
end
"""
BACKWARDS = [
    "= T:-1:1",
    "in T:-1:1",
    "in reverse(1:T)",
    "= reverse(1:T)",
    "in reverse(axes(h, 2))",
    "in size(x, 2):-1:1",
    "= reverse(1:size(h, 2))",
]
DOTS = ["dh .* (1 .- h[:, t].^2)", "@. dh * (1 - h[:, t]^2)", "(1 .- h[:, t] .* h[:, t]) .* dh"]
MIXED = ["dh .* (1 - h[:, t].^2)", "(1 - h[:, t] .* h[:, t]) .* dh", "dh .* (1 - tanh.(a[:, t]).^2)"]
FORWARDS = [
    "= 1:T",
    "in 1:size(x, 2)",
    "in axes(h, 2)",
    "in reverse(T:-1:1)",
    "in reverse(2:T)",
    "= T:-1:2",
    "in T-1:-1:1",
    "in length(h):-1:1",
]


def test_a_loop_of_julia_is_read_in_any_head_and_no_number_is_added_to_an_array(random_seed, undiagnosed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    for head in BACKWARDS:
        chosen = rng.random() < 0.5
        before, dots = ("h_prev = t > 1 ? h[:, t-1] : h0\n    ", "h_prev") if chosen else ("", "h[:, t-1]"), rng.choice(DOTS)
        text = JULIA.format(head, before[0], dots, rng.choice(["+=", ".+="]), before[1])
        assert (verdict := d.check(text)).equal, (text, verdict)
        wrong = [
            text.replace(dots, rng.choice(MIXED)),
            text.replace(head, rng.choice(FORWARDS)),
            text.replace("t-1]", "t]").replace("t > 1 ?", "t > 2 ?"),
        ]
        wrong += [text.replace("t > 1", "t < 1") if chosen else text.replace("+= da", "= da")]
        for x in wrong:
            assert x != text and not d.check(x).kind.startswith("equal"), x


def test_a_loop_down_that_is_written_up_is_said_to_be_read_so():
    text = "dW_hh = 0\ndh_next = 0\nfor t = T {} 1\n  dh_t = W_hy^T (p_t - y_t) + dh_next\n  da_t = dh_t * (1 - h_t^2)\n"
    text += "  dW_hh += da_t h_{{t-1}}^T\n  dh_next = W_hh^T da_t\n"
    up, down = (str(derivation("rnn-tanh").check(text.format(word))) for word in ("to", "downto"))
    assert "`for t = T to 1` is read as going down" in up and "as going down" not in down


INNER = """T = size(x, 2);
dW_hh = zeros(H, H);
for t = T:-1:1
    delta = (W_hy' * (p(:, t) - Y(:, t))) .* (1 - h(:, t).^2);
    for k = t:-1:{}
        dW_hh = dW_hh + delta * h(:, k-1)';
        delta = (W_hh' * delta) .* (1 - h(:, k-1).^2);
    end
end
"""
SLIPS = [("k-1)'", "k)'"), ("k-1).^2", "k).^2"), ("W_hh' *", "W_hh *"), ("= t:", "= T:"), ("dW_hh + ", ""), ("(W_hh' * delta)", "delta"),
         ("t).^2", "t)"), ("size(x, 2)", "size(x, 1)")]  # fmt: skip


@pytest.mark.parametrize("last, kind", [("1", "equal"), ("max(1, t-4)", "equal if"), ("max(1, t - tau)", "equal if"), ("2", "")])
def test_a_loop_of_octave_goes_back_from_each_step(last, kind, random_seed, undiagnosed):
    d, text = derivation("rnn-tanh"), INNER.format(last)
    verdict = d.check(text)
    assert verdict.kind == kind if kind else not verdict.kind.startswith("equal"), verdict
    for old, new in random.Random(f"{random_seed} {last}").sample(SLIPS, 4):
        assert old in text and not d.check(text.replace(old, new)).kind.startswith("equal"), (old, new)


@pytest.mark.parametrize("name, gates, other", [("lstm", "ifgo", ""), ("lstm-coupled", "igo", ""), ("gru-before-new", "rz", "n")])
def test_a_line_on_any_gate_is_one_for_each(name, gates, other, random_seed, undiagnosed):
    """``k ∈ {i, f, g, o}`` behind a line; with a slip, or with a gate of which it is not so, it is not right."""
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    sigmoids, lines = (
        gates.replace("g", ""),
        ["dW_{h#} = Σ_t da_{#,t} h_{t-1}^T", "dW_{x#} = \\sum_t da_{#,t} x_t^T", "db_# = Σ_t da_{#,t}"],
    )
    for line, of, more in [
        *((line, gates, other if "h" in line else "") for line in lines),
        ("da_{#,t} = d#_t ⊙ #_t ⊙ (1 - #_t)", sigmoids, "g" * ("g" in gates)),
    ]:
        sign = rng.choice(["k", "j", "\\ast", "\\star"] if "d#" not in line else "kj")
        between = rng.choice([" for ", ", ", " \\quad ", " (", " for each gate ", " for all "])
        member, comma = rng.choice(["∈", "\\in"]), rng.choice([",", ", "])

        def text(line, of):
            return f"{line.replace('#', sign)}{between}{sign} {member} \\{{{comma.join(of)}\\}}{')' * ('(' in between)}"

        of = rng.sample(of, rng.randrange(2, len(of) + 1))
        assert d.check(text(line, of)).equal, (text(line, of), d.check(text(line, of)))
        for wrong in (text(line.replace("= ", "= 2 "), of), text(line.replace("t-1", "t").replace("x_t", "x_{t-1}"), of)):
            assert wrong == text(line, of) or not d.check(wrong).kind.startswith("equal"), wrong
        if more:
            assert not d.check(text(line, [*of, more])).kind.startswith("equal"), text(line, [*of, more])


COLUMNS = """[D, {0}] = size(x);
h = zeros(H, {0}+1);
for t = 1:{0}
    h(:,t+1) = tanh(W_xh * x(:,t) + W_hh * h(:,t) + b_h);
end
dWhh = zeros(size(W_hh));
dh_next = zeros(H, 1);
for t = {0}:-1:1
    dh = W_hy' * ds(:,t) + dh_next;
    da = (1 - h(:,t+1).^2) .* dh;
    dWhh = dWhh + da * h(:,t)';
    dh_next = W_hh' * da;
end"""
ZERO_JULIA = """dWhh = zero(W_hh)
dh_next = zero(b_h)
for t {}
    dh = W_hy' * ds[t] + dh_next
    da = @. (1 - h[t]^2) * dh
    dWhh += da * h[t-1]'
    dh_next = W_hh' * da
end"""
COLUMN_SLIPS = [("h(:,t)'", "h(:,t+1)'"), ("h(:,t+1).^2", "h(:,t).^2"), ("W_hh' *", "W_hh *"), ("W_hh * h(:,t)", "W_hh * h(:,t+1)"),
                ("+ dh_next", "- dh_next"), ("h(:,t)'", "h(:,t-1)'"), ("x(:,t)", "x(:,t+1)")]  # fmt: skip


def test_a_column_for_the_first_state_and_a_length_by_any_name(random_seed, undiagnosed):
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    text = COLUMNS.format(rng.choice(["T", "N", "n_steps"]))
    text = text.replace("for t = 1", rng.choice(["", "h(:,1) = h0;\n"]) + "for t = 1")
    assert (verdict := d.check(text)).equal, verdict
    for right, wrong in rng.sample(COLUMN_SLIPS, 4):
        assert right in text and not d.check(text.replace(right, wrong)).kind.startswith("equal"), (right, wrong)


@pytest.mark.parametrize("head", ["= T:-1:1", "in reverse(1:T)", "∈ reverse(1:length(x))", "in reverse(eachindex(h))"])
def test_zeros_are_as_long_as_what_they_are_of(head, undiagnosed):
    assert (verdict := derivation("rnn-tanh").check(ZERO_JULIA.format(head))).equal, verdict
    assert not derivation("rnn-tanh").check(ZERO_JULIA.format(head).replace("@. (1", "@. (2")).kind.startswith("equal")


@pytest.mark.parametrize("head", ["= end:-1:1", "in end:-1:1", "= 1:end", "in reverse(1:end)"])
def test_a_loop_has_no_end_that_nothing_is_indexed_by(head):
    for text in (ZERO_JULIA.format(head), COLUMNS.format("T").replace("= T:-1:1", head)):
        assert (verdict := derivation("rnn-tanh").check(text)).kind == "unreadable" and "`end` stands in no index" in str(verdict), verdict
