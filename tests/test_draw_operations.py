"""The op level: what of the tape is drawn, and where it stands."""

import math
import re
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.block.layout import width
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.drawing.op.boxes import boxed
from autograd_rnn.drawing.op.graph import MASKED, graph_of
from autograd_rnn.drawing.op.layered import layered
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.drawing.output.dot import dot
from autograd_rnn.drawing.output.style import MARKS
from tests.oracles.programs.drawing import draw
from tests.oracles.programs.program import execute
from tests.oracles.programs.rows import ROWS
from tests.sampling import sampled
from tests.test_draw import RUNS as DRAWN
from tests.test_draw import lstm, modelled, pair, rnn, x


class Residual(ar.Cell):
    def shapes(self):
        return {"W_xh": (self.hidden_size, self.input_size), "W_hh": (self.hidden_size,) * 2, "b_h": (self.hidden_size,)}

    def step(self, p, x, h):
        a = ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)
        h = h + ar.tanh(a)
        return dict(a=a, h=h)


class Plain(ar.Cell):
    """Written without `linear`."""

    def shapes(self):
        return {"W_xh": (self.hidden_size, self.input_size), "W_hh": (self.hidden_size,) * 2, "b_h": (self.hidden_size,)}

    def step(self, p, x, h):
        h = ar.tanh(p.W_xh @ x + p.W_hh @ h + p.b_h)
        return dict(h=h)


RUNS = DRAWN | {
    "lstm coupled fused": lambda: modelled(lstm(coupled=True, fused=True)),
    "gru after": lambda: modelled(ar.GRU(3, 4, reset="after", update="keep")),
    "learned start": lambda: modelled(lstm(learn_initial=True)),
    "start given": lambda: ar.unroll(lstm(), x(3), h0=[ar.tensor(np.ones(4), name="u"), ar.tensor(np.ones(4), name="v")]),
    "residual": lambda: modelled(Residual(3, 4)),
    "plain": lambda: modelled(Plain(3, 4)),
    "mean": lambda: ar.Model(rnn(), 5, reduction="mean").unroll(x(3), [0, 1, 2]),
    "inputs as a variable": lambda: ar.unroll(rnn(), ar.tensor(x(3), name="x")),
    "T=12": lambda: modelled(rnn(), T=12),
}


@pytest.fixture(params=RUNS)
def run(request):
    return RUNS[request.param]()


def extent(mark):
    return mark.size or MARKS[mark.kind]["size"]


