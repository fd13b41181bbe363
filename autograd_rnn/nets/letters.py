"""Matrices by letters, as many books have them: U multiplies what a cell is given, W a state, V what is read out; and with one matrix on
both, W [h, x]. Which is which follows from what each multiplies, never from its name, of which the rest stands below the letter."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from autograd_rnn.engine.naming import Name, name_of
from autograd_rnn.nets.equations import one_step
from autograd_rnn.nets.standing import BEFORE, multiplied


def main_state(cell: Any) -> str:
    """The state that is the cell's output, or else its first: the others run beside it, as an LSTM's c does; without one, the output."""
    return cell.given if cell.given in cell.carried or not cell.carried else cell.carried[0]


def by_lane(cell: Any) -> tuple[str, ...]:
    """The states from the lowest line up: the main one, whose name the circle has, then the others."""
    main = main_state(cell)
    return (main, *(state for state in cell.carried if state != main)) if cell.carried else ()


def shown_states(cell: Any) -> tuple[str, ...]:
    """What stands in a cell's circle: its states, or its output; where it answers by itself, what it names last before its answers."""
    hidden = [label for label in one_step(cell)[1] if label not in cell.answers] if cell.answers else []
    return (hidden[-1],) if hidden else by_lane(cell) or (cell.given,)


def weighed(cell: Any) -> dict[str, set[str]]:
    """What each parameter multiplies; nothing is known of a cell that takes no single sequence."""
    try:
        return multiplied(cell, shown_states(cell))
    except (MemoryError, SystemError):  # no answer of a function
        raise
    except Exception:  # whatever a person's step raises: a run of it is here to be drawn, without its weights
        return {}


class Matrix(NamedTuple):
    """What a matrix multiplies: its letter, where it stands, and what its name says besides; ``source``: what its name begins with, if
    that is what it multiplies."""

    letter: str
    tag: str
    rest: str
    source: str

    @property
    def short(self) -> Name:
        """The matrix by its letter."""
        return Name(self.letter, self.tag, self.rest, True)

    @property
    def whole(self) -> Name:
        """The one matrix that it is a part of, on a state and what is given together."""
        return Name("W", self.tag, self.rest, True)


def matrices(cells: Iterable[Any], readout: Iterable[str] = ()) -> dict[Name, Matrix]:
    """Each matrix of some cells that multiplies one thing alone, and those of a readout, by their full names.

    >>> {name: found.short for name, found in matrices([LSTM(3, 4)], ["W_hy"]).items() if "i" in name or "y" in name}
    {'W_hy': 'V', 'W_xi': 'U_i', 'W_hi': 'W_i'}
    """
    found = {name: Matrix("V", name.tag, "", name.sub[:1]) for name in map(name_of, readout)}
    for cell in cells:
        states = {name_of(state).letter for state in cell.carried} | {"y"}
        weights = weighed(cell)
        labels = {part for label in one_step(cell)[1] for part in (name_of(label).letter, name_of(label).sub)} if weights else {}
        for own, sources in weights.items():
            name = cell.parameter(own)
            if len(sources) != 1 or cell.parameters[name].ndim < 2:
                continue
            source = next(iter(sources))
            before = source.removesuffix(BEFORE)
            letter = "U" if source == "x" else "W" if source != before else "V"
            of = "y" if before in cell.answers else name_of(before).letter
            rest = name.sub.removeprefix(of)  # W_xi: from x to i
            rest = rest if len(rest) == 1 or rest in labels else name.sub  # A_hidden is from nowhere to nothing
            found[name] = Matrix(letter, name.tag, "" if rest in states else rest, of if rest != name.sub else "")
    return found


def letters(found: dict[Name, Matrix], taken: Collection[str] = ()) -> dict[Name, Name]:
    """Matrices by their letters. Two that would be called alike, and one that would be called as something else is (``taken``), keep their
    names."""
    short = [matrix.short for matrix in found.values()]
    return {name: new for name, new in zip(found, short, strict=True) if short.count(new) == 1 and (new == name or new not in taken)}


def halves(found: dict[Name, Matrix], taken: Collection[str] = ()) -> dict[Name, tuple[Name, str]]:
    """Of each matrix that stands on a state, or on what is given, beside one on the other, the name of both together, and its letter."""
    both = {matrix.whole: {m.letter: name for name, m in found.items() if m.whole == matrix.whole} for matrix in found.values()}
    alike = [(m.whole, m.letter) for m in found.values()]
    return {
        name: (matrix.whole, matrix.letter)
        for name, matrix in found.items()
        if {"U", "W"} <= both[matrix.whole].keys() and matrix.letter != "V" and alike.count((matrix.whole, matrix.letter)) == 1
        and all(alike.count((matrix.whole, letter)) == 1 for letter in "UW") and matrix.whole not in taken
    }  # fmt: skip
