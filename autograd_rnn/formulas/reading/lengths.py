"""Which lengths of a net's arrays are one and the same, as far as its equations force them to be."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.elementwise import elementwise
from autograd_rnn.engine.rule import OPS


class Place(NamedTuple):
    """A length by the name of an array, and which of its axes it is."""

    name: str
    axis: int


Length = Place | tuple["Length", ...]  # or the lengths that it is the sum of
Found = tuple[Length, ...] | None


class Lengths:
    """Which of the lengths of a net's arrays are one and the same. A length is known by its `Place`."""

    def __init__(self, sizes: dict[str, tuple[int, ...]]):
        self.sizes = sizes
        self.same: dict[Length, Length] = {}
        self.count = itertools.count()  # a length that has no name is like no other until an equation joins it
        self.parts: dict[Length, dict[tuple[int, int], Length]] = {}  # of a stacked vector the lengths of its parts, by their rows

    def root(self, length: Length) -> Length:
        """The one length that stands for all that are equal to this one."""
        while length in self.same:
            length = self.same[length]
        return length

    def size(self, length: Length) -> int | None:
        """How long it is; None where it is no length of a name."""
        if not isinstance(length, Place):
            return None
        shape = self.sizes.get(length.name, ())
        return shape[length.axis] if length.axis < len(shape) else None

    def join(self, a: Length, b: Length) -> None:
        """Two lengths are equal, unless one is repeated along the other; a name stands for a sum of lengths, never the other way."""
        a, b = self.root(a), self.root(b)
        if a != b and (self.size(a) == self.size(b) or None in (self.size(a), self.size(b))):
            silent = isinstance(b, Place) and self.size(b) is None  # says nothing of itself, and would then join with anything
            first, second = (a, b) if isinstance(a, Place) and not silent else (b, a)
            self.same[first] = second

    def broadcast(self, parts: list[Found]) -> Found:
        """The lengths of what is taken element by element."""
        shaped = [part for part in parts if part]
        most = max(map(len, shaped), default=0)
        widest = max(
            (part for part in shaped if len(part) == most), key=lambda part: [self.size(self.root(k)) or 0 for k in part], default=()
        )
        for other in shaped:
            if len(other) == most:
                for a, b in zip(widest, other, strict=True):
                    self.join(a, b)
        return None if not shaped and None in parts else widest

    def node(self, x: e.Expr, parts: list[Found]) -> Found:
        """The lengths of a node from its parts', joining what the node forces to be equal; None where it does not say."""
        match x:
            case e.Sym(name):
                return tuple(Place(name, axis) for axis in range(len(self.sizes.get(name, ()))))
            case e.Add() | e.Mul() | e.Quotient():
                return self.broadcast(parts)
            case e.Call(name) if elementwise(OPS[name], x.options.given) or x.by is not None and not x.back:
                return self.broadcast(parts)
            case e.Call("inv") if parts[0] and not x.back:
                return parts[0][::-1]
            case e.Call() if not x.back and (whole := reduces(x)) is not None:
                return () if whole else max(filter(None, parts), key=len, default=None)
            case e.Ones(shape):
                return tuple(Place(f"ones {next(self.count)}", 0) for _ in shape)
            case e.Fn("sum") | e.Num():
                return ()
            case e.Call():
                return None
            case e.MatMul() if parts[0] and parts[1] is None:  # of how many rows it is said in any case
                return parts[0][:1]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        match x:
            case e.MatMul():
                self.join(known[0][1], known[1][0])
                return known[0][:1] + known[1][1:]
            case e.Part(e.Sym(name), start, stop):
                return (self.parts.setdefault(self.root(known[0][0]), {}).setdefault((start, stop), Place(f"{name}[{start}:{stop}]", 0)),)
            case e.Transpose():
                return known[0][::-1]
            case e.Outer():
                return known[0] + known[1]
            case e.Column():
                return (tuple(self.root(part[0]) if part else Place("1", 0) for part in known),)
            case e.Fn():
                return known[0]
        return (Place(f"{x!r}", 0),)  # rows of something

    def stack(self) -> None:
        """A vector whose parts fill it is as long as they are together."""
        for whole, parts in self.parts.items():
            rows = sorted(parts)
            ends = [0, *(stop for _, stop in rows)]
            if [start for start, _ in rows] == ends[:-1] and ends[-1] == self.size(self.root(whole)) and len(rows) > 1:
                self.same[self.root(whole)] = tuple(self.root(parts[place]) for place in rows)

    def value(self, x: e.Expr) -> Found:
        """The lengths of an expression."""
        return e.upward(x, e.children, self.node)[x]


def reduces(x: e.Call) -> bool | None:
    """Whether an operation makes one number of vectors or matrices, or (False) something of the shape of its largest one, whatever their
    lengths are; None for neither. Tried out on longer ones: an index that happens to be as long as what it takes from is found out."""
    sizes = [tuple(length + 1 for length in shape) for shape in x.shapes]
    try:
        with np.errstate(all="ignore"):
            found = np.shape(OPS[x.name].forward(*(np.full(size, 0.5) for size in sizes), **x.options.given))
    except (ValueError, IndexError, TypeError):
        return None
    return {(): True, (1,): True, max(sizes, key=len, default=None): False}.get(found)
