"""Matrices by letters, as many books have them: U multiplies an input, W a state, V what is read out."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.engine.naming import name_of
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.equations import one_step
from autograd_rnn.nets.standing import BEFORE, multiplied

NOTATIONS = ("names", "letters", "superscript", "concatenated")  # W_xh; U; W_xh, and times in angle brackets above; W on [h, x]


def main_state(cell: Cell) -> str:
    """The state that is the cell's output, or else its first: the others run beside it, as an LSTM's c does; without one, the output."""
    return cell.given if cell.given in cell.carried or not cell.carried else cell.carried[0]


def by_lane(cell: Cell) -> tuple[str, ...]:
    """The states from the lowest line up: the main one, whose name the circle has, then the others."""
    main = main_state(cell)
    return (main, *(state for state in cell.carried if state != main)) if cell.carried else ()


def shown_states(cell: Cell) -> tuple[str, ...]:
    """What stands in a cell's circle: its states, or its output; where it answers by itself, what it names last before its answers."""
    hidden = [label for label in one_step(cell)[1] if label not in cell.answers] if cell.answers else []
    return (hidden[-1],) if hidden else by_lane(cell) or (cell.given,)


def weighed(cell: Cell) -> dict[str, set[str]]:
    """What each parameter multiplies; nothing is known of a cell that takes no single sequence."""
    try:
        return multiplied(cell, shown_states(cell))
    except (MemoryError, SystemError):  # no answer of a function
        raise
    except Exception:  # whatever a person's step raises: a run of it is here to be drawn, without its weights
        return {}


def letters(cells: Iterable[Cell], readout: Iterable[str] = ()) -> dict[str, Symbol]:
    """Each matrix's letter by its full name: ``U_i`` for W_xi, ``W`` for W_hh, ``V`` for W_hy. One that multiplies several things at once,
    and two that would be called alike, keep their names.

    >>> {name: str(symbol) for name, symbol in letters([LSTM(3, 4)], ["W_hy"]).items() if "i" in name or "y" in name}
    {'W_hy': 'V', 'W_xi': 'U_i', 'W_hi': 'W_i'}
    """
    found = {name: Symbol("V", name_of(name).tag) for name in readout}
    for cell in cells:
        states = {name_of(state).letter for state in cell.carried} | {"y"}
        for own, sources in weighed(cell).items():
            name = cell.parameter(own)
            if len(sources) != 1 or cell.parameters[name].ndim < 2:
                continue
            source = next(iter(sources))
            before = source.removesuffix(BEFORE)
            letter = "U" if source == "x" else "W" if source != before else "V"
            rest = name.sub.removeprefix("y" if before in cell.answers else name_of(before).letter)  # W_xi: from x to i
            found[name] = Symbol(letter, name.tag, "" if rest in states else rest)
    symbols = list(found.values())
    return {name: symbol for name, symbol in found.items() if symbols.count(symbol) == 1}
