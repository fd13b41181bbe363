"""Floor 4: the tape read as equations. Needs sympy, which is imported by these modules only."""

from autograd_rnn.formulas.derivation import Derivation, derive
from autograd_rnn.formulas.proving.components import component_equations, component_gradients
from autograd_rnn.formulas.proving.verify import Report, verify

__all__ = ["Derivation", "Report", "component_equations", "component_gradients", "derive", "verify"]
