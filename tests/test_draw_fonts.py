"""Pictures in a real browser under three choices of fonts: the ink of every label lies inside its mark, or clear of all else."""

import os
import random
from itertools import combinations

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Symbol, Text
from autograd_rnn.drawing.gallery import PICTURES
from autograd_rnn.drawing.output.looks import of_arrow, of_mark
from autograd_rnn.drawing.output.shapes import head
from autograd_rnn.drawing.output.svg import sheet
from tests.browsing import FONTS, ink, set_up, tab
from tests.sampling import sampled
from tests.test_draw_cells import ALL

NEAR = 0.6  # points that ink may go beyond, of what is a point thick


def inside(mark, low, high):
    """Whether a box lies in a mark's outline."""
    look = of_mark(mark)
    (w, h), shape = look["size"], look["shape"]
    x, y = (max(abs(low[k] - mark.at[k]), abs(high[k] - mark.at[k])) - NEAR for k in (0, 1))
    if shape in ("circle", "ellipse"):
        return (2 * x / w) ** 2 + (2 * y / h) ** 2 <= 1
    return 2 * x <= w and 2 * y <= h and (shape != "octagon" or x / w + y / h <= 0.5 + np.tan(np.pi / 8) / 2)


def meet(a, b):
    """Whether two boxes (low, high) have more than a rim in common."""
    return all(a[0][k] < b[1][k] - NEAR and b[0][k] < a[1][k] - NEAR for k in (0, 1))


def around(points):
    """The box round some points."""
    return np.min(points, axis=0), np.max(points, axis=0)


def faults(picture, inks):
    """What of a picture's words is out of its place, in sentences."""
    figure, found = picture.figure, []
    looks = [(arrow, of_arrow(arrow)) for arrow in figure.arrows]
    lines = [(a.id, np.array([*samples(a.points, 1.0)]), look["penwidth"] / 2 - NEAR) for a, look in looks]
    heads = [(f"the head of {a.id}", around(head(a, look))) for a, look in looks if look.get("arrowhead") != "none"]
    bodies = [(m.id, around(m.at + np.outer((-1, 1), half))) for m in figure.marks.values() if hard(m) for half in halves(m)]
    tints = [(f.id, (f.low, f.high)) for f in figure.frames if f.kind.endswith(("value", "adjoint"))]
    rims = [(f.id, (f.low, f.high)) for f in figure.frames if f.kind in ("cell", "step")]
    left, top, width, height, _ = sheet(figure)
    for one in inks:
        mark = figure.marks.get(one.owner)
        for box in one.boxes:
            low, high = box
            if low[0] < left or high[0] > left + width or high[1] > top or low[1] < top - height:
                found.append(f"{one.words} of {one.owner} is cut by the sheet's edge")
            if mark and hard(mark):
                if not inside(mark, low, high):
                    found.append(f"{one.words} goes beyond its {mark.kind} {mark.id}")
                continue
            met = [id for id, at, half in lines if ((at > np.array(low) - half) & (at < np.array(high) + half)).all(1).any()]
            met += [id for id, other in (*heads, *bodies, *tints) if meet(box, other)]
            met += [id for id, rim in rims if meet(box, rim) and not all(rim[0][k] <= low[k] and high[k] <= rim[1][k] for k in (0, 1))]
            found += [f"{one.words} of {one.owner} lies on {id}" for id in met]
    for a, b in combinations([(one, box) for one in inks for box in one.boxes], 2):
        if a[0] is not b[0] and meet(a[1], b[1]):
            found.append(f"{a[0].words} of {a[0].owner} lies on {b[0].words} of {b[0].owner}")
    return list(dict.fromkeys(found))


def halves(mark):
    """Half the width and height of boxes that fill a mark: of a circle some that touch its rim."""
    half = np.array(mark.extent) / 2
    round_ = of_mark(mark)["shape"] in ("circle", "ellipse")
    return [half * (np.cos(a), np.sin(a)) for a in np.linspace(0.2, np.pi / 2 - 0.2, 7)] if round_ else [half]


def hard(mark):
    """Whether a mark has an outline."""
    return of_mark(mark)["shape"] != "none"


