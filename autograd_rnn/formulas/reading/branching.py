"""A line that says different things of different steps, ``a if t < T else b``, as lines that each say one."""

from __future__ import annotations

import ast
import copy
import re

from autograd_rnn.algebra.expr import Time
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.writing.lines import Unreadable
from autograd_rnn.formulas.writing.signs import FOLDS
from autograd_rnn.formulas.writing.sugar import replaced

CONDITIONS = {("==", "T", ""): True, ("!=", "T", ""): False, ("<", "T", ""): False, (">=", "T", ""): True, ("<=", "T", "-1"): False,
              (">", "T", "-1"): True, ("==", "1", ""): True, ("!=", "1", ""): False, (">", "1", ""): False, ("<=", "1", ""): True,
              (">=", "2", ""): False, ("<", "2", ""): True}  # fmt: skip


class Conditions(ast.NodeTransformer):
    """Reads what asks for a step, ``where(t < T, a, b)`` or ``1{t < T}``, as ``a if t < T else b``, and what asks for none as ``where``."""

    @staticmethod
    def of_time(test: ast.AST) -> bool:
        """Whether a condition asks for a step."""
        return isinstance(test, ast.Compare) and any(isinstance(x, ast.Name) and x.id in "tTS" for x in ast.iter_child_nodes(test))

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """A condition with both sides."""
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        if self.of_time(node.test) or not isinstance(node.test, ast.Compare):
            return node
        return ast.copy_location(ast.Call(ast.copy_location(ast.Name("where"), node), [node.test, node.body, node.orelse], []), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``where``."""
        if getattr(node.func, "id", "") == "where" and len(node.args) == 3 and self.of_time(node.args[0]):
            return ast.copy_location(ast.IfExp(node.args[0], self.visit(node.args[1]), self.visit(node.args[2])), node)
        self.generic_visit(node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """What is 1 where it holds, and 0 elsewhere."""
        if not self.of_time(node):
            return self.generic_visit(node)
        one, none = (ast.copy_location(ast.Constant(value), node) for value in (1, 0))
        return ast.copy_location(ast.IfExp(node, one, none), node)


def branches(tree: ast.Module, line: str) -> list[tuple[ast.Module, str | None, frozenset[Time]]]:
    """A line with ``a if t < T else b`` in it as two: one where the condition holds, one where it does not, each with its one step or
    those that it leaves out."""
    tree = Conditions().visit(tree) if any(isinstance(x, (ast.IfExp, ast.Compare)) for x in ast.walk(tree)) else tree
    conditions = [x for x in ast.walk(tree) if isinstance(x, ast.IfExp)]
    if not conditions:
        return [(tree, None, frozenset())]
    if any(x in conditions for fold in ast.walk(tree) if getattr(getattr(fold, "func", None), "id", "") in FOLDS for x in ast.walk(fold)):
        raise Unreadable(f"a sum says below its sign over which steps it goes, `Σ_{{t=2}}^{{T}}`, and asks for none inside: {short(line)}")
    asked = {ast.unparse(x.test).replace(" ", "") for x in conditions}
    matches = {test: re.fullmatch(r"t(==|!=|<=?|>=?)(?:([TS])(-1)?|([12]))", test) for test in asked}
    special = {test: CONDITIONS.get((m[1], (m[2] and "T") or m[4], m[3] or "")) for test, m in matches.items() if m}
    ends = {m[2] or "1" for m in matches.values() if m}
    if len(special) < len(asked) or None in special.values() or len(ends) > 1:
        raise Unreadable(f"a condition asks for the first step or the last one, as `t < T`, `t == T`, `t > 1` or `t == 1`: {short(line)}")
    end = ends.pop()
    time = Time("", 1) if end == "1" else Time(end, 0)

    found: list[tuple[ast.Module, str | None, frozenset[Time]]] = []
    for there in (True, False):

        def chosen(x: ast.expr, there: bool = there) -> ast.expr:
            if not isinstance(x, ast.IfExp):
                return x
            return x.body if special[ast.unparse(x.test).replace(" ", "")] == there else x.orelse

        found.append((copy.deepcopy(tree), end if there else None, frozenset() if there else frozenset([time])))
        replaced(found[-1][0], chosen)
    return found
