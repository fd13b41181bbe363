"""Transforms by several arguments, by name, and by dicts, lists and tuples of arrays; and what their errors say."""

import functools
from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine import call, exact

X, ONES = np.array([0.3, -0.5]), np.ones(2)
product = lambda x, y: x * x * y
Layer = namedtuple("Layer", "w b")


def params():
    return {"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([0.5, -0.5])}


def loss(params, x):
    return ar.square(params["W"] @ x + params["b"]).sum()


def mixed(W, b):
    return W * b[0] * b[1][0] * b[1][1]


def scaled(x, W, b=0.0, *, scale=1.0):
    return (x * W * scale + b).sum()


def same(a, b):
    """Equal structures: keys, kinds and order; and nearly equal arrays."""
    assert type(a) is type(b), (type(a), type(b))
    if isinstance(a, dict):
        assert list(a) == list(b)
        a, b = list(a.values()), list(b.values())
    if isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            same(one, other)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        assert np.shape(a) == np.shape(b)


@pytest.fixture
def sweeps(monkeypatch):
    """A list that grows by one with every backward sweep."""
    found = []
    monkeypatch.setattr(exact, "sweep", lambda *args, sweep=exact.sweep, **options: found.append(1) or sweep(*args, **options))
    return found


# -- which argument ---------------------------------------------------------------------------------------------------


def test_several_arguments_give_a_tuple_from_one_sweep(sweeps):
    same(ar.grad(product, argnum=(0, 1))(3.0, 2.0), (np.array(12.0), np.array(9.0)))
    assert len(sweeps) == 1
    same(ar.grad(product, argnum=(-1, 0))(3.0, 2.0), (np.array(9.0), np.array(12.0)))
    same(ar.grad(product, (1,))(3, 2), (np.array(9.0),))
    same(ar.value_and_grad(product, (0, 1))(3.0, 2.0), (np.array(18.0), (np.array(12.0), np.array(9.0))))


@pytest.mark.parametrize(
    "argnum, args, options, wanted",
    [
        ("W", (3.0,), dict(W=2.0), 3),
        ("W", (3.0, 2.0), {}, 3),
        ("x", (), dict(x=3.0, W=2.0), 2),
        (0, (3.0,), dict(W=2.0), 2),
        ("scale", (3.0, 2.0), dict(scale=5.0), 6),
        (0, (3.0, 2.0), dict(scale=5.0), 10),
        (("b", "scale", 0), (3.0, 2.0, 1.0), dict(scale=5.0), (1, 6, 10)),
    ],
)
def test_an_argument_is_chosen_by_number_or_by_name(argnum, args, options, wanted):
    gradient = ar.grad(scaled, argnum)(*args, **options)
    assert gradient == wanted and type(gradient) is (tuple if isinstance(argnum, tuple) else np.ndarray)


def test_names_are_found_in_whatever_can_be_called():
    class Net:
        def __call__(self, x, W):
            return scaled(x, W)

        def method(self, x, W=1.0):
            return scaled(x, W)

    for f in (Net(), Net().method, functools.partial(scaled, scale=1.0), functools.wraps(scaled)(lambda *args: scaled(*args))):
        assert ar.grad(f, "W")(3.0, 2.0) == 3
    assert ar.grad(ar.grad(scaled, "x"), "W")(3.0, 2.0) == 1  # a gradient keeps the names of its function
    assert ar.grad(ar.tanh, "x")(0.0) == ar.grad(np.tanh, 0)(0.0) == 1


def test_every_transform_passes_keyword_arguments_on():
    f = lambda x, scale: (x * x * scale).sum()
    same(ar.grad(f)(X, scale=2.0), 4 * X)
    same(ar.value_and_grad(f)(X, scale=2.0), (np.array((2 * X * X).sum()), 4 * X))
    same(ar.vjp(f)(X, scale=2.0)[1](), 4 * X)
    same(ar.jvp(f)(X, scale=2.0)[1](ONES), np.array((4 * X).sum()))
    same(ar.jacobian(f)(X, scale=2.0), 4 * X)
    same(ar.hessian(f)(X, scale=2.0), 4 * np.eye(2))
    same(ar.hessian(f, ("scale", "x"))(X, scale=2.0), ((np.array(0.0), 2 * X), (2 * X, 4 * np.eye(2))))


def test_grad_decorates():
    @ar.grad
    def slope(x, power=2):
        """The slope."""
        return x**power

    assert slope(3.0) == 6 and slope(3.0, power=3) == 27
    assert slope.__name__ == "slope" and slope.__doc__ == "The slope."
    for transform in (ar.value_and_grad, ar.vjp, ar.jvp, ar.jacobian, ar.hessian):
        assert transform(scaled).__name__ == "scaled"


# -- structures -------------------------------------------------------------------------------------------------------


def test_a_dict_of_parameters_gives_a_dict_of_gradients_from_one_sweep(sweeps):
    p = params()
    residual = p["W"] @ X + p["b"]
    wanted = {"W": 2 * np.outer(residual, X), "b": 2 * residual}
    same(ar.grad(loss)(p, X), wanted)
    assert len(sweeps) == 1
    same(ar.grad(loss, "params")(x=X, params=p), wanted)
    same(ar.grad(loss, (0, 1))(p, X), (wanted, 2 * p["W"].T @ residual))
    same(p, params())


@pytest.mark.parametrize(
    "given, f",
    [
        ([X, ONES], lambda p: (p[0] * p[1]).sum()),
        ((X, 2.0), lambda p: (p[0] * p[1]).sum()),
        (Layer(X, ONES), lambda p: (p.w * p.b).sum()),
        ({"W": [1.0, 2.0], "b": 3.0}, lambda p: (p["W"] * p["b"]).sum()),
        ([(X, ONES), (ONES, X)], lambda p: sum((ar.tanh(W) * b).sum() for W, b in p)),
        ([{"W": X, "b": [ONES, (0.5, X)]}, Layer(X, ONES)], lambda p: (mixed(**p[0]) * p[1].w * p[1].b).sum()),
        ({("a", 1): 1.0, None: 2.0, 3: X}, lambda p: (p["a", 1] * p[None] * p[3]).sum()),
    ],
)
def test_the_gradient_has_the_structure_of_the_argument(given, f):
    s = call.Structure(given)
    floats = s.filled({path: np.array(leaf, float) for path, leaf in s.leaves.items()})
    gradient = ar.grad(f)(given)
    leaves = call.Structure(gradient).leaves
    for path, leaf in call.Structure(floats).leaves.items():
        alone = lambda x, path=path: f(s.filled({**s.leaves, path: x}))
        same(leaves.pop(path), ar.grad(alone)(leaf))
    assert not leaves and s.filled(dict.fromkeys(s.leaves)) == call.Structure(gradient).filled(dict.fromkeys(s.leaves))


def test_a_list_of_numbers_is_one_array_and_a_mapping_comes_back_as_a_dict():
    same(ar.grad(lambda x: (x * x).sum())([1, 2.0]), np.array([2.0, 4.0]))
    same(ar.grad(lambda x: (x * x).sum())(((1.0, 2.0), (3.0, 4.0))), np.array([[2.0, 4.0], [6.0, 8.0]]))
    same(ar.grad(lambda p: (p["x"] ** 2).sum())(OrderedDict(x=X)), {"x": 2 * X})
    same(ar.grad(lambda p: p["a"] ** 2)({"a": 1.0, "b": {}}), {"a": np.array(2.0), "b": {}})


@pytest.mark.parametrize("net", [ar.RNN(2, 3), ar.Model(ar.LSTM(2, 3), output_size=2)])
def test_by_the_parameters_of_a_net(net):
    gradient = ar.grad(lambda p: sum((value**3).sum() for value in p.values()))(net.parameters)
    same(gradient, {name: 3 * value.value**2 for name, value in net.parameters.items()})
    assert all(value.grad is None for value in net.parameters.values())


def test_a_leaf_is_named_by_its_key():
    names = []

    def f(p, y, k):
        names.extend(x.name for x in (p["W"], *p["layers"], y, k))
        return (p["W"] * p["layers"][0] * p["layers"][1] * y * k).sum()

    given = {"W": X, "layers": [ar.tensor(X, "theta"), X]}
    ar.grad(f, (0, 1, "k"))(given, ar.tensor(2.0, "y"), k=1.0)
    assert names == ["W", "theta", None, "y", "k"]
    ar.grad(lambda a: ar.grad(f, (0, 1, "k"))({"W": a, "layers": [a, a]}, a, k=a)[0]["W"].sum())(X)
    assert names[5:] == ["W", None, None, None, "k"]
    with pytest.raises(ValueError, match=r"inner sizes differ: W \(2, 3\) @ b \(2,\)"):
        ar.grad(lambda p: (p["W"] @ p["b"]).sum())({"W": np.ones((2, 3)), "b": X})


def test_one_array_under_two_keys_is_two_leaves_and_gradients_share_no_memory():
    p = {"a": X, "b": X, "c": ONES}
    value, pull = ar.vjp(lambda p: {"sum": p["a"] + p["b"] + p["c"], "same": p["c"]})(p)
    gradients = [pull({"sum": ONES, "same": 0 * ONES}) for _ in range(2)]
    arrays = [X, ONES, *value.values(), *(g for gradient in gradients for g in gradient.values())]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])
    for array in arrays[2:]:
        array[:] = 9
    same([X, ONES], [np.array([0.3, -0.5]), np.ones(2)])
    same(ar.grad(lambda p: (p["a"] * p["b"] * p["b"]).sum())({"a": X, "b": X}), {"a": X * X, "b": 2 * X * X})


