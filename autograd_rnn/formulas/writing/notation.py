r"""People's writing read into the one formula language, with a map of places back to what the person wrote.

``dh_t``, ``∂L/∂h_t`` and ``\frac{\partial L}{\partial h_t}`` are ``dh[t]``; ``W^T``, ``W'`` and ``Wᵀ`` are ``W.T``; what stands side by
side is a product, written ``//`` in between, and binds more tightly than ``*``. Nothing is evaluated, and no shape is known here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from autograd_rnn.algebra.operations import functions
from autograd_rnn.algebra.templates import numbered
from autograd_rnn.formulas.writing.elements import AT, LETTERS, VARIED, WORD, elements
from autograd_rnn.formulas.writing.frames import CLOSE, OPEN, Frame
from autograd_rnn.formulas.writing.gradients import Derivatives
from autograd_rnn.formulas.writing.indices import indices, limits
from autograd_rnn.formulas.writing.lines import Unreadable, marked, worded
from autograd_rnn.formulas.writing.prepared import prepared, taken
from autograd_rnn.formulas.writing.spelling import POWER, Misread
from autograd_rnn.formulas.writing.sugar import ACTS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

FUNCTIONS = {"sigma": "sigmoid", "logistic": "sigmoid", "ReLU": "relu", "one_hot": "onehot", "Diag": "diag", "ln": "log", "σ": "sigmoid"}
FUNCTIONS |= {"sgn": "sign"} | {name: name for name in (*functions(), "softmax", "diag", "onehot", "sech", "transpose", "outer")}
LANGUAGE = {*FUNCTIONS, "Sum", "sum", "ones", "positive", "heaviside", "kron"}
MODULE = re.compile(r"(?:(?:np|numpy|torch|jnp|math|tf|F|linalg|nn|functional|self)\.)+(?!T(?!\w))(?=[A-Za-z])")  # a matrix may be called F
ADDED = re.compile(r"sum\(\s*\[[^=]*\bfor\b(?!.*\baxis\b)")
NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
COMMA = re.compile(r"(?![1-9]\d{,2}\{?,\}?\d{3}(?!\d))(\d+)(?:,|\{,\})(\d+)(?![\w.,])")  # 0,5, and not 1,000
SUM = re.compile(r"(?:Σ|Π|[Ss]um(?=_)|[Pp]rod(?=_))\s*")
OVER = re.compile(r"(?:the\s+)?[Ss]um over (?:all )?([tk])(?:\s+of)?(?!\w)")
HIT = re.compile(rf"(?:(?:1|\bI)\s*_?\s*)?[\[{{(]\s*([{LETTERS}])\s*==?\s*(?=y)|delta_\{{?\s*([{LETTERS}])\s*,?\s*(?=y)")  # 1_{{i=y_t}}
TURNED = re.compile(rf"(?:1|\bI)\s*_?\s*[\[{{(]\s*(?=y[^=!<>≠≤≥~]{{0,9}}?\s*==?\s*([{LETTERS}])(\s*[\]}})]))")  # 1{{y_t = i}}
SUBSCRIPTS = re.compile(r"([a-zA-Z]+(?:,[a-zA-Z]*)*->[a-zA-Z]*)(?=\s*\))")
QUOTED = re.compile(r"(['\"])([a-zA-Z,\s]+(?:->[a-zA-Z\s]*)?)\1")
LIMITS = re.compile(  # (t=1 to T) are some without a line below, (1 - h_t) is what is added
    r"_?\s*(?:\{([^{}]*)\}|(?:(?<=_)|(?=\(\s*\w+\s*(?:[=∈,)]|in\b)))\(([^()]*)\)|(\w)(?![\w(\[]))?\s*(?:\^\s*(?:\{([^{}]*)\}|(\w)))?"
)
OPERATORS = re.compile(r":=|\*\*|\.\*|\+=|==|<=|>=|!=|[-+*/@⊙⊗·=<>≠]")
KEYWORDS = {"if", "for", "in", "else", "and", "or", "not", "is", "lambda"}


class Reading(NamedTuple):
    """A line in the formula language; of each of its characters the place in the person's text; and what was taken for what."""

    text: str
    at: list[int]
    notes: tuple[str, ...]
    counted: frozenset[str] = frozenset()  # the indices of elements in it


