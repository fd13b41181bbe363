"""Pictures on paper: where the letters of a PDF stand, by Poppler, and that a PNG shows the same."""

import base64
import html
import os
import random
import re
import shutil
import subprocess
from collections import defaultdict

import numpy as np
import pytest

from autograd_rnn.drawing.gallery import PICTURES
from autograd_rnn.drawing.measure import breadth, text_size
from autograd_rnn.drawing.output.looks import of_mark, short
from autograd_rnn.drawing.output.render import Picture, render
from autograd_rnn.drawing.output.shapes import lines_of
from autograd_rnn.drawing.output.style import SMALL
from autograd_rnn.drawing.output.svg import sheet
from tests.browsing import Ink, tab
from tests.sampling import sampled
from tests.test_draw_fonts import faults, pictures

WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
PLACED = re.compile(r"scale\(([\d.]+) [\d.]+\) rotate\(0\) translate\(([\d.-]+) ([\d.-]+)\)")
STARTS = re.compile(
    r'<g id="([^"]*)" class="edge[^>]*>(?:\n<title>.*?</title>)?(?:\n<g [^>]*><a [^>]*>)?\n<path [^>]*d="M([-\d.]+),([-\d.]+)'
)
BASE, HIGH, LOW = 0.2, 0.65, 0.2  # of a word's box from ascent to descent: its base line above the lower edge, its ink above and below that


def poppler(*command, given):
    """What one of Poppler's programs makes of a PDF."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} on the path, which reads a PDF")
    return subprocess.run([*command], input=given, capture_output=True, check=True).stdout


def lines(figure):
    """Every line that a figure shows: whose it is, what it says, its middle and half its width and height."""
    for mark in figure.marks.values():
        for line, middle, size in lines_of(mark, of_mark(mark)):
            yield mark.id, line, middle, (breadth(line, size) / 2 + 2, 0.9 * size)
    for arrow in figure.arrows:
        if arrow.label and arrow.label_at:
            yield arrow.id, short(arrow.label), arrow.label_at, (breadth(short(arrow.label), SMALL) / 2 + 2, 0.9 * SMALL)
    for text in figure.texts:
        half, size = breadth(text.parts, text_size(text), text.kind == "heading") / 2, text_size(text)
        yield "", text.parts, (text.at[0] + text.side * half, text.at[1]), (half + 2, 0.9 * size)


def printed(picture):
    """Where the words of a picture's PDF are, each with the line that it belongs to; a word of no line belongs to nobody."""
    text = render(picture.source, "svg").decode()
    scale, left, top = map(float, PLACED.search(text).groups())
    starts = {arrow.id: arrow.points[0] for arrow in picture.figure.arrows}
    drawn = [(starts[html.unescape(id)], at) for id, *at in STARTS.findall(text) if html.unescape(id) in starts]
    dx, dy = np.median([(float(x) - at[0], float(y) + at[1]) for at, (x, y) in drawn], axis=0)
    left, top = left + dx, top + dy
    figure = picture.figure
    known, inks, text = list(lines(figure)), defaultdict(list), poppler("pdftotext", "-bbox", "-", "-", given=picture.pdf())
    for x0, y0, x1, y1, word in WORD.findall(text.decode()):
        a, b = float(x0) / scale - left, float(x1) / scale - left
        down, up = top - float(y1) / scale, top - float(y0) / scale
        base = down + BASE * (up - down)
        x, y = (a + b) / 2, base + 0.25 * (up - down)
        near = [k for k, (_, _, at, half) in enumerate(known) if abs(x - at[0]) < half[0] and abs(y - at[1]) < half[1]]
        k = min(near, key=lambda k: abs(y - known[k][2][1]) + abs(x - known[k][2][0]) / 100, default=-1)
        hangs = LOW if set(html.unescape(word)) & set("gjpqyQf,;()[]") else 0.02
        inks[k].append(((a, base - hangs * (up - down)), (b, base + HIGH * (up - down))))
    named = {k: ("nobody", "words") if k < 0 else (known[k][0], "".join(map(str, known[k][1]))) for k in inks}
    gaps = {mark.id for mark in figure.marks.values() if mark.kind == "gap"}  # of dots the ink is much less than their word
    unseen = [line[:2] for k, line in enumerate(known) if k not in inks and "".join(map(str, line[1])).strip()]
    return [Ink(*named[k], boxes) for k, boxes in inks.items() if named[k][0] not in gaps], unseen


@pytest.mark.parametrize("every", sampled([9, 1], 2))
def test_the_words_of_a_pdf_stand_in_their_places(every):
    drawn, found = list(pictures(os.environ["AUTOGRAD_RNN_SEED"])), {}
    for name, picture in drawn[len(drawn) % every :: every]:
        inks, unseen = printed(picture)
        wrong = faults(picture, inks) + [f"{owner}: {line} is not there" for owner, line in unseen]
        if wrong:
            found[name] = wrong
    assert not found, next(iter(found.items()))


ALIKE = """async urls => {
  const small = [];
  for (const url of urls) {
    const image = new Image(); image.src = url; await image.decode();
    const canvas = document.createElement('canvas'), w = canvas.width = image.width >> 3, h = canvas.height = image.height >> 3;
    const at = canvas.getContext('2d'); at.imageSmoothingQuality = 'high'; at.drawImage(image, 0, 0, w, h);
    small.push([w, h, at.getImageData(0, 0, w, h).data]);
  }
  const [[w, h, a], [v, g, b]] = small;
  let most = 0;
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k] - b[k]));
  return [w == v && h == g, most];
}"""


def test_a_png_shows_what_the_pdf_shows(random_seed):
    """Made by the same hand: no eight by eight dots are much lighter or darker than the PDF has them; under moved words they are."""
    with tab() as page:
        for name in random.Random(random_seed).sample(sorted(PICTURES), 3):
            picture = PICTURES[name][1]()
            png = picture.png()
            size = [str(int.from_bytes(png[at : at + 4], "big")) for at in (16, 20)]
            pdfs = [picture.pdf()]
            picture.figure.texts = [text._replace(at=(text.at[0] + 9, text.at[1])) for text in picture.figure.texts]
            pdfs += [Picture(picture.figure, width=f"{picture._factor * sheet(picture.figure).width}pt").pdf()]
            others = [poppler("pdftoppm", "-png", "-scale-to-x", size[0], "-scale-to-y", size[1], "-", given=pdf) for pdf in pdfs]
            urls = ["data:image/png;base64," + base64.b64encode(image).decode() for image in (png, *others)]
            (same, most), (_, moved) = (page.evaluate(ALIKE, [urls[0], other]) for other in urls[1:])
            assert same and most < 95 and (moved > 95 or not picture.figure.texts), (name, most, moved)
