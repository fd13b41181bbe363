"""Folded nets, figures side by side, the panels, and nets neuron by neuron: what is drawn and where."""

import random
import re
from itertools import combinations

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.folded import folded
from autograd_rnn.drawing.block.layout import RADIUS
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Symbol, quantity
from autograd_rnn.drawing.output.dot import dot
from autograd_rnn.drawing.output.style import ARROWS, MARKS
from autograd_rnn.drawing.panels.beside import beside, extent
from autograd_rnn.drawing.panels.clusters import RADIUS as UNIT
from autograd_rnn.drawing.panels.panels import feed_forward, feed_forward_and_recurrent, plain_net, recurrent_neuron, task_shapes
from autograd_rnn.drawing.panels.units import units
from tests.test_draw import RUNS, lstm, pair, rnn, x


@pytest.fixture(params=RUNS)
def run(request):
    return RUNS[request.param]()


def captions(figure):
    return ["".join(map(str, text.parts)) for text in figure.texts if text.kind == "caption"]


def loops(figure):
    return {name.removeprefix("delay_") for name in figure.marks if name.startswith("delay_")}


def delayed(figure):
    return {(a.tail, a.head): a for a in figure.arrows if a.id in loops(figure)}


def test_a_folded_net_is_its_unfolding_with_equal_nodes_as_one(run):
    figure, unfolded = folded(run), block(unfold(run, False))
    name = {mark.id: mark.id.rpartition("_")[0] for mark in unfolded.marks.values()}
    first = {a.tail for a in unfolded.arrows if unfolded.marks[a.tail].kind == "initial"}
    wanted = {(name[a.tail], name[a.head]) for a in unfolded.arrows if a.tail not in first}
    stays = {mark.id for mark in figure.marks.values() if mark.kind == "initial"}
    assert {(a.tail, a.head) for a in figure.arrows if a.tail not in stays} == wanted
    assert {m.id for m in figure.marks.values() if m.kind != "delay"} == {name[m] for m in name if m not in first} | stays
    assert stays == first & {a.tail for a in unfolded.arrows if sum(name[a.tail] == name[m] for m in name) == 2}


def test_a_loop_for_every_state_that_the_next_step_reads(run):
    figure = folded(run)
    for arrow in figure.arrows:
        ends = figure.marks[arrow.tail], figure.marks[arrow.head]
        joint = figure.marks.get(f"delay_{arrow.id}")
        assert (joint is not None) == (arrow.id in loops(figure))
        assert arrow.tail != arrow.head or joint
        if joint:
            assert joint.at == arrow.points[3] and "one step" in arrow.note
            assert all(np.hypot(joint.at[0] - end.at[0], joint.at[1] - end.at[1]) > RADIUS + 8 for end in ends)
    longer = [chain for chain in run.chains if len(chain.steps) > 1]
    assert len(loops(figure)) >= sum(len(chain.cell.states) for chain in longer)


def test_every_tape_edge_of_the_unfolding_is_in_one_arrow_of_the_folded_net(run):
    edges = [edge for arrow in folded(run).arrows for edge in arrow.edges]
    wanted = [edge for arrow in block(unfold(run, False)).arrows for edge in arrow.edges]
    assert sorted(map(str, edges)) == sorted(map(str, wanted)) and wanted


def test_arrows_of_a_folded_net_end_at_borders_and_nothing_overlaps(run):
    figure = folded(run)
    for arrow in figure.arrows:
        for end, at in ((arrow.tail, arrow.points[0]), (arrow.head, arrow.tip)):
            mark = figure.marks[end]
            away = np.hypot(at[0] - mark.at[0], at[1] - mark.at[1])
            assert mark.kind == "join" or 0.9 * RADIUS < away < 1.25 * RADIUS
    for a, b in combinations(figure.marks.values(), 2):
        assert np.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]) > (RADIUS + 8 if "delay" in (a.kind, b.kind) else 1.5 * RADIUS) or (
            a.kind == b.kind == "delay"
        )
    labels = [arrow.label_at for arrow in figure.arrows if arrow.label_at]
    assert all(abs(a[0] - b[0]) > 20 or abs(a[1] - b[1]) > 12 for a, b in combinations(labels, 2))
    assert all(np.hypot(at[0] - m.at[0], at[1] - m.at[1]) > 8 for at in labels for m in figure.marks.values() if m.kind != "join")


