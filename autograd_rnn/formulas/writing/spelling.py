"""A name as people write it with all that hangs on it, ``a_{i,t}``, ``h^{(t-1)}``, ``W_hhᵀ``, ``da2_i[t+1]``; what the model calls it."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.writing.arrays import ACROSS, OVER_STEPS, WITHIN_A_STEP
from autograd_rnn.formulas.writing.called import Naming
from autograd_rnn.formulas.writing.elements import AT, WORD, above_a_name, hung, parted
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

TRANSPOSED = re.compile(r"\.T\b(?!\()|\.t\(\)|\.transpose\(\)|\^\s*(?:T\b|T(?=[a-z∂])|\{\s*T\s*\}|\(T\))|'(?!\()")
COLUMN = re.compile(r"\[\s*:\s*,\s*(?:None|(?:np\.)?newaxis)\s*\]|\.reshape\(\(?\s*-1\s*,\s*1\s*\)?\)")  # as programs make one of a vector
ROW = re.compile(r"\[\s*(?:None|(?:np\.)?newaxis)\s*(?:,\s*:\s*)?\]|\.reshape\(\(?\s*1\s*,\s*-1\s*\)?\)")
POWER = re.compile(r"(\.?\^|\*\*)\s*(?:(\d+)(?![\w.])|\{\s*(\d+)\s*\}|\(\s*(\d+)\s*\))")
AGAIN = re.compile(r"(?:\.?\^|\*\*)(?!\s*(?:T\b|\{\s*T\s*\}|\(T\)))")
BY_ELEMENT = re.compile(r"\^\s*\{\s*[⊙*]\s*(\d+)\s*\}")
RAISED = re.compile(r"\^\s*(?:\{\s*([^\W\dT]\w*)\s*\}|\{\s*\(\s*([^\W\dTt]\w*)\s*\)\s*\}|([^\W\dTt])(?![^\W_]))")  # W^{xo}, W^{(hh)}
MOMENT = re.compile(r"\[([^\[\]]*)\]|\^\s*(\{\s*\([^(){}]*\)\s*\}|[({][^(){}]*[)}])|\(([^()]*)\)")  # h[t], h^{(t)}, h^(t), h(t)
CLASS, CLOSED = re.compile(r"\[\s*(?=\w+\s*[_^])([^\W\d]\w*)"), re.compile(r"\s*\]")  # p_t[y_{t-1}]
RATIO = r"-?\s*\d+(?:\.\d+)?(?:\s*/\s*\d+)?"
OTHER = re.compile(
    rf"(\.?\^|\*\*)\s*(?:\{{\s*({RATIO})\s*\}}|\(\s*({RATIO})\s*\)|(-\d+|\d+\.\d+)(?![\w.])|\{{\s*(-?)⁄\{{(\d+)\}}\{{(\d+)\}}\s*\}})"
)


COPIED = "what the weight of one step adds to the gradient is written out, that step's adjoint times what came in"

LENGTH = r"\s*(?:\d\s*\*\s*)?[A-RU-Z](?:\s*\+\s*[A-RU-Z])*\s*"
SOME_ROWS = re.compile(rf"\[(?:{LENGTH}:(?:{LENGTH})?|\s*:{LENGTH})\]")  # dz[:H], of a step
SUMMED = re.compile(r"Σ(?!_\{?\s*(?!t(?![a-z]))\w)(?:_(?:\{[^{}]*\}|t))?(?:\^(?:\{[^{}]*\}|\w))?|(?<!\w)[Ss]um\(")  # over the steps
STEPPED = re.compile(r"\w(?:\[|[_^]\{?\(?|\()\s*t(?:\s*[-+]\s*\d+)?\s*(?:[\])}]|(?!\w))")
EACH = re.compile(r"\bfor\s+(?:t\b|\w+\s+in\s+(?:reversed\()?range\([^()]*\b[TS]\b)")
OTHER_INDEX = re.compile(r"\bfor\s+\w+\s+in\b")


class Misread(ValueError):
    """What could not be read, and where in the plain spelling."""

    def __init__(self, sentence: str, at: int):
        super().__init__(sentence)
        self.at = at


class Symbols(Naming):
    """Reads names in a text that is in the plain spelling of `signs`, from the place ``i`` on. ``running``: what a time may be called;
    ``counted``: the indices of elements; ``row``: which line it is of a program."""

    def __init__(
        self, text: str, vocabulary: Vocabulary, running: Collection[str], row: int | None, guess: bool, counted: Collection[str] = ()
    ):
        super().__init__(text, vocabulary, running, guess)
        self.row = row
        letters = "|".join(sorted(counted)) or "(?!)"
        self.counted, self.beside = frozenset(counted), re.compile(rf"(_\{{?|\[)\s*({letters})\s*,?\s*({letters})?\s*([\]}}]?)(?!\w)")
        names = "|".join(sorted(map(re.escape, self.running)))
        number = rf"-?\s*(?:{names}|\d+)(?:\s*[+-]\s*(?:{names}|\d+))*"
        self.steps = re.compile(rf"(\^|\*\*)\s*[{{(]\s*\(?\s*({number})\s*\)?\s*[)}}]|(\^)\s*((?:{names})(?!\w))")

    def inside(self) -> str:
        """What opened the brackets that this stands in."""
        return ""

    def error(self, sentence: str, at: int | None = None) -> Misread:
        """An error at a place."""
        return Misread(sentence, self.i if at is None else at)

    def postfix(self) -> str:
        """What is written behind a value: transposes, powers, an index."""
        found, raised = "", False
        while self.i < len(self.text):
            if raised and AGAIN.match(self.text, self.i):
                raise self.error("a power of a power has two readings: write brackets, `(x^2)^3`, or the one that is meant, `x^6`")
            if match := TRANSPOSED.match(self.text, self.i):
                found += ".T"
            elif match := COLUMN.match(self.text, self.i):
                found += ".column" * (match[0][0] == "[")  # reshaped it may have been one
            elif match := ROW.match(self.text, self.i):
                found += ".row" if match[0][0] == "[" else ".T"
            elif self.counted and (match := self.beside.match(self.text, self.i)):
                found += f"[{AT}({', '.join(filter(None, match.groups()[1:3]))})]"
            elif match := POWER.match(self.text, self.i):
                times = match[2] or match[3] or match[4]
                found += f"**{times}" if "*" in match[1] else f".raised({times})"
            elif match := BY_ELEMENT.match(self.text, self.i):
                found += f"**{match[1]}"
            elif match := OTHER.match(self.text, self.i):
                times = match[2] or match[3] or match[4] or f"{match[5]}{match[6]}/{match[7]}"
                found += f"**({times})" if "*" in match[1] else f".raised({times})"
            elif (match := CLASS.match(self.text, self.i)) and self.named("", match[1], "", "")[0] in self.words.given:
                start, self.i = self.i, match.start(1)
                found += f"[{self.symbol(self.i)[0]}]"
                if not (match := CLOSED.match(self.text, self.i)):
                    raise self.error("`]` is missing here", start)
            elif self.text[self.i] == "[" and (match := re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]").match(self.text, self.i)):
                found += match[0]
            elif match := re.compile(r"\.(?:dot|matmul|mm|mv)(?=\()|\.(?:copy|(ravel|flatten)|squeeze)\(\)").match(self.text, self.i):
                if match[1]:
                    self.notes[f"`.{match[1]}()` is read as what it is behind: of a matrix it makes one vector, row after row"] = None
            elif match := OVER_STEPS.match(self.text, self.i):
                found += ".sum(0)"
            elif WITHIN_A_STEP.match(self.text, self.i):
                raise self.error(ACROSS)
            elif self.text.startswith(".sum(", self.i):
                raise self.error("`sum` adds the elements of a vector: over the steps write `Sum(da[t], t)`")
            elif match := self.steps.match(self.text, self.i):
                found += f"**({match[2]})" if match[1] == "**" else f".raised({match[2] or match[4]})"
            elif match := re.compile(r"\^\s*\{?|\*\*\s*\{").match(self.text, self.i):
                if above := above_a_name(self.text, self.i):
                    raise self.error(above)
                raise self.error(
                    "powers are whole numbers from 1 to 20, halves or their negatives, as `x**2` and `x**(-1/2)`; `x.T` transposes"
                )
            else:
                break
            raised = raised or match.re in (POWER, BY_ELEMENT, OTHER, self.steps)
            self.i = match.end()
        return found

    def begun(self) -> str:
        """The word that a name begins with."""
        match = WORD.match(self.text, self.i)
        if match is None:
            raise self.error("a name is missing here")
        if re.fullmatch(r"t_[a-s]?", match[0]) and not self.words.letter("t"):
            raise self.error("`t` counts the steps here: the target is `y`")
        self.i = match.end()
        return match[0]

    def symbol(self, at: int, adjoint: str = "", fraction: bool = False) -> tuple[str, int]:
        """A name with what hangs on it: its parts, its time, which may stand after the ``fraction`` that it is in, a transpose, a power."""
        if self.counted and self.text[self.i : self.i + 1] in ("(", "[") and (adjoint or fraction):
            return self.bracketed(at, adjoint)
        if self.counted and (found := self.element(at, adjoint)):
            return found
        word = self.begun()
        tag, below, time, turned, moving = "", "", None, "", None
        while self.i < len(self.text):
            text, i = self.text, self.i
            if (match := re.compile(r"(?:_|(?<=_))(?:\{([^{}]*)\}|\(([^()]*)\)|(\w+))").match(text, i)) and time is None:
                below += "," + next(part for part in match.groups() if part is not None)
            elif (match := re.compile(r",(?:\{([^{}]*)\}|(\w+)(?![\w(]|\[[^\]:]*\]))").match(text, i)) and self.hangs(word, below, match):
                below += "," + (match[1] or match[2])
            elif (match := RAISED.match(text, i)) and self.raised(adjoint, word, tag, below, match[1] or match[2] or match[3]):
                head, _, step = word.rpartition("_") if self.time.fullmatch(word.rpartition("_")[2]) else (word, "", "")
                word, below = head or word, f",{match[1] or match[2] or match[3]},{step}{below}"  # a_t^o
            elif (
                time is None
                and (match := re.compile(r"\^\s*\{\s*\(([^(){}]*)\)\s*\^?\s*(?:T|\{\s*T\s*\})\s*\}").match(text, i))
                and self.time.fullmatch(match[1])
            ):
                time, turned = match[1].replace(" ", ""), ".T"
            elif time is None and (match := MOMENT.match(text, i)):
                inner = next(part for part in match.groups() if part is not None).strip("(){} ")
                if match[1] is not None and self.named(adjoint, word, tag, below)[1] is not None:
                    break  # x_t[0] has its time: this is an index
                if not self.time.fullmatch(inner) or match[2] and not match[0].rstrip("} ").endswith(")") and not inner.strip("0123456789"):
                    break
                if match[2] is not None and inner.strip() == "T" and "(" not in match[0].lstrip("^ ("):
                    break  # a transpose
                moving = self.words.moving.get(self.spelled(word, below)) if match[2] is not None else None
                if match[2] is not None and not moving and self.words.timed.get(self.named(adjoint, word, tag, below)[0]) is False:
                    break  # a power
                time = inner.replace(" ", "")
            elif time is None and (match := re.compile(r"\^\s*t(?!\w)").match(text, i)) and self.moves(adjoint, word, tag, below):
                time, moving = "t", self.words.moving.get(self.spelled(word, below))
            else:
                break
            self.i = match.end()
        name, own_time = self.named(adjoint, word, tag, below) if moving is None else (moving, None)
        if time and own_time:  # δ_2^{(t)}, of a layer
            name, own_time = self.named(adjoint, f"{word}{own_time}", tag, "")
        time = time if time is not None else own_time
        if self.words.timed.get(name) is False and (match := re.compile(r"'(?=\s*\()").match(self.text, self.i)):  # V'(p - y)
            turned, self.i = f"{turned}.T", match.end()
        after = turned + self.postfix()
        if name[:1] == "d" and self.words.timed.get(name) is False and ".raised(t" in after:
            raise self.error(f"{COPIED}: `δ_t h_{{t-1}}^T`", at)
        if time is None and not fraction and (after[:1] != "[" or SOME_ROWS.match(after)):
            time = self.usual(name, at)
        return f"{name}{'' if time is None else f'[{time}]'}{after}", at

    def element(self, at: int, adjoint: str) -> tuple[str, int] | None:
        """A name of which an element is taken, ``h_{t,i}``, ``δ_j^{(t+1)}``, ``W_ij``; None where none is."""
        match = WORD.match(self.text, self.i)
        word = match[0] if match else ""
        if not word:
            return None
        end, below = hung(self.text, self.i, self.counted)
        head = "grad_" if word.startswith("grad_") and "grad" not in self.words.bases else ""
        base, *rest = word.strip("_").removeprefix(head).split("_")
        if not base:  # a subscript of nothing
            return None
        found = parted(adjoint + base, [*filter(None, rest), *below], self.counted, self.words)
        if found is None or not found.indices:
            return None
        self.i = end
        if base == "delta" and not adjoint and len(found.indices) == 2 and found.step is None:
            return f"I[{AT}({', '.join(found.indices)})]{self.postfix()}", at
        name, _ = self.named(adjoint, head + base, "", ",".join(found.kept))
        moves = self.words.timed.get(name, True)
        time = found.step if moves else None
        time = time if time is not None else self.usual(name, at)
        turned = ".T" * (not moves and found.step == "T")  # W_{ij}^T, of what has no steps
        return f"{name}{'' if time is None else f'[{time}]'}[{AT}({', '.join(found.indices)})]{turned}{self.postfix()}", at

    def usual(self, name: str, at: int) -> str | None:
        """The time of a name that is written without one; None where it has none."""
        if self.bounds(at) or self.inside().endswith("(") and re.match(r"\s*=(?!=)", self.text[self.i :]):
            return None  # of an index, of an option
        known = self.guess and name not in self.words.own
        if known and (only := self.words.only.get(name)):
            self.notes[f"names without a time that are at one step alone are those of the step {only}"] = None
            return only
        if not (self.row is not None and name in self.words.own or known and self.words.timed.get(name, False)):
            return None
        over = SUMMED.search(self.text, 0, at)
        each = EACH.search(self.text, at) or over and not OTHER_INDEX.search(self.text, at) and STEPPED.search(self.text, over.end())
        if over and each:
            raise self.error(f"`{name}` has no step in a sum over the steps that others have: write `{name}[t]`", at)
        self.notes["names without a time are those of the step t"] = None
        later = self.row is not None and "=" in self.text[:at] and self.words.order.get(name, -1) >= self.row
        return "t+1" if later else "t"  # of the sweep before, which was of the step after

    def bracketed(self, at: int, adjoint: str) -> tuple[str, int]:
        """A name in brackets of its own, of which an element is taken: ``∂L/∂(W_hh)_{ij}``."""
        closing = {"(": ")", "[": "]"}[self.text[self.i]]
        self.i += 1
        name, _ = self.symbol(at, adjoint)
        if self.text[self.i : self.i + 1] != closing:
            raise self.error(f"`{closing}` is missing here")
        self.i += 1
        return name + self.postfix(), at

    def later(self, piece: tuple[str, int]) -> tuple[str, int]:
        """A name whose time stands after what it was in, as that of ∂h in a fraction."""
        match = re.compile(r"\s*(?:\[([^\[\]]*)\]|_\{([^{}]*)\}|_(\w)(?!\w)|\^\s*\{\s*\(([^(){}]*)\)\s*\})").match(self.text, self.i)
        inner = next((part for part in match.groups() if part is not None), "") if match else ""
        found: str | None = None
        if match and piece[0][-1] != "]" and self.time.fullmatch(inner):
            self.i, found = match.end(), inner.replace(" ", "")
        elif "[" not in piece[0]:
            found = self.usual(piece[0], piece[1])
        return piece[0] + (f"[{found}]" if found else "") + self.postfix(), piece[1]

    def hangs(self, word: str, below: str, match: re.Match[str]) -> bool:
        """Whether what follows a comma belongs to the name, as in ``a_i,t``."""
        inner = match[1] if match[1] is not None else match[2]
        if not self.time.fullmatch(inner) or not ("_" in word.strip("_") or below):
            return False
        return self.inside() not in ("Sum(", "sum(", "Prod(") or not re.match(
            r"\s*\)|\s*,\s*[\dTS]", self.text[match.end() :]
        )  # a sum's own index
