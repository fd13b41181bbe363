"""What an instructor's own code computes, of functions that are no cell of ours: the reference that an assignment may bring."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.grader.assignment import CACHES, Function, Spec
from autograd_rnn.grader.computing import Arrays, Computation
from autograd_rnn.visible import class_of, visible


class Reference(Computation):
    """A function whose true outputs and gradients are those of the reference's function of the same name, and of its backward pass."""

    def __init__(self, spec: Spec, function: Function, sizes: Mapping[str, int]):
        self.spec, self.function, self.sizes = spec, function, sizes
        self.layout, self.convention, self.kind, self.what = function.layout, function.weights, function.computes, "step"
        self.outputs = [name for name in function.returns if name not in CACHES]
        self.inputs = self.leaves = list(function.takes)
        self.later = next((other for other in spec.functions if other.backward_of == function.name), None)
        taken = self.later.takes if self.later else ()
        self.handed = [name for name in self.outputs if f"d{name}" in taken]
        self.cell = self.model = None
        self.weights, self.readout, self.options, self.gates, self.states, self.averaged = {}, {}, {}, "", [], False

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of what the function takes."""
        return tuple(self.sizes[letter] for letter in self.spec.shapes[name])

    def forward(self, given: Arrays) -> dict[str, np.ndarray]:
        """What the reference returns."""
        return self._arrays(self._called(self.function, [given[name] for name in self.function.takes]))

    def backward(self, given: Arrays, upstream: Arrays) -> dict[str, np.ndarray]:
        """What the reference's backward pass returns on the reference's own cache."""
        if self.later is None:
            return {}
        first = self._called(self.function, [given[name] for name in self.function.takes])
        known = {**given, **first, **{f"d{name}": value for name, value in upstream.items()}}
        found = self._arrays(self._called(self.later, [known[name] for name in self.later.takes]))
        return {name[1:]: value for name, value in found.items()}

    def _called(self, function: Function, arguments: list[Any]) -> dict[str, Any]:
        """What a function of the reference returns, by name. Raises ValueError where it does not run."""
        try:
            result = functions(self.spec.reference)[function.called](*copy.deepcopy(arguments))
        except Exception as error:
            raise ValueError(f"the reference's {function.called}: {class_of(error)}: {visible(error)[:200]}") from None
        values = [result[name] for name in function.returns] if function.form == "dict" else result
        values = [values] if len(function.returns) == 1 and not isinstance(values, (tuple, list)) else values
        if not isinstance(values, (tuple, list)) or len(values) != len(function.returns):
            raise ValueError(f"the reference's {function.called} returns something else than {', '.join(function.returns)}")
        return dict(zip(function.returns, values, strict=True))

    def _arrays(self, values: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Results as numbers."""
        return {name: np.asarray(value, float) for name, value in values.items() if name not in CACHES}


@functools.lru_cache(maxsize=8)
def functions(source: str) -> dict[str, Callable[..., Any]]:
    """The names that a reference defines. It is the instructor's code and runs as such, in this process. Raises what it raises."""
    names: dict[str, Any] = {"__name__": "reference"}
    exec(compile(source, "reference.py", "exec", dont_inherit=True), names)
    return names
