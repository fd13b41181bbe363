"""An assignment as it is said: the functions asked for, how they are called, what they compute, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "assignments"
LAYOUTS = ("rows", "columns", "vectors")
LEVELS = ("process", "partial", "full")  # of isolation, weakest first
SHOWN = ("visible", "hidden", "after_due_date", "after_published")
SIZES = {"N": (2, 4), "T": (3, 6), "D": (2, 6), "H": (2, 6), "V": (4, 8)}
EMBEDDING, CHARACTER, REFERENCE = "embedding", "character loss", "reference"
MEANINGS = ("x", "h_0", "c_0", "h", "c", "p", "L", "tokens", "targets", "H", "V")
CACHES = ("cache", "caches")  # what a forward pass keeps for its backward pass, in a form of its own
PARAMETERS = "parameters"  # stands for all weights in one dict
LARGEST, MOST = 100_000, 1_000_000  # letters of a file, points of a function


class Work(NamedTuple):
    """What it is that a function computes. ``cell``: of which kind, none for what is no cell; ``what``: a ``step`` or a ``sequence``;
    ``steps``: whether it has several; ``sizes``: those that its numbers have."""

    cell: str = ""
    what: str = ""
    steps: bool = True
    sizes: str = "NTDH"


WORKS = {
    **{f"{cell} step": Work(cell, "step", False, "NDH") for cell in ("rnn", "lstm", "gru")},
    **{f"{cell} sequence": Work(cell, "sequence", True, "TNDH") for cell in ("rnn", "lstm", "gru")},
    EMBEDDING: Work(sizes="NTVD"),
    CHARACTER: Work("rnn", "sequence", sizes="TVH"),
    REFERENCE: Work(),
}


class Function(NamedTuple):
    """One function that is asked for. ``backward_of``: the function whose gradient it is, called on that one's own cache.

    ``called``: what is called, its name unless the assignment says otherwise; ``Class.method`` of an object that is ``made`` of sizes, with
    the weights as attributes. ``reads``: which of what it ``returns`` are attributes of the object afterwards. ``averaged``: gradients of
    weights are divided by N; ``accumulated``: a second call adds to them. ``instead_of``: the function that this one is tried for where a
    submission has no such thing. ``layout`` and ``weights``: as the assignment's."""

    name: str
    takes: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    computes: str = ""
    backward_of: str = ""
    points: float = 1.0
    form: str = "tuple"
    visibility: str = "visible"
    called: str = ""
    made: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    averaged: bool = False
    accumulated: bool = False
    instead_of: str = ""
    layout: str = ""
    weights: str = ""

    @property
    def work(self) -> Work:
        """What it computes; of a backward pass nothing of its own."""
        return WORKS.get(self.computes, Work())


class Spec(NamedTuple):
    """An assignment. ``names``: what the course calls our quantities; ``helpers``: modules that it hands out, as source by name; ``sizes``:
    from and to what each size is drawn; ``clip``: to what a character loss clips its gradients, 0 for not at all; ``seconds``: what a call
    may take, ``total``: what all of a submission may; ``hint``: how much is told of a mistake, from 1 to 3; ``net`` and ``task``: of
    formulas that are asked for instead of functions, or, with ``steps``, of edges of the net unfolded over so many; ``reference``: the
    instructor's own Python for functions that are no cell of ours, ``shapes``: of what these take, as sizes."""

    name: str
    title: str
    functions: tuple[Function, ...]
    layout: str = "rows"
    weights: str = "cs231n"
    names: Mapping[str, str] = {}
    imports: tuple[str, ...] = ("numpy",)
    helpers: Mapping[str, str] = {}
    tolerance: float = 1e-7
    clip: float = 0.0
    net: str = ""
    task: str = "many-to-many"
    steps: int = 0
    sizes: Mapping[str, tuple[int, int]] = SIZES
    isolation: str = "process"
    seconds: float = 10.0
    total: float = 60.0
    megabytes: int = 512
    hint: int = 3
    reference: str = ""
    shapes: Mapping[str, tuple[str, ...]] = {}

    @property
    def asked(self) -> list[Function]:
        """The functions that are worth points, without those that are tried instead of one."""
        return [function for function in self.functions if not function.instead_of]


class Wrong(ValueError):
    """A mistake in an assignment's file, named with its line."""
