"""Syntax trees of programs: what stands in them, and others in its place."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterable
from typing import cast

from autograd_rnn.formulas.programs.values import N, copied, name_in, names_of
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

PLACES = {"prev": -1, "next": 1, "t": 0}


class Put(ast.NodeTransformer):
    """Puts others in place of some expressions. ``new``: what stands for a node, or None."""

    def __init__(self, new: Callable[[ast.AST], ast.AST | None]):
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """One node."""
        found = self.new(node)
        return self.generic_visit(node) if found is None else ast.copy_location(found, node)


def put(x: N, new: Callable[[ast.AST], ast.AST | None]) -> N:
    """A copy with others in place of some expressions."""
    return ast.fix_missing_locations(cast(N, Put(new).visit(copied(x))))


def named(names: dict[str, ast.expr]) -> Callable[[ast.AST], ast.AST | None]:
    """What puts expressions for names; on a left side a name alone."""

    def new(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Name) or node.id not in names:
            return None
        found = copied(names[node.id])
        if isinstance(found, (ast.Name, ast.Subscript)):
            found.ctx = node.ctx
        return found

    return new


def blocks(tree: ast.AST) -> Iterable[list[ast.stmt]]:
    """Every list of statements in a tree, the outer ones first."""
    found, left = list[list[ast.stmt]](), [tree]
    for x in left:
        parts = [part for part in (getattr(x, "body", 0), getattr(x, "orelse", 0)) if isinstance(part, list)]
        found += parts
        left += [y for part in (*parts, getattr(x, "handlers", ()), getattr(x, "cases", ())) for y in part]
    return found


def loops_of(tree: ast.AST) -> list[ast.For]:
    """The loops in a tree."""
    return [x for block in blocks(tree) for x in block if isinstance(x, ast.For)]


def stored(tree: ast.AST) -> set[str]:
    """The names that a tree gives something to, or puts something into."""
    found = set[str]()
    for x in ast.walk(tree):
        found |= {name_in(y) for left in lefts_of(x) for y in getattr(left, "elts", [left])}
        if isinstance(x, ast.Call) and isinstance(x.func, ast.Attribute) and x.func.attr in ("append", "insert", "extend"):
            found.add(name_in(x.func.value))
    return found


def lefts_of(x: ast.AST) -> list[ast.expr]:
    """What a node gives something to."""
    return x.targets if isinstance(x, ast.Assign) else [x.target] if isinstance(x, (ast.AugAssign, ast.For, ast.comprehension)) else []


def moved(name: str, words: Vocabulary) -> tuple[str, int] | None:
    """The quantity of the model that a name stands for, and how many steps behind that at hand; of one with no step that is None."""
    plain, _, place = name.rpartition("_")
    for tried, by in ((name, 0), (plain, PLACES.get(place)), (name.removesuffix("prev"), -1 if name.endswith("prev") else None)):
        if by is not None and (found := words.called(tried)) and words.timed.get(found) and not words.adjoint(found):
            return tried, by
    return None


def counted(name: str, tree: ast.AST) -> int:
    """How often a name is given something."""
    return sum(isinstance(x, ast.Name) and x.id == name and isinstance(x.ctx, ast.Store) for x in ast.walk(tree))


def pairs(x: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """The sides of an assignment, one by one."""
    left, value = x.targets[0], x.value
    if isinstance(left, ast.Tuple) and isinstance(value, ast.Tuple) and len(left.elts) == len(value.elts):
        return [*zip(left.elts, value.elts, strict=True)]
    return [(y, value) for y in x.targets]


def finished(tree: ast.Module) -> ast.Module:
    """A tree with all that Python's own have."""
    for x in ast.walk(tree):  # what stands in others comes behind them
        if isinstance(x, (ast.Name, ast.Subscript, ast.Attribute, ast.Tuple, ast.List)) and not hasattr(x, "ctx"):
            x.ctx = ast.Load()
        for left in lefts_of(x):
            for y in (left, *getattr(left, "elts", ())):
                y.ctx = ast.Store()
    return ast.fix_missing_locations(tree)


def step_in(index: ast.expr) -> str:
    """The step of a loop in an index, ``t - 1``."""
    match index:
        case ast.Name(step) | ast.BinOp(ast.Name(step), _, ast.Constant(1)):
            return step
    return ""


def together(sides: list[tuple[ast.expr, ast.expr]], x: ast.stmt) -> ast.stmt:
    """An assignment of several."""
    lefts, rights = ([side[k] for side in sides] for k in (0, 1))
    one = len(sides) == 1
    made = ast.Assign(lefts, rights[0]) if one else ast.Assign([ast.Tuple(lefts, ast.Store())], ast.Tuple(rights, ast.Load()))
    return ast.copy_location(made, x)


def ahead(x: ast.stmt, names: Collection[str], block: list[ast.stmt], tree: ast.AST) -> bool:
    """Whether a statement stands in its block before all that use its names."""
    used = [y for y in ast.walk(tree) if isinstance(y, ast.Name) and y.id in names]
    behind = {id(y) for z in block[block.index(x) :] for y in ast.walk(z)}
    return all(id(y) in behind for y in used)


def fed(nodes: Iterable[ast.AST], names: set[str]) -> set[str]:
    """The names from which some are made, with them."""
    of: dict[str, set[str]] = {}
    for x in nodes:
        made: list[tuple[set[str], ast.AST]] = []
        match x:
            case ast.Assign():  # each of several from its own side
                made += ((names_of(left), value) for left, value in pairs(x))
            case ast.AugAssign(side, _, over) | ast.For(side, over) | ast.comprehension(side, over):
                made.append((names_of(side), over))
            case ast.Call(ast.Attribute(value)):
                made.append((names_of(value), x))
            case ast.FunctionDef(name):
                made.append(({name}, x))
        for several, origin in made:
            for name in several:
                of.setdefault(name, set()).update(names_of(origin))
    found, left = set(names), [*names]
    while left:
        left += (new := of.get(left.pop(), set()) - found)
        found |= new
    return found


def separate(tree: ast.Module) -> list[tuple[ast.FunctionDef | None, list[ast.stmt]]]:
    """The statements of a program, with those of a class, or of a function that it does not call, in its place; those of each such function
    that stands in no other are a block, which a ``return`` ends."""
    called = {x.func.id for x in ast.walk(tree) if isinstance(x, ast.Call) and isinstance(x.func, ast.Name)}
    left, found = [(x, None) for x in tree.body], []  # type: list[tuple[ast.stmt, ast.FunctionDef | None]], list[tuple[ast.stmt, ast.FunctionDef | None]]
    while left:
        x, within = left.pop(0)
        if isinstance(x, ast.FunctionDef) and x.name not in called:
            left[:0] = [(y, within or x) for y in x.body]
        elif isinstance(x, ast.ClassDef) and not any(isinstance(y, ast.AnnAssign) for y in x.body):
            left[:0] = [(y, within) for y in x.body]
        else:
            found.append((x, within))
    return [(function, [x for x, _ in group]) for function, group in itertools.groupby(found, lambda pair: pair[1])]