def test_given_variables_and_a_given_dict_stay_as_they_are():
    W = ar.tensor(X, "W")
    given = {"W": W, "b": X}
    same(ar.grad(lambda p: (p.pop("W") * W * p.pop("b")).sum())(given), {"W": X * X, "b": X * X})
    assert W.grad is None and list(given) == ["W", "b"] and given["W"] is W


def test_each_leaf_keeps_its_dtype():
    p = {"half": X.astype("float16"), "single": X.astype("float32"), "double": X}
    f = lambda p: (p["half"] ** 2 * p["single"] ** 2 * p["double"] ** 2).sum()
    for given in (ar.grad(f)(p), ar.jvp(ar.grad(f))(p)[1](p), ar.jacobian(f)(p), ar.vjp(ar.grad(f))(p)[1](p)):
        assert {name: g.dtype for name, g in given.items()} == {name: x.dtype for name, x in p.items()}


# -- vjp, jvp, jacobian and hessian of structures ---------------------------------------------------------------------


def two(p, x):
    """A function with structures as its argument and as its result."""
    h = ar.tanh(p["W"] @ x + p["b"])
    return {"h": h, "rest": (h.sum(), p["b"] * 2.0)}


def test_vjp_pulls_a_seed_of_the_results_structure_in_one_sweep(sweeps):
    value, pull = ar.vjp(two, (0, 1))(params(), X)
    h = np.tanh(params()["W"] @ X + params()["b"])
    same(value, {"h": h, "rest": (np.array(h.sum()), 2 * params()["b"])})
    v, s, r = np.array([1.0, -2.0]), 0.5, np.array([3.0, 4.0])
    da = (v + s) * (1 - h * h)
    same(pull({"h": v, "rest": [s, r]}), ({"W": np.outer(da, X), "b": da + 2 * r}, params()["W"].T @ da))
    assert len(sweeps) == 1


