"""The mistakes that people make in BPTT formulas, as rewritings of an expression. Each carries its sentence; none knows a net."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.mistakes.places import Path, complement, exchanged, is_slope, placed, places, squared, without
from autograd_rnn.formulas.mistakes.slopes import Mutation as Mutation
from autograd_rnn.formulas.mistakes.slopes import Slopes
from autograd_rnn.formulas.mistakes.slopes import ascii as ascii
from autograd_rnn.formulas.reading.names import moved
from autograd_rnn.formulas.system import PROBABILITY, TARGET


class Rewriter(Slopes):
    """Makes the mutations of an expression in one net: its names tell what could stand for what."""

    def all(self, equation: e.Equation) -> Iterator[Mutation]:
        """Every single mutation of an equation's right side."""
        yield from self.whole(equation)
        yield from self.within(equation.right)

    def within(self, right: e.Expr) -> Iterator[Mutation]:
        """Those of something that stands in it."""
        for path, node in places(right):
            for changed in self.node(node):
                yield Mutation(placed(right, path, changed.right), changed.sentence, changed.rank, path)
        yield from self.everywhere(right)

    def whole(self, equation: e.Equation) -> Iterator[Mutation]:
        """Mistakes of the equation as a whole: scale, sign, the sum over the steps, what flows back."""
        right, left = equation.right, ascii(equation.left)
        yield Mutation(e.ZERO, f"{left} is left at zero", 0)
        yield Mutation(e.negative(right), f"the sign of the whole right side of {left} is wrong", 1)
        counted = any(isinstance(node, e.Num) and node.text for node in e.nodes(right))  # whose 1/T is missing, not a T too much
        for end, over in itertools.product(self.ends, ("1/",) if counted else ("1/", "")):
            other = f": that is the gradient of the {'mean' if over else 'sum'} over the steps, this model's loss is the "
            why = other + ("sum" if over else "mean") if self.mean != bool(over) else ""
            yield Mutation(e.mul(e.Num(1.0, over + end), right), f"there is a factor {over}{end} too much{why}", 1)
        for factor in (2.0, 0.5):
            yield Mutation(e.mul(e.Num(factor), right), f"there is a factor {factor:g} too much in {left}", 2)
        for path, node in places(right):
            if isinstance(node, e.Sum):
                yield from self.sums(right, path, node, left)
            if isinstance(node, e.Fold):
                yield from self.folds(right, path, node)
            if isinstance(node, e.Add):
                carried = [term for term in node.terms if self.elsewhere(term)]
                if carried and len(carried) < len(node.terms):
                    kept = e.add(*(term for term in node.terms if term not in carried))
                    what = ", ".join(ascii(term) for term in carried[:2]) + (", ..." if len(carried) > 2 else "")
                    sentence = f"what flows back through time is missing ({what}): that is the immediate derivative, not the total"
                    yield Mutation(placed(right, path, kept), sentence, 0)

    def sums(self, right: e.Expr, path: Path, node: e.Sum, left: str) -> Iterator[Mutation]:
        """A sum over the steps that is not one."""
        for time, word in ((node.last, "last"), (node.first, "first")):
            step = moved(node.of, time)
            yield Mutation(placed(right, path, step), f"{left} must collect from every step, not only the {word}: `Sum(..., t)`", 0)
        yield Mutation(placed(right, path, node.of), f"{left} must collect from every step: the `Sum(..., t)` is missing", 0)
        for first, last in ((1, 0), (0, -1), (-1, 0), (0, 1)):
            bounds = node.first._replace(offset=node.first.offset + first), node.last._replace(offset=node.last.offset + last)
            sentence = f"the sum runs from t = {node.first} to {node.last}, not from {bounds[0]} to {bounds[1]}"
            yield Mutation(placed(right, path, e.Sum(node.of, *bounds)), sentence, 2)

    @staticmethod
    def folds(right: e.Expr, path: Path, node: e.Fold) -> Iterator[Mutation]:
        """A sum or a product with an index of its own that has other bounds, or stands the other way round."""
        what = "sum" if node.sign == "Σ" else "product"
        for first, last in ((1, 0), (-1, 0), (0, -1), (0, 1), (-1, -1), (1, 1)):
            bounds = node.first._replace(offset=node.first.offset + first), node.last._replace(offset=node.last.offset + last)
            sentence = f"the {what} runs over {node.over} from {node.first} to {node.last}, not from {bounds[0]} to {bounds[1]}"
            yield Mutation(placed(right, path, node._replace(first=bounds[0], last=bounds[1])), sentence, 0)
        if node.matrices and node.sign[0] == "Π":
            other = node._replace(sign="Π←" if node.sign == "Π→" else "Π→")
            yield Mutation(
                placed(right, path, other), f"the product stands the other way round: {ascii(node)} has the later steps on the left", 1
            )
        sentence = f"there is one factor only: it is the product over {node.over} from {node.first} to {node.last}"
        for time in (node.first, node.last) if what == "product" else ():
            yield Mutation(placed(right, path, put(node.of, node.over, time)), sentence, 1)

    @staticmethod
    def elsewhere(term: e.Expr) -> bool:
        """Whether a term carries an adjoint from another step."""
        return any(s.adjoint and s.time is not None and s.time.base == "t" and s.time.offset for s in e.symbols(term))

    def node(self, x: e.Expr) -> Iterator[Mutation]:
        """Mistakes at one node."""
        match x:
            case e.Add(terms):
                yield from self.sum_node(x, terms)
            case e.Mul(factors):
                yield from self.product_node(factors)
            case e.MatMul(matrix, vector):
                yield Mutation(vector, f"the matrix {ascii(matrix)} is missing in front of {ascii(vector)}", 3)
                if not isinstance(matrix, e.Transpose):
                    yield Mutation(e.MatMul(e.transpose(matrix), vector), f"{ascii(matrix)} must not be transposed", 1)
                if not any(s.adjoint for s in e.symbols(x)):  # of two matrices, perhaps
                    yield Mutation(matrix, f"{ascii(vector)} is missing behind {ascii(matrix)}", 3)
                    sentence = f"the order of the product is wrong: {ascii(matrix)} stands in front of {ascii(vector)}"
                    yield Mutation(e.MatMul(vector, matrix), sentence, 1)
                    yield Mutation(e.MatMul(matrix, e.transpose(vector)), f"{ascii(vector)} must not be transposed", 1)
                    if isinstance(matrix, e.Diag) and (inner := complement(matrix.of)) is not None:
                        yield Mutation(e.MatMul(e.Diag(inner), vector), f"{ascii(e.Diag(inner))} stands where {ascii(matrix)} belongs", 1)
                weights = vector.factors if isinstance(vector, e.Mul) else ()
                if slopes := [f for f in weights if is_slope(f)]:
                    rest = e.mul(*(f for f in weights if f not in slopes))
                    sentence = f"the Jacobian is transposed: on the way back {ascii(matrix)} comes after {ascii(e.mul(*slopes))}"
                    for other, rank in ((matrix, 2), (e.transpose(matrix), 1)):
                        yield Mutation(e.mul(*slopes, e.MatMul(other, rest)), sentence, rank)
                for some in dict.fromkeys(factors[:k] for factors in (weights, weights[::-1]) for k in range(1, len(weights))):
                    others = [f for f in weights if f not in some]
                    sentence = f"the parentheses around {ascii(vector)} are lost: {ascii(matrix)} stands in front of the whole product"
                    yield Mutation(e.mul(e.MatMul(matrix, e.mul(*some)), *others), sentence, 1)
                if isinstance(vector, e.Add):
                    for k in (0, len(vector.terms) - 1):
                        parts = [e.matmul(matrix, term) if j == k else term for j, term in enumerate(vector.terms)]
                        yield Mutation(e.add(*parts), f"the parentheses in {ascii(x)} are lost", 1)
            case e.Transpose(of):
                yield Mutation(of, f"{ascii(of)} must be transposed: {ascii(x)}", 0)
            case e.Outer(left, right):
                sentence = f"the outer product is transposed: {ascii(left)} comes first, {ascii(right)} is the row"
                yield Mutation(e.outer(right, left), sentence, 0)
            case e.Sym():
                yield from self.symbol(x)
            case e.Fn(name, of) if name not in ("onehot", "softmax", "sum", "diag"):
                yield Mutation(of, f"the {name} is missing in {ascii(x)}", 2)
                if name == "positive":
                    yield Mutation(e.Fn("relu", of), f"the derivative of relu is the mask {ascii(x)}, 0 or 1, not relu itself", 1)
                    other = e.Fn(name, e.negative(of))
                    yield Mutation(other, f"the comparison stands the wrong way round: {ascii(x)} is 1 where {ascii(of)} is above 0", 0)

    def sum_node(self, x: e.Expr, terms: tuple[e.Expr, ...]) -> Iterator[Mutation]:
        """Mistakes at a sum: a term lost or its sign, and the wrong derivative where the sum is one."""
        yield from self.slopes(x)
        both = {s.name for t in terms for s in e.symbols(t)} >= {PROBABILITY, TARGET} and len(terms) == 2
        if both:
            yield Mutation(e.negative(x), f"probability and target are swapped: it is {ascii(x)}", 0)
        inner = complement(x)
        if inner is not None and squared(inner) is None:
            yield Mutation(inner, f"{ascii(inner)} stands where {ascii(x)} belongs", 0)
        for k, term in enumerate(terms):
            if not (inner is not None and k == 1):
                yield Mutation(e.add(*without(terms, k)), f"the term {ascii(term)} is missing", 1)
            flipped = e.add(*(e.negative(t) if j == k else t for j, t in enumerate(terms)))
            sentence = f"the sign of the term {ascii(term)} is wrong" if inner is None else f"a sign is wrong: it is {ascii(x)}"
            yield Mutation(flipped, sentence, 1)

    def product_node(self, factors: tuple[e.Expr, ...]) -> Iterator[Mutation]:
        """Mistakes at a product: a factor lost, parentheses lost, the derivative of another activation."""
        for k, factor in enumerate(factors):
            if isinstance(factor, e.Num) and factor.value < 0:
                continue
            rest = e.mul(*without(factors, k))
            slope = "the derivative of the activation, " if is_slope(factor) else "the factor "
            mean = ": that is the gradient of the sum over the steps, this model's loss is the mean"
            mean *= isinstance(factor, e.Num) and bool(factor.text)
            yield Mutation(rest, f"{slope}{ascii(factor)}{',' * is_slope(factor)} is missing{mean}", 0 if mean else 1)
            inner = complement(factor)
            if inner is not None and inner in factors:
                others = [f for j, f in enumerate(factors) if j != k and f != inner]
                yield from self.gate(others, inner, factor)
            if isinstance(factor, e.Add):
                yield from self.parentheses(factors, k, factor)

    @staticmethod
    def parentheses(factors: tuple[e.Expr, ...], k: int, factor: e.Add) -> Iterator[Mutation]:
        """a * (b + c) * d as a * b + c * d: some of the factors in front of one end of the sum only."""
        others, terms = without(factors, k), factor.terms
        splits = {()} | {others[:j] for j in range(len(others) + 1)} | {others[j:] for j in range(len(others) + 1)}
        for some in sorted(splits, key=len):
            rest = [f for f in others if f not in some]
            apart = e.add(e.mul(*some, terms[0]), *terms[1:-1], e.mul(terms[-1], *rest))
            first = e.add(e.mul(*some, *rest, terms[0]), *(e.mul(*some, term) for term in terms[1:]))
            last = e.add(*(e.mul(*some, term) for term in terms[:-1]), e.mul(*some, *rest, terms[-1]))
            for wrong in (apart, first, last) if rest else (apart,):
                yield Mutation(wrong, f"the parentheses around {ascii(factor)} are lost", 1)

    def symbol(self, x: e.Sym) -> Iterator[Mutation]:
        """Mistakes at a symbol: its time, another of its kind, 1 - x for x, a transpose that does not belong."""
        shape = self.shape(x)
        if x.time is not None:
            for shift in (-1, 1, -2, 2):
                later = x._replace(time=x.time._replace(offset=x.time.offset + shift))
                sentence = f"the time of {ascii(x)} is wrong: {ascii(later)} stands where {ascii(x)} belongs"
                if x.adjoint and not x.time.base and later.time and later.time.offset < (x.name not in self.states):
                    continue  # there is no such adjoint: that is a term left out
                yield Mutation(later, sentence, 1 if abs(shift) == 1 else 3)
        for name in self.alike(x):
            other = x._replace(name=name)
            slope = ": the derivative of the activation is missing" * (x.adjoint and x.name in self.arguments and name in self.states)
            yield Mutation(other, f"{ascii(other)} stands where {ascii(x)} belongs{slope}", 2)
            if not x.adjoint and x.time is not None and x.time.base == "t":
                earlier = other._replace(time=e.Time("t", 0 if x.time.offset else -1))
                yield Mutation(earlier, f"{ascii(earlier)} stands where {ascii(x)} belongs", 3)
        if x.time is not None and len(shape) == 1 and not x.adjoint:
            yield Mutation(e.add(e.ONE, e.negative(x)), f"`1 - {show(x, 'ascii')}` stands where {ascii(x)} belongs", 1)

    def everywhere(self, right: e.Expr) -> Iterator[Mutation]:
        """One name put for another wherever it stands, two names exchanged, every matrix without its transpose."""
        counts: dict[e.Sym, int] = {}
        for symbol in e.symbols(right):
            counts[symbol] = counts.get(symbol, 0) + 1
        for symbol, count in counts.items():
            if count > 1:
                for name in self.alike(symbol):
                    other = symbol._replace(name=name)
                    changed = exchanged(right, {symbol: other})
                    yield Mutation(changed, f"{ascii(other)} stands where {ascii(symbol)} belongs, everywhere", 1)
                for shift in (-1, 1):
                    if symbol.time is not None:
                        later = symbol._replace(time=symbol.time._replace(offset=symbol.time.offset + shift))
                        sentence = f"the time of {ascii(symbol)} is wrong: {ascii(later)} stands where it belongs"
                        yield Mutation(exchanged(right, {symbol: later}), sentence, 1)
        several = list(counts)
        for k, first in enumerate(several):
            for second in several[k + 1 :]:
                if second.name in self.alike(first) and first.adjoint == second.adjoint:
                    swap = {first: second._replace(time=first.time), second: first._replace(time=second.time)}
                    yield Mutation(exchanged(right, swap), f"{ascii(first)} and {ascii(second)} are swapped", 1)
        if sum(isinstance(node, e.Transpose) for _, node in places(right)) > 1:
            plain = e.transformed(right, lambda node: node.of if isinstance(node, e.Transpose) else node)
            yield Mutation(plain, "the weight matrices must be transposed on the way back", 0)
