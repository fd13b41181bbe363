"""Every operation at random shapes and options: value, first and second derivative, dtype, and its numpy name."""

import functools
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import autograd_rnn as ar
from autograd_rnn.engine.call import identity
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from autograd_rnn.engine.ops.angles import _cosine, _under_one
from autograd_rnn.engine.ops.choices import _bent, _kinked, _slope
from autograd_rnn.engine.ops.elementwise import _power_log, logistic
from autograd_rnn.engine.ops.reductions import unit
from autograd_rnn.engine.ops.shaping import cast
from tests.sampling import sampled

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # a cache beside setup.cfg would trouble pytest's collection
QUICK = settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
FEW = settings(QUICK, max_examples=6)

# -- what to draw -----------------------------------------------------------------------------------------------------


class Draw:
    """Random shapes, options and numbers for one example."""

    def __init__(self, draw):
        self.one = draw
        self.rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def of(self, *choices):
        return self.one(st.sampled_from(choices))

    def integer(self, low, high):
        return self.one(st.integers(low, high))

    def shape(self, least=0, most=3):
        return tuple(self.one(st.lists(st.integers(1, 3), min_size=least, max_size=most)))

    def shapes(self, number=2, most=3):
        """Several shapes that broadcast together."""
        return self.one(mutually_broadcastable_shapes(num_shapes=number, max_dims=most, max_side=3)).input_shapes

    def axis(self, ndim, single=False, none=True):
        """None, one axis from either end, or several."""
        choices = [None] if none or not ndim else []
        if ndim:
            choices += [-1, 0, self.integer(-ndim, ndim - 1)]
            if not single:
                choices.append(tuple(self.one(st.permutations(range(ndim)))[: self.integer(1, ndim)]))
        return self.of(*choices)

    def normal(self, shape):
        return self.rng.normal(size=shape)

    def positive(self, shape):
        return self.rng.uniform(0.5, 2.0, shape)

    def apart(self, shape, shift=0.0):
        """Numbers at least 0.7 from one another and 0.35 from 0 (0.3 with a shift of 0.3, and that far from the unshifted ones)."""
        size = int(np.prod(shape))
        return ((self.rng.permutation(size) - size // 2 + 0.5) * 0.7 + shift).reshape(shape)


# A row: the function, its arguments, and the same formula in plain numpy.


def unary(f, reference, numbers=Draw.normal):
    def row(d):
        return f, [numbers(d, d.shape())], reference

    return row


def binary(f, reference, left=Draw.normal, right=Draw.normal):
    def row(d):
        a, b = d.shapes()
        return f, [left(d, a), right(d, b)], reference

    return row


def reduction(f, reference, numbers=Draw.normal):
    def row(d):
        x = numbers(d, d.shape())
        axis, keepdims = d.axis(x.ndim), d.of(False, True)
        return (lambda t: f(t, axis, keepdims)), [x], (lambda t: reference(t, axis=axis, keepdims=keepdims))

    return row


def along(f, reference):
    def row(d):
        x = d.normal(d.shape(least=1))
        axis = d.axis(x.ndim, single=True, none=False)
        return (lambda t: f(t, axis)), [x], (lambda t: reference(t, axis))

    return row


def optioned(f, reference, options, least=0):
    """An operation on one array whose options are drawn from the array's shape."""

    def row(d):
        x = d.normal(d.shape(least=least))
        chosen = options(d, x)
        return (lambda t: f(t, *chosen)), [x], (lambda t: reference(t, *chosen))

    return row


def some_index(d, shape):
    """An index of any kind."""
    n = shape[0]
    rows = [d.integer(-n, n - 1) for _ in range(d.integer(0, 4))]
    kinds = [
        d.integer(-n, n - 1), slice(None, None, -1), slice(1, None), slice(1, 1), None, Ellipsis, (None, Ellipsis, -1), (Ellipsis, 0, None),
        np.array(rows, dtype=int), (np.array(rows, dtype=int), Ellipsis), d.rng.random(shape) > 0.5, np.zeros(shape, bool), True,
        np.array([[0, -1], [0, 0]]),
    ]  # fmt: skip
    return d.of(*range(len(kinds))), kinds


def getitem(d):
    x = d.normal(d.shape(least=1))
    which, kinds = some_index(d, x.shape)
    return (lambda t: t[kinds[which]]), [x], (lambda t: t[kinds[which]])


def scatter(d):
    shape = d.shape(least=1)
    which, kinds = some_index(d, shape)
    x = d.normal(np.empty(shape)[kinds[which]].shape)

    def reference(t):
        total = np.zeros(shape, t.dtype)
        np.add.at(total, kinds[which], t)
        return total

    return (lambda t: ar.scatter(t, kinds[which], shape)), [x], reference


def linear(d):
    terms, number = [], d.integer(1, 3)
    H, leading = d.integer(1, 3), d.shapes(number, most=2)
    for k in range(number):
        D = d.integer(1, 3)
        terms += [d.normal((H, D)), d.normal((*leading[k], D))]
    bias = d.of([], [d.normal((H,))])

    def reference(*xs):
        products = [np.einsum("hd,...d->...h", xs[k], xs[k + 1]) for k in range(0, 2 * number, 2)]
        return functools.reduce(np.add, [*products, *xs[2 * number :]])

    return ar.linear, terms + bias, reference


def outer_sum(d):
    leading, H, D = d.shape(most=2), d.integer(1, 3), d.integer(1, 3)
    args = [d.normal((*leading, H)), d.normal((*leading, D))]
    return ar.outer_sum, args, lambda a, b: (a[..., :, None] * b[..., None, :]).reshape(-1, H, D).sum(0)


def matmul(d):
    n, k, m = d.integer(1, 3), d.integer(1, 3), d.integer(1, 3)
    left, right = d.shapes(most=2)
    stacks = (*left, n, k), (*right, k, m)
    a, b = d.of(stacks, ((k,), (k,)), ((n, k), (k,)), ((k,), (k, m)), ((k,), stacks[1]), (stacks[0], (k,)))
    return ar.matmul, [d.normal(a), d.normal(b)], np.matmul


EINSUMS = (
    "ij,jk->ik", "ij,kj", "ii->i", "ii", "ii->", "iij->j", "iij->ij", "ij->", "ij->ji", "ba", "i,i,i->i", "ij,j,ik->k", "iji,j->ij",
    "i,j->ij", "ijk->j", "aij,ajk->aik", "ii,ii->i", "ij,ij", "i,->i", " i j , j -> i ", "iii->i", "iji,jk->ik", "ij,kk->i",
    "...ij,...jk->...ik", "a...,...b->...ab", "...i,...i", "...i->...", "ii...->i...", "i...j,...j->i...",
)  # fmt: skip


def einsum(d):
    subscripts = d.of(*EINSUMS)
    size = {c: d.integer(1, 3) for c in "abijk"}
    more = [d.of(*((), (2,), (3, 2))[: 3 if "..." in subscripts else 1]) for _ in range(subscripts.count(",") + 1)]
    spread = [[(n, 1)[d.of(0, 0, 1)] for n in axes] for axes in more]
    terms = subscripts.replace(" ", "").split("->")[0].split(",")
    shapes = [[n for c in term.replace("...", ".") for n in (spread[k] if c == "." else [size[c]])] for k, term in enumerate(terms)]
    args = [d.normal(tuple(shape)) for shape in shapes]
    return (lambda *xs: ar.einsum(subscripts, *xs)), args, (lambda *xs: np.einsum(subscripts, *xs))


def joined(f, reference):
    def row(d):
        shape = d.shape(least=1)
        axis = d.axis(len(shape), single=True, none=False)
        shapes = [list(shape) for _ in range(d.integer(1, 3))]
        for s in shapes if f is ar.concatenate else ():
            s[axis] = d.integer(0, 3)
        args = [d.normal(tuple(s)) for s in shapes]
        return (lambda *xs: f(xs, axis)), args, (lambda *xs: reference(xs, axis))

    return row


def split(d):
    x = d.normal((*d.shape(most=1), 6, *d.shape(most=1)))
    axis, sections = x.shape.index(6) - d.of(0, x.ndim), d.of(1, 2, 3, [2], [1, 1, 4], [-2])
    reverse = lambda join: lambda parts: join(parts[::-1], axis)  # every part at another place
    return (
        lambda t: reverse(ar.concatenate)(ar.split(t, sections, axis)), [x],
        lambda t: reverse(np.concatenate)(np.split(t, sections, axis)),
    )  # fmt: skip


def repeat(d):
    x = d.normal(d.shape())
    axis = d.axis(x.ndim, single=True)
    size = x.size if axis is None else x.shape[axis]
    repeats = d.of(2, 0, [d.integer(0, 3) for _ in range(size)])
    return (lambda t: ar.repeat(t, repeats, axis)), [x], (lambda t: np.repeat(t, repeats, axis))


def pad(d):
    x = d.normal(d.shape(least=1))
    width = d.of(1, (2, 0), [(d.integer(0, 2), d.integer(0, 2)) for _ in range(x.ndim)])
    return (lambda t: ar.pad(t, width)), [x], (lambda t: np.pad(t, width))


def embedding(d):
    W, classes = d.normal((3, d.integer(1, 3))), d.rng.integers(0, 3, d.shape(most=2))
    return (lambda t: ar.embedding(t, classes)), [W], (lambda t: np.eye(3)[classes] @ t)


def where(d):
    c, a, b = d.shapes(3)
    condition = d.rng.random(c) > 0.5
    return (lambda x, y: ar.where(condition, x, y)), [d.normal(a), d.normal(b)], (lambda x, y: np.where(condition, x, y))


def clip(d):
    low, high = d.of(None, -0.7), d.of(None, 0.7)
    f = lambda x: ar.clip(x, low, high)
    return f, [d.apart(d.shape())], lambda x: np.minimum(np.maximum(x, -(9.0**9) if low is None else low), 9.0**9 if high is None else high)


def cumsum(d):
    x = d.normal(d.shape())
    axis = d.axis(x.ndim, single=True)
    return (lambda t: ar.cumsum(t, axis)), [x], (lambda t: np.cumsum(t, axis))


def prod(d):
    f, (x,), reference = reduction(ar.prod, np.prod, Draw.positive)(d)
    if d.of(False, True):
        x = np.where(d.rng.random(x.shape) < 0.3, 0.0, x)
    return f, [x], reference


def factors(d, x):
    """A shape with the same number of elements, perhaps with one size left open."""
    sizes = d.one(st.permutations(x.shape))
    return (tuple(-1 if k == 0 and d.of(False, True) else n for k, n in enumerate(sizes)),) if sizes else (d.of(-1, (), (1, 1)),)


def order(d, x):
    axes = d.one(st.permutations(range(x.ndim)))
    return (d.of(None, tuple(axes), tuple(a - x.ndim for a in axes)),)


def bigger(d, x):
    return ((*d.shape(most=2), *(d.integer(1, 3) if n == 1 else n for n in x.shape)),)


def two_axes(d, x):
    return tuple(d.integer(-x.ndim, x.ndim - 1) for _ in range(2))


def cross_entropy(d):
    s = d.normal((*d.shape(most=2), d.integer(1, 3)))
    K = s.shape[-1]
    classes = d.rng.integers(0, K, s.shape[:-1])
    return (lambda t: ar.cross_entropy(t, classes)), [s], (lambda t: -np.log((softmax_formula(t, -1) * np.eye(K)[classes]).sum(-1)))


def squared_error(d):
    shape = (*d.shape(most=2), d.integer(1, 3))
    return ar.squared_error, [d.normal(shape), d.normal(shape)], lambda s, y: ((s - y) ** 2).sum(-1) / 2


def binary_cross_entropy(d):
    shape = (*d.shape(most=2), d.integer(1, 3))
    return ar.binary_cross_entropy, [d.normal(shape), d.normal(shape)], lambda s, y: (np.log(1 + np.exp(s)) - y * s).sum(-1)


def softmax_formula(x, axis):
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


ROWS = {
    "abs": unary(ar.abs, np.abs, Draw.apart),
    "add": binary(ar.add, np.add),
    "arctan": unary(ar.arctan, np.arctan),
    "broadcast_to": optioned(ar.broadcast_to, np.broadcast_to, bigger),
    "cast": unary(lambda x: cast(x, x.dtype), lambda x: x),
    "clip": clip,
    "_concatenate": joined(ar.concatenate, np.concatenate),
    "cos": unary(ar.cos, np.cos),
    "cross_entropy": cross_entropy,
    "cumsum": cumsum,
    "divide": binary(ar.divide, np.divide, right=Draw.positive),
    "_einsum": einsum,
    "exp": unary(ar.exp, np.exp),
    "expand_dims": optioned(ar.expand_dims, np.expand_dims, lambda d, x: (d.of(0, -1, x.ndim, (0, -1)),)),
    "expm1": unary(ar.expm1, lambda x: np.exp(x) - 1),
    "floor_divide": binary(ar.floor_divide, np.floor_divide, right=Draw.positive),
    "flip": optioned(ar.flip, np.flip, lambda d, x: (d.axis(x.ndim),)),
    "getitem": getitem,
    "identity": unary(identity, lambda x: x),
    "linear": linear,
    "log": unary(ar.log, np.log, Draw.positive),
    "log1p": unary(ar.log1p, lambda x: np.log(1 + x), Draw.positive),
    "log_softmax": along(ar.log_softmax, lambda x, axis: np.log(softmax_formula(x, axis))),
    "logsumexp": reduction(ar.logsumexp, lambda x, **options: np.log(np.sum(np.exp(x), **options))),
    "matmul": matmul,
    "max": reduction(ar.max, np.max, Draw.apart),
    "maximum": binary(ar.maximum, np.maximum, Draw.apart, lambda d, shape: d.apart(shape, 0.3)),
    "mean": reduction(ar.mean, np.mean),
    "min": reduction(ar.min, np.min, Draw.apart),
    "minimum": binary(ar.minimum, np.minimum, Draw.apart, lambda d, shape: d.apart(shape, 0.3)),
    "moveaxis": optioned(ar.moveaxis, np.moveaxis, two_axes, least=1),
    "multiply": binary(ar.multiply, np.multiply),
    "negative": unary(ar.negative, np.negative),
    "norm": reduction(ar.norm, lambda x, **options: np.sqrt(np.sum(x * x, **options))),
    "outer_sum": outer_sum,
    "pad": pad,
    "power": binary(ar.power, np.power, left=Draw.positive),
    "prod": prod,
    "ravel": unary(ar.ravel, np.ravel),
    "_slope": unary(_slope, np.sign, Draw.apart),
    "_bent": unary(lambda x: _bent(x, False), lambda x: x),
    "_kinked": lambda d: (lambda g, x: _kinked(2 * g, x, g, False, 0.0), [d.normal((2, 3))] * 2, lambda g, x: 2 * g),
    "_power_log": binary(lambda a, b: _power_log(a, b, 2), lambda a, b: a**b * np.log(a) ** 2, left=Draw.positive),
    "unit": unary(lambda x: unit(x, None), lambda x: x / np.sqrt(np.sum(x * x)), Draw.apart),
    "relu": unary(ar.relu, lambda x: np.where(x > 0, x, 0), Draw.apart),
    "repeat": repeat,
    "reshape": optioned(ar.reshape, np.reshape, factors),
    "scatter": scatter,
    "sigmoid": unary(ar.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "sin": unary(ar.sin, np.sin),
    "softmax": along(ar.softmax, softmax_formula),
    "softplus": unary(ar.softplus, lambda x: np.log(1 + np.exp(x))),
    "sqrt": unary(ar.sqrt, np.sqrt, Draw.positive),
    "square": unary(ar.square, lambda x: x * x),
    "squared_error": squared_error,
    "binary_cross_entropy": binary_cross_entropy,
    "_sort": optioned(ar.sort, np.sort, lambda d, x: (d.integer(-x.ndim, x.ndim - 1),), least=1),
    "squeeze": optioned(ar.squeeze, np.squeeze, lambda d, x: (d.of(None, *(k for k, n in enumerate(x.shape) if n == 1)),)),
    "_stack": joined(ar.stack, np.stack),
    "_part": split,
    "subtract": binary(ar.subtract, np.subtract),
    "sum": reduction(ar.sum, np.sum),
    "swapaxes": optioned(ar.swapaxes, np.swapaxes, two_axes, least=1),
    "tanh": unary(ar.tanh, np.tanh),
    "transpose": optioned(ar.transpose, np.transpose, order),
    "where": where,
}

COMPOSITES = {
    "concatenate": joined(ar.concatenate, np.concatenate),
    "einsum": einsum,
    "embedding": embedding,
    "outer": binary(ar.outer, np.outer),
    "split": split,
    "stack": joined(ar.stack, np.stack),
}

# -- the rooms that came later ----------------------------------------------------------------------------------------


def inside_one(d, shape):
    return d.rng.uniform(-0.9, 0.9, shape)


def above_one(d, shape):
    return d.rng.uniform(1.1, 3.0, shape)


def square(d, *more):
    """A stack of matrices that are far from singular."""
    n = d.integer(1, 3)
    return d.normal((*d.shape(most=1), n, n)) + 4 * np.eye(n)


def positive_definite(d):
    A = square(d)
    return A @ A.swapaxes(-1, -2)


def matrices(f, reference, draw=square):
    return lambda d: (f, [draw(d)], reference)


def far_apart(d, m=None):
    """A stack of matrices, square or not, whose singular values and eigenvalues are far from each other and from 0."""
    n = d.integer(1, 3)
    m = n if m else d.integer(1, 3)
    return d.normal((*d.shape(most=1), m, n)) * 0.3 + np.eye(m, n) * [3.0, 6.0, 9.0][:n]


def no_signs(values, *vectors):
    """What is known of a spectrum: its values, and the squares of its vectors, whose signs are anybody's choice, in one row."""
    return np.concatenate([np.reshape(part, (*values.shape[:-1], -1)) for part in (values, *(v * v for v in vectors))], -1)


def solve(d):
    A = square(d)
    n, stack = A.shape[-1], A.shape[:-2]
    b = d.normal(d.of((n,), (n, 2), (*stack, n, 1)))

    def reference(a, b):
        matrices = b[:, None] if b.ndim == 1 else b
        solved = np.linalg.solve(a, matrices[(None,) * (a.ndim - matrices.ndim)])
        return solved[..., 0] if b.ndim == 1 else solved

    return ar.solve, [A, b], reference


def norm_of_singular_values(d):
    order, keepdims = d.of("nuc", 2, -2), d.of(False, True)
    return (lambda t: ar.norm(t, (-2, -1), keepdims, order)), [far_apart(d)], (lambda t: np.linalg.norm(t, order, (-2, -1), keepdims))


def whole_solve(d):
    A = square(d)
    f = ar.OPS["_solve"].forward
    return (lambda a, b: ar.solve(a, b)), [A, d.normal((*A.shape[:-1], 2))], f


def cofactors(A):
    return np.linalg.det(A)[..., None, None] * np.linalg.inv(A).swapaxes(-1, -2)


def cofactor(d):
    from autograd_rnn.engine.ops.linear_algebra import _cofactor

    return _cofactor, [square(d)], cofactors


def mod(d):
    a, b = d.shapes()
    return ar.mod, [d.normal(a) * 3, d.positive(b) * d.of(1, -1)], np.mod


def ddof(f, reference):
    def row(d):
        x = d.normal((*d.shape(most=2), 3))
        options = {"axis": d.of(None, -1), "keepdims": d.of(False, True), "ddof": d.of(0, 1)}
        return (lambda t: f(t, **options)), [x], (lambda t: reference(t, **options))

    return row


def average(d):
    x = d.normal(d.shape(least=1))
    axis = d.integer(-x.ndim, x.ndim - 1)
    w = d.positive(d.of(x.shape, (x.shape[axis],)))
    return (lambda t, w: ar.average(t, axis, w)), [x, w], (lambda t, w: np.average(t, axis, w))


def with_nan(f, reference):
    def row(d):
        x = d.normal((*d.shape(most=1), 3))
        x.flat[:: x.size - 1] = np.nan
        holes = np.where(np.isnan(x), np.nan, 0.0)
        return (lambda t: f(t * 2 + holes.astype(t.dtype))), [np.nan_to_num(x)], (lambda t: reference(t * 2 + holes))

    return row


def pieces(d):
    x = d.normal((*d.shape(most=1), 5, *d.shape(most=1)))
    axis, sections = x.shape.index(5), d.of(1, 2, 3, [2], [1, 1, 4])
    return (
        lambda t: ar.concatenate(ar.array_split(t, sections, axis)[::-1], axis), [x],
        lambda t: np.concatenate(np.array_split(t, sections, axis)[::-1], axis),
    )  # fmt: skip


def many(f, reference, *choices):
    """A function of a list of arrays, of one of these lists of shapes."""

    def row(d):
        args = [d.normal(shape) for shape in d.of(*choices)]
        return (lambda *xs: f(xs)), args, (lambda *xs: reference(xs))

    return row


def pair(f, reference, *choices):
    def row(d):
        a, b = d.of(*choices)
        return f, [d.normal(a), d.normal(b)], reference

    return row


def tensordot(d):
    a, b, axes = d.of(
        ((2, 3), (3, 2), 1), ((2, 3), (2, 3), 2), ((2,), (3,), 0), ((1, 3), (2, 3, 2), ((1,), (1,))), ((2, 3, 4), (4, 2), ([0, 2], [1, 0])),
        ((2, 6), (6, 3), [[-1], [0]]), ((2, 6), (6, 3), [-1, 0]), ((3,), (3,), 1), ((2, 0), (0, 3), 1),
    )  # fmt: skip
    return (lambda x, y: ar.tensordot(x, y, axes)), [d.normal(a), d.normal(b)], (lambda x, y: np.tensordot(x, y, axes))


def some_order(d, x):
    axis = d.of(None, *range(-x.ndim, x.ndim))
    return (axis,)


def powers(d):
    x, p = d.apart(d.shape(least=1), 0.1), d.of(3, 2.5, 1.5, -2)
    axis, keepdims = d.integer(-x.ndim, x.ndim - 1), d.of(False, True)
    return (lambda t: ar.norm(t, axis, keepdims, p)), [x], (lambda t: np.linalg.norm(t, p, axis, keepdims))


def norm(d):
    x = d.apart(d.shape(least=2, most=2), 0.1)
    axis, order = d.of((0, 1), (0, 3), (-1, 1), (1, np.inf), (0, -np.inf), (0, 0), ((1, 0), 1), ((0, 1), np.inf), ((0, 1), -1))
    keepdims = d.of(False, True)
    if isinstance(axis, tuple):  # the largest sum of a row or column has no derivative where two tie
        sums = np.sort(np.abs(x).sum(axis=axis[0] if abs(order) == 1 else axis[1]))
        assume(np.diff(sums).min(initial=1.0) > 1e-3)
    return (lambda t: ar.norm(t, axis, keepdims, order)), [x], (lambda t: np.linalg.norm(t, order, axis, keepdims))


def clip_to_tensors(d):
    x = d.apart(d.shape())
    return (lambda t, a: ar.clip(t, a, 9.0)), [x, d.apart(x.shape, 0.3)], (lambda t, a: np.clip(t, a, 9.0))


erf = np.vectorize(math.erf, otypes=[float])
ROWS |= {
    "arccos": unary(ar.arccos, np.arccos, inside_one),
    "arccosh": unary(ar.arccosh, np.arccosh, above_one),
    "arcsin": unary(ar.arcsin, np.arcsin, inside_one),
    "arcsinh": unary(ar.arcsinh, np.arcsinh),
    "arctan2": binary(ar.arctan2, np.arctan2),
    "arctanh": unary(ar.arctanh, np.arctanh, inside_one),
    "ceil": unary(ar.ceil, np.ceil, Draw.apart),
    "cholesky": matrices(ar.cholesky, np.linalg.cholesky, positive_definite),
    "_cofactor": cofactor,
    "cosh": unary(ar.cosh, np.cosh),
    "_cumprod": along(ar.cumprod, np.cumprod),
    "det": matrices(ar.det, np.linalg.det),
    "erf": unary(ar.erf, erf),
    "erfc": unary(ar.erfc, lambda x: 1 - erf(x)),
    "floor": unary(ar.floor, np.floor, Draw.apart),
    "hypot": binary(ar.hypot, np.hypot),
    "_logistic": unary(lambda x: logistic(x), lambda x: 1 / (1 + np.exp(-x))),
    "_cosine": binary(_cosine, lambda a, b: a / np.hypot(a, b)),
    "_under_one": unary(lambda x: _under_one(x), lambda x: 1 - x * x),
    "inv": matrices(ar.inv, np.linalg.inv),
    "log10": unary(ar.log10, np.log10, Draw.positive),
    "log2": unary(ar.log2, np.log2, Draw.positive),
    "_logabsdet": matrices(lambda x: ar.slogdet(x)[1], lambda x: np.linalg.slogdet(x)[1]),
    "_logaddexp": binary(ar.logaddexp, np.logaddexp),
    "mod": mod,
    "round": unary(lambda x: ar.round(x, 0), np.round, lambda d, shape: d.apart(shape, 0.3)),
    "sign": unary(ar.sign, np.sign, Draw.apart),
    "sinc": unary(ar.sinc, np.sinc),
    "sinh": unary(ar.sinh, np.sinh),
    "_powers": powers,
    "_solve": whole_solve,
    "_eigh": matrices(lambda x: no_signs(*ar.eigh(x)), lambda x: no_signs(*np.linalg.eigh(x)), lambda d: far_apart(d, "square")),
    "_svd": matrices(
        lambda x: no_signs((found := ar.svd(x)).S, found.U, found.Vh),
        lambda x: no_signs((found := np.linalg.svd(x, full_matrices=False))[1], found[0], found[2]),
        far_apart,
    ),
    "pinv": matrices(ar.pinv, np.linalg.pinv, far_apart),
    "tan": unary(ar.tan, np.tan, inside_one),
    "trunc": unary(ar.trunc, np.trunc, Draw.apart),
}
COMPOSITES |= {
    "array": pair(lambda a, b: ar.array([[a, 2 * b], [b, a * b]]), lambda a, b: np.array([[a, 2 * b], [b, a * b]]), ((), ()), ((2,), (2,))),
    "array_split": pieces,
    "astype": unary(lambda x: ar.astype(x, x.dtype), lambda x: x),
    "atleast_1d": unary(ar.atleast_1d, np.atleast_1d),
    "atleast_2d": unary(ar.atleast_2d, np.atleast_2d),
    "atleast_3d": unary(ar.atleast_3d, np.atleast_3d),
    "average": average,
    "clip_to_tensors": clip_to_tensors,
    "column_stack": many(ar.column_stack, np.column_stack, [(2,)], [(2,), (2,)], [(2, 3), (2,), (2, 1)]),
    "cross": pair(ar.cross, np.cross, ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))),
    "cumprod": optioned(ar.cumprod, np.cumprod, some_order, least=1),
    "diag": pair(
        lambda a, b: ar.diag(a, -1) @ ar.diag(b, 2), lambda a, b: np.diag(a, -1) @ np.diag(b, 2), ((3,), (4, 6)), ((2,), (3, 5))),
    "diagonal": optioned(ar.diagonal, np.diagonal, lambda d, x: (d.integer(-2, 2), *d.of((0, 1), (-1, -2), (1, 0))), least=2),
    "diff": optioned(ar.diff, np.diff, lambda d, x: (d.integer(0, 3), d.integer(-x.ndim, x.ndim - 1)), least=1),
    "dot": pair(ar.dot, np.dot, ((3,), (3,)), ((2, 3), (3, 2)), ((2, 3), (3,)), ((), (2, 3)), ((3,), ()), ((2, 3), (4, 3, 2)),
                ((3,), (2, 3, 1))),
    "dstack": many(ar.dstack, np.dstack, [(2,)], [(2, 3), (2, 3)], [(2, 3, 1), (2, 3)]),
    "elu": unary(lambda x: ar.elu(x, 0.7), lambda x: np.where(x > 0, x, 0.7 * np.expm1(np.minimum(x, 0))), Draw.apart),
    "exp2": unary(ar.exp2, np.exp2),
    "fmax": binary(ar.fmax, np.fmax, Draw.apart, lambda d, shape: d.apart(shape, 0.3)),
    "fmin": binary(ar.fmin, np.fmin, Draw.apart, lambda d, shape: d.apart(shape, 0.3)),
    "full_like": pair(lambda a, b: ar.full_like(a, b) * a, lambda a, b: b * a, ((2, 3), ()), ((2, 3), (3,))),
    "gelu": unary(ar.gelu, lambda x: x * (1 + erf(x / 2**0.5)) / 2),
    "gelu_by_tanh": unary(lambda x: ar.gelu(x, True), lambda x: x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2),
    "hstack": many(ar.hstack, np.hstack, [()], [(2,), (3,)], [(2, 1), (2, 3)], [(2, 1, 2), (2, 2, 2)]),
    "inner": pair(ar.inner, np.inner, ((), ()), ((), (3,)), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (2, 2, 3))),
    "kron": pair(ar.kron, np.kron, ((2,), (3,)), ((2, 2), (3, 1)), ((), (3,)), ((2, 3), (2,))),
    "leaky_relu": unary(ar.leaky_relu, lambda x: np.where(x > 0, x, 0.01 * x), Draw.apart),
    "log_sigmoid": unary(ar.log_sigmoid, lambda x: -np.log1p(np.exp(-x))),
    "nanmean": with_nan(ar.nanmean, np.nanmean),
    "nansum": with_nan(ar.nansum, np.nansum),
    "norm_of_other_order": norm,
    "norm_of_singular_values": norm_of_singular_values,
    "reciprocal": unary(ar.reciprocal, lambda x: 1 / x, Draw.positive),
    "roll": optioned(ar.roll, np.roll, lambda d, x: (d.integer(-4, 4), d.axis(x.ndim, single=True)), least=1),
    "silu": unary(ar.silu, lambda x: x / (1 + np.exp(-x))),
    "slogdet": matrices(lambda x: ar.slogdet(x).logabsdet, lambda x: np.linalg.slogdet(x)[1]),
    "solve": solve,
    "sort": optioned(ar.sort, np.sort, some_order, least=1),
    "std": ddof(ar.std, np.std),
    "take": optioned(ar.take, np.take, lambda d, x: (np.array(d.of(0, [0, -1], [[0, 0]], []), int), d.axis(x.ndim, single=True)), least=1),
    "take_along_axis": optioned(lambda t, k: ar.take_along_axis(t, k, -1), lambda t, k: np.take_along_axis(t, k, -1),
                                lambda d, x: (d.rng.integers(0, x.shape[-1], x.shape),), least=1),
    "tensordot": tensordot,
    "tile": optioned(ar.tile, np.tile, lambda d, x: (d.of(2, (2, 1), (1, 2, 1), (0, 1)),)),
    "trace": optioned(ar.trace, np.trace, lambda d, x: (d.integer(-2, 2),), least=2),
    "tril": optioned(ar.tril, np.tril, lambda d, x: (d.integer(-2, 2),), least=1),
    "triu": optioned(ar.triu, np.triu, lambda d, x: (d.integer(-2, 2),), least=1),
    "var": ddof(ar.var, np.var),
    "vdot": pair(ar.vdot, np.vdot, ((), ()), ((3,), (3,)), ((2, 3), (3, 2))),
    "vstack": many(ar.vstack, np.vstack, [(2,)], [(2,), (2,)], [(1, 2), (3, 2), (2,)]),
}  # fmt: skip
# made of operations that are not analytic
NUMERIC = {"clip_to_tensors", "full_like", "fmax", "fmin", "gelu", "norm_of_other_order", "norm_of_singular_values", "slogdet"}

