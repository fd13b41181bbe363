"""What the derived equations say of a derivative, as a formula: what a line about one is held against where it is explained."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.formulas.closed import alone, power, source
from autograd_rnn.formulas.evidence.derivatives import held
from autograd_rnn.formulas.jacobian import NOW, backward, coefficient, forward_form, general, jacobian, total
from autograd_rnn.formulas.linear import Term, linear
from autograd_rnn.formulas.matrices import Matrices, transposed
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import LOSS, PROBABILITY, SCORE, System


def derivatives(derivation: System, left: e.Derivative) -> list[e.Expr]:
    """What a derivative is, in formulas; nothing where there is none that is short."""
    try:
        found = _derivative(derivation, left)
    except (ValueError, KeyError):
        return []
    known = shapes(derivation)
    own = [*known.names.get(left.of.name, ()), *known.names.get(left.by.name, ()), *known.sizes]

    def lettered(node: e.Expr) -> e.Expr:
        """An identity matrix of the model's size, of that size in letters; of a number 1."""
        if not isinstance(node, e.Identity):
            return node
        if known.names.get(left.of.name) == ():
            return e.ONE
        return e.Identity(tuple(next((letter for letter in own if known.size(letter) == size), str(size)) for size in node.shape))

    return [e.transformed(x, lettered) for x in found]


def _derivative(derivation: System, left: e.Derivative) -> list[e.Expr]:
    of, by, kind = left
    now = of.time or e.Time("", 0)
    if of.name == LOSS:
        return _of_loss(derivation, of if of.time or kind != "immediate" else of._replace(time=by.time), by)
    if of.name == PROBABILITY:  # no tape has its adjoint, where the loss takes scores
        p, here = e.Sym(PROBABILITY, now), of.time == by.time and by.name == SCORE
        binary = derivation.model.readout.output == "sigmoid"
        own = e.Diag(e.mul(p, e.add(e.ONE, e.negative(p)))) if binary else e.add(e.Diag(p), e.negative(e.outer(p, p)))
        return [own] if here else []
    if by.time is None:
        equations = forward_form(derivation, by.name)
        asked = of.name, by, "immediate" if kind == "immediate" else "total"  # by a parameter there is no partial one
        return [put(q.right, "t", now) for q in equations if (q.left.of.name, q.left.by, q.left.kind) == asked]
    assert of.time is not None
    if of.time.base == by.time.base and abs(of.time.offset - by.time.offset) < 2:
        upper, lower = e.Sym(of.name, NOW), e.Sym(by.name, e.Time("t", by.time.offset - of.time.offset))
        between = sorted((0, by.time.offset - of.time.offset))
        fixed = held(derivation, lower, kind) if any(between) else frozenset()  # of its own step none is held
        define = general(derivation, *between)
        fixed = frozenset(s._replace(adjoint=False) for s in fixed)
        return [put(coefficient(define, upper, lower, Matrices(derivation.shapes), fixed), "t", of.time)]
    if not of.time.base and not by.time.base:
        return [q.right for q in jacobian(derivation, of.name, by.name, of.time.offset, by.time.offset) if q.left[:2] == (of, by)]
    if kind == "immediate":
        return [e.ZERO] if of.time.base == by.time.base else []
    if of.name != by.name:
        return []
    size = shapes(derivation).names[of.name][:1] * 2
    if kind == "direct":
        return [power(derivation, of, by, directly(derivation, of.name), size)]
    return [power(derivation, of, by, size=size)] if alone(derivation, of.name) else []


def directly(derivation: System, state: str) -> e.Expr:
    """What a state is multiplied by on its way to itself a step later, along it alone."""
    m, own = Matrices(derivation.shapes), next(q.right for q in derivation.equations if q.left == e.Sym(state, NOW, True))
    parts = [term for term in linear(own, m) if isinstance(term.leaf, e.Sym) and term.leaf.adjoint and term.leaf.name == state]
    before = e.Time("t", 1 if backward(derivation, state) else -1)
    products = [Term(term.number, tuple(transposed(x) for x in reversed(term.factors)), e.ONE) for term in parts]
    return put(total(products, m, m.shape(e.Sym(state))[0]), "t", before)


def _of_loss(derivation: System, of: e.Sym, by: e.Sym) -> list[e.Expr]:
    """One step's loss by a quantity of that step, or by a chain's only state at another."""
    if by.time is None or of.time is None:
        return []
    own = [q.right for q in derivation.equations if q.left == e.Sym(by.name, NOW, True)]
    mean = derivation.model.readout.reduction == "mean"  # of which this step's loss is no more than the T-th part
    further = {q.left for q in derivation.equations if mean or any(s.adjoint for s in e.symbols(q.right))}  # of later losses, too

    def alone_here(s: e.Sym) -> e.Expr:
        """An adjoint as the derivative of this step's loss."""
        return e.Derivative(e.Sym(LOSS, NOW), s._replace(adjoint=False), "partial") if s in further else s

    here = [put(e.mapped(source(right), alone_here), "t", of.time) for right in own]
    if of.time == by.time or not here:
        return here
    if not alone(derivation, by.name):
        return []
    way = power(derivation, by._replace(time=of.time), by, size=shapes(derivation).names[by.name][:1] * 2)
    return [e.matmul(e.transpose(way), here[0])]
