"""0 times infinity on the way back (see `autograd_rnn.engine.poles`): masked branches give 0, poles the truth or nan; fresh seeds."""

import itertools
import warnings

import mpmath
import numpy as np
import pytest
import sympy

import autograd_rnn as ar
from tests.sampling import sampled

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy says that log(0) is -inf; here it is meant


@pytest.fixture
def rng(random_seed):
    return np.random.default_rng(random_seed)


# Functions that are infinite, or whose slope is, or that are nan, at some of the numbers beside them; smooth at the first two.
WILD = {
    "exp": (ar.exp, [0.3, -1.2, 800.0, np.inf]),
    "expm1": (ar.expm1, [0.3, -1.2, 800.0, np.inf]),
    "log": (ar.log, [0.3, 2.0, 0.0, -1.0]),
    "log1p": (ar.log1p, [0.3, 2.0, -1.0, -3.0]),
    "sqrt": (ar.sqrt, [0.3, 2.0, 0.0, -1.0]),
    "1/x": (lambda x: 1 / x, [0.3, -2.0, 0.0]),
    "x**-2": (lambda x: x**-2.0, [0.3, 2.0, 0.0]),
    "x log x": (lambda x: x * ar.log(x), [0.3, 2.0, 0.0, -1.0]),
    "log(1+exp x)": (lambda x: ar.log(1 + ar.exp(x)), [0.3, -2.0, 800.0]),
    "exp(1/x)": (lambda x: ar.exp(1 / x), [0.3, -2.0, 0.0]),
    "sqrt(exp x)": (lambda x: ar.sqrt(ar.exp(x)), [0.3, -2.0, 900.0]),
    "exp(x)*x": (lambda x: ar.exp(x) * x, [0.3, -2.0, 800.0]),
    "x/sqrt(x)": (lambda x: x / ar.sqrt(x), [0.3, 2.0, 0.0, -1.0]),
}

# Ways in which the wild elements of w are left out of the answer; ``bad`` marks them.
MASKS = {
    "where": lambda w, x, bad: ar.where(bad, x, w),
    "where the other way": lambda w, x, bad: ar.where(~bad, w, 0.0),
    "indexing": lambda w, x, bad: w[~bad],
    "indexing by numbers": lambda w, x, bad: w[np.flatnonzero(~bad)],
    "where, then a product": lambda w, x, bad: ar.where(bad, 1.0, w) * x,
    "where, then a row": lambda w, x, bad: ar.where(bad, 0.0, w) @ np.arange(1.0, 1.0 + len(bad)),
    "where, summed before": lambda w, x, bad: ar.where(bad, 0.0, w).sum() * ar.sum(x * x),
    "where inside where": lambda w, x, bad: ar.where(bad, x, ar.where(~bad, 2 * w, 7.0)),
}


@pytest.mark.parametrize("how", MASKS)
@pytest.mark.parametrize("name", sampled(WILD, 4))
def test_what_is_masked_has_no_part_in_the_gradient(name, how, rng):
    """The same sum without the masked elements ever being computed is the truth; three orders."""
    f, numbers = WILD[name]
    x = rng.choice(numbers, 6)
    x[:2] = numbers[:2]
    x = np.where(np.isin(x, numbers[:2]), x * rng.uniform(0.9, 1.1, 6), x)
    with np.errstate(all="ignore"):
        bad = np.array([not all(np.isfinite(_slopes(f, v))) for v in x])
    assert bad.any() or not set(x) & set(numbers[2:])
    if not np.isfinite(x).all():
        x, bad = x[np.isfinite(x)], bad[np.isfinite(x)]

    def masked(t):
        return ar.sum(MASKS[how](f(t), t, bad))

    def truth(t):
        tame = ar.stack([t[k] * 0.0 if b else f(t[k]) for k, b in enumerate(bad)])
        return ar.sum(MASKS[how](tame, t, bad))

    for _ in range(3):
        got, wanted = ar.grad(masked, unused="zero")(x), ar.grad(truth, unused="zero")(x)
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12, err_msg=f"{name}, {how}, x={x.tolist()}")
        masked, truth = (_contracted(g) for g in (masked, truth))


def _slopes(f, v):
    """The value and two derivatives of f at a number."""
    d1 = ar.grad(f, unused="zero")
    return [f(v), d1(v), ar.grad(d1, unused="zero")(v)]


