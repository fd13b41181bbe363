"""The tape, places, the backward sweep and its record, transforms, gradient checking, and what errors say."""

import copy
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine.op import op
from autograd_rnn.engine.rule import OPS


def array(*numbers):
    return np.array(numbers, dtype=float)


def rnn(steps=3):
    """A small net with names, places and a weight that every step shares."""
    W = ar.tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
    h = ar.constant([1.0, 2.0], name="h_0")
    for t in range(1, steps + 1):
        with ar.scope(cell="rnn", step=t):
            h = ar.tanh(W @ h)
            h.name = "h"
    return W, h, (h * h).sum()


# -- the interface as documented --------------------------------------------------------------------------------------


def test_the_documented_example_runs_as_written():
    W = ar.tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
    x = np.array([1.0, 2.0])
    h = ar.tanh(W @ x)
    L = (h * h).sum()
    grads = L.backward()
    assert np.array_equal(np.tanh(W @ x).value, h.value)
    assert (h.shape, h.dtype, h.name) == ((2,), np.float64, None)
    assert isinstance(W.grad, np.ndarray) and W.grad.shape == (2, 2)
    assert np.array_equal(grads[h], 2 * h.value)
    np.testing.assert_allclose(grads[W], np.outer(2 * h.value * (1 - h.value**2), x), rtol=1e-14)
    assert np.array_equal(W.grad, grads[W])
    W.zero_grad()
    assert W.grad is None
    assert str(L.tape).startswith("%0 W : f8[2,2] = variable\n")
    node = L.tape[1]
    assert (node.op, node.inputs, node.name, node.step, str(node.scope)) == (None, (), None, None, "") and node.id > W.id
    with ar.no_grad():
        assert (W @ x).op is None
    f = lambda x: (x * x).sum()
    assert np.array_equal(ar.grad(f, argnum=0)(x), [2, 4])
    assert ar.gradcheck(f, x).ok


def test_a_tensor_is_float64_unless_the_array_says_otherwise():
    assert ar.tensor([1, 2]).dtype == ar.tensor(1).dtype == ar.tensor(1.5).dtype == np.float64
    assert ar.tensor(np.float32([1])).dtype == ar.tensor(np.float32(1)).dtype == np.float32
    assert ar.constant(array(1, 2), name="x").name == "x"


def test_calling_backward_twice_adds_twice():
    W, _, L = rnn()
    first = L.backward()[W]
    L.backward()
    assert np.array_equal(W.grad, 2 * first)


# -- the tape ---------------------------------------------------------------------------------------------------------


def test_a_tape_prints_one_typed_line_an_operation():
    W, h, L = rnn(2)
    assert str(L.tape).splitlines() == [
        "%0 W   : f8[2,2] = variable",
        "%1 h_0 : f8[2] = constant",
        "%2     : f8[2] = matmul W h_0   # rnn t=1",
        "%3 h_1 : f8[2] = tanh %2   # rnn t=1",
        "%4     : f8[2] = matmul W h_1   # rnn t=2",
        "%5 h_2 : f8[2] = tanh %4   # rnn t=2",
        "%6     : f8[2] = multiply h_2 h_2",
        "%7     : f8[] = sum %6",
    ]
    assert repr(L.tape) == str(L.tape)


def test_a_tape_prints_numbers_options_and_single_precision():
    x = ar.tensor(np.float32([[1, 2], [3, 4]]))
    y = ar.einsum("ij->j", ar.sum(x * 2.5, axis=1, keepdims=True))
    assert str(y.tape).splitlines()[1:] == [
        "%1  : f4[2,2] = multiply %0 2.5",
        "%2  : f4[2,1] = sum %1 axis=1 keepdims=True",
        "%3  : f4[1] = einsum %2 subscripts=ij->j",
    ]


def test_a_long_index_stays_on_its_line():
    x = ar.tensor(np.zeros(100))
    assert len(str(x[np.arange(100)].tape).splitlines()) == 2
    assert len(str(x[np.eye(10, dtype=int), None].tape).splitlines()) == 2


def test_a_long_tape_leaves_out_its_middle():
    h = ar.tensor(0.0)
    for _ in range(1_000):
        h = h + 1.0
    lines = str(h.tape).splitlines()
    assert len(lines) == 401 and lines[200] == "... 601 more: print(tape[200:300]) shows the next hundred ..."
    assert [line.split()[0] for line in str(h.tape[200:300]).splitlines()] == [f"%{k}" for k in range(200, 300)]


def test_a_tape_is_indexed_by_number_slice_and_name():
    W, h, L = rnn()
    tape = L.tape
    assert tape["W"] is W is tape[0] and tape["h_3"] is h and tape[-1] is L
    assert list(tape) == tape.nodes and len(tape) == 10 and tape.number(h) == 7
    part = tape[2:4]
    assert isinstance(part, ar.Tape) and [part.number(node) for node in part] == [2, 3]
    assert tape["h_2"].step == 2 and tape["h_2"].label == "h" and tape["h_2"].op.name == "tanh"
    with pytest.raises(IndexError, match="%10 is not on this tape of 10 entries"):
        tape[10]
    with pytest.raises(KeyError, match="no 'V' on this tape; it has W, h_0, h_1, h_2, h_3"):
        tape["V"]


def test_several_roots_share_one_tape():
    x = ar.tensor(1.0)
    a, b = x * 2, x * 3
    assert ar.Tape.of(a, b).nodes == [x, a, b]


def test_a_sound_tape_is_valid():
    _, _, L = rnn()
    tape = L.tape
    assert tape.validate() is tape


