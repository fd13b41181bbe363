"""Cells of the literature that remember by linear maps: integrators, rotations, state spaces."""

import numpy as np

import autograd_rnn as ar
from tests.oracles.cells_gated import a, gates
from tests.oracles.literature import D, H, Own

σ, tanh = ar.sigmoid, ar.tanh
I = np.eye(H)


class ContinuousTime(Own):  # CTRNN
    of = gates("h")

    def step(self, p, x, h):
        return dict(h=h + 0.2 * (tanh(a(p, "h", x, h)) - h))


class SCRN(Own):
    of, states = "B_xs A_xh P_sh R_hh", ("h", "s")

    def step(self, p, x, h, s):
        s = 0.05 * (p.B_xs @ x) + 0.95 * s
        return dict(s=s, h=σ(p.P_sh @ s + p.A_xh @ x + p.R_hh @ h))


class Lipschitz(ar.Cell):
    def shapes(self):
        return {"M_A": (H, H), "M_W": (H, H), "U": (H, D), "b": (H,)}

    def step(self, p, x, h):
        A = 0.35 * (p.M_A + p.M_A.T) + 0.65 * (p.M_A - p.M_A.T) - 0.01 * I
        W = 0.35 * (p.M_W + p.M_W.T) + 0.65 * (p.M_W - p.M_W.T) - 0.01 * I
        z = W @ h + p.U @ x + p.b
        return dict(z=z, h=h + 0.1 * (A @ h) + 0.1 * tanh(z))


class UnICORNN(Own):
    of, states = "w_h V_xh b_h c_h", ("h", "z")

    def step(self, p, x, h, z):
        Δ = 0.05 * σ(p.c_h)
        z = z - Δ * (tanh(p.w_h * h + p.V_xh @ x + p.b_h) + 1.5 * h)
        return dict(z=z, h=h + Δ * z)


class IRNN(Own):
    of = gates("h")

    def step(self, p, x, h):
        return dict(h=ar.relu(a(p, "h", x, h)))


class Dilated(Own):  # the state of two steps before
    of, states = gates("h"), ("h", "g")

    def step(self, p, x, h, g):
        return dict(h=tanh(a(p, "h", x, g)), g=h)


class NARX(Own):  # outputs and inputs of two steps
    of, states, sizes = "U_xh V_qh W_hh Z_gh b_h", ("h", "g", "q"), {"q": D}

    def step(self, p, x, h, g, q):
        return dict(h=tanh(p.U_xh @ x + p.V_qh @ q + p.W_hh @ h + p.Z_gh @ g + p.b_h), g=h, q=x)


class Householder(Own):  # orthogonal by reflections
    of = "u_h v_h W_xh b_h"

    def step(self, p, x, h):
        r = h - 2 * p.u_h * ar.sum(p.u_h * h) / ar.sum(p.u_h * p.u_h)
        r = r - 2 * p.v_h * ar.sum(p.v_h * r) / ar.sum(p.v_h * p.v_h)
        return dict(r=r, h=tanh(r + p.W_xh @ x + p.b_h))


class Cayley(Own):  # scoRNN: (I + A)⁻¹ (I - A) of a skew A
    of = "A_hh W_xh b_h"

    def step(self, p, x, h):
        A = p.A_hh - p.A_hh.T
        return dict(h=tanh(ar.inv(I + A) @ ((I - A) @ h) + p.W_xh @ x + p.b_h))


class Rotating(ar.Cell):  # EURNN: rotations of pairs of units by learned angles
    def shapes(self):
        return {"θ": (2,), "φ": (2,), "W": (H, D), "b": (H,)}

    def step(self, p, x, h):
        u, v = h[:2], h[2:]
        h = ar.concatenate([ar.cos(p.θ) * u - ar.sin(p.θ) * v, ar.sin(p.θ) * u + ar.cos(p.θ) * v])
        h = h[np.array([1, 2, 3, 0])]
        u, v = h[:2], h[2:]
        r = ar.concatenate([ar.cos(p.φ) * u - ar.sin(p.φ) * v, ar.sin(p.φ) * u + ar.cos(p.φ) * v])
        return dict(r=r, h=tanh(r + p.W @ x + p.b))


class GatedOrthogonal(Own):  # GORU, its orthogonal matrix fixed
    of = gates("zr", "W_xn b_n")
    Q = np.linalg.qr(np.arange(16.0).reshape(4, 4) + I)[0]

    def step(self, p, x, h):
        z, r = σ(a(p, "z", x, h)), σ(a(p, "r", x, h))
        u = p.W_xn @ x + r * (self.Q @ h) + p.b_n
        return dict(z=z, r=r, u=u, h=z * h + (1 - z) * ar.sign(u) * ar.relu(ar.abs(u) - 0.01))


