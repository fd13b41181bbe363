"""What is put together between two brackets while a line is read: values side by side become one product, brackets open and close."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.writing.elements import VARIED
from autograd_rnn.formulas.writing.spelling import Symbols
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

BESIDE = " // "  # between what stands side by side
JOINED = {":=": "=", ".*": "*", "⊙": "*", "≠": "!=", "==": "==", "⊗": "%"}
OPEN, CLOSE = "([{", ")]}"
BARS = {"|": ("|", "abs("), "‖": ("‖", "norm("), "⌊": ("⌋", "floor("), "⌈": ("⌉", "ceil(")}  # what closes them, and what they are
CALLED = re.compile(r"[a-z]+\((?:[^()]|\([^()]*\))*\)(?:\.raised\(\d\)|\*\*\d)?")  # 1/cosh(a)^2 x is x/cosh(a)^2


class Frame:
    """What stands between two brackets while it is written. ``run``: where the product of what stands side by side begins; ``kind``: what
    ends it."""

    def __init__(self, kind: str, opening: str, closing: str, at: int):
        self.kind, self.opening, self.closing, self.at = kind, opening, closing, at
        self.out: list[tuple[str, int]] = []
        self.run: int | None = None
        self.joined = self.after = self.divided = self.inverse = False

    def operand(self, pieces: list[tuple[str, int]]) -> None:
        """A whole value: beside another one it is multiplied with it."""
        if self.after and self.run is not None:
            divisor = "".join(text for text, _ in self.out[self.run :])
            if self.divided and (re.fullmatch(r"[\d.]+|[TS]", divisor) or self.inverse and CALLED.fullmatch(divisor)):  # 1/T x is (1/T) x
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
        self.inverse = [piece for piece, _ in self.out[-1:]] == ["1"] and (len(self.out) < 2 or self.out[-2][0].strip() in ("+", "-", "="))
        self.out.append((text, at))
        self.after, self.divided = False, text.strip() == "/"

    def closed(self) -> list[tuple[str, int]]:
        """All of it with its brackets."""
        self.settle()
        last = self.out[-1][1] if self.out else self.at
        return [(self.opening, self.at), *self.out, (self.closing, last)]


class Framed(Symbols):
    """The brackets of a line that is being read, the innermost last."""

    def __init__(
        self, text: str, vocabulary: Vocabulary, running: Collection[str], row: int | None, guess: bool, counted: Collection[str] = ()
    ):
        super().__init__(text, vocabulary, running, row, guess, counted)
        self.frames = [Frame("", "", "", 0)]
        self.matlab = any(sign in text for sign in (".*", ".^", "⊙"))  # where * is the product of matrices
        self.varied = (first := VARIED.match(text.lstrip())) is not None and self.varies(first[1]) and "=" in text

    def varies(self, name: str) -> bool:
        """Whether a δ in front of a name is read as a d, as δh is in a line that begins so."""
        return (
            bool(self.words.find(f"d{name}"))
            or name in self.words.bases
            or any(other.startswith(f"d{name}_") for other in self.words.other)
        )

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    def inside(self) -> str:
        """What opened the brackets that this stands in."""
        return next((frame.opening for frame in reversed(self.frames) if frame.kind not in ("one", "term")), "")

    def bars(self) -> str:
        """What closes the innermost bracket."""
        return next((frame.kind for frame in reversed(self.frames) if frame.kind not in ("one", "term")), "")

    def value(self, pieces: list[tuple[str, int]]) -> None:
        """A whole value, and the end of the functions that take just this one."""
        self.top.operand(pieces)
        while self.top.kind == "one":
            frame = self.frames.pop()
            self.top.operand(frame.closed())

    def end_terms(self) -> None:
        """Ends the sums that reach as far as the term does."""
        while self.top.kind == "term":
            frame = self.frames.pop()
            self.value(frame.closed())

    def operator(self, match: re.Match[str]) -> None:
        """A sign between two values."""
        sign, at = match[0], self.i
        if sign == "·" or sign == "*" and self.matlab:  # as nothing at all
            self.i = match.end()
            if re.match(r"\s*(?:$|[)\]}*/@⊙=,;])", self.text[self.i :]):
                raise self.error("something is missing here", self.i - 1)
            return
        if sign in ("+", "-") and self.top.after or sign in ("=", ":=", "+=", "==", "<", ">", "<=", ">=", "!=", "≠"):
            self.end_terms()
        self.i = match.end()
        if sign in ("+", "-") and not self.top.after:
            self.top.out.append((sign, at))
            return
        self.top.operator(f" {JOINED.get(sign, sign)} ", at)

    def opened(self) -> None:
        """A bracket that opens: of a group, or of a column."""
        sign = self.text[self.i]
        self.frames.append(Frame(CLOSE[OPEN.index(sign)], *(("[", "]") if sign == "[" else ("(", ")")), self.i))
        self.i += 1

    def bar(self, sign: str) -> None:
        """What stands between two bars, or between ⌊ and ⌋: after a value a bar closes what one has opened, in front of one it opens."""
        norm, at = "‖" if sign == "||" and not (self.top.after and self.bars() == "|") else sign[0], self.i
        closing = self.top.after and self.bars() == norm or norm in "⌋⌉"
        self.i += len(sign) if norm == "‖" else 1
        if not closing:
            closed, opening = BARS[norm]
            made = ("sqrt(sum((", ")**2))") if norm == "‖" and "norm" not in self.words.calls else (opening, ")")
            self.frames.append(Frame(closed, *made, at))
            return
        self.end_terms()
        if self.top.kind != norm:
            raise self.error(f"`{norm}` closes nothing that is open", at)
        pieces = self.frames.pop().closed()
        self.value([*pieces, (self.postfix(), self.i - 1)])

    def close(self, sign: str) -> None:
        """A bracket that closes."""
        if len(self.frames) == 1 or self.top.kind[:1] != sign:
            raise self.error(f"`{sign}` closes nothing that is open")
        frame = self.frames.pop()
        self.i += 1
        if frame.kind == "}/":
            match = re.compile(r"\s*\{").match(self.text, self.i)
            if match is None:
                raise self.error(r"a fraction is written \frac{...}{...}")
            self.i = match.end()
            self.frames.append(Frame("}", "", "))", self.i))
            self.top.out += [*frame.closed(), (" / (", self.i)]
            return
        pieces = frame.closed()
        if after := self.postfix():
            if "^" in after and frame.opening != "(":
                pieces = [("(", frame.at), *pieces, (")", self.i - 1)]
            pieces.append((after, self.i - 1))
        if "^" in after:
            pieces = [("(", frame.at), *pieces, (")", self.i - 1)]
        self.value(pieces)