class Writer(Derivatives):
    """Reads one line that is in the plain spelling of `signs`."""

    def written(self) -> list[tuple[str, int]]:
        """The line in pieces, each with its place in the plain text."""
        while self.i < len(self.text):
            self.token()
        self.end_terms()
        if len(self.frames) > 1:
            act = self.top.opening[:-1]
            said = (
                f"`{act}` stands in front of what it is of, as `{act}(a_t)`" if self.top.kind == "one" else "this bracket is never closed"
            )
            raise self.error(said, self.top.at)
        return self.top.closed()

    def token(self) -> None:
        """The next piece of the text."""
        text, i = self.text, self.i
        if text[i].isspace():
            self.i += 1
        elif match := MODULE.match(text, i):
            self.i = match.end()
            if ADDED.match(text, self.i):
                raise self.error("`np.sum` of a list adds all of its elements, to one number: with `axis=0` it adds the steps")
        elif self.gradient() or self.subscripted():
            pass
        elif match := OVER.match(text, i):
            self.i = match.end()
            self.frames.append(Frame("term", "Sum(", f", {match[1]})", i))
        elif (match := SUM.match(text, i)) and not ((word := WORD.match(text, i)) and word[0] in {*self.words.timed, *self.words.calls}):
            self.i = match.end()
            self.sum(i)
        elif text[i] == "⁄":
            self.fraction()
        elif (match := COMMA.match(text, i)) and self.inside() in ("", "("):
            self.i = match.end()
            self.notes[f"`{match[1]},{match[2]}` is read as {match[1]}.{match[2]}"] = None
            self.value([(f"{match[1]}.{match[2]}", i)])
        elif match := NUMBER.match(text, i):
            self.i = match.end()
            after = self.postfix()
            self.value([((f"({match[0]})" if after else match[0]) + after, i)])
        elif (match := QUOTED.match(text, i)) and self.inside() == "einsum(":
            self.i = match.end()
            self.value([(f'"{match[2]}"', i)])
        elif (match := SUBSCRIPTS.match(text, i)) and self.inside() == "einsum(":
            self.i = match.end()
            self.value([(", ".join(numbered(match[1])), i)])
        elif text[i] == "_" and self.top.after and not any(name.startswith("_") for name in self.words.timed):
            raise self.error("what stands below a bracket or a number is not read: an element or a step is one of a name, as `h_t`")
        elif match := WORD.match(text, i):
            self.word(match)
        elif match := re.compile(r"\|\|?|[‖⌊⌋⌈⌉]").match(text, i):
            self.bar(match[0])
        elif text[i] in OPEN:
            self.opened()
        elif text[i] in CLOSE:
            self.end_terms()
            self.close(text[i])
        elif text[i] in ",;:" and not text.startswith(":=", i):
            self.end_terms()
            self.top.operator(text[i] + " ", i)
            self.i += 1
        elif match := OPERATORS.match(text, i):
            self.operator(match)
        elif text.startswith("...", i) or text[i] == "…":
            self.i += 3 if text[i] == "." else 1
            self.value([("...", i)])
        else:
            if called := re.compile(r"\.([^\W\d]\w*)\(").match(text, i):
                raise self.error(
                    f"`.{called[1]}(...)` behind a value is not read: write it as a function or with signs, as `tanh(x)` or `a * b`"
                )
            raise self.error(f"the character {text[i]!r} has no meaning in a formula")

    def subscripted(self) -> bool:
        """Whether what comes next is a sign that its subscript says, which is then read: ``1_{a>0}``, ``e_{y_t}``, ``1_3``, ``log_2``."""
        text, i = self.text, self.i
        if (match := HIT.match(text, i)) and (match[1] or match[2]) in self.counted:
            self.i = match.end()
            target, at = self.symbol(i)
            end = re.compile(r"\s*[\]})]" if match[1] or "{" in match[0] else "").match(text, self.i)
            self.i = end.end() if end else self.i
            self.value([(f"onehot({target})[{AT}({match[1] or match[2]})]{self.postfix()}", at)])
        elif (match := TURNED.match(text, i)) and match[1] in self.counted:
            self.i = match.end()
            target, at = self.symbol(i)
            if not re.fullmatch(r"\s*==?\s*\w", text[self.i : match.start(2)]):
                raise self.error("of a class is asked which element it is, as in `1{y_t = k}`", i)
            self.i = match.end(2)
            self.value([(f"onehot({target})[{AT}({match[1]})]{self.postfix()}", at)])
        elif text[i] in "1I" and (match := re.compile(r"[1I]\s*_?\s*[\[{(](?=[^\])}]*(?:[<>]|==))").match(text, i)):
            self.i = match.end()
            self.frames.append(Frame(CLOSE[OPEN.index(text[self.i - 1])], "(", ")", i))
        elif (match := re.compile(r"(?:1|\be)_\{(?=\s*y)|(?:1|\be)_(?=y(?!\w))").match(text, i)) and not self.words.find("e"):
            self.i = match.end()
            target, at = self.symbol(i)
            end = re.compile(r"\s*\}" if match[0][-1] == "{" else "").match(text, self.i)
            self.i = end.end() if end else self.i
            self.value([(f"onehot({target})", at)])
        elif match := re.compile(r"log_\{?(2|10)\}?(?=\s*[({\w])").match(text, i):
            self.function(f"log{match[1]}", match.end(), i)
        elif match := re.compile(r"1_\{?(\d+(?:·\d+)*)\}?").match(text, i):
            self.i = match.end()
            self.value([(f"ones({match[1].replace('·', ', ')}){self.postfix()}", i)])
        return self.i > i

    def fraction(self) -> None:
        r"""``\frac{a}{b}``."""
        match = re.compile(r"⁄\s*\{").match(self.text, self.i)
        if match is None:
            raise self.error(r"a fraction is written \frac{...}{...}")
        self.frames.append(Frame("}/", "((", ")", self.i))
        self.i = match.end()

    def sum(self, at: int) -> None:
        """Σ and its limits: it takes what follows up to the next plus or minus."""
        match = LIMITS.match(self.text, self.i)
        assert match is not None
        if re.compile(r"\s*(?:exp\b|e\s*\^)").match(self.text, self.i):
            self.notes["Σ without an index in front of an exponential is the sum of its elements"] = None
            self.frames.append(Frame("term", "sum(", ")", at))
            return
        below = (match[1] or match[2] or match[3] or "t").replace(" ", "")
        above = (match[4] or match[5] or "").replace(" ", "")
        bound = {frame.closing.split(", ")[1].rstrip(")") for frame in self.frames if frame.kind == "term" and ", " in frame.closing}
        left = re.findall(r"(?<![^\W_])[a-zτ](?![^\W_])", self.text.partition("=")[0]) if "=" in self.text[:at] else []
        several = below.replace(",", "") if self.counted else ""
        steps = below.partition("=")[0] in self.running - self.counted
        other = steps and re.fullmatch(r"[A-Z]", above) and above not in {*"TS", *self.words.sizes} and not self.words.find(above)
        if below.endswith("=1") and other:  # Σ_{t=1}^N, of a sequence of N steps
            self.notes[f"`{above}` is read as the last step, T"], above = None, ""
        each = {*several} <= self.counted and len(several) > 1
        folded = [(index,) for index in several] if each else [limits(below, above, {*bound, *left})]
        cells = below.partition("=")[0]
        if self.words.timed.get(cells) and cells not in {*LETTERS, *self.running}:  # as Graves, of the cells of a block
            self.notes[f"Σ_{cells} is read as the sum over the cells of a block, which has one here"] = None
            self.i = match.end()
            return
        if above and folded[0] and len(folded[0]) == 1 and above not in {*"TSτ"} and folded[0][0] in self.running - self.counted:
            self.notes[f"`{above}` is read as the last step, T"] = None
        name = "Prod" if self.text[at] in "ΠPp" else "Sum"
        for bounds in folded:
            if bounds is None or (match[3] and match[3] not in {*self.running, *self.counted} and not above):
                raise self.error("a sum is written Σ_t or Σ_{t=1}^{T}, a product Π_{j=k+1}^{t}", at)
            index, *ends = bounds
            back = name == "Sum" and len(ends) > 1 and re.fullmatch("[TS]", ends[0]) and re.fullmatch(r"\d|[i-nt]", ends[1])
            ends = ends[::-1] if back else ends
            if back or len(ends) > 1 and re.fullmatch(r"\w=[^,.…]+,[^,.…]+", below):
                self.notes[f"`{self.text[at : match.end()].strip()}` is read as the sum from {ends[0]} to {ends[1]}"] = None
            self.i = match.end()
            self.running |= {index} - self.counted
            self.frames.append(Frame("term", f"{name}(", "".join(f", {part}" for part in (index, *ends)) + ")", at))

    def word(self, match: re.Match[str]) -> None:
        """A name, a function or a word such as ``for``."""
        word, at = match[0], self.i
        if self.counted and (found := self.element(at, "")):
            self.value([found])
            return
        varied = None if self.words.find(word) or word.partition("_")[0][5:] in self.words.layers else VARIED.match(self.text[at:][:200])
        if varied and (self.varied or word not in self.words.own and self.varies(varied[1]) and self.adjoining(varied)):
            self.i = at + varied.end()
            piece = self.symbol(at, "d")
            name = piece[0].partition("[")[0][1:]
            self.notes[f"`δ{name}` is read as `d{name}`"] = None
            self.value([piece])
            return
        ahead = re.compile(r"\s*").match(self.text, match.end())
        following = self.text[ahead.end() if ahead else match.end() :][:1]
        power = re.compile(r"\s*(?:\^|\*\*)\s*(?!T\b|\{?\s*\(\s*[tT]\s*(?:[-+]\s*\d+\s*)?\))").match(self.text, match.end())
        if word == "e" and power and not self.words.find("e") and "e" not in self.words.own:
            self.function("exp", power.end(), at)
            return
        notes = dict(self.notes)
        known = word in self.running or self.named("", word, "", "")[0] in {*self.words.timed, *self.words.own}
        self.notes = notes  # W alone is not W_xz
        adjacent = self.text[match.end() : match.end() + 1] == "(" and word in LANGUAGE  # as printed, of a net that has such a name too
        called = not known or word in self.words.calls or adjacent
        acting = word in ACTS and self.acts(match)
        if acting:
            self.notes[f"`{word}` in front of what goes into an activation is read as that activation"] = None
        if word in KEYWORDS and not known:
            self.end_terms()
            self.i = match.end()
            self.top.operator(f" {word} ", at)
        elif acting or called and (following == "(" and not self.moment(match) or word in FUNCTIONS):
            self.function(word, match.end(), at)
        elif called and re.match(r"\s*(?:'(?:_\{)?|\*\*|\^\{?[23])[₁-₉\d]*\}?\s*\(", self.text[match.end() : match.end() + 12]):
            self.function(word, match.end(), at)
        else:
            self.value([self.symbol(at)])

    def adjoining(self, varied: re.Match[str]) -> bool:
        """Whether a δ belongs to the name behind it, and is no factor in front of it: by what stands between, or as nothing else is one."""
        return varied.end() == len("delta") or varied[1] in self.words.slopes or not self.words.inputs

    def moment(self, match: re.Match[str]) -> bool:
        """Whether brackets after a name hold a time, ``h(t-1)``."""
        inner = re.compile(r"\(([^()]*)\)").match(self.text, match.end())
        found = self.words.find(match[0])
        timed = self.words.timed.get(found, False) if found else match[0] in self.words.own
        return bool(inner and timed and self.time.fullmatch(inner[1])) or match[0].endswith("_") and inner is not None

    def acts(self, match: re.Match[str]) -> bool:
        """Whether what is called as a quantity is an activation here, ``f'(a_o,t)`` or ``h(s_c,t)``: in front of what goes into one."""
        inner = re.compile(r"\s*(')?\s*\(\s*(?=[^\W\d])").match(self.text, match.end())
        if inner is None or not self.words.find(match[0]):
            return False
        if inner[1]:
            return True
        at, notes = self.i, dict(self.notes)
        self.i = inner.end()
        try:
            name = self.symbol(self.i)[0].partition("[")[0]
            return name in self.words.slopes and self.text[self.i :].lstrip()[:1] == ")"
        except Misread:
            return False
        finally:
            self.i, self.notes = at, notes

    def function(self, word: str, end: int, at: int) -> None:
        """A function in front of its argument: of a bracket, or of the one value that follows."""
        name = self.words.calls.get(word) or FUNCTIONS.get(word, word)
        self.i = end
        primed = re.compile(r"\s*'(?:_\{(\d+)\}|(\d*))").match(self.text, self.i)
        if primed:
            name, self.i = f"{name}_prime{primed[1] or primed[2]}", primed.end()
        power = POWER.match(self.text, self.i)
        raised = ""
        if power:
            raised, self.i = f"**{power[2] or power[3] or power[4]}", power.end()
        bracket = re.compile(r"\s*[({]").match(self.text, self.i)
        if bracket:
            self.i = bracket.end()
            self.frames.append(Frame(CLOSE[OPEN.index(self.text[self.i - 1])], f"{name}(", f"){raised}", at))
        else:
            self.frames.append(Frame("one", f"{name}(", f"){raised}", at))


