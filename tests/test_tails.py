"""Second derivatives where one number is far larger than what the others leave of it: every digit of what is small; fresh seeds."""

import functools

import mpmath
import numpy as np
import pytest

import autograd_rnn as ar


@pytest.fixture
def rng(random_seed):
    return np.random.default_rng(random_seed)


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


TAILS = {  # by what the engine computes, the second derivative, and how far out it is told apart from 0
    "softplus": (ar.softplus, lambda x: logistic(x) * logistic(-x), 600),
    "log_sigmoid": (ar.log_sigmoid, lambda x: -logistic(x) * logistic(-x), 600),
    "logaddexp": (lambda x: ar.logaddexp(x, 1.0), lambda x: logistic(x - 1) * logistic(1 - x), 600),
    "silu": (ar.silu, lambda x: logistic(x) * logistic(-x) * (2 + x * (logistic(-x) - logistic(x))), 600),
    "hypot": (lambda x: ar.hypot(x, 1.0), lambda x: (1 + x * x) ** -1.5, 1e60),
    "hypot, the other way": (lambda x: ar.hypot(0.5, x), lambda x: 0.25 * (0.25 + x * x) ** -1.5, 1e60),
    "hypot of copies": (lambda x: ar.hypot(x, x), lambda x: 0.0, 1e60),
    "norm": (lambda x: ar.norm(ar.stack([x, 1.0])), lambda x: (1 + x * x) ** -1.5, 1e60),
    "norm of copies": (lambda x: ar.norm(ar.stack([x, -x, 2 * x])), lambda x: 0.0, 1e60),
}


@pytest.mark.parametrize("name", TAILS)
def test_a_second_derivative_has_its_digits_in_the_tails(name, rng):
    f, second, most = TAILS[name]
    for x in rng.choice([-1, 1], 20) * most ** rng.uniform(-0.5, 1, 20):
        with mpmath.workdps(400):
            wanted = float(second(mpmath.mpf(float(x))))
        np.testing.assert_allclose(ar.hessian(f)(x), wanted, rtol=1e-9, atol=0, err_msg=f"at {x!r}")


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2), (2, 1), -1])
def test_the_second_derivative_of_a_norm_along_axes(axis, rng):
    x, v = rng.normal(size=(2, 2, 3, 4)) * 10 ** rng.uniform(-3, 3, (2, 2, 3, 4))
    got, truth = (
        ar.grad(lambda x, f=f: ar.sum(ar.grad(lambda x: ar.sum(ar.sin(f(x))))(x) * v))(x)
        for f in (lambda x: ar.norm(x, axis), lambda x: ar.sqrt(ar.sum(x * x, axis)))
    )
    np.testing.assert_allclose(got, truth, rtol=1e-6, atol=1e-9 * np.abs(truth).max())


LENGTHS = (4, 3, 1)
KEEP = (np.arange(4)[:, None] < LENGTHS)[..., None]
SCORES = {  # of a padded batch of sequences (T, B, D), of the weights: what is beyond a length has no part in it
    "masked states": lambda x, W: ar.sum(ar.tanh(x @ W) * KEEP),
    "chosen states": lambda x, W: ar.sum(ar.where(KEEP, ar.tanh(x @ W), 0.0) ** 2),
    "masked inputs": lambda x, W: ar.sum(ar.tanh((x * KEEP) @ W)),
    "the first steps": lambda x, W: ar.sum(ar.tanh(x @ W)[:2]),
    "indexing": lambda x, W: ar.sum(ar.sigmoid(x @ W)[KEEP[..., 0]]),
    "a net": lambda x, W: ar.sum(_last(x, W)),
}
PENALTIES = {
    "norm²": (lambda g: ar.norm(g, axis=-1) ** 2, lambda g: ar.sum(g * g, -1)),
    "norm norm": (lambda g: ar.norm(g, axis=-1) * ar.norm(g, axis=-1), lambda g: ar.sum(g * g, -1)),
    "square": (lambda g: ar.square(ar.norm(g, axis=-1)), lambda g: ar.sum(g * g, -1)),
    "root": (lambda g: ar.sqrt(ar.sum(g * g, -1)) ** 2, lambda g: ar.sum(g * g, -1)),
    "std²": (lambda g: ar.std(g, axis=-1) ** 2, lambda g: ar.var(g, axis=-1)),
    "(norm - 1)²": (lambda g: (ar.norm(g, axis=-1) - 1) ** 2, lambda g: (ar.sqrt(ar.sum(g * g, -1) + 1e-40) - 1) ** 2),
}


