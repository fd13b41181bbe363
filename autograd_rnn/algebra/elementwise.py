"""Whether an operation goes element by element: as it was declared, or found out by trying."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.rule import Op

# Where an operation is tried out: numbers of every domain that a function has.
PROBES = tuple(
    np.reshape(x, (2, 3)) for x in ([0.3, -0.7, 0.5, 1.6, 0.9, -2.3], [0.3, 0.7, 0.5, 0.6, 0.9, 0.2], [1.3, 2.7, 1.5, 3.0, 1.9, 4.2])
)


def elementwise(op: Op, options: Mapping[str, object] | None = None) -> bool:
    """Whether an operation is taken element by element: as its declaration says, or else as is found out by trying."""
    return op.kind == "elementwise" or not op.kind and _tried(op, e.Options(options))


@functools.cache
def _tried(op: Op, options: e.Options) -> bool:
    """Whether an operation makes of many numbers what it makes of each alone, wherever among the probes it is defined."""
    found = False
    for probe in PROBES:
        inputs = [np.roll(probe, k) for k in range(2 if op.variadic else len(op.vjps))]
        try:
            with np.errstate(all="ignore"):
                whole = np.asarray(op.forward(*inputs, **options.given))
                each = [op.forward(*(x.ravel()[i : i + 1] for x in inputs), **options.given) for i in range(probe.size)]
                if whole.shape != probe.shape or not np.allclose(whole.ravel(), np.ravel(each), rtol=1e-9, equal_nan=True):
                    return False
        except (MemoryError, SystemError):  # no answer of a function
            raise
        except Exception:  # noqa: BLE001, S112 - a person's own function may refuse these numbers in any way
            continue
        found = found or bool(np.isfinite(whole).any())
    return found
