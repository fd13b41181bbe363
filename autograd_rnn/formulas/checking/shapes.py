"""Shapes with letters: W_hh is (H, H) and x_t is (D,) whatever their numbers are, as far as the forward equations say so.

Two lengths get one letter only where an equation forces them to be equal, so that a formula which happens to fit because H = D
still does not pass.
"""

from __future__ import annotations

import functools
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.operations import elementwise
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.system import PROBABILITY, SCORE, System, quantities

Shape = tuple[str, ...]
LETTERS = {"input": "D", "state": "H", "score": "K", "probability": "K", "target": "K", "inner": "H"}  # the first to need one gets it


class Lengths:
    """Which of the lengths of a net's arrays are one and the same. A length is known by (name, place)."""

    def __init__(self, sizes: dict[str, tuple[int, ...]]):
        self.sizes = sizes
        self.same: dict[Any, Any] = {}
        self.parts: dict[Any, dict[tuple[int, int], Any]] = {}  # of a stacked vector the lengths of its parts, by their rows

    def root(self, length: Any) -> Any:
        """The one length that stands for all that are equal to this one."""
        while length in self.same:
            length = self.same[length]
        return length

    def size(self, length: Any) -> int | None:
        """How long it is; None where it is no length of a name."""
        name, place = length if isinstance(length[0], str) else ("", 0)
        shape = self.sizes.get(name, ())
        return shape[place] if place < len(shape) else None

    def join(self, a: Any, b: Any) -> None:
        """Two lengths are equal, unless one is repeated along the other; a name stands for a sum of lengths, never the other way."""
        a, b = self.root(a), self.root(b)
        if a != b and (self.size(a) == self.size(b) or None in (self.size(a), self.size(b))):
            first, second = (a, b) if isinstance(a[0], str) else (b, a)
            self.same[first] = second

    def broadcast(self, parts: list[Any]) -> Any:
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

    def node(self, x: Any, parts: list[Any]) -> Any:
        """The lengths of a node from its parts', joining what the node forces to be equal; None where it does not say."""
        match x:
            case e.Sym(name):
                return tuple((name, place) for place in range(len(self.sizes.get(name, ()))))
            case e.Add() | e.Mul() | e.Quotient():
                return self.broadcast(parts)
            case e.Call(name) if elementwise(name) or x.by is not None and not x.back:
                return self.broadcast(parts)
            case e.Call("cumsum" | "cumprod" | "flip" | "sort", _, _) if parts[0] and len(parts[0]) == 1 and not x.back:
                return parts[0]  # a vector keeps its length
            case e.Call("inv") if parts[0] and not x.back:
                return parts[0][::-1]
            case e.Call(_, _, options) if options.given.get("axis", ...) is None and not options.given.get("keepdims"):
                return ()
            case e.Fn("sum") | e.Num():
                return ()
            case e.Call():
                return None
            case _ if None in parts:
                return None
            case e.MatMul():
                self.join(parts[0][1], parts[1][0])
                return parts[0][:1] + parts[1][1:]
            case e.Part(e.Sym(name), start, stop):
                return (self.parts.setdefault(self.root(parts[0][0]), {}).setdefault((start, stop), (f"{name}[{start}:{stop}]", 0)),)
            case e.Transpose():
                return parts[0][::-1]
            case e.Outer():
                return parts[0] + parts[1]
            case e.Column():
                return (tuple(self.root(part[0]) for part in parts),)
            case e.Fn():
                return parts[0]
        return ((f"{x!r}", 0),)

    def stack(self) -> None:
        """A vector whose parts fill it is as long as they are together."""
        for whole, parts in self.parts.items():
            rows = sorted(parts)
            ends = [0, *(stop for _, stop in rows)]
            if [start for start, _ in rows] == ends[:-1] and ends[-1] == self.size(self.root(whole)) and len(rows) > 1:
                self.same[self.root(whole)] = tuple(self.root(parts[place]) for place in rows)

    def value(self, x: Any) -> Any:
        """The lengths of an expression."""
        done: dict[Any, Any] = {}
        stack = [x]
        while stack:
            inside = e.children(stack[-1])
            waiting = [part for part in inside if part not in done]
            if waiting:
                stack += waiting
                continue
            node = stack.pop()
            done[node] = self.node(node, [done[part] for part in inside])
        return done[x]


