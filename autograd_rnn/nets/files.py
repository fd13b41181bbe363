"""Models read back from the files that `saving` writes."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import stat
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_rnn.engine.naming import full_name, name_of
from autograd_rnn.limits import afford, allowing, memory
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import GRU, LSTM, RNN, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.feed_forward import FeedForward
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.saving import HEADER, VERSION
from autograd_rnn.nets.wiring import Bidirectional, Stacked
from autograd_rnn.visible import shown as quoted
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name, named

ROOM = 12  # bytes that making a net may take for each of its file's: numbers of 4 bytes are drawn as 8, and stand five times
OBJECTS = 2_000  # bytes of a cell without its numbers
NPY = re.compile(  # the beginning of an array's file, as numpy writes it: read by nothing that could run or unfold it
    rb"\x93NUMPY(?:\x01\x00..|[\x02\x03]\x00....)"
    rb"\{'descr': '([<>|][biuf]\d\d?)', 'fortran_order': (True|False), 'shape': \((|\d+,|\d+(?:, \d+)+)\), \} *\n",
    re.S,
)
BUILT_IN = (RNN, Jordan, LSTM, GRU, Bidirectional, Stacked, FeedForward, Model, EncoderDecoder)


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
    file_name(path)
    shown = named(path)
    if not isinstance(cells, (list, tuple, set)) or not all(isinstance(kind, type) and issubclass(kind, Cell) for kind in cells):
        raise TypeError(f"cells= takes your own cell classes, [Residual] for instance, not {quoted(cells)}")
    with contextlib.suppress(OSError):  # which is told below
        afford(f"reading {shown}", 2.0 * os.path.getsize(path))
    try:
        text, arrays, length = members(path)
        header = json.loads(text.decode())
        config, notes, version = header["net"], header["notes"], header.get("version", 1)
    except FileNotFoundError:
        raise ValueError(f"there is no file {shown}") from None
    except OSError as error:
        raise ValueError(f"{shown} cannot be read: {error.strerror or error}") from None
    except MemoryError:
        raise
    except Exception:  # whatever is said of bytes that nobody wrote so
        raise ValueError(f"{shown} is not a model saved by autograd_rnn") from None
    if version != VERSION and not (isinstance(version, int) and 0 < version < VERSION):
        raise ValueError(f"{shown} has version {quoted(version, 40)} of the format, this program reads up to {VERSION}: update it")
    kinds = {kind.__name__: kind for kind in (*BUILT_IN, *cells)}
    with allowing(min(memory(), ROOM * length)):  # whatever sizes it names, a file makes no larger net than it holds
        try:
            model = build(config, kinds)
        except ValueError as error:
            raise ValueError(f"{shown}: {visible(error)}") from None
        except (TypeError, AttributeError, OverflowError, ZeroDivisionError, RecursionError, MemoryError) as error:
            raise ValueError(f"{shown} does not describe a net: {visible(error) or 'it is nested too deep'}") from error
    parameters = model.parameters
    spelled: dict[str, str] = {full_name(own, name_of(printed).tag, None): printed for own, printed in parameters.spelled}
    names = {name: name if name in [*parameters] else spelled.get(name, name) for name in arrays}  # older programs print some otherwise
    arrays = {names[name]: array for name, array in arrays.items()} if len(set(names.values())) == len(names) else arrays
    if others := [name for name in arrays if name not in [*parameters]]:
        raise ValueError(f"{shown} does not fit the net it describes, which has no parameter {visible(repr(others[0]))}")
    for name, value in parameters.items():
        if name not in arrays or arrays[name].shape != value.shape:
            raise ValueError(f"{shown} does not fit the net it describes: {name} is missing or of another shape")
        value.assign(arrays[name])
    return model, notes


def members(path: Any) -> tuple[bytes, dict[str, np.ndarray], int]:
    """The header of a file, its arrays, and its length: nothing in it is compressed, so that no memory is taken that the file does not
    fill. ValueError for any other file."""
    at_once = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe would wait for somebody to write to it
    with open(path, "rb", opener=lambda path, flags: os.open(path, flags | at_once)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a file that can be read from any place")
        length, found = os.fstat(file.fileno()).st_size, {}
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            stored = all(part.compress_type == zipfile.ZIP_STORED and not part.flag_bits & 1 for part in parts)
            if not stored or len({part.filename for part in parts}) < len(parts) or sum(part.file_size for part in parts) > length:
                raise ValueError("compressed, encrypted, or larger than it is")
            for part in parts:
                if part.filename != HEADER:
                    found[part.filename.removesuffix(".npy")] = _array(archive.read(part))
            text = archive.read(HEADER) if HEADER in archive.namelist() else found.pop("autograd_rnn").tobytes()
    return text, found, length


def _array(data: bytes) -> np.ndarray:
    """The numbers of one ``.npy`` member, whose header is believed only where it says how many bytes there are."""
    found = NPY.match(data)
    if not found:
        raise ValueError("not an array as numpy writes one")
    shape, dtype, body = tuple(int(n) for n in found[3].split(b",") if n), np.dtype(found[1].decode()), data[found.end() :]
    if math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("not an array of so many numbers")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if found[2] == b"True" else "C")


def build(config: Any, kinds: dict[str, Any], depth: int = 4) -> Any:
    """The net that a config describes; ``depth``: how many are one in the other, a cell in a pair in a stack in a model."""
    options = dict(config) if isinstance(config, dict) else {}
    name = options.pop("class", None)
    if not isinstance(name, str) or not depth:
        raise ValueError("the file is not a model saved by autograd_rnn: it names no class")
    if name not in kinds:
        own = visible(name)[:100]
        raise ValueError(f"the net has a cell of class {own}: pass it, load(path, cells=[{own}])")
    for part in ("cell", "encoder", "decoder"):
        if part in options:
            options[part] = build(options[part], kinds, depth - 1)
    if "cells" in options:
        cells, left = [], memory()
        for cell in options["cells"]:  # one memory for all of them
            with allowing(left):
                cells.append(build(cell, kinds, depth - 1))
            left -= 8 * cells[-1].count_parameters() + OBJECTS
        return kinds[name](cells) if name == "Stacked" else kinds[name](*cells)
    try:
        return kinds[name](**options)
    except TypeError as error:
        fields = "the class attribute fields must list the options of __init__"
        given = ", ".join(options) or "nothing"
        raise ValueError(f"{name} cannot be built from {given[:150]}: {str(error)[:150]}; {fields}") from None
