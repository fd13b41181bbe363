"""The BPTT equations of any net, derived by reading its recorded backward sweep and rolling the time steps up.

The net is unrolled over a few steps and its backward sweep is recorded as a tape of its own. Every adjoint on it is read as an
expression over named quantities; the expressions of one adjoint at all its steps are held against each other, and equations that are
equal up to a shift of t become one equation in t. Nothing is typed in per net.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.calling import located
from autograd_rnn.algebra.gathering import gathered
from autograd_rnn.algebra.opaque import Seen, opaque
from autograd_rnn.algebra.reading import Constants, read
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.rule import VARIABLE, is_ours
from autograd_rnn.engine.tensor import Tensor, tensor
from autograd_rnn.formulas.rolling import fixed, rolled, shifted, silent, summed
from autograd_rnn.formulas.steadiness import Family, hold_for_other_numbers, steady
from autograd_rnn.formulas.system import PROBABILITY, SCORE, Axis, Quantity, System, absolute, quantities
from autograd_rnn.nets.equations import constants
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.parameters import computed, of_one_name
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen
from autograd_rnn.nets.weighing import Weights
from autograd_rnn.nets.wiring import chains_of, layers_of


def unrolling(model: Scored) -> tuple[int, int]:
    """How far a net is unrolled to be derived: its sequences by different lengths, with enough steps between first and last, and twice as
    far as the longest way through states that hand on one another, in one layer and from layer to layer, so that what comes back is seen
    to."""
    longest = max(sum(max(len(cell.states) for cell in chains_of(layer)) for layer in layers_of(net)) for net in model.nets)
    return max(6, 2 * longest + 2), max(5, 2 * longest + 1)


def constants_of(run: Run, found: Mapping[Tensor, Quantity]) -> Constants:
    """The names of the constant arrays of a run's cells, beside those of its quantities."""
    return constants([chain.cell for chain in run.chains], (q.name for q in found.values()), run.loss.id)


