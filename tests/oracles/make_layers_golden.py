"""Writes layers_golden.npz: what Keras' layers and ONNX' nodes compute on small random cases. Needs keras, torch, onnx and onnxruntime.

A case is a dict of plain things that tells how a net is built, drawn at random, and the arrays that the real library gave: ``x``, the
``weights`` in their library's order and under its names, ``out``, and the ``gradients`` of the sum of all outputs, each times a random
number of ``v``. Keras runs on PyTorch. Gradients of ONNX' nodes are complex steps, each along one random direction, through the reference
implementation, which knows no ``clip``, no ``input_forget`` and no activations of other names: there a case has none.
"""

import json
import os
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("layers_golden.npz")
T, B, D = 4, 2, 3
RECORDED = {"keras": range(16), "onnx": range(16)}


def maybe(rng, value, other=None):
    return value if rng.random() < 0.5 else other


def chosen(rng, *values):
    return values[rng.integers(len(values))]


# -- Keras ----------------------------------------------------------------------------------------------------------


def keras_options(kind, rng):
    """Options of one layer that change what it computes, but for those of which our nets have one value only."""
    bias = bool(rng.random() < 0.7)
    return {
        "SimpleRNN": lambda: dict(use_bias=bias, activation=chosen(rng, "tanh", "relu", "sigmoid", "linear")),
        "LSTM": lambda: dict(use_bias=bias, unit_forget_bias=chosen(rng, True, False)),
        "GRU": lambda: dict(use_bias=bias, reset_after=chosen(rng, True, False)),
    }[kind]()


def keras_spec(rng, dtype="float64"):
    """How a random Sequential model is built. In a list the layers have biases all or none; a Dense has its own."""
    layers = []
    for _ in range(rng.integers(1, 4)):
        kind = chosen(rng, "SimpleRNN", "LSTM", "GRU")
        layers.append(dict(kind=kind, units=int(rng.integers(1, 5)), both=chosen(rng, True, False), options=keras_options(kind, rng)))
    if maybe(rng, True):
        for layer in layers:
            layer["options"]["use_bias"] = layers[0]["options"]["use_bias"]
    dense = maybe(rng, dict(units=2, use_bias=chosen(rng, True, False)))
    backwards = not layers[0]["both"] and chosen(rng, True, False)
    return dict(layers=layers, dense=dense, backwards=backwards, last=bool(dense) and chosen(rng, True, False), dtype=dtype)


def keras_model(spec):
    """The real thing, with Keras' own initial weights."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
    import torch
    from keras.src import backend

    backend.numpy.matmul = torch.matmul  # on PyTorch, Keras' own multiplies doubles in single precision
    keras.config.set_floatx(spec["dtype"])
    keras.config.set_dtype_policy(spec["dtype"])
    layers = [keras.Input((None, D))]
    for k, layer in enumerate(spec["layers"]):
        sequences = not spec["last"] or k < len(spec["layers"]) - 1
        options = dict(layer["options"], return_sequences=sequences, go_backwards=spec["backwards"] and k == 0)
        made = getattr(keras.layers, layer["kind"])(layer["units"], **options)
        layers.append(keras.layers.Bidirectional(made) if layer["both"] else made)
    if spec["dense"]:
        layers.append(keras.layers.Dense(**spec["dense"]))
    return keras.Sequential(layers)


def keras_case(spec, rng, model=None):
    """{what: array} of a Keras model with random weights; arrays of weights and gradients by their variables' paths."""
    import torch

    model = model or keras_model(spec)
    model.set_weights([rng.normal(scale=0.5, size=weight.shape) for weight in model.weights])
    x = torch.tensor(rng.normal(size=(B, T, D)), dtype=getattr(torch, spec["dtype"]), requires_grad=True)
    out = model(x)
    v = rng.normal(size=tuple(out.shape))
    (out * torch.tensor(v, dtype=out.dtype)).sum().backward()
    arrays = {f"weights/{weight.path}": array for weight, array in zip(model.weights, model.get_weights(), strict=True)}
    arrays |= {f"gradients/{weight.path}": weight.value.grad.numpy() for weight in model.weights}
    return dict(arrays, x=x.detach().numpy(), v=v, out=out.detach().numpy(), dx=x.grad.numpy())


# -- ONNX -----------------------------------------------------------------------------------------------------------

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
NAMES = {"RNN": ("W", "R", "B"), "GRU": ("W", "R", "B"), "LSTM": ("W", "R", "B", "", "", "", "P")}


