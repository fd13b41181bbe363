"""How fast gradients can vanish or explode: a bound on the state Jacobian, read off its expression."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.jacobian import at, backward, one_step
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import PROBABILITY, System
from autograd_rnn.formulas.unfolded import IDENTITY, cells_of, linear, states_of

Range = tuple[float, float]
RANGES: dict[str, Range] = {
    **dict.fromkeys(("sigmoid", "positive", "heaviside", "softmax"), (0, 1)),
    **dict.fromkeys(("tanh", "sin", "cos"), (-1, 1)),
}
ANY = (-np.inf, np.inf)


class Row(NamedTuple):
    """One state: what is bounded, ``each`` step's factor as a formula and as a number with the current weights, and what follows."""

    state: str
    left: str
    formula: str
    each: float
    whole: bool  # whether it bounds the whole Jacobian, or one path of it
    note: str


class Bound:
    """What `Derivation.bound` found; prints as sentences. ``rows`` holds the numbers."""

    def __init__(self, rows: list[Row]):
        self.rows = rows

    def __getitem__(self, state: str) -> Row:
        return next(row for row in self.rows if row.state == state)

    def __str__(self) -> str:
        return "\n".join(f"{row.left} {'≤' if row.whole else '='} {row.formula}{row.note}" for row in self.rows)

    __repr__ = __str__


def ranges(derivation: System) -> dict[str, Range]:
    """The range of each quantity that an activation makes: (-1, 1) for tanh's, (0, 1) for σ's."""
    found: dict[str, Range] = {name: RANGES["softmax"] for name, role in derivation.roles.items() if role == "probability"}
    for equation in derivation.forward:
        name, (low, high) = equation.left.name, interval(equation.right, found)
        if np.isfinite(low) and np.isfinite(high):
            found[name] = min(low, found.get(name, ANY[::-1])[0]), max(high, found.get(name, ANY[::-1])[1])
    return found


def interval(x: Any, known: dict[str, Range]) -> Range:
    """The range of the elements of a vector, by interval arithmetic; x² and x ⊙ (1 - x) exactly."""
    done: dict[Any, Range] = {}
    stack = [x]
    while stack:
        node = stack[-1]
        waiting = [part for part in e.children(node) if part not in done]
        if waiting:
            stack += waiting
            continue
        done[stack.pop()] = _interval(node, done, known)
    return done[x]


def _interval(x: Any, done: dict[Any, Range], known: dict[str, Range]) -> Range:
    """The range of one node from its parts'."""
    match x:
        case e.Num(value):
            return value, value
        case e.Sym(name):
            return known.get(name, ANY)
        case e.Fn(name):
            return RANGES.get(name, ANY)
        case e.Add(parts):
            return sum(done[p][0] for p in parts), sum(done[p][1] for p in parts)
        case e.Mul(factors):
            total, left = (1.0, 1.0), list(factors)
            while left:
                factor = left.pop(0)
                low, high = done[factor]
                complement = e.add(e.ONE, e.negative(factor))
                if factor in left:  # a square
                    left.remove(factor)
                    low, high = (0.0 if low < 0 < high else min(low * low, high * high)), max(low * low, high * high)
                elif complement in left and 0 <= low and high <= 1:
                    left.remove(complement)
                    low, high = 0.0, 0.25
                with np.errstate(invalid="ignore"):
                    ends = [a * b if a and b else 0.0 for a in total for b in (low, high)]
                total = min(ends), max(ends)
            return total
    return ANY


def norm(x: Any, known: dict[str, Range], values: dict[str, np.ndarray]) -> tuple[str, float]:
    """A bound on a matrix's 2-norm, as a formula and as a number: sums of products of σ_max and of the largest diagonal element γ."""
    match x:
        case e.Diag(of):
            largest = max(map(abs, interval(of, known)))
            return "γ", float(largest)
        case e.Transpose(of) | e.Part(of):
            return norm(of, known, values)
        case e.Sym(name):
            return ("1", 1.0) if x == IDENTITY else (f"σ_max({name})", float(np.linalg.norm(values[name], 2)))
        case e.Outer(left, right):
            return "1", 1.0 if left == right and isinstance(left, e.Sym) and left.name == PROBABILITY else np.inf
        case e.Mul(factors):
            scale = float(np.prod([abs(f.value) for f in factors if isinstance(f, e.Num)]))
            text, number = norm(next(f for f in factors if not isinstance(f, e.Num)), known, values)
            return (text if scale == 1 else f"{scale:g}" + (f" {text}" if text != "1" else "")), scale * number
        case e.Add(parts):
            pairs = [norm(part, known, values) for part in parts]
            return "(" + " + ".join(text for text, _ in pairs) + ")", sum(number for _, number in pairs)
        case e.MatMul(matrix, rest):
            (first, a), (second, b) = norm(matrix, known, values), norm(rest, known, values)
            return " ".join(text for text in (first, second) if text != "1") or "1", a * b
    return "?", np.inf


