"""Chains with dots as books write them, sums over gates, cases in one line, vectors of ones: read as what they say, in their order."""

import random
import re

import pytest

from tests.test_check import derivation

JACOBIAN = {"rnn-tanh": "diag(1 - h_{%s}^2) W", "rnn-relu": "diag(1\\{a_{%s} > 0\\}) W"}


def moved(step, by):
    """A step and so many more."""
    base, _, less = step.replace("+", "-").partition("-")
    n = (int(less or 0) if "+" in step else -int(less or 0)) + by
    return f"{base}{n:+d}" if n else base


def chain(factor, first, last, back, dots, joined=" "):
    """Two or three factors, dots and the last one."""
    steps = [moved(first, -k if back else k) for k in range(2)]
    return joined.join([*(factor(step) for step in steps), dots, factor(last)])


@pytest.mark.parametrize("name", JACOBIAN)
def test_a_chain_with_dots_is_the_product_in_its_order(name, random_seed):
    rng, d = random.Random(f"{random_seed}{name}"), derivation(name)
    dots = rng.choice(["...", "…", "⋯", "\\cdots", "\\dots", "\\ldots"])
    factors = {
        "a derivative": lambda t: f"∂h_{{{t}}}/∂h_{{{moved(t, -1)}}}",
        "written out": lambda t: f"({JACOBIAN[name] % t})",
        "without brackets": lambda t: JACOBIAN[name] % t,
        "named": lambda t: f"J_{{{t}}}",
    }
    for kind, factor in factors.items():
        also = f"\nJ_t = {JACOBIAN[name] % 't'}" * (kind == "named")
        for of, by in (("t", "k"), ("T", "k"), ("T", "t")):
            left, first = f"∂h_{{{of}}}/∂h_{{{by}}} = ", moved(by, 1)
            assert d.check(left + chain(factor, of, first, True, dots) + also).equal, (kind, of, by)
            wrong = [
                chain(factor, of, by, True, dots),
                chain(factor, moved(of, -1), first, True, dots),
                chain(factor, first, of, False, dots),  # the earlier steps on the left
            ]
            for text in wrong:
                assert not d.check(left + text + also), (kind, of, by, text)
    of_loss = f"∂L_t/∂h_k = ∂L_t/∂h_t {chain(factors['a derivative'], 't', 'k+1', True, dots)}"
    assert d.check(of_loss).equal and not d.check(of_loss.replace("∂h_{k+1}/∂h_{k}", "∂h_{k}/∂h_{k-1}"))
    whole = of_loss.replace("∂L_t/∂h_k =", "∂L_t/∂W = Σ_{k=1}^{t}") + " ∂⁺h_k/∂W"
    assert d.check(whole).equal and not d.check(whole.replace("k=1", "k=2"))


@pytest.mark.parametrize("name", JACOBIAN)
def test_one_factor_on_each_side_of_dots_is_enough_where_their_order_is_known(name, random_seed):
    rng, d = random.Random(f"{random_seed}{name} one"), derivation(name)
    named, dots = rng.random() < 0.5, rng.choice(["...", "⋯", "\\cdots"])
    factor, also = (lambda t: f"J_{{{t}}}") if named else (lambda t: f"({JACOBIAN[name] % t})"), f"\nJ_t = {JACOBIAN[name] % 't'}" * named
    for of, by in (("t", "k"), ("T", "k"), ("T", "1"), ("t", "1")):
        after = moved(by, 1) if by == "k" else "2"
        for right, (first, last) in ((True, (of, after)), (False, (after, of)), (False, (moved(of, -1), after))):
            text = f"∂h_{{{of}}}/∂h_{{{by}}} = {factor(first)} {dots} {factor(last)}{also}"
            assert d.check(text).equal == right, text


def test_dots_between_what_goes_on_otherwise_are_refused():
    d = derivation("rnn-tanh")
    for text in ("J_t J_{t-2} ⋯ J_{k+1}", "J_t J_{k-1} ⋯ J_{k+1}", "J_t ⋯ J_k", "J_t J_{t-1} ⋯ K_{k+1}", "J_t J_{t-1} ⋯"):
        assert d.check(f"∂h_t/∂h_k = {text}\nJ_t = diag(1 - h_t^2) W\nK_t = diag(1 - h_t^2) W").kind == "unreadable", text


GATES = {"lstm": "ifgo", "lstm-peephole": "ifgo", "gru-before-new": "rzn"}


