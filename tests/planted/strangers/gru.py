"""Right answers to a course on the GRU, whole sequences in one function, gates as slices."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step_forward(x, prev_h, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0):
    H = prev_h.shape[1]
    a = x @ weight_ih_l0.T + bias_ih_l0
    u = prev_h @ weight_hh_l0.T + bias_hh_l0
    rz = sigmoid(a[:, : 2 * H] + u[:, : 2 * H])
    r, z = rz[:, :H], rz[:, H:]
    n = np.tanh(a[:, 2 * H :] + r * u[:, 2 * H :])
    next_h = n + z * (prev_h - n)
    return next_h, {"x": x, "h": prev_h, "W": weight_ih_l0, "U": weight_hh_l0, "r": r, "z": z, "n": n, "u": u}


def gru_step_backward(dnext_h, cache):
    x, h, r, z, n = (cache[name] for name in "xhrzn")
    N, H = h.shape
    da, du = np.zeros((N, 3 * H)), np.zeros((N, 3 * H))
    da[:, 2 * H :] = dnext_h * (1 - z) * (1 - n * n)
    da[:, H : 2 * H] = dnext_h * (h - n) * (z - z * z)
    da[:, :H] = da[:, 2 * H :] * cache["u"][:, 2 * H :] * (r - r * r)
    du[:] = da
    du[:, 2 * H :] *= r
    dprev_h = du @ cache["U"]
    dprev_h += dnext_h * z
    return da @ cache["W"], dprev_h, np.einsum("nk,nd->kd", da, x), np.einsum("nk,nh->kh", du, h), da.sum(0), du.sum(0)


def gru_forward(x, h0, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0):
    caches, states = [], [h0]
    for t in range(x.shape[1]):
        state, cache = gru_step_forward(x[:, t], states[-1], weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0)
        states.append(state)
        caches.append(cache)
    return np.stack(states[1:], axis=1), caches


def gru_backward(dh, cache):
    dxs, back, total = [], 0, [0, 0, 0, 0]
    for step in reversed(cache):
        g, dh = dh[:, -1], dh[:, :-1]
        dx, back, *parts = gru_step_backward(g + back, step)
        dxs.append(dx)
        total = [a + b for a, b in zip(total, parts)]
    return np.stack(dxs[::-1], axis=1), back, *total
