"""Adjoint equations of a net of given lengths, and every way through them from an adjoint back to the loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import full_name
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.linear import HERE, Term, around, has_adjoint, linear
from autograd_rnn.formulas.matrices import Matrices
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import System
from autograd_rnn.limits import at_most
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import size

WRITTEN = 200_000  # equations, one for each step


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
        self.matrices = Matrices(derivation.shapes)
        self.definitions: dict[e.Sym, e.Expr] = {}
        self.split: dict[e.Sym, list[Term]] = {}

    def definition(self, symbol: e.Sym) -> e.Expr:
        """What an adjoint at its step is equal to: Σ written out, adjoints beyond the ends gone."""
        if symbol not in self.definitions:
            equation = self.lookup.equation(symbol)
            assert equation is not None
            t, parts = symbol.time.offset if symbol.time else None, []
            for term in terms(equation.right):
                each = [(term.of, k) for k in self.lookup.range(term)] if isinstance(term, e.Sum) else [(term, t)]
                parts += [self._at(x, k, symbol) for x, k in each]
            self.definitions[symbol] = e.add(*parts)
        return self.definitions[symbol]

    def _at(self, x: e.Expr, t: int | None, left: e.Sym) -> e.Expr:
        """x at step t."""

        def change(symbol: e.Sym) -> e.Expr:
            bound = self.lookup.bound(symbol, t)
            gone = bound.adjoint and (self.lookup.equation(bound) is None or self.cut(left, bound))
            return e.ZERO if gone else bound

        return e.mapped(x, change)

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
            found = (around if symbol.time is None else linear)(self.definition(symbol), self.matrices)
            self.split[symbol] = [term for term in found if not self.nothing(term)]
        return self.split[symbol]

    def nothing(self, term: Term) -> bool:
        """Whether a term's leaf is an adjoint that no loss reaches back to."""
        return term.adjoint is not None and self.definition(term.adjoint) == e.ZERO

    def ends(self, term: Term) -> bool:
        """Whether a term leads no further back: its leaf depends on no other adjoint."""
        return term.adjoint is None or not has_adjoint(self.definition(term.adjoint))

    def follow(self, symbol: e.Sym, source: int | None, window: int | None) -> list[Term]:
        """The terms of an adjoint that may lead to the loss at step ``source`` (None: to any), none further from it than ``window``."""
        chosen = []
        for term in self.terms(symbol):
            leaf = term.adjoint or symbol
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
            onward = [None if self.ends(term) else term.adjoint for term in chosen]
            waiting = [leaf for leaf in onward if leaf and leaf not in counts]
            if waiting:
                begin(symbol, begun)
                stack += waiting
                continue
            counts[symbol] = sum(counts[leaf] if leaf else 1 for leaf in onward)
            stack.pop()
        return counts[start]

    def ways(self, start: e.Sym, source: int | None = None, window: int | None = None) -> Iterator[Step]:
        """Every way from an adjoint back to the loss, as the product of the factors on it and the adjoints that it passes."""
        self.count(start, source, window)  # which ends, or says what goes round in a circle
        shape = self.matrices.shape(start)
        matrix = e.Call("reshape", (HERE,), e.Options({"shape": shape}), (shape,)) if start.time and len(shape) > 1 else HERE
        stack = [Step(Term(e.ONE, (), start, matrix), (start,))]
        while stack:
            step = stack.pop()
            leaf = step.passed[-1]
            found = []
            for term in self.follow(leaf, source, window):
                joined = term if leaf == start and matrix == HERE else step.term.joined(term, self.matrices)
                found.append((Step(joined, step.passed + ((term.adjoint,) if term.adjoint else ())), self.ends(term)))
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
    if not given:
        raise ValueError("steps is a whole number, or for an encoder-decoder a pair of them, not ()")
    given = tuple(size("steps", count) for count in given)
    at_most("equations to write out, step by step", max(given) * len(derivation.equations), WRITTEN)
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
