"""What is put together between two brackets while a line is read: values side by side become one product."""

from __future__ import annotations

import re

BESIDE = " // "  # between what stands side by side


class Frame:
    """What stands between two brackets while it is written. ``run``: where the product of what stands side by side begins; ``kind``: what
    ends it."""

    def __init__(self, kind: str, opening: str, closing: str, at: int):
        self.kind, self.opening, self.closing, self.at = kind, opening, closing, at
        self.out: list[tuple[str, int]] = []
        self.run: int | None = None
        self.joined = self.after = self.divided = False

    def operand(self, pieces: list[tuple[str, int]]) -> None:
        """A whole value: beside another one it is multiplied with it."""
        if self.after and self.run is not None:
            single = len(self.out) == self.run + 1
            if self.divided and single and re.fullmatch(r"[\d.]+|[TS]", self.out[self.run][0]):  # 1/T x is (1/T) x
                self.out.append((BESIDE, pieces[0][1]))
                self.run, self.divided = len(self.out), False
            else:
                self.out.append((BESIDE, pieces[0][1]))
                self.joined = True
        else:
            self.run = len(self.out)
        self.out += pieces
        self.after = True

    def settle(self) -> None:
        """Ends a product of what stands side by side: from here on it is one value."""
        if self.joined and self.run is not None:
            self.out.insert(self.run, ("(", self.out[self.run][1]))
            self.out.append((")", self.out[-1][1]))
        self.run, self.joined, self.divided = None, False, False

    def operator(self, text: str, at: int) -> None:
        """Something between two values, or in front of one."""
        self.settle()
        self.out.append((text, at))
        self.after, self.divided = False, text.strip() == "/"

    def closed(self) -> list[tuple[str, int]]:
        """All of it with its brackets."""
        self.settle()
        last = self.out[-1][1] if self.out else self.at
        return [(self.opening, self.at), *self.out, (self.closing, last)]
