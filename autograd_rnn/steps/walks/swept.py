"""The op level: what the tape's forward pass and its own backward sweep did, one operation, one vjp, one sum at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.settle import settle
from autograd_rnn.engine.sweep import Cut
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import Names, in_numbers, line_of, written
from autograd_rnn.steps.walks.vjps import Rules, rule_name, rule_of, sign_of
from autograd_rnn.steps.walks.walk import Line, Walk


class Event(NamedTuple):
    """One thing that the sweep did to ``node``: for a vjp (and a cut) by way of ``user``, at the input's ``position``."""

    kind: str
    node: Tensor
    user: Tensor | None = None
    position: int = 0
    value: Any = None


class Sweep:
    """The record of one sweep from ``root``: its events in order, and the adjoint of every tensor."""

    def __init__(self, root: Tensor, names: Names, cut: Cut | None = None):
        self.root, self.names, self.cut, self.rules = root, names, cut, Rules(names.symbols)
        self.proofs: dict[Any, list[Written]] = {}  # by user and position, as `lines_of` writes them
        taken: dict[Tensor, list[Event]] = {}

        def observe(user: Tensor, node: Tensor, d: Any) -> None:
            mine = taken.setdefault(user, [])
            after = mine[-1].position + 1 if mine else 0
            rules = user.op.rules(len(user.inputs))  # type: ignore[union-attr]
            position = next(k for k in range(after, len(rules)) if user.inputs[k] is node and rules[k] is not None)
            mine.append(Event("vjp", node, user, position, settle(np.asarray(d), node.shape)))

        self.adjoints: dict[Tensor, np.ndarray] = adjoints(root, cut=cut, observe=observe)
        self.events = [Event("forward", node) for node in names.tape if node.inputs and node.op is not VARIABLE]
        self.events.append(Event("seed", root))
        self.terms: dict[Tensor, list[int]] = {}  # the numbers of the events whose values add up to an adjoint
        self.settled: dict[Tensor, int] = {root: len(self.events)}  # the number of the event that completes it
        self.made = {event.node: number for number, event in enumerate(self.events[:-1], 1)}
        for node in self.adjoints:
            if len(self.terms.get(node, ())) > 1:
                self.events.append(Event("accumulate", node))
                self.settled[node] = len(self.events)
            dropped = [Event("truncate", x, node, k) for k, x in enumerate(node.inputs) if self.is_cut(node, x)]
            for event in [*taken.get(node, ()), *dropped]:
                self.events.append(event)
                if event.kind == "vjp":
                    self.terms.setdefault(event.node, []).append(len(self.events))
                    self.settled[event.node] = len(self.events)

    def is_cut(self, user: Tensor, x: Any) -> bool:
        """Whether truncation leaves the edge out."""
        return self.cut is not None and isinstance(x, Tensor) and x.op is not None and self.cut(user, x)

    def alone(self, event: Event) -> bool:
        """Whether a vjp is all there is of its input's adjoint."""
        return len(self.terms[event.node]) == 1

    def walk(self, parents: dict[Tensor, int | None], made: dict[Tensor, int | None]) -> Walk:
        """The op level. ``parents``, ``made``: the step one level up that finds a tensor's adjoint, and its value."""
        lines = []
        for event in self.events:
            parent = (made if event.kind == "forward" else parents).get(event.node)
            if parent is None and event.user is not None:  # a cut that leaves nothing of an adjoint
                parent = parents.get(event.user)
            lines.append(Line(event.kind, self.names.name(event.node), self.step(event), parent, self.form(event)))
        return Walk("op", lines, lambda number: self.write(number, lines[number - 1]))

    def step(self, event: Event) -> int | None:
        """The time step of an event: its tensor's, or for what all steps share that of the use."""
        own = self.names.step(event.node)
        return own if own is not None or event.user is None else self.names.step(event.user)

    def form(self, event: Event) -> Any:
        """What is equal for two events that differ in their time only."""
        t = self.step(event)

        def relative(node: Tensor | None) -> Any:
            if node is None or t is None:
                return None if node is None else self.names.name(node)
            symbol, own = self.names.symbols[node], self.names.step(node)
            return node.op if node in self.names.nameless else symbol.name, own if own is None else own - t

        alone = event.kind == "vjp" and self.alone(event)
        beside = [x for x in (event.node if event.user is None else event.user).inputs if isinstance(x, Tensor)]
        users = [self.events[k - 1].user for k in self.terms[event.node]] if event.kind == "accumulate" else []
        return event.kind, relative(event.node), relative(event.user), event.position, alone, *map(relative, [*beside, *users])

    def write(self, number: int, line: Line) -> Step:
        """One event as a step."""
        event = self.events[number - 1]
        before, equation, sign, result = self.equation(event)
        symbols = {equation.left: result} | {s: self.value(s) for s in e.symbols(equation.right)}
        users = [event] if event.user is not None else [self.events[k - 1] for k in self.terms.get(event.node, ())]
        user = tuple(other.user for other in users if other.user is not None and event.kind != "forward")
        named = {show(symbol): value for symbol, value in symbols.items() if value is not None}
        if sign == "+=":  # the left side's number is one use's share
            (name, share), *rest = named.items()
            named = {f"{name} from {', '.join(map(self.names.name, user))}": share, **dict(rest)}
        return Step(
            number, len(self.events), "op", self.kind(event), line.t, self.names.tag(event.node), line.node, self.rule(event), before,
            written(equation, sign), in_numbers(equation, self.value, result, sign) if event.kind != "truncate" else Written(),
            {name: np.shape(value) for name, value in named.items()}, {name: np.asarray(v).tolist() for name, v in named.items()},
            self.depends(event), line.parent, self.where(event), self.names.operation(event.node, *user),
        )  # fmt: skip

    def value(self, symbol: e.Sym) -> Any:
        """The number of a tensor or of its adjoint."""
        node = self.names.by_symbol.get(symbol._replace(adjoint=False))
        return None if node is None else self.adjoints.get(node) if symbol.adjoint else node.value

    def equation(self, event: Event) -> tuple[Written, e.Equation, str, Any]:
        """What an event starts from, its equation, the equation's sign, and the value of its left side."""
        node, user = event.node, event.user
        left = self.names.symbols[node]._replace(adjoint=event.kind != "forward")
        if event.kind == "forward":
            return Written(), e.Equation(left, self.rules.forward(node)), "=", node.value
        if event.kind == "seed":
            return Written(), e.Equation(left, e.ONE), "=", self.adjoints[node]
        if event.kind == "accumulate":
            terms = [self.events[k - 1] for k in self.terms[node]]
            parts = [self.rules.vjp(term.user, term.position) for term in terms if term.user is not None]
            several = [written(e.Equation(left, part), "+=") for part in parts]
            before = Written(*("\n".join(texts) for texts in zip(*several, strict=True)))
            return before, e.Equation(left, e.add(*parts)), "=", self.adjoints[node]
        assert user is not None
        before = written(e.Equation(self.names.symbols[user], self.rules.forward(user)))
        if event.kind == "truncate":
            before = written(e.Equation(left, self.rules.vjp(user, event.position)), "+=")
            return before, e.Equation(left, e.ZERO), "+=", np.zeros(node.shape)
        return before, e.Equation(left, self.rules.vjp(user, event.position)), "=" if self.alone(event) else "+=", event.value

    def kind(self, event: Event) -> str:
        """The step's kind: a sum of what several time steps handed to one tensor is a sum over time."""
        if event.kind != "accumulate":
            return event.kind
        users = [self.events[k - 1].user for k in self.terms[event.node]]
        times = {self.names.step(user) for user in users if user is not None}
        return "sum over time" if self.names.step(event.node) is None and len(times) > 1 else "accumulate"

    def rule(self, event: Event) -> str:
        """The rule in a few words."""
        name = self.names.name(event.node)
        match event.kind:
            case "forward":
                return f"forward: {sign_of(event.node)}"
            case "seed":
                return "the loss by itself: 1"
            case "accumulate":
                count = len(self.terms[event.node])
                return f"sum over {'time:' if self.kind(event) == 'sum over time' else 'the'} {count} uses of {name}"
            case "truncate":
                return f"truncated: nothing is carried back to {name}"
        assert event.user is not None
        return rule_name(event.user, event.position, name)

    def depends(self, event: Event) -> tuple[int, ...]:
        """The numbers of the events that an event uses the results of."""
        match event.kind:
            case "forward":
                return tuple(dict.fromkeys(self.made[x] for x in event.node.inputs if x in self.made))
            case "accumulate":
                return tuple(self.terms[event.node])
            case "vjp" | "truncate" if event.user is not None:
                return (self.settled[event.user],)
        return (self.made[event.node],) if event.node in self.made else ()

    def where(self, event: Event) -> str:
        """The line of the rule, or of the operation."""
        if event.user is not None:
            return line_of(rule_of(event.user, event.position))
        return line_of(event.node.op.forward) if event.kind == "forward" and event.node.op is not None else ""