@pytest.mark.parametrize("name", GATES)
def test_a_delta_of_a_gate_and_a_step_is_no_element(name, random_seed):
    rng, d = random.Random(f"{random_seed}{name}"), derivation(name)
    for gate in GATES[name]:
        delta = rng.choice(["δ_{%s,t}", "\\delta_{%s,t}", "δ_{%s, t}"]) % gate
        assert d.check(f"db_{gate} = Σ_t {delta}").equal
        assert d.check(f"dW_x{gate} = Σ_t {delta} x_t^T").equal
        assert not d.check(f"dW_x{gate} = Σ_t {delta} x_{{t-1}}^T")
        assert not d.check(f"db_{gate} = Σ_t {delta.replace(gate, rng.choice(sorted({*GATES[name]} - {gate})))}")


@pytest.mark.parametrize("name", ["lstm", "lstm-peephole"])
def test_a_sum_over_gates_is_one_term_a_gate(name, random_seed):
    rng, d = random.Random(f"{random_seed}{name}"), derivation(name)
    gates, letter = rng.sample("ifgo", 4), rng.choice("kq")
    for sign in ("Σ_{%s∈{%s}}", "\\sum_{%s \\in \\{%s\\}}"):
        for left, term, more in (("dx_t", "W_{x%s}^T δ_{%s,t}", ""), ("dh_t", "W_{h%s}^T δ_{%s,t+1}", " + V^T ds_t")):
            said = [f"{left} = {sign % (letter, ', '.join(some))} {term % (letter, letter)}{more}" for some in (gates, gates[1:])]
            assert d.check(said[0]).equal and not d.check(said[1]), said


ONE_LINE = ["{a} if t = T, {b} otherwise", "{a} if t = T, else {b}", "{b} for t < T, and {a} otherwise.", "{a} when t = T; otherwise {b}"]


@pytest.mark.parametrize("way", ONE_LINE)
def test_two_cases_may_stand_in_one_line(way):
    d, last, others = derivation("rnn-tanh"), "V^T ds_T", "V^T ds_t + W^T da_{t+1}"
    assert d.check("dh_t = " + way.format(a=last, b=others)).equal
    assert not d.check("dh_t = " + way.format(a=others, b="V^T ds_t"))


def test_two_cases_in_a_line_are_of_that_line():
    text = "dh_t = V^T ds_T if t = T, V^T ds_t + W^T da_{t+1} otherwise\n\nda_t = (1 - h_t) dh_t\ndb = Σ_t da_t"
    assert derivation("rnn-tanh").check(text).line == 3
    assert derivation("rnn-tanh").check(text.replace("W^T da", "-W^T da")).line == 1


def test_two_sums_may_have_one_chain_of_bounds():
    d, term = (
        derivation("rnn-tanh"),
        "\\frac{\\partial L_t}{\\partial h_t} \\frac{\\partial h_t}{\\partial h_k} \\frac{\\partial^+ h_k}{\\partial W}",
    )
    assert d.check("dW = \\sum_{1 \\le k \\leq t ≤ T} " + term).equal and not d.check("dW = \\sum_{1 \\le k < t ≤ T} " + term)


@pytest.mark.parametrize("ones", ["\\mathbf{1}^T", "\\mathbf 1^\\top", "𝟙ᵀ", "1ᵀ"])
def test_a_vector_of_ones_sums(ones):
    d = derivation("rnn-tanh")
    assert d.check(f"p_t = e^{{s_t}}/({ones} e^{{s_t}})").equal and not d.check(f"p_t = e^{{s_t}}/({ones} s_t)")


@pytest.mark.parametrize("word, read", [("direct", True), ("from the future", True), ("local", True), ("wrong", False), ("missing", False)])
def test_what_a_brace_calls_its_term_leaves_it_as_it_is_unless_it_takes_it_back(word, read):
    text = f"dh_t = \\underbrace{{V^T ds_t}}_{{\\text{{{word}}}}} + W^T da_{{t+1}}"
    assert derivation("rnn-tanh").check(text).equal == read


ALIKE = {  # a part of a right line, what is equal to it and what is not
    "(1-h_t^2)": (["\\tanh'(a_t)", "1 - \\tanh^2(a_t)", "(1-h_t)(1+h_t)"], ["1-h_t", "h_t^2", "1 - \\tanh(a_t)"]),
    "dh_t": (["W_{hy}^T ds_t + W_{hh}^T da_{t+1}"], ["W_{hy}^T ds_t", "W_{hh}^T da_t", "da_t"]),
}


