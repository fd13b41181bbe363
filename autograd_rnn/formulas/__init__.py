"""Floor 4: the tape read as equations. What is proven or checked needs sympy, which takes longer to import than a net to derive: it is
imported when it is first asked for."""

import importlib
from typing import TYPE_CHECKING

from autograd_rnn.formulas.derivation import Derivation, derive

LAZY = {name: "autograd_rnn.formulas.proving.components" for name in ("component_equations", "component_gradients")}
LAZY |= {name: "autograd_rnn.formulas.proving.verify" for name in ("Report", "verify")}

if TYPE_CHECKING:  # so that editors know them
    from autograd_rnn.formulas.proving.components import component_equations, component_gradients
    from autograd_rnn.formulas.proving.verify import Report, verify

__all__ = ["Derivation", "Report", "component_equations", "component_gradients", "derive", "verify"]


def __getattr__(name: str) -> object:
    if name in LAZY:
        return getattr(importlib.import_module(LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
