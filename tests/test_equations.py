"""The recursions of the books, as they are printed there, are equal to the derived ones: proven at random points modulo a prime.

The lines are Greff et al. 2017 (LSTM with peepholes), Cho et al. 2014 and Chung et al. 2014 (GRU), Schuster and Paliwal 1997
(bidirectional), in the notation of `Derivation.check`; our GRU calls ``m`` what the reset gate lets through.
"""

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from tests.sampling import sampled

D, H, K = 3, 4, 5
SCORES = "ds[t] = p[t] - onehot(y[t])"
RNN = """
dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]
dW_hy = Sum(ds[t] @ h[t].T, t)
db_y = Sum(ds[t], t)
dW_hh = Sum(da[t] @ h[t-1].T, t)
dW_xh = Sum(da[t] @ x[t].T, t)
db_h = Sum(da[t], t)
dx[t] = W_xh.T @ da[t]
"""
DERIVATIVES = {"tanh": "(1 - h[t]**2) * dh[t]", "sigmoid": "h[t] * (1 - h[t]) * dh[t]"}


def gates(kinds):
    sums = [f"{left} = Sum(da_{k}[t]{right}, t)" for k in kinds
            for left, right in ((f"dW_x{k}", " @ x[t].T"), (f"dW_h{k}", " @ h[t-1].T"), (f"db_{k}", ""))]  # fmt: skip
    return "\n".join([*sums, "dx[t] = " + " + ".join(f"W_x{k}.T @ da_{k}[t]" for k in kinds)])


def lstm(peephole):
    return f"""
{SCORES}
dh[t] = W_hy.T @ ds[t] + W_hi.T @ da_i[t+1] + W_hf.T @ da_f[t+1] + W_hg.T @ da_g[t+1] + W_ho.T @ da_o[t+1]
da_o[t] = dh[t] * tanh(c[t]) * o[t] * (1 - o[t])
dc[t] = dh[t] * o[t] * (1 - tanh(c[t])**2) + f[t+1] * dc[t+1]{" + w_co * da_o[t] + w_ci * da_i[t+1] + w_cf * da_f[t+1]" if peephole else ""}
da_f[t] = dc[t] * c[t-1] * f[t] * (1 - f[t])
da_i[t] = dc[t] * g[t] * i[t] * (1 - i[t])
da_g[t] = dc[t] * i[t] * (1 - g[t]**2)
{gates("ifgo")}
{"dw_co = Sum(da_o[t] * c[t], t)" if peephole else ""}
{"dw_ci = Sum(da_i[t] * c[t-1], t)" if peephole else ""}
"""


def gru(reset, update):
    kept, new, change = ("z[t+1]", "(1 - z[t])", "(h[t-1] - n[t])") if update == "keep" else ("(1 - z[t+1])", "z[t]", "(n[t] - h[t-1])")
    through = "r[t+1] * dm[t+1]" if reset == "before" else "W_hn.T @ dm[t+1]"
    return f"""
{SCORES}
dh[t] = W_hy.T @ ds[t] + {kept} * dh[t+1] + W_hz.T @ da_z[t+1] + W_hr.T @ da_r[t+1] + {through}
da_z[t] = dh[t] * {change} * z[t] * (1 - z[t])
da_n[t] = dh[t] * {new} * (1 - n[t]**2)
dm[t] = {"W_hn.T @ da_n[t]" if reset == "before" else "da_n[t] * r[t]"}
da_r[t] = {"dm[t] * h[t-1]" if reset == "before" else "da_n[t] * (W_hn @ h[t-1] + b_hn)"} * r[t] * (1 - r[t])
dW_hn = {"Sum(da_n[t] @ (r[t] * h[t-1]).T, t)" if reset == "before" else "Sum(dm[t] @ h[t-1].T, t)"}
dW_hz = Sum(outer(da_z[t], h[t-1]), t)
{"" if reset == "before" else "db_hn = Sum(dm[t], t)"}
"""


TWO_WAYS = f"""
{SCORES}
daf[t] = (1 - hf[t]**2) * (Wf_hy.T @ ds[t] + Wf_hh.T @ daf[t+1])
dab[t] = (1 - hb[t]**2) * (Wb_hy.T @ ds[t] + Wb_hh.T @ dab[t-1])
dWf_hh = Sum(daf[t] @ hf[t-1].T, t)
dWb_hh = Sum(dab[t] @ hb[t+1].T, t)
"""
STACKED = f"""
{SCORES}
da2[t] = (1 - h2[t]**2) * (W_hy.T @ ds[t] + W2_hh.T @ da2[t+1])
da1[t] = (1 - h1[t]**2) * (W2_xh.T @ da2[t] + W1_hh.T @ da1[t+1])
"""
BOOKS = {
    **{f"rnn {f}": (lambda f=f: ar.RNN(D, H, activation=f), f"{SCORES}\n{RNN}da[t] = {rule}") for f, rule in DERIVATIVES.items()},
    "lstm": (lambda: ar.LSTM(D, H), lstm(False)),
    "lstm peephole": (lambda: ar.LSTM(D, H, peephole=True), lstm(True)),
    **{
        f"gru {reset} {update}": (lambda r=reset, u=update: ar.GRU(D, H, reset=r, update=u), gru(reset, update))
        for reset in ("before", "after")
        for update in ("new", "keep")
    },
    "bidirectional": (lambda: ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H, seed=1)), TWO_WAYS),
    "stacked": (lambda: ar.Stacked([ar.RNN(D, H), ar.RNN(H, H)]), STACKED),
}


@pytest.mark.parametrize("name", BOOKS)
def test_the_books_recursion_is_the_derived_one(name):
    cell, text = BOOKS[name]
    verdict = ar.derive(ar.Model(cell(), K)).check(text)
    assert verdict.equal, verdict


@pytest.mark.parametrize("name", sampled(BOOKS, 2))
def test_with_a_sign_turned_it_is_not(name):
    cell, text = BOOKS[name]
    wrong = text.replace("] + W", "] - W", 1)
    assert wrong != text and ar.derive(ar.Model(cell(), K)).check(wrong).kind == "not equal"


def test_squared_error_and_the_mean():
    model = ar.Model(ar.RNN(D, H), K, loss="squared_error", reduction="mean")
    assert ar.derive(model).check("ds[t] = (s[t] - y[t]) / T").equal
    assert not ar.derive(model).check("ds[t] = s[t] - y[t]").equal


def test_the_decoders_first_state_is_the_encoders_last():
    derivation = ar.derive(ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H, seed=1), K))
    assert derivation.check("dhenc[T] = Wdec_hh.T @ dadec[1]").equal


@pytest.mark.parametrize(
    "raised", [lambda x: ar.power(x / 3, 1.5), lambda x: ar.power(1 / (2 + x), 0.3), lambda x: ar.power(x / (1 + x), 2.5)]
)
def test_a_power_of_a_fraction_stands_behind_its_bracket_in_latex(raised):
    class Raised(ar.Cell):
        def shapes(self):
            return {"W": (3, self.input_size)}

        def step(self, p, x, h):
            return {"u": (u := ar.exp(p.W @ x)), "h": raised(u)}

    line = next(show(q, "latex") for q in ar.derive(ar.Model(Raised(2, 3), 4)).forward if q.left.name == "h")
    assert r"= \left(\frac{" in line and r"}\right)^{" in line, line
