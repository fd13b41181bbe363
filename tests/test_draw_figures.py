"""The figures that textbooks have: targets that feed losses, answers fed back, gates over time, one cell opened, masked steps."""

import math

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.overlay.masked import GREY
from tests.test_draw import lstm, pair, rnn


def joins(figure, kind=None):
    """Which marks the arrows of a kind join."""
    return [(arrow.tail, arrow.head) for arrow in figure.arrows if kind in (None, arrow.kind)]


def said(figure):
    """The lines under a picture, one after another."""
    return " ".join("".join(map(str, text.parts)) for text in figure.texts if text.kind == "caption")


# -- targets, and what is fed to the next step --------------------------------------------------------------------------


@pytest.mark.parametrize("net", [rnn(), lstm(), ar.Stacked([rnn(), ar.RNN(4, 4)])], ids=["rnn", "lstm", "stacked"])
def test_a_folded_net_has_a_target_that_feeds_its_loss(net):
    model = ar.Model(net, 3)
    assert ("y", "L") in joins(ar.draw(model, folded=True, targets=True).figure)
    both = joins(ar.draw(model, folded=True, beside="unfolded", steps=2, targets=True).figure)
    assert {("1-y", "1-L"), ("2-y_1", "2-L_1"), ("2-y_2", "2-L_2")} <= set(both)


@pytest.mark.parametrize("bare", [rnn(), pair()])
def test_a_net_without_losses_has_no_targets(bare):
    for options in (dict(folded=True), dict(), dict(level="cell")):
        with pytest.raises(ValueError, match="targets= needs losses to stand over"):
            ar.draw(bare, targets=True, **options)


def test_a_target_shows_the_class_that_its_loss_compares_with():
    run = ar.Model(lstm(), 5).unroll(np.ones((3, 3)), [4, 0, 2])
    for level in ("block", "cell", "op"):
        marks = ar.draw(run, level=level, targets=True).figure.marks
        assert [int(marks[f"y_{t}"].tensors[0].value) for t in (1, 2, 3)] == [4, 0, 2]


