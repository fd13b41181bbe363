"""Programs with what stands for something else put out: calls of one's own functions, what a cache keeps, lists that run side by side.
Syntax trees alone; what is left does as the program did."""

from __future__ import annotations

import ast
import copy
import re

from autograd_rnn.formulas.programs.byelements import by_elements
from autograd_rnn.formulas.programs.cached import Cached
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.taken import assumed, without
from autograd_rnn.formulas.programs.trees import blocks, counted, finished, loops_of, named, pairs, put, replaced, stored
from autograd_rnn.formulas.programs.values import name_in, names_of, subscripted
from autograd_rnn.formulas.writing.lines import MOST, Unreadable
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

OWN = "`{}` is a function of yours: one is read that ends with the one `return` it has, and is given each thing by its place"

SIMPLE = (ast.Name, ast.Subscript, ast.Tuple, ast.Constant, ast.BinOp, ast.expr_context, ast.operator, ast.Attribute)


class Unfolded(Cached):
    """A program on its way."""

    def __init__(self, tree: ast.Module, words: Vocabulary):
        self.words, self.tree = words, copy.deepcopy(tree)
        self.given = ast.dump(tree)
        self.taken, self.used = names_of(tree), set[str]()
        self.functions = {x.name: x for x in ast.walk(self.tree) if isinstance(x, ast.FunctionDef)}
        self.count, self.looping, self.notes = 0, False, list[str]()
        heads = [ast.unparse(x.iter) for x in loops_of(tree)]
        self.looped, self.from_1 = bool(heads), any(re.search(r"range\(1,|, 0, -1\)", head) for head in heads)

    def done(self) -> ast.Module:
        """All of it."""
        called = {name for x in ast.walk(self.tree) if isinstance(x, ast.Call) and (name := self.own(x))}
        for name in self.functions:
            if name in called:
                self.checked(self.functions[name])
        if any(isinstance(x, ast.Attribute) and x.attr == "scan" for x in ast.walk(self.tree)):
            raise Unreadable("`scan` runs a function over the steps: write what it does in a loop, `for t in reversed(range(T)):`")
        made = any(isinstance(x, (ast.Assign, ast.AugAssign)) for x in ast.walk(self.tree))
        called |= {x.name for x in self.functions.values() if made and len(x.body) == 1 and isinstance(x.body[0], ast.Return)}  # or idle
        for block in blocks(self.tree):
            block[:] = [x for x in block if not (isinstance(x, ast.FunctionDef) and x.name in called)] or [ast.Pass()] * bool(block)
        if called:
            self.tree.body = self.block(self.tree.body)
        self.caches()
        self.stepped()
        if ast.dump(self.tree) != self.given:  # what no call and no cache has changed was looked at
            self.tree, self.notes = assumed(self.tree, self.words)
        self.tree = put(self.tree, self.summed)
        for block in blocks(self.tree):
            block[:] = [y for x in block for y in by_elements(x, self.words.sizes)]
            block[:] = [x for x in block if not (isinstance(x, ast.For) and all(isinstance(y, ast.Pass) for y in x.body))]
        self.tree.body = self.renamed(self.tree.body)
        return finished(self.tree)

    def renamed(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """A program that gives behind its loops another name to what they have made, ``dW_hh = grad``, with that throughout."""
        last = max((k for k, x in enumerate(body) if isinstance(x, (ast.For, ast.While))), default=len(body))
        tree = ast.Module(body, [])
        new, found = dict[str, ast.expr](), list[ast.stmt]()
        for k, x in enumerate(body):
            rest = pairs(x) if k > last and isinstance(x, ast.Assign) and len(x.targets) == 1 else []
            same = [(a, b) for a, b in rest if isinstance(a, ast.Name) and isinstance(b, ast.Name) and self.words.adjoint(a.id)
                    and not self.words.called(b.id) and counted(a.id, tree) == 1 and a.id not in names_of(ast.Module(body[:k], []))
                    and b.id not in {z for y in body[k + 1 :] for z in stored(y)} and b.id in stored(ast.Module(body[:k], []))]  # fmt: skip
            if same and len(same) == len(rest):
                new |= {name_in(b): a for a, b in same}
            else:
                found.append(x)
        return [put(x, named(new)) for x in found] if new else body

    def stepped(self) -> None:
        """Calls the step of a program's loops t, if nothing else is called so."""
        loops = [
            x for x in loops_of(self.tree) if isinstance(x.iter, ast.Call) and not names_of(x.iter) & ({*self.words.sizes} - {"T", "S"})
        ]
        steps = {x.target.id for x in loops if isinstance(x.target, ast.Name)}
        if len(steps) == 1 and "t" not in names_of(self.tree) and not any(self.words.called(step) for step in steps):
            self.tree = put(self.tree, named({step: ast.Name("t") for step in steps}))

    # -- functions

    def own(self, call: ast.Call) -> str:
        """The function of the program that a call is of."""
        match call.func:
            case ast.Name(name) | ast.Attribute(ast.Name("self"), name) if name in self.functions:
                return name
        return ""

    def checked(self, x: ast.FunctionDef) -> None:
        """Refuses a function that is more than lines with a return behind them."""
        returns = [y for y in ast.walk(x) if isinstance(y, ast.Return)]
        plain = not (x.args.defaults or x.args.vararg or x.args.kwarg or x.args.kwonlyargs or x.args.posonlyargs or x.decorator_list)
        inner = any(isinstance(y, (ast.FunctionDef, ast.Lambda, ast.Global, ast.Nonlocal)) for y in ast.walk(x) if y is not x)
        again = sum(isinstance(y, ast.FunctionDef) and y.name == x.name for y in ast.walk(self.tree)) > 1
        if not plain or inner or again or [x.body[-1]] != returns or returns[0].value is None:
            raise Unreadable(OWN.format(x.name))

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Statements with their calls put out."""
        found: list[ast.stmt] = []
        for x in body:
            if isinstance(x, (ast.For, ast.While, ast.If, ast.FunctionDef, ast.ClassDef)):
                outer, self.looping = self.looping, self.looping or isinstance(x, (ast.For, ast.While))
                x.body, self.looping = self.block(x.body), outer
                if isinstance(x, (ast.For, ast.While, ast.If)):
                    x.orelse = self.block(x.orelse)
                if isinstance(x, ast.For) and any(self.own(y) for y in ast.walk(x.iter) if isinstance(y, ast.Call)):
                    raise Unreadable(f"a loop goes over the steps, `for t in range(T):`: {short(ast.unparse(x.iter))}")
                found.append(x)
                continue
            found += self.one(x)
        return found

    def one(self, x: ast.stmt) -> list[ast.stmt]:
        """A statement and, before it, the lines of what it calls."""
        before: list[ast.stmt] = []
        within = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.IfExp, ast.BoolOp)
        while call := next((y for y in ast.walk(x) if isinstance(y, ast.Call) and self.own(y)), None):
            name = self.own(call)
            self.count += 1 + len(self.functions[name].body) // 10
            inner = (z for y in ast.walk(x) if isinstance(y, within) for z in ast.walk(y))
            lines, value = self.called(self.functions[name], call, x)
            if lines and any(z is call for z in inner) or self.count > MOST // 10:
                raise Unreadable(OWN.format(name))
            before += [z for line in lines for z in self.block([line])]
            x = replaced(x, call, value)
        return without([*before, x])

    def called(self, function: ast.FunctionDef, call: ast.Call, x: ast.stmt) -> tuple[list[ast.stmt], ast.expr]:
        """The lines of a call, with names that nothing else has, and what it returns."""
        names = [x.arg for x in function.args.args if x.arg != "self"]
        given = dict(zip(names, call.args, strict=False)) | {x.arg: x.value for x in call.keywords if x.arg}
        if given.keys() != {*names} or len(call.args) > len(names) or any(isinstance(x, ast.Starred) for x in call.args):
            raise Unreadable(OWN.format(function.name))
        grown = {name_in(y.target) for y in ast.walk(function) if isinstance(y, ast.AugAssign)}
        alone = {
            y
            for y in grown
            if not any(y in stored(z) for z in ast.walk(function) if isinstance(z, (ast.Assign, ast.For))) and y not in names
        }
        steps = {y for z in loops_of(function) for y in names_of(z.target)}  # which a call outside of loops may keep
        local, lines, new = stored(function) - {"", *alone} - (set() if self.looping else steps), list[ast.stmt](), dict[str, ast.expr]()
        outside = {y for x in self.tree.body for y in names_of(x)} | self.used
        back = function.body[-1].value  # type: ignore[attr-defined]
        ends = dict[str, str]()  # what the lines make under the name that it has behind them
        if isinstance(x, ast.Assign) and x.value is call:
            lefts, rights = ([*getattr(y, "elts", [y])] for y in (x.targets[0], back))
            used = {z for y in call.args for z in names_of(y)}
            for left, right in zip(lefts, rights, strict=False) if len(lefts) == len(rights) else ():
                if isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id not in used and right.id in local - {*names}:
                    ends |= {right.id: left.id} if left.id not in names_of(function) - {right.id} and right.id not in ends else {}
        for name in local | {*names}:
            if name in ends:
                new[name] = ast.Name(ends[name])
                continue
            simple = name in given and (len(function.body) == 1 or all(isinstance(z, SIMPLE) for z in ast.walk(given[name])))
            if name in given and name not in local and simple:
                new[name] = given[name]
                continue
            model = self.words.called(name)
            keeps = name not in outside and not (model and not self.words.timed.get(model))
            new[name] = ast.Name(name if keeps else self.fresh(name))
            if name in given:
                begun = ast.Assign([ast.Name(ast.unparse(new[name]), ast.Store())], given[name])
                lines.append(ast.fix_missing_locations(ast.copy_location(begun, call)))
        self.used |= {ast.unparse(x) for x in new.values() if isinstance(x, ast.Name)}
        for y in function.body[:-1]:
            if not isinstance(y, ast.Expr) or not isinstance(y.value, ast.Constant):
                lines.append(put(y, named(new)))
        return lines, put(back, named(new))

    # -- sums

    def summed(self, node: ast.AST) -> ast.AST | None:
        """``sum(f(a[t], b[t]) for t in range(T))`` for a sum over lists side by side."""
        match node:
            case ast.GeneratorExp(value, [ast.comprehension(ast.Tuple(names), ast.Call(ast.Name("zip"), lists, []), [])]) if (
                len(names) == len(lists) and all(isinstance(x, ast.Name) for x in (*names, *lists)) and "t" not in names_of(value)
            ):
                each = {ast.unparse(x): subscripted(of, ast.Name("t")) for x, of in zip(names, lists, strict=True)}
                over = ast.parse("range(T)", mode="eval").body
                return ast.GeneratorExp(put(value, named({**each})), [ast.comprehension(ast.Name("t", ast.Store()), over, [], 0)])
            case ast.GeneratorExp(value, [ast.comprehension(ast.Name(step), ast.Call(ast.Name("range"), [ast.Name("T")], []), [])]) if (
                self.from_1 or not self.looped and f"[{step} - 1]" not in ast.unparse(value)
            ) and f"[{step} + 1]" in ast.unparse(value):
                over = ast.parse("range(1, T + 1)", mode="eval").body
                back = {f"{step} + 1": ast.Name(step), step: ast.BinOp(ast.Name(step), ast.Sub(), ast.Constant(1))}
                new = put(value, lambda x: copy.deepcopy(back.get(ast.unparse(x))) if isinstance(x, (ast.BinOp, ast.Name)) else None)
                return ast.GeneratorExp(new, [ast.comprehension(ast.Name(step, ast.Store()), over, [], 0)])
        return None
