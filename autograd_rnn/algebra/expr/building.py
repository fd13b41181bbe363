"""Sums, products and their kin, flat and without what is neutral."""

from __future__ import annotations

import math
from fractions import Fraction

from autograd_rnn.algebra.expr.kinds import ONE, ZERO, Add, Expr, MatMul, Mul, Num, Outer, Quotient, Transpose


def add(*terms: Expr) -> Expr:
    """The sum, flat and without zeros."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Add) else (term,)) if part != ZERO]
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def mul(*factors: Expr) -> Expr:
    """The elementwise product, flat, its numbers drawn together in front as far as their product is exact."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Mul) else (factor,))]
    number, others = 1.0, []
    for part in flat:
        if isinstance(part, Num) and not part.text:
            if part.value == 0:
                return ZERO
            if part.value in (1, -1) or number in (1, -1) or exact(number * part.value, Fraction(number) * Fraction(part.value)):
                number *= part.value
            else:  # the sign stands in front of them all
                others.append(Num(abs(part.value)))
                number = math.copysign(number, number * part.value)
    kept = [part for part in flat if not isinstance(part, Num) or part.text]
    kept = ([] if number == 1 else [Num(number)]) + others + kept
    return ONE if not kept else kept[0] if len(kept) == 1 else Mul(tuple(kept))


def exact(number: float, fraction: Fraction) -> bool:
    """Whether a float is that fraction, not only near it."""
    return math.isfinite(number) and Fraction(number) == fraction


def quotient(above: Expr, below: Expr) -> Expr:
    """a / b, element by element; numbers are drawn out in front, and divided where that is exact."""
    if above == ZERO or below == ONE:
        return above
    if isinstance(below, Num) and not below.text and below.value:
        inverse = 1 / below.value
        if exact(inverse, 1 / Fraction(below.value)):
            return mul(Num(inverse), above)
        if isinstance(above, Num) and exact(above.value / below.value, Fraction(above.value) / Fraction(below.value)):
            return Num(above.value / below.value)
    if isinstance(above, Mul) and isinstance(above.factors[0], Num):
        return mul(above.factors[0], quotient(mul(*above.factors[1:]), below))
    if isinstance(above, Num) and above != ONE and not isinstance(below, Num):
        return mul(above, Quotient(ONE, below))
    return Quotient(above, below)


def negative(x: Expr) -> Expr:
    """-x, into each term of a sum."""
    return add(*(mul(Num(-1.0), term) for term in x.terms)) if isinstance(x, Add) else mul(Num(-1.0), x)


def matmul(matrix: Expr, vector: Expr) -> Expr:
    """A matrix times a vector; numbers are drawn out in front."""
    if isinstance(vector, Mul) and isinstance(vector.factors[0], Num):
        return mul(vector.factors[0], matmul(matrix, mul(*vector.factors[1:])))
    return ZERO if ZERO in (matrix, vector) else MatMul(matrix, vector)


def transpose(x: Expr) -> Expr:
    """x', and x again for x''; of an outer product the one with its factors exchanged."""
    if isinstance(x, Outer):
        return Outer(x.right, x.left)
    return x.of if isinstance(x, Transpose) else x if x == ZERO else Transpose(x)


def outer(left: Expr, right: Expr) -> Expr:
    """a b'."""
    return ZERO if ZERO in (left, right) else Outer(left, right)
