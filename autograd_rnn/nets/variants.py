"""The same net as other books have it: each convention that its cells have, the other way."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from autograd_rnn.nets.files import BUILT_IN, build
from autograd_rnn.nets.model import Scored

KINDS = {kind.__name__: kind for kind in BUILT_IN}


def variants(model: Scored) -> list[tuple[str, Scored]]:
    """A model with one convention changed in all its cells, for each that they have, and how that is asked for; none of a model with a cell
    of one's own.

    >>> [said for said, _ in variants(Model(GRU(2, 3), output_size=4))]
    ["GRU(..., reset='after')", "GRU(..., update='keep')"]
    """
    names, found = {name for part in _parts(model.config()) for name in _conventions(part)}, []
    for name in sorted(names):
        config, said = copy.deepcopy(model.config()), ""
        for part in _parts(config):
            if name in (known := _conventions(part)):
                part[name] = next(value for value in known[name] if value != part[name])
                said = f"{part['class']}(..., {name}={part[name]!r})"
        if all(part["class"] in KINDS for part in _parts(config)):
            found.append((said, build(config, KINDS)))
    return found


def _conventions(part: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return getattr(KINDS.get(part["class"]), "conventions", {})


def _parts(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A config and those of the nets within it."""
    found = [config]
    for part in found:  # which grows as it goes
        found += [x for value in part.values() for x in (value if isinstance(value, list) else [value]) if isinstance(x, dict)]
    return found
