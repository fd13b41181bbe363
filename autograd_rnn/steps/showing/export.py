"""A walk as a file: one web page, or a handout in Markdown, LaTeX or as a notebook. Written whole or not at all."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autograd_rnn.algebra.mathml import mathml
from autograd_rnn.nets.progress import Progress
from autograd_rnn.steps.showing.page import page
from autograd_rnn.steps.showing.present import drawn, figure, heading
from autograd_rnn.steps.showing.terminal import PLAIN
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.writing import file_name, writable, write

if TYPE_CHECKING:
    from autograd_rnn.steps.navigator import Navigator

TEX = {sign: "\\" + sign for sign in "&%$#_{}"} | {sign: f"${sign}$" for sign in "<>|"}
TEX |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': "''"}
MATH = {"⊙": r"\odot", "ᵀ": r"^{\top}", "²": "^{2}", "σ": r"\sigma", "Σ": r"\Sigma", "∂": r"\partial", "½": r"\tfrac{1}{2}", "→": r"\to"}
TEX |= {sign: f"${{}}{name}$" for sign, name in MATH.items()}
OWN = re.compile("[<>#%$~]")  # in LaTeX that comes from a person's own names: a sign that would not mean itself
PICTURE, SIGNS = "what is walked through", "The signs and words"
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
    writable(path, FORMATS)
    target = file_name(path)
    with Progress(None, None, f"writing {sum(len(navigator.walk(level)) for level in navigator.levels):,} steps"):
        data = FORMATS[target.suffix.lower()](navigator).encode()
    write(target, data)


def html(navigator: Navigator) -> str:
    """The page."""
    walks = {level: navigator.walk(level) for level in navigator.levels}
    pictures = {level: drawn(navigator, level) for level in walks}
    return page(heading(navigator), walks, lambda step: reason(navigator, step), pictures, navigator.words().pairs, navigator.step)


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
    """The handout in Markdown, the picture inside it: its data stand at the end, where they are in nobody's way."""
    svg = drawn(navigator, navigator.levels[0])
    parts = [f"# {marked(heading(navigator))}\n", *([f"![{PICTURE}][net]\n"] if svg else []), listed(navigator)]
    for above, steps in sections(navigator):
        parts += [f"## {above}\n", *map(in_markdown, steps)]
    data = base64.b64encode(svg.encode()).decode()
    return "\n".join([*parts, *([f"[net]: data:image/svg+xml;base64,{data}\n"] if svg else [])])


def listed(navigator: Navigator) -> str:
    """The signs and words as a list in Markdown."""
    return "\n".join([f"## {SIGNS}\n", *(f"- {marked(sign)}: {marked(meaning)}" for sign, meaning in navigator.words().pairs), ""])


def tex(navigator: Navigator) -> str:
    """The handout in LaTeX: plain article, amsmath, and TikZ for the picture."""
    from autograd_rnn.drawing import Picture

    found = figure(navigator, navigator.levels[0])
    drawing = "" if found is None else Picture(found).tex()
    drawing = re.sub(r"(?<=;) % .*$", "", re.sub(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f]", "?", drawing), flags=re.M)  # names' own letters
    parts = [
        r"\documentclass{article}",
        r"\usepackage{amsmath}",
        *([r"\usepackage{tikz}"] if drawing else []),
        r"\usepackage[margin=25mm]{geometry}",
        r"\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}\raggedright",
        rf"\title{{{lettered(heading(navigator))}}}\author{{}}\date{{}}",
        r"\begin{document}\maketitle",
        *([rf"\begin{{center}}{drawing}\end{{center}}"] if drawing else []),
        rf"\section*{{{SIGNS}}}\begin{{description}}",
        *(rf"\item[{{{lettered(sign)}}}] {lettered(meaning)}" for sign, meaning in navigator.words().pairs),
        r"\end{description}",
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
    plain = "".join(letter if letter in TEX else PLAIN.get(letter, letter) for letter in text)
    return "".join(TEX.get(letter, letter if " " <= letter <= "~" else "?") for letter in plain)


def notebook(navigator: Navigator) -> str:
    """The handout as a notebook: a cell a step, the picture first."""
    svg = drawn(navigator, navigator.levels[0])
    first: dict[str, Any] = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {marked(heading(navigator))}"}
    if svg:
        first["source"] += f"\n\n![{PICTURE}](attachment:net.svg)"
        first["attachments"] = {"net.svg": {"image/svg+xml": svg}}
    cells = [first, {"cell_type": "markdown", "id": "words", "metadata": {}, "source": listed(navigator)}]
    for above, steps in sections(navigator):
        level = steps[0].level if steps else above
        cells.append({"cell_type": "markdown", "id": level, "metadata": {}, "source": f"## {above}"})
        for step in steps:
            cells.append({"cell_type": "markdown", "id": f"{level}-{step.number}", "metadata": {}, "source": in_markdown(step)})
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, Callable[[Any], str]] = {".html": html, ".md": markdown, ".tex": tex, ".ipynb": notebook}