def tampered(change):
    _, h, L = rnn()
    change(h, L)
    return L.tape


def wrong_value(h, L):
    object.__setattr__(h, "value", h.value + 1e-15)
    h.value.setflags(write=False)


def wrong_dtype(h, L):
    object.__setattr__(L, "value", L.value.astype(np.float32))
    L.value.setflags(write=False)


def wrong_order(h, L):
    h.id = L.id + 1


def writeable(h, L):
    object.__setattr__(h, "value", h.value.copy())


def undeclared(h, L):
    h.op = copy.copy(h.op)
    h.op.forward = lambda x: np.tanh(x)


def too_many_inputs(h, L):
    h.inputs = h.inputs * 2


def other_options(h, L):
    L.options = {"axis": 0, "keepdims": True}


def shuffled():
    _, _, L = rnn()
    return ar.Tape(L.tape.nodes[::-1], {node: k for k, node in enumerate(L.tape)})


@pytest.mark.parametrize(
    "change, message",
    [
        (wrong_value, r"%7 h_3 \(2,\): running tanh again gives another value, shape or dtype"),
        (wrong_dtype, r"%9 the result of sum \(\): running sum again gives another value, shape or dtype"),
        (other_options, "running sum again gives another value"),
        (wrong_order, r"%7 the result of multiply \(2,\): made before its input h_3 \(2,\)"),
        (writeable, r"%7 h_3 \(2,\): its value can be written into"),
        (undeclared, r"h_3 \(2,\): <op tanh> is not a declared operation"),
        (too_many_inputs, "2 inputs do not fit the vjps of tanh"),
    ],
)
def test_a_tampered_tape_is_caught(change, message):
    with pytest.raises(ValueError, match=message):
        tampered(change).validate()


def test_a_shuffled_tape_is_caught():
    with pytest.raises(ValueError, match="out of order on the tape"):
        shuffled().validate()


def test_a_deep_copy_is_a_tape_of_its_own():
    W, h, L = rnn()
    L.backward()
    twin = copy.deepcopy(L)
    W2, h2 = twin.tape["W"], twin.tape["h_3"]
    assert str(twin.tape) == str(L.tape) and not set(twin.tape) & set(L.tape)
    assert np.array_equal(W2.grad, W.grad) and W2.grad is not W.grad and h2.step == 3
    W.zero_grad()
    assert np.array_equal(twin.backward()[W2], L.backward()[W])
    assert np.array_equal(W2.grad, 2 * W.grad)
    both = copy.deepcopy({"W": W, "L": L})
    assert both["L"].tape["W"] is both["W"]


# -- places -----------------------------------------------------------------------------------------------------------


def test_places_nest_and_are_put_back():
    x = ar.tensor(1.0)
    with ar.scope(cell="lstm", tag="2"):
        with ar.scope(step=3):
            inner = x * 2
        outer = x * 2
    after = x * 2
    assert (inner.scope.cell, inner.scope.tag, inner.step) == ("lstm", "2", 3)
    assert (outer.scope.cell, outer.scope.tag, outer.step) == ("lstm", "2", None)
    assert str(after.scope) == ""
    inner.name = "h"
    assert inner.name == "h2_3" and inner.label == "h"


def test_an_exception_puts_the_place_back():
    with pytest.raises(RuntimeError):
        with ar.scope(cell="rnn", step=1), ar.no_grad():
            raise RuntimeError
    assert str((ar.tensor(1.0) * 2).scope) == "" and (ar.tensor(1.0) * 2).op is not None


def test_one_scope_may_be_entered_twice():
    off = ar.no_grad()
    with off, off:
        assert (ar.tensor(1.0) * 2).op is None
    assert (ar.tensor(1.0) * 2).op is not None


def test_no_grad_makes_constants():
    x = ar.tensor(array(1, 2))
    with ar.no_grad():
        values = [x * 2, x[0], x.sum(), ar.tanh(x), ar.concatenate([x, x]), x @ x]
        assert ar.tensor(1.0).op is not None  # a variable is a variable wherever it is made
    assert all(isinstance(v, ar.Tensor) and v.op is None and not v.inputs for v in values)
    y = x * values[0]
    assert np.array_equal(y.sum().backward()[x], [2, 4])


def test_a_transform_records_inside_no_grad():
    with ar.no_grad():
        assert ar.grad(lambda x: x * x)(3.0) == 6


def test_what_does_not_depend_on_a_variable_is_a_constant():
    c = ar.constant([1.0]) * 2 + ar.tanh(ar.constant([1.0]))
    assert c.op is None and len(c.tape) == 1


# -- the record of a sweep --------------------------------------------------------------------------------------------


def test_the_record_holds_every_adjoint():
    W, h, L = rnn()
    record = L.backward()
    live = [node for node in L.tape if node.op is not None]
    assert set(record) == set(live) and len(record) == len(live) and h in record
    assert record[L] == 1.0 and all(record[node].shape == node.shape for node in live)
    assert repr(record) == "<gradients of the result of sum (): 9 tensors>"


def test_the_record_of_an_intermediate_is_its_derivative():
    _, _, L = rnn()
    record = L.backward()
    h2 = L.tape["h_2"]
    W = L.tape["W"].value
    np.testing.assert_allclose(record[h2], ar.grad(lambda h: ar.square(ar.tanh(W @ h)).sum())(h2.value), rtol=1e-14)


