"""A program in Python's syntax run on numbers, statement by statement, as Python runs it, by this interpreter alone."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.programs.held import UNMADE, Maker, Missing, Own, Steps, Stopped, Zeros
from autograd_rnn.formulas.programs.reckoned import PLAIN, Reckoned

IN_PLACE: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.iadd, ast.Sub: operator.isub, ast.Mult: operator.imul, ast.Div: operator.itruediv, ast.FloorDiv: operator.ifloordiv,
    ast.Mod: operator.imod, ast.MatMult: operator.imatmul,
}  # fmt: skip


class Returned(Exception):
    """A ``return``, with its value."""


class Left(Exception):
    """A ``break``, or a ``continue``."""


class Interpreter(Reckoned):
    """Runs statements. ``at``: the one that runs."""

    at: ast.stmt = ast.Pass()

    def block(self, body: Iterable[ast.stmt]) -> None:
        """Some statements."""
        for self.at in body:
            self.visit(self.at)

    def visit_Pass(self, node: ast.AST) -> None:
        """Nothing is done."""

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """What is imported is what its name says, or is not run."""
        for x in node.names:
            name = x.asname or x.name
            if name != x.name and not x.name.endswith("numpy") and (name in ("np", *self.names) or name in PLAIN):
                raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")

    visit_ImportFrom = visit_Import

    def visit_Assert(self, node: ast.Assert) -> None:
        """What is asserted, where it is known."""
        try:
            holds = self.visit(node.test)
        except Missing:
            raise
        except Stopped:  # it asks for what is not run here
            return
        if not holds:
            raise ValueError("what is asserted does not hold")

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for what it does."""
        self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """``a = b = c``."""
        value = self.visit(node.value)
        for target in node.targets:
            self.put(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """``a: float = b``."""
        if node.value is not None:
            self.put(node.target, self.visit(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """``a += b``, of an array in place."""
        of = self.visit(ast.Name(node.target.id)) if isinstance(node.target, ast.Name) else self.visit(node.target)
        value, change = self.visit(node.value), IN_PLACE.get(type(node.op))
        if change is None or isinstance(value, (list, tuple)) or isinstance(of, Steps):
            raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")
        anew = isinstance(node.op, ast.MatMult) or isinstance(of, int)
        self.put(node.target, self.product(node.op, of, value) if anew else change(of, self.now(value)))

    def visit_For(self, node: ast.For) -> None:
        """A loop over what there is one by one."""
        outer, counted = self.step, isinstance(node.target, ast.Tuple) and "enumerate(" in ast.unparse(node.iter)
        for value in self.each(self.visit(node.iter)):
            self.put(node.target, value)
            step = value[0] if counted and isinstance(value, tuple) else value
            if (counted or isinstance(node.target, ast.Name)) and isinstance(step, int):
                self.step = step
            try:
                self.block(node.body)
            except Left as left:
                if left.args[0]:
                    break
        else:
            self.block(node.orelse)
        self.step = outer

    def visit_While(self, node: ast.While) -> None:
        """A loop as long as something holds."""
        while self.visit(node.test):
            try:
                self.block(node.body)
            except Left as left:
                if left.args[0]:
                    break

    def visit_If(self, node: ast.If) -> None:
        """One of two bodies."""
        self.block(node.body if self.visit(node.test) else node.orelse)

    def visit_Break(self, node: ast.AST) -> None:
        """Out of the loop."""
        raise Left(True)

    def visit_Continue(self, node: ast.AST) -> None:
        """To the next step of the loop."""
        raise Left(False)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function of the program."""
        self.names[node.name] = self.function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class of records."""
        if {ast.unparse(x) for x in (*node.decorator_list, *node.bases)} - {"dataclass", "NamedTuple", "typing.NamedTuple"}:
            raise Stopped(f"the class `{node.name}` is not run")
        self.names[node.name] = Maker([ast.unparse(x.target) for x in node.body if isinstance(x, ast.AnnAssign)])

    def visit_Return(self, node: ast.Return) -> None:
        """Out of the function."""
        raise Returned(None if node.value is None else self.visit(node.value))

    def own(self, function: Own, given: list[Value], named: dict[str, Value]) -> Value:
        """A call of a function of the program, whose names are its own."""
        node = function.node
        taken = [x.arg for x in node.args.args if x.arg != "self"]
        behind = taken[len(taken) - len(function.defaults) :]
        bound = {**dict(zip(behind, function.defaults, strict=True)), **dict(zip(taken, given, strict=False)), **named}
        others = (node.args.vararg, node.args.kwarg, *node.args.kwonlyargs, *node.args.posonlyargs)
        if any(others) or {*bound} != {*taken} or len(given) > len(taken):
            raise Stopped(f"a function of {len(taken)} is called with {len(bound)}")
        outer, self.names = self.names, {**function.names, **dict.fromkeys(local(node), UNMADE), **bound}
        try:
            if isinstance(node, ast.Lambda):
                return self.visit(node.body)
            self.block(node.body)
            return None
        except Returned as returned:
            return returned.args[0]
        finally:
            self.names = outer

    def comprehended(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Iterator[None]:
        """One by one the values of a comprehension's names."""
        if len(node.generators) != 1:
            raise Stopped(f"`{ast.unparse(node)[:60]}` is not run")
        one, outer = node.generators[0], (self.names, self.step)
        values = [*self.each(self.visit(one.iter))]
        self.names = dict(self.names)
        for value in values:
            self.put(one.target, value)
            self.step = None  # a quantity without a step beside those that have one is none
            if all(self.visit(test) for test in one.ifs):
                yield
        self.names, self.step = outer

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        """``[... for t in ...]``."""
        return [self.visit(node.elt) for _ in self.comprehended(node)]

    visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> Value:
        """``{k: ... for k in ...}``."""
        return {self.visit(node.key): self.visit(node.value) for _ in self.comprehended(node)}

    def put(self, target: ast.expr, value: Value) -> None:
        """Gives a target its value."""
        match target:
            case ast.Name(name):
                self.names[name] = value
                self.note(name)
            case ast.Tuple(parts) | ast.List(parts):
                values = [*self.each(value)]
                if len(values) != len(parts):  # of a shape there may be an axis of 1 more or fewer
                    raise (Missing if all(isinstance(x, int) for x in values) else Stopped)(f"{len(values)} values are no {len(parts)}")
                for part, one in zip(parts, values, strict=True):
                    self.put(part, one)
            case ast.Subscript(of, index):
                held = self.visit(of)
                if isinstance(held, Zeros):
                    held = Steps({}, 0, True)
                    self.put(of, held)
                if not isinstance(held, (np.ndarray, list, dict)):
                    raise Stopped(f"`{ast.unparse(of)[:60]}` has no elements to set")
                held[self.place(index)] = value if isinstance(held, dict) else self.now(value)
                if isinstance(of, ast.Name):
                    self.note(of.id)
            case _:
                raise Stopped(f"`{ast.unparse(target)[:60]}` is not set")

    def place(self, index: ast.expr) -> Value:
        """Where something is put."""
        return self.now(self.visit(index))

    def note(self, name: str) -> None:
        """Keeps what a name has become, as it is now and as it will be."""
        if name in self.noted:
            value = self.names[name]
            self.left -= np.size(value) >> 4
            self.noted[name] += [value, np.copy(value)] if isinstance(value, np.ndarray) else [value]


def local(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    """The names that a function makes and that are not those around it; what it says of ``self`` is no such."""
    found, left = set[str](), list[ast.AST](function.body if isinstance(function, ast.FunctionDef) else [])
    while left:
        x = left.pop()
        if isinstance(x, ast.FunctionDef):
            found.add(x.name)
        elif not isinstance(x, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp)):
            found |= {x.id} if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store) and not hasattr(x, "owner") else set()
            left += ast.iter_child_nodes(x)
    return found
