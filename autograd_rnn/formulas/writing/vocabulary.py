"""The names that a text about a model may use, as the model has them and as people spell them."""

from __future__ import annotations

import functools
import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from autograd_rnn.formulas.writing.signs import plain


class Layers(NamedTuple):
    """A net of one hidden layer: its input, what goes into its activation, what comes out, its scores; and the matrices between them."""

    given: str
    into: str
    out: str
    score: str
    first: str
    again: str
    last: str


class Vocabulary:
    """The names that a text may use. ``timed``: of every name of the model whether it has a time; ``calls``: its operations, here also by
    what LaTeX makes of them; ``printed``: what a line that the program prints is on the keyboard; ``sizes``: the
    letters of its sizes, over which no loop of steps goes."""

    def __init__(
        self,
        timed: Mapping[str, bool],
        calls: Collection[str] = (),
        printed: Callable[[str], str | None] = lambda line: None,
        sizes: Iterable[str] = (),
    ):
        self.printed, self.sizes = printed, {letter for length in sizes for letter in length.split("+")}
        self.instead = standins(timed)  # for h̃ or W', which hold a sign that is no letter
        odd = "|".join(sorted(map(re.escape, self.instead), key=len, reverse=True)) or "(?!)"
        behind = (re.findall(rf"{re.escape(piece)}([^\W\d_]*)", name) for piece in self.instead for name in timed)  # the b of h'b
        tags = "|".join({tag for found in behind for tag in found})
        self.odd = re.compile(rf"(?<![^\Wd])(?:{odd})(?=(?:{tags})(?![^\W\d_]))")
        self.timed = {self.standing(name): moves for name, moves in timed.items()}
        self.calls = {spelling: name for name in calls for spelling in (str(plain(name)), name)}
        self.dims: Mapping[str, tuple[str, ...]] = {}  # of what is no number of the net its lengths, in letters
        self.tau = False  # whether τ is the last step in a text
        self.given: Collection[str] = ()  # the quantities that no line of the model makes
        self.both = False  # whether chains run in both directions
        self.looped: Collection[int] = ()  # the lines of a text that stand in a loop over the steps
        self.own: dict[str, int] = {}  # the person's, and in which line each is defined
        self.order: Mapping[str, int] = {}  # what a program's loop makes, and in which line: before it, that of the step after
        self.accents: Mapping[str, str] = {}  # what books call a name of the model, ŷ and c̃
        self.other: Mapping[str, str] = {}  # what programs call it, unless they define that name
        self.second: Mapping[str, str] = {}  # of a gate's second bias in PyTorch, which one both are here
        self.beside: Mapping[str, tuple[str, str]] = {}  # what a gate's one matrix is called, and the two that it is here
        self.layers: Mapping[str, str] = {}  # what may stand above a name, of layers and directions, and the tag that it is
        self.untold: Mapping[str, str] = {}  # of a line's names that have no layer, and take that of the others, what they are
        self.slopes: Mapping[str, str] = {}  # of what goes into an activation, which
        self.made: Mapping[str, str] = {}  # and what that makes of it
        self.greek: Mapping[str, str] = {}  # what stands below a name, as Graves has it, ω for the output gate
        self.learned: tuple[str, Mapping[str, str]] | None = None  # a net's one state, and the matrix of all that goes into it
        self.dense: Layers | None = None  # the parts of a net of one hidden layer
        self.moving: Mapping[str, str] = {}  # what a bias is with a step: of a gate b_i^t, as Graves has it, is the gate
        self.only: Mapping[str, str] = {}  # of what is at one step alone, which
        self.letters = {letter for name in (*timed, *calls) for letter in name if not letter.isascii()}
        shorts = [squeezed(name) for name in self.timed]
        self.loose = {short: name for name, short in zip(self.timed, shorts, strict=True) if shorts.count(short) == 1}
        self.parts = [name.split("_") for name in self.timed]
        self.bases = {first for first, *_ in self.parts}
        self.inputs = [name for name in ("a",) if timed.get(name)]

    def standing(self, text: str) -> str:
        """A text with letters in place of what is odd in a name, as many."""
        return self.odd.sub(lambda found: self.instead[found[0]], text)

    def meant(self, text: str) -> str:
        """A text with what is odd in a name in its place again."""
        return functools.reduce(lambda found, odd: found.replace(self.instead[odd], odd), self.instead, text)

    def letter(self, base: str) -> bool:
        """Whether a quantity of the model begins with this, before its layer or what stands below it."""
        return any(name.startswith(base) for name in self.bases) or base in self.other

    def holds(self, base: str, part: str) -> bool:
        """Whether this is the layer or stands below in a name that begins so."""
        return any(first == base + part or first.startswith(base) and part in below for first, *below in self.parts)

    def exactly(self, name: str) -> str | None:
        """The model's name, if it is one letter by letter: ``s_1`` is s at the step 1 where there is an s, though there be an ``s1``."""
        return name if name in self.timed else None

    def find(self, name: str) -> str | None:
        """The model's name that a spelling stands for: with its parts in any brackets, or without the line between them."""
        if name in self.timed:
            return name
        return self.loose.get(squeezed(name)) if len(name) > 1 else None

    def called(self, name: str) -> str | None:
        """The model's name that a spelling stands for, or that people call so."""
        return self.find(name) or self.other.get(name)

    def adjoint(self, name: str) -> bool:
        """Whether this is how a person types an adjoint of the model: d before a name that it has."""
        found = self.find(name)
        return found is not None and found[:1] == "d" and found[1:] in self.timed

    def typed_so(self, name: str) -> bool:
        """Whether a word is a name of the model or an adjoint of it, which no word of a language is: ``by`` is none, and ``dby`` is."""
        return name in self.timed or self.adjoint(name)


def standins(names: Collection[str]) -> dict[str, str]:
    """Of every piece of a name that is no word as many letters that no name has: of h̃ in ``dh̃2``, of ``W'``, of ``∂``."""
    pieces = dict.fromkeys(piece for name in names for piece in re.findall(r"(?:[^\W\d_][^\W_]*)?[^\w\s]+", name))
    odd = [piece for piece in pieces if piece[:1] != "d" or piece[1:] not in pieces]
    free = (letter for k in range(0x450, 0x2000) if (letter := chr(k)).isalpha() and not any(letter in name for name in names))
    return {piece: letter * len(piece) for piece, letter in zip(odd, free, strict=False)}


def squeezed(name: str) -> str:
    """A name without what stands between its parts."""
    return re.sub(r"[_,\s]", "", name)


def reserved(names: Collection[str]) -> dict[str, str]:
    """Names in the model that Python does not read as such: ``lambda[t]``, ``if[t]``, the gate i of a forward chain f, or one that it would
    spell otherwise. Each is read under another, as long, that no other name is."""
    awkward = sorted(name for name in names if keyword.iskeyword(name) or unicodedata.normalize("NFKC", name) != name)
    free = (letter for k in range(0x430, 0x2000) if (letter := chr(k)).isalpha() and not any(letter in name for name in names))
    return {name: letter * len(name) for name, letter in zip(awkward, free, strict=False)}