def test_jvp_and_jacobian_of_structures_agree_with_vjp():
    p, d = params(), {"W": np.array([[0.1, 0.2], [-0.3, 0.4]]), "b": np.array([1.0, -1.0])}
    J = ar.jacobian(two)(p, X)
    times = lambda j: np.asarray(np.tensordot(j["W"], d["W"], 2) + j["b"] @ d["b"])
    same(ar.jvp(two)(p, X)[1](d), {"h": times(J["h"]), "rest": tuple(map(times, J["rest"]))})
    assert J["h"]["W"].shape == (2, 2, 2) and J["rest"][0]["b"].shape == (2,) and not J["rest"][1]["W"].any()
    same(ar.jacobian(product, (0, 1))(X, ONES), (np.diag(2 * X), np.diag(X * X)))
    same(ar.jacobian(lambda p: p["x"][:0])({"x": X}), {"x": np.zeros((0, 2))})


def test_a_hessian_of_a_structure_is_a_structure_of_structures():
    H = ar.hessian(lambda p: p["a"] ** 2 * (p["b"] ** 2).sum())({"a": 3.0, "b": X})
    same(H, {"a": {"a": np.array(2 * (X @ X)), "b": 12 * X}, "b": {"a": 12 * X, "b": 18 * np.eye(2)}})
    same(ar.hessian(product, (0, 1))(3.0, 2.0), ((np.array(4.0), np.array(6.0)), (np.array(6.0), np.array(0.0))))
    same(ar.hessian(lambda p: p["a"] ** 2, unused="zero")({"a": 3.0, "b": 1.0})["b"], {"a": np.array(0.0), "b": np.array(0.0)})


