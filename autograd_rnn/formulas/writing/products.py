"""Products of elements with their indices, ``W_ji da_j``, put together as products of vectors and matrices."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable, marked
from autograd_rnn.formulas.writing.sugar import binary, call

Over = tuple[str, ...]  # the indices of a factor: of a number none, of a vector one, of a matrix that of its rows and that of its columns


class Factor(NamedTuple):
    """What stands in a product, as a matrix has it, and over what it runs."""

    node: ast.expr
    over: Over = ()


Terms = list[tuple[Factor, ...]]  # a sum of products


class Products:
    """Puts together what stands in one line. ``pair``: the indices of a matrix by which a vector is derived, ``∂h_k/∂W_ij``, which run over
    its elements row after row, as one index does."""

    text: str
    pair: Over = ()

    def refuse(self, sentence: str, node: ast.AST, kind: type[ValueError] = Unreadable) -> ValueError:
        """The error for a sentence, the place marked."""
        return kind(marked(sentence, self.text, getattr(node, "col_offset", 0)))

    def contracted(self, term: tuple[Factor, ...], index: str, node: ast.expr) -> tuple[Factor, ...]:
        """Σ over one index of a product: a matrix times a vector, the product of two matrices, the sum of a vector."""
        rest = [factor for factor in term if index not in factor.over]
        column = product([factor.node for factor in term if factor.over == (index,)])
        matrices = self.paired([factor for factor in term if index in factor.over and len(factor.over) == 2])
        if not matrices:
            if column is None:
                raise self.refuse(f"`Σ_{index}` sums over `{index}`, which stands in no factor behind it", node, IllTyped)
            return (*rest, Factor(call("sum", column)))
        first = turned(matrices[0], last=index)
        if len(matrices) == 1 and column is not None:
            return (*rest, Factor(binary(first.node, ast.MatMult, column), first.over[:1]))
        if len(matrices) == 2:
            second = turned(matrices[1], first=index)
            middle = second.node if column is None else binary(call("diag", column), ast.MatMult, second.node)
            return (*rest, Factor(binary(first.node, ast.MatMult, middle), (first.over[0], second.over[1])))
        raise self.refuse(f"what is summed over `{index}` is no product of matrices and a vector: write it of whole ones", node)

    def paired(self, matrices: list[Factor]) -> list[Factor]:
        """Matrices, those of the same two indices multiplied element by element."""
        found: dict[frozenset[str], Factor] = {}
        for matrix in matrices:
            pair = frozenset(matrix.over)
            if pair in found:
                one = found[pair]
                matrix = Factor(binary(one.node, ast.Mult, turned(matrix, first=one.over[0]).node), one.over)
            found[pair] = matrix
        return list(found.values())

    def joined(self, term: tuple[Factor, ...], node: ast.expr) -> tuple[Factor, ...]:
        """A product with its factors over the one and the other index of the pair as one over both: ``δ_ki h_j`` is ``kron(I, hᵀ)``."""
        overs = {index for factor in term for index in factor.over}
        if not self.pair or not {*self.pair} <= overs:
            return term
        own = [factor for factor in term if {*self.pair} & {*factor.over}]
        both, (first, second) = " ".join(self.pair), self.pair
        sides = {index: product([factor.node for factor in own if factor.over == (index,)]) for index in self.pair}
        matrices = self.paired([factor for factor in own if len(factor.over) == 2])
        rest = tuple(factor for factor in term if factor not in own)
        if not matrices and sides[first] is not None and sides[second] is not None:
            return (*rest, Factor(call("kron", *filter(None, sides.values())), (both,)))
        index = next((index for index in self.pair if len(matrices) == 1 and index in matrices[0].over), first)
        other = sides[second if index == first else first]
        if len(matrices) != 1 or {first, second} <= {*matrices[0].over} or other is None:
            raise self.refuse(f"the indices `{first}` and `{second}` together are read of a matrix and a vector, as `δ_ki h_j`", node)
        matrix = turned(matrices[0], last=index)
        whole = matrix.node if sides[index] is None else binary(matrix.node, ast.MatMult, call("diag", *filter(None, [sides[index]])))
        row = ast.Attribute(other, "T")
        return (*rest, Factor(call("kron", *((whole, row) if index == first else (row, whole))), (matrix.over[0], both)))

    def over_time(self, term: tuple[Factor, ...], node: ast.expr, rest: list[ast.expr]) -> tuple[Factor, ...]:
        """Σ over steps of one term."""
        over = ranged(term)
        if len(over) > 2:
            raise self.refuse("a term has more than two indices that no sum binds", node)
        return (Factor(call("Sum", self.dense(term, over, node), *rest), over),)

    def each(self, parts: list[Terms], node: ast.expr, made: Callable[..., ast.expr]) -> Terms:
        """What is done element by element to values of the same indices, a number beside them."""
        overs = [over for part in parts for term in part if (over := ranged(term))]
        over = overs[0] if overs else ()
        if any({*other} != {*over} for other in overs) or len(over) > 2:
            raise self.refuse("a function is taken of terms that have the same indices", node)
        return [(Factor(made(*(self.summed(part, over, node) for part in parts)), over),)]

    def gathered(self, terms: Terms, node: ast.expr) -> Terms:
        """A sum as one factor, where its terms have the same indices, or are numbers: ``1 - h_i²``."""
        overs = [over for term in terms if (over := ranged(term))]
        over = overs[0] if overs else ()
        if any({*other} != {*over} for other in overs) or len(over) > 2:
            return terms
        return [(Factor(self.summed(terms, over, node), over),)]

    def summed(self, terms: Terms, over: Over, node: ast.expr) -> ast.expr:
        """A sum of products as a vector or a matrix of these indices."""
        found: ast.expr | None = None
        for term in terms:
            one = self.dense(term, over, node)
            found = one if found is None else binary(found, ast.Add, one)
        assert found is not None
        return found

    def dense(self, term: tuple[Factor, ...], over: Over, node: ast.expr) -> ast.expr:
        """A product as a vector or a matrix of these indices; a number stays one."""
        scale = product([factor.node for factor in term if not factor.over])
        matrices = self.paired([factor for factor in term if len(factor.over) == 2])
        sides = [product([factor.node for factor in term if factor.over == (index,)]) for index in over]
        whole: ast.expr | None
        if len(over) == 2 and matrices:
            whole = turned(matrices[0], first=over[0]).node
            whole = whole if sides[0] is None else binary(call("diag", sides[0]), ast.MatMult, whole)
            whole = whole if sides[1] is None else binary(whole, ast.MatMult, call("diag", sides[1]))
        elif len(over) == 2 and sum(side is not None for side in sides) == 1:
            index = over[1] if sides[1] is None else over[0]
            raise self.refuse(f"a term lacks the index `{index}`, which the others have", node, IllTyped)
        elif len(over) == 2:
            whole = None if sides[0] is None else call("outer", *(side for side in sides if side is not None))
        else:
            whole = sides[0] if over else None
        if scale is None or whole is None:
            return scale if whole is None and scale is not None else whole if whole is not None else ast.Constant(1)
        return binary(scale, ast.Mult, whole)


def ranged(term: tuple[Factor, ...]) -> Over:
    """The indices of a product, in the order in which they stand."""
    return tuple(dict.fromkeys(index for factor in term for index in factor.over))


def product(nodes: list[ast.expr]) -> ast.expr | None:
    """The product element by element; None of nothing."""
    found: ast.expr | None = None
    for node in nodes:
        found = node if found is None else binary(found, ast.Mult, node)
    return found


def turned(matrix: Factor, first: str = "", last: str = "") -> Factor:
    """A matrix, transposed unless an index is that of its rows, or of its columns."""
    if matrix.over[0] == first or matrix.over[1] == last:
        return matrix
    of = matrix.node.value if isinstance(matrix.node, ast.Attribute) and matrix.node.attr == "T" else ast.Attribute(matrix.node, "T")
    return Factor(of, matrix.over[::-1])


def negative(terms: Terms) -> Terms:
    """Each term with the other sign."""
    return [(Factor(ast.UnaryOp(ast.USub(), ast.Constant(1))), *term) for term in terms]


def divided(term: tuple[Factor, ...], below: Factor) -> tuple[Factor, ...]:
    """A term over something: what runs over the same indices is divided by it, or the last of its numbers."""
    k = next((k for k in range(len(term) - 1, -1, -1) if term[k].over == below.over), None)
    if k is None:
        return (*term, Factor(binary(ast.Constant(1), ast.Div, below.node), below.over))
    return (*term[:k], Factor(binary(term[k].node, ast.Div, below.node), below.over), *term[k + 1 :])
