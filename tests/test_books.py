"""Lines as books, lectures and programs have them: Goodfellow, Graves, numpy, MATLAB, LaTeX in any setting, Unicode, words; and such with a
slip. None of the first is refused, none of the second accepted."""

import itertools
import random
import re

import pytest

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.reading.aliases import in_words
from tests.oracles.books import LINES, worst
from tests.sampling import sampled
from tests.test_check import derivation

SLOPED = (
    r"\nabla_{\boldsymbol{%s}} L = \sum_t "
    r"\mathrm{diag}\left(1 - \left(\boldsymbol{h}^{(t)}\right)^2\right)(\nabla_{\boldsymbol{h}^{(t)}} L)%s"
)
RIGHT = [
    ("rnn-tanh", r"\nabla_{\boldsymbol{c}} L = \sum_t \nabla_{\boldsymbol{o}^{(t)}} L"),
    *(("rnn-tanh", SLOPED % of) for of in (("b", ""), ("W", r" \boldsymbol{h}^{(t-1)\top}"), ("U", r" \boldsymbol{x}^{(t)\top}"))),
    ("rnn-tanh", "δ_t := ∂L/∂a_t, δ_t = (1 - h_t²) ⊙ dh_t"),
    ("rnn-tanh", "\\delta_t = \\frac{\\partial L}{\\partial a_t}\n\\delta_T = (1 - h_T^2) ⊙ (V^T ds_T)\ndW = Σ_t \\delta_t h_{t-1}^T"),
    ("rnn-tanh", "∂_{a_t} L = (1 - h_t²) ⊙ (V^T ∂_{s_t} L + W^T ∂_{a_{t+1}} L)"),
    ("rnn-tanh", r"dh_{t,i} = \sum_k V^\top_{ik} ds_{t,k} + \sum_j W^\top_{ij} da_{t+1,j}"),
    ("rnn-tanh", r"(\nabla_{o^{(t)}} L)_i = \hat{y}_i^{(t)} - \mathbf{1}_{i,y^{(t)}}"),
    ("rnn-tanh", "dh_{t,i} = Σ_{k=1}^{|V|} V_{ki} ds_{t,k} + Σ_{j=1}^{H} W_{ji} da_{t+1,j}"),
    ("rnn-relu", "da[t] = dh[t] * (h[t] > 0).astype(np.float64)"),
    ("lstm", "dc^{<t>} = dh^{<t>} * o^{<t>} * (1 - tanh(c^{<t>})^2) + dc^{<t+1>} * f^{<t+1>}"),
    ("rnn-tanh", '\\nabla_{o^{(t)}} L = \\hat{y}^{(t)} - 1_{y^{(t)}}'),
    ("rnn-tanh",
     '\\nabla_{\\boldsymbol{h}^{(t)}} L = \\left(\\frac{\\partial \\boldsymbol{h}^{(t+1)}}{\\partial \\boldsymbol{h}^{('
     't)}}\\right)^\\top (\\nabla_{\\boldsymbol{h}^{(t+1)}} L) + \\left(\\frac{\\partial \\boldsymbol{o}^{(t)}}{\\partia'
     'l \\boldsymbol{h}^{(t)}}\\right)^\\top (\\nabla_{\\boldsymbol{o}^{(t)}} L)'),
    ("rnn-tanh",
     '\\nabla_{\\boldsymbol{h}^{(t)}} L = \\boldsymbol{W}^\\top \\mathrm{diag}\\left(1 - \\left(\\boldsymbol{h}^{(t+1)}'
     '\\right)^2\\right)(\\nabla_{\\boldsymbol{h}^{(t+1)}} L) + \\boldsymbol{V}^\\top (\\nabla_{\\boldsymbol{o}^{(t)}} '
     'L)'),
    ("rnn-tanh", '\\nabla_{\\boldsymbol{V}} L = \\sum_t (\\nabla_{\\boldsymbol{o}^{(t)}} L) \\boldsymbol{h}^{(t)\\top}'),
    ("rnn-tanh",
     '\\begin{align} \\delta_t &= \\left(W^\\top \\delta_{t+1} + V^\\top (\\hat{y}_t - y_t)\\right) \\odot \\left(1 - h_t'
     '^{2}\\right) \\end{align}'),
    ("rnn-tanh",
     '\\begin{aligned}\n\\frac{\\partial L}{\\partial W} &= \\sum_{t=1}^{T} \\delta_t h_{t-1}^\\top \\\\\n\\frac{\\partial L'
     '}{\\partial U} &= \\sum_{t=1}^{T} \\delta_t x_t^\\top\n\\end{aligned}'),
    ("rnn-tanh",
     '\\dfrac{\\partial \\mathcal{L}}{\\partial \\mathbf{W}_{hh}} = \\sum_{t=1}^{T} \\left(\\mathbf{1} - \\mathbf{h}_t \\'
     'odot \\mathbf{h}_t\\right) \\odot \\dfrac{\\partial \\mathcal{L}}{\\partial \\mathbf{h}_t} \\, \\mathbf{h}_{t-1}^{\\'
     'mathsf{T}}'),
    ("rnn-tanh",
     '\\delta_t = \\operatorname{diag}(1 - h_t \\circ h_t) \\, (V^{T} e_t + W^{T} \\delta_{t+1}) \\text{ where } e_t '
     '= p_t - y_t'),
    ("rnn-tanh", '𝐝𝐡_t = 𝐖_hyᵀ 𝐝𝐬_t + 𝐖_hhᵀ 𝐝𝐚_{t+1}'),
    ("rnn-tanh", '∂𝓛/∂𝐖 = Σ_t δ_t 𝐡_{t-1}ᵀ'),
    ("rnn-tanh", 'δₜ = (1 − hₜ²) ⊙ (Vᵀ(pₜ − yₜ) + Wᵀδₜ₊₁)'),
    ("rnn-tanh", 'dW = sum over t of delta_t h_{t-1}^T'),
    ("rnn-tanh", 'dL/dW = sum_{t=1}^{T} outer(delta_t, h_{t-1})'),
    ("rnn-tanh", 'dW = Σ_{t=1}^T δ_t ⊗ h_{t−1}'),
    ("rnn-tanh", 'db = np.sum([da[t] for t in range(1, T+1)], axis=0)'),
    ("rnn-tanh", 'dW_hh = sum([np.outer(da[t], h[t-1]) for t in range(1, T+1)])'),
    ("rnn-tanh", 'dW_hh = sum(np.outer(da[t], h[t-1]) for t in range(1, T+1))'),
    ("rnn-tanh", 'dWhh += np.dot(dhraw[:, None], hs[t-1][None, :])'),
    ("rnn-tanh", 'dWhh += dhraw.reshape(-1, 1) @ hs[t-1].reshape(1, -1)'),
    ("rnn-tanh", 'dWhh = dWhh + np.outer(dhraw, hs[t-1])'),
    ("rnn-tanh", 'dhraw = np.multiply(1 - np.square(hs[t]), dh)'),
    ("rnn-tanh", 'dh = np.matmul(Why.T, dy) + np.matmul(Whh.T, dhraw_next)'),
    ("rnn-tanh", 'da = dh * (1.0 - np.tanh(a)**2)'),
    ("rnn-tanh", 'da[t] = (1 - np.power(h[t], 2)) * dh[t]'),
    ("rnn-tanh", 'dx = Wxh.T.dot(da)'),
    ("rnn-tanh", 'h_t = tanh(U x_t + W h_{t-1} + b)'),
    ("rnn-tanh", 'h[t] = np.tanh(Wxh @ x[t] + Whh @ h[t-1] + bh)'),
    ("rnn-tanh", 'p_t = exp(s_t)/sum(exp(s_t))'),
    ("rnn-tanh", "\\delta_t = \\tanh'(a_t) \\odot \\frac{\\partial L}{\\partial h_t}"),
    ("rnn-tanh",
     '\\frac{\\mathrm{d} L}{\\mathrm{d} h_t} = V^\\top \\frac{\\mathrm{d} L}{\\mathrm{d} s_t} + W^\\top \\frac{\\mathrm{d'
     '} L}{\\mathrm{d} a_{t+1}}'),
    ("rnn-tanh", '\\partial L / \\partial h_t = V^T \\partial L / \\partial s_t + W^T \\partial L / \\partial a_{t+1}'),
    ("rnn-tanh", '∂L/∂h(t) = Vᵀ ∂L/∂s(t) + Wᵀ ∂L/∂a(t+1)'),
    ("rnn-tanh", '\\frac{\\partial L}{\\partial a_t} = \\left[1-\\tanh^2(a_t)\\right] \\odot \\frac{\\partial L}{\\partial h_t}'),
    ("rnn-tanh", '\\frac{\\partial L}{\\partial a_t} = \\left\\{1-\\tanh^2(a_t)\\right\\} \\odot \\frac{\\partial L}{\\partial h_t}'),
    ("rnn-tanh", '\\delta_t = \\bigl(1-h_t^2\\bigr) \\odot \\bigl( V^\\top(\\hat y_t-y_t) + W^\\top\\delta_{t+1} \\bigr)'),
    ("rnn-tanh",
     '\\frac{\\partial L}{\\partial W}=\\sum_{t=1}^{T}\\sum_{k=1}^{t}\\frac{\\partial L_t}{\\partial h_t}\\frac{\\partial'
     ' h_t}{\\partial h_k}\\frac{\\partial h_k}{\\partial W}'),
    ("rnn-tanh", "\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(\\tanh'(a_t)) W"),
    ("rnn-tanh", '\\delta^t = (1 - (h^t)^2) \\odot (V^T (p^t - y^t) + W^T \\delta^{t+1})'),
    ("rnn-tanh", "\\delta(t) = (1 - h(t)^2) .* (V' * (p(t) - y(t)) + W' * delta(t+1))"),
    ("rnn-tanh", 'dh_T = W_hyᵀ ds_T'),
    ("rnn-tanh", 'da[T] = (1-h[T]**2)*(W_hy.T @ ds[T])'),
    ("rnn-tanh", 'dW_{hh} := \\sum_{t} da_t h_{t-1}^{\\intercal}'),
    ("rnn-tanh", '\\overline{W} = \\sum_t \\bar{a}_t h_{t-1}^\\top'),
    ("rnn-tanh", 'dW = Σ_t δ_t h_{t-1}ᵀ where δ_t = (1 - h_t²) ⊙ dh_t'),
    ("rnn-tanh", 'δa_t = (1 - h_t²) ⊙ δh_t'),
    ("rnn-tanh", "delta = (1 - h.^2) .* (V' * (p - y) + W' * delta_next)"),
    ("lstm", '\\delta c_t = \\delta h_t \\odot o_t \\odot (1-\\tanh^2(c_t)) + \\delta c_{t+1} \\odot f_{t+1}'),
    ("lstm", '\\delta o_t = \\delta h_t \\odot \\tanh(c_t)'),
    ("lstm",
     '\\frac{\\partial L}{\\partial c_t} = \\frac{\\partial L}{\\partial h_t} \\circ o_t \\circ \\left(1-\\tanh(c_t)^2\\ri'
     'ght) + \\frac{\\partial L}{\\partial c_{t+1}} \\circ f_{t+1}'),
    ("lstm", 'dprev_c = dc * f'),
    ("lstm", 'di = dc * g; df = dc * c_prev; dg = dc * i'),
    ("lstm", 'da_i = di * i * (1 - i)'),
    ("lstm", "da_f_t = dc_t ∘ c_{t−1} ∘ σ'(a_f_t)"),
    ("lstm", 'dW_xi += np.outer(da_i, x)'),
    ("lstm", 'dh_{t-1} = W_hi^T da_{i,t} + W_hf^T da_{f,t} + W_ho^T da_{o,t} + W_hg^T da_{g,t} + W_hy^T ds_{t-1}'),
    ("lstm", '\\frac{\\partial c_t}{\\partial c_{t-1}} = \\mathrm{diag}(f_t)'),
    ("lstm", 'c_t = f_t ⊙ c_{t-1} + i_t ⊙ \\tilde{c}_t'),
    ("lstm", 'd\\tilde{c}_t = dc_t ⊙ i_t'),
    ("lstm", 'da_c_t = dc_t ⊙ i_t ⊙ (1 - \\tilde{c}_t^2)'),
    ("lstm", 'δc_t = δh_t ⊙ o_t ⊙ (1 - tanh²(c_t)) + δc_{t+1} ⊙ f_{t+1}'),
    ("gru-before-keep", 'h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}'),
    ("gru-before-keep", 'dn_t = dh_t ⊙ (1 - z_t)'),
    ("gru-before-keep", 'd\\tilde{h}_t = dh_t \\odot (1 - z_t)'),
    ("gru-before-keep", 'da_n = dn * (1 - n*n)'),
    ("gru-before-keep", 'dW_hn += np.outer(da_n, r * h_prev)'),
]  # fmt: skip


