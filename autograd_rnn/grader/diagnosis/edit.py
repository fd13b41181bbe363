"""A mistake as another right side, and what the makers of mistakes ask of expressions."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.mistakes.places import complement, is_slope


class Edit(NamedTuple):
    """A right side with a mistake in it, and the sentence that names it. ``over``: what is done to what it gives, as to take the mean of a
    batch for its sum; ``root``: the right side's number in the recursion's code."""

    right: e.Expr
    sentence: str
    rank: int = 2
    over: str = "sum"
    root: int = -1


def put(right: e.Expr, s: e.Sym, new: e.Expr) -> e.Expr:
    """A right side with something else wherever a symbol stands."""
    return e.mapped(right, lambda x: new if x == s else x)


def terms_of(x: e.Expr) -> tuple[e.Expr, ...]:
    """The terms of a sum, or the one that anything else is."""
    return x.terms if isinstance(x, e.Add) else (x,)


def once(x: e.Expr) -> list[e.Sym]:
    """The symbols in an expression, each once, in their order."""
    return list(dict.fromkeys(e.symbols(x)))


def moved_to(x: e.Expr, time: e.Time | None) -> e.Expr:
    """What is said of step t, said of another."""
    base, offset = (time.base, time.offset) if time is not None else ("t", 0)
    return e.mapped(x, lambda s: s if s.time is None or s.time.base != "t" else s._replace(time=e.Time(base, s.time.offset + offset)))


def elsewhere(s: e.Sym, states: Collection[str]) -> bool:
    """Whether a symbol stands at a step that a function of one step does not have."""
    if s.time is None:
        return False
    before = s.time in (e.Time("t", -1), e.Time("", 0)) and s.name in states and not s.adjoint
    return not before and s.time not in (e.Time("t", 0), e.Time("", 1))


def split(right: e.Expr) -> tuple[list[e.Expr], list[e.Expr]]:
    """The factors of what reaches a gate, and those of its activation's derivative."""
    factors = right.factors if isinstance(right, e.Mul) else (right,)
    slopes = [x for x in factors if is_slope(x)][-1:]
    slopes += [x for x in factors if slopes and x == complement(slopes[0])]
    return [x for x in factors if x not in slopes], slopes


def carried(term: e.Expr) -> bool:
    """Whether a term comes from the step after."""
    return any(s.adjoint and s.time == e.Time("t", 1) for s in e.symbols(term))
