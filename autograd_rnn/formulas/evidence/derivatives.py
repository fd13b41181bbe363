"""The derivative of one quantity by another as a matrix, from the derived adjoints: swept back from a unit vector in place of the loss."""

from __future__ import annotations

import copy
import functools
import itertools
from typing import TYPE_CHECKING, cast

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import X, put
from autograd_rnn.engine.naming import full_name
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.jacobian import NOW
from autograd_rnn.formulas.system import LOSS, PROBABILITY, SCORE, System
from autograd_rnn.formulas.unfolded import states_of, tag_of
from autograd_rnn.nets.wiring import cells_in

if TYPE_CHECKING:  # they are made of this
    from autograd_rnn.formulas.evidence.wide import Wide
    from autograd_rnn.formulas.reading.parse import Statement

Moment = int | tuple[int, ...] | None  # the step at which an equation is asked, or of a derivative one for each of its indices
UNIT = e.Sym("·1")  # the unit vector that a sweep begins with


@functools.lru_cache(maxsize=4096)
def sourceless(x: e.Expr) -> e.Expr:
    """The right side of an adjoint's equation without what the loss itself puts in: the terms that hold no adjoint."""

    def has(node: e.Expr) -> bool:
        return any(s.adjoint for s in e.symbols(node))

    def change(node: e.Expr) -> e.Expr:
        return e.add(*filter(has, node.terms)) if isinstance(node, e.Add) and has(node) else node

    return e.transformed(x, change) if has(x) else e.ZERO


def fed(x: e.Expr) -> bool:
    """Whether probabilities are among what an adjoint hangs on, as a state: then they have their path already."""
    return any(s.adjoint and s.name == PROBABILITY for s in e.symbols(x))


def held(derivation: System, symbol: e.Sym, kind: str = "partial") -> frozenset[e.Sym]:
    """The other states of a quantity's own step, which a partial derivative by it holds fixed in its chain, an immediate one in all."""
    chains = [states for states in states_of(derivation) if kind == "immediate" or kind == "partial" and symbol.name in states]
    return frozenset(e.Sym(state, symbol.time, True) for states in chains for state in states if state != symbol.name)


@functools.lru_cache(maxsize=8)
def beginnings(derivation: System) -> list[e.Equation]:
    """A decoder's states before its first step are the encoder's last ones, and so are their adjoints; the derived equations say so without
    naming step 0."""
    chains = [cells_in(net) for net in derivation.model.nets]
    asked = {s for q in derivation.forward for s in e.symbols(q.right)}
    found = []
    for first, cell in zip(*chains, strict=True) if len(chains) > 1 else ():
        for state in cell.carried:
            last, start = (full_name(state, one.tag, None) for one in (first, cell))
            ends = e.Sym(last, e.Time("T", 0))
            if ends in asked:
                found += [e.Equation(e.Sym(start, e.Time("", 0), adjoint), ends._replace(adjoint=adjoint)) for adjoint in (False, True)]
    return found


def placed(x: X, free: tuple[str, ...], at: Value) -> tuple[X, int | None]:
    """A side of an equation, with each of its ``free`` indices put to a step; and the step at which the others are."""
    if not isinstance(at, tuple):
        return x, at
    for index, step in zip(free, at, strict=True):
        x = put(x, index, e.Time("", step))
    return x, None


def moments(derivation: System, statement: Statement, point: Wide, beyond: int) -> tuple[tuple[int, ...], ...]:
    """The steps that the indices of a derivative stand for: those at which both quantities are, the earlier one not after the later; of a
    step with a number only where the sequence goes on ``beyond`` it."""
    left, found = statement.equation.left, []
    pair = [s for s in (left.of, left.by) if s.time is not None]
    lasts = [point.last[point.letters[SCORE if s.name == LOSS else s.name]] for s in pair]
    ends = {s.time.base: last for s, last in zip(pair, lasts, strict=True)}
    if any(not s.time.base and s.time.offset + beyond > last and not derivation.last for s, last in zip(pair, lasts, strict=True)):
        return ()
    gone = {ends.get("t", 0) + time.offset if time.base else time.offset for time in statement.line.apart}
    ranges = [[n for n in range(1, ends[x] + 1) if x != "t" or n not in gone] for x in statement.free]
    for at in itertools.product(*ranges):
        steps = [s.time.offset for s in (placed(x, statement.free, at)[0] for x in pair)]
        steps = [step + (last if s.time.base in point.last else 0) for step, s, last in zip(steps, pair, lasts, strict=True)]
        if all(inside(derivation, s, step, last) for s, step, last in zip(pair, steps, lasts, strict=True)) and (
            not two(left) or ordered(derivation, left, *steps) and not (statement.distinct and steps[0] == steps[1])
        ):
            found.append(at)
    return tuple(found)