class Reading:
    """A run's backward sweep as expressions in absolute time: `families` of adjoints, `parameters` gradients, `start` states' adjoints.
    ``whole``: the adjoint of every named quantity has an equation, as a person may ask for any."""

    def __init__(self, run: Run, whole: bool = False):
        self.run, self.found = run, quantities(run)
        seen: list[Seen] = []
        self.reached: dict[str, set[int]] = {}  # the steps of each quantity that a loss reaches back to
        for node in adjoints(run.loss):
            if (q := self.found.get(node)) and q.step is not None and q.at_a_step:
                self.reached.setdefault(q.name, set()).add(q.step)
        handed = {full_name(s, c.cell.tag, None) for c in run.chains for s in (*c.cell.carried, c.cell.given)} & self.reached.keys()
        # As if more arrived at what a step hands on: each step is read with all its terms, at the ends too, where no loss reaches back to.
        made = [node for node, q in self.found.items() if node.inputs and q.name in handed]
        self.more = {node: tensor(np.zeros(node.shape, node.dtype)) for node in made}
        self.swept = adjoints(run.loss, create_graph=True, observe=lambda *one: seen.append(one), seeds=self.more)
        self.opaque = opaque(seen, self.swept)
        self.constants = constants_of(run, self.found)
        self.counts = {axis.last: axis.letter for q in self.found.values() if (axis := q.axis)}
        self.forward = self._forward()  # before the adjoints, so that constants are numbered as a cell's own equations number them
        fed = self._fed()
        told = {node: q for node, q in self.found.items() if node in self.swept and q.role not in ("loss", "weight") and node not in fed}
        # what no loss reaches at any step is 0 wherever it stands
        self.told = {node: q for node, q in told.items() if q.name in self.reached or q.step is None or not q.at_a_step}
        kept = {q.name for q in self.told.values()}
        definitions = self._definitions(kept)
        uses = self._uses(definitions)
        states = {full_name(s, c.cell.tag, None) for c in run.chains for s in c.cell.carried}
        linear = {q.name for node, q in self.found.items() if node.op is not None and node.op.name == "linear"}
        always = states | linear | {q.name for q in self.found.values() if q.step is None} | {q.name for q in self._inputs().values()}
        self.definitions = self._definitions({name for name in kept if whole or name in always or uses.get(name, 0) > 1})

    def _fed(self) -> set[Tensor]:
        """What a decoder is fed: data, of which nobody asks the gradient."""
        return {x for unrolled in self.run.unrolled[1:] for x in unrolled.xs if not x.inputs}

    def _inputs(self) -> dict[Tensor, Quantity]:
        """The quantities that no operation made: inputs and initial states."""
        return {x: q for x, q in self.found.items() if not x.inputs or q.role == "input"}

    def _definitions(self, kept: set[str]) -> dict[Tensor, e.Expr]:
        """For every forward quantity whose name is kept, its adjoint's definition; other adjoints are written out where they occur."""
        names: dict[Tensor, e.Expr] = {node: absolute(q) for node, q in self.found.items()} | dict.fromkeys(self.more.values(), e.ZERO)
        wanted = {node: self.swept[node] for node, q in self.told.items() if q.name in kept}
        result: dict[Tensor, e.Expr] = {}
        for within in (True, False):  # another's gradient may be one step's adjoint by chance, which is not written by its name
            roots = {node: g for node, g in wanted.items() if self.found[node].at_a_step is within}
            own = {g: node for node, g in sorted(roots.items(), key=lambda pair: pair[0].id) if within or node.inputs and g not in names}
            names |= {g: absolute(self.found[node], adjoint=True) for g, node in own.items()}
            read_off = read(roots.values(), names, self.counts, self.constants, self.opaque)
            result |= {node: names[g] if g in names and own.get(g) is not node else read_off[g] for node, g in roots.items()}
        return {node: result[node] for node in wanted}

    def _uses(self, definitions: dict[Tensor, e.Expr]) -> dict[str, int]:
        """For each adjoint how often it occurs in the other equations, at the step where it occurs most."""
        counts: dict[e.Sym, int] = {}
        for node, definition in definitions.items():
            if self.found[node].step is not None:
                for symbol in set(e.symbols(definition)):
                    counts[symbol] = counts.get(symbol, 0) + symbol.adjoint
        most: dict[str, int] = {}
        for symbol, count in counts.items():
            most[symbol.name] = max(most.get(symbol.name, 0), count)
        return most

    def families(self) -> list[Family]:
        """Adjoints over time, in the order of the sweep: scores, states, gates, inputs."""
        grouped: dict[str, Family] = {}
        ranked = {node: (q.step not in self.reached.get(q.name, ()), -node.id) for node in self.definitions if (q := self.found[node])}
        for node in sorted(ranked, key=ranked.__getitem__):
            q = self.found[node]
            if q.step is not None and q.axis is not None and q.at_a_step:
                grouped.setdefault(q.name, Family(q.name, q.axis, {}, self.reached[q.name])).steps[q.step] = self.definitions[node]
        given = {q.name for q in self.found.values() if q.role == "input"}
        inputs = [name for name in grouped if name in given]
        ordered = [family for name, family in grouped.items() if name not in inputs] + [grouped[name] for name in inputs]
        return [steady(family, self.constants, self.run) for family in ordered]

    def _forward(self) -> list[Family]:
        """The named quantities' own definitions over time, in the order in which a step makes them."""
        names = {node: absolute(q) for node, q in self.found.items()}
        made = [node for node, q in self.found.items() if q.at_a_step and q.role not in ("loss", "input", "target", "weight")]
        definitions = read(sorted(made, key=lambda n: n.id), names, self.counts, self.constants)
        for node, x in definitions.items():
            if any(isinstance(part, e.Call) and part.name == "cross_entropy" for part in e.nodes(x)):
                only = "cross_entropy takes class numbers, which only a loss has in a formula: write Model(cell, loss=...)"
                raise ValueError(f"{located(node)}: {only}")
        grouped: dict[str, Family] = {}
        for node in definitions:
            q = self.found[node]
            assert q.axis is not None and q.step is not None
            grouped.setdefault(q.name, Family(q.name, q.axis, {})).steps[q.step] = definitions[node]
        return [steady(family, self.constants, self.run) for family in grouped.values()]

    def order(self) -> list[str]:
        """The quantities' names, states first, then in the order in which a step makes them."""
        made = sorted((node for node, q in self.found.items() if q.step == 2), key=lambda node: node.id)
        states = [full_name(s, c.cell.tag, None) for c in self.run.chains for s in c.cell.carried]
        return list(dict.fromkeys([SCORE, *states, *(self.found[node].name for node in made)]))

    def once(self) -> list[tuple[Quantity, e.Expr]]:
        """What is not a family over time: parameters' gradients, then initial states' adjoints; of what the loss does not reach 0."""
        given = [x for x, q in self.found.items() if q.role == "state" and not x.inputs or q.role == "parameter" and x.op is VARIABLE]
        unreached = [node for node in given if node not in self.swept]
        pairs = [
            (self.found[node], definition) for node, definition in [*self.definitions.items(), *((node, e.ZERO) for node in unreached)]
        ]
        order = list(of_one_name(self.run.parameters))
        parameters = sorted((pair for pair in pairs if pair[0].step is None), key=lambda pair: order.index(pair[0].name))
        return parameters + [(q, x) for q, x in pairs if q.step is not None and not q.at_a_step]


