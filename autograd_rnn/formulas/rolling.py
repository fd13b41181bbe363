"""What was read at each step of one run, rolled up in t: equations that are equal up to a shift of t are one, with its boundary cases."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Set
from typing import cast

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.steadiness import Family, unlike
from autograd_rnn.formulas.system import Axis


def fixed(step: int, axis: Axis) -> e.Time:
    """A step as it is written for any length: counted from the end that it is nearer to, ``1`` or ``T-1``."""
    return e.Time(axis.letter, step - axis.last) if 2 * step > axis.last else e.Time("", step)


def shifted(x: e.Expr, t: int | None, axis: Axis, axes: Mapping[str, Axis]) -> e.Expr:
    """x with every time on ``axis`` written relative to t; those on another axis or further away than any lag, or all of them without t,
    from the nearer end."""

    def change(symbol: e.Sym) -> e.Expr:
        if symbol.time is None:
            return symbol
        own, step = axes.get(symbol.name, axis), symbol.time.offset
        if t is None or own != axis or abs(step - t) > max(3, axis.last // 2):
            return symbol._replace(time=fixed(step, own))
        return symbol._replace(time=e.Time("t", step - t))

    return e.mapped(x, change)


def later(x: e.Formula, ahead: int) -> e.Formula:
    """x with every step that is a plain number so many later; an equation too. A sum over all steps stays one."""
    if isinstance(x, e.Equation):
        return x._replace(left=later(x.left, ahead), right=later(x.right, ahead))

    def moved(time: e.Time) -> e.Time:
        return time if time.base else time._replace(offset=time.offset + ahead)

    def change(node: e.Expr) -> e.Expr:
        if isinstance(node, e.Sum) and node.first != e.Time("", 1):
            return e.Sum(node.of, moved(node.first), moved(node.last))
        return node._replace(time=moved(node.time)) if isinstance(node, e.Sym) and node.time else node

    return cast(e.Formula, e.transformed(x, change)) if ahead else x


def canonical(x: e.Expr) -> e.Expr:
    """x with the terms of every sum and the factors of every product in one order: what is equal but for order compares equal."""
    return e.transformed(x, lambda node: type(node)(tuple(sorted(node[0], key=repr))) if isinstance(node, (e.Add, e.Mul)) else node)


def terms(x: e.Expr) -> tuple[e.Expr, ...]:
    """The terms of a sum."""
    return x.terms if isinstance(x, e.Add) else () if x == e.ZERO else (x,)


def without(x: e.Expr, gone: Set[e.Sym]) -> e.Expr:
    """x with some adjoints 0, and so what is linear in them."""

    def change(node: e.Expr) -> e.Expr:
        nothing = isinstance(node, (e.Part, e.Fn)) and node.of == e.ZERO
        return e.ZERO if nothing or isinstance(node, e.Sym) and node in gone else node

    kept = [term if gone.isdisjoint(e.symbols(term)) else e.transformed(term, change) for term in terms(x)]
    return e.add(*(new for old, new in zip(terms(x), kept, strict=True) if new is old or any(s.adjoint for s in e.symbols(new))))


def rolled(family: Family, axes: Mapping[str, Axis]) -> tuple[list[e.Equation], set[e.Sym]]:
    """A family as one equation in t, with the steps that differ; and the adjoints beyond the ends that count as zero in it."""
    axis, left = family.axis, e.Sym(family.name, e.Time("t", 0), family.reached is not None)
    relative = {t: shifted(x, t, axis, axes) for t, x in family.steps.items()}
    if len(relative if family.reached is None else family.reached) == 1:  # at one step only, as the score of a many-to-one net
        (t,) = relative if family.reached is None else family.reached
        return [e.Equation(left._replace(time=fixed(t, axis)), shifted(family.steps[t], None, axis, axes))], set()
    middle = [relative[t] for t in sorted(relative) if 1 < t < axis.last] or list(relative.values())
    usual = max(middle, key=lambda x: (middle.count(x), len(terms(x))))
    different, beyond = differing(usual, relative, axis)
    if wrong := unequal(different, axis):
        raise unlike(family, wrong[0], relative.get(wrong[0], e.ZERO), usual)
    equations = []
    for (t,) in different.values():
        equations.append(e.Equation(left._replace(time=fixed(t, axis)), shifted(family.steps.get(t, e.ZERO), None, axis, axes)))
    return [*equations, e.Equation(left, usual, ranged({fixed(t, axis) for (t,) in different.values()}, axis.letter))], beyond


def silent(equations: list[e.Equation], axes: Mapping[str, Axis]) -> list[e.Equation]:
    """Adjoints' equations, with those for the steps at which one is zero that has an equation for one step alone and that others name at
    every step."""
    named = {s.name for q in equations for s in e.symbols(q.right) if s.adjoint and s.time and s.time.base == "t"}
    general = {q.left.name for q in equations if q.left.time and q.left.time.base == "t"}
    found = []
    for q in equations:
        found.append(q)
        if (name := q.left.name) in named - general and q.left.time:
            named.remove(name)
            found.append(e.Equation(q.left._replace(time=e.Time("t", 0)), e.ZERO, ranged({q.left.time}, axes[name].letter)))
    return found


def ranged(apart: Set[e.Time], letter: str) -> str:
    """For which t an equation holds that does not at some steps, which are counted from the nearer end: ``1 < t < T``, ``t ≠ T-1``."""
    first, last = e.Time("", 0), e.Time(letter, 1)
    while first._replace(offset=first.offset + 1) in apart:
        first = first._replace(offset=first.offset + 1)
    while last._replace(offset=last.offset - 1) in apart:
        last = last._replace(offset=last.offset - 1)
    between = f"{first} < " * (first.offset > 0) + "t" + f" < {last}" * (last.offset < 1)
    inside = [str(t) for t in sorted(apart) if t.offset > first.offset and not t.base or t.offset < last.offset and t.base]
    parts = [between] * (between != "t") + [f"t ≠ {', '.join(inside)}"] * bool(inside)
    return ", ".join(parts)


def differing(general: e.Expr, relative: Mapping[int, e.Expr], axis: Axis) -> tuple[dict[e.Expr, list[int]], set[e.Sym]]:
    """The steps at which an equation is not the general one without what lies beyond the ends there, those alike together; and the
    adjoints beyond the ends that the others count as zero."""
    different: dict[e.Expr, list[int]] = {}
    beyond: set[e.Sym] = set()
    whole, adjoints = canonical(general), {s for s in e.symbols(general) if s.adjoint}
    for t in range(1, axis.last + 1):
        gone = {s for s in adjoints if outside(s, t, axis)}
        x = canonical(relative.get(t, e.ZERO))
        if x == whole or gone and x == canonical(without(general, gone)):
            beyond |= {s._replace(time=fixed(t + s.time.offset, axis)) for s in gone if s.time}
        else:
            different.setdefault(x, []).append(t)
    return different, beyond


def unequal(different: Mapping[e.Expr, list[int]], axis: Axis) -> list[int]:
    """Steps that no equation in t can hold: the ends may differ, not what lies between."""
    return next((steps for steps in different.values() if len(steps) > 1 or inside(steps[0], axis)), [])


def inside(t: int, axis: Axis) -> bool:
    """Whether a step stands for all others: the ends, which may differ, reach from both sides as far as leaves one or two between. A net is
    unrolled as far as its states, which may hand on one another, need."""
    reach = max(2, (axis.last - 1) // 2)
    return reach < t <= axis.last - reach


def outside(symbol: e.Sym, t: int, axis: Axis) -> bool:
    """Whether a symbol with a time relative to t lies beyond the first or the last step."""
    return symbol.time is not None and symbol.time.base == "t" and not 1 <= t + symbol.time.offset <= axis.last


def opened(x: e.Expr) -> list[e.Expr]:
    """The terms of a sum, those of sums within it too: as each is linear in its adjoints, what is done to a sum of adjoints at several
    steps is done to each."""
    found, stack = [], [x]
    while stack:
        node = stack.pop()
        around, inner = [], node
        while not isinstance(inner, e.Add) and len({s.time for s in e.symbols(inner) if s.adjoint}) > 1:
            parts = e.children(inner)
            at = [k for k, part in enumerate(parts) if any(s.adjoint for s in e.symbols(part))]
            if len(at) > 1:
                break
            around.append((inner, parts, at[0]))
            inner = parts[at[0]]
        if not isinstance(inner, e.Add):
            found.append(node)
            continue
        for term in reversed(inner.terms):
            for outer, parts, k in reversed(around):
                term = e.rebuilt(outer, (*parts[:k], term, *parts[k + 1 :]))
            stack.append(term)
    return found


def summed(x: e.Expr, axes: Mapping[str, Axis], reached: Mapping[str, Set[int]] | None = None) -> e.Expr:
    """A parameter's gradient, a sum of one term a step, as Σ_t of the term they have in common; what is done to the sum as a whole
    (its elements added up, another shape) is done to each term. ``reached``: the steps at which each adjoint is not zero."""
    groups: dict[e.Expr, list[tuple[int, Axis, e.Expr]]] = {}
    elsewhere: list[e.Expr] = []
    for term in opened(x):
        at_steps = [(s.time.offset, axes[s.name]) for s in e.symbols(term) if s.adjoint and s.time]
        if not at_steps:  # by way of a parameter that is computed from this one
            elsewhere.append(term)
            continue
        t, axis = at_steps[0]
        relative = shifted(term, t, axis, axes)
        groups.setdefault(canonical(relative), []).append((t, axis, relative))
    parts = []
    for members in groups.values():
        times = [(reached.get(s.name, ()), s.time.offset) for s in e.symbols(members[0][2]) if s.adjoint and s.time] if reached else []
        live = [one for one in members if not times or any(one[0] + k in steps for steps, k in times)]
        if not live:
            continue
        if {t for t, _, _ in live} <= {1} or {t for t, _, _ in live} <= {members[0][1].last}:  # which every length has
            members = live
        at, axis, relative = [t for t, _, _ in members], members[0][1], members[0][2]
        steps = sorted(set(at))
        if len({at.count(t) for t in steps}) == 1:  # a parameter used twice in the same way has equal terms
            relative = e.mul(e.Num(float(len(at) // len(steps))), relative)
        else:
            steps = sorted(at)
        if len(steps) == 1:
            if any(s.adjoint and s.time and inside(s.time.offset + steps[0], axis) for s in e.symbols(relative)):
                raise ValueError("a gradient has a term in the middle of the sequence that no other step has")
            parts.append(e.mapped(relative, functools.partial(_at, t=steps[0], axis=axis)))
        elif steps != list(range(steps[0], steps[-1] + 1)):
            raise ValueError(f"the terms of a gradient stand at steps {steps}, not at every one")
        else:
            parts.append(e.Sum(relative, fixed(steps[0], axis), fixed(steps[-1], axis)))
    return e.add(*parts, *elsewhere)


def _at(symbol: e.Sym, t: int, axis: Axis) -> e.Expr:
    """A symbol with its time relative to t written from the nearer end."""
    if symbol.time is None or symbol.time.base != "t":
        return symbol
    return symbol._replace(time=fixed(t + symbol.time.offset, axis))
