"""The mistake in a forward pass: the equations of the states it returns, what these rest on written into them."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.grader.diagnosis.across import across
from autograd_rnn.grader.diagnosis.arranged import arranged
from autograd_rnn.grader.diagnosis.columns import PAD, World, padded
from autograd_rnn.grader.diagnosis.edit import Edit
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.fitting import Finding, kind_of
from autograd_rnn.grader.diagnosis.holding import fitting, likeliest, near, pairs_of, row, rows_of
from autograd_rnn.grader.diagnosis.recursion import BEGIN, LATER, Recursion, second, settled

Everywhere = tuple[str, int, dict[e.Sym, Any], e.Equation]  # sentence, rank, right sides, the first of their equations
INNER = e.Sym("inner", e.Time("t", 0))  # what an activation makes of a state


class Forward:
    """A person's forward pass. ``world``: the numbers of the call with the returned states. ``found``: explanations, each some mistakes in
    all their wordings, the likeliest first; an empty one where nothing is wrong, none where it is not recognised."""

    def __init__(self, recursion: Recursion, world: World, returned: list[str]):
        self.recursion = recursion
        self.equations = {q.left.name: q for q in recursion.forward}
        self.found: list[list[list[Finding]]] = []
        self.world = world
        readings = self._readings(world, returned)
        self._find(readings, pairs=False)
        if not self.found and (other := arranged(recursion, world, returned)):
            first = self.equations[returned[0]]
            self.found, self.world = [[[Finding(other[0], first, None, 1)]]], other[1]
        if not self.found:
            self._find(readings, pairs=True)

    def _find(self, readings: list[tuple[World, list[str]]], pairs: bool) -> None:
        """Look for mistakes in each reading, or for two of them in one state's equation."""
        for there, known in readings:
            wrong = [self.equations[name] for name in known if not self._holds(there, name)]
            both = self._throughout(there, known, twice(self.recursion)) if pairs else []
            findings = [both] if both else [self._explained(there, q) or (self._twice(there, q) if pairs else []) for q in wrong]
            if not all(findings) and not set(self.recursion.states) <= set(known):
                findings = [self._throughout(there, known, everywhere(self.recursion))]
            if all(findings) and (not self.found or len(findings) < len(self.found[0])):
                self.found.insert(0, findings)
                self.world = there
            elif all(findings):
                self.found.append(findings)
            if not wrong:
                break

    def _readings(self, world: World, returned: list[str]) -> list[tuple[World, list[str]]]:
        """Numbers for every quantity: a state that is not returned is what its equation says, or what a returned one came from."""
        hidden = [name for name in self.recursion.states if name not in returned]
        rest = [q for q in self.recursion.forward if q.left.name not in returned]
        found = [(settled(world, rest), list(returned))]
        for name in hidden:
            state = e.Sym(name, e.Time("t", 0))
            for user in (self.equations[other] for other in returned):
                inner = e.transformed(user.right, lambda x, state=state: INNER if x == e.Fn("tanh", state) else x)  # type: ignore[misc]
                if inner != user.right and (value := self._before(found[0][0], user, inner)) is not None:
                    first = world.values[name, False][PAD - 1]
                    known = world.but({(name, False): padded(value, first)})
                    found.append((settled(known, [q for q in rest if q.left.name != name]), [*returned, name]))
        return found

    def _before(self, world: World, user: e.Equation, inner: e.Expr) -> np.ndarray | None:
        """A state whose tanh another equation is linear in."""
        target = self._value(world, user.left.name)
        ends = [row(world.but({(INNER.name, False): padded(np.full_like(target, x))}), inner, target) for x in (0.0, 1.0)]
        with np.errstate(all="ignore"):
            value = np.arctanh((target - ends[0]) / (ends[1] - ends[0]))
        return value if np.isfinite(value).all() else None

    def _value(self, world: World, name: str) -> np.ndarray:
        return world.values[name, False][PAD:-PAD]

    def _holds(self, world: World, name: str) -> bool:
        value = self._value(world, name)
        return near(row(world, self.equations[name].right, value), value)

    def _throughout(self, world: World, known: list[str], mistakes: list[Everywhere]) -> list[Finding]:
        """Mistakes in several equations at once, where a state that is not returned carries them on."""
        fits = []
        rest = [q for q in self.recursion.forward if q.left.name not in known]
        for sentence, rank, put, owner in mistakes:
            there = settled(world, [q._replace(right=put.get(q.left, q.right)) for q in rest])
            rights = {name: put.get(self.equations[name].left, self.equations[name].right) for name in known}
            values = {name: self._value(world, name) for name in known}
            if all(near(row(there, right, values[name]), values[name]) for name, right in rights.items()):
                fits.append(Finding(sentence, owner, None, rank))
        return sorted(fits, key=lambda finding: finding.rank)

    def _explained(self, world: World, equation: e.Equation) -> list[Finding]:
        """Mistakes in a state's equation or in one that it rests on."""
        value = self._value(world, equation.left.name)
        edits, owners = written_in(self.recursion, equation)
        fits = fitting(rows_of(world, edits, value), value)
        by_sentence = {edits[k].sentence: owners[k] for k in reversed(fits)}
        return [Finding(x.sentence, by_sentence[x.sentence], None, x.rank) for x in likeliest([edits[k] for k in fits])]

    def _twice(self, world: World, equation: e.Equation) -> list[Finding]:
        """Two mistakes in a state's equation and in those that it rests on."""
        value = self._value(world, equation.left.name)
        edits, owners = written_in(self.recursion, equation)
        rows = rows_of(world, edits, value)
        base = row(world, equation.right, value).ravel()
        terms = equation.right.terms if isinstance(equation.right, e.Add) else ()
        rests = [base - row(world, term, value).ravel() for term in terms] or [np.zeros_like(base)]
        nested = [finding for whole, finding in two_deep(self.recursion, equation) if near(row(world, whole, value), value)]
        if nested:
            return sorted(nested, key=lambda finding: finding.rank)[:6]
        pairs = sorted((edits[j].rank + edits[k].rank, j, k) for j, k in pairs_of(rows, base, value.ravel(), rests))
        if not pairs:
            return across(self.recursion, world, equation)
        return [Finding(f"{edits[j].sentence}, and {edits[k].sentence}", owners[j], None, rank) for rank, j, k in pairs[:6]]


