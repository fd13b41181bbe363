"""A program's statements as those with one name on the left: tuples taken apart, conditions as values, lists that are filled one by one;
and the head of a loop in the writing that is read."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.programs.bodies import Loop, at, load
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.values import Values, is_zero, name_in, names_of, subscripted
from autograd_rnn.formulas.writing.lines import Unreadable

Target = ast.Name | ast.Subscript


class Statements:
    """One program's. ``shares``: names of which only softmax is left; ``listed``: of a list that is filled one by one, whether its last
    step comes first."""

    def __init__(self, values: Values):
        self.values = values
        self.notes: dict[str, None] = {}
        self.shares: set[str] = set()
        self.listed: dict[str, bool] = {}

    def simple(self, x: ast.stmt, loop: Loop | None) -> list[ast.stmt]:
        """A statement as those with one name on the left."""
        for y in ast.walk(x) if loop and isinstance(x, (ast.Assign, ast.AugAssign)) else ():
            if isinstance(y, ast.IfExp):
                y.test = conditioned(y.test, loop)  # type: ignore[arg-type]
        match x:
            case ast.Assign([ast.Name(name) as left], ast.BinOp(ast.Name(of), ast.Add() as op, value)) if (
                loop and name == of and not self.values.fleeting(name)
            ):
                return [at(x, ast.AugAssign(left, op, value))]
            case ast.Assign([ast.Tuple(lefts) | ast.List(lefts)], ast.Tuple(rights) | ast.List(rights)) if len(lefts) == len(rights):
                return [z for y in self.apart(x, lefts, rights) for z in self.simple(y, loop)]
            case ast.Assign([ast.Tuple(lefts)], value) if is_zero(value):  # `da, db = 0`, as it is said
                return [y for left in lefts for y in self.simple(at(x, ast.Assign([left], value)), loop)]
            case ast.Assign([ast.Name() as first, *others], value) if others and is_zero(value):
                return [y for left in (first, *others) for y in self.simple(at(x, ast.Assign([left], value)), loop)]
            case ast.Assign([ast.Name()], ast.Dict([], []) | ast.DictComp()):
                return []
            case ast.Assign([ast.Name(name)], ast.Dict(keys, values)) if all(isinstance(k, ast.Constant) for k in keys):
                made = [subscripted(name, k) for k in keys if k]
                return [at(x, ast.Assign([self.values.visit(left)], value)) for left, value in zip(made, values, strict=True)]
            case ast.If(test, body, other) if loop:
                return self.conditional(x, test, body, other, loop)
            case ast.If():
                raise Unreadable(f"a condition stands in the loop over the steps: {short(ast.unparse(x.test))}")
            case ast.Assign([ast.Name(name)], _) if name in self.shares:
                return []
            case ast.Expr(ast.Call(ast.Attribute(ast.Attribute(_, "add"), "at"), [ast.Name(name), *_], [])) if (
                name in self.values.scattered
            ):
                self.notes[f"`{name}` is no gradient of this model, and was not checked"] = None
                return []
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "append" | "insert" as how), [*first, value], [])) if (
                loop and name not in self.listed and [y.value for y in first if isinstance(y, ast.Constant)] == [0] * (how == "insert")
            ):
                self.listed[name] = loop.backwards != (how == "insert")
                return [at(x, ast.Assign([subscripted(name, ast.Name(loop.step))], value))]
        return [x]

    def apart(self, x: ast.stmt, lefts: list[ast.expr], rights: list[ast.expr]) -> list[ast.stmt]:
        """``a, b = b, a`` one by one, what a later one needs under another name."""
        before, after = [], []  # type: list[ast.stmt], list[ast.stmt]
        for k, (left, right) in enumerate(zip(lefts, rights, strict=True)):
            needed = any(name_in(left) in names_of(other) for other in rights[k + 1 :])
            if needed:
                hold = ast.Name(self.values.fresh(name_in(left)))
                before.append(at(x, ast.Assign([hold], right)))
                after.append(at(x, ast.Assign([left], hold)))
            else:
                before.append(at(x, ast.Assign([left], right)))
        return before + after

    def conditional(self, x: ast.If, test: ast.expr, body: list[ast.stmt], other: list[ast.stmt], loop: Loop) -> list[ast.stmt]:
        """What is done at some steps only, as values that depend on the step."""
        asked = conditioned(test, loop)
        sides: list[dict[str, tuple[Target, ast.stmt]]] = []
        for part in (body, other):
            side: dict[str, tuple[Target, ast.stmt]] = {}
            for y in (z for one in part for z in self.simple(one, loop)):
                target = y.targets[0] if isinstance(y, ast.Assign) else y.target if isinstance(y, ast.AugAssign) else None
                if not isinstance(target, Target) or ast.unparse(target) in side or side.keys() & names_of(y):
                    raise Unreadable(f"this is no value that depends on the step: write `a if {ast.unparse(test)} else b`: "
                                     f"{short(ast.unparse(y))}")  # fmt: skip
                side[ast.unparse(target)] = (target, y)
            sides.append(side)
        found = []
        for key in dict.fromkeys([*sides[0], *sides[1]]):
            target, _ = next(side[key] for side in sides if key in side)
            pair = [side[key][1] if key in side else None for side in sides]
            if all(y is None or isinstance(y, ast.AugAssign) and isinstance(y.op, (ast.Add, ast.Sub)) for y in pair):
                terms = [signed(y) for y in pair]
                found.append(at(x, ast.AugAssign(target, ast.Add(), ast.IfExp(asked, *terms))))
            else:
                values = [load(target) if y is None else y.value if isinstance(y, ast.Assign) else added(y) for y in pair]
                found.append(at(x, ast.Assign([target], ast.IfExp(asked, *values))))
        return found

    def headed(self, x: ast.For | ast.While) -> tuple[Loop, list[ast.stmt]]:
        """A loop's head in the writing that is read, and its body."""
        if isinstance(x, ast.While):
            raise Unreadable(f"a loop over the steps is written `for t in reversed(range(T)):`: {short(ast.unparse(x).splitlines()[0])}")
        text, over = ast.unparse(x.iter), x.iter
        backwards = "sorted" not in text and len(re.findall(r"reversed|, -1\)|::-1", text)) % 2 == 1
        while isinstance(over, ast.Call) and name_in(over.func) in ("reversed", "list") and len(over.args) == 1:
            over = over.args[0]
        counted = over.args if isinstance(over, ast.Call) and name_in(over.func) == "range" else []
        steps = [y.id for y in counted or [over] if isinstance(y, ast.Name)]
        if any(self.values.known(name) and (counted or not self.values.fleeting(name)) for name in steps):
            raise Unreadable(f"a loop goes over all steps, `for t in range(1, T+1):`: {short(text)}")
        if not isinstance(x.target, ast.Name) or isinstance(over, ast.Call) and name_in(over.func) in ("zip", "enumerate"):
            raise Unreadable(f"a loop goes over the steps, `for t in range(T):`: {short(text)}")
        text = ast.unparse(x).splitlines()[0]
        first = 1 if re.search(r"range\(1,|, 0, -1\)", text) else 0
        return Loop(text, x.target.id, first, backwards), x.body


