"""Whether what a function takes and returns is what it is said to compute: every name a quantity of ours or a weight of the course's."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_rnn.grader.assignment import CACHES, CHARACTER, EMBEDDING, PARAMETERS, REFERENCE, Function, Spec
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.convention_table import CONVENTIONS, Kind


def kind_of(function: Function) -> Kind | None:
    """How the cell that a function computes is laid out in the function's convention; None where that knows no such cell."""
    cell = CELLS[function.work.cell]
    return next((kind for kind in CONVENTIONS[function.weights].kinds if kind.cell is cell), None)


def arrays_of(kind: Kind, convention: str) -> list[str]:
    """The names of a convention's arrays for one cell."""
    names = [name.format(letter) for name in kind.arrays for letter in (kind.theirs if "{}" in name else " ")]
    return [CONVENTIONS[convention].name.format(array=name, index=0, level="", way="") for name in names]


def misfits(spec: Spec, function: Function) -> Iterator[tuple[str, str]]:
    """What is wrong with a function that computes something, each a sentence and the key that it is about."""
    if function.computes == EMBEDDING:
        if sorted(function.takes) != ["W", "x"] or len({*function.returns} - {*CACHES}) != 1 or function.made:
            yield "an embedding takes x and W and returns one array, and a cache", "takes"
        return
    if function.computes == REFERENCE:
        if not spec.reference or function.made:
            yield "what a reference computes is a function of the assignment's reference, Python that it brings", "computes"
        for name in (name for name in function.takes if name not in spec.shapes):
            yield f"[shapes] does not say the shape of {name}, as {name} = 'N, D'", "takes"
        return
    kind = kind_of(function)
    if kind is None:
        known = " and ".join(dict.fromkeys(kind.cell.__name__ for kind in CONVENTIONS[function.weights].kinds))
        yield f"weights = {function.weights!r} lays out {known} alone: choose one that has a {function.work.cell}", "computes"
        return
    weights = arrays_of(kind, function.weights)
    if function.computes == CHARACTER:
        takes, needed, returns, free = ["tokens", "targets", "h_0"], [], ["L", "h"], [f"d{name}" for name in (*weights, *kind.readout)]
    else:
        states = [state for state in ("h", "c") if state in CELLS[function.work.cell].states]
        takes, returns, free = ["x", *(f"{state}_0" for state in states)], [*states], [*CACHES]
        needed = weights if not function.made else []
        if PARAMETERS in function.takes:
            needed, returns = [PARAMETERS], [*returns, *(["p"] if kind.readout else [])]
    yield from _read(spec, function, "takes", takes, needed)
    yield from _read(spec, function, "returns", returns, free)
    here = [*function.takes, *(spec.names.get(name) for name in function.takes)]
    for missing in [name for name in (*needed, *(takes if function.computes == CHARACTER else takes[:1])) if name not in here]:
        yield f"{function.computes} needs {missing}, which nothing in takes = {', '.join(function.takes)!r} is", "takes"
    if not {*function.returns} - {*CACHES}:
        yield f"{function.name} returns nothing that is held against anything", "returns"


def _read(spec: Spec, function: Function, key: str, meanings: list[str], free: list[str]) -> Iterator[tuple[str, str]]:
    """Names that are none of ``free`` and mean nothing that they may, or what another means."""
    seen: list[str] = []
    for name in (name for name in getattr(function, key) if name not in free):
        meaning = spec.names.get(name)
        if meaning not in meanings or meaning in seen:
            told = "is explained nowhere" if meaning is None else f"is {meaning}"
            again = ", a second time" if meaning in seen else ""
            able = ", ".join((*meanings, *free))
            yield f"{name} {told}{again}: what {function.computes} {key} is, by [names], one of {able}, each once", key
        seen.append(str(meaning))
