"""Lines of papers and lectures in their own notation, each with what a slip makes of it: Greff, Gers, Pascanu, Bishop, Jaeger."""

LINES = [
    ("lstm-peephole", r"\boldsymbol{\delta}\bar{\mathbf{o}}^t = \boldsymbol{\delta}\mathbf{h}^t \odot \tanh(\mathbf{c}^t) \odot "
     r"\mathbf{o}^t \odot (1 - \mathbf{o}^t)",
     r"\boldsymbol{\delta}\bar{\mathbf{o}}^t = \boldsymbol{\delta}\mathbf{h}^t \odot \tanh(\mathbf{c}^t) \odot \mathbf{o}^t"),
    ("lstm-peephole", r"\boldsymbol{\delta}\mathbf{c}^t = \boldsymbol{\delta}\mathbf{h}^t \odot \mathbf{o}^t \odot h'(\mathbf{c}^t) "
     r"+ \mathbf{p}_o "
     r"\odot \boldsymbol{\delta}\bar{\mathbf{o}}^t + \mathbf{p}_i \odot \boldsymbol{\delta}\bar{\mathbf{i}}^{t+1} + \mathbf{p}_f \odot "
     r"\boldsymbol{\delta}\bar{\mathbf{f}}^{t+1} + \boldsymbol{\delta}\mathbf{c}^{t+1} \odot \mathbf{f}^{t+1}",
     r"\boldsymbol{\delta}\mathbf{c}^t = \boldsymbol{\delta}\mathbf{h}^t \odot \mathbf{o}^t \odot h'(\mathbf{c}^t) + \mathbf{p}_o "
     r"\odot \boldsymbol{\delta}\bar{\mathbf{o}}^{t+1} + \mathbf{p}_i \odot \boldsymbol{\delta}\bar{\mathbf{i}}^{t+1} + "
     r"\mathbf{p}_f \odot "
     r"\boldsymbol{\delta}\bar{\mathbf{f}}^{t+1} + \boldsymbol{\delta}\mathbf{c}^{t+1} \odot \mathbf{f}^{t+1}"),
    ("lstm-peephole", r"\boldsymbol{\delta}\mathbf{p}_f = \sum_{t=0}^{T-1} \mathbf{c}^t \odot \boldsymbol{\delta}\bar{\mathbf{f}}^{t+1}",
     r"\boldsymbol{\delta}\mathbf{p}_f = \sum_{t=0}^{T-1} \mathbf{c}^t \odot \boldsymbol{\delta}\bar{\mathbf{i}}^{t+1}"),
    ("lstm-peephole", "δc^t = δh^t ⊙ o^t ⊙ (1 − tanh²(c^t)) + p_o ⊙ δa_o^t + p_i ⊙ δa_i^{t+1} + p_f ⊙ δa_f^{t+1} + δc^{t+1} ⊙ f^{t+1}",
     "δc^t = δh^t ⊙ o^t ⊙ (1 − tanh²(c^t)) + p_o ⊙ δa_o^t + p_i ⊙ δa_i^{t} + p_f ⊙ δa_f^{t+1} + δc^{t+1} ⊙ f^{t+1}"),
    ("lstm-peephole", "∂L/∂p_o = Σ_t δ_{o,t} ⊙ c_t", "∂L/∂p_o = Σ_t δ_{o,t} ⊙ c_{t-1}"),
    ("lstm-peephole", "f_t = σ(W_xf x_t + W_hf h_{t−1} + W_cf ∘ c_{t−1} + b_f)", "f_t = σ(W_xf x_t + W_hf h_{t−1} + W_ci ∘ c_{t−1} "
     "+ b_f)"),
    ("lstm-peephole", "i_t = σ(W_xi x_t + W_hi h_{t−1} + p_i ⊙ c_{t−1} + b_i)", "i_t = σ(W_xi x_t + W_hi h_{t−1} + p_i ⊙ c_t + b_i)"),
    ("lstm", r"\delta\bar{o}^t = \delta h^t \odot \tanh(c^t) \odot \sigma'(\bar{o}^t)", r"\delta\bar{o}^t = \delta h^t \odot "
     r"\tanh(c^t) \odot \sigma'(\bar{f}^t)"),
    ("lstm", "δa_i^t = δc^t ⊙ g^t ⊙ i^t ⊙ (1 − i^t)", "δa_i^t = δc^t ⊙ i^t ⊙ i^t ⊙ (1 − i^t)"),
    ("lstm", "da_{f,t} = df_t ⊙ ∂σ(u)/∂u|_{u=a_{f,t}}", "da_{f,t} = df_t ⊙ ∂tanh(u)/∂u|_{u=a_{f,t}}"),
    ("rnn-tanh", r"\frac{\partial \mathcal{E}}{\partial \mathbf{W}_{rec}} = \sum_{1 \leq t \leq T} \frac{\partial "
     r"\mathcal{E}_t}{\partial \mathbf{W}_{rec}}",
     r"\frac{\partial \mathcal{E}}{\partial \mathbf{W}_{rec}} = \sum_{2 \leq t \leq T} \frac{\partial \mathcal{E}_t}{\partial "
     r"\mathbf{W}_{rec}}"),
    ("rnn-tanh", r"\frac{\partial \mathbf{h}_t}{\partial \mathbf{h}_k} = \prod_{t \geq i > k} \mathrm{diag}(\tanh'(\mathbf{a}_i)) "
     r"\mathbf{W}_{rec}",
     r"\frac{\partial \mathbf{h}_t}{\partial \mathbf{h}_k} = \prod_{t \geq i > k} \mathrm{diag}(\tanh'(\mathbf{a}_i)) "
     r"\mathbf{W}_{rec}^T"),
    ("rnn-tanh", "h(n+1) = f(W^{in} x(n+1) + W h(n) + b)", "h(n+1) = f(W^{in} x(n) + W h(n) + b)"),
    ("rnn-tanh", "∂E/∂W^{in} = Σ_{n=1}^T δ(n) x(n)^T", "∂E/∂W^{in} = Σ_{n=1}^T δ(n) h(n)^T"),
    ("rnn-tanh", "∇_{h^(t)} L = W^⊤ diag(1 − (h^(t+1))²) (∇_{h^(t+1)} L) + V^⊤ (∇_{o^(t)} L)",
     "∇_{h^(t)} L = W^⊤ diag(1 − (h^(t))²) (∇_{h^(t+1)} L) + V^⊤ (∇_{o^(t)} L)"),
    ("rnn-tanh", r"\frac{\partial C}{\partial w_{jk}} = \sum_t h_k^{t-1} \delta_j^t", r"\frac{\partial C}{\partial w_{jk}} = "
     r"-\sum_t h_k^{t-1} \delta_j^t"),
    ("rnn-tanh", "∂C/∂b = Σ_t δ_t", "∂C/∂b = Σ_t dh_t"),
    ("rnn-tanh", r"\overline{\mathbf{W}} = \sum_{t=0}^{T-1} \overline{\mathbf{a}^{(t+1)}} {\mathbf{h}^{(t)}}^\top",
     r"\overline{\mathbf{W}} = \sum_{t=1}^{T-1} \overline{\mathbf{a}^{(t+1)}} {\mathbf{h}^{(t)}}^\top"),
]  # fmt: skip