def _contracted(f):
    gradient = ar.grad(f, unused="zero")
    return lambda t: ar.sum(gradient(t) * np.arange(1.0, 1.0 + len(t)))


def test_choosing_operations_mask_too():
    assert ar.grad(lambda x: ar.minimum(ar.exp(x), 1.0))(800.0) == 0
    assert ar.grad(lambda x: ar.maximum(-ar.exp(x), -1.0))(800.0) == 0
    assert ar.grad(lambda x: ar.clip(ar.exp(x), 0, 1))(800.0) == 0
    assert ar.grad(lambda x: ar.relu(ar.log(x)))(0.0) == 0
    assert ar.grad(lambda x: ar.max(ar.stack([ar.log(x), x])))(0.0) == 1


def test_numbers_that_outgrow_the_dtype_under_a_finite_root():
    functions = [lambda x: 1 / (1 + ar.exp(-x)), lambda x: 1 / ar.square(ar.exp(-x)), lambda x: ar.exp(-ar.exp(-x))]
    for f in (*functions, lambda x: ar.exp(-x) ** -1.0, lambda x: 1 / ar.cosh(x)):
        assert ar.value_and_grad(f)(-800.0) == (0, 0)
        assert ar.hessian(f)(-800.0) == 0
    assert np.isnan(ar.grad(lambda x: ar.log(1 + ar.exp(x)))(800.0))  # the root itself is inf: its slope, 1, cannot be told


# Two functions that undo each other, singular at 0: what they make together is x, or x².
PAIRS = {
    "sqrt, square": (lambda x: ar.sqrt(x) ** 2, 1),
    "sqrt times sqrt": (lambda x: ar.sqrt(x) * ar.sqrt(x), 1),
    "exp log": (lambda x: ar.exp(ar.log(x)), 1),
    "1/(1/x)": (lambda x: 1 / (1 / x), 1),
    "root of a power": (lambda x: (x**0.25) ** 4, 1),
    "exp(2 log)": (lambda x: ar.exp(2 * ar.log(x)), 2),
    "norm²": (lambda x: ar.norm(ar.stack([x, 0 * x])) ** 2, 2),
    "norm of a column": (lambda x: ar.sum(ar.norm(ar.reshape(x, (1, 1)), axis=1) ** 2), 2),
    "|x|²": (lambda x: ar.abs(x) ** 2, 2),
    "|x| |x|": (lambda x: abs(x) * abs(x), 2),
    "sqrt(x²)²": (lambda x: ar.sqrt(x * x) ** 2, 2),
    "1/(1/x²)": (lambda x: 1 / x**-2.0, 2),
    "expm1 log1p": (lambda x: ar.expm1(ar.log1p(x - 1)) + 1, 1),
    "x² / x": (lambda x: x * x / x, 1),
}
OUTER = {
    "x": lambda u: u,
    "3 sin x": lambda u: 3 * ar.sin(u),
    "exp x": ar.exp,
    "x + x²": lambda u: u + u * u,
    "tanh 2x": lambda u: ar.tanh(2 * u),
}


@pytest.mark.parametrize("outer", OUTER)
@pytest.mark.parametrize("name", PAIRS)
def test_at_a_pole_the_answer_is_true_or_nan(name, outer, rng):
    f, power = PAIRS[name]
    scale, shift = rng.uniform(0.5, 2.0), rng.uniform(-1, 1)

    def got(x):
        return OUTER[outer](scale * f(x)) + shift * x

    def truth(x):
        return OUTER[outer](scale * x**power) + shift * x

    for order in (1, 2, 3):
        got, truth = ar.grad(got, unused="zero"), ar.grad(truth, unused="zero")
        answer, wanted = got(0.0), truth(0.0)
        assert not np.isfinite(answer) or np.isclose(answer, wanted), f"order {order}: {answer}, not {wanted}"


@pytest.mark.parametrize(
    "f, x, slope",
    [
        (lambda x: ar.arctan(1 / x), 1e-310, -1.0),
        (lambda x: 1 / (1 / x), 1e-310, 1.0),
        (lambda x: (x**-200.0) ** (-1 / 200), 1e-3, 1.0),
        (lambda x: 1 / (1 / (x * x)), 1e-155, 2e-155),
    ],
)
def test_a_number_that_outgrows_the_dtype_near_a_pole_is_no_masked_one(f, x, slope):
    got = ar.grad(f)(x)
    assert not np.isfinite(got) or np.isclose(got, slope, atol=0), got


