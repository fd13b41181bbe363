"""Two kinds of net whose equations are easily right but for some numbers: states that are handed on as they are, which the losses at the
ends reach by other ways, and choices between things that are equal."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.nets.run import VARY
from tests.sampling import sampled

SEEDS = range(8)


def handing_on(rng):
    """A cell of up to four states, of which all but the first are an earlier one of another, or themselves unchanged; and its output is any
    of them, or one from before."""
    more = [f"g{letter}" for letter in "abc"[: int(rng.integers(4))]]
    states = ("h", *more)
    source = {name: str(rng.choice(states)) for name in more}
    first, second, before, given = (str(rng.choice(states)) for _ in range(4))
    given = "o" if rng.integers(2) else given
    D, H = (int(n) for n in rng.integers(1, 4, 2))

    class Handing(ar.Cell):
        def shapes(self):
            return {"W": (H, D), "U": (H, H), "b": (H,)}

        def step(self, p, x, *values):
            old = dict(zip(states, values, strict=True))
            a = p.W @ x + p.U @ old[first] + p.b
            return dict(a=a, h=ar.tanh(a) + 0.5 * old[second], o=old[before], **{name: old[of] for name, of in source.items()})

    Handing.states, Handing.output = states, given
    return Handing(D, H, seed=int(rng.integers(99)), learn_initial=bool(rng.integers(2)))


@pytest.mark.parametrize("task", ["many-to-many", "many-to-one"])
@pytest.mark.parametrize("seed", sampled(SEEDS, 4))
def test_a_state_that_is_handed_on_derives_walks_and_draws(seed, task, random_seed):
    rng = np.random.default_rng([random_seed, seed])
    net = ar.Model(handing_on(rng), 2, task=task)
    derivation = ar.derive(net)
    for steps in (1, 2, 4, 7):
        assert derivation.verify(steps).ok, derivation
    for name in {q.left.name for q in derivation.equations}:  # one for every t and those of the ends
        verdict = derivation.check("\n".join(show(q, "ascii") for q in derivation.equations if q.left.name == name))
        assert verdict.equal or (task == "many-to-one" and "right for longer sequences, but not for T = " in str(verdict)), verdict
    written = [show(q.left) for q in derivation.equations]
    assert not set(map(show, derivation.beyond)) & set(written)  # nothing is zero that has an equation
    x, y = rng.normal(size=(4, net.cell.input_size)), rng.integers(0, 2, 4 if task == "many-to-many" else ())
    run = net.unroll(x, y)
    assert ar.step(run).levels[0] == "recursion"
    for picture in (net.cell, run, net):
        assert ar.draw(picture, level="cell") if picture is run else ar.draw(picture)


class Delay(ar.Cell):
    output = "o"

    def shapes(self):
        return {"W": (3, 2), "U": (3, 3)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(a), o=h)


def test_what_a_book_says_of_a_delay_is_right(undiagnosed):
    derivation = ar.derive(ar.Model(Delay(2, 3), 4))
    right = ["dW_hy = Sum(outer(ds[t], h[t-1]), t)", "dh[t] = W_hy.T @ ds[t+1] + U.T @ da[t+1]", "dh[0] = W_hy.T @ ds[1] + U.T @ da[1]"]
    for line in right:
        assert derivation.check(line).equal, derivation.check(line)
    for line in ("dW_hy = Sum(outer(ds[t], h[t]), t)", "dh[t] = W_hy.T @ ds[t] + U.T @ da[t+1]"):
        assert not derivation.check(line).equal


def choosing(choose):
    """A cell of which a choice is part: ``choose(a, x, h)``."""

    class Choosing(ar.Cell):
        def shapes(self):
            return {"W": (3, 3), "U": (3, 3), "b": (3,)}

        def step(self, p, x, h):
            a = p.W @ x + p.U @ h + p.b
            return dict(a=a, h=ar.tanh(a) + choose(a, x, h))

    return ar.Model(Choosing(3, 3), 2)


ALIKE = {
    "itself": lambda v: v,
    "once": lambda v: 1.0 * v,
    "its relu": ar.relu,
    "its part below": lambda v: ar.clip(v, -9, 0.1),
    "its size": ar.abs,
    "moved and back": lambda v: ar.reshape(ar.reshape(v, (3, 1)), (3,)),
}
CHOICES = {
    "maximum": ar.maximum,
    "minimum": ar.minimum,
    "max": lambda a, b: ar.max(ar.stack([a, b]), axis=0),
    "min": lambda a, b: ar.min(ar.concatenate([a, b])) * a,
    "clip": lambda a, b: ar.clip(ar.minimum(a, 0.2), -0.2, 0.2) + ar.clip(b, 0.1, 0.1),
}


@pytest.mark.parametrize("alike, choice", sampled(itertools.product(ALIKE, CHOICES), 11))
def test_a_tie_is_shared_by_the_equations_as_by_the_tape(alike, choice, random_seed):
    rng = np.random.default_rng(random_seed)
    for of in (lambda a, x, h: a, lambda a, x, h: h, lambda a, x, h: ar.tanh(a) * 2):
        net = choosing(lambda a, x, h, of=of: CHOICES[choice](of(a, x, h), ALIKE[alike](of(a, x, h))))
        derivation = ar.derive(net)
        proof = derivation.verify(steps=3)
        assert proof.ok, proof
        run = net.unroll(rng.integers(-1, 2, (3, 3)).astype(float), rng.integers(0, 2, 3))  # with zeros in it: the first states are
        assert "da_1" in ar.derive(run).numbers()


def test_a_chosen_one_may_be_written_as_a_comparison():
    derivation = ar.derive(choosing(lambda a, x, h: ar.maximum(a, x)))
    assert "heaviside(a_t - x_t)" in derivation.text()
    for choice in ("heaviside(a[t] - x[t])", "positive(a[t] - x[t])", "(a[t] - x[t] > 0)"):
        assert derivation.check(f"da[t] = dh[t] * (1 - tanh(a[t])**2 + {choice})").equal
    assert ar.derive(choosing(lambda a, x, h: ar.maximum(a, a))).check("da[t] = dh[t] * (1 - tanh(a[t])**2 + 1)").equal


def test_a_run_without_variables_is_not_said_to_be_inside_no_grad():
    net = choosing(lambda a, x, h: h)
    cell = {"": {name: value.value for name, value in net.cell.parameters.items()}}
    plain = {**cell, "readout": {name: value.value for name, value in net.readout.parameters.items()}}
    run = net.unroll(np.ones((2, 3)), [0, 1], parameters=plain)
    for reading in (lambda: ar.draw(run, level="op"), lambda: ar.draw(run, gradients=True), lambda: cells(run), lambda: ar.derive(run)):
        with pytest.raises(ValueError, match="all parameters of this run are plain numbers.*: give tensor"):
            reading()
    assert "W" in str(ar.draw(net.unroll(np.ones((2, 3)), [0, 1], parameters=cell), level="cell").figure.marks)
    ours = ar.Model(ar.RNN(3, 3), 2)
    numbers = {"": {name: value.value for name, value in ours.cell.parameters.items()}}
    with pytest.raises(ValueError, match=f"as all their parameters are plain numbers: {VARY[:4]}"):
        ar.draw(ours.unroll(np.ones((2, 3)), [0, 1], parameters=numbers), level="cell")
    with ar.no_grad():
        silent = net.unroll(np.ones((2, 3)), [0, 1], parameters=plain)
    with pytest.raises(ValueError, match="the run was not recorded: unroll outside no_grad"):
        cells(silent)