every = pytest.mark.parametrize("name", [*ROWS, *COMPOSITES])


def example(name, data):
    return {**ROWS, **COMPOSITES}[name](Draw(data.draw))


# -- the table --------------------------------------------------------------------------------------------------------


def test_every_declared_operation_has_a_row():
    assert set(ROWS) == {name for name, op in ar.OPS.items() if op.forward.__module__.startswith("autograd_rnn.")}


def test_every_public_operation_has_a_row():
    from autograd_rnn.engine import ops

    assert {name.lstrip("_") for name in ROWS} | set(COMPOSITES) >= set(ops.__all__) - {"detach"}  # which has no derivative


@every
@given(data=st.data())
@QUICK
def test_value_is_the_formula(name, data):
    f, args, reference = example(name, data)
    y = f(*map(ar.tensor, args))
    wanted = reference(*args)
    assert isinstance(y, ar.Tensor) and y.shape == np.shape(wanted) and y.dtype == np.float64
    np.testing.assert_allclose(y.value, wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(f(*args), y.value)  # plain arrays in, a plain array out
    assert not isinstance(f(*args), ar.Tensor)
    y.tape.validate()


@every
@given(data=st.data())
@QUICK
def test_first_derivative(name, data):
    f, args, _ = example(name, data)
    report = ar.gradcheck(f, *args)
    assert report.ok, report
    analytic = name not in NUMERIC if name in COMPOSITES else ar.OPS[name].analytic
    assert report.method == ("complex step" if analytic else "central differences")


@pytest.mark.parametrize("name", sampled([*ROWS, *COMPOSITES], 3))
@given(data=st.data())
@FEW
def test_second_derivative(name, data):
    f, args, _ = example(name, data)
    report = ar.gradcheck(f, *args, order=2)
    assert report.ok, report


@pytest.mark.parametrize("name", sampled([*ROWS, *COMPOSITES], 3))
@given(data=st.data())
@FEW
def test_single_precision_stays_single(name, data):
    f, args, reference = example(name, data)
    leaves = [ar.tensor(x.astype(np.float32)) for x in args]
    y = f(*leaves)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.value, reference(*args), rtol=1e-4, atol=1e-5)
    for create_graph in (False, True):
        record = y.backward(np.ones(y.shape), create_graph)
        assert {record[leaf].dtype for leaf in leaves} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", sampled([*ROWS, *COMPOSITES], 3))