def test_hessian_vector_products_of_a_dict(sweeps):
    p, d = params(), {"W": np.array([[0.1, 0.2], [-0.3, 0.4]]), "b": np.array([1.0, -1.0])}
    product = ar.jvp(ar.grad(loss))(p, X)[1](d)
    assert len(sweeps) == 3  # one for the gradient, two for its derivative, however many parameters there are
    slope = lambda p: sum((g * d[name]).sum() for name, g in ar.grad(loss)(p, X).items())
    same(ar.grad(slope)(p), product)
    same(ar.vjp(ar.grad(loss))(p, X)[1](d), product)
    moved = [ar.grad(loss)({name: p[name] + h * d[name] for name in p}, X) for h in (1e-6, -1e-6)]
    for name, value in product.items():
        np.testing.assert_allclose(value, (moved[0][name] - moved[1][name]) / 2e-6, rtol=1e-7)


def test_13_perturbations_of_structures_are_not_confused():
    inner = lambda p: ar.grad(lambda q: p["x"] * q["y"])({"y": 1.0})["y"]
    same(ar.grad(lambda p: p["x"] * inner(p))({"x": 1.0}), {"x": np.array(2.0)})
    W = ar.tensor(2.0, "W")  # captured, and swept by no transform
    same(ar.grad(ar.grad(lambda x: W * x**3))(1.0), np.array(12.0))
    by_b = lambda a, b: ar.grad(lambda p: p["a"] * p["b"] ** 2)({"a": a, "b": b})["b"]
    same(ar.grad(by_b, (0, 1))(3.0, 5.0), (np.array(10.0), np.array(6.0)))
    assert W.grad is None


def test_a_seed_and_a_direction_may_be_differentiated_too():
    p = params()
    d = ar.grad(lambda v: sum((t**2).sum() for t in ar.vjp(lambda p: p["W"] @ X + p["b"])(p)[1](v).values()))(ONES)
    same(d, 2 * ONES * (X @ X) + 2 * ONES)
    d = ar.grad(lambda v: (ar.jvp(lambda p: p["W"] @ X + p["b"])(p)[1](v) ** 2).sum())({"W": p["W"], "b": p["b"]})
    same(d, ar.grad(loss)(p, X))