def _last(x, W):
    h = np.zeros(x.shape[1:])
    for t in range(len(x)):
        h = ar.where(KEEP[t], ar.tanh(x[t] @ W + h), h)
    return h


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("score", SCORES)
def test_a_gradient_penalty_of_a_padded_batch_is_the_true_number_to_any_order(score, penalty, rng):
    x, W = rng.normal(size=(4, 3, 2)) * KEEP, rng.normal(size=(2, 2))
    got, truth = (lambda W, f=f: ar.sum(f(ar.grad(SCORES[score])(x, W))) for f in PENALTIES[penalty])
    np.testing.assert_allclose(ar.grad(got)(W), ar.grad(truth)(W), rtol=1e-9, atol=1e-9)
    if penalty != "(norm - 1)²":  # whose other spelling has no digits left there
        np.testing.assert_allclose(ar.hessian(got)(W), ar.hessian(truth)(W), rtol=1e-9, atol=1e-9)


ROUNDED = {  # what nets compute at every step: two derivatives, and how large the first is, in whose rounding errors are counted
    "sigmoid": (ar.sigmoid, lambda x: logistic(x) * logistic(-x), lambda x: logistic(x) * logistic(-x) * (1 - 2 * logistic(x)), 0.25),
    "tanh": (ar.tanh, lambda x: mpmath.sech(x) ** 2, lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2, 1.0),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ROUNDED)
def test_the_derivatives_of_gates_are_rounded_as_their_largest_value_is(name, dtype, rng):
    """The limit that their docstrings tell: 1 - y loses what is small against 1, and one product more at every step would find it."""
    f, first, second, largest = ROUNDED[name]
    x = np.concatenate([rng.uniform(-40, 40, 150), 10.0 ** rng.uniform(-20, 0, 50)]).astype(dtype)
    t = ar.tensor(x)
    g = f(t).sum().backward(create_graph=True)[t]
    for got, true, units in ((g.value, first, 4), (g.sum().backward()[t], second, 8)):
        wanted = np.array([float(true(mpmath.mpf(float(number)))) for number in x])
        assert np.abs(got - wanted).max() < units * np.finfo(dtype).eps * largest
    if name == "sigmoid":
        left, wanted = x < -1, np.array([float(first(mpmath.mpf(float(number)))) for number in x])
        np.testing.assert_allclose(g.value[left], wanted[left], rtol=4 * np.finfo(dtype).eps)


def test_the_second_derivative_of_logsumexp_is_rounded_as_1_is(rng):
    for x in rng.uniform(-60, 60, (20, 4)):
        p = [mpmath.exp(float(number)) for number in x]
        p = [number / sum(p) for number in p]
        wanted = [[float(p[i] * ((i == j) - p[j])) for j in range(4)] for i in range(4)]
        assert np.abs(ar.hessian(ar.logsumexp)(x) - wanted).max() < 2 * np.finfo(float).eps


