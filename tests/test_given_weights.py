"""Weights as people have them: whole modules' names, paths of variables, lists, no biases, PyTorch's tensors; nothing loads silently wrong.

PyTorch's nets are run live where it is installed; Keras' and ONNX' in test_live_layers.py.
"""

from collections import OrderedDict

import numpy as np
import pytest

import autograd_rnn as ar
from tests.test_conventions import CUDNN, KEEP, D, H, V, dump, load, near, same_bits, values_of

T, B = 5, 3
CELLS = {
    "RNN": lambda width=D, seed=0: ar.RNN(width, H, seed=seed),
    "LSTM": lambda width=D, seed=0: ar.LSTM(width, H, seed=seed),
    "GRU": lambda width=D, seed=0: ar.GRU(width, H, seed=seed, **CUDNN),
}


def stacked(kind="LSTM"):
    return ar.Stacked([CELLS[kind](), CELLS[kind](H, 1)])


def bidirectional(kind="LSTM", width=D):
    return ar.Bidirectional(CELLS[kind](width), CELLS[kind](width, 1))


def filled(net, seed=3):
    """The net with random numbers in every parameter, biases too."""
    rng = np.random.default_rng(seed)
    for value in net.parameters.values():
        value.assign(rng.normal(size=value.shape))
    return net


def loads_as(make, arrays, convention, original):
    """The arrays load into a new net, which then equals the original in every bit."""
    net = make()
    load(net, arrays, convention)
    same_bits(values_of(net), values_of(original))


def fails(kind, text, net, arrays, convention="pytorch"):
    before = values_of(net)
    with pytest.raises(kind) as caught:
        load(net, arrays, convention)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    same_bits(values_of(net), before)


# -- PyTorch, live --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch():
    """PyTorch in double precision."""
    module = pytest.importorskip("torch")
    module.manual_seed(0)
    return module


def agrees(torch, net, weights, theirs, parameters, bidirectional=False):
    """Outputs of ``theirs(x) -> (T, B, out)`` and gradients of a random functional of them equal ours at 1e-10.

    ``parameters``: their parameters by our names of the arrays."""
    load(net, weights)
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H * (2 if bidirectional else 1)))
    out = theirs(torch.tensor(x))
    (out * torch.tensor(v)).sum().backward()
    top = ar.unroll(net, x).unrolled[0].outputs()
    ours = [step[0] if len(step) == 1 else ar.concatenate(step, axis=-1) for step in top]
    near(np.stack([h.value for h in ours]), out.detach().numpy(), 1e-10)
    sum((row * h).sum() for row, h in zip(v, ours, strict=True)).backward()
    gradients = dump(net, gradients=True)
    assert parameters
    for name, parameter in parameters.items():
        near(gradients[name], parameter.grad.numpy(), 1e-10)


@pytest.mark.parametrize("layers, both", [(1, False), (2, False), (1, True), (2, True)])
@pytest.mark.parametrize("kind", CELLS)
def test_pytorch_without_biases(torch, kind, layers, both):
    module = getattr(torch.nn, kind)(D, H, num_layers=layers, bidirectional=both, bias=False).double()
    widths = [D, H * (1 + both)][:layers]
    parts = [bidirectional(kind, width) if both else CELLS[kind](width) for width in widths]
    net = filled(ar.Stacked(parts) if layers == 2 else parts[0])
    agrees(torch, net, module.state_dict(), lambda x: module(x)[0], dict(module.named_parameters()), both)
    zero = [value.value for name, value in net.parameters.items() if name.startswith("b")]
    assert zero and not any(bias.any() for bias in zero)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", CELLS)
def test_pytorch_cells(torch, kind, bias):
    cell = getattr(torch.nn, f"{kind}Cell")(D, H, bias=bias).double()

    def theirs(x):
        state, rows = None, []
        for row in x:
            state = cell(row, state)
            rows.append(state[0] if kind == "LSTM" else state)
        return torch.stack(rows)

    agrees(torch, CELLS[kind](), cell.state_dict(), theirs, {f"{name}_l0": value for name, value in cell.named_parameters()})


def test_a_loaded_forget_bias_of_one_gives_way_to_no_bias():
    net = ar.LSTM(D, H)
    assert (net.parameters["b_f"].value == 1).all()
    load(net, {name: array for name, array in dump(net).items() if "bias" not in name})
    assert not net.parameters["b_f"].value.any()


