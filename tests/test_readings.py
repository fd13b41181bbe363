"""Every operation in a cell of one's own: it derives and is proven, or is refused in one sentence that names it."""

import itertools

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine import ops
from autograd_rnn.engine.call import identity
from autograd_rnn.engine.ops.choices import _kinked
from autograd_rnn.engine.ops.elementwise import _power_log
from autograd_rnn.engine.ops.reductions import unit
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.nets.losses import cross_entropy, squared_error
from tests.sampling import sampled

H = 4
MASK = np.array([1.0, 0.0, 1.0, 1.0])
E = np.eye(4)


def spread(a):
    """Numbers between 0.2 and 0.8, for functions with a domain."""
    return 0.3 * ar.tanh(a) + 0.5


def square(a, h, W):
    """A matrix far from singular, of the step's own numbers."""
    return W * 0.1 + 2 * E + ar.outer(a, h) * 0.1


# What each operation is used for: of the preactivation a, the state before h (both of size 4) and a matrix W, something of size 4 or a
# number. Names are those of `OPS`, or of public functions that are made of several.
USES = {
    **{name: lambda a, h, W, f=getattr(ar, name): f(a) for name in (
        "negative", "exp", "expm1", "square", "sin", "cos", "arctan", "tanh", "sigmoid", "relu", "softplus", "abs", "tan", "sinh", "cosh",
        "arcsinh", "sinc", "erf", "erfc", "silu", "gelu", "leaky_relu", "elu", "log_sigmoid", "exp2", "softmax", "log_softmax", "cumsum",
        "cumprod", "sum", "mean", "prod", "max", "min", "logsumexp", "norm", "var", "std", "average", "nansum", "nanmean", "ravel", "array",
        "atleast_1d", "sign", "round", "trunc", "floor", "ceil")},
    **{name: lambda a, h, W, f=getattr(ar, name): f(spread(a)) for name in (
        "log", "log1p", "sqrt", "log2", "log10", "arcsin", "arccos", "arctanh", "reciprocal")},
    **{name: lambda a, h, W, f=getattr(ar, name): f(a, h) for name in (
        "add", "subtract", "multiply", "maximum", "minimum", "logaddexp", "hypot", "arctan2", "fmax", "fmin", "inner", "dot", "vdot")},
    **{name: lambda a, h, W, f=getattr(ar, name): f(a, spread(h)) for name in ("divide", "mod", "floor_divide")},
    "power": lambda a, h, W: spread(a) ** 3 + spread(h) ** -2 + spread(a) ** 1.5 + spread(a) ** spread(h) + 2 ** a,
    "arccosh": lambda a, h, W: ar.arccosh(1 + spread(a)),
    "where": lambda a, h, W: ar.where(MASK > 0, a, h),
    "clip": lambda a, h, W: ar.clip(a, -0.5, 0.5) + ar.clip(h, None, 0.25),
    "cast": lambda a, h, W: ar.astype(a, np.float64),
    "astype": lambda a, h, W: ar.astype(a, np.float64),
    "identity": lambda a, h, W: identity(a),
    "_slope": lambda a, h, W: ar.OPS["abs"].vjp(0, a, ar.abs(h), (h,)),
    "_logistic": lambda a, h, W: ar.OPS["softplus"].vjp(0, a, ar.softplus(h), (h,)),
    "_cosine": lambda a, h, W: ar.OPS["hypot"].vjp(0, a, ar.hypot(h, 1.5), (h, 1.5)),
    "_under_one": lambda a, h, W: ar.OPS["arctanh"].vjp(0, a, ar.arctanh(spread(h)), (spread(h),)),
    "_logaddexp": lambda a, h, W: ar.logaddexp(a, h) + ar.logaddexp(h, 0.5),
    "_bent": lambda a, h, W: ar.OPS["_bent"].vjp(0, a, h, (h,), {"at": False}),
    "_kinked": lambda a, h, W: _kinked(a, h, a, False, 0.0),
    "_power_log": lambda a, h, W: _power_log(spread(a), spread(h), 1),
    "detach": lambda a, h, W: a * ar.detach(ar.constant(MASK)),
    "getitem": lambda a, h, W: a[1:3].sum() + a[0] * h[::-1] + W[0] + W[:, 1] + a[[0, 0, 2, 1]],
    "scatter": lambda a, h, W: ar.scatter(a[1:3], slice(2, 4), (4,)) + ar.scatter(h, [0, 0, 1, 2], (4,)),
    "embedding": lambda a, h, W: ar.embedding(W, 2),
    "take": lambda a, h, W: ar.take(a, [3, 0, 0, 1]),
    "reshape": lambda a, h, W: ar.reshape(ar.reshape(a, (2, 2)) @ ar.reshape(h, (2, 2)), (4,)),
    "transpose": lambda a, h, W: W.T @ a + ar.reshape(ar.transpose(ar.reshape(h, (2, 2))), (4,)),
    "swapaxes": lambda a, h, W: ar.swapaxes(W, 0, 1) @ a,
    "moveaxis": lambda a, h, W: ar.moveaxis(W, 0, 1) @ a,
    "squeeze": lambda a, h, W: ar.squeeze(ar.reshape(a, (1, 4))),
    "expand_dims": lambda a, h, W: (ar.expand_dims(a, 0) * h).sum(0),
    "broadcast_to": lambda a, h, W: ar.broadcast_to(a.sum(), (4,)) + ar.sum(ar.broadcast_to(h, (3, 4)), 0),
    "full_like": lambda a, h, W: ar.full_like(np.ones(4), a.sum()),
    "flip": lambda a, h, W: ar.flip(a),
    "roll": lambda a, h, W: ar.roll(a, 1),
    "repeat": lambda a, h, W: ar.repeat(a[:2], 2) + ar.repeat(h[2:], [1, 3]),
    "tile": lambda a, h, W: ar.tile(a[:2], 2),
    "pad": lambda a, h, W: ar.pad(a[:2], (1, 1)),
    "_concatenate": lambda a, h, W: ar.concatenate([a[:2], h[2:]], -1),
    "concatenate": lambda a, h, W: ar.concatenate([a[2:], h[:2]], -1),
    "hstack": lambda a, h, W: ar.hstack([a[:2], h[2:]]),
    "vstack": lambda a, h, W: ar.vstack([a, h]).sum(0),
    "dstack": lambda a, h, W: ar.dstack([a, h]).sum((0, 2)),
    "column_stack": lambda a, h, W: ar.column_stack([a, h]) @ np.array([1.0, 2.0]),
    "_stack": lambda a, h, W: ar.stack([a[0], h[1], a[2] * h[0], h[3]]),
    "stack": lambda a, h, W: ar.stack([a, h]).mean(0),
    "_part": lambda a, h, W: ar.concatenate(ar.split(a, 2, -1)[::-1], -1),
    "split": lambda a, h, W: ar.concatenate(ar.split(a, [1], -1)[::-1], -1),
    "array_split": lambda a, h, W: ar.concatenate(ar.array_split(a, 3)[::-1], -1),
    "atleast_2d": lambda a, h, W: ar.atleast_2d(a)[0],
    "atleast_3d": lambda a, h, W: ar.atleast_3d(a)[0, :, 0],
    "_sort": lambda a, h, W: ar.sort(a) * ar.sort(h),
    "sort": lambda a, h, W: ar.sort(W @ a)[::-1],
    "_powers": lambda a, h, W: ar.norm(a, ord=3) + ar.norm(spread(h), ord=2.5) * h + ar.norm(W, 1, ord=1.5),
    "take_along_axis": lambda a, h, W: ar.take_along_axis(a, np.array([1, 0, 3, 3]), 0),
    "diag": lambda a, h, W: ar.diag(a) @ h + ar.diag(W),
    "diagonal": lambda a, h, W: ar.diagonal(W) * a,
    "trace": lambda a, h, W: ar.trace(W) * a,
    "tril": lambda a, h, W: ar.tril(W) @ a,
    "triu": lambda a, h, W: ar.triu(W) @ a,
    "diff": lambda a, h, W: ar.concatenate([ar.diff(a), h[:1]], -1),
    "linear": lambda a, h, W: ar.linear(W, a, h),
    "matmul": lambda a, h, W: W @ a + h @ W + a * (a @ h) + (W @ W) @ h,
    "outer": lambda a, h, W: ar.outer(a, h) @ a,
    "outer_sum": lambda a, h, W: ar.outer_sum(a, h) @ h,
    "_einsum": lambda a, h, W: ar.einsum("ij,j->i", W, a) + ar.einsum("i,i->", a, h) + ar.einsum("ij,ik,k->j", W, W, h),
    "einsum": lambda a, h, W: ar.einsum("i,ij->j", a, W) + ar.einsum("i,j->ij", a, h) @ h + ar.einsum("ij->i", W),
    "tensordot": lambda a, h, W: ar.tensordot(W, a, 1),
    "kron": lambda a, h, W: ar.kron(a[:2], h[:2]),
    "cross": lambda a, h, W: ar.concatenate([ar.cross(a[:3], h[1:]), a[:1]], -1),
    "unit": lambda a, h, W: unit(a, None) * h,
    "_solve": lambda a, h, W: ar.solve(square(a, h, W), h),
    "solve": lambda a, h, W: ar.solve(square(a, h, W), a),
    "inv": lambda a, h, W: ar.inv(square(a, h, W)) @ h,
    "det": lambda a, h, W: 0.1 * ar.det(square(a, h, W)),
    "_cofactor": lambda a, h, W: 0.1 * ar.OPS["det"].vjp(0, a[0], a[1], (square(a, h, W),)) @ h,
    "_logabsdet": lambda a, h, W: ar.slogdet(square(a, h, W))[1],
    "slogdet": lambda a, h, W: ar.slogdet(square(a, h, W)).logabsdet * a,
    "cholesky": lambda a, h, W: ar.cholesky(W @ W.T * 0.1 + 2 * E + ar.outer(a, a)) @ h,
    "_eigh": lambda a, h, W: ar.eigh(square(a, h, W) @ square(a, h, W).T + 3 * ar.outer(a, a)).eigenvalues * h,
    "eigh": lambda a, h, W: ar.eigh(square(a, h, W) + 3 * ar.outer(a, a)).eigenvalues,
    "_svd": lambda a, h, W: ar.svd(square(a, h, W) + 3 * ar.outer(a, h)).S,
    "svd": lambda a, h, W: ar.norm(square(a, h, W) + 3 * ar.outer(a, h), ord=2) * a,
    "pinv": lambda a, h, W: ar.pinv(square(a, h, W)) @ a,
    "_cumprod": lambda a, h, W: ar.cumprod(a, 0),
    "cross_entropy": lambda a, h, W: cross_entropy(a, np.array(1)),
    "squared_error": lambda a, h, W: squared_error(a, h),
    "binary_cross_entropy": lambda a, h, W: ar.binary_cross_entropy(a, h),
}  # fmt: skip
SILENT = {"_eigh", "eigh", "_svd", "svd", "pinv"}  # of which sympy has no second opinion: numbers alone confirm them
REFUSED = {"cross_entropy": r"^tanh \(h_1\) at uses t=1: cross_entropy takes class numbers, which only a loss has"}


