"""A tape read as expressions: each operation by its row of one small table, named quantities by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor


def _matmul(node: Tensor, a: Any, b: Any) -> Any:
    """A matrix product; a row times a matrix is, in columns, the transposed matrix times the column."""
    left, right = (np.ndim(getattr(x, "value", x)) for x in node.inputs)
    if (left, right) == (1, 2):
        return e.matmul(e.transpose(b), a)
    if (left, right) == (2, 1):
        return e.matmul(a, b)
    raise ValueError(f"a product of shapes {[x.shape for x in node.inputs]} has no reading yet: derive works on matrices and vectors")


def _linear(node: Tensor, *terms: Any) -> Any:
    """W₁ x₁ + W₂ x₂ + … + b."""
    products = [e.matmul(terms[k], terms[k + 1]) for k in range(0, len(terms) - 1, 2)]
    return e.add(*products, *terms[len(terms) - len(terms) % 2 :])


def _where(node: Tensor, condition: Any, a: Any, b: Any) -> Any:
    """A choice is a mask: 1 where the condition holds."""
    return e.add(e.mul(condition, a), e.mul(e.add(e.ONE, e.negative(condition)), b)) if b != e.ZERO else e.mul(condition, a)


def _power(node: Tensor, a: Any, b: Any) -> Any:
    """Whole powers are products."""
    if isinstance(b, e.Num) and b.value in (1, 2, 3, 4):
        return e.mul(*[a] * int(b.value))
    raise ValueError(f"{describe(node)}: only powers 1 to 4 have a reading")


def _rows(node: Tensor, x: Any) -> Any:
    """Some rows of a vector."""
    index = (node.options or {})["index"]
    last = index[-1] if isinstance(index, tuple) else index
    if not isinstance(last, slice):
        raise ValueError(f"{describe(node)}: only a stretch of a vector has a reading")
    start, stop, _ = last.indices(node.inputs[0].shape[-1])
    return e.Part(x, start, stop)


def _function(name: str) -> Callable[..., Any]:
    return lambda node, x: e.Fn(name, x)


READ: dict[str, Callable[..., Any]] = {
    "add": lambda node, a, b: e.add(a, b),
    "subtract": lambda node, a, b: e.add(a, e.negative(b)),
    "multiply": lambda node, a, b: e.mul(a, b),
    "negative": lambda node, a: e.negative(a),
    "square": lambda node, a: e.mul(a, a),
    "power": _power,
    "matmul": _matmul,
    "linear": _linear,
    "outer_sum": lambda node, a, b: e.outer(a, b),
    "where": _where,
    "getitem": _rows,
    "sum": lambda node, a: e.Fn("sum", a),
    "identity": lambda node, a: a,
    "cast": lambda node, a: a,
    "_concatenate": lambda node, *parts: e.Column(parts),
    "expand_dims": lambda node, a: a,
    **{name: _function(name) for name in ("tanh", "sigmoid", "relu", "softmax", "exp", "log", "sin", "cos", "softplus", "sqrt")},
}


def number(value: np.ndarray, counts: Mapping[int, str]) -> Any:
    """A plain number (or an array of one number); 1/T where it is one over a sequence's length."""
    if value.dtype.kind not in "fiub" or not value.size or not (value == value.flat[0]).all():
        return None
    first = float(value.flat[0])
    for count, letter in counts.items():
        if count > 1 and first == 1 / count:
            return e.Num(first, f"1/{letter}")
    return e.Num(first)


def read(roots: Iterable[Tensor], names: Mapping[Tensor, e.Sym], counts: Mapping[int, str]) -> dict[Tensor, Any]:
    """The definition of every root: its own operation over its inputs, where named inputs stand by their names and unnamed ones by
    their definitions in turn. ``counts``: {length: letter} of the sequences.

    Raises ValueError for an operation that has no reading.
    """
    wanted = set(roots)
    defined: dict[Tensor, Any] = {}

    def reference(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return e.Num(float(x))
        found = names[x] if x in names else defined[x]
        if found is None:
            raise ValueError(f"{describe(x)} has no reading as a formula yet")
        return found

    for node in Tape.of(*wanted):
        if node in names and node not in wanted:
            continue
        if node.op is None:
            noted = node.options or {}
            text = noted.get("reads", "")
            defined[node] = e.Fn(text, reference(noted["of"])) if text else number(node.value, counts)
        elif node.op is VARIABLE:
            defined[node] = e.Sym(str(node.name))
        else:
            try:
                defined[node] = READ[node.op.name](node, *map(reference, node.inputs)) if node.op.name in READ else None
            except ValueError:
                if node in wanted:
                    raise
                defined[node] = None  # only an error where it is needed
    return {root: reference(root) if root not in names else defined[root] for root in wanted}
