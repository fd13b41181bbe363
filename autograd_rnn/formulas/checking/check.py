"""A person's BPTT formula held against the derived one: equal, or if it assumes something, not equal (and why), not decided, unreadable."""

from __future__ import annotations

import ast
import re

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free
from autograd_rnn.formulas.checking.bounds import bounds
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.judging import judged
from autograd_rnn.formulas.checking.letters import in_letters
from autograd_rnn.formulas.checking.losses import otherwise, stated, with_loss
from autograd_rnn.formulas.checking.owned import LOOP, OWN, SELF, others, rows
from autograd_rnn.formulas.checking.trials import tested
from autograd_rnn.formulas.checking.twins import elsewhere
from autograd_rnn.formulas.checking.verdict import STORED, Verdict
from autograd_rnn.formulas.evidence.points import point_at
from autograd_rnn.formulas.evidence.settings import settings
from autograd_rnn.formulas.mistakes.mutate import same
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.programs.clips import CLIPPED, SHORT, unclipped, whole
from autograd_rnn.formulas.reading.asides import labels, told_equal
from autograd_rnn.formulas.reading.dialects import DOWN, looped
from autograd_rnn.formulas.reading.meanings import DIRECT, PARTIAL
from autograd_rnn.formulas.reading.parse import Reader, reader
from autograd_rnn.formulas.sentences.around import REFUSED, spoken, wordless
from autograd_rnn.formulas.sentences.harmless import tabled
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import IllTyped, Misplaced, Unreadable, counted, unlabelled
from autograd_rnn.formulas.writing.prepared import BAR

# h_t-1 with no space in it: the step before, where one less than h_t is not right
CLOSE = re.compile(r"(?<!\w)([^\W\d]\w{0,40}?)_((?:\w{1,40},)?[tTSkj][+-]\d{1,2})(?![0-9A-Za-z_.])")
LABELS = 12  # how many labels below braces are read
SPACED = re.compile(r" [-+] ")
WHOLLY = re.compile(r"(?i)\b(?:total|full|complete|totale[nr]?|vollständige[nr]?)\s+(?:derivative|jacobian|ableitung)|dérivée\s+totale")
PARTLY = re.compile(r"(?i)partia?l|partiel|direct|immediate|fix|constant|konstant|path|\bterms")  # that tell the other kind from it
VERSION = re.compile(r"`(\w+)` is `[^`]+` as line \d+ has it$")


def check(derivation: System, text: str) -> Verdict:
    """Whether a text's formulas are the derived ones, and what is wrong if not. No text is ever evaluated as Python:
    a program is read line by line, and run on numbers by an interpreter of its own.

    >>> from autograd_rnn.formulas.checking.check import check
    >>> d = derive(Model(RNN(2, 3), output_size=4))
    >>> check(d, "delta[t] = (1 - h[t]**2) * (V.T @ ds[t] + W.T @ delta[t+1])\\ndW_hh = Sum(delta[t] @ h[t-1].T, t)").kind
    'equal'
    >>> print(check(d, "dW_hh = Sum(da[t] @ h[t].T, t)"))
    not equal
      The time of `h[t-1]` is wrong: `h[t]` stands where `h[t-1]` belongs
      The derived equation is `dW_hh = Sum(outer(da[t], h[t-1]), t)`
      For example with T=1, H=1, D=1, K=2: dW_hh is 0.451489, this gives 0.286763
    """
    text = unlabelled(tabled("\n".join(text.splitlines())))  # however its lines end
    verdict = labelled(derivation, text)
    if verdict.kind not in ("equal", "equal if"):
        return verdict
    if (
        (less := next((said for said in verdict.sentences if said in (PARTIAL, DIRECT)), ""))
        and WHOLLY.search(text)
        and not PARTLY.search(text)
    ):
        return Verdict("not decided", [f"the text has a total derivative, and this is right only where {less}", *verdict.sentences])
    if down := DOWN.search(text):
        verdict.sentences.append(f"`{down[0]}` is read as going down, from the last step to the first")
    verdict.sentences.sort(key=lambda said: not said.endswith("and was not checked"))  # that is what a reader is to hear first
    if said := otherwise(derivation, text):
        return Verdict("not decided", [f"this is right of the model's loss, and the text has another: `{said}`", *verdict.sentences])
    return verdict


