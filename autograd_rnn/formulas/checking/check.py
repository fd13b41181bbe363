"""A person's BPTT formula held against the derived one: equal, not equal (and why), ill-typed or unreadable."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.lines import IllTyped, Unreadable
from autograd_rnn.formulas.checking.mutate import Question, derived, explain, same
from autograd_rnn.formulas.checking.mutations import ascii, places
from autograd_rnn.formulas.checking.names import outside_sums
from autograd_rnn.formulas.checking.parse import Reader, Statement
from autograd_rnn.formulas.checking.points import Own, Point, Small
from autograd_rnn.formulas.checking.shapes import shapes
from autograd_rnn.formulas.checking.terms import compared
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.system import System
from autograd_rnn.nets.run import PLAIN


class Checker:
    """One text against one derivation: its equations, and random points that know the person's own names."""

    def __init__(self, derivation: System, text: str):
        self.derivation = derivation
        self.reader = Reader(derivation)
        self.statements = self.reader.statements(text)
        equations = tuple(s.equation for s in self.statements if s.own)
        kinds = {name: kind[0] for name, kind in self.reader.own.items() if kind is not None}
        self.own = Own(equations, self._axes(equations), kinds)
        nodes = [node for q in self.statements for side in q.equation[:2] for _, node in places(side)]
        steps = [abs(node.time.offset) for node in nodes if isinstance(node, e.Sym) and node.time]
        steps += [abs(time.offset) for node in nodes if isinstance(node, e.Sum) for time in (node.first, node.last)]
        T = max(4, 2 + max(steps, default=0))  # no number in the text is the last step by chance
        lengths = (derivation.last["T"], derivation.last.get("S", 1)) if derivation.last else (T, T - 1)
        self.points = tuple(Point(derivation, *lengths, seed, self.own) for seed in (1, 2))

    def _axes(self, equations: tuple[e.Equation, ...]) -> dict[str, str]:
        """The time axis of every own name: that of the first quantity in its definition that has one."""
        letters, found = self.derivation.letters, {}  # type: dict[str, str], dict[str, str]
        for _ in equations:
            for equation in equations:
                if equation.left.time is not None:
                    known = [(letters.get(s.name) or found.get(s.name)) for s in e.symbols(equation.right) if s.time]
                    axis = next((letter for letter in known if letter), equation.left.time.base)
                    if axis in self.reader.ends and equation.left.name not in found:
                        found[equation.left.name] = axis
        return {q.left.name: found.get(q.left.name, "T") for q in equations if q.left.time is not None}

    def steps(self, statement: Statement) -> tuple[int | None, ...]:
        """The steps at which an equation claims to hold: none of those for which another line has an equation of its own."""
        left = statement.equation.left
        if left.time is None or left.time.base != "t":
            return (None,)
        point = self.points[0]
        same_name = [s.equation.left for s in self.statements if s.equation.left._replace(time=left.time) == left]
        own = {point.step(symbol.time, None) for symbol in same_name if symbol.time is not None and symbol.time.base != "t"}
        last = point.last[point.letters[left.name]]
        return tuple(t for t in range(statement.line.after, last + 1 - statement.line.before) if t not in own)

    def wrong(self, statement: Statement) -> list[int | None]:
        """The steps at which an equation does not hold."""
        left, right = statement.equation.left, statement.equation.right
        if left.time is None and any(s.time is not None and s.time.base == "t" for s in outside_sums(right)):
            return [None]  # nothing sums over its t
        return [t for t in self.steps(statement) if not all(same(p.evaluate(left, t), p.evaluate(right, t)) for p in self.points)]

    def given(self, statement: Statement) -> bool:
        """Whether the left side is an input, a parameter, a target or a first state."""
        left, point = statement.equation.left, self.points[0]
        if left.adjoint or statement.own:
            return False
        return left.time is None or point.equation(point.bound(left, 1)) is None

    def special(self, statement: Statement, wrong: list[int | None]) -> str:
        """Where a line is right but for steps that have an equation of their own in the derivation: the sentence that says so."""
        left = statement.equation.left
        if not wrong or None in wrong or len(wrong) == len(self.steps(statement)):
            return ""
        point = self.points[0]
        pool = self.derivation.equations if left.adjoint else self.derivation.forward
        ends = [q for q in pool if q.left.name == left.name and q.left.adjoint == left.adjoint and q.left.time and q.left.time.base != "t"]
        there = {point.step(q.left.time, None): q for q in ends if q.left.time}
        if not set(wrong) <= set(there):
            return ""
        return f"{ascii(left)} is right, but for " + " and ".join(f"`{show(there[t], 'ascii')}`" for t in wrong if t is not None)

    def names(self) -> list[str]:
        """What the person's own names are in the model's words."""
        found = []
        for name in self.own.axes:
            alias = self.alias(name)
            if alias:
                found.append(f"`{name}[t]` is {ascii(alias)}")
        return found

    def idle(self) -> list[str]:
        """Own names that no line about the model needs and that are no quantity of the model: nothing is said by them."""
        needed = {s.name for q in self.statements if not q.own for s in e.symbols(q.equation.right)}
        for _ in self.own.equations:
            needed |= {s.name for q in self.own.equations if q.left.name in needed for s in e.symbols(q.right)}
        return [name for name in self.reader.own if name not in needed and not (name in self.own.axes and self.alias(name))]

    def candidates(self, name: str) -> list[e.Sym]:
        """Quantities of the shape of an own name, adjoints first."""
        kind = self.reader.own[name]
        known = shapes(self.derivation).names
        adjoints = [q.left for q in self.derivation.equations if q.left.time and q.left.time.base == "t"]
        forward = [q.left for q in self.derivation.forward if q.left.time and q.left.time.base == "t"]
        return [s for s in adjoints + forward if known[s.name] == kind[0] and self.derivation.letters[s.name] == self.own.axes[name]]

    def alias(self, name: str) -> e.Sym | None:
        """The quantity that an own name is, at every step."""
        point, own = self.points[0], e.Sym(name, e.Time("t", 0))
        for symbol in self.candidates(name):
            if all(same(point.evaluate(own, t), point.evaluate(symbol, t)) for t in range(1, point.last[self.own.axes[name]] + 1)):
                return symbol
        return None

    def culprit(self, until: float, fault: Statement | None = None) -> tuple[Statement, list[str]] | None:
        """An own name that is nearly a quantity of the model: its line, and what is wrong in it. ``fault``: a wrong line that would be
        right if the name were that quantity."""
        for statement in self.statements:
            left = statement.equation.left
            if not statement.own or left.time is None or left.time.base != "t" or self.alias(left.name):
                continue
            for symbol in self.candidates(left.name):
                if fault is not None:
                    equation = fault.equation._replace(right=called(fault.equation.right, left.name, symbol))
                    if self.wrong(fault._replace(equation=equation)):
                        continue
                renamed = called(statement.equation.right, left.name, symbol)
                others = self.own.without(left.name)
                if time.monotonic() < until:
                    found = explain(self.derivation, e.Equation(symbol, renamed), others, patience=0.1, pairs=False)
                    if found:
                        return statement, [f"{found[0]} (`{left.name}` is {ascii(symbol)} here)", *found[1:2]]
        return None

    def counterexample(self, statement: Statement) -> tuple[str, Any, Any] | None:
        """The smallest lengths at which the two sides differ, with both values."""
        left, right = statement.equation.left, statement.equation.right
        found = shapes(self.derivation)
        classes = found.letters[found.classes]
        longest = self.points[0].last["T"]
        short = () if self.derivation.last else (1, 2, 3)
        for T, size in [*itertools.product(short, (1, 2)), (longest, 2)]:
            sizes = {k: max(size, 2) if k == classes and not found.names["y"] else size for k in found.sizes}
            sizes = dict(found.sizes) if found.fixed else sizes
            small = Small(self.derivation, T, sizes, self.own)
            running = left.time is not None and left.time.base == "t"
            last = small.last.get(small.letters.get(left.name, ""), 1)
            for t in range(statement.line.after, last + 1 - statement.line.before) if running else (None,):
                try:
                    derived_value, yours = small.evaluate(left, t), small.evaluate(right, t if running or left.time else 1)
                except np.linalg.LinAlgError:  # a matrix of small numbers that has no inverse
                    continue
                difference = np.abs(np.asarray(derived_value) - np.asarray(yours))
                largest = max(float(np.max(np.abs(value), initial=1e-6)) for value in (derived_value, yours))
                if not np.all(np.isfinite(difference)) or np.max(difference, initial=0) < 1e-9 * largest:
                    continue
                place = np.unravel_index(int(np.argmax(difference)), difference.shape)
                values = [float(np.broadcast_to(value, difference.shape)[place]) for value in (derived_value, yours)]
                lengths = ", ".join([f"{axis}={last}" for axis, last in small.last.items()] + [f"{k}={n}" for k, n in sizes.items()])
                where = show(small.bound(left, t) if left.time else left, "ascii")
                where += f"[{','.join(map(str, place))}]" if difference.size > 1 else ""
                return f"for example with {lengths}: {where} is {values[0]:.6g}, this gives {values[1]:.6g}", derived_value, yours
        return None


