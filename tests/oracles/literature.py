"""Cells of the literature as a person writes them: subclasses of `Cell` with names, constants, slices and operations of their own."""

import numpy as np
import sympy

import autograd_rnn as ar

RNG = np.random.default_rng(7)
D, H = 2, 4


@ar.op("swish({})", lambda g, y, x: g * (ar.sigmoid(x) + y * (1 - ar.sigmoid(x))), meaning=lambda x: x / (1 + np.vectorize(sympy.exp)(-x)))
def swish(x, /):
    """x σ(x)."""
    return x / (1 + np.exp(-x))


@ar.op("squash({})", lambda g, y, x: g / np.cosh(getattr(x, "value", x)) ** 2, meaning=lambda x: np.vectorize(sympy.tanh)(x))
def squash(x, /):
    """tanh, with a rule that looks at the numbers: it cannot be read, and is squash'."""
    return np.tanh(x)


@ar.op("quiet({})", lambda g, y, x: g / (1 + abs(x)) ** 2, analytic=False)
def quiet(x, /):
    """x / (1 + |x|), of which sympy was told nothing."""
    return x / (1 + np.abs(x))


class Own(ar.Cell):
    """A cell of which the class says the parameters, in a word each: ``W_xh W_hh b_h``; x and h are their sizes."""

    of = "W_xh W_hh b_h"
    sizes: dict = {}

    def shapes(self):
        size = {"x": self.input_size, **self.sizes}

        def shape(name):
            letters = name.partition("_")[2]
            rows, columns = size.get(letters[-1], self.hidden_size), size.get(letters[0], self.hidden_size)
            return (rows, columns) if name[0].isupper() else (rows,)

        return {name: shape(name) for name in self.of.split()}

    def state_size(self, state):
        return self.sizes.get(state, self.hidden_size)


def normed(a, gain, bias):
    """Layer normalisation (Ba, Kiros and Hinton 2016)."""
    centred = a - a.mean(-1, keepdims=True)
    return gain * centred / ar.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) + bias


class LayerNormRNN(Own):
    of = "W_xh W_hh g_h b_h"

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h)
        n = normed(a, p.g_h, p.b_h)
        return dict(a=a, n=n, h=ar.tanh(n))


class LayerNormLSTM(Own):
    of = "W_xi W_hi W_xf W_hf W_xo W_ho W_xg W_hg g_i b_i g_c b_c"
    states = ("h", "c")

    def step(self, p, x, h, c):
        i = ar.sigmoid(normed(p.W_xi @ x + p.W_hi @ h, p.g_i, p.b_i))
        f = ar.sigmoid(p.W_xf @ x + p.W_hf @ h)
        o = ar.sigmoid(p.W_xo @ x + p.W_ho @ h)
        g = ar.tanh(p.W_xg @ x + p.W_hg @ h)
        c = f * c + i * g
        return dict(i=i, f=f, o=o, g=g, c=c, h=o * ar.tanh(normed(c, p.g_c, p.b_c)))


class LayerNormGRU(Own):
    of = "W_xz W_hz g_z b_z W_xr W_hr W_xn W_hn"

    def step(self, p, x, h):
        z = ar.sigmoid(normed(ar.linear(p.W_xz, x, p.W_hz, h), p.g_z, p.b_z))
        r = ar.sigmoid(ar.linear(p.W_xr, x, p.W_hr, h))
        n = ar.tanh(p.W_xn @ x + p.W_hn @ (r * h))
        return dict(z=z, r=r, n=n, h=(1 - z) * h + z * n)


class VarianceRNN(Own):
    of = "W_xh W_hh"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h
        return dict(a=a, h=ar.tanh((a - a.mean()) / (ar.std(a) + 0.1)))


class RMSNormRNN(Own):
    of = "W_xh W_hh g_h"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h
        return dict(a=a, h=ar.tanh(p.g_h * a / ar.sqrt(ar.mean(a**2) + 1e-6)))


