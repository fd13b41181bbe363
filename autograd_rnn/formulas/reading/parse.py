"""A person's formula read into the language of the derived equations: names looked up, times read, shapes checked in letters."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import NamedTuple

from autograd_rnn.algebra import binding
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.reading.adjoints import sufficient
from autograd_rnn.formulas.reading.expressions import Expressions
from autograd_rnn.formulas.reading.indexed import steps_in
from autograd_rnn.formulas.reading.meanings import errors, handed_back, peeped, readings
from autograd_rnn.formulas.reading.names import moved
from autograd_rnn.formulas.reading.pieces import T
from autograd_rnn.formulas.reading.rows import ROWS, TURNED
from autograd_rnn.formulas.reading.shapes import Shape, Typed, transposed
from autograd_rnn.formulas.reading.syntax import lines_of, names_in
from autograd_rnn.formulas.reading.units import Units
from autograd_rnn.formulas.rolling import ranged
from autograd_rnn.formulas.system import SCORE, System
from autograd_rnn.formulas.writing.lines import WIDEST, IllTyped, Line, Unreadable, marked
from autograd_rnn.formulas.writing.spans import UNBOUND, ends, moved_on
from autograd_rnn.formulas.writing.sugar import CALLS


class Statement(NamedTuple):
    """One equation of a person, and where it stands in the text."""

    equation: e.Equation
    line: Line
    shape: Shape
    own: bool  # defines a name of the person's own
    free: tuple[str, ...] = ()  # of a derivative: the indices for all of which it is claimed
    readings: tuple[tuple[e.Equation, str], ...] = ()  # what it may mean, with the sentences that say so
    distinct: bool = False  # claimed only where the two steps of a derivative differ
    flat: bool = False  # its left side is a matrix, and the right one this matrix as a vector, row after row


class Reader(Expressions):
    """Reads one text against one derivation."""

    source: tuple[System, str] | None = None  # a text that is read with more adjoints than its derivation has

    def lines(self, text: str) -> list[Line]:
        """The text as syntax."""
        known = self.source is not None and self.source[1] == text
        return syntax_of(self.source[0] if self.source and known else self.derivation, text)

    def shadow(self, lines: list[Line]) -> None:
        """Leaves a letter to the person who defines it with a time, as no parameter has one: ``c_t`` is not the bias c."""
        names = {_name(left) for line in lines for left in line.lefts if isinstance(left, ast.Subscript)} & {*self.letters}
        gone = {*names, *(f"d{name}" for name in names)}
        self.symbols = {known: symbol for known, symbol in self.symbols.items() if known not in gone}

    def statements(self, text: str) -> list[Statement]:
        """Every equation of the text. Shapes of own names are found by reading until nothing new is learned."""
        lines = self.lines(text)
        self.shadow(lines)
        names = [_name(left) for line in lines for left in line.lefts]
        ones = [line for line in lines if getattr(line.right, "id", "") == "I" and all(isinstance(left, ast.Name) for left in line.lefts)]
        if self.unit("I") and len(ones) < len(lines):
            self.identities = {
                name for line in ones for name in map(_name, line.lefts) if names.count(name) == 1 and name not in self.symbols
            }
            lines = [line for line in lines if not {*map(_name, line.lefts)} <= self.identities]
        for line in lines:
            for left in line.lefts:
                name = _name(left)
                if name in {"t", *self.ends, *CALLS} and name not in self.symbols:
                    raise Unreadable(f"`{name}` means something already: choose another name")
                if name and name not in self.symbols:
                    self.own[name], self.timed[name] = None, isinstance(left, ast.Subscript)
        try:
            return self.laid_out(lines)
        except IllTyped as error:
            return self.turned(lines, error)

    def turned(self, lines: list[Line], error: IllTyped) -> list[Statement]:
        """The equations of all lines in rows, with the weights turned; the error that they make otherwise if they do not fit so."""
        taken, self.laid = self.taken, "turned"
        for _ in range(2):  # what the first reading finds evident holds for all lines of the second
            self.own, self.taken, self.columned, before = dict.fromkeys(self.own), {}, set(), self.evident
            try:
                found = self.laid_out(lines)
            except (IllTyped, Unreadable):
                if self.evident == before:
                    break
            else:
                if TURNED in self.taken or ROWS in self.taken:
                    return found
                break
        self.taken, self.laid = taken, "columns"
        raise error from None

    def laid_out(self, lines: list[Line]) -> list[Statement]:
        """The equations of all lines, of those first that say what names of the person's own are: in columns, in rows what does not fit
        so, or in rows with the weights turned."""
        waiting = [line for line in lines if any(_name(left) in self.own for left in line.lefts)]
        defined = [_name(left) for line in waiting for left in line.lefts]
        while waiting:
            for line in waiting:
                self.shapes.units = Units()
                self.line, side = line, lambda line: self.classed(self.expression(line.right, line.text))
                try:
                    read = self.crossing(line, side)
                except IllTyped as error:
                    read = self.laid_in_rows(line, side, error)
                self.closed(read.expr)  # an identity matrix that a name stands for has one size, whatever it is used for
                shape = read._replace(shape=read.shape and tuple(map(self.shapes.units.closed, read.shape))).kind
                for left in line.lefts:
                    name = _name(left)
                    if name in self.own and self.own[name] is None and (read.expr != e.ZERO or defined.count(name) == 1):
                        self.own[name] = shape
            left_over = [line for line in waiting if any(self.own.get(_name(left) or "", ()) is None for left in line.lefts)]
            if len(left_over) == len(waiting):
                break
            waiting = left_over
        unknown = [name for name, kind in self.own.items() if kind is None]
        if unknown:
            raise IllTyped(f"the shape of `{unknown[0]}` does not follow from the lines that define it")
        found: dict[int, list[Statement]] = {}
        errors: dict[int, IllTyped] = {}
        for k, line in enumerate(lines):
            try:
                self.line = line
                found[k] = self.crossing(line, self.statement)
            except IllTyped as error:
                errors[k] = error
        for k, wrong in errors.items():
            found[k] = self.laid_in_rows(lines[k], self.statement, wrong)
        return [statement for k in range(len(lines)) for statement in found[k]]

    def laid_in_rows(self, line: Line, read: Callable[[Line], T], error: IllTyped) -> T:
        """A line in rows; the error that it makes in columns if it does not fit so."""
        error.line = line
        if self.laid != "columns":
            raise error
        self.laid, self.line, said = "rows", line, dict(self.taken)
        try:
            return self.crossing(line, read)
        except (IllTyped, Unreadable) as other:
            self.taken, rows = said, ROWS in self.taken
            if isinstance(other, IllTyped):
                other.line = line
            raise (other if rows else error) from None
        finally:
            self.laid = "columns"

    def statement(self, line: Line) -> list[Statement]:
        """The equations of one line: one for each name on its left. An identity matrix has the size that fits."""
        self.shapes.units = Units()
        calls = [x for x in line.lefts if isinstance(x, ast.Call)]
        free = tuple(name for name in steps_in([arg for x in calls for arg in x.args]) if name not in self.ends)
        self.before, self.jacobian = self.order(line, calls), bool(calls)
        self.hot = any(isinstance(x, ast.Call) and getattr(x.func, "id", "") == "onehot" for x in ast.walk(line.right))
        right = self.classed(self.expression(line.right, line.text, free if calls else ("t",)))
        found = []
        for target in line.lefts:
            if isinstance(target, ast.Call):
                left = self.expression(target, line.text, free)
                if isinstance(left.expr, e.Derivative):
                    if line.distinct and len(free) < 2:
                        raise Unreadable(f"{UNBOUND}: {line.text}")
                    equation = e.Equation(left.expr, self.closed(self.fitted(left, right, line)))
                    self.whole(equation, line)
                    self.taken |= peeped(self.derivation, equation)
                    meant = readings(equation, line.text)
                    found.append(Statement(equation, line, left.shape or (), False, free, meant, line.distinct, self.flat(left, right)))
                    continue
            if not isinstance(target, (ast.Name, ast.Subscript)):
                raise Unreadable(marked("the left side is one name, as `da[t]` or `dW_hh`", line.text, target.col_offset))
            left = self.expression(target, line.text)
            if isinstance(left.expr, e.Transpose):  # a weight that is turned
                left, turned = Typed(left.expr.of, (left.shape or ())[::-1]), transposed(right)
            else:
                turned = right
            if not isinstance(left.expr, e.Sym):
                raise Unreadable(marked("the left side is one name, as `da[t]` or `dW_hh`", line.text, target.col_offset))
            value = self.closed(self.fitted(left, turned, line))
            symbol, shift = left.expr, 0
            last = self.axes.get(symbol.name) if symbol.time is not None else None
            if last and (other := ends(line.text) - {last}):
                said = f"the last step of `{ast.unparse(target)}` is {last}, and not {min(other)}"
                raise Unreadable(f"{said}: {line.text}")
            if symbol.time is not None and symbol.time.base == "t":
                shift = -symbol.time.offset
            if shift:
                line = line._replace(apart=moved_on(line.apart, -shift))
                symbol, value = moved(symbol, e.Time("t", shift)), moved(value, e.Time("t", shift))
            if line.apart and (symbol.time is None or symbol.time.base != "t"):
                said = "it is one step's alone" if symbol.time else "a sum says below its sign over which steps it goes, `Σ_{t=2}^{T}`"
                raise Unreadable(f"`{ast.unparse(target)}` has no t that could be some steps only: {said}: {line.text}")
            loose = symbol.time is None and symbol.name in self.own or symbol.time is not None and symbol.time.base != "t"
            if loose and "t" in binding.free(value):
                raise Unreadable(f"the right side of `{ast.unparse(target)}` has a t and the left side has none: {line.text}")
            equation = e.Equation(symbol, value, ranged(line.apart, "T"))
            meant = readings(equation, line.text)
            back = (*handed_back(self.derivation, equation, line.notes), *errors(self.derivation, equation, line))
            meant = (*(meant or ((equation, ""),)), *back) if back else meant
            self.whole(equation, line)
            found.append(Statement(equation, line, left.shape or (), symbol.name in self.own, (), meant, flat=self.flat(left, turned)))
        return found

    def whole(self, equation: e.Equation, line: Line) -> None:
        """Says of a line in index notation what it is of whole vectors and matrices."""
        if line.counted:
            self.taken[f"of whole vectors and matrices that is `{show(equation, 'ascii')}`"] = None

    def closed(self, x: e.Expr) -> e.Expr:
        """What was read, its identity matrices of the size that was found to fit; of the first letter's where any does."""

        sizes, units = self.shapes, self.shapes.units
        for name, length in units.said.items():
            if not units.found[name]:
                units.found[name] = next((letter for letter, size in sizes.sizes.items() if size == length), str(length))
            if sizes.size(units.closed(name)) != length:
                raise IllTyped(f"`ones({length})` stands where {sizes.size(units.closed(name))} are")
        if few := self.shapes.units.settle(next(iter(self.shapes.sizes)), self.shapes.size):
            raise IllTyped(f"of `I` {few[1]} rows are taken, and it has {few[0]}")

        def change(node: e.Expr) -> e.Expr:
            if not isinstance(node, (e.Identity, e.Fold, e.Ones)):
                return node
            found = tuple(n if isinstance(n, int) else self.shapes.units.closed(n) for n in node.shape)
            return node._replace(shape=found)  # type: ignore[arg-type]

        return e.transformed(x, change)

    def fitted(self, left: Typed, right: Typed, line: Line) -> e.Expr:
        """The right side, if its shape is the left's."""
        if left.shape is None:
            raise IllTyped(
                f"`{ast.unparse(line.lefts[0])}` is the target here, which no equation makes: the readout makes the scores `{SCORE}[t]`"
            )
        if right.shape is None:
            raise IllTyped(f"a class number such as y[t] is written `onehot(y[t])`: {line.text}")
        if self.flat(left, right) and not line.turned:
            said = f"the right side is `{ast.unparse(line.lefts[0])}` as one vector, row after row: the gradient itself is {left.written}"
            self.taken[said] = None
            return right.expr
        if right.row and self.rowwise(left.expr) and not line.turned:
            self.taken["a derivative of the loss is read as a row, as in numerator layout"] = None
            return right.expr
        if not left.shape and right.shape == ("1",) and not right.row:  # of one row a number
            return e.Fn("sum", right.expr)
        if right.expr == e.ZERO or (self.shapes.fit(left.shape, right.shape) is not None and not right.row):
            return right.expr
        if self.jacobian and self.shapes.square(left.shape) and not right.row and self.shapes.fit(left.shape[:1], right.shape) is not None:
            self.taken["the right side is read as its diagonal matrix, the Jacobian of what goes element by element"] = None
            return e.Diag(right.expr)
        hint = ""
        if right.shape == left.shape[::-1] and len(left.shape) == 2:
            hint = ": the gradient is transposed; it has the shape of its parameter"
            if isinstance(left.expr, e.Derivative):
                hint = ": a Jacobian has a row for each element of what is above the line, this has a column for each"
        elif right.row and line.turned:
            hint = ": without the transpose of the left side both are columns"
        elif right.row:
            hint = ": the right side is a row, vectors are columns here"
        elif not right.shape and isinstance(right.expr, e.Fn) and right.expr.name == "sum":
            hint = ": `sum` adds the elements of a vector, over the steps write `Sum(da[t], t)`"
        elif len(left.shape) == 2 and not right.shape and isinstance(left.expr, e.Derivative):
            hint = ": a Jacobian is a matrix, as `diag(1 - h[t]**2)` or `I`, and a number is none"
        elif len(left.shape) == 2 and not right.shape:
            hint = ": in columns the outer product is `u @ v.T`; `u.T @ v` is a number"
        sides = [transposed(left), transposed(right)] if line.turned else [left, right]
        name = ast.unparse(line.lefts[0]) + ".T" * line.turned
        error = IllTyped(f"`{name}` is {sides[0].written}, the right side is {sides[1].written}{hint}")
        error.turned = e.Equation(left.expr, transposed(right).expr) if len(left.shape) == 2 and right.shape == left.shape[::-1] else None
        raise error


