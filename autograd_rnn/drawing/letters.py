"""Matrices by letters in a picture: U multiplies an input, W a state, V what is read out."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.nets import letters as nets
from autograd_rnn.nets.cell import Cell

NOTATIONS = ("names", "letters", "superscript", "concatenated")  # W_xh; U; W_xh, and times in angle brackets above; W on [h, x]


def letters(cells: Iterable[Cell], readout: Iterable[str] = ()) -> dict[str, Symbol]:
    """Each matrix's letter by its full name: ``U_i`` for W_xi, ``W`` for W_hh, ``V`` for W_hy.

    >>> {name: str(symbol) for name, symbol in letters([LSTM(3, 4)], ["W_hy"]).items() if "i" in name or "y" in name}
    {'W_hy': 'V', 'W_xi': 'U_i', 'W_hi': 'W_i'}
    """
    return {name: Symbol(new.letter, new.tag, new.sub) for name, new in nets.letters(nets.matrices(cells, readout)).items()}
