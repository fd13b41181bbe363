"""All that a reading goes by is in the declaration: a person's own copy of an operation reads, draws and walks as the package's does."""

import inspect

import numpy as np
import pytest
import sympy

import autograd_rnn as ar
from autograd_rnn.algebra.elementwise import _tried
from autograd_rnn.algebra.operations import functions
from autograd_rnn.algebra.options import Options
from autograd_rnn.engine.rule import is_ours
from tests.sampling import called, sampled

OURS = {name: op for name, op in ar.OPS.items() if is_ours(op.forward)}
# What stands for compiled code, which takes no symbols.
COMPILED = {name: np.frompyfunc(getattr(sympy, name), 1, 1) for name in ("erf", "erfc")}
PAIRS = ("add", "subtract", "multiply", "divide", "power", "hypot", "arctan2", "maximum", "minimum", "mod", "floor_divide")
SAID = ("picture", "words", "why", "kind", "values", "rising", "chooses", "named")


def copied(name, **said):
    """The same operation as a person would declare it, under a name of their own."""
    op = ar.OPS[name]
    one, two = (lambda x, /: op.forward(x)), (lambda a, b, /: op.forward(a, b))
    mine = one if len(op.vjps) == 1 else two
    mine.__name__ = f"own_{name}"
    return ar.op(op.reads, *op.vjps, meaning=COMPILED.get(name), **{key: getattr(op, key) for key in SAID} | said)(mine)


def options_of(name):
    """The options that an operation has no default for."""
    given = inspect.signature(ar.OPS[name].forward).parameters.values()
    return [
        one.name for one in given if one.default is one.empty and one.kind is not one.POSITIONAL_ONLY and one.kind is not one.VAR_POSITIONAL
    ]


class Uses(ar.Cell):
    """h = f(s), or f(s, u), of numbers s and u between 0.2 and 0.8, or as much above ``least``."""

    def __init__(self, f, inputs=1, least=0):
        self.f, self.inputs, self.least = f, inputs, least
        super().__init__(2, 3, seed=1)

    def shapes(self):
        return {"W": (3, 2), "U": (3, 3)}

    def step(self, p, x, h):
        s = 0.3 * ar.tanh(p.W @ x + p.U @ h) + (0.5 + self.least)
        u = 0.3 * ar.sin(p.U @ h) + 0.5
        return dict(s=s, h=self.f(s)) if self.inputs == 1 else dict(s=s, u=u, h=self.f(s, u))


def runs(name, inputs, **said):
    """A run with the package's operation, and one with its copy."""
    for f in (getattr(ar, name), copied(name, **said)):
        yield ar.Model(Uses(f, inputs, least=name == "arccosh"), output_size=2).unroll(np.ones((2, 2)), y=[0, 1])


def told(run):
    """Every step of a walk in words and in signs, at every level, and the questions and hints of its quiz."""
    walk, found = ar.step(run), []
    for level in walk.levels:
        for one in walk.walk(level):
            found += [one.rule, one.before.text, one.after.text, one.after.latex, str(walk.why(one))]
    quiz = walk.quiz()
    while not quiz.over:
        found += [quiz.question, quiz.hint(), quiz.hint()]
        quiz.give_up()
    return found


@pytest.mark.parametrize("name", sampled(sorted(functions()), 15))
def test_a_copy_of_a_function_reads_draws_and_walks_as_it_does(name):
    ours, own = runs(name, 1)
    derived, copy = ar.derive(ours), ar.derive(own)
    for style in ("text", "latex"):
        assert copy.text(style) == derived.text(style)
    proof, proven = copy.verify(steps=2), derived.verify(steps=2)
    assert proof.ok and not proof.report.silent and proof.exact == proven.exact
    for line in copy.text("ascii").splitlines():
        assert copy.check(line).equal, line
    assert str(copy.bound()) == str(derived.bound())
    assert told(own) == told(ours)
    for level in ("block", "cell", "op"):
        assert ar.draw(own, level=level).svg() == ar.draw(ours, level=level).svg()


@pytest.mark.parametrize("name", sampled(PAIRS, 16))
def test_a_copy_of_an_operation_on_two_is_said_as_it_is(name):
    ours, own = runs(name, 2)
    copy = ar.derive(own)
    assert copy.verify(steps=2).ok
    for line in copy.text("ascii").splitlines():
        assert copy.check(line).equal, line
    said = [[(step.rule, str(walk.why(step)).split("\n")[0]) for step in walk.walk("op")] for walk in map(ar.step, (ours, own))]
    assert said[0] == said[1]
    for level in ("block", "cell", "op"):
        assert ar.draw(own, level=level).svg() == ar.draw(ours, level=level).svg()


@pytest.mark.parametrize("name", [name for name, op in OURS.items() if op.kind == "elementwise" and not options_of(name)])
def test_what_is_declared_elementwise_is_found_so_by_trying(name):
    assert _tried(ar.OPS[name], Options())


