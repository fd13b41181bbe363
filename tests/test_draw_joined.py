"""The concatenated form in pictures of cells: what the equations write as one matrix on [h, x] is one box that both enter."""

import random
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import concatenated
from autograd_rnn.cli import main
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.style import MARKS
from autograd_rnn.nets.equations import forward
from autograd_rnn.nets.letters import halves, matrices
from tests.sampling import sampled
from tests.test_draw_cells import ALL, CELLS, OWN, at_borders, no_wire_in_a_box, nothing_overlaps

SUMS = {
    "linear": lambda A, x, B, h, b, g: ar.linear(A, x, B, h, b),
    "turned": lambda A, x, B, h, b, g: ar.linear(B, h, A, x),
    "matmul": lambda A, x, B, h, b, g: A @ x + B @ h + b,
    "bias between": lambda A, x, B, h, b, g: B @ h + (b + A @ x),
    "mixed": lambda A, x, B, h, b, g: ar.linear(A, x, b) + B @ h,
    "gated": lambda A, x, B, h, b, g: g * (A @ x) + B @ h,
    "minus": lambda A, x, B, h, b, g: A @ x - B @ h,
    "scaled": lambda A, x, B, h, b, g: 2.0 * (A @ x) + B @ h + b,
    "a product": lambda A, x, B, h, b, g: ar.tanh(A @ x) * ar.sigmoid(B @ h),
    "also by itself": lambda A, x, B, h, b, g: ar.linear(A, x, B, h, b) + x.sum(),
    "of the gate": lambda A, x, B, h, b, g: ar.linear(A, x, B, g * h, b),
}


def random_cell(rng):
    """A cell of gates, each of a random kind of sum."""
    kinds = [rng.choice(list(SUMS)) for _ in range(rng.randint(1, 4))]
    kinds[0] = kinds[0].replace("of the gate", "linear")  # a state weighed by a parameter is within the box

    class Drawn(ar.Cell):
        def shapes(self):
            D, H = self.input_size, self.hidden_size
            return {f"{w}{k}": s for k in range(len(kinds)) for w, s in (("W_x", (H, D)), ("W_h", (H, H)), ("b_", (H,)))} | {"w": (H,)}

        def step(self, p, x, h):
            found, g = {}, p.w
            for k, kind in enumerate(kinds):
                A, B, b = (getattr(p, f"{w}{k}") for w in ("W_x", "W_h", "b_"))
                found[f"u{k}"] = g = ar.sigmoid(SUMS[kind](A, x, B, h, b, g))
            return found | dict(h=h * g + ar.tanh(g))

    return Drawn(3, 4)


def boxes(figure):
    return {mark.id: "".join(map(str, mark.label[0])) for mark in figure.marks.values() if mark.kind == "joined"}


def text_of(column):
    return "[" + ", ".join(f"{part.name}_{part.time}" if isinstance(part, e.Sym) else "\u00b7" for part in column.parts) + "]"


def held(cell):
    """What the picture has to be held against: each quantity's columns, and the matrices on them, in the equations."""
    found = forward(cell)
    written = concatenated(found, halves(matrices([cell]), {*cell.parameters, *(q.left.name for q in found)}))
    products = [(q.left, node) for q in written for node in e.nodes(q.right) if isinstance(node, e.MatMul)]
    return [(text_of(p.vector), str(p.matrix.name)) for _, p in products if isinstance(p.vector, e.Column)]


def shown(cell):
    figure = inside(cell, "concatenated")
    words, found = boxes(figure), []
    for arrow in figure.arrows:
        if arrow.tail in words:
            symbols = [str(part) for line in figure.marks[arrow.head].label for part in line if not isinstance(part, str)]
            found.append((words[arrow.tail].replace("\u2212", "-"), symbols))
    return figure, found


def agree(cell):
    figure, found = shown(cell)
    wanted = held(cell)
    for column, symbols in found:
        assert any(one == column and whole in symbols for one, whole in wanted), (column, symbols, wanted)
    for column, whole in wanted:  # what has no name is written out wherever it is read, and drawn once
        assert any(one == column and whole in symbols for one, symbols in found), (column, whole, found)
    for id in boxes(figure):
        assert len([arrow for arrow in figure.arrows if arrow.head == id]) == 2, "a state and an input enter it"
    captions = " ".join("".join(map(str, text.parts)) for text in figure.texts)
    for whole in {name for _, name in wanted}:
        assert f"{whole} = [" in captions
    return len(wanted)