@given(data=st.data())
@FEW
def test_jvp_is_the_jacobian_times_the_direction(name, data):
    f, args, _ = example(name, data)
    for k, x in enumerate(args):
        v = np.random.default_rng(k).normal(size=x.shape)
        _, push = ar.jvp(f, k)(*args)
        J = ar.jacobian(f, k)(*args)
        np.testing.assert_allclose(push(v), np.tensordot(J, v, x.ndim), rtol=1e-10, atol=1e-12)


def test_a_weight_used_many_times_gets_the_sum_of_its_products():
    rng = np.random.default_rng(0)
    args = [rng.normal(size=shape) for shape in ((2, 3), (2, 2), (3,), (4, 3), (5, 4, 3))]

    def f(W, U, x, y, z):
        h = ar.linear(W, x)
        for x in (y, z):
            h = ar.tanh(ar.linear(W, x, U, h))
        return h + ar.sum(W) + W[0, 0]

    for order in (1, 2):
        report = ar.gradcheck(f, *args, order=order)
        assert report.ok, report


# -- under numpy's names ----------------------------------------------------------------------------------------------

X, Y = np.array([[1.0, 2.0], [3.5, 4.0]]), np.array([0.5, 3.0])
CALLS = {  # numpy's name, and how to call it; ufuncs are called with as many tensors as they take
    "amax": lambda f: f(ar.tensor(X), axis=0),
    "amin": lambda f: f(ar.tensor(X), axis=0),
    "broadcast_to": lambda f: f(ar.tensor(Y), (3, 2)),
    "clip": lambda f: f(ar.tensor(X), 1.5, 3.0),
    "concatenate": lambda f: f([ar.tensor(X), X, ar.tensor(X)], axis=1),
    "cumsum": lambda f: f(ar.tensor(X), axis=1),
    "dot": lambda f: f(X, ar.tensor(Y)),
    "einsum": lambda f: f("ij,j->i", X, ar.tensor(Y)),
    "expand_dims": lambda f: f(ar.tensor(X), 1),
    "flip": lambda f: f(ar.tensor(X), axis=1),
    "max": lambda f: f(ar.tensor(X), axis=0, keepdims=True),
    "mean": lambda f: f(ar.tensor(X), axis=0),
    "min": lambda f: f(ar.tensor(X), axis=1),
    "moveaxis": lambda f: f(ar.tensor(X), 0, 1),
    "norm": lambda f: f(ar.tensor(X), axis=1),
    "outer": lambda f: f(Y, ar.tensor(Y)),
    "pad": lambda f: f(ar.tensor(X), ((1, 0), (0, 2))),
    "prod": lambda f: f(ar.tensor(X), axis=0),
    "ravel": lambda f: f(ar.tensor(X)),
    "repeat": lambda f: f(ar.tensor(X), 2, axis=0),
    "reshape": lambda f: f(ar.tensor(X), (4, 1)),
    "split": lambda f: f(ar.tensor(X), 2, axis=1)[1],
    "squeeze": lambda f: f(ar.tensor(X[:1])),
    "stack": lambda f: f([ar.tensor(Y), Y], axis=1),
    "sum": lambda f: f(ar.tensor(X), axis=0),
    "swapaxes": lambda f: f(ar.tensor(X), 0, 1),
    "trace": lambda f: f(ar.tensor(X)),
    "transpose": lambda f: f(ar.tensor(X), (1, 0)),
    "var": lambda f: f(ar.tensor(X), axis=1),
    "where": lambda f: f([True, False], ar.tensor(X), ar.tensor(Y)),
}
OURS = {"absolute": "abs", "fabs": "abs", "amax": "max", "amin": "min", "remainder": "mod"}


