"""Functions of one step, as people call them in a loop: what Python makes of them when it is so called, and what the checker says."""

import random

import pytest

from tests.oracles.scripts import Program, mistaken, runs_right
from tests.test_check import derivation

RNN = """def rnn_step(dh, x_t, h_prev, h_t):
    da = dh * (1 - h_t ** 2)
    dW_xh = np.outer(da, x_t)
    dW_hh = np.outer(da, h_prev)
    dh_prev = W_hh.T @ da
    return (dh_prev, dW_xh, dW_hh, da)"""
RNN_CALLS = """
back, dW_xh, dW_hh, db_h = np.zeros(W_hh.shape[0]), 0, 0, 0
for t in reversed(range(T)):
    back, one, two, three = rnn_step(W_hy.T @ ds[t] + back, x[t], h[t - 1], h[t])
    dW_xh, dW_hh, db_h = dW_xh + one, dW_hh + two, db_h + three"""
CACHED = """def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    dx = Wx.T @ da
    dprev_h = Wh.T @ da
    dWx = np.outer(da, x)
    dWh = np.outer(da, prev_h)
    db = da
    return (dx, dprev_h, dWx, dWh, db)"""
CACHED_CALLS = """
back, dW_xh, dW_hh, db_h = np.zeros(W_hh.shape[0]), 0, 0, 0
for t in reversed(range(T)):
    dx, back, one, two, three = rnn_step_backward(W_hy.T @ ds[t] + back, (x[t], h[t - 1], W_xh, W_hh, b_h, h[t]))
    dW_xh, dW_hh, db_h = dW_xh + one, dW_hh + two, db_h + three"""
METHOD = """def bptt_step(dh_next, t):
    dh = W_hy.T @ (p[t] - onehot(y[t])) + dh_next
    da = dh * (1 - h[t] ** 2)
    dW_xh = np.outer(da, x[t])
    dW_hh = np.outer(da, h[t - 1])
    return (W_hh.T @ da, dW_xh, dW_hh)"""
METHOD_CALLS = """
back, dW_xh, dW_hh = np.zeros(W_hh.shape[0]), 0, 0
for t in reversed(range(T)):
    back, one, two = bptt_step(back, t)
    dW_xh, dW_hh = dW_xh + one, dW_hh + two"""
LSTM = """def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g, prev_c, next_c, prev_h = cache
    dc = dnext_c + dnext_h * o * (1 - np.tanh(next_c) ** 2)
    da_o = dnext_h * np.tanh(next_c) * o * (1 - o)
    da_f = dc * prev_c * f * (1 - f)
    da_i = dc * g * i * (1 - i)
    da_g = dc * i * (1 - g ** 2)
    dW_hf, dW_ho = np.outer(da_f, prev_h), np.outer(da_o, prev_h)
    dprev_h = W_hf.T @ da_f + W_hi.T @ da_i + W_hg.T @ da_g + W_ho.T @ da_o
    dprev_c = dc * f
    return (dprev_h, dprev_c, dW_hf, dW_ho)"""
LSTM_CALLS = """
back, ago, dW_hf, dW_ho = np.zeros(W_ho.shape[0]), np.zeros(W_ho.shape[0]), 0, 0
for t in reversed(range(T)):
    cache = i[t], f[t], o[t], g[t], c[t - 1], c[t], h[t - 1]
    back, ago, one, two = lstm_step_backward(W_hy.T @ ds[t] + back, ago, cache)
    dW_hf, dW_ho = dW_hf + one, dW_ho + two"""
PROGRAMS = [Program("rnn-tanh", RNN, RNN_CALLS), Program("rnn-tanh", CACHED, CACHED_CALLS), Program("rnn-tanh", METHOD, METHOD_CALLS),
            Program("lstm", LSTM, LSTM_CALLS)]  # fmt: skip


