"""What programs call in other libraries, or by way of added axes, in the words of numpy that are read."""

from __future__ import annotations

import ast
from typing import TypeGuard

from autograd_rnn.formulas.programs.trees import pairs, put, step_in


def plainly(tree: ast.Module) -> ast.Module:
    """A program in numpy's words, with what it says of ``self`` under plain names, and under others where a line makes such a name, too."""
    sides = [side for x in ast.walk(tree) if isinstance(x, ast.Assign) for side in pairs(x)]
    same = {id(a) for a, b in sides for x, y in ((a, b), (b, a)) if of_self(x) and isinstance(y, ast.Name) and x.attr == y.id}  # W = self.W
    own = {x.attr for x in ast.walk(tree) if of_self(x) and id(x) not in same}
    own &= {x.id for x in ast.walk(tree) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store) and id(x) not in same}
    if own:
        tree = put(tree, lambda x: owned(f"self_{x.attr}", x) if of_self(x) and x.attr in own else None)
    return put(tree, plain)


def of_self(x: ast.AST) -> TypeGuard[ast.Attribute]:
    """Whether it is ``self.W``."""
    return isinstance(x, ast.Attribute) and isinstance(x.value, ast.Name) and x.value.id == "self"


def owned(name: str, x: ast.Attribute) -> ast.Name:
    """A name for what ``self`` has, which is no function's own."""
    found = ast.Name(name, x.ctx)
    found.owner = "self"  # type: ignore[attr-defined]
    return found


def plain(node: ast.AST) -> ast.AST | None:
    """``self.W`` as W, and a module's name as numpy's."""
    match node:
        case ast.Attribute(ast.Name("self"), name):
            return owned(name, node)
        case ast.Attribute(ast.Name("torch" | "jnp" | "numpy"), name):
            return ast.Attribute(ast.Name("np"), "dot" if name in ("mv", "mm") else name, node.ctx)
        case ast.Attribute(ast.Attribute(ast.Name("np"), "multiply"), "outer"):
            return ast.Attribute(ast.Name("np"), "outer", node.ctx)
        case ast.Call(ast.Attribute(of, "t"), [], []):
            return ast.Attribute(put(of, plain), "T")
        case ast.Call(ast.Attribute(of, "item"), [], []) | ast.Call(ast.Name("float"), [of], []):
            return put(of, plain)
        case ast.Call(ast.Name("dict"), [], named) if all(x.arg for x in named):
            return ast.Dict([ast.Constant(x.arg) for x in named], [put(x.value, plain) for x in named])
        case ast.Call(ast.Attribute(of, "pow"), [times], []):
            return ast.BinOp(put(of, plain), ast.Pow(), times)
        case ast.Call(ast.Attribute(ast.Compare() as of, "astype" | "float"), _, []):
            return put(of, plain)
        case ast.Subscript(ast.Name() as of, ast.Tuple([ast.Slice(None, None, None), at, *rest])) if step_in(at) and all(map(every, rest)):
            return ast.Subscript(of, at, node.ctx)
        case ast.BinOp(one, ast.Mult() | ast.MatMult(), other) if (a := column(one)) and (b := row(other)):
            return ast.Call(ast.parse("np.outer", mode="eval").body, [put(a, plain), put(b, plain)], [])
    return None


def every(x: ast.expr) -> bool:
    """Whether an index is the whole axis."""
    return isinstance(x, ast.Slice) and x.lower is x.upper is x.step is None


def added_axis(x: ast.expr, places: tuple[str, ...], index: tuple[bool, bool]) -> ast.expr | None:
    """A vector that is given one more axis; None of any other value."""
    match x:
        case ast.Subscript(of, ast.Tuple([a, b])) if (every(a), every(b)) == index and not all(map(every, (a, b))):
            one = b if index[0] else a
            return of if ast.unparse(one) in ("None", "np.newaxis") else None
        case ast.Call(ast.Attribute(of, "unsqueeze"), [one], []) if ast.unparse(one) in places:
            return of
    return None


def column(x: ast.expr) -> ast.expr | None:
    """The vector of ``a[:, None]``."""
    return added_axis(x, ("1", "-1"), (True, False))


def row(x: ast.expr) -> ast.expr | None:
    """The vector of ``a[None, :]``."""
    return added_axis(x, ("0",), (False, True))
