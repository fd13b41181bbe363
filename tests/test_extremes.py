"""Derivatives at the ends of the range: the true number or nan, never a wrong one (see `autograd_rnn.engine.exact`); fresh seeds."""

import numpy as np
import pytest

import autograd_rnn as ar
from tests.oracles.extremes import by_recorded_sweeps, faults

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy says that values overflow; here it is meant


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_compositions_at_the_ends_of_the_range(dtype, random_seed):
    assert not [fault for k in range(150) for fault in faults(random_seed + k, 3, dtype)]
    assert not [fault for k in range(100) for fault in faults(random_seed + k, 3, dtype, by_recorded_sweeps)]


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_more_compositions_at_the_ends_of_the_range(dtype, part, random_seed):
    assert not [fault for k in range(1000) for fault in faults(random_seed + 1000 * (part + 1) + k, 4, dtype)]


BACK = {  # a number that outgrew its dtype and came back, or an adjoint that was too small for it: by the true first and second derivative
    "(1/x)**-2": (lambda x: (1 / x) ** -2.0, 1e-310, 2e-310, 2.0),
    "1/(1/x)**2": (lambda x: 1 / (1 / x) ** 2, 1e-310, 2e-310, 2.0),
    "cosh log2": (lambda x: ar.cosh(ar.log2(x)), 1e308, np.inf, np.inf),
    "1/log(x²)": (lambda x: 1 / ar.log(x * x), 1e200, -2.3577e-206, 0.0),
    "log1p of a product": (lambda x: ar.log1p(1e200 * (1e200 * x)), 1e100, 1e-100, -1e-200),
    "tanh of what came back": (lambda x: ar.tanh(1e-308 * (x * x)), 2e154, 5.3638027e-157, -2.11864e-310),
    "arctan far out": (lambda x: ar.arctan(1e200 * x), 720.0, 1.9290123457e-206, -5.358367627e-209),
    "over a power": (lambda x: (1 + x) / ar.power(2.0, x), 701.0, -4.6160858e-209, 3.1928046e-209),
    "1 - 1/2^x": (lambda x: 1 - 1 / ar.exp2(x), 746.0, 1.8726159e-225, -1.2979984e-225),
    "hypot of copies": (lambda x: ar.hypot(x, x), 1.7e308, 2**0.5, 0.0),
    "norm of copies": (lambda x: ar.norm(ar.stack([x, x])), 1e-320, 2**0.5, 0.0),
}


@pytest.mark.parametrize("name", BACK)
def test_what_left_the_range_and_came_back_is_true_or_nan(name):
    f, x, *wanted = BACK[name]
    for answer, true in zip((ar.grad(f)(x), ar.hessian(f)(x)), wanted, strict=True):
        assert not np.isfinite(answer) or np.isclose(answer, true, rtol=1e-3, atol=1e-300), f"{answer}, not {true}"


@pytest.mark.parametrize("name", BACK)
def test_a_recorded_sweep_is_true_or_nan_too(name):
    f, at, *wanted = BACK[name]
    x = ar.tensor(at)
    first = f(x).backward(create_graph=True)[x]
    second = first.backward(create_graph=True)[x] if first.op else ar.constant(0.0)
    for answer, true in zip((first.value, second.value), wanted, strict=True):
        assert not np.isfinite(answer) or np.isclose(answer, true, rtol=1e-3, atol=1e-300), f"{answer}, not {true}"


def test_a_plain_sweep_differentiates_the_values_as_computed_of_which_numpy_has_warned():
    """The limit that `backward` documents, since a search of every value would make each step of training slower."""
    x = ar.tensor(1e200)
    with pytest.warns(RuntimeWarning, match="overflow"):
        y = 1 / ar.log(x * x)
    assert y.value == 0 and y.backward()[x] == 0 and np.isnan(y.backward(create_graph=True)[x].value)


def test_what_is_too_small_on_the_way_is_the_true_number(random_seed):
    """And the other elements are what they were."""
    rng = np.random.default_rng(random_seed)
    x, scale = rng.uniform(0.5, 2, 4), np.array([1e-200, 1.0, 1e200, 3.0])
    f = lambda x: ar.sum((x * scale) ** 2 * 1e-120 * 1e-100 * 1e-110)
    np.testing.assert_allclose(ar.grad(f)(x), (2 * x * (scale * 1e-165) * (scale * 1e-165)), rtol=1e-12)
    chain = lambda x: ar.sum(ar.sin((((x * 1e300) * 1e-200) * 1e-200) * 1e100))
    np.testing.assert_allclose(ar.grad(chain)(x), np.cos(x), rtol=1e-9)
    np.testing.assert_allclose(ar.hessian(chain)(x), np.diag(-np.sin(x)), rtol=1e-9)


@pytest.mark.parametrize("step", [ar.round, ar.trunc], ids=lambda step: step.__name__)
@pytest.mark.parametrize("point", [0.0, 0.25, -0.25])
def test_a_step_beside_numbers_of_a_smaller_dtype_leaves_their_derivative(step, point, random_seed):
    """What stands beside 0 is too small for its dtype, which is no adjoint's underflow."""
    rng = np.random.default_rng(random_seed)
    x, v = ar.tensor(rng.uniform(0.5, 2.0)), ar.tensor(np.array([point, 0.1 + rng.uniform(0, 0.3)]))
    u = ar.full_like(ar.astype(v, np.float32), x) * ar.astype(v, np.float32)
    swept = ((u * u).sum() + ar.sin(step(v)).sum()).backward(create_graph=True)
    assert swept[x].value == pytest.approx(2 * x.item() * (v.value**2).sum(), rel=1e-5)
    assert swept[v].value == pytest.approx(2 * x.item() ** 2 * v.value, rel=1e-5)


def test_an_adjoint_too_small_for_float64_beside_numbers_of_float32(random_seed):
    """1e-200 times 1e-200 is 0 on the way back; no seed that float64 has room for is one that float32 has."""
    x, v = ar.tensor(1e-100), ar.tensor(np.array([np.random.default_rng(random_seed).uniform(0.5, 2.0)]))
    swept = (x * 1e300 * 1e-200 * 1e-200 + (ar.astype(v, np.float32) ** 2).sum()).backward(create_graph=True)
    assert swept[x].value == pytest.approx(1e-100)
    assert swept[v].value == pytest.approx(2 * v.value, rel=1e-5)
