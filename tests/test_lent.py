"""What a program takes without making it, counts, or gives back twice; and functions of one step of every chain."""

import random
import re

import pytest

from tests.test_check import derivation

LOOP = """dW_hh = np.zeros_like(W_hh)
dh_next = np.zeros_like(b_h)
for t in reversed(range({})):
    da = (W_hy.T @ {} + dh_next) * (1 - h[t]{}2)
    dW_hh += np.outer(da, h[t-1])
    dh_next = W_hh.T @ da"""
OCTAVE = """dW_hh = zeros(size({}));
dh_next = zeros(size(b_h));
for t = T:-1:1
    ds = p(:, t) - onehot(y(t));
    {}
    da = dh .* (1 - h(:, t) .^ 2);
    dW_hh = dW_hh + da * h(:, t-1)';
    dh_next = W_hh' * da;
end"""
MADE = "dh = W_hy' * ds + dh_next;"


@pytest.mark.parametrize("power", ["**", "²"])
def test_what_no_line_makes_is_said(power):
    d = derivation("rnn-tanh")
    made, lent = (d.check(LOOP.format("T", x, power).replace("²2", "²")) for x in ("(p[t] - onehot(y[t]))", "ds[t]"))
    assert made.equal and lent.equal and "no line makes" not in str(made), made
    assert "no line makes `ds`: what is so called in the tape is taken" in lent.sentences
    carried = d.check("for t in range(T, 0, -1):\n    da[t] = (W_hy.T @ ds + back) * (1 - h[t]**2)\n    back = W_hh.T @ da[t]")
    assert carried.equal and "no line says what `back` begins with: that is taken to be 0" in carried.sentences


def test_states_that_have_the_first_are_one_more_than_the_steps():
    d, ds = derivation("rnn-tanh"), "(p[t] - onehot(y[t]))"
    assert all(d.check(LOOP.format(f"len({of})", ds, "**")).equal for of in "xpy")
    assert d.check(LOOP.format("len(h)", ds, "**")).kind == "not decided"


def test_a_whole_program_of_octave_makes_what_it_uses_and_begins_with_what_fits():
    d = derivation("rnn-tanh")
    assert d.check(OCTAVE.format("W_hh", MADE)).equal
    assert not d.check(OCTAVE.format("W_hh", "")).equal
    assert not d.check(OCTAVE.format("W_hy", MADE)).equal
    julia = (
        OCTAVE.format("W_hh", MADE)
        .replace("zeros(size(b_h))", "zero(b_h)")
        .replace("(:, t", "[t")
        .replace("t)", "t]")
        .replace("1)'", "1]'")
    )
    assert d.check(julia.replace(";", "").replace("y(t]", "y[t]").replace("] .^ 2]", "] .^ 2)")).equal, julia


def test_a_gradient_given_back_twice_stands_where_another_belongs():
    loop = LOOP.format("T", "(p[t] - onehot(y[t]))", "**").replace("    dW_hh +=", "    db_h += da\n    dW_hh +=")
    body, d = f"db_h = np.zeros_like(b_h)\n{loop}\nreturn ".replace("\n", "\n    "), derivation("rnn-tanh")
    assert d.check(f"def backward(h, p, y):\n    {body}dW_hh, db_h").equal
    assert not d.check(f"def backward(h, p, y):\n    {body}dW_hh, dW_hh").equal


@pytest.mark.parametrize(
    "old, new",
    [
        ("np.outer(da", "np.multiply.outer(da"),
        ("dh_next = np.zeros_like(b_h)", "dh_next = None"),
        ("dW_hh +=", "step = {'W_hh': np.outer(da, h[t-1])}\n    for k in grads:\n        grads[k] += step[k]\n    #"),
    ],
)
def test_ways_to_add_up(old, new):
    text = LOOP.format("T", "(p[t] - onehot(y[t]))", "**")
    if "None" in new:
        text = text.replace("+ dh_next)", "+ (0 if dh_next is None else dh_next))")
    if "grads" in new:
        text = text.replace("dW_hh = np.zeros_like(W_hh)", "grads = {'W_hh': np.zeros_like(W_hh)}")
    text, d = text.replace(old, new), derivation("rnn-tanh")
    assert d.check(text).equal, d.check(text)
    assert not d.check(text.replace("h[t-1]", "h[t]")).equal and not d.check(text.replace("W_hh.T", "W_hh")).equal


STEPS = [
    ("rnn-tanh", "d{next}", "h", "h_prev", "W", "a"),
    ("bidirectional", "dhb", "hb", "hb_next", "Wb", "ab"),
    ("bidirectional", "dhb_next", "hb", "hb_next", "Wb", "ab"),
    ("bidirectional", "dhf_next", "hf", "hf_prev", "Wf", "af"),
    ("encoder-decoder", "dhdec", "hdec", "hdec_prev", "Wdec", "adec"),
    ("encoder-decoder", "dhenc_next", "henc", "henc_prev", "Wenc", "aenc"),
    ("stacked", "dh2_next", "h2", "h2_prev", "W2", "a2"),
]


