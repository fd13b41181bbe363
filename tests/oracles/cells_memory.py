"""Cells of the literature with a memory: matrices as states, sums of what was seen, stacks, attention."""

import numpy as np

import autograd_rnn as ar
from tests.oracles.cells_gated import a, gates
from tests.oracles.literature import D, H, Own

σ, tanh = ar.sigmoid, ar.tanh


class RWKV(Own):  # version 4: sums of what was seen, weighed by exponentials
    of, states = "W_xk W_xv W_xr w_h u_h", ("h", "n", "d")

    def step(self, p, x, h, n, d):
        k, v, r = p.W_xk @ x, p.W_xv @ x, σ(p.W_xr @ x)
        w = (n + ar.exp(p.u_h + k) * v) / (d + ar.exp(p.u_h + k) + 1)
        decay = ar.exp(-ar.exp(p.w_h))
        return dict(k=k, v=v, w=w, n=decay * n + ar.exp(k) * v, d=decay * d + ar.exp(k), h=r * w)


class Matrix(Own):
    """A cell with a matrix S (2, 2) as a state, written row after row; keys, values and queries are two numbers each."""

    of, states, sizes = "W_xk W_xv W_xq O_vh", ("h", "S"), {"k": 2, "v": 2, "q": 2, "S": 4}

    def step(self, p, x, h, S):
        S = S.reshape(2, 2)
        k, v, q = p.W_xk @ x, p.W_xv @ x, p.W_xq @ x
        S = self.written(p, x, S, k, v)
        return dict(k=k, v=v, q=q, S=S.reshape(-1), h=p.O_vh @ (S @ q))


class LinearAttention(Matrix):
    def written(self, p, x, S, k, v):
        return S + ar.outer(v, k)


class RetNet(Matrix):
    def written(self, p, x, S, k, v):
        return 0.9 * S + ar.outer(v, k)


class DeltaNet(Matrix):
    of = "W_xk W_xv W_xq O_vh w_b"

    def shapes(self):
        return super().shapes() | {"w_b": (D,)}

    def written(self, p, x, S, k, v):
        return S + σ(p.w_b @ x) * ar.outer(v - S @ k, k)


class GatedDelta(DeltaNet):
    of = "W_xk W_xv W_xq O_vh w_b w_a"

    def shapes(self):
        return super().shapes() | {"w_a": (D,)}

    def written(self, p, x, S, k, v):
        return super().written(p, x, σ(p.w_a @ x) * S, k, v)


class GatedLinearAttention(Matrix):
    of = "W_xk W_xv W_xq O_vh W_xg"
    sizes = Matrix.sizes | {"g": 2}

    def written(self, p, x, S, k, v):
        return S * σ(p.W_xg @ x) + ar.outer(v, k)


class TestTime(Matrix):  # TTT-linear: a step of gradient descent on ½|S k - v|²
    def written(self, p, x, S, k, v):
        return S - 0.1 * ar.outer(S @ k - v, k)


class Mamba2(Matrix):
    of = "W_xk W_xv W_xq O_vh w_d"

    def shapes(self):
        return super().shapes() | {"w_d": (D,)}

    def written(self, p, x, S, k, v):
        Δ = ar.softplus(p.w_d @ x)
        return ar.exp(-Δ) * S + Δ * ar.outer(v, k)


class MatrixLSTM(Own):  # xLSTM's mLSTM, its gates sigmoid
    of, states = "W_xk W_xv W_xq O_vh w_i w_f W_xo", ("h", "S", "n")
    sizes = {"k": 2, "v": 2, "q": 2, "S": 4, "n": 2, "o": H}

    def shapes(self):
        return super().shapes() | {"w_i": (D,), "w_f": (D,)}

    def step(self, p, x, h, S, n):
        k, v, q = p.W_xk @ x / 2**0.5, p.W_xv @ x, p.W_xq @ x
        i, f, o = σ(p.w_i @ x), σ(p.w_f @ x), σ(p.W_xo @ x)
        S, n = f * S.reshape(2, 2) + i * ar.outer(v, k), f * n + i * k
        return dict(k=k, v=v, q=q, S=S.reshape(-1), n=n, h=o * (p.O_vh @ (S @ q / ar.maximum(ar.abs(n @ q), 1))))


class FastWeightMatrix(Own):  # Ba et al.: A is a state, and the step settles twice
    of, states, sizes = "W_xh W_hh", ("h", "A"), {"A": 16}

    def step(self, p, x, h, A):
        A = 0.9 * A.reshape(4, 4) + 0.5 * ar.outer(h, h)
        u = p.W_xh @ x + p.W_hh @ h
        s = tanh(u)
        return dict(u=u, A=A.reshape(-1), h=tanh(u + A @ s))


class StackRNN(Own):  # Joulin and Mikolov: push, pop or keep
    of, states, sizes = "W_xh R_hh P_th A_ha d_h", ("h", "t"), {"t": 3, "a": 3}

    def step(self, p, x, h, t):
        h = σ(p.W_xh @ x + p.R_hh @ h + p.P_th @ t)
        a = ar.softmax(p.A_ha @ h)
        push = ar.concatenate([σ(p.d_h @ h).reshape(1), t[:2]])
        pop = ar.concatenate([t[1:], np.zeros(1)])
        return dict(h=h, a=a, t=a[0] * push + a[1] * pop + a[2] * t)


class Attending(Own):  # LSTMN's way: attention over the last three states
    of, states = gates("h", "K_hk V_hk"), ("h", "u", "v")

    def step(self, p, x, h, u, v):
        w = ar.softmax(ar.stack([h @ (p.K_hk @ h), h @ (p.K_hk @ u), h @ (p.K_hk @ v)]))
        m = w[0] * h + w[1] * u + w[2] * v
        return dict(w=w, m=m, h=tanh(a(p, "h", x, h) + p.V_hk @ m), u=h, v=u)


class Turing(Own):  # a neural Turing machine's memory of three rows, addressed by content
    of, states, sizes = "W_xh W_hh K_hk E_he A_ha R_rh", ("h", "M"), {"k": 2, "e": 2, "a": 2, "r": 2, "M": 6}

    def step(self, p, x, h, M):
        M = M.reshape(3, 2)
        w = ar.softmax(M @ (p.K_hk @ h))
        r = w @ M
        h = tanh(p.W_xh @ x + p.W_hh @ h + p.R_rh @ r)
        M = M * (1 - ar.outer(w, σ(p.E_he @ h))) + ar.outer(w, tanh(p.A_ha @ h))
        return dict(w=w, r=r, h=h, M=M.reshape(-1))


class Hebbian(ar.Cell):  # differentiable plasticity: each weight has a part that learns as the net runs
    states = ("h", "M")

    def shapes(self):
        return {"W": (H, D), "U": (H, H), "α": (H, H), "η": (1,)}

    def state_size(self, state):
        return 16 if state == "M" else H

    def step(self, p, x, h, M):
        M = M.reshape(4, 4)
        new = tanh(p.W @ x + (p.U + p.α * M) @ h)
        return dict(h=new, M=((1 - p.η) * M + p.η * ar.outer(new, h)).reshape(-1))


class GroupNorm(Own):  # Wu and He 2018: units in two groups
    of = "W_xh W_hh g_h b_h"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h
        m = a.reshape(2, 2) - a.reshape(2, 2).mean(axis=1, keepdims=True)
        n = p.g_h * (m / ar.sqrt((m * m).mean(axis=1, keepdims=True) + 1e-5)).reshape(-1) + p.b_h
        return dict(a=a, n=n, h=tanh(n))
