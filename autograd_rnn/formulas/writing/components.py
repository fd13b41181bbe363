"""Index notation read as matrices: ``Σ_j W_ji da_j`` is ``W.T @ da``, ``da_i x_j`` is ``outer(da, x)``. Syntax alone: whether it is
right is asked of the matrices."""

from __future__ import annotations

import ast
from collections.abc import Collection

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import DERIVATIVES
from autograd_rnn.formulas.writing.elements import AT, LETTERS
from autograd_rnn.formulas.writing.lines import IllTyped
from autograd_rnn.formulas.writing.products import Factor, Over, Products, Terms, divided, negative
from autograd_rnn.formulas.writing.sugar import binary, call, placed, replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

MOST = 200  # terms when products are multiplied out
MEMBERS = {0: "a number", 1: "a vector, which has one index", 2: "a matrix, which has two indices"}


def element(node: ast.AST) -> tuple[ast.expr, Over] | None:
    """Of what and where an element is taken: of ``h[t][at(i)]``; None of anything else."""
    match node:
        case ast.Subscript(of, ast.Call(ast.Name(name), indices, [])) if name == AT:
            return of, tuple(x.id for x in indices if isinstance(x, ast.Name))
    return None


def by_matrix(node: ast.AST) -> Over:
    """The two indices of the matrix by which an element of a vector is derived; nothing of anything else."""
    match node:
        case ast.Call(ast.Name(kind), [of, by], []) if kind in DERIVATIVES and (above := element(of)) and (below := element(by)):
            return below[1] if len(above[1]) == 1 and len(below[1]) == 2 else ()
    return ()


def has_elements(tree: ast.AST) -> bool:
    """Whether an element of anything is taken in a line."""
    return any(element(node) for node in ast.walk(tree))


