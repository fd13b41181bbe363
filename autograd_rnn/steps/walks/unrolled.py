"""The unrolled level: each equation at each step, with the run's numbers put in."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas import forms
from autograd_rnn.formulas.derivation import Derivation
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.rolling import later
from autograd_rnn.formulas.unfolded import Unfolded, tag_of
from autograd_rnn.nets.losses import LOSSES
from autograd_rnn.nets.readout import Readout
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import Names, in_numbers, line_of, written
from autograd_rnn.steps.walks.swept import Sweep
from autograd_rnn.steps.walks.vjps import sign_of
from autograd_rnn.steps.walks.walk import Line, Walk

LOSS = e.Sym("L", None, True)
SEED = e.Equation(LOSS, e.ONE)


class Unrolling:
    """A derivation at a run's own lengths: its equations in the order in which they are computed, and what each is part of."""

    def __init__(self, derivation: Derivation, sweep: Sweep, names: Names, steps: tuple[int, ...], truncate: int | None):
        assert names.run is not None
        self.derivation, self.sweep, self.names, self.run = derivation, sweep, names, names.run
        self.ahead = names.run.start - 1  # of the equations, which count from 1, the run's own steps, in which everything is shown
        exact, unfolded = Unfolded(derivation, steps), Unfolded(derivation, steps, truncate)
        swept = [later(names.symbols[node], -self.ahead)._replace(adjoint=True) for node in sweep.adjoints if node in names.found]
        swept = [symbol for symbol in swept if symbol.name != "L" and unfolded.lookup.equation(symbol) is not None]
        swept.sort(key=lambda symbol: (symbol.time is None, symbol.name == "s"))  # ds_t is computed when dh_t needs it
        computed = dict.fromkeys(symbol for symbol in unfolded.ordered(swept) if symbol in set(swept))
        whole = [later(e.Equation(symbol, exact.definition(symbol)), self.ahead) for symbol in computed]
        self.whole = {equation.left: equation for equation in whole}
        counted = [self.reduced(e.Equation(symbol, unfolded.definition(symbol)), set(computed)) for symbol in computed]
        self.backward = [later(equation, self.ahead) for equation in counted]
        self.system = forms.evaluation(derivation, counted, self.run)
        self.general = Evaluation(derivation.equations, {}, self.system.last, derivation.letters, 0)
        self.forward = self._forward()
        self.equations = [*self.forward, SEED, *self.backward]
        self.numbers = {q.left: number for number, q in enumerate(self.equations, 1)}
        self.by_tensor = {self.tensor(q.left): q.left for q in self.backward}
        self.places: dict[int, tuple[Any, str]] = {id(score): (Readout.score, "s") for score in self.run.scores}
        for chain in self.run.chains:
            written = {printed: label for label, printed in chain.cell.spelling.quantities.items()}
            self.places |= {id(x): (type(chain.cell).step, written[name]) for record in chain.steps for name, x in record.items()}

    def tensor(self, symbol: e.Sym) -> Tensor | None:
        """The tensor behind a symbol or an adjoint's; p_t has none."""
        return self.sweep.root if symbol == LOSS else self.names.by_symbol.get(symbol._replace(adjoint=False))

    @staticmethod
    def reduced(equation: e.Equation, computed: set[e.Sym]) -> e.Equation:
        """An equation without the adjoints that nothing computes."""

        def change(x: Any) -> Any:
            return e.ZERO if isinstance(x, e.Sym) and x.adjoint and x not in computed else x

        return equation._replace(right=e.transformed(equation.right, change))

    def _forward(self) -> list[e.Equation]:
        """The forward equations of every step, in the order in which the run made their left sides."""
        lookup = Evaluation(self.derivation.forward, {}, self.system.last, self.derivation.letters, 0)
        self.before: dict[e.Sym, e.Equation] = {}
        found = []
        softmax = {q.left.name for q in self.derivation.forward if q.left.name == "p"}
        for node in self.names.tape:
            symbol = later(self.names.symbols[node], -self.ahead)
            if node not in self.names.found:
                continue
            for left in [symbol, *([symbol._replace(name="p")] if symbol.name == "s" and softmax else [])]:
                equation, own = lookup.equation(left), later(left, self.ahead)
                if equation is not None and own not in self.before:
                    self.before[own] = equation
                    right = _bound(lookup, equation.right, symbol.time and symbol.time.offset)
                    found.append(later(e.Equation(left, right), self.ahead))
        return found

    def value(self, symbol: e.Sym) -> Any:
        """The number of a symbol on this run: an adjoint's from the equations, not from the tape."""
        if symbol == LOSS:
            return np.ones(())
        try:
            found = self.system[later(symbol, -self.ahead)]
        except KeyError:
            return None
        node = self.tensor(symbol)
        return found if node is None else found + np.zeros(node.shape)

    def evaluate(self, x: Any) -> Any:
        """The number of an expression on this run."""
        return self.system.evaluate(later(x, -self.ahead))

    def parent(self, equation: e.Equation) -> tuple[int, e.Equation]:
        """The number of the equation in t that an equation of one step comes from, and that equation."""
        forward, backward = self.derivation.forward, self.derivation.equations
        if equation is SEED:
            return len(forward) + 1, SEED
        if not equation.left.adjoint:
            general = self.before[equation.left]
            return forward.index(general) + 1, general
        found = self.general.equation(later(equation.left, -self.ahead))
        assert found is not None
        return len(forward) + 2 + backward.index(found), found

    def owners(self) -> tuple[dict[Tensor, int | None], dict[Tensor, int | None]]:
        """For every tensor on the tape the step that finds its adjoint, and the one that finds its value: what has no equation of its own
        belongs to the first equation that its adjoint enters, and its value to the first that it enters."""
        seed = self.numbers[LOSS]
        found: dict[Tensor, int | None] = {}
        made: dict[Tensor, int | None] = {}
        for node in reversed(self.sweep.adjoints):
            own = self.by_tensor.get(node)
            below = [n for x in node.inputs if isinstance(x, Tensor) and (n := found.get(x)) is not None and not self.sweep.is_cut(node, x)]
            found[node] = self.numbers[own] if own is not None else min(below, default=seed)
        found[self.sweep.root] = seed
        for node in reversed(self.names.tape.nodes):
            symbol = self.names.symbols[node]
            made[node] = self.numbers.get(symbol, made.get(node, seed))
            for x in node.inputs:
                if isinstance(x, Tensor):
                    made[x] = made[node]
        return found, made

    def walk(self) -> Walk:
        """The level."""
        lines = []
        for equation in self.equations:
            number, general = self.parent(equation)
            t = equation.left.time.offset if equation.left.time is not None else None
            lines.append(Line(self.kind(equation), self.name(equation.left), t, number, (number, self.form(equation, t))))
        return Walk("unrolled", lines, lambda number: self.write(number, lines[number - 1]))

    def name(self, symbol: e.Sym) -> str:
        """The quantity's full name."""
        return symbol.name if symbol.time is None else f"{symbol.name}_{symbol.time}"

    @staticmethod
    def form(equation: e.Equation, t: int | None) -> Any:
        """The right side relative to t."""

        def change(x: Any) -> Any:
            return x._replace(time=e.Time("t", x.time.offset - (t or 0))) if isinstance(x, e.Sym) and x.time is not None else x

        return equation.right if t is None else e.mapped(equation.right, change)

    def dropped(self, symbol: e.Sym) -> list[e.Sym]:
        """The adjoints that truncation leaves out of an equation."""
        kept = {s for q in self.backward if q.left == symbol for s in e.symbols(q.right)}
        return [s for s in dict.fromkeys(e.symbols(self.whole[symbol].right)) if s.adjoint and s not in kept]

    def kind(self, equation: e.Equation) -> str:
        """The step's kind."""
        left = equation.left
        if equation is SEED or not left.adjoint:
            return "seed" if equation is SEED else "forward"
        if self.sweep.cut is not None and left.time is not None and self.dropped(left):
            return "truncate"
        if left.time is None:
            return "sum over time" if isinstance(equation.right, e.Add) else "vjp"
        return "accumulate" if isinstance(equation.right, e.Add) and left.name != "s" else "vjp"

    def rule(self, equation: e.Equation, kind: str) -> str:
        """The rule in a few words."""
        node, name = self.tensor(equation.left), self.name(equation.left)
        match kind:
            case "forward":
                return f"forward: {' and '.join(self.signs(node))}" if node is not None else f"forward: {self.run.model.readout.output}"
            case "seed":
                return "the loss by itself: 1"
            case "truncate":
                steps = sorted({s.time.offset for s in self.dropped(equation.left) if s.time is not None})
                return f"truncated: nothing is carried back from t={', '.join(map(str, steps))}"
        assert node is not None
        return through(self.sweep, node, name, self.by_tensor)

    def signs(self, node: Tensor) -> list[str]:
        """The operations of a forward equation in the order in which they ran: back to what has an equation of its own."""
        found, stack = {node: None}, [node]
        while stack:
            inner = [x for x in stack.pop().inputs if isinstance(x, Tensor) and x.inputs and x not in self.names.found and x not in found]
            found |= dict.fromkeys(inner)
            stack += inner
        ran = [sign_of(x) for x in sorted(found, key=lambda x: x.id) if x.op is not None and x.inputs]
        return list(dict.fromkeys(ran)) or ["given"]

    def where(self, equation: e.Equation) -> str:
        """The line of the cell's equation: of the quantity itself, or, for an adjoint, of what uses the quantity."""
        node = self.tensor(equation.left)
        if node is None or equation is SEED:
            return ""
        steps = self.sweep.terms.get(node, ()) if equation.left.adjoint else ()
        while steps:
            user = self.sweep.events[steps[0] - 1].user
            assert user is not None
            node, steps = user, self.sweep.terms.get(user, ()) if user not in self.names.found else ()
        function, label = self.places.get(id(node), (None, ""))
        if function is None:
            return line_of(node.op.forward) if node.op is not None and node.inputs else ""
        return line_of(function, label)

    def write(self, number: int, line: Line) -> Step:
        """One equation as a step."""
        equation = self.equations[number - 1]
        kind, left = line.kind, equation.left
        symbols = {s: v for s in dict.fromkeys([left, *e.symbols(equation.right)]) if (v := self.value(s)) is not None}
        general = self.parent(equation)[1]
        before = Written() if kind == "seed" else written(self.whole[left] if kind == "truncate" else general)
        node = self.tensor(left)
        depends = tuple(self.numbers[s] for s in dict.fromkeys(e.symbols(equation.right)) if s in self.numbers)
        if kind == "vjp" and left.name == "s":
            depends = (self.numbers[LOSS], *depends)
        short = sum(1 for _ in e.symbols(equation.right)) > 24  # a sum over many steps: its numbers would fill the screen
        values = in_numbers(equation._replace(right=LOSS) if short else equation, (lambda s: None) if short else self.value, symbols[left])
        return Step(
            number, len(self.equations), "unrolled", kind, line.t, tag_of(self.derivation, left.name), line.node, self.rule(equation, kind),
            before, written(equation), values, {show(s): np.shape(v) for s, v in symbols.items()},
            {show(s): np.asarray(v).tolist() for s, v in symbols.items()}, depends, line.parent, self.where(equation),
            self.names.mark(node) if node is not None else (),
        )  # fmt: skip