class CourseLSTM(ar.Cell):
    """The fused LSTM of a well-known course: one product, four slices."""

    states = ("h", "c")

    def shapes(self):
        n = self.hidden_size
        return {"Wx": (4 * n, self.input_size), "Wh": (4 * n, n), "b": (4 * n,)}

    def step(self, p, x, h, c):
        n = self.hidden_size
        a = ar.linear(p.Wx, x, p.Wh, h, p.b)
        i, f, o, g = ar.sigmoid(a[..., :n]), ar.sigmoid(a[..., n : 2 * n]), ar.sigmoid(a[..., 2 * n : 3 * n]), ar.tanh(a[..., 3 * n :])
        c = f * c + i * g
        return dict(a=a, i=i, f=f, o=o, g=g, c=c, h=o * ar.tanh(c))


class SplitGRU(ar.Cell):
    """Three gates by `split`."""

    def shapes(self):
        n = self.hidden_size
        return {"W": (3 * n, self.input_size), "U": (3 * n, n)}

    def step(self, p, x, h):
        u, v = p.W @ x, p.U @ h
        (a, b, c), (i, j, k) = ar.split(u, 3, -1), ar.split(v, 3, -1)
        r, z = ar.sigmoid(a + i), ar.sigmoid(b + j)
        return dict(u=u, v=v, r=r, z=z, h=z * h + (1 - z) * ar.tanh(c + r * k))


class Reservoir(Own):
    """An echo state network (Jaeger 2001): a fixed reservoir, only the readout learns."""

    of = "a_h"

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.reservoir, self.W_in = RNG.normal(size=(H, H)) / 4, RNG.normal(size=(H, D))

    def step(self, p, x, h):
        a = self.reservoir @ h + self.W_in @ x
        return dict(a=a, h=0.7 * h + 0.3 * ar.tanh(a + p.a_h))


class IndRNN(Own):
    of = "W_xh w_h b_h"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.w_h * h + p.b_h
        return dict(a=a, h=ar.relu(a))


class MinimalRNN(Own):
    of = "W_xz b_z U_hu U_zu b_u"

    def step(self, p, x, h):
        z = ar.tanh(p.W_xz @ x + p.b_z)
        u = ar.sigmoid(p.U_hu @ h + p.U_zu @ z + p.b_u)
        return dict(z=z, u=u, h=u * h + (1 - u) * z)


class MUT1(Own):
    of = "W_xz b_z W_xr W_hr b_r W_hh W_xh b_h"

    def step(self, p, x, h):
        z = ar.sigmoid(p.W_xz @ x + p.b_z)
        r = ar.sigmoid(p.W_xr @ x + p.W_hr @ h + p.b_r)
        return dict(z=z, r=r, h=ar.tanh(p.W_hh @ (r * h) + ar.tanh(p.W_xh @ x) + p.b_h) * z + h * (1 - z))


class MUT2(Own):
    of = "W_xz W_hz b_z W_xr W_hr b_r W_hh W_xh b_h"

    def step(self, p, x, h):
        z = ar.sigmoid(p.W_xz @ x + p.W_hz @ h + p.b_z)
        r = ar.sigmoid(p.W_xr @ x + p.W_hr @ h + p.b_r)
        return dict(z=z, r=r, h=ar.tanh(p.W_hh @ (r * h) + p.W_xh @ x + p.b_h) * z + h * (1 - z))


class MUT3(Own):
    of = "W_xz W_hz b_z W_xr W_hr b_r W_hh W_xh b_h"

    def step(self, p, x, h):
        z = ar.sigmoid(p.W_xz @ x + p.W_hz @ ar.tanh(h) + p.b_z)
        r = ar.sigmoid(p.W_xr @ x + p.W_hr @ h + p.b_r)
        return dict(z=z, r=r, h=ar.tanh(p.W_hh @ (r * h) + p.W_xh @ x + p.b_h) * z + h * (1 - z))


class SRU(Own):
    of = "W_xc W_xf v_f b_f W_xr v_r b_r W_xs"
    states = ("h", "c")

    def step(self, p, x, h, c):
        f = ar.sigmoid(p.W_xf @ x + p.v_f * c + p.b_f)
        r = ar.sigmoid(p.W_xr @ x + p.v_r * c + p.b_r)
        c = f * c + (1 - f) * (p.W_xc @ x)
        return dict(f=f, r=r, c=c, h=r * c + (1 - r) * (p.W_xs @ x))