class Shapes:
    """Each name's shape in letters, and the length that each letter has in the model.

    >>> from autograd_rnn.formulas.checking.shapes import shapes
    >>> found = shapes(derive(Model(RNN(3, 3), output_size=3)))
    >>> found.names["W_xh"], found.names["h"], found.names["W_hy"], found.sizes
    (('H', 'D'), ('H',), ('K', 'H'), {'H': 3, 'D': 3, 'K': 3})
    """

    def __init__(self, derivation: System):
        run = derivation.specimen(3, 3)
        found = {q.name: q for q in quantities(run).values()} | {q.name: q for q in quantities(run).values() if q.step is not None}
        arrays: dict[str, tuple[int, ...]] = {q.name: node.shape for node, q in quantities(run).items() if q.role != "loss"}
        arrays.setdefault(PROBABILITY, arrays[SCORE])
        arrays |= {name: value.shape for name, value in derivation.constants.items()}
        self.roles = {name: q.role for name, q in found.items()} | {PROBABILITY: "probability"}
        self.roles |= dict.fromkeys(derivation.constants, "parameter")
        lengths = Lengths(arrays)
        for equation in derivation.forward:
            left, right = (lengths.value(side) for side in (equation.left, equation.right))
            for a, b in zip(left or (), right or (), strict=False):
                lengths.join(a, b)
        for name, shape in arrays.items():
            if self.roles[name] in ("score", "probability", "target") and len(shape) == 1:
                lengths.join((name, 0), (SCORE, 0))  # scores, probabilities and vector targets
        lengths.stack()
        self.parameters = {name for name, role in self.roles.items() if role == "parameter"}
        self.classes = lengths.root((SCORE, 0))
        self.letters = self._letters(lengths)
        self.names = {name: tuple(self.letters[lengths.root((name, k))] for k in range(len(shape))) for name, shape in arrays.items()}
        shared = [letter for shape in self.names.values() for letter in shape]
        for name in run.parameters:  # a vector of one element that is as long as nothing else is a number
            if arrays.get(name) == (1,) and shared.count(self.names[name][0]) == 1:
                self.names[name], arrays[name] = (), ()
        self.sizes = {letter: n for name, shape in self.names.items() for letter, n in zip(shape, arrays[name], strict=True)}
        order = {"H": 0, "D": 1, "K": 2}
        self.sizes = dict(sorted(self.sizes.items(), key=lambda item: (order.get(item[0][0], 3), item[0])))

    def _letters(self, lengths: Lengths) -> dict[Any, str]:
        """A letter for each length: D, H, K, with the layer's tag where there are several."""
        places = [(name, k) for name, shape in lengths.sizes.items() for k in range(len(shape))]
        order = [*LETTERS, "parameter"]
        places.sort(key=lambda place: order.index(self.roles[place[0]]))
        letters: dict[Any, str] = {}
        shared = {role: {lengths.root(p) for p in places if self.roles[p[0]] == role} for role in ("input", "state")}
        several = {LETTERS[role] for role, roots in shared.items() if len(roots) > 1}
        for name, k in places:
            root = lengths.root((name, k))
            if root in letters or not isinstance(root[0], str):
                continue
            letter = LETTERS.get(self.roles[name], "")
            letter += name_of(name).tag if letter in several else ""
            letters[root] = letter if letter and letter not in letters.values() else f"{name}{k + 1}"
        for place in places:
            root = lengths.root(place)
            if root not in letters:
                parts = [letters.get(lengths.root(part)) for part in root]  # rows that are nothing by themselves have no letter
                letters[root] = "+".join(map(str, parts)) if all(parts) else f"{place[0]}{place[1] + 1}"
        return letters


@functools.lru_cache(maxsize=8)
def shapes(derivation: System) -> Shapes:
    """The shapes of a derivation's quantities and parameters in letters."""
    return Shapes(derivation)


def written(shape: Shape | None, row: bool = False) -> str:
    """``(H,)``, ``(H,D)``, ``(1,H)`` for a row, ``a number``."""
    if shape is None:
        return "?"
    if row:
        return f"(1,{shape[0]})"
    return "a number" if not shape else f"({shape[0]},)" if len(shape) == 1 else f"({','.join(shape)})"
