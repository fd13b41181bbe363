"""The state before a step that a program asks for, at the first step the first one."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from autograd_rnn.formulas.programs.trees import moved
from autograd_rnn.formulas.programs.values import ZEROS, name_in
from autograd_rnn.formulas.writing.vocabulary import Vocabulary


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