def signed(x: ast.stmt | None) -> ast.expr:
    """What a statement adds."""
    if not isinstance(x, ast.AugAssign):
        return ast.Constant(0)
    return ast.UnaryOp(ast.USub(), x.value) if isinstance(x.op, ast.Sub) else x.value


def added(x: ast.stmt) -> ast.expr:
    """What a statement makes of its target."""
    assert isinstance(x, ast.AugAssign)
    return ast.BinOp(load(x.target), x.op, x.value)


def conditioned(test: ast.expr, loop: Loop) -> ast.expr:
    """A question about the step, with steps that are counted from 1."""
    if hasattr(test, "of_model"):  # it is already
        return test
    match test:
        case ast.Compare(ast.BinOp(ast.Name(step), ast.Add(), ast.Constant(1)), [op], [ast.Name() as last]) if step == loop.step:
            test = ast.Compare(ast.Name(step), [op], [ast.BinOp(last, ast.Sub(), ast.Constant(1))])
    match test:
        case ast.Compare(ast.Name(step), [op], [end]) if step == loop.step and not loop.first:
            text = re.sub(r"len\(\w+\)", "T", ast.unparse(end))
            ends = {"T - 1": "T", "T - 2": "T - 1", "0": "1", "1": "2", "S - 1": "S"}
            if text in ends:
                found = ast.Compare(ast.Name("t"), [op], [ast.parse(ends[text], mode="eval").body])
                found.of_model = True  # type: ignore[attr-defined]
                return found
    return test
