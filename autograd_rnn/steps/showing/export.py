"""A walk as a file: one web page, or a handout in Markdown, LaTeX or as a notebook. Written whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_rnn.steps.showing.mathml import mathml
from autograd_rnn.steps.showing.page import page
from autograd_rnn.steps.showing.present import drawn, heading
from autograd_rnn.steps.showing.terminal import PLAIN
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.writing import writable, write

if TYPE_CHECKING:
    from autograd_rnn.steps.navigator import Navigator

TEX = {sign: "\\" + sign for sign in "&%$#_{}"} | {sign: f"${sign}$" for sign in "<>|"}
TEX |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': "''"}
OWN = re.compile("[<>#%$~]")  # in LaTeX that comes from a person's own names: a sign that would not mean itself
HEADINGS = {
    "recursion": "The equations for every t",
    "unrolled": "Each time step, with numbers",
    "op": "The tape's own sweep",
    "component": "Index by index",
}


def save(navigator: Navigator, path: Any) -> None:
    """Write the walk to ``path``: ``.html`` (every level, to step through), or a handout of the first two levels,
    and of the others down to the current one: ``.md``,
    ``.tex``, ``.ipynb``. Raises ValueError for another ending, or a place that cannot be written to."""
    target = Path(path)
    make = FORMATS.get(target.suffix.lower())
    if make is None:
        what = f"{target.suffix} is no ending known here" if target.suffix else "the name has no ending"
        raise ValueError(f"cannot save to {target}: {what}; choose from {', '.join(FORMATS)}")
    writable(target)
    write(target, make(navigator).encode())


def html(navigator: Navigator) -> str:
    """The page."""
    walks = {level: navigator.walk(level) for level in navigator.levels}
    return page(heading(navigator), walks, lambda step: reason(navigator, step), drawn(navigator), navigator.step)


def reason(navigator: Navigator, step: Step) -> str:
    """Why a step holds: at the op level and below in a sentence, since its components are the proof."""
    found = navigator.why(step)
    return str(found) if step.level in ("recursion", "unrolled") else found.sentence


def sections(navigator: Navigator) -> Iterator[tuple[str, list[Step]]]:
    """The first two levels and what else there is down to the current one, each with its heading and steps."""
    for level in navigator.levels[: max(navigator.levels.index(navigator.level), 1) + 1]:
        yield HEADINGS[level], list(navigator.walk(level))


def lines(written: Written) -> Iterator[tuple[str, str]]:
    """Each equation as LaTeX and as text; without LaTeX where a person's own names made it none of ours."""
    for latex, text in zip(written.latex.split("\n"), written.text.split("\n"), strict=False):
        try:
            mathml(latex)
            yield latex if latex.isascii() and not OWN.search(latex) else "", text
        except ValueError:
            yield "", text


def in_markdown(step: Step) -> str:
    """One step as Markdown."""
    parts = [f"**{marked(step.crumb)}**"]
    for written in (step.after, step.values):
        parts += [rf"$${latex}$$" if latex else f"    {text}" for latex, text in lines(written) if text]
    return "\n\n".join(parts) + "\n"


def marked(text: str) -> str:
    """Text in Markdown: its signs mean themselves."""
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", text)


def markdown(navigator: Navigator) -> str:
    """The handout in Markdown."""
    parts = [f"# {marked(heading(navigator))}\n"]
    for above, steps in sections(navigator):
        parts += [f"## {above}\n", *map(in_markdown, steps)]
    return "\n".join(parts)


def tex(navigator: Navigator) -> str:
    """The handout in LaTeX: plain article and amsmath."""
    parts = [
        r"\documentclass{article}",
        r"\usepackage{amsmath}",
        r"\usepackage[margin=25mm]{geometry}",
        r"\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}\raggedright",
        rf"\title{{{lettered(heading(navigator))}}}\author{{}}\date{{}}",
        r"\begin{document}\maketitle",
    ]
    for above, steps in sections(navigator):
        parts.append(rf"\section*{{{above}}}")
        for step in steps:
            parts.append(rf"\textbf{{{lettered(step.crumb)}}}\nopagebreak")
            for written in (step.after, step.values):
                for latex, text in lines(written):
                    line = rf"$\displaystyle {latex}$" if latex else rf"\texttt{{{lettered(text)}}}"
                    parts += [f"\n\\hangindent=2em\\hspace*{{1em}}{line}"] if text else []
            parts.append("\n\\medskip")
    return "\n".join([*parts, r"\end{document}", ""])


def lettered(text: str) -> str:
    """Text in LaTeX, in the letters that every LaTeX has."""
    plain = "".join(PLAIN.get(letter, letter) for letter in text).encode("ascii", "replace").decode()
    return "".join(TEX.get(letter, letter) for letter in plain)


def notebook(navigator: Navigator) -> str:
    """The handout as a notebook: a cell a step, the picture first."""
    svg = drawn(navigator)
    first: dict[str, Any] = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {marked(heading(navigator))}"}
    if svg:
        first["source"] += "\n\n![the net unfolded through time](attachment:net.svg)"
        first["attachments"] = {"net.svg": {"image/svg+xml": svg}}
    cells = [first]
    for above, steps in sections(navigator):
        level = steps[0].level if steps else above
        cells.append({"cell_type": "markdown", "id": level, "metadata": {}, "source": f"## {above}"})
        for step in steps:
            cells.append({"cell_type": "markdown", "id": f"{level}-{step.number}", "metadata": {}, "source": in_markdown(step)})
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, Callable[[Any], str]] = {".html": html, ".md": markdown, ".tex": tex, ".ipynb": notebook}
