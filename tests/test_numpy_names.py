"""numpy's own spellings: every name of the table on tensors gives numpy's numbers and their derivative, or a sentence with the remedy."""

import functools
import pydoc
import re
import warnings

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine.habits import NAMES
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from tests.sampling import sampled

rng = np.random.default_rng(0)
X = rng.permutation(12).reshape(3, 4) * 0.4 - 1.9  # no two alike, none at a kink
V, W = X[0].copy(), X[1].copy()
CUBE = rng.normal(size=(2, 3, 4))
S = X[:, :3] + 4 * np.eye(3)
MASK = X > -0.5
BUMP = rng.uniform(1e-4, 1e-3, X.shape)

# numpy's name: calls with f, the function itself, and x, y, tensors or arrays of X and V
CALLS = {
    "sum": [
        lambda f, x, y: f(x, where=MASK, initial=2.0), lambda f, x, y: f(x, 1, None, None, True),
        lambda f, x, y: f(a=x, axis=0, dtype=np.float64),
        lambda f, x, y: f(x, keepdims=True), lambda f, x, y: f(x, axis=1, where=MASK[0]),
    ],
    "mean": [lambda f, x, y: f(x, where=MASK, axis=0, keepdims=True), lambda f, x, y: f(a=x), lambda f, x, y: f(x, 0, None, None, True)],
    "prod": [lambda f, x, y: f(x, where=MASK, initial=3.0, axis=1), lambda f, x, y: f(x, 0)],
    "max": [lambda f, x, y: f(x, axis=0, initial=0.23, where=MASK), lambda f, x, y: f(x, 0, None, True)],
    "min": [lambda f, x, y: f(x, axis=0, initial=0.23, where=MASK), lambda f, x, y: f(a=x)],
    "average": [lambda f, x, y: f(x, 1, y), lambda f, x, y: f(x, axis=0), lambda f, x, y: f(x, weights=x * x)],
    "var": [lambda f, x, y: f(x, 0, ddof=1), lambda f, x, y: f(x, None, None, None, 1, True)],
    "std": [lambda f, x, y: f(x, 0, ddof=1), lambda f, x, y: f(a=x, axis=1)],
    "nansum": [lambda f, x, y: f(x, axis=0, keepdims=True)],
    "nanmean": [lambda f, x, y: f(x, axis=0)],
    "cumsum": [lambda f, x, y: f(a=x, axis=1), lambda f, x, y: f(x)],
    "cumprod": [lambda f, x, y: f(a=x, axis=1), lambda f, x, y: f(x)],
    "ptp": [lambda f, x, y: f(x, axis=1)],
    "reshape": [lambda f, x, y: f(x, (2, 6), order="F"), lambda f, x, y: f(x, (6, -1), "F")],
    "ravel": [lambda f, x, y: f(x, "F"), lambda f, x, y: f(a=x)],
    "transpose": [lambda f, x, y: f(x, axes=(1, 0)), lambda f, x, y: f(a=x)],
    "swapaxes": [lambda f, x, y: f(x, axis1=0, axis2=1)],
    "moveaxis": [lambda f, x, y: f(a=x, source=0, destination=-1)],
    "rollaxis": [lambda f, x, y: f(x, 1), lambda f, x, y: f(x, axis=0, start=2)],
    "squeeze": [lambda f, x, y: f(x[:, None], axis=1)],
    "expand_dims": [lambda f, x, y: f(a=x, axis=0)],
    "broadcast_to": [lambda f, x, y: f(array=x, shape=(2, 3, 4))],
    "broadcast_arrays": [lambda f, x, y: f(x, y)[1]],
    "atleast_1d": [lambda f, x, y: f(x[0, 0]), lambda f, x, y: f(x[0, 0], y)[0]],
    "atleast_2d": [lambda f, x, y: f(y)],
    "atleast_3d": [lambda f, x, y: f(x)],
    "copy": [lambda f, x, y: f(x)],
    "flip": [lambda f, x, y: f(m=x, axis=1)],
    "flipud": [lambda f, x, y: f(x)],
    "fliplr": [lambda f, x, y: f(x)],
    "rot90": [lambda f, x, y: f(x), lambda f, x, y: f(x, k=3, axes=(1, 0))],
    "roll": [lambda f, x, y: f(x, 2), lambda f, x, y: f(x, shift=(1, -1), axis=(0, 1))],
    "tile": [lambda f, x, y: f(A=x, reps=(2, 1, 3))],
    "repeat": [lambda f, x, y: f(a=x, repeats=2, axis=1)],
    "pad": [
        lambda f, x, y: f(x, ((1, 0), (2, 1)), constant_values=3.0), lambda f, x, y: f(array=x, pad_width=1),
        lambda f, x, y: f(x, 1, "constant", constant_values=((1, 2), (3, 4))), lambda f, x, y: f(x, 2, "edge"),
        lambda f, x, y: f(x, (2, 1), mode="reflect"), lambda f, x, y: f(x, 2, mode="wrap"), lambda f, x, y: f(x, 2, mode="symmetric"),
    ],
    "diff": [lambda f, x, y: f(x, n=2, axis=0), lambda f, x, y: f(x, prepend=0.0, append=x[:, :1])],
    "gradient": [lambda f, x, y: f(x, axis=1), lambda f, x, y: f(x, 0.5, 2.0)[0], lambda f, x, y: f(y, 0.1)],
    "take": [
        lambda f, x, y: f(x, [[0, -1]], axis=1), lambda f, x, y: f(a=x, indices=13, mode="wrap"),
        lambda f, x, y: f(x, [9, -4], 0, mode="clip"),
    ],
    "take_along_axis": [lambda f, x, y: f(x, np.argsort(X, 1), axis=1)],
    "sort": [lambda f, x, y: f(x, axis=0), lambda f, x, y: f(x, axis=None, kind="stable")],
    "partition": [lambda f, x, y: f(x, 2, axis=1)[:, 2]],
    "diagonal": [lambda f, x, y: f(x, offset=1)],
    "trace": [lambda f, x, y: f(x, offset=-1), lambda f, x, y: f(x * CUBE, 1, axis1=1, axis2=2)],
    "diag": [lambda f, x, y: f(x, k=1), lambda f, x, y: f(v=y, k=-1)],
    "diagflat": [lambda f, x, y: f(x, 1)],
    "tril": [lambda f, x, y: f(m=x, k=1)],
    "triu": [lambda f, x, y: f(m=x, k=1)],
    "concatenate": [lambda f, x, y: f((x, X), axis=1), lambda f, x, y: f([x, y], axis=None), lambda f, x, y: f([y, V], dtype=np.float64)],
    "stack": [lambda f, x, y: f([x, X], axis=-1)],
    "append": [lambda f, x, y: f(x, y), lambda f, x, y: f(x, y[None], axis=0)],
    "vstack": [lambda f, x, y: f((x, y))],
    "hstack": [lambda f, x, y: f((y, V))],
    "dstack": [lambda f, x, y: f((x, X))],
    "column_stack": [lambda f, x, y: f((y, V))],
    "split": [lambda f, x, y: f(x, 2, axis=1)[1], lambda f, x, y: f(ary=x, indices_or_sections=[1], axis=0)[0]],
    "array_split": [lambda f, x, y: f(x, 3, axis=1)[0]],
    "hsplit": [lambda f, x, y: f(x, 2)[1], lambda f, x, y: f(y, 2)[1]],
    "vsplit": [lambda f, x, y: f(x, 3)[1]],
    "dsplit": [lambda f, x, y: f(x * CUBE, 2)[1]],
    "where": [lambda f, x, y: f(MASK, x, y)],
    "clip": [
        lambda f, x, y: f(x, a_min=-0.5, a_max=1.1), lambda f, x, y: f(x, 0.23, None), lambda f, x, y: f(a=x, a_min=None, a_max=0.31),
        lambda f, x, y: f(x, y * 0.5, None), lambda f, x, y: f(X, None, y * 0.5),
    ],
    "select": [lambda f, x, y: f([MASK, X > 0.5], [x, x * x], default=1.5)],
    "nan_to_num": [
        lambda f, x, y: f(x + np.where(MASK, np.inf, 0.0), posinf=2.0),
        lambda f, x, y: f(x + np.where(MASK, np.nan, 0.0), nan=3.0),
    ],
    "full_like": [lambda f, x, y: f(x, 3.0) * x],
    "linspace": [
        lambda f, x, y: f(y[0], y[1], 5), lambda f, x, y: f(y, 3.0, num=4, endpoint=False, axis=1),
        lambda f, x, y: f(y[0], y[1], 1),
    ],
    "round": [lambda f, x, y: f(x, 1) * x],
    "around": [lambda f, x, y: f(x, decimals=1) * x],
    "fix": [lambda f, x, y: f(x) * x],
    "real": [lambda f, x, y: f(x)],
    "real_if_close": [lambda f, x, y: f(x)],
    "dot": [lambda f, x, y: f(x, y), lambda f, x, y: f(y, CUBE.swapaxes(1, 2))],
    "inner": [lambda f, x, y: f(x, y)],
    "vdot": [lambda f, x, y: f(x, X)],
    "outer": [lambda f, x, y: f(x, y), lambda f, x, y: f(y, V)],
    "tensordot": [lambda f, x, y: f(x, X, axes=2), lambda f, x, y: f(x, y, axes=([1], [0]))],
    "kron": [lambda f, x, y: f(x, y)],
    "cross": [
        lambda f, x, y: f(x[:, :3], x[:, 1:]), lambda f, x, y: f(x, CUBE[0], axisa=0, axisb=0, axisc=0),
        lambda f, x, y: f(x, X * X, axis=0),
    ],
    "einsum": [
        lambda f, x, y: f("...i,i->...", x, y), lambda f, x, y: f(x, [0, 1], y, [1], [0]),
        lambda f, x, y: f("ij,j", x, y, optimize=True),
    ],
    "norm": [
        lambda f, x, y: f(x), lambda f, x, y: f(x, "fro"), lambda f, x, y: f(x, 1), lambda f, x, y: f(x, -1), lambda f, x, y: f(x, np.inf),
        lambda f, x, y: f(x, "nuc"), lambda f, x, y: f(x, 2), lambda f, x, y: f(x, -2, keepdims=True),
        lambda f, x, y: f(x, -np.inf), lambda f, x, y: f(y, 1), lambda f, x, y: f(y, np.inf), lambda f, x, y: f(y, -np.inf),
        lambda f, x, y: f(y, 0) * y,
        lambda f, x, y: f(y, 3), lambda f, x, y: f(x, ord=2.5, axis=0, keepdims=True), lambda f, x, y: f(x, axis=1),
    ],
    "solve": [lambda f, x, y: f(x[:, :3] + 4 * np.eye(3), x[:, 3]), lambda f, x, y: f(S, x)],
    "inv": [lambda f, x, y: f(x[:, :3] + 4 * np.eye(3))],
    "det": [lambda f, x, y: f(x[:, :3] + 4 * np.eye(3))],
    "slogdet": [lambda f, x, y: f(x[:, :3] + 4 * np.eye(3))[1], lambda f, x, y: f(x[:, :3] + 4 * np.eye(3)).logabsdet
                if np.__version__ >= "2" else f(x[:, :3] + 4 * np.eye(3))[1]],
    "cholesky": [lambda f, x, y: f(x @ x.T + np.eye(3))],
    "eigh": [lambda f, x, y: f(x @ x.T)[0], lambda f, x, y: f(a=x @ x.T, UPLO="u")[1] ** 2],
    "eigvalsh": [lambda f, x, y: f(x @ x.T, "U")],
    "svd": [lambda f, x, y: f(x, False)[1], lambda f, x, y: f(x, compute_uv=False), lambda f, x, y: f(x[:, :3])[0] ** 2],
    "svdvals": [lambda f, x, y: f(x)],
    "pinv": [lambda f, x, y: f(x), lambda f, x, y: f(x, rcond=1e-10)],
    # numpy 2 only
    "astype": [lambda f, x, y: f(x, np.float64)],
    "matrix_transpose": [lambda f, x, y: f(x)],
    "unstack": [lambda f, x, y: f(x, axis=1)[2]],
    "vector_norm": [lambda f, x, y: f(x, ord=3), lambda f, x, y: f(x, keepdims=True), lambda f, x, y: f(x, axis=0, ord=1)],
    "matrix_norm": [lambda f, x, y: f(x, ord=1), lambda f, x, y: f(x * CUBE, keepdims=True)],
    "matmul": [lambda f, x, y: f(x, y[:, None])],
    # ufuncs with a name of their own
    "fmax": [lambda f, x, y: f(x, y * 0.9)],
    "fmin": [lambda f, x, y: f(x, y * 0.9)],
    "exp2": [lambda f, x, y: f(x)],
    "reciprocal": [lambda f, x, y: f(x)],
    "floor_divide": [lambda f, x, y: f(x, y * 1.3) * x],
    "float_power": [lambda f, x, y: f(x * x, y)],
    "sinc": [lambda f, x, y: f(x), lambda f, x, y: f(x=y)],
    "positive": [lambda f, x, y: f(x)],
    "conjugate": [lambda f, x, y: f(x)],
    "deg2rad": [lambda f, x, y: f(x)],
    "radians": [lambda f, x, y: f(x)],
    "rad2deg": [lambda f, x, y: f(x)],
    "degrees": [lambda f, x, y: f(x)],
    "logaddexp2": [lambda f, x, y: f(x, y)],
}  # fmt: skip
CALLS |= {"amax": CALLS["max"], "amin": CALLS["min"]}
LINALG_NAMESAKES = {  # numpy.linalg's functions that share a name with numpy's, in another signature
    "trace": [lambda f, x, y: f(x * CUBE, offset=1)],
    "diagonal": [lambda f, x, y: f(x * CUBE, offset=1)],
    "outer": [lambda f, x, y: f(y, V)],
    "cross": [lambda f, x, y: f(x, X * X, axis=0)],
    "tensordot": CALLS["tensordot"],
    "matrix_transpose": CALLS["matrix_transpose"],
    "matmul": CALLS["matmul"],
}
NAMED = [f for f in FUNCTIONS] + [f for f in UFUNCS if f.__name__ in CALLS]


