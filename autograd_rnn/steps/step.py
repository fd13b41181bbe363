"""One step of a derivation, as data: what a terminal, a notebook and a page show is read off this record and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd_rnn.visible import class_of, visible

LEVELS = ("recursion", "unrolled", "op", "component")
KINDS = ("forward", "seed", "local Jacobian", "vjp", "accumulate", "substitute", "sum over time", "truncate")


class Written(NamedTuple):
    """An equation in the three notations: ``text`` for the eye, ``ascii`` for the keyboard (the language of `check`), ``latex``.
    Several equations stand one a line."""

    text: str = ""
    ascii: str = ""
    latex: str = ""

    def __str__(self) -> str:
        return self.text


class Step(NamedTuple):
    """One step of a walk. Every level holds the same derivation, each finer than the one before:

    ``recursion``   one equation for every t: ``dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}``
    ``unrolled``    the equation of one t, with numbers: ``dh_2 = W_hyᵀ ds_2 + W_hhᵀ da_3``
    ``op``          one vjp of the tape's own sweep, ``dh_2 += W_hhᵀ da_3``, or the sum of several
    ``component``   one vjp written with indices: ``dh_2[i] = Σ_j W_hh[j,i] da_3[j]``

    ``before`` is what the step starts from: the forward equations (recursion, op), the equation in t (unrolled), the chain rule as it
    stood (component, accumulate). ``after`` is what it arrives at, ``values`` that equation with the run's numbers put in.
    """

    number: int  # 1, 2, ... within its level
    of: int  # how many steps the level has
    level: str  # one of LEVELS
    kind: str  # one of KINDS
    t: int | None  # the time step; None for what is shared, and for the equations in t
    tag: str  # layer and direction as names carry them: "", "2", "b", "2f", "enc"
    node: str  # the quantity whose value (forward) or adjoint the step finds: "h2_3", "W_hh", "v_25" for the tape's unnamed %25
    rule: str  # in a few words: "chain rule through tanh"
    before: Written
    after: Written
    values: Written  # empty where there are no numbers
    shapes: dict[str, tuple[int | str, ...]]  # by symbol as `after.text` has it; letters in the equations in t: {"h_t": ("H",)}
    numbers: dict[str, Any]  # nested lists by symbol: {"dh_2": [0.1, -0.2]}; the left side's own value is the first
    depends: tuple[int, ...]  # the steps of this level whose results it uses
    parent: int | None  # the step one level up that it is a part of
    where: str  # the line of code behind it: "elementwise.py:215" for an operation's vjp, "cells.py:204" for a cell's equation
    mark: tuple[str, ...]  # what to light on the level's picture, by node id: ("h_2",), ("a_3", "n25"); empty for what it does not show
    note: str = ""  # how one came here, where steps were passed: "t = 19 ... 2: the same in form"

    @property
    def crumb(self) -> str:
        """Where this is in the walk: ``step 7 of 23, t=2, chain rule through tanh``."""
        return ", ".join([f"step {self.number} of {self.of}", *([] if self.t is None else [f"t={self.t}"]), self.rule])

    @property
    def name(self) -> str:
        """What the step finds, as its equation has it: the symbol left of the (first) equals sign."""
        return self.after.text.split(" = ")[0].split(" += ")[0]

    def __str__(self) -> str:
        shapes = ", ".join(f"{name} {shape_text(shape)}" for name, shape in self.shapes.items())
        lines = [self.note, f"[{self.level}] {self.crumb}", *(f"    {line}" for line in self.after.text.splitlines())]
        lines += [f"    {line}" for line in self.values.text.splitlines()]
        return "\n".join(line for line in [*lines, f"  shapes: {shapes}" if shapes else ""] if line)

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{aligned}}{self.after.latex.replace(chr(10), chr(92) * 2)}\\end{{aligned}}$$"


def shape_text(shape: tuple[int | str, ...]) -> str:
    """A shape as people write it: ``(3,)``, ``(H, D)``, ``()`` for a number."""
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def to_json(steps: Iterable[Step]) -> str:
    """Steps as JSON text; `from_json` gives equal steps back.

    >>> from autograd_rnn.steps.step import from_json, to_json
    >>> walk = ar.step(Model(RNN(2, 3), output_size=2), steps=2).walk("unrolled")
    >>> from_json(to_json(walk)) == list(walk)
    True
    """
    return json.dumps([step._asdict() for step in steps], ensure_ascii=False)


def from_json(text: str) -> list[Step]:
    """The steps that `to_json` wrote. Raises ValueError for text that holds no steps."""
    try:
        return [_step(record) for record in json.loads(text)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"this text holds no steps as to_json writes them: {class_of(error)} at {visible(error)[:200]}") from None


def _step(record: dict[str, Any]) -> Step:
    """One record with its tuples again."""
    written = {field: Written(*record[field]) for field in ("before", "after", "values")}
    tuples = {field: tuple(record[field]) for field in ("depends", "mark")}
    return Step(**{**record, **written, **tuples, "shapes": {name: tuple(shape) for name, shape in record["shapes"].items()}})
