"""A text in the letters of a book that calls the same quantities otherwise: s or a the state, U the weight on it. Most of these letters
mean something else here, so they are tried where a text has no sense as it stands."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from autograd_rnn.engine.naming import full_name
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.checking.voice import spoken
from autograd_rnn.formulas.reading.parse import Reader
from autograd_rnn.formulas.system import PROBABILITY, SCORE, TARGET, System
from autograd_rnn.formulas.writing.lines import LONGEST

STATE, INTO, INPUT, GIVEN = "state", "argument of its activation", "input", "target"
ROLES: dict[str, str] = {PROBABILITY: "probabilities", SCORE: "scores"}
# Whose letters they are, and what each is. A letter that is another's here comes with one for that other.
BOOKS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("LeCun, Bengio and Hinton", {"s": STATE, "o": PROBABILITY, "z": SCORE}),
    ("LeCun, Bengio and Hinton", {"s": STATE, "o": SCORE}),
    ("some books", {"s": STATE, "z": INTO, "o": PROBABILITY}),
    ("Ng", {"a": STATE, "z": INTO}),
    ("Haykin", {"x": STATE, "u": INPUT}),
    ("Chen", {"z": PROBABILITY}),
    ("Haykin", {"y": SCORE, "d": GIVEN}),
    ("Karpathy", {"y": SCORE}),
    ("Mikolov", {"s": STATE, "w": INPUT, "y": PROBABILITY, "d": GIVEN}),
    ("some books", {"y": PROBABILITY}),
    ("some books", {"s": STATE, "y": PROBABILITY}),
    ("some books", {"o": PROBABILITY}),
    ("some books", {"o": SCORE}),
)
FIRST = re.compile(r"(?<!\w)[hc]0(?!\w)")
WEIGHTS = {"U": "weight on the state", "W": "weight on the input"}
MOVES = re.compile(r"(?:∂|\\partial)\s*x[^/=]{0,12}?(?:/|\}\s*\{)|(?<![A-Za-z])xs?[\s_^({\[]*t\s*-")  # what an input of a net here does not
FROM_ITSELF = r"(?m)^[ \t$&]*{0}(?![A-Za-z])[^=\n]*=.*(?<![A-Za-z\\]){0}(?![A-Za-z])"
SAID = re.compile(r"`[^`]*`|(?<=\d: )[^`]+?(?= (?:is|has) )")  # in a sentence what formulas have, and of which quantity an example is
BY_OWN = re.compile(r"`d([A-Za-z]+)` is the derivative by `\1`, which is a name of yours")


class Book(NamedTuple):
    """``names``: what each letter is here, and each weight that stands between two, ``Waa`` and ``bz``; ``said``: what it is in words."""

    by: str
    names: dict[str, str]
    said: dict[str, str]

    def changed(self, text: str, names: Mapping[str, str]) -> str:
        """A text with some names for others, each weight's with as much between its parts."""

        def change(match: re.Match[str]) -> str:
            name = names[own := plain(match[2])]
            return f"{match[1]}{name[0]}{match[2][1 : 1 + len(match[2]) - len(own)]}{name[1:]}"

        return found(names).sub(change, text)

    def used(self, text: str) -> set[str]:
        """The names of the book that stand in a text."""
        return {name for m in found(self.names).finditer(text) if self.names[name := plain(m[2])] != name}

    def fits(self, text: str) -> bool:
        """Whether a text has a name of the book, and none of what the book calls otherwise."""
        others = {own for own in self.names.values() if len(own) == 1 and own not in self.names}
        if not self.made(text):  # a W_hh of the letters here, in which the state is none of the book's
            if self.names.get("x", "x") != "x" and "x" in self.used(text) and "u" not in self.used(text) and not MOVES.search(text):
                return False
            if others and re.search(rf"(?<![A-Zabce-z])[UVW]_?\{{?[a-z]?[{''.join(others)}]", text):
                return False
        ours = FIRST.sub("", text)  # with s for the state h0 may be what it begins with
        return bool(self.used(text)) and not any(plain(m[2]) in others for m in found({*self.names, *others}).finditer(ours))

    def made(self, text: str) -> bool:
        """Whether a line of the text makes a quantity that has one of the book's letters."""
        letters = "|".join(name for name in self.said if self.said is not WEIGHTS) or "(?!)"
        return re.search(rf"(?m)^[ \t$&]*(?:{letters})(?:s(?=\[))?(?![A-Za-z])[^=\n]*=", text) is not None

    def back(self, text: str) -> dict[str, str]:
        """What each name here is in a text: its weights, where it has any by the book's letters."""
        used = self.used(text)
        return {own: name for name, own in self.names.items() if len(name) == 1 or name in used or name == own}


def plain(name: str) -> str:
    """A name without what stands between its parts."""
    return re.sub("[_{]", "", name)


