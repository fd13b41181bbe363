"""A text held against a derivation: which of its equations hold, at random points of many lengths, and where one does not."""

from __future__ import annotations

import functools

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.calling import Called
from autograd_rnn.formulas.checking.claims import derivatives_in, unsummed
from autograd_rnn.formulas.checking.restated import outside, restated
from autograd_rnn.formulas.evidence.derivatives import Moment, held, moments, placed, returns, two
from autograd_rnn.formulas.evidence.points import Own, Point, Setting, point_at
from autograd_rnn.formulas.evidence.settings import likely, settings, sides
from autograd_rnn.formulas.evidence.wide import Undefined, Wide
from autograd_rnn.formulas.mistakes.mutate import Question, same
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.mistakes.search import Search
from autograd_rnn.formulas.reading import meanings
from autograd_rnn.formulas.reading.parse import Statement, reader
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import Unreadable

FORMS = 20  # by which names of one's own may be made in one text
PLAIN = {"sum", "onehot", "positive", "heaviside"}  # functions that have no laws of the exponential


class Checker(Called):
    """One text against one derivation: its equations, and random points that know the person's own names. ``form``: which
    of the sides of ``u = a = b`` makes a name of one's own; ``forms``: of how many each has to be right."""

    def __init__(self, derivation: System, text: str, form: int = 0):
        self.reader = reader(derivation, text)
        self.derivation = derivation = self.reader.derivation
        self.statements, chains = self.reader.statements(text), dict[tuple[e.Expr, int, str], list[Statement]]()
        for s in self.statements:
            chains.setdefault((s.equation.left, s.line.number, s.line.text), []).extend([s] * (s.own and not s.line.more))
        sides = [(0, 0), *((id(chain), k) for chain in chains.values() for k in range(1, len(chain)))]
        if (forms := len(sides)) > FORMS:
            raise Unreadable(f"at most {FORMS} sides of names of one's own are held against each other")
        self.forms, (other, side) = forms, sides[form]
        gone = [s for chain in chains.values() for k, s in enumerate(chain) if k != side * (id(chain) == other)]
        self.statements = [s for s in self.statements if not any(s is x for x in gone)]
        equations = tuple(s.equation for s in self.statements if s.own)
        self._once()
        kinds = {name: kind[0] for name, kind in self.reader.own.items() if kind is not None}
        functions = {x.name for s in self.statements for x in e.nodes(s.equation.right) if isinstance(x, (e.Fn, e.Call))}
        self.own = Own(equations, self._axes(equations), kinds, plain=functions <= PLAIN)
        apart = {time for s in self.statements for time in s.line.apart}
        self.settings = settings(derivation, [s.equation for s in self.statements], apart)
        self.made: dict[tuple[Setting, bool], Point] = {}
        self.assuming = False
        self.found: dict[tuple[e.Equation, int, bool, bool], Setting | None] = {}
        self.chosen: dict[str, str] = {}  # what each δ of the text is taken for
        self.meant: dict[str, None] = {}  # how lines with several readings were read
        kinds_said = {x.kind for s in self.statements for x in derivatives_in(s.equation)}
        self.totals = "immediate" in kinds_said  # that a derivative by a parameter is a total one where it has no plus
        said_first = sorted(enumerate(self.statements), key=lambda pair: not isinstance(pair[1].equation.left, e.Derivative))
        read = {k: self.read(statement) for k, statement in said_first}
        self.statements = [read[k] for k in range(len(read))]
        for s in (s for s in self.statements if s.own and s.line.apart):
            name = s.equation.left.name
            told = {other.equation.left.time for other in self.statements if other.equation.left[:1] == (name,)}
            users = (other for other in self.statements if other is not s and name in {x.name for x in e.symbols(other.equation.right)})
            if missing := next((other for other in users if s.line.apart - told - other.line.apart), None):
                raise Unreadable(f"`{name}` is not said of all the steps for which this takes it: {missing.line.text}")
        for s in (s for s in self.statements if isinstance(s.equation.left, e.Sym) and s.equation.left.time):
            if not self.steps(s, self.outlines[0], 0) or not s.equation.left.time.base and s.equation.left.time.offset < 0:
                raise Unreadable(f"there is no step for which {ascii(s.equation.left)} is said: {s.line.text}")

    def read(self, statement: Statement) -> Statement:
        """A statement as the first of its readings that holds, or as the first if none does."""
        if statement.own:
            return statement
        left, notes = statement.equation.left, statement.line.notes
        one = [r for r in statement.readings if all(self.chosen.get(*pair) == pair[1] for pair in meanings.chosen(r[1], notes).items())]
        statement = statement._replace(equation=one[0][0] if one else statement.equation, readings=tuple(one))
        if isinstance(left, e.Derivative) and not all(self.steps(statement, point, 0) for point in self.outlines):
            raise Unreadable(f"there are no two steps for which {ascii(left)} is asked: {statement.line.text}")
        for distinct in (statement.distinct, True) if isinstance(left, e.Derivative) and two(left) else (False,):
            for equation, sentence in statement.readings or ((statement.equation, ""),):
                if any(x.kind == "direct" and not returns(self.derivation, x.by.name) for x in derivatives_in(equation)):
                    continue
                if self.totals and meanings.IMMEDIATE in sentence:
                    continue
                tried = statement._replace(equation=equation, distinct=distinct)
                if distinct and not statement.distinct and len(self.steps(tried, self.outlines[0], 0)) < 2:
                    continue  # of one step alone it is not what is said of t
                if self.wrong(tried) is None:
                    self.chosen |= meanings.chosen(sentence, notes)
                    by_weight = isinstance(left, e.Derivative) and left.by.time is None and left.of.time is not None
                    self.totals = self.totals or by_weight and left.kind != "immediate" and meanings.IMMEDIATE not in sentence
                    apart, tie = meanings.APART * (distinct and not statement.distinct), meanings.TIE * statement.line.tied
                    self.meant.update(dict.fromkeys(filter(None, (sentence, apart, self.narrower(tried), tie))))
                    return tried
        direct = isinstance(left, e.Derivative) and two(left) and returns(self.derivation, left.by.name)
        likely = [(equation, sentence) for equation, sentence in statement.readings if (meanings.DIRECT in sentence) == direct]
        if not likely:
            return statement
        several = len(likely) > 1 and any(meanings.chosen(sentence, ()) for _, sentence in likely)  # of a δ
        near = (pair for pair in likely if Search(self.derivation, pair[0], self.own).explain(1, most=500)) if several else iter(())
        equation, sentence = next(near, likely[0])
        if several:
            self.chosen |= meanings.chosen(sentence, notes)
            self.reader.taken |= dict.fromkeys(filter(None, [sentence]))
        return statement._replace(equation=equation)

    def narrower(self, statement: Statement) -> str:
        """The sentence for a partial derivative that is not the total one."""
        left = statement.equation.left
        if not isinstance(left, e.Derivative) or left.kind != "partial" or not held(self.derivation, left.by):
            return ""
        whole = statement._replace(equation=statement.equation._replace(left=left._replace(kind="total")))
        return meanings.PARTIAL if self.wrong(whole) is not None else ""

    def _once(self) -> None:
        """Raises Unreadable where an own name is defined twice."""
        seen: dict[e.Sym, int] = {}
        for statement in self.statements:
            left, number = statement.equation.left, statement.line.number
            if statement.own and left in seen:
                raise Unreadable(f"{ascii(left)} is defined twice, in the lines {seen[left]} and {number}: one name is one quantity")
            seen[left] = number
        for left, line in ((s.equation.left, s.line) for s in self.statements if s.own and s.line.claimed):
            steps = {other: other.time for other in seen if other.name == left.name and other.time and other.time.base != "t"}
            said = (x for x, time in steps.items() if not outside(time) and time._replace(base="T" * bool(time.base)) not in line.apart)
            if twice := next(said, None):
                raise Unreadable(f"{ascii(twice)} is defined twice, in the lines {seen[twice]} and {line.number}: one name is one quantity")

    def point(self, setting: Setting) -> Point:
        """The random point of a setting."""
        key = (setting, self.assuming)
        if key not in self.made:
            self.made[key] = point_at(self.derivation, setting, self.known)
        return self.made[key]

    @property
    def known(self) -> Own:
        """The person's own names, and what the text assumes of what is given, if it is to be assumed."""
        return self.own._replace(assumed=tuple(self.assumptions)) if self.assuming else self.own

    @functools.cached_property
    def assumptions(self) -> list[e.Equation]:
        """What a text says of what is given, in numbers: ``h[0] = 0``, ``W_hh = 0``."""
        said = [s.equation for s in self.statements if self.given(s) and not any(True for _ in e.symbols(s.equation.right))]
        return [q for q in said if q.left.time is None or q.left.time.base != "t"]

    @property
    def begun(self) -> list[e.Equation]:
        """That the first states which the lines have are 0, of a net in which they are."""
        had = {x.name for s in self.statements for side in s.equation[:2] for x in e.symbols(side)}
        names = (name for name, role in self.derivation.roles.items() if role == "state" and name in had)
        found = [e.Equation(e.Sym(name, e.Time("", 0)), e.ZERO) for name in names if not self.derivation.reverse.get(name)]
        return [equation for equation in found if self.starts(equation)]

    def holding(self, asked: list[Statement], stated: list[e.Equation]) -> bool:
        """Whether some lines are right if what is given is so; from then on that is assumed where the text says it."""
        told, self.assumptions, self.assuming = self.assumptions, stated, True
        right = not any(self.wrong(statement) for statement in asked)
        self.assumptions, self.assuming = told, right and bool(told)
        return right

    def starts(self, assumed: e.Equation) -> bool:
        """Whether it says of a first state that it is 0, as that of every net is unless it is given or learned."""
        (name, time), run = assumed.left[:2], getattr(self.derivation, "run", None)
        given = self.derivation.roles.get(name) == "state" and not {name, f"{name}_0"} & {*self.derivation.parameters}
        if time is None or not given or assumed.right != e.ZERO:
            return False
        return run is None or bool(time.base) or not np.any(run[name][time.offset + run.start - 1].value)

    @property
    def points(self) -> tuple[Point, ...]:
        """The two long points."""
        return tuple(self.point(setting) for setting in self.settings[:2])

    @functools.cached_property
    def outlines(self) -> tuple[Point, ...]:
        """The two long points at which nothing is found yet, to be asked for steps and what defines them: a line that the derivation has
        needs no more."""
        return tuple(point_at(self.derivation, setting, self.own, found=False) for setting in self.settings[:2])

    def _axes(self, equations: tuple[e.Equation, ...]) -> dict[str, str]:
        """The time axis of every own name: that of the first quantity in its definition that has one."""
        letters, found = self.derivation.letters, {}  # type: dict[str, str], dict[str, str]
        for _ in equations:
            for equation in equations:
                if equation.left.time is not None:
                    known = [(letters.get(s.name) or found.get(s.name)) for s in e.symbols(equation.right) if s.time]
                    ends = [equation.left.time.base] if equation.left.time.base in self.reader.ends else []
                    axis = next((letter for letter in [*ends, *known] if letter), equation.left.time.base)
                    if axis in self.reader.ends and equation.left.name not in found:
                        found[equation.left.name] = axis
        return {q.left.name: found.get(q.left.name, "T") for q in equations if q.left.time is not None}

    def steps(self, statement: Statement, point: Wide, beyond: int = 2) -> tuple[Moment, ...]:
        """The steps at which an equation claims to hold: none of those for which another line has an equation of its own, unless it
        says of which it is; of a step with a number only where the sequence goes on ``beyond`` it."""
        left = statement.equation.left
        if isinstance(left, e.Derivative):
            return moments(self.derivation, statement, point, beyond)
        if left.time is None:
            return (None,)
        letter = point.letters[left.name]
        last = point.last[letter]
        if left.time.base != "t":
            offset = left.time.offset
            there = offset >= 0 or last + offset > 0 if left.time.base else offset < 1 or offset + beyond <= last
            return (None,) if there or self.derivation.last else ()
        lefts = [s.equation.left for s in self.statements if isinstance(s.equation.left, e.Sym) and not statement.line.claimed]
        same_name = [other for other in lefts if other._replace(time=left.time) == left]
        own = {point.step(symbol.time, None) for symbol in same_name if symbol.time is not None and symbol.time.base != "t"}
        own |= {point.step(time._replace(base=letter if time.base else ""), None) for time in statement.line.apart}
        return tuple(t for t in range(1, last + 1) if t not in own)

    @staticmethod
    def holds(statement: Statement, point: Point, at: Moment) -> bool:
        """Whether an equation holds at one step, or with each of its indices at one; of a matrix of derivatives whether a random
        combination of its rows is the same one of the other side's, which two that differ are not."""
        (left, t), (right, _) = (placed(side, statement.free, at) for side in statement.equation[:2])
        try:
            yours = point.evaluate(right, t)
        except Undefined:
            return False
        if isinstance(left, e.Derivative) and point.shape_of.get(left.of.name) and len(statement.shape) == 2 and np.ndim(yours) == 2:
            weights, row = point.sweeps.combined(point, left)
            return np.shape(yours) == (len(weights), len(row)) and same(weights @ yours, row)
        derived = point.evaluate(left, t)
        return same(np.ravel(derived), np.ravel(yours)) if statement.flat else same(derived, yours)

    def right(self, statement: Statement, point: Point, beyond: int = 2) -> bool:
        """Whether an equation holds at all steps of a point, and something sums over its t."""
        return not unsummed(statement.equation) and all(self.holds(statement, point, t) for t in self.steps(statement, point, beyond))

    def wrong(self, statement: Statement) -> Setting | None:
        """The first setting at which an equation does not hold."""
        key = (statement.equation, statement.line.number, statement.distinct, self.assuming)
        if key not in self.found and restated(self.derivation, statement.equation):
            self.found[key] = None
        if key not in self.found:
            tried = (setting for setting in self.settings if not self.right(statement, self.point(setting)))
            self.found[key] = next(tried, None)
            if self.found[key] is None and any(self.point(setting).sided for setting in self.settings):
                others = sides(self.settings[0], self.derivation, statement.line.tied)
                more = (setting for setting in others if not self.right(statement, self.point(setting)))
                self.found[key] = next(more, None)
        return self.found[key]

    def question(self, statement: Statement) -> Question:
        """A statement as it is asked at the two long points."""
        steps = tuple(tuple(self.steps(statement, point)) for point in self.points)
        return Question(statement.equation, steps, self.points, statement.free)

    def immediate(self, statement: Statement) -> bool:
        """Whether what is given for a total derivative by a parameter is the immediate one."""
        left = statement.equation.left
        if not isinstance(left, e.Derivative) or left.by.time is not None or left.kind == "immediate":
            return False
        return self.like(statement, left=left._replace(kind="immediate"))

    def turned(self, statement: Statement) -> bool:
        """Whether a matrix is right but for being transposed."""
        left, right = statement.equation[:2]
        return isinstance(left, e.Derivative) and len(statement.shape) == 2 and self.like(statement, right=e.transpose(right))

    def like(self, statement: Statement, **sides: e.Expr) -> bool:
        """Whether a statement with another left or right side holds at the long points."""
        other = statement._replace(equation=statement.equation._replace(**sides))  # type: ignore[arg-type]
        return all(self.right(other, point) for point in self.points)

    def given(self, statement: Statement) -> bool:
        """Whether the left side is an input, a parameter, a target or a first state."""
        left, point = statement.equation.left, self.outlines[0]
        if isinstance(left, e.Derivative) or left.adjoint or statement.own:
            return False
        return left.time is None or point.equation(point.bound(left, 1)) is None

    def special(self, statement: Statement, setting: Setting) -> str:
        """Where a line is right but for steps that have an equation of their own in the derivation: the sentence that says so."""
        left, point = statement.equation.left, self.point(setting)
        if isinstance(left, e.Derivative) or unsummed(statement.equation):
            return ""
        pool = self.derivation.equations if left.adjoint else self.derivation.forward
        ends = [q for q in pool if q.left.name == left.name and q.left.adjoint == left.adjoint and q.left.time and q.left.time.base != "t"]
        there = {point.step(q.left.time, None): q for q in ends if q.left.time}
        steps = self.steps(statement, point)
        if not there or len(there) >= len(steps) or not all(self.holds(statement, point, t) for t in steps if t not in there):
            return ""
        wrong = [t for t in steps if t in there and not self.holds(statement, point, t)]
        return f"{ascii(left)} is right, but for " + " and ".join(f"`{show(there[t], 'ascii')}`" for t in wrong)

    def scope(self, statement: Statement, setting: Setting) -> str:
        """The sentence for a line that is right at one length only, or but for the shortest sequences; nothing for any other."""
        if self.derivation.last or any(point.sided for point in self.points):
            return ""  # a random side of a kink is right by chance
        long = self.settings[0]
        if setting not in (long, self.settings[1]) and setting in self.settings and not setting.formal:
            return f"that is right for longer sequences, but not for {self.told(self.point(setting))}"
        for letter in self.points[0].last:
            tried = (long._replace(T=n) if letter == "T" else long._replace(S=n) for n in likely([s.equation for s in self.statements]))
            asked = [at for at in tried if self.steps(statement, self.point(at), 0)]
            right = [at for at in asked if self.right(statement, self.point(at), 0)]
            if len(right) == 1 < len(asked):
                return f"that is right for {letter} = {getattr(right[0], letter)} only"
            one = long._replace(T=1) if letter == "T" else long._replace(S=1)
            if 1 < len(right) < len(asked) and right == asked[: len(right)] and self.right(statement, self.point(one), 0):
                return f"that is right for {letter} <= {getattr(right[-1], letter)} only"
        return ""

    def least(self, asked: list[Statement]) -> int:
        """The shortest sequences for which lines about a step with a number hold, where there are shorter ones that have it; else 0."""
        lines = [s for s in asked if isinstance(s.equation.left, e.Sym) and s.equation.left.time and not s.equation.left.time.base]
        found = 0
        for statement in (s for s in lines if not self.derivation.last and not restated(self.derivation, s.equation)):
            step = statement.equation.left.time.offset
            for last in range(max(step, 1), step + 2):
                point = self.point(self.settings[0]._replace(T=last, S=last))
                if not self.right(statement, point, 0):
                    found = max(found, last + 1)
        return found

    @staticmethod
    def told(point: Point) -> str:
        """The lengths of a point, as a sentence has them."""
        return " and ".join(f"{letter} = {last}" for letter, last in point.last.items())
