"""Weights of other libraries and courses: each convention's own forward formulas on its own arrays give what our net gives."""

import numpy as np
import pytest

import autograd_rnn as ar
from tests.oracles.plain_numpy import sigmoid

load, dump = ar.conventions.load_weights, ar.conventions.dump_weights
T, B, D, H, V = 4, 2, 3, 5, 6
KEEP = dict(update="keep")
CUDNN = dict(reset="after", update="keep")


# -- the nets as other people write them: rows x (B, D), arrays in their layout -------------------------------------


def cs231n_rnn(p, xs, h, c):
    for x in xs:
        h = np.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"])
        yield h


def cs231n_lstm(p, xs, h, c):
    for x in xs:
        i, f, o, g = np.split(x @ p["Wx"] + h @ p["Wh"] + p["b"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield h


def dlai_rnn(p, xs, h, c):
    a = h.T
    for x in xs:
        a = np.tanh(p["Waa"] @ a + p["Wax"] @ x.T + p["ba"])
        yield a.T


def dlai_lstm(p, xs, h, c):
    a, c = h.T, c.T
    for x in xs:
        both = np.concatenate([a, x.T])
        ft, it, ot = (sigmoid(p["W" + k] @ both + p["b" + k]) for k in "fio")
        c = ft * c + it * np.tanh(p["Wc"] @ both + p["bc"])
        a = ot * np.tanh(c)
        yield a.T


def keras_rnn(p, xs, h, c):
    for x in xs:
        h = np.tanh(x @ p["kernel"] + p["bias"] + h @ p["recurrent_kernel"])
        yield h


def keras_lstm(p, xs, h, c):
    for x in xs:
        i, f, c_new, o = np.split(x @ p["kernel"] + h @ p["recurrent_kernel"] + p["bias"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(c_new)
        h = sigmoid(o) * np.tanh(c)
        yield h


def keras_gru_after(p, xs, h, c):
    for x in xs:
        x_z, x_r, x_h = np.split(x @ p["kernel"] + p["bias"][0], 3, axis=1)
        h_z, h_r, h_h = np.split(h @ p["recurrent_kernel"] + p["bias"][1], 3, axis=1)
        z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
        h = z * h + (1 - z) * np.tanh(x_h + r * h_h)
        yield h


def keras_gru_before(p, xs, h, c):
    U = p["recurrent_kernel"]
    for x in xs:
        x_z, x_r, x_h = np.split(x @ p["kernel"] + p["bias"], 3, axis=1)
        z, r = sigmoid(x_z + h @ U[:, :H]), sigmoid(x_r + h @ U[:, H : 2 * H])
        h = z * h + (1 - z) * np.tanh(x_h + (r * h) @ U[:, 2 * H :])
        yield h


def onnx_parts(p, gates):
    W, R = np.split(p["W"][0], gates), np.split(p["R"][0], gates)
    b = np.split(p["B"][0], 2 * gates)
    return W, R, b[:gates], b[gates:]


def onnx_rnn(p, xs, h, c):
    (W,), (R,), (Wb,), (Rb,) = onnx_parts(p, 1)
    for x in xs:
        h = np.tanh(x @ W.T + h @ R.T + Wb + Rb)
        yield h


def onnx_lstm(p, xs, h, c, coupled=False):
    W, R, Wb, Rb = onnx_parts(p, 4)
    Pi, Po, Pf = np.split(p["P"][0], 3) if "P" in p else (0, 0, 0)
    for x in xs:
        i, o, f, g = (x @ W[k].T + h @ R[k].T + Wb[k] + Rb[k] for k in range(4))
        i = sigmoid(i + Pi * c)
        f = 1 - i if coupled else sigmoid(f + Pf * c)
        c = f * c + i * np.tanh(g)
        h = sigmoid(o + Po * c) * np.tanh(c)
        yield h


def onnx_lstm_coupled(p, xs, h, c):
    return onnx_lstm(p, xs, h, c, coupled=True)


def onnx_gru_after(p, xs, h, c):
    (Wz, Wr, Wh), (Rz, Rr, Rh), (Wbz, Wbr, Wbh), (Rbz, Rbr, Rbh) = onnx_parts(p, 3)
    for x in xs:
        z, r = sigmoid(x @ Wz.T + h @ Rz.T + Wbz + Rbz), sigmoid(x @ Wr.T + h @ Rr.T + Wbr + Rbr)
        h = (1 - z) * np.tanh(x @ Wh.T + r * (h @ Rh.T + Rbh) + Wbh) + z * h
        yield h


def onnx_gru_before(p, xs, h, c):
    (Wz, Wr, Wh), (Rz, Rr, Rh), (Wbz, Wbr, Wbh), (Rbz, Rbr, Rbh) = onnx_parts(p, 3)
    for x in xs:
        z, r = sigmoid(x @ Wz.T + h @ Rz.T + Wbz + Rbz), sigmoid(x @ Wr.T + h @ Rr.T + Wbr + Rbr)
        h = (1 - z) * np.tanh(x @ Wh.T + (r * h) @ Rh.T + Rbh + Wbh) + z * h
        yield h


def pytorch_gru(p, xs, h, c):
    for x in xs:
        i_r, i_z, i_n = np.split(x @ p["weight_ih_l0"].T + p["bias_ih_l0"], 3, axis=1)
        h_r, h_z, h_n = np.split(h @ p["weight_hh_l0"].T + p["bias_hh_l0"], 3, axis=1)
        r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
        h = (1 - z) * np.tanh(i_n + r * h_n) + z * h
        yield h


def pytorch_lstm(p, xs, h, c):
    for x in xs:
        a = x @ p["weight_ih_l0"].T + p["bias_ih_l0"] + h @ p["weight_hh_l0"].T + p["bias_hh_l0"]
        i, f, g, o = np.split(a, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield h


FOREIGN = {
    "cs231n rnn": (cs231n_rnn, ar.RNN, {}, {"Wx": (D, H), "Wh": (H, H), "b": (H,)}),
    "cs231n lstm": (cs231n_lstm, ar.LSTM, {}, {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}),
    "dlai rnn": (dlai_rnn, ar.RNN, {}, {"Wax": (H, D), "Waa": (H, H), "ba": (H, 1)}),
    "dlai lstm": (dlai_lstm, ar.LSTM, {}, {f"{a}{k}": (H, H + D) if a == "W" else (H, 1) for k in "fico" for a in "Wb"}),
    "keras rnn": (keras_rnn, ar.RNN, {}, {"kernel": (D, H), "recurrent_kernel": (H, H), "bias": (H,)}),
    "keras lstm": (keras_lstm, ar.LSTM, {}, {"kernel": (D, 4 * H), "recurrent_kernel": (H, 4 * H), "bias": (4 * H,)}),
    "keras gru after": (keras_gru_after, ar.GRU, CUDNN, {"kernel": (D, 3 * H), "recurrent_kernel": (H, 3 * H), "bias": (2, 3 * H)}),
    "keras gru before": (keras_gru_before, ar.GRU, KEEP, {"kernel": (D, 3 * H), "recurrent_kernel": (H, 3 * H), "bias": (3 * H,)}),
    "onnx rnn": (onnx_rnn, ar.RNN, {}, {"W": (1, H, D), "R": (1, H, H), "B": (1, 2 * H)}),
    "onnx lstm": (onnx_lstm, ar.LSTM, {}, {"W": (1, 4 * H, D), "R": (1, 4 * H, H), "B": (1, 8 * H)}),
    "onnx lstm coupled": (onnx_lstm_coupled, ar.LSTM, dict(coupled=True), {"W": (1, 4 * H, D), "R": (1, 4 * H, H), "B": (1, 8 * H)}),
    "onnx lstm peephole": (
        onnx_lstm,
        ar.LSTM,
        dict(peephole=True),
        {"W": (1, 4 * H, D), "R": (1, 4 * H, H), "B": (1, 8 * H), "P": (1, 3 * H)},
    ),
    "onnx gru after": (onnx_gru_after, ar.GRU, CUDNN, {"W": (1, 3 * H, D), "R": (1, 3 * H, H), "B": (1, 6 * H)}),
    "onnx gru before": (onnx_gru_before, ar.GRU, KEEP, {"W": (1, 3 * H, D), "R": (1, 3 * H, H), "B": (1, 6 * H)}),
    "pytorch gru": (
        pytorch_gru,
        ar.GRU,
        CUDNN,
        {"weight_ih_l0": (3 * H, D), "weight_hh_l0": (3 * H, H), "bias_ih_l0": (3 * H,), "bias_hh_l0": (3 * H,)},
    ),
    "pytorch lstm": (
        pytorch_lstm,
        ar.LSTM,
        {},
        {"weight_ih_l0": (4 * H, D), "weight_hh_l0": (4 * H, H), "bias_ih_l0": (4 * H,), "bias_hh_l0": (4 * H,)},
    ),
}
BOTH = [(case, fused) for case in FOREIGN for fused in ((False,) if "rnn" in case else (False, True))]


def foreign(case, fused):
    """(their forward, our net, their arrays filled with random numbers, the convention)."""
    forward, kind, options, shapes = FOREIGN[case]
    rng = np.random.default_rng(3)
    arrays = {name: rng.normal(scale=0.6, size=shape) for name, shape in shapes.items()}
    return forward, kind(D, H, **options, **({"fused": True} if fused else {})), arrays, case.split()[0]


def sequence(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))


def near(got, wanted, tolerance=1e-12):
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= tolerance * max(1.0, np.abs(wanted).max())


def same_bits(one, two):
    assert list(one) == list(two)
    for name in one:
        assert one[name].shape == two[name].shape and one[name].dtype == two[name].dtype
        assert one[name].tobytes() == two[name].tobytes()


def values_of(net):
    return {name: value.value for name, value in net.parameters.items()}


@pytest.mark.parametrize("case, fused", BOTH)
def test_loaded_weights_compute_what_they_compute_there(case, fused):
    forward, cell, arrays, convention = foreign(case, fused)
    load(cell, arrays, convention)
    x, h0, c0 = sequence()
    run = ar.unroll(cell, x, h0=(h0, c0)[: len(cell.states)])
    for t, h in enumerate(forward(arrays, x, h0, c0), 1):
        near(run.h[t].value, h)


@pytest.mark.parametrize("case, fused", BOTH)
def test_dumped_weights_compute_the_same_there(case, fused):
    forward, cell, arrays, convention = foreign(case, fused)
    for value in cell.parameters.values():
        value.assign(np.random.default_rng(value.size).normal(scale=0.6, size=value.shape))
    x, h0, c0 = sequence()
    run = ar.unroll(cell, x, h0=(h0, c0)[: len(cell.states)])
    for t, h in enumerate(forward(dump(cell, convention), x, h0, c0), 1):
        near(h, run.h[t].value)


@pytest.mark.parametrize("case, fused", BOTH)
def test_dumped_gradients_are_those_of_the_arrays_there(case, fused):
    """Complex step of their forward, along random directions in each of their arrays; both of two biases have the gradient."""
    forward, cell, arrays, convention = foreign(case, fused)
    load(cell, arrays, convention)
    x, h0, c0 = sequence()
    q = np.random.default_rng(9).normal(size=(T, B, H))
    run = ar.unroll(cell, x, h0=(h0, c0)[: len(cell.states)])
    sum((row * run.h[t]).sum() for t, row in enumerate(q, 1)).backward()
    gradients = dump(cell, convention, gradients=True)
    assert {name: g.shape for name, g in gradients.items()} == {name: array.shape for name, array in arrays.items()}
    for name, array in arrays.items():
        for seed in range(3):
            v = np.random.default_rng(seed).normal(size=array.shape)
            moved = {**arrays, name: array + 1e-30j * v}
            wanted = sum((row * h).sum() for row, h in zip(q, forward(moved, x, h0, c0), strict=True)).imag / 1e-30
            near((gradients[name] * v).sum(), wanted)


@pytest.mark.parametrize("case, fused", BOTH)
def test_load_dump_load_is_exact(case, fused):
    _, cell, arrays, convention = foreign(case, fused)
    for array in arrays.values():
        array.flat[0] = -0.0  # a sign that adding 0.0 would lose
    load(cell, arrays, convention)
    first = dump(cell, convention)
    before = values_of(cell)
    load(cell, first, convention)
    same_bits(values_of(cell), before)
    same_bits(dump(cell, convention), first)
    for name in arrays:
        if "B" != name and "bias" not in name and "coupled" not in case:
            same_bits({name: first[name]}, {name: arrays[name]})


NETS = {
    "rnn": lambda: ar.RNN(D, H),
    "relu": lambda: ar.RNN(D, H, activation="relu"),
    "lstm": lambda: ar.LSTM(D, H),
    "lstm-fused": lambda: ar.LSTM(D, H, fused=True),
    "gru": lambda: ar.GRU(D, H, **CUDNN),
    "gru-fused": lambda: ar.GRU(D, H, fused=True, **CUDNN),
    "gru-before": lambda: ar.GRU(D, H, **KEEP),
    "peephole": lambda: ar.LSTM(D, H, peephole=True, fused=True),
    "coupled": lambda: ar.LSTM(D, H, coupled=True, peephole=True),
    "stacked": lambda: ar.Stacked([ar.LSTM(D, H), ar.LSTM(H, H, fused=True, seed=1)]),
    "bidirectional": lambda: ar.Bidirectional(ar.GRU(D, H, **CUDNN), ar.GRU(D, H, seed=1, **CUDNN)),
    "stacked-bidirectional": lambda: ar.Stacked(
        [ar.Bidirectional(ar.LSTM(d, H, seed=k), ar.LSTM(d, H, seed=k + 1)) for d, k in ((D, 0), (2 * H, 2))]
    ),
    "mixed": lambda: ar.Stacked([ar.LSTM(D, 2), ar.RNN(2, H, seed=1)]),
}
ABLE = {
    "pytorch": ["rnn", "relu", "lstm", "lstm-fused", "gru", "gru-fused", "stacked", "bidirectional", "stacked-bidirectional"],
    "keras": [name for name in NETS if name not in ("peephole", "coupled")],
    "onnx": list(NETS),
    "cs231n": ["rnn", "lstm", "lstm-fused"],
    "dlai": ["rnn", "lstm", "lstm-fused"],
}


@pytest.mark.parametrize("convention, name", [(convention, name) for convention in ABLE for name in ABLE[convention]])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("whole", [False, True])
def test_dump_and_load_into_a_twin_is_exact(convention, name, dtype, whole, monkeypatch):
    monkeypatch.setattr(ar.Cell.__init__, "__kwdefaults__", {**ar.Cell.__init__.__kwdefaults__, "dtype": dtype})
    nets = [ar.Model(NETS[name](), output_size=V, seed=k) if whole else NETS[name]() for k in range(2)]
    rng = np.random.default_rng(0)
    for net in nets:
        for value in net.parameters.values():
            value.assign(rng.normal(size=value.shape))
    kept = {key for key in nets[0].parameters if whole and convention == "onnx" and key.endswith("y")}
    arrays = dump(nets[0], convention)
    assert {str(array.dtype) for array in arrays.values()} == {dtype}
    assert all(array.flags.writeable and array.flags.c_contiguous for array in arrays.values())
    load(nets[1], arrays, convention)
    one, two = ({key: value for key, value in values_of(net).items() if key not in kept} for net in nets)
    same_bits(one, two)
    same_bits(dump(nets[1], convention), arrays)


@pytest.mark.parametrize("convention", ABLE)
@pytest.mark.parametrize("name", NETS)
def test_every_net_is_loaded_or_refused_with_a_remedy(convention, name):
    if name in ABLE[convention]:
        dump(NETS[name](), convention)
    else:
        with pytest.raises(ValueError, match="build it with|it knows|choose "):
            dump(NETS[name](), convention)


def test_names_of_larger_nets():
    net = NETS["stacked-bidirectional"]()
    torch_names = [f"{a}_l{layer}{way}" for layer in "01" for way in ("", "_reverse")
                   for a in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]  # fmt: skip
    assert list(dump(net)) == torch_names
    assert list(dump(net, "keras"))[:4] == [
        "layer_1/forward/kernel", "layer_1/forward/recurrent_kernel", "layer_1/forward/bias", "layer_1/backward/kernel",
    ]  # fmt: skip
    assert list(dump(NETS["bidirectional"](), "keras"))[3] == "backward/kernel"
    assert {name: array.shape for name, array in dump(net, "onnx").items()} == {
        "layer_1/W": (2, 4 * H, D), "layer_1/R": (2, 4 * H, H), "layer_1/B": (2, 8 * H),
        "layer_2/W": (2, 4 * H, 2 * H), "layer_2/R": (2, 4 * H, H), "layer_2/B": (2, 8 * H),
    }  # fmt: skip
    assert list(dump(NETS["bidirectional"](), "onnx")) == ["W", "R", "B"]


@pytest.mark.parametrize("name", ["stacked", "bidirectional", "stacked-bidirectional"])
@pytest.mark.parametrize("convention", ["keras", "onnx"])
def test_a_larger_net_is_its_cells_side_by_side(convention, name):
    net = NETS[name]()
    arrays = dump(net, convention)
    layers = net.cells if isinstance(net, ar.Stacked) else [net]
    for level, layer in enumerate(layers, 1):
        prefix = f"layer_{level}/" if isinstance(net, ar.Stacked) else ""
        cells = getattr(layer, "cells", [layer])
        for side, cell in enumerate(cells):
            way = ("forward/", "backward/")[side] if convention == "keras" and len(cells) > 1 else ""
            for key, array in dump(cell, convention).items():
                whole = arrays[prefix + way + key]
                np.testing.assert_array_equal(whole[side] if convention == "onnx" else whole, array[0] if convention == "onnx" else array)


READOUTS = {
    "pytorch": ("readout.weight", "readout.bias", False),
    "keras": ("readout/kernel", "readout/bias", True),
    "cs231n": ("W_vocab", "b_vocab", True),
    "dlai": ("Wya", "by", False),
}


@pytest.mark.parametrize("convention", READOUTS)
def test_the_readout_of_a_model(convention):
    matrix, bias, turned = READOUTS[convention]
    model = ar.Model(ar.RNN(D, H), output_size=V)
    model.parameters["b_y"].assign(np.arange(V))
    arrays = dump(model, convention)
    W = model.parameters["W_hy"].value
    np.testing.assert_array_equal(arrays[matrix], W.T if turned else W)
    np.testing.assert_array_equal(arrays[bias], np.arange(V)[:, None] if convention == "dlai" else np.arange(V))
    load(model, {**arrays, matrix: arrays[matrix] * 2}, convention)
    np.testing.assert_array_equal(model.parameters["W_hy"].value, W * 2)


def test_the_readout_of_two_directions_is_one_matrix():
    model = ar.Model(NETS["bidirectional"](), output_size=V)
    wanted = np.concatenate([model.parameters["Wf_hy"].value, model.parameters["Wb_hy"].value], axis=1)
    np.testing.assert_array_equal(dump(model)["readout.weight"], wanted)
    np.testing.assert_array_equal(dump(model, "keras")["readout/kernel"], wanted.T)
    assert list(dump(ar.Model(ar.LSTM(D, H), V), "dlai"))[-2:] == ["Wy", "by"]
    assert list(dump(ar.Model(ar.LSTM(D, H), V), "onnx")) == ["W", "R", "B"]


def test_two_biases_are_summed_and_the_second_is_dumped_as_zero():
    cell = ar.GRU(D, H, **CUDNN)
    arrays = {name: array + 1.0 for name, array in dump(cell).items()}
    load(cell, arrays)
    assert (cell.parameters["b_r"].value == 2).all() and (cell.parameters["b_z"].value == 2).all()
    assert (cell.parameters["b_n"].value == 1).all() and (cell.parameters["b_hn"].value == 1).all()
    np.testing.assert_array_equal(dump(cell)["bias_hh_l0"], np.repeat([0.0, 0.0, 1.0], H))


def test_gradients_of_a_parameter_that_was_not_reached_are_zero():
    model = ar.Model(ar.RNN(D, H), output_size=V)
    model.unroll(np.ones((2, D))).h[2].sum().backward()
    gradients = dump(model, gradients=True)
    assert not gradients["readout.weight"].any() and gradients["weight_ih_l0"].any()


def test_dumped_arrays_are_copies():
    cell = ar.RNN(D, H)
    before = values_of(cell)
    for array in dump(cell).values():
        array[...] = 7
    same_bits(values_of(cell), before)
    arrays = dump(cell)
    load(cell, arrays)
    arrays["weight_ih_l0"][...] = 7
    same_bits(values_of(cell), before)


def broken(change, net=None, convention="pytorch"):
    """Load a net's own arrays after one change."""
    net = net or ar.LSTM(2, 3)
    arrays = dump(net, convention)
    change(arrays)
    load(net, arrays, convention)


BAD = {
    "convention": (lambda: dump(ar.RNN(D, H), "tf"), ValueError, "convention='tf': choose from pytorch, keras, onnx, cs231n, dlai"),
    "missing": (lambda: broken(lambda a: a.pop("bias_hh_l0")), ValueError, "lack bias_hh_l0: needed are weight_ih_l0 (12, 2), "),
    "extra": (lambda: broken(lambda a: a.update(fc=np.ones(2))), ValueError, "have fc (2,) too many"),
    "other": (lambda: load(ar.LSTM(2, 3), dump(ar.LSTM(2, 3), "keras")), ValueError,
              "bias_hh_l0 and have kernel (2, 12), recurrent_kernel (3, 12), bias (12,) too many: "
              "they fit convention='keras'"),
    "transposed": (lambda: broken(lambda a: a.update(weight_ih_l0=a["weight_ih_l0"].T)), ValueError,
                   "weight_ih_l0 has shape (2, 12), but (12, 2) is needed for LSTM(2, 3, "),
    "transposed-remedy": (lambda: broken(lambda a: a.update(weight_ih_l0=a["weight_ih_l0"].T)), ValueError,
                          "in pytorch: it fits transposed"),
    "shape": (lambda: broken(lambda a: a.update(weight_ih_l0=np.ones((12, 5)))), ValueError,
              "build the net with the sizes that the arrays have"),
    "nan": (lambda: broken(lambda a: a["bias_ih_l0"].fill(np.nan)), ValueError, "bias_ih_l0 holds numbers that are not finite"),
    "text": (lambda: broken(lambda a: a.update(bias_ih_l0=np.full(12, "a"))), TypeError, "bias_ih_l0 holds <U1, not real numbers"),
    "complex": (lambda: broken(lambda a: a.update(bias_ih_l0=np.full(12, 1j))), TypeError, "bias_ih_l0 holds complex128, not real numbers"),
    "list": (lambda: load(ar.RNN(D, H), [1, 2]), TypeError, "arrays is a mapping of names to arrays, not list"),
    "net": (lambda: load(3, {}), TypeError, "a net is a cell, Stacked([...]) or Bidirectional(...), not int"),
    "peephole": (lambda: dump(ar.LSTM(D, H, peephole=True)), ValueError,
                 "pytorch cannot express LSTM with peephole=True, coupled=False: build it with peephole=False, coupled=False"),
    "gru": (lambda: dump(ar.GRU(D, H)), ValueError,
            "pytorch cannot express GRU with reset='before', update='new': build it with reset='after', update='keep'"),
    "gru-keras": (lambda: dump(ar.GRU(D, H), "keras"), ValueError,
                  "build it with reset='after', update='keep' or reset='before', update='keep'"),
    "activation": (lambda: dump(ar.RNN(D, H, activation="sigmoid")), ValueError, "build it with activation='tanh' or 'relu'"),
    "jordan": (lambda: dump(ar.Jordan(D, H, V)), ValueError, "pytorch has no Jordan: it knows RNN, LSTM, GRU"),
    "gru-cs231n": (lambda: dump(ar.GRU(D, H), "cs231n"), ValueError, "cs231n has no GRU: it knows RNN, LSTM"),
    "layers": (lambda: dump(NETS["stacked"](), "dlai"), ValueError, "dlai knows nets of one cell only, not Stacked("),
    "sizes": (lambda: dump(NETS["mixed"]()), ValueError, "pytorch needs cells of one kind and hidden_size throughout a net"),
    "directions": (lambda: dump(ar.Stacked([ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), ar.RNN(2 * H, H)])), ValueError,
                   "pytorch needs cells of one kind and hidden_size throughout a net"),
    "sides": (lambda: dump(ar.Bidirectional(ar.GRU(D, H, **KEEP), ar.GRU(D, H, **CUDNN)), "onnx"), ValueError,
              "onnx needs cells of one kind and hidden_size throughout a layer"),
    "learned": (lambda: dump(ar.RNN(D, H, learn_initial=True)), ValueError, "build the RNN with learn_initial=False"),
    "pair": (lambda: dump(ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(V, H), V)), ValueError, "load or dump model.encoder and model.decoder"),
    "no-sweep": (lambda: dump(ar.RNN(D, H), gradients=True), ValueError, "has no gradients yet: call run.backward() first"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_named_with_a_remedy(case):
    call, kind, text = BAD[case]
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


def test_nothing_is_written_unless_everything_fits():
    cell = ar.LSTM(D, H)
    before = values_of(cell)
    arrays = {name: array + 1 for name, array in dump(cell).items()}
    for wrong in (np.ones(3), np.full(4 * H, np.nan)):
        with pytest.raises(ValueError):
            load(cell, {**arrays, "bias_hh_l0": wrong})
        same_bits(values_of(cell), before)