def test_times_in_a_folded_net_say_when():
    shown = {n: [str(line[0]) for line in m.label] for n, m in folded(RUNS["lstm many-to-one"]()).marks.items() if m.label}
    assert shown == {"x": ["x_t"], "h": ["c_t", "h_t"], "s": ["s_T"], "L": ["L_T"]}
    assert folded(RUNS["one-to-many"]()).marks["x"].label == ((Symbol("x", "", "1"),),)
    assert folded(RUNS["T=1"]()).marks["h"].label == ((Symbol("h"),),)


def test_loops_by_net():
    assert loops(folded(RUNS["rnn"]())) == {"h-h"}
    assert loops(folded(RUNS["lstm many-to-one"]())) == {"h-h", "h-h-1"}
    assert loops(folded(RUNS["jordan"]())) == {"s-h"}
    assert loops(folded(RUNS["free running"]())) == {"henc-henc", "hdec-hdec", "s-xdec"}
    assert loops(folded(RUNS["T=1"]())) == set()
    carry = delayed(folded(ar.LSTM(3, 4)))
    assert [a.label for a in folded(ar.LSTM(3, 4)).arrows if a.kind == "carry"] == [(Symbol("c", "", "t-1"),)] and carry
    assert [a.label for a in folded(lstm(peephole=True)).arrows if a.kind == "carry"] == [(Symbol("w", "", "c"),)]


def test_a_backward_chain_loops_the_other_way():
    figure = folded(ar.Model(pair(), 5))
    forward, backward = (delayed(figure)[name, name] for name in ("hf", "hb"))

    def turn(arrow):
        (x0, y0), (x1, y1), (x2, y2) = arrow.points[0], arrow.points[3], arrow.tip
        return np.sign((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))

    assert turn(forward) == 1 and turn(backward) == -1
    assert forward.points[3][0] < figure.marks["hf"].at[0] and backward.points[3][0] > figure.marks["hb"].at[0]
    assert "small square: one step later; in the backward chain one step earlier" in captions(figure)
    decoder = folded(RUNS["encoder-decoder"]())
    assert decoder.title.count("RNN(") == 2 and decoder.title.endswith("folded") and "unrolled" not in decoder.title
    assert {turn(arrow) for arrow in delayed(decoder).values()} == {1}
    assert captions(decoder) == ["small square: one step later", "the decoder starts from the encoder's last state"]


@pytest.mark.parametrize("net", [ar.GRU(3, 4), pair(), ar.Stacked([rnn(), rnn(4)]), ar.Model(rnn(), 2, loss="squared_error")])
def test_models_and_bare_nets_fold(net):
    figure = folded(net, "letters")
    assert figure.description.startswith("One step stands for all.") and "one step later" in figure.description
    assert any(arrow.label and arrow.label[0].base == "W" for arrow in figure.arrows)
    assert all(mark.tip for mark in figure.marks.values()) and all(arrow.note for arrow in figure.arrows)


def test_folding_again_gives_the_same_bytes():
    assert dot(folded(lstm())) == dot(folded(lstm()))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: folded("rnn"), TypeError, "a net is needed, not str"),
        (lambda: folded(rnn(), "greek"), ValueError, "notation='greek'"),
        (lambda: folded(ar.Model(rnn(), 2).unroll(np.ones((0, 3)))), ValueError, "nothing to fold"),
        (lambda: units(3), TypeError, "a net is needed, not int"),
        (lambda: units(rnn(9)), ValueError, "vectors of up to 8 numbers, but x_1 has 9"),
        (lambda: units(rnn(), steps=0), ValueError, "steps must be a whole number"),
        (lambda: units(pair()), ValueError, "one direction"),
        (lambda: units(RUNS["encoder-decoder"]()), ValueError, "not an encoder-decoder"),
        (lambda: beside([], []), ValueError, "at least one figure"),
        (lambda: beside([folded(rnn())], ["a", "b"]), ValueError, "a title for each, not 1 figures and 2"),
    ],
)
def test_bad_input_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


