"""A name as people write it with all that hangs on it, ``a_{i,t}``, ``h^{(t-1)}``, ``W_hhᵀ``, ``da2_i[t+1]``; what the model calls it."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.checking.arrays import ACROSS, OVER_STEPS, WITHIN_A_STEP
from autograd_rnn.formulas.checking.elements import AT, WORD, above_a_name, hung, parted
from autograd_rnn.formulas.checking.signs import FOLDS
from autograd_rnn.formulas.checking.vocabulary import Vocabulary, squeezed

TRANSPOSED = re.compile(r"\.T\b(?!\()|\.t\(\)|\.transpose\(\)|\^\s*(?:T\b|T(?=[a-z∂])|\{\s*T\s*\}|\(T\))|'(?!\()")
COLUMN = re.compile(r"\[\s*:\s*,\s*(?:None|(?:np\.)?newaxis)\s*\]|\.reshape\(\(?\s*-1\s*,\s*1\s*\)?\)")  # as programs make one of a vector
ROW = re.compile(r"\[\s*(?:None|(?:np\.)?newaxis)\s*(?:,\s*:\s*)?\]|\.reshape\(\(?\s*1\s*,\s*-1\s*\)?\)")
POWER = re.compile(r"(\.?\^|\*\*)\s*(?:(\d+)(?![\w.])|\{\s*(\d+)\s*\}|\(\s*(\d+)\s*\))")
AGAIN = re.compile(r"(?:\.?\^|\*\*)(?!\s*(?:T\b|\{\s*T\s*\}|\(T\)))")
BY_ELEMENT = re.compile(r"\^\s*\{\s*[⊙*]\s*(\d+)\s*\}")
RAISED = re.compile(r"\^\s*(?:\{\s*([^\W\dT]\w*)\s*\}|\{\s*\(\s*([^\W\dT]\w+)\s*\)\s*\}|([^\W\dTt])(?!\w))")  # W^{xo}, W^{(hh)}
MOMENT = re.compile(r"\[([^\[\]]*)\]|\^\s*(\{\s*\([^(){}]*\)\s*\}|[({][^(){}]*[)}])|\(([^()]*)\)")  # h[t], h^{(t)}, h^(t), h(t)
RATIO = r"-?\s*\d+(?:\.\d+)?(?:\s*/\s*\d+)?"
OTHER = re.compile(
    rf"(\.?\^|\*\*)\s*(?:\{{\s*({RATIO})\s*\}}|\(\s*({RATIO})\s*\)|(-\d+|\d+\.\d+)(?![\w.])|\{{\s*(-?)⁄\{{(\d+)\}}\{{(\d+)\}}\s*\}})"
)


class Misread(ValueError):
    """What could not be read, and where in the plain spelling."""

    def __init__(self, sentence: str, at: int):
        super().__init__(sentence)
        self.at = at


class Symbols:
    """Reads names in a text that is in the plain spelling of `signs`, from the place ``i`` on. ``running``: what a time may be called;
    ``counted``: the indices of elements."""

    def __init__(
        self, text: str, vocabulary: Vocabulary, running: Collection[str], row: int | None, guess: bool, counted: Collection[str] = ()
    ):
        self.text, self.words, self.row, self.guess = text, vocabulary, row, guess
        letters = "|".join(sorted(counted)) or "(?!)"
        self.counted, self.beside = frozenset(counted), re.compile(rf"(_\{{?|\[)\s*({letters})\s*,?\s*({letters})?\s*([\]}}]?)(?!\w)")
        self.running = {"t", "T", "S", *running}
        names = "|".join(sorted(map(re.escape, self.running)))
        self.time = re.compile(rf"\s*(?:(?:{names})(?:\s*[+-]\s*(?:{names}|\d+))*|\d+)\s*")
        number = rf"-?\s*(?:{names}|\d+)(?:\s*[+-]\s*(?:{names}|\d+))*"
        self.steps = re.compile(rf"(\^|\*\*)\s*[{{(]\s*\(?\s*({number})\s*\)?\s*[)}}]|(\^)\s*((?:{names})(?!\w))")
        self.notes: dict[str, None] = {}
        self.i = 0

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
                pass
            elif match := ROW.match(self.text, self.i):
                found += ".T"
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
            elif self.text[self.i] == "[" and (match := re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]").match(self.text, self.i)):
                found += match[0]
            elif match := re.compile(r"\.(?:dot|matmul|mm|mv)(?=\()|\.(?:copy|ravel|flatten|squeeze)\(\)").match(self.text, self.i):
                pass
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

    def symbol(self, at: int, adjoint: str = "", fraction: bool = False) -> tuple[str, int]:
        """A name with what hangs on it: its parts, its time, which may stand after the ``fraction`` that it is in, a transpose, a power."""
        if self.counted and self.text[self.i : self.i + 1] in ("(", "[") and (adjoint or fraction):
            return self.bracketed(at, adjoint)
        if self.counted and (found := self.element(at, adjoint)):
            return found
        match = WORD.match(self.text, self.i)
        if match is None:
            raise self.error("a name is missing here")
        if re.fullmatch(r"t_[a-s]?", match[0]) and not self.words.letter("t"):
            raise self.error("`t` counts the steps here: the target is `y`")
        word, self.i = match[0], match.end()
        tag, below, time, after, turned, moving = "", "", None, "", "", None
        while self.i < len(self.text):
            text, i = self.text, self.i
            if (match := re.compile(r"(?:_|(?<=_))(?:\{([^{}]*)\}|\(([^()]*)\)|(\w+))").match(text, i)) and time is None:
                below += "," + next(part for part in match.groups() if part is not None)
            elif (match := re.compile(r",(?:\{([^{}]*)\}|(\w+)(?![\w(]|\[[^\]:]*\]))").match(text, i)) and self.hangs(word, below, match):
                below += "," + (match[1] or match[2])
            elif (match := RAISED.match(text, i)) and self.raised(adjoint, word, tag, below, match[1] or match[2] or match[3]):
                below = f",{match[1] or match[2] or match[3]}{below}"
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
                    if match[2] is not None and self.tagged(adjoint, word, below, inner.strip()):
                        tag, self.i = inner.strip(), match.end()
                        continue
                    break
                if match[2] is not None and inner.strip() == "T" and "(" not in match[0].lstrip("^ ("):
                    break  # a transpose
                moving = self.words.moving.get(self.spelled(word, below)) if match[2] is not None else None
                if match[2] is not None and not moving and self.words.timed.get(self.named(adjoint, word, tag, below)[0]) is False:
                    if not self.tagged(adjoint, word, below, inner.strip(" ()")):
                        break  # a power
                    tag, self.i = inner.strip(" ()"), match.end()
                    continue
                time = inner.replace(" ", "")
            elif time is None and (match := re.compile(r"\^\s*t(?!\w)").match(text, i)) and self.moves(adjoint, word, tag, below):
                time, moving = "t", self.words.moving.get(self.spelled(word, below))
            else:
                break
            self.i = match.end()
        name, own_time = self.named(adjoint, word, tag, below) if moving is None else (moving, None)
        time = time if time is not None else own_time
        if self.words.timed.get(name) is False and (match := re.compile(r"'(?=\s*\()").match(self.text, self.i)):  # V'(p - y)
            turned, self.i = f"{turned}.T", match.end()
        after = turned + self.postfix()
        if time is None and not fraction and after[:1] != "[":
            time = self.usual(name, at)
        return f"{name}{'' if time is None else f'[{time}]'}{after}", at

    def moves(self, adjoint: str, word: str, tag: str, below: str) -> bool:
        """Whether a name of the model has a step."""
        name, _ = self.named(adjoint, word, tag, below)
        return self.words.timed.get(name, name != "e") or self.spelled(word, below) in self.words.moving

    def raised(self, adjoint: str, word: str, tag: str, below: str, above: str) -> bool:
        """Whether what stands above a name is the gate that the model has below it: ``a_t^o``, ``W^{xo}``."""
        base, *rest = [piece for piece in re.split(r"[_,\s]+", f"{word},{below}") if piece] or [""]
        kept = [piece for piece in rest if not self.time.fullmatch(piece)]
        whole = f"d{above}" if base == "delta" and not kept else "_".join([f"{adjoint}{base}{tag}", *kept, above])
        found = self.words.find(whole)
        return found is not None and (len(above) > 1 or bool(self.words.timed[found]))

    def spelled(self, word: str, below: str) -> str:
        """A name with what stands below it, as it is written."""
        return "_".join(self.words.greek.get(piece, piece) for piece in re.split(r"[_,\s]+", f"{word},{below}") if piece)

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
        if base == "delta" and len(found.indices) == 2 and found.step is None:
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

    def bounds(self, at: int) -> bool:
        """Whether what stands here says over what a sum or a product runs: a quantity may be called as its index is."""
        depth, beside = 0, False
        for k in range(at - 1, -1, -1):
            if self.text[k] in ")]}":
                depth += 1
            elif self.text[k] in "([{" and depth:
                depth -= 1
            elif self.text[k] in "([{":
                return beside and self.text[:k].rstrip().endswith(tuple(FOLDS))
            beside = beside or self.text[k] == "," and not depth
        return False

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

    def tagged(self, adjoint: str, word: str, below: str, tag: str) -> bool:
        """Whether a superscript is the layer of a name."""
        base, _, rest = word.partition("_")
        later = [part for part in f"{rest},{self.text[self.i :]}".split(",")]
        return any(re.match(rf"d?{re.escape(base.removeprefix('d') + tag)}(_|$)", name) for name in self.words.timed) and bool(later)

    def named(self, adjoint: str, word: str, tag: str, below: str) -> tuple[str, str | None]:
        """The name in the model, or the person's own, that the parts are, and the time in them."""
        base, _, rest = word.strip("_").partition("_")
        base = "_" * (word[:1] == "_" and any(name.startswith(f"_{base}") for name in self.words.timed)) + base  # a name may begin so
        for prefix in ("grad_", "∂"):
            if word.startswith(prefix) and prefix.rstrip("_") not in self.words.bases:
                adjoint, (base, _, rest) = "d", word.removeprefix(prefix).partition("_")
        written = [piece for piece in re.split(r"[_,\s]+", f"{rest},{below}") if piece]
        pieces = [self.words.greek.get(piece, piece) for piece in written]
        if base == "delta" and written[:1] != pieces[:1] and self.words.find(f"da_{pieces[0]}"):  # δ_ω is that of what goes into a gate
            adjoint, base = "d", "a"
        ends: list[tuple[int, str | None]] = [(len(pieces), None)]
        ends += [(len(pieces) - 1, pieces[-1])] if pieces and self.time.fullmatch(pieces[-1]) else []
        for (first, last), find in ((end, find) for find in (self.words.exactly, self.words.find) for end in ends):
            inside = "_".join(pieces[:first])
            for start in (adjoint, ""):
                if start == "" and adjoint:
                    continue
                whole = f"{start}{base}{tag}_{inside}" if inside else f"{start}{base}{tag}"
                found = find(whole)
                if found and (last is None or self.words.timed[found]):
                    return found, last
                if base == "delta" and inside and self.words.find(f"d{inside}") and whole not in self.words.own:
                    self.notes[f"`δ_{inside}` is read as `d{inside}`"] = None
                    return str(self.words.find(f"d{inside}")), last
        time = pieces.pop() if pieces and self.time.fullmatch(pieces[-1]) and not pieces[-1].isdigit() else None
        if time and (base, tag, pieces) == ("I", "", []) and self.words.timed.get("i"):  # with a step it is no identity matrix
            return f"{adjoint}i", time
        name = "_".join([f"{adjoint}{base}{tag}", *pieces])
        if time is None and pieces and pieces[-1].isdigit() and "_".join([f"{adjoint}{base}{tag}", *pieces[:-1]]) in self.words.own:
            time, name = pieces[-1], "_".join([f"{adjoint}{base}{tag}", *pieces[:-1]])
        other = next((o for spelled, o in self.words.accents.items() if squeezed(spelled) == squeezed(name)), None)
        if not self.guess and not other:
            return name, time
        if other := other or (self.words.other.get(name) if name not in self.words.own else None):
            self.notes[f"`{name}` is read as `{other}`"] = None
            return other, time
        if base == "delta" and len(pieces) == 1 and pieces[0].isdigit() and time is None:
            name, time = base, pieces[0]
        if name == "delta" and name not in self.words.own and self.words.inputs:
            self.notes["`δ` is read as `da`, the adjoint of what goes into the activation"] = None
            return "da", time
        before = re.fullmatch(r"(d?)(prev|next)_(\w+)", name)  # as programs of one step have it: from h_prev to h_next
        if before and time is None and name not in self.words.own and not name.startswith("dprev"):
            inner = before[1] + before[3]
            found, step = self.words.find(inner) or self.words.other.get(inner), "t-1" if before[2] == "prev" else "t"
            if found and self.words.timed.get(found):
                self.notes[f"`{name}` is read as `{found}[{step}]`"] = None
                return found, step
        for ending, step in (("_prev", "t-1"), ("_next", "t+1"), ("prev", "t-1"), ("next", "t+1")):
            base = name.removesuffix(ending)
            if not name.endswith(ending) or name in self.words.own or time is not None:
                continue
            known = self.words.find(base) or self.words.other.get(base) or ("da" if base == "delta" and self.words.inputs else "")
            found = base if base in self.words.own else known
            if found and self.words.timed.get(found, found in self.words.own):
                self.notes[f"`{name}` is read as `{found}[{step}]`"] = None
                return found, step
        return name, time
