"""The lengths and sizes at which a text is judged, so that what holds at all of them holds at any."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.points import Setting
from autograd_rnn.formulas.checking.rationals import meant
from autograd_rnn.formulas.checking.shapes import shapes
from autograd_rnn.formulas.system import System

SHORT = ((1, 3), (3, 1), (2, 5))  # T and S: a sequence of one step, of two, of three
MANY = 60  # lengths to choose from


def numbers_in(equations: Iterable[e.Equation]) -> tuple[set[int], set[int]]:
    """The whole numbers in some equations, above and below a fraction's line too, and how far their steps reach from t or an end."""
    found, steps = set(), {0}
    for x in (x for equation in equations for side in equation[:2] for x in e.nodes(side)):
        match x:
            case e.Num(value, text):
                below = text.partition("/")[2]
                fraction = meant(float(value))
                found |= {int(below) if below.isdigit() else fraction.denominator, abs(fraction.numerator)}
            case e.Sym(_, e.Time(_, offset)):
                steps.add(abs(offset))
            case e.Sum(_, first, last) | e.Fold(_, _, first, last):
                steps |= {abs(first.offset), abs(last.offset)}
    return found, steps


def settings(derivation: System, equations: Iterable[e.Equation]) -> list[Setting]:
    """Two settings in which no number of a text, nor one that is one or two from it, is a length, one or two less than it, or a size, and
    no length is another's; then short ones, where every step is the first or the last."""
    said = list(equations)
    found, steps = numbers_in(said)
    near = {n + k for n in (found | steps) - {0, 1, 2} for k in (-2, -1, 0, 1, 2)}
    least, letters = max(5, 3 + max(steps)), len(shapes(derivation).sizes)
    free = list(itertools.islice((T for T in range(least, 5000) if near.isdisjoint((T, T - 1, T - 2))), MANY))
    one, *more = itertools.islice((n for n in (3, 2, *range(4, 5000)) if n not in near), letters + 1)
    T, longer = free[0], next(n for n in free if n > free[0] + 1)
    if any(isinstance(x, e.Num) and x.text and not x.text.replace("/", "").isdigit() for q in said for x in e.nodes(q.right)):
        rng = random.Random(repr(said))  # a length is reckoned with: nobody can have written what vanishes just at those that are tried
        T, longer = rng.choice(free[:8]), rng.choice(free[12:24])
    S = next(n for n in free if n > T + 2)
    other = next(n for n in free if abs(n - longer) > 2)
    if derivation.last:
        T, S = longer, other = derivation.last["T"], derivation.last.get("S", 1)
    long = [Setting(T, S, 1, (one, *more[:-1])), Setting(longer, other, 2, tuple(more))]
    return long if derivation.last else long + [Setting(*short, k, (2, 3, *range(4, 40))) for k, short in enumerate(SHORT, 3)]


def sides(long: Setting, equations: Iterable[e.Equation]) -> Iterator[Setting]:
    """More of a setting, for what depends on the side of a kink: each draws the sides anew, some of them mostly the one or the other. In
    the last one all is at the kink; a half of each on a tie is a policy, which a comparison in its place is not held to."""
    yield from (long._replace(seed=seed) for seed in range(20, 32))
    if not any(isinstance(x, e.Fn) and x.name == "heaviside" for q in equations for x in e.nodes(q.right)):
        yield long._replace(rest=True)
