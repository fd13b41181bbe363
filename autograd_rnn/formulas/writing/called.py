"""What the model calls a name that a person wrote with its parts, ``a_{i,t}``, ``grad_h``, ``ŷ_1``, ``h_prev``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from autograd_rnn.formulas.writing.signs import FOLDS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary, squeezed


class Naming:
    """Finds names in a text that is in the plain spelling of `signs`, from the place ``i`` on. ``running``: what a time may be called;
    ``guess``: whether a name may stand for another."""

    def __init__(self, text: str, vocabulary: Vocabulary, running: Collection[str], guess: bool):
        self.text, self.words, self.guess, self.i = text, vocabulary, guess, 0
        self.running = {"t", "T", "S", *running}
        names = "|".join(sorted(map(re.escape, self.running)))
        self.time = re.compile(rf"\s*(?:(?:{names})(?:\s*[+-]\s*(?:{names}|\d+))*|\d+)\s*")
        self.notes: dict[str, None] = {}

    def accented(self, name: str) -> str | None:
        """The model's name that books write with an accent, as ŷ."""
        return next((of for spelled, of in self.words.accents.items() if squeezed(spelled) == squeezed(name)), None)

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

    def moves(self, adjoint: str, word: str, tag: str, below: str) -> bool:
        """Whether a name of the model has a step."""
        name, _ = self.named(adjoint, word, tag, below)
        return self.words.timed.get(name, name != "e") or self.spelled(word, below) in self.words.moving

    def raised(self, adjoint: str, word: str, tag: str, below: str, above: str) -> bool:
        """Whether what stands above a name is the gate that the model has below it: ``a_t^o``, ``W^{xo}``."""
        base, *rest = [piece for piece in re.split(r"[_,\s]+", f"{word},{below}") if piece] or [""]
        kept = [piece for piece in rest if not self.time.fullmatch(piece)]
        whole = f"d{above}" if base == "delta" and not kept else "_".join([f"{adjoint}{base}{tag}", *kept, above])
        found = self.words.called(whole)
        return found is not None and (len(above) > 1 or bool(self.words.timed[found]))

    def spelled(self, word: str, below: str) -> str:
        """A name with what stands below it, as it is written."""
        return "_".join(self.words.greek.get(piece, piece) for piece in re.split(r"[_,\s]+", f"{word},{below}") if piece)

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
        stem = f"{adjoint}{base}{tag}"
        if found := self.known(stem, base, pieces):
            return found
        time = pieces.pop() if pieces and self.time.fullmatch(pieces[-1]) and not pieces[-1].isdigit() else None
        if time and (base, tag, pieces) == ("I", "", []) and self.words.timed.get("i"):  # with a step it is no identity matrix
            return f"{adjoint}i", time
        name, shorter = "_".join([stem, *pieces]), "_".join([stem, *pieces[:-1]])
        if time is None and pieces and pieces[-1].isdigit() and not self.words.called(name):
            meant = self.accented(shorter) or self.words.other.get(shorter)
            if shorter in self.words.own or meant and self.words.timed.get(meant):
                time, name = pieces[-1], shorter
        other = self.accented(name)
        if not self.guess and not other:
            return name, time
        size = name in self.words.sizes and (self.bounds(self.i) or re.search(r"\brange\([^()]*$", self.text[: self.i]))
        if other := other or (self.words.other.get(name) if name not in self.words.own and not size else None):
            return self.noted(name, other, time)
        layered = base[:5] == "delta" and base[5:] in {"", *self.words.layers}
        if layered and len(pieces) == 1 and pieces[0].isdigit() and time is None:
            name, time = base, pieces[0]
        if name in self.words.own:
            return name, time
        return self.delta(name, time) or (self.stepped(name) if time is None else None) or (name, time)

    def known(self, stem: str, base: str, pieces: list[str]) -> tuple[str, str | None] | None:
        """The model's name that the pieces are, all of them or all but the last, which is then a time."""
        ends: list[tuple[int, str | None]] = [(len(pieces), None)]
        ends += [(len(pieces) - 1, pieces[-1])] if pieces and self.time.fullmatch(pieces[-1]) else []
        for find, (first, last) in itertools.product((self.words.exactly, self.words.find), ends):
            whole, inside = "_".join([stem, *pieces[:first]]), "_".join(pieces[:first])
            if (found := find(whole)) and (last is None or self.words.timed[found]):
                return found, last
            if base == "delta" and inside and (found := self.words.find(f"d{inside}")) and whole not in self.words.own:
                self.notes[f"`δ_{inside}` is read as `d{inside}`"] = None
                return found, last
        return None

    def noted(self, name: str, meant: str, time: str | None, step: str = "") -> tuple[str, str | None]:
        """What is read for a name, and said to be."""
        self.notes[f"`{name}` is read as `{meant}{step}`"] = None
        return meant, time

    def delta(self, name: str, time: str | None) -> tuple[str, str | None] | None:
        """A δ that nothing says more of, or that has a layer: the adjoint of what goes into the activation."""
        layer = name.removeprefix("delta").removeprefix("_")
        if name == layer or not (self.words.inputs if not layer else layer in self.words.layers and self.words.timed.get(f"da{layer}")):
            return None
        self.notes[f"`δ{layer}` is read as `da{layer}`, the adjoint of what goes into the activation"] = None
        return f"da{layer}", time

    def stepped(self, name: str) -> tuple[str, str | None] | None:
        """A quantity of the step before or after as programs of one step have it: ``prev_h``, ``h_prev``, ``dh_next``, ``next_h``."""
        before = re.fullmatch(r"(d?)(prev|next)_(\w+)", name) if not name.startswith("dprev") else None  # from h_prev to h_next
        inner = before[1] + before[3] if before else ""
        if before and self.words.timed.get(found := self.words.find(inner) or self.words.other.get(inner, "")):
            step = "t-1" if before[2] == "prev" else "t"
            return self.noted(name, found, step, f"[{step}]")
        for ending, step in (("_prev", "t-1"), ("_next", "t+1"), ("prev", "t-1"), ("next", "t+1")):
            if (base := name.removesuffix(ending)) == name:
                continue
            known = self.words.find(base) or self.words.other.get(base) or ("da" if base == "delta" and self.words.inputs else "")
            found = base if base in self.words.own else known
            if found and self.words.timed.get(found, found in self.words.own):
                return self.noted(name, found, step, f"[{step}]")
        return None
