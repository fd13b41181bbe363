"""A line is judged as what it says, however it is typed: with U and W as the other half of the books has them, with times that have no
braces, with conditions on the step in place of boundary lines. A mutated line is not equal in any of these writings either."""

import random
import re

import pytest

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.mistakes.mutations import Rewriter
from tests.sampling import sampled
from tests.test_check import derivation
from tests.test_derive import MODELS

GATED = [name for name in MODELS if name.startswith(("lstm", "gru"))]


def lines(name, rng, count):
    """Some derived equations, and each with one mutation that is not equal; without what stands beside them."""
    d = derivation(name)
    for equation in rng.sample(pool := [q for q in d.equations if not q.where], min(count, len(pool))):
        yield equation
        mutated = [m.right for m in Rewriter(d).all(equation)]
        wrong = (e.Equation(equation.left, right) for right in rng.sample(mutated, min(6, len(mutated))))
        yield from (q for q in wrong if d.check(show(q, "ascii")).kind == "not equal")


def exchanged(d, text):
    """A text with U and W for one another, each gate's matrices by their letters."""
    letters = {name: short for name, short in d.by_letter.items() if name in d.halves and short != name}
    other = {"U": "W", "W": "U"}
    for name, short in letters.items():
        text = re.sub(rf"(?<![A-Za-z])(d?){re.escape(name)}(?!\w)", rf"\g<1>{other[short[0]]}{short[1:]}", text)
    return text


