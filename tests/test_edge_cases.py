"""The cases on which engines differ, by number; each test states what ours answers."""

import copy
import gc
import math
import pickle
import sys
import threading
import time
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine import ops

INF = np.inf


def array(*numbers):
    return np.array(numbers, dtype=float)


def gradients(f, *inputs):
    """The gradients of the sum of f's elements, one an input."""
    leaves = [ar.tensor(x) for x in inputs]
    record = f(*leaves).sum().backward()
    return [record[leaf] for leaf in leaves]


def gradient(f, x):
    return gradients(f, x)[0]


def equal(got, wanted):
    """Same shape and exactly the same numbers."""
    wanted = np.asarray(wanted, dtype=float)
    assert got.shape == wanted.shape
    np.testing.assert_array_equal(got, wanted)


def close(got, wanted, digits=6):
    assert np.shape(got) == np.shape(wanted)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=0.6 * 10.0**-digits)


def chain(length):
    x = ar.tensor(1.0, name="x")
    h = x
    for _ in range(length):
        h = h + 1.0
    return x, h


# -- graph ------------------------------------------------------------------------------------------------------------


def test_01_sum_of_powers():
    equal(gradient(lambda x: x**2 + x**3, 3.0), 33)


def test_02_the_same_tensor_twice():
    equal(gradient(lambda x: x * x, 3.0), 6)
    equal(gradient(lambda x: x / x, 3.0), 0)
    equal(gradient(lambda x: x - x, 3.0), 0)


def test_03_reverse_topological_order():
    a = ar.tensor(1.0)
    b = a + a
    c = b + b
    equal(c.backward()[a], 4)


def test_04_forty_doublings_visit_each_node_once():
    x = ar.tensor(1.0)
    y = x
    for _ in range(40):
        y = y + y
    record = y.backward()
    equal(record[x], 2.0**40)
    assert len(record) == len(y.tape) == 41


