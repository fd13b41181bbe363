"""Tensors.

A tensor is one of three things, told apart by its ``op``: a *variable* (a leaf to differentiate), a
*constant* (``op`` is None), or the *result of an operation*, which keeps its inputs and so carries its tape.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_rnn.engine.guards import Count, Guarded, describe, differentiable, plain, real
from autograd_rnn.engine.habits import spoken
from autograd_rnn.engine.naming import checked_name, full_name
from autograd_rnn.engine.place import Place, here
from autograd_rnn.engine.rule import VARIABLE, Op

next_id = itertools.count().__next__
_new = object.__new__
_array = np.ndarray


class _Open(Guarded):
    """A tensor while its slots are filled: as a `Tensor` it no longer takes a value."""

    __slots__ = ("value", "op", "inputs", "options", "id", "scope", "_label", "_grad", "__weakref__")


set_label = _Open._label.__set__  # type: ignore[attr-defined]  # past the guard, at a tenth of its price


class Tensor(_Open):
    """A read-only array on a tape. Make one with `tensor` or `constant`; operations make the others."""

    __slots__ = ()

    _grad: np.ndarray | None
    value: np.ndarray  # read-only
    op: Op | None  # None for a constant
    inputs: tuple[Any, ...]  # tensors and plain numbers
    options: dict[str, Any] | None  # what else the operation was told: axis, keepdims, ...
    id: int  # creation order: descending id is reverse topological order
    scope: Place

    __hash__ = object.__hash__

    def __setattr__(self, name: str, new: Any) -> None:
        if name == "value":
            raise TypeError(f"{describe(self)} cannot be given a value so: W.assign(array) gives a variable a new one")
        object.__setattr__(self, name, new)

    @property
    def name(self) -> str | None:
        """The name with its layer and time step (``h2_3``), or None."""
        label = getattr(self, "_label", None)
        return label and full_name(label, self.scope.tag, self.scope.step)

    @name.setter
    def name(self, label: str) -> None:
        self._label = checked_name(label)

    @property
    def label(self) -> str | None:
        """The name without layer and time step: ``h`` for ``h2_3``."""
        return getattr(self, "_label", None)

    @property
    def step(self) -> int | None:
        """The time step at which this tensor was made."""
        return self.scope.step

    @property
    def grad(self) -> np.ndarray | None:
        """What the backward sweeps have added up for this variable so far; None before any."""
        return getattr(self, "_grad", None)

    @grad.setter
    def grad(self, nothing: None) -> None:
        if nothing is not None:
            raise TypeError(f"the grad of {describe(self)} is what sweeps add up: only None is put in its place, which forgets it")
        self._grad = None

    def zero_grad(self) -> None:
        """Forget what earlier sweeps added: ``grad`` is None again."""
        self._grad = None

    def assign(self, value: Any) -> None:
        """Give a variable a new value, as a training step does. Tapes recorded before it can no longer be swept."""
        if self.op is not VARIABLE:
            raise TypeError(f"assign: only a variable takes a new value, and {describe(self)} is not one")
        columns = self.ndim == 2 and self.value.flags.f_contiguous and not self.value.flags.c_contiguous
        numbers = real(value, f"assign: {describe(self)} takes")
        new = np.array(numbers, dtype=self.dtype, order="F" if columns else "C")  # a cell's weights keep their layout
        if new.shape != self.shape:
            raise ValueError(f"assign: {describe(self)} cannot take a value of shape {new.shape}")
        new.setflags(write=False)
        object.__setattr__(self, "value", new)
        self.id = next_id()  # newer than every node that used the old value: a stale sweep is found by its order

    shape = property(lambda self: self.value.shape, doc="The array's shape.")
    dtype = property(lambda self: self.value.dtype, doc="The array's dtype.")
    ndim = property(lambda self: self.value.ndim, doc="The array's number of axes.")
    size = property(lambda self: Count(self.value.size), doc="The array's number of elements.")

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        kind = ", constant" if self.op is None else ""
        return f"Tensor({np.array2string(self.value, threshold=20, separator=' ')}{name}{kind})"

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a tensor of shape ()")
        return len(self.value)

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self)))


def make(op: Op | None, value: np.ndarray, inputs: tuple[Any, ...] = (), options: dict[str, Any] | None = None) -> Tensor:
    """The one place where a tensor is born: six slots, no call to ``__init__`` (this is the hot path). What an operation (``op``; None
    where no input is differentiated) computed inside `no_grad` is a constant."""
    if value.__class__ is not _array:
        value = np.asarray(value)
    value.setflags(False)  # type: ignore[call-arg]  # write=False, at half the price
    place = here()
    if op is None or (inputs and not place.recording):
        op, inputs, options = None, (), None
    node: Any = _new(_Open)
    node.value = value
    node.op = op
    node.inputs = inputs
    node.options = options
    node.id = next_id()
    node.scope = place
    node.__class__ = Tensor
    return node  # type: ignore[no-any-return]


@spoken
def tensor(value: Any, name: str | None = None) -> Tensor:
    """A variable: a leaf to differentiate. The value is copied; numbers and lists become float64, arrays keep their dtype.

    Raises TypeError for integer, boolean, complex and non-numeric arrays, which have no gradient, and for the result of an operation,
    whose gradient would be lost.

    >>> W = tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
    >>> W.shape, str(W.dtype), W.grad
    ((2, 2), 'float64', None)
    """
    if isinstance(value, Tensor) and value.inputs:
        value._leaves_tape("a new variable made of it", "use the tensor itself, or its .value for a variable of its own")
    node = make(VARIABLE, differentiable(value, name))
    if name is not None:
        node.name = name
    return node


@spoken
def constant(value: Any, name: str | None = None) -> Tensor:
    """A tensor that is not differentiated; a name makes it readable on tapes and pictures. The value is copied.

    >>> constant([1.0, 2.0], name="x")
    Tensor([1. 2.], name='x', constant)
    """
    node = make(None, plain(value))
    if name is not None:
        node.name = name
    return node
