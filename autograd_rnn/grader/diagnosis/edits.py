"""The mistakes that are made in a course's program, as rewritings of derived equations: those of formulas, which `check` knows too, and
those of a loop, of a batch, and of what is handed in."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutations import Rewriter, ascii
from autograd_rnn.formulas.mistakes.places import is_slope, placed, places
from autograd_rnn.grader.diagnosis.columns import BY_MEAN, SHIFTED, SOFTMAX
from autograd_rnn.grader.diagnosis.edit import Edit, elsewhere, moved_to, once, put, split
from autograd_rnn.grader.diagnosis.loops import Loops
from autograd_rnn.grader.diagnosis.recursion import Recursion, second
from autograd_rnn.grader.diagnosis.strays import Strays
from autograd_rnn.nets.cells import ACTIVATIONS

OURS = re.compile(
    r"\b((begin|later|kept|ends|count|behind)\[|(cached|second)_)"
)  # what stands in rewritten equations alone and is nobody's to read
OTHER_SOFTMAX = {
    "softmax of the batch": "the softmax adds up over the classes of each sequence, not over the batch",
    "softmax of all": "the softmax adds up over the classes of each sequence, not over everything at once",
    "sigmoid": "the scores go through softmax, not through the sigmoid: `p[t] = softmax(s[t])`",
    BY_MEAN: "the softmax is divided by the sum over the classes, not by their mean",
    "exp": "the softmax is divided by its sum over the classes: `exp(s[t])` alone is none",
}
STABLE = "`exp(s - max(s)) / exp(s - max(s)).sum()`"
PART = {0: "numerator", 1: "denominator"}  # of a fraction
OTHER_SOFTMAX |= {
    name: f"the sign of the largest score is wrong in the {PART[counts.index(1)]}: {STABLE}"
    if 1 in counts
    else f"the largest score is taken off in the {PART[counts.index(-1)]} alone: {STABLE}"
    for name, counts in SHIFTED.items()
}


class Editor:
    """Every single mistake in an equation of one recursion."""

    def __init__(self, recursion: Recursion):
        self.recursion, self.rewriter = recursion, Rewriter(recursion.derivation)
        self.loops, self.strays = Loops(recursion), Strays(recursion)
        self.own = {q.left.name: q for q in recursion.equations if q.left.time == e.Time("t", 0)}
        self.activated = {q.left.name: q.right.name for q in recursion.forward if isinstance(q.right, e.Fn)}
        self.gates = {gate.name for gate in recursion.gates}
        self.known: dict[e.Equation, list[Edit]] = {}
        self.inside = functools.lru_cache(maxsize=64)(self._inside)
        self.made = functools.lru_cache(maxsize=32)(self._made)  # a class makes the same mistakes

    def all(self, equation: e.Equation) -> list[Edit]:
        """Edits of an equation, each once, those that a step has no steps for left out. They depend on no numbers and are kept."""
        if equation not in self.known:
            self.known[equation] = self.made(equation)
        return self.known[equation]

    def _made(self, equation: e.Equation) -> list[Edit]:
        """The same, made anew: of an equation that has a mistake already."""
        seen, kept, code = {(equation.right, "sum")}, [], self.recursion.code
        for edit in self._all(equation):
            one_step = self.recursion.what == "step" and self._several_steps(edit.right)
            itself = equation.left in e.symbols(edit.right)  # which any number is
            if (edit.right, edit.over) in seen or one_step or itself or OURS.search(edit.sentence) or _nothing(edit.right):
                continue
            seen.add((edit.right, edit.over))
            unlikely = edit.right == e.ZERO and equation.left.time == e.Time("t", 0)  # it is what is returned that is forgotten
            kept.append(edit._replace(root=code[edit.right], rank=3 if unlikely else edit.rank))
        return kept

    def _inside(self, equation: e.Equation) -> list[Edit]:
        """Edits of what an equation uses, made in it alone."""
        running = [q for q in (*self.recursion.equations, *self.recursion.forward) if q.left.time == e.Time("t", 0) and q.left.name != "x"]
        found, where = [], f"in what {ascii(equation.left)} is made of"
        for s in (s for s in once(equation.right) if s.time is not None):
            for q in (q for q in running if (q.left.name, q.left.adjoint) == (s.name, s.adjoint)):
                for edit in (x for x in self.all(q) if x.over == "sum"):
                    right = put(equation.right, s, moved_to(edit.right, s.time))
                    found.append(Edit(right, f"{edit.sentence}: {where}", edit.rank + 1, "sum", self.recursion.code[right]))
        return found

    def _several_steps(self, right: e.Expr) -> bool:
        """Whether a right side speaks of steps that a function of one step does not have."""
        bounds = [(x.first, x.last) for x in e.nodes(right) if isinstance(x, e.Sum)]
        whole = all(pair == (e.Time("", 1), e.Time("T", 0)) for pair in bounds)
        return not whole or any(elsewhere(s, self.recursion.states) for s in e.symbols(right))

    def _parentheses(self, equation: e.Equation) -> Iterator[Edit]:
        """Parentheses lost around a sum that a program writes out, dc * u as Gc + r * u."""
        sums = {
            q.left: q.right for q in (*self.own.values(), *self.recursion.forward) if isinstance(q.right, e.Add) and q.left != equation.left
        }
        for path, x in places(equation.right):
            for k, s in enumerate(x.factors) if isinstance(x, e.Mul) else ():
                if isinstance(s, e.Sym) and s._replace(time=e.Time("t", 0)) in sums:
                    whole = moved_to(sums[s._replace(time=e.Time("t", 0))], s.time)
                    written = (*x.factors[:k], whole, *x.factors[k + 1 :])  # type: ignore[attr-defined]
                    for mutation in self.rewriter.parentheses(written, k, whole):  # type: ignore[arg-type]
                        yield Edit(placed(equation.right, path, mutation.right), mutation.sentence, mutation.rank + 1)
                    for wrong, words in _multiplied_out(whole, e.mul(*x.factors[:k], *x.factors[k + 1 :])):  # type: ignore[attr-defined]
                        yield Edit(placed(equation.right, path, wrong), words, 2)

    def _all(self, equation: e.Equation) -> Iterator[Edit]:
        yield from self.loops.all(equation)
        yield from self._parentheses(equation)
        yield from self._other_gate(equation)
        yield from self._with_bias(equation)
        yield from self._widened(equation)
        yield from self._outside(equation)
        for mutation in self.rewriter.all(equation):
            yield Edit(mutation.right, mutation.sentence, mutation.rank)
        for s in once(equation.right):
            if s.name in self.activated and not s.adjoint:
                again = e.Fn(self.activated[s.name], s)
                right = put(equation.right, s, again)
                yield Edit(right, f"{ascii(s)} is activated already: {ascii(again)} stands where it belongs", 2)
        for x in e.nodes(equation.right):
            if isinstance(x, e.Fn) and x.name in ACTIVATIONS:
                twice = e.Fn(x.name, x)
                right = e.transformed(equation.right, lambda node, x=x, twice=twice: twice if node == x else node)  # type: ignore[misc]
                yield Edit(right, f"{ascii(x)} is activated already: {ascii(twice)} stands where it belongs", 2)
            if isinstance(x, e.Fn) and x.name in SOFTMAX:
                yield Edit(e.transformed(equation.right, lambda node, x=x: x.of if node == x else node), "the softmax is missing", 1)  # type: ignore[misc]
                for name, words in OTHER_SOFTMAX.items():
                    right = e.transformed(equation.right, lambda node, x=x, name=name: e.Fn(name, x.of) if node == x else node)  # type: ignore[misc]
                    yield Edit(right, words, 1)
            if isinstance(x, e.Fn) and x.name in ACTIVATIONS:
                for name in ACTIVATIONS:
                    other = x.of if name == "identity" else e.Fn(name, x.of)
                    if name != x.name:
                        right = e.transformed(equation.right, lambda node, x=x, other=other: other if node == x else node)  # type: ignore[misc]
                        yield Edit(
                            right, f"the activation is {x.name}: {ascii(other)} stands where {ascii(x)} belongs", 2 + (name == "relu")
                        )
        yield from self.strays.all(equation)  # last: of what is the same the plainer words stand

    def _other_gate(self, equation: e.Equation) -> Iterator[Edit]:
        """What reaches another gate in place of what reaches this one."""
        others = [q for q in self.own.values() if q.left.name in self.gates and q.left.name != equation.left.name]
        if equation.left.name in self.gates and not equation.left.adjoint:
            yield from self._other_weights(equation)
        if equation.left.name in self.gates and equation.left.adjoint:
            rest, slope = split(equation.right)
            for other in others:
                yield Edit(other.left, f"{ascii(other.left)} stands where {ascii(equation.left)} belongs", 1)
            for other in others if slope else ():
                reaches = e.mul(*split(other.right)[0])
                words = f"{ascii(reaches)} stands where {ascii(e.mul(*rest))} belongs: that is what reaches {ascii(other.left)}"
                yield Edit(e.mul(reaches, *slope), words, 2)

    def _other_weights(self, equation: e.Equation) -> Iterator[Edit]:
        """All weights of another gate in place of a gate's own, with its bias or without."""
        for other in (q for q in self.recursion.forward if q.left.name in self.gates and q.left != equation.left):
            mine, theirs = ([s for s in once(q.right) if s.time is None] for q in (equation, other))
            if len(mine) != len(theirs):
                continue
            matrices = {a: b for a, b in zip(mine, theirs, strict=True) if a.name.matrix}  # type: ignore[attr-defined]
            words = f"the weights of {ascii(other.left)} stand where those of {ascii(equation.left)} belong"
            for names, rank in ((matrices, 1), (dict(zip(mine, theirs, strict=True)), 1)):
                yield Edit(e.mapped(equation.right, lambda s, names=names: names.get(s, s)), words, rank)  # type: ignore[misc]

    def _widened(self, equation: e.Equation) -> Iterator[Edit]:
        """A factor or a function that takes in more than its own: r * (a + b) for a + r * b, tanh(o * c) for o * tanh(c); one twice."""
        right = equation.right
        for path, x in places(right):
            if isinstance(x, e.Add):
                for term in (term for term in x.terms if isinstance(term, e.Mul)):
                    for factor in term.factors:
                        inner = e.mul(*(f for f in term.factors if f is not factor))
                        wide = e.mul(factor, e.add(*(inner if other is term else other for other in x.terms)))
                        words = f"{ascii(factor)} belongs to {ascii(inner)} alone: {ascii(term)}, not to the other terms"
                        yield Edit(placed(right, path, wide), words, 1)
            if not isinstance(x, e.Mul):
                continue
            for k, factor in enumerate(x.factors):
                rest = x.factors[:k] + x.factors[k + 1 :]
                if isinstance(factor, e.Fn) and factor.name in ACTIVATIONS:
                    words = f"the {factor.name} is of {ascii(factor.of)} alone: {ascii(x)}, not of the product"
                    yield Edit(placed(right, path, e.Fn(factor.name, e.mul(*rest, factor.of))), words, 1)
                for other in (x for x in once(factor) if is_slope(factor)):
                    words = f"{ascii(other)} stands where the derivative of the activation, {ascii(factor)}, belongs"
                    yield Edit(placed(right, path, e.mul(*rest, other)), words, 2)
                if is_slope(factor):
                    words = f"the derivative of the activation, {ascii(factor)}, is there twice"
                    yield Edit(placed(right, path, e.mul(*x.factors, factor)), words, 2)

    def _outside(self, equation: e.Equation) -> Iterator[Edit]:
        """A term of a preactivation that stands outside of the activation: tanh(a) + b for tanh(a + b)."""
        inner = next((q for q in self.recursion.forward if isinstance(equation.right, e.Fn) and q.left == equation.right.of), None)
        for term in inner.right.terms if inner is not None and isinstance(inner.right, e.Add) else ():
            rest = e.Fn(equation.right.name, e.add(inner.left, e.negative(term)))  # type: ignore[attr-defined, union-attr]
            apart = e.add(rest, e.Fn(equation.right.name, term))  # type: ignore[attr-defined]
            yield Edit(apart, f"the {equation.right.name} is of the whole sum, not of the term {ascii(term)} by itself", 1)  # type: ignore[attr-defined]
            yield Edit(e.add(rest, term), f"the term {ascii(term)} belongs inside the {equation.right.name}", 1)  # type: ignore[attr-defined]

    def _with_bias(self, equation: e.Equation) -> Iterator[Edit]:
        """A product of a preactivation with its bias, which a program may add up apart: the bias, or its part that goes with the state."""
        terms = equation.right.terms if isinstance(equation.right, e.Add) and not equation.left.adjoint else ()
        biases = [term for term in terms if isinstance(term, e.Sym) and term.time is None]
        products = [term for term in terms if isinstance(term, e.MatMul)]
        for bias in biases if equation.left.name in self.gates else ():
            state = second(bias.name)
            others = [term for term in terms if term != bias]
            for mine, its, words in ((e.add(bias, e.negative(state)), state, "state"), (state, e.add(bias, e.negative(state)), "input")):
                yield Edit(e.add(*others, mine), f"of two biases, the one that goes with the {words} is missing", 3)
                yield Edit(
                    e.add(*others, mine, e.negative(its)), f"of two biases, the sign of the one that goes with the {words} is wrong", 3
                )
            for product in products:
                rest = [term for term in terms if term not in (product, bias)]
                of_state = any(s.name in self.recursion.states for s in e.symbols(product))
                gone, kept = (state, e.add(bias, e.negative(state))) if of_state else (e.add(bias, e.negative(state)), state)
                words = f"the term {ascii(product)} is missing, and its bias"
                yield Edit(e.add(*rest, kept), words, 1)
                yield Edit(e.add(*rest), words, 2)
                yield Edit(e.add(*rest, kept, e.negative(product), e.negative(gone)), f"the sign of the term {ascii(product)} is wrong", 1)


