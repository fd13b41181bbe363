"""The numbers that a function is tried on and what it has to make of them: drawn from a seed once, the same for every submission."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine.checks import whole
from autograd_rnn.grader.assignment import CHARACTER, EMBEDDING, REFERENCE, Function, Spec
from autograd_rnn.grader.character import Character
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.reference import Reference

KINDS: dict[str, type[Computation]] = {CHARACTER: Character, REFERENCE: Reference}
Arrays = Mapping[str, np.ndarray]
UNCLIPPED = (1, 99)  # the draws in which a character model's gradients are so small that clipping hides nothing
PLAIN = 98  # the one whose numbers are rounded to be read
CLIPPED = "where every gradient is clipped, "
TWICE = "with a token that comes twice, "  # of the draw where one does: elsewhere each comes once, so that every equation shows by itself


class Case(NamedTuple):
    """One draw for a function and its backward pass. ``words``: what is said before a verdict that only this draw brings out."""

    computation: Computation
    words: str
    given: Arrays
    upstream: Arrays
    outputs: Arrays
    gradients: Arrays


def drawn_by(seed: Any) -> int:
    """A seed, if it is one that a journal can hold, else an error that says what a seed is."""
    if (number := whole("seed", seed)) >= 1 << 63:
        raise ValueError("seed must be a whole number below 2**63")
    return number


class Cases:
    """All draws for an assignment. They do not reach a worker but as arguments of a call, and what is true never does."""

    def __init__(self, spec: Spec, seed: int):
        self.spec, self.seed = spec, seed
        self.of = functools.lru_cache(maxsize=None)(self._of)

    def _of(self, function: Function) -> list[Case]:
        """The draws for a function that computes something."""
        return [self.drawn(function, sizes, words, k) for k, (sizes, words) in enumerate(self._sizes(function))]

    def drawn(self, function: Function, sizes: Mapping[str, int], words: str = "", k: int = 99) -> Case:
        """The k-th draw for a function, of these sizes; vectors are those of one sequence."""
        sizes = {**sizes, "N": 1} if function.layout == "vectors" else sizes
        rng = np.random.default_rng([self.seed, k, *function.name.encode()])
        computation = KINDS.get(function.computes, Computation)(self.spec, function, sizes)
        given, upstream = computation.drawn(rng), computation.upstream(rng)
        if isinstance(computation, Character):
            given = computation.twice(given) if words == TWICE else given
            small, as_drawn = k in UNCLIPPED or words == TWICE, k == PLAIN or words == CLIPPED
            given = computation.clipped(given) if words == CLIPPED else given
            given = computation.small(given) if small else given if as_drawn else computation.large(given)
        return Case(computation, words, given, upstream, computation.forward(given), computation.backward(given, upstream))

    def _sizes(self, function: Function) -> Iterator[tuple[dict[str, int], str]]:
        """Sizes all different, so that nothing fits by chance; others that may be alike, of one step and of one sequence where there are
        such; of what is clipped, two in full."""
        rng = np.random.default_rng([self.seed, *function.name.encode()])
        letters = {EMBEDDING: "NTV", CHARACTER: "TVH"}.get(function.computes, "NTDH")
        letters = letters.replace("N", "") if function.layout == "vectors" else letters
        able = all(high > 1 for _, high in self.spec.sizes.values())
        drawn = []
        for k in range(2):
            for _ in range(1000):  # the ranges of an assignment may leave no sizes that all differ
                sizes = {letter: int(rng.integers(low, high + 1)) for letter, (low, high) in self.spec.sizes.items()}
                if k or len({sizes[letter] for letter in letters}) == len(letters) or not able:
                    break
            drawn.append(sizes)
        one = {"T": "with one step (T = 1), "} if "T" in letters and function.work.steps else {}
        one |= {"N": "with one sequence (N = 1), "} if "N" in letters else {}
        yield drawn[0], ""
        if function.computes == CHARACTER:
            yield drawn[1], ""
        yield from ((drawn[1] | ({letter: 1} if letter else {}), words) for letter, words in (one or {"": ""}).items())
        if function.computes == CHARACTER:
            yield drawn[1], TWICE
            if self.spec.clip and min(drawn[0]["H"], drawn[0]["V"]) > 1:
                yield drawn[0] | {"T": int(4 * self.spec.clip) + 1}, CLIPPED
                yield drawn[0], ""  # where the first draw's states are saturated, clipping within the loop does not show
