"""Binds the table of operations to Tensor's operators and methods, and to numpy's functions.

``W @ x``, ``t.sum()``, ``np.tanh(t)`` and ``array * t`` all reach the same declared operation, or raise with the nearest one's name.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine import ops
from autograd_rnn.engine.border import bordered
from autograd_rnn.engine.gradients import backward
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.habits import NAMES
from autograd_rnn.engine.meanings import missing, refused
from autograd_rnn.engine.numpy_names import method_of
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from autograd_rnn.engine.place import here
from autograd_rnn.engine.tape import Tape, copied
from autograd_rnn.engine.tensor import Tensor

# Answers without a gradient to lose: truth values, integers, shapes. They are computed on the values.
COUNTING = (
    np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.argpartition, np.nanargmax, np.nanargmin, np.lexsort, np.nonzero,
    np.flatnonzero, np.argwhere, np.searchsorted, np.digitize, np.count_nonzero, np.any, np.all, np.isclose, np.allclose, np.isin,
    np.array_equal, np.array_equiv, np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal, np.isposinf, np.isneginf,
    np.zeros_like, np.ones_like, np.empty_like, np.result_type, np.can_cast, np.shares_memory, np.may_share_memory, np.array2string,
    np.array_repr, np.array_str,
)  # fmt: skip
COMPARING = (
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.isnan, np.isinf, np.isfinite, np.signbit,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
)  # fmt: skip


def _values(arguments: Any) -> Any:
    """The same arguments with each tensor's array in its place."""
    if isinstance(arguments, (list, tuple)):
        return type(arguments)(_values(x) for x in arguments)
    if isinstance(arguments, dict):
        return {name: _values(x) for name, x in arguments.items()}
    return arguments.value if isinstance(arguments, Tensor) else arguments


