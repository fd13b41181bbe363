"""What a cell's own names are called in print: every quantity and parameter by a name that nothing else in the net has.

A person may call things as their paper does, ``s`` or ``L`` or ``lambda``. Equations, pictures and walks need names that mean one thing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from autograd_rnn.algebra.letters import lettered
from autograd_rnn.engine.naming import checked_name, name_of

NET = ("x", "s", "p", "y", "L", "v")  # every net's own: inputs, scores, probabilities, targets, losses; v_25 is what has no name
PLACES = ("readout", "loss", "concat", "input", "steps")  # where on a tape, or on its picture, something runs that is no cell's
READOUT = ("W_hy", "b_y")
PLAIN = ("I", "t", "T", "S")  # without a time these stand for the identity, the time index and the last steps
STEP = r"(.+)_(?:\d+|[tTS])"  # how a quantity at a step is written
SIGNS = ("Lu", "Ll", "Lt", "Lo", "Nd", "Mn")  # what a name is made of, beside _ and ': letters, digits, accents


def legible(label: str, owner: str) -> str:
    """The label as a name that can be told from what stands around it: ``h²`` is a square, ``3`` a number, ``x_`` at a step ``x__t``. What
    is no sign of a name is left out; what then does not begin as a name does has the owner in front.

    >>> [legible(label, "mine") for label in ("h'", "x_", "h²", "new state", "t_{1}", "3", "_")]
    ["h'", 'x', 'h2', 'new_state', 't_1', 'mine_3', 'mine']
    """

    def plain(text: str) -> str:
        return "".join(c if c in "_'" or unicodedata.category(c) in SIGNS else "_" for c in text)

    label = unicodedata.normalize("NFC", label.replace("′", "'"))
    signs = "".join(c if plain(c) == c else plain(unicodedata.normalize("NFKC", c)) for c in label)
    name = signs if re.match(r"_?[^\W\d_]", signs) else owner + "_" + signs.lstrip("_'")
    letter, _, below = name[1:].partition("_")
    below = "".join(c for c in below if c != "'" and unicodedata.category(c) != "Mn")  # primes and accents are a letter's
    return re.sub("_{2,}", "_", f"{name[0]}{letter}_{below}").rstrip("_")


def looks(name: str) -> str:
    """What two names have in common that are printed alike: ``alpha`` is printed α."""
    name = unicodedata.normalize("NFKC", name)
    letter = name_of(name).letter
    return lettered(letter) + name[len(letter) :]


class Spelling:
    """The names of one cell. ``owner`` is what follows a name that is taken: an own ``s`` of the class MyCell is printed ``s_mycell``.

    A name that could not be told from what stands around it is printed without what hides it, see `legible`.

    The net's own names come first, then the cell's states, its parameters, and its other quantities in the order of its record. Taken is
    also what reads like an adjoint (``dh`` beside ``h``) or like a step (a parameter ``h_1`` beside the state ``h``).

    >>> names = Spelling("MyCell", states=["h", "s"], parameters=["W", "h", "h_1"])
    >>> names.quantities, names.parameters
    ({'h': 'h', 's': 's_mycell'}, {'W': 'W', 'h': 'h_mycell', 'h_1': 'h_1_mycell'})
    >>> names.quantity("dW"), names.quantity("a")
    ('dW_mycell', 'a')
    """

    def __init__(self, owner: str, states: Iterable[str], parameters: Iterable[str], own: Iterable[str] = (), learned: bool = False):
        checked_name(owner, "a class's name")
        self.suffix = re.sub(r"^\d+|[^a-z0-9]", "", owner.lower()) or "cell"
        self.timed = set(NET) - set(own)
        self.plain = {*PLAIN, *(() if own else READOUT)}
        self.quantities: dict[str, str] = {}
        for state in states:
            self.quantity(state)
        first = {f"{state}_0": f"{name}_0" for state, name in self.quantities.items()} if learned else {}
        self.parameters = {name: first.get(name) or self._free(name, timed=False) for name in parameters}

    def quantity(self, label: str) -> str:
        """The printed name of a quantity, the same whenever it is asked for."""
        if label not in self.quantities:
            self.quantities[label] = self._free(label, timed=True)
        return self.quantities[label]

    def _free(self, label: str, timed: bool) -> str:
        """The label, or with the suffix (and a number) if it is taken; it is taken from now on."""
        label = checked_name(label, "the name of a quantity" if timed else "the name of a parameter")
        first = name = legible(label, self.suffix)
        count = 1
        while self._taken(looks(name), timed):
            name, count = f"{first}_{self.suffix}{count if count > 1 else ''}", count + 1
        (self.timed if timed else self.plain).add(looks(name))
        return name

    def _taken(self, name: str, timed: bool) -> bool:
        """Whether something is printed like what looks so or like its adjoint."""
        forms = {name, f"d{name}"} | ({name[1:]} if name[:1] == "d" else set())  # an adjoint is printed with a d before
        if timed:
            return bool(
                forms & (self.timed | self.plain - set(PLAIN)) or forms & {m[1] for other in self.plain if (m := re.fullmatch(STEP, other))}
            )
        at = re.fullmatch(STEP, name)
        stepped = {at[1], at[1].removeprefix("d")} if at else set()
        return bool(forms & (self.timed | self.plain) or stepped & self.timed)
