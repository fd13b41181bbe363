"""A tape read as expressions: each operation as `operations` says, named quantities by their names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.calling import is_outer, repeats, shape, shapes_of
from autograd_rnn.algebra.opaque import Opaque
from autograd_rnn.algebra.operations import NOTED, applied, extent, of_one
from autograd_rnn.algebra.spreading import spread
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.naming import name_of
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tensor import Tensor


class Constants:
    """The constant arrays of some formulas, each under one name: its own, or a letter ``C_1``. ``own``: names that arrays are known by;
    ``taken``: names of other quantities. An array is the same constant wherever it has the same numbers. What is older than ``since`` (an
    id) is a cell's own, and no number that comes of a loss's mean."""

    def __init__(self, own: Mapping[str, np.ndarray] | None = None, taken: Iterable[str] = (), since: int = -1):
        self.since = since
        self.own = {self.key(np.asarray(value)): name for name, value in (own or {}).items()}
        self.taken, self.names = set(taken), {}  # type: set[str], dict[object, str]
        self.values, self.first = {}, {}  # type: dict[str, np.ndarray], dict[str, Tensor]

    @staticmethod
    def key(value: np.ndarray) -> object:
        """What two equal arrays have in common."""
        return value.shape, np.asarray(value, float).tobytes() if value.dtype.kind in "fiub" else repr(value)

    def symbol(self, node: Tensor) -> e.Sym:
        """The name of a constant."""
        key = self.key(node.value)
        if key not in self.names:
            name: str = node.label or self.own.get(key) or ""
            if not name or name in self.taken:
                name = next(letter for k in range(1, 10**6) if (letter := f"C_{k}") not in self.taken)
            self.taken.add(name)
            name = name_of(name).of(node.ndim)
            self.names[key], self.values[name], self.first[name] = name, np.asarray(node.value, float), node
        return e.Sym(self.names[key])


def number(value: np.ndarray, counts: Mapping[int, str]) -> e.Num | None:
    """A plain number, or an array of one number; 1/T where it is one over a sequence's length. None for an array of several."""
    if value.dtype.kind not in "fiub" or not value.size or not (value == value.flat[0]).all():
        return None
    first = float(value.flat[0])
    for count, letter in counts.items():
        if count > 1 and first == 1 / count:
            return e.Num(first, f"1/{letter}")
    return e.Num(first)


Found = tuple[e.Expr, tuple[int, ...]]  # an expression, and the shape that it has when it is evaluated


