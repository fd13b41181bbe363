"""The weights that people hand over, read into a convention's own names: prefixes, layer names, lists, and the biases left out.

Nothing here knows a net: ``wanted`` is what the table asks of it, shapes by name. What cannot be read for certain is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.guards import masked

Shapes = dict[str, tuple[int, ...]]
Pairs = list[tuple[str, str]]  # (the convention's name, the name given)

# -- numbers --------------------------------------------------------------------------------------------------------


def array_from(given: Any, name: str) -> np.ndarray:
    """An array out of numpy's, lists, our tensors, Keras' variables and PyTorch's tensors, wherever they lie and whatever they require.

    bfloat16, which numpy has not, is widened to float32: every number of it is one there.
    """
    if isinstance(given, Mapping):
        raise TypeError(f"{name} is itself a mapping: hand over the arrays inside it")
    if masked(given):
        raise TypeError(f"{name} is a masked array: fill it, filled(0)")
    if isinstance(given, Tensor):
        return given.value
    try:
        for move in ("detach", "cpu"):
            given = getattr(given, move)() if hasattr(given, move) else given
        narrow = str(getattr(given, "dtype", "")) == "torch.bfloat16"
        array = np.asarray(given.float() if narrow else given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} is not an array of numbers: {error}") from None
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array  # the name that JAX and TensorFlow give theirs


def real_numbers(array: np.ndarray, name: str, shape: tuple[int, ...]) -> None:
    """Refuse what holds no real numbers, or codes for them."""
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} holds {array.dtype}, not real numbers: an array of shape {shape} is needed")
    if array.dtype.kind == "u" or array.dtype == np.int8:
        raise TypeError(f"{name} holds {array.dtype}, codes of quantised or packed weights: hand over the floats that they stand for")


# -- names ----------------------------------------------------------------------------------------------------------

TORCH = re.compile(r"(?:(?P<owner>.*)\.)?(?P<array>(?:weight|bias)_(?:ih|hh))(?P<place>_l\d+(?:_reverse)?)?")

# Names that tell of something that no net here has, and what to do about it.
TELLING = {
    r"(.*\.)?weight_hr_l\d+(_reverse)?": "of an LSTM with proj_size, whose h is projected at each step: train it with proj_size=0, "
    "or write that step as a Cell of your own",
    r"(.*\.)?_(all_weight_values|packed_params)(\..*)?": "packed by quantisation: hand over the weights from before it",
    r"(.*\.)?parametrizations\..*|(.*\.)?weight_.h(_l\d+(_reverse)?)?_(g|v|u|raw|orig|mask)": "a part of a weight, by weight_norm, pruning "
    "or the like: make it whole first (torch.nn.utils.parametrize.remove_parametrizations, torch.nn.utils.prune.remove)",
}


def torch_names(shapes: Shapes, wanted: Shapes) -> Pairs:
    """A whole module's names: the one recurrent module loses its prefix, nn.LSTMCell's arrays get their ``_l0``, and the one Linear
    with a bias (or the one that is called ``readout``) is the readout."""
    for name in shapes:
        for pattern, what in TELLING.items():
            if re.fullmatch(pattern, name):
                raise ValueError(f"{name} is {what}")
    found = {name: match for name in shapes if (match := TORCH.fullmatch(name))}
    owners = list(dict.fromkeys(match["owner"] or "" for match in found.values()))
    if len(owners) > 1:
        remedy = "hand over those of one; a Stacked net's layers load one by one, load_weights(net.cells[0], ...)"
        raise ValueError(many(owners, remedy))
    pairs = [(match["array"] + (match["place"] or "_l0"), name) for name, match in found.items()]
    theirs, ours = (torch_wiring(name for name in names if TORCH.fullmatch(name)) for names in (dict(pairs), wanted))
    if pairs and theirs != ours:
        raise ValueError(f"the arrays, up to {listed(list(found)[-1:], shapes)}, are of {theirs}, the net of {ours}: build it like them")
    linears = {}
    for name in shapes:
        owner, _, array = name.rpartition(".")
        bias = f"{owner}.bias" if owner else "bias"
        if array == "weight" and (bias in shapes or owner.rpartition(".")[2] == "readout"):
            linears[owner] = {"weight": name, **({"bias": bias} if bias in shapes else {})}
    chosen = readout_of({owner: arrays["weight"] for owner, arrays in linears.items()}, shapes, wanted.get("readout.weight"))
    return pairs + [(f"readout.{array}", name) for array, name in ({} if chosen is None else linears[chosen]).items()]


def torch_wiring(names: Iterable[str]) -> str:
    """Of how many layers and directions the arrays of a recurrent module are."""
    places = {match["place"] for name in names if (match := TORCH.fullmatch(name))}
    layers = len({place.removesuffix("_reverse") for place in places})
    return f"{layers} layer{'s' * (layers > 1)} in {'both directions' if any('_reverse' in place for place in places) else 'one direction'}"


def keras_names(shapes: Shapes, wanted: Shapes) -> Pairs:
    """Paths of variables, ``sequential/lstm_1/lstm_cell/kernel:0``: the layers in the order given, forward and backward by their names,
    and the one Dense is the readout."""
    ours, theirs = by_owner(wanted), by_owner(shapes)
    mine, given = ([owner for owner, arrays in side.items() if "recurrent_kernel" in arrays] for side in (ours, theirs))
    if not given:
        return []
    if len(given) != len(mine):
        raise ValueError(many(given, f"the net has {len(mine)}: hand over those that belong to it"))
    in_order(given)
    for k in range(len(mine) - 1):  # a file may list a pair by the alphabet, backward first
        if way(mine[k]) == "forward" and [way(given[k]), way(given[k + 1])] == ["backward", "forward"]:
            given[k : k + 2] = given[k + 1], given[k]
    for k, (owner, other) in enumerate(zip(mine, given, strict=True)):
        misplaced = way(other) == "backward" if not way(owner) else way(other) != way(owner)
        parted = way(owner) == "backward" and WAY.split(given[k - 1])[0] != WAY.split(other)[0]
        if len(mine) > 1 and (misplaced or parted):
            wants = f"the {way(owner)} cell of a Bidirectional" if way(owner) else "a layer of one direction"
            raise ValueError(f"{other} stands where {wants} is needed: hand the layers over in their order, with Keras' own names")
    kernels = {owner: arrays["kernel"] for owner, arrays in theirs.items() if owner not in given and "kernel" in arrays}
    dense = readout_of(kernels, shapes, wanted.get("readout/kernel"))
    owners = [*zip(mine, given, strict=True), *([("readout", dense)] if dense is not None else [])]
    return [(f"{owner}/{array}".lstrip("/"), name) for owner, other in owners for array, name in theirs[other].items()]


def by_owner(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """{the path of a layer: {array: its full name}}. A file ``.weights.h5`` counts a layer's arrays, ``layers/lstm/cell/vars/0``."""
    owners: dict[str, dict[str, str]] = {}
    for name in names:
        owner, _, array = re.sub(r":\d+$", "", name).rpartition("/")
        for pattern, arrays in COUNTED.items():
            array = dict(zip("012", arrays, strict=False)).get(array, array) if re.fullmatch(pattern, owner) else array
        if array in owners.setdefault(owner, {}):
            raise ValueError(f"{owners[owner][array]} and {name} are one array: hand over one of them")
        owners[owner][array] = name
    return owners


