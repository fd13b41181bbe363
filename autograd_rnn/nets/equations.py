"""A cell's forward equations, read off the tape of one step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.gathering import gathered
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import Constants, read
from autograd_rnn.engine import Tensor, scope, tensor
from autograd_rnn.engine.naming import full_name, name_of
from autograd_rnn.nets.given import checked_record
from autograd_rnn.nets.spelling import NET


def one_step(cell: Any, seed: int = 0) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A step of a cell alone over random numbers, recorded: what it is given by name, ``x`` and the states before, and what it answers."""
    rng = np.random.default_rng(seed)
    sizes = {"x": cell.input_size, **cell.state_sizes()}

    def step() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        given = {name: tensor(rng.normal(size=size).astype(cell.dtype)) for name, size in sizes.items()}
        return given, cell.recorded(checked_record(cell, cell.step(cell.named(), *given.values()), given["x"]))

    with np.errstate(all="ignore"):  # only what is done counts, not to what
        given, record = scope(cell=cell.name, tag="", step=1, recording=True).run(step)
    for label, node in sorted(record.items(), key=lambda item: item[0] in cell.carried):  # of two names a state's is kept
        if node.inputs:
            node.name = label
    return given, record


def constants(cells: Iterable[Any], taken: Iterable[str] = (), since: int = -1) -> Constants:
    """The names of constant arrays: one that a cell keeps beside its parameters has the name that it has there, ``mask`` for
    ``self.mask``."""
    own: dict[str, Any] = {}
    for cell in cells:
        for name, value in vars(cell).items():
            array = value.value if isinstance(value, Tensor) and value.op is None else value
            if isinstance(array, np.ndarray) and array.dtype.kind in "fiub":
                own.setdefault(full_name(name, cell.tag, None), array)
    return Constants(own, {*NET, "I", *taken}, since)


def forward(cell: Any) -> list[e.Equation]:
    """What every quantity of a step is equal to, in the order in which the cell answers them."""
    return _forward(cell, 0)[0]


def chosen(cell: Any) -> str:
    """The sentence for what `forward` says of its own numbers only, as where a cell compares them; empty where all holds for any."""
    shown, arrays = _forward(cell, 0)
    others = [_forward(cell, seed) for seed in range(1, 9)]
    moved = [name for name, value in arrays.items() if any(not np.array_equal(value, again.get(name, np.nan)) for _, again in others)]
    what = ", ".join(moved) or next((show(a.left) for found, _ in others for a, b in zip(shown, found, strict=False) if a != b), "")
    says = "the cell chose so for those of one step, and no equation says how"
    return f"{what} depend{'s' * (len(moved) < 2)} on the numbers: {says}" if what else ""


def _forward(cell: Any, seed: int) -> tuple[list[e.Equation], dict[str, np.ndarray]]:
    """The equations of a step over some numbers, and the constant arrays in them."""
    given, record = one_step(cell, seed)
    names = {value: e.Sym(name_of(name).of(value.ndim)) for name, value in cell.parameters.items()}
    names |= {value: e.Sym(full_name(state, cell.tag, None).of(value.ndim), e.Time("t", -1)) for state, value in given.items()}
    names[given["x"]] = e.Sym("x", e.Time("t", 0))
    made = {label: e.Sym(full_name(label, cell.tag, None).of(node.ndim), e.Time("t", 0)) for label, node in record.items()}
    own = {node: made[str(node.label)] for node in record.values() if node.inputs}
    known = names | own
    others = [node for node in record.values() if node not in names]
    arrays = constants([cell], (symbol.name for symbol in known.values()))
    found = read(others, known, {}, arrays)
    definitions = []
    for label, node in record.items():
        first = node in found and own.get(node, made[label]) == made[label]  # what has another name already is equal to that
        definitions.append(e.Equation(made[label], e.transformed(found[node], gathered) if first else known[node]))
    return definitions, arrays.values
