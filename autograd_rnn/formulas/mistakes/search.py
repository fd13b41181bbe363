"""The search for the mutations of a derived equation that are exactly the person's: one, or two at once, proven at random points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free, put
from autograd_rnn.formulas.evidence.derivatives import Moment
from autograd_rnn.formulas.evidence.points import NOTHING, Own
from autograd_rnn.formulas.mistakes.mutate import Question, asked, variants
from autograd_rnn.formulas.mistakes.mutations import Mutation, Rewriter, ascii
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.reading.names import outside_sums
from autograd_rnn.formulas.system import System

SINGLES, PAIRS = 1_500, 1_200  # how many formulas are tried for one mistake and for two: a count, so that a slow machine says the same


class Search:
    """The search for the mistakes in one equation: what is worked out for one mistake serves for two."""

    def __init__(self, derivation: System, equation: e.Equation, own: Own = NOTHING, question: Question | None = None):
        self.derivation, self.own = derivation, own
        self.question = question or asked(derivation, equation, own)
        self.rights, self.rewriter = variants(derivation, self.question, own), Rewriter(derivation)
        self.meant: e.Expr | None = None  # the derived right side that the last mistakes were found in
        self.made: dict[tuple[e.Expr, tuple[tuple[Moment, ...], ...]], tuple[list[Marked], Iterator[Mutation]]] = {}

    def marked(self, question: Question, right: e.Expr, most: int) -> list[Marked]:
        """So many mutations of a right side, each with its mark."""
        key = right, question.steps
        known, more = self.made.setdefault(key, ([], self.rewriter.all(question.equation._replace(right=right))))
        known += [(m, question.mark(m.right)) for m in itertools.islice(more, max(0, most - len(known)))]
        return known[:most]

    def one(self, rights: Iterable[e.Expr], most: int) -> list[Mutation]:
        """The mutations that are the person's equation, likeliest first, of so many tried: where one has a name of its own, no other."""
        for right in rights:
            found, tried = self.of(right, most)
            if found:
                self.meant = right
                return [m for m in found if m.rank == 0] or sorted(found, key=lambda m: m.rank)
            most -= tried
        return []

    def of(self, right: e.Expr, most: int) -> tuple[list[Mutation], int]:
        """The mutations of one right side that are the person's equation, and how many were tried. What sums over other steps than the
        person's differs from it at least in that."""
        question, right, apart = inside(self.question, right)
        if apart:
            tried = [*bounded(question, right), *self.rewriter.whole(question.equation._replace(right=right))]
            return [m for m in tried if question.holds(m.right)], len(tried)
        wanted, marked = question.mark(question.equation.right), self.marked(question, right, most)
        return [m for m, mark in marked if mark == wanted and question.holds(m.right)], len(marked)

    def two(self, rights: list[e.Expr], most: int) -> list[tuple[Mutation, Mutation]]:
        """Some pairs of mutations that together are the person's equation."""
        for right in rights:
            found = list(itertools.islice(self.pairs(right, most), 3))
            if found:
                self.meant = right
                return found
        return []

    def pairs(self, right: e.Expr, most: int) -> Iterator[tuple[Mutation, Mutation]]:
        """Pairs of mutations of one right side that together are the person's equation.

        Most pairs change different terms, and their differences add up; or different factors, and their ratios multiply. These are found
        by looking up what the other one must be. Of the rest so many are tried, in order.
        """
        question, right, apart = inside(self.question, right)
        equation, all_of = question.equation._replace(right=right), self.rewriter.all
        if apart:
            begun = (m for m in (*bounded(question, right), *self.rewriter.whole(equation)) if not inside(question, m.right)[2])
            yield from ((first, second) for first in begun for second in self.of(first.right, most)[0])
            return
        base, wanted = question.mark(right), question.mark(question.equation.right)
        if base is None or wanted is None:
            return
        marks: Marks = []
        for mutation, mark in self.marked(question, right, most):
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
                    again = [m for m in all_of(equation._replace(right=a.right)) if m.sentence == b.sentence]
                    if any(question.mark(m.right) == wanted and question.holds(m.right) for m in again):
                        yield a, b
                        break
        rest = ((first, second) for first, _ in marks for second in all_of(equation._replace(right=first.right)))
        for first, second in itertools.islice(rest, max(0, most - len(marks))):
            if question.mark(second.right) == wanted and question.holds(second.right):
                yield first, second

    def explain(self, *numbers: int, most: int = SINGLES) -> list[str]:
        """The likely mistakes, best first: mutations of the derived equation for the same left side that are exactly the person's, of
        ``most`` tried, in those ``numbers`` at once. Empty where no one or two mutations give it, and where it is right.

        >>> from autograd_rnn.formulas.mistakes.search import Search
        >>> from autograd_rnn.formulas.reading.parse import parse
        >>> d = derive(Model(RNN(2, 3), output_size=4))
        >>> Search(d, parse("da[t] = (1 - h[t]) * dh[t]", d)[0]).explain(1)[0]
        'the square is missing: the derivative of tanh is `1 - h[t]**2`'
        """
        question, rights = self.question, self.rights
        equation = question.equation
        if question.steps[0] == (None,) and "t" in free(equation.right):
            loose = (s for s in outside_sums(equation.right) if s.time is not None and s.time.base == "t")
            end = next((question.points[0].letters.get(s.name, "T") for s in loose), "T")
            summed = question._replace(equation=equation._replace(right=e.Sum(equation.right, e.Time("", 1), e.Time(end, 0))))
            forgotten = f"{ascii(equation.left)} must collect from every step: the `Sum(..., t)` is missing"
            if any(summed.holds(right) for right in rights):
                return [forgotten]
            also = Search(self.derivation, summed.equation, self.own, summed).one(rights, most)[:3]
            return [f"{forgotten}, and {m.sentence}" for m in also] or [forgotten]
        if any(question.holds(right) for right in rights):
            return []
        indexed = any(isinstance(x, (e.Fold, e.Derivative)) for side in equation[:2] for x in e.nodes(side))  # slower to answer
        most, paired = (most // 4, PAIRS // 4) if indexed else (most, PAIRS)
        near, far = rights[:1], rights[1:]
        for some in (near, far) if 1 in numbers else ():
            if found := [m.sentence for m in self.one(some, most)]:
                return list(dict.fromkeys(found))
        for some, share in ((near, paired), (far[:3], paired // 4)) if 2 in numbers else ():
            if found := [f"{a.sentence}, and {b.sentence}" for a, b in self.two(some, share)]:
                return list(dict.fromkeys(found))
        return []


Marked = tuple[Mutation, "tuple[int, ...] | None"]
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


def bounded(question: Question, right: e.Expr) -> list[Mutation]:
    """A derived sum over the steps of the person's."""
    mine, theirs = summand(question.equation.right), summand(right)
    if mine is None or theirs is None:
        return []
    sentence = f"the sum runs from t = {theirs[1]} to {theirs[2]}, not from {mine[1]} to {mine[2]}"
    return [Mutation(e.Sum(theirs[0], *mine[1:]), sentence, 1)]


def known(question: Question, x: e.Expr) -> bool:
    """Whether it is a name of the person's own, which any line may stand for."""
    return isinstance(x, e.Sym) and any(x.name in point.own for point in question.points)


def inside(question: Question, right: e.Expr) -> tuple[Question, e.Expr, bool]:
    """The question of a sum's terms, where the person's sum and the derived one run over the same steps, be they counted otherwise: that
    is quicker to answer. Else the question itself, and whether both are sums, or the derived one alone: no mutation of what a sum is of
    makes it what has none."""
    mine, theirs = summand(question.equation.right), summand(right)
    if mine is None or theirs is None:
        several = any(isinstance(x, (e.Sum, e.Fold, e.Derivative)) or known(question, x) for x in e.nodes(question.equation.right))
        return question, right, theirs is not None and not several
    shift = mine[1].offset - theirs[1].offset
    if mine[1:] != tuple(end._replace(offset=end.offset + shift) for end in theirs[1:]):
        return question, right, True
    steps = tuple(tuple(range(point.step(theirs[1], None), point.step(theirs[2], None) + 1)) for point in question.points)
    if not all(steps):
        return question, right, False
    own = put(mine[0], "t", e.Time("t", shift)) if shift else mine[0]
    return question._replace(equation=question.equation._replace(right=own), steps=steps), theirs[0], False
