"""What a run's backward sweep gives, by tensor or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Gradients, Tensor
from autograd_rnn.nets.parameters import distinct
from autograd_rnn.visible import shown

VARY = "give tensor(...) in their place"
PLAIN = f"ran as plain numbers, which have no gradient: {VARY}"


class RunGradients(Gradients):
    """The record of a run's backward sweep: ``grads["W_hh"]``, ``grads["h_2"]`` or ``grads[tensor]``, each an array of its own.

    A parameter that the loss does not reach (there were no steps, or truncation cut it off) has the gradient 0.
    """

    def __init__(self, root: Tensor, swept: dict[Tensor, Any], again: Any, parameters: Mapping[str, Tensor], complete: bool = False):
        super().__init__(root, swept, again, complete)
        self.parameters = parameters

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            named = self._named(key)
            if named is None:
                known = ", ".join([*self.parameters, *sorted({n.name for n in self if n.name and n.step == 1})][:16])
                raise KeyError(f"no {shown(key)} in this run; it has {known}, ...")
            key = named
        if isinstance(key, Tensor) and key not in self and (names := [name for name, value in self.parameters.items() if key is value]):
            if key.op is None:
                raise ValueError(f"{names[0]} {PLAIN}")
            return np.zeros(key.shape, key.dtype)
        return super().__getitem__(key)

    def _named(self, key: Any) -> Any:
        """The tensor that a name stands for, or None; a tensor stands for itself."""
        if not isinstance(key, str):
            return key
        if key not in [*self.parameters]:  # a cell's own name for a parameter comes last
            found = next((node for node in self if node.name == key), None)
            return self.parameters.get(key) if found is None else found
        return self.parameters[key]

    def __contains__(self, key: Any) -> bool:
        return super().__contains__(self._named(key))

    def get(self, key: Any) -> Any:
        """The adjoint of a tensor or of a name, or None where none was computed."""
        named = self._named(key)
        return None if named is None else super().get(named)

    def keys(self) -> list[str]:
        """The parameters' names: of a tied weight one, of plain numbers none."""
        return [name for name, value in distinct(self.parameters).items() if value.op is not None]

    def items(self) -> list[tuple[str, np.ndarray]]:
        """(name, gradient) of every parameter."""
        return [(name, self[name]) for name in self.keys()]
