"""What is put together of values, or taken of one: products side by side, columns one under the other, some rows, ones."""

from __future__ import annotations

import ast

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.names import Names, Refuse
from autograd_rnn.formulas.checking.shapes import Typed


class Pieces(Names):
    """The nodes that have several values in them, or a part of one."""

    def beside(self, parts: list[Typed], node: ast.expr) -> Typed:
        """Two that stand side by side: a number or a matrix times the other, a column times a row, two columns element by element."""
        a, b = parts
        known = not (a.unknown or b.unknown or a.shape is None or b.shape is None)
        if known and (not a.shape or not b.shape or len(a.shape) == len(b.shape) == 1 and a.row == b.row):
            if a.shape and b.shape:
                self.taken["columns side by side are multiplied element by element"] = None
            return self.shapes.multiplied(parts, node)
        return self.shapes.applied(a, b, node)

    def raised(self, of: Typed, times: int, node: ast.expr) -> Typed:
        """``x^n``: of a square matrix the matrix power, of anything else element by element, as ``x**n`` is of both."""
        if of.unknown or of.shape is None or len(of.shape) != 2 or of.shape[0] != of.shape[1]:
            return self.shapes.multiplied([of] * times, node)
        self.taken[f"`{ast.unparse(node)}` is the matrix power; `**` is element by element"] = None
        whole = of
        for _ in range(times - 1):
            whole = self.shapes.applied(of, whole, node)
        return whole

    def rows(self, of: Typed, index: ast.expr, refuse: Refuse) -> Typed:
        """Some rows of a vector, where the derived equations have such ones too."""
        first, last = (index.lower, index.upper) if isinstance(index, ast.Slice) and index.step is None else (None, None)
        ends = [x.value for x in (first, last) if isinstance(x, ast.Constant) and isinstance(x.value, int)]
        if of.unknown:
            return of
        if of.shape is None or len(of.shape) != 1 or len(ends) != 2 or not self.shapes.fixed:
            raise refuse("rows are taken from a vector, as `v[0:3]`, where the net's own equations take some: no other index is read here")
        at, whole = 0, self.shapes.size(of.shape[0])
        for letter in of.shape[0].split("+"):
            if [at, at + self.shapes.size(letter)] == ends:
                return Typed(e.Part(of.expr, ends[0], ends[1]), (letter,), of.row)
            at += self.shapes.size(letter)
        if not 0 <= ends[0] < ends[1] <= whole:
            raise refuse(f"rows {ends[0]} to {ends[1]} are no part of a vector {of.written} of {whole}")
        return Typed(e.Part(of.expr, ends[0], ends[1]), (str(ends[1] - ends[0]),), of.row)

    def ones(self, sizes: list[ast.expr], refuse: Refuse) -> Typed:
        """A vector of ones, or a matrix, as the derived equations have them."""
        shape = tuple(x.value for x in sizes if isinstance(x, ast.Constant) and isinstance(x.value, int) and 0 < x.value <= 1000)
        if not shape or len(shape) != len(sizes):
            raise refuse("a vector of ones is written with its length, `ones(3)`")
        return Typed(e.Ones(shape), tuple(map(str, shape)))

    def column(self, parts: list[Typed], refuse: Refuse) -> Typed:
        """Vectors one under the other."""
        if not all(part.shape is not None and len(part.shape) == 1 and not part.row for part in parts) or not parts:
            raise refuse("only columns are stacked, as `[a; b]`")
        return Typed(e.Column(tuple(part.expr for part in parts)), ("+".join(part.shape[0] for part in parts if part.shape),))