WRAPPED = {
    "attribute": lambda torch, rnn: torch.nn.ModuleDict({"rnn": rnn}),
    "deep": lambda torch, rnn: torch.nn.ModuleDict({"model": torch.nn.ModuleDict({"encoder": rnn})}),
    "sequential": lambda torch, rnn: torch.nn.Sequential(rnn),
    "parallel": lambda torch, rnn: torch.nn.DataParallel(rnn),
    "parallel-attribute": lambda torch, rnn: torch.nn.DataParallel(torch.nn.ModuleDict({"rnn": rnn})),
    "cell": lambda torch, rnn: torch.nn.ModuleDict({"cell": rnn}),
}


@pytest.mark.parametrize("case", WRAPPED)
@pytest.mark.parametrize("bias", [True, False])
def test_pytorch_module_prefixes(torch, case, bias):
    rnn = (torch.nn.GRUCell if case == "cell" else torch.nn.GRU)(D, H, bias=bias).double()
    wrapped = WRAPPED[case](torch, rnn).state_dict()
    assert "weight_ih_l0" not in wrapped
    plain, prefixed = CELLS["GRU"](), CELLS["GRU"]()
    load(plain, {name if "_l0" in name else f"{name}_l0": value for name, value in rnn.state_dict().items()})
    load(prefixed, wrapped)
    same_bits(values_of(plain), values_of(prefixed))


