"""One side of an equation, from its syntax to the language of the derived equations: every node from its parts."""

from __future__ import annotations

import ast
import functools
import itertools
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import DERIVATIVES
from autograd_rnn.formulas.proving.rationals import meant
from autograd_rnn.formulas.reading.functions import Functions
from autograd_rnn.formulas.reading.indexed import Scope
from autograd_rnn.formulas.reading.names import Refuse
from autograd_rnn.formulas.reading.pieces import ratio
from autograd_rnn.formulas.reading.shapes import Typed, number, transposed
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable, marked
from autograd_rnn.formulas.writing.signs import FOLDS

LARGEST, DEEPEST = 5_000, 600  # nodes in a formula with its powers written out, and nodes on top of each other
MOST = 20  # the highest power
WITHIN = 3  # sums and products over steps within one another: each takes as many times longer as there are steps
FACTORS = 8  # behind a matrix, in a product that is read from its second factor on
SIGN = re.compile(r"\s*(?:[⊙∘*·×]|\\(?:odot|circ|ast|cdot|times|bullet|star)|\.\*)?[\s([{]*$")  # between two vectors
NOTHING = e.Add((e.ONE, e.Num(-1.0)))  # 0 as a factor, which e.mul does not drop: 0 times what has no value has none either
SYNTAX = {"NamedExpr": "assignment", "IfExp": "condition", "UnaryOp": "operator", "ListComp": "list", "BoolOp": "operator"}


def lowest(text: str) -> int:
    """How many brackets are open where the fewest are, below 0 where one closes that was open before.

    >>> [lowest(text) for text in ("a (b) c", "a) (b")]
    [0, -1]
    """
    return min(itertools.accumulate((sign in "([{") - (sign in ")]}") for sign in text), default=0)