def check(derivation: System, text: str) -> Verdict:
    """Whether a text's formulas are the derived ones, and what is wrong if not. Never evaluates the text as Python.

    >>> from autograd_rnn.formulas.checking.check import check
    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> check(d, "delta[t] = (1 - h[t]**2) * (V.T @ ds[t] + W.T @ delta[t+1])\\ndW_hh = Sum(delta[t] @ h[t-1].T, t)").kind
    'equal'
    >>> print(check(d, "dW_hh = Sum(da[t] @ h[t].T, t)"))
    not equal
      The time of `h[t-1]` is wrong: `h[t]` stands where `h[t-1]` belongs
      The derived equation is `dW_hh = Sum(outer(da[t], h[t-1]), t)`
      For example with T=1, H=1, D=1, K=2: dW_hh is 0.451489, this gives 0.286763
    """
    until = time.monotonic() + 1.6
    try:
        checker = Checker(derivation, text)
        return judged(checker, until)
    except IllTyped as error:
        return Verdict("ill-typed", turned(derivation, error) + [str(error)])
    except Unreadable as error:
        return Verdict("unreadable", [str(error)])
    except RecursionError:
        return Verdict("unreadable", ["the formula is nested too deeply"])


def called(x: Any, name: str, symbol: e.Sym) -> Any:
    """x with a model's name for an own one."""

    def change(s: Any) -> Any:
        return symbol._replace(time=s.time) if isinstance(s, e.Sym) and s.name == name else s

    return e.mapped(x, change)