@functools.lru_cache(maxsize=64)
def written_in(recursion: Recursion, equation: e.Equation) -> tuple[list[Edit], list[e.Equation]]:
    """The edits of a state's equation and of those that it rests on, each written into it, and the equation that each is in."""
    edits, owners = [], []
    for q in recursion.forward:
        for edit in editor(recursion).all(q):
            if edit.over == "sum" and (whole := written(recursion, equation, {q.left: edit.right})) is not None:
                deeper = edit.rank + (q != equation)
                edits.append(edit._replace(right=whole, root=recursion.code[whole], rank=deeper))
                owners.append(q)
    for sentence, rank, put, owner in everywhere(recursion):
        if (whole := written(recursion, equation, put)) is not None:
            edits.append(Edit(whole, sentence, rank, "sum", recursion.code[whole]))
            owners.append(owner)
    return edits, owners


@functools.lru_cache(maxsize=64)
def two_deep(recursion: Recursion, equation: e.Equation) -> list[tuple[e.Expr, Finding]]:
    """Two mistakes one inside the other, in a gate and in what goes into it, or in a state's equation and in an activation there."""
    found = []
    for outer in recursion.forward:
        for inner in (q for q in recursion.forward if q.left in e.symbols(outer.right) and q.left.name not in recursion.states):
            if not (isinstance(outer.right, e.Fn) or isinstance(inner.right, e.Fn) and outer == equation):
                continue
            for other in editor(recursion).all(outer):
                if other.rank > 2 or other.over != "sum" or inner.left not in e.symbols(other.right):
                    continue
                for first in editor(recursion).all(inner):
                    right = e.mapped(other.right, lambda s, first=first, inner=inner: first.right if s == inner.left else s)  # type: ignore[misc]
                    if first.over == "sum" and first.rank < 3 and (whole := written(recursion, equation, {outer.left: right})) is not None:
                        sentence = f"{first.sentence}, and {other.sentence}"
                        found.append((whole, Finding(sentence, inner, None, first.rank + other.rank)))
    return found