def panels():
    gated = beside([folded(lstm()), folded(ar.GRU(3, 4))], ["LSTM", "GRU"])
    return [recurrent_neuron(), feed_forward_and_recurrent(), gated]


@pytest.mark.parametrize("figure", panels(), ids=lambda figure: figure.title)
def test_side_by_side_stand_in_one_row_and_apart(figure):
    inputs = {round(mark.at[1], 6) for mark in figure.marks.values() if mark.kind == "input"}
    assert inputs == {0.0}
    ends, count = [], sum(text.kind == "heading" for text in figure.texts)
    for k in range(1, count + 1):
        own = [m for m in figure.marks.values() if m.id.startswith(f"{k}-") and m.kind != "anchor"]
        ends.append((min(m.at[0] for m in own) - RADIUS, max(m.at[0] for m in own) + RADIUS))
    assert count > 1 and all(a[1] < b[0] for a, b in zip(ends, ends[1:], strict=False))
    top = max(m.at[1] for m in figure.marks.values())
    headings = [text for text in figure.texts if text.kind == "heading"]
    assert all(text.at[1] > top + RADIUS for text in headings) and len({text.at[1] for text in headings}) == 1
    assert len(captions(figure)) == len(set(captions(figure)))
    for a, b in combinations([text for text in figure.texts if text.at[1] > top], 2):
        assert a.at[1] != b.at[1] or abs(a.at[0] - b.at[0]) > 3 * (len(a.parts[0]) + len(b.parts[0]))
    assert figure.description and all(item.kind in ARROWS for item in figure.arrows) and all(m.kind in MARKS for m in figure.marks.values())
    assert all(arrow.tail in figure.marks and arrow.head in figure.marks for arrow in figure.arrows)
    assert extent(figure)[0] < extent(figure)[2]


def test_the_task_shapes_stand_in_two_rows_one_under_the_other():
    figure = task_shapes()
    rows = {round(mark.at[1], 6): mark.id[0] for mark in figure.marks.values() if mark.kind == "input"}
    assert [rows[y] for y in sorted(rows, reverse=True)] == ["3", "5"]
    upper, lower = ([m.at[1] for m in figure.marks.values() if (m.id[0] in "123") == high] for high in (True, False))
    headings = sorted({text.at[1] for text in figure.texts if text.kind == "heading"})
    assert max(lower) + RADIUS < headings[0] < min(upper) - RADIUS and max(upper) + RADIUS < headings[1]
    assert captions(figure).count("initial states are not drawn") == 1
    low, high = extent(figure)[0], extent(figure)[2]
    assert high - low < 620  # so that letters stay legible across a page


def test_captions_that_say_different_things_of_one_letter_name_their_figure():
    said = captions(panels()[-1])
    assert "LSTM: W_x: W_xi, W_xf, W_xg, W_xo" in said and "GRU: W_x: W_xr, W_xz, W_xn" in said
    assert said.count("small square: one step later") == 1


def test_the_recurrent_neuron_is_one_unit_folded_and_unfolded():
    figure = recurrent_neuron(steps=5)
    assert all(tensor.shape == (1,) for mark in figure.marks.values() for tensor in mark.tensors)
    assert [mark for mark in figure.marks if mark.startswith("2-h_")] == [f"2-h_{t}" for t in (1, 2, 3, 4, 5, 0)]
    between = next(arrow for arrow in figure.arrows if arrow.kind == "unfold")
    assert between.label == ("unfold",) and figure.marks["1-h"].at[0] < between.points[0][0] < between.tip[0] < figure.marks["2-h_0"].at[0]
    assert between.tip[1] == figure.marks["1-h"].at[1] == figure.marks["2-h_1"].at[1]


def test_the_feed_forward_net_has_no_loop_and_a_matrix_of_its_own_on_each_arrow():
    scores = plain_net(4)
    figure = feed_forward(scores)
    labels = [str(arrow.label[0]) for arrow in figure.arrows]
    assert labels == ["W1_1", "W1_2", "W1_3", "W1_4", "W2", "W3"] and not loops(figure)
    assert {(a.tail, a.head) for a in figure.arrows} == {*((f"x_{t}", "h1") for t in range(1, 5)), ("h1", "h2"), ("h2", "s")}
    heights = [figure.marks[name].at[1] for name in ("x_1", "h1", "h2", "s")]
    assert heights == sorted(set(heights)) and figure.marks["s"].tensors == (scores,)
    data = {n for n in scores.tape if n.op is None or n.op.name != "variable"}
    on_arrows = [edge for arrow in figure.arrows for edge in arrow.edges]
    assert {(n, p) for n in data for p in n.inputs if p in data} == set(on_arrows)