def test_no_grad_around_a_transform_and_inside_one():
    with ar.no_grad():
        same(ar.jvp(ar.grad(loss))(params(), X)[1](params()), ar.grad(loss)(params(), X))
        same(ar.vjp(lambda x: [x, 2.0 * x])(X)[1]([ONES, np.array([True, False])]), np.array([3.0, 1.0]))
    stopped = ar.grad(lambda x: x * _without(lambda: ar.grad(lambda p: p["a"] ** 2)({"a": x})["a"]))(3.0)
    assert stopped == 6  # 2x counts as a number


def _without(f):
    with ar.no_grad():
        return f()


# -- against another engine -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the peer
@pytest.mark.parametrize("seed", range(12))
def test_random_functions_of_structures_agree_with_pytorch(seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    unary = {"tanh": (ar.tanh, torch.tanh), "sin": (ar.sin, torch.sin), "exp": (lambda x: ar.exp(-x * x), lambda x: torch.exp(-x * x))}
    plan = [(rng.choice(list(unary)), *rng.integers(0, 100, 2), rng.integers(3)) for _ in range(6)]

    def program(mine, p, x):
        pool = [p["W"] @ x, p["layer"][0], p["layer"][1]["b"] * p["scale"], x]
        for name, i, j, how in plan:
            a, b = pool[i % len(pool)], unary[name][not mine](pool[j % len(pool)])
            pool.append([a * b, a + b, a - b / (b * b + 1.0)][how])
        return sum(pool[1:], pool[0])

    p = {"W": rng.normal(size=(3, 3)), "layer": [rng.normal(size=3), {"b": rng.normal(size=3)}], "scale": rng.normal(size=())}
    s = call.Structure(p)
    t = s.filled({path: torch.tensor(leaf) for path, leaf in s.leaves.items()})
    v = s.filled({path: rng.normal(size=leaf.shape) for path, leaf in s.leaves.items()})
    tv = s.filled({path: torch.tensor(leaf) for path, leaf in call.Structure(v).leaves.items()})
    x, g = rng.normal(size=(2, 3))
    tx, tg = torch.tensor(x), torch.tensor(g)
    mine, theirs = functools.partial(program, True), functools.partial(program, False)
    total, torchs = (lambda p, x: (mine(p, x) ** 2).sum()), (lambda p, x: (theirs(p, x) ** 2).sum())
    func = torch.func

    def agree(a, b):
        same(call.Structure(a).leaves, {path: leaf.detach().numpy() for path, leaf in opened(b).items()})

    def opened(b):
        leaves, waiting = {}, [((), b)]
        while waiting:
            path, item = waiting.pop()
            children = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, (list, tuple)) else None
            if children is None:
                leaves[path] = item
            else:
                waiting.extend(((*path, key), child) for key, child in reversed(list(children)))
        return leaves

    agree(ar.grad(total, (0, 1))(p, x), func.grad(torchs, (0, 1))(t, tx))
    agree(ar.vjp(mine, (0, 1))(p, x)[1](g), func.vjp(theirs, t, tx)[1](tg))
    agree(ar.jvp(mine)(p, x)[1](v), func.jvp(lambda p: theirs(p, tx), (t,), (tv,))[1])
    agree(ar.jacobian(mine, (0, 1))(p, x), func.jacrev(theirs, (0, 1))(t, tx))
    agree(ar.hessian(total, (0, 1))(p, x), func.hessian(torchs, (0, 1))(t, tx))
    agree(ar.jvp(ar.grad(total))(p, x)[1](v), func.jvp(lambda p: func.grad(torchs)(p, tx), (t,), (tv,))[1])


# -- what errors say --------------------------------------------------------------------------------------------------

HOLDS_ITSELF, LIST_ITSELF = {}, [1.0]
HOLDS_ITSELF["again"] = HOLDS_ITSELF
LIST_ITSELF += [LIST_ITSELF, LIST_ITSELF]
square = lambda params: params["a"] ** 2


