"""A picture that is built up, frame by frame, for slides: the same sheet each time, with more on it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from autograd_rnn.drawing.cell.equations import stages
from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Mark, Symbol, Text
from autograd_rnn.drawing.output.render import Picture
from autograd_rnn.drawing.overlay.highlight import LAID_OVER, STEP, nearest
from autograd_rnn.visible import shown
from autograd_rnn.writing import file_name, named, writable, write

BEAMER = r"""\documentclass{beamer}
\usepackage{tikz}
\setbeamertemplate{navigation symbols}{}
\begin{document}
\begin{frame}
\centering
\resizebox*{!}{\ifdim\totalheight>0.9\textheight0.9\textheight\else\totalheight\fi}{%%
%s}
\end{frame}
\end{document}
"""
FORMATS = (".svg", ".pdf", ".tex")
UNNAMED = ("anchor", "branch", "delay", "cell_title", "equation")  # kinds of marks that nobody calls by a name


class Frames(Sequence[Picture]):
    """Pictures of one size, each with what the one before has and more. ``whole`` is all of it."""

    def __init__(self, whole: Picture) -> None:
        self.whole = whole

    def __len__(self) -> int:
        return 1 + max(thing.since for thing in self.whole.figure.things())

    @overload
    def __getitem__(self, k: int) -> Picture: ...
    @overload
    def __getitem__(self, k: slice) -> list[Picture]: ...

    def __getitem__(self, k: int | slice) -> Picture | list[Picture]:
        found = range(len(self))[k]
        return [self.whole.at(one) for one in found] if isinstance(found, range) else self.whole.at(found)

    def svg(self) -> str:
        """One SVG that builds itself up, a second a frame, again and again."""
        return self.whole.moving()

    def tex(self) -> str:
        """A beamer document of one frame, with a slide for each picture."""
        return BEAMER % self.whole.overlays().rstrip()

    def pdf(self) -> bytes:
        """The frames as the pages of one PDF."""
        try:
            from pypdf import PdfReader, PdfWriter
        except ImportError:
            raise RuntimeError('frames become the pages of one PDF by the package pypdf: pip install "autograd-rnn[slides]"') from None
        pages = PdfWriter()
        for picture in self:
            pages.append(PdfReader(io.BytesIO(picture.pdf())))
        pages.metadata = {"/Title": self.whole.title}
        made = io.BytesIO()
        pages.write(made)
        return made.getvalue()

    def save(self, path: Any, moving: bool = False) -> None:
        """Write ``.svg``, a file a frame with its number in the name, or, ``moving``, one that builds itself up; ``.pdf``, a page a frame;
        or ``.tex``, for beamer. Raises what `Picture.save` raises, RuntimeError for a PDF where the package pypdf is not installed.
        """
        target = file_name(path)
        ending = target.suffix.lower()
        if ending not in FORMATS:
            raise ValueError(f"cannot save frames to {named(target)}: choose from {', '.join(FORMATS)}")
        if moving and ending != ".svg":
            raise ValueError(f"moving=True is an SVG's, and {named(target)} is none")
        if ending != ".svg" or moving:
            writable(target)
            write(target, self.pdf() if ending == ".pdf" else (self.svg() if moving else self.tex()).encode())
            return
        for picture, file in zip(self, self.files(target), strict=True):
            picture.save(file)

    def files(self, path: Any) -> list[Path]:
        """The names of `save`'s files, one a frame."""
        target, digits = file_name(path), len(str(len(self)))
        return [target.with_name(f"{target.stem}-{k:0{digits}d}{target.suffix}") for k in range(1, len(self) + 1)]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{len(self)} frames of {self.whole.title}>"


def build_up(figure: Figure, by: Any) -> None:
    """Say of each thing in which frame it comes: ``step`` by step, the ``backward`` sweep from the loss on, a cell in ``stages``, or by
    names, one or a list of some a frame.

    Raises ValueError for another way, or a name that the picture does not show.
    """
    if not isinstance(by, (str, list, tuple)):  # an array is not even compared
        by = [by]
    if by == "step":
        _by_marks(figure, _steps(figure))
    elif by == "backward":
        _backward(figure)
    elif by == "stages":
        _by_marks(figure, stages(figure))
    elif isinstance(by, (list, tuple)) and by and all(_names(name) for name in by):
        _by_marks(figure, _named(figure, by))
    else:
        raise ValueError(f"by={shown(by)}: choose 'step', 'backward', 'stages' or a list of names, such as ['h_1', 't=2', 'L']")


def _names(one: Any) -> bool:
    """Whether it is a name, or several that come together."""
    return isinstance(one, str) or isinstance(one, (list, tuple)) and bool(one) and all(isinstance(name, str) for name in one)


