"""The nets once more, from the equations alone: forward passes that take complex numbers, and the BPTT recursions by hand.

Nothing here uses the package's operations. A forward with complex parameters gives exact derivatives: Im L(w + i ε v) / ε = <dL/dw, v>.
"""

import numpy as np

import autograd_rnn as ar


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def softmax(s):
    e = np.exp(s - s.real.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ACTIVATIONS = {"tanh": np.tanh, "relu": lambda a: a * (a.real > 0), "sigmoid": sigmoid, "identity": lambda a: a}


# -- forward --------------------------------------------------------------------------------------------------------


def own(cell, values):
    """A cell's parameters by their short names, gate by gate, out of a net's {full name: array}."""
    p = {short: values[full] for short, full in zip(vars(cell.named()), cell.parameters, strict=True)}
    if getattr(cell, "fused", False):
        gates = cell.gates
        for part, whole in (("W_x", "W_x"), ("W_h", "W_h"), ("b_", "b")):
            H = len(p[whole]) // len(gates)
            p |= {part + k: p[whole][n * H : (n + 1) * H] for n, k in enumerate(gates)}
    return p


def step(cell, p, x, states):
    """One time step: (what is read out, the new states)."""
    if type(cell) is ar.RNN:
        h = ACTIVATIONS[cell.activation](x @ p["W_xh"].T + states[0] @ p["W_hh"].T + p["b_h"])
        return h, [h]
    if type(cell) is ar.Jordan:
        h = ACTIVATIONS[cell.activation](x @ p["W_xh"].T + states[0] @ p["W_yh"].T + p["b_h"])
        s = h @ p["W_hy"].T + p["b_y"]
        return s, [s if cell.feedback == "scores" else softmax(s)]
    h = states[0]

    def a(k):
        return x @ p["W_x" + k].T + h @ p["W_h" + k].T + p["b_" + k]

    if type(cell) is ar.LSTM:
        c = states[1]
        w_ci, w_cf, w_co = (p.get(name, 0) for name in ("w_ci", "w_cf", "w_co"))
        i = sigmoid(a("i") + w_ci * c)
        f = 1 - i if cell.coupled else sigmoid(a("f") + w_cf * c)
        c = f * c + i * np.tanh(a("g"))
        h = sigmoid(a("o") + w_co * c) * np.tanh(c)
        return h, [h, c]
    assert type(cell) is ar.GRU
    r, z = sigmoid(a("r")), sigmoid(a("z"))
    if cell.reset == "before":
        n = np.tanh(x @ p["W_xn"].T + (r * h) @ p["W_hn"].T + p["b_n"])
    else:
        n = np.tanh(x @ p["W_xn"].T + p["b_n"] + r * (h @ p["W_hn"].T + p["b_hn"]))
    h = z * n + (1 - z) * h if cell.update == "new" else (1 - z) * n + z * h
    return h, [h]


def chain(cell, values, xs, states=None, reverse=False):
    """A cell over a sequence: (what is read out at each step, the last states)."""
    p, outputs = own(cell, values), []
    if states is None:
        zeros = [np.zeros((*xs[0].shape[:-1], cell.state_size(name))) for name in cell.states]
        states = [p[f"{name}_0"] + zero if cell.learn_initial else zero for name, zero in zip(cell.states, zeros, strict=True)]
    for x in xs[::-1] if reverse else xs:
        out, states = step(cell, p, x, states)
        outputs.append(out)
    return outputs[::-1] if reverse else outputs, states


def net(cell, values, xs):
    """Any net over a sequence: (what the top layer gives at each step, the same at the end of each direction)."""
    if isinstance(cell, ar.Stacked):
        for layer in cell.cells:
            xs, last = net(layer, values, xs)
        return xs, last
    if isinstance(cell, ar.Bidirectional):
        forward, _ = chain(cell.cells[0], values, xs)
        backward, _ = chain(cell.cells[1], values, xs, reverse=True)
        together = [np.concatenate(pair, -1) for pair in zip(forward, backward, strict=True)]
        return together, np.concatenate([forward[-1], backward[0]], -1)
    outputs, _ = chain(cell, values, xs)
    return outputs, outputs[-1]


def losses(s, y, kind):
    """L of each row."""
    if kind == "squared_error":
        return 0.5 * ((s - y) ** 2).sum(-1)
    return -np.log(np.take_along_axis(softmax(s), y[..., None], -1)[..., 0])


def read_out(model, values, outputs):
    """Scores of what the top layer gives."""
    if model.readout.own:
        return outputs
    *weights, bias = (values[name] for name in model.readout.parameters)
    return [h @ np.concatenate(weights, axis=1).T + bias for h in outputs]


def model_loss(model, values, x, y):
    """The total loss of a Model for each of its tasks."""
    many_in, many_out = model.task.startswith("many"), model.task.endswith("many")
    xs = list(x) if many_in else [x] + [np.zeros_like(x)] * (len(y) - 1 if many_out else 0)
    outputs, last = net(model.cell, values, xs)
    s = np.array(read_out(model, values, outputs if many_out else [last]))
    rows = losses(s, y if many_out else y[None], model.readout.loss)
    return rows.sum() if model.readout.reduction == "sum" else rows.mean()


def translation_loss(model, values, x, y, teacher_forcing):
    """The total loss of an EncoderDecoder of plain cells."""
    kind, K = model.readout.loss, model.readout.output_size
    _, states = chain(model.encoder, values, list(x))
    p, entered, total = own(model.decoder, values), np.zeros((*x.shape[1:-1], K)), 0
    for target in y:
        h, states = step(model.decoder, p, entered, states)
        s = read_out(model, values, [h])[0]
        total = total + losses(s, target, kind).sum()
        answer = target if teacher_forcing else s if kind == "squared_error" else s.real.argmax(-1)
        entered = answer if kind == "squared_error" else np.eye(K)[answer]
    return total


# -- backward, by the book's recursions -----------------------------------------------------------------------------


class Sums:
    """Gradients that start at zero and are added to."""

    def __init__(self, p):
        self.d = {name: np.zeros_like(value) for name, value in p.items()}

    def gate(self, k, da, x, h):
        """What every gate's weights get: da x', da h', da, summed over the batch."""
        self.d["W_x" + k] += da.T @ x
        self.d["W_h" + k] += da.T @ h
        self.d["b_" + k] += da.sum(0)


def rnn_bptt(cell, p, xs, q, h0):
    """Gradients of Σ q_t·h_t: (dict of parameters, dx, dh_0)."""
    slope = {"tanh": lambda h: 1 - h * h, "relu": lambda h: h > 0, "sigmoid": lambda h: h * (1 - h), "identity": lambda h: 1.0}
    hs = [h0, *chain(cell, p, xs, [h0])[0]]
    sums, dx, da_next = Sums(p), [], np.zeros_like(h0)
    for t in range(len(xs), 0, -1):
        da = slope[cell.activation](hs[t]) * (q[t - 1] + da_next @ p["W_hh"])
        sums.gate("h", da, xs[t - 1], hs[t - 1])
        dx.insert(0, da @ p["W_xh"])
        da_next = da
    return sums.d, dx, [da_next @ p["W_hh"]]


def lstm_bptt(cell, p, xs, q, h0, c0):
    """The same for the LSTM with peepholes (absent ones count as zero), and dc_0."""
    none = np.zeros(cell.hidden_size)
    pi, pf, po = (p.get(name, none) for name in ("w_ci", "w_cf", "w_co"))
    h, c, saved = h0, c0, []
    for x in xs:
        a = {k: x @ p["W_x" + k].T + h @ p["W_h" + k].T + p["b_" + k] for k in "ifgo"}
        i, f, g = sigmoid(a["i"] + pi * c), sigmoid(a["f"] + pf * c), np.tanh(a["g"])
        new = f * c + i * g
        o = sigmoid(a["o"] + po * new)
        saved.append((x, h, c, i, f, g, o, new))
        h, c = o * np.tanh(new), new
    sums, dx, dh_carry, dc_carry = Sums(p), [], np.zeros_like(h0), np.zeros_like(c0)
    for (x, h, c, i, f, g, o, new), out in zip(saved[::-1], q[::-1], strict=True):
        dh = out + dh_carry
        da_o = dh * np.tanh(new) * o * (1 - o)
        dc = dh * o * (1 - np.tanh(new) ** 2) + dc_carry + po * da_o
        da = {"i": dc * g * i * (1 - i), "f": dc * c * f * (1 - f), "g": dc * i * (1 - g * g), "o": da_o}
        for k in "ifgo":
            sums.gate(k, da[k], x, h)
        if cell.peephole:
            sums.d["w_ci"] += (da["i"] * c).sum(0)
            sums.d["w_cf"] += (da["f"] * c).sum(0)
            sums.d["w_co"] += (da_o * new).sum(0)
        dx.insert(0, sum(da[k] @ p["W_x" + k] for k in "ifgo"))
        dh_carry = sum(da[k] @ p["W_h" + k] for k in "ifgo")
        dc_carry = f * dc + pi * da["i"] + pf * da["f"]
    return sums.d, dx, [dh_carry, dc_carry]


def gru_bptt(cell, p, xs, q, h0):
    """The same for the GRU's four variants."""
    after, sign = cell.reset == "after", 1 if cell.update == "keep" else -1
    sums, dx, carry = Sums(p), [], np.zeros_like(h0)
    hs = [h0, *chain(cell, p, xs, [h0])[0]]
    for t in range(len(xs), 0, -1):
        x, h = xs[t - 1], hs[t - 1]
        r = sigmoid(x @ p["W_xr"].T + h @ p["W_hr"].T + p["b_r"])
        z = sigmoid(x @ p["W_xz"].T + h @ p["W_hz"].T + p["b_z"])
        inner = h @ p["W_hn"].T + p["b_hn"] if after else (r * h) @ p["W_hn"].T
        n = np.tanh(x @ p["W_xn"].T + p["b_n"] + (r * inner if after else inner))
        k = z if cell.update == "keep" else 1 - z
        dh = q[t - 1] + carry
        da_z = sign * dh * (h - n) * z * (1 - z)
        da_n = dh * (1 - k) * (1 - n * n)
        sums.d["W_xn"] += da_n.T @ x
        sums.d["b_n"] += da_n.sum(0)
        if after:
            dm = da_n * r
            da_r = da_n * inner * r * (1 - r)
            sums.d["W_hn"] += dm.T @ h
            sums.d["b_hn"] += dm.sum(0)
            back = dm @ p["W_hn"]
        else:
            m = da_n @ p["W_hn"]
            da_r = m * h * r * (1 - r)
            sums.d["W_hn"] += da_n.T @ (r * h)
            back = m * r
        sums.gate("r", da_r, x, h)
        sums.gate("z", da_z, x, h)
        dx.insert(0, da_r @ p["W_xr"] + da_z @ p["W_xz"] + da_n @ p["W_xn"])
        carry = k * dh + da_z @ p["W_hz"] + da_r @ p["W_hr"] + back
    return sums.d, dx, [carry]
