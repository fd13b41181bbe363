"""Cells wired into larger nets. A net is layers; a layer is one chain of steps of a cell, or two that run against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_rnn.engine import Tensor
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.parameters import ByName


class Wired:
    """What Bidirectional and Stacked share: cells in order, each with a tag of its own."""

    cells: list[Any]
    input_size: int
    output_size: int

    @property
    def dtype(self) -> str:
        """The parameters' dtype."""
        return self.cells[0].dtype

    @property
    def parameters(self) -> Mapping[str, Tensor]:
        """Every parameter by its tagged name (``W2_xh``, ``Wb_hh``), in a fixed order."""
        named = [(name, value) for cell in self.cells for name, value in cell.parameters.items()]
        parameters = dict(named)
        if len(parameters) < len(named):
            twice = next(name for name, value in named if parameters[name] is not value)
            raise ValueError(f"two cells of {self!r} have one name, {twice}: a cell was built into another net; make it anew there")
        return ByName(parameters, (pair for cell in self.cells for pair in cell.parameters.spelled))

    count_parameters = Cell.count_parameters

    def equations(self, form: str = "text", notation: str = "names") -> str:
        """The forward equations of every cell as `Cell.equations` has them: a layer reads the states of that below it, and a chain that
        runs backward goes on from the step t+1."""
        from autograd_rnn.nets.writing import written  # as in `Cell.equations`

        return written([*map(chains_of, layers_of(self))], form, notation)

    def config(self) -> dict[str, Any]:
        """What `load` needs to build the net again."""
        return {"class": type(self).__name__, "cells": [cell.config() for cell in self.cells]}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.cells))})"


class Bidirectional(Wired):
    """Two cells on one input: one reads forward, one backward; the output at t is [h^f_t, h^b_t]. Schuster and Paliwal 1997.

    >>> list(Bidirectional(RNN(3, 4), RNN(3, 4, seed=1)).parameters)
    ['Wf_xh', 'Wf_hh', 'bf_h', 'Wb_xh', 'Wb_hh', 'bb_h']
    """

    def __init__(self, forward: Cell, backward: Cell):
        if not isinstance(forward, Cell) or not isinstance(backward, Cell):
            raise TypeError("Bidirectional takes two plain cells; to stack pairs write Stacked([Bidirectional(...), ...])")
        if forward is backward:
            raise ValueError("Bidirectional needs two cells with parameters of their own: make the second anew, with another seed")
        if forward.input_size != backward.input_size:
            raise ValueError(f"Bidirectional: both cells read one input, but take {forward.input_size} and {backward.input_size}")
        self.cells = [forward, backward]
        self.input_size, self.output_size = forward.input_size, forward.output_size + backward.output_size
        self.set_tag("")

    def set_tag(self, tag: str) -> None:
        """Tag the chains ``f`` and ``b``."""
        for cell, letter in zip(self.cells, "fb", strict=True):
            cell.set_tag(tag + letter)


class Stacked(Wired):
    """Layer l reads layer l-1's output: any depth, any cells, bidirectional pairs too.

    >>> list(Stacked([RNN(3, 4), RNN(4, 4)]).parameters)
    ['W1_xh', 'W1_hh', 'b1_h', 'W2_xh', 'W2_hh', 'b2_h']
    """

    def __init__(self, cells: Sequence[Cell | Bidirectional]):
        self.cells = list(cells) if isinstance(cells, Sequence) and not isinstance(cells, range) else [cells]
        if not all(isinstance(cell, (Cell, Bidirectional)) for cell in self.cells) or self.cells == [cells]:
            raise TypeError("Stacked takes a list of its layers, plain cells or Bidirectional pairs: Stacked([RNN(3, 4), RNN(4, 4)])")
        if not self.cells:
            raise ValueError("Stacked needs at least one cell")
        if len({id(part) for cell in self.cells for part in chains_of(cell)}) < sum(len(chains_of(cell)) for cell in self.cells):
            raise ValueError("Stacked needs a cell of its own for each layer: make each anew")
        for level, (below, above) in enumerate(zip(self.cells[:-1], self.cells[1:], strict=True), 1):
            if below.output_size != above.input_size:
                raise ValueError(f"Stacked: layer {level} gives {below.output_size} numbers, layer {level + 1} takes {above.input_size}")
        self.input_size, self.output_size = self.cells[0].input_size, self.cells[-1].output_size
        self.set_tag("")

    def set_tag(self, tag: str) -> None:
        """Tag the layers 1, 2, ..."""
        for level, cell in enumerate(self.cells, 1):
            cell.set_tag(f"{tag}{level}")


def layers_of(net: Any) -> list[Any]:
    """A net's layers, from the input up."""
    return net.cells if isinstance(net, Stacked) else [net]


def chains_of(layer: Any) -> list[Cell]:
    """A layer's cells: one, or the forward and the backward one."""
    return layer.cells if isinstance(layer, Bidirectional) else [layer]


def cells_in(net: Any) -> list[Cell]:
    """A net's cells, one a chain, from the lowest layer up."""
    return [cell for layer in layers_of(net) for cell in chains_of(layer)]