def test_the_boxes_are_those_of_the_equations(random_seed):
    rng = random.Random(random_seed)
    packaged = [make() for make in (CELLS | OWN).values()]
    counts = [agree(cell) for cell in (*packaged, *(random_cell(rng) for _ in range(20)))]
    assert sum(counts) > 40


@pytest.mark.sweep
def test_the_boxes_of_many_cells_are_those_of_the_equations(random_seed):
    rng = random.Random(random_seed + 1)
    assert sum(agree(random_cell(rng)) for _ in range(300)) > 100


@pytest.mark.parametrize("name", CELLS | OWN)
def test_the_picture_stays_clear(name):
    figure = inside((CELLS | OWN)[name](), "concatenated")
    nothing_overlaps(figure)
    if name in CELLS:
        no_wire_in_a_box(figure)
        for id in ("x_t", "h_{t-1}"):
            starts = {(a.points[0], a.points[1][0] > a.points[0][0] + 1) for a in figure.arrows if a.tail == id}
            assert len(starts) <= 1, "what comes from one mark leaves it by one line"
    for mark in figure.marks.values():
        if mark.kind == "joined":
            assert breadth(mark.label[0], MARKS["joined"]["fontsize"]) + 4 <= mark.extent[0], mark.label


@pytest.mark.parametrize("name", sampled(ALL, 4))
def test_every_level_of_a_run_joins_them(name):
    run = ALL[name]()
    figure = cells(run, notation="concatenated")
    at_borders(figure)
    for mark in figure.marks.values():
        if mark.kind == "joined":
            step = int(re.search(r"_(\d+)$", mark.id)[1])
            said = "".join(map(str, mark.label[0]))
            assert f"_{step}]" in said and any(f"_{step + d}," in said for d in (-1, 0, 1)), (mark.id, said)


def test_a_run_with_gradients_of_a_long_text_has_words_that_fit():
    run = ar.Model(ar.GRU(3, 4), 2).unroll(np.ones((120, 3)), np.zeros(120, int))
    figure = ar.draw(run, level="cell", notation="concatenated", gradients=True).figure
    wide = [mark for mark in figure.marks.values() if mark.kind == "joined" and mark.step == 120]
    assert len(wide) == 2
    for mark in wide:
        assert breadth(mark.label[0], MARKS["joined"]["fontsize"]) <= mark.extent[0], mark.label
    assert any(
        arrow.kind == "gradient" and arrow.tail in figure.marks and figure.marks[arrow.tail].kind == "joined" for arrow in figure.arrows
    )


def test_two_matrices_that_are_not_one_are_said_so_wherever_the_form_is_asked_for(capsys):
    said, cell = "W_hn and W_xn are not one W_n", ar.GRU(3, 4, reset="after")
    model = ar.Model(cell, 2)
    d, run = ar.derive(model), model.unroll(np.ones((2, 3)), [0, 1])
    texts = [part for form in ("text", "latex") for part in (cell.equations(form, "concatenated"), model.equations(form, "concatenated"))]
    texts += [d.text(style, "concatenated") for style in ("text", "ascii", "latex")] + [d.latex("concatenated"), d.markdown("concatenated")]
    for figure in (ar.draw(cell, notation="concatenated").figure, ar.draw(run, level="cell", notation="concatenated").figure):
        texts.append(" ".join("".join(map(str, text.parts)) for text in figure.texts))
    for format in ("text", "latex", "markdown"):
        assert main(["derive", "gru", "--reset", "after", "--notation", "concatenated", "--format", format]) == 0
        texts.append(capsys.readouterr().out)
    assert all(said in text for text in texts), [text for text in texts if said not in text]
    for text in (d.text(notation="concatenated"), d.latex("concatenated")):
        assert d.check(text).equal
    with pytest.raises(ValueError, match="concatenated cannot express GRU with reset='after': build it with reset='before'"):
        ar.conventions.dump_weights(cell, "concatenated")
    for other in (ar.GRU(3, 4), ar.LSTM(3, 4, peephole=True), ar.RNN(3, 4)):
        assert "are not one" not in other.equations(notation="concatenated") + ar.derive(ar.Model(other, 2)).text(notation="concatenated")


def test_a_comment_of_latex_is_no_formula():
    assert ar.derive(ar.Model(ar.RNN(2, 3), 2)).check("% the bias\ndb_h = Sum(da[t], t)").equal
