"""What of a picture is shown, and by which letters: a figure with things left out, renamed, or with targets put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_rnn.drawing.block.layout import LINE, RADIUS, ROW
from autograd_rnn.drawing.curves import HEAD, through
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Symbol, Text
from autograd_rnn.drawing.measure import Spelling
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine.checks import taken
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.run import Run
from autograd_rnn.visible import shown

KINDS = {"initial": ("initial",), "losses": ("loss", "criterion", "target"), "scores": ("score", "loss", "criterion", "target")}
HIDDEN = (*KINDS, "weights", "biases")
WEIGHED = ("input", "recurrent", "carry", "readout")  # arrows whose label is a weight
TIME = re.compile(r"(?:^|,)(t(?:[-+\u2212]\d+)?)$")  # of a step that stands for all
LONGEST = 40  # characters of a letter


def hidden(what: Any) -> list[str]:
    """The kinds of things that are to be left out, checked."""
    names = ([what] if what else []) if isinstance(what, str | None) else taken(what, len(HIDDEN))
    return [choose("hide", name, HIDDEN) for name in ([what] if names is None else names)]


def hide(figure: Figure, what: Any) -> None:
    """Leave out kinds of things: ``initial`` states, ``losses``, ``scores`` with what is computed from them, ``weights``, ``biases``."""
    names = hidden(what)
    kinds = {kind for name in names for kind in KINDS.get(name, ())}
    before, middle = _labelled(figure), figure.middle
    leave_out(figure, {mark.id for mark in figure.marks.values() if mark.kind in kinds})
    if "weights" in names:
        figure.arrows = [arrow._replace(label=()) if arrow.kind in WEIGHED else arrow for arrow in figure.arrows]
        _relabel(figure, lambda mark: mark.label[:1] if mark.kind == "gate" else mark.label)
    if "biases" in names:
        _relabel(figure, lambda mark: tuple(line for line in mark.label if line[:1] != ("+ ",)))
    _unsaid(figure, before - _labelled(figure), ("weights", "matrix") if "weights" in names else ())
    moved = figure.middle - middle
    figure.texts = [
        t._replace(at=(t.at[0] + moved, t.at[1])) if abs(t.at[0] - middle) < 1 and t.kind == "caption" else t for t in figure.texts
    ]


def _labelled(figure: Figure) -> set[Symbol]:
    """The symbols that stand on marks and beside arrows."""
    lines = [*(line for mark in figure.marks.values() for line in mark.label), *(arrow.label for arrow in figure.arrows)]
    return {part for line in lines for part in line if isinstance(part, Symbol)}


def _relabel(figure: Figure, lines: Callable[[Mark], tuple[Line, ...]]) -> None:
    figure.marks = {id: mark._replace(label=lines(mark)) for id, mark in figure.marks.items()}


def leave_out(figure: Figure, gone: set[str]) -> None:
    """Take marks out, with their arrows, and what was computed from them alone."""
    feeds: dict[str, list[str]] = {}
    for arrow in figure.arrows:
        feeds.setdefault(arrow.head, []).append(arrow.tail)
    more = gone
    while more:
        more = {head for head, tails in feeds.items() if figure.marks[head].kind == "value" and head not in gone and gone.issuperset(tails)}
        gone = gone | more
    figure.marks = {id: mark for id, mark in figure.marks.items() if id not in gone}
    figure.arrows = [arrow for arrow in figure.arrows if not gone & {arrow.tail, arrow.head}]


def _unsaid(figure: Figure, gone: set[Symbol], words: Sequence[str]) -> None:
    """Take what is no longer shown out of the captions: out of a list its items, else the caption."""
    texts = []
    for text in figure.texts:
        parts = text.parts
        if text.kind == "caption" and gone.intersection(part for part in parts if isinstance(part, Symbol)):
            kept = [part for part in parts[1:-1] if isinstance(part, Symbol) and part not in gone]
            if isinstance(parts[0], Symbol) or not kept:
                continue
            parts = (parts[0], *[p for part in kept for p in (", ", part)][1:], parts[-1])
        elif text.kind == "caption" and any(isinstance(part, str) and word in part for part in parts for word in words):
            continue
        texts.append(text._replace(parts=parts))
    figure.texts = texts


def spelling(letters: Any, notation: str) -> Spelling:
    """How each symbol and each word will be written at the end, as far as its width goes.

    Raises ValueError for what is no dict of names.
    """
    if letters is not None and not (isinstance(letters, Mapping) and all(_is_name(part) for pair in letters.items() for part in pair)):
        raise ValueError(f'letters takes a dict of names, such as {{"s": "o"}}, not {shown(letters)}')

    def called(part: Symbol | str) -> Symbol | str:
        if notation == "superscript" and isinstance(part, Symbol) and part.sub:
            part = _raised(part, part.sub.rpartition(",")[2])
        return _called(part, letters or {})

    return called


def rename(figure: Figure, letters: Mapping[str, str], run: Run | None) -> None:
    """Call quantities and weights as a person does: ``{"s": "o", "W_hy": "V", "a_i": "z_i"}``. A pointer reads what the tape has.

    Raises ValueError for a letter that neither the picture shows nor the run has: one dict serves all pictures of a lecture.
    """
    symbols = [part for line in _lines(figure) for part in line if isinstance(part, Symbol)]
    on_marks = [part for mark in figure.marks.values() for line in mark.label for part in line if isinstance(part, str)]
    names = {name for symbol in symbols for name in _names(symbol)}.union(*(part.split() for part in on_marks))
    if run is not None:
        names.update(run.names(), run.parameters)
    for name in letters:
        if name not in names:
            there = ", ".join(sorted({symbol.base for symbol in symbols}))
            raise ValueError(f"letters: nothing in this picture is called {shown(name)}; its letters are {there}")
    _each(figure, lambda line, _: tuple(_called(part, letters) for part in line))


def _called(part: Symbol | str, letters: Mapping[str, str]) -> Symbol | str:
    """A symbol, or words, by these letters."""
    if isinstance(part, str):
        return " ".join(letters.get(word, word) for word in part.split(" "))
    for name in _names(part):
        if name in letters:
            base, _, sub = letters[name].partition("_")
            own, rest = (part.sub.partition(",")[0], part.sub.partition(",")[2]) if "_" in name else ("", part.sub)
            return Symbol(base, part.sup, ",".join(filter(None, (sub, rest))))
    return part


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= LONGEST


def _names(symbol: Symbol) -> list[str]:
    """What a symbol may be called by, the longest first: ``a_i,3`` is ``a_i``, or ``a``."""
    own = symbol.sub.partition(",")[0]
    return [f"{symbol.base}_{own}", symbol.base] if own else [symbol.base]


def raise_times(figure: Figure) -> None:
    """Set times above, in angle brackets, as a well-known course has them: h^⟨t⟩ for h_t."""

    def raised(line: Line, step: int | None) -> Line:
        return tuple(_raised(part, step) if isinstance(part, Symbol) else part for part in line)

    _each(figure, raised)


def _raised(symbol: Symbol, step: int | str | None) -> Symbol:
    own, _, last = symbol.sub.rpartition(",")
    if last and (last == str(step) or step is None and TIME.search(last)):
        return Symbol(symbol.base, f"{symbol.sup}⟨{last}⟩", own)
    return symbol


def _lines(figure: Figure) -> list[Line]:
    """Every line that a picture shows."""
    of_marks = [line for mark in figure.marks.values() for line in mark.label]
    return of_marks + [arrow.label for arrow in figure.arrows] + [text.parts for text in figure.texts]


def _each(figure: Figure, change: Callable[[Line, int | None], Line]) -> None:
    """Change every line; what belongs to a step is told which."""
    step = {mark.id: mark.step for mark in figure.marks.values()}
    figure.marks = {id: m._replace(label=tuple(change(line, m.step) for line in m.label)) for id, m in figure.marks.items()}
    figure.arrows = [arrow._replace(label=change(arrow.label, step[arrow.tail])) for arrow in figure.arrows]
    figure.texts = [text if text.kind == "label" else text._replace(parts=change(text.parts, -1)) for text in figure.texts]


def aim(figure: Figure, targets: Any, run: Any) -> None:
    """Words over what each loss compares with, one a loss; a mark y_t over L_t where a picture has none yet. Without a run, a folded net's.

    Raises ValueError for a picture without losses, or words that do not fit.
    """
    losses = [mark for mark in figure.marks.values() if mark.kind in ("loss", "criterion") and (mark.step is not None or run is None)]
    if not losses or not isinstance(run, Run | None):
        raise ValueError("targets= needs losses to stand over, and this picture has none: give the run y, or leave out hide='losses'")
    if run is None:
        if targets is not True:
            raise ValueError(f"targets takes True in a folded net, where all steps are one, not {shown(targets)}")
        return
    count = len(run.losses)
    said = [targets] if isinstance(targets, str) else None if isinstance(targets, (bytes, Mapping)) else taken(targets, count)
    words = [""] * count if targets is True else [None] if said is None else said
    if len(words) == 1 != count and isinstance(words[0], str):  # a word is its letters, as at a command line
        words = list(words[0])
    if not all(isinstance(word, str) for word in words) or len(words) != count:
        raise ValueError(f"targets takes True, or one string for each of the {count} losses, not {shown(targets)}")
    for mark in losses:
        id, (x, y), step = f"y_{mark.step}", mark.at, mark.step
        target = figure.marks.get(id)
        if target is None:
            target = Mark(id, "target", (x, y + ROW), ((Symbol("y", "", str(step)),),), f"target {id}", step)
            radius, tip = MARKS["target"]["size"][1] / 2, (x, y + RADIUS)
            points = through([(x, y + ROW - radius), (x, y + RADIUS + HEAD)])
            figure.add(target)
            figure.add(Arrow(f"{id}-{mark.id}", id, mark.id, "plain", points, tip, note=f"{id} to {mark.id}"))
        if word := words[(step or 0) - run.losses.first]:
            figure.add(Text((target.at[0], target.at[1] + RADIUS + 0.4 * LINE), (word,), "label"))
