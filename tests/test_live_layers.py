"""Keras' layers and ONNX' nodes, run: their weights load and compute what they compute there, with their gradients.

The recorded numbers of the real libraries are always compared, and fresh random cases where the libraries are installed.
"""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar

spec = importlib.util.spec_from_file_location("make_layers_golden", Path(__file__).parent / "oracles" / "make_layers_golden.py")
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)

load, dump = ar.conventions.load_weights, ar.conventions.dump_weights
GOLDEN = oracle.read()
FRESH = range(40)
EXACT = {"float64": 1e-10, "float32": 2e-5}


@pytest.fixture(scope="module")
def keras():
    """Keras on PyTorch."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("torch", reason="Keras runs on PyTorch here; the recorded numbers are always compared")
    return pytest.importorskip("keras", reason="compares with a live Keras where there is one; the recorded numbers are always compared")


@pytest.fixture(scope="module")
def onnx():
    """onnxruntime and onnx."""
    why = "compares with a live onnxruntime where there is one; the recorded numbers are always compared"
    pytest.importorskip("onnxruntime", reason=why)
    return pytest.importorskip("onnx", reason=why)


def near(got, wanted, tolerance):
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max(initial=0) <= tolerance * max(1.0, np.abs(wanted).max(initial=0))


def outputs(net, x):
    """What a net gives at each step, both directions side by side: (T, B, out)."""
    return np.stack([np.concatenate([h.value for h in step], axis=-1) for step in ar.unroll(net, x).unrolled[0].outputs()])


def part(arrays, what):
    """The arrays under ``what``, in their order."""
    return {name.removeprefix(f"{what}/"): value for name, value in arrays.items() if name.startswith(f"{what}/")}


# -- Keras ----------------------------------------------------------------------------------------------------------


def net_like_keras(spec):
    """Our net for a Sequential model."""
    layers, width = [], oracle.D
    for layer in spec["layers"]:
        layers.append(ar.Bidirectional(*(cell_like_keras(layer, width, spec) for _ in range(2))) if layer["both"]
                      else cell_like_keras(layer, width, spec))  # fmt: skip
        width = layers[-1].output_size
    net = ar.Stacked(layers) if len(layers) > 1 else layers[0]
    task = "many-to-one" if spec["last"] else "many-to-many"
    return ar.Model(net, spec["dense"]["units"], task, loss="squared_error") if spec["dense"] else net


def cell_like_keras(layer, width, spec):
    options, dtype = layer["options"], spec["dtype"]
    if layer["kind"] == "SimpleRNN":
        return ar.RNN(width, layer["units"], {"linear": "identity"}.get(options["activation"], options["activation"]), dtype=dtype)
    if layer["kind"] == "LSTM":
        return ar.LSTM(width, layer["units"], fused=layer["units"] % 2 == 0, dtype=dtype)
    return ar.GRU(width, layer["units"], reset="after" if options["reset_after"] else "before", update="keep", dtype=dtype)


def agrees_with_keras(spec, arrays, given):
    """The weights ``given`` load; then outputs and gradients are those recorded."""
    net, tolerance = net_like_keras(spec), EXACT[spec["dtype"]]
    load(net, given, "keras")
    data = arrays["x"].swapaxes(0, 1)
    x = ar.tensor(data[::-1] if spec["backwards"] else data, name="x")
    run = net.unroll(x) if spec["dense"] else ar.unroll(net, x)
    outs = [[s] for s in run.scores] if spec["dense"] else run.unrolled[0].outputs()
    outs = [ar.concatenate(step, axis=-1) for step in outs]
    out, v = arrays["out"], arrays["v"]
    steps = [(out, v)] if spec["last"] else list(zip(out.swapaxes(0, 1), v.swapaxes(0, 1), strict=True))
    assert len(outs) == len(steps)
    for got, (wanted, _) in zip(outs, steps, strict=True):
        near(got.value, wanted, tolerance)
    grads = sum((weight * got).sum() for got, (_, weight) in zip(outs, steps, strict=True)).backward()
    dx = grads[x][::-1] if spec["backwards"] else grads[x]
    near(dx.swapaxes(0, 1), arrays["dx"], tolerance)
    wanted = list(part(arrays, "gradients").values())
    names = oracle_names(spec)
    gradients = dump(net, "keras", gradients=True)
    assert len(names) == len(wanted) > 0
    for name, value in zip(names, wanted, strict=True):
        near(gradients[name], value, tolerance)


def oracle_names(spec):
    """Our Keras names of the variables, in Keras' order."""
    names = []
    for k, layer in enumerate(spec["layers"], 1):
        level = f"layer_{k}/" if len(spec["layers"]) > 1 else ""
        kept = ["kernel", "recurrent_kernel", *["bias"] * layer["options"]["use_bias"]]
        names += [f"{level}{way}{name}" for way in (("forward/", "backward/") if layer["both"] else ("",)) for name in kept]
    return names + (["readout/kernel", *["readout/bias"] * spec["dense"]["use_bias"]] if spec["dense"] else [])


