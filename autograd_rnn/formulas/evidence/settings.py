"""The lengths and sizes at which a text is judged, so that what holds at all of them holds at any."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import bound_by
from autograd_rnn.formulas.evidence.points import Setting
from autograd_rnn.formulas.proving.rationals import meant
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import Unreadable

SHORT = ((1, 3), (3, 1), (2, 5))  # T and S: a sequence of one step, of two, of three
MANY = 60  # lengths to choose from


def numbers_in(equations: Iterable[e.Equation]) -> tuple[set[int], set[int]]:
    """The whole numbers in some equations, above and below a fraction's line too, and the numbers in their steps."""
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


def reach(derivation: System, equations: Iterable[e.Equation]) -> int:
    """How far some equations look from t or an end at most: by a name of the person's own as far again as its definition, by a sum within
    a sum as far again as its bounds. Of names that go round in a circle each is counted once."""
    known, looks = shapes(derivation).names, []
    for equation in equations:
        nodes = [x for side in equation[:2] for x in e.nodes(side)]
        symbols = [x for x in nodes if isinstance(x, e.Sym)]
        ends = (abs(x.first.offset) + abs(x.last.offset) for x in nodes if isinstance(x, (e.Sum, e.Fold)))
        own = {s.name for s in symbols if s.name not in known} - {getattr(equation.left, "name", "")}
        looks.append((equation.left, sum(ends) + max((abs(s.time.offset) for s in symbols if s.time), default=0), own))
    most, far = sum(own for _, own, _ in looks), {}  # type: int, dict[str, int]
    for _ in looks:
        now = {
            left.name: min(most, own + max((far.get(name, 0) for name in names), default=0))
            for left, own, names in looks
            if isinstance(left, e.Sym)
        }
        if now == far:
            break
        far = now
    return max((own + max((far.get(name, 0) for name in names), default=0) for _, own, names in looks), default=0)


FARTHEST, LIKELY = 60, 12  # steps from t or an end that are followed; lengths that are tried for one at which alone a text is right
FEW, LONG = 8, 50  # so many lengths and sizes have to be free that are less than this, or there are too many numbers in the text
# Where all is at rest, p is 1/K and p - onehot(y) is 1/K and (1 - K)/K: K is such that neither is twice or thrice the other.
RESTING = tuple(n + 1 for n in range(5, 60) if n % 2 and n % 3)


def crossed(derivation: System, equations: Iterable[e.Equation]) -> bool:
    """Whether a quantity of one sequence is asked for by the last step of the other, as daenc[S], or summed up to it."""
    axes = derivation.letters
    ends = {*axes.values()}
    for x in (x for equation in equations for side in equation[:2] for x in e.nodes(side) if len(ends) > 1):
        match x:
            case e.Sym(name, e.Time(base)) if base in ends and axes.get(name, base) != base:
                return True
            case e.Sum(of, first, last) | e.Fold(of, _, first, last) if over := ends & {first.base, last.base}:
                index = bound_by(x)
                if any(s.time and s.time.base == index and axes.get(s.name) not in (None, *over) for s in e.symbols(of)):
                    return True
    return False


def settings(derivation: System, equations: Iterable[e.Equation], apart: Iterable[e.Time] = ()) -> list[Setting]:
    """Two settings in which no number of a text, nor one that is one or two from it, is a length, one or two less than it, or a size, and
    no length is another's; then short ones, where every step is the first or the last, and where one sequence's end is close to the other's
    if a line counts from it in the wrong one. ``apart``: steps of which a line says nothing; there are others."""
    said, ends = list(equations), list(apart)
    found, steps = numbers_in(said)
    far = max((t.offset for t in ends if not t.base), default=0) + max((1 - t.offset for t in ends if t.base), default=0)
    if (far := far + reach(derivation, said)) > FARTHEST:
        raise Unreadable(f"your names reach {far} steps from t, through one another: at most {FARTHEST} are followed")
    letters = len(shapes(derivation).sizes)
    numbers = {n + k for n in (found | steps) - {0, 1, 2} for k in (-2, -1, 0, 1, 2)}
    indices = {n + k for n in steps - {0, 1, 2} for k in (-2, -1, 0, 1, 2)}
    for near in (numbers, indices):  # of so many numbers that hardly any length is left one may be a length: it is none at the other point
        free = list(itertools.islice((T for T in range(max(5, 3 + far), 5000) if near.isdisjoint((T, T - 1, T - 2))), MANY))
        sizes = tuple(itertools.islice((n for n in (3, 2, *range(4, 5000)) if n not in near), max(letters + 1, FEW + 1)))
        if free[FEW] < LONG + far and sizes[FEW] < LONG:
            break
    T, longer = free[0], next(n for n in free if n > free[0] + 1)
    S = next(n for n in free if n > T + 2)
    other = next(n for n in free if abs(n - longer) > 2)
    if derivation.last:
        T, S = longer, other = derivation.last["T"], derivation.last.get("S", 1)
    long = [Setting(T, S, 1, sizes[:letters]), Setting(longer, other, 2, sizes[1 : letters + 1])]
    if derivation.last:
        return long
    nodes = [x for q in said for x in e.nodes(q.right)]
    reckoned = any(isinstance(x, e.Num) and set(derivation.letters.values()) & {*x.text.split("/")} for x in nodes)
    summed = any(isinstance(x, (e.Sum, e.Fold)) or isinstance(x, e.Fn) and x.name == "sum" for x in nodes)
    formal = [long[0]._replace(formal=True)] * (reckoned or summed)  # (T - 5) (T - 8) is not 0
    short = [*SHORT, *((far + 4, far + 4 + k) for k in range(-far - 2, far + 3) if crossed(derivation, said))]
    return [*long, *(Setting(*pair, k, (2, 3, *range(4, 40))) for k, pair in enumerate(short, 3)), *formal]


def likely(equations: Iterable[e.Equation]) -> list[int]:
    """The lengths, small ones, that a text may be right for alone: near its numbers, and some others."""
    found, steps = numbers_in(equations)
    near = {n + k for n in found | steps for k in (-1, 0, 1, 2)}
    return sorted({2, 3, 4, 5, *sorted(n for n in near if 5 < n < FARTHEST)[:LIKELY]})


def sides(long: Setting, derivation: System, tied: bool) -> Iterator[Setting]:
    """More of a setting, somewhat shorter, for what depends on the side of a kink: each draws the sides anew, some of them mostly the one
    or the other. In the last one all is at the kink; a half of each on a tie is a policy, which a comparison in its place is not held to,
    nor is one that is ``tied``, as ``a >= 0``."""
    short = long if derivation.last else long._replace(T=max(3, long.T - 2))
    yield from (short._replace(seed=seed) for seed in range(20, 29))
    halved = any(isinstance(x, e.Fn) and x.name == "heaviside" for q in derivation.equations for x in e.nodes(q.right))
    if not halved and not tied:
        yield short._replace(rest=True, sizes=RESTING[: len(long.sizes)])
