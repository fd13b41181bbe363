"""The lengths that a line does not say, as that of an identity matrix ``I``: found out from what it is put together with."""

from __future__ import annotations

import math
from collections.abc import Callable


class Units:
    """The lengths of one line that are not said, each by a name that no other length has, and what they were found to be."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.said: dict[str, int] = {}  # how long some are in the model, as the line says
        self.least: dict[str, int] = {}  # of those of which rows are taken, how many it has at least

    def new(self) -> str:
        """One more of them."""
        name = f"?{len(self.found) + 1}"
        self.found[name] = ""
        return name

    def factors(self, length: str) -> list[str]:
        """The factors of a length as far as they are known: of a matrix written row after row there are two."""
        found = length.split("×")
        while any(self.found.get(factor) for factor in found):
            found = [part for factor in found for part in (self.found.get(factor) or factor).split("×")]
        return [factor for factor in found if factor != "1"] or ["1"]

    def closed(self, length: str) -> str:
        """A length with what is known of it."""
        return "×".join(self.factors(length))

    def settle(self, otherwise: str, size: Callable[[str], int]) -> tuple[str, int] | None:
        """Gives what is not known a length: ``otherwise``, or as many rows as are taken of it. A length with fewer rows than are taken."""
        for name in [name for name, known in self.found.items() if not known]:
            least = max([0, *(rows for other, rows in self.least.items() if self.factors(other) == [name])])
            self.found[name] = otherwise if size(otherwise) >= least else str(least)
        return next(((self.closed(name), rows) for name, rows in self.least.items() if size(self.closed(name)) < rows), None)

    def joined(self, one: str, other: str, size: Callable[[str], int] | None) -> bool:
        """Whether two lengths, of which some part is not known, may be one, which they then are. ``size``: how long one is, where the
        lengths are those of the model alone."""
        a, b = self.factors(one), self.factors(other)
        if len(a) == len(b) and all(x == y or {x, y} & set(self.found) for x, y in zip(a, b, strict=True)):
            for x, y in zip(a, b, strict=True):
                if x != y:
                    self.found[x if x in self.found else y] = y if x in self.found else x
            return True
        for some, whole in ((a, b), (b, a)):
            if len(some) == 1 and some[0] in self.found and some[0] not in whole:  # as long as a product that is not all known
                self.found[some[0]] = "×".join(whole)
                return True
            waiting = [factor for factor in some if factor in self.found]
            if len(waiting) == 1 and not set(whole) & set(self.found) and (len(some) == 1 or size is not None):
                rest = [factor for factor in some if factor not in waiting]
                times, left = (0, 0) if size is None else divmod(size("×".join(whole)), math.prod(map(size, rest)))
                if not rest or not left:
                    self.found[waiting[0]] = "×".join(whole) if not rest else str(times)
                    return True
        return False