KERAS = [name for name in GOLDEN if name.startswith("keras")]


@pytest.mark.parametrize("name", KERAS)
def test_recorded_keras_models(name):
    spec, arrays = GOLDEN[name]
    weights = part(arrays, "weights")
    agrees_with_keras(spec, arrays, weights)
    agrees_with_keras(spec, arrays, list(weights.values()))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, about itself
@pytest.mark.parametrize("seed", FRESH)
def test_live_keras_models(keras, seed, random_seed):
    rng = np.random.default_rng((random_seed, seed))
    spec = oracle.keras_spec(rng, dtype=("float32", "float64")[seed % 2])
    model = oracle.keras_model(spec)
    arrays = oracle.keras_case(spec, rng, model)
    for given in ({variable.path: variable for variable in model.variables}, model.get_weights(), model.weights):
        agrees_with_keras(spec, arrays, given)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("seed", FRESH[:10])
def test_live_keras_files(keras, seed, random_seed, tmp_path):
    """What ``save_weights`` writes: the layers by the alphabet, so they are put in the model's order by hand."""
    rng = np.random.default_rng((random_seed, seed))
    spec = oracle.keras_spec(rng)
    model = oracle.keras_model(spec)
    arrays = oracle.keras_case(spec, rng, model)
    model.save_weights(tmp_path / "m.weights.h5")
    file = {}
    with pytest.importorskip("h5py").File(tmp_path / "m.weights.h5") as opened:
        opened.visititems(lambda name, item: file.update({name: item[()]}) if hasattr(item, "dtype") else None)
    kinds = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}
    counts, order = {}, []
    for layer in spec["layers"]:
        kind = "bidirectional" if layer["both"] else kinds[layer["kind"]]
        order.append(f"layers/{kind}{f'_{counts[kind]}' if kind in counts else ''}/")
        counts[kind] = counts.get(kind, 0) + 1
    order.append("layers/dense/")
    agrees_with_keras(spec, arrays, {name: file[name] for owner in order for name in file if name.startswith(owner)})


# What no array tells: these load, compute something else there, and `load_weights` says so.
UNTOLD = {
    "hard_sigmoid": ("LSTM", dict(recurrent_activation="hard_sigmoid"), lambda: ar.LSTM(oracle.D, 4)),
    "recurrent_activation": ("GRU", dict(recurrent_activation="tanh"), lambda: ar.GRU(oracle.D, 4, reset="after", update="keep")),
    "activation": ("SimpleRNN", dict(activation="gelu"), lambda: ar.RNN(oracle.D, 4)),
    "go_backwards": ("LSTM", dict(go_backwards=True), lambda: ar.LSTM(oracle.D, 4)),
    "reset_after": ("GRU", dict(use_bias=False), lambda: ar.GRU(oracle.D, 4, update="keep")),
}