@pytest.mark.parametrize("name", ["softmax", "norm", "max", "inv", *(n for n, op in OURS.items() if op.kind in ("adds", "multiplies"))])
def test_what_is_not_elementwise_is_not_found_so_by_trying(name):
    assert not _tried(ar.OPS[name], Options())


def swish(x, /):
    return x / (1 + np.exp(-x))


def softsign(x, /):
    return x / (1 + np.abs(x))


def symmetric(W, /):
    return (W + W.T) / 2


SLOPE = lambda g, y, x: g * (1 - ar.abs(y)) ** 2  # noqa: E731
OWN = {
    "swish": lambda: ar.op("swish({})", lambda g, y, x: g * (ar.sigmoid(x) + y * (1 - ar.sigmoid(x))))(swish),
    "softsign": lambda: ar.op("{} / (1 + |{0}|)", SLOPE, picture="soft", words="the soft sign")(softsign),
    "symmetric": lambda: ar.op("sym({})", lambda g, W, x: (g + g.T) / 2, meaning=lambda W: (W + W.T) / sympy.Integer(2))(symmetric),
}  # fmt: skip
SENTENCES = {
    "swish": "the Jacobian of swish is a diagonal matrix",
    "softsign": "the Jacobian of the soft sign is a diagonal matrix",
    "symmetric": "The chain rule through sym, by the rule that the operation declares.",
}


class Carried(Uses):
    """h = tanh(s) + f(U) h of a matrix."""

    def step(self, p, x, h):
        s = 0.3 * ar.tanh(p.W @ x)
        return dict(s=s, h=ar.tanh(s + self.f(p.U) @ h))


@pytest.mark.parametrize("name", sampled(OWN, 2))
def test_an_operation_of_ones_own_derives_is_proven_drawn_and_walked(name):
    cell = (Carried if name == "symmetric" else Uses)(OWN[name]())
    run = ar.Model(cell, output_size=2).unroll(np.ones((2, 2)), y=[0, 1])
    derivation = ar.derive(run)
    proof = derivation.verify(steps=2)
    assert proof.ok and not proof.report.silent, proof
    for line in derivation.text("ascii").splitlines():
        assert derivation.check(line).equal, line
    assert any(SENTENCES[name] in text for text in told(run))
    for level in ("block", "cell", "op"):
        assert "<svg" in ar.draw(run, level=level).svg()


def test_an_unknown_kind_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="kind is one of elementwise, moves, adds, multiplies, or is not said: not 'moved'"):
        ar.op("f({})", None, kind="moved")(called("f", lambda x, /: x))


@pytest.mark.parametrize(
    ("said", "gamma"), [({}, "∞"), ({"values": (-1, 1)}, "γ = 1 "), ({"rising": True}, "γ = 0.961043 ")]
)  # 1 - tanh²(0.2)
def test_what_is_declared_of_ones_own_bounds_gradients(said, gamma):
    squash = ar.op("squash({})", lambda g, y, x: g * (1 - y * y), **said)(called("squash", lambda x, /: np.tanh(x)))
    assert gamma in str(ar.derive(ar.Model(Uses(squash), output_size=2)).bound())


def _bump(x, at, size):
    return size * np.exp(-(((x - at) / 0.05) ** 2))


PROMISES = {  # a forward on numbers between 0.2 and 0.8, what is declared of it, and what the refusal says; nothing where it is true
    "rises": (lambda x, at, size: size * np.tanh(x - at), lambda size: {"rising": True, "values": (-size, size)}, ""),
    "falls once": (lambda x, at, size: x + _bump(x, at, size), lambda size: {"rising": True}, "rising=True, but bumpy"),
    "goes out": (lambda x, at, size: x + _bump(x, at, size), lambda size: {"values": (0, size)}, r"values=\(.*\), but bumpy"),
    "on two": (lambda a, b, at, size: _bump(a, at, size) * b, lambda size: {"values": (0, 0.8 * size)}, ""),
    "on two, goes out": (lambda a, b, at, size: _bump(a, at, size) * b, lambda size: {"values": (0, size / 2)}, "values="),
}


@pytest.mark.parametrize("name", PROMISES)
def test_a_declared_bound_is_tried_before_it_is_believed(name, random_seed):
    """What a declaration promises is held against the forward, at numbers that its inputs can have."""
    f, said, refusal = PROMISES[name]
    rng, inputs = np.random.default_rng(random_seed), 2 if "two" in name else 1
    for _ in range(3):
        at, size = rng.uniform(0.3, 0.7), rng.uniform(1, 3)
        bumpy = (lambda a, b, /: f(a, b, at, size)) if inputs == 2 else lambda x, /: f(x, at, size)
        bumpy.__name__ = "bumpy"
        own = ar.op("bumpy({}, {})" if inputs == 2 else "bumpy({})", *[lambda g, y, *x: g] * inputs, **said(size))(bumpy)
        derivation = ar.derive(ar.Model(Uses(own, inputs), output_size=2))
        if not refusal:
            assert derivation.bound().rows
            continue
        with pytest.raises(ValueError, match=f"bumpy is declared with {refusal}"):
            derivation.bound()
