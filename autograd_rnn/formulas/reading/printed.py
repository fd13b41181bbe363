"""The net's own equations as the program prints them. Such a line is the equation that it was printed of, whatever it leaves to the eye:
the axis of a sum, a reshape, digits of a number, whether ``²`` of a matrix is taken element by element."""

from __future__ import annotations

import functools
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import lettered
from autograd_rnn.algebra.printing import ATOM, TERM, show, texts
from autograd_rnn.algebra.styles import STYLES
from autograd_rnn.algebra.templates import notation
from autograd_rnn.formulas.jacobian import jacobian
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import END

SILENT = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[, ]|[\s&]")
GAP = f"(?:{SILENT.pattern})*"
GLUED = re.compile(r"[\w.^_\\][^\\]")  # the end of what stands before a piece, and its beginning
BEFORE = re.compile(r"(?:^|[=({\[,;+⊙|‖]|\\odot)\s*$")  # where a piece that binds less than a name does is whole
AFTER = re.compile(r"\s*(?:\\right)?\s*(?:$|[)}\],;+\-⊙|‖]|\\odot)")


def squeezed(line: str) -> str:
    """A line without what only sets it."""
    return END.sub("", SILENT.sub("", line))


DERIVATIVE = re.compile(r"(?m)^[^=\n]*(?:/|\\frac|total\(|partial\()")  # on a left side


class Printed:
    """The equations of one derivation by their left sides as text, in LaTeX and in letters; what one of them is printed as is found when
    a line with such a left side is asked about. ``jacobians``: those of one step are among them."""

    def __init__(self, derivation: System, jacobians: bool):
        self.letters = derivation.by_letter
        self.lefts: dict[str, dict[e.Equation, None]] = {}
        self.made: dict[str, dict[str, str]] = {}
        for q in (*derivation.forward, *derivation.equations, *(blocks(derivation) if jacobians else ())):
            for left in (q.left, lettered(q.left, self.letters)):
                for style in ("text", "latex"):
                    self.lefts.setdefault(squeezed(show(left, style)), {})[q._replace(where="")] = None

    def beginning(self, left: str) -> dict[str, str]:
        """What is printed with this on its left side, each line as it is on the keyboard."""
        if left not in self.made:
            found = self.lefts.get(left, ())
            forms = [(q, shown, style) for q in found for shown in (q, lettered(q, self.letters)) for style in ("text", "latex")]
            self.made[left] = {squeezed(show(shown, style)): show(q, "ascii") for q, shown, style in forms}
        return self.made[left]

    def whole(self, line: str) -> str | None:
        """A line that is printed as it is on the keyboard; None of any other."""
        squeezed_line = squeezed(line)
        return self.beginning(squeezed_line.partition("=")[0]).get(squeezed_line)

    def typed(self, line: str) -> str | None:
        """A line that is printed as it is on the keyboard; of another its pieces that have a notation of their own; None if none has."""
        found = self.whole(line)
        pattern, pieces = self.pieces
        if found or not pieces:
            return found

        def change(piece: re.Match[str]) -> str:
            typed, binds = pieces[squeezed(piece[0])]
            before, after = line[: piece.start()], line[piece.end() :]
            apart = not GLUED.search(before[-1:] + piece[0][:1]) and not re.match(r"[^\W⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ]", after)
            alone = (binds > TERM or BEFORE.search(before)) and (binds == ATOM or AFTER.match(after))
            return f" {typed}{' ' * after[:1].isspace()}" if apart and alone else piece[0]

        changed = pattern.sub(change, line)
        return None if changed == line else changed

    @functools.cached_property
    def pieces(self) -> tuple[re.Pattern[str], dict[str, tuple[str, int]]]:
        """What finds the operations that no function of a name is printed for, and what is typed for each; how tightly it binds."""
        found: dict[str, tuple[str, int]] = {}
        patterns = []
        rights = dict.fromkeys(q.right for equations in self.lefts.values() for q in equations)
        for x in (x for x in rights if any(isinstance(part, e.Call) for part in e.nodes(x))):
            for style in ("text", "latex"):
                for part, (text, binds) in texts(x, STYLES[style]).items():
                    if isinstance(part, e.Call) and (part.by is not None or notation(part.name) or "->" in text):
                        found.setdefault(squeezed(text), (show(part, "ascii"), binds))
                        patterns.append(text)
        longest = sorted(set(patterns), key=len, reverse=True)
        chunks = ([token for bit in SILENT.split(text) for token in re.findall(r"\w+|\W", bit)] for text in longest)
        return re.compile("|".join(r"(?:\\left)?" + GAP.join(map(re.escape, chunk)) for chunk in chunks) or "(?!)"), found

    def longest(self) -> int:
        """The length of the longest line that is printed, on the keyboard too."""
        return max((len(shown) for left in self.lefts for pair in self.beginning(left).items() for shown in pair), default=0)


@functools.lru_cache(maxsize=16)
def printed(derivation: System, jacobians: bool = False) -> Printed:
    """The equations as they are printed."""
    return Printed(derivation, jacobians)


def verbatim(derivation: System, text: str) -> bool:
    """Whether a text is a derived equation as it is printed, letter for letter: reading may bring it into a form that no law takes back."""
    derivative = bool(DERIVATIVE.match(text))
    equations = (*derivation.forward, *derivation.equations, *(blocks(derivation) if derivative else ()))
    on_keyboard = {squeezed(show(q._replace(where=""), "ascii")) for q in equations}
    return squeezed(text) in on_keyboard or printed(derivation, derivative).whole(text) is not None


def blocks(derivation: System) -> list[e.Equation]:
    """The state Jacobian; nothing where there is none."""
    try:
        return jacobian(derivation, None, None, None, None)
    except ValueError:
        return []
