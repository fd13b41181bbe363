"""Operations of one's own: right ones are proven or honestly left open, wrong ones refuted, however their vjps are written."""

import random

import numpy as np
import pytest
import sympy

import autograd_rnn as ar
from tests.sampling import called, sampled

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


# Operations of the literature: forward, vjp, and where one is told its meaning to sympy, on arrays of symbols.
E, MAX, ABS = (np.frompyfunc(f, n, 1) for f, n in ((sympy.exp, 1), (sympy.Max, 2), (sympy.Abs, 1)))


def positive(x):
    return ar.sign(ar.relu(x))


LITERATURE = {
    "swish": (lambda x: x / (1 + np.exp(-x)), lambda g, y, x: g * (ar.sigmoid(x) + y * (1 - ar.sigmoid(x))), lambda x: x / (1 + E(-x))),
    "mish": (lambda x: x * np.tanh(np.log1p(np.exp(x))),
             lambda g, y, x: g * (ar.tanh(ar.softplus(x)) + x * ar.sigmoid(x) * (1 - ar.tanh(ar.softplus(x)) ** 2)), None),
    "hard_sigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda g, y, x: g / 6 * positive(3 - ar.abs(x)),
                     np.frompyfunc(lambda x: sympy.Piecewise((0, x < -3), (1, x > 3), (x / 6 + sympy.Rational(1, 2), True)), 1, 1)),
    "hard_tanh": (lambda x: np.maximum(-1, np.minimum(1, x)), lambda g, y, x: ar.where(np.abs(getattr(x, "value", x)) < 1, g, 0.0),
                  lambda x: MAX(-1, -MAX(-1, -x))),
    "squareplus": (lambda x: (x + np.sqrt(x * x + 4)) / 2, lambda g, y, x: g * y / (2 * y - x), None),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda g, y, x: g * (1 - ar.abs(y)) ** 2, lambda x: x / (1 + ABS(x))),
    "snake": (lambda x: x + np.sin(x) ** 2, lambda g, y, x: g * (1 + ar.sin(2 * x)), None),
    "rational_tanh": (lambda x: x * (27 + x * x) / (27 + 9 * x * x),
                      lambda g, y, x: g * (27 + 3 * x * x - 18 * x * y) / (27 + 9 * x * x), None),
    "log_one_plus_exp": (lambda x: np.logaddexp(0, x), lambda g, y, x: g * ar.sigmoid(x),
                         lambda x: np.frompyfunc(sympy.log, 1, 1)(1 + E(x))),
    "gaussian": (lambda x: np.exp(-x * x), lambda g, y, x: -2 * g * x * y, lambda x: E(-(x**2))),
    "unnormalized_sinc": (lambda x: np.sin(x) / x, lambda g, y, x: g * (ar.cos(x) - y) / x, None),
    "elish": (lambda x: np.where(x > 0, x, np.expm1(x)) / (1 + np.exp(-x)),
              lambda g, y, x: g * (ar.sigmoid(x) * (positive(x) + (1 - positive(x)) * ar.exp(x)) + y * (1 - ar.sigmoid(x))), None),
    "bent": (lambda x: (np.sqrt(x * x + 1) - 1) / 2 + x, lambda g, y, x: g * (x / (2 * ar.sqrt(x * x + 1)) + 1), None),
    "log_cosh": (lambda x: np.log(np.cosh(x)), lambda g, y, x: g * ar.tanh(x), None),
    "lecun": (lambda x: 1.7159 * np.tanh(2 * x / 3), lambda g, y, x: g * 1.7159 * 2 / 3 * (1 - (y / 1.7159) ** 2), None),
    "isru": (lambda x: x / np.sqrt(1 + x * x), lambda g, y, x: g * (1 + x * x) ** -1.5, None),
    "relu6": (lambda x: np.minimum(np.maximum(x, 0), 6), lambda g, y, x: g * positive(x) * positive(6 - x),
              lambda x: 6 - MAX(6 - MAX(x, 0), 0)),
    "selu": (lambda x: 1.0507 * np.where(x > 0, x, 1.67326 * (np.exp(x) - 1)),
             lambda g, y, x: g * 1.0507 * (positive(x) + (1 - positive(x)) * 1.67326 * ar.exp(x)), None),
    "unit_length": (lambda x: x / np.sqrt((x * x).sum()), lambda g, y, x: (g - y * (g * y).sum()) / ar.norm(x), None),
    "softmin": (lambda x: np.exp(-x) / np.exp(-x).sum(), lambda g, y, x: -y * (g - (g * y).sum()), lambda x: E(-x) / E(-x).sum()),
    "sparse": (lambda x: x * (x == x.max()), lambda g, y, x: g * (getattr(x, "value", x) == np.max(getattr(x, "value", x))), None),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"), sampled([(name, told) for name, (*_, meaning) in LITERATURE.items() for told in {False, meaning is not None}], 5)
)
def test_an_operation_of_the_literature_goes_through_every_reading(name, told):
    f, vjp, meaning = LITERATURE[name]

    def own(x, /):
        return f(x)

    own.__name__ = name
    op = ar.op(name + "({})", vjp, meaning=meaning if told else None)(own)
    model = ar.Model(Own(op), output_size=2)
    derivation = ar.derive(model)
    proof = derivation.verify(steps=3)
    assert proof.ok and bool(proof.report.silent) == (name == "log_one_plus_exp" and not told), proof
    for line in derivation.text("ascii").splitlines()[:-1]:
        assert derivation.check(line).equal, line
    run = model.unroll(np.random.default_rng(0).normal(size=(3, 2)), y=[0, 1, 0])
    assert ar.derive(run).numbers() and ar.gradcheck(op, np.array([0.3, -0.7, 0.9])).ok
    assert "<svg" in ar.draw(run).svg()