class Reader:
    """What `read` knows while it reads: of every tensor its expression, and the shape that this has when evaluated."""

    def __init__(
        self,
        names: Mapping[Tensor, e.Expr],
        counts: Mapping[int, str],
        constants: Constants | None = None,
        opaque: Mapping[Tensor, Opaque] | None = None,
    ):
        self.names, self.counts, self.constants, self.opaque = names, counts, constants, opaque or {}
        self.found: dict[Tensor, Found] = {}

    def needs(self, node: Tensor) -> list[Tensor]:
        """The tensors whose expressions a tensor's own is made of."""
        if node in self.opaque:
            one = self.opaque[node]
            return [x for x in (one.g, *one.node.inputs) if isinstance(x, Tensor)]
        of = (node.options or {}).get("of", ()) if node.op is None else ()
        return [x for x in (*node.inputs, *of) if isinstance(x, Tensor)]

    def part(self, x: Tensor | np.ndarray | float, whole: bool = False) -> Found:
        """An input's expression and extent; ``whole``: as many numbers as the input has."""
        if isinstance(x, np.bool_) and self.constants is not None:  # a comparison of single numbers
            return self.constants.symbol(make(np.asarray(x))), ()
        if not isinstance(x, Tensor):
            return e.Num(float(x)), ()
        found, size = (name, x.shape if name != e.ZERO else ()) if (name := self.names.get(x)) is not None else self.found[x]
        return self.whole(found, size, x.shape) if whole else (found, size)

    @staticmethod
    def whole(found: e.Expr, size: tuple[int, ...], full: tuple[int, ...]) -> Found:
        """An expression with as many numbers as its tensor has."""
        if full and isinstance(found, e.Num) and found != e.ZERO and math.prod(full) == 1:  # a vector of one number is no number
            return e.mul(found, e.Ones(full)), full
        return (found, size) if math.prod(size) == math.prod(full) or found == e.ZERO else (spread(found, size, full), full)

    @staticmethod
    def matrix(x: object, found: e.Expr, size: tuple[int, ...]) -> Found:
        """A factor of a matrix product: a number in the shape of a matrix if it is one."""
        if len(shape(x)) < 2 or size == shape(x) or found == e.ZERO:
            return found, size
        return e.Call("reshape", (found,), e.Options({"shape": shape(x)}), (size,)), shape(x)

    def defined(self, node: Tensor) -> Found:
        """A tensor's own definition, its inputs read."""
        if node in self.opaque:
            return self.hidden(self.opaque[node])
        if node.op is VARIABLE and node.name and node not in self.names:
            return e.Sym(node.name), node.shape
        if node.op is None or node.op is VARIABLE:
            return self.constant(node)
        if node.op.name == "getitem" and not node.ndim and (one := self.part(node.inputs[0]))[1] == ():
            return one  # an element of equal numbers
        elementwise = repeats(node) and not is_outer(node)
        parts = [self.part(x, not elementwise) for x in node.inputs]
        if elementwise:  # a number stands for many, a vector does not stand for a matrix, of one element either
            alike = [math.prod(size) == 1 and (node.size > 1 or len(size) in (0, node.ndim)) for _, size in parts]
            parts = [part if kept else (spread(*part, node.shape), node.shape) for part, kept in zip(parts, alike, strict=True)]
        if node.op.kind == "multiplies":  # where a matrix of one element is no number
            parts = [self.matrix(x, *part) for x, part in zip(node.inputs, parts, strict=True)]
        found = applied(node, *(x for x, _ in parts))
        return found, extent(node, [size for _, size in parts], found)

    def hidden(self, one: Opaque) -> Found:
        """A vjp that says nothing of how it came by its numbers: the operation's derivative, by name."""
        assert one.node.op is not None
        (g, size), *given = (self.part(x, k > 0 or not one.slope) for k, x in enumerate((one.g, *one.node.inputs)))
        inputs = [x for x, _ in given]
        shapes = shapes_of(one.node) if one.slope else tuple(map(shape, one.node.inputs))
        name, options = one.node.op.name, e.Options(one.node.options)
        if one.slope:
            g = spread(g, size, one.shape) if 1 < math.prod(size) < math.prod(one.shape) else g  # of a sum over rows, to each row
            return e.mul(g, e.Call(name, tuple(inputs), options, shapes, one.k)), one.shape
        return e.Call(name, (g, *inputs), options, (one.g.shape, *shapes), one.k, True), one.shape

    def constant(self, node: Tensor) -> Found:
        """A constant: the mask that it was noted as, a number, or a named array."""
        noted = node.options or {}
        if "reads" in noted:
            of = [x if x is None else self.part(x) if not isinstance(x, np.ndarray) else self.constant(make(x)) for x in noted["of"]]
            sizes = [size for _, size in filter(None, of)]
            found = [None if x is None else x[0] for x in of]
            mask = NOTED[noted["reads"]](*found) if noted["reads"] in NOTED else e.Fn(noted["reads"], next(filter(None, found)))
            whole = np.broadcast_shapes(*sizes) if noted["reads"] in NOTED else node.shape
            return mask, () if isinstance(mask, e.Num) else whole
        found_number = number(node.value, self.counts if self.constants is None or node.id > self.constants.since else {})
        of_cell = self.constants is not None and (self.constants.since < 0 or node.id <= self.constants.since)
        chosen = of_cell and node.value.dtype.kind == "b"  # by a comparison of the cell's: what was not chosen is not forgotten
        if found_number is not None and not chosen:
            return found_number, ()
        if self.constants is None:
            raise ValueError(f"{describe(node)} is an array without a name: ar.constant(array, name=...) gives it one")
        return self.constants.symbol(node), node.shape

    def root(self, node: Tensor) -> e.Expr:
        """The definition of a named quantity: as many numbers as it has."""
        if node in self.names and node not in self.found:
            return self.names[node]
        return self.whole(*self.found[node], node.shape)[0]


def make(array: np.ndarray) -> Tensor:
    """An array as a constant."""
    from autograd_rnn.engine.tensor import constant

    return constant(array)


def read(
    roots: Iterable[Tensor],
    names: Mapping[Tensor, e.Expr],
    counts: Mapping[int, str],
    constants: Constants | None = None,
    opaque: Mapping[Tensor, Opaque] | None = None,
) -> dict[Tensor, e.Expr]:
    """The definition of every root: its own operation over its inputs, where named inputs stand by their names and unnamed ones by
    their definitions in turn. ``counts``: {length: letter} of the sequences; ``constants`` names the constant arrays (without it there
    may be none); ``opaque``: the vjps that cannot be read.

    Raises ValueError for a constant array where there is no name for it.
    """
    wanted = dict.fromkeys(roots)
    reader = Reader(names, counts, constants, opaque)
    seen: set[Tensor] = set()
    stack = list(wanted)
    while stack:  # down to what has a name
        node = stack.pop()
        if node not in seen and (node in wanted or node not in names):
            seen.add(node)
            stack += reader.needs(node)
    for node in sorted(seen, key=lambda node: node.id):
        reader.found[node] = reader.defined(node)
    return {root: reader.root(root) for root in wanted}


class Teller(NamedTuple):
    """What tells how a tensor is made of others: by their ``names``, and ``constants`` for those without; of a ``batch`` as it is for each
    sequence."""

    names: Mapping[Tensor, e.Expr]
    constants: Constants | None = None
    batch: bool = False

    def tell(self, node: Tensor) -> e.Expr:
        """The definition of a tensor by the named ones."""
        found = read([node], self.names, {}, self.constants)[node]
        return e.transformed(found, of_one) if self.batch else found
