"""Gated cells of the literature, one line a line of the paper: σ, tanh and products of a few sums of x, h and a bias."""

import numpy as np

import autograd_rnn as ar
from tests.oracles.literature import D, Own

σ, tanh = ar.sigmoid, ar.tanh


def gates(letters, extra=""):
    """The names of the parameters of some gates, W_xi W_hi b_i each."""
    return " ".join([*(f"W_x{k} W_h{k} b_{k}" for k in letters), extra])


def a(p, k, x, h):
    """W_xk x + W_hk h + b_k."""
    return getattr(p, f"W_x{k}") @ x + getattr(p, f"W_h{k}") @ h + getattr(p, f"b_{k}")


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
