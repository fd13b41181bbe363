"""Nested dicts, lists and tuples of arrays, taken apart into leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.visible import shown

Path = tuple[Any, ...]  # the keys and indices that lead to a leaf
DEPTH = 32  # levels of nesting: more than anyone writes, and a dict that holds itself has no last one


class Structure:
    """Its ``leaves`` by path, and how others are put together in the same shape.

    A mapping is always a branch (and is put together as a dict); a list or tuple is one where it holds an array, a tensor or a mapping
    at some depth. A list of plain numbers is one array, as everywhere else. ``several`` makes the outermost tuple a branch in any case.

    >>> s = Structure({"W": 1.0, "layers": [np.ones(2), (np.ones(3), [4.0, 5.0])]})
    >>> list(s.leaves)
    [('W',), ('layers', 0), ('layers', 1, 0), ('layers', 1, 1)]
    >>> s.filled({path: np.size(leaf) for path, leaf in s.leaves.items()})
    {'W': 1, 'layers': [2, (3, 2)]}
    """

    def __init__(self, given: Any, several: bool = False):
        self.leaves: dict[Path, Any] = {}
        self._branches: list[tuple[Path, list[Any], Callable[[list[Any], list[Any]], Any]]] = []  # each before those that it holds
        waiting: list[tuple[Path, Any]] = [((), given)]
        while waiting:
            path, item = waiting.pop()
            if not (several and not path or is_branch(item)):
                self.leaves[path] = item
                continue
            if len(path) >= DEPTH:
                raise ValueError(f"dicts and lists nest at most {DEPTH} deep here: does one hold itself?")
            children = opened(item)
            self._branches.append((path, list(children), maker(item)))
            waiting.extend(((*path, key), child) for key, child in reversed(children.items()))

    @property
    def is_leaf(self) -> bool:
        """Whether there is no structure: one array, or one number."""
        return not self._branches

    def filled(self, leaves: Mapping[Path, Any]) -> Any:
        """The same structure with other leaves."""
        parts = dict(leaves)
        for path, keys, make in reversed(self._branches):
            parts[path] = make(keys, [parts.pop((*path, key)) for key in keys])
        return parts[()]

    def split(self, other: Any, what: str) -> dict[Path, Any]:
        """The parts of ``other`` that stand where this structure has its leaves; ``what`` begins the error where the keys differ."""
        parts = {(): other}
        for path, keys, _ in self._branches:
            part = parts.pop(path)
            children = opened(part)
            if children.keys() != set(keys):
                found = ", ".join(map(repr, children)) if children else f"no entries, being {repr(part)[:40]}"
                raise ValueError(f"{what} needs the entries {', '.join(map(repr, keys))}{subscript(path, ' in ')}, but has {found}")
            parts.update(((*path, key), children[key]) for key in keys)
        return {path: parts[path] for path in self.leaves}


def subscript(path: Path, before: str = "") -> str:
    """A path as it is written after a name: ``['W'][0]``; nothing for the empty one."""
    return before * bool(path) + "".join(f"[{shown(key)}]" for key in path)


def opened(item: Any) -> dict[Any, Any]:
    """What a dict, list or tuple holds, by key or index; nothing for anything else."""
    return dict(item) if isinstance(item, Mapping) else dict(enumerate(item)) if isinstance(item, (list, tuple)) else {}


def maker(item: Any) -> Callable[[list[Any], list[Any]], Any]:
    """What puts together another of the same kind, from its keys and values: a dict, list, tuple or named tuple."""
    if isinstance(item, Mapping):
        return lambda keys, values: dict(zip(keys, values, strict=True))
    make = list if isinstance(item, list) else getattr(type(item), "_make", tuple)
    return lambda keys, values: make(values)


def is_branch(item: Any) -> bool:
    """Whether an item holds leaves, and is not one itself (see `Structure`)."""
    waiting = [(item, 0)]
    while waiting:
        part, depth = waiting.pop()
        if isinstance(part, Mapping) or depth and isinstance(part, (np.ndarray, Tensor)):
            return True
        if isinstance(part, (list, tuple)):
            if depth > DEPTH:
                raise ValueError(f"dicts and lists nest at most {DEPTH} deep here: does one hold itself?")
            waiting.extend((inner, depth + 1) for inner in part)
    return False
