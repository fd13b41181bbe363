"""The places at which a person's right side differs from the derived one, where the rest of the two is the same: whatever stands there in
place of what belongs there is named, be it a known mistake or none."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.expr.kinds import KINDS
from autograd_rnn.formulas.mistakes.mutate import Question
from autograd_rnn.formulas.mistakes.mutations import Rewriter, ascii

MOST = 3  # places
WORDS: dict[type[e.Expr], str] = {e.Add: "term", e.Mul: "factor"}
BOUNDS = "bounds"
INSIDE = (1, 2)  # the steps at which what stands in a sum is looked at


class Place(NamedTuple):
    """What stands where what belongs, in a sum or a product: either may be nothing."""

    mine: e.Expr | None
    theirs: e.Expr | None
    word: str = ""

    @property
    def kind(self) -> Hashable:
        """What is the same mistake where it is made at several places: in each gate a step too late, or without its transpose."""
        mine, theirs = self.mine, self.theirs
        if isinstance(mine, e.Sym) and isinstance(theirs, e.Sym) and mine.time is not None and theirs.time is not None:
            shift = mine.time.offset - theirs.time.offset if mine.time.base == theirs.time.base else mine.time
            if (mine.name, mine.adjoint) == (theirs.name, theirs.adjoint):
                return "time", shift
            return mine.adjoint, theirs.adjoint, shift
        turned = isinstance(theirs, e.Transpose) and theirs.of == mine or isinstance(mine, e.Transpose) and mine.of == theirs
        return ("turned", isinstance(theirs, e.Transpose)) if turned else self

    def sentence(self, rewriter: Rewriter) -> str:
        """The mistake, as it is called if it is one that people make."""
        if isinstance(self.mine, e.Sum) and isinstance(self.theirs, e.Sum) and self.word == BOUNDS:
            return f"the sum runs from t = {self.theirs.first} to {self.theirs.last}, not from {self.mine.first} to {self.mine.last}"
        if self.mine is None or self.theirs is None:
            one = e.add(*filter(None, (self.mine, self.theirs)))
            return f"the {self.word} {ascii(one)} is {'missing' if self.mine is None else 'too much'}"
        known = (m.sentence for m in rewriter.within(self.theirs) if m.right == self.mine)
        return next(known, f"{ascii(self.mine)} stands where {ascii(self.theirs)} belongs")


class Comparison:
    """Two expressions held against each other from the top down; equal is what has equal values."""

    def __init__(self, question: Question):
        self.question, self.values = question, {}  # type: Question, dict[e.Expr, Hashable]
        self.asked = [
            question._replace(points=(point,), steps=((step,),))
            for point, steps in zip(question.points, question.steps, strict=True)
            for step in dict.fromkeys(
                steps if point.sided else (steps[len(steps) // 2], steps[0], steps[-1])
            )  # a side of 0 may be right by chance
        ]

    def value(self, x: e.Expr) -> Hashable:
        """What marks an expression: its numbers at some steps of each point, or itself where it has none."""
        if x not in self.values:
            for some in (self.asked, [self.question._replace(steps=((step,),)) for step in INSIDE]):
                marks = tuple(question.mark(x) for question in some)
                self.values[x] = x if None in marks else marks
                if None not in marks:
                    break
        return self.values[x]

    def same(self, a: e.Expr, b: e.Expr) -> bool:
        """Whether two expressions are equal."""
        return bool(a == b or self.value(a) == self.value(b))

    def places(self, mine: e.Expr, theirs: e.Expr) -> list[Place]:
        """Where two expressions differ; nothing where that is everywhere, or at more than a few places."""
        found: list[Place] = []
        stack = [(mine, theirs)]
        while stack:
            a, b = stack.pop()
            if self.same(a, b):
                continue
            inside = self.inside(a, b)
            if inside is None:
                found.append(Place(a, b))
            else:
                stack += inside[0][::-1]
                found += inside[1]
            if len({place.kind for place in found}) > MOST:
                return []
        return [] if Place(mine, theirs) in found else found

    def inside(self, a: e.Expr, b: e.Expr) -> tuple[list[tuple[e.Expr, e.Expr]], list[Place]] | None:
        """The parts of two expressions that belong to each other, and what belongs to nothing; None where they are of two kinds."""
        for kind in (e.Add, e.Mul):
            if isinstance(a, kind) or isinstance(b, kind):
                return self.unordered(kind, a, b)
        if isinstance(a, e.Sum) and isinstance(b, e.Sum) and a[1:] != b[1:]:
            return [(a.of, b.of)], [Place(a, b, BOUNDS)]
        fixed = [[part for part in x if not isinstance(part, KINDS)] for x in (a, b)] if type(a) is type(b) else [[0], [1]]
        parts = e.children(a), e.children(b)
        if fixed[0] != fixed[1] or not parts[0] or len(parts[0]) != len(parts[1]):
            return None
        return list(zip(*parts, strict=True)), []

    def unordered(self, kind: type[e.Expr], a: e.Expr, b: e.Expr) -> tuple[list[tuple[e.Expr, e.Expr]], list[Place]] | None:
        """The terms of two sums, or the factors of two products, that are left when the equal ones are struck out."""
        mine, theirs = (list(e.children(x)) if isinstance(x, kind) else [x] for x in (a, b))
        whole = len(mine), len(theirs)
        for part in list(mine):
            match = next((other for other in theirs if self.same(part, other)), None)
            if match is not None:
                mine.remove(part)
                theirs.remove(match)
        alike = [(a, b) for a in mine for b in theirs if type(a) is type(b) and self.common(a, b)]
        if (len(mine), len(theirs)) == whole and 1 in whole and not alike:  # nothing in common: one stands in place of the other
            return None
        pairs: list[tuple[e.Expr, e.Expr]] = []
        while first := max(alike, key=lambda pair: self.common(*pair), default=None):
            pairs.append(first)
            for parts, one in zip((mine, theirs), first, strict=True):
                parts.remove(one)
            alike = [pair for pair in alike if pair[0] in mine and pair[1] in theirs]
        count = min(len(mine), len(theirs))
        pairs += zip(mine[:count], theirs[:count], strict=True)
        word = WORDS[kind]
        rest = [Place(part, None, word) for part in mine[count:]] + [Place(None, part, word) for part in theirs[count:]]
        return pairs, rest

    def exchanged(self, a: e.Expr, b: e.Expr) -> bool:
        """Whether a is the sum of what b is the product of, or the other way round."""
        made = e.mul if isinstance(a, e.Mul) and isinstance(b, e.Add) else e.add if isinstance(a, e.Add) and isinstance(b, e.Mul) else None
        return made is not None and self.same(a, made(*e.children(b)))

    @staticmethod
    def common(a: e.Expr, b: e.Expr) -> int:
        """How many symbols two expressions share, whatever their times."""
        one, other = ({s.name for s in e.symbols(x)} for x in (a, b))
        return len(one & other)


def differing(question: Question, rights: list[e.Expr], rewriter: Rewriter) -> tuple[list[str], e.Expr | None]:
    """The sentence on all places at which an equation differs from the nearest of some right sides, and that one; nothing where it is like
    none."""
    comparison = Comparison(question)
    if any(comparison.exchanged(question.equation.right, right) for right in rights):
        made, meant = ("multiplied", "added") if isinstance(question.equation.right, e.Mul) else ("added", "multiplied")
        return [f"the parts are {made} where they are to be {meant}"], rights[0]
    found = [(places, right) for right in rights if (places := comparison.places(question.equation.right, right))]
    if not found:
        return [], None
    nearest, right = min(found, key=lambda pair: len({place.kind for place in pair[0]}))
    kinds: dict[Hashable, dict[Place, None]] = {}
    for place in nearest:
        kinds.setdefault(place.kind, {})[place] = None
    *said, last = dict.fromkeys(sentence for some in kinds.values() for sentence in together([*some], rewriter))
    return [", and ".join([*([", ".join(said)] if said else []), last])], right


def together(places: list[Place], rewriter: Rewriter) -> list[str]:
    """The sentences on one mistake at some places: of many one that lists them."""
    pairs = [(ascii(p.mine), ascii(p.theirs)) for p in places if p.mine is not None and p.theirs is not None]
    if len(pairs) < MOST:
        return [place.sentence(rewriter) for place in places]
    mine, theirs = (", ".join(side[:-1]) + f" and {side[-1]}" for side in zip(*pairs, strict=True))
    match places[0].kind:
        case "turned", missing:
            return [f"{mine} must be transposed: {theirs}" if missing else f"{theirs} must not be transposed"]
        case "time", _:
            return [f"the time of {theirs} is wrong: {mine} stand where they belong"]
    return [f"{mine} stand where {theirs} belong"]
