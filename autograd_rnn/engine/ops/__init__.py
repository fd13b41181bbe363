"""The table of operations, in fifteen rooms; everything here is public."""

from autograd_rnn.engine.border import bordered as _bordered
from autograd_rnn.engine.ops.activations import (
    elu,
    gelu,
    leaky_relu,
    log_sigmoid,
    silu,
)
from autograd_rnn.engine.ops.angles import arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cosh, hypot, sinc, sinh, tan
from autograd_rnn.engine.ops.arranging import (
    array_split,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    column_stack,
    diag,
    diagonal,
    diff,
    dstack,
    hstack,
    pad,
    roll,
    sort,
    take,
    take_along_axis,
    tile,
    trace,
    tril,
    triu,
    vstack,
)
from autograd_rnn.engine.ops.choices import abs, fmax, fmin, maximum, minimum, where
from autograd_rnn.engine.ops.elementwise import (
    add,
    cos,
    divide,
    exp,
    expm1,
    log,
    log1p,
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
)
from autograd_rnn.engine.ops.functions import clip, erf, erfc, exp2, log2, log10, logaddexp, reciprocal
from autograd_rnn.engine.ops.gathering import array, astype, detach, full_like
from autograd_rnn.engine.ops.indexing import embedding, getitem, scatter
from autograd_rnn.engine.ops.linear_algebra import (
    cholesky,
    cross,
    det,
    dot,
    inner,
    inv,
    kron,
    norm,
    slogdet,
    solve,
    tensordot,
    vdot,
)
from autograd_rnn.engine.ops.products import einsum, linear, matmul, outer, outer_sum
from autograd_rnn.engine.ops.reductions import cumsum, log_softmax, logsumexp, max, mean, min, prod, softmax, sum
from autograd_rnn.engine.ops.shaping import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    moveaxis,
    ravel,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    transpose,
)
from autograd_rnn.engine.ops.spectra import eigh, pinv, svd
from autograd_rnn.engine.ops.statistics import average, cumprod, nanmean, nansum, std, var
from autograd_rnn.engine.ops.steps import ceil, floor, floor_divide, mod, round, sign, trunc

_ROOMS = (
    "activations", "angles", "arranging", "choices", "elementwise", "functions", "gathering", "indexing", "linear_algebra", "products",
    "reductions", "shaping", "spectra", "statistics", "steps", "subscripts",
)  # fmt: skip
__all__ = [name for name in dir() if not name.startswith("_") and name not in _ROOMS]
for _name in __all__:  # what is no operation itself, but made of some, has its border here
    if not hasattr(globals()[_name], "__wrapped__"):
        globals()[_name] = _bordered(globals()[_name])