class Uses(ar.Cell):
    """h = tanh(a + 0.3 f(a, h, W)), with a of size 4."""

    def __init__(self, name, f):
        self.used, self.f = name, f
        super().__init__(2, H, seed=1)

    def shapes(self):
        return {"W_xh": (H, 2), "W_hh": (H, H), "W": (H, H), "b_h": (H,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        return dict(a=a, h=ar.tanh(a + 0.3 * self.f(a, h, p.W)))


def test_every_operation_has_its_use():
    known = {name for name, op in ar.OPS.items() if op.forward.__module__.startswith("autograd_rnn")}
    assert known <= set(USES), sorted(known - set(USES))
    assert set(ops.__all__) <= set(USES), sorted(set(ops.__all__) - set(USES))


@pytest.mark.parametrize("name", sampled(sorted(USES), 41))
def test_it_derives_and_is_proven(name):
    model = ar.Model(Uses(name, USES[name]), output_size=3)
    if name in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name]):
            ar.derive(model)
        return
    derivation = ar.derive(model)
    proof = derivation.verify(steps=3)
    assert proof.ok and bool(proof.report.silent) == (name in SILENT), proof
    for style in ("text", "ascii", "latex"):
        assert "Call(" not in derivation.text(style)


@pytest.mark.parametrize("name", sorted(set(USES) - {"cross_entropy"}))
def test_it_derives_on_a_scalar_graph_too(name, random_seed):
    rng = np.random.default_rng(random_seed)
    a, h, W = (ar.tensor(rng.normal(size=size), name=name) for name, size in (("a", 4), ("h", 4), ("W", (4, 4))))
    y = USES[name](a, h, W)
    for L in (y.sum(), (y * rng.normal(size=y.shape)).sum(), (y * y).sum()):
        derived, grads = ar.derive(L), L.backward()
        known = {e.Sym(node.name): node.value for node in (a, h, W)} | {e.Sym(name): x for name, x in derived.constants.items()}
        values = Evaluation(derived, known, {}, {}, 4)
        for q, node in ((q, {"a": a, "h": h, "W": W}[q.left.name]) for q in derived):
            assert np.allclose(values[q.left], grads[node], rtol=1e-9, atol=1e-11), q


