"""Derived equations in exact arithmetic: integers modulo the prime 2^61 - 1.

With every activation's output a free symbol, each BPTT formula is a polynomial, and two polynomials that agree at a random point
modulo a large prime are equal but for a chance of about their degree in 2^61 (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

import numpy as np
import sympy

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.rule import OPS, VARIABLE
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.evaluate import Evaluation, Value, arguments, fitted
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.formulas.proving.calls import Field
from autograd_rnn.formulas.proving.components import Meaningless, component_sweep
from autograd_rnn.formulas.proving.meanings import filled
from autograd_rnn.formulas.system import System, absolute, quantities
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.parameters import of_one_name
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Bidirectional, Stacked, chains_of, layers_of

P = 2**61 - 1


class Exact(Evaluation):
    """A net's equations at a random point modulo P. Parameters, inputs and initial states are random integers; activations are random
    functions, the same for the same argument; softmax's outputs sum to 1; relu is its argument times a random mask, or with a ``shadow``,
    an evaluation in floating point, times the mask there. ``extra``: further equations, of an author's own names.

    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> from autograd_rnn.formulas.proving.exact import Exact
    >>> point = Exact(d, T=5)
    >>> equation = d.formula("W_hh")[0]
    >>> bool((point.evaluate(equation.left) == point.evaluate(equation.right)).all())
    True
    """

    def __init__(self, derivation: System, T: int = 4, S: int = 3, seed: int = 0, extra: Iterable[e.Equation] = ()):
        model = derivation.model
        self.random, self.oracle = random.Random(seed), {}  # type: random.Random, dict[tuple[Hashable, Hashable], int]
        self.slopes: dict[str, np.ndarray] = {}  # random matrices of derivatives
        self.field, self.shadow = Field(Residues(self, {})), None  # type: Field, Evaluation | None
        last = {"T": T, "S": S} if len(model.nets) > 1 else {"T": T if model.task != "one-to-one" else 1}
        equations = [*derivation.forward, *derivation.equations, *extra]
        super().__init__(equations, {}, last, derivation.letters, model.readout.output_size, derivation.reverse)
        learned = {cell.first(state) for cell in model.cells if cell.learn_initial for state in cell.carried}
        learned |= {q.left.name for q in derivation.ties}
        for name, parameter in derivation.parameters.items():
            if name not in learned:  # a learned first state is drawn as a state, and a tied parameter computed
                self.known[e.Sym(name)] = self.drawn(parameter.shape)
        for net, tag, steps in parts_of(model, last):
            for t in range(1, steps + 1):
                self.known[e.Sym(f"x{tag}", e.Time("", t))] = self.drawn((net.input_size,))
            for layer in layers_of(net):
                for backward, cell in enumerate(chains_of(layer)):
                    outside = e.Time("", steps + 1 if backward else 0)
                    for state, size in cell.state_sizes().items():
                        if tag != "dec":
                            self.known[e.Sym(full_name(state, cell.tag, None), outside)] = self.drawn((size,))
        self.known |= {e.Sym(name): residues(value) for name, value in derivation.constants.items()}
        classes = model.readout.loss == "cross_entropy"
        weights = [name for name, role in derivation.roles.items() if role == "weight" and name in derivation.letters]
        for t in range(1, max(last.values()) + 1):
            self.known[e.Sym("y", e.Time("", t))] = self.random.randrange(self.classes) if classes else self.drawn((self.classes,))
            self.known |= {e.Sym(name, e.Time("", t)): self.drawn(()) for name in weights}

    def drawn(self, shape: tuple[int, ...]) -> np.ndarray:
        """Random integers modulo P."""
        count = int(np.prod(shape))
        return np.array([self.random.randrange(1, P) for _ in range(count)], dtype=object).reshape(shape)

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        """One node modulo P."""
        match x:
            case e.Num(value, text):
                return residue(Fraction(1, self.last[text[2:]]) if text.startswith("1/") else Fraction(value))
            case e.Ones(shape):
                return np.ones(shape, dtype=object)
            case e.Fn("onehot"):
                return np.array([int(k == parts[0]) for k in range(self.classes)], dtype=object)
            case e.Fn("sum"):
                return int(np.sum(parts[0])) % P
            case e.Fn("softmax"):
                raw = self.answers("exp", parts[0])
                return raw * pow(int(np.sum(raw)) % P, -1, P) % P
            case e.Fn("sigmoid"):
                return inverse(1 + inverse(self.answers("exp", parts[0])))
            case e.Fn("positive", of):
                return self.answers("positive", parts[0]) if self.shadow is None else np.asarray(self.near(of, t) > 0).astype(object) * 1
            case e.Fn("heaviside", of):
                tie = np.asarray(parts[0] == 0 if self.shadow is None else self.near(of, t) == 0)
                return np.where(tie, residue(0.5), self.node(e.Fn("positive", of), parts, t))
            case e.Fn("relu", of):
                return self.node(e.Fn("positive", of), parts, t) * parts[0] % P
            case e.Quotient():
                return parts[0] * inverse(parts[1]) % P
        result = super().node(x, parts, t)
        if isinstance(result, float):  # the zero beyond the ends
            return int(result)
        return result if isinstance(x, e.Sym) else result % P

    def function(self, name: str, x: e.Fn, part: Value, t: int | None) -> Value:
        return self.called(e.Call(name, (x.of,)), [part], t)

    def called(self, x: e.Call, parts: list[Value], t: int | None) -> Value:
        """An operation, or its derivative, as its meaning says; where it has none a random function, the same for the same arguments."""
        inputs = arguments(x, parts)
        g = inputs.pop(0) if x.back else None
        floats = [near(array) for array in inputs]
        if self.shadow is not None:
            floats = [fitted(self.near(part, t), array.shape) for part, array in zip(x.parts[-len(inputs) :], inputs, strict=True)]
        try:
            return self.field.called(x, inputs, floats, g)
        except Meaningless:
            shape = np.shape(OPS[x.name].forward(*floats, **x.options.given)) if g is None else inputs[x.by or 0].shape
            key = f"{x.name} {x.by} {x.options} {[array.tolist() for array in inputs]}"
            if g is None:
                return self.answers(key, np.arange(math.prod(shape)).reshape(shape))
            if key not in self.slopes:
                self.slopes[key] = self.answers(key, np.arange(math.prod(shape) * g.size).reshape(*shape, g.size))
            return self.slopes[key] @ g.ravel() % P

    def near(self, x: e.Expr, t: int | None) -> np.ndarray:
        """The floating-point number of an expression at the recorded run, which decides on which side of a kink it lies."""
        assert self.shadow is not None
        return np.asarray(self.shadow.evaluate(x, t), float)

    def answers(self, name: Hashable, argument: Value) -> np.ndarray:
        """A random function's values, element by element."""
        return np.array([self.answer(name, element) for element in np.ravel(argument).tolist()], dtype=object).reshape(np.shape(argument))

    def answer(self, name: Hashable, element: Value) -> int:
        """A random function's value, the same whenever it is asked for; e^-x is one over e^x."""
        if (name, element) not in self.oracle and name == "exp" and (name, -element % P) in self.oracle:
            self.oracle[name, element] = pow(self.oracle[name, -element % P], -1, P)
        if (name, element) not in self.oracle:
            self.oracle[name, element] = self.random.randrange(2) if name == "positive" else self.random.randrange(1, P)
        return self.oracle[name, element]