def two(left: e.Derivative) -> bool:
    """Whether a derivative is one between two steps of which either may be any."""
    return left.of.time is not None and left.by.time is not None and left.of.time.base != left.by.time.base


def inside(derivation: System, symbol: e.Sym, step: int, last: int) -> bool:
    """Whether a quantity is at a step: a state at the one before its chain begins, too."""
    first = derivation.roles.get(symbol.name) == "state"
    reverse = derivation.reverse.get(symbol.name, False)
    return 1 - (first and not reverse) <= step <= last + (first and reverse)


def ordered(derivation: System, left: e.Derivative, of: int, by: int) -> bool:
    """Whether a quantity at one step may depend on another: in one chain never on a later one, in the order in which it is read."""
    if derivation.letters.get(left.of.name, "T") != derivation.letters.get(left.by.name, "T"):
        return True
    if any(derivation.reverse.values()):
        if tag_of(derivation, left.of.name) != tag_of(derivation, left.by.name):
            return True
        return by >= of if derivation.reverse.get(left.by.name, False) else by <= of
    return by <= of


def returns(derivation: System, state: str) -> bool:
    """Whether a state leads to itself a step later on a path of its own, as c does by the forget gate, in a chain of several states."""
    own = [q.right for q in derivation.equations if q.left == e.Sym(state, NOW, True)]
    alone = any(s.adjoint and s.name == state and s.time != NOW for x in own for s in e.symbols(x))
    return alone and bool(held(derivation, e.Sym(state, NOW)))


@functools.lru_cache(maxsize=256)
def parts(derivation: System, of: e.Sym) -> tuple[frozenset[e.Sym], frozenset[e.Sym]]:
    """What is added to a quantity in the line of another, with the same adjoint, as b in h = c tanh(a + b), and leads to what is: no
    derivative of a is by that alone; and what of it leads to the quantity too. Of what stands alone in its activation, a gate's sum
    beside its peephole, all that goes in is meant."""
    now = e.Sym(of.name, NOW)
    whole = {q.right.of for q in derivation.forward if isinstance(q.right, e.Fn)}
    sums = [x for q in derivation.forward for x in e.nodes(q.right) if isinstance(x, e.Add) and now in x.terms and x not in whole]
    made = {q.left: {*e.symbols(q.right)} for q in derivation.forward}

    def reached(found: set[e.Sym]) -> set[e.Sym]:
        while more := {s for name in found for s in made.get(name, ())} - found:
            found = found | more
        return found

    others = reached({s for x in sums for term in x.terms for s in e.symbols(term)} - {now})  # c - mean(c) is of c alone
    own = reached(made.get(now, set()))
    holding = {q.left.name for q in derivation.equations if any(s.adjoint and s.name == of.name for s in e.symbols(q.right))}
    return frozenset(others - own), frozenset(reached({s for s in others & own if s.name in holding}))


def parted(derivation: System, of: e.Sym, by: e.Sym, kind: str) -> bool:
    """Whether the derived adjoints tell the derivative of a quantity from that of the sum in which it stands."""
    both = parts(derivation, of._replace(time=None))[1]
    if not both or of.time is None:
        return True
    near = by.time == of.time or by.time is None and kind == "immediate"
    return near and not any(s.name == by.name and (s.time is None or s.time == NOW) for s in both)


