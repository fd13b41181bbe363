"""`step`: walk through a derivation, one move at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd_rnn.engine.checks import string, switch, whole
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.paths import LISTED
from autograd_rnn.limits import at_most
from autograd_rnn.nets.given import size
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen
from autograd_rnn.steps.asking.numeric import Values
from autograd_rnn.steps.asking.proposal import judged
from autograd_rnn.steps.asking.tape_paths import tape_paths
from autograd_rnn.steps.asking.why import Why, why
from autograd_rnn.steps.asking.words import Words, words
from autograd_rnn.steps.search import Place, found, mentions, places, stretch
from autograd_rnn.steps.showing.picture import picture
from autograd_rnn.steps.step import Step
from autograd_rnn.steps.subject import Subject
from autograd_rnn.steps.walks.walk import Walk
from autograd_rnn.visible import class_of, shown

if TYPE_CHECKING:
    from autograd_rnn.formulas.checking.verdict import Verdict
    from autograd_rnn.steps.asking.quiz import Quiz


class Navigator:
    """A walk through how a gradient comes about. ``s.step`` is where it stands; every move returns the step that it leads to.

    Moves: ``next``, ``back``, ``goto``, ``until``, ``find``, ``step_in`` and ``up`` between the levels, ``play`` for all that follow.
    Questions: ``why``, ``where``, ``values``, ``paths``, ``check``, ``words``, ``quiz``. A move that leads nowhere raises ValueError with
    a sentence and leaves the position as it is. Made by `step`.
    """

    def __init__(self, subject: Subject, level: str | None = None):
        self.subject = subject
        self.level = subject.levels[0] if level is None else subject.walk(string("level", level)).level
        self.number = 1
        self._t: int | None = None  # the time to come back to when stepping in again
        self.note = ""

    # -- where one is -------------------------------------------------------------------------------------------------

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of this walk, from the coarsest."""
        return self.subject.levels

    @property
    def step(self) -> Step:
        """The current step."""
        return self.walk()[self.number - 1]._replace(note=self.note)

    @property
    def run(self) -> Run | None:
        """The run that is walked through; None for a single tensor."""
        return self.subject.run

    @property
    def title(self) -> str:
        """What is walked through, in a line."""
        return self.subject.title

    def walk(self, level: str | None = None) -> Walk:
        """All steps of a level (the current one): a sequence."""
        return self.subject.walk(self.level if level is None else string("level", level))

    def __len__(self) -> int:
        return len(self.walk())

    def __iter__(self) -> Iterator[Step]:
        return iter(self.walk())

    def __repr__(self) -> str:
        return str(self.step)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from autograd_rnn.steps.showing.present import bundle

        return bundle(self)

    def save(self, path: Any) -> None:
        """Write the whole walk as a page or a handout, by the path's ending: .html (one file, works offline), .md, .tex, .ipynb."""
        from autograd_rnn.steps.showing.export import save

        save(self, path)

    def where(self) -> str:
        """The breadcrumb and a line of the net's chain with "you are here".

        >>> s = step(Model(RNN(2, 3), output_size=4), steps=3, level="unrolled")
        >>> _ = s.goto(t=2, node="h")
        >>> print(s.where())
        [unrolled] step 18 of 31, t=2, sum over the 2 uses of h_2
        h_0 → h_1 → [h_2] → h_3
                      ▲ you are here: dh_2
        """
        step = self.step
        return "\n".join([f"[{step.level}] {step.crumb}", *picture(self.subject, step)])

    # -- moves --------------------------------------------------------------------------------------------------------

    def _move(self, number: int, level: str | None = None, note: str = "") -> Step:
        """The only place where the position changes."""
        self.level, self.number, self.note = level or self.level, number, note
        line = self.walk().lines[number - 1]
        self._t = line.t if line.t is not None else self._t
        return self.step

    def next(self, together: bool = False) -> Step:
        """The next step; ``together``: past all that are the same in form as one before, but for their t."""
        return self._on(1, together)

    def back(self, together: bool = False) -> Step:
        """The step before; ``together``: back to the last one that was the first of its form."""
        return self._on(-1, together)

    def _on(self, way: int, together: bool) -> Step:
        count, together = len(self.walk()), switch("together", together)
        if not 1 <= self.number + way <= count:
            end = f"this is the last step of {count}" if way > 0 else "this is the first step"
            raise ValueError(f"{end} of the {self.level} level: {'back' if way > 0 else 'next'}() goes the other way")
        if not together:
            return self._move(self.number + way)
        ahead = [k for k in self.walk().leaders if (k - self.number) * way > 0]
        target = (ahead[0] if way > 0 else ahead[-1]) if ahead else count if way > 0 else 1
        return self._move(target, note=stretch(self.walk(), self.number, target))

    def goto(self, t: int | None = None, node: str | None = None, number: int | None = None) -> Step:
        """The step with a number, or the first one at a time and of a quantity: ``goto(t=2, node="h")``, ``goto(node="dW_hh")``. A time
        leads from the equations in t to those of that t."""
        place = Place(t, node, number)
        level = self._level_of(place)
        return self._move(found(self.walk(level), place, 0), level)

    def until(self, t: int | None = None, node: str | None = None) -> Step:
        """On to the next step at a time, or of a quantity."""
        place = Place(t, node, None)
        level = self._level_of(place)
        return self._move(found(self.walk(level), place, self.number if level == self.level else 0), level)

    def _level_of(self, place: Place) -> str:
        """The current level; but the recursion holds for every t, so a given one is found a level below."""
        named = "" if place.node is None else string("node", place.node)
        here = {line.node for line in self.walk().lines}
        timed = places(named)[1] is not None and here.isdisjoint((named, named.removeprefix("d")))  # but dh_0 is in the recursion
        return "unrolled" if self.level == "recursion" and (place.t is not None or timed) else self.level

    def find(self, text: str) -> Step:
        """On to the next step whose equation, rule or quantity has the text in it; after the last one from the first again."""
        string("the text to find", text)
        number = mentions(self.walk(), text, [*range(self.number + 1, len(self.walk()) + 1), *range(1, self.number + 1)])
        if number is None:
            raise ValueError(f"no step of the {self.level} level has {shown(text)} in it")
        return self._move(number)

    def step_in(self) -> Step:
        """Down one level, to the first of the steps that this one consists of (at the t where one was last)."""
        at = self.levels.index(self.level)
        if at + 1 == len(self.levels):
            raise ValueError("this is the finest level: up() leads out again")
        below = self.walk(self.levels[at + 1])
        inside = below.children.get(self.number, [])
        if not inside:
            raise ValueError(f"{self.step.name} has no finer steps {self._without()}")
        same = [k for k in inside if below.lines[k - 1].t == self._t]
        return self._move((same or inside)[0], self.levels[at + 1])

    def _without(self) -> str:
        """Why a step has nothing inside."""
        if self.level == "recursion" and self.step.kind != "forward":
            return "in this run: what it is the adjoint of is a constant here, or no loss depends on it"
        return f"at the {self.levels[self.levels.index(self.level) + 1]} level"

    def up(self) -> Step:
        """Up one level, to the step that this one is a part of."""
        at, parent = self.levels.index(self.level), self.walk().lines[self.number - 1].parent
        if not at:
            why_not = f" ({self.subject.reason})" if self.subject.reason else ""
            raise ValueError(f"this is the coarsest level{why_not}: step_in() leads down")
        if parent is None:
            raise ValueError(f"{self.step.name} is no part of a step of the {self.levels[at - 1]} level")
        return self._move(parent, self.levels[at - 1])

    def play(self) -> Iterator[Step]:
        """This step and all that follow on this level; the position moves along."""
        yield self.step
        while self.number < len(self.walk()):
            yield self.next()

    # -- questions ----------------------------------------------------------------------------------------------------

    def why(self, step: Step | None = None) -> Why:
        """The rule of the current step (or of another one) in a sentence, and its small proof with indices."""
        if step is not None and not isinstance(step, Step):
            raise TypeError(f"why takes a step of this walk, not {shown(step)}")
        return why(self.subject, self.step if step is None else step)

    def words(self, name: str | None = None) -> Words:
        """What the signs, letters and words of this walk mean; or what one of them does: ``words("⊙")``, ``words("dh_2")``.

        >>> step(Model(RNN(2, 3), output_size=4)).words("dh_2")
        dh_2  the adjoint of h_2 (the hidden state): ∂L/∂h_2, of the same shape
        """
        return words(self.subject, name)

    def values(self) -> Values:
        """The current step's numbers with their shapes, and their check: the tape is run again from there with a changed value."""
        step = self.step
        if step.level == "recursion":
            raise ValueError("an equation for every t has no numbers of its own: step_in() shows it at one t")
        return Values(step, self.subject.check_numbers(step))

    def paths(self, limit: int = 20) -> Any:
        """Every path from the current quantity to the loss, with its product of derivatives and its share: through the quantities that
        the net's equations name (see `Derivation.paths`), or, without equations, through every tensor."""
        line = self.walk().lines[self.number - 1]
        at_most("paths to list", whole("limit", limit), LISTED)
        if self.subject.reason:
            node = next(node for node in self.subject.names.tape if self.subject.names.name(node) == line.node)
            return tape_paths(self.subject.sweep, node, limit)
        t, name = (line.t if line.t is not None else self._t), line.node
        names = {q.left.name for q in self.subject.derivation.equations}
        if self.level in ("op", "component") and not {name, places(name)[0]} & names:  # a quantity that the equations have no name for
            above = line.parent if self.level == "op" else self.walk("op").lines[(line.parent or 1) - 1].parent
            name = self.walk("unrolled").lines[(above or 1) - 1].node
        if name == "L":
            raise ValueError("every path ends in L: ask for the paths of a quantity on the way to it")
        if self.level == "recursion" and name in self.subject.derivation.letters:
            letter = self.subject.derivation.letters[name]
            name = f"{name}_{t if t is not None else self.subject.unrolling.system.last[letter] + self.subject.unrolling.ahead}"
        return self.subject.derivation.paths("L", name, limit=limit, run=self.subject.run)

    def check(self, text: str) -> Verdict:
        """Whether a line that you propose is right; if not, what is wrong with it. At a given t write ``da_2`` or ``da[2]``; without a
        left side the current step's is meant.

        >>> s = step(Model(RNN(2, 3), output_size=4), steps=3, level="unrolled")
        >>> s.check("da_2 = dh_2 * (1 - h_2**2)").equal
        True
        """
        return judged(self.subject, self.step, text)

    def quiz(self) -> Quiz:
        """A quiz on the steps that follow: their equations hidden, yours to say."""
        from autograd_rnn.steps.asking.quiz import Quiz

        return Quiz(self)