@pytest.mark.parametrize("case", range(12))
def test_what_a_brace_says_is_equal_to_its_part_counts(case, random_seed, undiagnosed):
    """It was passed over, as words are."""
    rng, d = random.Random(f"{random_seed} {case}"), derivation("rnn-tanh")
    part = rng.choice([*ALIKE])
    bare = ["\\underbrace{{{}}}_{{{}}}", "\\overbrace{{{}}}^{{ {} }}", "\\underbrace{{{}}}_{{\\text{{= }} {}}}"]
    brace = rng.choice(
        bare if case % 2 else ["\\underbrace{{{}}}_{{= {}}}", "\\overbrace{{{}}}^{{={}}}", "\\underbrace{{ {} }}_{{ = \\; {} }}"]
    )
    line = rng.choice(["da_t = (1-h_t^2) \\odot dh_t", "\\frac{∂L}{∂W_{hh}} = \\sum_t ((1-h_t^2) \\odot dh_t) h_{t-1}^T"])
    for equal, choices in zip((True, False), ALIKE[part], strict=True):
        text = line.replace(part, brace.format(part, rng.choice(choices)))
        assert d.check(text).equal == equal, text
        outer = f"\\frac{{∂L}}{{∂W_{{hh}}}} = \\sum_t \\underbrace{{{text.partition('=')[2]}}}_{{=da_t}} h_{{t-1}}^T"
        assert line[0] != "d" or d.check(outer).equal == equal, outer


@pytest.mark.parametrize(
    "below", ["\\text{error}", "\\text{from } t+1", "H \\times 1", "\\in \\mathbb{R}^H", "A", "(1)", "\\partial a_t/\\partial h_{t-1}"]
)
def test_what_a_brace_names_by_words_a_size_or_in_the_other_layout_is_passed_over(below):
    text = f"\\frac{{∂L}}{{∂h_{{t-1}}}} = W_{{hy}}^T ds_{{t-1}} + \\underbrace{{W_{{hh}}^T}}_{{{below}}} da_t"
    assert (verdict := derivation("rnn-tanh").check(text)).equal and "not read" not in str(verdict), str(verdict)


@pytest.mark.parametrize("below", [":= D", "D_t", "\\sigma'"])
def test_what_a_brace_names_its_part_by_and_cannot_be_read_is_said_to_be_so(below):
    verdict = derivation("rnn-tanh").check(f"da_t = dh_t ⊙ \\underbrace{{(1-h_t^2)}}_{{{below}}}")
    assert verdict.equal and f"is not read: `{below}`" in str(verdict), str(verdict)


LABELS = {  # a part of a right line, where it stands, and the quantities that the derivative below it may be by, or not
    "dc_t ⊙ c_{t-1}": ("{} ⊙ f_t ⊙ (1 - f_t)", "f", ["f_t"], ["i_t", "f_{t-1}", "c_t"]),
    "dc_t ⊙ g_t": ("{} ⊙ i_t ⊙ (1 - i_t)", "i", ["i_t"], ["g_t", "i_{t+1}"]),
    "dc_t": ("{} ⊙ i_t ⊙ (1 - g_t^2)", "g", ["c_t"], ["g_t", "c_{t+1}"]),
    "dh_t ⊙ tanh(c_t)": ("{} ⊙ o_t ⊙ (1 - o_t)", "o", ["o_t"], ["a_{o,t}", "h_t"]),
}


@pytest.mark.parametrize("case", range(8))
def test_the_derivative_of_the_loss_that_a_brace_names_is_its_part(case, random_seed, undiagnosed):
    """It was passed over, as words are, whatever it was by."""
    rng, d = random.Random(f"{random_seed} {case} labels"), derivation("lstm")
    part, (around, gate, right, wrong) = rng.choice([*LABELS.items()])
    loss, line = rng.choice(["L", "E", "\\mathcal{L}"]), rng.choice(["da_{%s,t} = {}", "δ_t = {}\ndW_{h%s} = Σ_t δ_t h_{t-1}^T"]) % gate
    brace = rng.choice(["\\underbrace{%s}_{%s}", "\\overbrace{%s}^{ %s }"])
    below = rng.choice(["\\frac{\\partial %s}{\\partial %s}", "\\partial %s / \\partial %s", "∂%s/∂%s"])
    for equal, names in ((True, right), (False, wrong)):
        text = line.replace("{}", around.replace("{}", brace % (part, below % (loss, rng.choice(names)))))
        assert d.check(text).equal == equal, text