def said(name):
    return name in load.__doc__.partition("What no array tells")[2]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", UNTOLD)
def test_what_keras_arrays_do_not_tell_is_said(keras, name):
    kind, options, make = UNTOLD[name]
    keras.config.set_dtype_policy("float32")
    layer, net, x = getattr(keras.layers, kind)(4, return_sequences=True, **options), make(), np.ones((2, oracle.B, oracle.D), "float32")
    x[1] = -2
    out = layer(x.swapaxes(0, 1)).detach().numpy().swapaxes(0, 1)
    load(net, layer.get_weights(), "keras")
    assert np.abs(outputs(net, x) - out).max() > 1e-4
    assert said(name)


# -- ONNX -----------------------------------------------------------------------------------------------------------


def net_like_onnx(spec, dtype):
    """Our net for a node."""
    options, H = spec["attributes"], spec["units"]
    activation = {"Tanh": "tanh", "Relu": "relu", "Sigmoid": "sigmoid"}[options.get("activations", ["Tanh"])[0]]
    make = {
        "RNN": lambda: ar.RNN(oracle.D, H, activation, dtype=dtype),
        "LSTM": lambda: ar.LSTM(oracle.D, H, peephole="P" in spec["inputs"], coupled="input_forget" in options, dtype=dtype),
        "GRU": lambda: ar.GRU(oracle.D, H, reset="after" if "linear_before_reset" in options else "before", update="keep", dtype=dtype),
    }[spec["op"]]
    return ar.Bidirectional(make(), make()) if spec["direction"] == "bidirectional" else make()


def agrees_with_onnx(spec, arrays, given, tolerance=2e-6):
    """The weights ``given`` load; then Y is the runtime's, and the slopes of its sum are those of the reference."""
    backwards = spec["direction"] == "reverse"
    order = slice(None, None, -1 if backwards else 1)
    for dtype in ("float32", "float64"):
        net = net_like_onnx(spec, dtype)
        load(net, given, "onnx")
        outs = ar.unroll(net, arrays["x"][order]).unrolled[0].outputs()
        for step, wanted in zip(outs, arrays["out"][order], strict=True):
            for h, row in zip(step, wanted, strict=True):
                near(h.value, row, tolerance)
        sum((v * h).sum() for step, row in zip(outs, arrays["v"][order], strict=True) for h, v in zip(step, row, strict=True)).backward()
        gradients, directions = dump(net, "onnx", gradients=True), part(arrays, "directions")
        for name, u in directions.items():
            near((gradients[name] * u).sum(), arrays[f"slopes/{name}"], 1e-10 if dtype == "float64" else 2e-5)


ONNX = [name for name in GOLDEN if name.startswith("onnx")]


@pytest.mark.parametrize("name", ONNX)
def test_recorded_onnx_nodes(name):
    spec, arrays = GOLDEN[name]
    agrees_with_onnx(spec, arrays, part(arrays, "weights"))


@pytest.mark.parametrize("seed", FRESH)
def test_live_onnx_nodes(onnx, seed, random_seed):
    rng = np.random.default_rng((random_seed, seed))
    spec = oracle.onnx_spec(rng)
    arrays = oracle.onnx_case(spec, rng)
    agrees_with_onnx(spec, arrays, part(arrays, "weights"))


