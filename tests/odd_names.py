"""Nets of odd names under odd labels, in every format: a program of its own, since a text may end the renderer's process.

``python -m tests.odd_names SEED COUNT`` ends with what was wrong with which names; with ``LATEX`` behind it what is LaTeX is compiled.
"""

import html.parser
import json
import random
import re
import subprocess
import sys
import tempfile
import xml.dom.minidom
from pathlib import Path

import numpy as np

import autograd_rnn as ar
from autograd_rnn.engine.naming import checked_name
from autograd_rnn.grader.report import Item, Report

SEEN = """W h x _ ^ 2 ' ′ é λ 漢 字 🐍 👩‍🚀 ﷺ ब ् ﬁ ² ½ ß İ ı 𝐖 − א ع""".split()
SEEN += ["\u0301", "\u0308" * 9, "\u20dd", "\ue000", "\U0001fae8", "\xa0", " "]
SIGNS = r"""" ' < > & &amp; &#0; &#x202e; ]]> <!-- --> <script>alert(1)</script> </script> </title> </svg> <br/> <B>
    \ \N \n \G \E % %s $ $x$ { } {} # ~ ` `` | [x](javascript:0) ![a](b) * ** __ ^^M \end{document} \write18{id}
    \input{x} -- --- ?` << ,, '' $$ \( @ ; : = // ( ) + - ∂ d T _t ^T /..""".split()
ACTING = [*range(0x20), *range(0x7F, 0xA0), *range(0x200B, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070)]
ACTING += [0xAD, 0x34F, 0x61C, 0x180E, 0x3164, 0xFE0F, 0xFEFF, 0xFFF9, 0xFFFD, 0xFFFE, 0xFFFF, 0xFDD0]
ACTING += [0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x1FFFF, 0x10FFFF, 0xE0041]
ACTING = [*map(chr, ACTING)]
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")  # is in no file that we write
USUAL = {"parameter": "W_a", "bias": "b_a", "quantity": "a", "state": "h", "class": "Own"}
LATEX = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
ARTICLE = r"\documentclass{article}\usepackage{tikz}\begin{document}%s\end{document}"
FOREIGN = {"b", "br", "img", "comment"}  # what names would bring into a page that are taken for its own


def name(rng):
    """What can be a name."""
    while True:
        try:
            return checked_name("".join(rng.choice(rng.choice([SEEN, SIGNS])) for _ in range(rng.randrange(1, 6))))
        except ValueError:
            pass


def text(rng):
    """Anything."""
    if rng.random() < 0.1:
        return rng.choice(ACTING + SIGNS) * rng.randrange(80)
    return "".join(rng.choice(rng.choice([SEEN, SIGNS, ACTING])) for _ in range(rng.randrange(1, 12)))


def net(names):
    """A net by these names."""

    def shapes(self):
        return {names["parameter"]: (self.hidden_size, self.input_size), names["bias"]: (self.hidden_size,)}

    def step(self, p, x, h):
        a = getattr(p, names["parameter"]) @ x + 0.5 * h + getattr(p, names["bias"])
        return {names["quantity"]: a, names["state"]: ar.tanh(a)}

    members = {"states": (names["state"],), "output": names["state"], "shapes": shapes, "step": step}
    return ar.Model(type(names["class"], (ar.Cell,), members)(2, 3), output_size=2)


class Elements(html.parser.HTMLParser):
    """The kinds of elements of a page."""

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)
        assert not any(key.startswith("on") for key, _ in attributes), attributes

    def handle_comment(self, data):
        self.found.add("comment")

    def of(self, page):
        self.found = set()
        self.feed(page)
        return self.found


def written(data):
    """A text that a file holds, with nothing in it that acts."""
    assert not RAW.search(data), RAW.search(data)
    return data.encode()


def in_pictures(rng, run):
    """In pictures at every level; gives what LaTeX is to make of them."""
    texts = dict(labels=[text(rng) for _ in range(2)], targets=[text(rng) for _ in range(2)], letters={"s": name(rng)})
    papers, slides = [], ar.frames(run, labels=texts["labels"], targets=texts["targets"]).tex()
    for level in ("block", "cell", "op", "states"):
        picture = ar.draw(run, level=level, **({"labels": texts["labels"]} if level == "states" else texts))
        for one in (picture.svg(), picture.moving()):
            xml.dom.minidom.parseString(written(one))
        written(picture.source)
        papers.append(picture.tex())
        written(papers[-1] + picture.overlays())
    kind, render = rng.choice([(b"\x89PNG", picture.png), (b"%PDF", picture.pdf)])
    try:
        assert render().startswith(kind)
    except ar.drawing.NoGraphviz:
        pass
    written(slides)
    return [ARTICLE % "\n".join(papers), slides]


def in_handouts(subject, folder):
    """In walks as pages and handouts."""
    walk = ar.step(subject)
    for ending in ("html", "md", "tex", "ipynb"):
        walk.save(folder / f"walk.{ending}")
    page, *_, notebook = (written((folder / f"walk.{e}").read_bytes().decode()).decode() for e in ("html", "md", "ipynb"))
    assert not Elements().of(page) & FOREIGN
    for picture in re.findall(r"<svg.*?</svg>", page, re.S):
        xml.dom.minidom.parseString(picture.encode())
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.S):
        json.loads(data)
    json.loads(notebook)
    return written((folder / "walk.tex").read_text(encoding="utf-8")).decode()


def in_reports(rng):
    """In what a grader says of somebody's file and of what it raised."""
    item = Item("step", 0.0, 1.0, "crashed", text(rng))
    report = Report(text(rng), text(rng), [item], "full", [], 1, [text(rng)])
    xml.dom.minidom.parseString(written(report.to_junit()))
    json.loads(written(report.to_gradescope()))
    assert not Elements().of(written(report.to_html()).decode()) & (FOREIGN | {"script"})
    written(report.to_markdown() + str(report))


def tried(rng, folder):
    """One net, in whatever form there is; some of its names are odd. Gives its documents in LaTeX."""
    odd = rng.choice([{one} for one in USUAL] + [USUAL.keys()])
    names = {what: name(rng) if what in odd else usual for what, usual in USUAL.items()}
    print(ascii(names))
    model = net(names)
    run = model.unroll(np.ones((2, 2)), [0, 1])
    swept, derived = run.backward(), ar.derive(model)
    for said in (run.tape, model, swept, derived, derived.markdown(), derived.latex()):
        written(str(said))
    own = ar.tanh(ar.tensor(np.ones(2), name=name(rng))).sum()  # by its name as it is, which no cell's is printed by
    documents = [*in_pictures(rng, run), in_handouts(run, folder), in_handouts(own, folder)]
    model.save(folder / "model.npz")
    assert [*ar.load(folder / "model.npz", [type(model.cell)]).parameters] == [*model.parameters]
    in_reports(rng)
    return documents


if __name__ == "__main__":
    seed, count, *latex = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        for k in range(int(count)):
            for document in tried(random.Random(f"{seed} {k}"), Path(place)):
                if latex:
                    Path(place, "a.tex").write_text(document, encoding="utf-8")
                    done = subprocess.run(
                        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=place, capture_output=True
                    )
                    assert done.returncode == 0, done.stdout[-2000:]