def test_05_deep_chain_is_swept_printed_copied_and_deleted():
    limit = sys.getrecursionlimit()
    depth = 200_000
    assert depth > 100 * limit
    x, h = chain(depth)
    equal(h.backward()[x], 1)
    lines = str(h.tape).splitlines()
    assert lines[0].startswith("%0 x") and lines[-1].startswith(f"%{depth}")
    assert len(lines) == ar.Tape.LIMIT + 1 and f"... {depth + 1 - ar.Tape.LIMIT} more" in lines[ar.Tape.LIMIT // 2]
    twin = copy.deepcopy(h)
    assert twin is not h and twin.value == h.value and len(twin.tape) == depth + 1
    gone = weakref.ref(h)
    del h, twin
    assert gone() is None
    assert sys.getrecursionlimit() == limit


def test_05_deep_chain_is_validated():
    _, h = chain(20_000)
    assert h.tape.validate() is not None


def test_06_unused_branch_has_no_gradient():
    x, unused = ar.tensor(2.0), ar.tensor(3.0)
    branch = unused * x
    record = (x * x).backward()
    assert unused.grad is None and record.get(unused) is None and record.get(branch) is None
    equal(record[x], 4)


def test_07_a_second_sweep_adds_exactly_the_same():
    x = ar.tensor(array(0.3, -0.7))
    h = ar.tanh(x * x)
    L = (h * x + h).sum()
    first = L.backward()[x]
    equal(x.grad, first)
    second = L.backward()[x]
    equal(second, first)
    equal(x.grad, first + first)
    x.zero_grad()
    assert x.grad is None
    L.backward()
    equal(x.grad, first)


def test_08_dropped_intermediates_are_freed_without_the_collector():
    W = ar.tensor(array(0.1, 0.2))
    gc.disable()
    try:
        h = ar.tanh(W * 2.0)
        L = (h * h)[0] + ar.linear(ar.tensor(np.eye(2)), h).sum()
        record = L.backward()
        recorded = L.backward(create_graph=True)
        refs = [weakref.ref(node) for node in L.tape if node is not W]
        assert len(refs) > 5 and all(ref() is not None for ref in refs)
        del h, L, record, recorded
        assert [ref() for ref in refs] == [None] * len(refs)
    finally:
        gc.enable()


def test_08_training_keeps_memory_flat():
    W = ar.tensor(array(0.5, -0.5))
    x = array(1.0, 2.0)

    def train(iterations):
        for _ in range(iterations):
            W.zero_grad()
            L = ar.square(ar.tanh(W * x).sum() - 1.0)
            L.backward()
            W.assign(W.value - 0.01 * W.grad)

    gc.disable()
    tracemalloc.start()
    try:
        train(3_000)
        before = tracemalloc.get_traced_memory()[0]
        train(7_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 7_000  # less than one byte an iteration


def test_09_independence_is_an_error_or_a_requested_zero():
    with pytest.raises(ValueError, match=r"does not depend on its argument a variable \(2,\): pass unused='zero'"):
        ar.grad(lambda x: ar.tensor(1.0) * 2.0)(array(1, 2))
    with pytest.raises(ValueError, match="does not depend"):
        ar.grad(lambda x: 3.0)(1.0)
    equal(ar.grad(lambda x: 3.0, unused="zero")(array(1, 2)), [0, 0])
    a, b = ar.tensor(1.0, name="a"), ar.tensor(1.0, name="b")
    record = (a * 2.0).backward()
    with pytest.raises(ValueError, match=r"the result of multiply \(\) does not depend on b \(\)"):
        record[b]
    assert record.get(b) is None


def test_10_seeds_must_fit():
    y = ar.tensor(array(1, 2)) * 2.0
    with pytest.raises(ValueError, match=r"the seed has shape \(3,\), but the result of multiply \(2,\) needs \(2,\)"):
        y.backward(np.ones(3))
    with pytest.raises(ValueError, match=r"not a single number: sum it, or pass seed= an array of shape \(2,\)"):
        y.backward()
    with pytest.raises(ValueError, match=r"the seed has shape \(\)"):
        y.backward(1.0)


def test_11_higher_derivatives_of_tanh():
    second = ar.grad(ar.grad(ar.tanh))
    close(second(0.5), -0.726862)
    close(ar.grad(second)(0.5), -0.565209)


def test_12_two_derivatives_of_a_composition():
    f = lambda x: ar.tanh(x**2)
    close(ar.grad(f)(0.3), 0.5951661, 7)
    close(ar.grad(ar.grad(f))(0.3), 1.9197821, 7)


def test_13_perturbation_confusion():
    equal(ar.grad(lambda x: x * ar.grad(lambda y: x * y)(1.0))(1.0), 2)
    equal(ar.grad(lambda x: x * ar.grad(lambda y: x + y)(1.0))(1.0), 1)
    equal(ar.grad(lambda x: x * ar.grad(lambda y: x * y)(x))(3.0), 6)


def test_14_gradients_never_alias():
    a = ar.tensor(array(1, 1))
    b = a + 1.0
    c = b + 1.5
    root = (a + b) + c
    record = root.backward(np.ones(2))
    equal(record[a], [3, 3])
    for node in (root, c, b):
        record[node][:] = 100.0
    equal(record[a], [3, 3])
    equal(a.grad, [3, 3])
    record[a][:] = 7.0
    equal(a.grad, [3, 3])
    equal(record[a], [3, 3])
    a.grad[:] = 5.0
    equal(record[a], [3, 3])


def test_14_a_seed_is_not_kept():
    a, seed = ar.tensor(array(1, 1)), np.ones(2)
    record = (a + 0.0).backward(seed)
    seed[:] = 9.0
    equal(record[a], [1, 1])
    equal(a.grad, [1, 1])


def test_15_backward_under_no_grad_is_an_error():
    L = ar.tensor(1.0) * 2.0
    with ar.no_grad(), pytest.raises(ValueError, match=r"nothing is recorded inside no_grad\(\): call it outside"):
        L.backward()
    with ar.no_grad():
        y = ar.tensor(1.0) * 2.0
    with pytest.raises(ValueError, match="does not depend on any variable"):
        y.backward()


def test_16_an_exception_restores_the_scope():
    with pytest.raises(ValueError, match="shapes do not fit"):
        with ar.no_grad(), ar.scope(cell="rnn", step=3):
            ar.tensor(np.ones(2)) + np.ones(3)
    after = ar.tensor(1.0) * 2.0
    assert after.step is None and after.scope.cell == "" and after.op is not None


def test_16_an_exception_in_a_transform_restores_the_scope():
    with pytest.raises(ZeroDivisionError):
        ar.grad(lambda x: 1 / 0)(1.0)
    assert isinstance(ar.grad(lambda x: x * x)(1.0), np.ndarray)  # a tensor if the transform were still open


def test_17_two_threads_record_two_tapes():
    barrier, results = threading.Barrier(2, timeout=300), {}

    def run(name, recording):
        x = ar.tensor(2.0, name=name)
        with ar.scope(cell=name, recording=recording):
            y = x
            for _ in range(50):
                barrier.wait()
                y = y * x
        results[name] = y

    threads = [threading.Thread(target=run, args=args) for args in (("a", True), ("b", False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    a, b = results["a"], results["b"]
    assert len(a.tape) == 51 and {node.name for node in a.tape} == {"a", None}
    assert {node.scope.cell for node in a.tape.nodes[1:]} == {"a"}
    assert b.op is None and len(b.tape) == 1
    equal(a.backward()[a.tape["a"]], 51 * 2.0**50)


# -- broadcasting and shape -------------------------------------------------------------------------------------------


def test_18_column_times_row():
    column, row = gradients(lambda a, b: a * b, np.ones((3, 1)), np.ones((1, 4)))
    equal(column, np.full((3, 1), 4.0))
    equal(row, np.full((1, 4), 3.0))


def test_19_scalar_times_matrix_keeps_its_shape():
    scalar, matrix = gradients(lambda a, b: a * b, 2.0, np.ones((2, 3)))
    equal(scalar, 6.0)
    assert scalar.shape == ()
    equal(matrix, np.full((2, 3), 2.0))


def test_20_one_times_empty():
    one, empty = gradients(lambda a, b: a * b, np.ones(1), np.ones(0))
    equal(one, [0.0])
    equal(empty, [])


def test_21_one_plus_empty_matrix():
    one, empty = gradients(lambda a, b: a + b, np.ones((1, 1)), np.ones((0, 3)))
    equal(one, [[0.0]])
    equal(empty, np.ones((0, 3)))


def test_22_column_plus_one():
    column, one = gradients(lambda a, b: a + b, np.ones((2, 1)), np.ones(1))
    equal(column, np.ones((2, 1)))
    equal(one, [2.0])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis, weights", [(-1, (2, 3, 1)), ((0, -1), (1, 3, 1)), ((), (2, 3, 4)), (None, (1, 1, 1))])
def test_23_sum_over_axes(axis, weights, keepdims):
    w = np.arange(1.0, 1 + math.prod(weights)).reshape(weights)
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    shape = np.sum(x, axis=axis, keepdims=keepdims).shape
    got = gradient(lambda t: ar.sum(t, axis, keepdims) * w.reshape(shape), x)
    equal(got, np.broadcast_to(w, x.shape))


def test_23_sum_and_mean_of_nothing():
    equal(gradient(lambda x: x.sum(), np.ones(0)), [])
    equal(gradient(lambda x: x.sum(axis=0), np.ones((0, 3))), np.ones((0, 3)))
    equal(gradient(lambda x: x.mean(axis=1), np.ones((0, 3))), np.ones((0, 3)))


def test_24_concatenate_the_same_tensor_twice():
    weights = np.arange(4.0)
    equal(gradient(lambda x: ar.concatenate([x, x]) * weights, array(1, 2)), [2, 4])
    x, nothing = gradients(lambda x, e: ar.concatenate([x, e, x]) * weights, array(1, 2), np.ones(0))
    equal(x, [2, 4])
    equal(nothing, [])


def test_25_stack():
    x, y = gradients(lambda x, y: ar.stack([x, y, x]) * np.arange(3.0), 1.0, 1.0)
    equal(x, 2)
    equal(y, 1)


@pytest.mark.parametrize(
    "left, right, subscripts",
    [
        ((3,), (3,), "i,i->"),
        ((2, 3), (3,), "ij,j->i"),
        ((3,), (3, 2), "j,jk->k"),
        ((5, 2, 3), (3, 4), "bij,jk->bik"),
        ((2, 1, 2, 3), (4, 3, 1), "abij,cjk->acik"),
        ((3,), (2, 3, 4), "j,bjk->bk"),
        ((2, 4, 3), (3,), "bij,j->bi"),
    ],
)
def test_26_matmul(left, right, subscripts):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    report = ar.gradcheck(ar.matmul, a, b)
    assert report.ok and report.method == "complex step", report
    stretched = np.broadcast_to(a, (2, 4, 2, 3)) if left == (2, 1, 2, 3) else a
    np.testing.assert_allclose(ar.matmul(ar.tensor(a), b).value, np.einsum(subscripts.replace("ab", "ac"), stretched, b), atol=1e-14)


def test_27_einsum_on_the_diagonal():
    equal(gradient(lambda x: ar.einsum("ii->i", x) * array(1, 2, 3), np.ones((3, 3))), np.diag([1, 2, 3]))
    equal(gradient(lambda x: ar.einsum("ii", x), np.ones((3, 3))), np.eye(3))


def test_28_reshape_and_transpose():
    x = np.arange(24.0).reshape(2, 3, 4)
    equal(gradient(lambda t: t.reshape(-1) * np.arange(24.0), x), x)
    w = np.arange(24.0).reshape(4, 2, 3)
    equal(gradient(lambda t: t.transpose(2, 0, 1) * w, x), w.transpose(1, 2, 0))
    equal(gradient(lambda t: t.transpose(-1, 0, -2) * w, x), w.transpose(1, 2, 0))
    equal(gradient(lambda t: t.transpose(np.array([2, 0, 1])) * w, x), w.transpose(1, 2, 0))
    equal(gradient(lambda t: t.T * w.reshape(4, 3, 2), x), w.reshape(4, 3, 2).T)
    equal(gradient(lambda t: t.T * array(1, 2), np.ones(2)), [1, 2])
    equal(gradient(lambda t: t.T * 5.0, 1.0), 5)


# -- indexing ---------------------------------------------------------------------------------------------------------


def test_29_an_element_read_twice():
    equal(gradient(lambda x: x[[0, 0, 2]] * array(1, 10, 100), array(1, 2, 3)), [11, 0, 100])


def test_30_integer_arrays_on_two_axes():
    equal(gradient(lambda x: x[[0, 0], [1, 1]], np.ones((2, 2))), [[0, 2], [0, 0]])


def test_31_boolean_masks():
    x = array(1, 2, 3)
    equal(gradient(lambda t: t[[True, False, True]] * array(5, 7), x), [5, 0, 7])
    equal(gradient(lambda t: t[t > 1.5] * array(5, 7), x), [0, 5, 7])
    equal(gradient(lambda t: t[t > 9.0], x), [0, 0, 0])
    equal(gradient(lambda t: t[:, [False, False]], np.ones((2, 2))), np.zeros((2, 2)))


def test_32_reversed_slice():
    equal(gradient(lambda x: x[::-1] * array(1, 2, 3), array(1, 2, 3)), [3, 2, 1])


def test_33_other_indices():
    x = np.ones((2, 3))
    equal(gradient(lambda t: t[None, ..., -1] * array(5, 7), x), [[0, 0, 5], [0, 0, 7]])
    equal(gradient(lambda t: t[-1], x), [[0, 0, 0], [1, 1, 1]])
    equal(gradient(lambda t: t[np.int64(0), 1], x), [[0, 1, 0], [0, 0, 0]])
    equal(gradient(lambda t: t[1:1], x), np.zeros((2, 3)))
    equal(gradient(lambda t: t[...], x), x)
    equal(gradient(lambda t: t[()] * 3.0, 2.0), 3)
    equal(gradient(lambda t: t[None] * 3.0, 2.0), 3)
    equal(gradient(lambda t: t[ar.constant([1, 1])], x), [[0, 0, 0], [2, 2, 2]])


def _time_of_reads(reads, size):
    x = ar.tensor(np.zeros(size))
    L = x[0]
    for k in range(1, reads):
        L = L + x[k % size]
    best = INF
    for _ in range(3):
        start = time.process_time()
        record = L.backward()
        best = min(best, time.process_time() - start)
    assert record[x].sum() == reads
    return best


def test_34_many_reads_of_one_array_cost_linear_time():
    assert _time_of_reads(20_000, 20_000) < 30 * _time_of_reads(2_000, 2_000)  # quadratic: 100 times
    assert _time_of_reads(1_000, 1_000_000) < 0.1 + 20 * _time_of_reads(1_000, 100)  # zeros for each read: 8 GB to fill


# -- ties and kinks ---------------------------------------------------------------------------------------------------


def test_35_max_shares_among_ties():
    equal(gradient(ar.max, array(1, 3, 3, 2)), [0, 0.5, 0.5, 0])
    equal(gradient(ar.min, array(1, 3, 1, 2)), [0.5, 0, 0.5, 0])
    equal(gradient(lambda x: x.max(axis=0), [[1.0, 2.0], [1.0, 3.0]]), [[0.5, 0], [0.5, 1]])


def test_36_maximum_shares_a_tie():
    for f in (ar.maximum, ar.minimum):
        for g in gradients(f, array(2, 2), array(2, 2)):
            equal(g, [0.5, 0.5])
    equal(gradient(lambda x: ar.maximum(x, 2.0), 2.0), 0.5)


def test_37_relu_at_zero():
    equal(gradient(ar.relu, array(-1, 0, 1)), [0, 0, 1])


def test_38_abs_at_zero():
    equal(gradient(ar.abs, array(-1, 0, 1)), [-1, 0, 1])


def test_39_clip_at_its_bounds():
    equal(gradient(lambda x: ar.clip(x, -1, 1), array(-2, -1, 0, 1, 2)), [0, 0, 1, 0, 0])
    equal(gradient(lambda x: ar.clip(x, None, 1), array(-2, 1, 2)), [1, 0, 0])


# -- numerics ---------------------------------------------------------------------------------------------------------


def test_40_sigmoid_of_large_numbers():
    x = array(-1000, 0, 1000)
    equal(ar.sigmoid(x), [0, 0.5, 1])
    equal(gradient(ar.sigmoid, x), [0, 0.25, 0])


def test_41_softplus_of_large_numbers():
    x = array(-1000, 0, 1000)
    np.testing.assert_allclose(ar.softplus(x), [0, math.log(2), 1000], rtol=1e-15)
    equal(gradient(ar.softplus, x), [0, 0.5, 1])


def test_42_logsumexp():
    close(gradient(ar.logsumexp, array(1000, 1000)), [0.5, 0.5], 12)
    equal(gradient(ar.logsumexp, array(-INF, 0)), [0, 1])
    equal(ar.logsumexp(array(-INF, -INF)), -INF)
    equal(gradient(ar.logsumexp, array(-INF, -INF)), [0, 0])


def test_43_log_softmax_of_large_numbers():
    x = ar.tensor(array(1e4, 0))
    y = ar.log_softmax(x)[0]
    equal(y.value, 0)
    equal(y.backward()[x], [0, 0])


def test_44_softmax_with_a_masked_entry():
    close(gradient(lambda x: ar.softmax(x) * array(1, 2, 3), array(0, 0, -INF)), [-0.25, 0.25, 0], 14)


def test_45_cross_entropy_of_a_certain_wrong_class():
    equal(gradient(lambda x: -ar.log_softmax(x)[1], array(1e4, 0)), [1, -1])
    equal(gradient(lambda x: -ar.log_softmax(x)[1], array(1e300, 0)), [1, -1])


def test_46_tanh_of_large_numbers():
    x = ar.tensor(array(-1000, 1000))
    y = ar.tanh(x)
    equal(y.value, [-1, 1])
    equal(y.sum().backward()[x], [0, 0])


def test_47_product_with_zeros():
    equal(gradient(ar.prod, array(0, 2, 3)), [6, 0, 0])
    equal(gradient(ar.prod, array(0, 0, 3)), [0, 0, 0])
    equal(gradient(lambda x: ar.prod(x, 0), [[0.0, 2.0], [3.0, 4.0]]), [[3, 4], [0, 2]])


def test_48_power_zero_at_zero():
    equal(gradient(lambda x: x**0, 0.0), 0)
    equal(gradient(lambda x: x ** array(0, 1, 2), array(0, 0, 0)), [0, 1, 0])


def test_49_power_of_a_negative_number():
    equal(gradient(lambda x: x**3, -2.0), 12)


def test_50_sqrt_at_zero():
    equal(gradient(ar.sqrt, 0.0), INF)
    equal(gradient(lambda x: ar.sqrt(x) * 0.0, 0.0), 0)
    equal(gradient(lambda x: ar.log(x) * 0.0, 5e-324), 0)


def test_51_where_masks_the_cotangent():
    with np.errstate(divide="ignore"):  # log 0 itself warns, as in numpy
        equal(gradient(lambda x: ar.where(x > 0, ar.log(x), 0.0), 0.0), 0)
        equal(gradient(lambda x: ar.where(x > 0, 1 / x, 0.0), array(0, 2)), [0, -0.25])
    equal(gradient(lambda x: ar.sqrt(ar.where(x > 0, x, 0.0)), array(-1, 4)), [0, 0.25])  # an infinite cotangent, masked


@pytest.mark.parametrize("condition", [[True, False], [1, 0], [2.0, 0.0], [np.nan, 0.0]])
def test_51_any_truth_value_is_a_condition(condition):
    a, b = gradients(lambda a, b: ar.where(condition, a, b), array(1, 2), array(3, 4))
    equal(a, [1, 0])
    equal(b, [0, 1])


def test_51_a_single_truth_value_is_a_condition():
    a, b = gradients(lambda a, b: ar.where(True, a, b), array(1, 2), array(3, 4))
    equal(a, [1, 1])
    equal(b, [0, 0])


def test_52_norm_at_zero():
    equal(gradient(ar.norm, array(0, 0)), [0, 0])
    close(gradient(lambda x: ar.norm(x, axis=1), [[0.0, 0.0], [3.0, 4.0]]), [[0, 0], [0.6, 0.8]], 14)


@pytest.mark.parametrize("create_graph", [False, True])
def test_53_each_gradient_keeps_its_operands_dtype(create_graph):
    single, double = ar.tensor(np.float32([1, 2])), ar.tensor(array(3, 4))
    product = single * double
    record = (product + single**2).sum().backward(create_graph=create_graph)
    assert (product.dtype, record[single].dtype, record[double].dtype) == (np.float64, np.float32, np.float64)
    assert (single.grad.dtype, double.grad.dtype) == (np.float32, np.float64)


def test_54_integer_leaves_are_refused():
    with pytest.raises(TypeError, match=r"a variable 'n' needs real numbers to differentiate, not int64: convert with .astype\(float\)"):
        ar.tensor(np.array([1, 2]), name="n")
    with pytest.raises(TypeError, match="not bool"):
        ar.tensor(np.array([True]))
    with pytest.raises(TypeError, match="not int64"):
        ar.grad(lambda x: x * x)(np.array(3))
    assert ar.tensor([1, 2]).dtype == np.float64
    assert ar.grad(lambda x: x * x)(3) == 6
    assert ar.constant(np.array([1, 2])).dtype.kind == "i"


# -- safety -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [ar.tensor, ar.constant])
def test_55_changing_the_source_changes_nothing(make):
    source = array(1, 2)
    made = make(source)
    source[:] = 9
    equal(made.value, [1, 2])
    view = make(source[::-1].T)
    source[:] = 7
    equal(view.value, [9, 9])


def test_55_values_are_read_only():
    x = ar.tensor(array(1, 2))
    c = ar.constant(array(1, 2))
    for t in (x, c, x * 2.0, x[0], x.T, x.reshape(2, 1), c + 1.0):
        with pytest.raises(ValueError, match="read-only"):
            t.value[...] = 5.0


@pytest.mark.parametrize(
    "f, other",
    [
        (lambda x, c: x * c, array(3, 4)),
        (lambda x, c: c * x, array(3, 4)),
        (lambda x, c: c @ x, np.eye(2)),
        (lambda x, c: ar.linear(c, x), np.eye(2)),
        (lambda x, c: ar.where(c, x, 0.0), np.array([True, False])),
        (lambda x, c: ar.concatenate([c, x]) ** 2, array(3, 4)),
        (lambda x, c: ar.einsum("i,i->", c, x), array(3, 4)),
        (lambda x, c: x[c], np.array([0, 0])),
        (lambda x, c: x[c, None], np.array([0, 0])),
        (lambda x, c: ar.clip(x, c, None), array(0, 5)),
        (lambda x, c: ar.repeat(x, c), np.array([3, 1])),
        (lambda x, c: ar.scatter(x, c, (2,)) * array(1, 2), np.array([1, 1])),
        (lambda x, c: ar.embedding(x, c), np.array([0, 0])),
    ],
)
def test_55_changing_a_constant_after_the_forward_pass_changes_nothing(f, other):
    before = gradient(lambda x: f(x, other), array(1, 2))
    x, changing = ar.tensor(array(1, 2)), other.copy()
    L = f(x, changing).sum()
    changing[...] = 1
    equal(L.backward()[x], before)
    L.tape.validate()


def test_55_changing_a_list_after_the_forward_pass_changes_nothing():
    x, rows, factors = ar.tensor(array(1, 2)), [0, 0], [3.0, 4.0]
    L = (x[rows] * factors).sum()
    rows[0], factors[0] = 1, 9.0
    equal(L.backward()[x], [7, 0])


def test_55_a_transform_does_not_hand_out_its_argument():
    source = array(1, 2)
    value, pull = ar.vjp(lambda x: x)(source)
    value[:] = 9
    pull(np.ones(2))[:] = 9
    equal(source, [1, 2])


@pytest.mark.parametrize(
    "leak, message",
    [
        (lambda t: float(t), r"float\(\) would drop the gradient of t \(\): use .value.item\(\)"),
        (lambda t: int(t), r"int\(\) would drop the gradient of t \(\)"),
        (lambda t: complex(t), "would drop the gradient"),
        (lambda t: math.sin(t), "autograd_rnn's functions in place of math's"),
        (lambda t: math.floor(t), "would drop the gradient"),
        (lambda t: bool(t), r"a truth test would drop the gradient of t \(\): compare .value, or choose elementwise with where"),
        (lambda t: 1 if t else 2, "a truth test"),
        (lambda t: not t, "a truth test"),
        (lambda t: np.array(t), "turning it into a plain array would drop the gradient of t"),
        (lambda t: np.asarray(t), "turning it into a plain array"),
        (lambda t: np.array([t, t]), "turning it into a plain array"),
        (lambda t: np.array([1.0, t], dtype=object), "turning it into a plain array"),
        (lambda t: np.float64(t), "turning it into a plain array"),
        (lambda t: np.full(2, t), "turning it into a plain array"),
        (lambda t: np.sum([t, t]), "turning it into a plain array"),
        (lambda t: [1, 2, 3][t], "list indices"),
        (lambda t: range(t), "cannot be interpreted as an integer"),
        (lambda t: t << 2, "unsupported operand"),
        (lambda t: np.add(np.ones(2), t, out=np.ones(2)), r"numpy.add\(out=\) would lose the gradient"),
        (lambda t: np.ones(2).__iadd__(t), r"numpy.add\(out=\) would lose the gradient"),
        (lambda t: np.copyto(np.ones(2), t), "numpy.copyto has no derivative here"),
        (lambda t: ar.repeat(array(1, 2), t), r"would drop the gradient of t \(\)"),
        (lambda t: ar.tensor([1.0, 2.0])[t], r"would drop the gradient of t \(\)"),
        (lambda t: pickle.dumps(t), "is not pickled"),
    ],
)
def test_56_a_gradient_is_never_dropped_silently(leak, message):
    with pytest.raises(TypeError, match=message):
        leak(ar.tensor(1.0, name="t"))


def test_56_writing_into_a_tensor_is_an_error():
    t = ar.tensor(array(1, 2), name="t")
    with pytest.raises(TypeError, match=r"t \(2,\) cannot be written into: tensors are read-only. Instead build a new one with where"):
        t[0] = 1
    with pytest.raises(TypeError, match="tensors are read-only"):
        t[0] += 1


@pytest.mark.parametrize("value, index", [(1.0, 0), (array(1, 2), slice(None)), (array(1, 2), Ellipsis)])
def test_56_writing_a_tensor_into_an_array_is_an_error(value, index):
    target = np.zeros(2)
    with pytest.raises((TypeError, ValueError), match="would drop the gradient|setting an array element"):
        target[index] = ar.tensor(value)
    equal(target, [0, 0])


def test_56_numbers_without_a_gradient_may_leave():
    c = ar.constant(2.0)
    assert float(c) == 2.0 and int(c) == 2 and bool(c) and math.sqrt(c) == math.sqrt(2.0) and np.asarray(c) == 2.0
    t = ar.tensor(2.0)
    with ar.no_grad():
        assert float(t) == 2.0 and np.asarray(t * 3.0) == 6.0
    assert t > 1 and not t < 1 and t == 2.0 and t != 3.0  # comparisons have no gradient to lose


@pytest.mark.parametrize(
    "product",
    [
        lambda t: array(1, 2) * t,
        lambda t: t * array(1, 2),
        lambda t: np.multiply(array(1, 2), t),
        lambda t: [1.0, 2.0] * t,
        lambda t: (1.0, 2.0) * t,
        lambda t: np.array([1, 2]) * t,
        lambda t: np.diag([1.0, 2.0]) @ t,
        lambda t: np.float64(1) * t * array(1, 2),
        lambda t: ar.constant([1.0, 2.0]) * t,
    ],
)
def test_57_arrays_times_a_tensor_are_one_tensor(product):
    t = ar.tensor(array(3, 4))
    y = product(t)
    assert type(y) is ar.Tensor and y.dtype == np.float64
    equal(y.value, [3, 8])
    equal(y.sum().backward()[t], [1, 2])


@pytest.mark.parametrize("number", [3, 3.0, np.float64(3), np.int64(3), np.array(3.0)])
@pytest.mark.parametrize(
    "operate, value, slope",
    [
        (lambda n, t: n * t, 6, 3),
        (lambda n, t: t * n, 6, 3),
        (lambda n, t: n + t, 5, 1),
        (lambda n, t: n - t, 1, -1),
        (lambda n, t: t - n, -1, 1),
        (lambda n, t: n / t, 1.5, -0.75),
        (lambda n, t: t / n, 2 / 3, 1 / 3),
        (lambda n, t: t**n, 8, 12),
        (lambda n, t: n**t, 9, 9 * math.log(3)),
    ],
)
def test_57_numbers_on_either_side(number, operate, value, slope):
    t = ar.tensor(2.0)
    y = operate(number, t)
    assert type(y) is ar.Tensor and y.dtype == np.float64 and y.shape == ()
    equal(y.value, value)
    close(y.backward()[t], slope, 12)


@pytest.mark.parametrize("other", [None, "a", object(), {}, [[1.0], [1.0, 2.0]]])
def test_57_anything_else_is_refused(other):
    with pytest.raises(TypeError, match="multiply: cannot make a tensor of .*pass numbers in equal rows"):
        ar.tensor(1.0) * other


# -- found by strangers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
def test_64_a_tensor_in_shapes_that_do_not_broadcast_with_each_other(create_graph):
    s = ar.tensor(1.0)
    equal(_of((s * np.ones(2)).sum() + (s * np.ones(3)).sum(), s, create_graph), 5)
    b, W = ar.tensor(np.ones(3), name="b"), np.ones((3, 2))
    equal(_of(ar.linear(W, np.ones((3, 2)), b).sum() + ar.linear(W, np.ones((2, 2)), b).sum(), b, create_graph), [5, 5, 5])
    one = ar.tensor(np.ones(1), name="one")  # a bias of one number for layers of two widths
    equal(_of(ar.linear(W, np.ones((4, 2)), one).sum() + ar.linear(np.ones((5, 2)), np.ones(2), one).sum(), one, create_graph), [17])


def _of(root, x, create_graph):
    g = root.backward(create_graph=create_graph)[x]
    return g.value if create_graph else g


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("W, x", [((2, 0), (0,)), ((0, 3), (3,)), ((2, 0), (4, 0)), ((0, 3), (4, 3)), ((2, 3), (0, 3)), ((0, 0), (0, 0))])
def test_66_products_of_size_0(W, x, create_graph):
    leaves = [ar.tensor(np.ones(shape), name=name) for name, shape in (("W", W), ("x", x), ("b", W[:1]))]
    root = ar.linear(*leaves).sum() + (leaves[1] @ leaves[0].T).sum() + ar.softmax(leaves[0]).sum() + ar.log_softmax(leaves[0]).sum()
    grads = root.backward(create_graph=create_graph)
    for leaf in leaves:
        assert grads[leaf].shape == leaf.shape and not np.any(grads[leaf].value if create_graph else grads[leaf]) or leaf.size


def test_67_joining_many_is_linear():
    """Counted, not timed (the benchmarks time it): the calls are in proportion to the number of pieces."""
    for join, shape in ((ar.stack, ()), (ar.concatenate, (1,))):
        few, many = ([ar.tensor(np.full(shape, k, float)) for k in range(n)] for n in (100, 1000))
        calls = [_calls(lambda join=join, pieces=pieces: join(pieces).sum().backward()) for pieces in (few, many)]
        assert calls[1] < 10.5 * calls[0]


def test_68_nothing_is_kept_for_each_length():
    import gc
    import tracemalloc

    model = ar.Model(ar.RNN(3, 4), output_size=3)
    model.unroll(np.ones((60, 3)), [0] * 60).backward()
    gc.collect()
    tracemalloc.start()
    try:
        for T in range(1, 60):
            model.unroll(np.ones((T, 3)), [0] * T).backward()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 20_000
    finally:
        tracemalloc.stop()


def _calls(f):
    """How many function calls Python makes in f."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        f()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "dtype, x, wanted", [("f8", -40, 4.248354255291589e-18), ("f8", -700, 9.85967654375977e-305), ("f4", -20, 2.0611537e-09)]
)
def test_70_sigmoid_keeps_its_digits_where_it_is_small(dtype, x, wanted):
    got = ar.sigmoid(np.array(x, dtype))
    assert got.dtype == dtype and abs(got / wanted - 1) < 4 * np.finfo(dtype).eps
    assert ar.value_and_grad(lambda v: -ar.log(ar.sigmoid(v)))(-40.0) == (40.0, -1.0)
    equal(ar.sigmoid(np.array([-np.inf, 0, 1000, np.inf])), [0, 0.5, 1, 1])


def test_71_infinite_inputs():
    equal(ar.logsumexp(np.array([np.inf, 0.0])), np.inf)
    equal(ar.softplus(np.array([np.inf, -np.inf])), [np.inf, 0])


@pytest.mark.parametrize("dtype, scale", [("f8", 1e-200), ("f8", 1e200), ("f8", 1.0), ("f4", 1e-30), ("f4", 1e30), ("f8", 5e-320)])
def test_norm_at_the_ends_of_the_range(dtype, scale):
    x = np.array([3 * scale, 4 * scale], dtype)
    value, gradient = ar.value_and_grad(ar.norm)(x)
    np.testing.assert_allclose(value, np.array(5 * scale, dtype), rtol=1e-3 if scale < 1e-300 else 1e-6)
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-3 if scale < 1e-300 else 1e-6)


def test_norm_in_half_precision():
    value, gradient = ar.value_and_grad(ar.norm)(np.array([3.0, 4.0], "float16"))
    assert value.dtype == gradient.dtype == np.float16
    np.testing.assert_allclose(value, 5, rtol=2e-3)
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=2e-3)


def test_74_gradients_whose_squares_leave_the_range_are_clipped():
    from autograd_rnn.nets.training import clipped

    gradients = clipped({str(k): np.array([1e20], "float32") for k in range(100)}, norm=1.0)
    for g in gradients.values():
        np.testing.assert_allclose(g, [0.1], rtol=1e-6)


@pytest.mark.parametrize("y", [-1, [-1, 0], [0, 3], 7])
def test_76_a_class_that_does_not_exist_is_refused_going_forward(y):
    from autograd_rnn.nets.losses import cross_entropy

    scores = ar.tensor(np.zeros((*np.shape(y), 3)))
    with pytest.raises((ValueError, IndexError), match="cross_entropy"):
        cross_entropy(scores, y)


def test_77_a_deep_copy_validates():
    import copy

    for cell in (ar.RNN(3, 4), ar.LSTM(3, 4, fused=True), ar.GRU(3, 4, dtype="float32")):
        copy.deepcopy(ar.unroll(cell, np.ones((3, 2, 3))).h[3]).tape.validate()


def test_78_products_that_leave_the_range():
    equal(ar.grad(ar.prod)(np.array([1e-200, 1e-200, 1e200])), [1, 1, 0])
    for n in (1, 2, 3, 4, 5, 7, 8):
        x = np.arange(float(n))  # one zero
        equal(ar.grad(ar.prod)(x), [np.prod(np.arange(1.0, n))] + [0] * (n - 1))
        x = np.arange(1.0, n + 1)
        np.testing.assert_allclose(ar.grad(ar.prod)(x), np.prod(x) / x)


def test_a_split_into_no_parts_is_refused():
    for sections in (0, -2):
        with pytest.raises(ValueError, match=f"split: an axis of size 4 does not divide into {sections} equal parts"):
            ar.split(ar.tensor(np.ones(4)), sections)


# -- whatever is taken can be swept -----------------------------------------------------------------------------------

WAYS = {  # in which a person might call a function of one or of two arrays, right for some functions and wrong for others
    **{f"axis={axis}": lambda f, x, axis=axis: f(x, axis=axis) for axis in (0, -1, (0,), (), None)},
    **{f"keepdims, axis={axis}": lambda f, x, axis=axis: f(x, axis=axis, keepdims=True) for axis in (0, -1, None)},
    **{f"then {more}": lambda f, x, more=more: f(x, *more) for more in ((), (0,), (1,), (-1,), (2.0,), ([],), (2, 1), (2, 0), ((0, 1),))},
    "itself": lambda f, x: f(x, x),
    "its transpose": lambda f, x: f(x, x.T),
    "a number before": lambda f, x: f(2.0, x),
    "a list": lambda f, x: f([x, x]),
    "a list, axis=1": lambda f, x: f([x, x], axis=1),
}
SIZES = [(), (1,), (2,), (0,), (0, 2), (2, 0), (2, 2), (2, 3), (2, 0, 3)]


@pytest.mark.filterwarnings("ignore")  # means of nothing, logarithms of 0
@pytest.mark.parametrize("shape", SIZES)
def test_what_a_function_takes_both_sweeps_take(shape):
    """A call raises at once or not at all."""
    values = np.linspace(0.3, 0.6, math.prod(shape)).reshape(shape)
    swept = 0
    for name in ops.__all__:
        for way, call in WAYS.items():
            x = ar.tensor(values)
            try:
                made = call(getattr(ar, name), x)
            except (ValueError, TypeError, IndexError):
                continue
            for y in made if isinstance(made, (list, tuple)) else [made]:
                if isinstance(y, ar.Tensor) and y.op is not None:
                    try:
                        g = (y * y).sum().backward(create_graph=True).get(x)
                        if g is not None and g.op is not None:
                            assert (g * g).sum().backward()[x].shape == shape
                        assert g is None or g.shape == shape
                    except (TypeError, AttributeError, LookupError, ArithmeticError, ValueError) as error:
                        pytest.fail(f"{name} of {shape}, {way}: {type(error).__name__}: {error}")
                    swept += 1
    assert swept > 150
