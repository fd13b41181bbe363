"""The family of the LSTM, one line a line of the paper."""

import autograd_rnn as ar
from tests.oracles.cells_gated import a, gates
from tests.oracles.literature import D, H, Own

σ, tanh = ar.sigmoid, ar.tanh


class OldLSTM(Own):  # no forget gate
    of, states = gates("igo"), ("h", "c")

    def step(self, p, x, h, c):
        i, g, o = σ(a(p, "i", x, h)), tanh(a(p, "g", x, h)), σ(a(p, "o", x, h))
        c = c + i * g
        return dict(i=i, g=g, o=o, c=c, h=o * tanh(c))


class NoInputGate(Own):
    of, states = gates("fgo"), ("h", "c")

    def step(self, p, x, h, c):
        f, g, o = σ(a(p, "f", x, h)), tanh(a(p, "g", x, h)), σ(a(p, "o", x, h))
        c = f * c + g
        return dict(f=f, g=g, o=o, c=c, h=o * tanh(c))


class NoOutputGate(Own):
    of, states = gates("ifg"), ("h", "c")

    def step(self, p, x, h, c):
        i, f, g = σ(a(p, "i", x, h)), σ(a(p, "f", x, h)), tanh(a(p, "g", x, h))
        c = f * c + i * g
        return dict(i=i, f=f, g=g, c=c, h=tanh(c))


class NoInputActivation(Own):
    of, states = gates("ifgo"), ("h", "c")

    def step(self, p, x, h, c):
        i, f, g, o = σ(a(p, "i", x, h)), σ(a(p, "f", x, h)), a(p, "g", x, h), σ(a(p, "o", x, h))
        c = f * c + i * g
        return dict(i=i, f=f, g=g, o=o, c=c, h=o * tanh(c))


class NoOutputActivation(Own):
    of, states = gates("ifgo"), ("h", "c")

    def step(self, p, x, h, c):
        i, f, g, o = σ(a(p, "i", x, h)), σ(a(p, "f", x, h)), tanh(a(p, "g", x, h)), σ(a(p, "o", x, h))
        c = f * c + i * g
        return dict(i=i, f=f, g=g, o=o, c=c, h=o * c)


class FullGateRecurrence(Own):  # the gates see the gates of the step before
    of, states = gates("ifgo", "R_ii R_fi R_oi R_if R_ff R_of R_io R_fo R_oo"), ("h", "c", "i", "f", "o")

    def step(self, p, x, h, c, i, f, o):
        i, f, o = (
            σ(a(p, "i", x, h) + p.R_ii @ i + p.R_fi @ f + p.R_oi @ o),
            σ(a(p, "f", x, h) + p.R_if @ i + p.R_ff @ f + p.R_of @ o),
            σ(a(p, "o", x, h) + p.R_io @ i + p.R_fo @ f + p.R_oo @ o),
        )
        c = f * c + i * tanh(a(p, "g", x, h))
        return dict(i=i, f=f, o=o, c=c, h=o * tanh(c))


class NestedLSTM(Own):  # a memory in the memory
    of = gates("ifgo", " ".join(f"U_u{k} U_v{k}" for k in "ifgo"))
    states = ("h", "c", "C")

    def step(self, p, x, h, c, C):
        u, v = σ(a(p, "i", x, h)) * tanh(a(p, "g", x, h)), σ(a(p, "f", x, h)) * c
        i, f, g, o = σ(p.U_ui @ u + p.U_vi @ v), σ(p.U_uf @ u + p.U_vf @ v), tanh(p.U_ug @ u + p.U_vg @ v), σ(p.U_uo @ u + p.U_vo @ v)
        C = f * C + i * g
        c = o * tanh(C)
        return dict(u=u, v=v, C=C, c=c, h=σ(a(p, "o", x, h)) * tanh(c))


class Mogrifier(Own):
    of, states = gates("ifgo", "Q_hq R_qr"), ("h", "c")
    sizes = {"q": D, "r": H}

    def step(self, p, x, h, c):
        q = 2 * σ(p.Q_hq @ h) * x
        r = 2 * σ(p.R_qr @ q) * h
        i, f, g, o = σ(a(p, "i", q, r)), σ(a(p, "f", q, r)), tanh(a(p, "g", q, r)), σ(a(p, "o", q, r))
        c = f * c + i * g
        return dict(q=q, r=r, c=c, h=o * tanh(c))


class OrderedNeurons(Own):  # ON-LSTM: cumax is the cumulative sum of a softmax
    of, states = gates("ifgouv"), ("h", "c")

    def step(self, p, x, h, c):
        i, f, g, o = σ(a(p, "i", x, h)), σ(a(p, "f", x, h)), tanh(a(p, "g", x, h)), σ(a(p, "o", x, h))
        F, I = ar.cumsum(ar.softmax(a(p, "u", x, h))), 1 - ar.cumsum(ar.softmax(a(p, "v", x, h)))
        w = F * I
        c = (f * w + (F - w)) * c + (i * w + (I - w)) * g
        return dict(F=F, I=I, w=w, c=c, h=o * tanh(c))


class ProjectedLSTM(Own):  # LSTMP: what recurs is a projection of the output
    of = "W_xi W_ri b_i W_xf W_rf b_f W_xg W_rg b_g W_xo W_ro b_o P_hr"
    states, sizes, output = ("r", "c"), {"r": 3}, "r"

    def step(self, p, x, r, c):
        i, f = σ(p.W_xi @ x + p.W_ri @ r + p.b_i), σ(p.W_xf @ x + p.W_rf @ r + p.b_f)
        g, o = tanh(p.W_xg @ x + p.W_rg @ r + p.b_g), σ(p.W_xo @ x + p.W_ro @ r + p.b_o)
        c = f * c + i * g
        return dict(c=c, r=p.P_hr @ (o * tanh(c)))


class PhasedLSTM(Own):  # the first input is the time
    of, states = gates("ifgo", "tau_k s_k"), ("h", "c")

    def step(self, p, x, h, c):
        φ = (x[0] - p.s_k) / (1 + p.tau_k * p.tau_k)
        φ = φ - ar.floor(φ)
        k = ar.maximum(ar.minimum(20 * φ, 2 - 10 * φ) - 0.001 * φ, 0) + 0.001 * φ
        i, f, g, o = σ(a(p, "i", x, h)), σ(a(p, "f", x, h)), tanh(a(p, "g", x, h)), σ(a(p, "o", x, h))
        C = f * c + i * g
        return dict(k=k, c=k * C + (1 - k) * c, h=k * (o * tanh(C)) + (1 - k) * h)


class Chosen(PhasedLSTM):  # which piece of the time gate holds is asked of the numbers: that no equation for every t can say
    def step(self, p, x, h, c):
        φ = x[0] - p.s_k
        k = ar.where(φ < 0.1, 20 * φ, 2 - 10 * φ)
        return dict(k=k, c=c, h=k * tanh(a(p, "g", x, h)))


class MinLSTM(Own):
    of = "W_xi b_i W_xf b_f W_xn b_n"

    def step(self, p, x, h):
        i, f = σ(p.W_xi @ x + p.b_i), σ(p.W_xf @ x + p.b_f)
        return dict(i=i, f=f, h=f / (f + i) * h + i / (f + i) * (p.W_xn @ x + p.b_n))
