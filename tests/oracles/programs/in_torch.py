"""numpy's and this package's calls, spelled in PyTorch: what `programs` runs beside the engine. No name here is the engine's.

A function that is not defined below is PyTorch's own of that name (or as `NAMES` says), on tensors and numbers alike.
"""

import math

import numpy as np
import torch

index_exp = np.index_exp
torch.set_num_threads(1)  # small arrays, and the tests run beside each other
NAMES = {"mod": "remainder"}
NAMES |= {f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")}


def t(x):
    """A tensor as it is; a number or an array as one of double precision."""
    return x if isinstance(x, torch.Tensor) else torch.as_tensor(np.asarray(x, float))


def numbers(x):
    """A tensor's array. Copied: PyTorch's zeros without storage, which sums of gradients leave behind, do not survive ``.numpy()``."""
    return torch.empty(x.shape, dtype=x.dtype).copy_(x.detach()).numpy()


def __getattr__(name):
    function = getattr(torch, NAMES.get(name, name), None) or getattr(torch.nn.functional, name)
    return lambda *args: function(*map(t, args))


def constant(x):
    return x


def power(a, b):
    """Of positive numbers. PyTorch's own has a wrong second derivative where an exponent is 0: that by the base is not 0 beside it."""
    return torch.exp(t(b) * torch.log(t(a)))


def softplus(x):
    return torch.logaddexp(t(x), torch.zeros(()).double())


def log_sigmoid(x):
    return -softplus(-x)


def where(condition, a, b):
    return torch.where(torch.as_tensor(condition), t(a), t(b))


def clip(x, low=None, high=None):
    return torch.clamp(x, low, high)


def floor_divide(a, b):
    return torch.floor(t(a) / t(b))


# -- moving numbers: numpy says which goes where, PyTorch carries them -------------------------------------------------


def moved(x, move):
    """x with its elements as numpy's ``move`` arranges an array of their numbers."""
    places = np.asarray(move(np.arange(x.numel()).reshape(tuple(x.shape))))
    return x.reshape(-1)[torch.from_numpy(places.ravel().copy())].reshape(places.shape)


def getitem(x, index):
    return moved(x, lambda places: places[index])


def scatter(x, index, shape):
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    zeros = torch.zeros(math.prod(shape), dtype=x.dtype)
    return zeros.index_add(0, torch.from_numpy(places.ravel().copy()), x.reshape(-1)).reshape(shape)


def pad(x, width):
    before = np.broadcast_to(width, (x.ndim, 2))
    return torch.nn.functional.pad(x, [int(n) for pair in before[::-1] for n in pair])


def embedding(W, classes):
    return W[torch.as_tensor(classes)]


def moving(name):
    return lambda x, *args, **options: moved(x, lambda places: getattr(np, name)(places, *args, **options))


for name in ("swapaxes", "moveaxis", "squeeze", "expand_dims", "ravel", "flip", "repeat", "reshape", "transpose", "tile", "roll", "take",
             "take_along_axis", "broadcast_to", "atleast_1d", "atleast_2d", "atleast_3d", "diagonal"):  # fmt: skip
    globals()[name] = moving(name)


def concatenate(tensors, axis=0):
    return torch.cat([t(x).reshape(-1) for x in tensors]) if axis is None else torch.cat([t(x) for x in tensors], axis)


def stack(tensors, axis=0):
    return torch.stack([t(x) for x in tensors], axis)


def split(x, sections, axis=0):
    return list(torch.tensor_split(x, sections, axis))


array_split = split


def vstack(tensors):
    return torch.vstack([t(x) for x in tensors])


def hstack(tensors):
    return torch.hstack([t(x) for x in tensors])


def dstack(tensors):
    return torch.dstack([t(x) for x in tensors])


def full_like(x, value):
    return value.expand(x.shape)


def column_stack(tensors):
    return torch.column_stack([t(x) for x in tensors])


def tril(x, k=0):
    return torch.tril(x, k)


def triu(x, k=0):
    return torch.triu(x, k)


def diag(x, k=0):
    return torch.diag(x, k)


def diff(x, n=1, axis=-1):
    return torch.diff(x, n, axis)


# -- reducing: every reduced axis is moved to the end and joined there --------------------------------------------------


def reduction(function):
    def reduce(x, axis=None, keepdims=False, **options):
        axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
        kept = [a for a in range(x.ndim) if a not in axes]
        shape = [x.shape[a] for a in kept]
        y = function(x.permute([*kept, *axes]).reshape(*shape, math.prod(x.shape[a] for a in axes)), **options)
        return y.reshape([1 if a in axes else n for a, n in enumerate(x.shape)]) if keepdims else y

    return reduce


sum = reduction(lambda x: torch.sum(x, -1))
mean = reduction(lambda x: torch.mean(x, -1))
prod = reduction(lambda x: torch.prod(x, -1))
max = reduction(lambda x: torch.amax(x, -1))
min = reduction(lambda x: torch.amin(x, -1))
logsumexp = reduction(lambda x: torch.logsumexp(x, -1))
nansum, nanmean = sum, mean
norm = reduction(lambda x, ord=2: torch.linalg.vector_norm(x, ord, -1))
var = reduction(lambda x, ddof=0: torch.square(x - x.mean(-1, keepdim=True)).sum(-1) / (x.shape[-1] - ddof))


def std(x, *args, **options):
    return torch.sqrt(var(x, *args, **options))


def average(x, axis=None, weights=None):
    return mean(x, axis) if weights is None else torch.tensordot(x, weights, ([axis], [0])) / weights.sum()


def running(function):
    return lambda x, axis=None: function(x.reshape(-1), 0) if axis is None else function(x, axis)


cumsum, cumprod = running(torch.cumsum), running(torch.cumprod)


def sort(x, axis=-1):
    return torch.sort(x, axis).values


def softmax(x, axis=-1):
    return torch.softmax(x, axis)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)


