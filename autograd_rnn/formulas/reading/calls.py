"""Operations read back as they are printed: with the options and sizes that they have in the net's own equations."""

from __future__ import annotations

import ast
import functools
import math
import re
from collections.abc import Iterable

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show, typed_as
from autograd_rnn.algebra.templates import called as name_of_call
from autograd_rnn.algebra.templates import template, told, typed, typed_index
from autograd_rnn.formulas.evaluate import called
from autograd_rnn.formulas.reading.lengths import reduces
from autograd_rnn.formulas.reading.shapes import Shape, Shapes, Typed

NESTED = re.compile(r"(\w+)\(((?:\w*\(\{\d*\}\)|\{\d*\}|, )+)\)")


class Calls:
    """The operations in some equations, by their names on the keyboard."""

    def __init__(self, used: Iterable[e.Expr], shapes: Shapes):
        self.shapes = shapes
        self.known: dict[str, list[e.Call]] = {}
        found = list(dict.fromkeys(x for x in used if isinstance(x, (e.Call, e.Fn))))
        for x in found:
            if isinstance(x, e.Call):
                self.known.setdefault(typed_as(x), []).append(x)
        self.inner: dict[str, list[str]] = {}  # of an operation that is shown with another within, BCE(σ(s), y), that one of each argument
        for x in found:
            shape = NESTED.fullmatch(template(x.name)) if isinstance(x, e.Call) and x.by is None else None
            if shape and isinstance(x, e.Call) and any(inner := re.findall(r"(\w*)\(?\{\d*\}", shape[2])):
                self.known.setdefault(shape[1], []).append(x)
                self.inner[shape[1]] = inner
        taken = {*self.known, *(x.name for x in found)}
        for x in found:  # max for maximum, as a picture or a walk has it
            if isinstance(x, e.Call) and x.by is None and (shown := name_of_call(x.name, False)) not in taken:
                self.known.setdefault(shown, []).append(x)

    def matching(self, node: ast.expr) -> list[e.Call]:
        """The operations that are typed like this, but for their arguments."""
        match node:
            case ast.Subscript(_, index):
                return [x for x in self.known.get("getitem", []) if _index(typed_index(x.options.given["index"])) == ast.unparse(index)]
            case ast.Call(ast.Name(name), arguments, named):
                said = functools.partial(_options, arguments, named)
                return [x for x in self.known.get(name, []) if said(len(x.parts)) in _texts(x)]
        return []

    def arguments(self, node: ast.expr) -> list[ast.expr] | None:
        """Which pieces of a call are formulas; None if it is no call of an operation."""
        found = self.matching(node)
        if not found:
            return None
        return [node.value] if isinstance(node, ast.Subscript) else list(getattr(node, "args", []))[: len(found[0].parts)]

    def read(self, node: ast.expr, parts: list[Typed]) -> Typed | None:
        """An operation of these arguments, which have the sizes that one in the equations has; None if there is none."""
        for inner, k in zip(self.inner.get(getattr(getattr(node, "func", None), "id", ""), []), range(len(parts)), strict=False):
            within = parts[k].expr
            if inner and not (isinstance(within, e.Fn) and show(within, "text").startswith(f"{inner}(")):
                return None
            parts = [*parts[:k], parts[k]._replace(expr=within.of), *parts[k + 1 :]] if inner and isinstance(within, e.Fn) else parts
        for x in self.matching(node):
            if (found := self.by_units(x, parts)) is not None:
                return found
            if all(self.takes(x, k, part) for k, part in enumerate(parts)):
                return Typed(x._replace(parts=tuple(part.expr for part in parts)), self.result(x, [part.shape or () for part in parts]))
        return None

    def by_units(self, x: e.Call, parts: list[Typed]) -> Typed | None:
        """An operation of ``I`` as its matrix: what it makes of each unit vector; None unless `I` stands where one of the net's own has an
        adjoint, in which it is linear."""
        units = [k for k, part in enumerate(parts) if isinstance(part.expr, e.Identity)]
        if len(units) != 1 or len(x.shapes) != len(parts) or not any(s.adjoint for s in e.symbols(x.parts[units[0]])):
            return None
        unit = e.Identity(x.shapes[units[0]])
        if not all(self.takes(x, k, part) for k, part in enumerate(parts) if k not in units):
            return None
        of = x._replace(parts=tuple(unit if k in units else part.expr for k, part in enumerate(parts)))
        size = math.prod(size_of(x)), unit.size
        return Typed(e.Matrix(of, size), tuple(map(str, size)))

    def takes(self, x: e.Call, k: int, part: Typed) -> bool:
        """Whether an argument has the size that it has in the equations: any where the operation goes element by element, and a number may
        stand for many."""
        if part.shape is None or part.row:
            return False
        return not x.shapes or not part.shape or self.shapes.fit(part.shape, tuple(map(str, x.shapes[k]))) is not None

    def result(self, x: e.Call, given: list[Shape]) -> Shape:
        """The shape of what an operation gives: an argument's, in letters, where it has that one whatever its lengths are; else numbers,
        since it may be as long as another argument by chance."""
        if not x.shapes:
            return max(given, key=len)
        size = size_of(x)
        kept = x.by is not None or reduces(x) is False
        alike = (shape for shape, own in zip(given, x.shapes, strict=True) if own == size and len(shape) == len(own))
        return next(alike if kept else iter(()), tuple(map(str, size)))

    def like(self, name: str) -> str:
        """An operation as it stands in the net's equations."""
        return show(self.known[name][0], "ascii")


@functools.lru_cache(maxsize=512)
def size_of(x: e.Call) -> tuple[int, ...]:
    """The shape of an operation's result, or of its derivative's, tried out on arguments of its own sizes."""
    square = [len(shape) == 2 and shape[0] == shape[1] for shape in x.shapes]
    with np.errstate(all="ignore"):
        return np.shape(called(x, [np.eye(own[0]) if eye else np.full(own, 0.5) for own, eye in zip(x.shapes, square, strict=True)]))


@functools.lru_cache(maxsize=512)
def _texts(x: e.Call) -> set[str]:
    """An operation's options, as they are typed and as they are shown, by Python's hand: 1e-05 and 0.00001 are one."""
    shown = [option for option in told(x.options.given, x.shapes) if "->" not in option]  # the letters of an einsum are read as typed
    return {ast.unparse(ast.parse(f"f({', '.join(said)})")) for said in (typed(x.name, x.options.given), shown)}


@functools.lru_cache(maxsize=512)
def _index(text: str) -> str:
    """An index as Python writes it."""
    found = ast.parse(f"x[{text}]", mode="eval").body
    assert isinstance(found, ast.Subscript)
    return ast.unparse(found.slice)


def _options(arguments: list[ast.expr], named: list[ast.keyword], count: int) -> str:
    """What stands after so many arguments of a call."""
    if len(arguments) < count:
        return ""
    return ast.unparse(ast.Call(ast.Name("f"), arguments[count:], named))
