"""A person's own names: what they are in a model's words, which say nothing, and which are nearly a quantity of the model."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.claims import called
from autograd_rnn.formulas.evidence.examples import Examples
from autograd_rnn.formulas.evidence.points import Own, Point, Setting, point_at
from autograd_rnn.formulas.evidence.settings import sides
from autograd_rnn.formulas.mistakes.mutate import same
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.mistakes.search import Search
from autograd_rnn.formulas.reading import meanings
from autograd_rnn.formulas.reading.aliases import other_names, tags
from autograd_rnn.formulas.reading.parse import Reader, Statement
from autograd_rnn.formulas.reading.shapes import shapes, written

ASKED, TRIED = 4, 40  # pairs of an own name and a quantity that it may be meant for: of which mistakes are sought, and which are put in
SPELLED = re.compile(r"(?:d(?!elta)|delta_|Delta_?|grad_?)([A-Za-z].*)")
LOSSES = ("L", "loss", "Loss", "cost")  # what nobody calls anything but the loss; E may be an error, and J a Jacobian


class Called(Examples):
    """What a text calls by names of its own."""

    reader: Reader
    own: Own
    point: Callable[[Setting], Point]  # the random point of a setting
    like: Callable[..., bool]  # whether a statement with another left or right side holds at the long points
    right: Callable[..., bool]  # whether an equation holds at all steps of a point

    def names(self) -> list[str]:
        """What the person's own names are in the model's words."""
        found, like = [], self.likened()
        for name in self.reader.own:
            if alias := self.alias(name):
                only = f" if {like[name]}" if name in like else ""
                found.append(f"`{name}{'[t]' * (name in self.own.axes)}` is {ascii(alias)}{only}")
            elif (back := self.handed(name)) and back[1]:
                found.append(f"`{name}` is what goes back from step t into the one before, {back[0]}")
        return found

    def likened(self) -> dict[str, str]:
        """The own names that no line needs, are spelled as a derivative, ``dh_k``, and are not what books call the adjoint that they are:
        under what condition they are that, that what they are spelled as by is so called."""
        accents, other = other_names(self.derivation)
        known: dict[str, str] = accents | other
        found: dict[str, str] = {}
        if any(s.line.more for s in self.statements):  # a program may keep what it does not need, das.append(da)
            return found
        for name, spelled in ((name, SPELLED.fullmatch(name)) for name in self.unneeded()):
            if not spelled or (of := spelled[1]) in self.reader.own:  # which a line says
                continue
            if (alias := self.alias(name)) and alias.adjoint and known.get(name) != f"d{alias.name}":
                one = name == f"delta_{of}" and len(of) == 1
                found[name] = f"`{of}` is the step `t`" if one else f"`{of}` stands for {ascii(alias._replace(adjoint=False))}"
        return found

    def handed(self, name: str) -> tuple[str, bool] | None:
        """What a program's name, ``dh_next`` or ``dh_prev``, hands back to the step before, and whether its line says that."""
        if (back := self.flowing(name)) is None:
            return None
        point, own = self.points[0], e.Sym(name, e.Time("t", 0))
        steps = range(2, point.last[self.own.axes[name]] + 1)
        return ascii(back), all(same(point.evaluate(own, t), point.evaluate(back, t)) for t in steps)

    def giver(self, fault: Statement) -> Statement | None:
        """The line of what a program hands back, where that alone makes another line wrong."""
        used = {s.name for s in e.symbols(fault.equation.right)}
        for statement in (s for s in self.statements if s.own and s.equation.left.name in used):
            name = statement.equation.left.name
            known, kind = shapes(self.derivation).names.get(getattr(fault.equation.left, "name", "")), self.reader.own[name]
            if kind and kind[0] == known and (back := self.flowing(name) or self.returned(fault.equation.left)) is not None:
                if self.like(fault, right=called(fault.equation.right, name, back)):
                    return statement
        return None

    def returned(self, adjoint: e.Sym | e.Derivative) -> e.Expr | None:
        """What flows back from step t into an adjoint of the step before."""
        if isinstance(adjoint, e.Derivative) or not adjoint.adjoint or adjoint.time is None and adjoint.name in self.derivation.parameters:
            return None
        back = put(meanings.returned(self.derivation, adjoint), "t", e.Time("t", -1))
        return None if back == e.ZERO else back

    def flowing(self, name: str) -> e.Expr | None:
        """What flows back from step t under a program's name for it; None where it is no such name."""
        found = re.fullmatch(r"d(\w+?)_?(?:next|prev)|d(?:prev|next)_(\w+)", name)
        adjoint = self.reader.symbols.get(f"d{found[1] or found[2]}") if found else None
        back = adjoint and self.returned(adjoint)
        if adjoint is None or back is None or name not in self.own.axes:
            return None
        if self.alias(name) == adjoint._replace(time=e.Time("t", 0)):  # which a program may call what reaches its step, too
            return None
        return back

    def said(self) -> set[str]:
        """The person's own names of which `names` says what they are, and all that these are made of."""
        found = {name for name in self.reader.own if self.alias(name) or (back := self.handed(name)) and back[1]}
        for _ in self.own.equations:
            found |= {s.name for q in self.own.equations if q.left.name in found for s in e.symbols(q.right) if s.name in self.reader.own}
        return found

    def idle(self) -> list[str]:
        """Own names that no line about the model needs and that are no quantity of the model: nothing is said by them."""
        return [name for name in self.unneeded() if not self.alias(name)]

    def claims(self, name: str) -> bool:
        """Whether an own name is one that books have for a quantity of the model, or is made as such are: at each step with a parameter,
        or with adjoints, where it is no number, as a norm of them is."""
        made = [s for q in self.own.equations if q.left.name == name for s in e.symbols(q.right)]
        if any(s.adjoint for s in made) and (kind := self.reader.own[name]) and kind[0]:
            return not any(s.line.more for s in self.statements)  # a program may reckon what it does not need
        timed = name in self.own.axes
        return timed and (name in other_names(self.derivation)[1] or any(s.name in self.derivation.parameters for s in made))

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

    def shaped(self, name: str) -> list[e.Sym]:
        """Quantities of the shape of an own name, adjoints first."""
        kind = self.reader.own[name]
        known = shapes(self.derivation).names
        adjoints = [q.left for q in self.derivation.equations if q.left.time and q.left.time.base == "t"]
        forward = [q.left for q in self.derivation.forward if q.left.time and q.left.time.base == "t"]
        if (axis := self.own.axes.get(name)) is None:
            plain = (q.left for q in self.derivation.equations if q.left.time is None)
            return [left for left in plain if kind and name[0] != "d" and known[left.name] == kind[0] != ()]
        found = [s for s in adjoints + forward if kind and known[s.name] == kind[0] and self.derivation.letters[s.name] == axis]
        if name[:5] == "delta" and name[5:] in tags(self.derivation):  # of a layer that of no other, and of one kind with those beside it
            read = any(re.match("`δ.*` is read as `da", note) for s in self.statements for note in s.line.notes)
            found = [s for s in found if re.match(rf"{'a' if read else '[^_]+?'}{name[5:]}(?:_|$)", s.name)]
        return found

    def candidates(self, name: str) -> list[e.Sym]:
        """What an own name may be: of one that is the derivative by another, ``du`` beside ``u``, the adjoint of what that is."""
        if (of := name.removeprefix("d")) == name or of not in self.own.axes:
            return self.shaped(name)
        meant = self.which(of, self.shaped(of))
        adjoint = self.reader.symbols.get(f"d{meant.name}") if meant else None
        return [adjoint._replace(time=e.Time("t", 0))] if adjoint else []

    def misderived(self) -> tuple[Statement, str] | None:
        """A line that no other needs on the loss that makes it no number, or one on the derivative by another name of the text that is not
        the adjoint of what that is; and the sentence."""
        for name in self.unneeded():
            if name in LOSSES and (kind := self.reader.own[name]) and kind[0]:
                line = next(s for s in self.statements if s.own and s.equation.left.name == name)
                return line, f"`{name}` is the loss, which is a number, and this is {written(kind[0])}"
        for name in self.own.axes:
            if (of := name.removeprefix("d")) == name or of not in self.own.axes or self.alias(name):
                continue
            for meant in self.candidates(name):
                line = next(s for s in self.statements if s.own and s.equation.left.name == name)
                return line, f"`{of}` is {ascii(meant._replace(adjoint=False))} here, so that `{name}` is {ascii(meant)}, and this is not"
        return None

    def alias(self, name: str) -> e.Sym | None:
        """The quantity that an own name is."""
        return self.which(name, self.candidates(name))

    def which(self, name: str, candidates: list[e.Sym]) -> e.Sym | None:
        """The one that it is at every step of the long points, and on whichever side of a kink."""
        return next((symbol for symbol in candidates if all(self.is_so(name, symbol, point) for point in self.everywhere())), None)

    def everywhere(self) -> Iterator[Point]:
        """The long points, and where sides of kinks count those that draw them anew."""
        yield from self.points
        if any(point.sided for point in self.points):
            yield from (self.point(setting) for setting in sides(self.settings[0], self.derivation, True))

    def is_so(self, name: str, symbol: e.Sym, point: Point) -> bool:
        """Whether an own name is a quantity at every step of a point for which it is said."""
        if name not in self.own.axes:
            return same(point.evaluate(e.Sym(name, None)), point.evaluate(symbol))
        own, last = e.Sym(name, e.Time("t", 0)), point.last[self.own.axes[name]]
        lefts = [q.left for q in self.own.equations if q.left.name == name]
        steps = range(1, last + 1) if own in lefts else [point.step(left.time, None) for left in lefts]
        return all(same(point.evaluate(own, t), point.evaluate(symbol, t)) for t in steps)

    def renamed(self) -> list[Statement]:
        """The lines that define a δ, be it one of a layer, as lines on the adjoint that books call so."""
        found = own = [s for s in self.statements if s.own and s.equation.left.time and s.equation.left.name[:5] == "delta"]
        for name in dict.fromkeys(s.equation.left.name for s in own):
            if (adjoint := self.reader.symbols.get(f"da{name[5:]}")) is None:
                return []
            sides = [[called(side, name, adjoint) for side in s.equation[:2]] for s in found]
            found = [s._replace(equation=e.Equation(left, right), own=False) for s, (left, right) in zip(found, sides, strict=True)]
        return found

    def culprit(self, fault: Statement | None = None) -> tuple[Statement, list[str]] | None:
        """An own name that is nearly a quantity of the model: its line, and what is wrong in it. ``fault``: a wrong line that would be
        right if the name were that quantity."""
        names = [s for s in self.statements if s.own and s.equation.left.time and s.equation.left.time.base == "t"]
        pairs = [(s, x) for s in names if not self.alias(s.equation.left.name) for x in self.likely(s.equation.left.name)]
        meant: list[tuple[Statement, list[str]]] = []
        for statement, symbol in pairs[: ASKED if fault is None else TRIED]:
            left, right = statement.equation[:2]
            own = self.own.without(left.name)
            if fault is not None:
                own = own._replace(equations=(*own.equations, e.Equation(left, symbol._replace(time=left.time))))
                if not all(self.right(fault, point_at(self.derivation, setting, own)) for setting in self.settings[:2]):
                    continue
            equation, said = e.Equation(symbol, called(right, left.name, symbol)), f"`{left.name}` is {ascii(symbol)} here"
            if found := (search := Search(self.derivation, equation, own)).explain(1, most=500):
                back = {x: left._replace(time=x.time) for x in e.symbols(search.meant or right) if x == symbol._replace(time=x.time)}
                called_so = e.mapped(search.meant or right, lambda s, back=back: back.get(s, s))  # type: ignore[misc]
                shown = [f"the derived equation is `{show(e.Equation(left, called_so), 'ascii')}`"] if search.meant else []
                return self.giver(statement._replace(equation=equation)) or statement, [f"{found[0]} ({said})", *found[1:2], *shown]
            meant += [(statement, [f"{said}, and this is not"])] if fault is not None and symbol.adjoint else []
        return meant[-1] if meant else None

    def likely(self, name: str) -> list[e.Sym]:
        """The quantities that an own name may be meant for, first those that are called most like it."""
        like = {s: difflib.SequenceMatcher(None, name, f"{'d' * s.adjoint}{s.name}").ratio() for s in self.candidates(name)}
        return sorted(like, key=lambda s: -like[s])[:4]