def read(line: str, vocabulary: Vocabulary, row: int | None = None, guess: bool = True, whole: str = "") -> Reading:
    """A line in the formula language. ``row``: which one it is of a program that steps back in time, where names have no times. ``guess``:
    ``h_prev`` and δ are read as something of the model. ``whole``: the line that this is a side of.

    >>> words = Vocabulary({"h": True, "dh": True, "a_i": True, "da_i": True, "W_hy": False, "ds": True, "dW_hy": False})
    >>> read("dh_{t} = W_hyᵀ ds_t + 2 da_i,{t+1} ⊙ (1 - h_t²)", words).text
    'dh[t] = (W_hy.T // ds[t]) + (2 // da_i[t+1]) * (1 - h[t]**2)'
    >>> read("∂L/∂W_hy = Σ_{t=1}^{T} ds_t h_t^T", words).text
    'dW_hy = Sum((ds[t] // h[t].T), t, 1, T)'
    """
    text, places = prepared(line, vocabulary)
    worded(text)
    around = prepared(whole, vocabulary)[0] if whole else text
    counted = elements(around, vocabulary)
    running = {*indices(around, vocabulary), *re.findall(r"\bfor (\w) in\b", text)} - counted
    writer = Writer(text, vocabulary, running, row, guess, counted)
    try:
        pieces = writer.written()
    except Misread as error:
        place = places[error.at] if error.at < len(places) else len(line)
        raise Unreadable(marked(str(error), line, place)) from None
    writer.notes |= dict.fromkeys(taken(line, vocabulary))
    joined = "".join(piece for piece, _ in pieces)
    at = [places[min(at, len(text) - 1)] if text else 0 for piece, at in pieces for _ in piece]
    return Reading(joined, at, tuple(writer.notes), counted)