def calls_of(function):
    table = LINALG_NAMESAKES if "linalg" in str(getattr(function, "__module__", "")) and function.__name__ in LINALG_NAMESAKES else CALLS
    return table[function.__name__]


PLACES = [(f, k) for f in NAMED for k in range(len(calls_of(f)))]


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")  # since numpy 2.5: people who write it are served all the same
@pytest.mark.parametrize("function, k", sampled(PLACES, 2), ids=lambda part: getattr(part, "__name__", str(part)))
def test_a_call_in_numpys_spelling_gives_numpys_numbers_and_their_derivative(function, k):
    call = lambda x, y: calls_of(function)[k](function, x, y)
    found, wanted = call(ar.tensor(X), ar.tensor(V)), call(X, V)
    assert isinstance(found, ar.Tensor)
    np.testing.assert_allclose(found.value, wanted, rtol=1e-13, atol=1e-14)
    assert found.shape == np.shape(wanted)
    moved = [call(X + BUMP, V), call(X, V + BUMP[0])]
    used = [x for x in (0, 1) if not np.allclose(moved[x], wanted, rtol=0, atol=1e-9)]
    for order in (1, 2):
        f = call if used == [0, 1] else (lambda t: call(t, V)) if used == [0] else lambda t: call(X, t)
        report = ar.gradcheck(f, *((X, V)[x] for x in used), order=order)
        assert report.ok, report


