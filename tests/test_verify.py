"""Gradients by three routes: the tape, sympy at 50 digits, and the replayed forward pass."""

import ast
import inspect
import re

import mpmath
import numpy as np
import pytest
import sympy

import autograd_rnn as ar
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.ops.choices import _slope
from autograd_rnn.engine.ops.linear_algebra import _cofactor
from autograd_rnn.engine.ops.reductions import unit
from autograd_rnn.engine.rule import Op
from autograd_rnn.formulas import component_equations, component_gradients, verify
from autograd_rnn.formulas.proving import components as components_module
from autograd_rnn.formulas.proving import meanings

D, H, K, T = 3, 2, 4, 3


def data(steps=T, batch=None, values=False, many_out=True, seed=0):
    rng = np.random.default_rng(seed)
    rows = () if batch is None else (batch,)
    outs = (steps, *rows) if many_out else rows
    return rng.normal(size=(steps, *rows, D)), rng.normal(size=(*outs, K)) if values else rng.integers(0, K, outs)


CELLS = {
    **{f"rnn {name}": (lambda name=name: ar.RNN(D, H, activation=name)) for name in ("tanh", "relu", "sigmoid", "identity")},
    "jordan": lambda: ar.Jordan(D, H, output_size=K),
    "jordan probabilities": lambda: ar.Jordan(D, H, output_size=K, feedback="probabilities"),
    "lstm": lambda: ar.LSTM(D, H),
    "lstm peephole": lambda: ar.LSTM(D, H, peephole=True),
    "lstm coupled": lambda: ar.LSTM(D, H, coupled=True),
    "lstm peephole coupled": lambda: ar.LSTM(D, H, peephole=True, coupled=True),
    "lstm fused": lambda: ar.LSTM(D, H, fused=True),
    **{
        f"gru {reset} {update}": (lambda reset=reset, update=update: ar.GRU(D, H, reset=reset, update=update))
        for reset in ("before", "after")
        for update in ("new", "keep")
    },
    "gru fused": lambda: ar.GRU(D, H, reset="after", fused=True),
    "stacked": lambda: ar.Stacked([ar.LSTM(D, H), ar.GRU(H, H)]),
    "bidirectional": lambda: ar.Bidirectional(ar.GRU(D, H), ar.GRU(D, H, seed=1)),
}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_every_cell_by_three_routes(name, loss):
    reduction = "mean" if loss == "squared_error" else "sum"
    run = ar.Model(CELLS[name](), K, loss=loss, reduction=reduction).unroll(*data(values=loss == "squared_error"))
    report = verify(run)
    assert report.ok, report
    assert [row.parameter for row in report.rows] == list(run.parameters)
    assert report.method == ("central differences" if "relu" in name else "complex step")
    assert report.worst < 1e-13
    assert all(p.grad is None for p in run.parameters.values())  # a check adds to no gradient


