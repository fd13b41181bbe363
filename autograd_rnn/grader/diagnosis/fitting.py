"""Which rewritings of the derived equations are what a person computed.

Every quantity of the backward pass gets a number: those that are returned or solved for, the person's own; those that nobody returns, such
as dh_t and dc_t, what their equations make of the others, or what an equation that uses them says they must have been. Each such reading
leaves some equations that do not hold; the reading in which the fewest mistakes explain them all is the diagnosis.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.grader.diagnosis.columns import World, padded
from autograd_rnn.grader.diagnosis.edit import Edit, terms_of
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.holding import NEAR, fitting, likeliest, near, pairs_of, row, rows_of
from autograd_rnn.grader.diagnosis.observed import Observation, Observed
from autograd_rnn.grader.diagnosis.readings import Reading, Readings, Wrong, running
from autograd_rnn.grader.diagnosis.recursion import settled

MOST = 20_000  # rewritings tried for one answer: a count, so that a slow machine says the same
VERIFIED = 6  # pairs of rewritings that are made one after the other, of those that numbers suggest
OPENED = 3  # rewritings without parentheses in which another is looked for
READINGS = 12  # readings of one answer whose equations are looked into


class Finding(NamedTuple):
    """One mistake: its sentence, the equation as it has to be, the first step at which it shows; ``rank``: a lower one is likelier."""

    sentence: str
    equation: e.Equation
    first_wrong: int | None = None
    rank: int = 2
    symbols: tuple[e.Sym, ...] = ()  # the quantities that it is seen in, where these are several
    several: int = 1  # of the mistakes that its sentence names
    arrays: tuple[str, ...] = ()  # the outputs that it is seen in, by the course's names: a gate may have two biases


class Fit(Readings):
    """One answer held against the recursion: what does not hold in its readings, and the rewritings that do."""

    def __init__(self, observed: Observed, world: World, outputs: int = 1, most: int = MOST):
        super().__init__(observed, world)
        self.editor, self.left = editor(self.recursion), most
        self.outputs = outputs  # that are wrong
        self.able = max(2, outputs)  # mistakes that explain so many outputs: with more of them anything is explained

    def findings(self) -> list[list[list[Finding]]]:
        """Explanations of the whole answer, the likeliest first: each some mistakes, each of these in all its wordings."""
        readings = self.readings()
        if not readings[0].cost:  # what is held against the recursion is right
            return []
        found: list[list[list[Finding]]] = []
        least = MOST
        for pairs, partly in ((False, False), (True, False), (False, self.outputs > 1)):
            for k, reading in enumerate(readings):
                if reading.cost > least:
                    break
                if k >= READINGS and not reading.plain:
                    continue
                explained = self.explained(reading, pairs, partly)
                if explained is not None and self.mistakes(explained) <= self.able:
                    found.append(explained)
                    least = min(least, reading.cost)
            if found:
                break
        return simplest(sorted(found, key=lambda one: (len(one), sum(wordings[0].rank for wordings in one))))

    def mistakes(self, explained: list[list[Finding]]) -> int:
        """How many mistakes an explanation has, one that is made in several gates counted once."""
        counts: dict[object, int] = {}
        for wordings in explained:
            left = wordings[0].equation.left
            counts[self.kinds.get(left, left)] = max(counts.get(self.kinds.get(left, left), 0), wordings[0].several)
        return sum(counts.values())

    def explained(self, reading: Reading, pairs: bool, partly: bool = False) -> list[list[Finding]] | None:
        """Mistakes that together are what does not hold in a reading; None where something stays unexplained, or ``partly`` more than one
        of what is returned."""
        found: list[list[Finding]] = []
        if reading.program is not None:
            found.append([self.throughout(reading.program.sentence)])
        left = list(reading.wrong)
        found += self.exchanged(reading.world, left)
        world = reading.world
        if len(left) > 1 and reading.program is None:
            hidden, there, rest = self.behind(world, left)
            if len(left) - len(rest) > 1:
                found.append(hidden)
                world, left = there, rest
        left = self.each(world, left, found)
        if left and reading.program is None:
            hidden, there, rest = self.behind(world, left)
            if hidden and len(rest) < len(left):
                found.append(hidden)
                world, left = there, self.each(there, rest, found)
        for equation, one in left:
            readings = self.twice(equation, one, world) if pairs else []
            readings = readings or (self.inside(equation, one, world) if pairs and reading.program is None else [])
            readings = readings or (self.nested(equation, one, world) if pairs and reading.program is None else [])
            alone = len(left) == 1 and reading.program is None and not running(equation)
            if partly and found and alone and one.output not in {self.output(wordings) for wordings in found}:
                words = f"what is wrong in {ascii(equation.left)} is not recognised"
                readings = [Finding(words, equation, None, 9, several=0)]
            if not readings:
                return None
            found.append(readings)
        return found

    def output(self, wordings: list[Finding]) -> str:
        """The output in which a mistake is seen by itself, or none."""
        left = wordings[0].equation.left
        return next((one.output for one in self.observed.found if one.symbol == left), "")

    def each(self, world: World, wrong: Wrong, found: list[list[Finding]]) -> Wrong:
        """Equations by themselves: what single edits explain is put to what is found, the others are given back."""
        left = []
        for equation, one in wrong:
            if readings := self.alone(equation, one, world):
                found.append(readings)
            else:
                left.append((equation, one))
        return left

    def behind(self, world: World, left: Wrong) -> tuple[list[Finding], World, Wrong]:
        """Edits of an equation that nobody returns, and that none which uses it tells: those that explain the most, the world in which they
        are made, and what they leave."""
        hidden = [q for q in self.recursion.equations if running(q) and q.left.name not in {"x", *self.gates}]
        best: list[tuple[Edit, e.Equation, World]] = []
        rest = left
        for q in hidden:
            using = [(equation, one) for equation, one in left if (q.left.name, True) in self.names(equation)]
            for edit in self.tried(q) if using and not self.users(q) else ():
                there = settled(world, [x._replace(right=edit.right) if x is q else x for x in hidden])
                wrong = [pair for pair in using if not near(row(there, pair[0].right, pair[1].value), pair[1].value)]
                after = len(left) - len(using) + len(wrong)
                if after < len(rest):
                    best, rest = [], [pair for pair in left if pair not in using or pair in wrong]
                if after == len(rest) < len(left):
                    best.append((edit, q, there))
        if not best:
            return [], world, left
        owners = {edit.sentence: (q, there) for edit, q, there in best}
        found = [Finding(x.sentence, owners[x.sentence][0], None, x.rank) for x in likeliest([edit for edit, _, _ in best])]
        return found, owners[found[0].sentence][1], rest

    def inside(self, equation: e.Equation, one: Observation, world: World) -> list[Finding]:
        """One edit of what an equation uses, made there alone: an adjoint, or a quantity of the forward pass worked out once more."""
        edits = self.editor.inside(equation)[: max(self.left, 0)]
        self.left -= len(edits)
        found = [edits[k] for k in fitting(rows_of(world, edits, one.value), one.value)]
        return [Finding(x.sentence, equation, None, x.rank) for x in likeliest(found)[:6]]

    def nested(self, equation: e.Equation, one: Observation, world: World) -> list[Finding]:
        """One edit of an equation and one of what only it uses, such as dh_t in an RNN."""
        found = []
        for q in self.recursion.equations:
            if q.left in e.symbols(equation.right) and running(q) and self.users(q) == [equation]:
                for inner in self.tried(q):
                    there = settled(world, [q._replace(right=inner.right)])
                    found += [
                        x._replace(sentence=f"{inner.sentence}, and {x.sentence}", several=2) for x in self.alone(equation, one, there)[:1]
                    ]
        return sorted(found, key=lambda finding: finding.rank)[:6]

    def throughout(self, sentence: str) -> Finding:
        """A mistake of the whole program, seen in the adjoints of the gates as the person has them."""
        seen = {one.symbol.name: one for way in self.observed.ways[:1] for one in way}
        gates = [q for q in self.recursion.equations if running(q) and q.left.name in self.gates]
        hidden = [q for q in self.recursion.equations if running(q) and q.left.name not in {"x", *seen}]
        world = settled(self.world.but({(name, True): padded(one.value, adjoint=True) for name, one in seen.items()}), hidden)
        steps = [self.first(q, seen[q.left.name], world) for q in gates if q.left.name in seen]
        return Finding(sentence, gates[0], max((t for t in steps if t), default=None), 1)

    def tried(self, equation: e.Equation) -> list[Edit]:
        """The edits of an equation, as far as the count lasts."""
        edits = self.editor.all(equation)[: max(self.left, 0)]
        self.left -= len(edits)
        return edits

    def alone(self, equation: e.Equation, one: Observation, world: World) -> list[Finding]:
        """Edits of an equation that are what was observed, likeliest first, each sentence once."""
        edits = self.tried(equation)
        kept = [edits[k] for k in fitting(rows_of(world, edits, one.value), one.value)]
        kept = kept or self.scaled(equation, one, world)
        if not one.value.any():
            kept = [x._replace(rank=0) if x.right == e.ZERO else x for x in kept]
        first = self.first(equation, one, world) if kept else None
        return [Finding(x.sentence, self.equations[one.symbol], first, x.rank, arrays=(one.output,)) for x in likeliest(kept)]

    def scaled(self, equation: e.Equation, one: Observation, world: World) -> list[Edit]:
        """A number by which all of an equation or a term of it is multiplied, where it is the same in every element."""
        whole, found = row(world, equation.right, one.value).ravel(), []
        for term in dict.fromkeys([equation.right, *terms_of(equation.right)]):
            part = row(world, term, one.value).ravel()
            rest, size = whole - part, float(part @ part)
            if np.isfinite(size) and size > 0 and len(part) > 3:
                factor = float((one.value.ravel() - rest) @ part) / size
                if min(abs(factor), abs(factor - 1)) > 1e-4 and near(rest + factor * part, one.value.ravel()):
                    words = f"there is a factor {factor:.4g} too much in {ascii(equation.left if term == equation.right else term)}"
                    found.append(Edit(e.add(equation.right, e.mul(e.Num(factor - 1), term)), words, 3))
        return found

    def twice(self, equation: e.Equation, one: Observation, world: World) -> list[Finding]:
        """Two edits of one equation: in different terms their differences add up, in one term their ratios multiply."""
        edits = self.tried(equation)
        rows = rows_of(world, edits, one.value)
        target, base = one.value.ravel(), row(world, equation.right, one.value).ravel()
        terms = equation.right.terms if isinstance(equation.right, e.Add) else ()
        rests = [base - row(world, term, one.value).ravel() for term in terms] or [np.zeros_like(base)]
        pairs = sorted((edits[j].rank + edits[k].rank, j, k) for j, k in pairs_of(rows, base, target, rests))
        found: dict[str, int] = {}
        other = [
            (edit.rank + 2, j, j) for j, edit in enumerate(edits) if type(edit.right) is not type(equation.right)
        ]  # as without parentheses
        for rank, j, k in pairs[:VERIFIED] + other[:OPENED]:  # numbers may agree by chance: the second is made in what the first has made
            again = self.editor.made(equation._replace(right=edits[j].right))
            self.left -= len(again)
            for m in fitting(rows_of(world, again, one.value), one.value):
                found.setdefault(f"{edits[j].sentence}, and {again[m].sentence}", rank - (again[m].sentence == edits[k].sentence))
        first = self.first(equation, one, world) if found else None
        return [
            Finding(x, equation, first, rank, several=2, arrays=(one.output,))
            for x, rank in sorted(found.items(), key=lambda pair: pair[1])[:6]
        ]

    def exchanged(self, world: World, left: list[tuple[e.Equation, Observation]]) -> list[list[Finding]]:
        """Gates in each other's place: what explains equations in this way is taken off ``left``."""
        found = []
        for family in (tuple(family) for family in self.recursion.families):
            wrong = {one.symbol: (q, one) for q, one in left if one.symbol in family}
            if len(wrong) < 2:
                continue
            made = {symbol: row(world, self.equations[symbol].right, next(iter(wrong.values()))[1].value) for symbol in family}
            order = {s: next((other for other in family if near(made[other], one.value)), None) for s, (_, one) in wrong.items()}
            wrong = {s: pair for s, pair in wrong.items() if order[s] is not None}
            if wrong and sorted(str(order[s]) for s in wrong) == sorted(map(str, wrong)):
                letters = [self.recursion.letter(gate.name) for gate in self.recursion.gates]
                theirs = ", ".join(letters[family.index(order.get(s) or s)] for s in family)
                sentence = f"the gradients of the gates are put together in the order {theirs}, not {', '.join(letters)}"
                q, one = next(iter(wrong.values()))
                found.append([Finding(sentence, q, self.first(q, one, world), 1, tuple(wrong))])
                left[:] = [(q, one) for q, one in left if one.symbol not in wrong]
        return found

    def first(self, equation: e.Equation, one: Observation, world: World) -> int | None:
        """The first wrong step of a running quantity in the order of the backward pass, the latest one; None where it has no steps."""
        if not running(equation):
            return None
        got = row(world, equation.right, one.value)
        scale = max(float(np.abs(one.value).max(initial=0.0)), 1e-12)
        off = np.abs(got - one.value).max(axis=(1, 2)) > NEAR * scale
        return int(np.flatnonzero(off)[-1]) + 1 if off.any() else None


def simplest(found: list[list[list[Finding]]]) -> list[list[list[Finding]]]:
    """Explanations without those that have all mistakes of another and more."""
    said = [{wordings[0].sentence for wordings in one} for one in found]
    return [one for one, mine in zip(found, said, strict=True) if not any(other < mine for other in said)]


def kind_of(sentence: str) -> str:
    """A sentence without the names in it."""
    return re.sub("`[^`]*`", "", sentence)