class LMU(Own):  # Legendre memory unit
    of, states, sizes = "e_x e_h e_m W_xh W_hh W_mh", ("h", "m"), {"m": 3}
    A, B = np.array([[0.9, -0.1, -0.1], [0.3, 0.7, -0.3], [-0.3, 0.5, 0.5]]), np.array([0.1, -0.2, 0.3])

    def shapes(self):
        return super().shapes() | {"e_x": (D,), "e_m": (3,)}

    def step(self, p, x, h, m):
        u = p.e_x @ x + p.e_h @ h + p.e_m @ m
        m = self.A @ m + self.B * u
        return dict(u=u, m=m, h=tanh(p.W_xh @ x + p.W_hh @ h + p.W_mh @ m))


class HiPPO(Own):  # the first input drives the memory of Legendre polynomials, discretised by the bilinear rule
    of, states, sizes = gates("h", "W_ch w_u"), ("h", "c"), {"c": 3}
    A = np.array([[1.0, 0.0, 0.0], [3**0.5, 2.0, 0.0], [5**0.5, 15**0.5, 3.0]])
    step_size = 0.1

    def step(self, p, x, h, c):
        L, R = np.linalg.inv(np.eye(3) + 0.05 * self.A), np.eye(3) - 0.05 * self.A
        u = ar.sum(p.w_u * h) + x[0]
        c = (L @ R) @ c + (0.1 * L @ np.sqrt([1.0, 3.0, 5.0])) * u
        return dict(u=u, c=c, h=tanh(a(p, "h", x, h) + p.W_ch @ c))


class S4D(ar.Cell):  # a diagonal state space, real
    states = ("h", "s")

    def shapes(self):
        return {"A": (H,), "B": (H, D), "C": (H, H), "Δ": (H,)}

    def step(self, p, x, h, s):
        E = ar.exp(-ar.exp(p.Δ) * ar.exp(p.A))
        s = E * s + (1 - E) / ar.exp(p.A) * (p.B @ x)
        return dict(E=E, s=s, h=ar.gelu(p.C @ s))


class LRU(ar.Cell):  # linear recurrent unit: complex numbers as two states
    states = ("h", "u", "v")

    def shapes(self):
        return {"ν": (H,), "θ": (H,), "B": (H, D), "C": (H, D), "V": (H, H), "W": (H, H)}

    def step(self, p, x, h, u, v):
        r = ar.exp(-ar.exp(p.ν))
        γ = ar.sqrt(1 - r * r)
        u, v = (
            r * (ar.cos(p.θ) * u - ar.sin(p.θ) * v) + γ * (p.B @ x),
            r * (ar.sin(p.θ) * u + ar.cos(p.θ) * v) + γ * (p.C @ x),
        )
        return dict(u=u, v=v, h=p.V @ u - p.W @ v)


class RGLRU(Own):  # Griffin's and Hawk's
    of = "W_xr b_r W_xi b_i W_xv L_h"

    def shapes(self):
        return super().shapes() | {"L_h": (H,)}

    def step(self, p, x, h):
        r, i = σ(p.W_xr @ x + p.b_r), σ(p.W_xi @ x + p.b_i)
        α = ar.exp(-8 * ar.softplus(p.L_h) * r)
        return dict(r=r, i=i, α=α, h=α * h + ar.sqrt(1 - α * α) * (i * (p.W_xv @ x)))


class HGRN(Own):
    of = "W_xf b_f W_xi W_xo g_h"

    def step(self, p, x, h):
        f = σ(p.g_h) + (1 - σ(p.g_h)) * σ(p.W_xf @ x + p.b_f)
        return dict(f=f, h=f * h + (1 - f) * (p.W_xi @ x) * σ(p.W_xi @ x))


class Statistical(Own):  # statistical recurrent unit: averages at several scales
    of, states = "W_hr W_xφ W_rφ W_ah W_bh", ("h", "a", "b")

    def step(self, p, x, h, a, b):
        r = ar.relu(p.W_hr @ h)
        φ = ar.relu(p.W_xφ @ x + p.W_rφ @ r)
        a, b = 0.5 * a + 0.5 * φ, 0.9 * b + 0.1 * φ
        return dict(r=r, φ=φ, a=a, b=b, h=ar.relu(p.W_ah @ a + p.W_bh @ b))