SAME = [f for f in FUNCTIONS if f.__name__ in CALLS] + [f for f in UFUNCS if hasattr(ar, OURS.get(f.__name__, f.__name__))]


@pytest.mark.parametrize("function", SAME, ids=lambda function: function.__name__)
def test_numpys_name_reaches_the_same_operation(function, monkeypatch):
    name = function.__name__
    points = X / 5 if name in ("arcsin", "arccos", "arctanh") else X
    call = CALLS.get(name) or {1: lambda f: f(ar.tensor(points)), 2: lambda f: f(ar.tensor(X), ar.tensor(Y))}[function.nin]
    theirs, ours = call(function), call(getattr(ar, OURS.get(name, name)))
    assert [node.op for node in theirs.tape] == [node.op for node in ours.tape]
    assert isinstance(theirs, ar.Tensor) and theirs.op is not None
    np.testing.assert_array_equal(theirs.value, ours.value)
    monkeypatch.setattr(ar, "tensor", lambda array: array)  # the same call on plain arrays
    np.testing.assert_allclose(theirs.value, call(function), rtol=1e-14)


def test_numpys_euclidean_norm_takes_numpys_arguments():
    t = ar.tensor(X)
    assert np.linalg.norm(t).value == np.linalg.norm(X)
    np.testing.assert_array_equal(np.linalg.norm(t, None, 1, True).value, np.linalg.norm(X, None, 1, True))