def test_the_record_knows_what_it_does_not_have():
    _, _, L = rnn()
    record, other = L.backward(), ar.tensor(1.0, name="b")
    assert record.get(other) is None and other not in record
    assert record.get(L.tape["h_0"]) is None  # a constant
    with pytest.raises(ValueError, match=r"the result of sum \(\) does not depend on b \(\): .get\(\) answers None"):
        record[other]
    with pytest.raises(TypeError, match="takes a tensor, not 'W'"):
        record["W"]


def test_two_roots_accumulate():
    x = ar.tensor(3.0)
    (x * x).backward()
    (x * 2).backward()
    assert x.grad == 8.0


def test_a_seed_weights_the_outputs():
    x = ar.tensor(array(1, 2))
    record = (x * x).backward(array(1, 10))
    assert np.array_equal(record[x], [2, 40])
    assert np.array_equal((x * x).backward(ar.constant([1.0, 10.0]))[x], [2, 40])


def test_a_single_number_of_any_shape_needs_no_seed():
    x = ar.tensor([[2.0]])
    assert np.array_equal((x * x).backward()[x], [[4.0]])


def test_a_variable_may_be_its_own_root():
    x = ar.tensor(2.0)
    assert x.backward()[x] == 1.0 and x.grad == 1.0


def test_a_recorded_sweep_can_be_swept():
    x = ar.tensor(0.5)
    first = ar.tanh(x).backward(create_graph=True)[x]
    assert isinstance(first, ar.Tensor) and first.op is not None
    x.zero_grad()
    second = first.backward(create_graph=True)[x]
    np.testing.assert_allclose(second.value, -0.726862, atol=5e-7)
    x.zero_grad()
    np.testing.assert_allclose(second.backward()[x], -0.565209, atol=5e-7)
    assert isinstance(x.grad, np.ndarray)
    first.tape.validate()


def test_a_recorded_sweep_gives_the_same_numbers():
    W, h, L = rnn()
    plain, recorded = L.backward(), L.backward(create_graph=True)
    for node in plain:
        assert np.array_equal(recorded[node].value, plain[node])


def test_each_steps_share_adds_up_to_the_gradient():
    W, _, L = rnn()
    record = L.backward()
    shares = record.shares(W)
    assert sorted(shares) == [1, 2, 3]
    np.testing.assert_allclose(sum(shares.values()), record[W], rtol=1e-12)


# -- new values -------------------------------------------------------------------------------------------------------


def test_assign_gives_a_variable_a_new_value():
    W = ar.tensor(array(1, 2), name="W")
    new = array(3, 4)
    W.assign(new)
    new[:] = 9
    assert np.array_equal(W.value, [3, 4]) and not W.value.flags.writeable
    L = (W * W).sum()
    assert np.array_equal(L.backward()[W], [6, 8])
    L.tape.validate()
    W.assign([5, 6])
    assert W.dtype == np.float64
    with pytest.raises(ValueError, match=r"assign: W \(2,\) cannot take a value of shape \(3,\)"):
        W.assign(np.ones(3))
    with pytest.raises(TypeError, match=r"assign: only a variable takes a new value, and the result of multiply \(2,\) is not one"):
        (W * 2).assign(new)
    with pytest.raises(TypeError, match=r"a constant \(\) is not one"):
        ar.constant(1.0).assign(2.0)


@pytest.mark.parametrize("f", [lambda W: (W * W).sum(), lambda W: ar.linear(W, array(1, 2)).sum(), lambda W: W[0, 0] * 2.0])
def test_a_stale_tape_is_an_error_and_changes_nothing(f):
    W = ar.tensor(np.eye(2), name="W")
    L = f(W)
    W.assign(2 * np.eye(2))
    stale = re.escape("W (2, 2) was given a new value after this tape was recorded: run the forward pass again")
    with pytest.raises(ValueError, match=stale):
        L.backward()
    with pytest.raises(ValueError, match=stale):
        copy.deepcopy(L)
    with pytest.raises(ValueError, match=r"made before its input W \(2, 2\): was that given a new value since\?"):
        L.tape.validate()
    assert W.grad is None
    f(W).backward()
    assert W.grad is not None


@pytest.mark.parametrize("create_graph", [False, True])
def test_shares_are_not_computed_with_a_new_value(create_graph):
    W = ar.tensor([2.0], name="W")
    record = (W * W).sum().backward(create_graph=create_graph)
    assert record.shares(W) == {None: [4.0]}
    W.assign([5.0])
    with pytest.raises(ValueError, match="W .* was given a new value after this tape was recorded: run the forward pass again"):
        record.shares(W)


# -- transforms -------------------------------------------------------------------------------------------------------


def test_value_and_grad():
    value, gradient = ar.value_and_grad(lambda x: (x * x).sum())(array(1, 2))
    assert value == 5 and np.array_equal(gradient, [2, 4])
    assert type(value) is type(gradient) is np.ndarray


def test_argnum_chooses_the_argument():
    f = lambda x, y: x * x * y
    assert ar.grad(f)(3.0, 2.0) == 12 and ar.grad(f, 1)(3.0, 2.0) == 9 and ar.grad(f, argnum=-1)(3.0, 2.0) == 9
    with pytest.raises(ValueError, match="argnum=2, but f was called with 2 arguments"):
        ar.grad(f, 2)(3.0, 2.0)
    with pytest.raises(ValueError, match="argnum=1, but f was called with 1 argument$"):
        ar.grad(lambda x: x, 1)(3.0)


def test_vjp_pulls_any_number_of_cotangents():
    value, pull = ar.vjp(lambda x: x * x)(array(1, 2))
    assert np.array_equal(value, [1, 4])
    assert np.array_equal(pull(array(1, 10)), [2, 40]) and np.array_equal(pull(array(1, 0)), [2, 0])
    with pytest.raises(ValueError, match=r"the seed has shape \(3,\)"):
        pull(np.ones(3))


