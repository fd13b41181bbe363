"""Mistakes that put something into an equation that is not its own: what a loop begins with, a term or a factor too much, what belongs to
another state, a product for a sum, a value for a gradient."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.mistakes.places import complement, placed, places
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.grader.diagnosis.columns import BEFORE, TOGETHER
from autograd_rnn.grader.diagnosis.edit import Edit, carried, moved_to, once, put, split, terms_of
from autograd_rnn.grader.diagnosis.recursion import BEHIND, COUNT, ENDS, HANDED, LATER, Recursion

MOST = 4  # factors of a product of which parts are added up
NEXT, NOW, AGO = e.Time("t", 1), e.Time("t", 0), e.Time("t", -1)


class Strays:
    """Such mistakes in the equations of one recursion."""

    def __init__(self, recursion: Recursion):
        self.recursion, self.sequence = recursion, recursion.what == "sequence"
        self.own = {q.left.name: q for q in recursion.equations if q.left.time == NOW}
        self.first = {q.left.name: q for q in recursion.equations if q.left.time == e.Time("", 0)}
        gates = [q.left.name for q in recursion.forward if isinstance(q.right, e.Fn)]
        self.values = [e.Sym(name, NOW) for name in dict.fromkeys([*recursion.states, *gates])]
        backs = [e.add(*(term for term in terms_of(q.right) if carried(term))) for q in self.own.values() if q.left.name in self.first]
        self.backs = [x for x in backs if x != e.ZERO]
        slopes = [e.mul(*split(term)[1]) for q in self.own.values() for term in terms_of(q.right)]
        self.squares = list(dict.fromkeys(x for x in slopes if isinstance(x, e.Add)))  # derivatives of a tanh
        self.gates = {gate.name for gate in recursion.gates}
        given = {s.name for q in recursion.equations for s in e.symbols(q.right)} & {*HANDED.values()}
        self.given = [e.Sym(name, NOW) for name in sorted(given)]

    def all(self, equation: e.Equation) -> Iterator[Edit]:
        """Every one in an equation."""
        yield from self.multiplied(equation)
        yield from self.in_place_of_values(equation)
        if equation.left.adjoint:
            yield from self.factors(equation)
            yield from self.begun(equation)
            yield from self.of_another_state(equation)
            yield from self.too_much(equation)
            yield from self.slopes(equation)
            yield from self.of_another_kind(equation)
            yield from self.collected(equation)

    def begun(self, equation: e.Equation) -> Iterator[Edit]:
        """What flows back, beginning with something else than zeros at the last step."""
        left, right = equation.left, equation.right
        if left.name not in self.first or left.time != NOW or not any(map(carried, terms_of(right))):
            return
        last, zero = e.Time("T", 0), e.Time("", 0)
        states = [e.Sym(name, time) for name in self.recursion.states for time in (last, zero)]
        begins: list[e.Expr] = [e.ONE, *(s._replace(time=last) for s in self.given), *states]
        for other in begins:
            what = "ones" if other == e.ONE else ascii(other)
            words = f"what flows back in {ascii(left)} begins with {what}: after the last step there is nothing, it begins with zeros"
            yield Edit(e.add(right, e.mul(ENDS, other)), words, 1 if other == e.ONE else 2)
        words = f"what flows back in {ascii(left)} is carried from one sequence of the batch into the next: each begins with zeros"
        yield Edit(e.add(right, e.mul(ENDS, e.Fn(BEFORE, self.first[left.name].right))), words, 1)

    def of_another_state(self, equation: e.Equation) -> Iterator[Edit]:
        """What flows back to another state, or to it before the first step."""
        left, terms = equation.left, terms_of(equation.right)
        if left.name in self.first:
            alike = self.first if left == self.first[left.name].left else self.own
            mine = [term for term in terms if carried(term) or alike is self.first]
            for name in (name for name in self.first if name != left.name and mine):
                theirs = [term for term in terms_of(alike[name].right) if carried(term) or alike is self.first]
                words = f"what flows back to {ascii(alike[name].left)} stands where what flows back to {ascii(left)} belongs"
                yield Edit(e.add(*(term for term in terms if term not in mine), *theirs), words, 1)

    def too_much(self, equation: e.Equation) -> Iterator[Edit]:
        """A term of another equation in this one too, what is handed in for another step, what the step after has left."""
        left, right = equation.left, equation.right
        back = [term for term in terms_of(right) if carried(term)]
        for s in self.given if back and len(back) < len(terms_of(right)) else ():
            after = s._replace(time=NEXT)
            words = f"{ascii(after)} is too much in {ascii(left)}"
            yield Edit(e.add(right, e.mul(LATER._replace(time=NEXT), after)), words, 2)
        for s in (s for s in once(right) if s.adjoint and s.name in {*self.gates, *self.first}):
            alone = [s.name] == [*self.gates] and left.name not in self.first
            others = [*self.given, *(q.left for q in self.own.values() if q.left.name in self.first)] if s.name in self.first else []
            for other in [*(x for x in others if x.name != s.name), *(self.backs if alone else ())]:
                there = moved_to(other, s.time)
                yield Edit(put(right, s, e.add(s, there)), f"{ascii(there)} is too much beside {ascii(s)}", 3)
        for other in (q.left for q in self.own.values() if left.name in self.first and q.left.name in self.first):
            there = other._replace(time=NOW if left.time == NOW else e.Time("", 1))
            if there.name != left.name and there not in once(right):
                yield Edit(e.add(right, there), f"{ascii(there)} is too much in {ascii(left)}", 3)
        if left.time is None or left.name == "x" or left.time != NOW:
            words = f"{ascii(left)} begins with ones: what is added up begins with zeros"
            yield Edit(e.add(right, e.ONE), words, 2)
        if left.time is None:
            own = left._replace(adjoint=False)
            yield Edit(e.add(right, own), f"{ascii(left)} begins with {ascii(own)}: what is added up begins with zeros", 2)
        for s in (s for s in once(right) if s.adjoint and s.name in self.own and s.name in self.first):
            for term in terms_of(self.own[s.name].right):
                there = moved_to(term, s.time)
                if there not in terms_of(right) and not carried(term):
                    words = f"the term {ascii(there)} is too much in {ascii(left)}: {ascii(s)} has it already"
                    yield Edit(e.add(right, there), words, 2)
        if left.time == e.Time("", 0):
            after = left._replace(time=e.Time("", 1))
            yield Edit(e.add(right, after), f"{ascii(after)} is too much in {ascii(left)}", 2)
        if left.time == NOW and self.sequence:
            after = left._replace(time=NEXT)
            words = f"{ascii(left)} is added up over the steps: {ascii(after)} is still in it"
            yield Edit(e.add(right, after), words, 2)
        if left.time is not None and (left.name == "x" or left.time != NOW):
            for over, words in (("summed", "summed"), ("averaged", "the mean")):
                yield Edit(right, f"{ascii(left)} is of each sequence by itself: this is {words} over the batch", 2, over)

    def factors(self, equation: e.Equation) -> Iterator[Edit]:
        """A value or the derivative of an activation once more as a factor; a matrix twice; the last step's gradient at every step."""
        left, right = equation.left, equation.right
        ago = [x._replace(time=AGO) for x in self.values if x.name in self.first]
        values: list[e.Expr] = [
            *self.values,
            *ago,
            *self.squares,
            *(e.add(e.ONE, e.negative(x)) for x in self.values if x.name not in self.first),
        ]
        if left.name in self.gates:
            extra: list[e.Expr] = [*self.values, *self.squares]
            for value in extra if len(self.gates) > 1 else ():
                yield Edit(e.mul(right, value), f"the factor {ascii(value)} is too much in {ascii(left)}", 2)
        for s in (s for s in once(right) if s.adjoint and left.name not in self.gates and s.name in {*self.gates, *self.first}):
            for there in (moved_to(value, s.time) for value in values):
                yield Edit(put(right, s, e.mul(s, there)), f"the factor {ascii(there)} is too much beside {ascii(s)}", 3)
        handed = {s.name for s in self.given}
        for s in (s for s in once(right) if s.name in handed and left.name in self.first):
            for there in (moved_to(value, s.time) for value in self.values):
                yield Edit(put(right, s, e.mul(s, there)), f"the factor {ascii(there)} is too much beside {ascii(s)}", 3)
        for name in self.recursion.states if left.name in self.first and left.time != NOW else ():
            before = e.Sym(name, e.Time("", 0))
            slope = e.add(e.ONE, e.negative(e.mul(before, before)))
            words = f"the derivative of the activation, {ascii(slope)}, is too much in {ascii(left)}: it belongs to the step before"
            yield Edit(e.mul(right, slope), words, 2)
        for path, x in places(right):
            if isinstance(x, e.MatMul) and left.name in self.first:
                yield Edit(placed(right, path, e.matmul(x.matrix, x)), f"{ascii(x.matrix)} is there twice in front of {ascii(x.vector)}", 2)
        after = [s for s in once(right) if s.adjoint and s.time == NEXT]
        if after:
            last = {s: e.mul(LATER._replace(time=NEXT), s._replace(time=e.Time("T", 0))) for s in after}
            words = f"{ascii(after[0]._replace(time=e.Time('T', 0)))} stands at every step where {ascii(after[0])} belongs"
            yield Edit(e.mapped(right, lambda s: last.get(s, s)), words, 2)

    def in_place_of_values(self, equation: e.Equation) -> Iterator[Edit]:
        """A tanh for what stands beside it, 1 for a quantity of a difference, a state that is added to what it gives."""
        right = equation.right
        for s in (s for s in once(right) if s.name in self.recursion.states and not s.adjoint):
            for other in (e.Fn("tanh", e.Sym(name, time)) for name in self.recursion.states for time in (NOW, AGO)):
                if equation.left.adjoint and isinstance(right, e.Mul) and other not in e.nodes(right):
                    yield Edit(put(right, s, other), f"{ascii(other)} stands where {ascii(s)} belongs", 3)
        for path, x in places(right):
            for k, term in enumerate(x.terms) if isinstance(x, e.Add) and complement(x) is None and path else ():
                if isinstance(term, e.Sym):
                    one = e.add(*x.terms[:k], e.ONE, *x.terms[k + 1 :])  # type: ignore[attr-defined]
                    yield Edit(placed(right, path, one), f"`1` stands where {ascii(term)} belongs", 2)
        if equation.left.name in self.recursion.states and not equation.left.adjoint:
            for s in (s._replace(time=AGO) for s in self.values if s.name in self.recursion.states):
                yield Edit(e.add(right, s), f"the term {ascii(s)} is too much in {ascii(equation.left)}", 2)

    def slopes(self, equation: e.Equation) -> Iterator[Edit]:
        """The derivative of the activation, taken at another quantity or at another step."""
        terms = terms_of(equation.right)
        for k, term in enumerate(terms):
            rest, slope = split(term)
            for value in self.values if slope and rest else ():
                for s in (value, value._replace(time=AGO)):
                    squares = e.add(e.ONE, e.negative(e.mul(s, s)))
                    for wrong in (squares, e.mul(s, e.add(e.ONE, e.negative(s)))):
                        words = f"{ascii(wrong)} stands where the derivative of the activation, {ascii(e.mul(*slope))}, belongs"
                        yield Edit(e.add(*terms[:k], e.mul(*rest, wrong), *terms[k + 1 :]), words, 2)

    def of_another_kind(self, equation: e.Equation) -> Iterator[Edit]:
        """In the gradient of a matrix, another quantity of a state's size in place of one."""
        adjoints = [*(q.left for q in self.own.values() if q.left.name != "x"), *self.backs]
        for s in (s for s in once(equation.right) if s.name == TARGET):
            read = e.Sym("x", s.time)
            yield Edit(put(equation.right, s, read), f"what is read, {ascii(read)}, stands where the target, {ascii(s)}, belongs", 1)
        for s in (s for s in once(equation.right) if s.adjoint and [s.name] == [*self.gates] and s.time != NOW):
            for given in self.given:
                there = e.mul(LATER._replace(time=s.time), given._replace(time=s.time)) if s.time == NEXT else given._replace(time=s.time)
                words = f"{ascii(given._replace(time=s.time))} stands where {ascii(s)} belongs"
                yield Edit(put(equation.right, s, there), words, 3)
        for x in (x for x in e.nodes(equation.right) if isinstance(x, e.Outer)):
            for mine, others in ((x.left, self.values), (x.right, [*adjoints, *self.given, *self.values])):
                if not isinstance(mine, e.Sym) or not (mine.adjoint or mine.name in self.recursion.states):
                    continue
                for other in (s for s in others if s != mine):
                    yield Edit(put(equation.right, mine, other), f"{ascii(other)} stands where {ascii(mine)} belongs", 3)

    def collected(self, equation: e.Equation) -> Iterator[Edit]:
        """A sum over the steps that is added to itself at every step, or taken of parts; a step before that has none before the first."""
        right = equation.right
        if isinstance(right, e.Sum) and isinstance(right.of, e.Outer):
            first, last = right.of.left, right.of.right
            words = f"{ascii(equation.left)} must add up products, not be the product of what is added up over the "
            yield Edit(e.outer(right._replace(of=first), right._replace(of=last)), f"{words}steps", 1)
            yield Edit(right._replace(of=e.outer(e.Fn(TOGETHER, first), e.Fn(TOGETHER, last))), f"{words}batch", 1)
            ago = moved_to(last, AGO)
            words = f"{ascii(ago)} stands where {ascii(last)} belongs"
            yield Edit(right._replace(of=e.outer(first, e.mul(LATER, ago))), f"the time is wrong: {words}", 0)
        for count in (COUNT, BEHIND) if isinstance(right, e.Sum) and self.sequence else ():
            words = f"what {ascii(equation.left)} has collected is added again at every step: each step counts once"
            yield Edit(right._replace(of=e.mul(count, right.of)), words, 1)  # type: ignore[attr-defined]

    def multiplied(self, equation: e.Equation) -> Iterator[Edit]:
        """A product for a sum of two; a sum for a product, or for a part of one."""
        for path, x in places(equation.right):
            if isinstance(x, e.Add) and len(x.terms) == 2 and complement(x) is None:
                words = f"{ascii(e.mul(*x.terms))} stands where {ascii(x)} belongs: it is a sum"
                yield Edit(placed(equation.right, path, e.mul(*x.terms)), words, 2)
            factors = x.factors if isinstance(x, e.Mul) else ()
            for sides in itertools.product((0, 1, 2), repeat=len(factors)) if len(factors) <= MOST else ():
                left, right, rest = (e.mul(*(f for f, side in zip(factors, sides, strict=True) if side == k)) for k in (0, 1, 2))
                if 0 in sides and 1 in sides and sides.index(0) < sides.index(1) and not isinstance(factors[0], e.Num):
                    words = f"{ascii(e.add(left, right))} stands where {ascii(e.mul(left, right))} belongs: it is a product"
                    yield Edit(placed(equation.right, path, e.mul(rest, e.add(left, right))), words, 2)
