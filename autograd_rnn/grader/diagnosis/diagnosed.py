"""What explains an answer, in words, as a formula, as a picture and as the line of a derivation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import autograd_rnn
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.grader.computing import CELLS
from autograd_rnn.grader.diagnosis.recursion import recursion
from autograd_rnn.nets.model import Model

if TYPE_CHECKING:
    from autograd_rnn.drawing import Picture


class Net(NamedTuple):
    """A kind of net, small, whose derivation has the line that is wrong."""

    kind: str
    options: tuple[tuple[str, Any], ...] = ()
    task: str = "many-to-many"

    def model(self) -> Model:
        """A new one."""
        return Model(CELLS[self.kind](2, 3, seed=0, **dict(self.options)), output_size=4, task=self.task)


class Diagnosis(NamedTuple):
    """What explains an answer. ``sentence``: the likeliest reading; ``also``: others of the same numbers; ``where``: the equation that is
    wrong and the step at which it shows first; ``first_wrong``: that step, counted in the sequence, or None; ``outputs``: what it explains;
    ``formula`` and ``latex``: the equations as they have to be; ``left``: what the first of them is for, in the derivation of ``net``."""

    sentence: str
    also: tuple[str, ...]
    where: str
    first_wrong: int | None
    outputs: tuple[str, ...]
    formula: str
    latex: str
    left: e.Sym | None = None
    net: Net | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        held = {name: value for name, value in self._asdict().items() if name not in ("left", "net")}
        return held | {"also": list(self.also), "outputs": list(self.outputs), "place": self.place}

    @property
    def place(self) -> dict[str, Any] | None:
        """Where it stands in which net, as JSON holds it; None of what is no net."""
        if self.net is None or self.left is None:
            return None
        return {"cell": self.net.kind, "options": dict(self.net.options), "quantity": show(self.left, "text")}

    def model(self) -> Model:
        """A small net whose derivation has the line that is wrong. Raises ValueError for a word embedding, which is no net."""
        return self._net().model()

    def step(self) -> Any:
        """A walk through the derivation (`autograd_rnn.step`) that stands at the line that is wrong. Raises ValueError for a word
        embedding."""
        walk, name = autograd_rnn.step(self.model()), show(self.left, "text") if self.left is not None else ""
        walk.goto(number=next(k for k, line in enumerate(walk, 1) if line.name == name))
        return walk

    def draw(self) -> Picture:
        """The net unfolded, with the edge, the gate or the weights marked whose equation is wrong. Raises ValueError as `model` does."""
        net, left = self._net(), self.left
        assert left is not None
        return drawn(net, left, self.first_wrong)

    def _net(self) -> Net:
        if self.net is None or self.left is None:
            raise ValueError("a word embedding is no net whose derivation is walked through: diagnosis.formula is all of it")
        return self.net


def at_place(place: dict[str, Any], t: int | None) -> Picture:
    """The picture of a place that was written down. Raises LookupError where there is none such."""
    net = Net(place["cell"], tuple(place["options"].items()))
    model = recursion(CELLS[net.kind], "sequence", net.options, "L")
    lefts = {show(q.left, "text"): q.left for q in (*model.forward, *model.equations)}
    return drawn(net, lefts[place["quantity"]], t)


def drawn(net: Net, left: e.Sym, t: int | None) -> Picture:
    """The picture of a place in a net. A class makes the same mistakes: each is drawn once."""
    from autograd_rnn.grader.diagnosis.pictured import STEPS

    return _drawn(net, left, None if t is None else min(t, STEPS))


@functools.lru_cache(maxsize=256)
def _drawn(net: Net, left: e.Sym, t: int | None) -> Picture:
    from autograd_rnn.grader.diagnosis.pictured import pictured

    return pictured(net.model(), left, t)
