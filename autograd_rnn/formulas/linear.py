"""Adjoint equations as what they are: linear in the adjoints. Each term is a product of matrices times one adjoint, or a source.

``da_t = dh_t ⊙ (1 - h_t²)`` is one term, ``diag(1 - h_t²)`` times ``dh_t``: the transposed Jacobian of one step of the chain rule.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.rule import OPS
from autograd_rnn.formulas.evaluate import arguments
from autograd_rnn.formulas.matrices import Matrices, Shape, flat, transposed
from autograd_rnn.formulas.rolling import terms

HERE = e.Sym("")  # where a product stands in what is around it


class Term(NamedTuple):
    """``number · factors · leaf``, the factors being matrices from left to right. ``around``: what a gradient that is a matrix makes of
    that vector, `HERE` in it."""

    number: e.Expr
    factors: tuple[e.Expr, ...]
    leaf: e.Expr = e.ONE
    around: e.Expr = HERE

    @property
    def adjoint(self) -> e.Sym | None:
        """The adjoint that is multiplied, or None."""
        return self.leaf if isinstance(self.leaf, e.Sym) and self.leaf.adjoint else None

    def merged(self, of: Matrices) -> Term:
        """The term with as few factors as have a name."""
        number, factors = of.merged(self.factors)
        return self._replace(number=e.mul(self.number, number), factors=factors)

    def joined(self, other: Term, of: Matrices) -> Term:
        """This term with another one's product in its leaf's place."""
        return Term(e.mul(self.number, other.number), self.factors + other.factors, other.leaf, self.around).merged(of)

    def product(self, of: Matrices) -> e.Expr:
        """The term as an expression."""
        vector = e.mul(self.number, of.chain(self.factors, self.leaf))
        return e.mapped(self.around, lambda x: vector if x == HERE else x)


def has_adjoint(x: e.Expr) -> bool:
    """Whether an expression depends on an adjoint."""
    return any(symbol.adjoint for symbol in e.symbols(x))


def linear(x: e.Expr, of: Matrices) -> list[Term]:
    """An expression as a sum of products of matrices, each times one adjoint; what holds no adjoint is one term, the last. An
    expression that is a matrix counts as a vector, row after row.

    >>> from autograd_rnn.algebra.printing import show
    >>> from autograd_rnn.formulas.linear import linear
    >>> derivation = derive(Model(RNN(2, 3), output_size=4))
    >>> of = Matrices(derivation.shapes)
    >>> for term in linear(derivation.formula("h")[0].right, of):
    ...     print(show(term.product(of)), "|", *map(show, term.factors), "|", show(term.leaf))
    W_hyᵀ ds_t | W_hyᵀ | ds_t
    W_hhᵀ da_{t+1} | W_hhᵀ | da_{t+1}
    """
    found: list[Term] = []
    source: list[e.Expr] = []
    stack = [Term(e.ONE, (), x)]
    while stack:
        term = stack.pop()
        node = term.leaf
        if not has_adjoint(node):
            if term.factors or term.number != e.ONE:
                found.append(term)
            else:
                source += terms(node)
        elif isinstance(node, e.Sym):
            found.append(term.merged(of))
        else:
            for number, factors, inner in reversed(_opened(node, of)):
                fitted = _fitted(factors, of.shape(node), of.shape(inner), of)
                stack.append(Term(e.mul(term.number, number), term.factors + fitted, inner))
    return found + ([Term(e.ONE, (), e.add(*source))] if source else [])


def around(x: e.Expr, of: Matrices) -> list[Term]:
    """As `linear`; but what makes a matrix of a vector, as the outer product with what a weight was multiplied by, stays around it."""
    found: list[Term] = []
    stack: list[tuple[e.Expr, e.Expr, e.Expr]] = [(e.ONE, HERE, x)]
    while stack:
        number, outside, node = stack.pop()
        inside = [part for part in e.children(node) if has_adjoint(part)]
        if isinstance(node, e.Add):
            stack += [(number, outside, part) for part in reversed(node.terms)]
        elif len(of.shape(node)) < 2 or len(inside) != 1:
            found += [term._replace(number=e.mul(number, term.number), around=outside) for term in linear(node, of)]
        else:
            parts = e.children(node)
            numbers = [part for part in parts if isinstance(node, e.Mul) and isinstance(part, e.Num)]
            here = e.rebuilt(node, tuple(HERE if part == inside[0] else part for part in parts if part not in numbers))
            changed = e.mapped(outside, lambda s, here=here: here if s == HERE else s)  # type: ignore[misc]
            stack.append((e.mul(number, *numbers), changed, inside[0]))
    return found


Opened = tuple[e.Expr, tuple[e.Expr, ...], e.Expr]  # a number, matrices, and what they are multiplied by


def _opened(node: e.Expr, of: Matrices) -> list[Opened]:
    """A node that is no symbol: its own operation as a number and matrices, times what is inside."""
    shape = of.shape(node)
    inside = [part for part in e.children(node) if has_adjoint(part)]
    inner = inside[0]
    given = of.shape(inner)
    match node:
        case e.Add(parts):
            return [(e.ONE, spread(of.shape(part), shape, of), part) for part in parts]
        case e.Mul(factors):
            return [_weighted([f for f in factors if f is not inner], inner, shape, of)]
        case e.Quotient(above, below) if above is inner:
            return [_weighted([e.quotient(e.ONE, below)], inner, shape, of)]
        case e.Transpose() if len(given) < 2:
            return [(e.ONE, (), inner)]
        case e.Transpose() if turned := _turned(inner, of):
            return [(e.ONE, (), turned)]
        case e.Transpose():
            return [(e.ONE, _picked(np.arange(math.prod(given)).reshape(given).T.ravel(), math.prod(given)), inner)]
        case e.Fn("sum"):
            return [(e.ONE, (e.Transpose(e.Ones((math.prod(given),))),), inner)]
        case e.Call("sum" | "mean", (_,), options) if node.by is None:
            kept = np.sum(np.empty(given), axis=options.given["axis"], keepdims=True).shape
            scale = e.Num(math.prod(kept) / math.prod(given)) if node.name == "mean" else e.ONE
            return [(scale, tuple(transposed(factor) for factor in reversed(spread(kept, given, of))), inner)]
        case e.Part(_, start, stop) if len(given) == 1:
            return [(e.ONE, (e.Part(e.Identity(given), start, stop),), inner)]
        case e.Column(parts):
            return [(e.ONE, (_placed(k, parts, of),), part) for k, part in enumerate(parts) if part in inside]
        case e.Call() if e.moves(node):
            return [_moved(node, of)]
        case e.MatMul() | e.Outer():
            return [(e.ONE, _multiplied(node, inner, of), inner)]
    if len(inside) == 1 and math.prod(given) == 1 and isinstance(node, e.Call):  # of a number: what it makes of 1
        return [(e.ONE, (flat(node._replace(parts=tuple(e.ONE if part is inner else part for part in node.parts)), shape),), inner)]
    return [(e.ONE, (_columns(node, part, of),), part) for part in inside]


def _fitted(factors: tuple[e.Expr, ...], shape: Shape, given: Shape, of: Matrices) -> tuple[e.Expr, ...]:
    """A product of matrices that makes a number, or is made of one: a number has no axis, so that a row begins it, or a column ends it."""
    if factors and given == () and len(size := of.shape(factors[-1])) == 2:
        factors = *factors[:-1], flat(factors[-1], size)
    if factors and shape == () and len(size := of.shape(factors[0])) == 2:
        factors = e.Transpose(flat(transposed(factors[0]), size[::-1])), *factors[1:]
    return factors


def _columns(node: e.Expr, inner: e.Expr, of: Matrices) -> e.Expr:
    """The matrix of any linear operation, by what it makes of the unit vectors."""
    unit = e.Identity(of.shape(inner))
    parts = tuple(unit if part == inner else e.ZERO if has_adjoint(part) else part for part in e.children(node))
    return e.Matrix(node._replace(parts=parts) if isinstance(node, e.Call) else e.rebuilt(node, parts),
                    (math.prod(of.shape(node)), unit.size))  # fmt: skip


def spread(given: Shape, shape: Shape, of: Matrices) -> tuple[e.Expr, ...]:
    """The matrix that repeats a vector to a shape: a number in a vector of ones, a vector in each row or column of a matrix."""
    if math.prod(given) == math.prod(shape):
        return ()
    if math.prod(given) == 1:
        return (e.Ones((math.prod(shape),)),)
    if len(shape) == 2 and given in (shape[1:], (1, *shape[1:])):
        return (of.kron(e.Ones((shape[0],)), e.Identity(shape[1:])),)
    if len(shape) == 2 and given == (shape[0], 1):
        return (of.kron(e.Identity(shape[:1]), e.Ones((shape[1],))),)
    repeated = e.Call("broadcast_to", (e.Identity(given),), e.Options({"shape": shape}), (given,))
    return (e.Matrix(repeated, (math.prod(shape), math.prod(given))),)


def _weighted(weights: list[e.Expr], inner: e.Expr, shape: Shape, of: Matrices) -> Opened:
    """An elementwise product: numbers in front, diagonal matrices of vectors; of a number that is multiplied by a vector, the vector."""
    given = of.shape(inner)
    numbers = [w for w in weights if not of.shape(w) or math.prod(of.shape(w)) == 1 and of.shape(w) != shape]
    vectors = [w for w in weights if w not in numbers]
    number, weight = e.mul(*numbers), e.mul(*vectors)
    if not vectors:
        return number, spread(given, shape, of), inner
    if math.prod(given) == 1 and given != shape and of.shape(weight) == shape:
        return number, (flat(weight, shape),), inner
    return number, (*(_diagonal(w, shape, of) for w in ([weight] if len(shape) < 2 else vectors)), *spread(given, shape, of)), inner


def _diagonal(weight: e.Expr, shape: Shape, of: Matrices) -> e.Expr:
    """The diagonal matrix of a vector, or of a matrix, row after row, in which a vector may be repeated."""
    given = of.shape(weight)
    if isinstance(weight, e.Outer):
        return of.kron(_diagonal(weight.left, shape[:1], of), _diagonal(weight.right, shape[1:], of))
    if isinstance(weight, e.Ones):
        return e.Identity(shape)
    if len(shape) == 2 and given == (shape[0], 1):
        return of.kron(e.Diag(flat(weight, given)), e.Identity(shape[1:]))
    if len(shape) == 2 and given in (shape[1:], (1, *shape[1:])):
        return of.kron(e.Identity(shape[:1]), e.Diag(flat(weight, given)))
    whole = weight if given == shape else e.Call("broadcast_to", (weight,), e.Options({"shape": shape}), (given,))
    return e.Diag(flat(whole, shape))


def _turned(x: e.Expr, of: Matrices) -> e.Expr | None:
    """The transpose of a product of matrices or of their sum, inside it; None of anything else."""
    match x:
        case e.Add(parts):
            return e.add(*map(e.transpose, parts))
        case e.Mul(factors):
            return e.mul(*(e.transpose(f) if len(of.shape(f)) == 2 else f for f in factors)) if all(
                len(of.shape(f)) in (0, 2) for f in factors) else None  # fmt: skip
        case e.Outer() | e.Transpose():
            return e.transpose(x)
        case e.Quotient(above, below) if not of.shape(below):
            return e.quotient(e.transpose(above), below)
        case e.MatMul(a, b) if len(of.shape(b)) == 2:
            return e.matmul(e.transpose(b), e.transpose(a))
    return None


def _placed(k: int, parts: tuple[e.Expr, ...], of: Matrices) -> e.Expr:
    """The matrix that puts one of several vectors in its place under the others."""
    sizes = [math.prod(of.shape(part)) for part in parts]
    start = sum(sizes[:k])
    return e.Transpose(e.Part(e.Identity((sum(sizes),)), start, start + sizes[k]))


def _moved(node: e.Call, of: Matrices) -> Opened:
    """Operations that only move numbers, all that stand on one another: rows of the identity matrix, or vectors repeated."""
    if node.name == "scatter":  # what an index takes, transposed
        whole, index = of.shape(node), node.options.given["index"]
        taken = np.ravel(np.arange(math.prod(whole)).reshape(whole)[index])
        return e.ONE, tuple(map(e.transpose, _picked(taken, math.prod(whole)))), node.parts[0]
    moves, inner = [node], node.parts[0]
    while isinstance(inner, e.Call) and e.moves(inner) and inner.name != "scatter" and has_adjoint(inner):
        moves.append(inner)
        inner = inner.parts[0]
    given = of.shape(inner)
    count = math.prod(given)
    numbered = np.arange(1.0, count + 1).reshape(given)  # 0 is what comes from nowhere
    for move in reversed(moves):
        numbered = OPS[move.name].forward(*arguments(move, [numbered, *move.parts[1:]]), **move.options.given)
    found = np.ravel(numbered).astype(int) - 1
    here = np.flatnonzero(found >= 0)
    order, unit = np.arange(count), e.Identity((count,))
    if count == 1 and len(here) == len(found):
        ones = e.Ones((len(found),))
        return e.ONE, (e.Transpose(ones) if given and not of.shape(node) else ones,), inner
    if len(found) > count and np.array_equal(found, np.tile(order, len(found) // count)):
        return e.ONE, (of.kron(e.Ones((len(found) // count,)), unit),), inner
    if len(found) > count and np.array_equal(found, np.repeat(order, len(found) // count)):
        return e.ONE, (of.kron(unit, e.Ones((len(found) // count,))),), inner
    return e.ONE, (*map(e.transpose, _picked(here, len(found))), *_picked(found[here], count)), inner


def _picked(rows: np.ndarray, count: int) -> tuple[e.Expr, ...]:
    """Some rows of the identity matrix, in any order, each as often as it is asked for, as a matrix; nothing if they are all of them."""
    whole, first = e.Identity((count,)), int(rows[0]) if len(rows) else 0
    if not np.array_equal(rows, np.arange(first, first + len(rows))):
        return (e.Call("getitem", (whole,), e.Options({"index": rows.tolist()}), ((count, count),)),)
    return () if len(rows) == count else (e.Part(whole, first, first + len(rows)),)


def _multiplied(node: e.Expr, inner: e.Expr, of: Matrices) -> tuple[e.Expr, ...]:
    """The matrix of a matrix product or an outer product, of which one side is given."""
    given, (a, b) = of.shape(inner), e.children(node)
    other = b if a is inner else a
    if isinstance(node, e.Outer):
        rows, columns = math.prod(of.shape(a)), math.prod(of.shape(b))
        first = a is inner
        return (of.kron(e.Identity((rows,)), b) if first else of.kron(a, e.Identity((columns,))),)
    if not of.shape(other):
        return (other,)
    if b is inner:
        return (a,) if len(given) < 2 else (of.kron(a, e.Identity(given[1:])),)
    if len(given) == 1 and len(of.shape(b)) == 1:
        return (e.Transpose(b),)
    if len(given) == 2:
        return (of.kron(e.Identity(given[:1]), e.transpose(b)),)
    return (_columns(node, inner, of),)