def test_jvp_pushes_a_direction():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    value, push = ar.jvp(lambda x: A @ x)(array(1, 2))
    assert np.array_equal(value, [5, 11, 17]) and np.array_equal(push(array(1, 0)), [1, 3, 5])
    with pytest.raises(ValueError, match=r"jvp: the direction has shape \(3,\), but a variable \(2,\) needs \(2,\)"):
        push(np.ones(3))


def test_jacobian_and_hessian():
    x = array(0.3, -0.5)
    np.testing.assert_allclose(ar.jacobian(ar.tanh)(x), np.diag(1 - np.tanh(x) ** 2), rtol=1e-14)
    assert ar.jacobian(lambda X: X @ array(1, 2))(np.ones((3, 2))).shape == (3, 3, 2)
    assert ar.jacobian(lambda x: x[:0])(x).shape == (0, 2)
    assert ar.jacobian(lambda x: x.sum())(x).shape == (2,)
    H = ar.hessian(lambda x: x[0] ** 2 * x[1] ** 3)(array(2, 3))
    np.testing.assert_allclose(H, [[2 * 27, 4 * 27], [4 * 27, 4 * 6 * 3]], rtol=1e-14)
    assert np.array_equal(ar.hessian(lambda x: x.sum())(x), np.zeros((2, 2)))


def test_transforms_nest_to_any_order():
    d = lambda x: x**5
    for k, wanted in enumerate([5, 20, 60, 120, 120, 0]):
        d = ar.grad(d, unused="zero" if k == 5 else "error")
        np.testing.assert_allclose(d(1.0), wanted, rtol=1e-14)


def test_transforms_nest_in_one_another():
    f = lambda x: (ar.tanh(x) * x).sum()
    x, v = array(0.3, -0.5), array(1.0, 2.0)
    H = ar.hessian(f)(x)
    np.testing.assert_allclose(ar.jvp(ar.grad(f))(x)[1](v), H @ v, rtol=1e-12)  # forward over reverse
    np.testing.assert_allclose(ar.vjp(ar.grad(f))(x)[1](v), v @ H, rtol=1e-12)
    np.testing.assert_allclose(ar.grad(lambda x: ar.jvp(f)(x)[1](v))(x), H @ v, rtol=1e-12)  # reverse over forward
    np.testing.assert_allclose(ar.grad(lambda x: (ar.grad(f)(x) * v).sum())(x), H @ v, rtol=1e-12)
    np.testing.assert_allclose(ar.jacobian(ar.jacobian(ar.tanh))(x)[0, 0], [-2 * np.tanh(0.3) * (1 - np.tanh(0.3) ** 2), 0], rtol=1e-12)
    assert ar.gradcheck(lambda x: ar.vjp(ar.tanh)(x)[1](v), x).ok


def test_a_derivative_inside_a_loss_is_trained_through():
    report = ar.gradcheck(lambda w, x: ar.square(ar.grad(lambda x: ar.tanh(w * x).sum())(x)).sum(), array(0.5, 1.0), array(1.0, -0.3))
    assert report.ok, report


@pytest.mark.parametrize("transform", [ar.grad, ar.jacobian, lambda f, **options: lambda x: ar.vjp(f, **options)(x)[1](1.0)])
def test_an_argument_that_is_not_used_is_an_error_or_zero(transform):
    for f in (lambda x: 3.0, lambda x: ar.tensor(2.0, name="b") * 1.0):
        with pytest.raises(ValueError, match=r"f's result, .*, does not depend on its argument a variable \(2,\): pass unused='zero'"):
            transform(f)(array(1, 2))
        assert np.array_equal(transform(f, unused="zero")(array(1, 2)), [0, 0])
    with pytest.raises(ValueError, match="unused='none': choose 'error' or 'zero'"):
        transform(lambda x: x, unused="none")(1.0)


def test_jvp_of_an_argument_that_is_not_used():
    with pytest.raises(ValueError, match="does not depend on its argument"):
        ar.jvp(lambda x: np.ones(3))(array(1, 2))
    value, push = ar.jvp(lambda x: np.ones(3), unused="zero")(array(1, 2))
    assert np.array_equal(push(array(1, 2)), np.zeros(3))


def test_grad_needs_a_single_number():
    with pytest.raises(ValueError, match=r"grad: f's result has shape \(2,\), not a single number: use jacobian or vjp, or sum it"):
        ar.grad(lambda x: x * x)(array(1, 2))


def test_transforms_leave_the_callers_variables_alone():
    W = ar.tensor(array(1, 2), name="W")
    gradient = ar.grad(lambda W: (W * W).sum())(W)
    assert np.array_equal(gradient, [2, 4]) and W.grad is None
    ar.grad(lambda x: (x * W).sum())(array(1, 2))
    assert W.grad is None


def test_the_argument_keeps_its_name_inside_a_transform():
    with pytest.raises(ValueError, match=r"add: shapes do not fit: W \(2,\) and a constant \(3,\)"):
        ar.grad(lambda W: (W + np.ones(3)).sum())(ar.tensor(array(1, 2), name="W"))


# -- gradient checking ------------------------------------------------------------------------------------------------


@pytest.fixture
def declare():
    """Declares operations for one test, and takes them back."""
    before = dict(OPS)
    yield op
    OPS.clear()
    OPS.update(before)


