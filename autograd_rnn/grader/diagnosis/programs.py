"""Mistakes of a whole program, not of one of its formulas: a loop that runs the other way or not over all steps, a gradient handed in at
the last step alone, what flows back cut off, one cache for all steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.grader.diagnosis.columns import PAD, Key, World, padded
from autograd_rnn.grader.diagnosis.edit import carried, terms_of
from autograd_rnn.grader.diagnosis.recursion import HANDED, Recursion

KEPT = e.Sym(Name("kept"), e.Time("t", 0))  # 1 where something is done, elsewhere 0
Values = dict[Key, np.ndarray]


class Program(NamedTuple):
    """A recursion with one mistake throughout. ``values``: the numbers that its equations ask for beside those of a call."""

    sentence: str
    equations: tuple[e.Equation, ...]
    values: Callable[[World], Values] = lambda world: {}


def at_steps(*steps: int) -> Callable[[World], Values]:
    """Steps at which what is `KEPT` is done."""
    return lambda world: {(KEPT.name, False): padded(np.array([[[float(t in steps)]] for t in range(1, world.T + 1)]), adjoint=True)}


def without_sequence(column: int) -> Callable[[World], Values]:
    """What is `KEPT` is done for all sequences but one."""

    def values(world: World) -> Values:
        kept = np.ones((world.T, 1, world.N))
        kept[..., column] = 0.0
        return {(KEPT.name, False): padded(kept, adjoint=True)}

    return values


def handed_by(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[World], Values]:
    """What is handed in, (step, element, sequence), found at other places."""

    def values(world: World) -> Values:
        given = {(name, False): world.values[name, False] for name in HANDED.values() if (name, False) in world.values}
        return {key: padded(np.broadcast_to(change(x[PAD:-PAD]), x[PAD:-PAD].shape)) for key, x in given.items()}

    return values


def cached_by(change: Callable[[np.ndarray], np.ndarray], equations: tuple[e.Equation, ...]) -> Callable[[World], Values]:
    """What a forward pass has kept, step by step, found at other steps: at the first step from the last as a list in Python has it."""
    used = {s if s.time and s.time.base else s._replace(time=e.Time("t", 0)) for q in equations for s in e.symbols(q.right) if _kept(s)}
    used = {s._replace(time=e.Time("t", min(s.time.offset, 0))) for s in used if s.time is not None}
    return lambda world: {(_cached(s).name, False): padded(change(world.value(s))) for s in used}


@functools.lru_cache(maxsize=16)
def programs(recursion: Recursion, T: int, N: int) -> list[Program]:
    """Every such program for one recursion, T steps and N sequences."""
    equations, handed = recursion.equations, tuple(HANDED.values())
    given = any(s.name in handed for q in equations for s in e.symbols(q.right))  # not where the loss is the function's own
    found = []
    whole = tuple(q._replace(right=e.mul(KEPT, q.right)) if _running(q) and q.left.name in HANDED else q for q in equations)
    for column, word in ((0, "first"), (-1, "last")) if N > 1 else ():
        found.append(Program(f"the loop leaves the {word} sequence of the batch out", whole, without_sequence(column)))
        if not given:
            continue
        words = f"what is handed in for the {word} sequence stands for every sequence of the batch"
        found.append(Program(words, tuple(equations), handed_by(lambda x, column=column: x[..., [column]])))  # type: ignore[misc]
    if T < 2:
        return found

    def with_symbols(change: Callable[[e.Sym], e.Expr]) -> tuple[e.Equation, ...]:
        return tuple(q._replace(right=e.mapped(q.right, change)) for q in equations)

    def at(time: e.Time) -> Callable[[e.Sym], e.Expr]:
        return lambda s: s._replace(time=time) if s.time == e.Time("", 1) else s

    back = with_symbols(lambda s: s._replace(time=e.Time("t", -1)) if s.time == e.Time("t", 1) else s)
    back = tuple(q._replace(right=e.mapped(q.right, at(e.Time("T", 0)))) if _first(q) else q for q in back)
    one_cache = with_symbols(lambda s: s._replace(time=e.Time("T", min(s.time.offset, 0))) if _kept(s) and s.time else s)
    first_cache = with_symbols(lambda s: s._replace(time=e.Time("", 1 + min(s.time.offset, 0))) if _kept(s) and s.time else s)
    other_cache = with_symbols(lambda s: _cached(s) if _kept(s) else s)
    last_only = with_symbols(lambda s: e.mul(KEPT, s) if s.name in handed and s.time == e.Time("t", 0) else s)
    before = cached_by(lambda x: np.roll(x, 1, axis=0), tuple(equations))
    ahead = handed_by(lambda x: x[::-1])
    turned = cached_by(lambda x: x[::-1], tuple(equations))
    if given:
        added = "what is handed in for a step goes in at this step alone: here it is added up over"
        turned_round = "the gradient that is handed in is taken in the wrong order: its last step goes with the last step"
        found += [
            Program("the gradient that is handed in is used at the last step only: it reaches every step", last_only, at_steps(T)),
            Program(turned_round, tuple(equations), ahead),
            Program(f"{added} all steps", tuple(equations), handed_by(lambda x: x.sum(axis=0, keepdims=True))),
            Program(f"{added} this step and those after it", tuple(equations), handed_by(lambda x: x[::-1].cumsum(axis=0)[::-1])),
            Program(f"{added} this step and those before it", tuple(equations), handed_by(lambda x: x.cumsum(axis=0))),
        ]
    found += [
        Program("the loop must run backwards in time, from the last step to the first", back),
        Program("every step works with what the last step has kept: each step needs a cache of its own", one_cache),
        Program("every step works with what the first step has kept: each step needs a cache of its own", first_cache),
        Program("every step works with what the step before has kept: the caches are one step off", other_cache, before),
        Program("the caches are taken in the wrong order: the last step's goes with the last step", other_cache, turned),
    ]
    found += cut_short(recursion, T)
    names = {gate.name for gate in recursion.gates}
    done = tuple(q._replace(right=e.mul(KEPT, q.right)) if q.left.name in names else q for q in equations)
    for first, last, words in ((2, T, "leaves the first step out"), (1, T - 1, "leaves the last step out")):
        ends = tuple(q._replace(right=e.mapped(q.right, at(e.Time("", first)))) if _first(q) else q for q in done)
        found.append(Program(f"the loop {words}: it runs over every step", ends, at_steps(*range(first, last + 1))))
    return found


def cut_short(recursion: Recursion, T: int) -> list[Program]:
    """The programs in which what flows back through time ends, or is cut once, before the first of T steps."""
    equations, found = recursion.equations, list[Program]()
    for cut in range(1, T):
        kept = at_steps(*range(T - cut + 1, T + 1))
        words = f"what flows back through time stops after {cut} steps: it reaches to the first step"
        words = words if cut > 1 else "what flows back through time is missing: that is the immediate derivative, not the total"
        found.append(Program(words, tuple(q._replace(right=_back_cut(q.right)) if _running(q) else q for q in equations), kept))
        for state in (q.left for q in equations if _running(q) and carried(q.right)) if len(recursion.states) > 1 < cut else ():
            words = f"what flows back through time in {ascii(state)} stops after {cut} steps: it reaches to the first step"
            found.append(Program(words, tuple(q._replace(right=_back_cut(q.right)) if q.left == state else q for q in equations), kept))
    for cut in range(2, T - 1):
        kept = at_steps(*(t for t in range(1, T + 1) if t != T - cut))
        words = f"what flows back through time is cut once, {cut} steps before the last: it reaches to the first step"
        found.append(Program(words, tuple(q._replace(right=_back_cut(q.right)) if _running(q) else q for q in equations), kept))
    return found


def _first(equation: e.Equation) -> bool:
    """Whether it is the equation of a state before the first step."""
    return bool(equation.left.time == e.Time("", 0))


def _running(equation: e.Equation) -> bool:
    return bool(equation.left.time == e.Time("t", 0))


def _kept(s: e.Sym) -> bool:
    """Whether a symbol stands for what a forward pass keeps for its step."""
    return not s.adjoint and s.time is not None and (s.time.base == "t" or s.time == e.Time("", 1)) and s.name not in HANDED.values()


def _cached(s: e.Sym) -> e.Sym:
    """What stands for a quantity of the cache of the step before."""
    assert s.time is not None
    if s.time.base == "t" and s.time.offset > 0:
        return _cached(s._replace(time=e.Time("t", 0)))._replace(time=s.time)
    name = Name("cached", "", f"{s.name}{'before' if s.time.offset < 0 else ''}")
    return e.Sym(name, e.Time("t", 0) if s.time.base else s.time)


def _back_cut(right: e.Expr) -> e.Expr:
    """A right side whose terms from the step after are there at some steps only."""
    return e.add(*(e.mul(KEPT, term) if carried(term) else term for term in terms_of(right)))