def test_a_pole_is_a_pole_in_every_sweep():
    """The record, the observed sweep and the recorded one say the same."""
    x = ar.tensor([0.0, 1.0], name="x")
    root = ar.sum(ar.where(x.value > 0, ar.log(x), x))
    np.testing.assert_array_equal(root.backward()[x], [1, 1])
    np.testing.assert_array_equal(root.backward(create_graph=True)[x].value, [1, 1])
    seen = []
    from autograd_rnn.engine.gradients import adjoints

    np.testing.assert_array_equal(adjoints(root, observe=lambda *event: seen.append(event))[x], [1, 1])
    assert len(seen) == 4 and all(np.isfinite(d).all() for *_, d in seen)


def test_a_sweep_says_nothing_of_its_own():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = ar.tensor([0.0, 4.0])
        with np.errstate(all="ignore"):
            y = ar.sum(ar.where(x.value > 0, ar.log(x), 0.0))
        y.backward()


# Smooth, but real only, with slopes that vanish where the argument is infinite or the numbers run out: no region, so no mask.
VANISHING = {
    "logaddexp": (lambda x: ar.logaddexp(ar.log(x), 0.0), 0.0, 1.0),
    "logaddexp of two logarithms": (lambda x: ar.exp(ar.logaddexp(ar.log(x), ar.log(x))), 0.0, 2.0),
    "log2 of a pole": (lambda x: 2.0 ** -ar.log2(1 / x), 0.0, 1.0),
    "log2 of inf": (lambda x: ar.log2(ar.exp(x)), 800.0, 1 / np.log(2)),
    "arctan2 of a pole": (lambda x: ar.arctan2(1 / x, 1.0), 0.0, -1.0),
    "erfc": (lambda x: ar.log(ar.erfc(x)), 30.0, -60.0333),
    "a narrow clip": (lambda x: ar.clip(ar.exp(ar.log(x)), -1e-10, 1e-10), 0.0, 1.0),
    "hypot at its tip": (ar.grad(lambda x: ar.hypot(x, x) ** 2), 0.0, 4.0),
}


@pytest.mark.parametrize("name", VANISHING)
def test_a_slope_that_vanishes_at_a_point_or_in_the_limit_is_no_mask(name):
    f, x, truth = VANISHING[name]
    answer = ar.grad(f)(x)
    assert not np.isfinite(answer) or np.isclose(answer, truth), f"{answer}, not {truth}"


def test_a_small_positive_definite_matrix_is_no_trouble_to_a_careful_sweep():
    """Numbers beside its own, at which it is none, are not asked for."""
    L = ar.tensor(np.eye(2) * 1e-12)
    x = ar.tensor(0.0)
    root = ar.sum(ar.cholesky(L + ar.where(False, ar.log(x), 0.0)))
    assert root.backward()[x] == 0


def test_a_careful_sweep_is_linear_too():
    """A stack of many, and many reads of one array, cost about the same with a masked pole beside them as without."""
    from time import process_time

    def seconds(n, pole):
        x, z = ar.tensor(np.ones((n, 64))), ar.tensor(0.0)
        root = ar.sum(ar.stack([x[k] * 2 for k in range(n)])) + (ar.where(False, ar.log(z), 0.0) if pole else z)
        start = process_time()
        root.backward()
        return process_time() - start

    assert min(seconds(1000, True) for _ in range(3)) < 100 * min(seconds(1000, False) for _ in range(3)) + 0.2


@pytest.mark.parametrize("among", sampled(["a variable", "an infinite number"], 2))
def test_a_careful_sweep_of_a_large_stack_costs_no_more_an_element(among):
    """What a node's other numbers are is worked out once, not once for each of its inputs."""
    from time import process_time

    def seconds(n):
        x = ar.tensor(800.0 if among == "an infinite number" else 1.0)
        y = 1 / (1 + ar.exp(x)) + ar.where(False, ar.log(ar.tensor(0.0)), 0.0)
        root = ar.stack([y * 2] * n).sum() + ar.stack([ar.tensor(1.0) * 2 for _ in range(n)]).sum()
        start = process_time()
        root.backward()
        return process_time() - start

    assert min(seconds(4000) for _ in range(3)) < 20 * min(seconds(500) for _ in range(3)) + 0.05


