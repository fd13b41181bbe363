"""Right answers to a course on the GRU, its weights as PyTorch has them: rows, gates r, z, n, the reset after the product."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step_forward(x, prev_h, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0):
    ir, iz, inew = np.split(x @ weight_ih_l0.T + bias_ih_l0, 3, axis=1)
    hr, hz, m = np.split(prev_h @ weight_hh_l0.T + bias_hh_l0, 3, axis=1)
    r = sigmoid(ir + hr)
    z = sigmoid(iz + hz)
    n = np.tanh(inew + r * m)
    next_h = (1 - z) * n + z * prev_h
    return next_h, (x, prev_h, weight_ih_l0, weight_hh_l0, r, z, n, m)


def gru_step_backward(dnext_h, cache):
    x, prev_h, W, U, r, z, n, m = cache
    da_n = dnext_h * (1 - z) * (1 - n**2)
    dm = da_n * r
    da_z = dnext_h * (prev_h - n) * z * (1 - z)
    da_r = da_n * m * r * (1 - r)
    da = np.hstack([da_r, da_z, da_n])
    du = np.hstack([da_r, da_z, dm])
    dprev_h = dnext_h * z + du @ U
    return da @ W, dprev_h, da.T @ x, du.T @ prev_h, da.sum(axis=0), du.sum(axis=0)


def gru_forward(x, h0, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0):
    N, T, D = x.shape
    h, caches, prev = np.zeros((N, T, h0.shape[1])), [], h0
    for t in range(T):
        prev, cache = gru_step_forward(x[:, t], prev, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0)
        h[:, t] = prev
        caches.append(cache)
    return h, caches


def gru_backward(dh, caches):
    N, T, H = dh.shape
    D = caches[0][0].shape[1]
    dx, dprev = np.zeros((N, T, D)), np.zeros((N, H))
    dW, dU, db, dc = np.zeros((3 * H, D)), np.zeros((3 * H, H)), np.zeros(3 * H), np.zeros(3 * H)
    for t in reversed(range(T)):
        dx[:, t], dprev, w, u, b, c = gru_step_backward(dh[:, t] + dprev, caches[t])
        dW += w
        dU += u
        db += b
        dc += c
    return dx, dprev, dW, dU, db, dc