def near(x: Value) -> np.ndarray:
    """Numbers between -1 and 1 that residues decide, where a branch asks for numbers."""
    return np.asarray(np.asarray(x, object) / P * 2 - 1, float)


def residue(x: Value) -> int:
    """A number, exactly, modulo P."""
    number = Fraction(x)
    return number.numerator * pow(number.denominator, -1, P) % P


def residues(x: np.ndarray) -> np.ndarray:
    """An array of floats, exactly, modulo P."""
    return filled([residue(value) for value in x.ravel().tolist()], x.shape)


def inverse(x: Value) -> np.ndarray:
    """1/x modulo P, element by element. Raises ValueError for a 0, which random numbers are where all are."""
    if not np.all(x):
        raise ValueError("the formula divides by what is 0, whatever the numbers are")
    return np.array([pow(int(element), -1, P) for element in np.ravel(x)], dtype=object).reshape(np.shape(x))


class Residues:
    """The field of the integers modulo P for `component_sweep`: leaves and transcendental functions as an `Exact` point has them."""

    formal = True

    def __init__(self, point: Exact, leaves: Mapping[Tensor, np.ndarray]):
        self.point, self.leaves = point, leaves

    def leaf(self, node: Tensor) -> list[int]:
        """A leaf's residues; a leaf that is no quantity of the net by its exact value."""
        if node in self.leaves:
            return [int(x) % P for x in np.ravel(self.leaves[node])]
        return [residue(x) for x in node.value.ravel().tolist()]

    def plain(self, e: sympy.Expr) -> int:
        if not e.is_Rational:  # π, e: as good as any other number
            return self.point.answer(str(e), 0)
        return int(e.p) * pow(int(e.q), -1, P) % P

    def add(self, args: list[int]) -> int:
        return sum(args) % P

    def multiply(self, args: list[int]) -> int:
        product = 1
        for arg in args:
            product = product * arg % P
        return product

    def power(self, base: int, exponent: Value, e: sympy.Expr) -> int:
        if e.exp.is_Integer:
            return pow(base, int(e.exp), P)
        if e.exp.is_Rational:  # a power of a root, the root being a random function
            return pow(self.point.answer(f"root {e.exp.q}", base), int(e.exp.p), P)
        return self.point.answer("power", (base, exponent))

    def function(self, name: str, args: list[int]) -> int:
        return self.point.answer(name, args[0] if len(args) == 1 else tuple(args))

    def number(self, value: Value) -> int:
        return residue(value)


