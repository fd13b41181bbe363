"""What a declaration says of an operation beside its forward and its vjps: what every reading of it goes by."""

from __future__ import annotations

import re
from typing import Any

from autograd_rnn.engine.checks import string, switch
from autograd_rnn.visible import shown

PLACE = re.compile(r"\{(\d*)\}")  # of an input in a template
KINDS = ("elementwise", "moves", "adds", "multiplies")
SIGN = re.compile(r"([^{}()]+)\(\{.*\}\)|(?:\{\} ?)?([^{}\s]+) ?\{\}|\{\}([^{}\s]+)")


class Facts:
    """The facts of one operation, by use; none of them has to be said:

    - **numbers**: ``chooses=True`` says that besides its derivative is 0 in whole regions, as a maximum's is for the smaller one: what is 0
      there is masked (`poles`).
    - **words and pictures**: ``picture``, its sign on a drawing (without it the sign in ``reads``: ⊙ of ``{} ⊙ {}``, f of ``f({})``);
      ``words``, what a sentence calls it (without it the picture); ``why``, its rule in a sentence on ``{y}`` and ``{x}``.
    - **components**: ``kind``, how those of the output come from those of an input: "elementwise", each from its own; "moves", they are
      moved, repeated or left out; "adds", they are added up; "multiplies", each is a sum of products with another input's. What stands in
      for a ufunc is elementwise; where nothing is said, whether it is elementwise is tried out.
    - **formulas**: ``values``, bounds of what it gives; ``rising=True``, a larger number never gives a smaller one, so that its values lie
      between those at the ends; ``named=True`` has formulas call the derivative by its name, f'(x): where the vjp holds by a law of the
      function, which exact arithmetic does not know, or by what it sees in the numbers, as an order, which no formula says.
    - **proofs**: ``meaning``, the same function written with sympy, on arrays of symbols: what `verify` differentiates for a second
      opinion. Without it that is what its forward makes of symbols.

    >>> Facts("{} ⊙ {}", "multiply").picture, Facts("tanh({})", "tanh").words
    ('⊙', 'tanh')
    """

    __slots__ = ("chooses", "kind", "meaning", "named", "picture", "reads", "rising", "values", "why", "words")

    def __init__(
        self,
        reads: str,
        name: str,
        *,
        chooses: bool = False,
        picture: str = "",
        words: str = "",
        why: str = "",
        kind: str = "",
        values: tuple[float, float] | None = None,
        rising: bool = False,
        named: bool = False,
        meaning: Any = None,
    ):
        for what, text in (("reads", reads), ("picture", picture), ("words", words), ("why", why), ("kind", kind)):
            string(f"op: {what}", text)
        for what, flag in (("chooses", chooses), ("rising", rising), ("named", named)):
            switch(f"op: {what}", flag)
        self._checked(reads, why, kind, values)
        found = SIGN.fullmatch(reads)
        self.picture = picture or (found[found.lastindex or 0] if found else name.strip("_"))
        self.reads, self.words, self.why, self.kind = reads, words or self.picture, why, kind
        self.chooses, self.values, self.rising, self.named, self.meaning = chooses, values, rising, named, meaning

    @staticmethod
    def _checked(reads: str, why: str, kind: str, values: Any) -> None:
        """A ValueError for what no reading could go by."""
        if reads and (not PLACE.search(reads) or set("{}") & set(PLACE.sub("", reads))):
            raise ValueError(f"an operation reads with {{}} in the place of each input, or {{0}} and so on by number: not {shown(reads)}")
        try:
            why.format(x="", y="")
        except (AttributeError, LookupError, TypeError, ValueError):
            raise ValueError(
                f"an operation's why is a sentence on {{y}} and {{x}}, with any other brace doubled: not {shown(why)}"
            ) from None
        if kind and kind not in KINDS:
            raise ValueError(f"an operation's kind is one of {', '.join(KINDS)}, or is not said: not {shown(kind)}")
        try:
            low, high = (0.0, 0.0) if values is None else map(float, values)
        except (TypeError, ValueError, OverflowError):
            low, high = 1.0, 0.0
        if not low <= high:
            raise ValueError(f"an operation's values lie between two numbers, the smaller one first: not {shown(values)}")