@pytest.mark.parametrize("k", range(len(PROGRAMS)))
def test_a_function_of_one_step_is_judged_as_called_at_each(k, random_seed, undiagnosed):
    """Slips leave the order of what it returns, which is by name: who calls it knows that."""
    rng, program, wrong = random.Random(f"{random_seed} {k}"), PROGRAMS[k], 0
    right = derivation(program.net).check(program.text)
    assert runs_right(program) and right.kind == "equal if" and "added over the steps" in right.sentences[k in (1, 3)], right
    while wrong < 12:
        slipped = mistaken(program, rng)
        if slipped.text.count("return") > 1 or slipped.text.split("return")[-1] != program.text.split("return")[-1]:
            continue
        verdict = derivation(program.net).check(slipped.text)
        runs, wrong = runs_right(slipped), wrong + 1
        assert runs or verdict.kind not in ("equal", "equal if"), f"{slipped.text}\n{verdict}"
        assert not runs or verdict.kind != "not equal" or "another `dx`" in verdict.sentences[0], f"{slipped.text}\n{verdict}"


METHODS = """def lstm_step_backward(self, dh_next, dc_next, t):
    dh = np.dot(self.W_hy.T, ds[t]) + dh_next
    do = dh * np.tanh(c[t])
    da_o = do * o[t] * (1 - o[t])
    dc = dc_next + dh * o[t] * (1 - np.tanh(c[t]) ** 2)
    df = dc * c[t - 1]
    da_f = df * f[t] * (1 - f[t])
    da_i = dc * g[t] * i[t] * (1 - i[t])
    da_g = dc * i[t] * (1 - g[t] ** 2)
    dh_prev = W_hf.T @ da_f + W_hi.T @ da_i + W_hg.T @ da_g + W_ho.T @ da_o
    dc_prev = dc * f[t]
    return dh_prev, dc_prev"""


def test_a_step_without_one_of_its_lines_is_not_equal():
    lines = METHODS.splitlines()
    assert derivation("lstm").check(METHODS).kind == "equal"
    for k in range(1, len(lines) - 1):
        verdict = derivation("lstm").check("\n".join(lines[:k] + lines[k + 1 :]))
        assert verdict.kind == "not decided" and "no line before it makes" in verdict.sentences[0], (lines[k], verdict)
    returned = derivation("lstm").check(METHODS.replace("return dh_prev, dc_prev", "return dh_prev"))
    assert "`dc` is made and not returned" in returned.sentences[0]


GIVEN = "return dx, dprev_h, dWx, dWx, db", "return dx, dprev_h, dWx, db", "return dprev_h, dprev_h, dWx, dWh, db", "return dWx, dWh, dy"


@pytest.mark.parametrize("back", [*GIVEN, "return {'dWx': dWh, 'dWh': dWx, 'dprev_h': dprev_h, 'db': db}"])
def test_what_a_step_makes_is_what_it_gives(back):
    d, body = derivation("rnn-tanh"), CACHED.rpartition("return")[0]
    right = d.check(body + "return {'dx': dx, 'dprev_h': dprev_h, 'dWx': dWx, 'dWh': dWh, 'db': db}")
    assert right.kind == "equal if", right
    assert not d.check(body + back).kind.startswith("equal")


@pytest.mark.parametrize("name", ["h_prev", "x", "h"])
def test_a_step_has_of_its_cache_what_it_took_from_it(name, undiagnosed):
    text = "def step(dh_next, cache):\n    {} = cache\n    ds = p - onehot(y)\n    da = (W_hy.T @ ds + dh_next) * (1 - h**2)\n"
    text += "    dW_hh, dW_xh = np.outer(da, h_prev), np.outer(da, x)\n    return W_hh.T @ da, dW_hh, dW_xh\n"
    names = ["x", "h", "h_prev", "p", "y"]
    kinds = [derivation("rnn-tanh").check(text.format(", ".join(x))).kind for x in (names, [x for x in names if x != name])]
    assert kinds[0] == "equal if" and not kinds[1].startswith("equal"), kinds
