"""Lines of a program that make what the model has, which are taken out: a one-hot input, of the number of a class, and what a function
gives that nobody says, of the forward pass."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.programs.program import WHOLE, short
from autograd_rnn.formulas.programs.reckoned import FUNCTIONS, PLAIN
from autograd_rnn.formulas.programs.trees import ahead, blocks, counted, loops_of, moved, pairs, put, stored, together
from autograd_rnn.formulas.programs.values import is_zero, name_in, names_of
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.formulas.writing.sugar import CALLS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

MADE = "`{}` makes the input, which is the model's `{}`: a vector with a 1 for the class that is given"
GIVES = "`{}` is read as giving what its names say of the model's forward pass, of which nothing is checked"


def handed(tree: ast.Module, words: Vocabulary) -> tuple[ast.Module, list[str]]:
    """A program without the lines that make what the model has; and what is to be said of it."""
    tree, notes = without_hot(tree, words)
    for block in (x.body for x in ast.walk(tree) if isinstance(x, (ast.Module, ast.FunctionDef, ast.ClassDef))):
        for x in [*block]:
            match x:
                case ast.Assign([left], ast.Call(ast.Name(function), args)) if function not in {*CALLS, *FUNCTIONS, *PLAIN, *stored(tree)}:
                    names = [name_in(y) if isinstance(y, ast.Name) else "" for y in getattr(left, "elts", [left])]
                    forward = all(moved(name, words) == (name, 0) and words.called(name) not in words.given for name in names)
                    theirs = {y for z in args for y in names_of(z)} - {"self"}
                    given = all((words.called(y) or "h0") in {*words.given, "h0"} and not words.adjoint(y) for y in theirs)
                    own = any(isinstance(y, ast.FunctionDef) and y.name == function for y in ast.walk(tree)) or words.called(function)
                    once = len({*names}) == len(names) and all(counted(name, tree) == 1 for name in names)
                    if forward and given and not own and once and ahead(x, names, block, tree):
                        notes.append(GIVES.format(short(ast.unparse(x))))
                        block[block.index(x)] = ast.copy_location(ast.Pass(), x)
    return tree, notes


def without_hot(tree: ast.Module, words: Vocabulary) -> tuple[ast.Module, list[str]]:
    """A program without the lines that make a one-hot input at every step, before anything uses it; and what is to be said of it."""
    notes = list[str]()
    for loop in loops_of(tree):
        for x in loop.body:
            name = name_in(x.targets[0]) if isinstance(x, ast.Assign) else ""
            of = words.called(name) or ""
            given = words.timed.get(of) and of in words.given and of in words.dims and of != TARGET and not words.adjoint(of)
            if given and isinstance(x, ast.Assign) and (step := picks(x, of, loop, words)) is not None:
                if gone := lines_of(name, x, step, loop, tree):
                    notes.append(MADE.format(short(ast.unparse(x)), of))
                    tree = less(tree, name, gone)
    return tree, notes


def less(tree: ast.Module, name: str, gone: list[ast.stmt]) -> ast.Module:
    """A program without some lines, or without what they say of one name."""

    def kept(x: ast.AST) -> ast.AST | None:
        if not isinstance(x, ast.Assign) or not any(ast.unparse(x) == ast.unparse(y) and x.lineno == y.lineno for y in gone):
            return None
        sides = [(a, b) for a, b in pairs(x) if name_in(a) != name]
        return together(sides, x) if sides else ast.Pass()

    return put(tree, kept)


def places(left: ast.expr) -> list[ast.expr]:
    """What stands in brackets behind a name, but for a column's one."""
    found = list[ast.expr]()
    while isinstance(left, ast.Subscript):
        found[:0] = left.slice.elts if isinstance(left.slice, ast.Tuple) else [left.slice]
        left = left.value
    return [x for x in found if ast.unparse(x) not in ("0", ":")]


def picks(x: ast.Assign, of: str, loop: ast.For, words: Vocabulary) -> str | None:
    """Of a line that puts a 1 at the place of a class, or takes a row of the identity, the step on its left side, which may be none; None
    of any other. The class is no other quantity of the model, and of the same step."""
    steps = names_of(loop.target)
    where, value = places(x.targets[0]), x.value
    match value:
        case ast.Constant(1 | 1.0) if where and not isinstance(value.value, bool):
            *where, at = where
        case ast.Subscript(ast.Call(ast.Attribute(_, "eye" | "identity"), [_]), at):
            pass
        case _:
            return None
    step = ast.unparse(where[0]) if where else ""
    if len(where) > 1 or step not in {"", *steps} or not WHOLE.match(f"fortin{re.sub(' ', '', ast.unparse(loop.iter))}:"):
        return None
    match at:
        case ast.Subscript(ast.Name(name), ast.Name(of_step)) if of_step in steps and step in ("", of_step):
            theirs = {name}
        case ast.Name(name) if name in steps and name != step and isinstance(loop.target, ast.Tuple):
            theirs = names_of(loop.iter) - {"enumerate", "zip", "range", "len", "T"}
        case _:
            return None
    return step if all(words.called(name) in (None, of) for name in theirs) and len(theirs) == 1 else None


def lines_of(name: str, x: ast.Assign, step: str, loop: ast.For, tree: ast.Module) -> list[ast.stmt]:
    """The lines that make what one puts a 1 into, with it; none where it is not 0 before at every step, or is used before."""
    every = [y for block in blocks(tree) for y in block if isinstance(y, ast.Assign) and any(name_in(a) == name for a, _ in pairs(y))]
    begun = [y for y in every if y is not x]
    of_step = [y for y in begun if y in loop.body and [ast.unparse(p) for p in places(y.targets[0])] == [step] * bool(step)]
    whole = [y for y in begun if y not in loop.body and any(isinstance(a, ast.Name) for a, _ in pairs(y))]
    first = [y for y in (of_step or whole) if all(is_zero(b) for a, b in pairs(y) if name_in(a) == name)]
    eye = not isinstance(x.value, ast.Constant)
    if len(of_step) > 1 or len(whole) > 1 or len(of_step + whole) != len(begun):
        return []
    if not (eye and not of_step or first and (of_step or step)) or any(y.lineno >= x.lineno for y in begun):
        return []
    used = [y for y in ast.walk(tree) if isinstance(y, ast.Name) and y.id == name]
    ours = {id(y) for z in (*begun, x) for y in ast.walk(z)}
    return [*begun, x] if all(y.lineno > x.lineno for y in used if id(y) not in ours) else []