def test_every_name_of_the_table_is_called():
    assert {f.__name__ for f in FUNCTIONS} <= set(CALLS) | {"asarray"}


# -- gradients that are not lost --------------------------------------------------------------------------------------


def test_full_like_carries_the_gradient_of_its_value():
    s = ar.tensor(2.0)
    for like in (ar.tensor(np.ones(3)), ar.constant(np.ones(3))):
        assert (np.full_like(like, s) * s).sum().backward()[s] == 12
    assert (ar.full_like(np.ones(3), s) * s).sum().backward()[s] == 12
    with pytest.raises(TypeError, match=r"numpy.copyto .* In place of numpy.full_like\(array, tensor\): autograd_rnn.full_like"):
        np.full_like(np.ones(3), s)


LOSERS = {  # every other way in which a number of a tensor could leave the tape unseen
    "full": lambda x, y: np.full(3, y[0]),
    "array": lambda x, y: np.array([y, y]),
    "sum of a list": lambda x, y: np.sum([y, y]),
    "ufunc of a list": lambda x, y: np.tanh([y, y]),
    "put": lambda x, y: np.put(np.zeros(4), [0], y),
    "place": lambda x, y: np.place(np.zeros(4), V > 0, y),
    "putmask": lambda x, y: np.putmask(np.zeros(4), V > 0, y),
    "copyto": lambda x, y: np.copyto(np.zeros(4), y),
    "fill_diagonal": lambda x, y: np.fill_diagonal(np.zeros((4, 4)), y),
    "fill_diagonal of it": lambda x, y: np.fill_diagonal(x, 0.0),
    "assignment": lambda x, y: np.zeros(4).__setitem__(slice(None), y),
    "out": lambda x, y: np.add(y, V, out=np.zeros(4)),
    "out of a reduction": lambda x, y: np.sum(x, axis=0, out=np.zeros(4)),
    "out by position": lambda x, y: np.max(x, 0, np.zeros(4)),
    "add.at": lambda x, y: np.add.at(np.zeros(4), [0, 1, 2, 3], y),
    "add.reduceat": lambda x, y: np.add.reduceat(y, [0, 2]),
    "where of a ufunc": lambda x, y: np.exp(y, where=V > 0),
    "piecewise": lambda x, y: np.piecewise(y, [V > 0], [lambda t: t]),
    "choose": lambda x, y: np.choose([0, 1, 0, 1], [y, V]),
    "interp": lambda x, y: np.interp(y, [0.0, 1.0], [0.0, 2.0]),
    "histogram": lambda x, y: np.histogram(y),
    "unique": lambda x, y: np.unique(y),
    "median": lambda x, y: np.median(y),
    "repeats": lambda x, y: np.repeat(V, y),
    "padding": lambda x, y: np.pad(y, 1, constant_values=y),
    "astype": lambda x, y: y.astype(int),
    "sum as integers": lambda x, y: np.sum(y, dtype=int),
    "average returned": lambda x, y: np.average(y, returned=True),
    "minimum.accumulate": lambda x, y: np.minimum.accumulate(y),
    "frompyfunc": lambda x, y: np.vectorize(float)(y),
    "block": lambda x, y: np.block([[x, x]]),
}


@pytest.mark.parametrize("way", LOSERS)
def test_no_way_out_of_the_tape_is_silent(way):
    with pytest.raises((TypeError, ValueError)) as error, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        LOSERS[way](ar.tensor(X, name="x"), ar.tensor(V, name="y"))
    remedies = "autograd_rnn|assign the result|use .value|read-only|not taken|joins|choose|call it with|constant_values|pass its"
    assert any(word in str(error.value) for word in remedies.split("|")), error.value