def labelled(derivation: System, text: str) -> Verdict:
    """The verdict on a text in which what a brace names a part by is equal to it, where that can be read."""
    verdict, unread = weighed(derivation, text), list[str]()
    for k, (start, under, turned) in enumerate(reversed(labels(text))):  # the last one first: those before it stay where they are
        if verdict.kind not in ("equal", "equal if"):
            return verdict
        others = ((again := told_equal(text, start, under, so), weighed(derivation, again)) for so in (turned, False) if k < LABELS)
        again, other = next((pair for pair in others if pair[1].kind != "unreadable"), (text, None))
        if other is None:
            unread.append(under.strip())
        else:
            text, verdict = again, other
    verdict.sentences += [f"what a brace names its part by is not read: `{under}`" for under in dict.fromkeys(unread)]
    return verdict


def weighed(derivation: System, text: str) -> Verdict:
    """The verdict on a text, with its words and, if it is not read so, without them."""
    text, stops = whole(text)
    text, clips = unclipped(text)
    with np.errstate(all="ignore"):  # nothing is decided by a float that is not finite, and nobody need hear of it
        verdict = as_here(derivation, text)
        if verdict.kind in ("not equal", "ill-typed", "unreadable"):
            verdict = in_letters(derivation, text, verdict, as_here)
    told = [said.format("`, `".join(lines)) for said, lines in ((SHORT, stops), (CLIPPED, clips)) if lines]
    return Verdict("equal if", [*told, *verdict.sentences]) if told and verdict.kind in ("equal", "equal if") else verdict


def as_here(derivation: System, text: str) -> Verdict:
    """The verdict on a text whose letters mean what they do here, and on its equations where there are words beside them."""
    verdict = with_loss(derivation, text, tested(derivation, text, in_steps(derivation, text)))
    if verdict.kind == "not equal":
        verdict.sentences[1:1] = elsewhere(derivation, text)
    if verdict.kind != "unreadable":
        return verdict
    less, behind, said = spoken(text, names := Reader(derivation).symbols, verdict.sentences[0])
    if less == text:
        alone, beside = wordless(text, names), "what stands beside it is not read: write it with signs, or as a comment behind `#`"
        other = tested(derivation, alone, in_steps(derivation, alone)) if alone != text else verdict
        beside = said if REFUSED in said else beside
        if other.equal:
            itself = f"by itself `{alone.strip()}` is" if "\n" not in alone.strip() else "by themselves the equations are"
            return Verdict("not decided", [f"{itself} equal to what is derived, but {beside}"])
        if other.kind in ("not equal", "ill-typed") and REFUSED in said:  # which the words may mend, "at the last step"
            return Verdict("not decided", [f"by itself this is {other.kind}, but {said}", *other.sentences], other.line)
        return Verdict("unreadable", [said, *verdict.sentences[1:]])
    other = tested(derivation, less, in_steps(derivation, less))
    if other.kind == "unreadable" and REFUSED in said:
        return verdict
    other.sentences += [said for said in behind if other.kind != "unreadable"]
    return other


def in_steps(derivation: System, text: str) -> Verdict:
    """The verdict on a text with its ``h_t-1``, and what a bar above a name is, in whichever of its two readings is right."""
    verdict, hatted = checked(derivation, text), BAR.sub(lambda sign: "\u0302" if sign[0] == "\u0304" else r"\hat", text)
    other = verdict if hatted == text or verdict.kind == "equal" else checked(derivation, hatted)
    if other is not verdict and other.kind == "equal" and not any(name.endswith("_hat") for name, _ in own(Reader(derivation), hatted)):
        other.sentences.append("a bar above a name is read as a hat, for what goes into its activation: an adjoint it cannot be here")
        return other
    closer = CLOSE.sub(r"\1_{\2}", text)
    if closer != text:
        other, legible = checked(derivation, closer), verdict.kind in ("not equal", "not decided")
        legible = legible and not SPACED.search(text)  # who sets spaces around a sign means an index by one without
        if verdict.kind in ("equal", "equal if"):  # as softmax(s_t-1) is
            said = CLOSE.sub(r"`\g<0>` may be meant for `\1_{\2}`, with which it is not right: set brackets", next(CLOSE.finditer(text))[0])
            without = CLOSE.sub(lambda found: f"{found[1]}_{{{re.split('[-+]', found[2])[0]}}}", text)
            idle = checked(derivation, without)  # in which the 1 has no sense but in the index
            doubtful = other.kind not in ("equal", "equal if") and idle.equal
            return Verdict("not decided", [said, *verdict.sentences]) if doubtful else verdict
        if other.kind in ("equal", "equal if") or other.kind == "not equal" and not legible:
            other.sentences += dict.fromkeys(f"`{found[0]}` is read as `{found[1]}_{{{found[2]}}}`" for found in CLOSE.finditer(text))
            return other
    return verdict


