"""What is true of a cell is true of it in every net: encoder and decoder, both directions, layers, one step or many, one answer or many."""

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.checker import Checker
from tests.sampling import sampled
from tests.test_printed import Strict, holds, world

H = 3


def free(model):
    """A decoder's run that feeds it what it wrote."""
    y = [0, 2, 1] if model.readout.loss == "cross_entropy" else np.ones((3, model.readout.output_size))
    return model.unroll(np.ones((4, model.encoder.input_size)), y, teacher_forcing=False)


NETS = {
    "many-to-many": lambda cell: ar.Model(cell(2), 4),
    "many-to-one": lambda cell: ar.Model(cell(2), 4, task="many-to-one"),
    "one-to-many": lambda cell: ar.Model(cell(2), 4, task="one-to-many"),
    "one-to-one": lambda cell: ar.Model(cell(2), 4, task="one-to-one"),
    "both directions": lambda cell: ar.Model(ar.Bidirectional(cell(2), cell(2)), 4),
    "both directions, one answer": lambda cell: ar.Model(ar.Bidirectional(cell(2), cell(2)), 4, task="many-to-one"),
    "layers": lambda cell: ar.Model(ar.Stacked([cell(2), cell(H)]), 4),
    "layers, one answer": lambda cell: ar.Model(ar.Stacked([cell(2), cell(H), cell(H)]), 4, task="many-to-one"),
    "encoder and decoder of layers": lambda cell: ar.EncoderDecoder(ar.Stacked([cell(2), cell(H)]), ar.Stacked([cell(4), cell(H)]), 4),
    "encoder and decoder": lambda cell: ar.EncoderDecoder(cell(2), cell(4), 4),
    "fed its own words": lambda cell: free(ar.EncoderDecoder(cell(2), cell(4), 4)),
    "fed its own numbers": lambda cell: free(ar.EncoderDecoder(cell(2), cell(4), 4, loss="squared_error")),
}


def own(answer, states=("h",)):
    """A cell of any input size whose step is ``answer(p, x, *states)``."""

    class Own(ar.Cell):
        def shapes(self):
            return {"W": (H, self.input_size), "U": (H, H), "b": (H,)}

        def step(self, p, x, *before):
            return answer(p, x, *before)

    Own.states = states
    return lambda size: Own(size, H)


OF_INPUTS = [
    lambda x: ar.tanh(x),
    lambda x: 2 * x + 1,
    lambda x: x * ar.sum(x),
    lambda x: ar.softmax(x),
    lambda x: ar.maximum(x, 0.3),
    lambda x: ar.constant(np.arange(1.0, x.size + 1)),
    lambda x: ar.constant(np.full(x.shape, 2.0)),
    lambda x: ar.tensor(np.full(x.shape, 2.0)),
    lambda x: x,
]


@pytest.mark.parametrize("net", sampled(NETS, 12))
def test_a_quantity_may_be_made_of_inputs_alone(net, random_seed):
    rng = np.random.default_rng(random_seed)
    for first, second in zip(rng.permutation(len(OF_INPUTS)), rng.permutation(len(OF_INPUTS)), strict=True):

        def answer(p, x, h, first=first, second=second):
            u, v = OF_INPUTS[first](x), OF_INPUTS[second](x)
            a = p.W @ (u + v * x) + p.U @ h + p.b
            return dict(u=u, v=v, a=a, h=ar.tanh(a))

        derivation = ar.derive(NETS[net](own(answer)))
        for steps in (1, 4):
            proof = derivation.verify(steps)
            equal = max(proof.digits.values()) < 1e-40 and all(proof.exact.values())  # floats fed back lose digits, the tape's too
            assert proof.worst < 1e-9 and equal, f"{first} and {second}: {proof}"
        assert {q.left.name[:1] for q in derivation.forward} >= set("uvah")


