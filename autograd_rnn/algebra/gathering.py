"""Sums as a book prints them: equal terms counted, common factors drawn out."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.arranged import divisors


def collected(x: e.Expr) -> e.Expr:
    """A sum with its equal terms counted: 2 b for b + b."""
    if not isinstance(x, e.Add):
        return x
    counted: dict[e.Expr, int] = {}
    for term in x.terms:
        counted[term] = counted.get(term, 0) + 1
    return x if len(counted) == len(x.terms) else e.add(*(e.mul(e.Num(float(count)), term) for term, count in counted.items()))


def factors_of(x: e.Expr) -> list[e.Expr]:
    """What a product multiplies, quotients opened: a and 1 / b for a / b."""
    found: list[e.Expr] = []
    for factor in x.factors if isinstance(x, e.Mul) else (x,):
        above, below = divisors(factor)
        found += above.factors if isinstance(above, e.Mul) else () if above == e.ONE and below else (above,)
        found += [e.Quotient(e.ONE, b) for b in below]
    return found


def united(x: e.Expr) -> e.Expr:
    """A product as one quotient: a ⊙ c / b² for (a / b) ⊙ c / b, and a / b for a ⊙ b / b², which is defined where that is."""
    if not isinstance(x, e.Mul):
        return x
    above, below = [], []
    for factor in factors_of(x):
        if isinstance(factor, e.Quotient):
            below.append(factor.below)
        else:
            above.append(factor)
    for factor in [*above]:
        if below.count(factor) > 1:
            above.remove(factor)
            below.remove(factor)
    found = e.mul(*unrepeated(above))
    for b in below:
        found = e.quotient(found, b)
    return found


def unrepeated(factors: list[e.Expr]) -> list[e.Expr]:
    """y hᵀ for y 𝟏ᵀ ⊙ 𝟏 hᵀ, a column and a row that are repeated over each other."""
    repeated = [x for x in factors if isinstance(x, e.Outer) and isinstance(x.left, e.Ones) != isinstance(x.right, e.Ones)]
    columns, rows = [x.left for x in repeated if isinstance(x.right, e.Ones)], [x.right for x in repeated if isinstance(x.left, e.Ones)]
    return [*(x for x in factors if x not in repeated), e.outer(e.mul(*columns), e.mul(*rows))] if columns and rows else factors


def factored(x: e.Expr) -> e.Expr:
    """a ⊙ b + a ⊙ c as a ⊙ (b + c), for the factors that every term has."""
    if not isinstance(x, e.Add):
        return x
    split = [factors_of(term) for term in x.terms]
    common: list[e.Expr] = []
    for f in split[0]:  # as often as every term has it
        if not isinstance(f, e.Num) and all(factors.count(f) > common.count(f) for factors in split):
            common.append(f)
    if not common:
        return x
    rest = []
    for factors in split:
        left = list(factors)
        for f in common:
            left.remove(f)
        rest.append(united(e.mul(*left)))
    return e.mul(*common, e.add(*rest))


def gathered(x: e.Expr) -> e.Expr:
    """One node of an expression as a book prints it, given that its parts are."""
    return united(factored(collected(x)))