def bound(derivation: System) -> Bound:
    """A bound on each state's Jacobian, or on its direct path: `Derivation.bound`. Pascanu, Mikolov and Bengio 2013, section 2.

    >>> from autograd_rnn.formulas.bound import bound
    >>> bound(derive(Model(RNN(2, 3, activation="sigmoid"), output_size=4)))
    ‖dh_t/dh_k‖ ≤ (γ σ_max(W_hh))^(t-k) = 0.25^(t-k): gradients vanish at least that fast (γ = 0.25 bounds |h_t ⊙ (1 - h_t)|)
    """
    known = ranges(derivation)
    values = {name: parameter.value for name, parameter in derivation.parameters.items()} | derivation.constants
    rows = []
    for states in states_of(derivation):
        for state in states:
            expression = one_step(derivation, state, state).right
            text, each = norm(expression, known, values)
            if len(states) == 1 and np.isfinite(each):
                rows.append(_whole(derivation, state, expression, text, each, known))
            else:
                rows += _path(derivation, state, known)
    return Bound(rows)


def _whole(derivation: System, state: str, expression: Any, text: str, each: float, known: dict[str, Range]) -> Row:
    """A bound on the whole Jacobian."""
    diagonals = [part for part in e.nodes(expression) if isinstance(part, e.Diag)]
    gamma = "; ".join(f"γ = {max(map(abs, interval(d.of, known))):g} bounds |{show(d.of)}|" for d in dict.fromkeys(diagonals))
    power = "k-t" if backward(derivation, state) else "t-k"
    steps = f"{each:.4g}^({power})"
    if abs(each - 1) < 1e-9:
        verdict = "1: gradients cannot explode"
    else:
        verdict = f"{steps}: gradients " + ("vanish at least that fast" if each < 1 else "may explode, and need not")
    inner = text[1:-1] if isinstance(expression, e.Add) else text
    return Row(state, f"‖d{state}_t/d{state}_k‖", f"({inner})^({power})", each, True, f" = {verdict}" + (f" ({gamma})" if gamma else ""))


def _path(derivation: System, state: str, known: dict[str, Range]) -> list[Row]:
    """Where no number bounds the whole Jacobian: the direct path, from a state to itself a step later, and what bounds its factor."""
    rule = next((q.right for q in derivation.equations if q.left == e.Sym(state, e.Time("t", 0), True)), e.ZERO)
    direct = [term for part in terms(rule) for term in linear(part)
              if isinstance(term.leaf, e.Sym) and term.leaf.name == state and term.leaf.adjoint and len(term.factors) == 1]  # fmt: skip
    gates = [term.factors[0].of for term in direct if isinstance(term.factors[0], e.Diag)]
    if len(gates) != 1:
        return []
    back = backward(derivation, state)
    gate = e.mapped(gates[0], lambda s: s._replace(time=e.Time("t", 0)) if isinstance(s, e.Sym) and s.time else s)
    low, high = interval(gate, known)
    name = show(gate).replace("_t", "_j").replace(",t", ",j")
    product = f"Π_(j={'t..k-1' if back else 'k+1..t'}) " + (name if isinstance(gate, e.Sym) else f"({name})")
    rest = _at_rest(derivation, gate, 2)
    within = f", each factor between {low:g} and {high:g}: this path cannot explode" if max(-low, high) <= 1 else ""
    note = f"{within}; with input and state 0 a factor is {rest:.4g} on average. The other paths run through the gates"
    return [Row(state, f"d{state}_t/d{state}_k along {state} alone", product, float(max(-low, high)), False, note)]


def _at_rest(derivation: System, gate: Any, t: int) -> float:
    """A gate's mean where inputs and states are zero: what its biases alone make of it."""
    values: dict[Any, Any] = {e.Sym(name): p.value for name, p in derivation.parameters.items()}
    values |= {e.Sym(name): value for name, value in derivation.constants.items()}
    cells = cells_of(derivation)
    inputs = [name for name, role in derivation.roles.items() if role == "input"]
    for k in (t - 1, t, t + 1):
        for cell, states in zip(cells, states_of(derivation), strict=True):
            sizes = zip(states, cell.state_sizes().values(), strict=True)
            values |= {e.Sym(state, e.Time("", k)): np.zeros(size) for state, size in sizes}
        nets = [derivation.model.encoder, derivation.model.decoder] if len(inputs) > 1 else [derivation.model.cell]
        values |= {e.Sym(name, e.Time("", k)): np.zeros(net.input_size) for name, net in zip(inputs, nets, strict=True)}
    letters = derivation.letters
    last = {letter: t + 1 for letter in letters.values()}
    system = Evaluation(list(derivation.forward), values, last, letters, derivation.model.readout.output_size)
    return float(np.mean(system.evaluate(at(gate, t), None)))
