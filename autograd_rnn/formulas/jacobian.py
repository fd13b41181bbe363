"""Jacobians of the states, read off the recursion: it is linear in the next step's adjoints, and their coefficient is the Jacobian,
transposed."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Callable

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.gathering import factored
from autograd_rnn.engine.checks import whole
from autograd_rnn.formulas.linear import Term, linear
from autograd_rnn.formulas.matrices import Matrices, transposed
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import begin, states_of, tag_of
from autograd_rnn.limits import at_most
from autograd_rnn.visible import shown

Define = Callable[[e.Sym], e.Expr]
NOW = e.Time("t", 0)
WRITTEN = 1_000  # steps of one state
LONGEST = 8  # steps that a product of block Jacobians is written out for: its terms double with each


def general(derivation: System, first: int, last: int) -> Define:
    """Adjoint equations for general t, as a function of a symbol at ``t + j``; adjoints outside ``first <= j <= last`` are zero."""
    rules = {q.left.name: q.right for q in derivation.equations if q.left.time is not None and q.left.time.base == "t"}

    def define(symbol: e.Sym) -> e.Expr:
        assert symbol.time is not None
        shift = symbol.time.offset

        def change(node: e.Sym) -> e.Expr:
            moved = moved_by(node, shift)
            inside = not moved.adjoint or moved.time is None or first <= moved.time.offset <= last
            return moved if inside else e.ZERO

        return e.mapped(rules[symbol.name], change) if symbol.name in rules else e.ZERO

    return define


def moved_by(symbol: e.Sym, shift: int) -> e.Sym:
    """A symbol at ``t + j`` as one at ``t + j + shift``."""
    if symbol.time is None or symbol.time.base != "t":
        return symbol
    return symbol._replace(time=e.Time("t", symbol.time.offset + shift))


def at(x: e.Expr, t: int) -> e.Expr:
    """An expression in t at a step."""

    def change(node: e.Sym) -> e.Expr:
        return node._replace(time=e.Time("", t + node.time.offset)) if node.time and node.time.base == "t" else node

    return e.mapped(x, change)


def coefficient(define: Define, of: e.Sym, by: e.Sym, m: Matrices, fixed: frozenset[e.Sym] = frozenset()) -> e.Expr:
    """The derivative of ``of`` by ``by``: the adjoint of ``by`` is that matrix, transposed, times the adjoint of ``of``. Paths through
    what is ``fixed`` do not count; ZERO where no path leads. Each adjoint on the way is worked out once."""
    top, start, size = of._replace(adjoint=True), by._replace(adjoint=True), math.prod(m.shape(of))
    found: dict[e.Sym, list[Term]] = {top: [Term(e.ONE, ())], **{s._replace(adjoint=True): [] for s in fixed}}
    stack, begun = [start], set()  # type: list[e.Sym], set[e.Sym]
    while stack:
        symbol = stack[-1]
        products = [(term, term.adjoint) for term in linear(define(symbol), m) if term.adjoint] if symbol not in found else []
        waiting = [leaf for _, leaf in products if leaf not in found]
        if waiting:
            begin(symbol, begun)
            stack += waiting
            continue
        stack.pop()
        if symbol in found:
            continue
        parts: list[Term] = []
        for term, leaf in products:
            back = tuple(transposed(factor) for factor in reversed(term.factors))
            rest = found[leaf]
            if len(rest) > 1:
                rest = [Term(e.ONE, (total(rest, m, size),))]
            parts += [Term(e.mul(known.number, term.number), known.factors + back).merged(m) for known in rest]
        found[symbol] = _diagonals(parts)
    return total(found[start], m, size)


def _diagonals(products: list[Term]) -> list[Term]:
    """diag(a) + diag(b) as diag(a + b)."""
    diagonal = [p for p in products if not p.factors or len(p.factors) == 1 and isinstance(p.factors[0], e.Diag)]
    if len(diagonal) < 2:
        return products
    vector = e.add(*(e.mul(p.number, *(factor.of for factor in p.factors if isinstance(factor, e.Diag))) for p in diagonal))
    numbers = [term.value for term in terms(vector) if isinstance(term, e.Num)]
    plain = len(numbers) == len(terms(vector))
    if plain or not any(p.factors for p in diagonal):  # identities only
        number = e.Num(sum(numbers)) if plain else vector
        return [Term(number, ()), *(p for p in products if p not in diagonal)]
    whole = Term(e.ONE, (e.Diag(factored(vector)),))
    return [whole, *(p for p in products if p not in diagonal)]


def total(products: list[Term], m: Matrices, size: int) -> e.Expr:
    """The sum of products of matrices; the identity, of this size, is the product of none."""
    return m.added([m.scaled(term.number, m.chain(term.factors, size=size)) for term in products])


def backward(derivation: System, state: str) -> bool:
    """Whether a state's chain reads its sequence from the end."""
    return tag_of(derivation, state).endswith("b")