COUNTED = {
    r"(.*/)?cell/vars": ("kernel", "recurrent_kernel", "bias"),
    r"(.*/)?(dense(_\d+)?|time_distributed(_\d+)?/layer)/vars": ("kernel", "bias"),
}
NO_WEIGHT = re.compile(r"(.*/)?seed_generator_state")  # what a layer's dropout draws from stands among its ``variables``
WAY = re.compile(r"(?:^|(?<=/))(?:forward|backward)(?=_|/|$)")


def way(owner: str) -> str:
    """``forward`` or ``backward`` if a part of a path begins so, as Keras names the two layers of a Bidirectional."""
    found = WAY.search(owner)
    return found[0] if found else ""


def in_order(owners: list[str]) -> None:
    """Refuse layers against their numbers, as a file that is sorted by the alphabet lists them: lstm_10, lstm_9."""
    last: dict[tuple[str, ...], tuple[int, ...]] = {}
    for owner in owners:
        stems, numbers = zip(*re.findall(r"([^/]*?)_?(\d*)(?:/|$)", owner), strict=True)
        counts = tuple(int(number or 0) for number in numbers)
        if counts < last.get(stems, counts):
            raise ValueError(f"{owner} comes after a layer of a higher number: hand the layers over in their order")
        last[stems] = counts