def test_how_many_there_are():
    assert len(USES) - len(REFUSED) >= 130


class Peeking(ar.Cell):
    """Looks at the numbers: the choice is an array that the tape knows nothing of."""

    def shapes(self):
        return {"W": (H, 2), "U": (H, H)}

    def step(self, p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.where(a > 0, a, 0.1 * a))


def test_an_array_that_changes_with_the_step_is_refused_by_name():
    with pytest.raises(ValueError, match=r"^where \(h_\d\) at peeking t=\d takes an array that changes with the step, .* \(a mask by relu"):
        ar.derive(ar.Model(Peeking(2, H), output_size=3))


@pytest.mark.parametrize(("look", "seen"), [
    (lambda a, h: a[np.argsort(h.value)], r"a_t\[\[.*\]\] where the others have a_t\[\[.*\]\]"),
    (lambda a, h: a[int(np.argmax(a.value))] * h, r"a_t\[\d\] where the others have a_t\[\d\]"),
    (lambda a, h: a * float(h.value.sum()), r"-?\d\S* where the others have -?\d\S*"),
    (lambda a, h: ar.clip(a, -1.0, float(np.abs(h.value).max())), r"clip\(a_t, -1.0, \S+\) where the others have clip"),
])  # fmt: skip
def test_a_look_at_the_numbers_is_shown(look, seen):
    with pytest.raises(ValueError, match=rf"^h has no single equation in t: at step \d it has {seen}.*; a cell that looks at its numbers"):
        ar.derive(ar.Model(Uses("look", lambda a, h, W: look(a, h)), output_size=3))


