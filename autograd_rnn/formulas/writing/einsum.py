"""``np.einsum('ij,bj->bi', W, h)`` as products of matrices and vectors. A letter for which an operand has no length, as that of a batch or
of the steps, is left out where it stays, and a sum over all steps where it goes."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.writing.components import MEMBERS
from autograd_rnn.formulas.writing.lines import IllTyped
from autograd_rnn.formulas.writing.products import Factor, Products
from autograd_rnn.formulas.writing.sugar import call, replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

SUBSCRIPTS = re.compile(r"([a-zA-Z]+(?:,[a-zA-Z]+)*)(?:->([a-zA-Z]*))?")
RANKS = {"outer": 2, "diag": 2, "kron": 2, "sum": 0, "norm": 0, "onehot": 1}


class Einsums(Products):
    """Reads those of one line. ``added``: its equation collects what each step adds, so that no sum over the steps stands in it;
    ``notes``: what a letter was taken for."""

    def __init__(self, text: str, words: Vocabulary, added: bool):
        self.text, self.words, self.added = text, words, added
        self.notes: list[str] = []

    def read(self, node: ast.Call) -> ast.expr:
        """One of them."""
        spec, *operands = node.args
        match = SUBSCRIPTS.fullmatch(re.sub(r"\s", "", str(getattr(spec, "value", ""))))
        if match is None or match[1].count(",") != len(operands) - 1 or node.keywords:
            raise self.refuse("an einsum is written `np.einsum('ij,j->i', W, h)`, a group of letters for each operand", node)
        groups = match[1].split(",")
        letters = "".join(groups).replace(",", "")
        output = match[2] if match[2] is not None else "".join(sorted(x for x in set(letters) if letters.count(x) == 1))
        known = [rank(x, self.words) for x in operands]
        rows = {group[0] for group, dimensions in zip(groups, known, strict=True) if len(group) - 1 == dimensions}
        if len(rows) > 1 or any(x in group[1:] for x in rows for group in groups):
            raise self.refuse("one letter, the first of its group, may count rows or steps: there are more", node)
        groups = [group.removeprefix(next(iter(rows), "")) for group in groups]
        for operand, group, dimensions in zip(operands, groups, known, strict=True):
            if dimensions is not None and len(group) != dimensions:
                raise self.refuse(f"`{ast.unparse(operand)}` is {MEMBERS[dimensions]}, not {len(group)}", operand, IllTyped)
            if rows and isinstance(operand, ast.Attribute) and len(group) < 2:
                raise self.refuse(f"`{ast.unparse(operand)}` has its steps last, and its group of letters has them first", operand)
            if len(group) > 2 or len(set(group)) < len(group):
                raise self.refuse("an operand of an einsum has one or two letters, no two alike", operand)
        kept = [x for x in output if x not in rows]
        if len(kept) > 2 or len(set(output)) < len(output) or not {*output} <= {*letters}:
            raise self.refuse(f"`{output}` is no result that is read here: it has at most two of the letters in front", node)
        term = tuple(Factor(operand, tuple(group)) for operand, group in zip(operands, groups, strict=True))
        for index in dict.fromkeys(x for group in groups for x in group if x not in kept):
            term = self.contracted(term, index, node)
        whole = self.dense(term, tuple(kept), node)
        for row in rows:
            gone = row not in output
            told = " and summed over" * gone if not self.added else ": the loop adds them up" * gone
            self.notes.append(f"`{row}` in the einsum is read as the step t{told}")
            whole = call("Sum", whole, ast.Name("t")) if gone and not self.added else whole
        return whole


def rank(x: ast.expr, words: Vocabulary) -> int | None:
    """How many indices a value has; None where a name of the person's own decides."""
    found: dict[ast.AST, int | None] = {}
    for node in reversed(list(ast.walk(x))):
        parts = [found.get(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        match node:
            case ast.Constant():
                found[node] = 0
            case ast.Name(name):
                found[node] = len(words.dims[name]) if name in words.dims else None if name in words.own else 0
            case ast.Subscript():
                found[node] = parts[0]
            case ast.Call(ast.Name(name)) if name in RANKS:
                found[node] = RANKS[name]
            case ast.Call(_, [first, *_]):
                found[node] = found.get(first)
            case ast.BinOp(left, ast.MatMult() | ast.FloorDiv(), right) if found[left] and found[right]:
                found[node] = found[right] if found[left] == 2 else found[left]
            case _:
                found[node] = None if None in parts else max((part for part in parts if part is not None), default=0)
    return found[x]


def multiplied_out(tree: ast.Module, text: str, words: Vocabulary) -> list[str]:
    """Puts products for the einsums of a line, in place, the innermost first; and says what their letters were taken for."""
    reader = Einsums(text, words, isinstance(tree.body[0], ast.AugAssign))

    def product(x: ast.expr) -> ast.expr:
        match x:
            case ast.Call(ast.Name("einsum"), [ast.Constant(str()), *_], _):
                return reader.read(x)
        return x

    replaced(tree, product)
    return list(dict.fromkeys(reader.notes))