def ties(run: Run, constants: Constants | None = None) -> list[e.Equation]:
    """The parameters of a run that are computed from others: equations in front of time."""
    found = quantities(run)
    names, tied = {node: absolute(q) for node, q in found.items()}, sorted(computed(run.parameters), key=lambda node: node.id)
    definitions = read(tied, names, {}, constants or constants_of(run, found))
    return [e.Equation(names[node], definitions[node]) for node in tied]


def recursion(run: Run, whole: bool = False) -> System:
    """A run's net as equations for general t.

    Raises ValueError where a cell of one's own has other equations for other numbers: a choice that it made by looking at them.
    """
    found = _recursion(run, whole)
    if not all(is_ours(type(chain.cell)) for chain in run.chains):
        again = _recursion(specimen(run.model, len(run.unrolled[0].xs), len(run.unrolled[-1].xs), seed=1, like=run), whole)
        hold_for_other_numbers(found, again)
    return found


def _recursion(run: Run, whole: bool) -> System:
    """A run's net as equations for general t, as they are for its numbers."""
    reading = Reading(run, whole)
    axes = {q.name: q.axis for q in reading.found.values() if q.axis}
    ranks = {name: rank for rank, name in enumerate(reading.order())}
    over_time = [equation for family in reading.forward for equation in rolled(family, axes)[0]]
    output = run.model.readout.output
    forward = [tidy(equation, ranks, output) for equation in [*ties(run, reading.constants), *over_time]]
    equations: list[e.Equation] = []
    beyond: set[e.Sym] = set()
    families = reading.families()
    for family in families:
        rolled_up, zero = rolled(family, axes)
        equations += rolled_up
        beyond |= zero
    for q, definition in reading.once():
        if q.axis is None or q.step is None:
            equations.append(e.Equation(e.Sym(q.name, None, True), summed(definition, axes, reading.reached)))
        elif (right := shifted(definition, None, q.axis, axes)) != e.ZERO:
            equations.append(e.Equation(e.Sym(q.name, fixed(q.step, q.axis), True), right))
    backward = [tidy(equation, ranks, output) for equation in silent(equations, axes)]
    roles = {q.name: q.role for q in reading.found.values()}
    read_p = any(s.name == PROBABILITY for q in (*forward, *backward) for s in e.symbols(q.right))
    if read_p and PROBABILITY not in axes:  # the book's name for softmax(s) or σ(s)
        scores = [q.left for q in forward if q.left.name == SCORE]
        forward += [e.Equation(s._replace(name=PROBABILITY), e.Fn(output, s)) for s in scores]
        axes[PROBABILITY], roles[PROBABILITY] = axes[SCORE], "probability"
    if run.weights is not None and run.weights.total is not None:
        forward.append(total_weight(run.weights, axes))
    return System(run, forward, backward, sorted(beyond), axes, roles, reading.constants.values)


def total_weight(weights: Weights, axes: Mapping[str, Axis]) -> e.Equation:
    """M, by which the losses' mean divides: the sum of their weights, or the only one; of a batch the number that it is."""
    if weights.told and weights.total is not None:
        return e.Equation(e.Sym(weights.of_total), e.Num(float(weights.total.value)))
    steps = [fixed(t, axes[weights.name]) for t in (weights.first, weights.first + len(weights.steps) - 1)]
    each = e.Sym(weights.name, e.Time("t", 0))
    summands = each._replace(time=steps[0]) if len(weights.steps) == 1 else e.Sum(each, *steps)
    return e.Equation(e.Sym(weights.of_total), summands)


def tidy(equation: e.Equation, ranks: Mapping[str, int], output: str) -> e.Equation:
    """The equation as a book prints it: p_t for the ``output`` of the scores, softmax(s_t), common factors drawn out, terms by time, then
    states, then gates."""

    def change(x: e.Expr) -> e.Expr:
        if isinstance(x, e.Fn) and x.name == output and isinstance(x.of, e.Sym) and x.of.name == SCORE:
            return x if equation.left.name == PROBABILITY else e.Sym(PROBABILITY, x.of.time)
        return gathered(x)

    right = e.transformed(equation.right, change)
    if isinstance(right, e.Add):

        def place(term: e.Expr) -> tuple[int, int]:
            adjoints_in = [s for s in e.symbols(term) if s.adjoint]
            later = max((abs(s.time.offset) if s.time else 0 for s in adjoints_in), default=0)
            return later, min((ranks.get(s.name, 0) for s in adjoints_in), default=-1)

        right = e.add(*sorted(right.terms, key=place))
    return equation._replace(right=right)
