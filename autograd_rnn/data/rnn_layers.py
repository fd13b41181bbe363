"""A homework as it might be handed in for cs231n-rnn: one line of it is wrong, and the tour has it graded."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    states, caches = [h0], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], states[-1], Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states[1:], axis=1), caches


def rnn_backward(dh, caches):
    steps = []
    for t in reversed(range(dh.shape[1])):
        steps.append(rnn_step_backward(dh[:, t], caches[t]))
    dx = np.stack([step[0] for step in reversed(steps)], axis=1)
    dWx, dWh, db = (sum(step[k] for step in steps) for k in (2, 3, 4))
    return dx, steps[-1][1], dWx, dWh, db