def test_masks_hold_beside_constants_that_are_not_finite_and_rules_for_real_numbers():
    keep = np.array([True, False])
    x = ar.tensor([1.0, 1.0])
    root = ar.sum(ar.where(keep, x * [1.0, np.inf], 0.0)) - np.inf  # so that a finite root does not help
    np.testing.assert_array_equal(root.backward()[x], [1, 0])
    y = ar.tensor([np.eye(2), np.full((2, 2), np.inf)])
    root = ar.sum(ar.where(keep, ar.det(y), 0.0)) - np.inf
    np.testing.assert_array_equal(root.backward()[y], [np.eye(2), np.zeros((2, 2))])
    z = ar.tensor([1.0, np.nan])
    root = ar.sum(ar.where(keep, ar.arcsinh(z), 0.0))
    np.testing.assert_allclose(root.backward()[z], [0.5**0.5, 0])


def test_masks_hold_where_a_choosing_operation_saw_nan():
    keep = np.array([True, False])
    x = ar.tensor([2.0, -1.0])
    for choose in (ar.abs, lambda u: ar.max(ar.stack([u, -u]), axis=0), lambda u: ar.maximum(u, -u)):
        root = ar.sum(ar.where(keep, choose(ar.log(x)), 0.0))
        np.testing.assert_array_equal(root.backward()[x], [0.5, 0])


def test_each_step_s_share_is_mended_too():
    """The shares of a shared weight add up to its gradient where a masked branch has a pole."""
    W = ar.tensor([0.0, 2.0], name="W")
    total = 0.0
    for t in (1, 2, 3):
        with ar.scope(step=t), np.errstate(all="ignore"):
            total = total + ar.where(W.value > 0, ar.log(W) * t, 0.0).sum()
    grads = total.backward()
    shares = grads.shares(W)
    assert list(shares) == [1, 2, 3]
    np.testing.assert_allclose(grads[W], [0, 3])
    np.testing.assert_allclose(sum(shares.values()), grads[W])


# -- kinks: no second derivative where the first one jumps, and the true one where nothing chooses -------------------------


KINKS = {  # functions of one number with a kink at 0, and how they read on its two sides
    "relu": (ar.relu, lambda x: 0 * x, lambda x: x),
    "abs": (ar.abs, lambda x: -x, lambda x: x),
    "leaky_relu": (ar.leaky_relu, lambda x: 0.01 * x, lambda x: x),
    "elu": (ar.elu, ar.expm1, lambda x: x),
    "maximum": (lambda x: ar.maximum(x, -2 * x), lambda x: -2 * x, lambda x: x),
    "maximum of a number": (lambda x: ar.maximum(0.0, x), lambda x: 0 * x, lambda x: x),
    "minimum": (lambda x: ar.minimum(3 * x, x), lambda x: 3 * x, lambda x: x),
    "fmax": (lambda x: ar.fmax(x, 0 * x), lambda x: 0 * x, lambda x: x),
    "max": (lambda x: ar.max(ar.stack([x, -x, -7.0])), lambda x: -x, lambda x: x),
    "min": (lambda x: ar.min(ar.stack([x, 2 * x]), axis=0), lambda x: 2 * x, lambda x: x),
    "clip": (lambda x: ar.clip(x, 0, 5), lambda x: 0 * x, lambda x: x),
    "clip to a tensor": (lambda x: ar.clip(x, -5, 2 * x), lambda x: 2 * x, lambda x: x),
    "sort": (lambda x: ar.sort(ar.stack([x, 2 * x, 1.0]))[1], lambda x: x, lambda x: 2 * x),
    "sign": (lambda x: ar.sign(x) * x, lambda x: -x, lambda x: x),
    "floor": (lambda x: (1 + ar.floor(x)) * x, lambda x: 0 * x, lambda x: x),
    "round": (lambda x: ar.round(x - 0.5) * x, lambda x: -x, lambda x: 0 * x),
    "mod": (lambda x: ar.mod(x, 1.0), lambda x: x + 1, lambda x: x),
    "largest norm": (lambda x: ar.norm(ar.stack([x, 2 * x]), ord=np.inf), lambda x: -2 * x, lambda x: 2 * x),
}
INNER = {"x": lambda x: x, "x²": lambda x: x * x, "-x": lambda x: -x, "sin x": lambda x: 1.0 * ar.sin(x), "x³": lambda x: x**3}
OVER = {"u": lambda u: u, "u²": lambda u: u * u, "exp u": ar.exp, "u³": lambda u: u**3, "tanh 2u": lambda u: ar.tanh(2 * u)}