def turned(derivation: System, error: IllTyped) -> list[str]:
    """The sentence for what is the transpose of the right gradient."""
    if error.turned is None:
        return []
    point, (left, right, _) = Point(derivation, 4, 3, 1), error.turned
    known = set(point.letters) | {s.name for s in point.known}
    if any(s.name not in known for s in e.symbols(right)) or any(s.time and s.time.base == "t" for s in outside_sums(right)):
        return []
    if not same(point.evaluate(left), point.evaluate(right)):
        return []
    return [f"this is the transpose of the right gradient, as in the row layout h = x W: {ascii(left)} has its parameter's shape"]


def judged(checker: Checker, until: float) -> Verdict:
    """The verdict on a text that could be read."""
    asked = [s for s in checker.statements if not s.own and not checker.given(s)]
    notes = [f"{ascii(s.equation.left)} is given, not derived: its line was not checked" for s in checker.statements if checker.given(s)]
    idle = checker.idle()
    slips = [checker.reader.missing(name) for name in idle if name[0] == "d" and name not in checker.reader.unadjoint]
    if any("did you mean" in slip for slip in slips):
        return Verdict("unreadable", [next(slip for slip in slips if "did you mean" in slip)])
    given = checker.derivation.parameters
    if plain := [name for name in checker.reader.own if name[:1] == "d" and name[1:] in given and given[name[1:]].op is None]:
        return Verdict("unreadable", [f"{plain[0][1:]} {PLAIN}"])
    if asked:
        notes += [f"`{name}` is used by no other line and was not checked" for name in idle]
    if not asked:
        names = checker.names()
        if names and len(names) == len({s.equation.left.name for s in checker.statements}):
            return Verdict("equal", names)
        guess = checker.culprit(until)
        if guess:
            return Verdict("not equal", guess[1], guess[0].line.number)
        return Verdict("unreadable", ["no line says what an adjoint or a gradient of this model is: write `dW_hh = ...` or `da[t] = ...`"])
    faults: list[tuple[Statement, list[int | None]]] = []
    for statement in asked:
        wrong = checker.wrong(statement)
        left = statement.equation.left
        if not wrong and left in e.symbols(statement.equation.right):
            return Verdict("not equal", [f"{ascii(left)} stands on both sides: that is true but defines nothing"], statement.line.number)
        note = checker.special(statement, wrong)
        if note:
            notes.append(note)
        elif wrong:
            faults.append((statement, wrong))
    if not faults:
        many = f"all {len(asked)} equations are" if len(asked) > 1 else f"{ascii(asked[0].equation.left)} is"
        return Verdict("equal", [f"{many} equal to what is derived from the tape", *notes, *checker.names()])
    return faulty(checker, faults, notes, until)


