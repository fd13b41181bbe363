"""Whether what a diagnosis says is so: its sentence, followed from the derived equation, gives the person's, at points that the
diagnosis did not use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evidence.points import Point
from autograd_rnn.formulas.evidence.settings import settings
from autograd_rnn.formulas.mistakes.mutate import Question, derived, renamed, variants
from autograd_rnn.formulas.mistakes.mutations import Rewriter, ascii
from autograd_rnn.formulas.mistakes.places import placed, places, without
from autograd_rnn.formulas.mistakes.terms import expanded
from autograd_rnn.formulas.reading.parse import Reader

STANDS = re.compile(r"`([^`]+)` stands where `([^`]+)` belongs(?=$|, )")
TOO_MANY = re.compile(r"the (term|factor) `([^`]+)` is (too much|missing)(?=$|, )")
EXCHANGED = re.compile(r"the parts are (multiplied|added) where they are to be (?:added|multiplied)(?=$|, )")
BOUNDS = re.compile(r"the sum runs from t = \S+ to \S+, not from (\S+) to ([^\s,]+)(?=$|, )")
ALONE = re.compile(r"that is right for [TS] = (\d+) only")
TERMS = re.compile(r"the terms `([^`]+)` and `([^`]+)` are (too much|missing)(?=$|, )")
RENAMED = r"(with `[^`]+` in place of `[^`]+` on both sides it is right: )?"
ANOTHERS = re.compile(RENAMED + r"this is `([^`]+)`, the adjoint of `[^`]+`, and not of `[^`]+`")
MOST = 4_000  # rewritings that are followed


def side(d: Any, text: str) -> e.Expr:
    """A formula that a sentence quotes."""
    reader = Reader(d)
    line = reader.lines(f"q[t] = {text}")[0]
    return reader.expression(line.right, line.text, tuple("ijkmnt")).expr


def taken(x: e.Expr, kind: type, text: str) -> Iterator[e.Expr]:
    """x without a term or a factor, wherever it stands."""
    for path, node in places(x):
        parts = e.children(node) if isinstance(node, kind) else (node,)
        for k, part in enumerate(parts):
            if ascii(part) == f"`{text}`":
                yield placed(x, path, (e.add if kind is e.Add else e.mul)(*without(parts, k)))


def put(x: e.Expr, kind: type, part: e.Expr) -> Iterator[e.Expr]:
    """x with a term or a factor more, wherever it can stand."""
    for path, node in places(x):
        yield placed(x, path, (e.add if kind is e.Add else e.mul)(node, part))


def followed(d: Any, rewriter: Rewriter, equation: e.Equation, said: str) -> Iterator[tuple[e.Expr, str]]:
    """What the first clause of a sentence makes of an equation, and the rest of the sentence."""
    right = equation.right
    for mutation in rewriter.all(equation):
        rest = said.removeprefix(mutation.sentence)
        if len(rest) < len(said) and (not rest or rest.startswith(", ")):
            yield mutation.right, rest
    if match := STANDS.match(said):
        mine = side(d, match[1])
        for path, node in places(right):
            if ascii(node) == f"`{match[2]}`":
                yield placed(right, path, mine), said[match.end() :]
        yield e.transformed(right, lambda node: mine if ascii(node) == f"`{match[2]}`" else node), said[match.end() :]
    if match := ANOTHERS.match(said):
        meant = side(d, match[2])
        for x in derived(d, meant):
            yield renamed(x, meant, equation.left) if match[1] else x, said[match.end() :]
    if (match := BOUNDS.match(said)) and isinstance(right, e.Sum):
        bounds = [e.Time(*re.fullmatch(r"([TS]?)([+-]?\d*)", text).groups("")) for text in match.groups()]
        yield e.Sum(right.of, *(time._replace(offset=int(time.offset or 0)) for time in bounds)), said[match.end() :]
    if match := EXCHANGED.match(said):
        yield (e.mul if match[1] == "multiplied" else e.add)(*e.children(right)), said[match.end() :]
    for match in filter(None, (TOO_MANY.match(said), TERMS.match(said))):
        kind = e.Mul if match[1] == "factor" else e.Add
        parts = [match[2]] if match.re is TOO_MANY else [match[1], match[2]]
        found = [right]
        for part in parts:
            try:
                made = [put(x, kind, side(d, part)) if match[3] == "too much" else taken(x, kind, part) for x in found]
            except ValueError:  # what is quoted fits nowhere
                return
            found = [x for some in made for x in some]
        yield from ((x, said[match.end() :]) for x in found)


def proven(d: Any, equation: e.Equation, sentence: str) -> bool:
    """Whether a sentence's claims, one after the other, make the person's equation of a derived one."""
    setting = settings(d, [equation])[0]._replace(seed=101)
    if "stands on both sides" in sentence:
        return equation.left in e.nodes(equation.right)
    if match := ALONE.fullmatch(sentence):
        setting, sentence = setting._replace(T=int(match[1]), S=int(match[1])), ""
    rewriter, points = Rewriter(d), (Point(d, setting),)
    summed = f"{ascii(equation.left)} must collect from every step: the `Sum(..., t)` is missing"
    if sentence.startswith(summed) and not isinstance(equation.right, e.Sum):
        axis = next(d.letters[s.name] for s in e.symbols(equation.right) if s.time)
        equation = equation._replace(right=e.Sum(equation.right, e.Time("", 1), e.Time(axis, 0)))
        sentence = sentence[len(summed) :]
    running = equation.left.time is not None and equation.left.time.base == "t"
    last = points[0].last[d.letters[equation.left.name]] if running else 0
    question = Question(equation, (tuple(range(1, last + 1)) if running else (None,),), points)
    begun = [form for right in variants(d, question) for form in dict.fromkeys((right, e.add(*expanded(right, True))))]
    waiting, tried = [(right, sentence) for right in begun][::-1], 0
    while waiting and tried < MOST:
        right, said = waiting.pop()
        tried += 1
        if not said:
            if question.holds(right):
                return True
            continue
        said = re.sub(r"^, (?:and )?", "", said)
        waiting += list(dict.fromkeys(followed(d, rewriter, equation._replace(right=right), said)))
    return False