OVERLAYS = [
    {},
    dict(gradients=True),
    dict(gradients=True, truncate=2),
    dict(thumbnails=True),
    dict(thumbnails=True, gradients=True),
    dict(notation="letters"),
    dict(notation="superscript"),
    dict(targets=True),
    dict(letters=...),
    dict(letters=..., gradients=True),
    dict(hide=("initial", "losses")),
    dict(theme="dark", font="sans"),
]
SWEPT_BY = {"gradients", "backward", "truncate"}
SWEPT = [dict(gradients=True), dict(backward=True), dict(gradients=True, truncate=2), dict(truncate=1)]
UPWARD = [{}, dict(backward=True), dict(gradients=True, truncate=2), dict(truncate=1, flow="state"), dict(thumbnails=True, truncate=2)]


def shown(figure):
    """The symbols and words of a figure."""
    lines = [*(line for mark in figure.marks.values() for line in mark.label), *(arrow.label for arrow in figure.arrows)]
    return [part for line in [*lines, *(text.parts for text in figure.texts)] for part in line]


BATCHES = {
    "masked": lambda: ar.Model(ar.RNN(3, 4), 5).unroll([np.ones((n, 3)) for n in (4, 2)], [[0, 1, 2, 3], [4, 0]]),
    "weighed": lambda: ar.Model(ar.LSTM(3, 4), 5).unroll(np.ones((4, 3)), [0, 1, 2, 3], weights=[1, 0, 2.5, 1]),
}


def pictures(seed):
    """The gallery, and nets at random levels under random overlays, by name."""
    draws = random.Random(seed)
    yield from ((name, picture()) for name, (_, picture) in PICTURES.items())
    drawn = [(name, draws.choice(("block", "cell", "op")), draws.choice(OVERLAYS)) for name in draws.sample(sorted(ALL), 12)]
    drawn += [(name, "cell", draws.choice(SWEPT) | dict(letters=...)) for name in draws.sample(sorted(ALL), 3)]  # least room
    for name, level, chosen in drawn:
        options = dict(chosen)
        if "letters" in options:  # any names for all that there is
            bases = sorted({part.base for part in shown(ar.draw(ALL[name](), level=level).figure) if isinstance(part, Symbol)})
            options["letters"] = {
                base: "".join(draws.choices("aemWlgV", k=draws.randint(1, 5 if options.keys() & SWEPT_BY else 9))) for base in bases
            }
        try:
            yield f"{name}, {level}, {options}", ar.draw(ALL[name](), level=level, **options)
        except ValueError as refused:  # as a net without losses has no gradients
            assert "loss" in str(refused) or "letters" in str(refused), name
    for name in [*BATCHES, *draws.sample(sorted(ALL), 5)]:
        run = (BATCHES | ALL)[name]()
        words = ["some words"] * sum(len(unrolled.xs) for unrolled in run.unrolled)
        options = draws.choice(UPWARD) | draws.choice(
            [{}, dict(labels=words), dict(contributions=next(iter(run.parameters)), labels=words)]
        )
        if "flow" in options:
            options.pop("contributions", None)
        if run.has_loss or not options.keys() & {"backward", "gradients", "contributions"}:
            yield f"{name}, upward, {options}", ar.draw(run, direction="up", **options)


@pytest.fixture(scope="module")
def drawn():
    return list(pictures(os.environ["AUTOGRAD_RNN_SEED"]))


@pytest.mark.parametrize("fonts", sampled(FONTS, 3))
def test_words_stand_in_their_places_under_any_fonts(fonts, drawn, tmp_path):
    with tab(set_up(fonts, tmp_path)) as page:
        found = {name: wrong for name, picture in drawn if (wrong := faults(picture, ink(page, picture.svg())))}
    assert not found, next(iter(found.items()))


def test_what_is_out_of_its_place_is_found(tmp_path):
    picture = PICTURES["rnn"][1]()
    picture.figure.texts.append(
        Text((picture.figure.marks["h_2"].at[0] + 50, picture.figure.marks["h_2"].at[1]), ("over a wire",), "label")
    )
    arrow = picture.figure.arrows[0]
    picture.figure.arrows[0] = arrow._replace(label_at=picture.figure.marks["s_1"].at)
    with tab() as page:
        said = " ".join(faults(picture, ink(page, picture.svg())))
    assert "over␣a␣wire of  lies on h_2-h_3" in said and "lies on s_1" in said