@pytest.mark.parametrize("count", [np.argmax, np.shape, np.ndim, np.size, np.isfinite, np.zeros_like, np.any])
def test_answers_without_a_gradient_are_plain(count):
    answer = count(ar.tensor(X))
    assert not isinstance(answer, ar.Tensor)
    np.testing.assert_array_equal(answer, count(X))


@pytest.mark.parametrize("name", ["sum", "mean", "var", "max", "min", "prod", "cumsum"])
def test_methods_are_the_same_operations(name):
    t = ar.tensor(X)
    method, function = getattr(t, name)(axis=1), getattr(ar, name)(t, axis=1)
    assert [node.op for node in method.tape] == [node.op for node in function.tape]
    np.testing.assert_array_equal(method.value, getattr(X, name)(axis=1))


def test_methods_that_move_numbers():
    x = np.arange(24.0).reshape(2, 3, 4)
    t = ar.tensor(x)
    for f in (
        lambda a: a.reshape(6, 4), lambda a: a.reshape((6, 4)), lambda a: a.reshape(-1), lambda a: a.transpose(), lambda a: a.T,
        lambda a: a.transpose(2, 0, 1), lambda a: a.transpose((2, 0, 1)), lambda a: a.swapaxes(0, -1), lambda a: a.ravel(),
        lambda a: a.flatten(), lambda a: a.repeat(2, axis=1), lambda a: a[:1].squeeze(0), lambda a: a.clip(3, 9), lambda a: abs(-a),
        lambda a: +a, lambda a: a[0].dot(a[0].T),
    ):  # fmt: skip
        np.testing.assert_array_equal(f(t).value, f(x))


