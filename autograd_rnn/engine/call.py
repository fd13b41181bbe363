"""One call of a function, recorded: by which arguments it is differentiated, and products with its Jacobian."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine.exact import exact
from autograd_rnn.engine.guards import describe, real
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops import sum as sum_
from autograd_rnn.engine.place import here, scope
from autograd_rnn.engine.structure import Path, Structure, subscript
from autograd_rnn.engine.tensor import Tensor, constant, tensor
from autograd_rnn.visible import class_of, shown

Function = Callable[..., Any]
Argnum = int | str | tuple[int | str, ...]


@op("{}", lambda g, y, x: g, picture="=", words="the identity", kind="elementwise")
def identity(x: Any, /) -> Any:
    """x itself, as a new node: each transform differentiates with respect to a node of its own.

    >>> identity(tensor(2.0)).value
    array(2.)
    """
    return np.asarray(x)


def nested() -> bool:
    """Whether another transform is at work."""
    return here().transforms > 0


def is_live(y: Any) -> bool:
    """Whether it is a tensor that came from a variable, or is one."""
    return isinstance(y, Tensor) and y.op is not None


def out(x: Any) -> Any:
    """What a person gets: a tensor inside another transform, else an array of their own."""
    return x if nested() else np.array(x.value if isinstance(x, Tensor) else x)


def _parameters(f: Function) -> list[str]:
    """The names of a function's positional parameters; none where it does not tell."""
    from inspect import Parameter, signature  # seldom needed, and not every numpy has imported it already

    try:
        found = signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in found if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]


def _chosen(f: Function, argnum: Argnum, args: tuple[Any, ...], options: dict[str, Any]) -> list[int | str]:
    """The arguments that argnum means: by position, or by keyword where they were given so."""
    found: list[int | str] = []
    for one in argnum if isinstance(argnum, tuple) else (argnum,):
        at: int | str
        if isinstance(one, str):
            at = one if one in options else next((k for k, name in enumerate(_parameters(f)[: len(args)]) if name == one), -1)
            if at == -1:
                raise ValueError(f"argnum={shown(one)}, but f was called without an argument of that name")
        elif isinstance(one, (int, np.integer)) and not isinstance(one, bool):
            if not -len(args) <= one < len(args):
                hint = f": one given by name is chosen by name, as argnum={next(iter(options))!r}" if options else ""
                raise ValueError(f"argnum={one}, but f was called with {len(args)} argument{'s' * (len(args) != 1)}{hint}")
            at = int(one) % len(args)
        else:
            raise TypeError(f"argnum is the number or the name of an argument, or a tuple of those, not {shown(argnum)}")
        if at in found:
            raise ValueError(f"argnum={shown(argnum)} has the same argument twice")
        found.append(at)
    if not found:
        raise ValueError("argnum=() has no argument to differentiate by")
    return found


def _kind(leaf: Any) -> str:
    """What a leaf is that has no derivative; nothing for one of floating-point numbers."""
    try:
        array = np.asarray(leaf.value if isinstance(leaf, Tensor) else leaf)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind == "f":
        return ""
    names = {int: "an integer", bool: "a truth value", str: "a string", type(None): "None"}
    return names.get(type(leaf), f"a {class_of(leaf)}" if array.dtype.kind == "O" else f"of dtype {array.dtype}")


def _inner(ys: dict[Path, Tensor], gs: dict[Path, Any], live: list[Path]) -> Any:
    """Σ ⟨g, y⟩ of those paths."""
    with np.errstate(invalid="ignore", over="ignore"):
        return functools.reduce(Tensor.__add__, [sum_(ys[path] * gs[path]) for path in live])


def pull(ys: dict[Path, Tensor], gs: dict[Path, Any], stop: int, create_graph: bool) -> dict[Tensor, Any]:
    """Σ g' ∂y/∂x for every x down to id ``stop``, in one sweep: that from y, or, for several, that from the number Σ ⟨g, y⟩."""
    live = [path for path in gs if is_live(ys[path])]
    if not live:
        return {}
    root, seed = ys[live[0]], gs[live[0]]
    if len(live) > 1:
        root = scope(recording=True).run(_inner, ys, gs, live)
        seed = np.ones((), root.dtype)
    return exact(root, constant(seed) if create_graph and not isinstance(seed, Tensor) else seed, create_graph, stop)


