"""Whatever font a machine has, nothing that is written is cut at the sheet's edge, and a long name makes its mark large, not its letters
small."""

import random
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.captions import LEAST
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.looks import label_sizes, of_mark
from autograd_rnn.drawing.output.style import SIZE, SMALL
from autograd_rnn.drawing.overlay.legend import sides
from tests.sampling import sampled
from tests.test_draw_cells import ALL
from tests.test_draw_fonts import shown

GALLERY = sorted((Path(__file__).parent.parent / "diagrams").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
REGULAR, BOLD = 0.51, 0.6  # of its size, the mean letter of DejaVu Serif, as Chromium shows these lines where there is no Times


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_every_line_fits_the_sheet_in_a_wide_font(path):
    page = ElementTree.parse(path).getroot()
    left, _, width, _ = map(float, page.get("viewBox").split())
    for text in page.iter(f"{SVG}text"):
        letters = re.sub(r"\s+", " ", "".join(text.itertext()))
        mean = BOLD if text.get("font-weight") == "bold" else REGULAR
        half = mean * float(text.get("font-size") or page.get("font-size")) * len(letters) / 2
        scripts = len(list(text)) > 1  # set smaller, one above the other
        assert scripts or left <= float(text.get("x")) - half and float(text.get("x")) + half <= left + width, letters


@pytest.mark.parametrize(("name", "level"), sampled([(name, level) for name in sorted(ALL) for level in ("block", "up", "cell", "op")], 12))
def test_a_mark_grows_with_its_name_and_its_letters_stay(name, level, random_seed):
    draws, options = (
        random.Random(f"{random_seed}{name}{level}"),
        dict(level="block", direction="up") if level == "up" else dict(level=level),
    )
    run = ALL[name]()
    bases = sorted({part.base for part in shown(ar.draw(run, **options).figure) if isinstance(part, Symbol)})
    letters = {base: "".join(draws.choices("aemWlgV", k=draws.randint(1, 12))) for base in bases}
    marks = ar.draw(run, letters=letters, **options).figure.marks.values()
    for mark, look in [(mark, of_mark(mark)) for mark in marks]:
        usual = look.get("sizes", [look.get("fontsize", SMALL if len(mark.label) > 1 else SIZE)])
        for k, size in enumerate(label_sizes(mark, look)):
            assert size >= 0.79 * usual[min(k, len(usual) - 1)], (mark.id, mark.label)
    stand = sorted((m for m in marks if m.kind in ("input", "state", "initial", "score", "loss")), key=lambda m: m.at[::-1])
    for a, b in pairwise(stand):  # neighbours of a row
        assert a.at[1] != b.at[1] or b.at[0] - a.at[0] > (a.extent[0] + b.extent[0]) / 2, (a.id, b.id)


@pytest.mark.parametrize(("name", "level"), sampled([(name, level) for name in sorted(ALL) for level in ("block", "cell", "op")], 12))
def test_no_line_below_is_wider_than_its_picture_and_none_says_less(name, level):
    options = dict(level=level, thumbnails=True, **dict(gradients=True) if ALL[name]().has_loss else {})
    picture = ar.draw(ALL[name](), **options).figure
    (left, _), (right, _) = sides(picture, words=False)
    foot = min([mark.at[1] for mark in picture.marks.values() if mark.kind != "anchor"] + [frame.low[1] for frame in picture.frames])
    below = [text for text in picture.texts if text.kind == "caption" and text.at[1] < foot]
    assert below and all(breadth(text.parts, SMALL) <= max(right - left, LEAST) for text in below if not text.side)
    samples = {round(arrow.points[0][1], 6) for arrow in picture.arrows if picture.marks[arrow.tail].kind == "anchor"}
    assert samples <= {round(text.at[1], 6) for text in below}  # each beside its words
    heights = sorted({round(text.at[1], 6) for text in below})
    assert all(after - before > 13 for before, after in pairwise(heights))
    whole, lines = [" ".join("".join(map(str, text.parts)) for text in texts) for texts in (unbroken(name, options), picture.texts)]
    assert re.sub(r"\s+", " ", whole) == re.sub(r"\s+", " ", lines)


def unbroken(name, options):
    """What is said under a picture in which each line may be as long as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograd_rnn.drawing.captions.LEAST", 1e9)
        return ar.draw(ALL[name](), **options).figure.texts