HOSTILE = [
    "if a < b " * 400,
    "if < " * 700,
    "Σ_{k∈{i,f}} " * 300,
    "A_t " * 900 + "... A_k",
    "j_t i_t k_t m_t n_t l_t q_t r_t ... r_k",
    "\\underbrace{h_t}_{=" * 500,
    "x" + " , " * 2000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_long_and_says_nothing_is_refused_at_once(text):
    """Sums in each other doubled what stands behind them: no end was in sight."""
    assert derivation("lstm").check(f"dh_t = {text}").kind == "unreadable"


def test_the_loss_of_a_step_with_a_number_is_one(random_seed):
    """As the best known introduction has it: ∂E_3/∂W = Σ_{k=0}^{3} ..."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    n, loss = rng.randint(3, 6), rng.choice("LE")
    before = f"\\frac{{\\partial {loss}_{n}}}{{\\partial W}} = \\sum_{{k=%d}}^{{%d}} \\frac{{\\partial {loss}_{n}}}{{\\partial s_{n}}} "
    behind = (
        f"\\frac{{\\partial s_{n}}}{{\\partial h_{n}}} \\frac{{\\partial h_{n}}}{{\\partial h_k}} \\frac{{\\partial h_k}}{{\\partial W}}"
    )
    assert d.check(before % (rng.choice([0, 1]), n) + behind).equal
    assert not d.check(before % (2, n) + behind) and not d.check(before % (1, n - 1) + behind)
    second = re.sub(rf"(?<=[_{{]){n}(?=\W)", "2", before % (0, n) + behind)  # where the first step has no part in it if h_0 is 0
    assert d.check(second).equal and not d.check(second.replace("h_2}{\\partial h_k}", "h_k}{\\partial h_2}"))
    assert d.check(f"∂{loss}_{n}/∂V = (p_{n} - y_{n}) h_{n}^T").equal and not d.check(f"∂{loss}_{n}/∂V = (p_{n} - y_{n}) h_{n - 1}^T")
    flat = d.check(f"∂{loss}_{n}/∂W = Σ_{{k=2}}^{{{n}}} ∂{loss}_{n}/∂h_{n} ∂h_{n}/∂h_k ∂⁺h_k/∂W")
    assert "W_hh[" in str(flat), flat  # the element, where the right side is one vector


@pytest.mark.parametrize("sign", ["Σ", "\\sum", "\\sum_t", "Σ_{t=1}^T"])
def test_brackets_behind_a_sum_hold_what_is_added(sign):
    d = derivation("rnn-tanh")
    for term in ("(1-h_t^2) ⊙ dh_t{}", "\\left(1-h_t^2\\right) ⊙ dh_t{}", "((1-h_t^2) ⊙ dh_t{})"):
        assert d.check(f"db_h = {sign} {term.format('')}").equal and not d.check(f"db_h = {sign} {term.format(' h_t')}")
        outer = term.replace("dh_t{}", "dh_t h_{{{}}}^T")
        assert d.check(f"dW_hh = {sign} {outer.format('t-1')}").equal and not d.check(f"dW_hh = {sign} {outer.format('t')}")


def test_a_sum_over_t_is_called_with_what_it_sums():
    d = derivation("rnn-tanh")
    assert d.check("dW = sum_t(da_t h_{t-1}^T)").equal and d.check("dW = Sum_{t}(da_t h_{t-1}^T)  eq. (1)").equal
    assert not d.check("dW = sum_t(da_t) h_{t-1}^T") and not d.check("dW = sum_t(da_t h_t^T)")


@pytest.mark.parametrize("sign", [" ⊙ ", " \\odot ", " * ", " ∘ "])
@pytest.mark.parametrize("whole", ["{}", "diag({})"])
def test_gates_in_a_row_with_dots_are_their_product_element_by_element(sign, whole):
    d = derivation("lstm")
    for right, row in (
        (True, "f_t f_{t-1} … f_{k+1}"),
        (True, "f_{k+1} f_{k+2} … f_t"),
        (False, "f_t f_{t-1} … f_k"),
        (False, "i_t i_{t-1} … i_{k+1}"),
    ):
        assert d.check(f"∂c_t/∂c_k = {whole.format(row.replace(' ', sign))}").equal == right, row


@pytest.mark.parametrize("steps", ["for t = T", ", \\quad t = T", "(t = T)"])
def test_what_a_brace_says_is_said_of_the_steps_of_its_line(steps):
    d, line = derivation("rnn-tanh"), "dh_t = \\underbrace{V^T ds_t}_{∂L/∂h_t} "
    assert d.check(line + steps).equal and not d.check(line + steps.replace("T", "1")) and not d.check(line)


def test_more_parts_than_are_read_of_which_braces_say_what_they_are_are_refused():
    """Those beyond the twentieth were passed over."""
    d, part = derivation("rnn-tanh"), "0*\\underbrace{dh_t}_{= dh_t} + "
    assert d.check(f"da_t = {part * 16} (1-h_t^2) ⊙ \\underbrace{{dh_t}}_{{\\text{{error}}}}").equal
    assert d.check(f"da_t = {part * 21} (1-h_t^2) ⊙ dh_t").kind == "unreadable"