def found(names: Iterable[str]) -> re.Pattern[str]:
    """Any of some names, or the adjoint of one, ``ys[t]`` too; also with a matrix in front, ``Ws_t``."""
    either = (name[0] + r"_?\{?" * (len(name) > 1) + name[1:] for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?:(?<![A-Za-z\\])|(?<=(?<![A-Za-z\\])[UVW]))(d?)({'|'.join(either)})(?:(?<!d)s(?=\[))?(?![A-Za-zÀ-ɏ])")


def books(derivation: System) -> Iterator[Book]:
    """The books whose letters may be meant of a net of one cell, and the two matrices exchanged in any."""
    same = {plain(name): plain(name) for name in derivation.roles if re.fullmatch("[A-Za-z]_?[a-z]{1,2}", name)}
    weights = [name for name in same if name[0] in "UVWb"]
    if derivation.by_letter:
        yield Book("some books", {**same, "U": "W", "W": "U"}, WEIGHTS)
    cells = derivation.model.cells
    if len(cells) != 1 or cells[0].tag:
        return
    state = full_name(cells[0].given, "", None)
    own = {STATE: state, INTO: "a", INPUT: "x", PROBABILITY: PROBABILITY, SCORE: SCORE, GIVEN: TARGET}
    gated = any(role == "inner" and name != own[INTO] for name, role in derivation.roles.items())  # where books have these letters as here
    for by, meant in BOOKS:
        letters = {letter: str(own[role]) for letter, role in meant.items() if own[role] in derivation.roles or role == PROBABILITY}
        if next(iter(meant)) not in letters or gated and any(derivation.roles.get(letter, GIVEN) != GIVEN for letter in letters):
            continue
        below = {"y" if meant[letter] in ROLES else of: letter for letter, of in letters.items() if meant[letter] not in (INTO, GIVEN)}
        theirs = {name: name[0] + "".join(below.get(part, part) for part in name[1:]) for name in weights}
        both = {name[0] + other: own for own, name in theirs.items() for other in (name[1:], name[:0:-1]) if name[0] + other not in weights}
        yield Book(by, same | letters | both, {letter: ROLES.get(role := meant[letter], role) for letter in letters})


def letters_of_its_own(derivation: System, text: str, said: str) -> Iterator[Book]:
    """What a name that a line of a text makes may be of the model: by which it takes derivatives, or that books have for it, ``C``."""
    by = BY_OWN.match(said)
    pairs = [(by[1], q.left.name) for q in derivation.forward if by and len(q.left.name) == 1]
    for theirs, name in pairs or Reader(derivation).vocabulary(text).other.items():
        if len(name) == 1 and (by or len(theirs) == 1) and (book := Book("", {theirs: name}, {theirs: ""})).made(text):
            yield book


def in_letters(derivation: System, text: str, otherwise: Verdict, judge: Callable[[System, str], Verdict]) -> Verdict:
    """The verdict on a text in the letters of a book, where in those it has one and as it stands none: at most equal under that condition,
    unless the text shows whose letters it has."""
    tried, wrong = list[Verdict](), otherwise.kind == "not equal"
    own = letters_of_its_own(derivation, text, otherwise.sentences[0])
    for book in itertools.chain(own, books(derivation)) if len(text) <= LONGEST else ():
        used = book.used(text)
        strange = used - derivation.roles.keys()
        if not book.fits(text) or wrong and not strange or book.said is WEIGHTS and otherwise.kind != "ill-typed":
            continue
        evident = book.made(text) or bool(strange - WEIGHTS.keys())  # by a line, or by what means nothing here
        itself = not book.by and re.search(FROM_ITSELF.format(*book.names), text)  # as a state is
        kinds = ["equal", *["equal if"] * (not wrong), *["not equal", "not decided"] * bool(itself or not wrong and (evident or strange))]
        found = spoken(derivation, here := book.changed(text, book.names), judge(derivation, here))
        if found.kind not in kinds or not book.by and "nothing is said of" in "\n".join(found.sentences):
            continue
        back = book.back(text)
        first, *rest = (SAID.sub(lambda part: book.changed(part[0], back), sentence) for sentence in found.sentences)
        letters = [letter for letter in book.said if letter in used] or list(book.said)[:1]
        meant = " and ".join(f"`{letter}` stands for the {book.said[letter]} (here `{book.names[letter]}`)" for letter in letters)
        meant += f", as in {book.by}"
        if not book.by:
            rest.append(f"`{letters[0]}` is read as `{book.names[letters[0]]}`, which its line makes it")
        elif found.kind == "not equal" or evident:
            rest.append(f"it is read so that {meant}")
        elif found.kind in ("equal", "equal if"):
            first, found = f"{first}{' and' * (found.kind == 'equal if')} if {meant}", Verdict("equal if", [])
        if not evident:
            other = spoken(derivation, text, Verdict(otherwise.kind, otherwise.sentences[:1]))
            rest.append("otherwise " + other.sentences[0].partition("\n")[0])
        found.sentences, found.letters, found.spoken = [first, *rest], book.by, True
        if found.equal:
            return found
        tried.append(found)
    return min(tried, key=lambda verdict: ("equal if", "not decided", "not equal").index(verdict.kind), default=otherwise)
