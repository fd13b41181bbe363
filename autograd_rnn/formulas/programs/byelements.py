"""Loops over the elements of vectors and matrices as lines of whole ones."""

from __future__ import annotations

import ast
from collections.abc import Collection

from autograd_rnn.formulas.programs.trees import put
from autograd_rnn.formulas.programs.values import names_of


def by_elements(x: ast.stmt, sizes: Collection[str]) -> list[ast.stmt]:
    """The lines of a loop over elements, ``dW[i, j] += da[i] * h[j]``, of whole vectors; any other statement as it is."""
    found, left = list[ast.stmt | None](), [(x, list[str]())]
    while left:
        y, indices = left.pop(0)
        match y:
            case ast.For(ast.Name(i), ast.Call(ast.Name("range"), [of], []), inner, []) if (
                i != "t" and names_of(of) and names_of(of) <= {*sizes} - {"T", "S"}
            ):
                left[:0] = [(z, [*indices, i]) for z in inner]
            case _:
                found.append(whole(y, indices) if indices else y)
    return [x] if any(z is None for z in found) else [z for z in found if z is not None]


def whole(x: ast.stmt, indices: list[str]) -> ast.stmt | None:
    """One line of elements as one of vectors and matrices; None of what is none."""
    target = x.targets[0] if isinstance(x, ast.Assign) and len(x.targets) == 1 else x.target if isinstance(x, ast.AugAssign) else None
    if target is None or not isinstance(x, (ast.Assign, ast.AugAssign)):
        return None
    of, places = target, list[str]()
    while isinstance(of, ast.Subscript) and len(places) < len(indices):
        parts = of.slice.elts if isinstance(of.slice, ast.Tuple) else [of.slice]
        places = [*(part.id for part in parts if isinstance(part, ast.Name)), *places]
        of = of.value
    match x.value:
        case ast.Call(ast.Name("sum"), [ast.GeneratorExp(one, over)], []) if isinstance(x, ast.Assign):
            inner = whole(ast.copy_location(ast.Assign([target], one), x), indices)
            if isinstance(inner, ast.Assign):
                inner.value = ast.Call(ast.Name("sum"), [ast.GeneratorExp(inner.value, over)], [])
            return inner and ast.fix_missing_locations(inner)
    used = sorted({*indices} & names_of(x))
    if sorted(places) != used or names_of(of) & {*indices}:
        return None
    if len(places) == 2:
        sides: dict[str, list[ast.expr]] = {i: [] for i in places}
        for part in factors(x.value):
            at = names_of(part) & {*places}
            if len(at) > 1 or isinstance(part, ast.BinOp) and at:
                return None
            sides[min(at, default=places[0])].append(stripped(part, {*places}))
        if not all(sides.values()):
            return None
        a, b = (multiplied(sides[i]) for i in places)
        value: ast.expr = ast.Call(ast.parse("np.outer", mode="eval").body, [a, b], [])
    elif len(places) == 1:
        value = stripped(x.value, {*places})
    else:
        return x if not used else None
    if not isinstance(of, (ast.Name, ast.Subscript)):
        return None
    new = ast.Assign([of], value) if isinstance(x, ast.Assign) else ast.AugAssign(of, x.op, value)
    left = {*indices} & names_of(value)
    return None if left else ast.fix_missing_locations(ast.copy_location(new, x))


def factors(x: ast.expr) -> list[ast.expr]:
    """The factors of a product."""
    return [*factors(x.left), *factors(x.right)] if isinstance(x, ast.BinOp) and isinstance(x.op, ast.Mult) else [x]


def multiplied(parts: list[ast.expr]) -> ast.expr:
    """Their product."""
    product = parts[0]
    for part in parts[1:]:
        product = ast.BinOp(product, ast.Mult(), part)
    return product


def stripped(x: ast.expr, indices: set[str]) -> ast.expr:
    """A value without the elements' places."""

    def new(node: ast.AST) -> ast.AST | None:
        match node:
            case ast.Subscript(of, ast.Name(i)) if i in indices:
                return put(of, new)
        return None

    return put(ast.Expression(x), new).body