WRONG = [
    ("rnn-tanh", "δ_t := ∂L/∂a_t, δ_t = (1 - h_{t-1}²) ⊙ dh_t"),
    ("rnn-tanh", "δ_t = ∂L/∂a_t\nδ_t = ∂L/∂s_t\nδ_t = p_t - y_t"),
    ("rnn-tanh", "δ_t = ∂L/∂a_t\n+ h_t\nδ_t = (1 - h_t²) ⊙ dh_t"),
    ("rnn-tanh", "∂_{a_t} L = (1 - h_t²) ⊙ (V^T ∂_{s_t} L + W ∂_{a_{t+1}} L)"),
    ("rnn-tanh", "∂_{a_t} L = (1 - h_t²) ⊙ ∂_{h_t} h_t"),
    ("rnn-tanh", r"dh_{t,i} = \sum_k V^\top_{ik} ds_{t,k} + \sum_j W^\top_{ji} da_{t+1,j}"),
    ("rnn-tanh", r"(\nabla_{o^{(t)}} L)_i = \hat{y}_i^{(t)} - \mathbf{1}_{i,y^{(t-1)}}"),
    ("rnn-tanh", "dh_{t,i} = Σ_{k=1}^{|V|} V_{ki} ds_{t,k} + Σ_{j=1}^{|V|} W_{ji} da_{t+1,j}"),
    ("rnn-relu", "da[t] = dh[t] * (h[t] < 0).astype(np.float64)"),
    ("lstm", "dc^{<t>} = dh^{<t>} * o^{<t>} * (1 - tanh(c^{<t>})^2) + dc^{<t+1>} * f^{<t>}"),
    ("gru-before-keep", "dx_t = W_{xz}^T da_z + W^T_{ri} da_r + W_{xn}^T da_n"),
    ("rnn-tanh", '\\nabla_{o^{(t)}} L = 1_{y^{(t)}} - \\hat{y}^{(t)}'),
    ("rnn-tanh",
     '\\nabla_{\\boldsymbol{h}^{(t)}} L = \\boldsymbol{W}^\\top \\mathrm{diag}\\left(1 - \\left(\\boldsymbol{h}^{(t)}\\r'
     'ight)^2\\right)(\\nabla_{\\boldsymbol{h}^{(t+1)}} L) + \\boldsymbol{V}^\\top (\\nabla_{\\boldsymbol{o}^{(t)}} L)'),
    ("rnn-tanh",
     '\\nabla_{\\boldsymbol{h}^{(t)}} L = \\boldsymbol{W} \\mathrm{diag}\\left(1 - \\left(\\boldsymbol{h}^{(t+1)}\\righ'
     't)^2\\right)(\\nabla_{\\boldsymbol{h}^{(t+1)}} L) + \\boldsymbol{V}^\\top (\\nabla_{\\boldsymbol{o}^{(t)}} L)'),
    ("rnn-tanh", '\\nabla_{\\boldsymbol{W}} L = \\sum_t (\\nabla_{\\boldsymbol{h}^{(t)}} L) \\boldsymbol{h}^{(t-1)\\top}'),
    ("rnn-tanh",
     '\\nabla_{\\boldsymbol{U}} L = \\sum_t \\mathrm{diag}\\left(1 - \\boldsymbol{h}^{(t)}\\right)(\\nabla_{\\boldsymbol'
     '{h}^{(t)}} L) \\boldsymbol{x}^{(t)\\top}'),
    ("rnn-tanh",
     '\\begin{align} \\delta_t &= \\left(W^\\top \\delta_{t} + V^\\top (\\hat{y}_t - y_t)\\right) \\odot \\left(1 - h_t^{'
     '2}\\right) \\end{align}'),
    ("rnn-tanh", 'dW_hh = sum(np.outer(da[t], h[t-1]) for t in range(1, T))'),
    ("rnn-tanh", 'dW_hh = sum(np.outer(da[t], h[t-1]) for t in range(2, T+1))'),
    ("rnn-tanh", 'dW_hh = np.outer(da[T], h[T-1])'),
    ("rnn-tanh", "dx = np.einsum('ij,j->i', Wxh, da)"),
    ("rnn-tanh", "\\delta_t = \\tanh'(h_t) \\odot \\frac{\\partial L}{\\partial h_t}"),
    ("rnn-tanh", '𝐝𝐡_t = 𝐖_hyᵀ 𝐝𝐬_t − 𝐖_hhᵀ 𝐝𝐚_{t+1}'),
    ("rnn-tanh", 'δₜ = (1 − hₜ²) ⊙ (Vᵀ(pₜ − yₜ) + Wᵀδₜ₋₁)'),
    ("rnn-tanh",
     '\\frac{\\partial L}{\\partial W}=\\sum_{t=1}^{T}\\frac{\\partial L_t}{\\partial h_t}\\frac{\\partial h_t}{\\partial'
     ' W^+}'),
    ("rnn-tanh",
     '\\frac{\\partial L}{\\partial W}=\\sum_{t=1}^{T}\\sum_{k=1}^{T}\\frac{\\partial L_t}{\\partial h_t}\\frac{\\partial'
     ' h_t}{\\partial h_{k-1}}\\frac{\\partial h_k}{\\partial W}'),
    ("rnn-tanh", '\\overline{W} = \\sum_t \\bar{h}_t h_{t-1}^\\top'),
    ("rnn-tanh", '\\delta^t = (1 - (h^t)^2) \\odot (V^T (p^t - y^t) + W^T \\delta^{t-1})'),
    ("rnn-tanh", 'dWhh += np.dot(dhraw[:, None], hs[t][None, :])'),
    ("rnn-tanh", 'dhraw = np.multiply(1 - np.square(hs[t-1]), dh)'),
    ("rnn-tanh", 'dh = np.matmul(Why, dy)'),
    ("rnn-tanh", 'da = dh * (1.0 - np.tanh(h)**2)'),
    ("rnn-tanh", '∂L/∂b = Σ_{t=1}^{T-1} δ_t'),
    ("rnn-tanh", '∂L/∂b = 1/T Σ_t δ_t'),
    ("rnn-tanh", 'p_t = exp(s_t)/sum(exp(s_{t-1}))'),
    ("rnn-tanh", 'h_t = tanh(U x_t + W h_t + b)'),
    ("rnn-tanh", 'h_t = tanh(U x_t + W h_{t-1}) '),
    ("rnn-tanh", 's_t = V h_t'),
    ("rnn-tanh", 'dW = Σ_t δ_t h_{t-1}ᵀ where δ_t = (1 - h_t) ⊙ dh_t'),
    ("rnn-tanh", 'δa_t = (1 - h_{t-1}²) ⊙ δh_t'),
    ("rnn-tanh", "\\delta(t) = (1 - h(t)^2) .* (V' * (p(t) - y(t)) + W * delta(t+1))"),
    ("rnn-tanh", 'dW_hh = dW_hh + np.outer(dhraw, hs[t])'),
    ("rnn-tanh", 'dWhh += dhraw.reshape(1, -1) @ hs[t-1].reshape(-1, 1)'),
    ("rnn-tanh", 'dWhh += hs[t-1].reshape(-1, 1) @ dhraw.reshape(1, -1)'),
    ("rnn-tanh", '\\nabla_{c} L = \\sum_t \\nabla_{h^{(t)}} L'),
    ("lstm", '\\delta c_t = \\delta h_t \\odot o_t \\odot (1-\\tanh^2(c_t)) + \\delta c_{t+1} \\odot f_{t}'),
    ("lstm", '\\delta o_t = \\delta h_t \\odot c_t'),
    ("lstm", 'dprev_c = dc * i'),
    ("lstm", 'di = dc * i; df = dc * c_prev; dg = dc * i'),
    ("lstm", 'da_i = di * g * (1 - i)'),
    ("lstm", "da_f_t = dc_t ∘ c_{t−1} ∘ σ'(f_t)"),
    ("lstm", 'dW_xi += np.outer(x, da_i)'),
    ("lstm", 'c_t = i_t ⊙ c_{t-1} + f_t ⊙ \\tilde{c}_t'),
    ("lstm", 'da_c_t = dc_t ⊙ i_t ⊙ (1 - \\tilde{c}_t)'),
    ("lstm", 'δc_t = δh_t ⊙ o_t ⊙ (1 - tanh²(c_t)) + δc_{t+1} ⊙ i_{t+1}'),
    ("lstm", 'di = dc * g; df = dc * c; dg = dc * i'),
    ("lstm", 'do_t = p_t - y_t'),
    ("gru-before-keep", 'h_t = z_t ⊙ n_t + (1 - z_t) ⊙ h_{t-1}'),
    ("gru-before-keep", 'dn_t = dh_t ⊙ z_t'),
    ("gru-before-keep", 'dW_hn += np.outer(da_n, h_prev)'),
]  # fmt: skip


