"""A gate's one matrix on a state and an input together, as some books write it: ``W_f [h, x]``, and its gradient ``da_f [h, x]ᵀ``."""

from __future__ import annotations

import ast
import copy

from autograd_rnn.formulas.checking.components import placed
from autograd_rnn.formulas.checking.vocabulary import Vocabulary


def side_by_side(tree: ast.Module, words: Vocabulary) -> list[tuple[ast.Module, list[str]]]:
    """A line with each product ``W_f [h, x]`` as ``W_hf h + W_xf x``; the gradient of such a matrix as a line for each of the two; and what
    is to be said of it. Nothing, where a line says what such a matrix is made of."""
    if not any(isinstance(x, ast.List) for x in ast.walk(tree)):
        return [(tree, [])]
    products = _Products(words)
    tree, said = products.visit(tree), products.said
    match tree.body:
        case [ast.Assign([ast.Name(name)], ast.List([ast.Name(a), ast.Name(b)]))] if (b, a) == words.beside.get(name):
            return []
        case [ast.Assign([ast.Name(name)], right) | ast.AugAssign(ast.Name(name), _, right)]:
            pairs = [_each_its_own(name, x.elts, words) for x in ast.walk(right) if isinstance(x, ast.List)]
            if found := next(filter(None, pairs), None):
                note = f"the gradient of one matrix on two columns is read as `{found[0]}` and `{found[1]}` side by side"
                return [(_Half(name, matrix, words).visit(copy.deepcopy(tree)), [*said, note]) for matrix in found]
    return [(tree, said)]


class _Products(ast.NodeTransformer):
    """Puts ``W_hf h + W_xf x`` for ``W_f [h, x]``, as some books write a gate; and says so."""

    def __init__(self, words: Vocabulary):
        self.words, self.said = words, []  # type: Vocabulary, list[str]

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Such a product, or any other."""
        self.generic_visit(node)
        match node:
            case ast.BinOp(ast.Name(name), ast.FloorDiv() | ast.MatMult() | ast.Mult(), ast.List(parts)):
                if pair := _each_its_own(name, parts, self.words):
                    self.said.append(f"`{name}` in front of two columns is read as `{pair[0]}` and `{pair[1]}` side by side")
                    first, second = (ast.BinOp(ast.Name(m), ast.FloorDiv(), part) for m, part in zip(pair, parts, strict=True))
                    return placed((ast.BinOp(first, ast.Add(), second), node), node)[0]
        return node


class _Half(ast.NodeTransformer):
    """Puts in the place of two that stand side by side the one that belongs to a matrix."""

    def __init__(self, whole: str, matrix: str, words: Vocabulary):
        self.whole, self.matrix, self.words = whole, matrix, words

    def visit_List(self, node: ast.List) -> ast.AST:
        """Two side by side, or others."""
        pair = _each_its_own(self.whole, node.elts, self.words)
        return node.elts[pair.index(self.matrix)] if pair else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """What the line says it is."""
        return ast.copy_location(ast.Name(self.matrix, node.ctx), node) if node.id == self.whole else node


def _each_its_own(name: str, parts: list[ast.expr], words: Vocabulary) -> list[str]:
    """Of two parts, of the lengths that a gate's two matrices have, the matrix of each; nothing for any others."""
    pair = {words.dims[matrix][1]: matrix for matrix in words.beside.get(name, ())}
    lengths = [_length_of(part, words) for part in parts]
    return [pair[length] for length in lengths] if len(pair) == len(parts) == 2 and {*pair} == {*lengths} else []


def _length_of(x: ast.expr, words: Vocabulary) -> str:
    """The length of the first quantity in an expression."""
    return next((words.dims[node.id][0] for node in ast.walk(x) if isinstance(node, ast.Name) and node.id in words.dims), "")