def handing_on(rng):
    """A cell that hands on states as they are, or parts of them, and reads the one or the other."""
    states = ("h", *("gq", "k", "m")[: int(rng.integers(1, 4))])
    source = {name: str(rng.choice(states)) for name in states[1:]}
    scale = {name: float(rng.choice([1.0, 0.5])) for name in states}
    read, kept, also = (str(rng.choice(states)) for _ in range(3))

    def answer(p, x, *before):
        old = dict(zip(states, before, strict=True))
        a = p.W @ x + p.U @ old[read] + p.b
        return dict(a=a, h=ar.tanh(a) + scale["h"] * old[kept], o=old[also], **{name: scale[name] * old[of] for name, of in source.items()})

    cell = own(answer, states)
    described = f"reads {read}, keeps {kept}, gives {also}, hands on {source} {scale}"
    output = "o" if rng.integers(2) else "h"

    def made(size):
        found = cell(size)
        type(found).output = output
        return found

    return made, f"{described}, output {output}"


@pytest.mark.parametrize("net", sampled(NETS, 5))
def test_every_printed_line_is_true_at_every_step_of_its_range(net, random_seed):
    rng = np.random.default_rng([random_seed, len(net)])
    for _ in range(4):
        cell, described = handing_on(rng)
        derivation = ar.derive(NETS[net](cell))
        for T, S in ((11, 12), (9, 10)):
            names = world(derivation.specimen(T, S, seed=2))
            for equation in (*derivation.forward, *derivation.equations):
                line = show(equation, "ascii")
                try:
                    holds(line, names)
                except AssertionError as wrong:
                    pytest.fail(f"{described}\n{derivation}\n{line}: {wrong}")


def both(size, cell):
    """Both directions of a cell."""
    return ar.Bidirectional(cell(size), cell(size))


SHORT = NETS | {
    "both directions, one input": lambda cell: ar.Model(both(2, cell), 4, task="one-to-many"),
    "both directions, one step": lambda cell: ar.Model(both(2, cell), 4, task="one-to-one"),
    "layers of both": lambda cell: ar.Model(ar.Stacked([both(2, cell), both(2 * H, cell)]), 4),
    "layers of both, one answer": lambda cell: ar.Model(ar.Stacked([both(2, cell), both(2 * H, cell)]), 4, task="many-to-one"),
    "one on both, one answer": lambda cell: ar.Model(ar.Stacked([both(2, cell), cell(2 * H)]), 4, task="many-to-one"),
    "both on one, one answer": lambda cell: ar.Model(ar.Stacked([cell(2), both(H, cell)]), 4, task="many-to-one"),
    "layers, one input": lambda cell: ar.Model(ar.Stacked([cell(2), cell(H)]), 4, task="one-to-many"),
    "layers, one step": lambda cell: ar.Model(ar.Stacked([cell(2), cell(H)]), 4, task="one-to-one"),
}  # fmt: skip


def here_or_back(rng):
    """A cell that reads no state, its own, or a second one, with or without a name for what it adds up, and drawn weights."""
    back, named, kind, second, again = (int(rng.integers(n)) for n in (3, 2, 3, 6, 3))

    def answer(p, x, h, k=None):
        read = h if k is None or back < 2 else k
        a = [
            lambda: ar.linear(p.W, x, p.b) if not back else ar.linear(p.W, x, p.U, read, p.b),
            lambda: p.W @ x + (p.U @ read if back else 0) + p.b,
            lambda: p.W @ x * p.b + (p.U @ read if back else 0),
        ][kind]()
        y = [lambda: ar.tanh(a), lambda: a, lambda: ar.tanh(a) + p.W @ x][again]()
        found = dict(h=y, a=a) if named else dict(h=y)
        return found if k is None else {**found, "k": [h, ar.sin(a), 0.5 * k + a, a, p.b, ar.constant(np.ones(H))][second]}

    states = ("h", "k") if rng.integers(2) else ("h",)
    cell, seed = own(answer, states), int(rng.integers(1000))

    def made(size):
        found = cell(size)
        for value in found.parameters.values():
            value.assign(np.random.default_rng(seed).normal(size=value.shape) / 2)
        return found

    return made, f"{back=} {named=} {kind=} {second=} {again=} {states}"