def one_step(derivation: System, of: str, by: str) -> e.Equation:
    """The derivative of a state at t by a state of the step before, the other states of that step held fixed."""
    states = next(states for states in states_of(derivation) if of in states)
    lefts = [q.left for q in (*derivation.equations, *derivation.forward)]
    if e.Sym(of, NOW, True) not in lefts:
        if e.Sym(of, NOW) not in lefts:
            raise ValueError(f"{of} has no equation for general t: the net has one step only")
        others = [state for state in states if e.Sym(state, NOW, True) in lefts]
        named = f": jacobian({shown(others[0])}) is that of a state that it does" if others else ""
        raise ValueError(f"a Jacobian is read off adjoints, and d{of} has no equation for general t: the loss does not go by {of}{named}")
    before = e.Time("t", 1 if backward(derivation, of) else -1)
    define = general(derivation, min(before.offset, 0), max(before.offset, 0))
    upper, lower = e.Sym(of, NOW), e.Sym(by, before)
    fixed = frozenset(e.Sym(other, before) for other in states if other != by)
    kind = "partial" if fixed else "total"
    return e.Equation(e.Derivative(upper, lower, kind), coefficient(define, upper, lower, Matrices(derivation.shapes), fixed))


def jacobian(derivation: System, of: str | None, by: str | None, t: int | None, k: int | None) -> list[e.Equation]:
    """`Derivation.jacobian`: one block, or without names every block between the states of each chain."""
    chains = states_of(derivation)
    known = [state for states in chains for state in states]
    for name in (of, by):
        if name is not None and (not isinstance(name, str) or name not in known):
            near = difflib.get_close_matches(shown(name).strip("'"), known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            raise ValueError(f"{shown(name)} is no state of this model: {hint}")
    if (t is None) != (k is None):
        raise ValueError("jacobian takes both t= and k=, or neither for one step")
    pairs = [(of, of if by is None else by)] if of is not None else [(a, b) for states in chains for a in states for b in states]
    for a, b in pairs:
        if not any(a in states and b in states for states in chains):
            raise ValueError(f"{a} and {b} are states of different chains: their Jacobian is no product of one-step Jacobians")
    if t is None or k is None:
        return [one_step(derivation, a, b) for a, b in pairs]
    equations = {q.left: q for a, b in pairs for q in _between(derivation, a, b, t, k)}
    return list(equations.values())


def _between(derivation: System, of: str, by: str, t: int, k: int) -> list[e.Equation]:
    """of_t by by_k, the product of the Jacobians of the steps between; with several states these are named, and follow it."""
    t, k = whole("t", t), whole("k", k)
    back = backward(derivation, by)
    if (t > k) if back else (k > t):
        order = "k must be at least t in a chain that reads from the end" if back else "k must be at most t"
        raise ValueError(f"{of}_{t} does not depend on {by}_{k}, a later state: {order}")
    own = any(q.left[:2] == (by, e.Time("", 0)) for q in derivation.equations)
    if not back and k == 0 and not own and derivation.letters[by] == "S":
        raise ValueError(f"{by} has no step 0 of its own: it starts from another chain's last state")
    states = next(states for states in states_of(derivation) if of in states)
    at_most("jacobian: steps to write out", abs(t - k), WRITTEN)
    steps = list(range(t, k, 1 if back else -1))
    left = e.Derivative(e.Sym(of, e.Time("", t)), e.Sym(by, e.Time("", k)), "partial" if len(states) > 1 else "total")
    m = Matrices(derivation.shapes)
    if not steps:
        return [e.Equation(left, e.Identity(m.shape(left.of)) if of == by else e.ZERO)]
    if len(states) == 1:
        block = one_step(derivation, of, by).right
        factors = tuple(factor for step in steps for factor in factors_of(at(block, step)))
        return [e.Equation(left, total([Term(e.ONE, factors).merged(m)], m, m.shape(left.of)[0]))]
    if len(steps) > LONGEST:
        raise ValueError(f"a product over {len(steps)} steps of {len(states)} states has too many terms: take at most {LONGEST} steps")
    blocks = {(a, b): one_step(derivation, a, b) for a in states for b in states}
    named = {(a, b, step): at(block.left, step) for (a, b), block in blocks.items() for step in steps if block.right != e.ZERO}
    parts = []
    for between in itertools.product(states, repeat=len(steps) - 1):
        hops = list(zip((of, *between), (*between, by), steps, strict=True))
        if all(hop in named for hop in hops):
            parts.append(m.chain(tuple(named[hop] for hop in hops)))
    product = [e.Equation(left, e.add(*parts))] if len(steps) > 1 else []
    return product + [e.Equation(left, at(blocks[a, b].right, step)) for (a, b, step), left in named.items()
                      if len(steps) > 1 or (a, b) == (of, by)]  # fmt: skip


def factors_of(x: e.Expr) -> tuple[e.Expr, ...]:
    """The matrices of a product, from left to right."""
    found = []
    while isinstance(x, e.MatMul):
        found.append(x.matrix)
        x = x.vector
    return (*found, x)


def forward_form(derivation: System, parameter: str) -> list[e.Equation]:
    """`Derivation.forward_form`: for each state of the parameter's chain the recursion of its total derivative, its immediate one, and
    where there are several states the Jacobian's blocks. Williams and Zipser 1989."""
    from autograd_rnn.formulas.forms import named

    name, _ = named(derivation, parameter)
    rule = next(q for q in derivation.equations if q.left.name == name)
    if rule.left.time is not None:
        raise ValueError(f"the forward form is that of a weight which every step uses, and {shown(parameter)} is none")
    m = Matrices(derivation.shapes)
    used = _used(rule.right, m)
    tags = {tag_of(derivation, leaf.name) for _, leaf in used}
    states = next((states for states in states_of(derivation) if {tag_of(derivation, states[0])} == tags), [])
    weight, equations = e.Sym(name), []
    blocks = {(a, b): one_step(derivation, a, b) for a in states for b in states}
    for state in states:
        upper = e.Sym(state, NOW)
        immediate = e.Derivative(upper, weight, "immediate")
        own, carried = _immediate(derivation, upper, used, m), []
        for block in (blocks[state, other] for other in states):
            before = e.Derivative(block.left.by, weight)
            factors = factors_of(block.right) if len(states) == 1 else (block.left,)
            carried += [Term(e.ONE, (*factors, before)).merged(m)] if block.right != e.ZERO else []
        here = e.Equation(e.Derivative(upper, weight), e.add(*([immediate] if own != e.ZERO else []), total(carried, m, 0)))
        equations += [here, e.Equation(immediate, own)] if own != e.ZERO else [here]
    if not any(q.left.kind == "immediate" for q in equations):
        raise ValueError(f"{parameter} has no forward form: it does not enter the states of one chain at every step alike")
    return equations + ([q for q in blocks.values() if q.right != e.ZERO] if len(states) > 1 else [])


def _used(gradient: e.Expr, m: Matrices) -> list[tuple[Term, e.Sym]]:
    """The terms that a weight's gradient adds up over all steps, each with its adjoint; none if it is another sum."""
    found: list[Term] = []
    for part in terms(gradient):
        if not isinstance(part, e.Sum) or part.first != e.Time("", 1) or part.last.offset:
            return []
        found += linear(part.of, m)
    used = [(term, term.adjoint) for term in found if term.adjoint and term.adjoint.time == NOW]
    return used if len(used) == len(found) else []


def _immediate(derivation: System, state: e.Sym, used: list[tuple[Term, e.Sym]], m: Matrices) -> e.Expr:
    """A state's derivative by a weight as this step uses it, the states before held fixed."""
    define, parts = general(derivation, 0, 0), []  # type: Define, list[Term]
    for term, leaf in used:
        inner = coefficient(define, state, leaf._replace(adjoint=False), m)
        back = tuple(transposed(factor) for factor in reversed(term.factors))
        parts += [] if inner == e.ZERO else [Term(term.number, factors_of(inner) + back).merged(m)]
    return total(parts, m, m.shape(state)[0])
