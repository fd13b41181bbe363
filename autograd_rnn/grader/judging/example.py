"""One small call that shows what is wrong, in numbers that can be typed."""

from __future__ import annotations

from typing import Any, NamedTuple


class Example(NamedTuple):
    """A call: ``sizes`` {"T": 1, ...}, what the function and its forward pass are ``given``, by name; of the first wrong output its name,
    what came back and what is true. Arrays as lists."""

    sizes: dict[str, int]
    given: dict[str, Any]
    output: str
    got: Any
    true: Any

    def __str__(self) -> str:
        """A quantity a line."""
        given = [f"    {name} = {shown(value)}" for name, value in self.given.items()]
        ends = [f"    {self.output} is {shown(self.got)}", f"    {self.output} has to be {shown(self.true)}"]
        return "\n".join([f"{self.title}:", *given, *ends])

    @property
    def title(self) -> str:
        """What call it is."""
        return f"The smallest call that fails, {', '.join(f'{letter} = {size}' for letter, size in self.sizes.items())}"


def shown(value: Any) -> str:
    """Numbers to six digits, in brackets as a list has them.

    >>> shown([[0.5, 1 / 3], [2, -1.0]])
    '[[0.5, 0.333333], [2, -1]]'
    """
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