@pytest.mark.parametrize("name, text", sampled(RIGHT, 4))
def test_what_books_have_is_right(name, text):
    assert derivation(name).check(text).equal, derivation(name).check(text)


@pytest.mark.parametrize("name, text", sampled(WRONG, 4))
def test_what_is_wrong_in_a_books_writing_is_not_equal(name, text, undiagnosed):
    assert not derivation(name).check(text).equal, text


@pytest.mark.parametrize("name, text, formula", sampled(LINES, 6))
def test_what_numpy_proves_of_a_books_line_is_equal(name, text, formula):
    """What each says in numpy vanishes on real tapes; in the person's writing it is equal."""
    assert not formula or worst(name, formula) < 1e-9
    assert derivation(name).check(text).equal, derivation(name).check(text)


SLIPS = [
    (r"\^\\top|ᵀ|\^\{\\mathsf\{T\}\}|\.T\b", ""),
    (r" \+ ", " - "),
    (r" - ", " + "),
    ("t-1", "t"),
    (r"t\+1", "t"),
    (r"(?<!\w)1 ?- ?", "1 + "),
]
SLIPPED = [(name, re.sub(sign, other, text, count=1)) for name, text, _ in LINES for sign, other in SLIPS if re.search(sign, text)]


@pytest.mark.parametrize("name, text", sampled(SLIPPED, 8))
def test_a_slip_in_a_books_line_is_not_equal(name, text, undiagnosed):
    assert not derivation(name).check(text).equal, text


