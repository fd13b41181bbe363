"""Expressions with their shapes in letters: what may be added, multiplied, applied and transposed. Vectors are columns."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.lines import IllTyped
from autograd_rnn.formulas.checking.shapes import Shape, written


class Typed(NamedTuple):
    """An expression and its shape. ``row``: a transposed column. ``unknown``: an own name whose line is yet to be read.

    Shape None is a class number, which only ``onehot`` takes.
    """

    expr: Any
    shape: Shape | None
    row: bool = False
    unknown: bool = False

    @property
    def kind(self) -> Any:
        """What an own name inherits from its definition; None while it is not known."""
        return None if self.unknown or self.shape is None else (self.shape, self.row)

    @property
    def written(self) -> str:
        """The shape as a person reads it."""
        return written(self.shape, self.row)


UNKNOWN = Typed(e.ONE, None, unknown=True)


def number(node: ast.AST, most: int = 60) -> str:
    """The text of a piece of syntax, cut where it is long."""
    text = re.sub(r"(?<=[tTS]) ([+-]) (?=\d+\])", r"\1", ast.unparse(node))
    return text if len(text) <= most else text[: most - 3] + "..."


def one(x: Typed, node: ast.AST) -> Typed:
    """x, if it is a column."""
    if x.unknown or (x.shape is not None and len(x.shape) == 1):
        return x._replace(row=False)
    raise IllTyped(f"`{number(node)}` takes a column, not {x.written}")


def _misfit(node: ast.AST, a: Typed, b: Typed, sign: str, hint: str = "") -> IllTyped:
    """The sentence for two shapes that do not fit."""
    if a.shape is None or b.shape is None:
        return IllTyped(f"`{number(node)}`: a class number such as y[t] is written `onehot(y[t])`")
    return IllTyped(f"`{number(node)}`: {a.written} {sign} {b.written}{hint}")


def transposed(x: Typed) -> Typed:
    """x.T: of a column a row, of a number the number."""
    if x.unknown or not x.shape:
        return x
    if len(x.shape) == 1:
        return x._replace(row=not x.row)
    if isinstance(x.expr, e.Diag):
        return x
    inner = x.expr
    if isinstance(inner, e.Outer):
        return Typed(e.outer(inner.right, inner.left), x.shape[::-1])
    if isinstance(inner, e.Sum):
        return Typed(inner._replace(of=transposed(Typed(inner.of, x.shape)).expr), x.shape[::-1])
    return Typed(e.transpose(inner) if inner != e.ZERO else inner, x.shape[::-1])


def added(a: Typed, b: Typed, node: ast.AST) -> Typed:
    """a + b: of one shape, or a number with anything."""
    if a.unknown or b.unknown:
        known = b if a.unknown else a
        return known if known.shape else UNKNOWN
    if a.shape is None or b.shape is None or (a.shape and b.shape and (a.shape != b.shape or a.row != b.row)):
        if e.ZERO in (a.expr, b.expr):
            return b if a.expr == e.ZERO else a
        hint = ": a column and a row" if a.shape == b.shape else ""
        raise _misfit(node, a, b, "+" if isinstance(getattr(node, "op", None), ast.Add) else "-", hint)
    bigger = a if a.shape else b
    return Typed(e.add(a.expr, b.expr), bigger.shape, bigger.row)


def multiplied(parts: list[Typed], node: ast.AST) -> Typed:
    """The elementwise product of what has one shape, or a number with anything."""
    result = parts[0]
    for part in parts[1:]:
        if result.unknown or part.unknown:
            known = part if result.unknown else result
            result = known if known.shape else UNKNOWN
            continue
        a, b = result, part
        if a.shape is None or b.shape is None or (a.shape and b.shape and (a.shape != b.shape or a.row != b.row)):
            matrix = a.shape is not None and b.shape is not None and len(a.shape) == 2
            raise _misfit(node, a, b, "*", ": a matrix is applied with `@`" if matrix else "")
        bigger = a if a.shape else b
        if isinstance(bigger.expr, e.Diag) and a.shape and b.shape:
            raise IllTyped(f"`{number(node)}`: diag(v) is a matrix and is applied with `@`")
        result = Typed(e.mul(a.expr, b.expr), bigger.shape, bigger.row)
    return result


def applied(a: Typed, b: Typed, node: ast.AST) -> Typed:
    """a @ b: a matrix and a column, two matrices, an outer or an inner product."""
    if a.unknown or b.unknown:
        rows = len(a.shape or ()) == 2
        return Typed(e.ONE, a.shape[:1]) if rows and a.shape and not b.row else UNKNOWN
    if not a.shape or not b.shape:
        raise _misfit(node, a, b, "@", ": a number multiplies with `*`" if a.shape is not None and b.shape is not None else "")
    left, right = len(a.shape), len(b.shape)
    if left == 1 and right == 1:
        if a.row == b.row:
            raise _misfit(node, a, b, "@", ": an outer product is `a @ b.T`, an elementwise one `a * b`")
        if b.row:
            return Typed(e.outer(a.expr, b.expr), (a.shape[0], b.shape[0]))
        if a.shape != b.shape:
            raise _misfit(node, a, b, "@")
        return Typed(e.Fn("sum", e.mul(a.expr, b.expr)), ())
    if left == 1:
        if not a.row:
            fits = b.shape[0] == a.shape[0]
            matrix, column = (number(getattr(node, side, node)) for side in ("right", "left"))
            turned = matrix[:-2] if matrix.endswith(".T") else f"{matrix}.T"
            hint = f": that is the row layout, in columns it is `{turned} @ {column}`" if fits else ""
            raise _misfit(node, a, b, "@", hint)
        if a.shape[0] != b.shape[0]:
            raise _misfit(node, a, b, "@")
        return Typed(_product(transposed(b).expr, a.expr, True), b.shape[1:], row=True)
    if b.row or a.shape[1] != b.shape[0]:
        raise _misfit(node, a, b, "@")
    return Typed(_product(a.expr, b.expr, right == 1), a.shape[:1] + b.shape[1:])


def _product(matrix: Any, x: Any, column: bool) -> Any:
    """A matrix times a column or a matrix; diag(v) times a column is v * x."""
    if e.ZERO in (matrix, x):
        return e.ZERO
    if isinstance(x, e.Outer):
        return e.outer(_product(matrix, x.left, True), x.right)
    if column and isinstance(matrix, e.Diag):
        return e.mul(matrix.of, x)
    if isinstance(matrix, e.Outer) and column:
        return e.mul(matrix.left, e.Fn("sum", e.mul(matrix.right, x)))
    return e.matmul(matrix, x)
