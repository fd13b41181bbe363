"""Every cell of the literature that is listed by name derives and is proven, or is refused in a sentence that names what it is."""

import random

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.evidence.points import Setting, settled
from tests.oracles.cells_gated import Skip
from tests.oracles.cells_memory import GroupNorm, MatrixLSTM
from tests.oracles.literature import D, H
from tests.oracles.named import NAMED, REFUSED
from tests.sampling import sampled
from tests.test_literature import derived, model_of, small

CELLS = [(name, cell) for name, _, cell in NAMED]


def test_the_list_is_long_enough_and_says_each_source():
    assert len({name for name, _, _ in NAMED}) == len(NAMED) >= 80
    assert all(source.split()[-1].isdigit() or source == "course notes" for _, source, _ in NAMED)
    assert len(NAMED) - len(REFUSED) >= 74  # all of which derive and are proven, below


@pytest.mark.parametrize("name, cell", sampled(CELLS, 12))
def test_a_named_cell_derives_and_is_proven(name, cell):
    derivation = ar.derive(model_of(cell))
    proof = derivation.verify(steps=3)
    assert proof.ok and not proof.report.silent, proof
    assert all("Call(" not in derivation.text(style) for style in ("text", "ascii", "latex"))


@pytest.mark.parametrize("name, cell", sampled(CELLS, 37))
def test_its_lines_are_right_answers_in_any_style(name, cell, random_seed, undiagnosed):
    model = model_of(cell)
    derivation = ar.derive(model)
    for k, equation in enumerate((*derivation.forward, *derivation.equations)):
        line = show(equation._replace(where=""), ("text", "ascii", "latex")[(random_seed + k) % 3])
        assert derivation.check(line).equal, line
    left, right = show(derivation.equations[0]._replace(where=""), "ascii").split(" = ", 1)
    assert not derivation.check(f"{left} = 2 * ({right})").equal


@pytest.mark.parametrize("name, cell", [*sampled(CELLS[::4], 12), ("skip RNN", Skip), ("mLSTM", MatrixLSTM)])
def test_exact_arithmetic_is_done_in_integers_that_do_not_overflow(name, cell, random_seed):
    """A mask of one number, or the absolute value of one, was an integer of the machine, and what it was multiplied by modulo 2^64."""
    derivation = derived(cell)
    point = settled(derivation, Setting(3, 4, random_seed), False, ())
    for part in {part for q in (*derivation.forward, *derivation.equations) for part in e.nodes(q.right)}:
        if not isinstance(part, (e.Identity, e.Num)):
            value = point.evaluate(part, 2)
            assert type(value) in (int, float) or value.dtype == object and {*map(type, value.ravel().tolist())} <= {int}, part


@pytest.mark.parametrize("name, cell", [*sampled(CELLS[::6], 20), ("skip RNN", Skip)])
def test_a_line_that_is_printed_in_part_is_no_printed_line(name, cell, random_seed):
    """What exact arithmetic refutes is equal only where it is printed as a whole: an operation in it was enough."""
    derivation, rng = derived(cell), random.Random(f"{random_seed} {name}")
    for equation in rng.sample(derivation.equations, 6):
        line = show(equation._replace(where=""), "ascii")
        places = [k for k in range(line.index("=") + 2, len(line) - 2) if line[k : k + 3] in (" + ", " - ")]
        places += [k for k in range(line.index("=") + 2, len(line)) if line[k : k + 3] == "[t]"]
        k = rng.choice(places or [len(line)])
        changed = line[:k] + {" + ": " - ", " - ": " + ", "[t]": "[t-1]"}.get(line[k : k + 3], " + 1") + line[k + 3 :]
        if derivation.check(changed).equal:
            checker = Checker(derivation, changed)
            assert not any(map(checker.wrong, checker.statements)), changed