@pytest.mark.parametrize("name, inner, over", sampled(itertools.product(KINKS, INNER, OVER), 11))
def test_a_second_derivative_at_a_kink_is_true_or_nan(name, inner, over, rng):
    """True: what both sides agree on. Beside the kink it is that of the side, and exact; the first one there is a convention, and stays."""
    kinked, below, above = KINKS[name]
    shift = rng.uniform(-1, 1)

    def made(f):
        return lambda x: OVER[over](f(INNER[inner](x))) + shift * x * x

    got, sides = made(kinked), [made(below), made(above)]
    beside = rng.uniform(0.1, 0.4)
    for order in (1, 2, 3):
        got, *sides = (ar.grad(f, unused="zero") for f in (got, *sides))
        for x in (-beside, beside):
            side = sides[int(INNER[inner](x) > 0)]
            np.testing.assert_allclose(got(x), side(x), rtol=1e-9, atol=1e-12)
        answer, (left, right) = got(0.0), (f(0.0) for f in sides)
        if order > 1 and np.isfinite(answer):
            assert np.isclose(answer, left) and np.isclose(answer, right), f"order {order}: {answer}, with {left} and {right} beside it"


def test_a_tie_that_is_none_by_chance_is_no_kink(rng):
    """Copies of one element, and what is 0 for all weights: the second derivative is the true one, not nan."""
    x, zeros = rng.normal(size=3), np.zeros(3)
    functions = [
        (lambda x: ar.maximum(x, x), lambda x: x), (lambda x: ar.max(ar.stack([x, x]), axis=0), lambda x: x),
        (lambda x: ar.max(ar.pad(x, (2, 2), "edge")), lambda x: x[np.argmax(x.value)]), (lambda x: ar.relu(x * zeros), lambda x: x * 0),
        (lambda x: ar.relu(ar.concatenate([x, zeros])), ar.relu), (lambda x: ar.clip(x, x, 9.0), lambda x: x),
        (lambda x: ar.max(ar.relu(ar.stack([x, 0 * x]) - 9.0)), lambda x: 0 * x),
    ]  # fmt: skip
    for f, truth in functions:
        np.testing.assert_allclose(ar.hessian(lambda x, f=f: (f(x) ** 2).sum())(x), ar.hessian(lambda x, f=truth: (f(x) ** 2).sum())(x))


@pytest.mark.parametrize("exponent", sampled([0.0, 0.3, 1.0, 1.5, 2.0, 3.0, -1.0], 2))
def test_a_power_of_0_has_true_mixed_derivatives_or_none(exponent):
    """To third order (second for b = 0): what a^b has in the limit a -> 0, for that b and, differentiated by b, for those beside it."""
    a, b = sympy.symbols("a b", positive=True)
    for by in itertools.chain(*(itertools.product((0, 1), repeat=order) for order in (1, 2, 3))):
        f, derivative = lambda a, b: a**b, a**b
        for k in by:
            f, derivative = ar.grad(f, k, unused="zero"), sympy.diff(derivative, (a, b)[k])
        beside = [sympy.limit(derivative.subs(b, sympy.Rational(exponent) + by), a, 0) for by in (0, *[sympy.Rational(1, 64)] * (1 in by))]
        answer = f(0.0, exponent)
        if np.isfinite(answer) and not (exponent == 0 and len(by) == 3):
            assert all(limit.is_finite for limit in beside) and np.isclose(answer, float(beside[0])), (by, answer, beside)


# -- numbers near the end of the range: the rules leave it only where their result does ------------------------------------

