"""Two sums held against each other term by term: which terms are missing, which are too many."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.differing import Comparison
from autograd_rnn.formulas.mistakes.mutate import Question
from autograd_rnn.formulas.mistakes.mutations import ascii

MANY = 40


def expanded(x: e.Expr, every: bool = False) -> tuple[e.Expr, ...]:
    """The terms of x with matrices, sums and factors carried into those sums that hold adjoints; 1 - h² stays as it is, unless ``every``
    sum is multiplied out.

    >>> from autograd_rnn.algebra.expr import Sym, Time, add, matmul
    >>> from autograd_rnn.formulas.mistakes.terms import expanded
    >>> da, dh = (Sym(name, Time("t", 0), True) for name in "ah")
    >>> len(expanded(matmul(Sym("W_hh"), add(da, dh))))
    2
    """

    def split(node: e.Expr) -> tuple[e.Expr, ...]:
        return node.terms if isinstance(node, e.Add) and (every or any(s.adjoint for s in e.symbols(node))) else (node,)

    def change(node: e.Expr) -> e.Expr:
        match node:
            case e.Mul(factors):
                products: list[e.Expr] = [e.ONE]
                for factor in factors:
                    products = [e.mul(product, term) for product in products for term in split(factor)]
                    if len(products) > MANY:
                        return node
                return e.add(*products)
            case e.MatMul(matrix, vector):
                return e.add(*(e.matmul(matrix, term) for term in split(vector)))
            case e.Outer(left, right):
                return e.add(*(e.outer(term, right) for term in split(left)))
            case e.Sum(of, first, last):
                return e.add(*(e.Sum(term, first, last) for term in split(of)))
        return node

    whole = e.transformed(x, change)
    return whole.terms if isinstance(whole, e.Add) else () if whole == e.ZERO else (whole,)


def compared(question: Question, right: e.Expr, every: bool = False) -> list[str]:
    """The sentence on the terms that the person's equation has and the derived right side has not, and the other way round; nothing where
    no term matches, since then it says nothing to list them."""
    value = Comparison(question).value
    mine, theirs = ([(value(term), term) for term in expanded(x, every)] for x in (question.equation.right, right))
    extra = list(mine)
    missing = []
    for mark, term in theirs:
        match = next((pair for pair in extra if pair[0] == mark), None)
        if match is None:
            missing.append(term)
        else:
            extra.remove(match)
    if len(extra) == len(mine) or not 0 < len(extra) + len(missing) < (3 if every else 5):
        return [] if every else compared(question, right, True)
    if len(extra) == len(missing) == 1:
        return [f"{ascii(extra[0][1])} stands where {ascii(missing[0])} belongs"]
    found = []
    for word, terms in (("missing", missing), ("too much", [term for _, term in extra])):
        if terms:
            listed = " and ".join(ascii(term) for term in terms)
            found.append(f"the term{'s' * (len(terms) > 1)} {listed} {'are' if len(terms) > 1 else 'is'} {word}")
    return [", and ".join(found)]
