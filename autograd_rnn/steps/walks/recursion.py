"""The recursion level: one equation for every t, in the order of the sweep."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.rolling import later
from autograd_rnn.formulas.unfolded import tag_of
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import written
from autograd_rnn.steps.walks.unrolled import SEED, Unrolling
from autograd_rnn.steps.walks.walk import Line, Walk


def recursion_walk(derivation: Derivation, unrolling: Unrolling) -> Walk:
    """The level: the forward equations, the seed, every adjoint's equation. What each is at one step says the unrolled level."""
    forward, backward = ([later(q, unrolling.ahead) for q in side] for side in (derivation.forward, derivation.equations))
    equations = [*forward, SEED, *backward]
    instances: dict[int, list[e.Equation]] = {}
    for equation in unrolling.equations:
        instances.setdefault(unrolling.parent(equation)[0], []).append(equation)
    lines = [Line(_kind(q), _name(q.left), None, None, number) for number, q in enumerate(equations, 1)]

    def write(number: int) -> Step:
        equation, line = equations[number - 1], lines[number - 1]
        nodes = [node for q in instances.get(number, ()) if (node := unrolling.tensor(q.left)) is not None]
        uses = [q for q in derivation.forward if any(s.name == equation.left.name for s in e.symbols(q.right))]
        before = uses if equation.left.adjoint else []
        symbols = dict.fromkeys([equation.left, *e.symbols(equation.right)])
        used = {(s.name, s.adjoint) for s in e.symbols(equation.right)}
        depends = tuple(k for k, q in enumerate(equations, 1) if (q.left.name, q.left.adjoint) in used)
        known = shapes(derivation).names
        return Step(
            number, len(equations), "recursion", line.kind, None, tag_of(derivation, equation.left.name), line.node,
            _rule(equation, instances.get(number, []), unrolling), written(before) if before else Written(), written(equation), Written(),
            {show(s): tuple(known.get(s.name, ())) for s in symbols if s.name in known or s == equation.left}, {}, depends, None,
            _where(instances.get(number, []), unrolling), unrolling.names.mark(*nodes),
        )  # fmt: skip

    return Walk("recursion", lines, write)


def _name(symbol: e.Sym) -> str:
    """The quantity's name, with its step where the equation is for one step only."""
    time = symbol.time
    return symbol.name if time is None or time == e.Time("t", 0) else f"{symbol.name}_{time}"


def _kind(equation: e.Equation) -> str:
    """The step's kind, as the equation itself says."""
    left, right = equation.left, equation.right
    if equation is SEED or not left.adjoint:
        return "seed" if equation is SEED else "forward"
    if left.time is None:
        return "sum over time" if any(isinstance(x, e.Sum) for x in (right, *e.children(right))) else "vjp"
    return "accumulate" if isinstance(right, e.Add) and left.name != "s" else "vjp"


def _fullest(instances: list[e.Equation]) -> e.Equation | None:
    """The step at which an equation has all its terms."""
    return max(instances, key=lambda q: len(list(e.symbols(q.right))), default=None)


def _rule(equation: e.Equation, instances: list[e.Equation], unrolling: Unrolling) -> str:
    """The rule, as it is at the step that has all terms."""
    example = _fullest(instances)
    kind = _kind(equation)
    if kind == "sum over time":
        return f"sum over time: every use of {equation.left.name}"
    if example is None:
        return "chain rule"
    rule = unrolling.rule(example, kind)
    return rule.replace(unrolling.name(example.left), show(equation.left._replace(adjoint=False)))


def _where(instances: list[e.Equation], unrolling: Unrolling) -> str:
    example = _fullest(instances)
    return "" if example is None else unrolling.where(example)
