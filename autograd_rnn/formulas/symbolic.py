"""Formulas as sympy expressions that people can go on with. Nothing is evaluated or simplified on the way.

What stands for what, all of it noncommutative:

- a parameter is a symbol, ``W_hh``, and so is the identity, ``I``; what has a time index is an undefined function of it, ``h(t - 1)``;
  an adjoint has a ``d`` in front;
- ``W*x`` is the matrix product, ``a*transpose(b)`` the outer product, ``hadamard(a, b)`` the elementwise product;
- ``diag(v)``, ``kron(A, transpose(b))``, ``rows(x, start, stop)``, ``column(a, b)``, ``tanh(x)``, ``softmax(x)``, ``onehot(y(t))`` are
  undefined functions too, and so is any other operation by its name, its options as symbols ``low=0``, ``swish_prime1(a)`` being its
  derivative; ``quotient(a, b)`` is a / b, element by element;
- ``total(h(t), W)``, ``partial`` and ``immediate`` are the three kinds of derivative;
- ``ones(3)`` is a vector of ones; a number added to a vector is added to each element, ``1 - hadamard(h(t), h(t))``;
- Σ is sympy's ``Sum`` over the integer symbol ``t``.

sympy's own ``diff`` knows nothing of these rules: it is not for these expressions.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from autograd_rnn.algebra import expr as e


def equation(q: e.Equation) -> sympy.Basic:
    """An equation as sympy's ``Eq``, neither side evaluated.

    >>> derive(Model(RNN(2, 3), output_size=4)).formula("W_hh").sympy()
    Eq(dW_hh, Sum(da(t)*transpose(h(t - 1)), (t, 1, T)))
    >>> derive(Model(RNN(2, 3), output_size=4)).formula("a").sympy().rhs
    hadamard(dh(t), 1 - hadamard(h(t), h(t)))
    """
    return sympy.Eq(expression(q.left), expression(q.right), evaluate=False)


def expression(x: e.Expr) -> sympy.Basic:
    """An expression as sympy's."""
    return e.upward(x, e.children, _node)[x]


def function(name: str, *arguments: sympy.Basic) -> sympy.Basic:
    """An undefined function's value, which does not commute."""
    return sympy.Function(name, commutative=False)(*arguments)


def time(index: e.Time) -> sympy.Basic:
    """A time index; ``t`` and the lengths are integer symbols."""
    return sympy.Integer(index.offset) + (sympy.Symbol(index.base, integer=True) if index.base else 0)


def _node(x: e.Expr, parts: list[sympy.Basic]) -> sympy.Basic:
    """One node from its parts'."""
    match x:
        case e.Sym(name, index, adjoint):
            name = "d" * adjoint + name
            return sympy.Symbol(name, commutative=False) if index is None else function(name, time(index))
        case e.Num(value, text):
            return 1 / sympy.Symbol(text[2:], integer=True) if text.startswith("1/") else sympy.Rational(Fraction(value))
        case e.Ones(shape):
            return function("ones", *shape)
        case e.Add():
            return sympy.Add(*parts)
        case e.Mul(factors):
            numbers = [part for part, factor in zip(parts, factors, strict=True) if isinstance(factor, e.Num)]
            vectors = [part for part, factor in zip(parts, factors, strict=True) if not isinstance(factor, e.Num)]
            return sympy.Mul(*numbers, vectors[0] if len(vectors) == 1 else function("hadamard", *vectors))
        case e.MatMul():
            return parts[0] * parts[1]
        case e.Transpose():
            return function("transpose", *parts)
        case e.Outer():
            return parts[0] * function("transpose", parts[1])
        case e.Kron():
            return function("kron", *parts)
        case e.Identity():
            return sympy.Symbol("I", commutative=False)
        case e.Matrix():
            return parts[0]
        case e.Part(_, start, stop):
            return function("rows", *parts, start, stop)
        case e.Sum(_, first, last):
            return sympy.Sum(parts[0], (sympy.Symbol("t", integer=True), time(first), time(last)))
        case e.Derivative():
            return function(x.kind, *parts)
        case e.Quotient():
            return function("quotient", *parts)
        case e.Call():
            name = x.name.strip("_") + ("" if x.by is None else f"_{'pulled' if x.back else 'prime'}{x.by + 1}")
            return function(name, *parts, *(sympy.Symbol(f"{key}={value}") for key, value in x.options.given.items() if value is not None))
        case e.Column() | e.Diag():
            return function(type(x).__name__.lower(), *parts)
    assert isinstance(x, e.Fn)
    return function(x.name, *parts)