x = sympy.Symbol("x", positive=True)
FAR = {  # by what the engine computes, and the same written with sympy
    "arctan": (ar.arctan, sympy.atan(x)),
    "arcsinh": (ar.arcsinh, sympy.asinh(x)),
    "arccosh": (ar.arccosh, sympy.acosh(x)),
    "1/x": (lambda x: 1 / x, 1 / x),
    "-2/(3 + x)": (lambda x: -2 / (3 + x), -2 / (3 + x)),
    "reciprocal": (ar.reciprocal, 1 / x),
    "x**-1": (lambda x: x**-1.0, 1 / x),
    "x**-0.5": (lambda x: x**-0.5, 1 / sympy.sqrt(x)),
    "x**0.25": (lambda x: x**0.25, x ** sympy.Rational(1, 4)),
    "log": (ar.log, sympy.log(x)),
    "log1p": (ar.log1p, sympy.log(1 + x)),
    "log2": (ar.log2, sympy.log(x) / sympy.log(2)),
    "log10": (ar.log10, sympy.log(x) / sympy.log(10)),
    "sqrt": (ar.sqrt, sympy.sqrt(x)),
    "hypot": (lambda x: ar.hypot(x, 1.0), sympy.sqrt(1 + x**2)),
    "norm": (lambda x: ar.norm(ar.stack([x, 2 * x])), sympy.sqrt(5) * x),
    "arctan2": (lambda x: ar.arctan2(x, 1.0), sympy.atan(x)),
    "arctan2 of a side": (lambda x: ar.arctan2(1.0, x), sympy.atan(1 / x)),
    "tanh": (ar.tanh, sympy.Integer(1)),
    "softplus": (ar.softplus, x),
    "silu": (ar.silu, x),
    "gelu": (ar.gelu, x),
    "gelu by tanh": (lambda x: ar.gelu(x, True), x),
}


def differs(f, formula, order, at, scale):
    """What is wrong with a derivative of scale f, or None: sixty digits know better."""
    slope = sympy.lambdify(x, sympy.diff(formula, x, order), "mpmath")
    with mpmath.workdps(60):
        wanted = mpmath.mpf(scale) * slope(mpmath.mpf(at))
    answer = (ar.grad if order == 1 else ar.hessian)(lambda t: scale * f(t))(at)
    if np.isfinite(answer) and (abs(wanted) > 1e-290 or wanted == 0) and not abs(answer - wanted) <= 1e-9 * (abs(wanted) or scale / at):
        return f"at {at!r}, times {scale!r}: {answer!r}, not {mpmath.nstr(wanted, 17)}"
    return None


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", FAR)
def test_far_out_a_derivative_is_true_or_nan(name, order, rng):
    """Scaled so that what is tiny in one factor is not in the product."""
    f, formula = FAR[name]
    for _ in range(12):
        at = 10 ** rng.uniform(60, 307 if order == 1 else 145)  # beyond, what is between the two sweeps is smaller than the dtype can say
        most = 300 - max(float(sympy.log(abs(formula.subs(x, at)), 10)), 0)
        assert (fault := differs(f, formula, order, at, 10 ** rng.uniform(-60, most))) is None, fault


NEAR = {  # powers whose slope has a factor that is out of range near 0, where the slope itself is not
    "x^x": (lambda x: x**x, x**x),
    "x^2x": (lambda x: ar.power(x, 2 * x), x ** (2 * x)),
    "(3x)^x": (lambda x: (3 * x) ** x, (3 * x) ** x),
    "x^-x": (lambda x: x**-x, x**-x),
}


@pytest.mark.parametrize("name", NEAR)
def test_near_0_the_derivatives_of_a_power_are_in_range_where_they_are_finite(name, rng):
    f, formula = NEAR[name]
    for order, least in ((1, -320), (2, -300)):
        for at in 10 ** rng.uniform(least, -20, 12):
            answer = (ar.grad if order == 1 else ar.hessian)(f)(at)
            assert np.isfinite(answer) and (fault := differs(f, formula, order, at, 1.0)) is None, fault or f"at {at!r}: {answer!r}"