@pytest.mark.parametrize("cell", ["rnn tanh", "lstm", "gru after keep", "bidirectional"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_many_to_one(cell, loss):
    x, y = data(values=loss == "squared_error", many_out=False)
    assert verify(ar.Model(CELLS[cell](), K, task="many-to-one", loss=loss).unroll(x, y)).ok


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("cell", ["rnn tanh", "lstm peephole", "gru before new", "bidirectional"])
def test_batches_of_unequal_lengths(cell, reduction):
    assert verify(ar.Model(CELLS[cell](), K, reduction=reduction).unroll(*data(batch=3), lengths=[3, 1, 2])).ok


@pytest.mark.parametrize("task", ["one-to-one", "one-to-many"])
def test_one_input(task):
    x, y = data()
    assert verify(ar.Model(CELLS["gru before keep"](), K, task=task).unroll(x[0], y[0] if task == "one-to-one" else y)).ok


@pytest.mark.parametrize("loss,forcing", [("cross_entropy", True), ("squared_error", True), ("squared_error", False)])
def test_encoder_decoder(loss, forcing):
    model = ar.EncoderDecoder(ar.GRU(D, H), ar.GRU(K, H, seed=1), output_size=K, loss=loss)
    x, y = data(values=loss == "squared_error")
    assert verify(model.unroll(x, y[:2], teacher_forcing=forcing)).ok


def test_a_single_precision_net_is_held_to_its_own_rounding():
    report = verify(ar.Model(ar.LSTM(D, H, dtype="float32"), K).unroll(*data()))
    assert report.ok and 1e-9 < report.worst < 1e-4
    assert report.tolerance == 1e-12 * 2.0**29
    assert not verify(ar.Model(ar.LSTM(D, H, dtype="float32"), K).unroll(*data()), tolerance=1e-12).ok


def test_a_saturated_net_is_no_false_alarm():
    model = ar.Model(ar.RNN(D, H), K)
    model.parameters["b_h"].assign([14.0, -15.0])
    model.parameters["b_y"].assign([30.0, 0.0, 0.0, 0.0])
    x, _ = data()
    report = verify(model.unroll(x, [0, 0, 0]))
    assert report.ok and report.worst > 1e-12
    assert str(report).endswith("agree on every gradient (tolerance 1e-12 of the largest element, or of 0.001 if that is more).")


def test_initial_states_and_inputs_are_rows_too():
    x, y = data()
    h0 = ar.tensor([0.1, -0.2], name="h0")
    run = ar.Model(ar.RNN(D, H), K).unroll(ar.tensor(x, name="x"), y, h0=h0)
    report = verify(run)
    assert report.ok and [row.parameter for row in report.rows][-2:] == ["h0", "x"]


def test_a_parameter_out_of_reach_has_gradient_zero():
    run = ar.Model(ar.LSTM(D, H), K, task="many-to-one").unroll(*data(many_out=False))
    spare = ar.tensor([1.0], name="spare")
    (gradient,) = component_gradients(run.loss, [spare]).values()
    assert gradient.tolist() == [0]


@pytest.mark.parametrize("cell", ["rnn relu", "lstm peephole", "gru after new", "bidirectional"])
def test_second_derivatives_on_a_recorded_sweep(cell):
    run = ar.Model(CELLS[cell](), K).unroll(*data())
    swept = run.loss.backward(create_graph=True)
    report = verify(sum(((g := swept[p]) * g).sum() for p in run.parameters.values() if p in swept))
    assert report.ok, report


# -- sympy's route ------------------------------------------------------------------------------------------------------


def test_sympy_equals_a_closed_form_to_50_digits():
    w, x = 0.3, 0.7
    W = ar.tensor(w, name="w")
    h = ar.tanh(W * x)
    gradient = component_gradients(ar.tanh(W * h), [W, h], digits=50)
    with mpmath.workdps(60):
        h1 = mpmath.tanh(mpmath.mpf(w) * mpmath.mpf(x))
        outer = mpmath.sech(mpmath.mpf(w) * h1) ** 2
        closed = outer * (h1 + w * mpmath.sech(mpmath.mpf(w) * mpmath.mpf(x)) ** 2 * mpmath.mpf(x))
        assert abs(gradient[W].item() - closed) < mpmath.mpf(10) ** -50
        assert abs(gradient[h].item() - outer * w) < mpmath.mpf(10) ** -50


def test_more_digits_are_more_digits():
    W = ar.tensor(0.3, name="w")
    L = ar.softmax(ar.stack([W, W * W]))[0]
    coarse, fine = (component_gradients(L, [W], digits)[W].item() for digits in (30, 120))
    with mpmath.workdps(130):
        assert 0 < abs(coarse - fine) < mpmath.mpf(10) ** -30


def test_sympy_needs_no_derivative_of_ours(monkeypatch):
    run = ar.Model(ar.LSTM(D, H), K).unroll(*data())
    before = component_gradients(run.loss, run.parameters.values())

    def broken(*_, **__):
        raise AssertionError("a vjp was used")

    for op in ar.OPS.values():
        monkeypatch.setattr(op, "vjps", (broken,) * 3)
    monkeypatch.setattr(Op, "rules", broken)
    after = component_gradients(run.loss, run.parameters.values())
    for parameter in run.parameters.values():
        assert np.array_equal(before[parameter], after[parameter])


def test_sympy_reads_no_derivative_of_ours():
    for module in (components_module, meanings):
        read = {node.attr for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Attribute)}
        assert not read & {"vjps", "rules", "forward", "grad", "backward"}


def test_size_grows_linearly_with_time():
    equations = [component_equations(ar.Model(ar.LSTM(D, H), K).unroll(*data(steps)).loss) for steps in (4, 8)]
    nodes = [sum(1 for e in some for _ in sympy.preorder_traversal(e)) for some in equations]
    assert len(equations[1]) <= 2.3 * len(equations[0]) and nodes[1] <= 2.3 * nodes[0]


def test_equations_read_as_the_book():
    net = ar.Model(ar.RNN(2, 1), 2)
    run = net.unroll([[1.0, 2.0]], [1], h0=ar.constant([0.5], name="h_0"))
    text = [f"{e.lhs} = {e.rhs}" for e in component_equations(run.loss)]
    assert text[:5] == [
        "a_1[0] = W_hh[0,0]*h_0[0] + W_xh[0,0]*x_1[0] + W_xh[0,1]*x_1[1] + b_h[0]",
        "h_1[0] = tanh(a_1[0])",
        "s_1[0] = W_hy[0,0]*h_1[0] + b_y[0]",
        "s_1[1] = W_hy[1,0]*h_1[0] + b_y[1]",
        "L_1 = -s_1[1] + log(exp(s_1[0]) + exp(s_1[1]))",
    ]
    assert text[-1].startswith("L = ")


# -- every operation ------------------------------------------------------------------------------------------------------


def test_a_row_is_there_only_for_what_the_forward_does_not_say():
    assert set(meanings.CHOICES) <= set(meanings.MEANINGS) <= {name.strip("_") for name in ar.OPS}
    assert len(meanings.MEANINGS) <= 30


P = np.array([[0.4, 1.3, 2.2], [0.9, 0.2, 1.7]])  # positive
N = np.array([[0.5, -1.5, 0.25], [-0.75, 2.0, -0.1]])
OPERATIONS = {
    **{name: (lambda x, f=getattr(ar, name): f(x), P) for name in ("exp expm1 log log1p sqrt square sin cos arctan").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x), N) for name in ("tanh sigmoid relu softplus abs negative ravel transpose").split()},
    "slope": (lambda x: x * _slope(x), N),
    "unit": (lambda x: x * unit(x, axis=1), N),
    **{name: (lambda x, f=getattr(ar, name): f(x, axis=1), N) for name in ("softmax log_softmax logsumexp norm cumsum prod flip").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x, axis=0, keepdims=True), N) for name in ("sum mean max min").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x, 0.5 * x + 0.1), P) for name in ("add subtract multiply divide power").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x, [0.5, 0.3, 0.25]), N) for name in ("maximum minimum").split()},
    "power whole": (lambda x: x**3 + x**0 + 2.0**x, N),
    "clip": (lambda x: ar.clip(x, -0.5, 0.4), N),
    "where": (lambda x: ar.where(N > 0, x * x, x), N),
    "matmul": (lambda x: ar.matmul(x, x.T) @ [1.0, 2.0], N),
    "linear": (lambda x: ar.linear(x, [1.0, 2.0, 3.0], x, x[0], [1.0, 1.0]), N),
    "outer_sum": (lambda x: ar.outer_sum(x, x * x), N),
    "einsum": (lambda x: ar.einsum("ij,kj->ik", x, x), N),
    "split": (lambda x: ar.split(x, 3, axis=-1)[1] * ar.split(x, [1], axis=1)[0], N),
    "getitem": (lambda x: x[[0, 0, 1], [1, 1, 2]] * x[1, ::-1], N),
    "scatter": (lambda x: ar.scatter(x, [0, 0], (3, 3)) ** 2, N),
    "concatenate": (lambda x: ar.concatenate([x, x * x], axis=-1), N),
    "stack": (lambda x: ar.stack([x, x * x], axis=1), N),
    "shapes": (lambda x: ar.squeeze(ar.moveaxis(ar.expand_dims(ar.swapaxes(ar.reshape(x, (3, 2)), 0, 1), 0), 0, -1)), N),
    "broadcast_to": (lambda x: ar.broadcast_to(x, (2, 2, 3)) * P, N),
    "repeat": (lambda x: ar.repeat(x, [1, 2, 0], axis=1) ** 2, N),
    "pad": (lambda x: ar.pad(x, ((1, 0), (0, 2))) ** 2, N),
    "squared_error": (lambda x: ar.squared_error(x, x[::-1] * 2), N),
    "cross_entropy": (lambda x: ar.cross_entropy(x, [2, 0]), N),
    "binary_cross_entropy": (lambda x: ar.binary_cross_entropy(x, 0.3 * x[::-1]), N),
    **{name: (lambda x, f=getattr(ar, name): f(x), P) for name in ("log2 log10 tan sinh cosh erf erfc arcsinh std sort cumprod").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x / 3), N) for name in ("arcsin arccos arctanh silu gelu").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x, 0.5 * x + 0.37), P) for name in ("logaddexp arctan2 hypot mod").split()},
    **{name: (lambda x, f=getattr(ar, name): f(x + 0.13) * x, N) for name in ("round trunc floor ceil sign").split()},
    "arccosh": (lambda x: ar.arccosh(x + 1), P),
    "cumprod of rows": (lambda x: ar.cumprod(x, axis=1), N),
    "solve": (lambda x: ar.solve(x[:, :2], x), N),
    "inv": (lambda x: ar.inv(x[:, 1:]), N),
    "det": (lambda x: ar.det(x.T @ x + np.eye(3)), N),
    "cofactor": (lambda x: _cofactor(x[:, :2]), N),
    "slogdet": (lambda x: ar.slogdet(x[:, :2]).logabsdet, N),
    "cholesky": (lambda x: ar.cholesky(x @ x.T), N),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_by_three_routes(name):
    f, x = OPERATIONS[name]
    y = f(ar.tensor(x, name="x"))
    L = (y * np.random.default_rng(0).uniform(0.5, 1.5, y.shape)).sum()
    assert verify(L).ok, verify(L)