# -- inputs that do not fit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda t: t + np.ones(3), ValueError, r"add: shapes do not fit: x \(2, 2\) and a constant \(3,\)"),
        (lambda t: t.reshape(3), ValueError, r"reshape: 4 numbers do not fill shape .*3.*: x \(2, 2\)"),
        (lambda t: t @ np.ones((3, 2)), ValueError, r"matmul: inner sizes differ: x \(2, 2\) @ a constant \(3, 2\)"),
        (lambda t: t @ 3.0, ValueError, r"matmul: a matrix product needs vectors or matrices: x \(2, 2\) @ 3.0"),
        (lambda t: ar.linear(np.ones((2, 3)), t), ValueError, r"linear: inner sizes differ: a constant \(2, 3\) @ x \(2, 2\)"),
        (lambda t: t[5], IndexError, r"getitem: index 5 is out of bounds for axis 0 with size 2: x \(2, 2\)"),
        (lambda t: t[1.5], IndexError, "getitem: only integers, slices"),
        (lambda t: t.sum(axis=2), ValueError, r"sum: axis 2 is out of bounds for array of dimension 2: x \(2, 2\)"),
        (lambda t: ar.split(t, 3), ValueError, "split: an axis of size 2 does not divide into 3 equal parts"),
        (lambda t: ar.einsum("i->ii", t[0]), ValueError, "einsum: 'i->ii' names 'i' twice in its result, which numpy does not take"),
        (lambda t: ar.einsum("...ijk->i", t), ValueError, "einsum: '...ijk->i' does not name the axes of operands of shapes"),
        (lambda t: ar.einsum("ijk->i", t), ValueError, r"einsum: 'ijk->i' does not name the axes of operands of shapes \[\(2, 2\)\]"),
        (lambda t: ar.tensordot(t, np.ones(3), 1), ValueError, r"tensordot: axes \[1\] of shape \(2, 2\) and \[0\] of shape \(3,\) differ"),
        (lambda t: ar.embedding(t, [0, 2]), ValueError, "class indices must be integers from 0 to 1, got int64 from 0 to 2"),
        (lambda t: ar.embedding(t, [-1]), ValueError, "class indices must be integers from 0 to 1, got int64 from -1 to -1"),
        (lambda t: ar.embedding(t, [0.5]), ValueError, "got float64 from 0.5 to 0.5"),
        (lambda t: ar.embedding(t, []), ValueError, "got an empty float64 array"),
        (lambda t: ar.concatenate([t, np.ones(3)]), ValueError, "^concatenate: .*dimension"),
        (lambda t: ar.stack([t, np.ones(3)]), ValueError, "^stack: shapes do not fit"),
        (lambda t: ar.solve(t * 0, np.ones(2)), ValueError, "^solve: Singular matrix"),
        (lambda t: ar.max(t[:0]), ValueError, "max: zero-size array"),
    ],
)
def test_errors_name_the_reason_and_the_inputs(call, kind, message):
    with pytest.raises(kind, match=message):
        call(ar.tensor(X, name="x"))