@pytest.mark.parametrize(
    "op, attributes, words",
    [
        ("LSTM", {"clip": 0.2}, ["clip"]),
        ("GRU", {"activations": ["HardSigmoid", "Tanh"], "activation_alpha": [0.3]}, ["activations", "alpha"]),
        ("RNN", {"activations": ["Softsign"]}, ["activations"]),
        ("LSTM", {"input_forget": 1}, ["input_forget"]),
    ],
)
def test_what_onnx_arrays_do_not_tell_is_said(onnx, op, attributes, words, random_seed):
    rng = np.random.default_rng(random_seed)
    spec = dict(op=op, units=4, direction="forward", attributes=attributes, inputs=["W", "R", "B"])
    arrays = {name: rng.normal(size=shape).astype("float32") for name, shape in oracle.onnx_shapes(spec).items()}
    x = rng.normal(size=(oracle.T, oracle.B, oracle.D)).astype("float32")
    runtime = pytest.importorskip("onnxruntime").InferenceSession(oracle.onnx_model(spec, arrays).SerializeToString())
    (out,) = runtime.run(None, {"x": x})
    net = net_like_onnx({**spec, "attributes": {}}, "float32")
    load(net, arrays, "onnx")
    assert np.abs(outputs(net, x) - out[:, 0]).max() > 1e-4
    assert all(map(said, words))


@pytest.mark.filterwarnings("ignore")  # of the exporter that needs nothing else installed
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind, both", [("RNN", False), ("LSTM", False), ("LSTM", True), ("GRU", True)])
def test_live_nodes_that_pytorch_exports(onnx, kind, both, bias, tmp_path):
    """Two layers out of one file: a node's inputs say which array is which, their names and order do not."""
    torch, H, path = pytest.importorskip("torch"), 4, tmp_path / "m.onnx"
    module = getattr(torch.nn, kind)(oracle.D, H, num_layers=2, bidirectional=both, bias=bias)
    x = torch.randn(oracle.T, oracle.B, oracle.D)
    torch.onnx.export(module, (x,), path, dynamo=False)
    graph = onnx.load(path).graph
    arrays = {value.name: onnx.numpy_helper.to_array(value) for value in graph.initializer}
    given = {}
    for level, node in enumerate((node for node in graph.node if node.op_type == kind), 1):
        given |= {f"layer_{level}/{name}": arrays[key] for name, key in zip("WRB", node.input[1:4], strict=False) if key}

    def make(width):
        cell = {"RNN": ar.RNN, "LSTM": ar.LSTM, "GRU": lambda d, h: ar.GRU(d, h, reset="after", update="keep")}[kind]
        return ar.Bidirectional(cell(width, H), cell(width, H)) if both else cell(width, H)

    nets = [ar.Stacked([make(oracle.D), make(H * (1 + both))]) for _ in range(2)]
    load(nets[0], given, "onnx")
    load(nets[1], module.state_dict())
    for name, value in nets[0].parameters.items():
        near(value.value, nets[1].parameters[name].value, 1e-7)
    near(outputs(nets[0], x.numpy()), module(x)[0].detach().numpy(), 2e-6)
    with pytest.raises(ValueError, match=r"whatever a file calls them: inputs 1, 2, 3 and 7 of the node"):
        load(make(oracle.D), {name: array for name, array in arrays.items() if array.ndim > 1}, "onnx")


def test_what_is_recorded_holds_every_kind_and_option():
    specs = [spec for name in KERAS for spec in GOLDEN[name][0]["layers"]]
    assert {(spec["kind"], spec["both"]) for spec in specs} == {(k, b) for k in ("SimpleRNN", "LSTM", "GRU") for b in (True, False)}
    assert {(spec["kind"], spec["options"]["use_bias"]) for spec in specs} >= {("LSTM", False), ("GRU", False), ("SimpleRNN", False)}
    assert {spec["options"].get("reset_after") for spec in specs} == {None, True, False}
    assert {GOLDEN[name][0]["last"] for name in KERAS} == {GOLDEN[name][0]["backwards"] for name in KERAS} == {True, False}
    nodes = [GOLDEN[name][0] for name in ONNX]
    assert {(node["op"], node["direction"]) for node in nodes} >= {(op, "bidirectional") for op in ("RNN", "LSTM", "GRU")}
    assert {name for node in nodes for name in node["attributes"]} == {"activations", "input_forget", "linear_before_reset"}
    assert {tuple(node["inputs"]) for node in nodes} >= {("W", "R"), ("W", "R", "B"), ("W", "R", "B", "P")}
