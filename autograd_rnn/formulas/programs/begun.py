"""The state before a step that a program asks for, at the first step the first one."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from autograd_rnn.formulas.programs.trees import moved, pairs
from autograd_rnn.formulas.programs.values import ZEROS, name_in, names_of
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

BEFORE = re.compile(r"(\w+?)_?(?:0|prev|init|start)")


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
            if zeros(start) or before_all(of, start) or ast.unparse(start) == f"{of}[-1]":
                return before
    return None


def before_all(of: str, value: ast.expr) -> bool:
    """Whether a value is called what a state is before the first step, ``h0``, or is a copy of that."""
    found = BEFORE.fullmatch(re.sub(r"^np\.copy\((\w+)\)$|^(\w+)\.copy\(\)$", r"\1\2", ast.unparse(value)))
    return found is not None and found[1].removesuffix("s") == of.removesuffix("s")


def starts(x: ast.Assign, words: Vocabulary, made: set[str]) -> list[tuple[ast.expr, ast.expr]]:
    """The sides of an assignment without what gives states their first, ``h[-1] = h0`` and ``h = {-1: h0}``, of what is not ``made``."""
    found = []
    for left, value in pairs(x):
        of, one = name_in(left), value.values[0] if isinstance(value, ast.Dict) and len(value.values) == 1 else value
        first = isinstance(left, ast.Name) and ast.unparse(value).startswith("{-1: ") or ast.unparse(left) == f"{of}[-1]"
        if not (first and moved(of, words) and before_all(of, one) and made.isdisjoint(names_of(one))):
            found.append((left, value))
        elif isinstance(left, ast.Name):
            found.append((left, ast.Dict([], [])))
    return found


def zeros(value: ast.expr) -> bool:
    """Whether a value is an array of zeros."""
    return isinstance(value, ast.Call) and getattr(value.func, "attr", name_in(value.func)) in ZEROS


def asked(tree: ast.Module) -> set[str]:
    """What functions are given that is so called as what a run begins with, ``h_prev``."""
    return {x.arg for y in ast.walk(tree) if isinstance(y, ast.FunctionDef) for x in y.args.args if BEFORE.fullmatch(x.arg)}