def _own(reads, **said):
    """An operation on one input so declared."""

    @ar.op(reads, lambda g, y, x: g, **said)
    def own(x, /):
        return +x


UNSAYABLE = {
    "reads": ("own", "own({x})", "own({0)", "own({}, {})", "{}^{1}", "}{", "{} of {2}"),
    "why": ("{z} grows", "{} grows", "{y grows", "{0}", 3, "{x.no}"),
    "values": (3, (1,), (1, 2, 3), (1, -1), (0, float("nan")), ("low", "high"), 0.0),
    "kind": ("elementswise", "Adds", 1),
}


@pytest.mark.parametrize("name, said", [(name, said) for name, ways in UNSAYABLE.items() for said in ways])
def test_a_declaration_that_no_reading_could_go_by_is_refused_as_it_is_made(name, said):
    """In place of an error out of a drawing, a walk or a bound, long after."""
    with pytest.raises((ValueError, TypeError), match=f"{name}|places for more"):
        _own(**{"reads": "own({})"} | {name: said})
    assert "own" not in ar.OPS


@pytest.mark.parametrize("meaning", [sympy.exp, lambda x: 1 + sympy.exp(x), lambda x: x.exp(), lambda x, y: E(x)])
def test_a_meaning_that_does_not_take_arrays_is_explained(meaning):
    @ar.op("mine({})", lambda g, y, x: g * y, meaning=meaning)
    def mine(x, /):
        return np.exp(x)

    with pytest.raises(
        ValueError, match=r"mine's meaning= fails on arrays of symbols \(.*\): np.frompyfunc\(sympy.exp, 1, 1\) takes an array"
    ):
        ar.verify(mine(ar.tensor([0.3, 0.4], name="x")).sum())


@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("bound", [-5.0, 5.0])
def test_what_a_comparison_did_not_choose_is_not_forgotten(several, bound):
    """All numbers lie on one side of the bound, as those of a specimen may: both branches stand in the equation."""

    class Choosing(ar.Cell):
        def shapes(self):
            return {"U": (self.hidden_size, self.hidden_size), "W": (self.hidden_size, self.input_size)}

        def step(self, p, x, h):
            u = p.W @ x
            return dict(u=u, h=ar.where((h * h if several else (h * h).sum()) > bound, ar.tanh(p.U @ h + u), u))

    line = str(ar.derive(ar.Model(Choosing(2, 3), output_size=2)).forward[1].right)
    assert "tanh" in line and "C_1" in line, line


SIDES = {  # of a kink at 0: the two slopes
    "relu": (0.0, 1.0),
    "leaky": (0.1, 1.0),
    "abs": (-1.0, 1.0),
    "steep": (2.0, -3.0),
}


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("inner", [lambda x: x, lambda x: x * x, lambda x: ar.sin(3 * x), lambda x: ar.maximum(x, -x)])
def test_the_kink_of_a_choosing_operation_of_a_persons_own_is_seen(name, inner):
    """No second derivative there, as of ours; beside it, and where it only joins what is smooth, the true one."""
    below, above = SIDES[name]
    number = lambda x: getattr(x, "value", x)
    slope = lambda x: np.where(number(x) > 0, above, below)
    bent = ar.op("bent({})", lambda g, y, x: g * slope(x), chooses=True)(called("bent", lambda x: x * slope(x)))
    larger = ar.op(
        "larger({}, {})",
        lambda g, y, a, b: g * (number(a) > number(b)),
        lambda g, y, a, b: g * (number(a) <= number(b)),
        chooses=True,
    )(called("larger", lambda a, b: np.maximum(a, b)))
    assert np.isnan(ar.hessian(lambda x: bent(inner(x)) ** 2)(0.0))
    assert np.isnan(ar.hessian(lambda x: larger(inner(x), below * x) ** 2)(0.0))
    x = np.array([0.0, 0.3, -0.2])
    second = ar.hessian(lambda x: ar.sum(bent(inner(x)) ** 2))(x)
    truth = ar.hessian(lambda x: ar.sum((slope(inner(x)) * inner(x)) ** 2))(x)
    np.testing.assert_allclose(second[1:, 1:], truth[1:, 1:], atol=1e-12)
    assert np.isnan(second[0, 0])