def cross_entropy(s, y):
    return -torch.log_softmax(s, -1).gather(-1, torch.as_tensor(y)[..., None])[..., 0]


def squared_error(s, y):
    return 0.5 * torch.square(t(s) - t(y)).sum(-1)


def binary_cross_entropy(s, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(t(s), t(y), reduction="none").sum(-1)


# -- products ----------------------------------------------------------------------------------------------------------


def linear(*terms):
    products = [x @ W.mT for W, x in zip(terms[::2], terms[1::2], strict=False)]
    return torch.stack(torch.broadcast_tensors(*products, *terms[len(products) * 2 :])).sum(0)


def outer_sum(a, b):
    rows = [x.reshape(math.prod(x.shape[:-1]), x.shape[-1]) for x in (a, b)]
    return torch.einsum("ni,nj->ij", *rows)


def dot(a, b):
    return t(a) @ t(b) if np.ndim(a) and np.ndim(b) else t(a) * t(b)


def outer(a, b):
    return torch.outer(t(a).reshape(-1), t(b).reshape(-1))


def kron(a, b):
    a, b = (t(x).clone(memory_format=torch.contiguous_format) for x in (a, b))  # PyTorch's own kron fails on the columns that solve gives
    return torch.kron(a, b)


def einsum(subscripts, *operands):
    return torch.einsum(subscripts, *operands)


def trace(x, k=0):
    return torch.diagonal(x, k).sum()


def cross(a, b):
    return torch.linalg.cross(a, t(b))


def vdot(a, b):
    return torch.dot(a.reshape(-1), b.reshape(-1))


def tensordot(a, b, axes=2):
    return torch.tensordot(a, b, axes)


def solve(A, b):
    return torch.linalg.solve(A, b)


def svd(A):
    return torch.linalg.svd(A, full_matrices=False)


eigh, pinv = torch.linalg.eigh, torch.linalg.pinv
inv, det, slogdet, cholesky = torch.linalg.inv, torch.linalg.det, torch.linalg.slogdet, torch.linalg.cholesky


# -- activations with an option ----------------------------------------------------------------------------------------


def leaky_relu(x, slope=0.01):
    return torch.nn.functional.leaky_relu(x, slope)


def elu(x, alpha=1.0):
    return torch.nn.functional.elu(x, alpha)


def detach(x):
    return x.detach()
