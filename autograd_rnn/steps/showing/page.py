"""A walk as one web page: a single file that needs no network, no server and no typesetter.

Its steps are a nested list, each there once, so that it reads and prints without a script; the script shows one step at a time.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from autograd_rnn.algebra.mathml import mathml
from autograd_rnn.steps.search import stretch
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.walks.naming import numbers
from autograd_rnn.steps.walks.walk import Walk

WIDE = 1.4  # a picture that is wider than so many times its height stands above the equation, not beside it


def page(
    title: str,
    walks: Mapping[str, Walk],
    why: Callable[[Step], str],
    pictures: Mapping[str, str],
    words: Iterable[tuple[str, str]],
    here: Step,
) -> str:
    """The page of a walk's levels, coarse to fine; ``here`` is the step it opens at. ``why``: a step's explanation. ``pictures``: each
    level's, whose nodes its steps light; levels may share one, or have none. ``words``: what the signs mean."""
    walks = {name: walk for name, walk in walks.items() if len(walk)}
    inside, shown = _inside(walks), Pictures(pictures)
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
        words="\n".join(f"<dt>{escape(sign)}</dt><dd>{escape(meaning)}</dd>" for sign, meaning in words),
        picture="\n".join(shown.figures()),
        lists="\n".join(_lists(inside, walks)),
        later=_later(inside, walks),
        data=_data(walks, why, shown),
    )


PARTS = ("page.js", "page.css", "page.html")
LATER = "component"
MISSING = "There is no picture: the tape is too long for one."
NUMBERS = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)")


class Pictures:
    """The pictures of the levels, each drawn once. The ids of the second get a prefix, since they are those of the first again."""

    def __init__(self, by_level: Mapping[str, str]):
        self.by_level = by_level
        self.kinds = list(dict.fromkeys(svg for svg in by_level.values() if svg))

    def prefix(self, level: str) -> str:
        """What stands before the ids of a level's picture."""
        return f"{self.kinds.index(self.by_level[level])}." if self.by_level.get(level) in self.kinds[1:] else ""

    def figures(self) -> Iterator[str]:
        """Each picture in its frame; or a sentence on why there is none."""
        if not self.kinds:
            yield f'<p class="missing">{MISSING}</p>'
        for svg in self.kinds:
            levels = [level for level, own in self.by_level.items() if own == svg]
            yield _figure(svg, levels, self.prefix(levels[0]))


def _figure(svg: str, levels: Sequence[str], prefix: str) -> str:
    """A picture in its frame, without the declarations that only a file of its own has, never larger than it was drawn."""
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    width, height = map(float, size.groups()) if size else (1.0, 1.0)
    body = svg[svg.index("<svg") :].replace(' id="', f' id="{prefix}')
    label = "The picture: the node of this step is lit"
    frame = f'<div class="frame" tabindex="0" role="group" aria-label="{label}">\n{body}</div>'
    key = '<span class="key now"></span>this step <span class="key before"></span>what it uses'
    kind = "wide" if width > WIDE * height else "tall"
    style = f"--width: {width:g}pt; --height: {height:g}pt"
    told = f'data-levels="{" ".join(levels)}" data-shape="{kind}" style="{style}"'
    return f'<figure class="picture" {told}>\n{frame}\n<figcaption>{key}</figcaption>\n</figure>'


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


def _lists(inside: Inside, walks: Mapping[str, Walk]) -> Iterator[str]:
    """One list a level: its steps and, inside each, the finer steps it consists of, down to the op level. Steps of the same form as one
    before stand behind a line that says so, by which a reader passes over them."""
    for name, walk in walks.items():
        if name == LATER or (name, 0) not in inside:
            continue
        leaders = set(walk.leaders)
        yield f'<ol class="{name}">'
        passed = Written()
        for same, group in itertools.groupby(inside[name, 0], lambda step: step.number not in leaders):
            steps = list(group)
            if same:
                yield f'<li class="passed">{stretch(walk, steps[0].number - 1, steps[-1].number + 1)}</li>'
            items = _items(steps, inside, passed)
            yield from (item.replace("<li ", "<li data-same ", 1) for item in items) if same else items
            passed = steps[-1].after
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


def _data(walks: Mapping[str, Walk], why: Callable[[Step], str], pictures: Pictures) -> str:
    """What the script must know of the steps beyond their list items, as JSON."""
    quantities, words = Table(), Table()
    shown: dict[int, dict[str, None]] = {}
    levels: dict[str, dict[str, list[Any]]] = {}  # by field: so that its name is written once
    for name, steps in walks.items():
        levels[name] = {}
        prefix = pictures.prefix(name)
        for step in steps:
            mark = [prefix + id for id in step.mark]
            entries = [quantities.at((symbol, *_told(step, symbol))) for symbol in {**step.numbers, **step.shapes}]
            if entries and step.kind != "forward" and " from " not in next(iter(step.numbers), ""):  # the picture says the values itself
                shown.setdefault(entries[0], {}).update(dict.fromkeys(mark[:1]))
            fields = dict(
                t=step.t, node=step.node, rule=words.at(step.rule), where=words.at(step.where), mark=mark,
                text=step.after.text if name != LATER else step.node,  # what one searches for
                depends=step.depends, parent=step.parent, reason=words.at(why(step)), numbers=entries,
            )  # fmt: skip
            for field, value in fields.items():
                levels[name].setdefault(field, []).append(value)
    table = [[*entry, list(shown.get(k, ()))] for k, entry in enumerate(quantities)]
    leaders = {name: walk.leaders for name, walk in walks.items()}
    return _json({"levels": levels, "leaders": leaders, "quantities": table, "words": list(words)})


def _json(whole: Any) -> str:
    """JSON inside a page: no text in it can end the element that it stands in, or begin another."""
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").replace("<!", "\\u003c!")


def _told(step: Step, symbol: str) -> tuple[str, str]:
    """A quantity's shape and value, as a person reads them."""
    shape = step.shapes.get(symbol)
    size = "" if shape is None else "scalar" if not shape else " × ".join(map(str, shape))
    return size, numbers(step.numbers[symbol]).replace("] [", "]\n [") if symbol in step.numbers else ""
