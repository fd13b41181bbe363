"""Right answers to cs231n-rnn in the messy ways of real ones: caches that are dicts and are consumed, upstream gradients changed in place,
gates by np.split, single precision along the way."""

import numpy as np


def sigmoid(x):
    positive = x >= 0
    z = np.zeros_like(x)
    z[positive] = np.exp(-x[positive])
    z[~positive] = np.exp(x[~positive])
    top = np.ones_like(x)
    top[~positive] = z[~positive]
    return top / (1 + z)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    cache = {}
    act = np.dot(prev_h, Wh) + np.dot(x, Wx) + b
    next_h = np.tanh(act)
    cache["x"], cache["h"], cache["prev"], cache["Wx"], cache["Wh"] = x, next_h, prev_h, Wx, Wh
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh = cache["x"], cache["prev"], cache["Wx"], cache["Wh"]
    dnext_h *= 1 - cache["h"] * cache["h"]
    dx = np.dot(dnext_h, Wx.T)
    dprev_h = np.dot(dnext_h, Wh.T)
    dWx = np.dot(x.T, dnext_h)
    dWh = np.dot(prev_h.T, dnext_h)
    db = np.sum(dnext_h, axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((T, N, H))
    cache = []
    prev_h = h0
    for t in range(T):
        h[t], step_cache = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        prev_h = h[t]
        cache.append(step_cache)
    return h.transpose(1, 0, 2), cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        dprev_h += dh[:, t, :]
        dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dprev_h, cache.pop())
        dx.insert(0, dx_t)
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def word_embedding_forward(x, W):
    out = W[x, :]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    N, T = x.shape
    for n in range(N):
        for t in range(T):
            dW[x[n, t]] += dout[n, t]
    return dW


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    act = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    ai, af, ao, ag = np.split(act, 4, axis=1)
    i = sigmoid(ai)
    f = sigmoid(af)
    o = sigmoid(ao)
    g = np.tanh(ag)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    cache = {"x": x, "prev_h": prev_h, "prev_c": prev_c, "Wx": Wx, "Wh": Wh, "gates": (i, f, o, g), "tanh_c": tanh_c}
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g = cache["gates"]
    tanh_c = cache["tanh_c"]
    do = tanh_c * dnext_h
    dnext_c += o * (1 - tanh_c * tanh_c) * dnext_h
    df = cache["prev_c"] * dnext_c
    di = g * dnext_c
    dg = i * dnext_c
    dprev_c = f * dnext_c
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g * g)
    dact = np.concatenate((dai, daf, dao, dag), axis=1)
    dx = np.dot(dact, cache["Wx"].T)
    dprev_h = np.dot(dact, cache["Wh"].T)
    dWx = np.dot(cache["x"].T, dact)
    dWh = np.dot(cache["prev_h"].T, dact)
    db = np.sum(dact, axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.empty((N, T, H))
    cache = {}
    prev_h, prev_c = h0, np.zeros((N, H))
    for t in range(T):
        prev_h, prev_c, cache[t] = lstm_step_forward(x[:, t, :], prev_h, prev_c, Wx, Wh, b)
        h[:, t, :] = prev_h
    return h, cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    dx, dWx, dWh, db = [None] * T, 0, 0, 0
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        dprev_h += dh[:, t, :]
        dx[t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dprev_h, dprev_c, cache.pop(t))
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db
