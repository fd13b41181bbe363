"""A picture as a file: DOT text into SVG, PNG or PDF, by the Graphviz of the system or the one inside pygraphviz."""

from __future__ import annotations

import functools
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from autograd_rnn.drawing.dot import dot
from autograd_rnn.drawing.figure import Figure
from autograd_rnn.writing import write

FORMATS = (".svg", ".png", ".pdf", ".dot")
_one_at_a_time = threading.Lock()  # the Graphviz library keeps its state in globals


class NoGraphviz(RuntimeError):
    """There is nothing to render with."""


class Picture:
    """A drawing: ``source`` is its DOT text, ``figure`` what is drawn and where. It shows itself in a notebook.

    The same picture gives the same bytes each time. Rendering needs Graphviz, of the system or inside the package pygraphviz; without
    either it raises NoGraphviz, which says what to install.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure, self.title, self.description = figure, figure.title, figure.description

    @functools.cached_property
    def source(self) -> str:
        """The picture in the DOT language."""
        return dot(self.figure)

    def svg(self) -> str:
        """The picture as SVG text, with its title and description in it."""
        return with_words(render(self.source, "svg").decode(), self.title, self.description)

    def png(self) -> bytes:
        """The picture as a PNG, at 192 dots an inch."""
        return render(self.source.replace("\ngraph [", "\ngraph [dpi=192, ", 1), "png")

    def pdf(self) -> bytes:
        """The picture as a PDF of its own size."""
        return re.sub(rb"(CreationDate \(D:)\d{14}", rb"\g<1>20000101000000", render(self.source, "pdf"))

    def save(self, path: Any) -> None:
        """Write the picture to a ``.svg``, ``.png``, ``.pdf`` or ``.dot`` file, whole or not at all.

        Raises ValueError for another ending or a folder that is missing or cannot be written into. Without Graphviz the DOT text is
        saved beside the name given, and NoGraphviz says so.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in FORMATS:
            what = f"{ending} is no picture's ending" if ending else "the name has no ending"
            raise ValueError(f"cannot save to {target}: {what}; choose from {', '.join(FORMATS)}")
        try:
            data = self.source.encode() if ending == ".dot" else getattr(self, ending[1:])()
        except NoGraphviz as error:
            beside = target.with_suffix(".dot")
            write(beside, self.source.encode())
            raise NoGraphviz(f"{error}; the DOT text is saved as {beside}") from None
        write(target, data if isinstance(data, bytes) else data.encode())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except NoGraphviz as error:
            return {"text/plain": f"{self!r}: {error}"}

    def __repr__(self) -> str:
        return f"<picture of {self.title}>"


def render(source: str, format: str) -> bytes:
    """DOT text as SVG, PNG or PDF."""
    for way in (_by_system, _by_package):
        data = way(source, format)
        if data is not None:
            return data
    raise NoGraphviz('nothing to draw with: install Graphviz, or pip install "autograd-rnn[draw]"')


def _by_system(source: str, format: str) -> bytes | None:
    """By the ``dot`` on the path; None where there is none, or where it was built without the format."""
    if shutil.which("dot") is None:
        return None
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", format, source.encode(), quiet=True))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError):
        return None


def _by_package(source: str, format: str) -> bytes | None:
    """By the library inside pygraphviz, in this process; None where it is not installed, or is a version without one."""
    try:
        import pygraphviz
    except ImportError:
        return None
    with _one_at_a_time, _silent():
        graph = pygraphviz.AGraph(string=source)
        try:
            graph.has_layout = True  # positions are in the source: nop2
            return bytes(graph.draw(format=format))
        except (OSError, ValueError):
            return None
        finally:
            graph.close()


@contextmanager
def _silent() -> Iterator[None]:
    """Graphviz's libraries write remarks about fonts to the process's error stream, past Python: not while we render."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no error stream
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def with_words(svg: str, title: str, description: str) -> str:
    """Graphviz's SVG made readable: a title and a description, no comments, and each line of text in one piece.

    Graphviz sets each piece of a line where its own font would put it, and lowers a subscript by an attribute that browsers ignore.
    """
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.S)
    svg = re.sub(r"(?:<text [^>]*>[^<]*</text>\n)+", lambda found: _lines(found[0]), svg)
    words = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
    return re.sub(r"<svg ([^>]*)>\n", lambda found: f'<svg role="img" {found[1]}>\n{words}', svg, count=1)


def _lines(texts: str) -> str:
    """Text elements on one baseline as one, sub- and superscripts as steps down and up."""
    lines: dict[str, list[tuple[str, str]]] = {}
    for tag, words in re.findall(r"<text ([^>]*)>([^<]*)</text>", texts):
        lines.setdefault(re.findall(r' y="([^"]*)"', tag)[0], []).append((tag, words))
    out = []
    for pieces in lines.values():
        spans, level = [], 0.0
        for tag, words in pieces:
            look = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            size, shift = float(look["font-size"]), {"sub": 0.3, "super": -0.5}.get(look.get("baseline-shift", ""), 0.0)
            step, level = shift * size - level, shift * size
            move = f' dy="{step:.2f}"' if step else ""
            style = "".join(f' {k}="{look[k]}"' for k in ("font-style", "font-weight", "fill") if k in look)
            spans.append(f'<tspan{move} font-size="{size * (0.9 if shift else 1):.2f}"{style}>{words}</tspan>')
        place = re.sub(r' (font-style|font-size|baseline-shift|fill)="[^"]*"', "", pieces[0][0])
        out.append(f"<text {place}>{''.join(spans)}</text>\n")
    return "".join(out)
