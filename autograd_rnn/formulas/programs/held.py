"""What a program that is run holds: quantities by their steps, zeros of no known size, and how much of it there may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from autograd_rnn.formulas.evaluate import Value

LARGEST, HELD_IN_ALL = 4096, 1 << 16  # numbers in a value, and the largest whole number; values in lists of lists of arrays


class Stopped(Exception):
    """What this does not run; says why."""


class Missing(Stopped):
    """A name that nothing has given a value."""


class Steps(dict[int, Value]):
    """The values of a quantity by its steps as a program counts them. ``length``: how many the sequence has; ``adjoint``: it is 0 beyond
    the ends, and before a program has made it; ``first``: the step that a loop over it begins with; ``bare``: a program that never
    says of which step means by its name the one of the loop."""

    def __init__(self, known: Mapping[int, Value], length: int, adjoint: bool, first: int = 0, bare: bool = True):
        super().__init__(known)
        self.length, self.adjoint, self.first, self.bare = length, adjoint, first, bare
        self.asked = set[str]()  # for how many it has, or for what it has beyond those

    def __getitem__(self, step: int) -> Value:
        value = super().__getitem__(step)
        return value if self.first <= step < self.first + self.length or self.adjoint else self.said("beyond", value)

    def said(self, what: str, value: Value) -> Value:
        """A value, unless the steps are counted without the state before the first that is asked for."""
        self.asked.add(what)
        if len(self.asked) > 1:
            raise IndexError("with the state before the first step there is one more")
        return value

    def __missing__(self, step: int) -> Value:
        if self.adjoint:
            return np.float64(0)
        last = max(self, default=0)
        exact = np.asarray(self.get(last, 0)).dtype == object
        if step == last + 1 and np.ndim(self.get(last, 0)) and not exact:  # of arrays with one more: any, which what is 0 there takes away
            return self[last] * 1.3 + 0.37
        raise Stopped(f"there is no step {step}")


ONE_STEP = "one step is meant, and this is all of them"
UNMADE = object()  # what a name is that a line makes, before it does


class Zeros(np.float64):
    """Zeros of a size that is not known."""


@dataclass(frozen=True)
class Maker:
    """What makes records with these names."""

    names: list[str]


@dataclass(frozen=True)
class Own:
    """A function of the program. ``names``: those of where it stands; ``defaults``: what its last ones are that a call says nothing of."""

    node: ast.FunctionDef | ast.Lambda
    names: dict[str, Value]
    defaults: list[Value]


class Record(dict[str, Value]):
    """What has its parts by name, in order."""


def bulk(x: Value) -> int:
    """How many values there are in a list, and in those in it."""
    count, left = 0, [x]
    while left:
        one = left.pop()
        inner = [*one.values()] if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ()
        count += len(inner) + getattr(one, "size", 0)
        left += inner
        if count > HELD_IN_ALL:
            raise Stopped(f"more than {HELD_IN_ALL:,} in lists are too many to run this")
    return count


def parts(values: list[Value]) -> Iterator[tuple[Value, Value]]:
    """What there is in lists and dictionaries, and in those in them, each with its key, if it has one."""
    left: list[tuple[Value, Value]] = [(None, x) for x in values if bulk(x) >= 0]
    while left:
        key, x = left.pop()
        if isinstance(x, (list, tuple, dict)):
            left += x.items() if isinstance(x, dict) else ((key, y) for y in x)
        else:
            yield key, x


def is_zero(x: Value) -> bool:
    """Whether it is a plain number 0."""
    return isinstance(x, (int, float)) and x == 0


def beside(a: Value, b: Value) -> Value:
    """The product of what stands side by side: of matrices, where their shapes fit, else of numbers."""
    if is_zero(a) or is_zero(b):
        return np.float64(0)
    return a @ b if np.ndim(a) and np.ndim(b) and np.shape(a)[-1:] == np.shape(b)[:1] and np.shape(a) != np.shape(b) else a * b