def wrong_tanh(declare, vjp):
    @declare("wrong({})", vjp)
    def wrong(x, /):
        """tanh, with a derivative that the test chooses."""
        return np.tanh(x)

    return wrong


def test_gradcheck_accepts_a_right_derivative(declare):
    right = wrong_tanh(declare, lambda g, y, x: g * (1 - y * y))
    report = ar.gradcheck(lambda x: right(x * 2.0), array(0.5, -1.0))
    assert report.ok and report.op is None and report.method == "complex step" and report.worst < 1e-14
    assert len(report.rows) == 2 and str(report).startswith("gradcheck ok: 2 elements by complex step, worst error")


@pytest.mark.parametrize("vjp", [lambda g, y, x: g * (1 + y * y), lambda g, y, x: g * y, lambda g, y, x: -g * (1 - y * y)])
def test_gradcheck_catches_a_wrong_derivative_and_names_it(declare, vjp):
    wrong = wrong_tanh(declare, vjp)
    report = ar.gradcheck(lambda x, w: ar.sin(wrong(x * w)).sum(), array(0.5, -1.0), array(1.0, 2.0))
    assert not report.ok and report.worst > 0.1
    assert report.op.startswith("wrong, input 0 (%")
    assert "gradcheck NOT ok: 4 elements by complex step" in str(report)
    assert "the derivative at fault: wrong, input 0" in str(report)
    row = max(report.rows, key=lambda row: row.error)
    assert row.argument in ("argument 0", "argument 1") and row.error > 0.1 and row.analytic != row.numeric


def test_gradcheck_catches_a_small_error(declare):
    report = ar.gradcheck(wrong_tanh(declare, lambda g, y, x: g * (1 - y * y) * (1 + 1e-9)), array(0.5))
    assert not report.ok and report.worst == pytest.approx(1e-9, rel=1e-3)
    assert ar.gradcheck(wrong_tanh(declare, lambda g, y, x: g * (1 - y * y) * (1 + 1e-9)), array(0.5), tolerance=1e-8).ok


def test_gradcheck_of_second_order_catches_what_first_order_cannot(declare):
    unrecorded = wrong_tanh(declare, lambda g, y, x: g * (1 - np.square(getattr(y, "value", y))))
    assert ar.gradcheck(unrecorded, array(0.5, -1.0)).ok
    assert not ar.gradcheck(unrecorded, array(0.5, -1.0), order=2).ok


def test_gradcheck_catches_a_cotangent_that_is_ignored(declare):
    report = ar.gradcheck(wrong_tanh(declare, lambda g, y, x: 1 - y * y), array(0.5))
    assert "argument 0: a zero cotangent does not give zero" in report.faults and not report.ok


def test_gradcheck_catches_an_unrepeatable_function():
    numbers = iter(range(1, 1_000))
    report = ar.gradcheck(lambda x: x * float(next(numbers)), array(0.5))
    assert "argument 0: a second run gives another gradient" in report.faults


def test_gradcheck_names_the_argument_and_the_element():
    W = ar.tensor(np.ones((2, 2)), name="W")
    report = ar.gradcheck(lambda W, x: W @ x, W, array(1, 2))
    assert {row.argument for row in report.rows} == {"W", "argument 1"}
    assert {row.element for row in report.rows if row.argument == "W"} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_gradcheck_uses_central_differences_where_f_is_not_analytic():
    report = ar.gradcheck(lambda x: ar.relu(x) * ar.tanh(x), array(0.5, -1.0))
    assert report.ok and report.method == "central differences"


def test_gradcheck_refuses_what_does_not_depend():
    report = ar.gradcheck(lambda x: np.ones(2), array(1.0))
    assert not report.ok and report.faults == ["f's result does not depend on any argument"]


def test_gradcheck_leaves_no_gradient_behind():
    W = ar.tensor(array(1, 2))
    ar.gradcheck(lambda x: x * x, W)
    assert W.grad is None


# -- declaring an operation -------------------------------------------------------------------------------------------


def test_a_new_operation_is_one_declaration(declare):
    @declare("cube({})", lambda g, y, x: 3 * g * x * x)
    def cube(x, /):
        """x³."""
        return x * x * x

    assert cube(ar.tensor(2.0)).backward(create_graph=True) is not None
    assert ar.grad(ar.grad(cube))(2.0) == 12 and cube(2.0) == 8 and cube.__doc__ == "x³."
    assert ar.gradcheck(cube, array(1, -2), order=2).ok
    assert OPS["cube"].name == "cube" and repr(OPS["cube"]) == "<op cube>"


@pytest.mark.parametrize("more", [-1, 1])
def test_a_vjp_too_few_is_an_error_and_no_lost_gradient(declare, more):
    @declare("total({})", lambda count: (lambda k, g, y, xs: g,) * (count + more))
    def total(*xs):
        return sum(xs)

    x = ar.tensor([1.0, 2.0])
    for create_graph in (False, True):
        with pytest.raises(ValueError, match=f"total: its declaration gives {2 + more} vjps for 2 inputs"):
            total(x, x).sum().backward(create_graph=create_graph)
    with pytest.raises(ValueError, match="total: its declaration gives"):
        total(x, x).tape.validate()


def test_options_by_keyword_alone(declare):
    @declare("scaled({})", lambda g, y, x, power, by: g * by)
    def scaled(x, /, power=1, *, by=2.0):
        return x * by

    x = ar.tensor([1.0, 2.0])
    assert [scaled(x, **options).sum().backward()[x].tolist() for options in ({}, {"by": 3.0})] == [[2, 2], [3, 3]]
    with pytest.raises(TypeError, match="scaled: .*unexpected keyword"):
        scaled(x, of=1)