def curve(arrow, points=12):
    """Points along an arrow, up to its tip."""
    found = []
    for k in range(0, len(arrow.points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = arrow.points[k : k + 4]
        for n in range(points):
            s = n / points
            w = (1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s * s * (1 - s), s**3
            found.append((w[0] * ax + w[1] * bx + w[2] * cx + w[3] * dx, w[0] * ay + w[1] * by + w[2] * cy + w[3] * dy))
    return [*found, arrow.tip]


def test_every_edge_of_the_tape_is_on_exactly_one_arrow_and_every_entry_but_weights_is_a_mark(run):
    figure, tape = operations(run, elide=False), run.tape
    edges = Counter((node, parent) for node in tape for parent in node.inputs if isinstance(parent, ar.Tensor))
    assert Counter(edge for arrow in figure.arrows for edge in arrow.edges) == edges
    weights = {value for name, value in run.parameters.items() if not name.endswith("_0")}
    shown = [tensor for mark in figure.marks.values() for tensor in mark.tensors]
    assert Counter(shown) == Counter(node for node in tape if node not in weights)
    for arrow in figure.arrows:
        node, parent = arrow.edges[0]
        assert figure.marks[arrow.head].tensors[0] is node and figure.marks[arrow.tail].tensors[0] is parent
        assert all(other in weights and head is node for head, other in arrow.edges[1:])


@pytest.mark.parametrize("elide", sampled([False, None], 2))
def test_no_marks_overlap_and_no_arrow_runs_through_a_mark_that_is_not_its_own(run, elide):
    figure = operations(run, elide=elide)
    boxes = [(mark.id, *mark.at, *extent(mark)) for mark in figure.marks.values()]
    for (a, ax, ay, aw, ah), (b, bx, by, bw, bh) in combinations(boxes, 2):
        assert abs(ax - bx) >= (aw + bw) / 2 or abs(ay - by) >= (ah + bh) / 2, f"{a} over {b}"
    at = np.array([box[1:] for box in boxes])
    for arrow in figure.arrows:
        for px, py in curve(arrow):
            hit = (abs(at[:, 0] - px) < at[:, 2] / 2 - 2) & (abs(at[:, 1] - py) < at[:, 3] / 2 - 2)
            assert {boxes[k][0] for k in np.flatnonzero(hit)} <= {arrow.tail, arrow.head}, arrow.id


def test_arrows_begin_and_end_on_borders(run):
    figure = operations(run)
    for arrow in figure.arrows:
        for mark, (px, py) in ((figure.marks[arrow.tail], arrow.points[0]), (figure.marks[arrow.head], arrow.tip)):
            (x0, y0), (wide, high) = mark.at, extent(mark)
            dx, dy = abs(px - x0) / (wide / 2), abs(py - y0) / (high / 2)
            outline = max(dx, dy) if MARKS[mark.kind]["shape"] in ("box", "octagon") else math.hypot(dx, dy)
            assert mark.kind == "gap" or outline == pytest.approx(1, abs=0.03), f"{arrow.id} at {mark.id}"


def test_steps_stand_in_order_each_like_the_one_before(run):
    figure = operations(run, elide=False)
    rows = {}
    for frame in figure.frames:
        rows.setdefault((frame.low[1], frame.id.rpartition("_")[0]), []).append(frame)
    for frames in rows.values():
        offsets = {round(b.low[0] - a.low[0], 6) for a, b in pairwise(frames)}
        assert len(offsets) <= 1 and all(offset > 0 for offset in offsets)
        assert len({(round(f.high[0] - f.low[0], 6), round(f.high[1] - f.low[1], 6)) for f in frames}) == 1
    places = {}
    for mark in figure.marks.values():
        node = mark.tensors[0]
        if node.inputs and mark.step is not None and node.label and node.scope.cell not in ("", "concat"):
            places.setdefault((node.scope.cell, node.scope.tag, node.label), []).append(mark)
    for marks in places.values():
        marks.sort(key=lambda mark: mark.step)
        assert len({round(mark.at[1], 6) for mark in marks}) == 1
        assert len({round(b.at[0] - a.at[0], 6) for a, b in pairwise(marks)}) <= 1


def test_labels_lie_on_no_mark_and_on_no_other_label(run):
    figure = operations(run)
    labels = [(arrow.id, *arrow.label_at, width(arrow.label[0]) - 6, 10.0) for arrow in figure.arrows if arrow.label_at]
    marks = [(mark.id, *mark.at, *extent(mark)) for mark in figure.marks.values()]
    for k, (a, ax, ay, aw, ah) in enumerate(labels):
        for b, bx, by, bw, bh in labels[k + 1 :] + marks:
            assert abs(ax - bx) >= (aw + bw) / 2 or abs(ay - by) >= (ah + bh) / 2, f"label of {a} on {b}"


def test_a_backward_chain_runs_from_right_to_left_in_a_row_of_its_own():
    figure = operations(RUNS["bidirectional"]())
    for arrow in figure.arrows:
        if arrow.kind == "recurrent":
            ahead = arrow.tip[0] > arrow.points[0][0]
            assert ahead == arrow.head.startswith("af")
    assert figure.marks["hb_5"].at[0] > figure.marks["hb_4"].at[0] > figure.marks["ab_3"].at[0] > figure.marks["hb_3"].at[0]
    assert figure.marks["hb_2"].at[1] > figure.marks["hf_2"].at[1] > figure.marks["x_2"].at[1]


def test_layers_stand_above_each_other_and_the_total_at_the_top_right():
    figure = operations(RUNS["stacked"]())
    marks = figure.marks
    assert marks["x_2"].at[1] < marks["h1_2"].at[1] < marks["h2_2"].at[1] < marks["s_2"].at[1] < marks["L_2"].at[1] < marks["L"].at[1]
    assert marks["L"].at[0] == max(mark.at[0] for mark in marks.values())


def test_states_run_from_step_to_step_in_straight_lines():
    figure = operations(modelled(lstm()))
    for arrow in figure.arrows:
        if arrow.kind == "carry":
            assert len({round(y, 6) for _, y in arrow.points}) == 1
    assert {arrow.kind for arrow in figure.arrows if arrow.tail == "h_2" and arrow.head.startswith("a_")} == {"recurrent"}


def test_a_long_run_shows_its_first_steps_and_its_last():
    run = modelled(lstm(), T=40)
    figure = operations(run)
    assert {mark.step for mark in figure.marks.values() if mark.id.startswith("h_")} == {0, 1, 2, 3, 40}
    dots = [mark for mark in figure.marks.values() if mark.kind == "gap"]
    assert all(figure.marks["h_3"].at[0] < mark.at[0] < figure.marks["a_i_40"].at[0] for mark in dots)
    dotted = {(arrow.tail, arrow.head) for arrow in figure.arrows if arrow.dotted}
    assert len({head for tail, head in dotted if tail == "h_3"}) == 1
    assert {"a_i_40", "a_f_40", "a_g_40", "a_o_40"} <= {head for _, head in dotted}
    into = next(arrow for arrow in figure.arrows if arrow.tail == "h_3" and arrow.dotted)
    assert {node.name for node, _ in into.edges if node.label} == {"a_i_4", "a_f_4", "a_g_4", "a_o_4"}
    assert any("steps 4 to 39 are left out" in "".join(map(str, text.parts)) for text in figure.texts)
    assert len(operations(run, elide=False).marks) > 600


def test_the_diamond_has_two_arrows_between_each_pair_of_its_nodes():
    a = ar.tensor(2.0, name="a")
    b = a + a
    figure = operations(b + b)
    assert [(arrow.tail, arrow.head) for arrow in figure.arrows] == [("a", "n1")] * 2 + [("n1", "n2")] * 2
    for one, other in (figure.arrows[:2], figure.arrows[2:]):
        assert one.points != other.points and one.tip != other.tip and one.id != other.id
    assert figure.marks["a"].at[0] < figure.marks["n1"].at[0] < figure.marks["n2"].at[0]


def test_numbers_are_part_of_a_sign_and_weights_are_said_on_arrows():
    graph = graph_of(modelled(ar.GRU(3, 4)).loss)
    assert {node.sign for node in graph.nodes.values() if node.tensor.op and node.tensor.op.name == "subtract"} == {"1\u2212"}
    edge = next(edge for edge in graph.edges if edge.head.name == "a_r_2" and edge.tail.name == "h_1")
    assert edge.label == Symbol("W", "", "hr") and [parent.name for _, parent in edge.edges] == ["h_1", "W_hr", "b_r"]
    assert next(node for node in graph.nodes.values() if node.id == "a_r_2").bias == Symbol("b", "", "r")
    peep = graph_of(modelled(lstm(peephole=True)).loss)
    assert str(next(edge.label for edge in peep.edges if edge.edges[-1][1].name == "w_ci")) == "w_ci"


def test_letters_name_the_matrices_and_the_caption_says_which():
    figure = operations(modelled(lstm()), notation="letters")
    assert {str(arrow.label[0]) for arrow in figure.arrows if arrow.label} == {*(f"{w}_{k}" for w in "UW" for k in "ifgo"), "V"}
    assert any("U_i = W_xi" in "".join(map(str, text.parts)) for text in figure.texts)


def test_words_stand_under_their_steps():
    figure = operations(modelled(rnn(), T=4), labels=list("word"))
    words = [text for text in figure.texts if text.kind == "label"]
    assert [text.parts[0] for text in words] == list("word") and [text.at[0] for text in words] == sorted(text.at[0] for text in words)


def test_tips_read_as_equations():
    figure = operations(modelled(lstm()))
    assert figure.marks["h_2"].tip.startswith("h_2 = o_2 \u2299 ") and figure.marks["h_2"].tip.endswith("lstm t=2")
    assert figure.marks["a_i_2"].tip.startswith("a_i,2 = W_xi x_2 + W_hi h_1 + b_i")


def test_of_a_batch_a_tip_says_what_every_sequence_goes_by():
    for net in (rnn(), lstm(fused=True)):
        run = ar.Model(net, output_size=2).unroll(np.ones((2, 3)), [0, 1])
        batch = ar.Model(net, output_size=2).unroll(np.ones((2, 5, 3)), np.zeros((2, 5), int))
        for level in (operations, cells):
            one, several = ([mark.tip for mark in level(one).marks.values() if mark.kind != "gap"] for one in (run, batch))
            assert {tip for tip in one if "=" in tip and "L" not in tip} <= set(several)


def test_what_a_matrix_is_multiplied_by_is_no_vector():
    M, W = (ar.tensor(np.ones((2, 2)), name=name) for name in "MW")
    tips = [mark.tip for mark in operations(ar.linear(W, M).sum()).marks.values()]
    assert "%2 = linear(W, M)" in tips


@pytest.mark.parametrize("first", sampled(range(0, 60, 20), 3))
def test_every_operation_of_any_program_has_its_tip(first, random_seed):
    seen = 0
    for seed in range(random_seed + first, random_seed + first + 20):
        program = draw(seed, ROWS)
        leaves = {name: ar.tensor(value, name) for name, value in program.leaves.items()}
        root = execute(program.body(), {"ar": ar, "np": np, **program.constants, **leaves})["root"]
        if root.inputs:
            tips = [mark.tip for mark in operations(root, force=True).marks.values() if mark.tensors[0].inputs]
            assert all(re.match(r"(%\d+|\w+) = \S", tip) for tip in tips), seed
            assert not re.search(r"\w\w\(name=|= None|Options", " ".join(tips)), seed
            seen += len(tips)
    assert seen > 100


@pytest.mark.parametrize("count", [2, 5, 9, 30])
def test_one_tensor_may_go_into_an_operation_many_times(count):
    x = ar.tensor([1.0, 2.0], name="x")
    for root in (ar.concatenate([x] * count).sum(), ar.concatenate([ar.exp(x)] * 1 + [x] * count).sum()):
        assert ar.draw(root).svg().count("<path") >= count


def test_an_operation_of_ones_own_and_unnamed_arrays_have_their_tips():
    @ar.op("swish({})", lambda g, y, x: g * x)
    def swish(x, /):
        return x * x

    W, mask = ar.tensor(np.ones((2, 2))), np.array([0.0, 1.0])
    root = (swish(W @ ar.tensor([1.0, 2.0], name="a")) * mask / 3 + np.inf * W[0]).sum()
    tips = [mark.tip for mark in operations(root).marks.values()]
    assert {"%2 = %0 a", "%3 = swish(%2)", "%5 = %3 ⊙ %4", "%8 = inf %7"} <= set(tips)


def test_too_many_nodes_are_drawn_only_when_told_to():
    run = modelled(lstm(), T=180)
    with pytest.raises(ValueError, match=r"have \d{4} nodes: level='block' or elide=True draws less; force=True draws it all the same"):
        operations(run, elide=False)
    assert len(operations(run).marks) < 100 and len(operations(run, elide=False, force=True).marks) > 3000


def test_steps_of_ones_own_stand_side_by_side_too():
    W, h, total = ar.tensor(np.eye(3), name="W"), ar.constant(np.zeros(3), name="h"), 0.0
    for t in (1, 2, 3):
        with ar.scope(step=t):
            h = ar.tanh(W @ h + ar.constant(np.ones(3), name="x"))
            h.name, loss = "h", h.sum()
        total = total + loss
    figure = operations(total)
    assert [frame.id for frame in figure.frames] == ["step_steps_1", "step_steps_2", "step_steps_3"]
    assert figure.marks["h"].at[0] < figure.marks["h_1"].at[0] < figure.marks["h_2"].at[0]
    assert {str(arrow.label[0]) for arrow in figure.arrows if arrow.label} == {"W"}
    boxes = {mark.id: (mark.at, extent(mark)) for mark in figure.marks.values()}
    for arrow in figure.arrows:
        for px, py in curve(arrow):
            over = {k for k, ((x0, y0), (w, h)) in boxes.items() if abs(px - x0) < w / 2 - 2 and abs(py - y0) < h / 2 - 2}
            assert over <= {arrow.tail, arrow.head}


def test_a_tensor_that_no_operation_made_is_refused():
    with pytest.raises(ValueError, match=r"nothing to draw of W \(\): no operation made it; draw what is computed from it"):
        operations(ar.tensor(1.0, name="W"))


def test_a_deep_tape_is_drawn_and_the_same_picture_has_the_same_text():
    value = ar.tensor(0.5, name="v")
    for _ in range(1500):
        value = ar.tanh(value)
    figure = operations(value)
    assert len(figure.marks) == 1501 and dot(figure) == dot(operations(value))
    run = modelled(ar.GRU(3, 4))
    assert dot(operations(run)) == dot(operations(run))


def test_a_layout_has_no_crossing_where_none_is_needed():
    sizes = [(20.0, 20.0)] * 6
    flow = layered(sizes, [(0, 3), (1, 2), (2, 5), (3, 4), (4, 5)])
    assert flow.at[0][0] < flow.at[3][0] < flow.at[4][0] < flow.at[5][0]
    assert (flow.at[0][1] - flow.at[1][1]) * (flow.at[3][1] - flow.at[2][1]) > 0  # the two branches stay on their sides
    through = layered([(20.0, 20.0)] * 3, [(0, 1), (1, 2), (0, 2)]).through[0, 2]
    assert len(through) == 2 and through[0][1] == through[1][1]


def test_boxes_and_circles_are_told_apart():
    graph = graph_of(modelled(lstm()).loss)
    named = {node.id: node for node in graph.nodes.values()}
    assert boxed(named["a_i_1"]) and not boxed(named["h_1"])


def test_a_graph_without_steps_has_room_for_what_is_laid_over_it():
    a = ar.tensor(1.0, name="a")
    b = a + a
    figure = operations(b + b)
    left, middle, right = figure.marks.values()
    for one, two in ((left, middle), (middle, right)):
        assert two.at[0] - one.at[0] - (one.size[0] + two.size[0]) / 2 > 50
    heights = sorted(max(at[1] for at in samples(arrow.points)) for arrow in figure.arrows)
    assert heights[-1] - heights[0] > 20  # the two arrows stand apart


def test_labels_of_neighbouring_gates_stand_apart():
    figure = operations(modelled(lstm()))
    labels = sorted(a.label_at[1] for a in figure.arrows if a.label and a.head.endswith("_2") and a.head.startswith("a_"))
    assert len(labels) == 8 and min(high - low for low, high in zip(labels[:-1], labels[1:], strict=True)) > 24


def test_a_masked_run_says_what_where_means():
    model = ar.Model(ar.RNN(3, 4), 3)
    masked = model.unroll(np.ones((3, 2, 3)), np.zeros((3, 2), int), lengths=[3, 2])
    for level in (operations, cells):
        assert (MASKED,) in [text.parts for text in level(masked).texts]
        assert (MASKED,) not in [text.parts for text in level(modelled(ar.RNN(3, 4))).texts]


def test_a_state_leaves_for_its_readout_upward_not_along_the_line_to_the_next_step():
    figure = operations(modelled(pair()))
    for arrow in figure.arrows:
        if arrow.head.startswith("s_"):
            (x0, y0), (x1, y1) = arrow.points[:2]
            assert abs(x0 - x1) < 1e-6 and y1 > y0, arrow.id


@pytest.mark.parametrize("array", [np.eye(3), np.tril(np.ones((3, 3))), np.zeros((3, 3))], ids=["identity", "triangle", "zeros"])
def test_an_array_of_zeros_and_ones_is_no_mask_by_that(array):
    class Fixed(ar.Cell):
        def shapes(self):
            return {"W": (3, 2)}

        def step(self, p, x, h):
            return dict(h=ar.tanh(p.W @ x + array @ h))

    shown = ar.draw(ar.Model(Fixed(2, 3), output_size=2), level="op").svg()
    assert "mask" not in shown and "3\u00d73" in shown
