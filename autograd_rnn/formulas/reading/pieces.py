"""What is put together of values, or taken of one: products side by side, columns one under the other, some rows, ones."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.reading.names import Refuse
from autograd_rnn.formulas.reading.rows import Rows
from autograd_rnn.formulas.reading.shapes import UNKNOWN, Typed, one, transposed
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.formulas.writing.lines import IllTyped, Line

T = TypeVar("T")
MOST = 2_000  # rows of an identity matrix of which some are taken
DOT = re.compile(r"\b(?:dot|matmul|mm|mv)\(")
CROSSES = {
    "outer": "the outer product",
    "elementwise": "the product element by element",
    "kron": "the Kronecker product",
}  # what ⊗ may be, the likelier first


def lengths(node: ast.expr) -> Counter[str] | None:
    """A bound of some rows as lengths by their letters, ``2*H + D``; None of any other."""
    found = [re.fullmatch(r"(?:([1-9])(?:\*|//))?([A-RU-Z])|0", part) for part in ast.unparse(node).replace(" ", "").split("+")]
    return None if None in found else Counter(x[2] for x in found if x and x[2] for _ in range(int(x[1] or 1)))


class Pieces(Rows):
    """The nodes that have several values in them, or a part of one. ``cross``: what ⊗ is read as; ``dots``: whether the line that is read
    has a product by that name, ``hot``: whether ``onehot`` stands in it."""

    cross, dots, hot = "outer", False, False

    def classed(self, part: Typed) -> Typed:
        """A value; of a class number, where one is reckoned with, the vector that has a 1 there."""
        if part.shape is not None or part.unknown or not isinstance(part.expr, e.Sym):
            return part
        if self.hot:
            raise IllTyped(
                f"`{show(part.expr, 'ascii')}` is a class number where `onehot` takes it, and a vector elsewhere in the same line"
            )
        self.taken[f"`{show(part.expr, 'ascii')}` is a class number, and read as the vector `onehot({show(part.expr, 'ascii')})`"] = None
        return Typed(e.Fn("onehot", part.expr), (self.shapes.letters[self.shapes.classes],))

    def classes(self, of: Typed) -> bool:
        """Whether a vector has an element for each class that the target may be."""
        return not self.shapes.names[TARGET] and of.shape == (self.shapes.letters[self.shapes.classes],) and not of.row

    def beside(self, parts: list[Typed], node: ast.expr) -> Typed:
        """Two that stand side by side: a number or a matrix times the other, a column times a row, two columns element by element."""
        a, b = parts
        known = not (a.unknown or b.unknown or a.shape is None or b.shape is None)
        if known and (not a.shape or not b.shape or len(a.shape) == len(b.shape) == 1 and a.row == b.row):
            if a.shape and b.shape and self.dots:
                raise IllTyped("a `dot` of two columns is one number, `a.T @ b`: element by element their product is `a * b`")
            if a.shape and b.shape:
                self.taken["columns side by side are multiplied element by element"] = None
            return self.shapes.multiplied(parts, node)
        return self.times(a, b, node)

    def before_a_row(self, parts: list[Typed]) -> Typed | None:
        """``a ⊙ b cᵀ``, which is no product of a column and a matrix, as ``(a ⊙ b) cᵀ``; None of anything else."""
        a, b = parts
        if len(a.shape or ()) != 1 or a.row or not isinstance(b.expr, e.Outer) or not self.shapes.fit(a.shape or (), (b.shape or ())[:1]):
            return None
        self.taken["a product element by element in front of a column and a row is read as one with the column, `(u * v) @ w.T`"] = None
        return Typed(e.outer(e.mul(a.expr, b.expr.left), b.expr.right), b.shape)

    def raised(self, of: Typed, times: int, node: ast.expr) -> Typed:
        """``x^n``: of a square matrix the matrix power, of anything else element by element, as ``x**n`` is of both."""
        if of.unknown or of.shape is None or len(of.shape) != 2 or of.shape[0] != of.shape[1]:
            return self.shapes.multiplied([of] * times, node)
        self.taken[f"`{ast.unparse(node)}` is the matrix power; `**` is element by element"] = None
        whole = of
        for _ in range(times - 1):
            whole = self.shapes.applied(of, whole, node)
        return whole

    def powered(self, of: Typed, power: Fraction, refuse: Refuse) -> Typed:
        """A negative power or one of halves, element by element: 1/x, √x."""
        if of.unknown or of.shape is None:
            return of
        if (2 * power).denominator > 1 or not 0 < abs(power) <= 20:
            raise refuse("powers are whole numbers from 1 to 20, halves, or their negatives")
        if len(of.shape) == 2:
            raise refuse("the inverse or a root of a matrix is not in the language")
        whole, root = divmod(int(2 * abs(power)), 2)
        raised = e.mul(*[of.expr] * whole, *[e.Fn("sqrt", of.expr)] * root)
        return of._replace(expr=raised if power > 0 else e.quotient(e.ONE, raised))

    def crossed(self, parts: list[Typed], node: ast.expr) -> Typed:
        """``a ⊗ b``: of columns the outer product, or what it is read as in this line; a number multiplies."""
        a, b = parts
        if a.unknown or b.unknown:
            return UNKNOWN
        if self.cross != "outer" or not a.shape or not b.shape:
            return self.shapes.multiplied(parts, node)
        return self.shapes.applied(a, b if b.row else transposed(b), node)

    def crossing(self, line: Line, read: Callable[[Line], T]) -> T:
        """Reads a line, a ⊗ in it as the first of `CROSSES` that fits."""
        self.dots = DOT.search(line.text) is not None
        if not any(isinstance(x, ast.Mod) for x in ast.walk(line.right)):
            return read(line)
        errors = []
        for self.cross, meaning in CROSSES.items():
            try:
                found = read(line)
            except IllTyped as error:
                errors.append(error)
                continue
            self.taken[f"`⊗` is read as {meaning}"] = None
            return found
        raise errors[0]

    def rows(self, of: Typed, index: ast.expr, refuse: Refuse) -> Typed:
        """Some rows of a vector or a matrix, where the derived equations have such ones too."""
        first, last = (index.lower, index.upper) if isinstance(index, ast.Slice) and index.step is None else (None, None)
        ends = [x.value for x in (first, last) if isinstance(x, ast.Constant) and isinstance(x.value, int)]
        if of.unknown:
            return of
        between = isinstance(index, ast.Slice) and index.step is None and of.shape and len(ends) < 2
        if between and (lettered := self.lettered(of, first, last)):
            return lettered
        if isinstance(of.expr, e.Identity) and (picked := self.picked(of, index)) is not None:
            return picked
        if of.shape and not isinstance(index, ast.Slice):
            raise refuse("an element of a vector is read by an index that stands on both sides, a letter, i or j, or one number")
        apart = {letter: own for own, (_, letter) in reversed(self.derivation.halves.items())}
        if of.shape and not self.shapes.fixed and len(apart) == 2:
            state, come_in = apart["W"], apart["U"]
            said = f"what `{state}` and `{come_in}` send back are two lines, as `{state}.T @ ...` and `{come_in}.T @ ...`"
            raise refuse(f"this model has no one weight on a state and an input put together: {said}, and no part of one")
        if not of.shape or len(ends) != 2 or not self.shapes.fixed:
            raise refuse("rows are taken from a vector, as `v[0:3]`, where the net's own equations take some: no other index is read here")
        found = of._replace(expr=e.Part(of.expr, ends[0], ends[1]), shape=(str(ends[1] - ends[0]), *of.shape[1:]))
        if of.shape[0] in self.shapes.units.found and max(ends) <= MOST:  # of I, or of a multiple of it
            self.shapes.units.least[of.shape[0]] = max(ends)
            return found
        if {*self.shapes.units.factors(of.shape[0])} & {*self.shapes.units.found}:
            raise refuse(f"rows are taken of what has a length, and nothing says that of the `I` in this, or it has more than {MOST}")
        at, whole = 0, self.shapes.size(of.shape[0])
        for letter in of.shape[0].split("+"):
            if [at, at + self.shapes.size(letter)] == ends:
                return found._replace(shape=(letter, *of.shape[1:]))
            at += self.shapes.size(letter)
        if not 0 <= ends[0] < ends[1] <= whole:
            raise refuse(f"rows {ends[0]} to {ends[1]} are no part of {of.written}, which has {whole}")
        return found

    def lettered(self, of: Typed, first: ast.expr | None, last: ast.expr | None) -> Typed | None:
        """Rows between lengths that the parts of a vector have, ``z[:H]`` and ``da[H:2*H]``: the parts themselves where they are known."""
        letters = (of.shape or ("",))[0].split("+")
        bounds = (Counter[str]() if first is None else lengths(first), Counter(letters) if last is None else lengths(last))
        at = [[k for k in range(len(letters) + 1) if Counter(letters[:k]) == bound] for bound in bounds]
        if not at[0] or not at[1] or (start := at[0][0]) >= (stop := at[1][0]):
            return None
        kept = letters[start:stop]
        if isinstance(of.expr, e.Column) and len(of.expr.parts) == len(letters):
            parts = of.expr.parts[start:stop]
            return of._replace(expr=parts[0] if len(parts) == 1 else of.expr._replace(parts=parts), shape=("+".join(kept),))
        if not self.shapes.fixed:
            return None
        ends = [sum(map(self.shapes.size, letters[:k])) for k in (start, stop)]
        return of._replace(expr=e.Part(of.expr, ends[0], ends[1]), shape=("+".join(kept), *(of.shape or ())[1:]))

    def picked(self, of: Typed, index: ast.expr) -> Typed | None:
        """Rows of the identity matrix by their numbers, ``I[[3, 0, 0]]``, or one as a column, ``I[3]``; None if the index is none such."""
        several = isinstance(index, ast.List)
        asked = index.elts if isinstance(index, ast.List) else [index]
        rows = [x.value for x in asked if isinstance(x, ast.Constant) and type(x.value) is int and x.value < MOST]
        if not rows or len(rows) != len(asked) or not self.shapes.fixed:
            return None
        assert of.shape
        self.shapes.units.least[of.shape[0]] = max(rows) + 1
        taken = e.Call("getitem", (of.expr,), e.Options({"index": rows if several else rows[0]}))
        return Typed(taken, (str(len(rows)), of.shape[0]) if several else of.shape[:1])

    def strung(self, of: Typed, node: ast.expr) -> Typed:
        """A matrix as one vector, row after row."""
        if of.unknown or of.shape is None or len(of.shape) < 2:
            return one(of, node)
        return Typed(e.Call("ravel", (of.expr,)), ("×".join(length for length in of.shape if length != "1") or "1",))

    def ones(self, sizes: list[ast.expr], refuse: Refuse) -> Typed:
        """A vector of ones, or a matrix, as the derived equations have them."""
        shape = tuple(x.value for x in sizes if isinstance(x, ast.Constant) and isinstance(x.value, int) and 0 < x.value <= 1000)
        if not shape or len(shape) != len(sizes):
            raise refuse("a vector of ones is written with its length, `ones(3)`")
        if not self.shapes.fixed:  # the model's own length stands for any
            letters = tuple(self.shapes.units.new() for _ in shape)
            self.shapes.units.said.update(zip(letters, shape, strict=True))
            return Typed(e.Ones(letters), letters)  # type: ignore[arg-type]  # in letters here, as an identity matrix has them
        return Typed(e.Ones(shape), tuple(map(str, shape)))

    def column(self, parts: list[Typed], refuse: Refuse) -> Typed:
        """Vectors one under the other."""
        if not all(part.shape is not None and len(part.shape) < 2 and not part.row for part in parts) or not any(x.shape for x in parts):
            raise refuse("only columns are stacked, as `[a; b]`")
        return Typed(e.Column(tuple(part.expr for part in parts)), ("+".join(part.shape[0] if part.shape else "1" for part in parts),))


def ratio(x: ast.expr) -> Fraction | None:
    """The number that an exponent is: ``-1``, ``1/2``, ``-3/2``, ``0.5``."""
    match x:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool) and abs(value) < 1000:
            return Fraction(str(value))
        case ast.UnaryOp(ast.USub(), of) if (inner := ratio(of)) is not None:
            return -inner
        case ast.BinOp(ast.Constant() as above, ast.Div(), ast.Constant() as below) if ratio(above) is not None and ratio(below):
            return (ratio(above) or Fraction(0)) / (ratio(below) or Fraction(1))
    return None