def test_a_declaration_does_not_outlive_its_test():
    assert "cube" not in OPS and "wrong" not in OPS


# -- what errors say --------------------------------------------------------------------------------------------------


def test_errors_name_the_tensors_their_shapes_and_the_place():
    W = ar.tensor(np.ones((4, 5)), name="W_hh")
    with ar.scope(cell="lstm", step=2):
        h = ar.tanh(ar.tensor(np.ones((8, 4))))
        h.name = "h"
    with pytest.raises(ValueError) as caught, ar.scope(cell="lstm", step=3):
        ar.linear(W, h)
    assert str(caught.value) == "linear: inner sizes differ: W_hh (4, 5) @ h_2 (8, 4), at lstm t=3"
    assert caught.value.__suppress_context__  # one error, without numpy's beneath it
    with pytest.raises(ValueError) as caught, ar.scope(cell="lstm", step=3):
        W + h
    assert str(caught.value) == "add: shapes do not fit: W_hh (4, 5) and h_2 (8, 4), at lstm t=3"
    with pytest.raises(ValueError) as caught:
        W @ h
    assert str(caught.value) == "matmul: inner sizes differ: W_hh (4, 5) @ h_2 (8, 4)"


def test_errors_of_the_second_term_name_the_second_term():
    W, U = ar.tensor(np.ones((4, 5)), name="W"), ar.tensor(np.ones((4, 3)), name="U")
    with pytest.raises(ValueError, match=re.escape("linear: inner sizes differ: U (4, 3) @ a constant (2,)")):
        ar.linear(W, np.ones(5), U, np.ones(2))


@pytest.mark.parametrize("sizes", [(1, 3), (3, 1), (2, 3)])
def test_linear_does_not_broadcast_the_rows_of_weights(sizes):
    """Only the bias may be one number for all: the gradient of one row in the place of several raised from inside."""
    W, U, x = ar.tensor(np.ones((sizes[0], 2)), name="W"), ar.tensor(np.ones((sizes[1], 2)), name="U"), np.ones((4, 2))
    shown = f"W ({sizes[0]}, 2) and U ({sizes[1]}, 2)"
    with pytest.raises(ValueError, match=re.escape(f"linear: the weights of one sum have as many rows each: {shown}")):
        ar.linear(W, x, U, x)
    b = ar.tensor(np.ones(sizes[1]), name="b")
    if sizes[1] == 1:
        np.testing.assert_array_equal(ar.linear(W, x, b).sum().backward()[b], [4.0 * sizes[0]])
        np.testing.assert_array_equal(ar.linear(W, x, 0.5).value, ar.linear(W, x, 0.5 * np.ones(1)).value)
        return
    text = f"linear: a bias has a number for each row of the weights, or one for all: W ({sizes[0]}, 2) and b ({sizes[1]},)"
    with pytest.raises(ValueError, match=re.escape(text)):
        ar.linear(W, x, b)


def test_a_sweep_from_a_constant_says_what_to_do():
    with pytest.raises(ValueError, match=r"backward: x \(\) does not depend on any variable: make one with tensor\(...\)"):
        ar.constant(1.0, name="x").backward()
    with pytest.raises(TypeError, match="is complex: take the real or imaginary part"):
        (ar.tensor(1.0) * 1j).backward()


@pytest.mark.parametrize("make", [ar.tensor, ar.constant])
@pytest.mark.parametrize("value", ["a", None, [[1.0], [1.0, 2.0]], {1: 2}, [object()]])
def test_only_numbers_make_a_tensor(make, value):
    with pytest.raises(TypeError, match="cannot make a tensor of .*: pass numbers in equal rows, or an array of them"):
        make(value)


def test_length_and_iteration():
    x = ar.tensor([[1.0, 2.0], [3.0, 4.0]])
    a, b = x
    assert len(x) == 2 and np.array_equal((a * b).sum().backward()[x], [[3, 4], [1, 2]])
    with pytest.raises(TypeError, match=r"len\(\) of a tensor of shape \(\)"):
        len(ar.tensor(1.0))


def test_a_tensor_prints_its_numbers_name_and_kind():
    assert repr(ar.tensor([1.0, 2.0], name="W")) == "Tensor([1. 2.], name='W')"
    assert repr(ar.constant(1.0)) == "Tensor(1., constant)"
    assert len(repr(ar.tensor(np.zeros(10_000)))) < 100


def test_one_tensor_cut_in_several_ways():
    x, w = ar.tensor(np.arange(12.0).reshape(2, 6), name="x"), np.random.default_rng(0).normal(size=(5, 2, 6))
    pieces = [ar.split(x, 2, -1)[0], ar.split(x, 3, -1)[1], ar.split(x, 2, 0)[1], ar.split(x, 2, 1)[0], ar.split(x, [4], -1)[1]]
    weights = [w[0][:, :3], w[1][:, 2:4], w[2][1:], w[3][:, :3], w[4][:, 4:]]
    sum((piece * weight).sum() for piece, weight in zip(pieces, weights)).backward()
    expected = np.zeros((2, 6))
    for place, weight in zip(((..., slice(3)), (..., slice(2, 4)), slice(1, 2), (..., slice(3)), (..., slice(4, 6))), weights):
        expected[place] += weight
    np.testing.assert_allclose(x.grad, expected)


