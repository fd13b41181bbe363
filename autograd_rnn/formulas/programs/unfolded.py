"""Programs with what stands for something else put out: functions of one value, lists that run side by side. Syntax trees alone; what is
left does as the program did. What keeps several things of each step, or calls more than a value, is not read: it is run."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.taken import assumed
from autograd_rnn.formulas.programs.trees import blocks, finished, loops_of, named, put
from autograd_rnn.formulas.programs.values import copied, names_of
from autograd_rnn.formulas.writing.lines import MOST, Unreadable
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

OWN = "`{}` is a function of yours: of such those are read line by line that have one `return` and nothing else, and are given each thing"
KEPT = "this keeps several things of a step together: what each is has a line of its own where a program is read line by line: {}"


class Unfolded:
    """A program on its way."""

    def __init__(self, tree: ast.Module, words: Vocabulary):
        self.words, self.tree, self.notes = words, copied(tree), list[str]()
        functions = [x for x in ast.walk(self.tree) if isinstance(x, ast.FunctionDef)]
        self.values = {x.name: x for x in functions if isinstance(x.body[-1], ast.Return) and all(map(said, x.body[:-1]))}
        self.functions, self.count = {x.name: [y for y in functions if y.name == x.name] for x in functions}, 0
        heads = [ast.unparse(x.iter) for x in loops_of(tree)]
        self.looped, self.from_1 = bool(heads), any(re.search(r"range\(1,|, 0, -1\)", head) for head in heads)

    def done(self) -> ast.Module:
        """All of it."""
        if any(isinstance(x, ast.Attribute) and x.attr == "scan" for x in ast.walk(self.tree)):
            raise Unreadable("`scan` runs a function over the steps: write what it does in a loop, `for t in reversed(range(T)):`")
        called = {name for x in ast.walk(self.tree) if isinstance(x, ast.Call) and (name := self.own(x))}
        made = any(isinstance(x, (ast.Assign, ast.AugAssign)) for x in ast.walk(self.tree))
        gone = called | {name for name in self.values if made}  # or idle
        for block in blocks(self.tree):
            block[:] = [x for x in block if not (isinstance(x, ast.FunctionDef) and x.name in gone)] or [ast.Pass()] * bool(block)
        if called:
            self.tree, self.notes = assumed(put(self.tree, self.called), self.words)
        for x in ast.walk(self.tree):
            match x:
                case (
                    ast.Expr(ast.Call(ast.Attribute(ast.Name(of), "append"), [ast.Tuple() | ast.Dict() | ast.Call()], []))
                    | ast.Assign([ast.Subscript(ast.Name(of), ast.Name())], ast.Tuple() | ast.Dict())
                    | ast.Assign([ast.Name(of)], ast.ListComp(ast.Tuple() | ast.Dict()))
                ) if not self.words.called(of):
                    raise Unreadable(KEPT.format(short(ast.unparse(x))))
        self.stepped()
        for block in blocks(self.tree):
            block[:] = [x for x in block if not (isinstance(x, ast.For) and all(isinstance(y, ast.Pass) for y in x.body))]
        return finished(self.tree)

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
        """The function of the program that a call is of; raises Unreadable for one that is more than a value."""
        match call.func:
            case ast.Name(name) | ast.Attribute(ast.Name("self"), name) if name in self.functions:
                function, given = self.functions[name][0], call.args
                names = [x.arg for x in function.args.args if x.arg != "self"]
                plain = not function.decorator_list and ast.unparse(function.args) == ", ".join(x.arg for x in function.args.args)
                known = len(given) + len(call.keywords) == len(names) and not any(isinstance(x, ast.Starred) for x in given)
                if name not in self.values or len(self.functions[name]) > 1 or not plain or not known:
                    raise Unreadable(OWN.format(name))
                return name
        return ""

    def called(self, node: ast.AST) -> ast.AST | None:
        """What a call gives."""
        if not isinstance(node, ast.Call) or not (name := self.own(node)):
            return None
        if (depth := self.count) > MOST // 10:
            raise Unreadable(OWN.format(name))
        names = [x.arg for x in self.values[name].args.args if x.arg != "self"]
        given = dict(zip(names, node.args, strict=False)) | {x.arg: x.value for x in node.keywords if x.arg}
        back = self.values[name].body[-1]
        if given.keys() != {*names} or not isinstance(back, ast.Return) or back.value is None:
            raise Unreadable(OWN.format(name))
        self.count = depth + 1
        return put(put(back.value, named({key: put(value, self.called) for key, value in given.items()})), self.called)


def said(x: ast.stmt) -> bool:
    """Whether a statement says something and does nothing."""
    return isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant)
