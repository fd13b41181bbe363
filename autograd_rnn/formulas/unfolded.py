"""Adjoint equations as what they are: linear in the adjoints. Each term is a product of matrices times one adjoint, or a source.

``da_t = dh_t ⊙ (1 - h_t²)`` is one term, ``diag(1 - h_t²)`` times ``dh_t``: the transposed Jacobian of one step of the chain rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import full_name
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import System
from autograd_rnn.nets.cell import Cell

IDENTITY = e.Sym("I")


class Term(NamedTuple):
    """``number · factors · leaf``, the factors being matrices from left to right; or the outer product of that with ``beside``."""

    number: Any
    factors: tuple[Any, ...]
    leaf: Any
    beside: Any = None
    first: bool = True  # whether ``beside`` is the outer product's right side

    def joined(self, other: Term) -> Term:
        """This term with another one's product in its leaf's place."""
        return self._replace(number=e.mul(self.number, other.number), factors=merged(self.factors + other.factors), leaf=other.leaf)

    @property
    def product(self) -> Any:
        """The term as an expression."""
        vector = e.mul(self.number, chain(self.factors, self.leaf))
        if self.beside is None:
            return vector
        return e.outer(vector, self.beside) if self.first else e.outer(self.beside, vector)


def merged(factors: tuple[Any, ...]) -> tuple[Any, ...]:
    """diag(a) diag(b) as diag(a ⊙ b), diag(a) 1 b' as a b'; identities left out."""
    kept: list[Any] = []
    for factor in factors:
        before = kept[-1] if kept else None
        if factor == IDENTITY:
            continue
        if isinstance(before, e.Diag) and isinstance(factor, e.Diag):
            kept[-1] = e.Diag(e.mul(before.of, factor.of))
        elif isinstance(before, e.Diag) and isinstance(factor, e.Outer) and factor.left == e.ONE:
            kept[-1] = e.Outer(before.of, factor.right)
        else:
            kept.append(factor)
    return tuple(kept)


def chain(factors: tuple[Any, ...], last: Any = None) -> Any:
    """The product of matrices, and of a vector if there is one; the identity if there is nothing."""
    rest = list(factors) + ([] if last is None else [last])
    x = rest.pop() if rest else IDENTITY
    while rest:
        x = e.MatMul(rest.pop(), x)
    return x


def transposed(factor: Any) -> Any:
    """A matrix factor's transpose."""
    if isinstance(factor, e.Diag) or factor == IDENTITY:
        return factor
    return e.Outer(factor.right, factor.left) if isinstance(factor, e.Outer) else e.transpose(factor)


def rows(x: e.Call) -> tuple[int, int] | None:
    """Which rows of a vector a scattered part is, if it is a stretch of them."""
    index, size = x.options.given["index"], x.options.given["shape"]
    last = index[-1] if isinstance(index, tuple) else index
    if not isinstance(last, slice) or len(size) != 1 or last.step not in (None, 1):
        return None
    return last.indices(size[0])[:2]


def has_adjoint(x: Any) -> bool:
    """Whether an expression depends on an adjoint."""
    return any(symbol.adjoint for symbol in e.symbols(x))


def linear(x: Any) -> list[Term]:
    """An expression as a sum of products of matrices, each times one adjoint; what holds no adjoint is one term, the last.

    >>> from autograd_rnn.formulas.unfolded import linear
    >>> from autograd_rnn.algebra.printing import show
    >>> for term in linear(derive(Model(RNN(2, 3), output_size=4)).formula("h")[0].right):
    ...     print(show(term.product), "|", *map(show, term.factors), "|", show(term.leaf))
    W_hyᵀ ds_t | W_hyᵀ | ds_t
    W_hhᵀ da_{t+1} | W_hhᵀ | da_{t+1}
    """
    found: list[Term] = []
    source: list[Any] = []
    stack = [Term(e.ONE, (), x)]
    while stack:
        term = stack.pop()
        node = term.leaf
        if not has_adjoint(node):
            if term.factors or term.number != e.ONE or term.beside is not None:
                found.append(term)
            else:
                source += terms(node)
        elif isinstance(node, e.Sym):
            found.append(term._replace(factors=merged(term.factors)))
        else:
            stack += reversed(_opened(term, node))
    return found + ([Term(e.ONE, (), e.add(*source))] if source else [])