@pytest.mark.parametrize("both", [False, True])
def test_pytorch_model_with_a_readout_of_any_name(torch, both):
    class Tagger(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(H * (1 + both), V)  # before the net, as some write it
            self.rnn = torch.nn.LSTM(D, H, bidirectional=both)

    theirs = Tagger().double()
    model = ar.Model(bidirectional() if both else ar.LSTM(D, H), V)
    load(model, theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(T, B, D))
    scores = theirs.fc(theirs.rnn(torch.tensor(x))[0]).detach().numpy()
    near(np.stack([s.value for s in model.unroll(x).scores]), scores, 1e-10)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
@pytest.mark.parametrize("net_dtype", ["float32", "float64"])
def test_pytorch_tensors_of_every_float_and_with_gradients(torch, dtype, net_dtype):
    module = torch.nn.LSTM(D, H).to(getattr(torch, dtype))
    wanted = {name: value.detach().double().numpy() for name, value in module.named_parameters()}
    one, two = (ar.LSTM(D, H, dtype=net_dtype) for _ in range(2))
    assert all(value.requires_grad for value in dict(module.named_parameters()).values())
    load(one, dict(module.named_parameters()))
    load(two, wanted)
    same_bits(values_of(one), values_of(two))


def test_pytorch_parts_of_weights_are_named(torch):
    rnn = torch.nn.LSTM(D, H)
    torch.nn.utils.parametrizations.weight_norm(rnn, "weight_hh_l0")
    fails(ValueError, "parametrizations.weight_hh_l0.original0 is a part of a weight", ar.LSTM(D, H), rnn.state_dict())
    torch.nn.utils.parametrize.remove_parametrizations(rnn, "weight_hh_l0")
    load(ar.LSTM(D, H), rnn.state_dict())
    pruned = torch.nn.LSTMCell(D, H)
    pytest.importorskip("torch.nn.utils.prune").l1_unstructured(pruned, "weight_hh", amount=0.5)
    fails(ValueError, "is a part of a weight, by weight_norm, pruning or the like: make it whole", ar.LSTM(D, H), pruned.state_dict())


def test_pytorch_proj_size_is_refused(torch):
    weights = torch.nn.LSTM(D, H, proj_size=2).state_dict()
    text = "weight_hr_l0 is of an LSTM with proj_size, whose h is projected at each step: train it with proj_size=0"
    fails(ValueError, text, ar.LSTM(D, H), weights)
    fails(ValueError, text, ar.LSTM(D, H), {f"rnn.{name}": value for name, value in weights.items() if "bias" not in name} | weights)


def test_pytorch_tensors_without_numbers(torch):
    arrays = dump(ar.RNN(D, H))
    for value in (torch.ones(H, H, device="meta"), torch.ones(H, H).to_sparse()):
        fails(TypeError, "weight_hh_l0 is not an array of numbers: ", ar.RNN(D, H), {**arrays, "weight_hh_l0": value})
    half = torch.ones(H, H, dtype=torch.complex64)
    fails(TypeError, "weight_hh_l0 holds complex64, not real numbers", ar.RNN(D, H), {**arrays, "weight_hh_l0": half})
    fails(TypeError, "arrays is a mapping of names to arrays, not LSTM: a module's state_dict() is one", ar.RNN(D, H), torch.nn.LSTM(D, H))


# -- PyTorch, names -------------------------------------------------------------------------------------------------


def renamed(arrays, **names):
    """The arrays with some called otherwise; None leaves one out."""
    names = {old.replace("__", "."): new for old, new in names.items()}
    return {names.get(name, name): array for name, array in arrays.items() if names.get(name, name) is not None}


def prefixed(prefix, arrays):
    return {prefix + name: array for name, array in arrays.items()}


def tagger():
    return ar.Model(ar.LSTM(D, H), V)


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module."])
@pytest.mark.parametrize("readout", ["fc.", "a.b.readout.", "1.", ""])
def test_a_readout_of_any_name(readout, prefix):
    model = filled(tagger())
    arrays = {name.replace("readout.", readout): array for name, array in dump(model).items()}
    rnn = {name if "_l0" not in name else f"rnn.{name}": array for name, array in arrays.items()}
    for given in (arrays, rnn, dict(reversed(rnn.items()))):
        loads_as(tagger, prefixed(prefix, given), "pytorch", model)


def test_a_readout_without_a_bias_is_one_if_it_says_so():
    model = filled(tagger())
    model.parameters["b_y"].assign(np.zeros(V))
    arrays = prefixed("net.", renamed(dump(model), readout__bias=None))
    loads_as(tagger, arrays, "pytorch", model)
    unsaid = renamed(arrays, net__readout__weight="emb.weight")  # an Embedding of V words looks the same
    fails(ValueError, "lack readout.weight, readout.bias and have emb.weight (6, 5) too many", tagger(), unsaid)


def test_nothing_of_a_whole_module_is_dropped():
    arrays = renamed(prefixed("rnn.", dump(tagger())), rnn__readout__weight="fc.weight", rnn__readout__bias="fc.bias")
    load(tagger(), arrays)
    fails(ValueError, "have fc.weight (6, 5), fc.bias (6,) too many: needed are weight_ih_l0 (20, 3), ", ar.LSTM(D, H), arrays)
    fails(ValueError, "have emb.weight (9, 3) too many", tagger(), {**arrays, "emb.weight": np.ones((9, D))})
    norm = {**arrays, "norm.weight": np.ones(H), "norm.bias": np.ones(H)}
    fails(ValueError, "have norm.weight (5,), norm.bias (5,) too many", tagger(), norm)
    twin = {**arrays, "head.weight": np.ones((V, H)), "head.bias": np.ones(V)}
    fails(ValueError, "fc.weight and head.weight could each be the readout's: hand over only the one that is", tagger(), twin)
    fails(ValueError, "fc.weight has shape (6, 2), but (6, 5) is needed", tagger(), {**arrays, "fc.weight": np.ones((V, 2))})
    for name, wiring in (("rnn.weight_ih_l1", "2 layers in one direction"), ("rnn.weight_ih_l0_reverse", "1 layer in both directions")):
        text = f"the arrays, up to {name} (1,), are of {wiring}, the net of 1 layer in one direction: build it like them"
        fails(ValueError, text, tagger(), {**arrays, name: np.ones(1)})


WIRED = {
    "1 layer in one direction": lambda: ar.LSTM(H, H),
    "1 layer in both directions": lambda: bidirectional(width=H),
    "2 layers in one direction": lambda: ar.Stacked([ar.LSTM(H, H), ar.LSTM(H, H)]),
    "2 layers in both directions": lambda: ar.Stacked([bidirectional(width=H), bidirectional(width=2 * H)]),
}


@pytest.mark.parametrize("prefix", ["", "rnn."])
@pytest.mark.parametrize("theirs", WIRED)
@pytest.mark.parametrize("ours", WIRED)
def test_layers_and_directions_that_differ_are_told(ours, theirs, prefix):
    arrays = prefixed(prefix, dump(WIRED[theirs]()))
    for given in (arrays, {name: array for name, array in arrays.items() if "bias" not in name}):
        if ours == theirs:
            load(WIRED[ours](), given)
        else:
            fails(ValueError, f", are of {theirs}, the net of {ours}: build it like them", WIRED[ours](), given)


def test_pytorch_weights_packed_by_quantisation_are_named():
    packed = {"0._all_weight_values.0.param": np.ones(()), "0._packed_params.dtype": np.ones(())}
    fails(ValueError, "0._all_weight_values.0.param is packed by quantisation: hand over the weights from before it", tagger(), packed)


def test_two_recurrent_modules_are_named():
    arrays = dump(ar.GRU(D, H, **CUDNN))
    both = {**prefixed("encoder.", arrays), **prefixed("decoder.", arrays)}
    fails(ValueError, "those of 2 recurrent modules, encoder, decoder: hand over those of one", ar.GRU(D, H, **CUDNN), both)
    fails(ValueError, "modules, one without a prefix, x: hand over", ar.GRU(D, H, **CUDNN), {**arrays, **prefixed("x.", arrays)})
    cell = renamed(arrays, weight_ih_l0="weight_ih")
    fails(ValueError, "weight_ih and weight_ih_l0 are one array", ar.GRU(D, H, **CUDNN), {**cell, **arrays})
    net, layers = ar.Stacked([ar.LSTM(D, H), ar.LSTM(H, H)]), [filled(ar.LSTM(D, H)), filled(ar.LSTM(H, H), 4)]
    for k in range(2):  # the remedy that the sentence names
        load(net.cells[k], prefixed(f"cells.{k}.", dump(layers[k])))
    same_bits(dump(net), {name.replace("l0", f"l{k}"): array for k in range(2) for name, array in dump(layers[k]).items()})


def test_biases_are_left_out_together_or_not_at_all():
    arrays = dump(filled(stacked()))
    load(stacked(), {name: array for name, array in arrays.items() if "bias" not in name})
    for gone in ("bias_ih_l0", "bias_hh_l1"):
        fails(ValueError, f"lack {gone}: needed are", stacked(), {name: array for name, array in arrays.items() if name != gone})
    one = {name: array for name, array in arrays.items() if "bias" not in name or name.endswith("l0")}
    fails(ValueError, "lack bias_ih_l1, bias_hh_l1: needed are", stacked(), one)
    for convention, name in (("cs231n", "b"), ("dlai", "ba")):
        fails(ValueError, f"lack {name}: needed are", ar.RNN(D, H), renamed(dump(ar.RNN(D, H), convention), **{name: None}), convention)


# -- Keras ----------------------------------------------------------------------------------------------------------

LSTM, GRU = "lstm/lstm_cell", "gru_2/gru_cell"
FORTH, BACK = "bidirectional_4/forward_lstm_4/lstm_cell", "bidirectional_4/backward_lstm_4/lstm_cell"
PATHS = {  # our net, the paths of its layers in Keras' order
    "lstm": (lambda: ar.LSTM(D, H), [LSTM]),
    "no-cell": (lambda: ar.LSTM(D, H), ["lstm_1"]),
    "custom": (lambda: ar.LSTM(D, H), ["functional_3/my/encoder/lstm_cell"]),
    "gru": (lambda: ar.GRU(D, H, **CUDNN), [GRU]),
    "gru-before": (lambda: ar.GRU(D, H, **KEEP), [GRU]),
    "rnn": (lambda: ar.RNN(D, H), ["simple_rnn/simple_rnn_cell"]),
    "stacked": (stacked, [LSTM, "lstm_1/lstm_cell_1"]),
    "counted": (stacked, ["lstm/lstm_cell_7", "lstm_1/lstm_cell_8"]),
    "later": (stacked, ["lstm_9/lstm_cell", "lstm_10/lstm_cell"]),
    "own-names": (stacked, ["top/lstm_cell", "forward_pass/lstm_cell"]),
    "both": (bidirectional, [FORTH, BACK]),
    "one-way": (lambda: ar.LSTM(D, H), [BACK]),
    "deep": (
        lambda: ar.Stacked([bidirectional(), ar.LSTM(2 * H, H), bidirectional("LSTM", H)]),
        ["bidirectional/forward_lstm/lstm_cell_1", "bidirectional/backward_lstm/lstm_cell_2", "lstm/lstm_cell_3",
         "bidirectional_1/forward_lstm_1/lstm_cell_5", "bidirectional_1/backward_lstm_1/lstm_cell_6"],
    ),
}  # fmt: skip
SPELLINGS = {
    "plain": lambda name: name,
    "colon": lambda name: f"{name}:0",
    "keras3": lambda name: f"sequential/{name}",
    "file": lambda name: f"{name.partition('/')[0]}/{name}:0",
}


def keras_paths(net, owners, spell, dense="dense_1"):
    """The net's arrays under Keras' paths, in Keras' order."""
    arrays = dump(net, "keras")
    mine = [name.rpartition("/")[0] for name in arrays if "recurrent" in name]
    names = dict(zip(mine, owners, strict=True)) | {"readout": dense}
    return {spell("/".join((names[name.rpartition("/")[0]], name.rpartition("/")[2]))): array for name, array in arrays.items()}


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("case", PATHS)
def test_keras_paths(case, spelling, whole):
    make, owners = PATHS[case]
    new = (lambda: ar.Model(make(), V)) if whole else make
    net = filled(new())
    arrays = keras_paths(net, owners, SPELLINGS[spelling])
    assert not arrays.keys() & dump(net, "keras").keys()
    loads_as(new, arrays, "keras", net)
    if case not in ("own-names", "later", "deep"):  # sorted, their layers would stand in another order
        loads_as(new, dict(sorted(arrays.items())), "keras", net)
    bare = {name: array for name, array in arrays.items() if "bias" not in name}
    for name, value in net.parameters.items():
        value.assign(np.zeros(value.shape) if name.startswith("b") else value.value)
    loads_as(new, bare, "keras", net)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("case", PATHS)
def test_keras_lists(case, whole):
    make = PATHS[case][0]
    new = (lambda: ar.Model(make(), V)) if whole else make
    net = filled(new())
    arrays = dump(net, "keras")
    weights = list(arrays.values())
    for given in (weights, tuple(weights), [array.tolist() for array in weights]):
        loads_as(new, given, "keras", net)
    pickled = np.empty(len(weights), object)
    pickled[:] = weights
    loads_as(new, pickled, "keras", net)
    loads_as(new, np.array(arrays, dtype=object), "keras", net)
    for name, value in net.parameters.items():
        value.assign(np.zeros(value.shape) if name.startswith("b") and name != "b_y" else value.value)
    loads_as(new, [array for name, array in arrays.items() if "bias" not in name or "readout" in name], "keras", net)
    if whole:
        last = filled(new())
        last.parameters["b_y"].assign(np.zeros(V))
        loads_as(new, weights[:-1], "keras", last)
        net.parameters["b_y"].assign(np.zeros(V))
        loads_as(new, [array for name, array in arrays.items() if "bias" not in name], "keras", net)
        fails(ValueError, f"the list holds {len(weights) - 2} arrays", new(), weights[:-2], "keras")
    fails(ValueError, f"the list holds {len(weights) + 1} arrays", new(), [np.ones((9, D)), *weights], "keras")
    fails(TypeError, "arrays is a mapping of names to arrays, not list: a module's state_dict() is one, and convention='keras' takes",
          ar.RNN(D, H), list(dump(ar.RNN(D, H)).values()))  # fmt: skip


def test_a_keras_layer_may_have_biases_where_another_has_none():
    net = filled(stacked())
    arrays = keras_paths(net, [LSTM, "lstm_1/lstm_cell"], str)
    del arrays[f"{LSTM}/bias"]
    for k in "ifgo":
        net.parameters[f"b1_{k}"].assign(np.zeros(H))
    loads_as(stacked, arrays, "keras", net)


def test_a_keras_list_may_have_biases_of_some_layers():
    for gone in (["layer_1/bias"], ["layer_2/bias"], ["layer_1/bias", "readout/bias"]):
        model = filled(ar.Model(stacked(), V))
        arrays = {name: array for name, array in dump(model, "keras").items() if name not in gone}
        for name, value in model.parameters.items():
            if any(name.startswith({"layer": f"b{key[6]}_", "reado": "b_y"}[key[:5]]) for key in gone):
                value.assign(np.zeros(value.shape))
        loads_as(lambda: ar.Model(stacked(), V), list(arrays.values()), "keras", model)
    square = ar.Stacked([ar.GRU(2, 2, **CUDNN), ar.GRU(2, 2, **CUDNN)])  # which layer has the one bias is not told by (2, 6)
    fails(ValueError, "the list holds 5 arrays ((2, 6), ", square, [np.ones((2, 6))] * 5, "keras")


def test_a_keras_file_counts_the_arrays_of_a_layer():
    new = lambda: ar.Model(ar.Stacked([ar.LSTM(D, H), bidirectional(width=H)]), V)  # noqa: E731
    model = filled(new())
    count = {"kernel": 0, "recurrent_kernel": 1, "bias": 2}
    owners = ["layers/lstm/cell/vars", *(f"layers/bidirectional/{way}_layer/cell/vars" for way in ("forward", "backward"))]
    named = keras_paths(model, owners, str, "layers/dense/vars")
    file = {owner + f"/{1 if 'dense' in owner and array == 'bias' else count[array]}": value
            for (owner, _, array), value in ((name.rpartition("/"), value) for name, value in named.items())}  # fmt: skip
    loads_as(new, file, "keras", model)
    backward_first = dict(sorted(file.items(), key=lambda item: (("bidirectional" in item[0]) + 2 * ("dense" in item[0]), item[0])))
    loads_as(new, backward_first, "keras", model)
    text = "stands where a layer of one direction is needed: hand the layers over in their order"
    fails(ValueError, text, new(), dict(sorted(file.items())), "keras")
    fails(ValueError, "have layers/embedding/vars/0 (6, 5) too many", new(), {**file, "layers/embedding/vars/0": np.ones((V, H))}, "keras")


def test_what_keras_draws_dropout_from_is_no_weight():
    net = filled(ar.LSTM(D, H))
    arrays = keras_paths(net, [LSTM], str)
    for name in ("seed_generator_3/seed_generator_state", "sequential/lstm/lstm_cell/seed_generator/seed_generator_state"):
        loads_as(lambda: ar.LSTM(D, H), {**arrays, name: np.ones(2, np.uint32)}, "keras", net)


def test_keras_layers_out_of_order_or_of_other_nets_are_refused():
    square = lambda: ar.Stacked([ar.LSTM(H, H), ar.LSTM(H, H)])  # noqa: E731  every array fits everywhere
    pair = lambda: ar.Bidirectional(ar.LSTM(H, H), ar.LSTM(H, H))  # noqa: E731
    backward = {**keras_paths(square(), ["lstm_10/lstm_cell", "lstm_9/lstm_cell"], str)}
    fails(ValueError, "lstm_9/lstm_cell comes after a layer of a higher number", square(), backward, "keras")
    two_ways = keras_paths(pair(), [FORTH, BACK], str)
    fails(ValueError, f"{BACK} stands where a layer of one direction is needed", square(), two_ways, "keras")
    one_way = keras_paths(square(), [LSTM, "lstm_1/lstm_cell"], str)
    fails(ValueError, f"{LSTM} stands where the forward cell of a Bidirectional is needed", pair(), one_way, "keras")
    crossed = keras_paths(pair(), ["a/forward_lstm", "b/backward_lstm"], str)
    fails(ValueError, "b/backward_lstm stands where the backward cell", pair(), crossed, "keras")
    fails(ValueError, f"those of 2 recurrent modules, {LSTM}, lstm_1/lstm_cell: the net has 1", ar.LSTM(H, H), one_way, "keras")
    fails(ValueError, f"those of 1 recurrent module, {LSTM}: the net has 2", square(), keras_paths(ar.LSTM(H, H), [LSTM], str), "keras")
    twice = {**one_way, f"{LSTM}/kernel:0": np.ones((H, 4 * H))}
    fails(ValueError, f"{LSTM}/kernel and {LSTM}/kernel:0 are one array", square(), twice, "keras")


def test_keras_models_with_more_than_the_net():
    model = ar.Model(ar.LSTM(D, H), V)
    arrays = keras_paths(model, [LSTM], str)
    fails(ValueError, "have embedding/embeddings (9, 3) too many", model, {"embedding/embeddings": np.ones((9, D)), **arrays}, "keras")
    fails(ValueError, "have dense_2/kernel (6, 2), dense_2/bias (2,) too many", model,
          {**arrays, "dense_2/kernel": np.ones((V, 2)), "dense_2/bias": np.ones(2)}, "keras")  # fmt: skip
    fails(ValueError, "dense_1/kernel and dense_2/kernel could each be the readout's", model,
          {**arrays, "dense_2/kernel": np.ones((H, V)), "dense_2/bias": np.ones(V)}, "keras")  # fmt: skip
    fails(ValueError, "have dense_1/kernel (5, 6), dense_1/bias (6,) too many", ar.LSTM(D, H), arrays, "keras")


def test_the_reset_of_a_keras_gru_is_told_by_its_bias():
    before, after = ar.GRU(D, H, **KEEP), ar.GRU(D, H, **CUDNN)
    text = "bias has shape (2, 15), but (15,) is needed for GRU(3, 5, reset='before', update='keep', fused=False) in keras: build the GRU "
    fails(ValueError, text + "with reset='after'", before, dump(after, "keras"), "keras")
    fails(ValueError, "in keras: build the GRU with reset='before'", after, list(dump(before, "keras").values()), "keras")
    fails(ValueError, "build the net with the sizes that the arrays have", after, {**dump(after, "keras"), "bias": np.ones(30)}, "keras")


# -- ONNX -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda: ar.LSTM(D, H), lambda: ar.GRU(D, H, **CUDNN), bidirectional, stacked])
def test_onnx_without_B(make):
    net = filled(make())
    arrays = {name: array for name, array in dump(net, "onnx").items() if not name.endswith("B")}
    for name, value in net.parameters.items():
        value.assign(np.zeros(value.shape) if name.startswith("b") else value.value)
    loads_as(make, arrays, "onnx", net)
    del arrays[next(iter(arrays))]
    fails(ValueError, "lack ", make(), arrays, "onnx")


def test_onnx_arrays_that_do_not_fit_are_refused_with_the_remedy():
    one, two = ar.LSTM(D, H), bidirectional()
    fails(ValueError, "have P (1, 15) too many: build the LSTM with peephole=True", one, dump(ar.LSTM(D, H, peephole=True), "onnx"), "onnx")
    flat = {name: array[0] for name, array in dump(one, "onnx").items()}
    fails(ValueError, "W has shape (20, 3), but (1, 20, 3) is needed", one, flat, "onnx")
    fails(ValueError, "in onnx: its first axis, of directions, is missing: array[None]", one, flat, "onnx")
    fails(ValueError, "in onnx: it is of 2 directions: build a Bidirectional", one, dump(two, "onnx"), "onnx")
    fails(ValueError, "in onnx: it is of 1 direction: build the cell alone", two, dump(one, "onnx"), "onnx")
    exported = dict(zip(("onnx::LSTM_8", "onnx::LSTM_9", "onnx::LSTM_7"), dump(one, "onnx").values(), strict=True))
    fails(ValueError, "lack W, R, B and have onnx::LSTM_8 (1, 20, 3), ", one, exported, "onnx")
    fails(ValueError, "whatever a file calls them: inputs 1, 2, 3 and 7 of the node, {'W': arrays[node.input[1]]", one, exported, "onnx")


@pytest.mark.parametrize("convention", ["pytorch", "keras", "onnx"])
@pytest.mark.parametrize("theirs, told", [("RNN", "an RNN"), ("GRU", "a GRU"), ("LSTM", "an LSTM")])
@pytest.mark.parametrize("ours", CELLS)
def test_arrays_of_another_cell_or_size_are_told_by_their_gates(ours, theirs, told, convention, random_seed):
    h = int(np.random.default_rng(random_seed).integers(2, 9))
    other = {"RNN": ar.RNN, "LSTM": ar.LSTM, "GRU": lambda d, h: ar.GRU(d, h, **CUDNN)}[theirs](D, h)
    net = CELLS[ours](D)
    if (ours, H) != (theirs, h):
        text = f"build the net with the sizes that the arrays have, those of {told} of hidden_size {h}"
        fails(ValueError, text, net, dump(other, convention), convention)


def test_what_no_array_tells_is_said():
    said = load.__doc__.partition("What no array tells")[2]
    for thing in ("hard_sigmoid", "reset_after", "merge_mode", "nonlinearity", "activations", "clip", "linear_before_reset", "transposed"):
        assert thing in said


# -- numbers --------------------------------------------------------------------------------------------------------

BFLOAT = type("Widened", (), {"__array__": lambda self, dtype=None, copy=None: np.ones((H, H), np.uint16)})()
NUMBERS = {
    "nested": ({"a": np.ones(H)}, "is itself a mapping: hand over the arrays inside it"),
    "masked": (np.ma.masked_less(np.arange(H * H).reshape(H, H), 3), "is a masked array: fill it"),
    "ragged": ([[1.0], [1.0, 2.0]], "is not an array of numbers: "),
    "none": (None, "holds object, not real numbers: an array of shape (5, 5) is needed"),
    "objects": (np.full((H, H), 1.0, object), "holds object, not real numbers"),
    "text": ("weights", "holds <U7, not real numbers"),
    "bool": (np.ones((H, H), bool), "holds bool, not real numbers"),
    "complex": (np.ones((H, H), complex), "holds complex128, not real numbers"),
    "codes": (np.ones((H, H), np.int8), "holds int8, codes of quantised or packed weights: hand over the floats"),
    "packed": (BFLOAT, "holds uint16, codes of quantised or packed weights"),
    "dates": (np.full((H, H), "2020-01-01", "M8[D]"), "holds datetime64[D], not real numbers"),
    "0-d": (1.0, "has shape (), but (5, 5) is needed"),
    "empty": (np.ones((0, H)), "has shape (0, 5), but (5, 5) is needed"),
    "infinite": (np.full((H, H), np.inf), "holds numbers that are not finite"),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_what_holds_no_numbers_is_named(case):
    given, text = NUMBERS[case]
    net = ar.RNN(D, H)
    for convention, name, prefix in (("pytorch", "weight_hh_l0", ""), ("pytorch", "weight_hh_l0", "x."), ("keras", "recurrent_kernel", "")):
        arrays = prefixed(prefix, {**dump(net, convention), name: given})
        fails((TypeError, ValueError), f"{prefix}{name} {text}", net, arrays, convention)


def test_numbers_too_large_for_the_net_are_refused():
    net = ar.RNN(D, H, dtype="float32")
    arrays = {name: np.asarray(array, float) for name, array in dump(net).items()}
    fails(ValueError, "W_hh would hold numbers too large for float32", net, {**arrays, "weight_hh_l0": np.full((H, H), 1e39)})
    fails(ValueError, "b_h would hold", net, {**arrays, "bias_ih_l0": np.full(H, 3e38), "bias_hh_l0": np.full(H, 3e38)})


def test_numbers_that_load():
    net = filled(ar.RNN(D, H))
    arrays = dump(net)
    wanted = values_of(net)
    whole = {name: np.round(array * 9) for name, array in arrays.items()}
    forms = [np.array, np.asfortranarray, np.ndarray.tolist, lambda array: array[::-1][::-1], lambda array: array.astype(">f8"),
             lambda array: ar.tensor(array, name="W"), lambda array: ar.tensor(array, name="W") * 1.0]  # fmt: skip
    for given in (OrderedDict(arrays), *({np.str_(name): form(array) for name, array in arrays.items()} for form in forms)):
        fresh = ar.RNN(D, H)
        load(fresh, given)
        same_bits(values_of(fresh), wanted)
    load(net, whole)
    one = values_of(net)
    load(net, {name: array.astype(np.int32) for name, array in whole.items()})
    assert all((one[name] == value).all() for name, value in values_of(net).items())


def test_an_open_npz_file_is_a_mapping(tmp_path):
    model = filled(tagger())
    np.savez(tmp_path / "w.npz", **prefixed("rnn.", dump(model)))
    with np.load(tmp_path / "w.npz") as file:
        loads_as(tagger, file, "pytorch", model)


def test_bfloat16_of_jax_and_tensorflow():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    arrays = dump(filled(ar.RNN(D, H)), "keras")
    narrow = {name: array.astype(ml_dtypes.bfloat16) for name, array in arrays.items()}
    one, two = ar.RNN(D, H), ar.RNN(D, H)
    load(one, narrow, "keras")
    load(two, {name: array.astype(float) for name, array in narrow.items()}, "keras")
    same_bits(values_of(one), values_of(two))


OTHERS = {
    "generator": ((pair for pair in ()), "not generator: a module's state_dict() is one"),
    "path": ("weights.npz", "not str: "),
    "array": (np.ones((2, 2)), "not ndarray: "),
    "none": (None, "not NoneType: "),
    "set": ({1}, "not set: "),
}


@pytest.mark.parametrize("convention", ["pytorch", "keras", "onnx"])
@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_mapping_is_named(case, convention):
    given, text = OTHERS[case]
    fails(TypeError, f"arrays is a mapping of names to arrays, {text}", ar.RNN(D, H), given, convention)


def test_odd_mappings_are_refused_in_a_sentence():
    fails(ValueError, "lack weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: needed are", ar.RNN(D, H), {})
    fails(ValueError, "the list holds 0 arrays (none), not those of the net: needed are kernel (3, 5), ", ar.RNN(D, H), [], "keras")
    fails(ValueError, "have 0 (1,), b'x' (1,) too many", ar.RNN(D, H), {0: np.ones(1), b"x": np.ones(1)})
    checkpoint = {"epoch": 3, "state_dict": dump(ar.RNN(D, H))}
    fails(TypeError, "state_dict is itself a mapping: hand over the arrays inside it", ar.RNN(D, H), checkpoint)


def test_the_convention_that_fits_is_named_for_other_spellings_too():
    model = ar.Model(ar.LSTM(D, H), V)
    fails(ValueError, "they fit convention='keras'", model, keras_paths(model, [LSTM], str))
    module = {name.replace("readout", "fc"): array for name, array in dump(model).items() if "bias_" not in name}
    fails(ValueError, "they fit convention='pytorch'", model, module, "keras")