def test_how_many_there_are():
    assert len(RIGHT) + len(LINES) >= 120 and len(WRONG) + len(SLIPPED) >= 130


WORDS = ["rnn-tanh", "rnn-many-to-one", "lstm", "gru-before-keep", "stacked"]


@pytest.mark.parametrize("net", WORDS)
def test_a_derivative_by_a_word_is_that_of_the_quantity_and_of_several_none(net, undiagnosed):
    """``dhidden = ...`` is judged as a line on ``dh``; one that may be for several is refused, whatever its right side is."""
    d = derivation(net)
    lines = {str(q.left.name): q for q in d.equations if q.left.time and q.left.time.base == "t" and not q.where}
    for word, names in in_words(d).items():
        for name in (name for name in names if name in lines):
            right, of = show(lines[name].right, "ascii"), f"d{word}[t]"
            wrong = next(f"d{other}[t]" for other in lines if other not in (name, "x"))
            verdicts = [d.check(f"{of} = {side}").kind for side in (right, f"2 * ({right})", wrong)]
            assert verdicts[0] == ("equal" if len(names) == 1 else "unreadable"), (of, right, verdicts)
            assert "equal" not in verdicts[1:], (of, verdicts)


ABOVE = [r"\bar ", r"\overline{{{}}}", r"\hat ", r"\tilde{{{}}}", "\u0304"]