@functools.lru_cache(maxsize=16)
def everywhere(recursion: Recursion) -> list[Everywhere]:
    """Mistakes made in several equations at once: one kind in every gate, or another step of what all of them use."""
    found: list[Everywhere] = []
    for same in alike(recursion):
        numbered: list[dict[tuple[str, int], Edit]] = []
        for q in same:
            seen: Counter[str] = Counter()
            own = {name for s in e.symbols(q.right) for name in (s.name, second(s.name).name)}
            numbered.append({})
            for edit in editor(recursion).all(q):
                if {s.name for s in e.symbols(edit.right)} <= own:  # nobody takes one gate for another in all of them
                    kind = kind_of(edit.sentence)
                    seen[kind] += 1
                    numbered[-1][kind, seen[kind]] = edit
        for key, edit in numbered[0].items():
            if edit.over == "sum" and all(key in other for other in numbered):
                put = {q.left: other[key].right for q, other in zip(same, numbered, strict=True)}
                rest = " and ".join(ascii(q.left) for q in same[1:])
                every = len(same) == len(recursion.gates)
                found.append((f"{edit.sentence}, and likewise {'in every gate' if every else f'for {rest}'}", edit.rank, put, same[0]))
    if len(recursion.states) > 1 and recursion.what == "sequence":
        ago = [e.Sym(name, e.Time("t", -1)) for name in recursion.states]
        first = [e.Sym(name, e.Time("", 0)) for name in recursion.states]
        begun = {s: e.add(e.mul(LATER, s), e.mul(BEGIN, other)) for s, other in zip(ago, first[::-1], strict=True)}
        put = {q.left: e.mapped(q.right, lambda s: begun.get(s, s)) for q in recursion.forward}
        changed = [q for q in recursion.forward if put[q.left] != q.right]
        words = f"before the first step {' and '.join(map(ascii, first))} stand in each other's place"
        found.append((words, 1, {q.left: put[q.left] for q in changed}, changed[0]))
    if recursion.reads == "L":
        x, y = e.Sym("x", e.Time("t", 0)), e.Sym(TARGET, e.Time("t", 0))
        changed = [q for q in recursion.forward if x in e.symbols(q.right)]
        put = {q.left: e.mapped(q.right, lambda s: y if s == x else s) for q in changed}
        found.append(("the targets are read where the inputs belong", 1, put, changed[0]))
    return found + [moved(recursion, {s: other}, words, 1) for s, other, words in elsewhere(recursion)]


@functools.lru_cache(maxsize=16)
def twice(recursion: Recursion) -> list[Everywhere]:
    """Two quantities that are taken from other steps, wherever they are used."""
    pairs = [(one, other) for one, other in itertools.combinations(elsewhere(recursion), 2) if one[0] != other[0]]
    return [moved(recursion, {a: b, c: d}, f"{first}, and {second}", 3) for (a, b, first), (c, d, second) in pairs]


def moved(recursion: Recursion, instead: dict[e.Sym, e.Sym], sentence: str, rank: int) -> Everywhere:
    """Some quantities, with others in their place in every equation of the forward pass."""
    put = {q.left: e.mapped(q.right, lambda x: instead.get(x, x)) for q in recursion.forward}
    changed = [q for q in recursion.forward if put[q.left] != q.right]
    return sentence, rank, {q.left: put[q.left] for q in changed}, changed[0]


def elsewhere(recursion: Recursion) -> list[tuple[e.Sym, e.Sym, str]]:
    """What a forward pass takes from the step before or reads, another step of it, and the sentence for that."""
    used = {s for q in recursion.forward for s in e.symbols(q.right)}
    found = []
    for s in sorted((s for s in used if s.time == e.Time("t", -1) or s.name == "x"), key=str):
        time, not_carried = s.time, ": the state is not carried on"
        assert time is not None
        others = [(s._replace(time=time._replace(offset=time.offset + shift)), "") for shift in (-1, 1)]
        others.append((s._replace(time=e.Time("", 1)), "") if s.name == "x" else (s._replace(time=e.Time("", 0)), not_carried))
        for other, words in others if recursion.what == "sequence" else ():
            place = "at every step " if other.time is not None and not other.time.base else ""
            found.append((s, other, f"{ascii(other)} stands {place}where {ascii(s)} belongs{words}"))
    return found


def alike(recursion: Recursion) -> list[list[e.Equation]]:
    """Equations that there are once a gate: of the preactivations, of the gates with one activation."""
    names, by_activation = {gate.name for gate in recursion.gates}, {}  # type: set[str], dict[str, list[e.Equation]]
    for q in recursion.forward:
        if isinstance(q.right, e.Fn):
            by_activation.setdefault(q.right.name, []).append(q)
    before = [q for q in recursion.forward if q.left.name in names]
    through = [[q for q in before if any(x.right.of == q.left for x in same)] for same in by_activation.values()]  # type: ignore[attr-defined]
    return [same for same in (before, *through, *by_activation.values()) if len(same) > 1]


def written(recursion: Recursion, equation: e.Equation, put: dict[e.Sym, e.Expr]) -> e.Expr | None:
    """A state's right side with others in place of some quantities, wherever it rests on them; None where it does not."""
    put = dict(put)
    for user in recursion.forward[: recursion.forward.index(equation) + 1]:
        if user.left.name in recursion.states and user != equation:
            put.pop(user.left, None)
            continue
        right = put.get(user.left, user.right)
        changed = e.mapped(right, lambda s: put.get(s, s) if s != user.left else s)
        if changed != user.right:
            put[user.left] = changed
    return put.get(equation.left)
