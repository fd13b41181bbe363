"""How fast gradients can vanish or explode: a bound on the state Jacobian, read off its expression."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.jacobian import at, backward, one_step
from autograd_rnn.formulas.linear import linear
from autograd_rnn.formulas.matrices import Matrices
from autograd_rnn.formulas.ranges import Range, given, interval, ranges
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import cells_of, states_of


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
        if not self.rows:
            return "no state is carried from step to step: nothing vanishes or explodes"
        return "\n".join(f"{row.left} {'≤' if row.whole else '='} {row.formula}{row.note}" for row in self.rows)

    __repr__ = __str__


class Norms:
    """Bounds on the 2-norms of matrices, as a formula and as a number. ``known``: the ranges of the quantities."""

    def __init__(self, derivation: System):
        self.values, self.known, self.matrices = given(derivation), ranges(derivation), Matrices(derivation.shapes)
        self.fixed = Evaluation([], {e.Sym(name): value for name, value in self.values.items()}, {}, {}, 0)
        self.derivation = derivation

    def largest(self, x: e.Expr) -> float:
        """A bound on the size of the elements of a vector."""
        return float(max(map(abs, interval(x, self.known))))

    def norm(self, x: e.Expr) -> tuple[str, float]:
        """Of a matrix: sums of products of σ_max and of the largest diagonal element γ."""
        match x:
            case e.Diag(of):
                return "γ", self.largest(of)
            case e.Transpose(of) | e.Part(of):
                return self.norm(of)
            case e.Identity():
                return "1", 1.0
            case _ if len(self.matrices.shape(x)) == 1:
                return self.length(x)
            case e.Mul(factors) if numbers := [f for f in factors if len(shape := self.matrices.shape(f)) < 2 and math.prod(shape) == 1]:
                scale = float(np.prod([abs(f.value) for f in numbers if isinstance(f, e.Num)]))
                others = [f for f in numbers if not isinstance(f, e.Num)]
                text, number = self.norm(e.mul(*(f for f in factors if f not in numbers)))
                parts = [*([] if scale == 1 else [f"{scale:g}"]), *(f"|{show(f)}|" for f in others), *([] if text == "1" else [text])]
                return " ".join(parts) or "1", _finite(scale, *map(self.largest, others), number)
            case _ if all(s.time is None for s in e.symbols(x)) and not isinstance(x, e.Kron):
                return f"σ_max({show(x)})", float(np.linalg.norm(self.fixed.evaluate(x), 2))
            case e.Add(parts):
                pairs = [self.norm(part) for part in parts]
                return "(" + " + ".join(text for text, _ in pairs) + ")", sum(number for _, number in pairs)
            case e.MatMul(a, b) | e.Kron(a, b):
                return self._both(self.norm(a), self.norm(b))
            case e.Outer(a, b):
                return self._both(self.length(a), self.length(b))
        return "?", np.inf

    @staticmethod
    def _both(one: tuple[str, float], other: tuple[str, float]) -> tuple[str, float]:
        """The norms of two factors as that of their product."""
        return " ".join(text for text in (one[0], other[0]) if text != "1") or "1", _finite(one[1], other[1])

    def length(self, x: e.Expr) -> tuple[str, float]:
        """Of a vector: probabilities have at most the length 1; of a ⊙ w, where w is given, the largest of a times the length of w."""
        if isinstance(x, e.Sym) and self.derivation.roles.get(x.name) == "probability" or isinstance(x, e.Fn) and x.name == "softmax":
            return "1", 1.0
        factors = x.factors if isinstance(x, e.Mul) else (x,)
        steady = [f for f in factors if all(s.time is None for s in e.symbols(f))]
        moving = e.mul(*(f for f in factors if f not in steady))
        whole = self.fixed.evaluate(e.mul(*steady)) if steady else np.ones(())
        length = float(np.linalg.norm(whole + np.zeros(self.matrices.shape(x))))
        return f"‖{show(x)}‖", _finite(self.largest(moving), length)

    def unbounded(self, x: e.Expr) -> e.Expr:
        """A part of a matrix that no number bounds, as small as there is one."""
        found = [part for part in e.nodes(x) if isinstance(part, (e.Diag, e.Outer)) and self.norm(part)[1] == np.inf]
        return found[0] if found else x


def _finite(*factors: float) -> float:
    """A product of bounds, where nothing times anything is nothing."""
    return float(np.prod(factors)) if all(factors) else 0.0


def bound(derivation: System) -> Bound:
    """A bound on each state's Jacobian, or on its direct path: `Derivation.bound`. Pascanu, Mikolov and Bengio 2013, section 2.

    >>> from autograd_rnn.formulas.bound import bound
    >>> bound(derive(Model(RNN(2, 3, activation="sigmoid"), output_size=4)))
    ‖dh_t/dh_k‖ ≤ (γ σ_max(W_hh))^(t-k) = 0.25^(t-k): gradients vanish at least that fast (γ = 0.25 bounds |h_t ⊙ (1 - h_t)|)
    """
    norms, rows = Norms(derivation), []
    for states in filter(None, states_of(derivation)):
        blocks = {(a, b): one_step(derivation, a, b).right for a in states for b in states}
        bounds = {pair: norms.norm(block) if block != e.ZERO else ("0", 0.0) for pair, block in blocks.items()}
        worst = next((pair for pair in blocks if not np.isfinite(bounds[pair][1])), None)
        direct = [row for state in states for row in _path(derivation, state, norms.known)] if worst or len(states) > 1 else []
        if len(states) == 1 and worst is None:
            rows.append(_whole(derivation, states[0], blocks[states[0], states[0]], bounds[states[0], states[0]], norms))
        elif worst is None:
            rows.append(_joint(derivation, states, bounds))
        elif direct:
            rows += direct
        else:
            what, (of, by), d = show(norms.unbounded(blocks[worst])), worst, "d" if len(states) == 1 else "∂"
            note = f": no number bounds {what}, so that the weights alone do not tell how fast gradients vanish or explode"
            rows.append(Row(of, f"‖{d}{of}_t/{d}{by}_k‖", "∞", np.inf, True, note))
    return Bound(rows)


def _verdict(each: float, power: str) -> str:
    """What a step's bound says of many steps."""
    if abs(each - 1) < 1e-9:
        return "1: gradients cannot explode"
    return f"{each:.4g}^({power}): gradients " + ("vanish at least that fast" if each < 1 else "may explode, and need not")


