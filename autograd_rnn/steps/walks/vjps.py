"""One vjp of an operation read as an equation: the operation's own rule, run on named tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.elementwise import elementwise
from autograd_rnn.algebra.opaque import Opaque
from autograd_rnn.algebra.operations import applied
from autograd_rnn.algebra.reading import read
from autograd_rnn.engine.place import scope
from autograd_rnn.engine.pooling import Pooled
from autograd_rnn.engine.tensor import Tensor, constant, tensor

G, Y = e.Sym("adjoint"), e.Sym("output")  # stand for the output's adjoint and the output in a rule that is read once for all


def _linear_of_rows(node: Tensor, position: int) -> Any:
    """The vjps of x W' + b where a batch makes the vectors rows."""
    if position % 2:
        return e.MatMul(G, _input(position - 1))
    last = position == len(node.inputs) - 1
    return e.Fn("sum_b", G) if last else e.MatMul(e.Transpose(G), _input(position + 1))


def _matmul_of_matrices(node: Tensor, position: int) -> Any:
    """The vjps of a b: g b' and a' g."""
    return e.MatMul(e.Transpose(_input(0)), G) if position else e.MatMul(G, e.Transpose(_input(1)))


ROWS: dict[str, Callable[[Tensor, int], Any]] = {"linear": _linear_of_rows, "matmul": _matmul_of_matrices}


def _rows_forward(*terms: Any) -> Any:
    """x₁ W₁' + x₂ W₂' + … + b, with vectors as rows."""
    products = [e.MatMul(terms[k + 1], e.Transpose(terms[k])) for k in range(0, len(terms) - 1, 2)]
    return e.add(*products, *terms[len(terms) - len(terms) % 2 :])


def sign_of(node: Tensor) -> str:
    """What an operation is called in a sentence: ``tanh``, ``⊙``, ``softmax and cross entropy``."""
    assert node.op is not None
    return node.op.words


def rule_name(node: Tensor, position: int, input_name: str) -> str:
    """A vjp in a few words."""
    assert node.op is not None
    if node.op.name != "linear":
        return f"chain rule through {sign_of(node)}"
    if position % 2:
        return "chain rule through a matrix: its transpose"
    last = position == len(node.inputs) - 1
    return f"chain rule through the bias {input_name}" if last else f"outer product with the input of {input_name}"


def rule_of(node: Tensor, position: int) -> Any:
    """The function that computes a vjp."""
    assert node.op is not None
    rule = node.op.rules(len(node.inputs))[position]
    return rule.rule if isinstance(rule, Pooled) else rule


class Rules:
    """Every vjp of a tape as an expression over its tensors' symbols. A rule is read once for all uses of the same form."""

    def __init__(self, symbols: dict[Tensor, e.Sym]):
        self.symbols = symbols
        self._read: dict[Any, e.Expr] = {}

    def vjp(self, node: Tensor, position: int, summed: bool = True) -> Any:
        """What ``node`` hands to its input at ``position``, in terms of the adjoint of ``node``; ``summed``: over what a single number
        was repeated along."""
        assert node.op is not None
        inside = {_input(k): self.symbol(x) for k, x in enumerate(node.inputs)}
        own = self.symbols[node]
        inside |= {Y: own, G: own._replace(adjoint=True)}
        found = e.mapped(self.template(node, position), lambda symbol: inside.get(symbol, symbol))
        x = node.inputs[position]
        return e.Fn("sum", found) if summed and not x.ndim and node.ndim and elementwise(node.op, node.options) else found

    def forward(self, node: Tensor) -> Any:
        """The operation itself over its inputs."""
        assert node.op is not None
        parts = [self.symbol(x) for x in node.inputs]
        return _rows_forward(*parts) if node.op.name == "linear" and node.ndim > 1 else applied(node, *parts)

    def symbol(self, x: Any) -> Any:
        """An input as an expression: its symbol, or a plain number."""
        return self.symbols[x] if isinstance(x, Tensor) else e.Num(float(x))

    def template(self, node: Tensor, position: int) -> Any:
        """The rule with `G`, `Y` and the inputs' places in it."""
        assert node.op is not None
        shapes = tuple(x.shape if isinstance(x, Tensor) else x for x in node.inputs)
        key = (node.op.name, position, shapes, repr(node.options))
        if key not in self._read:
            self._read[key] = _template(node, position)
        return self._read[key]


def _input(position: int) -> e.Sym:
    """What stands for an input in a rule."""
    return e.Sym(f"input{position}")


@scope(recording=True)
def _template(node: Tensor, position: int) -> Any:
    """A rule read off one run of it on variables; what has no reading is the vjp by name."""
    assert node.op is not None
    if node.op.name in ROWS and node.ndim == 2 and not (node.op.name == "matmul" and node.inputs[0].ndim != node.inputs[1].ndim):
        return ROWS[node.op.name](node, position)
    if node.op.name == "_stack" and node.ndim == 1:
        return e.Part(G, position, position + 1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        g, y = tensor(np.ones(node.shape)), tensor(node.value)
        inputs = [x if not isinstance(x, Tensor) else constant(x.value) if x.op is None else tensor(x.value) for x in node.inputs]
        d = node.op.vjp(position, g, y, inputs, node.options)
    names = {g: G, y: Y} | {x: _input(k) for k, x in enumerate(inputs) if isinstance(x, Tensor)}
    try:
        if not isinstance(d, Tensor):
            return e.Num(float(np.ravel(d)[0])) if np.size(d) and np.all(d == np.ravel(d)[0]) else _vjp(node)
        named = {d: Opaque(node, position, g, d.shape, True)} if node.op.named and elementwise(node.op, node.options) else {}
        names |= {x: _input(k) for k, x in enumerate(node.inputs) if isinstance(x, Tensor)}
        found = names[d] if d in names else read([d], names, {}, opaque=named)[d]
    except ValueError:
        return _vjp(node)
    return found


def _vjp(node: Tensor) -> Any:
    """A vjp that has no reading: by its name."""
    assert node.op is not None
    return e.Fn(f"{node.op.name.strip('_')}_vjp", G)
