"""A line that the derivation has, in another order, is proven without numbers: never one that numbers refute."""

import random

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking import checker
from autograd_rnn.formulas.checking.restated import restated
from autograd_rnn.formulas.reading.parse import reader
from tests.oracles.named import NAMED
from tests.sampling import sampled
from tests.test_literature import model_of

WIRED = {
    "many-to-one": lambda: ar.Model(ar.GRU(2, 3), output_size=4, task="many-to-one"),
    "one-to-many": lambda: ar.Model(ar.RNN(2, 3), output_size=4, task="one-to-many"),
    "learned start": lambda: ar.Model(ar.LSTM(2, 3, learn_initial=True), output_size=4),
    "bidirectional": lambda: ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.RNN(2, 3, seed=1)), output_size=4),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.LSTM(2, 3), ar.LSTM(4, 3, seed=1), 4),
    "fed back": lambda: ar.Model(ar.Jordan(2, 3, 4), output_size=4),
    "rectified": lambda: ar.Model(ar.RNN(2, 3, activation="relu"), output_size=4, loss="squared_error", reduction="mean"),
}
NETS = [*((name, make) for name, make in WIRED.items()), *((name, lambda cell=cell: model_of(cell)) for name, _, cell in NAMED)]
SLIPS = [("[t]", "[t-1]"), ("[t-1]", "[t]"), ("[t+1]", "[t]"), (" + ", " - "), (" - ", " + "), (".T", ""), ("tanh(", "sigmoid("),
         (" * ", " + "), ("/ ", "* "), ("[1]", "[0]"), ("dh[", "dh[T-1+"), ("(1 - ", "(2 - "), ("-", "")]  # fmt: skip


def reordered(x, rng):
    """The same with the terms of every sum and the factors of every product in any order."""
    return e.transformed(x, lambda y: type(y)(tuple(rng.sample(e.children(y), len(e.children(y))))) if isinstance(y, (e.Add, e.Mul)) else y)


@pytest.mark.parametrize("name, make", [*sampled(NETS[:7], 7), *sampled(NETS[7::4], 30)])
def test_it_says_what_numbers_say(name, make, random_seed, undiagnosed, monkeypatch):
    derivation, rng = ar.derive(make()), random.Random(f"{random_seed} {name}")
    equations, proven = [*derivation.forward, *derivation.equations], 0
    for equation in rng.sample(equations, min(4, len(equations))):
        line = show(equation._replace(right=reordered(equation.right, rng), where=""), "ascii")
        proven += restated(derivation, reader(derivation, line).statements(line)[0].equation)
        slips = [line.replace(old, new, 1) for old, new in SLIPS if old in line.partition("=")[2]]
        left = [line.replace("[t]", there, 1) for there in ("[T]", "[0]", "[1]", "[T-1]") if "[t]" in line.partition("=")[0]]
        for said in [line, *rng.sample(slips, min(3, len(slips))), *left[:1]]:
            quick = derivation.check(said)
            with monkeypatch.context() as patch:
                patch.setattr(checker, "restated", lambda derivation, equation: False)
                numbers = derivation.check(said)
            assert str(numbers) == str(quick) or (numbers.kind, quick.kind) == ("not decided", "equal"), said  # of hard gates' two kinks
    assert proven


def test_what_holds_at_most_steps_is_not_proven():
    """The last step of a many-to-one net has an equation of its own."""
    derivation = ar.derive(WIRED["many-to-one"]())
    own = {(q.left.name, q.left.adjoint) for q in derivation.equations if q.left.time == e.Time("T", 0)}
    lines = [q for q in derivation.equations if q.left.time == e.Time("t", 0) and (q.left.name, q.left.adjoint) in own]
    assert lines and not any(restated(derivation, q) for q in lines)