def test_a_mask_that_is_left_out_is_not_equal():
    derivation = derived(Skip)
    line = next(show(q._replace(where=""), "ascii") for q in derivation.equations if q.left == e.Sym("u", e.Time("", 0), True))
    assert derivation.check(line).equal and "heaviside(sigmoid(sum(w_u * h[1]) + b_u[0]) - 1 + u[0])" in line
    assert not derivation.check(line.replace("heaviside(sigmoid(sum(w_u * h[1]) + b_u[0]) - 1 + u[0])", "0")).equal


@pytest.mark.parametrize("name, cell", sampled(CELLS, 37))
def test_it_is_drawn_and_walked(name, cell):
    run = model_of(cell).unroll(np.random.default_rng(1).normal(size=(2, D)), [0, 2])
    assert all("<svg" in ar.draw(run, level=level).svg() for level in ("block", "cell", "op"))
    for level in ("recursion", "unrolled", "op"):
        assert all(str(step) for step in ar.step(run, level=level))
    assert ar.verify(run).ok


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_derived_is_refused_in_a_sentence(name):
    cell, said = REFUSED[name]
    with pytest.raises(ValueError, match=said) as caught:
        ar.derive(model_of(cell))
    assert "\n" not in str(caught.value)


def test_a_line_that_divides_as_the_derived_one_does_needs_no_search_for_a_value(monkeypatch):
    """Its rows are reshaped, and divided by a root: a point without a value is looked for only where a line may have one of its own."""
    sought = []
    monkeypatch.setattr(Checker, "undefined", lambda self, statement: bool(sought.append(statement)))
    derivation = ar.derive(model_of(GroupNorm))
    lines = [show(equation._replace(where=""), "ascii") for equation in (*derivation.forward, *derivation.equations)]
    assert all(derivation.check(line).equal for line in lines) and not sought
    assert derivation.check(lines[-3] + " * (h[1] / h[1])").kind != "equal" or sought


PARTS = {
    "rows": lambda a, h, n: a[:n],
    "a function's rows": lambda a, h, n: ar.tanh(h[1 : 1 + n]),
    "zeros": lambda a, h, n: np.zeros(n),
    "ones": lambda a, h, n: np.ones(n),
    "equal numbers": lambda a, h, n: np.full(n, 0.5),
    "a number": lambda a, h, n: ar.sum(a * h).reshape(1),
    "a number that keeps its axis": lambda a, h, n: ar.mean(a, keepdims=True),
    "one number times a row": lambda a, h, n: (a[:1].reshape(1, 1) * h[:n].reshape(1, n)).reshape(n),
    "a number of a vector of one": lambda a, h, n: (a[:1] * h[1:2]).reshape(()) * h[:n],
    "numbers": lambda a, h, n: ar.stack([ar.sum(h), a[0]]),
}
AFTER = {
    "of a function": lambda a, v, h: dict(a=a, h=ar.tanh(v) + 0.1 * a),
    "named": lambda a, v, h: dict(a=a, v=v, h=ar.tanh(v * a)),
    "carried on": lambda a, v, h: dict(v=v, h=a * v + h),
}


@pytest.mark.parametrize("k", sampled(range(40), 40))
def test_what_is_joined_of_vectors_numbers_and_zeros_is_proven_and_read_back(k, random_seed):
    rng = random.Random(random_seed + k)
    chosen, sizes, after = rng.choices(list(PARTS), k=2), rng.choices([1, 2], k=2), rng.choice(list(AFTER))

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        parts = [PARTS[name](a, h, n) for name, n in zip(chosen, sizes, strict=True)]
        rest = H - sum(part.size for part in parts)
        return AFTER[after](a, ar.concatenate([*parts, *([a[:rest]] if rest else [])]) * ar.tanh(a), h)

    derivation = ar.derive(model_of(small(step), seed=random_seed % 1000))
    assert derivation.verify(steps=3).ok
    for at, equation in enumerate((*derivation.forward, *derivation.equations)):
        line = show(equation._replace(where=""), ("text", "ascii", "latex")[(k + at) % 3])
        assert derivation.check(line).equal, line
    for equation in derivation.jacobian() if "numbers" not in chosen else ():  # whose elements' scatter(I[1], 0)ᵀ is printed and not read
        assert derivation.check(show(equation)).equal, show(equation)