def _live(arguments: Any) -> bool:
    """Whether a tensor among the arguments has a gradient to lose."""
    if isinstance(arguments, (list, tuple)):
        return any(map(_live, arguments))
    return isinstance(arguments, Tensor) and arguments.op is not None and here().recording


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """numpy's ufuncs on tensors: the declared operation, or an error that names the remedy."""
    if ufunc in COMPARING:
        return getattr(ufunc, method)(*_values(inputs), **_values(keywords))
    if "out" in keywords:
        raise TypeError(f"numpy.{ufunc.__name__}(out=) would lose the gradient of a tensor's result: assign the result to a name")
    stands_for = UFUNCS.get(ufunc) if method == "__call__" else method_of(ufunc, method)
    if stands_for is None:
        if _live((inputs, *keywords.values())):
            raise refused(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
        return getattr(ufunc, method)(*_values(inputs), **_values(keywords))
    if method != "__call__" or not keywords:
        return stands_for(*inputs, **keywords)
    if keywords.pop("where", True) is not True:
        raise TypeError(f"numpy.{ufunc.__name__}(where=) leaves the rest undefined: choose with autograd_rnn.where(mask, result, other)")
    dtype, _ = keywords.pop("dtype", None), keywords.pop("casting", None)
    if keywords:
        raise TypeError(f"numpy.{ufunc.__name__}: {', '.join(keywords)} is not taken for tensors")
    return stands_for(*(inputs if dtype is None else (ops.astype(x, dtype) for x in inputs)))


def array_function(self: Tensor, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
    """numpy's other functions on tensors, likewise."""
    if function in COUNTING:
        return function(*_values(arguments), **_values(keywords))
    if function in FUNCTIONS:
        return FUNCTIONS[function](*arguments, **keywords)
    if _live((arguments, *keywords.values())):
        raise refused(function.__name__, function.__module__)
    return function(*_values(arguments), **_values(keywords))


def _method(operation: Callable[..., Any], like: Any = None) -> Callable[..., Any]:
    """A method that shows the name, the arguments and the text of the function that it is ``like``."""

    @functools.wraps(like or operation)
    def method(self: Tensor, *arguments: Any, **options: Any) -> Any:
        return operation(self, *arguments, **options)

    method.__name__ = method.__name__.strip("_")
    return method


def _spread(operation: Callable[..., Any]) -> Callable[..., Any]:
    """``t.reshape(2, -1)`` and ``t.reshape((2, -1))`` alike, as in numpy."""

    @functools.wraps(operation)
    def method(self: Tensor, *sizes: Any, **options: Any) -> Any:
        return operation(self, *((sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes,) if sizes else ()), **options)

    return method


def _plain(name: str) -> Callable[..., Any]:
    """A method of the array behind a tensor whose answer has no gradient to lose, or leaves the tape as its name says."""
    method = lambda self, *arguments, **options: getattr(self.value, name)(*_values(arguments), **_values(options))
    method.__name__, method.__doc__ = name, f"numpy's ``{name}`` of the value: plain, on no tape."
    return bordered(method)


def _copy(x: Any, order: str = "K") -> Any:
    """The same numbers as another node, whose gradient goes back to x."""
    return FUNCTIONS[np.copy](x, order)


def _sort(self: Tensor, *arguments: Any, **options: Any) -> Any:
    """numpy sorts in place, and a tensor is read-only."""
    raise TypeError(f"{describe(self)} cannot be sorted in place: tensors are read-only. Instead autograd_rnn.sort(t, axis)")


def _comparison(compare: Any) -> Callable[[Tensor, Any], Any]:
    method = lambda self, other: compare(self.value, _values(other))
    method.__name__ = f"__{compare.__name__}__"
    return bordered(method)


def _reflected(operation: Callable[..., Any]) -> Callable[[Tensor, Any], Any]:
    return lambda self, other: operation(other, self)


class Missing:
    """A name that people try and a tensor does not have. (A ``__getattr__`` would make every attribute of every tensor slower.)"""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, tensor: Tensor | None, owner: type) -> Any:
        raise missing(self.name, "a tensor")


def _dir(self: Tensor) -> list[str]:
    """What completion offers."""
    return [name for name in object.__dir__(self) if not isinstance(vars(Tensor).get(name), Missing)]


def bind() -> None:
    """Give Tensor its operators. Assigned as plain functions, so that ``a + b`` costs one Python call."""
    operators = {"add": ops.add, "sub": ops.subtract, "mul": ops.multiply, "truediv": ops.divide, "matmul": ops.matmul, "pow": ops.power,
                 "mod": ops.mod, "floordiv": ops.floor_divide}  # fmt: skip
    bound: dict[str, Any] = {f"__{name}__": operation for name, operation in operators.items()}
    bound |= {f"__r{name}__": _reflected(operation) for name, operation in operators.items()}
    bound |= {f"__{name}__": _comparison(getattr(operator, name)) for name in ("lt", "le", "gt", "ge", "eq", "ne")}
    bound |= {"__neg__": ops.negative, "__pos__": lambda self: self, "__abs__": ops.abs, "__getitem__": ops.getitem}
    bound["__round__"] = lambda self, decimals=None: ops.round(self, decimals or 0)
    bound["__divmod__"] = lambda self, other: (ops.floor_divide(self, other), ops.mod(self, other))
    bound["__rdivmod__"] = lambda self, other: (ops.floor_divide(other, self), ops.mod(other, self))
    bound["__contains__"] = lambda self, number: bool(np.any(bound["__eq__"](self, number)))
    bound |= {name: _method(getattr(ops, name)) for name in
              ("sum", "mean", "var", "std", "max", "min", "prod", "cumsum", "cumprod", "clip", "squeeze", "swapaxes", "repeat", "dot",
               "trace", "diagonal", "take", "round", "astype", "detach")}  # fmt: skip
    bound |= {name: _plain(name) for name in ("any", "all", "argmax", "argmin", "argsort", "argpartition", "nonzero", "tolist")}
    bound["item"] = bordered(Tensor.item)
    bound |= {"ravel": _method(FUNCTIONS[np.ravel], ops.ravel), "copy": _method(_copy), "sort": _sort}
    bound["__copy__"] = bound["copy"]
    bound |= {"flatten": bound["ravel"], "reshape": _spread(ops.reshape), "transpose": _spread(ops.transpose)}
    bound |= {"T": property(ops.transpose, doc="The transpose."), "__array_ufunc__": array_ufunc, "__array_function__": array_function}
    bound |= {name: Missing(name) for name in {*ops.__all__, *NAMES} - set(bound) - set(dir(Tensor)) if not name.startswith("__")}
    bound |= {"__dir__": _dir, "backward": backward, "tape": property(Tape.of, doc=Tape.__doc__), "__deepcopy__": copied}
    for name, value in bound.items():
        setattr(Tensor, name, value)


bind()
