"""What the checker says: equal, equal if, not equal, not decided, ill-typed or unreadable, with its reasons."""

from __future__ import annotations

from autograd_rnn.formulas.evaluate import Value

CODES = {"equal": 0, "not equal": 1, "ill-typed": 2, "unreadable": 2, "not decided": 3, "equal if": 3}
STORED = "the weights are stored as in h = x W, each the transpose of the model's"  # an assumption under which a program is right


class Verdict:
    """What `Derivation.check` found: ``kind`` ("equal", "equal if", "not equal", "not decided", "ill-typed", "unreadable") and
    ``sentences``, the most telling first. "equal if": right only where what the text assumes holds, as ``W_hh = 0``, or that a sum to T+1
    adds nothing there, which the sentence names. What is not decided was neither proven nor refuted. Both count as not equal. (A first
    state that is said to be 0, as all are that nobody gives, is named too, and equal.)

    ``line`` is the number of the first line at fault, ``values`` the counterexample's (derived, yours), ``letters`` whose letters the text
    was read in, where it was in another book's: there a left side may be another quantity. Prints as text.
    """

    letters = ""
    spoken = False  # whether its sentences are in the person's notation already

    def __init__(self, kind: str, sentences: list[str], line: int | None = None, values: tuple[Value, Value] | None = None):
        self.kind, self.sentences, self.line, self.values = kind, sentences, line, values

    @property
    def equal(self) -> bool:
        """Whether the formula is proven right, for whatever numbers; what is not decided, or right under an assumption, is not."""
        return self.kind == "equal"

    @property
    def exit_code(self) -> int:
        """For a shell: 0 equal, 1 not equal, 2 not readable or ill-typed, 3 not decided, or equal only if what it assumes holds."""
        return CODES[self.kind]

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        return "\n".join([self.kind, *(f"  {sentence[:1].upper()}{sentence[1:]}" for sentence in self.sentences)])

    __repr__ = __str__
