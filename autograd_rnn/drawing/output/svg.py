"""Graphviz's SVG made readable and alike: what a pointer and a screen reader say, each line of text in one piece, no remarks."""

from __future__ import annotations

import re
from html import escape

PARTS = re.compile(
    r"<!--.*?-->\n?"  # a remark: node names, Graphviz's version
    r'|<title>(?P<name>[^<]*)</title>\n(?:<g id="a_[^"]*"><a xlink:title="(?P<tip>[^"]*)">\n)?'
    r'|<g id="a_[^"]*"><a xlink:title="[^"]*">\n|</a>\n</g>\n'  # a label's own tip: its arrow has said it
    r"|(?P<texts>(?:<text [^>]*>[^<]*</text>\n)+)"
    r'|stroke="transparent"',
    re.S,
)
TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
LOOK = re.compile(r'([\w-]+)="([^"]*)"')
SHIFT = {"sub": 0.3, "super": -0.5}
KEPT = ("font-style", "font-weight", "fill")


def with_words(svg: str, title: str, description: str) -> str:
    """The SVG with a title and a description for the whole, and every node's and arrow's tooltip as a title that all browsers show.

    Graphviz sets each piece of a line where its own font would put it, and lowers a subscript by an attribute that browsers ignore.
    """
    words = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
    head, _, body = svg.partition("<svg ")
    attributes, _, body = body.partition(">\n")
    group, _, body = body.partition("<title>")  # the graph's own: the root has it
    body = PARTS.sub(_part, body.partition("</title>\n")[2])
    return f'{PARTS.sub("", head)}<svg role="img" {attributes}>\n{words}{group}{body}'


def _part(found: re.Match[str]) -> str:
    """What takes the place of a part."""
    if found["texts"]:
        return _lines(found["texts"])
    if found["name"] is not None:
        return f"<title>{found['tip'] or found['name']}</title>\n"
    return 'stroke="none"' if found[0].startswith("stroke") else ""


def _lines(texts: str) -> str:
    """Text elements on one baseline as one, sub- and superscripts as steps down and up."""
    lines: dict[str, list[tuple[dict[str, str], str]]] = {}
    for tag, words in TEXT.findall(texts):
        look = dict(LOOK.findall(tag))
        lines.setdefault(look["y"], []).append((look, words))
    return "".join(_line(pieces) for pieces in lines.values() if any(words.strip() for _, words in pieces))


def _line(pieces: list[tuple[dict[str, str], str]]) -> str:
    spans, level = [], 0.0
    for look, words in pieces:
        size, shift = float(look["font-size"]), SHIFT.get(look.get("baseline-shift", ""), 0.0)
        step, level = shift * size - level, shift * size
        move = f' dy="{step:.2f}"' if step else ""
        style = "".join(f' {name}="{look[name]}"' for name in KEPT if name in look)
        spans.append(f'<tspan{move} font-size="{size * (0.9 if shift else 1):.2f}"{style}>{words}</tspan>')
    place = " ".join(f'{name}="{pieces[0][0][name]}"' for name in ("text-anchor", "x", "y", "font-family"))
    return f'<text xml:space="preserve" {place}>{"".join(spans)}</text>\n'
