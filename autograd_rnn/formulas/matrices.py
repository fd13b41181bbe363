"""Matrices as factors of a product: their sizes, and what two of them that stand side by side are in one.

A matrix that a net computes counts as a vector, row after row, so that every linear operation is a matrix: of A X B the Kronecker product
A ⊗ B'. A vector among the factors is a column, transposed a row, and a number is a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.rule import OPS
from autograd_rnn.formulas.system import SCORE

Shape = tuple[int, ...]


def times(a: e.Expr, b: e.Expr) -> e.Expr:
    """a ⊙ b of two vectors of one length, without ones."""
    return b if isinstance(a, e.Ones) else a if isinstance(b, e.Ones) else e.mul(a, b)


def dot(a: e.Expr, b: e.Expr) -> e.Expr:
    """a' b as a number."""
    return e.Fn("sum", times(a, b))


def flat(x: e.Expr, shape: Shape) -> e.Expr:
    """A quantity as one vector, row after row."""
    if isinstance(x, e.Ones):
        return e.Ones((math.prod(shape),))
    if isinstance(x, e.Call) and e.moves(x) and OPS[x.name].reads == "{}" and x.shapes[0] == (math.prod(shape),):
        return x.parts[0]
    if isinstance(row := e.transpose(x), e.Part) and isinstance(row.of, e.Identity) or isinstance(row := x, e.Part):
        if isinstance(row.of, e.Identity) and row.stop == row.start + 1:  # a unit vector
            return e.Call("getitem", (row.of,), e.Options({"index": row.start}), ((row.of.size,) * 2,))
    return x if len(shape) < 2 else e.Call("ravel", (x,), shapes=(shape,))


def transposed(factor: e.Expr) -> e.Expr:
    """A factor's transpose."""
    if isinstance(factor, (e.Diag, e.Identity)):
        return factor
    return e.Kron(transposed(factor.left), transposed(factor.right)) if isinstance(factor, e.Kron) else e.transpose(factor)