@pytest.mark.parametrize(
    "net, cells", [*((net, 1) for net in list(SHORT)[1::2]), *(pytest.param(net, 20, marks=pytest.mark.sweep) for net in SHORT)]
)
def test_short_sequences_too_are_what_the_equations_say(net, cells, random_seed):
    rng = np.random.default_rng([random_seed, len(net)])
    for _ in range(cells):
        cell, described = here_or_back(rng)
        derivation = ar.derive(SHORT[net](cell))
        assert cells == 1 or derivation.verify(1).ok, described
        for T, S in ((1, 1), (1, 3), (2, 2), (3, 1), (4, 4)):
            names = world(derivation.specimen(T, S, seed=2))
            for equation in (*derivation.forward, *derivation.equations):
                line = show(equation, "ascii")
                try:
                    holds(line, names)
                except AssertionError as wrong:
                    pytest.fail(f"{described} {T=} {S=}\n{derivation}\n{line}: {wrong}")


COMPARED = {
    "a mask by a comparison": lambda p, x, a, h: ar.where(a > 0, ar.tanh(a), h),
    "a mask of values": lambda p, x, a, h: (x.value.sum() > 0) * a + (h.value > 0) * h,
    "a branch": lambda p, x, a, h: ar.tanh(a) if a.value[0] > 0 else ar.sin(a),
    "an order": lambda p, x, a, h: a[np.argsort(h.value)],
}
SAID = {
    "a mask that is its own": lambda p, x, a, h: ar.where(np.array([True, False, True]), a, h),
    "a choice by an operation": lambda p, x, a, h: ar.maximum(a, h) * ar.sign(h),
    "none": lambda p, x, a, h: ar.tanh(a),
}


@pytest.mark.parametrize("kind", [*COMPARED, *SAID])
@pytest.mark.parametrize("form", ["text", "latex"])
def test_a_cell_s_equations_say_what_depends_on_the_numbers(kind, form):
    def answer(p, x, h):
        a = p.W @ x + p.U @ h + p.b
        return dict(a=a, h=(COMPARED | SAID)[kind](p, x, a, h))

    *_, last = own(answer)(2).equations(form).splitlines()
    assert ("on the numbers: the cell chose so" in last) == (kind in COMPARED), last


EQUAL = [(3, 3, 3), (4, 3, 3), (3, 4, 3), (3, 3, 4), (6, 6, 6), (1, 3, 3), (1, 3, 1)]
TURNED = {
    "less its transpose": lambda p, x, h: p.W @ x + h - p.U.T @ h,
    "a row": lambda p, x, h: p.W @ x + h @ p.U - p.U @ h,
    "the input as it is": lambda p, x, h: h - p.U.T @ h + (x if x.size in (1, h.size) else p.W @ x),
    "the input turned": lambda p, x, h: p.W @ (x - p.W.T @ h) + p.U @ h,
    "by its own bias": lambda p, x, h: p.W @ x * p.b + p.U.T @ (p.U @ h),
}


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize("D, H, K", sampled(EQUAL, 7))
def test_lengths_that_are_equal_by_chance_are_told_apart_and_those_that_are_one_are_not(turn, D, H, K):
    class Own(ar.Cell):
        def shapes(self):
            return {"W": (H, D), "U": (H, H), "b": (H,)}

        def step(self, p, x, h):
            a = TURNED[turn](p, x, h)
            return dict(a=a, h=ar.tanh(a))

    derivation = ar.derive(ar.Model(Own(D, H), K))
    for equation in (*derivation.forward, *derivation.equations):
        Checker(derivation, show(equation, "ascii"))  # raises IllTyped
    if D == H and turn in ("less its transpose", "a row"):
        assert derivation.check("dx[t] = W @ da[t]").kind == "ill-typed"


SQUARES = {
    "zero": np.zeros((H, H)), "identity": np.eye(H), "ones": np.ones((H, H)), "twos": np.full((H, H), 2.0),
    "truth": np.eye(H) > 0,
    "singular": np.outer([1.0, 2, 3], [1, 0, 1]),
    "a mask": np.diag([1.0, 0, 1]), "whole": np.eye(H, k=1, dtype=int), "less": -np.zeros((H, H)),
}  # fmt: skip
MULTIPLIED = {
    "left": lambda p, h, k: k @ h,
    "right": lambda p, h, k: h @ k,
    "masked": lambda p, h, k: (p.U * k) @ h,
    "by element": lambda p, h, k: k[1] * h,
    "chosen": lambda p, h, k: ar.where(k[0] > 0, h, 2 * h),
    "twice": lambda p, h, k: k @ (p.U @ (k @ h)),
    "added": lambda p, h, k: (p.U + k) @ h + k[0],
    "a number": lambda p, h, k: ar.sum(k[0] * h) * h + (k[1] @ h) * h,
}


