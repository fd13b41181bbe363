"""A person's own names: what they are in a model's words, which say nothing, and which are nearly a quantity of the model."""

from __future__ import annotations

import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.formulas.checking import meanings
from autograd_rnn.formulas.checking.claims import called
from autograd_rnn.formulas.checking.derivatives import Moment
from autograd_rnn.formulas.checking.examples import Examples
from autograd_rnn.formulas.checking.mutate import same
from autograd_rnn.formulas.checking.mutations import ascii
from autograd_rnn.formulas.checking.names import other_names
from autograd_rnn.formulas.checking.parse import Reader, Statement
from autograd_rnn.formulas.checking.points import Own, Point
from autograd_rnn.formulas.checking.search import Search
from autograd_rnn.formulas.checking.shapes import shapes

ASKED = 4  # pairs of a person's own name and a quantity that it may be meant for


class Called(Examples):
    """What a text calls by names of its own."""

    reader: Reader
    own: Own

    @property
    def points(self) -> tuple[Point, ...]:
        """The two long points."""
        raise NotImplementedError

    def fails(self, statement: Statement, point: Point, beyond: int = 2) -> list[Moment]:
        """The steps at which an equation does not hold at a point."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """What the person's own names are in the model's words."""
        found = []
        for name in self.own.axes:
            alias = self.alias(name)
            if alias:
                found.append(f"`{name}[t]` is {ascii(alias)}")
            elif (back := self.handed(name)) and back[1]:
                found.append(f"`{name}` is what goes back from step t into the one before, {back[0]}")
        return found

    def handed(self, name: str) -> tuple[str, bool] | None:
        """What a program's name, ``dh_next`` or ``dh_prev``, hands back to the step before, and whether its line says that."""
        found = re.fullmatch(r"d(\w+?)_?(?:next|prev)|d(?:prev|next)_(\w+)", name)
        adjoint = self.reader.symbols.get(f"d{found[1] or found[2]}") if found else None
        back = put(meanings.returned(self.derivation, adjoint), "t", e.Time("t", -1)) if adjoint else e.ZERO
        if adjoint is None or back == e.ZERO or name not in self.own.axes:
            return None
        if self.alias(name) == adjoint._replace(time=e.Time("t", 0)):  # which a program may call what reaches its step, too
            return None
        point, own = self.points[0], e.Sym(name, e.Time("t", 0))
        steps = range(2, point.last[self.own.axes[name]] + 1)
        return ascii(back), all(same(point.evaluate(own, t), point.evaluate(back, t)) for t in steps)

    def idle(self) -> list[str]:
        """Own names that no line about the model needs and that are no quantity of the model: nothing is said by them."""
        return [name for name in self.unneeded() if not (name in self.own.axes and self.alias(name))]

    def slipped(self) -> tuple[Statement, list[str]] | None:
        """A line that no other needs on a name that books or programs have for a quantity of the model, ``o_t`` or ``dscores``, which it is
        not; and what is wrong in it."""
        accents, other = other_names(self.derivation)
        for name in self.unneeded():
            symbol = self.reader.symbols.get((accents | other).get(name, ""))
            symbol = symbol and symbol._replace(time=e.Time("t", 0))
            if name not in self.own.axes or symbol not in self.candidates(name) or self.alias(name) == symbol:
                continue
            statement = next(s for s in self.statements if s.own and s.equation.left.name == name)
            renamed = called(statement.equation.right, name, symbol)
            found = Search(self.derivation, e.Equation(symbol, renamed), self.own.without(name)).explain(1, most=500)
            said = f"`{name}` is {ascii(symbol)} here"
            return statement, [f"{found[0]} ({said})", *found[1:2]] if found else [f"{said}, and this is not"]
        return None

    def unneeded(self) -> list[str]:
        """Own names that no line about the model needs."""
        needed = {s.name for q in self.statements if not q.own for s in e.symbols(q.equation.right)}
        for _ in self.own.equations:
            needed |= {s.name for q in self.own.equations if q.left.name in needed for s in e.symbols(q.right)}
        return [name for name in self.reader.own if name not in needed]

    def candidates(self, name: str) -> list[e.Sym]:
        """Quantities of the shape of an own name, adjoints first."""
        kind = self.reader.own[name]
        known = shapes(self.derivation).names
        adjoints = [q.left for q in self.derivation.equations if q.left.time and q.left.time.base == "t"]
        forward = [q.left for q in self.derivation.forward if q.left.time and q.left.time.base == "t"]
        axis = self.own.axes[name]
        return [s for s in adjoints + forward if kind and known[s.name] == kind[0] and self.derivation.letters[s.name] == axis]

    def alias(self, name: str) -> e.Sym | None:
        """The quantity that an own name is, at every step."""
        point, own = self.points[0], e.Sym(name, e.Time("t", 0))
        lefts = [q.left for q in self.own.equations if q.left.name == name]
        last = point.last[self.own.axes[name]]
        steps = range(1, last + 1) if own in lefts else [point.step(left.time, None) for left in lefts]
        for symbol in self.candidates(name):
            if all(same(point.evaluate(own, t), point.evaluate(symbol, t)) for t in steps):
                return symbol
        return None

    def renamed(self, name: str) -> list[Statement]:
        """The lines that define a name of the person's own that books give to an adjoint, as lines on that adjoint."""
        adjoint = self.reader.symbols.get("da")
        own = [s for s in self.statements if s.own and s.equation.left.name == name and s.equation.left.time]
        sides = [[called(side, name, adjoint) for side in s.equation[:2]] for s in own if adjoint]
        return [s._replace(equation=e.Equation(left, right), own=False) for s, (left, right) in zip(own, sides, strict=False)]

    def culprit(self, fault: Statement | None = None) -> tuple[Statement, list[str]] | None:
        """An own name that is nearly a quantity of the model: its line, and what is wrong in it. ``fault``: a wrong line that would be
        right if the name were that quantity."""
        asked = 0
        for statement in self.statements:
            left = statement.equation.left
            if not statement.own or left.time is None or left.time.base != "t" or asked >= ASKED or self.alias(left.name):
                continue
            for symbol in self.candidates(left.name)[: ASKED - asked]:
                asked += 1
                if fault is not None:
                    equation = fault.equation._replace(right=called(fault.equation.right, left.name, symbol))
                    if any(self.fails(fault._replace(equation=equation), point) for point in self.points):
                        continue
                renamed = called(statement.equation.right, left.name, symbol)
                found = Search(self.derivation, e.Equation(symbol, renamed), self.own.without(left.name)).explain(1, most=500)
                if found:
                    return statement, [f"{found[0]} (`{left.name}` is {ascii(symbol)} here)", *found[1:2]]
        return None
