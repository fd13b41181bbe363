"""Other ways of writing a net's matrices: by letters, U, W and V, and one on a state and an input together, W_f [h_{t-1}, x_t]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name

NOTATIONS = ("names", "letters", "concatenated")
APART = "no sum has both their products"
HERE = e.Num(0.0, "here")  # where two sums of outer products may differ
Halves = Mapping[Name, tuple[Name, str]]  # of a matrix the one that it is a part of, and its letter: W on a state, U beside it


def noted(equations: Iterable[e.Equation], notation: str, letters: Mapping[Name, Name], halves: Halves) -> list[e.Equation]:
    """Equations in one of the notations. What the matrices are called there is found by what they multiply, see `nets.letters`."""
    if notation == "concatenated":
        return concatenated(equations, halves)
    return [lettered(q, letters) if notation == "letters" else q for q in equations]


def lettered(x: e.Formula, letters: Mapping[Name, Name]) -> e.Formula:
    """An expression, or an equation, with its matrices by their letters."""
    if isinstance(x, e.Equation):
        return x._replace(left=lettered(x.left, letters), right=lettered(x.right, letters))
    by_letter = cast(Mapping[str, Name], letters)
    return cast(e.Formula, e.mapped(x, lambda s: s if s.time else s._replace(name=by_letter.get(s.name, s.name))))


def beside(h: e.Expr, x: e.Expr) -> e.Column:
    """[h, x]: of vectors one above the other, of matrices side by side."""
    return e.Column((h, x), ",")


def concatenated(equations: Iterable[e.Equation], halves: Halves) -> list[e.Equation]:
    """Equations with the products of a gate's two matrices written as one, and their gradients too; then what each of these matrices is
    made of. Where the two do not stand side by side, nothing changes.

    >>> from autograd_rnn.algebra.notations import concatenated
    >>> from autograd_rnn.algebra.printing import show
    >>> from autograd_rnn.algebra.expr import Equation, Sym, Time, add, matmul
    >>> a, h, x = Sym("a", Time("t", 0)), Sym("h", Time("t", -1)), Sym("x", Time("t", 0))
    >>> both = {"W_xh": ("W", "U"), "W_hh": ("W", "W")}
    >>> for equation in concatenated([Equation(a, add(matmul(Sym("W_xh"), x), matmul(Sym("W_hh"), h)))], both):
    ...     print(show(equation))
    a_t = W [h_{t-1}, x_t]
    W = [W_hh, W_xh]
    """
    used: dict[Name, tuple[e.Expr, e.Expr]] = {}  # of each matrix the two that it is made of
    known = cast(Mapping[str, tuple[Name, str]], halves)

    def part(x: e.Expr) -> tuple[Name, str] | None:
        """The matrix that this one is a part of."""
        return known.get(x.name) if isinstance(x, e.Sym) and x.time is None else None

    def product(node: e.Expr) -> e.Expr:
        """A sum in which a gate's two products are one."""
        if not isinstance(node, e.Add):
            return node
        products = {own: term for term in node.terms if isinstance(term, e.MatMul) and (own := part(term.matrix))}
        for name in dict.fromkeys(own for own, _ in products):
            if (h := products.get((name, "W"))) and (x := products.get((name, "U"))):
                used[name] = h.matrix, x.matrix
                both = e.MatMul(e.Sym(name), beside(h.vector, x.vector))
                first = next(term for term in node.terms if term in (h, x))
                node = e.Add(tuple(both if term == first else term for term in node.terms if term == first or term not in (h, x)))
        return e.add(*node.terms)

    found = [q._replace(right=e.transformed(q.right, product)) for q in equations]
    adjoint = [q for q in found if isinstance(q.left, e.Sym) and q.left.adjoint]
    gradients = {own: q for q in adjoint if (own := part(q.left))}
    for name in dict.fromkeys(own for own, _ in gradients):
        h, x = gradients.get((name, "W")), gradients.get((name, "U"))
        if h and x and (whole := _together(h, x, name)):
            used[name] = h.left._replace(adjoint=False), x.left._replace(adjoint=False)
            first = next(q for q in found if q in (h, x))
            found = [whole if q == first else q for q in found if q == first or q not in (h, x)]
    return [*found, *(e.Equation(e.Sym(name), beside(*parts)) for name, parts in used.items())]


def apart(equations: Iterable[e.Equation], halves: Halves) -> list[tuple[Name, Name, Name]]:
    """Matrices that the concatenated form leaves two, as those of r ⊙ (W_hn h) and W_xn x, each with the name that they would have as one.

    >>> from autograd_rnn.algebra.notations import apart
    >>> d = derive(Model(GRU(2, 3, reset="after"), 4))
    >>> apart(d.forward, d.halves)
    [('W_hn', 'W_xn', 'W_n')]
    """
    together = {part for q in concatenated(equations, halves) if isinstance(q.right, e.Column) for part in q.right.parts}
    alone = {own: name for name, own in halves.items() if e.Sym(name) not in together}
    return [(name, alone[whole, "U"], whole) for (whole, letter), name in alone.items() if letter == "W" and (whole, "U") in alone]


def said_apart(equations: Iterable[e.Equation], halves: Halves) -> str:
    """The sentence for matrices that the concatenated form leaves two; empty where there are none."""
    return "; ".join(f"{h} and {x} are not one {whole}: {APART}" for h, x, whole in apart(equations, halves))


def _together(h: e.Equation, x: e.Equation, name: Name) -> e.Equation | None:
    """Two gradients as one that differ in the rows of their outer products alone; None where they differ in more."""
    outers = [list(dict.fromkeys(node for node in e.nodes(q.right) if isinstance(node, e.Outer))) for q in (h, x)]
    bare = [e.transformed(q.right, lambda node: node._replace(right=HERE) if isinstance(node, e.Outer) else node) for q in (h, x)]
    if bare[0] != bare[1] or not outers[0] or [outer.left for outer in outers[0]] != [outer.left for outer in outers[1]]:
        return None
    both: dict[e.Expr, e.Expr] = {a: a._replace(right=beside(a.right, b.right)) for a, b in zip(*outers, strict=True)}
    return e.Equation(e.Sym(name, None, True), e.transformed(h.right, lambda node: both.get(node, node)), h.where)
