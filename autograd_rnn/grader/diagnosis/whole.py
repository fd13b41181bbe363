"""A course's function as it is right, and with every known mistake in it by itself: all that it returns, in the course's arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.grader.cases import Case
from autograd_rnn.grader.computing import CELLS
from autograd_rnn.grader.diagnosis.columns import PAD, World
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.forward import everywhere
from autograd_rnn.grader.diagnosis.holding import row
from autograd_rnn.grader.diagnosis.programs import Values, programs
from autograd_rnn.grader.diagnosis.recursion import Recursion, places, recursion, settled

SEEN = 1e-7  # what a tolerance lets pass


class Mistake(NamedTuple):
    """One mistake: its sentence, the equation that it is in, and what is computed with it. ``values``: the numbers that its equations ask
    for beside those of a call; ``over``: as of an `Edit`."""

    sentence: str
    equation: e.Equation
    equations: tuple[e.Equation, ...]
    rank: int = 2
    over: str = "sum"
    values: Callable[[World], Values] = lambda world: {}

    @property
    def place(self) -> str:
        """The quantity whose equation it is in."""
        return show(self.equation.left, "text")


class Slip(NamedTuple):
    """A mistake that is in no equation of a net: in an output, ``place``, as it is read or looked up."""

    sentence: str
    place: str


class Whole:
    """The numbers of one draw."""

    def __init__(self, case: Case):
        self.case, self.computation = case, case.computation
        c = self.computation
        self.model: Recursion = recursion(CELLS[c.kind], c.what, tuple(c.options.items()))
        world = self.model.world(c, self.model.values(c, case.given, case.upstream, case.outputs))
        self.world = settled(world, self.model.forward)

    def forward(self, mistake: Mistake | None = None) -> dict[str, np.ndarray]:
        """The states that it returns, by their names."""
        world = settled(self.world, list(mistake.equations if mistake is not None else self.model.forward))
        c = self.computation
        return {name: self._theirs(world.values[c.spec.names[name], False][PAD:-PAD]) for name in c.states}

    def backward(self, mistake: Mistake | None = None) -> dict[str, np.ndarray]:
        """The gradients that it returns, by the argument."""
        return self.gradients(self.world, mistake, self.computation.weights, self.computation.leaves)

    def gradients(self, world: World, mistake: Mistake | None, arrays: Collection[str], leaves: Collection[str]) -> dict[str, np.ndarray]:
        """Gradients of some weights and of some of what else is taken, after a forward pass."""
        equations = mistake.equations if mistake is not None else tuple(self.model.equations)
        world = world if mistake is None else world.but(mistake.values(world))
        world = settled(world, [q for q in equations if q.left.time == e.Time("t", 0) and q.left.name != "x"])
        rights = {q.left: q.right for q in equations}
        over = {mistake.equation.left: mistake.over} if mistake is not None else {}

        def value(left: e.Sym, *shape: int) -> np.ndarray:
            return row(world, rights[left], np.empty(shape), over.get(left, "sum"))

        c, found = self.computation, {}
        for array in arrays:
            shape = (c.weights | c.readout)[array]
            flat = np.empty(int(np.prod(shape)))
            for name, place in places(c)[array].items():
                flat[place] = value(e.Sym(name, None, True), *place.shape)
            found[array] = flat.reshape(shape) * c.share(array)
        T, N = self.model.sizes(c)
        for name in leaves:
            if c.meaning(name) == "x":
                found[name] = self._theirs(value(e.Sym("x", e.Time("t", 0), True), T, c.sizes["D"], N))
            else:
                state = e.Sym(c.meaning(name).removesuffix("_0"), e.Time("", 0), True)
                found[name] = c.theirs(value(state, c.sizes["H"], N).T)
        return found

    def sees(self, mistake: Any) -> bool:
        """Whether anything that a backward pass returns is another number, or none, with a mistake."""
        try:
            return differ(self.backward(mistake), self.true)
        except ValueError:  # shapes that do not fit
            return True

    @functools.cached_property
    def true(self) -> dict[str, np.ndarray]:
        """What a right backward pass returns."""
        return self.backward()

    def _theirs(self, steps: np.ndarray) -> np.ndarray:
        """(step, element, sequence) in the course's layout."""
        rows = steps.swapaxes(1, 2)
        return self.computation.theirs(rows if self.model.what == "sequence" else rows[0])

    def mistakes(self) -> Iterator[Any]:
        """Every known mistake of a backward pass."""
        equations = tuple(self.model.equations)
        yield from self._edited(equations)
        for program in programs(self.model, *self.model.sizes(self.computation)):
            yield Mistake(program.sentence, equations[0], program.equations, 1, "sum", program.values)

    def forward_mistakes(self) -> Iterator[Mistake]:
        """Every known mistake of a forward pass."""
        equations = tuple(self.model.forward)
        yield from (mistake for mistake in self._edited(equations) if mistake.over == "sum")
        for sentence, rank, put, owner in everywhere(self.model):
            yield Mistake(sentence, owner, tuple(q._replace(right=put.get(q.left, q.right)) for q in equations), rank)

    def _edited(self, equations: tuple[e.Equation, ...]) -> Iterator[Mistake]:
        """Some equations with every known mistake in one of them."""
        for q in equations:
            for edit in editor(self.model).all(q):
                changed = tuple(x._replace(right=edit.right) if x is q else x for x in equations)
                yield Mistake(edit.sentence, q, changed, edit.rank, edit.over)


def differ(got: Mapping[str, np.ndarray], true: Mapping[str, np.ndarray]) -> bool:
    """Whether any of what is true came back as other numbers, or as none."""
    return any(not (np.abs(got[name] - true[name]).max(initial=0.0) <= SEEN * np.abs(true[name]).max(initial=1e-300)) for name in true)
