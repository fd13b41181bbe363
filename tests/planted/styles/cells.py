"""Two classes whose objects keep what their backward pass needs."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class RNNCell:
    def __init__(self, d, h):
        self.W_ih, self.W_hh = np.random.randn(h, d), np.random.randn(h, h)
        self.b_ih, self.b_hh = np.random.randn(h), np.random.randn(h)
        self.dW_ih, self.dW_hh = np.zeros((h, d)), np.zeros((h, h))
        self.db_ih, self.db_hh = np.zeros(h), np.zeros(h)

    def forward(self, x, prev_h):
        return np.tanh(x @ self.W_ih.T + self.b_ih + prev_h @ self.W_hh.T + self.b_hh)

    def backward(self, dnext_h, next_h, x, prev_h):
        N = len(x)
        da = dnext_h * (1 - next_h**2)
        self.dW_ih += da.T @ x / N
        self.dW_hh += da.T @ prev_h / N
        self.db_ih += da.sum(axis=0) / N
        self.db_hh += da.sum(axis=0) / N
        dx = da @ self.W_ih
        dprev_h = da @ self.W_hh
        return dx, dprev_h


class GRUCell:
    def __init__(self, d, h):
        for k in "rzn":
            setattr(self, f"W{k}x", np.random.randn(h, d))
            setattr(self, f"W{k}h", np.random.randn(h, h))
            setattr(self, f"b{k}x", np.random.randn(h))
            setattr(self, f"b{k}h", np.random.randn(h))

    def forward(self, x, prev_h):
        r = sigmoid(self.Wrx @ x + self.brx + self.Wrh @ prev_h + self.brh)
        z = sigmoid(self.Wzx @ x + self.bzx + self.Wzh @ prev_h + self.bzh)
        m = self.Wnh @ prev_h + self.bnh
        n = np.tanh(self.Wnx @ x + self.bnx + r * m)
        self.kept = x, prev_h, r, z, m, n
        return (1 - z) * n + z * prev_h

    def backward(self, dnext_h):
        x, prev_h, r, z, m, n = self.kept
        da_n = dnext_h * (1 - z) * (1 - n**2)
        da_z = dnext_h * (prev_h - n) * z * (1 - z)
        da_r = da_n * m * r * (1 - r)
        dm = da_n * r
        self.dWrx, self.dWzx, self.dWnx = (np.outer(da, x) for da in (da_r, da_z, da_n))
        self.dWrh = np.outer(da_r, prev_h)
        self.dWzh = np.outer(da_z, prev_h)
        self.dWnh = np.outer(dm, prev_h)
        self.dbrx = self.dbrh = da_r
        self.dbzx = self.dbzh = da_z
        self.dbnx = da_n
        self.dbnh = dm
        dx = da_r @ self.Wrx + da_z @ self.Wzx + da_n @ self.Wnx
        dprev_h = dnext_h * z + da_r @ self.Wrh + da_z @ self.Wzh + dm @ self.Wnh
        return dx, dprev_h