class QRNN(Own):
    """Window two: the input before is carried as a state."""

    of = "W_xz V_xz W_xf V_xf W_xo V_xo"
    states = ("h", "c", "q")
    sizes = {"q": D}

    def step(self, p, x, h, c, q):
        z = ar.tanh(p.W_xz @ x + p.V_xz @ q)
        f = ar.sigmoid(p.W_xf @ x + p.V_xf @ q)
        o = ar.sigmoid(p.W_xo @ x + p.V_xo @ q)
        c = f * c + (1 - f) * z
        return dict(z=z, f=f, o=o, c=c, h=o * c, q=x)


class SecondOrder(Own):
    """An earlier state carried on: h two steps back."""

    of = "W_xh W_hh V_hh b_h"
    states = ("h", "g")

    def step(self, p, x, h, g):
        a = p.W_xh @ x + p.W_hh @ h + p.V_hh @ g + p.b_h
        return dict(a=a, h=ar.tanh(a), g=h)


class FastRNN(ar.Cell):
    def shapes(self):
        n = self.hidden_size
        return {"W": (n, self.input_size), "U": (n, n), "b": (n,), "alpha": (1,), "beta": (1,)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h + p.b
        return dict(a=a, h=p.alpha * ar.tanh(a) + p.beta * h)


class FastGRNN(ar.Cell):
    def shapes(self):
        n = self.hidden_size
        return {"W": (n, self.input_size), "U": (n, n), "b_z": (n,), "b_h": (n,), "zeta": (1,), "nu": (1,)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h
        z = ar.sigmoid(a + p.b_z)
        return dict(a=a, z=z, h=(ar.sigmoid(p.zeta) * (1 - z) + ar.sigmoid(p.nu)) * ar.tanh(a + p.b_h) + z * h)


class Masked(Own):
    """Clockwork's block structure: a recurrent matrix under a fixed mask."""

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.mask = np.triu(np.ones((H, H)))

    def step(self, p, x, h):
        a = p.W_xh @ x + (p.W_hh * self.mask) @ h + p.b_h
        return dict(a=a, h=ar.tanh(a))


class Rotation(Own):
    """A fixed orthogonal matrix between two learned diagonals, as in unitary nets."""

    of = "W_xh d_h e_h"

    def step(self, p, x, h):
        Q = np.linalg.qr(np.arange(16.0).reshape(4, 4) + np.eye(4))[0]
        a = p.d_h * (Q @ (p.e_h * h)) + p.W_xh @ x
        return dict(a=a, h=a / (1 + ar.abs(a)))


class ModReLU(Own):
    of = "W_xh W_hh b_h"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h
        return dict(a=a, h=ar.sign(a) * ar.relu(ar.abs(a) + p.b_h + 0.5))


class TimeGate(Own):
    """A gate of fixed leaks, one a unit."""

    leak = np.array([0.1, 0.25, 0.5, 0.9])

    def step(self, p, x, h):
        a = p.W_xh @ x + p.W_hh @ h + p.b_h
        return dict(a=a, h=(1 - self.leak) * h + self.leak * ar.tanh(a))


class HighwayRNN(Own):
    of = "W_xh W_hh b_h W_xk W_hk b_k"

    def step(self, p, x, h):
        k = ar.sigmoid(ar.linear(p.W_xk, x, p.W_hk, h, p.b_k))
        return dict(k=k, h=k * ar.tanh(ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)) + (1 - k) * h)


class RHN(Own):
    """Recurrent highway network (Zilly et al. 2017), depth 2."""

    of = "W_xh W_xk R_h Q_h b_h R_k Q_k b_k"

    def shapes(self):
        n = self.hidden_size
        return {name: (n, n) if name[0] in "RQ" else shape for name, shape in super().shapes().items()}

    def step(self, p, x, h):
        u, k = ar.tanh(p.W_xh @ x + p.R_h @ h), ar.sigmoid(p.W_xk @ x + p.R_k @ h)
        m = u * k + h * (1 - k)
        v, l = ar.tanh(p.Q_h @ m + p.b_h), ar.sigmoid(p.Q_k @ m + p.b_k)
        return dict(u=u, k=k, m=m, v=v, l=l, h=v * l + m * (1 - l))


class MultiplicativeLSTM(Own):
    of = "W_xm W_hm W_xi W_mi W_xf W_mf W_xo W_mo W_xg W_mg"
    states = ("h", "c")

    def step(self, p, x, h, c):
        m = (p.W_xm @ x) * (p.W_hm @ h)
        i, f, o = (ar.sigmoid(U @ x + V @ m) for U, V in ((p.W_xi, p.W_mi), (p.W_xf, p.W_mf), (p.W_xo, p.W_mo)))
        g = ar.tanh(p.W_xg @ x + p.W_mg @ m)
        c = f * c + i * g
        return dict(m=m, i=i, f=f, o=o, g=g, c=c, h=ar.tanh(c) * o)


class NAS(Own):
    """The cell that a search found (Zoph and Le 2017), in part."""

    of = "W_xa W_ha W_xb W_hb W_xc W_hc W_xd W_hd"
    states = ("h", "c")

    def step(self, p, x, h, c):
        a, b = ar.sigmoid(p.W_xa @ x + p.W_ha @ h), ar.relu(p.W_xb @ x + p.W_hb @ h)
        u, v = ar.sigmoid(p.W_xc @ x + p.W_hc @ h), ar.relu((p.W_xd @ x) * (p.W_hd @ h))
        k, m = ar.tanh(a * b), ar.tanh(u + v)
        c = ar.sigmoid(k + c) * m
        return dict(a=a, b=b, u=u, v=v, k=k, m=m, c=c, h=ar.tanh(m * c))


class Antisymmetric(ar.Cell):
    def shapes(self):
        n = self.hidden_size
        return {"W": (n, n), "V": (n, self.input_size), "b": (n,)}

    def step(self, p, x, h):
        a = (p.W - p.W.T - 0.01 * np.eye(self.hidden_size)) @ h + p.V @ x + p.b
        return dict(a=a, h=h + 0.1 * ar.tanh(a))


class CoRNN(Own):
    """Coupled oscillators (Rusch and Mishra 2021)."""

    of = "W_hz W_zz V_xz b_z"
    states = ("h", "z")

    def step(self, p, x, h, z):
        a = p.W_hz @ h + p.W_zz @ z + p.V_xz @ x + p.b_z
        z = z + 0.042 * (ar.tanh(a) - 2.7 * h - 4.7 * z)
        return dict(a=a, z=z, h=h + 0.042 * z)


class LEM(Own):
    """Long expressive memory (Rusch et al. 2022)."""

    of = "W_xa W_ha W_xb W_hb W_xz W_hz W_xh W_zh"
    states = ("h", "z")

    def step(self, p, x, h, z):
        u, v = 0.9 * ar.sigmoid(p.W_xa @ x + p.W_ha @ h), 0.9 * ar.sigmoid(p.W_xb @ x + p.W_hb @ h)
        z = (1 - u) * z + u * ar.tanh(p.W_hz @ h + p.W_xz @ x)
        return dict(u=u, v=v, z=z, h=(1 - v) * h + v * ar.tanh(p.W_zh @ z + p.W_xh @ x))


class LiquidTime(Own):
    """A fused solver's step (Hasani et al. 2021): a quotient."""

    of = "W_xh W_hh b_h A_h tau_h"

    def shapes(self):
        return super().shapes() | {"A_h": (self.hidden_size,), "tau_h": (self.hidden_size,)}

    def step(self, p, x, h):
        f = ar.sigmoid(p.W_xh @ x + p.W_hh @ h + p.b_h)
        return dict(f=f, h=(h + 0.1 * f * p.A_h) / (1 + 0.1 * (ar.exp(p.tau_h) + f)))


class ClosedForm(Own):
    of = "W_xf W_hf W_xg W_hg W_xk W_hk"

    def step(self, p, x, h):
        f = ar.sigmoid(p.W_xf @ x + p.W_hf @ h)
        g, k = ar.tanh(p.W_xg @ x + p.W_hg @ h), ar.tanh(p.W_xk @ x + p.W_hk @ h)
        e = ar.exp(-f)
        return dict(f=f, g=g, k=k, h=g * e / (e + 1) + k / (1 + e))


class GatedFeedback(Own):
    """A number that gates: w'h is a scalar."""

    of = "W_xh W_hh w_g u_g"

    def shapes(self):
        return super().shapes() | {"u_g": (self.input_size,)}

    def step(self, p, x, h):
        g = ar.sigmoid(p.w_g @ h + p.u_g @ x)
        return dict(g=g, h=ar.tanh(p.W_xh @ x + g * (p.W_hh @ h)))


class Tied(Own):
    """One matrix used twice, once transposed."""

    of = "W_xh W_hh"

    def step(self, p, x, h):
        u = ar.tanh(p.W_hh @ h + p.W_xh @ x)
        return dict(u=u, h=ar.tanh(p.W_hh.T @ u))


class TransposedInput(ar.Cell):
    """Row layout: W is (D, H), the product x W."""

    def shapes(self):
        return {"W": (self.input_size, self.hidden_size), "U": (self.hidden_size, self.hidden_size)}

    def step(self, p, x, h):
        a = p.W.T @ x + h @ p.U
        return dict(a=a, h=ar.tanh(a))


class Maxout(Own):
    of = "W_xh W_hh V_xh V_hh"

    def step(self, p, x, h):
        u, v = p.W_xh @ x + p.W_hh @ h, p.V_xh @ x + p.V_hh @ h
        return dict(u=u, v=v, h=ar.tanh(ar.maximum(u, v)))


class HardLSTM(Own):
    """Hard sigmoids by clip."""

    of = "W_xi W_hi W_xf W_hf W_xg W_hg"
    states = ("h", "c")

    def step(self, p, x, h, c):
        i, f = (ar.clip(0.2 * (U @ x + V @ h) + 0.5, 0, 1) for U, V in ((p.W_xi, p.W_hi), (p.W_xf, p.W_hf)))
        g = ar.clip(p.W_xg @ x + p.W_hg @ h, -1, 1)
        c = f * c + i * g
        return dict(i=i, f=f, g=g, c=c, h=ar.tanh(c))


class HardBySixth(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        z = ar.minimum(ar.maximum(a / 6 + 0.5, 0.0), 1.0)
        return dict(a=a, z=z, h=z * ar.tanh(a) + (1 - z) * h)


class Swish(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=swish(a))


class Squash(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=squash(a))


class Quiet(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=quiet(a))


class Softsign(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=a / (1 + ar.abs(a)))


class WeightNormed(Own):
    """Salimans and Kingma 2016: the direction of a matrix, and its length."""

    of = "W_xh W_hh g_h"

    def step(self, p, x, h):
        a = p.W_xh @ x + p.g_h * ((p.W_hh / ar.norm(p.W_hh)) @ h)
        return dict(a=a, h=ar.tanh(a))


class Arctan(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.arctan(a))


class Elu(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.elu(a, 0.5) + ar.leaky_relu(a, 0.125))


class Gelu(Own):
    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.gelu(a))


class Selective(ar.Cell):
    """A diagonal state space with a step that the input chooses (Gu and Dao 2023), in one channel a unit."""

    def shapes(self):
        n = self.hidden_size
        return {"A": (n,), "B": (n, self.input_size), "W": (n, self.input_size), "b": (n,)}

    def step(self, p, x, h):
        delta = ar.softplus(p.W @ x + p.b)
        return dict(delta=delta, h=ar.exp(-delta * ar.exp(p.A)) * h + delta * (p.B @ x))


class Bilinear(ar.Cell):
    """einsum: a third-order product of input and state."""

    def shapes(self):
        return {"W": (self.hidden_size, self.input_size), "U": (self.hidden_size, self.hidden_size)}

    def step(self, p, x, h):
        a = ar.einsum("ij,j->i", p.W, x) * ar.einsum("ij,j->i", p.U, h)
        return dict(a=a, h=ar.tanh(a + h))


class SoftChoice(Own):
    """A softmax over units."""

    of = "W_xh W_hh W_xk"

    def step(self, p, x, h):
        k = ar.softmax(p.W_xk @ x + h)
        return dict(k=k, h=ar.tanh(p.W_xh @ x + p.W_hh @ (k * h)))


class RankOne(ar.Cell):
    """A low-rank recurrent matrix: u v' h."""

    def shapes(self):
        n = self.hidden_size
        return {"W": (n, self.input_size), "u": (n,), "v": (n,)}

    def step(self, p, x, h):
        a = p.W @ x + p.u * (p.v @ h)
        return dict(a=a, h=ar.tanh(a))


class FastWeights(Own):
    """The outer product of the state with itself, built and used."""

    of = "W_xh W_hh"

    def step(self, p, x, h):
        u = ar.tanh(p.W_xh @ x + p.W_hh @ h)
        return dict(u=u, h=ar.tanh(u + 0.5 * (ar.outer(h, h) @ u)))


class Concatenated(ar.Cell):
    """[h; x] in one product."""

    def shapes(self):
        n = self.hidden_size
        return {"W": (n, n + self.input_size), "b": (n,)}

    def step(self, p, x, h):
        a = p.W @ ar.concatenate([h, x], -1) + p.b
        return dict(a=a, h=ar.tanh(a))


class Stacked(ar.Cell):
    """Two products put on top of each other, then added up."""

    def shapes(self):
        n = self.hidden_size
        return {"W": (n, self.input_size), "U": (n, n)}

    def step(self, p, x, h):
        m = ar.stack([p.W @ x, p.U @ h])
        return dict(h=ar.tanh(m.sum(0)), m=m.sum(0))


class Matrices(ar.Cell):
    """A vector as a matrix: groups of units, each with its own product."""

    def shapes(self):
        return {"W": (self.hidden_size, self.input_size), "U": (2, 2)}

    def step(self, p, x, h):
        a = p.W @ x + (ar.reshape(h, (2, 2)) @ p.U).reshape(-1)
        return dict(a=a, h=ar.tanh(a))


class Dale(Own):
    """Excitatory and inhibitory units (Song, Yang and Wang 2016): a matrix of one sign a column, by a function of it and a constant one."""

    def step(self, p, x, h):
        a = (ar.abs(p.W_hh) @ np.diag([1.0, -1.0, 1.0, 1.0])) @ h + ar.relu(p.W_xh) @ x + p.b_h
        return dict(a=a, h=0.8 * h + 0.2 * ar.relu(a))


class SLSTM(Own):
    """Exponential gates (Beck et al. 2024): no gradient is left of their stabiliser m, only what rounding leaves of large terms."""

    of = "W_xi W_hi W_xf W_hf W_xz W_hz W_xo W_ho"
    states = ("h", "c", "n", "m")

    def step(self, p, x, h, c, n, m):
        a, b = p.W_xi @ x + p.W_hi @ h, p.W_xf @ x + p.W_hf @ h + m
        o, z, m = ar.sigmoid(p.W_xo @ x + p.W_ho @ h), ar.tanh(p.W_xz @ x + p.W_hz @ h), ar.maximum(a, b)
        i, f = ar.exp(a - m), ar.exp(b - m)
        c, n = f * c + i * z, f * n + i
        return dict(i=i, f=f, o=o, z=z, c=c, n=n, m=m, h=o * c / n)


CELLS = [
    LayerNormRNN, LayerNormLSTM, LayerNormGRU, VarianceRNN, RMSNormRNN, CourseLSTM, SplitGRU, Reservoir, IndRNN, MinimalRNN, MUT1, MUT2,
    MUT3, SRU, QRNN, SecondOrder, FastRNN, FastGRNN, Masked, Rotation, ModReLU, TimeGate, HighwayRNN, RHN, MultiplicativeLSTM, NAS,
    Antisymmetric, CoRNN, LEM, LiquidTime, ClosedForm, GatedFeedback, Tied, TransposedInput, Maxout, HardLSTM, HardBySixth, Swish, Squash,
    Softsign, WeightNormed, Arctan, Elu, Gelu, Selective, Bilinear, SoftChoice, RankOne, FastWeights, Concatenated, Stacked, Matrices,
    Quiet, Dale, SLSTM,
]  # fmt: skip