class Glancing(Peeking):
    """Looks at the numbers, and mostly sees the same."""

    def step(self, p, x, h):
        a, threshold = p.W @ x + p.U @ h, -0.65  # above it lie all inputs but one, near the end, of one specimen, and all of the other
        return dict(a=a, h=ar.tanh(a) * (1.0 if x.value[0] > threshold else 2.0))


def test_a_choice_by_the_numbers_is_refused_even_if_it_seldom_differs():
    with pytest.raises(ValueError, match="^h_.* reads otherwise with other numbers: the cell looks at its numbers"):
        ar.derive(ar.Model(Glancing(2, H), output_size=3))


def test_a_rule_on_plain_arrays_is_refused_by_name():
    @ar.op("lost({})", lambda g, y, x: np.asarray(getattr(g, "value", g)) * 2)
    def lost(x, /):
        return 2 * x

    try:
        with pytest.raises(ValueError, match="^lost: its vjp 0 computes on plain arrays, so that the result of lost .* loses its adjoint"):
            ar.derive(ar.Model(Uses("lost", lambda a, h, W: lost(a)), output_size=3))
    finally:
        del ar.OPS["lost"]


class Unread(ar.Cell):
    """Its second state is read by a later step only, and stands in a quotient: at the last step the loss does not reach it."""

    states = ("s", "x")
    output = "s"

    def shapes(self):
        H, D = self.hidden_size, self.input_size
        return {"W": (H, D), "U": (H, H)}

    def step(self, p, x, s, m):
        a = ar.linear(p.W, x, p.U, m)
        return dict(dh=a, s=ar.sigmoid(a) * s, x=ar.maximum(a, s) / (1 + ar.abs(s)))