def _name(target: ast.expr) -> str | None:
    """The name on a left side."""
    inner = target.value if isinstance(target, ast.Subscript) else target
    return inner.id if isinstance(inner, ast.Name) else None


def parse(text: str, derivation: System) -> list[e.Equation]:
    """The equations of a text in the formula language.

    Raises `Unreadable` or `IllTyped`, both ValueErrors, with one sentence.

    >>> from autograd_rnn.formulas.reading.parse import parse
    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> parse("dW_hh = Sum(da[t] @ h[t-1].T, t)", d) == list(d.formula("W_hh"))
    True
    >>> parse("da[t] = W_hhh @ h[t]", d)
    Traceback (most recent call last):
    ...
    autograd_rnn.formulas.writing.lines.Unreadable: `W_hhh` is not in this model: did you mean `W_hh`?
        da[t] = W_hhh @ h[t]
                ^
    """
    return [statement.equation for statement in reader(derivation, text).statements(text)]


def syntax_of(derivation: System, text: str) -> list[Line]:
    """A text as syntax, read once, whoever asks: the checker, and the voice that answers."""
    if isinstance(found := once(derivation, text), ValueError):
        raise found.with_traceback(None)
    return found


@functools.lru_cache(maxsize=4)
def once(derivation: System, text: str) -> list[Line] | ValueError:
    """A text as syntax, or why it is none."""
    names = Reader(derivation)
    try:
        longest = 2 * names.printed(text).longest() if len(text) > WIDEST else 0  # that is printed, and as much for another's spaces
        return lines_of(text, names.vocabulary(text), max(WIDEST, longest))
    except RecursionError:
        return Unreadable("the formula is nested too deeply")
    except ValueError as error:
        return error


def reader(derivation: System, text: str) -> Reader:
    """The reader of a text, against a derivation that has all adjoints that the text names."""
    found = Reader(sufficient(derivation, names_in(syntax_of(derivation, text))))
    found.source = derivation, text
    return found