OVERFLOWN = {  # numpy's value is wrong there, with a warning; the derivative is true or nan. By where numbers outgrow their dtype
    "sqrt(1 + x²)": (lambda x: ar.sqrt(1 + x * x), sympy.sqrt(1 + x**2), (1e155, 1e300)),
    "log(x²)": (lambda x: ar.log(x * x), sympy.log(x**2), (1e155, 1e300)),
    "log1p of a square": (lambda x: ar.log1p(ar.square(x)), sympy.log(1 + x**2), (1e155, 1e300)),
    "log exp": (lambda x: ar.log(ar.exp(x)), x, (720, 5000)),
    "1/log exp": (lambda x: 1 / ar.log(ar.exp(x)), 1 / x, (720, 5000)),
    "arctan log exp": (lambda x: ar.arctan(ar.log(ar.exp(x))), sympy.atan(x), (720, 5000)),
    "1/sqrt(exp x)": (lambda x: 1 / ar.sqrt(ar.exp(x)), sympy.exp(-x / 2), (720, 5000)),
    "1/(1 + exp x)": (lambda x: 1 / (1 + ar.exp(x)), 1 / (1 + sympy.exp(x)), (720, 5000)),
    "x/(1 + exp x)": (lambda x: x / (1 + ar.exp(x)), x / (1 + sympy.exp(x)), (720, 5000)),
    "1/cosh": (lambda x: 1 / ar.cosh(x), 1 / sympy.cosh(x), (720, 5000)),
    "log expm1": (lambda x: ar.log(ar.expm1(x)), sympy.log(sympy.exp(x) - 1), (720, 5000)),
    "1/(1/x)": (lambda x: 1 / (1 / x), x, (1e-320, 1e-309)),
    "1/(1/x²)": (lambda x: 1 / x**-2.0, x**2, (1e-300, 1e-155)),
    "arctan 1/x": (lambda x: ar.arctan(1 / x), sympy.atan(1 / x), (1e-320, 1e-309)),
}


@pytest.mark.parametrize("name", OVERFLOWN)
def test_the_derivative_of_what_outgrew_its_dtype_is_true_or_nan(name, rng):
    f, formula, (least, most) = OVERFLOWN[name]
    for _ in range(12):
        at, scale = 10 ** rng.uniform(np.log10(least), np.log10(most)), 10 ** rng.uniform(-150, 8)
        assert (fault := differs(f, formula, 1, at, scale)) is None, fault


def test_silu_gelu_and_floor_divide_at_the_ends():
    ends = np.array([-np.inf, np.inf])
    for f in (ar.silu, ar.gelu, lambda x: ar.gelu(x, True)):
        value, slope = ar.value_and_grad(lambda x, f=f: f(x)[0])(ends), ar.jacobian(f)(ends)
        assert value[0] == 0 and f(ends)[1] == np.inf
        np.testing.assert_array_equal(slope, np.diag([0.0, 1.0]))
    a, b = (grid.ravel() for grid in np.meshgrid([-7.5, -1.0, 0.0, 1.0, 6.0, np.inf, np.nan], [-np.inf, -2.0, 0.0, 0.3, 2.0, np.inf]))
    np.testing.assert_array_equal(ar.floor_divide(ar.tensor(a), b).value, np.floor_divide(a, b))


SUMS = {  # of rows, one of which holds infinite numbers
    "matmul": lambda rows, W, v: rows @ W.T,
    "a stack": lambda rows, W, v: ar.matmul(ar.stack([rows, rows]), W.T).sum(0),
    "linear": lambda rows, W, v: ar.linear(W, rows, v),
    "einsum": lambda rows, W, v: ar.einsum("ij,kj->ik", rows, W),
    "with a vector": lambda rows, W, v: ar.expand_dims(rows @ W[0], -1),
    "tensordot": lambda rows, W, v: ar.tensordot(rows, W, ([1], [1])),
}


@pytest.mark.parametrize("wild", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("name", SUMS)
def test_a_masked_row_of_a_product_has_no_part_in_the_gradient(name, wild, rng):
    x, W, v = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    row = rng.integers(4)
    keep = np.arange(4) != row
    spoilt = np.where(keep[:, None], x, wild)

    def loss(rows, W, v):
        return (ar.where(keep[:, None], SUMS[name](rows, W, v), 0.0) ** 2).sum()

    def second(rows, W, v):
        return (ar.grad(loss, 1)(rows, W, v) ** 2).sum()

    for f in (loss, second):
        for k in (0, 1):
            got, wanted = ar.grad(f, k)(spoilt, W, v), ar.grad(f, k)(x, W, v)
            np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)
