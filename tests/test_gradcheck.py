"""The checker checked: one wrong derivative planted in each argument of an operation, of first and of second order, is found and named."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine import op

COUNTS = (1, 2, 3)
SHAPES = [(2,), (3, 1), ()]  # of the arguments: each is broadcast against the others
FACTOR = 1 + 1e-4  # a fault that is easy to overlook


def arguments(count):
    rng = np.random.default_rng(count)
    return [rng.uniform(0.5, 1.5, shape) for shape in SHAPES[:count]]


def partial(k, xs):
    """∂/∂x_k of Π x² over xs, which depends on every one of them."""
    product = 2 * xs[k]
    for j, x in enumerate(xs):
        product = product if j == k else product * (x * x)
    return product


@pytest.fixture
def declare():
    """Declares operations for one test, and takes them back."""
    before = dict(ar.OPS)
    yield op
    ar.OPS.clear()
    ar.OPS.update(before)


@pytest.fixture
def product_of_squares(declare):
    """Declares Π x² of so many arguments, where ``faulty(k, g, xs)`` is the vjp of argument k."""

    def product_of(count, faulty):
        vjps = [lambda g, y, *xs, k=k: faulty(k, g, xs) for k in range(count)]
        if count == 1:

            @declare("Π{}²", *vjps)
            def product(a, /):
                return a * a

        elif count == 2:

            @declare("Π{}{}²", *vjps)
            def product(a, b, /):
                return (a * b) ** 2

        else:

            @declare("Π{}{}{}²", *vjps)
            def product(a, b, c, /):
                return (a * b * c) ** 2

        return product

    return product_of


def blamed(report):
    """The arguments with a wrong element."""
    return {row.argument for row in report.rows if row.error > report.tolerance}


def detached(x):
    """Right as a number, without a derivative of its own."""
    return ar.constant(x.value) if isinstance(x, ar.Tensor) else x


def bent(x):
    """Right as a number, with a derivative that is a little wrong: it is only seen where the sweep is recorded."""
    return detached(x) + (x - detached(x)) * FACTOR


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("order", [1, 2])
def test_no_alarm_where_every_derivative_is_right(product_of_squares, count, order):
    right = product_of_squares(count, lambda k, g, xs: g * partial(k, xs))
    report = ar.gradcheck(right, *arguments(count), order=order)
    assert report.ok and not blamed(report) and report.op is None
    assert {(row.argument, row.element) for row in report.rows} == {
        (f"argument {k}", index) for k, x in enumerate(arguments(count)) for index in np.ndindex(x.shape)
    }


@pytest.mark.parametrize("count, wrong", [(count, k) for count in COUNTS for k in range(count)])
@pytest.mark.parametrize("order", [1, 2])
def test_a_wrong_first_derivative_is_found_in_each_argument(product_of_squares, count, wrong, order):
    f = product_of_squares(count, lambda k, g, xs: g * partial(k, xs) * (FACTOR if k == wrong else 1))
    report = ar.gradcheck(f, *arguments(count), order=order)
    assert not report.ok and f"argument {wrong}" in blamed(report)
    if order == 1:
        assert blamed(report) == {f"argument {wrong}"} and report.worst == pytest.approx(1e-4, rel=1e-2)


PAIRS = [(count, k, j) for count in COUNTS for k, j in itertools.product(range(count), repeat=2)]


@pytest.mark.parametrize("spoiled", [detached, bent])
@pytest.mark.parametrize("count, wrong, by", PAIRS)
def test_each_wrong_second_derivative_is_found(product_of_squares, count, wrong, by, spoiled):
    """∂²/∂x_wrong ∂x_by alone is wrong: it is lost, or off by a little. The first derivatives are right."""

    def vjp(k, g, xs):
        return g * partial(k, [spoiled(x) if (k, j) == (wrong, by) else x for j, x in enumerate(xs)])

    f = product_of_squares(count, vjp)
    assert ar.gradcheck(f, *arguments(count)).ok
    report = ar.gradcheck(f, *arguments(count), order=2)
    assert not report.ok
    if spoiled is detached:
        assert f"the vjp of input {wrong} changes with input {by}, and what it gives has no record of that" in str(report)
    else:
        assert blamed(report) == {f"argument {by}"} and f"argument {by}" in str(report)


@pytest.mark.parametrize("count, wrong", [(count, k) for count in COUNTS for k in range(count)])
def test_a_derivative_by_the_adjoint_that_is_lost_is_found(product_of_squares, count, wrong):
    """A vjp is linear in g, and the derivative by g is a second derivative too."""
    f = product_of_squares(count, lambda k, g, xs: (detached(g) if k == wrong else g) * partial(k, xs))
    assert ar.gradcheck(f, *arguments(count)).ok
    assert not ar.gradcheck(f, *arguments(count), order=2).ok


@pytest.mark.parametrize("wrong", range(2))
def test_a_linear_operation_has_a_second_derivative_to_lose(declare, wrong):
    """Its own is zero, but what its adjoint g came from depends on its arguments."""
    for faulty in (False, True):
        vjps = [lambda g, y, a, b, k=k, faulty=faulty: (detached(g) if faulty and k == wrong else g) * (2, 3)[k] for k in range(2)]

        @declare("2{} + 3{}", *vjps)
        def weighted(a, b, /):
            return 2 * a + 3 * b

        report = ar.gradcheck(weighted, *arguments(2), order=2)
        assert report.ok is not faulty


CANCELLING = {  # what goes wrong at x = [1, 1], and would not be seen if elements, or adjoints, were simply added up
    "first, to the other element": (1, lambda g, x: 2 * g[::-1] * x),
    "second, to the other element": (2, lambda g, x: 2 * g * (detached(x) + (x - detached(x))[::-1])),
    "second, as much too large here as too small there": (2, lambda g, x: 2 * g * x + np.array([1.0, -1.0]) * (x - detached(x)).sum()),
    "second, only where adjoints differ": (2, lambda g, x: 2 * g * x + (g - g[::-1]) * (x - detached(x))),
}


@pytest.mark.parametrize("case", CANCELLING)
def test_errors_that_cancel_are_found(declare, case):
    order, vjp = CANCELLING[case]

    @declare("{}²", lambda g, y, x: vjp(g, x))
    def wrong(x, /):
        return x * x

    assert not ar.gradcheck(wrong, np.ones(2), order=order).ok


@pytest.mark.parametrize("wrong", range(3))
def test_one_wrong_element_of_many_is_found(product_of_squares, wrong):
    """The last element of one argument's gradient, at the order that is asked for."""
    arguments = [np.random.default_rng(k).uniform(0.5, 1.5, (2, 3)) for k in range(3)]
    last = np.ones((2, 3))
    last[-1, -1] = FACTOR
    first = product_of_squares(3, lambda k, g, xs: g * partial(k, xs) * (last if k == wrong else 1))
    report = ar.gradcheck(first, *arguments)
    assert {(row.argument, row.element) for row in report.rows if row.error > report.tolerance} == {(f"argument {wrong}", (1, 2))}

    def bent_last(k, g, xs):
        x = xs[wrong]
        spoiled = detached(x) + (x - detached(x)) * last if isinstance(x, ar.Tensor) and k == wrong else x
        return g * partial(k, [*xs[:wrong], spoiled, *xs[wrong + 1 :]])

    report = ar.gradcheck(product_of_squares(3, bent_last), *arguments, order=2)
    assert {(row.argument, row.element) for row in report.rows if row.error > report.tolerance} == {(f"argument {wrong}", (1, 2))}


