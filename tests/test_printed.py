"""What a derivation prints is what it says."""

import itertools

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e

D, H = 2, 3


class Made(ar.Cell):
    """A cell of what was drawn."""

    def __init__(self, step):
        self.made = step
        super().__init__(D, H, seed=3)

    def shapes(self):
        return {"W": (H, D), "U": (H, H), "S": (H,), "V": (H, H)}

    def step(self, p, x, h):
        return self.made(p, x, h)


x, y = e.Sym("x"), e.Sym("y")
ALIKE = [
    e.Add((x, y)),
    e.Mul((x, y)),
    e.Column((x, y)),
    e.MatMul(x, y),
    e.Outer(x, y),
    e.Quotient(x, y),
    e.Kron(x, y),
    e.Transpose(x),
    e.Diag(x),
]


@pytest.mark.parametrize("one, other", [*itertools.combinations(ALIKE, 2)])
def test_two_kinds_of_the_same_parts_are_two(one, other):
    assert one != other and len({one, other}) == 2


TWINS = {
    "sum, product": lambda p, a, h: ar.tanh(a * h) + ar.tanh(a + h),
    "quotient, outer product": lambda p, a, h: ar.exp(a / (h * h + 1)) + ar.outer(a, h * h + 1) @ h,
    "product with a matrix, quotient": lambda p, a, h: ar.sin(p.U @ h) + ar.outer(p.S, h) @ a + ar.sin(p.S / (h * h + 1)),
    "stacked, product": lambda p, a, h: ar.concatenate([(a * h)[0:1], (a + h)[1:3]], -1),
}


@pytest.mark.parametrize("name", TWINS)
def test_one_cell_may_have_two_kinds_of_the_same_parts(name):
    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(TWINS[name](p, a, h)))

    assert ar.derive(ar.Model(Made(step), output_size=2)).verify(steps=3).ok
