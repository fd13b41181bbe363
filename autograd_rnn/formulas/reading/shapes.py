"""Shapes with letters: W_hh is (H, H) and x_t is (D,) whatever their numbers are, as far as the forward equations say so; and with them
what may be added, multiplied, applied and transposed. Vectors are columns.

Two lengths get one letter only where an equation forces them to be equal, so that a formula which happens to fit because H = D
still does not pass. A length that has no letter, as that of some rows, is a number, and fits the letter of that length; where the equations
hold for the model's own lengths alone, as those with rows do, so does one that they join with no other.
"""

from __future__ import annotations

import ast
import copy
import functools
import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.reading.lengths import Length, Lengths, Place
from autograd_rnn.formulas.reading.units import Units
from autograd_rnn.formulas.system import PROBABILITY, SCORE, System, quantities
from autograd_rnn.formulas.writing.lines import IllTyped

Shape = tuple[str, ...]
Kind = tuple[Shape, bool]  # a shape, and whether it is a row
LETTERS = {"input": "D", "state": "H", "score": "K", "probability": "K", "target": "K", "inner": "H"}  # the first to need one gets it


class Typed(NamedTuple):
    """An expression and its shape. ``row``: a transposed column. ``unknown``: an own name whose line is yet to be read. ``stood``: what
    the line makes a column or a row of a vector that is neither, ``x[:, None]``.

    Shape None is a class number, which only ``onehot`` takes.
    """

    expr: e.Expr
    shape: Shape | None
    row: bool = False
    unknown: bool = False
    stood: bool = False

    @property
    def kind(self) -> Kind | None:
        """What an own name inherits from its definition; None while it is not known."""
        return None if self.unknown or self.shape is None else (self.shape, self.row)

    @property
    def written(self) -> str:
        """The shape as a person reads it."""
        return written((*self.shape, "1") if self.stood and self.shape and not self.row else self.shape, self.row)


def measured(length: str, sizes: Mapping[str, int]) -> int:
    """The number that a length in letters is: ``H``, ``H×D`` of a matrix written row after row, ``3``."""
    if length in sizes:
        return sizes[length]
    factors = ([sizes[piece] if piece in sizes else int(piece) for piece in factor.split("+")] for factor in length.split("×"))
    return math.prod(map(sum, factors))


UNKNOWN = Typed(e.ONE, None, unknown=True)


def written(shape: Shape | None, row: bool = False) -> str:
    """``(H,)``, ``(H,D)``, ``(1,H)`` for a row, ``a number``."""
    if shape is None:
        return "?"
    if row:
        return f"(1,{shape[0]})"
    return "a number" if not shape else f"({shape[0]},)" if len(shape) == 1 else f"({','.join(shape)})"


def number(node: ast.AST, most: int = 60) -> str:
    """The text of a piece of syntax, cut where it is long."""
    node = copy.deepcopy(node)
    for x in ast.walk(node):
        if isinstance(x, ast.BinOp) and isinstance(x.op, ast.BitXor):  # which binds less than a sum in Python
            x.op = ast.Pow()
    text = re.sub(r"(?<=[tTS]) ([+-]) (?=\d+\])", r"\1", ast.unparse(node))
    text = re.sub(r"\.column\b", "[:, None]", re.sub(r"\.row\b", "[None, :]", text))
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


def _product(matrix: e.Expr, x: e.Expr, column: bool) -> e.Expr:
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