def test_a_last_state_that_nothing_reads_has_its_value_in_every_proof():
    derivation = ar.derive(ar.Model(Unread(2, 3), output_size=2))
    assert derivation.verify(steps=4).ok
    for line in derivation.text("ascii").splitlines()[:-1]:
        assert derivation.check(line).equal, line


class Scaled(ar.Cell):
    def shapes(self):
        return {"W": (self.hidden_size, self.input_size)}

    def step(self, p, x, h):
        a = p.W @ x + h
        return dict(a=a, h=ar.tanh(0.123456789 * a))


def test_a_constant_has_all_its_digits_where_it_is_typed_back():
    derivation = ar.derive(ar.Model(Scaled(2, 3), output_size=2))
    assert "0.123457 " in str(derivation) and "0.123456789 " in derivation.text("ascii")
    assert all(derivation.check(line).equal for line in derivation.text("ascii").splitlines()[:-1])


def model_of(step, shapes, inputs=2, seed=0, H=2, net=lambda cell: cell(), K=2):
    """A model of cells of one step, in some net, whose parameters are random."""

    class Own(ar.Cell):
        def shapes(self):
            return {name: tuple({"H": H, "D": self.input_size}.get(n, n) for n in shape) for name, shape in shapes.items()}

    Own.step = lambda self, p, x, h: step(p, x, h)
    model = net(lambda D=inputs: Own(D, H))
    model = model if isinstance(model, ar.EncoderDecoder) else ar.Model(model, K)
    rng = np.random.default_rng(seed)
    for parameter in model.parameters.values():
        parameter.assign(rng.normal(size=parameter.shape))
    return model


CHOICES = {
    "elu": lambda a, h: ar.elu(a) + ar.elu(h),
    "leaky_relu": lambda a, h: ar.leaky_relu(a) * ar.leaky_relu(h),
    "inner": lambda a, h: ar.sigmoid(a) * ar.elu(h, 0.5),
    "mask": lambda a, h: ar.where(np.array([True, False]), a, h),
}


@pytest.mark.parametrize("name", sampled(CHOICES, 2))
def test_a_choice_is_a_mask_whatever_the_numbers_are(name, random_seed):
    """Also where every number of the run that is read lies on one side."""
    for seed in range(random_seed, random_seed + 8):
        model = model_of(lambda p, x, h: dict(h=ar.tanh(CHOICES[name](p.W @ x, p.U @ h))), {"W": "HD", "U": "HH"}, seed=seed)
        derivation = ar.derive(model)
        assert "where" not in derivation.text("ascii"), derivation.text("ascii")
        assert seed > random_seed or derivation.verify(steps=3).ok