@pytest.mark.parametrize("level", ["block", "cell"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_a_run_whose_inputs_are_the_targets_before_is_drawn_as_taught(level, batch, random_seed):
    rng = np.random.default_rng(random_seed)
    classes = rng.integers(0, 5, (5, *batch))
    model = ar.Model(ar.LSTM(5, 4), 5)
    taught = model.unroll(np.eye(5)[classes[:-1]], classes[1:])
    figure = ar.draw(taught, level=level, targets=True).figure
    assert joins(figure, "feedback") == [(f"y_{t}", f"x_{t + 1}") for t in (1, 2, 3)]
    assert "each step reads the target before: teacher forcing" in said(figure)
    assert not joins(ar.draw(taught, level=level).figure, "feedback")  # no targets are shown that could feed
    other = np.array(classes[1:])
    other[1] = (other[1] + 1) % 5
    figure = ar.draw(model.unroll(np.eye(5)[classes[:-1]], other), level=level, targets=True).figure
    assert not joins(figure, "feedback") and "teacher" not in said(figure)


@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_run_that_reads_its_own_answers_is_drawn_as_it_writes(level):
    model, read = ar.Model(ar.GRU(4, 6, seed=3), 4), [2]
    for _ in range(4):
        read.append(int(model.unroll(np.eye(4)[read]).scores[len(read)].value.argmax()))
    figure = ar.draw(model.unroll(np.eye(4)[read]), level=level).figure
    assert joins(figure, "feedback") == [(f"s_{t}", f"x_{t + 1}") for t in (1, 2, 3, 4)]
    assert "each step reads what the step before answered" in said(figure)
    read[2] = (read[2] + 1) % 4
    assert not joins(ar.draw(model.unroll(np.eye(4)[read]), level=level).figure, "feedback")


@pytest.mark.parametrize("level", ["block", "cell"])
@pytest.mark.parametrize("cell", [rnn, lstm])
def test_what_is_fed_back_passes_over_the_lines_from_state_to_state(cell, level):
    figure = ar.draw(ar.Model(cell(), 3), level=level, fed="answers", steps=3).figure
    kinds = ("recurrent", "carry", "state_wire", "carry_wire")
    for arrow in (arrow for arrow in figure.arrows if arrow.kind == "feedback"):
        way = np.array(list(samples(arrow.points, 1.0)))
        upright, heights = np.median(way[:, 0]), set()
        for line in (line for line in figure.arrows if line.kind in kinds):
            ends = [at[0] for at in line.points if at[1] == line.points[0][1]] + [line.tip[0]] * (line.tip[1] == line.points[0][1])
            if min(ends) < upright < max(ends) and not {line.tail, line.head} & {arrow.tail}:
                heights.add(line.points[0][1])
        assert heights and all(abs(way[abs(way[:, 1] - y) < 2, 0] - upright).min() > 2 for y in heights), level


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_decoder_is_fed_by_its_answers_or_by_the_targets(loss, level):
    model = ar.EncoderDecoder(ar.GRU(3, 4), ar.GRU(2, 4, seed=1), 2, loss=loss)
    x, y = np.ones((2, 3)), [1, 0, 1] if loss == "cross_entropy" else np.ones((3, 2))
    for run in (model.unroll(x, steps=3), model.unroll(x, y, teacher_forcing=False)):
        figure = ar.draw(run, level=level).figure
        assert joins(figure, "feedback") == [("s_1", "xdec_2"), ("s_2", "xdec_3")] and "the decoder reads its own last answer" in said(
            figure
        )
    figure = ar.draw(model.unroll(x, y), level=level, targets=True).figure
    assert joins(figure, "feedback") == [("y_1", "xdec_2"), ("y_2", "xdec_3")]
    assert "the decoder reads the target before: teacher forcing" in said(figure)


@pytest.mark.parametrize("task", ["many-to-many", "one-to-many"])
@pytest.mark.parametrize("way, tail", [("answers", "s"), ("targets", "y")])
def test_a_model_is_unrolled_as_it_writes_or_as_it_is_taught(task, way, tail):
    figure = ar.draw(ar.Model(ar.LSTM(5, 4), 5, task=task), fed=way, steps=4).figure
    assert joins(figure, "feedback") == [(f"{tail}_{t}", f"x_{t + 1}") for t in (1, 2, 3)]
    assert ("y_1" in figure.marks) == (way == "targets")
    long = ar.draw(ar.Model(ar.LSTM(5, 4), 5, task=task), fed=way, steps=30).figure
    assert (f"{tail}_gap", "x_30") in joins(long, "feedback")


@pytest.mark.parametrize(
    "what, options, sentence",
    [
        (rnn(), dict(fed="answers"), "fed= needs a net that answers at every step"),
        (ar.Model(rnn(), 3, task="many-to-one"), dict(fed="answers"), "fed= needs a net that answers at every step"),
        (ar.Model(rnn(), 5), dict(fed="targets"), "generate feeds answers back as inputs: both sizes must be equal"),
        (ar.Model(rnn(), 3), dict(fed="both"), "fed='both': choose from answers, targets$"),
        (ar.Model(rnn(), 3), dict(fed="answers", level="op"), "fed= is drawn between steps: level='block' or level='cell'$"),
        (ar.Model(rnn(), 3), dict(fed="answers", folded=True), "fed= has no place in a folded net"),
    ],
)
def test_what_cannot_be_fed(what, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ar.draw(what, **options)


# -- gates over time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell, options",
    [(ar.LSTM, {}), (ar.LSTM, {"coupled": True, "peephole": True}), (ar.LSTM, {"fused": True}), (ar.GRU, {}), (ar.GRU, {"update": "keep"})],
    ids=str,
)
def test_each_gate_is_as_open_as_it_was(cell, options, random_seed):
    rng = np.random.default_rng(random_seed)
    net = cell(3, 5, seed=random_seed % 1000, **options)
    run = ar.unroll(net, 6 * rng.normal(size=(6, 3)))
    figure = ar.draw(run, level="gates", units=[3]).figure
    valves = {mark.id: mark for mark in figure.marks.values() if mark.kind == "valve"}
    if cell is ar.LSTM:
        names = {"i": ("x", "c", 1), "f": ("c", "c", 0), "o": ("c", "h", 1)}
        opened = {f"{name}_{t}": run[name][t].value[3] for name in names for t in range(1, 7)}
    else:
        new = {f"z_{t}": run["z"][t].value[3] for t in range(1, 7)}
        opened = new | {f"1\u2212{name}": 1 - value for name, value in new.items()}
    assert valves.keys() == opened.keys()
    for name, valve in valves.items():
        (along,) = {*valve.size} - {15.0} or {15.0}
        assert abs(along - (2 + 13 * opened[name])) < 1e-6 and valve.tip == f"{name}[3] = {opened[name]:.3g}"
        on = [a for a in figure.arrows if all(abs((a.points[0][k] + a.tip[k]) / 2 - valve.at[k]) < 1e-6 for k in (0, 1))]
        assert len(on) == 1  # in the middle of its arrow, and across it
        level = on[0].points[0][1] == on[0].tip[1]
        assert valve.size[0 if level else 1] == along


def test_states_are_shaded_by_what_is_left_of_the_first_input(random_seed):
    x = np.random.default_rng(random_seed).normal(size=(5, 3))
    cell, first = ar.LSTM(3, 4, seed=random_seed % 1000), ar.tensor(x)
    run = ar.unroll(cell, first)
    figure = ar.draw(ar.unroll(cell, x), level="gates", units=[2]).figure
    left = [np.linalg.norm(run.jacobian(t, 1, "c", "x")[2]) for t in range(1, 6)]
    for t, norm in enumerate(left, 1):
        assert f"{norm:.3g} is left" in figure.marks[f"c_{t}"].tip
    looks = [figure.marks[f"c_{t}"].look for t in range(1, 6)]
    assert [look for _, look in sorted(zip(left, looks, strict=True))] == sorted(looks) and "reached_4" in looks


def test_the_unit_whose_gates_move_most_is_shown_and_long_runs_are_elided():
    run = ar.unroll(lstm(), np.random.default_rng(0).normal(size=(30, 3)))
    moved = sum(np.ptp(np.stack([node.value for node in run[name]]), axis=0) for name in "ifo")
    picture = ar.draw(run, level="gates", labels=[str(t) for t in range(30)])
    assert f"unit {np.argmax(moved)} of" in picture.title and {"c_gap", "c_30"} <= set(picture.figure.marks)
    assert "steps 4 to 29 are left out (26 steps)" in said(picture.figure)
    assert "c_15" in ar.draw(run, level="gates", elide=False).figure.marks
    for format in ("svg", "tex", "png"):
        assert getattr(picture, format)()


@pytest.mark.parametrize(
    "what, options, sentence",
    [
        (rnn(), {}, "level='gates' shows the gates of one LSTM or GRU: draw such a cell alone, or level='states'"),
        (ar.Stacked([lstm(), ar.LSTM(4, 4)]), {}, "level='gates' shows the gates of one LSTM or GRU"),
        (ar.unroll(lstm(), np.ones((3, 2, 3))), {}, "shows one sequence, and this run is a batch"),
        (lstm(), dict(units=[4]), "a list of units of the gates, from 0 to 3"),
        (lstm(), dict(units=[1, 2]), r"shows one unit, units=\[1\] for instance, and 2 are given"),
        (lstm(), dict(gradients=True), "gradients= has no place in a picture of gates over time"),
        (lstm(), dict(quantity="f"), "quantity= has no place in a picture of gates over time"),
    ],
)
def test_gates_that_cannot_be_shown(what, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ar.draw(what, level="gates", **options)


# -- batches, padding, losses that do not count -------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["block", "cell", "op"])
def test_steps_of_padding_are_grey_and_say_how_many_go_on(level, random_seed):
    rng = np.random.default_rng(random_seed)
    lengths = np.array([6, *rng.integers(1, 7, 3)])
    run = ar.Model(rnn(), 3).unroll(np.ones((6, 4, 3)), np.zeros((6, 4), int), lengths=lengths)
    figure = ar.draw(run, level=level, elide=False).figure
    running = {t: int((lengths >= t).sum()) for t in range(1, 7)}
    boxes = {frame.id: frame for frame in figure.frames if frame.kind == "padding"}
    assert set(boxes) == {f"padding_{t}" for t, many in running.items() if many < 4}
    for t, many in running.items():
        if many < 4:
            box = boxes[f"padding_{t}"]
            assert box.fill == "#" + 3 * f"{round(255 * (1 - GREY * (4 - many) / 4)):02X}" and f"{many} of 4" in box.tip
            inside = [mark for mark in figure.marks.values() if mark.kind != "anchor" and box.low[0] < mark.at[0] < box.high[0]]
            assert {mark.step for mark in inside} == {t} and f"h_{t}" in {mark.id for mark in inside}
            assert any(text.parts == (f"{many} of 4",) and box.low[0] < text.at[0] < box.high[0] for text in figure.texts)
    assert ("dashed box: sequences have ended and keep their states; above: how many go on" in said(figure)) == bool(boxes)
    assert "a batch of 4 sequences at once: x_t is 4×3, h_t is 4×4" in said(figure)


@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_loss_that_does_not_count_is_pale_and_one_that_counts_otherwise_says_by_how_much(level):
    model = ar.Model(lstm(), 3)
    figure = ar.draw(model.unroll(np.ones((4, 3)), [0, 1, 2, 0], weights=[1, 0.5, 0, 2]), level=level).figure
    assert {t: figure.marks[f"L_{t}"].emphasis for t in (1, 2, 3, 4)} == {1: "", 2: "", 3: "faded", 4: ""}
    for t, word in ((2, "×0.5"), (4, "×2")):
        assert any(text.parts == (word,) and abs(text.at[0] - figure.marks[f"L_{t}"].at[0]) < 1 for text in figure.texts)
    assert "faint: a loss that does not count" in said(figure)
    batch = model.unroll(np.ones((2, 3, 3)), np.zeros((2, 3), int), where=[[1, 0, 1], [0, 0, 0]])
    figure = ar.draw(batch, level=level).figure
    assert any(text.parts == ("2 of 3 count",) for text in figure.texts) and figure.marks["L_2"].emphasis == "faded"


def test_a_target_that_does_not_count_may_be_no_class():
    model, x = ar.Model(ar.RNN(3, 4), 3), np.eye(3)[[0, 1, 2, 0]]
    for y in ([1, -1, 0, 2], np.array([1, 7, 0, 2])):
        figure = ar.draw(model.unroll(x, y, where=[1, 0, 0, 1]), targets=True).figure
        assert not joins(figure, "feedback") and int(figure.marks["y_1"].tensors[0].value) == 1
    assert joins(ar.draw(model.unroll(x, [1, 2, 0, 1], where=[1, 0, 0, 1]), targets=True).figure, "feedback")
    classes = ar.Model(ar.RNN(3, 4), 3, class_weights=[1, 2, 3])
    assert int(ar.draw(classes.unroll(x, [1, 2, 0, 1]), targets=True).figure.marks["y_2"].tensors[0].value) == 2


def test_one_sequence_whose_losses_all_count_is_drawn_as_ever():
    run = ar.Model(rnn(), 3).unroll(np.ones((4, 3)), [0, 1, 2, 0])
    figure = ar.draw(run).figure
    assert not figure.frames and "batch" not in said(figure) and "pale" not in said(figure)
    even = ar.Model(rnn(), 3).unroll(np.ones((3, 2, 3)), np.zeros((3, 2), int), lengths=[3, 3])
    assert not ar.draw(even).figure.frames and ar.draw(even).svg()


# -- equations beside a cell, and its stages ----------------------------------------------------------------------------

CELLS = {
    "rnn": (rnn, [{"h"}]),
    "lstm": (lstm, [{"f"}, {"i", "g"}, {"c"}, {"o", "h"}]),
    "peephole": (lambda: lstm(peephole=True), [{"f"}, {"i", "g"}, {"c"}, {"o", "h"}]),
    "coupled": (lambda: lstm(coupled=True), [{"i"}, {"f"}, {"g"}, {"c"}, {"o", "h"}]),
    "gru": (lambda: ar.GRU(3, 4), [{"r", "m"}, {"z"}, {"n"}, {"h"}]),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_built_up_in_its_stages_with_the_equations_of_each(name):
    make, stages = CELLS[name]
    cell = make()
    frames = ar.frames(cell, by="stages")
    assert len(frames) == len(stages)
    for k, quantities in enumerate(stages):
        come = {mark.tensors[0].label for mark in frames.whole.figure.marks.values() if mark.kind == "equation" and mark.since == k}
        assert come == quantities
    marks, arrows = frames.whole.figure.marks, frames.whole.figure.arrows
    for arrow in arrows:  # nothing hangs in the air, and nothing comes before what it reads
        assert arrow.since == max(marks[arrow.tail].since, marks[arrow.head].since)
    for mark in marks.values():
        ends = [arrow for arrow in arrows if arrow.head == mark.id]
        if mark.tensors and mark.kind not in ("equation", "initial", "input") and ends:
            assert mark.since == max(marks[arrow.tail].since for arrow in ends) or mark.since > 0 or name == "rnn"
    text = cell.equations()
    for mark in marks.values():
        if mark.kind == "equation":
            shown = "".join(map(str, mark.label[0]))
            assert shown == mark.tip.replace("-", "\u2212").replace("{", "").replace("}", "") and shown.split(" = ")[0] in text
    lines = [mark for mark in marks.values() if mark.kind == "equation"]
    assert min(line.at[0] - line.size[0] / 2 for line in lines) > max(m.at[0] + m.size[0] / 2 for m in marks.values() if m.kind == "state")
    assert all(abs(a.at[1] - b.at[1]) > 20 for k, a in enumerate(lines) for b in lines[:k])


def test_equations_have_the_letters_that_the_picture_has():
    shown = {mark.id: "".join(map(str, mark.label[0])) for mark in ar.draw(lstm(), equations=True, notation="letters").figure.marks.values()
             if mark.kind == "equation"}  # fmt: skip
    assert shown["f_t-equation"] == "f_t = \u03c3(U_f x_t + W_f h_t\u22121 + b_f)"
    renamed = ar.draw(lstm(), equations=True, letters={"c": "s", "W_xf": "A"}).figure.marks["f_t-equation"]
    assert str(renamed.label[0][2]) == "A"


def test_names_may_come_together():
    frames = ar.frames(ar.Model(rnn(), 3), by=["x", ["h", "s"], "L"])
    marks = frames.whole.figure.marks
    assert len(frames) == 3 and marks["h_2"].since == marks["s_2"].since == 1 and marks["L_1"].since == 2


@pytest.mark.parametrize("what", [rnn(), ar.Model(rnn(), 3)])
def test_stages_and_equations_are_of_a_cell_alone(what):
    with pytest.raises(ValueError, match="equations= stand beside the inside of a cell"):
        ar.draw(what, equations=True, level="cell")
    with pytest.raises(ValueError, match="by='stages' builds up the inside of a cell: give one alone"):
        ar.frames(ar.Model(rnn(), 3), by="stages")


# -- one cell opened, its neighbours closed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [lstm, rnn, lambda: ar.GRU(3, 4), lambda: ar.Stacked([lstm(), ar.LSTM(4, 4)]), pair, lambda: lstm(peephole=True)]
)
@pytest.mark.parametrize("opened", [2, [1, 4]])
def test_cells_that_are_not_opened_are_boxes_that_take_in_their_step(make, opened):
    run = ar.Model(make(), 3).unroll(np.ones((4, 3)), [0, 1, 2, 0])
    figure, full = ar.draw(run, level="cell", opened=opened).figure, ar.draw(run, level="cell").figure
    steps = {opened} if isinstance(opened, int) else set(opened)
    for t in range(1, 5):
        kinds = {mark.kind for mark in figure.marks.values() if mark.step == t}
        assert ("gate" in kinds) == (t in steps) and ("closed" in kinds) == (t not in steps)
    made = {node: mark.id for mark in figure.marks.values() for node in mark.tensors}
    assert made.keys() == {node for mark in full.marks.values() for node in mark.tensors}  # every operation is in a box
    edges = [edge for arrow in figure.arrows for edge in arrow.edges]
    within = {edge for arrow in full.arrows for edge in arrow.edges if made[edge[0]] == made[edge[1]]}
    assert len(edges) == len(set(edges)) and set(edges) | within == {edge for arrow in full.arrows for edge in arrow.edges}
    boxes = {frame.id: frame for frame in figure.frames}
    for mark in figure.marks.values():
        if mark.kind == "closed":  # arrows end and begin at its frame
            box = next(b for b in boxes.values() if b.low[0] < mark.at[0] < b.high[0] and b.low[1] < mark.at[1] < b.high[1])
            ends = [a.tip for a in figure.arrows if a.head == mark.id] + [a.points[0] for a in figure.arrows if a.tail == mark.id]
            assert ends and all(
                min(abs(x - box.low[0]), abs(x - box.high[0]), abs(y - box.low[1]), abs(y - box.high[1])) < 1e-6 for x, y in ends
            )
    assert len({(b.low[1], b.high[1]) for b in boxes.values()}) == len({(b.low[1], b.high[1]) for b in full.frames})


def test_three_steps_with_the_middle_one_opened_fit_a_page():
    from autograd_rnn.drawing.output.page import TEXT_WIDTH
    from autograd_rnn.drawing.output.svg import sheet

    for cell in (lstm(), ar.GRU(3, 4)):
        assert sheet(ar.draw(cell, level="cell", steps=3, opened=2).figure).width < 1.6 * TEXT_WIDTH


@pytest.mark.parametrize(
    "options, sentence",
    [
        (dict(opened=2), "opened= says whose cells are drawn from within: add level='cell'$"),
        (dict(opened=5, level="cell"), "opened takes a step or a list of steps, from 1 to 4, not 5$"),
        (dict(opened=[], level="cell"), "opened takes a step or a list of steps"),
        (dict(opened="2", level="cell"), "opened takes a step or a list of steps"),
        (dict(opened=True, level="cell"), "opened takes a step or a list of steps"),
        (dict(opened=2, level="op"), "opened= says whose cells are drawn from within"),
    ],
)
def test_what_cannot_be_opened(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ar.draw(ar.Model(rnn(), 3), **options)


# -- in words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lstm", "peephole", "coupled", "gru"])
def test_the_gates_of_a_cell_are_named_in_words_below_it_and_its_signs_explained(name):
    cell = CELLS[name][0]()
    figure = ar.draw(cell, spelt=True).figure
    gates = {mark.tensors[0].label: mark for mark in figure.marks.values() if mark.kind == "gate" and mark.tensors[0].label in cell.words}
    assert gates and len(gates) >= 3
    texts = {text.parts[0]: text for text in figure.texts if len(text.parts) == 1}
    for label, mark in gates.items():
        text = texts[cell.words[label]]
        assert abs(text.at[0] - mark.at[0]) < 14 and text.at[1] < figure.frames[0].low[1]
    rows = sorted((text.at[1], text.at[0], len(word)) for word, text in texts.items() if word in cell.words.values())
    for (y, x, n), (y1, x1, n1) in zip(rows[:-1], rows[1:], strict=True):
        assert y != y1 or x1 - x > 3.2 * (n + n1)  # no name on another
    assert "box: a layer with its weights; ⊙ product, + sum, number by number; dot: a copy" in said(figure)


def test_gates_of_a_chain_of_cells_and_of_ones_own_are_named():
    run = ar.Model(lstm(), 3).unroll(np.ones((2, 3)))
    assert "i: input gate, f: forget gate, g: candidate, o: output gate" in said(ar.draw(run, level="cell", spelt=True).figure)

    class Own(ar.GRU):
        words = {"r": "Rücksetzgatter", "z": "Auffrischgatter"}

    texts = {text.parts[0] for text in ar.draw(Own(3, 4), spelt=True).figure.texts}
    assert {"Rücksetzgatter", "Auffrischgatter"} <= texts and "candidate" not in texts
    assert "box: a layer with its weights" in said(ar.draw(rnn(), spelt=True).figure)
    for options in (dict(), dict(level="op"), dict(folded=True)):
        with pytest.raises(ValueError, match="spelt= writes out the gates of cells|spelt= has no place in a folded net"):
            ar.draw(run, spelt=True, **options)


# -- upward -------------------------------------------------------------------------------------------------------------

NETS = [rnn, lstm, pair, lambda: ar.Stacked([lstm(), ar.LSTM(4, 4)])]


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize(
    "options", [{}, dict(gradients=True, contributions="W_hy"), dict(targets=list("abc"), labels=["one", "two", "three"])], ids=str
)
def test_a_picture_upward_is_the_same_turned_with_labels_clear_of_circles(make, options):
    run = ar.Model(make(), 3).unroll(np.ones((3, 3)), [0, 1, 2])
    if isinstance(run.model.cell, ar.Bidirectional):
        options = {name: value for name, value in options.items() if name != "contributions"}
    flat, figure = ar.draw(run, **options).figure, ar.draw(run, direction="up", **options).figure
    assert figure.marks.keys() == flat.marks.keys()
    assert [(a.id, len(a.points), a.edges) for a in flat.arrows if "legend" not in a.tail] == [
        (a.id, len(a.points), a.edges) for a in figure.arrows if "legend" not in a.tail
    ]
    marks = [mark for mark in figure.marks.values() if mark.kind != "anchor"]
    for t in (1, 2):  # equal steps, upward
        rise = [figure.marks[f"{name}_{t + 1}"].at[1] - figure.marks[f"{name}_{t}"].at[1] for name in ("x", "s", "L")]
        assert min(rise) == max(rise) > 60
    for t in (1, 2, 3):
        row = [figure.marks[f"{name}_{t}"].at for name in ("x", "s", "L")]
        assert row[0][0] < row[1][0] < row[2][0] and len({y for _, y in row}) == 1
    for arrow in figure.arrows:
        if arrow.label and arrow.label_at:
            assert all(math.dist(arrow.label_at, mark.at) > 23 + 4 for mark in marks if mark.kind in ("state", "input", "score")), arrow.id
    words = {text.parts[0]: text.at for text in figure.texts if text.kind == "label"}
    for t, word in enumerate(options.get("labels", ()), 1):
        assert words[word][0] < figure.marks[f"x_{t}"].at[0] - 23 and words[word][1] == figure.marks[f"x_{t}"].at[1]
    captions = [text.at[1] for text in figure.texts if text.kind == "caption" and "the same" in "".join(map(str, text.parts))]
    assert max(captions) < min(mark.at[1] for mark in marks) - 23 and "from the bottom to the top" in figure.description


@pytest.mark.parametrize(
    "what, options, sentence",
    [
        (rnn(), dict(direction="down"), "direction='down': choose from right, up$"),
        (rnn(), dict(direction="up", level="cell"), "direction='up' turns circles and arrows, level='block'"),
        (rnn(), dict(direction="up", level="op"), "direction='up' turns circles and arrows, level='block'"),
        (lstm(), dict(direction="up", level="gates"), "direction= has no place in a picture of gates over time"),
        (rnn(), dict(direction="up", folded=True), "direction= has no place in a folded net"),
        (ar.tanh(ar.tensor(1.0, name="a")), dict(direction="up"), "direction= needs a run's steps"),
    ],
)
def test_what_cannot_be_turned(what, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ar.draw(what, **options)
