"""Right answers to cs231n-rnn of one who loops over the sequences and writes a cell out wherever it is needed."""

import numpy as np


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x))))


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    N, H = prev_h.shape
    next_h = np.zeros((N, H))
    for n in range(N):
        next_h[n] = np.tanh(Wx.T @ x[n] + Wh.T @ prev_h[n] + b)
    return next_h, {"x": x, "h_in": prev_h, "h_out": next_h, "Wx": Wx, "Wh": Wh}


def rnn_step_backward(dnext_h, cache):
    x, h_in, h_out, Wx, Wh = (cache[name] for name in ("x", "h_in", "h_out", "Wx", "Wh"))
    dx, dprev_h = np.zeros_like(x), np.zeros_like(h_in)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    for n in range(len(x)):
        delta = (1 - h_out[n] ** 2) * dnext_h[n]
        dx[n] = Wx @ delta
        dprev_h[n] = Wh @ delta
        dWx += np.outer(x[n], delta)
        dWh += np.outer(h_in[n], delta)
        db += delta
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    for n in range(N):
        state = h0[n]
        for t in range(T):
            state = np.tanh(Wx.T @ x[n, t] + Wh.T @ state + b)
            h[n, t] = state
    return h, (x, h0, h, Wx, Wh)


def rnn_backward(dh, cache):
    x, h0, h, Wx, Wh = cache
    N, T, H = dh.shape
    dx, dh0 = np.zeros_like(x), np.zeros_like(h0)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    for n in range(N):
        back = np.zeros(H)
        for t in range(T - 1, -1, -1):
            before = h0[n] if t == 0 else h[n, t - 1]
            delta = (dh[n, t] + back) * (1 - h[n, t] ** 2)
            dx[n, t] = Wx @ delta
            dWx += np.outer(x[n, t], delta)
            dWh += np.outer(before, delta)
            db += delta
            back = Wh @ delta
        dh0[n] = back
    return dx, dh0, dWx, dWh, db


def word_embedding_forward(x, W):
    out = np.zeros((*x.shape, W.shape[1]))
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[n, t] = W[x[n, t]]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for word in range(len(W)):
        dW[word] = dout[x == word].sum(axis=0)
    return dW


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    N, H = prev_h.shape
    a = np.zeros((N, 4 * H))
    for n in range(N):
        a[n] = x[n] @ Wx + prev_h[n] @ Wh + b
    act = np.concatenate([sigmoid(a[:, : 3 * H]), np.tanh(a[:, 3 * H :])], axis=1)
    i, f, o, g = [act[:, k * H : (k + 1) * H] for k in range(4)]
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, act, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, act, next_c = cache
    N, H = prev_h.shape
    dx, dprev_h, dprev_c = np.zeros_like(x), np.zeros_like(prev_h), np.zeros_like(prev_c)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
    for n in range(N):
        i, f, o, g = act[n, :H], act[n, H : 2 * H], act[n, 2 * H : 3 * H], act[n, 3 * H :]
        squash = np.tanh(next_c[n])
        grad_c = dnext_c[n] + dnext_h[n] * o * (1 - squash * squash)
        grad_a = np.zeros(4 * H)
        grad_a[:H] = grad_c * g
        grad_a[H : 2 * H] = grad_c * prev_c[n]
        grad_a[2 * H : 3 * H] = dnext_h[n] * squash
        grad_a[: 3 * H] *= act[n, : 3 * H] * (1 - act[n, : 3 * H])
        grad_a[3 * H :] = grad_c * i * (1 - g * g)
        dx[n] = Wx @ grad_a
        dprev_h[n] = Wh @ grad_a
        dprev_c[n] = f * grad_c
        dWx += np.outer(x[n], grad_a)
        dWh += np.outer(prev_h[n], grad_a)
        db += grad_a
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, c, act = np.zeros((N, T + 1, H)), np.zeros((N, T + 1, H)), np.zeros((N, T, 4 * H))
    h[:, 0] = h0
    for t in range(T):
        a = x[:, t] @ Wx + h[:, t] @ Wh + b
        act[:, t, : 3 * H] = sigmoid(a[:, : 3 * H])
        act[:, t, 3 * H :] = np.tanh(a[:, 3 * H :])
        i, f, o, g = act[:, t, :H], act[:, t, H : 2 * H], act[:, t, 2 * H : 3 * H], act[:, t, 3 * H :]
        c[:, t + 1] = f * c[:, t] + i * g
        h[:, t + 1] = o * np.tanh(c[:, t + 1])
    return h[:, 1:], (x, h, c, act, Wx, Wh)


def lstm_backward(dh, cache):
    x, h, c, act, Wx, Wh = cache
    N, T, H = dh.shape
    dx, da = np.zeros_like(x), np.zeros((N, T, 4 * H))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
    back_h, back_c = np.zeros((N, H)), np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        i, f, o, g = act[:, t, :H], act[:, t, H : 2 * H], act[:, t, 2 * H : 3 * H], act[:, t, 3 * H :]
        squash = np.tanh(c[:, t + 1])
        total = dh[:, t] + back_h
        back_c = back_c + total * o * (1 - squash**2)
        da[:, t, :H] = back_c * g * i * (1 - i)
        da[:, t, H : 2 * H] = back_c * c[:, t] * f * (1 - f)
        da[:, t, 2 * H : 3 * H] = total * squash * o * (1 - o)
        da[:, t, 3 * H :] = back_c * i * (1 - g**2)
        dx[:, t] = da[:, t] @ Wx.T
        dWx += x[:, t].T @ da[:, t]
        dWh += h[:, t].T @ da[:, t]
        db += da[:, t].sum(axis=0)
        back_h = da[:, t] @ Wh.T
        back_c = back_c * f
    return dx, back_h, dWx, dWh, db
