"""Which rewritings of the derived equations are what a person computed: for each equation by itself, then for those behind several."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.edits import Edit, Editor
from autograd_rnn.grader.diagnosis.observed import Observation, Observed, near
from autograd_rnn.grader.diagnosis.programs import immediate, programs
from autograd_rnn.grader.diagnosis.recursion import Batch

MOST = 6_000  # rewritings tried for one answer: a count, so that a slow machine says the same


class Finding(NamedTuple):
    """One mistake: its sentence, the equation as it has to be, where it was seen, the first step at which it shows."""

    sentence: str
    equation: e.Equation
    seen: tuple[str, ...]
    first_wrong: int | None = None


class Fit:
    """One answer held against the recursion. ``way``: the adjoints in between, as one of the answer's arrays gives them; ``known``: the
    numbers of the call, with the forward pass's own."""

    def __init__(self, observed: Observed, way: list[Observation], known: dict[e.Sym, Any], editor: Editor, most: int = MOST):
        self.observed, self.recursion, self.editor, self.left = observed, observed.recursion, editor, most
        self.adjoints, self.everything = way, [*way, *observed.found]
        seen = {e.Sym(one.symbol.name, e.Time("", t or 0), True): value for one in way for t, value in one.values.items()}
        empty = np.zeros_like(next(iter(seen.values())))
        for t in (0, observed.T + 1):
            seen |= {e.Sym(one.symbol.name, e.Time("", t), True): empty for one in way}
        self.known = known | seen
        self.equations = list(observed.recursion.equations)
        self.base = self.world(self.equations)

    def world(self, equations: list[e.Equation]) -> Batch:
        """Equations over the numbers of the call and the person's own adjoints."""
        return self.recursion.world(equations, dict(self.known), self.observed.T)

    def of(self, one: Observation) -> e.Equation | None:
        """The equation of what was observed."""
        return next((q for q in self.recursion.equations if q.left == one.symbol), None)

    # -- holding an equation against numbers -----------------------------------------------------------------------------

    def holds(self, one: Observation, world: Batch, right: e.Expr, over: str = "sum") -> bool:
        """Whether a right side gives what was observed, at every step."""
        return all(self.at(one, world, right, t, over) for t in one.values)

    def at(self, one: Observation, world: Batch, right: e.Expr, t: int | None, over: str = "sum") -> bool:
        """Whether a right side gives what was observed at one step."""
        scale = max(float(np.abs(value).max(initial=0.0)) for value in one.values.values())
        return near(self.predicted(world, right, t, one.values[t], over), one.values[t], scale)

    def predicted(self, world: Batch, right: e.Expr, t: int | None, value: np.ndarray, over: str = "sum") -> np.ndarray:
        """The value of a right side in the shape of what was observed; nan where it has none."""
        try:
            if over in ("first", "last"):
                world = self._alone(0 if over == "first" else -1)
            got = np.asarray(world.evaluate(right, t), float)
        except (ValueError, KeyError, AssertionError, TypeError, IndexError, AttributeError, ArithmeticError):
            return np.asarray(np.nan)
        if got.ndim > value.ndim:
            got = got.sum(axis=-1)
        return got / self.observed.N if over == "mean" else got

    def _alone(self, column: int) -> Batch:
        """The world of one sequence of the batch."""
        N = self.observed.N
        cut = {s: x[..., [column]] if s.time is not None and np.shape(x)[-1:] == (N,) else x for s, x in self.known.items()}
        return self.recursion.world(self.recursion.equations, cut, self.observed.T)

    def wrong(self) -> list[Observation]:
        """What does not follow from the person's own adjoints by the derived equations."""
        return [one for one in self.everything if (own := self.of(one)) is not None and not self.holds(one, self.base, own.right)]

    # -- mistakes ----------------------------------------------------------------------------------------------------------

    def findings(self) -> tuple[list[list[Finding]], list[Observation]]:
        """Mistakes that together explain the answer, each with its other readings; and what is left unexplained."""
        left = self.wrong()
        if len(left) > 1 and (whole := self.whole(left)):
            return [[whole]], []
        found: list[list[Finding]] = []
        while left:
            several = self.behind(left, 2) if len(left) > 1 else []
            readings = several or self.alone(left[0]) or self.behind(left, 1)
            if not readings and len(left) == 1 and (whole := self.whole(left)):
                readings = [whole]
            readings = readings or self.twice(left[0])
            if not readings:
                return found, left
            found.append(readings)
            left = [one for one in left if str(one.symbol.name) not in readings[0].seen]
        return _alike(found), []

    def whole(self, wrong: list[Observation]) -> Finding | None:
        """A mistake in all equations at once, of the loop or of the order of the gates."""
        for program in programs(self.recursion, self.known, self.observed.T):
            self.left -= 1
            world = self.recursion.world(program.equations, {**self.known, **program.known}, self.observed.T)
            if all((q := program.of(one.symbol)) is not None and self.holds(one, world, q.right) for one in wrong):
                return self._throughout(program.sentence, wrong)
        return self.cut_off(wrong)

    def cut_off(self, wrong: list[Observation]) -> Finding | None:
        """What flows back, there for some steps from the end and then no more."""
        at_once = self.world(immediate(self.equations))
        running = [one for one in wrong if None not in one.values]
        cuts = set()
        for one in running:
            own = self.of(one)
            assert own is not None
            cut = [t for t in sorted(one.values, key=lambda t: t or 0) if not self.at(one, self.base, own.right, t)]
            if not cut or any(not self.at(one, at_once, own.right, t) for t in one.values if t in cut):
                return None
            cuts.add(max(t or 0 for t in cut))
        if len(cuts) != 1 or len(running) != len(wrong):
            return None
        kept = self.observed.T - cuts.pop()
        return self._throughout(
            f"what flows back through time stops after {kept} step{'s' * (kept > 1)}: it reaches to the first step", wrong
        )

    def _throughout(self, sentence: str, wrong: list[Observation]) -> Finding:
        own = self.of(wrong[0])
        assert own is not None
        return Finding(sentence, own, tuple(one.symbol.name for one in wrong), self.first(wrong[0]))

    def tried(self, equation: e.Equation) -> Iterator[Edit]:
        """Edits of an equation, as long as the count lasts."""
        for edit in self.editor.all(equation):
            if self.left <= 0:
                return
            self.left -= 1
            yield edit

    def alone(self, one: Observation) -> list[Finding]:
        """Edits of an observation's own equation that are what was observed, likeliest first."""
        own = self.of(one)
        assert own is not None
        fits = [edit for edit in self.tried(own) if self.holds(one, self.base, edit.right, edit.over)]
        return [Finding(edit.sentence, own, (one.symbol.name,), self.first(one)) for edit in _told(fits)]

    def behind(self, wrong: list[Observation], least: int) -> list[Finding]:
        """Edits of equations that nobody returns, such as those of dh_t and dc_t, that explain at least so many observations and spoil
        none. The equations stay as they are found, for what comes with it."""
        seen = {one.symbol.name for one in self.adjoints}
        hidden = [q for q in self.equations if q.left.time == e.Time("t", 0) and q.left.name not in seen and q.left.name != "x"]
        right = [one for one in self.adjoints if one not in wrong]
        fits: list[tuple[int, Edit, e.Equation, list[Observation]]] = []
        for equation in hidden:
            for edit in self.tried(equation):
                world = self.world([q._replace(right=edit.right) if q is equation else q for q in self.equations])
                explained: list[Observation] = []
                for k, one in enumerate(wrong):
                    if k - len(explained) > len(wrong) - least:  # too few are left
                        break
                    own = self.of(one)
                    explained += [one] if own is not None and self.holds(one, world, own.right) else []
                if len(explained) >= least and all((q := self.of(one)) is None or self.holds(one, world, q.right) for one in right):
                    fits.append((len(explained), edit, equation, explained))
        fits.sort(key=lambda fit: (-fit[0], fit[1].rank))
        fits = [fit for fit in fits if fit[0] == fits[0][0]]
        if fits:
            _, edit, equation, _ = fits[0]
            self.equations = [q._replace(right=edit.right) if q is equation else q for q in self.equations]
            first = {one.symbol.name: self.first(one) for one in wrong}
            self.base = self.world(self.equations)
            found = [Finding(x.sentence, q, tuple(o.symbol.name for o in ones), first[ones[0].symbol.name]) for _, x, q, ones in fits]
            return list({finding.sentence: finding for finding in reversed(found)}.values())[::-1]
        return []

    def twice(self, one: Observation) -> list[Finding]:
        """Two edits of one equation: their differences add up, or their ratios multiply, to what was observed."""
        own = self.of(one)
        assert own is not None
        t, target = next(iter(one.values.items()))
        base = self.predicted(self.base, own.right, t, target)
        values = [
            (edit, got) for edit in self.tried(own) if np.shape(got := self.predicted(self.base, edit.right, t, target)) == np.shape(target)
        ]
        found = []
        with np.errstate(all="ignore"):
            for first, got in values:
                for need in (target - got + base, target * base / got):
                    for second, other in values:
                        if second is not first and near(other, need):
                            found.append((first, second))
        for first, second in sorted(found, key=lambda pair: pair[0].rank + pair[1].rank)[:40]:
            for a, b in ((first, second), (second, first)):
                again = [x for x in self.editor.all(own._replace(right=a.right)) if x.sentence == b.sentence]
                self.left -= len(again)
                if any(self.holds(one, self.base, x.right) for x in again):
                    return [Finding(f"{a.sentence}, and {b.sentence}", own, (one.symbol.name,), self.first(one))]
        return []

    def first(self, one: Observation) -> int | None:
        """The first wrong step of a running quantity in the order of the backward pass, the latest one; None where it has no steps."""
        own = self.of(one)
        if own is None or None in one.values:
            return None
        return max((t for t in one.values if t and not self.at(one, self.base, own.right, t)), default=None)


def _told(fits: list[Edit]) -> list[Edit]:
    """Edits that are the same numbers, likeliest first, each sentence once."""
    return list({edit.sentence: edit for edit in sorted(fits, key=lambda edit: -edit.rank)}.values())[::-1]


def _alike(found: list[list[Finding]]) -> list[list[Finding]]:
    """Where numbers have several readings, the one that the others have too comes first: a mistake made in one gate is made in all."""
    words = Counter(kind for readings in found for kind in {_kind(reading) for reading in readings})
    return [sorted(readings, key=lambda reading: -words[_kind(reading)]) for readings in found]


def _kind(reading: Finding) -> str:
    """A sentence without the names in it."""
    return re.sub("`[^`]*`", "", reading.sentence)