MISUSED = {
    "name": (lambda: ar.tensor([1.0], name=3), TypeError, "a name is a string, not 3"),
    "name-later": (lambda: setattr(ar.constant(1.0), "name", 3), TypeError, "a name is a string, not 3"),
    "masked": (lambda: ar.tensor(np.ma.masked_less([1.0, -1.0], 0)), TypeError, "a masked array has elements without a number: fill it"),
    "masked-operand": (lambda: ar.tensor(1.0) * np.ma.masked_less([1.0, -1.0], 0), TypeError, "a masked array has elements without"),
    "masked-part": (lambda: ar.dot(ar.tensor([1.0, 1.0]), np.ma.masked_less([1.0, -1.0], 0)), TypeError, "a masked array has elements"),
    "seed-text": (lambda: ar.tensor(1.0).backward(seed="a"), TypeError, "backward: a seed is real numbers, not 'a'"),
    "seed-complex": (lambda: ar.tensor(1.0).backward(seed=1j), TypeError, "backward: a seed is real numbers, not 1j"),
    "pull-complex": (lambda: ar.vjp(ar.tanh)(np.ones(2))[1](np.ones(2) * 1j), TypeError, "the seed is real numbers"),
    "push-text": (lambda: ar.jvp(ar.tanh)(np.ones(2))[1](["a", "b"]), TypeError, "the direction is real numbers"),
    "assign-text": (lambda: ar.tensor(1.0, name="W").assign("a"), TypeError, "assign: W () takes real numbers, not 'a'"),
    "assign-complex": (lambda: ar.tensor(1.0, name="W").assign(1j), TypeError, "assign: W () takes real numbers, not 1j"),
    "assign-ragged": (lambda: ar.tensor([1.0], name="W").assign([[1], [1, 2]]), TypeError, "assign: W (1,) takes real numbers, not [[1]"),
    "record-name": (lambda: ar.tanh(ar.tensor(1.0)).backward()["W"], TypeError, "grads[h] takes a tensor, not 'W'"),
    "record-list": (lambda: ar.tanh(ar.tensor(1.0)).backward()[[1]], TypeError, "grads[h] takes a tensor, not [1]"),
    "entry": (lambda: ar.tensor(1.0).tape[None], TypeError, "tape[k] takes a number, a slice or a name, not None"),
    "entry-half": (lambda: ar.tensor(1.0).tape[0.5], TypeError, "tape[k] takes a number, a slice or a name, not 0.5"),
    "argnum": (lambda: ar.grad(ar.multiply, 0.5)(1.0, 2.0), TypeError, "argnum is the number or the name of an argument, or a tuple of"),
    "option-twice": (lambda: ar.sum(ar.tensor([[1.0]]), 0, axis=1), TypeError, "sum: axis is given twice"),
    "order": (lambda: ar.gradcheck(ar.tanh, 1.0, order=3), ValueError, "order=3: choose 1 or 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISUSED)
def test_misuse_is_one_sentence_with_the_remedy(case):
    call, kind, text = MISUSED[case]
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


def test_a_tape_knows_what_is_on_it():
    W, h, loss = rnn()
    assert W in loss.tape and h in loss.tape and ar.tensor(1.0) not in loss.tape and 3 not in loss.tape and loss not in loss.tape[:2]


def test_a_stale_pull_is_found():
    W = ar.tensor([1.0, 2.0], name="W")
    _, pull = ar.vjp(lambda x: x * W)(np.ones(2))
    W.assign([3.0, 4.0])
    with pytest.raises(ValueError, match="W .* was given a new value after this tape was recorded"):
        pull(np.ones(2))


@pytest.mark.parametrize("dtype", ["float16", "float32", "longdouble"])
def test_gradcheck_asks_of_a_dtype_what_it_can_hold(dtype):
    report = ar.gradcheck(lambda x: ar.tanh(x) * x, np.array([0.5, -1.0], dtype))
    assert report.ok, report
    assert not ar.gradcheck(lambda x: ar.where(x.value > 0, x * x, ar.constant(x.value) * x), np.array([0.5, -1.0], dtype)).ok


def test_one_number_in_double_precision_is_not_rounded_by_an_array_in_single():
    single = np.array([-1.345, 0.5], np.float32)
    assert ar.multiply(ar.tensor(0.1), single).dtype == ar.multiply(single, ar.tensor(0.1)).dtype == np.float64
    np.testing.assert_array_equal((ar.tensor(0.1) * single).value, 0.1 * single.astype(float))
    report = ar.gradcheck(lambda x: ar.hypot(single, x), np.array(1.417, np.float32))  # which moves the number in double precision
    assert report.ok, report


def test_a_number_can_be_shown_and_taken_out_by_name():
    loss = ar.tensor([1.0, 2.0]).sum()
    assert f"{loss:.2f}" == "3.00" and f"{loss}" == "Tensor(3.)" and loss.item() == 3.0
    assert ar.tensor([1.0, 2.0]).item(1) == 2.0 and ar.tensor([[1.0, 2.0]]).item(0, 1) == ar.tensor([[1.0, 2.0]]).item((0, 1)) == 2.0
    with pytest.raises(ValueError):
        ar.tensor([1.0, 2.0]).item()


def test_a_sweep_inside_a_vjp_leaves_the_outer_one_alone(declare):
    """Checkpointing: the vjp computes the forward pass again and sweeps it, between the outer sweep's bias and its weight."""
    rng = np.random.default_rng(0)
    xs, ws = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 2))

    def layers(x):
        U, c = ar.tensor(np.eye(2)), ar.tensor(np.zeros(2))
        return sum(ar.linear(U, x * k, c) for k in (1.0, 2.0))

    def rerun(g, y, x):
        x = ar.tensor(np.full((5, 2), x))
        return layers(x).backward(np.tile(g / 5, (5, 1)))[x]

    @declare("checkpoint({})", rerun)
    def checkpoint(x, /):
        return 3.0 * x

    def gradients(f):
        W, x = ar.tensor(np.eye(2)), ar.tensor(np.ones(2))
        u = f(x)
        b = ar.tensor(np.zeros(2))
        record = sum((ar.linear(W, x_t + u, b) * w_t).sum() for x_t, w_t in zip(xs, ws)).backward()
        return [record[v] for v in (W, b, x)]

    for ours, wanted in zip(gradients(checkpoint), gradients(lambda x: 3.0 * x), strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12)


