"""Lines as textbooks, lectures and programs have them, each with what it says in numpy of a real tape: what vanishes if it is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.lines import World, worlds

OF_W = "dW_hh - S(lambda t: out(da(t), h(t-1)))"
OF_A = "da(t) - (1 - h(t)**2) * (W_hy.T @ (p(t) - hot(t)) + W_hh.T @ da(t+1))"
OF_H = "dh(t) - W_hy.T @ ds(t) - W_hh.T @ da(t+1)"
OF_X, OF_Y = "dW_xh - S(lambda t: out(da(t), x(t)))", "dW_hy - S(lambda t: out(ds(t), h(t)))"
OF_C = "dc(t) - dc(t+1) * f(t+1) - dh(t) * o(t) * (1 - np.tanh(c(t))**2)"
FORWARD = "h(t) - np.tanh(W_xh @ x(t) + W_hh @ h(t-1) + b_h)"
CELL = "c(t) - f(t) * c(t-1) - i(t) * g(t)"
# A net, a line, and the difference of its sides at the step t (or of a parameter) in numpy.
LINES = [
    ("rnn-tanh", r"\boldsymbol{a}^{(t)} = \boldsymbol{b} + \boldsymbol{W} \boldsymbol{h}^{(t-1)} + \boldsymbol{U} \boldsymbol{x}^{(t)}",
     "a(t) - (b_h + W_hh @ h(t-1) + W_xh @ x(t))"),
    ("rnn-tanh", r"\boldsymbol{h}^{(t)} = \tanh(\boldsymbol{a}^{(t)})", "h(t) - np.tanh(a(t))"),
    ("rnn-tanh", r"\boldsymbol{o}^{(t)} = \boldsymbol{c} + \boldsymbol{V} \boldsymbol{h}^{(t)}", "s(t) - b_y - W_hy @ h(t)"),
    ("rnn-tanh", r"\hat{\boldsymbol{y}}^{(t)} = \mathrm{softmax}(\boldsymbol{o}^{(t)})", "p(t) - np.exp(s(t)) / np.exp(s(t)).sum()"),
    ("rnn-tanh", r"\nabla_{\boldsymbol{x}^{(t)}} L = \boldsymbol{U}^\top \mathrm{diag}\left(1 - (\boldsymbol{h}^{(t)})^2\right) "
     r"\nabla_{\boldsymbol{h}^{(t)}} L", "dx(t) - W_xh.T @ ((1 - h(t)**2) * dh(t))"),
    ("rnn-tanh", r"\nabla_{\boldsymbol{h}^{(\tau)}} L = \boldsymbol{V}^\top \nabla_{\boldsymbol{o}^{(\tau)}} L",
     "dh(T) - W_hy.T @ ds(T)"),
    ("rnn-tanh", r"\nabla_{\boldsymbol{b}} L = \sum_{t=1}^{\tau} \left(1 - (\boldsymbol{h}^{(t)})^2\right) \odot "
     r"\nabla_{\boldsymbol{h}^{(t)}} L",

     "db_h - S(lambda t: (1 - h(t)**2) * dh(t))"),
    ("rnn-tanh", r"(\nabla_{\boldsymbol{o}^{(t)}} L)_i = \hat{y}_i^{(t)} - \mathbf{1}_{i = y^{(t)}} \tag{10.18}",
     "ds(t) - p(t) + hot(t)"),
    ("rnn-tanh", r"\frac{\partial \mathcal{E}}{\partial W} = \sum_{1 \le t \le T} \delta_t h_{t-1}^\top", OF_W),
    ("rnn-tanh", r"\frac{\partial J}{\partial \mathbf{W}} = \sum_{t=1}^{T} \frac{\partial J}{\partial \mathbf{a}_t} "
     r"\mathbf{h}_{t-1}^{\mathsf{T}}",

     OF_W),
    ("rnn-tanh", r"\frac{\partial E}{\partial h_t} = V^T(\hat{y}_t - y_t) + W^T \left[\frac{\partial E}{\partial h_{t+1}} "
     r"\odot (1 - h_{t+1}^2)\right]",

     "dh(t) - W_hy.T @ (p(t) - hot(t)) - W_hh.T @ (dh(t+1) * (1 - h(t+1)**2))"),
    ("rnn-tanh", r"\mathbf{e}_t = \mathrm{diag}(1-\mathbf{h}_t^2)\, \mathbf{W}_{hy}^\top (\mathbf{p}_t - \mathbf{y}_t)" "\n"
     r"\frac{\partial L}{\partial \mathbf{a}_t} = \mathbf{e}_t + \mathrm{diag}(1-\mathbf{h}_t^2) \mathbf{W}_{hh}^\top "
     r"\frac{\partial L}{\partial \mathbf{a}_{t+1}}",
     OF_A),
    ("rnn-tanh", "δ_j(t) = (1 - h_j(t)²) (Σ_k V_kj (p_k(t) - y_k(t)) + Σ_i W_ij δ_i(t+1))",
     OF_A),
    ("rnn-tanh", "∂L/∂W_ij = Σ_t δ_i(t) h_j(t-1)", OF_W),
    ("rnn-tanh", "∂L/∂U_ij = Σ_{t=1}^T δ_{t,i} x_{t,j}", "dW_xh - S(lambda t: out(da(t), x(t)))"),
    ("rnn-tanh", "∂L/∂V_ij = Σ_t (p_{t,i} - 1[i=y_t]) h_{t,j}", "dW_hy - S(lambda t: out(p(t) - hot(t), h(t)))"),
    ("rnn-tanh", "p_{t,i} = exp(s_{t,i}) / Σ_j exp(s_{t,j})", "p(t) - np.exp(s(t)) / np.exp(s(t)).sum()"),
    ("rnn-tanh", "hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)", "h(t) - np.tanh(W_xh @ x(t) + W_hh @ h(t-1) + b_h)"),
    ("rnn-tanh", "dy = np.copy(ps[t])\ndy[targets[t]] -= 1", "ds(t) - p(t) + hot(t)"),
    ("rnn-tanh", "dWhy += np.dot(dy, hs[t].T)", "dW_hy - S(lambda t: out(ds(t), h(t)))"),
    ("rnn-tanh", "dby += dy", "db_y - S(ds)"),
    ("rnn-tanh", "dhraw = (1 - hs[t] * hs[t]) * dh", "da(t) - (1 - h(t)**2) * dh(t)"),
    ("rnn-tanh", "dWxh += np.dot(dhraw, xs[t].T)", "dW_xh - S(lambda t: out(da(t), x(t)))"),
    ("rnn-tanh", "dbh += dhraw", "db_h - S(da)"),
    ("rnn-tanh", "dW_hh = np.einsum('ti,tj->ij', da, h_prev)", OF_W),
    ("rnn-tanh", "dx = torch.einsum('hd,bh->bd', W_xh, da)", "dx(t) - W_xh.T @ da(t)"),
    ("rnn-tanh", "grad_weight_hh += torch.outer(da, h_prev)", OF_W),
    ("rnn-tanh", "grad_weight_ih_l0 = Σ_t da_t x_tᵀ", "dW_xh - S(lambda t: out(da(t), x(t)))"),
    ("rnn-tanh", "h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)", "h(t) - np.tanh(W_xh @ x(t) + W_hh @ h(t-1) + b_h)"),
    ("rnn-tanh", r"\frac{\partial L}{\partial \mathbf{W}_\textrm{qh}} = \sum_{t=1}^T "
     r"\frac{\partial L}{\partial \mathbf{o}_t} \mathbf{h}_t^\top",
     "dW_hy - S(lambda t: out(ds(t), h(t)))"),
    ("rnn-tanh", "dh_t = W_hq^T do_t + W_hh^T da_{t+1}", "dh(t) - W_hy.T @ ds(t) - W_hh.T @ da(t+1)"),
    ("rnn-tanh", "The error at the output is δ^o_t = p_t - y_t, and thus dV = Σ_t δ^o_t h_tᵀ",
     "dW_hy - S(lambda t: out(p(t) - hot(t), h(t)))"),
    ("rnn-tanh", "Hence, by the chain rule, ∂L/∂a_t = ∂L/∂h_t ⊙ (1 - tanh²(a_t)).   (3)", "da(t) - dh(t) * (1 - np.tanh(a(t))**2)"),
    ("rnn-tanh", "let e_t = p_t - onehot(y_t); dh_t = Vᵀ e_t + Wᵀ da_{t+1}", "dh(t) - W_hy.T @ (p(t) - hot(t)) - W_hh.T @ da(t+1)"),
    ("rnn-tanh", "∂L/∂h_t = ∂L_t/∂h_t + (∂h_{t+1}/∂h_t)ᵀ ∂L/∂h_{t+1}", "dh(t) - W_hy.T @ ds(t) - W_hh.T @ ((1 - h(t+1)**2) * dh(t+1))"),
    ("rnn-tanh", r"\frac{dL}{dx_t} = W_{xh}^T \left( \frac{dL}{dh_t} \ast (1 - h_t \ast h_t) \right)",
     "dx(t) - W_xh.T @ (dh(t) * (1 - h(t)**2))"),
    ("rnn-tanh", "dW_hh = da_1 h_0ᵀ + ... + da_T h_{T-1}ᵀ", OF_W),
    ("rnn-tanh", "dh_1 = W_hyᵀ ds_1 + W_hhᵀ da_2", "dh(1) - W_hy.T @ ds(1) - W_hh.T @ da(2)"),
    ("rnn-tanh", "dh_0 = W_hhᵀ da_1", "dh(0) - W_hh.T @ da(1)"),
    ("rnn-tanh",
     r"\delta_t = \begin{cases} (1-h_T^2) \odot V^\top (p_T - y_T) & t = T \\ (1-h_t^2) \odot (V^\top (p_t - y_t) + W^\top \delta_{t+1}) "
     r"& t < T \end{cases}", OF_A),
    ("rnn-relu", "∂L/∂a_t = 1{a_t > 0} ⊙ ∂L/∂h_t", "da(t) - (a(t) > 0) * dh(t)"),
    ("rnn-relu", "da[t] = np.where(a[t] > 0, dh[t], 0)", "da(t) - (a(t) > 0) * dh(t)"),
    ("rnn-relu", r"h_t = \max(0, W_{xh} x_t + W_{hh} h_{t-1} + b_h)", "h(t) - np.maximum(0, W_xh @ x(t) + W_hh @ h(t-1) + b_h)"),
    ("rnn-relu", "da = dh.copy()\nda[h <= 0] = 0", "da(t) - (h(t) > 0) * dh(t)"),
    ("rnn-many-to-one", "dh_T = V^T (p_T - y_T)", "dh(T) - W_hy.T @ (p(T) - hot(T))"),
    ("rnn-many-to-one", "dV = (p_T - y_T) h_T^T", "dW_hy - out(p(T) - hot(T), h(T))"),
    ("rnn-many-to-one", "dW_hh = Σ_{t=1}^{T} da_t h_{t-1}^T", OF_W),
    ("rnn-sigmoid-mean", "da_t = dh_t ⊙ h_t ⊙ (1 - h_t)", "da(t) - dh(t) * h(t) * (1 - h(t))"),
    ("rnn-sigmoid-mean", r"\frac{\partial L}{\partial s_t} = \frac{1}{T} (p_t - y_t)", "ds(t) - (p(t) - hot(t)) / T"),
    ("rnn-sigmoid-mean", "da_t = σ'(a_t) ∘ dh_t", "da(t) - dh(t) * h(t) * (1 - h(t))"),
    ("lstm", r"\mathbf{i}_t = \sigma(\mathbf{W}_{xi} \mathbf{x}_t + \mathbf{W}_{hi} \mathbf{h}_{t-1} + \mathbf{b}_i)",
     "i(t) - sig(W_xi @ x(t) + W_hi @ h(t-1) + b_i)"),
    ("lstm", "f_t = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf)", "f(t) - sig(W_xf @ x(t) + W_hf @ h(t-1) + b_f)"),
    ("lstm", r"\mathbf{C}_t = \mathbf{f}_t \odot \mathbf{C}_{t-1} + \mathbf{i}_t \odot \tilde{\mathbf{C}}_t", CELL),
    ("lstm", r"\mathbf{c}_t = \mathbf{f}_t \circ \mathbf{c}_{t-1} + \mathbf{i}_t \circ \tilde{\mathbf{c}}_t", CELL),
    ("lstm", r"\mathbf{H}_t = \mathbf{O}_t \odot \tanh(\mathbf{C}_t)", "h(t) - o(t) * np.tanh(c(t))"),
    ("lstm", r"\frac{\partial L}{\partial \mathbf{C}_t} = \frac{\partial L}{\partial \mathbf{H}_t} \odot \mathbf{O}_t \odot "
     r"(1 - \tanh^2(\mathbf{C}_t)) + \frac{\partial L}{\partial \mathbf{C}_{t+1}} \odot \mathbf{F}_{t+1}",
     "dc(t) - dc(t+1) * f(t+1) - dh(t) * o(t) * (1 - np.tanh(c(t))**2)"),
    ("rnn-tanh", "dW_hh = Σ_t dA_t H_{t-1}^T", OF_W),
    ("lstm", "h_t = o_t ∗ tanh(c_t)", "h(t) - o(t) * np.tanh(c(t))"),
    ("lstm", "δc_{t-1} = δc_t ⊙ f_t + δh_{t-1} ⊙ o_{t-1} ⊙ (1 - tanh²(c_{t-1}))",
     "dc(t) - dc(t+1) * f(t+1) - dh(t) * o(t) * (1 - np.tanh(c(t))**2)"),
    ("lstm", "∂L/∂a_{o,t} = ∂L/∂h_t ⊙ tanh(c_t) ⊙ o_t ⊙ (1 - o_t)", "da_o(t) - dh(t) * np.tanh(c(t)) * o(t) * (1 - o(t))"),
    ("lstm", "da_g[t] = dc[t] * i[t] * (1 - np.square(g[t]))", "da_g(t) - dc(t) * i(t) * (1 - g(t)**2)"),
    ("lstm", "dWhf += np.outer(da_f, h_prev)", "dW_hf - S(lambda t: out(da_f(t), h(t-1)))"),
    ("lstm", "dW_if = Σ_t da_f,t x_tᵀ", "dW_xf - S(lambda t: out(da_f(t), x(t)))"),
    ("lstm", "dW_hg = np.einsum('ti,tj->ij', da_g, h_prev)", "dW_hg - S(lambda t: out(da_g(t), h(t-1)))"),
    ("lstm", "db_ho = Σ_t da_o,t", "db_o - S(da_o)"),
    ("lstm", "da_{f,t,j} = dc_{t,j} c_{t-1,j} f_{t,j} (1 - f_{t,j})", "da_f(t) - dc(t) * c(t-1) * f(t) * (1 - f(t))"),
    ("encoder-decoder", "dhenc_T = dhdec_0", "dhenc(T) - Wdec_hh.T @ dadec(1)"),
    ("encoder-decoder", "dW_hy = Σ_{t=1}^{S} (p_t - y_t) hdec_tᵀ", "dW_hy - S(lambda t: out(p(t) - hot(t), hdec(t)), 'S')"),
]  # fmt: skip

LATER = [
    # arrays of homework
    ("rnn-tanh", "db_h = da.sum(axis=0)", "db_h - S(da)"),
    ("rnn-tanh", "db_h = np.sum(da, axis=0)", "db_h - S(da)"),
    ("rnn-tanh", "db_h = torch.sum(da, dim=0)", "db_h - S(da)"),
    ("rnn-tanh", "db_y = (p - Y).sum(axis=0, keepdims=True)", "db_y - S(ds)"),
    ("rnn-tanh", "dW_xh = da.T @ x", OF_X),
    ("rnn-tanh", "dW_hh = da[1:].T @ h[:-1]", OF_W),
    ("rnn-tanh", "dW_hh = np.dot(da.T, h[:-1])", OF_W),
    ("rnn-tanh", "dW_hh = da.T.dot(h_prev)", OF_W),
    ("rnn-tanh", "dW_hy = ds.T @ h[1:]", OF_Y),
    ("rnn-tanh", "dW_hy = (p - Y).T @ h", OF_Y),
    ("rnn-tanh", "dx = da @ W_xh", "dx(t) - W_xh.T @ da(t)"),
    ("rnn-tanh", "dx_t = da_t @ W_xh", "dx(t) - W_xh.T @ da(t)"),
    ("rnn-tanh", "dh = ds @ W_hy + da_next @ W_hh", OF_H),
    ("rnn-tanh", "dW_xh += da_t.T @ x_t", OF_X),
    ("rnn-tanh", "dx_t = da_t @ W_xh.T\ndW_xh += x_t.T @ da_t", OF_X),
    ("rnn-tanh", "dx = da @ W_xh.T\ndW_hh += np.outer(h_prev, da)", OF_W),
    ("rnn-tanh",
     "dprev_h = da.dot(W_hh.T)\ndx = da.dot(W_xh.T)\ndW_xh += x.T.dot(da)\ndW_hh += prev_h.T.dot(da)\n"
     "db_h += np.sum(da, axis=0)",
     OF_X),
    ("rnn-tanh", "h_t = np.tanh(x_t @ W_xh + h_{t-1} @ W_hh + b_h)", FORWARD),
    ("rnn-tanh", "h[1:] = np.tanh(x @ W_xh.T + h[:-1] @ W_hh.T + b_h)", FORWARD),
    ("lstm", "dW_hf = da_f.T @ h[:-1]", "dW_hf - S(lambda t: out(da_f(t), h(t-1)))"),
    ("lstm", "db_i = da_i.sum(axis=0)", "db_i - S(da_i)"),
    ("lstm", "dW_xo = np.dot(da_o.T, x)", "dW_xo - S(lambda t: out(da_o(t), x(t)))"),
    ("lstm", "dx = da_i @ W_xi + da_f @ W_xf + da_g @ W_xg + da_o @ W_xo",
     "dx(t) - W_xi.T @ da_i(t) - W_xf.T @ da_f(t) - W_xg.T @ da_g(t) - W_xo.T @ da_o(t)"),
    # what is handed on
    ("lstm", "dnext_c = dnext_c + dnext_h * o * (1 - np.tanh(next_c)**2)", OF_C),
    ("lstm", "dnext_c += dnext_h * o * (1 - np.tanh(next_c)**2)\ndf = dnext_c * prev_c", OF_C),
    ("lstm", "dc_next = dc_next + dh * o * (1 - np.tanh(c)**2)\nda_g = dc_next * i * (1 - g**2)", OF_C),
    ("rnn-tanh",
     "for t in reversed(range(T)):\n    dh_next = dh_next + W_hy.T @ ds[t]\n    da = (1 - h[t]**2) * dh_next\n"
     "    dh_next = W_hh.T @ da",
     OF_A),
    ("rnn-tanh",
     "for t in reversed(range(T)):\n    dh = W_hy.T @ ds[t]\n    dh = dh + dh_next\n    da = (1 - h[t]**2) * dh\n"
     "    dh_next = np.dot(W_hh.T, da)",
     OF_A),
    # units by their letters
    ("rnn-tanh", "δ_h^t = f'(a_h^t) (Σ_k δ_k^t w_{hk} + Σ_{h'} δ_{h'}^{t+1} w_{hh'})", OF_A),
    ("rnn-tanh",
     r"\delta_h^t = \theta'(a_h^t) \left( \sum_{k=1}^K \delta_k^t w_{hk} + \sum_{h'=1}^H \delta_{h'}^{t+1} w_{hh'} \right)",
     OF_A),
    ("rnn-tanh", "δ_j^t = f'(a_j^t) (Σ_k w_{kj} δ_k^t + Σ_l w_{lj} δ_l^{t+1})", OF_A),
    ("rnn-tanh", r"\delta_j^{(t)} = h'(a_j^{(t)}) \left\{ \sum_k w_{kj} \delta_k^{(t)} + \sum_i w_{ij} \delta_i^{(t+1)} \right\}", OF_A),
    ("rnn-tanh", "δ_j(t) = (1 - h_j(t)²) (Σ_k V_kj ds_k(t) + Σ_i W_ij δ_i(t+1))", OF_A),
    # Jaeger, Werbos
    ("rnn-tanh", "δ_j(n) = (Σ_i W_ij δ_i(n+1) + Σ_k V_kj ds_k(n)) f'(a_j(n))", OF_A),
    ("rnn-tanh", "∂E/∂W_ij = Σ_{n=1}^{T} δ_i(n) h_j(n-1)", OF_W),
    ("rnn-tanh", "h(n+1) = f(U x(n+1) + W h(n) + b)", FORWARD),
    ("rnn-tanh", "∂E/∂h(n) = V^T (p(n) - y(n)) + W^T ∂E/∂a(n+1)", OF_H),
    ("rnn-tanh", "dW_hh = Σ_{n=1}^T da(n) h(n-1)^T", OF_W),
    # signs
    ("rnn-tanh", "∂L/∂s_t ≈ p_t - y_t", "ds(t) - p(t) + hot(t)"),
    ("rnn-tanh",
     r"\frac{\partial L}{\partial h_t} \approx V^\top \frac{\partial L}{\partial s_t} + W^\top \frac{\partial L}{\partial a_{t+1}}",
     OF_H),
    ("rnn-tanh",
     r"\left.\frac{\partial L}{\partial h_t}\right|_{t=T} = V^\top \frac{\partial L}{\partial s_T}",
     "dh(T) - W_hy.T @ ds(T)"),
    ("rnn-tanh", r"\frac{\partial L}{\partial h_t}\bigg|_{t=T} = V^\top (p_T - y_T)", "dh(T) - W_hy.T @ ds(T)"),
    ("rnn-tanh", "da_t = dh_t f'(x)|_{x=a_t}", "da(t) - (1 - h(t)**2) * dh(t)"),
    ("rnn-tanh",
     r"\frac{\partial L}{\partial L^{(t)}} = 1" "\n" r"\nabla_{o^{(t)}} L = \hat{y}^{(t)} - y^{(t)}",
     "ds(t) - p(t) + hot(t)"),
    ("rnn-tanh", "L = Σ_{t=1}^T L_t\n∂L/∂W = Σ_t δ_t h_{t-1}^T", OF_W),
    ("rnn-tanh", "M = I\nds_t = M (p_t - y_t)\ndx_t = M U^T da_t", "ds(t) - p(t) + hot(t)"),
    ("rnn-tanh", "Hidden state: dh_t = V^T ds_t + W^T da_{t+1}", OF_H),
    ("rnn-tanh", "for t in reversed(range(T)):\n    da[t] = (ds[t] @ W_hy + da[t+1] @ W_hh) * (1 - h[t]**2)\n"
     "dW_hh = da.T @ h_prev\ndb_h = da.sum(axis=0)", OF_W),
    ("rnn-tanh", "∂L/∂w_{hk} = Σ_t δ_k^t b_h^t", OF_Y),
    ("rnn-tanh", "∂L/∂w_{h'h} = Σ_t δ_h^t b_{h'}^{t-1}", OF_W),
    ("rnn-tanh", r"\frac{\partial L}{\partial w_{ih}} = \sum_{t=1}^T \delta_h^t x_i^t", OF_X),
    ("rnn-tanh", "e(t) = p(t) - y(t)\ndW_hy = Σ_{t=1}^T e(t) h(t)^T", OF_Y),
    ("rnn-tanh", "E = Σ_t E_t, ∂E/∂W = Σ_t ∂E_t/∂W", OF_W),
    ("rnn-tanh", r"\delta^{(t)} = \frac{\partial J}{\partial a^{(t)}} = \left(V^T (\hat{y}^{(t)} - y^{(t)}) + W^T \delta^{(t+1)}\right) "
     r"\circ (1 - (h^{(t)})^2)", OF_A),
    ("rnn-tanh", "e_t = ∂L/∂s_t = p_t - y_t\ndV = Σ_t e_t h_t^T", OF_Y),
    ("rnn-tanh", "dx = np.dot(Wx.T, da)", "dx(t) - W_xh.T @ da(t)"),
    ("rnn-tanh", "dWx += np.outer(da, x); dWh += np.outer(da, prev_h); db += da", OF_W),
    ("rnn-tanh", "ds = p.copy()\nds[np.arange(T), y] -= 1\ndW_hy = ds.T @ h", OF_Y),
    ("rnn-tanh", "dtanh = (1 - next_h**2) * dnext_h\ndx = dtanh.dot(W_xh.T)\ndprev_h = dtanh.dot(W_hh.T)\ndW_xh += x.T.dot(dtanh)\n"
     "dW_hh += prev_h.T.dot(dtanh)\ndb_h += dtanh.sum(axis=0)", OF_W),
    ("gru-before-keep", "dn = dh * (1 - z)\nda_n = dn * (1 - n**2)\ndW_xn = da_n.T @ x", ""),
]  # fmt: skip
LINES += LATER


def worst(name: str, formula: str) -> float:
    """The largest difference of a line's sides at all steps of all runs of a net."""
    found = 0.0
    for world in worlds(name):
        last = world.last["T"]
        for t in range(1, (world.last["S"] if "hdec(t)" in formula else last) + 1):
            value = np.abs(eval(formula, {**seen(world), "t": t}))
            found = max(found, float(np.max(value, initial=0)))
            if "t" not in formula.replace("lambda t", "").split("S(")[0].replace("out", "").replace("hot", ""):
                break
    return found


def seen(world: World) -> dict[str, Any]:
    """What a formula in numpy may name: every quantity at a step, every parameter, sums over steps."""
    size = len(next(iter(world.at["s"].values())))

    def hot(t: int) -> Any:
        return np.eye(size)[world.targets[t]] if t in world.targets else np.zeros(size)

    def total(f: Any, end: str = "T") -> Any:
        return sum(f(t) for t in range(1, world.last[end] + 1))

    at = {name: lambda step, name=name: world.quantity(name, step) for name in world.at}
    own = {"np": np, "out": np.outer, "hot": hot, "S": total, "sig": lambda x: 1 / (1 + np.exp(-x))}
    return {**at, **world.parameters, **world.last, **own}