class Shapes:
    """Each name's shape in letters, and the length that each letter has in the model.

    >>> from autograd_rnn.formulas.reading.shapes import shapes
    >>> found = shapes(derive(Model(RNN(3, 3), output_size=3)))
    >>> found.names["W_xh"], found.names["h"], found.names["W_hy"], found.sizes
    (('H', 'D'), ('H',), ('K', 'H'), {'H': 3, 'D': 3, 'K': 3})
    """

    def __init__(self, derivation: System):
        run = derivation.specimen(3, 3)
        found = {q.name: q for q in quantities(run).values()} | {q.name: q for q in quantities(run).values() if q.step is not None}
        arrays: dict[str, tuple[int, ...]] = {q.name: node.shape for node, q in quantities(run).items() if q.role != "loss"}
        arrays.setdefault(PROBABILITY, arrays[SCORE])
        arrays |= {name: value.shape for name, value in derivation.constants.items()}
        self.roles = {name: q.role for name, q in found.items()} | {PROBABILITY: "probability"}
        self.roles |= dict.fromkeys(derivation.constants, "parameter")  # what has no time reads alike
        self.roles |= {name: "parameter" for name, q in found.items() if q.role == "weight" and q.step is None}
        lengths = Lengths(arrays)
        for equation in derivation.forward:
            left, right = (lengths.value(side) for side in (equation.left, equation.right))
            for a, b in zip(left or (), right or (), strict=False):
                lengths.join(a, b)
        for name, shape in arrays.items():
            if self.roles[name] in ("score", "probability", "target") and len(shape) == 1:
                lengths.join(Place(name, 0), Place(SCORE, 0))  # scores, probabilities and vector targets
        lengths.stack()
        self.parameters = {name for name, role in self.roles.items() if role == "parameter"}
        self.classes = lengths.root(Place(SCORE, 0))
        self.letters = self._letters(lengths)
        self.names = {name: tuple(self.letters[lengths.root(Place(name, k))] for k in range(len(shape))) for name, shape in arrays.items()}
        shared = [part for shape in self.names.values() for length in shape for part in length.split("+")]
        for name in arrays:  # a vector of one element that is as long as nothing else is a number
            if arrays.get(name) == (1,) and shared.count(self.names[name][0]) == 1:
                self.names[name], arrays[name] = (), ()
        self.sizes = {letter: n for name, shape in self.names.items() for letter, n in zip(shape, arrays[name], strict=True)}
        order = {"H": 0, "D": 1, "K": 2}
        self.sizes = dict(sorted(self.sizes.items(), key=lambda item: (order.get(item[0][0], 3), item[0])))
        used = [x for q in (*derivation.forward, *derivation.equations) for x in e.nodes(q.right)]
        numbered = any(isinstance(x, (e.Part, e.Ones)) or isinstance(x, e.Call) and bool(x.shapes) for x in used)
        self.fixed = numbered or any("+" in letter for letter in self.sizes)  # the equations hold for the model's own lengths alone
        self.units = Units()  # of the line that is read

    def _letters(self, lengths: Lengths) -> dict[Length, str]:
        """A letter for each length: D, H, K, with the layer's tag where there are several."""
        places = [Place(name, k) for name, shape in lengths.sizes.items() for k in range(len(shape))]
        order = [*LETTERS, "parameter"]
        self.alone: set[str] = set()  # lengths that no equation which tells lengths joins with one that has a letter
        places.sort(key=lambda place: order.index(self.roles[place.name]))
        letters: dict[Length, str] = {Place("1", 0): "1"}  # a number among rows is one
        shared = {role: {lengths.root(p) for p in places if self.roles[p.name] == role} for role in ("input", "state")}
        several = {LETTERS[role] for role, roots in shared.items() if len(roots) > 1}
        for place in places:
            (name, k), root = place, lengths.root(place)
            if root in letters or not isinstance(root, Place):
                continue
            letter = LETTERS.get(self.roles[name], "")
            letter += name_of(name).tag if letter in several else ""
            letters[root] = letter if letter and letter not in letters.values() else f"{name}{k + 1}"
            if letters[root] != letter:
                self.alone.add(letters[root])
        for place in places:
            root = lengths.root(place)
            if not isinstance(root, Place) and root not in letters:
                parts = [letters.get(lengths.root(part)) for part in root]  # rows that are nothing by themselves have no letter
                letters[root] = "+".join(map(str, parts)) if all(parts) else f"{place.name}{place.axis + 1}"
        return letters

    def size(self, length: str) -> int:
        """The number that a length is in the model."""
        return measured(length, self.sizes)

    def fit(self, a: Shape, b: Shape) -> Shape | None:
        """The shape that two are both, in letters where one has them; None if they do not fit."""
        if len(a) != len(b):
            return None
        found = []
        for one, other in zip(map(self.units.closed, a), map(self.units.closed, b), strict=True):
            if one != other and self.units.joined(one, other, self.size if self.fixed else None):
                one = other = self.units.closed(one)
            plain = [self.fixed and length in self.alone or bool(re.search(r"(^|\+)\d", length)) for length in (one, other)]
            stacks = self.fixed and "+" in one and "+" in other  # what is stacked of one length and cut again may be so of others
            if one != other and not ((any(plain) or stacks) and self.size(one) == self.size(other)):
                return None
            found.append(other if plain[0] else one)
        return tuple(found)

    def square(self, shape: Shape | None) -> bool:
        """Whether it is that of a square matrix."""
        return shape is not None and len(shape) == 2 and self.fit(shape[:1], shape[1:]) is not None

    def common(self, a: Typed, b: Typed) -> Shape | None:
        """The shape of what is taken element by element, a number with anything; None if they do not fit."""
        if a.shape is None or b.shape is None:
            return None
        if not a.shape or not b.shape:
            return a.shape or b.shape
        if ("1",) in (a.shape, b.shape):  # one row of something
            return b.shape if a.shape == ("1",) else a.shape
        return self.fit(a.shape, b.shape) if a.row == b.row else None

    def side_by_side(self, a: Typed, b: Typed) -> tuple[Typed, Typed]:
        """Two vectors, the one as a row that the other is made, as numpy has it: beside a column it goes along the other axis."""
        if not a.stood and not a.row and b.stood and b.row:
            return a._replace(row=True, stood=True), b
        return (a, b._replace(row=True, stood=True)) if a.stood and a.row and not b.stood and not b.row else (a, b)

    def added(self, a: Typed, b: Typed, node: ast.AST) -> Typed:
        """a + b: of one shape, or a number with anything."""
        if a.unknown or b.unknown:
            known = b if a.unknown else a
            return known if known.shape else UNKNOWN
        a, b = self.side_by_side(a, b)
        shape = self.common(a, b) if a.stood == b.stood or not a.shape or not b.shape else None
        if shape is None:
            if e.ZERO in (a.expr, b.expr):
                return b if a.expr == e.ZERO else a
            hint = ": a column and a row" if a.shape == b.shape else ""
            raise _misfit(node, a, b, "+" if isinstance(getattr(node, "op", None), ast.Add) else "-", hint)
        return Typed(e.add(a.expr, b.expr), shape, a.row or b.row, stood=a.stood or b.stood)

    def multiplied(self, parts: list[Typed], node: ast.AST) -> Typed:
        """The elementwise product of what has one shape, or a number with anything."""
        result = parts[0]
        for part in parts[1:]:
            if result.unknown or part.unknown:
                known = part if result.unknown else result
                result = known if known.shape else UNKNOWN
                continue
            a, b = self.side_by_side(result, part)
            if a.stood != b.stood and a.shape and b.shape and len(a.shape) == len(b.shape) == 1:
                column, other = (a, b) if a.stood else (b, a)
                result = self.applied(column, other._replace(row=True), node)
                continue
            shape = self.common(a, b)
            if shape is None:
                left, right = (len(x.shape or ()) == 2 for x in (a, b))
                hint = ": a product with a matrix behind `*` stands in brackets, as `u * (W @ v)`" if right else ""
                raise _misfit(node, a, b, "*", ": a matrix is applied with `@`" if left else hint)
            bigger = a if a.shape else b
            if isinstance(bigger.expr, e.Diag) and a.shape and b.shape:
                raise IllTyped(f"`{number(node)}`: diag(v) is a matrix and is applied with `@`")
            result = Typed(e.mul(a.expr, b.expr), shape, a.row or b.row, stood=a.stood or b.stood)
        return result

    def applied(self, a: Typed, b: Typed, node: ast.AST) -> Typed:
        """a @ b: a matrix and a column, two matrices, an outer or an inner product."""
        if a.unknown or b.unknown:
            rows = len(a.shape or ()) == 2
            return Typed(e.ONE, a.shape[:1]) if rows and a.shape and not b.row else UNKNOWN
        if not a.shape or not b.shape:
            raise _misfit(node, a, b, "@", ": a number multiplies with `*`" if a.shape is not None and b.shape is not None else "")
        left, right = len(a.shape), len(b.shape)
        if left == 1 and right == 1:
            if a.row == b.row:
                raise _misfit(node, a, b, "@", ": an outer product is `u @ v.T`, an elementwise one `u * v`")
            if b.row and (a.stood or not b.stood):
                return Typed(e.outer(a.expr, b.expr), (a.shape[0], b.shape[0]))
            if self.fit(a.shape, b.shape) is None:
                raise _misfit(node, a, b, "@")
            return Typed(e.Fn("sum", e.mul(a.expr, b.expr)), ())
        if left == 1:
            if not a.row:
                fits = b.shape[0] == a.shape[0]
                matrix, column = (number(getattr(node, side, node)) for side in ("right", "left"))
                turned = matrix[:-2] if matrix.endswith(".T") else f"{matrix}.T"
                hint = f": that is the row layout, in columns it is `{turned} @ {column}`" if fits else ""
                raise _misfit(node, a, b, "@", hint)
            if self.fit(a.shape, b.shape[:1]) is None:
                raise _misfit(node, a, b, "@")
            return Typed(_product(transposed(b).expr, a.expr, True), b.shape[1:], row=True)
        if b.row and a.shape[1:] == ("1",):  # a column that is a matrix of one, and a row
            return Typed(e.matmul(a.expr, transposed(b).expr), (a.shape[0], b.shape[0]))
        if b.row or self.fit(a.shape[1:2], b.shape[:1]) is None:
            matrix = number(getattr(node, "left", node))
            fits = not b.row and self.fit(a.shape[:1], b.shape[:1]) is not None and matrix.isidentifier()
            raise _misfit(node, a, b, "@", f": `{matrix}.T` would fit" * fits)
        return Typed(_product(a.expr, b.expr, right == 1), a.shape[:1] + b.shape[1:], stood=b.stood)


@functools.lru_cache(maxsize=8)
def shapes(derivation: System) -> Shapes:
    """The shapes of a derivation's quantities and parameters in letters."""
    return Shapes(derivation)
