"""Two mistakes in different equations of a forward pass, or in one preactivation: all of one quantity's rewritings stand side by side,
as so many sequences of a batch, so that each of another's is worked out once for all of them."""

from __future__ import annotations

import itertools

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.columns import PAD, Key, World, padded
from autograd_rnn.grader.diagnosis.edit import Edit
from autograd_rnn.grader.diagnosis.edits import editor
from autograd_rnn.grader.diagnosis.fitting import Finding
from autograd_rnn.grader.diagnosis.holding import NEAR, near, shaped
from autograd_rnn.grader.diagnosis.recursion import Recursion

LIKELY = 2  # the rank of a rewriting that is paired with another
Variant = tuple[str, int, np.ndarray]  # sentence, rank, numbers


def across(recursion: Recursion, world: World, equation: e.Equation) -> list[Finding]:
    """Pairs that make a state's equation hold, the likeliest first. ``world``: with the person's own states, all of them."""
    target = world.values[equation.left.name, False][PAD:-PAD]
    inner = [q for q in recursion.forward[: recursion.forward.index(equation)] if q.left.name not in recursion.states]
    inner = [q for q in inner if reaches(recursion, q, equation)]
    found: list[Finding] = []
    for k, first in enumerate(inner):
        alone = variants(recursion, world, first)
        if isinstance(first.right, e.Add):
            found += held(recursion, world, equation, first, together(world, first, alone), target)
        if alone:
            there = stacked(recursion, world, equation, first, alone)
            for second in (*inner[k + 1 :], equation):
                for edit in likely(recursion, second):
                    found += hits(recursion, there, equation, second, edit, (first, alone), target)
    return sorted({x.sentence: x for x in reversed(found)}.values(), key=lambda finding: finding.rank)[:6]


def reaches(recursion: Recursion, q: e.Equation, equation: e.Equation) -> bool:
    """Whether a state's equation rests on a quantity of the same step."""
    used, waiting = set[e.Sym](), [equation]
    while waiting:
        new = {s for s in e.symbols(waiting.pop().right) if s.name not in recursion.states} - used
        used |= new
        waiting += [other for other in recursion.forward if other.left in new]
    return q.left in used


def likely(recursion: Recursion, q: e.Equation) -> list[Edit]:
    """The likelier rewritings of an equation."""
    return [edit for edit in editor(recursion).all(q) if edit.over == "sum" and edit.rank <= LIKELY]


def variants(recursion: Recursion, world: World, q: e.Equation) -> list[Variant]:
    """What an equation gives with each of its likelier rewritings, each number once."""
    edits, shape = likely(recursion, q), world.values[q.left.name, False][PAD:-PAD]
    with np.errstate(all="ignore"):
        values = [shaped(x, shape, "sum", world.N) for x in world.several([edit.root for edit in edits], 1, world.T)]
    once = {x.tobytes(): (edit.sentence, edit.rank, x) for edit, x in reversed([*zip(edits, values, strict=True)]) if np.isfinite(x).all()}
    return list(once.values())[::-1]


def together(world: World, q: e.Equation, alone: list[Variant]) -> list[Variant]:
    """Two rewritings of a sum, whose differences add up."""
    base = world.value(q.right)
    return [(f"{a}, and {b}", j + k, x + y - base) for (a, j, x), (b, k, y) in itertools.combinations(alone, 2)]


def stacked(recursion: Recursion, world: World, equation: e.Equation, q: e.Equation, rows: list[Variant]) -> World:
    """A world of as many batches side by side as a quantity has variants, in each of which it is one of them."""
    values: dict[Key, np.ndarray] = {
        key: np.tile(x, (1, 1, len(rows))) if x.ndim == 3 and x.shape[-1] == world.N else x for key, x in world.values.items()
    }
    there = World(world.code, world.T, world.N * len(rows), values)
    there.put((q.left.name, False), padded(np.concatenate([x for _, _, x in rows], axis=-1)))
    return followed(recursion, there, equation, q)


def followed(recursion: Recursion, world: World, equation: e.Equation, q: e.Equation) -> World:
    """The world, with what follows a quantity in the same step, up to a state's equation, worked out from it."""
    order = recursion.forward
    for later in order[order.index(q) + 1 : order.index(equation)]:
        if later.left.name not in recursion.states:
            empty = world.values[later.left.name, False][PAD:-PAD]
            world.put((later.left.name, False), padded(shaped(world.value(later.right), empty, "sum", world.N)))
    return world


def held(recursion: Recursion, world: World, equation: e.Equation, q: e.Equation, rows: list[Variant], target: np.ndarray) -> list[Finding]:
    """The variants of one quantity with which a state's equation holds."""
    if not rows:
        return []
    with np.errstate(all="ignore"):
        there = stacked(recursion, world, equation, q, rows)
        fits = fitting(there.value(equation.right), target, len(rows))
    return [Finding(rows[k][0], q, None, rows[k][1]) for k in fits]


def hits(
    recursion: Recursion, world: World, equation: e.Equation, q: e.Equation, edit: Edit, before: tuple[e.Equation, list[Variant]],
    target: np.ndarray,
) -> list[Finding]:  # fmt: skip
    """A rewriting of one more equation, beside each variant of an earlier one."""
    first, rows = before
    with np.errstate(all="ignore"):
        made = world.value(edit.root)
        if q is not equation:
            empty = world.values[q.left.name, False][PAD:-PAD]
            there = followed(recursion, world.but({(q.left.name, False): padded(shaped(made, empty, "sum", world.N))}), equation, q)
            made = there.value(equation.right)
        fits = fitting(made, target, len(rows))
    return [Finding(f"{rows[k][0]}, and {edit.sentence}", first, None, rows[k][1] + edit.rank) for k in fits]


def fitting(made: np.ndarray, target: np.ndarray, count: int) -> list[int]:
    """The batches, of so many side by side, whose numbers are the target's."""
    if np.shape(made) != (*target.shape[:2], target.shape[2] * count):
        return []
    each = np.moveaxis(np.asarray(made).reshape(*target.shape[:2], count, target.shape[2]), 2, 0)
    off = np.abs(each - target).max(axis=(1, 2, 3), initial=0.0) <= NEAR * max(float(np.abs(target).max(initial=0.0)), 1e-12)
    return [int(k) for k in np.flatnonzero(off) if near(each[k], target)]
