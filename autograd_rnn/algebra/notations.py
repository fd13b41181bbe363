"""Other ways of writing a net's matrices: by letters, U, W and V, and one on a state and an input together, W_f [h_{t-1}, x_t]."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import cast

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name, name_of

NOTATIONS = ("names", "letters", "concatenated")
HERE = e.Num(0.0, "here")  # where two sums of outer products may differ


def noted(equations: Iterable[e.Equation], notation: str, taken: Collection[str] = ()) -> list[e.Equation]:
    """Equations in one of the notations. ``taken``: names that other things have."""
    if notation == "concatenated":
        return concatenated(equations, taken)
    return [lettered(q, taken) if notation == "letters" else q for q in equations]


def lettered(x: e.Formula, taken: Collection[str] = ()) -> e.Formula:
    """An expression, or an equation, in letters: U, W, V for W_xh, W_hh, W_hy, and U_i, W_i for the gates' W_xi, W_hi; where the letter is
    ``taken``, the name stays.

    >>> from autograd_rnn.algebra.notations import lettered
    >>> from autograd_rnn.algebra.expr import Sym
    >>> from autograd_rnn.engine.naming import full_name
    >>> [lettered(Sym(name)).name for name in ("W_xh", "W_hh", "W_hy", "W_hf", full_name("W_hh", "2", None), "b_h", "h")]
    ['U', 'W', 'V', 'W_f', 'W2', 'b_h', 'h']
    """
    if isinstance(x, e.Equation):
        return x._replace(left=lettered(x.left, taken), right=lettered(x.right, taken))

    def change(symbol: e.Sym) -> e.Sym:
        name = name_of(symbol.name) if symbol.time is None else Name("")
        if name.letter != "W" or not re.fullmatch("[xh][A-Za-z0-9]", name.sub):
            return symbol
        source, target = name.sub[0], name.sub[1]
        short = Name("V" if target == "y" else "U" if source == "x" else "W", name.tag, "" if target in "hy" else target, True)
        return symbol if short in taken else symbol._replace(name=short)

    return cast(e.Formula, e.mapped(x, change))


def joined(x: e.Expr, taken: Collection[str] = ()) -> tuple[Name, str] | None:
    """The name of the matrix that a part belongs to, and which of the two it is, ``x`` or ``h``: of ``W_xf`` W_f, of ``W_hh`` W."""
    if not isinstance(x, e.Sym) or x.time is not None:
        return None
    name = name_of(x.name)
    if name.letter != "W" or len(name.sub) < 2 or name.sub[0] not in "xh" or name.sub == "hy":
        return None
    whole = Name("W", name.tag, "" if name.sub[1:] == "h" else name.sub[1:], True)
    return None if whole in taken else (whole, name.sub[0])


def beside(h: e.Expr, x: e.Expr) -> e.Column:
    """[h, x]: of vectors one above the other, of matrices side by side."""
    return e.Column((h, x), ",")


def concatenated(equations: Iterable[e.Equation], taken: Collection[str] = ()) -> list[e.Equation]:
    """Equations with the products of a gate's two matrices written as one, and their gradients too; then what each of these matrices is
    made of. Where a name is ``taken``, and where the two do not stand side by side, nothing changes.

    >>> from autograd_rnn.algebra.notations import concatenated
    >>> from autograd_rnn.algebra.printing import show
    >>> from autograd_rnn.algebra.expr import Equation, Sym, Time, add, matmul
    >>> a, h, x = Sym("a", Time("t", 0)), Sym("h", Time("t", -1)), Sym("x", Time("t", 0))
    >>> for equation in concatenated([Equation(a, add(matmul(Sym("W_xh"), x), matmul(Sym("W_hh"), h)))]):
    ...     print(show(equation))
    a_t = W [h_{t-1}, x_t]
    W = [W_hh, W_xh]
    """
    used: dict[Name, tuple[e.Expr, e.Expr]] = {}  # of each matrix the two that it is made of

    def product(node: e.Expr) -> e.Expr:
        """A sum in which a gate's two products are one."""
        if not isinstance(node, e.Add):
            return node
        products = {own: term for term in node.terms if isinstance(term, e.MatMul) and (own := joined(term.matrix, taken))}
        for name in dict.fromkeys(own for own, _ in products):
            if (h := products.get((name, "h"))) and (x := products.get((name, "x"))):
                used[name] = h.matrix, x.matrix
                both = e.MatMul(e.Sym(name), beside(h.vector, x.vector))
                first = next(term for term in node.terms if term in (h, x))
                node = e.Add(tuple(both if term == first else term for term in node.terms if term == first or term not in (h, x)))
        return e.add(*node.terms)

    found = [q._replace(right=e.transformed(q.right, product)) for q in equations]
    adjoint = [q for q in found if isinstance(q.left, e.Sym) and q.left.adjoint]
    gradients = {own: q for q in adjoint if (own := joined(q.left._replace(adjoint=False), taken))}
    for name in dict.fromkeys(own for own, _ in gradients):
        h, x = gradients.get((name, "h")), gradients.get((name, "x"))
        if h and x and (whole := _together(h, x, name)):
            used[name] = h.left._replace(adjoint=False), x.left._replace(adjoint=False)
            first = next(q for q in found if q in (h, x))
            found = [whole if q == first else q for q in found if q == first or q not in (h, x)]
    return [*found, *(e.Equation(e.Sym(name), beside(*parts)) for name, parts in used.items())]


def _together(h: e.Equation, x: e.Equation, name: Name) -> e.Equation | None:
    """Two gradients as one that differ in the rows of their outer products alone; None where they differ in more."""
    outers = [list(dict.fromkeys(node for node in e.nodes(q.right) if isinstance(node, e.Outer))) for q in (h, x)]
    bare = [e.transformed(q.right, lambda node: node._replace(right=HERE) if isinstance(node, e.Outer) else node) for q in (h, x)]
    if bare[0] != bare[1] or not outers[0] or [outer.left for outer in outers[0]] != [outer.left for outer in outers[1]]:
        return None
    both: dict[e.Expr, e.Expr] = {a: a._replace(right=beside(a.right, b.right)) for a, b in zip(*outers, strict=True)}
    return e.Equation(e.Sym(name, None, True), e.transformed(h.right, lambda node: both.get(node, node)), h.where)
