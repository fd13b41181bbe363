"""Models read back from the files that `saving` writes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_rnn.nets.cells import GRU, LSTM, RNN, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.wiring import Bidirectional, Stacked

BUILT_IN = (RNN, Jordan, LSTM, GRU, Bidirectional, Stacked, Model, EncoderDecoder)


def load(path: Any, cells: Sequence[type] = ()) -> Any:
    """Read back what `Model.save` wrote, equal in every bit. ``cells``: your own cell classes, if the net has any.

    Raises ValueError for a missing file or one that is not a saved model.

    >>> import tempfile, os
    >>> model = Model(RNN(2, 3), output_size=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "model.npz"))
    ...     twin = load(os.path.join(folder, "model.npz"))
    >>> all((twin.parameters[name].value == value.value).all() for name, value in model.parameters.items())
    True
    """
    return load_with_notes(path, cells)[0]


def load_with_notes(path: Any, cells: Sequence[type] = ()) -> tuple[Any, Any]:
    """`load`, and the notes that were saved with the model."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("autograd_rnn").tobytes().decode())
        config, notes = header["net"], header["notes"]
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):  # a bare array, another header
        raise ValueError(f"{path} is not a model saved by autograd_rnn") from None
    model = build(config, {kind.__name__: kind for kind in (*BUILT_IN, *cells)})
    for name, value in model.parameters.items():
        if name not in arrays or arrays[name].shape != value.shape:
            raise ValueError(f"{path} does not fit the net it describes: {name} is missing or of another shape")
        value.assign(arrays[name])
    return model, notes


def build(config: Any, kinds: dict[str, Any]) -> Any:
    """The net that a config describes."""
    options = dict(config) if isinstance(config, dict) else {}
    name = options.pop("class", None)
    if not isinstance(name, str):
        raise ValueError("the file is not a model saved by autograd_rnn: it names no class")
    if name not in kinds:
        raise ValueError(f"the net has a cell of class {name}: pass it, load(path, cells=[{name}])")
    for part in ("cell", "encoder", "decoder"):
        if part in options:
            options[part] = build(options[part], kinds)
    if "cells" in options:
        cells = [build(cell, kinds) for cell in options["cells"]]
        return kinds[name](cells) if name == "Stacked" else kinds[name](*cells)
    try:
        return kinds[name](**options)
    except TypeError as error:
        fields = "the class attribute fields must list the options of __init__"
        raise ValueError(f"{name} cannot be built from {', '.join(options) or 'nothing'}: {error}; {fields}") from None