COPIES = {  # of n numbers that are equal, with what is left to add to it; all have the second derivative of the number itself
    "logsumexp": lambda u, n: ar.logsumexp(ar.stack([u] * n)),
    "logsumexp along an axis": lambda u, n: ar.mean(ar.logsumexp(u * np.ones((2, n)), axis=1)),
    "logaddexp": lambda u, n: functools.reduce(ar.logaddexp, [u] * n),
    "softmax": lambda u, n: ar.sum(ar.softmax(ar.stack([u] * n)) * np.linspace(1, 2, n)) + u,
    "log_softmax": lambda u, n: ar.sum(ar.log_softmax(ar.stack([u] * n)) * np.linspace(1, 2, n)) + u,
    "cross entropy": lambda u, n: ar.cross_entropy(ar.stack([u] * n), n - 1) + u,
    "softplus": lambda u, n: u + ar.softplus(1 * u - u * 1),
    "var": lambda u, n: ar.var(ar.stack([u] * n)) + u,
    "max": lambda u, n: ar.max(ar.stack([u] * n)),
    "maximum": lambda u, n: functools.reduce(ar.maximum, [u] * n),
}
LARGE = {  # with the second derivative, and where the square of the first is larger than that by more digits than a float has
    "exp": (ar.exp, np.exp, 37, 42),
    "sinh": (ar.sinh, np.sinh, 38, 42),
    "power": (lambda z: z**13, lambda z: 156 * z**11, 17, 24),
}


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("name", COPIES)
def test_what_is_made_of_large_numbers_that_are_equal_has_its_second_derivative(name, large, rng):
    f, second, least, most = LARGE[large]
    for n in (2, 3, 5, 7):
        z = rng.uniform(least, most)
        found = ar.hessian(lambda z: COPIES[name](f(z), n))(z)
        np.testing.assert_allclose(found, second(z), rtol=1e-9, err_msg=f"of {n} at {z!r}")
        t = ar.tensor(z)
        recorded = COPIES[name](f(t), n).backward(create_graph=True)[t].backward(create_graph=True)[t]
        np.testing.assert_allclose(recorded.value, second(z), rtol=1e-9, err_msg=f"of {n} at {z!r}, recorded twice")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_norm_has_its_digits_in_sweeps_that_are_recorded_again_and_again(dtype, rng):
    for x in (rng.choice([-1, 1], 10) * 10 ** rng.uniform(0, 8, 10)).astype(dtype):
        true = mpmath.mpf(float(x))
        wanted = [(1 + true**2) ** -0.5 * true, (1 + true**2) ** -1.5, -3 * true * (1 + true**2) ** -2.5]
        t = ar.tensor(x)
        y = ar.norm(ar.stack([t, dtype(1)]))
        for order in range(3):
            y = y.backward(create_graph=True)[t]
            np.testing.assert_allclose(y.value, float(wanted[order]), rtol=100 * np.finfo(dtype).eps, err_msg=f"order {order + 1} at {x!r}")


def test_the_derivatives_of_sinc_have_all_their_digits(rng):
    for x in (0.0, *(rng.choice([-1, 1], 30) * 10 ** rng.uniform(-9, 1, 30)), 1.0, 3.0):
        first, second = (float(mpmath.diff(lambda t: mpmath.sincpi(t), mpmath.mpf(float(x)), n)) for n in (1, 2))
        np.testing.assert_allclose(ar.grad(ar.sinc)(x), first, rtol=1e-12, atol=1e-15 * (abs(x) > 0.1))
        np.testing.assert_allclose(ar.hessian(ar.sinc)(x), second, rtol=1e-11, atol=1e-14 * (abs(x) > 0.1))


def test_a_power_has_its_second_derivatives_at_the_exponent_0(rng):
    """Where that by the base is 0, but not beside it."""
    for base in rng.uniform(0.2, 5, 20):
        log = np.log(base)
        np.testing.assert_allclose(
            ar.hessian(lambda p: p[0] ** p[1])(np.array([base, 0.0])), [[0, 1 / base], [1 / base, log**2]], rtol=1e-14
        )
        np.testing.assert_allclose(ar.hessian(lambda x, base=base: (base + ar.tanh(x)) ** x)(0.0), log**2 + 2 / base, rtol=1e-14)