def _joint(derivation: System, states: list[str], bounds: dict[tuple[str, str], tuple[str, float]]) -> Row:
    """A bound on the Jacobian of several states taken together: no larger than the norm of the matrix of its blocks' norms."""
    each = float(np.linalg.norm([[bounds[a, b][1] for b in states] for a in states], 2))
    power, names = "k-t" if backward(derivation, states[0]) else "t-k", ", ".join(states)
    rows = "; ".join(", ".join(bounds[a, b][0] for b in states) for a in states)
    note = f" = {_verdict(each, power)}"
    return Row(states[0], f"‖d({names})_t/d({names})_k‖", f"σ_max([{rows}])^({power})", each, True, note)


def _whole(derivation: System, state: str, expression: e.Expr, bounds: tuple[str, float], norms: Norms) -> Row:
    """A bound on the whole Jacobian."""
    text, each = bounds
    diagonals = [part for part in e.nodes(expression) if isinstance(part, e.Diag)]
    gamma = "; ".join(f"γ = {norms.largest(d.of):g} bounds |{show(d.of)}|" for d in dict.fromkeys(diagonals))
    power = "k-t" if backward(derivation, state) else "t-k"
    inner = text[1:-1] if isinstance(expression, e.Add) and text[0] == "(" else text
    note = f" = {_verdict(each, power)}" + (f" ({gamma})" if gamma else "")
    base = f"({inner})" if " " in inner else inner
    return Row(state, f"‖d{state}_t/d{state}_k‖", f"{base}^({power})", each, True, note)


def _path(derivation: System, state: str, known: dict[str, Range]) -> list[Row]:
    """Where no number bounds the whole Jacobian: the direct path, from a state to itself a step later, and what bounds its factor."""
    rule = next((q.right for q in derivation.equations if q.left == e.Sym(state, e.Time("t", 0), True)), e.ZERO)
    direct = [term for part in terms(rule) for term in linear(part, Matrices(derivation.shapes))
              if term.adjoint and term.adjoint.name == state and len(term.factors) == 1]  # fmt: skip
    gates = [term.factors[0].of for term in direct if isinstance(term.factors[0], e.Diag)]
    if len(gates) != 1:
        return []
    back = backward(derivation, state)
    gate = e.mapped(gates[0], lambda s: s._replace(time=e.Time("t", 0)) if s.time else s)
    low, high = interval(gate, known)
    name = show(gate).replace("_t", "_j").replace(",t", ",j")
    product = f"Π_(j={'t..k-1' if back else 'k+1..t'}) " + (name if isinstance(gate, e.Sym) else f"({name})")
    rest = _at_rest(derivation, gate, 2)
    within = f", each factor between {low:g} and {high:g}: this path cannot explode" if max(-low, high) <= 1 else ""
    resting = f"; with input and state 0 a factor is {rest:.4g} on average" if np.isfinite(rest) else ""
    note = f"{within}{resting}. The other paths run through the gates"
    return [Row(state, f"d{state}_t/d{state}_k along {state} alone", product, float(max(-low, high)), False, note)]


def _at_rest(derivation: System, gate: e.Expr, t: int) -> float:
    """A gate's mean where inputs and states are zero: what its biases alone make of it."""
    values: dict[e.Sym, np.ndarray] = {e.Sym(name): p.value for name, p in derivation.parameters.items()}
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
    with np.errstate(all="ignore"):  # at rest it may be 0 / 0
        return float(np.mean(system.evaluate(at(gate, t), None)))
