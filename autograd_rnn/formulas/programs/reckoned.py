"""The expressions of a program on numbers, as Python reckons them, by this interpreter alone: of names that are given to it, a list of
numpy's functions, and nothing else. Counts bound it: of what it visits, and of the numbers in a value."""

from __future__ import annotations

import ast
import math
import operator
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.programs.held import LARGEST, ONE_STEP, UNMADE, Maker, Missing, Own, Record, Steps, Stopped, Zeros, bulk, is_zero

BINARY: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.MatMult: operator.matmul, ast.Pow: lambda a, b: np.float64(a) ** b if isinstance(a, int) else a**b,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[Value], Value]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_, ast.Invert: operator.invert,
}  # fmt: skip
COMPARED: dict[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.Is: operator.is_, ast.IsNot: operator.is_not, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
PRODUCTS = ("dot", "matmul", "outer")  # which of a number 0 are 0, as what lies beyond the ends is
MADE = ("zeros", "ones", "empty", "full", "eye", "identity", "arange", "tile", "repeat", "linspace")  # as large as numbers in them say
NAMES = (
    "absolute abs add amax amin arange array asarray atleast_1d atleast_2d clip column_stack concatenate copy cos cosh cumsum divide "
    "dot einsum empty empty_like exp expand_dims expm1 eye flip full full_like hstack identity inner linspace log log1p logical_and "
    "logical_not logical_or matmul max maximum mean min minimum multiply negative ones ones_like outer power prod ravel repeat reshape "
    "reciprocal row_stack sign sin sinh split sqrt square squeeze stack subtract sum swapaxes tan tanh tensordot tile transpose vdot "
    "vstack where zeros zeros_like"
).split()
METHODS = (
    "T shape size ndim dot sum mean max min copy reshape ravel flatten squeeze transpose astype clip fill append reverse insert items "
    "keys values get pop real flat view prod cumsum swapaxes"
).split()
PLAIN: dict[str, Value] = {
    "range": range, "len": len, "enumerate": enumerate, "zip": zip, "reversed": reversed, "list": list, "tuple": tuple, "dict": dict,
    "sum": sum, "abs": abs, "min": min, "max": max, "float": float, "int": int, "sorted": sorted, "bool": bool, "map": map,
    "namedtuple": namedtuple, "print": lambda *_: None,
}  # fmt: skip
HELD: Value = (np.ndarray, np.float64, list, tuple, dict, range)  # what has elements
FUNCTIONS = {name: getattr(np, name) for name in NAMES if hasattr(np, name)}  # of one of them alone numpy 2 has no name


class Reckoned(ast.NodeVisitor):
    """Reckons expressions. ``names``: what each name is, at first what is given; ``later``: what it is before a line makes
    it, where Python has none."""

    def __init__(self, names: dict[str, Value], later: Mapping[str, Value], most: int):
        self.names, self.later, self.left = names, later, most
        self.step: int | None = 0
        self.functions: Mapping[str, Value] = FUNCTIONS
        self.assumed = set[str]()  # what is ``later``, of what has been asked for
        self.noted: dict[str, list[Value]] = {}  # of some names each value that they have had

    def visit(self, node: ast.AST) -> Value:
        """The value of one node; None of a statement."""
        self.left -= 1
        if self.left < 0:
            raise Stopped("it takes too many steps")
        found = getattr(self, f"visit_{type(node).__name__}", self.generic_visit)(node)
        if type(found) in (list, tuple, dict):
            self.left -= bulk(found) >> 4
        large = found.size if isinstance(found, np.ndarray) else len(found) if isinstance(found, (list, tuple, str, dict)) else 0
        if large > LARGEST or isinstance(found, (int, np.integer)) and abs(int(found)) > LARGEST:
            raise Stopped(f"more than {LARGEST:,} are too many to run this")
        return found

    def generic_visit(self, node: ast.AST) -> Value:
        """What is none of the below."""
        raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")

    def own(self, function: Own, given: list[Value], named: dict[str, Value]) -> Value:
        """A call of a function of the program."""
        raise NotImplementedError

    def now(self, value: Value) -> Value:
        """A quantity where its value is asked for without a step: that of the loop's."""
        if not isinstance(value, Steps):
            return value
        if len(value) == 1:
            return next(iter(value.values()))
        if not value.bare or self.step is None:
            raise Stopped(ONE_STEP)
        return value[self.step]

    def each(self, value: Value) -> Iterator[Value]:
        """What there is in something, one by one."""
        if isinstance(value, Steps):
            yield from (value[k] for k in sorted(value) if k >= value.first)
        else:
            yield from value.values() if isinstance(value, Record) else value

    def visit_Constant(self, node: ast.Constant) -> Value:
        """A number, or a key."""
        return node.value

    def visit_Name(self, node: ast.Name) -> Value:
        """A name."""
        for names in (self.names, PLAIN, self.later):
            if node.id in names:
                if (found := names[node.id]) is UNMADE:
                    raise NameError(f"no line before it makes `{node.id}`")
                self.assumed |= {node.id} if names is self.later else set()
                return found
        raise Missing(node.id)

    def visit_Tuple(self, node: ast.Tuple) -> Value:
        """Several."""
        return tuple(map(self.visit, node.elts))

    def visit_List(self, node: ast.List) -> Value:
        """A list."""
        return [*map(self.visit, node.elts)]

    def visit_Dict(self, node: ast.Dict) -> Value:
        """A dictionary."""
        return {self.visit(k): self.visit(v) for k, v in zip(node.keys, node.values, strict=True) if k is not None}

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Value:
        """``f"W{gate}"``, of texts."""
        found = [self.visit(x.value) if isinstance(x, ast.FormattedValue) and not x.format_spec else self.visit(x) for x in node.values]
        if not all(isinstance(x, str) for x in found):
            raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")
        return "".join(found)

    def visit_BinOp(self, node: ast.BinOp) -> Value:
        """Two values and what stands between them."""
        return self.product(node.op, self.visit(node.left), self.visit(node.right))

    def product(self, op: ast.operator, left: Value, right: Value) -> Value:
        """What an operator makes of two values."""
        if type(op) not in BINARY:
            raise Stopped("such an operator is not run")
        left, right = self.now(left), self.now(right)
        if isinstance(left, str) != isinstance(right, str) or isinstance(left, str) and not isinstance(op, ast.Add):
            raise Stopped("text is not reckoned with")
        if isinstance(op, ast.MatMult) and (is_zero(left) or is_zero(right)):
            return np.float64(0)
        return BINARY[type(op)](left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Value:
        """A sign, or not."""
        return UNARY[type(node.op)](self.now(self.visit(node.operand)))

    def visit_Compare(self, node: ast.Compare) -> Value:
        """``0 <= t < T``."""
        values = [self.now(self.visit(x)) for x in (node.left, *node.comparators)]
        found = [self.compared(op, a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        return found[0] if len(found) == 1 else all(found)

    def compared(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """What is so of two values."""
        return COMPARED[type(op)](left, right)

    def visit_BoolOp(self, node: ast.BoolOp) -> Value:
        """``and``, ``or``."""
        value: Value = None
        for x in node.values:
            value = self.visit(x)
            if bool(value) != isinstance(node.op, ast.And):
                break
        return value

    def visit_IfExp(self, node: ast.IfExp) -> Value:
        """``a if b else c``."""
        return self.visit(node.body if self.visit(node.test) else node.orelse)

    def visit_Slice(self, node: ast.Slice) -> Value:
        """``a:b``."""
        return slice(*(None if x is None else self.visit(x) for x in (node.lower, node.upper, node.step)))

    def visit_Subscript(self, node: ast.Subscript) -> Value:
        """An element."""
        of, index = self.visit(node.value), self.now(self.visit(node.slice))
        if np.asarray(index).dtype.kind == "f":
            raise Missing(f"{ast.unparse(node.slice)} is no place")
        if isinstance(of, Steps) and not isinstance(index, (int, np.integer)):
            raise Stopped(f"`{ast.unparse(node)[:60]}` is no one step")
        if not isinstance(of, HELD):
            raise Stopped(f"`{ast.unparse(node.value)[:60]}` has no elements")
        if isinstance(of, Record):
            of = [*of.values()]
        return of if isinstance(of, Zeros) else of[index]

    def visit_Attribute(self, node: ast.Attribute) -> Value:
        """One of numpy's functions, or what an array has."""
        match node:
            case ast.Attribute(ast.Name("np" | "numpy" as library), name):
                if library in self.names:
                    raise Stopped(f"`{library}` is another here than numpy")
                if name in self.functions or name in ("newaxis", "float32"):
                    return self.functions.get(name, np.float64 if name == "float32" else None)
            case ast.Attribute(of, name):
                value = self.visit(of)
                if isinstance(value, Record) and name in value:
                    return value[name]
                if name not in METHODS:
                    raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")
                if isinstance(value, Steps):
                    axes = (np.size(one),) if np.ndim(one := next(iter(value.values()), 0)) else ()  # a column, a row or a vector
                    return (value.length, *axes) if name == "shape" else getattr(self.now(value), name)
                if isinstance(value, (np.ndarray, np.float64, list, dict)):
                    return getattr(value, name)
        raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")

    def visit_Call(self, node: ast.Call) -> Value:
        """A call of one's own function, or of one that is known."""
        if ast.unparse(node.func) in ("np.add.at", "np.subtract.at") and "np" not in self.names:
            of, index, value = map(self.now, map(self.visit, node.args))
            if np.asarray(index).dtype.kind == "f":
                raise Missing("the index is no place")
            (np.add if "add" in ast.unparse(node.func) else np.subtract).at(of, index, value)
            return None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "size" and node.args:  # as PyTorch has it
            return self.visit(ast.Attribute(node.func.value, "shape"))[self.visit(node.args[0])]
        function = self.visit(node.func)
        named = {x.arg: self.visit(x.value) for x in node.keywords if x.arg is not None}
        try:
            given = [*map(self.visit, node.args)]
        except Missing:
            if getattr(node.func, "attr", "") in ("zeros", "empty", "zeros_like", "empty_like"):
                return Zeros(0)  # as many as a length says that the model calls otherwise
            raise
        return self.applied(function, given, named, node)

    def applied(self, function: Value, given: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """What a function makes of what it is given."""
        if isinstance(function, Own):
            return self.own(function, given, named)
        if isinstance(function, Maker):
            if {*function.names[: len(given)], *named} != {*function.names} or len(given) + len(named) != len(function.names):
                raise Stopped(f"a record of {len(function.names)} is given {len(given) + len(named)}")
            return Record({**dict(zip(function.names, given, strict=False)), **named})
        if function is map and given:
            return [self.applied(given[0], [*values], {}, node) for values in zip(*map(self.each, given[1:]), strict=False)]
        if function is namedtuple and len(given) == 2:
            return Maker(given[1].replace(",", " ").split() if isinstance(given[1], str) else given[1])
        if not callable(function) or isinstance(function, Steps):
            raise Stopped(f"`{ast.unparse(node.func)[:60]}` is no function")
        if function is len and given and isinstance(given[0], Steps):
            return given[0].said("how many", given[0].length)
        return self.known(function, given, named)

    def known(self, function: Callable[..., Value], given: list[Value], named: dict[str, Value]) -> Value:
        """A call of a function that is known."""
        name = getattr(function, "__name__", "")
        if name in ("zeros_like", "empty_like") and given and isinstance(given[0], Steps):
            return Steps({}, given[0].length, True)
        if function not in (enumerate, zip, reversed, list, dict, sorted, tuple, sum):
            given = [*map(self.now, given)]
        else:
            given = [[*self.each(x)] if isinstance(x, Steps) else x for x in given]
        if name in PRODUCTS and any(map(is_zero, given)):
            return np.float64(0)
        if name not in ("get", "pop", "einsum", "print", "zip", "enumerate") and any(isinstance(x, str) for x in (*given, *named.values())):
            raise Stopped("text says nothing here")
        values = [getattr(function, "__self__", None), *given, *named.values()]
        largest = math.prod(np.size(x) for x in values if isinstance(x, np.ndarray))  # that they may be broadcast to
        if name in MADE:
            sized = [x for part in values for x in (part if isinstance(part, (tuple, list)) else [part]) if not isinstance(x, np.ndarray)]
            largest *= math.prod(max(1, int(x)) for x in sized if isinstance(x, (int, np.integer)))
            if name == "arange" and not all(isinstance(x, (int, np.integer)) for x in given):
                raise Stopped("`arange` counts by whole numbers here")
            if name not in ("tile", "repeat") and any(isinstance(x, np.ndarray) for x in values):
                raise Stopped(f"`{name}` is given a shape")
        if largest > LARGEST**2 or "dtype" in named and not callable(named["dtype"]):
            raise Stopped("that is too much to run")
        return function(*given, **named)

    def visit_Lambda(self, node: ast.Lambda) -> Value:
        """A function of one expression."""
        return self.function(node)

    def function(self, node: ast.FunctionDef | ast.Lambda) -> Own:
        """A function where it is made."""
        return Own(node, self.names, [*map(self.visit, node.args.defaults)])