NETS = {
    "plain": lambda cell: cell(),
    "stacked": lambda cell: ar.Stacked([cell(), cell()]),
    "bidirectional": lambda cell: ar.Bidirectional(cell(), cell()),
    "encoder-decoder": lambda cell: ar.EncoderDecoder(cell(), cell(), 2),
}
UNDEFINED_AT_0 = {"divide": lambda a, n: a / n, "log": lambda a, n: a * ar.log(n), "power": lambda a, n: a * n**-2}


@pytest.mark.parametrize("net", sampled(NETS, 36))
@pytest.mark.parametrize("name", UNDEFINED_AT_0)
def test_what_is_undefined_at_0_meets_no_0_beyond_the_ends(name, net, random_seed):
    """A named quantity is divided by: beyond the end that a chain runs towards its adjoint is 0, and it is nothing to divide by."""

    def step(p, x, h):
        n = 1 + ar.softplus(p.V @ h)
        return dict(n=n, h=UNDEFINED_AT_0[name](ar.tanh(p.W @ x + p.U @ h), n))

    model = model_of(step, {"W": "HD", "U": "HH", "V": "HH"}, seed=random_seed, net=NETS[net])
    derivation = ar.derive(model)
    assert derivation.verify(steps=3).ok
    assert derivation.numbers(derivation.specimen(3, 3, variables=False))
    for line in derivation.text("ascii").splitlines()[:-1]:
        assert derivation.check(line).equal, line


@pytest.mark.parametrize("net", NETS)
def test_one_number_as_a_parameter_has_its_gradient_at_every_length(net, random_seed):
    """Its gradient is a sum of sums, those of the steps among them that are unlike the others."""
    model = model_of(lambda p, x, h: dict(h=ar.tanh(p.W @ x + p.v * h * h)), {"W": "HD", "v": (1,)}, seed=random_seed, net=NETS[net])
    derivation = ar.derive(model)
    for steps in (1, 2, 4):
        alone, run = derivation.at(steps), derivation.specimen(steps, steps, seed=random_seed)
        found, grads = evaluation(alone, alone.equations, run), run.backward()
        for name in model.parameters:
            assert np.allclose(found[e.Sym(name, None, True)], grads[name]), name
    for line in derivation.text("ascii").splitlines()[:-1]:
        assert derivation.check(line).equal, line


JOINED = {  # ways to take a vector that no equation says the length of
    "index": lambda p, x, h: p.W @ x[np.array([1, 0])] + p.U @ h,
    "parts": lambda p, x, h: p.W @ x + ar.tanh(p.U @ h)[:1] * ar.sigmoid(p.U @ h)[1:],
    "einsum": lambda p, x, h: ar.einsum("ijk,j,k->i", p.B, x, h) + p.W @ x,
    "einsum twice": lambda p, x, h: ar.einsum("ijk,j,k->i", p.B, ar.tanh(p.W @ x), p.U @ h),
    "flip": lambda p, x, h: p.U @ h[::-1] + p.W @ ar.flip(x),
    "reshape": lambda p, x, h: p.U @ ar.reshape(ar.outer(h, p.W @ x), (4,))[1:3],
    "sorted": lambda p, x, h: p.W @ ar.sort(x)[::-1] + p.U @ (h - ar.roll(h, 1)),
}


@pytest.mark.parametrize("name, net", sampled(itertools.product(JOINED, [name for name in NETS if name != "encoder-decoder"]), 31))
def test_every_printed_line_is_equal_and_a_changed_one_is_not(name, net, random_seed, undiagnosed):
    shapes = {"W": "HD", "U": "HH", "B": ("H", "D" if name == "einsum" else "H", "H")}
    model = model_of(lambda p, x, h: dict(h=ar.tanh(JOINED[name](p, x, h))), shapes, seed=random_seed, net=NETS[net], K=3)
    derivation = ar.derive(model)
    for line in (*derivation.text("ascii").splitlines()[:-1], *(show(q, "ascii") for q in derivation.jacobian())):
        left, right = line.split(" = ")
        assert derivation.check(line).equal, (line, derivation.check(line))
        assert right == "0" or not derivation.check(f"{left} = 1.5 * ({right})").equal, line