def test_the_task_shapes_read_and_answer_when_they_should():
    marks = task_shapes().marks.values()

    def count(kind):
        return [sum(m.kind == kind and m.id.startswith(f"{k}-") for m in marks) for k in range(1, 6)]

    assert count("input") == [1, 1, 3, 5, 3] and count("state") == [1, 3, 3, 5, 3] and count("score") == [1, 3, 1, 2, 3]
    assert not count("initial")[0] and "initial states are not drawn" in captions(task_shapes())


UNITS = {
    "rnn": lambda: (ar.Model(rnn(), 2), (12 + 16 + 8) * 2 - 16),
    "jordan": lambda: (ar.Model(ar.Jordan(3, 4, output_size=2), 2), (12 + 8) * 2 + 8),
    "stacked": lambda: (ar.Stacked([rnn(), ar.RNN(4, 5)]), (12 + 20) * 2 + 16 + 25),
    "many-to-one": lambda: (ar.Model(rnn(), 8, task="many-to-one"), 12 * 2 + 16 + 32),
    "one": lambda: (ar.RNN(1, 1), 3),
}


@pytest.mark.parametrize("name", UNITS)
def test_every_weight_is_a_line_between_its_two_numbers(name):
    net, count = UNITS[name]()
    figure = units(net)
    assert len(figure.arrows) == count == len({(arrow.tail, arrow.head) for arrow in figure.arrows})
    circles = {m.id: m for m in figure.marks.values() if m.kind.startswith("neuron")}
    for arrow in figure.arrows:
        for end, at in ((arrow.tail, arrow.points[0]), (arrow.head, arrow.tip)):
            assert np.isclose(np.hypot(at[0] - circles[end].at[0], at[1] - circles[end].at[1]), UNIT)
        label, _, rest = arrow.note.partition("[")
        i, j = (int(k) for k in rest.partition("]")[0].split(","))
        assert arrow.head.endswith(f"-{i + 1}") and arrow.tail.endswith(f"-{j + 1}")
        assert f"{net.parameters[label].value[i, j]:.3g}" == arrow.note.rpartition(" ")[2]
    for a, b in combinations(circles.values(), 2):
        assert np.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]) > 2 * UNIT + 4
    for arrow in figure.arrows:  # no line runs through a circle that is not its own
        (x0, y0), (x1, y1) = arrow.points[0], arrow.tip
        for circle in circles.values():
            if circle.id not in (arrow.tail, arrow.head):
                way, off = np.array([x1 - x0, y1 - y0]), np.array(circle.at) - (x0, y0)
                assert np.linalg.norm(np.clip(off @ way / (way @ way), 0, 1) * way - off) > UNIT


def test_the_three_matrices_carry_their_names_and_shapes():
    figure = units(ar.Model(rnn(), 2))
    shown = [(str(m.label[0][0]), m.label[0][1]) for m in figure.marks.values() if m.kind == "matrix"]
    assert sorted(set(shown)) == [("W_hh", " 4\u00d74"), ("W_hy", " 2\u00d74"), ("W_xh", " 4\u00d73")] and len(shown) == 5
    first, second = (np.array([m.at for m in figure.marks.values() if m.step == t]) for t in (1, 2))
    assert np.allclose(second - first, (second - first)[0]) and (second - first)[0][1] == 0
    assert {"step t\u22121", "step t", "x: 3 inputs", "h: 4 units", "s: 2 outputs"} <= set(captions(figure))


def test_weighted_lines_are_as_wide_as_their_weights_and_dashed_below_zero():
    model = ar.Model(rnn(), 2)
    for arrow in units(model, weighted=True).arrows:
        value = float(arrow.note.rpartition(" ")[2])
        label = arrow.note.partition("[")[0]
        assert np.isclose(arrow.width, 0.3 + 2.2 * abs(value) / abs(model.parameters[label].value).max(), atol=2e-2)
        assert (arrow.kind == "minus") == (value < 0) and ARROWS["minus"]["style"] == "dashed"
    assert all(arrow.width is None for arrow in units(model).arrows)