def test_the_memory_that_sweeps_share_holds_no_gradient():
    """Rows are stacked where the last sweep stacked its own: what one returned must not change under the next, nor in another thread."""
    rng = np.random.default_rng(0)
    cells = [ar.LSTM(3, H, fused=fused, seed=H) for H in (4, 5) for fused in (False, True)]
    inputs = [rng.normal(size=(T, 2, 3)) for T in (6, 9, 3, 7)]

    def gradients(k):
        grads = ar.sum(ar.stack(ar.unroll(cells[k], inputs[k]).h.items[1:])).backward()
        return [grads[p] for p in cells[k].parameters.values()]

    alone = [[g.copy() for g in gradients(k)] for k in range(4)]
    again = [gradients(k) for k in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(gradients, [0, 1, 2, 3] * 10))
    for first, second in zip(alone * 11, again + together, strict=True):
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "vjp, sentence",
    [
        (lambda g, y, x: None, "own: the vjp of input 0 gives None, not an array of real numbers"),
        (lambda g, y, x: "a", "own: the vjp of input 0 gives 'a'"),
        (lambda g, y, x: 1j * g, r"own: the vjp of input 0 gives array\(\[0"),
        (lambda g, y, x: np.ones(3), r"own: the vjp of input 0 gives shape \(3,\), and .* of shape \(2,\) is not broadcast to that"),
        (lambda g, y: g, r"own: the vjp of input 0 raises TypeError: .*2 positional arguments but 3"),
        (lambda g, y, x: {}["a"], "own: the vjp of input 0 raises KeyError: 'a'"),
    ],
)
def test_what_an_own_vjp_does_wrong_is_told_with_its_name(vjp, sentence):
    @op("own({})", vjp)
    def own(x, /):
        return x * 2

    try:
        t = ar.tensor([1.0, 2.0], name="W")
        with pytest.raises((TypeError, ValueError), match=sentence):
            (own(t).sum() + t.sum()).backward()
    finally:
        del OPS["own"]


def test_an_operation_of_ours_is_not_declared_again():
    with pytest.raises(ValueError, match="tanh is an operation already: give yours another name"):

        @op("tanh({})", lambda g, y, x: g)
        def tanh(x, /):
            return x

    assert OPS["tanh"].forward(0.0) == 0


def test_a_condition_that_was_given_a_new_value_makes_the_tape_stale_too():
    c, a = ar.tensor([1.0, 0.0], name="c"), ar.tensor([3.0, 3.0])
    y = ar.where(c, a, 0.0).sum()
    c.assign([0.0, 1.0])
    with pytest.raises(ValueError, match=r"c \(2,\) was given a new value after this tape was recorded"):
        y.backward()


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_condition_that_was_given_a_new_value_between_two_uses_makes_the_tape_stale(create_graph):
    c, a = ar.tensor([1.0, 0.0], name="c"), ar.tensor([3.0, 3.0])
    y = ar.where(c, a, 0.0)
    c.assign([0.0, 1.0])
    root = (y * ar.where(c, a, 1.0)).sum()
    with pytest.raises(ValueError, match=r"c \(2,\) was given a new value after this tape was recorded"):
        root.backward(create_graph=create_graph)


def test_what_an_option_hides_or_changes_is_not_lost():
    x, masked = ar.tensor([1.0, 2.0]), np.ma.masked_array([0.0, 9.0], [False, True])
    with pytest.raises(TypeError, match="a masked array has elements without a number"):
        ar.clip(x, masked, 3.0)


@pytest.mark.parametrize("around", [1, 2])
def test_a_condition_given_a_new_value_between_two_uses_is_found_stale_though_it_has_no_gradient(around):
    x, c = ar.tensor([1.0, 2.0], name="x"), ar.tensor([1.0, 0.0], name="c")
    first = ar.where(c, x, -x)
    c.assign([0.0, 1.0])
    second = ar.where(c, x, 2 * x) if around == 2 else x
    with pytest.raises(ValueError, match=r"c \(2,\) was given a new value after this tape was recorded"):
        (first * second).sum().backward()


def test_what_a_tensor_would_be_beside_is_that_tensor_s_and_its_present_value_s(random_seed):
    """A new value is another; and an interrupt can fall upon the forgetting, which leaves what was found to the next tensor of that id."""
    from autograd_rnn.engine.moved import _found, moved

    rng = np.random.default_rng(random_seed)
    W = ar.tensor(rng.normal(size=(2, 3)))
    y = ar.tanh(W)
    moved(y)
    W.assign(W.value + 5)
    assert np.abs(moved(W) - W.value).max() < 0.1
    np.testing.assert_allclose(moved(ar.square(W)), W.value**2, rtol=0.1)
    other = ar.tensor(rng.normal(size=4))
    _found[id(other)] = _found[id(y)]
    assert moved(ar.square(other)).shape == (4,)
