"""Equations over all steps and sequences at once: a quantity is one array, (step, element, sequence), and what several rewritings of an
equation have in common is worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import function

PAD = 3  # steps beyond either end that a wrong index reaches
Key = tuple[str, bool]  # a quantity, or its adjoint
SOFTMAX = {"softmax": (1,), "softmax of the batch": (2,), "softmax of all": (1, 2)}  # by what is added up: classes, sequences
BEFORE, TOGETHER = "of the sequence before", "of all sequences"  # of a batch: shifted by one, with zeros for the first; added up
SHIFTED = {  # how often the largest score is added in the numerator and in the denominator, by the name of such a softmax
    f"softmax with {above} and {below} of its largest score": (above, below) for above, below in ((-1, 0), (0, -1), (1, -1), (-1, 1))
}
BY_MEAN = "softmax by the mean"
NOTHING = np.asarray(np.nan)  # of what cannot be worked out: it is nobody's answer


class Code:
    """Expressions taken apart into numbered nodes, each once, parts before wholes. It depends on no numbers and serves every answer."""

    def __init__(self) -> None:
        self.ids: dict[e.Expr, int] = {}
        self.nodes: list[tuple[e.Expr, tuple[int, ...]]] = []
        self.orders: list[tuple[int, ...]] = []  # by node: what is to be worked out, itself last
        self.names: list[frozenset[Key]] = []  # by node: the quantities in it

    def __getitem__(self, x: e.Expr) -> int:
        """The number of an expression."""
        found = self.ids.get(x)
        if found is not None:
            return found
        stack = [x]
        while stack:
            node = stack[-1]
            if node in self.ids:
                stack.pop()
                continue
            parts = e.children(node)
            if waiting := [part for part in parts if part not in self.ids]:
                stack += waiting
                continue
            inside = tuple(self.ids[part] for part in parts)
            self.ids[node] = len(self.nodes)
            self.nodes.append((node, inside))
            below = () if isinstance(node, e.Sum) else {k for part in inside for k in self.orders[part]}
            self.orders.append((*sorted(below), self.ids[node]))
            own = {(node.name, node.adjoint)} if isinstance(node, e.Sym) else set()
            self.names.append(frozenset(own.union(*(self.names[part] for part in inside))))
        return self.ids[x]


class World:
    """The numbers of one reading. ``values``: by quantity, (T + 2 PAD, element, sequence) from step 1 - PAD on; a weight is a matrix, a
    bias a column."""

    def __init__(self, code: Code, T: int, N: int, values: Mapping[Key, np.ndarray]):
        self.code, self.T, self.N, self.values = code, T, N, dict(values)
        self.known: dict[tuple[int, int], dict[int, Any]] = {}  # by window of steps, by node
        self.before: World | None = None
        self.changed: frozenset[Key] = frozenset()

    def but(self, values: Mapping[Key, np.ndarray]) -> World:
        """Another world, in which some quantities are others. What does not ask for them is not worked out again."""
        other = World(self.code, self.T, self.N, self.values | dict(values))
        other.before, other.changed = self, frozenset(values)
        return other

    def put(self, key: Key, value: np.ndarray) -> None:
        """Give a quantity of this world another number, before any world comes from it. What asked for it is worked out again."""
        self.values[key] = value
        self.changed |= {key}
        for known in self.known.values():
            for k in [k for k in known if key in self.code.names[k]]:
                del known[k]

    def home(self, k: int) -> World:
        """The first of the worlds that this one comes from in which a node has the numbers that it has here."""
        world, names = self, self.code.names[k]
        while world.before is not None and names.isdisjoint(world.changed):
            world = world.before
        return world

    def alone(self, column: int) -> World:
        """The world of one sequence of the batch."""
        cut = {key: x[..., [column]] if x.ndim == 3 and x.shape[-1] > 1 else x for key, x in self.values.items()}
        return World(self.code, self.T, 1, cut)

    def value(self, x: e.Expr | int, first: int = 1, last: int | None = None) -> Any:
        """An expression, or the one of this number, at each step from first to last, or at none where it has no steps."""
        return self.several([x if isinstance(x, int) else self.code[x]], first, self.T if last is None else last)[0]

    def several(self, roots: list[int], first: int, last: int) -> list[Any]:
        """The same of many, by their numbers. What several worlds have in common is worked out once."""
        window, code = (first, last), self.code
        known = self.known.setdefault(window, {})
        missing = [root for root in roots if root not in known]
        for root in list(missing):
            there = self.home(root)
            if there is not self and root in there.known.get(window, ()):
                known[root] = there.known[window][root]
                missing.remove(root)
        for k in sorted({k for root in missing for k in code.orders[root]} - known.keys()):
            node, parts = code.nodes[k]
            shared = self.home(k).known.setdefault(window, {}) if parts else known
            if k not in shared:
                try:
                    if isinstance(node, e.Sum):
                        shared[k] = self.sum(node, parts[0])
                    else:
                        shared[k] = self.node(node, [known[p] for p in parts], first, last)
                except (ValueError, KeyError, IndexError, TypeError):  # a mistake may have no shape, or no step
                    shared[k] = NOTHING
            known[k] = shared[k]
        return [known[root] for root in roots]

    def index(self, time: e.Time) -> int:
        """A step that is named by a number or by the last one, as a place in the arrays."""
        return time.offset + (self.T if time.base else 0) - 1 + PAD

    def sum(self, x: Any, of: int) -> Any:
        """A sum over steps."""
        first, last = (self.index(time) + 1 - PAD for time in (x.first, x.last))
        value = self.value(of, first, last)
        return value.sum(axis=0) if np.ndim(value) == 3 else value * (last - first + 1)

    def node(self, x: Any, parts: list[Any], first: int, last: int) -> Any:
        """One node's numbers from its parts'."""
        match x:
            case e.Sym(name, time, adjoint):
                value = self.values[name, adjoint]
                if time is None:
                    return value
                if time.base != "t":
                    return value[self.index(time)]
                start = time.offset + first - 1 + PAD
                return value[start : start + last - first + 1]
            case e.Num(number, text):
                return np.asarray(1 / self.T if text == "1/T" else self.T if text == "T" else number)
            case e.Add():
                return sum(parts[1:], parts[0])
            case e.Mul():
                product = parts[0]
                for part in parts[1:]:
                    product = product * part
                return product
            case e.MatMul():
                return parts[0] @ parts[1] if parts[0].ndim and parts[1].ndim else parts[0] * parts[1]
            case e.Transpose():
                return parts[0].swapaxes(-1, -2) if parts[0].ndim else parts[0]
            case e.Outer():
                return parts[0] @ parts[1].swapaxes(-1, -2)  # adds up over the batch, as a gradient of shared weights does
            case e.Quotient():
                return parts[0] / parts[1]
            case e.Fn(name) if name == BEFORE:
                return np.concatenate([np.zeros_like(parts[0][..., :1]), parts[0][..., :-1]], axis=-1)
            case e.Fn(name) if name == TOGETHER:
                return parts[0].sum(axis=-1, keepdims=True)
            case e.Fn("onehot"):
                return parts[0]  # a class is held as its column
            case e.Fn(name) if name in SOFTMAX:
                raised = np.exp(parts[0] - parts[0].max(axis=SOFTMAX[name], keepdims=True))
                return raised / raised.sum(axis=SOFTMAX[name], keepdims=True)
            case e.Fn(name) if name == BY_MEAN:
                raised = np.exp(parts[0] - parts[0].max(axis=1, keepdims=True))
                return raised / raised.mean(axis=1, keepdims=True)
            case e.Fn(name) if name in SHIFTED:
                above, below = (np.exp(parts[0] + k * parts[0].max(axis=1, keepdims=True)) for k in SHIFTED[name])
                return above / below.sum(axis=1, keepdims=True)
            case e.Fn(name):
                return function(name)(parts[0])
        return NOTHING


def padded(steps: np.ndarray, before: np.ndarray | None = None, adjoint: bool = False) -> np.ndarray:
    """A quantity's steps 1 to T with what an index beyond them finds: of an adjoint zeros; else before the first step the last ones, as a
    list in Python gives them, with the state before the first step in its place, and after the last step that again."""
    T = len(steps)
    if adjoint:
        ends = np.zeros((PAD, *steps.shape[1:]))
        return np.concatenate([ends, steps, ends])
    early = steps[(np.arange(-PAD, 0)) % T].copy()
    if before is not None:
        early[-1] = before
    return np.concatenate([early, steps, steps[[-1] * PAD]])
