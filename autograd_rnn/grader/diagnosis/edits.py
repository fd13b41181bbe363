"""The mistakes that are made in a course's program, as rewritings of derived equations: those of formulas, which `check` knows too, and
those of a loop, of a batch, and of what is handed in."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.mutations import Rewriter, ascii
from autograd_rnn.formulas.checking.places import complement, is_slope
from autograd_rnn.grader.diagnosis.recursion import HANDED, Recursion, second
from autograd_rnn.nets.cells import ACTIVATIONS


class Edit(NamedTuple):
    """A right side with a mistake in it, and the sentence that names it. ``over``: what is done to a sum over the batch instead; ``root``:
    the right side's number in the recursion's code."""

    right: e.Expr
    sentence: str
    rank: int = 2
    over: str = "sum"
    root: int = -1


class Editor:
    """Every single mistake in an equation of one recursion."""

    def __init__(self, recursion: Recursion):
        self.recursion, self.rewriter = recursion, Rewriter(recursion.derivation)
        self.own = {q.left.name: q for q in recursion.equations if q.left.time == e.Time("t", 0)}
        self.activated = {q.left.name: q.right.name for q in recursion.forward if isinstance(q.right, e.Fn)}
        self.gates = {gate.name for gate in recursion.gates}
        self.known: dict[e.Equation, list[Edit]] = {}

    def all(self, equation: e.Equation) -> list[Edit]:
        """Edits of an equation, each once, those that a step has no steps for left out. They depend on no numbers and are kept."""
        if equation not in self.known:
            self.known[equation] = self.made(equation)
        return self.known[equation]

    def made(self, equation: e.Equation) -> list[Edit]:
        """The same, made anew: of an equation that has a mistake already."""
        seen, kept, code = {equation.right}, [], self.recursion.code
        for edit in self._all(equation):
            one_step = self.recursion.what == "step" and self._several_steps(edit.right)
            itself = equation.left in e.symbols(edit.right)  # which any number is
            if (edit.right in seen and edit.over == "sum") or one_step or itself:
                continue
            seen.add(edit.right)
            unlikely = edit.right == e.ZERO and equation.left.time == e.Time("t", 0)  # it is what is returned that is forgotten
            kept.append(edit._replace(root=code[edit.right], rank=3 if unlikely else edit.rank))
        return kept

    def _several_steps(self, right: e.Expr) -> bool:
        """Whether a right side speaks of steps that a function of one step does not have."""
        bounds = [(x.first, x.last) for x in e.nodes(right) if isinstance(x, e.Sum)]
        whole = all(pair == (e.Time("", 1), e.Time("T", 0)) for pair in bounds)
        return not whole or any(_elsewhere(s, self.recursion.states) for s in e.symbols(right))

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
        yield from self._groups(equation)
        yield from self._other_gate(equation)
        yield from self._with_bias(equation)
        if equation.left.time is None:
            left = ascii(equation.left)
            for over, words in (("first", "first sequence"), ("last", "last sequence")):
                yield Edit(equation.right, f"{left} must add up over the batch: this is of the {words} alone", 1, over)
            yield Edit(equation.right, f"{left} must add up over the batch: this is its mean", 1, "mean")
        for mutation in self.rewriter.all(equation):
            yield Edit(mutation.right, mutation.sentence, mutation.rank)
        for s in dict.fromkeys(e.symbols(equation.right)):
            if s.name in self.activated and not s.adjoint:
                again = e.Fn(self.activated[s.name], s)
                right = e.mapped(equation.right, lambda x, s=s, again=again: again if x == s else x)  # type: ignore[misc]
                yield Edit(right, f"{ascii(s)} is activated already: {ascii(again)} stands where it belongs", 2)
        for x in e.nodes(equation.right):
            if isinstance(x, e.Fn) and x.name in ACTIVATIONS:
                twice = e.Fn(x.name, x)
                right = e.transformed(equation.right, lambda node, x=x, twice=twice: twice if node == x else node)  # type: ignore[misc]
                yield Edit(right, f"{ascii(x)} is activated already: {ascii(twice)} stands where it belongs", 2)
                for name in ACTIVATIONS:
                    other = x.of if name == "identity" else e.Fn(name, x.of)
                    if name != x.name:
                        right = e.transformed(equation.right, lambda node, x=x, other=other: other if node == x else node)  # type: ignore[misc]
                        yield Edit(right, f"the activation is {x.name}: {ascii(other)} stands where {ascii(x)} belongs", 2)

    def _groups(self, equation: e.Equation) -> Iterator[Edit]:
        """Several terms of a sum in one: what comes through the weights, what comes from the step after."""
        terms = equation.right.terms if isinstance(equation.right, e.Add) else ()
        through = [term for term in terms if isinstance(term, e.MatMul)]
        back = [term for term in terms if _carried(term)]
        for group, words in ((back, "through time"), (through, "through the weights")):
            if not group or len(group) == len(terms) or words == "through the weights" and (group == back or len(group) < 2):
                continue
            rest, some = [term for term in terms if term not in group], ascii(group[0]) + ", ..." * (len(group) > 1)
            twice = [e.mul(e.Num(2.0), term) for term in group]
            yield Edit(e.add(*rest, *twice), f"there is a factor 2 too much in what flows back {words} ({some})", 2)
            yield Edit(e.add(*rest, *map(e.negative, group)), f"the sign of what flows back {words} is wrong ({some})", 1)
            if group != back:
                yield Edit(e.add(*rest), f"what flows back {words} is missing ({some})", 1)

    def _other_gate(self, equation: e.Equation) -> Iterator[Edit]:
        """What reaches another gate in place of what reaches this one."""
        others = [q for q in self.own.values() if q.left.name in self.gates and q.left.name != equation.left.name]
        if equation.left.name in self.gates and equation.left.adjoint:
            rest, slope = _split(equation.right)
            for other in others:
                yield Edit(other.left, f"{ascii(other.left)} stands where {ascii(equation.left)} belongs", 1)
            for other in others if slope else ():
                reaches = e.mul(*_split(other.right)[0])
                words = f"{ascii(reaches)} stands where {ascii(e.mul(*rest))} belongs: that is what reaches {ascii(other.left)}"
                yield Edit(e.mul(reaches, *slope), words, 2)

    def _with_bias(self, equation: e.Equation) -> Iterator[Edit]:
        """A product of a preactivation with its bias, which a program may add up apart: the bias, or its part that goes with the state."""
        terms = equation.right.terms if isinstance(equation.right, e.Add) and not equation.left.adjoint else ()
        biases = [term for term in terms if isinstance(term, e.Sym) and term.time is None]
        products = [term for term in terms if isinstance(term, e.MatMul)]
        for bias in biases if equation.left.name in self.gates else ():
            state = second(bias.name)
            for product in products:
                rest = [term for term in terms if term not in (product, bias)]
                of_state = any(s.name in self.recursion.states for s in e.symbols(product))
                gone, kept = (state, e.add(bias, e.negative(state))) if of_state else (e.add(bias, e.negative(state)), state)
                words = f"the term {ascii(product)} is missing, and its bias"
                yield Edit(e.add(*rest, kept), words, 1)
                yield Edit(e.add(*rest), words, 2)
                yield Edit(e.add(*rest, kept, e.negative(product), e.negative(gone)), f"the sign of the term {ascii(product)} is wrong", 1)

    def _loop(self, equation: e.Equation) -> Iterator[Edit]:
        """Mistakes of the loop: a state that is not carried on, the gradient of a state before the first step taken from elsewhere."""
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if not s.adjoint and s.time == e.Time("t", -1)):
            first = s._replace(time=e.Time("", 0))
            right = e.mapped(equation.right, lambda x, s=s, first=first: first if x == s else x)  # type: ignore[misc]
            yield Edit(right, f"{ascii(first)} stands at every step where {ascii(s)} belongs: the state is not carried on", 1)
        kept = [s for s in e.symbols(equation.right) if s.time is not None and s.time.base == "t" and not s.adjoint]
        for s in dict.fromkeys(kept):
            last = s._replace(time=e.Time("T", 0))
            right = e.mapped(equation.right, lambda x, s=s, last=last: last if x == s else x)  # type: ignore[misc]
            yield Edit(right, f"{ascii(last)} stands at every step where {ascii(s)} belongs: an array that is changed later is no copy", 2)
        if equation.left.time == e.Time("", 0) and equation.left.name in HANDED:
            step = equation.left._replace(time=e.Time("", 1))
            for wrong in (e.Sym(HANDED[equation.left.name], e.Time("", 1)), step):
                yield Edit(wrong, f"{ascii(wrong)} stands where {ascii(equation.left)} belongs: {ascii(equation.right)}", 1)

    def _handed(self, equation: e.Equation) -> Iterator[Edit]:
        """A state's adjoint has parts, what is handed in and what flows back: mistakes that take one part for all of it, or what is handed
        in for another."""
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if s.name in HANDED.values() and self.recursion.what == "step"):
            for state in self.recursion.states:
                other = s._replace(name=HANDED[state])
                right = e.mapped(equation.right, lambda x, s=s, other=other: other if x == s else x)  # type: ignore[misc]
                yield Edit(right, f"{ascii(other)} stands where {ascii(s)} belongs", 2)
        for s in dict.fromkeys(s for s in e.symbols(equation.right) if s.adjoint and s.name in HANDED and s.name in self.own):
            others = {x for q in self.recursion.equations for x in e.symbols(q.right) if x.name in HANDED.values()} - {s}
            for name in sorted({x.name for x in others}) if s.time is not None else ():
                given = e.Sym(name, s.time)
                right = e.mapped(equation.right, lambda x, s=s, given=given: given if x == s else x)  # type: ignore[misc]
                yield Edit(right, f"{ascii(given)} stands where {ascii(s)} belongs", 2)
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


@functools.lru_cache(maxsize=16)
def editor(recursion: Recursion) -> Editor:
    """The editor of a recursion, with the edits that it has made."""
    return Editor(recursion)


def _moved(x: e.Sym, base: str, offset: int) -> e.Sym:
    return x if x.time is None or x.time.base != "t" else x._replace(time=e.Time(base, x.time.offset + offset))


def _elsewhere(s: e.Sym, states: Collection[str]) -> bool:
    """Whether a symbol stands at a step that a function of one step does not have."""
    if s.time is None:
        return False
    before = s.time in (e.Time("t", -1), e.Time("", 0)) and s.name in states and not s.adjoint
    return not before and s.time not in (e.Time("t", 0), e.Time("", 1))


def _split(right: e.Expr) -> tuple[list[e.Expr], list[e.Expr]]:
    """The factors of what reaches a gate, and those of its activation's derivative."""
    factors = right.factors if isinstance(right, e.Mul) else (right,)
    slopes = [x for x in factors if is_slope(x)][-1:]
    slopes += [x for x in factors if slopes and x == complement(slopes[0])]
    return [x for x in factors if x not in slopes], slopes


def _carried(term: e.Expr) -> bool:
    """Whether a term comes from the step after."""
    return any(s.adjoint and s.time == e.Time("t", 1) for s in e.symbols(term))
