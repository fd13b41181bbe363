"""Operations of one's own: right ones are proven or honestly left open, wrong ones refuted, however their vjps are written."""

import random

import numpy as np
import pytest

import autograd_rnn as ar

# A function of numbers, and its derivative written in several equivalent ways of its argument x and its value y.
LINKS = {
    "tanh": (np.tanh, [lambda x, y: 1 - y * y, lambda x, y: 1 - ar.tanh(x) ** 2, lambda x, y: ar.cosh(x) ** -2,
                       lambda x, y: 4 / (ar.exp(x) + ar.exp(-x)) ** 2]),
    "root": (lambda x: np.sqrt(1 + x * x), [lambda x, y: x / y, lambda x, y: x / ar.sqrt(1 + x * x), lambda x, y: x * y / (1 + x * x),
                                            lambda x, y: x * (1 + x * x) ** -0.5]),
    "bell": (lambda x: np.exp(-x * x), [lambda x, y: -2 * x * y, lambda x, y: -2 * x * ar.exp(-(x**2)),
                                         lambda x, y: -2 * x / ar.exp(x * x)]),
    "log": (lambda x: np.log(2 + x * x), [lambda x, y: 2 * x / (2 + x * x), lambda x, y: 2 * x * ar.exp(-y)]),
    "power": (lambda x: (1 + x * x) ** 0.3, [lambda x, y: 0.6 * x * y / (1 + x * x), lambda x, y: 0.6 * x * y ** (-7 / 3),
                                             lambda x, y: 0.6 * x * (1 + x * x) ** (0.3 - 1)]),
    "squash": (lambda x: x / (1 + np.exp(-x)), [lambda x, y: ar.sigmoid(x) + y * (1 - ar.sigmoid(x)),
                                                lambda x, y: ar.sigmoid(x) * (1 + x * ar.sigmoid(-x)),
                                                lambda x, y: (1 + (1 + x) * ar.exp(-x)) / (1 + ar.exp(-x)) ** 2]),
    "wave": (lambda x: x + np.sin(x) ** 2, [lambda x, y: 1 + ar.sin(2 * x), lambda x, y: 1 + 2 * ar.sin(x) * ar.cos(x)]),
}  # fmt: skip
WRONG = [lambda d: 0.5 * d, lambda d: d * d, lambda d: d + 0.01, lambda d: -d]


def composed(rng, count, wrong):
    """An operation that is ``count`` links one after the other, its vjp their derivatives multiplied; one of them wrong if asked."""
    names = rng.choices(list(LINKS), k=count)
    slopes, fault = [rng.choice(LINKS[name][1]) for name in names], rng.randrange(count) if wrong else None
    spoil, inner = rng.choice(WRONG), [lambda x, f=LINKS[name][0]: f(x) for name in names]

    def vjp(g, y, x):
        values = [x]
        for name in names[:-1]:
            values.append(RECORDED[name](values[-1]))
        for k, (slope, u, v) in reversed(list(enumerate(zip(slopes, values, [*values[1:], y], strict=True)))):
            d = slope(u, v)
            g = g * (spoil(d) if k == fault else d)
        return g

    def own(x, /):
        for f in inner:
            x = f(x)
        return x

    return ar.op("own({})", vjp)(own), "∘".join(reversed(names))


RECORDED = {
    "tanh": ar.tanh, "root": lambda x: ar.sqrt(1 + x * x), "bell": lambda x: ar.exp(-x * x), "log": lambda x: ar.log(2 + x * x),
    "power": lambda x: (1 + x * x) ** 0.3, "squash": lambda x: x * ar.sigmoid(x), "wave": lambda x: x + ar.sin(x) ** 2,
}  # fmt: skip


class Own(ar.Cell):
    """h = f(W x + U h)."""

    def __init__(self, f):
        self.f = f
        super().__init__(2, 2, seed=1)

    def shapes(self):
        return {"W": (2, 2), "U": (2, 2)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=self.f(a))


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("k", range(12))
def test_a_right_vjp_is_never_refuted_and_a_wrong_one_always(k, wrong, random_seed):
    rng = random.Random(random_seed * 100 + k)
    f, name = composed(rng, rng.choice([1, 1, 2]), wrong)
    proof = ar.derive(ar.Model(Own(f), output_size=2)).verify(steps=2)
    assert proof.ok is not wrong, (name, proof)
    assert set(proof.exact.values()) <= ({True, False} if wrong else {True, None})
    assert not proof.report.silent


def test_what_is_right_by_a_law_of_functions_is_left_open_modulo_a_prime():
    @ar.op("root({})", lambda g, y, x: g * x * y / (1 + x * x))
    def root(x, /):
        return np.sqrt(1 + x * x)

    proof = ar.derive(ar.Model(Own(root), output_size=2)).verify(steps=2)
    assert proof.ok and proof.exact == {"W": None, "U": None, "W_hy": True, "b_y": True}
    assert "modulo 2^61 - 1 it is not decided for W, U, by a law of functions that is not known there" in str(proof)