def connected(derivation: System, x: e.Derivative) -> bool:
    """Whether one step's quantity may hang on another's of that step, as scores and inputs do not, nor any on a later one: else it is 0."""
    of, by = x.of, x.by
    if of.time is None or by.time is None or of.time == by.time:
        return True
    ways = [(q.left.name, q.left.time, s.name, s.time) for q in derivation.equations for s in e.symbols(q.right) if s.adjoint]
    steps = {(a, b, (s.offset > t.offset) - (s.offset < t.offset) if s.base == t.base else 1) for a, t, b, s in ways if s and t}
    found = stack = {(by.name, 0)}  # the quantities that an adjoint is made of, and at which side of its step
    while stack := {(b, side or d) for name, side in stack for a, b, d in steps if a == name} - found:
        found = found | stack
    far = of.time.offset - by.time.offset if of.time.base == by.time.base else 0
    return any(name == (SCORE if of.name in (PROBABILITY, LOSS) else of.name) and side and side * far >= 0 for name, side in found)


class Seeds:
    """What a sweep begins with in place of the loss: the quantity ``of`` at its step, whose adjoint a unit vector is; of one step's loss
    that step's own sources. ``kind``: that of the derivative; ``output``: what makes probabilities of scores."""

    def __init__(self, of: e.Sym, kind: str, output: str, beside: frozenset[e.Sym]):
        self.of, self.kind, self.output, self.beside = of._replace(adjoint=True), kind, output, beside

    def equation(self, symbol: e.Sym, found: e.Equation | None) -> e.Equation | None:
        """The equation of an adjoint in such a sweep, by the one that it has in the loss's; None where it is zero."""
        here = symbol.time == self.of.time
        if self.kind == "immediate" and symbol.time is not None and not here:
            return None
        if self.kind == "direct" and symbol.name != self.of.name:
            return None
        if self.of.name == LOSS and here and symbol.name in (SCORE, PROBABILITY):
            return found
        right = self.apart(symbol, sourceless(e.ZERO if found is None else found.right))
        if self.of.name != LOSS:
            if here and symbol.name == SCORE and self.of.name == PROBABILITY and not fed(right):
                p = self.of._replace(adjoint=False)
                mean = e.mul(p, self.of) if self.output == "sigmoid" else e.Fn("sum", e.mul(p, self.of))
                right = e.add(right, e.mul(p, e.add(self.of, e.negative(mean))))
            if symbol == self.of:
                right = e.add(right, UNIT)
        return None if right == e.ZERO else e.Equation(symbol, right)

    def apart(self, symbol: e.Sym, x: e.Expr) -> e.Expr:
        """The right side of an adjoint's equation without the seed's own, which stands there for that of a sum with it."""
        at, time = self.of.time, symbol.time
        if at is None or symbol._replace(adjoint=False, time=time and e.Time("t", time.offset - at.offset)) not in self.beside:
            return x
        if time is not None:
            seed = self.of._replace(time=e.Time("t", at.offset - time.offset))
            return e.mapped(x, lambda s: e.ZERO if s in (seed, self.of) else s)

        def change(node: e.Expr) -> e.Expr:
            if not isinstance(node, e.Sum):
                return node
            alone = e.mapped(node.of, lambda s: e.ZERO if s.adjoint and s != self.of._replace(time=NOW) else s)
            return e.add(node, e.negative(put(alone, "t", at)))

        return e.transformed(x, change)