@pytest.mark.parametrize("used", range(3))
def test_an_argument_that_is_alone_in_having_a_derivative(product_of_squares, used):
    """The others do not enter: zero is right for them, and what is wrong in the one is still found."""
    for faulty in (False, True):
        f = product_of_squares(1, lambda k, g, xs, faulty=faulty: g * partial(k, [bent(x) for x in xs] if faulty else xs))
        report = ar.gradcheck(lambda *xs, f=f: f(xs[used]), *arguments(3), order=2)
        assert report.ok is not faulty and blamed(report) == ({f"argument {used}"} if faulty else set())


def test_arguments_of_very_different_size_are_judged_each_by_its_own(product_of_squares):
    """The gradient by the second is 100,000 times the first's: a wrong small one is not drowned by the large."""
    small, large = np.array([2e-3, 3e-3]), np.array([100.0, 200.0])
    for order, wrong in itertools.product((1, 2), range(2)):

        def vjp(k, g, xs, order=order, wrong=wrong):
            spoiled = [(x + detached(x)) / 2 if (order, j) == (2, wrong) and k == wrong else x for j, x in enumerate(xs)]
            return g * partial(k, spoiled) * (1.01 if (order, k) == (1, wrong) else 1)

        report = ar.gradcheck(product_of_squares(2, vjp), large, small, order=order)
        assert not report.ok and f"argument {wrong}" in blamed(report)


def test_names_of_tensors_are_the_names_of_arguments(product_of_squares):
    f = product_of_squares(2, lambda k, g, xs: g * partial(k, xs) * (FACTOR if k else 1))
    report = ar.gradcheck(f, ar.tensor([0.5, 1.0], name="W"), ar.tensor([2.0, 1.5], name="b"))
    assert blamed(report) == {"b"} and "product, input 1" in report.op
