"""Gated cells of the literature, one line a line of the paper: σ, tanh and products of a few sums of x, h and a bias."""

import numpy as np

import autograd_rnn as ar
from tests.oracles.literature import D, H, Own

σ, tanh = ar.sigmoid, ar.tanh


def gates(letters, extra=""):
    """The names of the parameters of some gates, W_xi W_hi b_i each."""
    return " ".join([*(f"W_x{k} W_h{k} b_{k}" for k in letters), extra])


def a(p, k, x, h):
    """W_xk x + W_hk h + b_k."""
    return getattr(p, f"W_x{k}") @ x + getattr(p, f"W_h{k}") @ h + getattr(p, f"b_{k}")


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


class MGU(Own):
    of = gates("fn")

    def step(self, p, x, h):
        f = σ(a(p, "f", x, h))
        n = tanh(a(p, "n", x, f * h))
        return dict(f=f, n=n, h=(1 - f) * h + f * n)


class MGU2(Own):  # the gate has no input and no bias
    of = gates("n", "W_hf")

    def step(self, p, x, h):
        f = σ(p.W_hf @ h)
        n = tanh(a(p, "n", x, f * h))
        return dict(f=f, n=n, h=(1 - f) * h + f * n)


class GRU1(Own):
    of = gates("n", "W_hz b_z W_hr b_r")

    def step(self, p, x, h):
        z, r = σ(p.W_hz @ h + p.b_z), σ(p.W_hr @ h + p.b_r)
        n = tanh(a(p, "n", x, r * h))
        return dict(z=z, r=r, n=n, h=(1 - z) * h + z * n)


class GRU3(Own):  # gates that are constant
    of = gates("n", "b_z b_r")

    def step(self, p, x, h):
        n = tanh(a(p, "n", x, σ(p.b_r) * h))
        return dict(n=n, h=(1 - σ(p.b_z)) * h + σ(p.b_z) * n)


class LightGRU(Own):
    of = gates("zn")

    def step(self, p, x, h):
        z, n = σ(a(p, "z", x, h)), ar.relu(a(p, "n", x, h))
        return dict(z=z, n=n, h=z * h + (1 - z) * n)


class ChaosFree(Own):
    of = gates("fi", "W_xh")

    def step(self, p, x, h):
        f, i = σ(a(p, "f", x, h)), σ(a(p, "i", x, h))
        return dict(f=f, i=i, h=f * tanh(h) + i * tanh(p.W_xh @ x))


class RAN(Own):
    of, states = gates("if", "W_xc"), ("h", "c")

    def step(self, p, x, h, c):
        i, f = σ(a(p, "i", x, h)), σ(a(p, "f", x, h))
        c = i * (p.W_xc @ x) + f * c
        return dict(i=i, f=f, c=c, h=tanh(c))


class UGRNN(Own):
    of = gates("gn")

    def step(self, p, x, h):
        g, n = σ(a(p, "g", x, h)), tanh(a(p, "n", x, h))
        return dict(g=g, n=n, h=g * h + (1 - g) * n)


class Intersection(Own):  # +RNN: of two outputs the state is carried on
    of = gates("ghuk")
    sizes = {"u": D, "k": D}

    def step(self, p, x, h):
        g, k = σ(a(p, "g", x, h)), σ(a(p, "k", x, h))
        u = k * x + (1 - k) * tanh(a(p, "u", x, h))
        return dict(g=g, k=k, u=u, h=g * h + (1 - g) * tanh(a(p, "h", x, h)))


class JANET(Own):
    of = gates("fg")

    def step(self, p, x, h):
        s = a(p, "f", x, h)
        g = tanh(a(p, "g", x, h))
        return dict(s=s, g=g, h=σ(s) * h + (1 - σ(s - 1)) * g)


class MinGRU(Own):
    of = "W_xz b_z W_xn b_n"

    def step(self, p, x, h):
        z = σ(p.W_xz @ x + p.b_z)
        return dict(z=z, h=(1 - z) * h + z * (p.W_xn @ x + p.b_n))


class MinLSTM(Own):
    of = "W_xi b_i W_xf b_f W_xn b_n"

    def step(self, p, x, h):
        i, f = σ(p.W_xi @ x + p.b_i), σ(p.W_xf @ x + p.b_f)
        return dict(i=i, f=f, h=f / (f + i) * h + i / (f + i) * (p.W_xn @ x + p.b_n))


class NestedLSTM(Own):  # a memory in the memory
    of = gates("ifgo", " ".join(f"U_u{k} U_v{k}" for k in "ifgo"))
    states = ("h", "c", "C")

    def step(self, p, x, h, c, C):
        u, v = σ(a(p, "i", x, h)) * tanh(a(p, "g", x, h)), σ(a(p, "f", x, h)) * c
        i, f, g, o = σ(p.U_ui @ u + p.U_vi @ v), σ(p.U_uf @ u + p.U_vf @ v), tanh(p.U_ug @ u + p.U_vg @ v), σ(p.U_uo @ u + p.U_vo @ v)
        C = f * C + i * g
        c = o * tanh(C)
        return dict(u=u, v=v, C=C, c=c, h=σ(a(p, "o", x, h)) * tanh(c))