def _number(x):
    """What a vjp takes off the tape, as with .value."""
    return getattr(x, "value", x)


TAKEN = {  # a vjp of a ⊙ b², by a and by b, that takes numbers off the tape: which of the two is caught, by which input
    "all of it": (lambda g, a, b: g * _number(b) ** 2, lambda g, a, b: g * _number(2 * a * b), [(0, 1), (1, 0)]),
    "one input": (lambda g, a, b: g * b * b, lambda g, a, b: 2 * g * _number(a) * b, [(1, 0)]),
    "the other": (lambda g, a, b: g * b * b, lambda g, a, b: 2 * g * a * _number(b), [(1, 1)]),
    "nothing": (lambda g, a, b: g * b * b, lambda g, a, b: 2 * g * a * b, []),
}


@pytest.mark.parametrize("how", ["hessian", "grad of grad", "create_graph", "jvp of grad"])
@pytest.mark.parametrize("name", TAKEN)
def test_a_rule_that_takes_numbers_off_the_tape_is_told_and_loses_no_second_derivative(name, how, random_seed):
    by_a, by_b, caught = TAKEN[name]
    product = called("weighted", lambda a, b, /: a * b * b)
    weighted = ar.op("{} ⊙ {}²", lambda g, y, a, b: by_a(g, a, b), lambda g, y, a, b: by_b(g, a, b))(product)
    a, b = np.random.default_rng(random_seed).normal(size=(2, 3))
    f = lambda x: (weighted(x[0], ar.sin(x[1])) * x[0]).sum()
    x = np.array([a, b])
    ways = {
        "hessian": lambda: ar.hessian(f)(x),
        "grad of grad": lambda: ar.grad(lambda x: (ar.grad(f)(x) ** 2).sum())(x),
        "create_graph": lambda: f(leaf := ar.tensor(x)).backward(create_graph=True)[leaf],
        "jvp of grad": lambda: ar.jvp(ar.grad(f))(x)[1](np.ones_like(x)),
    }
    assert np.isfinite(ar.grad(f)(x)).all()  # a first derivative has nothing to lose
    if not caught:
        assert np.isfinite(_number(ways[how]())).all()
        return
    with pytest.raises(ValueError) as told:
        ways[how]()
    assert any(f"the vjp of input {k} changes with input {j}, and what it gives has no record" in str(told.value) for k, j in caught)


@pytest.mark.parametrize(
    "slope",
    [
        lambda x: np.sign(_number(x)),
        lambda x: 1.0 * (_number(x) > 0),
        lambda x: np.where(_number(x) > 0, 1.0, 0.1),
        lambda x: np.floor(_number(x)),
        lambda x: np.round(_number(x), 3),
        lambda x: 1.0 * (np.abs(_number(x)) < 1),
        lambda x: 2.5,
    ],
)
def test_a_rule_that_compares_numbers_keeps_its_second_derivative_0(slope, random_seed):
    """Nothing is lost where the slope only steps: also at the steps themselves, and for very small and very large numbers."""
    own = ar.op("own({})", lambda g, y, x: g * slope(x))(called("own", lambda x, /: x * slope(x)))
    x = np.append(np.random.default_rng(random_seed).normal(size=40) * 10.0 ** np.arange(-37, 3), [0.0, 1.0, -1.0, 0.5, 2.0, 1e-300])
    assert not ar.grad(lambda x: ar.grad(lambda x: own(x).sum())(x).sum(), unused="zero")(x).any()


def test_a_fact_that_no_reading_knows_and_a_name_that_can_be_none_are_refused_in_a_sentence():
    with pytest.raises(TypeError, match="op knows nothing called 'rises': what may be said of an operation is .*, rising, "):
        ar.op("f({})", lambda g, y, x: g, rises=True)
    unnamed = lambda x, /: x * 2.0  # noqa: E731
    for name in ("<lambda>", "two words", "1st"):
        unnamed.__name__ = name
        with pytest.raises(ValueError, match=f"'{name}' can be no name: write the function with def"):
            ar.op("f({})", lambda g, y, x: 2 * g)(unnamed)
        assert name not in ar.OPS
