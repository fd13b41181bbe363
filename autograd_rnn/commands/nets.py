"""A net by its name and options, as the commands take it."""

from __future__ import annotations

from typing import Any

from autograd_rnn.nets.cells import ACTIVATIONS, CELLS
from autograd_rnn.nets.losses import LOSSES
from autograd_rnn.nets.model import TASKS, Model


def net_options(command: Any) -> None:
    """A net by its cell's name and options."""
    command.add_argument("cell", choices=CELLS)
    command.add_argument("--activation", choices=ACTIVATIONS, help="of an rnn (default: tanh)")
    command.add_argument("--peephole", action="store_true", help="an lstm whose gates see the cell state")
    command.add_argument("--coupled", action="store_true", help="an lstm with f = 1 - i")
    command.add_argument("--reset", choices=("before", "after"), help="of a gru: before or after the matrix product (default: before)")
    command.add_argument("--update", choices=("new", "keep"), help="of a gru: what z takes (default: new)")
    command.add_argument("--task", choices=TASKS, default="many-to-many", help="default: many-to-many")
    command.add_argument("--loss", choices=LOSSES, default="cross_entropy", help="default: cross_entropy")
    command.add_argument("--mean", action="store_true", help="the mean of the losses in place of their sum")


def model_of(options: Any) -> Model:
    """The small model that the options describe; an option of another cell is an error."""
    own = {"rnn": ("activation",), "lstm": ("peephole", "coupled"), "gru": ("reset", "update")}
    given = {name: value for names in own.values() for name in names if (value := getattr(options, name))}
    foreign = [name for name in given if name not in own[options.cell]]
    if foreign:
        raise ValueError(f"--{foreign[0]} is no option of {options.cell}, which has --{' and --'.join(own[options.cell])}")
    cell = CELLS[options.cell](2, 3, **given)
    return Model(cell, output_size=4, task=options.task, loss=options.loss, reduction="mean" if options.mean else "sum")
