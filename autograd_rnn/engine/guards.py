"""What stands around a tensor: its number leaves the tape by ``item`` and by formatting; whatever else would take it out without a trace
raises, and says what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from autograd_rnn.engine.place import here
from autograd_rnn.visible import class_of, shown

if TYPE_CHECKING:
    from autograd_rnn.engine.gradients import Gradients
    from autograd_rnn.engine.tape import Tape
    from autograd_rnn.engine.tensor import Tensor


class LeavesTape(TypeError):
    """Raised where a number would leave the tape without a trace; the message has the remedy."""


class Count(int):
    """A number that says so where it is called."""

    def __call__(self, *given: Any) -> NoReturn:
        raise TypeError("t.size is a number and t.shape a tuple, as in numpy: write them without ()")


class Guarded:
    """The guards, as methods of every tensor."""

    __slots__ = ()

    op: Any
    value: np.ndarray

    def __init__(self, *given: Any, **options: Any):
        raise TypeError("write tensor(values) for a variable to differentiate, constant(values) for what is not")

    def _leaves_tape(self, what: str, instead: str) -> None:
        if self.op is not None and here().recording:
            raise LeavesTape(f"{what} would drop the gradient of {describe(self)}: {instead}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        remedy = "use .value for the numbers, an operation of autograd_rnn, or autograd_rnn.array([...]) where it stands in a list"
        self._leaves_tape("turning it into a plain array", remedy)
        return np.array(self.value, dtype=dtype)

    def __float__(self) -> float:
        self._leaves_tape("float()", "use .value.item() for the number, or autograd_rnn's functions in place of math's")
        return float(self.value)

    def __int__(self) -> int:
        self._leaves_tape("int()", "use .value.item() for the number")
        return int(self.value)

    def __bool__(self) -> bool:
        self._leaves_tape("a truth test", "compare .value, or choose elementwise with where(condition, a, b)")
        return bool(self.value)

    def item(self, *index: Any) -> Any:
        """The one number that the tensor holds, or the one at an index, as Python's: it leaves the tape, as its name says."""
        if self.value.size != 1 and not index:
            raise ValueError(f"{describe(self)} is not a single number: .value.tolist() has all of them, .item(0) the first")
        return self.value.item(*index)

    def __format__(self, form: str) -> str:
        return format(self.value.item(), form) if form and self.value.size == 1 else str(self)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        remedy = "build a new one with where, concatenate or stack"
        raise TypeError(f"{describe(self)} cannot be written into: tensors are read-only. Instead {remedy}")

    def _in_place(self, other: Any) -> Any:
        """``W -= step`` makes a new tensor and calls it W. Inside no_grad that would be meant for the variable, which keeps its value."""
        node: Any = self
        if node.op is not None and not node.inputs and not here().recording:
            raise TypeError(f"{describe(self)} keeps its value under +=, -=, *= and /=: write W.assign(W.value - step)")
        return NotImplemented

    __iadd__ = __isub__ = __imul__ = __itruediv__ = _in_place

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{describe(self)} is not pickled: keep its .value with numpy.savez, or a model with model.save(path)")

    if TYPE_CHECKING:  # bound in operators.py: what stands above the tensor, or is made of the table of operations
        tape: Tape

        def backward(self, seed: Any = None, create_graph: bool = False) -> Gradients: ...
        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...


def describe(operand: Any) -> str:
    """An operand as errors name it: its name, or its operation, and its shape."""
    if not isinstance(operand, Guarded):
        return shown(operand)
    node: Any = operand
    kind = "a constant" if node.op is None else f"the result of {node.op.name.strip('_')}" if node.inputs else "a variable"
    return f"{node.name or kind} {node.shape}"


def plain(value: Any) -> np.ndarray:
    """A fresh numeric array of ``value``."""
    if isinstance(value, Guarded):
        return np.array(value.value)
    if masked(value):
        raise TypeError("a masked array has elements without a number: fill it first, array.filled(0)")
    try:
        array = np.array(value)
    except LeavesTape:  # a list that holds tensors: what it says is what helps
        raise
    except (ValueError, TypeError):
        array = np.array(None)
    if array.dtype.kind not in "biufc":
        kind = f"{shown(value, 40)} ({class_of(value)})"
        raise TypeError(f"cannot make a tensor of {kind}: pass numbers in equal rows, or an array of them")
    return array


def differentiable(value: Any, name: str | None) -> np.ndarray:
    """A fresh array of real numbers for a variable: numbers and lists become float64, arrays keep their dtype."""
    array = plain(value)
    if not isinstance(value, (np.ndarray, np.generic, Guarded)) and array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(
            f"a variable{f' {shown(name)}' if name is not None else ''} needs real numbers to differentiate, not {array.dtype}: "
            "convert with .astype(float), or make it a constant"
        )
    return array


def masked(value: Any) -> bool:
    """Whether an array hides some of its elements: turned into a plain one it would show them again."""
    return value.__class__ is not np.ndarray and isinstance(value, np.ndarray) and bool(np.any(getattr(value, "mask", False)))


def real(value: Any, what: str) -> np.ndarray:
    """A value as an array of real numbers, or a TypeError that begins with ``what``."""
    try:
        array = np.asarray(None if masked(value) else value)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} real numbers, not {shown(value, 40)}")
    return array