def checked(derivation: System, text: str) -> Verdict:
    """The verdict on a text as it is written."""
    try:
        return answered(derivation, text)
    except IllTyped as error:
        line = error.line if "\n" in text.strip() else None
        kind = "not equal" if isinstance(error, Misplaced) else "ill-typed"
        return Verdict(kind, [*turned(derivation, error), str(error), *([line.fault] if line else [])], line and line.number)
    except Unreadable as error:
        return Verdict("unreadable", [str(error)])
    except RecursionError:
        return Verdict("unreadable", ["the formula is nested too deeply"])


def own(reading: Reader, text: str) -> list[tuple[str, ast.expr]]:
    """The names with a step that lines of a text make and that are none of the model's, each with what it is made of."""
    try:
        lines = reading.lines(text)
    except Unreadable:
        return []
    lefts = ((getattr(left.value, "id", ""), line.right) for line in lines for left in line.lefts if isinstance(left, ast.Subscript))
    return [pair for pair in lefts if pair[0] not in reading.symbols]


def answered(derivation: System, text: str) -> Verdict:
    """The verdict on a text whose letters mean what they do here; raises IllTyped where shapes do not fit so."""
    counted(text)
    if (found := bounds(derivation, text)) is not None:
        return found
    rest, so, wrong, number = stated(derivation, text)
    if wrong or so and not rest.strip():
        return Verdict("not equal", [wrong], number) if wrong else Verdict("equal", so)
    text = looped(rest)
    words = reader(derivation, text).vocabulary(text) if LOOP.search(text) else None
    text, told = words and rows(text, words, derivation, True) or (text, [])
    checker, meant = in_other_words(derivation, text, Checker(derivation, text))
    verdict = judged(checker)
    for form in range(1, checker.forms if verdict.kind in ("equal", "equal if") else 1):  # u = a = b, which is right with either
        other = judged(Checker(derivation, text, form))
        verdict = other if other.kind != verdict.kind != "equal if" or other.kind not in ("equal", "equal if") else verdict
    if meant:
        plain = (sentence.replace(OWN, "") for sentence in (verdict.sentences[0], *meant, *verdict.sentences[1:]))
        verdict.sentences = [sentence for sentence in plain if not SELF.fullmatch(sentence)]
    verdict.sentences += [*told, *so]
    if verdict.equal and checker.reader.laid == "turned" and not checker.reader.evident:
        verdict = Verdict("equal if", [f"{verdict.sentences[0]} if {STORED}"])
    notes = (note for line in checker.reader.lines(text) for note in line.notes)
    said = "\n".join([*verdict.sentences, *checker.reader.taken])
    read = said.replace("`δ_", "`δ")  # in another reading of its line than the first
    notes = (note for note in notes if note.partition(" is read as ")[0].replace("`δ_", "`δ") + " is read as " not in read)
    notes = (note for note in notes if not (now := VERSION.match(note)) or now[1] in said)
    verdict.sentences += [] if verdict.kind == "unreadable" else dict.fromkeys([*notes, *checker.reader.taken])
    return verdict


def in_other_words(derivation: System, text: str, checker: Checker) -> tuple[Checker, list[str]]:
    """A program in that of its readings in which the fewest lines are wrong and every line is needed, the plain one first; and what is to
    be said of it."""

    def wrong(reading: Checker) -> int:
        return sum(1 for s in reading.statements if not s.own and not reading.given(s) and reading.wrong(s))

    best, said, least = checker, list[str](), wrong(checker) if LOOP.search(text) else 0
    for read, told in others(text, checker.reader.vocabulary(text), derivation) if least else ():
        try:
            other = Checker(derivation, read)
            if (count := wrong(other)) < least and not other.idle() and other.reader.laid == checker.reader.laid:
                best, said, least = (other, told, count) if count or judged(other).equal else (best, said, least)
        except (IllTyped, Unreadable):
            continue
    return best, said


def turned(derivation: System, error: IllTyped) -> list[str]:
    """The sentence for what is the transpose of the right gradient."""
    if error.turned is None:
        return []
    point, (left, right, _) = point_at(derivation, settings(derivation, [error.turned])[0]), error.turned
    known = set(point.letters) | {s.name for s in point.known}
    if isinstance(left, e.Derivative) or any(s.name not in known for s in e.symbols(right)):
        return []
    if "t" in free(right):
        return []
    if not same(point.evaluate(left), point.evaluate(right)):
        return []
    return [f"this is the transpose of the right gradient, as in the row layout h = x W: {ascii(left)} has its parameter's shape"]