def with_leaf(leaf):
    return lambda: ar.grad(square)({"a": 1.0, "steps": leaf})


NO_DERIVATIVE = "and only floating-point numbers have a derivative: convert it, or pass it to f as another argument"
MISUSED = {
    "none": (lambda: ar.grad(product)(), ValueError, "argnum=0, but f was called with 0 arguments"),
    "by-name": (lambda: ar.grad(product, 1)(3.0, y=2.0), ValueError,
                "argnum=1, but f was called with 1 argument: one given by name is chosen by name, as argnum='y'"),
    "few": (lambda: ar.grad(product)(1.0), TypeError, "missing 1 required positional argument: 'y'"),
    "many": (lambda: ar.grad(product)(1.0, 2.0, 3.0), TypeError, "takes 2 positional arguments but 3 were given"),
    "twice": (lambda: ar.grad(product, (0, 0))(1.0, 2.0), ValueError, "argnum=(0, 0) has the same argument twice"),
    "twice-negative": (lambda: ar.grad(product, (1, -1))(1.0, 2.0), ValueError, "argnum=(1, -1) has the same argument twice"),
    "twice-name": (lambda: ar.grad(product, (0, "x"))(1.0, 2.0), ValueError, "argnum=(0, 'x') has the same argument twice"),
    "no-argnum": (lambda: ar.grad(product, ())(1.0, 2.0), ValueError, "argnum=() has no argument to differentiate by"),
    "list": (lambda: ar.grad(product, [0, 1])(1.0, 2.0), TypeError,
             "argnum is the number or the name of an argument, or a tuple of those, not [0, 1]"),
    "true": (lambda: ar.grad(product, True)(1.0, 2.0), TypeError, "or a tuple of those, not True"),
    "unknown": (lambda: ar.grad(product, "z")(1.0, 2.0), ValueError, "argnum='z', but f was called without an argument of that name"),
    "default": (lambda: ar.grad(scaled, "b")(1.0, 2.0), ValueError, "argnum='b', but f was called without an argument of that name"),
    "starred": (lambda: ar.grad(lambda *xs: xs[0], "xs")(1.0), ValueError,
                "argnum='xs', but f was called without an argument of that name"),
    "tensor": (lambda: ar.grad(ar.tensor(1.0, "loss") * 2.0), TypeError,
               "a transform takes a function, not the result of multiply (): the gradient of a tensor is loss.backward()[x]"),
    "empty": (lambda: ar.grad(square)({}), ValueError, "params holds nothing to differentiate by"),
    "int": (with_leaf(3), TypeError, f"params['steps'] is an integer, {NO_DERIVATIVE}"),
    "int-array": (with_leaf(np.arange(3)), TypeError, "params['steps'] is of dtype int"),
    "int-list": (with_leaf([[1, 2], [3, 4]]), TypeError, "params['steps'] is of dtype int"),
    "None": (with_leaf(None), TypeError, "params['steps'] is None, "),
    "str": (with_leaf([{"opt": "adam"}]), TypeError, "params['steps'][0]['opt'] is a string, "),
    "bool": (with_leaf((True, ONES)), TypeError, "params['steps'][0] is a truth value, "),
    "complex": (with_leaf(1j), TypeError, "params['steps'] is of dtype complex128, "),
    "generator": (with_leaf(k for k in "ab"), TypeError, "params['steps'] is a generator, "),
    "ragged": (with_leaf([[1.0], [1.0, 2.0]]), TypeError, "params['steps'] is a list, "),
    "constant": (with_leaf(ar.constant([1, 2])), TypeError, "params['steps'] is of dtype int"),
    "no-parameter-name": (lambda: ar.grad(lambda *ps: ps[0])({"a": "b"}), TypeError, "argument 0['a'] is a string, "),
    "second": (lambda: ar.grad(lambda x, p: x, (0, 1))(1.0, [X, {"k": 1}]), TypeError, "p[1]['k'] is an integer, "),
    "keyword": (lambda: ar.grad(lambda x, **rest: x, "p")(1.0, p={"k": 1}), TypeError, "p['k'] is an integer, "),
    "dict-itself": (lambda: ar.grad(square)(HOLDS_ITSELF), ValueError, "nest at most 32 deep here: does one hold itself?"),
    "list-itself": (lambda: ar.grad(square)(LIST_ITSELF), ValueError, "nest at most 32 deep here: does one hold itself?"),
    "generator-argument": (lambda: ar.grad(square)(k for k in "ab"), TypeError, "(generator): pass numbers in equal rows"),
    "unused": (lambda: ar.grad(square)({"a": 1.0, "b": [X, X]}), ValueError,
               "the result of power (), does not depend on its argument params['b'][0] (2,): pass unused='zero' if that is meant"),
    "unused-argument": (lambda: ar.grad(lambda x, y: x * x, (0, 1))(1.0, 2.0), ValueError, "does not depend on its argument y ()"),
    "unused-jvp": (lambda: ar.jvp(square)({"a": 1.0, "b": X})[1]({"a": 1.0, "b": X}), ValueError, "its argument params['b'] (2,)"),
    "unused-jacobian": (lambda: ar.jacobian(square)({"a": 1.0, "b": X}), ValueError, "its argument params['b'] (2,)"),
    "returned-none": (lambda: ar.grad(lambda x: None)(1.0), TypeError, "f should return real numbers, not None"),
    "returned-tuple": (lambda: ar.grad(lambda x: (x, x))(1.0), TypeError,
                       "grad: f returned a tuple, not a single number: return the one to differentiate"),
    "returned-dict": (lambda: ar.value_and_grad(lambda x: {"loss": x})(1.0), TypeError, "grad: f returned a dict, not a single number"),
    "returned-text": (lambda: ar.jacobian(lambda x: {"y": x, "why": "so"})(1.0), TypeError, "f should return real numbers, not 'so'"),
    "returned-complex": (lambda: ar.jvp(lambda x: x * 1j)(1.0), TypeError,
                         "f's result, the result of multiply (), is complex: take its real or imaginary part"),
    "seed": (lambda: ar.vjp(lambda x: x * x)(X)[1](), ValueError,
             "vjp: f's result has shape (2,), not a single number: pull(g) needs a g of that shape"),
    "seeds": (lambda: ar.vjp(two)(params(), X)[1](), ValueError,
              "vjp: the seed needs the entries 'h', 'rest', but has no entries, being None"),
    "seeds-inside": (lambda: ar.vjp(two)(params(), X)[1]({"h": X, "rest": (1.0,)}), ValueError,
                     "vjp: the seed needs the entries 0, 1 in ['rest'], but has 0"),
    "direction": (lambda: ar.jvp(loss)(params(), X)[1]({"W": ONES}), ValueError,
                  "jvp: the direction needs the entries 'W', 'b', but has 'W'"),
    "direction-shape": (lambda: ar.jvp(loss)(params(), X)[1]({"W": ONES, "b": ONES}), ValueError,
                        "jvp: the direction has shape (2,), but W (2, 2) needs (2, 2)"),
    "directions": (lambda: ar.jvp(product, (0, 1))(3.0, 2.0)[1](1.0), ValueError,
                   "jvp: the direction needs the entries 0, 1, but has no entries, being 1.0"),
    "as-in-other-libraries": (lambda: ar.jvp(product, 0, ONES), TypeError,
                              "a transform gives a function, which takes the arguments: as in grad(f)(x), not array([1., 1.]) beside f"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISUSED)
def test_misuse_is_one_sentence(case):
    wrong, kind, text = MISUSED[case]
    with pytest.raises(kind) as caught:
        wrong()
    assert text in str(caught.value) and "\n" not in str(caught.value)