@pytest.mark.parametrize("name, above", sampled(itertools.product(("lstm", "gru-before-keep", "lstm-peephole"), ABOVE), 5))
def test_what_goes_into_a_gate_is_the_gate_with_a_sign_above_where_no_adjoint_is_meant(name, above, random_seed, undiagnosed):
    d, rng = derivation(name), random.Random(f"{random_seed} {name} {above}")
    made = {q.left.name: q.right.of for q in d.forward if isinstance(q.right, e.Fn) and len(q.left.name) == 1 and q.left.name != "p"}
    for gate, inside in made.items():
        sign = above.format(gate) if "{" in above else gate + above if above == "\u0304" else above + gate
        inner = f"a_{gate}"
        slope = f"{gate}_t ⊙ (1 - {gate}_t)" if gate not in "gn" else f"(1 - {gate}_t^2)"
        of = rng.choice([f"∂L/∂{sign}_t", rf"\frac{{\partial L}}{{\partial {sign}_t}}", rf"\delta {sign}_t"])
        of = of if above != "\u0304" else f"δ{sign}_t"
        whole = f"∂L/∂{gate}_t" if "L" in of else f"d{gate}_t"
        assert d.check(f"{of} = {whole} ⊙ {slope}").equal, f"{of} = {whole} ⊙ {slope}"
        for wrong in (f"{whole} ⊙ {gate}_t", f"-{whole} ⊙ {slope}", whole):
            assert not d.check(f"{of} = {wrong}").equal, f"{of} = {wrong}"
        right = show(next(q.right for q in d.forward if q.left.name == inner)) if isinstance(inside, e.Sym) else ""
        for line in (f"{sign}_t = {right}", f"{gate}_t = {'tanh' if gate in 'gn' else 'σ'}({sign}_t)") if right else ():
            assert d.check(line).equal, line
            assert not d.check(line.replace("= ", "= 2 ")).equal, line
            assert not d.check(f"{line} + {sign}_t").equal, line