@pytest.mark.parametrize("net, into, state, before, W, a", STEPS)
def test_a_function_of_one_step_may_be_of_any_chain(net, into, state, before, W, a):
    into, d = into.format(next="next"), derivation(net)
    text = f"""def step({into}, {state}_t, {before}):
    d{a} = {into} * (1 - {state}_t ** 2)
    d{state}_prev = {W}_hh.T @ d{a}
    d{W}_hh = np.outer(d{a}, {before})
    return d{state}_prev, d{W}_hh"""
    assert d.check(text).kind == "equal if", d.check(text)
    for old, new in ((f"np.outer(d{a}, {before})", f"np.outer(d{a}, {state}_t)"), ("_hh.T", "_hh"), ("1 - ", "1 + "), ("** 2", "** 1")):
        assert not d.check(text.replace(old, new)).kind.startswith("equal"), (old, new)


HEADS = ["for t in reversed(range(T)):", "t = T\nwhile t > 0:\n    t -= 1", "for k in range(T):\n    t = T - 1 - k"]
FIRST = [
    "dh0 = {}",
    "dh_0 = {}",
    "return {{'dW_hh': dW_hh, 'dh0': {}}}",
    "return {{'W_hh': dW_hh, 'h0': {}}}",
    "return {{'W_hh': dW_hh, 'h_0': {}}}",
]


@pytest.mark.parametrize("head", HEADS)
def test_what_a_program_makes_beside_its_gradients_is_the_tapes_at_each_step(head, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {head}"), derivation("rnn-tanh")
    text = LOOP.format("T", "(p[t] - onehot(y[t]))", "**").replace("for t in reversed(range(T)):", head)
    into = rng.choice(["dx[t] = {}", "dx[t] += {}"]).format("W_xh.T @ da")
    fed = f"dx = np.zeros((T, D))\n{text}\n    {into}"
    assert d.check(fed).equal, d.check(fed)
    for old, new in (("dx[t]", "dx[t-1]"), ("dx[t]", "dx[t+1-1-1]"), ("W_xh.T @ da", "2 * W_xh.T @ da")):
        assert not d.check(fed.replace(old, new)).kind.startswith("equal"), (old, new)
    for first in rng.sample(FIRST, 2):
        given = "def backward(h, p, y):\n    " + f"{text}\n{first}".replace("\n", "\n    ")
        assert d.check(right := given.format("dh_next")).equal, right
        assert not d.check(given.format("da")).kind.startswith("equal"), given


def coded(text, language):
    """The program of Octave, or in Julia's signs."""
    if language == "Julia":
        text = re.sub(r"\(:, (t(?:-1)?)\)", r"[:, \1]", text).replace("y(t)", "y[t]").replace(";", "").replace("1 - ", "1 .- ")
        text = text.replace("for t = ", "for t in ")
    return text


ARRAYS = OCTAVE.format("W_hh", MADE).replace("zeros(size(W_hh))", "zeros(H, H)").replace("zeros(size(b_h))", "zeros(H, 1)")
SLIPS = [("zeros(H, H)", "zeros(H, D)"), ("zeros(H, H)", "zeros(K, K)"), ("zeros(H, 1)", "zeros(D, 1)"), ("zeros(H, 1)", "zeros(1, H)"),
         ("dh .* ", "dh * "), (".^ 2", "^ 2"), ("h(:, t) .^", "h(t) .^"), ("h(:, t-1)'", "h(t-1)'"), ("h(:, t-1)'", "h(t-1, :)'"),
         ("h(:, t) .^", "h .^"), ("= p(:, t)", "= p"), ("onehot(y(t))", "onehot(y)"), ("h(:, t-1)'", "h'"), ("zeros(H, 1)", "zeros(H, H)"),
         ("h(:, t-1)'", "h(:, t)'"), ("W_hh' * da", "W_hh * da"), ("dh_next = W_hh'", "dh_next = dh_next + W_hh'")]  # fmt: skip


@pytest.mark.parametrize("language", ["Octave", "Julia"])
def test_a_slip_in_an_index_a_size_or_a_dot_of_a_language_of_columns_is_seen(language, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {language}"), derivation("rnn-tanh")
    assert d.check(right := coded(ARRAYS, language)).equal, right
    assert d.check(right.replace("zeros(H, 1)", "zeros(H)")).equal == (language == "Julia")
    for old, new in rng.sample(SLIPS, 8):
        assert old in ARRAYS and not d.check(wrong := coded(ARRAYS.replace(old, new), language)).kind.startswith("equal"), wrong
