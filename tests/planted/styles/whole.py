"""Right answers to cs231n-rnn of one who writes the sequences out: whole arrays are kept, gates are slices in a loop, sums are einsum."""

import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    z = x.dot(Wx)
    z = z + prev_h.dot(Wh)
    z = z + b
    return np.tanh(z), (x, prev_h, Wx, Wh, z)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, z = cache
    dz = (1 - np.square(np.tanh(z))) * dnext_h
    db = dz.sum(0)
    dWh = (dz.T @ prev_h).T
    dWx = (dz.T @ x).T
    dprev_h = dz @ Wh.T
    dx = dz @ Wx.T
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T + 1, h0.shape[1]))
    h[:, 0] = h0
    for t in range(T):
        h[:, t + 1] = np.tanh(x[:, t] @ Wx + h[:, t] @ Wh + b)
    return h[:, 1:], (x, h, Wx, Wh)


def rnn_backward(dh, cache):
    x, h, Wx, Wh = cache
    N, T, H = dh.shape
    dz = np.zeros((N, T, H))
    carry = np.zeros((N, H))
    for t in reversed(range(T)):
        total = dh[:, t] + carry
        dz[:, t] = total * (1 - h[:, t + 1] ** 2)
        carry = dz[:, t] @ Wh.T
    dx = dz @ Wx.T
    dWx = np.einsum("ntd,nth->dh", x, dz)
    dWh = np.einsum("ntk,nth->kh", h[:, :-1], dz)
    db = dz.sum(axis=(0, 1))
    return dx, carry, dWx, dWh, db


def word_embedding_forward(x, W):
    V = W.shape[0]
    one_hot = np.eye(V)[x]
    return one_hot @ W, one_hot


def word_embedding_backward(dout, cache):
    N, T, V = cache.shape
    return cache.reshape(N * T, V).T @ dout.reshape(N * T, -1)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    gates = {}
    for name, part in zip("ifog", np.split(a, 4, axis=1), strict=True):
        gates[name] = np.tanh(part) if name == "g" else sigmoid(part)
    next_c = gates["i"] * gates["g"] + prev_c * gates["f"]
    next_h = np.tanh(next_c) * gates["o"]
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, gates, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, gates, next_c = cache
    i, f, o, g = gates["i"], gates["f"], gates["o"], gates["g"]
    squashed = np.tanh(next_c)
    dc = dnext_h * o * (1 - squashed**2) + dnext_c
    outer = {"i": dc * g, "f": dc * prev_c, "o": dnext_h * squashed, "g": dc * i}
    da = np.zeros((len(x), 4 * o.shape[1]))
    H = o.shape[1]
    for k, name in enumerate("ifog"):
        y = gates[name]
        slope = 1 - y**2 if name == "g" else y * (1 - y)
        da[:, k * H : (k + 1) * H] = outer[name] * slope
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, c, caches = np.zeros((T + 1, N, H)), np.zeros((T + 1, N, H)), []
    h[0] = h0
    for t in range(T):
        h[t + 1], c[t + 1], cache = lstm_step_forward(x[:, t], h[t], c[t], Wx, Wh, b)
        caches += [cache]
    return h[1:].swapaxes(0, 1), caches


def lstm_backward(dh, caches):
    dxs, T = [], dh.shape[1]
    dprev, dc = 0, 0
    sums = [0, 0, 0]
    for t in reversed(range(T)):
        dx, dprev, dc, *parts = lstm_step_backward(dprev + dh[:, t], dc, caches[t])
        dxs = [dx, *dxs]
        sums = [whole + part for whole, part in zip(sums, parts, strict=True)]
    return (np.stack(dxs, axis=1), dprev, *sums)
