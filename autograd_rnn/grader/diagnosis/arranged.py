"""A right forward pass whose numbers stand elsewhere: steps in another order, sequences that go on in each other, weights read in another
layout. Each is run as a whole and held against what came back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.grader.diagnosis.columns import PAD, Key, World, padded
from autograd_rnn.grader.diagnosis.holding import but, near
from autograd_rnn.grader.diagnosis.recursion import Recursion, settled

States = dict[str, np.ndarray]


def arranged(recursion: Recursion, world: World, returned: list[str]) -> tuple[str, World] | None:
    """The sentence of the first such mistake that is the returned quantities, and the world in which it is not made; None for none."""
    right = run(recursion, world)
    got = {name: world.values[name, False][PAD:-PAD] for name in returned}
    wrong = [name for name, value in got.items() if not near(right.values[name, False][PAD:-PAD], value)] or returned
    for sentence, states, there in mistakes(recursion, world, right):
        if all(near(states[name], got[name]) for name in wrong):
            return sentence, there
    return None


def run(recursion: Recursion, world: World) -> World:
    """The forward pass as it has to be."""
    return settled(world, recursion.forward)


def mistakes(recursion: Recursion, world: World, right: World) -> Iterator[tuple[str, States, World]]:
    """Sentences, what is returned then, and the world behind it."""
    names = [q.left.name for q in recursion.forward]
    true = {name: right.values[name, False] for name in names}
    if recursion.what == "sequence":
        kept = {name: x[PAD:-PAD] for name, x in true.items()}
        yield "the steps of what is returned stand in reverse order", {name: x[::-1] for name, x in kept.items()}, right
        for shift, words in ((-1, "early, and the first one last"), (1, "late, and the last one first")):
            yield f"the steps of what is returned stand one too {words}", {n: np.roll(x, shift, axis=0) for n, x in kept.items()}, right
        late = {name: x[PAD - 1 : -PAD - 1] for name, x in true.items()}
        yield "what is returned is one step late: it begins with the state before the first step", late, right
        yield "the last step is left out: it is left at zero", {n: but(x, -1) for n, x in kept.items()}, right
        x = world.values["x", False][PAD:-PAD]
        later, turned = (run(recursion, world.but({("x", False): padded(other)})) for other in (np.roll(x, -1, axis=0), x[::-1]))
        states = {name: np.roll(later.values[name, False][PAD:-PAD], 1, axis=0) for name in names}
        yield "the first step is left out: it is left at zero", {n: but(x, 0) for n, x in states.items()}, right
        states = {name: turned.values[name, False][PAD:-PAD] for name in names}
        yield "the steps of what is read are taken in reverse order", states, turned
        last = {name: np.broadcast_to(x[-1:], x.shape) for name, x in kept.items()}
        yield "what is returned has the last step at every step: an array that is changed later is no copy", last, right
        yield "a sequence of the batch begins with the state in which the one before it has ended", following(recursion, world), right
    for words, there in other_layouts(recursion, world):
        other = run(recursion, there)
        yield words, {name: other.values[name, False][PAD:-PAD] for name in names}, other


def following(recursion: Recursion, world: World) -> States:
    """The sequences of a batch run one after the other, without a new beginning."""
    found: dict[str, list[np.ndarray]] = {}
    ended: dict[Key, np.ndarray] = {}
    for column in range(world.N):
        alone = world.alone(column)
        if ended:
            alone = alone.but({key: padded(alone.values[key][PAD:-PAD], last) for key, last in ended.items()})
        alone = run(recursion, alone)
        ended = {(name, False): alone.values[name, False][-PAD - 1] for name in recursion.states}
        for q in recursion.forward:
            found.setdefault(q.left.name, []).append(alone.values[q.left.name, False][PAD:-PAD])
    return {name: np.concatenate(columns, axis=-1) for name, columns in found.items()}


def other_layouts(recursion: Recursion, world: World) -> Iterator[tuple[str, World]]:
    """Weights that stand side by side in one array, of the state and of the input, taken for each other."""
    changed: dict[Key, np.ndarray] = {}
    for q in (q for q in recursion.forward if q.left.name in {gate.name for gate in recursion.gates}):
        products = [x for x in e.nodes(q.right) if isinstance(x, e.MatMul) and isinstance(x.matrix, e.Sym)]
        of_input, of_state = ([x.matrix.name for x in products if (x.vector.name in recursion.states) == state] for state in (False, True))  # type: ignore[attr-defined]
        if not of_input or not of_state:
            return
        W_x, W_h = (world.values[name[0], False] for name in (of_input, of_state))
        whole = np.concatenate([W_h, W_x], axis=1)  # acts on [h; x], and is taken to act on [x; h]
        D = W_x.shape[1]
        changed |= {(of_input[0], False): whole[:, :D], (of_state[0], False): whole[:, D:]}
    yield "the weights act on the state above the input, [h[t-1]; x[t]], not on the input above the state", world.but(changed)