def test_a_function_without_a_derivative_still_computes_where_none_is_lost():
    c = ar.constant([3.0, 1.0, 2.0])
    assert np.median(c) == 2.0 and np.cbrt(c).shape == (3,)
    with ar.no_grad():
        assert np.median(ar.tensor([3.0, 1.0, 2.0])) == 2.0


# -- ufuncs' methods --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.minimum.reduce, np.add.accumulate, np.multiply.accumulate,
        lambda x: np.add.reduce(x, axis=1, keepdims=True), lambda x: np.add.reduce(x, None), lambda x: np.maximum.reduce(x, 1, initial=0.1),
        lambda x: np.add.accumulate(x, 1), lambda x: np.multiply.outer(x, V), lambda x: np.add.outer(V, x), lambda x: np.hypot.outer(x, V),
        lambda x: np.add(x, V, where=True), lambda x: np.add(x, V, dtype=np.float64),
    ],
)  # fmt: skip
def test_methods_of_ufuncs(call):
    np.testing.assert_allclose(call(ar.tensor(X)).value, call(X), rtol=1e-13)
    report = ar.gradcheck(call, X)
    assert report.ok, report


def test_truth_values_of_tensors_are_plain_by_every_method():
    t = ar.tensor(X)
    for answer, wanted in [
        (np.logical_and.reduce(t > 0), np.logical_and.reduce(X > 0)), (np.greater.outer(t, V), np.greater.outer(X, V)),
        (np.shape(a=t), (3, 4)), (np.where(t > 0), np.where(X > 0)), (np.nonzero(t > 0), np.nonzero(X > 0)),
        (np.searchsorted(np.arange(3.0), t), np.searchsorted(np.arange(3.0), X)), (np.isclose(t, b=t), np.ones_like(X, bool)),
    ]:  # fmt: skip
        np.testing.assert_array_equal(answer, wanted)


# -- lists of tensors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b: ar.sum([a, b], 0), lambda a, b: ar.tanh([a, b]), lambda a, b: a + [b[0], 1.0, b[1], 2.0],
        lambda a, b: [b[0], 1.0, b[1], 2.0] * a,
        lambda a, b: ar.add([a, b], 1.0), lambda a, b: ar.multiply([a, b], [b, a]), lambda a, b: ar.std([a, b]),
        lambda a, b: ar.concatenate([[a[0], b[0]], b]),
        lambda a, b: ar.matmul([a, b], a), lambda a, b: np.dot(a, [b[0], a[0], 1.0, 2.0]), lambda a, b: ar.norm([a, b]),
        lambda a, b: ar.einsum("ij->j", [a, b]),
        lambda a, b: ar.where(V > 0, [a[0], b[0], 1.0, 2.0], b), lambda a, b: ar.max([[a, b], [b, a]]),
        lambda a, b: ar.silu([a, b]), lambda a, b: ar.mean((a, b)),
        lambda a, b: ar.linear([a, b], a), lambda a, b: ar.maximum(a, [b[0], 1.0, b[1], 2.0]), lambda a, b: a @ [b[0], 1.0, b[1], 2.0],
    ],
)  # fmt: skip
def test_a_list_that_holds_tensors_is_stacked(call):
    for order in (1, 2):
        report = ar.gradcheck(call, V, W, order=order)
        assert report.ok, report
    found = call(ar.tensor(V), ar.tensor(W))
    assert isinstance(found, ar.Tensor) and found.op is not None
    found.tape.validate()


def test_numpys_array_of_tensors_names_the_remedy():
    t = ar.tensor(V, name="t")
    for call in (lambda: np.array([t, t]), lambda: np.sum([t, t]), lambda: np.tanh([t, t])):
        with pytest.raises(TypeError, match=r"would drop the gradient of t \(4,\): .*autograd_rnn.array\(\[...\]\)"):
            call()
    assert ar.array([[t, t], [t, V]]).shape == (2, 2, 4)
    assert ar.array([1.0, 2.0]).__class__ is np.ndarray and ar.array(t) is t


# -- methods ----------------------------------------------------------------------------------------------------------


def test_methods_that_stay_on_the_tape():
    x = ar.tensor(X, name="x")
    for f in (
        lambda a: a.std(axis=1), lambda a: a.var(ddof=1), lambda a: a.copy(), lambda a: a.astype(np.float64),
        lambda a: a.take([0, 3], axis=1),
        lambda a: a.round(1) * a, lambda a: a.cumprod(axis=1), lambda a: a.trace(), lambda a: a.trace(1), lambda a: a.diagonal(),
        lambda a: a.clip(min=-1.0, max=1.0), lambda a: a.clip(-1.0), lambda a: a.clip(max=0.6), lambda a: a.sum(where=MASK),
        lambda a: a.max(0, initial=0.1),
        lambda a: a.mean(where=MASK), lambda a: a.reshape(6, 2, order="F"), lambda a: a.ravel("F"), lambda a: a % 0.77, lambda a: 5.33 % a,
        lambda a: a // 0.77 * a, lambda a: round(a, 1) * a if isinstance(a, ar.Tensor) else np.round(a, 1) * a,
        lambda a: a.prod(axis=0, where=MASK),
    ):  # fmt: skip
        y = f(x)
        assert isinstance(y, ar.Tensor) and y.op is not None
        np.testing.assert_allclose(y.value, f(X), rtol=1e-13)
        report = ar.gradcheck(f, X)
        assert report.ok, report


def test_methods_that_leave_the_tape_are_plain():
    x = ar.tensor(X)
    for name in ("any", "all", "argmax", "argmin", "argsort", "nonzero", "tolist"):
        assert not isinstance(getattr(x, name)(), ar.Tensor)
        np.testing.assert_array_equal(getattr(x, name)(), getattr(X, name)())
    np.testing.assert_array_equal(x.argmax(axis=1), X.argmax(axis=1))


def test_a_copy_is_another_node_and_a_cast_keeps_each_dtype():
    x = ar.tensor(X.astype(np.float32), name="x")
    y = x.copy()
    y.name = "y"
    assert x.name == "x" and y.dtype == np.float32
    z = x.astype(np.float64)
    assert z.dtype == np.float64 and (z * z).sum().backward()[x].dtype == np.float32
    for dtype in (int, bool, complex):
        with pytest.raises(TypeError, match=r"would drop the gradient of x \(3, 4\): use .value.astype"):
            x.astype(dtype)
    assert ar.constant([1.7]).astype(int).value.tolist() == [1]