@pytest.mark.parametrize("use", sampled(MULTIPLIED, 13))
@pytest.mark.parametrize("square", SQUARES)
def test_a_constant_may_be_zero_or_any_other(square, use):
    def answer(p, x, h):
        c = MULTIPLIED[use](p, h, SQUARES[square])
        a = p.W @ x + p.U @ h + c
        return dict(c=c, a=a, h=ar.tanh(a))

    derivation = ar.derive(ar.Model(own(answer)(2), 2))
    names = world(derivation.specimen(3, 3)) | {name: Strict(value) for name, value in derivation.constants.items()}
    for equation in derivation.equations:
        Checker(derivation, show(equation, "ascii"))  # raises IllTyped
        holds(show(equation, "ascii"), names)


@pytest.mark.parametrize("net", sampled(NETS, 5))
def test_what_the_loss_does_not_reach_is_said_to_have_no_influence(net, undiagnosed):
    def answer(p, x, h):
        q = p.b * h  # that nothing reads
        a = p.W @ x + p.U @ h
        k = ar.tanh(a)
        return dict(q=q, a=a, k=k, h=1.5 * k)

    derivation = ar.derive(NETS[net](own(answer)))
    assert derivation.verify(3).ok
    for name in [name for name in derivation.parameters if name[0] == "b" and name != "b_y"]:
        tag = name[1:]
        assert str(derivation.formula(name)) == str(derivation.formula(name, form="expanded")) == f"d{name} = 0"
        assert "no influence on the loss" in str(derivation.paths("L", name)) and derivation.check(f"d{name} = 0").equal
        assert not derivation.check(f"d{name} = dU{tag} @ {name}").equal
        for ask in (derivation.formula, lambda q: derivation.paths("L", q)):
            with pytest.raises(ValueError, match=f"q{tag} has no influence on the loss: dq{tag} is zero"):
                ask(f"q{tag}")
            with pytest.raises(ValueError, match=f"dk{tag} has no equation of its own: it is written out"):
                ask(f"k{tag}")


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_what_comes_late_in_every_layer_is_derived_at_its_length(layers):
    """A cell that gives the state before the one that it was handed: each layer looks two steps further back."""

    def answer(p, x, h, kept):
        a = p.W @ x + p.U @ h + p.b
        return dict(a=a, h=ar.tanh(a) + 0.5 * h, kept=h, o=kept)

    cell = own(answer, ("h", "kept"))

    def made(size):
        found = cell(size)
        type(found).output = "o"
        return found

    derivation = ar.derive(ar.Model(ar.Stacked([made(2), *(made(H) for _ in range(layers - 1))]), 4))
    names = world(derivation.specimen(15, 16, seed=2))
    for equation in (*derivation.forward, *derivation.equations):
        holds(show(equation, "ascii"), names)


@pytest.mark.parametrize("net", ["many-to-many", "layers of both, one answer", "encoder and decoder"])
def test_states_of_one_number_are_vectors(net, monkeypatch, random_seed):
    monkeypatch.setattr("tests.test_every_net.H", 1)

    def answer(p, x, h, k):
        a = p.W @ x + p.U @ k + p.b
        return dict(a=a, h=ar.tanh(a), k=ar.constant(np.ones(1)))

    drawn, _ = here_or_back(np.random.default_rng(random_seed))
    for cell in (own(answer, ("h", "k")), drawn):
        derivation = ar.derive(SHORT[net](cell))
        names = world(derivation.specimen(2, 3, seed=2))
        for equation in (*derivation.forward, *derivation.equations):
            line = show(equation, "ascii")
            holds(line, names)
            assert equation in derivation.forward or derivation.check(line).equal, line