def _bound(lookup: Evaluation, x: Any, t: int | None) -> Any:
    """An expression with t put to a step; a sum over all steps written out."""
    if isinstance(x, e.Sum):
        return e.add(*(_bound(lookup, x.of, k) for k in lookup.range(x)))
    return e.mapped(x, lambda symbol: lookup.bound(symbol, t) if isinstance(symbol, e.Sym) else symbol)


def through(sweep: Sweep, node: Tensor, name: str, stops: Any) -> str:
    """The rule that finds a tensor's adjoint: a sum over its uses, or the chain rule through the operations up to the next of ``stops``."""
    steps, signs = sweep.terms.get(node, []), []  # type: list[int], list[str]
    if len(steps) > 1:
        users = [sweep.events[k - 1].user for k in steps]
        times = {sweep.names.step(user) for user in users if user is not None}
        over = f"sum over time: {len(steps)} uses of {name}"
        return over if sweep.names.step(node) is None and len(times) > 1 else f"sum over the {len(steps)} uses of {name}"
    while len(steps) == 1:
        event = sweep.events[steps[0] - 1]
        assert event.user is not None
        sign = sign_of(event.user)
        if sign == "matrix products":
            matrix = event.user.inputs[event.position - event.position % 2]
            sign = f"the matrix {sweep.names.name(matrix)}" if event.position % 2 else f"the use of {name}"
        if sign not in ("+", "−", *signs):
            signs.append(sign)
        node = event.user
        steps = [] if node in stops else sweep.terms.get(node, [])
        if len(steps) > 1 or event.user.op is not None and event.user.op.name in LOSSES:
            break
    return f"chain rule through {' and '.join(signs) or '+'}"