def test_concatenate_without_an_axis_joins_all_elements():
    report = ar.gradcheck(lambda a, b: ar.concatenate([a, b], axis=None), X, Y)
    assert report.ok, report
    np.testing.assert_array_equal(ar.concatenate([ar.tensor(X), Y], axis=None).value, np.concatenate([X, Y], axis=None))


def test_a_power_has_its_mixed_derivative_at_exponent_zero():
    """d²/da db of a^b is a^(b-1) (1 + b log a): 1/a at b = 0, whichever comes first."""
    hessian = ar.hessian(lambda a, b: a**b, argnum=(0, 1))(2.0, 0.0)
    np.testing.assert_allclose(np.array(hessian), [[0, 0.5], [0.5, np.log(2.0) ** 2]], rtol=1e-14)
    assert ar.grad(ar.grad(lambda x: x ** (x - 1)))(1.0) == pytest.approx(2.0)
    assert ar.grad(lambda x: x**0.0)(0.0) == 0 and ar.grad(ar.grad(lambda x: x**0.0))(0.0) == 0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_derivatives_keep_their_digits_far_out(dtype):
    eps, far = np.finfo(dtype).eps, np.array({"float64": 1e170, "float32": 1e25}[dtype], dtype)
    for f in (ar.arcsinh, ar.arccosh):
        np.testing.assert_allclose(ar.grad(f)(far) * far, 1, rtol=4 * eps)
    low = np.array(-40.0, dtype)
    for f in (ar.expm1, ar.elu):
        np.testing.assert_allclose(ar.grad(f)(low), np.exp(low), rtol=4 * eps)
    for x in (3000.0, 1e9, 1e17):
        np.testing.assert_allclose(ar.grad(ar.logsumexp)(np.full(2, x, dtype)), 0.5, rtol=4 * eps)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", "sin tan sinh tanh arcsin arccos arcsinh arctan arctanh erf erfc".split())
def test_second_derivatives_keep_their_digits_near_0(name, dtype, random_seed):
    """Of what is odd around 0, up to a number: x times the third derivative there; or nan, where one element's are too small for the dtype
    and another's, with a larger seed, too large."""
    x = (10 ** np.random.default_rng(random_seed).uniform(-30, -6, 20)).astype(dtype)
    f = getattr(ar, name)
    third = ar.grad(ar.grad(ar.grad(f)))(0.0)
    second = ar.jvp(ar.grad(lambda x: f(x).sum()))(x)[1](np.ones_like(x))
    np.testing.assert_allclose(second, np.where(np.isnan(second), np.nan, third * x), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_sigmoid_holds_from_end_to_end_in_its_dtype(dtype):
    x = np.linspace(-60, 60, 241).astype(dtype)
    wide = x.astype(np.longdouble)
    y = ar.sigmoid(ar.tensor(x))
    info = np.finfo(dtype)
    assert y.dtype == x.dtype
    # A few units in the last place; below the smallest normal number the digits run out.
    np.testing.assert_allclose(y.value.astype(np.longdouble), 1 / (1 + np.exp(-wide)), rtol=4 * info.eps, atol=info.tiny)
