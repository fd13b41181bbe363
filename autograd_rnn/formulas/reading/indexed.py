"""What has an index of its own: sums and products over steps with bounds in t, powers of steps, derivatives of one quantity by another."""

from __future__ import annotations

import ast

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import bound_by, free, put
from autograd_rnn.formulas.reading.names import FARTHEST, Refuse
from autograd_rnn.formulas.reading.pieces import Pieces
from autograd_rnn.formulas.reading.shapes import Shape, Typed
from autograd_rnn.formulas.reading.shifts import linear
from autograd_rnn.formulas.system import LOSS, SCORE
from autograd_rnn.formulas.writing.lines import IllTyped, Line
from autograd_rnn.formulas.writing.signs import FOLDS

Scope = tuple[str, ...]  # what an index may be called
ROW = "a derivative of the loss in front of a Jacobian is read as a row, as in numerator layout"


class Indexed(Pieces):
    """The nodes that bind an index, or stand at two steps. ``before``: pairs of indices, the first of which is never the later one."""

    before: frozenset[tuple[str, str]] = frozenset()
    jacobian = False  # whether the line says what a derivative is

    def folded(self, node: ast.Call, of: Typed, scope: Scope, refuse: Refuse) -> Typed:
        """A sum or a product over the steps, all of them unless its bounds say otherwise."""
        name, index = (x.id for x in (node.func, node.args[1]) if isinstance(x, ast.Name))
        bounds, sign = node.args[2:], FOLDS[name]
        if len(bounds) not in (0, 2):
            raise refuse(f"a {'sum' if sign == 'Σ' else 'product'} is written `{name}(..., t)` or `{name}(..., t, 1, T)`")
        axes = [self.axes[s.name] for s in e.symbols(of.expr) if s.name in self.axes and s.time and s.time.base == index]
        end = axes[0] if axes else sorted(self.ends)[-1]
        first, last = [self.time(b, scope, refuse) for b in bounds] if bounds else [e.Time("", 1), e.Time(end, 0)]
        if index in (first.base, last.base):
            raise refuse(f"the index `{index}` stands in its own bounds")
        if sign == "Π":
            return self.product(of, index, (first, last), refuse)
        if of.expr == e.ZERO or of.unknown:
            return of
        others = free(of.expr) - {index, *self.ends}
        inner = {bound_by(x) for x in e.nodes(of.expr)} if index != "t" else set()
        if {first.base, last.base} <= {"", *self.ends} and not others and "t" not in inner:
            return of._replace(expr=e.Sum(put(of.expr, index, e.Time("t", 0)), first, last))
        return of._replace(expr=e.Fold(of.expr, index, first, last))

    def product(self, of: Typed, index: str, bounds: tuple[e.Time, e.Time], refuse: Refuse) -> Typed:
        """A product over steps: of square matrices, or element by element of anything else. From a later step down to an earlier one it is
        in the order in which it is written; else its order is a reading."""
        if of.unknown or of.shape is None:
            return of
        matrices = len(of.shape) == 2
        if matrices and not self.shapes.square(of.shape):
            raise IllTyped(
                f"a product over `{index}` is one of square matrices, and these are {of.written}: put it in brackets where it ends"
            )
        falls = self.falls(*bounds)
        first, last = bounds[::-1] if falls else bounds
        return of._replace(expr=e.Fold(of.expr, index, first, last, "Π←" if falls else "Π", of.shape))

    def falls(self, first: e.Time, last: e.Time) -> bool:
        """Whether bounds go from a later step down to an earlier one."""
        if first.base == last.base:
            return first.offset > last.offset + 1
        if (first.base, last.base) in self.before:
            return False
        ends = first.base in self.ends and last.base not in self.ends
        return ends or not last.base and bool(first.base) or (last.base, first.base) in self.before

    def stepped(self, of: Typed, exponent: ast.expr, whole: bool, scope: Scope, refuse: Refuse) -> Typed:
        """``W^{t-k}``, as many equal factors; of a square matrix, with ``^``, the matrix power."""
        later, earlier = self.difference(exponent, scope, refuse)
        if of.unknown or of.shape is None:
            return of
        matrix = self.shapes.square(of.shape)
        if matrix and whole:
            self.taken["a power of a matrix by `^` is the matrix power; `**` is element by element"] = None
        sign = "^" if matrix and whole else "**"
        return of._replace(expr=e.Fold(of.expr, "", earlier._replace(offset=earlier.offset + 1), later, sign, of.shape))

    def difference(self, x: ast.expr, scope: Scope, refuse: Refuse) -> tuple[e.Time, e.Time]:
        """An exponent as the difference of two times: ``t-k``, ``T-t+1``, ``t``."""
        found = linear(x)
        names = {n: name for name, n in (found or {}).items() if name in {*scope, *self.ends}}
        if found is None or len(names) < len(found) - 1 or not {*names} <= {1, -1}:
            raise refuse("powers are whole numbers from 1 to 20, as `x**2`, or numbers of steps, as `W^(t-k)`")
        if abs(found[""]) > FARTHEST:
            raise refuse(f"an exponent has numbers up to {FARTHEST}")
        return e.Time(names.get(1, ""), found[""]), e.Time(names.get(-1, ""), 0)

    def derivative(self, node: ast.Call, scope: Scope, refuse: Refuse) -> Typed:
        """``total(h[t], h[k])``: a row for each element of the one, a column for each of the other, matrices row after row."""
        kind = node.func.id if isinstance(node.func, ast.Name) else ""
        if len(node.args) != 2:
            raise refuse(f"`{kind}(h[t], h[k])` takes two quantities")
        of, by = (self.quantity(x, scope, refuse) for x in node.args)
        if by[0].name == of[0].name == LOSS and by[0].time and not of[0].time:  # of the whole by that of one step
            if by[0].time.offset or not by[0].time.base:
                raise refuse("of the loss by that of one step only ∂L/∂L_t and ∂L/∂L_T are read: at some lengths there is no other")
            mean = self.derivation.model.readout.reduction == "mean"
            return Typed(e.quotient(e.ONE, e.Num(1.0, self.axes[SCORE])) if mean else e.ONE, ())
        if by[0].name == LOSS:
            raise refuse("what depends on nothing has no derivative: that of a loss is written above, ∂L_t/∂h_t")
        above, below = of[1], by[1]
        shape = below if not above else above if not below else (flat(above), flat(below))
        return Typed(e.Derivative(of[0], by[0], kind), shape)

    def quantity(self, node: ast.expr, scope: Scope, refuse: Refuse) -> tuple[e.Sym, Shape]:
        """A quantity that has an adjoint, of which a derivative can be read off, and its shape."""
        name = next((x.id for x in (node, getattr(node, "value", None)) if isinstance(x, ast.Name)), "")
        time = self.time(node.slice, scope, refuse) if isinstance(node, ast.Subscript) else None
        loss = name == LOSS and name not in self.symbols
        found = Typed(e.Sym(LOSS, time), ()) if loss else self.symbol(name, time, refuse)
        if not isinstance(found.expr, e.Sym) or found.expr.adjoint or found.shape is None or found.unknown:
            what = f"`{name}` is a class, a number that is given: the output is `{SCORE}` in front of the softmax, `p` behind it"
            raise refuse(what if found.shape is None else "a derivative is that of one quantity of the net by another")
        adjoint = SCORE if loss else found.expr.name
        steps = [q.left.time for q in self.derivation.equations if q.left.name == adjoint]
        if not steps or time is not None and time.base in scope and not any(t is not None and t.base == "t" for t in steps):
            raise refuse(f"`{name}` has no adjoint at every step, of which its derivatives are read off: the loss does not go by it there")
        return found.expr, found.shape

    def order(self, line: Line, lefts: list[ast.Call]) -> frozenset[tuple[str, str]]:
        """Which indices of a line are never later than which, the empty one a step with a number."""
        found = set()
        for call in (
            x for x in ast.walk(line.right) if isinstance(x, ast.Call) and getattr(x.func, "id", "") in FOLDS and len(x.args) == 4
        ):
            index, first, last = (next((n.id for n in ast.walk(x) if isinstance(n, ast.Name)), "") for x in call.args[1:])
            found |= {pair for pair in ((first, index), (index, last)) if all(pair)}
        for call in (x for x in lefts if all(isinstance(y, ast.Subscript) for y in x.args)):
            pair = [next(iter(steps_in([x])), "") for x in call.args]
            name = getattr(getattr(call.args[-1], "value", None), "id", "")
            found.add((pair[0], pair[-1]) if self.derivation.reverse.get(name) else (pair[-1], pair[0]))
        return frozenset((a, b) for a, b in found if a != b)

    def flat(self, left: Typed, right: Typed) -> bool:
        """Whether one side is a matrix and the other the same one as a vector, row after row."""
        return len(left.shape or ()) == 2 and right.shape == (flat(left.shape or ()),)

    @staticmethod
    def rowwise(x: e.Expr) -> bool:
        """Whether something is a derivative of the loss, which in numerator layout is a row."""
        return isinstance(x, e.Sym) and x.adjoint or isinstance(x, e.Derivative) and x.of.name == LOSS

    def beside(self, parts: list[Typed], node: ast.expr) -> Typed:
        parts = self.in_rows(parts)
        self.diagonal(parts, node)
        return super().beside(parts, node)

    def crossed(self, parts: list[Typed], node: ast.expr) -> Typed:
        return self.kronecker(parts) if self.cross == "kron" else super().crossed(parts, node)

    def in_rows(self, parts: list[Typed]) -> list[Typed]:
        """Two factors, a derivative of the loss in front of a Jacobian, be it written out, as the row that it is in numerator
        layout."""
        a, b = parts
        if not a.row and len(a.shape or ()) == 1 and self.maps(parts) and self.rowwise(a.expr):
            self.taken[ROW] = None
            return [a._replace(row=True), b]
        return parts

    @staticmethod
    def maps(parts: list[Typed]) -> bool:
        """Whether the second of two factors is a matrix of derivatives, or one that stands beside a derivative."""
        a, b = parts
        return len(b.shape or ()) == 2 and any(isinstance(x, e.Derivative) for x in (a.expr, *e.nodes(b.expr)))

    def side_by_row(self, parts: list[Typed]) -> list[Typed]:
        """Two terms, a derivative of the loss beside what such a row made a row as one, too."""
        if ROW not in self.taken or parts[0].row == parts[1].row:
            return parts
        return [part._replace(row=part.row or len(part.shape or ()) == 1 and self.rowwise(part.expr)) for part in parts]

    def diagonal(self, parts: list[Typed], node: ast.expr) -> None:
        """Raises IllTyped, in a line about a derivative, where a column stands in front of a matrix and its diagonal matrix is meant."""
        a, b = (part.shape or () for part in parts)
        if self.jacobian and len(a) == 1 and len(b) == 2 and a != ("1",) and not parts[0].row and self.shapes.fit(a, b[:1]):
            of, by = ast.unparse(getattr(node, "left", node)), ast.unparse(getattr(node, "right", node))
            raise IllTyped(f"`{of}` is a column in front of a matrix: as the diagonal matrix it is `diag({of}) @ {by}`")

    def kronecker(self, parts: list[Typed]) -> Typed:
        """A ⊗ B."""
        if any(part.unknown or not part.shape for part in parts) or len(parts) != 2:
            raise IllTyped("`kron(A, B)` takes two matrices, columns or rows")
        sizes = [("", part.shape[0]) if part.row else (*part.shape, "")[:2] for part in parts if part.shape]
        shape = tuple(flat(tuple(filter(None, both))) for both in zip(*sizes, strict=True))
        left, right = (e.Transpose(part.expr) if part.row else part.expr for part in parts)
        return Typed(e.Kron(left, right), tuple(filter(None, shape)), row=not shape[0])


def flat(shape: tuple[str, ...]) -> str:
    """How long a quantity is that is written as one vector, row after row."""
    return "×".join(shape)


def steps_in(nodes: list[ast.expr]) -> list[str]:
    """The names in the times of some quantities, in order."""
    slices = [x.slice for node in nodes for x in ast.walk(node) if isinstance(x, ast.Subscript)]
    return list(dict.fromkeys(x.id for part in slices for x in ast.walk(part) if isinstance(x, ast.Name)))