class Components(Products):
    """Reads one line. ``counts``: of each index over what it runs, as the quantities say that have it."""

    def __init__(self, text: str, words: Vocabulary, letters: Collection[str]):
        self.text, self.words, self.letters = text, words, frozenset(letters)
        self.counts: dict[str, dict[str, str]] = {}
        self.lengths: dict[str, dict[str, str]] = {}  # what the letters at the ends of sums count
        self.over: Over = ()

    def equation(self, target: ast.expr, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Both sides of a line in matrix form."""
        target = self.whole_weight(target, value)
        self.pair = next((pair for side in (target, value) for node in ast.walk(side) if (pair := by_matrix(node))), ())
        left = self.left(target)
        self.over = left.over
        if self.pair and left.over == self.pair[::-1]:
            mine, theirs = ("".join(pair) for pair in (left.over, self.pair))
            raise self.refuse(f"the left side is that of the weight `{mine}`, the derivative is by the weight `{theirs}`", value, IllTyped)
        left = left._replace(over=(" ".join(self.pair),)) if self.pair and left.over == self.pair else left
        terms = [self.joined(term, value) for term in self.read(value)]
        for index in {index: None for term in terms for factor in term for index in factor.over if index not in left.over}:
            raise self.refuse(
                f"no sum binds the index `{index}`, and the left side has none of that name: write `Σ_{index}` in front", value
            )
        if left.over and terms and not any(factor.over for term in terms for factor in term) and getattr(value, "value", 1) != 0:
            raise self.refuse(f"the index `{left.over[0]}` of the left side stands nowhere on the right", value, IllTyped)
        return placed(left.node, value), placed(self.summed(terms, left.over, value), value)

    def whole_weight(self, target: ast.expr, value: ast.expr) -> ast.expr:
        """The left side with indices, where it is a whole weight's by which elements are derived: ``dV = Σ_i dL/do_i ∇_V o_i``."""
        spare = [letter for letter in LETTERS if letter not in self.letters][:2]
        calls = [x for x in ast.walk(value) if isinstance(x, ast.Call) and getattr(x.func, "id", "") in DERIVATIVES and element(x.args[0])]
        calls = [x for x in calls if isinstance(x.args[1], ast.Name) and len(self.words.dims.get(x.args[1].id, ())) == 2]
        if not calls or not isinstance(target, ast.Name) or len(spare) < 2:
            return target
        self.letters |= {*spare}
        for x in calls:
            x.args[1] = self.at(x.args[1], spare)
        return self.at(target, spare)

    @staticmethod
    def at(of: ast.expr, indices: list[str]) -> ast.expr:
        """An element of something."""
        return ast.copy_location(ast.Subscript(of, call(AT, *(ast.Name(index) for index in indices))), of)

    def left(self, target: ast.expr) -> Factor:
        """The left side, and its indices."""
        if not has_elements(target):
            self.bare(target)
            return Factor(target)
        terms = self.read(target)
        if len(terms) != 1 or len(terms[0]) != 1:
            raise self.refuse("the left side is one element: its step and its indices are names and numbers", target)
        return terms[0][0]

    def read(self, root: ast.expr) -> Terms:
        """A side as a sum of products."""
        holds: set[ast.AST] = set()
        for node in reversed([node for node in ast.walk(root) if isinstance(node, ast.expr)]):
            if element(node) or any(part in holds for part in ast.iter_child_nodes(node)):
                holds.add(node)

        def terms(node: ast.expr, parts: list[Terms]) -> Terms:
            return self.node(node, parts) if node in holds else self.bare(node)

        return e.upward(root, lambda node: self.parts(node) if node in holds else [], terms)[root]

    def parts(self, node: ast.expr) -> list[ast.expr]:
        """The parts of a node in which elements are taken that are read first."""
        match node:
            case _ if element(node):
                return []
            case (
                ast.BinOp(of, ast.Pow() | ast.BitXor(), _)
                | ast.Call(ast.Attribute(of, "raised"), _, [])
                | ast.UnaryOp(ast.USub() | ast.UAdd(), of)
                | ast.Attribute(of, "T")
                | ast.List([of])
                | ast.Call(ast.Name("Sum" | "Prod"), [of, *_], [])
                | ast.Call(ast.Name("sum"), [ast.GeneratorExp(of, [ast.comprehension()]) | ast.ListComp(of, [ast.comprehension()])], [])
            ):
                return [of]
            case ast.BinOp(left, _, right) | ast.Compare(left, [_], [right]):
                return [left, right]
            case ast.Call(ast.Name(name), arguments, []):
                return [] if name in DERIVATIVES else list(arguments)
        raise self.refuse("this is not read of elements: write it of whole vectors and matrices", node)

    def node(self, node: ast.expr, parts: list[Terms]) -> Terms:
        """A node in which elements are taken, from its parts."""
        if found := element(node):
            return [(self.taken(*found, node),)]
        match node:
            case ast.BinOp(_, ast.Add() | ast.Sub() as sign, _):
                return self.gathered([*parts[0], *(negative(parts[1]) if isinstance(sign, ast.Sub) else parts[1])], node)
            case ast.UnaryOp(ast.USub(), _):
                return negative(parts[0])
            case ast.Attribute(of) if (found := element(of)) and len(found[1]) == 2:
                i, j = found[1]
                raise self.refuse(f"an element is a number, which has no transpose: of the transposed matrix it is `(...ᵀ)_{i}{j}`", node)
            case ast.UnaryOp() | ast.Attribute() | ast.List():
                return parts[0]
            case ast.BinOp(_, ast.Pow() | ast.BitXor(), power) | ast.Call(ast.Attribute(_, "raised"), [power], []):
                return self.each(parts, node, lambda of: binary(of, ast.Pow, power))
            case ast.BinOp(_, ast.Div(), _):
                ((below,),) = self.each(parts[1:], node, lambda of: of)
                return [divided(term, below) for term in parts[0]]
            case ast.BinOp():
                if len(parts[0]) * len(parts[1]) > MOST:
                    raise self.refuse("there are too many terms when the products are multiplied out", node)
                return [self.joined((*one, *other), node) for one in parts[0] for other in parts[1]]
            case ast.Compare(_, [sign], _):
                return self.each(parts, node, lambda a, b: ast.Compare(a, [sign], [b]))
            case ast.Call(ast.Name("Sum"), [_, ast.Name(index), *bounds], []):
                if index in self.letters:
                    return self.over_all(index, bounds, parts[0], node)
                return [self.over_time(term, node, [ast.Name(index), *bounds]) for term in parts[0]]
            case ast.Call(ast.Name("sum"), [ast.GeneratorExp(_, [within]) | ast.ListComp(_, [within])], []):
                index = getattr(within.target, "id", "")
                if index not in self.letters:
                    raise self.refuse("a sum over steps is written `Sum(..., t)`", node)
                return self.over_all(index, ends(within), parts[0], node)
            case ast.Call(ast.Name(name), arguments, []) if name in DERIVATIVES:
                return [(self.derivative(name, arguments, node),)]
            case ast.Call(ast.Name("Prod"), [_, ast.Name(index), *bounds], []) if index not in self.letters:
                return self.each(parts, node, lambda of: call("Prod", of, ast.Name(index), *bounds))
            case ast.Call(ast.Name(name), _, []) if name not in ("sum", "norm", "softmax", "Prod", "onehot", "diag", "outer"):
                return self.each(parts, node, lambda *of: call(name, *of))
        raise self.refuse("this is not read of elements: write it of whole vectors and matrices", node)

    def bare(self, node: ast.expr) -> Terms:
        """What has no element in it is a number; an error where it names a vector or a matrix."""
        stack: list[ast.AST] = [node]
        while stack:
            part = stack.pop()
            match part:
                case ast.Call(ast.Name("sum" | "norm"), _, _):
                    continue
                case ast.Name(name) if dims := self.words.dims.get(name):
                    raise self.refuse(
                        f"`{name}` is {MEMBERS[len(dims)]}, and has none here, where others have: write them all, or none", part, IllTyped
                    )
                case ast.Subscript(of):
                    stack.append(of)
                    continue
            stack += ast.iter_child_nodes(part)
        return [(Factor(node),)]

    def taken(self, of: ast.expr, over: Over, node: ast.expr) -> Factor:
        """An element of a vector or of a matrix."""
        while isinstance(of, ast.List) and len(of.elts) == 1:
            of = of.elts[0]
        inner = of.value if isinstance(of, (ast.Subscript, ast.Attribute)) else of
        name = inner.id if isinstance(inner, ast.Name) else ""
        dims = self.words.dims.get(name)
        dims = dims[::-1] if dims and isinstance(of, ast.Attribute) else dims
        if dims is not None and len(dims) != len(over) or len(over) > 2:
            raise self.refuse(f"`{name}` is {MEMBERS[len(dims or ())]}, not {len(over)}", node, IllTyped)
        if len(set(over)) < len(over):
            raise self.refuse(f"the index `{over[0]}` stands twice on one matrix: its diagonal is no vector that has a name here", node)
        for index, size in zip(over, dims or (), strict=False):
            known = self.counts.setdefault(index, {})
            for other, one in known.items():
                if other != size:
                    raise self.refuse(f"the index `{index}` counts {other} elements of `{one}`, and {size} of `{name}`", node, IllTyped)
            known[size] = name
        return Factor(of, over)

    def derivative(self, kind: str, arguments: list[ast.expr], node: ast.expr) -> Factor:
        """``∂h_{t,i}/∂h_{k,j}``: the Jacobian's row i and column j."""
        made, over = [], ()  # type: list[ast.expr], Over
        for x in arguments:
            found = element(x)
            factor = self.taken(*found, x) if found else self.bare(x)[0][0]
            over = (*over, " ".join(self.pair)) if over and factor.over == self.pair else (*over, *factor.over)
            made.append(factor.node)
        if len(over) > 2 or len(set(over)) < len(over):
            raise self.refuse("the derivatives of a matrix are written of whole ones, and those by one in a line have its indices", node)
        return Factor(call(kind, *made), over)

    def over_all(self, index: str, bounds: list[ast.expr], terms: Terms, node: ast.expr) -> Terms:
        """Σ over the elements that an index counts, of each term."""
        if bounds and not self.whole(index, bounds):
            raise self.refuse(f"a sum over elements goes over all of them: write `Σ_{index}`", node)
        self.counts.pop(index, None)  # in another sum it is another
        return [self.contracted(term, index, node) for term in terms]

    def whole(self, index: str, bounds: list[ast.expr]) -> bool:
        """Whether bounds are the first and the last element: 1 and the length, or 0 and one less. The length may have any letter but
        another length's."""
        match bounds:
            case [ast.Constant(1), ast.Name(last)] | [ast.Constant(0), ast.BinOp(ast.Name(last), ast.Sub(), ast.Constant(1))]:
                own = self.counts.get(index, {})
                said = self.lengths.setdefault(last, own) if last.isupper() else own  # V is one length, and n is any
                if last not in own and own.keys() != said.keys():
                    one, other = (" and ".join(f"`{name}`" for name in of.values()) for of in (said, own))
                    raise self.refuse(f"`{last}` is how many elements {one} has, and {other} has others", bounds[1], IllTyped)
                return last in own or last not in self.words.sizes and last not in ("t", "T", "S")
        return False


def total(node: ast.expr, letters: Collection[str]) -> ast.expr:
    """A sum of the elements of one vector as that of the whole one: ``Σ_j exp(s_{t,j})`` in a line on a whole p_t."""
    match node:
        case ast.Call(ast.Name("Sum"), [of, ast.Name(index)], []) if index in letters:
            found = [element(x) for x in ast.walk(of)]
            whole = any(isinstance(x, ast.Name) and x.id in DERIVATIVES for x in ast.walk(of))  # Σ_i ∂L/∂o_i ∇_V o_i is a matrix
            if {pair[1] for pair in found if pair} == {(index,)} and not whole:
                replaced(node, lambda x: pair[0] if (pair := element(x)) else x)
                return call("sum", node.args[0])
    return node


def matrix_form(tree: ast.Module, text: str, words: Vocabulary, letters: Collection[str]) -> Over:
    """Puts a line in index notation as one of whole vectors and matrices, in place; the indices of its left side. Any other line stays."""
    if not has_elements(getattr(tree.body[0], "targets", [tree])[0]):
        replaced(tree, lambda x: total(x, letters))
    if not letters or not has_elements(tree):
        return ()
    statement, reader = tree.body[0], Components(text, words, letters)
    match statement:
        case ast.Assign([target], value):
            statement.targets[0], statement.value = reader.equation(target, value)
        case ast.AugAssign(ast.Name() | ast.Subscript(), _, value):
            left, statement.value = reader.equation(statement.target, value)
            assert isinstance(left, (ast.Name, ast.Subscript))
            statement.target = left
        case ast.Expr(ast.Compare(left, _, rights) as compared):
            pairs = [reader.equation(left, right) for right in rights]
            compared.left, compared.comparators = pairs[0][0], [right for _, right in pairs]
    return tuple(index for both in reader.over for index in both.split())


def ends(within: ast.comprehension) -> list[ast.expr]:
    """The first and the last element that a loop in brackets counts, as far as they can be the first and the last of all."""
    match within:
        case ast.comprehension(_, ast.Call(ast.Name("range"), [ast.Name() as last] | [ast.Constant(0), ast.Name() as last]), []):
            return [ast.Constant(0), ast.BinOp(last, ast.Sub(), ast.Constant(1))]
        case ast.comprehension(_, ast.Call(ast.Name("range"), [ast.Constant(1) as first, ast.BinOp(last, ast.Add(), ast.Constant(1))]), []):
            return [first, last]
    return [within.iter]