class Expressions(Functions):
    """Reads the sides of equations."""

    regrouping = False  # whether a product is read from its second factor on

    def expression(self, root: ast.expr, text: str, free: Scope = ("t",)) -> Typed:
        """A side of an equation, from the leaves up; ``Sum`` binds its running index in what stands inside. ``free``: indices that nothing
        need bind."""
        done: dict[int, Typed] = {}
        sizes: dict[int, tuple[int, int]] = {}
        folds: dict[int, int] = {}
        stack: list[tuple[ast.expr, Scope]] = [(root, free)]
        while stack:
            node, scope = stack[-1]
            inside, within = self.inside(node, scope, text)
            waiting = [part for part in inside if id(part) not in done]
            if waiting:
                stack += [(part, within) for part in waiting]
                continue
            below = [sizes[id(part)] for part in inside]
            power = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Pow, ast.BitXor)) else None
            times = power.value if isinstance(power, ast.Constant) and isinstance(power.value, int) and 1 <= power.value <= MOST else 1
            sizes[id(node)] = (1 + times * sum(n for n, _ in below), 1 + max((depth for _, depth in below), default=0))
            over = isinstance(node, ast.Call) and getattr(node.func, "id", "") in FOLDS
            folds[id(node)] = over + max((folds[id(part)] for part in inside), default=0)
            if folds[id(node)] > WITHIN:
                raise Unreadable("sums and products stand at most three within one another: give an inner one a name, by a line of its own")
            if sizes[id(node)] > (max(LARGEST, len(text)), 0) or sizes[id(node)][1] > max(DEEPEST, len(text) // 8):
                raise Unreadable("the formula is too large or nested too deeply")
            done[id(node)] = self.node(node, [done[id(part)] for part in inside], scope, text)
            stack.pop()
        return done[id(root)]

    def inside(self, node: ast.expr, running: Scope, text: str) -> tuple[list[ast.expr], Scope]:
        """The parts of a node that are formulas themselves, and what an index may be called in them."""
        match node:
            case ast.BinOp(left, ast.Pow() | ast.BitXor(), _):
                return [left], running
            case ast.BinOp(left, _, right):
                return [left, right], running
            case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
                return [operand], running
            case ast.Attribute(value, "T" | "column" | "row"):
                return [value], running
            case ast.Subscript(ast.Name(), _) if not self.indexed(node):
                return [], running
            case ast.Subscript(value, _):
                return [value], running
            case ast.Call(ast.Name(name), [of, ast.Name(index), *_], []) if name in FOLDS:
                return [of], (*running, index)
            case ast.Call(ast.Name(name)) if name in FOLDS:
                what = "a sum" if name == "Sum" else "a product over steps"
                raise Unreadable(marked(f"{what} is written `{name}(..., t)` or `{name}(..., t, 1, T)`", text, node.col_offset))
            case ast.Call(ast.Name(name), _, []) if name in DERIVATIVES:
                return [], running
            case ast.Call(ast.Name("ones")):
                return [], running
            case ast.Call(ast.Name(), arguments, named):
                inside = self.calls.arguments(node)
                if inside is None and named:
                    raise Unreadable(marked(self.unlike(node), text, node.col_offset))
                return list(arguments) if inside is None else inside, running
            case ast.List(parts):
                return list(parts), running
            case ast.Compare(left, [ast.Gt()], [ast.Constant(0)]):
                return [left], running
            case ast.Constant() | ast.Name():
                return [], running
            case ast.Attribute(_, name):
                raise Unreadable(marked(f"`.{name}` is not in the language: the only one is `.T`", text, node.col_offset))
        what = SYNTAX.get(type(node).__name__, type(node).__name__.lower())
        raise Unreadable(marked(f"this {what} is not in the language of formulas", text, getattr(node, "col_offset", 0)))

    def node(self, node: ast.expr, parts: list[Typed], scope: Scope, text: str) -> Typed:
        """One node from its parts."""

        def refuse(sentence: str) -> Unreadable:
            return Unreadable(marked(sentence, text, node.col_offset))

        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "onehot"):
            parts = [self.classed(part) for part in parts]
        match node:
            case ast.Constant(int() | float() as value) if not isinstance(value, bool) and abs(value) <= 1e6:
                if (own := self.numbers.get(value, value)) != value:
                    self.taken[f"`{value}` is read as {own!r}, rounded"] = None
                    value = own
                # 1/3 to a float's last digit; 1.000000000000001 is another
                exact = value in self.numbers.values() or float(meant(float(value))) == value
                return Typed(e.Num(float(value), "" if exact else str(value)), ())
            case ast.Constant(value) if value is ...:
                raise refuse("dots stand in a sum from a first step to the last, as `da[1] + ... + da[T]`; any other is written with `Sum`")
            case ast.Constant():
                raise refuse("numbers are at most 1000000")
            case ast.Name(name):
                if name in self.ends and name not in self.own:
                    return Typed(e.Num(1.0, name), ())
                if self.unit(name):
                    return Typed(e.Identity((size := self.shapes.units.new(),)), (size, size))
                return self.symbol(name, None, refuse)
            case ast.Subscript(ast.Name(name), index) if not parts:
                return self.symbol(name, self.time(index, scope, refuse), refuse)
            case ast.Subscript(_, ast.Subscript(ast.Name(name), time)) if self.symbols.get(name) == e.Sym(TARGET) and self.classes(
                parts[0]
            ):
                picked = e.Fn("onehot", self.symbol(name, self.time(time, scope, refuse), refuse).expr)
                return Typed(e.Fn("sum", e.mul(picked, parts[0].expr)), ())
            case ast.Subscript(_, index):
                return self.calls.read(node, parts) or self.rows(parts[0], index, refuse)
            case ast.Attribute() if isinstance(parts[0].expr, e.Num):
                raise IllTyped("a number has no transpose: a row of ones times `x` is `sum(x)`")
            case ast.Attribute(_, way):
                return (parts[0] if way == "column" else transposed(parts[0]))._replace(stood=way != "T")
            case ast.UnaryOp(op, _):
                return parts[0] if isinstance(op, ast.UAdd) else parts[0]._replace(expr=e.negative(parts[0].expr))
            case ast.BinOp():
                return self.operation(node, parts, scope, refuse)
            case ast.Compare():
                return self.call("positive", parts, node, refuse)
            case ast.List():
                return self.column(parts, refuse)
            case ast.Call(ast.Name(name)) if name in FOLDS:
                ended = self.ended(node, parts[0], scope, text) if name == "Prod" else None
                return self.expression(ended, text, scope) if ended else self.folded(node, parts[0], scope, refuse)
            case ast.Call(ast.Name(name), _, []) if name in DERIVATIVES:
                return self.derivative(node, scope, refuse)
            case ast.Call(ast.Name("kron")):
                return self.calls.read(node, parts) or self.kronecker(parts)
            case ast.Call(ast.Name("ravel"), [_], []):
                return self.calls.read(node, parts) or self.strung(parts[0], node)
            case ast.Call(ast.Name("ones"), sizes, []):
                return self.ones(sizes, refuse)
            case ast.Call(ast.Name(name), _, _):
                return self.calls.read(node, parts) or self.call(name, parts, node, refuse)
        raise refuse("this is not in the language of formulas")

    def operation(self, node: ast.BinOp, parts: list[Typed], scope: Scope, refuse: Refuse) -> Typed:
        """What a sign between two values makes of them."""
        divided, numbers = isinstance(node.op, ast.Div), all(isinstance(part.expr, e.Num) for part in parts)
        if (divided or isinstance(node.op, (ast.Mult, ast.FloorDiv))) and not numbers:
            parts = [p._replace(expr=NOTHING) if p.expr == e.ZERO and (p is parts[0] or not divided) else p for p in parts]
        match node:
            case ast.BinOp(_, ast.Pow(), ast.Constant(int(power))) if 1 <= power <= MOST and power is not True:
                return self.shapes.multiplied(parts * power, node)
            case ast.BinOp(_, ast.BitXor(), ast.Constant(int(power))) if 1 <= power <= MOST:
                return self.raised(parts[0], power, node)
            case ast.BinOp(_, ast.Pow() | ast.BitXor(), exponent) if (share := ratio(exponent)) is not None:
                return self.powered(parts[0], share, refuse)
            case ast.BinOp(_, ast.Pow() | ast.BitXor(), _):
                return self.stepped(parts[0], node.right, isinstance(node.op, ast.BitXor), scope, refuse)
            case ast.BinOp(_, ast.Add() | ast.Sub() as sign, _):
                one, other = self.side_by_row(parts)
                other = other if isinstance(sign, ast.Add) else other._replace(expr=e.negative(other.expr))
                return self.shapes.added(one, other, node)
            case ast.BinOp(_, ast.Mod(), _):
                return self.crossed(parts, node)
            case ast.BinOp(_, ast.Mult(), ast.BinOp(_, ast.FloorDiv(), _)) if (found := self.before_a_row(parts)) is not None:
                return found
            case ast.BinOp(_, ast.Mult(), _) if self.maps(parts) and (row := self.in_rows(parts)[0]).row:  # the chain rule, ∂L/∂h * ∂h/∂a
                return self.times(row, parts[1], node)
            case ast.BinOp(_, ast.Mult(), _):
                self.diagonal(parts, node)
                try:
                    found = self.shapes.multiplied(parts, node)
                except IllTyped as error:
                    (one, other), right = parts, node.right.col_offset
                    written = self.line is not None and re.search(r"[^.*][*][ (]*$", self.line.text[:right])
                    if written and other.row and not one.row and len(one.shape or ()) == 1:  # a column times a row, as numpy has it
                        return self.shapes.applied(one, other, node)
                    return self.behind_a_matrix(node, scope, error)
                self.from_the_left(node, parts, scope)
                return found
            case ast.BinOp(_, ast.FloorDiv(), _):
                return self.beside(parts, node)
            case ast.BinOp(_, ast.MatMult(), _):
                one, other = parts = self.in_rows(parts)
                self.diagonal(parts, node)
                return self.times(one, other, node)
            case ast.BinOp(_, ast.Div(), _):
                return self.divided(parts, node, refuse)
        raise refuse(f"the operator in `{number(node)}` is not in the language: it has + - * / @ and **")

    def ended(self, node: ast.Call, of: Typed, scope: Scope, text: str) -> ast.expr | None:
        """``Π_j W_jᵀ Vᵀ x`` with its end in front of the last factors that have no ``j``, where it would go over no square matrix, and no
        brackets say where it ends: nobody multiplies a column without an index by itself."""
        body, behind, index = node.args[0], list[ast.BinOp](), ast.unparse(node.args[1])
        before, inside = text[node.col_offset : body.col_offset], text[body.col_offset : body.end_col_offset]
        if before.startswith("Prod(") or before.rstrip()[-1:] in "([{" and lowest(inside) >= 0:
            return None
        while isinstance(body, ast.BinOp) and isinstance(body.op, (ast.MatMult, ast.FloorDiv, ast.Mult)) and of.shape and not of.unknown:
            if self.shapes.square(of.shape) or any(name.id == index for name in ast.walk(body.right) if isinstance(name, ast.Name)):
                break
            left = body.left
            behind, body, of = [body, *behind], left, self.expression(left, text, (*scope, index))
        ended: ast.expr = ast.copy_location(ast.Call(node.func, [body, *node.args[1:]], []), node)
        for factor in behind:
            ended = ast.copy_location(ast.BinOp(ended, factor.op, factor.right), node)
        if behind:
            self.taken[f"The product over `{index}` is read to end in front of `{ast.unparse(behind[0].right)}`"] = None
        return ended if behind else None

    def beside_each_other(self, first: ast.expr, last: ast.expr) -> str:
        """What is written from one piece to another if no bracket closes between them that was open before."""
        text = self.line.text[first.col_offset : last.col_offset] if self.line else ""
        return SIGN.sub("", text) if lowest(text) >= 0 else ""

    def from_the_left(self, node: ast.BinOp, parts: list[Typed], scope: Scope) -> None:
        """Says of ``Wᵀ a ⊙ b`` without brackets that it is ``(Wᵀ a) ⊙ b``, where ``Wᵀ (a ⊙ b)`` has a shape too."""
        match node.left:
            case ast.BinOp(left, ast.FloorDiv(), right) if not self.regrouping and all(len(x.shape or ()) == 1 for x in parts):
                first = self.beside_each_other(left, node.right)
                column = self.expression(right, ast.unparse(node), scope) if first else None
                if column and column.shape and column.shape == parts[1].shape:
                    self.taken[f"`{first}` is multiplied first, and then element by element"] = None

    def behind_a_matrix(self, node: ast.BinOp, scope: Scope, error: IllTyped) -> Typed:
        """``Wᵀ a ⊙ b`` as ``Wᵀ (a ⊙ b)``, where the one has no shape and the other has; raises the error of anything else."""
        first, factors = node.left, [node.right]
        while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult):
            factors = [first.right, *factors]
            first = first.left
        if not isinstance(first, ast.BinOp) or not isinstance(first.op, ast.FloorDiv) or self.regrouping or len(factors) > FACTORS:
            raise error
        matrix, column = first.left, first.right
        if not self.beside_each_other(matrix, node.right):
            raise error
        whole = functools.reduce(lambda a, b: ast.BinOp(a, ast.Mult(), b), factors, column)
        self.regrouping = True  # within it once, as each is read anew
        try:
            applied, *columns = (self.expression(part, ast.unparse(node), scope) for part in (matrix, column, *factors))
            if any(len(part.shape or ()) != 1 or part.row for part in columns):
                raise error
            found = self.times(applied, self.shapes.multiplied(columns, node), node)
        except IllTyped:
            raise error from None
        finally:
            self.regrouping = False
        self.taken[f"a product is read as `{number(matrix)} @ ({number(whole)})`: from left to right it has no shape"] = None
        return found

    def divided(self, parts: list[Typed], node: ast.BinOp, refuse: Refuse) -> Typed:
        """``a / b``: a number below is a factor in front."""
        above, divisor = (part.expr for part in parts)
        if not isinstance(divisor, e.Num):
            return self.shapes.multiplied(parts, node)._replace(expr=e.quotient(above, divisor))
        if divisor.value == 0 or "/" in divisor.text:
            raise refuse("only a number or T can stand below a `/`")
        below = divisor.text or repr(divisor.value).removesuffix(".0")
        if isinstance(above, e.Num) and not (above.text or divisor.text) and above.value % divisor.value == 0:
            return Typed(e.Num(above.value / divisor.value), ())  # 1/2 is a number by itself
        return self.shapes.multiplied([Typed(e.Num(1 / divisor.value, f"1/{below}"), ()), parts[0]], node)