def against_sympy(derivation: System, run: Run, seed: int = 0) -> dict[str, bool]:
    """For every parameter of a run's net: whether the derived recursion equals sympy's component-wise derivative modulo P, both at one
    random point of the run's length. An identity of polynomials, not of rounded numbers."""
    found = quantities(run)
    lengths = [len(unrolled.xs) for unrolled in run.unrolled]
    point = Exact(derivation, T=lengths[0], S=lengths[-1], seed=seed)
    zero = [node for node, q in found.items() if q.role == "input" and node.op is None and not node.value.any()]
    for node in zero:  # the inputs after the first of a one-to-many net
        point.known[absolute(found[node])] = filled(0, node.shape)
    for node, q in found.items():
        if q.role == "target" and node.dtype.kind in "iu":
            point.known[absolute(q)] = int(node.value)
    leaves: dict[Tensor, Value] = {}
    for node, q in found.items():
        if q.role == "weight" and point.equation(absolute(q)):
            leaves[node] = np.asarray(point[absolute(q)], dtype=object)
        elif absolute(q) in point.known:
            leaves[node] = point.known[absolute(q)]
    point.shadow = evaluation(derivation, [*derivation.forward, *derivation.equations], run)
    rows: dict[Tensor, list[Value]] = {}
    for node in sorted((node for node, q in found.items() if q.role == "input" and node.inputs), key=lambda n: found[n].step or 0):
        source = node
        while source.op is not VARIABLE:  # a sequence given as one tensor, of which the inputs are rows
            source = source.inputs[0]
        rows.setdefault(source, []).append(point.known[absolute(found[node])])
    leaves |= {source: np.stack(parts) if source.ndim > 1 else parts[0] for source, parts in rows.items()}
    field = Residues(point, leaves)
    _, adjoints = component_sweep(run.loss, field=field)
    return {
        name: found[value].role != "parameter" or bool(np.all(fitted(point[e.Sym(name, None, True)], value.shape) == adjoints[value]))
        for name, value in of_one_name(run.parameters).items()
        if value in adjoints
    }


def parts_of(model: Scored, last: dict[str, int]) -> list[tuple[Cell | Stacked | Bidirectional, str, int]]:
    """A model's nets, each with its tag and its number of steps."""
    tags = ("enc", "dec") if len(model.nets) > 1 else ("",)
    return list(zip(model.nets, tags, last.values(), strict=True))
