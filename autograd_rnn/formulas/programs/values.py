"""The values in a program's lines in plain writing: entries of dictionaries as names, sums over axes of several arrays as products."""

from __future__ import annotations

import ast
import itertools
import pickle
from collections.abc import Mapping
from typing import TypeVar, cast

from autograd_rnn.formulas.writing.vocabulary import Vocabulary

N = TypeVar("N", bound=ast.AST)
ZEROS = ("zeros", "zeros_like", "zero")


def is_zero(x: ast.expr) -> bool:
    """Whether a value is nothing but zeros."""
    match x:
        case ast.Constant(0 | 0.0):
            return not isinstance(x.value, bool)
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)):
            return name in ZEROS
        case ast.List([]) | ast.BinOp(ast.List([ast.Constant(None | 0)]), ast.Mult(), _):
            return True
    return False


def name_in(target: ast.expr) -> str:
    """The name on a left side."""
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def names_of(x: ast.AST) -> set[str]:
    """Every name in a piece of syntax."""
    return {y.id for y in ast.walk(x) if isinstance(y, ast.Name)}


def copied(x: N) -> N:
    """A copy of a piece of syntax, and of all in it."""
    return cast(N, pickle.loads(pickle.dumps(x, -1)))  # a tenth of the time of a deep copy


def subscripted(of: str | ast.expr, index: ast.expr) -> ast.Subscript:
    """``of[index]``."""
    return ast.Subscript(ast.Name(of) if isinstance(of, str) else copied(of), index)


def exponent(x: ast.expr) -> ast.expr | None:
    """u where a value is exp(u) or exp(u - max(u)), of which the shares are the same."""
    match x:
        case ast.Call(ast.Name("exp") | ast.Attribute(_, "exp"), [of], []):
            match of:
                case ast.BinOp(u, ast.Sub(), ast.Call(ast.Attribute(_, "max"), [v, *_]) | ast.Call(ast.Attribute(v, "max"), [])):
                    return u if ast.dump(u) == ast.dump(v) else None
            return of
    return None


class Fresh:
    """Makes names for a program whose own ones are ``taken``."""

    taken: set[str]

    def fresh(self, name: str) -> str:
        """A name that nothing has yet."""
        found = next(
            x for k in itertools.count(1) if (x := f"v{k}_{name}") not in self.taken
        )  # behind a d it would be an adjoint of nothing
        self.taken.add(found)
        return found


class Values(Fresh, ast.NodeTransformer):
    """Puts plain values for those of a program. ``known``: the model's name for a spelling; ``both``: whether it has chains in both
    directions; ``adjoint``: whether a name is one of its adjoints."""

    def __init__(self, tree: ast.Module, words: Vocabulary):
        known = words.called
        self.known, self.model, self.both, self.adjoint, self.taken = known, words.timed, words.both, words.adjoint, names_of(tree)
        self.names: dict[str, str] = {}  # what is made anew for a second loop
        lefts = [y for x in ast.walk(tree) if isinstance(x, ast.Assign) for y in x.targets]
        lefts += [x.target for x in ast.walk(tree) if isinstance(x, ast.AugAssign)]
        self.filled = {name_in(x) for x in lefts}
        ats = [x for x in ast.walk(tree) if isinstance(x, ast.Call) and ast.unparse(x.func).endswith("add.at") and x.args]
        self.scattered = {name for x in ats if not known(name := name_in(x.args[0]))}  # rows of what no model has
        self.exps: dict[str, ast.expr] = {}  # names that are exp(u): over their sum they are softmax(u)
        for x in ast.walk(tree):
            match x:
                case ast.Assign([ast.Name(name)], value) if (of := exponent(value)) and [name_in(y) for y in lefts].count(name) == 1:
                    self.exps[name] = of
        for loop in (x for x in ast.walk(tree) if isinstance(x, (ast.For, ast.While))):
            for name in names_of(loop) & self.exps.keys():
                within, everywhere = (sum(isinstance(x, ast.Name) and x.id == name for x in ast.walk(part)) for part in (loop, tree))
                if within < everywhere:
                    del self.exps[name]  # used in another loop, it is that of the last step

    def fleeting(self, name: str) -> bool:
        """Whether a name is no parameter or its gradient, which are one for all steps."""
        return self.model.get(self.known(name) or "") is not False

    def again(self, name: str, body: list[ast.stmt]) -> None:
        """Has a name that is made anew for a second loop under another from there on."""
        self.names[name] = self.fresh(name)

    def renamed(self, x: ast.stmt) -> ast.stmt:
        """A statement with the names that are made anew."""
        x = copied(x)
        for node in ast.walk(x):
            if isinstance(node, ast.Name):
                node.id = self.names.get(node.id, node.id)
        return x

    def put(self, value: ast.expr, now: Mapping[str, ast.expr]) -> ast.expr:
        """A value with others for names and elements."""

        class Put(ast.NodeTransformer):
            """Puts them."""

            def visit(self, node: ast.AST) -> ast.AST:
                """One node."""
                key = ast.unparse(node) if isinstance(node, (ast.Name, ast.Subscript)) else ""
                return copied(now[key]) if key in now else self.generic_visit(node)

        whole = ast.Expression(copied(value))
        Put().visit(whole)
        return whole.body

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """An entry of a dictionary, by its key: of one that the program fills the gradient of a parameter."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(ast.Name(of), ast.Constant(str(key))) if key.isidentifier():
                filled = of in self.filled
                fixed = [name for name in (f"d{key}", key) if not self.fleeting(name)]  # of what has steps the program's own
                tried = [f"{of}_{key}", *fixed] if filled else [key]
                own = f"{of}_{key}" if len(key) > 1 else f"{of}{key}"  # gates_i would be an element
                name = next((name for name in tried if self.known(name)), own if filled else key)
                return ast.copy_location(ast.Name(name), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """``e / e.sum()`` with e = exp(u)."""
        match node:
            case ast.BinOp(above, ast.Div(), ast.Call(ast.Attribute(of, "sum"), [], _) | ast.Call(ast.Attribute(_, "sum"), [of, *_], _)):
                u = exponent(above) or self.exps.get(ast.unparse(above))
                if u and ast.dump(above) == ast.dump(of):
                    return ast.copy_location(ast.Call(ast.Name("softmax"), [self.visit(copied(u))], []), node)
        return self.generic_visit(node)