class Sweeps:
    """The derivatives that are asked for at one point; every sweep is made once."""

    def __init__(self, derivation: System):
        self.derivation = derivation
        self.made: dict[Value, list[Wide]] = {}
        self.weights: dict[e.Sym, Value] = {}
        self.begun = {q.left: cast(e.Sym, q.right) for q in beginnings(derivation)}

    def value(self, point: Wide, of: e.Sym, by: e.Sym, kind: str) -> Value:
        """The matrix of a derivative: a row for each element of ``of``, a column for each of ``by``, matrices row after row; a vector or
        matrix in the shape of the one where the other is a number, as one step's loss is."""
        rows = self.rows(point, of, by, kind, "units")
        if of.name == LOSS or not point.shape_of[of.name]:
            return rows[0]
        return np.stack([np.ravel(row) for row in rows]) if np.ndim(rows[0]) else np.array(rows, dtype=object)

    def combined(self, point: Wide, x: e.Derivative) -> tuple[Value, Value]:
        """Random numbers, and the sum of a matrix's rows, each times one of them: all in one sweep."""
        (row,) = self.rows(point, x.of, x.by, x.kind, "weights")
        return np.ravel(self.weights[self.above(point, x.of, x.by)]), np.ravel(row)

    def above(self, point: Wide, of: e.Sym, by: e.Sym) -> e.Sym:
        """What a sweep begins with: for a decoder's first state, but by itself, the encoder's last, which it is."""
        of = point.bound(of, None)
        return point.bound(self.begun[of], None) if of in self.begun and of != point.bound(by, None) else of

    def rows(self, point: Wide, of: e.Sym, by: e.Sym, kind: str, seeds: str) -> list[Value]:
        """The adjoints of ``by`` in the sweeps from ``of``: one for each unit vector, or one from random weights."""
        of, by = self.above(point, of, by), point.bound(by, None)
        mean = of.name == LOSS and of.time and self.derivation.model.readout.reduction == "mean"
        times = (
            point.evaluate(e.Num(1.0, point.letters[SCORE]), None) if mean else 1
        )  # the loss is that part of the sum of those of all steps
        if kind == "immediate" and of.name == LOSS and not of.time:
            of = of._replace(time=by.time)  # with every other step held fixed
        near = bool(of.time and by.time and abs(of.time.offset - by.time.offset) == 1)
        fixed = held(self.derivation, by, kind) if near or kind == "partial" and of.time != by.time else frozenset()
        kind = "partial" if near and kind == "immediate" else kind  # what the step before holds fixed besides: of this step nothing is
        fixed |= {point.bound(self.begun[s], None) for s in fixed if s in self.begun}
        key = (of, fixed, kind, seeds) if kind in ("immediate", "direct") else (of, fixed, "", seeds)
        if key not in self.made:
            if seeds == "weights":
                self.weights.setdefault(of, point.drawn(point.shape_of[of.name]))
            vectors = self.units(point, of) if seeds == "units" else [self.weights[of]]
            self.made[key] = [self.sweep(point, of, fixed, kind, vector) for vector in vectors]
        rows, shape = [], point.shape_of[by.name]
        for sweep in self.made[key]:
            row = sweep[by._replace(adjoint=True)]
            rows.append(np.zeros(shape, dtype=object) + (row or 0) if np.ndim(row) == 0 and shape else np.reshape(row, shape))
        point.known.update((s, value) for s, value in self.made[key][0].known.items() if not s.adjoint and s != UNIT)
        rows = [row if shape else row.item() if isinstance(row, np.ndarray) else row for row in rows]
        return [point.reduced(row * times) for row in rows] if mean else rows

    def units(self, point: Wide, of: e.Sym) -> list[Value]:
        """The unit vectors of a quantity."""
        if of.name == LOSS or not point.shape_of[of.name]:
            return [1]
        shape = point.shape_of[of.name]
        count = int(np.prod(shape))
        return [row.reshape(shape) for row in np.eye(count, dtype=int).astype(object)]

    def sweep(self, point: Wide, of: e.Sym, fixed: frozenset[e.Sym], kind: str, unit: Value) -> Wide:
        """The point with its adjoints swept back from a unit vector."""
        twin = copy.copy(point)
        for hanging in ("signs", "sums", "centres"):
            vars(twin).pop(hanging, None)
        steady, _, met, numbers = point.memo
        twin.memo = steady, {}, met, numbers
        twin.seeds = Seeds(of, kind, self.derivation.model.readout.output, parts(self.derivation, of._replace(time=None))[0])
        twin.known = {symbol: value for symbol, value in point.known.items() if not symbol.adjoint}
        twin.known |= {UNIT: unit, **dict.fromkeys(fixed, 0.0)}
        return twin
