"""Floor 1: tensors, operations, the tape, the backward sweep, transforms, and gradient checking. Needs numpy only."""

from autograd_rnn.engine import operators  # noqa: F401 - gives Tensor its operators
from autograd_rnn.engine.gradients import Gradients
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops import *  # noqa: F403
from autograd_rnn.engine.ops import __all__ as _operations
from autograd_rnn.engine.place import no_grad, scope
from autograd_rnn.engine.rule import OPS
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor, constant, tensor
from autograd_rnn.engine.transforms import grad, hessian, jacobian, jvp, value_and_grad, vjp

__all__ = [
    *_operations,
    "Gradients",
    "OPS",
    "Tape",
    "Tensor",
    "constant",
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "no_grad",
    "op",
    "scope",
    "tensor",
    "value_and_grad",
    "vjp",
]
