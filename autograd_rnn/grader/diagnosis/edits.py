"""The mistakes that are made in a course's program, as rewritings of derived equations: those of formulas, which `check` knows too, and
those of a loop, of a batch, and of what is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.mutations import Rewriter, ascii
from autograd_rnn.grader.diagnosis.recursion import HANDED, Recursion
from autograd_rnn.nets.cells import ACTIVATIONS


class Edit(NamedTuple):
    """A right side with a mistake in it, and the sentence that names it. ``over``: what is done to a sum over the batch instead."""

    right: e.Expr
    sentence: str
    rank: int = 2
    over: str = "sum"


class Editor:
    """Every single mistake in an equation of one recursion."""

    def __init__(self, recursion: Recursion):
        self.recursion, self.rewriter = recursion, Rewriter(recursion.derivation)
        self.own = {q.left.name: q for q in recursion.equations if q.left.time == e.Time("t", 0)}

    def all(self, equation: e.Equation) -> Iterator[Edit]:
        """Edits of an equation, each once, those that a step has no steps for left out."""
        seen = {equation.right}
        for edit in self._all(equation):
            one_step = self.recursion.what == "step" and any(_elsewhere(s) for s in e.symbols(edit.right))
            if (edit.right in seen and edit.over == "sum") or one_step:
                continue
            seen.add(edit.right)
            yield edit

    def _parentheses(self, equation: e.Equation) -> Iterator[Edit]:
        """Parentheses lost around a state's adjoint that a program writes out, dc * u as Gc + r * u."""
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if s.adjoint and s.name in HANDED and s.name in self.own):
            whole = e.mapped(self.own[s.name].right, lambda x, s=s: _moved(x, s.time.base, s.time.offset) if s.time else x)  # type: ignore[misc]
            written = e.mapped(equation.right, lambda x, s=s, whole=whole: whole if x == s else x)  # type: ignore[misc]
            if isinstance(whole, e.Add) and isinstance(written, e.Mul) and whole in written.factors:
                for mutation in self.rewriter.parentheses(written.factors, written.factors.index(whole), whole):
                    yield Edit(mutation.right, mutation.sentence, mutation.rank + 1)

    def _all(self, equation: e.Equation) -> Iterator[Edit]:
        yield from self._loop(equation)
        yield from self._handed(equation)
        yield from self._parentheses(equation)
        if equation.left.time is None:
            left = ascii(equation.left)
            for over, words in (("first", "first sequence"), ("last", "last sequence")):
                yield Edit(equation.right, f"{left} must add up over the batch: this is of the {words} alone", 1, over)
            yield Edit(equation.right, f"{left} must add up over the batch: this is its mean", 1, "mean")
        for mutation in self.rewriter.all(equation):
            yield Edit(mutation.right, mutation.sentence, mutation.rank)
        for x in e.nodes(equation.right):
            if isinstance(x, e.Fn) and x.name in ACTIVATIONS:
                for name in ACTIVATIONS:
                    other = x.of if name == "identity" else e.Fn(name, x.of)
                    if name != x.name:
                        right = e.transformed(equation.right, lambda node, x=x, other=other: other if node == x else node)  # type: ignore[misc]
                        yield Edit(right, f"the activation is {x.name}: {ascii(other)} stands where {ascii(x)} belongs", 2)

    def _loop(self, equation: e.Equation) -> Iterator[Edit]:
        """Mistakes of the loop: a state that is not carried on, the gradient of a state before the first step taken from elsewhere."""
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if not s.adjoint and s.time == e.Time("t", -1)):
            first = s._replace(time=e.Time("", 0))
            right = e.mapped(equation.right, lambda x, s=s, first=first: first if x == s else x)  # type: ignore[misc]
            yield Edit(right, f"{ascii(first)} stands at every step where {ascii(s)} belongs: the state is not carried on", 1)

        if equation.left.time == e.Time("", 0) and equation.left.name in HANDED:
            step = equation.left._replace(time=e.Time("", 1))
            for wrong in (e.Sym(HANDED[equation.left.name], e.Time("", 1)), step):
                yield Edit(wrong, f"{ascii(wrong)} stands where {ascii(equation.left)} belongs: {ascii(equation.right)}", 1)

    def _handed(self, equation: e.Equation) -> Iterator[Edit]:
        """A state's adjoint has parts, what is handed in and what flows back: mistakes that take one part for all of it."""
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if s.adjoint and s.name in HANDED and s.name in self.own):
            own = self.own[s.name]
            terms = own.right.terms if isinstance(own.right, e.Add) else ()
            offset = s.time.offset if s.time is not None else 0
            base = s.time.base if s.time is not None else "t"
            for k, term in enumerate(terms):
                rest = e.add(*(other for j, other in enumerate(terms) if j != k))
                for part, missing in ((term, rest), (rest, term)):
                    if part == rest and len(terms) == 2:
                        continue
                    moved = e.mapped(part, lambda x: _moved(x, base, offset))
                    right = e.mapped(equation.right, lambda x, s=s, moved=moved: moved if x == s else x)  # type: ignore[misc]
                    back = [x for x in (missing.terms if isinstance(missing, e.Add) else (missing,)) if _carried(x)]
                    if back and len(back) == len(terms) - 1:
                        words = f"what flows back through time is missing in {ascii(s)}: {ascii(e.add(*back))}"
                    else:
                        words = f"{ascii(moved)} stands where all of {ascii(s)} belongs: {ascii(missing)} is missing in it"
                    yield Edit(right, words, 1)


def _moved(x: e.Sym, base: str, offset: int) -> e.Sym:
    return x if x.time is None or x.time.base != "t" else x._replace(time=e.Time(base, x.time.offset + offset))


def _elsewhere(s: e.Sym) -> bool:
    """Whether a symbol stands at a step that a function of one step does not have."""
    if s.time is None:
        return False
    last = 0 if s.adjoint and s.time.base == "t" or s.time.base else 1
    return not (last - 1 if not s.adjoint or not s.time.base else 0) <= s.time.offset <= last


def _carried(term: e.Expr) -> bool:
    """Whether a term comes from the step after."""
    return any(s.adjoint and s.time == e.Time("t", 1) for s in e.symbols(term))
