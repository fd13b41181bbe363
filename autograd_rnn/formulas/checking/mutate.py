"""What is wrong with a formula: the mutations of the derived equation that are exactly the person's, proven at random points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free
from autograd_rnn.formulas.checking.derivatives import Moment, beginnings, placed
from autograd_rnn.formulas.checking.expected import derivatives
from autograd_rnn.formulas.checking.mutations import Mutation, Rewriter, ascii
from autograd_rnn.formulas.checking.names import moved, outside_sums
from autograd_rnn.formulas.checking.points import NOTHING, Own, Point, point_at
from autograd_rnn.formulas.checking.settings import settings
from autograd_rnn.formulas.checking.shapes import shapes
from autograd_rnn.formulas.closed import closed, summed_up
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.system import System

SINGLES, PAIRS = 1_500, 1_200  # how many formulas are tried for one mistake and for two: a count, so that a slow machine says the same


def same(a: Value, b: Value) -> bool:
    """Whether two values modulo P are equal; a zero has every shape."""
    try:
        return bool(np.all((np.asarray(a) - np.asarray(b)) % P == 0)) and (
            np.shape(a) == np.shape(b) or not np.any(a) or not np.shape(a) or not np.shape(b)
        )
    except ValueError:
        return False


class Question(NamedTuple):
    """A person's equation at random points, with the steps at which it is asked at each."""

    equation: e.Equation
    steps: tuple[tuple[Moment, ...], ...]
    points: tuple[Point, ...]
    free: tuple[str, ...] = ()

    def value(self, x: e.Expr, step: Moment, point: Point) -> Value:
        """The value of an expression at a step, or with each index at one; None where it has none."""
        try:
            return point.evaluate(*placed(x, self.free, step))
        except (ValueError, KeyError, AssertionError, TypeError, IndexError, AttributeError, ArithmeticError):
            return None  # a mutation whose shapes do not fit, or that has no t

    def holds(self, right: e.Expr) -> bool:
        """Whether another right side is the person's, exactly."""
        for point, steps in zip(self.points, self.steps, strict=True):
            for step in steps:
                a, b = self.value(right, step, point), self.value(self.equation.right, step, point)
                if a is None or b is None or not same(a, b):
                    return False
        return True

    def mark(self, right: e.Expr) -> tuple[int, ...] | None:
        """The value at one step of the first point, flat: what is equal has the same mark."""
        middle = self.steps[0][len(self.steps[0]) // 2]
        value = self.value(right, middle, self.points[0])
        return None if value is None else tuple(int(v) % P for v in np.ravel(value))


def bound(equation: e.Equation, left: e.Sym) -> e.Expr | None:
    """A derived equation's right side for the step of a person's left side; None where the equation is for another step."""
    if equation.left == left:
        return equation.right
    own, wanted = equation.left.time, left.time
    if own is None or wanted is None or own.base != "t":
        return None
    return moved(equation.right, wanted)


def derived(derivation: System, left: e.Sym | e.Derivative) -> list[e.Expr]:
    """The right sides that the derivation has for a left side, the one for its own step first."""
    if isinstance(left, e.Derivative):
        return derivatives(derivation, left)
    pool = [*beginnings(derivation), *(derivation.equations if left.adjoint else derivation.forward)]
    mine = [q for q in pool if (q.left.name, q.left.adjoint) == (left.name, left.adjoint)]
    mine = [q for q in mine if q.left == left] or mine
    found = [right for q in mine if (right := bound(q, left)) is not None]
    return list(dict.fromkeys(found))


def inlined(derivation: System, right: e.Expr, wanted: Iterable[e.Sym]) -> e.Expr | None:
    """The right side with some adjoints replaced by their own equations; None where one has no single equation in t."""
    written: dict[e.Expr, e.Expr] = {}
    for symbol in wanted:
        mine = [q for q in derivation.equations if q.left.name == symbol.name and q.left.time is not None and q.left.time.base == "t"]
        mine = [q for q in derivation.equations if q.left == symbol] or mine
        own = bound(mine[0], symbol) if len(mine) == 1 else None
        if own is None:
            return None
        written[symbol] = own
    return e.mapped(right, lambda symbol: written.get(symbol, symbol))


def variants(derivation: System, question: Question, own: Own = NOTHING) -> list[e.Expr]:
    """The derived right sides, then with those adjoints written out that the person does not use."""
    found = derived(derivation, question.equation.left)
    if any(question.holds(right) for right in found):
        return found
    if any(isinstance(x, e.Derivative) or isinstance(x, e.Fold) and x.sign != "Σ" for x in e.nodes(question.equation.right)):
        found += widened(derivation, question.equation.left, found)
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


def widened(derivation: System, left: e.Expr, rights: list[e.Expr]) -> list[e.Expr]:
    """Derived right sides with each state's adjoint as the sum over all later steps."""
    states = [x for x in shapes(derivation).roles.items() if x[1] == "state"]
    size = shapes(derivation).names[states[0][0]][:1] * 2 if states else ()
    try:
        whole = [closed(derivation, left, size)] if isinstance(left, e.Sym) and left.adjoint else []
        return [x for x in (*whole, *(summed_up(derivation, right, size) for right in rights)) if x is not None]
    except ValueError:  # a Jacobian that cannot be read off
        return []


def single(rewriter: Rewriter, question: Question, rights: Iterable[e.Expr], most: int) -> list[Mutation]:
    """The mutations that are the person's equation, likeliest first, of so many tried."""
    wanted = question.mark(question.equation.right)
    for right in rights:
        tried = list(itertools.islice(rewriter.all(question.equation._replace(right=right)), most))
        found = [m for m in tried if question.mark(m.right) == wanted and question.holds(m.right)]
        if found:
            return sorted(found, key=lambda m: m.rank)
        most -= len(tried)
    return []


def both(rewriter: Rewriter, question: Question, right: e.Expr, most: int) -> Iterator[tuple[Mutation, Mutation]]:
    """Pairs of mutations that together are the person's equation.

    Most pairs change different terms, and their differences add up; or different factors, and their ratios multiply. These are found by
    looking up what the other one must be. Of the rest so many are tried, in order.
    """
    equation = question.equation._replace(right=right)
    base, wanted = question.mark(right), question.mark(question.equation.right)
    if base is None or wanted is None:
        return
    marks: Marks = []
    for mutation in itertools.islice(rewriter.all(equation), most):
        mark = question.mark(mutation.right)
        if mark is not None and len(mark) in (1, len(base)) and mark != base:
            marks.append((mutation, mark if len(mark) == len(base) else mark * len(base)))
    marks.sort(key=lambda pair: pair[0].rank)
    tried: set[tuple[str, str]] = set()
    for product in (False, True):
        for first, second in itertools.islice(lookups(marks, base, wanted, product), 30):
            key = (first.sentence, second.sentence)
            if key in tried:
                continue
            tried |= {key, key[::-1]}
            for a, b in ((first, second), (second, first)):
                again = [m for m in rewriter.all(equation._replace(right=a.right)) if m.sentence == b.sentence]
                if any(question.mark(m.right) == wanted and question.holds(m.right) for m in again):
                    yield a, b
                    break
    rest = ((first, second) for first, _ in marks for second in rewriter.all(equation._replace(right=first.right)))
    for first, second in itertools.islice(rest, max(0, most - len(marks))):
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


def summand(x: e.Expr) -> tuple[e.Expr, e.Time, e.Time] | None:
    """What a sum over the steps sums, with the numbers in front of it inside, and its bounds; None for anything else."""
    numbers, inner = ((), x) if not isinstance(x, e.Mul) else (x.factors[:-1], x.factors[-1])
    if not isinstance(inner, e.Sum) or not all(isinstance(factor, e.Num) for factor in numbers):
        return None
    return e.mul(*numbers, inner.of), inner.first, inner.last


def inside(question: Question, right: e.Expr) -> tuple[Question, e.Expr] | None:
    """The question of a sum's terms, where the person's sum and the derived one run over the same steps: that is quicker to answer."""
    mine, theirs = summand(question.equation.right), summand(right)
    if mine is None or theirs is None or mine[1:] != theirs[1:]:
        return None
    steps = tuple(tuple(range(point.step(mine[1], None), point.step(mine[2], None) + 1)) for point in question.points)
    return (question._replace(equation=question.equation._replace(right=mine[0]), steps=steps), theirs[0]) if all(steps) else None


def asked(derivation: System, equation: e.Equation, own: Own) -> Question:
    """The question of an equation at two random points, of other lengths and sizes than any number in it."""
    points = tuple(point_at(derivation, setting, own) for setting in settings(derivation, [equation, *own.equations])[:2])
    running = equation.left.time is not None and equation.left.time.base == "t"
    lasts = [point.last.get(point.letters.get(equation.left.name, ""), 1) for point in points]
    return Question(equation, tuple(tuple(range(1, last + 1)) if running else (None,) for last in lasts), points)


def explain(
    derivation: System,
    equation: e.Equation,
    own: Own = NOTHING,
    numbers: tuple[int, ...] = (1, 2),
    most: int = SINGLES,
    question: Question | None = None,
) -> list[str]:
    """The likely mistakes in an equation, best first: mutations of the derived equation for the same left side that are exactly this
    one, of ``most`` tried, in those ``numbers`` at once. Empty where no one or two mutations give it, and where it is right.

    >>> from autograd_rnn.formulas.checking.mutate import explain
    >>> from autograd_rnn.formulas.checking.parse import parse
    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> explain(d, parse("da[t] = (1 - h[t]) * dh[t]", d)[0])[0]
    'the square is missing: the derivative of tanh is `1 - h[t]**2`'
    """
    question = question or asked(derivation, equation, own)
    left = equation.left
    rights = variants(derivation, question, own)
    if question.steps[0] == (None,) and "t" in free(equation.right):
        loose = (s for s in outside_sums(equation.right) if s.time is not None and s.time.base == "t")
        end = next((question.points[0].letters.get(s.name, "T") for s in loose), "T")
        summed = question._replace(equation=equation._replace(right=e.Sum(equation.right, e.Time("", 1), e.Time(end, 0))))
        forgotten = f"{ascii(left)} must collect from every step: the `Sum(..., t)` is missing"
        if any(summed.holds(right) for right in rights):
            return [forgotten]
        return [f"{forgotten}, and {m.sentence}" for m in single(Rewriter(derivation), summed, rights, most)[:3]] or [forgotten]
    if any(question.holds(right) for right in rights):
        return []
    indexed = any(isinstance(x, (e.Fold, e.Derivative)) for side in equation[:2] for x in e.nodes(side))  # slower to answer
    most, paired = (most // 4, PAIRS // 4) if indexed else (most, PAIRS)
    rewriter, near = Rewriter(derivation), rights[:1]
    for some, two, share in [(near, False, most), (rights[1:], False, most), (near, True, paired), (rights[1:], True, paired // 4)]:
        if 1 + two not in numbers:
            continue
        found = list(dict.fromkeys(answers(rewriter, question, some, two, share)))
        if found:
            return found
    return []


def answers(rewriter: Rewriter, question: Question, rights: list[e.Expr], two: bool, most: int) -> Iterator[str]:
    """The sentences of one mutation, or of two, of some right sides."""
    if not two:
        yield from (m.sentence for m in single(rewriter, question, rights, most))
        return
    for whole, right in [(inside(question, right) or (question, right)) for right in rights[:3]]:
        found = [f"{a.sentence}, and {b.sentence}" for a, b in itertools.islice(both(rewriter, whole, right, most), 3)]
        yield from found
        if found:
            return
