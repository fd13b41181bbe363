"""The mistakes of a loop and of a batch, as rewritings of derived equations: what is carried on, what is handed in, what is collected."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.grader.diagnosis.edit import Edit, carried, moved_to, once, put, split, terms_of
from autograd_rnn.grader.diagnosis.recursion import BEGIN, HANDED, LATER, Recursion


class Loops:
    """Such mistakes in the equations of one recursion."""

    def __init__(self, recursion: Recursion):
        self.recursion = recursion
        self.own = {q.left.name: q for q in recursion.equations if q.left.time == e.Time("t", 0)}
        self.gates = [gate.name for gate in recursion.gates]

    def all(self, equation: e.Equation) -> Iterator[Edit]:
        """Every one in an equation."""
        yield from self.batch(equation)
        yield from self.steps(equation)
        yield from self.first_state(equation)
        yield from self.handed(equation)
        yield from self.parts(equation)
        yield from self.groups(equation)

    def batch(self, equation: e.Equation) -> Iterator[Edit]:
        """Of what adds up over a batch one sequence, or the mean; steps of what is returned in another order."""
        left, right = ascii(equation.left), equation.right
        if equation.left.time is None:
            for over, words in (("first", "first sequence"), ("last", "last sequence")):
                yield Edit(right, f"{left} must add up over the batch: this is of the {words} alone", 1, over)
                for time, step in ((right.last, "last"), (right.first, "first")) if isinstance(right, e.Sum) else ():
                    both = f"{left} must add up over steps and batch: this is of the {step} step of the {words} alone"
                    yield Edit(moved_to(right.of, time), both, 1, over)  # type: ignore[attr-defined]
            yield Edit(right, f"{left} must add up over the batch: this is its mean", 1, "mean")
        elif equation.left.name == "x" and self.recursion.what == "sequence":
            yield Edit(right, f"the steps of {left} stand in reverse order", 1, "reversed")
            yield Edit(right, f"the steps of {left} stand one too early", 1, "early")
            yield Edit(right, f"the steps of {left} stand one too late", 1, "late")

    def steps(self, equation: e.Equation) -> Iterator[Edit]:
        """A state that is not carried on, or that begins with another than the given one; an array that is changed later."""
        right = equation.right
        bare = isinstance(right, e.Sum) and not isinstance(right.of, e.Outer)  # what is said of a step before it says as well
        for begin, end in ((2, 0), (1, -1)) if bare else ():
            bounds = e.Time("", begin), e.Time("T", end)
            words = f"the sum runs from t = {right.first} to {right.last}, not from {bounds[0]} to {bounds[1]}"  # type: ignore[attr-defined]
            yield Edit(e.Sum(right.of, *bounds), words, 0)  # type: ignore[attr-defined]
        for s in (s for s in once(right) if not s.adjoint and s.time == e.Time("t", -1)):
            first = s._replace(time=e.Time("", 0))
            words = f"{ascii(first)} stands at every step where {ascii(s)} belongs: the state is not carried on"
            yield Edit(put(right, s, first), words, 1)
            last = s._replace(time=e.Time("T", 0))
            others: list[e.Expr] = [e.ZERO, e.ONE, last]
            others += [first._replace(name=name) for name in self.recursion.states if name != s.name]
            for other in others if self.recursion.what == "sequence" else ():
                begun = e.add(e.mul(LATER, s), e.mul(BEGIN, other))
                what = "zeros stand" if other == e.ZERO else "ones stand" if other == e.ONE else f"{ascii(other)} stands"
                rank = 2 if isinstance(other, e.Sym) and other.name != s.name else 1
                yield Edit(put(right, s, begun), f"before the first step {what} where {ascii(first)} belongs", rank)
            if self.recursion.what == "sequence":  # of an array that holds the first state too, and ends with the last
                earlier = s._replace(time=e.Time("t", -2))
                wrapped = e.add(e.mul(LATER, earlier), e.mul(BEGIN, last))
                for wrong in (wrapped, e.mul(LATER, earlier)):  # and where it is not filled yet
                    yield Edit(put(right, s, wrong), f"the time of {ascii(s)} is wrong: {ascii(earlier)} stands where it belongs", 1)
        for s in (s for s in once(right) if s.time is not None and s.time.base == "t" and not s.adjoint):
            last = s._replace(time=e.Time("T", 0))
            words = f"{ascii(last)} stands at every step where {ascii(s)} belongs: an array that is changed later is no copy"
            yield Edit(put(right, s, last), words, 2)

    def first_state(self, equation: e.Equation) -> Iterator[Edit]:
        """The gradient of a state before the first step, taken from elsewhere."""
        if equation.left.time == e.Time("", 0) and equation.left.name in HANDED:
            left, given = ascii(equation.left), e.Sym(HANDED[equation.left.name], e.Time("", 1))
            for wrong in (given, equation.left._replace(time=e.Time("", 1))):
                yield Edit(wrong, f"{ascii(wrong)} stands where {left} belongs: {ascii(equation.right)}", 1)
            if isinstance(equation.right, e.MatMul):
                twice = e.matmul(equation.right.matrix, equation.right)
                yield Edit(twice, f"{ascii(equation.right.matrix)} is there twice in {left}: {ascii(equation.right)}", 1)
            if self.recursion.what == "sequence":
                yield Edit(e.add(given, equation.right), f"{ascii(given)} is too much in {left}: {ascii(equation.right)}", 1)
                yield from self.added_up(equation, e.Time("", 1))
                yield from self.twice_derived(equation, [equation.right])

    def handed(self, equation: e.Equation) -> Iterator[Edit]:
        """A state's adjoint has parts, what is handed in and what flows back: mistakes that take one part for all of it, or what is handed
        in for another."""
        right = equation.right
        for s in (s for s in once(right) if s.name in HANDED.values() and self.recursion.what == "step"):
            for state in self.recursion.states:
                other = s._replace(name=HANDED[state])
                yield Edit(put(right, s, other), f"{ascii(other)} stands where {ascii(s)} belongs", 2)
        for s in (s for s in once(right) if s.adjoint and s.name in HANDED and s.name in self.own):
            others = {x for q in self.recursion.equations for x in e.symbols(q.right) if x.name in HANDED.values()} - {s}
            for name in sorted({x.name for x in others}) if s.time is not None else ():
                given = e.Sym(name, s.time)
                yield Edit(put(right, s, given), f"{ascii(given)} stands where {ascii(s)} belongs", 2)
            own = self.own[s.name]
            terms = own.right.terms if isinstance(own.right, e.Add) else ()
            for k, term in enumerate(terms):
                rest = e.add(*(other for j, other in enumerate(terms) if j != k))
                for part, missing in ((term, rest), (rest, term)):
                    if part == rest and len(terms) == 2:
                        continue
                    there = moved_to(part, s.time)
                    back = [x for x in terms_of(missing) if carried(x)]
                    if back and len(back) == len(terms) - 1:
                        words = f"what flows back through time is missing in {ascii(s)}: {ascii(e.add(*back))}"
                    else:
                        words = f"{ascii(there)} stands where all of {ascii(s)} belongs: {ascii(missing)} is missing in it"
                    yield Edit(put(right, s, there), words, 1)

    def parts(self, equation: e.Equation) -> Iterator[Edit]:
        """Where there is one gate alone, what reaches it is of its shape: what is handed in and what flows back stand for its adjoint."""
        right = equation.right
        for s in (s for s in once(right) if s.adjoint and [s.name] == self.gates):
            for state in (x for x in once(self.own[s.name].right) if x.adjoint and x.name in HANDED):
                for part in terms_of(self.own[state.name].right) if state.name != equation.left.name else ():
                    there = moved_to(part, s.time)
                    yield Edit(put(right, s, there), f"{ascii(there)} stands where {ascii(s)} belongs", 2)

    def groups(self, equation: e.Equation) -> Iterator[Edit]:
        """Several terms of a sum in one: what comes through the weights, what comes from the step after."""
        terms = equation.right.terms if isinstance(equation.right, e.Add) else ()
        through = [term for term in terms if isinstance(term, e.MatMul)]
        back = [term for term in terms if carried(term)]
        for term in terms:
            yield Edit(e.add(equation.right, term), f"the term {ascii(term)} is there twice", 2)
        for term in through if len(through) > 2 else ():
            kept = [x for x in terms if x is term or x not in through]
            yield Edit(e.add(*kept), f"of what comes through the weights {ascii(term)} alone is there: the others are missing", 2)
        for group, words in ((back, "through time"), (through, "through the weights")):
            if not group or len(group) == len(terms) or words == "through the weights" and (group == back or len(group) < 2):
                continue
            rest, some = [term for term in terms if term not in group], ascii(group[0]) + ", ..." * (len(group) > 1)
            twice = [e.mul(e.Num(2.0), term) for term in group]
            yield Edit(e.add(*rest, *twice), f"there is a factor 2 too much in what flows back {words} ({some})", 2)
            yield Edit(e.add(*rest, *map(e.negative, group)), f"the sign of what flows back {words} is wrong ({some})", 1)
            if group != back:
                yield Edit(e.add(*rest), f"what flows back {words} is missing ({some})", 1)
        if back and len(back) < len(terms):
            yield from self.added_up(equation, e.Time("t", 1))
        yield from self.twice_derived(equation, back)

    def twice_derived(self, equation: e.Equation, back: list[e.Expr]) -> Iterator[Edit]:
        """What flows back, with the derivative of the activation in it once more."""
        found = [(term, [s for s in once(term) if s.adjoint and [s.name] == self.gates]) for term in back]
        for term, gate in ((term, gates[0]) for term, gates in found if len(gates) == 1):
            assert gate.time is not None
            slope = e.mul(*split(self.own[gate.name].right)[1])
            for time in {gate.time, gate.time._replace(offset=0) if gate.time.base else gate.time}:
                wrong = e.add(*(e.mul(moved_to(slope, time), x) if x is term else x for x in terms_of(equation.right)))
                yield Edit(wrong, "the derivative of the activation is there twice in what flows back through time", 1)

    def added_up(self, equation: e.Equation, after: e.Time) -> Iterator[Edit]:
        """What flows back, with what flowed back to the steps after still in it."""
        own = self.own.get(equation.left.name)
        if own is not None and any(map(carried, terms_of(own.right))):
            kept = [moved_to(term, after) for term in terms_of(own.right) if not carried(term)]
            kept = [e.mul(LATER._replace(time=after), term) if after.base else term for term in kept]  # none after the last step
            before = e.add(own.left._replace(time=after), *map(e.negative, kept))
            words = "what flows back through time is added up over the steps: only what the step after gives belongs there"
            yield Edit(e.add(equation.right, before), words, 1)