def _opened(term: Term, node: Any) -> list[Term]:
    """A term whose leaf is no symbol: the leaf's own operation moved among the factors."""
    match node:
        case e.Add(parts):
            return [term._replace(leaf=part) for part in parts]
        case e.Mul(factors):
            inner = [f for f in factors if not isinstance(f, e.Num) and has_adjoint(f)]
            scale = e.mul(*(f for f in factors if isinstance(f, e.Num)))
            weight = e.mul(*(f for f in factors if not isinstance(f, e.Num) and f not in inner))
            if len(inner) == 1:
                more = () if weight == e.ONE else (e.Diag(weight),)
                return [term._replace(number=e.mul(term.number, scale), factors=term.factors + more, leaf=inner[0])]
        case e.MatMul(matrix, vector) if not has_adjoint(matrix):
            return [term._replace(factors=(*term.factors, matrix), leaf=vector)]
        case e.Part(e.MatMul(matrix, vector), start, stop):
            return [term._replace(factors=(*term.factors, e.Part(matrix, start, stop)), leaf=vector)]
        case e.Part(e.Add() | e.Mul() as of, start, stop):
            inside = [part if isinstance(part, e.Num) else e.Part(part, start, stop) for part in of[0]]
            return [term._replace(leaf=e.rebuilt(of, tuple(inside)))]
        case e.Part(of, start, stop):
            return [term._replace(factors=(*term.factors, e.Part(IDENTITY, start, stop)), leaf=of)]
        case e.Quotient(above, below) if not has_adjoint(below):
            return [term._replace(factors=(*term.factors, e.Diag(e.quotient(e.ONE, below))), leaf=above)]
        case e.Call("scatter", (of,)) if stretch := rows(node):
            identity = e.Diag(e.Ones(node.options.given["shape"]))
            return [term._replace(factors=(*term.factors, e.transpose(e.Part(identity, *stretch))), leaf=of)]
        case e.Fn("sum", e.Mul(factors)) if term.factors and isinstance(term.factors[-1], e.Diag):
            vector = next(f for f in factors if has_adjoint(f))
            weight = e.mul(*(f for f in factors if f is not vector))
            return [term._replace(factors=(*term.factors, e.Outer(e.ONE, weight)), leaf=vector)]
        case e.Outer(left, right) if term.beside is None and not term.factors:
            first = has_adjoint(left)
            return [term._replace(leaf=left if first else right, beside=right if first else left, first=first)]
    what = node.name.strip("_") if isinstance(node, (e.Call, e.Fn)) else type(node).__name__.lower()
    raise ValueError(
        f"{what} in an adjoint's equation is no matrix times an adjoint: this net has its recursion and what is unrolled of it"
    )


class Step(NamedTuple):
    """A way back: the terms joined so far, the adjoints passed, and where it stands."""

    term: Term
    passed: tuple[e.Sym, ...]