def test_a_long_run_folds_as_a_short_one():
    long, short = (folded(ar.Model(lstm(), 5).unroll(x(T))) for T in (40, 3))
    assert [arrow.id for arrow in long.arrows] == [arrow.id for arrow in short.arrows]


def test_a_folded_quantity_keeps_its_whole_name(random_seed):
    """h_1 and h_2 side by side are h_1,t and h_2,t, and what is carried on without a weight h_1,t-1."""
    random_ = random.Random(random_seed)
    first, second = random_.sample(["h_1", "h_2", "c_up", "m_0", "k", "g_t"], 2)

    class Two(ar.Cell):
        states, output = (first, second), first

        def shapes(self):
            return {"W": (self.hidden_size, self.input_size)}

        def step(self, p, x, one, two):
            return {first: ar.tanh(p.W @ x + two), second: one * two}

    run = ar.Model(Two(2, 3), output_size=2).unroll(np.ones((3, 2)), [0, 1, 0])
    wanted = [str(quantity(name, "", "t")) for name in (second, first)]
    figure = folded(run)
    (state,) = (mark for mark in figure.marks.values() if mark.kind == "state")
    assert sorted(str(line[0]) for line in state.label) == sorted(wanted)
    carried = [str(symbol) for arrow in figure.arrows for symbol in arrow.label if str(symbol).endswith("t-1")]
    assert carried and set(carried) <= {f"{text}-1" for text in wanted}


OWN = {
    "rnn": lambda: ar.Model(ar.RNN(3, 4, seed=1), 2),
    "jordan": lambda: ar.Model(ar.Jordan(3, 4, 2), 2),
    "feed-forward": lambda: ar.Model(ar.FeedForward(3, [4, 5]), 2),
    "stacked": lambda: ar.Model(ar.Stacked([ar.RNN(2, 3), ar.RNN(3, 8)]), 2),
    "sigmoid": lambda: ar.Model(ar.RNN(2, 8), 1, output="sigmoid"),
    "bare": lambda: ar.RNN(2, 3),
}


@pytest.mark.parametrize("net", OWN)
def test_one_s_own_net_neuron_by_neuron(net):
    """A line for each weight at each step, with its own number."""
    model = OWN[net]()
    figure = ar.draw(model, level="units", steps=2).figure
    matrices = {str(name): value.value for name, value in model.parameters.items() if value.ndim == 2}
    seen = {}
    for arrow in figure.arrows:
        name, i, j, number = re.fullmatch(r"(.*)\[(\d+),(\d+)\] = (.*)", arrow.note).groups()
        assert number == f"{matrices[name][int(i), int(j)]:.3g}" and (arrow.kind == "minus") == (number[0] == "-")
        seen.setdefault(name, []).append((int(i), int(j)))
    recurrent = {name for name in seen if name in ("W_hh", "W_yh", "W1_hh", "W2_hh")}
    assert seen.keys() == matrices.keys()
    assert {name: len(found) for name, found in seen.items()} == {n: m.size * (1 if n in recurrent else 2) for n, m in matrices.items()}


def test_of_a_run_and_not_of_everything():
    run = OWN["rnn"]().unroll(np.ones((3, 3)), [0, 1, 0])
    assert len(ar.draw(run, level="units").figure.marks) > len(ar.draw(OWN["rnn"](), level="units").figure.marks)
    for what, options, message in (
        (ar.RNN(3, 9), {}, "vectors of up to 8 numbers, but h_1 has 9"),
        (run, dict(steps=3), "a run has its own number of steps"),
        (run, dict(gradients=True), "gradients= has no place in a net drawn neuron by neuron"),
        (OWN["rnn"](), dict(notation="letters"), "notation='letters': choose from names, superscript"),
        (OWN["rnn"](), dict(steps=9), "units draws up to 8 steps, and there are 9"),
    ):
        with pytest.raises(ValueError, match=message):
            ar.draw(what, level="units", **options)