def _steps(figure: Figure) -> Mapping[str, int]:
    """The frame of each mark: its step's, counted from the first; what belongs to no step comes with the last."""
    stand = [mark for mark in figure.marks.values() if mark.kind != "anchor"]
    order = {step: k for k, step in enumerate(sorted({mark.step for mark in stand if mark.step is not None and mark.kind != "initial"}))}
    last = max(order.values(), default=0)
    return {mark.id: last if mark.step is None else 0 if mark.kind == "initial" else order[mark.step] for mark in stand}


def _named(figure: Figure, by: Sequence[str | Sequence[str]]) -> Mapping[str, int]:
    """The frame of each mark by the place of its name: a quantity, a letter that many have, or a step; others are there from the first."""
    frames: dict[str, int] = {}
    for k, name in [(k, name) for k, one in enumerate(by) for name in ([one] if isinstance(one, str) else one)]:
        step = STEP.fullmatch(name)
        found = [mark.id for mark in figure.marks.values() if (step and mark.step == int(step[1])) or name in _calls(mark)]
        if not found:
            known = {call for mark in figure.marks.values() if mark.kind not in UNNAMED for call in _calls(mark)}
            raise ValueError(f"no {shown(name)} in this picture{nearest(name, sorted(known))}")
        frames.update({id: k for id in found if id not in frames})
    return frames


def _calls(mark: Mark) -> set[str]:
    """What a mark may be called by: its own names, and what a gate makes."""
    symbols = [part for line in mark.label for part in line if isinstance(part, Symbol)]
    made = [tensor.label for tensor in mark.tensors[:1] if tensor.label]
    return {mark.id, *made, *(str(symbol) for symbol in symbols), *(symbol.base for symbol in symbols)}


def _by_marks(figure: Figure, frames: Mapping[str, int]) -> None:
    """Each arrow comes with the later of its ends, what is laid over at the end of all, a frame round marks with their first, and a text
    in the middle of a column with the column."""
    last = max(frames.values(), default=0)
    over = last + any(arrow.kind in LAID_OVER for arrow in figure.arrows)
    marks = list(figure.marks.values())
    figure.marks = {mark.id: mark._replace(since=frames.get(mark.id, 0)) for mark in marks}

    def of_arrow(arrow: Arrow) -> int:
        ends = (figure.marks[arrow.tail], figure.marks[arrow.head])
        return over if arrow.kind in LAID_OVER and ends[0].kind != "anchor" else max(end.since for end in ends)

    def of_text(text: Text) -> int:
        step = STEP.fullmatch("".join(map(str, text.parts)))
        if text.kind == "caption":
            return min((mark.since for mark in figure.marks.values() if step and mark.step == int(step[1])), default=0)
        x = text.at[0]
        near = [mark.since for mark in figure.marks.values() if mark.kind != "anchor" and abs(mark.at[0] - x) < 1]
        return min(near or [frame.since for frame in figure.frames if frame.low[0] <= x <= frame.high[0]], default=0)

    figure.arrows = [arrow._replace(since=of_arrow(arrow)) for arrow in figure.arrows]
    figure.frames = [frame._replace(since=min(_held(figure, frame), default=0)) for frame in figure.frames]
    figure.texts = [text._replace(since=of_text(text)) for text in figure.texts]


def _held(figure: Figure, frame: Frame) -> list[int]:
    """When the marks come that stand within a frame."""
    (x0, y0), (x1, y1) = frame.low, frame.high
    return [mark.since for mark in figure.marks.values() if x0 <= mark.at[0] <= x1 and y0 <= mark.at[1] <= y1]


def _backward(figure: Figure) -> None:
    """What flows back comes once all has that it is the sum of: by the longest way from where nothing flows in."""
    back = [
        arrow for arrow in figure.arrows if arrow.kind in LAID_OVER and figure.marks[arrow.tail].kind != "anchor" and arrow.kind != "cut"
    ]
    if not back:
        raise ValueError("nothing flows back in this picture: give the run a loss")
    depth: dict[str, int] = {}
    for mark, before in _in_order(back):
        depth[mark] = max((depth[tail] + 1 for tail in before), default=0)
    figure.arrows = [arrow._replace(since=depth[arrow.tail] + 1) if arrow in back else arrow for arrow in figure.arrows]


def _in_order(arrows: Sequence[Arrow]) -> Iterator[tuple[str, list[str]]]:
    """The marks that arrows join, each after those whose arrows lead to it, with them."""
    before: dict[str, list[str]] = {}
    for arrow in arrows:
        before.setdefault(arrow.tail, [])
        before.setdefault(arrow.head, []).append(arrow.tail)
    done: set[str] = set()
    while len(done) < len(before):
        ready = [mark for mark, tails in before.items() if mark not in done and done.issuperset(tails)]
        if not ready:  # states of one step may stand on one circle: what is left comes together
            ready = [mark for mark in before if mark not in done]
            yield from ((mark, [tail for tail in before[mark] if tail in done]) for mark in ready)
            return
        for mark in ready:
            yield mark, before[mark]
        done.update(ready)
