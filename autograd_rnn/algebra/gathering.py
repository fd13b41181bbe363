"""Sums as a book prints them: equal terms counted, common factors drawn out."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e


def collected(x: e.Expr) -> e.Expr:
    """A sum with its equal terms counted: 2 b for b + b."""
    if not isinstance(x, e.Add):
        return x
    counted: dict[e.Expr, int] = {}
    for term in x.terms:
        counted[term] = counted.get(term, 0) + 1
    return x if len(counted) == len(x.terms) else e.add(*(e.mul(e.Num(float(count)), term) for term, count in counted.items()))


def factored(x: e.Expr) -> e.Expr:
    """a ⊙ b + a ⊙ c as a ⊙ (b + c), for the factors that every term has."""
    if not isinstance(x, e.Add):
        return x
    split = [term.factors if isinstance(term, e.Mul) else (term,) for term in x.terms]
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
        rest.append(e.mul(*left))
    return e.mul(*common, e.add(*rest))


def gathered(x: e.Expr) -> e.Expr:
    """One node of an expression as a book prints it, given that its parts are."""
    return factored(collected(x))