def test_sorting_in_place_is_refused():
    with pytest.raises(TypeError, match=r"x \(3, 4\) cannot be sorted in place: .* autograd_rnn.sort\(t, axis\)"):
        ar.tensor(X, name="x").sort()


def test_a_detached_tensor_keeps_value_name_and_place_but_no_gradient():
    W = ar.tensor(2.0, name="W")
    with ar.scope(step=3):
        h = W * W
        h.name = "h"
    d = h.detach()
    assert d.op is None and d.value == 4 and d.name == h.name == "h_3" and d.step == 3
    assert (h * d).backward()[W] == 16
    assert ar.detach(X) is X


# -- numbers ----------------------------------------------------------------------------------------------------------


def gradients(f, *args):
    leaves = [ar.tensor(a) for a in args]
    y = f(*leaves)
    return [y.value, *(y.sum().backward().get(leaf) for leaf in leaves)]


@pytest.mark.parametrize(
    "f, args, wanted",
    [
        (ar.logaddexp, (-np.inf, -np.inf), (-np.inf, 0, 0)),
        (ar.logaddexp, (1000.0, 1000.0), (1000 + np.log(2), 0.5, 0.5)),
        (ar.logaddexp, (np.inf, 3.0), (np.inf, 1, 0)),
        (ar.logaddexp, (-np.inf, 3.0), (3, 0, 1)),
        (ar.logaddexp, (np.inf, np.inf), (np.inf, 0.5, 0.5)),
        (ar.log_sigmoid, (-1000.0,), (-1000, 1)),
        (ar.log_sigmoid, (1000.0,), (0, 0)),
        (ar.fmax, (np.nan, 2.0), (2, 0, 1)),
        (ar.fmax, (2.0, 2.0), (2, 0.5, 0.5)),
        (ar.fmin, (2.0, np.nan), (2, 1, 0)),
        (ar.fmin, (np.nan, np.nan), (np.nan, 1, 0)),
        (ar.std, ([3.0, 3.0],), (0, [0, 0])),
        (ar.arctan2, (3e-200, 4e-200), (np.arctan2(3, 4), 1.6e199, -1.2e199)),
        (ar.hypot, (3e200, 4e200), (5e200, 0.6, 0.8)),
        (ar.elu, ([-1000.0, 0.0, 1000.0],), ([-1, 0, 1000], [0, 1, 1])),
        (ar.gelu, ([-1000.0, 0.0, 1000.0],), ([0, 0, 1000], [0, 0.5, 1])),
        (ar.silu, ([-1000.0, 0.0, 1000.0],), ([0, 0, 1000], [0, 0.5, 1])),
        (ar.leaky_relu, ([-1.0, 0.0, 1.0],), ([-0.01, 0, 1], [0.01, 0.01, 1])),
        (ar.cumprod, ([2.0, 0.0, 3.0, 0.0],), ([2, 0, 0, 0], [1, 8, 0, 0])),
        (lambda x: ar.norm(x, ord=4), ([1e-200, 0.0],), (1e-200, [1, 0])),
        (lambda x: ar.norm(x, ord=4), ([1e200, 0.0],), (1e200, [1, 0])),
        (ar.arcsin, (1.0,), (np.pi / 2, np.inf)),
        (lambda x: ar.where(x < 1, ar.arcsin(x), 0 * x), (1.0,), (0, 0)),
        (lambda x: ar.where(x < 700, ar.sinh(x), x), (800.0,), (800, 1)),
        (lambda x: ar.where(x > 0, ar.log2(x), x), (0.0,), (0, 1)),
        (lambda x: ar.where(x > 1, ar.arccosh(x), x), (1.0,), (1, 1)),
        (lambda x, y: ar.where(x > 0, ar.arctan2(x, y), x), (0.0, 0.0), (0, 1, 0)),
        (lambda x: ar.nansum(ar.array([x, x * np.nan])), (1.0,), None),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_ends_of_the_number_line(f, args, wanted):
    if wanted is not None:
        for found, expected in zip(gradients(f, *args), wanted, strict=True):
            np.testing.assert_allclose(0 if found is None else found, expected, rtol=1e-12, atol=1e-300)


def test_erf_and_its_complement_are_exact_to_the_last_digits():
    x = np.array([-6.0, -1.0, 0.3, 2.0, 5.9, 10.0, 26.0])
    import mpmath

    np.testing.assert_allclose(ar.erf(x), [float(mpmath.erf(v)) for v in x], rtol=3e-16)
    np.testing.assert_allclose(ar.erfc(x), [float(mpmath.erfc(v)) for v in x], rtol=3e-15)
    np.testing.assert_allclose(ar.gelu(-x), [float(-v * mpmath.ncdf(-v)) for v in x], rtol=1e-12, atol=1e-300)
    with pytest.raises(TypeError, match="not analytic"):
        ar.erf(np.array([1j]))


def test_the_determinants_gradient_holds_at_singular_matrices():
    x = np.arange(1.0, 10.0).reshape(3, 3)
    np.testing.assert_allclose(gradients(ar.det, x)[1], [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-13)
    np.testing.assert_array_equal(gradients(ar.det, np.zeros((3, 3)))[1], np.zeros((3, 3)))
    np.testing.assert_array_equal(gradients(ar.det, np.zeros((1, 1)))[1], [[1.0]])
    second = ar.hessian(ar.det)(np.array([[1.0, 2.0], [2.0, 4.0]]))
    truth = np.array([[[[0, 0], [0, 1]], [[0, 0], [-1, 0]]], [[[0, -1], [0, 0]], [[1, 0], [0, 0]]]])
    assert (np.isnan(second) | (second == truth)).all()  # there it is not known, and so not given
    assert np.isnan(gradients(lambda x: ar.slogdet(x)[1], np.array([[1.0, 2.0], [2.0, 4.0]]))[1]).all()
    with pytest.raises(ValueError, match="inv: Singular matrix"):
        ar.inv(ar.tensor(np.zeros((2, 2))))


def test_what_is_said_in_place_of_counts_with_weights_is_the_same(random_seed):
    rng = np.random.default_rng(random_seed)
    w, index = rng.normal(size=9), rng.integers(0, 4, 9)
    np.testing.assert_allclose(ar.scatter(ar.tensor(w), index, (4,)).value, np.bincount(index, w, 4), rtol=1e-12)


@pytest.mark.parametrize("f", [lambda x: ar.svd(x).S, lambda x: ar.eigh(x @ x.T).eigenvalues ** 0.5], ids=["svd", "eigh"])
def test_where_values_of_a_spectrum_tie_what_is_smooth_has_its_gradient_and_no_wrong_second_derivative(f, random_seed):
    """Σ s² is Σ x², though each value has a kink and each vector a pole where others are equal."""
    Q = np.linalg.qr(np.random.default_rng(random_seed).normal(size=(3, 3)))[0]
    whole = lambda x: (f(x) ** 2).sum()
    for x in (Q, np.eye(3), np.diag([2.0, 2.0, 1.0])):
        np.testing.assert_allclose(ar.grad(whole)(x), 2 * x, atol=1e-12)
    right = 2 * np.eye(9).reshape(3, 3, 3, 3)
    for x in (Q, np.eye(3)):  # of Q's values only rounding says that they differ
        second = ar.hessian(whole)(x)
        assert (np.isnan(second) | np.isclose(second, right, atol=1e-9)).all()
        assert np.isnan(ar.grad(lambda x: (ar.svd(x).U * Q).sum())(x)).any()
    line = np.outer(Q[0], Q[1])
    np.testing.assert_allclose(ar.grad(lambda x: ar.norm(x, ord="nuc"))(line), line, atol=1e-12)
    zero = np.zeros((2, 3))
    assert not ar.grad(lambda x: ar.norm(x, ord="nuc"))(zero).any() and np.isnan(ar.hessian(lambda x: ar.norm(x, ord="nuc"))(zero)).all()


# What stands for a function of numpy that has no derivative here, as the sentence on it says, on vectors of four numbers.
RECIPES = {
    "vander": lambda x, y: (np.vander(x, 4), lambda x: x[:, None] ** np.arange(4)[::-1]),
    "polyfit": lambda x, y: (np.polyfit(x, y, 2), lambda y: ar.solve((V := np.vander(x, 3)).T @ V, V.T @ y)),
    "copysign": lambda x, y: (np.copysign(x, y), lambda x: ar.abs(x) * np.where(np.signbit(y), -1, 1)),
    "ldexp": lambda x, y: (np.ldexp(x, 3), lambda x: x * 2.0**3),
    "cbrt": lambda x, y: (np.cbrt(x), lambda x: ar.sign(x) * ar.abs(x) ** (1 / 3)),
    "compress": lambda x, y: (np.compress(y > 0, x), lambda x: x[y > 0]),
    "lstsq": lambda x, y: (np.linalg.lstsq(np.vander(x, 2), y, None)[0], lambda x: ar.pinv(x[:, None] ** np.array([1, 0])) @ y),
    "cond": lambda x, y: (np.linalg.cond(np.vander(x)), lambda x: (s := ar.svd(x[:, None] ** np.arange(4)[::-1]).S)[0] / s[-1]),
    "qr": lambda x, y: (
        np.abs(np.linalg.qr(np.vander(x, 2))[1]),
        lambda x: ar.abs(ar.cholesky((A := x[:, None] ** np.array([1, 0])).T @ A).T),
    ),
    "polyval": lambda x, y: (np.polyval([2.0, 3.0, 4.0], x), lambda x: x * (x * 2.0 + 3.0) + 4.0),
}


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_said_in_place_of_a_function_gives_its_numbers(name, random_seed):
    x, y = np.array([[-1.5, -0.4, 0.6, 2.0], [0.0] * 4]) + np.random.default_rng(random_seed).uniform(-0.2, 0.2, (2, 4))
    wanted, recipe = RECIPES[name](x, y)
    np.testing.assert_allclose(recipe(ar.tensor(y if name == "polyfit" else x)).value, wanted, rtol=1e-6, atol=1e-9)
    with pytest.raises(AttributeError, match=f"autograd_rnn has no '{name}': ."):
        getattr(ar, name)


# -- sentences --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, message",
    [
        (np.linalg.eig, "numpy.linalg.eig has no derivative here: of spectra autograd_rnn.eigh has one, for symmetric matrices, and svd"),
        (np.linalg.svd, "the further vectors of full_matrices=True have no derivative: pass full_matrices=False"),
        (np.fft.fft, "numpy.fft.fft has no derivative here: no Fourier transform has one"),
        (np.median, "numpy.median has no derivative here: take the elements you mean from autograd_rnn.sort"),
        (lambda t: np.percentile(t, 5), "autograd_rnn.sort"),
        (np.unwrap, "autograd_rnn.where"),
        (np.cbrt, "abs"),
        (lambda t: np.fmod(t, 2.0), "autograd_rnn.mod"),
        (np.nancumsum, "replace the nan first"),
        (lambda t: np.resize(t, 2), "autograd_rnn.tile, then reshape"),
        (lambda t: np.bincount([0, 1, 1], weights=t[0]), "weights, where there are any, add up with autograd_rnn.scatter"),
        (np.spacing, "see autograd_rnn.OPS"),
        (lambda t: np.compress([0, 1], t), "index the tensor: t[mask]"),
        (lambda t: np.extract(X > 0, t), "index the tensor: t[mask]"),
        (lambda t: np.linalg.norm(t, 3), "norm: ord=3 of 2 axes has no derivative here: for matrices there are 'fro', 'nuc', 1, -1, 2"),
        (lambda t: np.reshape(t, (4, 3), order="K"), "order='K' depends on how memory lies"),
        (lambda t: np.pad(t, 1, mode="mean"), "pad: mode='mean' with {}: choose constant, edge, reflect, symmetric or wrap"),
        (lambda t: np.pad(t, 1, mode="reflect", reflect_type="odd"), "pad: mode='reflect' with {'reflect_type': 'odd'}"),
        (lambda t: np.var(t, where=MASK), "unexpected keyword argument 'where'"),
        (lambda t: ar.sum(t, axes=0), "unexpected keyword argument 'axes'"),
        (lambda t: ar.clip(t, 0, a_min=1), "a bound is given twice"),
        (lambda t: np.sort(t, order="x"), "order= is for records"),
        (lambda t: np.gradient(t, [1.0, 2.0, 4.0], axis=0), "one even spacing for each axis"),
        (lambda t: np.average(t, weights=[1.0, 2.0]), "average: weights of shape"),
        (lambda t: ar.cross(t, t), "cross: vectors of three elements"),
        (lambda t: ar.array_split(t, 0), "array_split: into 0 parts"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_answered_by_what_it_means(call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call(ar.tensor(X))
    assert message in str(error.value)


def test_padding_by_axis_number():
    np.testing.assert_array_equal(np.pad(ar.tensor(X), {-1: (1, 2)}).value, np.pad(X, ((0, 0), (1, 2))))
    for options in ({}, {"mode": "edge"}, {"constant_values": 2.0}):
        np.testing.assert_array_equal(ar.pad(ar.tensor(X), {0: 1}, **options).value, np.pad(X, ((1, 1), (0, 0)), **options))
        assert ar.gradcheck(lambda x: ar.pad(x, {0: (1, 2), -1: 1}, **options), X, order=2).ok
    report = ar.gradcheck(lambda x, c: ar.pad(x, 1, constant_values=c), X, np.array(2.0))
    assert report.ok, report


def test_the_axes_of_an_ellipsis_broadcast_from_the_right():
    a, b = rng.normal(size=(3, 2, 4)), rng.normal(size=(5, 1, 4, 2))
    f = lambda x, y: ar.einsum("...ij,...jk->...ik", x, y)
    np.testing.assert_allclose(f(a, b), np.einsum("...ij,...jk->...ik", a, b))
    report = ar.gradcheck(f, a, b)
    assert report.ok, report


def test_our_own_functions_take_numpys_keywords_too():
    x = ar.tensor(X)
    np.testing.assert_array_equal(ar.sum(x, axis=1, where=MASK).value, np.sum(X, axis=1, where=MASK))
    np.testing.assert_array_equal(ar.clip(x, a_min=0).value, np.clip(X, 0, None))
    np.testing.assert_array_equal(ar.swapaxes(x, axis1=0, axis2=1).value, X.T)
    np.testing.assert_array_equal(ar.reshape(x, (4, 3), order="F").value, np.reshape(X, (4, 3), order="F"))
    np.testing.assert_array_equal(ar.max(x, 0, initial=9.0).value, np.full(4, 9.0))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "power", "mod"])
def test_plain_lists_are_arrays_for_operations_on_two(name):
    wanted = getattr(np, name)([1.0, 2.0], [3.0, 4.0])
    for kind in (list, tuple):
        assert np.array_equal(getattr(ar, name)(kind([1.0, 2.0]), kind([3.0, 4.0])), wanted)
    assert np.array_equal(getattr(ar, name)([1.0, 2.0], 3), getattr(np, name)([1.0, 2.0], 3))
    assert np.array_equal(getattr(ar, name)(3, [1.0, 2.0]), getattr(np, name)(3, [1.0, 2.0]))


@pytest.mark.parametrize("name", ["square", "negative", "softplus", "relu", "sigmoid", "abs"])
def test_plain_lists_are_arrays_for_operations_on_one(name):
    assert np.array_equal(getattr(ar, name)([-1.0, 2.0]), getattr(ar, name)(np.array([-1.0, 2.0])))


@pytest.mark.parametrize(
    "call",
    [
        lambda x, axis: np.diff(x, axis=axis), lambda x, axis: np.gradient(x, axis=axis), lambda x, axis: np.gradient(x, axis=(0, axis)),
        lambda x, axis: np.tensordot(x, x, ([axis], [1])), lambda x, axis: np.tensordot(x, x, ([1], [axis])),
        lambda x, axis: np.linalg.norm(x, 1, axis), lambda x, axis: np.linalg.norm(x, 1, (0, axis)),
        lambda x, axis: np.linalg.norm(x, 3, axis),
        lambda x, axis: np.linalg.norm(x, axis=axis), lambda x, axis: np.take(x, [0], axis), lambda x, axis: np.split(x, 1, axis),
        lambda x, axis: np.array_split(x, 2, axis), lambda x, axis: np.average(x, axis, V), lambda x, axis: np.sum(x, axis),
        lambda x, axis: np.std(x, axis), lambda x, axis: np.cumprod(x, axis), lambda x, axis: np.sort(x, axis),
    ],
)  # fmt: skip
@pytest.mark.parametrize("axis", [2, 3, -3, -4])
def test_an_axis_that_there_is_not_is_refused(call, axis):
    with pytest.raises(ValueError, match=f"axis .*{axis}.* is out of bounds"):
        call(ar.tensor(X), axis)


@pytest.mark.parametrize("f", [ar.softmax, ar.logsumexp, ar.log_softmax])
def test_whole_numbers_have_a_softmax(f):
    for x in (np.array([1, 2]), [1, 2], ar.constant([1, 2])):
        assert np.array_equal(getattr(f(x), "value", f(x)), f(np.array([1.0, 2.0])))


@pytest.mark.parametrize("make", [ar.tensor, ar.constant])
@pytest.mark.parametrize("hold", [lambda x: [x, x], lambda x: ([x * 2], [1.0]), lambda x: [x, [1.0]]])
def test_a_tensor_made_of_tensors_names_the_remedy(make, hold):
    with pytest.raises(TypeError, match=r"would drop the gradient of .*autograd_rnn\.array\(\[\.\.\.\]\) where it stands in a list"):
        make(hold(ar.tensor(2.0)))


def test_methods_say_their_name_arguments_and_meaning():
    methods = [name for name, value in vars(ar.Tensor).items() if callable(value) and not name.startswith("_")]
    told = {name: pydoc.render_doc(getattr(ar.tensor(1.0), name), renderer=pydoc.plaintext) for name in methods}
    assert {"sum", "copy", "ravel", "argmax", "sort"} <= told.keys()
    for name, text in told.items():
        named = {"flatten": "ravel", "sort": "_sort"}.get(name, name)
        assert f"method {named} in" in text and len(text.splitlines()) > 3, text
    assert "sum(axis: 'Axis' = None, keepdims: 'bool' = False)" in told["sum"]


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (lambda t: t.exp(), r"a tensor has no .exp: write autograd_rnn.exp\(t, ...\)"),
        (lambda t: t.view(3, 2), r"a tensor has no 'view': write t.reshape\(shape\)"),
        (lambda t: t.numpy(), "a tensor has no 'numpy': write t.value, the read-only array"),
        (lambda t: t.mm(t.T), "a tensor has no 'mm': write a @ b"),
        (lambda t: ar.cat([t, t]), "autograd_rnn has no 'cat': write autograd_rnn.concatenate"),
        (lambda t: ar.sum(t, dim=1), "sum: dim= is axis= here, as in numpy"),
        (lambda t: t.mean(keepdim=True), "mean: keepdim= is keepdims= here, as in numpy"),
        (lambda t: ar.softmax(t, dim=-1), "softmax: dim= is axis= here, as in numpy"),
        (
            lambda t: setattr(t, "value", np.zeros(3)),
            r"W \(2, 3\) cannot be given a value so: W.assign\(array\) gives a variable a new one",
        ),
        (lambda t: setattr(t, "grad", np.zeros(3)), r"the grad of W \(2, 3\) is what sweeps add up: only None is put in its place"),
        (
            lambda t: ar.tensor(t * 2),
            r"a new variable made of it would drop the gradient of the result of multiply \(2, 3\): use the tensor",
        ),
        (lambda t: ar.no_grad(lambda: t.__isub__(1.0))(), r"W \(2, 3\) keeps its value under \+=, -=, \*= and /=: write W.assign"),
        (
            lambda t: ar.nets.losses.cross_entropy(t, [1]),
            r"cross_entropy: one class index for each row of scores: W \(2, 3\) and a constant \(1,\)",
        ),
        (lambda t: ar.nets.losses.squared_error(t, np.ones(3)), "squared_error: targets of the shape of the scores"),
    ],
)
def test_what_people_write_elsewhere_is_answered_in_one_sentence(wrong, sentence):
    t = ar.tensor(np.ones((2, 3)), name="W")
    with pytest.raises((TypeError, ValueError, AttributeError), match=sentence):
        wrong(t)


def test_in_place_operators_outside_no_grad_are_the_plain_ones():
    total, x = ar.tensor(0.0), ar.tensor(3.0)
    start = total
    total += x * x
    assert total is not start and total.backward()[x] == 6
    x.grad = None
    assert x.grad is None


def test_completion_offers_what_there_is():
    t = ar.tensor(1.0)
    assert "exp" not in dir(t) and "mm" not in dir(t) and not hasattr(t, "mm") and {"sum", "backward", "tape", "T"} <= set(dir(t))


# -- what people know from another library ----------------------------------------------------------------------------


def _tensor():
    return ar.tensor(np.arange(1.0, 7.0).reshape(2, 3), name="W")


@pytest.mark.parametrize("function", [f for f in (*UFUNCS, *FUNCTIONS) if not hasattr(ar, f.__name__)], ids=lambda f: f.__name__)
def test_a_name_that_only_numpy_has_is_called_numpys(function):
    with pytest.raises(AttributeError) as told:
        getattr(ar, function.__name__)
    called = re.search(r"(numpy[.\w]*) takes tensors$", str(told.value))
    if called is None:  # another sentence says more
        assert ": " in str(told.value)
    else:
        found = functools.reduce(getattr, called[1].split(".")[1:], np)
        assert found in UFUNCS or found in FUNCTIONS


@pytest.mark.parametrize("name", NAMES)
def test_a_name_from_elsewhere_says_what_to_write(name):
    """On a tensor and on the package: it is there, or one sentence names what stands in its place."""
    for owner in (_tensor(), ar):
        if name not in dir(owner):
            with pytest.raises(AttributeError) as caught:
                getattr(owner, name)
            said = str(caught.value)
            assert NAMES[name] in said or f"write autograd_rnn.{name}(t, ...)" in said
            assert not hasattr(owner, name) and "\n" not in said and len(said) < 170


def test_what_is_named_in_place_exists():
    """Every name in the table's sentences is one that there is."""
    for sentence in NAMES.values():
        for name in re.findall(r"autograd_rnn\.(\w+)", sentence):
            assert name in dir(ar), sentence
        for name in re.findall(r"\b[tW]\.(\w+)", sentence):
            assert name in dir(ar.Tensor), sentence
        for name in re.findall(r"numpy\.(\w+)", sentence):
            assert hasattr(np, name), sentence


SQUARES = lambda x: (x * x).sum()


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (lambda t: t.sum().backward(gradient=np.array(2.0)), "backward: gradient= is seed= here"),
        (lambda t: t.sum().backward(retain_graph=True), "backward: retain_graph= is not needed: a tape stays"),
        (lambda t: ar.Model(ar.RNN(2, 2), 2).unroll(np.ones((1, 2)), [0]).backward(retain_graph=True), "backward: retain_graph= is not"),
        (lambda t: t.sum().backward(inputs=[t]), r"backward: inputs= is not needed: grads = loss.backward\(\) has"),
        (lambda t: ar.grad(SQUARES, argnums=0), "grad: argnums= is argnum= here"),
        (lambda t: ar.jacobian(SQUARES, argnums=0), "jacobian: argnums= is argnum= here"),
        (lambda t: ar.value_and_grad(SQUARES, has_aux=True), "value_and_grad: has_aux= is not taken"),
        (lambda t: ar.tensor(1.0, requires_grad=True), "tensor: requires_grad= is not needed: every tensor"),
        (lambda t: ar.tensor(1.0, dtype="float32"), r"tensor: dtype= is that of the array: give numpy.asarray\(values, dtype\)"),
        (lambda t: ar.constant(1.0, device="cpu"), "constant: device= is not needed: numpy computes"),
        (lambda t: ar.stack([t, t], dim=0), "stack: dim= is axis= here, as in numpy"),
        (lambda t: ar.std(t, dim=0), "std: dim= is axis= here, as in numpy"),
        (lambda t: t.std(keepdim=True), "std: keepdim= is keepdims= here, as in numpy"),
        (lambda t: ar.Tensor([1.0]), r"write tensor\(values\) for a variable to differentiate, constant\(values\) for what is not"),
        (lambda t: t.size(), r"t.size is a number and t.shape a tuple, as in numpy: write them without \(\)"),
        (lambda t: t.size(0), r"t.size is a number and t.shape a tuple"),
    ],
)
def test_an_option_from_elsewhere_says_what_to_write(wrong, sentence):
    with pytest.raises(TypeError, match=sentence):
        wrong(_tensor())


def test_an_option_that_nobody_has_is_pythons_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'gradients'"):
        _tensor().sum().backward(gradients=1.0)


@pytest.mark.parametrize("a, b", [(_tensor(), 2.0), (7.5, _tensor()), (_tensor(), _tensor().value[0] * 0.7)])
def test_divmod_is_the_quotient_and_the_rest(a, b):
    x = a if isinstance(a, ar.Tensor) else b
    for ours, numpys in zip(divmod(a, b), np.divmod(getattr(a, "value", a), getattr(b, "value", b)), strict=True):
        np.testing.assert_array_equal(ours.value, numpys)
    whole, rest = divmod(a, b)
    np.testing.assert_array_equal(rest.sum().backward()[x], (a % b).sum().backward()[x])
    assert not whole.sum().backward()[x].any()


def test_a_number_is_looked_for_among_the_elements():
    assert 3.0 in _tensor() and 9 not in _tensor() and [1.0, 2.0, 9.0] in _tensor()
