"""What is wrong with a formula: the mutations of the derived equation that are exactly the person's, proven at random points."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.mutations import Mutation, Rewriter, ascii
from autograd_rnn.formulas.checking.names import moved, outside_sums
from autograd_rnn.formulas.checking.points import NOTHING, Own, Point
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.system import System

PATIENCE = 1.3  # seconds
STEPS = {"T": 4, "S": 3}


def same(a: Any, b: Any) -> bool:
    """Whether two values modulo P are equal; a zero has every shape."""
    try:
        return bool(np.all((np.asarray(a) - np.asarray(b)) % P == 0)) and (
            np.shape(a) == np.shape(b) or not np.any(a) or not np.shape(a) or not np.shape(b)
        )
    except ValueError:
        return False


class Question(NamedTuple):
    """A person's equation at random points, with the steps at which it is asked."""

    equation: e.Equation
    steps: tuple[int | None, ...]
    points: tuple[Point, ...]

    def value(self, x: Any, step: int | None, point: Point) -> Any:
        """The value of an expression at a step, None where it has none."""
        try:
            return point.evaluate(x, step)
        except (ValueError, KeyError, AssertionError, TypeError, IndexError, AttributeError):
            return None  # a mutation whose shapes do not fit, or that has no t

    def holds(self, right: Any) -> bool:
        """Whether another right side is the person's, exactly."""
        for point in self.points:
            for step in self.steps:
                a, b = self.value(right, step, point), self.value(self.equation.right, step, point)
                if a is None or b is None or not same(a, b):
                    return False
        return True

    def mark(self, right: Any) -> tuple[int, ...] | None:
        """The value at one step of the first point, flat: what is equal has the same mark."""
        middle = self.steps[len(self.steps) // 2]
        value = self.value(right, middle, self.points[0])
        return None if value is None else tuple(int(v) % P for v in np.ravel(value))


def bound(equation: e.Equation, left: e.Sym) -> Any:
    """A derived equation's right side for the step of a person's left side; None where the equation is for another step."""
    if equation.left == left:
        return equation.right
    own, wanted = equation.left.time, left.time
    if own is None or wanted is None or own.base != "t":
        return None
    return moved(equation.right, wanted)


def derived(derivation: System, left: e.Sym) -> list[Any]:
    """The right sides that the derivation has for a left side, the one for its own step first."""
    pool = derivation.equations if left.adjoint else derivation.forward
    mine = [q for q in pool if (q.left.name, q.left.adjoint) == (left.name, left.adjoint)]
    mine = [q for q in mine if q.left == left] or mine
    found = [right for q in mine if (right := bound(q, left)) is not None]
    return list(dict.fromkeys(found))


def inlined(derivation: System, right: Any, wanted: Iterable[e.Sym]) -> Any:
    """The right side with some adjoints replaced by their own equations; None where one has no single equation in t."""
    written: dict[Any, Any] = {}
    for symbol in wanted:
        mine = [q for q in derivation.equations if q.left.name == symbol.name and q.left.time is not None and q.left.time.base == "t"]
        mine = [q for q in derivation.equations if q.left == symbol] or mine
        if len(mine) != 1:
            return None
        written[symbol] = bound(mine[0], symbol)
    return e.mapped(right, lambda symbol: written.get(symbol, symbol))


def variants(derivation: System, question: Question, own: Own = NOTHING) -> list[Any]:
    """The derived right sides, then with those adjoints written out that the person does not use."""
    found = derived(derivation, question.equation.left)
    if any(question.holds(right) for right in found):
        return found
    used = {s for q in (question.equation, *own.equations) for s in e.symbols(q.right)}
    for right in list(found):
        current = right
        for _ in range(3):
            unused = list(dict.fromkeys(s for s in e.symbols(current) if s.adjoint and s.time is not None and s not in used))
            options = [inlined(derivation, current, [symbol]) for symbol in unused] if len(unused) > 1 else []
            whole = inlined(derivation, current, unused) if unused else None
            found += [x for x in options if x is not None]
            if whole is None or whole == current or sum(1 for _ in e.symbols(whole)) > 60:
                break
            found.append(whole)
            current = whole
    return list(dict.fromkeys(found))


def single(rewriter: Rewriter, question: Question, rights: Iterable[Any], until: float) -> list[Mutation]:
    """The mutations that are the person's equation, likeliest first."""
    wanted = question.mark(question.equation.right)
    for right in rights:
        found = []
        for mutation in rewriter.all(question.equation._replace(right=right)):
            if question.mark(mutation.right) == wanted and question.holds(mutation.right):
                found.append(mutation)
            if time.monotonic() > until:
                break
        if found:
            return sorted(found, key=lambda m: m.rank)
    return []


def both(rewriter: Rewriter, question: Question, right: Any, until: float) -> Iterator[tuple[Mutation, Mutation]]:
    """Pairs of mutations that together are the person's equation.

    Most pairs change different terms, and their differences add up; or different factors, and their ratios multiply. These are found by
    looking up what the other one must be. The rest is tried in order until the time is over.
    """
    equation = question.equation._replace(right=right)
    base, wanted = question.mark(right), question.mark(question.equation.right)
    if base is None or wanted is None:
        return
    marks: Marks = []
    for mutation in rewriter.all(equation):
        mark = question.mark(mutation.right)
        if mark is not None and len(mark) in (1, len(base)) and mark != base:
            marks.append((mutation, mark if len(mark) == len(base) else mark * len(base)))
        if time.monotonic() > until:
            return
    marks.sort(key=lambda pair: pair[0].rank)
    tried: set[tuple[str, str]] = set()
    for product in (False, True):
        for first, second in lookups(marks, base, wanted, product):
            key = (first.sentence, second.sentence)
            if key in tried:
                continue
            tried |= {key, key[::-1]}
            for a, b in ((first, second), (second, first)):
                again = [m for m in rewriter.all(equation._replace(right=a.right)) if m.sentence == b.sentence]
                if any(question.mark(m.right) == wanted and question.holds(m.right) for m in again):
                    yield a, b
                    break
            if time.monotonic() > until:
                return
    for first, _ in marks:
        for second in rewriter.all(equation._replace(right=first.right)):
            if time.monotonic() > until:
                return
            if question.mark(second.right) == wanted and question.holds(second.right):
                yield first, second


Marks = list[tuple[Mutation, tuple[int, ...]]]


def lookups(marks: Marks, base: tuple[int, ...], wanted: tuple[int, ...], product: bool) -> Iterator[tuple[Mutation, Mutation]]:
    """Pairs whose differences add up (or whose ratios multiply) to the person's."""
    marks = [pair for pair in marks if any(pair[1])] if product else marks
    if len(wanted) != len(base):
        return
    by_value: dict[tuple[int, ...], list[Mutation]] = {}
    for mutation, mark in marks:
        by_value.setdefault(mark, []).append(mutation)
    for mutation, mark in marks:
        if product:
            if not all(mark):
                continue
            need = tuple(w * b * pow(m, -1, P) % P for w, b, m in zip(wanted, base, mark, strict=True))
        else:
            need = tuple((w - m + b) % P for w, b, m in zip(wanted, base, mark, strict=True))
        for other in by_value.get(need, []):
            if other is not mutation:
                yield mutation, other


def summand(x: Any) -> tuple[Any, e.Time, e.Time] | None:
    """What a sum over the steps sums, with the numbers in front of it inside, and its bounds; None for anything else."""
    numbers, inner = ((), x) if not isinstance(x, e.Mul) else (x.factors[:-1], x.factors[-1])
    if not isinstance(inner, e.Sum) or not all(isinstance(factor, e.Num) for factor in numbers):
        return None
    return e.mul(*numbers, inner.of), inner.first, inner.last


def inside(question: Question, right: Any) -> tuple[Question, Any] | None:
    """The question of a sum's terms, where the person's sum and the derived one run over the same steps: that is quicker to answer."""
    mine, theirs = summand(question.equation.right), summand(right)
    if mine is None or theirs is None or mine[1:] != theirs[1:]:
        return None
    first, last = (question.points[0].step(time, None) for time in mine[1:])
    return question._replace(equation=question.equation._replace(right=mine[0]), steps=tuple(range(first, last + 1))), theirs[0]


def explain(
    derivation: System,
    equation: e.Equation,
    own: Own = NOTHING,
    patience: float = PATIENCE,
    pairs: bool = True,
) -> list[str]:
    """The likely mistakes in an equation, best first: mutations of the derived equation for the same left side that are exactly this
    one. Empty where no one or two mutations give it, and where it is right.

    >>> from autograd_rnn.formulas.checking.mutate import explain
    >>> from autograd_rnn.formulas.checking.parse import parse
    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> explain(d, parse("da[t] = (1 - h[t]) * dh[t]", d)[0])[0]
    'the square is missing: the derivative of tanh is `1 - h[t]**2`'
    """
    steps = {**STEPS, **derivation.last}
    points = tuple(Point(derivation, steps["T"], steps["S"], seed, own) for seed in (11, 12))
    left = equation.left
    last = points[0].last.get(points[0].letters.get(left.name, ""), 1)
    running = left.time is not None and left.time.base == "t"
    question = Question(equation, tuple(range(1, last + 1)) if running else (None,), points)
    rights = [right for right in variants(derivation, question, own)]
    until = time.monotonic() + patience
    if not running and any(s.time is not None and s.time.base == "t" for s in outside_sums(equation.right)):
        end = next((points[0].letters.get(s.name, "T") for s in outside_sums(equation.right) if s.time and s.time.base == "t"), "T")
        summed = e.Sum(equation.right, e.Time("", 1), e.Time(end, 0))
        forgotten = f"{ascii(left)} must collect from every step: the `Sum(..., t)` is missing"
        asked = question._replace(equation=equation._replace(right=summed))
        if any(asked.holds(right) for right in rights):
            return [forgotten]
        return [f"{forgotten}, and {m.sentence}" for m in single(Rewriter(derivation), asked, rights, until)[:3]] or [forgotten]
    if any(question.holds(right) for right in rights):
        return []
    rewriter = Rewriter(derivation)
    start, near = time.monotonic(), rights[:1]
    stages = [(near, False, 1.0), (rights[1:], False, 0.4), (near, True, 0.8), (rights[1:], True, 1.0)]
    for some, two, share in stages:
        if two > pairs:
            break
        found = list(dict.fromkeys(answers(rewriter, question, some, two, start + share * patience)))
        if found:
            return found
    return []


def answers(rewriter: Rewriter, question: Question, rights: list[Any], two: bool, until: float) -> Iterator[str]:
    """The sentences of one mutation, or of two, of some right sides."""
    if not two:
        yield from (m.sentence for m in single(rewriter, question, rights, until))
        return
    for asked, right in [(inside(question, right) or (question, right)) for right in rights]:
        found = [f"{a.sentence}, and {b.sentence}" for a, b in itertools.islice(both(rewriter, asked, right, until), 3)]
        yield from found
        if found:
            return
