"""Binds the table of operations to Tensor's operators and methods, and to numpy's functions.

``W @ x``, ``t.sum()``, ``np.tanh(t)`` and ``array * t`` all reach the same declared operation, or raise with the nearest one's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine import ops
from autograd_rnn.engine.gradients import backward
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from autograd_rnn.engine.tape import Tape, copied
from autograd_rnn.engine.tensor import Tensor


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """numpy's order of arguments, in which the second is the kind of norm."""
    if ord is not None:
        raise TypeError(f"numpy.linalg.norm(ord={ord!r}) has no derivative here, only the Euclidean norm: autograd_rnn.norm(x, axis)")
    return ops.norm(x, axis, keepdims)


FUNCTIONS.update(
    {
        np.concatenate: ops.concatenate,
        np.stack: ops.stack,
        np.split: ops.split,
        np.dot: ops.dot,
        np.outer: ops.outer,
        np.einsum: ops.einsum,
        np.trace: ops.trace,
        np.var: ops.var,
        np.linalg.norm: _norm,
    }
)

# Answers without a gradient to lose: they are computed on the values.
COUNTING = (
    np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.isclose, np.allclose, np.array_equal, np.iscomplexobj, np.isrealobj,
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.count_nonzero, np.any, np.all, np.result_type, np.array2string,
)  # fmt: skip
COMPARING = (
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.isnan, np.isinf, np.isfinite, np.sign, np.signbit,
    np.floor, np.ceil, np.rint, np.logical_and, np.logical_or, np.logical_not,
)  # fmt: skip


def _values(arguments: Any) -> Any:
    """The same arguments with each tensor's array in its place."""
    if isinstance(arguments, (list, tuple)):
        return type(arguments)(_values(x) for x in arguments)
    return arguments.value if isinstance(arguments, Tensor) else arguments


def _unknown(name: str) -> TypeError:
    import difflib

    near = difflib.get_close_matches(name.rpartition(".")[2], ops.__all__, 1, 0.5)
    hint = f"autograd_rnn.{near[0]} is the nearest that has one" if near else "see autograd_rnn.OPS for those that have one"
    return TypeError(f"numpy.{name} has no derivative here: {hint}; for the numbers alone use .value")


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """numpy's ufuncs on tensors: the declared operation, or an error that names the remedy."""
    if ufunc in COMPARING and method == "__call__" and not keywords:
        return ufunc(*_values(inputs))
    if "out" in keywords:
        raise TypeError(f"numpy.{ufunc.__name__}(out=) would lose the gradient of a tensor's result: assign the result to a name")
    if method != "__call__" or keywords or ufunc not in UFUNCS:
        raise _unknown(ufunc.__name__ + ("" if method == "__call__" else f".{method}"))
    return UFUNCS[ufunc](*inputs)


def array_function(self: Tensor, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
    """numpy's other functions on tensors, likewise."""
    if function in COUNTING:
        return function(*_values(arguments), **keywords)
    if function not in FUNCTIONS:
        raise _unknown(function.__name__)
    return FUNCTIONS[function](*arguments, **keywords)


def _method(operation: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tensor, *arguments: Any, **options: Any) -> Any:
        return operation(self, *arguments, **options)

    method.__doc__ = operation.__doc__
    return method


def _spread(operation: Callable[..., Any]) -> Callable[..., Any]:
    """``t.reshape(2, -1)`` and ``t.reshape((2, -1))`` alike, as in numpy."""

    def method(self: Tensor, *sizes: Any) -> Any:
        return operation(self, sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes or None)

    method.__doc__ = operation.__doc__
    return method


def _comparison(compare: Any) -> Callable[[Tensor, Any], Any]:
    return lambda self, other: compare(self.value, _values(other))


def _reflected(operation: Callable[..., Any]) -> Callable[[Tensor, Any], Any]:
    return lambda self, other: operation(other, self)


def bind() -> None:
    """Give Tensor its operators. Assigned as plain functions, so that ``a + b`` costs one Python call."""
    operators = {"add": ops.add, "sub": ops.subtract, "mul": ops.multiply, "truediv": ops.divide, "matmul": ops.matmul, "pow": ops.power}
    bound: dict[str, Any] = {f"__{name}__": operation for name, operation in operators.items()}
    bound |= {f"__r{name}__": _reflected(operation) for name, operation in operators.items()}
    bound |= {f"__{name}__": _comparison(getattr(np, ufunc)) for name, ufunc in
              dict(lt="less", le="less_equal", gt="greater", ge="greater_equal", eq="equal", ne="not_equal").items()}  # fmt: skip
    bound |= {"__neg__": ops.negative, "__pos__": lambda self: self, "__abs__": ops.abs, "__getitem__": ops.getitem}
    bound |= {name: _method(getattr(ops, name)) for name in
              ("sum", "mean", "var", "max", "min", "prod", "cumsum", "clip", "squeeze", "swapaxes", "repeat", "ravel", "dot")}  # fmt: skip
    bound |= {"flatten": bound["ravel"], "reshape": _spread(ops.reshape), "transpose": _spread(ops.transpose)}
    bound |= {"T": property(ops.transpose, doc="The transpose."), "__array_ufunc__": array_ufunc, "__array_function__": array_function}
    bound |= {"backward": backward, "tape": property(Tape.of, doc=Tape.__doc__), "__deepcopy__": copied}
    for name, value in bound.items():
        setattr(Tensor, name, value)


bind()