@pytest.mark.parametrize(
    "f,x,expected",
    [
        (ar.relu, 0.0, 0),
        (ar.abs, 0.0, 0),
        (lambda x: ar.maximum(x, 2.0), 2.0, 0.5),
        (lambda x: ar.minimum(x, 2.0), 2.0, 0.5),
        (lambda x: ar.max(ar.stack([x, x * 1.0, x - 1])), 1.0, 1),
        (lambda x: ar.clip(x, 0.0, 1.0), 1.0, 0),
        (lambda x: ar.norm(ar.stack([x, 3 * x])), 0.0, 0),
        (lambda x: x**0, 0.0, 0),
        (lambda x: x**2, 0.0, 0),
    ],
)
def test_kinks_follow_the_engines_policy(f, x, expected):
    v = ar.tensor(x, name="v")
    root = f(v)
    assert component_gradients(root, [v])[v].item() == expected == adjoints(root)[v].item()


# -- what fails, fails by name ------------------------------------------------------------------------------------------------


def test_a_broken_vjp_is_found_and_named(monkeypatch):
    monkeypatch.setattr(ar.OPS["tanh"], "vjps", (lambda g, y, x: g * (1 - y),))
    report = verify(ar.Model(ar.LSTM(D, H), K).unroll(*data()))
    assert not report.ok and report.disagree == (("tape", "sympy"), ("tape", "complex step"))
    assert (
        str(report)
        .splitlines()[-1]
        .startswith(
            "NOT ok: these disagree: tape and sympy; tape and complex step, so the tape stands alone: tanh, input 0 (g_1): vjp gives "
        )
    )