@pytest.mark.parametrize("name", sampled(GATED, 8))
def test_the_letters_of_gates_are_read_as_their_shapes_have_them(name, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    for equation in lines(name, rng, 4):
        text = show(equation, "ascii")
        if (other := exchanged(d, text)) != text and equation.right != e.ZERO:
            one, two = d.check(text), d.check(other)
            assert two.kind == {"equal": "equal if"}.get(one.kind, one.kind), (other, two)
            assert " stands for the weight on the " in str(two)


@pytest.mark.parametrize("name", sampled([name for name in MODELS if name.startswith(("lstm", "gru-before"))], 4))
def test_letters_of_gates_that_fit_neither_way_are_ill_typed(name):
    d = derivation(name)
    gate = "o" if name.startswith("lstm") else "z"
    both = "\n".join(f"d{letter}_{gate} = Sum(outer(da_{gate}[t], h[t-1]), t)" for letter in "UW")
    assert d.check(both).kind == "ill-typed"


def unbraced(text):
    """A text with times behind a line alone, ``h_t-1`` for ``h[t-1]``."""
    text = re.sub(r"(?<=[a-zA-Z])_(\w)\[([tT](?:[+-]\d+)?)\]", r"_\1,\2", text)
    return re.sub(r"\[([tT](?:[+-]\d+)?)\]", r"_\1", text)


@pytest.mark.parametrize("name", sampled(list(MODELS), 12))
def test_times_without_braces_are_read_where_only_they_are_right(name, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    for equation in lines(name, rng, 3):
        text = show(equation, "ascii")
        if re.search(r"\[[tT][+-]", text) and "(" not in show(equation.left, "ascii"):
            verdict = d.check(unbraced(text))
            assert verdict.equal == d.check(text).equal, (unbraced(text), verdict)


@pytest.mark.parametrize(
    "text, kind",
    [("da_t = dh_t*(h_t+1)*(1-h_t)", "equal"), ("da_t = dh_t*(h_t+1)*(1+h_t)", "not equal"), ("p_t = softmax(s_t-1)", "not decided")],
)
def test_one_more_than_a_state_is_that_where_it_is_right(text, kind):
    assert derivation("rnn-tanh").check(text).kind == kind


ASKING = ["where(t {} T, {}, {})", "{1} if t {0} T else {2}"]
HOLDS = ["1{{t {} T}}", "(t {} T)", r"\mathbb{{1}}_{{t {} T}}", "1[t {} T]"]


@pytest.mark.parametrize("part", sampled(range(8), 3))
def test_conditions_on_the_step_are_the_boundary_lines(part, random_seed):
    """What is added at a step alone, or at all others: right with the right condition, and with no other."""
    rng = random.Random(f"{random_seed} {part}")
    now, later = "W_hy.T @ ds[t]", "W_hh.T @ da[t+1]"
    only = "W_hy.T @ ds[T]"
    for name, fixed, some, holds in [("rnn-tanh", now, later, "<"), ("rnn-many-to-one", later, only, "==")]:
        sign = rng.choice(["<", "=="])
        if part % 2:
            condition = rng.choice(HOLDS).format(sign)
            text = f"dh[t] = {fixed} + {condition} * ({some})"
        else:
            yes = rng.random() < 0.5
            sides = (f"{fixed} + {some}", fixed) if yes else (fixed, f"{fixed} + {some}")
            sign = sign if yes else {"<": "==", "==": "<"}[sign]
            text = "dh[t] = " + rng.choice(ASKING).format(sign, *(f"({side})" for side in sides))
            sign = sign if yes else {"<": "==", "==": "<"}[sign]
        verdict = derivation(name).check(text)
        assert verdict.equal == (sign == holds), (text, verdict)


def test_a_condition_inside_a_sum_asks_for_another_step_than_the_line_s():
    text = "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1] + Sum(h[t] if t == T else 0*h[t], t)*(0 if t == T else 1)"
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == "unreadable" and "below its sign" in str(verdict)


@pytest.mark.parametrize("name", sampled(list(MODELS), 8))
@pytest.mark.parametrize("dots", [" ...", " …", r" \cdots", " + ...", "...", ", ..."])
def test_dots_are_not_passed_over(name, dots, random_seed):
    d = derivation(name)
    line = show(random.Random(f"{random_seed} {name}").choice(d.equations)._replace(where=""), "ascii")
    assert d.check(line).equal and d.check(line + ".").equal
    verdict = d.check(line + dots)
    assert verdict.kind == "unreadable", verdict


OF_LOSS = [
    ("∂L_t/∂h_k = ∂L_t/∂h_t ∏_{j=k+1}^{t} diag(1-h_j²) W_hh", True),
    ("∂L_t/∂h_k = ∂L_t/∂h_t ∏_{j=k+1}^{t} diag(1-h_j²) W_hhᵀ", False),
    ("∂L_t/∂h_k = ∂L_t/∂h_t ∏_{j=k}^{t} diag(1-h_j²) W_hh", False),
    ("∂L_t/∂h_{t-1} = ∂L_t/∂h_t diag(1-h_t²) W_hh", True),
    ("∂L_t/∂h_{t-1} = ∂L_t/∂h_t W_hh diag(1-h_t²)", False),
    ("∂L/∂h_t = Σ_{k=t}^{T} ∂L_k/∂h_k ∏_{j=t+1}^{k} diag(1-h_j²) W_hh", True),
    ("∂L/∂h_t = Σ_{k=t+1}^{T} ∂L_k/∂h_k ∏_{j=t+1}^{k} diag(1-h_j²) W_hh", False),
]


@pytest.mark.parametrize("text, right", OF_LOSS)
def test_a_derivative_of_the_loss_is_a_row_in_front_of_a_jacobian_that_is_written_out(text, right):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == ("equal" if right else "not equal"), verdict
    assert "as in numerator layout" in str(verdict)


TAGGED = [name for name in MODELS if name.startswith(("bidirectional", "encoder", "stacked"))]


def with_arrow(name, back, step):
    below = ",".join(filter(None, [name.sub, step]))
    return rf"\over{'left' if back else 'right'}arrow{{{name.letter}}}" + f"_{{{below}}}" * bool(below)


def with_tag_behind(name, back, step):
    return "_".join(filter(None, [name.letter, name.sub, name.tag])) + f"[{step}]" * bool(step)


@pytest.mark.parametrize("name, spelled", sampled([(n, f) for n in TAGGED[1:] + TAGGED[:1] for f in (with_arrow, with_tag_behind)], 7))
def test_directions_and_nets_are_named_with_arrows_or_behind(name, spelled, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    back = {name_of(name).tag: back for name, back in d.reverse.items()}
    kept = {n for n in map(name_of, d.parameters) if n.tag.isalpha()} | {n for n in map(name_of, d.reverse) if n.tag.isalpha()}
    if spelled is with_arrow and len({*back.values()}) < 2 or not kept:
        return
    words = "|".join(sorted(map(re.escape, kept), key=len, reverse=True))
    by_name = {str(n): n for n in kept}
    for equation in lines(name, rng, 3):
        text = show(equation, "ascii")
        other = re.sub(
            rf"(?<![A-Za-z_])(d?)({words})(?!\w)(?:\[([^\]]*)\])?",
            lambda m: m[1] + spelled(by_name[m[2]], back.get(by_name[m[2]].tag), m[3]),
            text,
        )
        kinds = {d.check(text).kind, *(["unreadable"] if "{-" in other else [])}  # h_{-1} of a slip is no step of a name
        assert d.check(other).kind in kinds, (other, d.check(other))


@pytest.mark.parametrize("name", sampled([name for name in MODELS if name.startswith("stacked")], 2))
def test_layers_are_transposed_in_the_braces_of_their_number(name, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {name}"), derivation(name)
    for equation in lines(name, rng, 3):
        text = show(equation, "ascii")
        other = re.sub(r"(?<![A-Za-z])W(\d)_(\w+)\.T", lambda m: f"W_{{{m[2]}}}^{{{rng.choice([m[1], f'({m[1]})'])}T}}", text)
        assert d.check(other).kind == d.check(text).kind, (other, d.check(other))
