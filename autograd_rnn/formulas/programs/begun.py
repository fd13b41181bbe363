"""Programs that reckon the states from the first one, ``h_prev = h0``, as such that have them by their steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.trees import counted, moved, named, pairs, put, removed, stored
from autograd_rnn.formulas.programs.values import ZEROS, name_in, names_of
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

START = "`{}` is read as what the states begin with, the first state of the model"


def started(block: list[ast.stmt], words: Vocabulary, notes: dict[str, None]) -> None:
    """Has a loop that reckons the states from the first one, ``h_prev = h0``, do so by their steps."""
    for loop in [x for x in block if isinstance(x, ast.For) and isinstance(x.target, ast.Name) and "reversed" not in ast.unparse(x.iter)]:
        above = block[: block.index(loop)]
        starts = [(x, left, value) for x in above if isinstance(x, ast.Assign) for left, value in pairs(x)]
        gone: dict[ast.Assign, list[ast.expr]] = {}
        for x, left, value in starts:
            name = name_in(left)
            state = moved(name, words)
            if state is None or not starting(value, state[0]):
                continue
            if isinstance(left, ast.Name) and (carried(loop, name, state[0], words, above) or fills(loop, state[0])):
                gone.setdefault(x, []).append(left)
            elif isinstance(left, ast.Subscript) and ast.unparse(left.slice) in ("-1", "0") and fills(loop, name):
                gone.setdefault(x, []).append(left)
        loop.body[:] = [x for x in loop.body if not itself(x, words)] or [ast.copy_location(ast.Pass(), loop)]
        done = {state[0] for x, left, _ in starts if x in gone and (state := moved(name_in(left), words))}
        for x, left, value in starts:
            empty = isinstance(value, ast.List) or isinstance(value, ast.BinOp) and isinstance(value.left, ast.List)
            if isinstance(left, ast.Name) and empty and any(words.called(left.id) == words.called(of) for of in done):
                gone.setdefault(x, []).append(left)
        for x, lefts in gone.items():
            notes[START.format(short(ast.unparse(x)))] = None
            removed(x, lefts, block)


def itself(x: ast.stmt, words: Vocabulary) -> bool:
    """Whether a statement puts a quantity of the model where it is."""
    match x:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(of), "append"), [ast.Subscript(ast.Name(name), ast.Name())], [])) | ast.Assign(
            [ast.Subscript(ast.Name(of), ast.Name())], ast.Subscript(ast.Name(name), ast.Name())
        ):
            same = words.called(of) is not None and words.called(of) == words.called(name)
            return same and (isinstance(x, ast.Expr) or ast.unparse(x.targets[0].slice) == ast.unparse(x.value.slice))  # type: ignore[attr-defined]
    return False


def starting(value: ast.expr, of: str) -> bool:
    """Whether a value is a state before the first step, or what the states are put into with that."""
    match value:
        case ast.Dict([], []) | ast.List([]):
            return True
        case ast.Dict([ast.UnaryOp(ast.USub(), ast.Constant(1)) | ast.Constant(0)], [start]):
            return starting(start, of)
        case ast.Call(ast.Attribute(_, "copy"), [inner], []) | ast.Call(ast.Attribute(inner, "copy"), [], []):
            return starting(inner, of)
    return zeros(value) or re.fullmatch(rf"{of.removesuffix('s')}_?s?(?:0|prev|init|start)", ast.unparse(value)) is not None


def fills(loop: ast.For, of: str) -> bool:
    """Whether a loop makes of each step what it needs of the one before."""
    places = [x for x in ast.walk(loop) if isinstance(x, ast.Subscript) and name_in(x) == of and isinstance(x.value, ast.Name)]
    step = ast.unparse(loop.target)
    return {(ast.unparse(x.slice), type(x.ctx)) for x in places} >= {(step, ast.Store), (f"{step} - 1", ast.Load)}


def carried(loop: ast.For, name: str, state: str, words: Vocabulary, above: list[ast.stmt]) -> bool:
    """Puts a state by its steps for a name that a loop carries on, if it carries that state."""
    stores = [x for x in loop.body if isinstance(x, ast.Assign) and any(name_in(y) == name and isinstance(y, ast.Name) for y in x.targets)]
    if counted(name, ast.Module(above, [])) > 1:
        return False
    early = next((k for k, x in enumerate(loop.body) if name in names_of(getattr(x, "value", x))), None)
    if len(stores) != 1 or counted(name, loop) != 1 or early is None or early > (k := loop.body.index(stores[0])):
        return False
    step = ast.unparse(loop.target)
    now, before = (ast.parse(f"{state}[{at}]", mode="eval").body for at in (step, f"{step} - 1"))
    value = stores[0].value
    instead = {value.id: now} if isinstance(value, ast.Name) and moved(value.id, words) == (state, 0) else {}
    if any(not first_made(of, loop) for of in instead):
        return False
    for j, x in enumerate(loop.body):
        loop.body[j] = put(x, named({**instead, name: now if j > k else before}))
    loop.body[k] = put(stores[0], named({**instead, name: before}))
    loop.body[k].targets = [put(now, named({}))]  # type: ignore[attr-defined]
    return True


def first_made(name: str, loop: ast.For) -> bool:
    """Whether a loop makes a name before it uses it."""
    for x in loop.body:
        if name in names_of(x):
            return isinstance(x, ast.Assign) and name in stored(x) and name not in names_of(x.value)
    return False


def first(node: ast.IfExp, words: Vocabulary, begins: Collection[int]) -> ast.expr | None:
    """``h[t-1]`` for ``h[t-1] if t > 0 else h0``; None for any other condition. ``begins``: the numbers of the loops' first steps."""
    before, start = node.body, node.orelse
    match node.test:
        case ast.Compare(ast.Name(step), [ast.Gt() | ast.NotEq()], [ast.Constant(int(at_first))]) if {at_first} == {*begins}:
            pass
        case ast.Name(step) if {*begins} == {0}:
            pass
        case ast.Compare(ast.Name(step), [ast.GtE()], [ast.Constant(int(second))]) if {second - 1} == {*begins}:
            pass
        case ast.Compare(ast.Name(step), [ast.Eq()], [ast.Constant(int(at_first))]) if {at_first} == {*begins}:
            before, start = start, before
        case _:
            return None
    match before:
        case ast.Subscript(ast.Name(of), ast.BinOp(ast.Name(at), ast.Sub(), ast.Constant(1))) if at == step and moved(of, words):
            called = ast.unparse(start)
            if zeros(start) or re.fullmatch(rf"{of.removesuffix('s')}_?s?(?:0|prev|init|start)|{of}\[-1\]", called):
                return before
    return None


def zeros(value: ast.expr) -> bool:
    """Whether a value is an array of zeros."""
    return isinstance(value, ast.Call) and getattr(value.func, "attr", name_in(value.func)) in ZEROS