@pytest.mark.parametrize("name", ["sigmoid", "multiply", "add", "cross_entropy", "sum"])
def test_one_percent_is_found(name, monkeypatch):
    first, *rest = ar.OPS[name].vjps
    monkeypatch.setattr(ar.OPS[name], "vjps", (lambda g, *inputs, **options: first(g * 1.01, *inputs, **options), *rest))
    report = verify(ar.Model(ar.LSTM(D, H, peephole=True), K).unroll(*data()))
    assert report.disagree == (("tape", "sympy"), ("tape", "complex step")) and report.fault.startswith(f"{name}, input 0")


def test_two_variables_of_one_name_are_two_rows():
    a, b = ar.tensor([1.0], name="w"), ar.tensor([2.0], name="w")
    assert [row.parameter for row in verify((a * b).sum()).rows] == ["w", "%1"]


def test_a_wrong_forward_is_found_and_named():
    @ar.op("soft({})", lambda g, y, x: g * (1 - y * y), meaning=np.frompyfunc(sympy.tanh, 1, 1))
    def soft(x, /):
        return np.tanh(x) * 1.001

    report = verify(soft(ar.tensor([0.3, 0.4], name="a")).sum())
    assert not report.ok and ("forward", "sympy") in report.disagree and ("tape", "complex step") in report.disagree
    assert report.fault == "the forward pass differs first at %1 the result of soft (2,), computed by soft"


