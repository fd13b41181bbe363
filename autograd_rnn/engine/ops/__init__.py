"""The table of operations, in five rooms; everything here is public."""

from autograd_rnn.engine.ops.elementwise import (
    abs,
    add,
    arctan,
    clip,
    cos,
    divide,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)
from autograd_rnn.engine.ops.indexing import embedding, getitem, scatter
from autograd_rnn.engine.ops.products import dot, einsum, linear, matmul, outer, outer_sum, trace
from autograd_rnn.engine.ops.reductions import cumsum, log_softmax, logsumexp, max, mean, min, norm, prod, softmax, sum, var
from autograd_rnn.engine.ops.shaping import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    moveaxis,
    pad,
    ravel,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    transpose,
)

_ROOMS = ("elementwise", "indexing", "products", "reductions", "shaping")
__all__ = [name for name in dir() if not name.startswith("_") and name not in _ROOMS]