class Matrices:
    """Products of matrices over quantities whose shapes are known: ``shapes`` by name."""

    def __init__(self, shapes: Mapping[str, Shape]):
        self.shapes, self.known = shapes, {}  # type: Mapping[str, Shape], dict[e.Expr, Shape]

    def shape(self, x: e.Expr) -> Shape:
        """The shape that an expression has when it is evaluated."""
        return e.upward(x, lambda node: () if isinstance(node, e.Matrix) else e.children(node), self._shape, self.known)[x]

    def _shape(self, x: e.Expr, parts: list[Shape]) -> Shape:
        """One node's shape from its parts'."""
        match x:
            case e.Sym(name):
                return self.shapes[name]
            case e.Num() | e.Fn("sum"):
                return ()
            case e.Fn("onehot"):
                return self.shapes[SCORE]
            case e.Transpose():
                return parts[0][::-1]
            case e.Outer() | e.Kron():
                (a, b), (c, d) = (self.size(part) for part in e.children(x))
                return (a, c) if isinstance(x, e.Outer) else (a * c, b * d)
            case e.MatMul():
                return (*parts[0][:-1], *parts[1][1:]) if parts[0] else parts[1]
            case e.Part(_, start, stop):
                return (stop - start, *parts[0][1:])
            case e.Column():
                return (sum(map(math.prod, parts)),)
            case e.Ones():
                return x.shape
            case e.Identity():
                return (x.size,) * 2
            case e.Diag():
                return parts[0] * 2
            case e.Matrix():
                return x.size
            case e.Derivative():
                return math.prod(parts[0]), math.prod(parts[1])
            case e.Call():
                return self._called(x, parts)
        return np.broadcast_shapes(*parts)

    @staticmethod
    def _called(x: e.Call, parts: list[Shape]) -> Shape:
        """The shape that an operation's result has, or its derivative."""
        shapes = x.shapes or tuple(parts)
        if x.by is not None:
            return shapes[x.by + x.back] if x.shapes else np.broadcast_shapes(*parts)
        probes = [np.eye(*shape) + 0.5 if len(shape) == 2 else np.full(shape, 0.5) for shape in shapes]
        return np.shape(OPS[x.name].forward(*probes, **x.options.given))

    def size(self, factor: e.Expr) -> tuple[int, int]:
        """How many rows and columns a factor has as a matrix."""
        shape = self.shape(factor)
        if len(shape) == 2:
            return shape[0], shape[1]
        return (1, math.prod(shape)) if isinstance(factor, e.Transpose) else (math.prod(shape), 1)

    def is_number(self, factor: e.Expr) -> bool:
        """Whether a factor is a number. A vector of one number is a vector, a matrix of one a matrix: of them the equations say the same as
        of any others."""
        return not self.shape(factor)

    def is_column(self, factor: e.Expr) -> bool:
        """Whether a factor is a vector, and no row: a row is always written as a transposed vector."""
        return not isinstance(factor, e.Transpose) and len(self.shape(factor)) == 1

    def is_row(self, factor: e.Expr) -> TypeGuard[e.Transpose]:
        """Whether a factor is a transposed vector."""
        return isinstance(factor, e.Transpose) and len(self.shape(factor)) == 1

    def plain(self, factor: e.Expr) -> e.Expr:
        """A number without its transposition; any other factor as it is."""
        return factor.of if isinstance(factor, e.Transpose) and self.is_number(factor) else factor

    def kron(self, left: e.Expr, right: e.Expr) -> e.Expr:
        """left ⊗ right; of a column and a row the outer product."""
        for a, b in ((left, right), (right, left)):
            if self.is_column(a) and self.is_row(b):
                return e.Outer(a, b.of)
            if self.is_number(a) or isinstance(a, e.Identity) and not a.shape:
                return b if isinstance(a, e.Identity) else self.scaled(self.plain(a), b)
        if isinstance(left, e.Identity) and isinstance(right, e.Identity):
            return e.Identity((left.size * right.size,))
        if isinstance(left, e.Ones) and isinstance(right, e.Ones):
            return e.Ones((self.size(left)[0] * self.size(right)[0],))
        return e.Kron(left, right)

    def merged(self, factors: tuple[e.Expr, ...]) -> tuple[e.Expr, tuple[e.Expr, ...]]:
        """A product as a number and factors, neighbours drawn together where these have one name: diag(a) diag(b) is diag(a ⊙ b)."""
        numbers: list[e.Expr] = []
        kept: list[e.Expr] = []
        for factor in map(self.plain, factors):
            while kept and not self.is_number(factor) and (both := self.product(kept[-1], factor)) is not None:
                kept.pop()
                number, factor = both
                numbers.append(number)
            (numbers if self.is_number(factor) else kept).append(factor)
        return e.mul(*numbers), tuple(factor for factor in kept if not isinstance(factor, e.Identity))

    def product(self, a: e.Expr, b: e.Expr) -> tuple[e.Expr, e.Expr] | None:
        """Two factors as a number and one factor, or None where they stay two."""
        match a, b:
            case (e.Identity(), _) | (_, e.Identity()):
                return e.ONE, b if isinstance(a, e.Identity) else a
            case (e.Kron(), _) | (_, e.Kron()):
                both = self._of_kroneckers(a, b)
                return None if both is None else (e.ONE, both)
            case e.Diag(), e.Diag():
                return e.ONE, e.Diag(times(a.of, b.of))
            case e.Diag(), e.Outer(e.Ones()):
                return e.ONE, e.Outer(a.of, b.right)
            case e.Outer(_, e.Ones()), e.Diag():
                return e.ONE, e.Outer(a.left, b.of)
            case e.Outer(), e.Outer():
                return dot(a.right, b.left), e.Outer(a.left, b.right)
            case e.Outer(), _ if self.is_column(b):
                return dot(a.right, b), a.left
            case _, e.Outer() if self.is_row(a):
                return dot(a.of, b.left), e.transpose(b.right)
            case e.Diag(), _ if self.is_column(b):
                return e.ONE, times(a.of, b)
            case _, e.Diag() if self.is_row(a):
                return e.ONE, e.transpose(times(a.of, b.of))
            case _, e.Diag() if self.is_column(a):  # of one number
                return e.ONE, e.Outer(a, b.of)
            case e.Diag(), _ if self.is_row(b):
                return e.ONE, e.Outer(a.of, b.of)
        if self.is_row(a) and self.is_column(b):
            return e.ONE, dot(a.of, b)
        return (e.ONE, e.Outer(a, b.of)) if self.is_column(a) and self.is_row(b) else None

    def scaled(self, number: e.Expr, x: e.Expr) -> e.Expr:
        """A number times a matrix, or a vector."""
        return e.Transpose(e.mul(number, x.of)) if self.is_row(x) else e.mul(number, x)

    def added(self, parts: list[e.Expr]) -> e.Expr:
        """The sum of matrices, or of vectors that all are rows or all columns."""
        rows = bool(parts) and self.is_row(parts[0])
        return e.transpose(e.add(*map(e.transpose, parts))) if rows else e.add(*parts)

    def _of_kroneckers(self, a: e.Expr, b: e.Expr) -> e.Expr | None:
        """(A ⊗ B) (C ⊗ D) = A C ⊗ B D. Any matrix M is M ⊗ 1 and 1 ⊗ M, where a row or a column fits the 1."""
        if isinstance(a, e.Kron) and isinstance(b, e.Kron):
            fits = all(self.size(x)[1] == self.size(y)[0] for x, y in ((a.left, b.left), (a.right, b.right)))
            return self.kron(self.joined(a.left, b.left), self.joined(a.right, b.right)) if fits else None
        if (found := self._repeated(a, b)) is not None:
            return found
        if isinstance(a, e.Kron) and self.size(a.right)[1] == 1:
            return self.kron(self.joined(a.left, b), a.right)
        if isinstance(a, e.Kron) and self.size(a.left)[1] == 1:
            return self.kron(a.left, self.joined(a.right, b))
        if isinstance(b, e.Kron) and self.size(b.right)[0] == 1:
            return self.kron(self.joined(a, b.left), b.right)
        if isinstance(b, e.Kron) and self.size(b.left)[0] == 1:
            return self.kron(b.left, self.joined(a, b.right))
        return self._contracted(a, b)

    def _repeated(self, a: e.Expr, b: e.Expr) -> e.Expr | None:
        """One of several equal blocks of rows, or of columns: the block; None of anything else."""
        rows, whole = (a, b) if isinstance(b, e.Kron) else (transposed(b), transposed(a))
        match rows, whole:
            case e.Part(e.Identity(), start, stop), e.Kron(e.Ones(), block):
                size = self.size(block)[0]
                if stop - start == size and not start % size:
                    return block if isinstance(b, e.Kron) else transposed(block)
        return None

    def _contracted(self, a: e.Expr, b: e.Expr) -> e.Expr | None:
        """A matrix, flat, times a column: vec(M)' (I ⊗ b) = (M b)', vec(M)' (b ⊗ I) = (M' b)'."""
        if not (self.is_row(a) and isinstance(b, e.Kron) and isinstance(a.of, e.Call) and a.of.name == "ravel"):
            return None
        matrix = a.of.parts[0]
        if isinstance(b.left, e.Identity) and self.is_column(b.right):
            return e.transpose(e.matmul(matrix, b.right))
        return e.transpose(e.matmul(e.transpose(matrix), b.left)) if isinstance(b.right, e.Identity) and self.is_column(b.left) else None

    def joined(self, a: e.Expr, b: e.Expr) -> e.Expr:
        """The product of two matrices as one factor."""
        number, factors = self.merged((a, b))
        if not factors and self.size(a)[0] == 1:
            return number
        return self.scaled(number, self.chain(factors, size=self.size(a)[0]))

    def chain(self, factors: tuple[e.Expr, ...], last: e.Expr | None = None, size: int = 0) -> e.Expr:
        """The product of matrices, and of a vector if there is one; the identity, of this size, if there is nothing."""
        if last is None and len(factors) > 1 and self.is_row(factors[0]):
            return e.transpose(self.chain(tuple(transposed(factor) for factor in reversed(factors))))
        rest = list(factors) + ([] if last is None else [flat(last, self.shape(last))])
        x = rest.pop() if rest else e.Identity((size,))
        while rest:
            factor = rest.pop()
            if self.is_number(x):
                x = self.scaled(x, factor)
            elif self.is_column(factor) and self.shape(x) == (1,):  # a vector of one number
                x = self.scaled(e.Fn("sum", x), factor)
            elif self.is_column(factor):
                x = e.Outer(factor, x.of if isinstance(x, e.Transpose) else e.Call("ravel", (x,), shapes=(self.shape(x),)))
            else:
                x = e.MatMul(factor, x)
        return x