def many(owners: list[str], remedy: str) -> str:
    """The sentence on arrays of more recurrent layers than are meant, or of fewer."""
    named = ", ".join(owner or "one without a prefix" for owner in owners)
    return f"the arrays are those of {len(owners)} recurrent module{'s' * (len(owners) > 1)}, {named}: {remedy}"


def readout_of(matrices: dict[str, str], shapes: Shapes, shape: tuple[int, ...] | None) -> str | None:
    """Which layer is the readout: the only one there is, or the only one that fits."""
    fitting = [owner for owner, name in matrices.items() if len(matrices) == 1 or shapes[name] == shape]
    if shape is None or not fitting:
        return None
    if len(fitting) > 1:
        names = " and ".join(matrices[owner] for owner in fitting)
        raise ValueError(f"{names} could each be the readout's: hand over only the one that is")
    return fitting[0]


READERS: dict[str, Callable[[Shapes, Shapes], Pairs]] = {"pytorch": torch_names, "keras": keras_names}


def matched(shapes: Shapes, wanted: Shapes, biases: list[list[str]], convention: str) -> tuple[dict[str, str], list[str], list[str]]:
    """({the convention's name: the name given}, what is missing, what is too many). ``biases``: those that may be left out together."""
    pairs = [(name, name) for name in shapes if name in wanted]
    if len(pairs) < max(len(shapes), len(wanted)) and convention in READERS:
        pairs = READERS[convention](shapes, wanted)
    theirs: dict[str, str] = {}
    for ours, name in pairs:
        if ours in theirs:
            raise ValueError(f"{theirs[ours]} and {name} are one array, {ours}: hand over one of them")
        theirs[ours] = name
    theirs = {ours: name for ours, name in theirs.items() if ours in wanted}
    missing = [name for name in wanted if name not in theirs]
    left_out = [name for group in biases for name in group if not theirs.keys() & set(group)]
    taken = set(theirs.values())
    extra = [name for name in shapes if name not in taken and not NO_WEIGHT.fullmatch(name)]
    return theirs, missing if set(missing) - set(left_out) else [], extra


def named(arrays: list[np.ndarray], wanted: Shapes, biases: list[list[str]]) -> dict[str, np.ndarray]:
    """Keras' ``get_weights()`` by name. Its order is that of the table; which layers have biases is told by the shapes."""
    optional, shapes = set(sum(biases, [])), [array.shape for array in arrays]
    fitting: list[list[str]] = [[]]
    for name, shape in wanted.items():
        taken = [[*names, name] for names in fitting if shapes[len(names) : len(names) + 1] == [shape]]
        fitting = taken + (fitting if name in optional else [])
    fitting = [names for names in fitting if len(names) == len(arrays)]
    if not fitting and len(arrays) == len(wanted):
        fitting = [list(wanted)]  # the one that does not fit will be named
    if len(fitting) != 1:
        got = ", ".join(map(str, shapes)) or "none"
        raise ValueError(f"the list holds {len(arrays)} arrays ({got}), not those of the net: needed are {listed(wanted, wanted)}")
    return dict(zip(fitting[0], arrays, strict=True))


# -- remedies -------------------------------------------------------------------------------------------------------


def listed(names: Iterable[str], shapes: Shapes) -> str:
    """Names with their shapes."""
    return ", ".join(f"{name} {shapes[name]}" for name in names)


def other_shape(got: tuple[int, ...], shape: tuple[int, ...], convention: str) -> str:
    """What makes one array fit, or the net, where it is not the sizes that differ."""
    if got[::-1] == shape:
        return "it fits transposed"
    if convention == "keras" and got[-1:] == shape[-1:] and (len(got), len(shape)) in ((1, 2), (2, 1)):
        return f"build the GRU with reset={'after' if len(got) == 2 else 'before'!r}"
    if convention == "onnx" and got == shape[1:]:
        return "its first axis, of directions, is missing: array[None]"
    if convention == "onnx" and got[1:] == shape[1:]:
        return f"it is of {got[0]} direction{'s: build a Bidirectional' if got[0] == 2 else ': build the cell alone'}"
    return ""