def test_a_row_that_is_wrong_leaves_sympy_alone(monkeypatch):
    monkeypatch.setitem(meanings.MEANINGS, "square", lambda x: x**3)
    report = verify(ar.square(ar.tensor([1.0, 1.0], name="a")).sum())  # the values agree, the derivatives do not
    assert report.disagree == (("tape", "sympy"), ("sympy", "complex step")) and "so sympy stands alone" in str(report)


def test_an_operation_of_ones_own_says_what_it_means_to_sympy():
    def declare(**more):
        @ar.op("twice({})", lambda g, y, x: 2 * g, **more)
        def twice(x, /):
            return np.linalg.solve(np.eye(len(x)) / 2, x)  # which takes no symbols

        return twice

    try:
        L = declare()(ar.tensor([0.3], name="a")).sum()
        said = r"%1 the result of twice \(1,\): sympy does not know what twice means: declare it with @ar.op\(..., meaning=\)"
        with pytest.raises(ValueError, match="^" + said):
            component_equations(L)
        report = verify(L)
        assert report.ok and re.search(f"The tape and complex step agree on every gradient. No second opinion: {said}", str(report))
        report = verify(declare(meaning=lambda x: 2 * x)(ar.tensor([0.3], name="a")).sum())
        assert report.ok and not report.silent and "sympy (50 digits)" in str(report)

        @ar.op("swish({})", lambda g, y, x: g * (ar.sigmoid(x) + y * (1 - ar.sigmoid(x))))
        def swish(x, /):
            return x / (1 + np.exp(-x))

        report = verify(swish(ar.tensor([0.3, -2.0], name="a")).sum())  # its own forward is what it means
        assert report.ok and not report.silent
        report = verify(declare(meaning=lambda x: 3 * x)(ar.tensor([0.3], name="a")).sum())
        assert not report.ok and ("tape", "sympy") in report.disagree
    finally:
        del ar.OPS["twice"], ar.OPS["swish"]


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match=r"this run has no loss: give targets, model.unroll\(x, y\)"):
        verify(ar.unroll(ar.RNN(D, H), data()[0]))
    with pytest.raises(TypeError, match=r"verify takes a run, model.unroll\(x, y\), or a tensor that holds one number, not RNN"):
        verify(ar.RNN(D, H))
    with pytest.raises(ValueError, match="verify: the result of tanh .* is not a single number: sum it"):
        verify(ar.tanh(ar.tensor([1.0, 2.0])))
    with pytest.raises(ValueError, match="verify: a constant .* does not depend on any variable"):
        verify(ar.constant(1.0))
    with pytest.raises(ValueError, match=r"the result of tanh \(2,\) is not a single number: sum it"):
        component_gradients(ar.tanh(ar.tensor([1.0, 2.0])), [])
    with pytest.raises(ValueError, match=r"%1 the result of log \(\): no real derivative at these numbers"):
        v = ar.tensor(-1.0, name="v")
        with np.errstate(invalid="ignore"):
            component_gradients(ar.log(v), [v])


def test_a_stale_tape_is_refused():
    W = ar.tensor(2.0, name="W")
    L = W * W
    W.assign(3.0)
    with pytest.raises(ValueError, match=r"W \(\) was given a new value after this tape was recorded"):
        component_gradients(L, [W])


def test_the_report_reads_as_a_table():
    text = str(verify(ar.Model(ar.RNN(D, H), K).unroll(*data())))
    assert "parameter" in text and "tape - sympy" in text and "tape - complex step" in text and "np." not in text
    assert text.splitlines()[-1] == "The tape, sympy (50 digits) and complex step agree on every gradient (tolerance 1e-12)."