def faulty(checker: Checker, faults: list[tuple[Statement, list[int | None]]], notes: list[str], until: float) -> Verdict:
    """The verdict on a text with wrong lines: the first one explained."""
    statement = faults[0][0]
    equation, derivation = statement.equation, checker.derivation
    used = {s.name for s in e.symbols(equation.right)}
    mistakes = explain(derivation, equation, checker.own, pairs=False)
    line = statement.line
    if not mistakes and used & set(checker.reader.own):
        guess = checker.culprit(until, statement)
        if guess:
            line, mistakes = guess[0].line, guess[1]
    rights = derived(derivation, equation.left)
    loose = equation.left.time is None and any(s.time and s.time.base == "t" for s in outside_sums(equation.right))
    terms = compared(Question(equation, checker.steps(statement), checker.points), rights[0]) if rights and not loose else []
    if not mistakes and len(terms) == 1 and terms[0].endswith("too much"):
        mistakes = terms
    if not mistakes:
        mistakes = explain(derivation, equation, checker.own, patience=max(0.1, until - time.monotonic())) or terms
    sentences = mistakes[:3]
    if rights:
        sentences.append(f"the derived equation is `{show(e.Equation(equation.left, rights[0]), 'ascii')}`")
    elif not sentences:
        sentences.append(f"{ascii(equation.left)} is not that")
    example = checker.counterexample(statement)
    if not example and not mistakes:
        what = f"{ascii(equation.left)} agrees with the derived equation in every number tried"
        return Verdict("equal", [f"{what}, by an identity that exact arithmetic does not know", *notes])
    if example:
        sentences.append(example[0])
    if len(checker.statements) > 1:
        sentences.append(f"line {line.number} is the first at fault: `{line.text[:100]}`")
    others = sorted({s.line.number for s, _ in faults[1:]} - {line.number})
    if others:
        sentences.append(f"line{'s' * (len(others) > 1)} {', '.join(map(str, others))} {'are' if len(others) > 1 else 'is'} wrong too")
    return Verdict("not equal", sentences + notes, line.number, example[1:] if example else None)