class Unfolded:
    """A derivation's adjoint equations at given lengths, all times plain numbers. ``chunk``: the carry is dropped after every chunk-th
    step, as truncated BPTT does.

    >>> from autograd_rnn.formulas.unfolded import Unfolded
    >>> from autograd_rnn.algebra.expr import Sym, Time
    >>> unfolded = Unfolded(derive(Model(RNN(2, 3), output_size=4)), 3)
    >>> unfolded.count(Sym("h", Time("", 1), adjoint=True))  # ways back from h_1 to the three losses
    3
    """

    def __init__(self, derivation: System, steps: int | tuple[int, ...], chunk: int | None = None):
        self.derivation, self.chunk, self.last = derivation, chunk, lengths(derivation, steps)
        self.lookup = Evaluation(derivation.equations, {}, self.last, derivation.letters, 0)
        self.states = {state for states in states_of(derivation) for state in states}
        self.definitions: dict[e.Sym, Any] = {}
        self.split: dict[e.Sym, list[Term]] = {}

    def definition(self, symbol: e.Sym) -> Any:
        """What an adjoint at its step is equal to: Σ written out, adjoints beyond the ends gone."""
        if symbol not in self.definitions:
            equation = self.lookup.equation(symbol)
            assert equation is not None
            t, parts = symbol.time.offset if symbol.time else None, []
            for term in terms(equation.right):
                one = isinstance(term, e.Sum)
                parts += [self._at(term.of if one else term, k, symbol) for k in (self.lookup.range(term) if one else [t])]
            self.definitions[symbol] = e.add(*parts)
        return self.definitions[symbol]

    def _at(self, x: Any, t: int | None, left: e.Sym) -> Any:
        """x at step t."""

        def change(node: Any) -> Any:
            if isinstance(node, e.Sym):
                bound = self.lookup.bound(node, t)
                gone = bound.adjoint and (self.lookup.equation(bound) is None or self.cut(left, bound))
                return e.ZERO if gone else bound
            return e.ZERO if isinstance(node, (e.Part, e.Fn)) and node.of == e.ZERO and has_adjoint(x) else node

        return e.transformed(x, change)

    def cut(self, left: e.Sym, right: e.Sym) -> bool:
        """Whether truncation in chunks drops the adjoint on the right from the equation of a state's."""
        last = self.last[self.derivation.letters[left.name]] if left.name in self.states else 0
        if not self.chunk or left.time is None or right.time is None or left.name not in self.states:
            return False
        here, there = left.time.offset, right.time.offset
        if here == there or not 1 <= here <= last or tag_of(self.derivation, left.name) != tag_of(self.derivation, right.name):
            return False
        return min(here, there) % self.chunk == 0

    def terms(self, symbol: e.Sym) -> list[Term]:
        """An adjoint's definition, term by term."""
        if symbol not in self.split:
            found = linear(self.definition(symbol))
            self.split[symbol] = [term for term in found if not self.nothing(term.leaf)]
        return self.split[symbol]

    def nothing(self, leaf: Any) -> bool:
        """Whether a term's leaf is an adjoint that no loss reaches back to."""
        return isinstance(leaf, e.Sym) and leaf.adjoint and self.definition(leaf) == e.ZERO

    def ends(self, term: Term) -> bool:
        """Whether a term leads no further back: its leaf depends on no other adjoint."""
        return not (isinstance(term.leaf, e.Sym) and term.leaf.adjoint and has_adjoint(self.definition(term.leaf)))

    def follow(self, symbol: e.Sym, source: int | None, window: int | None) -> list[Term]:
        """The terms of an adjoint that may lead to the loss at step ``source`` (None: to any), none further from it than ``window``."""
        chosen = []
        for term in self.terms(symbol):
            leaf = term.leaf if isinstance(term.leaf, e.Sym) and term.leaf.adjoint else symbol
            if self.ends(term) and source is not None and (leaf.time is None or leaf.time.offset != source):
                continue
            if window is None or source is None or leaf.time is None or abs(leaf.time.offset - source) < window:
                chosen.append(term)
        return chosen

    def count(self, start: e.Sym, source: int | None = None, window: int | None = None) -> int:
        """How many ways lead from an adjoint back to the loss: each adjoint is counted once, however many ways pass it."""
        counts: dict[e.Sym, int] = {}
        stack, begun = [start], set()  # type: list[e.Sym], set[e.Sym]
        while stack:
            symbol = stack[-1]
            chosen = self.follow(symbol, source, window)
            waiting = [term.leaf for term in chosen if not self.ends(term) and term.leaf not in counts]
            if waiting:
                begin(symbol, begun)
                stack += waiting
                continue
            counts[symbol] = sum(1 if self.ends(term) else counts[term.leaf] for term in chosen)
            stack.pop()
        return counts[start]

    def ways(self, start: e.Sym, source: int | None = None, window: int | None = None) -> Iterator[Step]:
        """Every way from an adjoint back to the loss, as the product of the factors on it and the adjoints that it passes."""
        self.count(start, source, window)  # which ends, or says what goes round in a circle
        stack = [Step(Term(e.ONE, (), start), (start,))]
        while stack:
            step = stack.pop()
            leaf = step.term.leaf
            found = []
            for term in self.follow(leaf, source, window):
                joined = term if leaf == start else step.term.joined(term)
                named = isinstance(term.leaf, e.Sym) and term.leaf.adjoint
                found.append((Step(joined, step.passed + ((term.leaf,) if named else ())), self.ends(term)))
            yield from (way for way, end in found if end)
            stack += [way for way, end in reversed(found) if not end]

    def ordered(self, starts: list[e.Sym]) -> list[e.Sym]:
        """All adjoints that some depend on, each after those that it needs: the order of the sweep."""
        done: dict[e.Sym, None] = {}
        stack, begun = list(reversed(starts)), set()  # type: list[e.Sym], set[e.Sym]
        while stack:
            symbol = stack[-1]
            waiting = [s for s in e.symbols(self.definition(symbol)) if s.adjoint and s not in done]
            if waiting:
                begin(symbol, begun)
                stack += reversed(waiting)
                continue
            done[stack.pop()] = None
        return list(done)


def begin(symbol: e.Sym, begun: set[e.Sym]) -> None:
    """Note that a walk goes on from a symbol to what it waits for. To wait a second time is to wait for itself."""
    if symbol in begun:
        raise ValueError(f"{show(symbol)} is defined by itself")
    begun.add(symbol)


def tag_of(derivation: System, name: str) -> str:
    """The tag of the chain that a quantity belongs to: ``f`` of ``hf``, ``2`` of ``a2_i``."""
    return derivation.tags.get(name, "")


def lengths(derivation: System, steps: int | tuple[int, ...]) -> dict[str, int]:
    """{"T": 4, "S": 3} from 4, which then holds for both, or (4, 3)."""
    given = steps if isinstance(steps, tuple) else (steps, steps)
    for count in given:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"steps must be a whole number of at least 1, not {count!r}")
    if getattr(derivation.model, "task", "") == "one-to-one":
        given = (1,)
    return dict(zip(sorted(set(derivation.letters.values()), reverse=True), given, strict=False))


def cells_of(derivation: System) -> list[Cell]:
    """The model's cells, one a chain."""
    cells: list[Cell] = derivation.model.cells
    return cells


def states_of(derivation: System) -> list[list[str]]:
    """The names of each chain's states."""
    return [[full_name(state, cell.tag, None) for state in cell.carried] for cell in cells_of(derivation)]
