"""A model written to a file: the parameters as arrays, the construction as JSON, nothing compressed. Never pickle."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine.rule import is_ours
from autograd_rnn.visible import visible

HEADER = "autograd_rnn.json"  # no parameter is called so: a name has no point
VERSION = 2  # of the format. 1, read for ever: the header is an array of bytes by the name of autograd_rnn


def save(model: Any, path: Any, notes: Any = None) -> None:
    """Write a model or cell to one file. ``notes``: anything JSON holds, such as a vocabulary. A failed write leaves what was there.

    Raises ValueError for what `load` could not read back, and where nothing can be written.
    """
    import json  # not needed to import a net
    import zipfile

    from autograd_rnn.writing import replacing

    try:
        config = json.dumps(model.config(), default=np.generic.item)  # options may be numpy's numbers
        text = json.dumps(notes, default=np.generic.item)
        text.encode()
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(f"a file holds numbers, texts, lists and mappings of them, not all that is to be saved: {error}") from None
    for cell in getattr(model, "cells", [model]):
        for part in getattr(cell, "cells", [cell]):
            if not is_ours(type(part)):
                _made_again(part, json.loads(json.dumps(part.config(), default=np.generic.item)))
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(HEADER), f'{{"version": {VERSION}, "net": {config}, "notes": {text}}}')
        for name, value in model.parameters.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, value.value, allow_pickle=False)


def _made_again(cell: Any, config: dict[str, Any]) -> None:
    """Raise ValueError if the cell's class does not make the same cell of its options again, which `load` has to do."""
    kind = type(cell)
    options = {name: value for name, value in config.items() if name != "class"}
    remedy = "the class attribute fields must list the options of __init__, each kept under its name"
    try:
        again = kind(**options)
    except Exception as error:
        raise ValueError(f"{kind.__name__} could not be loaded again: {visible(error)}; {remedy}") from error
    there, here = ({name: value.shape for name, value in made.named().__dict__.items()} for made in (again, cell))
    if there != here or again.config() != cell.config():
        raise ValueError(f"{kind.__name__} made again from its fields is another cell than the one to save: {remedy}")