def like(x: Tensor, g: Any, what: str) -> Any:
    """A seed or a direction for x, of x's shape: a live tensor stays one inside another transform; anything else becomes an array."""
    if not (is_live(g) and nested()):
        g = real(g.value if isinstance(g, Tensor) else g, f"{what} is")
    if g.shape != x.shape:
        raise ValueError(f"{what} has shape {g.shape}, but {describe(x)} needs {x.shape}")
    return g


class Call:
    """One call of f: the nodes x that stand for the leaves of the chosen arguments, and the leaves y of what f made of them."""

    def __init__(self, f: Function, argnum: Argnum, unused: str, args: tuple[Any, ...], options: dict[str, Any]):
        self.f, self.unused, self.several = f, unused, isinstance(argnum, tuple)
        self.chosen = _chosen(f, argnum, args, options)
        given = tuple(options[at] if isinstance(at, str) else args[at] for at in self.chosen)
        self.given = Structure(given if self.several else given[0], self.several)
        if not self.given.leaves:
            raise ValueError(f"{self.label(())} holds nothing to differentiate by")
        answer = scope(transforms=here().transforms + 1, recording=True).run(self._ran, list(args), dict(options))
        self.answer = Structure(answer)
        self.y = {path: y if isinstance(y, Tensor) else constant(real(y, "f should return")) for path, y in self.answer.leaves.items()}
        for y in self.y.values():
            if y.dtype.kind == "c":
                raise TypeError(f"f's result, {describe(y)}, is complex: take its real or imaginary part")
        self.stop = min(x.id for x in self.x.values())

    def _ran(self, positional: list[Any], named: dict[str, Any]) -> Any:
        """What f answers with the nodes in the place of the chosen arguments."""
        self.x = {path: self.node(path, leaf) for path, leaf in self.given.leaves.items()}
        nodes = self.given.filled(self.x)
        for at, node in zip(self.chosen, nodes if self.several else (nodes,), strict=True):
            if isinstance(at, str):
                named[at] = node
            else:
                positional[at] = node
        return self.f(*positional, **named)

    def place(self, path: Path) -> tuple[int | str, Path]:
        """Which argument a leaf is of, and where inside it."""
        return (self.chosen[path[0]], path[1:]) if self.several and path else (self.chosen[0], path)

    def label(self, path: Path) -> str:
        """A leaf as it is written in f: ``params['W']``."""
        argument, inside = self.place(path)
        if isinstance(argument, int):
            argument = dict(enumerate(_parameters(self.f))).get(argument, f"argument {argument}")
        return argument + subscript(inside)

    def node(self, path: Path, leaf: Any) -> Tensor:
        """What stands for a leaf inside f, named by its key, its keyword, or as the tensor that was given."""
        argument, inside = self.place(path)
        if inside and (kind := _kind(leaf)):
            remedy = "convert it, or pass it to f as another argument"
            raise TypeError(f"{self.label(path)} is {kind}, and only floating-point numbers have a derivative: {remedy}")
        key = inside[-1] if inside else argument
        name = key if isinstance(key, str) else leaf.label if isinstance(leaf, Tensor) else None
        x = identity(leaf) if is_live(leaf) and nested() else tensor(leaf.value if isinstance(leaf, Tensor) else leaf)
        if name:
            x.name = name
        return x

    def value(self) -> Any:
        """What f returned."""
        return self.answer.filled({path: out(y) for path, y in self.y.items()})

    def pull(self, seeds: dict[Path, Any]) -> dict[Path, Any]:
        """g' ∂f/∂x for every leaf x; None where it has no part in f."""
        swept = pull(self.y, seeds, self.stop, nested())
        return {path: swept.get(x) for path, x in self.x.items()}

    def depends(self, path: Path, g: Any) -> Any:
        """g, or where it is None, since f does not depend on that leaf, an error or the zero that was asked for."""
        if g is not None:
            return g
        x = self.x[path]
        if self.unused == "zero":
            return np.zeros(x.shape, x.dtype)
        shown = f"{self.label(path)} {x.shape}" if path else describe(x)
        result = ", ".join(map(describe, self.y.values())) or "nothing"
        raise ValueError(f"f's result, {result}, does not depend on its argument {shown}: pass unused='zero' if that is meant")
