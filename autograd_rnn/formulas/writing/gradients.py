"""Derivatives as people write them while a line is read: of the loss, ``∂L/∂h_t``, ``∇_W L``; of one quantity by another, ``∂h_t/∂h_k``."""

from __future__ import annotations

import re

from autograd_rnn.formulas.writing.elements import WORD
from autograd_rnn.formulas.writing.frames import Framed
from autograd_rnn.formulas.writing.indices import QUOTIENT
from autograd_rnn.formulas.writing.spelling import COPIED

GRADIENT = re.compile(r"(?:d|∂)\s*(?:L|E|J|loss|Loss|cost)\s*/\s*(?:d|∂)\s*(?=[^\W\d]|[(\[][^\W\d]\w*(?:_\{\w+\})?[)\]])")
FRACTION = re.compile(r"⁄\s*\{\s*(?:d|∂)\s*(?:L|E|J|loss|Loss|cost)\s*\}\s*\{\s*(?:d|∂)\s*(?=[^\W\d]|[(\[][^\W\d])")
LOST = re.compile(r"∂\s*([^\W\d_]+(?:_\w+)?)\s*∂\s*([^\W\d_]+(?:_\w+)?)\s*=")
UNKNOWN = re.compile(r"⁄\s*\{\s*∂\s*([^\W\d_]+)\s*\}\s*\{\s*∂|∂\s*([^\W\d_]+)\s*/\s*∂")  # above a derivative
OF_STEP = re.compile(r"d(L|E|J|loss|Loss|cost)\[")  # the loss of one step
STEPPED = re.compile(r"(\w+)(?:\.raised\(\s*\(?t\)?\s*\)|\*\*\(t\)|\[t\])")  # a weight at one step, by which a derivative is immediate


class Derivatives(Framed):
    """What is written as a quotient of two differentials, or with a nabla."""

    def gradient(self) -> bool:
        """Whether what comes next is a derivative, which is then read: ``∂L/∂h_t``, ``∇_W L``, ``∂h_t/∂h_k``."""
        text, i = self.text, self.i
        if match := LOST.match(text, i):
            above, below = match.groups() if match[1] in ("L", "E", "J") else match.groups()[::-1]
            raise self.error(f"a fraction has lost its line here, as it was copied: write `∂{above}/∂{below}`")
        if match := FRACTION.match(text, i):
            self.i = match.end()
            piece = self.symbol(i, "d", fraction=True)
            end = re.compile(r"\s*\}").match(text, self.i)
            if end is None:
                raise self.error("a derivative of the loss is by one quantity")
            self.i = end.end()
            self.value([self.copied(self.later(piece))])
        elif match := GRADIENT.match(text, i):
            self.i = match.end()
            self.value([self.copied(self.symbol(i, "d"))])
        elif (match := QUOTIENT.match(text, i)) and self.words.letter(match[7]) and (match[4] in "LEJ" or self.words.letter(match[4])):
            self.quotient(match)
        elif text[i] == "∇" and self.of_one():
            pass
        elif match := UNKNOWN.match(text, i):
            raise self.error(f"`{match[1] or match[2]}` is neither the loss, which is `L` here, nor a quantity of this net")
        elif match := re.compile(r"∂(?!_)|(?:∂(?!_\{?t\b)|∇)_?\{?").match(text, i):
            self.i = match.end()
            self.value([self.symbol(i, "d")])
            rest = re.compile(r"\}?\s*[LEJ]?(?!\w)").match(text, self.i)
            if match[0][:2] == "∂_" and (rest is None or rest[0][-1:] not in (*"LEJ",)):
                raise self.error("a derivative of the loss is by one quantity: `∂L/∂h_t`")
            self.i = rest.end() if rest and match[0] != "∂" else self.i
        return self.i > i

    def copied(self, piece: tuple[str, int]) -> tuple[str, int]:
        """A derivative of the loss; raises where it is by the weight of one step alone, as if each had its own."""
        if (step := STEPPED.fullmatch(piece[0])) and self.words.timed.get(step[1]) is False:
            raise self.error(f"{COPIED}: `δ_t h_{{t-1}}^T`", piece[1])
        if (loss := OF_STEP.match(piece[0])) and not self.words.letter(loss[1]):
            return f"total(L, L{piece[0][loss.end() - 1 :].replace(']', '])', 1)}", piece[1]
        return piece

    def of_one(self) -> bool:
        """Whether what comes next is the derivative of a quantity of the net, which is then read: ``∇_W h_i``; by ``W^{(t)}`` the
        immediate one."""
        at, notes = self.i, dict(self.notes)
        start = re.compile(r"∇\s*_?\s*(\{?)\s*(?=[^\W\d])").match(self.text, at)
        if start:
            self.i = start.end()
            below, _ = self.symbol(self.i)
            end = re.compile(r"\s*\}\s*" if start[1] else r"\s*").match(self.text, self.i)
            self.i = end.end() if end else self.i
            word = WORD.match(self.text, self.i)
            if end and word and self.words.letter(word[0].partition("_")[0]) and self.words.timed.get(STEPPED.sub(r"\1", below)) is False:
                above, _ = self.symbol(self.i)
                self.value([(f"{'immediate' if STEPPED.fullmatch(below) else 'total'}({above}, {STEPPED.sub(chr(92) + '1', below)})", at)])
                return True
        self.i, self.notes = at, notes
        return False

    def quotient(self, match: re.Match[str]) -> None:
        """The derivative of one quantity by another, ``∂h_t/∂h_k``: a total one with d, with ∂ a partial one, with a plus the immediate."""
        at, kind = self.i, "immediate" if "+" in match[0][: match.start(3) - self.i] else "total" if match[2] == "d" else "partial"
        self.i = match.start(3)
        above, _ = self.symbol(self.i)
        if match[4] in "LEJ" and not self.words.letter(match[4]):
            above = "L" + re.sub(r"^_(\d+)$", r"[\1]", above.removeprefix(match[4]))
        between = re.compile(r"\s*(?:/|\}\s*\{)\s*[d∂]\s*").match(self.text, self.i)
        if between is None:
            raise self.error("a derivative is one of one quantity by another: ∂h_t/∂h_k")
        self.i = between.end()
        below, _ = self.symbol(self.i)
        if (step := STEPPED.fullmatch(below)) and self.words.timed.get(step[1]) is False:
            kind, below = "immediate", step[1]
        end = re.compile(r"\s*\}").match(self.text, self.i) if match[1] else None
        self.i = end.end() if end else self.i
        below, turned, after = below.partition(".T")
        self.value([(f"{kind}({above}, {below}){turned}{after}{self.postfix()}", at)])