def step(subject: Any, steps: int | tuple[int, ...] | None = None, truncate: int | None = None, level: str | None = None) -> Navigator:
    """Walk through how a gradient comes about: of a run, of a model (over ``steps`` random inputs, 3), or of any scalar tensor.

    ``truncate=k``: truncated BPTT, as ``run.backward(truncate=k)``; without it a run is walked as its last ``backward`` swept it.
    ``level``: where to begin, "recursion", "unrolled", "op" or "component". See `Navigator`.

    >>> s = step(Model(RNN(2, 3), output_size=4), steps=3)
    >>> s.goto(node="dh")
    [recursion] step 7 of 15, sum over the 2 uses of h_t
        dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}
      shapes: dh_t (H,), W_hy (K, H), ds_t (K,), W_hh (H, H), da_{t+1} (H,)
    >>> s.step_in().name, s.next().name, s.up().name
    ('dh_3', 'da_3', 'da_t')
    """
    if isinstance(subject, Tensor):
        if steps is not None or truncate is not None:
            raise ValueError("steps= and truncate= belong to nets: a single tensor has no time")
        return Navigator(Subject(subject), level)
    if isinstance(subject, Scored):
        lengths = steps if isinstance(steps, tuple) else (3, 3) if steps is None else (steps, steps)
        run = specimen(subject, size("steps", lengths[0]), size("steps", lengths[-1]))
    elif not isinstance(subject, Run):
        raise TypeError(f"step takes a run, a Model, an EncoderDecoder or a scalar tensor, not {class_of(subject)}")
    elif steps is not None:
        raise ValueError("a run has its steps already: steps= belongs to step(model, steps=3)")
    else:
        run = subject
        if not all(len(unrolled.xs) for unrolled in run.unrolled):
            raise ValueError("there is nothing to walk through in a run of T=0 steps: unroll over at least one")
        if truncate is None and run.truncated[0] is not None:
            if run.truncated[1] == "window":
                remedy = "run.backward() again, or truncate=k for chunks"
                raise ValueError(f"each loss of the last sweep reached back a window of its own: {remedy}")
            truncate = run.truncated[0]
    return Navigator(Subject(run.loss, run, truncate), level)