def _multiplied_out(whole: e.Expr, factor: e.Expr) -> Iterator[tuple[e.Expr, str]]:
    """A mistake in one term of a product that a program has multiplied out, dc * u as Gc * u + r * u."""
    terms = whole.terms if isinstance(whole, e.Add) else ()
    for term in terms:
        rest, product = [e.mul(other, factor) for other in terms if other is not term], ascii(e.mul(term, factor))
        yield e.add(*rest, factor), f"the factor {ascii(term)} is missing in {product}"
        yield e.add(*rest, term, factor), f"{ascii(term)} and {ascii(factor)} are added: it is a product, {product}"


def _nothing(right: e.Expr) -> bool:
    """Whether something in it is taken off itself, as in 1 - 1: that is nobody's mistake."""
    sums = [x.terms for x in e.nodes(right) if isinstance(x, e.Add)]
    return any(e.negative(term) in terms for terms in sums for term in terms if _below(term))


def _below(term: e.Expr) -> bool:
    """Whether a term is taken off."""
    number = term.factors[0] if isinstance(term, e.Mul) else term
    return isinstance(number, e.Num) and number.value < 0


@functools.lru_cache(maxsize=16)
def editor(recursion: Recursion) -> Editor:
    """The editor of a recursion, with the edits that it has made."""
    return Editor(recursion)
