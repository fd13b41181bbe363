"""A wrong function on the page of a report: what is said of it, the formula typeset, the place in the unfolding, the smallest call."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from autograd_rnn.grader.judging.example import Example, shown
from autograd_rnn.visible import visible

LARGEST = 600  # characters of an array that a page shows


def card(item: Any, hint: int) -> str:
    """The section of one function; nothing where there is no more to say than the table does."""
    found = item.diagnosis if hint > 1 else None
    example = item.example if hint > 1 else None
    if found is None and example is None:
        return ""
    parts = [f"<h2><code>{_text(item.name)}</code></h2>"]
    if found is None:
        parts.append('<p class="said">The mistake is not recognised.</p>')
    elif hint > 2:
        parts.append(f'<p class="said">{said(found.sentence[:1].upper() + found.sentence[1:])}</p>')
        parts += [f'<p class="also">or: {said(other)}</p>' for other in found.also]
    if found is not None:
        parts.append(f"<p>It is {_text(found.where)}.</p>")
    parts += [_formula(found), _picture(found)] if found is not None and hint > 2 else []
    parts.append(_example(example) if example is not None else "")
    return f'<section class="card">{"".join(parts)}</section>\n'


def _text(text: str) -> str:
    return html.escape(visible(text))


def said(text: str) -> str:
    """A sentence, formulas between backquotes in their own type."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", _text(text))


def _formula(found: Any) -> str:
    """The equations as they have to be."""
    from autograd_rnn.algebra.mathml import mathml

    lines = []
    for latex, text in zip(found.latex.splitlines(), found.formula.splitlines(), strict=False):
        try:
            lines.append(f"<div>{mathml(latex)}</div>")
        except ValueError:  # of a word embedding, which is no equation of a net
            lines.append(f"<div><code>{_text(text)}</code></div>")
    return f'<div class="formula"><span>It has to be</span>{"".join(lines)}</div>' if lines else ""


def _picture(found: Any) -> str:
    """The unfolding with the place marked, where there is a net."""
    if found.place is None:
        return ""
    try:
        data = base64.b64encode(found.draw().svg().encode()).decode()
    except LookupError:  # of a journal that another version has written
        return ""
    return f'<img class="net" alt="The net unfolded; what is wrong is brought out" src="data:image/svg+xml;base64,{data}">'


def _example(example: Example) -> str:
    """The smallest call as a table, its numbers and what came back beside what is true."""
    rows = [f"<tr><td><code>{_text(name)}</code></td><td><code>{_array(value)}</code></td></tr>" for name, value in example.given.items()]
    got = f'<tr class="got"><td><code>{_text(example.output)}</code> is</td><td><code>{_array(example.got)}</code></td></tr>'
    true = f'<tr class="true"><td>and has to be</td><td><code>{_array(example.true)}</code></td></tr>'
    return f'<table class="call"><caption>{_text(example.title)}</caption>{"".join(rows)}{got}{true}</table>'


def _array(value: Any) -> str:
    text = shown(value)
    return _text(text if len(text) <= LARGEST else f"{text[:LARGEST]} ...")