def onnx_spec(rng):
    """How a random node is built, with the attributes that our nets can follow."""
    op = chosen(rng, "RNN", "LSTM", "GRU")
    direction = chosen(rng, "forward", "reverse", "bidirectional")
    attributes = {
        "RNN": lambda: {"activations": [chosen(rng, "Tanh", "Relu", "Sigmoid")] * (1 + (direction == "bidirectional"))},
        "LSTM": lambda: maybe(rng, {"input_forget": 1}, {}),
        "GRU": lambda: maybe(rng, {"linear_before_reset": 1}, {}),
    }[op]()
    inputs = ["W", "R", *maybe(rng, ["B"], []), *(maybe(rng, ["P"], []) if op == "LSTM" else [])]
    return dict(op=op, units=int(rng.integers(1, 5)), direction=direction, attributes=attributes, inputs=inputs)


def onnx_shapes(spec):
    """The standard's shapes of the arrays given."""
    H, K, ways = spec["units"], GATES[spec["op"]], 1 + (spec["direction"] == "bidirectional")
    shapes = {"W": (ways, K * H, D), "R": (ways, K * H, H), "B": (ways, 2 * K * H), "P": (ways, 3 * H)}
    return {name: shapes[name] for name in spec["inputs"]}


def onnx_model(spec, arrays, held=True):
    """A model of one node, with its arrays as initialisers, or as inputs."""
    from onnx import TensorProto, helper, numpy_helper

    names = [name if name in arrays else "" for name in NAMES[spec["op"]]]
    node = helper.make_node(spec["op"], ["x", *names], ["Y"], hidden_size=spec["units"], direction=spec["direction"], **spec["attributes"])
    inputs = {"x": (T, B, D)} | ({} if held else {name: array.shape for name, array in arrays.items()})
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
    made = helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)
    kept = [numpy_helper.from_array(array, name) for name, array in arrays.items()] if held else []
    graph = helper.make_graph([node], "one", given, [made], kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def onnx_case(spec, rng):
    """{what: array} of a node with random weights; ``out`` is onnxruntime's Y: (T, directions, B, H), in single precision."""
    import onnxruntime
    from onnx import numpy_helper
    from onnx.reference import ReferenceEvaluator

    arrays = {name: rng.normal(scale=0.5, size=shape).astype(np.float32) for name, shape in onnx_shapes(spec).items()}
    x = rng.normal(size=(T, B, D)).astype(np.float32)
    model = onnx_model(spec, arrays)
    (out,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    v = rng.normal(size=out.shape)
    held = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}
    case = {**{f"weights/{name}": value for name, value in held.items()}, "x": x, "v": v, "out": out}
    if not {"Relu", "Sigmoid"} & set(spec["attributes"].get("activations", ())) and "input_forget" not in spec["attributes"]:
        free = ReferenceEvaluator(onnx_model(spec, arrays, held=False))
        exact = {name: value.astype(complex) for name, value in held.items()}
        for name, value in exact.items():
            u = rng.normal(size=value.shape)
            (moved,) = free.run(None, {"x": x.astype(complex), **exact, name: value + 1e-30j * u})
            case |= {f"directions/{name}": u, f"slopes/{name}": (v * moved).sum().imag / 1e-30}
    return case


# -- the file -------------------------------------------------------------------------------------------------------


def case(library, seed):
    """A random case of one library: how it is built, and what it gave."""
    rng = np.random.default_rng(seed)
    spec, run = {"keras": (keras_spec, keras_case), "onnx": (onnx_spec, onnx_case)}[library]
    built = spec(rng)
    return built, run(built, rng)


def read(path=PATH):
    """{name of the case: (how it is built, {what: array})} as recorded."""
    cases = {}
    with np.load(path) as file:
        for key in file.files:
            name, _, what = key.partition("|")
            cases.setdefault(name, {})[what] = file[key]
    return {name: (json.loads(str(arrays.pop("spec"))), arrays) for name, arrays in cases.items()}


if __name__ == "__main__":
    kept = {}
    for library, seeds in RECORDED.items():
        for seed in seeds:
            spec, arrays = case(library, seed)
            kept |= {f"{library}-{seed}|{what}": value for what, value in {"spec": np.array(json.dumps(spec)), **arrays}.items()}
    np.savez_compressed(PATH, **kept)
    print(PATH, PATH.stat().st_size)
