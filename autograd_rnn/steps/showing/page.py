"""A walk as one web page: a single file that needs no network, no server and no typesetter.

Its steps are a nested list, each there once, so that it reads and prints without a script; the script shows one step at a time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from autograd_rnn.steps.showing.mathml import mathml
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import numbers

WIDE = 1.4  # a picture that is wider than so many times its height stands above the equation, not beside it


def page(title: str, walks: Mapping[str, Sequence[Step]], why: Callable[[Step], str], svg: str, here: Step) -> str:
    """The page of a walk's levels, coarse to fine; ``here`` is the step it opens at. ``why``: a step's explanation. ``svg``: the picture
    whose nodes the steps light, or nothing."""
    walks = {name: walk for name, walk in walks.items() if len(walk)}
    inside = _inside(walks)
    script, style, whole = ((files("autograd_rnn") / "steps" / "showing" / "assets" / name).read_text(encoding="utf-8") for name in PARTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Template(whole).substitute(
        title=escape(title),
        style=style,
        script=script,
        policy=f"sha256-{digest}",  # this script and no other may run, whatever a label may hold
        level=here.level,
        number=here.number,
        levels="\n".join(f'<button value="{name}" aria-pressed="{str(name == here.level).lower()}">{name}</button>' for name in walks),
        shape="wide" if _ratio(svg) > WIDE else "tall",
        picture=_figure(svg),
        lists="\n".join(_lists(inside, walks)),
        later=_later(inside, walks),
        data=_data(walks, why),
    )


PARTS = ("page.js", "page.css", "page.html")
LATER = "component"
MISSING = "There is no picture: the tape is too long for one, or there was nothing to draw with (install Graphviz, or autograd-rnn[draw])."
NUMBERS = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)")


def _ratio(svg: str) -> float:
    """Width over height."""
    sizes = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', svg)
    return float(sizes[1]) / float(sizes[2]) if sizes else 0.0


def _figure(svg: str) -> str:
    """The picture in its frame, without the declarations that only a file of its own has; or a sentence on why there is none."""
    if not svg:
        return f'<p class="missing">{MISSING}</p>'
    key = '<span class="key now"></span>this step <span class="key before"></span>what it uses'
    body = svg[svg.index("<svg") :]
    frame = f'<div class="frame" tabindex="0" role="group" aria-label="The picture: the node of this step is lit">\n{body}</div>'
    return f'<figure class="picture">\n{frame}\n<figcaption>{key}</figcaption>\n</figure>'


Inside = dict[tuple[str, int], list[Step]]  # the steps inside a step of a level; at (level, 0) those that are inside none


def _inside(walks: Mapping[str, Sequence[Step]]) -> Inside:
    """Which steps are part of which. The equations in t stand by themselves: each holds for many steps."""
    inside: Inside = {}
    names = list(walks)
    for k, name in enumerate(names):
        around = names[k - 1] if k and names[k - 1] != "recursion" else ""
        for step in walks[name]:
            place = (around, step.parent) if around and step.parent else (name, 0)
            inside.setdefault(place, []).append(step)
    return inside


def _lists(inside: Inside, walks: Mapping[str, Sequence[Step]]) -> Iterator[str]:
    """One list a level: its steps and, inside each, the finer steps it consists of, down to the op level."""
    for name in walks:
        if name != LATER and (name, 0) in inside:
            yield f'<ol class="{name}">'
            yield from _items(inside[name, 0], inside, Written())
            yield "</ol>"


def _later(inside: Inside, walks: Mapping[str, Sequence[Step]]) -> str:
    """The lists of the finest level, which the script puts in their places when they are first asked for: the page opens the sooner.

    They are most of the page, and the same at every time step but for their numbers: each text is kept once, with gaps for those.
    """
    texts, lists = Table(), []
    for (level, number), steps in inside.items():
        if steps[0].level == LATER:
            above = walks[level][number - 1].after if number else Written()
            pieces = (NUMBERS.split(item) for item in _items(steps, inside, above))
            lists.append([f"{level}-{number}", [[texts.at(tuple(piece[::2])), " ".join(piece[1::2])] for piece in pieces]])
    return _json({"texts": list(texts), "lists": lists})


def _items(steps: Iterable[Step], inside: Inside, passed: Written) -> Iterator[str]:
    """The list items of some steps, with all that is inside them; ``passed`` is the equation above."""
    open_lists = [iter(steps)]
    while open_lists:
        step = next(open_lists[-1], None)
        if step is None:
            open_lists.pop()
            if open_lists:
                yield "</ol></li>"
            continue
        finer = inside.get((step.level, step.number), [])
        step = step if step.before != passed else step._replace(before=Written())  # it goes on from what the one above arrived at
        passed = step.after
        kind = f' class="of-{step.level}"' if finer else ""
        unfolds = finer and finer[0].level != LATER
        yield f'<li id="{step.level}-{step.number}"{kind}>{_row(step, len(finer))}' + ("<ol>" if unfolds else "</li>")
        if unfolds:
            open_lists.append(iter(finer))


def _row(step: Step, finer: int) -> str:
    """One step: its number, rule and equations, and a button where it has finer steps."""
    told = ("" if step.t is None else f"t = {step.t}, ") + step.rule
    parts = [f'<a href="#{step.level}-{step.number}">{step.number}</a><p>{escape(told)}</p>']
    for name in ("before", "after", "values"):
        written = getattr(step, name)
        parts += [f'<div class="{name}">{equations(written)}</div>'] if written.text else []
    if step.level == LATER:  # hovers show whole vectors: not for their components
        parts = [re.sub(' data-q="[^"]*"', "", part) for part in parts]
    if finer:
        label = f"{finer} finer step{'s' * (finer > 1)}"
        parts.append(f'<button class="fold" aria-expanded="false" aria-label="{label} of step {step.number}">{label}</button>')
    return f'<div class="step">{"".join(parts)}</div>'


def equations(written: Written) -> str:
    """An equation, or several, each a line of its own; as text where its LaTeX is none of ours, as a person's own names can be."""
    lines = []
    for latex, text in zip(written.latex.split("\n"), written.text.split("\n"), strict=False):
        try:
            lines.append(mathml(latex))
        except ValueError:
            lines.append(f"<math><mtext>{escape(text)}</mtext></math>")
    return "".join(f"<p>{line}</p>" for line in lines)