class MultiplicativeIntegration(Own):
    of = "W_xh W_hh u_h v_h w_h b_h"

    def step(self, p, x, h):
        X, Z = p.W_xh @ x, p.W_hh @ h
        return dict(X=X, Z=Z, h=tanh(p.w_h * X * Z + p.u_h * Z + p.v_h * X + p.b_h))


class MultiplicativeRNN(Own):  # tensor RNN by factors
    of = "W_xf W_hf W_fh W_xh b_h"

    def step(self, p, x, h):
        f = (p.W_xf @ x) * (p.W_hf @ h)
        return dict(f=f, h=tanh(p.W_fh @ f + p.W_xh @ x + p.b_h))


class Mogrifier(Own):
    of, states = gates("ifgo", "Q_hq R_qr"), ("h", "c")
    sizes = {"q": D, "r": H}

    def step(self, p, x, h, c):
        q = 2 * σ(p.Q_hq @ h) * x
        r = 2 * σ(p.R_qr @ q) * h
        i, f, g, o = σ(a(p, "i", q, r)), σ(a(p, "f", q, r)), tanh(a(p, "g", q, r)), σ(a(p, "o", q, r))
        c = f * c + i * g
        return dict(q=q, r=r, c=c, h=o * tanh(c))


class STAR(Own):
    of = gates("k", "W_xz b_z")

    def step(self, p, x, h):
        k, z = σ(a(p, "k", x, h)), tanh(p.W_xz @ x + p.b_z)
        return dict(k=k, z=z, h=tanh((1 - k) * h + k * z))


class Bistable(Own):
    of = "W_xc w_c W_xa w_a W_xh"

    def step(self, p, x, h):
        c, A = σ(p.W_xc @ x + p.w_c * h), 1 + tanh(p.W_xa @ x + p.w_a * h)
        return dict(c=c, A=A, h=c * h + (1 - c) * tanh(p.W_xh @ x + A * h))


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


class Zoneout(Own):  # some units keep what they have, at random: here by a mask that stands
    of = gates("h")
    mask = np.array([1.0, 0.0, 0.0, 1.0])

    def step(self, p, x, h):
        return dict(h=self.mask * h + (1 - self.mask) * tanh(a(p, "h", x, h)))


class TwinGated(Own):  # ATR: addition and subtraction
    of = "W_xp W_hq"

    def step(self, p, x, h):
        u, v = p.W_xp @ x, p.W_hq @ h
        return dict(u=u, v=v, h=σ(u + v) * u + σ(u - v) * h)


class TypedRNN(Own):
    of = "W_xz W_xf b_f"

    def step(self, p, x, h):
        f = σ(p.W_xf @ x + p.b_f)
        return dict(f=f, h=f * h + (1 - f) * (p.W_xz @ x))


class GRUODE(Own):
    of = gates("zrn")

    def step(self, p, x, h):
        z, r = σ(a(p, "z", x, h)), σ(a(p, "r", x, h))
        n = tanh(a(p, "n", x, r * h))
        return dict(z=z, r=r, n=n, h=h + 0.1 * (1 - z) * (n - h))


class GRUD(Own):  # the second input is how long ago the first was seen: what is known fades
    of = gates("zrn", "w_d b_d")

    def step(self, p, x, h):
        γ = ar.exp(-ar.relu(p.w_d * x[1] + p.b_d))
        h = γ * h
        z, r = σ(a(p, "z", x, h)), σ(a(p, "r", x, h))
        n = tanh(a(p, "n", x, r * h))
        return dict(γ=γ, z=z, r=r, n=n, h=(1 - z) * h + z * n)


class Skip(Own):  # Skip RNN with a soft gate: the probability of an update grows where none was made
    of, states, sizes = gates("h", "w_u b_u"), ("h", "u"), {"u": 1}

    def step(self, p, x, h, u):
        h = u * tanh(a(p, "h", x, h)) + (1 - u) * h
        Δ = σ(ar.sum(p.w_u * h) + p.b_u[0])
        return dict(h=h, u=u * Δ + (1 - u) * (u + ar.minimum(Δ, 1 - u)))


class DeepTransition(Own):
    of = "W_xh W_hh b_h V_hk b_k V_kn b_n"

    def step(self, p, x, h):
        u = tanh(p.W_xh @ x + p.W_hh @ h + p.b_h)
        v = tanh(p.V_hk @ u + p.b_k)
        return dict(u=u, v=v, h=tanh(p.V_kn @ v + p.b_n))
