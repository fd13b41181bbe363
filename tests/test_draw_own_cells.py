"""Cells that a person wrote, those of the literature among them, at every level: whole from the first step on, every weight named."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Symbol, quantity
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.engine.naming import name_of
from autograd_rnn.nets.equations import constants, one_step
from tests.oracles.literature import CELLS, RNG, D, H, Own
from tests.sampling import sampled


class Leaky(Own):
    """What is computed from h_0 alone is nothing to differentiate."""

    def step(self, p, x, h):
        return dict(h=0.9 * h + 0.1 * ar.tanh(ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)))


class Fixed(Own):
    """A reservoir that reads its input by a fixed matrix, too, and of which h_0 is an operation's own input."""

    of = "b_h"

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.W_res, self.W_in = RNG.normal(size=(H, H)) / 4, ar.constant(RNG.normal(size=(H, D)))

    def step(self, p, x, h):
        return dict(h=ar.tanh(self.W_res @ h + self.W_in @ x + p.b_h) + h / 2)


class Traces(Own):
    """Three states, of which two are made of states before and of the input alone, for some steps."""

    states = ("h", "fast", "slow")

    def step(self, p, x, h, fast, slow):
        slow = 0.9 * slow + 0.1 * fast
        fast = 0.5 * fast + 0.5 * x.sum()
        return dict(slow=slow, fast=fast, h=ar.tanh(p.W_xh @ x + p.W_hh @ h + p.b_h) * (slow + fast))


class Halves(Own):
    """Its second state goes on from the first by a number, so that it is late by a step; its input is scaled before anything else."""

    states = ("h", "late")

    def step(self, p, x, h, late):
        return dict(late=0.5 * h - late / 3, h=ar.tanh(p.W_xh @ (0.1 * x) + p.W_hh @ h + 2 * late))


class Unlike(Own):
    """Weights with words for names, several of one letter."""

    of = "W_forget U_forget W_new U_new b_new"
    sizes = {"t": D, "w": D}

    def shapes(self):
        return {name: (H, D if name[0] == "W" else H) if name[0] != "b" else (H,) for name in self.of.split()}

    def step(self, p, x, h):
        forget = ar.sigmoid(p.W_forget @ x + p.U_forget @ h)
        return dict(forget=forget, h=forget * h + (1 - forget) * ar.tanh(p.W_new @ x + p.U_new @ h + p.b_new))


class Highway(Own):
    """A recurrent highway of three microsteps (Zilly et al. 2017), which names none of them."""

    of = "W_xh W_xt R_1 T_1 R_2 T_2 R_3 T_3"

    def shapes(self):
        return {name: (H, D) if name[0] == "W" else (H, H) for name in self.of.split()}

    def step(self, p, x, h):
        for k in (1, 2, 3):
            t = ar.sigmoid((p.W_xt @ x if k == 1 else 0) + getattr(p, f"T_{k}") @ h)
            h = ar.tanh((p.W_xh @ x if k == 1 else 0) + getattr(p, f"R_{k}") @ h) * t + h * (1 - t)
        return dict(h=h)


MINE = [Leaky, Fixed, Traces, Halves, Unlike, Highway]


def symbols(figure):
    """Everything with a name that a picture shows."""
    lines = [line for mark in figure.marks.values() for line in mark.label] + [arrow.label for arrow in figure.arrows]
    return {part for line in (*lines, *(text.parts for text in figure.texts)) for part in line if isinstance(part, Symbol)}


def size(mark):
    return mark.size or MARKS[mark.look or mark.kind]["size"]


def within(figure, frame):
    """The looks of a frame's marks and where in it they stand."""
    low, high = frame.low, frame.high
    marks = [m for m in figure.marks.values() if all(low[k] <= m.at[k] <= high[k] for k in (0, 1)) and m.kind != "cell_title"]
    return sorted((m.kind, *(m.at[k] - low[k] for k in (0, 1)), *size(m)) for m in marks)


def alike(a, b):
    """Whether two steps have the same marks in the same places."""
    return [mark[0] for mark in a] == [mark[0] for mark in b] and np.allclose([mark[1:] for mark in a], [mark[1:] for mark in b], atol=0.01)


def assert_whole(cell, level, figure):
    shown = symbols(figure)
    named = {quantity(name, "") for name in (*cell.parameters, *constants([cell]).own.values())}
    matrices = {quantity(name, "") for name, value in cell.parameters.items() if value.ndim > 1}
    assert matrices <= shown, f"{level}: {matrices - shown} is nowhere"
    if level in (None, "cell"):  # what a part is called by somebody, or what a caption explains
        given = {name_of(name).letter for name in (*one_step(cell)[1], *cell.states)} | {"x", "s", "L", "h"}
        explained = {text.parts[k] for text in figure.texts for k in range(len(text.parts)) if text.parts[k + 1 : k + 2] == (": ",)}
        for symbol in shown - named - explained - {quantity("W_hy", "")}:
            assert symbol.base in given, f"{level}: nobody gave the name {symbol}"
    boxes = [mark for mark in figure.marks.values() if mark.kind not in ("branch", "anchor", "cell_title")]
    assert all("".join(map(str, line)) for mark in boxes for line in mark.label or ("",)), f"{level}: a mark says nothing"
    frames = [frame for frame in figure.frames if frame.kind in ("cell", "step")]
    starts = {m.id for m in figure.marks.values() if m.kind == "initial" and m.id.rpartition("_")[0] in cell.states}
    for arrow in figure.arrows:
        if arrow.tail in starts and frames and level in ("cell", "op"):  # level up to the first frame
            before = [at[1] for at in samples(arrow.points, 2.0) if at[0] < frames[0].low[0]]
            assert np.ptp(before) < 1, f"{level}: {arrow.id} is aslant"
    for a, b in combinations(boxes, 2):
        apart = [abs(a.at[axis] - b.at[axis]) - (size(a)[axis] + size(b)[axis]) / 2 for axis in (0, 1)]
        assert max(apart) >= -1, f"{level}: {a.id} over {b.id}"
    if level in ("cell", "op"):
        assert len(frames) == 3
        assert np.ptp([[f.high[k] - f.low[k] for k in (0, 1)] for f in frames], axis=0).max() < 0.01, f"{level}: frames of unequal size"
        assert all(alike(within(figure, f), within(figure, frames[0])) for f in frames[1:]), f"{level}: steps are not alike"
        assert np.ptp([b.low[0] - a.low[0] for a, b in pairwise(frames)]) < 0.01
    reached = {end for arrow in figure.arrows for end in (arrow.tail, arrow.head)}
    assert {mark.id for mark in boxes if mark.kind in ("initial", "input", "state")} <= reached, f"{level}: something hangs in the air"


LEVELS = (None, "block", "cell", "op")  # None: the inside of the cell


@pytest.mark.parametrize(
    "cell, level",
    [*product(MINE, ("cell", "op")), *sampled(product(MINE, LEVELS[:2]), 6), *sampled(product(CELLS, LEVELS), 29)],
    ids=lambda case: case.__name__ if isinstance(case, type) else case,
)
def test_a_cell_of_ones_own_is_drawn_whole_at_every_level(cell, level):
    one = cell(D, H)
    figure = ar.draw(one).figure if level is None else ar.draw(ar.Model(one, 3), level=level, steps=3).figure
    assert_whole(one, level, figure)