class Table(dict[Any, int]):
    """Things in the order in which they came, each once: ``table.at(thing)`` is its place."""

    def at(self, thing: Any) -> int:
        return self.setdefault(thing, len(self))


def _data(walks: Mapping[str, Sequence[Step]], why: Callable[[Step], str]) -> str:
    """What the script must know of the steps beyond their list items, as JSON."""
    quantities, words = Table(), Table()
    shown: dict[int, dict[str, None]] = {}
    levels: dict[str, dict[str, list[Any]]] = {}  # by field: so that its name is written once
    for name, steps in walks.items():
        levels[name] = {}
        for step in steps:
            entries = [quantities.at((symbol, *_told(step, symbol))) for symbol in {**step.numbers, **step.shapes}]
            if entries and step.kind != "forward" and " from " not in next(iter(step.numbers), ""):  # the picture says the values itself
                shown.setdefault(entries[0], {}).update(dict.fromkeys(step.mark[:1]))
            fields = dict(
                t=step.t, node=step.node, rule=words.at(step.rule), where=words.at(step.where), mark=step.mark,
                text=step.after.text if name != LATER else step.node,  # what one searches for
                depends=step.depends, parent=step.parent, reason=words.at(why(step)), numbers=entries,
            )  # fmt: skip
            for field, value in fields.items():
                levels[name].setdefault(field, []).append(value)
    table = [[*entry, list(shown.get(k, ()))] for k, entry in enumerate(quantities)]
    return _json({"levels": levels, "quantities": table, "words": list(words)})


def _json(whole: Any) -> str:
    """JSON inside a page: no text in it can end the element that it stands in, or begin another."""
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").replace("<!", "\\u003c!")


def _told(step: Step, symbol: str) -> tuple[str, str]:
    """A quantity's shape and value, as a person reads them."""
    shape = step.shapes.get(symbol)
    size = "" if shape is None else "scalar" if not shape else " × ".join(map(str, shape))
    return size, numbers(step.numbers[symbol]).replace("] [", "]\n [") if symbol in step.numbers else ""
