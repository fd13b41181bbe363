"""A line that says what the derivation says, but for the order of its sums and products: it holds at every point, so that none is asked."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutate import bound
from autograd_rnn.formulas.system import System

MINUS = e.Num(-1.0)


def restated(derivation: System, equation: e.Equation) -> bool:
    """Whether a right side is that of the derived equation, of sequences of any length the only one for the left side's steps."""
    left = equation.left
    if isinstance(left, e.Derivative):
        return False
    pool = derivation.equations if left.adjoint else derivation.forward
    mine = [q for q in pool if q.left.name == left.name]
    here = [q for q in mine if q.left == left] if outside(left.time) else [q for q in mine if not outside(q.left.time)]
    right, numbers = bound(here[0], left) if len(here) == 1 else None, dict[e.Expr, int]()
    return right is not None and ordered(right, numbers) == ordered(equation.right, numbers)


def outside(time: e.Time | None) -> bool:
    """Whether a step is before the first or behind the last in sequences of any length."""
    return time is not None and time.base != "t" and (time.offset > 0 if time.base else time.offset < 1)


def ordered(x: e.Expr, numbers: dict[e.Expr, int]) -> e.Expr:
    """An expression with terms and factors in one order, a product of quotients as one, and signs drawn out of sums and products. What was
    met first, by the ``numbers``, stands first."""

    def first(part: e.Expr) -> int:
        return numbers.setdefault(part, len(numbers))

    def change(node: e.Expr) -> e.Expr:
        match node:
            case e.Add(terms):
                terms = tuple(sorted(terms, key=lambda term: first(e.mul(MINUS, term) if negative(term) else term)))
                return e.mul(MINUS, e.Add(tuple(e.mul(MINUS, term) for term in terms))) if negative(terms[0]) else e.Add(terms)
            case e.Mul(factors) if any(below != e.ONE for _, below in map(parted, factors)):
                above, below = (change(e.mul(*side)) for side in zip(*map(parted, factors), strict=True))
                return e.quotient(above, below)
            case e.Mul(factors):
                return e.Mul(tuple(sorted(factors, key=lambda factor: -1 if isinstance(factor, e.Num) else first(factor))))
            case e.Quotient(e.Quotient(above, one), other):
                return e.quotient(above, change(e.mul(one, other)))
            case e.MatMul(e.Mul((e.Num() as number, *factors)), vector):
                return e.mul(number, e.matmul(e.mul(*factors), vector))
        return node

    return e.transformed(x, change)


def negative(term: e.Expr) -> bool:
    """Whether a term of a sum is taken off."""
    return isinstance(term, e.Mul) and isinstance(term.factors[0], e.Num) and term.factors[0].value < 0


def parted(factor: e.Expr) -> tuple[e.Expr, e.Expr]:
    """What stands above and below the line in a factor: 1 and 6 in 1/6."""
    if isinstance(factor, e.Num) and factor.text[:2] == "1/" and factor.text[2:].replace(".", "", 1).isdecimal():
        return e.ONE, e.Num(float(factor.text[2:]))
    return (factor.above, factor.below) if isinstance(factor, e.Quotient) else (factor, e.ONE)
